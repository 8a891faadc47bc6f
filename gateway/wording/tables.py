"""Tables for people who read text: columns under their heads, at most 72 letters wide.

In: heads, rows of words; the last column is the one that may be long. Out: lines. A row that is too wide for one line
has its last column on a line of its own; what is still too long is cut.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from gateway.letter import shorten

WIDTH = 72
_GAP = "  "
_LEAST = 20
"""Letters that the last column has at least, where it shares the line."""


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The heads, and a line or two a row."""
    if not heads:
        return list(_labelled(rows))
    table = [tuple(row)[: len(heads)] for row in (heads, *rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
    *first, last = widths
    before = sum(first) + len(_GAP) * len(first)
    shares = before + min(last, _LEAST) <= WIDTH
    if not shares:
        first = _squeezed(first)
    lines = []
    for number, row in enumerate(table):
        cells = [f"{shorten(cell, width):<{width}}" for cell, width in zip(row, first, strict=False)]
        if shares:
            lines.append(_GAP.join([*cells, shorten(row[-1], WIDTH - before)]).rstrip())
            continue
        lines.append(_GAP.join(cells).rstrip())
        if number:  # its head would only be one line more to read
            lines.append(f"{_GAP}{shorten(row[-1], WIDTH - len(_GAP))}")
    return lines


def _squeezed(widths: list[int]) -> list[int]:
    """The widest columns give way until all of them fit on a line."""
    room = WIDTH - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda place: widths[place])
        widths[widest] -= 1
    return widths


def _labelled(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """`Requester: Nora Wind`: a name and what it is, on as many lines as it takes."""
    for row in rows:
        yield from wrapped(": ".join(filter(None, row)))


def wrapped(text: str, indent: str = "") -> list[str]:
    """Lines of at most 72 letters, those after the first two letters further in."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + _GAP, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
