"""A ticket with a booked call, and the mails in which calendars answer its invite: no store, no clock, no random.

In: what a calendar says, who sends it, how far that is proven. Out: the decision of the whole way through the rules.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.config.loading import load
from gateway.pipeline import digest
from gateway.rules import keys
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from parsing.reading import read
from store.records import (
    AddEvent,
    AddMessage,
    Call,
    CallState,
    Decision,
    Entry,
    Envelope,
    Grant,
    Invite,
    Message,
    Person,
    ReplyKey,
    Role,
    SaveCall,
    Schedule,
    SendMail,
    Status,
    Ticket,
)
from store.snapshot import Snapshot

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Monday, 09:00 in Berlin."""
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""Tuesday, 11:00 in Berlin."""
FREE = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
UID = "k4x7j2mzq5wd3nbt6h8ycv9rfa@desk.example"
AGENTS_UID = "p4x7j2mzq5wd3nbt6h8ycv9rfa@desk.example"
NORA, BOB, ANASTASIA = "nora@northwind.example", "bob@northwind.example", "anastasia@desk.example"
SUPPORT = "support@desk.example"


def the_desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


def stamped(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%SZ")


def event(method: str = "REPLY", **lines: str) -> str:
    """A calendar; `lines` are properties by their names, `ATTENDEE` with its parameters, an empty one is left out."""
    usual = {
        "UID": UID, "SEQUENCE": "0", "DTSTAMP": "20261123T080100Z", "DTSTART": stamped(START), "SUMMARY": "A call",
        "ORGANIZER": f"mailto:{SUPPORT}", "ATTENDEE": f";PARTSTAT=ACCEPTED:mailto:{NORA}",
    }  # fmt: skip
    said = {**usual, **lines}
    body = [f"{name}{value if value[0] in ';:' else f':{value}'}" for name, value in said.items() if value]
    head = [f"METHOD:{method}"] if method else []
    return "\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", *head, "BEGIN:VEVENT", *body, "END:VEVENT", "END:VCALENDAR", ""]
    )


def says(partstat: str, address: str = NORA, **more: str) -> str:
    """The ATTENDEE of whoever answers so."""
    parameters = "".join(f";{name}={value}" for name, value in more.items())
    return f";PARTSTAT={partstat}{parameters}:mailto:{address}"


@dataclass(slots=True)
class Answers:
    """A desk with one booked call of Nora's; `hear` decides about a mail and lays the decision over what is known."""

    desk: Desk
    call: Call = field(init=False)
    known: Snapshot = field(init=False)
    now: datetime = NOW
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        invite = Invite(uid=UID, attendee=NORA, dtstamp=NOW - timedelta(hours=1))
        grant = Grant(
            state="redeemed", hash="g", issued_at=NOW, issued_by="dominique", expires_at=NOW + timedelta(days=5)
        )  # fmt: skip
        self.call = Call(
            ticket=1001, number=1, state=CallState.BOOKED, capability="network-engineering", level=2, contact=NORA,
            priority=2, requested_at=NOW - timedelta(hours=2), requested_by="dominique", offered=((1, START),),
            cell=START, start=START, end=START + timedelta(minutes=30), booked_at=NOW - timedelta(hours=1), room="r",
            witness="benedikt", grant=grant, invites=(invite,), language="en",
        )  # fmt: skip
        ticket = Ticket(
            ref=1001, status=Status.NEW, subject="Search is very slow", team="network", requester=NORA, priority=2,
            mailbox=SUPPORT, language="en", created_at=NOW, updated_at=NOW, calls={"1": "booked"},
            blocked_on="scheduling",
        )  # fmt: skip
        self.known = Snapshot(
            tickets={1001: ticket},
            participants={1001: {NORA: "requester"}},
            people={NORA: Person(id=1, address=NORA, name="Nora Wind")},
            keys={},
            calls={1001: {1: self.call}},
        )
        self.stand(self.call)

    def stand(self, call: Call) -> None:
        """The call is this one from now on."""
        self.call = call
        self.known.calls[1001][call.number] = call
        self.known.uids = {invite.uid: call.key for invite in call.invites}
        promised = {call.key: call} if call.is_promised else {}
        self.known.schedule = Schedule(promised=promised)

    def invited(self, **changes: Any) -> None:
        """The customer's entry is one with these fields."""
        entry = self.call.invite()
        assert entry is not None
        self.stand(replace(self.call, invites=(replace(entry, **changes),)))

    def key(self, person: str = NORA, role: Role = Role.CUSTOMER, audience: str = "public") -> str:
        """A secret reply address of somebody's."""
        key = keys.mint(self.desk.secret, 1001, person, role.value, audience, 1)
        print_ = keys.fingerprint(key)
        self.known.keys[print_] = ReplyKey(ticket=1001, person=person, role=role, audience=audience, hash=print_)
        return keys.keyed(SUPPORT, key)

    def mail(
        self, calendar: str, author: str = NORA, *, proven: bool = True, to: str = "", text: str = "",
        part: str = "text/calendar; charset=utf-8; method=REPLY", envelope: str | None = None, **headers: str,
    ) -> Incoming:  # fmt: skip
        """A mail with a calendar beside its text, as programs send it."""
        number = next(iter(self._numbers))
        domain = author.rpartition("@")[2].rstrip(">")
        head = {
            "From": author, "To": to or SUPPORT, "Subject": "Accepted: A call", "Message-ID": f"<a{number}@{domain}>",
            "Date": "Mon, 23 Nov 2026 09:01:00 +0100", "MIME-Version": "1.0",
            "Content-Type": 'multipart/alternative; boundary="b"',
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        if proven:
            result = f"mx.desk.example; dmarc=pass header.from={domain}"
            head = {"Authentication-Results": result, **head}
        parts = [f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"] if text else []
        parts += [f"Content-Type: {part}\n\n{calendar}\n"] if calendar else []
        body = "".join(f"--b\n{one}" for one in parts) + "--b--\n"
        raw = ("".join(f"{name}: {value}\n" for name, value in head.items() if value) + "\n" + body).encode()
        return self.incoming(raw, author if envelope is None else envelope, to or SUPPORT)

    def incoming(self, raw: bytes, sender: str, to: str) -> Incoming:
        number = next(iter(self._numbers))
        envelope = Envelope(sender=sender, recipients=(to,), received_at=self.now, door="smtp", client="127.0.0.1")
        entry = Entry(id=number, envelope=envelope, sha256=f"{number:064}", size=len(raw))
        return Incoming(entry=entry, mail=read(raw, self.desk.reading, sender), now=self.now)

    def hear(self, incoming: Incoming, *, confirmed: bool = False) -> Heard:
        """What the whole way through the rules makes of it."""
        if confirmed:
            incoming = replace(incoming, entry=replace(incoming.entry, confirmed=True))
        decision = digest(incoming, self.desk, self.known, lambda: f"<m{next(iter(self._numbers))}@desk.example>")
        self.known.overlay(decision, None)
        heard = Heard(decision)
        if heard.saved is not None:
            self.stand(self.known.calls[1001][heard.saved.number])
        return heard

    def say(self, calendar: str, author: str = NORA, *, confirmed: bool = False, **mail: Any) -> Heard:
        return self.hear(self.mail(calendar, author, **mail), confirmed=confirmed)


@dataclass(frozen=True, slots=True)
class Heard:
    """A decision, by what it does."""

    decision: Decision

    @property
    def verdict(self) -> str:
        return self.decision.verdict.value

    @property
    def saved(self) -> Call | None:
        found = [effect.call for effect in self.decision.effects if isinstance(effect, SaveCall)]
        assert len(found) <= 1
        return found[0] if found else None

    @property
    def entry(self) -> Invite:
        assert self.saved is not None
        found = self.saved.invite()
        assert found is not None
        return found

    @property
    def mails(self) -> list[tuple[str, str]]:
        """Purpose and reader of each mail."""
        sent = [effect for effect in self.decision.effects if isinstance(effect, SendMail)]
        return [(mail.purpose.value, mail.to.address) for mail in sent]

    @property
    def outside(self) -> list[SendMail]:
        sent = (effect for effect in self.decision.effects if isinstance(effect, SendMail))
        return [mail for mail in sent if mail.role is Role.CUSTOMER]

    @property
    def told(self) -> list[str]:
        """What the team reads."""
        sent = (effect for effect in self.decision.effects if isinstance(effect, SendMail))
        return sorted({str(mail.facts["changed"]) for mail in sent if mail.purpose.value == "notice"})

    @property
    def decided(self) -> list[str]:
        """What those read who asked for the call, and whose ticket it is."""
        sent = (effect for effect in self.decision.effects if isinstance(effect, SendMail))
        return [str(mail.facts["text"]) for mail in sent if mail.purpose.value == "call_notice"]

    @property
    def events(self) -> list[str]:
        return [effect.kind for effect in self.decision.effects if isinstance(effect, AddEvent)]

    def event(self, kind: str = "call-answered") -> dict[str, Any]:
        found = (e.detail for e in self.decision.effects if isinstance(e, AddEvent) and e.kind == kind)
        return dict(next(found))

    @property
    def message(self) -> Message:
        return next(effect.message for effect in self.decision.effects if isinstance(effect, AddMessage))

    @property
    def is_nothing(self) -> bool:
        """Whether it is written down and nothing follows: no call, no mail to anybody outside."""
        return not self.outside and (self.saved is None or self.saved.state == CallState.BOOKED)
