"""What calls were: each value that a call has had is kept, so that a call can be told backwards and looked into later.

In: calls as they were just written, and by which mail. Out: the calls as they stood before a journal row was decided.
Rows are only ever added; what is kept of a grant is the hash of its token, as everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import Field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from store.engine import insert_all
from store.hindsight import Hindsight
from store.records import Call, Grant, Invite
from store.tables import call_versions

Written = tuple[Call, int | None]
"""A call under its real number, and the journal row that it was written for."""


def note(connection: Connection, written: Sequence[Written], now: datetime) -> None:
    """Keep what these calls have become."""
    rows = [
        {
            "ticket_id": call.ticket,
            "number": call.number,
            "journal_id": origin,
            "at": now,
            "cell": call.cell,
            "value": kept(call),
        }
        for call, origin in written
    ]
    insert_all(connection, call_versions, rows)


def of_tickets_then(connection: Connection, numbers: Collection[int], seen: Hindsight) -> list[Call]:
    """The calls of these tickets as they were before that row; what was asked for later is not there."""
    return _last(connection, call_versions.c.ticket_id.in_(list(numbers)), seen) if numbers else []


def since_then(connection: Connection, since: datetime, seen: Hindsight) -> list[Call]:
    """The calls that took a cell since that instant, as they were before that row."""
    ever = select(call_versions.c.ticket_id, call_versions.c.number).where(call_versions.c.cell >= since).distinct()
    found = _last(connection, tuple_(call_versions.c.ticket_id, call_versions.c.number).in_(ever), seen)
    return [call for call in found if call.cell is not None and call.cell >= since]


def _last(connection: Connection, chosen: ColumnElement[bool], seen: Hindsight) -> list[Call]:
    last = (
        select(func.max(call_versions.c.id))
        .where(chosen, seen.calls)
        .group_by(call_versions.c.ticket_id, call_versions.c.number)
    )
    rows = connection.execute(
        select(call_versions.c.ticket_id, call_versions.c.value)
        .where(call_versions.c.id.in_(last))
        .order_by(call_versions.c.ticket_id, call_versions.c.number)
    )
    return [replace(again(row.value), ticket=row.ticket_id) for row in rows]


def kept(call: Call) -> dict[str, Any]:
    """A call as plain JSON, whole."""
    value = _plain(call)
    value["offered"] = [[number, start.isoformat()] for number, start in call.offered]
    value["passed"] = list(call.passed)
    value["grant"] = _plain(call.grant) if call.grant else None
    value["invites"] = [_plain(one) for one in call.invites]
    return value


def again(value: dict[str, Any]) -> Call:
    """The call that was kept; a field that is younger is as a call begins."""
    found = _instants(value, Call)
    found["offered"] = tuple((number, datetime.fromisoformat(start)) for number, start in value["offered"])
    found["passed"] = tuple(value["passed"])
    found["grant"] = Grant(**_instants(value["grant"], Grant)) if value["grant"] else None
    found["invites"] = tuple(Invite(**_instants(one, Invite)) for one in value["invites"])
    return Call(**found)


def _plain(one: Call | Grant | Invite) -> dict[str, Any]:
    found = {name: getattr(one, name) for name in one.__dataclass_fields__ if name not in _WHOLE}
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if name == "state" else value
        for name, value in found.items()
    }


def _instants(value: dict[str, Any], kind: type[Call | Grant | Invite]) -> dict[str, Any]:
    """Of the fields that this version has, instants as instants."""
    return {
        name: datetime.fromisoformat(value[name]) if value[name] and _is_instant(field) else value[name]
        for name, field in kind.__dataclass_fields__.items()
        if name in value
    }


def _is_instant(field: Field[Any]) -> bool:
    return str(field.type).startswith("datetime")


_WHOLE = frozenset({"offered", "passed", "grant", "invites"})
