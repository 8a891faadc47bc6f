"""What a batch knows: read by kind, and laid over with what the batch decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.rules import keys
from store.lookup import RECENT, load
from store.records import AddMessage, ChangeTicket, Direction, Join, Message, Role, Status, Verdict
from store.snapshot import Copy, Earlier, Wanted
from store.tables import outbox
from tests.unit.store.samples import NOW, SECRET, commit, kept, opening, person

NORA = "nora@northwind.example"


@pytest.fixture
def opened(store):
    """One ticket in the store; its decision."""
    with store.turn() as connection:
        decision = opening(kept(connection))
        words = Message(
            at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address=NORA, text="t", message_id="<in@n>"
        )
        decision = replace(decision, effects=(*decision.effects, AddMessage(ticket="NEW-1", message=words)))
        commit(connection, [decision])
    return decision


def _load(store, **wanted):
    with store.look() as connection:
        return load(connection, Wanted(**wanted))


def test_nothing_wanted_is_nothing_found(store, opened):
    found = _load(store)
    assert (found.people, found.tickets, found.threads, found.copies) == ({}, {}, {}, {})


def test_a_person_brings_the_newest_open_ticket(store, opened):
    found = _load(store, addresses={NORA, "nobody@x.example"})
    assert set(found.people) == {NORA}
    assert found.latest == {NORA: 1001}
    assert found.earlier == {NORA: Earlier(1, 1)}
    assert found.tickets[1001].requester == NORA
    assert found.participants[1001] == {NORA: "requester"}


def test_message_ids_of_both_sides_lead_to_the_ticket(store, opened):
    with store.look() as connection:
        sent = connection.execute(select(outbox.c.message_id)).scalar_one()
    found = _load(store, message_ids={sent, "<in@n>", "<unknown@n>"})
    assert found.threads == {sent: [1001], "<in@n>": [1001]}
    assert found.ours == {sent}
    assert [m.text for m in found.recent[1001]] == ["words", "t"]


def test_a_key_leads_to_its_ticket_person_and_role(store, opened):
    key = keys.fingerprint(keys.mint(SECRET, 1001, NORA, "customer", "public", 1))
    found = _load(store, key_hashes={key, "0" * 64})
    assert found.keys[key].person == NORA
    assert found.keys[key].role is Role.CUSTOMER
    assert 1001 in found.tickets


def test_copies_need_content_and_message_id(store, opened):
    content, message_id = opened.content_hash, opened.message_id
    assert _load(store, content_hashes={content}, own_message_ids={"<other@n>"}).copies == {}
    (copy,) = _load(store, content_hashes={content}, own_message_ids={message_id}).copies[content]
    assert (copy.ticket, copy.verdict, copy.mailbox) == (1001, Verdict.TICKET_CREATED, "support@desk.example")


def test_a_returned_mail_is_known_by_its_number(store, opened):
    with store.look() as connection:
        row = connection.execute(select(outbox)).one()
    found = _load(store, outbox_ids={row.id, 999})
    assert found.returned == {row.id: row.message_id}
    assert found.threads == {row.message_id: [1001]}


def test_only_the_last_messages_are_read(store, opened):
    with store.turn() as connection:
        for n in range(RECENT + 2):
            words = Message(at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address=NORA, text=f"more {n}")
            decision = replace(opened, entry=kept(connection), effects=(AddMessage(ticket=1001, message=words),))
            commit(connection, [replace(decision, ticket=1001)])
    assert [m.text for m in _load(store, numbers={1001}).recent[1001]] == [f"more {n}" for n in range(2, RECENT + 2)]


def test_numbers_of_nothing_find_nothing(store, opened):
    found = _load(store, numbers={1, 9_999_999_999}, outbox_ids={10**17})
    assert found.tickets == {}


def test_the_overlay_shows_what_the_batch_has_decided(store):
    with store.turn() as connection:
        decision = opening(kept(connection))
    found = _load(store, addresses={NORA})
    assert found.next_ref() == "NEW-1"
    copy = Copy(
        mailbox="m",
        message_id="<1@n>",
        content_hash="hash",
        sender=NORA,
        received_at=NOW,
        ticket="NEW-1",
        verdict=Verdict.TICKET_CREATED,
    )
    found.overlay(decision, copy)
    assert found.next_ref() == "NEW-2"
    assert found.tickets["NEW-1"].requester == NORA
    assert found.participants["NEW-1"] == {NORA: "requester"}
    assert found.latest[NORA] == "NEW-1"
    assert found.earlier[NORA] == Earlier(1, 1)
    assert found.copies == {"hash": [copy]}
    changes = {"status": Status.RESOLVED}
    joins = Join(ticket="NEW-1", person=person("b@c.example"), kind="unverified")
    more = replace(decision, verdict=Verdict.DUPLICATE, effects=(ChangeTicket(ticket="NEW-1", changes=changes), joins))
    found.overlay(more, copy)
    assert found.tickets["NEW-1"].status is Status.RESOLVED
    assert found.participants["NEW-1"] == {NORA: "requester", "b@c.example": "unverified"}
    assert found.copies == {"hash": [copy]}
