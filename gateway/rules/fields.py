"""Fields of a ticket that people set by name: which there are, of which tickets, and how their values are read.

In: a name, a value as it was typed, a ticket, the desk. Out: what is stored, or why not. `FIELDS` is the table of those
that every desk has; what a desk declares beside them, or says more of, comes from its configuration (`of`): `#set`,
what a workflow may ask for, and refusals take both alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import fields as members
from difflib import get_close_matches

from gateway.rules import topics
from gateway.rules.desk import Desk
from gateway.rules.policy.intake import Wanted
from gateway.rules.priority import QUESTIONS
from gateway.rules.times import read_duration
from gateway.rules.workflow import ESCALATION, division_at
from parsing.intake.kinds import KINDS
from parsing.intake.passage import Passage
from parsing.message import Sought
from store.records import Ticket

CLEARED = "-"
"""What takes a value away again. "None" is an answer: somebody looked, and there is none."""
MOST = 1_000
"""Characters of a value."""
_MANY = {"support": "support tickets", "question": "questions", ESCALATION: "escalations"}
ALL_TYPES = tuple(_MANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """Why a value is none of this field."""

    reason: str
    nearest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row. `column`: it is a column of the ticket; else it stands among the ticket's facts. `divisional`: only
    tickets of a division have it. `verb` is how it is set where `#set` is not the way."""

    name: str
    usage: str = "TEXT"
    types: tuple[str, ...] = ALL_TYPES
    divisional: bool = False
    column: bool = False
    verb: str = ""
    read: Callable[[str, Desk], str | int | Unfit]

    @property
    def words(self) -> str:
        """`action taken`: as people say it."""
        return self.name.replace("_", " ")


def _text(value: str, desk: Desk) -> str | int | Unfit:  # noqa: ARG001 - the signature of all readers
    return value[:MOST]


def _minutes(value: str, desk: Desk) -> str | int | Unfit:  # noqa: ARG001
    minutes = read_duration(value)
    return Unfit(reason=f"{value} is no duration", nearest="#set estimate 4h") if minutes is None else minutes


def _audience(value: str, desk: Desk) -> str | int | Unfit:  # noqa: ARG001
    if value.lower() in ("internal", "customer"):
        return value.lower()
    return Unfit(reason=f"{value} is no audience; audiences: internal, customer", nearest="#set audience internal")


def _topic(value: str, desk: Desk) -> str | int | Unfit:
    """`Access/login`, as the taxonomy writes it, by whichever of its names."""
    pair = topics.named(value, desk)
    if pair is not None:
        return "/".join(filter(None, pair))
    close = topics.nearest(value, desk)
    return Unfit(reason=topics.unknown(value, desk), nearest=f"#set root_cause {close}" if close else "")


_CONCERN = (ESCALATION,)
_WORK = ("support", ESCALATION)
_OPEN = ("support", "question")

FIELDS: Mapping[str, Field] = {
    row.name: row
    for row in (
        Field(name="client", types=_CONCERN, read=_text),
        Field(name="kinds", types=_CONCERN, verb="#kind scope, delay, quality or relationship", read=_text),
        Field(name="action_taken", types=_CONCERN, read=_text),
        Field(name="plan", types=_CONCERN, read=_text),
        Field(name="lessons", types=_CONCERN, read=_text),
        Field(name="evidence", types=_CONCERN, read=_text),
        Field(name="timeline", types=_CONCERN, read=_text),
        Field(name="relationship", types=_CONCERN, read=_text),
        Field(name="next_steps", types=_CONCERN, read=_text),
        Field(name="contact", types=_OPEN, verb="#contact ADDRESS", read=_text),
        Field(name="subtype", types=_OPEN, divisional=True, verb="#kind …", read=_text),
        Field(name="contract_impact", types=_OPEN, divisional=True, read=_text),
        Field(name="affected_users", types=_OPEN, read=_text),
        Field(name="steps_to_reproduce", types=_OPEN, read=_text),
        Field(name="expected", types=_OPEN, read=_text),
        Field(name="observed", types=_OPEN, read=_text),
        Field(name="started_at", types=_OPEN, read=_text),
        Field(name="invoice_number", types=_OPEN, read=_text),
        Field(name="estimate", usage="DURATION", types=_WORK, column=True, read=_minutes),
        Field(name="audience", usage="internal|customer", types=_OPEN, column=True, read=_audience),
        Field(name="root_cause", usage="TOPIC[/SUBTOPIC]", column=True, read=_topic),
        Field(name="next_action", column=True, verb="#todo TEXT", read=_text),
        Field(name="topic", column=True, verb="#topic TOPIC", read=_text),
        Field(name="outcome", column=True, verb="#resolve OUTCOME", read=_text),
    )
}

ASKED = tuple(row.name for row in FIELDS.values() if row.types != _CONCERN and row.name != "audience")
"""What a status or a subtype of a division may need."""

INTAKE = ("affected_users", "steps_to_reproduce", "expected", "observed", "started_at", "invoice_number")
"""Fields that a desk may say more of: as long as it does not, they are any text."""
_OWN = (
    "escalated_to", "worked_by", "handed_back", "tracked_by", "returned_for", "handed_by_rule", "handoff_lacked",
    "returned_by",
)  # fmt: skip
"""What the desk itself notes among the facts of a ticket."""
TAKEN = frozenset((*FIELDS, *QUESTIONS, *(one.name for one in members(Ticket)), *_OWN)) - set(INTAKE)
"""Names that mean something else on a ticket: no desk can declare them."""


# What the desk declares

CHECKED: Mapping[str, str] = {
    "number": "a number like {pattern}",
    "count": "a number such as 25 or about 40",
    "choice": "one of: {choices}",
    "product": "one of: {choices}",
    "yesno": "yes or no",
    "url": "a web address such as https://example.org/page",
    "version": "a version such as 4.2.1",
}
"""Kinds whose values have a form, and what it is; all others are any text."""
_CHOSEN = ("choice", "product", "yesno")
"""Kinds whose values are compared: nothing stands beside one, and each has one way of being written."""
_SHOWN = 8
"""Choices that a refusal names."""


def of(desk: Desk) -> Mapping[str, Field]:
    """All fields of the tickets of this desk, by name."""
    if not desk.inquiry.fields:
        return FIELDS
    return {**FIELDS, **{name: _declared(one) for name, one in desk.inquiry.fields.items()}}


def _declared(wanted: Wanted) -> Field:
    sought = wanted.sought

    def read(value: str, desk: Desk) -> str | int | Unfit:  # noqa: ARG001 - the signature of all readers
        if wanted.sensitive:
            reason = f"the {_spoken(wanted.name)} is kept in confidence: only the mail itself has it"
            return Unfit(reason=reason, nearest=f"#waive {wanted.name}")
        return _of_kind(value[:MOST], sought)

    usage = {"number": sought.pattern, "count": "NUMBER", "choice": _listed(sought, "|"), "yesno": "yes|no"}
    return Field(name=wanted.name, usage=usage.get(sought.kind) or "TEXT", types=_OPEN, read=read)


def _of_kind(value: str, sought: Sought) -> str | Unfit:
    """A value of a kind that has a form must have it; it is kept as its kind writes it."""
    form = CHECKED.get(sought.kind)
    if form is None:
        return value
    found = next(iter(KINDS[sought.kind](Passage(text=value, asked=True), sought)), None)
    whole = found is not None and found.end - found.start >= len(value.strip())
    if found is not None and found.sure and (whole or sought.kind not in _CHOSEN):
        return found.value if whole and sought.kind in (*_CHOSEN, "number") else value
    form = form.format(pattern=sought.pattern, choices=_listed(sought, ", "))
    near = get_close_matches(value.lower(), {one.value.lower(): one.value for one in sought.choices}, n=1, cutoff=0.5)
    meant = next((one.value for one in sought.choices if near and one.value.lower() == near[0]), "")
    wrong = " (its check digit is wrong)" if found is not None and sought.check else ""
    return Unfit(
        reason=f"{value} is no {_spoken(sought.name)}{wrong}; it is {form}",
        nearest=f"#set {sought.name} {meant}" if meant else "",
    )


def _listed(sought: Sought, between: str) -> str:
    values = [one.value for one in sought.choices]
    return between.join((*values[:_SHOWN], *(["…"] if len(values) > _SHOWN else [])))


def shown(facts: Mapping[str, str], desk: Desk) -> list[tuple[Field, str]]:
    """What is known of a matter: the facts that are fields of this desk, in the order of their table."""
    known = of(desk)
    return [(known[name], str(facts[name])) for name in known if facts.get(name)]


def _spoken(name: str) -> str:
    return name.replace("_", " ")


# Reading what people say


_MARKED = re.compile(r"([\w-]{1,30}(?: [\w-]{1,30}){0,2}) ?[:=](.*)", re.DOTALL)


def named(words: str, desk: Desk) -> tuple[Field | None, str]:
    """The field that these words begin with, and the value after it: `action taken: we called`, `plan we call`."""
    known, marked = of(desk), _MARKED.match(words)
    found = known.get(_underscored(marked[1])) if marked else None
    if marked and found:
        return found, marked[2].strip()
    for count in (3, 2, 1):
        parts = words.split(None, count)
        found = known.get(_underscored(" ".join(parts[:count])))
        if found is not None:
            return found, parts[count].strip() if len(parts) > count else ""
    return None, ""


def _underscored(words: str) -> str:
    return words.lower().replace("-", "_").replace(" ", "_")


_BY_VERB = {"priority": "#priority N", "team": "#team TEAM", "status": "#status NAME", "type": "#retype TYPE"}
"""What a ticket has and nobody sets: a verb of its own does more than that."""


def nearest(words: str, desk: Desk) -> str:
    """`#set plan TEXT`: the field that was probably meant, or the verb; empty when none is close."""
    word, _, value = words.partition(" ")
    verb = _BY_VERB.get(word.lower().rstrip(":"), "")
    if verb:
        return f"#priority {value.strip()}" if verb == "#priority N" and value.strip() in tuple("12345") else verb
    close = get_close_matches(word.lower().replace("-", "_"), of(desk), n=1, cutoff=0.6)
    return saying(close[0], desk) if close else ""


def names(desk: Desk, ticket: Ticket) -> Iterable[str]:
    """The fields that this ticket has."""
    return (row.name for row in of(desk).values() if not stranger(row, ticket, desk))


def saying(name: str, desk: Desk | None = None) -> str:
    """How somebody says that field; with the form of its values where the desk is at hand."""
    field = (FIELDS if desk is None else of(desk)).get(name)
    if field is None:
        return f"#set {name} …"
    return field.verb or f"#set {field.name} {field.usage}"


def stranger(field: Field, ticket: Ticket, desk: Desk) -> str:
    """Why this ticket does not have that field (R30); empty when it does."""
    if ticket.type not in field.types:
        return f"{field.words} is a field only on {', '.join(_MANY[name] for name in field.types)}"
    if field.divisional and division_at(ticket, desk) is None:
        return f"{field.words} is a field only of tickets of a division"
    return ""


def kept(facts: Mapping[str, str], type_: str, desk: Desk) -> dict[str, str]:
    """The facts that a ticket of that type may have."""
    known = of(desk)
    return {name: value for name, value in facts.items() if name not in known or type_ in known[name].types}
