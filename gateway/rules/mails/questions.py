"""Mails that ask a customer for what is missing, and the one that says that nobody answered.

In: a ticket, the fields to ask for. Out: the questions as plain facts, in one language as a whole; `SendMail` values.
A value of a sensitive field stands in none of them, nor does anything that one of us or somebody else has said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.rules import acknowledge
from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.intake.record import PRESENT, UNSURE, Fact
from gateway.rules.mails import customers
from gateway.rules.policy.intake import Wanted
from store.records import Person, Purpose, SendMail, Ticket, Trust

AGAIN, REMINDER, AGENT = "again", "reminder", "agent"
"""Why we ask: for the rest, after an answer; once more, without one; because one of us wants to know. What is asked for
the first time stands in the acknowledgement."""
WRITTEN = ("en", "de", "fr")
"""The languages that questions have sentences in; any other is asked in one of them."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CLOSED = {"yesno": ("yes", "no")}
"""Kinds whose answers are the same in every configuration; a mail says them in its language."""
_LISTED = frozenset({"choice", "product"})
_MOST_LISTED = 12
"""A longer catalogue is no list to choose from: it is asked for in free words."""
_OURS = frozenset({"agent", "asked"})
"""Readings that are a word of ours: nobody outside gets them back as what they have said."""


def tongue(names: Sequence[str], desk: Desk, wanted: str) -> str:
    """The language in which all of these fields can be asked for: the wanted one, else the desk's first, else English,
    else whichever has them; a mail is never mixed."""
    fields = [one for name in names if (one := desk.inquiry.fields.get(name)) is not None]
    wanted = wanted.partition("-")[0].lower()
    first = desk.languages[0] if desk.languages else "en"
    for language in dict.fromkeys((wanted, first, *WRITTEN)):
        if language in WRITTEN and all(_speaks(field, language) for field in fields):
            return language
    return wanted if wanted in WRITTEN else first if first in WRITTEN else WRITTEN[0]


def _speaks(field: Wanted, language: str) -> bool:
    """Whether label and question are said in it."""
    return language in field.label and (not field.question or language in field.question)


def label(field: Wanted, language: str) -> str:
    """The field's name in that language, else in the first that it has one in."""
    return _said(field.label, language) or field.name.replace("_", " ").capitalize()


def _said(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")


def asked(names: Sequence[str], ticket: Ticket, desk: Desk, language: str = "") -> list[dict[str, Any]]:
    """The questions as a mail shows them, each with the language that all of them are said in (the ticket's, where they
    can be). A field that is not declared (any more) is asked by its name."""
    spoken = tongue(names, desk, language or ticket.language) if names else ""
    return [_question(name, desk, spoken) for name in names]


def _question(name: str, desk: Desk, language: str) -> dict[str, Any]:
    field = desk.inquiry.fields.get(name)
    if field is None:
        plain = {"label": name.replace("_", " ").capitalize(), "kind": "text", "choices": [], "language": language}
        return {"name": name, **plain, **dict.fromkeys(("question", "example", "reason"), "")}
    return {
        "name": name,
        "label": label(field, language),
        "question": _said(field.question, language),
        "example": field.example.get(language, ""),
        "reason": field.reason.get(language, ""),
        "kind": field.sought.kind,
        "choices": choices(field),
        "language": language,
        **({"sensitive": True, "days": field.expires.days} if field.sensitive else {}),
    }


def choices(field: Wanted) -> list[list[str]]:
    """`[["a", "yes"], ["b", "no"]]`: what a letter answers; empty where free words do."""
    kind = field.sought.kind
    listed = tuple(one.value for one in field.sought.choices) if kind in _LISTED else ()
    values = _CLOSED.get(kind) or (listed if len(listed) <= _MOST_LISTED else ())
    return [[letter, value] for letter, value in zip(LETTERS, values, strict=False)]


def found(ticket: Ticket, desk: Desk, language: str, to: str = "", since: datetime | None = None) -> list[list[str]]:
    """What was understood, as label and value in that language, for whoever said it to correct it: their own words
    (`to`, else the requester's) and what is known of their organisation. What only may be meant says so. With `since`,
    only what was said after it."""
    intake = record.of(ticket)
    if not intake.fields:
        return []
    reader = to or ticket.requester
    told: list[list[str]] = []
    for name, field in desk.inquiry.fields.items():
        fact = intake.fields.get(name)
        if fact is None or fact.state not in (PRESENT, UNSURE) or fact.how in _OURS or not _theirs(fact, reader):
            continue
        if since is not None and not _is_since(fact, since):
            continue
        if field.sensitive:
            told.append([label(field, language), "", GIVEN])
        elif value := fact.moment or ticket.facts.get(name, "") or fact.value:
            told.append([label(field, language), value, *((PERHAPS,) if fact.state == UNSURE else ())])
    return told


GIVEN, PERHAPS = "given", "perhaps"
"""What a mail says instead of a value that is not repeated, and beside one that only may be meant."""


def _theirs(fact: Fact, reader: str) -> bool:
    return fact.by in ("", reader) or fact.how == "organisation"


def _is_since(fact: Fact, since: datetime) -> bool:
    """Whether it was said after that; what the first mail says is as old as the question that answered it."""
    try:
        at = datetime.fromisoformat(fact.at)
    except ValueError:
        return False
    return at > since or (at == since and fact.how == "answer")


def question(
    desk: Desk,
    ticket: Ticket,
    to: Person,
    message_id: str,
    occasion: str,
    answers: str,
    names: Sequence[str],
    variant: str,
    *,
    trust: Trust | None = None,
) -> SendMail:
    """One mail that asks for these fields, best first. After an answer it shows what that was understood as, and only
    that: what came before may have been anybody's. `trust` D: nothing proves whose address it is, and no word of
    theirs goes there, their subject and name among them."""
    spoken = tongue(names, desk, customers.language(desk, ticket, to))
    facts: dict[str, Any] = {"variant": variant, "questions": asked(names, ticket, desk, spoken)}
    if variant == AGAIN and trust is not Trust.D and (understood := _understood(ticket, desk, spoken, to)):
        facts["found"] = understood
    if variant == REMINDER and desk.inquiry.close:
        facts["close"] = desk.inquiry.close
    if zone := acknowledge.zone_of(desk, to.address):
        facts["zone"] = zone
    mail = customers.to_customer(
        desk, ticket, to, Purpose.QUESTION, message_id, occasion, answers, (answers,) if answers else (), facts
    )
    return _shy(replace(mail, language=spoken), trust)


def _understood(ticket: Ticket, desk: Desk, language: str, to: Person) -> list[list[str]]:
    """What this reader has said since we asked."""
    try:
        since = datetime.fromisoformat(record.of(ticket).asked_at)
    except ValueError:
        return []
    return found(ticket, desk, language, to.address, since)


def unanswered(
    desk: Desk, ticket: Ticket, to: Person, message_id: str, occasion: str, *, answers: str = "",
    trust: Trust | None = None,
) -> SendMail:  # fmt: skip
    """It is closed because nothing came; any reply opens it again."""
    names = record.of(ticket).lacking
    spoken = tongue(names, desk, customers.language(desk, ticket, to))
    facts = {
        "open": [one["label"] for one in asked(names, ticket, desk, spoken)],
        "reopen_days": desk.reopen_within.days,
    }
    mail = customers.to_customer(
        desk, ticket, to, Purpose.UNANSWERED, message_id, occasion, answers, (answers,) if answers else (), facts
    )
    return _shy(replace(mail, language=spoken), trust)


def _shy(mail: SendMail, trust: Trust | None) -> SendMail:
    """As it may go to an address that nothing proves."""
    if trust is not Trust.D:
        return mail
    answers = acknowledge.answered(mail.in_reply_to)
    return replace(
        mail,
        to=replace(mail.to, name=""),
        subject=acknowledge.subject(mail.language),
        in_reply_to=answers,
        references=(answers,) if answers else (),
    )
