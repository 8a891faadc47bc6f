"""A real PostgreSQL for the tests: one server a session, one database a test, all of it gone at the end.

It runs as the user `postgres` when the tests run as root (initdb refuses root), listens on loopback and in a folder
of its own, keeps PostgreSQL's own durability settings, and is stopped by its own process number.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.leash import leash
from tests.servers.requirement import missing

START_SECONDS = 120.0
STOP_SECONDS = 30.0


class Server:
    """One PostgreSQL in a folder of its own. It may be killed and started again."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self._account = _account()
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-pg-"))
        if self._account:
            shutil.chown(self.folder, *self._account)
        self._data = self.folder / "data"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        initdb = [str(binaries / "initdb"), "--pgdata", str(self._data), "--username", "desk"]
        options = ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        subprocess.run([*initdb, *options], check=True, capture_output=True, cwd=self.folder, **self._as())
        self.start()

    def _as(self) -> dict[str, Any]:
        """Whom the server runs as."""
        if self._account is None:
            return {}
        user, group = self._account
        return {"user": user, "group": group, "extra_groups": []}

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        command = [str(self.binaries / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        command += ["-k", str(self.folder), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=leash,
                **self._as(),
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except Exception:
            return False
        return True

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements outside a transaction."""
        import psycopg

        with psycopg.connect(self.dsn(database), autocommit=True, connect_timeout=30) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def dsn(self, database: str) -> str:
        return f"postgresql://desk@127.0.0.1:{self.port}/{database}"

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: disconnect everybody and shut down; SIGQUIT: at once, as in a crash."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def shared() -> Server:
    """The session's server: started when the first test asks, stopped when Python ends."""
    binaries = _binaries()
    if binaries is None:
        missing("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    try:
        import psycopg  # noqa: F401 - only whether it is there
    except ImportError:
        missing("psycopg, PostgreSQL's driver, is not installed (replydesk[postgres])")
    server = Server(binaries)
    atexit.register(server.remove)
    return server


@contextmanager
def database(template: str = "template1") -> Iterator[str]:
    """The URL of a fresh database."""
    server = shared()
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.dsn(name)
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def migrated() -> str:
    """The name of a database with today's schema, for copies: nobody may be connected to it."""
    from store.opening import open_store

    shared().run("CREATE DATABASE replydesk_migrated")
    open_store(shared().dsn("replydesk_migrated")).close()
    return "replydesk_migrated"


@contextmanager
def emptied() -> Iterator[str]:
    """The URL of a database with today's schema, which has no rows and counts from the beginning again."""
    name, wipe = _reused()
    shared().run(wipe, database=name)
    yield shared().dsn(name)
    shared().run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@cache
def _reused() -> tuple[str, str]:
    """One database for all tests that leave the schema alone, and the statements that empty it."""
    import psycopg

    from store.tables import metadata

    name = "replydesk_reused"
    shared().run(f"CREATE DATABASE {name} TEMPLATE {migrated()}")
    wipe = [f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)]
    with psycopg.connect(shared().dsn(name)) as connection:
        for (sequence,) in connection.execute("SELECT sequencename FROM pg_sequences").fetchall():
            last, called = connection.execute(f'SELECT last_value, is_called FROM "{sequence}"').fetchone() or (
                1,
                False,
            )
            wipe.append(f"SELECT setval('{sequence}', {last}, {called})")
    return name, "; ".join(wipe)


def _binaries() -> Path | None:
    """Where initdb and postgres are: Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    return folders[-1].parent if folders else None


def _account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam("postgres")
    except KeyError:
        missing("PostgreSQL will not run as root and there is no user postgres")
    return found.pw_uid, found.pw_gid


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
