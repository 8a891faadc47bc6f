"""The read views: contract keys, times in RFC 3339 UTC, lists complete and oldest first. And the timers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from parsing.message import Forwarded, Mailbox
from store import journal, outbox, report, timers
from store.journal import Received
from store.records import AddMessage, ChangeTicket, ClearTimer, Decision, Search, SetTimer, Status, Verdict
from store.report import Filter, Words
from tests.unit.store.samples import NOW, commit, envelope, kept, mail, opening, person

WORDS = Words(
    prefix="DESK",
    organisations={"northwind.example": {"name": "Northwind", "segment": "Enterprise", "arr": 1, "lifecycle": "a"}},
    tiers={"frontline": 1},
)
# DESIGN section 6, word for word.
TICKET = frozenset(
    (
        *("ref", "type", "status", "status_category", "subject", "topic", "subtopic", "topic_reason", "ruf", "impact"),
        *("urgency", "priority", "priority_reason", "team", "assignee", "next_action", "waiting_on", "blocked_on"),
        *("tags", "escalation", "audience", "requester", "organisation", "participants", "intake", "sla", "messages"),
        *("events", "calls", "links", "outcome", "time_logged", "created_at", "updated_at"),
    )
)
MAIL = [
    *("id", "received_at", "door", "envelope_from", "envelope_to", "message_id"),
    *("sha256", "size", "verdict", "reason", "ticket", "attempts"),
]
QUEUE = frozenset(("id", "to", "subject", "message_id", "purpose", "state", "attempts", "next_attempt_at", "ticket"))


@pytest.fixture
def three(store):
    """Three tickets of three customers."""
    with store.turn() as connection:
        for n in range(3):
            who = person(f"c{n}@northwind.example", f"Customer {n}")
            decision = opening(kept(connection, sender=who.address), who=who)
            commit(connection, [decision], now=NOW + timedelta(minutes=n))


def _list(store, **wanted):
    with store.look() as connection:
        return report.ticket_list(connection, Filter(**wanted), WORDS, NOW)


def _change(store, number, **changes):
    decision = Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason="",
        ticket=number,
        effects=(ChangeTicket(ticket=number, changes=changes),),
    )
    with store.turn() as connection:
        commit(connection, [decision])


def test_tickets_are_listed_oldest_first_and_filtered(store, three):
    _change(store, 1002, status=Status.RESOLVED, priority=1, assignee="anastasia", subject="100% of _all_ exports")
    assert [t["ref"] for t in _list(store)] == ["DESK-1001", "DESK-1002", "DESK-1003"]
    assert [t["ref"] for t in _list(store, limit=2)] == ["DESK-1002", "DESK-1003"]
    words = {"search": Search(words=("100% OF _A",))}
    for wanted in ({"status": "resolved"}, {"priority": 1}, {"assignee": "anastasia"}, words):
        assert [t["ref"] for t in _list(store, **wanted)] == ["DESK-1002"], wanted
    assert _list(store, team="network") == []
    assert _list(store, search=Search(words=("%",))) == _list(store, status="resolved")


def test_a_ticket_has_the_keys_of_the_contract(store, three):
    with store.look() as connection:
        view = report.ticket_view(connection, 1001, WORDS, NOW)
        assert report.ticket_view(connection, 1, WORDS, NOW) is None
    assert set(view) >= TICKET
    assert view["requester"] == {"name": "Customer 0", "address": "c0@northwind.example", "organisation": "Northwind"}
    assert view["created_at"] == "2026-07-13T09:00:00.000Z"
    assert [m["direction"] for m in view["messages"]] == ["in"]
    assert [e["kind"] for e in view["events"]] == ["created"]


def test_a_mail_and_a_queue_row_have_the_keys_of_the_contract(store, three):
    with store.look() as connection:
        row = journal.listing(connection)[0]
        view = report.mail_view(row, "DESK")
        queued = report.queue_row(outbox.listing(connection)[0], "DESK")
        assert [r.ticket_id for r in report.raw_mails(connection, 1001)] == [1001]
        assert report.sent_mails(connection, 1001) == []
    assert list(report.mail_row(row, "DESK")) == MAIL
    assert view["ticket"] == "DESK-1001"
    assert view["trace"][0]["stage"] == "verdict"
    assert set(queued) >= QUEUE
    assert queued["next_attempt_at"] == "2026-07-13T09:00:00.000Z"


def test_many_tickets_have_their_participants(store):
    with store.turn() as connection:
        entries = journal.append(connection, [Received.of(envelope(), mail()) for _ in range(520)])
        people = [person(f"c{n % 7}@northwind.example") for n in range(520)]
        commit(connection, [opening(e, f"NEW-{n}", p) for n, (e, p) in enumerate(zip(entries, people, strict=True))])
    listed = _list(store)
    assert len(listed) == 520
    assert all(len(t["participants"]) == 1 for t in listed)


def _names(found):
    return [(timer.ticket, timer.kind) for timer in found]


def test_timers_come_due_longest_overdue_first_and_end_with_their_decision(store, three):
    hour = timedelta(hours=1)
    effects = (
        SetTimer(ticket=1003, kind="close", due_at=NOW + hour),
        SetTimer(ticket=1001, kind="close", due_at=NOW + 2 * hour),
        ClearTimer(ticket=1002, kind="first-response"),
    )
    decision = Decision(entry=None, verdict=Verdict.COMMAND, reason="", effects=effects)
    with store.turn() as connection:
        commit(connection, [decision])
        assert timers.due(connection, NOW, 10) == []
        assert _names(timers.due(connection, NOW + 2 * hour, 10)) == [(1003, "close"), (1001, "close")]
        assert _names(timers.due(connection, NOW + 5 * hour, 1)) == [(1003, "close")]
        assert not journal.anything_due(connection, NOW - hour)
        commit(connection, [replace(decision, effects=(ClearTimer(ticket=1003, kind="close"),))])
        assert _names(timers.due(connection, NOW + 2 * hour, 10)) == [(1001, "close")]


def test_a_message_shows_what_it_carries_and_what_to_take_care_of(store):
    original = Forwarded(
        from_=Mailbox(name="Olga", address="olga@northwind.example"), subject="The export", date=NOW, text="It stops."
    )
    with store.turn() as connection:
        decision = opening(kept(connection))
        message = next(effect for effect in decision.effects if isinstance(effect, AddMessage))
        carries = replace(message.message, forwarded=original, cautions=("one thing", "another"))
        effects = tuple(replace(e, message=carries) if e is message else e for e in decision.effects)
        commit(connection, [replace(decision, effects=effects)])
        commit(connection, [opening(kept(connection))])
    with store.look() as connection:
        (shown,) = report.ticket_view(connection, 1001, WORDS, NOW)["messages"][:1]
        (plain,) = report.ticket_view(connection, 1002, WORDS, NOW)["messages"][:1]
    assert shown["forwarded"] == {
        "from": {"name": "Olga", "address": "olga@northwind.example"},
        "subject": "The export",
        "date": "2026-07-13T09:00:00Z",
        "text": "It stops.",
    }
    assert shown["cautions"] == ["one thing", "another"]
    assert (plain["forwarded"], plain["cautions"]) == (None, [])


# What a ticket knows of its matter


def test_r40_a_ticket_that_needs_nothing_is_complete(store, three):
    found = _list(store)[0]["intake"]
    assert (found["complete"], found["rounds"], found["missing"], found["fields"]) == (True, 0, [], {})
    assert (found["stage"], found["asked"], found["needed"], found["completed_at"]) == (None, [], [], None)


def test_r40_the_intake_block_has_each_fact_with_its_evidence(store, three):
    said = {"state": "present", "value": "a white page", "source": "I see a white page.", "how": "sentence"}
    kept_ = {
        "stage": "asking", "rounds": 1, "asked": ["expected"], "asked_at": "2026-11-23T08:00:00Z",
        "needed": ["observed", "expected", "started_at", "sites", "affected_users"],
        "fields": {
            "observed": {**said, "by": "c0@northwind.example", "at": "2026-11-23T08:00:00Z"},
            "started_at": {"state": "unsure", "source": "the other day"},
            "sites": {"state": "waived", "how": "agent"},
            "affected_users": {"state": "unknown", "source": "no idea how many"},
            "pin": {"state": "present", "how": "label"},
        },
    }  # fmt: skip
    _change(store, 1001, intake=kept_, facts={"observed": "a white page", "worked_by": "anastasia"})
    with store.look() as connection:
        found = report.ticket_view(connection, 1001, WORDS, NOW)["intake"]
    assert (found["complete"], found["rounds"], found["stage"]) == (False, 1, "asking")
    assert found["missing"] == ["expected", "started_at"]
    assert (found["asked"], found["asked_at"]) == (["expected"], "2026-11-23T08:00:00Z")
    assert {name: fact["state"] for name, fact in found["fields"].items()} == {
        "observed": "present", "expected": "missing", "started_at": "unsure", "sites": "waived",
        "affected_users": "unknown", "pin": "present",
    }  # fmt: skip
    assert found["fields"]["observed"] == {
        "value": "a white page", "state": "present", "source": "I see a white page.", "how": "sentence",
        "by": "c0@northwind.example", "at": "2026-11-23T08:00:00Z", "moment": None,
    }  # fmt: skip
    assert found["fields"]["pin"]["value"] is None
    later = replace(WORDS, sensitive=frozenset({"observed"}))  # it has become sensitive since
    with store.look() as connection:
        shown = report.ticket_view(connection, 1001, later, NOW)
    assert (shown["intake"]["fields"]["observed"]["source"], shown["facts"]) == ("given", {"worked_by": "anastasia"})
    assert "white" not in repr((shown["intake"], shown["facts"]))
    _change(store, 1001, intake={**kept_, "needed": ["observed", "sites", "affected_users"]})
    assert _list(store)[0]["intake"]["complete"] is True
