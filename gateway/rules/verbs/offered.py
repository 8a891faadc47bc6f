"""What help offers: the verbs that this person may use here, grouped by what they are about.

In: the table of verbs, who asks, the ticket as it stands, if any. Out: lines: a heading, then one line a verb. It only
leaves out what would be refused whatever is said with it: another role's verbs, moves that the status does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.rules.desk import Agent, Desk
from gateway.rules.handoffs.record import TAKEN, live
from gateway.rules.policy.workflow import RESERVED
from gateway.rules.rights import Action, allows
from gateway.rules.verbs.request import MOVING, Anywhere, Verb, may_act
from gateway.rules.workflow import ESCALATION, division_at, state_of, workflow_of
from store.records import CallState, ClosedAs, Status, Ticket

Table = Mapping[str, Verb | Anywhere]

_ABOUT: Mapping[str, str] = {
    "overview": "Look", "presence": "You", "inside": "This mail", "course": "This mail", "moves": "Where it stands",
    "work": "What it needs", "ownership": "Whose it is", "handing": "Whose it is",
    "returning": "Whose it is", "urgency": "How urgent it is",
    "promises": "How urgent it is", "sorting": "What it is about",
    "joining": "Other tickets", "time": "Later", "behalf": "For a customer", "company": "For a customer",
    "phrasing": "For a customer", "promise": "For a customer", "intake": "For a customer",
    "calls": "Live calls", "outcome": "Live calls",
}  # fmt: skip
"""By the room of a verb, in the order in which they are shown."""
_ELSE = "More"
_NAMED: Mapping[str, str] = {"link": "Other tickets", "split": "Other tickets", "digest": "Look"}
"""Verbs that are looked for elsewhere than beside those of their room."""
_SIGNS: Mapping[str, tuple[str, ...]] = {
    "This mail": (
        "#end — ends the verbs; all below it is words",
        "#-- TEXT — this line is words, whatever it looks like",
    ),
}
"""What is no verb and is written like one."""
_MOST_NAMES = 20
"""Templates that help names."""
EXAMPLES: Mapping[str, str] = {
    "resolve": "#resolve the index was rebuilt", "set": "#set observed the search takes 30 s",
    "todo": "#todo call the vendor", "wait": "#wait customer", "blocked": "#blocked vendor", "log": "#log 45m",
    "priority": "#priority 2 because the whole shop waits", "assign": "#assign me", "tag": "#tag +urgent",
}  # fmt: skip
"""What a refusal shows where it knows nothing nearer: what somebody would write."""
_BEGINS = frozenset({"on", "for", "notify"})
"""What is said of a mail that belongs to no ticket yet."""


def line(verb: Verb | Anywhere) -> str:
    """`#resolve OUTCOME — done, with its outcome`."""
    return f"{verb.usage} — {verb.meaning}"


def offered(table: Table, actor: Agent, ticket: Ticket | None, desk: Desk) -> list[str]:
    """A heading and its verbs, one after the other; a heading is a line without `#`."""
    found: dict[str, list[str]] = {about: [] for about in dict.fromkeys([*_ABOUT.values(), _ELSE])}
    for verb in table.values():
        if _fits(verb, actor, ticket, desk):
            room = verb.plan.__module__.rpartition(".")[2]
            found[_NAMED.get(verb.name) or _ABOUT.get(room, _ELSE)].append(_line(verb, desk))
    return [text for about, lines in found.items() if lines for text in (about, *lines, *_SIGNS.get(about, ()))]


def _line(verb: Verb | Anywhere, desk: Desk) -> str:
    """The line of a verb, with the names that it may take."""
    names = list(desk.phrasing.templates) if verb.name == "template" else []
    if not names:
        return line(verb)
    return f"{line(verb)}; templates: {', '.join([*names[:_MOST_NAMES], *(['…'] if names[_MOST_NAMES:] else [])])}"


def _fits(verb: Verb | Anywhere, actor: Agent, ticket: Ticket | None, desk: Desk) -> bool:
    if not allows(verb.action, actor.roles):
        return False
    alone = isinstance(verb, Anywhere) or verb.alone is not None
    if ticket is None:
        return alone
    if verb.name in _BEGINS:
        return False
    if verb.action not in (Action.LOOK, Action.OVERSEE) and not alone and not may_act(actor, ticket, verb.action):
        return False
    hides = _HIDES.get(verb.name)
    return hides is None or not hides(ticket, desk)


def _cannot(*statuses: str) -> Callable[[Ticket, Desk], bool]:
    """None of these may follow, whatever is missing for them."""
    return lambda ticket, desk: not _legal(ticket, desk).intersection(statuses)


def _legal(ticket: Ticket, desk: Desk) -> set[str]:
    flow = workflow_of(ticket, desk)
    return {name for name in state_of(ticket, desk).next if flow.state(name) is not None}


def _is_done(ticket: Ticket, _desk: Desk) -> bool:
    return ticket.is_done


def _no_call(*states: str) -> Callable[[Ticket, Desk], bool]:
    """No call of the ticket stands there."""
    return lambda ticket, _desk: not set(states).intersection(ticket.calls.values())


def _no_status_of_its_own(ticket: Ticket, desk: Desk) -> bool:
    return ticket.is_done or not _legal(ticket, desk) - {*MOVING, *RESERVED}


def _no_kinds(ticket: Ticket, desk: Desk) -> bool:
    division = division_at(ticket, desk)
    return ticket.type != ESCALATION and not (division is not None and division.subtypes)


_HIDES: Mapping[str, Callable[[Ticket, Desk], bool]] = {
    "accept": lambda ticket, desk: ticket.is_done or _cannot(Status.ACCEPTED)(ticket, desk),
    "schedule": lambda ticket, desk: (
        ticket.is_done or (ticket.status != Status.SCHEDULED and _cannot(Status.SCHEDULED)(ticket, desk))
    ),
    "start": lambda ticket, desk: ticket.is_done or _cannot(Status.IN_PROGRESS)(ticket, desk),
    "review": _cannot(Status.AWAITING_REVIEW),
    "verify": lambda ticket, _: ticket.status != Status.AWAITING_REVIEW,
    "resolve": lambda ticket, desk: ticket.is_done or _cannot(Status.RESOLVED)(ticket, desk),
    "close": lambda ticket, _: ticket.status != Status.RESOLVED,
    "reopen": lambda ticket, _: (
        not ticket.is_done or ticket.closed_as in (ClosedAs.MERGED, ClosedAs.WRONG_TYPE)
    ),
    "status": _no_status_of_its_own,
    "retype": lambda ticket, _: ticket.is_done or ticket.type == ESCALATION,
    "kind": _no_kinds,
    "deescalate": lambda ticket, _: ticket.is_done or ticket.escalated_at is None,
    "contact": lambda ticket, _: ticket.type == ESCALATION,
    **dict.fromkeys(("escalate", "take", "assign", "sla", "merge", "snooze", "wait", "blocked", "handoff"), _is_done),
    "waive": _is_done,
    "ask": lambda ticket, _: ticket.is_done or not ticket.is_reachable,
    "call": lambda ticket, desk: (
        not desk.routing.capabilities or not ticket.is_reachable or (ticket.is_done and not ticket.calls)
    ),
    "approve": _no_call(CallState.APPROVAL),
    "refuse": _no_call(CallState.APPROVAL, CallState.REQUESTED),
    "ack": lambda ticket, desk: (
        all(one.state == TAKEN for one in live(ticket))
        and _no_call(CallState.BOOKED, CallState.ASSIGNED, CallState.WAITING)(ticket, desk)
    ),
    "return": lambda ticket, desk: not live(ticket) and _no_call(CallState.ASSIGNED, CallState.WAITING)(ticket, desk),
    "outcome": _no_call(CallState.BOOKED, CallState.ASSIGNED, CallState.WAITING, CallState.LIVE),
}  # fmt: skip
