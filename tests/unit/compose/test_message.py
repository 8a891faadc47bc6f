"""The message around the words: headers, parts and files, read back by the standard library in both of its ways."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from gateway import compose as composing
from gateway.compose import UnsafeMailError, compose
from gateway.letter import Letter, LetterFile
from parsing.message import Mailbox
from store.records import Purpose

Make = Callable[..., Letter]


def parse(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for part in mail.walk():
        assert not part.defects
        assert all(not getattr(value, "defects", ()) for value in part.values())
    return mail


def test_headers_are_those_of_the_allow_list(letter: Make, case: str) -> None:
    raw = compose(letter(case))
    mail = parse(raw)
    automatic = [] if case.startswith("answer") else ["Auto-Submitted", "X-Auto-Response-Suppress"]
    assert mail.keys() == [
        *("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
        *automatic,
        *("MIME-Version", "Content-Language", "Content-Type"),
    ]
    assert mail["From"].addresses[0].display_name == "Example Support"
    assert mail["Reply-To"] == "support+kabcdefghijklmnopqrstuvwxyz@desk.example"
    assert mail["Message-ID"] == "<8f2e1c3a.1042@desk.example>"
    assert mail["References"] == "<p@northwind.example> <q@northwind.example>"
    assert parsedate_to_datetime(mail["Date"]) == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("acknowledgement", "auto-replied"),
        ("transcript", "auto-replied"),
        ("held", "auto-replied"),
        ("notice", "auto-generated"),
        ("alarm", "auto-generated"),
        ("resolved", "auto-generated"),
    ],
)
def test_a_machine_says_so(letter: Make, case: str, kind: str) -> None:
    mail = parse(compose(letter(case)))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == (kind, "All")


def test_a_person_does_not_look_like_a_machine(letter: Make) -> None:
    raw = compose(letter("answer")).lower()
    assert b"auto-submitted" not in raw
    assert b"suppress" not in raw
    assert b"desk-1042" not in raw.split(b"\r\n\r\n", 1)[1].replace(b"<title>[desk-1042]", b"")


def test_the_same_letter_gives_the_same_bytes(letter: Make, case: str) -> None:
    one = letter(case, files=(LetterFile(filename="a.txt", content_type="text/plain", content=b"a"),))
    assert compose(one) == compose(pickle.loads(pickle.dumps(one)))
    assert compose(one) != compose(letter(case, message_id="<other@desk.example>"))


def test_long_references_are_folded_between_ids_and_never_encoded(letter: Make) -> None:
    ids = tuple(f"<{'x' * 70}{number}@{'long.' * 20}example>" for number in range(40))
    raw = compose(letter(references=(*ids[:30], "<no id>", "x\r\nBcc: y@z.example", *ids[30:]), in_reply_to=ids[-1]))
    mail = parse(raw)
    assert mail["References"].split() == [ids[0], *ids[-19:]]
    assert mail["In-Reply-To"] == ids[-1]
    assert b"=?" not in raw.split(b"\r\n\r\n")[0]
    assert "Bcc" not in mail


def test_far_ids_and_odd_dates_do_no_harm(letter: Make) -> None:
    facts = {"understood": [["started_at", "9999-12-31T23:59:59Z"], ["x_y", "2026-99-99T99:99:99Z"], ["n", 3]]}
    mail = parse(compose(letter(facts=facts, references=(f"<{'x' * 2000}@x>",), in_reply_to="garbage")))
    assert "References" not in mail
    assert "In-Reply-To" not in mail
    body = mail.get_body(("plain",))
    assert body is not None
    assert "X y: 2026-99-99T99:99:99Z" in body.get_content()


@pytest.mark.parametrize(
    "subject",
    [
        "[DESK-1042] Suche sehr langsam: größere Störung im Geschäft für alle Kundinnen und Kunden seit heute früh",
        "[DESK-1042] 検索がとても遅いです。今朝からずっと続いています。助けてください。お願いします。",
        "[DESK-1042] =?utf-8?q?x=0D=0ABcc:_evil=40x.example?=",
        "[DESK-1042] " + "x" * 300,
        "[DESK-1042] {{ 7*7 }} {% raw %} </title><script>alert(1)</script>",
    ],
)
def test_subjects_survive(letter: Make, subject: str) -> None:
    raw = compose(letter(subject=subject))
    assert parse(raw)["Subject"] == subject
    assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject
    assert b"\r\nSubject: [DESK-1042]" in raw
    assert all(len(line) <= 78 for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n"))
    assert b"<script>" not in raw.split(b"\r\n\r\n", 1)[1]


def test_line_ends_and_hidden_letters_in_headers_are_data(letter: Make) -> None:
    subject = "[DESK-1042] a\r\nBcc: evil@x.example\x00\u202egpj.exe\u2028X-A: b\x1b[31m\ud800"
    to = Mailbox(name='Nora "N"\r\nBcc: evil@x.example, <x>', address="nora@northwind.example")
    raw = compose(letter(subject=subject, to=to, reply_to="a@b.example\r\nBcc: evil@x.example"))
    mail = parse(raw)
    assert "Bcc" not in mail
    assert "X-A" not in mail
    assert mail["Subject"] == "[DESK-1042] a Bcc: evil@x.examplegpj.exe X-A: b[31m\ufffd"
    assert mail["To"].addresses[0].display_name == 'Nora "N" Bcc: evil@x.example, <x>'
    assert mail["To"].addresses[0].addr_spec == "nora@northwind.example"
    assert len(mail["To"].addresses) == 1
    assert mail["Reply-To"] == "undisclosed-recipients:;"


@pytest.mark.parametrize(
    "name", ["=?utf-8?q?Boss?=", "Wind, Nora", 'a "b" \\', "x" * 200, "Jörg Müller-Lüdenscheidt " * 4]
)
def test_names_are_shown_as_they_are(letter: Make, name: str) -> None:
    raw = compose(letter(to=Mailbox(name=name, address="nora@northwind.example")))
    shown = parse(raw)["To"].addresses[0].display_name
    wanted = (" ".join(name.split()))[:149] + "…" if len(name) > 150 else " ".join(name.split())
    # policy.default leaves a space between two encoded words of a phrase, against RFC 2047 section 6.2
    assert shown.replace(" ", "") == wanted.replace(" ", "")
    assert all(len(line) <= 78 for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n"))
    assert b"q?Boss" not in raw.split(b"\r\n\r\n")[0]


def test_only_an_address_may_bring_letters_outside_ascii_into_the_head(letter: Make) -> None:
    ascii_head = compose(letter(to=Mailbox(name="Jörg", address="joerg@büro.example"))).split(b"\r\n\r\n")[0]
    assert ascii_head.isascii()
    assert b"joerg@xn--bro-hoa.example" in ascii_head
    utf8_head = compose(letter(to=Mailbox(name="Jörg", address="jörg@büro.example"))).split(b"\r\n\r\n")[0]
    assert "<jörg@büro.example>".encode() in utf8_head
    # IDNA 2003 would write another domain: whose owner is a stranger
    assert b"strasse" not in compose(letter(to=Mailbox(address="a@straße.example"))).split(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "block",
    [
        "Bcc: a@b.example\r\n",
        "Subject: a\r\nSubject: b\r\n",
        "Subject: a\nBcc: b\r\n",
        "Subject: a\r\n\r\nbody\r\n",
        "Subject: a\x00b\r\n",
        "Subject: a\rb\r\n",
        "Subject: \r\n",
        f"Subject: {'x' * 1000}\r\n",
        "Subject: a\r\n \r\n",
        "",
    ],
)
def test_the_last_look_stops_what_must_not_leave(block: str) -> None:
    with pytest.raises(UnsafeMailError):
        composing._checked(block)


def test_the_last_look_passes_what_may() -> None:
    assert composing._checked("Subject: a\r\n b\r\nDate: c\r\n") == b"Subject: a\r\n b\r\nDate: c\r\n"


@pytest.mark.parametrize(
    ("name", "kind", "read_name", "read_kind"),
    [
        ("log.txt", "text/plain", "log.txt", "text/plain"),
        ("Störung für alle.png", "image/png", "Störung für alle.png", "image/png"),
        ("x.html", "text/html", "x.html", "application/octet-stream"),
        ("x.eml", "message/rfc822", "x.eml", "application/octet-stream"),
        ('a"b\r\nBcc: x\u202egpj.exe', "a/b\r\nX: y", "a_b Bcc_ xgpj.exe", "application/octet-stream"),
        ("../../etc/passwd", "text/plain", "_.._etc_passwd", "text/plain"),
        ("", "", "file", "application/octet-stream"),
        ("日本語" * 30 + ".pdf", "application/pdf", "日本語" * 30 + ".pdf", "application/pdf"),
        ("long " * 100 + "name.pdf", "APPLICATION/PDF", ("long " * 20) + ".pdf", "application/pdf"),
    ],
)
def test_files_travel_whole_under_safe_names(
    letter: Make, name: str, kind: str, read_name: str, read_kind: str
) -> None:
    content = bytes(range(256)) * 20
    raw = compose(letter("answer", files=(LetterFile(filename=name, content_type=kind, content=content),)))
    mail = parse(raw)
    (part,) = mail.iter_attachments()
    assert part.get_filename() == read_name
    assert part.get_content_type() == read_kind
    assert part.get_payload(decode=True) == content
    (old,) = [p for p in message_from_bytes(raw).walk() if p.get_content_disposition() == "attachment"]
    assert old.get_payload(decode=True) == content
    assert mail.get_content_type() == "multipart/mixed"
    assert all(len(line) <= 78 for line in raw.split(b"Content-Disposition", 1)[1].split(b"\r\n"))


def test_an_empty_file_is_a_file(letter: Make) -> None:
    mail = parse(compose(letter("answer", files=(LetterFile(filename="a", content_type="", content=b""),))))
    assert [part.get_payload(decode=True) for part in mail.iter_attachments()] == [b""]


@pytest.mark.parametrize("language", ["", "xx", "../en", "EN-gb", "\x00"])
def test_an_unknown_language_is_english_as_a_whole(letter: Make, language: str) -> None:
    mail = parse(compose(letter(language=language)))
    assert mail["Content-Language"] == "en"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().startswith("We have your message; it is DESK-1042.")


def test_templates_are_never_made_of_mail(letter: Make) -> None:
    words = "{{ 7*7 }} {% for x in range(9) %}x{% endfor %} {# gone #} <b>bold</b> & 'quotes' \"both\""
    mail = parse(compose(letter("answer", facts={"words": words})))
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == words
    assert "{{ 7*7 }}" in html.get_content()
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; &#39;quotes&#39; &#34;both&#34;" in html.get_content()


def test_long_lines_and_boundaries_in_words_stay_words(letter: Make) -> None:
    boundary = parse(compose(letter("answer"))).get_boundary()
    for words in ("x" * 5_000, "x" * 999, f"a\n--{boundary}\nContent-Type: text/html\n\nb\n--{boundary}--\nc"):
        raw = compose(letter("answer", facts={"words": words}))
        body = parse(raw).get_body(("plain",))
        assert body is not None
        assert body.get_content().replace("\r\n", "\n") == words + "\n"
        assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_others_words_stay_under_the_size_limit(letter: Make) -> None:
    entry = {"at": "2026-11-20T13:00:00Z", "actor": "N", "text": '"' * 100_000}
    mail = parse(compose(letter("notice", facts={"words": '"' * 100_000, "entries": [entry] * 9})))
    html = mail.get_body(("html",))
    assert html is not None
    assert len(html.get_content().encode()) < 60_000


def test_every_fact_may_be_missing(letter: Make) -> None:
    for purpose in Purpose:
        for facts in ({}, {"due": None, "words": None, "understood": None, "history": None, "earlier": None}):
            assert parse(compose(letter(purpose, facts=facts, reference="", subject="")))["Subject"] is None


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-11-23T09:59:01Z", "(0 min left)"),
        ("2026-11-23T09:01:00Z", "(59 min left)"),
        ("2026-11-23T09:00:00Z", "(1 h left)"),
        ("2026-11-20T10:00:00Z", "(3 d left)"),
        ("2026-11-23T12:30:00Z", "(2 h over)"),
        ("", "(2 d left)"),
        ("no time", "(2 d left)"),
    ],
)
def test_the_time_left_is_counted_from_now(letter: Make, now: str, left: str) -> None:
    facts = {"due": "2026-11-23T10:00:00Z", "now": now}
    date = datetime(2026, 11, 21, 9, tzinfo=UTC)
    body = parse(compose(letter("notice", facts=facts, date=date))).get_body(("plain",))
    assert body is not None
    assert left in body.get_content()


@pytest.mark.parametrize(
    ("zone", "time", "said"),
    [
        ("Europe/Berlin", "2026-12-01T11:00:00+02:00", "Tuesday 1 December, 10:00 (Berlin)"),
        ("Europe/Berlin", "2027-12-01T09:00:00Z", "Wednesday 1 December 2027, 10:00 (Berlin)"),
        ("America/Los_Angeles", "2026-11-24T02:05:00Z", "Monday 23 November, 18:05 (Los Angeles)"),
        ("UTC", "2026-11-24T02:05:00Z", "Tuesday 24 November, 2:05 (UTC)"),
    ],
)
def test_times_are_said_in_the_zone_of_the_letter(letter: Make, zone: str, time: str, said: str) -> None:
    body = parse(compose(letter(zone=zone, facts={"answer_by": time}))).get_body(("plain",))
    assert body is not None
    assert f"A person answers by {said}." in body.get_content()
