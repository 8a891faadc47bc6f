"""One mail's way through the rules, readable from top to bottom.

In: mails that a reader has read. Out: one `Decision` each. `_digest` is the whole of replydesk; `settle` runs it
over a batch on one snapshot, so that the second mail of a conversation already sees the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from gateway.rules import admission, behalf, budget, echo, keys, participants, serving, trust
from gateway.rules.calls import answering as answers
from gateway.rules.calls import words
from gateway.rules.case import Guarded, Incoming, Mint, answering, mentioned_ids
from gateway.rules.desk import Desk
from gateway.rules.notices import audience, kinship
from gateway.rules.verbs import named, questions, schedules
from gateway.rules.verbs.course import undoes
from gateway.rules.verbs.ownership import ranks, weighs
from gateway.stages.act.dispatch import act
from gateway.stages.act.tracker import tracked
from gateway.stages.complete import complete
from gateway.stages.echo import listen, remembered
from gateway.stages.guard.copies import copy_of
from gateway.stages.guard.entrance import guard, our_mailboxes
from gateway.stages.guard.returned import reported
from gateway.stages.meter import meter
from gateway.stages.recall import recall
from gateway.stages.sort import sort
from gateway.stages.thread import thread
from parsing.address import normalise
from parsing.command import commands
from parsing.message import Kind
from parsing.subject import references
from store.kinship import Seeking
from store.lookup import load
from store.records import Decision, UseKey, Verdict
from store.snapshot import Snapshot, Wanted


def digest(incoming: Incoming, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """What one mail means to this desk, and what it takes from the rates of mail that its sender may bring."""
    decision = meter(_digest(incoming, desk, snapshot, mint), _author(incoming), desk, snapshot, mint, incoming.now)
    if decision.trust is None or decision.verdict in admission.REFUSED:
        return decision
    counted = admission.counted(incoming, decision.trust, desk)
    return replace(decision, effects=(*decision.effects, *counted)) if counted else decision


def _digest(incoming: Incoming, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A stage that can already tell returns the decision."""
    guarded = guard(incoming, desk, snapshot, mint)
    if isinstance(guarded, Decision):
        return guarded
    followed = tracked(guarded, desk, snapshot, mint) if desk.handoffs else None
    if followed is not None:
        return _used(guarded, followed, desk)
    threaded = thread(guarded, desk, snapshot)
    if isinstance(threaded, Decision):
        return threaded
    heard = listen(recall(threaded, snapshot), incoming, desk, snapshot)
    if isinstance(heard, Decision):
        return heard
    decision = act(complete(sort(heard, desk), desk, snapshot), desk, snapshot, mint)
    if desk.quiet:
        decision = audience.passed_over(decision, heard.ticket, desk, guarded.author.address)
    said = remembered(heard, incoming, desk, snapshot)
    return _used(guarded, replace(decision, effects=(*decision.effects, *said)) if said else decision, desk)


def _author(incoming: Incoming) -> str:
    """Whom the mail claims to be from: the one From, or else the reverse-path."""
    mail = incoming.mail
    return normalise(mail.from_.address if mail.from_ else incoming.entry.envelope.sender)


_HELD = frozenset({Verdict.HELD_UNVERIFIED, Verdict.HELD_COMMAND})


def _used(guarded: Guarded, decision: Decision, desk: Desk) -> Decision:
    """A reply key that its own person has come with lives on; mostly it has lost too little of its life to say so."""
    key, now = guarded.key, guarded.incoming.now
    if key is None or key.person != guarded.author.address or decision.verdict in _HELD:
        return decision
    if key.audience == keys.COMMANDS:  # whatever it asked for is answered, and that answer prolongs it
        return decision
    if not keys.is_worn(key.expires_at, now, desk.key_life):
        return decision
    return replace(decision, effects=(*decision.effects, UseKey(hash=key.hash, until=now + desk.key_life)))


def settle(
    connection: Connection, batch: Sequence[Incoming], desk: Desk, mint: Mint
) -> tuple[list[Decision], Snapshot]:
    """Decide a batch in order; each decision is laid over the snapshot before the next mail is looked at.

    The caller writes what is decided: until then nobody else decides about the same senders, mails and tickets.
    """
    if not batch:
        return [], Snapshot()
    snapshot = load(connection, wanted(batch, desk), lock=True)
    desk = desk.as_of(snapshot.people, batch[0].now)
    decisions = []
    for incoming in batch:
        decision = digest(incoming, desk, snapshot, mint)
        seen = copy_of(incoming, decision.mailbox, decision.ticket, decision.verdict)
        snapshot.overlay(decision, seen if incoming.mail.content_hash else None)
        decisions.append(decision)
    return decisions, snapshot


def wanted(batch: Sequence[Incoming], desk: Desk) -> Wanted:
    """Everything that these mails mention and the store may know."""
    want = Wanted(addresses=set(desk.agents))
    for incoming in batch:
        mail = incoming.mail
        want.senders.add(_author(incoming))
        want.message_ids.update(mentioned_ids(mail))
        want.own_message_ids.add(mail.message_id)
        if mail.message_id:
            want.message_ids.add(mail.message_id)
        if mail.bounce is not None and mail.bounce.original_message_id:
            want.message_ids.add(mail.bounce.original_message_id)
        if mail.content_hash:
            want.content_hashes.add(mail.content_hash)
        asked = answering(incoming)
        want.answering.add(asked)
        want.key_hashes.update(asked.key_hashes)
        want.numbers.update(references(mail.subject, (desk.prefix,)))
        if mail.foreign_references:
            want.foreign.update(participants.foreign(mail, desk))
        if mail.from_ is not None and normalise(mail.from_.address) in desk.agents:
            said = commands(mail.reply).commands
            _want_for(want, behalf.named(said, mail))
            want.numbers.update(named(said, desk))
            _want_answers(want, incoming, desk)
            want.loads = incoming.now if weighs(said, desk) else want.loads
            want.places = incoming.now if ranks(said) else want.places
            want.stories = want.stories or undoes(said)
            want.calls = incoming.now if schedules(said) else want.calls
        want.outbox_ids.update(reported(incoming, desk))
        _want_calls(want, incoming, desk)
        _want_kin(want, incoming, desk)
        _want_admission(want, incoming, desk)
        _want_budgets(want, incoming, desk)
    most = len(batch) * (len(desk.agents) + len(desk.operators) + 2)
    want.in_turn = lambda spent: budget.is_near(desk.budgets, spent, most, batch[0].now)
    want.addresses |= want.senders
    return want


def _want_answers(want: Wanted, incoming: Incoming, desk: Desk) -> None:
    """What verbs that look are answered with, where their author is proven: whom nothing proves costs no search."""
    entry, said = incoming.entry, commands(incoming.mail.reply).commands
    if not said or not (entry.released or trust.aligned(incoming.mail, entry.envelope, desk, entry.evidence)[0]):
        return
    served = 0
    if _asks_for_next(incoming, desk):
        had = serving.had(entry)
        served = entry.id if had is None else 0
        want.numbers.update({had} if had is not None else ())
    want.questions |= questions(said, desk, desk.agents[_author(incoming)], incoming.now, served)


def _asks_for_next(incoming: Incoming, desk: Desk) -> bool:
    """Whether somebody writes `#take` of no ticket, to the address for commands."""
    return serving.is_asked(commands(incoming.mail.reply)) and any(
        mailbox.kind == "commands" for mailbox in our_mailboxes(incoming, desk)
    )


def _want_kin(want: Wanted, incoming: Incoming, desk: Desk) -> None:
    """What a mail that may open a ticket is akin to: for our own people's notice of it."""
    mail, author = incoming.mail, _author(incoming)
    if mail.kind is not Kind.HUMAN or incoming.entry.envelope.history or author in desk.agents:
        return
    house, asked = kinship.house(desk, author), answering(incoming)
    names = (author, house) if house != author else (author,)
    topic = mail.topics[0].topic if mail.topics else ""
    want.seeking.append(Seeking(names, topic, tuple(mentioned_ids(mail)), asked.key_hashes))


def _want_calls(want: Wanted, incoming: Incoming, desk: Desk) -> None:
    """What is promised, where the mail may book, move or end a call, and the entry of a calendar that it is about. Most
    mail says nothing of calls, and looks nothing up for them."""
    mail = incoming.mail
    if incoming.entry.envelope.history:
        return
    if uid := answers.uid_of(mail):
        want.uids.add(uid)
    if answers.may_answer(mail) or words.touches(mail, desk):
        want.calls = incoming.now


def _want_for(want: Wanted, whom: Iterable[str]) -> None:
    """Whom a colleague may begin a ticket for: who they are, and what may be sent to them."""
    for address in whom:
        want.addresses.add(address)
        want.budgets.update(budget.of_person(address))


def _want_budgets(want: Wanted, incoming: Incoming, desk: Desk) -> None:
    """What may be sent to the author, to the requester of the author's ticket and to everybody; and whether the author
    has said the same before."""
    author = _author(incoming)
    want.budgets.update(budget.names(author, incoming.now))
    if author in desk.agents:
        want.budgets.add(budget.untold(author))
    if echo.may_answer(incoming, desk):
        want.budgets.update(echo.names(author, incoming.mail))
    want.budgets_of = budget.of_ticket
    want.budgets_to = budget.of_person
    since = budget.since(incoming.now)
    want.budgets_since = min(since, want.budgets_since or since)


def _want_admission(want: Wanted, incoming: Incoming, desk: Desk) -> None:
    """Blocks of every sender; rates, and whether operators were told, of those who may be turned away for them."""
    mail = incoming.mail
    want.blocks |= admission.blockable(mail, incoming.entry.envelope)
    rates = admission.rates(incoming, desk)
    if rates:
        want.rates.update(rates)
        since = admission.since(admission.came_at(incoming))
        want.rates_since = min(since, want.rates_since or since)
    if rates or mail.spam or mail.is_verification:
        want.budgets.update(admission.alarms(incoming))
        since = admission.alarmed_since(incoming.now)
        want.budgets_since = min(since, want.budgets_since or since)
