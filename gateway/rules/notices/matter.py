"""What is known of a matter and what is not, as every mail to one of us says it (`ops` R45).

In: a ticket, the desk. Out: labels with values, and what is missing, in the words of our own people. The value of a
sensitive field is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from gateway.rules import fields, workflow
from gateway.rules.desk import Desk
from gateway.rules.handoffs.record import Carried
from gateway.rules.intake import record
from gateway.rules.intake.labels import called
from gateway.rules.intake.record import PRESENT, UNKNOWN, UNSURE, WAIVED, Intake
from store.records import Ticket

MAX_FACT = 300
"""Characters of a value."""
NOT_SHOWN, NOT_KNOWN, DOUBT = "given, not shown", "they do not know", " (unsure)"


def rows(ticket: Ticket, desk: Desk, only: Iterable[str] | None = None, without: Iterable[str] = ()) -> list[list[str]]:
    """Label and value of all that is known, in the order of the fields, and the moment that words about a time mean.
    What only may be meant says so, and so does what they do not know; what we can do without stands nowhere. `only`
    these fields, or all `without` those."""
    intake = record.of(ticket)
    said = {*ticket.facts, *intake.fields}
    if only is not None:
        said.intersection_update(only)
    said.difference_update(without)
    if not said:
        return []
    found: list[list[str]] = []
    for name in dict.fromkeys((*fields.FIELDS, *desk.inquiry.fields)):
        if name not in said:
            continue
        if value := _value(name, ticket, intake, desk):
            fact = intake.fields.get(name)
            doubt = DOUBT if fact is not None and fact.state == UNSURE else ""
            moment = (fact.moment,) if fact is not None and fact.moment and value == ticket.facts.get(name) else ()
            found.append([heading(name, desk) + doubt, value[:MAX_FACT], *moment])
    return found


def carried(what: Carried, ticket: Ticket, desk: Desk, on_top: Container[str]) -> dict[str, list[list[str]]]:
    """What a handoff tells one of us: by the other side's names where it has own ones, else by their labels; then what
    else is known of the matter, that they do not know something among it. What is `on_top` of the mail is no line."""
    mapped = [(ours, theirs, value) for ours, theirs, value in what.mapped if theirs != ours or ours not in on_top]
    named = [[_labelled(ours, desk) if theirs == ours else theirs, value] for ours, theirs, value in mapped]
    rest = [[_labelled(name, desk), value] for name, value in what.appendix if name not in on_top]
    told = {*(ours for ours, _, _ in what.mapped), *(name for name, _ in what.appendix)}
    more = [[label, value] for label, value, *_ in rows(ticket, desk, record.of(ticket).fields, told)]
    return {"fields": named, "appendix": rest + more}


def _labelled(name: str, desk: Desk) -> str:
    """The label of a declared field; any other is named by whoever writes the mail."""
    return heading(name, desk) if name in desk.inquiry.fields else name


def _value(name: str, ticket: Ticket, intake: Intake, desk: Desk) -> str:
    """As it is shown; empty where it is not."""
    fact, wanted = intake.fields.get(name), desk.inquiry.fields.get(name)
    if fact is not None and fact.state == WAIVED:
        return ""
    if wanted is not None and wanted.sensitive:
        return NOT_SHOWN if fact is not None and fact.state in (PRESENT, UNSURE) else ""
    if fact is not None and fact.state == UNKNOWN:
        return NOT_KNOWN
    return str(ticket.facts.get(name) or "") or (fact.value if fact is not None else "")


def missing(ticket: Ticket, desk: Desk) -> str:
    """What is missing: what a status asks for that it may go to, and what is needed of the matter itself; what nobody
    can be sure of is marked."""
    if ticket.is_done:
        return ""
    intake = record.of(ticket)
    names = dict.fromkeys((*workflow.lacking(ticket, desk), *intake.missing))
    return ", ".join(
        called(name, desk) + (DOUBT if intake.state(name) == UNSURE else "")
        for name in names
        if not _is_kept_back(name, intake, desk)
    )


def _is_kept_back(name: str, intake: Intake, desk: Desk) -> bool:
    """Whether it was given and only stands nowhere."""
    wanted = desk.inquiry.fields.get(name)
    return wanted is not None and wanted.sensitive and intake.state(name) == PRESENT


def heading(name: str, desk: Desk) -> str:
    """The label at the beginning of a line."""
    words = called(name, desk)
    return words[:1].upper() + words[1:]
