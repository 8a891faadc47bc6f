"""Asking: what a mail's facts do to its ticket, whether a question is in order now, and what the ticket then says.

In: the ticket, what was gathered, the instant. Out: the ticket as it is then, what is told of it, or the reason for
silence. It sends nothing: `rules/mails/questions.py` has the mail, and whoever sends it says here that they did.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gateway.rules import budget, clocks
from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.intake.gathering import STAGE, Gathered, News
from gateway.rules.intake.labels import called
from gateway.rules.intake.record import ASKING, HANDED, MISSING, STOPPED, UNSURE, Intake
from gateway.rules.times import stamp
from store.records import AddEvent, ClosedAs, Person, Step, Ticket, Trust

EVENT = "intake"


def taken(ticket: Ticket, gathered: Gathered, desk: Desk) -> tuple[Ticket, list[AddEvent]]:
    """The ticket with what the mail says, and what is told of it."""
    intake = gathered.intake
    if gathered.is_nothing or (not gathered.news and intake.needed == record.of(ticket).needed):
        return ticket, []
    facts = {**ticket.facts, **gathered.values}
    for one in gathered.news:  # a field may have become sensitive since: what it was stays no longer either
        if desk.inquiry.fields[one.name].sensitive:
            facts.pop(one.name, None)
    after = record.kept(ticket, intake, facts=facts)
    return after, [*(_event(ticket, one, desk) for one in gathered.news), *gathered.ruled]


def _event(ticket: Ticket, one: News, desk: Desk) -> AddEvent:
    """One fact, from what to what; never the value of a sensitive one."""
    before, after = one.before, one.after
    sensitive = desk.inquiry.fields[one.name].sensitive
    values = {} if sensitive else {"from": before.value if before is not None else "", "to": after.value}
    was = before.state if before is not None else MISSING
    detail = {
        "field": one.name, "state": after.state, "was": was, **values,
        "source": after.source, "how": after.how, "by": after.by,
    }  # fmt: skip
    return AddEvent(ticket=ticket.ref, kind=EVENT, actor=after.by or "system", detail=detail)


def asked(
    ticket: Ticket, names: Iterable[str], desk: Desk, now: datetime, earlier: tuple[tuple[str, ...], ...] = ()
) -> Ticket:
    """The ticket once a mail that asks for these has left; `earlier` questions run on beside them. It waits for the
    customer, but where it is so urgent that nothing waits."""
    course = {
        "stage": ASKING, "rounds": ticket.intake.get("rounds", 0) + 1, "reminded": 0, "asked": tuple(names),
        "asked_at": stamp(now), "reminded_at": "", "replied": False, "completed_at": "", "earlier": earlier,
    }  # fmt: skip
    waits = not ticket.is_done and not is_urgent(ticket, desk)
    return record.moved(ticket, course, waiting_on=clocks.CUSTOMER if waits else ticket.waiting_on)


def is_urgent(ticket: Ticket, desk: Desk) -> bool:
    """Whether nothing waits for the answers: people work on it while questions run."""
    return ticket.priority <= desk.inquiry.urgent


def next_of(intake: Intake, desk: Desk) -> tuple[str, ...]:
    """What the next question asks for: what is confidently missing, best first."""
    return intake.lacking[: desk.inquiry.most]


def whether(ticket: Ticket, gathered: Gathered, desk: Desk, *, opens: bool, reopens: bool = False) -> str:
    """Why no question is of use now; empty where one is. `reopens`: the mail opens a ticket again."""
    intake = gathered.intake
    if intake.complete:
        return "nothing is missing"
    if not intake.lacking:
        return "what is not there may have been said: a person looks at it, the customer is not asked"
    if not desk.inquiry.asks:
        return "this desk asks nothing by itself"
    if opens:
        return ""
    resumes = reopens and ticket.closed_as == ClosedAs.NO_ANSWER
    if ticket.is_done and not reopens:
        return f"it is {ticket.status}"
    if not resumes and intake.stage != ASKING:
        return _SETTLED.get(intake.stage, "nothing was asked before, and #ask asks")
    if intake.rounds >= desk.inquiry.rounds:
        return f"it was asked {intake.rounds} times: a person has it now"
    if not resumes and not gathered.answers:
        return "it answers nothing that was asked, and the same is not asked again"
    return ""


_SETTLED = {STOPPED: "one of us speaks with the customer", HANDED: "a person has it"}


def is_handed(gathered: Gathered, desk: Desk) -> bool:
    """Whether a customer's mail leaves a person with the gaps: they were asked as often as we ask, or what is left is
    nothing that a question would clear."""
    intake = gathered.intake
    if intake.complete or intake.stage != ASKING:
        return False
    return intake.rounds >= desk.inquiry.rounds or not intake.lacking


def silence(
    unanswered: str, person: Person | None, trust: Trust, ticket: Ticket, to: str, desk: Desk, spent: budget.Spent,
    now: datetime,
) -> str:  # fmt: skip
    """Why no machine's mail may go to this address now: the mail that it would answer forbids it, mail came back from
    there, a budget is used up. Empty where one may."""
    if unanswered or ticket.audience != "customer":
        return unanswered or "internal"
    if person is not None and person.unreachable_since is not None and trust is Trust.D:
        return "mail to this address came back for good, and nothing proven was heard of it since"
    return budget.refusal(desk.budgets, spent, to, trust, ticket, now)


def steps(gathered: Gathered, asks: tuple[str, ...], why: str) -> tuple[Step, ...]:
    """What the trace says of asking; nothing of a ticket that needs nothing."""
    if asks:
        names = ", ".join(name.replace("_", " ") for name in asks)
        return (Step(stage=STAGE, what=f"asked: {names}", why="missing, and needed of such a ticket"),)
    if not gathered.intake.needed:
        return ()
    return (Step(stage=STAGE, what="nothing is asked", why=why),)


def said(gathered: Gathered, desk: Desk) -> str:
    """`answered "Steps to reproduce"; nothing is missing now`: what the team reads of a customer's answer; empty where
    nothing was answered and nothing is theirs because of it."""
    if not gathered.answers and not gathered.hands:
        return ""
    intake = gathered.intake
    names = _listed([one.name for one in gathered.news if one.after.state != UNSURE], desk)
    unsure = [name for name in intake.missing if name not in intake.lacking]
    rest = [f"{how}: {', '.join(called(name, desk) for name in left)}"
            for how, left in (("still missing", intake.lacking), ("not clear", unsure)) if left]  # fmt: skip
    if gathered.hands:
        rest.append("nothing more is asked by itself, #ask asks")
    return "; ".join([f"answered {names}" if names else "wrote", *(rest or ["nothing is missing now"])])


def _listed(names: list[str], desk: Desk) -> str:
    quoted = [f'"{called(name, desk)}"' for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
