"""A call as a calendar has it: an `Event` comes in, the bytes of one iCalendar object for one attendee go out.

Three messages of an organizer (RFC 5546 section 3.2): `request`, `cancel`, `decline_counter`. The same event always
gives the same bytes: nothing is made up here, neither an identifier nor a time. Whatever a name, a summary or a text
holds stays inside its own property. It must never write a zone (VTIMEZONE is where calendar programs differ), a
recurrence, a second attendee, or an alarm that sends mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import icalendar

from scheduling.interval import utc

PRODID = "-//replydesk//calls//EN"
_LONGEST_NAME = 150
_LONGEST_SUMMARY = 250
_LONGEST_LINE = 1_000
_LONGEST_TEXT = 8_000
_LONGEST_COMMENT = 2_000
_TAIL = re.compile(r" \[[^\[\]]{1,60}\]\Z")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, what turns letters round, what cannot be seen. ZWJ and ZWNJ stay: emoji and Persian need them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
# In running text tabs, line ends and the marks of right-to-left languages stay.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ufeff\ufff9-\ufffb]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_IN_ADDRESS = "!$'()*+,:@-._~"
"""What stands in a mailto URI as it is (RFC 6068 section 2)."""
_IN_URL = "%:/?#[]@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One call, for one attendee. `sequence` rises with every change of time and with the cancelling, `dtstamp` with
    every message (RFC 5546 section 2.1.4). `description` is plain text; `organizer` and `attendee` are bare addresses.
    """

    uid: str
    sequence: int
    dtstamp: datetime
    created: datetime
    start: datetime
    end: datetime
    summary: str
    description: str
    location: str
    url: str = ""
    organizer: str
    organizer_name: str
    attendee: str
    attendee_name: str
    prodid: str = PRODID
    alarm: timedelta = timedelta(minutes=15)
    comment: str = ""


def request(event: Event) -> bytes:
    """The invitation, and each later state of it (RFC 5546 section 3.2.2)."""
    return _written("REQUEST", event)


def cancel(event: Event) -> bytes:
    """It does not take place (RFC 5546 section 3.2.5): the caller has raised the SEQUENCE."""
    return _written("CANCEL", event)


def decline_counter(event: Event) -> bytes:
    """What the attendee proposed cannot be; all stays as it was (RFC 5546 section 3.2.8). The SEQUENCE is the one that
    was sent last."""
    return _written("DECLINECOUNTER", event)


def _written(method: str, event: Event) -> bytes:
    calendar = icalendar.Calendar()
    calendar.add("PRODID", _Text(_line(event.prodid, _LONGEST_LINE)))
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    calendar.add_component(_event(method, event))
    return bytes(calendar.to_ical(sorted=False))  # in alphabetical order ATTENDEE would stand before UID


def _event(method: str, event: Event) -> icalendar.Event:
    """The properties in the order in which a person would read them."""
    off = method == "CANCEL"
    found = icalendar.Event()
    found.add("UID", _Text(_line(event.uid, _LONGEST_LINE)))
    found.add("SEQUENCE", event.sequence)
    for name, moment in (
        ("DTSTAMP", event.dtstamp),
        ("CREATED", event.created),
        ("LAST-MODIFIED", event.dtstamp),
        ("DTSTART", event.start),
        ("DTEND", event.end),
    ):
        found.add(name, utc(moment))
    summary = _summary(event.summary)
    found.add("SUMMARY", _Text(summary))
    if location := _line(event.location, _LONGEST_LINE):
        found.add("LOCATION", _Text(location))
    if url := quote(_line(event.url, _LONGEST_LINE), safe=_IN_URL):
        found.add("URL", icalendar.vUri(url))
    if text := _block(event.description, _LONGEST_TEXT):
        found.add("DESCRIPTION", _Text(text))
    if comment := _block(event.comment, _LONGEST_COMMENT):
        found.add("COMMENT", _Text(comment))
    found.add("ORGANIZER", _person(event.organizer, event.organizer_name))
    asked = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    found.add("ATTENDEE", _person(event.attendee, event.attendee_name, before=asked, after={"X-NUM-GUESTS": "0"}))
    found.add("STATUS", "CANCELLED" if off else "CONFIRMED")
    found.add("TRANSP", "TRANSPARENT" if off else "OPAQUE")
    found.add("CLASS", "PRIVATE")
    found.add("PRIORITY", 5)
    found.add("X-MICROSOFT-DISALLOW-COUNTER", "FALSE")
    found.add("X-MICROSOFT-CDO-BUSYSTATUS", "FREE" if off else "BUSY")
    found.add("X-MICROSOFT-DONOTFORWARDMEETING", "TRUE")
    if method == "REQUEST" and event.alarm > timedelta():
        found.add_component(_alarm(event.alarm, summary))
    return found


def _alarm(before: timedelta, summary: str) -> icalendar.Alarm:
    """A reminder on the screen. One by mail would make a stranger's server write in our name (RFC 5545 3.6.6)."""
    alarm = icalendar.Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", _Text(summary))
    alarm.add("TRIGGER", -before)
    return alarm


class _Text(icalendar.vText):
    """TEXT whose backslashes stay backslashes: icalendar 7.3 takes the letters `\\N` in `C:\\New` for a line end."""

    def to_ical(self) -> bytes:
        text = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return text.encode()


class _Parameters(icalendar.Parameters):
    """Parameters with CN always in quotes: what begins like a token and goes on otherwise is read differently."""

    always_quoted = (*icalendar.Parameters.always_quoted, "CN")  # type: ignore[assignment]


def _person(
    address: str, name: str, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> icalendar.vCalAddress:
    """A bare `mailto:` URI; anything but an address in it, a name above all, breaks clients."""
    parameters = _Parameters(before or {})
    if called := _name(name):
        parameters["CN"] = called
    parameters.update(after or {})
    found = icalendar.vCalAddress(f"mailto:{quote(_line(address, 320), safe=_IN_ADDRESS)}")
    found.params = parameters
    return found


def _name(name: str) -> str:
    """A name for CN. A quote cannot stand there; RFC 6868 has a way to write it, of which older Outlooks show the
    carets, so neither a quote nor a caret is left. A backslash means nothing in a parameter, and not all know that."""
    return _line(name.replace('"', "'").replace("^", " ").replace("\\", "/"), _LONGEST_NAME)


def _summary(summary: str) -> str:
    """One line that keeps the reference at its end however long it is."""
    line = _line(summary)
    tail = found.group() if (found := _TAIL.search(line)) else ""
    return _shortened(line.removesuffix(tail), _LONGEST_SUMMARY - len(tail)) + tail


def _line(text: str, most: int = 0) -> str:
    line = _SURROGATES.sub("\ufffd", " ".join(_UNSEEN.sub("", " ".join(text.split())).split()))
    return _shortened(line, most) if most else line


def _block(text: str, most: int) -> str:
    text = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))).strip("\n")
    return text if len(text) <= most else text[:most].rstrip() + "\n[…]"


def _shortened(line: str, most: int) -> str:
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
