"""Refused: mail that is not let in, and mail of those who were members of staff.

In: a `Guarded`. Out: the decision that ends the mail, or None. Nothing of it makes a ticket, is answered or is told to
an agent; the operators learn that mail is quarantined, whoever lost access learns that nothing was done, both within
their budgets and without a word of a ticket.
"""

from __future__ import annotations

from gateway.rules import access, acknowledge, admission, mails
from gateway.rules.case import Guarded, Mint, conclude
from gateway.rules.desk import Agent, Desk
from store.records import Decision, Effect, Spend, Trust, Verdict
from store.snapshot import Snapshot

_HOUR = 3_600


def turned_away(guarded: Guarded, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision | None:
    """The decision about mail that is blocked, spam, or too much (`gateway.rules.admission`)."""
    refused = admission.refusal(guarded, desk, snapshot.blocked, snapshot.spent)
    if refused is None:
        return None
    incoming, effects = guarded.incoming, list[Effect]()
    if refused.block and incoming.entry.previous is None:
        hour = int(incoming.now.timestamp()) // _HOUR * _HOUR
        effects.append(Spend(name=admission.turned_away(refused.block), at=hour))
    if admission.is_alarming(incoming, refused, snapshot.spent):
        effects += mails.quarantined(
            desk, guarded.mailbox.canonical, guarded.author.address, refused.verdict, refused.reason,
            incoming.entry.id, mint,
        )  # fmt: skip
        effects += admission.told(incoming)
    return conclude(
        incoming,
        refused.verdict,
        refused.reason,
        guarded.trace,
        mailbox=guarded.mailbox.canonical,
        trust=guarded.trust,
        effects=tuple(effects),
    )


def shut_out(guarded: Guarded, desk: Desk, mint: Mint) -> Decision | None:
    """The decision about mail of a member of staff who is disabled, or whose key has outlived them.

    It is no customer's mail, whatever it says, and an operator's word does not change what its author may.
    """
    former = access.lost(guarded, desk)
    if former is None:
        return None
    agent, why = former
    verdict, effects = Verdict.AUTO_REPLY_RECORDED, tuple[Effect, ...]()
    if not guarded.robot:
        verdict, effects = Verdict.HELD_UNVERIFIED, _told(guarded, agent, desk, mint)
    return conclude(
        guarded.incoming,
        verdict,
        f"{why}: nothing is done",
        guarded.trace,
        mailbox=guarded.mailbox.canonical,
        trust=guarded.trust,
        ticket=(guarded.key.ticket or None) if guarded.key else None,
        effects=effects,
    )


def _told(guarded: Guarded, agent: Agent, desk: Desk, mint: Mint) -> tuple[Effect, ...]:
    """Who is proven is told that nothing was done; to a forger's victim nothing is said."""
    incoming, author = guarded.incoming, guarded.author
    silent = acknowledge.silence(incoming.mail, incoming.entry.envelope, author.address, desk)
    if guarded.trust not in (Trust.A, Trust.B) or silent or incoming.entry.previous is not None:
        return ()
    mail = mails.shut_out(guarded.mailbox.canonical, agent, mint(), str(incoming.entry.id))
    return (mail,)
