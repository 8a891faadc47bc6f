"""The mail of the benchmark: 2.3 KB of plain text, or 74 KB with a picture, from a customer who has not written before.

In: a number. Out: envelope sender and the bytes without the final dot, ready for the wire. Two numbers never give the
same sender or Message-ID, so that every mail is a new ticket with one acknowledgement.
"""

from __future__ import annotations

import random
from base64 import encodebytes
from functools import cache

RECIPIENT = "support@desk.example"
CUSTOMERS = "northwind.example"
SIZE = 2300
LARGE_SIZE = 74 * 1024

_HEAD = """\
Received: from mx.northwind.example (mx.northwind.example [192.0.2.10])\r
 by mail.desk.example with ESMTPS id {run}{number:08x}; Mon, 13 Jul 2026 09:00:00 +0200\r
From: Nora Lindqvist <nora{number}@northwind.example>\r
To: support@desk.example\r
Subject: The nightly export stops half way, run {number}\r
Date: Mon, 13 Jul 2026 09:00:00 +0200\r
Message-ID: <{run}.{number}@northwind.example>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
User-Agent: Thunderbird\r
\r
"""
_WORDS = """\
Hello,\r
\r
since yesterday evening the nightly export of our orders stops half way. The file\r
is there in the morning, but it ends in the middle of a row and everything after\r
18 000 rows is missing. About forty people in our warehouse work with that list.\r
\r
What we do: we open Reports, choose Export, take the saved view called "Orders of\r
the day" and let it run at two in the morning. We expected the whole list, as we\r
had it until Thursday. What we see is a file of 4.2 MB instead of 11 MB.\r
\r
"""
_LINE = "We have tried it again by hand at different hours, with the same result: {0}.\r\n"
_END = "\r\nKind regards\r\nNora\r\n\r\n-- \r\nNora Lindqvist\r\nNorthwind Traders, Logistics\r\n"


def sender(number: int) -> str:
    """The envelope sender of mail `number`."""
    return f"nora{number}@{CUSTOMERS}"


def content(number: int, run: str) -> bytes:
    """Mail `number` of `run`, CRLF line ends, about `SIZE` bytes."""
    head = _HEAD.format(number=number, run=run)
    body = _WORDS
    count = 0
    while len(head) + len(body) + len(_END) < SIZE - len(_LINE):
        count += 1
        body += _LINE.format(f"attempt {count} gave {count * 731} rows")
    return (head + body + _END).encode()


_PARTS = """\
Content-Type: multipart/mixed; boundary="picture"\r
\r
--picture\r
Content-Type: text/plain; charset=utf-8\r
\r
Hello,\r
\r
this is what we see since yesterday; attempt {number} looks the same. What may we do?\r
\r
Nora\r
\r
--picture\r
Content-Type: image/png; name="screen.png"\r
Content-Disposition: attachment; filename="screen.png"\r
Content-Transfer-Encoding: base64\r
\r
"""


def large_content(number: int, run: str) -> bytes:
    """Mail `number` of `run` with a picture, `LARGE_SIZE` bytes or a little less."""
    head = _HEAD.format(number=number, run=run).split("Content-Type:")[0] + _PARTS.format(number=number)
    return head.encode() + _picture() + b"--picture--\r\n"


@cache
def _picture() -> bytes:
    """Bytes that no compression makes smaller, as base64 in lines of 76."""
    lines = (LARGE_SIZE - 1100) // 78
    return encodebytes(random.Random(1).randbytes(57 * lines)).replace(b"\n", b"\r\n")
