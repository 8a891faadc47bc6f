"""`replydesk demo`: a desk in a temporary folder, real mail over loopback, a transcript that reads like a story.

In: nothing. Out: what each person wrote, what the desk understood of it and what it answered, taken from the journal
and from the mails that really left. Afterwards the desk stays up for your own mail until you interrupt it (or
`--exit`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import click

from gateway.cli import call_demo
from gateway.cli.desk import Problem
from gateway.cli.init import write_desk
from gateway.cli.showing import Stage, end, played
from gateway.cli.story import SCENES
from gateway.config.loading import load
from store.opening import open_store
from store.tables import FIRST_TICKET


@click.command()
@click.argument("path", required=False, default="", metavar="[d1|d2|d3|d4]")
@click.option("--exit", "leave", is_flag=True, help="End after the story instead of staying up.")
def demo(path: str, leave: bool) -> None:
    """Play the main job on a demo desk and stay up until interrupted."""
    if path not in PATHS:
        raise click.UsageError(
            f"{path}: there is no such story yet; there are: {', '.join(f'demo {one}'.strip() for one in PATHS)}"
        )
    with tempfile.TemporaryDirectory(prefix="replydesk-demo-") as name:
        folder = Path(name)
        with _desk(folder) as stage:
            PATHS[path](stage)
            if leave:
                return
            _invite(stage)
            _wait(stage)


def _play(stage: Stage) -> None:
    click.echo(f"A demo desk is up: mail comes in at {stage.smtp[0]}:{stage.smtp[1]}, mail leaves into a folder.\n")
    for count, scene in enumerate(SCENES, start=1):
        played(stage, scene, count)
    click.echo("\nThe journal now\n")
    for row in stage.journal():
        click.echo(f"  {row['id']:2}  {row['envelope_from'][:28]:28}  {row['verdict']:20}  {row['ticket'] or '-'}")
    ticket = stage.ticket(FIRST_TICKET)
    click.echo(f"\n{ticket['ref']} is {ticket['status']}, owned by {ticket['assignee']}: {ticket['outcome']}")


PATHS: Mapping[str, Callable[[Stage], None]] = {"": _play, "d2": call_demo.play}
"""What can be played, by its name."""


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
    process, smtp = _serve(folder, config, "")
    stage = None
    try:
        settings = load(config, {})
        with closing(open_store(settings.store.url)) as store:
            again = partial(_serve, folder, config)
            stage = Stage(folder=folder, smtp=smtp, config=settings, store=store, process=process, again=again)
            yield stage
    finally:
        end(stage.process if stage is not None else process)


def _serve(folder: Path, config: Path, offset: str) -> tuple[subprocess.Popen[str], tuple[str, int]]:
    """Start the desk, with its clock shifted by `offset`; the process, and where mail comes in."""
    overrides = {
        "REPLYDESK_SMTP__LISTEN": "127.0.0.1:0",
        "REPLYDESK_LMTP__LISTEN": "",
        "REPLYDESK_WEB__LISTEN": "127.0.0.1:0",
        **({"REPLYDESK_CLOCK__OFFSET": offset} if offset else {}),
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith("REPLYDESK_")}
    with (folder / "log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "gateway.cli", "--config", str(config), "serve"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**kept, **overrides},
        )
    try:
        assert process.stdout is not None
        return process, _ready(process.stdout, folder)
    except BaseException:
        end(process)
        raise


def _ready(stdout: IO[str], folder: Path) -> tuple[str, int]:
    line = stdout.readline()
    if not line:
        raise Problem(f"the demo desk did not start: {(folder / 'log').read_text('utf-8').strip()}")
    host, _, port = json.loads(line)["smtp"].rpartition(":")
    return host, int(port)
