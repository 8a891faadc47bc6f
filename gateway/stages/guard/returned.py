"""Returned: what a delivery report does: it says what became of a mail of ours, and nothing else.

In: an `Incoming` that is a bounce or a delay. Out: the decision. It is believed only at the reverse-path of the mail
that it names, or where it names the envelope id of that mail, which only servers on its way have seen: an
acknowledgement has no reverse-path, and the report about it comes to whom the smarthost tells of such mail. It never
opens, answers or reopens anything, and whatever calendar it gives back is nobody's answer.
"""

from __future__ import annotations

from gateway.rules import keys
from gateway.rules.calls.progress import told
from gateway.rules.case import Incoming, Mint, conclude
from gateway.rules.desk import Desk, DeskAddress
from gateway.rules.mails.probe import gave_up
from gateway.rules.undelivered import RETURNED, Undelivered, undelivered, written_as
from parsing.message import Kind
from store.records import (
    AddEvent,
    Decision,
    Effect,
    MarkDelivery,
    Purpose,
    Step,
    TicketRef,
    Verdict,
)
from store.snapshot import Snapshot


def bounced(
    incoming: Incoming, mailbox: DeskAddress, desk: Desk, snapshot: Snapshot, mint: Mint, trace: tuple[Step, ...]
) -> Decision:
    """A delivery report never opens, answers or reopens anything; it says what became of a mail of ours."""
    bounce = incoming.mail.bounce
    about = came_back(incoming, desk, snapshot)
    claimed = bounce.original_message_id if bounce else ""
    if not about and claimed in snapshot.ours:
        reason = (
            "it names a mail of ours, but neither came to that mail's own reverse-path nor has its envelope id: "
            "not believed"
        )
        return conclude(incoming, Verdict.BOUNCE_RECORDED, reason, trace, mailbox=mailbox.canonical)
    ticket = next(iter(snapshot.threads.get(about, ())), None) if about in snapshot.ours else None
    failed = bounce.recipients if bounce else ()
    words = "; ".join(f"{r.address}: {r.reason} ({r.status})" for r in failed) or "no recipient named"
    state = "delayed" if incoming.mail.kind is Kind.DELAY else "failed"
    said: tuple[Effect, ...]
    if ticket is None:
        reason, said = "about no mail of ours", ()
        if about in snapshot.sent and snapshot.sent[about][0] is Purpose.PROBE:
            number = _number(about, snapshot)
            reason = f"the test mail {number}: {state}: {words}"
            said = (MarkDelivery(message_id=about, state=state, detail=words), *gave_up(incoming, number, state))
        return conclude(incoming, Verdict.BOUNCE_RECORDED, reason, trace, mailbox=mailbox.canonical, effects=said)
    if state == "failed":
        failed_mail = _failed(incoming, about, ticket, snapshot)
        said = undelivered(desk, snapshot.tickets[ticket], failed_mail, mint, incoming.now)
        said += _uninvited(failed_mail, ticket, snapshot)
    else:
        said = (AddEvent(ticket=ticket, kind="delivery-delayed", actor="system", detail={"recipients": words}),)
    return conclude(
        incoming,
        Verdict.BOUNCE_RECORDED,
        f"{state}: {words}",
        trace,
        mailbox=mailbox.canonical,
        ticket=ticket,
        effects=(MarkDelivery(message_id=about, state=state, detail=words), *said),
    )


def _uninvited(failed: Undelivered, ticket: TicketRef, snapshot: Snapshot) -> tuple[AddEvent, ...]:
    """The invite of a call did not arrive: its call is told so. Nobody has declined anything: the call stands, and the
    team decides how its contact is reached (scheduling 2.3)."""
    if failed.purpose is not Purpose.INVITE or not failed.permanent:
        return ()
    return tuple(
        told(call, "call-undelivered", "system", address=failed.to, code=failed.code)
        for call in snapshot.calls.get(ticket, {}).values()
        if call.is_promised and call.contact == failed.to
    )


def _failed(incoming: Incoming, about: str, ticket: TicketRef, snapshot: Snapshot) -> Undelivered:
    """The mail that came back, with its words while it is among the ticket's latest messages."""
    bounce = incoming.mail.bounce
    said = next(((r.status, r.reason) for r in bounce.recipients), ("", "")) if bounce else ("", "")
    purpose, to = snapshot.sent[about]
    words = written_as(about, to, snapshot.recent.get(ticket, ())) if purpose is Purpose.ANSWER else None
    return Undelivered(
        number=_number(about, snapshot),
        purpose=purpose,
        to=to,
        how=RETURNED,
        code=said[0],
        text=said[1] or "the report gives no reason",
        permanent=not incoming.entry.envelope.history
        and bounce is not None
        and any(recipient.permanent for recipient in bounce.recipients),
        author=words.from_address if words is not None else "",
        words=words.text if words is not None else "",
        told=incoming.entry.envelope.history,
    )


def _number(about: str, snapshot: Snapshot) -> int:
    return next(number for number, message_id in snapshot.returned.items() if message_id == about)


def came_back(incoming: Incoming, desk: Desk, snapshot: Snapshot) -> str:
    """The Message-ID of the mail that this report is proven to be about; empty where nothing proves it."""
    return next((snapshot.returned[number] for number in reported(incoming, desk) if number in snapshot.returned), "")


def reported(incoming: Incoming, desk: Desk) -> list[int]:
    """The outbox numbers of mails of ours that a mail is proven to be about: by the reverse-path (VERP) that it came
    to, then by the envelope id that it reports of (RFC 3464 section 2.2.1)."""
    numbers = keys.returns(desk.secret, incoming.entry.envelope.recipients)
    bounce = incoming.mail.bounce
    named = keys.enveloped(desk.secret, bounce.envelope_id) if bounce is not None and bounce.envelope_id else None
    return numbers if named is None else [*numbers, named]
