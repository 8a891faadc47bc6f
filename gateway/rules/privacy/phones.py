"""Telephone numbers of members of staff.

In: words, the numbers that are known to be staff's. Out: those of them that stand in the words, however they are
written, and any number in a block at the end that looks like somebody's signature. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from gateway.rules.privacy.guard import Guard, digits, same_number

FEWEST, MOST = 7, 15
"""Digits of a telephone number (E.164 has 15 at most)."""
BLOCK = 12
"""Lines at the end of a text among which a signature is looked for."""
_CLOSING = 40
_NUMBER = re.compile(r"(?<![\w.,/-])(?<![0-9]:)[+(]{0,2}[0-9][0-9 ()/.-]{5,28}[0-9](?![\w])")
_LABEL = re.compile(
    r"(?:tel|telefon|telephone|phone|ph|mobile|mobil|mob|cell|fon|direct|direct line|durchwahl|handy|office|fax|"
    r"t\u00e9l|t\u00e9l\u00e9phone|portable|ligne directe|[tmpfd])\s?[.:]{0,2}\s{0,3}[+(0-9]"
)
_CLOSES = re.compile(
    r"(?:(?:with )?(?:best|kind|kindest|warm|many)(?: \w+)? (?:regards|wishes|thanks)|regards|best|cheers|thanks|"
    r"thank you|sincerely|yours(?: \w+)?|mit (?:freundlichen|besten|lieben) gr\u00fc(?:\u00df|ss)en|"
    r"(?:viele|beste|liebe|freundliche|herzliche|sch\u00f6ne) gr\u00fc(?:\u00df|ss)e|gru(?:\u00df|ss)|mfg|lg|vg|"
    r"cordialement|bien cordialement|bien \u00e0 vous|salutations|sinc\u00e8rement)[ ,.!]{0,4}"
)
_ANNOUNCES = re.compile(r"(?::|\b(?:is|are|ist|lautet|est|number|nummer|num\u00e9ro))$")
"""How a line ends that speaks of what comes next: no signature has it."""


def numbers(text: str) -> frozenset[str]:
    """Every telephone number in a text, as digits: those of a signature, for example."""
    return frozenset(number for number, _, _ in _numbers(text))


def phones(view: str, guard: Guard) -> Iterator[tuple[str, int]]:
    """Each number of somebody of us, as it is written, and where."""
    if guard.phones:
        for number, written, start in _numbers(view):
            if _is_among(number, guard.phones):
                yield written, start
    yield from _signed(view, guard.names)


def _numbers(text: str) -> Iterator[tuple[str, str, int]]:
    for found in _NUMBER.finditer(text):
        number = digits(found[0])
        if FEWEST <= len(number) <= MOST:
            yield number, found[0].strip(), found.start()


def _is_among(number: str, known: Collection[str]) -> bool:
    return number in known or any(same_number(number, one) for one in known)


def _signed(view: str, names: Collection[str]) -> Iterator[tuple[str, int]]:
    """Numbers below a closing line or a name of ours, in the last lines, with a label, or alone as it is dialled."""
    end = view.rstrip()
    start = len(end)
    for _ in range(BLOCK):
        start = end.rfind("\n", 0, start)
        if start < 0:
            break
    begun = False
    at = start + 1
    for line in end[at:].split("\n"):
        bare = line.strip()
        if begun and (found := _NUMBER.search(line)) is not None:
            number = digits(found[0])
            alone = _NUMBER.sub("", bare).strip(" +()|,;.-") == ""
            dialled = alone and found[0].lstrip("(")[:1] in ("+", "0")  # an order or an invoice has a number as well
            if FEWEST <= len(number) <= MOST and (dialled or _LABEL.match(bare) or "|" in bare):
                yield found[0].strip(), at + found.start()
        if len(bare) <= _CLOSING and bare and (_CLOSES.fullmatch(bare) or bare.strip(" ,.-") in names):
            begun = True
        elif _ANNOUNCES.search(bare):
            begun = False
        at += len(line) + 1
