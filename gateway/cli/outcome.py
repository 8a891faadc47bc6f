"""`replydesk call outcome`: what came of a call, said from a shell as `#outcome` says it by mail (`ops` R105).

In: the name of a call, `1042-1`, and what came of it. Out: the transcript and the call at its end. Without `--as` it is
the word of whoever has this shell, who may say it of any call.
"""

from __future__ import annotations

import click

from gateway.cli.call import call, key_of
from gateway.cli.calling import say
from gateway.cli.desk import Usage, opened


@call.command()
@click.argument("name", metavar="ID")
@click.argument("text", metavar="'[45m] TEXT | no-show [us]'")
@click.option("--as", "person", default="", help="The member of staff who says it: short name or address.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def outcome(context: click.Context, name: str, text: str, person: str, *, as_json: bool) -> None:
    """Say what came of a call, and how long it took; or that they, or we, were not there."""
    words = " ".join(text.split())
    if not words:
        raise Usage("say what came of it, such as 'the index was rebuilt'")
    with opened(context) as (config, store):
        ticket, number = key_of(config, name)
        say(
            config, store, ticket, name, f"#outcome #{number} {words}", person, "scheduler", number, as_json=as_json
        )  # fmt: skip
