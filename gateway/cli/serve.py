"""`replydesk serve` and `replydesk migrate`: run the desk; bring its store to today's schema.

In: the configuration, and what systemd hands a service: sockets, and where to say how we are. Out: one line of JSON
when all doors are open, then a desk until SIGTERM.
"""

from __future__ import annotations

import os
import time

import click

from gateway import observe
from gateway.cli.desk import configuration, opened, print_json, sentences
from store.opening import HEAD


@click.command()
@click.option("--no-collect", is_flag=True, help="Leave the mailboxes of [[imap]] alone, as a rehearsal must.")
@click.pass_context
def serve(context: click.Context, no_collect: bool) -> None:
    """Run what the configuration enables, until SIGTERM (drains, at most 30 s)."""
    from gateway.activation import take_sockets
    from gateway.daemon import Daemon
    from gateway.machine import fill_descriptors
    from gateway.notify import Supervisor

    fill_descriptors()
    config = configuration(context)
    observe.log_to_stderr()
    observe.log_uncaught()
    supervisor = Supervisor(os.environ, os.getpid(), time.monotonic)
    with sentences():
        passed = take_sockets(config, os.environ, os.getpid())
        supervisor.opening()
        Daemon(config, with_doors=True, collects=not no_collect, supervisor=supervisor, passed=passed).serve()


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
