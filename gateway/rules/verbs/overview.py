"""Verbs that look: show, find, mine.

In: an `Asking`, with what the store found for it. Out: a `Done` with a `Report`, or a `Refused`. Nothing is changed.
Agents see what their own team owns or helps with, what is theirs, and what they asked for themselves; a lead and a
manager see everything (DESIGN section 8: "find, show, digest"). All of these are of the staff, so escalations and what
is internal are among it, by the same measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.rules import clocks, merging, times, workflow
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import matter, notice
from gateway.rules.overview import search
from gateway.rules.overview.telling import told
from gateway.rules.participants import Known
from gateway.rules.priority import label
from gateway.rules.rights import Action, allows
from gateway.rules.times import Unclear
from gateway.rules.verbs.request import Anywhere, Asking, Done, Refused, Report
from scheduling.sla import Clock
from store.records import Finding, Happened, Person, Question, Search, Ticket, TicketRef, Within

MINE, FIND, SHOW = "mine", "find", "show"
_MOST_FACTS = 12
_NOBODY = "nobody"


def within(agent: Agent) -> Within | None:
    """What somebody may look at; None is everything."""
    if allows(Action.OVERSEE, agent.roles):
        return None
    return Within(teams=(agent.team,) if agent.team else (), who=agent.name, address=agent.address)


def may_look(agent: Agent, ticket: Ticket) -> bool:
    """The same of one ticket."""
    limits = within(agent)
    if limits is None or ticket.assignee == limits.who:
        return True
    own = ticket.audience != "customer" and ticket.requester == limits.address
    return own or any(team in limits.teams for team in (ticket.team, *ticket.helpers))


# Mine


def _asks_mine(asked: Asking) -> Question:
    return Question(kind=MINE, who=asked.actor.name)


def _mine(asked: Asking) -> Done | Refused:
    """Everything that somebody has and that is not done, by the clock that is due first."""
    me, found = asked.actor.name, asked.known.findings.get(_asks_mine(asked), Finding())
    if found.given_up:
        return _given_up(MINE)
    standing = {ticket.ref: ticket for ticket in found.tickets} | dict(_since(asked))
    theirs = [one for one in standing.values() if one.assignee == me and not one.is_done]
    theirs.sort(key=lambda one: (one.due_at or _NEVER, one.priority, str(one.ref)))
    total = len(theirs) + found.total - len(found.tickets)
    if not theirs:
        return Done(line="#mine", report=Report(title="Nothing is yours now."))
    zone = asked.desk.zone.rpartition("/")[2].replace("_", " ")
    more = (f"and {total - len(theirs)} more",) if total > len(theirs) else ()
    report = Report(
        title=f"{_count(total)} {'is' if total == 1 else 'are'} yours, by what is due first",
        heads=("Ticket", "P", f"Due ({zone})", "Who waits", "Next", "Subject"),
        rows=tuple(_row_of_mine(one, asked) for one in theirs),
        lines=more,
    )
    return Done(line="#mine", report=report)


def _given_up(verb: str) -> Refused:
    """It took the store too long."""
    reason = f"#{verb}: too much to look through: name a status, a team or a customer"
    return Refused(reason=reason, nearest="#find WORDS status:open customer:acme.com", of_verbs=False)


_NEVER = datetime.max.replace(tzinfo=UTC)


def _since(asked: Asking) -> Iterator[tuple[TicketRef, Ticket]]:
    """Tickets as this turn has left them since they were looked up; the one that the mail is about as its verbs do."""
    yield from asked.known.tickets.items()
    if asked.ticket is not None:
        yield asked.ticket.ref, asked.ticket


def _row_of_mine(ticket: Ticket, asked: Asking) -> tuple[str, ...]:
    desk = asked.desk
    first = _first(ticket)
    due = f"{_short(first.due, asked)} {_CLOCKS[first.kind]}" if first is not None and first.due is not None else "-"
    waits = _who_waits(ticket)
    return desk.reference(ticket.ref), str(ticket.priority), due, waits, ticket.next_action or "-", ticket.subject


def _first(ticket: Ticket) -> Clock | None:
    """The clock by which it is sorted: the earliest that runs."""
    running = (one for one in ticket.clocks if one.runs and one.due is not None)
    return min(running, key=lambda one: one.due or _NEVER, default=None)


_CLOCKS = {
    "first_response": "first answer",
    "next_response": "next answer",
    "resolution": "resolution",
    "triage": "triage",
    "complete_response": "answer after all is said",
}


def _who_waits(ticket: Ticket) -> str:
    if ticket.waiting_on:
        return f"we, for {_FOR.get(ticket.waiting_on, ticket.waiting_on)}"
    return "the customer" if clocks.waited_since(ticket) is not None else _NOBODY


_FOR = {"customer": "the customer", "vendor": "a vendor", "internal": "one of us"}


# Find


def _asks_find(asked: Asking) -> Question | None:
    found = search.read(asked.args, asked.desk, asked.actor, asked.now)
    return None if isinstance(found, Unclear) else _search(found, asked.actor)


def _search(found: Search, actor: Agent) -> Question:
    return Question(kind=FIND, who=actor.name, search=found, within=within(actor))


def _find(asked: Asking) -> Done | Refused:
    wanted = search.read(asked.args, asked.desk, asked.actor, asked.now)
    if isinstance(wanted, Unclear):
        return Refused(
            reason=wanted.reason, nearest=f"#find {wanted.nearest}" if wanted.nearest else "", of_verbs=False
        )
    question = _search(wanted, asked.actor)
    if question not in asked.known.findings:
        return Refused(reason=_UNASKED, nearest="one #find a mail", of_verbs=False)
    found, desk = asked.known.findings[question], asked.desk
    if found.given_up:
        return _given_up(FIND)
    limits = [] if question.within is None else ["Of what your team owns or helps with, and what is yours."]
    if not found.whole:
        limits.append(_LOOKED)
    words = " ".join(asked.args.split())
    if not found.tickets:
        return Done(line="#find", report=Report(title=f"No ticket fits {words}", lines=tuple(limits)))
    shown = [_now(ticket, asked) for ticket in found.tickets]
    few = f"; the newest {len(shown)}" if found.total > len(shown) else ""
    report = Report(
        title=f"{_count(found.total)} {'fits' if found.total == 1 else 'fit'} {words}{few}",
        heads=("Ticket", "P", "Type", "Status", "Team", "Owner", "Subject"),
        rows=tuple(
            (
                desk.reference(one.ref), str(one.priority), one.type, workflow.spoken(one.status), one.team,
                one.assignee or "-", one.subject,
            )
            for one in shown
        ),
        lines=tuple(limits),
    )  # fmt: skip
    return Done(line="#find", report=report)


_LOOKED = (
    "Words were looked for in the subjects of the newest 5,000 tickets that fit the rest, and in the last 20 messages "
    "(2,000 letters of each) of the newest 500."
)
_UNASKED = (
    "nothing was looked up: that is more than one mail may ask (words are looked for once a mail), or nothing proves "
    "whose mail it is"
)


def within_measure(questions: Iterable[Question]) -> list[Question]:
    """What one mail may ask: it looks for words once, as that is the dearest."""
    found, had = list[Question](), False
    for one in questions:
        dear = one.kind == FIND and one.search is not None and bool(one.search.words)
        if not (dear and had):
            found.append(one)
        had = had or dear
    return found


def _now(ticket: Ticket, asked: Asking) -> Ticket:
    """As this turn has left it since it was looked up."""
    return asked.known.tickets.get(ticket.ref, ticket)


def _count(total: int) -> str:
    return "1 ticket" if total == 1 else f"{total:,} tickets"


# Show


def _asks_show(asked: Asking) -> Question | None:
    number = merging.target(asked.args, asked.desk) if asked.args else 0
    return None if number is None else Question(kind=SHOW, who=asked.actor.name, number=number)


def _show(asked: Asking) -> Done | Refused:
    """The card of a ticket: the one that is named, or the one that the mail belongs to."""
    desk, example = asked.desk, f"#show {asked.desk.reference(1042)}"
    number: TicketRef | None = merging.target(asked.args, desk) if asked.args else None
    if asked.args and number is None:
        return Refused(reason=f"{asked.args[:40]} is no reference", nearest=example, of_verbs=False)
    if number is None:
        if asked.ticket is None:
            return Refused(reason="say which ticket", nearest=example, of_verbs=False)
        number = asked.ticket.ref
    here = asked.ticket is not None and asked.ticket.ref == number
    ticket = asked.ticket if here else asked.known.tickets.get(number)
    if ticket is None:
        return Refused(reason=f"there is no ticket {desk.reference(number)}", nearest="#find WORDS", of_verbs=False)
    if not may_look(asked.actor, ticket):
        leads = ", ".join(a.name for a in desk.agents.values() if allows(Action.OVERSEE, a.roles)) or "an operator"
        reason = f"{desk.reference(ticket.ref)} is of team {ticket.team}, and you work in another one"
        return Refused(reason=reason, nearest=f"ask {leads}", of_verbs=False)
    question = Question(kind=SHOW, who=asked.actor.name, number=number if isinstance(number, int) else 0)
    known = asked.known.findings.get(question, Finding())
    if known.given_up:
        return _given_up(SHOW)
    happened = known.events
    lines = tuple(_event(one, asked) for one in happened)
    report = Report(
        title=f"{desk.reference(ticket.ref)} · {ticket.subject}",
        rows=tuple(_card(ticket, asked)),
        lines=("Last events:" if lines else "Nothing has happened yet.", *lines),
    )
    return Done(line="#show", report=report)


def _card(ticket: Ticket, asked: Asking) -> Iterator[tuple[str, str]]:
    """A line each, with its name; what nobody said is left out where nobody would miss it."""
    desk, known = asked.desk, asked.known
    requester = known.people.get(ticket.requester, Person(address=ticket.requester))
    yield "Requester", ", ".join(filter(None, (notice.whole(requester), _organisation(ticket, desk))))
    helped = f", with {', '.join(ticket.helpers)}" if ticket.helpers else ""
    yield "Agent", f"{ticket.assignee or 'nobody yet'} ({ticket.team}{helped})"
    why = f": {ticket.priority_reason}" if ticket.priority_reason else ""
    yield "Priority", f"{ticket.priority} ({label(ticket.priority, ticket.division, desk)}){why}"
    about = "/".join(filter(None, (ticket.topic, ticket.subtopic))) or "no topic yet"
    yield "Status", f"{workflow.spoken(ticket.status)} ({ticket.type}, {about})"
    yield from _into(ticket, known, desk)
    yield "Due", _due(ticket, asked)
    yield "Next", notice.upcoming(ticket)
    if missing := matter.missing(ticket, desk):
        yield "Missing", missing
    if ticket.escalated_at is not None:
        because = f": {ticket.escalated_because}" if ticket.escalated_because else ""
        yield "Escalated", f"since {_short(ticket.escalated_at, asked)}{because}"
    if ticket.tags:
        yield "Tags", ", ".join(ticket.tags)
    for name, value, *_ in matter.rows(ticket, desk)[:_MOST_FACTS]:
        yield name, value
    if ticket.outcome:
        yield "Outcome", ticket.outcome


def _organisation(ticket: Ticket, desk: Desk) -> str:
    found = desk.organisation_of(ticket.requester)
    return found.portrait if found is not None else ""


def _into(ticket: Ticket, known: Known, desk: Desk) -> Iterator[tuple[str, str]]:
    other = known.merged.get(ticket.ref)
    if other is not None:
        yield "Goes on in", desk.reference(other)


def _due(ticket: Ticket, asked: Asking) -> str:
    running = sorted((one for one in ticket.clocks if one.runs and one.due), key=lambda one: one.due or _NEVER)
    said = [
        f"{_CLOCKS[one.kind]} {_short(one.due, asked)}{', over' if one.due < asked.now else ''}"
        for one in running
        if one.due is not None
    ]
    return "; ".join(said) or "no clock runs"


def _event(happened: Happened, asked: Asking) -> str:
    def moment(text: str) -> str:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return ""
        return _short(at, asked) if at.tzinfo is not None else ""

    what = told(happened.kind, happened.detail, moment)
    return f"{_short(happened.at, asked)} · {happened.actor} · {what}"


def _short(at: datetime | None, asked: Asking) -> str:
    """`Mon 23 Nov, 10:00`: an instant by the desk's clock; with its year where that is another one."""
    if at is None:
        return "-"
    weekday, day, month, year, hour = times.spoken(at, asked.desk).split(" ")[:5]
    this = asked.now.astimezone(ZoneInfo(asked.desk.zone)).year
    return f"{weekday} {day} {month}{'' if year == f'{this},' else ' ' + year.rstrip(',')}, {hour}"


VERBS = (
    Anywhere(
        name=SHOW, usage="#show [REFERENCE]", meaning="a ticket's card and what happened to it last", plan=_show,
        asks=_asks_show,
    ),
    Anywhere(
        name=FIND, usage="#find WORDS", plan=_find, asks=_asks_find,
        meaning="tickets by words, status:open type: prio<=2 team: assignee:me topic: tag: customer: before: after:",
    ),
    Anywhere(name=MINE, usage="#mine", meaning="what is yours, by what is due first", plan=_mine, asks=_asks_mine),
)  # fmt: skip
