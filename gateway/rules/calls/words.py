"""What a customer's mail says of a call: BOOK 2, CANCEL, CALL, another time, none of these; or plain words that do.

In: a mail. Out: what it may mean, most telling first; which of it counts is decided by whoever knows the ticket's call
(`stages/act/call.py`). A word counts where it is all that the first own line says, or the line below a greeting; plain
words in a mail that answers. What was quoted and what a machine wrote says nothing. A number alone is one of many
things, and is marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.rules.calls import plain
from gateway.rules.calls.plain import Plain
from gateway.rules.desk import Desk
from gateway.rules.intake.gathering import NOTHING, Gathered
from gateway.rules.vocabulary import BESIDE, BOOK, BOOKS, CALL, CALLS, GREETINGS, MOVE, NONE
from parsing.message import Kind, ParsedMail
from parsing.subject import base

WISH = "wish"
"""Plain words that ask for a call."""
LONGEST_LINE = 120
"""Letters of a line that may still be a word and what goes with it."""
LONGEST_GREETING = 60
LOOKED_AT = 20_000
MOST_NUMBER = 999
"""More slots were never shown to anybody."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*'?|\d{1,2}[:h.]\d\d|\d+|\?")
_CLOCK = re.compile(r"\d{1,2}[:h.]\d\d")
_UNDECIDED = frozenset({"or", "oder", "ou", "not", "nicht", "pas", "no", "but", "aber", "mais", "if", "wenn", "si"})
_FREE = "answer"
"""How a fact was found that stands in an answer to our question, with or without its name."""
_SUBJECT = re.compile(r"\s*\[[^\[\]\n]{1,40}\]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that a mail may mean. `number` is that of a slot, `bare` where nothing else is said with it: it counts
    in an answer to slots alone. `alone` is the mail from that word on (None: plain words, which are kept as they
    are)."""

    said: str
    number: int = 0
    bare: bool = False
    alone: ParsedMail | None = None


def heard(mail: ParsedMail, desk: Desk) -> tuple[Heard, ...]:
    """What the mail may say of a call; mostly nothing."""
    if mail.kind is not Kind.HUMAN or mail.auto_generated:
        return ()
    word = _word(mail, desk)
    if word is not None:
        return (word,)
    if not (mail.in_reply_to or "[" in mail.subject):  # what opens a ticket is read by a person whatever it says
        return ()
    found = plain.said(mail.reply)
    order = ((Plain.NONE, NONE), (Plain.MOVE, MOVE), (Plain.WISH, WISH))
    return tuple(Heard(said=said) for kind, said in order if kind in found)


def touches(mail: ParsedMail, desk: Desk) -> bool:
    """Whether it matters for this mail which calls are promised."""
    return bool(heard(mail, desk))


def _word(mail: ParsedMail, desk: Desk) -> Heard | None:
    """The word of the first own line, of the one below a greeting, or of the subject that a button wrote."""
    lines, author = _own(mail.reply), mail.from_.name if mail.from_ is not None else ""
    found, place = _first(lines, author, desk)
    if found is not None:
        return replace(found, alone=replace(mail, reply="\n".join(lines[place:])))
    said = " ".join(_SUBJECT.sub(" ", mail.subject[:LONGEST_LINE]).split())
    if lines or mail.in_reply_to or base(said) != said:  # an answer keeps the subject of what it answers
        return None
    found = _meaning(said, author, desk)
    return replace(found, alone=mail) if found is not None and not found.bare else None


def below(text: str, author: str, desk: Desk) -> list[str] | None:
    """The own lines below the word about a call that a text begins with; None where it begins with none."""
    lines = _own(text)
    found, place = _first(lines, author, desk)
    return lines[place + 1 :] if found is not None else None


def _first(lines: list[str], author: str, desk: Desk) -> tuple[Heard | None, int]:
    """What the first line says, or the one below a greeting, and which of them it is."""
    for place, line in enumerate(lines[:2]):
        if place and not _greets(_tokens(lines[0]), desk):
            break
        if (found := _meaning(line, author, desk)) is not None:
            return found, place
    return None, 0


def _own(text: str) -> list[str]:
    lines = (line.strip() for line in text[:LOOKED_AT].split("\n"))
    return [line for line in lines if line and not line.startswith(">")]


def _tokens(line: str) -> list[str]:
    return _TOKEN.findall(line.casefold().replace("’", "'")) if len(line) <= LONGEST_LINE else []


def _greets(tokens: list[str], desk: Desk) -> bool:
    """Whether it is a line that only greets."""
    return bool(tokens) and any(tokens[0] in one for one in _lists(GREETINGS, desk)) and len(tokens) <= 8


def _meaning(line: str, author: str, desk: Desk) -> Heard | None:
    if len(line) > LONGEST_LINE:
        return None
    greeting, comma, rest = line.partition(",")
    if comma and len(greeting) <= LONGEST_GREETING and _greets(_tokens(greeting), desk) and rest.strip():
        line = rest
    tokens = _tokens(line)
    said = " ".join(part for part in tokens if part != "?")
    for phrases in _tables(desk):
        word = phrases.get(said)
        if word is not None and ("?" not in tokens or word in (CALL, MOVE)):
            return Heard(said=word)
    return _number(tokens, author, desk)


def _number(tokens: list[str], author: str, desk: Desk) -> Heard | None:
    """The slot that a line names. A line that is copied from the offer has day and hour behind the number."""
    books = frozenset().union(*_lists(BOOKS, desk))
    numbers = [token for token in tokens if token.isdecimal()]
    if not numbers or "?" in tokens or not 0 < int(numbers[0][:9]) <= MOST_NUMBER:
        return None
    found = Heard(said=BOOK, number=int(numbers[0][:9]), bare=not books.intersection(tokens))
    if len(numbers) == 1:
        allowed = books.union(*_lists(BESIDE, desk), _tokens(author))
        at = tokens.index(numbers[0])
        beside = [*tokens[: at - (tokens[at - 1 : at] == ["no"])], *tokens[at + 1 :]]  # No. 2
        if allowed.issuperset(beside):
            return found
    copied = tokens[0] in books and tokens[1] == numbers[0] and any(_CLOCK.fullmatch(token) for token in tokens[2:])
    return found if copied and not _UNDECIDED.intersection(tokens) else None


def _tables(desk: Desk) -> Iterator[Mapping[str, str]]:
    return (CALLS.get(language, {}) for language in _languages(desk))


def _lists(of: Mapping[str, frozenset[str]], desk: Desk) -> list[frozenset[str]]:
    return [of.get(language, frozenset()) for language in _languages(desk)]


def _languages(desk: Desk) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(one.partition("-")[0].lower() for one in desk.languages), "en")))


def of_matter(gathered: Gathered, word: Heard) -> Gathered:
    """What the mail says of the ticket's matter, beside its word about the call. What suits somebody, and what stands
    below the word, is no answer to what we had asked for, unless it says which."""
    if word.said == WISH:
        return gathered
    said = word.alone.reply if word.alone is not None else ""
    free = {one.name: one for one in gathered.news if one.after.how == _FREE and f": {one.after.source}" not in said}
    news = tuple(one for one in gathered.news if one.name not in free)
    if not news:
        return replace(NOTHING, secrets=gathered.secrets)
    if not free:
        return gathered
    before = {name: one.before for name, one in free.items() if one.before is not None}
    fields = {name: fact for name, fact in gathered.intake.fields.items() if name not in free} | before
    values = {name: value for name, value in gathered.values.items() if name not in free}
    return replace(
        gathered, intake=replace(gathered.intake, fields=fields), news=news, values=values, asks=(), hands=False
    )
