"""Secrets: the words of sensitive facts, wherever one mail has them. What else it says is shown without them.

In: what a mail seems to say. Out: how much of it a sensitive field takes, the words that only the mail's own text may
have, and all that it says without them. It keeps nothing, and never decides what becomes a fact; what a ticket keeps
is the business of `confidence`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.rules.desk import Desk
from gateway.rules.intake.record import PRESENT, UNSURE
from gateway.rules.policy.intake import Wanted
from parsing.message import Candidate
from parsing.rewrapped import rewrapped

MASK = "[…]"
"""What stands where a sensitive value stood."""
SHORTEST = 4
"""Letters and digits of words that are masked wherever they stand; of shorter ones only the place that says them."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_NUMBERED = re.compile(r"^[ \t]{0,6}\(?\d{1,2}[.):][ \t]", re.MULTILINE)
_LIST = 2
"""So many numbered lines answer more than one question."""
_LONGEST = 200
"""Letters and digits of a value that is looked for in the words that say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """`words` are a sensitive value as it was written, `source` the words around it that say so, `message` the
    Message-ID of the mail."""

    field: str
    words: str
    source: str = ""
    message: str = ""


def confided(one: Candidate, wanted: Wanted | None) -> Candidate:
    """The candidate as it counts: of a sensitive field only its first paragraph, as its words are not kept and nothing
    else may be among them, or as one that nobody can be sure of. What stands below is read for other fields as it is;
    one of a field that may be repeated is as it was."""
    if wanted is None or not wanted.sensitive or one.state != PRESENT:
        return one
    value = _PARAGRAPH.split(one.value.strip(), maxsplit=1)[0]
    if len(_NUMBERED.findall(one.value)) >= _LIST:
        return replace(one, state=UNSURE)
    return one if value == one.value else replace(one, value=value)


def secrets_of(found: Iterable[Candidate], desk: Desk, message: str) -> tuple[Secret, ...]:
    """Whatever may be a value of a sensitive field, also what nobody can be sure of."""
    fields = desk.inquiry.fields
    rows: dict[tuple[str, str], Secret] = {}
    for one in found:
        if one.field not in fields or not fields[one.field].sensitive or one.state not in (PRESENT, UNSURE):
            continue
        words = _written(one)
        if words:
            secret = Secret(field=one.field, words=words, source=one.source, message=message)
            rows.setdefault((one.field, words.casefold()), secret)
    return tuple(rows.values())


def masked(found: list[Candidate], secrets: tuple[Secret, ...], desk: Desk) -> list[Candidate]:
    """The same without these words; what says nothing else is not said."""
    if not secrets:
        return found
    patterns = [pattern for one in secrets if (pattern := _pattern(one)) is not None]
    fields = desk.inquiry.fields
    rows = []
    for one in found:
        if one.field in fields and fields[one.field].sensitive:
            rows.append(one)
            continue
        value, source = _without(one.value, patterns), _without(one.source, patterns)
        if one.value and value != one.value and not any(map(str.isalnum, value)):
            continue
        rows.append(one if (value, source) == (one.value, one.source) else replace(one, value=value, source=source))
    return rows


def _written(one: Candidate) -> str:
    """The value as it was written: `AB 12` where it is kept as `AB12`, `a` where `a` means yes."""
    signs = [sign for sign in one.value if sign.isalnum()][:_LONGEST]
    source = one.source.strip()
    if not source:
        return one.value.strip()
    if " ".join(one.value.split()).casefold() in " ".join(source.split()).casefold():
        return one.value.strip() or source
    if signs:
        pattern = r"(?<!\w)" + r"[\W_]{0,3}".join(map(re.escape, signs)) + r"(?!\w)"
        match = re.search(pattern, source, re.IGNORECASE) if len(signs) < _LONGEST else None
        if match is not None:
            return match.group()
    _, mark, rest = source.partition(":")
    return (rest.strip() if mark else "") or source


def _pattern(secret: Secret) -> re.Pattern[str] | None:
    """Its words, however they are broken into lines; short ones only with what says them."""
    for words in (secret.words, secret.source):
        if sum(map(str.isalnum, words)) >= SHORTEST:
            return re.compile(rf"(?<!\w){rewrapped(words)}(?!\w)", re.IGNORECASE)
    return None


def _without(words: str, patterns: Iterable[re.Pattern[str]]) -> str:
    for pattern in patterns:
        words = pattern.sub(MASK, words)
    return words
