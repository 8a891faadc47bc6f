"""Closed questions: one of several values, or yes or no.

In: a passage, the values and what else they are called. Out: the value that is meant. Letters (`b`, `(b)`) and bare
words count only where the question was asked or named; in free text a yes or a no needs one of the field's cues in the
same sentence, and a choice one of its names beside a cue. Must never choose where two values are said: neither is sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from parsing.intake.passage import Found, Passage
from parsing.message import Choice, Sought

SHORT = 300
"""Letters of an answer that are looked at."""

YES, NO = "yes", "no"
_YES = (
    "yes", "yep", "yeah", "y", "sure", "true", "correct", "right", "of course", "absolutely", "indeed", "ja", "jawohl",
    "jep", "jo", "doch", "stimmt", "klar", "richtig", "natürlich", "oui", "si", "ouais", "bien sûr", "exact",
    "tout à fait", "sí", "claro", "correcto", "sì", "certo", "esatto", "jazeker", "zeker", "klopt", "ok", "okay", "✓",
    "x", "[x]",
)  # fmt: skip
_NO = (
    "no", "nope", "n", "not", "false", "none", "never", "not really", "not at all", "negative", "nein", "ne", "nö",
    "nee", "kein", "keine", "keinen", "keiner", "leider nein", "leider nicht", "gar nicht", "non", "aucun", "aucune",
    "pas du tout", "nada", "ninguno", "ninguna", "tampoco", "nessuno", "nessuna", "per niente", "geen", "nee helaas",
    "there is none", "there is no", "nicht", "es gibt keine", "es gibt keinen", "il n'y en a pas", "unfortunately not",
)  # fmt: skip
_ALONE = frozenset(("not", "nicht", "n", "y", "x", "ne", "si", "claro", "ok", "okay", "sure", "right", "da"))
"""Words that are an answer only where nothing follows them."""

_DENIALS = frozenset(("not", "no", "nicht", "nein", "non", "pas", "niet", "nee"))
_LINKS = frozenset(("que", "che", "dat"))
_PLAIN = frozenset(
    ("yes", "yep", "yeah", "y", "ja", "jep", "jo", "oui", "si", "ouais", "sí", "sì", "ok", "okay", "✓", "x", "[x]")
)
"""What a denial behind it contradicts: `yes no` is neither, `of course not` a no."""
_BEFORE = 40
"""Letters before a choice in which a denial counts."""
_CLAUSE = re.compile(r"[,;:.!?\n]")
_OPENING = re.compile(r"[\s\-–•*>\"'“„«(]{0,6}")
_LETTER = re.compile(r"[\s(\[]{0,3}([A-Za-z])\s?[)\].:]{0,2}(?=\s|$|,|-)")
_NUMBER = re.compile(r"[\s(\[]{0,3}(\d{1,2})\s?[)\].:]{0,2}\s{0,3}$")
_DENIED = re.compile(
    r"\b(?:no|not|none|nothing|never|neither|nor|without|cannot|can't|cant|isn't|aren't|doesn't|don't|didn't|couldn't|won't"
    r"|haven't|hasn't|nobody|nein|nicht|kein|keine|keinen|keiner|keinem|keinerlei|nichts|nie|niemals|ohne|weder"
    r"|non|pas|aucun|aucune|rien|jamais|sans|ne|n'y|impossible|unmöglich|imposible|no|nada|ningún|ninguna|nunca|sin"
    r"|nessun|nessuna|niente|mai|senza|impossibile|niet|geen|niets|nooit|zonder|onmogelijk)(?!\w)",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?;](?=\s|$)|\n")


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """The value that is chosen; two or more that are named are not sure."""
    if passage.asked:
        lettered = _lettered(passage.text, sought.choices)
        if lettered is not None:
            return (lettered,)
        return _named(passage.text[:SHORT], sought, cued=False)
    return _named(passage.text, sought, cued=True)


def find_yesno(passage: Passage, sought: Sought) -> Iterable[Found]:
    """`yes` or `no`."""
    if passage.asked:
        return _answered(passage.text[:SHORT], sought)
    return _cued(passage.text, sought.cues)


def _lettered(text: str, choices: tuple[Choice, ...]) -> Found | None:
    """`b`, `(b)`, `B. the second`, or its number alone."""
    match = _LETTER.match(text[:20])
    if match is not None:
        at = ord(match[1].lower()) - ord("a")
        alone = not text[match.end() :].strip(" .,!\n") or match[0].rstrip()[-1:] in ")].:"
    else:
        match = _NUMBER.match(text[:20])
        at = int(match[1]) - 1 if match is not None else -1
        alone = True
        if match is not None and any(match[1] == name for choice in choices for name in (choice.value, *choice.names)):
            return None  # a value that is a number means itself
    if match is None or not alone or not 0 <= at < len(choices):
        return None
    return Found(value=choices[at].value, start=match.start(1), end=match.end(1))


@lru_cache(maxsize=256)
def _names(choices: tuple[Choice, ...]) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    values = {
        name.lower(): choice.value for choice in choices for name in (choice.value, *choice.names) if name.strip()
    }
    if not values:
        return None, {}
    longest = sorted(values, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)"), values


def _named(text: str, sought: Sought, *, cued: bool) -> list[Found]:
    pattern, values = _names(sought.choices)
    lower = text.lower()
    if pattern is None or len(lower) != len(text) or (cued and not any(cue in lower for cue in sought.cues)):
        return []
    found: dict[str, Found] = {}
    for match in pattern.finditer(lower):
        if cued and not any(cue in lower[max(0, match.start() - 80) : match.end() + 60] for cue in sought.cues):
            continue
        value = values[match[0]]
        found.setdefault(value, Found(value=value, start=match.start(), end=match.end()))
        if len(found) > 3:
            break
    if len(found) > 1:
        return [Found(value=one.value, start=one.start, end=one.end, sure=False) for one in found.values()]
    return [replace(one, sure=not _is_denied(lower, one.start, cued=cued)) for one in found.values()]


def _is_denied(lower: str, at: int, *, cued: bool) -> bool:
    """Whether the clause says before it that it is not that: in free text, where other things are denied as well, right
    before it."""
    clause = _CLAUSE.split(lower[max(0, at - _BEFORE) : at])[-1]
    return _DENIED.search(" ".join(clause.split()[-2:]) if cued else clause) is not None


@lru_cache(maxsize=64)
def _words(choices: tuple[Choice, ...]) -> dict[str, str]:
    """What means yes and what no; a field's own names go first."""
    words = dict.fromkeys(_YES, YES) | dict.fromkeys(_NO, NO)
    for choice in choices:
        if choice.value in (YES, NO):
            words |= {name.lower(): choice.value for name in choice.names}
    return words


def _answered(text: str, sought: Sought) -> list[Found]:
    """The first word or two; `a` is yes and `b` no, as the question lists them."""
    opening = _OPENING.match(text)
    start = opening.end() if opening is not None else 0
    stop = _STOP.search(text, start)
    end = stop.start() if stop is not None else len(text)
    first = text[start:end].lower().replace("’", "'")
    words = _words(sought.choices)
    tokens = first.replace(",", " ").replace(":", " ").replace("-", " ").replace(")", " ").split()
    if not tokens:
        return []
    if len(tokens) == 1 and tokens[0] in ("a", "b"):
        return [Found(value=YES if tokens[0] == "a" else NO, start=start, end=start + 1)]
    for count in (4, 3, 2, 1):
        value = words.get(" ".join(tokens[:count]))
        if value is not None and (count > 1 or len(tokens) == 1 or tokens[0] not in _ALONE):
            denied = value == YES and not _DENIALS.isdisjoint(tokens[count : count + 2])
            turned = denied and _is_turned(first, tokens, count)
            return [Found(value=NO if turned else value, start=start, end=end, sure=turned or not denied)]
    if len(tokens) > 40:
        return []
    return [
        Found(value=NO if _DENIED.search(first) else YES, start=start, end=end, sure=bool(_hits(first, sought.cues)))
    ]


def _is_turned(first: str, tokens: list[str], count: int) -> bool:
    """`of course not`, `bien sûr que non`: the word that means yes is part of the no."""
    at = count + (tokens[count] in _LINKS)
    before = first.split(",", 1)[0].split()
    return " ".join(tokens[:count]) not in _PLAIN and len(before) > at and tokens[at] in _DENIALS


def _hits(lower: str, cues: tuple[str, ...]) -> bool:
    return any(cue in lower for cue in cues)


def _cued(text: str, cues: tuple[str, ...]) -> list[Found]:
    """The sentence that speaks of it: a denial in it means no."""
    lower = text.lower().replace("’", "'")
    places = sorted(at for cue in cues if (at := lower.find(cue)) >= 0)
    if not places:
        return []
    at = places[0]
    start = max(
        (lower.rfind(mark, max(0, at - 200), at) for mark in (". ", "! ", "? ", "; ", ".\n", "\n\n")), default=-1
    )
    start = start + 2 if start >= 0 else max(0, at - 200)
    stop = _STOP.search(lower, at, min(len(lower), at + 200))
    end = stop.start() if stop is not None and stop.group() != "\n" else _end(lower, at)
    asks = lower[end : end + 1] == "?"
    if asks:
        return []  # "is there a workaround?" says of none
    return [Found(value=NO if _DENIED.search(lower, start, end) else YES, start=start, end=end)]


def _end(lower: str, at: int) -> int:
    """The end of a sentence that is wrapped over lines."""
    ends = [
        place
        for mark in (". ", "! ", "? ", "; ", ".\n", "!\n", "?\n", "\n\n")
        if (place := lower.find(mark, at, at + 300)) >= 0
    ]
    return min(ends, default=min(len(lower), at + 300))
