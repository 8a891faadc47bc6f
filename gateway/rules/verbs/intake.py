"""Verbs about what a ticket's customer is asked for: ask, waive; and what `#set` makes of a fact that was asked for.

In: a `Request`. Out: a `Planned` or a `Refused`. What is asked leaves with the words below the verbs, else in a mail of
its own as the desk (`rules/speech/utterance.py`). Nobody is asked who cannot be reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from gateway.rules.intake import asking, ending, record
from gateway.rules.intake import needed as needs
from gateway.rules.intake.record import ASKING, MISSING, PRESENT, UNSURE, WAIVED, Fact, Intake
from gateway.rules.notices.notice import stamp
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from gateway.rules.workflow import spoken
from store.records import Ticket

ASKED, WAIVED_, STOPPED = "intake-asked", "intake-waived", "intake-stopped"
STOP, ALL = "stop", "all"
BY_AGENT, AGENT = "asked", "agent"
"""How a fact is known: somebody of us wants it, or has said it."""
MOST_WORDS = 500


def _ask(request: Request) -> Planned | Refused:
    """Their customer is asked for these fields, or for all that is missing."""
    ticket, desk = request.ticket, request.desk
    if request.args.lower() == STOP:
        return _stop(request)
    refused = _unreachable(request)
    if refused is not None:
        return refused
    ticket = needing(ticket, request)
    intake = record.of(ticket)
    if request.args:
        names = _named(request, "ask")
        if isinstance(names, Refused):
            return names
    else:
        names = intake.lacking[: desk.inquiry.most]
        if not names:
            return _nothing_to_ask(request, intake)
    if len(names) > desk.inquiry.most:
        few = ", ".join(map(spoken, names[: desk.inquiry.most]))
        return Refused(reason=f"at most {desk.inquiry.most} questions go in one mail", nearest=f"#ask {few}")
    known = [name for name in names if intake.state(name) == PRESENT]
    if known:
        said = ("" if _is_sensitive(known[0], request) else ticket.facts.get(known[0])) or "said already"
        nearest = f"#set {spoken(known[0])} - above it, where that is not so"
        return Refused(reason=f"{spoken(known[0])} is known: {said[:60]}", nearest=nearest)
    by, at = request.actor.name, stamp(request.now)
    for name in names:
        if name not in intake.needed or intake.state(name) != MISSING:
            intake = intake.with_fact(name, Fact(state=MISSING, how=BY_AGENT, by=by, at=at))
    intake = replace(intake, by_hand=tuple(dict.fromkeys((*intake.by_hand, *names))))
    before = _gaps(record.of(request.ticket))
    ticket = needing(record.kept(replace(ticket, updated_at=request.now), intake), request)
    asked = asking.asked(ticket, names, desk, request.now, _running(intake))
    return Planned(
        ticket=asked,
        line="#ask",
        before=f"missing: {before}",
        after=f"{_gaps(record.of(asked))}; asked for {', '.join(map(spoken, names))}",
        event=ASKED,
        detail={"fields": list(names), "by": by},
    )


def _running(intake: Intake) -> tuple[tuple[str, ...], ...]:
    """The questions that run on beside a new one: those that still ask for something."""
    if intake.stage != ASKING:
        return ()
    return tuple(one for one in intake.running if set(one[1:]) & set(intake.lacking))


def _stop(request: Request) -> Planned | Refused:
    """Nothing more is asked; what is missing stays marked."""
    intake = record.of(request.ticket)
    if intake.stage != ASKING:
        return Refused(reason="nothing is asked at present", nearest="#ask FIELD", of_verbs=False)
    gaps = _gaps(intake)
    return Planned(
        ticket=ending.stopped(replace(request.ticket, updated_at=request.now)),
        line="#ask stop",
        before=f"asking for {gaps}",
        after=f"no more questions; missing: {gaps}",
        event=STOPPED,
        detail={"missing": list(intake.missing), "rounds": intake.rounds, "by": request.actor.name},
    )


def _waive(request: Request) -> Planned | Refused:
    """We can do without: nobody is asked for it any more."""
    ticket = request.ticket
    if ticket.is_done:
        return Refused(reason=f"the ticket is {spoken(ticket.status)}: nothing is asked", nearest="#reopen")
    ticket = needing(ticket, request)
    intake = record.of(ticket)
    if request.args.lower() == ALL:
        names: Sequence[str] = intake.missing
    else:
        found = _named(request, "waive")
        if isinstance(found, Refused):
            return found
        names = found
    if not names:
        return Refused(reason="nothing is missing", of_verbs=False)
    idle = [name for name in names if intake.state(name) not in (MISSING, UNSURE) or name not in intake.needed]
    if idle:
        missing = ", ".join(map(spoken, intake.missing))
        why = f"{spoken(idle[0])} is {_standing(intake, idle[0])}"
        return Refused(reason=why, nearest=f"#waive {missing}" if missing else "", of_verbs=bool(missing))
    by, at = request.actor.name, stamp(request.now)
    for name in names:
        intake = intake.with_fact(name, Fact(state=WAIVED, how=AGENT, by=by, at=at))
    intake = replace(intake, by_hand=tuple(name for name in intake.by_hand if name not in names))
    after = record.kept(replace(ticket, updated_at=request.now), intake)
    return Planned(
        ticket=after,
        line="#waive",
        before=f"missing: {_gaps(record.of(ticket))}",
        after=_gaps(record.of(after)),
        event=WAIVED_,
        detail={"fields": list(names), "by": by},
    )


def marked(ticket: Ticket, name: str, value: str, request: Request) -> Ticket:
    """The ticket after `#set` of a fact that the desk asks for: it is known, by whom, or missing again."""
    if name not in request.desk.inquiry.fields:
        return ticket
    intake, by, at = record.of(ticket), request.actor.name, stamp(request.now)
    if value:
        fact = Fact(state=PRESENT, value="" if _is_sensitive(name, request) else value, how=AGENT, by=by, at=at)
        return record.kept(ticket, intake.with_fact(name, fact))
    facts = {other: fact for other, fact in intake.fields.items() if other != name}
    return record.kept(ticket, replace(intake, fields=facts))


def needing(ticket: Ticket, request: Request) -> Ticket:
    """With what it needs as it stands: the verbs above may have made it another matter."""
    intake, wanted = record.of(ticket), needs.needed(ticket, request.desk)
    return ticket if wanted == intake.needed else record.kept(ticket, replace(intake, needed=wanted))


def on_other_matter(request: Request, before: Ticket) -> Planned | None:
    """The line of a transcript that says what is missing now, where verbs made it another matter; the ticket is as it
    was."""
    ticket, desk = request.ticket, request.desk
    if not desk.inquiry.requirements or ticket.is_done or not ticket.is_reachable:
        return None
    matter = [(one.type, one.topic, one.subtopic, one.requester) for one in (before, ticket)]
    if matter[0] == matter[1]:
        return None
    old, new = record.of(before), record.of(needing(ticket, request))
    more = [name for name in new.missing if name not in old.needed]
    if not more:
        return None
    way = "#ask asks for it" if new.stage != ASKING else "#ask asks for it too"
    return Planned(ticket=ticket, line="missing", before=_gaps(old), after=f"{_gaps(new)}; {way}")


def _unreachable(request: Request) -> Refused | None:
    ticket = request.ticket
    if ticket.is_done:
        return Refused(reason=f"the ticket is {spoken(ticket.status)}: nothing is asked", nearest="#reopen")
    if ticket.audience != "customer":
        return Refused(reason="the ticket is internal: nobody outside is asked", nearest="#set FIELD VALUE")
    if not ticket.is_reachable:
        return Refused(reason="nobody outside can get this ticket's mail", nearest="#set FIELD VALUE")
    person = request.known.people.get(ticket.requester)
    if person is not None and person.unreachable_since is not None:
        return Refused(reason=f"mail to {ticket.requester} comes back: nobody can be asked", nearest="#set FIELD VALUE")
    return None


def _named(request: Request, verb: str) -> tuple[str, ...] | Refused:
    """The declared fields that are named."""
    fields = request.desk.inquiry.fields
    words = [" ".join(word.split()) for word in request.args[:MOST_WORDS].split(",") if word.strip()]
    if not fields:
        return Refused(reason="this desk asks for nothing: no [[field]] is declared", of_verbs=False)
    labels = _labels(request)
    names = [labels.get(word.lower().replace("-", " ").replace("_", " ").rstrip(":?"), "") for word in words]
    if not names:
        return Refused(reason=f"say which field: {_listed(fields)}", nearest=f"#{verb} {spoken(next(iter(fields)))}")
    if "" in names:
        word = words[names.index("")]
        close = get_close_matches(word.lower().replace("_", " "), labels, n=1, cutoff=0.5)
        nearest = f"#{verb} {spoken(labels[close[0]])}" if close else ""
        return Refused(reason=f"there is no field {word[:40]}; fields: {_listed(fields)}", nearest=nearest)
    return tuple(dict.fromkeys(names))


def _labels(request: Request) -> dict[str, str]:
    """Fields by their names and by what they are called in any language of the desk."""
    found: dict[str, str] = {}
    for name, wanted in request.desk.inquiry.fields.items():
        for label in (*wanted.sought.labels, *wanted.label.values(), spoken(name)):
            found.setdefault(label.lower(), name)
    return found | {spoken(name): name for name in request.desk.inquiry.fields}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(spoken, names))


def _nothing_to_ask(request: Request, intake: Intake) -> Refused:
    unsure = [name for name in intake.missing if name not in intake.lacking]
    if unsure:
        reason = f"nothing is missing for certain; nobody can be sure of {_listed(unsure)}"
        return Refused(reason=reason, nearest=f"#ask {_listed(unsure)}")
    fields = request.desk.inquiry.fields
    other = next((name for name in fields if intake.state(name) == MISSING), "")
    reason = "nothing is missing" if fields else "this desk asks for nothing: no [[field]] is declared"
    return Refused(reason=reason, nearest=f"#ask {spoken(other)}" if other else "", of_verbs=False)


def _gaps(intake: Intake) -> str:
    return _listed(intake.missing) or "nothing"


def _standing(intake: Intake, name: str) -> str:
    state = intake.state(name)
    return {PRESENT: "known", WAIVED: "waived already", MISSING: "not asked for"}.get(state, "unknown to them")


def _is_sensitive(name: str, request: Request) -> bool:
    wanted = request.desk.inquiry.fields.get(name)
    return wanted is not None and wanted.sensitive


VERBS = (
    Verb(name="ask", usage="#ask FIELD, …|stop", meaning="asks the customer for it, or for what is missing", plan=_ask),
    Verb(name="waive", usage="#waive FIELD, …|all", meaning="we can do without: nobody asks for it", plan=_waive),
)
