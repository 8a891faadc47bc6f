"""Calls that are hard on calendar programs, and what each of them must read in every message about them.

In: nothing. Out: `EVENTS` by name, and `seen`, the facts that an event has. For tests only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.invite import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a program says that an invite says."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime
    start: datetime
    end: datetime
    summary: str
    description: str
    location: str
    organizer: str
    organizer_name: str
    attendee: str
    attendee_name: str
    partstat: str
    rsvp: str
    status: str


def at(*parts: int, zone: str = "UTC") -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]


PLAIN = Event(
    uid="3f0c9a7e51d84b26a0b7c2d4e6f81935@desk.example",
    sequence=0,
    dtstamp=at(2026, 3, 20, 8, 15, 42),
    created=at(2026, 3, 20, 8, 15, 42),
    start=at(2026, 3, 24, 9),
    end=at(2026, 3, 24, 9, 30),
    summary="Support call - network engineering [DESK-1042]",
    description="Your call is on Tuesday, 24 March 2026, 10:00.\n\nTo cancel it, answer CANCEL.",
    location="https://desk.example/w/3fk2",
    url="https://desk.example/w/3fk2",
    organizer="support+kabcdefghijklmnopqrstuvwxyz@desk.example",
    organizer_name="Example Support",
    attendee="nora@northwind.example",
    attendee_name="Nora Wind",
)

HOUR = timedelta(hours=1)
EVENTS: dict[str, Event] = {
    "plain": PLAIN,
    "umlauts": replace(PLAIN, summary="Rückruf wegen Übertragungsgrößen [DESK-7]", attendee_name="Jürgen Müßig-Öztürk"),
    "folds inside letters": replace(PLAIN, summary="ü" * 60 + "漢" * 40 + " [DESK-1042]", location="é" * 200),
    "emoji": replace(
        PLAIN, summary="Call 👩‍👩‍👧‍👦 and 🇩🇪 and 🙂 [DESK-1]", description="🙂" * 100, attendee_name="Nora 🙂 Wind"
    ),
    "long lines": replace(PLAIN, description=("word " * 400).strip(), location="https://desk.example/w/" + "a" * 400),
    "long words": replace(PLAIN, description="x" * 5_000, summary="y" * 200 + " [DESK-1042]"),
    "seventy-five octets": replace(PLAIN, summary="s" * (75 - len("SUMMARY:") - len(" [DESK-1]")) + " [DESK-1]"),
    "seventy-six octets": replace(PLAIN, summary="s" * (76 - len("SUMMARY:") - len(" [DESK-1]")) + " [DESK-1]"),
    "separators": replace(
        PLAIN,
        summary="a; b, c: d; \"e\" 'f' [DESK-2]",
        description="a;b,c:d\na\\,b\\;c",
        location="Room 1, floor 2; left",
    ),
    "paths": replace(
        PLAIN, summary="C:\\New\\name;x\\, [DESK-2]", description="\\\\server\\new\\N\\\\n", location="a\\"
    ),
    "quotes in names": replace(PLAIN, attendee_name='Dr. "Nora" Wind, M.A.; x:y', organizer_name='"Desk", Support: EU'),
    "carets in names": replace(PLAIN, attendee_name="Nora ^n Wind ^' ^^", organizer_name="Desk^Support"),
    "apostrophes": replace(PLAIN, attendee_name="Nora O'Wind", attendee="nora.o'wind@northwind.example"),
    "line ends in words": replace(
        PLAIN,
        summary="Call\r\nATTENDEE:mailto:evil@evil.example [DESK-3]",
        description="Hello\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\n\r\nBye",
        attendee_name='Nora"\r\nATTENDEE:mailto:evil@evil.example',
        location="x\nURL:https://evil.example",
    ),
    "a tab and a blank at the fold": replace(PLAIN, description="a\tb" + " " * 150 + "c"),
    "names without letters": replace(PLAIN, attendee_name="", organizer_name="..."),
    "right to left": replace(
        PLAIN, summary="שיחת תמיכה [DESK-4]", attendee_name="نورة الريح", description="مرحبا\nשלום"
    ),
    "begin in words": replace(PLAIN, summary="BEGIN:VEVENT [DESK-5]", description="BEGIN:VCALENDAR\nEND:VCALENDAR"),
    "percent": replace(PLAIN, location="https://desk.example/w/a%20b?x=1&y=%2B#z", summary="100 % [DESK-6]"),
    "odd addresses": replace(
        PLAIN, attendee="nora&co/x=1+tag@northwind.example", attendee_name="nora@northwind.example"
    ),
    "spring forward": replace(
        PLAIN, start=at(2026, 3, 29, 1, 30, zone="Europe/Berlin"), end=at(2026, 3, 29, 3, 30, zone="Europe/Berlin")
    ),
    "fall back": replace(
        PLAIN,
        start=at(2026, 10, 25, 2, 30, zone="Europe/Berlin").replace(fold=1),
        end=at(2026, 10, 25, 2, 30, zone="Europe/Berlin").replace(fold=1).astimezone(UTC) + HOUR,
    ),
    "over midnight": replace(
        PLAIN,
        start=at(2026, 12, 31, 23, 45, zone="America/New_York"),
        end=at(2026, 12, 31, 23, 45, zone="America/New_York").astimezone(UTC) + HOUR,
    ),
    "half an hour off": replace(
        PLAIN,
        start=at(2026, 4, 5, 2, 15, zone="Australia/Lord_Howe"),
        end=at(2026, 4, 5, 3, zone="Australia/Lord_Howe"),
    ),
    "a leap day": replace(PLAIN, start=at(2028, 2, 29, 23), end=at(2028, 3, 1)),
    "far away": replace(PLAIN, start=at(2037, 12, 31, 12), end=at(2037, 12, 31, 13)),
    "many revisions": replace(PLAIN, sequence=123456),
    "a comment": replace(PLAIN, comment="At 10:00 nobody is free;\nat 11:00, at 14:30 somebody is."),
}


def updated(event: Event) -> Event:
    """The same call an hour later, as it is sent again."""
    return replace(
        event,
        sequence=event.sequence + 1,
        dtstamp=event.dtstamp + HOUR,
        start=event.start.astimezone(UTC) + HOUR,
        end=event.end.astimezone(UTC) + HOUR,
    )


def seen(event: Event, method: str) -> Facts:
    """What an event says, in words that do not come from its bytes."""
    return Facts(
        method=method,
        uid=event.uid,
        sequence=event.sequence,
        dtstamp=event.dtstamp.astimezone(UTC),
        start=event.start.astimezone(UTC),
        end=event.end.astimezone(UTC),
        summary=" ".join(event.summary.split()),
        description=event.description.replace("\r\n", "\n"),
        location=" ".join(event.location.split()),
        organizer=event.organizer,
        organizer_name=_called(event.organizer_name),
        attendee=event.attendee,
        attendee_name=_called(event.attendee_name),
        partstat="NEEDS-ACTION",
        rsvp="TRUE",
        status="CANCELLED" if method == "CANCEL" else "CONFIRMED",
    )


def _called(name: str) -> str:
    """A name in which nothing stands that a parameter cannot hold."""
    return " ".join(name.replace('"', "'").replace("^", " ").split())
