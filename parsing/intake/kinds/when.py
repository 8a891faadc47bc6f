"""When: since when something is as it is, a day, an hour.

In: a passage, what is sought. Out: values with where they stand. In free text a time is the beginning only where words
say so: `since`, `it began`, `first seen`, or a past time in a sentence that tells of a failure. Must never take for it
when somebody wants an answer, wrote, ordered, paid, or is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from itertools import islice

from parsing.intake.kinds import beginnings, moments
from parsing.intake.kinds.clauses import MOST, Part, lowered, parts, wordset
from parsing.intake.kinds.instants import instant
from parsing.intake.passage import Found, Passage
from parsing.message import Sought

ASKED = 300
"""Letters of an answer that are looked at."""
_MOST = 1


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """When it began. An answer to the question is one whatever it says, where it names a time."""
    if passage.asked:
        return _asked(passage)
    return list(islice(_began(passage, sought), _MOST))


def find_date(passage: Passage, sought: Sought) -> Iterable[Found]:
    """Any day that is named; nothing about the field makes one of them better."""
    del sought
    return _named(passage, 0)


def find_time(passage: Passage, sought: Sought) -> Iterable[Found]:
    """Any hour that is named; a bare number is one where it was asked for or follows `at`, `after`, `um`."""
    del sought
    return _named(passage, 1) or _bare_hours(passage)


def resolve(words: str, now: datetime, language: str = "") -> datetime | date | None:
    """The time that the words mean, seen from now (aware, in the zone of who wrote): with an hour a time, without one a
    day, None where they name none (`since the last release`) or may mean two."""
    return instant(words[:ASKED], now, language)


def _asked(passage: Passage) -> list[Found]:
    """The whole answer, where it is short and names a time; else the part of it that does."""
    text = passage.text[:ASKED]
    small = lowered(text)
    spans = _spans(small, 0, len(small), passage.language)
    events = [
        found.span()
        for found in (
            beginnings.SPAN.search(small),
            beginnings.SINCE_EVENT.search(small),
            beginnings.SINCE_DONE.search(small),
        )
        if found
    ]
    every = sorted(spans + events)
    if not every:
        return _bare_hours(passage) or _named(passage, 1)
    start, end = every[0][0], max(end for _, end in every if end - every[0][0] < 120)
    lead = beginnings.LEAD.search(small[max(0, start - 40) : start])
    return [_found(text, start - len(lead[0]) if lead else start, end)]


_STOP = re.compile(r"(?<![\d.][ap]\.m)(?<!\s[ap]\.m)(?<!\d)\.$", re.IGNORECASE)


def _found(text: str, start: int, end: int) -> Found:
    while end > start and (text[end - 1] in " ,;:\n(" or _STOP.search(text, max(start, end - 5), end)):
        end -= 1
    while start < end and text[start] in " ,;:\n(":
        start += 1
    return Found(value=" ".join(text[start:end].split()), start=start, end=end)


def _spans(small: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """The times that a piece names, a day and its hour as one."""
    named = (
        moments.within(small, language)
        if (start, end) == (0, len(small))
        else moments.find(small, start, end, language)
    )
    joined: list[tuple[int, int]] = []
    for first, last in named:
        if joined and (first <= joined[-1][1] or beginnings.JOINED.match(small[joined[-1][1] : first])):
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return [(first, _tail(small, last, end)) for first, last in joined]


def _tail(small: str, last: int, end: int) -> int:
    tail = beginnings.TAIL.match(small, last, end)
    return tail.end() if tail else last


@lru_cache(maxsize=64)
def _anchors(cues: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The words at which a beginning may be said, and every word that may matter."""
    anchors = beginnings.ANCHORS | frozenset(word for cue in cues for word in cue.split())
    return anchors, anchors | beginnings.WATCHED


def _began(passage: Passage, sought: Sought) -> Iterator[Found]:
    text, small = passage.text, lowered(passage.text)
    anchors, watched = _anchors(sought.cues)
    looked = 0
    for part in parts(text):
        told = part.told
        if told.isdisjoint(watched) or not (not told.isdisjoint(anchors) or _may_say(told, part, small)):
            continue
        clause = small[part.start : part.end].replace("\n", " ")
        yield from _clause(passage, sought, clause, part.start, told)
        looked += 1
        if looked == MOST:
            break


def _may_say(told: frozenset[str], part: Part, small: str) -> bool:
    """Whether words that say a beginning only together stand together."""
    return (
        not (told.isdisjoint(beginnings.AFTER) or told.isdisjoint(beginnings.EVENTS))
        or not (told.isdisjoint(beginnings.SPANS) or told.isdisjoint(beginnings.AGO))
        or (not told.isdisjoint(beginnings.FIRST) and part.has_number(small))
    )


def _clause(passage: Passage, sought: Sought, clause: str, at: int, told: frozenset[str]) -> Iterator[Found]:
    """What one clause says of the beginning."""
    text = passage.text
    since = not told.isdisjoint(beginnings.SINCE_WORDS)
    troubles = (told & beginnings.TROUBLE_WORDS) | {word for word in told if word.startswith(beginnings.TROUBLE_STEMS)}
    trouble = bool(troubles)
    cued = any(cue in clause for cue in sought.cues)
    onset = cued or (not told.isdisjoint(beginnings.ONSET_WORDS) and bool(beginnings.ONSET.search(clause)))
    if not (since or onset or trouble or not told.isdisjoint(_UNTIL)):
        return
    event = _event(clause, told) if since else None
    if event and (onset or trouble or not clause[event.start() :].startswith(("with", "na ", "from"))):
        yield _found(text, at + event.start(), at + _reach(clause, event.end(), passage.language))
        return
    span = (
        beginnings.SPAN.search(clause)
        if (since or "of this" in clause) and not told.isdisjoint(beginnings.UNIT_WORDS)
        else None
    )
    if span and (not clause.startswith("for", span.start()) or onset or trouble or "now" in clause):
        yield _found(text, at + span.start(), at + span.end())
        return
    month = beginnings.MONTH_SINCE.search(clause) if since and not told.isdisjoint(moments.MONTH) else None
    if month and (onset or trouble):
        yield _found(text, at + month.start(), at + month.end())
        return
    if not (onset or trouble or not told.isdisjoint(_UNTIL)) or not _names_time(clause, told):
        return
    spans = _spans(clause, 0, len(clause), passage.language)
    grave = bool(troubles - beginnings.WEAK)
    for first, last in spans:
        trouble = grave or bool(
            troubles and beginnings.PAST.match(clause, first) and not beginnings.LONG_AGO.search(clause, first, last)
        )
        if _judge(clause, first, last, onset=onset, trouble=trouble):
            lead = beginnings.LEAD.search(clause[max(0, first - 40) : first])
            begin = first - len(lead[0]) if lead else first
            yield _found(text, at + begin, at + last)


_UNTIL = beginnings.DONE_LEADS | wordset("till until before bis vor jusqu avant up partir as from ab") - {
    "after",
    "nachdem",
}


def _event(clause: str, told: frozenset[str]) -> re.Match[str] | None:
    """Something that was done, and since when it is so."""
    found = None
    if not told.isdisjoint(beginnings.SINCE_LEADS) and (
        not told.isdisjoint(beginnings.NAMES_EVENT) or any(word.endswith(beginnings.EVENT_TAILS) for word in told)
    ):
        found = beginnings.SINCE_EVENT.search(clause)
    return found or (None if told.isdisjoint(beginnings.DONE_LEADS) else beginnings.SINCE_DONE.search(clause))


def _names_time(clause: str, told: frozenset[str]) -> bool:
    return not told.isdisjoint(beginnings.TIME_WORDS) or beginnings.DIGIT.search(clause) is not None


def _reach(clause: str, end: int, language: str) -> int:
    """Where an event ends whose day is said with it."""
    for first, last in _spans(clause, end, len(clause), language):
        if first - end <= 4 or beginnings.JOINED.match(clause[end:first]):
            return last
        break
    return end


def _judge(clause: str, first: int, last: int, *, onset: bool, trouble: bool) -> bool:
    """Whether a time is the beginning."""
    words, before = clause[first:last], clause[max(0, first - 60) : first]
    if (
        any(word in words for word in beginnings.FUTURE)
        or words.startswith("vom ")
        or beginnings.CUSTOMERS.search(before)
    ):
        return False
    if beginnings.UNTIL.search(before) and beginnings.WAS_FINE.search(clause):
        return True
    if beginnings.DENIED_BEFORE.search(before):
        return False
    if beginnings.STRONG_SINCE.search(before) and not (beginnings.YEAR.match(words) or beginnings.UNTIL.search(before)):
        return onset or trouble or not beginnings.DENIED.search(clause)
    if beginnings.DENIED.search(clause):
        return False
    return onset or trouble


_DAYS_AND_PARTS = (
    frozenset(moments.WEEKDAY) | frozenset(moments.MONTH) | frozenset(moments.TODAY) | frozenset(moments.PARTS)
)


def _named(passage: Passage, which: int) -> list[Found]:
    """Days (0) or hours (1), anywhere."""
    text = passage.text
    small = lowered(text)
    if len(text) <= ASKED:
        spans = [(0, len(small))]
    else:
        named = (part for part in parts(text) if not part.told.isdisjoint(_DAYS_AND_PARTS) or part.has_number(small))
        spans = [(part.start, part.end) for part in islice(named, MOST)]
    found = [
        _found(text, *span)
        for start, end in spans
        for span in moments.find(small, start, end, passage.language, days=which == 0, hours=which == 1)
    ]
    return found[:_MOST]


_HOUR_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_BARE_HOUR = re.compile(
    rf"(?<!\w)(?:at|around|after|before|about|by|til|till|until|like|um|gegen|ab|vers|à|a las|alle|om|"
    rf"rond)\s(?:around\s|about\s|like\s)?"
    rf"(?P<h>(?:\d{{1,2}}(?:[:.]?\d\d)?|{_HOUR_WORDS}|noon)(?:ish\b)?)(?:\s?ish\b)?(?![\w:/]|[.,]\d|[ -](?:\d|"
    rf"people|persons?|adults?|guests?|of us|kids|days?|weeks?|"
    rf"minutes?|hours?|users?|personen|others?|months?|\w{{0,12}}(?:uary|ch|ril|une|uly|ust|ber)\b))"
    rf"|(?<![\w.:/])(?P<i>\d{{1,2}}(?::?\d\d)?(?:ish\b)?)(?:(?<=ish)|\s?-?ish\b)|(?<!\w)in\s(?:about\s|"
    rf"around\s)?(?:half\san\s|an\s|a\scouple\sof\s|{_HOUR_WORDS}|\d{{1,2}}\s)\s?(?:hours?|minutes)\b"
)
_ONLY_HOUR = re.compile(
    rf"(?<![\w.:/])(?:(?:[01]?\d|2[0-4])[.:]?[0-5]\d|[01]?\d|2[0-4]|(?:{_HOUR_WORDS})(?:[\s-](?:twenty|thirty|"
    rf"forty|fifteen|ten))?)(?:\s?ish)?(?![\w:/]|[.,]\d|[ -](?:people|persons?|of us|adults?))"
)


def _bare_hours(passage: Passage) -> list[Found]:
    """Hours without `am`, `Uhr` or minutes."""
    text = passage.text[: ASKED if passage.asked else 4000]
    small = lowered(text)
    found = _BARE_HOUR.search(small)
    if found is not None:
        group = "h" if found["h"] else "i" if found["i"] else 0
        return [_found(text, *found.span(group))]
    if passage.asked and len(text) <= 60 and not _named(passage, 0) and (alone := _ONLY_HOUR.search(small)):
        return [_found(text, *alone.span())]
    return []
