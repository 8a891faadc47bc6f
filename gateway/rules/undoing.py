"""Undoing: what somebody changed last on a ticket is taken back, as far as that can be.

In: a ticket, the events of it that are known (`store.records.Past`), who asks. Out: `Back`, the fields as they were
before that mail or `ticket do`; or `Final`, why it stays as it is and what works instead. Nothing that somebody else
relies on is taken back: a word to a customer, a change that another one was made upon. A clock that the change had
moved counts as if it had not been made: no promise becomes longer by a change that is taken back. What follows from
all of it, the timers, is left to `rules/change.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.rules.clocks import CHANGED, as_they_were
from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.times import spoken as moment
from scheduling.sla import Clock
from store.records import Past, Ticket

UNDONE = "undone"
_FOLLOWS = frozenset({"updated_at", "unheeded", "automatic", "clocks", "due_at", "reassigned_at"})
"""Fields that nobody says: they follow from what is said and from what happens."""
_OF_INTAKE = frozenset({"field-set", "intake-asked", "intake-waived", "intake-stopped"})
"""What somebody of us says of the facts that are asked for."""
_FOR_GOOD: Mapping[str, tuple[str, str]] = {
    "merged": ("it was merged", "write into the other ticket"),
    "took-in": ("another ticket became part of it", "#split, or write into this one"),
    "retyped": ("it was retyped, and another ticket has its place", "#retype on the other ticket"),
    "split": ("a part of it is a ticket of its own now", "#merge on the other ticket"),
    "created": ("it opened the ticket", "#resolve OUTCOME, or #merge DESK-n"),
    "answered": ("the customer has your words", "write to them again"),
    CHANGED: ("another time is promised, and people count on it", "#sla CLOCK until TIME because …"),
    **dict.fromkeys(
        ("call-requested", "call-approved", "call-moved"), ("others know of the call by now", "#call cancel")
    ),
    **dict.fromkeys(
        ("call-refused", "call-cancelled", "call-passed", "call-acknowledged"),
        ("others know what became of the call", "#call CAPABILITY asks for another one"),
    ),
    **dict.fromkeys(("call-completed", "call-no-show"), ("what came of the call is recorded", "#note TEXT")),
}
_STAYS = {
    "noted": "the note stays",
    "participant-joined": "who was copied stays copied",
    "linked": "the link stays",
    "reminder-set": "the reminder stays",
    "mail-held": "the held mail stays held",
}
"""What happened by the same mail and is nobody's loss."""
_BESIDE: Mapping[str, tuple[str, str]] = {
    "copied": ("your last change is who is copied", "#cc -ADDRESS, or #cc ADDRESS"),
    "linked": ("your last change is a link, and it stays", "say what came before it as it shall be now"),
    "reminder-set": ("your last change is a reminder, and it stays", "say what came before it as it shall be now"),
}
"""Changes that are no field of the ticket: where one is the last, nothing older is taken back in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """Why nothing is taken back, and what works instead."""

    reason: str
    nearest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What is taken back: the fields as they were, the kinds of what had happened, when. `stays` says what does not
    come back with it; `clocks` are those before it and those that it left."""

    was: Mapping[str, Any]
    kinds: tuple[str, ...]
    at: str
    stays: str = ""
    clocks: tuple[tuple[Clock, ...], tuple[Clock, ...]] = ((), ())


def last(ticket: Ticket, actor: str, story: Sequence[Past], desk: Desk) -> Back | Final:
    """What this person's last change was, or why it stays."""
    own = [past for past in story if past.actor == actor and (_is_change(past) or past.kind in _BESIDE)]
    if not own:
        return Final(reason=f"{actor} has changed nothing on it lately", nearest="#show")
    newest = own[-1]
    if newest.kind == UNDONE:
        return Final(reason="your last change was taken back already", nearest="nothing")
    group = [past for past in story if past.occasion == newest.occasion]
    if not any(past.actor == actor and _is_change(past) for past in group):
        return Final(reason=_BESIDE[newest.kind][0], nearest=_BESIDE[newest.kind][1])
    why = _for_good(group, actor, desk)
    if why is not None:
        return why
    was: dict[str, Any] = {}
    for past in reversed(group):
        was.update(past.was)
    before = was.get("clocks")
    follows = _FOLLOWS if _OF_INTAKE.intersection(past.kind for past in group) else {*_FOLLOWS, "intake"}
    was = {name: value for name, value in was.items() if name not in follows and hasattr(ticket, name)}
    was = {name: value for name, value in was.items() if getattr(ticket, name) != value}
    since = story[story.index(group[-1]) + 1 :]
    theirs = _changed_since(since, {name for past in group for name in past.was} - follows, newest.occasion)
    if theirs is not None:
        return theirs
    if not was:
        return Final(reason="it is as it was before your last change already", nearest="#show")
    kinds = tuple(dict.fromkeys(past.kind for past in group if past.actor == actor))
    stays = "".join(f"; {_STAYS[kind]}" for kind in kinds if kind in _STAYS)
    left = next((past.was["clocks"] for past in since if "clocks" in past.was), ticket.clocks)
    moved = (before, left) if before is not None else ((), ())
    return Back(was=was, kinds=kinds, at=newest.at.isoformat(), stays=stays, clocks=moved)


def _is_change(past: Past) -> bool:
    return past.kind in _FOR_GOOD or past.kind == UNDONE or bool(past.was.keys() - _FOLLOWS)


def _for_good(group: Sequence[Past], actor: str, desk: Desk) -> Final | None:
    """What of it has gone where nothing comes back from."""
    own = (past.kind for past in group if past.actor == actor)
    found = next((_FOR_GOOD[kind] for kind in own if kind in _FOR_GOOD), None)
    if found is not None:
        return Final(reason=found[0], nearest=found[1])
    handed = next((past for past in group if "handoff" in past.was), None)
    if handed is not None:
        return Final(reason="it was handed over, and those people were told", nearest="#return because … need …")
    outside = sorted({address for past in group for address in past.sent if address not in _inside(desk)})
    if outside:
        return Final(reason=f"a mail about it went to {', '.join(outside)}", nearest="#reopen, or write to them again")
    return None


def _inside(desk: Desk) -> set[str]:
    return {*desk.agents, *desk.former, *desk.operators}


def _changed_since(since: Sequence[Past], fields: set[str], occasion: str) -> Final | None:
    """Who has changed the same fields after that: their work would go with it."""
    for past in reversed(since):
        same = (past.was.keys() & fields) - _FOLLOWS
        if same and past.occasion != occasion:
            what = ", ".join(sorted(_called(name) for name in same - _SILENT or same))
            return Final(reason=f"{past.actor} has changed it since: {what}", nearest="say it as it shall be now")
    return None


def taken_back(ticket: Ticket, back: Back, now: datetime) -> Ticket:
    """The ticket with the fields as they were, and with the clocks that nothing else has moved since."""
    return as_they_were(replace(ticket, updated_at=now, **back.was), *back.clocks, now)


_SILENT = frozenset({"status_category", "owned_at", "priority_reason", "topic_reason", "overridden"})
"""Fields that go with another one that is told."""


def spoken(ticket: Ticket, fields: Mapping[str, Any], desk: Desk) -> str:
    """`status in progress, owner nobody`: these fields as the ticket has them."""
    names = sorted(fields.keys() - _SILENT) or sorted(fields)
    return ", ".join(f"{_called(name)} {_value(_of(ticket, name), desk)}" for name in names)


def _of(ticket: Ticket, name: str) -> Any:
    """What people read of a field: of an intake what is missing."""
    return ", ".join(record.of(ticket).missing) if name == "intake" else getattr(ticket, name)


def _called(name: str) -> str:
    return _NAMES.get(name, name.replace("_", " "))


_NAMES = {
    "assignee": "owner",
    "next_action": "next",
    "facts": "fields",
    "intake": "missing",
    "helpers": "with",
    "escalated_at": "escalated",
}


def _value(value: Any, desk: Desk) -> str:
    if isinstance(value, datetime):
        return moment(value, desk)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, text in value.items() if text)[:_SHOWN] or "nothing"
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")[:_SHOWN] or "nothing"


_SHOWN = 120
"""Characters of a value in a transcript."""
