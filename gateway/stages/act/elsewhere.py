"""Elsewhere: a colleague has answered a customer from their own mail program, with the ticket's address in Cc or Bcc.

In: a colleague's mail to a reply address of a ticket. Out: the `Decision` that records it as the answer, or None where
it is written to the desk alone. Nobody gets it twice: where it was written to the desk as well, the desk sends it to
the others of the ticket; where it was only copied there, whoever did not get it is named to its author.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.rules import mails, participants
from gateway.rules.case import Mint, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.files import kept, sendable
from gateway.rules.notices import notice
from gateway.rules.rights import Action, Outcome
from gateway.rules.staff import Said, consequences, intended, unsendable, unsigned, words_of
from gateway.rules.verbs import Plan, Planned, Refused, may_act
from gateway.stages.act.held import furthest, hold, whole_mail
from gateway.stages.act.history import end, occasion, requester_of
from parsing.address import normalise, split_detail
from parsing.command import CommandBlock, commands
from parsing.message import Mailbox
from store.records import (
    Decision,
    Person,
    Step,
    Ticket,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot


def elsewhere(
    threaded: Threaded, ticket: Ticket, agent: Agent, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision | None:
    """A colleague has answered the customer from their own mail program, with the ticket's address in Cc or Bcc: it is
    recorded as the answer and not sent again. None when it is no such mail."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    got = _readers(threaded, ticket, snapshot)
    block = commands(mail.reply)
    if not got or any(command.verb.lower() == "note" for command in block.commands) or not may_act(agent, ticket):
        return None
    if guarded.trust is not Trust.A:
        reason = "It was copied to the reply address of the ticket, and no mail server vouches that you sent it."
        why = Refused(reason=reason, nearest="send it from your own mail program", of_verbs=False)
        return hold(threaded, ticket, agent, why, desk, mint, Verdict.HELD_UNVERIFIED)
    planned: Plan | Refused
    if block.looks_like_command and not block.commands:
        planned = Refused(reason="the first line looks like a command and cannot be read", nearest="#help")
    else:
        planned = intended(block.commands, ticket, desk, agent, guarded.incoming.now, snapshot, speaks=True)
    if isinstance(planned, Refused):
        return hold(threaded, ticket, agent, planned, desk, mint)
    wish = furthest(guarded, {*planned.actions, Action.SPEAK}, agent)
    threaded = replace(threaded, trace=(*threaded.trace, wish.step))
    if wish.outcome is not Outcome.ALLOWED:
        return hold(
            threaded, ticket, agent, Refused(reason=wish.why, of_verbs=False), desk, mint, Verdict.HELD_UNVERIFIED
        )
    return _recorded(threaded, ticket, agent, block, planned, got, desk, snapshot, mint)


def _readers(threaded: Threaded, ticket: Ticket, snapshot: Snapshot) -> tuple[Person, ...]:
    """Who on the ticket has got the mail itself."""
    guarded = threaded.guarded
    key, mail = guarded.key, guarded.incoming.mail
    if key is None or key.ticket != ticket.ref or key.audience != "public" or not ticket.is_reachable:
        return ()
    named = {normalise(box.address) for box in (*mail.to, *mail.cc)[: participants.MOST_READ]}
    there = (requester_of(ticket, snapshot), *participants.readers(ticket, snapshot))
    return tuple(person for person in there if person.address in named)


def _others(
    threaded: Threaded, ticket: Ticket, got: tuple[Person, ...], desk: Desk, snapshot: Snapshot
) -> tuple[Person, ...]:
    """Whom the desk sends it to, where it was written to the desk too: who reads the ticket and has not got it."""
    if _is_again(threaded) or not any(_alone(box) in desk.addresses for box in threaded.guarded.incoming.mail.to):
        return ()
    there = (requester_of(ticket, snapshot), *participants.readers(ticket, snapshot))
    return tuple(person for person in there if person.address not in {one.address for one in got})


def _is_again(threaded: Threaded) -> bool:
    """Whether it was recorded before: who has come to the ticket since gets nothing of then."""
    return threaded.guarded.incoming.entry.previous in (Verdict.APPENDED, Verdict.COMMAND)


def _alone(box: Mailbox) -> str:
    return split_detail(normalise(box.address))[0]


def _recorded(
    threaded: Threaded, ticket: Ticket, agent: Agent, block: CommandBlock, planned: Plan, got: tuple[Person, ...],
    desk: Desk, snapshot: Snapshot, mint: Mint,
) -> Decision:  # fmt: skip
    """The answer as the ticket has it, and what its author must know of it."""
    guarded = threaded.guarded
    mail, seen = guarded.incoming.mail, snapshot.files.get(ticket.ref, set())
    others = _others(threaded, ticket, got, desk, snapshot)
    said = Said(
        before=ticket,
        agent=agent,
        plan=planned,
        words=words_of(block) if desk.show_names != "none" else unsigned(words_of(block), agent),
        internal=False,
        occasion=occasion(guarded),
        now=guarded.incoming.now,
        requester=requester_of(ticket, snapshot),
        recent=snapshot.recent.get(ticket.ref, []),
        trust=guarded.trust,
        message_id=mail.message_id,
        subject=mail.subject,
        files=sendable(kept(mail, guarded.incoming.entry.sha256, seen)),
        signature=mail.signature,
        known=snapshot,
        elsewhere=got,
        others=others,
        below=block.below if others else (),
        again=_is_again(threaded),
    )
    refused = unsendable(said, desk, commanded=True)
    if planned.phrase is not None:
        reason = "#template: your own mail has gone to the customer without its words"
        refused = Refused(reason=reason, nearest="answer the ticket's address alone", of_verbs=False)
    if refused is None and said.others and whole_mail(mail):
        refused = Refused(reason="a whole mail is attached: the others would see its addresses", nearest="#note")
    if refused is not None:
        return hold(threaded, ticket, agent, refused, desk, mint)
    effects, sent = consequences(said, desk, mint)
    names = ", ".join(notice.destination(person) for person in got)
    step = Step(stage="act", what="recorded, not sent again", why=f"it left by another way, to {names}")
    lines = [Planned(ticket=ticket, line=line) for line in _told(names, got, said, agent)]
    plan = replace(planned, done=(*planned.done, *lines))
    transcript = mails.transcript(ticket, agent, mint(), said.occasion, plan, sent, mail.message_id, desk=desk)
    threaded = replace(threaded, trace=(*threaded.trace, step))
    reason = f"an answer that {agent.name} sent to {names} by another way: recorded"
    if planned.dry:
        return end(threaded, Verdict.COMMAND, f"a dry run, nothing is done: {reason}", ticket, (transcript,))
    return end(threaded, Verdict.APPENDED, reason, ticket, (*effects, transcript))


def _told(names: str, got: Sequence[Person], said: Said, agent: Agent) -> list[str]:
    """What the author of such a mail must know."""
    lines = [f"Your own mail to {names} is recorded as the answer; it was not sent again."]
    lines.append(f"It showed them your own address, {agent.address}: their answer may come to you alone.")
    have = {person.address for person in (*got, *said.others)}
    missed = [notice.destination(one) for one in said.readers if one.address not in have]
    if missed:
        lines.append(f"Not sent to {', '.join(missed)}, on the ticket as well: answer this mail to write to all.")
    return lines
