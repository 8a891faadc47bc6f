"""`replydesk doctor --send`: one test mail through the real queue, watched until somebody has received it.

In: a checked configuration, one address, how long to wait. Out: a finding for each station of the mail's way, in words
and as plain values. The serving desk sends it as any other mail; here is only written that it shall be sent, and looked
at what became of it. It never opens a connection of its own, and never says that a mail arrived of which no door knows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway.cli.desk import Usage, now
from gateway.config.settings import Config, read_secret
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import database_file, serving
from gateway.rules import budget, times
from gateway.rules.desk import Desk
from gateway.rules.mails import probe
from gateway.stages.commit import commit
from gateway.stages.meter import meter
from gateway.transport.parcel import is_address
from parsing.address import normalise
from store import journal, outbox, witness
from store.engine import Store, StoreError, lock_names
from store.lookup import load
from store.opening import open_store
from store.records import Decision, OutboxState, SendMail, Step, Verdict
from store.report import stamp
from store.snapshot import Wanted

AREA = "round trip"
WAIT = 120
"""Seconds to wait for a receipt, unless told otherwise."""
PAUSE = 0.2
"""Seconds between two looks."""
GRACE = 2.0
"""Seconds in which the sender may still say what the smarthost replied, when the mail itself was faster."""

CONFIRMED, HANDED_OVER, QUEUED, FAILED, BOUNCED = "confirmed", "handed-over", "queued", "failed", "bounced"
_WAITING = (OutboxState.QUEUED.value, OutboxState.SENDING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A test mail that stands in the outbox under `number`."""

    number: int
    to: str
    message_id: str
    queued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why no test mail is written, and what helps."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a test mail has come. `state` is one of the five words above, `reply` what the smarthost said last,
    `how` and `by` which mail tells of it, `evidence` what was found of that mail's author, by `trust`."""

    state: str
    row_state: str = ""
    handed_over_at: datetime | None = None
    reply: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    how: str = ""
    by: int = 0
    received_at: datetime | None = None
    door: str = ""
    trust: str = ""
    evidence: str = ""
    reason: str = ""

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be waited for. A held mail waits for an operator, not for us."""
        return self.state in (CONFIRMED, FAILED, BOUNCED) or self.row_state == OutboxState.HELD.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Seconds that only go on, and a pause: handed in, so that a test waits for nothing."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


Said = tuple[Finding, dict[str, Any] | None]
"""A station, and the test mail as plain values where one was written."""


def address(given: tuple[str, ...]) -> str:
    """The one address to which a test mail goes; anything else is wrong usage."""
    if len(given) > 1:
        raise Usage("--send: a test mail goes to one address; name one, and ask again for another")
    address = given[0].strip()
    if not is_address(address) or "@" not in address:
        raise Usage(f"--send: {address[:100]!r} is no address; write one, such as you@example.org")
    return normalise(address)


def round_trip(config: Config, to: str, wait: float, clock: Clock, tell: Callable[[str], None]) -> list[Said]:
    """Ask for a test mail, follow it for `wait` seconds at most, and say what is known of it; `tell` hears of each
    station as it is reached."""
    try:
        store = open_store(config.store.url, patient=True) if _is_there(config) else None
        if store is None:
            return [_refused(_UNSERVED)]
        try:
            desk = config.desk(read_secret(config.store.data))
            asked = ask(store, desk, to, now(config), served=bool(serving(config.store.data)))
            if isinstance(asked, Refused):
                return [_refused(asked)]
            tell(f"queued as {asked.number} to {asked.to}")
            standing = watch(store, asked, wait, clock, tell)
        finally:
            store.close()
    except StoreError as error:
        return [(problem(AREA, f"the store: {error}", "mend the store, then ask again"), None)]
    plain = as_json(asked, standing)
    return [(finding, plain) for finding in stations(config, asked, standing, wait)]


def _is_there(config: Config) -> bool:
    """Whether there is a store to look at: asking for a test mail makes none."""
    file = database_file(config)
    return file is None or file.exists()


_UNSERVED = Refused(
    why="nobody serves this desk, so that no test mail would leave: none was written",
    fix='run "replydesk serve", then ask again',
)


def _refused(why: Refused) -> Said:
    return problem(AREA, why.why, why.fix), None


# Asking


def ask(store: Store, desk: Desk, to: str, at: datetime, *, served: bool) -> Asked | Refused:
    """Write one test mail into the outbox, in a turn of its own; or why not. `served`: on this machine."""
    return store.insist(partial(_write, store, desk, to, at, served))


def _write(store: Store, desk: Desk, to: str, at: datetime, served: bool, connection: Connection) -> Asked | Refused:
    if not served and (store.is_sqlite or not witness.is_at_work(connection, at)):
        return _UNSERVED
    if because := witness.held_because(connection):
        why = f"outgoing mail has been held since a restore, none was written: {because}"
        return Refused(why=why, fix='"replydesk queue list --state held" shows it; release it or let it go, then ask')
    lock_names(connection, {probe.LEDGER})
    wanted = Wanted(
        addresses={to, *desk.agents},
        budgets={*budget.names("", at), probe.LEDGER},
        budgets_since=budget.since(at),
    )
    snapshot = load(connection, wanted, lock=True)
    if (free := probe.free_at(snapshot.spent, at)) is not None:
        why = f"{probe.MOST} test mails were asked for within an hour, and no more are: none was written"
        return Refused(why=why, fix=f"ask again after {times.spoken(free, desk)}")
    mail = probe.probe(desk, to, partial(_mint, desk), secrets.token_hex(8), at)
    decision = Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"a test mail to {to}",
        trace=(Step(stage="act", what="doctor --send", why="an operator asked for it"),),
        effects=(mail, probe.spend(at)),
    )
    decision = meter(decision, "", desk, snapshot, partial(_mint, desk), at)
    held = next((one.held for one in decision.effects if isinstance(one, SendMail) and one.held), "")
    if held:
        fix = "wait until the hour is over, and see what sends so much: replydesk queue list --limit 50"
        return Refused(why=f"the mail would not leave, none was written: {held}", fix=fix)
    row = commit(connection, [decision], snapshot, desk, at).outbox[0]
    return Asked(number=row["id"], to=to, message_id=row["message_id"], queued_at=at)


def _mint(desk: Desk) -> str:
    return f"<{secrets.token_hex(12)}@{desk.domain}>"


# Watching


def watch(store: Store, asked: Asked, wait: float, clock: Clock, tell: Callable[[str], None]) -> Standing:
    """Look again and again until there is nothing to wait for, or the time is over."""
    end, before = clock.monotonic() + wait, ""
    while True:
        with store.look() as connection:
            standing = look(connection, asked)
        said = _said(asked, standing)
        if said and said != before:
            tell(said)
            before = said
        left = end - clock.monotonic()
        is_whole = standing.state != CONFIRMED or standing.handed_over_at is not None
        if standing.is_final and not is_whole:
            end = min(end, clock.monotonic() + GRACE) if left > GRACE else end
        if (standing.is_final and is_whole) or left <= 0:
            return standing
        clock.sleep(min(PAUSE, left))


def look(connection: Connection, asked: Asked) -> Standing:
    """What the outbox and the journal know of it now."""
    row = outbox.find(connection, asked.number)
    if row is None:  # nothing removes mail that waits; an operator may have put another store in its place
        return Standing(state=FAILED, reason="it is not in the outbox any more")
    known: dict[str, Any] = {
        "row_state": row.state,
        "handed_over_at": row.sent_at,
        "reply": f"{row.last_code or ''} {row.last_text}".strip(),
        "attempts": row.attempts,
        "next_attempt_at": row.next_attempt_at if row.state in _WAITING else None,
    }
    receipts = outbox.receipts(row.letter)
    for how in (probe.RETURNED, probe.REPLIED, probe.BOUNCED):
        if how in receipts and (came := journal.find(connection, receipts[how])) is not None:
            trust = f"trust {came.trust}"
            evidence = next((why for _, what, why in reversed(came.trace) if what == trust), "")
            state = BOUNCED if how == probe.BOUNCED else CONFIRMED
            return Standing(
                state=state, how=how, by=came.id, received_at=came.received_at, door=came.door, trust=came.trust,
                evidence=evidence, reason=came.reason, **known,
            )  # fmt: skip
    if row.state == OutboxState.FAILED.value:
        return Standing(state=FAILED, **known)
    return Standing(state=HANDED_OVER if row.sent_at is not None else QUEUED, **known)


# Telling


def _said(asked: Asked, standing: Standing) -> str:
    """A station in a line, for whoever waits."""
    if standing.state == HANDED_OVER:
        return f"handed over: {standing.reply}; now it must come back, or somebody must answer it"
    if standing.state == QUEUED:
        return f"not yet: {standing.reply}" if standing.attempts else ""
    after = f" after {_seconds(asked, standing.received_at)}" if standing.received_at else ""
    return f"{standing.state}{after}"


def stations(config: Config, asked: Asked, standing: Standing, wait: float) -> Iterator[Finding]:
    """What is known of each station, and what to do where the way ends too early."""
    later = f"a later answer is in replydesk queue show {asked.number}"
    yield fine(AREA, f"the test mail to {asked.to} is in the queue as {asked.number}, {asked.message_id}")
    if standing.state == QUEUED:
        yield _waits(config, asked, standing, wait, later)
        return
    if standing.state == FAILED:
        fix = "mend what it says, or the address; it is not tried again, ask for another one then"
        yield problem(AREA, f"it did not leave: {standing.reply or standing.reason}", fix)
        return
    if standing.handed_over_at is not None:
        after = _seconds(asked, standing.handed_over_at)
        yield fine(AREA, f"handed over after {after}: {standing.reply or 'the smarthost took it'}")
    if standing.state == HANDED_OVER:
        fix = f"reply to it if it is there, else look for it in spam and in the smarthost's log; {later}"
        if config.outgoing.maildir is not None:
            fix = (
                f"set outgoing.url to smtp://HOST:PORT: mail leaves into the folder {config.outgoing.maildir}; {later}"
            )
        yield problem(AREA, f"nobody has answered it within {wait:.0f} s, and it did not come back", fix)
    elif standing.state == BOUNCED:
        fix = f"mend what it says, or the address; the report: replydesk mail show {standing.by}"
        yield problem(AREA, f"it came back as undeliverable after {_seconds(asked, standing.received_at)}: "
                      f"{standing.reason}", fix)  # fmt: skip
    else:
        yield from _received(asked, standing)


def _waits(config: Config, asked: Asked, standing: Standing, wait: float, later: str) -> Finding:
    if standing.row_state == OutboxState.HELD.value:
        fix = f"replydesk queue release {asked.number}, then replydesk queue show {asked.number}"
        return problem(AREA, f"it is held in the queue: {standing.reply}", fix)
    if standing.attempts and standing.next_attempt_at is not None:
        again = times.spoken(standing.next_attempt_at, config.policy)
        what = f"it is still in the queue after {wait:.0f} s, {_tried(standing.attempts)}: {standing.reply}"
        fix = f"mend what it says (replydesk doctor examines the way out); the next attempt is {again}; {later}"
        return problem(AREA, what, fix)
    fix = f"read the log of the serving process; {later}"
    return problem(AREA, f"it is still in the queue after {wait:.0f} s, and nobody has tried to send it", fix)


def _received(asked: Asked, standing: Standing) -> Iterator[Finding]:
    after = _seconds(asked, standing.received_at)
    if standing.how == probe.REPLIED:
        yield fine(AREA, f"answered by {asked.to} after {after}, through {standing.door}: mail {standing.by}")
        return
    yield fine(AREA, f"received through {standing.door} after {after}: mail {standing.by}")
    if standing.trust in ("A", "B"):
        yield fine(AREA, f"our border says: {standing.evidence}")
        return
    fix = "look at SPF, DKIM and DMARC (replydesk doctor --dns) and at the section [trust]: others see the same"
    yield warning(AREA, f"nothing proves at our border that it is ours: {standing.evidence}", fix)


def as_json(asked: Asked, standing: Standing) -> dict[str, Any]:
    """The test mail as plain values; times are RFC 3339 in UTC, `seconds` from the queue to the door."""
    seconds = (standing.received_at - asked.queued_at).total_seconds() if standing.received_at else None
    return {
        "id": asked.number,
        "to": asked.to,
        "message_id": asked.message_id,
        "queued_at": stamp(asked.queued_at),
        "handed_over_at": stamp(standing.handed_over_at),
        "reply": standing.reply or None,
        "received_at": stamp(standing.received_at),
        "door": standing.door or None,
        "trust": standing.trust or None,
        "evidence": standing.evidence or None,
        "seconds": round(max(0.0, seconds), 3) if seconds is not None else None,
        "state": standing.state,
    }


def _seconds(asked: Asked, at: datetime | None) -> str:
    return f"{max(0.0, (at - asked.queued_at).total_seconds()):.1f} s" if at is not None else "a while"


def _tried(attempts: int) -> str:
    return "tried once" if attempts == 1 else f"tried {attempts} times"
