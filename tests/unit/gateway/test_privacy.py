"""No byte of an agent reaches a customer: whatever an agent's client puts into a mail, the letter is built anew."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.desk import StillDesk

AR = "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n"
QUESTION = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow
Message-ID: <a1@northwind.example>

The search takes twenty seconds.
"""
MARK = "zq7leak"
"""A word that stands nowhere in the desk's own words."""

HEADERS = [
    "Reply-To", "Sender", "Cc", "Bcc", "Return-Path", "Received", "X-Mailer", "User-Agent", "X-Originating-IP",
    "Organization", "Thread-Index", "Thread-Topic", "Disposition-Notification-To", "Return-Receipt-To", "List-Id",
    "DKIM-Signature", "ARC-Seal", "Face", "X-Face", "Autocrypt", "OpenPGP", "Comments", "Keywords", "In-Reply-To",
    "References", "Resent-From", "Content-Language", "Content-Description", "X-Anything", "MIME-Version", "Importance",
    "Delivered-To", "Mail-Followup-To", "Content-ID", "Errors-To", "X-Priority",
]  # fmt: skip


def asked(still: StillDesk) -> str:
    """A ticket is there; the reply address of the agent."""
    still.mail(QUESTION, "nora@northwind.example")
    return str(still.latest("anastasia@desk.example").mail["Reply-To"])


def answered(still: StillDesk, reply_to: str, headers: str, body: str, serial: str = "1") -> str:
    """Everything that the customer gets of an answer, decoded and raw."""
    before = len(still.sent)
    entry = still.mail(
        f"{AR}From: Anastasia {MARK} Winter <anastasia@desk.example>\nTo: {MARK} <{reply_to}>\n"
        f"Subject: Re: [DESK-1001] Search is very slow {MARK}\nMessage-ID: <{MARK}{serial}@laptop.example>\n"
        f"Date: Mon, 23 Nov 2026 04:05:06 -0500\n{headers}\n{body}",
        "anastasia@desk.example",
        reply_to,
    )
    assert entry["verdict"] == "appended", entry["reason"]
    outside = [sent for sent in still.sent[before:] if sent.to == "nora@northwind.example"]
    assert [sent.purpose for sent in outside] == ["answer"]
    sent = outside[0]
    assert not [
        sent.to for sent in still.sent[before:] if not sent.to.endswith("@desk.example") and sent not in outside
    ]
    return "\n".join([sent.sender, sent.raw.decode(), sent.text(), sent.text("html"), *map(str, sent.mail.values())])


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_of_an_agent_survives(still: StillDesk, name: str) -> None:
    everything = answered(still, asked(still), f"{name}: <{MARK}@private.example>\n", "It is faster now.\n")
    assert MARK not in everything
    assert "private.example" not in everything
    assert "anastasia" not in everything.lower()
    assert "-0500" not in everything


def test_no_clock_of_an_agent_survives(still: StillDesk) -> None:
    everything = answered(still, asked(still), "", "It is faster now.\n")
    assert "04:05" not in everything


@pytest.mark.parametrize(
    "below",
    [
        f"-- \nAnastasia Winter\n{MARK}\n",
        "Sent from my iPhone\n",
        f"On Mon, 23 Nov 2026 at 09:00, {MARK} <support@desk.example> wrote:\n> {MARK}\n",
        f"-----Original Message-----\nFrom: {MARK}\nSent: Monday\nTo: Anastasia Winter\nSubject: x\n\n{MARK}\n",
        f"{32 * '_'}\nFrom: Desk <support@desk.example>\nSent: Monday\nTo: {MARK}\nSubject: x\n\n{MARK}\n",
        f"Am 23.11.26 um 09:00 schrieb Desk Example Support:\n> {MARK}\n",
        f"Le lun. 23 nov. 2026 à 09:00, Desk <support@desk.example> a écrit :\n> {MARK}\n",
    ],
)  # fmt: skip
def test_nothing_below_the_words_survives(still: StillDesk, below: str) -> None:
    everything = answered(still, asked(still), "", f"It is faster now.\n\n{below}")
    assert "It is faster now." in everything
    assert MARK not in everything
    assert "iPhone" not in everything


def test_html_is_built_anew(still: StillDesk) -> None:
    headers = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
    body = (
        f'<html><head><title>{MARK}</title><style>.{MARK} {{}}</style></head><body class="{MARK}">'
        f'<img src="https://track.example/{MARK}.png"><p style="font-family:{MARK}">It is faster now.</p>'
        f"<!-- {MARK} --><script>{MARK}()</script></body></html>\n"
    )
    assert MARK not in answered(still, asked(still), headers, body)


value = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=st.lists(st.tuples(st.sampled_from(HEADERS), value), max_size=6))
def test_whatever_the_headers_say(still: StillDesk, headers: list[tuple[str, str]]) -> None:
    reply_to = str((still.sent and still.latest("anastasia@desk.example").mail["Reply-To"]) or asked(still))
    written = "".join(f"{name}: {MARK}{text}\n" for name, text in headers)
    serial = f"{len(still.sent)}x"
    assert MARK not in answered(still, reply_to, written, f"It is faster now, {serial}.\n", serial)
