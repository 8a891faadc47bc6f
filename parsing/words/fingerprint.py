"""Words as a number to be compared by: whether somebody says the same again (intake 21, 22).

In: the new words of a mail. Out: `fingerprint`, equal where the words are, however they were wrapped, quoted, spelled
in capitals or tagged with a ticket's reference; `outline`, which also leaves out every word with a digit in it, because
a robot that repeats itself counts, dates and numbers what it says. Empty for no words. Must never look at more than the
cap. An outline is for machines only: two people who want 5 and 7 licences have the same one.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from parsing import limits

_TAG = re.compile(r"\[[^\[\]\n]{0,40}?[0-9][^\[\]\n]{0,20}\]")
_MARKS = (">", "|", "*", "_", "\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")
_DIGIT = re.compile(r"\d")
_LONG = 60  # characters of a word that is a line of a script without spaces: only its digits are left out


_REMEMBERED = 256
"""Texts whose digits are kept in mind: each is asked for when its batch is looked up, judged and written down."""


def fingerprint(words: str) -> str:
    """32 hexadecimal digits of the words as they are."""
    return _both(words[: limits.FINGERPRINTED])[0]


def outline(words: str) -> str:
    """32 hexadecimal digits of the words that have no digit in them."""
    return _both(words[: limits.FINGERPRINTED])[1]


@lru_cache(_REMEMBERED)
def _both(text: str) -> tuple[str, str]:
    spelled = _spelled(text)
    return _digest("".join(spelled)), _digest("".join(_undated(spelled)))


def _undated(spelled: list[str]) -> list[str]:
    kept: list[str] = []
    for word in spelled:
        if _DIGIT.search(word) is None:
            kept.append(word)
        elif len(word) > _LONG or not word.isascii():
            kept.append(_DIGIT.sub("", word))
    return kept


def _spelled(text: str) -> list[str]:
    """The words in one spelling."""
    if "[" in text:
        text = _TAG.sub(" ", text)
    for mark in _MARKS:
        if mark in text:
            text = text.replace(mark, "")
    return text.casefold().split()


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest() if text else ""
