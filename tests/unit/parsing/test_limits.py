"""Structures that are built to hurt (intake 46, 47; reliability 11)."""

import time

import pytest

from parsing import limits
from parsing.message import Kind
from parsing.reading import read

HEAD = b"From: a@x.test\r\nSubject: s\r\n"


def nested(depth: int) -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


BOMBS = {
    "parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 100_000,
    "nested multiparts": nested(3_000),
    "nested mails": HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000 + b"text",
    "same boundary": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 20_000,
    "headers": b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\nbody",
    "one header": b"Subject: " + b"a" * 1_000_000 + b"\r\n\r\nbody",
    "folded header": b"Subject: a\r\n" + b" a\r\n" * 200_000 + b"\r\nbody",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\r\n\r\nbody",
    "parameters": HEAD + b"Content-Type: text/plain" + b"; a=b" * 12_000 + b"\r\n\r\nbody",
    "quoted parameters": HEAD + b'Content-Type: multipart/mixed; boundary="' + b';"' * 30_000 + b"\r\n\r\nbody",
    "continuations": HEAD
    + b"Content-Type: text/plain"
    + b"".join(b"; a*%d*=%%41" % n for n in range(5_000))
    + b"\r\n\r\nbody",
    "empty lines": HEAD + b"\r\n" + b"\r\n" * 2_000_000,
    "one line": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 2_000_000,
    "delivery reports": HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 50_000,
    "addresses": HEAD + b"To: " + b"a@x.test, " * 6_000 + b"\r\n\r\nbody",
    "comments": b"From: " + b"(" * 60_000 + b"\r\n\r\nbody",
    "boundary lines": HEAD + b"\r\n" + b"--\r\n" * 300_000,
    "NULs": b"\0" * 1_000_000,
    "colons": HEAD + b"\r\n" + b"From: x\r\n" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_in_bounded_time(name):
    start = time.process_time()
    mail = read(BOMBS[name])
    assert time.process_time() - start < 2.0
    assert len(mail.attachments) <= limits.PARTS
    assert len(mail.text) <= limits.BODY_TEXT


def test_what_was_cut_is_said():
    assert any("parts" in defect for defect in read(BOMBS["parts"]).defects)
    assert any("header block" in defect for defect in read(BOMBS["headers"]).defects)
    assert any("lines" in defect for defect in read(BOMBS["empty lines"]).defects)


def test_the_text_of_a_deep_mail_is_not_lost():
    assert "deep" in read(nested(60)).text


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\r\n", b"x", b"\r\n\r\n", b":", b"From", b"From: ", b"\xff" * 100, b"From : a@x.test\r\n\r\nb",
        b"Content-Type: multipart/mixed\r\n\r\ntext", b"Content-Type: /;;;===\r\n\r\ntext",
        b"Content-Type: text/plain; name*\r\n\r\nt",
        b"To: (c):\r\n\r\n", b"Cc: (x): a@b;\r\n\r\n", b"Message-ID: <[b@x.com]>\r\n\r\n", b"Message-ID: <>\r\n\r\n",
        b"From: a@[1.2.3.4\r\n\r\n",
        b"Content-Type: text/plain; charset=\"a\0b\"\r\n\r\n\xff",
    ],
)  # fmt: skip
def test_what_python_stumbles_over_is_read(raw):
    mail = read(raw)
    assert "cannot be read" not in " ".join(mail.defects).replace("date cannot be read", "")


def test_space_before_a_colon_is_no_identity():
    mail = read(b"From : agent@corp.test\r\nSubject: s\r\n\r\nbody")
    assert mail.from_defect
    assert mail.subject == "s"
    assert mail.text == "body"
    both = read(b"From : agent@corp.test\r\nFrom: evil@x.test\r\n\r\nbody")
    assert both.from_ is None
    assert both.from_defect


def test_a_multipart_without_boundary_is_text():
    assert read(HEAD + b"Content-Type: multipart/mixed\r\n\r\nhello there").text == "hello there"


@pytest.mark.parametrize("end", [b"", b"--b\r\n", b"--b--\r\n", b"--b-\r\n"])
def test_a_multipart_that_does_not_close(end):
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\nContent-Type: text/plain\r\n"
        b"\r\nhello\r\n" + end
    )
    assert "hello" in read(raw).text


def test_bare_carriage_returns():
    mail = read(HEAD.replace(b"\r\n", b"\r") + b"\rline one\rline two\r")
    assert mail.subject == "s"
    assert mail.text == "line one\nline two"


@pytest.mark.timeout(20)
def test_many_crlf_lines_below_the_cap_are_counted_once_and_in_linear_time() -> None:
    """A 34 MB attachment hung the reader: CR and LF were counted apart, and the search for the cut backtracked."""
    line = b"QUJD" * 19 + b"\r\n"
    raw = b"From: a@b.example\r\n\r\n" + line * (limits.LINES - 300_001)
    cut, defects = limits.capped(raw)
    assert cut == raw
    assert not defects


@pytest.mark.timeout(20)
@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"a\r", b"a\r\n\n\r"])
def test_more_lines_than_the_cap_are_cut_in_linear_time(ending: bytes) -> None:
    raw = b"From: a@b.example\n\n" + ending * (limits.LINES + 500)
    cut, defects = limits.capped(raw)
    assert len(cut) < len(raw)
    assert any("lines" in defect for defect in defects)


@pytest.mark.parametrize(
    ("raw", "end", "body"),
    [
        (b"A: b\n\nc\n\nd", 4, 6), (b"A: b\r\n\r\nc\n\nd", 4, 8), (b"A: b\r\nC: d\n\nc\r\n\r\n", 10, 12),
        (b"A: b\nC: d\n\r\nc\n\n", 9, 12), (b"A: b\nC: d\r\n\nc", 9, 12), (b"A: b", -1, -1), (b"", -1, -1),
        (b"\n\nx", 0, 2), (b"A: b\r\n\r\n", 4, 8),
    ],
)  # fmt: skip
def test_where_a_header_ends(raw, end, body):
    assert limits.header_end(raw) == (end, body)


@pytest.mark.parametrize(
    ("raw", "subject", "text"),
    [
        (b"Subject: one\rTo: b@x.test\r\nFrom: a@x.test\r\n\r\nwords\r\n", "one To: b@x.test", "words"),
        (b"From: a@x.test\nSubject: one\r\n \r two\n\nwords\n", "one   two", "words"),
        (b"From: a@x.test\r\r\nSubject: one\r\r\n\r\r\nwords\r\r\nmore\r\r\n", "one", "words\nmore"),
        (b"From: a@x.test\rSubject: one\r\rwords\r", "one", "words"),
    ],
    ids=["in a field", "in a fold", "CR CR LF", "nothing but CR"],
)
def test_a_bare_cr_begins_no_field_where_other_readers_see_none(raw, subject, text):
    """RFC 5322 section 2.2; what Python's parser makes of it is a field that no milter has seen."""
    mail = read(raw)
    assert (mail.subject, mail.text.strip()) == (subject, text)
    assert mail.from_ is not None
    assert mail.from_.address == "a@x.test"
    if b"\n" in raw:
        assert mail.from_defect == limits.BARE_CR
        assert limits.BARE_CR in mail.defects


def test_a_million_bare_crs_are_read_in_bounded_time():
    many = b"\r" * 1_000_000
    for head in (b"Subject: a" + many, b"Subject: a\r" * 90_000, many + b"\n" + b"a\r\r\n" * 9):
        start = time.process_time()
        read(HEAD + head + b"\r\n\r\nbody\r\n")
        read(head + b"\r\n\r\nbody\r\n")
        assert time.process_time() - start < 2.0


AUTHOR = b"From: a@x.test\r\n"
MARK = b"Auto-Submitted: auto-replied\r\n"


@pytest.mark.parametrize(
    "head",
    [
        MARK.replace(b":", b" :", 1) + AUTHOR,
        AUTHOR + MARK.replace(b":", b"\t" * 40 + b":", 1),
        b"junk\r\n" + MARK + AUTHOR,
        AUTHOR + b"junk\r\n" + MARK,
        AUTHOR + b">From x\r\n" + MARK,
        AUTHOR + b"From x\r\n" + MARK,
        AUTHOR + b": junk\r\n" + MARK,
        AUTHOR + b"\0" + MARK,
        AUTHOR + MARK.replace(b":", b"\0\xa0:", 1),
        AUTHOR + b"\xef\xbb\xbf" + MARK,
        b">From x\r\n" + AUTHOR + MARK,
        AUTHOR + b"X-A: b\r\n" * limits.HEADER_COUNT + MARK,
        AUTHOR + (b"X-A: " + b"b" * 60_000 + b"\r\n") * 5 + MARK,
    ],
)
def test_no_junk_takes_the_mark_of_a_machine_away(head):
    """RFC 3834: whoever does not see it answers, and two that answer one another never end."""
    mail = read(head + b"Subject: s\r\nTo: b@x.test\r\n\r\nbody\r\n")
    assert mail.kind is Kind.AUTO_REPLY
    assert mail.from_ is not None
    assert mail.from_.address == "a@x.test"
    assert mail.text.endswith("body")


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (AUTHOR + b"X-A: b\r\n" * 1_000 + b"\r\nbody", limits.MANY_LINES),
        (AUTHOR + (b"X-A: " + b"b" * 60_000 + b"\r\n") * 5 + b"\r\nbody", limits.LONG_BLOCK),
        (b"\r\n" + AUTHOR + b"\r\nbody", limits.BLANK_FIRST),
        (AUTHOR.replace(b"\r\n", b"\r") + b"\rbody", limits.ONLY_CR),
        (AUTHOR + b"X-A: b\nX-B: c\r\n\r\nbody", limits.BARE_LF),
        (AUTHOR + b"X-A: b\n\nbody", limits.BARE_LF),
        (b"X-A: b\n" + AUTHOR + b"\r\nbody", ""),
        (AUTHOR + b"X-A: b\n c\r\n\r\nbody\nmore", ""),
        (AUTHOR + b"From x\r\nX-A: b\r\n\r\nbody", limits.ENVELOPE_LINE),
        (b"From x\r\n" + AUTHOR + b"\r\nbody", ""),
        (AUTHOR + b"junk\r\nMessage-ID: <a@x.test>\r\n\r\nbody", limits.FIELDS_BELOW),
        (AUTHOR + b"words without an empty line\r\nHello:\r\n\r\nbody", ""),
        (AUTHOR + b"X-A : b\r\n\r\nbody", ""),
        (AUTHOR + b"Authentication-Results : x; none\r\n\r\nbody", "space before the colon of Authentication-Results"),
        (AUTHOR + b"X" * 200 + b": b\r\n\r\nbody", ""),
    ],
)
def test_who_wrote_a_header_that_others_may_read_otherwise_is_nobody(raw, defect):
    mail = read(raw)
    assert mail.from_ is not None
    assert (mail.from_.address, mail.from_defect) == ("a@x.test", defect)
    assert mail.text.endswith(("body", "more"))


def test_a_line_that_is_no_field_changes_none_and_ends_no_header_that_goes_on():
    mail = read(AUTHOR + b"junk\r\nMessage-ID: <a@x.test>\r\nSubject: s\r\n\r\nbody\r\n")
    assert (mail.message_id, mail.subject, mail.text.strip()) == ("<a@x.test>", "s", "body")


@pytest.mark.parametrize(
    "head",
    [
        (b"A" * 70 + b" " * 30) * 2_500 + b":",
        (b"A" * 120 + b"\t" * 120 + b"\r\n") * 900,
        b"\xff" * 250_000 + b"\r\nFrom: b@x.test",
        (b"\0Auto-Submitted" + b"\0" * 8 + b"\r\n") * 900,
        b"Precedence\r\n" * 900 + b"From: b@x.test",
        b">" * 250_000,
        b"A: b\n" * 990,
        b"Precedence: bulk\r\n" * 60_000,
        b"Precedence" * 60_000,
    ],
)
def test_a_header_of_nothing_but_junk_is_read_in_bounded_time(head):
    raw = AUTHOR + head + b"\r\n\r\nbody\r\n"
    start = time.process_time()
    limits.capped(raw)
    assert time.process_time() - start < 0.5
