"""What one mail adds to what is known of its ticket.

In: a mail, the ticket as it stands (a new one as it will be), who wrote it, how far they are proven. Out: a `Gathered`:
the facts as they are then, what of it is new, what is to be asked now. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.intake.needed import conditions, needed
from gateway.rules.intake.record import MISSING, PRESENT, UNKNOWN, UNSURE, Fact, Intake
from gateway.rules.intake.secrets import Secret, confided, masked, secrets_of
from gateway.rules.policy.intake import FROM_LINKED, FROM_ORGANISATION
from gateway.rules.times import stamp
from parsing.intake import answers
from parsing.intake.kinds import when
from parsing.message import Candidate, ParsedMail
from parsing.subject import base
from store.records import AddEvent, Step, Ticket

STAGE = "complete"
ANSWERED = frozenset({"answer", "correction", "label"})
"""Readings by which somebody says on purpose what a field is: they count before what is known already."""
_RANK = {"answer": 0, "correction": 0, "label": 1, "pattern": 2, "sentence": 3, "file": 4,
         FROM_ORGANISATION: 5, FROM_LINKED: 6}  # fmt: skip
_TIMES = frozenset({"when", "date", "time"})
LONGEST, LONGEST_SOURCE = 1_000, 300
"""Letters of a value and of the words that say so, as a ticket keeps them."""
_SHOWN = 120
"""Letters of the words that the trace shows."""
GIVEN = "given"
"""What stands for the words of a sensitive fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A fact that became another one: `before` is None where nothing was known."""

    name: str
    before: Fact | None
    after: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """`intake` is as the mail leaves it (stage and rounds are still as they were: `asking` moves them when a mail
    leaves), `values` what the mail puts into the ticket's facts, `secrets` the words of sensitive facts.
    `asks` are the fields to ask for now, best first; `why` says why none is asked. `answers` is whether the mail
    answers what was asked. `hands`: it is a person's now, as no further question is of use. `ruled` is what rules have
    made of a new ticket because of it."""

    intake: Intake = field(default_factory=Intake)
    values: dict[str, str] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()
    news: tuple[News, ...] = ()
    asks: tuple[str, ...] = ()
    why: str = ""
    answers: bool = False
    hands: bool = False
    steps: tuple[Step, ...] = ()
    ruled: tuple[AddEvent, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether it changes nothing, but for words that must not stay."""
        return self is NOTHING or replace(self, secrets=()) == NOTHING


NOTHING = Gathered()


def gather(
    mail: ParsedMail,
    ticket: Ticket,
    author: str,
    desk: Desk,
    now: datetime,
    *,
    opens: bool,
    counts: bool = True,
    linked: Sequence[Ticket] = (),
    fills: bool = False,
    answered: str = "",
    ours: Sequence[str] = (),
) -> Gathered:
    """What the mail of `author` says of the facts of this ticket. `opens`: it is the first mail of it; `counts`:
    whoever wrote it may answer; `fills`: they may say what is missing, and change nothing that is known. `linked` are
    tickets that this one follows; `answered` is when the mail of ours left that it answers (RFC
    3339), `ours` are the texts of those that it may answer. Words of sensitive fields are told whatever it needs: they
    must not stay longer than others."""
    inquiry = desk.inquiry
    if not inquiry.fields or not counts:
        return NOTHING
    known = standing(ticket, desk)
    conditional = conditions(desk)
    required = needed(ticket, desk)
    if not required and not conditional and not known.asked:
        return _untold(mail.candidates, mail, desk)
    found = list(mail.candidates)
    if not opens:
        found = [*_answers(mail, ticket, known, desk, answered, ours), *found]
    else:
        found += [*_of_organisation(author, desk), *_of_linked(linked, desk)]
    said: tuple[Secret, ...] = ()
    if inquiry.sensitive:
        found = [confided(one, inquiry.fields.get(one.field)) for one in found]
        said = secrets_of(found, desk, mail.message_id)
        found = masked(found, said, desk)
    about = _best(one for one in found if one.field in inquiry.fields)
    reading = _Reading(mail=mail, author=author, desk=desk, now=now, at=stamp(now), opens=opens, fills=fills)
    news = reading.taken(known, about, conditional) if conditional else []
    if news:  # they may bring further needs, in the same mail
        required = needed(replace(ticket, facts={**ticket.facts, **_values(news, desk)}), desk)
    wanted = {*required, *known.sought, *known.fields} - conditional
    further = reading.taken(known, about, wanted)
    news = sorted([*news, *further], key=lambda one: inquiry.place[one.name])
    fields = {**known.fields, **{one.name: one.after for one in news}}
    if not required and not fields:
        return replace(NOTHING, secrets=said) if said else NOTHING
    intake = replace(known, needed=required, fields=fields)
    replies = any(one.name in known.sought or one.after.how in ANSWERED for one in news)
    return Gathered(
        intake=intake,
        values=_values(news, desk),
        secrets=said,
        news=tuple(news),
        answers=not opens and replies,
        steps=tuple(_step(name, intake, desk) for name in required),
    )


def _untold(found: Iterable[Candidate], mail: ParsedMail, desk: Desk) -> Gathered:
    """Of a ticket that needs nothing: the words of sensitive fields alone."""
    if not desk.inquiry.sensitive:
        return NOTHING
    said = secrets_of((confided(one, desk.inquiry.fields.get(one.field)) for one in found), desk, mail.message_id)
    return replace(NOTHING, secrets=said) if said else NOTHING


def standing(ticket: Ticket, desk: Desk) -> Intake:
    """What is known: what the ticket keeps, and what one of us has set beside it."""
    known = record.of(ticket)
    if not ticket.facts and not known.fields:
        return known
    for name, value in ticket.facts.items():
        if value and name in desk.inquiry.fields and known.state(name) in (MISSING, UNSURE, UNKNOWN):
            known = known.with_fact(name, Fact(state=PRESENT, value=value, how="agent"))
    for name, fact in known.fields.items():
        if (fact.value or fact.moment) and name in desk.inquiry.fields and desk.inquiry.fields[name].sensitive:
            known = known.with_fact(name, replace(fact, value="", moment="", source=fact.source and GIVEN))
    return known


def _answers(
    mail: ParsedMail, ticket: Ticket, known: Intake, desk: Desk, answered: str, ours: Sequence[str]
) -> tuple[Candidate, ...]:
    """What it answers of what the mail of ours asked that it answers, else of what was asked last."""
    said = answers.Said(
        subject=base(mail.subject), words=mail.reply, answers=mail.answers, files=mail.attachments,
        language=mail.language, title=base(ticket.subject), quoted=mail.quoted, ours=tuple(ours),
        name=mail.from_.name if mail.from_ is not None else "",
    )  # fmt: skip
    fields = desk.inquiry.fields
    # What is said now answers one of us, but for labels, and for what stands inside our quoted questions.
    ends = known.stage in (record.STOPPED, record.COMPLETE) and not mail.answers
    asked = [] if ends else [fields[name].sought for name in known.asked_by(answered) if name in fields]
    return answers.read(said, asked, desk.inquiry.sought).candidates


def _best(found: Iterable[Candidate]) -> dict[str, Candidate]:
    """Of each field the one that counts: what may only be meant comes behind all that is said."""
    best: dict[str, Candidate] = {}
    for one in found:
        if (other := best.get(one.field)) is None or _weight(one) < _weight(other):
            best[one.field] = one
    return best


def _weight(one: Candidate) -> tuple[bool, int]:
    return one.state == UNSURE, _RANK.get(one.how, 3)


def _of_organisation(author: str, desk: Desk) -> list[Candidate]:
    organisation = desk.organisation_of(author)
    if organisation is None or not organisation.facts:
        return []
    return [
        Candidate(field=name, value=value, source=organisation.name, how=FROM_ORGANISATION)
        for name, value in organisation.facts.items()
        if name in desk.inquiry.fields and FROM_ORGANISATION in desk.inquiry.fields[name].sources
    ]


def _of_linked(linked: Sequence[Ticket], desk: Desk) -> list[Candidate]:
    return [
        Candidate(field=name, value=value, source=desk.reference(ticket.ref), how=FROM_LINKED)
        for ticket in linked
        for name, value in ticket.facts.items()
        if value and name in desk.inquiry.fields and FROM_LINKED in desk.inquiry.fields[name].sources
    ]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One mail as its facts are taken."""

    mail: ParsedMail
    author: str
    desk: Desk
    now: datetime
    at: str
    opens: bool
    fills: bool

    def taken(self, known: Intake, about: Mapping[str, Candidate], names: Container[str]) -> list[News]:
        """What becomes another fact of these fields."""
        news: list[News] = []
        for name, one in about.items():
            before = known.fields.get(name)
            if name in names and self._changes(before, one):
                news.append(News(name=name, before=before, after=self._fact(one)))
        return news

    def _changes(self, before: Fact | None, one: Candidate) -> bool:
        """Whether the candidate becomes what is known of its field."""
        state = before.state if before is not None else MISSING
        if one.state == UNSURE:
            return state == MISSING
        if one.state == UNKNOWN:
            return state in (MISSING, UNSURE)
        if state != PRESENT or before is None:
            return True
        if self.fills or self.opens or one.how not in ANSWERED:
            return False
        sensitive = self.desk.inquiry.fields[one.field].sensitive
        return sensitive or _bare(before.value) != _bare(one.value[:LONGEST])

    def _fact(self, one: Candidate) -> Fact:
        wanted = self.desk.inquiry.fields[one.field]
        sensitive = wanted.sensitive
        by = "" if one.how in (FROM_ORGANISATION, FROM_LINKED) else self.author
        return Fact(
            state=one.state,
            value="" if sensitive or one.state == UNKNOWN else one.value[:LONGEST],
            source=GIVEN if sensitive else one.source[:LONGEST_SOURCE],
            how=one.how,
            by=by,
            at=self.at,
            moment=self._moment(one) if wanted.sought.kind in _TIMES and not sensitive else "",
        )

    def _moment(self, one: Candidate) -> str:
        """The instant or the day that is meant, in the zone of whoever says so."""
        if one.state == UNKNOWN or one.how == FROM_LINKED:
            return ""
        organisation = self.desk.organisation_of(self.author)
        zone = (organisation.zone if organisation is not None else "") or self.desk.zone
        meant: datetime | date | None = when.resolve(one.value, self.now.astimezone(ZoneInfo(zone)), self.mail.language)
        return meant.isoformat() if meant is not None else ""


def _bare(value: str) -> str:
    return " ".join(value.casefold().split())


def _values(news: Iterable[News], desk: Desk) -> dict[str, str]:
    """What of it stands among the ticket's facts: what is said for sure and may be repeated."""
    return {
        one.name: one.after.value
        for one in news
        if one.after.state == PRESENT and one.after.value and not desk.inquiry.fields[one.name].sensitive
    }


def _step(name: str, intake: Intake, desk: Desk) -> Step:
    """`steps to reproduce: present`, `“open the shop” (sentence)`."""
    words, fact = name.replace("_", " "), intake.fields.get(name)
    if fact is None or fact.state == MISSING:
        return Step(stage=STAGE, what=f"{words}: missing", why="the mail says nothing of it")
    if desk.inquiry.fields[name].sensitive:
        return Step(stage=STAGE, what=f"{words}: {fact.state}", why="sensitive: not repeated")
    source = " ".join(fact.source.split())
    source = source if len(source) <= _SHOWN else f"{source[:_SHOWN].rstrip()}…"
    said = f"“{source}” ({fact.how})" if source and fact.how not in _ELSEWHERE else _elsewhere(fact, source)
    return Step(stage=STAGE, what=f"{words}: {fact.state}", why=said)


_ELSEWHERE = (FROM_ORGANISATION, FROM_LINKED, "agent")


def _elsewhere(fact: Fact, source: str) -> str:
    where = {FROM_ORGANISATION: "known of", FROM_LINKED: "from", "agent": "set by one of us"}.get(fact.how, fact.how)
    return f"{where} {source}".strip()
