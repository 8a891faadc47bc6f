"""Hostile words: codecs, subjects, HTML, quotations (intake 49-51, 53, 58-60; reliability 23, 30, 38)."""

import base64

import pytest

from parsing.reading import read
from tests.unit.parsing.hostile import HEAD, HTML, TEXT, is_sensible, unclean

# Intake 49, reliability 38: no codec of the sender's choice.


@pytest.mark.parametrize(
    "name",
    [
        b"idna", b"zlib", b"rot13", b"hex", b"undefined", b"unicode_escape", b"punycode", b"bz2", b"raw_unicode_escape",
        b"utf-7", b"mbcs", b"../x", b"a" * 5_000, b'"a\0b"', b"x-unknown", b"utf-8; charset=utf-16", b"\xff\xfe",
        b"base64", b"uu_codec", b"oem",
    ],
)  # fmt: skip
def test_codecs(name):
    mail = read(HEAD + b"Content-Type: text/plain; charset=" + name + b"\r\n\r\nhello +ADw-b+AD4- \\x3cb\\x3e there")
    assert mail.text.startswith("hello")
    assert "<b>" not in mail.text
    subject = read(b"From: a@x.test\r\nSubject: =?" + name[:60] + b"?q?hello+ADw-?= x\r\n\r\nbody").subject
    assert "<" not in subject
    assert is_sensible(mail)


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("gb2312", "gb18030", "您好，打印机坏了，谢谢。㐀"),
        ("ks_c_5601-1987", "cp949", "안녕하세요 똠방각하"),
        ("iso-2022-jp", "iso2022_jp", "プリンターが動きません"),
        ("shift_jis", "cp932", "①番のプリンターが動きません"),
        ("iso-8859-1", "cp1252", "It’s “broken” – 5 €"),
        ("iso-8859-8-i", "iso8859-8", "שלום"),
    ],
)
def test_codecs_that_mean_a_larger_one(declared, codec, text):
    raw = HEAD + f"Content-Type: text/plain; charset={declared}\r\n\r\n".encode() + text.encode(codec)
    assert read(raw).text == text


# Intake 50, 51; reliability 23, 30: what is decoded is clean.


@pytest.mark.parametrize(
    "subject",
    [
        b"=?utf-8?b?" + base64.b64encode(b"Hi\r\nBcc: evil@x.test") + b"?=",
        b"=?utf-8?q?Hi=0D=0ABcc:_evil@x.test?=",
        b"=?utf-8?q?Hi=E2=80=A8Bcc=3A?=",
        b"=?utf-8?q?=E2=80=AEgpj.exe?=",
        b"=?utf-8?q?a=00b?=",
        b"=?utf-16?b?" + base64.b64encode("Hi\r\nBcc: x".encode("utf-16")) + b"?=",
        b"a\0b\x1b[31m\x7f",
        b"\xff\xfe\xfd",
        b"=?utf-8?q?=F0=9F=98?= =?utf-8?q?=80?=",
        b"=?utf-8?q?=ED=A0=80?=",
        b"",
        b"Re:",
        b"=??q??=",
        b"=?utf-8?x?a?=",
    ],
)
def test_subjects_are_clean(subject):
    mail = read(b"From: =?utf-8?q?a=0Db?= <a@x.test>\r\nSubject: " + subject + b"\r\n\r\nbody")
    assert unclean(mail) == []
    assert mail.text == "body"
    mail.subject.encode("utf-8")


def test_an_emoji_in_two_words_is_one():
    assert read(b"Subject: =?utf-8?q?=F0=9F=98?= =?utf-8?q?=80?=\r\n\r\nx").subject == "\U0001f600"


# Intake 53: nothing of HTML runs, nothing is fetched.


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<base href='http://x.test/'>",
        "<meta http-equiv=refresh content='0;url=http://x.test'>", "<div style='position:fixed'>", "<iframe src=x>",
        "<img src='http://x.test/pixel.gif'>", "<a href='data:text/html,x'>", "<form action='http://x.test'><input>",
        "<a href='javascript:alert(1)'>", "<object data=x>", "<scr<script>ipt>",
        "<style>@import 'http://x.test'</style>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<!--><script>alert(1)</script>-->",
    ],
)  # fmt: skip
def test_html_is_read_and_never_run(markup):
    from parsing.message import Reading

    mail = read(HTML + f"<p>the words</p>{markup}<p>more words</p>".encode(), Reading(html=True))
    assert "the words" in mail.text
    assert "alert(1)" not in mail.text or "<script" not in mail.text
    lower = mail.html.lower()
    for bad in ("<script", "onerror", "onload", "<base", "<meta", "position:fixed", "<iframe", "x.test/pixel",
                "javascript:",
                "<form", "<object", "@import", "data:text"):  # fmt: skip
        assert bad not in lower


# Intake 58 to 60: what is quoted, hidden or faked is set apart and never lost.


def test_commands_in_a_quotation_are_not_new_words():
    mail = read(
        TEXT + b"Thanks.\r\n\r\nOn Mon, 5 Oct 2026 at 10:00, Desk <support@desk.test> wrote:\r\n> #close\r\n> @fwd\r\n"
    )
    assert "#close" not in mail.reply
    assert "#close" in mail.text


def test_a_faked_separator_hides_nothing():
    mail = read(TEXT + b"Hello\r\n\r\n-- write above this line --\r\n\r\nhidden words\r\n")
    assert "hidden words" in mail.text
    assert "hidden words" in mail.reply + mail.quoted + mail.signature + mail.disclaimer
