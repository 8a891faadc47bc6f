"""The verbs of the desk: one table for mail, `ticket do` and help (DESIGN section 8).

In: a command's words, the ticket as it stands, who asks. Out: a `Planned` change, or a `Refused` with the reason and
the nearest valid form. Planning writes nothing; all commands of a mail are planned before any of them is done.

To add a verb: write one planning function and one row of `VERBS` in the module that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from gateway.rules import merging
from gateway.rules.desk import Agent, Desk
from gateway.rules.participants import NOTHING, Known
from gateway.rules.rights import Action, allows, roles_of
from gateway.rules.speech.phrasing import Phrase
from gateway.rules.verbs import (
    account,
    behalf,
    calls,
    company,
    course,
    handing,
    inside,
    intake,
    joining,
    moves,
    offered,
    outcome,
    overview,
    ownership,
    phrasing,
    presence,
    promise,
    promises,
    returning,
    sorting,
    time,
    urgency,
    work,
)
from gateway.rules.verbs.company import MOST_LINKED
from gateway.rules.verbs.request import Anywhere, Asking, Done, Planned, Refused, Report, Request, Verb, may_act
from parsing.command import END, Command
from store.records import Call, Question, Ticket, TicketRef

__all__ = [
    "NOTHING_TO_TRY", "TO_TRY",
    "VERBS", "Anywhere", "Asking", "Done", "Errand", "Plan", "Planned", "Refused", "Report", "Request", "Verb",
    "errand", "looking", "looks", "may_act", "named", "needs_no_team", "plan", "questions", "routed", "schedules",
    "usages", "with_gaps",
]  # fmt: skip

_ROOMS: tuple[Iterable[Verb | Anywhere], ...] = (
    account.VERBS, course.VERBS, inside.VERBS, moves.VERBS, work.VERBS, ownership.VERBS, handing.VERBS, returning.VERBS,
    urgency.VERBS, promises.VERBS, sorting.VERBS, joining.VERBS, time.VERBS, company.VERBS, phrasing.VERBS,
    promise.VERBS, behalf.VERBS, overview.VERBS, presence.VERBS, intake.VERBS, calls.VERBS,
    outcome.VERBS,
)  # fmt: skip
VERBS: Mapping[str, Verb | Anywhere] = {verb.name: verb for room in _ROOMS for verb in room}


NOTHING_TO_TRY = f"there is no verb and no word below #{course.DRY}"
TO_TRY = f"#{course.DRY} above what you want to try"
_TRIES = (f"#{course.ON}", f"#{course.DRY}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All verbs of one mail, planned one after the other; `ticket` is the ticket as it will be, `actions` the rights
    that it takes."""

    ticket: Ticket
    done: tuple[Planned, ...]
    actions: frozenset[Action] = frozenset()

    @property
    def internal(self) -> bool:
        return any(item.internal for item in self.done)

    @property
    def wants_help(self) -> bool:
        return any(item.help for item in self.done)

    @property
    def dry(self) -> bool:
        """Nothing of it is done, only told."""
        return any(item.dry for item in self.done)

    @property
    def is_empty_try(self) -> bool:
        """A dry run of nothing, unless there are words."""
        return bool(self.done) and all(item.line in _TRIES for item in self.done) and self.dry

    @property
    def anew(self) -> Ticket | None:
        """The ticket that takes this one's place."""
        return next((item.anew for item in self.done if item.anew is not None), None)

    @property
    def apart(self) -> Ticket | None:
        """The ticket that is split off: what is said now is about that, and stays inside."""
        return next((item.apart for item in self.done if item.apart is not None), None)

    @property
    def phrase(self) -> Phrase | None:
        """What a template says above the words."""
        return next((item.phrase for item in self.done if item.phrase is not None), None)

    @property
    def into(self) -> TicketRef | None:
        """The ticket that this one becomes part of."""
        return next((item.into for item in self.done if item.into is not None), None)


def plan(
    commands: tuple[Command, ...], ticket: Ticket, desk: Desk, actor: Agent, now: datetime, known: Known = NOTHING
) -> Plan | Refused:
    """Plan all commands, or refuse them all for the first that cannot be done. `known` has the tickets that they name
    (`named`)."""
    done: list[Planned] = []
    actions: set[Action] = set()
    if (strange := course.misplaced(commands, desk)) is not None:
        return strange
    for place, command in enumerate(commands):
        verb = VERBS.get(command.verb.lower())
        if verb is None:
            return _unknown(command)
        if (surplus := _surplus(command, verb)) is not None:
            return surplus
        if verb.name != course.DRY and any(item.into is not None or item.anew is not None for item in done):
            return Refused(
                reason=f"{command.line}: after {done[-1].line} nothing can be done with it",
                nearest=f"{done[-1].line} last",
            )
        if not allows(verb.action, actor.roles):
            return _not_theirs(command, verb.action, desk)
        asked = _asked(command, desk, actor, now, known, ticket)
        result = _of(ticket, verb.plan(asked)) if isinstance(verb, Anywhere) else verb.plan(_of_ticket(asked, ticket))
        if isinstance(result, Planned) and _again(result, done):
            result = Refused(reason="once in a mail is as often as it may be said", nearest="a mail of its own")
        if isinstance(result, Refused):
            nearest = _above(_nearest(result, verb), commands[place:])
            return replace(result, reason=f"{command.line}: {result.reason}", nearest=nearest)
        if result.action is not None and not allows(result.action, actor.roles):
            return _not_theirs(command, result.action, desk)
        ticket = result.ticket
        if ticket.is_done and any(calls.lives_on(item) for item in (*done, result)):
            reason = f"{command.line}: the ticket ends by the same mail that asks for a call"
            return Refused(reason=reason, nearest="one of both", of_verbs=False)
        done.append(_unmoved(result))
        if verb.name not in (course.ON, course.DRY):  # they show nothing and do nothing
            actions |= {verb.action, result.action or verb.action}
    return Plan(ticket=ticket, done=tuple(done), actions=frozenset(actions))


def _again(planned: Planned, done: Iterable[Planned]) -> bool:
    """Whether a mail would begin two tickets, speak by two templates, change two calls, or count who is copied
    twice."""
    return any(
        (item.apart is not None and (planned.apart is not None or planned.anew is not None))
        or (item.phrase is not None and planned.phrase is not None)
        or item.line == planned.line == "#cc"
        or (calls.changes_call(item) and calls.changes_call(planned))
        for item in done
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Verbs that need no ticket, planned one after the other, and the rights that they take."""

    done: tuple[Done, ...]
    actions: frozenset[Action] = frozenset()

    @property
    def wants_help(self) -> bool:
        return any(item.help for item in self.done)

    @property
    def dry(self) -> bool:
        """Nothing of it is done, only told."""
        return any(item.dry for item in self.done)


def errand(
    commands: tuple[Command, ...], desk: Desk, actor: Agent, now: datetime, known: Known = NOTHING
) -> Errand | Refused:
    """Plan commands that were said of no ticket, or refuse them all for the first that cannot be done."""
    done: list[Done] = []
    actions: set[Action] = set()
    if (strange := course.misplaced(commands, desk)) is not None:
        return strange
    if commands and all(command.verb.lower() == course.DRY for command in commands):
        return Refused(reason=NOTHING_TO_TRY, nearest=TO_TRY, of_verbs=False)
    for command in commands:
        verb = VERBS.get(command.verb.lower())
        if verb is None:
            return _unknown(command)
        if (surplus := _surplus(command, verb)) is not None:
            return surplus
        alone = verb.plan if isinstance(verb, Anywhere) else verb.alone
        if alone is None:
            reason = f"{command.line}: of which ticket?"
            return Refused(reason=reason, nearest=f"#on {desk.reference(1042)} on the line above")
        if not allows(verb.action, actor.roles):
            return _not_theirs(command, verb.action, desk)
        result = alone(_asked(command, desk, actor, now, known))
        assert not isinstance(result, Planned), command.verb
        if isinstance(result, Refused):
            return replace(result, reason=f"{command.line}: {result.reason}", nearest=_nearest(result, verb))
        if result.action is not None and not allows(result.action, actor.roles):
            return _not_theirs(command, result.action, desk)
        done.append(result)
        actions |= {verb.action, result.action or verb.action}
    return Errand(done=tuple(done), actions=frozenset(actions))


def _asked(
    command: Command, desk: Desk, actor: Agent, now: datetime, known: Known, ticket: Ticket | None = None
) -> Asking:
    return Asking(
        args=command.args.strip(), line=command.line, desk=desk, actor=actor, now=now, known=known, ticket=ticket
    )


def _of_ticket(asked: Asking, ticket: Ticket) -> Request:
    return Request(
        args=asked.args, line=asked.line, ticket=ticket, desk=asked.desk, actor=asked.actor, now=asked.now,
        known=asked.known,
    )  # fmt: skip


def _of(ticket: Ticket, done: Done | Planned | Refused) -> Planned | Refused:
    """What needs no ticket, said of one."""
    if isinstance(done, Refused | Planned):
        return done
    return Planned(
        ticket=ticket, line=done.line, before=done.before, after=done.after, effects=done.effects, help=done.help,
        report=done.report, action=done.action, internal=done.internal, dry=done.dry, mails=done.mails,
    )  # fmt: skip


def _nearest(refused: Refused, verb: Verb | Anywhere) -> str:
    """What would do: an example, rather than how the verb is written. It is none where that is what was written, or
    where no form of it helps."""
    if refused.nearest or not refused.of_verbs or verb.usage == f"#{verb.name}":
        return refused.nearest
    return offered.EXAMPLES.get(verb.name) or verb.usage


def _above(nearest: str, commands: tuple[Command, ...]) -> str:
    """Verbs are done in their order: a next action that is lacking and said further down goes above."""
    todo = next((one for one in commands[1:] if one.verb.lower() == "todo"), None)
    wanted = next((words for words in ("#todo TEXT", "#todo …") if words in nearest), "")
    if todo is None or not wanted:
        return nearest
    return nearest.replace(wanted, f"put {todo.line[:_SHOWN]} above {commands[0].line[:_SHOWN]}")


def _unmoved(planned: Planned) -> Planned:
    """What is as it was says so."""
    if not planned.before or planned.before != planned.after:
        return planned
    return replace(planned, before="", after=f"is {planned.after} already")


def _surplus(command: Command, verb: Verb | Anywhere) -> Refused | None:
    """A verb that takes no words reads none: `#close on Friday` is no promise of a time."""
    args = command.args.strip()
    if not args or verb.usage != f"#{verb.name}" or verb.name == _HELP:
        return None
    return Refused(
        reason=f"#{verb.name} takes no words: {args[:_SHOWN]}",
        nearest=f"#{verb.name}, and words below the verbs",
        of_verbs=False,
    )


_HELP = "help"
"""It is shown whatever is asked about."""
_SHOWN = 60
"""Letters of the words that nobody reads."""


def routed(done: Plan, before: Ticket, desk: Desk, actor: Agent, now: datetime, known: Known) -> Plan:
    """The plan with the router's choice, where the desk wants one of what was just accepted."""
    request = Request(args="", line="", ticket=done.ticket, desk=desk, actor=actor, now=now, known=known)
    found = ownership.on_accept(request, before)
    return done if found is None else replace(done, ticket=found.ticket, done=(*done.done, found))


def with_gaps(done: Plan, before: Ticket, desk: Desk, actor: Agent, now: datetime, known: Known) -> Plan:
    """The plan with a line that says what is missing now, where its verbs made the ticket another matter."""
    stands = done.anew or done.ticket
    found = intake.on_other_matter(_of_ticket(_asked(_NO_COMMAND, desk, actor, now, known), stands), before)
    return done if found is None else replace(done, done=(*done.done, replace(found, ticket=done.ticket)))


_NO_COMMAND = Command(verb="", args="", line="")
MOST_QUESTIONS = 5
"""Verbs of one mail that the store is asked for: each may cost a tenth of a second on a large desk."""
_NAMING = ("merge", course.ON, overview.SHOW)


def named(commands: tuple[Command, ...], desk: Desk) -> set[int]:
    """The tickets that these commands name, to be looked up before anything is planned."""
    found = {merging.target(command.args, desk) for command in commands if command.verb.lower() in _NAMING}
    linked = (command.args for command in commands if command.verb.lower() == "link")
    found |= {merging.target(word, desk) for args in linked for word in args.replace(",", " ").split()[:MOST_LINKED]}
    return {number for number in found if number is not None}


def questions(commands: tuple[Command, ...], desk: Desk, actor: Agent, now: datetime, mail: int = 0) -> set[Question]:
    """What these verbs want to know of the store before they are planned; `mail` is the number of the mail that they
    stand in."""
    verbs = [(command, VERBS.get(command.verb.lower())) for command in looking(commands, bare=True)]
    found = [
        verb.asks(replace(_asked(command, desk, actor, now, NOTHING), mail=mail))
        for command, verb in verbs
        if verb is not None and allows(verb.action, actor.roles)
    ]
    asked = dict.fromkeys(question for question in found if question is not None)
    return set(overview.within_measure(asked)[:MOST_QUESTIONS])


def looking(commands: tuple[Command, ...], *, bare: bool) -> tuple[Command, ...]:
    """The commands of a mail. Whoever names a ticket with nothing below (`bare`: no words, no files) looks at it."""
    if not bare or [command.verb.lower() for command in commands] != [course.ON]:
        return commands
    return (*commands, Command(verb=overview.SHOW, args=commands[0].args, line=f"#{overview.SHOW}"))


def looks(commands: tuple[Command, ...], actor: Agent) -> bool:
    """Whether these verbs only read, and their author may read: nobody needs a team for that."""
    found = [VERBS.get(command.verb.lower()) for command in commands]
    return bool(found) and all(
        verb is not None and verb.action in (Action.LOOK, Action.OVERSEE) and allows(verb.action, actor.roles)
        for verb in found
    )


def needs_no_team(commands: tuple[Command, ...], actor: Agent, found: Iterable[Call] = ()) -> bool:
    """Whether their author may say these verbs of any ticket, without a word more: they only read, or it is a
    scheduler who arranges a call, or somebody who takes one of these, of whichever team they are."""
    takes = any(call.is_promised and call.assigned in ("", actor.name) for call in found)
    free = [calls.is_free(command.verb.lower(), actor, takes=takes) for command in commands]
    others = tuple(command for command, is_free in zip(commands, free, strict=True) if not is_free)
    return looks(others, actor) if others else bool(commands)


def schedules(commands: tuple[Command, ...]) -> bool:
    """Whether one of these verbs may change a call, and so wants to know which calls are promised."""
    return any(command.verb.lower() in calls.LOOKING_AHEAD for command in commands)


def usages(actor: Agent | None = None, ticket: Ticket | None = None, desk: Desk | None = None) -> list[str]:
    """One line a verb: what help and a refusal show. With an `actor` those that they may use on this ticket, or where
    there is none, under headings (lines without `#`)."""
    if actor is None or desk is None:
        return [offered.line(verb) for verb in VERBS.values()]
    return offered.offered(VERBS, actor, ticket, desk)


def _unknown(command: Command) -> Refused:
    if command.verb == END:
        reason = f"#{END} ends the verbs; there is nothing above or below it"
        return Refused(reason=reason, nearest="#help", of_verbs=False)
    close = get_close_matches(command.verb.lower(), VERBS, n=1, cutoff=0.5)
    return Refused(
        reason=f"{command.line}: there is no verb {command.verb}", nearest=VERBS[close[0]].usage if close else "#help"
    )


def _not_theirs(command: Command, action: Action, desk: Desk) -> Refused:
    """Some verbs are not everybody's: who may."""
    may = [agent.name for agent in desk.agents.values() if allows(action, agent.roles)]
    who = f"ask {', '.join(may)}" if may else "nobody of the staff has that role"
    verb, team = command.verb.lower(), command.args.strip().lower()
    if verb == "team" and team in desk.teams:  # that it works along is everybody's to say
        who = f"#with {team}, or {who}"
    roles = " or ".join(f"{'an' if role[0] in 'aeiou' else 'a'} {role}" for role in roles_of(action))
    what = f"say #{verb}" if VERBS[verb].action is action else "assign across teams"
    return Refused(reason=f"{command.line}: only {roles} may {what}", nearest=who, of_verbs=False)
