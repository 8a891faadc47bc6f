"""The scheduling part of a mail (RFC 5545, RFC 5546, RFC 6047).

In: the parts of a mail, or the bytes of one calendar. Out: `Invitation` or None, and a sentence for each thing that is
odd; when there is a calendar and it is refused, one of them says why. Must never expand a recurrence, never follow a
link, and never believe what it reads: a REPLY counts only for a UID and an address that we gave out (the caller's).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from parsing import limits
from parsing.calendars import component as components
from parsing.calendars.component import Component, Property, quoted_value
from parsing.calendars.moment import Clock, Moment, later
from parsing.headers import clean
from parsing.message import Attendee, Invitation, Mailbox
from parsing.mime import Media
from parsing.tree import Leaf, Tree

_CALENDAR_TYPES = frozenset({"text/calendar", "application/ics", "text/x-vcalendar", "text/vcalendar"})
_CALENDAR_NAMES = (".ics", ".vcs", ".ical", ".icalendar", ".ifb")
_BY_ATTENDEES = frozenset({"REPLY", "COUNTER", "REFRESH"})
"""Methods that one attendee sends (RFC 5546 section 1.4); all others are the organizer's."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.){1,64}"@[^\s"<>(),;@]+')
"""A mailbox whose local part is a quoted string (RFC 5321 section 4.1.2)."""
_PLAIN = Media(value="text/calendar")
_Read = tuple[Invitation | None, tuple[str, ...]]


def find(grown: Tree, author: str = "") -> _Read:
    """The scheduling message among the parts of a mail. The part that says it is one comes before a file."""
    candidates = [leaf for leaf in grown.leaves if not leaf.children and _is_calendar(leaf)]
    if not candidates:
        return None, ()
    candidates.sort(key=_rank)
    best: Invitation | None = None
    defects: list[str] = []
    contents: list[bytes] = []
    for leaf in candidates[: limits.CALENDAR_PARTS]:
        content = leaf.content(limits.BODY_TEXT * 3)
        if content in contents:
            continue  # most clients send the same bytes as an alternative and as a file
        contents.append(content)
        found, said = invitation(content, leaf.media, author, leaf.number)
        if best is None:
            best = found
            defects.extend(said)
        elif found is not None and (found.method, found.uid, found.start) != (best.method, best.uid, best.start):
            defects.append("calendar: the parts of the mail say different things; the first was read")
    return best, tuple(dict.fromkeys(defects))


def _is_calendar(leaf: Leaf) -> bool:
    if leaf.media.value in _CALENDAR_TYPES:
        return True
    if leaf.media.value.startswith(("multipart/", "message/", "image/")):
        return False
    name = leaf.disposition.get("filename") or leaf.media.get("name")
    return bool(name) and leaf.filename.lower().rstrip(" .").endswith(_CALENDAR_NAMES)


def _rank(leaf: Leaf) -> tuple[bool, bool, bool]:
    """RFC 6047 section 2.4: text/calendar with a method is the message; anything else may be a file that is sent."""
    typed = leaf.media.value == "text/calendar"
    return not (typed and leaf.media.get("method")), not typed, leaf.disposition.value == "attachment"


def invitation(data: bytes, media: Media = _PLAIN, author: str = "", part: int = 0) -> _Read:
    """One calendar file. `author` is who sent the mail, lower-case."""
    grown, defects = components.calendars(data, media.get("charset"))
    if not grown:
        reason = "refused, because it has no BEGIN:VCALENDAR" if data.strip() else "refused, because it is empty"
        return None, _said([*defects, reason])
    calendar = next((each for each in grown if _scheduled(each)), grown[0])
    scheduled = _scheduled(calendar)
    if not scheduled:
        return None, _said([*defects, "refused, because it has nothing that can be scheduled"])
    if len(grown) > 1:
        defects.append(f"{len(grown)} calendars in one file: one was read")
    method = _method(calendar, media, defects)
    found = _Facts(_master(scheduled), calendar, method, author, defects).invitation(len(scheduled), part, media)
    return found, _said(defects)


def _said(defects: list[str]) -> tuple[str, ...]:
    return tuple(f"calendar: {defect}" for defect in dict.fromkeys(defects))


def _scheduled(calendar: Component) -> list[Component]:
    found = [child for child in calendar.children if child.name in components.SCHEDULED]
    return [child for child in found if child.name == "VEVENT"] or found


def _master(scheduled: list[Component]) -> Component:
    """The first, unless it overrides one instance of another that has the same UID (RFC 5545 section 3.8.4.4)."""
    first = scheduled[0]
    if "RECURRENCE-ID" not in first.lines:
        return first
    uid = first.text("UID")
    return next(
        (each for each in scheduled[1:] if "RECURRENCE-ID" not in each.lines and each.text("UID") == uid), first
    )


def _method(calendar: Component, media: Media, defects: list[str]) -> str:
    """The calendar's, else that of the Content-Type (RFC 6047 section 2.4 wants both, and both the same)."""
    written = _keyword(calendar.text("METHOD"))
    said = _keyword(media.get("method"))
    if written and said and written != said:
        defects.append(f"its method is {written}, that of the Content-Type is {said}")
    return written or said


def _keyword(text: str) -> str:
    return clean(text).strip().upper()[:60]


class _People(NamedTuple):
    all: tuple[Attendee, ...]
    speaker: Attendee | None


class _Facts:
    """One component on its way to an `Invitation`."""

    def __init__(self, component: Component, calendar: Component, method: str, author: str, defects: list[str]) -> None:
        self._component = component
        self._method = method
        self._author = author
        self._defects = defects
        self._is_old = calendar.text("VERSION").startswith("1")
        zones = [child for child in calendar.children if child.name == "VTIMEZONE"]
        self._clock = Clock(zones, defects)

    def invitation(self, count: int, part: int, media: Media) -> Invitation:
        """All that the component says."""
        start, end = self._moment("DTSTART"), self._end()
        if start and end and start.instant and end.instant and end.instant < start.instant:
            self._defects.append("it ends before it starts")
        stamp, original = self._moment("DTSTAMP"), self._moment("X-MS-OLK-ORIGINALSTART")
        recurrence = self._moment("RECURRENCE-ID")
        people = self._people()
        return Invitation(
            method=self._method,
            uid=self._text("UID", 1_000),
            sequence=self._sequence(),
            dtstamp=stamp.instant if stamp else None,
            attendee=people.speaker.address if people.speaker else "",
            partstat=people.speaker.partstat if people.speaker else "",
            start=start.instant if start else None,
            end=end.instant if end else None,
            component=self._component.name,
            components=count,
            all_day=bool(start and start.is_date),
            start_local=start.written if start else "",
            end_local=end.written if end else "",
            original_start=original.instant if original else None,
            recurrence_id=recurrence.text if recurrence else "",
            recurring="RRULE" in self._component.lines or "RDATE" in self._component.lines,
            status=_keyword(self._component.text("STATUS")),
            summary=self._text("SUMMARY", 1_000),
            location=self._text("LOCATION", 1_000),
            comment=self._comment(),
            organizer=self._organizer(),
            attendees=people.all,
            part=part,
            parameters=tuple((clean(name), clean(value)[:1_000]) for name, value in media.parameters.items()),
        )

    def _text(self, name: str, most: int) -> str:
        return clean(self._component.text(name)).strip()[:most]

    def _comment(self) -> str:
        """COMMENT keeps its lines: it is where a COUNTER says why. Google has what somebody adds to their answer as a
        parameter of the one who answers."""
        text = self._component.text("COMMENT")
        if not text.strip() and (one := self._component.first("ATTENDEE")) is not None:
            text = one.get("X-RESPONSE-COMMENT")
        lines = text.replace("\r", "").split("\n")
        return "\n".join(clean(line).rstrip() for line in lines[:500]).strip()

    def _sequence(self) -> int:
        text = self._component.text("SEQUENCE").strip()
        if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 1 << 31:  # RFC 5545 section 3.3.8
            return int(text)
        if text:
            self._defects.append("SEQUENCE is no number")
        return 0

    def _moment(self, name: str) -> Moment | None:
        found = self._component.first(name)
        return self._clock.moment(name, found) if found else None

    def _end(self) -> Moment | None:
        """DTEND (DUE of a task), else DTSTART and DURATION (RFC 5545 section 3.6.1)."""
        for name in ("DTEND", "DUE"):
            if name in self._component.lines:
                return self._moment(name)
        start, duration = self._component.first("DTSTART"), self._component.first("DURATION")
        if start is None or duration is None:
            return None
        return later(self._clock, self._clock.moment("DTSTART", start), duration.value)

    def _people(self) -> _People:
        found = tuple(_attendee(each, self._is_old) for each in self._component.all("ATTENDEE", limits.ATTENDEES))
        total = len(self._component.lines.get("ATTENDEE", ()))
        if total > limits.ATTENDEES:
            self._defects.append(f"more than {limits.ATTENDEES} attendees: the rest was not read")
        speaker = found[0] if found else None
        if total > 1 and self._method in _BY_ATTENDEES:
            self._defects.append(f"{self._method} of {total} attendees instead of one")
            speaker = next((each for each in found if self._author and each.address.lower() == self._author), speaker)
        return _People(found, speaker)

    def _organizer(self) -> Mailbox | None:
        found = self._component.first("ORGANIZER")
        return Mailbox(name=_name(found), address=_address(found)) if found else None


def _attendee(found: Property, is_old: bool) -> Attendee:
    # vCalendar 1.0 says STATUS=NEEDS ACTION.
    status = found.get("PARTSTAT") or (found.get("STATUS").replace(" ", "-") if is_old else "")
    return Attendee(
        address=_address(found),
        name=_name(found),
        partstat=_keyword(status),
        role=_keyword(found.get("ROLE")),
        rsvp=found.get("RSVP").strip().upper() in {"TRUE", "YES"},
        delegated_to=_mail_address(found.get("DELEGATED-TO")),
        delegated_from=_mail_address(found.get("DELEGATED-FROM")),
        sent_by=_mail_address(found.get("SENT-BY")),
    )


def _name(found: Property) -> str:
    return clean(found.get("CN")).strip()[:200]


def _address(found: Property) -> str:
    """A mailbox; Apple writes a path or a URN as the value and the mailbox as EMAIL (RFC 7986 section 6.2)."""
    value = quoted_value(found)
    if "@" not in value and "@" in found.get("EMAIL"):
        value = found.get("EMAIL")
    return _mail_address(value)


def _mail_address(text: str) -> str:
    """`mailto:jane%2Bx@example.org` → `jane+x@example.org` (RFC 6068); anything else as it is."""
    text = clean(text).strip().strip('"').strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme.strip().lower() == "mailto":
        text = rest.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1].strip()
        text = text.removeprefix("mailto:")
    if "%" in text and "@" in text:
        plain = unquote(text)
        sound = not any(char in plain for char in ' <>"(),;') or _QUOTED.fullmatch(plain)
        text = plain if sound and plain.isprintable() else text
    return text[:320]
