"""The `replydesk` command: every subcommand of DESIGN section 5 is one module of this package.

In: words from a shell. Out: text for people, or JSON with `--json` on stdout; logs on stderr. Exit status: 0 done, 1 a
problem found, 2 wrong usage or configuration, 75 try again later (`deliver` and `token`). It never asks a question.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

COMMANDS = {
    "agent": "agent",
    "call": "call",
    "config": "config",
    "deliver": "deliver",
    "demo": "demo",
    "doctor": "doctor",
    "explain": "explain",
    "imap": "imap",
    "import": "importing",
    "init": "init",
    "intake": "intake",
    "mail": "mail",
    "migrate": "serve",
    "queue": "queue",
    "read": "read",
    "report": "figures",  # the last module that adds to the group
    "sender": "sender",
    "serve": "serve",
    "service": "service",
    "sweep": "sweep",
    "taxonomy": "taxonomy",
    "ticket": "ticket",
    "token": "token",
    "workflow": "workflow",
}
"""Where each command lives. A module is imported only when its command runs: `deliver` starts fast."""


class Commands(click.Group):
    """A group that imports its commands when they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        found: click.Command = getattr(import_module(f"gateway.cli.{module}"), _NAMES.get(cmd_name, cmd_name))
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant. Its words are UTF-8, where they are no names of files."""
        if args[0] not in _OF_FILES and any("\udc80" <= letter <= "\udcff" for word in args for letter in word):
            raise click.UsageError("an argument is not UTF-8: set LANG to a UTF-8 locale, or write it again")
        return super().resolve_command(ctx, args)


_NAMES = {"import": "import_"}
_OF_FILES = frozenset(("demo", "explain", "import", "init", "intake", "read"))
"""Commands whose arguments are names of files, which are bytes."""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="replydesk", prog_name="replydesk")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration file (default: $REPLYDESK_CONFIG, else ./replydesk.toml).",
)
@click.pass_context
def main(context: click.Context, config_file: Path | None) -> None:
    """A help desk that lives in e-mail."""
    context.obj = config_file
