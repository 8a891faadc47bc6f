"""Meter: whatever a decision would send passes here, and is written down in the ledger when it may leave.

In: a `Decision`. Out: the same without the automatic mail that no budget has room for. What one of us has asked for is
held for an operator instead, and whoever asked is told. That a colleague's mail is held waits there as well, never
dropped. It adds no mails but two: the operators learn, once a day, that the breaker has opened, and the leads, once a
day and colleague, that one of us cannot be told. Nothing automatic reaches the outbox by any other way, so this is
where the bound is proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.rules import budget, mails
from gateway.rules.desk import Desk
from gateway.rules.mails.calls import TRIED
from gateway.rules.notices import notice
from store.anew import anew
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    Decision,
    Effect,
    MarkReachable,
    OpenTicket,
    Purpose,
    Role,
    SendMail,
    Spend,
    Step,
    Ticket,
    TicketRef,
    Trust,
)
from store.snapshot import Snapshot

_ANSWER = "your answer"
"""What a transcript says of a person's own words: those are never held."""
_HELD, _CURE = "held: ", "; replydesk queue release lets it go"
RELEASE = "replydesk queue list --state held\nreplydesk queue release --all"


def meter(
    decision: Decision, author: str, desk: Desk, snapshot: Snapshot, mint: Callable[[], str], now: datetime
) -> Decision:
    """Let through what may leave. `author` wrote the mail that is decided; empty when time or a command did it."""
    if not any(isinstance(effect, SendMail | AddEvent) for effect in decision.effects):
        return decision
    base = budget.total(snapshot.spent, now)
    round_ = _Round(decision=decision, author=author, desk=desk, snapshot=snapshot, now=now, base=base)
    for effect in decision.effects:
        round_.take(effect)
    round_.close(mint)
    decision = replace(decision, effects=tuple(round_.effects))
    if not round_.steps:
        return decision
    reason = decision.reason
    for to in round_.held:
        reason = reason.replace(f"went to {to}", f"to {to} is held")
    if round_.question:
        reason += f", once an operator lets the question go (replydesk queue release): {round_.question}"
    *before, last = decision.trace
    if reason != decision.reason:
        last = replace(last, why=reason)
    return replace(decision, reason=reason, trace=(*before, *round_.steps, last))


@dataclass(slots=True, kw_only=True)
class _Round:
    """One decision on its way through."""

    decision: Decision
    author: str
    desk: Desk
    snapshot: Snapshot
    now: datetime
    base: int
    """What had left in the last hour."""
    effects: list[Effect] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    left: int = 0
    """Mails that leave."""
    broken: int = 0
    """Mails that the breaker stops."""
    unsent: set[str] = field(default_factory=set)
    held: dict[str, str] = field(default_factory=dict)
    """Why mail is held that one of us asked for, by whom it is for."""
    question: str = ""
    """Why a question to the author is held."""
    outside: dict[TicketRef, int] = field(default_factory=dict)
    heeded: set[TicketRef] = field(default_factory=set)
    spends: list[Spend] = field(default_factory=list)
    untold: SendMail | None = None
    """What a colleague would have read of their own mail, had the budget room for it."""

    def take(self, effect: Effect) -> None:
        match effect:
            case SendMail(automatic=True, held=""):
                self._mail(effect)
            case Spend(name=name) if budget.is_about_mail(name):
                pass  # it is written down here, with the mail that takes it
            case AddEvent(ticket=ref, actor=actor):
                self.effects.append(effect)
                if actor and actor != "system" and "@" not in actor:  # a member of staff, by name
                    self.heeded.add(ref)
            case _:
                self.effects.append(effect)

    def _mail(self, mail: SendMail) -> None:
        why = self._refusal(mail)
        if not why:
            self._send(mail)
            return
        if why == budget.broken(self.desk.budgets):
            self.broken += 1
        if budget.is_owed(mail) or mail.role is Role.SYSTEM or mail.purpose in budget.INSIDE:
            self._hold(mail, why)
        elif self._is_back(mail):
            self._hold(mail, why)
            if why != budget.broken(self.desk.budgets):
                self.untold = mail
        else:
            self.unsent.add(mail.message_id)
            self.steps.append(Step(stage="budget", what=f"no {mail.purpose.value} to {mail.to.address}", why=why))

    def _refusal(self, mail: SendMail) -> str:
        """Why this mail may not leave now."""
        budgets = self.desk.budgets
        if self.base + self.left >= budgets.total_hour:
            return budget.broken(budgets)
        if mail.role is not Role.CUSTOMER and mail.purpose in budget.INSIDE:
            return ""
        person = self.snapshot.people.get(mail.to.address)
        if person is not None and person.unreachable_since is not None and not self._is_heard_of(mail):
            return "mail to this address came back for good, and nothing proven was heard of it since"
        ticket = self._ticket(mail.ticket) if mail.role is Role.CUSTOMER and mail.ticket is not None else None
        return budget.limit(budgets, self._spent(), mail.to.address, self._trust(mail), ticket, self.now)

    def _is_back(self, mail: SendMail) -> bool:
        """Whether it brings a colleague's own mail back, of which nothing was done: without a word of it they would
        believe that the customer has their answer. What nothing proves must not fill the queue."""
        if mail.purpose is not Purpose.HELD or self.decision.trust in (None, Trust.D):
            return False
        return mail.to.address == self.author and self.author in self.desk.agents

    def _is_heard_of(self, mail: SendMail) -> bool:
        marked = any(_is_back(e, mail.to.address) for e in self.decision.effects)
        return marked or (mail.to.address == self.author and self._trust(mail) is not Trust.D)

    def _trust(self, mail: SendMail) -> Trust:
        """How far it is proven that whom the mail is for has anything to do with it: an act of the staff's vouches for
        everybody, a customer only for themselves."""
        trust = self.decision.trust
        if trust is None or mail.role is Role.SYSTEM:
            return Trust.B
        if self.decision.entry is None:  # time or a command wrote it: no author vouches for anybody
            return trust if mail.role is Role.CUSTOMER else Trust.B
        if mail.to.address == self.author or self.author in self.desk.agents:
            return trust
        if mail.purpose is Purpose.CALL and mail.facts.get("variant") == TRIED:
            return Trust.C  # once a call, to whom we had offered it: a stranger's mail must not keep it from them
        return Trust.D

    def _spent(self) -> Mapping[str, list[tuple[int, int]]]:
        """The ledger with what this decision has taken so far."""
        if not self.spends:
            return self.snapshot.spent
        found: dict[str, list[tuple[int, int]]] = dict(self.snapshot.spent)
        for spend in self.spends:
            found[spend.name] = [*found.get(spend.name, ()), (spend.at, spend.count)]
        return found

    def _ticket(self, ref: TicketRef) -> Ticket | None:
        ticket = self.snapshot.tickets.get(ref)
        sent = self.outside.get(ref, 0)
        return replace(ticket, automatic=ticket.automatic + sent) if ticket is not None and sent else ticket

    def _send(self, mail: SendMail) -> None:
        to = mail.to.address
        self.left += 1
        if mail.role is Role.CUSTOMER or mail.purpose not in budget.INSIDE:
            self.spends += budget.of_leaving(to, self.now)
        if mail.role is Role.CUSTOMER and mail.ticket is not None:
            self.outside[mail.ticket] = self.outside.get(mail.ticket, 0) + 1
        is_last = mail.purpose is Purpose.HELD and not budget.left_today(self.desk.budgets, self._spent(), to, self.now)
        self.effects.append(replace(mail, facts={**mail.facts, "last": True}) if is_last else mail)

    def _hold(self, mail: SendMail, why: str) -> None:
        """It waits in the queue for an operator; whoever asked for it is told in the transcript."""
        self.effects.append(replace(mail, held=f"{_HELD}{why}{_CURE}"))
        self.steps.append(Step(stage="budget", what=f"{mail.purpose.value} to {mail.to.address} is held", why=why))
        if mail.purpose is Purpose.CONFIRMATION:
            self.question = why
        elif budget.is_owed(mail) and mail.ticket is not None:
            self.held[notice.destination(mail.to)] = why
            detail = {"purpose": mail.purpose.value, "address": mail.to.address, "because": why}
            self.effects.append(AddEvent(ticket=mail.ticket, kind="mail-held", actor="system", detail=detail))

    def close(self, mint: Callable[[], str]) -> None:
        """What follows from what was let through and what was not."""
        if self.unsent:
            self.effects = [e for e in self.effects if not _shows(e, self.unsent)]
        if self.held:
            self.effects = [_with_held(effect, self.held) for effect in self.effects]
        for ref in self.heeded:
            ticket = self.snapshot.tickets.get(ref)
            if ticket is not None and ticket.unheeded:
                self._change(ref, "unheeded", 0)
                self._remember(ticket)
        for ref, count in self.outside.items():
            self._count(ref, count)
        if self.untold is not None:
            self._tell(self.untold, mint)
        if self.broken:
            self._break(mint)
        self.effects += self.spends
        if self.left:
            self.effects.append(budget.of_breaker(self.now, self.left))

    def _tell(self, mail: SendMail, mint: Callable[[], str]) -> None:
        """The leads learn that one of us does not hear of a held mail."""
        name = budget.untold(self.author)
        if budget.was_told(self.snapshot.spent, self.now, name):
            return
        entry = self.decision.entry
        agent, number = self.desk.agents[self.author], entry.id if entry is not None else 0
        told = mails.untold(self.desk, mail.ticket, mail.mailbox, agent, mint, f"untold-{mail.round}", number, RELEASE)
        self.effects += told
        self.left += len(told)
        self.effects.append(Spend(name=name, at=int(self.now.timestamp())))
        what = "the leads are told" if any("lead" in a.roles for a in self.desk.agents.values()) else "told"
        self.steps.append(Step(stage="budget", what=what, why=f"{agent.name} does not hear that it is held"))

    def _break(self, mint: Callable[[], str]) -> None:
        self.effects.append(budget.of_stopped(self.now, self.broken))
        if budget.was_told(self.snapshot.spent, self.now):
            return
        most = self.desk.budgets.total_hour
        mailbox = self.decision.mailbox or next(a.canonical for a in self.desk.addresses.values())
        alarms = mails.breaker(self.desk, mailbox, mint, f"breaker-{int(self.now.timestamp())}", most, RELEASE)
        self.effects += alarms
        self.left += len(alarms)
        self.effects.append(Spend(name=budget.BREAKER, at=int(self.now.timestamp())))
        self.steps.append(Step(stage="budget", what="the operators are told", why=budget.broken(self.desk.budgets)))

    def _count(self, ref: TicketRef, count: int) -> None:
        """The ticket has cost so many more mails to people outside."""
        for place, effect in enumerate(self.effects):
            if isinstance(effect, OpenTicket) and effect.ticket.ref == ref:
                opened = anew(effect.ticket, automatic=effect.ticket.automatic + count)
                self.effects[place] = replace(effect, ticket=opened)
                return
        ticket = self.snapshot.tickets.get(ref)
        if ticket is not None:
            self._change(ref, "automatic", ticket.automatic + count)

    def _change(self, ref: TicketRef, field_: str, value: int) -> None:
        """In the change that is made already, where there is one: a row is written once."""
        for place, effect in enumerate(self.effects):
            if isinstance(effect, ChangeTicket) and effect.ticket == ref:
                self.effects[place] = replace(effect, changes={**effect.changes, field_: value})
                return
        self.effects.append(ChangeTicket(ticket=ref, changes={field_: value}))

    def _remember(self, ticket: Ticket) -> None:
        """How many mails nobody had heeded stands with what happened now."""
        for place, effect in enumerate(self.effects):
            if isinstance(effect, AddEvent) and effect.ticket == ticket.ref:
                self.effects[place] = replace(effect, was={"unheeded": ticket.unheeded, **effect.was})
                return


def _is_back(effect: Effect, address: str) -> bool:
    return isinstance(effect, MarkReachable) and effect.address == address and effect.since is None


def _shows(effect: Effect, message_ids: set[str]) -> bool:
    """Whether it shows a mail in the ticket's history that does not leave."""
    return isinstance(effect, AddMessage) and effect.message.message_id in message_ids


def _with_held(effect: Effect, held: Mapping[str, str]) -> Effect:
    """A transcript that does not claim what has not happened."""
    if not isinstance(effect, SendMail) or effect.purpose is not Purpose.TRANSCRIPT:
        return effect
    return replace(effect, facts={**effect.facts, "sent": _shown(effect.facts.get("sent", ()), held)})


def _shown(sent: Sequence[Mapping[str, str]], held: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {**item, "to": f"{item['to']} (held, not sent: {held[item['to']]})"}
        if item["to"] in held and item["what"] != _ANSWER
        else dict(item)
        for item in sent
    ]


def shown(sent: Sequence[Mapping[str, str]], decision: Decision) -> list[dict[str, str]]:
    """What was sent to whom, as it became: some of it may be held."""
    held = [effect for effect in decision.effects if isinstance(effect, SendMail) and budget.is_owed(effect)]
    return _shown(sent, {notice.destination(mail.to): _why(mail.held) for mail in held if mail.held})


def _why(held: str) -> str:
    return held.removeprefix(_HELD).removesuffix(_CURE)
