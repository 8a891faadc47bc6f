"""Recall: what of a reply is our own text coming back?

In: a `Threaded`, and the beginnings of our mails that it answers. Out: the same with the new words found again, now
that we know what we had sent; what the reader set apart by the habits of mail clients is only the second-best evidence.
Of a colleague's mail the quoted questions go that the customer has never seen: they may be anything of a notice. It
never loses a line (what is not new words is quotation), and never decides anything.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules.case import Threaded, answering
from gateway.rules.mails import known_to
from parsing import reply
from parsing.message import ParsedMail
from parsing.words import alignment
from store.records import Step
from store.snapshot import Snapshot
from store.written import text_of

COMPARED = 200_000
"""Letters of a reply up to which it is compared: the comparison runs inside a turn. A longer one stays."""


def recall(threaded: Threaded, snapshot: Snapshot) -> Threaded:
    """Take our own words out of the mail's new words."""
    incoming = threaded.guarded.incoming
    mail = incoming.mail
    if threaded.guarded.robot or not mail.text or len(mail.text) > COMPARED:
        return threaded
    sent = tuple(filter(None, map(text_of, snapshot.written.get(answering(incoming), ()))))
    if sent and mail.forwarded is None:
        mail = _split_again(mail, sent)
    if threaded.membership == "agent" and mail.answers:
        mail = _without_secrets(mail, _seen_by_customer(threaded, snapshot))
    if mail.reply == incoming.mail.reply:
        return threaded
    guarded = replace(threaded.guarded, incoming=replace(incoming, mail=mail))
    step = Step(stage="recall", what="new words found again", why="what we had sent is known")
    return replace(threaded, guarded=guarded, trace=(*threaded.trace, step))


def _split_again(mail: ParsedMail, sent: tuple[str, ...]) -> ParsedMail:
    """The text sorted anew. Somebody who sends nothing but words that stood in a mail of ours says them again."""
    parts = reply.split(mail.text, sent)
    if not parts.words and mail.reply:
        return mail
    return replace(
        mail,
        reply=parts.reply,
        quoted=parts.quoted,
        signature=parts.signature,
        disclaimer=parts.disclaimer,
        answers=parts.answers,
    )


def _seen_by_customer(threaded: Threaded, snapshot: Snapshot) -> tuple[str, ...]:
    if threaded.ticket is None:
        return ()
    recent = snapshot.recent.get(threaded.ticket.ref, ())
    return tuple(message.text for message in known_to(threaded.ticket.requester, recent))


def _without_secrets(mail: ParsedMail, public: tuple[str, ...]) -> ParsedMail:
    """The reply without the lines of its questions that stand in no message that the customer knows."""
    questions = [line for answer in mail.answers for line in answer.question.split("\n")]
    lines = {_bare(line) for text in public for line in text.split("\n")}  # a short line is no evidence to alignment
    known = alignment.ours([f"> {line}" for line in questions], public)
    secret = {
        _bare(line)
        for line, is_known in zip(questions, known, strict=True)
        if not is_known and _bare(line) not in lines
    }
    kept = [line for line in mail.reply.split("\n") if line[:1] != ">" or _bare(line) not in secret]
    return replace(mail, reply="\n".join(kept).strip("\n"))


def _bare(line: str) -> str:
    return line.lstrip("> ").rstrip()
