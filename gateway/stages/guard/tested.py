"""Tested: a test mail of an operator's (`doctor --send`) that came back to a door of ours, or that its reader answers.

In: a mail that names one. Out: the decision that ends it, or None where it is a mail like any other. It makes no ticket
and answers nobody: that the mail came is all that it says. What stood in the mail is kept in the journal.
"""

from __future__ import annotations

from gateway.rules import trust
from gateway.rules.case import Guarded, Incoming, conclude
from gateway.rules.desk import Desk, DeskAddress
from gateway.rules.mails.probe import REPLIED, RETURNED, receipt
from parsing.address import normalise, split_detail
from parsing.message import Kind
from store.records import Decision, Step, Verdict
from store.snapshot import Snapshot

_FROM_OUTSIDE = frozenset({"smtp", "lmtp", "proxy", "imap", "pipe"})
"""Doors that a mail comes to by the way of mail. Who hands us a copy at the door for submission proves nothing."""


def came_round(
    incoming: Incoming, mailbox: DeskAddress, desk: Desk, snapshot: Snapshot, trace: tuple[Step, ...]
) -> Decision | None:
    """What our own mail says that came back, where it is a test mail: it arrived, and what our border made of it."""
    envelope, mail = incoming.entry.envelope, incoming.mail
    probe = snapshot.probes.get(mail.message_id)
    if probe is None or envelope.history or envelope.door not in _FROM_OUTSIDE:
        return None
    is_aligned, evidence = trust.aligned(mail, envelope, desk, incoming.entry.evidence)
    level = trust.level(is_aligned, False)
    return conclude(
        incoming,
        Verdict.LOOP_SUPPRESSED,
        f"it is the test mail {probe.number} that came back: our own mail",
        (*trace, Step(stage="guard", what=f"trust {level.value}", why=evidence)),
        mailbox=mailbox.canonical,
        trust=level,
        effects=(receipt(incoming, probe.number, RETURNED),),
    )


def confirmed(guarded: Guarded, snapshot: Snapshot) -> Decision | None:
    """What a person's answer to a test mail says, whatever proves them: only who has the mail knows its Message-ID. A
    machine's answer goes its usual way, and so does what that person writes when they have confirmed it."""
    incoming, mail = guarded.incoming, guarded.incoming.mail
    if guarded.robot or mail.kind is not Kind.HUMAN or incoming.entry.envelope.history or not guarded.is_named:
        return None
    answered = mail.in_reply_to or mail.references[-1:]  # some programs write References alone
    probe = next((snapshot.probes[one] for one in answered if one in snapshot.probes), None)
    if probe is None or probe.receipts.get(REPLIED, incoming.entry.id) != incoming.entry.id:
        return None
    if _person(guarded.author.address) != _person(probe.to):
        return None
    return conclude(
        incoming,
        Verdict.COMMAND,
        f"confirms the test mail {probe.number}",
        (*guarded.trace, Step(stage="guard", what="answers a test mail", why="its reader answers it by Message-ID")),
        mailbox=guarded.mailbox.canonical,
        trust=guarded.trust,
        effects=(receipt(incoming, probe.number, REPLIED),),
    )


def _person(address: str) -> str:
    """Whoever reads this address: a detail after + makes nobody somebody else (RFC 5233)."""
    return split_detail(normalise(address))[0]
