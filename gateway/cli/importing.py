"""`replydesk import`: an mbox, a Maildir, a folder of messages or one message, through journal and rules.

In: a path and the mailbox it was for. Out: one journal row and one verdict a message. Imported mail is history unless
`--as-new`: it sends nothing and starts no clock. Repeating an import adds nothing; what was cut off goes on.
"""

from __future__ import annotations

import mailbox
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import click

from gateway import observe
from gateway.cli.arrival import envelope_sender
from gateway.cli.desk import Problem, Usage, configuration, print_json, sentences
from gateway.config.settings import Config
from gateway.lock import DeskBusy
from parsing.address import is_address
from store import journal
from store.engine import Store
from store.journal import Received
from store.opening import open_store
from store.records import Envelope

BATCH = 100
Key = tuple[str, tuple[str, ...]]
WAIT_SECONDS = 600.0


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
    observe.log_to_stderr()
    with sentences(), closing(open_store(config.store.url)) as store:
        try:
            taken, known = _append_all(store, config, path, recipient, as_new=as_new, since=since)
        except OSError as error:
            raise Problem(
                f"{error.filename or path}: {error.strerror or error}; what was read before it is kept, "
                "and the same command goes on after it"
            ) from error
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
    for content in _messages(path):
        if since is not None and _is_older(content, since.replace(tzinfo=UTC)):
            continue
        batch.append(_received(content, config, recipient, history=not as_new))
        if len(batch) >= BATCH:
            taken += _append(store, batch, seen)
            batch = []
            _progress(f"{len(taken)} read in")
    taken += _append(store, batch, seen)
    return taken, seen.total() - len(taken)


def _append(store: Store, batch: list[Received], seen: Counter[Key]) -> list[int]:
    """Write what the journal does not have yet: the third of three equal messages is new until it has three rows."""
    with store.turn() as connection:
        there = journal.imported(connection, [item.sha256 for item in batch])
        fresh = []
        for item in batch:
            key = (item.sha256, item.envelope.recipients)
            seen[key] += 1
            if seen[key] > there[key]:
                there[key] += 1
                fresh.append(item)
        return [entry.id for entry in journal.append(connection, fresh)]


def _received(content: bytes, config: Config, recipient: str, *, history: bool) -> Received:
    envelope = Envelope(
        sender=envelope_sender(content),
        recipients=(recipient,),
        received_at=datetime.now(UTC) + config.clock_offset,
        door="import",
        history=history,
    )
    return Received.of(envelope, content)


def _messages(path: Path) -> Iterator[bytes]:
    """The raw messages under a path, in a stable order; what is a Maildir or an mbox is told by its shape."""
    if path.is_dir() and (path / "cur").is_dir() and (path / "new").is_dir():
        for folder in ("cur", "new"):
            yield from (file.read_bytes() for file in sorted((path / folder).iterdir()) if file.is_file())
    elif path.is_dir():
        yield from (file.read_bytes() for file in sorted(path.rglob("*")) if _is_message(file))
    elif _is_mbox(path):
        box = mailbox.mbox(path, create=False)
        try:
            for key in box.iterkeys():
                yield box.get_bytes(key, from_=False)
        finally:
            box.close()
    else:
        yield path.read_bytes()


def _is_message(file: Path) -> bool:
    """Any file of a folder that is not hidden: mail is exported under many names."""
    return file.is_file() and not any(part.startswith(".") for part in file.parts[-2:])


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(5) == b"From "


def _is_older(content: bytes, since: datetime) -> bool:
    """Whether the Date header says so; what has no usable date is imported."""
    for line in content[:65536].splitlines():
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
    deadline = time.monotonic() + WAIT_SECONDS
    store = open_store(config.store.url)
    try:
        while True:
            with store.look() as connection:
                verdicts, undecided = journal.verdicts(connection, taken)
            if not undecided:
                return verdicts
            if time.monotonic() > deadline:
                raise Problem(f"{undecided} messages have no verdict yet; the serving desk goes on with them")
            _progress(f"{undecided} undecided")
            time.sleep(0.5)
    finally:
        store.close()


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{words}\x1b[K", nl=False, err=True)
