"""`replydesk import`: an mbox, a Maildir, a folder of messages or one message, through journal and rules.

In: a path and the mailbox it was for. Out: one journal row and one verdict a message. Imported mail is history unless
`--as-new`: it sends nothing and starts no clock. Repeating an import adds nothing; what was cut off goes on.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from gateway import observe
from gateway.arrival import envelope_sender
from gateway.cli.boxes import Found, messages
from gateway.cli.desk import Problem, Usage, configuration, print_json, sentences
from gateway.config.settings import Config
from gateway.lock import DeskBusy
from parsing.address import is_address
from store import blobs, journal
from store.engine import Store
from store.journal import Received
from store.opening import open_store
from store.records import Envelope

BATCH = 100
BATCH_BYTES = 4 << 20
"""One turn keeps others from writing: it takes so many messages and so many bytes at most."""
Key = tuple[str, tuple[str, ...]]
WAIT_SECONDS = 600.0
"""How long a serving desk may decide nothing of what was brought."""


@click.command(name="import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--to", "recipient", required=True, help="The mailbox of this desk that the mail was for.")
@click.option("--as-new", is_flag=True, help="Treat it as mail that comes in now: acknowledge, tell, start clocks.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out what is dated before.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def import_(
    context: click.Context, path: Path, recipient: str, as_new: bool, since: datetime | None, as_json: bool
) -> None:
    """Import PATH: an mbox, a Maildir, a folder with a message a file, or one message. May be repeated."""
    if not is_address(recipient):
        raise Usage(f"--to: {recipient!r} is not an address")
    if not path.exists():
        raise Usage(f"there is nothing at {path}")
    config = configuration(context)
    observe.log_to_stderr(trail=False)
    with sentences(), closing(open_store(config.store.url, patient=True)) as store:
        try:
            taken, known = _append_all(store, config, path, recipient, as_new=as_new, since=since)
        except OSError as error:
            raise Problem(
                f"{error.filename or path}: {error.strerror or error}; what was read before it is kept, "
                "and the same command goes on after it"
            ) from error
    with sentences():
        verdicts = _settle(config, taken)
    result = {"imported": len(taken), "known": known, "verdicts": verdicts}
    if as_json:
        print_json(result)
        return
    click.echo(f"{len(taken)} imported, {known} were there already.")
    for verdict, count in sorted(verdicts.items()):
        click.echo(f"  {count:6} {verdict}")


def _append_all(
    store: Store, config: Config, path: Path, recipient: str, *, as_new: bool, since: datetime | None
) -> tuple[list[int], int]:
    taken: list[int] = []
    seen: Counter[Key] = Counter()
    batch: list[Received] = []
    for found in messages(path):
        if since is not None and _is_older(found.head, since.replace(tzinfo=UTC)):
            continue
        if found.content is None:  # in its place: what answers it comes after it
            taken += _append(store, batch, seen)
            batch = []
            taken += _append_large(store, found, _received(found, config, recipient, history=not as_new), seen)
        else:
            batch.append(_received(found, config, recipient, history=not as_new))
        if len(batch) >= BATCH or sum(item.size for item in batch) >= BATCH_BYTES:
            taken += _append(store, batch, seen)
            batch = []
            _progress(f"{len(taken)} read in, {seen.total() - len(taken)} were there already")
    taken += _append(store, batch, seen)
    return taken, seen.total() - len(taken)


def _append(store: Store, batch: list[Received], seen: Counter[Key]) -> list[int]:
    """Write what the journal does not have yet: the third of three equal messages is new until it has three rows."""
    counts = Counter((item.sha256, item.envelope.recipients) for item in batch)

    def write(connection: Connection) -> list[int]:
        """It may be done again from its beginning: `seen` counts the batch once, after its commit."""
        there = journal.imported(connection, [item.sha256 for item in batch])
        passed: Counter[Key] = Counter()
        fresh = []
        for item in batch:
            key = (item.sha256, item.envelope.recipients)
            passed[key] += 1
            if seen[key] + passed[key] > there[key]:
                there[key] += 1
                fresh.append(item)
        return [entry.id for entry in journal.append(connection, fresh)]

    numbers = store.insist(write)
    seen += counts
    return numbers


def _append_large(store: Store, found: Found, item: Received, seen: Counter[Key]) -> list[int]:
    """A large message is written piece by piece in turns of its own; what a cut leaves of it counts for nothing."""
    with store.look() as connection:
        there = journal.imported(connection, [item.sha256])
    if seen[item.sha256, item.envelope.recipients] >= there[item.sha256, item.envelope.recipients]:
        blobs.keep(store, found.sha256, found.size, found.pieces(), item.envelope.received_at)
    return _append(store, [item], seen)


def _received(found: Found, config: Config, recipient: str, *, history: bool) -> Received:
    envelope = Envelope(
        sender=envelope_sender(found.head),
        recipients=(recipient,),
        received_at=datetime.now(UTC) + config.clock_offset,
        door="import",
        history=history,
    )
    return Received(envelope=envelope, content=found.content, sha256=found.sha256, size=found.size)


def _is_older(head: bytes, since: datetime) -> bool:
    """Whether the Date header says so; what has no usable date is imported."""
    for line in head.splitlines():
        if not line.strip():
            return False
        if line[:5].lower() == b"date:":
            try:
                date = parsedate_to_datetime(line[5:].decode("ascii", "replace").strip())
            except (ValueError, OverflowError):
                return False
            return (date if date.tzinfo else date.replace(tzinfo=UTC)) < since
    return False


def _settle(config: Config, taken: list[int]) -> dict[str, int]:
    """Take the messages through the rules: here, or by the daemon that serves the desk already."""
    from gateway.daemon import Daemon

    try:
        with sentences(busy_is_problem=False):
            daemon = Daemon(config, with_doors=False, delivers=False)
    except DeskBusy:
        pass
    else:
        daemon.settle_all(progress=lambda left: _progress(f"{left} in hand"))
    deadline, left = time.monotonic() + WAIT_SECONDS, len(taken) + 1
    store = open_store(config.store.url, patient=True)
    try:
        while True:
            with store.look() as connection:
                verdicts, undecided = journal.verdicts(connection, taken)
            if not undecided:
                _progress("")
                return verdicts
            if undecided < left:
                deadline, left = time.monotonic() + WAIT_SECONDS, undecided
            if time.monotonic() > deadline:
                raise Problem(
                    f"{undecided} messages are kept and have no verdict yet, and the serving desk does not go on; "
                    '"replydesk doctor" says what is wrong with it'
                )
            _progress(f"{undecided} undecided")
            time.sleep(0.5)
    finally:
        store.close()


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{words}\x1b[K", nl=False, err=True)
