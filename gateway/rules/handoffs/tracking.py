"""What a tracker outside says of a ticket that was handed to it: which ticket, which status (`ops` R73).

In: a tracker's mail, the desk's `[[tracker]]` tables, the ticket. Out: the word that it says and the ticket in the
status that this word has here, or why it cannot go there. Only statuses move by it: nothing that a tracker says goes to
a customer. Parsing is linear: so many lines, so many letters of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.rules import workflow
from gateway.rules.desk import Desk
from gateway.rules.handoffs import record as handoffs
from store.records import AddEvent, Ticket

SAID = "tracker-said"
"""The event of a tracker's mail."""
MOST_LINES = 200
MOST_LETTERS = 300
_LABELS = frozenset({"status", "state", "new status", "issue status", "resolution"})
_BEFORE = ("status to ", "changed to ", "moved to ", "set to ", "marked as ")
_ARROWS = ("→", "->", "=>")
_EDGES = " \t*_#>\"'`.[]()"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became of a ticket by a tracker's word: the ticket, what is told of it, and the words of both."""

    ticket: Ticket
    events: tuple[AddEvent, ...]
    words: str


def is_tracker(address: str, desk: Desk) -> bool:
    """Whether a handoff of this desk goes there."""
    return any(edge.address == address for edge in desk.handoffs)


def has(ticket: Ticket, address: str) -> bool:
    """Whether this ticket was handed to that tracker."""
    return address in handoffs.tracked(ticket)


def states_of(address: str, desk: Desk) -> Mapping[str, str]:
    """What the words of that tracker mean here."""
    return next((tracker.states for tracker in desk.trackers if tracker.address == address), {})


def heard(subject: str, words: str, known: Mapping[str, str]) -> str:
    """The word for a status that a mail says: on a line of its own, behind a label or an arrow, or as a part of the
    subject. Empty when it says none that is known."""
    if not known:
        return ""
    for line in words.split("\n", MOST_LINES)[:MOST_LINES]:
        found = _of_line(line[:MOST_LETTERS].lower(), known)
        if found:
            return found
    return _of_subject(subject[:MOST_LETTERS].lower(), known)


def _of_line(line: str, known: Mapping[str, str]) -> str:
    said = line.strip(_EDGES)
    label, colon, value = said.partition(":")
    if colon and label.strip(_EDGES) in _LABELS:
        said = value
    else:
        said = next((said.partition(mark)[2] for mark in _BEFORE if mark in said), said)
    for arrow in _ARROWS:
        said = said.rpartition(arrow)[2]
    return _word(said, known)


def _of_subject(subject: str, known: Mapping[str, str]) -> str:
    for mark in "[]():|–—":
        subject = subject.replace(mark, "\n")
    return next((word for part in subject.replace(" - ", "\n").split("\n") if (word := _word(part, known))), "")


def _word(said: str, known: Mapping[str, str]) -> str:
    word = " ".join(said.strip(_EDGES).split())
    return word if word in known else ""


def moved(ticket: Ticket, address: str, word: str, desk: Desk, now: datetime) -> News:
    """The ticket in the status that this word means; taken on first where nothing is missing for that."""
    status = states_of(address, desk).get(word, "")
    detail = {"tracker": address, "said": word}
    event = AddEvent(ticket=ticket.ref, kind=SAID, actor=address, detail=detail)
    if not status:
        return News(ticket=ticket, events=(event,), words="it says no status that is known here")
    if status == ticket.status:
        return News(ticket=ticket, events=(event,), words=f"it says {word}: the ticket is {workflow.spoken(status)}")
    begun = workflow.taken_on(ticket, desk, now)
    taken = ticket if workflow.barred(ticket, status, desk) is None else begun
    barred = workflow.barred(taken, status, desk) if taken.status != status else None
    if barred is not None:
        words = f"it says {word}, which is {workflow.spoken(status)} here; nothing moved: {barred.reason}"
        return News(ticket=ticket, events=(event,), words=words)
    after = workflow.moved(taken, status, desk, now) if taken.status != status else taken
    told = AddEvent(
        ticket=ticket.ref, kind="status-changed", actor=address,
        detail={"from": ticket.status, "to": status, "because": f"{address} says {word}"},
    )  # fmt: skip
    words = f"it says {word}: {workflow.spoken(ticket.status)} → {workflow.spoken(status)}"
    return News(ticket=after, events=(event, told), words=words)
