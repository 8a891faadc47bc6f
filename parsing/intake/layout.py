"""How somebody laid an answer out: which lines name the question that they answer, by its label or its number.

In: own words, the fields in the order in which they were asked, all fields of the desk. Out: entries, each with the
field that it names (or none) and its lines. Every line stands in exactly one entry, in its order, and is looked at a
constant number of times; what a line says is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from parsing.intake import labels
from parsing.message import Sought

FREE = frozenset({"text", "observed", "expected", "steps"})
"""Kinds of free words: lists and paragraphs may belong to them."""

_LABEL = 60  # letters that a label may have
_SIGNS = "*_•·#>▪◦‣→-–— \t"
_CUT = re.compile(r"\s*[:：=|\t]\s*|\s+[-–—]\s+")
_AFTER = frozenset((".", ")", ":", ""))
_CUTS = 3  # signs of a line that may end its label
_MONTHS = frozenset(
    (
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
        "januar", "jänner", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember", "mär", "okt", "dez",
        "janvier", "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre", "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
        "januari", "februari", "maart", "mei", "augustus",
    )
)  # fmt: skip
_BEFORE = (
    r"(?:ad|zu|to|re|on|à|a|au|al|alla|aan|bij|sur|auf|für|for)\s+"
    r"(?:(?:frage|question|q|punkt|point|pregunta|punto|domanda|vraag|punt|nummer|number|numéro|número|nr|no)\.?\s*)?|"
    r"(?:frage|question|q|punkt|point|pregunta|punto|domanda|vraag|punt|answer|antwort|réponse|respuesta|risposta|"
    r"antwoord|nummer|number|nr|no)\.?\s*"
)
_NUMBERED = re.compile(
    rf"[ \t>*•-]{{0,6}}(?:(?P<before>{_BEFORE}))?[(\[#]?(?P<number>\d{{1,2}})"
    rf"(?:(?:[):\]]+\.?|\.\)?)(?=\s|$)|(?P<bare>\s*[-–—,]?)(?=\s|$))\s*",
    re.IGNORECASE,
)
_AMBIGUOUS = frozenset(("to", "on", "for", "à", "a", "au", "al", "alla", "aan", "bij", "sur", "auf", "für"))
"""Words before a number that stand before any other as well."""
_LETTERED = re.compile(r"[ \t>*•-]{0,6}\(?(?P<letter>[a-h])[).](?=\s)\s*", re.IGNORECASE)
_SHORT = re.compile(r"\W{0,3}(?:\d{1,2}\s?[.):=-]?\s?\(?[a-z]\)?(?:[\s,;/.]{1,3}|$)){1,12}", re.IGNORECASE)
_PAIR = re.compile(r"(\d{1,2})\s?[.):=-]?\s?\(?([a-z])\b", re.IGNORECASE)
_NUMERAL = re.compile(r"\d|\b[a-hA-H][).]")
_NEAR = 24  # letters in which the number of a line stands
_WITHIN = re.compile(r"(?:^|(?<=\s))[(\[]?(\d{1,2})[).:\]]+(?=\s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Lines that answer `field` (none: they do not say which question they answer). `number` is the question's, where
    the entry began with one."""

    field: str = ""
    lines: tuple[str, ...] = ()
    number: int = 0


@dataclass(slots=True)
class _Open:
    """An entry that is being read."""

    field: str
    lines: list[str]
    number: int = 0
    nested: int = 0
    """The last number of a list inside it."""

    @property
    def has_words(self) -> bool:
        return any(line.strip() for line in self.lines)

    def closed(self) -> Entry:
        return Entry(field=self.field, lines=tuple(self.lines), number=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What fields are called: `all` also by the words that reports use, `declared` as the desk itself does. A line
    without a sign behind it is a label only where the desk declares it."""

    all: Mapping[str, str]
    declared: frozenset[str]
    beginnings: frozenset[str]
    """The first two letters of each."""


@lru_cache(maxsize=64)
def names(known: tuple[Sought, ...]) -> Names:
    """The field that each label names. What two fields share names the first."""
    declared = frozenset(labels.normal(label) for one in known for label in (*one.labels, one.name))
    found = labels.of(known)
    return Names(all=found, declared=declared, beginnings=frozenset(label[:2] for label in found))


def named(line: str, by: Names) -> tuple[str, str] | None:
    """The field whose label the line begins with, and what it says behind it."""
    bare = line.lstrip(_SIGNS)
    if bare[:2].lower() not in by.beginnings and not bare[:1].isdigit() and bare[1:2] not in _AFTER:
        return None
    head = bare[: _LABEL + 20]
    for count, cut in enumerate(_CUT.finditer(head)):
        if count == _CUTS:
            break
        field = by.all.get(labels.normal(head[: cut.start()]))
        if field:
            return field, bare[cut.end() :].lstrip("*_ \t")
    asks = head.find("?")
    if asks > 0 and (field := by.all.get(labels.normal(head[:asks]))):
        return field, bare[asks + 1 :].strip()
    if 0 < len(bare) <= _LABEL and (label := labels.normal(bare)) in by.declared:
        return by.all[label], ""
    return None


def entries(lines: Sequence[str], asked: Sequence[Sought], by: Names) -> tuple[Entry, ...]:
    """The lines in entries."""
    heads = [named(line, by) or _behind_number(line, by) for line in lines]
    if any(heads):
        return _labelled(lines, heads, asked)
    return _pairs(lines, asked) or _numbered(lines, asked) or _lettered(lines, asked) or (Entry(lines=tuple(lines)),)


def below(lines: Sequence[str], field: str, asked: Sequence[Sought], by: Names) -> tuple[Entry, ...]:
    """The lines below a question that came back: they answer it until one of them names another one. Their numbers are
    a list's."""
    heads = [named(line, by) or _behind_number(line, by) for line in lines]
    return _labelled(lines, heads, asked, field) if any(heads) else (Entry(field=field, lines=tuple(lines)),)


def _behind_number(line: str, by: Names) -> tuple[str, str] | None:
    """`2. Affected users: 25`: the label says which question it is."""
    if not _NUMERAL.search(line, 0, _NEAR):
        return None
    marker = _NUMBERED.match(line) or _LETTERED.match(line)
    return named(line[marker.end() :], by) if marker and marker.end() < len(line) else None


def _labelled(
    lines: Sequence[str], heads: Sequence[tuple[str, str] | None], asked: Sequence[Sought], above: str = ""
) -> tuple[Entry, ...]:
    """Entries that begin with labels. A number begins one, too, but not within free words: there it counts steps."""
    kinds = {one.name: one.kind for one in asked}
    places = {one.name: place for place, one in enumerate(asked, 1)}
    used = {head[0] for head in heads if head}
    current = _Open(above, [])
    found = [current]
    for line, head in zip(lines, heads, strict=True):
        if head is not None:
            current = _Open(head[0], [head[1]])
            found.append(current)
            continue
        free = current.field and (current.field == above or kinds.get(current.field, "text") in FREE)
        marker = None if free else _marker(line, len(asked), 0)
        if marker is not None and asked[marker[0] - 1].name not in used:
            name = asked[marker[0] - 1].name
            current = _Open(name, [marker[1]], places[name])
            found.append(current)
        else:
            current.lines.append(line)
    return tuple(one.closed() for one in found if one.field or one.has_words)


def _pairs(lines: Sequence[str], asked: Sequence[Sought]) -> tuple[Entry, ...]:
    """`1b 2a`: numbers and letters, and nothing else."""
    found: list[Entry] = []
    for line in lines:
        if line.strip() and (len(line) > _LABEL or not _SHORT.fullmatch(line.strip())):
            return ()
        for pair in _PAIR.finditer(line):
            number = int(pair[1])
            if not 0 < number <= len(asked):
                return ()
            found.append(Entry(field=asked[number - 1].name, lines=(pair[2],), number=number))
    return tuple(found)


def _marker(line: str, most: int, above: int) -> tuple[int, str] | None:
    """The number that the line begins with, as far as it can be a question's, and what stands behind it."""
    found = _NUMBERED.match(line)
    if found is None or (found["bare"] is not None and not found["before"]):
        return None
    bare = found["bare"]
    if bare is not None and not bare.strip() and found["before"].strip().lower() in _AMBIGUOUS:
        return None  # `for 3 days`, `auf 2 Rechnern`
    number, text = int(found["number"]), line[found.end() :]
    if text.partition(" ")[0].rstrip(".,").lower() in _MONTHS:
        return None  # `3. November` is a day
    return (number, text) if above < number <= most else None


def _numbered(lines: Sequence[str], asked: Sequence[Sought]) -> tuple[Entry, ...]:
    """Entries that begin with the numbers of the questions; none when the numbers are those of a list.

    Numbers only rise. A number that follows the last one of a list inside an answer, further in than the numbers of
    the answers, goes on with that list."""
    most = len(asked)
    markers = [_marker(line, 99, 0) for line in lines]
    if not any(markers) or _is_list([one[0] for one in markers if one], asked):
        return ()
    current = _Open("", [])
    found, margin = [current], -1
    for line, marker in zip(lines, markers, strict=True):
        indent = len(line) - len(line.lstrip())
        if marker is not None and _begins(marker[0], current, most, indent, margin):
            for number, text in _split(marker[0], marker[1], most, {one[0] for one in markers if one}):
                current = _Open(asked[number - 1].name, [text], number)
                inner = _marker(text, 99, 0)
                current.nested = inner[0] if inner else 0
                found.append(current)
            margin = indent if margin < 0 else margin
            continue
        if marker is not None:
            current.nested = marker[0]
        current.lines.append(line)
    return tuple(one.closed() for one in found if one.field or one.has_words)


def _begins(number: int, current: _Open, most: int, indent: int, margin: int) -> bool:
    if not current.number < number <= most:
        return False
    goes_on = bool(current.nested) and number == current.nested + 1
    return not goes_on or (indent <= margin and number == current.number + 1)


def _is_list(numbers: Sequence[int], asked: Sequence[Sought]) -> bool:
    """One question of free words and a list of several lines, or more numbers than questions and none for each."""
    if numbers[0] != 1:
        return False
    rising = numbers == list(range(1, len(numbers) + 1))
    if len(asked) == 1:
        return len(numbers) > 1
    return rising and len(numbers) > len(asked)


def _split(number: int, text: str, most: int, elsewhere: set[int]) -> list[tuple[int, str]]:
    """`1) 25 2) b` on one line: answers to questions that begin no line of their own."""
    pieces, start = [], 0
    for cut in _WITHIN.finditer(text):
        if int(cut[1]) == number + 1 <= most and number + 1 not in elsewhere:
            pieces.append((number, text[start : cut.start()].rstrip(" ,;")))
            number, start = number + 1, cut.end()
    pieces.append((number, text[start:].lstrip()))
    return pieces


def _lettered(lines: Sequence[str], asked: Sequence[Sought]) -> tuple[Entry, ...]:
    """`a) 25`, `b) yesterday`: letters for numbers, where nothing was asked that is answered with a letter."""
    if len(asked) < 2 or any(one.kind in ("choice", "yesno", "product") for one in asked):
        return ()
    markers = [_LETTERED.match(line) for line in lines]
    if "".join(one["letter"].lower() for one in markers if one) != "abcdefgh"[: sum(map(bool, markers))]:
        return ()
    current = _Open("", [])
    found = [current]
    for line, marker in zip(lines, markers, strict=True):
        number = ord(marker["letter"].lower()) - 96 if marker else 0
        if marker and number <= len(asked):
            current = _Open(asked[number - 1].name, [line[marker.end() :]], number)
            found.append(current)
        else:
            current.lines.append(line)
    named_any = any(one.field for one in found)
    return tuple(one.closed() for one in found if one.field or one.has_words) if named_any else ()
