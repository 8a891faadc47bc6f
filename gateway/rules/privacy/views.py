"""Text as whoever reads it would see it, so that nothing hides between its letters or in a spelling of its own.

In: words of somebody. Out: the same in lower case, without hidden letters, full-width forms, letters that look like
Latin ones, percent signs and entities that stand for a letter; or as one run over the ends of its lines. Linear time.
"""

from __future__ import annotations

import re
from html import unescape
from unicodedata import normalize
from urllib.parse import unquote

MOST = 2_000_000
"""Letters of one text that are looked at; nobody writes as many."""

HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_ALIKE = str.maketrans(
    "\u0430\u0435\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u0455\u04bb\u0501\u051b\u051d\u043a\u0442"
    "\u043c\u03bf\u03b1\u03bd\u03b9\u03ba\u03c1\u03c5\u2010\u2011\u2012\u2013\u2212\u2024\u3002",
    "aeijopcyxshdqwktmoavikpu-----..",
)
"""Letters of Cyrillic and Greek that look like Latin ones, and marks that look like a hyphen or a full stop."""
_QUOTED = re.compile(r"=([0-9a-f]{2})")
_ENDS = re.compile(r"[ \t]{0,8}=?\n[ \t>|]{0,40}")


def seen(text: str) -> str:
    """The text as it looks to a reader."""
    text = _plain(text[:MOST])
    for _ in range(2):
        decoded = text
        if "%" in text:
            decoded = unquote(decoded, errors="replace")
        if "&" in decoded and ";" in decoded:
            decoded = unescape(decoded)
        if "=" in decoded and _QUOTED.search(decoded):
            decoded = _QUOTED.sub(_letter, decoded)
        if decoded == text:
            break
        text = _plain(decoded)
    return text


def _plain(text: str) -> str:
    if text.isascii():
        lower = text.lower()
        return lower if lower.replace("\n", "").isprintable() else HIDDEN.sub("", lower)
    return normalize("NFKC", HIDDEN.sub("", text)).lower().translate(_ALIKE)


def _letter(match: re.Match[str]) -> str:
    """What `=40` says in quoted-printable: a sign that can be seen, or what stands there."""
    code = int(match[1], 16)
    return chr(code) if 0x20 < code < 0x7F else match[0]


def joined(view: str) -> tuple[str, list[int]]:
    """A view without the ends of its lines and marks of quotation, and where they were: what was broken in two by a
    mail client is whole there."""
    pieces: list[str] = []
    breaks: list[int] = []
    at = length = 0
    for end in _ENDS.finditer(view):
        piece = view[at : end.start()]
        pieces.append(piece)
        length += len(piece)
        breaks.append(length)
        at = end.end()
    pieces.append(view[at:])
    return "".join(pieces), breaks
