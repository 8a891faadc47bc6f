"""One mail's way through the rules, readable from top to bottom.

In: mails that a reader has read. Out: one `Decision` each. `digest` is the whole of replydesk in five lines; `settle`
runs it over a batch on one snapshot, so that the second mail of a conversation already sees the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from gateway.rules import keys
from gateway.rules.case import Incoming, Mint, answering, mentioned_ids
from gateway.rules.desk import Desk
from gateway.stages.act.dispatch import act
from gateway.stages.guard.copies import copy_of
from gateway.stages.guard.entrance import guard
from gateway.stages.recall import recall
from gateway.stages.sort import sort
from gateway.stages.thread import thread
from parsing.address import normalise
from parsing.subject import references
from store.lookup import load
from store.records import Decision
from store.snapshot import Snapshot, Wanted


def digest(incoming: Incoming, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """What one mail means to this desk. A stage that can already tell returns the decision."""
    guarded = guard(incoming, desk, snapshot, mint)
    if isinstance(guarded, Decision):
        return guarded
    threaded = thread(guarded, desk, snapshot)
    if isinstance(threaded, Decision):
        return threaded
    return act(sort(recall(threaded, snapshot)), desk, snapshot, mint)


def settle(
    connection: Connection, batch: Sequence[Incoming], desk: Desk, mint: Mint
) -> tuple[list[Decision], Snapshot]:
    """Decide a batch in order; each decision is laid over the snapshot before the next mail is looked at.

    The caller writes what is decided: until then nobody else decides about the same senders, mails and tickets.
    """
    snapshot = load(connection, wanted(batch, desk), lock=True)
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
        recipients = incoming.entry.envelope.recipients
        want.senders.add(normalise(mail.from_.address if mail.from_ else incoming.entry.envelope.sender))
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
        want.outbox_ids.update(keys.returns(desk.secret, recipients))
    want.addresses |= want.senders
    return want
