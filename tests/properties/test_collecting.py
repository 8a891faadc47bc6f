"""Whatever dies, fails or is changed by others between fetch, commit, move and word: once it is quiet again, each
message has exactly one row and lies where it belongs. `test_mailboxes.py` asks the same of the store alone.

Short and always the same by default, long and random with REPLYDESK_LONG (`make nightly`). One file, although a
little long: what may happen, and what must hold afterwards, is read together.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway import turns as turns_module
from gateway.cli.init import write_desk
from gateway.collection import box, collector, hearsay
from gateway.config.loading import load
from gateway.config.settings import Config
from gateway.doors.imap import fault, fetching, look, process
from gateway.doors.words import Fate
from gateway.turns import Turns
from gateway.vitals import Counts
from store import blobs, mailboxes
from store.engine import StoreError
from store.opening import open_store
from store.tables import collected
from store.tables import journal as journal_table
from tests.properties.mailroom import DONE, REFUSED, Client, Killed, Life, Line, Process, Room, Server, Unsure, names
from tests.servers.requirement import is_long
from tests.servers.stores import url_of

PASSWORD = "REPLYDESK_IMAP_PASSWORD"
POLL = 4.0
LARGE, TOO_LARGE = 400, 2_000
"""Bytes from which a message goes through the spool, and from which it is refused, in this world."""
MOST_ROUNDS = 5_000
"""Until it is quiet: ten times what is ever needed, an hour or two of that world."""
SLOW = timedelta(seconds=30)
"""How far the mail server's clock is behind."""


@cache
def _config(after: str, backlog: str) -> Config:
    with tempfile.TemporaryDirectory() as folder:
        file = write_desk(Path(folder), demo=True)
        table = f'host = "imap.example.org"\nusername = "help"\npassword_env = "{PASSWORD}"\nafter = "{after}"\n'
        file.write_text(f'{file.read_text()}\n[[imap]]\n{table}backlog = "{backlog}"\n')
        return load(file, {})


class Machine:
    """One daemon: the collector and the turns of a desk without readers and sender."""

    def __init__(self, world: World, name: str) -> None:
        self.stopped_until = 0.0
        self._room = world.room
        self._renewed = self._ticked = self._room.clock
        store: Any = Unsure(world.room, world.store)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(box, "Worker", lambda _role, options, classes: Process(world.room, _collect, options))
            patch.setattr(collector, "mailbox_options", lambda *of: _options(world, name, *of))
            self.collector = collector.Collector(
                world.config, store, world.room.now, Counts(), lambda: world.room.clock, {PASSWORD: "x"}
            )
        idle: Any = SimpleNamespace(
            ready=False, held=set(), room=64, apart=timedelta(), worker=SimpleNamespace(pid=0),
            take=lambda *_: None, renewed=lambda *_: None, committed=lambda: None,
        )  # fmt: skip
        self._turns = Turns(
            store=store, desk=idle, settler=idle, courier=idle, porter=None, witness=idle, counts=Counts(),
            owner=f"{name} {world.room.chance.random()}", mint=str, now=world.room.now, delivers=False,
            collector=self.collector,
        )  # fmt: skip
        with store.turn() as connection:
            if len(world.machines) == 1:
                mailboxes.release_all(connection)
            self._turns.hold(connection)
        self.collector.held()

    @property
    def processes(self) -> list[Any]:
        return [worker for worker, _heard in self.collector.workers() if worker.pid]

    def step(self) -> None:
        """Once around the daemon's loop."""
        for worker, heard in self.collector.workers():
            if worker.pid and worker.speaks:
                heard()
        if self._turns.has_work:
            self._turns.take()
        if self._room.clock - self._renewed >= 8.0:
            self._renewed = self._room.clock
            self._turns.renew()
        if self._room.clock - self._ticked >= 0.5:
            self._ticked = self._room.clock
            self.collector.pulse(None)
            self.collector.overdue()

    def end(self) -> None:
        for worker in self.processes:
            worker.kill()
        for one in self.collector._boxes:
            one._spool.give_up()  # the system closes the files of a process that dies


def _collect(life: Life, own: Process, options: Any) -> None:
    process.Collecting(options, Line(own.room, life, own), jitter=lambda: 0.0).run()


def _options(world: World, name: str, config: Config, mailbox: Any, password: str) -> Any:
    usual = OPTIONS(config, mailbox, password)
    return replace(
        usual, spool=str(world.folder / name), max_size=TOO_LARGE, poll_seconds=POLL, done_folder=DONE,
        refused_folder=REFUSED,
    )  # fmt: skip


OPTIONS = collector.mailbox_options


class World:
    """A server, one or two machines, and a plan of what goes wrong."""

    def __init__(self, seed: int, after: str, backlog: str, *, moves: bool, machines: int, folder: Path) -> None:
        self.folder, self.after = folder, after
        self.config = _config(after, backlog)
        self.keeps_history = backlog == "history"
        self.server = Server(moves=moves)
        self.room = Room(seed, self.server, self._rows)
        self.sent: list[bytes] = []
        self._refusals = 0
        self.is_disturbed = False
        """Whether a note may be missing: nobody knows its message any more, or it went with its folder, or the server
        refuses the note."""
        self._opened = url_of("sqlite", folder)
        self.store = open_store(self._opened.__enter__())
        self.machines: dict[str, Machine | None] = {f"machine-{number}": None for number in range(machines)}

    def close(self) -> None:
        for machine in self.machines.values():
            if machine:
                machine.end()
        self.store.close()
        self._opened.__exit__(None, None, None)

    def _rows(self) -> dict[str, bool]:
        with self.store.look() as connection:
            rows = connection.execute(select(journal_table.c.sha256, journal_table.c.history))
            return {row.sha256: row.history for row in rows}

    # Time

    def round(self) -> None:
        """Somebody does something; time passes where nobody can."""
        room = self.room
        for name, machine in self.machines.items():
            self._step(name, machine)
        if self.server.late and room.chance.random() < 0.1:
            self.server.catch_up()
        able = [life for life in self._lives() if life.wakes_at <= room.clock]
        room.clock += 0.01 if able else 0.5
        if able:
            life = room.chance.choice(able)
            for _ in range(room.chance.randint(1, 6)):
                if life.is_over or life.wakes_at > room.clock:
                    break
                life.step()

    def _step(self, name: str, machine: Machine | None) -> None:
        try:
            if machine is None and self.room.chance.random() < 0.05:
                self.machines[name] = Machine(self, name)
            elif machine and machine.stopped_until <= self.room.clock:
                machine.step()
        except Killed:
            if machine:
                machine.end()
            self.machines[name] = None
        except (StoreError, RuntimeError):
            if machine:
                raise

    def _lives(self) -> list[Life]:
        found = [one.life for machine in self.machines.values() if machine for one in machine.processes]
        return [life for life in found if life is not None and not life.is_over]

    # What others do, and what goes wrong

    def happens(self, what: str, number: int) -> None:
        """One of `EVENTS`."""
        if what in FAULTS:
            self._arm(*FAULTS[what])
        elif what in OURS:
            self._strike(what, number)
        else:
            self._change(what, number)

    def _strike(self, what: str, number: int) -> None:
        name, chosen = list(self.machines.items())[number % len(self.machines)]
        if chosen is None:
            return
        if what == "kill process":
            for one in chosen.processes:
                one.life.kill()
        elif what == "kill machine":
            chosen.end()
            self.machines[name] = None
        else:
            chosen.stopped_until = self.room.clock + number * 10

    def _change(self, what: str, number: int) -> None:
        match what:
            case "mail":
                self._send(number)
            case "renumber":
                self.is_disturbed = True
                self.server.renumber()
            case "remove the folder":
                self.is_disturbed = True
                self.server.vanish()
            case "make the folder":
                self.server.is_missing = False
            case "remove where it is moved to":
                self.is_disturbed = True
                self.room.says_why = ("TRYCREATE", "NONEXISTENT", "")[number % 3]
                self.server.folders.clear()
            case "somebody takes one":
                for uid in list(self.server.here)[number : number + 1]:
                    self.server.removed.add(self.server.here.pop(uid))
            case "forget to list":
                self.room.forgets = number

    def _send(self, number: int) -> None:
        for _ in range(number % 4 + 1):
            place = len(self.sent)
            size = (10, 10, 10, 10, LARGE + 900, TOO_LARGE + 10)[(place + number) % 6]
            head = f"From: a@b.example\r\nTo: support@desk.example\r\nMessage-ID: <{place}@x.example>\r\n\r\n"
            self.sent.append(head.encode() + b"x" * size)
            self.server.add(self.sent[-1], self.room.now() - SLOW)

    def _arm(self, what: str, fault: str) -> None:
        """At the next command or commit. What a server does not give is given up after three times: not here."""
        self.is_disturbed |= (what, fault) == ("append", "no")
        if what != "fetch" or self._refusals < 2:
            self._refusals += what == "fetch"
            self.room.armed.setdefault(what, []).append(fault)

    # Quiet

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.room.armed.clear()
        self.room.forgets = 0
        self.server.catch_up()
        self.server.is_missing = False
        for machine in self.machines.values():
            if machine:
                machine.stopped_until = 0.0
        rounds, quiet_since = 0, self.room.clock
        while self.room.clock - quiet_since < 3 * POLL:
            for _ in range(50):
                self.round()
            if wrong := self.wrong():
                quiet_since = self.room.clock
            rounds += 50
            assert rounds < MOST_ROUNDS, f"{wrong} after {self.room.clock:.0f} s"

    def wrong(self) -> list[str]:
        """What is not as it should be in the end."""
        with self.store.look() as connection:
            rows = Counter(connection.execute(select(journal_table.c.sha256)).scalars())
            first = connection.execute(select(mailboxes.mailboxes.c.first_looked_at)).scalar()
            stands = Counter(
                connection.execute(
                    select(collected.c.stand).join(
                        mailboxes.mailboxes,
                        (mailboxes.mailboxes.c.id == collected.c.mailbox_id)
                        & (mailboxes.mailboxes.c.generation == collected.c.generation),
                    )
                ).scalars()
            )
        found = [f"{stands['due']} due"] if stands["due"] else []
        for number, content in enumerate(self.sent):
            count = sum(rows[name] for name in names(content))
            assert count <= 1, f"message {number} has {count} rows"
            if content in self.server.removed:
                continue
            if count != 1:
                found.append(f"message {number} has no row")
            elif self.room.is_history(content):
                assert self.keeps_history
                assert first is None or self.server.came_at[content] < first
                found += [] if content in self.server.here.values() else [f"history {number} went"]
            elif why := self._misplaced(content):
                found.append(f"message {number} {why}")
        refused = len(self.server.arrived[REFUSED])  # what was copied and not removed is copied again in another life
        if self.server.notes < refused and not self.is_disturbed:
            found.append(f"{refused} refused, {self.server.notes} notes")
        return found

    def _misplaced(self, content: bytes) -> str:
        is_refused = len(content) > TOO_LARGE
        uid = next((uid for uid, one in self.server.here.items() if one == content), 0)
        if self.after == "move" or is_refused:
            came = self.server.arrived[REFUSED if is_refused else DONE][content]
            assert came <= 1 or not self.server.moves, "moved twice"
            return "is in the folder" if uid else "" if came else "went astray"
        if not uid:
            return "went"
        return "" if bool(self.server.flags.get(uid)) == (self.after == "flag") else "has the wrong flags"


FAULTS = {
    f"{what}: {how}": (what, how)
    for what, hows in {
        "commit": ("full", "busy", "bug", "unknown", "die before", "die after"),
        "write": ("cut", "no", "cut after", "in flight"),
        "append": ("cut", "no", "cut after", "in flight"),
        "fetch": ("cut", "no", "cut after", "in flight"),
        "read": ("cut", "no", "cut after"),
        "connect": ("cut",),
    }.items()
    for how in hows
}
OURS = ("kill process", "kill machine", "stop machine")
OTHERS = (
    "mail", "renumber", "remove the folder", "make the folder", "remove where it is moved to", "somebody takes one",
    "forget to list",
)  # fmt: skip
WHAT = st.one_of(*map(st.sampled_from, (["mail"], OURS, OTHERS, [*FAULTS], [*FAULTS])))
EVENTS = st.tuples(st.integers(0, 25), WHAT, st.integers(0, 5))


@contextmanager
def _simulated() -> Iterator[list[World]]:
    """The real code on the clock of the world that is in the list."""
    worlds: list[World] = []
    clock = SimpleNamespace(monotonic=lambda: worlds[0].room.clock)
    with pytest.MonkeyPatch.context() as patch:
        for module in (process, look, fetching):
            patch.setattr(module, "time", clock)
        patch.setattr(turns_module, "time", SimpleNamespace(perf_counter=lambda: 0.0, sleep=lambda _: None))
        patch.setattr(process, "connect", lambda _options, pulse: Client(pulse.__self__.room, pulse.__self__.life))
        patch.setattr(process, "log_in", lambda *_: None)
        patch.setattr(look, "WAITS", {Fate.LATER: 1.0, Fate.FULL: 2.0})
        for kind in (fault.NoMailbox, fault.Dropped, fault.Throttled, fault.NoLogin):
            patch.setattr(kind, "delays", (0.5, 3.0))
        for module in (fetching, hearsay):
            patch.setattr(module, "LARGE", LARGE)
        patch.setattr(fetching, "FIRST_PIECE", 300)
        patch.setattr(fetching, "PIECE", 500)
        for name in ("CHUNK", "PIECE"):
            patch.setattr(blobs, name, 256)
        yield worlds


@pytest.mark.timeout(3000)
@settings(
    max_examples=3_000 if is_long() else 40,
    derandomize=not is_long(),
    database=None,
    phases=[*Phase] if is_long() else [Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 2**32),
    after=st.sampled_from(["move", "move", "move", "flag", "leave"]),
    backlog=st.sampled_from(["new", "history"]),
    moves=st.booleans(),
    machines=st.sampled_from([1, 1, 2]),
    events=st.lists(EVENTS, min_size=5, max_size=40),
)
def test_each_message_has_one_row_and_lies_where_it_belongs_once_it_is_quiet(
    seed, after, backlog, moves, machines, events
):
    folder = Path(tempfile.mkdtemp(prefix="replydesk-property-"))
    with _simulated() as worlds:
        world = World(seed, after, backlog, moves=moves, machines=machines, folder=folder)
        worlds.append(world)
        try:
            for rounds, what, number in events:
                world.happens(what, number)
                for _ in range(rounds):
                    world.round()
            world.calm()
        finally:
            with suppress(Killed):
                world.close()
            shutil.rmtree(folder)
