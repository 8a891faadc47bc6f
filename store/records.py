"""The words of the desk as frozen values: what stages hand to one another and what the tables keep.

Nothing here knows a database, a socket or a clock. A person is named by its normalised address (lower case), a ticket
by its number or, before commit, by a symbol such as `NEW-1`; commit alone turns symbols into numbers. It is one file of
over 400 lines because it is one vocabulary: everybody reads it whole, and nothing in it does anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from parsing.message import AuthResults, Forwarded

ANONYMOUS = "unknown@"
"""How the author of a mail without one is called; nobody who calls themselves so is believed to be anybody."""

TicketRef = int | str
"""A ticket's number, or `NEW-n` for one that a decision opens."""


class Verdict(StrEnum):
    """How the one look at a message ended (DESIGN section 6); `mail list` and the README explain each."""

    TICKET_CREATED = "ticket-created"
    APPENDED = "appended"
    REOPENED = "reopened"
    COMMAND = "command"
    BOOKING = "booking"
    CALENDAR_REPLY = "calendar-reply"
    BOUNCE_RECORDED = "bounce-recorded"
    AUTO_REPLY_RECORDED = "auto-reply-recorded"
    DUPLICATE = "duplicate"
    HELD_UNVERIFIED = "held-unverified"
    HELD_COMMAND = "held-command"
    SPAM_QUARANTINED = "spam-quarantined"
    LOOP_SUPPRESSED = "loop-suppressed"
    RATE_LIMITED = "rate-limited"
    BLOCKED_SENDER = "blocked-sender"
    NOT_ADDRESSED_TO_US = "not-addressed-to-us"
    UNREADABLE = "unreadable"


class Trust(StrEnum):
    """How far a message's author is proven: A aligned and keyed, B aligned, C keyed, D none."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Status(StrEnum):
    """Where a ticket stands in its workflow."""

    NEW = "new"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    AWAITING_REVIEW = "awaiting_review"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def category(self) -> str:
        """`open`, `waiting`, `scheduled` or `done`: what drives the clocks."""
        return _CATEGORY.get(self, "open")


_CATEGORY = {Status.SCHEDULED: "scheduled", Status.RESOLVED: "done", Status.CLOSED: "done"}


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class Role(StrEnum):
    """Who speaks in a message."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class Purpose(StrEnum):
    """Why a mail leaves; the template of the same name renders it."""

    ACKNOWLEDGEMENT = "acknowledgement"
    ANSWER = "answer"
    RESOLVED = "resolved"
    NOTICE = "notice"
    TRANSCRIPT = "transcript"
    HELD = "held"
    ALARM = "alarm"
    UNDELIVERED = "undelivered"
    CONFIRMATION = "confirmation"


class OutboxState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a message's trace: which stage saw what, and why it decided so."""

    stage: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a door knows of a message beside its bytes (RFC 5321). The null reverse-path is the empty string.

    `login` is the address that a member of staff proved with a password (RFC 4954); empty for everybody else.
    """

    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    door: str
    client: str = ""
    hello: str = ""
    login: str = ""
    history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted message as the journal has it.

    `earlier` is the trace of an earlier look when this is a replay, `previous` its verdict and `ticket` the ticket that
    it led to; `released` is an operator's word for a mail that was held, `confirmed` its author's own word at an
    address that only they know. `evidence` is what the desk's own look at SPF, DKIM, DMARC and ARC found, where it had
    one.
    """

    id: int
    envelope: Envelope
    sha256: str
    size: int
    attempts: int = 0
    earlier: tuple[Step, ...] = ()
    previous: Verdict | None = None
    ticket: int | None = None
    released: bool = False
    confirmed: bool = False
    evidence: AuthResults | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who writes or is written to. `id` is 0 until commit.

    `serial` is that of the keys that their mail carries from now on; `disabled` a member of staff who may do nothing;
    `unreachable_since` when a mail to them came back for good, until they are heard of again.
    """

    id: int = 0
    address: str
    name: str = ""
    language: str = ""
    serial: int = 1
    disabled: bool = False
    unreachable_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyKey:
    """Whom a secret reply address speaks for. The key itself is never stored, only its hash and this tuple."""

    ticket: TicketRef
    person: str
    role: Role
    audience: str = "public"
    serial: int = 1
    expires_at: datetime | None = None
    revoked: bool = False
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A question to somebody whether a mail is theirs; `answer` is `yes`, `no`, or empty while there is none.
    `trust` and `ticket` are those of the mail that it asks about."""

    journal_id: int
    person: str
    expires_at: datetime
    answer: str = ""
    trust: Trust | None = None
    ticket: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One case. Times are aware UTC. `team` owns it; `helpers` are teams that work along.

    `automatic` counts the mails that machines of ours have sent outside for it, `unheeded` those that came since one of
    us last did anything: both have an end (`gateway.rules.budget`).
    """

    ref: TicketRef
    type: str = "support"
    status: Status = Status.NEW
    subject: str
    topic: str = ""
    subtopic: str = ""
    topic_reason: str = ""
    priority: int = 3
    priority_reason: str = ""
    team: str
    helpers: tuple[str, ...] = ()
    assignee: str = ""
    requester: str
    mailbox: str
    language: str
    audience: str = "customer"
    tags: tuple[str, ...] = ()
    outcome: str = ""
    created_at: datetime
    updated_at: datetime
    first_response_due: datetime | None = None
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    automatic: int = 0
    unheeded: int = 0

    @property
    def is_reachable(self) -> bool:
        """Whether somebody outside gets this ticket's mail: a customer's ticket whose requester has an address."""
        return self.audience == "customer" and not self.requester.startswith(ANONYMOUS)

    @property
    def response_due(self) -> datetime | None:
        """When a person must have answered, while nobody has."""
        return None if self.answered_at or self.status.category == "done" else self.first_response_due


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """An attachment by reference: part number `part` of the raw message `raw` (its sha256). `recurring` is an inline
    image that stood in an earlier mail of the ticket: the logo of a signature. It is kept and no longer shown."""

    raw: str
    part: int
    filename: str
    content_type: str
    size: int
    sha256: str
    recurring: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail of a ticket; `text` is the new words, `forwarded` what a forward carries (claims of whoever forwarded
    it), `cautions` are sentences that a person must know before acting."""

    at: datetime
    direction: Direction
    role: Role
    from_name: str = ""
    from_address: str
    to: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
    text: str = ""
    trust: str = ""
    kind: str = "human"
    files: tuple[FileRef, ...] = ()
    forwarded: Forwarded | None = None
    cautions: tuple[str, ...] = ()


# Effects: what a decision asks commit to write. Each is unique by (journal id, kind, ordinal).


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    ticket: Ticket
    requester_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTicket:
    ticket: TicketRef
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMessage:
    ticket: TicketRef
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEvent:
    ticket: TicketRef
    kind: str
    actor: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A person becomes a participant: `requester`, `copied`, `unverified`, `agent` or `robot`."""

    ticket: TicketRef
    person: Person
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    ticket: TicketRef
    other: TicketRef
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    ticket: TicketRef
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTimer:
    ticket: TicketRef
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDelivery:
    """What became of a mail of ours, by its Message-ID: `failed` or `delayed`, with the remote's words."""

    message_id: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """So many of a budget are spent in the second `at` (since 1970; coarser where many are counted)."""

    name: str
    at: int
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerConfirmation:
    """Somebody said `yes` or `no` to the question whether mail `journal_id` is theirs; `yes` runs that mail again."""

    hash: str
    journal_id: int
    answer: str
    by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UseKey:
    """The reply key with this fingerprint was used by its person: it lives until then."""

    hash: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReachable:
    """A mail to this address came back for good at `since`; None: they are heard of again."""

    address: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """A mail of this ticket answers one that has not come yet: when it does, it belongs here."""

    ticket: TicketRef
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReference:
    """How another ticket system, at that domain, calls this ticket in its subjects."""

    ticket: TicketRef
    domain: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """A mail to one person. The sender renders it from `purpose` and `facts`; Message-ID and key are fixed here.

    `round` tells mails of one purpose apart: (ticket, purpose, round, person) goes out once, whatever is replayed.
    `key` is the audience of the reply address (`public`, `note`; `confirm`: the answer is a word about the mail that
    this one asks about), or empty for the bare address. `held` says why it may only be sent by an operator's hand.
    """

    ticket: TicketRef | None
    purpose: Purpose
    round: str
    to: Person
    role: Role
    key: str
    message_id: str
    subject: str
    language: str
    mailbox: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileRef, ...] = ()
    held: str = ""


Effect = (
    OpenTicket
    | ChangeTicket
    | AddMessage
    | AddEvent
    | Join
    | Link
    | SetTimer
    | ClearTimer
    | MarkDelivery
    | Spend
    | AnswerConfirmation
    | UseKey
    | MarkReachable
    | NoteReference
    | Await
    | SendMail
)


@dataclass(frozen=True, slots=True)
class Answering:
    """What a mail says that it answers, most telling first, and the fingerprints of the keys that it came to."""

    message_ids: tuple[str, ...]
    key_hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The one outcome for one message: its verdict with the reason, how it came about, and what to write."""

    entry: Entry | None
    verdict: Verdict
    reason: str
    ticket: TicketRef | None = None
    trust: Trust | None = None
    message_id: str = ""
    content_hash: str = ""
    mailbox: str = ""
    trace: tuple[Step, ...] = ()
    effects: tuple[Effect, ...] = ()
