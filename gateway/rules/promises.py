"""What a ticket is promised: for each clock how much working time, in which hours (`ops` R76, R78).

In: a ticket, the policy, what is known of the customer's organisation. Out: a `Promise`, or None. It looks at no clock
that runs: what becomes of those is `rules/clocks.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.rules.desk import Desk, Organisation
from gateway.rules.policy.targets import Factor, Target
from store.records import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """How long one clock of this ticket may run, in which hours, what made it shorter and in whose words."""

    allowed: timedelta
    calendar: str
    factor: float = 1.0
    because: str = ""


def promised(ticket: Ticket, kind: str, desk: Desk, now: datetime) -> Promise | None:
    """What is promised for that clock; None when nothing is."""
    organisation = desk.organisation_of(ticket.requester)
    for target in desk.service.targets:
        if kind in target.allowed and _fits(target, ticket, organisation, desk):
            factor, because = _factor(organisation, desk, now)
            seconds = round(target.allowed[kind].total_seconds() * factor)
            return Promise(allowed=timedelta(seconds=seconds), calendar=target.calendar, factor=factor, because=because)
    return None


def _fits(target: Target, ticket: Ticket, organisation: Organisation | None, desk: Desk) -> bool:
    if target.priority not in (0, ticket.priority) or target.type not in ("", ticket.type):
        return False
    segment, name = (organisation.segment, organisation.name) if organisation is not None else ("", "")
    if target.segment.lower() not in ("", segment.lower()):
        return False
    wanted = target.organisation.lower()  # its name, or a domain or a contact of it
    return wanted in ("", name.lower()) or (organisation is not None and desk.organisations.get(wanted) == organisation)


def _factor(organisation: Organisation | None, desk: Desk, now: datetime) -> tuple[float, str]:
    """What the facts of an organisation leave of a target, all that apply together but no less than the floor (R78)."""
    if organisation is None or not desk.service.factors or not (organisation.health or organisation.renewal):
        return 1.0, ""
    today = now.astimezone(ZoneInfo(desk.zone)).date()
    days = (organisation.renewal - today).days if organisation.renewal else None
    factor, words = 1.0, []
    for one in desk.service.factors:
        why = _applies(one, organisation, days)
        if why:
            factor *= one.factor
            words.append(f"{why} × {one.factor:g}")
    if factor < desk.service.floor:
        factor = desk.service.floor
        words.append(f"no less than × {factor:g}")
    return factor, ", ".join(words)


def _applies(factor: Factor, organisation: Organisation, days: int | None) -> str:
    """Why it applies to them; empty when it does not. Both conditions hold where both are named."""
    words = []
    if factor.health:
        if factor.health.lower() != organisation.health.lower():
            return ""
        words.append(f"{organisation.name}: health {organisation.health}")
    if factor.renewal_days:
        if days is None or not 0 <= days <= factor.renewal_days:
            return ""
        words.append(f"{organisation.name}: renewal in {days} day{'s' * (days != 1)}")
    return ", ".join(words)
