"""A message is looked at as if it had not been decided: what it did is not seen, and tickets stand as before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.rules import keys
from store.engine import Store
from store.hindsight import _rewound, as_they_stood, hindsight
from store.lookup import load
from store.records import AddEvent, AddMessage, ChangeTicket, Decision, Direction, Message, Role, Status, Verdict
from store.snapshot import Earlier, Wanted
from tests.unit.store.samples import NOW, SECRET, acknowledgement, commit, kept, opening, person, ticket

NORA = "nora@northwind.example"
ALL = Wanted(
    addresses={NORA},
    message_ids={"<in@n>", "<more@n>"},
    numbers={1001},
    key_hashes={keys.fingerprint(keys.mint(SECRET, 1001, NORA, "customer", "public", 1))},
    outbox_ids={1, 2},
)


def words(message_id: str, text: str = "t") -> Message:
    return Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address=NORA, text=text, message_id=message_id
    )


@pytest.fixture
def story(store: Store) -> list[int]:
    """Mail 1 opens a ticket, mail 2 joins it, an agent starts and resolves it, mail 3 reopens it."""
    with store.turn() as connection:
        first = opening(kept(connection))
        first = replace(first, effects=(*first.effects, AddMessage(ticket=1001, message=words("<in@n>"))))
        first = replace(first, effects=tuple(replace(e, ticket="NEW-1") if isinstance(e, AddMessage) else e
                                             for e in first.effects))  # fmt: skip
        commit(connection, [first])
        second = _further(kept(connection), "replied", "<more@n>", acknowledgement(1001, message_id="<out@desk>"))
        commit(connection, [second])
        done = (
            AddEvent(ticket=1001, kind="answered", actor="anastasia", was=_BEFORE),
            AddEvent(ticket=1001, kind="priority-changed", actor="dominique", detail={"from": 3, "to": 1}),
            AddEvent(ticket=1001, kind="tagged", actor="dominique", detail={"to": ["a"]}),
            AddEvent(ticket=1001, kind="team-joined", actor="system", detail={"team": "billing"}),
            AddEvent(ticket=1001, kind="status-changed", actor="anastasia", detail={"from": "new", "to": "resolved"}),
            ChangeTicket(ticket=1001, changes=_WORKED_ON),
        )
        commit(connection, [replace(second, entry=None, effects=done)], now=NOW + timedelta(hours=1))
        third = _further(kept(connection), "reopened", "<third@n>")
        reopening = ChangeTicket(
            ticket=1001,
            changes={"status": "in_progress", "status_category": "open", "resolved_at": None, "outcome": ""},
        )
        third = replace(third, verdict=Verdict.REOPENED, effects=(*third.effects, reopening))
        commit(connection, [third], now=NOW + timedelta(hours=2))
    return [decision.entry.id for decision in (first, second, third) if decision.entry]


_BEFORE = {
    "status": "new",
    "status_category": "open",
    "assignee": "",
    "priority": 3,
    "tags": (),
    "outcome": "",
    "helpers": (),
    "answered_at": None,
    "resolved_at": None,
    "updated_at": NOW,
}
_WORKED_ON = {
    "status": "resolved",
    "status_category": "done",
    "assignee": "anastasia",
    "priority": 1,
    "tags": ("a",),
    "outcome": "o",
    "helpers": ("billing",),
    "answered_at": NOW,
    "resolved_at": NOW,
    "updated_at": NOW,
}


def _further(entry, event, message_id, *more) -> Decision:
    reopens = event == "reopened"
    detail = {"from": "resolved", "to": "in_progress"} if reopens else {}
    was = {"status": "resolved", "status_category": "done", "resolved_at": NOW, "outcome": "o"} if reopens else {}
    return replace(
        opening(entry),
        verdict=Verdict.APPENDED,
        ticket=1001,
        message_id=message_id,
        effects=(
            AddEvent(ticket=1001, kind=event, actor=NORA, detail=detail, was=was),
            AddMessage(ticket=1001, message=words(message_id, message_id)),
            *more,
        ),
    )


def test_who_opened_a_ticket_sees_nothing_of_it(store: Store, story: list[int]) -> None:
    with store.look() as connection:
        seen = load(connection, ALL, without=story[0])
        copied = load(connection, Wanted(content_hashes={"x"}), without=story[0])
    assert set(seen.people) == {NORA}, "a person was there before"
    assert (seen.tickets, seen.keys, seen.latest, seen.earlier) == ({}, {}, {}, {})
    assert (seen.threads, seen.returned, copied.copies) == ({}, {}, {})


def test_who_joined_a_ticket_sees_it_as_it_stood(store: Store, story: list[int]) -> None:
    with store.look() as connection:
        seen, now = load(connection, ALL, without=story[1]), load(connection, ALL)
    assert now.tickets[1001].status == Status.IN_PROGRESS
    ticket = seen.tickets[1001]
    assert (ticket.status, ticket.assignee, ticket.priority, ticket.tags, ticket.helpers) == (Status.NEW, "", 3, (), ())
    assert (ticket.answered_at, ticket.resolved_at, ticket.outcome) == (None, None, "")
    assert (ticket.subject, ticket.requester, ticket.created_at) == ("The export stops", NORA, NOW)
    assert seen.threads.keys() == now.threads.keys() - {"<more@n>", "<out@desk>"}
    assert [m.text for m in seen.recent[1001]] == ["words", "t"]
    assert [m.text for m in now.recent[1001]] == ["words", "t", "<more@n>", "<third@n>"]
    assert set(seen.returned) == {1}
    assert seen.keys == now.keys
    assert seen.earlier == {NORA: Earlier(1, 1)}


def test_who_reopened_a_ticket_finds_it_resolved(store: Store, story: list[int]) -> None:
    with store.look() as connection:
        ticket = load(connection, ALL, without=story[2]).tickets[1001]
    assert (ticket.status, ticket.assignee, ticket.priority, ticket.tags) == (Status.RESOLVED, "anastasia", 1, ("a",))
    assert (ticket.helpers, ticket.answered_at, ticket.resolved_at) == (("billing",), NOW, NOW)


def test_an_undecided_message_sees_the_store_as_it_is(store: Store, story: list[int]) -> None:
    with store.turn() as connection:
        waiting = kept(connection).id
    with store.look() as connection:
        seen, now = load(connection, ALL, without=waiting), load(connection, ALL)
    assert (seen.tickets, seen.threads, seen.recent, seen.keys) == (now.tickets, now.threads, now.recent, now.keys)


def test_copies_are_other_messages(store: Store) -> None:
    with store.turn() as connection:
        one, two = (opening(kept(connection)) for _ in range(2))
        one, two = (replace(d, content_hash="same", message_id="<x@n>") for d in (one, two))
        commit(connection, [one])
        commit(connection, [replace(two, effects=(), ticket=None)])
    assert one.entry is not None
    assert two.entry is not None
    wanted = Wanted(content_hashes={"same"}, own_message_ids={"<x@n>"})
    with store.look() as connection:
        assert len(load(connection, wanted).copies["same"]) == 2
        assert [c.ticket for c in load(connection, wanted, without=one.entry.id).copies["same"]] == [None]
        assert [c.ticket for c in load(connection, wanted, without=two.entry.id).copies["same"]] == [1001]


def test_tickets_that_nothing_happened_to_are_untouched(store: Store, story: list[int]) -> None:
    with store.turn() as connection:
        commit(connection, [opening(kept(connection), who=person("o@o.example", "O"))])
        last = kept(connection).id
    with store.look() as connection:
        tickets = list(load(connection, Wanted(numbers={1001, 1002})).tickets.values())
        assert as_they_stood(connection, tickets, hindsight(connection, last)) == tickets
        assert as_they_stood(connection, [], hindsight(connection, last)) == []


@pytest.mark.parametrize(
    ("kind", "detail", "was"),
    [
        ("reopened", {"from": "resolved", "to": "in_progress"}, ("resolved", "done")),
        ("status-changed", {"from": "in_progress", "to": "resolved"}, ("in_progress", "open")),
        ("status-changed", {"from": "scheduled", "to": "in_progress"}, ("scheduled", "scheduled")),
        ("merged", {"from": "accepted", "into": 1002}, ("accepted", "open")),
        ("closed", {}, ("resolved", "done")),
        ("noted", {}, ("closed", "done")),
    ],
)
def test_an_event_from_before_the_fields_were_kept_says_the_status_and_what_it_meant(
    kind: str, detail: dict[str, Any], was: tuple[str, str]
) -> None:
    later = SimpleNamespace(kind=kind, detail=detail, was=None, before=False)
    found = _rewound(replace(ticket(1001), status="closed", status_category="done"), [later])
    assert (found.status, found.status_category) == was
