"""Authentication-Results headers (RFC 8601) as they stood in the mail, topmost first.

In: raw header values. Out: `AuthResults`, one for each header that can be read; one that does not say who wrote it, as
Exchange Online writes them, has an empty authserv-id. Must never decide whom to believe, never raise, and look at every
character a constant number of times. What servers copy from a mail into such a header can try to end a value, a
quotation or a comment there: what can be read in two ways is no result.
"""

from __future__ import annotations

import re

from parsing import limits
from parsing.headers import clean, unfolded
from parsing.message import AuthMethod, AuthResults

_SPECIAL = ";="
# A name as servers write theirs: nothing in front, no quotation marks, then at most a version (RFC 8601 section 2.2)
# and a comment. Other ways to spell it are for those who hope that the border does not know its own name in them.
_NAME = re.compile(r"([!#-'*+\-.0-:<>-\[\]-~]++)(?:[ \t]{1,20}[0-9]{1,5})?(?:[ \t]{1,20}\(|[ \t]{0,20}(?:;|$))")
_CONTROLS = dict.fromkeys((*range(0x09), *range(0x0A, 0x20), 0x7F), "?")  # a tab is white space


def results(values: list[str]) -> tuple[AuthResults, ...]:
    """The readable headers in the order of the mail."""
    found = (_result(unfolded(value), len(value) <= limits.HEADER_VALUE) for value in values[: limits.AUTH_HEADERS])
    return tuple(result for result in found if result is not None)


def _result(value: str, is_all: bool) -> AuthResults | None:
    """One header; of one that is cut or does not come to an end only the name counts: what failed may be missing."""
    value = clean(value.translate(_CONTROLS))  # `clean` would take them out, and put together what they had parted
    tokens, is_whole = _tokens(value)
    groups: list[list[str]] = [[]]
    for piece in tokens:
        if piece == ";":
            groups.append([])
        else:
            groups[-1].append(piece)
    if not groups[0] or not groups[0][0]:
        return None
    # RFC 8601 section 2.2: authserv-id [ version ]; without one the first group is a method
    name = ""
    if "=" not in groups[0]:
        del groups[0]
        name = _name(value)
    is_whole = is_whole and is_all and len(groups) <= limits.AUTH_METHODS
    methods = [method for group in groups if (method := _method(group)) is not None] if is_whole else []
    return AuthResults(authserv_id=name, methods=tuple(methods)) if name or methods else None


def _name(value: str) -> str:
    """The authserv-id in lower case; one that is spelt in another way than servers do, as it stands there."""
    plain = _NAME.match(value)
    name = plain.group(1) if plain else value.partition(";")[0].strip()
    return name.lower() if name.isascii() else name  # there are letters whose lower case is ASCII, and they are not


def _method(group: list[str]) -> AuthMethod | None:
    """`dkim = pass reason = "…" header.d = example.org`; the lone word `none` is no method."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while position + 2 < len(group) and len(pairs) < limits.PARAMETERS:
        if group[position + 1] == "=" and group[position] != "=":
            pairs.append((group[position].lower(), group[position + 2].lower()))
            position += 3
        else:
            position += 1
    if not pairs or group[1] != "=":
        return None
    name, result = pairs[0]
    # A method may carry a version: `dkim/1=pass`.
    return AuthMethod(method=name.partition("/")[0].strip(), result=result, properties=tuple(pairs[1:]))


def _tokens(value: str) -> tuple[list[str], bool]:
    """Words, quoted strings (unquoted), `;` and `=`, and whether all quotations and comments come to an end; comments
    are left out, however deep (no recursion)."""
    tokens: list[str] = []
    is_whole = True
    word: list[str] = []
    position, end, depth = 0, len(value), 0

    def flush() -> None:
        if word:
            tokens.append("".join(word))
            word.clear()

    while position < end:
        char = value[position]
        if char == "\\" and depth:
            position += 1
        elif char == "(":
            if not depth and _is_value(tokens, word):
                word.append(char)  # `header.d=desk.example(.evil.example` is a signer's domain, and not desk.example
            flush()
            depth += 1
        elif depth:
            depth -= char == ")"
        elif char == '"':
            text, position = _quoted(value, position + 1)
            is_whole = is_whole and position < end
            word.append(text)
        elif char in _SPECIAL:
            # `=` inside a value belongs to it (an address such as bounce=a@b): only the first one separates.
            if char == "=" and tokens[-1:] == ["="] and word:
                word.append(char)
            else:
                flush()
                tokens.append(char)
        elif char in " \t":
            flush()
        else:
            word.append(char)
        position += 1
    flush()
    return tokens, is_whole and not depth


def _is_value(tokens: list[str], word: list[str]) -> bool:
    """Whether this word is the value of a property, such as `header.d`: servers put a space before its comment."""
    return bool(word) and tokens[-1:] == ["="] and "." in "".join(tokens[-2:-1])


def _quoted(value: str, position: int) -> tuple[str, int]:
    """The text of a quoted string and the position of its closing quote."""
    out: list[str] = []
    while position < len(value) and value[position] != '"':
        if value[position] == "\\" and position + 1 < len(value):
            position += 1
        out.append(value[position])
        position += 1
    # A quoted string must not be able to pretend to be punctuation.
    return "".join(out).replace(";", "").replace("=", "") if len(out) == 1 else "".join(out), position
