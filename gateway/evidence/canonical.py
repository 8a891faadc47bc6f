"""A mail as signatures see it: its header fields and its body, brought into the forms that are hashed (RFC 6376 3.4).

In: raw bytes. Out: fields in their order and hashes of the body. Linear whatever the bytes are: no expression that can
look at a character twice. A mail whose header other readers would divide differently is not looked at at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsing import limits

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,20}:")
_SPACE = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its name in lower case, its value, and all of it as it came; line ends are CRLF, none last."""

    name: bytes
    value: bytes
    whole: bytes

    def canonical(self, how: str, value: bytes | None = None) -> bytes:
        """`simple` or `relaxed`, without the last CRLF; another value may be put in its place."""
        if how == "simple":
            return self.whole if value is None else self.whole[: len(self.whole) - len(self.value)] + value
        text = (self.value if value is None else value).replace(b"\r\n", b"")
        return self.name + b":" + _SPACE.sub(b" ", text).strip(b" \t")


@dataclass(slots=True)
class Canonical:
    """One mail. The hashes of its body are made once for all signatures."""

    fields: Sequence[Field]
    body: bytes
    _hashes: dict[str, bytes] = field(default_factory=dict)

    def named(self, name: bytes) -> list[Field]:
        """The fields of that name, topmost first."""
        return [one for one in self.fields if one.name == name]

    def body_hash(self, how: str) -> bytes:
        """SHA-256 of the body in that form."""
        if how not in self._hashes:
            self._hashes[how] = hashlib.sha256(_canonical_body(self.body, how)).digest()
        return self._hashes[how]

    def signed(self, names: Sequence[bytes], how: str) -> bytes:
        """The fields that a signature names, the last of a name first (section 5.4.2), each with its CRLF."""
        waiting: dict[bytes, list[Field]] = {}
        for one in self.fields:
            waiting.setdefault(one.name, []).append(one)
        found = [waiting[name].pop() for name in names if waiting.get(name)]
        return b"".join(one.canonical(how) + b"\r\n" for one in found)


def divide(raw: bytes) -> Canonical | None:
    """The mail, or None when its header is none that everybody reads the same."""
    if raw.count(b"\n") != raw.count(b"\r\n"):
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if raw.startswith(b"\r\n"):
        return None
    head, blank, body = raw.partition(b"\r\n\r\n")
    if not blank:
        head = head.removesuffix(b"\r\n")
    if len(head) > limits.HEADER_BLOCK or b"\0" in head or b"\r" in head.replace(b"\r\n", b""):
        return None
    lines: list[list[bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            if not lines:
                return None
            lines[-1].append(line)
        elif not (not lines and line.startswith(b"From ")):
            lines.append([line])
    if len(lines) > limits.HEADER_COUNT:
        return None
    fields = []
    for pieces in lines:
        whole = b"\r\n".join(pieces)
        start = _FIELD.match(whole)
        if start is None:
            return None
        fields.append(Field(start[1].lower(), whole[start.end() :], whole))
    return Canonical(fields, body)


def _canonical_body(body: bytes, how: str) -> bytes:
    """Section 3.4.3 and 3.4.4. White space is pressed together before that of line ends is removed: the other way round
    a long run of it costs the square of its length."""
    if how == "relaxed":
        body = _SPACE.sub(b" ", body).replace(b" \r\n", b"\r\n")
    kept = len(body.rstrip(b"\r\n"))
    stray = body.rfind(b"\r\r", kept)  # a CR of its own is no line end: what is above it stays
    kept = stray + 1 if stray >= 0 else kept
    kept = len(body) if body.endswith(b"\r") else kept
    if kept == 0:
        return b"" if how == "relaxed" else b"\r\n"
    return body[:kept] + b"\r\n"
