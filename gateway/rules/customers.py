"""A customer's word: YES or NO to "Solved?", STATUS, CLOSE and WRONG TYPE.

In: a customer's mail to a ticket that they belong to. Out: what they wish, if their own first line is such a word, or
a short one of a few known phrases ("Yes, thank you", "Not solved, sorry", `rules/vocabulary.py`); and what the answers
to it may say. A word inside a sentence is a sentence, and a word with more below it than thanks and a name is words
like any others: nothing that somebody wrote is ever swallowed. Bare thanks close nothing and open nothing. Nothing that
was said inside, nobody of us and no ticket that is not a customer's is ever named. A machine's word is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.rules import files, mails
from gateway.rules.acknowledge import zone_of
from gateway.rules.calls import words
from gateway.rules.desk import Desk
from gateway.rules.notices import notice
from gateway.rules.rights import Action, Judgement, Outcome, judge
from gateway.rules.triage import MISFILED
from gateway.rules.vocabulary import (
    CLOSE,
    CLOSINGS,
    NO,
    SOLVED,
    STATUS,
    THANKED,
    THANKS,
    UNSOLVED,
    WORDS,
    WRONG,
    YES,
)
from parsing.message import Kind, ParsedMail
from store.records import Call, ClosedAs, Direction, Message, Person, Purpose, Status, Step, Ticket, Trust

LONGEST_LINE = 40
"""Letters of a line that may still be one word and some signs."""
LONGEST_CLOSING = 80
"""Letters of a line that may still be thanks and a name."""
LOOKED_AT = 20_000
"""Letters in which the word and its thanks are looked for: above it may stand the question, quoted."""
MAX_SHOWN = 1_500
"""Letters of the last words that an answer to STATUS shows."""

_REACH = re.compile(r"\d[\d\s()/.-]{5,20}\d|[^\s@]{1,64}@[^\s@]{3,255}|\bwww\.")
"""A telephone number, an address, a page."""
_AND = frozenset({"and", "und", "et", "&"})
_SIGNS = " \t.,:;!?*_-–—\"'“”„‚‘’«»<>()[]#\u00a0\u200b\ufeff"


def is_about_what_was(mail: ParsedMail, seen: Set[str], desk: Desk) -> bool:
    """Whether it is a word that opens nothing new, however long ago the ticket ended: YES, thanks, STATUS, CLOSE, and
    nothing else."""
    return word(mail, desk) in (YES, THANKED, STATUS, CLOSE) and is_alone(mail, seen, desk)


class Wanted(StrEnum):
    """What follows from the word."""

    CLOSE = "close"
    REOPEN = "reopen"
    STATUS = "status"
    KEEP = "keep"
    THANK = "thank"
    WITHDRAW = "withdraw"
    ASK = "ask"
    TRIAGE = "triage"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, and the step that shows why. `KEEP`: there is nothing left to do. `THANK`: bare thanks,
    which are told and move nothing. `WITHDRAW`: nothing more is to be done, they say. `ASK`: it takes their own word at
    an address that only they know. `TRIAGE`: one of us has to say what it is. `NOTHING`: the word moves nothing, as
    whoever wrote it may not; a person may look at it. `more`: more was said, which is words as any."""

    wanted: Wanted
    step: Step
    more: bool = False


def word(mail: ParsedMail, desk: Desk) -> str:
    """`yes`, `no`, `status`, `thanks`, `close`, `wrong type`, or empty: what the first own line says, if that is all
    that the line says. A NO with a sign behind it is one whatever follows: it opens again what any words would."""
    if mail.kind is not Kind.HUMAN or mail.auto_generated:
        return ""
    first = _first_line(mail.reply)
    said = _meaning(mail.reply, desk)
    if "?" in first:
        return said if said == STATUS else ""
    return said or (NO if _denies(first, desk) else _kindly(first, mail, desk))


def _denies(first: str, desk: Desk) -> bool:
    """Whether the line begins with a NO and a sign: "No, it still fails", and not "No problem"."""
    begun = first[:LONGEST_LINE].lstrip(_SIGNS).partition(" ")[0]
    return begun[-1:] in (",", ".", ":", ";", "!") and _meaning(begun, desk) == NO


def _kindly(first: str, mail: ParsedMail, desk: Desk) -> str:
    """`yes`, `no` or `thanks`, where the line is made of known phrases and names alone. A NO among them is meant."""
    if not first or len(first) > LONGEST_CLOSING:
        return ""
    words, at, found = _tokens(first), 0, ""
    phrases = {NO: _phrases(UNSOLVED, desk), YES: _phrases(SOLVED, desk), THANKED: _phrases(THANKS, desk)}
    names: frozenset[str] | None = None
    while at < len(words):
        ends = (
            (end, kind)
            for end in range(min(len(words), at + _LONGEST_PHRASE), at, -1)
            for kind, lists in phrases.items()
            if any(" ".join(words[at:end]) in one for one in lists)
        )
        end, kind = next(ends, (at + 1, ""))
        if kind:
            found = next(one for one in phrases if one in (kind, found))
        elif not found:
            return ""
        elif words[at] not in _AND:
            names = _names(mail, desk) if names is None else names
            if words[at] not in names:
                return ""
        at = end
    return found if words and words[-1] not in _AND else ""


_LONGEST_PHRASE = 5
"""Words of the longest phrase."""


def _phrases(of: Mapping[str, frozenset[str]], desk: Desk) -> list[frozenset[str]]:
    return [of.get(language.partition("-")[0].lower(), frozenset()) for language in (*desk.languages, "en")]


def _names(mail: ParsedMail, desk: Desk) -> frozenset[str]:
    """Whom thanks may name: their author below them, and those of us who answer."""
    shown = (agent.full_name for agent in desk.agents.values())
    return frozenset(token for name in (*shown, mail.from_.name if mail.from_ else "") for token in _tokens(name))


def is_alone(mail: ParsedMail, seen: Set[str], desk: Desk) -> bool:
    """Whether nothing is said but the first own line: below it thanks, the author's name, and no file with it. `seen`
    are the files of the ticket's earlier mails: the logo of a signature says nothing again."""
    if files.told(mail, seen) or mail.forwarded is not None or mail.reply[LOOKED_AT:].strip():
        return False
    name = frozenset(_tokens(mail.from_.name)) if mail.from_ is not None else frozenset()
    lines = (line.strip() for line in mail.reply[:LOOKED_AT].split("\n"))
    said = [line for line in lines if line and not line.startswith(">")]
    below = said[1:]
    named = next((at for at, line in enumerate(below) if name and frozenset(_tokens(line)) == name), len(below))
    if any(not _is_particular(line) for line in below[named + 1 :]):
        named = len(below)
    return all(_says_nothing(line, name, desk) for line in below[:named])


def _is_particular(line: str) -> bool:
    """Whether a line below the author's full name is how to reach them, and no sentence."""
    return len(line) <= LONGEST_CLOSING and _REACH.search(line) is not None and line[-1] not in "?!."


def _says_nothing(line: str, name: frozenset[str], desk: Desk) -> bool:
    """Whether a line is thanks, a closing, the author's own name or a part of it, or some of these."""
    words = _tokens(line) if len(line) <= LONGEST_CLOSING else ["…"]
    closings = [*_phrases(CLOSINGS, desk), *_phrases(THANKS, desk)]
    at = 0
    while at < len(words):
        longest = next(
            (end for end in range(len(words), at, -1) if any(" ".join(words[at:end]) in one for one in closings)), 0
        )
        if not longest and words[at] not in name and not (words[at] in _AND and at):
            return False
        at = longest or at + 1
    return True


def _tokens(text: str) -> list[str]:
    return [word for part in text.casefold().replace("’", "'").split() if (word := part.strip(_SIGNS))]


def _meaning(text: str, desk: Desk) -> str:
    first = _first_line(text)
    if not first or len(first) > LONGEST_LINE:
        return ""
    said = " ".join(_tokens(first))
    for language in (*desk.languages, "en"):
        found = WORDS.get(language.partition("-")[0].lower(), {}).get(said)
        if found:
            return found
    return ""


def wish(
    mail: ParsedMail,
    ticket: Ticket,
    role: str,
    trust: Trust,
    desk: Desk,
    seen: Set[str] = frozenset(),
    *,
    confirmed: bool = False,
) -> Wish | None:
    """What the mail's one word wants of this ticket; None where it has none, and is words like any others. `role` is as
    what its author is on the ticket, `seen` are the files that it has already, `confirmed` is its author's own word."""
    said = word(mail, desk)
    if not said or ticket.audience != "customer":
        return None
    more = not is_alone(mail, seen, desk)
    if said == STATUS:
        judged = judge(Action.STATUS, trust, {role})
        if judged.outcome is Outcome.ALLOWED:
            return Wish(Wanted.STATUS, _step("STATUS", judged), more)
        return None if more else Wish(Wanted.NOTHING, _step("STATUS", judged))
    if ticket.status not in (Status.RESOLVED, Status.CLOSED):
        if said == WRONG:
            return _misfiled(ticket, role, trust, more)
        return (
            _withdrawn(judge(Action.BOOK, trust, {role}, confirmed=confirmed)) if said == CLOSE and not more else None
        )
    return _afterwards(said, mail, ticket, judge(Action.BOOK, trust, {role}, confirmed=True), desk, more)


def _step(word_: str, judged: Judgement) -> Step:
    return Step(stage="act", what=f"{word_}: {judged.outcome.value}", why=judged.reason)


def _misfiled(ticket: Ticket, role: str, trust: Trust, more: bool) -> Wish | None:
    """It is of another kind, they say: one of us decides, and is asked once. What they say below it is told."""
    judged = judge(Action.ANSWER, trust, {role})
    if judged.outcome is not Outcome.ALLOWED:
        return None if more else Wish(Wanted.NOTHING, _step("WRONG TYPE", judged))
    if MISFILED in ticket.tags:
        why = "its kind is in question already"
        return None if more else Wish(Wanted.KEEP, Step(stage="act", what="WRONG TYPE", why=why))
    return Wish(Wanted.TRIAGE, _step("WRONG TYPE", judged), more)


def _withdrawn(judged: Judgement) -> Wish:
    """CLOSE while it is open: its requester alone may say so, with proof or with their own word for it."""
    wanted = {Outcome.ALLOWED: Wanted.WITHDRAW, Outcome.CONFIRM: Wanted.ASK, Outcome.REFUSED: Wanted.NOTHING}
    return Wish(wanted[judged.outcome], _step("CLOSE", judged))


def _afterwards(said: str, mail: ParsedMail, ticket: Ticket, judged: Judgement, desk: Desk, more: bool) -> Wish | None:
    """What a word wants of a ticket that is done. It came to the secret address of our question, if it is keyed: that
    is the confirmation of a YES, and CLOSE says the same here."""
    if said in (THANKED, CLOSE) and more:
        return None
    if said == THANKED and ticket.closed_as == ClosedAs.NO_ANSWER:
        return None  # its last mail promised that any reply opens it again
    if said == THANKED:
        return Wish(Wanted.THANK, Step(stage="act", what="thanks", why="nothing but thanks: nothing is opened again"))
    if said == CLOSE and ticket.status == Status.CLOSED:
        return Wish(Wanted.KEEP, Step(stage="act", what="CLOSE", why=_CLOSED))
    if said == WRONG or ticket.closed_as not in (ClosedAs.RESOLVED, ClosedAs.WITHDRAWN):
        return None
    if said == NO:
        more = more or not _is_bare_no(mail, desk)  # "No, it still fails" says what is wrong
        return Wish(Wanted.REOPEN, Step(stage="act", what="NO", why="it is not solved, its customer says"), more)
    if more:
        return None
    if judged.outcome is not Outcome.ALLOWED:
        return Wish(Wanted.NOTHING, _step(said.upper(), judged))
    if ticket.status == Status.CLOSED:
        return Wish(Wanted.KEEP, Step(stage="act", what="YES", why=_CLOSED))
    return Wish(Wanted.CLOSE, Step(stage="act", what=f"{said.upper()}: closed", why=judged.reason))


_CLOSED = "it is closed already"


def _is_bare_no(mail: ParsedMail, desk: Desk) -> bool:
    """Whether the first line says NO and nothing of what is wrong."""
    return _meaning(mail.reply, desk) == NO or _kindly(_first_line(mail.reply), mail, desk) == NO


def ended(ticket: Ticket, to: Person, desk: Desk) -> dict[str, Any]:
    """The facts of the answer to CLOSE: that it is closed because they said so, and how it opens again."""
    zone = zone_of(desk, to.address)
    return {"status": _public(ticket), "withdrawn": True, "reopen_days": desk.reopen_within.days, "zone": zone}


def standing(
    ticket: Ticket, to: Person, recent: Sequence[Message], desk: Desk, calls: Iterable[Call] = ()
) -> dict[str, Any]:
    """The facts of an answer to STATUS: where it stands, what was promised, the last words that they have seen. When
    one of its `calls` is, only who has it learns."""
    call = next((one.start for one in calls if one.is_promised and one.contact == to.address), None)
    due = ticket.response_due
    planned = ticket.scheduled_for if ticket.status_category == "scheduled" else None
    resolved = ticket.is_done and not ticket.closed_as
    yours = not ticket.is_done and ticket.waiting_on == "customer"
    told = [message for message in recent if not _meaning(message.text, desk)]
    if any(message.kind in _OF_CALLS for message in recent):
        told = [message for message in told if not is_word_of_call(message, desk)]
    last = mails.last_public(told, to)
    return {
        "status": _public(ticket),
        "answer_by": _stamp(due) if not ticket.is_done else "",
        "planned": _stamp(planned),
        **({"call": _stamp(call)} if call is not None else {}),
        "yours": yours,
        **({"closes": True} if not ticket.is_done and to.address == ticket.requester else {}),
        **({"pending": True} if not (ticket.is_done or yours or due or planned) else {}),
        "outcome": ticket.outcome if resolved else "",
        "reopen_days": desk.reopen_within.days if ticket.status == Status.RESOLVED else 0,
        "last": {
            "at": notice.stamp(last.at),
            "who": "desk" if last.direction is Direction.OUT else "you",
            "text": last.text[:MAX_SHOWN],
        }
        if last is not None
        else {},
        "zone": zone_of(desk, to.address),
    }


_OF_CALLS = frozenset({Purpose.OFFER.value, Purpose.INVITE.value, Purpose.UNINVITE.value, Purpose.CALL.value})
"""Mails of ours beside which a word about a call was one."""


def is_word_of_call(message: Message, desk: Desk) -> bool:
    """Whether it is a word about a call and says nothing else: it was done, and is nothing to read again."""
    if message.direction is not Direction.IN:
        return False
    below = words.below(message.text, message.from_name, desk)
    name = frozenset(_tokens(message.from_name))
    return below is not None and all(_says_nothing(line, name, desk) for line in below)


def open_again(ticket: Ticket, to: Person, desk: Desk) -> dict[str, Any]:
    """The facts of the answer to a bare NO: that it is open again, and when a person answers."""
    due = ticket.response_due
    pending = {"pending": True} if due is None else {}
    zone = zone_of(desk, to.address)
    return {"status": _public(ticket), "again": True, "answer_by": _stamp(due), **pending, "zone": zone}


def looked_into(ticket: Ticket, to: Person, desk: Desk, *, alone: bool) -> dict[str, Any]:
    """The facts of the answer to WRONG TYPE: that one of us looks at it. `alone`: they said no more than that."""
    zone = zone_of(desk, to.address)
    return {"status": _public(ticket), "misfiled": "alone" if alone else "said", "zone": zone}


_PUBLIC = frozenset(Status) - {Status.AWAITING_REVIEW}
"""Statuses that a customer hears of: every language has words for them. Any other one is told by its category."""


def _public(ticket: Ticket) -> str:
    """Where it stands in public words: a review is a step inside, and a division's own status is the division's."""
    return ticket.status if ticket.status in _PUBLIC else ticket.status_category


def _first_line(text: str) -> str:
    """The first own line of a reply: lines above an answer inside a quotation are the question's."""
    lines = (line.strip() for line in text[:LOOKED_AT].split("\n"))
    return next((line for line in lines if line and not line.startswith(">")), "")


def _stamp(instant: datetime | None) -> str:
    return notice.stamp(instant) if instant is not None else ""
