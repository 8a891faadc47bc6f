"""Guard: is it for us, have we had it, is it a robot or ourselves, and how far is its author proven?

In: an `Incoming`. Out: a `Guarded`, or the decision that ends the mail here. It never decides by Message-ID alone and
never takes a word from a header that the border did not write.
"""

from __future__ import annotations

from gateway.rules import acknowledge, keys, mails, trust
from gateway.rules.calls import answering
from gateway.rules.case import RECORDED, Guarded, Incoming, Mint, conclude
from gateway.rules.desk import Agent, Desk, DeskAddress
from gateway.stages.guard.asked import answered
from gateway.stages.guard.copies import duplicate, seen_before
from gateway.stages.guard.refused import shut_out, turned_away
from gateway.stages.guard.returned import bounced, came_back
from gateway.stages.guard.tested import came_round, confirmed
from parsing.address import normalise, split_detail
from parsing.command import commands
from parsing.message import Kind, ParsedMail
from store.records import (
    ANONYMOUS,
    Decision,
    Effect,
    Person,
    ReplyKey,
    Role,
    Step,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot

MAX_HOPS = 50
"""Received headers after which a mail goes in circles (Postfix: hopcount_limit)."""


def guard(incoming: Incoming, desk: Desk, snapshot: Snapshot, mint: Mint) -> Guarded | Decision:
    """Say whose mailbox, which author, which trust; or stop."""
    ours = our_mailboxes(incoming, desk)
    if not ours:
        return conclude(incoming, Verdict.NOT_ADDRESSED_TO_US, "no recipient is an address of this desk", ())
    mailbox, *others = ours
    trace: tuple[Step, ...] = (Step(stage="guard", what=f"for {mailbox.canonical}", why="recipient of the envelope"),)
    ended = _ended(incoming, mailbox, desk, snapshot, mint, trace)
    if ended is not None:
        return ended
    mail = incoming.mail
    author = normalise(mail.from_.address) if mail.from_ else ""
    key, no_key = _key(incoming, ours, desk, snapshot)
    if incoming.unreadable and key is not None and key.role is Role.AGENT:
        key, no_key = None, "nobody can read whose mail it is"  # it is lost nowhere: a stub ticket, as at any mailbox
    if no_key:
        trace = (*trace, Step(stage="guard", what="the secret address that it came to counts for nothing", why=no_key))
    is_aligned, evidence = trust.aligned(mail, incoming.entry.envelope, desk, incoming.entry.evidence)
    if incoming.entry.released and not is_aligned:
        is_aligned, evidence = True, "an operator released it"
    is_keyed = key is not None and key.person == author and not mail.from_defect
    level = trust.level(is_aligned, is_keyed)
    agent = desk.agents.get(author)
    robot = _is_robot(incoming, agent, snapshot)
    guarded = Guarded(
        incoming=incoming,
        mailbox=mailbox,
        others=tuple(others),
        author=Person(
            address=author or normalise(incoming.entry.envelope.sender) or ANONYMOUS + desk.domain,
            name=mail.from_.name if mail.from_ else "",
            language=mail.language,
        ),
        agent=agent,
        key=key,
        trust=level,
        robot=robot,
        unanswered=acknowledge.silence(mail, incoming.entry.envelope, author, desk),
        trace=(
            *trace,
            Step(stage="guard", what=f"kind {mail.kind.value}", why="; ".join(mail.kind_reasons)),
            *trust.ignored(mail, incoming.entry.envelope, desk),
            Step(stage="guard", what=f"trust {level.value}", why=evidence + ("; reply key" if key else "")),
        ),
    )
    ended = (
        shut_out(guarded, desk, mint)
        or answered(guarded, desk, snapshot, mint)
        or confirmed(guarded, snapshot)
        or turned_away(guarded, desk, snapshot, mint)
    )
    if ended is not None:
        return ended
    held = _held(guarded)
    if held:
        return conclude(
            incoming,
            Verdict.HELD_UNVERIFIED,
            held,
            guarded.trace,
            mailbox=mailbox.canonical,
            trust=level,
            ticket=(key.ticket or None) if key else None,
            effects=(*_told(guarded, held, desk, mint), *_warned(guarded, desk, snapshot, mint)),
        )
    return guarded


def _told(guarded: Guarded, why: str, desk: Desk, mint: Mint) -> tuple[Effect, ...]:
    """The colleague in whose name a mail claims to be learns of it: within the budget of what nothing proves, and not
    again when the mail is looked at again."""
    incoming, agent = guarded.incoming, guarded.agent
    silent = acknowledge.silence(incoming.mail, incoming.entry.envelope, guarded.author.address, desk)
    if agent is None or silent or incoming.entry.previous is not None:
        return ()
    mailbox, number = guarded.mailbox.canonical, str(incoming.entry.id)
    mail = mails.unproven(mailbox, agent, mint(), number, f"A mail in your name came to {mailbox}: {why}.")
    return (mail,)


def _warned(guarded: Guarded, desk: Desk, snapshot: Snapshot, mint: Mint) -> tuple[Effect, ...]:
    """The colleague whose secret reply address somebody else came with learns that it is in other hands: within the
    budget, once a mail, and without a word of whoever it was."""
    key, incoming = guarded.key, guarded.incoming
    owner = desk.agents.get(key.person) if key and keys.is_staffs(key, guarded.author.address) else None
    if key is None or owner is None or incoming.entry.previous is not None:
        return ()
    if key.audience == keys.COMMANDS:
        mailbox = guarded.mailbox.canonical
        return (mails.commands_in_other_hands(mailbox, owner, mint(), str(incoming.entry.id)),)
    ticket = snapshot.tickets.get(key.ticket)
    if ticket is None:
        return ()
    return (mails.in_other_hands(desk, ticket, owner, mint(), str(incoming.entry.id)),)


def our_mailboxes(incoming: Incoming, desk: Desk) -> list[DeskAddress]:
    """Which of our mailboxes the envelope names, each once; the first of them in To comes first and owns the mail."""
    found: dict[str, DeskAddress] = {}
    for recipient in incoming.entry.envelope.recipients:
        address = desk.addresses.get(split_detail(normalise(recipient))[0])
        if address is not None:
            found.setdefault(address.canonical, address)
    for mailbox in incoming.mail.to:
        named = desk.addresses.get(split_detail(normalise(mailbox.address))[0])
        if named is not None and named.canonical in found:
            first = found.pop(named.canonical)
            return [first, *found.values()]
    return list(found.values())


def _ended(
    incoming: Incoming, mailbox: DeskAddress, desk: Desk, snapshot: Snapshot, mint: Mint, trace: tuple[Step, ...]
) -> Decision | None:
    """The ends that need no trust: loops, duplicates, bounces."""
    mail = incoming.mail
    reports = mail.kind in (Kind.BOUNCE, Kind.DELAY) and not seen_before(incoming, mailbox, snapshot)
    if reports and (not mail.judged_by_words or came_back(incoming, desk, snapshot)):
        return bounced(incoming, mailbox, desk, snapshot, mint, trace)
    if not incoming.entry.released and (why := _circle(incoming, desk, snapshot)):
        return came_round(incoming, mailbox, desk, snapshot, trace) or _loop(incoming, mailbox, why, trace)
    seen = seen_before(incoming, mailbox, snapshot)
    return duplicate(incoming, mailbox, seen, trace, desk, snapshot, mint) if seen else None


def _circle(incoming: Incoming, desk: Desk, snapshot: Snapshot) -> str:
    """Why it is our own mail that came round; empty where it is not. An operator's word is that it is not."""
    mail = incoming.mail
    if mail.message_id and mail.message_id in snapshot.ours:
        return "its Message-ID is one of ours: our own mail came back"
    if mail.received_count > MAX_HOPS:
        return f"{mail.received_count} Received headers: it goes in circles"
    claimed = mail.from_.address if mail.from_ is not None else incoming.entry.envelope.sender
    if claimed and split_detail(normalise(claimed))[0] in desk.addresses:
        return "it claims to come from one of our own addresses"
    return ""


def _loop(incoming: Incoming, mailbox: DeskAddress, why: str, trace: tuple[Step, ...]) -> Decision:
    return conclude(incoming, Verdict.LOOP_SUPPRESSED, why, trace, mailbox=mailbox.canonical)


def _key(incoming: Incoming, ours: list[DeskAddress], desk: Desk, snapshot: Snapshot) -> tuple[ReplyKey | None, str]:
    """The valid reply key in the envelope; an unknown, expired or revoked one counts as none, and only the trace says
    which it was. The address of a question is no reply key. A ticket's key goes before a personal command address."""
    prints = keys.fingerprints(incoming.entry.envelope.recipients)
    key, why = keys.presented((p for p in prints if p not in snapshot.confirmations), snapshot.keys, incoming.now)
    if key is not None or not prints or all(mailbox.kind != "commands" for mailbox in ours):
        return key, why
    staff = [person for address in desk.agents if (person := snapshot.people.get(address)) is not None]
    whose, lapsed = keys.commanding(prints, desk.secret, staff, incoming.now)
    if not whose:
        return None, lapsed or why
    return ReplyKey(ticket=0, person=whose, role=Role.AGENT, audience=keys.COMMANDS), ""


def _is_robot(incoming: Incoming, agent: Agent | None, snapshot: Snapshot) -> bool:
    """Whether the mail is kept beside its ticket and moves nothing. A colleague who gives a command is none, though he
    may do so with the words of an absence note."""
    mail = incoming.mail
    if agent is not None and mail.judged_by_words and commands(mail.reply).looks_like_command:
        return False
    return mail.kind in RECORDED or _is_reply(mail, snapshot)


def _is_reply(mail: ParsedMail, snapshot: Snapshot) -> bool:
    """Whether a calendar answers, and no person: by its method, or by whose entry it is about."""
    if mail.calendar is None or not answering.is_answer(mail):
        return False
    if mail.kind is Kind.CALENDAR and mail.calendar.method in ("REPLY", "COUNTER", "REFRESH"):
        return True
    ours = answering.uid_of(mail) in snapshot.uids
    return ours and (mail.kind is Kind.CALENDAR or (mail.kind is Kind.HUMAN and not mail.reply.strip()))


def _held(guarded: Guarded) -> str:
    """Why a mail that claims to be staff, or that carries a staff key, waits for an operator."""
    entry = guarded.incoming.entry
    if guarded.robot or entry.envelope.history or entry.released:
        return ""
    if guarded.agent is not None and guarded.trust is Trust.D:
        return f"it claims to be {guarded.agent.name}, and nothing proves it"
    key = guarded.key
    if key is not None and key.role is Role.AGENT and (guarded.agent is None or key.person != guarded.author.address):
        return "the reply address belongs to a member of staff who is not the author"
    return ""
