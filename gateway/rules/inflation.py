"""Inflation of priorities: when everything is critical, nothing is (`ops` R55, M20).

In: how many tickets of the last days are at priority 1, and how many there are. Out: whether that is too many, and the
mail that tells the leads. It changes no ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.rules.desk import Desk
from gateway.rules.policy.urgency import Urgency
from store.records import Decision, Person, Purpose, Role, SendMail, Step, Verdict

WINDOW = timedelta(days=7)
"""The time over which the share is taken."""


def share(critical: int, total: int) -> float:
    return critical / total if total else 0.0


def is_inflated(critical: int, total: int, policy: Urgency) -> bool:
    """Whether more are critical than the desk calls sound; a handful of tickets says nothing."""
    return total >= policy.inflation_of and share(critical, total) > policy.inflation


def told(
    critical: int, total: int, downgraded: int, desk: Desk, mint: Callable[[], str], now: datetime
) -> Decision | None:
    """The leads learn of it, or the operators where the desk has no lead; None while all is well."""
    if not is_inflated(critical, total, desk.urgency):
        return None
    leads = [agent.address for agent in desk.agents.values() if "lead" in agent.roles] or list(desk.operators)
    title = f"{share(critical, total):.0%} of this week's tickets are at priority 1"
    detail = (
        f"{critical} of the {total} tickets of the last 7 days are critical; the desk calls more than "
        f"{desk.urgency.inflation:.0%} too many."
    )
    if downgraded:
        detail += f" {downgraded} more had been and were set lower."
    cure = (
        "See them:\nreplydesk ticket list --priority 1\nreplydesk report priority --since 7d\n"
        "Set one lower, by mail or with ticket do:\n#priority 3 because …\nYou are told once a day while it lasts."
    )
    facts = {"title": title, "detail": detail, "journal_id": 0, "what_to_do": cure}
    mails = tuple(
        SendMail(
            ticket=None,
            purpose=Purpose.ALARM,
            round=f"inflation-{now:%Y-%m-%d}",
            to=Person(address=address),
            role=Role.SYSTEM,
            key="",
            message_id=mint(),
            subject=title,
            language="en",
            mailbox=next(to.canonical for to in desk.addresses.values() if to.kind == "support"),
            facts=facts,
        )
        for address in leads
    )
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"inflation: {title}",
        trace=(Step(stage="sweep", what="inflation", why=title),),
        effects=mails,
    )
