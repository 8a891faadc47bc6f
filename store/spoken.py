"""What was said on a ticket, inside and outside, for the last check of a mail (`gateway/rules/privacy`).

In: the tickets of letters in which somebody of us speaks. Out: each with those that it came from or took in (merged,
split, retyped), and their messages in order: the notes, as far as `MOST_LETTERS` go, and the newest of the rest. What
people outside wrote on another ticket counts only where it was the same customer's. Mails of ours that have not left
are left out: nobody outside knows them, least of all the one that is about to. One query a kind and batch. It writes
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Row, bindparam, case, func, select

from store.records import Direction, FileRef, Message, OutboxState, Ticket
from store.tables import links, messages, outbox, people
from store.tables import tickets as table
from store.values import message, ticket

NEWEST = 200
"""Messages of one ticket that are looked at beside its notes, and notes however long they are."""
MOST_NOTES = 2_000
MOST_LETTERS = 200_000
"""Letters of one ticket's notes that are looked at; the newest come first."""
MOST_BESIDE = 1_000_000
"""Letters of the rest."""
AT_ONCE = 50
"""Messages of one ticket that are read before their letters are counted."""
MOST_HOPS, MOST_LINKED = 3, 50
"""How far a chain of tickets is followed, and how many of them are looked at for one."""
SAME = ("merged-into", "retyped-to", "split-from")
"""Links between tickets in which the same matter is spoken of."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A ticket's messages, oldest first, and the tickets in which its matter stands: itself before the others."""

    tickets: list[Ticket] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


_wanted: BindParameter[int] = bindparam("wanted", expanding=True)
_is_note = case((messages.c.direction == Direction.NOTE.value, 1), else_=0).label("is_note")
_kinds, _newest = (messages.c.ticket_id, _is_note), messages.c.id.desc()
_rank = func.row_number().over(partition_by=_kinds, order_by=_newest).label("rank")
_ranked = (
    select(messages.c.id, messages.c.ticket_id, _is_note, _rank).where(messages.c.ticket_id.in_(_wanted)).subquery()
)
_most = case((_ranked.c.is_note == 1, bindparam("notes", type_=Integer)), else_=bindparam("beside", type_=Integer))
_PLACES = select(_ranked).where(_ranked.c.rank <= _most).order_by(_ranked.c.rank)
_SAID = select(messages).where(messages.c.id.in_(_wanted))
_SENT = select(outbox.c.message_id).where(outbox.c.ticket_id.in_(_wanted), outbox.c.state == OutboxState.SENT.value)
_TICKETS = (
    select(table, people.c.address).join(people, people.c.id == table.c.requester_id).where(table.c.id.in_(_wanted))
)
_LINKS = select(links.c.ticket_id, links.c.other_id).where(links.c.kind.in_(SAME))
_FROM, _TO = _LINKS.where(links.c.ticket_id.in_(_wanted)), _LINKS.where(links.c.other_id.in_(_wanted))


def spoken(connection: Connection, tickets: Collection[int]) -> dict[int, Spoken]:
    """What was said on each of these tickets."""
    if not tickets:
        return {}
    kin = _kin(connection, tickets)
    wanted = {"wanted": sorted({*tickets, *(other for others in kin.values() for other in others)})}
    sent = set(connection.execute(_SENT, wanted).scalars())
    known = {row.id: ticket(row) for row in connection.execute(_TICKETS, wanted)}
    found = {number: Spoken([known[one] for one in kin[number] if one in known]) for number in tickets}
    for row in _said(connection, wanted):
        if row.direction == Direction.OUT.value and row.message_id not in sent:
            continue
        files = tuple(FileRef(**file) for file in row.files) if row.direction == Direction.IN.value else ()
        one = replace(message(row), files=files)
        for number in tickets:
            if row.ticket_id in kin[number] and (one.direction is Direction.NOTE or _is_theirs(row, number, known)):
                found[number].messages.append(one)
    return found


def _said(connection: Connection, wanted: dict[str, list[int]]) -> list[Row[Any]]:
    """The messages of these tickets, oldest first. Their places come by the index; texts are read from the newest on,
    so many at a time, until it is enough."""
    ahead: dict[tuple[int, bool], list[int]] = {}
    for row in connection.execute(_PLACES, {**wanted, "notes": MOST_NOTES, "beside": NEWEST}):
        ahead.setdefault((row.ticket_id, bool(row.is_note)), []).append(row.id)
    letters, read = Counter[tuple[int, bool]](), Counter[tuple[int, bool]]()
    found: list[Row[Any]] = []

    def is_enough(kind: tuple[int, bool]) -> bool:
        is_note = kind[1]
        return letters[kind] > (MOST_LETTERS if is_note else MOST_BESIDE) and not (is_note and read[kind] < NEWEST)

    while ahead:
        for row in _read(connection, [one for left in ahead.values() for one in left[:AT_ONCE]]):
            kind = (row.ticket_id, row.direction == Direction.NOTE.value)
            if not is_enough(kind):
                found.append(row)
            letters[kind] += len(row.text)
            read[kind] += 1
        ahead = {kind: left[AT_ONCE:] for kind, left in ahead.items() if left[AT_ONCE:] and not is_enough(kind)}
    return sorted(found, key=lambda row: row.id)


_MOST_IDS = 5_000
"""Values that one query may name: a store has a limit."""


def _read(connection: Connection, numbers: list[int]) -> Iterator[Row[Any]]:
    """The newest first."""
    numbers = sorted(numbers, reverse=True)
    for at in range(0, len(numbers), _MOST_IDS):
        rows = connection.execute(_SAID, {"wanted": numbers[at : at + _MOST_IDS]}).all()
        yield from sorted(rows, key=lambda row: row.id, reverse=True)


def _is_theirs(row: Row[Any], number: int, known: dict[int, Ticket]) -> bool:
    of = row.ticket_id
    return of == number or (of in known and number in known and known[of].requester == known[number].requester)


def _kin(connection: Connection, tickets: Collection[int]) -> dict[int, dict[int, None]]:
    """Each ticket and those that it is linked to, the nearest first."""
    kin = {number: {number: None} for number in tickets}
    asked: set[int] = set()
    near: dict[int, set[int]] = {}
    for _ in range(MOST_HOPS):
        anew = {one for others in kin.values() for one in others} - asked
        if not anew:
            break
        asked |= anew
        for one in (_FROM, _TO):
            for left, right in connection.execute(one, {"wanted": sorted(anew)}):
                near.setdefault(left, set()).add(right)
                near.setdefault(right, set()).add(left)
        for others in kin.values():
            for number in tuple(others):
                for other in sorted(near.get(number, ())):
                    if len(others) <= MOST_LINKED:
                        others.setdefault(other)
    return kin
