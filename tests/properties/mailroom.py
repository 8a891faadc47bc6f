"""A mailbox on another server, the processes that collect it and the daemons that keep it, on one thread of time.

In: a number that decides who is next, and what goes wrong when. Out: rows of a real store and folders of a server that
is a few dictionaries. Processes and daemons are the real ones, without sockets: at each instant (before and after a
command, a word, a commit) somebody else may be next, or dead. One file, although long: server, processes and
daemons share one time, and what each of them may do at an instant is what the others must bear.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from gateway.channel import ChannelClosed
from gateway.doors.imap.client import Folder, Measure
from gateway.doors.imap.fault import Dropped, Refused
from store.engine import Store, StoreBusy, StoreFull, StoreUnavailable

DONE, REFUSED = "done", "refused"


class Killed(BaseException):
    """SIGKILL."""


class Life:
    """One life of a process: it runs only while it is let, from one instant to the next."""

    def __init__(self, run: Callable[[Life], None]) -> None:
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._run = run
        self.is_over = self.is_killed = False
        self.error: BaseException | None = None
        self.wakes_at = 0.0
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _live(self) -> None:
        self._go.acquire()
        try:
            if not self.is_killed:
                self._run(self)
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.is_over = True
        self._back.release()

    def step(self) -> None:
        """Until its next instant."""
        self._go.release()
        self._back.acquire()
        if self.error is not None:
            raise self.error

    def instant(self) -> None:
        """Called within it: others are next."""
        if self.is_killed:
            raise Killed
        self._back.release()
        self._go.acquire()
        if self.is_killed:
            raise Killed

    def kill(self) -> None:
        self.is_killed = True
        while not self.is_over:
            self.step()
        self._thread.join()


@dataclass
class Server:
    """Folders of one account. `removed` is what others took away; `arrived` counts what ever came into a folder."""

    moves: bool
    here: dict[int, bytes] = field(default_factory=dict)
    flags: dict[int, set[str]] = field(default_factory=dict)
    came_at: dict[bytes, datetime] = field(default_factory=dict)
    folders: dict[str, list[bytes]] = field(default_factory=dict)
    arrived: dict[str, Counter[bytes]] = field(default_factory=lambda: {DONE: Counter(), REFUSED: Counter()})
    removed: set[bytes] = field(default_factory=set)
    notes: int = 0
    uidvalidity: int = 1
    uidnext: int = 1
    is_missing: bool = False
    epoch: int = 0
    sessions: list[Client] = field(default_factory=list)
    late: deque[Callable[[], Any]] = field(default_factory=deque)

    def add(self, content: bytes, at: datetime) -> None:
        self.here[self.uidnext] = content
        self.came_at[content] = at
        self.uidnext += 1
        for session in self.sessions:
            session.wire.has_grown = True

    def cut(self) -> None:
        """All connections end; what they had still to do is not done."""
        self.epoch += 1
        self.late.clear()

    def renumber(self) -> None:
        """Restored from a backup of this moment."""
        self.here = dict(enumerate(reversed(self.here.values()), start=3))
        self.flags = {}
        self.uidnext = 3 + len(self.here)
        self.uidvalidity += 1
        self.cut()

    def vanish(self) -> None:
        """Somebody removes the folder; it will be made again."""
        self.removed |= set(self.here.values())
        self.here, self.flags, self.uidnext, self.is_missing = {}, {}, 1, True
        self.uidvalidity += 1
        self.cut()

    def catch_up(self) -> None:
        """Do what was asked for by somebody who is dead."""
        while self.late:
            with suppress(Refused):
                self.late.popleft()()


class Client:
    """What a process has of its connection (`gateway.doors.imap.client.Client`)."""

    def __init__(self, room: Room, life: Life) -> None:
        self._room, self._server, self._life = room, room.server, life
        self._epoch = self._server.epoch
        self.wire = SimpleNamespace(has_grown=False)
        self.offers = frozenset({b"MOVE", b"UIDPLUS"} if room.server.moves else {b"UIDPLUS"})
        self.idles = True
        self._ask("connect", lambda: None)
        self._server.sessions.append(self)

    def _ask(self, what: str, effect: Callable[[], Any]) -> Any:
        """A command. `effect` is what the server does."""
        self._life.instant()
        fault = self._room.fault(what)
        if self._epoch != self._server.epoch or fault == "cut":
            raise Dropped("cut")
        if fault == "no":
            raise Refused("")
        if fault == "in flight":
            self._server.late.append(effect)
            self._life.is_killed = True
            self._life.instant()
        done = effect()
        if fault == "cut after":
            raise Dropped("cut after")
        self._life.instant()
        if self._epoch != self._server.epoch:
            raise Dropped("cut")
        return done

    def select(self, _folder: str, *, readonly: bool = False) -> Folder:
        def effect() -> Folder:
            if self._server.is_missing:
                raise Refused("NONEXISTENT")
            server = self._server
            return Folder(uidvalidity=server.uidvalidity, uidnext=server.uidnext, exists=len(server.here))

        found: Folder = self._ask("read", effect)
        return found

    def list_uids(self, criterion: str = "ALL") -> list[int]:
        def effect() -> list[int]:
            uids = sorted(self._server.here)
            if criterion.startswith("UID "):
                chosen = criterion[4:]
                if chosen.endswith(":*"):
                    return [uid for uid in uids if uid >= int(chosen[:-2])]
                return [uid for uid in uids if uid in _numbers(chosen)]
            return uids[self._room.forgets :]

        found: list[int] = self._ask("read", effect)
        return found

    def measure(self, uids: Any) -> dict[int, Measure]:
        here, at = self._server.here, self._server.came_at
        found: dict[int, Measure] = self._ask(
            "fetch", lambda: {u: Measure(size=len(here[u]), at=at[here[u]]) for u in uids if u in here}
        )
        return found

    def fetch_whole(self, uids: Any) -> dict[int, bytes]:
        here = self._server.here
        found: dict[int, bytes] = self._ask("fetch", lambda: {u: here[u] for u in uids if u in here})
        return found

    def fetch_piece(self, uid: int, start: int, size: int) -> bytes | None:
        here = self._server.here
        return self._ask("fetch", lambda: here[uid][start : start + size] if uid in here else None)

    def fetch_header(self, uid: int, _size: int) -> bytes:
        """Never refused here: the row would have the reason alone, and nobody could say which message's it is."""
        here = self._server.here
        found: bytes = self._ask("header", lambda: head(here[uid]) if uid in here else b"")
        return found

    def add_flag(self, uids: Any, flag: str) -> None:
        def effect() -> None:
            for uid in self._kept(uids):
                self._server.flags.setdefault(uid, set()).add(flag)

        self._ask("write", effect)

    def move(self, uids: Any, folder: str) -> None:
        self._ask("write", lambda: self._put(uids, folder, removes=True))

    def copy(self, uids: Any, folder: str) -> None:
        self._ask("write", lambda: self._put(uids, folder, removes=False))

    def _put(self, uids: Any, folder: str, *, removes: bool) -> None:
        if folder not in self._server.folders:
            raise Refused(self._room.says_why)
        for uid in self._kept(uids):
            content = self._server.here[uid]
            self._server.folders[folder].append(content)
            self._server.arrived[folder][content] += 1
            if removes:
                del self._server.here[uid]

    def _kept(self, uids: Any) -> list[int]:
        """Nothing changes about a message before it is durable in the journal."""
        chosen = [uid for uid in self._server.here if uid in set(uids)]
        for uid in chosen:
            content = self._server.here[uid]
            assert self._room.is_durable(content), "touched before it was kept"
            assert not self._room.is_history(content), "history is touched"
        return chosen

    def expunge(self, uids: Any) -> bool:
        def effect() -> None:
            for uid in uids:
                if "\\Deleted" in self._server.flags.get(uid, ()):
                    self._server.here.pop(uid, None)

        self._ask("write", effect)
        return True

    def has_folder(self, folder: str) -> bool:
        return bool(self._ask("read", lambda: folder in self._server.folders))

    def make_folder(self, folder: str) -> None:
        self._ask("write", lambda: self._server.folders.setdefault(folder, []))

    def prefixes(self) -> tuple[str, ...]:
        return ()

    def append(self, folder: str, content: bytes) -> None:
        def effect() -> None:
            if folder not in self._server.folders:
                raise Refused(self._room.says_why)
            assert b"Subject: Not taken" in content
            self._server.notes += 1

        self._ask("append", effect)

    def noop(self) -> None:
        self._ask("read", lambda: None)

    def idle(self, rest: Callable[[float, Any], None], until: float) -> None:
        while not self.wire.has_grown and self._room.clock < until:
            if self._epoch != self._server.epoch:
                raise Dropped("cut")
            rest(until - self._room.clock, None)

    def log_out(self) -> None:
        self.close()

    def close(self) -> None:
        if self in self._server.sessions:
            self._server.sessions.remove(self)


class Line:
    """A process's end of the line to its daemon (`gateway.doors.imap.talk.Talk`)."""

    def __init__(self, room: Room, life: Life, process: Process) -> None:
        self.room, self.life, self._process = room, life, process

    def say(self, word: Any) -> None:
        self.life.instant()
        self._process.said.append(word)

    def pulse(self) -> None:
        self.life.instant()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        yield

    def hear(self, kind: type, meanwhile: Callable[[], None]) -> Any:
        while True:
            while self._process.told:
                if isinstance(word := self._process.told.popleft(), kind):
                    return word
            self.rest(1.0)
            meanwhile()

    def rest(self, seconds: float, _sock: object = None) -> None:
        self.life.wakes_at = self.room.clock + min(seconds, 2.0)
        self.life.instant()


class Process:
    """A daemon's end of the line to a process (`gateway.worker.Worker`), and that process."""

    def __init__(self, room: Room, collect: Callable[[Life, Process, Any], None], options: Any) -> None:
        self.room, self._collect, self.options = room, collect, options
        self.role, self.pid, self.starts = "imap", 0, 0
        self.said: deque[Any] = deque()
        self.told: deque[Any] = deque()
        self.life: Life | None = None
        self.channel = self

    def start(self) -> None:
        self.starts += 1
        self.pid = self.starts
        self.said, self.told = deque(), deque()
        self.life = Life(lambda life: self._collect(life, self, self.options))

    def send(self, word: Any) -> None:
        self.told.append(word)

    def receive(self) -> list[Any]:
        assert self.life is not None
        if self.said:
            words = list(self.said)
            self.said.clear()
            return words
        if self.life.is_over:
            raise ChannelClosed
        return []

    @property
    def speaks(self) -> bool:
        return self.pid > 0 and self.life is not None and bool(self.said or self.life.is_over)

    def kill(self) -> str:
        if self.life is not None:
            self.life.kill()
        self.pid = 0
        return "signal SIGKILL"


class Unsure:
    """A store whose turns fail, or are said to have failed, or end the daemon."""

    is_sqlite, patient = True, False

    def __init__(self, room: Room, store: Store) -> None:
        self._room, self._store = room, store

    @contextmanager
    def turn(self, *, patient: bool = False) -> Iterator[Any]:
        fault = self._room.fault("commit")
        with self._store.turn() as connection:
            yield connection
            if fault in FAILS:
                raise FAILS[fault](fault)
        self._room.saw_commit()
        if fault == "unknown":
            raise StoreUnavailable("the connection was lost in the commit")
        if fault == "die after":
            raise Killed

    def look(self) -> Any:
        return self._store.look()


FAILS: dict[str, type[BaseException]] = {
    "full": StoreFull,
    "busy": StoreBusy,
    "bug": RuntimeError,
    "die before": Killed,
}


class Room:
    """Time, chance, and what goes wrong next."""

    def __init__(self, seed: int, server: Server, rows: Callable[[], dict[str, bool]]) -> None:
        """`rows` are the hashes of what is in the journal, each with whether it is history."""
        self.chance = random.Random(seed)
        self.server = server
        self.clock = 0.0
        self.began = datetime.now(UTC)
        self.durable: dict[str, bool] = {}
        self.forgets = 0
        self.says_why = "TRYCREATE"
        self.armed: dict[str, list[str]] = {}
        self._rows = rows

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.clock)

    def saw_commit(self) -> None:
        self.durable = self._rows()

    def is_durable(self, content: bytes) -> bool:
        return bool(names(content) & self.durable.keys())

    def is_history(self, content: bytes) -> bool:
        return any(self.durable.get(name) for name in names(content))

    def fault(self, what: str) -> str:
        return self.armed[what].pop(0) if self.armed.get(what) else ""


def names(content: bytes) -> set[str]:
    """The hashes under which a message may be in the journal: of its bytes, or of its header where it is too large."""
    return {sha256(content).hexdigest(), sha256(head(content)).hexdigest()}


def head(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _numbers(written: str) -> set[int]:
    found: set[int] = set()
    for run in written.split(","):
        first, _, last = run.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found
