"""What both demos share: the stage with the running desk, and how what happened on it is shown.

In: mails as their authors' servers send them. Out: a transcript that reads like a story, taken from the journal and
from the mails that really left.
"""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import click

from gateway.cli.desk import Problem, now, words
from gateway.cli.story import Scene
from gateway.config.settings import Config
from store import journal, outbox, report
from store.engine import Store

PATIENCE = 90.0
WIDTH = 96


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running desk that the story is played on, and the mails that have left it so far."""

    folder: Path
    smtp: tuple[str, int]
    config: Config
    store: Store
    process: subprocess.Popen[str]
    read: set[str] = field(default_factory=set)
    latest: dict[str, EmailMessage] = field(default_factory=dict)
    offset: str = ""
    again: Callable[[str], tuple[subprocess.Popen[str], tuple[str, int]]]

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

    def post(self, content: bytes, sender: str, recipient: str) -> None:
        """Send a mail that is ready."""
        with smtplib.SMTP(*self.smtp, timeout=PATIENCE) as client:
            client.sendmail(sender, [recipient], content)

    def stop(self) -> None:
        """End the serving desk; from now on `sweep` does what is due."""
        end(self.process)

    def restart(self) -> None:
        """Serve again, at the time that the desk's clock shows now."""
        self.process, self.smtp = self.again(self.offset)

    def shift(self, by: timedelta) -> None:
        """The desk's clock shows another time."""
        seconds = int(by.total_seconds())
        sign = "-" if seconds < 0 else "+"
        self.offset = f"{sign}{abs(seconds) // 60}m"

    def run(self, *command: str, content: bytes = b"") -> None:
        """A command of this desk, at the time that its clock shows."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REPLYDESK_")}
        environment = {**kept, "REPLYDESK_CLOCK__OFFSET": self.offset, "REPLYDESK_WEB__LISTEN": ""}
        words_ = [sys.executable, "-m", "gateway.cli", "--config", str(self.config.file), *command]
        done = subprocess.run(words_, input=content, capture_output=True, env=environment, check=False)  # noqa: S603
        if done.returncode:
            raise Problem(f"{command[0]}: {done.stderr.decode('utf-8', 'replace').strip()}")

    def deliver(self, content: bytes, sender: str, recipient: str) -> None:
        """Hand a mail over as an MDA does."""
        self.run("deliver", "--from", sender, "--to", recipient, content=content)

    def sweep(self, shows: set[str]) -> None:
        """Do what is due, and show what left: in full the last mail to each of these people, else a line."""
        self.run("sweep")
        left = self.left()
        last = {recipient: mail for recipient, mail in left if recipient in shows}
        rest = [(recipient, mail) for recipient, mail in left if last.get(recipient) is not mail]
        _listed(rest, set())
        _listed(list(last.items()), shows)


def played(stage: Stage, scene: Scene, count: int) -> int:
    """One mail of the story, what the desk made of it and what left because of it; `count` mails have come then."""
    heading(f"{count}. {scene.title}")
    quote(f"{scene.author} writes", scene.body)
    stage.send(scene)
    told(stage, stage.settled(count), scene.shows)
    return count


def told(stage: Stage, entry: dict[str, Any], shows: tuple[str, ...] = ()) -> None:
    """What the desk made of a mail, and what left because of it."""
    _understood(entry)
    left = stage.left()
    if not left:
        click.echo("\n  No mail leaves.")
    _listed(left, set(shows))


def _understood(entry: dict[str, Any]) -> None:
    click.echo(f"\n  The desk: {entry['verdict']} ({entry['reason']})")
    for step in entry["trace"]:
        if step["stage"] in ("guard", "thread", "sort", "act"):
            why = f" — {step['why']}" if step["why"] else ""
            click.echo(textwrap.shorten(f"    {step['what']}{why}", WIDTH - 4, placeholder=" …").join(("    ", "")))


def _listed(left: list[tuple[str, EmailMessage]], shows: set[str]) -> None:
    """What left: in full what the scene is about, else a line."""
    for recipient, mail in left:
        part = mail.get_body(("plain",))
        text = part.get_content() if part is not None else ""
        if recipient in shows:
            quote(f"{recipient} gets: {mail['Subject']}", text)
        else:
            click.echo(f"\n  {recipient} is told: {mail['Subject']}")


def end(process: subprocess.Popen[str]) -> None:
    """SIGTERM to a desk that serves, its drain waited for; nothing where it has ended."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def heading(words: str) -> None:
    """A title of the story."""
    click.echo("\n" + click.style(words, bold=True) + "\n" + "=" * len(words))


def quote(title: str, text: str) -> None:
    """What somebody wrote or got, set apart."""
    click.echo(f"\n  {title}\n")
    for line in text.strip().splitlines():
        click.echo("  │ " + line)


def _number(name: str) -> tuple[int, str]:
    """Sent files carry the outbox number after `I`: the order in which they were decided."""
    digits = name.partition(".I")[2].partition("R")[0]
    return (int(digits) if digits.isdigit() else 0, name)
