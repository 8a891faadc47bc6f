"""On behalf: a colleague begins a ticket for a customer, or forwards what a customer wrote to them alone.

In: a proven colleague's mail. Out: the `Decision`, or None where it is neither. A customer hears of a ticket that was
begun for them only where the colleague says so (`#notify`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.rules import behalf as rules
from gateway.rules import mails, participants, triage
from gateway.rules.acknowledge import zone_of
from gateway.rules.behalf import Behalf
from gateway.rules.case import Mint, Sorted, Threaded
from gateway.rules.change import alarm, became
from gateway.rules.desk import Agent, Desk
from gateway.rules.files import kept
from gateway.rules.intake import asking, confidence, following, forgetting
from gateway.rules.intake.confidence import Cover
from gateway.rules.intake.gathering import gather
from gateway.rules.mails.history import shown
from gateway.rules.notices import notice
from gateway.rules.rights import Action, Outcome
from gateway.rules.speech import promised
from gateway.rules.speech.rehearsing import unnumbered
from gateway.rules.speech.unheard import below
from gateway.rules.staff import Said, consequences, intended, unsigned, words_of
from gateway.rules.topics import told as told_topic
from gateway.rules.verbs import Done, Errand, Plan, Planned, Refused, may_act
from gateway.rules.verbs.behalf import FOR
from gateway.rules.verbs.overview import may_look
from gateway.stages.act.held import UNKEYED, ask, changed_since, furthest, hold
from gateway.stages.act.history import end, facts_of, occasion
from parsing.command import CommandBlock, commands
from parsing.message import Kind, ParsedMail
from store.records import (
    AddEvent,
    AddMessage,
    Decision,
    Direction,
    Effect,
    Join,
    Link,
    Message,
    OpenTicket,
    Person,
    Role,
    SendMail,
    Step,
    Ticket,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot

FORWARDED = "a forward: no more is done by it than the customer's own mail would do"


def behalf(sorted_: Sorted, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision | None:
    """What of it is begun for a customer; None when nothing is."""
    threaded = sorted_.threaded
    guarded = threaded.guarded
    agent, mail = guarded.agent, guarded.incoming.mail
    keyed = guarded.key is not None and guarded.key.ticket != 0
    if agent is None or guarded.robot or keyed or mail.kind is not Kind.HUMAN:
        return None
    block = commands(mail.reply)
    wish = rules.wished(block.commands, mail, desk)
    if wish is None and threaded.ticket is None:
        wish = rules.bare(mail)
    if wish is None or (block.looks_like_command and not block.commands):
        return None
    named = any(command.verb.lower() == FOR for command in block.commands)
    forwards = guarded.mailbox.kind == "support" or (guarded.mailbox.kind == "commands" and not block.commands)
    if not named and not forwards:  # a colleague's own escalation, or a command
        return None
    if isinstance(wish, Refused):
        return hold(threaded, None, agent, wish, desk, mint)
    if guarded.mailbox.kind == "staff":
        nearest = f"send it to {rules.house(sorted_, desk).canonical}"
        why = Refused(reason="an escalation is nobody's outside", nearest=nearest, of_verbs=False)
        return hold(threaded, None, agent, why, desk, mint)
    found = threaded.ticket
    if found is not None and not wish.named and _is_theirs(wish, found, snapshot):
        return _joined(threaded, wish, found, agent, block, desk, snapshot, mint)
    return _begun(sorted_, wish, agent, block, desk, snapshot, mint)


def _is_theirs(wish: Behalf, ticket: Ticket, snapshot: Snapshot) -> bool:
    """Whether what was forwarded was written by somebody who is on this ticket."""
    kinds = snapshot.participants.get(ticket.ref, {})
    return wish.person.address == ticket.requester or kinds.get(wish.person.address) in participants.MEMBERS


def _begun(
    sorted_: Sorted, wish: Behalf, agent: Agent, block: CommandBlock, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision:
    """The customer's ticket, with all that was said of it; or nothing of it."""
    threaded = replace(sorted_.threaded, trace=sorted_.trace)
    if threaded.ticket is not None:
        sorted_ = rules.sorted_anew(sorted_, desk)
    guarded = threaded.guarded
    now = guarded.incoming.now
    person = _known(wish.person, snapshot)
    ticket = rules.begun(sorted_, wish, snapshot.next_ref(), snapshot.people.get(person.address), desk, now)
    gathered = gather(
        guarded.incoming.mail, ticket, person.address, desk, guarded.incoming.entry.envelope.received_at, opens=True
    )
    cover = confidence.cover(gathered.secrets, desk)
    ticket = replace(ticket, subject=_subject(guarded.incoming.mail, wish, cover))
    ticket, learnt = asking.taken(ticket, gathered, desk)
    ticket = following.settled(ticket, now)
    threaded = replace(threaded, trace=(*threaded.trace, *gathered.steps))
    planned = intended(wish.rest, ticket, desk, agent, now, snapshot, speaks=False)
    if not isinstance(planned, Refused) and wish.rest and not may_act(agent, ticket):
        reason = f"{agent.name} works neither in team {ticket.team} nor as a lead: the ticket is all they can begin"
        planned = Refused(reason=reason, nearest=f"#for {person.address} alone", of_verbs=False)
    if not isinstance(planned, Refused):
        planned = rules.too_early(planned, wish) or rules.untold(guarded.incoming.mail, wish, desk) or planned
    if isinstance(planned, Refused):
        return hold(threaded, None, agent, planned, desk, mint)
    whose = f"{person.address}, {'told of it' if wish.notify else 'who is told nothing'}"
    wanted = {Action.ESCALATE, *(planned.actions - {Action.SPEAK, Action.LOOK})}
    wish_ = furthest(guarded, wanted, agent)
    threaded = replace(threaded, trace=(*threaded.trace, wish_.step))
    if wish_.outcome is Outcome.REFUSED:
        return hold(threaded, None, agent, _refused(guarded.trust), desk, mint, Verdict.HELD_UNVERIFIED)
    if wish_.outcome is Outcome.CONFIRM:
        asked = [command.line for command in block.commands] or [f"a forward: a new ticket of {person.address}"]
        return ask(threaded, None, agent, asked, desk, mint, whose, for_somebody=True)
    changed = changed_since(guarded, whose)
    if changed:
        return hold(threaded, None, agent, Refused(reason=changed, nearest="send it again"), desk, mint)
    told: tuple[Effect, ...] = (*learnt, *forgetting.timers(ticket.ref, gathered.secrets, desk, now))
    made = _made(threaded, wish, person, ticket, told, planned, agent, block, desk, snapshot, mint)
    return cover.kept(made)


def _subject(mail: ParsedMail, wish: Behalf, cover: Cover) -> str:
    """What it is called, without the words of sensitive facts: they are taken out before it is shortened."""
    carried = wish.forwarded
    if carried is not None:
        carried = replace(carried, subject=cover.over(carried.subject), text=cover.over(carried.text))
    return rules.subject(replace(mail, subject=cover.over(mail.subject)), replace(wish, forwarded=carried))


def _refused(trust: Trust) -> Refused:
    if trust is Trust.C:
        reason = "It came to an address that only you know, but no mail server vouches that you sent it."
        return Refused(reason=reason, nearest="send it from your own mail program", of_verbs=False)
    return Refused(reason=UNKEYED, nearest="send it to your own address for commands", of_verbs=False)


def _known(person: Person, snapshot: Snapshot) -> Person:
    """Whom we know by a name keeps it: what a forward calls them is a claim."""
    known = snapshot.people.get(person.address)
    return known if known is not None and (known.name or not person.name) else person


def _made(
    threaded: Threaded, wish: Behalf, person: Person, ticket: Ticket, learnt: Sequence[Effect], planned: Plan,
    agent: Agent, block: CommandBlock, desk: Desk, snapshot: Snapshot, mint: Mint,
) -> Decision:  # fmt: skip
    """The rows and mails of a new ticket; `learnt` is what is told of the facts that it comes with."""
    guarded = threaded.guarded
    mail, now, first = guarded.incoming.mail, guarded.incoming.now, ticket
    files = kept(mail, guarded.incoming.entry.sha256, set())
    quoted = rules.quoted(wish, agent.full_name, now, files)
    words = _words(words_of(block), agent, desk)
    note = _note(threaded, agent, words, () if quoted is not None else files)
    if note is not None and quoted is None:
        note = replace(note, forwarded=below(mail))
    linked = [(threaded.ticket.ref, "mentioned")] if threaded.ticket is not None else []
    links = [*threaded.links, *(one for one in linked if one not in threaded.links)]
    detail = {"via": guarded.mailbox.canonical, "source": "internal", "by": agent.name, "for": person.address}
    said = _said(threaded, ticket, agent, planned, person, snapshot)
    followed, sent = consequences(said, desk, mint)
    ticket = became(ticket, followed)
    effects: list[Effect] = [
        OpenTicket(ticket=first, requester_name=person.name),
        *(AddMessage(ticket=ticket.ref, message=one) for one in (quoted, note) if one is not None),
        AddEvent(ticket=ticket.ref, kind="created", actor=agent.name, detail=detail),
        *learnt,
        *(Link(ticket=ticket.ref, other=other, kind=kind) for other, kind in links),
        Join(ticket=ticket.ref, person=Person(address=agent.address, name=agent.full_name), kind=participants.AGENT),
        *alarm(first, desk, now),
        *promised.begun(first, desk, now),
        *followed,
    ]
    if wish.notify:
        effects += _acknowledged(ticket, person, mint(), desk, guarded.trust)
        sent.append({"to": notice.destination(person), "what": "the acknowledgement"})
    told = notice.told(desk, ticket, agent.address)
    card = triage.card(ticket, desk, quoted.text if quoted is not None else words, mail.attachments)
    facts = facts_of(
        desk, ticket, "new", guarded, snapshot, f"{agent.full_name} began it for {notice.whole(person)}", links
    )
    whom = {"requester": notice.whole(person), "requester_name": notice.destination(person)}
    facts = {**facts, "words": words, "card": card, **whom}
    effects += mails.notices(ticket, told, mint, occasion(guarded), facts)
    done = (_line(wish, person, ticket, desk), *planned.done)
    transcript = mails.transcript(
        ticket, agent, mint(), occasion(guarded), replace(planned, ticket=ticket, done=done), sent, mail.message_id,
        desk=desk,
    )  # fmt: skip
    reason = f"{'#for' if wish.named else 'a forward'}: a new ticket of {person.address}"
    if planned.dry:
        rehearsed = Errand(
            done=tuple(Done(line=one.line, before=one.before, after=one.after, dry=True) for one in done)
        )
        shown = mails.run(desk, guarded.mailbox.canonical, agent, mint(), occasion(guarded), rehearsed, mail)
        shown = replace(shown, facts=unnumbered(shown.facts))
        return end(threaded, Verdict.COMMAND, f"a dry run, nothing is done: {reason}", None, (shown,))
    return end(threaded, Verdict.TICKET_CREATED, reason, ticket, (*effects, transcript))


def _line(wish: Behalf, person: Person, ticket: Ticket, desk: Desk) -> Planned:
    """What the transcript says of the beginning."""
    heard = "they get the acknowledgement" if wish.notify else "they are told nothing (#notify tells them)"
    after = f"{desk.reference(ticket.ref)} of {notice.whole(person)}; {heard}"
    return Planned(
        ticket=ticket, line=f"#for {person.address}" if wish.named else "your forward", before="your mail", after=after
    )


def _words(words: str, agent: Agent, desk: Desk) -> str:
    return words if desk.show_names != "none" else unsigned(words, agent)


def _note(threaded: Threaded, agent: Agent, words: str, files: Sequence[object]) -> Message | None:
    """The colleague's own words stay inside."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if not words and not files:
        return None
    return Message(
        at=guarded.incoming.now,
        direction=Direction.NOTE,
        role=Role.AGENT,
        from_name=agent.full_name,
        from_address=agent.address,
        subject=mail.subject,
        message_id=mail.message_id,
        text=words,
        trust=guarded.trust.value,
        files=tuple(files),  # type: ignore[arg-type]
    )


def _said(
    threaded: Threaded, ticket: Ticket, agent: Agent, planned: Plan, requester: Person, snapshot: Snapshot
) -> Said:
    """What the verbs do to a ticket that has just begun: nothing of it reaches the customer."""
    guarded = threaded.guarded
    return Said(
        before=ticket,
        agent=agent,
        plan=planned,
        words="",
        internal=True,
        occasion=occasion(guarded),
        now=guarded.incoming.now,
        requester=requester,
        recent=(),
        trust=guarded.trust,
        message_id=guarded.incoming.mail.message_id,
        known=snapshot,
    )


def _acknowledged(
    ticket: Ticket, person: Person, message_id: str, desk: Desk, trust: Trust
) -> tuple[SendMail, AddMessage]:
    """What the customer gets of it, as if they had written themselves."""
    topic = told_topic(ticket.topic, ticket.subtopic, ticket.language, desk)
    zone = zone_of(desk, person.address)
    mail = mails.acknowledgement(ticket, person, trust, message_id, "", ticket.response_due, "", zone, topic=topic)
    return mail, shown(mail, ticket, ticket.created_at)


def _joined(
    threaded: Threaded, wish: Behalf, ticket: Ticket, agent: Agent, block: CommandBlock, desk: Desk,
    snapshot: Snapshot, mint: Mint,
) -> Decision:  # fmt: skip
    """What a customer of this ticket wrote to a colleague alone joins it as a note, with the words."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if block.commands:
        reason = f"{block.commands[0].line}: verbs are said in answer to a mail of {desk.reference(ticket.ref)}"
        why = Refused(reason=reason, nearest="the forward alone", of_verbs=False)
        return hold(threaded, ticket, agent, why, desk, mint, shown=may_look(agent, ticket))
    step = Step(stage="rights", what="a forward: a note inside", why=FORWARDED)
    threaded = replace(threaded, trace=(*threaded.trace, step))
    words = _words(words_of(block), agent, desk)
    seen = snapshot.files.get(ticket.ref, set())
    files = kept(mail, guarded.incoming.entry.sha256, seen)
    note = _note(threaded, agent, words, files)
    base = note or replace(_blank(threaded, agent), files=())
    shown = replace(base, forwarded=mail.forwarded)
    change = f"{agent.full_name} forwarded what {notice.destination(wish.person)} wrote"
    facts = facts_of(desk, ticket, "note", guarded, snapshot, change)
    facts = {**facts, "words": words}
    told = notice.told(desk, ticket, agent.address)
    effects: list[Effect] = [
        AddMessage(ticket=ticket.ref, message=shown),
        AddEvent(ticket=ticket.ref, kind="noted", actor=agent.name, detail={"forwarded": wish.person.address}),
        Join(ticket=ticket.ref, person=Person(address=agent.address, name=agent.full_name), kind=participants.AGENT),
        *mails.notices(ticket, told, mint, occasion(guarded), facts),
    ]
    made = end(threaded, Verdict.APPENDED, f"a forward of {wish.person.address}: kept inside", ticket, effects)
    return confidence.cover((), desk).kept(made)


def _blank(threaded: Threaded, agent: Agent) -> Message:
    mail = threaded.guarded.incoming.mail
    return Message(
        at=threaded.guarded.incoming.now,
        direction=Direction.NOTE,
        role=Role.AGENT,
        from_name=agent.full_name,
        from_address=agent.address,
        subject=mail.subject,
        message_id=mail.message_id,
        trust=threaded.guarded.trust.value,
    )
