"""Lists of UIDs as IMAP writes them (RFC 9051 section 4.1.1), and what is in one and not in another.

In: bytes of a server. Out: rising numbers, each once. A list is bounded before it is unrolled: `1:4294967295` is twelve
bytes long.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

from gateway.doors.imap.fault import Nonsense
from gateway.doors.imap.words import Ranges

LONGEST_LIST = 16 << 20
"""Bytes of a list: more than a million UIDs."""
MOST_UIDS = 2_000_000
HIGHEST = (1 << 32) - 1


def listed_by_search(lines: Sequence[Any]) -> list[int]:
    """The numbers of SEARCH responses (RFC 3501 section 7.2.5)."""
    found: set[int] = set()
    for line in lines:
        if isinstance(line, bytes):
            numbers = line.partition(b"(")[0]  # (MODSEQ n) may follow
            if numbers.translate(None, b"0123456789 "):
                raise Nonsense("the server lists something that is no UID")
            try:
                found.update(map(int, numbers.split()))
            except ValueError:  # thousands of digits
                raise Nonsense("the server lists something that is no UID") from None
    return _checked(found)


def listed_by_esearch(lines: Sequence[Any]) -> list[int]:
    """The numbers of ESEARCH responses: `(TAG "A1") UID ALL 2,10:15` (RFC 4731)."""
    found: set[int] = set()
    for line in lines:
        words = line.split() if isinstance(line, bytes) else []
        for name, value in pairwise(words):
            if name.upper() == b"ALL":
                _unroll(value, found)
                break
    return _checked(found)


def _unroll(written: bytes, found: set[int]) -> None:
    for run in written.split(b","):
        first, colon, last = run.partition(b":")
        start = _number(first)
        end = _number(last) if colon else start
        start, end = min(start, end), max(start, end)
        if len(found) + end - start >= MOST_UIDS:
            raise Nonsense(f"the server lists more than {MOST_UIDS} messages")
        found.update(range(start, end + 1))


def _number(word: bytes) -> int:
    if not (word.isdigit() and len(word) <= 10):
        raise Nonsense("the server lists something that is no UID")
    return int(word)


def _checked(found: set[int]) -> list[int]:
    if len(found) > MOST_UIDS:
        raise Nonsense(f"the server lists more than {MOST_UIDS} messages")
    ordered = sorted(found)
    if ordered and not 0 < ordered[0] <= ordered[-1] <= HIGHEST:
        raise Nonsense("the server lists something that is no UID")
    return ordered


def as_set(uids: Collection[int]) -> str:
    """`1:3,7`: short, as commands have a limit too."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def without(uids: Iterable[int], known: Ranges) -> list[int]:
    """Those that are in none of these runs."""
    runs = sorted(known)
    starts = [first for first, _ in runs]
    found = []
    for uid in uids:
        place = bisect_right(starts, uid) - 1
        if place < 0 or uid > runs[place][1]:
            found.append(uid)
    return found
