"""Time zones by the names that calendars give them.

In: a TZID. Out: the zone of the IANA list that it means, or None. Windows names are those of CLDR's windowsZones
(territory 001). Must never let a name be a path, never guess a zone from a city, an offset or a likeness of names: a
wrong hour is worse than none.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UTC = frozenset({"z", "utc", "gmt", "zulu", "etc/utc", "etc/gmt", "coordinated universal time",
                  "universal coordinated time", "tzone://microsoft/utc", "utc+00:00", "gmt+00:00"})  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+-])([01]?[0-9]):?([0-5][0-9])?")
_NAME = re.compile(r"[A-Za-z0-9_+-]{1,40}(?:/[A-Za-z0-9_+-]{1,40}){0,8}")
_NO_PLACE = frozenset({"localtime", "posixrules", "Factory"})

_WINDOWS = {
    "aus central standard time": "Australia/Darwin", "aus eastern standard time": "Australia/Sydney",
    "afghanistan standard time": "Asia/Kabul", "alaskan standard time": "America/Anchorage",
    "alberta standard time": "America/Edmonton", "aleutian standard time": "America/Adak",
    "altai standard time": "Asia/Barnaul", "arab standard time": "Asia/Riyadh", "arabian standard time": "Asia/Dubai",
    "arabic standard time": "Asia/Baghdad", "argentina standard time": "America/Buenos_Aires",
    "astrakhan standard time": "Europe/Astrakhan", "atlantic standard time": "America/Halifax",
    "aus central w. standard time": "Australia/Eucla", "azerbaijan standard time": "Asia/Baku",
    "azores standard time": "Atlantic/Azores", "bahia standard time": "America/Bahia",
    "bangladesh standard time": "Asia/Dhaka", "belarus standard time": "Europe/Minsk",
    "bougainville standard time": "Pacific/Bougainville", "british columbia standard time": "America/Vancouver",
    "canada central standard time": "America/Regina", "cape verde standard time": "Atlantic/Cape_Verde",
    "caucasus standard time": "Asia/Yerevan", "cen. australia standard time": "Australia/Adelaide",
    "central america standard time": "America/Guatemala", "central asia standard time": "Asia/Bishkek",
    "central brazilian standard time": "America/Cuiaba", "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw", "central pacific standard time": "Pacific/Guadalcanal",
    "central standard time": "America/Chicago", "central standard time (mexico)": "America/Mexico_City",
    "chatham islands standard time": "Pacific/Chatham", "china standard time": "Asia/Shanghai",
    "cuba standard time": "America/Havana", "dateline standard time": "Etc/GMT+12",
    "e. africa standard time": "Africa/Nairobi", "e. australia standard time": "Australia/Brisbane",
    "e. europe standard time": "Europe/Chisinau", "e. south america standard time": "America/Sao_Paulo",
    "easter island standard time": "Pacific/Easter", "eastern standard time": "America/New_York",
    "eastern standard time (mexico)": "America/Cancun", "egypt standard time": "Africa/Cairo",
    "ekaterinburg standard time": "Asia/Yekaterinburg", "fle standard time": "Europe/Kiev",
    "fiji standard time": "Pacific/Fiji", "gmt standard time": "Europe/London",
    "gtb standard time": "Europe/Bucharest", "georgian standard time": "Asia/Tbilisi",
    "greenland standard time": "America/Godthab", "greenwich standard time": "Atlantic/Reykjavik",
    "haiti standard time": "America/Port-au-Prince", "hawaiian standard time": "Pacific/Honolulu",
    "india standard time": "Asia/Calcutta", "iran standard time": "Asia/Tehran",
    "israel standard time": "Asia/Jerusalem", "jordan standard time": "Asia/Amman",
    "kaliningrad standard time": "Europe/Kaliningrad", "korea standard time": "Asia/Seoul",
    "libya standard time": "Africa/Tripoli", "line islands standard time": "Pacific/Kiritimati",
    "lord howe standard time": "Australia/Lord_Howe", "magadan standard time": "Asia/Magadan",
    "magallanes standard time": "America/Punta_Arenas", "manitoba standard time": "America/Winnipeg",
    "marquesas standard time": "Pacific/Marquesas", "mauritius standard time": "Indian/Mauritius",
    "middle east standard time": "Asia/Beirut", "montevideo standard time": "America/Montevideo",
    "morocco standard time": "Africa/Casablanca", "mountain standard time": "America/Denver",
    "mountain standard time (mexico)": "America/Mazatlan", "myanmar standard time": "Asia/Rangoon",
    "n. central asia standard time": "Asia/Novosibirsk", "namibia standard time": "Africa/Windhoek",
    "nepal standard time": "Asia/Katmandu", "new zealand standard time": "Pacific/Auckland",
    "newfoundland standard time": "America/St_Johns", "norfolk standard time": "Pacific/Norfolk",
    "north asia east standard time": "Asia/Irkutsk", "north asia standard time": "Asia/Krasnoyarsk",
    "north korea standard time": "Asia/Pyongyang", "omsk standard time": "Asia/Omsk",
    "pacific sa standard time": "America/Santiago", "pacific standard time": "America/Los_Angeles",
    "pacific standard time (mexico)": "America/Tijuana", "pakistan standard time": "Asia/Karachi",
    "paraguay standard time": "America/Asuncion", "qyzylorda standard time": "Asia/Qyzylorda",
    "romance standard time": "Europe/Paris", "russia time zone 10": "Asia/Srednekolymsk",
    "russia time zone 11": "Asia/Kamchatka", "russia time zone 3": "Europe/Samara",
    "russian standard time": "Europe/Moscow", "sa eastern standard time": "America/Cayenne",
    "sa pacific standard time": "America/Bogota", "sa western standard time": "America/La_Paz",
    "se asia standard time": "Asia/Bangkok", "saint pierre standard time": "America/Miquelon",
    "sakhalin standard time": "Asia/Sakhalin", "samoa standard time": "Pacific/Apia",
    "sao tome standard time": "Africa/Sao_Tome", "saratov standard time": "Europe/Saratov",
    "singapore standard time": "Asia/Singapore", "south africa standard time": "Africa/Johannesburg",
    "south sudan standard time": "Africa/Juba", "sri lanka standard time": "Asia/Colombo",
    "sudan standard time": "Africa/Khartoum", "syria standard time": "Asia/Damascus",
    "taipei standard time": "Asia/Taipei", "tasmania standard time": "Australia/Hobart",
    "tocantins standard time": "America/Araguaina", "tokyo standard time": "Asia/Tokyo",
    "tomsk standard time": "Asia/Tomsk", "tonga standard time": "Pacific/Tongatapu",
    "transbaikal standard time": "Asia/Chita", "turkey standard time": "Europe/Istanbul",
    "turks and caicos standard time": "America/Grand_Turk", "us eastern standard time": "America/Indianapolis",
    "us mountain standard time": "America/Phoenix", "utc": "Etc/UTC", "utc+12": "Etc/GMT-12", "utc+13": "Etc/GMT-13",
    "utc-02": "Etc/GMT+2", "utc-08": "Etc/GMT+8", "utc-09": "Etc/GMT+9", "utc-11": "Etc/GMT+11",
    "ulaanbaatar standard time": "Asia/Ulaanbaatar", "venezuela standard time": "America/Caracas",
    "vladivostok standard time": "Asia/Vladivostok", "volgograd standard time": "Europe/Volgograd",
    "w. australia standard time": "Australia/Perth", "w. central africa standard time": "Africa/Lagos",
    "w. europe standard time": "Europe/Berlin", "w. mongolia standard time": "Asia/Hovd",
    "west asia standard time": "Asia/Tashkent", "west bank standard time": "Asia/Hebron",
    "west pacific standard time": "Pacific/Port_Moresby", "yakutsk standard time": "Asia/Yakutsk",
    "yukon standard time": "America/Whitehorse",
}  # fmt: skip


def zone(name: str) -> tzinfo | None:
    """The zone of a name, which may be of Windows or below the path of a maker of calendars."""
    name = name.strip().strip('"').strip()[:200]
    lower = name.lower()
    if lower in _UTC:
        return UTC
    windows = _WINDOWS.get(lower)
    if windows:
        return _iana(windows)
    fixed = _OFFSET.fullmatch(lower)
    if fixed:
        # Not `Etc/GMT-1`, whose sign is the other way round: that is a name of the IANA list.
        sign, hours, minutes = fixed.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if sign == "-" else offset)
    return _place(name)


def is_exact(name: str) -> bool:
    """Whether the name is of a place or of Windows; `EST` or `CET` may be anyone's word for his own rules."""
    lower = name.strip().strip('"').strip().lower()
    return "/" in lower or lower in _UTC or lower in _WINDOWS


def _place(name: str) -> tzinfo | None:
    """The IANA name, alone or at the end of a path (RFC 5545 section 3.2.19: `/registry/…/Europe/Berlin`).

    Only such a path may end in a name of one word (`/registry/UTC`); `Somewhere/EST` is nobody's.
    """
    registered = name.startswith("/")
    name = name.strip("/").replace(" ", "_")
    if "/" not in name:
        name = name.replace("-", "/", 1)  # Apple's oldest calendars: `US-Eastern`
    pieces = name.split("/")[-8:]
    for start in range(len(pieces)):
        candidate = "/".join(pieces[start:])
        if candidate.count("/") > 2 or (start and not registered and "/" not in candidate):
            continue
        found = _iana(candidate) or (_iana(candidate.title()) if candidate.islower() or candidate.isupper() else None)
        if found:
            return found
    return None


def _iana(name: str) -> tzinfo | None:
    if name in _NO_PLACE or not _NAME.fullmatch(name):
        return None
    if name.startswith(("right/", "posix/")):
        return None  # `right` counts leap seconds; what stands behind is looked up alone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
