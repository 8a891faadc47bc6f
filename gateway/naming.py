"""Symbols become numbers: what a decision says of a ticket that it opens has its real reference once commit has one.

In: a value of plain words (texts, lists, tables) and the numbers behind the symbols. Out: the same value with the
references in it. It changes nothing else, and nothing in which no symbol stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.rules.desk import Desk
from store.records import TicketRef

MARK = "\0"
"""What a symbol stands between (`Desk.reference`); no mail can hold it."""


_TABLES = (dict, Mapping)
_LISTS = (list, tuple)


def named(value: Any, numbers: Mapping[TicketRef, int], desk: Desk) -> Any:
    """The value with numbers for symbols. Plain kinds are asked for first: most mails that leave come by here."""
    if isinstance(value, str):
        return _named(value, numbers, desk) if MARK in value else value
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, _TABLES):
        return {key: named(one, numbers, desk) for key, one in value.items()}
    if isinstance(value, _LISTS):
        return [named(one, numbers, desk) for one in value]
    return value


def _named(words: str, numbers: Mapping[TicketRef, int], desk: Desk) -> str:
    """Looked up by the symbols that stand in it: a batch may open many tickets, and one text speaks of few."""
    before = f"{desk.prefix}-"
    first, *between, last = words.split(MARK)
    for place, symbol in enumerate(between):
        number = numbers.get(symbol.removeprefix(before)) if symbol.startswith(before) else None
        if number is not None:
            between[place] = desk.reference(number)
    return "".join((first, *between, last))
