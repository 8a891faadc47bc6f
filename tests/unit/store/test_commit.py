"""Decisions become rows: symbols become numbers, and the same effects twice are there once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gateway.rules import keys
from store import journal
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    ClearTimer,
    Decision,
    Direction,
    Join,
    Link,
    MarkDelivery,
    Message,
    Role,
    SetTimer,
    Status,
    Step,
    Verdict,
)
from store.tables import events, links, messages, outbox, participants, people, reply_keys, tickets, timers
from store.tables import journal as journal_table
from tests.unit.store.samples import (
    NOW,
    SECRET,
    acknowledgement,
    commit,
    counts,
    envelope,
    incoming,
    kept,
    lease,
    mail,
    opening,
    person,
    settle,
)


def _commit(store, *decisions, **more):
    with store.turn() as connection:
        return commit(connection, list(decisions), **more)


def _entry(store):
    with store.turn() as connection:
        return kept(connection)


def _all(store, table):
    with store.look() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def test_symbols_become_numbers_everywhere(store):
    first, second = opening(_entry(store)), opening(_entry(store), "NEW-2", person("tom@contoso.example", "Tom"))
    linked = Link(ticket="NEW-2", other="NEW-1", kind="mentioned")
    made = _commit(store, first, replace(second, effects=(*second.effects, linked)))
    assert made.numbers == {"NEW-1": 1001, "NEW-2": 1002}
    assert [row.id for row in _all(store, tickets)] == [1001, 1002]
    assert [(row.ticket_id, row.other_id) for row in _all(store, links)] == [(1002, 1001)]
    rows = _all(store, journal_table)
    assert [row.ticket_id for row in rows] == [1001, 1002]
    assert [row.reason for row in rows] == ["a new ticket, DESK-1001", "a new ticket, DESK-1002"]
    assert rows[1].trace == [["verdict", "ticket-created", "DESK-1002"]]
    assert [row.subject for row in _all(store, outbox)] == [f"[DESK-{n}] The export stops" for n in (1001, 1002)]


def test_eleven_new_tickets_in_one_batch_keep_their_own_words(store):
    """`NEW-1` is the beginning of `NEW-10`."""
    decisions = []
    for n in range(1, 12):
        who = person(f"c{n}@northwind.example")
        decisions.append(opening(_entry(store), f"NEW-{n}", who))
    _commit(store, *decisions)
    rows = _all(store, journal_table)
    assert [row.reason for row in rows] == [f"a new ticket, DESK-{1000 + n}" for n in range(1, 12)]


def test_what_a_customer_writes_is_never_taken_for_a_symbol(store):
    decision = opening(_entry(store))
    trace = (Step(stage="sort", what="topic", why="the words 'DESK-NEW-1\nsecond line'"),)
    _commit(store, replace(decision, trace=trace))
    (row,) = _all(store, journal_table)
    assert len(row.trace) == 1
    assert row.trace[0][2].endswith("second line'")


def test_the_same_effects_twice_are_there_once(store):
    decision = opening(_entry(store))
    _commit(store, decision)
    before = counts(store)
    with store.turn() as connection:
        journal.requeue(connection, decision.entry.id, "replayed")
        (entry,) = journal.claim(connection, lease(), NOW, 1)
    again = opening(entry)
    made = _commit(store, again)
    assert made.numbers == {"NEW-1": 1001}
    assert counts(store) == before
    assert before["tickets"] == before["messages"] == before["outbox"] == before["timers"] == 1


@pytest.mark.parametrize(
    "content",
    [
        mail(),
        mail("Re: [DESK-1001] my old thing"),
        mail(extra="Auto-Submitted: auto-replied\r\n"),
        mail(sender="anastasia@desk.example"),
        mail(words="", subject=""),
    ],
    ids=["customer", "stranger with a number", "robot", "staff unproven", "empty"],
)
def test_a_replay_through_the_rules_adds_nothing(store, content):
    with store.turn() as connection:
        commit(connection, [opening(kept(connection), who=person("tom@contoso.example"))])
        entry = kept(connection, content)
    seen = []
    for _ in range(3):
        with store.turn() as connection:
            decisions = settle(connection, incoming(entry, content), now=NOW + timedelta(minutes=1))
        seen.append((decisions[0].verdict, counts(store)))
        with store.turn() as connection:
            journal.requeue(connection, entry.id, "replayed")
            (entry,) = journal.claim(connection, lease(), NOW, 1)
    assert seen[0] == seen[1] == seen[2]


def test_a_mail_that_could_not_be_read_shows_its_words_when_a_replay_can(store):
    """The alarm tells the operators to replay it: then the ticket must say what the customer wrote."""
    content = mail("Printer on fire", words="It burns.")
    with store.turn() as connection:
        entry = kept(connection, content)
    stub = replace(incoming(entry, b""), unreadable="no reader survived it")
    with store.turn() as connection:
        settle(connection, stub)
        journal.requeue(connection, entry.id, "replayed")
        (entry,) = journal.claim(connection, lease(), NOW, 1)
    with store.turn() as connection:
        decisions = settle(connection, incoming(entry, content))
    assert decisions[0].verdict is Verdict.TICKET_CREATED
    texts = [row.text.strip() for row in _all(store, messages) if row.direction == "in"]
    assert "It burns." in texts


def test_mails_are_unique_by_ticket_purpose_round_and_person(store):
    decision = opening(_entry(store))
    twice = replace(decision, effects=(*decision.effects, acknowledgement()))
    _commit(store, twice)
    assert counts(store, [outbox]) == {"outbox": 1}


def test_the_tables_themselves_refuse_twins(store):
    _commit(store, opening(_entry(store)))
    for table in (messages, events, outbox, people, participants, timers, reply_keys):
        (row,) = _all(store, table)
        values = {name: value for name, value in row._mapping.items() if name != "id"}
        with pytest.raises(IntegrityError), store.turn() as connection:
            connection.execute(insert(table).values(values))


def test_rows_about_nobody_are_refused(store):
    row = {"ticket_id": 4711, "ordinal": 0, "at": NOW, "actor": "x", "kind": "x", "detail": {}}
    with pytest.raises(IntegrityError), store.turn() as connection:
        connection.execute(insert(events).values(row))


def test_every_kind_of_effect_is_written(store):
    opened = opening(_entry(store))
    _commit(store, opened)
    with store.look() as connection:
        sent = connection.execute(select(outbox.c.message_id)).scalar_one()
    words = Message(at=NOW, direction=Direction.NOTE, role=Role.AGENT, from_address="a@desk.example", text="inside")
    changes = {"status": Status.IN_PROGRESS, "tags": ("one", "two"), "answered_at": NOW}
    entry = _entry(store)
    decision = Decision(
        entry=entry,
        verdict=Verdict.APPENDED,
        reason="",
        ticket=1001,
        effects=(
            ChangeTicket(ticket=1001, changes=changes),
            AddMessage(ticket=1001, message=words),
            AddEvent(ticket=1001, kind="noted", actor="a@desk.example"),
            Join(ticket=1001, person=person("copied@northwind.example", ""), kind="copied"),
            Join(ticket=1001, person=person(), kind="copied"),
            ClearTimer(ticket=1001, kind="first-response"),
            SetTimer(ticket=1001, kind="close", due_at=NOW + timedelta(days=3)),
            MarkDelivery(message_id=sent, state="failed", detail="no such user"),
        ),
    )
    _commit(store, decision)
    (ticket,) = _all(store, tickets)
    assert (ticket.status, ticket.tags, ticket.answered_at) == ("in_progress", ["one", "two"], NOW)
    assert [row.direction for row in _all(store, messages)] == ["in", "note"]
    assert [row.kind for row in _all(store, events)] == ["created", "noted"]
    assert sorted(row.kind for row in _all(store, participants)) == ["copied", "requester"]
    assert [(row.kind, row.due_at) for row in _all(store, timers)] == [("close", NOW + timedelta(days=3))]
    assert [row.state for row in _all(store, outbox)] == ["failed"]


def test_a_timer_set_twice_in_one_turn_has_the_last_time(store):
    opened = opening(_entry(store))
    later = SetTimer(ticket="NEW-1", kind="first-response", due_at=NOW + timedelta(days=1))
    _commit(store, replace(opened, effects=(*opened.effects, later)))
    assert [row.due_at for row in _all(store, timers)] == [NOW + timedelta(days=1)]


def test_a_reply_key_is_stored_as_its_fingerprint_only(store):
    _commit(store, opening(_entry(store)))
    (row,) = _all(store, reply_keys)
    key = keys.mint(SECRET, 1001, "nora@northwind.example", "customer", "public", 1)
    assert row.hash == keys.fingerprint(key)
    assert key not in str([tuple(r) for table in (outbox, reply_keys, messages) for r in _all(store, table)])


def test_with_a_lease_new_mails_are_in_our_hand_at_once(store):
    made = _commit(store, opening(_entry(store)), lease=lease("us"))
    (row,) = _all(store, outbox)
    assert (row.state, row.lease_owner, row.lease_until) == ("sending", "us", lease().until)
    assert made.outbox[0]["id"] == row.id


def test_two_mails_of_one_conversation_in_one_batch_make_one_ticket(store):
    first = mail("Export", message_id="<a@northwind.example>")
    second = mail("Re: Export", message_id="<b@northwind.example>", extra="In-Reply-To: <a@northwind.example>\r\n")
    again = first
    with store.turn() as connection:
        entries = [kept(connection, content) for content in (first, second, again)]
    batch = [incoming(entry, content) for entry, content in zip(entries, (first, second, again), strict=True)]
    with store.turn() as connection:
        decisions = settle(connection, *batch)
    assert [d.verdict.value for d in decisions] == ["ticket-created", "appended", "duplicate"]
    assert counts(store, [tickets]) == {"tickets": 1}
    assert {row.ticket_id for row in _all(store, journal_table)} == {1001}


def test_a_mail_to_two_of_our_mailboxes_by_two_envelopes_is_a_copy(store):
    content = mail()
    for to in ("support@desk.example", "billing@desk.example"):
        with store.turn() as connection:
            entry = kept(connection, content, to=to)
            decisions = settle(connection, incoming(entry, content))
    assert (decisions[0].verdict, decisions[0].reason) == (Verdict.DUPLICATE, "copy")
    assert counts(store, [tickets]) == {"tickets": 1}
    assert envelope().recipients == ("support@desk.example",)
