"""Who of the staff hears of what happens to a ticket: whom it concerns, less those who want it otherwise or are away.

In: the desk as it is now (`Desk.as_of`), a ticket, who did something. Out: who gets a mail at once, and for everybody
else whom it concerns the reason why not. It is the one place that decides this, for mail, the sweep and the command
line. What is directed at one person (their own ticket, what they asked for) comes at once, however they hear of the
rest; somebody who is away gets nothing. Where nobody is left who would ever hear of it, the leads do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.rules.desk import Agent, Desk
from gateway.rules.policy.notices import AWAY, DIGEST
from store.records import AddMessage, Decision, OpenTicket, SendMail, Step, Ticket, Verdict


def concerned(desk: Desk, ticket: Ticket, actor: str) -> tuple[Agent, ...]:
    """Whose ticket it is, the teams' agents and the leads, each once, but not the one who did it nor a requester of our
    own house."""
    found = dict.fromkeys(a for team in (ticket.team, *ticket.helpers) for a in desk.concerned(team))
    found |= {agent: None for agent in desk.agents.values() if agent.name == ticket.assignee}
    return tuple(agent for agent in found if agent.address not in (actor, ticket.requester))


def told(desk: Desk, ticket: Ticket, actor: str) -> tuple[Agent, ...]:
    """Who gets a mail of it at once."""
    whom = concerned(desk, ticket, actor)
    if not desk.quiet:
        return whom
    found = heard(desk, ticket, whom, somebody=False)
    ours = actor in desk.agents  # one of us knows of it: nobody has to be woken
    return found if found or ours or _will_hear(desk, whom) else _leads(desk, whom)


def heard(desk: Desk, ticket: Ticket, agents: Iterable[Agent], *, somebody: bool = True) -> tuple[Agent, ...]:
    """Those of them who hear of it at once; with `somebody`, where that is nobody, those of them who lead."""
    whom = tuple(agents)
    found = tuple(agent for agent in whom if not unheard(desk, ticket, agent))
    return found or (_leads(desk, whom) if somebody else ())


def holders(desk: Desk, ticket: Ticket) -> tuple[Agent, ...]:
    """Who has the ticket; where nobody has it or hears of it, its teams."""
    owner = desk.agent_named(ticket.assignee) if ticket.assignee else None
    if owner is not None and not unheard(desk, ticket, owner):
        return (owner,)
    return told(desk, ticket, "")


def unheard(desk: Desk, ticket: Ticket, agent: Agent) -> str:
    """Why this member of staff does not hear of it at once; empty for who does."""
    quiet = desk.quiet.get(agent.address)
    if quiet is None:
        return ""
    if quiet.way == AWAY:
        return f"away until {quiet.until:%Y-%m-%d %H:%M} UTC" if quiet.until is not None else "away"
    if agent.name == ticket.assignee:
        return ""
    return "hears of it in the digest" if quiet.way == DIGEST else "wants to hear of own tickets only"


def passed_over(decision: Decision, ticket: Ticket | None, desk: Desk, actor: str) -> Decision:
    """The decision with a step for those whom its ticket concerns and who were not told of it at once."""
    opened = next((e.ticket for e in decision.effects if isinstance(e, OpenTicket)), None)
    ticket = opened if opened is not None else ticket
    if ticket is None or decision.verdict not in _TOLD or not _says_something(decision):
        return decision
    mailed = {effect.to.address for effect in decision.effects if isinstance(effect, SendMail)}
    reasons = {
        agent.name: why
        for agent in concerned(desk, ticket, actor)
        if agent.address not in mailed and (why := unheard(desk, ticket, agent))
    }
    if not reasons:
        return decision
    step = Step(stage="act", what="not told at once", why="; ".join(f"{who}: {why}" for who, why in reasons.items()))
    *before, verdict = decision.trace
    return replace(decision, trace=(*before, step, verdict))


_TOLD = frozenset({Verdict.TICKET_CREATED, Verdict.APPENDED, Verdict.REOPENED, Verdict.COMMAND})


def _says_something(decision: Decision) -> bool:
    """Imported history and what changes nothing is told to nobody anyway."""
    history = decision.entry is not None and decision.entry.envelope.history
    return not history and any(isinstance(effect, AddMessage) for effect in decision.effects)


def _will_hear(desk: Desk, whom: Iterable[Agent]) -> bool:
    """Whether one of them at least reads of it in a digest."""
    return any((quiet := desk.quiet.get(agent.address)) is not None and quiet.way == DIGEST for agent in whom)


def _leads(desk: Desk, whom: tuple[Agent, ...]) -> tuple[Agent, ...]:
    """The leads among them, who are there before who is away; without a lead, all."""
    leads = tuple(agent for agent in whom if "lead" in agent.roles) or whom
    there = tuple(a for a in leads if (quiet := desk.quiet.get(a.address)) is None or quiet.way != AWAY)
    return there or leads
