"""Echo: somebody answers us with the same words again, or with nothing but ours: a machine, whatever it calls itself.

In: a mail that answers a mail of ours, and what was said before. Out: why it counts as a machine's, or nothing. Its
Message-ID may be new each time, so only its words tell (intake 21, 22). Mail that answers nothing of ours is never
looked at: people who report the same fault twice are to be heard twice. It must never lose a word: what it calls an
echo is kept beside its ticket and shown to the team.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.rules.case import Incoming, mentioned_ids
from gateway.rules.desk import Desk
from gateway.rules.keys import fingerprints, returns
from parsing.message import ParsedMail
from parsing.subject import base, references
from parsing.words.fingerprint import fingerprint, outline
from store.records import Message, Spend

WITHIN = timedelta(days=1)
LEAST = 20
"""Letters and digits below which saying the same twice proves nothing: `Yes, please`, `STATUS`, `#accept`."""
LEAST_OURS = 60
"""The same for words that stood in a mail of ours."""
OUTLINES = 2
"""How often the same words with other numbers were said before the next ones are a machine's."""

Spent = Mapping[str, Sequence[tuple[int, int]]]


def may_answer(incoming: Incoming, desk: Desk) -> bool:
    """Whether the mail says of itself that it answers something: only then its words are compared."""
    mail, recipients = incoming.mail, incoming.entry.envelope.recipients
    return bool(
        mail.in_reply_to
        or mail.references
        or any("+" in recipient for recipient in recipients)
        or references(mail.subject, (desk.prefix,))
    )


def answers(incoming: Incoming, desk: Desk, ours: set[str], keyed: Iterable[str], tickets: Iterable[object]) -> bool:
    """Whether it answers a mail of ours: one that it names, one whose address it came to, or a ticket of its subject.

    `ours` are our Message-IDs that are known, `keyed` the prints of reply keys and the numbers of mails that exist."""
    mail, recipients = incoming.mail, incoming.entry.envelope.recipients
    if any(named in ours for named in mentioned_ids(mail)):
        return True
    known = set(keyed)
    if any(print_ in known for print_ in fingerprints(recipients)):
        return True
    if any(number in known for number in map(str, returns(desk.secret, recipients))):
        return True
    return any(number in tickets for number in references(mail.subject, (desk.prefix,)))


def names(author: str, mail: ParsedMail) -> tuple[str, ...]:
    """What must be looked up of these words: themselves, and what is left of them without numbers."""
    if not author or _letters(mail.reply) < LEAST:
        return ()
    return f"said:{author}:{fingerprint(mail.reply)}", f"said:{author}:~{outline(mail.reply)}"


def spends(author: str, mail: ParsedMail, now: datetime) -> tuple[Spend, ...]:
    """That these words were said."""
    return tuple(Spend(name=name, at=int(now.timestamp())) for name in names(author, mail))


def said_before(author: str, mail: ParsedMail, spent: Spent, now: datetime) -> str:
    """Why these words are an echo; empty when they are new."""
    found = names(author, mail)
    if not found:
        return ""
    first = int((now - WITHIN).timestamp())
    same, alike = (sum(count for at, count in spent.get(name, ()) if at >= first) for name in found)
    if same:
        return "the same words came from the same address within a day"
    return "the same words but for numbers came a third time within a day" if alike >= OUTLINES else ""


def said_here(author: str, words: str, recent: Iterable[Message], now: datetime) -> str:
    """The same for a colleague, who says the same on many tickets: twice on one of them is an echo."""
    if _letters(words) < LEAST:
        return ""
    said = fingerprint(words)
    for message in recent:
        if message.from_address == author and now - message.at <= WITHIN and fingerprint(message.text) == said:
            return "the same words came from the same address to this ticket within a day"
    return ""


def is_repeated(author: str, words: str, recent: Iterable[Message], now: datetime) -> bool:
    """Whether they were said on this ticket before: the same, or often enough the same but for numbers."""
    said = [m.text for m in recent if m.from_address == author and now - m.at <= WITHIN]
    if any(fingerprint(text) == fingerprint(words) for text in said):
        return True
    return sum(outline(text) == outline(words) for text in said) >= OUTLINES


def is_ours(mail: ParsedMail, sent: Sequence[str], subjects: Iterable[str]) -> str:
    """Why a mail holds nothing but our own text; empty when it holds more, or when too little is known. `subjects` are
    those that we wrote: some people answer in the subject alone."""
    if not sent or mail.attachments or mail.forwarded is not None or not mail.text.strip():
        return ""
    if mail.reply:
        ours = _squeezed("".join(sent))
        lines = [squeezed for line in mail.reply.split("\n") if (squeezed := _squeezed(line))]
        if sum(map(len, lines)) < LEAST_OURS or not all(line in ours for line in lines):
            return ""
    elif base(mail.subject).casefold() not in {base(subject).casefold() for subject in subjects}:
        return ""
    return "it holds nothing but our own text"


def _letters(words: str) -> int:
    return len(_squeezed(words[: 8 * LEAST]))


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
