"""No sequence of verbs, mails and sweeps reaches an illegal status, an ownerless ticket, a negative clock, or an event
that the ticket contradicts.

Customers write (new mails, answers, YES, NO, STATUS), members of staff of every role say every verb of the table, by
command and by mail, rightly and wrongly; they go away, come back and are disabled; time passes. After every step
`inspector` looks at all tickets. Short and always the same by default, long and random with REPLYDESK_LONG.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gateway.cli import agent as agents
from gateway.cli import away
from gateway.cli.take import NEXT
from gateway.cli.ticket import _do
from gateway.rules import change, clocks, workflow
from gateway.rules.routing import FOREVER
from gateway.rules.verbs import VERBS, Refused
from scheduling import sla
from store.records import Ticket
from tests.desk import STAFF, StillDesk, make_template
from tests.properties.inspector import Broken, Inspector, check
from tests.properties.talk import HOUSE, NEXT_SAID, OF_ESCALATIONS, SAID
from tests.servers import postgresql
from tests.servers.requirement import is_long
from tests.servers.stores import KINDS

CUSTOMERS = ("nora@northwind.example", "tom@contoso.example", "eve@elsewhere.example")
MAILBOXES = ("support@desk.example", "billing@desk.example", "escalate@desk.example")
SUBJECTS = (
    "I cannot log in",
    "The invoice is wrong",
    "Your website is down",
    "How do I export my data?",
    "Hello",
)
BODIES = (
    "The password is not accepted any more.",
    "We were charged twice and want a refund.",
    "It is very urgent!!! Nobody can work.",
    "How can I do that?",
    "Something is odd.",
)
ANSWERS = ("YES", "NO", "STATUS", "Thank you.", "It still does not work, what now?", "CLOSE")
MOST = 8
"""Tickets that come in by new mails: few, so that much happens to each."""
LAST_TOLD = 25
GAPS = (1, 3, 20, 45, 120, 600, 1440, 4320, 20_160)
"""Minutes between two steps."""

LINES = sorted(f"#{verb} {words}".strip() for verb, said in SAID.items() for words in said)
WORDS = "\n\nHello,\n\nplease try again."
ODDS = {
    "what_comes_next": 7, "anything": 3, "by_mail": 2, "time_passes": 3, "an_answer": 2, "something_new": 1,
    "take_the_next": 1, "come_and_go": 1,
}  # fmt: skip
"""What happens how often."""


def test_every_verb_is_said() -> None:
    assert set(SAID) == set(VERBS)


class Office(RuleBasedStateMachine):
    """A desk, its customers, its staff, and time."""

    kind = "sqlite"
    template: Path

    @initialize(four_eyes=st.booleans())
    def open(self, four_eyes: bool) -> None:
        self.stack = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="replydesk-property-"))
        self.stack.callback(shutil.rmtree, folder)
        env = {"REPLYDESK_WORK__FOUR_EYES": str(four_eyes).lower()}
        if self.kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = self.stack.enter_context(postgresql.emptied())
        self.desk = self.stack.enter_context(closing(StillDesk(folder / "desk", self.template, env)))
        self.inspector = Inspector(self.desk)
        self.mails = 0
        self.told = [""]
        for sender, subject, body in zip(CUSTOMERS, SUBJECTS, BODIES, strict=False):
            self._write(sender, MAILBOXES[0], subject, body)
        self.inspector.look()

    def teardown(self) -> None:
        if hasattr(self, "inspector"):
            self.inspector.end()
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
            self.inspector.look()
        except BaseException as error:
            error.add_note("\n".join(("What had happened:", *self.told[-LAST_TOLD:])))
            raise

    # What customers do

    def something_new(self, luck: Random) -> None:
        if len(self.inspector.tickets) < MOST:
            sender, mailbox = luck.choice(CUSTOMERS), luck.choice(MAILBOXES)
            self._write(sender, mailbox, luck.choice(SUBJECTS), luck.choice(BODIES), proven=luck.random() < 0.5)

    def an_answer(self, luck: Random) -> None:
        """At the secret address that our mail came from; now and then by anybody who knows its reference."""
        outside = [sent for sent in self.desk.sent if sent.to in CUSTOMERS]
        sent, said, proven = luck.choice(outside), luck.choice(ANSWERS), luck.random() < 0.5
        subject = f"Re: {sent.mail['Subject']}"
        if luck.random() < 0.8:
            answers = str(sent.mail["Message-ID"])
            self._write(sent.to, str(sent.mail["Reply-To"]), subject, said, proven=proven, to=answers)
        else:
            self._write(luck.choice(CUSTOMERS), MAILBOXES[0], subject, said, proven=proven)

    def _write(
        self, sender: str, mailbox: str, subject: str, body: str, *, proven: bool = True, to: str | None = None
    ) -> dict[str, Any]:
        self.mails += 1
        head = f"From: <{sender}>\nTo: <{mailbox}>\nSubject: {subject}\nMessage-ID: <w{self.mails}@world.example>\n"
        if to:
            head += f"In-Reply-To: {to}\n"
        if proven:
            domain = sender.partition("@")[2]
            head = f"Authentication-Results: mx.desk.example; dkim=pass header.d={domain}\n{head}"
        entry = self.desk.mail(f"{head}\n{body}\n", sender, mailbox)
        end = f"{entry['verdict']} {entry['ticket']}: {entry['reason']}"
        self._did(f"{sender} to {mailbox}, {subject!r}, {body!r}: {end}")
        assert entry["verdict"] not in (None, "unreadable"), entry
        return entry

    # What the staff does

    def what_comes_next(self, luck: Random) -> None:
        """What somebody who may would say of it."""
        ticket = self._picked(luck)
        team = [agent.name for agent in self.desk.desk.agents.values() if agent.team == ticket.team]
        self._say(ticket, luck.choice((*team, *team, "dominique")), self._useful(ticket, luck))

    def anything(self, luck: Random) -> None:
        said = "\n".join(luck.choice(LINES) for _ in range(luck.choice((1, 1, 1, 2, 3))))
        self._say(self._picked(luck), luck.choice((*STAFF, "dominique", "dominique")), said + luck.choice(("", WORDS)))

    def by_mail(self, luck: Random) -> None:
        """At the secret address of a notice."""
        sent = luck.choice([sent for sent in self.desk.sent if sent.purpose == "notice"])
        ticket = self.inspector.tickets[self.desk.row(sent.number).ticket_id]
        said = self._useful(ticket, luck) if luck.random() < 0.7 else luck.choice(LINES)
        self._write(sent.to, str(sent.mail["Reply-To"]), f"Re: {sent.mail['Subject']}", said)

    def _say(self, ticket: Ticket, person: str, text: str) -> None:
        """Verbs by command; what is refused changes nothing."""
        before = self.inspector.fingerprint()
        outcome = self.desk.do(f"DESK-{ticket.ref}", text, person)
        self._did(f"DESK-{ticket.ref} {person} {text!r}: {getattr(outcome, 'reason', 'done')}")
        if isinstance(outcome, Refused):
            check(self.inspector.fingerprint() == before, text, "was refused and changed something:", outcome.reason)

    def _useful(self, ticket: Ticket, luck: Random) -> str:
        said = NEXT_SAID[ticket.status] + (OF_ESCALATIONS * 2 if ticket.type == "escalation" else ())
        return luck.choice(said) + luck.choice(("", "", "", WORDS))

    def _picked(self, luck: Random) -> Ticket:
        return self.inspector.tickets[luck.choice(sorted(self.inspector.tickets))]

    def take_the_next(self, luck: Random) -> None:
        """Whoever asks gets what nobody has."""
        person = luck.choice(STAFF[:4])
        before = dict(self.inspector.tickets)
        outcome = _do(self.desk.store, self.desk.desk, NEXT, "next", "#take", person, self.desk.now)
        self._did(f"{person} takes the next: {getattr(outcome, 'reason', 'done')}")
        self.desk.settle()
        self.inspector.look()
        if not isinstance(outcome, Refused):
            number = int(outcome[0].ticket.ref)
            check(not before[number].assignee, number, "was taken by", person, "but had", before[number].assignee)
            check(self.inspector.tickets[number].assignee == person, number, "is not of", person, "who took it")

    def come_and_go(self, luck: Random) -> None:
        desk, now, store = self.desk.desk, self.desk.now, self.desk.store
        what = luck.choice(("away", "back", "back", "disable", "enable", "enable"))
        one = desk.agent_named(luck.choice(STAFF[:4]))
        assert one is not None
        self._did(f"{one.name}: {what}")
        if what in ("disable", "enable"):
            agents._set(store, one, now, disabled=what == "disable")
        else:
            until = luck.choice((now + timedelta(days=2), FOREVER)) if what == "away" else None
            store.insist(lambda connection: away._set(desk, one, until, now, connection))
        if what in ("away", "disable"):
            away.give_back(store, desk, one, f"{one.name} is {what}", now)
        self.desk.settle()
        self.inspector.look()
        if what in ("away", "disable"):
            held = [t.ref for t in self.inspector.tickets.values() if t.assignee == one.name and t.status != "closed"]
            check(not held, one.name, "is", what, "and has", held)

    # What time does

    def time_passes(self, luck: Random) -> None:
        gap = timedelta(minutes=luck.choice(GAPS))
        self.desk.now += gap
        self._did(f"{gap} pass: {self.desk.now}")
        self.desk.settle()

    def _did(self, what: str) -> None:
        self.told[-1] += f": {what}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo desk with a division and a rule of escalation."""
    folder = make_template(tmp_path_factory.mktemp("house") / "desk")
    with (folder / "replydesk.toml").open("a", encoding="utf-8") as file:
        file.write(HOUSE)
    return folder


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
def test_no_sequence_of_verbs_mails_and_sweeps_reaches_what_cannot_be(kind: str, house: Path) -> None:
    examples, steps = (400, 100) if is_long() else (8, 60) if kind == "sqlite" else (2, 40)
    play(house, kind, examples, steps)


# That it would find what is wrong


def skipped(patch: pytest.MonkeyPatch) -> None:
    """Every move is legal."""
    patch.setattr(workflow, "barred", lambda ticket, status, desk: None)


def unpaused(patch: pytest.MonkeyPatch) -> None:
    """The clock runs on while the customer is asked."""
    patch.setattr(sla, "pause", lambda clock, calendar, at: clock)


def ownerless(patch: pytest.MonkeyPatch) -> None:
    """Whoever answers takes the ticket from its team."""
    taken_on = workflow.taken_on
    patch.setattr(workflow, "taken_on", lambda *asked: replace(taken_on(*asked), team=""))


def untold(patch: pytest.MonkeyPatch) -> None:
    """An event says what the ticket does not have."""
    patch.setattr(change, "_FIELDS", tuple(name for name in change._FIELDS if name != "waiting_on"))


def unnoticed(patch: pytest.MonkeyPatch) -> None:
    """A clock is set anew and nothing wakes the desk when it runs out."""
    patch.setattr(clocks, "wake", lambda ticket, desk, now: None)


BUGS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    skipped: r"went from \w+ to \w+|is no status of|without a topic|without an outcome",
    unpaused: "resolution has used",
    ownerless: "has no team that exists",
    untold: "waiting to",
    unnoticed: "nothing will notice",
}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_bug_is_found(
    bug: Callable[[pytest.MonkeyPatch], None], house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug(monkeypatch)
    with pytest.raises(Broken, match=BUGS[bug]):
        play(house, "sqlite", 8, 60)
