"""Who may do what: the ladder of trust and the table of rights (DESIGN section 8), as data.

In: an action, how far its author is proven, what roles they have. Out: a `Judgement`: whether it is done, a
confirmation is asked for, or nothing happens, with the row that decided. Everything that acts asks here; nothing is
done because somebody's From says so.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from store.records import Trust


class Action(StrEnum):
    """What somebody may want, by the rows of the table."""

    LOOK = "read-only verbs"
    ESCALATE = "start an escalation"
    SPEAK = "public reply, verbs on a ticket"
    CALL = "call, move or cancel a call"
    DECIDE = "approve, assign across teams, clock changes"
    OVERSEE = "find, show, digest"
    ANSWER = "intake answer"
    BOOK = "book, cancel, call, close"
    WRITE = "words into a ticket"
    COPY = "bring somebody in by Cc"
    STATUS = "ask how a ticket stands"


class Outcome(StrEnum):
    ALLOWED = "allowed"
    CONFIRM = "confirm"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One row: what is wanted, who may, and how far they must be proven. `confirmed` is enough only together with the
    author's own word at an address that only they know."""

    action: Action
    roles: frozenset[str]
    least: frozenset[Trust]
    confirmed: frozenset[Trust] = frozenset()

    @property
    def row(self) -> str:
        """The row in words: `public reply, verbs on a ticket: A, or C with a confirmation; agent, lead`."""
        words = " or ".join(sorted(self.least))
        if self.confirmed:
            words += f", or {' or '.join(sorted(self.confirmed))} with a confirmation"
        return f"{self.action.value}: {words}; {', '.join(sorted(self.roles))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the table says of one wish, and the row that says it."""

    outcome: Outcome
    right: Right
    why: str

    @property
    def words(self) -> str:
        """`public reply, verbs on a ticket: allowed`."""
        return f"{self.right.action.value}: {self.outcome.value}"

    @property
    def reason(self) -> str:
        """Why, with the row that decided."""
        return f"{self.why} (row: {self.right.row})"


_A, _B, _C = frozenset({Trust.A}), frozenset({Trust.B}), frozenset({Trust.C})
_STAFF = frozenset({"agent", "lead", "scheduler", "manager"})

RIGHTS: tuple[Right, ...] = (
    Right(action=Action.LOOK, roles=_STAFF | {"requester"}, least=_A | _B),
    Right(action=Action.ESCALATE, roles=_STAFF, least=_A, confirmed=_B),
    Right(action=Action.SPEAK, roles=frozenset({"agent", "lead"}), least=_A, confirmed=_C),
    Right(action=Action.CALL, roles=frozenset({"agent", "lead", "scheduler"}), least=_A),
    Right(action=Action.DECIDE, roles=frozenset({"lead"}), least=_A),
    Right(action=Action.OVERSEE, roles=frozenset({"manager", "lead"}), least=_A | _B),
    Right(action=Action.ANSWER, roles=frozenset({"requester", "copied"}), least=_A | _B | _C),
    Right(action=Action.WRITE, roles=frozenset({"requester", "copied", "unverified"}), least=frozenset(Trust)),
    Right(action=Action.COPY, roles=frozenset({"requester", "copied"}), least=_A | _B),
    Right(action=Action.STATUS, roles=frozenset({"requester", "copied"}), least=_A | _B | _C),
    Right(action=Action.BOOK, roles=frozenset({"requester"}), least=_A | _B, confirmed=_C),
)
"""The table of DESIGN section 8, and three rows for what customers do by writing. Calls have their row before
they have their verbs. A keyed mail is more than an aligned one only where a row says so; A has both and stands in every
row."""

_ROWS = {right.action: right for right in RIGHTS}


def allows(action: Action, roles: Set[str]) -> bool:
    """Whether somebody with these roles may at all, however far they are proven."""
    return bool(_ROWS[action].roles & roles)


def roles_of(action: Action) -> list[str]:
    """Who may at all, by their roles."""
    return sorted(_ROWS[action].roles)


def judge(action: Action, trust: Trust, roles: Set[str], *, confirmed: bool = False) -> Judgement:
    """What becomes of this wish."""
    right = _ROWS[action]
    if not right.roles & roles:
        who = ", ".join(sorted(roles)) or "nobody with a role"
        return Judgement(outcome=Outcome.REFUSED, right=right, why=f"{who} may not")
    if trust in right.least:
        return Judgement(outcome=Outcome.ALLOWED, right=right, why=f"trust {trust.value} is enough")
    if trust in right.confirmed and confirmed:
        return Judgement(outcome=Outcome.ALLOWED, right=right, why=f"trust {trust.value}, and it was confirmed")
    if trust in right.confirmed:
        return Judgement(outcome=Outcome.CONFIRM, right=right, why=f"trust {trust.value} needs a confirmation")
    return Judgement(outcome=Outcome.REFUSED, right=right, why=f"trust {trust.value} is not enough")
