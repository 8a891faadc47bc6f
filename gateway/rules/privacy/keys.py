"""Leaks: secret addresses of ours in what is about to leave.

In: text, or the bytes of a file, and the keys that the reader may see (their own). Out: whether a secret address of
somebody else stands in it, or the text without any. It knows no secret: whatever has the form of a reply key or of a
reverse-path of ours counts, so that nobody who reads along can tell a real one from another by what we do.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from collections.abc import Collection, Iterator
from typing import Any

from gateway.rules.privacy.views import HIDDEN

_PLUS = r"(?:\+|%2b|=2b|&#43;|&#x2b;|&plus;)"
_SECRET = rf"{_PLUS}(k[a-z2-7]{{26}}|v[0-9]{{1,18}}-[a-z2-7]{{16}})"
_IN_TEXT = re.compile(_SECRET, re.IGNORECASE)
_IN_BYTES = re.compile(_SECRET.encode(), re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}")
DEPTH = 3
"""How many base64 parts are looked into, one inside the other."""


def is_likely(text: str) -> bool:
    """Whether a closer look is worth its time: the pattern costs as much as a tenth of the mail around it. One of these
    marks stands in whatever it finds; looking for one letter is much cheaper than looking for two."""
    return (
        "+" in text
        or ("%" in text and "%2" in text)
        or ("&" in text and any(mark in text for mark in ("&#4", "&#x2", "&#X2", "&plus", "&PLUS")))
        or "=2" in text
    )


def without(text: str) -> str:
    """The text with every secret address made the plain one: `support+k…@desk.example` is `support@desk.example`. What
    is hidden between the letters of one goes with it."""
    if not text.isascii() and _IN_TEXT.search(bare := HIDDEN.sub("", text)):
        text = bare
    return _IN_TEXT.sub("", text) if is_likely(text) else text


def without_any(value: Any) -> Any:
    """The same for every text in a value as JSON has it."""
    if isinstance(value, str):
        return without(value)
    if isinstance(value, dict):
        return {name: without_any(item) for name, item in value.items()}
    return [without_any(item) for item in value] if isinstance(value, list | tuple) else value


def in_text(text: str, own: Collection[str] = ()) -> bool:
    """Whether a secret address stands in it whose key is not one of `own`."""
    if not is_likely(text):
        return False
    return any(found[1].lower()[1:] not in own for found in _IN_TEXT.finditer(text))


def in_file(content: bytes, own: Collection[str] = (), depth: int = DEPTH) -> bool:
    """Whether one stands in a file that a text program would show: as it is, in UTF-16, in quoted-printable, or in the
    base64 parts of a mail that is kept as a file. What is compressed or encrypted is not opened."""
    for look in _looks(content):
        keys = (found[1].decode("ascii").lower()[1:] for found in _IN_BYTES.finditer(look))
        if any(key not in own for key in keys):
            return True
    return depth > 0 and b"base64" in content.lower() and any(in_file(p, own, depth - 1) for p in _decoded(content))


def parts(content: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """What the base64 in a file says, and the base64 in that."""
    if depth > 0 and b"base64" in content.lower():
        for part in _decoded(content):
            yield part
            yield from parts(part, depth - 1)


def _looks(content: bytes) -> Iterator[bytes]:
    yield content
    if b"\0" in content:
        yield content.replace(b"\0", b"")
    if b"=\n" in content or b"=\r\n" in content:  # soft line breaks (RFC 2045 section 6.7)
        yield content.replace(b"=\r\n", b"").replace(b"=\n", b"")


def _decoded(content: bytes) -> Iterator[bytes]:
    """What the runs of base64 lines in it say (RFC 2045 section 6.8), each line looked at once."""
    run: list[bytes] = []
    for line in (*content.split(b"\n"), b""):
        bare = line.strip()
        if _BASE64.fullmatch(bare):
            run.append(bare)
            continue
        if run:
            letters = b"".join(run).rstrip(b"=")
            run = []
            try:
                yield a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")
            except Error:
                continue


_BROKEN = re.compile(r"\+(k[a-z2-7]{26}|v[0-9]{1,18}-[a-z2-7]{16})@")


def seen_in(view: str, own: Collection[str] = ()) -> Iterator[str]:
    """Keys in a view of a text (`views.seen`), also over the ends of its lines or with gaps in them. An address goes on
    behind its key there: words that only happen to follow a plus are none."""
    if "+" not in view:
        return
    run = "".join(view.replace(">", "").replace("|", "").split())
    yield from (found[1] for look in (view, run) for found in _BROKEN.finditer(look) if found[1][1:] not in own)
