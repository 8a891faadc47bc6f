"""`replydesk config check|show|login|dkim`: file and environment come in, problems or effective values go out.

Prints no secret: the file holds none but the password that somebody may have put into a URL, and that is masked; of a
login's password only the hash is printed.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.desk import Problem
from gateway.cli.workflow import flows, portrait, workflow_view
from gateway.config.loading import load
from gateway.config.notation import read_address
from gateway.config.problem import ConfigError, UnfitError
from gateway.config.settings import Config
from gateway.doors.login import line
from gateway.rules.policy.workflow import TYPES
from gateway.signing import NoKey, place, read_key, record

CHECK_FAILED = 2
_ES = ("addresses", "mailboxes")


@click.group(name="config")
def config() -> None:
    """The configuration: is it good, and what is in force."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Name every problem of the configuration."""
    found = _load(context, as_json)
    warnings = (*found.warnings, *_look_for_password(found), *_look_for_mailboxes(found))
    if as_json:
        sets = [workflow_view(flow, found.policy) for flow in flows(found.policy) if flow.name not in TYPES]
        good = {"file": str(found.file), "problems": [], "warnings": warnings, **count(found), "division_sets": sets}
        click.echo(json.dumps(good, ensure_ascii=False))
        return
    for warning in warnings:
        click.echo(warning, err=True)
    click.echo(f"{found.file.name}: good: {', '.join(_say(number, what) for what, number in count(found).items())}")
    for flow in flows(found.policy):
        if flow.name not in TYPES:
            click.echo(portrait(workflow_view(flow, found.policy)))


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, as_json: bool) -> None:
    """Print every key that is in force and where it comes from: the file, a variable, or the default."""
    found = _load(context, as_json)
    if as_json:
        settings = [{"key": one.key, "value": one.value, "origin": one.origin} for one in found.settings]
        click.echo(json.dumps({"file": str(found.file), "settings": settings}, ensure_ascii=False))
        return
    click.echo(f"# {found.file}")
    for one in found.settings:
        origin = "" if one.origin == found.file.name else f"  # {one.origin}"
        click.echo(f"{one.key} = {json.dumps(one.value, ensure_ascii=False)}{origin}")


@config.command()
@click.argument("address")
def login(address: str) -> None:
    """Print the line of `submission.logins_file` for ADDRESS; the password comes from stdin."""
    try:
        name = read_address(address)
    except UnfitError as fault:
        raise click.BadParameter("give a mail address such as samantha@desk.example") from fault
    click.echo(line(name, _read_password(), secrets.token_bytes(16)))


@config.command()
@click.pass_context
def dkim(context: click.Context) -> None:
    """Print the record of the DNS for the key that mail is signed with: its name, then its text."""
    signing = _load(context, as_json=False).outgoing.signing
    if signing is None:
        raise Problem("mail is not signed here: set outgoing.dkim_selector and outgoing.dkim_key_file")
    try:
        key = read_key(signing.key_file)
    except NoKey as error:
        raise Problem(str(error)) from None
    click.echo(f"{place(signing.selector, signing.domain)}. TXT")
    click.echo(record(key))


def _read_password() -> str:
    """Asked for twice on a terminal; the first line of anything else."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != password:
            raise click.UsageError("the two are not the same; nothing was printed")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.UsageError("no password came on stdin: write it as one line")
    return password


def count(found: Config) -> dict[str, int]:
    """How much there is of each thing."""
    desk = found.policy
    return {
        "addresses": len(desk.addresses),
        "teams": len(desk.teams),
        "agents": len(desk.agents),
        "topics": len({words.topic for words in desk.topics}),
        "organisations": len(set(desk.organisations.values())),
        "holidays": len(desk.holidays),
        **({"divisions": len(desk.divisions)} if desk.divisions else {}),
        **({"mailboxes": len(found.imap)} if found.imap else {}),
    }


def _say(number: int, what: str) -> str:
    return f"{number} {what if number != 1 else what.removesuffix('es' if what in _ES else 's')}"


def _look_for_password(found: Config) -> Iterator[str]:
    """Only warnings: the files may be brought by whoever starts the daemon."""
    way = found.outgoing
    key_file = way.signing.key_file if way.signing else None
    for key, file in (("password_file", way.password_file), ("dkim_key_file", key_file)):
        if file is not None and not file.is_file():
            yield f"{found.file.name}: outgoing.{key}: there is no file {file} yet"
    if way.token_command and shutil.which(way.token_command[0]) is None:
        yield f"{found.file.name}: outgoing.token_command: there is no program {way.token_command[0]} here"


def _look_for_mailboxes(found: Config) -> Iterator[str]:
    """Only warnings as well: the desk is served without a mailbox that it cannot log in to, and tries it again."""
    for mailbox in found.imap:
        where = f"{found.file.name}: imap[{mailbox.number}]"
        for key, file in (("password_file", mailbox.password_file), ("ca_file", mailbox.ca_file)):
            if file is not None and not file.is_file():
                yield f"{where}.{key}: there is no file {file} yet"
        if mailbox.password_env and not os.environ.get(mailbox.password_env):
            yield f"{where}.password_env: the variable {mailbox.password_env} is not set here"
        if mailbox.token_command and shutil.which(mailbox.token_command[0]) is None:
            yield f"{where}.token_command: there is no program {mailbox.token_command[0]} here"


def _load(context: click.Context, as_json: bool) -> Config:
    """The configuration, or its problems and the exit status for them."""
    named = context.obj if isinstance(context.obj, Path) else None
    try:
        return load(named, os.environ)
    except ConfigError as fault:
        if as_json:
            click.echo(json.dumps({"problems": fault.problems}, ensure_ascii=False))
        else:
            click.echo("\n".join(fault.problems), err=True)
        context.exit(CHECK_FAILED)
