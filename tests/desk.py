"""Desks for tests: `StillDesk` runs the real settler, rules, commit and courier in this process on a clock that stands
still; `ServedDesk` is a real `replydesk serve` on loopback, stopped by its own pid.

In: mails with their envelope. Out: what the journal says of them and the mails that left. Both are the demo desk of
DESIGN section 9 in a folder of their own; neither touches another test's files, ports or processes.

It is one file of more than 400 lines because both are one desk, made of the same template, settings and people: a test
of either kind takes whatever it knows of a desk from here.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from sqlalchemy import Connection

from gateway.addressed import commands_address
from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.courier import Courier
from gateway.jobs.deliver import Deliver, Delivered, Render, render
from gateway.jobs.sweep import sweep
from gateway.reader import InHand, Read, ReaderOptions
from gateway.rules import keys
from gateway.settler import Settler
from gateway.spool import Spool
from gateway.transport import Outcome, Parcel
from gateway.way_out import outgoing
from parsing.message import Reading
from parsing.reading import read
from store import journal, outbox, report
from store.engine import Store
from store.journal import Lease, Received
from store.opening import open_store
from store.records import Envelope
from tests import warm

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Monday, 09:00 in Berlin: the desk has just opened."""
SECRET = bytes(range(32))
UNASKED = {"REPLYDESK_QUESTIONS__ASK": "false"}
"""The environment of a desk that asks its customers for nothing: nothing waits for them, nothing reminds them."""
PATIENCE = 90.0
REPLYDESK = [sys.executable, "-m", "gateway.cli"]
STAFF = ("anastasia", "benedikt", "charlotte", "dominique", "samantha", "mirabelle")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One mail that left: its envelope and what it is, as a mail client would see it."""

    number: int
    purpose: str
    sender: str
    to: str
    raw: bytes

    @cached_property
    def mail(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def text(self, kind: str = "plain") -> str:
        """The words of the text part (or of the HTML part)."""
        return self._texts[kind]

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {kind: self._text(kind) for kind in ("plain", "html")}

    def _text(self, kind: str) -> str:
        body = self.mail.get_body((kind,))
        assert body is not None
        content = body.get_content()
        assert isinstance(content, str)
        return content.replace("\r\n", "\n")

    @property
    def note_address(self) -> str:
        """The address in a notice whose mail stays inside."""
        return next(line.split()[-1] for line in self.text().splitlines() if line.startswith("Notes only:"))


class _Reader:
    """The channel of a reader that reads in this process."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._said: list[Any] = []

    def send(self, batch: Sequence[Any]) -> None:
        self._said += [InHand(raw.id) for raw in batch]
        self._said.append(Read([(raw.id, read(raw.content, self._reading, raw.sender)) for raw in batch]))

    def receive(self) -> list[Any]:
        said, self._said = self._said, []
        return said


class _Sender:
    """The channel of a sender that renders here and keeps what leaves."""

    def __init__(self) -> None:
        self._said: list[Any] = []
        self.left: list[Parcel] = []

    def send(self, message: Any) -> None:
        if isinstance(message, Render):
            self._said.append(render(message))
        elif isinstance(message, Deliver):
            self.left += message.parcels
            self._said.append(Delivered([(parcel.id, Outcome(250, "2.0.0 gone")) for parcel in message.parcels]))

    def receive(self) -> list[Any]:
        said, self._said = self._said, []
        return said


@dataclass(slots=True)
class _Hand:
    """A worker that is no process: only its channel."""

    channel: Any
    pid: int = 1


class StillDesk:
    """The demo desk, with a clock that only a test moves and Message-IDs that count."""

    def __init__(
        self,
        folder: Path,
        template: Path | None = None,
        env: Mapping[str, str] | None = None,
        secret: bytes = SECRET,
    ) -> None:
        if template is not None:
            shutil.copytree(template, folder, dirs_exist_ok=True)
        still = {"REPLYDESK_DIGESTS__AT": "off"}  # a test that wants digests says when
        self.config = load(folder / "replydesk.toml", {**still, **(env or {})})
        self.now = START
        self.secret = secret
        self.desk = self.config.desk(secret)
        self.store: Store = open_store(self.config.store.url)
        self.sent: list[Sent] = []
        self._mint = (f"<m{number:04}@{self.desk.domain}>" for number in itertools.count(1))
        reading = self.desk.reading
        options = ReaderOptions(reading=reading, memory_mb=512)
        spool = Spool(self.config.store.spool, self.store)
        self._settler = Settler(self.desk, options, 1, 10.0, self.mint, lambda: self.now, lambda: 0.0, spool)
        self._settler.slots[0].worker = _Hand(_Reader(reading))  # type: ignore[assignment]
        self._courier = Courier(self.desk, outgoing(self.config), lambda: self.now, lambda: 0.5)
        self._sender = _Sender()
        self._courier.worker = _Hand(self._sender)  # type: ignore[assignment]
        self.due: list[Any] = []
        self._labels: dict[str, str] = {}
        self._labelled = 0

    def mint(self) -> str:
        return next(self._mint)

    def close(self) -> None:
        self.store.close()

    def receive(
        self,
        raw: bytes | str,
        sender: str,
        *recipients: str,
        door: str = "smtp",
        client: str = "127.0.0.1",
        history: bool = False,
    ) -> int:
        """Put a mail into the journal as a door would; its number. Line ends become CRLF unless bytes are given."""
        content = raw.replace("\n", "\r\n").encode() if isinstance(raw, str) else raw
        envelope = Envelope(
            sender=sender,
            recipients=recipients or ("support@desk.example",),
            received_at=self.now,
            door=door,
            client=client if door in ("smtp", "lmtp") else "",
            hello="client.example" if door in ("smtp", "lmtp") else "",
            history=history,
        )
        with self.store.turn() as connection:
            return journal.append(connection, [Received.of(envelope, content)])[0].id

    def settle(self) -> None:
        """Do all that is due, as the daemon does it, until nothing is left."""
        lease = Lease(owner="test", until=self.now + timedelta(seconds=25))
        while True:
            with self.store.turn() as connection:
                entries = journal.claim(connection, lease, self.now, 64)
                contents = journal.contents(connection, entries)
                decisions = sweep(connection, self.desk, self.mint, self.now)
                letters = [dict(row) for row in outbox.claim(connection, lease, self.now, 64)]
            self.due += decisions
            self._settler.take(entries, contents)
            with self.store.look() as connection:
                self._courier.take(letters, connection)
            while self._turn(lease):
                pass
            if not (entries or decisions or letters):
                return

    def _turn(self, lease: Lease) -> bool:
        for slot in self._settler.slots:
            self._settler.heard(slot)
        self._courier.heard()
        if not (self._settler.ready or self._courier.ready):
            return False
        with self.store.turn() as connection:
            self._courier.turn(connection)
            made = self._settler.turn(connection, lease)
        self._courier.settled()
        if made is not None:
            self._settler.settled()
            with self.store.look() as connection:
                self._courier.take([row for row in made.outbox if row["lease_owner"]], connection)
        if self._sender.left:
            with self.store.look() as connection:
                self.sent += [self._gone(connection, parcel) for parcel in self._sender.left]
            self._sender.left = []
        return True

    def _gone(self, connection: Connection, parcel: Parcel) -> Sent:
        row = outbox.find(connection, parcel.id)
        assert row is not None
        return Sent(
            number=parcel.id,
            purpose=row.purpose,
            sender=parcel.envelope_from,
            to=parcel.recipient,
            raw=parcel.content,
        )

    def mail(self, raw: bytes | str, sender: str, *recipients: str, **how: Any) -> dict[str, Any]:
        """Receive a mail and settle; what `mail show` says of it."""
        number = self.receive(raw, sender, *recipients, **how)
        self.settle()
        return self.entry(number)

    def entry(self, number: int) -> dict[str, Any]:
        """What `mail show` shows."""
        with self.store.look() as connection:
            row = journal.find(connection, number)
        assert row is not None
        return report.mail_view(row, self.desk.prefix)

    def entries(self) -> list[dict[str, Any]]:
        with self.store.look() as connection:
            return [report.mail_view(row, self.desk.prefix) for row in journal.listing(connection)]

    def queue(self) -> list[dict[str, Any]]:
        """What `queue list` shows."""
        with self.store.look() as connection:
            return [report.queue_row(row, self.desk.prefix) for row in outbox.listing(connection)]

    def ticket(self, number: int) -> dict[str, Any]:
        """What `ticket show` shows."""
        from gateway.cli.desk import words

        with self.store.look() as connection:
            view = report.ticket_view(connection, number, words(self.config), self.now)
        assert view is not None
        return view

    def tickets(self) -> list[dict[str, Any]]:
        from gateway.cli.desk import words

        with self.store.look() as connection:
            rows = report.ticket_list(connection, report.Filter(), words(self.config), self.now)
        return [self.ticket(int(row["ref"].rpartition("-")[2])) for row in rows]

    def replay(self, number: int, *, released: bool = False) -> dict[str, Any]:
        """Look at a mail again, as `mail replay` and `mail release` do."""
        with self.store.turn() as connection:
            assert journal.requeue(connection, number, "replayed", released=released)
        self.settle()
        return self.entry(number)

    def do(self, ref: str, text: str, person: str) -> Any:
        """`ticket do`; a `Refused`, or the plan and what was sent."""
        from gateway.cli.ticket import _do

        number = int(ref.rpartition("-")[2])
        outcome = _do(self.store, self.desk, number, ref, text, person, self.now)
        self.settle()
        return outcome

    def latest(self, to: str, purpose: str = "") -> Sent:
        """The latest mail that left to somebody."""
        return [sent for sent in self.sent if sent.to == to and purpose in ("", sent.purpose)][-1]

    def labels(self) -> dict[str, str]:
        """Every reply key and return path that this desk has handed out, with words for whom it is."""
        found = self._labels
        for row in [self.row(sent.number) for sent in self.sent[self._labelled :]]:
            found[keys.return_path(self.secret, row.letter["mailbox"], row.id)] = f"[returns of {row.id}]"
            if row.letter["audience"] == keys.CONFIRM:
                key = keys.mint_confirmation(self.secret, row.journal_id, row.to_address)
                whom = f"{row.to_address.partition('@')[0]}, mail {row.journal_id}"
                found[keys.keyed(row.letter["mailbox"], key)] = f"[{row.letter['mailbox']} key of {whom}]"
            if row.letter["role"] == "agent":
                own = commands_address(self.desk, row.to_address, row.letter["serial"])
                found[own] = f"[{self.desk.commands_mailbox} key of {row.to_address.partition('@')[0]}, commands]"
            if row.ticket_id is None or row.letter["audience"] not in ("public", "note"):
                continue
            for audience in ("public", "note"):
                key = keys.mint(self.secret, row.ticket_id, row.to_address, row.letter["role"], audience, 1)
                whom = f"{row.to_address.partition('@')[0]}, {row.ticket_id}" + ", note" * (audience == "note")
                found[keys.keyed(row.letter["mailbox"], key)] = f"[{row.letter['mailbox']} key of {whom}]"
        self._labelled = len(self.sent)
        return found

    def commands_of(self, sent: Sent) -> str:
        """The personal command address of a member of staff, as this mail to them has it."""
        return commands_address(self.desk, sent.to, self.row(sent.number).letter["serial"])

    def row(self, number: int) -> Any:
        """The outbox row of a mail that left, with its letter."""
        with self.store.look() as connection:
            return outbox.find(connection, number)


def make_template(folder: Path) -> Path:
    """A demo desk with an empty store, to be copied: migrations cost more than most tests."""
    write_desk(folder, demo=True)
    open_store(load(folder / "replydesk.toml", {}).store.url).close()
    return folder


# A real daemon


@dataclass(slots=True)
class ServedDesk:
    """`replydesk serve` in a process group of its own."""

    folder: Path
    env: dict[str, str]
    process: subprocess.Popen[str] | warm.Warm = field(init=False)
    ready: dict[str, Any] = field(init=False)

    @classmethod
    def make(cls, folder: Path, template: Path | None = None, **settings: str) -> ServedDesk:
        """A demo desk with free ports. Settings are `SECTION__KEY` of the environment."""
        if template is not None:
            shutil.copytree(template, folder, dirs_exist_ok=True)
        elif not (folder / "replydesk.toml").exists():
            write_desk(folder, demo=True)
        return cls(folder, environment(folder, **settings))

    def start(self) -> ServedDesk:
        with (self.folder / "log").open("ab") as log:
            self.process = warm.serve(self.env, log.fileno())
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if readable else ""
        if not line:
            self.kill()
            raise AssertionError(f"no ready line; the log says: {self.log()}")
        self.ready = json.loads(line)
        return self

    def port(self, door: str = "smtp") -> int:
        return int(self.ready[door].rpartition(":")[2])

    def stop(self) -> int:
        """SIGTERM, and its exit status; the log must hold no traceback."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to the daemon alone, by its pid: its children must end by themselves."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def children(self) -> list[int]:
        """Processes of this daemon's group that still live, the daemon left out."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[2]) == self.process.pid and int(stat.parent.name) != self.process.pid:
                found.append(int(stat.parent.name))
        return found

    def smtp(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port(), timeout=PATIENCE)

    def send(self, raw: str | bytes, sender: str, *recipients: str) -> None:
        content = raw.replace("\n", "\r\n").encode() if isinstance(raw, str) else raw
        with self.smtp() as client:
            client.sendmail(sender, list(recipients) or ["support@desk.example"], content)

    def cli(self, *words: str, stdin: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """A command in a process of its own."""
        return run(self.env, *words, stdin=stdin, check=check)

    def json(self, *words: str) -> Any:
        return json.loads(self.cli(*words, "--json").stdout)

    def settled(self, count: int) -> list[dict[str, Any]]:
        """Wait until `count` mails have their verdict and none waits to leave; the journal."""
        config = load(self.folder / "replydesk.toml", self.env)
        store = open_store(config.store.url)
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                with store.look() as connection:
                    rows = journal.listing(connection)
                    states = {row.state for row in outbox.listing(connection)}
                if len(rows) >= count and all(row.verdict for row in rows) and not states & {"queued", "sending"}:
                    return [report.mail_row(row, config.policy.prefix) for row in rows]
                assert time.monotonic() < deadline, (
                    f"{len(rows)} of {count} mails: {self._waiting(store)}; {self.log()}"
                )
                time.sleep(0.03)
        finally:
            store.close()

    def _waiting(self, store: Store) -> list[str]:
        with store.look() as connection:
            rows = [row for row in outbox.listing(connection) if row.state in ("queued", "sending")]
        return [f"{row.id} {row.state} {row.attempts} {row.next_attempt_at} {row.last_text}" for row in rows]

    def sent(self, to: str = "") -> list[EmailMessage]:
        """The mails that left, in their order."""
        folder = self.folder / "data" / "sent" / "new"
        files = sorted(folder.iterdir(), key=lambda f: int(f.name.partition(".I")[2].partition("R")[0]))
        mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [mail for mail in mails if isinstance(mail, EmailMessage) and to in ("", mail["Delivered-To"])]

    def raw_session(self, door: str = "smtp") -> Dialogue:
        return Dialogue(self.port(door))


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The environment of a desk in `folder`: nothing of the caller's own replydesk, free ports."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("REPLYDESK_")}
    root = str(Path(__file__).parent.parent)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (root, env.get("PYTHONPATH", ""))))
    env |= {
        "REPLYDESK_CONFIG": str(folder / "replydesk.toml"),
        "REPLYDESK_SMTP__LISTEN": "127.0.0.1:0",
        "REPLYDESK_LMTP__LISTEN": "127.0.0.1:0",
        "REPLYDESK_WEB__LISTEN": "127.0.0.1:0",
    }
    return env | {f"REPLYDESK_{name}": value for name, value in settings.items()}


def run(
    env: Mapping[str, str],
    *words: str,
    stdin: bytes = b"",
    check: bool = True,
    cwd: Path | None = None,
    timeout: float = 2 * PATIENCE,
) -> subprocess.CompletedProcess[bytes]:
    """`replydesk WORDS` in a process of its own."""
    if warm.COLD:
        done = subprocess.run([*REPLYDESK, *words], env=env, input=stdin, capture_output=True, timeout=timeout, cwd=cwd)
    else:
        done = _warm(env, words, stdin, timeout, cwd)
    assert not check or done.returncode == 0, (words, done.returncode, done.stderr.decode())
    return done


def _warm(
    env: Mapping[str, str], words: Sequence[str], stdin: bytes, timeout: float, cwd: Path | None
) -> subprocess.CompletedProcess[bytes]:
    with TemporaryFile() as given, TemporaryFile() as said, TemporaryFile() as told:
        given.write(stdin)
        given.seek(0)
        streams = {"stdin": given.fileno(), "stdout": said.fileno(), "stderr": told.fileno()}
        process = warm.start(words, env=env, cwd=cwd, **streams)
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
            process.wait(PATIENCE)
        for stream in (said, told):
            stream.seek(0)
        return subprocess.CompletedProcess(words, status, said.read(), told.read())


class Dialogue:
    """An SMTP client that says exactly what it is told."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self) -> Dialogue:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def reply(self) -> str:
        """One whole reply, its lines joined by LF; empty when the other side is gone."""
        lines = []
        while line := self._file.readline():
            lines.append(line.decode().rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def say(self, line: str | bytes) -> str:
        self.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.reply()

    def open(self, sender: str = "nora@northwind.example", *recipients: str, hello: str = "EHLO") -> None:
        """Greet and name the envelope."""
        for line in (
            f"{hello} client.example",
            f"MAIL FROM:<{sender}>",
            *(f"RCPT TO:<{to}>" for to in recipients or ("support@desk.example",)),
        ):
            assert self.say(line).startswith("250"), line

    def data(self, content: bytes) -> str:
        """DATA with a content that is sent as it stands, and its end."""
        assert self.say("DATA").startswith("354")
        self.write(content + b"\r\n.\r\n")
        return self.reply()
