"""`replydesk ticket list|show|export|do`: tickets, and the verbs of mail from a shell.

In: references such as DESK-1042. Out: views, files, or what the verbs did. `do` runs the same table of verbs through
the same rules and the same commit as a mail of that person; it never answers for somebody who may not act on the
ticket.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Connection

from gateway.cli.desk import Problem, Usage, now, number_of, opened, print_json, print_rows, words
from gateway.config.settings import read_secret
from gateway.rules import budget, participants
from gateway.rules.desk import Agent, Desk
from gateway.rules.notice import NOT_VERIFIED
from gateway.rules.staff import Said, consequences, unsendable
from gateway.rules.verbs import Plan, Refused, may_act, named, plan, usages
from gateway.stages.commit import commit
from gateway.stages.meter import meter, shown
from parsing.command import CommandBlock, commands
from store import blobs, report
from store.engine import Store
from store.lookup import load
from store.records import Decision, Direction, Person, Step, Trust, Verdict
from store.report import Filter
from store.snapshot import Wanted


@click.group()
def ticket() -> None:
    """Tickets."""


@ticket.command(name="list")
@click.option("--status", default="", help="new, accepted, in_progress, resolved, closed …")
@click.option("--type", "type_", default="", help="support, question or escalation.")
@click.option("--team", default="")
@click.option("--assignee", default="")
@click.option("--priority", type=click.IntRange(1, 5), default=None)
@click.option("--query", default="", help="Words of the subject.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N, still oldest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(
    context: click.Context,
    status: str,
    type_: str,
    team: str,
    assignee: str,
    priority: int | None,
    query: str,
    limit: int | None,
    as_json: bool,
) -> None:
    """Tickets, oldest first."""
    wanted = Filter(
        status=status, type=type_, team=team, assignee=assignee, priority=priority or 0, query=query, limit=limit
    )
    with opened(context) as (config, store), store.look() as connection:
        rows = report.ticket_list(connection, wanted, words(config), now(config))
    if as_json:
        print_json(rows)
        return
    columns = [("ref", 10), ("status", 12), ("p", 1), ("team", 10), ("assignee", 10), ("who", 28), ("subject", 0)]
    print_rows([{**row, "p": row["priority"], "who": row["requester"]["address"]} for row in rows], columns)


@ticket.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, ref: str, as_json: bool) -> None:
    """One ticket with its messages and events."""
    with opened(context) as (config, store), store.look() as connection:
        view = report.ticket_view(connection, number_of(config, ref), words(config), now(config))
    if view is None:
        raise _missing(ref)
    if as_json:
        print_json(view)
        return
    clock = view["sla"]["first_response"]
    click.echo(f"{view['ref']} · {view['team']} · P{view['priority']} · {view['status']} · {view['subject']}")
    click.echo(f"Owner: {view['assignee'] or 'nobody yet'} · first answer: {clock['state']}, due {clock['due'] or '-'}")
    click.echo(f"Requester: {_person(view['requester'])}")
    others = [member for member in view["participants"] if member["kind"] in _SHOWN]
    if others:
        click.echo("With it: " + ", ".join(f"{_person(member)} ({_SHOWN[member['kind']]})" for member in others))
    if view["links"]:
        click.echo("Links: " + ", ".join(_link(link) for link in view["links"]))
    kinds = {member["address"]: member["kind"] for member in view["participants"]}
    for message in view["messages"]:
        address, trust = message["from"]["address"], message["trust"] or ""
        claimed = message["direction"] == Direction.IN.value
        mark = NOT_VERIFIED if claimed and participants.is_unverified(trust, kinds.get(address, "")) else ""
        shown = f", trust {trust}" if trust else ""
        click.echo(f"\n{message['at']} {message['direction']} {message['role']} {address}{mark}{shown}")
        click.echo("\n".join(f"  {line}" for line in message["text"].splitlines()))


_SHOWN = {participants.COPIED: "copied", participants.UNVERIFIED: "not verified"}
"""Kinds of people that a ticket is shown with beside its requester."""


def _person(person: Mapping[str, str]) -> str:
    return f"{person['name']} <{person['address']}>" if person["name"] else person["address"]


def _link(link: Mapping[str, str]) -> str:
    """As the ticket has it: `merged-into DESK-1001`, or `DESK-1002 merged-into this`."""
    return f"{link['kind']} {link['ref']}" if link["direction"] == "to" else f"{link['ref']} {link['kind']} this"


@ticket.command()
@click.argument("ref")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def export(context: click.Context, ref: str, folder: Path) -> None:
    """Write the ticket as JSON and every mail of it, byte for byte, into FOLDER."""
    with opened(context) as (config, store), store.look() as connection:
        number = number_of(config, ref)
        view = report.ticket_view(connection, number, words(config), now(config))
        if view is None:
            raise _missing(ref)
        files = {
            f"in-{row.id}.eml": blobs.read(connection, row.sha256) or b""
            for row in report.raw_mails(connection, number)
        }
        files |= {f"out-{row.id}.eml": bytes(row.rendered) for row in report.sent_mails(connection, number)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ticket.json").write_text(_pretty(view), encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    click.echo(f"{view['ref']}: {len(files)} mails and ticket.json in {folder}")


@ticket.command(name="do")
@click.argument("ref")
@click.argument("text", metavar="'#verb …'")
@click.option("--as", "person", required=True, help="The member of staff who says it: short name or address.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def do(context: click.Context, ref: str, text: str, person: str, as_json: bool) -> None:
    """Run verbs on a ticket, one a line, as a mail of that person would."""
    with opened(context) as (config, store):
        desk = config.desk(read_secret(config.store.data))
        outcome = _do(store, desk, number_of(config, ref), ref, text, person, now(config))
    if isinstance(outcome, Refused):
        nearest = f"; nearest: {outcome.nearest}" if outcome.nearest else ""
        raise Problem(f"{outcome.reason}{nearest}")
    planned, sent = outcome
    done = [{"verb": item.line, "before": item.before, "after": item.after} for item in planned.done if not item.help]
    if as_json:
        print_json({"done": done, "sent": sent, "help": usages() if planned.wants_help else []})
        return
    for item in done:
        click.echo(f"{item['verb']}: {item['before'] or '-'} → {item['after']}")
    for mail in sent:
        click.echo(f"{mail['what']} goes to {mail['to']}")
    if planned.wants_help:
        click.echo("\n".join(usages()))


def _do(
    store: Store, desk: Desk, number: int, ref: str, text: str, person: str, at: datetime
) -> tuple[Plan, list[dict[str, str]]] | Refused:
    """One short turn; again while settlers are at the same ticket."""
    agent = desk.agent_named(person)
    if agent is None:
        raise Usage(
            f"--as: {person!r} is nobody of the staff; staff: {', '.join(a.name for a in desk.agents.values())}"
        )
    block = commands(text)
    if not block.commands:
        raise Usage(f"{text!r} holds no verb; verbs: " + ", ".join(line.split(" ")[0] for line in usages()))
    return store.insist(partial(_act, desk, number, ref, block, agent, at))


def _act(
    desk: Desk, number: int, ref: str, block: CommandBlock, agent: Agent, at: datetime, connection: Connection
) -> tuple[Plan, list[dict[str, str]]] | Refused:
    """The snapshot, the rules, the commit."""
    wanted = Wanted(
        addresses=set(desk.agents),
        numbers={number, *named(block.commands, desk)},
        budgets=budget.names("", at),
        budgets_since=budget.since(at),
        budgets_of=budget.of_ticket,
        budgets_to=budget.of_person,
    )
    snapshot = load(connection, wanted, lock=True)
    before = snapshot.tickets.get(number)
    if before is None:
        raise _missing(ref)
    desk = desk.without(snapshot.disabled)
    if agent.address in desk.former:
        return Refused(reason=f"{agent.name} is disabled", nearest=f"replydesk agent enable {agent.name}")
    if not may_act(agent, before):
        return Refused(reason=f"{agent.name} works neither in team {before.team} nor as a lead")
    planned = plan(block.commands, before, desk, agent, at, snapshot)
    if isinstance(planned, Refused):
        return planned
    said = Said(
        before=before,
        agent=agent,
        plan=planned,
        words=block.rest.strip(),
        internal=planned.internal,
        occasion=secrets.token_hex(8),
        now=at,
        requester=snapshot.people.get(before.requester, Person(address=before.requester)),
        recent=snapshot.recent.get(number, []),
        trust=Trust.A,
        known=snapshot,
    )
    refused = unsendable(said, desk, commanded=True)
    if refused is not None:
        return refused
    effects, sent = consequences(said, desk, partial(_mint, desk))
    decision = Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=", ".join(item.line for item in planned.done),
        ticket=number,
        trust=Trust.A,
        trace=(Step(stage="act", what="ticket do", why=f"by {agent.name}"),),
        effects=tuple(effects),
    )
    decision = meter(decision, "", desk, snapshot, partial(_mint, desk), at)
    commit(connection, [decision], snapshot, desk, at)
    return planned, shown(sent, decision)


def _mint(desk: Desk) -> str:
    return f"<{secrets.token_hex(12)}@{desk.domain}>"


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _missing(ref: str) -> Problem:
    return Problem(f'there is no ticket {ref}; "replydesk ticket list" shows what there is')
