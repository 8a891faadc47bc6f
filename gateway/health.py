"""Health: the vitals of a desk become a judgement, part by part, each with its reason and what to do.

In: the last `Told` of the daemon and how long ago it was. Out: a `Health`. Pure: no clock, no I/O. It never says
failing for something that only looks unusual: a few refused mails, a quiet night and one dead reader are no alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from gateway.vitals import MailboxVitals, Told, Vitals
from store.standing import MOST, StoreFigures

SILENCE = 10.0
"""Seconds without a word of the daemon after which it counts as hung; it speaks once a second."""
STALE = 30.0
SLOW, LATE = 300.0, 3600.0
"""Seconds that mail may wait before the desk is degraded, and before it fails."""
RETRY = 900.0
APART = 600.0
"""Seconds that the counts of a mailbox on another server may not agree: mail comes and goes while they are taken."""
LOOKS = 3
"""How many looks at such a mailbox may be missed."""
MANY = 10
"""How many mails refused or given up are more than the everyday."""
OFTEN = 3
"""How many deaths in an hour are more than a mishap."""
CROWDED = 0.8
LITTLE = 512 << 20
"""Bytes of disk that make an operator look."""
LONGEST = 300


class State(IntEnum):
    """The worst of several is their maximum."""

    OK = 0
    DEGRADED = 1
    FAILING = 2

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the page: what it is about, how it is, in words, and what to do about it (empty: nothing)."""

    name: str
    state: State
    what: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The whole: the worst state of all parts. `at` is the daemon's time of what it last said, None before that."""

    state: State
    at: datetime | None
    parts: tuple[Part, ...]


def judge(told: Told | None, silence: float) -> Health:
    """The health of a desk that said `told` `silence` seconds ago."""
    if told is None:
        part = Part(
            "desk", State.FAILING, "The desk has not said a word yet.", "It is starting: look again in a moment."
        )
        return Health(State.FAILING, None, (part,))
    parts = (_desk(told.vitals, silence), *(look(told) for look in _LOOKS))
    return Health(max(part.state for part in parts), told.vitals.now, parts)


def _desk(vitals: Vitals, silence: float) -> Part:
    if silence >= SILENCE:
        return Part(
            "desk",
            State.FAILING,
            f"The desk has not said a word for {span(silence)}; what stands below is from then.",
            "Look at its log; if it hangs, stop it and start it again: nothing that was accepted is lost.",
        )
    up = f"up for {span(_since(vitals.started_at, vitals.now))}"
    if vitals.stopping:
        return Part("desk", State.FAILING, f"The desk is stopping, {up}.", "Senders are told to come again later.")
    return Part("desk", State.OK, f"Running, {up}; {_many(vitals.counts.turns, 'turn')}.")


def _store(told: Told) -> Part:
    vitals = told.vitals
    faults = f"; {_many(vitals.counts.store_faults, 'fault')} since the start" if vitals.counts.store_faults else ""
    if vitals.store_fault:
        since = f" for {span(_since(vitals.store_fault_since, vitals.now))}" if vitals.store_fault_since else ""
        return Part(
            "store",
            State.FAILING,
            f"The store has not taken anything{since}: {quoted(vitals.store_fault)}{faults}.",
            "Look at the database and its disk. Senders are told 451 and keep their mail meanwhile.",
        )
    last = f"last commit {_ago(vitals.last_commit, vitals.now)}" if vitals.last_commit else "no commit yet"
    figures = vitals.figures
    if figures is not None and _since(figures.taken_at, vitals.now) > STALE:
        age = span(_since(figures.taken_at, vitals.now))
        return Part(
            "store",
            State.DEGRADED,
            f"The store answers no questions: its figures are {age} old; {last}{faults}.",
            "Look at the database; backlog, outbox and timers below are as old.",
        )
    return Part("store", State.OK, f"Keeps mail; {last}{faults}.")


def _doors(told: Told) -> Part:
    vitals = told.vitals
    if not vitals.session_limit:
        return Part("doors", State.OK, "No mail door is configured.")
    dead = _died(told, "smtp")
    if vitals.doors is None:
        state = State.DEGRADED if dead >= OFTEN else State.OK
        return Part("doors", state, f"Open; no session yet{_deaths(dead)}.", _CURE_DEATHS if state else "")
    doors = vitals.doors
    refused = sum(count for _, count in doors.refused)
    listed = ", ".join(f"{code} × {count}" for code, count in sorted(doors.refused)[:20])
    codes = f" ({listed})" if listed else ""
    what = (
        f"{doors.open_sessions} of {vitals.session_limit} sessions open; since its start "
        f"{_many(refused, 'refusal')}{codes}, {_many(doors.refused_connections, 'connection')} turned away"
        f"{_deaths(dead)}."
    )
    if doors.open_sessions >= CROWDED * vitals.session_limit:
        full = doors.open_sessions >= vitals.session_limit
        why = "New clients are told 421" if full else "Soon new clients are told 421"
        return Part("doors", State.DEGRADED, what, f"{why}: see who holds the sessions, or raise smtp.connections.")
    return Part("doors", State.DEGRADED if dead >= OFTEN else State.OK, what, _CURE_DEATHS if dead >= OFTEN else "")


def _mailboxes(told: Told) -> Part:
    """The mailboxes on other servers. All of them for an hour: then the desk hears nobody who writes there."""
    vitals = told.vitals
    if not vitals.mailboxes:
        return Part("mailboxes", State.OK, "This desk collects no mailbox on another server.")
    dead = _died(told, "imap")
    troubles = [(box, trouble) for box in vitals.mailboxes if (trouble := _trouble(box, vitals))]
    looked = sum(box.looked_at is not None for box in vitals.mailboxes)
    withheld = [box for box in vitals.mailboxes if box.withheld]
    what = f"{looked} of {len(vitals.mailboxes)} looked at, {_many(sum(b.known for b in vitals.mailboxes), 'message')}"
    what += f"; {sum(box.withheld for box in withheld)} could not be taken whole" if withheld else ""
    what += _deaths(dead) + "."
    what += "".join(f" Mailbox {box.number}: {trouble}." for box, trouble in troubles[:5])
    what += f" And {len(troubles) - 5} more." if len(troubles) > 5 else ""
    if troubles:
        lost = all(_idle_for(box, vitals) >= LATE for box in vitals.mailboxes)
        cure = '"replydesk doctor" tries each login and says what to mend; the messages stay on their server meanwhile.'
        return Part("mailboxes", State.FAILING if lost else State.DEGRADED, what, cure)
    if dead >= OFTEN:
        return Part("mailboxes", State.DEGRADED, what, _CURE_DEATHS)
    cure = f'"replydesk imap show {withheld[0].number}" says why and where they lie.' if withheld else ""
    return Part("mailboxes", State.OK, what, cure)


def _trouble(box: MailboxVitals, vitals: Vitals) -> str:
    """What is wrong with one mailbox for longer than a mishap; empty when nothing is."""
    late = _since(box.looked_at or vitals.started_at, vitals.now)
    if box.problem and _since(box.since, vitals.now) >= SLOW:
        return f"not collected for {span(_since(box.since, vitals.now))}: {quoted(box.problem).rstrip('.')}"
    if late >= max(SLOW, LOOKS * box.poll_seconds):
        return f"no whole look for {span(late)}"
    if box.apart_since is not None and (apart := _since(box.apart_since, vitals.now)) >= APART:
        counts = f"the server counts {box.there}, lists {box.listed}, the journal has {box.known}"
        return f"its counts have not agreed for {span(apart)}: {counts}"
    return ""


def _idle_for(box: MailboxVitals, vitals: Vitals) -> float:
    """For how many seconds nothing was collected; 0 where there is no trouble with that."""
    late = _since(box.looked_at or vitals.started_at, vitals.now)
    is_late = late >= max(SLOW, LOOKS * box.poll_seconds)
    return max(_since(box.since, vitals.now) if box.problem else 0.0, late if is_late else 0.0)


def _readers(told: Told) -> Part:
    readers = told.vitals.readers
    alive = sum(reader.alive for reader in readers)
    dead = _died(told, "reader")
    busy = [reader for reader in readers if reader.mail]
    longest = max(busy, key=lambda reader: reader.seconds, default=None)
    hand = f"; mail {longest.mail} in hand for {span(longest.seconds)}" if longest else ""
    what = f"{alive} of {len(readers)} alive, {len(busy)} at work{hand}{_deaths(dead)}."
    if readers and not alive:
        return Part("readers", State.FAILING, what, "No mail is read; look at the log for why readers do not start.")
    if alive < len(readers) or dead >= OFTEN:
        cure = 'See "replydesk mail list" for mails with attempts, and the log; what kills three readers is set aside.'
        return Part("readers", State.DEGRADED, what, cure)
    return Part("readers", State.OK, what)


def _backlog(told: Told, figures: StoreFigures, now: datetime) -> Part:
    held = f"{told.vitals.in_window} in hand"
    if not figures.undecided:
        return Part("backlog", State.OK, f"No mail waits for its verdict; {held}.")
    age = _since(figures.oldest_undecided, now)
    what = f"{_many(figures.undecided, 'mail')} without a verdict, the oldest for {span(age)}; {held}."
    cure = "Look at readers and store above; a large import takes its time. New mail is still accepted."
    return _by_age("backlog", age, what, cure)


def _outbox(told: Told, figures: StoreFigures, now: datetime) -> Part:
    dead = _died(told, "sender")
    overdue = _since(figures.oldest_due, now) if figures.oldest_due else 0.0
    deferred = _since(figures.oldest_deferred, now) if figures.oldest_deferred else 0.0
    lately = f", {figures.failed_lately} of them within a day" if figures.failed_lately else ""
    what = (
        f"{_many(figures.queued + figures.sending, 'mail')} to leave"
        f"{f', the longest overdue for {span(overdue)}' if figures.oldest_due else ''}; "
        f"{figures.held} held, {figures.failed} failed{lately}{_deaths(dead)}."
    )
    if figures.deferred:
        what += f" {_many(figures.deferred, 'mail')} refused for now; tried again."
        what += f" The last answer: “{quoted(figures.refusal)}”" if figures.refusal else ""
    if overdue >= SLOW or deferred >= RETRY or figures.deferred >= MANY or figures.failed_lately >= MANY:
        state = State.FAILING if overdue >= LATE else State.DEGRADED
        cure = 'Look at the mail server of outgoing.url and at "replydesk queue list"; then "replydesk queue retry ID".'
        return Part("outbox", state, what, cure)
    if figures.held:
        return Part("outbox", State.DEGRADED, what, 'Held mail waits for you: "replydesk queue release ID".')
    return Part("outbox", State.DEGRADED if dead >= OFTEN else State.OK, what, _CURE_DEATHS if dead >= OFTEN else "")


def _automatic(_told: Told, figures: StoreFigures, _now: datetime) -> Part:
    left = f"{_many(figures.automatic, 'automatic mail')} in the last hour"
    if not figures.stopped:
        return Part("automatic", State.OK, f"{left}.")
    what = f"{left}; the breaker stopped {figures.stopped} more."
    cure = 'Look in "replydesk mail list" for who writes so much, then "replydesk queue release --all".'
    return Part("automatic", State.FAILING, what, cure)


def _disk(told: Told) -> Part:
    room = told.vitals.disk_room
    if room is None:
        return Part("disk", State.OK, "The store is not on a disk that this desk watches.")
    what = f"Room for {room / (1 << 20):,.0f} MB of mail." if room > 0 else "No room for mail is left."
    if room <= 0:
        return Part("disk", State.FAILING, what, "Free some space: senders are told 452 until there is room.")
    if room < LITTLE:
        return Part("disk", State.DEGRADED, what, "Free some space soon; without room senders are told 452.")
    return Part("disk", State.OK, what)


def _timers(_told: Told, figures: StoreFigures, now: datetime) -> Part:
    if not figures.overdue_timers:
        return Part("timers", State.OK, "Nothing is overdue.")
    age = _since(figures.oldest_timer, now)
    what = f"{_many(figures.overdue_timers, 'timer')} due, the oldest for {span(age)}."
    late = age >= SLOW
    return Part("timers", State.DEGRADED if late else State.OK, what, "Look at the log for why." if late else "")


def _mail(_told: Told, figures: StoreFigures, now: datetime) -> Part:
    if figures.last_accepted is None:
        return Part("mail", State.OK, "None accepted yet.")
    return Part("mail", State.OK, f"The last was accepted {_ago(figures.last_accepted, now)}.")


def _of_figures(name: str, look: Callable[[Told, StoreFigures, datetime], Part]) -> Callable[[Told], Part]:
    """A part that the store's figures tell; before the first ones there is nothing to say."""

    def part(told: Told) -> Part:
        figures = told.vitals.figures
        return look(told, figures, told.vitals.now) if figures else Part(name, State.OK, "Not looked at yet.")

    return part


_LOOKS: tuple[Callable[[Told], Part], ...] = (
    _store,
    _doors,
    _mailboxes,
    _readers,
    _of_figures("backlog", _backlog),
    _of_figures("outbox", _outbox),
    _of_figures("automatic", _automatic),
    _disk,
    _of_figures("timers", _timers),
    _of_figures("mail", _mail),
)

_CURE_DEATHS = "Look at the log for why its process dies; it is started again each time."


def _by_age(name: str, age: float, what: str, cure: str) -> Part:
    state = State.FAILING if age >= LATE else State.DEGRADED if age >= SLOW else State.OK
    return Part(name, state, what, cure if state else "")


def _died(told: Told, role: str) -> int:
    return dict(told.lately).get(role, 0)


def _deaths(count: int) -> str:
    return f"; {_many(count, 'death')} in the last hour" if count else ""


def _many(count: int, noun: str) -> str:
    """A count with its noun: `1 mail`, `12 mails`, and `5000 or more mails` where counting stopped."""
    if count == 1:
        return f"1 {noun}"
    return f"{count}{' or more' if noun == 'mail' and count >= MOST else ''} {noun}s"


def _since(instant: datetime | None, now: datetime) -> float:
    return max(0.0, (now - instant).total_seconds()) if instant else 0.0


def _ago(instant: datetime, now: datetime) -> str:
    seconds = _since(instant, now)
    return "just now" if seconds < 2 else f"{span(seconds)} ago"


def quoted(text: str) -> str:
    """Somebody else's words on one line: no control or direction characters, and not without an end."""
    return "".join(char if char.isprintable() else " " for char in text[:LONGEST])


def span(seconds: float) -> str:
    """A length of time in its two largest units: `12 s`, `3 min`, `2 h 5 min`, `4 d 1 h`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"
