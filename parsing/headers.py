"""Single headers, each through one guarded getter.

In: raw header values of the compat32 tree (folded, 8-bit bytes as surrogates). Out: clean text, message ids, times.
Must never raise, never take more than linear time, and never let a control character, a NUL
or a bidirectional mark through: what is read here is later put into our own headers (intake 50, reliability 30).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from itertools import islice

from mailparser.dates import parse_mail_date

from parsing import charset, limits

# A word ends at `?=`; one that a relay cut off ends where the next begins, or with the header.
_WORD = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?((?:(?!=\?[^=]|\?=).){0,10000})(?:\?=|\??\s{0,10}(?:$|(?==\?[^=])))")
_ID = re.compile(r"<([^<>]{1,900})>")
_ISO = re.compile(r"\s{0,3}\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
# How nearly all dates are written; what else RFC 5322 allows is mail-parser's to read.
_MONTHS = {"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10,
           "Nov": 11, "Dec": 12}  # fmt: skip
_USUAL = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {1,2})?([0-9]{1,2}) ([A-Z][a-z][a-z]) ((?:19[7-9]|20[0-9])[0-9]) "
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]) ([+-][0-9]{2})([0-5][0-9])(?: \([A-Za-z ]{1,40}\))?"
)
_ODD = "date is not written as RFC 5322 wants it"
_WIDEST_ZONE = 15 * 3600
_DROPPED: dict[int, str | None] = dict.fromkeys(
    [*range(0x20), 0x7F, *range(0x80, 0xA0), 0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)]
)  # fmt: skip
_DROPPED.update({0x09: " ", 0x0A: " ", 0x0D: " ", 0x2028: " ", 0x2029: " "})
_HIDING = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\u180e\u00ad\ufeff\ufff9-\ufffb]|(?<=[A-Za-z0-9])[\u200c-\u200f](?=[A-Za-z0-9])"
)


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


def decoded(value: str, charset_hint: str = "") -> str:
    """A header as a person reads it: RFC 2047 words and raw 8-bit bytes decoded, then cleaned. The hint is the charset
    of the body: raw bytes that are no UTF-8 are most likely in it."""
    return clean(_written(unfolded(value), charset_hint)).strip()


def hides(value: str, charset_hint: str = "") -> bool:
    """Whether a header was written with characters that turn the direction or cannot be seen: `clean` takes them away,
    and who wrote them meant something else to be read. Joiners and marks of direction belong to some scripts."""
    value = unfolded(value)
    if value.isascii() and "=?" not in value:
        return False
    return _HIDING.search(_written(value, charset_hint).lstrip("\ufeff")) is not None


def _written(value: str, charset_hint: str) -> str:
    """An unfolded header with its words and raw bytes decoded, nothing taken out."""
    if "=?" not in value:
        return _raw(value, charset_hint)
    out: list[str] = []
    position = 0
    pending: _Words | None = None
    for match in islice(_WORD.finditer(value), limits.ENCODED_WORDS):
        between = value[position : match.start()]
        name = match.group(1).partition("*")[0].lower()  # RFC 2231 section 5: a language may follow
        near = not between.strip()
        if pending is None or pending.name != name or not near:
            _flush(pending, out)
            if pending is None or not near:
                out.append(_raw(between, charset_hint))  # white space between two words is dropped, section 6.2
            pending = _Words(name)
        # Words of one charset are joined before they are decoded: senders split multibyte characters.
        pending.texts.append((match.group(2), match.group(3)))
        position = match.end()
    _flush(pending, out)
    out.append(_raw(value[position:], charset_hint))
    return "".join(out)


@dataclass(slots=True)
class _Words:
    """Neighbouring encoded words of one charset."""

    name: str
    texts: list[tuple[str, str]] = field(default_factory=list)

    def decoded(self) -> str:
        data = b"".join(_word(*text) for text in self.texts)
        cut = any(len(text) % 4 and "=" not in text for _, text in self.texts[:-1])
        if cut and all(encoding in "bB" for encoding, _ in self.texts) and charset.decode(data, self.name)[1]:
            # One stream of base64 that was cut wherever the line was full.
            data = _word("b", "".join(text for _, text in self.texts))
        return charset.decode(data, self.name)[0]


def _flush(pending: _Words | None, out: list[str]) -> None:
    if pending is not None:
        out.append(pending.decoded())


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


def _raw(text: str, hint: str = "") -> str:
    """Raw 8-bit bytes of a header are UTF-8 (RFC 6532), in the charset of the body, or a guess."""
    if text.isascii():
        return text
    return charset.undeclared(text.encode("utf-8", "surrogateescape"), hint)


def message_ids(values: list[str]) -> tuple[str, ...]:
    """All message ids, oldest first, without repetition; over the cap the newest stay. White space inside one is that
    of a fold."""
    found: list[str] = []
    for value in values:
        text = clean(_raw(unfolded(value)))
        ids = [f"<{inner}>" for match in _ID.finditer(text) if (inner := "".join(match.group(1).split()))]
        if not ids and "@" in text:
            words = (word.strip("<>") for word in text.replace(",", " ").replace(";", " ").split())
            ids = [f"<{word}>" for word in words if _is_id(word)]
        found.extend(ids)
    unique = list(dict.fromkeys(reversed(found)))[: limits.REFERENCES]
    return tuple(reversed(unique))


def _is_id(word: str) -> bool:
    return 2 < len(word) < 900 and "@" in word[1:-1]


def message_id(values: list[str]) -> str:
    """The one Message-ID with its angle brackets; empty when there is none that could be quoted back."""
    if not values:
        return ""
    text = clean(_raw(unfolded(values[0])))
    match = _ID.search(text)
    if match:
        inner = "".join(match.group(1).split())
        return f"<{inner}>" if inner else ""
    words = text.replace("<", " ").replace(">", " ").split()
    return f"<{words[0]}>" if len(words) == 1 and len(words[0]) <= 900 else ""


def moment(values: list[str]) -> tuple[datetime | None, str]:
    """An aware UTC time and a defect; None for what no calendar has (intake 43, reliability 44)."""
    if not values:
        return None, ""
    text = unfolded(values[0])[:200]
    usual = _USUAL.fullmatch(text)
    value = _instant(*usual.groups()) if usual else None
    if value is not None:
        return _in_range(value)
    result = parse_mail_date(text)
    if result.value is not None:
        return _in_range(result.value.astimezone(UTC))
    return _lenient(text)


def _instant(day: str, month: str, year: str, *time: str) -> datetime | None:
    """The instant of a date and a time with its zone; None for what no calendar has."""
    hour, minute, second, zone, past = time
    try:
        value = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    offset = int(zone) * 60 + int(zone[0] + past)
    return value - timedelta(minutes=offset) if offset else value


def _lenient(text: str) -> tuple[datetime | None, str]:
    """Dates that RFC 5322 does not know but mailers write (no zone, asctime order)."""
    try:
        if _ISO.match(text):
            return _in_range(_zoned(datetime.fromisoformat(text.strip().replace(" ", "T", 1))), _ODD)
        fields = parsedate_tz(text)
        if fields is None:
            return None, "date cannot be read"
        offset = fields[9] or 0
        if abs(offset) > _WIDEST_ZONE:
            return None, "date has no possible zone"
        value = datetime(*fields[:6], tzinfo=UTC) - timedelta(seconds=offset)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        return None, "date cannot be read"
    return _in_range(value, _ODD)


def _zoned(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_range(value: datetime, odd: str = "") -> tuple[datetime | None, str]:
    if not 1970 <= value.year <= 9000:
        return None, "date is out of range"
    return value, odd
