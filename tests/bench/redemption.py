"""What booking a call costs on a full desk: 50 agents, 400 calls that are promised already, SQLite.

In: how many bookings. Out: milliseconds of one whole turn (look-up, board, probe, booking, rows, commit) as processor
time by step and as time on the wall, medians. The desk, its calls and its witness are the same on every machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import Connection, update

from gateway.cli.init import write_desk
from gateway.config.loading import load as configured
from gateway.rules import change
from gateway.rules.calls import booking, offering, world
from gateway.rules.calls.progress import Progress, written
from gateway.rules.desk import Desk
from gateway.stages.commit import commit
from store import calls
from store.engine import Store
from store.lookup import load
from store.opening import open_store
from store.records import Call, CallState, Decision, Grant, GrantState, Invite, SaveCall, Schedule, Ticket, Verdict
from store.snapshot import Snapshot, Wanted
from store.tables import people, tickets

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
AGENTS, CALLS, FIRST = 50, 400, 1001
STEPS = ("look up", "decide", "write")
_SKILLS = ("network-engineering", "billing-specialist", "general")
_AGENT = """
[[agent]]
name = "{name}"
full_name = "{name} of the bench"
address = "{name}@desk.example"
team = "frontline"
roles = ["agent"]
capabilities = {{ {skills} }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds a booking: of the processor by step and in all, on the wall in all; how many calls and agents."""

    steps: dict[str, float]
    processor: float
    wall: float
    worst: float
    promised: int
    agents: int


def measure(bookings: int = 40) -> Cost:
    """So many bookings, one after the other, each in a turn of its own."""
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as folder:
        desk = _desk(Path(folder))
        store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
        try:
            _fill(store, desk, bookings)
            spent = [_redeem(store, desk, FIRST + CALLS + number, number) for number in range(bookings)]
            with store.look() as connection:
                promised = len(calls.schedule(connection, NOW).promised)
        finally:
            store.close()
    spent = spent[bookings // 10 :]  # the first ones build what is built once
    if promised != CALLS + bookings:
        raise AssertionError(f"{promised} calls are promised, not {CALLS + bookings}")
    return Cost(
        steps={name: median(one[name] for one in spent) for name in STEPS},
        processor=median(sum(one[name] for name in STEPS) for one in spent),
        wall=median(one["wall"] for one in spent),
        worst=max(one["wall"] for one in spent),
        promised=CALLS,
        agents=len(desk.agents) - len(_WITHOUT),
    )


_WITHOUT = ("samantha", "mirabelle")
"""Who takes no calls."""


def _desk(folder: Path) -> Desk:
    random = Random(1)
    file = write_desk(folder / "desk", demo=True)
    more = []
    for number in range(AGENTS - 4):
        skills = random.sample(_SKILLS, random.choice((1, 2, 2, 3)))
        levels = ", ".join(f"{name} = {random.randint(3, 4)}" for name in skills)
        more.append(_AGENT.format(name=f"agent{number:02}", skills=levels))
    file.write_text(file.read_text("utf-8") + "".join(more), "utf-8")
    return configured(file, {}).desk(bytes(32))


def _fill(store: Store, desk: Desk, bookings: int) -> None:
    """The tickets; 400 calls with a witness; as many as are booked with a slot offered."""
    with store.turn() as connection:
        numbers = [FIRST + place for place in range(CALLS + bookings)]
        rows = [{"id": n, "address": _contact(n), "name": "", "language": "en", "created_at": NOW} for n in numbers]
        connection.execute(people.insert(), rows)
        _tickets(connection, numbers)
        snapshot = load(connection, Wanted(addresses=set(desk.agents), calls=NOW))
        promised = _promised(desk, snapshot, numbers[:CALLS])
        snapshot.schedule = Schedule(promised={call.key: call for call in promised})
        offered = [_offered(ticket, desk, snapshot) for ticket in numbers[CALLS:]]
        calls.save(connection, [(SaveCall(call=call), int(call.ticket), None) for call in (*promised, *offered)], NOW)
        connection.execute(update(tickets).values(calls={"1": "offered"}))


def _tickets(connection: Connection, numbers: Sequence[int]) -> None:
    plain = Ticket(
        ref=0, subject="The export stops", team="frontline", requester=_contact(0), mailbox="support@desk.example",
        language="en", created_at=NOW, updated_at=NOW, priority=1,
    )  # fmt: skip
    kept = {name: getattr(plain, name) for name in Ticket.__dataclass_fields__ if name in tickets.c}
    kept |= {"tags": [], "helpers": [], "clocks": [], "facts": {}, "intake": {}, "handoff": {}}
    connection.execute(tickets.insert(), [{**kept, "id": number, "requester_id": number} for number in numbers])


def _contact(ticket: int) -> str:
    """Everybody has a call of their own: nobody is promised two at one time."""
    return f"nora{ticket}@northwind.example"


def _promised(desk: Desk, snapshot: Snapshot, numbers: Sequence[int]) -> list[Call]:
    """Calls over the five days, each where somebody could take it."""
    random, board = Random(2), world.board(desk, snapshot, NOW)
    cells = sorted(
        {cell for worker in board.workers.values() for cell in worker.free if cell > NOW + timedelta(hours=3)}
    )
    found: dict[str, Call] = {}
    while len(found) < len(numbers):
        ticket, capability = numbers[len(found)], random.choice(_SKILLS)
        call = _booked(ticket, random.choice(cells), capability, desk)
        if board.add(world.promise(call, desk)):
            found[world.name(call.key)] = call
    return [replace(call, witness=board.witness[name]) for name, call in found.items()]


def _call(ticket: int, capability: str, desk: Desk) -> Call:
    skill = desk.routing.capabilities[capability]
    grant = Grant(hash=f"{ticket:064d}", issued_at=NOW, issued_by="benedikt", expires_at=NOW + timedelta(days=5))
    return Call(
        ticket=ticket, number=1, state=CallState.OFFERED, capability=capability, level=skill.level,
        minutes=skill.minutes, contact=_contact(ticket), priority=1, requested_at=NOW, requested_by="benedikt",
        grant=grant,
    )  # fmt: skip


def _booked(ticket: int, cell: datetime, capability: str, desk: Desk) -> Call:
    call = _call(ticket, capability, desk)
    assert call.grant is not None
    invite = Invite(uid=f"{ticket}@desk.example", attendee=_contact(ticket), dtstamp=NOW)
    return replace(
        call, state=CallState.BOOKED, cell=cell, start=cell, end=cell + timedelta(minutes=call.minutes), booked_at=NOW,
        grant=replace(call.grant, state=GrantState.REDEEMED, ended_at=NOW), invites=(invite,),
    )  # fmt: skip


def _offered(ticket: int, desk: Desk, snapshot: Snapshot) -> Call:
    call = _call(ticket, _SKILLS[ticket % len(_SKILLS)], desk)
    found = offering.slots(call, desk, snapshot, NOW, count=8)
    shown, _ = offering.numbered(call, found, desk, NOW)
    return shown


def _redeem(store: Store, desk: Desk, ticket: int, number: int) -> dict[str, float]:
    """One booking as a turn does it: of the slots that were shown the first that is still free."""
    began = time.perf_counter()
    with store.turn() as connection:
        marks = [time.process_time()]
        wanted = Wanted(addresses={*desk.agents, _contact(ticket)}, numbers={ticket}, calls=NOW)
        snapshot = load(connection, wanted, lock=True)
        marks.append(time.process_time())
        before, call = snapshot.tickets[ticket], snapshot.calls[ticket][1]
        slot = call.offered[number % len(call.offered)][0]
        progress = booking.booked(call, slot, before, desk, snapshot, NOW, "bench")
        assert isinstance(progress, Progress), f"the slot {slot} of {ticket} is not free: {progress.why}"
        after, effects = written(progress, before, desk, NOW)
        effects += change.changed(before, after, progress.events, desk, NOW)
        mails = progress.mails(lambda: f"<{ticket}@desk.example>")
        decision = Decision(
            entry=None, verdict=Verdict.BOOKING, reason="", ticket=ticket, trace=(), effects=(*effects, *mails)
        )
        marks.append(time.process_time())
        commit(connection, [decision], snapshot, desk, NOW)
        marks.append(time.process_time())
    wall = 1000 * (time.perf_counter() - began)
    spent = {name: 1000 * (marks[place + 1] - marks[place]) for place, name in enumerate(STEPS)}
    return {**spent, "wall": wall}
