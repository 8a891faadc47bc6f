"""Whoever asks for the next ticket gets it, and nobody picks (`ops` R65): whose queue it is, and what they cannot do.

In: a member of staff, the desk, what was found for them. Out: the queue as the store is asked for it, the ticket that
is next, or why there is none. It gives nothing to anybody: `#take` does, said of the ticket that is next.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.rules import routing
from gateway.rules.desk import Agent, Desk
from gateway.rules.participants import Known
from parsing.command import CommandBlock
from store.records import Entry, Question, Queue, Ticket, Verdict

TAKE = "take"
NEXT = "next"
"""The kind of the question."""
ONLY = "only #take is said of what is next, without words: nobody has read it yet"
_SHOWN = 6
"""How many of those that somebody gave back are named."""


def queue_of(agent: Agent, desk: Desk) -> Queue:
    """Whose queue somebody serves, and what they cannot do of it."""
    spoken = desk.routing.of(agent.name).languages
    topics = {
        (topic, subtopic)
        for one in desk.routing.capabilities.values()
        if routing.lacks(agent, one, desk)
        for topic, _, subtopic in (named.partition("/") for named in one.topics)
    }
    languages = frozenset(desk.languages) - frozenset(spoken) if spoken else frozenset[str]()
    return Queue(teams=_teams(agent, desk), topics=frozenset(topics), languages=languages, returned=routing.RETURNED)


def _teams(agent: Agent, desk: Desk) -> tuple[str, ...]:
    """Their own team's; of all teams where a lead has none."""
    if agent.team and agent.roles & {"agent", "lead"}:
        return (agent.team,)
    return tuple(desk.teams) if "lead" in agent.roles else ()


def is_asked(block: CommandBlock) -> bool:
    """Whether these are the words of somebody who wants what is next."""
    verbs = [command.verb.lower() for command in block.commands if command.verb.lower() != "dry-run"]
    return verbs == [TAKE] and not block.rest.strip()


def had(entry: Entry) -> int | None:
    """The ticket that this mail has got for its author already; a replay gives them no other one."""
    return entry.ticket if entry.previous is Verdict.COMMAND else None


def next_for(agent: Agent, known: Known) -> Ticket | None:
    """The ticket that is next for this person: of those found for the mails of this turn the first that nobody has by
    now."""
    asked = sorted(_asked(agent, known), key=lambda one: one.number)
    tickets = [known.tickets.get(number) for question in asked for number in known.findings[question].numbers]
    return next((one for one in tickets if one is not None and not one.assignee and not one.is_done), None)


def looked(agent: Agent, known: Known) -> bool:
    """Whether the queue was asked for them at all."""
    return bool(_asked(agent, known))


def passed_by(agent: Agent, known: Known) -> tuple[int, ...]:
    """What stood before it and was passed over: they gave it back."""
    found = (known.findings[question] for question in _asked(agent, known))
    return next((finding.passed for finding in found if finding.passed), ())


def _asked(agent: Agent, known: Known) -> list[Question]:
    return [question for question in known.findings if question.kind == NEXT and question.who == agent.name]


def nothing(agent: Agent, desk: Desk, passed: Sequence[int]) -> str:
    """Why there is nothing to take."""
    teams = _teams(agent, desk)
    if not teams:
        return f"{agent.name} works in no team"
    return f"nothing waits for {agent.name} in the queue of {', '.join(teams)}{given_back(passed, desk)}"


def given_back(passed: Sequence[int], desk: Desk) -> str:
    """` (you gave DESK-1003 back)`: why what stood before it was passed over."""
    shown = [desk.reference(number) for number in passed[:_SHOWN]]
    more = len(passed) - len(shown)
    names = ", ".join([*shown, *([f"{more} more"] if more else [])])
    return f" (you gave {names} back)" if names else ""
