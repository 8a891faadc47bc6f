"""Whatever people are called and whatever they write: it arrives as data, and the head of the mail stays ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.compose import compose
from gateway.letter import Letter, LetterFile, clean_block, clean_line, shorten
from parsing.message import Mailbox
from store.records import Purpose

HOSTILE = st.sampled_from(
    [
        *(
            "\r\nBcc: evil@x.example",
            "\n\n<script>",
            "=?utf-8?q?=0D=0ABcc:_x?=",
            "{{ 7*7 }}",
            "\x00",
            "\u202e",
            "\u2028",
        ),
        *(
            "--=_",
            "--=_0a",
            "\r\n.\r\n",
            "=?",
            "?=",
            '"',
            "\\",
            "<",
            ">",
            ",",
            ";",
            ":",
            "é",
            "日本",
            "🙂",
            " ",
            "\t",
            "=\r\n",
        ),
    ]
)
TEXT = st.one_of(st.text(), st.lists(st.one_of(HOSTILE, st.text(max_size=12)), max_size=12).map("".join))
HEAD = {
    *("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "Content-Type"),
}


def write(**changes: Any) -> Letter:
    values: dict[str, Any] = {
        "purpose": Purpose.ANSWER,
        "language": "en",
        "to": Mailbox(name="Nora", address="nora@northwind.example"),
        "from_": Mailbox(name="Support", address="support@desk.example"),
        "reply_to": "support+k@desk.example",
        "message_id": "<8f2e1c3a@desk.example>",
        "date": datetime(2026, 11, 21, 9, tzinfo=UTC),
        "subject": "[DESK-1042] x",
        "reference": "DESK-1042",
        "facts": {"words": "x"},
    }
    return Letter(**values | changes)


def check(raw: bytes) -> tuple[EmailMessage, Message]:
    """The bytes are a sound message, in both readings of the standard library."""
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert b"\x00" not in raw
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert re.fullmatch(rb"[\x20-\x7e\r\n]*", head)
    modern, plain = message_from_bytes(raw, policy=policy.default), message_from_bytes(raw)
    assert isinstance(modern, EmailMessage)
    for mail in (modern, plain):
        assert len(mail.keys()) == len(set(mail.keys()))
        assert set(mail.keys()) <= HEAD
        for part in mail.walk():
            assert not part.defects
    return modern, plain


@given(subject=TEXT, name=TEXT)
def test_subject_and_name_survive_and_nothing_else_gets_in(subject: str, name: str) -> None:
    modern, plain = check(compose(write(subject=subject, to=Mailbox(name=name, address="nora@northwind.example"))))
    wanted = shorten(clean_line(subject), 500)
    assert (modern["Subject"] or "") == wanted
    unfolded = (plain["Subject"] or "").replace("\r\n ", " ")  # RFC 5322 section 2.2.3; compat32 leaves it to us
    assert str(make_header(decode_header(unfolded))) == wanted
    (recipient,) = modern["To"].addresses
    assert recipient.addr_spec == "nora@northwind.example"
    called = shorten(clean_line(name), 150)
    # policy.default leaves a space between two encoded words of a phrase, against RFC 2047 section 6.2; decode_header
    # does not
    assert recipient.display_name.replace(" ", "") == called.replace(" ", "")
    if "=?utf-8?B?" in str(plain["To"]):
        assert str(make_header(decode_header(plain["To"]))).rpartition(" <")[0] == called
    else:
        assert recipient.display_name == called


@given(words=TEXT, history=TEXT)
def test_words_survive_in_both_parts(words: str, history: str) -> None:
    facts = {"words": words, "history": [{"at": "2026-11-20T13:00:00Z", "who": "you", "text": history}]}
    modern, _ = check(compose(write(facts=facts)))
    text, html = modern.get_body(("plain",)), modern.get_body(("html",))
    assert text is not None
    assert html is not None
    said = text.get_content().replace("\r\n", "\n")
    assert said.startswith(clean_block(words) + "\n\n-----\nOn Friday 20 November, 13:00 (UTC) you wrote:\n>")
    shown = html.get_content()
    assert "<script" not in shown
    assert shown.count("<hr>") == 1
    assert shown.count("<") == shown.count(">")


@given(
    name=TEXT,
    kind=TEXT,
    content=st.binary(max_size=300),
    ids=st.lists(st.one_of(TEXT, st.from_regex(r"<[a-z]{1,90}@[a-z]{1,90}>", fullmatch=True)), max_size=40),
)
def test_files_and_ids_do_not_break_out(name: str, kind: str, content: bytes, ids: list[str]) -> None:
    file = LetterFile(filename=name, content_type=kind, content=content)
    raw = compose(write(files=(file,), references=tuple(ids), in_reply_to=ids[0] if ids else ""))
    modern, plain = check(raw)
    for mail in (modern, plain):
        attached = [part for part in mail.walk() if part.get_content_disposition() == "attachment"]
        assert [part.get_payload(decode=True) for part in attached] == [content]
        assert all(
            set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"}
            for part in attached
        )
    (part,) = modern.iter_attachments()
    assert part.get_filename()
    assert not set(part.get_filename()) & set('/\\\r\n\x00"\u202e')
    sound = [i for i in ids if re.fullmatch(r"<[a-z]{1,90}@[a-z]{1,90}>", i)]
    kept = (modern["References"] or "").split()
    assert len(kept) <= 20
    assert set(kept) <= set(ids)
    assert sound[-1:] == kept[-1:] or not sound or kept[-1] == [i for i in ids if i in kept][-1]


VALUES = st.recursive(
    st.one_of(TEXT, st.integers(0, 9), st.none(), st.just("2026-11-20T13:00:00Z")),
    lambda inner: st.lists(inner, max_size=3),
)


@given(
    purpose=st.sampled_from([Purpose.ACKNOWLEDGEMENT, Purpose.RESOLVED, Purpose.NOTICE, Purpose.HELD, Purpose.ALARM]),
    language=st.sampled_from(["en", "de", "fr", "xx"]),
    line=TEXT,
    value=VALUES,
)
def test_every_purpose_takes_any_words(purpose: Purpose, language: str, line: str, value: object) -> None:
    facts = {
        **dict.fromkeys(
            ("words", "actor", "changed", "requester", "organisation", "due", "now", "owner", "next"), line
        ),
        **dict.fromkeys(("outcome", "own_words", "reason", "nearest", "title", "detail", "what_to_do"), line),
        "understood": [["kind", "support"], [line, value]],
        "files": [{"filename": line, "size": 5}],
        "entries": [{"at": line, "actor": line, "text": line}],
        "allowed": [line],
    }
    modern, _ = check(compose(write(purpose=purpose, language=language, facts=facts)))
    html = modern.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
