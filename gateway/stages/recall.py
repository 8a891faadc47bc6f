"""Recall: what of a reply is our own text coming back?

In: a `Threaded`, and the beginnings of our mails that it answers. Out: the same with the new words found again, now
that we know what we had sent; what the reader set apart by the habits of mail clients is only the second-best evidence.
Of a colleague's mail the quoted questions go that the customer has never seen: they may be anything of a notice. It
never loses a line (what is not new words is quotation), and never decides anything.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import participants
from gateway.rules.case import Threaded, answering
from gateway.rules.mails import known_to_all
from parsing import reply
from parsing.message import ParsedMail
from parsing.words import alignment
from store.records import Step
from store.snapshot import Snapshot
from store.written import text_of

COMPARED = 16_000
"""Letters of a reply up to which it is compared: the comparison runs inside a turn. A longer one stays."""
COMPARED_OF_STAFF = 200_000
"""The same for a colleague's mail: what is left in it of a notice goes to the customer."""
OURS = 10_000
"""Letters of our own mails that a customer's reply is compared with, the one that it answers first."""


def recall(threaded: Threaded, snapshot: Snapshot) -> Threaded:
    """Take our own words out of the mail's new words."""
    incoming = threaded.guarded.incoming
    mail = incoming.mail
    if threaded.guarded.robot or not mail.text:
        return threaded
    is_staffs = threaded.membership == "agent"
    if mail.forwarded is None and len(mail.text) <= (COMPARED_OF_STAFF if is_staffs else COMPARED):
        sent = tuple(filter(None, map(text_of, snapshot.written.get(answering(incoming), ()))))
        sent = sent if is_staffs else _clipped(sent)
        if sent and (is_staffs or _shows(mail, sent)):
            mail = _split_again(mail, sent)
    if is_staffs:
        mail = _without_secrets(mail, _seen_by_all(threaded, snapshot))
    if mail.reply == incoming.mail.reply:
        return threaded
    guarded = replace(threaded.guarded, incoming=replace(incoming, mail=mail))
    step = Step(stage="recall", what="new words found again", why="what we had sent is known")
    return replace(threaded, guarded=guarded, trace=(*threaded.trace, step))


def _clipped(texts: tuple[str, ...]) -> tuple[str, ...]:
    room, kept = OURS, []
    for text in texts:
        if room > 0:
            kept.append(text[:room])
        room -= len(text)
    return tuple(kept)


_BETWEEN = bytes(set(range(128)) - {10} - {char for char in range(128) if chr(char).isalnum()})
_ELSEWHERE = tuple(char.encode() for char in "\u00a0\u2018\u2019\u201c\u201d\u2013\u2014\u2026")
_TELLING = 12
"""Bytes of a line of his own that are hardly by chance the same as ours."""


def _shows(mail: ParsedMail, sent: tuple[str, ...]) -> bool:
    """Whether anything of ours may stand among the new words, or anything new among what is taken for ours: most people
    write above our whole mail, and then there is nothing to be found again. Only letters and digits are looked at."""
    ours = b"\0".join(_letters(text).replace(b"\n", b"") for text in sent)
    for line in _letters(mail.reply).split(b"\n"):
        if len(line) >= _TELLING and line in ours:
            return True
    known = False
    for line in _letters(mail.quoted).split(b"\n"):
        if not line or line in ours:
            known = known or len(line) >= _TELLING
        elif known:
            return True
    return False


def _letters(text: str) -> bytes:
    """What is left without spaces and signs: clients change those."""
    found = text.lower().encode("utf-8", "replace").translate(None, _BETWEEN)
    if not found.isascii():
        for sign in _ELSEWHERE:
            found = found.replace(sign, b"")
    return found


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


def _seen_by_all(threaded: Threaded, snapshot: Snapshot) -> tuple[str, ...]:
    """What everybody has seen whom the colleague's words go to: the requester, and who is copied."""
    if threaded.ticket is None:
        return ()
    copied = participants.readers(threaded.ticket, snapshot)
    readers = (threaded.ticket.requester, *(person.address for person in copied))
    recent = snapshot.recent.get(threaded.ticket.ref, ())
    return tuple(message.text for message in known_to_all(readers, recent))


def _without_secrets(mail: ParsedMail, public: tuple[str, ...]) -> ParsedMail:
    """The reply without the quoted lines that stand in no message that the customer knows."""
    asked = [line for line in mail.reply.split("\n") if line[:1] == ">"]
    if not asked:
        return mail
    lines = {_bare(line) for text in public for line in text.split("\n")}  # a short line is no evidence to alignment
    known = alignment.ours(asked, public)
    secret = {line for line, is_known in zip(asked, known, strict=True) if not is_known and _bare(line) not in lines}
    kept = [line for line in mail.reply.split("\n") if line not in secret]
    return replace(mail, reply="\n".join(kept).strip("\n"))


def _bare(line: str) -> str:
    return line.lstrip("> ").rstrip()
