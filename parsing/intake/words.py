"""The words of a piece of text, at the price of a `split`.

In: text in small letters. Out: runs of letters, or words with their digits and apostrophes, as patterns would find
them, some five times faster: most of what reading a mail costs is to divide it into words. It must find nothing that
the patterns would not.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

LONGEST, TAIL = 40, 20
"""Letters of a word, and of what follows its apostrophe: of a longer one each so many are one."""

_FOREIGN = re.compile(r"[^\x00-\x7f]")
_PLAIN = re.compile(rf"[^\W_]{{1,{LONGEST}}}")
_VERY_LONG = re.compile(rf"\S{{{LONGEST + 1}}}")
_WITH = re.compile(rf"[^\W_]{{1,{LONGEST}}}(?:'[^\W_]{{1,{TAIL}}})?")


def _table(kept: str) -> bytes:
    """What becomes of each byte of UTF-8: a blank of all of ASCII that is not kept."""
    return bytes(byte if byte > 127 or chr(byte) in kept else 32 for byte in range(256))


_LETTERS = _table(string.ascii_letters)
_ALNUM = _table(string.ascii_letters + string.digits)
_APOSTROPHES = _table(string.ascii_letters + string.digits + "'")


def lower(text: str) -> str:
    """The text in small letters, of the same length: a letter whose small form is longer stays as it is."""
    small = text.lower()
    return small if len(small) == len(text) else "".join(map(_small, text))


def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter


def apart(small: str) -> str:
    """The text with a blank for each sign that is no letter: of the same length, so that words stand where they are."""
    return _blanked(small, str.isalpha, _LETTERS)


def _blanked(small: str, is_kept: Callable[[str], bool], table: bytes) -> str:
    """The text with a blank for each letter beyond ASCII that is not kept, and for what the table does not keep."""
    if not small.isascii():
        for letter in set(_FOREIGN.findall(small)):
            if not is_kept(letter):
                small = small.replace(letter, " ")
    return small.encode().translate(table).decode()


def letters(small: str) -> list[str]:
    """Runs of letters."""
    return apart(small).split()


def tokens(small: str, *, elides: bool) -> list[str]:
    """Runs of letters and digits; where the language does not elide (`don't`), with what an apostrophe joins."""
    found = _blanked(small, str.isalnum, _ALNUM if elides else _APOSTROPHES).split()
    if (not elides and "'" in small) or max(map(len, found), default=0) > LONGEST:
        pattern = _PLAIN if elides else _WITH
        return [
            word
            for piece in found
            for word in ((piece,) if len(piece) <= LONGEST and "'" not in piece else pattern.findall(piece))
        ]
    return found


class Words:
    """The words of a text in small letters by where they stand: as `tokens` finds them in each piece of it, at the
    price of one look at the whole."""

    __slots__ = ("_apart", "_elides", "_is_hard", "_small")

    def __init__(self, small: str, *, elides: bool) -> None:
        self._small, self._elides = small, elides
        self._apart = _blanked(small, str.isalnum, _ALNUM if elides else _APOSTROPHES)
        self._is_hard = bool(_VERY_LONG.search(self._apart))

    def within(self, start: int, end: int) -> list[str]:
        """The words between two places."""
        piece = self._apart[start:end]
        if self._is_hard or (not self._elides and "'" in piece):
            return tokens(self._small[start:end], elides=self._elides)
        return piece.split()
