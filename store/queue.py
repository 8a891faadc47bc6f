"""The queue of a team: what nobody has and anybody may take, in the order in which it is to be done (`ops` R65).

In: teams, what a person cannot do, the instant. Out: the next ticket, ours until the turn ends; the place of one; what
everybody has on their hands. The order is priority, then the clock that is due first, then age. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from store.records import Load, Place, TicketRef
from store.tables import IS_ASSIGNED, IS_OPEN, tickets

SHOWN = 3
"""How many of those before it a place names."""
GIVEN = timedelta(days=30)
"""How long it counts that somebody was given a ticket."""

ORDER = (
    tickets.c.priority,
    case((tickets.c.due_at.is_(None), 1), else_=0),
    tickets.c.due_at,
    tickets.c.created_at,
    tickets.c.id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What somebody cannot do: topics (`subtopic` empty: all of it), languages, tickets that they gave back."""

    topics: frozenset[tuple[str, str]] = frozenset()
    languages: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The ticket at the head of a queue."""

    number: int
    facts: Mapping[str, str]


def waiting(teams: Collection[str], now: datetime) -> ColumnElement[bool]:
    """Tickets of these teams that nobody has and that can be worked on now: they wait for nobody outside, are not put
    off and are not scheduled for later. What nobody has answered yet can be, though the desk has asked its
    customer for something: that defers no first answer."""
    c = tickets.c
    return and_(
        IS_OPEN,
        c.team.in_(teams),
        c.assignee == "",
        or_(c.waiting_on == "", and_(c.answered_at.is_(None), c.intake["stage"].as_string() == "asking")),
        c.status_category != "waiting",
        c.blocked_on.not_in(("vendor", "customer")),
        or_(c.scheduled_for.is_(None), c.scheduled_for <= now),
        or_(c.snoozed_until.is_(None), c.snoozed_until <= now),
    )


def claim(
    connection: Connection, teams: Collection[str], beyond: Beyond, now: datetime, *, lock: bool = True
) -> Head | None:
    """The ticket that is next; it is ours until the turn ends. What is in somebody else's turn is passed over: two who
    ask at once get two. Without `lock` it is only looked at."""
    c = tickets.c
    query = select(c.id, c.facts).where(waiting(teams, now), *_within(beyond)).order_by(*ORDER).limit(1)
    found = connection.execute(query.with_for_update(skip_locked=True, key_share=True) if lock else query).first()
    return Head(number=found.id, facts=found.facts or {}) if found is not None else None


def place(connection: Connection, number: int, team: str, now: datetime) -> Place | None:
    """Where it stands among all that its team has waiting; None where it does not wait."""
    ranks = func.row_number().over(order_by=ORDER).label("place")
    queue = select(tickets.c.id, ranks, func.count().over().label("total")).where(waiting((team,), now)).subquery()
    own = connection.execute(select(queue.c.place, queue.c.total).where(queue.c.id == number)).first()
    if own is None:
        return None
    ahead = select(queue.c.id).where(queue.c.place < min(own.place, SHOWN + 1)).order_by(queue.c.place)
    return Place(rank=own.place, of=own.total, before=tuple(connection.execute(ahead).scalars()))


def places(connection: Connection, teams: Mapping[int, str], now: datetime) -> dict[TicketRef, Place]:
    """As `place`, for tickets by number, each with its team."""
    found = ((number, place(connection, number, team, now)) for number, team in teams.items())
    return {number: one for number, one in found if one is not None}


def loads(connection: Connection, now: datetime) -> dict[str, Load]:
    """What everybody has on their hands, by short name."""
    c = tickets.c
    left = func.sum(case((c.estimate > c.logged, c.estimate - c.logged), else_=0))
    mine = select(c.assignee, c.scheduled_for, func.count(), left).where(IS_OPEN, IS_ASSIGNED)
    open_: dict[str, int] = {}
    minutes: dict[str, list[tuple[datetime | None, int]]] = {}
    for name, scheduled_for, count, estimated in connection.execute(mine.group_by(c.assignee, c.scheduled_for)):
        open_[name] = open_.get(name, 0) + count
        if estimated:
            minutes.setdefault(name, []).append((scheduled_for, int(estimated)))
    given = dict(
        connection.execute(
            select(c.assignee, func.max(c.owned_at)).where(IS_ASSIGNED, c.owned_at > now - GIVEN).group_by(c.assignee)
        ).all()
    )
    return {
        name: Load(open=open_.get(name, 0), minutes=_sorted(minutes.get(name, ())), given_at=given.get(name))
        for name in {*open_, *given}
    }


def _sorted(minutes: Iterable[tuple[datetime | None, int]]) -> tuple[tuple[datetime | None, int], ...]:
    """What is not scheduled comes first."""
    return tuple(sorted(minutes, key=lambda one: (one[0] is not None, one[0])))


def _within(beyond: Beyond) -> list[Any]:
    """The conditions that leave out what somebody cannot do."""
    c = tickets.c
    found: list[Any] = [
        or_(c.topic != topic, c.subtopic != subtopic) if subtopic else c.topic != topic
        for topic, subtopic in sorted(beyond.topics)
    ]
    if beyond.languages:
        found.append(c.language.not_in(sorted(beyond.languages)))
    if beyond.numbers:
        found.append(c.id.not_in(sorted(beyond.numbers)))
    return found
