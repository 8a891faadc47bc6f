"""`replydesk explain FILE_OR_ID`: what would happen to a mail now, step by step, and why. Nothing is written or learnt.

In: a file, `-` for stdin, or a number of the journal. Out: verdict, reason, trust, every step, every effect and every
mail that would leave. For a number the clock is that of its arrival and the message itself, with all that it led to,
is left out of every look-up; for a file the clock is now, and nobody vouches for it but `--trusted`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from gateway import rehearsal
from gateway.arrival import envelope_sender
from gateway.cli.desk import Problem, Usage, configuration, now, print_json, sentences
from gateway.config.loading import find_file, load
from gateway.config.problem import ConfigError
from gateway.config.settings import Config, read_secret
from gateway.reader import ReaderOptions
from gateway.rehearsal import NoReader, Rehearsal, name, rehearse
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from parsing.address import is_address
from parsing.message import ParsedMail
from parsing.portrait import as_json as portrait
from store import blobs, journal
from store.opening import open_store
from store.records import Entry, Envelope
from store.report import reference, stamp

FILE_DOOR = "a file"
TRUSTED_DOOR = "pipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """What is explained: its bytes and envelope, and what became of it when it is in the journal."""

    title: str
    content: bytes
    entry: Entry
    row: int | None = None
    was: dict[str, Any] | None = None


@click.command()
@click.argument("what", metavar="FILE_OR_ID")
@click.option("--to", "recipients", multiple=True, help="Recipient of the envelope; may be repeated.")
@click.option("--from", "sender", default=None, help='Reverse-path of the envelope ("" is the null sender).')
@click.option(
    "--trusted", is_flag=True, help="Believe its Authentication-Results, as if our border had handed it over."
)
@click.option(
    "--with",
    "other",
    type=click.Path(path_type=Path),
    help="Decide by the rules of another configuration, over this desk's store.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def explain(
    context: click.Context,
    what: str,
    recipients: tuple[str, ...],
    sender: str | None,
    trusted: bool,
    other: Path | None,
    as_json: bool,
) -> None:
    """Say what would happen to a mail now, and why; nothing is written.

    FILE_OR_ID is a file with one raw mail, - for stdin, or a number of "replydesk mail list". A number always means the
    journal: a file that is called 7 is ./7.
    """
    for address in recipients:
        if not is_address(address):
            raise Usage(f"--to: {address!r} is not an address")
    config = configuration(context)
    with sentences():
        rules = other_rules(other) if other else config
        desk = rules.desk(read_secret(config.store.data))
        with _looking(config) as connection:
            mail = _found(what, config, desk, connection)
            envelope = _overridden(mail.entry.envelope, recipients, sender, trusted=trusted)
            mail = replace(mail, entry=replace(mail.entry, envelope=envelope))
            read, unreadable = _read(mail, rules, desk)
            incoming = Incoming(entry=mail.entry, mail=read, now=envelope.received_at, unreadable=unreadable)
            rehearsed = rehearse(connection, incoming, desk, without=mail.row)
    view = _view(mail, read, rehearsed, desk)
    if as_json:
        print_json(view)
    else:
        _print(view, mail, rehearsed)


def other_rules(named: Path) -> Config:
    """The rules of another configuration; what is wrong with it is said of `--with`."""
    if not find_file(named, os.environ).exists():
        raise Usage(f"--with: there is no configuration at {named}")
    try:
        return load(named, os.environ)
    except ConfigError as error:
        raise Usage(f"--with {named}: {'; '.join(error.problems)}") from error


@contextmanager
def _looking(config: Config) -> Iterator[Connection | None]:
    """One read snapshot of the store as it is; None while a SQLite desk has no store: then it knows nobody yet."""
    url = make_url(config.store.url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield None
        return
    store = open_store(config.store.url, migrate=False, patient=True)
    try:
        with store.look() as connection:
            yield connection
    finally:
        store.close()


def _found(what: str, config: Config, desk: Desk, connection: Connection | None) -> _Mail:
    """The mail of that number, or of that file."""
    if what.isascii() and what.isdigit():
        return _of_journal(int(what), config, connection)
    try:
        content = sys.stdin.buffer.read() if what == "-" else Path(what).read_bytes()
    except OSError as error:
        hint = '; a number of "replydesk mail list" is good as well' if not Path(what).exists() else ""
        raise Usage(f"{what}: {error.strerror or 'cannot be read'}{hint}") from error
    envelope = Envelope(
        sender=envelope_sender(content),
        recipients=(first_address(desk),),
        received_at=now(config),
        door=FILE_DOOR,
    )
    entry = Entry(id=0, envelope=envelope, sha256="", size=len(content))
    return _Mail(title="stdin" if what == "-" else what, content=content, entry=entry)


def _of_journal(number: int, config: Config, connection: Connection | None) -> _Mail:
    row = journal.find(connection, number) if connection is not None and number < 1 << 63 else None
    content = blobs.read(connection, row.sha256) if connection is not None and row is not None else None
    if row is None or content is None:
        here = f"; the file of that name is ./{number}" if Path(str(number)).exists() else ""
        raise Problem(f'there is no mail {number}; "replydesk mail list" shows what there is{here}')
    was = None
    if row.verdict:
        ticket = reference(config.policy.prefix, row.ticket_id)
        was = {"verdict": row.verdict, "reason": row.reason, "ticket": ticket, "trust": row.trust or None}
    entry = replace(journal.entry(row), attempts=0, earlier=(), previous=None, ticket=None)
    return _Mail(title=f"mail {number}", content=content, entry=entry, row=number, was=was)


def first_address(desk: Desk) -> str:
    """Where customers write: the first support address of the configuration."""
    return next((a.canonical for a in desk.addresses.values() if a.kind == "support"), next(iter(desk.addresses)))


def _overridden(envelope: Envelope, recipients: tuple[str, ...], sender: str | None, *, trusted: bool) -> Envelope:
    """The envelope with the operator's words in place of its own."""
    if sender is not None:
        path = sender.strip("<>")
        envelope = replace(envelope, sender=path if "@" in path else "")
    if recipients:
        envelope = replace(envelope, recipients=recipients)
    return replace(envelope, door=TRUSTED_DOOR) if trusted else envelope


def _read(mail: _Mail, rules: Config, desk: Desk) -> tuple[ParsedMail, str]:
    """As the settler has it read: by a reader of its own, under the same limits."""
    options = ReaderOptions(
        reading=desk.reading,
        memory_mb=rules.reader.memory_mb,
    )
    try:
        return rehearsal.read(mail.content, mail.entry.envelope.sender, options, rules.reader.deadline.total_seconds())
    except NoReader as error:
        raise Problem(str(error)) from error


def _view(mail: _Mail, read: ParsedMail, rehearsed: Rehearsal, desk: Desk) -> dict[str, Any]:
    """The JSON of `explain`."""
    decision = rehearsed.decision
    return {
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "ticket": name(decision.ticket, desk),
        "trust": decision.trust.value if decision.trust else None,
        "rights": [{"what": step.what, "why": step.why} for step in decision.trace if step.stage == "rights"],
        "mailbox": decision.mailbox,
        "clock": stamp(mail.entry.envelope.received_at),
        "envelope_from": mail.entry.envelope.sender,
        "envelope_to": list(mail.entry.envelope.recipients),
        "was": mail.was,
        "trace": [{"stage": step.stage, "what": step.what, "why": step.why} for step in decision.trace],
        "effects": [{"kind": item.kind, **item.facts, "words": item.words} for item in rehearsed.happenings],
        "mails": [dict(item.facts) for item in rehearsed.mails],
        "read": portrait(read, mail.title),
    }


def _print(view: dict[str, Any], mail: _Mail, rehearsed: Rehearsal) -> None:
    """The same for people."""
    trust = next((s["why"] for s in view["trace"] if s["what"].startswith("trust ")), "nothing asked for it")
    click.echo(f"{mail.title}, from {view['envelope_from'] or '<>'} to {', '.join(view['envelope_to'])}")
    click.echo(f"{'verdict':8} {view['verdict']}: {view['reason']}")
    click.echo(f"{'ticket':8} {view['ticket'] or '-'}")
    click.echo(f"{'trust':8} {view['trust'] or '-'}: {trust}")
    for right in view["rights"]:
        click.echo(f"{'right':8} {right['what']}: {right['why']}")
    click.echo(f"{'clock':8} {view['clock']}")
    if mail.was is not None:
        click.echo(f"{'was':8} {mail.was['verdict']} {mail.was['ticket'] or '-'}: {mail.was['reason']}")
    click.echo("\nHow it comes about")
    for step in view["trace"]:
        click.echo(f"  {step['stage']:8} {step['what']}" + (f" — {step['why']}" if step["why"] else ""))
    click.echo("\nWhat it would do")
    for item in [item.words for item in rehearsed.happenings if item.kind != "mail"] or ["nothing"]:
        click.echo(f"  {_line(item)}")
    click.echo("\nWhat would leave")
    for item in [item.words for item in rehearsed.mails] or ["no mail"]:
        click.echo(f"  {_line(item)}")
    click.echo("\nNothing was written.")


def _line(words: str) -> str:
    return " ".join(words.split())
