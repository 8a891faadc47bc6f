"""Every cap of the interpretation, and the preflight that cuts a mail down to them.

In: the raw bytes of a mail. Out: bytes that the parser may be given, and a sentence for each thing that was cut.
Must never raise, never take more than linear time, and never change what is stored: only the interpretation is bounded.
"""

from __future__ import annotations

import re
from itertools import islice

HEADER_COUNT = 1_000  # header lines of the top block
HEADER_BLOCK = 256 * 1024  # bytes of the top block
HEADER_VALUE = 64 * 1024  # bytes of one header that are looked at
LINES = 700_000  # a 45 MB mail in base64 has that many; a bomb of empty lines has more
PARTS = 1_000
DEPTH = 30  # multiparts inside one another (Postfix: 100); deeper ones are read as text
PARAMETERS = 100  # MIME parameters of one header
ENCODED_WORDS = 200  # RFC 2047 words of one header
ADDRESSES = 500  # mailboxes of one header
REFERENCES = 100  # message ids of one header, newest kept
AUTH_HEADERS = 20
AUTH_METHODS = 50
BODY_TEXT = 1_000_000  # characters of the readable body
SPLIT_LINES = 20_000  # lines that are sorted into reply and quotation; what is below them is set apart
HTML_SOURCE = 4_000_000  # characters of an HTML part that are walked
HTML_DEPTH = 200
HTML_LINKS = 1_000
DETECT_LEAST = 24  # bytes below which a guess is a lottery
DETECT_BYTES = 64 * 1024  # longest text whose charset is guessed
FILENAME = 200  # bytes of a safe name (RFC 2183 sets none, file systems do: 255)
RECIPIENTS = 100  # failed recipients of one bounce
CALENDAR_LINES = 20_000
COMMANDS = 20

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_SPACED_COLON = re.compile(rb"(?m)^([!-9;-~]{1,80})[ \t]{1,20}:")
_LEADING = b" \t\r\n"


def capped(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Bytes whose top header block and line count are bounded, and what was done to them."""
    defects: list[str] = []
    if b"\n" not in raw and b"\r" in raw:
        # RFC 5322 section 2.3 forbids a bare CR; old Macintosh files have nothing else.
        raw = raw.replace(b"\r", b"\n")
        defects.append("lines end in bare CR")
    if raw[:1] and raw[0] in _LEADING:
        stripped = raw.lstrip(_LEADING)
        if stripped:
            raw = stripped
            defects.append("blank lines before the header")
    found = _HEADER_END.search(raw, 0, HEADER_BLOCK)
    end = found.start() if found else min(len(raw), HEADER_BLOCK)
    head = _capped_head(raw[:end], found is None and len(raw) > HEADER_BLOCK, defects)
    if len(head) != end:
        raw = head + (raw[end:] if found else b"\n\n" + raw[end:])
    return _capped_lines(raw, defects), tuple(defects)


def _capped_head(head: bytes, endless: bool, defects: list[str]) -> bytes:
    """The header block with at most HEADER_COUNT lines and no space before a colon."""
    if endless:
        cut = head.rfind(b"\n")
        head = head[: cut if cut > 0 else HEADER_VALUE]
        defects.append(f"header block longer than {HEADER_BLOCK} bytes was cut")
    if head.count(b"\n") >= HEADER_COUNT:
        head = b"\n".join(head.split(b"\n", HEADER_COUNT)[:HEADER_COUNT])
        defects.append(f"header block of more than {HEADER_COUNT} lines was cut")
    if _SPACED_COLON.search(head):
        # RFC 5322 section 4.5 (obs-optional) lets white space stand before the colon. Python ends the header block
        # there, other readers do not; the caller treats such a From as unauthenticated.
        names = {match.group(1).lower().decode("ascii") for match in _SPACED_COLON.finditer(head)}
        head = _SPACED_COLON.sub(rb"\1:", head)
        defects.extend(f"space before the colon of {name}" for name in sorted(names)[:10])
    return head


def _capped_lines(raw: bytes, defects: list[str]) -> bytes:
    """At most LINES lines, because the parser makes an object of each."""
    if len(raw) <= LINES or _lines(raw) <= LINES:
        return raw
    # Iterating is linear; one pattern for many line ends backtracks over CR LF in exponential time (it did).
    last = next(islice(_LINE_END.finditer(raw), LINES - 1, None))
    defects.append(f"more than {LINES} lines: the rest was not read")
    return raw[: last.end()]


_LINE_END = re.compile(rb"\r\n|\r|\n")


def _lines(raw: bytes) -> int:
    """How many line ends there are, CR LF counted once."""
    returns = raw.count(b"\r")
    return raw.count(b"\n") + returns - (raw.count(b"\r\n") if returns else 0)
