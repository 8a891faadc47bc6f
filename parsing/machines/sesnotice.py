"""Notices of Amazon SES that come as JSON in a mail of its notification service instead of as a report.

In: the text of such a mail. Out: `Notice`, what happened to which recipients of which mail; None when it is none. Must
never raise: the text is whatever the sender wrote. A notice proves as little as any other bounce.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from parsing import limits
from parsing.headers import clean
from parsing.machines import reasons
from parsing.machines.statusreport import Reported, action

_TEXT = 128_000
_ID = 900
_NAMES = ("notificationType", "eventType")


class Event(Enum):
    """What became of the mail (`notificationType` of a notification, `eventType` of a configuration set's event)."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    DELIVERY = "delivery"
    DELAY = "deliverydelay"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The event, the recipients that it names, and the Message-ID of our mail (maybe empty)."""

    event: Event
    recipients: tuple[Reported, ...]
    message_id: str


def notice(text: str) -> Notice | None:
    """Read the notice in a text, inside the envelope of the notification service or without it."""
    said = _object(text)
    wrapped = said.get("Message")
    if isinstance(wrapped, str):
        said = _object(wrapped)
    try:
        event = Event(next(filter(None, (_word(said, name) for name in _NAMES)), "").lower())
    except ValueError:
        return None
    about = _child(said, {Event.BOUNCE: "bounce", Event.DELAY: "deliveryDelay"}.get(event, ""))
    listed = about.get("bouncedRecipients") or about.get("delayedRecipients")
    fallback = "delayed" if event is Event.DELAY else "failed"
    status = {"permanent": "5.0.0", "transient": "4.0.0"}.get(_word(about, "bounceType").lower(), "")
    recipients = [_recipient(one, fallback, status) for one in _list(listed)[: limits.RECIPIENTS]]
    return Notice(event=event, recipients=tuple(one for one in recipients if one.address), message_id=_id(said))


def _recipient(one: Any, fallback: str, status: str) -> Reported:
    values = one if isinstance(one, dict) else {}
    return Reported(
        address=clean(_word(values, "emailAddress"))[:320],
        action=action(_word(values, "action")[:40]) or fallback,
        status=reasons.status(_word(values, "status")[:80]) or status,
        diagnostic=clean(_word(values, "diagnosticCode"))[:4_000],
    )


def _id(said: dict[str, Any]) -> str:
    """The Message-ID that we gave, where the headers are sent along; empty where they are not."""
    mail = _child(said, "mail")
    ours = _word(_child(mail, "commonHeaders"), "messageId").strip()
    if ours.startswith("<") and ours.endswith(">") and len(ours) <= _ID:
        return clean(ours)
    return ""


def _child(values: dict[str, Any], name: str) -> dict[str, Any]:
    child = values.get(name)
    return child if isinstance(child, dict) else {}


def _word(values: dict[str, Any], name: str) -> str:
    """A value that is text; empty for any other: a list written out is no address."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(text: str) -> dict[str, Any]:
    """The JSON object that a text begins with; people's clients and the service put words below it."""
    start = text.find("{")
    if start < 0 or start > 2_000:
        return {}
    text = text[start : start + _TEXT].partition("\n--\n")[0]
    # Relays fold its one long line as sendmail does: an exclamation mark, a line end, a space.
    text = text.replace("!\n ", "").replace("\n", "")
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
