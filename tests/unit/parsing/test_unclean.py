"""Controls, bidirectional marks, raw bytes and surrogates in every place of a mail: no field has them (intake 50)."""

import dataclasses

import pytest

from parsing.message import Kind, Reading
from parsing.reading import read

DIRT = b"\x1b[31m\x07\xe2\x80\xae\xff\x7f\xc2\x9b\x00"
TEXTS = {"text", "reply", "quoted", "signature", "disclaimer", "html", "question", "words", "comment"}
"""The fields that have lines; of a subject a wide space may stay, which Python does not call printable."""


def dirty(text):
    """The mail with dirt in the place of every tilde."""
    return text.encode().replace(b"\n", b"\r\n").replace(b"~", DIRT)


HEAD = """From: N~ <a@b.test>
To: T~ <c~@d.test>, e@f.test
Reply-To: x~ <r@b.test>
Subject: s~ =?utf-8?q?=1B=07=E2=80=AE?=
Message-ID: <i~@b.test>
In-Reply-To: <i~@b.test>
References: <i~@b.test> x~@y
Date: ~
Authentication-Results: mx~; dkim~=pass~ header.d~=x~
"""
MAILS = {
    "text": "Content-Type: text/plain~; charset=u~\n\nhello ~\n-- \nsign ~\n",
    "UTF-8": "Content-Type: text/plain; charset=utf-8\n\nhello ~\n\nOn Mon, 5 Oct 2026, N~ <a@b.test> wrote:\n> q~\n",
    "HTML": (
        "Content-Type: text/html; charset=utf-8\n\n<p title='~'>a &#27;&#x9b;&#7;&#12;&#13;~"
        "<pre>b\fc&#12;d&#27;&#13;e</pre>"
        "<a href='http://x.test/&#27;~'>z</a><img alt='&#27;q~ long' src=http://a.test/b><img src='cid:~'>\n"
    ),
    "rich text": "Content-Type: text/rtf\n\n{\\rtf1 a\\'1b b\\u27? c\\u155? d~}",
    "files": (
        'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: image/x~y; name="a~.png"\n'
        "Content-ID: <c~@x>\nContent-Location: l~\nContent-Disposition: inline~; filename*=utf-8''%1b%07%c2%9b~.exe\n\n"
        "MZ~\n--b\nContent-Type: message/rfc822\n\nSubject: in~\n\nx\n--b\nContent-Type: a~/z\n"
        "Content-Description: d~\n\nq\n--b--\n"
    ),
    "bounce": (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nfailed ~\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x~\n\nFinal-Recipient: rfc822; a~@b.test\n"
        "Original-Recipient: rfc822;o~@b.test\nAction: failed~\nStatus: 5.1.1~\nDiagnostic-Code: smtp; 550 ~ no\n\n"
        'Final-Recipient: rfc822; "a b~"@b.test\nAction: failed\nStatus: 5.1.1\n'
        "Diagnostic-Code: smtp; 550 5.1.1 ~ user unknown\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <m~@x>\n"
        "Subject: q~\n\nx\n--b--\n"
    ),
    "calendar": (
        "Content-Type: text/calendar; method=REPLY~; x~=y~\n\nBEGIN:VCALENDAR\nMETHOD:REPLY~\nBEGIN:VEVENT\nUID:u~\n"
        "SEQUENCE:1\nSUMMARY:s~\nLOCATION:l~\nCOMMENT:c~\nSTATUS:x~\nORGANIZER;CN=o~:mailto:o~@b.test\n"
        "ATTENDEE;PARTSTAT=ACC~;CN=n~;ROLE=r~:mailto:a@b.test\n"
        'ATTENDEE;PARTSTAT=ACCEPTED;SENT-BY="mailto:s~":foo~\nDTSTART:2026~\nRECURRENCE-ID:x~\n'
        "END:VEVENT\nEND:VCALENDAR\n"
    ),
    "forward": (
        "\nlook\n\n---------- Forwarded message ---------\nFrom: N~ <f@b.test>\n"
        "Date: Mon, 1 Dec 2025 10:00:00 +0000\nSubject: zz~\nTo: a@b.test\n\ntext ~\n"
    ),
}


def strings(value, name=""):
    """All strings of a parsed mail with the names of their fields."""
    if isinstance(value, str):
        yield name, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        for each in value:
            yield from strings(each, name)


@pytest.mark.parametrize("name", MAILS)
def test_no_field_is_unclean(name):
    mail = read(dirty(HEAD + MAILS[name]), Reading(html=True))
    found = [
        (field, text)
        for field, text in strings(mail)
        if any(not (char.isprintable() or (field in TEXTS and char in "\n\t\u202e")) for char in text)
    ]
    assert found == []
    assert mail.text or mail.attachments


def test_the_mails_are_what_they_are_named():
    assert read(dirty(HEAD + MAILS["bounce"])).kind is Kind.BOUNCE
    assert read(dirty(HEAD + MAILS["calendar"])).calendar is not None
    assert read(dirty(HEAD + MAILS["forward"])).forwarded is not None
    assert len(read(dirty(HEAD + MAILS["files"])).attachments) == 3
