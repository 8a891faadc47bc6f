"""The MIME fields of one part: Content-Type, Content-Disposition and their parameters (RFC 2045, 2183, 2231).

In: the unfolded value of a header. Out: `Media`, a lower-case main value with decoded parameters.
Must never raise and never take more than linear time: `Message.get_param` of Python 3.11 is quadratic in parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from parsing import charset, limits

_SHORT = 50  # characters; longer values have a boundary or a file name, which do not come again


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """`text/plain; charset=utf-8` → value `text/plain`, parameters `{"charset": "utf-8"}`."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A parameter; empty when absent."""
        return self.parameters.get(name, "")


def media(value: str, default: str = "") -> Media:
    """The main value and the parameters of a header. Nearly all mails have the same few short ones: those are kept."""
    return _short(value, default) if len(value) <= _SHORT else _media(value[: limits.HEADER_VALUE], default)


def _media(value: str, default: str) -> Media:
    main, semicolon, rest = value.partition(";")
    main = _main(main) or default
    return Media(value=main, parameters=_parameters(rest) if semicolon else {})


_short = lru_cache(maxsize=500)(_media)


def _main(text: str) -> str:
    """The main value without comments, white space and bytes that no token has (RFC 2045 section 5.1)."""
    text = text.partition("(")[0].strip().strip("\"'").lower()
    if " " in text or "\t" in text or "\n" in text:
        text = text.replace(" /", "/").replace("/ ", "/")  # RFC 822 section 3.1.4 let a space stand there
        text = text.split(None, 1)[0] if text.split() else ""
    return text[:100]


def _parameters(text: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in _pairs(text):
        if "*" not in name:
            plain.setdefault(name, value)
            continue
        stem, _, tail = name.partition("*")
        encoded = tail.endswith("*") or tail == ""
        number = tail.rstrip("*")
        index = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
        pieces.setdefault(stem, {}).setdefault(index, (value, encoded))
    for stem, found in pieces.items():
        # RFC 2231 wins over a plain parameter of the same name (RFC 6266 section 4.3 says so for HTTP; clients agree).
        plain[stem] = _joined(found)
    return plain


def _pairs(text: str) -> list[tuple[str, str]]:
    """name, value pairs; a quoted string may hold semicolons. Every character is looked at once."""
    pairs: list[tuple[str, str]] = []
    position, end = 0, len(text)
    while position < end and len(pairs) < limits.PARAMETERS:
        equals = text.find("=", position)
        if equals < 0:
            break
        semicolon = text.find(";", position, equals)
        if semicolon >= 0:
            position = semicolon + 1
            continue
        name = text[position:equals].strip().lower()
        position = equals + 1
        while position < end and text[position] in " \t\r\n":
            position += 1
        if position < end and text[position] == '"':
            value, position = _quoted(text, position + 1)
            if text[position : position + 1].strip(" \t\r\n;("):  # `"a"b.pdf`: the quotes were part of the name
                stop = text.find(";", position)
                stop = end if stop < 0 else stop
                value, position = f'{value}"{text[position:stop].strip()}', stop
        else:
            stop = text.find(";", position)
            stop = end if stop < 0 else stop
            value, position = text[position:stop].strip(), stop
            cut = value.find(" (") if value.endswith(")") else -1
            value = value[:cut] if cut > 0 else value
        following = text.find(";", position)
        position = end if following < 0 else following + 1
        if name:
            pairs.append((name[:60], value))
    return pairs


def _quoted(text: str, position: int) -> tuple[str, int]:
    """The rest of a quoted string and where it ends; an unclosed one ends at the next semicolon."""
    out: list[str] = []
    start = position
    while True:
        quote = text.find('"', position)
        if quote < 0:
            stop = text.find(";", start)
            stop = len(text) if stop < 0 else stop
            return text[start:stop].strip(), stop
        slashes = quote
        while slashes > position and text[slashes - 1] == "\\":
            slashes -= 1
        if (quote - slashes) % 2 == 0:
            out.append(text[position:quote])
            return _unescaped("".join(out)), quote + 1
        out.append(text[position : quote + 1])
        position = quote + 1


def _unescaped(text: str) -> str:
    r"""Backslash pairs undone, except where they are the separators of a Windows path."""
    if "\\" not in text:
        return text
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 section 3 and 4: numbered pieces, each perhaps percent-encoded; the charset stands in the first."""
    name = ""
    raw: list[bytes] = []
    for index in sorted(pieces):
        value, encoded = pieces[index]
        if index == min(pieces) and encoded and value.count("'") >= 2:
            name, _, value = value.split("'", 2)
        data = value.encode("utf-8", "surrogateescape")  # a percent-encoded value may hold raw 8-bit bytes as well
        raw.append(unquote_to_bytes(data) if encoded else data)
    return charset.decode(b"".join(raw), name)[0]
