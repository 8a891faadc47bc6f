"""`replydesk doctor`: is everything as a desk needs it; each finding that is not says what to do.

In: the configuration, the store, the system. Out: one line a finding, what is wrong last; with `--json` a list. Exit
status: 0 when there is no problem (warnings are none), 1 with a problem, 2 when the configuration cannot be read. It
changes nothing and sends nothing, but for the one test mail that `--send` asks for (`gateway.cli.probing`).
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gateway.cli import probing
from gateway.cli.desk import PROBLEM, USAGE, Usage, plural, print_json
from gateway.config.loading import find_file, load
from gateway.config.problem import ConfigError
from gateway.config.settings import Config
from gateway.doctor import configuration
from gateway.doctor.examination import examine
from gateway.doctor.finding import Finding, Level, problem, worst
from gateway.doctor.resolver import resolver

MARKS = {Level.OK: "ok", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}
_CONFIG_FIX = "mend it there; the comments of the file that replydesk init writes explain every key"


@click.command()
@click.option("--dns", is_flag=True, help='Ask the DNS about the desk\'s domain too (needs "replydesk[dns]").')
@click.option("--send", multiple=True, metavar="ADDRESS", help="Send one test mail there, and wait for its receipt.")
@click.option("--wait", type=click.IntRange(1, 86_400), metavar="SECONDS", help="How long (120 unless told otherwise).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, dns: bool, send: tuple[str, ...], wait: int | None, as_json: bool) -> None:
    """Examine configuration, store, disk, clock, doors, the way out and what waits; say how to mend what is not well.

    With --send one test mail takes the way of every mail: the queue, the serving desk, the smarthost. It is received
    when it comes back to a door of the desk, or when its reader answers it.

    Exit status: 0 without a problem (also with warnings), 1 with one (also when a test mail was not received in time),
    2 when the configuration cannot be read or the command is wrong.
    """
    to = probing.address(send) if send else ""
    if wait is not None and not to:
        raise Usage("--wait says how long to wait for a test mail: name its address with --send")
    named = context.find_root().obj
    file = named if isinstance(named, Path) else None
    try:
        config = load(file, os.environ)
    except ConfigError as error:
        where = find_file(file, os.environ).name
        findings = [problem(configuration.AREA, text, _fix(where, text)) for text in error.problems]
        _print(findings, {}, as_json=as_json)
        context.exit(USAGE)
    findings = list(_found(config, dns=dns))
    mails: dict[int, dict[str, Any] | None] = {}
    if to:
        for finding, mail in _sent(config, to, wait or probing.WAIT, quiet=as_json):
            mails[len(findings)] = mail
            findings.append(finding)
    _print(findings, mails, as_json=as_json)
    if worst(findings) is Level.PROBLEM:
        context.exit(PROBLEM)


def _fix(where: str, text: str) -> str:
    return f"{_CONFIG_FIX} ({where})" if text.startswith(where) else "do what it says"


def _found(config: Config, *, dns: bool) -> list[Finding]:
    return list(examine(config, dns=dns, ask=resolver() if dns else None))


def _sent(config: Config, to: str, wait: int, *, quiet: bool) -> list[probing.Said]:
    """The stations of a test mail; whoever sits at a terminal sees each as it is reached."""
    shows = sys.stderr.isatty() and not quiet

    def tell(text: str) -> None:
        if shows:
            click.echo(f"... {text}", err=True)

    return probing.round_trip(config, to, wait, probing.Clock(monotonic=time.monotonic, sleep=time.sleep), tell)


def _print(findings: list[Finding], mails: Mapping[int, dict[str, Any] | None], *, as_json: bool) -> None:
    """Grouped by area, and in the order of their weight: the last lines of a screen are those that matter. `mails` are
    test mails by the place of their finding."""
    if as_json:
        found = [asdict(finding) for finding in findings]
        print_json([{**one, "probe": mails[place]} if place in mails else one for place, one in enumerate(found)])
        return
    for level in Level:
        for finding in [one for one in findings if one.level is level]:
            click.echo(f"{MARKS[level]:8} {finding.area:14} {finding.what}")
            if finding.fix:
                click.echo(f"{'':24}→ {finding.fix}")
    count = Counter(finding.level for finding in findings)
    few = plural(count[Level.WARNING], "warning"), plural(count[Level.PROBLEM], "problem")
    click.echo(f"\n{count[Level.OK]} fine, {', '.join(few)}.")
