"""The clocks of a ticket, through the one way that changes it: what starts, stops, shortens and breaks a promise.

Who is told of it when, and whose a breach is. The desk works Monday to Friday, 9 to 17, in Berlin; the 23rd of
November 2026 is a Monday.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.rules import breach, clocks, promises, retyping, undoing
from gateway.rules.change import alarm, changed
from gateway.rules.clocks import AGENT, CUSTOMER
from gateway.rules.desk import Desk, Organisation
from gateway.rules.due import on_due
from gateway.rules.participants import NOTHING
from gateway.rules.policy.service import FIRST, NEXT, RESOLUTION, TRIAGE, Escalating, Factor, Service, Target
from gateway.rules.timers import Due
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from scheduling.hours import WeeklyHours
from scheduling.sla import Calendar, Clock
from store.records import AddEvent, ChangeTicket, ClearTimer, Effect, Past, Purpose, SendMail, SetTimer, Ticket

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NINE_TO_FIVE = WeeklyHours((((time(9), time(17)),),) * 5 + ((), ()))
ALWAYS = WeeklyHours((((time(0), time(0)),),) * 7)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


MONDAY = at(23, 9)


def allowed(**hours: float) -> dict[str, timedelta]:
    return {kind: amount * HOUR for kind, amount in hours.items()}


PLAIN = Target(allowed=allowed(first_response=4, next_response=4, resolution=24, triage=2))
URGENT = Target(priority=1, allowed=allowed(first_response=1, next_response=1, resolution=8))
SERVICE = Service(
    targets=(URGENT, PLAIN), factors=(Factor(health="red", factor=0.5), Factor(renewal_days=30, factor=0.75))
)


@pytest.fixture
def house(desk: Desk) -> Desk:
    always = Calendar(ALWAYS, "Europe/Berlin", frozenset())
    return replace(
        desk, hours=NINE_TO_FIVE, holidays=frozenset(), service=SERVICE, calendars={"always": always}, escalations=()
    )


@dataclass
class Life:
    """One ticket's life: what is done with it goes through `changed`, what time does through `on_due`."""

    desk: Desk
    ticket: Ticket
    events: list[AddEvent] = field(default_factory=list)
    mails: list[SendMail] = field(default_factory=list)
    timer: datetime | None = None

    @classmethod
    def opens(cls, desk: Desk, ticket: Ticket, now: datetime) -> Life:
        ticket = clocks.opened(replace(ticket, created_at=now), desk, now)
        life = cls(desk, ticket)
        life.take(alarm(ticket, desk, now))
        return life

    def becomes(self, now: datetime, heard: str = "", **changes: Any) -> Life:
        after = replace(self.ticket, **changes)
        self.take(changed(self.ticket, after, (), self.desk, now, heard=heard))
        return self

    def resolves(self, now: datetime, heard: str = "") -> Life:
        return self.becomes(now, heard, status="resolved", status_category="done", resolved_at=now, outcome="rebuilt")

    def opens_again(self, now: datetime, heard: str = "") -> Life:
        return self.becomes(now, heard, status="in_progress", status_category="open", resolved_at=None)

    def says(self, text: str, now: datetime, actor: str = "dominique") -> Plan | Refused:
        """Verbs, as `ticket do` has them."""
        agent = self.desk.agent_named(actor)
        assert agent is not None
        planned = plan(commands(text).commands, self.ticket, self.desk, agent, now)
        if isinstance(planned, Plan):
            ref = self.ticket.ref
            told = [AddEvent(ticket=ref, kind=i.event, actor=actor, detail=i.detail) for i in planned.done if i.event]
            self.take(changed(self.ticket, planned.ticket, told, self.desk, now))
        return planned

    def sleeps(self, until: datetime) -> list[str]:
        """Every timer that comes until then, each when it is due; what was told, and when."""
        told = []
        while self.timer is not None and self.timer <= until:
            now = self.timer
            before, count = len(self.mails), self.timer
            self.wakes(now)
            told += said(self.mails[before:], now)
            assert self.timer is None or self.timer > count, "a timer that is due again at once never ends"
        return told

    def wakes(self, now: datetime) -> str:
        """The sweep comes now, however late that is."""
        due = Due(ticket=self.ticket, kind=clocks.CLOCK, due_at=self.timer or now)
        decision = on_due(due, NOTHING, self.desk, lambda: "<m@desk.example>", now)
        self.take(decision.effects)
        return decision.reason

    def take(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, ChangeTicket):
                self.ticket = replace(self.ticket, **effect.changes)
            elif isinstance(effect, AddEvent):
                self.events.append(effect)
            elif isinstance(effect, SendMail):
                self.mails.append(effect)
            elif isinstance(effect, SetTimer) and effect.kind == clocks.CLOCK:
                self.timer = effect.due_at
            elif isinstance(effect, ClearTimer) and effect.kind == clocks.CLOCK:
                self.timer = None

    def clock(self, kind: str) -> Clock:
        found = self.ticket.clock(kind)
        assert found is not None, kind
        return found

    def states(self) -> dict[str, str]:
        return {clock.kind: clock.state for clock in self.ticket.clocks}

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [dict(event.detail) for event in self.events if event.kind == kind]


def breach_of_anastasia(due: str) -> dict[str, Any]:
    """The event of a first answer that did not come in time."""
    whose = {"because": "agent", "team": "frontline", "assignee": "anastasia", "priority": 3}
    return {"clock": FIRST, "due": due, **whose}


def said(mails: Sequence[SendMail], now: datetime) -> list[str]:
    """`Mon 12:00 first_response 75: anastasia`: one line a warning."""
    lines: dict[str, list[str]] = {}
    for mail in mails:
        warned = mail.purpose is Purpose.WARNING
        what = f"{mail.facts['clock']} {mail.facts['percent']}" if warned else mail.purpose.value
        line = f"{now.astimezone(BERLIN):%a %H:%M} {what}"
        lines.setdefault(line, []).append(mail.to.address.partition("@")[0])
    return [f"{line}: {' '.join(sorted(names))}" for line, names in lines.items()]


@pytest.fixture
def begin(house: Desk, ticket: Callable[..., Ticket]) -> Callable[..., Life]:
    def make(now: datetime = MONDAY, desk: Desk = house, **changes: Any) -> Life:
        return Life.opens(desk, ticket(**{"topic": "Performance", **changes}), now)

    return make


Begin = Callable[..., Life]


# What begins, and what ends


def test_r76_a_ticket_of_friday_afternoon_is_due_on_monday_at_noon(begin: Begin, house: Desk) -> None:
    life = begin(at(20, 16))
    assert life.clock(FIRST).due == at(23, 12)
    assert life.sleeps(at(23, 11, 59)) == [
        "Mon 11:00 first_response 75: anastasia",
        "Mon 11:36 first_response 90: anastasia",
    ]
    assert life.states()[FIRST] == "running"
    life.sleeps(at(23, 12))
    assert life.states()[FIRST] == "breached"
    shifted = begin(at(20, 16), replace(house, holidays=frozenset({date(2026, 11, 23)})))
    assert shifted.clock(FIRST).due == at(24, 12)


def test_r76_each_clock_runs_from_the_first_second(begin: Begin) -> None:
    life = begin(topic="")
    due = {clock.kind: clock.due for clock in life.ticket.clocks}
    assert due == {FIRST: at(23, 13), RESOLUTION: at(25, 17), TRIAGE: at(23, 11)}
    assert life.ticket.due_at == at(23, 11)
    assert set(begin().states()) == {FIRST, RESOLUTION}


def test_r76_by_priority_type_and_organisation_and_the_first_that_fits_counts(house: Desk, begin: Begin) -> None:
    targets = (
        Target(organisation="Contoso", allowed=allowed(first_response=3)),
        Target(segment="enterprise", calendar="always", allowed=allowed(first_response=2)),
        Target(type="question", allowed=allowed(first_response=5)),
        *SERVICE.targets,
    )
    desk = replace(house, service=replace(SERVICE, targets=targets))
    assert begin(at(20, 16), desk, priority=1).clock(FIRST).due == at(20, 18), "Northwind is looked after by night"
    assert begin(at(20, 16), desk, requester="a@contoso.example").clock(FIRST).due == at(23, 11)
    assert begin(at(20, 16), desk, requester="a@b.example", type="question").clock(FIRST).due == at(23, 13)
    assert begin(at(20, 16), desk, requester="a@b.example", priority=1).clock(FIRST).due == at(20, 17)
    assert begin(at(20, 16), desk, requester="a@b.example").clock(RESOLUTION).due == at(25, 16)


def test_m1_our_answer_to_the_customer_ends_the_first_response_and_a_note_does_not(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), updated_at=at(23, 10))
    assert life.states() == {FIRST: "running", RESOLUTION: "running"}
    life.becomes(at(23, 11), AGENT)
    assert (life.clock(FIRST).ended, life.states()[FIRST]) == (at(23, 11), "met")


def test_m1_a_late_answer_is_a_breach_though_nobody_noted_it(begin: Begin) -> None:
    life = begin().becomes(at(23, 14), AGENT)
    assert life.states()[FIRST] == "breached"
    assert [(e["clock"], e["because"]) for e in life.told("clock-breached")] == [(FIRST, "unassigned")]


def test_m2_the_next_response_counts_from_the_first_words_without_an_answer(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT)
    assert NEXT not in life.states()
    life.becomes(at(23, 11), CUSTOMER).becomes(at(23, 12), CUSTOMER)
    assert (life.clock(NEXT).started, life.clock(NEXT).due) == (at(23, 11), at(23, 15))
    life.becomes(at(23, 13), AGENT)
    assert life.states()[NEXT] == "met"
    life.becomes(at(24, 9), CUSTOMER)
    assert life.clock(NEXT).due == at(24, 13)


def test_sla_the_next_response_never_overrules_a_first_that_is_owed(begin: Begin) -> None:
    """Zammad 5177: a second mail of the customer must not give us more time."""
    life = begin().becomes(at(23, 12), CUSTOMER)
    assert NEXT not in life.states()
    assert life.ticket.response_due == at(23, 13)


def test_sla_our_answer_stops_the_next_response(begin: Begin) -> None:
    """Zammad 3140."""
    life = begin().becomes(at(23, 10), AGENT).becomes(at(23, 11), CUSTOMER).becomes(at(23, 12), AGENT)
    assert life.clock(NEXT).ended == at(23, 12)
    assert life.ticket.response_due is None


def test_m2_resolving_ends_every_clock(begin: Begin) -> None:
    """Chatwoot 10178 let the next response run on."""
    life = begin(topic="").becomes(at(23, 10), AGENT).becomes(at(23, 10), CUSTOMER).resolves(at(23, 11), AGENT)
    assert set(life.states().values()) == {"met"}
    assert (life.ticket.due_at, life.timer) == (None, None)


def test_m1_what_is_resolved_in_silence_has_answered_nobody(begin: Begin) -> None:
    life = begin().resolves(at(23, 11))
    assert life.states() == {FIRST: "none", RESOLUTION: "met"}
    assert (life.ticket.due_at, life.timer, life.told("clock-changed")) == (None, None, [])
    life.opens_again(at(24, 9))
    assert (life.clock(FIRST).state, life.clock(FIRST).due) == ("running", at(24, 11))
    assert life.told("clock-changed") == []
    life.becomes(at(24, 10), CUSTOMER).becomes(at(24, 10, 30), AGENT, answered_at=at(24, 10, 30))
    assert life.states() == {FIRST: "met", RESOLUTION: "running"}, "a first answer that is owed comes first"
    again = life.becomes(at(24, 11), CUSTOMER).resolves(at(24, 12)).opens_again(at(25, 9))
    assert (again.states()[FIRST], again.clock(NEXT).due) == ("met", at(25, 12))


def test_m1_a_late_answer_stays_late_when_it_is_resolved_in_silence(begin: Begin) -> None:
    life = begin().resolves(at(23, 14))
    assert life.states()[FIRST] == "breached"
    life.opens_again(at(24, 9)).becomes(at(24, 10), CUSTOMER)
    assert life.states() == {FIRST: "breached", RESOLUTION: "running"}


@pytest.mark.parametrize("ending", ["spam", "merged", "wrong_type"])
def test_what_was_no_ticket_has_met_no_promise(begin: Begin, ending: str) -> None:
    life = begin().becomes(at(23, 10), status="closed", status_category="done", closed_as=ending)
    assert life.states() == {FIRST: "none", RESOLUTION: "none"}


def test_among_ourselves_who_is_done_has_answered(begin: Begin) -> None:
    life = begin(audience="internal", requester="anastasia@desk.example").resolves(at(23, 11))
    assert life.states() == {FIRST: "met", RESOLUTION: "met"}


def test_reopening_runs_on_with_what_was_left_and_words_want_an_answer(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT).resolves(at(23, 17)).opens_again(at(30, 9), CUSTOMER)
    assert life.clock(RESOLUTION).due == datetime(2026, 12, 1, 17, tzinfo=BERLIN)
    assert (life.clock(NEXT).started, life.clock(NEXT).due) == (at(30, 9), at(30, 13))
    assert life.clock(FIRST).ended == at(23, 10)
    ours = begin().becomes(at(23, 10), AGENT).resolves(at(23, 17)).opens_again(at(30, 9))
    assert NEXT not in ours.states()


def test_what_was_resolved_with_another_priority_comes_back_with_its_promise(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT).resolves(at(23, 12)).becomes(at(23, 13), priority=1)
    assert life.clock(RESOLUTION).ended == at(23, 12)
    life.opens_again(at(24, 9))
    assert life.clock(RESOLUTION).due == at(24, 14)


def test_triage_ends_with_a_topic_and_comes_back_without_one(begin: Begin) -> None:
    life = begin(topic="").becomes(at(23, 10), topic="Access")
    assert life.states()[TRIAGE] == "met"
    life.becomes(at(23, 12), topic="")
    assert life.clock(TRIAGE).due == at(23, 13)


def test_history_has_no_clocks_until_somebody_writes(house: Desk, ticket: Callable[..., Ticket]) -> None:
    life = Life(house, ticket(status="in_progress"))
    life.becomes(at(23, 10), priority=1)
    assert life.states() == {}
    life.becomes(at(23, 11), CUSTOMER)
    assert life.clock(NEXT).due == at(23, 12)


# Waiting


def test_r76_waiting_for_the_customer_is_not_our_time(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT, waiting_on="customer")
    assert life.states() == {FIRST: "met", RESOLUTION: "paused"}
    assert life.sleeps(at(27, 12)) == []
    life.becomes(at(27, 12), CUSTOMER, waiting_on="")
    assert life.clock(RESOLUTION).due == datetime(2026, 12, 2, 11, tzinfo=BERLIN)


def test_sla_only_the_resolution_stands_still(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), waiting_on="customer")
    assert life.states() == {FIRST: "running", RESOLUTION: "paused"}


def test_sla_waiting_for_others_is_our_time(begin: Begin) -> None:
    """M5: the requester waits whoever it is that we wait for."""
    for waits in ({"waiting_on": "vendor"}, {"waiting_on": "internal"}, {"blocked_on": "scheduling"}):
        assert begin().becomes(at(23, 10), **waits).states()[RESOLUTION] == "running"


def test_a_status_that_waits_stands_still_as_well(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), status="awaiting_client", status_category="waiting")
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(23, 12), status="in_progress", status_category="open")
    assert life.clock(RESOLUTION).due == at(26, 11)


def test_a_status_that_waits_does_so_until_the_customer_has_written(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT, status="awaiting_client", status_category="waiting")
    life.becomes(at(24, 10), CUSTOMER)
    assert life.states()[RESOLUTION] == "running", "it is our turn, whatever the status says"
    life.becomes(at(24, 11), AGENT)
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(24, 12), priority=2)
    assert life.states()[RESOLUTION] == "paused", "nothing was said"


@pytest.mark.parametrize("promise", [{"first_response": 4, "next_response": 4}, {"first_response": 4}, {}])
def test_a_status_that_waits_ends_with_words_whatever_else_is_promised(
    house: Desk, begin: Begin, promise: dict[str, float]
) -> None:
    """Also while the first answer is owed, and at a desk that promises no next one."""
    target = Target(allowed=allowed(resolution=24, **promise))
    life = begin(desk=replace(house, service=replace(SERVICE, targets=(target,))))
    life.becomes(at(23, 10), status="awaiting_client", status_category="waiting")
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(23, 12), CUSTOMER)
    assert life.clock(RESOLUTION).due == at(26, 11)
    assert life.becomes(at(23, 13), priority=2).states()[RESOLUTION] == "running", "they have written"


def test_sla_coming_back_keeps_what_was_left(begin: Begin) -> None:
    """Zammad's pending: escalated in the second in which the customer answers."""
    life = begin().becomes(at(25, 16), AGENT, waiting_on="customer")
    assert life.clock(RESOLUTION).left == HOUR
    life.becomes(at(30, 9), CUSTOMER, waiting_on="")
    assert life.clock(RESOLUTION).due == at(30, 10)
    assert [line for line in life.sleeps(at(30, 9, 59)) if " 100" in line] == []


# Other promises


def test_sla_another_priority_keeps_the_time_that_has_passed(begin: Begin) -> None:
    life = begin().becomes(at(23, 11), priority=1)
    assert life.clock(RESOLUTION).due == at(23, 17)
    assert life.clock(FIRST).due == at(23, 11, 30), "an hour that is over: half an hour's grace, no instant breach"
    changes = {e["clock"]: e for e in life.told("clock-changed")}
    assert changes[RESOLUTION] == {
        "clock": RESOLUTION, "from": "2026-11-25T16:00:00Z", "to": "2026-11-23T16:00:00Z",
        "minutes_from": 1440, "minutes_to": 480, "because": "priority 3 → 1",
    }  # fmt: skip
    assert changes[FIRST]["because"] == "priority 3 → 1; at least 30 min from now"
    life.becomes(at(23, 11, 10), priority=3)
    assert (life.clock(RESOLUTION).due, life.clock(FIRST).due) == (at(25, 17), at(23, 13))


def test_sla_a_promise_that_changes_while_the_customer_is_asked(begin: Begin) -> None:
    life = begin().becomes(at(23, 11), AGENT, waiting_on="customer").becomes(at(24, 9), priority=1)
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(25, 9), CUSTOMER, waiting_on="")
    assert life.clock(RESOLUTION).due == at(25, 15)


def test_sla_a_breach_is_not_undone_by_another_priority(begin: Begin) -> None:
    life = begin(priority=1).becomes(at(23, 12), priority=3)
    assert (life.states()[FIRST], life.clock(FIRST).due) == ("breached", at(23, 10))
    assert [e["clock"] for e in life.told("clock-breached")] == [FIRST]


def test_a_promise_that_comes_with_a_priority_counts_from_the_beginning(house: Desk, begin: Begin) -> None:
    targets = (Target(priority=1, allowed=allowed(resolution=8)), Target(allowed=allowed(first_response=4)))
    desk = replace(house, service=replace(SERVICE, targets=targets))
    life = begin(desk=desk).becomes(at(23, 12), priority=1)
    assert (life.clock(RESOLUTION).due, life.clock(RESOLUTION).started) == (at(23, 17), at(23, 9))
    assert life.told("clock-changed")[0]["from"] is None
    life.becomes(at(23, 13), priority=3)
    assert (life.states()[RESOLUTION], life.clock(RESOLUTION).due) == ("none", None)
    assert life.told("clock-changed")[-1]["to"] is None
    assert not [line for line in life.sleeps(at(27, 17)) if RESOLUTION in line], "nobody is warned of it"


THIRD = (Target(priority=3, allowed=allowed(resolution=24)), Target(allowed=allowed(first_response=4)))


def test_a_promise_that_goes_and_comes_back_keeps_its_pauses(house: Desk, begin: Begin) -> None:
    """GLPI 6902."""
    desk = replace(house, service=replace(SERVICE, targets=THIRD))
    life = begin(desk=desk).becomes(at(23, 10), AGENT, waiting_on="customer", answered_at=at(23, 10))
    plain = begin(desk=desk).becomes(at(23, 10), AGENT, waiting_on="customer", answered_at=at(23, 10))
    life.becomes(at(24, 9), priority=4)
    assert (life.states()[RESOLUTION], life.told("clock-changed")[-1]["to"]) == ("none", None)
    life.becomes(at(26, 10), waiting_on="").becomes(at(26, 12), priority=3)
    assert life.clock(RESOLUTION) == replace(
        plain.becomes(at(26, 10), waiting_on="").clock(RESOLUTION), spent=3 * HOUR, since=at(26, 12)
    ), "as if nothing had been"
    assert life.told("clock-changed")[-1]["from"] is None


def test_a_promise_that_comes_late_does_not_count_the_pauses(house: Desk, begin: Begin) -> None:
    desk = replace(house, service=replace(SERVICE, targets=THIRD))
    life = begin(desk=desk, priority=4).becomes(at(23, 10), waiting_on="customer")
    assert (life.states()[RESOLUTION], life.told("clock-changed")) == ("none", [])
    life.becomes(at(26, 10), waiting_on="").becomes(at(26, 12), priority=3)
    assert life.clock(RESOLUTION).spent == 3 * HOUR
    assert life.clock(RESOLUTION).due == at(30, 17)


def test_no_change_after_change_keeps_a_promise_from_running_out(house: Desk, begin: Begin) -> None:
    """Priority 1 and 2 in turns, every 29 minutes: each change would leave half an hour."""
    second = Target(priority=2, allowed=allowed(first_response=2))
    desk = replace(house, service=replace(SERVICE, targets=(URGENT, second, PLAIN)))
    life, now = begin(desk=desk), at(23, 12)
    for turn in range(6):
        life.becomes(now, priority=1 + turn % 2)
        now += 29 * MINUTE
    assert life.states()[FIRST] == "breached"
    assert life.clock(FIRST).due == at(23, 12, 30)


def test_nor_does_a_promise_that_goes_and_comes_back(house: Desk, begin: Begin) -> None:
    targets = (Target(priority=3, allowed=allowed(first_response=1)), Target(allowed=allowed(resolution=24)))
    life, now = begin(desk=replace(house, service=replace(SERVICE, targets=targets))), at(23, 9, 50)
    for turn in range(10):
        life.becomes(now, priority=4 - turn % 2)
        now += 3 * MINUTE
    assert (life.states()[FIRST], life.ticket.priority) == ("breached", 3)


def test_r77_three_owners_and_another_team_have_the_same_clock(begin: Begin) -> None:
    life = begin(status="accepted")
    due = {clock.kind: clock.due for clock in life.ticket.clocks}
    for hour, words in enumerate(
        ("#assign anastasia", "#assign dominique", "#todo look into the index\n#team network")
    ):
        planned = life.says(words, at(23, 10 + hour))
        assert isinstance(planned, Plan), planned
        assert {clock.kind: clock.due for clock in life.ticket.clocks} == due
    assert isinstance(life.says("#assign benedikt", at(23, 12, 30)), Plan)
    assert {clock.kind: clock.due for clock in life.ticket.clocks} == due
    assert life.told("clock-changed") == []


def with_facts(desk: Desk, **facts: Any) -> Desk:
    northwind = desk.organisations["northwind.example"]
    return replace(desk, organisations={**desk.organisations, "northwind.example": replace(northwind, **facts)})


@pytest.mark.parametrize(
    ("facts", "share", "words"),
    [
        ({}, 1.0, ""),
        ({"health": "Red"}, 0.5, "Northwind: health Red × 0.5"),
        ({"renewal": date(2026, 12, 13)}, 0.75, "Northwind: renewal in 20 days × 0.75"),
        ({"renewal": date(2026, 12, 24)}, 1.0, ""),
        ({"renewal": date(2026, 11, 22)}, 1.0, ""),
        ({"renewal": date(2026, 11, 23)}, 0.75, "Northwind: renewal in 0 days × 0.75"),
        (
            {"health": "red", "renewal": date(2026, 11, 24)},
            0.375,
            "Northwind: health red × 0.5, Northwind: renewal in 1 day × 0.75",
        ),
    ],
)
def test_r78_facts_of_an_organisation_shorten_every_promise(
    house: Desk, ticket: Callable[..., Ticket], facts: dict[str, Any], share: float, words: str
) -> None:
    promise = promises.promised(ticket(), RESOLUTION, with_facts(house, **facts), at(23, 9))
    assert promise is not None
    assert (promise.allowed, promise.because) == (24 * HOUR * share, words)


def test_r78_never_less_than_the_floor(house: Desk, ticket: Callable[..., Ticket]) -> None:
    desk = with_facts(replace(house, service=replace(SERVICE, floor=0.4)), health="red", renewal=date(2026, 11, 24))
    promise = promises.promised(ticket(), FIRST, desk, at(23, 9))
    assert promise is not None
    assert (promise.factor, promise.allowed) == (0.4, 96 * MINUTE)


def test_r78_a_renewal_in_twenty_days_makes_it_due_earlier_and_is_logged(house: Desk, begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT)
    nearer = with_facts(house, renewal=date(2026, 12, 14))
    decision = breach.refreshed(life.ticket, nearer, lambda: "<m@desk.example>", at(24, 5))
    assert decision is not None
    life.take(decision.effects)
    assert life.clock(RESOLUTION).due == at(25, 11)
    assert life.told("clock-changed") == [
        {
            "clock": RESOLUTION, "from": "2026-11-25T16:00:00Z", "to": "2026-11-25T10:00:00Z",
            "minutes_from": 1440, "minutes_to": 1080, "because": "Northwind: renewal in 20 days × 0.75",
        }
    ]  # fmt: skip
    assert "renewal in 20 days" in decision.reason
    assert not life.mails, "nobody is written to at five in the morning"
    assert breach.refreshed(life.ticket, nearer, lambda: "", at(25, 5)) is None, "nothing differs tomorrow"


def test_r78_facts_that_changed_break_no_promise(house: Desk, begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT)
    now = at(25, 10)
    red = with_facts(house, health="red")
    decision = breach.refreshed(life.ticket, red, lambda: "", now)
    assert decision is not None
    life.take(decision.effects)
    assert life.clock(RESOLUTION).due == now + 30 * MINUTE, "17 of 12 hours are used: the grace is left"
    assert life.states()[RESOLUTION] == "running"


def test_r78_another_priority_looks_at_the_facts_too(house: Desk, begin: Begin) -> None:
    life = begin()
    life.desk = with_facts(house, health="red")
    life.becomes(at(23, 9), priority=1)
    assert life.clock(RESOLUTION).due == at(23, 13)
    assert life.told("clock-changed")[-1]["because"] == "priority 3 → 1; Northwind: health red × 0.5"


def test_r78_the_daily_look_sees_a_new_holiday(house: Desk, begin: Begin) -> None:
    life = begin()
    closed = replace(house, holidays=frozenset({date(2026, 11, 25)}))
    decision = breach.refreshed(life.ticket, closed, lambda: "", at(24, 5))
    assert decision is not None
    life.take(decision.effects)
    assert life.clock(RESOLUTION).due == at(26, 17)
    assert life.told("clock-changed")[0]["because"] == "the policy or the hours changed"


def test_a_ticket_that_takes_anothers_place_has_used_its_time(house: Desk, begin: Begin) -> None:
    targets = (Target(type="question", allowed=allowed(first_response=4, resolution=6)), PLAIN)
    desk = replace(house, service=replace(SERVICE, targets=targets))
    old = begin(desk=desk, topic="").becomes(at(23, 10), AGENT)
    anew = replace(old.ticket, ref=1002, type="question", clocks=(), created_at=at(23, 11))
    fresh = clocks.inherited(old.ticket, anew, desk, at(23, 11))
    assert {clock.kind: clock.due for clock in fresh.clocks} == {
        FIRST: at(23, 13), RESOLUTION: at(23, 15), TRIAGE: at(23, 11),
    }  # fmt: skip
    assert fresh.clock(FIRST) == old.clock(FIRST), "it was answered"
    later = replace(house, service=replace(SERVICE, targets=(Target(allowed=allowed(first_response=4)),)))
    bare = begin(desk=later)
    assert clocks.inherited(bare.ticket, anew, desk, at(23, 11)).clock(RESOLUTION) == replace(
        old.clock(RESOLUTION), target=6 * HOUR, since=at(23, 11), spent=2 * HOUR, due=at(23, 15)
    )


def test_a_ticket_that_takes_anothers_place_leaves_a_status_that_waits(begin: Begin) -> None:
    old = begin().becomes(at(23, 10), status="awaiting_client", status_category="waiting")
    anew = replace(old.ticket, ref=1002, status="new", status_category="open", clocks=())
    assert clocks.inherited(old.ticket, anew, old.desk, at(23, 12)).clock(RESOLUTION) == replace(
        old.clock(RESOLUTION), since=at(23, 12), due=at(26, 11)
    )


def test_a_ticket_that_is_put_aside_comes_back_as_another_type_too(begin: Begin) -> None:
    """The new one has every timer that the old one had: of its clocks, of the day until which it sleeps."""
    old = begin().becomes(at(23, 10), snoozed_until=at(26, 9))
    actor = old.desk.agent_named("anastasia")
    assert actor is not None
    anew = retyping.renewed(old.ticket, 1002, "question", actor, old.desk, at(23, 11))
    effects = retyping.begun(old.ticket, anew, "anastasia", old.desk, NOTHING, (), at(23, 11))
    timers = {
        effect.kind: effect.due_at for effect in effects if isinstance(effect, SetTimer) and effect.ticket == 1002
    }
    assert timers == {clocks.CLOCK: at(23, 12), "snooze": at(26, 9)}
    assert anew.snoozed_until == at(26, 9)


# A lead's word


def test_r80_a_lead_promises_another_time_with_a_reason(begin: Begin) -> None:
    life = begin(status="accepted", assignee="anastasia").becomes(at(23, 10), AGENT)
    planned = life.says("#sla resolution until 2026-11-30 12:00 because they are away this week", at(23, 11))
    assert isinstance(planned, Plan), planned
    assert life.clock(RESOLUTION).due == at(30, 12)
    assert [(e.actor, dict(e.detail)) for e in life.events if e.kind == "clock-changed"] == [
        (
            "dominique",
            {
                "clock": RESOLUTION, "from": "2026-11-25T16:00:00Z", "to": "2026-11-30T11:00:00Z",
                "because": "they are away this week", "by": "dominique",
            },
        )
    ]  # fmt: skip
    assert planned.done[0].before == "resolution until Wed 25 Nov 2026, 17:00 (Berlin)"
    life.becomes(at(23, 12), priority=1)
    assert life.clock(RESOLUTION).due == at(30, 12), "no rule changes a lead's word"
    assert breach.refreshed(life.ticket, life.desk, lambda: "", at(24, 5)) is None


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("+4h because x", at(23, 15)),
        ("+8h because x", at(24, 11)),
        ("+90m because x", at(23, 12, 30)),
        ("2026-11-24 10:00 reason: x", at(24, 10)),
        ("24.11.2026 10:00 because x", at(24, 10)),
        ("fri 14:00 because x", at(27, 14)),
    ],
)
def test_r80_times_of_a_lead(begin: Begin, words: str, due: datetime) -> None:
    life = begin()
    assert isinstance(life.says(f"#sla resolution until {words}", at(23, 11)), Plan)
    assert life.clock(RESOLUTION).due == due


@pytest.mark.parametrize(
    ("text", "actor", "reason"),
    [
        ("#sla first until +4h because x", "anastasia", "only a lead may say #sla"),
        ("#sla first until +4h because x", "mirabelle", "only a lead may say #sla"),
        ("#sla first until +4h", "dominique", "say why"),
        ("#sla first until +4h because", "dominique", "say why"),
        ("#sla", "dominique", "say which clock"),
        ("#sla first", "dominique", "say which clock"),
        ("#sla second until +4h because x", "dominique", "there is no clock second; clocks: first, next"),
        ("#sla next until +4h because x", "dominique", "does not run on this ticket; running: first response, resol"),
        ("#sla first until soon because x", "dominique", "soon is no time"),
        ("#sla first until 2026-11-20 because x", "dominique", "has passed"),
        ("#sla first until +soon because x", "dominique", "no length of time"),
        ("#sla first until +999h because x", "dominique", ""),
        ("#sla first until 2031-01-01 because x", "dominique", "too far away"),
    ],
)
def test_r80_what_is_refused(begin: Begin, text: str, actor: str, reason: str) -> None:
    life = begin()
    found = life.says(text, at(23, 11), actor)
    if not reason:
        assert isinstance(found, Plan), found
        return
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert life.events == []


def test_r80_a_clock_that_stands_still_or_is_done_has_no_other_time(begin: Begin) -> None:
    paused = begin().becomes(at(23, 10), AGENT, waiting_on="customer")
    assert "stands still" in str(paused.says("#sla resolution until +4h because x", at(23, 11)))
    assert "has ended" in str(paused.says("#sla first until +4h because x", at(23, 11)))
    done = begin().resolves(at(23, 10))
    assert "the ticket is resolved" in str(done.says("#sla resolution until +4h because x", at(23, 11)))


def test_r80_a_breach_that_nobody_noted_is_not_talked_away(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    assert isinstance(life.says("#sla first until 2026-11-24 12:00 because agreed by telephone", at(23, 15)), Plan)
    assert life.told("clock-breached") == [breach_of_anastasia("2026-11-23T12:00:00Z")]


def test_r80_a_breach_stays_one_and_the_new_time_is_told_of(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    life.sleeps(at(23, 14))
    assert isinstance(life.says("#sla first until 2026-11-24 12:00 because agreed by telephone", at(23, 15)), Plan)
    assert (life.states()[FIRST], life.clock(FIRST).due) == ("breached", at(24, 12))
    assert [line.partition(":")[0] for line in life.sleeps(at(25, 9)) if "first" in line] == [
        "Tue 09",
        "Tue 10",
        "Tue 12",
    ]
    assert len(life.told("clock-breached")) == 1


# Who is told when


def test_r76_warnings_once_each_to_the_owner_the_team_and_those_above(begin: Begin) -> None:
    life = begin(status="accepted", assignee="anastasia")
    assert life.sleeps(at(30, 9)) == [
        "Mon 12:00 first_response 75: anastasia",
        "Mon 12:36 first_response 90: anastasia",
        "Mon 13:00 first_response 100: anastasia dominique mirabelle",
        "Wed 11:00 resolution 75: anastasia",
        "Wed 14:36 resolution 90: anastasia",
        "Thu 09:00 resolution 100: anastasia dominique mirabelle",
    ]
    assert life.timer is None
    assert {mail.purpose for mail in life.mails} == {Purpose.WARNING}
    rounds = [(mail.round, mail.to.address) for mail in life.mails]
    assert len(set(rounds)) == len(rounds)


def test_a_breach_at_the_moment_of_closing_is_noted_then_and_told_next_morning(begin: Begin) -> None:
    life = begin(at(23, 13), assignee="anastasia")
    assert life.sleeps(at(23, 17)) == [
        "Mon 16:00 first_response 75: anastasia",
        "Mon 16:36 first_response 90: anastasia",
    ]
    assert life.states()[FIRST] == "breached"
    assert life.told("clock-breached") == [breach_of_anastasia("2026-11-23T16:00:00Z")]
    assert life.sleeps(at(24, 9)) == ["Tue 09:00 first_response 100: anastasia dominique mirabelle"]


def test_while_nobody_is_there_the_team_is_told_first(begin: Begin) -> None:
    life = begin(team="network")
    assert life.sleeps(at(23, 12)) == ["Mon 12:00 first_response 75: benedikt"]


def test_helping_teams_are_told_too_and_a_team_of_nobody_has_its_leads(begin: Begin, house: Desk) -> None:
    life = begin(team="frontline", helpers=("network",), assignee="anastasia")
    assert life.sleeps(at(23, 12, 36))[1] == "Mon 12:36 first_response 90: anastasia benedikt"
    empty = replace(house, agents={a: agent for a, agent in house.agents.items() if agent.team != "network"})
    assert begin(desk=empty, team="network").sleeps(at(23, 12)) == ["Mon 12:00 first_response 75: dominique"]


def test_sla_warnings_leave_only_while_somebody_works(begin: Begin, house: Desk) -> None:
    """Zammad 4432. The clock runs by night, the desk does not."""
    targets = (Target(calendar="always", allowed=allowed(first_response=8)),)
    desk = replace(house, service=replace(SERVICE, targets=targets))
    life = begin(at(20, 16), desk, assignee="anastasia")
    assert life.clock(FIRST).due == at(21, 0)
    assert life.sleeps(at(23, 8, 59)) == []
    assert life.told("clock-breached") == [breach_of_anastasia("2026-11-20T23:00:00Z")]
    assert life.sleeps(at(30, 9)) == ["Mon 09:00 first_response 100: anastasia dominique mirabelle"]


def test_the_policy_may_have_them_at_any_hour(begin: Begin, house: Desk) -> None:
    targets = (Target(calendar="always", allowed=allowed(first_response=8)),)
    desk = replace(house, service=replace(SERVICE, targets=targets, warn_outside_hours=True))
    assert begin(at(20, 16), desk, assignee="anastasia").sleeps(at(30, 9)) == [
        "Fri 22:00 first_response 75: anastasia",
        "Fri 23:12 first_response 90: anastasia",
        "Sat 00:00 first_response 100: anastasia dominique mirabelle",
    ]


@pytest.mark.parametrize(
    ("wakes", "told"),
    [
        (at(23, 12, 40), ["Mon 12:40 first_response 90: anastasia"]),
        (at(23, 13, 30), ["Mon 13:30 first_response 100: anastasia dominique mirabelle"]),
        (
            at(30, 10),
            [
                "Mon 10:00 first_response 100: anastasia dominique mirabelle",
                "Mon 10:00 resolution 100: anastasia dominique mirabelle",
            ],
        ),
    ],
)
def test_after_sleep_only_what_was_reached_last_is_told(begin: Begin, wakes: datetime, told: list[str]) -> None:
    life = begin(assignee="anastasia")
    life.wakes(wakes)
    assert said(life.mails, wakes) == told
    life.wakes(wakes)
    assert said(life.mails, wakes) == told, "once"


def test_a_desk_that_wakes_at_night_notes_and_waits(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    life.wakes(at(23, 22))
    assert (life.mails, life.states()[FIRST], life.timer) == ([], "breached", at(24, 9))
    assert life.sleeps(at(24, 9)) == ["Tue 09:00 first_response 100: anastasia dominique mirabelle"]


def test_a_clock_that_jumps_back_tells_nothing_twice(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    life.sleeps(at(23, 12))
    assert life.wakes(at(23, 9, 30)) == "clock: nothing is to be told yet"
    assert life.timer == at(23, 12, 36)
    assert len(life.sleeps(at(23, 12, 36))) == 1


def test_more_time_warns_again_and_less_time_at_once(begin: Begin) -> None:
    life = begin(assignee="anastasia", priority=1)
    assert life.sleeps(at(23, 9, 50)) == ["Mon 09:45 first_response 75: anastasia"]
    life.becomes(at(23, 9, 50), priority=3)
    assert life.sleeps(at(23, 12)) == ["Mon 12:00 first_response 75: anastasia"]
    life.becomes(at(23, 12, 10), priority=1)
    assert life.clock(FIRST).due == at(23, 12, 40)
    assert [line for line in life.sleeps(at(23, 12, 45)) if "first" in line] == [
        "Mon 12:18 first_response 90: anastasia",
        "Mon 12:40 first_response 100: anastasia dominique mirabelle",
    ]


def test_what_a_warning_says(begin: Begin) -> None:
    life = begin(assignee="anastasia", next_action="rebuild the index")
    life.sleeps(at(23, 12))
    facts = life.mails[0].facts
    shown = ("clock", "percent", "due", "now", "left", "because", "owner", "next")
    assert [facts[name] for name in shown] == [
        FIRST, 75, "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z", 60, "", "anastasia", "rebuild the index",
    ]  # fmt: skip
    life.sleeps(at(23, 13))
    assert (life.mails[-1].facts["left"], life.mails[-1].facts["because"]) == (0, "agent")


# Whose a breach is


def broken(life: Life) -> list[str]:
    life.sleeps(at(23, 13))
    return [e["because"] for e in life.told("clock-breached")]


def test_r79_a_breach_says_what_kept_the_ticket(begin: Begin) -> None:
    assert broken(begin()) == ["unassigned"]
    assert broken(begin(assignee="anastasia")) == ["agent"]
    assert broken(begin().becomes(at(23, 10), assignee="anastasia")) == ["agent"], "the first owner is no reassignment"
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), assignee="dominique")) == ["after-reassignment"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), assignee="")) == ["after-reassignment"]
    assert broken(begin().becomes(at(23, 10), team="network")) == ["after-reassignment"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), blocked_on="scheduling")) == ["blocked-scheduling"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), blocked_on="specialist")) == ["waiting-specialist"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), escalated_at=at(23, 10))) == ["waiting-specialist"]


def test_r79_a_reassignment_before_the_clock_began_is_not_its_reason(begin: Begin) -> None:
    life = begin(assignee="anastasia").becomes(at(23, 10), assignee="dominique").becomes(at(23, 11), AGENT)
    life.becomes(at(23, 12), CUSTOMER)
    life.sleeps(at(23, 16))
    assert [(e["clock"], e["because"]) for e in life.told("clock-breached")] == [(NEXT, "agent")]


# Rules that escalate


def test_r74_a_clock_that_has_used_so_much_brings_another_team(begin: Begin, house: Desk) -> None:
    rule = Escalating(name="slow", team="network", clock=RESOLUTION, percent=50)
    life = begin(desk=replace(house, escalations=(rule,)), assignee="anastasia").becomes(at(23, 10), AGENT)
    told = life.sleeps(at(24, 13))
    assert told == ["Tue 13:00 notice: benedikt dominique"]
    assert (life.ticket.helpers, life.ticket.assignee, life.ticket.escalated_at) == (
        ("network",),
        "anastasia",
        at(24, 13),
    )
    assert [e["rule"] for e in life.told("escalated")] == ["slow"]
    assert life.sleeps(at(25, 11)) == ["Wed 11:00 resolution 75: anastasia"]


def test_the_events_of_a_warning_hold_what_the_clocks_were(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    before = life.ticket.clocks
    life.sleeps(at(23, 12))
    assert [(e.kind, dict(e.was)) for e in life.events] == [("clock-told", {"clocks": before})]


def test_organisations_are_known_by_a_contact_too(house: Desk, ticket: Callable[..., Ticket]) -> None:
    vip = Organisation(domain="vip.example", name="Vip", segment="Enterprise", arr=1, lifecycle="active", health="red")
    desk = replace(house, organisations={**house.organisations, "someone@gmail.example": vip})
    promise = promises.promised(ticket(requester="someone@gmail.example"), FIRST, desk, at(23, 9))
    assert promise is not None
    assert promise.allowed == 2 * HOUR


# The demo desk


@pytest.mark.parametrize(
    ("priority", "hours"),
    [
        (1, {FIRST: 1, NEXT: 1, RESOLUTION: 8, TRIAGE: 2}),
        (2, {FIRST: 4, NEXT: 4, RESOLUTION: 16, TRIAGE: 2}),
        (3, {FIRST: 4, NEXT: 4, RESOLUTION: 24, TRIAGE: 2}),
        (5, {FIRST: 4, NEXT: 4, RESOLUTION: 24, TRIAGE: 2}),
    ],
)
def test_what_the_demo_desk_promises(
    desk: Desk, ticket: Callable[..., Ticket], priority: int, hours: dict[str, int]
) -> None:
    found = {kind: promises.promised(ticket(priority=priority), kind, desk, MONDAY) for kind in hours}
    assert {kind: promise.allowed / HOUR for kind, promise in found.items() if promise is not None} == hours
    assert [(f.health, f.renewal_days, f.factor) for f in desk.service.factors] == [("red", 0, 0.5), ("", 30, 0.75)]
    assert (desk.service.floor, desk.service.grace, desk.service.warn_outside_hours) == (0.25, 30 * MINUTE, False)


# What is taken back


def undone(life: Life, verb: str, now: datetime, later: datetime) -> None:
    """The verb and its #undo, with what the clock did between them."""
    before, kept = life.ticket, len(life.events)
    life.says(verb, now, "anastasia")
    left = life.ticket
    if life.timer is not None:
        life.sleeps(later)
    story = [
        Past(at=now, actor=event.actor, kind=event.kind, occasion=f"at:{number > 0}", was=event.was)
        for number, event in enumerate([one for one in life.events[kept:] if one.was])
    ]
    assert story[0].was["clocks"] == before.clocks != left.clocks
    back = undoing.last(life.ticket, "anastasia", story, life.desk)
    assert isinstance(back, undoing.Back)
    found = undoing.taken_back(life.ticket, back, later)
    life.take(changed(life.ticket, found, [], life.desk, later))


@pytest.mark.parametrize("verb", ["#resolve restarted", "#wait customer", "#priority 1 because x"])
def test_sla_what_is_taken_back_moves_no_promise(begin: Begin, verb: str) -> None:
    life = begin(status="in_progress", assignee="anastasia", topic="Performance")
    due = {clock.kind: clock.due for clock in life.ticket.clocks}
    for hour in (0, 1):
        undone(life, verb, MONDAY + hour * HOUR, MONDAY + hour * HOUR + 10 * MINUTE)
        assert {clock.kind: clock.due for clock in life.ticket.clocks} == due
        assert set(life.states().values()) == {"running"}


def test_sla_what_ran_out_before_it_was_taken_back_is_a_breach(begin: Begin) -> None:
    life = begin(status="in_progress", assignee="anastasia", topic="Performance")
    undone(life, "#resolve restarted", MONDAY + HOUR, MONDAY + 5 * HOUR)
    assert life.states() == {FIRST: "breached", RESOLUTION: "running"}
    (breached,) = [event for event in life.events if event.kind == clocks.BREACHED]
    assert breached.detail["due"] == "2026-11-23T12:00:00Z"
    assert life.clock(FIRST).due == MONDAY + 4 * HOUR
    assert life.timer is not None
    life.wakes(life.timer)
    assert any("is over" in str(mail.facts) or mail.purpose is Purpose.WARNING for mail in life.mails), "it is told"


def test_sla_a_clock_that_something_else_moved_since_stays(desk: Desk, begin: Begin) -> None:
    life = begin(status="in_progress", assignee="anastasia", topic="Performance")
    before = life.ticket.clocks
    undone_at = MONDAY + 2 * HOUR
    life.take(changed(life.ticket, replace(life.ticket, priority=1), [], life.desk, MONDAY))
    left = life.ticket.clocks
    life.take(changed(life.ticket, life.ticket, [], life.desk, MONDAY + HOUR, heard=AGENT))
    found = clocks.as_they_were(life.ticket, before, left, undone_at)
    assert found.clock(FIRST) == life.clock(FIRST), "it was answered"
    assert found.clock(RESOLUTION) == next(one for one in before if one.kind == RESOLUTION)
