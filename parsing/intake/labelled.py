"""Lines that begin with a field's name: `Since: Monday`, `- **Steps** - open, click`, a heading with a list below it, a
row of a table as HTML gives it.

In: text, the fields. Out: which field a line names and what it says of it, with the place of the value. Must never read
more than `LETTERS` letters or `LINES` lines, and never take a sentence with a colon for a label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsing.intake import labels
from parsing.message import Sought

LETTERS, LINES, BELOW = 20_000, 400, 40
"""What is looked at, and how many lines a value may go on below its label."""

_WIDE = 55
"""A line at least that long may have been wrapped by a mail program: what follows belongs to it."""

_DIVIDER = re.compile(r":\s|:$|：|\s[-–—=|>]+\s|\t|\s*\|\s|=\s?|\?\s|\*:|:\*|:_")
_ITEM = re.compile(r"\s*(?:[-*•·‣▪●◦–]|\(?\d{1,2}[.):]|[a-z][.)])\s")
_FIRST = re.compile(r"[\W\d_]{0,12}([^\W\d_]+)")
_TRIM = " \t*_|`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A field that a line names, and what it says of it, at `start:end` of the text."""

    field: str
    value: str
    start: int
    end: int


class Labels:
    """The labels of a desk's fields, ready to look for: made once for a configuration."""

    __slots__ = ("fields", "firsts", "inner", "kinds", "longest")

    def __init__(self, sought: Sequence[Sought]) -> None:
        self.fields = labels.of(sought)
        self.firsts = frozenset(first[1] for label in self.fields if (first := _FIRST.match(label)))
        self.kinds = {one.name: one.kind for one in sought}
        self.longest = min(labels.LONGEST, max((len(label) for label in self.fields), default=0) + 24)
        names = sorted(self.fields, key=len, reverse=True)
        self.inner = (
            re.compile(
                rf"(?<=[.;,/|!?])\s+(?:[*_]{{1,2}})?({'|'.join(map(re.escape, names))})(?:[*_]{{1,2}})?:\s",
                re.IGNORECASE,
            )
            if names
            else None
        )


_KNOWN: dict[int, tuple[Sequence[Sought], Labels]] = {}


def known(sought: Sequence[Sought]) -> Labels:
    """The labels of these fields; a configuration is one object, and is read once."""
    kept = _KNOWN.get(id(sought))
    if kept is not None and kept[0] is sought:
        return kept[1]
    if len(_KNOWN) >= 16:
        _KNOWN.clear()
    made = Labels(sought)
    _KNOWN[id(sought)] = (sought, made)
    return made


def lines(text: str, sought: Sequence[Sought]) -> tuple[Labelled, ...]:
    """What labelled lines say, in the order of the text. A value is stripped and may have several lines; one that is
    empty is given as well: the field was named and nothing said of it."""
    ready = known(sought)
    if not ready.fields:
        return ()
    heads = _heads(text[:LETTERS], ready)
    found: list[Labelled] = []
    for at, head in enumerate(heads):
        stop = heads[at + 1].begin if at + 1 < len(heads) else min(len(text), LETTERS)
        if head.field:
            found.extend(_valued(text, head, stop, ready))
    return tuple(found)


@dataclass(slots=True)
class _Head:
    """A line that begins with a label, ours or (`field` empty) somebody else's; the value begins at `value`."""

    begin: int
    value: int
    field: str


def _heads(text: str, ready: Labels) -> list[_Head]:
    heads: list[_Head] = []
    at = 0
    for number, line in enumerate(text.split("\n")):
        if number >= LINES:
            heads.append(_Head(at, at, ""))
            break
        head = _head(line, at, ready) if line else None
        if head is not None:
            heads.append(head)
        at += len(line) + 1
    return heads


def _head(line: str, at: int, ready: Labels) -> _Head | None:
    fields = ready.fields
    front = line[: ready.longest + 4]
    colon = front.find(":")
    first = _FIRST.match(front)
    if first is None or (first[1].lower() not in ready.firsts and not 0 < colon < 40):
        return None
    if colon > 0:
        name = labels.normal(front[:colon])
        field = fields.get(name)
        if field is not None:
            return _Head(at, at + colon + 1, field)
    for divider in _DIVIDER.finditer(front):
        if divider.start() == colon:
            if 0 < colon < 40 and len(front[:colon].split()) <= 3 and not _ITEM.match(front):
                return _Head(at, at + colon + 1, "")  # a label of something else ends what is above it
            continue
        field = fields.get(labels.normal(front[: divider.start()]))
        if field is not None:
            return _Head(at, at + divider.end(), field)
    if len(line) <= ready.longest and colon < 0:
        field = fields.get(labels.normal(line))
        if field is not None:
            return _Head(at, at + len(line), field)
    return None


def _valued(text: str, head: _Head, stop: int, ready: Labels) -> list[Labelled]:
    """The value of one label; further labels in the same paragraph divide it."""
    end = _end(text, head.value, stop, ready.kinds[head.field])
    pieces: list[Labelled] = []
    field, start = head.field, head.value
    if ready.inner is not None and ":" in text[start:end]:
        for inner in ready.inner.finditer(text, start, end):
            pieces.append(_piece(text, field, start, inner.start()))
            field, start = ready.fields[labels.normal(inner[1])], inner.end()
    pieces.append(_piece(text, field, start, end))
    return pieces


def _piece(text: str, field: str, start: int, end: int) -> Labelled:
    value = text[start:end]
    left = len(value) - len(value.lstrip(_TRIM + "\n:"))
    value = value[left:].rstrip(_TRIM + "\n")
    return Labelled(field=field, value=value, start=start + left, end=start + left + len(value))


def _end(text: str, start: int, stop: int, kind: str) -> int:
    """Where the value ends: with its line, unless that was wrapped, or a list or the whole value stands below it."""
    end = text.find("\n", start, stop)
    if end < 0:
        return stop
    line = text[text.rfind("\n", 0, start) + 1 : end]
    said = bool(text[start:end].strip(_TRIM + ":"))
    block, listed, blank, at = not said, False, False, end
    for _ in range(BELOW):
        if at >= stop:
            break
        after = text.find("\n", at + 1, stop)
        after = stop if after < 0 else after
        last, line, at = line, text[at + 1 : after], after
        item = bool(_ITEM.match(line))
        if not line.strip():
            if blank or (said and not listed and kind != "steps"):
                break
            blank = True
            continue
        if said and not _continues(line, last, item=item, listed=listed or kind == "steps", block=block, blank=blank):
            break
        said, blank, listed, end = True, False, listed or item, after
    return end


def _continues(line: str, last: str, *, item: bool, listed: bool, block: bool, blank: bool) -> bool:
    """Whether a line below a value belongs to it: an item of its list, what is indented, the rest of a paragraph."""
    if item:
        return listed
    if blank:
        return False
    return block or line[:1] in " \t" or line[:1].islower() or len(last) >= _WIDE
