"""One mail as it grows from stage to stage: each stage takes one of these frozen values and returns the next.

`Incoming` → guard → `Guarded` → thread → `Threaded` → sort → `Sorted` → complete → `Completed` → act
→ `Decision` (store.records).
A stage that can already say how the mail ends returns a `Decision` instead, and the later stages never see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.rules import keys
from gateway.rules.desk import Agent, DeskAddress
from gateway.rules.intake.gathering import Gathered
from parsing.message import Kind, ParsedMail
from store.records import (
    ANONYMOUS,
    Answering,
    Decision,
    Effect,
    Entry,
    Person,
    ReplyKey,
    Step,
    Ticket,
    TicketRef,
    Trust,
    Verdict,
)

Mint = Callable[[], str]
"""Makes a new Message-ID; randomness is handed in."""

RECORDED = frozenset({Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE, Kind.RECEIPT, Kind.CHALLENGE, Kind.BOUNCE, Kind.DELAY})
"""Kinds of robots whose mail is kept beside its ticket and changes nothing. A bounce comes as far as that when nothing
but its words says so, and it did not come to the reverse-path of a mail of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A read mail, fresh from the reader, at the instant `now` of its batch; `unreadable` says why nobody could."""

    entry: Entry
    mail: ParsedMail
    now: datetime
    unreadable: str = ""


def mentioned_ids(mail: ParsedMail) -> list[str]:
    """The Message-IDs that this mail answers, most telling first: In-Reply-To, then References from the newest."""
    return list(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))


COMPARED_MAILS = 4
"""How many of the mails that a reply names are compared: the one that it answers, and the newest before that."""


def answering(incoming: Incoming) -> Answering:
    """Which mails of ours this one may be the answer to."""
    named = tuple(mentioned_ids(incoming.mail)[:COMPARED_MAILS])
    return Answering(named, tuple(keys.fingerprints(incoming.entry.envelope.recipients)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """We know whose mailbox it came to, who wrote it, and how far that is proven.

    `author` is the normalised From address (the reverse-path when there is no usable From). `unanswered` says why no
    machine's mail may answer this one; it is empty when one may. `others` are further mailboxes of ours.
    """

    incoming: Incoming
    mailbox: DeskAddress
    others: tuple[DeskAddress, ...]
    author: Person
    agent: Agent | None
    key: ReplyKey | None
    trust: Trust
    robot: bool
    unanswered: str
    trace: tuple[Step, ...]

    @property
    def is_named(self) -> bool:
        """Whether exactly one author stands in From: anything else is nobody's word (reliability 0.6)."""
        mail = self.incoming.mail
        usable = mail.from_ is not None and not mail.from_defect
        return usable and not self.author.address.startswith(ANONYMOUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threaded:
    """We know which ticket it belongs to (None: a new one), `how` we know, and which others it is related to."""

    guarded: Guarded
    ticket: Ticket | None
    reopens: bool
    membership: str
    links: tuple[tuple[TicketRef, str], ...]
    trace: tuple[Step, ...]
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """We know what a new ticket is about and whose it is. For a known ticket the sorting stands as it was.

    `team` owns it, `helpers` are told at once; `impact` and `urgency` are 0 where no fact says them.
    """

    threaded: Threaded
    type: str
    topic: str
    subtopic: str
    topic_reason: str
    priority: int
    priority_reason: str
    trace: tuple[Step, ...]
    team: str
    helpers: tuple[str, ...] = ()
    division: str = ""
    ruf: str = ""
    impact: int = 0
    urgency: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """We know what the mail says of the facts that its ticket needs, and what is to be asked."""

    sorted: Sorted
    gathered: Gathered


def conclude(
    incoming: Incoming,
    verdict: Verdict,
    reason: str,
    trace: tuple[Step, ...],
    *,
    mailbox: str = "",
    trust: Trust | None = None,
    ticket: TicketRef | None = None,
    effects: tuple[Effect, ...] = (),
) -> Decision:
    """End the mail's way with a verdict; the last step of the trace is the verdict itself."""
    return Decision(
        entry=incoming.entry,
        verdict=verdict,
        reason=reason,
        ticket=ticket,
        trust=trust,
        message_id=incoming.mail.message_id,
        content_hash=incoming.mail.content_hash,
        mailbox=mailbox,
        trace=(*incoming.entry.earlier, *trace, Step(stage="verdict", what=verdict.value, why=reason)),
        effects=effects,
    )
