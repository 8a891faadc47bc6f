"""Our questions as they come back, with answers typed into them where the client marks those as quoted, too.

In: what a mail quotes, the fields that were asked for, the texts that we had sent. Out: the lines below a question that
are neither its hint in brackets nor the values to choose from. Only a question that came back without an answer behind
its label is one of ours; what stands below an empty line is left alone, because our own next paragraph does, and so is
each line that we had written, as some clients leave out the empty ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsing.intake import layout
from parsing.message import Sought

LETTERS, LINES = 16_000, 300
"""How much of a quotation is looked at."""

_HINT = 8  # lines that a hint in brackets may have
_ANSWER = 40  # lines of one answer
_MARKS = ">| \t\u00a0"


def filled(
    quoted: str, asked: Sequence[Sought], names: layout.Names, ours: Sequence[str] = ()
) -> list[tuple[Sought, list[str]]]:
    """The answers that stand inside the quoted questions, or behind their labels anywhere below the first of them."""
    if not quoted or not asked:
        return []
    by_name = {one.name: one for one in asked}
    known = {_bare(line) for text in ours for line in text.split("\n")}
    lines = [line.lstrip(_MARKS).rstrip() for line in quoted[:LETTERS].split("\n", LINES)[:LINES]]
    heads = [layout.named(line, names) if line else None for line in lines]
    found: list[tuple[Sought, list[str]]] = []
    questions = False
    for index, head in enumerate(heads):
        if head is None or head[0] not in by_name or ":" not in lines[index]:
            continue
        sought, said = by_name[head[0]], head[1]
        if said and not questions:
            continue
        questions = True
        start = index + 1 if said else _below_question(lines, index + 1, sought)
        end = start
        while end < min(len(lines), start + _ANSWER) and lines[end] and heads[end] is None:
            end += 1
        below = [line for line in lines[start:end] if _bare(line) not in known]
        if said or below:
            found.append((sought, [said, *below]))
    return found


def _bare(line: str) -> str:
    return " ".join(line.lstrip(_MARKS).split())


def _below_question(lines: Sequence[str], start: int, sought: Sought) -> int:
    """Where the hints and the values to choose from end."""
    index, bound = start, min(len(lines), start + 4 * _HINT)
    while index < bound and lines[index].startswith("("):
        end = next((at for at in range(index, min(bound, index + _HINT)) if lines[at].endswith(")")), None)
        if end is None:
            break
        index = end + 1
    values = len(sought.choices) or (2 if sought.kind == "yesno" else 0)
    for letter in "abcdefghijklmnopqrstuvwxyz"[:values]:
        if index < len(lines) and lines[index].startswith((f"{letter}) ", f"{letter}. ")):
            index += 1
    return index
