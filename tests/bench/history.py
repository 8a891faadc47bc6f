"""A desk with years behind it: tickets with their people, mails, messages, events, keys and outgoing mail, by SQL.

In: an opened store with today's schema and no rows, and how many tickets. Out: the rows that so many tickets leave:
three mails in, one answer and four mails out for each, and nothing that is due. Keys and hashes are random, as in
earnest, so that the indexes have the shape of a desk that grew.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table

from store.engine import Store, insert_all
from store.tables import (
    FIRST_TICKET,
    blob_chunks,
    blobs,
    events,
    journal,
    letters,
    messages,
    outbox,
    participants,
    people,
    reply_keys,
    tickets,
    timers,
)

CUSTOMERS = 40_000
STAFF = 6
_AT_ONCE = 2_000
_BEGAN = datetime(2024, 1, 2, 8, 0, tzinfo=UTC)
_WORDS = "since yesterday evening the nightly export of our orders stops half way, in the middle of a row. " * 8
_ORDER = (people, blobs, blob_chunks, journal, tickets, participants, messages, events, timers, reply_keys, outbox)
Rows = dict[Table, list[dict[str, Any]]]


def fill(store: Store, count: int) -> None:
    """Write `count` tickets and all that belongs to them."""
    chance = random.Random(7)
    with store.turn() as connection:
        _write(connection, {people: [_person(number) for number in range(1, CUSTOMERS + STAFF + 1)]})
    for start in range(0, count, _AT_ONCE):
        rows: Rows = defaultdict(list)
        for number in range(start, min(count, start + _AT_ONCE)):
            _ticket(rows, number, chance)
        with store.turn() as connection:
            if store.is_sqlite:
                connection.exec_driver_sql("PRAGMA cache_size=-1000000")
            _write(connection, rows)
    if not store.is_sqlite:
        _count_on(store)


def _write(connection: Connection, rows: Rows) -> None:
    for table in (*_ORDER, letters):
        insert_all(connection, table, rows.get(table, []))


def _count_on(store: Store) -> None:
    """PostgreSQL's sequences go on behind the rows that were given their numbers here."""
    with store.turn() as connection:
        for table in (people, journal, tickets, messages, events, outbox):
            connection.exec_driver_sql(f"SELECT setval('{table.name}_id_seq', (SELECT max(id) FROM \"{table.name}\"))")
    with store.turn() as connection:
        connection.exec_driver_sql("ANALYZE")


def _person(number: int) -> dict[str, Any]:
    staff = number > CUSTOMERS
    address = f"staff{number}@desk.example" if staff else f"known{number}@contoso.example"
    return {"id": number, "address": address, "name": f"Person {number}", "language": "en", "created_at": _BEGAN}


def _ticket(rows: Rows, number: int, chance: random.Random) -> None:
    """One ticket: asked, acknowledged, told to an agent, answered, replied to, told again."""
    ticket = FIRST_TICKET + number
    customer, agent = 1 + number % CUSTOMERS, CUSTOMERS + 1 + number % STAFF
    begun = _BEGAN + timedelta(minutes=8 * number)
    is_open = number % 20 == 0
    rows[tickets].append(
        {
            "id": ticket,
            "type": "support",
            "status": "accepted" if is_open else "closed",
            "subject": f"The nightly export stops half way, run {number}",
            "topic": "Data",
            "subtopic": "export",
            "priority": 3,
            "team": "frontline",
            "assignee": "anastasia",
            "requester_id": customer,
            "mailbox": "support@desk.example",
            "language": "en",
            "created_at": begun,
            "updated_at": begun + timedelta(hours=5),
            "answered_at": begun + timedelta(hours=1),
            "resolved_at": None if is_open else begun + timedelta(hours=5),
        }
    )
    rows[participants] += [
        {"ticket_id": ticket, "person_id": customer, "kind": "requester"},
        {"ticket_id": ticket, "person_id": agent, "kind": "agent"},
    ]
    if is_open:
        due = datetime(2090, 1, 1, tzinfo=UTC)
        rows[timers].append({"ticket_id": ticket, "kind": "reminder", "due_at": due, "state": "running"})
    for ordinal in range(3):
        _incoming(rows, 3 * number + ordinal + 1, ordinal, ticket, begun + timedelta(hours=ordinal), chance)
    for ordinal, purpose in enumerate(("acknowledgement", "notice", "answer", "notice")):
        to = agent if purpose == "notice" else customer
        _outgoing(rows, 4 * number + ordinal + 1, 3 * number + 1, ticket, to, purpose, begun, chance)
    rows[reply_keys] += _keys(ticket, customer, agent, chance)


def _id(chance: random.Random, domain: str) -> str:
    return f"<{chance.randbytes(12).hex()}@{domain}>"


def _incoming(rows: Rows, number: int, ordinal: int, ticket: int, at: datetime, chance: random.Random) -> None:
    """A mail: its bytes, its row of the journal, its message and what it changed."""
    digest, message_id = chance.randbytes(32).hex(), _id(chance, "contoso.example")
    author = f"known{number % CUSTOMERS}@contoso.example"
    content = f"From: {author}\r\nMessage-ID: {message_id}\r\n\r\n{_WORDS}\r\n".encode()
    rows[blobs].append({"sha256": digest, "size": len(content)})
    rows[blob_chunks].append({"sha256": digest, "seq": 0, "data": content})
    rows[journal].append(
        {
            "id": number,
            "received_at": at,
            "door": "smtp",
            "client": "192.0.2.10",
            "hello": "mx.contoso.example",
            "envelope_from": author,
            "envelope_to": ["support@desk.example"],
            "sha256": digest,
            "size": len(content),
            "verdict": "appended" if ordinal else "ticket-created",
            "reason": "by reply key" if ordinal else "a new ticket",
            "decided_at": at,
            "ticket_id": ticket,
            "trust": "B",
            "mailbox": "support@desk.example",
            "message_id": message_id,
            "content_hash": chance.randbytes(32).hex(),
            "trace": [
                ["guard", "kind human", ""],
                ["guard", "trust B", "dmarc=pass"],
                ["sort", "Data / export", "words"],
            ],
        }
    )
    rows[messages] += [
        {
            "ticket_id": ticket,
            "journal_id": number,
            "ordinal": position,
            "at": at,
            "direction": direction,
            "role": "customer" if direction == "in" else "system",
            "kind": "human",
            "from_address": author,
            "to": ["support@desk.example"],
            "subject": "The nightly export stops half way",
            "message_id": message_id if direction == "in" else _id(chance, "desk.example"),
            "text": _WORDS,
            "trust": "B",
        }
        for position, direction in enumerate(("in", "out"))
    ]
    rows[events] += [
        {
            "ticket_id": ticket,
            "journal_id": number,
            "ordinal": position,
            "at": at,
            "actor": author,
            "kind": kind,
            "detail": {"from": "new", "to": "accepted"},
        }
        for position, kind in enumerate(("message", "status"))
    ]


def _outgoing(
    rows: Rows, number: int, origin: int, ticket: int, to: int, purpose: str, at: datetime, chance: random.Random
) -> None:
    """A mail that has left."""
    rows[outbox].append(
        {
            "id": number,
            "ticket_id": ticket,
            "journal_id": origin,
            "purpose": purpose,
            "round": str(number),
            "person_id": to,
            "to_address": f"known{to}@contoso.example",
            "message_id": _id(chance, "desk.example"),
            "subject": f"[DESK-{ticket}] The nightly export stops half way",
            "automatic": purpose != "answer",
            "state": "sent",
            "attempts": 1,
            "next_attempt_at": at,
            "last_code": 250,
            "last_text": "2.0.0 taken",
            "created_at": at,
            "sent_at": at,
        }
    )
    letter = {
        "name": "",
        "role": "customer",
        "audience": "public",
        "serial": 1,
        "facts": {"words": _WORDS},
        "files": [],
    }
    rows[letters].append({"outbox_id": number, "letter": letter, "rendered": 2 * _WORDS.encode()})


def _keys(ticket: int, customer: int, agent: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for person, role, audience in (
        (customer, "customer", "public"),
        (agent, "agent", "public"),
        (agent, "agent", "note"),
    ):
        yield {
            "hash": chance.randbytes(32).hex(),
            "ticket_id": ticket,
            "person_id": person,
            "role": role,
            "audience": audience,
            "serial": 1,
        }
