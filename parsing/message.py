"""What a mail says: raw bytes in, one frozen `ParsedMail` out.

The values here are the words that the whole desk reads mail with. Nothing in this package does I/O, reads a clock
or knows the store; every limit that protects the interpretation stands in `parsing.limits`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of sender wrote this mail (the `kind` of `replydesk read`)."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    DELAY = "delay"
    RECEIPT = "receipt"
    LIST = "list"
    CALENDAR = "calendar"
    ABUSE_REPORT = "abuse_report"
    CHALLENGE = "challenge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One RFC 5322 mailbox: a display name without controls (maybe empty) and an addr-spec as it was written."""

    name: str = ""
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that is not the body. `part` is its number in a depth-first walk of the capped tree (root is 0), with the
    parts of opened containers (TNEF, opaque S/MIME) after all others. `content_type` is what the sender said,
    `real_type` what the first bytes say (the same where they say nothing)."""

    part: int
    filename: str
    safe_name: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str
    real_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that was written into a quotation: the lines of the quotation directly above it, and the words."""

    question: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """The original that a forward carries."""

    from_: Mailbox | None
    subject: str
    date: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """One recipient of a delivery status notification (RFC 3464 section 2.3)."""

    address: str
    status: str
    action: str
    reason: str
    permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A delivery status notification: whom it could not reach, and which of our messages it is about. `envelope_id` is
    the ENVID that this message had left with, where the report names it (RFC 3464 section 2.2.1)."""

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str
    envelope_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One ATTENDEE of a calendar with its parameters (RFC 5545 section 3.2), as written; `address` is that of a mailbox
    where the calendar names one."""

    address: str
    name: str = ""
    partstat: str = ""
    role: str = ""
    rsvp: bool = False
    delegated_to: str = ""
    delegated_from: str = ""
    sent_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The iTIP part of a mail (RFC 5546): its method and the identity of its first component.

    The component is the master where overrides of single instances stand beside it; `components` counts them all.
    `start` and `end` are instants. A date (`all_day`) and a time without a zone that is known are none, because they
    mean another instant in every place: they are None, and `start_local`, `end_local` have what was written
    (`2026-10-05`, `2026-10-05T09:30:00`). `end` is worked out from a DURATION. In a COUNTER both are what is proposed,
    and `original_start` is what it was (X-MS-OLK-ORIGINALSTART). `recurrence_id` is an instant or what was written.
    `attendee` is who answers in a REPLY, COUNTER or REFRESH (the author of the mail if he is among several), else the
    first of `attendees`. `part` is the part of the mail, `parameters` are those of its Content-Type.
    """

    method: str
    uid: str
    sequence: int
    dtstamp: datetime | None
    attendee: str
    partstat: str
    start: datetime | None
    end: datetime | None
    component: str = ""
    components: int = 1
    all_day: bool = False
    start_local: str = ""
    end_local: str = ""
    original_start: datetime | None = None
    recurrence_id: str = ""
    recurring: bool = False
    status: str = ""
    summary: str = ""
    location: str = ""
    comment: str = ""
    organizer: Mailbox | None = None
    attendees: tuple[Attendee, ...] = ()
    part: int = 0
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthMethod:
    """One result of an Authentication-Results header (RFC 8601): `dkim=pass header.d=example.org`."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def property(self, name: str) -> str:
        """The value of a property such as `header.d`, lower-cased; empty when absent, or said twice with two values:
        what a server copies from the envelope into a comment may end that comment."""
        values = {value for key, value in self.properties if key == name}
        return values.pop() if len(values) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthResults:
    """One Authentication-Results header as it stood in the mail; who may be believed is not decided here."""

    authserv_id: str
    methods: tuple[AuthMethod, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamMark:
    """What one header of a spam filter says (`X-Spam-Flag: YES`); who may be believed is not decided here."""

    header: str
    is_spam: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcSet:
    """One instance of an ARC chain (RFC 8617): the domain that sealed it, and what it says that it saw."""

    instance: int
    sealer: str
    results: AuthResults


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch:
    """A topic that the mail speaks of: the words that say so, the example that it is most like (empty when it is like
    none), and how much that counts. A word counts 1, a phrase more, in the subject twice."""

    topic: str
    subtopic: str
    words: tuple[str, ...]
    score: float = 0.0
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatch:
    """A rule whose words stand in the mail, with the words that say so. `denied` are those of its words that the mail
    denies, `unless` are words that keep it from counting; with either and no `words` the rule says nothing."""

    name: str
    words: tuple[str, ...] = ()
    score: float = 0.0
    example: str = ""
    denied: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        return bool(self.words or self.example) and not self.unless


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that a fact may have, and what else it is called (lower case)."""

    value: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One fact that the desk may want to know of a matter, as far as it takes to find it in a mail.

    `kind` is a row of `parsing.intake.kinds`; `labels` are what a line with it may begin with, in every language of the
    desk, `cues` words near which a value is this one and no other (all lower case). `pattern` and `check` are the shape
    of a number (`INV-####-#####`: `#` is a digit, `@` a letter, `?` either) and its check digit; `choices` what a
    choice, or a catalogue, has.
    """

    name: str
    kind: str
    labels: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    pattern: str = ""
    check: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that a mail seems to say. `state`: `present`, `unsure`, `unknown` ("I don't know" is an answer). `source`
    is the words that say so, `how` by which reading (`label`, `answer`, `pattern`, `sentence`, `file`)."""

    field: str
    value: str
    state: str = "present"
    source: str = ""
    how: str = "pattern"

    def __reduce__(self) -> tuple[type[Candidate], tuple[str, ...]]:
        """Between processes it is its values alone: nearly every mail has some."""
        return Candidate, (self.field, self.value, self.state, self.source, self.how)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """Everything the parser understands of one mail.

    `from_` is None when there is no usable author; `from_defect` then, or when identity must not be trusted, says
    why (two From headers, two mailboxes, an encoded addr-spec …). Message-IDs keep their angle brackets.
    `text` is the whole readable body, `reply` only the new words (with `> ` lines of the question above each inline
    answer), `quoted`, `signature` and `disclaimer` what was set apart; `answers` are the inline answers, in order.
    `html` is a sanitised copy of the HTML, only where `Reading.html` asks for it. `encrypted` and `signed` are
    `openpgp` or `smime`, empty when neither; a signature is named here, never verified.
    `auto_generated` is true when a machine wrote it unasked (Auto-Submitted: auto-generated: monitoring, alerts),
    `judged_by_words` when nothing but subject or text says that it is not a person's;
    `suppress_auto_reply` when the sender asked machines not to answer (X-Auto-Response-Suppress, Precedence: bulk).
    `cautions` are what a person must know before acting on it: that it is encrypted, that text and HTML say different
    things, that a file or a name is not what it pretends to be.
    `topics` are what its new words speak of, best first, `rules` the desk's rules that they touch.
    `candidates` are facts that its new words, its subject and its files seem to say, for each that the desk may want.
    `spam` is what filters said, `verification` why this is a third party's proof of address (intake 8; empty when it is
    none), `foreign_references` the keys of other ticket systems in the subject.
    `message_class` is what Outlook's container says that the mail is: old ones answer an invitation with nothing else.
    `content_hash` is sha256 (hex) over From, Date, Subject and body, blind to trace, DKIM and ARC headers.
    """

    kind: Kind
    kind_reasons: tuple[str, ...] = ()
    from_: Mailbox | None = None
    from_defect: str = ""
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    subject: str = ""
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    text: str = ""
    reply: str = ""
    quoted: str = ""
    signature: str = ""
    disclaimer: str = ""
    answers: tuple[Answer, ...] = ()
    html: str = ""
    encrypted: str = ""
    signed: str = ""
    forwarded: Forwarded | None = None
    language: str = ""
    attachments: tuple[Attachment, ...] = ()
    bounce: Bounce | None = None
    calendar: Invitation | None = None
    message_class: str = ""
    authentication: tuple[AuthResults, ...] = ()
    arc: tuple[ArcSet, ...] = ()
    topics: tuple[TopicMatch, ...] = ()
    rules: tuple[RuleMatch, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    auto_generated: bool = False
    suppress_auto_reply: bool = False
    judged_by_words: bool = False
    spam: tuple[SpamMark, ...] = ()
    verification: str = ""
    foreign_references: tuple[str, ...] = ()
    received_count: int = 0
    content_hash: str = ""
    defects: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def is_verification(self) -> bool:
        """Whether somebody registered our address with a third party, whose code or link this is."""
        return bool(self.verification)

    @property
    def said(self) -> str:
        """The words to show: the new ones; where there are none and nothing is carried, all that there is: the whole
        text, or the comment of an answer to an invitation."""
        whole = self.text or (self.calendar.comment if self.calendar is not None else "")
        return self.reply or ("" if self.forwarded is not None else whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicWords:
    """What speaks for one topic; `subtopic` may be empty. `strong` words and phrases (all in lower case) count three
    times, and all of them `weight` times; `examples` are whole sentences as customers write them."""

    topic: str
    subtopic: str
    words: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWords:
    """What makes a rule of the desk count; `unless` are words and phrases with which it does not."""

    name: str
    words: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Everything that is looked for in the words of a mail: topics, rules, words that deny beside those that are known
    (`parsing.denial`). It is a collection of its topics."""

    topics: tuple[TopicWords, ...] = ()
    rules: tuple[RuleWords, ...] = ()
    denials: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[TopicWords]:
        return iter(self.topics)

    def __len__(self) -> int:
        return len(self.topics)


NO_WORDS = Lexicon()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the reader is told about the desk: languages (first is the default), the words of its topics and rules, and
    whether a sanitised copy of the HTML is wanted. `sought` are the facts that it asks for."""

    languages: tuple[str, ...] = ("en", "de", "fr")
    topics: Lexicon = NO_WORDS
    html: bool = False
    sought: tuple[Sought, ...] = ()
