"""A real `replydesk serve` that a test may kill, stop, starve and start again on the same folder and ports.

In: a folder and how the desk differs from the demo. Out: the running desk, its processes by role, and what its store
says. It runs in a process group of its own and is ended by that group's number and nothing else.
"""

from __future__ import annotations

import json
import os
import select
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from gateway.cli.init import write_desk
from store.engine import Store, open_engines
from tests import warm
from tests.desk import run
from tests.servers.leash import leash

READY_SECONDS = 120.0
PATIENCE = 120.0
"""Seconds within which anything comes about that a test waits for, also on a machine ten times slower than ours."""
PROGRAM = (sys.executable, "-m", "gateway.cli")

_LOUD = (
    ('team = "frontline"\nroles = ["agent"]', 'team = "network"\nroles = ["agent"]'),
    ('roles = ["lead"]', 'roles = ["manager"]'),
)
"""What makes the demo desk tell its staff of a new ticket."""


class Desk:
    """One desk's folder and, between `start` and `kill` or `stop`, its processes."""

    def __init__(self, folder: Path, *, quiet: bool = False, program: Sequence[str] = PROGRAM, **settings: str) -> None:
        self.folder = folder
        self.config = write_desk(folder, demo=True)
        if quiet:
            self._hush()
        self.program = program
        closed = {"LMTP__LISTEN": "", "WEB__LISTEN": ""}
        still = {"DIGESTS__AT": "off"}  # else more leaves at the hour when somebody's day begins
        self.settings = {"SMTP__LISTEN": "127.0.0.1:0", **closed, **still, **settings}
        self.before: tuple[str, ...] = ()
        self._process: subprocess.Popen[str] | warm.Warm | None = None
        self.host, self.port = "127.0.0.1", 0
        self.lmtp_port = 0
        self.daemon = 0

    def _hush(self) -> None:
        text = self.config.read_text(encoding="utf-8")
        for old, new in _LOUD:
            assert text.count(old) == 1, f"the demo desk has changed: {old!r} is not in it once"
            text = text.replace(old, new)
        self.config.write_text(text, encoding="utf-8")

    def collect(self, **keys: str | int | float | bool | list[str]) -> Desk:
        """Let it collect one more mailbox: an `[[imap]]` with these keys. No environment can say a list."""
        table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        with self.config.open("a", encoding="utf-8") as config:
            config.write(f"\n[[imap]]\n{table}")
        return self

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("REPLYDESK_")}
        mine = {f"REPLYDESK_{name}": value for name, value in self.settings.items()}
        return {**clean, **mine, "REPLYDESK_CONFIG": str(self.config)}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Desk:
        """Start it and wait until its doors are open; later starts take the same ports."""
        with (self.folder / "log").open("ab") as log:
            self._process = self._begin(log)
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], READY_SECONDS)
        line = self._process.stdout.readline() if readable else ""
        if not line:
            self.kill()
            raise AssertionError(f"the desk did not start; its log ends: {self.log()[-2000:]}")
        ready: dict[str, Any] = json.loads(line)
        self.daemon = int(ready["pid"])
        self.port = int(ready["smtp"].rpartition(":")[2])
        self.settings["SMTP__LISTEN"] = ready["smtp"]
        if ready["lmtp"]:
            self.lmtp_port = int(ready["lmtp"].rpartition(":")[2])
            self.settings["LMTP__LISTEN"] = ready["lmtp"]
        return self

    def _begin(self, log: IO[bytes]) -> subprocess.Popen[str] | warm.Warm:
        if self.program is PROGRAM and not self.before:
            return warm.serve(self.environment, log.fileno())
        return subprocess.Popen(
            [*self.before, *self.program, "serve"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            preexec_fn=leash,
        )

    def kill(self) -> None:
        """SIGKILL to the whole process group."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._forget()

    def kill_daemon(self) -> None:
        """SIGKILL to the daemon alone: its children must end by themselves, and let go of the ports."""
        group = self._group
        os.kill(self.daemon, signal.SIGKILL)
        self._forget()
        self.wait(lambda: not _living(group), "end of the daemon's children")

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM and the exit status."""
        assert self._process is not None
        os.kill(self.daemon, signal.SIGTERM)  # which is not our child when a tracer stands between
        try:
            return self._process.wait(seconds)
        finally:
            self.kill()

    def _forget(self) -> None:
        assert self._process is not None
        self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def children(self, role: str) -> list[int]:
        """The processes of this desk that have `role` now."""
        assert self._process is not None
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
                if group == self._group and words[3:5] == [b"gateway.child", role.encode()]:
                    found.append(int(folder.name))
        return found

    @property
    def _group(self) -> int:
        return os.getpgid(self.pid)

    def child(self, role: str) -> int:
        """The one process of that role; waits for it."""
        return self.wait(lambda: self.children(role), f"a {role}")[0]

    def signal_child(self, role: str, number: signal.Signals) -> bool:
        """Send a signal to the process of that role; False when there is none at this moment."""
        for pid in self.children(role):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                return True
        return False

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    # Mail

    def smtp(self, timeout: float = 60.0) -> smtplib.SMTP:
        return smtplib.SMTP(self.host, self.port, local_hostname="client.example", timeout=timeout)

    def send(self, content: bytes, sender: str, to: str = "support@desk.example") -> None:
        with self.smtp() as client:
            client.sendmail(sender, [to], content)

    # What it knows

    def cli(self, *words: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(run(self.environment, *words, "--json", timeout=PATIENCE).stdout)

    def store(self) -> Store:
        """Its store, for looking: open it, close it."""
        return open_engines(self.settings.get("STORE__URL", f"sqlite:///{self.folder / 'data' / 'replydesk.db'}"))

    def rows(self, table: Any, *columns: Any) -> list[Any]:
        """All rows of a table, or these columns of them."""
        from sqlalchemy import select as sql_select

        store = self.store()
        try:
            with store.look() as connection:
                return list(connection.execute(sql_select(*(columns or (table,))).order_by(table.c.id)).all())
        finally:
            store.close()

    def decided(self, count: int, seconds: float = PATIENCE) -> list[Any]:
        """The journal, when `count` mails are in it and all have their verdict."""
        from store.tables import journal

        def look() -> list[Any]:
            rows = self.rows(journal)
            return rows if len(rows) >= count and all(row.verdict for row in rows) else []

        return self.wait(look, f"{count} verdicts", seconds)

    def quiet(self, seconds: float = PATIENCE) -> None:
        """Wait until every mail has its verdict and nothing waits to leave."""
        from store.tables import journal, outbox

        def look() -> bool:
            undecided = [row for row in self.rows(journal, journal.c.id, journal.c.verdict) if row.verdict is None]
            waiting = [row for row in self.rows(outbox, outbox.c.id, outbox.c.state) if row.state in WAITING]
            return not undecided and not waiting

        self.wait(look, "a quiet desk", seconds)

    def wait(self, look: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """What `look` finds, as soon as it finds something."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {seconds:.0f} s; the log ends: {self.log()[-3000:]}")
            time.sleep(0.05)
        return found


WAITING = ("queued", "sending")


def _living(group: int) -> list[int]:
    """The processes of a group that are more than an entry in the table."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            state, _parent, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in ("Z", "X"):
                found.append(int(folder.name))
    return found


def letter(number: int | str, *, words: str = "It stops half way.", subject: str = "The export stops") -> bytes:
    """A customer's mail with its own sender and Message-ID."""
    return (
        f"From: Customer {number} <c{number}@northwind.example>\r\nTo: support@desk.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}@northwind.example>\r\nDate: Mon, 13 Jul 2026 09:00:00 +0200\r\n\r\n{words}\r\n"
    ).encode()
