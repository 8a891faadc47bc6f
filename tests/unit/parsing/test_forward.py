"""The original in a forward: recognised or left alone (intake 62)."""

from datetime import UTC, datetime

import pytest

from parsing.forward import find
from parsing.reading import read

ORIGINAL = (
    "From: Carla <carla@customer.example>\nDate: Mon, 5 Oct 2026 10:11:00 +0200\nSubject: Printer\n"
    "To: anna@corp.example\n\nIt is broken."
)


@pytest.mark.parametrize(
    ("subject", "mark"),
    [
        ("Fwd: Printer", "---------- Forwarded message ---------"),
        ("Printer", "---------- Forwarded message ---------"),
        ("Fwd: Printer", "Begin forwarded message:\n"),
        ("WG: Printer", "-----Ursprüngliche Nachricht-----"),
        ("FW: Printer", "-----Original Message-----"),
        ("FW: Printer", "________________________________"),
        ("Tr : Printer", "---------- Message transféré ---------"),
    ],
)
def test_inline(subject, mark):
    found = find(subject, f"Please help her.\n\n{mark}\n{ORIGINAL}")
    assert found.above.startswith("Please help her.")
    assert found.forwarded.from_.address == "carla@customer.example"
    assert found.forwarded.subject == "Printer"
    assert found.forwarded.date == datetime(2026, 10, 5, 8, 11, tzinfo=UTC)
    assert found.forwarded.text == "It is broken."


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Re: Printer", f"thanks\n\n-----Original Message-----\n{ORIGINAL}"),
        ("Printer", f"From me to you\n{ORIGINAL.replace('From', 'Form')}"),
        ("Fwd: Printer", "just words"),
        ("Fwd: Printer", "---------- Forwarded message ---------\nno header here"),
        ("Re: Printer", f"ok\n\n> ---------- Forwarded message ---------\n> {ORIGINAL}"),
    ],
)
def test_no_guess(subject, text):
    assert find(subject, text) is None


def test_two_authors_are_none():
    found = find("Fwd: x", "---------- Forwarded message ---------\nFrom: a@x.test, b@x.test\nSubject: s\n\nt")
    assert found.forwarded.from_ is None


def test_attached():
    raw = (
        b"From: anna@corp.example\r\nSubject: Fwd: Printer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nplease\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: Carla <carla@customer.example>\r\n"
        b"Subject: =?utf-8?q?Dr=C3=BCcker?=\r\n\r\nbroken\r\n--b--\r\n"
    )
    mail = read(raw)
    assert mail.forwarded.from_.address == "carla@customer.example"
    assert mail.forwarded.subject == "Drücker"
    assert mail.forwarded.text == "broken"
    assert mail.reply == "please"


def test_the_forward_is_kept_in_the_quotation():
    mail = read(
        b"From: a@x.test\r\nSubject: Fwd: Printer\r\n\r\nhelp\r\n\r\n---------- Forwarded message ---------\r\n"
        + ORIGINAL.encode()
    )
    assert mail.reply == "help"
    assert "It is broken." in mail.quoted
    assert mail.forwarded.from_.address == "carla@customer.example"


def test_a_forward_below_an_unmarked_quotation_is_not_this_persons():
    quotation = "On Mon, 5 Oct 2026, Desk <d@x.test> wrote:\n\nsee this"
    text = f"thanks\n\n{quotation}\n\n---------- Forwarded message ---------\n{ORIGINAL}"
    mail = read(b"From: a@x.test\r\nSubject: Re: Printer\r\n\r\n" + text.encode())
    assert mail.forwarded is None
    assert mail.reply == "thanks"
