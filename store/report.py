"""Read views for commands and pages: rows in, plain JSON values out (DESIGN section 6). They stand beside the rules.

Keys are a contract: they may be added, never renamed. Times are RFC 3339 UTC. What no feature fills yet is null or
empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from store import agenda, portrait
from store.plain import reference as reference
from store.plain import stamp as stamp
from store.questions import conditions, has_words
from store.records import Direction, Search, Status
from store.tables import events, journal, letters, links, messages, outbox, participants, people, tickets
from store.written import text_of

UNKNOWN = {"name": None, "segment": "unknown", "arr": None, "lifecycle": None}
"""The organisation of somebody whose domain is nobody's that we know (R12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which tickets `ticket list` shows; empty means any."""

    status: str = ""
    type: str = ""
    team: str = ""
    assignee: str = ""
    priority: int = 0
    search: Search | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFilter:
    """Which messages `mail list` shows; empty means any. `limit` is for the newest of them."""

    verdict: str = ""
    undecided: bool = False
    since: datetime | None = None
    sender: str = ""
    ticket: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the views need of the desk: its prefix, its organisations by domain and by contact, its tiers by team."""

    prefix: str
    organisations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    """Fields whose value is shown to nobody, also one that was said before they became so."""
    location: str = ""
    """Where calls are held, with `{room}` for the room of each."""


def mail_row(row: Row[Any], prefix: str) -> dict[str, Any]:
    """One line of `mail list`."""
    return {
        "id": row.id,
        "received_at": stamp(row.received_at),
        "door": row.door,
        "envelope_from": row.envelope_from,
        "envelope_to": row.envelope_to,
        "message_id": row.message_id,
        "sha256": row.sha256,
        "size": row.size,
        "verdict": row.verdict,
        "reason": row.reason,
        "ticket": reference(prefix, row.ticket_id),
        "attempts": row.attempts,
    }


def mails(connection: Connection, wanted: MailFilter) -> Sequence[Row[Any]]:
    """Journal rows, oldest first; with a limit the newest ones, still oldest first."""
    query = select(journal)
    if wanted.verdict:
        query = query.where(journal.c.verdict == wanted.verdict)
    if wanted.undecided:
        query = query.where(journal.c.verdict.is_(None))
    if wanted.since is not None:
        query = query.where(journal.c.received_at >= wanted.since)
    if wanted.sender:
        query = query.where(func.lower(journal.c.envelope_from) == wanted.sender.lower())
    if wanted.ticket is not None:
        query = query.where(journal.c.ticket_id == wanted.ticket)
    if wanted.limit is not None:
        newest = query.with_only_columns(journal.c.id).order_by(journal.c.id.desc()).limit(wanted.limit)
        query = select(journal).where(journal.c.id.in_(newest))
    return connection.execute(query.order_by(journal.c.id)).all()


def mail_view(row: Row[Any], prefix: str) -> dict[str, Any]:
    """`mail show`: the line, the trust and the whole trace."""
    trace = [{"stage": stage, "what": what, "why": why} for stage, what, why in row.trace]
    return {
        **mail_row(row, prefix),
        "trust": row.trust or None,
        "decided_at": stamp(row.decided_at),
        "mailbox": row.mailbox,
        "history": row.history,
        "client": row.client,
        "hello": row.hello,
        "login": row.login or None,
        "released": row.released,
        "trace": trace,
    }


def queue_row(row: Row[Any], prefix: str) -> dict[str, Any]:
    """One line of `queue list`."""
    return {
        "id": row.id,
        "to": row.to_address,
        "subject": row.subject,
        "message_id": row.message_id,
        "purpose": row.purpose,
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt_at": stamp(row.next_attempt_at) if row.state in ("queued", "sending") else None,
        "ticket": reference(prefix, row.ticket_id),
        "last_code": row.last_code,
        "last_text": row.last_text,
        "sent_at": stamp(row.sent_at),
    }


def ticket_list(connection: Connection, wanted: Filter, words: Words, now: datetime) -> list[dict[str, Any]]:
    """Tickets oldest first, without messages and events; with a limit the newest ones, still oldest first."""
    query = _tickets()
    if wanted.status:
        query = query.where(tickets.c.status == wanted.status)
    if wanted.type:
        query = query.where(tickets.c.type == wanted.type)
    if wanted.team:
        query = query.where(tickets.c.team == wanted.team)
    if wanted.assignee:
        query = query.where(tickets.c.assignee == wanted.assignee)
    if wanted.priority:
        query = query.where(tickets.c.priority == wanted.priority)
    if wanted.search is not None:
        query = query.where(*conditions(wanted.search), *has_words(wanted.search))
    query = query.order_by(tickets.c.id.desc())
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    rows = list(reversed(connection.execute(query).all()))
    numbers = [row.id for row in rows]
    members = _members(connection, numbers)
    related = _links(connection, numbers, words.prefix)
    called = agenda.of_tickets(connection, numbers, words.prefix, words.location)
    return [_ticket(row, members[row.id], related[row.id], called[row.id], words, now) for row in rows]


def ticket_view(connection: Connection, number: int, words: Words, now: datetime) -> dict[str, Any] | None:
    """`ticket show`: everything of one ticket, or None when there is none of that number."""
    row = connection.execute(_tickets().where(tickets.c.id == number)).one_or_none()
    if row is None:
        return None
    happened = connection.execute(select(events).where(events.c.ticket_id == number).order_by(events.c.id)).all()
    related = _links(connection, [number], words.prefix)[number]
    called = agenda.of_tickets(connection, [number], words.prefix, words.location)[number]
    view = _ticket(row, _members(connection, [number])[number], related, called, words, now)
    view["messages"] = _messages(connection, number)
    view["events"] = [
        {"at": stamp(event.at), "actor": event.actor, "kind": event.kind, "detail": event.detail} for event in happened
    ]
    return view


def assigned_to(connection: Connection, name: str, limit: int) -> list[int]:
    """The oldest tickets that somebody is assigned to and that are not closed."""
    theirs = select(tickets.c.id).where(tickets.c.assignee == name, tickets.c.status != Status.CLOSED.value)
    return list(connection.execute(theirs.order_by(tickets.c.id).limit(limit)).scalars())


def raw_mails(connection: Connection, number: int) -> Sequence[Row[Any]]:
    """The journal rows of a ticket, oldest first, for export."""
    return connection.execute(select(journal).where(journal.c.ticket_id == number).order_by(journal.c.id)).all()


def sent_mails(connection: Connection, number: int) -> Sequence[Any]:
    """The outbox rows of a ticket that have bytes, oldest first, for export."""
    return connection.execute(
        select(outbox.c.id, letters.c.rendered)
        .join(letters)
        .where(outbox.c.ticket_id == number, letters.c.rendered.is_not(None))
        .order_by(outbox.c.id)
    ).all()


def _tickets() -> Any:
    return select(tickets, people.c.address, people.c.name.label("person_name")).join(people)


def _ticket(
    row: Row[Any],
    members: list[dict[str, Any]],
    related: list[dict[str, Any]],
    calls: list[dict[str, Any]],
    words: Words,
    now: datetime,
) -> dict[str, Any]:
    organisation = words.organisations.get(row.address) or words.organisations.get(row.address.rpartition("@")[2])
    return {
        "ref": reference(words.prefix, row.id),
        "type": row.type,
        "status": row.status,
        "status_category": row.status_category,
        "subject": row.subject,
        "topic": row.topic or None,
        "subtopic": row.subtopic or None,
        "topic_reason": row.topic_reason,
        "ruf": row.ruf or None,
        "impact": row.impact or None,
        "urgency": row.urgency or None,
        "priority": row.priority,
        "priority_reason": row.priority_reason,
        "team": row.team,
        "helpers": row.helpers,
        "assignee": row.assignee or None,
        "next_action": row.next_action or None,
        "handoff": portrait.handoff(row.handoff, row.bounced),
        "waiting_on": row.waiting_on or None,
        "blocked_on": row.blocked_on or None,
        "tags": row.tags,
        "escalation": {
            "active": row.escalated_at is not None,
            "tier": max((words.tiers[team] for team in (row.team, *row.helpers) if team in words.tiers), default=None)
            if row.escalated_at
            else words.tiers.get(row.team),
            "since": stamp(row.escalated_at),
            "reason": row.escalated_because or None,
        },
        "audience": row.audience,
        "requester": {
            "name": row.person_name,
            "address": row.address,
            "organisation": organisation["name"] if organisation else None,
        },
        "organisation": dict(organisation) if organisation else dict(UNKNOWN),
        "participants": members,
        "intake": portrait.intake(row.intake or {}, row.facts or {}, words.sensitive),
        "sla": portrait.clocks(row.clocks or (), now),
        "calls": calls,
        "links": related,
        "outcome": row.outcome or None,
        "closed_as": row.closed_as or None,
        "root_cause": row.root_cause or None,
        "verified_by": row.verified_by or None,
        "division": row.division or None,
        "estimate": row.estimate or None,
        "scheduled_for": stamp(row.scheduled_for),
        "snoozed_until": stamp(row.snoozed_until),
        "reopened": row.reopened,
        "facts": {name: value for name, value in (row.facts or {}).items() if name not in words.sensitive},
        "time_logged": row.logged,
        "language": row.language,
        "created_at": stamp(row.created_at),
        "updated_at": stamp(row.updated_at),
    }


def _members(connection: Connection, numbers: Sequence[int]) -> defaultdict[int, list[dict[str, Any]]]:
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(numbers), 500):
        rows = connection.execute(
            select(
                participants.c.ticket_id,
                participants.c.kind,
                people.c.name,
                people.c.address,
                people.c.unreachable_since,
            )
            .join(people)
            .where(participants.c.ticket_id.in_(numbers[start : start + 500]))
            .order_by(participants.c.person_id)
        )
        for number, kind, name, address, since in rows:
            unreachable = {"unreachable_since": stamp(since)}
            found[number].append({"name": name, "address": address, "kind": kind, **unreachable})
    return found


def _links(connection: Connection, numbers: Sequence[int], prefix: str) -> defaultdict[int, list[dict[str, Any]]]:
    """Links of each ticket, seen from its side."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for start in range(0, len(numbers), 500):
        chosen = numbers[start : start + 500]
        rows = connection.execute(
            select(links)
            .where(links.c.ticket_id.in_(chosen) | links.c.other_id.in_(chosen))
            .order_by(links.c.ticket_id, links.c.other_id, links.c.kind)
        ).all()
        for row in rows:
            found[row.ticket_id].append({"ref": reference(prefix, row.other_id), "kind": row.kind, "direction": "to"})
            found[row.other_id].append({"ref": reference(prefix, row.ticket_id), "kind": row.kind, "direction": "from"})
    return found


def _messages(connection: Connection, number: int) -> list[dict[str, Any]]:
    rows = connection.execute(select(messages).where(messages.c.ticket_id == number).order_by(messages.c.id)).all()
    sent = {
        row.message_id: row
        for row in connection.execute(
            select(outbox.c.message_id, outbox.c.state, letters.c.rendered)
            .join(letters)
            .where(outbox.c.message_id.in_([row.message_id for row in rows if row.direction == Direction.OUT.value]))
        )
    }
    return [_message(row, sent.get(row.message_id)) for row in rows]


def _message(row: Any, mail: Any | None) -> dict[str, Any]:
    return {
        "at": stamp(row.at),
        "direction": row.direction,
        "role": row.role,
        "kind": row.kind,
        "from": {"name": row.from_name, "address": row.from_address},
        "to": row.to,
        "subject": row.subject,
        "message_id": row.message_id,
        "text": row.text or _own_text(mail),
        "trust": row.trust or None,
        "attachments": row.files,
        "forwarded": row.forwarded,
        "cautions": row.cautions.splitlines(),
        "delivery": mail.state if mail is not None else None,
    }


def _own_text(mail: Any | None) -> str:
    """The words of a machine's mail of ours are what was really sent: the text part of its bytes."""
    return text_of(bytes(mail.rendered)) if mail is not None and mail.rendered else ""
