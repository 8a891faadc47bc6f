"""Text formats that are neither plain lines nor HTML: format=flowed (RFC 3676) and text/enriched (RFC 1896).

In: the characters of a text part, line ends as LF. Out: plain lines. Must never look at a character more than a
constant number of times.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"<(/?)([a-zA-Z0-9-]{1,60})>|<<")
_NEWLINES = re.compile(r"\n{1,1000}")


def flowed(text: str, delsp: bool = False) -> str:
    """RFC 3676: soft line ends joined, space-stuffing removed; a quotation and a signature mark stay lines."""
    out: list[str] = []
    flowing: list[str] = []
    depth = 0
    for line in text.split("\n"):
        bare = line.lstrip(">")
        quotes = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        soft = bare.endswith(" ") and bare != "-- "
        if flowing and (quotes != depth or bare == "-- "):
            # Section 4.5: a paragraph ends where the quote depth changes.
            out.append(_quoted("".join(flowing), depth))
            flowing = []
        depth = quotes
        if soft:
            flowing.append(bare[:-1] if delsp else bare)
            continue
        flowing.append(bare)
        out.append(_quoted("".join(flowing), depth))
        flowing = []
    if flowing:
        out.append(_quoted("".join(flowing), depth))
    return "\n".join(out)


def _quoted(text: str, depth: int) -> str:
    return f"{'>' * depth} {text}" if depth else text


def enriched(text: str) -> str:
    """RFC 1896: a single line end is a space, of more one is dropped; `<param>` holds no text, `<<` is `<`, an
    `<excerpt>` is a quotation and `<nofill>` keeps its line ends."""
    out: list[str] = []
    depth = parameters = verbatim = position = 0
    for match in _COMMAND.finditer(text):
        piece = text[position : match.start()]
        position = match.end()
        if not parameters:
            out.append(piece if verbatim else _filled(piece))
        if match.group() == "<<":
            out.append("" if parameters else "<")
            continue
        step, name = -1 if match.group(1) else 1, match.group(2).lower()
        if name == "param":
            parameters = max(0, parameters + step)
        elif name == "nofill":
            verbatim = max(0, verbatim + step)
        elif name == "excerpt":
            depth = min(20, max(0, depth + step))
            out.append("\n" + "> " * depth)
        elif name in {"nl", "np", "paragraph"}:  # text/richtext, RFC 1341
            out.append("\n")
        elif name == "lt":
            out.append("<")
    if not parameters:
        out.append(text[position:] if verbatim else _filled(text[position:]))
    return "".join(out)


def _filled(text: str) -> str:
    return _NEWLINES.sub(lambda found: "\n" * (len(found.group()) - 1) or " ", text) if "\n" in text else text


_LINKED = re.compile(
    r"(?<![^\s<>()\[\]:,;'\"])([^\s<>()\[\]:,;'\"@]{1,64}@[^\s<>()@,;]{1,255}) ?<mailto:([^\s<>]{1,320})>"
)


def unlinked(text: str) -> str:
    """Without the links that repeat the address before them, as Outlook writes them into plain text: `a@b<mailto:a@b>`.
    Anything that is not the very same address stays: a link that leads elsewhere is to be seen."""
    return _LINKED.sub(lambda found: found[1] if found[1].lower() == found[2].lower() else found[0], text)
