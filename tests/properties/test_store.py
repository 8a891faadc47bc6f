"""Whatever comes in which order, however often it is replayed and whatever fails: the tables keep their promises.

Short and always the same by default, long and random with REPLYDESK_LONG (`make nightly`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from store import journal
from store.engine import Store
from store.journal import Lease, Received
from store.opening import open_store
from store.records import Verdict
from store.tables import events, links, messages, outbox, participants, people, reply_keys, tickets, timers
from store.tables import journal as journal_table
from tests.servers.requirement import is_long
from tests.servers.stores import KINDS, url_of
from tests.unit.store.samples import NOW, counts, envelope, incoming, mail, settle

SENDERS = ("nora@northwind.example", "tom@contoso.example", "anastasia@desk.example", "ops@elsewhere.example")
MAILBOXES = ("support@desk.example", "billing@desk.example", "escalate@desk.example", "nobody@elsewhere.example")
SUBJECTS = ("The export stops", "Re: [DESK-1001] The export stops", "Re: [DESK-1002] again", "", "out of office")


class Failed(Exception):
    """A turn that ends before its commit."""


class Desk(RuleBasedStateMachine):
    """Mails arrive, are settled in batches, fail half-way, come again and are replayed."""

    kind = "sqlite"

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-property-"))
        self.opened = url_of(self.kind, self.folder)
        self.store: Store = open_store(self.opened.__enter__())
        self.contents: dict[int, bytes] = {}
        self.now = NOW
        self.acknowledged: dict[int, str] = {}
        self.stubbed: set[str] = set()
        self._keep(replace(envelope(), recipients=MAILBOXES[:1]), mail())
        self.work(8, fails=False, unreadable=1)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.opened.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    @rule(
        sender=st.sampled_from(SENDERS),
        subject=st.sampled_from(SUBJECTS),
        number=st.integers(1, 6),
        answers=st.integers(0, 6),
        robot=st.sampled_from((False, False, True)),
        to=st.lists(st.sampled_from(MAILBOXES), min_size=1, max_size=3, unique=True),
        at_once=st.booleans(),
    )
    def arrive(self, sender, subject, number, answers, robot, to, at_once):
        """A mail arrives; two of the same Message-ID need not be the same mail, and may be for different mailboxes."""
        extra = f"In-Reply-To: <m{answers}@x>\r\n" if answers else ""
        extra += "Auto-Submitted: auto-replied\r\n" if robot else ""
        content = mail(subject, sender=sender, message_id=f"<m{number}@x>", extra=extra)
        self._keep(replace(envelope(sender), recipients=tuple(to)), content)
        if at_once:
            self.work(8, fails=False, unreadable=1)

    def _keep(self, wrapped, content):
        with self.store.turn() as connection:
            (entry,) = journal.append(connection, [Received.of(wrapped, content)])
        self.contents[entry.id] = content

    @precondition(lambda self: self.contents)
    @rule(pick=st.integers(0, 1000))
    def arrive_again(self, pick):
        """The same bytes once more, to the same mailboxes: a client that never got its 250."""
        number = sorted(self.contents)[pick % len(self.contents)]
        with self.store.turn() as connection:
            row = journal.find(connection, number)
        self._keep(journal.entry(row).envelope, self.contents[number])

    @rule(limit=st.integers(1, 8), fails=st.booleans(), unreadable=st.integers(0, 7))
    def work(self, limit, fails, unreadable):
        """A batch is claimed and settled in one turn, or the turn fails and nothing of it is there."""
        self.now += timedelta(seconds=30)
        before = counts(self.store)
        try:
            with self.store.turn() as connection:
                lease = Lease(owner="us", until=self.now + timedelta(seconds=25))
                entries = journal.claim(connection, lease, self.now, limit)
                batch = [incoming(entry, self.contents[entry.id]) for entry in entries]
                if batch and unreadable == 0:
                    stub = incoming(entries[0], b"")
                    self.stubbed.add(stub.entry.sha256)
                    batch[0] = replace(stub, unreadable="no reader survived it")
                settle(connection, *batch, now=self.now)
                if fails:
                    raise Failed
        except Failed:
            assert counts(self.store) == before

    @precondition(lambda self: self.contents)
    @rule(pick=st.integers(0, 1000), released=st.booleans())
    def replay(self, pick, released):
        """An operator looks again: unless a held mail is released, that adds nothing."""
        number = sorted(self.contents)[pick % len(self.contents)]
        with self.store.turn() as connection:
            row = journal.find(connection, number)
            if row.verdict is None:
                return
            released = released and row.verdict.startswith("held")
            again = row.verdict
            assert journal.requeue(connection, number, "replayed", released=released)
        before = counts(self.store)
        with self.store.turn() as connection:
            lease = Lease(owner="us", until=self.now + timedelta(seconds=25))
            waiting = journal.claim(connection, lease, self.now + timedelta(seconds=26), 1000)
            (entry,) = [e for e in waiting if e.id == number]
            journal.release(connection, "us")
            (decision,) = settle(connection, incoming(entry, self.contents[number]), now=self.now)
        if again == decision.verdict.value == Verdict.TICKET_CREATED.value:
            after = counts(self.store)
            changed = {name for name in before if before[name] != after[name]}
            assert changed <= {"links"}, "what is related may have come since; nothing else is new"

    @invariant()
    def every_ticket_has_its_requester_among_its_participants(self):
        if not hasattr(self, "store"):
            return
        with self.store.look() as connection:
            for number, requester in connection.execute(select(tickets.c.id, tickets.c.requester_id)):
                members = connection.execute(
                    select(participants.c.person_id).where(participants.c.ticket_id == number)
                ).scalars()
                assert requester in set(members)

    @invariant()
    def effects_are_unique_and_acknowledgements_at_most_one(self):
        if not hasattr(self, "store"):
            return
        with self.store.look() as connection:
            for table, keys in (
                (messages, (messages.c.journal_id, messages.c.ordinal)),
                (events, (events.c.journal_id, events.c.ordinal, events.c.ticket_id)),
                (outbox, (outbox.c.ticket_id, outbox.c.purpose, outbox.c.round, outbox.c.person_id)),
            ):
                found = Counter(tuple(row) for row in connection.execute(select(*keys)))
                assert max(found.values(), default=1) == 1, table.name
            rows = connection.execute(
                select(outbox.c.ticket_id, outbox.c.message_id).where(outbox.c.purpose == "acknowledgement")
            ).all()
        assert len({number for number, _ in rows}) == len(rows)
        for number, message_id in rows:
            assert self.acknowledged.setdefault(number, message_id) == message_id

    @invariant()
    def what_is_decided_is_explained_and_what_it_names_exists(self):
        if not hasattr(self, "store"):
            return
        with self.store.look() as connection:
            known_tickets = set(connection.execute(select(tickets.c.id)).scalars())
            for row in connection.execute(select(journal_table)):
                assert row.sha256
                assert row.ticket_id is None or row.ticket_id in known_tickets
                if row.verdict is not None:
                    assert Verdict(row.verdict)
                    assert row.reason
                    assert row.trace[-1][:2] == ["verdict", row.verdict]
            for table in (messages, timers, links, reply_keys):
                assert set(connection.execute(select(table.c.ticket_id)).scalars()) <= known_tickets
            addresses = connection.execute(select(func.lower(people.c.address))).scalars().all()
        assert len(set(addresses)) == len(addresses)

    @invariant()
    def one_mail_makes_at_most_one_ticket(self):
        if not hasattr(self, "store"):
            return
        with self.store.look() as connection:
            created = connection.execute(select(events.c.journal_id).where(events.c.kind == "created")).scalars().all()
            same = Counter(
                connection.execute(
                    select(journal_table.c.sha256).where(journal_table.c.verdict == Verdict.TICKET_CREATED.value)
                ).scalars()
            )
        assert len(set(created)) == len(created)
        for digest, count in same.items():  # of a mail that nobody could read nobody knows that it came before
            assert count == 1 or digest in self.stubbed


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_keep_their_promises(kind):
    long = is_long()
    machine = type("Machine", (Desk,), {"kind": kind})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=400 if long else 15,
            stateful_step_count=60 if long else 30,
            derandomize=not long,
            database=None,
            phases=[*Phase]
            if long
            else [Phase.generate],  # the short form says what fails, the long one makes it small
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
