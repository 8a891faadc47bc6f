"""What most commands begin with: the configuration, the store, and one way to fail in a sentence.

In: the click context. Out: a `Config`, an open `Store`, or the end of the command with the right exit status. No trace
of Python ever reaches an operator for something that the operator can mend.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.config.loading import load
from gateway.config.problem import ConfigError
from gateway.config.settings import Config
from gateway.doors.listen import DoorTaken
from gateway.lock import DeskBusy, DeskFolder
from gateway.rules import times
from gateway.rules.desk import Desk
from store.engine import Store, StoreError
from store.opening import open_store
from store.report import Words

PROBLEM, USAGE = 1, 2


class Problem(click.ClickException):
    """Something is not as the command needs it; exit status 1."""

    exit_code = PROBLEM


class Usage(click.ClickException):
    """The command or the configuration is wrong; exit status 2."""

    exit_code = USAGE


def configuration(context: click.Context) -> Config:
    """The checked configuration; all its problems are printed at once, exit status 2."""
    named = context.find_root().obj
    try:
        return load(named if isinstance(named, Path) else None, os.environ)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(USAGE)


@contextmanager
def sentences(*, busy_is_problem: bool = True) -> Iterator[None]:
    """Turn what an operator can mend into one sentence and an exit status."""
    try:
        yield
    except ConfigError as error:
        raise Usage("; ".join(error.problems)) from error
    except DeskBusy as error:
        if not busy_is_problem:
            raise
        raise Problem(str(error)) from error
    except (DoorTaken, DeskFolder, StoreError) as error:
        raise Problem(str(error)) from error


def words(config: Config) -> Words:
    """What the read views need of the desk."""
    desk = config.policy
    organisations = {
        domain: {
            "name": o.name,
            "segment": o.segment,
            "arr": o.arr,
            "lifecycle": o.lifecycle,
            "health": o.health or None,
            "renewal": o.renewal.isoformat() if o.renewal else None,
            "seats": o.seats or None,
            "zone": o.zone or None,
        }
        for domain, o in desk.organisations.items()
    }
    return Words(
        prefix=desk.prefix,
        organisations=organisations,
        tiers={team.name: team.tier for team in desk.teams.values()},
        sensitive=frozenset(name for name, wanted in desk.inquiry.fields.items() if wanted.sensitive),
        location=desk.calls.location,
    )


def now(config: Config) -> datetime:
    """The desk's clock."""
    return datetime.now(UTC) + config.clock_offset


def number_of(config: Config, text: str) -> int:
    """The ticket number in `DESK-1042` or `1042`; wrong usage otherwise."""
    digits = text.upper().removeprefix(f"{config.policy.prefix.upper()}-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise Usage(f"{text!r} is no ticket; write {config.policy.prefix}-1042")
    return int(digits)


@contextmanager
def opened(context: click.Context) -> Iterator[tuple[Config, Store]]:
    """The configuration and its store, closed at the end."""
    config = configuration(context)
    with sentences():
        store = open_store(config.store.url, patient=True)
        try:
            yield config, store
        finally:
            store.close()


def local(text: str | None, desk: Desk) -> str:
    """An instant as JSON has it (RFC 3339), for people: by the desk's clock; `-` where there is none."""
    return times.spoken(datetime.fromisoformat(text), desk) if text else "-"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 team`, `2 teams`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, int]]) -> None:
    """A plain table: one line a row, columns cut to their width, the last one left long."""
    for row in rows:
        cells = []
        for name, width in columns:
            text = "" if row.get(name) is None else str(row[name])
            text = " ".join(text.split())
            cells.append(text[:width].ljust(width) if width else text)
        click.echo("  ".join(cells).rstrip())
