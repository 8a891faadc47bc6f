"""A connection to PostgreSQL that never waits for ever: for the server's start, for a lock, for a server that is stuck.

In: a store URL. Out: an engine. Time limits that the URL sets itself stay as they are.
"""

from __future__ import annotations

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

RV = TypeVar("RV")

SILENCE_SECONDS = 10.0
"""How long the server may say nothing before we take it for dead: one that is stopped, frozen or cut off answers
nothing, and its kernel or a proxy still keeps the connection alive."""

_ASK_SECONDS = 0.1

CONNECT = {
    "connect_timeout": 5,
    "tcp_user_timeout": 8_000,  # ms that what was sent may stay unacknowledged: a network that swallows everything
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "application_name": "replydesk",
}
"""https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""

WRITING = {
    "lock_timeout": "2s",  # as long as SQLite's writers wait for each other (`engine.BUSY_MS`)
    "statement_timeout": "8s",  # a turn's statements take milliseconds; what takes longer must let go of its locks
    "idle_in_transaction_session_timeout": "60s",  # a frozen desk must let go of them too
}
READING = {**WRITING, "statement_timeout": "60s", "default_transaction_read_only": "on"}


def connect_engine(url: URL, settings: dict[str, str], **how: Any) -> Engine:
    """An engine whose connections have these settings and our patience."""
    said = " ".join(f"-c {name}={value}" for name, value in settings.items())
    theirs = str(url.query.get("options", ""))  # the later one wins: an operator knows his server
    arguments = {name: value for name, value in CONNECT.items() if name not in url.query}
    engine = create_engine(
        url.difference_update_query(["options"]),
        connect_args={**arguments, "options": f"{said} {theirs}".strip()},
        pool_pre_ping=True,
        **how,
    )
    event.listen(engine, "do_connect", _connect)
    return engine


class Connection(psycopg.Connection[Any]):
    """The driver's connection, with an end to its waiting."""

    silence: float | None = SILENCE_SECONDS
    """How long it waits for a word of the server; None: for as long as it takes."""

    def wait(self, gen: PQGen[RV], interval: float = _ASK_SECONDS, timeout: float | None = None) -> RV:
        return super().wait(self._heard(gen), interval, timeout)

    def _heard(self, gen: PQGen[RV]) -> PQGen[RV]:
        """`gen`, until it was told for too long that nothing has come; the driver tells it at every interval."""
        try:
            state = next(gen)
            heard = time.monotonic()
            while True:
                ready = yield state
                state = gen.send(ready)
                if ready:
                    heard = time.monotonic()
                elif self.silence is not None and time.monotonic() - heard > self.silence:
                    gen.close()
                    self.close()
                    raise psycopg.OperationalError(f"PostgreSQL has not answered for {self.silence:.0f} s")
        except StopIteration as end:
            found: RV = end.value
            return found


def _connect(_dialect: Any, _entry: Any, args: Any, arguments: Any) -> Connection:
    return Connection.connect(*args, **arguments)
