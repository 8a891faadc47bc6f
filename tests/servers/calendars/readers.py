"""The programs that read our invites: libical, ical.js, icalendar with recurring-ical-events, and our own parser.

In: the bytes of calendars. Out: `Facts`, an address without its scheme and as it is written in a mail. What is not on
this machine skips the test with a sentence, and fails it where nothing may be skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import icalendar
import recurring_ical_events

from parsing.calendar import invitation
from parsing.mime import Media
from tests.servers.calendars import libical
from tests.servers.calendars.events import Facts
from tests.servers.requirement import missing

HERE = Path(__file__).parent


def _of_libical(contents: Sequence[bytes]) -> list[Facts]:
    return [libical.facts(content) for content in contents]


def _of_ical_js(contents: Sequence[bytes]) -> list[Facts]:
    node = shutil.which("node")
    if node is None:
        missing("node is not installed (Debian: apt-get install nodejs)")
    if not (HERE / "node_modules" / "ical.js").is_dir():
        missing("ical.js is not installed (npm ci in tests/servers/calendars)")
    asked = json.dumps([b64encode(content).decode() for content in contents])
    said = subprocess.run(
        [node, str(HERE / "read.mjs")], input=asked.encode(), capture_output=True, check=False, timeout=100
    )
    assert said.returncode == 0, said.stderr.decode()
    moments = ("dtstamp", "start", "end")
    return [
        Facts(**{**facts, **{name: datetime.fromtimestamp(facts[name], UTC) for name in moments}})
        for facts in json.loads(said.stdout)
    ]


def _of_icalendar(contents: Sequence[bytes]) -> list[Facts]:
    return [_expanded(icalendar.Calendar.from_ical(content)) for content in contents]


def _expanded(calendar: icalendar.Calendar) -> Facts:
    """The one event that takes place, as recurring-ical-events says."""
    (written,) = calendar.walk("VEVENT")
    start = written["DTSTART"].dt
    (event,) = recurring_ical_events.of(calendar).between(start - timedelta(days=1), start + timedelta(days=2))
    organizer, attendee = event["ORGANIZER"], event["ATTENDEE"]
    return Facts(
        method=str(calendar["METHOD"]),
        uid=str(event["UID"]),
        sequence=int(event["SEQUENCE"]),
        dtstamp=event["DTSTAMP"].dt,
        start=event["DTSTART"].dt,
        end=event["DTEND"].dt,
        summary=str(event["SUMMARY"]),
        description=str(event["DESCRIPTION"]),
        location=str(event["LOCATION"]),
        organizer=str(organizer),
        organizer_name=str(organizer.params.get("CN", "")),
        attendee=str(attendee),
        attendee_name=str(attendee.params.get("CN", "")),
        partstat=str(attendee.params["PARTSTAT"]),
        rsvp=str(attendee.params["RSVP"]),
        status=str(event["STATUS"]),
    )


def _of_ours(contents: Sequence[bytes]) -> list[Facts]:
    return [_ours(content) for content in contents]


def _ours(content: bytes) -> Facts:
    found, said = invitation(content, Media(value="text/calendar", parameters={"charset": "UTF-8"}))
    assert found is not None, said
    assert said == ()
    (attendee,) = found.attendees
    assert found.organizer is not None and found.dtstamp is not None and found.start is not None
    assert found.end is not None
    (description,) = (str(each["DESCRIPTION"]) for each in icalendar.Calendar.from_ical(content).walk("VEVENT"))
    return Facts(
        method=found.method,
        uid=found.uid,
        sequence=found.sequence,
        dtstamp=found.dtstamp,
        start=found.start,
        end=found.end,
        summary=found.summary,
        description=description,  # which our parser does not read
        location=found.location,
        organizer=found.organizer.address,
        organizer_name=found.organizer.name,
        attendee=attendee.address,
        attendee_name=attendee.name,
        partstat=attendee.partstat,
        rsvp="TRUE" if attendee.rsvp else "FALSE",
        status=found.status,
    )


_READERS: dict[str, Callable[[Sequence[bytes]], list[Facts]]] = {
    "libical": _of_libical,
    "ical.js": _of_ical_js,
    "recurring-ical-events": _of_icalendar,
    "ours": _of_ours,
}
NAMES = tuple(_READERS)


def read(name: str, contents: Sequence[bytes]) -> list[Facts]:
    """What a program makes of these calendars."""
    return [
        replace(facts, organizer=_address(facts.organizer), attendee=_address(facts.attendee))
        for facts in _READERS[name](contents)
    ]


def _address(uri: str) -> str:
    """RFC 6068: `mailto:nora%26co@northwind.example`."""
    return unquote(uri.removeprefix("mailto:"))
