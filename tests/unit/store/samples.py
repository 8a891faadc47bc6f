"""Values for store tests: a desk, envelopes, and decisions as the stages make them."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Table, func, select

from gateway import pipeline
from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from gateway.stages import commit as commit_stage
from gateway.stages.commit import Committed
from parsing.reading import read
from store import journal
from store.engine import Store
from store.journal import Lease, Received
from store.lookup import load as load_snapshot
from store.records import (
    AddEvent,
    AddMessage,
    Decision,
    Direction,
    Entry,
    Envelope,
    Message,
    OpenTicket,
    Person,
    Purpose,
    Role,
    SendMail,
    SetTimer,
    Step,
    Ticket,
    Trust,
    Verdict,
)
from store.snapshot import Wanted
from store.tables import metadata

NOW = datetime(2026, 7, 13, 9, 0, tzinfo=UTC)
SECRET = b"a secret of thirty-two bytes ..."
_numbers = itertools.count(1)


@cache
def desk() -> Desk:
    """The demo desk's policy."""
    with TemporaryDirectory() as folder:
        return load(write_desk(Path(folder), demo=True), {}).desk(SECRET)


def mint() -> str:
    return f"<{secrets.token_hex(12)}@desk.example>"


def lease(owner: str = "one", until: datetime = NOW + timedelta(seconds=25)) -> Lease:
    return Lease(owner=owner, until=until)


def envelope(sender: str = "nora@northwind.example", to: str = "support@desk.example") -> Envelope:
    return Envelope(sender=sender, recipients=(to,), received_at=NOW, door="smtp", client="127.0.0.1", hello="mx")


def mail(
    subject: str = "The export stops",
    *,
    sender: str = "nora@northwind.example",
    message_id: str = "",
    words: str = "It stops half way.",
    extra: str = "",
) -> bytes:
    """A small mail with a Message-ID of its own."""
    message_id = message_id or f"<m{next(_numbers)}@northwind.example>"
    head = f"From: Nora <{sender}>\r\nTo: support@desk.example\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n"
    return f"{head}Date: Mon, 13 Jul 2026 09:00:00 +0200\r\n{extra}\r\n{words}\r\n".encode()


def kept(connection: Connection, content: bytes | None = None, **more: str) -> Entry:
    """One mail in the journal, in nobody's hand."""
    return journal.append(connection, [Received.of(envelope(**more), content or mail())])[0]


def incoming(entry: Entry, content: bytes) -> Incoming:
    """The entry as a reader hands it to the rules."""
    return Incoming(entry=entry, mail=read(content, envelope_sender=entry.envelope.sender), now=NOW)


def person(address: str = "nora@northwind.example", name: str = "Nora") -> Person:
    return Person(address=address, name=name, language="en")


def ticket(ref: int | str = "NEW-1", requester: str = "nora@northwind.example") -> Ticket:
    return Ticket(
        ref=ref,
        subject="The export stops",
        team="frontline",
        requester=requester,
        mailbox="support@desk.example",
        language="en",
        created_at=NOW,
        updated_at=NOW,
    )


def acknowledgement(ref: int | str = "NEW-1", to: Person | None = None, message_id: str = "") -> SendMail:
    return SendMail(
        ticket=ref,
        purpose=Purpose.ACKNOWLEDGEMENT,
        round="0",
        to=to or person(),
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id or mint(),
        subject="The export stops",
        language="en",
        mailbox="support@desk.example",
        facts={"understood": [], "answer_by": "", "previous": ""},
    )


def opening(entry: Entry, ref: str = "NEW-1", who: Person | None = None) -> Decision:
    """What a first mail does: ticket, message, event, clock, acknowledgement."""
    who = who or person()
    words = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_name=who.name, from_address=who.address, text="words"
    )
    return Decision(
        entry=entry,
        verdict=Verdict.TICKET_CREATED,
        reason=f"a new ticket, {desk().reference(ref)}",
        ticket=ref,
        trust=Trust.D,
        message_id=f"<{entry.id}@northwind.example>",
        content_hash=entry.sha256,
        mailbox="support@desk.example",
        trace=(Step(stage="verdict", what="ticket-created", why=desk().reference(ref)),),
        effects=(
            OpenTicket(ticket=ticket(ref, who.address), requester_name=who.name),
            AddMessage(ticket=ref, message=words),
            AddEvent(ticket=ref, kind="created", actor=who.address, detail={"via": "support@desk.example"}),
            SetTimer(ticket=ref, kind="first-response", due_at=NOW + timedelta(hours=4)),
            acknowledgement(ref, who),
        ),
    )


def commit(
    connection: Connection, decisions: Sequence[Decision], *, now: datetime = NOW, lease: Lease | None = None
) -> Committed:
    """Write decisions that no rule has made, on a snapshot that looked for nothing."""
    return commit_stage.commit(connection, decisions, load_snapshot(connection, Wanted()), desk(), now, lease)


def settle(connection: Connection, *batch: Incoming, now: datetime = NOW) -> list[Decision]:
    """A batch through all rules and into the tables, as the settler does it."""
    decisions, snapshot = pipeline.settle(connection, batch, desk(), mint)
    commit_stage.commit(connection, decisions, snapshot, desk(), now)
    return decisions


def counts(store: Store, tables: Sequence[Table] = ()) -> dict[str, int]:
    """How many rows each table has."""
    with store.look() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables or metadata.sorted_tables
        }
