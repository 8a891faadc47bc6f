"""Who learns of a handoff, and what the clock does about it: the mail to whoever is asked, the next in line, returns.

In: what a verb or a rule of a handoff did, what is known of the ticket. Out: mails to our own people and to trackers,
never to a customer, who notices one desk whoever works on it (D4). Each is told once: a timer that comes late or twice
looks at the ticket as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.rules import mails, participants, routing, workflow
from gateway.rules.change import became, changed
from gateway.rules.desk import Agent, Desk
from gateway.rules.fields import saying
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs import triggers
from gateway.rules.handoffs.record import ASKED, TAKEN, UNHEARD, Carried, Handoff
from gateway.rules.mails import handoffs as letters
from gateway.rules.notices import matter, notice
from gateway.rules.participants import Known
from gateway.rules.policy.handoffs import Edge
from gateway.rules.timers import NOTHING_LEFT, Due, Told
from gateway.rules.verbs import Planned, Refused, Request, may_act
from gateway.rules.verbs.handing import SYSTEM, over
from store.records import (
    AddEvent,
    Direction,
    Effect,
    FileRef,
    Message,
    Person,
    Purpose,
    Role,
    SendMail,
    SetTimer,
    Ticket,
)

MOST_TEXT = 2_000
"""Letters of one entry of the history."""
_ON_TOP = frozenset({"next_action", "priority", "impact", "urgency", "ruf"})
"""Fields that the mail shows in its first lines, or that are its reader's to see in the ticket."""
MOST_PROBLEM = 6_000
"""Letters of what the customer wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a mail of a handoff may say: the ticket as it is now, what was said of it, who acts, when."""

    ticket: Ticket
    known: Known
    recent: Sequence[Message]
    actor: Agent
    desk: Desk
    mint: Callable[[], str]
    occasion: str
    now: datetime
    words: str = ""
    files: Sequence[FileRef] = ()
    internal: bool = False


OF_HANDOFFS = (handoffs.HANDED, handoffs.ACKED, handoffs.RETURNED)
"""Events of verbs that mails follow from."""


def told_of(done: Sequence[Planned], scene: Scene) -> tuple[SendMail, ...]:
    """The mails that follow from the verbs of a handoff among these."""
    found: tuple[SendMail, ...] = ()
    for item in done:
        if item.event == handoffs.HANDED:
            asked = _asked(scene, str(item.detail["edge"]))
            found += (*asked, *_handed_back(scene, item, asked))
        elif item.event == handoffs.ACKED:
            found += _acked(scene, item)
        elif item.event == handoffs.RETURNED:
            found += _returned(scene, item)
    return found


def beside(notices: Sequence[SendMail], handed: Sequence[SendMail]) -> tuple[SendMail, ...]:
    """The notices without those to people who get a mail of the handoff itself: nobody reads the same twice. One that
    brings files stays beside the mail that asks somebody: that one has none."""
    told = {mail.to.address for mail in handed if mail.purpose is Purpose.NOTICE}
    asked = {mail.to.address for mail in handed if mail.purpose is Purpose.HANDOFF}
    return tuple(
        mail for mail in notices if mail.to.address not in told and (mail.files or mail.to.address not in asked)
    )


def named(handed: Sequence[SendMail]) -> list[dict[str, str]]:
    """What a transcript says of these mails: what went to whom."""
    return [
        {
            "to": notice.destination(mail.to),
            "what": "the handoff" if mail.purpose is Purpose.HANDOFF else "a notice of it",
        }
        for mail in handed
    ]


def _asked(scene: Scene, edge_name: str) -> tuple[SendMail, ...]:
    """Whoever is first in line is asked, or the tracker gets it."""
    edge = handoffs.edge_named(edge_name, scene.desk)
    one = next((one for one in handoffs.standing(scene.ticket) if one.edge == edge_name), None)
    if edge is None or one is None:
        return ()
    facts = facts_of(scene, edge, one)
    if edge.address:
        return (letters.outward(scene.ticket, edge.address, scene.mint(), scene.occasion, facts),)
    agent = scene.desk.agent_named(one.whom)
    if agent is None or one.state != ASKED:
        return ()
    return (letters.asked(scene.ticket, agent, scene.mint(), scene.occasion, facts),)


def _acked(scene: Scene, item: Planned) -> tuple[SendMail, ...]:
    """Whoever handed it over learns who has it; by a rule, whoever owns it."""
    by = scene.desk.agent_named(str(item.detail["handed_by"]))
    whom = (by,) if by is not None else _owners(scene)
    return _notices(scene, whom, f"{scene.actor.full_name} has it ({item.detail['edge']})")


def _returned(scene: Scene, item: Planned) -> tuple[SendMail, ...]:
    """Whoever had it before gets the reason and the need, and so does who handed it over; from the third return on the
    leads and managers too."""
    detail, times = item.detail, int(item.detail["bounced"])
    by = scene.desk.agent_named(str(detail["handed_by"]))
    whom = dict.fromkeys((*_owners(scene), *((by,) if by is not None else ())))
    often = ""
    if times >= handoffs.MOST_BOUNCES:
        whom |= dict.fromkeys(_above(scene))
        often = f"; {_asks_whose(times)}"
    who, why = f"{scene.actor.full_name} of {detail['from']}", detail["because"]
    said = f"{who} returned it because {why}; it needs: {detail['need']}"
    return _notices(scene, tuple(whom), said + often)


def _handed_back(scene: Scene, item: Planned, asked: Sequence[SendMail]) -> tuple[SendMail, ...]:
    """What is handed back by an edge again and again is told to the leads and managers as a return is; whoever is asked
    to take it reads of it there."""
    detail, times = item.detail, int(item.detail.get("bounced", 0))
    if times < handoffs.MOST_BOUNCES:
        return ()
    told = {mail.to.address for mail in asked}
    whom = tuple(agent for agent in _above(scene) if agent.address not in told)
    said = f"{scene.actor.full_name} of {detail['from']} handed it back because {detail['because']}"
    return _notices(scene, whom, f"{said}; {_asks_whose(times)}")


def _above(scene: Scene) -> tuple[Agent, ...]:
    return tuple(agent for agent in scene.desk.agents.values() if agent.roles & {"lead", "manager"})


def _asks_whose(times: int) -> str:
    return f"it came back {times} times: who should have it?"


def _owners(scene: Scene) -> tuple[Agent, ...]:
    """The person who has it, else the agents of its team, else the leads."""
    owner = scene.desk.agent_named(scene.ticket.assignee) if scene.ticket.assignee else None
    if owner is not None:
        return (owner,)
    team = scene.desk.concerned(scene.ticket.team)
    return tuple(agent for agent in team if "lead" not in agent.roles) or team


def _notices(scene: Scene, whom: Sequence[Agent], change: str, *, following: str = "") -> tuple[SendMail, ...]:
    """A notice to each but whoever acts; `following` is what comes next, where the ticket's next action is not it."""
    ticket, known = scene.ticket, scene.known
    told = tuple(agent for agent in whom if agent.address != scene.actor.address)
    facts = notice.facts(
        scene.desk, ticket, "handoff", actor=scene.actor.full_name, now=scene.now,
        requester=known.people.get(ticket.requester, Person(address=ticket.requester)),
        trust=None, words=scene.words, files=scene.files, recent=scene.recent, changed=change,
        copied=participants.readers(ticket, known), kinds=known.participants.get(ticket.ref, participants.NOBODY),
    )  # fmt: skip
    if following:
        facts = {**facts, "next": following}
    if scene.words and scene.internal:  # an answer to what stayed inside stays there
        facts = {**facts, "kept_inside": True}
    sent: tuple[SendMail, ...] = ()
    for agent in told:  # who handed it on may know, and speaks for the desk no more
        own = facts if may_act(agent, ticket) else {**facts, "reads_only": True}
        sent += mails.notices(ticket, (agent,), scene.mint, scene.occasion, own)
    return sent


# What the mail to whoever is asked says


def facts_of(scene: Scene, edge: Edge, one: Handoff) -> dict[str, Any]:
    """The problem in its author's words, the facts under the other side's names, what was tried, what is asked."""
    ticket, desk, known = scene.ticket, scene.desk, scene.known
    person = known.people.get(ticket.requester, Person(address=ticket.requester))
    carried = handoffs.carried(edge, ticket, desk)
    outside = bool(edge.address)
    by = desk.agent_named(one.by)
    said = [message for message in scene.recent if message.text and message.role is not Role.SYSTEM]
    if outside:  # what stays inside is nobody's there
        said = [message for message in said if message.direction is not Direction.NOTE]
    first = next((message for message in said if message.direction is Direction.IN), None)
    facts: dict[str, Any] = {
        "edge": edge.name,
        "origin": edge.origin,
        "to": edge.target,
        "trigger": edge.trigger,
        "because": one.because,
        "asks": ticket.next_action,
        "problem": first.text[:MOST_PROBLEM] if first is not None else "",
        "fields": [[theirs, value] for ours, theirs, value in carried.mapped if theirs != ours or ours not in _ON_TOP],
        "appendix": [[name, value] for name, value in carried.appendix],
        "entries": [
            {"at": notice.stamp(m.at), "actor": _author(m, outside=outside), "text": m.text[:MOST_TEXT]}
            | ({} if outside else notice.way(m, scene.recent))
            for m in said
            if m is not first
        ],
        "team": ticket.team,
        "priority": ticket.priority,
        "status": ticket.status,
        **notice.clock(ticket),
        "now": notice.stamp(scene.now),
        "topic": " / ".join(part for part in (ticket.topic, ticket.subtopic) if part),
        "organisation": notice.organisation(desk, ticket.requester),
    }
    if outside:
        return {**facts, "detail": _json(ticket, edge, carried, facts, person, desk)}
    return {
        **facts,
        **matter.carried(carried, ticket, desk, _ON_TOP),
        "missing": matter.missing(ticket, desk),
        "by": by.full_name if by is not None else "",
        "owner": ticket.assignee,
        "moves": one.moved,
        "until": one.until,
        "next_in_line": _after(one, edge, scene),
        "returns": edge.returns,
        "requester": notice.whole(person),
        "inside": not ticket.is_reachable,
        "words": scene.words,
        **notice.work(ticket),
    }


def _author(message: Message, *, outside: bool) -> str:
    if message.direction is Direction.IN:
        return message.from_name or message.from_address
    return "the desk" if outside else message.from_name or message.from_address


def _after(one: Handoff, edge: Edge, scene: Scene) -> str:
    found = handoffs.line(edge, scene.ticket, scene.desk, scene.known.people, scene.now)
    return next((name for name in found if name not in one.asked and name != one.by), "")


def _json(ticket: Ticket, edge: Edge, carried: Carried, facts: Mapping[str, Any], person: Person, desk: Desk) -> str:
    """Every field for a machine: those that the edge maps by their names there, the others in `appendix`."""
    organisation = desk.organisation_of(ticket.requester)
    whole = {
        "reference": desk.reference(ticket.ref),
        "handoff": edge.name,
        "subject": ticket.subject,
        "type": ticket.type,
        "status": ticket.status,
        "requester": {"name": person.name, "address": person.address},
        "organisation": organisation.name if organisation is not None else None,
        "created_at": notice.stamp(ticket.created_at),
        "fields": {theirs: value for _, theirs, value in carried.mapped},
        "appendix": dict(carried.appendix),
        "problem": facts["problem"],
        "history": facts["entries"],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


# What the clock does


def on_silence(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """Whoever was asked has not answered, or is not here any more: the next in line is asked, each once; after the last
    one nobody is."""
    name = due.detail.get("edge", "")
    edge = handoffs.edge_named(name, desk)
    one = next((one for one in handoffs.live(due.ticket) if one.edge == name), None)
    if edge is None or one is None or one.at != due.detail.get("at"):
        return NOTHING_LEFT
    gone = due.detail.get("who") == one.whom and _is_gone(one, known, desk, now)
    if one.state != ASKED and not (gone and one.state == TAKEN):
        return NOTHING_LEFT
    waits = {"edge": name, "at": one.at}
    if "who" in due.detail and not gone:  # they are here again, or somebody else is asked already
        until = datetime.fromisoformat(one.until)
        again = SetTimer(ticket=due.ticket.ref, kind=due.kind, due_at=until, detail=waits)
        return Told(f"{one.whom} is asked still", (again,))
    silent = f"{one.whom} is not here" if gone else f"{one.whom} has not answered"
    line = handoffs.line(edge, due.ticket, desk, known.people, now)
    following = next((who for who in line if who not in one.asked and who != one.by), "")
    detail = {"edge": name, "who": one.whom, "next": following, **({"because": silent} if gone else {})}
    event = AddEvent(ticket=due.ticket.ref, kind=handoffs.SILENT, actor="system", detail=detail)
    effects: list[Effect] = []
    if following:
        until = desk.calendar("").add(now, edge.ack)
        then = replace(one, state=ASKED, whom=following, asked=(*one.asked, following), until=notice.stamp(until))
        effects.append(SetTimer(ticket=due.ticket.ref, kind=due.kind, due_at=until, detail=waits))
    else:
        then = replace(one, state=UNHEARD, until="")
    after = replace(handoffs.with_one(due.ticket, then), updated_at=now)
    scene = _scene(after, known, desk, mint, f"{due.kind}-{one.at}-{len(then.asked)}-{then.state}", now)
    if following:
        sent = _asked(scene, name)
        why = f"{silent}, {following} is asked"
    else:
        sent = _notices(scene, _owners(scene), handoffs.in_vain(then, after), following=handoffs.what_now(then, after))
        why = f"{silent}, and nobody is left to ask: whoever owns it is told"
    return Told(why, (*changed(due.ticket, after, [event], desk, now), *effects, *sent))


def _is_gone(one: Handoff, known: Known, desk: Desk, now: datetime) -> bool:
    """Whether whoever is asked, or has it, is away or may do nothing any more."""
    return desk.agent_named(one.whom) is None or one.whom in routing.away(known.people, desk, now)


def on_rule(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """A rule's time has come: the ticket is handed over as by a person's word, once (R74). What lacks facts stays where
    it is, and its owner and leads learn what is missing, once."""
    ticket = due.ticket
    edge = handoffs.edge_named(due.kind.partition(":")[2], desk)
    at = triggers.ripe(edge, ticket, desk, now) if edge is not None and triggers.holds(edge, ticket) else None
    if edge is None or at is None:
        return NOTHING_LEFT
    if at > now:
        again = SetTimer(ticket=ticket.ref, kind=due.kind, due_at=at)
        return Told("it has not waited long enough", (again,))
    why = f"rule of {edge.name}: {_said(edge)}"
    request = Request(
        args="", line=f"#handoff {edge.name}", ticket=ticket, desk=desk, actor=SYSTEM, now=now, known=known
    )
    planned = over(request, edge, _said(edge))
    if isinstance(planned, Refused):
        return _lacking(due, edge, planned, known, desk, mint, now)
    after = _noted(planned.ticket, triggers.BY_RULE, edge.name)
    happened = AddEvent(ticket=ticket.ref, kind=planned.event, actor="system", detail={**planned.detail, "rule": True})
    effects = changed(ticket, after, [happened, *planned.follows], desk, now)
    scene = _scene(became(after, effects), known, desk, mint, f"{due.kind}-{notice.stamp(due.due_at)}", now)
    asked = told_of((planned,), scene)
    team = tuple(agent for agent in notice.told(desk, scene.ticket, "") if "lead" not in agent.roles)
    others = beside(_notices(scene, team, f"handed over by a rule: {_said(edge)}"), asked)
    return Told(f"{why}: {planned.after}", (*effects, *planned.effects, *asked, *others))


def _lacking(
    due: Due, edge: Edge, why: Refused, known: Known, desk: Desk, mint: Callable[[], str], now: datetime
) -> Told:
    ticket = due.ticket
    missing = handoffs.missing(edge, ticket)
    if not missing or edge.name in triggers.names(ticket, triggers.LACKED):
        return Told(f"rule of {edge.name}: {why.reason}; it was told before")
    after = _noted(ticket, triggers.LACKED, edge.name)
    words = ", ".join(workflow.spoken(name) for name in missing)
    detail = {"edge": edge.name, "missing": list(missing), "because": _said(edge)}
    event = AddEvent(ticket=ticket.ref, kind=handoffs.LACKS, actor="system", detail=detail)
    scene = _scene(after, known, desk, mint, f"{due.kind}-lacks", now)
    leads = tuple(agent for agent in desk.agents.values() if "lead" in agent.roles)
    how = ", ".join(saying(name, desk) for name in missing)
    change = f"the rule {edge.name} would hand it over ({_said(edge)}); it lacks: {words} ({how})"
    sent = _notices(scene, tuple(dict.fromkeys((*_owners(scene), *leads))), change)
    return Told(f"rule of {edge.name}: {why.reason}", (*changed(ticket, after, [event], desk, now), *sent))


def _said(edge: Edge) -> str:
    """The conditions in words."""
    when = edge.when
    if when is None:
        return edge.trigger
    said = [f"priority {when.priority}" + " or more urgent" * (when.priority > 1)] * bool(when.priority)
    said += [f"topic {when.topic}"] * bool(when.topic)
    said += [f"{when.clock.replace('_', ' ')} has used {when.percent} %"] * bool(when.clock)
    waited = round(when.waited.total_seconds() / 60)
    said += [f"it has waited {waited} minutes of work"] * bool(waited)
    return ", ".join(said)


def _noted(ticket: Ticket, fact: str, edge: str) -> Ticket:
    names = dict.fromkeys((*triggers.names(ticket, fact), edge))
    return replace(ticket, facts={**ticket.facts, fact: ",".join(names)})


def _scene(ticket: Ticket, known: Known, desk: Desk, mint: Callable[[], str], occasion: str, now: datetime) -> Scene:
    recent = known.recent.get(ticket.ref, ())
    return Scene(
        ticket=ticket, known=known, recent=recent, actor=SYSTEM, desk=desk, mint=mint, occasion=occasion, now=now
    )
