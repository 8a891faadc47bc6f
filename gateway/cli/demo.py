"""`replydesk demo`: a desk in a temporary folder, real mail over loopback, a transcript that reads like a story.

In: nothing. Out: what each person wrote, what the desk understood of it and what it answered, taken from the journal
and from the mails that really left. Afterwards the desk stays up for your own mail until you interrupt it (or
`--exit`).
"""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any

import click

from gateway.cli.desk import Problem, now, words
from gateway.cli.init import write_desk
from gateway.cli.story import SCENES, Scene
from gateway.config.loading import load
from gateway.config.settings import Config
from store import journal, outbox, report
from store.engine import Store
from store.opening import open_store
from store.tables import FIRST_TICKET

PATIENCE = 30.0
WIDTH = 96


@dataclass(slots=True)
class Stage:
    """The running desk that the story is played on, and the mails that have left it so far."""

    folder: Path
    smtp: tuple[str, int]
    config: Config
    store: Store
    process: subprocess.Popen[str]
    read: set[str] = field(default_factory=set)
    latest: dict[str, EmailMessage] = field(default_factory=dict)

    def send(self, scene: Scene) -> None:
        """Send the scene's mail as its author's server would."""
        recipient = scene.to
        answered = self.latest.get(scene.answers)
        if answered is not None:
            recipient = str(answered["Reply-To"])
        with smtplib.SMTP(*self.smtp, timeout=PATIENCE) as client:
            client.sendmail(scene.reverse_path, [recipient], scene.mail(recipient, answered))

    def left(self) -> list[tuple[str, EmailMessage]]:
        """The mails that have left since we last looked, with their recipients, in the order in which they left."""
        new = self.folder / "data" / "sent" / "new"
        names = {file.name for file in new.iterdir()} if new.is_dir() else set()
        fresh = sorted(names - self.read, key=_number)
        found = []
        for name in fresh:
            self.read.add(name)
            mail = message_from_bytes((new / name).read_bytes(), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            found.append((str(mail["Delivered-To"]), mail))
            self.latest[str(mail["Delivered-To"])] = mail
        return found

    def journal(self) -> list[dict[str, Any]]:
        """What `mail list` shows."""
        with self.store.look() as connection:
            return [report.mail_row(row, self.config.policy.prefix) for row in journal.listing(connection)]

    def ticket(self, number: int) -> dict[str, Any]:
        """What `ticket show` shows."""
        with self.store.look() as connection:
            view = report.ticket_view(connection, number, words(self.config), now(self.config))
        assert view is not None
        return view

    def settled(self, count: int) -> dict[str, Any]:
        """Wait until `count` messages have their verdict and nothing waits to leave; the newest message."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self.store.look() as connection:
                rows = journal.listing(connection)
                states = {row.state for row in outbox.listing(connection)}
            if len(rows) >= count and all(row.verdict for row in rows) and not states & {outbox.QUEUED, outbox.SENDING}:
                return report.mail_view(rows[-1], self.config.policy.prefix)
            time.sleep(0.02)
        raise Problem(f"the demo desk did not settle {count} messages within {PATIENCE:.0f} s")


@click.command()
@click.argument("path", required=False, default="", metavar="[d1|d2|d3|d4]")
@click.option("--exit", "leave", is_flag=True, help="End after the story instead of staying up.")
def demo(path: str, leave: bool) -> None:
    """Play the main job on a demo desk and stay up until interrupted."""
    if path:
        raise click.UsageError(f"{path}: the failure paths are shown once calls are there; today: replydesk demo")
    with tempfile.TemporaryDirectory(prefix="replydesk-demo-") as name:
        folder = Path(name)
        with _desk(folder) as stage:
            _play(stage)
            if leave:
                return
            _invite(stage)
            _wait(stage)


def _play(stage: Stage) -> None:
    click.echo(f"A demo desk is up: mail comes in at {stage.smtp[0]}:{stage.smtp[1]}, mail leaves into a folder.\n")
    for count, scene in enumerate(SCENES, start=1):
        _heading(f"{count}. {scene.title}")
        _quote(f"{scene.author} writes", scene.body)
        stage.send(scene)
        entry = stage.settled(count)
        _understood(entry)
        _answers(scene, stage.left())
    click.echo("\nThe journal now\n")
    for row in stage.journal():
        click.echo(f"  {row['id']:2}  {row['envelope_from'][:28]:28}  {row['verdict']:20}  {row['ticket'] or '-'}")
    ticket = stage.ticket(FIRST_TICKET)
    click.echo(f"\n{ticket['ref']} is {ticket['status']}, owned by {ticket['assignee']}: {ticket['outcome']}")


def _understood(entry: dict[str, Any]) -> None:
    click.echo(f"\n  The desk: {entry['verdict']} ({entry['reason']})")
    for step in entry["trace"]:
        if step["stage"] in ("guard", "thread", "sort", "act"):
            why = f" — {step['why']}" if step["why"] else ""
            click.echo(textwrap.shorten(f"    {step['what']}{why}", WIDTH - 4, placeholder=" …").join(("    ", "")))


def _answers(scene: Scene, left: list[tuple[str, EmailMessage]]) -> None:
    """What left because of it: in full what the scene is about, else a line."""
    if not left:
        click.echo("\n  No mail leaves.")
    for recipient, mail in left:
        part = mail.get_body(("plain",))
        text = part.get_content() if part is not None else ""
        if recipient in scene.shows:
            _quote(f"{recipient} gets: {mail['Subject']}", text)
        else:
            click.echo(f"\n  {recipient} is told: {mail['Subject']}")


def _heading(words: str) -> None:
    click.echo("\n" + click.style(words, bold=True) + "\n" + "=" * len(words))


def _quote(title: str, text: str) -> None:
    click.echo(f"\n  {title}\n")
    for line in text.strip().splitlines():
        click.echo("  │ " + line)


def _invite(stage: Stage) -> None:
    config = stage.folder / "replydesk.toml"
    command = Path(sys.executable).with_name("replydesk")  # the one of this environment, on the PATH or not
    click.echo(
        f"\nThe desk stays up at {stage.smtp[0]}:{stage.smtp[1]}. Send your own mail, for example\n"
        f"  python3 -c \"import smtplib; smtplib.SMTP('{stage.smtp[0]}', {stage.smtp[1]}).sendmail('me@example.org', "
        "['support@desk.example'], 'From: me@example.org\\nSubject: Hello\\n\\nIt works?')\"\n"
        f"What leaves lies in {stage.folder / 'data' / 'sent' / 'new'}; look around with\n"
        f"  {command if command.exists() else 'replydesk'} --config {config} ticket list\n"
        "Ctrl-C ends it.",
    )


def _wait(stage: Stage) -> None:
    try:
        stage.process.wait()
    except KeyboardInterrupt:
        click.echo("\nClosing.")


@contextmanager
def _desk(folder: Path) -> Iterator[Stage]:
    """A `replydesk serve` of the demo desk on free ports; stopped by its own process id."""
    config = write_desk(folder, demo=True)
    overrides = {
        "REPLYDESK_SMTP__LISTEN": "127.0.0.1:0",
        "REPLYDESK_LMTP__LISTEN": "",
        "REPLYDESK_WEB__LISTEN": "127.0.0.1:0",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith("REPLYDESK_")}
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "gateway.cli", "--config", str(config), "serve"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**kept, **overrides},
        )
    try:
        assert process.stdout is not None
        smtp = _ready(process.stdout, folder)
        settings = load(config, {})
        with closing(open_store(settings.store.url)) as store:
            yield Stage(folder=folder, smtp=smtp, config=settings, store=store, process=process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _ready(stdout: IO[str], folder: Path) -> tuple[str, int]:
    line = stdout.readline()
    if not line:
        raise Problem(f"the demo desk did not start: {(folder / 'log').read_text('utf-8').strip()}")
    host, _, port = json.loads(line)["smtp"].rpartition(":")
    return host, int(port)


def _number(name: str) -> tuple[int, str]:
    """Sent files carry the outbox number after `I`: the order in which they were decided."""
    digits = name.partition(".I")[2].partition("R")[0]
    return (int(digits) if digits.isdigit() else 0, name)
