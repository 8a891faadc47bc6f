"""Names, numbers and bytes of attachments (intake 52, 54)."""

import hashlib

import pytest

from parsing.attachment import cut, safe_name
from parsing.reading import read

RAW = (
    b"From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n"
    b"\r\nhello\r\n"
    b"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n"
    b"--c\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <i@x>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--c--\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: multipart/mixed; boundary=d\r\n"
    b"\r\n--d\r\n\r\nx\r\n--d--\r\n"
    b"--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.pdf\r\n\r\nPDF\r\n--b--\r\n"
)


def test_parts_are_numbered_depth_first():
    found = read(RAW).attachments
    assert [(a.part, a.filename, a.inline) for a in found] == [
        (4, "logo.png", True),
        (5, "", False),
        (6, "€.pdf", False),
    ]
    assert found[0].content_id == "i@x"


def test_cut_gives_the_hashed_bytes():
    for attachment in read(RAW).attachments:
        data = cut(RAW, attachment.part)
        assert len(data) == attachment.size
        assert hashlib.sha256(data).hexdigest() == attachment.sha256
    assert cut(RAW, 4) == b"ABC"
    assert cut(RAW, 5).startswith(b"Subject: in\r\nContent-Type: multipart/mixed; boundary=d")
    assert cut(RAW, 99) == b""
    assert cut(RAW, -1) == b""
    assert cut(b"", 0) == b""


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\x\\y.txt", "C__x_y.txt"),
        ("con", "_con"),
        ("CON.txt", "_CON.txt"),
        (".htaccess", "htaccess"),
        ("\u200b.htaccess", "htaccess"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("", "file"),
        ("...", "file"),
        ("a\0b", "ab"),
        ("\uff0e\uff0e\uff0fx", "x"),
        ("a\r\nb", "a b"),
        ("  spaced  name .txt ", "spaced name .txt"),
    ],
)
def test_safe_names(name, safe):
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["a" * 10_000 + ".pdf", "." + "x" * 10_000, "ü" * 5_000 + ".txt", "a." + "b" * 10_000])
def test_long_names_are_cut_in_whole_characters(name):
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 200
    assert safe_name(safe) == safe


def test_a_lying_type_is_kept_as_said():
    mail = read(b"Content-Type: image/png\r\nContent-Disposition: attachment; filename=x.png\r\n\r\n<html>")
    assert mail.attachments[0].content_type == "image/png"
    assert mail.text == ""
