"""`replydesk ticket list|show|export|do`: tickets, and the verbs of mail from a shell.

In: references such as DESK-1042. Out: views, files, or what the verbs did. `do` runs the same table of verbs through
the same rules and the same commit as a mail of that person; it never answers for somebody who may not act on the
ticket.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from gateway.cli import call, facts, spoken
from gateway.cli import take as take_
from gateway.cli.desk import Problem, Usage, local, now, number_of, opened, print_json, print_rows, words
from gateway.cli.spoken import Outcome
from gateway.cli.why import why
from gateway.config.settings import read_secret
from gateway.naming import named as named_in
from gateway.rules import budget, participants
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices.notice import NOT_VERIFIED
from gateway.rules.overview import search
from gateway.rules.priority import label
from gateway.rules.speech.rehearsing import previews, unnumbered
from gateway.rules.staff import Said, consequences, goes_out, intended, unsendable, words_of
from gateway.rules.times import Unclear
from gateway.rules.verbs import Plan, Refused, may_act, named, needs_no_team, questions, schedules, usages
from gateway.rules.verbs.course import undoes
from gateway.rules.verbs.ownership import ranks, weighs
from gateway.stages.commit import commit
from gateway.stages.meter import meter, shown
from parsing.command import CommandBlock, commands
from store import blobs, report
from store.engine import Store
from store.lookup import load
from store.records import Decision, Direction, Person, Search, Step, Trust, Verdict
from store.report import Filter
from store.snapshot import Wanted


@click.group()
def ticket() -> None:
    """Tickets."""


ticket.add_command(why)


@ticket.command(name="list")
@click.option("--status", default="", help="new, accepted, in_progress, resolved, closed …")
@click.option("--type", "type_", default="", help="support, question or escalation.")
@click.option("--team", default="")
@click.option("--assignee", default="")
@click.option("--priority", type=click.IntRange(1, 5), default=None)
@click.option("--query", default="", help="What #find takes: words, status:open prio<=2 customer:acme.com …")
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
    with opened(context) as (config, store), store.look() as connection:
        wanted = Filter(
            status=status, type=type_, team=team, assignee=assignee, priority=priority or 0, limit=limit,
            search=_searched(query, config.policy, now(config)),
        )  # fmt: skip
        rows = report.ticket_list(connection, wanted, words(config), now(config))
    if as_json:
        print_json(rows)
        return
    if rows:
        shown = [_line(row, config.policy) for row in rows]
        names = [*shown[0]]
        widths = [(name, max(len(name), *(len(row[name]) for row in shown))) for name in names[:-1]]
        print_rows([{name: name for name in names}, *shown], [*widths, (names[-1], 0)])


def _searched(query: str, desk: Desk, at: datetime) -> Search | None:
    """What the words look for, as `#find` reads them."""
    if not query.strip():
        return None
    found = search.read(query, desk, None, at)
    if isinstance(found, Unclear):
        raise Usage("; nearest: ".join(filter(None, (f"--query: {found.reason}", found.nearest))))
    return found


def _line(row: Mapping[str, Any], desk: Desk) -> dict[str, str]:
    """A ticket in a row for people, under the heads of the columns."""
    dues = [clock["due"] for clock in row["sla"].values() if clock["due"] and clock["state"] in ("running", "breached")]
    zone = desk.zone.rpartition("/")[2].replace("_", " ")
    due = datetime.fromisoformat(min(dues)).astimezone(ZoneInfo(desk.zone)) if dues else None
    return {
        "ticket": row["ref"],
        "type": row["type"],
        "status": row["status"].replace("_", " "),
        "P": str(row["priority"]),
        "team": row["team"],
        "owner": row["assignee"] or "-",
        "topic": "/".join(filter(None, (row["topic"], row["subtopic"]))) or "-",
        f"due ({zone})": f"{due:%Y-%m-%d %H:%M}" if due else "-",
        "requester": row["requester"]["address"][:_WIDEST],
        "subject": row["subject"],
    }


_WIDEST = 32
"""Characters of an address in a list."""


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
    desk = config.policy
    click.echo(
        f"{view['ref']} · {view['team']} · P{view['priority']} · {view['status'].replace('_', ' ')} · {view['subject']}"
    )
    click.echo("\n".join(_portrait(view, desk)))
    click.echo(f"Requester: {_person(view['requester'])}")
    organisation = config.policy.organisation_of(view["requester"]["address"])
    click.echo(f"Organisation: {organisation.portrait if organisation else 'unknown'}")
    others = [member for member in view["participants"] if member["kind"] in _SHOWN]
    if others:
        click.echo("With it: " + ", ".join(f"{_person(member)} ({_SHOWN[member['kind']]})" for member in others))
    for one in view["calls"]:
        click.echo(f"Call {one['id']}: {call.line(one, desk)}")
    if view["links"]:
        click.echo("Links: " + ", ".join(_link(link) for link in view["links"]))
    kinds = {member["address"]: member["kind"] for member in view["participants"]}
    for message in view["messages"]:
        address, trust = message["from"]["address"], message["trust"] or ""
        claimed = message["direction"] == Direction.IN.value
        mark = NOT_VERIFIED if claimed and participants.is_unverified(trust, kinds.get(address, "")) else ""
        shown = f", trust {trust}" if trust else ""
        click.echo(f"\n{local(message['at'], desk)} {message['direction']} {message['role']} {address}{mark}{shown}")
        click.echo("\n".join(f"  {line}" for line in message["text"].splitlines()))


def _portrait(view: Mapping[str, Any], desk: Desk) -> list[str]:
    """What a ticket is and how it stands, a line each; what nobody said is left out but for the topic."""
    topic = "/".join(filter(None, (view["topic"], view["subtopic"]))) or "none yet"
    lines = [
        f"Type: {view['type']} · Topic: {topic}",
        f"Priority: {view['priority']} ({label(view['priority'], view['division'] or '', desk)})"
        + (f": {view['priority_reason']}" if view["priority_reason"] else ""),
        f"Owner: {view['assignee'] or 'nobody yet'}"
        + (f" · With: {', '.join(view['helpers'])}" if view["helpers"] else "")
        + f" · Next: {view['next_action'] or 'nobody has decided'}",
    ]
    for name, clock in view["sla"].items():
        if clock["state"] != "none" or name == "first_response":
            due = f", due {local(clock['due'], desk)}" if clock["due"] else ""
            lines.append(f"{_CLOCKS[name]}: {clock['state']}{due}")
    return [*lines, *facts.lines(view["intake"])]


_CLOCKS = {
    "first_response": "First answer",
    "next_response": "Next answer",
    "resolution": "Resolution",
    "triage": "Sorting",
    "complete_response": "Answer after all is said",
}

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ticket.json").write_text(_pretty(view), encoding="utf-8")
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise Problem(f"{folder}: {reason}; name a folder that you may write to") from error
    click.echo(f"{view['ref']}: {len(files)} mails and ticket.json in {folder}")


@ticket.command(name="do")
@click.argument("ref")
@click.argument("text", metavar="'#verb …'")
@click.option("--as", "person", required=True, help="The member of staff who says it: short name or address.")
@click.option("--dry-run", "dry", is_flag=True, help="Do nothing, tell what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def do(context: click.Context, ref: str, text: str, person: str, *, dry: bool, as_json: bool) -> None:
    """Run verbs on a ticket, one a line, as a mail of that person would. REF may be `next` where the verb is #take."""
    text = f"#dry-run\n{text}" if dry else text
    with opened(context) as (config, store):
        desk = config.desk(read_secret(config.store.data))
        number = take_.NEXT if ref.lower() == "next" else number_of(config, ref)
        outcome = _do(store, desk, number, ref, text, person, now(config))
    if isinstance(outcome, Refused):
        nearest = f"; nearest: {outcome.nearest}" if outcome.nearest else ""
        raise Problem(f"{outcome.reason}{nearest}")
    print_json(spoken.as_json(outcome, desk)) if as_json else spoken.show(outcome, desk)


@ticket.command()
@click.option("--as", "person", required=True, help="The member of staff who is served: short name or address.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def take(context: click.Context, person: str, as_json: bool) -> None:
    """Give PERSON the next ticket of their team that nobody has: by priority, then the clock that is due first."""
    with opened(context) as (config, store):
        desk, at = config.desk(read_secret(config.store.data)), now(config)
        outcome = _do(store, desk, take_.NEXT, "next", "#take", person, at)
        if isinstance(outcome, Refused) and not isinstance(outcome, take_.Idle):
            raise Problem("; nearest: ".join(filter(None, (outcome.reason, outcome.nearest))))
        if isinstance(outcome, Refused):
            print_json({"ref": None, "reason": outcome.reason}) if as_json else click.echo(f"{outcome.reason}.")
            return
        plan = outcome.plan
        with store.look() as connection:
            view = report.ticket_view(connection, int(plan.ticket.ref), words(config), at) or {}
    if as_json:
        print_json(take_.told(plan, view))
    else:
        take_.show(plan, view)


def _do(store: Store, desk: Desk, number: int, ref: str, text: str, person: str, at: datetime) -> Outcome | Refused:
    """What a member of staff says, by their short name or address."""
    agent = desk.agent_named(person)
    if agent is None:
        raise Usage(
            f"--as: {person!r} is nobody of the staff; staff: {', '.join(a.name for a in desk.agents.values())}"
        )
    return done_by(store, desk, number, ref, text, agent, at)


def done_by(
    store: Store, desk: Desk, number: int, ref: str, text: str, agent: Agent, at: datetime
) -> Outcome | Refused:
    """One short turn; again while settlers are at the same ticket."""
    block = commands(text)
    if not block.commands:
        raise Usage(f"{text!r} holds no verb; verbs: " + ", ".join(line.split(" ")[0] for line in usages()))
    return store.insist(partial(_act, desk, number, ref, block, agent, at))


def _act(
    desk: Desk, number: int, ref: str, block: CommandBlock, agent: Agent, at: datetime, connection: Connection
) -> Outcome | Refused:
    """The snapshot, the rules, the commit."""
    served, passed = number == take_.NEXT, ""
    if served:
        if [command.verb.lower() for command in block.commands if command.verb.lower() != "dry-run"] != ["take"]:
            return Refused(reason="only #take is said of what is next", nearest="#take")
        if block.rest.strip():  # whoever it is, nobody has read what they wrote
            return Refused(reason="words go to a ticket that was read, not to whichever is next", nearest="#take")
        found = take_.next_for(connection, agent, desk, at)
        if found.number is None:
            return take_.idle(agent, desk, found)
        number, passed = found.number, found.why(desk)
    wanted = Wanted(
        addresses=set(desk.agents),
        numbers={number, *named(block.commands, desk)},
        loads=at if weighs(block.commands, desk) else None,
        places=at if ranks(block.commands) else None,
        questions=questions(block.commands, desk, agent, at),
        stories=undoes(block.commands),
        calls=at if schedules(block.commands) else None,
        budgets=budget.names("", at),
        budgets_since=budget.since(at),
        budgets_of=budget.of_ticket,
        budgets_to=budget.of_person,
    )
    snapshot = load(connection, wanted, lock=not served)  # its row is ours: nobody waits for a name while they have one
    before = snapshot.tickets.get(number)
    if before is None:
        raise _missing(ref)
    desk = desk.as_of(snapshot.people, at)
    if agent.address in desk.former:
        return Refused(reason=f"{agent.name} is disabled", nearest=f"replydesk agent enable {agent.name}")
    theirs = snapshot.calls.get(number, {}).values()
    if not may_act(agent, before) and (block.rest.strip() or not needs_no_team(block.commands, agent, theirs)):
        return Refused(reason=f"{agent.name} works neither in team {before.team} nor as a lead")
    speaks = before.is_reachable and goes_out(block)
    planned = intended(block.commands, before, desk, agent, at, snapshot, speaks=speaks)
    if isinstance(planned, Refused):
        return planned
    said = Said(
        before=before,
        agent=agent,
        plan=planned,
        words=words_of(block),
        below=block.below,
        internal=planned.internal or not planned.ticket.is_reachable,
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
    if planned.dry:
        would = [dict(item) for item in unnumbered(sent)]
        return Outcome(_readable(planned), would, agent, previews(said, effects, desk))
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
    made = commit(connection, [decision], snapshot, desk, at)
    done = tuple(
        replace(
            item,
            before=named_in(item.before, made.numbers, desk),
            after=named_in(item.after, made.numbers, desk) + passed,
        )
        for item in planned.done
    )
    return Outcome(replace(planned, done=done), named_in(shown(sent, decision), made.numbers, desk), agent)


def _readable(plan: Plan) -> Plan:
    """A plan that is not carried out opens no ticket, and so none has a number."""
    done = (replace(one, before=unnumbered(one.before), after=unnumbered(one.after)) for one in plan.done)
    return replace(plan, done=tuple(done))


def _mint(desk: Desk) -> str:
    return f"<{secrets.token_hex(12)}@{desk.domain}>"


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _missing(ref: str) -> Problem:
    return Problem(f'there is no ticket {ref}; "replydesk ticket list" shows what there is')
