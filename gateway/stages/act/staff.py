"""A proven colleague's mail: verbs first, all or nothing; then the words, inside or to the customer as the desk.

In: a `Threaded`. Out: the `Decision`. One command that cannot be read holds the whole mail, and then no byte of it
leaves (DESIGN section 8). Of a dry run nothing is done either; it is told what would have been.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import inside, keys, mails, participants
from gateway.rules.case import Guarded, Mint, Sorted, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.files import kept, sendable
from gateway.rules.notices import notice
from gateway.rules.rights import Action, Outcome
from gateway.rules.speech import leaving
from gateway.rules.speech.rehearsing import previews, unnumbered
from gateway.rules.speech.unheard import below
from gateway.rules.staff import Said, consequences, goes_out, intended, part_of, unsendable, unsigned, words_of
from gateway.rules.verbs import Plan, Refused, looking, may_act, needs_no_team
from gateway.rules.verbs.overview import may_look
from gateway.stages.act.held import DRY, UNKEYED, ask, by_command, changed_since, furthest, hold, whole_mail
from gateway.stages.act.history import end, judged, occasion, requester_of
from parsing.command import CommandBlock, commands
from store.records import Decision, Effect, Ticket, Verdict
from store.snapshot import Snapshot


def colleague(threaded: Threaded, ticket: Ticket, agent: Agent, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A proven agent's mail: verbs first, all or nothing; then the words, inside or to the customer as the desk."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    block = commands(mail.reply)
    block = replace(block, commands=looking(block.commands, bare=not block.rest.strip() and not mail.attachments))
    wordless = not block.rest.strip() and not mail.attachments
    theirs = snapshot.calls.get(ticket.ref, {}).values()
    if not may_act(agent, ticket) and not (wordless and needs_no_team(block.commands, agent, theirs)):
        shown = may_look(agent, ticket)
        reason = f"{agent.name} works neither in team {ticket.team} nor as a lead"
        if not shown:
            reason = f"{desk.reference(ticket.ref)} is no ticket that {agent.name} may see"
        why = Refused(reason=reason, of_verbs=shown)
        return hold(threaded, ticket, agent, why, desk, mint, Verdict.HELD_UNVERIFIED, shown=shown)
    planned = _planned(threaded, ticket, agent, block, desk, snapshot)
    if isinstance(planned, Refused):
        return hold(threaded, ticket, agent, planned, desk, mint)
    said = _said(guarded, ticket, agent, block, planned, desk, snapshot)
    found = leaving.found_in(said, desk)
    threaded = replace(threaded, trace=(*threaded.trace, *leaving.steps(said, found, desk)))
    refused = unsendable(said, desk, commanded=bool(block.commands), found=found)
    if refused is not None:
        return hold(threaded, ticket, agent, refused, desk, mint)
    wish = furthest(guarded, {*planned.actions, Action.SPEAK} if said.speaks else planned.actions, agent)
    threaded = replace(threaded, trace=(*threaded.trace, wish.step))
    if wish.outcome is Outcome.REFUSED:
        nearest = "answer this mail: its reply address is yours alone"
        if said.public:
            nearest = "send it to the address below: it is yours alone"
        why = Refused(reason=UNKEYED, nearest=nearest, of_verbs=False)
        return hold(threaded, ticket, agent, why, desk, mint, Verdict.HELD_UNVERIFIED)
    if wish.outcome is Outcome.CONFIRM:
        asked = [command.line for command in block.commands]
        if said.speaks:
            asked.append("a note inside" if not said.public else f"an answer to {notice.destination(said.requester)}")
        return ask(threaded, ticket, agent, asked, desk, mint, _whom(ticket, said, desk, snapshot))
    changed = changed_since(guarded, _whom(ticket, said, desk, snapshot))
    if changed:
        why = Refused(reason=changed, nearest="send it again", of_verbs=False)
        return hold(threaded, ticket, agent, why, desk, mint)
    return _done(threaded, said, block, desk, mint)


def _planned(
    threaded: Threaded, ticket: Ticket, agent: Agent, block: CommandBlock, desk: Desk, snapshot: Snapshot
) -> Plan | Refused:
    guarded = threaded.guarded
    speaks = _is_public(threaded, ticket, block)
    refused = _as_it_came(guarded, block) if speaks or "split" in _verbs(block) else None
    if refused is not None:
        return refused
    if block.looks_like_command and not block.commands:
        return Refused(reason="the first line looks like a command and cannot be read", nearest="#help")
    return intended(block.commands, ticket, desk, agent, guarded.incoming.now, snapshot, speaks=speaks)


def _as_it_came(guarded: Guarded, block: CommandBlock) -> Refused | None:
    """Why words of others that came along must not go on as they are: a whole mail, or one that was forwarded, was
    written to one of us, and nobody has said that the customer shall have it."""
    mail = guarded.incoming.mail
    if whole_mail(mail):
        return Refused(reason="a whole mail is attached: it would show the customer its addresses", nearest="#note")
    if mail.forwarded is not None and "split" not in _verbs(block):
        reason = "it is a forward: is it a note, or an answer to the customer?"
        nearest = "#note on the first line keeps it inside\nan answer is written as a reply, not as a forward"
        return Refused(reason=reason, nearest=nearest, of_verbs=False)
    return None


def _verbs(block: CommandBlock) -> set[str]:
    return {command.verb.lower() for command in block.commands}


def _said(
    guarded: Guarded, ticket: Ticket, agent: Agent, block: CommandBlock, planned: Plan, desk: Desk, snapshot: Snapshot
) -> Said:
    mail, seen = guarded.incoming.mail, snapshot.files.get(ticket.ref, set())
    return Said(
        before=ticket,
        agent=agent,
        plan=planned,
        words=_words(words_of(block), agent, desk),
        internal=planned.internal or not (ticket.is_reachable and planned.ticket.is_reachable) or _is_note(guarded),
        occasion=occasion(guarded),
        now=guarded.incoming.now,
        requester=requester_of(ticket, snapshot),
        recent=snapshot.recent.get(ticket.ref, []),
        trust=guarded.trust,
        message_id=mail.message_id,
        subject=mail.subject,
        files=sendable(kept(mail, guarded.incoming.entry.sha256, seen)),
        carried=below(mail),
        signature=mail.signature,
        below=block.below,
        known=snapshot,
        again=guarded.incoming.entry.previous in (Verdict.APPENDED, Verdict.COMMAND),
    )


def _done(threaded: Threaded, said: Said, block: CommandBlock, desk: Desk, mint: Mint) -> Decision:
    """What follows, with the transcript; of a dry run the transcript alone."""
    mail, ticket, agent, planned = threaded.guarded.incoming.mail, said.before, said.agent, said.plan
    effects, sent = consequences(said, desk, mint)
    if planned.dry:
        return _dry(threaded, said, effects, sent, desk, mint)
    stands = planned.anew or ticket
    whom = inside.strangers(mail, stands, desk)
    if whom:
        planned = replace(planned, done=(*planned.done, *inside.warned(stands, whom)))
        event, steps = inside.kept_out(stands, whom, agent.name)
        effects, threaded = [*effects, *event], replace(threaded, trace=(*threaded.trace, *steps))
    if block.commands or whom:
        merged = part_of(said, desk)
        transcript = mails.transcript(
            stands, agent, mint(), said.occasion, planned, sent, mail.message_id, merged, desk=desk,
            inside=_stays_inside(threaded.guarded, said, stands),
        )  # fmt: skip
        effects.append(transcript)
    verbs = ", ".join(item.line for item in planned.done if item.line.startswith("#"))
    kept_inside = "kept inside" if said.speaks and said.internal else ""
    reason = "; ".join(filter(None, (verbs, kept_inside, *(f"{s['what']} went to {s['to']}" for s in sent))))
    verdict = Verdict.APPENDED if said.speaks else Verdict.COMMAND
    return end(threaded, verdict, reason or "nothing to do", stands, effects)


def _dry(
    threaded: Threaded, said: Said, effects: list[Effect], sent: list[dict[str, str]], desk: Desk, mint: Mint
) -> Decision:
    """Nothing is done: its author reads what would have been, with the words that would leave."""
    mail = threaded.guarded.incoming.mail
    threaded = replace(threaded, trace=(*threaded.trace, DRY))
    transcript = mails.transcript(
        said.before, said.agent, mint(), said.occasion, said.plan, sent, mail.message_id, desk=desk,
        previews=previews(said, effects, desk), inside=_stays_inside(threaded.guarded, said, said.before),
    )  # fmt: skip
    transcript = replace(transcript, facts=unnumbered(transcript.facts))
    verbs = ", ".join(item.line for item in said.plan.done if item.line.startswith("#"))
    would = ", ".join(f"{one['what']} would go to {one['to']}" for one in sent)
    reason = unnumbered("; ".join(filter(None, (f"a dry run, nothing is done: {verbs}", would))))
    return end(threaded, Verdict.COMMAND, reason, said.before, (transcript,))


def _is_public(threaded: Threaded, ticket: Ticket, block: CommandBlock) -> bool:
    """Whether the words below the verbs would go to the customer."""
    files = bool(threaded.guarded.incoming.mail.attachments)
    return ticket.is_reachable and not _is_note(threaded.guarded) and goes_out(block, files=files)


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
        return ask(threaded, None, agent, [f"a new escalation: {subject}"], desk, mint)
    return end(threaded, Verdict.HELD_UNVERIFIED, wish.why, None)


def _whom(ticket: Ticket, said: Said, desk: Desk, snapshot: Snapshot) -> str:
    """What somebody agrees to beside the words: which ticket, and who would read them."""
    readers = [ticket.requester, *(person.address for person in participants.readers(ticket, snapshot))]
    return f"{desk.reference(ticket.ref)}, read by {', '.join(readers) if said.public else 'us alone'}"


def _stays_inside(guarded: Guarded, said: Said, ticket: Ticket) -> bool:
    """Whether what answers the transcript stays inside: its mail did, or was for the desk alone."""
    kept_inside = said.internal and (said.speaks or _is_note(guarded) or by_command(guarded))
    return kept_inside and ticket.is_reachable


def _is_note(guarded: Guarded) -> bool:
    """Whether it came to an address whose mail stays inside."""
    return guarded.key is not None and guarded.key.audience in ("note", keys.COMMANDS)


def _words(words: str, agent: Agent, desk: Desk) -> str:
    return words if desk.show_names != "none" else unsigned(words, agent)
