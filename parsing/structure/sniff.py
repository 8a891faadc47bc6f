"""What a file really is, by its first bytes.

In: the decoded bytes of an attachment and the type that the sender said. Out: a media type, the said one where the
bytes say nothing; and a sentence when the name or the type hides something that can hurt. Must never raise, never look
at more than the first bytes, and never unpack: an archive is an archive. The table follows the WHATWG MIME Sniffing
standard (mimesniff.spec.whatwg.org) and goes on where mail needs more: office files, programs, scripts, mails.
"""

from __future__ import annotations

import re

from parsing import limits

_LOOK = 4_096
_OCTETS = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_WORD, _SHEET = f"{_OFFICE}wordprocessingml.document", f"{_OFFICE}spreadsheetml.sheet"
_SLIDES = f"{_OFFICE}presentationml.presentation"
_OLE = "application/x-ole-storage"
_PROGRAM = "application/vnd.microsoft.portable-executable"
_ELF, _MACHO = "application/x-elf", "application/x-mach-binary"
_SCRIPT = "text/x-shellscript"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\1\0", "image/x-icon"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"!<arch>\n", "application/x-archive"),
    (b"\x7fELF", _ELF),
    (b"\xfe\xed\xfa\xce", _MACHO),
    (b"\xfe\xed\xfa\xcf", _MACHO),
    (b"\xce\xfa\xed\xfe", _MACHO),
    (b"\xcf\xfa\xed\xfe", _MACHO),
    (b"\xca\xfe\xba\xbe\0\0\0", _MACHO),  # a Java class has its version there, which is never below 45
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (b"#!AMR", "audio/amr"),
    (b"#!", _SCRIPT),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (limits.TNEF, "application/ms-tnef"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"MThd\0\0\0\x06", "audio/midi"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"FLV\x01", "video/x-flv"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"-----BEGIN PGP MESSAGE-----", "application/pgp-encrypted"),
    (b"-----BEGIN PGP SIGNATURE-----", "application/pgp-signature"),
    (b"-----BEGIN PGP PUBLIC KEY BLOCK-----", "application/pgp-keys"),
)
_BY_FIRST: dict[int, list[tuple[bytes, str]]] = {}
for _start, _type in _MAGIC:
    _BY_FIRST.setdefault(_start[0], []).append((_start, _type))

_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_FTYP = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif",
         b"qt  ": "video/quicktime", b"M4A ": "audio/mp4"}  # fmt: skip
_HTML = (b"<!doctype html", b"<html", b"<head", b"<script", b"<iframe", b"<h1", b"<div", b"<font", b"<table", b"<a",
         b"<style", b"<title", b"<b", b"<body", b"<br", b"<p", b"<meta", b"<img", b"<form")  # fmt: skip
_BLANK = b"\t\n\x0c\r "
_MAIL = (b"received:", b"return-path:", b"delivered-to:", b"from:", b"message-id:", b"mime-version:", b"x-mozilla-")
_SCRIPTS = (b"@echo off", b"<?php", b"<%@", b"wscript.", b"<job", b"powershell")

_EXTENSIONS = {
    "pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp", "heic": "image/heic",
    "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv", "ics": "text/calendar",
    "vcf": "text/vcard", "htm": "text/html", "html": "text/html",
    "xhtml": "application/xhtml+xml", "svg": "image/svg+xml",
    "xml": "text/xml", "json": "application/json", "rtf": "application/rtf", "zip": "application/zip",
    "docx": _WORD, "xlsx": _SHEET, "pptx": _SLIDES, "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint", "msg": "application/vnd.ms-outlook", "eml": "message/rfc822",
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4", "mp4": "video/mp4", "mov": "video/quicktime",
    "avi": "video/x-msvideo", "gz": "application/gzip", "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "ps": "application/postscript", "p7s": "application/pkcs7-signature", "p7m": "application/pkcs7-mime",
}  # fmt: skip
_OLE_EXTENSIONS = {"doc": "application/msword", "dot": "application/msword", "xls": "application/vnd.ms-excel",
                   "ppt": "application/vnd.ms-powerpoint", "msg": "application/vnd.ms-outlook",
                   "msi": "application/x-msi"}  # fmt: skip
_OLE_TYPES = frozenset(_OLE_EXTENSIONS.values())
_OPENDOCUMENT = re.compile(rb"mimetype(application/[a-z0-9.+-]{1,80})")  # the first entry, never compressed
_ZIPPED = (b"word/", _WORD), (b"xl/", _SHEET), (b"ppt/", _SLIDES)
_PAGES = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
_DANGEROUS = {
    _PROGRAM: "a Windows program", _ELF: "a Linux program", _MACHO: "a macOS program", _SCRIPT: "a script",
    "application/x-msi": "a Windows installer", "application/x-ms-shortcut": "a Windows shortcut",
    "application/java-vm": "a Java program", "text/html": "a web page", "application/xhtml+xml": "a web page",
    "image/svg+xml": "an SVG page",
}  # fmt: skip


def by_name(name: str) -> str:
    """The type that the extension of a name stands for; empty when unknown."""
    return _EXTENSIONS.get(name.rpartition(".")[2].lower()[:10], "") if "." in name else ""


def real_type(data: bytes, said: str, name: str = "") -> str:
    """The type that the first bytes show; `said` (or octet-stream) where they show none."""
    found = _magic(data, said, name) if data else ""
    return found or said or _OCTETS


def _magic(data: bytes, said: str, name: str) -> str:
    for start, kind in _BY_FIRST.get(data[0], ()):
        if data.startswith(start):
            return _refined(kind, data, said, name)
    if data[:2] == b"MZ":
        return _PROGRAM if _is_program(data) else ""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return _FTYP.get(data[8:12], "video/mp4")
    if data[0] == 0xFF and len(data) > 3 and data[1] & 0xE6 == 0xE2 and data[2] & 0xF0 not in {0, 0xF0}:
        return "audio/mpeg"  # an MPEG frame without ID3: layer III, a bit rate
    if data[257:262] == b"ustar":
        return "application/x-tar"
    return _text(data, said)


def _refined(kind: str, data: bytes, said: str, name: str) -> str:
    """Kinds that share a signature."""
    if kind == "application/zip":
        return _zipped(data[:_LOOK], said)
    if kind == _OLE:
        extension = name.rpartition(".")[2].lower()
        return said if said in _OLE_TYPES else _OLE_EXTENSIONS.get(extension, _OLE)
    if kind == "image/bmp" and (len(data) < 26 or data[6:10] != b"\0\0\0\0"):
        return ""  # two letters are no proof
    return kind


def _is_program(data: bytes) -> bool:
    """A DOS header is 64 bytes, some of them zero (PE format, section 2.1); a text that begins with MZ has no zero."""
    return len(data) >= 64 and b"\0" in data[:64]


def _zipped(data: bytes, said: str) -> str:
    """Office files are archives whose first entries tell; nothing is unpacked."""
    document = _OPENDOCUMENT.match(data, 30)
    if document:
        return document.group(1).decode("ascii")
    if b"[Content_Types].xml" in data or b"_rels/.rels" in data or b"docProps/" in data:
        claimed = said if said.startswith(_OFFICE) else "application/zip"
        return next((kind for folder, kind in _ZIPPED if folder in data), claimed)
    if b"META-INF/" in data[:200]:
        return "application/java-archive"
    return "application/zip"


def _text(data: bytes, said: str) -> str:
    """Types that are text: a page, a calendar, a mail, a script."""
    start = data[:_LOOK]
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        start = start.replace(b"\0", b"")[2:]
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    lower = start[:1_500].lower()
    if lower[:1] == b"<":
        return _page(lower, said)
    if lower.startswith(b"begin:vcalendar"):
        return "text/calendar"
    if lower.startswith(b"begin:vcard"):
        return "text/vcard"
    if lower.startswith(_MAIL) and said in {"", _OCTETS, "message/rfc822", "application/x-eml"}:
        return "message/rfc822"
    if lower.startswith(_SCRIPTS):
        return _SCRIPT
    return ""


def _page(lower: bytes, said: str) -> str:
    """HTML, SVG or other XML (WHATWG section 7.1)."""
    lower = _without_comments(lower)
    if lower.startswith(_SCRIPTS):
        return _SCRIPT
    if lower.startswith(b"<svg"):
        return "image/svg+xml"
    for tag in _HTML:
        if lower.startswith(tag) and lower[len(tag) : len(tag) + 1] in {b" ", b">", b"\n", b"\r", b"\t", b"/", b""}:
            return "text/html"
    if lower.startswith((b"<?xml", b"<!doctype")):
        if b"<svg" in lower or b"<!doctype svg" in lower:
            return "image/svg+xml"
        if b"<html" in lower:
            return said if said in _PAGES else "text/html"
        return said if said.endswith(("xml", "+xml")) else "text/xml" if lower.startswith(b"<?xml") else ""
    return ""


def _without_comments(lower: bytes) -> bytes:
    while lower.startswith(b"<!--"):
        end = lower.find(b"-->")
        if end < 0:
            return b"<html>"  # a comment that long hides a page
        lower = lower[end + 3 :].lstrip(_BLANK)
    return lower


def lie(said: str, real: str, name: str) -> str:
    """What a file is that its type or its name hides: a sentence's end; empty for honest files."""
    danger = _DANGEROUS.get(real)
    if danger is None:
        return ""
    named = by_name(name)
    claims = {claim for claim in (said, named) if claim and claim != _OCTETS}
    if not claims or (real in _PAGES and claims <= _PAGES | {"text/xml", "application/xml"}):
        return ""
    harmless = claims - _DANGEROUS.keys() if real not in _PAGES else claims - _PAGES
    if real == _SCRIPT and (named == "" or named == "text/plain"):
        harmless = {claim for claim in harmless if not claim.startswith(("text/", "application/"))}
    if real not in _PAGES and said in harmless and not named and _is_program_type(said):
        harmless = harmless - {said}
    return danger if harmless else ""


def _is_program_type(said: str) -> bool:
    """Types under which programs and scripts are sent honestly."""
    return said.startswith(("application/x-", "application/vnd.microsoft", "application/java"))
