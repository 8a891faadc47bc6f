"""How many it is about: people, accounts, sites, or all of them.

In: a passage, what is sought. Out: the words that say how many (`about 25`, `the whole office`, `me and my colleague`).
In free text a number counts what stands behind it, and only people and places count; prices, dates, rooms, phones,
versions and spans of time never do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from parsing.intake.kinds import bystanders, numerals, people
from parsing.intake.kinds.clauses import MOST, Part, lowered, parts, vocabulary, wordset
from parsing.intake.kinds.moments import MONTH
from parsing.intake.passage import Found, Passage
from parsing.message import Sought

ASKED = 300
"""Letters of an answer that are looked at."""
_MOST = 2


def number(words: str, language: str = "") -> int | None:
    """The number that the words mean, None where they only say `everyone`. Of a range the larger, of several added with
    `and` the sum, `me and two others` three."""
    small = words[:ASKED].lower()
    said = list(_numbers(small, language))
    if not said:
        return (
            1
            if re.search(r"(?<!\w)(?:me|myself|ich|mich|moi|yo|io|ik)(?!\w)", small) and "and" not in small.split()
            else None
        )
    spread = re.search(r"\d\s?(?:-|–|to|bis|à|or|oder|ou)\s?\d", small)
    if spread or len(said) == 1:
        base = max(value for value, _, _ in said)
    else:
        base = (
            sum(value for value, _, _ in said)
            if re.search(r"(?<!\w)(?:and|und|et|plus|y|e|en)(?!\w)|[+&]", small)
            else said[0][0]
        )
    mine = re.search(
        r"(?<!\w)(?:me|myself|i|ich|moi)(?: and| plus| und| et|,)|(?:and|und|et) (?:me|i|ich|moi)(?!\w)", small
    )
    return base + 1 if mine and len(said) == 1 else base


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """How many it is about, best first."""
    text = passage.text[:ASKED] if passage.asked else passage.text
    small = lowered(text)
    found: list[Found] = []
    for start, end, told in (
        [Part(0, len(small), vocabulary(small))] if passage.asked else islice(_parts(text, small, sought.cues), MOST)
    ):
        clause = small[start:end].replace("\n", " ")
        cued = passage.asked or any(cue in clause for cue in sought.cues)
        found.extend(_clause(text, clause, start, told, passage.language, bare=cued))
        if not passage.asked:
            found = [one for one in found if bystanders.stands(small, one)]
        if found:
            break
    return found[:_MOST]


@lru_cache(maxsize=64)
def _anchors(cues: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The words that say all or are cues, and every word that may matter."""
    anchors = people.SAY_ALL | frozenset(word for cue in cues for word in cue.split())
    return anchors, anchors | people.WATCHED


def _parts(text: str, small: str, cues: tuple[str, ...]) -> Iterator[Part]:
    """The clauses that may say how many: a word for all, people beside a number, few words of whom it is about, kin of
    the writer."""
    anchors, watched = _anchors(cues)
    ours = [at for at in map(small.find, people.WE_ARE) if at >= 0]
    for part in parts(text):
        told = part.told
        if (
            not told.isdisjoint(watched)
            and (
                not told.isdisjoint(anchors)
                or (
                    not told.isdisjoint(people.WHO_SET)
                    and (not told.isdisjoint(people.BESIDE) or part.has_number(small))
                )
                or not (told.isdisjoint(people.PRONOUNS) or told.isdisjoint(people.ALONE))
                or not (told.isdisjoint(people.KIN_WORDS) or told.isdisjoint(people.MINE))
            )
        ) or (ours and any(part.start <= at < part.end for at in ours)):
            yield part


def _clause(text: str, clause: str, at: int, told: frozenset[str], language: str, *, bare: bool) -> Iterator[Found]:
    """What one clause says: a number of people first, then an enumeration, then all and nobody, then a bare number."""
    numbers = list(_numbers(clause, language, told)) if _may_number(clause, told, bare=bare) else []
    counted = [span for span in (_counted(clause, number) for number in numbers) if span]
    listed = _enumerated(clause) if _may_list(clause, told) else None
    if listed and not (counted and counted[0][0] < listed[0] and counted[-1][1] > listed[1]):
        yield _found(text, at + listed[0], at + listed[1])
        return
    if counted:
        first, last = counted[0]
        for start, end in counted[1:]:
            if clause[last:start].strip() in {"and", "und", "et", ",", "plus", "&", "+", "y", "e", "en", ", and", ""}:
                last = end
        if bare:
            yield _found(text, at + first, at + last)
        else:
            yield _found(text, at + _lead(clause, first), at + last)
        return
    spoken = not told.isdisjoint(people.WE_WORDS) and (numbers or not told.isdisjoint(people.NUMBERING))
    we = people.WE.search(clause) if spoken else None
    if we:
        group = next((group for group in ("n", "m") if we[group]), None) if bare else None
        yield _found(text, at + we.start(group or 0), at + we.end(group or 0))
        return
    for everybody in people.ALL.finditer(clause) if not told.isdisjoint(people.QUANTITY) else ():
        if not people.NOT_ALL.match(everybody[0]) and not people.NOT_ALL.match(clause, everybody.start()):
            yield _found(text, at + everybody.start(), at + everybody.end())
            return
    if bare:
        yield from _bare(text, clause, at, numbers)


def _may_number(clause: str, told: frozenset[str], *, bare: bool) -> bool:
    """Whether a number may count somebody. An article is one only before a word for people."""
    if _DIGIT.search(clause) or not told.isdisjoint(people.PLAIN_NUMBERING):
        return True
    return not told.isdisjoint(people.NUMBERING) and (
        bare or not told.isdisjoint(people.NAMED) or any(word.endswith(people.STAFF) for word in told)
    )


def _may_list(clause: str, told: frozenset[str]) -> bool:
    """Whether people may be named one by one: the writer, and somebody else or a number."""
    if told.isdisjoint(people.LISTING) and "," not in clause:
        return False
    others = not told.isdisjoint(people.KIN_WORDS) or not told.isdisjoint(people.WHO_SET)
    return others and not (told.isdisjoint(people.MINE) and "with" not in told)


def _found(text: str, start: int, end: int) -> Found:
    while end > start and not text[end - 1].isalnum():
        end -= 1
    while start < end and not text[start].isalnum():
        start += 1
    return Found(value=" ".join(text[start:end].split()), start=start, end=end)


def _lead(clause: str, first: int) -> int:
    spread = people.SPREAD.search(clause[max(0, first - 12) : first])
    first -= len(spread[0]) if spread else 0
    lead = people.APPROX.search(clause[max(0, first - 30) : first])
    return first - len(lead[0]) if lead else first


def _numbers(clause: str, language: str, told: frozenset[str] = frozenset()) -> Iterator[tuple[int, int, int]]:
    """Numbers that may count something: value, start, end. Times, dates, prices and numbered things are none."""
    tokens = [(found[0], *found.span()) for found in people.TOKEN.finditer(clause, *_window(clause, told))]
    row = 0
    while row < len(tokens):
        word, start, _ = tokens[row]
        if not (word[0].isdigit() or word in numerals.WORDS or ("-" in word and word.split("-")[0] in numerals.WORDS)):
            row += 1
            continue
        last = row
        if not word[0].isdigit():
            while last + 1 < len(tokens) and last - row < 5 and tokens[last + 1][0] in people.CONNECTED:
                last += 1
        elif last + 1 < len(tokens) and tokens[last + 1][0] in {
            "hundred",
            "thousand",
            "dozen",
            "tausend",
            "hundert",
            "mille",
        }:
            last += 1
        value, last = _longest([token for token, _, _ in tokens[row : last + 1]], language, row)
        if last == row and numerals.is_one(word) and row + 1 < len(tokens) and tokens[row + 1][0] in numerals.WORDS:
            row += 1  # `une vingtaine`: an article
            continue
        if value is not None and _may_count(clause, tokens, row, last):
            yield value, start, tokens[last][2]
        row = max(row, last) + 1


def _window(clause: str, told: frozenset[str]) -> tuple[int, int]:
    """From before the first number of a clause to behind the last one: all of it where its words are not known."""
    if not told:
        return 0, len(clause)
    spaced, near = f" {clause}", 24
    numbers = [f" {word}" for word in told & people.NUMBERING]
    starts, ends = [spaced.find(word) for word in numbers], [spaced.rfind(word) for word in numbers]
    digit = _DIGIT.search(clause)
    if digit or not numbers:
        starts.append(digit.start() if digit else 0)
        ends.append(len(clause))
    start, end = min(starts), max(ends)
    return (clause.find(" ", start - near) + 1 if start > near else 0), min(len(clause), end + 4 * near)


def _longest(words: list[str], language: str, row: int) -> tuple[int | None, int]:
    """The number that the first of these words say, as many as belong to it."""
    for many in range(len(words), 0, -1):
        if words[many - 1] in {"and", "und", "et"}:
            continue
        parts = [part for word in words[:many] for part in (numerals.split(word) if not word[0].isdigit() else [word])]
        value = numerals.spoken(parts, language)
        if value is not None:
            return value, row + many - 1
    return None, row


_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’]\d{3})+$")


def _may_count(clause: str, tokens: list[tuple[str, int, int]], row: int, last: int) -> bool:
    word, start, _ = tokens[row]
    end = tokens[last][2]
    if (word[0].isdigit() and not (word.isdigit() or _GROUPED.fullmatch(word))) or (
        word[0].isdigit() and len(word) > 7
    ):
        return False
    before, after = clause[max(0, start - 1) : start], clause[end : end + 1]
    if (
        (before and before in ":/#@$€£._+")
        or (before == "-" and not clause[max(0, start - 2) : start - 1].isdigit())
        or before.isalpha()
    ):
        return False
    if (after and after in ":/%°€$£_@") or (
        after in {".", ",", "-"} and clause[end + 1 : end + 2].isdigit() and after != "-"
    ):
        return False
    if after.isalpha():
        return False
    following = tokens[last + 1][0] if last + 1 < len(tokens) else ""
    previous = tokens[row - 1][0] if row else ""
    if following in people.UNIT or previous in MONTH or previous in people.NUMBERED:
        return False
    if following in {"more", "of", "-"} and last + 2 < len(tokens) and tokens[last + 2][0] in people.UNIT:
        return False
    return not (previous == "in" and word[0].isdigit() and len(word) == 4) and not (
        previous == "the" and following in MONTH
    )


def _counted(clause: str, numbered: tuple[int, int, int]) -> tuple[int, int] | None:
    """The number with the people or places that it counts, where it counts such."""
    _, start, end = numbered
    rest = people.TOKEN.finditer(clause, end, min(len(clause), end + 60))
    for step, token in enumerate(rest):
        word = token[0]
        if word in people.WHO_SET or word in people.PEOPLE or word.endswith(people.STAFF):
            if numerals.is_one(clause[start:end]) and word in {
                *people.MOSTLY,
                "site",
                "shop",
                "store",
                "branch",
                "desk",
                "client",
                "collègue",
            }:
                return None
            return start, _second(clause, token.end())
        counts = step > 1 and (word.isdigit() or numerals.value(word) is not None)
        if step > 4 or not (word in people.GLUE or counts or (step == 0 and word == "-")):
            return None
    return None


def _second(clause: str, end: int) -> int:
    """Where `staff accounts`, `customer sites` end: two such words in a row."""
    after = people.TOKEN.match(clause, end + 1)
    return after.end() if after and after[0] in people.WHO_SET else end


def _enumerated(clause: str) -> tuple[int, int] | None:
    """`my wife, her mother and our three kids`, `ich und meine Kollegin`: people one by one, the writer among them."""
    for listed in people.ENUMERATION.finditer(clause):
        if people.ME.search(listed[0]) and people.SOMEBODY.search(listed[0]) and people.LINK.search(listed[0]):
            return listed.span()
    found = people.WITH.search(clause) if "with" in clause or "bring" in clause else None
    return found.span() if found else None


_BARE_BEFORE = wordset(
    "for of be is are make it to a book party just only about around us we're with table group total with seat "
    "yes no were was all the an reservation need have fit "
    "than said booking party's accommodate adding that's says family instead actually maybe fits will for: nur "
    "etwa circa environ, pour für per für"
)


def _bare(text: str, clause: str, at: int, numbers: list[tuple[int, int, int]]) -> Iterator[Found]:
    """A number that counts nothing by name, where a number was asked for or words say that it is this one."""
    for value, start, end in numbers:
        words = clause[:start].split()
        named = (
            len(words) > 1
            and words[-1] in {"is", "are", "ist", "=", "were", "be", "want"}
            and bool(people.PEOPLE & set(words[-6:]))
        )
        short = named or len(clause.split()) <= 4
        if value < 10_000 and (short or not words or words[-1].strip(".,:;!?'\"") in _BARE_BEFORE):
            yield _found(text, at + start, at + end)
            return
