"""`replydesk taxonomy list|audit`: what tickets may be about, and what is made of it.

In: how far back. Out: topics with their definitions and counts, or the findings of the audit (`ops` R54), for people
or as JSON. Nothing is written; the same audit goes to the managers by mail each quarter.
"""

from __future__ import annotations

from dataclasses import asdict

import click

from gateway.cli.desk import now, opened, print_json
from gateway.cli.report import moment
from gateway.jobs.taxonomy import audited
from gateway.rules.audit import lines
from store import taxonomy as views
from store.report import stamp

SINCE = click.option("--since", default="90d", show_default=True, help="2026-11-20, or an age such as 24h, 7d, 12w.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def taxonomy() -> None:
    """Topics, subtopics and tags."""


@taxonomy.command(name="list")
@SINCE
@JSON
@click.pass_context
def list_(context: click.Context, since: str, as_json: bool) -> None:
    """Every topic with what it means, its other names and how many tickets it had."""
    with opened(context) as (config, store), store.look() as connection:
        found = views.uses(connection, moment(since, now(config)))
        topics = config.policy.taxonomy.topics
    rows = [
        {
            "topic": topic.pair[0],
            "subtopic": topic.pair[1] or None,
            "definition": topic.definition,
            "aliases": list(topic.aliases),
            "ruf": topic.ruf or None,
            "tickets": sum(n for pair, n in found.items() if topic.pair in (pair, (pair[0], ""))),
        }
        for topic in topics
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        name = f"  {row['subtopic']}" if row["subtopic"] else str(row["topic"])
        also = f" (also {', '.join(row['aliases'])})" if row["aliases"] else ""  # type: ignore[arg-type]
        click.echo(f"{name:<16}{row['tickets']:>7}  {row['ruf'] or '-'}  {row['definition']}{also}".rstrip())


@taxonomy.command(name="audit")
@SINCE
@JSON
@click.pass_context
def audit_(context: click.Context, since: str, as_json: bool) -> None:
    """What nobody uses, what has under 1 %, what people cannot tell apart, how often they sort anew."""
    with opened(context) as (config, store), store.look() as connection:
        at = now(config)
        begin = moment(since, at)
        found = audited(connection, config.policy, begin)
    if as_json:
        print_json({"since": stamp(begin), "until": stamp(at), **asdict(found)})
        return
    for line in lines(found):
        click.echo(line)
