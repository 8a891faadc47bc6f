"""Words that must not stay: they are taken out of what a ticket shows.

In: a ticket and the words, as its customer wrote them, and what stood around them. Out: nothing; its messages, its
subject, its facts, calls, events, what it is found again by, the mails that left about it, and all of that of what was
split from it or followed it as another type, have them no longer. Words too short to be told from others go only from
where they were said. The raw mail in the journal is not touched: it is the proof of what came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from parsing.rewrapped import Place, Rewrapped, replaced, tells
from store.records import OutboxState
from store.tables import call_versions, calls, events, letters, links, messages, outbox, tickets

REMOVED = "[removed]"
SPLIT, RETYPED = "split-from", "retyped-to"
"""Links that say where copies of messages are: from a part of a ticket to the ticket, from a ticket to what follows."""
_BEGINNING = 6
"""Letters from which a word of the gist may be the beginning of one."""
_LEFT = (OutboxState.SENT.value, OutboxState.FAILED.value)
"""States in which the bytes of a mail are in nobody's hand."""

_NAMES = frozenset(
    ("field", "fields", "missing", "needed", "asked", "state", "stage", "how", "by", "at", "via", "type", "status",
     "status_category", "team", "helpers", "assignee", "requester", "mailbox", "language", "audience", "waiting_on")
)  # fmt: skip
"""What has names in the desk's own words: it says nothing of a customer's, and what reads it must know them again."""

Cut = Callable[[str], str]


def forget(connection: Connection, ticket: int, words: str, source: str = "", message: str = "") -> None:
    """Every place of the words, however they are broken into lines; of short words, the places that say them."""
    if not any(map(str.isalnum, words)):
        return
    cut = _cut(words, source)
    alone = None if tells(words) or _bare(words) != _bare(source) else _alone(words)
    for number in _family(connection, ticket):
        _from_messages(connection, number, cut, alone, message)
        _from_events(connection, number, cut)
        _from_ticket(connection, number, cut, words)
        _from_calls(connection, number, cut)
        _from_letters(connection, number, cut)


def _bare(words: str) -> str:
    return " ".join(words.casefold().split())


def _cut(words: str, source: str) -> Cut:
    """What takes the words out of a text: short ones only where `source` stands around them, and there the last of
    them, as a value stands behind its label, which may have the same word."""

    def places(text: Rewrapped) -> Iterable[Place]:
        if tells(words):
            return text.places(words)
        if not tells(source) or _bare(words) == _bare(source):
            return ()
        return (inner[-1] for inner in text.within(words, source) if inner)

    return lambda text: replaced(text, places(Rewrapped(text)), REMOVED) if text else text


def _alone(words: str) -> Cut:
    """What takes the words out of a text where they are a line of their own: an answer that nothing stands around."""
    return lambda text: replaced(text, Rewrapped(text).alone(words), REMOVED)


def _family(connection: Connection, ticket: int) -> list[int]:
    """The ticket, and all that has copies of its messages."""
    found = [ticket]
    for number in found:
        parts = select(links.c.ticket_id, links.c.other_id).where(
            or_(
                and_(links.c.other_id == number, links.c.kind == SPLIT),
                and_(links.c.ticket_id == number, links.c.kind == RETYPED),
            )
        )
        others = {one for row in connection.execute(parts) for one in row}
        found += sorted(others.difference(found))
    return found


def _from_messages(connection: Connection, ticket: int, cut: Cut, alone: Cut | None, message: str) -> None:
    columns = (messages.c.id, messages.c.message_id, messages.c.text, messages.c.subject, messages.c.forwarded)
    for row in connection.execute(select(*columns).where(messages.c.ticket_id == ticket)).all():
        new = {"text": cut(row.text), "subject": cut(row.subject), "forwarded": _within(row.forwarded, cut)}
        if alone is not None and message and row.message_id == message:
            new["text"] = alone(new["text"])
        _write(connection, messages, row, new)


def _from_events(connection: Connection, ticket: int, cut: Cut) -> None:
    columns = (events.c.id, events.c.detail, events.c.was)
    for row in connection.execute(select(*columns).where(events.c.ticket_id == ticket)).all():
        _write(connection, events, row, {"detail": _within(row.detail, cut), "was": _within(row.was, cut)})


def _from_ticket(connection: Connection, ticket: int, cut: Cut, words: str) -> None:
    columns = (tickets.c.id, tickets.c.subject, tickets.c.gist, tickets.c.facts, tickets.c.intake)
    row = connection.execute(select(*columns).where(tickets.c.id == ticket)).one()
    new = {"subject": cut(row.subject), "facts": _within(row.facts, cut), "intake": _within(row.intake, cut)}
    if tells(words):
        parts = re.findall(r"\w+", words.lower())
        gone = {*parts, *(part.lower().strip(".,;:!?") for part in words.split())}
        new["gist"] = " ".join(word for word in row.gist.split() if not _is_of(word, gone))
    _write(connection, tickets, row, new)


def _from_calls(connection: Connection, ticket: int, cut: Cut) -> None:
    """What was said of its calls, as they are and as they were."""
    columns = (calls.c.number, *(calls.c[name] for name in _OF_CALLS))
    for row in connection.execute(select(*columns).where(calls.c.ticket_id == ticket)).all():
        new = {name: cut(getattr(row, name)) for name in _OF_CALLS}
        if changes := {name: value for name, value in new.items() if value != getattr(row, name)}:
            same = and_(calls.c.ticket_id == ticket, calls.c.number == row.number)
            connection.execute(update(calls).where(same).values(changes))
    versions = select(call_versions.c.id, call_versions.c.value).where(call_versions.c.ticket_id == ticket)
    for row in connection.execute(versions).all():
        new = {name: cut(row.value[name]) for name in _OF_CALLS if name in row.value}
        _write(connection, call_versions, row, {"value": {**row.value, **new}})


_OF_CALLS = ("purpose", "wishes", "outcome")
"""What is said of a call in words."""


def _from_letters(connection: Connection, ticket: int, cut: Cut) -> None:
    """What mails that left, or never will, were made of. Their bytes go with the words: nobody sends them again."""
    columns = (letters.c.outbox_id, letters.c.letter)
    theirs = select(*columns).join(outbox).where(outbox.c.ticket_id == ticket, outbox.c.state.in_(_LEFT))
    for row in connection.execute(theirs).all():
        said = {key: row.letter[key] for key in ("subject", "facts") if key in row.letter}
        if (new := _within(said, cut)) != said:
            gone = {"letter": {**row.letter, **new}, "rendered": None}
            connection.execute(update(letters).where(letters.c.outbox_id == row.outbox_id).values(gone))


def _is_of(word: str, gone: set[str]) -> bool:
    """Whether the gist has it of these words, which it keeps by their beginnings."""
    return word in gone or (len(word) >= _BEGINNING and any(part.startswith(word) for part in gone))


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
