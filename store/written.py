"""What we had written to somebody who answers: the beginning of each mail of ours, as it left.

In: the mails that a batch answers, by Message-ID or by the reply key that they came to. Out: for each answering mail
the beginnings of our mails, newest evidence first. It writes nothing.
"""

from __future__ import annotations

from binascii import a2b_qp
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, LargeBinary, bindparam, func, select

from store.records import Answering, Purpose, TicketRef
from store.tables import letters, outbox

BEGINNING = 96 * 1024
"""Bytes of a mail of ours that are read: its text part comes first and has at most 9,000 letters of others' words."""
NEWEST = 2
"""How many of our newest mails to a person are compared when a reply came to its key and names none of them."""


_PLAIN = b"\r\nContent-Type: text/plain;"


def text_of(mail: bytes) -> str:
    """The text part of a mail of ours, or of its beginning; empty when there is none. Not for mail of others: it reads
    only the form that we write (one text part, 7bit or quoted-printable, before all other parts)."""
    start = mail.find(_PLAIN)
    head = mail.find(b"\r\n\r\n", start)
    if start < 0 or head < 0:
        return ""
    end = mail.find(b"\r\n--=_", head)
    body = mail[head + 4 : end if end >= 0 else len(mail)]
    if b"quoted-printable" in mail[start:head]:
        body = a2b_qp(body)
    return body.decode("utf-8", "replace").replace("\r\n", "\n")


def beginnings(
    connection: Connection,
    mails: Collection[Answering],
    ours: Collection[str],
    keyed: Mapping[str, tuple[TicketRef, str]],
    condition: ColumnElement[bool] | None = None,
) -> dict[Answering, tuple[bytes, ...]]:
    """The beginnings by what answers them. `ours` are the Message-IDs that are known to be ours, `keyed` the ticket and
    person of each fingerprint; `condition` leaves out mails of a time that is not looked at."""
    named = {answering: [one for one in answering.message_ids if one in ours] for answering in mails}
    asked = {answering: _asked(answering, keyed) for answering, found in named.items() if not found}
    by_name = _named(connection, {one for found in named.values() for one in found}, condition)
    by_key = _newest(connection, {pair for pairs in asked.values() for pair in pairs}, condition)
    return {
        answering: tuple(by_name[one] for one in found if one in by_name)
        or tuple(content for pair in asked.get(answering, ()) for content in by_key.get(pair, ()))
        for answering, found in named.items()
    }


def _asked(answering: Answering, keyed: Mapping[str, tuple[TicketRef, str]]) -> list[tuple[TicketRef, str]]:
    return [keyed[one] for one in answering.key_hashes if one in keyed]


_GIVES_BACK = (Purpose.HELD.value, Purpose.UNDELIVERED.value)
"""Mails that give somebody's words back to be sent again: there they are new words."""

_TEXT = func.substr(letters.c.rendered, 1, BEGINNING, type_=LargeBinary).label("beginning")
_NAMED = (
    select(outbox.c.message_id, _TEXT)
    .join(letters)
    .where(outbox.c.message_id.in_(bindparam("wanted", expanding=True)))
    .where(letters.c.rendered.is_not(None), outbox.c.purpose.not_in(_GIVES_BACK))
)
_NEWEST = (
    select(_TEXT)
    .join(outbox)
    .where(outbox.c.ticket_id == bindparam("ticket"), outbox.c.to_address == bindparam("person"))
    .where(letters.c.rendered.is_not(None), outbox.c.purpose.not_in(_GIVES_BACK))
    .order_by(outbox.c.id.desc())
    .limit(NEWEST)
)


def _named(connection: Connection, wanted: set[str], condition: ColumnElement[bool] | None) -> dict[str, bytes]:
    if not wanted:
        return {}
    statement = _NAMED if condition is None else _NAMED.where(condition)
    return {row.message_id: row.beginning for row in connection.execute(statement, {"wanted": sorted(wanted)})}


def _newest(
    connection: Connection, wanted: set[tuple[TicketRef, str]], condition: ColumnElement[bool] | None
) -> dict[tuple[TicketRef, str], Sequence[bytes]]:
    """The newest mails of each pair of ticket and person."""
    statement = _NEWEST if condition is None else _NEWEST.where(condition)
    return {
        pair: connection.execute(statement, {"ticket": pair[0], "person": pair[1]}).scalars().all()
        for pair in sorted(wanted)
    }
