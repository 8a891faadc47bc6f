"""`python -m gateway.cli`: the same as the `replydesk` command."""

from gateway.cli import main

main(prog_name="replydesk")
