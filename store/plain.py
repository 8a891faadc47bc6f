"""A ticket's values as plain JSON, and back: what columns and events hold.

In: values of `store.records`. Out: what JSON can hold, or the values again; what commands print. Pure; knows no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from scheduling.sla import Clock

_INSTANTS = ("started", "since", "due", "ended")


def clock(row: Mapping[str, Any]) -> Clock:
    """The frozen value of one clock as its ticket's row keeps it; what is left out is as a clock begins."""
    value = dict(row)
    for name in _INSTANTS:
        value[name] = datetime.fromisoformat(value[name]) if value.get(name) else None
    for name in ("target", "spent", "grace"):
        value[name] = timedelta(seconds=value.get(name, 0))
    return Clock(**value)


def clock_row(one: Clock) -> dict[str, Any]:
    """A clock as plain JSON: instants as RFC 3339, working time as seconds; nothing that is as it begins."""
    row: dict[str, Any] = {"kind": one.kind, "target": one.target.total_seconds(), "started": one.started.isoformat()}
    row["since"] = one.since.isoformat() if one.since else None
    for name in ("spent", "grace"):
        if length := getattr(one, name):
            row[name] = length.total_seconds()
    if one.due:
        row["due"] = one.due.isoformat()
    if one.ended:
        row["ended"] = one.ended.isoformat()
    for name in ("calendar", "warned", "breached", "because", "dormant"):
        if value := getattr(one, name):
            row[name] = value
    if one.factor != 1.0:
        row["factor"] = one.factor
    return row


def clocks(rows: Iterable[Mapping[str, Any]]) -> tuple[Clock, ...]:
    """The clocks of a ticket as its row keeps them."""
    return tuple(clock(row) for row in rows)


def column(value: Any) -> Any:
    """A value of a ticket's field as its column takes it: an instant stays one."""
    if isinstance(value, tuple):
        return [clock_row(one) if isinstance(one, Clock) else one for one in value]
    return dict(value) if isinstance(value, Mapping) else str(value) if isinstance(value, StrEnum) else value


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a ticket's fields as an event keeps them."""
    return {name: v.isoformat() if isinstance(v, datetime) else column(v) for name, v in values.items()}


_MOMENTS = frozenset({
    "created_at", "updated_at", "answered_at", "resolved_at", "scheduled_for", "snoozed_until",
    "escalated_at", "owned_at", "reassigned_at", "due_at", "promised_at",
})  # fmt: skip
_LISTS = frozenset({"helpers", "tags"})


def again(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a ticket's fields that an event kept."""
    found = dict(values)
    for name, value in values.items():
        if name in _MOMENTS:
            found[name] = datetime.fromisoformat(value) if value else None
        elif name in _LISTS:
            found[name] = tuple(value)
        elif name == "clocks":
            found[name] = clocks(value or ())
    return found


def stamp(instant: datetime | None) -> str | None:
    """RFC 3339 in UTC to the millisecond, or None."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z" if instant else None


def reference(prefix: str, number: int | None) -> str | None:
    """`DESK-1042`, or None."""
    return f"{prefix}-{number}" if number is not None else None
