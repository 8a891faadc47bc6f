"""Two mails of one conversation make one ticket, however they come to be settled: in one batch, in two, or by two
settlers at the same instant, each a thread with a store of its own as another machine would be; in the order in which
they were written or the other way round; held together by References, by a reply key, or by the subject's reference.

200 conversations on each store. SQLite has one writer at a time; on PostgreSQL both settlers are let in together, and
the locks of `store.engine` are all that keeps them apart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, product

import pytest
from sqlalchemy import func, select

from gateway.rules import keys
from gateway.rules.case import Incoming
from parsing.reading import read
from store import journal
from store.engine import Store, open_engines
from store.journal import Received
from store.tables import journal as journal_table
from store.tables import messages, tickets
from tests.servers.stores import kind, patient_locks, store, store_url
from tests.unit.store.samples import NOW, SECRET, desk, envelope, mail, settle

__all__ = ["kind", "patient_locks", "store", "store_url"]

pytestmark = pytest.mark.usefixtures("patient_locks")

BOUNDS = ("references", "key", "subject")
WAYS = ("one batch", "two batches", "two settlers")
ORDERS = ("as written", "the other way round")
EACH = 12
"""Conversations of each of the 18 kinds: 216 on each store."""

_numbers = count(1)


@pytest.fixture
def settlers(store: Store, store_url: str) -> Iterator[tuple[Store, Store]]:
    """Two stores of their own on one database; `store` has brought the schema."""
    opened = (open_engines(store_url), open_engines(store_url))
    yield opened
    for one in opened:
        one.close()


def _kept(store: Store, content: bytes, author: str, to: str = "support@desk.example") -> Incoming:
    with store.turn() as connection:
        whose = replace(envelope(author), recipients=(to,))
        (entry,) = journal.append(connection, [Received.of(whose, content)])
    return Incoming(entry=entry, mail=read(content, envelope_sender=author), now=NOW)


def _conversation(store: Store, bound: str) -> list[Incoming]:
    """Two mails of one person that belong together, in the order in which they were written."""
    number = next(_numbers)
    author = f"nora{number}@northwind.example"
    first_id = f"<first{number}@northwind.example>"
    first = mail(f"Export {number} stops", sender=author, message_id=first_id, words=f"It stops, case {number}.")
    if bound == "references":
        extra = f"In-Reply-To: {first_id}\r\nReferences: {first_id}\r\n"
        second = mail(f"Re: Export {number} stops", sender=author, words=f"Still so, case {number}.", extra=extra)
        return [_kept(store, first, author), _kept(store, second, author)]
    with store.turn() as connection:
        settle(connection, _kept_in(connection, first, author))
        ticket = connection.execute(select(func.max(tickets.c.id))).scalar_one()
    to, subject = "support@desk.example", f"Re: [DESK-{ticket}] Export {number} stops"
    if bound == "key":
        subject = "Something else"
        to = keys.keyed(to, keys.mint(SECRET, ticket, author, "customer", "public", 1))
    words = (f"One more thing of case {number}.", f"And another of case {number}.")
    return [_kept(store, mail(subject, sender=author, words=text), author, to) for text in words]


def _kept_in(connection, content: bytes, author: str) -> Incoming:  # type: ignore[no-untyped-def]
    (entry,) = journal.append(connection, [Received.of(envelope(author), content)])
    return Incoming(entry=entry, mail=read(content, envelope_sender=author), now=NOW)


def _settled(settlers: tuple[Store, Store], way: str, pairs: list[list[Incoming]]) -> None:
    if way == "one batch":
        with settlers[0].turn() as connection:
            settle(connection, *(item for pair in pairs for item in pair))
    elif way == "two batches":
        for batch in zip(*pairs, strict=True):
            with settlers[0].turn() as connection:
                settle(connection, *batch)
    else:
        _at_once(settlers, pairs)


def _at_once(settlers: tuple[Store, Store], pairs: list[list[Incoming]]) -> None:
    """Each settler has one mail of every pair; they meet before each."""
    barrier = threading.Barrier(2, timeout=60)
    wrong: list[BaseException] = []

    def work(store: Store, mails: list[Incoming]) -> None:
        try:
            for item in mails:
                barrier.wait()
                with store.turn() as connection:
                    settle(connection, item)
        except BaseException as error:
            wrong.append(error)
            barrier.abort()

    threads = [
        threading.Thread(target=work, args=(store, [pair[n] for pair in pairs])) for n, store in enumerate(settlers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong


@pytest.mark.parametrize(("bound", "way", "order"), list(product(BOUNDS, WAYS, ORDERS)))
def test_a_conversation_is_one_ticket(
    store: Store, settlers: tuple[Store, Store], bound: str, way: str, order: str
) -> None:
    assert desk().secret == SECRET
    pairs = [_conversation(store, bound) for _ in range(EACH)]
    before = 0 if bound == "references" else EACH
    assert _count(store, tickets) == before
    _settled(settlers, way, [pair if order == "as written" else pair[::-1] for pair in pairs])
    with store.look() as connection:
        split = [
            (found.tickets, found.mails)
            for found in connection.execute(
                select(func.count(messages.c.ticket_id.distinct()).label("tickets"), func.count().label("mails"))
                .where(messages.c.direction == "in")
                .group_by(messages.c.from_address)
            )
            if found.tickets != 1 or found.mails != (2 if bound == "references" else 3)
        ]
        undecided = connection.execute(
            select(func.count()).select_from(journal_table).where(journal_table.c.verdict.is_(None))
        ).scalar_one()
    assert undecided == 0
    assert split == [], f"{len(split)} of {EACH} conversations were split"
    assert _count(store, tickets) == EACH


def _count(store: Store, table) -> int:  # type: ignore[no-untyped-def]
    with store.look() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
