"""Single headers, each through one guarded getter.

In: raw header values of the compat32 tree (folded, 8-bit bytes as surrogates). Out: clean text, message ids, times,
Authentication-Results. Must never raise, never take more than linear time, and never let a control character, a NUL
or a bidirectional mark through: what is read here is later put into our own headers (intake 50, reliability 30).
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from itertools import islice

from mailparser.dates import parse_mail_date

from parsing import charset, limits

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_ID = re.compile(r"<([^<>\s]{1,900})>")
_WIDEST_ZONE = 15 * 3600
_DROPPED: dict[int, str | None] = dict.fromkeys(
    [*range(0x20), 0x7F, *range(0x80, 0xA0), 0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)]
)  # fmt: skip
_DROPPED.update({0x09: " ", 0x0A: " ", 0x0D: " ", 0x2028: " ", 0x2029: " "})


def unfolded(value: str) -> str:
    """One line: RFC 5322 section 2.2.3 removes the line end and keeps the space; capped."""
    value = value[: limits.HEADER_VALUE]
    if "\n" in value or "\r" in value:
        value = value.replace("\r", "").replace("\n", "")
    return value.strip(" \t")


def clean(text: str) -> str:
    """Without controls, bidirectional marks, zero-width characters and surrogates."""
    if text.isascii() and text.isprintable():
        return text
    text = text.translate(_DROPPED)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def decoded(value: str) -> str:
    """A header as a person reads it: RFC 2047 words and raw 8-bit bytes decoded, then cleaned."""
    value = unfolded(value)
    if "=?" not in value:
        return clean(_raw(value)).strip()
    out: list[str] = []
    position = 0
    pending: tuple[str, list[bytes]] | None = None
    for match in islice(_WORD.finditer(value), limits.ENCODED_WORDS):
        between = value[position : match.start()]
        name = match.group(1).partition("*")[0].lower()
        data = _word(match.group(2), match.group(3))
        if pending is not None and pending[0] == name and not between.strip():
            # Words of one charset are joined before they are decoded: senders split multibyte characters.
            pending[1].append(data)
        else:
            _flush(pending, out)
            if pending is None or between.strip():
                out.append(_raw(between))  # white space between two words is dropped, RFC 2047 section 6.2
            pending = (name, [data])
        position = match.end()
    _flush(pending, out)
    out.append(_raw(value[position:]))
    return clean("".join(out)).strip()


def _flush(pending: tuple[str, list[bytes]] | None, out: list[str]) -> None:
    if pending is not None:
        out.append(charset.decode(b"".join(pending[1]), pending[0])[0])


def _word(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "), header=False)
    return base64_bytes(data)


def base64_bytes(data: bytes) -> bytes:
    """Base64 with junk and wrong padding, as far as it can be read."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        kept = data.translate(None, _NOT_BASE64)
        kept = kept[: len(kept) - (1 if len(kept) % 4 == 1 else 0)]
        try:
            return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
        except binascii.Error:
            return b""


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def _raw(text: str) -> str:
    """Raw 8-bit bytes of a header are UTF-8 (RFC 6532) or a guess."""
    if text.isascii():
        return text
    return charset.decode(text.encode("utf-8", "surrogateescape"))[0]


def message_ids(values: list[str]) -> tuple[str, ...]:
    """All message ids, oldest first, without repetition; over the cap the newest stay."""
    found: list[str] = []
    for value in values:
        text = clean(_raw(unfolded(value)))
        ids = [f"<{match.group(1)}>" for match in _ID.finditer(text)]
        if not ids and "@" in text and "<" not in text:
            ids = [f"<{word.strip(',;<>')}>" for word in text.split() if "@" in word and len(word) < 900]
        found.extend(ids)
    unique = list(dict.fromkeys(reversed(found)))[: limits.REFERENCES]
    return tuple(reversed(unique))


def message_id(values: list[str]) -> str:
    """The one Message-ID with its angle brackets; empty when there is none that could be quoted back."""
    if not values:
        return ""
    text = clean(_raw(unfolded(values[0])))
    match = _ID.search(text)
    if match:
        return f"<{match.group(1)}>"
    words = text.replace("<", " ").replace(">", " ").split()
    return f"<{words[0]}>" if len(words) == 1 and len(words[0]) <= 900 else ""


def moment(values: list[str]) -> tuple[datetime | None, str]:
    """An aware UTC time and a defect; None for what no calendar has (intake 43, reliability 44)."""
    if not values:
        return None, ""
    text = unfolded(values[0])[:200]
    result = parse_mail_date(text)
    if result.value is not None:
        return _in_range(result.value.astimezone(UTC))
    return _lenient(text)


def _lenient(text: str) -> tuple[datetime | None, str]:
    """Dates that RFC 5322 does not know but mailers write (no zone, asctime order)."""
    try:
        fields = parsedate_tz(text)
        if fields is None:
            return None, "date cannot be read"
        offset = fields[9] or 0
        if abs(offset) > _WIDEST_ZONE:
            return None, "date has no possible zone"
        value = datetime(*fields[:6], tzinfo=UTC) - timedelta(seconds=offset)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        return None, "date cannot be read"
    found, defect = _in_range(value)
    return found, defect or "date is not written as RFC 5322 wants it"


def _in_range(value: datetime) -> tuple[datetime | None, str]:
    if not 1970 <= value.year <= 9000:
        return None, "date is out of range"
    return value, ""
