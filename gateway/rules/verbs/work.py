"""Verbs that say how the work stands: log, set, kind, contact, wait, blocked, todo.

In: a `Request`. Out: a `Planned` or a `Refused`. Which fields there are, and of which tickets, says `rules/fields.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gateway.rules import fields, participants
from gateway.rules.fields import CLEARED, Unfit, saying, stranger
from gateway.rules.intake import ruling
from gateway.rules.times import read_duration
from gateway.rules.verbs import intake
from gateway.rules.verbs.moves import duration
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from gateway.rules.workflow import ESCALATION, division_at, spoken, worked
from parsing.address import is_address, normalise
from store.records import Person

MOST_LOGGED = 24 * 60
"""Minutes of one entry: nobody works longer at a stretch."""
MAX_TODO = 300
NONE = (CLEARED, "nothing", "none")
"""What is no number, and nothing that happens next."""
KINDS = {
    "scope": "scope", "scope creep": "scope", "delay": "delay", "delivery delay": "delay", "quality": "quality",
    "relationship": "relationship", "complaint": "relationship", "client relationship": "relationship",
}  # fmt: skip
WAITS = ("customer", "vendor", "internal")
BLOCKS = ("scheduling", "security-review", "specialist", "vendor", "customer")
_TYPE = re.compile(r" ?\btype ?[ :=] ?", re.IGNORECASE)


def _log(request: Request) -> Planned | Refused:
    """Time that was worked, on one of the activities that the ticket's division has (R31, R34)."""
    ticket, desk = request.ticket, request.desk
    division = division_at(ticket, desk)
    activities = (division.activities if division is not None else ()) or desk.activities
    time, _, words = _TYPE.sub("\0", request.args[:200], count=1).partition("\0")
    minutes = read_duration(time)
    if minutes is None:
        if not time.strip():
            return Refused(reason="say how long: 45m, 1h30m", nearest="#log 45m")
        return Refused(reason=f"{time} is no duration", nearest="#log 45m")
    if minutes > MOST_LOGGED:
        return Refused(reason=f"{duration(minutes)} at a stretch is more than a day", nearest="#log 8h")
    activity = _slug(words) if words else activities[0]
    if activity not in activities:
        close = get_close_matches(activity, activities, n=1, cutoff=0.5)
        nearest = f"#log {time.strip()} type {close[0]}" if close else ""
        return Refused(reason=f"there is no activity {words}; activities: {', '.join(activities)}", nearest=nearest)
    total = ticket.logged + minutes
    after = ticket if ticket.is_done else worked(ticket, request.actor.name)
    was = ticket.verified_by if ticket.verified_by != after.verified_by else ""
    void = f"; {was} verified it before, it needs #verify again" if was else ""
    return Planned(
        ticket=replace(after, logged=total, updated_at=request.now),
        line="#log",
        after=f"{duration(minutes)} on {activity}, {duration(total)} in all{void}",
        event="time-logged",
        detail={"minutes": minutes, "type": activity, "by": request.actor.name},
    )


def _slug(words: str) -> str:
    return "-".join(words.lower().replace("_", " ").replace("-", " ").split())


def _set(request: Request) -> Planned | Refused:
    field, value = fields.named(request.args, request.desk)
    if field is None:
        word = request.args.partition(" ")[0]
        known = ", ".join(fields.names(request.desk, request.ticket))
        reason = f"there is no field {word}; fields of this ticket: {known}" if word else f"say which field: {known}"
        return Refused(reason=reason, nearest=fields.nearest(request.args, request.desk) or _example(request))
    strange = stranger(field, request.ticket, request.desk)
    if strange:
        return Refused(reason=strange)
    if field.verb:
        return Refused(reason=f"{field.words} has a verb of its own", nearest=field.verb)
    if not value:
        example = _SAID.get(field.name) or saying(field.name, request.desk)
        return Refused(reason=f"say the {field.words}; - takes it away", nearest=example)
    read: str | int | Unfit
    number = isinstance(getattr(request.ticket, field.name, ""), int)
    if field.name != "audience" and (value == CLEARED or (number and value.lower() in NONE)):
        read = 0 if number else ""
    else:
        read = field.read(value, request.desk)
    if isinstance(read, Unfit):
        return Refused(reason=read.reason, nearest=read.nearest or saying(field.name, request.desk))
    planned = _stored(request, field.name, read, column=field.column)
    marked = intake.marked(planned.ticket, field.name, str(read or ""), request)
    ticket, events, _ = ruling.ruled(request.ticket, marked, request.desk, request.now, escalates=False)
    if ticket is planned.ticket:
        return planned
    return replace(planned, ticket=ticket, after=planned.after + ruling.deeds(events), follows=tuple(events))


_SAID = {
    "observed": "#set observed the search takes 30 s", "expected": "#set expected the search takes a second",
    "affected_users": "#set affected users 40", "plan": "#set plan a second engineer on Monday",
    "estimate": "#set estimate 4h",
}  # fmt: skip
"""What somebody would write."""


def _example(request: Request) -> str:
    return _SAID["plan" if request.ticket.type == ESCALATION else "observed"]


def _stored(request: Request, name: str, value: str | int, *, column: bool, line: str = "#set") -> Planned:
    """The ticket with that value in its place."""
    ticket = request.ticket
    before = getattr(ticket, name) if column else ticket.facts.get(name, "")
    if column:
        changed = request.changed(**{name: value})
    else:
        facts = {key: kept for key, kept in ticket.facts.items() if key != name}
        changed = request.changed(facts={**facts, name: str(value)} if value else facts)
    was, became = (_shown(name, one) for one in (before, value))
    return Planned(
        ticket=changed,
        line=line,
        before=f"{spoken(name)}: {was}",
        after=became,
        event="field-set",
        detail={"field": name, "from": before, "to": value},
    )


def _shown(name: str, value: Any) -> str:
    if not value:
        return "nothing"
    return duration(value) if name == "estimate" else str(value)


def _kind(request: Request) -> Planned | Refused:
    """What an escalation is about, several at once (R24); in a division which of its kinds of ticket it is (R35)."""
    ticket = request.ticket
    words = [" ".join(word.lower().split()) for word in request.args.split(",") if word.strip()]
    division = division_at(ticket, request.desk)
    if division is not None and division.subtypes:
        known = tuple(division.subtypes)
        wanted = _slug(request.args)
        if wanted not in known:
            return _unknown("kind", request.args, known, wanted)
        planned = _stored(request, "subtype", wanted, column=False, line="#kind")
        lacks = ", ".join(spoken(n) for n in division.subtypes[wanted] if not _has(planned.ticket, n))
        return replace(planned, after=f"{wanted}; it needs: {lacks}") if lacks else planned
    if ticket.type != ESCALATION:
        return Refused(reason="kind is a field only on escalations", of_verbs=False)
    strange = [word for word in words if word not in KINDS]
    if strange or not words:
        return _unknown("kind", ", ".join(strange), tuple(dict.fromkeys(KINDS.values())), strange[0] if strange else "")
    kinds = ", ".join(dict.fromkeys(KINDS[word] for word in words))
    return _stored(request, "kinds", kinds, column=False, line="#kind")


def _has(ticket: Any, name: str) -> bool:
    return bool(getattr(ticket, name, "") or ticket.facts.get(name))


def _unknown(what: str, said: str, known: Iterable[str], wanted: str) -> Refused:
    names = tuple(known)
    close = get_close_matches(wanted, names, n=1, cutoff=0.5)
    listed = ", ".join(names)
    reason = f"there is no {what} {said}; known: {listed}" if said else f"say which {what}: {listed}"
    return Refused(reason=reason, nearest=f"#{what} {(close or names)[0]}")


def _contact(request: Request) -> Planned | Refused:
    """Whom the answer is for as well (R28): from now on they get the ticket's mail."""
    ticket, desk = request.ticket, request.desk
    field = fields.FIELDS["contact"]
    if strange := stranger(field, ticket, desk):
        return Refused(reason=strange, of_verbs=False)
    if ticket.audience != "customer":
        return Refused(reason="the ticket is internal: nobody outside gets its mail", nearest="#set audience customer")
    address = normalise(request.args.strip("<> "))
    if not is_address(address):
        reason = f"{request.args} is no address" if request.args else "say whose address"
        return Refused(reason=reason, nearest="#contact name@example.org")
    if not participants.may_be_copied(address, desk):
        return Refused(reason=f"{address} is no person outside: nothing of the ticket is sent there")
    kinds = request.known.participants.get(ticket.ref, {})
    if address == ticket.requester or kinds.get(address) in participants.MEMBERS:
        return Refused(reason=f"{address} is on the ticket already")
    if sum(kind == participants.COPIED for kind in kinds.values()) >= participants.MOST_COPIED:
        return Refused(reason=f"{participants.MOST_COPIED} people are on the ticket: that is as many as may be")
    person = request.known.people.get(address, Person(address=address))
    before = ticket.facts.get("contact", "")
    named = [one for one in before.split(", ") if one]
    if address in named and kinds.get(address) != participants.LEFT:
        return Refused(reason=f"{address} is on the ticket already")
    contacts = ", ".join(dict.fromkeys((*named, address)))
    return Planned(
        ticket=request.changed(facts={**ticket.facts, "contact": contacts}),
        line="#contact",
        before=before or "nobody",
        after=f"{contacts}; gets the ticket's mail from now on",
        event="field-set",
        detail={"field": "contact", "from": before, "to": contacts},
        effects=participants.joins(ticket.ref, person, participants.COPIED, request.actor.name, "#contact"),
    )


def _wait(request: Request) -> Planned | Refused:
    return _standing(request, "waiting_on", "wait", ("nobody", "none"), WAITS)


def _blocked(request: Request) -> Planned | Refused:
    return _standing(request, "blocked_on", "blocked", ("nothing", "none"), BLOCKS)


def _standing(
    request: Request, name: str, verb: str, nobody: tuple[str, ...], known: tuple[str, ...]
) -> Planned | Refused:
    """What the ticket stands still for, beside its status (R11)."""
    ticket, wanted = request.ticket, _slug(request.args)
    if ticket.is_done:
        return Refused(reason=f"the ticket is {spoken(ticket.status)}: it waits for nobody", nearest="#reopen")
    if wanted not in (*known, *nobody):
        names = (*known, nobody[0])
        close = get_close_matches(wanted, names, n=1, cutoff=0.5)
        reason = f"say {'for whom' if name == 'waiting_on' else 'by what'}: {', '.join(names)}"
        return Refused(reason=reason, nearest=f"#{verb} {close[0]}" if close else "")
    value, before = ("" if wanted in nobody else wanted), getattr(ticket, name)
    return Planned(
        ticket=request.changed(**{name: value}),
        line=f"#{verb}",
        before=before or nobody[0],
        after=value or nobody[0],
        event="waiting" if name == "waiting_on" else "blocked",
        detail={"from": before, "to": value},
    )


def _todo(request: Request) -> Planned | Refused:
    """What happens next (R10): whoever gets the ticket from another team must find it."""
    text = request.args
    if not text or len(text) > MAX_TODO:
        return Refused(reason=f"say what happens next, in at most {MAX_TODO} letters; - takes it away")
    if request.ticket.is_done:
        return Refused(reason=f"the ticket is {spoken(request.ticket.status)}: nothing is next", nearest="#reopen")
    value, before = ("" if text.lower() in NONE else text), request.ticket.next_action
    return Planned(
        ticket=request.changed(next_action=value),
        line="#todo",
        before=before or "nobody has decided",
        after=value or "nobody has decided",
        event="next-action",
        detail={"from": before, "to": value},
    )


VERBS: tuple[Verb, ...] = (
    Verb(name="kind", usage="#kind KIND, …", meaning="what an escalation is about; a division's kind", plan=_kind),
    Verb(name="set", usage="#set FIELD VALUE", meaning="a field of the ticket; - takes it away", plan=_set),
    Verb(name="todo", usage="#todo TEXT", meaning="what happens next", plan=_todo),
    Verb(name="wait", usage="#wait customer|vendor|internal|nobody", meaning="for whom it waits", plan=_wait),
    Verb(
        name="blocked",
        usage="#blocked scheduling|security-review|specialist|vendor|customer|nothing",
        meaning="what holds it up",
        plan=_blocked,
    ),
    Verb(name="log", usage="#log 45m [type X]", meaning="time that was worked", plan=_log),
    Verb(name="contact", usage="#contact ADDRESS", meaning="who gets the answer as well", plan=_contact),
)
