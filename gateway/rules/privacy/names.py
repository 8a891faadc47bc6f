"""Names of colleagues, and of calls, in words that a customer reads of a call.

In: words, the guard, the background of their ticket. Out: findings. A call is of a capability and never of a person
(`ops` R110), so no mail of it names one; elsewhere an agent may sign with their name. Linear time; what the customer
said themselves never counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from gateway.rules.privacy.guard import Background, Finding, Guard, Kind

_BETWEEN = re.compile(r"[\W_]+")
_CALL = r"(?<![\w.:/+-])(?:{prefix}-[0-9]{{1,15}}|[0-9]{{4,15}})-[0-9]{{1,2}}(?![\w:/-]|\.[0-9])"
"""`1042-1` or `DESK-1042-1`, and no date, telephone number, version or `10-12 users`."""


def full_names(words: str, guard: Guard, known: Background) -> Iterator[Finding]:
    """The full names of colleagues, however they are joined. One word alone may be anybody's."""
    yield from _names(words, guard.names, known, alone=False)


def short_names(words: str, names: Iterable[str], known: Background) -> Iterator[Finding]:
    """Names of one word: for what a desk writes that shows no names."""
    yield from _names(words, names, known, alone=True)


def _names(words: str, names: Iterable[str], known: Background, *, alone: bool) -> Iterator[Finding]:
    read = f"{_spaced(words)}{_spaced(unquote(words))}"
    theirs = "".join(map(_spaced, known.theirs))
    for name in sorted(set(names)):
        called = _spaced(name)
        if called.strip() and (called.count(" ") == 2) is alone and called in read and called not in theirs:
            yield Finding(Kind.NAME, f"the name of a colleague, {name}")


def call_names(words: str, prefix: str) -> Iterator[Finding]:
    """What looks like the name of a call, which says how many there are and whose is in the way."""
    pattern = re.compile(_CALL.format(prefix=re.escape(prefix)), re.IGNORECASE)
    for name in dict.fromkeys(pattern.findall(words)):
        yield Finding(Kind.NAME, f"the name of a call, {name}")


def _spaced(text: str) -> str:
    """Words with one blank before, between and behind them, whatever joins them: `/benedikt-sommer`."""
    return f" {_BETWEEN.sub(' ', text.casefold()).strip()} "
