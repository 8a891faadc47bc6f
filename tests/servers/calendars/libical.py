"""What libical reads, which Evolution, KOrganizer and Cyrus have: Debian's library, called as it is.

In: the bytes of a calendar. Out: its facts. It is looked for under its name of version 3 and never built here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import Structure, c_char_p, c_int, c_longlong, c_void_p
from ctypes.util import find_library
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.servers.calendars.events import Facts
from tests.servers.requirement import missing


class _Time(Structure):
    """struct icaltimetype."""

    _fields_ = (
        *((name, c_int) for name in ("year", "month", "day", "hour", "minute", "second", "is_date", "is_daylight")),
        ("zone", c_void_p),
    )


_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "icalparser_parse_string": (c_void_p, c_char_p),
    "icalcomponent_free": (None, c_void_p),
    "icalcomponent_count_errors": (c_int, c_void_p),
    "icalrestriction_check": (c_int, c_void_p),
    "icalcomponent_string_to_kind": (c_int, c_char_p),
    "icalproperty_string_to_kind": (c_int, c_char_p),
    "icalcomponent_get_first_component": (c_void_p, c_void_p, c_int),
    "icalcomponent_count_components": (c_int, c_void_p, c_int),
    "icalcomponent_get_first_property": (c_void_p, c_void_p, c_int),
    "icalcomponent_count_properties": (c_int, c_void_p, c_int),
    "icalproperty_get_value_as_string": (c_char_p, c_void_p),
    "icalproperty_get_parameter_as_string": (c_char_p, c_void_p, c_char_p),
    "icalproperty_get_sequence": (c_int, c_void_p),
    "icalproperty_get_dtstamp": (_Time, c_void_p),
    "icalcomponent_get_dtstart": (_Time, c_void_p),
    "icalcomponent_get_dtend": (_Time, c_void_p),
    "icaltime_is_utc": (c_int, _Time),
    "icaltime_as_timet": (c_longlong, _Time),
    **{f"icalproperty_get_{name}": (c_char_p, c_void_p) for name in ("uid", "summary", "description", "location")},
    **{f"icalproperty_get_{name}": (c_char_p, c_void_p) for name in ("organizer", "attendee")},
}


@cache
def _library() -> Any:
    name = find_library("ical") or "libical.so.3"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        missing("libical is not installed (Debian: apt-get install libical3)")
    for function, (returns, *takes) in _SIGNATURES.items():
        getattr(library, function).restype = returns
        getattr(library, function).argtypes = takes
    return library


def facts(content: bytes) -> Facts:
    """What it says, after libical's own look at what its method allows (RFC 5546)."""
    library = _library()
    with _parsed(library, content) as calendar:
        assert library.icalcomponent_count_errors(calendar) == 0
        if b"METHOD:DECLINECOUNTER" not in content:  # whose table there is that of RFC 2446: no ATTENDEE, no SUMMARY
            assert library.icalrestriction_check(calendar) == 1
        kind = library.icalcomponent_string_to_kind(b"VEVENT")
        assert library.icalcomponent_count_components(calendar, kind) == 1
        event = library.icalcomponent_get_first_component(calendar, kind)

        def first(name: str, of: Any = event) -> Any:
            kind = library.icalproperty_string_to_kind(name.encode())
            assert library.icalcomponent_count_properties(of, kind) == 1, name
            return library.icalcomponent_get_first_property(of, kind)

        def text(name: str) -> str:
            return str(getattr(library, f"icalproperty_get_{name}")(first(name.upper())).decode())

        def said(name: str, parameter: str) -> str:
            found = library.icalproperty_get_parameter_as_string(first(name), parameter.encode())
            return found.decode() if found else ""

        return Facts(
            method=library.icalproperty_get_value_as_string(first("METHOD", calendar)).decode(),
            uid=text("uid"),
            sequence=library.icalproperty_get_sequence(first("SEQUENCE")),
            dtstamp=_instant(library, library.icalproperty_get_dtstamp(first("DTSTAMP"))),
            start=_instant(library, library.icalcomponent_get_dtstart(event)),
            end=_instant(library, library.icalcomponent_get_dtend(event)),
            summary=text("summary"),
            description=text("description"),
            location=text("location"),
            organizer=text("organizer"),
            organizer_name=said("ORGANIZER", "CN"),
            attendee=text("attendee"),
            attendee_name=said("ATTENDEE", "CN"),
            partstat=said("ATTENDEE", "PARTSTAT"),
            rsvp=said("ATTENDEE", "RSVP"),
            status=library.icalproperty_get_value_as_string(first("STATUS")).decode(),
        )


@contextmanager
def _parsed(library: Any, content: bytes) -> Iterator[Any]:
    calendar = library.icalparser_parse_string(content)
    assert calendar, "no calendar"
    try:
        yield calendar
    finally:
        library.icalcomponent_free(calendar)


def _instant(library: Any, time: _Time) -> datetime:
    assert library.icaltime_is_utc(time) == 1
    return datetime.fromtimestamp(library.icaltime_as_timet(time), UTC)
