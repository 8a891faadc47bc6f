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
from scheduling.sla import Clock

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
    """Where a ticket stands in its workflow; a division may have further ones. Each has a category, and that is what
    everything but the workflow itself asks for."""

    NEW = "new"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    AWAITING_REVIEW = "awaiting_review"
    RESOLVED = "resolved"
    CLOSED = "closed"


CATEGORIES = ("open", "waiting", "scheduled", "done")
"""What a status means to clocks, queues and figures."""


RESPONSES = ("first_response", "next_response", "complete_response")
"""The clocks that an answer of ours stops."""


class ClosedAs(StrEnum):
    """Why a ticket ended that nobody resolved; empty for one that was."""

    RESOLVED = ""
    NO_ANSWER = "no_answer"
    WRONG_TYPE = "wrong_type"
    MERGED = "merged"
    SPAM = "spam"
    WITHDRAWN = "withdrawn"


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
    CONSENT = "consent"
    STATUS = "status"
    WARNING = "warning"
    REMINDER = "reminder"
    RETYPED = "retyped"
    DIGEST = "digest"
    PROMISE = "promise"
    HANDOFF = "handoff"
    QUESTION = "question"
    UNANSWERED = "unanswered"
    OFFER = "offer"
    INVITE = "invite"
    UNINVITE = "uninvite"
    CALL = "call"
    CALL_REMINDER = "call_reminder"
    BRIEF = "brief"
    STAND_DOWN = "stand_down"
    CALL_NOTICE = "call_notice"
    PROBE = "probe"


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
    `waited_since` is when the server of a collected mailbox got it, a week ago at most; None where it did not wait.
    """

    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    door: str
    client: str = ""
    hello: str = ""
    login: str = ""
    history: bool = False
    waited_since: datetime | None = None


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
    withheld: str = ""
    """Why a door that collects mail could not take all of its bytes: only what is known of it becomes a ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who writes or is written to. `id` is 0 until commit.

    `serial` is that of the keys that their mail carries from now on; `disabled` a member of staff who may do nothing;
    `away_until` one who gets no work before that instant; `unreachable_since` when a mail to them came back for good,
    until they are heard of again. `commands_until` is how long a colleague's personal command address is good,
    `notices` how they want to hear of tickets (`instant`, `digest`, `mute`; empty: as the configuration says),
    `digested_at` when their last daily digest was made, `digest_asked` whether they want one now.
    """

    id: int = 0
    address: str
    name: str = ""
    language: str = ""
    serial: int = 1
    disabled: bool = False
    unreachable_since: datetime | None = None
    away_until: datetime | None = None
    commands_until: datetime | None = None
    notices: str = ""
    digested_at: datetime | None = None
    digest_asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyKey:
    """Whom a secret reply address speaks for. The key itself is never stored, only its hash and this tuple. That of a
    personal command address is of no ticket (0), and what is known of it stands with its person."""

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

    `impact` and `urgency` are 1 (most) to 5, 0 where nobody said; `overridden` is a person's priority, which no rule
    changes any more. `estimate` and `logged` are minutes. `snoozed_until` is until when nobody has to see it in the
    queue. `owned_at` is when the present team or person got it, `reassigned_at` when it last left another one's hands.
    `facts` holds what belongs to one type or division, by field (`gateway.rules.fields`). `due_at` is the earliest of
    the `clocks`. `promised_at` is when the customer was told to hear more. `handoff` is the last handoff by a declared
    edge (`gateway.rules.handoffs.record`), `bounced` how often the ticket was returned by one. `intake` is what was
    asked for and what is known of it (`gateway.rules.intake.record`). `calls` are its calls that are not over: by the
    number of the call, its state.
    """

    ref: TicketRef
    type: str = "support"
    division: str = ""
    status: str = Status.NEW.value
    status_category: str = "open"
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
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    automatic: int = 0
    unheeded: int = 0
    ruf: str = ""
    impact: int = 0
    urgency: int = 0
    overridden: bool = False
    waiting_on: str = ""
    blocked_on: str = ""
    next_action: str = ""
    scheduled_for: datetime | None = None
    snoozed_until: datetime | None = None
    estimate: int = 0
    logged: int = 0
    closed_as: str = ""
    root_cause: str = ""
    verified_by: str = ""
    reopened: int = 0
    escalated_at: datetime | None = None
    escalated_because: str = ""
    owned_at: datetime | None = None
    reassigned_at: datetime | None = None
    due_at: datetime | None = None
    clocks: tuple[Clock, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    promised_at: datetime | None = None
    handoff: Mapping[str, str] = field(default_factory=dict)
    bounced: int = 0
    intake: Mapping[str, Any] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return self.status_category == "done"

    def clock(self, kind: str) -> Clock | None:
        """The clock of that kind, if it has ever run."""
        return next((clock for clock in self.clocks if clock.kind == kind), None)

    @property
    def is_reachable(self) -> bool:
        """Whether somebody outside gets this ticket's mail: a customer's ticket whose requester has an address."""
        return self.audience == "customer" and not self.requester.startswith(ANONYMOUS)

    @property
    def response_due(self) -> datetime | None:
        """When a person must have answered: the first time, or what the customer wrote last; None while nobody must."""
        running = (clock.due for clock in self.clocks if clock.kind in RESPONSES and clock.ended is None)
        return min((due for due in running if due is not None), default=None)


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


class CallState(StrEnum):
    """Where a call stands (DESIGN section 6). `waiting` is for a waiting room."""

    REQUESTED = "requested"
    APPROVAL = "approval"
    OFFERED = "offered"
    BOOKED = "booked"
    ASSIGNED = "assigned"
    WAITING = "waiting"
    LIVE = "live"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


PROMISED = frozenset({CallState.BOOKED, CallState.ASSIGNED, CallState.WAITING, CallState.LIVE})
"""States of a call that a customer was promised and that is not over."""
CALL_OVER = frozenset(
    {CallState.COMPLETED, CallState.NO_SHOW, CallState.CANCELLED, CallState.EXPIRED, CallState.REFUSED}
)


class GrantState(StrEnum):
    """What has become of the right to book once."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who may book once: bound to the ticket, the contact, the capability and the purpose of its call. `hash` is the
    fingerprint of its token, `redeemed_by` names the mail that redeemed it."""

    state: str = GrantState.ISSUED
    hash: str
    issued_at: datetime
    issued_by: str
    expires_at: datetime
    ended_at: datetime | None = None
    redeemed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """One person's copy of a call's calendar entry, as RFC 5546 section 2.1.5 wants it kept.

    `kind` is `customer` or `agent`, `attendee` the address that stands in it. `sequence` and `dtstamp` are those that
    were last sent, `moved` the sequence of the last change of its time; `partstat`, `reply_sequence` and
    `reply_dtstamp` what was last answered. `serial` is that of the reply key of its ORGANIZER, which never changes.
    """

    uid: str
    kind: str = "customer"
    attendee: str
    sequence: int = 0
    dtstamp: datetime
    moved: int = 0
    partstat: str = "NEEDS-ACTION"
    reply_sequence: int = -1
    reply_dtstamp: datetime | None = None
    cancelled: bool = False
    serial: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A live call of a ticket: asked for, offered, booked, staffed, held. It is named by its ticket and its `number`
    there.

    `contact` is the one person who may book it. `offered` are the slots that were ever shown, by number; a number is
    never another slot's. `within`: no slot is later. `wishes` is what the contact said about when. `witness` is who
    could take it, so that the promise is proven: it is shown to nobody; `assigned` is who was invited to take it,
    `acked_at` when they said that they do, `passed` are those who did not. `cell` is the cell of the grid that it
    takes, `start` and `end` what the customer sees. `room` is the random name of the place where it is held. `version`
    rises with every change that is written.
    """

    ticket: TicketRef
    number: int
    state: str = CallState.REQUESTED
    capability: str = ""
    level: int = 1
    minutes: int = 30
    contact: str
    purpose: str = ""
    priority: int = 3
    requested_at: datetime
    requested_by: str
    approve_until: datetime | None = None
    approved_by: str = ""
    within: datetime | None = None
    zone: str = ""
    language: str = ""
    wishes: str = ""
    offered: tuple[tuple[int, datetime], ...] = ()
    offered_at: datetime | None = None
    cell: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    booked_at: datetime | None = None
    room: str = ""
    witness: str = ""
    assigned: str = ""
    assigned_at: datetime | None = None
    acked_at: datetime | None = None
    passed: tuple[str, ...] = ()
    moves: int = 0
    reminded_at: datetime | None = None
    short_since: datetime | None = None
    outcome: str = ""
    outcome_asked_at: datetime | None = None
    ended_at: datetime | None = None
    grant: Grant | None = None
    invites: tuple[Invite, ...] = ()
    version: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in CALL_OVER

    @property
    def is_promised(self) -> bool:
        return self.state in PROMISED

    @property
    def takes_time(self) -> bool:
        """Whether it has a cell of somebody's day: it is to come, or somebody has or had it, and it counts against that
        day. What began without any of us has none."""
        begun = (CallState.WAITING, CallState.LIVE, CallState.COMPLETED, CallState.NO_SHOW)
        had = bool(self.assigned) and self.state in begun
        return self.cell is not None and (had or self.state in (CallState.BOOKED, CallState.ASSIGNED))

    @property
    def key(self) -> tuple[TicketRef, int]:
        return self.ticket, self.number

    def invite(self, kind: str = "customer") -> Invite | None:
        """The standing invite of that kind: the last one."""
        return next((one for one in reversed(self.invites) if one.kind == kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """When somebody of the staff can take no call, by their own calendar (`source`: what it was read of)."""

    name: str
    start: datetime
    end: datetime
    source: str = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What the store knows of all calls at an instant: those that are promised or were held in these weeks, when who
    is busy, and since when each calendar was last read."""

    promised: Mapping[tuple[TicketRef, int], Call] = field(default_factory=dict)
    busy: tuple[Busy, ...] = ()
    read_at: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What somebody has on their hands: open tickets, the minutes that are still estimated for them by the instant that
    each is scheduled for (None: not scheduled), and when they were last given one."""

    open: int = 0
    minutes: tuple[tuple[datetime | None, int], ...] = ()
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which tickets somebody looks for: one of each field's values, and all of the `words`; empty means any. `words`
    stand in the subject or in the text of a message, `numbers` are tickets that are named among them."""

    states: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    priorities: tuple[int, ...] = ()
    topics: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    """Addresses, or domains, of requesters."""
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What somebody of the staff may look at: what these teams own or help with, what is theirs, what they asked for
    themselves. Whoever oversees the desk may look at everything, and has none of this."""

    teams: tuple[str, ...] = ()
    who: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Whose queue somebody serves, and what of it they cannot do: topics (an empty subtopic: all of one), languages,
    and tickets whose fact of that name (`returned`) lists them: they gave those back."""

    teams: tuple[str, ...] = ()
    topics: frozenset[tuple[str, str]] = frozenset()
    languages: frozenset[str] = frozenset()
    returned: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """An earlier ticket of somebody, or of their house, as a line of a notice shows it."""

    ref: TicketRef
    requester: str
    status: str
    is_open: bool
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A ticket that was resolved: how, and the words by which it is found again."""

    ref: int
    subject: str
    outcome: str
    gist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a verb wants to know of the store, for whom (a short name): `mine` (what is theirs), `find` (`search`),
    `show` (what happened to ticket `number`), `held` (what they would give back), `next` (what is next for them, ours
    until the turn ends; `number` is the mail that asks). `within`: what they may look at; None is everything."""

    kind: str
    who: str
    number: int = 0
    search: Search | None = None
    within: Within | None = None
    queue: Queue | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event of a ticket, as it is told."""

    at: datetime
    actor: str
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the store knows of a question: tickets in order, how many there are in all (not `whole`: of those that were
    looked at), or only their numbers, those that were `passed` over, a ticket's last events with the newest last, and
    people's names by address. `given_up`: it took too long, and nothing is known."""

    tickets: tuple[Ticket, ...] = ()
    total: int = 0
    whole: bool = True
    numbers: tuple[int, ...] = ()
    passed: tuple[int, ...] = ()
    events: tuple[Happened, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    given_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a ticket stands among those of its team that anybody may take: the rank, of how many, and the first few
    that stand before it."""

    rank: int
    of: int
    before: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An event of a ticket as it happened. `occasion` is the same for all that one mail or one command did; `was` are
    the ticket's fields before it, `sent` the addresses that mail of that occasion went to."""

    at: datetime
    actor: str
    kind: str
    occasion: str
    was: Mapping[str, Any] = field(default_factory=dict)
    sent: tuple[str, ...] = ()


# Effects: what a decision asks commit to write. Each is unique by (journal id, kind, ordinal).


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """`gist` are the words by which it is found again; without them, those of its subject."""

    ticket: Ticket
    requester_name: str = ""
    gist: str = ""


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
    """Something happened. `was` holds the fields of the ticket that it changed, as they were before: by it a ticket can
    be told backwards."""

    ticket: TicketRef
    kind: str
    actor: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    was: Mapping[str, Any] = field(default_factory=dict)


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
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTimer:
    ticket: TicketRef
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """These words are taken out of what the ticket shows. `source` are the words around them that say so, `message` the
    Message-ID of the mail that had them: short words go from nowhere else."""

    ticket: TicketRef
    words: str
    source: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDelivery:
    """What became of a mail of ours, by its Message-ID: `failed` or `delayed`, with the remote's words."""

    message_id: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCorrection:
    """A person sorted a ticket anew: what the desk had thought of `field`, why, and what it is. The learner's food."""

    ticket: TicketRef
    field: str
    was: str
    because: str
    became: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAway:
    """A member of staff gets no work until then; None: they are back."""

    address: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNotices:
    """How a member of staff hears of tickets from now on: `instant`, `digest` or `mute`."""

    address: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDigest:
    """A member of staff wants their digest now, whenever the last one was; the next sweep makes it."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCall:
    """A call as it is from now on. `before` is what it was when this was decided (None: it is new): where it is not
    that any more, and where its grant was redeemed by somebody else meanwhile, the whole turn is taken again."""

    call: Call
    before: Call | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who could take which promised call, where that changed: nobody is told."""

    names: Mapping[tuple[TicketRef, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """The world of the calls has changed: the next sweep proves all promises anew."""


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
class Probe:
    """A test mail of an operator's: its number in the outbox, whom it went to, and what has come of it: by how
    (`returned`, `replied`, `bounced`) the number of the mail that says so."""

    number: int
    to: str
    receipts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReceipt:
    """Mail `by` says what has come of the test mail with this number in the outbox: it was `returned` to a door of
    ours, `replied` to, or has `bounced`. The first word of each kind counts."""

    number: int
    how: str
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
    `serial` is that of its keys where it is not the person's present one (a call keeps its ORGANIZER), `also` a further
    audience whose key it carries (`book1`: the token of the ticket's first call).
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
    serial: int = 0
    also: str = ""


Effect = (
    OpenTicket
    | ChangeTicket
    | AddMessage
    | AddEvent
    | Join
    | Link
    | SetTimer
    | ClearTimer
    | Forget
    | MarkDelivery
    | NoteCorrection
    | NoteReceipt
    | SetAway
    | SetNotices
    | AskDigest
    | SaveCall
    | Witnesses
    | Prove
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
