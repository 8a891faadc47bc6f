"""The desk under test: a real `replydesk serve` on a demo desk in a folder of its own, every door on loopback.

In: a folder, where its mail goes, how it differs from the demo. Out: the running desk with its SMTP address, and counts
from its database when it has been stopped. Nothing is faked: the same command and the same durability as in earnest.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from store.engine import open_engines
from tests.bench.process import Talker, running

_COMMAND = str(Path(sys.executable).with_name("replydesk"))
_QUIET = (
    ('team = "frontline"\nroles = ["agent"]', 'team = "network"\nroles = ["agent"]'),
    ('roles = ["lead"]', 'roles = ["manager"]'),
)
"""The demo desk without anybody whom a new ticket of frontline concerns: one mail leaves for each ticket."""


class Desk:
    """A running desk."""

    def __init__(self, talker: Talker, smtp: str) -> None:
        self.pid = talker.pid
        host, _, port = smtp.rpartition(":")
        self.host, self.port = host, int(port)


def make(folder: Path, *, quiet: bool) -> None:
    """Write the desk's configuration into `folder`."""
    subprocess.run([_COMMAND, "init", str(folder), "--demo"], check=True, capture_output=True)
    if not quiet:
        return
    file = folder / "replydesk.toml"
    text = file.read_text(encoding="utf-8")
    for old, new in _QUIET:
        if text.count(old) != 1:
            raise RuntimeError(f"the demo desk has changed: {old!r} is not in it once; mend tests/bench/desk.py")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


@contextmanager
def serving(folder: Path, sink_port: int, environment: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """The desk of `folder`, from ready to drained."""
    settings = {
        "REPLYDESK_SMTP__LISTEN": "127.0.0.1:0",
        "REPLYDESK_LMTP__LISTEN": "",
        "REPLYDESK_WEB__LISTEN": "",
        "REPLYDESK_OUTGOING__URL": f"smtp://127.0.0.1:{sink_port}",
        **(environment or {}),
    }
    command = [_COMMAND, "--config", str(folder / "replydesk.toml"), "serve"]
    with running(command, settings, folder / "log") as talker:  # a line for each station of each mail
        yield Desk(talker, talker.hear()["smtp"])


def counts(url: str) -> dict[str, int]:
    """What the desk's database says became of the mails."""
    one = {
        "kept": "SELECT count(*) FROM journal",
        "decided": "SELECT count(*) FROM journal WHERE verdict = 'ticket-created'",
        "tickets": "SELECT count(*) FROM tickets",
        "sent": "SELECT count(*) FROM outbox WHERE state = 'sent'",
    }
    store = open_engines(url)
    try:
        with store.look() as connection:
            return {name: int(connection.exec_driver_sql(query).scalar_one()) for name, query in one.items()}
    finally:
        store.close()


def sqlite_url(folder: Path) -> str:
    """The store of a desk that says nothing else."""
    return f"sqlite:///{folder / 'data' / 'replydesk.db'}"


def await_decided(url: str, number: int, seconds: float = 120.0) -> None:
    """Wait until `number` mails have become tickets."""
    deadline = time.monotonic() + seconds
    while (found := counts(url)["decided"]) < number:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{found} of {number} mails are tickets after {seconds:.0f} s")
        time.sleep(0.02)
