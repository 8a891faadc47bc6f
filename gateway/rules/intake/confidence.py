"""The words of a sensitive fact as a ticket keeps them: not at all.

In: what is to be kept, and the words, as a mail said them. Out: the same with `[in confidence]` in place of
them. Only the notice of the mail that says them shows them: what is kept with a ticket is quoted back, handed to
others, copied to further tickets and shown for years. Must never change what stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from gateway.rules.intake.secrets import SHORTEST, Secret
from parsing.rewrapped import rewrapped
from store.records import AddMessage, Decision, Message

MASK = "[in confidence]"


def masked(text: str, secrets: Iterable[Secret], mask: str = MASK) -> str:
    """The text without the words, however they are broken into lines."""
    for one in sorted(secrets, key=lambda one: len(one.words), reverse=True):  # one may be part of another
        pattern, place = _pattern(one.words), _pattern(one.source)
        if pattern is None:
            continue
        if _is_short(one.words) and place is not None and place.search(text):  # only where it is said
            text = place.sub(partial(_within, pattern, mask), text)
            continue
        text, times = pattern.subn(mask, text)
        if not times:  # it was put together of several places
            text = _by_parts(text, one.words, mask)
    return text


def _within(pattern: re.Pattern[str], mask: str, place: re.Match[str]) -> str:
    return pattern.sub(mask, place.group())


def _by_parts(text: str, words: str, mask: str) -> str:
    for part in words.replace("…", "\n").splitlines():
        pattern = None if _is_short(part) else _pattern(part)
        text = pattern.sub(mask, text) if pattern is not None else text
    return text


def _is_short(words: str) -> bool:
    """Whether it is looked for as a word of its own: `3` does not stand in `2031`."""
    return sum(map(str.isalnum, words)) < SHORTEST


@lru_cache(64)
def _pattern(words: str) -> re.Pattern[str] | None:
    """What finds the words; None where there are none."""
    found = rewrapped(words)
    if not found:
        return None
    return re.compile(rf"(?<!\w){found}(?!\w)" if _is_short(words) else found, re.IGNORECASE)


def kept(decision: Decision, secrets: Sequence[Secret]) -> Decision:
    """What becomes of a mail, with nothing of the words in the messages that its tickets keep."""
    if not secrets:
        return decision
    effects = tuple(
        replace(one, message=_message(one.message, secrets)) if isinstance(one, AddMessage) else one
        for one in decision.effects
    )
    return replace(decision, effects=effects)


def _message(message: Message, secrets: Sequence[Secret]) -> Message:
    carried = message.forwarded
    if carried is not None:
        carried = replace(carried, subject=masked(carried.subject, secrets), text=masked(carried.text, secrets))
    return replace(
        message, subject=masked(message.subject, secrets), text=masked(message.text, secrets), forwarded=carried
    )
