"""The file of organisations: a CSV text comes in, its rows or a line for every mistake go out.

The columns are the keys of `[[organisation]]`; lists have semicolons inside their cell. It reads what spreadsheets
write: a byte order mark, quotes, CRLF, semicolons or tabs between cells. Opens no file; a mistake names file and line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from gateway.config import notation
from gateway.config.policy.urgency import Row
from gateway.config.problem import UnfitError, nearest, say_missing, say_unfit, say_unknown
from gateway.rules.desk import Organisation
from gateway.rules.policy.intake import FROM_ORGANISATION

MOST_PROBLEMS = 20
"""Lines about one file: a wrong separator makes a mistake of every row."""
MOST_BYTES = 32 << 20
"""Bytes of a file; a hundred thousand organisations have fewer."""
LONGEST_CELL = 10_000
MOST_DIGITS = 15
DELIMITERS = ",;\t"

Cells = Mapping[str, str]
Told = list[tuple[int, str]]
"""Mistakes with their lines, as they are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file holds, and what is wrong with it, as lines for the operator."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...]


def read(content: bytes, name: str, taken: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> Found:
    """The organisations of the file called `name`. `taken` are domains and contacts that the configuration has already,
    with where they stand there; `known` the fields that an organisation may tell, with their values where they have
    few."""
    told: Told = []
    rows = tuple(_read(content, taken, known, told))
    lines = [f"{name}: line {line}: {text}" for line, text in told[:MOST_PROBLEMS]]
    if len(told) > MOST_PROBLEMS:
        lines.append(f"{name}: {len(told) - MOST_PROBLEMS} more like these")
    return Found(rows=rows, problems=tuple(lines))


def _read(content: bytes, taken: Mapping[str, str], known: Mapping[str, Sequence[str]], told: Told) -> Iterator[Row]:
    text = _decode(content, told)
    if text is None:
        return
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True), told)
    begins, names = next(rows, (1, []))
    columns = _columns(names, begins, told)
    if columns is None:
        return
    seen = dict(taken)
    for line, cells in rows:
        if len(cells) > len(columns):
            told.append((line, f"found {len(cells)} cells; expected at most {len(columns)}, one for each column"))
            continue
        row = _row(dict(zip(columns, cells, strict=False)), line, seen, told)
        if row is not None and _are_known(row.one.facts, known, line, told):
            yield row


def _decode(content: bytes, told: Told) -> str | None:
    """UTF-8, with or without a mark; UTF-16 only with its mark, as spreadsheets write "Unicode text"."""
    codec = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(codec)
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        told.append((line, "found a byte that is not UTF-8; save the file as CSV UTF-8"))
        return None


def _delimiter(text: str) -> str:
    """The sign that stands most often in the first line; names of columns hold none of them."""
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _rows(reader: Any, told: Told) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything, with the line that it begins on; it ends with the first that cannot be read."""
    line = 1
    try:
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if any(cell.strip() for cell in cells) and not (begins == 1 and cells[0].startswith("sep=")):
                yield begins, [cell.strip() for cell in cells]
    except csv.Error as fault:
        told.append((line, f"cannot be read as CSV: {fault}"))


def _columns(names: list[str], line: int, told: Told) -> list[str] | None:
    if not any(names):
        told.append((line, say_missing(f"a line with the names of the columns: {', '.join(COLUMNS)}")))
        return None
    while names and not names[-1]:  # a spreadsheet writes columns that were emptied
        names = names[:-1]
    columns = [name.lower() for name in names]
    bad = False
    for place, name in enumerate(columns):
        if name not in COLUMNS:
            told.append((line, f"column {place + 1}: {say_unknown(nearest(name, COLUMNS), tuple(COLUMNS), 'column')}"))
            bad = True
        elif columns.index(name) != place:
            told.append((line, f"column {place + 1}: found {name} twice"))
            bad = True
    for name in ("domain", "name"):
        if name not in columns and not bad:
            told.append((line, say_missing(f"a column {name}")))
            bad = True
    return None if bad else columns


def _row(cells: Cells, line: int, seen: dict[str, str], told: Told) -> Row | None:
    values: dict[str, Any] = {}
    good = True
    for name, text in cells.items():
        read, expected = COLUMNS[name]
        try:
            if len(text) > LONGEST_CELL or not text.isprintable():
                raise UnfitError
            values[name] = read(text)
        except UnfitError as fault:
            told.append((line, f"{name}: {say_unfit(text, expected, fault)}"))
            good = False
    for name in ("domain", "name"):
        if not cells.get(name, ""):
            told.append((line, f"{name}: {say_missing(COLUMNS[name][1])}"))
            good = False
    domains, contacts = values.pop("domains", ()), values.get("contacts", ())
    names = [name for name in (values.get("domain", ""), *domains, *contacts) if name]
    if not _are_new(names, line, seen, told) or not good:
        return None
    return Row(one=Organisation(**{**_DEFAULTS, **values}), domains=domains)


def _are_new(names: Iterable[str], line: int, seen: dict[str, str], told: Told) -> bool:
    """A domain and a contact belong to one organisation, also to one whose row has another mistake."""
    new = True
    for name in names:
        first = seen.get(name)
        if first is None:
            seen[name] = f"line {line}"
            continue
        what = "an address" if "@" in name else "a domain"
        told.append((line, say_unfit(name, f"{what} of its own; {first} has this one")))
        new = False
    return new


def _are_known(facts: Mapping[str, str], known: Mapping[str, Sequence[str]], line: int, told: Told) -> bool:
    """Each fact is a field that may come from an organisation, with a value that it can have."""
    good = True
    for name, value in facts.items():
        if name not in known:
            unfit = UnfitError(allowed=known, nearest=nearest(name, known))
            expected = f'a [[field]] with from = ["{FROM_ORGANISATION}"], and there is none'
            told.append((line, f"facts: {say_unfit(name, expected, unfit)}"))
        elif known[name] and value not in known[name]:
            unfit = UnfitError(allowed=known[name], nearest=nearest(value, known[name]))
            told.append((line, f"facts: {name}: {say_unfit(value, '', unfit)}"))
        else:
            continue
        good = False
    return good


def _facts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, said, value = (word.strip() for word in part.partition("="))
        if not (name and said and value):
            raise UnfitError
        found[name] = value
    return found


def _number(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise UnfitError
    return int(text or 0)


def _day(text: str) -> date | None:
    return notation.read_day(text) if text else None


@lru_cache(maxsize=1000)
def _zone(text: str) -> str:
    return notation.read_zone(text) if text else ""


def _each(read: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    def listed(text: str) -> tuple[str, ...]:
        return tuple(read(part) for part in (part.strip() for part in text.split(";")) if part)

    return listed


def _domain(text: str) -> str:
    return notation.read_domain(text) if text else ""


_DEFAULTS = {"segment": "", "arr": 0, "lifecycle": ""}
COLUMNS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "domain": (_domain, "the domain that its people write from, such as northwind.example"),
    "domains": (_each(notation.read_domain), "further domains with semicolons between them"),
    "contacts": (_each(notation.read_address), "addresses with semicolons between them"),
    "name": (str, "a text of one line"),
    "segment": (str, "a text of one line"),
    "arr": (_number, "the revenue of a year, a whole number from 0 up without separators"),
    "lifecycle": (str, "a text of one line"),
    "health": (str, "a word such as green, amber or red"),
    "renewal": (_day, "a day such as 2026-12-31"),
    "seats": (_number, "a whole number from 0 up without separators"),
    "zone": (_zone, "a time zone of the IANA list, such as Europe/Berlin"),
    "facts": (_facts, "fields with their values and semicolons between them, such as product = Heron Printer"),
}
"""Each column: how its cells are read, and what they are expected to be."""
