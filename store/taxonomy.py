"""Read views of the taxonomy's audit: how often topics and tags are used, and what people made of the desk's sorting.

In: a connection and since when. Out: counts. What is spam, merged or of a wrong type is no ticket here either
(`store.measures`). It writes nothing.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, distinct, func, select

from store.measures import COUNTED
from store.tables import corrections, tickets

Pair = tuple[str, str]


def uses(connection: Connection, since: datetime) -> dict[Pair, int]:
    """The tickets that came since, by topic and subtopic; those without a topic under two empty names."""
    rows = connection.execute(
        select(tickets.c.topic, tickets.c.subtopic, func.count())
        .where(tickets.c.created_at >= since, COUNTED)
        .group_by(tickets.c.topic, tickets.c.subtopic)
    )
    return {(topic, subtopic): count for topic, subtopic, count in rows}


def tags(connection: Connection, since: datetime) -> dict[str, int]:
    """The tickets that came since, by tag."""
    rows = connection.execute(select(tickets.c.tags).where(tickets.c.created_at >= since, COUNTED))
    return dict(Counter(tag for row in rows for tag in row.tags or ()))


def moves(connection: Connection, since: datetime) -> dict[tuple[str, str], int]:
    """How many tickets a person moved from one topic to another since: `Topic/subtopic`, before and after."""
    rows = connection.execute(
        select(corrections.c.was, corrections.c.became, func.count(distinct(corrections.c.ticket_id)))
        .join(tickets, tickets.c.id == corrections.c.ticket_id)
        .where(corrections.c.field == "topic", corrections.c.at >= since, COUNTED)
        .group_by(corrections.c.was, corrections.c.became)
    )
    return {(was, became): count for was, became, count in rows}


def reclassified(connection: Connection, since: datetime) -> int:
    """How many tickets that the desk had sorted a person sorted anew since."""
    query = (
        select(func.count(distinct(corrections.c.ticket_id)))
        .join(tickets, tickets.c.id == corrections.c.ticket_id)
        .where(corrections.c.field == "topic", corrections.c.was != "", corrections.c.at >= since, COUNTED)
    )
    return int(connection.execute(query).scalar_one())
