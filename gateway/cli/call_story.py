"""The story of `replydesk demo d2`: a customer needs a call and has access to nobody's calendar. Who writes what.

In: the mails that the desk has sent. Out: the mails that answer them, as clients of these people would write them; what
stands in an offer and in an invite. `gateway.cli.call_demo` plays it. The people are invented (RFC 2606 names).
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

from gateway.cli.story import ANASTASIA, NORA, Scene

BENEDIKT = "benedikt@desk.example"
DOMINIQUE = "dominique@desk.example"
MALLORY = "mallory@stranger.example"
CONTACT = "Nora Wind"
ACKNOWLEDGED = "#ack"
OUTCOME = "#outcome 25m a port of the switch was broken; replaced, and the line measures fine"
"""What the agent answers to the brief, and when the call is over."""

OPENING = (
    Scene(
        title="A customer is down and writes",
        author=CONTACT,
        address=NORA,
        subject="The network of our office is down",
        body="""
Hello,

the network of our whole office has been down since 8:00, nobody can work.
We restarted the router twice. We expected that it comes back.

Nora
""",
    ),
    Scene(
        title="An agent asks for a call of a capability, not of a person",
        author="Anastasia Winter",
        address=ANASTASIA,
        subject="",
        answers=ANASTASIA,
        body="#call network-engineering because the line must be measured with somebody on site",
        shows=(DOMINIQUE,),
    ),
    Scene(
        title="The ticket is not urgent enough to have one by itself: a lead decides, and the customer may choose",
        author="Dominique Printemps",
        address=DOMINIQUE,
        subject="",
        answers=DOMINIQUE,
        body="#approve",
        shows=(NORA,),
    ),
)


def stranger(offer: EmailMessage, book: str) -> Scene:
    """Somebody to whom the offer was forwarded, and who is not the one that it is for."""
    return Scene(
        title="Somebody else has the offer and tries to take a slot",
        author="Mallory",
        address=MALLORY,
        subject=f"BOOK 1 {offer['Subject']}",
        body="BOOK 1",
        to=book,
    )


def booking(offer: EmailMessage, book: str, number: int) -> Scene:
    """What the button in the offer writes."""
    return Scene(
        title="The customer takes a slot: one tap on a button, one mail",
        author=CONTACT,
        address=NORA,
        subject=f"BOOK {number} {offer['Subject']}",
        body=f"BOOK {number}",
        to=book,
        shows=(NORA,),
    )


def away() -> Scene:
    """An agent who could have taken the call is gone; to whom that matters nobody outside hears."""
    return Scene(
        title="Somebody who could have taken the call falls ill: the customer hears nothing",
        author="Benedikt Sommer",
        address=BENEDIKT,
        subject="ill",
        body="#away for 10d",
        to="desk@desk.example",
    )


def accepted(invite: EmailMessage) -> bytes:
    """What the customer's calendar answers when she presses Accept."""
    entry = calendar_of(invite)
    kept = [line for line in entry.replace("\r\n ", "").split("\r\n") if line.startswith(_KEPT)]
    attendee = f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{NORA}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Calendar//EN", "METHOD:REPLY", "BEGIN:VEVENT"]
    answer = "\r\n".join([*lines, *kept, attendee, "END:VEVENT", "END:VCALENDAR", ""])
    head = [
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example",
        f"From: {CONTACT} <{NORA}>",
        f"To: {invite['Reply-To']}",
        f"Subject: Accepted: {invite['Subject']}",
        f"Message-ID: <accepted-{abs(hash(entry))}@northwind.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/calendar; charset=UTF-8; method=REPLY",
        "Content-Transfer-Encoding: 8bit",
    ]
    return "\r\n".join([*head, "", answer]).encode()


_KEPT = ("UID:", "SEQUENCE:", "DTSTAMP:", "DTSTART:", "DTEND:", "ORGANIZER")


def calendar_of(mail: EmailMessage) -> str:
    """The calendar part of a mail; empty where it has none."""
    parts = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    found = next(parts, None)
    content = found.get_payload(decode=True) if found is not None else b""
    return content.decode("utf-8") if isinstance(content, bytes) else ""


def book_address(offer: EmailMessage) -> str:
    """Where the buttons of an offer write to."""
    page = offer.get_body(("html",))
    text = page.get_content() if page is not None else ""
    return text.partition("mailto:")[2].partition("?")[0].replace("%2B", "+").replace("&#43;", "+")


def numbers(offer: EmailMessage) -> list[int]:
    """The slots that an offer has, by their numbers."""
    text = offer.get_body(("plain",))
    lines = text.get_content().splitlines() if text is not None else []
    found = (line.split() for line in lines if line.startswith("BOOK "))
    return [int(words[1].rstrip(":.")) for words in found if words[1].rstrip(":.").isdigit()]


def starts_at(invite: EmailMessage) -> datetime:
    """When the call begins."""
    entry = calendar_of(invite)
    text = entry.partition("\r\nDTSTART:")[2].partition("\r\n")[0]
    return datetime.strptime(text + "+0000", "%Y%m%dT%H%M%SZ%z")


def reply(to: EmailMessage, author: str, address: str, body: str) -> bytes:
    """An agent's answer from their own mail client."""
    domain = address.rpartition("@")[2]
    head = [
        f"Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}",
        f"From: {author} <{address}>",
        f"To: {to['Reply-To']}",
        f"Subject: Re: {to['Subject']}",
        f"Message-ID: <{abs(hash((body, str(to['Message-ID']))))}@{domain}>",
        f"In-Reply-To: {to['Message-ID']}",
    ]
    return "\r\n".join([*head, "", body, ""]).encode()
