"""`replydesk deliver`: one message on stdin, as a mail server's delivery agent. It answers by its exit status alone.

In: bytes on stdin, the envelope as options. Out: 0 after the message is durable in the journal; 75 (EX_TEMPFAIL) when
we cannot take it now, so that the mail server keeps it; 2 for wrong usage. It never says 0 before the commit.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.arrival import envelope_sender
from gateway.cli.desk import USAGE
from gateway.config.loading import load
from gateway.config.problem import ConfigError
from gateway.doors.words import LARGE
from gateway.machine import free_bytes
from parsing.address import is_address
from parsing.headers import clean
from store import blobs, journal
from store.fault import StoreFull
from store.journal import Received
from store.opening import open_store
from store.records import Envelope

TRY_AGAIN = 75


@click.command()
@click.option("--to", "recipients", required=True, multiple=True, help="Recipient of the envelope; may be repeated.")
@click.option("--from", "sender", default=None, help='Reverse-path of the envelope ("" is the null sender).')
@click.pass_context
def deliver(context: click.Context, recipients: tuple[str, ...], sender: str | None) -> None:
    """Take one message on stdin. Exit status 75 means: try again later."""
    for address in recipients:
        if not is_address(address):
            click.echo(f"{address!r} is not an address; nothing was taken", err=True)
            sys.exit(USAGE)
    named = context.find_root().obj
    try:
        _keep(named if isinstance(named, Path) else None, recipients, sender)
    except ConfigError as error:
        click.echo("\n".join(error.problems), err=True)
        sys.exit(TRY_AGAIN)  # the operator's mistake must not bounce a customer's mail
    except Exception as error:  # noqa: BLE001 - whatever is wrong with us, the mail server must keep the mail
        click.echo(f"not taken, try again later: {error or type(error).__name__}", err=True)
        sys.exit(TRY_AGAIN)


def _keep(named: Path | None, recipients: tuple[str, ...], sender: str | None) -> None:
    """Write the message on stdin into the journal; it is durable when this returns."""
    config = load(named, os.environ)
    content = sys.stdin.buffer.read(config.smtp.max_size + 1)
    if len(content) > config.smtp.max_size:
        click.echo(f"the message is larger than the {config.smtp.max_size} bytes that this desk takes", err=True)
        sys.exit(1)
    room = free_bytes(config.store.data, config.store.reserve)
    if room is not None and room < len(content):
        raise StoreFull("the disk of the data folder is full up to store.reserve_mb")
    envelope = Envelope(
        sender=envelope_sender(content) if sender is None else _reverse_path(sender),
        recipients=recipients,
        received_at=datetime.now(UTC) + config.clock_offset,
        door="pipe",
    )
    received = Received.of(envelope, content)
    store = open_store(config.store.url)
    if received.size > LARGE:  # in turns of its own: nobody else waits for all of it
        blobs.keep(store, received.sha256, received.size, [content], envelope.received_at)
        received = replace(received, content=None)
    with store.turn() as connection:
        journal.append(connection, [received])
    store.close()


def _reverse_path(sender: str) -> str:
    """The reverse-path as the mail server names it: what is no address (`<>`, `MAILER-DAEMON`) is the null sender."""
    path = sender.strip("<>")
    return clean(path)[:320] if "@" in path else ""
