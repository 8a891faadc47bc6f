"""A proven colleague's mail: verbs first, all or nothing; then the words, inside or to the customer as the desk.

In: a `Threaded`. Out: the `Decision`. One command that cannot be read holds the whole mail, and then no byte of it
leaves (DESIGN section 8).
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import confirmation, mails, notice, participants
from gateway.rules.case import Guarded, Mint, Sorted, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.files import fresh, kept, sendable
from gateway.rules.rights import Action, Outcome
from gateway.rules.staff import Said, consequences, part_of, unsendable, unsigned
from gateway.rules.verbs import Plan, Refused, may_act, plan
from gateway.stages.act.history import end, judged, occasion, requester_of
from parsing.command import commands
from store.records import (
    Decision,
    Step,
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
        planned = plan(block.commands, ticket, desk, agent, guarded.incoming.now, snapshot)
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
        known=snapshot,
        again=guarded.incoming.entry.previous in (Verdict.APPENDED, Verdict.COMMAND),
    )
    refused = unsendable(said, desk, commanded=bool(block.commands))
    if refused is not None:
        return _hold(threaded, ticket, agent, refused, mint)
    looks = not said.speaks and all(item.help for item in planned.done)
    wish = judged(guarded, Action.LOOK if looks else Action.SPEAK, agent)
    threaded = replace(threaded, trace=(*threaded.trace, wish.step))
    if wish.outcome is Outcome.REFUSED:
        nearest = "answer this mail: its reply address is yours alone"
        why = Refused(reason=_UNKEYED, nearest=nearest, of_verbs=False)
        return _hold(threaded, ticket, agent, why, mint, Verdict.HELD_UNVERIFIED)
    if wish.outcome is Outcome.CONFIRM:
        asked = [command.line for command in block.commands]
        if said.speaks:
            asked.append("a note inside" if said.internal else f"an answer to {notice.destination(said.requester)}")
        return _ask(threaded, ticket, agent, asked, desk, mint, _whom(ticket, said, desk, snapshot))
    changed = _changed_since(guarded, _whom(ticket, said, desk, snapshot))
    if changed:
        why = Refused(reason=changed, nearest="send it again", of_verbs=False)
        return _hold(threaded, ticket, agent, why, mint)
    effects, sent = consequences(said, desk, mint)
    if block.commands:
        merged = part_of(said, desk)
        effects.append(mails.transcript(ticket, agent, mint(), said.occasion, planned, sent, mail.message_id, merged))
    verbs = ", ".join(item.line for item in planned.done)
    inside = "kept inside" if said.speaks and said.internal else ""
    reason = "; ".join(filter(None, (verbs, inside, *(f"{s['what']} went to {s['to']}" for s in sent))))
    verdict = Verdict.APPENDED if said.speaks else Verdict.COMMAND
    return end(threaded, verdict, reason or "nothing to do", ticket, effects)


_UNKEYED = "Your mail server vouches for it, but it did not come to a reply address that counts."


def escalating(sorted_: Sorted, desk: Desk, mint: Mint) -> Decision | None:
    """What keeps a colleague's escalation from being opened; None when nothing does."""
    threaded = sorted_.threaded
    guarded, agent = threaded.guarded, threaded.guarded.agent
    if agent is None or guarded.incoming.entry.envelope.history:
        return None
    wish = judged(guarded, Action.ESCALATE, agent)
    threaded = replace(threaded, trace=(*sorted_.trace, wish.step))
    if wish.outcome is Outcome.ALLOWED:
        return None
    if wish.outcome is Outcome.CONFIRM:
        subject = guarded.incoming.mail.subject
        return _ask(threaded, None, agent, [f"a new escalation: {subject}"], desk, mint)
    return end(threaded, Verdict.HELD_UNVERIFIED, wish.why, None)


def _ask(
    threaded: Threaded,
    ticket: Ticket | None,
    agent: Agent,
    asked: list[str],
    desk: Desk,
    mint: Mint,
    whom: str = "",
) -> Decision:
    """Nothing is done before the colleague says that the mail is theirs: one question. Where their budget has no room
    for it, the meter holds it for an operator."""
    guarded = threaded.guarded
    now = guarded.incoming.now
    if guarded.incoming.entry.previous is not None:  # looked at again without an answer: it was asked about before
        return end(threaded, Verdict.HELD_COMMAND, "it waits for its author's word", ticket)
    threaded = replace(threaded, trace=(*threaded.trace, Step(stage="act", what=_ASKED, why=whom)))
    mail = confirmation.question(
        desk,
        guarded.mailbox.canonical,
        agent,
        ticket,
        guarded.incoming.mail,
        asked=asked,
        trust=guarded.trust,
        now=now,
        message_id=mint(),
        occasion=occasion(guarded),
    )
    return end(threaded, Verdict.HELD_COMMAND, f"{agent.name} is asked whether it is theirs", ticket, (mail,))


_ASKED = "its author is asked"


def _whom(ticket: Ticket, said: Said, desk: Desk, snapshot: Snapshot) -> str:
    """What somebody agrees to beside the words: which ticket, and who would read them."""
    readers = [ticket.requester, *(person.address for person in participants.readers(ticket, snapshot))]
    return f"{desk.reference(ticket.ref)}, read by {', '.join(readers) if said.public else 'us alone'}"


def _changed_since(guarded: Guarded, whom: str) -> str:
    """What is not any more as it was when its author was asked; empty when all is, or nobody was."""
    entry = guarded.incoming.entry
    was = next((step.why for step in reversed(entry.earlier) if step.what == _ASKED), "")
    if not entry.confirmed or not was or was == whom:
        return ""
    return f"It was for {was}, and would be for {whom} now."


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
    """Nothing is done and nothing leaves; the agent gets the reason and the own words back.

    The meter keeps it within the budget, so that a robot that nobody knows for one ends, and says which is the last.
    """
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if not guarded.incoming.entry.envelope.sender:
        return end(threaded, verdict, why.reason, ticket)
    held = mails.held(ticket, agent, mint(), occasion(guarded), why, mail.reply, mail.message_id)
    return end(threaded, verdict, why.reason, ticket, (held,))
