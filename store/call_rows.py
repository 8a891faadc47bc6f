"""Rows of calls as values, quickly: a turn that books a call reads all that are promised, which may be hundreds.

In: conditions. Out: whole calls. A row is taken as the driver gives it, and a call that was made of the same row before
is taken from memory: a value never changes, and the row is the whole of it, so what is remembered cannot be old. The
library's own work for each column of each row would cost more than the rest of that turn (tests/bench/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    Column,
    Connection,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    cast,
    select,
    type_coerce,
)

from store.engine import UtcDateTime
from store.records import Call, Grant, Invite
from store.tables import calls, grants, invites

REMEMBERED = 2_000
"""Calls that are not made anew while their rows are the same: some KB each."""

Raw = tuple[Any, ...]


def of_tickets(connection: Connection, numbers: Collection[int]) -> list[Call]:
    """All calls of these tickets, in their order."""
    return _whole(connection, _OF_TICKETS, {"wanted": list(numbers)}) if numbers else []


def since(connection: Connection, at: datetime) -> list[Call]:
    """All calls that take a cell from then on, in the order of their tickets."""
    return _whole(connection, _SINCE, {"since": at})


# The statements are built once: building them is dearer than running them.


def _raw(column: Column[Any]) -> Any:
    """The column as the driver gives it: nothing is made of it before it is known to be new."""
    if isinstance(column.type, JSON):
        return cast(column, Text).label(column.name)
    if isinstance(column.type, UtcDateTime):
        return type_coerce(column, String).label(column.name)
    return type_coerce(column, Integer).label(column.name) if isinstance(column.type, Boolean) else column


def _names(kind: type[Call | Grant | Invite]) -> tuple[str, ...]:
    return tuple(name for name in kind.__dataclass_fields__ if name not in ("ticket", "number", "grant", "invites"))


def _instants(kind: type[Call | Grant | Invite]) -> tuple[str, ...]:
    return tuple(name for name in _names(kind) if str(kind.__dataclass_fields__[name].type).startswith("datetime"))


def _rows(table: Table, kind: type[Call | Grant | Invite]) -> Any:
    return select(table.c.ticket_id, table.c.number, *(_raw(table.c[name]) for name in _names(kind)))


_THEIRS: BindParameter[Any] = bindparam("wanted", expanding=True)
_LATE = calls.c.cell >= bindparam("since", type_=calls.c.cell.type)
_CALLS, _GRANTS = _rows(calls, Call), _rows(grants, Grant)
_INVITES = _rows(invites, Invite).order_by(invites.c.ordinal)
_OF_TICKETS = (
    _CALLS.where(calls.c.ticket_id.in_(_THEIRS)),
    _GRANTS.where(grants.c.ticket_id.in_(_THEIRS)),
    _INVITES.where(invites.c.ticket_id.in_(_THEIRS)),
)
_SINCE = (_CALLS.where(_LATE), _GRANTS.join(calls).where(_LATE), _INVITES.join(calls).where(_LATE))
_OF_CALL, _OF_GRANT, _OF_INVITE = _names(Call), _names(Grant), _names(Invite)
_WHEN_CALL, _WHEN_GRANT, _WHEN_INVITE = _instants(Call), _instants(Grant), _instants(Invite)


def _whole(connection: Connection, statements: tuple[Any, Any, Any], named: Mapping[str, Any]) -> list[Call]:
    # put in order here: a database that is asked to reads all calls there are by their tickets, and not those of a week
    rows = sorted(connection.execute(statements[0], named).all(), key=lambda row: (row[0], row[1]))
    if not rows:
        return []
    granted: dict[Raw, Raw] = {row[:2]: row[2:] for row in connection.execute(statements[1], named)}
    invited: dict[Raw, tuple[Raw, ...]] = {}
    for row in connection.execute(statements[2], named):
        key = row[:2]
        invited[key] = (*invited.get(key, ()), row[2:])
    return [_call(row[0], row[1], row[2:], granted.get(row[:2]), invited.get(row[:2], ())) for row in rows]


@lru_cache(REMEMBERED)
def _call(ticket: int, number: int, row: Raw, grant: Raw | None, sent: tuple[Raw, ...]) -> Call:
    found = _values(_OF_CALL, _WHEN_CALL, row)
    found["offered"] = tuple((slot, datetime.fromisoformat(start)) for slot, start in json.loads(found["offered"]))
    found["passed"] = tuple(json.loads(found["passed"]))
    return Call(
        ticket=ticket,
        number=number,
        grant=Grant(**_values(_OF_GRANT, _WHEN_GRANT, grant)) if grant is not None else None,
        invites=tuple(_invite(one) for one in sent),
        **found,
    )


def _invite(row: Raw) -> Invite:
    found = _values(_OF_INVITE, _WHEN_INVITE, row)
    found["cancelled"] = bool(found["cancelled"])
    return Invite(**found)


def _values(names: tuple[str, ...], instants: tuple[str, ...], row: Raw) -> dict[str, Any]:
    found = dict(zip(names, row, strict=True))
    for name in instants:
        value = found[name]
        if value is not None:
            at = datetime.fromisoformat(value) if isinstance(value, str) else value
            found[name] = at if at.tzinfo is UTC else at.astimezone(UTC)
    return found
