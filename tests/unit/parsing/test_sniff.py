"""Real types by the first bytes, and files that say they are something else (intake 54, 55)."""

import io
import time
import zipfile

import pytest

from parsing.reading import read
from parsing.structure.sniff import by_name, lie, real_type

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PROGRAM = "application/vnd.microsoft.portable-executable"
EXE = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(200)


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"BM" + (100).to_bytes(4, "little") + bytes(40), "image/bmp"),
        (b"BMW repair manual, chapter one: the engine", ""),
        (EXE, PROGRAM),
        (b"MZ is how the first line of this note begins, and nothing else is meant by these letters at all", ""),
        (b"\x7fELF\x02\x01", "application/x-elf"),
        (b"\xcf\xfa\xed\xfe\x07", "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe\0\0\x01\x34", "application/java-vm"),
        (b"#!/bin/sh\nrm", "text/x-shellscript"),
        (b"<?php echo 1;", "text/x-shellscript"),
        (b"@echo off\r\ndel x", "text/x-shellscript"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><p>", "text/html"),
        (b"<!-- a --><!-- b -->\n<HTML>", "text/html"),
        (b"<!--" + b"x" * 5000, "text/html"),
        (b"\xff\xfe" + "<html><script>".encode("utf-16-le"), "text/html"),
        (b"<bold words> in a note", ""),
        (b"<p>x", "text/html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<svg onload="x">', "image/svg+xml"),
        (b'<?xml version="1.0"?><order/>', "text/xml"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0", "text/calendar"),
        (b"begin:vcard\r\nversion:3.0", "text/vcard"),
        (b"Received: from a by b\r\n", "message/rfc822"),
        (b"PK\x03\x04" + bytes(30), "application/zip"),
        (zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"), WORD),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), SHEET),
        (zipped("a.txt", "b.txt"), "application/zip"),
        (zipped("META-INF/MANIFEST.MF", "A.class"), "application/java-archive"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.textPK\x03\x04",
         "application/vnd.oasis.opendocument.text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\0", "application/vnd.rar"),
        (bytes(257) + b"ustar\0", "application/x-tar"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x44\0", "audio/mpeg"),
        (b"\xff\xfe\xf0\x44", ""),
        (b"#!AMR\n", "audio/amr"),
        (b"OggS\0", "application/ogg"),
        (b"{\\rtf1", "application/rtf"),
        (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
        (b"plain words", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_types(data, kind):
    assert real_type(data, "") == (kind or "application/octet-stream")
    assert real_type(data, "x/said") == (kind or "x/said") or kind == "message/rfc822"


def test_the_name_tells_old_office_files_apart():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    assert real_type(ole, "application/octet-stream", "plan.XLS") == "application/vnd.ms-excel"
    assert real_type(ole, "application/msword", "x") == "application/msword"
    assert by_name("a.b.PDF") == "application/pdf"
    assert by_name("pdf") == ""


@pytest.mark.parametrize(
    ("said", "real", "name", "lies"),
    [
        ("image/png", "text/html", "x.png", True),
        ("text/plain", "image/svg+xml", "x.txt", True),
        ("application/octet-stream", PROGRAM, "invoice.pdf", True),
        ("application/pdf", PROGRAM, "setup.exe", True),
        ("application/octet-stream", PROGRAM, "setup.exe", False),
        ("application/x-msdownload", PROGRAM, "setup.exe", False),
        ("application/x-msdos-program", PROGRAM, "setup.exe", False),
        ("text/html", "text/html", "page.html", False),
        ("application/octet-stream", "text/html", "page.htm", False),
        ("application/octet-stream", "text/html", "order.pdf", True),
        ("text/xml", "image/svg+xml", "x.svg", False),
        ("image/svg+xml", "image/svg+xml", "x.svg", False),
        ("text/plain", "text/x-shellscript", "x.sh", False),
        ("application/x-sh", "text/x-shellscript", "x.sh", False),
        ("image/jpeg", "text/x-shellscript", "x.jpg", True),
        ("image/jpeg", "image/png", "x.jpg", False),
        ("application/x-zip-compressed", "text/html", "x.zip", True),
    ],
)
def test_lies(said, real, name, lies):
    assert bool(lie(said, real, name)) is lies


def test_a_lie_is_said_in_a_sentence():
    raw = (
        b"From: a@x.example\r\nContent-Type: image/png; name=logo.png\r\nContent-Disposition: attachment\r\n\r\n"
        b"<html><script>alert(1)</script>"
    )
    found = read(raw)
    assert found.attachments[0].real_type == "text/html"
    assert "logo.png is a web page" in found.defects


def test_worst_cases():
    begin = time.process_time()
    for data in (b"<!--" + b"<!---->" * 150_000, b" " * 1_000_000, b"<" * 1_000_000, b"\xff\xfe" + b"<\0" * 500_000):
        real_type(data, "text/plain")
    assert time.process_time() - begin < 0.2
