"""`replydesk sweep`: do all that is due now and say what was done; for set-ups without a running daemon, and for tests.

In: the store as it is. Out: undecided mail decided, due timers done, waiting mail sent; one line each.
"""

from __future__ import annotations

import click

from gateway import observe
from gateway.cli.desk import configuration, print_json, sentences
from store.report import reference


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def sweep(context: click.Context, as_json: bool) -> None:
    """Run all that is due now: mail without a verdict, timers, outgoing mail."""
    from gateway.daemon import Daemon
    from gateway.jobs.sweep import HALFWAY

    config = configuration(context)
    observe.log_to_stderr(trail=False)
    with sentences():
        tally = Daemon(config, with_doors=False).settle_all()
    prefix = config.policy.prefix
    done = [
        {
            "ticket": reference(prefix, d.ticket if isinstance(d.ticket, int) else None),
            "what": d.trace[0].what,
            "reason": d.reason,
        }
        for d in tally.due
        if d.trace[0].stage != HALFWAY
    ]
    if as_json:
        print_json({"timers": done, "mails_decided": tally.decided, "mails_attempted": tally.attempted})
        return
    for item in done:
        click.echo(f"{item['ticket']}: {item['reason']}" if item["ticket"] else item["reason"])  # it says its kind
    click.echo(f"{tally.decided} mails decided, {tally.attempted} outgoing mails attempted, {len(done)} timers done.")
