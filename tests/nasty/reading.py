"""Mails as the reader process reads them, within their time.

In: header lines, parts, a body. Out: what `parsing.reading.read` makes of them; more than two seconds of a
processor fail.
"""

from __future__ import annotations

import time

from parsing.message import ParsedMail
from parsing.reading import read

SECONDS = 2.0  # reliability F1: no input takes more than that of a processor


def mail(*lines: str, body: str = "The printer is on fire.", **how: str) -> ParsedMail:
    """A mail of Nora's with these header lines before the usual ones."""
    head = [*lines, *(line for line in USUAL if line.partition(":")[0] not in {one.partition(":")[0] for one in lines})]
    return parsed("\r\n".join(head).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body.encode(), **how)


USUAL = (
    "From: Nora <nora@northwind.example>",
    "To: support@desk.example",
    "Subject: Printer",
    "Message-ID: <a@b.example>",
)


def parsed(raw: bytes, **how: str) -> ParsedMail:
    """Read within its time."""
    began = time.process_time()
    found = read(raw, envelope_sender=how.get("envelope"))
    assert time.process_time() - began < SECONDS
    return found


def multipart(*parts: str, kind: str = "mixed", head: str = "") -> bytes:
    lines = [*USUAL, f'Content-Type: multipart/{kind}; boundary="b"', head]
    text = "\r\n".join(line for line in lines if line) + "\r\n\r\n"
    return (text + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()
