"""Telling of failed mail: what the outbox knows of it, the rule, the commit.

In: mails that have just failed, in the transaction that says so. Out: the outbox rows of the mails that tell the staff.
It decides nothing: who is told and how is `gateway.rules.undelivered`'s.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.rules import budget
from gateway.rules.desk import Desk
from gateway.rules.undelivered import UNRENDERED, Undelivered, unanswered, undelivered, written_as
from gateway.stages.commit import commit
from gateway.stages.meter import meter
from store import outbox
from store.journal import Lease
from store.lookup import load
from store.records import Decision, Purpose, Step, Verdict
from store.snapshot import Snapshot, Wanted

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A mail that has failed, as the courier knows it."""

    number: int
    ticket: int | None
    purpose: Purpose
    to: str
    message_id: str
    how: str
    code: str
    text: str
    attempts: int


def tell(
    connection: Connection,
    desk: Desk,
    failed: Sequence[Failed],
    mint: Callable[[], str],
    now: datetime,
    lease: Lease | None,
) -> list[dict[str, Any]]:
    """Write each failure on its ticket and tell those concerned; the rows of the mails that this makes."""
    for mail in failed:
        if mail.ticket is None:
            log.error("outbox=%s purpose=%s has failed and belongs to no ticket", mail.number, mail.purpose)
    of_tickets = {mail.ticket: mail for mail in failed if mail.ticket is not None}
    if not of_tickets:
        return []
    numbers = set(of_tickets)
    wanted = Wanted(
        addresses=set(desk.agents),
        numbers=numbers,
        budgets=budget.names("", now),
        budgets_since=budget.since(now),
        stories=any(mail.how == UNRENDERED for mail in failed),
    )
    snapshot = load(connection, wanted)
    desk = desk.as_of(snapshot.people, now)
    told = outbox.told_of(connection, sorted(numbers))
    written = outbox.written(connection, [mail.message_id for mail in failed])
    decisions = []
    for mail in failed:
        if mail.ticket is None:
            continue
        author, words = written.get(mail.message_id, ("", ""))
        recent = snapshot.recent.get(mail.ticket, ())
        if not author and (said := written_as(mail.message_id, mail.to, recent)):
            author, words = said.from_address, said.text
        known = _known(mail, author, words, told=(mail.ticket, str(mail.number)) in told)
        known = replace(known, at=next((one.at for one in recent if one.message_id == mail.message_id), None))
        decision = _decision(mail.ticket, known, snapshot, desk, mint, now)
        decisions.append(meter(decision, "", desk, snapshot, mint, now))
        snapshot.overlay(decisions[-1], None)
    return commit(connection, decisions, snapshot, desk, now, lease).outbox


def _known(mail: Failed, author: str, words: str, *, told: bool) -> Undelivered:
    is_answer = mail.purpose is Purpose.ANSWER
    return Undelivered(
        number=mail.number,
        purpose=mail.purpose,
        to=mail.to,
        how=mail.how,
        code=mail.code,
        text=mail.text,
        author=author if is_answer else "",
        words=words if is_answer else "",
        attempts=mail.attempts,
        told=told,
    )


def _decision(
    number: int, mail: Undelivered, snapshot: Snapshot, desk: Desk, mint: Callable[[], str], now: datetime
) -> Decision:
    why = f"{mail.how}: {mail.code} {mail.text}".strip()
    ticket, story = snapshot.tickets[number], snapshot.stories.get(number, ())
    trace: tuple[Step, ...] = (Step(stage="courier", what=f"mail to {mail.to} failed", why=why),)
    if unanswered(ticket, mail, story, now) != ticket:
        trace += (Step(stage="courier", what="not answered after all", why="it never left: the clocks run on"),)
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"outgoing mail {mail.number}: {why}",
        ticket=number,
        trace=trace,
        effects=undelivered(desk, ticket, mail, mint, now, story),
    )
