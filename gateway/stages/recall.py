"""Recall: what of a reply is our own text coming back?

In: a `Threaded`, and the beginnings of our mails that it answers. Out: the same with the new words found again, now
that we know what we had sent; what the reader set apart by the habits of mail clients is only the second-best evidence.
Of a colleague's mail the quoted questions go that the customer has never seen: they may be anything of a notice. It
never loses a line (what is not new words is quotation), and never decides anything.
"""

from __future__ import annotations

from binascii import a2b_qp
from dataclasses import replace

from gateway.rules.case import Threaded, answering
from parsing import alignment, reply
from parsing.message import ParsedMail
from store.records import Direction, Step
from store.snapshot import Snapshot

COMPARED = 200_000
"""Letters of a reply up to which it is compared: the comparison runs inside a turn. A longer one stays."""

_PLAIN = b"\r\nContent-Type: text/plain;"


def recall(threaded: Threaded, snapshot: Snapshot) -> Threaded:
    """Take our own words out of the mail's new words."""
    incoming = threaded.guarded.incoming
    mail = incoming.mail
    if threaded.guarded.robot or not mail.text or len(mail.text) > COMPARED:
        return threaded
    sent = tuple(filter(None, map(written, snapshot.written.get(answering(incoming), ()))))
    if sent and mail.forwarded is None:
        parts = reply.split(mail.text, sent)
        mail = replace(
            mail,
            reply=parts.reply,
            quoted=parts.quoted,
            signature=parts.signature,
            disclaimer=parts.disclaimer,
            answers=parts.answers,
        )
    if threaded.membership == "agent" and mail.answers:
        mail = _without_secrets(mail, _seen_by_customer(threaded, snapshot))
    if mail.reply == incoming.mail.reply:
        return threaded
    guarded = replace(threaded.guarded, incoming=replace(incoming, mail=mail))
    step = Step(stage="recall", what="new words found again", why="what we had sent is known")
    return replace(threaded, guarded=guarded, trace=(*threaded.trace, step))


def written(beginning: bytes) -> str:
    """The text part of a mail that `compose` built; empty when its beginning does not hold one."""
    start = beginning.find(_PLAIN)
    head = beginning.find(b"\r\n\r\n", start)
    if start < 0 or head < 0:
        return ""
    end = beginning.find(b"\r\n--=_", head)
    body = beginning[head + 4 : end if end >= 0 else len(beginning)]
    if b"quoted-printable" in beginning[start:head]:
        body = a2b_qp(body)
    return body.decode("utf-8", "replace").replace("\r\n", "\n")


def _seen_by_customer(threaded: Threaded, snapshot: Snapshot) -> tuple[str, ...]:
    if threaded.ticket is None:
        return ()
    recent = snapshot.recent.get(threaded.ticket.ref, ())
    return tuple(message.text for message in recent if message.direction is not Direction.NOTE)


def _without_secrets(mail: ParsedMail, public: tuple[str, ...]) -> ParsedMail:
    """The reply without the lines of its questions that stand in no message that the customer knows."""
    questions = [line for answer in mail.answers for line in answer.question.split("\n")]
    secret = {
        line.strip() for line, known in zip(questions, alignment.ours(questions, public), strict=True) if not known
    }
    kept = [line for line in mail.reply.split("\n") if line[:1] != ">" or line.lstrip("> ").strip() not in secret]
    return replace(mail, reply="\n".join(kept).strip("\n"))
