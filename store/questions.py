"""What verbs that look want to know: the tickets of somebody, what is found by words, what happened, what is next.

In: `Question`s. Out: a `Finding` each, by a bounded query or two, and which tickets a decision may be about. Words are
bound as values and matched as they stand: nothing in them is a pattern. It changes nothing; what is `next` is locked
until the turn ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.exc import DBAPIError

from store import queue
from store.hindsight import Hindsight
from store.queue import Beyond
from store.records import Finding, Happened, Question, Queue, Search, Status, Ticket, Within
from store.tables import IS_OPEN, events, journal, messages, people, tickets
from store.values import ticket as as_ticket

LISTED = 100
"""Tickets of one person that a list names; the rest is counted."""
FOUND = 20
"""Tickets that one search names; the rest is counted."""
LOOKED = 5_000
"""The newest tickets whose subjects are looked at inside a turn: whoever serves the desk must not wait for a decade."""
LOOKED_INTO = 500
"""Those of them whose messages are looked at: so many of each, so many letters of one, and so many of all."""
LAST, BEGINNING, MOST_LETTERS = 20, 2_000, 4_000_000
READ = 20_000
"""Letters of one message that a list looks at, which is no turn."""
PATIENCE = "700ms"
"""How long PostgreSQL may work on one question: a mail that asks too much is told so, and nobody waits for it."""
TOLD = 10
"""Events that `show` tells."""
HELD = 50
"""Tickets that are given back in one turn."""
HELD_AT_ALL = 10_000
"""Tickets of one person that may be given back by one word."""
PASSED = 200
"""Tickets of one queue that somebody may have given back."""


def held(connection: Connection, questions: Iterable[Question], seen: Hindsight | None) -> dict[Question, Finding]:
    """What somebody would give back: all the numbers, of which the first `HELD` are read with all other tickets."""
    found: dict[Question, Finding] = {}
    for one in questions:
        if one.kind == "held":
            numbers = _held(connection, one.who, seen)
            found[one] = Finding(numbers=numbers, total=len(numbers), whole=len(numbers) < HELD_AT_ALL)
    return found


def claimed(
    connection: Connection, questions: Iterable[Question], seen: Hindsight | None, *, lock: bool
) -> dict[Question, Finding]:
    """What is next for each who asks, in the order in which their mails came: no two get one. It comes after all other
    locks and waits for nobody, so that nobody waits for one another."""
    found: dict[Question, Finding] = {}
    taken: set[int] = set()
    for one in sorted((q for q in questions if q.kind == "next"), key=lambda q: (q.number, q.who)):
        if one.queue is None or one.at is None:
            continue
        number = _then(connection, seen)
        passed: tuple[int, ...] = ()
        if number is None:
            number, passed = next_for(connection, one.queue, one.who, one.at, without=taken, lock=lock)
        found[one] = Finding(numbers=(number,) if number is not None else (), passed=passed)
        taken |= {number} if number is not None else set()
    return found


def _then(connection: Connection, seen: Hindsight | None) -> int | None:
    """The ticket that an explained mail came to when it was decided."""
    if seen is None:
        return None
    number: int | None = connection.execute(select(journal.c.ticket_id).where(journal.c.id == seen.row)).scalar()
    return number


def next_for(
    connection: Connection, queue_: Queue, who: str, now: datetime, *, without: Collection[int] = (), lock: bool = True
) -> tuple[int | None, tuple[int, ...]]:
    """The ticket that is next for this person, ours until the turn ends, and what they gave back and are not given
    again."""
    beyond = Beyond(topics=queue_.topics, languages=queue_.languages, numbers=frozenset(without))
    passed: tuple[int, ...] = ()
    for _ in range(PASSED):
        head = queue.claim(connection, queue_.teams, beyond, now, lock=lock) if queue_.teams else None
        if head is None or who not in (head.facts.get(queue_.returned) or "").split(","):
            return head.number if head is not None else None, passed
        beyond, passed = replace(beyond, numbers=beyond.numbers | {head.number}), (*passed, head.number)
    return None, passed


def _held(connection: Connection, who: str, seen: Hindsight | None) -> tuple[int, ...]:
    """What somebody has and is not closed, by age, then what was handed to them; with what an explained mail gave
    back."""
    theirs = and_(tickets.c.assignee == who, tickets.c.status != Status.CLOSED.value)
    if seen is not None:
        gave = select(events.c.ticket_id).where(events.c.journal_id == seen.row, events.c.kind == "assigned")
        theirs = or_(theirs, tickets.c.id.in_(gave))
    found = select(tickets.c.id).where(theirs).order_by(tickets.c.id).limit(HELD_AT_ALL)
    numbers = tuple(connection.execute(found).scalars())
    return tuple(dict.fromkeys((*numbers, *handed_to(connection, who))))


def handed_to(connection: Connection, who: str) -> tuple[int, ...]:
    """The open tickets with a handoff that this person was asked for, or may have been: whether it is theirs is the
    rules' to say. The oldest `PASSED` of them."""
    named = cast(tickets.c.handoff, String).contains(who, autoescape=True)
    found = select(tickets.c.id).where(IS_OPEN, named).order_by(tickets.c.id).limit(PASSED)
    return tuple(connection.execute(found).scalars())


def answered(
    connection: Connection,
    questions: Iterable[Question],
    threaded: Collection[int],
    known: Mapping[Any, Ticket],
    seen: Hindsight | None = None,
) -> dict[Question, Finding]:
    """What is answered once tickets are read. `show` without a number is of the tickets that the mails belong to."""
    found: dict[Question, Finding] = {}
    for one in questions:
        if one.kind == "mine":
            found[one] = _in_time(connection, partial(_mine, connection, one.who))
        elif one.kind == "find" and one.search is not None:
            found[one] = _in_time(connection, partial(_found, connection, one.search, one.within))
        elif one.kind == "show":
            for number in [one.number] if one.number else sorted(threaded):
                if number in known:
                    told = partial(_happened, connection, number, seen)
                    found[replace(one, number=number)] = _in_time(connection, told)
    return found


def _in_time(connection: Connection, look: Callable[[], Finding]) -> Finding:
    """What it finds. PostgreSQL gives up a question that takes too long, and that is no fault of the store: everything
    else of the turn stands. The savepoint is never kept, so that the limit ends with it; nothing was written."""
    if connection.dialect.name != "postgresql":
        return look()
    savepoint = connection.begin_nested()
    try:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        found = look()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _CANCELLED:
            raise
        found = Finding(given_up=True, whole=False)
    if savepoint.is_active:
        savepoint.rollback()
    return found


_CANCELLED = "57014"


def _mine(connection: Connection, who: str) -> Finding:
    """What somebody has and is not done, by the clock that is due first."""
    c = tickets.c
    theirs = and_(IS_OPEN, c.assignee == who)
    first = (case((c.due_at.is_(None), 1), else_=0), c.due_at, c.priority, c.id)
    return _listed(connection, theirs, first, LISTED)


def _found(connection: Connection, search: Search, within: Within | None) -> Finding:
    """The newest first."""
    where = and_(true(), *conditions(search), *([] if within is None else [_is_within(within)]))
    if not search.words:
        return _listed(connection, where, (tickets.c.id.desc(),), FOUND)
    newest = select(tickets.c.id, tickets.c.subject).join(people).where(where).order_by(tickets.c.id.desc())
    missing: dict[int, set[str]] = {}
    for number, subject in connection.execute(newest.limit(LOOKED)):
        low = subject.lower()
        missing[number] = {word for word in (one.lower() for one in search.words) if word not in low}
    into = list(missing)[:LOOKED_INTO]
    whole = _strike_said(connection, {number: missing[number] for number in into if missing[number]})
    numbers = [number for number, words in missing.items() if not words]
    listed = _listed(connection, tickets.c.id.in_(numbers[:FOUND]), (tickets.c.id.desc(),), FOUND)
    return replace(listed, total=len(numbers), whole=whole and len(missing) <= len(into))


def _strike_said(connection: Connection, missing: dict[int, set[str]]) -> bool:
    """Strike out the words that the last messages of these tickets say; whether that was all of what they say."""
    whole, letters, numbers = True, 0, list(missing)
    for at in range(0, len(numbers), _AT_ONCE):
        if letters > MOST_LETTERS:
            return False
        wanted = {"wanted": numbers[at : at + _AT_ONCE], "last": LAST, "beginning": BEGINNING}
        for number, rank, text in connection.execute(_LAST_SAID, wanted):
            low = text.lower()
            missing[number].difference_update([word for word in missing[number] if word in low])
            letters += len(text)
            whole = whole and rank < LAST and len(text) < BEGINNING
    return whole


_AT_ONCE = 50
_of_ticket = messages.c.ticket_id.in_(bindparam("wanted", expanding=True))
_rank = func.row_number().over(partition_by=messages.c.ticket_id, order_by=messages.c.id.desc()).label("rank")
_ranked = select(messages.c.id, _rank).where(_of_ticket).subquery()  # by the index alone: no text is read for it
_LAST_SAID = (
    select(messages.c.ticket_id, _ranked.c.rank, func.substr(messages.c.text, 1, bindparam("beginning", type_=Integer)))
    .join(_ranked, _ranked.c.id == messages.c.id)
    .where(_ranked.c.rank <= bindparam("last", type_=Integer))
)


def _listed(connection: Connection, where: ColumnElement[bool], order: tuple[Any, ...], most: int) -> Finding:
    """The first few, and how many there are."""
    columns = select(tickets, people.c.address, people.c.name.label("person_name")).join(people)
    rows = connection.execute(columns.where(where).order_by(*order).limit(most)).all()
    total = len(rows)
    if total == most:
        total = connection.execute(select(func.count()).select_from(_numbers(where).subquery())).scalar() or most
    names = {row.address: row.person_name for row in rows}
    return Finding(tickets=tuple(as_ticket(row) for row in rows), total=total, names=names)


def _numbers(where: ColumnElement[bool]) -> Any:
    return select(tickets.c.id).join(people).where(where)


def _happened(connection: Connection, number: int, seen: Hindsight | None) -> Finding:
    """The last events of a ticket, oldest first."""
    told = select(events.c.at, events.c.actor, events.c.kind, events.c.detail).where(events.c.ticket_id == number)
    told = told.where(seen.stories) if seen is not None else told
    rows = connection.execute(told.order_by(events.c.id.desc()).limit(TOLD)).all()
    return Finding(
        events=tuple(
            Happened(at=row.at, actor=row.actor, kind=row.kind, detail=row.detail or {}) for row in reversed(rows)
        )
    )


def conditions(search: Search) -> list[ColumnElement[bool]]:
    """What tickets, read with their requesters, must meet; all but the words."""
    c = tickets.c
    found: list[ColumnElement[bool]] = []
    if search.states or search.categories:
        found.append(or_(c.status.in_(search.states), c.status_category.in_(search.categories)))
    for column, values in (
        (c.type, search.types),
        (c.team, search.teams),
        (c.assignee, search.assignees),
        (c.priority, search.priorities),
        (c.id, search.numbers),
    ):
        if values:
            found.append(column.in_(values))
    if search.topics:
        found.append(or_(*(_is_about(*pair) for pair in search.topics)))
    if search.tags:
        found.append(or_(*(_holds(c.tags, tag) for tag in search.tags)))
    if search.customers:
        found.append(or_(*(_is_of(one) for one in search.customers)))
    if search.since is not None:
        found.append(c.created_at >= search.since)
    if search.until is not None:
        found.append(c.created_at < search.until)
    return found


def has_words(search: Search) -> list[ColumnElement[bool]]:
    """Each word stands in the subject or in the text of a message."""
    text = func.substr(messages.c.text, 1, READ)
    said = [
        (_has(tickets.c.subject, word), exists().where(messages.c.ticket_id == tickets.c.id, _has(text, word)))
        for word in search.words
    ]
    return [or_(*both) for both in said]


def _has(column: Any, word: str) -> ColumnElement[bool]:
    """The word in capitals or not. SQLite knows the capitals of ASCII only: of other letters the usual ways to write
    it are looked for."""
    ways = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.icontains(way, autoescape=True) for way in sorted(ways)))


def _is_about(topic: str, subtopic: str) -> ColumnElement[bool]:
    about = tickets.c.topic == topic
    return and_(about, tickets.c.subtopic == subtopic) if subtopic else about


def _holds(column: Any, value: str) -> ColumnElement[bool]:
    """A list that is kept as JSON has this value."""
    return cast(column, Text).contains(json.dumps(value), autoescape=True)


def _is_of(customer: str) -> ColumnElement[bool]:
    """A requester by address, or by the domain of it."""
    address = people.c.address
    return address == customer if "@" in customer else address.endswith(f"@{customer}", autoescape=True)


def _is_within(within: Within) -> ColumnElement[bool]:
    """What somebody may look at (`rules/verbs/overview.may_look`)."""
    c = tickets.c
    own = and_(c.audience != "customer", people.c.address == within.address)
    helped = [_holds(c.helpers, team) for team in within.teams]
    return or_(c.team.in_(within.teams), *helped, c.assignee == within.who, own)
