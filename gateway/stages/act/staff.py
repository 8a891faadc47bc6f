"""A proven colleague's mail: verbs first, all or nothing; then the words, inside or to the customer as the desk.

In: a `Threaded`. Out: the `Decision`. One command that cannot be read holds the whole mail, and then no byte of it
leaves (DESIGN section 8).
"""

from __future__ import annotations

from gateway.rules import mails
from gateway.rules.case import Guarded, Mint, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.files import fresh, kept, sendable
from gateway.rules.staff import Said, consequences, unsendable, unsigned
from gateway.rules.verbs import Plan, Refused, may_act, plan
from gateway.stages.act.history import end, occasion, requester_of
from parsing.command import commands
from store.records import (
    Decision,
    Ticket,
    Verdict,
)
from store.snapshot import Snapshot


def colleague(threaded: Threaded, ticket: Ticket, agent: Agent, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A proven agent's mail: verbs first, all or nothing; then the words, inside or to the customer as the desk."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if not may_act(agent, ticket):
        reason = f"{agent.name} works neither in team {ticket.team} nor as a lead"
        return _hold(threaded, ticket, agent, Refused(reason=reason), mint, Verdict.HELD_UNVERIFIED)
    block, seen = commands(mail.reply), snapshot.files.get(ticket.ref, set())
    planned: Plan | Refused
    if any(file.content_type == "message/rfc822" for file in mail.attachments):
        planned = Refused(reason="a whole mail is attached: it would show the customer its addresses", nearest="#note")
    elif block.looks_like_command and not block.commands:
        planned = Refused(reason="the first line looks like a command and cannot be read", nearest="#help")
    else:
        planned = plan(block.commands, ticket, desk, agent, guarded.incoming.now)
    if isinstance(planned, Refused):
        return _hold(threaded, ticket, agent, planned, mint)
    said = Said(
        before=ticket,
        agent=agent,
        plan=planned,
        words=_words(block.rest.strip(), agent, desk),
        internal=planned.internal or not ticket.is_reachable or _is_note(guarded),
        occasion=occasion(guarded),
        now=guarded.incoming.now,
        requester=requester_of(ticket, snapshot),
        recent=snapshot.recent.get(ticket.ref, []),
        trust=guarded.trust,
        message_id=mail.message_id,
        subject=mail.subject,
        files=sendable(kept(mail, guarded.incoming.entry.sha256, seen)),
        shown_files=fresh(mail, seen),
    )
    refused = unsendable(said, desk, commanded=bool(block.commands))
    if refused is not None:
        return _hold(threaded, ticket, agent, refused, mint)
    effects, sent = consequences(said, desk, mint)
    if block.commands:
        effects.append(mails.transcript(ticket, agent, mint(), said.occasion, planned, sent, mail.message_id))
    verbs = ", ".join(item.line for item in planned.done)
    inside = "kept inside" if said.speaks and said.internal else ""
    reason = "; ".join(filter(None, (verbs, inside, *(f"{s['what']} went to {s['to']}" for s in sent))))
    verdict = Verdict.APPENDED if said.speaks else Verdict.COMMAND
    return end(threaded, verdict, reason or "nothing to do", ticket, effects)


def _is_note(guarded: Guarded) -> bool:
    return guarded.key is not None and guarded.key.audience == "note"


def _words(words: str, agent: Agent, desk: Desk) -> str:
    return words if desk.show_names != "none" else unsigned(words, agent)


def _hold(
    threaded: Threaded,
    ticket: Ticket,
    agent: Agent,
    why: Refused,
    mint: Mint,
    verdict: Verdict = Verdict.HELD_COMMAND,
) -> Decision:
    """Nothing is done and nothing leaves; the agent gets the reason and the own words back."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    effect = mails.held(ticket, agent, mint(), occasion(guarded), why, mail.reply, mail.message_id)
    return end(threaded, verdict, why.reason, ticket, (effect,))
