"""Budgets: how much automatic mail may leave, to one correspondent, to one domain, for one ticket and in all (DESIGN
section 9).

In: what was spent when (the ledger), whom a mail is for, how far what it answers is proven, the instant. Out: why it
may not leave, and what it takes from the budgets when it does. One ledger for all kinds of mail: an acknowledgement, a
question and a refusal to the same person are three of the same few. No window of any place and length ever holds more
than its limit: what is counted coarsely is counted for longer, never for less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gateway.rules.desk import Budgets
from parsing.address import split_detail
from store.records import Purpose, SendMail, Spend, Ticket, Trust

Spent = Mapping[str, Sequence[tuple[int, int]]]
"""(second, how many) by the name of the budget."""

HOUR, DAY = 3_600, 86_400
GRAIN = 300
"""Seconds that share one row where everything is counted; to a domain an hour shares one."""

REOPENINGS = 3
"""How often a day mail reopens a ticket."""
SETTLERS = 16
"""Machines that may decide at the same time; with more of them the breaker opens late, by what a turn sends."""
BREAKER = "breaker"
"""The operators were told that the breaker opened."""
STOPPED = "stopped"
"""Mails that the breaker kept from leaving."""

INSIDE = frozenset(
    {
        Purpose.NOTICE,
        Purpose.TRANSCRIPT,
        Purpose.UNDELIVERED,
        Purpose.WARNING,
        Purpose.REMINDER,
        Purpose.HANDOFF,
        Purpose.DIGEST,
        Purpose.BRIEF,
        Purpose.STAND_DOWN,
        Purpose.CALL_NOTICE,
        Purpose.PROBE,
    }
)
"""Mail to staff that has an end of its own: the staff is no correspondent. Only the breaker stops it. An operator's
test mail has its end as well (`gateway.rules.mails.probe`)."""
OWED = frozenset(
    {
        Purpose.RESOLVED,
        Purpose.CONFIRMATION,
        Purpose.CONSENT,
        Purpose.RETYPED,
        Purpose.PROMISE,
        Purpose.OFFER,
        Purpose.INVITE,
        Purpose.UNINVITE,
        Purpose.CALL_REMINDER,
    }
)
"""Mail that an act of one of us waits for, outside or at their own word: at its limit it is held, never dropped."""
_BY_ONE_OF_US = "agent"
"""The variant of a question that one of us asks (`mails.questions`); the machine's own ask again by themselves."""


def is_owed(mail: SendMail) -> bool:
    """Whether one of us waits for this mail to go."""
    asked = mail.purpose is Purpose.QUESTION and mail.facts.get("variant") == _BY_ONE_OF_US
    return asked or mail.purpose in OWED


def correspondent(address: str) -> str:
    """The budget of whoever reads this address: a detail after + makes nobody somebody else (RFC 5233)."""
    return f"to:{split_detail(address)[0]}"


def of_domain(address: str) -> str:
    return f"to-domain:{address.rpartition('@')[2]}"


def names(author: str, now: datetime) -> set[str]:
    """What must be looked up before anything automatic goes to this author."""
    return {*of_person(author), *of_all(now), BREAKER} if author else {*of_all(now), BREAKER}


def of_person(address: str) -> tuple[str, str]:
    return correspondent(address), of_domain(address)


def untold(address: str) -> str:
    """Somebody was told that no more held mail of this colleague's is answered today."""
    return f"untold:{split_detail(address)[0]}"


def of_ticket(ticket: Ticket) -> tuple[str, ...]:
    """Whom an act on this ticket may write to, and how often it was reopened."""
    return (
        *of_person(ticket.requester),
        *((reopening(ticket, Trust.C), reopening(ticket, Trust.D)) if ticket.is_done else ()),
    )


def reopening(ticket: Ticket, trust: Trust) -> str:
    """What nothing proves is counted apart: it must not use up what the customer may."""
    return f"reopened:{ticket.ref}" + (":D" if trust is Trust.D else "")


def is_restless(spent: Spent, ticket: Ticket, trust: Trust, now: datetime) -> bool:
    """Whether the ticket was reopened so often today that only one of us reopens it again: close, an answer by itself,
    reopened, closed, and so on (intake 33)."""
    return _within(spent.get(reopening(ticket, trust), ()), int(now.timestamp()) - DAY) >= REOPENINGS


def of_all(now: datetime) -> tuple[str, str]:
    """Everything of this hour and of the one before: by the hour, so that a day's rows are not read for an hour's."""
    hour = int(now.timestamp()) // HOUR
    return f"all:{hour}", f"all:{hour - 1}"


def stopped(now: datetime) -> tuple[str, str]:
    hour = int(now.timestamp()) // HOUR
    return f"{STOPPED}:{hour}", f"{STOPPED}:{hour - 1}"


def since(now: datetime) -> int:
    """The second from which on what was spent counts for any budget."""
    return int(now.timestamp()) - DAY - HOUR - 1


def refusal(budgets: Budgets, spent: Spent, to: str, trust: Trust, ticket: Ticket | None, now: datetime) -> str:
    """Why no automatic mail may go to this address now; empty when one may. `trust` is how far what it answers is
    proven, `ticket` what it is about."""
    if is_stopped(budgets, spent, now):
        return broken(budgets)
    return limit(budgets, spent, to, trust, ticket, now)


def limit(budgets: Budgets, spent: Spent, to: str, trust: Trust, ticket: Ticket | None, now: datetime) -> str:
    """The same without a look at the breaker."""
    at, own = int(now.timestamp()), spent.get(correspondent(to), ())
    if trust is Trust.D:
        for window, most, words in ((HOUR, budgets.stranger_hour, "an hour"), (DAY, budgets.stranger_day, "a day")):
            if _within(own, at - window) >= most:
                return f"no more than {_mails(most)} in {words} to an address that nothing proves"
    elif _within(own, at - DAY) >= budgets.participant_day:
        return f"no more than {_mails(budgets.participant_day)} in a day to one address"
    if _within(spent.get(of_domain(to), ()), at - DAY - HOUR + 1) >= budgets.domain_day:
        return f"no more than {_mails(budgets.domain_day)} in a day to all of {to.rpartition('@')[2]}"
    if ticket is not None and ticket.automatic >= budgets.ticket:
        return f"no more than {_mails(budgets.ticket)} for one ticket"
    return ""


def left_today(budgets: Budgets, spent: Spent, to: str, now: datetime) -> int:
    """How many more automatic mails somebody who is proven may get today."""
    return budgets.participant_day - _within(spent.get(correspondent(to), ()), int(now.timestamp()) - DAY)


def of_leaving(to: str, now: datetime) -> tuple[Spend, Spend]:
    """What one automatic mail to this correspondent takes, but for the budget of all, of which a decision takes
    once for all its mails."""
    at = int(now.timestamp())
    return Spend(name=correspondent(to), at=at), Spend(name=of_domain(to), at=at - at % HOUR)


def of_breaker(now: datetime, count: int) -> Spend:
    """What automatic mail takes of the budget of all, whoever it is for."""
    at = int(now.timestamp())
    return Spend(name=of_all(now)[0], at=at - at % GRAIN, count=count)


def of_stopped(now: datetime, count: int) -> Spend:
    at = int(now.timestamp())
    return Spend(name=stopped(now)[0], at=at - at % GRAIN, count=count)


def is_about_mail(name: str) -> bool:
    """Whether this is one of the budgets that a mail takes from by leaving."""
    return name.startswith(("to:", "to-domain:", "all:"))


# The breaker


def total(spent: Spent, now: datetime) -> int:
    """How much automatic mail left in the last hour, to anybody."""
    first = int(now.timestamp()) - HOUR - GRAIN + 1
    this, last = of_all(now)
    return _within(spent.get(this, ()), first) + _within(spent.get(last, ()), first)


def is_stopped(budgets: Budgets, spent: Spent, now: datetime) -> bool:
    """Whether so much left in the last hour that something must be wrong."""
    return total(spent, now) >= budgets.total_hour


def broken(budgets: Budgets) -> str:
    return f"the breaker: no more than {_mails(budgets.total_hour)} in an hour in all"


def is_near(budgets: Budgets, spent: Spent, most: int, now: datetime) -> bool:
    """Whether the breaker could open while turns decide at the same time, of which each sends `most` mails at most:
    then they have to wait for one another. It matters no more once it is open and the operators know."""
    found = total(spent, now)
    return found + most * SETTLERS >= budgets.total_hour and not (found >= budgets.total_hour and was_told(spent, now))


def was_told(spent: Spent, now: datetime, of: str = BREAKER) -> bool:
    """Whether the operators heard of the breaker, or the leads of a colleague (`untold`), within the last day."""
    return _within(spent.get(of, ()), int(now.timestamp()) - DAY) > 0


def _within(entries: Iterable[tuple[int, int]], first: int) -> int:
    found = 0
    for second, count in entries:
        if second >= first:
            found += count
    return found


def _mails(count: int) -> str:
    return f"{count:,} automatic mail{'s' * (count != 1)}"
