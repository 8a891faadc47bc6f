"""One ticket's life on a desk that promises: what is done with it, what time does, what was told.

In: changes, verbs and the hour. Out: the ticket's clocks, its events and the mails that leave. The desk works Monday to
Friday, 9 to 17, in Berlin; the 23rd of November 2026 is a Monday. Nothing here judges: that is the tests'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.rules import clocks
from gateway.rules.change import alarm, changed
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.participants import NOTHING
from gateway.rules.policy.targets import FIRST, Factor, Service, Target
from gateway.rules.timers import Due
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from scheduling.hours import WeeklyHours
from scheduling.sla import Calendar, Clock
from store.records import AddEvent, ChangeTicket, ClearTimer, Effect, Purpose, SendMail, SetTimer, Ticket

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
