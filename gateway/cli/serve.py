"""`replydesk serve` and `replydesk migrate`: run the desk; bring its store to today's schema.

In: the configuration. Out: one line of JSON when all doors are open, then a desk until SIGTERM.
"""

from __future__ import annotations

import click

from gateway import observe
from gateway.cli.desk import configuration, opened, print_json, sentences
from store.opening import HEAD


@click.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Run what the configuration enables, until SIGTERM (drains, at most 30 s)."""
    from gateway.daemon import Daemon

    config = configuration(context)
    observe.log_to_stderr()
    observe.log_uncaught()
    with sentences():
        Daemon(config, with_doors=True).serve()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def migrate(context: click.Context, as_json: bool) -> None:
    """Bring the store to the schema of this replydesk."""
    with opened(context):
        pass  # opening migrates
    if as_json:
        print_json({"revision": HEAD})
    else:
        click.echo(f"The store is at revision {HEAD}.")
