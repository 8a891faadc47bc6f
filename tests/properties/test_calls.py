"""No sequence of offers, bookings, moves, cancels, calendars, sickness and crashes breaks what is said of calls.

No promised call without somebody who can keep it, unless the world has changed and a lead was told; one live grant a
ticket and capability, and a redeemed grant is one booking; whoever takes a call, its customer gets no mail for it;
SEQUENCE and DTSTAMP rise. After every step `appointments` looks at all calls. Short and always the same by default,
long and random with REPLYDESK_LONG. One file, although long: the steps and what must hold after each are one machine.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gateway.cli import agent as agents
from gateway.cli import away
from gateway.jobs.sweep import sweep
from gateway.rules.calls import booking, hours, offering, proving, staffing
from gateway.rules.desk import Desk
from gateway.rules.mails import calls as mails
from gateway.rules.routing import FOREVER
from gateway.rules.verbs import Refused
from scheduling.promise import Board
from store.records import Call, CallState, Grant, Person, Ticket
from tests.desk import Sent, StillDesk, make_template
from tests.properties.appointments import ABOUT_CALLS, Auditor
from tests.properties.inspector import Broken, check
from tests.servers import postgresql
from tests.servers.requirement import is_long
from tests.servers.stores import KINDS

CUSTOMERS = ("nora@northwind.example", "tom@contoso.example", "eve@elsewhere.example", "ida@northwind.example")
STRANGER = "mallory@foreign.example"
CAPABILITIES = ("network-engineering", "network-engineering", "billing-specialist", "general")
ABLE = ("anastasia", "benedikt", "charlotte", "dominique")
BERLIN = ZoneInfo("Europe/Berlin")
GAPS = (1, 2, 10, 30, 60, 240)
"""Minutes between two steps."""
LAST_TOLD = 25
ENV = {
    "REPLYDESK_QUESTIONS__ASK": "false", "REPLYDESK_BUDGET__PARTICIPANT_DAY": "1000",
    "REPLYDESK_BUDGET__TICKET": "10000", "REPLYDESK_BUDGET__UNHEEDED": "10000",
    "REPLYDESK_CALLS__HORIZON_DAYS": "2", "REPLYDESK_CALLS__NOTICE_HOURS": "1",
    "REPLYDESK_CALLS__PER_DAY": "2", "REPLYDESK_CALLS__PER_WEEK": "5", "REPLYDESK_CALLS__MOVES": "20",
    "REPLYDESK_CALLS__ROBUST": "false",
}  # fmt: skip
"""Few slots, so that calls are in each other's way."""
ODDS = {
    "somebody_asks": 4, "a_lead_decides": 1, "a_customer_books": 8, "a_customer_writes": 2, "a_calendar_answers": 2,
    "an_agent_answers": 3, "somebody_moves_or_cancels": 2, "what_came_of_it": 2, "a_ticket_changes": 1,
    "come_and_go": 4, "time_passes": 3, "to_a_call": 2, "a_crash": 1, "looked_at_again": 1,
}  # fmt: skip
"""What happens how often."""


class Office(RuleBasedStateMachine):
    """A desk that promises calls, its customers, its staff, and time."""

    kind = "sqlite"
    template: Path

    @initialize()
    def open(self) -> None:
        self.stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="replydesk-property-"))
        self.stack.callback(shutil.rmtree, folder)
        env = dict(ENV)
        if self.kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = self.stack.enter_context(postgresql.emptied())
        self.desk = self.stack.enter_context(closing(StillDesk(folder / "desk", self.template, env)))
        self.auditor = Auditor(self.desk)
        self.mails, self.told = 0, [""]
        for sender in CUSTOMERS:
            self._write(sender, "support@desk.example", "Everything is down", "It does not work any more.")
        for number, sender in enumerate(CUSTOMERS, 1001):
            self.desk.do(
                f"DESK-{number}", f"#priority {3 if sender == CUSTOMERS[2] else 2} because many wait", "dominique"
            )
        self.auditor.look()

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @rule(chance=st.integers(0, 2**32))
    def step(self, chance: int) -> None:
        """One thing happens. Chance is salted: the engine likes to repeat itself, a desk's day does not."""
        luck = Random(chance + len(self.told))
        (what,) = luck.choices(tuple(ODDS), tuple(ODDS.values()))
        self.told.append(what)
        try:
            getattr(self, what)(luck)
            self.auditor.look()
        except BaseException as error:
            error.add_note("\n".join(("What had happened:", *self.told[-LAST_TOLD:])))
            raise

    # Who asks, who decides

    def somebody_asks(self, luck: Random) -> None:
        idle = [n for n, ticket in self.auditor.tickets.items() if not ticket.calls and not ticket.is_done]
        number = luck.choice(sorted(idle if idle and luck.random() < 0.7 else self.auditor.tickets))
        if luck.random() < 0.15:
            self._write(self._customer(number), "support@desk.example", f"[DESK-{number}] Everything is down", "CALL")
        else:
            said = f"#call {luck.choice(CAPABILITIES)}" + luck.choice(("", "", " within 3d", " 15m"))
            self._say(number, said, luck.choice(("dominique", "samantha", "samantha", "anastasia")))

    def a_lead_decides(self, luck: Random) -> None:
        waits = [call for call in self._live() if call.state in (CallState.APPROVAL, CallState.REQUESTED)]
        if waits:
            call = luck.choice(waits)
            said = luck.choice((f"#approve #{call.number}", f"#refuse #{call.number} because we are full"))
            self._say(int(call.ticket), said, "dominique")

    # What customers do

    def a_customer_books(self, luck: Random) -> None:
        """Mostly whoever an offer is for, of those that stand; now and then somebody else, or an old one."""
        offers = [sent for sent in self.desk.sent if sent.purpose == "offer"][-12:]
        stand = [call for call in self._live() if call.state == CallState.OFFERED or luck.random() < 0.2]
        if stand and luck.random() < 0.8:
            call = luck.choice(stand)
            offers = [sent for sent in offers if self.desk.row(sent.number).ticket_id == call.ticket] or offers
            numbers = [number for number, _ in call.offered] or [1]
        else:
            numbers = [1, 2, 9]
        if offers:
            sent = luck.choice(offers[-3:])
            author = sent.to if luck.random() < 0.9 else luck.choice((STRANGER, *CUSTOMERS))
            self._answer(sent, f"BOOK {luck.choice(numbers)}", author=author)

    def a_customer_writes(self, luck: Random) -> None:
        found = [sent for sent in self.desk.sent if sent.to in CUSTOMERS and sent.purpose in ABOUT_CALLS][-8:]
        if found:
            said = ("CANCEL", "None of these suits me, mornings please.", "STATUS", "Thank you.", "MOVE", "YES", "CALL")
            self._answer(luck.choice(found), luck.choice(said))

    def a_calendar_answers(self, luck: Random) -> None:
        """Whoever has an entry answers it by their calendar, now and then an old one."""
        found = [sent for sent in self.desk.sent if sent.purpose in ("invite", "brief")][-8:]
        if not found:
            return
        sent = luck.choice(found)
        said = _properties(sent)
        how = luck.choice(("ACCEPTED", "ACCEPTED", "TENTATIVE", "DECLINED", "COUNTER", "REFRESH"))
        method = how if how in ("COUNTER", "REFRESH") else "REPLY"
        start = _instant(said["DTSTART"]) + timedelta(minutes=luck.choice((30, 60, 90, 1440)))
        lines = {"DTSTART": f"{start:%Y%m%dT%H%M%SZ}"} if method == "COUNTER" else {}
        self._write(
            sent.to, _reply_to(sent), f"{how}: call", _calendar(method, {**said, **lines}, how, sent.to, self.desk.now)
        )

    # What the staff does

    def an_agent_answers(self, luck: Random) -> None:
        had = [call for call in self._live() if call.assigned]
        if had:
            call = luck.choice(had)
            self._silently(
                lambda: self._say(int(call.ticket), luck.choice(("#ack", "#ack", "#return because ill")), call.assigned)
            )

    def somebody_moves_or_cancels(self, luck: Random) -> None:
        found = self._live()
        if found:
            call = luck.choice(found)
            at = (self.desk.now + timedelta(hours=luck.choice((2, 3, 5, 24, 26, 48)))).astimezone(
                ZoneInfo("Europe/Berlin")
            )
            move = f"#call move {at:%Y-%m-%d} {at:%H}:{luck.choice(('00', '30'))} #{call.number}"
            said = move if luck.random() < 0.7 else f"#call cancel #{call.number} because it is mended"
            self._say(int(call.ticket), said, luck.choice(("samantha", "dominique")))

    def what_came_of_it(self, luck: Random) -> None:
        begun = [call for call in self._live() if call.start is not None and call.start <= self.desk.now]
        if begun:
            call = luck.choice(begun)
            said = luck.choice(("it works again", "45m it works again", "no-show", "no-show us"))
            self._say(int(call.ticket), f"#outcome #{call.number} {said}", "samantha")

    def a_ticket_changes(self, luck: Random) -> None:
        number = luck.choice(sorted(self.auditor.tickets))
        done = self.auditor.tickets[number].is_done
        said = (
            "#reopen" if done else luck.choice(("#accept\n#start\n#resolve it works again", "#priority 4 because calm"))
        )
        self._say(number, said, "dominique")

    def come_and_go(self, luck: Random) -> None:
        desk, now, store = self.desk.desk, self.desk.now, self.desk.store
        what = luck.choice(("away", "away", "back", "back", "back", "disable", "enable", "enable"))
        one = desk.agent_named(luck.choice(ABLE[:3] if what == "disable" else ABLE))
        assert one is not None
        self._did(f"{one.name}: {what}")

        def happens() -> None:
            if what in ("disable", "enable"):
                agents._set(store, one, now, disabled=what == "disable")
            else:
                until = (
                    luck.choice((now + timedelta(hours=4), now + timedelta(days=2), FOREVER))
                    if what == "away"
                    else None
                )
                store.insist(lambda connection: away._set(desk, one, until, now, connection))
            self.desk.settle()

        self._silently(happens)

    # What time does

    def time_passes(self, luck: Random) -> None:
        self._until(self.desk.now + timedelta(minutes=luck.choice(GAPS)))

    def to_a_call(self, luck: Random) -> None:
        """The clock goes to where something of a call is due."""
        coming = [call for call in self._live() if call.start is not None and call.start > self.desk.now]
        if coming:
            start = luck.choice(coming).start
            assert start is not None
            before = luck.choice((60, 20, 10, 0, -5, -10, -45))
            self._until(max(self.desk.now, start - timedelta(minutes=before)))

    def _until(self, at: datetime) -> None:
        self._did(f"it is {at:%a %H:%M}")
        self.desk.now = at
        self.desk.settle()

    def a_crash(self, luck: Random) -> None:
        """A turn does all that is due after some time, and is lost before it is committed."""
        self.desk.now += timedelta(minutes=luck.choice((5, 20, 60)))
        self._did("and a turn was lost")
        with suppress(Lost), self.desk.store.turn() as connection:
            for _ in range(luck.choice((1, 2, 5))):
                sweep(connection, self.desk.desk, self.desk.mint, self.desk.now)
            raise Lost
        self.desk.settle()

    def looked_at_again(self, luck: Random) -> None:
        """A mail that was done is not done twice, whatever is looked at again."""
        done = [one["id"] for one in self.desk.entries() if one["verdict"] in ("booking", "calendar-reply", "command")][
            -5:
        ]
        if done:
            before = {key: replace(call, witness="") for key, call in self.auditor.calls.items()}
            self.desk.replay(luck.choice(done))
            self.auditor.look()
            after = {key: replace(call, witness="") for key, call in self.auditor.calls.items()}
            check(before == after, "a mail was looked at again and changed a call")

    # How it is done

    def _live(self) -> list[Call]:
        return [call for call in self.auditor.calls.values() if not call.is_over]

    def _customer(self, number: int) -> str:
        return CUSTOMERS[number - 1001]

    def _silently(self, happens: Callable[[], None]) -> None:
        """Whoever takes a call, no customer hears of it; but who waited for a slot may be offered one."""
        had = len(self.desk.sent)
        begun = {call.key for call in self._live() if call.state in (CallState.WAITING, CallState.NO_SHOW)}
        happens()
        left = [
            sent for sent in self.desk.sent[had:] if sent.to in CUSTOMERS and sent.purpose in ABOUT_CALLS - {"offer"}
        ]
        check(not left or begun, "a customer got", [sent.purpose for sent in left], "for a change of whoever takes it")

    def _say(self, number: int, text: str, person: str) -> None:
        outcome = self.desk.do(f"DESK-{number}", text, person)
        self._did(f"DESK-{number} {person} {text!r}: {getattr(outcome, 'reason', 'done')}")
        if isinstance(outcome, Refused):
            before = self.auditor.calls
            self.auditor.look()
            check(before == self.auditor.calls, text, "was refused and changed a call:", outcome.reason)

    def _answer(self, sent: Sent, said: str, *, author: str = "") -> None:
        self._write(
            author or sent.to, _reply_to(sent), f"Re: {sent.mail['Subject']}", said, to=str(sent.mail["Message-ID"])
        )

    def _write(self, sender: str, mailbox: str, subject: str, body: str, *, to: str = "") -> dict[str, Any]:
        self.mails += 1
        head = f"From: <{sender}>\nTo: <{mailbox}>\nSubject: {subject}\nMessage-ID: <w{self.mails}@world.example>\n"
        head += f"In-Reply-To: {to}\n" if to else ""
        head = f"Authentication-Results: mx.desk.example; dkim=pass header.d={sender.partition('@')[2]}\n{head}"
        if body.startswith("BEGIN:VCALENDAR"):
            method = body.partition("METHOD:")[2].split()[0]
            head += f"MIME-Version: 1.0\nContent-Type: text/calendar; charset=utf-8; method={method}\n"
        entry = self.desk.mail(f"{head}\n{body}\n", sender, mailbox)
        self._did(f"{sender} to {mailbox}, {body[:40]!r}: {entry['verdict']} {entry['ticket']}: {entry['reason']}")
        check(entry["verdict"] not in (None, "unreadable"), entry)
        return entry

    def _did(self, what: str) -> None:
        self.told[-1] += f": {what}"


class Lost(Exception):
    """A turn that did not come to its end."""


def _reply_to(sent: Sent) -> str:
    return str(sent.mail["Reply-To"] or sent.mail["From"]).rpartition("<")[2].strip("> ")


def _properties(sent: Sent) -> dict[str, str]:
    """What stands in the entry, by the names of its lines."""
    part = next(part for part in sent.mail.walk() if part.get_content_type() == "text/calendar")
    text = bytes(part.get_payload(decode=True)).decode().replace("\r\n ", "")  # type: ignore[arg-type]
    event = text.partition("BEGIN:VEVENT")[2].partition("BEGIN:VALARM")[0]
    return dict(line.split(":", 1) for line in event.split("\r\n") if ":" in line)


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _calendar(method: str, said: dict[str, str], how: str, attendee: str, now: datetime) -> str:
    partstat = f";PARTSTAT={how}" if method == "REPLY" else ""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT"]
    lines += [f"{name}:{said[name]}" for name in ("UID", "SEQUENCE", "DTSTART")]
    lines += [
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"ATTENDEE{partstat}:mailto:{attendee}",
        "ORGANIZER:mailto:support@desk.example",
    ]
    return "\n".join([*lines, "END:VEVENT", "END:VCALENDAR"])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("calls") / "desk")


def play(house: Path, kind: str, examples: int, steps: int) -> None:
    machine = type("Machine", (Office,), {"kind": kind, "template": house})
    long = is_long()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=not long,
            database=None,
            phases=[*Phase] if long else [Phase.generate],
            report_multiple_bugs=False,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
def test_no_sequence_breaks_what_is_said_of_calls(kind: str, house: Path) -> None:
    examples, steps = (300, 120) if is_long() else (6, 80) if kind == "sqlite" else (2, 40)
    play(house, kind, examples, steps)


# That it would find what is wrong


def unproven(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the promises when somebody falls ill."""
    nothing = proving.Proof(hindered={}, short=(), kept=(), witnesses={})
    patch.setattr(proving, "proven", lambda *asked: nothing)


def unprobed(patch: pytest.MonkeyPatch) -> None:
    """A slot is promised to whoever wants it: nobody asks the board."""
    patch.setattr(offering, "offerable", lambda *asked, **how: "")
    patch.setattr(Board, "add", lambda board, promise: True)


def burnt(patch: pytest.MonkeyPatch) -> None:
    """A grant lives on after its booking."""
    issued = booking._issued

    def alive(call: Call, grant: Grant, *asked: Any) -> Call:
        return replace(issued(call, grant, *asked), grant=grant)

    patch.setattr(booking, "_issued", alive)


def loud(patch: pytest.MonkeyPatch) -> None:
    """The customer gets their entry again when somebody else takes the call."""
    left = staffing.left

    def with_a_word(call: Call, ticket: Ticket, who: str, desk: Desk, *asked: Any) -> Any:
        found, to = left(call, ticket, who, desk, *asked), Person(address=call.contact)

        def sent(mint: Callable[[], str]) -> tuple[Any, ...]:
            again = mails.invite(desk, ticket, call, to, mint(), f"again-{call.version}", mails.AGAIN)
            return (*found.mails(mint), again)

        return replace(found, mails=sent)

    patch.setattr(staffing, "left", with_a_word)


def unsaid(patch: pytest.MonkeyPatch) -> None:
    """No lead learns that nobody takes a call that begins soon."""
    patch.setattr(hours, "is_unstaffed", lambda call, desk: True)


BUGS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    unproven: "is promised, and|is of .* and stands in",
    unprobed: "nobody is in mind for it|is promised beside others",
    burnt: "is booked: True",
    loud: "was sent as|a customer got",
    unsaid: "no lead knows",
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_is_found(
    bug: Callable[[pytest.MonkeyPatch], None], house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises(Broken, match=BUGS[bug]):
        play(house, "sqlite", 6, 80)
