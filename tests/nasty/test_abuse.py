"""What strangers try to send through us: injected headers, commands, templates, calendars, our own control headers.

Each test is named after its number in intake part 4, reliability part 2, or the advisory, and looks at the raw bytes
that leave a whole desk.
"""

from __future__ import annotations

import base64
import re

import pytest

from tests.desk import Sent, StillDesk

BORDER = "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n"
NORA = "nora@northwind.example"
OURS = {
    "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Language", "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip
ENDS = ["\r\n", "\n", "\r", "\r\n\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x00\n", "\r\n "]


def word(text: str) -> str:
    """An encoded word (RFC 2047) of this text."""
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def written(
    still: StillDesk, *, name: str = "Nora", subject: str = "Printer", body: str = "It burns.", more: str = ""
) -> list[Sent]:
    """A proven mail of Nora's; what left because of it."""
    before = len(still.sent)
    entry = still.mail(
        f"{BORDER}From: {name} <{NORA}>\nTo: support@desk.example\nSubject: {subject}\n{more}\n{body}\n", NORA
    )
    assert entry["verdict"] == "ticket-created"
    left = still.sent[before:]
    assert {mail.purpose for mail in left} == {"acknowledgement", "notice"}
    return left


def sound(mails: list[Sent]) -> None:
    """Only our headers, each once; strict line ends; nobody who was not meant."""
    assert mails
    for mail in mails:
        assert mail.to in {NORA, "anastasia@desk.example", "dominique@desk.example"}
        assert re.fullmatch(r"|[a-z]+\+v[0-9]+-[a-z2-7]+@desk\.example", mail.sender)
        head, _, body = mail.raw.partition(b"\r\n\r\n")
        names = [line.partition(b":")[0].decode("ascii") for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        assert set(names) <= OURS
        assert len(names) == len(set(names))
        bare = mail.raw.replace(b"\r\n", b"")
        assert b"\r" not in bare
        assert b"\n" not in bare
        assert b"\x00" not in mail.raw
        assert head.isascii()
        assert body
        assert [box.addr_spec for box in mail.mail["To"].addresses] == [mail.to]
        assert mail.mail["Cc"] is None
        assert mail.mail["Bcc"] is None


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_intake_50_threat_23_an_encoded_line_end_is_no_header(still: StillDesk, end: str) -> None:
    hostile = f"Hi{end}Bcc: evil@x.example{end}Content-Type: text/html{end}{end}<b>x"
    left = written(still, name=word(hostile), subject=word(hostile))
    sound(left)
    assert all("evil@x.example" not in (mail.to, mail.sender) for mail in left)


def test_cve_2012_4730_cve_2026_1299_a_raw_line_end_in_a_subject_ends_in_the_header_it_is_in(still: StillDesk) -> None:
    sound(written(still, subject="Hi\r Bcc: evil@x.example\n\tX-Evil: 1"))


@pytest.mark.parametrize(
    "address",
    [
        "evil@x.example>\r\nRCPT TO:<victim@x.example",
        "evil@x.example> SIZE=1\r\nDATA",
        "<evil@x.example",
        "evil\x00@x.example",
        "a b@x.example",
    ],
)
def test_threat_24_ghsa_8xv5_4855_24qf_no_address_is_a_command(still: StillDesk, address: str) -> None:
    before = len(still.sent)
    raw = f"{BORDER}From: {NORA}\r\nReply-To: <{address}>\r\nCc: <{address}>\r\nSubject: x\r\n\r\nhello\r\n".encode()
    still.mail(raw, address, "support@desk.example")
    sound(still.sent[before:])
    still.mail(f"From: <{word(address)}>\nSubject: y\n\nhello\n", address)
    for mail in still.sent:
        assert re.fullmatch(r"[\w.+-]+@[\w.-]+", mail.to), mail.to
    sound([mail for mail in still.sent if mail.purpose == "notice"])


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{{ 7*7 }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}x{% endfor %}",
        "{# x #}",
        "${7*7}",
        "%(subject)s",
        "{subject}",
        "{{ desk.secret }}",
        "$HOME",
        "#{7*7}",
        "{{'a'*100000000}}",
    ],
)
def test_threat_27_a_template_in_a_mail_is_only_its_words(still: StillDesk, text: str) -> None:
    left = written(still, name=f'"{text.replace(chr(34), "")}"', subject=text, body=f"body {text} end")
    sound(left)
    notices = [mail for mail in left if mail.purpose == "notice"]
    assert all(f"body {text} end" in mail.text() for mail in notices)
    assert all(text in mail.mail["Subject"] for mail in notices)
    assert all(len(mail.raw) < 40_000 for mail in left)


def test_cve_2026_32754_cve_2026_107393_markup_of_strangers_is_text_in_our_pages(still: StillDesk) -> None:
    left = written(
        still, name='"<script>x</script>"', subject="<img src=x onerror=y>", body="<iframe src=//x></iframe>"
    )
    sound(left)
    for mail in left:
        page = mail.text("html").lower()
        assert not re.search(r"<(?:script|img|iframe|svg|object|form)\b", page)


CALENDAR = """BEGIN:VCALENDAR
METHOD:{method}
BEGIN:VEVENT
UID:x@northwind.example
DTSTAMP:20261123T080000Z
DTSTART:20261124T080000Z
SUMMARY:Call\\nATTENDEE:mailto:evil@x.example\\, more\rBcc: evil@x.example
COMMENT:line one\\nBcc: evil@x.example\\n\\n#close\\nBEGIN:VEVENT
ATTENDEE;CN="a^nBcc: evil@x.example";PARTSTAT=DECLINED:mailto:nora@northwind.example
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("method", ["REPLY", "REQUEST", "CANCEL", "COUNTER"])
def test_threat_32_threat_33_a_calendar_brings_neither_headers_nor_deeds(still: StillDesk, method: str) -> None:
    written(still)
    before = still.ticket(1001)
    number = len(still.sent)
    entry = still.mail(
        f"From: {NORA}\nTo: support@desk.example\nSubject: Re: [DESK-1001] Call\nMIME-Version: 1.0\n"
        f"Content-Type: text/calendar; method={method}; charset=utf-8\n\n{CALENDAR.format(method=method)}",
        NORA,
    )
    assert entry["verdict"] != "unreadable"
    left = still.sent[number:]
    if left:
        sound(left)
    assert all(b"BEGIN:VEVENT" not in mail.raw.partition(b"\r\n\r\n")[0] for mail in left)
    assert still.ticket(1001)["status"] == before["status"]


HEADERS = """X-Replydesk-Trust: A
X-Replydesk-Verdict: command
X-Desk-Agent: anastasia@desk.example
RT-Action: resolve
RT-Ticket: 1001
X-RT-Command: Status: resolved
X-Zammad-Ticket-State: closed
X-Zammad-Customer-Email: x@y.example
X-OTRS-State: closed
X-Original-From: anastasia@desk.example
X-Forwarded-For: 127.0.0.1
X-Spam-Flag: NO
X-Spam-Status: No, score=-99
X-Trust: A
X-Authenticated-User: anastasia
X-Originating-Email: anastasia@desk.example
Sender: anastasia@desk.example
Resent-From: anastasia@desk.example
X-Envelope-From: anastasia@desk.example
Delivered-To: desk@desk.example
X-Original-To: desk@desk.example
"""


def test_intake_17_cve_2023_41259_control_headers_from_outside_have_no_effect(still: StillDesk) -> None:
    plain = written(still)
    marked = written(still, more=HEADERS, body="It burns again.")
    first, second = still.entries()
    for key in ("verdict", "trust"):
        assert still.entry(first["id"])[key] == still.entry(second["id"])[key]
    sound(marked)
    assert [(mail.purpose, mail.to) for mail in plain] == [(mail.purpose, mail.to) for mail in marked]
    ticket = still.ticket(1002)
    assert ticket["status"] == still.ticket(1001)["status"]
    assert ticket["requester"]["address"] == NORA
    for mail in marked:
        for line in HEADERS.strip().split("\n"):
            assert line.encode() not in mail.raw


@pytest.mark.parametrize(
    ("sender", "shown"),
    [
        ("Anastasia Winter <anastasia@d\u0435sk.example>", "anastasia@xn--dsk-rdd.example"),
        ('"anastasia@desk.example" <evil@x.example>', "evil@x.example"),
        ("\u202eelpmaxe.ksed@aisatsana\u202c <evil@x.example>", "evil@x.example"),
        ("Anastasia\u200b Winter <evil@x.example>", "evil@x.example"),
    ],
)
def test_threat_30_a_name_that_lies_is_shown_with_what_it_is(still: StillDesk, sender: str, shown: str) -> None:
    entry = still.mail(
        f"From: {sender}\nTo: support@desk.example\nSubject: x\n\nPlease send me all you have.\n", "evil@x.example"
    )
    assert entry["verdict"] == "ticket-created"
    assert entry["trust"] == "D"
    notice = still.latest("dominique@desk.example", "notice")
    assert f"<{shown}>" in notice.text() or "evil@x.example" in notice.text()
    assert "Careful: " in notice.text()
    raw = notice.raw.decode("ascii")
    assert "\u202e" not in notice.text() + notice.text("html")
    assert "d\u0435sk" not in notice.text() + notice.text("html") + raw
    ticket = still.ticket(1001)
    assert ticket["requester"]["address"] in {shown, "evil@x.example"}
    assert "\u200b" not in str(ticket)


def test_threat_28_quotes_in_every_field_are_words(still: StillDesk) -> None:
    hostile = "'; DROP TABLE tickets; --"
    left = written(still, name=f'"{hostile}"', subject=f"{hostile} %_\\", body=hostile)
    sound(left)
    assert still.ticket(1001)["subject"] == f"{hostile} %_\\"
    assert len(still.tickets()) == 1


def test_threat_37_no_sign_of_the_senders_machine_leaves(still: StillDesk) -> None:
    secrets = (
        "Received: from laptop-canary (10.9.8.7)\nUser-Agent: CanaryMail\nX-Mailer: CanaryMail\n"
        "X-Originating-IP: 10.9.8.7\n"
    )
    for mail in written(still, more=secrets + "Disposition-Notification-To: canary@x.example\n"):
        assert b"anary" not in mail.raw
        assert b"10.9.8.7" not in mail.raw
