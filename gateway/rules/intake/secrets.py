"""Secrets: the words of sensitive facts, wherever one mail has them. What else it says is shown without them.

In: what a mail seems to say. Out: how much of it a sensitive field takes, the words that only the mail's own text may
have, where they stand in a text, and all that the mail says without them. What a ticket keeps is the business of
`confidence`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.rules.desk import Desk
from gateway.rules.intake.record import PRESENT, UNSURE
from gateway.rules.policy.intake import Wanted
from parsing.intake.finding import VALUE
from parsing.message import Candidate
from parsing.rewrapped import Place, Rewrapped, replaced, tells

MASK = "[…]"
"""What stands where a sensitive value stood."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_NUMBERED = re.compile(r"^[ \t]{0,6}\(?\d{1,2}[.):][ \t]", re.MULTILINE)
_LIST = 2
"""So many numbered lines answer more than one question."""
_LONGEST = 200
"""Letters and digits of a value that is looked for in the words that say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """`words` are a sensitive value as it was written, `source` the words around it that say so, `message` the
    Message-ID of the mail. `is_cut`: the value is longer than what is kept of one."""

    field: str
    words: str
    source: str = ""
    message: str = ""
    is_cut: bool = False


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
            cut = len(one.value) >= VALUE
            secret = Secret(field=one.field, words=words, source=one.source, message=message, is_cut=cut)
            rows.setdefault((one.field, words.casefold()), secret)
    return tuple(rows.values())


def places(text: Rewrapped, secrets: Iterable[Secret]) -> list[Place]:
    """Where the words of secrets stand in a text: those that can be told from others everywhere, others only where
    they are said. Of a value that was cut, more may stand below."""
    found: list[Place] = []
    for one in secrets:
        here = _of_one(text, one)
        found += here
        if one.is_cut and here:
            found.append((here[0][0], len(text.text)))
    return found


def _of_one(text: Rewrapped, one: Secret) -> list[Place]:
    if tells(one.words):
        parts = one.words.replace("…", "\n").splitlines()  # it may have been put together of several places
        return text.places(one.words) or [at for part in parts if tells(part) for at in text.places(part)]
    if not one.source:
        return text.places(one.words)
    if _flat(one.source) == _flat(one.words):
        return text.alone(one.words)
    return [place for around in text.within(one.words, one.source) for place in around]


def _flat(words: str) -> str:
    return " ".join(words.casefold().split())


def masked(found: list[Candidate], secrets: Sequence[Secret], desk: Desk) -> list[Candidate]:
    """The same without these words; what says nothing else is not said."""
    if not secrets:
        return found
    fields = desk.inquiry.fields
    rows = []
    for one in found:
        if one.field in fields and fields[one.field].sensitive:
            rows.append(one)
            continue
        value, source = _without(one.value, secrets), _without(one.source, secrets)
        if one.value and value != one.value and not any(map(str.isalnum, value)):
            continue
        rows.append(one if (value, source) == (one.value, one.source) else replace(one, value=value, source=source))
    return rows


def _without(words: str, secrets: Sequence[Secret]) -> str:
    return replaced(words, places(Rewrapped(words), secrets), MASK) if words else words


def _written(one: Candidate) -> str:
    """The value as it was written: `AB 12` where it is kept as `AB12`, `a` where `a` means yes."""
    value, source = one.value.strip(), one.source.strip()
    if not source or Rewrapped(source).places(value):
        return value or source
    if _flat(value) != _flat(source) and _flat(value).startswith(_flat(source)):
        return value  # of a long one, the words that say so are cut
    signs = [sign for sign in value if sign.isalnum()]
    if 0 < len(signs) <= _LONGEST:
        match = re.search(r"(?<!\w)" + r"[\W_]{0,3}".join(map(re.escape, signs)) + r"(?!\w)", source, re.IGNORECASE)
        if match is not None:
            return match.group()
    return source
