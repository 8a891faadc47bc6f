"""Calendars for tests: lines in, a whole calendar out, and what `invitation` says of it."""

from datetime import UTC, datetime

from parsing.calendar import invitation


def event(*lines, head=(), name="VEVENT", end="\r\n"):
    return end.join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", *head, f"BEGIN:{name}", *lines, f"END:{name}", "END:VCALENDAR", ""]
    )


def facts(*lines, **options):
    found, said = invitation(event(*lines, **options).encode())
    assert found is not None, said
    return found


def defects(*lines, **options):
    return " ".join(invitation(event(*lines, **options).encode())[1])


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


REPLY = (
    "UID:call-1@desk.example",
    "SEQUENCE:2",
    "DTSTAMP:20261005T081500Z",
    "DTSTART:20261006T090000Z",
    "DTEND:20261006T093000Z",
    "ATTENDEE;CN=Jane Doe;PARTSTAT=ACCEPTED:mailto:jane@cust.example",
    "SUMMARY:A call\\, at last\\; soon",
)
