"""Authentication-Results headers (RFC 8601) as they stood in the mail, topmost first.

In: raw header values. Out: `AuthResults`, one for each header that can be read; one that does not say who wrote it, as
Exchange Online writes them, has an empty authserv-id. Must never decide whom to believe, never raise, and look at every
character a constant number of times.
"""

from __future__ import annotations

from parsing import limits
from parsing.headers import clean, unfolded
from parsing.message import AuthMethod, AuthResults

_SPECIAL = ";="


def results(values: list[str]) -> tuple[AuthResults, ...]:
    """The readable headers in the order of the mail."""
    found = (_result(unfolded(value)) for value in values[: limits.AUTH_HEADERS])
    return tuple(result for result in found if result is not None)


def _result(value: str) -> AuthResults | None:
    tokens = _tokens(clean(value))
    groups: list[list[str]] = [[]]
    for piece in tokens:
        if piece == ";":
            groups.append([])
        else:
            groups[-1].append(piece)
    if not groups[0] or not groups[0][0]:
        return None
    # RFC 8601 section 2.2: authserv-id [ version ]; without one the first group is a method
    name = "" if "=" in groups[0] else groups.pop(0)[0].lower()
    methods = [method for group in groups[: limits.AUTH_METHODS] if (method := _method(group)) is not None]
    return AuthResults(authserv_id=name, methods=tuple(methods)) if name or methods else None


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


def _tokens(value: str) -> list[str]:
    """Words, quoted strings (unquoted), `;` and `=`; comments are left out, however deep (no recursion)."""
    tokens: list[str] = []
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
            flush()
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif depth:
            pass
        elif char == '"':
            text, position = _quoted(value, position + 1)
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
    return tokens


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
