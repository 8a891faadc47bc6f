"""That calendars are read as they stand in the file, or refused with a reason.

In: `ics/manifest.jsonl`, each file as the one part of a mail. Out: scores: read or refused, and field by field. The
file is the truth, twice: where icalendar (a test dependency) reads the file, its values; where it does not, plain
patterns over the unfolded lines. Which component is meant is decided here anew: of the first calendar that has any the
first VEVENT (else the first VTODO, VJOURNAL, VFREEBUSY), unless it overrides an instance of one that follows.
Compared: METHOD, PARTSTAT in upper case; UID and ATTENDEE without white space at their ends, ATTENDEE without `mailto:`
and where it is no mailbox as its EMAIL parameter; SEQUENCE as a number, 0 when absent; times as instants, and dates and
times of no known zone as they are written. DTEND that is absent is DTSTART and DURATION. What icalendar cannot give as
a value (a broken property) is not compared; a component with lines that it skips is left to the patterns. VALUE=DATE
is a date, whatever zone stands beside it (RFC 5545 section 3.2.19). A file whose parameters are still quoted-printable
(`=3D`) is decoded first. Control characters are not compared. Nothing is excluded.
"""

from __future__ import annotations

import base64
import quopri
import re
import warnings
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import icalendar

from parsing.message import Invitation
from parsing.reading import read
from tests.bench.accuracy.score import Score, rows

FIELDS = ("method", "uid", "sequence", "attendee", "partstat", "dtstamp", "start", "end")
SCHEDULED = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
HEAD = b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n"
Facts = dict[str, Any]


def scores(corpus: Path) -> list[Score]:
    """One pass over all files."""
    done = Score("calendars: read, or refused with a reason", bar=1)
    fields = {name: Score(f"calendars: {name} as in the file", bar=1) for name in FIELDS}
    whole = Score("calendars: every field as in the file", bar=1)
    by_patterns = 0
    for row in rows(corpus / "ics" / "manifest.jsonl"):
        data = (corpus / "ics" / row["file"]).read_bytes()
        mail = read(HEAD + base64.encodebytes(data))
        refused = [defect for defect in mail.defects if "refused" in defect]
        done.add(row, row["source"], (mail.calendar is None) == bool(refused), "; ".join(mail.defects))
        if b"RSVP=3D" in data or b"PARTSTAT=3D" in data:
            data = quopri.decodestring(data)
        wanted = by_library(data)
        if wanted is None:
            by_patterns += 1
            wanted = patterns(data)
        if mail.calendar is None:
            whole.add(row, row["source"], not wanted, f"refused, and has {wanted}")
            continue
        found = facts(mail.calendar)
        wrong = [name for name in FIELDS if name in wanted and wanted[name] != found[name]]
        for name in wanted:
            fields[name].add(row, row["source"], name not in wrong, f"{wanted[name]!r} is read as {found[name]!r}")
        whole.add(row, row["source"], not wrong, ", ".join(wrong))
    whole.title += f" ({by_patterns} by patterns, which icalendar cannot read)"
    return [done, whole, *fields.values()]


def facts(found: Invitation) -> Facts:
    """The fields of an invitation as they are compared."""
    facts: Facts = {name: getattr(found, name) for name in FIELDS}
    facts["start"] = found.start or found.start_local or None
    facts["end"] = found.end or found.end_local or None
    return facts


def by_library(data: bytes) -> Facts | None:
    """What icalendar reads; None when it cannot, an empty object when there is nothing to schedule."""
    icalendar.use_zoneinfo()  # it would remember the zones of the files before
    try:
        with warnings.catch_warnings(action="ignore"):
            calendars = icalendar.Calendar.from_ical(data, multiple=True)
        for calendar in calendars:
            parts = [part for part in calendar.subcomponents if part.name in SCHEDULED]
            if parts:
                part = _meant(parts)
                unread = any(name is None for name, _ in part.errors)
                return None if unread else _of_library(calendar, part)
    except Exception:
        return None
    return {} if calendars else None


def _meant(parts: list[Any]) -> Any:
    parts = [part for part in parts if part.name == "VEVENT"] or parts
    first = parts[0]
    if "RECURRENCE-ID" not in first:
        return first
    return next((part for part in parts if "RECURRENCE-ID" not in part and part.get("UID") == first.get("UID")), first)


def _of_library(calendar: Any, part: Any) -> Facts:
    attendee = _first(part.get("ATTENDEE"))
    facts: Facts = {
        "method": printable(str(_first(calendar.get("METHOD")) or "")).upper(),
        "uid": printable(str(_first(part.get("UID")) or "")),
        "attendee": "" if attendee is None else _bare(str(attendee), attendee.params.get("EMAIL", "")),
        "partstat": "" if attendee is None else str(attendee.params.get("PARTSTAT", "")).upper(),
    }
    if isinstance(part.get("SEQUENCE", 0), int):
        facts["sequence"] = int(part.get("SEQUENCE", 0))
    for name, key in (("dtstamp", "DTSTAMP"), ("start", "DTSTART")):
        if key not in part or _is_whole(_first(part[key])):
            facts[name] = _time(_first(part.get(key)))
    if isinstance(facts.get("dtstamp"), str):
        facts["dtstamp"] = None
    end = _first(part.get("DTEND", part.get("DUE")))
    duration = _first(part.get("DURATION"))
    if end is not None:
        facts |= {"end": _time(end)} if _is_whole(end) else {}
    elif duration is None or "DTSTART" not in part:
        facts["end"] = None
    elif isinstance(facts.get("start"), datetime) and _is_whole(duration):
        facts["end"] = facts["start"] + duration.dt
    return facts


def _is_whole(value: Any) -> bool:
    return not isinstance(value, icalendar.vBroken) and hasattr(value, "dt")


def printable(text: str) -> str:
    """A value without control characters."""
    return "".join(char for char in text if char >= " ").strip()


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _time(value: Any) -> Any:
    if value is None:
        return None
    moment = value.dt
    if isinstance(moment, datetime):
        if value.params.get("VALUE") == "DATE" and moment.time() == time.min:
            return moment.date().isoformat()
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        return moment.isoformat(timespec="seconds")
    return moment.isoformat() if isinstance(moment, date) else None


def _bare(value: str, email: str) -> str:
    value = value.strip()
    value = value[7:].strip() if value[:7].lower() == "mailto:" else value
    return email.strip() if "@" in email and "@" not in value else value


def patterns(data: bytes) -> Facts:
    """What lines of the file say, for files that no library reads; nothing of zones."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\n ", "").replace("\n\t", "").replace("\0", "")
    part = re.search(r"(?ims)^BEGIN:(VEVENT)\s*$(.*?)(?:^END:\1|^BEGIN:|\Z)", text)
    if not part or not re.search(r"(?im)^BEGIN:VCALENDAR", text):
        return {}
    begin = max(text.upper().rfind("BEGIN:VCALENDAR", 0, part.start()), 0)
    method = re.search(r"(?im)^METHOD:(.*)$|^END:VCALENDAR()", text[begin:])
    facts: Facts = {"method": (method.group(1) or "").strip().upper() if method else ""}
    for name, key in (("uid", "UID"), ("sequence", "SEQUENCE")):
        found = re.search(rf"(?im)^{key}:(.*)$", part.group(2))
        facts[name] = found.group(1).strip() if found else ""
    facts["sequence"] = int(facts["sequence"]) if facts["sequence"].isdigit() else 0
    found = re.search(r'(?im)^ATTENDEE(?:"[^"\n]*"|[^":\n])*:(?:mailto:)?(.*)$', part.group(2))
    facts["attendee"] = found.group(1).strip() if found else ""
    for name, key in (("start", "DTSTART"), ("end", "DTEND")):
        found = re.search(rf"(?im)^{key}:([0-9]{{8}}T[0-9]{{6}})Z\s*$", part.group(2))
        if found:
            facts[name] = datetime.strptime(found.group(1), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return facts
