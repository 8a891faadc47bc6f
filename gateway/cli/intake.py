"""`replydesk intake test`: who would be asked for what, before it goes live.

In: files, or the journal's mails that opened tickets; another configuration, where one is to be held against this one.
Out: for each mail what is found, with its words, and what would be asked; what they add up to; where two configurations
differ. Nothing is written, learnt or sent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url

from gateway.arrival import envelope_sender
from gateway.cli.desk import Problem, Usage, configuration, now, plural, print_json, sentences
from gateway.cli.explain import FILE_DOOR, first_address, other_rules
from gateway.cli.foresight import Foreseen, differences, foreseen, summary
from gateway.config.settings import Config, read_secret
from gateway.reader import ReaderOptions
from gateway.rehearsal import NoReader, OwnReader, rehearse
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from parsing.address import is_address
from store import blobs, inquiry, journal
from store.engine import Store
from store.opening import open_store
from store.records import Entry, Envelope

MOST = 5_000
"""Mails of the journal that are looked at in one go, the newest ones."""
_AGES = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST_AGE = 4


@click.group()
def intake() -> None:
    """What customers are asked for."""


@intake.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--journal", "age", default=None, metavar="AGE", help="The mails that opened a ticket since: 12h, 30d, 2w."
)
@click.option("--with", "other", type=click.Path(path_type=Path), help="Hold another configuration against this one.")
@click.option("--to", "recipient", default=None, help="Recipient of the envelope of a FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def test(
    context: click.Context, files: tuple[Path, ...], age: str | None, other: Path | None, recipient: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say who would be asked for what, and why; nothing is written.

    Each FILE is one raw mail; with --journal they are those that this desk has got.
    """
    config = configuration(context)
    since = _since(files, age, recipient, config)
    with ExitStack() as stack:
        stack.enter_context(sentences())
        policies = {"now": config} | ({"then": other_rules(other)} if other else {})
        secret = read_secret(config.store.data)
        desks = {name: one.desk(secret) for name, one in policies.items()}
        if not any(desk.inquiry.fields for desk in desks.values()):
            raise Usage("no [[field]] is declared: nobody is asked for anything")
        store = stack.enter_context(_opened(config))
        mails, left_out = _mails(files, since, recipient, config, desks["now"], store)
        readers = {name: stack.enter_context(_reader(policies[name], desks[name])) for name in desks}
        found: dict[str, list[Foreseen]] = {name: [] for name in desks}
        for title, content, entry, row in _shown(mails, quiet=as_json):
            for name, desk in desks.items():
                found[name].append(_looked(title, content, entry, row, desk, readers[name], store))
    summaries = {name: summary(rows) for name, rows in found.items()}
    moved = differences(found["now"], found["then"]) if other else []
    if as_json:
        rows = {name: [one.plain for one in found[name]] for name in found}
        print_json({"mails": rows, "summary": summaries, "differences": moved, "left_out": left_out})
    else:
        _print(found, summaries, moved, left_out)


def _since(files: Sequence[Path], age: str | None, recipient: str | None, config: Config) -> datetime | None:
    """From when on the journal is looked at; None for files. What cannot be meant ends the command."""
    if recipient is not None and not is_address(recipient):
        raise Usage(f"--to: {recipient!r} is not an address")
    if bool(files) == (age is not None):
        raise Usage("name files with one raw mail each, or --journal 30d" + "; not both" * bool(files))
    if age is None:
        return None
    if recipient is not None:
        raise Usage("--to: the journal has the recipients of its mails; it is for files")
    number, unit = age[:-1], age[-1:]
    if unit not in _AGES or not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_AGE and int(number)):
        raise Usage(f"--journal: {age!r} is no age; write 12h, 30d or 2w")
    return now(config) - int(number) * _AGES[unit]


@contextmanager
def _opened(config: Config) -> Iterator[Store | None]:
    """The store as it is; None while a SQLite desk has none."""
    url = make_url(config.store.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield None
        return
    store = open_store(config.store.url, migrate=False, patient=True)
    try:
        yield store
    finally:
        store.close()


def _reader(rules: Config, desk: Desk) -> OwnReader:
    options = ReaderOptions(reading=desk.reading, memory_mb=rules.reader.memory_mb)
    return OwnReader(options, rules.reader.deadline.total_seconds())


_Mail = tuple[str, bytes, Entry, int | None]


def _mails(
    files: Sequence[Path], since: datetime | None, recipient: str | None, config: Config, desk: Desk,
    store: Store | None,
) -> tuple[Sequence[Path | int] | Iterable[_Mail], int]:  # fmt: skip
    """The mails, read one at a time, and how many of the journal are left out."""
    if since is None:
        to = recipient or first_address(desk)
        return [_of_file(file, to, now(config)) for file in files], 0
    if store is None:
        raise Problem("this desk has no store yet: there is no journal")
    with store.look() as connection:
        numbers, total = inquiry.openings(connection, since, MOST)
    return _Journal(store, numbers), total - len(numbers)


class _Journal:
    """Mails of the journal by their numbers; each is read when it is its turn."""

    def __init__(self, store: Store, numbers: Sequence[int]) -> None:
        self._store, self._numbers = store, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[_Mail]:
        for number in self._numbers:
            with self._store.look() as connection:
                row = journal.find(connection, number)
                content = blobs.read(connection, row.sha256) if row is not None else None
            if row is not None and content is not None:
                entry = replace(journal.entry(row), attempts=0, earlier=(), previous=None, ticket=None)
                yield f"mail {number}", content, entry, number


def _of_file(file: Path, to: str, at: datetime) -> _Mail:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Usage(f"{file}: {error.strerror or 'cannot be read'}") from error
    envelope = Envelope(sender=envelope_sender(content), recipients=(to,), received_at=at, door=FILE_DOOR)
    return str(file), content, Entry(id=0, envelope=envelope, sha256="", size=len(content)), None


def _shown(mails: Any, *, quiet: bool) -> Iterator[_Mail]:
    """The mails, with a bar for whoever waits at a terminal."""
    if quiet or not sys.stderr.isatty():
        yield from mails
        return
    with click.progressbar(mails, length=len(mails), label="Reading", file=sys.stderr) as bar:
        yield from bar


def _looked(
    title: str, content: bytes, entry: Entry, row: int | None, desk: Desk, reader: OwnReader, store: Store | None
) -> Foreseen:
    """One mail taken through the rules of one configuration."""
    try:
        read, unreadable = reader.read(content, entry.envelope.sender)
    except NoReader as error:
        raise Problem(str(error)) from error
    incoming = Incoming(entry=entry, mail=read, now=entry.envelope.received_at, unreadable=unreadable)
    if store is None:
        return foreseen(title, read, rehearse(None, incoming, desk), desk)
    with store.look() as connection:
        return foreseen(title, read, rehearse(connection, incoming, desk, without=row), desk)


def _print(
    found: Mapping[str, Sequence[Foreseen]], summaries: Mapping[str, Mapping[str, Any]],
    moved: Sequence[Mapping[str, Any]], left_out: int,
) -> None:  # fmt: skip
    for name, rows in found.items():
        if "then" in found:
            click.echo(_HEADS[name])
        for one in rows:
            click.echo("\n".join(one.lines))
        click.echo()
    if "then" in found:
        click.echo("What differs")
        for row in moved:
            click.echo(f"  {row['mail']}: asked {_listed(row['now'])}, then {_listed(row['then'])}")
        click.echo("" if moved else "  nothing: everybody is asked for the same\n")
    for name, figures in summaries.items():
        click.echo(_HEADS[name] if "then" in found else "In all")
        click.echo("\n".join(f"  {line}" for line in _sums(figures)))
    if left_out:
        click.echo(f"{plural(left_out, 'older mail')} left out: at most {MOST} are looked at in one go.")
    click.echo("Nothing was written.")


_HEADS = {"now": "With the present configuration", "then": "With the other one"}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names).replace("_", " ") or "nothing"


def _sums(figures: Mapping[str, Any]) -> Iterator[str]:
    """A summary in words."""
    yield f"{plural(figures['mails'], 'mail')}, {plural(figures['tickets'], 'new ticket')}"
    yield (
        f"{figures['nothing_needed']} need nothing, {figures['complete']} say all at once, {figures['asked']} are asked"
    )
    for row in figures["unasked"]:
        yield f"{row['count']} lack something and are not asked: {row['why']}"
    for row in figures["fields"]:
        shares = f"needed {row['needed']}, said {row['present']}, not clear {row['unsure']}, asked {row['asked']}"
        yield f"{row['field'].replace('_', ' ')}: {shares}"
    for row in figures["overlaps"]:
        names = " and ".join(row["fields"]).replace("_", " ")
        yield f"the same words answer {names} in {plural(row['count'], 'mail')}: one of them may be needless"
