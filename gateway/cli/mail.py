"""`replydesk mail list|show|raw|replay|release|drop`: the journal, where every accepted message says what became of it.

In: journal numbers. Out: rows, the raw bytes, or messages that are looked at again. `release` gives a held message an
operator's word. Nothing here deletes a row; of several messages each is taken by itself, and what cannot be done is
said at the end.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from sqlalchemy import Connection, Row

from gateway.cli.desk import PROBLEM, Problem, Usage, now, number_of, opened, print_json, print_rows
from gateway.config.settings import Config
from store import blobs, confirmations, journal, report
from store.records import Verdict
from store.report import MailFilter

HELD = (
    Verdict.HELD_UNVERIFIED,
    Verdict.LOOP_SUPPRESSED,
    Verdict.SPAM_QUARANTINED,
    Verdict.RATE_LIMITED,
    Verdict.BLOCKED_SENDER,
)
JOURNAL_ID = click.IntRange(1, 2**63 - 1)
AGAIN = 'the serving desk looks at {} at once; without one, run "replydesk sweep"'
DROPPED = "dropped ("
IN_ONE_TURN = 50
"""Messages that are changed in one turn: whoever serves the desk must not wait for a thousand."""

Act = Callable[[Connection, int, "Row[Any]"], str]
"""Does it to one message; why not, or an empty text."""


@click.group()
def mail() -> None:
    """The journal of accepted messages."""


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    """The options that choose messages."""
    for option in (
        click.option("--verdict", type=click.Choice([v.value for v in Verdict]), help="Only those with this verdict."),
        click.option("--since", default="", help="Only those that came since: 2026-11-20, 2026-11-20T14:00, 24h, 3d."),
        click.option("--from", "sender", default="", help="Only those with this reverse-path."),
        click.option("--ticket", default="", help="Only those of this ticket."),
    ):
        command = option(command)
    return command


@mail.command(name="list")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N, still oldest first.")
@click.option("--undecided", is_flag=True, help="Only those without a verdict.")
@_filters
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(
    context: click.Context,
    /,
    limit: int | None,
    undecided: bool,
    as_json: bool,
    **chosen: Any,
) -> None:
    """Every accepted message, oldest first."""
    if undecided and chosen["verdict"]:
        raise Usage("--undecided and --verdict: a message has a verdict or has none; give one of the two")
    with opened(context) as (config, store), store.look() as connection:
        wanted = _wanted(config, chosen, undecided=undecided, limit=limit)
        rows = [report.mail_row(row, config.policy.prefix) for row in report.mails(connection, wanted)]
    if as_json:
        print_json(rows)
        return
    columns = [("id", 6), ("received_at", 24), ("envelope_from", 30), ("verdict", 20), ("ticket", 10), ("reason", 0)]
    print_rows([{**row, "verdict": row["verdict"] or "undecided"} for row in rows], columns)


def _wanted(config: Config, chosen: dict[str, Any], *, undecided: bool = False, limit: int | None = None) -> MailFilter:
    return MailFilter(
        verdict=chosen["verdict"] or "",
        undecided=undecided,
        since=_moment(chosen["since"], now(config)) if chosen["since"] else None,
        sender=chosen["sender"].strip("<>"),
        ticket=number_of(config, chosen["ticket"]) if chosen["ticket"] else None,
        limit=limit,
    )


def _moment(text: str, at: datetime) -> datetime:
    """A day, a time of a day (UTC), or how long ago it was."""
    age = re.fullmatch(r"([0-9]{1,6})([mhd])", text)
    if age:
        return at - timedelta(minutes=int(age[1]) * {"m": 1, "h": 60, "d": 1440}[age[2]])
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(
            f"--since: {text!r} is no time; write 2026-11-20, 2026-11-20T14:00 (UTC), or an age such as 90m, 24h or 3d"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_SHOWN = (
    "id", "received_at", "door", "client", "hello", "login", "envelope_from", "envelope_to", "message_id", "sha256",
    "size", "attempts", "history", "released", "mailbox", "ticket", "trust", "decided_at",
)  # fmt: skip


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, number: int, as_json: bool) -> None:
    """One message: its envelope, its verdict, and each step of how that came about."""
    with opened(context) as (config, store), store.look() as connection:
        row = journal.find(connection, number)
        if row is None:
            raise _missing(number)
        view = report.mail_view(row, config.policy.prefix)
        waits = confirmations.said_of(connection, number) == ""
    if as_json:
        print_json(view)
        return
    for name in _SHOWN:
        value = ", ".join(view[name]) if isinstance(view[name], list) else view[name]
        if value not in (None, "", False) or name in ("envelope_from", "ticket"):
            click.echo(f"{name:14} {'yes' if value is True else value or '-'}")
    click.echo(f"{'verdict':14} {view['verdict'] or 'undecided'}: {view['reason'] or 'nobody has looked at it yet'}")
    for step in view["trace"]:
        click.echo(f"  {step['stage']:8} {step['what']}" + (f" — {step['why']}" if step["why"] else ""))
    hint = _next(number, view, waits=waits)
    if hint:
        click.echo(f"{'next':14} {hint}")


def _next(number: int, view: dict[str, Any], *, waits: bool) -> str:
    """What an operator can do about it, where that is not nothing; `waits` is for its author's word."""
    if view["verdict"] is None:
        return AGAIN.format("it")
    if view["reason"].startswith(DROPPED):
        return ""
    held = view["verdict"] in HELD or (waits and view["verdict"] == Verdict.HELD_COMMAND)
    if held and view["released"]:
        again = f'"replydesk mail replay {number}" looks again once the reason is mended'
        return f'it is released and still held: {again}, "replydesk mail drop {number}" wants nothing of it'
    if view["verdict"] == Verdict.BLOCKED_SENDER:
        return f'"replydesk mail release {number}" lets this one in, "replydesk sender list" shows who is blocked'
    if held:
        return f'"replydesk mail release {number}" vouches for it, "replydesk mail drop {number}" wants nothing of it'
    if view["verdict"] == Verdict.UNREADABLE:
        return f'"replydesk mail raw {number}" shows it, "replydesk mail replay {number}" tries again'
    return f'"replydesk explain {number}" says what would become of it now'


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.pass_context
def raw(context: click.Context, number: int) -> None:
    """The bytes exactly as they came."""
    with opened(context) as (_config, store), store.look() as connection:
        row = journal.find(connection, number)
        if row is None:
            raise _missing(number)
        blobs.copy(connection, row.sha256, sys.stdout.buffer)


@mail.command()
@click.argument("numbers", type=JOURNAL_ID, metavar="[ID]...", nargs=-1)
@_filters
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def replay(context: click.Context, /, numbers: tuple[int, ...], as_json: bool, **chosen: Any) -> None:
    """Look at messages again; what their first look did is not done twice.

    Instead of numbers, --verdict, --since, --from and --ticket choose them: replay --verdict unreadable.
    """
    if bool(numbers) == any(chosen.values()):
        raise Usage("name the messages by their numbers, or choose them with --verdict, --since, --from or --ticket")
    if not numbers:
        with opened(context) as (config, store), store.look() as connection:
            found = report.mails(connection, _wanted(config, chosen))
        numbers = tuple(row.id for row in found if row.verdict)
    _each(context, numbers, _replay, "replayed", "looked at again", as_json=as_json)


def _replay(connection: Connection, number: int, _row: Row[Any]) -> str:
    done = journal.requeue(connection, number, "replayed")
    return "" if done else f"mail {number} has no verdict yet: there is nothing to replay"


@mail.command()
@click.argument("numbers", type=JOURNAL_ID, metavar="ID...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def release(context: click.Context, numbers: tuple[int, ...], as_json: bool) -> None:
    """Vouch for held messages, and for those that wait for their author's word, and run them again."""
    _each(context, numbers, _release, "released", "released", as_json=as_json)


def _release(connection: Connection, number: int, row: Row[Any]) -> str:
    said = confirmations.said_of(connection, number) if row.verdict == Verdict.HELD_COMMAND else None
    if said == "no":
        return f"mail {number} is held-command: its author says that it is not theirs"
    if row.verdict not in HELD and said != "":
        what = row.verdict or "undecided"
        again, why = "its sender sends it again in a form that can be read", f'"replydesk explain {number}" says why'
        hint = f"; {again if what == Verdict.HELD_COMMAND else why}"
        return f"mail {number} is {what}: only held mail can be released{hint}"
    journal.requeue(connection, number, "released", released=True)
    return ""


@mail.command()
@click.argument("numbers", type=JOURNAL_ID, metavar="ID...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def drop(context: click.Context, numbers: tuple[int, ...], as_json: bool) -> None:
    """Want nothing more of messages; their rows and their bytes stay."""
    _each(context, numbers, _drop, "dropped", "dropped", as_json=as_json)


def _drop(connection: Connection, number: int, row: Row[Any]) -> str:
    if row.reason.startswith(DROPPED):
        return f"mail {number} is dropped already"
    return "" if journal.drop(connection, number) else f"mail {number} has no verdict yet"


def _each(context: click.Context, numbers: Sequence[int], act: Act, key: str, done: str, *, as_json: bool) -> None:
    """Do it to each message, a few in a turn; exit status 1 when one could not be done."""
    worked: list[int] = []
    refused: dict[int, str] = {}
    chosen = list(dict.fromkeys(numbers))
    with opened(context) as (_config, store):
        for start in range(0, len(chosen), IN_ONE_TURN):
            part: dict[int, str] = {}
            with store.turn() as connection:
                for number in chosen[start : start + IN_ONE_TURN]:
                    row = journal.find(connection, number)
                    part[number] = act(connection, number, row) if row is not None else _missing(number).message
            worked += [number for number, why in part.items() if not why]
            refused |= {number: why for number, why in part.items() if why}
    if as_json:
        print_json({key: worked, "refused": [{"id": number, "why": why} for number, why in refused.items()]})
    elif worked or not refused:
        click.echo(_said(worked, done))
    for why in refused.values():
        click.echo(f"Error: {why}", err=True)
    if refused:
        context.exit(PROBLEM)


def _said(worked: Sequence[int], done: str) -> str:
    if not worked:
        return "There is no such mail: nothing was done."
    one = len(worked) == 1
    shown = ", ".join(map(str, worked[:10])) + (f" and {len(worked) - 10} more" if len(worked) > 10 else "")
    what = f"Mail {shown} is {done}" if one else f"Mails {shown} are {done}"
    after = "its row stays" if one else "their rows stay"
    return f"{what}; {after}." if done == "dropped" else f"{what}: {AGAIN.format('it' if one else 'them')}."


def _missing(number: int) -> Problem:
    return Problem(f'there is no mail {number}; "replydesk mail list" shows what there is')
