"""Secret addresses in what leaves: found in every dress that a text program would show, and nothing else is."""

from __future__ import annotations

import base64
import time
from binascii import b2a_qp

import pytest

from gateway.rules.privacy import keys as leak

KEY = "abcdefghijklmnopqrstuvwxyz"
ADDRESS = f"support+k{KEY}@desk.example"
RETURN = "support+v4711-abcdefghijklmnop@desk.example"


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        ADDRESS.upper(),
        f"Notes only: {ADDRESS}",
        f'<a href="mailto:{ADDRESS}">',
        f"mailto:support%2Bk{KEY}%40desk.example",
        f"mailto:support%2bk{KEY}@desk.example",
        f"support&#43;k{KEY}@desk.example",
        f"support=2Bk{KEY}@desk.example",
        f"desk+k{KEY}",
        RETURN,
    ],
)
def test_a_secret_address_is_found(text: str) -> None:
    assert leak.in_text(text)
    assert not leak.in_text(leak.without(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Press Ctrl+K and write to support@desk.example",
        "support+kundenservice@northwind.example",
        "support+kurz@desk.example, support+v2@desk.example, support+v2-rc1@desk.example",
        "1+k=2; +49 30 123456; a+kraft+von+allen+seiten+zusammen",
        KEY * 20,
        "k" + KEY,
    ],
)
def test_what_is_none(text: str) -> None:
    assert not leak.in_text(text)
    assert leak.without(text) == text


def test_the_readers_own_is_theirs_and_no_other() -> None:
    other = ADDRESS.replace("abc", "cba")
    assert not leak.in_text(f"write to {ADDRESS}", (KEY,))
    assert leak.in_text(f"write to {ADDRESS} or {other}", (KEY,))
    assert leak.in_text(RETURN, (KEY,))


def test_the_plain_address_stays() -> None:
    assert leak.without(f"Reply to {ADDRESS}.") == "Reply to support@desk.example."
    assert leak.without(RETURN) == "support@desk.example"
    value = {"history": [{"text": ADDRESS, "n": 1}], "who": (ADDRESS,), "none": None}
    plain = "support@desk.example"
    assert leak.without_any(value) == {"history": [{"text": plain, "n": 1}], "who": [plain], "none": None}


def _as_mail(encoding: str, octets: bytes) -> bytes:
    head = f"From: x@y.example\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + octets + b"\r\n"


_PAGE = f"<p>{'x' * 50}{ADDRESS}</p>".encode()
_QUOTED = b2a_qp(_PAGE)
_BASE64 = base64.encodebytes(_PAGE)


@pytest.mark.parametrize(
    "content",
    [
        ADDRESS.encode(),
        b"\xff\xfe" + ADDRESS.encode("utf-16-le"),
        ADDRESS.encode("utf-16-be"),
        _as_mail("quoted-printable", _QUOTED),
        _as_mail("quoted-printable", _QUOTED.replace(b"\n", b"\r\n")),
        _as_mail("base64", _BASE64),
        _as_mail("base64", _BASE64.replace(b"\n", b"\r\n").rstrip(b"=\r\n")),
        _as_mail("Base64", base64.b64encode(_PAGE)),
        _as_mail("base64", base64.encodebytes(_as_mail("base64", _BASE64))),
        _as_mail("base64", base64.encodebytes(_as_mail("quoted-printable", _QUOTED))),
        b"\0\1\2" * 100 + ADDRESS.encode() + b"\0",
    ],
)
def test_a_secret_address_in_a_file_is_found(content: bytes) -> None:
    assert leak.in_file(content)
    assert not leak.in_file(content, (KEY,)), "the reader's own may stand there"


def test_soft_line_breaks_are_there_to_be_seen_through() -> None:
    assert ADDRESS.encode() not in _QUOTED
    assert ADDRESS.encode() not in _BASE64


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 \0\xff" * 1000, b"base64\n" + b"QUJD\n" * 50, b"base64\nA\nAB=C\n=\n"]
)
def test_a_file_without_one_may_leave(content: bytes) -> None:
    assert not leak.in_file(content)


@pytest.mark.parametrize(
    "content",
    [
        b"base64\n" + b"QUJD" * 1_000_000,
        b"base64\n" + b"QUJD\n" * 400_000,
        b"+k" * 1_500_000,
        b"+k" + b"a" * 25 + b"+v123456789012345678-",
        b"base64 " * 500_000,
        b"=\n" * 1_500_000,
        b"%2b&#43;" * 400_000,
    ],
)
def test_the_worst_file_costs_its_length(content: bytes) -> None:
    repeated = content * max(1, 3_000_000 // len(content))
    begun = time.process_time()
    assert not leak.in_file(repeated)
    assert time.process_time() - begun < 2.0


def test_base64_is_looked_into_three_times() -> None:
    content = _as_mail("base64", _BASE64)
    for _ in range(leak.DEPTH - 1):
        content = _as_mail("base64", base64.encodebytes(content))
    assert leak.in_file(content)
    assert not leak.in_file(_as_mail("base64", base64.encodebytes(content)))
