"""The first facts of a text/calendar part (RFC 5545, RFC 5546).

In: the decoded text of the part. Out: `Invitation` or None. Must never expand a recurrence, never follow a link, and
never
believe what it reads: a REPLY counts only for a UID and an address that we gave out (the caller's). A time in a zone
that
the computer does not know is None, not a guess.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parsing import limits
from parsing.headers import clean
from parsing.message import Invitation

_COMPONENTS = frozenset({"vevent", "vtodo", "vjournal", "vfreebusy"})
_ZONES = {"w. europe standard time": "Europe/Berlin", "romance standard time": "Europe/Paris",
          "gmt standard time": "Europe/London", "eastern standard time": "America/New_York",
          "central standard time": "America/Chicago", "pacific standard time": "America/Los_Angeles",
          "central europe standard time": "Europe/Budapest", "central european standard time": "Europe/Warsaw",
          "mountain standard time": "America/Denver", "india standard time": "Asia/Kolkata",
          "tokyo standard time": "Asia/Tokyo", "utc": "UTC", "gmt": "UTC"}  # fmt: skip


def invitation(text: str, method: str = "") -> Invitation | None:
    """The method (of the calendar, else of the Content-Type) and the first component."""
    stack: list[str] = []
    found: dict[str, tuple[dict[str, str], str]] = {}
    seen = False
    for name, parameters, value in _lines(text):
        if name == "begin":
            stack.append(value.lower())
            if len(stack) > 20:
                break
            if stack[-1] in _COMPONENTS and seen:
                break
            seen = seen or stack[-1] in _COMPONENTS
        elif name == "end":
            if stack:
                stack.pop()
        elif name == "method" and stack[-1:] == ["vcalendar"]:
            method = value
        elif stack and stack[-1] in _COMPONENTS:
            found.setdefault(name, (parameters, value))
    if not seen and not method:
        return None
    return _facts(found, method)


def _facts(found: dict[str, tuple[dict[str, str], str]], method: str) -> Invitation:
    parameters, attendee = found.get("attendee", ({}, ""))
    sequence = found.get("sequence", ({}, "0"))[1].strip()
    if attendee[:7].lower() == "mailto:":
        attendee = attendee[7:]
    return Invitation(
        method=clean(method).strip().upper()[:20],
        uid=clean(found.get("uid", ({}, ""))[1]).strip()[:500],
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() and len(sequence) < 10 else 0,
        dtstamp=_moment(*found["dtstamp"]) if "dtstamp" in found else None,
        attendee=clean(attendee).strip()[:320],
        partstat=clean(parameters.get("partstat", "")).upper()[:20],
        start=_moment(*found["dtstart"]) if "dtstart" in found else None,
        end=_moment(*found["dtend"]) if "dtend" in found else None,
    )


def _lines(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Content lines unfolded (RFC 5545 section 3.1), as name, parameters, value."""
    unfolded: list[list[str]] = []
    for line in text[: limits.BODY_TEXT].replace("\r\n", "\n").split("\n")[: limits.CALENDAR_LINES]:
        if line[:1] in {" ", "\t"} and unfolded:
            unfolded[-1].append(line[1:])
        elif line.strip():
            unfolded.append([line])
    return [_line("".join(pieces)[:10_000]) for pieces in unfolded]


def _line(line: str) -> tuple[str, dict[str, str], str]:
    head: list[str] = []
    start, quoted = 0, False
    for position, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == ";":
            head.append(line[start:position])
            start = position + 1
        elif char == ":":
            head.append(line[start:position])
            return _named(head, line[position + 1 :])
    return "", {}, ""


def _named(head: list[str], value: str) -> tuple[str, dict[str, str], str]:
    parameters: dict[str, str] = {}
    for pair in head[1 : limits.PARAMETERS]:
        key, _, text = pair.partition("=")
        parameters.setdefault(key.strip().lower(), text.strip().strip('"'))
    return head[0].strip().lower(), parameters, value.strip()


def _moment(parameters: dict[str, str], value: str) -> datetime | None:
    """A UTC time: `…Z`, or local in a zone of the IANA list; a floating time or a date is None."""
    value = value.strip()
    form = "%Y%m%dT%H%M%SZ" if value.endswith("Z") else "%Y%m%dT%H%M%S"
    try:
        naive = datetime.strptime(value[:20], form)  # noqa: DTZ007 - the zone is attached below
        if value.endswith("Z"):
            return naive.replace(tzinfo=UTC)
        zone = _zone(parameters.get("tzid", ""))
        return naive.replace(tzinfo=zone).astimezone(UTC) if zone else None
    except (ValueError, OverflowError):
        return None


def _zone(name: str) -> ZoneInfo | None:
    """A zone of the IANA list; names are letters only, so that none can be a path."""
    name = _ZONES.get(name.lower(), name.removeprefix("/"))
    if not name or len(name) > 60 or not all(char.isalnum() or char in "/_+-" for char in name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
