"""`replydesk doctor`: is everything as a desk needs it; each finding that is not says what to do.

In: the configuration, the store, the system. Out: one line a finding, what is wrong last; with `--json` a list. Exit
status: 0 when there is no problem (warnings are none), 1 with a problem, 2 when the configuration cannot be read. It
changes nothing and sends nothing.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.desk import PROBLEM, USAGE, plural, print_json
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(context: click.Context, dns: bool, as_json: bool) -> None:
    """Examine configuration, store, disk, clock, doors, the way out and what waits; say how to mend what is not well.

    Exit status: 0 without a problem (also with warnings), 1 with one, 2 when the configuration cannot be read.
    """
    named = context.find_root().obj
    file = named if isinstance(named, Path) else None
    try:
        config = load(file, os.environ)
    except ConfigError as error:
        where = find_file(file, os.environ).name
        findings = [problem(configuration.AREA, text, _fix(where, text)) for text in error.problems]
        _print(findings, as_json=as_json)
        context.exit(USAGE)
    findings = list(_found(config, dns=dns))
    _print(findings, as_json=as_json)
    if worst(findings) is Level.PROBLEM:
        context.exit(PROBLEM)


def _fix(where: str, text: str) -> str:
    return f"{_CONFIG_FIX} ({where})" if text.startswith(where) else "do what it says"


def _found(config: Config, *, dns: bool) -> list[Finding]:
    return list(examine(config, dns=dns, ask=resolver() if dns else None))


def _print(findings: list[Finding], *, as_json: bool) -> None:
    """Grouped by area, and in the order of their weight: the last lines of a screen are those that matter."""
    if as_json:
        print_json([asdict(finding) for finding in findings])
        return
    for level in Level:
        for finding in [one for one in findings if one.level is level]:
            click.echo(f"{MARKS[level]:8} {finding.area:14} {finding.what}")
            if finding.fix:
                click.echo(f"{'':24}→ {finding.fix}")
    count = Counter(finding.level for finding in findings)
    few = plural(count[Level.WARNING], "warning"), plural(count[Level.PROBLEM], "problem")
    click.echo(f"\n{count[Level.OK]} fine, {', '.join(few)}.")
