"""What one mail would be asked for, and what many of them add up to.

In: a read mail and how its rehearsal ended. Out: a `Foreseen` for people and as JSON; figures over many; where two
configurations ask for something else. A sensitive fact has no words here. It opens nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from gateway.rehearsal import Rehearsal
from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.intake.gathering import GIVEN, STAGE
from gateway.rules.intake.record import MISSING, PRESENT, UNSURE, Intake
from parsing.message import ParsedMail
from store.records import OpenTicket, Ticket

_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One mail: whether it opens a ticket, what that needs and knows, what is asked for, and why nothing is."""

    title: str
    sender: str
    subject: str
    verdict: str
    why: str
    ticket: Ticket | None
    intake: Intake
    sensitive: frozenset[str]
    rules: tuple[str, ...]

    @property
    def asks(self) -> tuple[str, ...]:
        return self.intake.asked if self.intake.stage == record.ASKING else ()

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        ticket = self.ticket
        names = dict.fromkeys((*self.intake.needed, *self.intake.fields))
        return {
            "mail": self.title, "from": self.sender, "subject": self.subject, "verdict": self.verdict,
            "type": ticket.type if ticket else None, "topic": (ticket.topic or None) if ticket else None,
            "subtopic": (ticket.subtopic or None) if ticket else None, "team": ticket.team if ticket else None,
            "needed": list(self.intake.needed), "complete": self._is_complete, "asked": list(self.asks),
            "why": None if self.asks else self.why or None, "rules": list(self.rules),
            "fields": {name: self._fact(name) for name in names},
        }  # fmt: skip

    @property
    def lines(self) -> list[str]:
        """For people."""
        head = f"{self.title}, from {self.sender or '<>'}: {_short(self.subject)}"
        if self.ticket is None:
            return [head, f"  opens no ticket: {self.verdict}, {self.why}"]
        about = " / ".join(part for part in (self.ticket.topic, self.ticket.subtopic) if part) or "no topic"
        said = [f"{head} ({self.ticket.type}, {about})", *(f"  {rule}" for rule in self.rules)]
        said += [f"  {line}" for line in self._facts()]
        asks = ", ".join(name.replace("_", " ") for name in self.asks)
        said.append(f"  asked: {asks}" if asks else f"  asked nothing: {self.why or 'nothing is needed'}")
        return said

    @property
    def _is_complete(self) -> bool | None:
        return self.intake.complete if self.intake.needed else None

    def _fact(self, name: str) -> dict[str, Any]:
        fact = self.intake.fields.get(name)
        secret = name in self.sensitive
        return {
            "state": self.intake.state(name), "needed": name in self.intake.needed,
            "value": fact.value or None if fact and not secret else None,
            "source": fact.source or None if fact and not secret else None,
            "how": fact.how or None if fact else None,
        }  # fmt: skip

    def _facts(self) -> Iterator[str]:
        for name in dict.fromkeys((*self.intake.needed, *self.intake.fields)):
            fact = self.intake.fields.get(name)
            words = name.replace("_", " ")
            if fact is None or fact.state == MISSING:
                yield f"{words}: missing"
            elif name in self.sensitive:
                yield f"{words}: {fact.state}, repeated nowhere"
            else:
                value = f" {_short(fact.value)}" if fact.value else ""
                source = f" ({fact.how}: “{_short(fact.source)}”)" if fact.source else f" ({fact.how})"
                yield f"{words}: {fact.state}{value}{source if fact.source != fact.value else f' ({fact.how})'}"


def foreseen(title: str, mail: ParsedMail, rehearsed: Rehearsal, desk: Desk) -> Foreseen:
    """What the rehearsal of one mail says of it."""
    decision = rehearsed.decision
    ticket = next((one.ticket for one in decision.effects if isinstance(one, OpenTicket)), None)
    steps = [step for step in decision.trace if step.stage == STAGE]
    silent = next((step.why for step in steps if step.what == "nothing is asked"), "")
    return Foreseen(
        title=title,
        sender=mail.from_.address if mail.from_ else "",
        subject=mail.subject,
        verdict=decision.verdict.value,
        why=silent if ticket is not None else decision.reason,
        ticket=ticket,
        intake=record.of(ticket) if ticket is not None else Intake(),
        sensitive=frozenset(name for name, wanted in desk.inquiry.fields.items() if wanted.sensitive),
        rules=tuple(f"{step.what} — {step.why}" for step in steps if step.what.startswith("rule ")),
    )


def summary(rows: Sequence[Foreseen]) -> dict[str, Any]:
    """What they add up to."""
    tickets = [one for one in rows if one.ticket is not None]
    needing = [one for one in tickets if one.intake.needed]
    incomplete = [one for one in needing if not one.intake.complete]
    unasked = Counter(one.why for one in incomplete if not one.asks)
    overlaps = Counter(pair for one in tickets for pair in _overlapping(one.intake))
    return {
        "mails": len(rows),
        "tickets": len(tickets),
        "nothing_needed": len(tickets) - len(needing),
        "complete": len(needing) - len(incomplete),
        "asked": sum(bool(one.asks) for one in tickets),
        "questions": sum(len(one.asks) for one in tickets),
        "unasked": [{"why": why, "count": count} for why, count in unasked.most_common()],
        "fields": _by_field(tickets),
        "overlaps": [{"fields": list(pair), "count": count} for pair, count in overlaps.most_common()],
    }


def _by_field(rows: Sequence[Foreseen]) -> list[dict[str, Any]]:
    """How often each field is needed, said, not clear and asked for; what is asked most first."""
    needed: Counter[str] = Counter()
    states: Counter[tuple[str, str]] = Counter()
    asked: Counter[str] = Counter()
    for one in rows:
        needed.update(one.intake.needed)
        states.update((name, one.intake.state(name)) for name in one.intake.needed)
        asked.update(one.asks)
    found = [
        {
            "field": name, "needed": count, "present": states[name, PRESENT], "unsure": states[name, UNSURE],
            "missing": states[name, MISSING], "asked": asked[name],
        }
        for name, count in needed.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-int(row["asked"]), -int(row["needed"]), str(row["field"])))


def _overlapping(intake: Intake) -> Iterator[tuple[str, str]]:
    """Fields that the same words of the mail answer: whoever is asked for both says the same twice."""
    said = [
        (name, fact.source) for name in intake.needed
        if (fact := intake.fields.get(name)) is not None and fact.state == PRESENT and fact.source not in ("", GIVEN)
    ]  # fmt: skip
    for (one, words), (other, same) in combinations(said, 2):
        if words == same:
            yield one, other


def differences(rows: Sequence[Foreseen], others: Sequence[Foreseen]) -> list[Mapping[str, Any]]:
    """The mails that would be asked for something else."""
    return [
        {
            "mail": one.title, "now": list(one.asks), "then": list(other.asks),
            "more": [name for name in other.asks if name not in one.asks],
            "less": [name for name in one.asks if name not in other.asks],
        }
        for one, other in zip(rows, others, strict=True)
        if set(one.asks) != set(other.asks)
    ]  # fmt: skip


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"
