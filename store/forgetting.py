"""Words that must not stay: they are taken out of what a ticket shows.

In: a ticket and the words, as its customer wrote them, and what stood around them. Out: nothing; its messages, its
subject, its facts and events, what it is found again by, and all of that of what was split from it, have them no
longer. Words too short to be told from others go only from where they were said. The raw mail in the journal is not
touched: it is the proof of what came.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select, update

from parsing.rewrapped import MOST, rewrapped
from store.tables import events, links, messages, tickets

REMOVED = "[removed]"
SHORTEST = 6
"""Letters and digits of words that are taken out wherever they stand."""
SPLIT = "split-from"
"""The link from a part of a ticket to the ticket: it has a copy of a message."""

_NAMES = frozenset(
    ("field", "fields", "missing", "needed", "asked", "state", "stage", "how", "by", "at", "via", "type", "status",
     "status_category", "team", "helpers", "assignee", "requester", "mailbox", "language", "audience", "waiting_on")
)  # fmt: skip
"""What has names in the desk's own words: it says nothing of a customer's, and what reads it must know them again."""

Cut = Callable[[str], str]


def forget(connection: Connection, ticket: int, words: str, source: str = "", message: str = "") -> None:
    """Every place of the words, however they are broken into lines; of short words, the places that say them."""
    if not rewrapped(words):
        return
    cut = _cut(words, source)
    alone = _alone(words) if not _is_long(words) and _bare(words) == _bare(source) else None
    for number in _family(connection, ticket):
        _from_messages(connection, number, cut, alone, message)
        _from_events(connection, number, cut)
        _from_ticket(connection, number, cut, words)


def _is_long(words: str) -> bool:
    return sum(map(str.isalnum, words)) >= SHORTEST


def _bare(words: str) -> str:
    return " ".join(words.casefold().split())


def _whole(words: str) -> str:
    """The words as they stand, not as a part of others."""
    return rf"(?<!\w){rewrapped(words)}(?!\w)"


def _cut(words: str, source: str) -> Cut:
    """What takes the words out of a text: short ones only where `source` stands around them."""
    if _is_long(words):
        everywhere = re.compile(_whole(words), re.IGNORECASE)
        return lambda text: everywhere.sub(REMOVED, text)
    if not _is_long(source):
        return lambda text: text
    around, within = re.compile(_whole(source), re.IGNORECASE), re.compile(_whole(words), re.IGNORECASE)

    def last(found: re.Match[str]) -> str:
        """A value stands behind its label: a label that has the same word keeps it."""
        places = list(within.finditer(found.group()))
        if not places:
            return REMOVED
        return found.group()[: places[-1].start()] + REMOVED + found.group()[places[-1].end() :]

    return lambda text: around.sub(last, text)


def _alone(words: str) -> re.Pattern[str]:
    """The words as a line of their own, numbered or not: an answer that nothing stands around."""
    return re.compile(
        rf"(?m)^(?P<before>[ \t]{{0,20}}(?:\d{{1,2}}[.):][ \t]{{1,20}})?){rewrapped(words)}(?=[ \t.!]{{0,20}}$)",
        re.IGNORECASE,
    )


def _family(connection: Connection, ticket: int) -> list[int]:
    """The ticket, and all that was split from it."""
    found = [ticket]
    for number in found:
        parts = select(links.c.ticket_id).where(links.c.other_id == number, links.c.kind == SPLIT)
        found += [part for part in connection.execute(parts.order_by(links.c.ticket_id)).scalars() if part not in found]
    return found


def _from_messages(connection: Connection, ticket: int, cut: Cut, alone: re.Pattern[str] | None, message: str) -> None:
    columns = (messages.c.id, messages.c.message_id, messages.c.text, messages.c.subject, messages.c.forwarded)
    for row in connection.execute(select(*columns).where(messages.c.ticket_id == ticket)).all():
        new = {"text": cut(row.text), "subject": cut(row.subject), "forwarded": _within(row.forwarded, cut)}
        if alone is not None and message and row.message_id == message:
            new["text"] = alone.sub(rf"\g<before>{REMOVED}", new["text"])
        _write(connection, messages, row, new)


def _from_events(connection: Connection, ticket: int, cut: Cut) -> None:
    columns = (events.c.id, events.c.detail, events.c.was)
    for row in connection.execute(select(*columns).where(events.c.ticket_id == ticket)).all():
        _write(connection, events, row, {"detail": _within(row.detail, cut), "was": _within(row.was, cut)})


def _from_ticket(connection: Connection, ticket: int, cut: Cut, words: str) -> None:
    columns = (tickets.c.id, tickets.c.subject, tickets.c.gist, tickets.c.facts, tickets.c.intake)
    row = connection.execute(select(*columns).where(tickets.c.id == ticket)).one()
    new = {"subject": cut(row.subject), "facts": _within(row.facts, cut), "intake": _within(row.intake, cut)}
    if _is_long(words):
        parts = re.findall(r"\w+", words.lower())[:MOST]
        gone = {*parts, *(part.lower().strip(".,;:!?") for part in words.split()[:MOST])}
        new["gist"] = " ".join(word for word in row.gist.split() if not _is_of(word, gone))
    _write(connection, tickets, row, new)


def _is_of(word: str, gone: set[str]) -> bool:
    """Whether the gist has it of these words, which it keeps by their beginnings."""
    return word in gone or (len(word) >= SHORTEST and any(part.startswith(word) for part in gone))


def _within(value: Any, cut: Cut) -> Any:
    """The same value without the words, however deep they stand in it."""
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, dict):
        return {
            key: one if key in _NAMES and not isinstance(one, dict) else _within(one, cut) for key, one in value.items()
        }
    return [_within(one, cut) for one in value] if isinstance(value, list) else value


def _write(connection: Connection, table: Any, row: Any, new: dict[str, Any]) -> None:
    changes = {name: value for name, value in new.items() if value != getattr(row, name)}
    if changes:
        connection.execute(update(table).where(table.c.id == row.id).values(changes))
