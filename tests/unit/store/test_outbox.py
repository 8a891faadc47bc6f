"""The outbox: leased like the journal, rendered once, the same bytes every time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event

from store import journal, outbox
from store.engine import lease_now
from store.opening import open_store
from tests.unit.store.samples import NOW, commit, kept, lease, opening, person

LATER = NOW + timedelta(seconds=26)


@pytest.fixture
def rows(store):
    """Three acknowledgements in the queue."""
    with store.turn() as connection:
        for n in range(3):
            entry = kept(connection, sender=f"c{n}@northwind.example")
            commit(connection, [opening(entry, who=person(f"c{n}@northwind.example"))])
    with store.look() as connection:
        return outbox.listing(connection)


def _claim(store, owner="one", now=NOW, limit=10):
    with store.turn() as connection:
        return outbox.claim(connection, lease(owner, now + timedelta(seconds=25)), now, limit)


def _result(number, state="sent", at=NOW, code=250, text="2.0.0 ok", owner="one"):
    return {
        "number": number,
        "owner": owner,
        "charge": 1,
        "new_state": state,
        "new_next": at,
        "new_code": code,
        "new_text": text,
        "new_sent": at if state == "sent" else None,
    }


def test_mails_wait_in_the_queue_with_everything_that_they_need(store, rows):
    assert [row.state for row in rows] == ["queued"] * 3
    claimed = _claim(store)
    assert [row["id"] for row in claimed] == [row.id for row in rows]
    assert claimed[0]["letter"]["mailbox"] == "support@desk.example"
    assert claimed[0]["to_address"] == "c0@northwind.example"
    assert claimed[0]["subject"] == "[DESK-1001] The export stops"


def test_a_mail_in_hand_is_nobody_elses_until_its_lease_ends(store, rows):
    assert len(_claim(store, limit=2)) == 2
    assert [row["id"] for row in _claim(store, "other")] == [rows[2].id]
    assert len(_claim(store, "third", LATER)) == 3


def test_renewing_and_releasing_touch_only_ones_own(store, rows):
    _claim(store, "me", limit=1)
    _claim(store, "you", limit=1)
    with store.turn() as connection:
        until = NOW + timedelta(hours=1)
        assert outbox.renew(connection, lease("me", until), [rows[1].id, rows[0].id]) == {rows[0].id}
        assert outbox.renew(connection, lease("me"), []) == set()
    assert [row["id"] for row in _claim(store, "third", LATER)] == [rows[1].id, rows[2].id]
    with store.turn() as connection:
        outbox.release(connection, "me")
    assert [row["id"] for row in _claim(store, "fourth", LATER)] == [rows[0].id]
    with store.turn() as connection:
        outbox.release_all(connection)
    assert len(_claim(store, "fifth", LATER)) == 3


@pytest.mark.usefixtures("patient_locks")
def test_two_claims_at_once_are_disjoint(store, store_url, rows):
    other = open_store(store_url)
    taken = {}
    both = threading.Barrier(2, timeout=60)

    def work(mine, owner, limit):
        with mine.turn() as connection:
            taken[owner] = {row["id"] for row in outbox.claim(connection, lease(owner), NOW, limit)}
            if not mine.is_sqlite:
                both.wait()

    threads = [threading.Thread(target=work, args=args) for args in ((store, "one", 2), (other, "two", 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert taken["one"].isdisjoint(taken["two"])
    assert taken["one"] | taken["two"] <= {row.id for row in rows}
    assert sum(map(len, taken.values())) >= 2


def test_bytes_are_kept_and_come_back_at_the_next_attempt(store, rows):
    _claim(store)
    with store.turn() as connection:
        assert outbox.keep_rendered(connection, {}, {}) == set()
        holders = {row.id: "one" for row in rows}
        contents = {rows[0].id: b"\x00bytes\xff", rows[1].id: b"others"}
        assert outbox.keep_rendered(connection, holders, contents) == contents.keys()
        outbox.record(connection, [_result(rows[0].id, "queued", LATER, 451, "4.0.0 later")])
    assert _claim(store, now=NOW + timedelta(seconds=1)) == []
    again = {row["id"]: row for row in _claim(store, now=LATER)}
    assert bytes(again[rows[0].id]["rendered"]) == b"\x00bytes\xff"
    assert again[rows[0].id]["message_id"] == rows[0].message_id
    assert (again[rows[0].id]["attempts"], again[rows[0].id]["last_code"]) == (1, 451)


def test_what_is_sent_or_failed_or_held_is_never_claimed(store, rows):
    _claim(store)
    with store.turn() as connection:
        outbox.record(connection, [])
        outbox.record(connection, [_result(rows[0].id), _result(rows[1].id, "failed", code=550)])
        outbox.record(connection, [_result(rows[2].id, "queued")])
        assert outbox.move(connection, rows[2].id, ("queued",), "held", NOW)
        assert not outbox.move(connection, rows[0].id, ("queued", "failed"), "queued", NOW)
    assert _claim(store, now=LATER) == []
    with store.turn() as connection:
        states = {row.id: (row.state, row.sent_at) for row in outbox.listing(connection)}
        assert outbox.move(connection, rows[2].id, ("held",), "queued", LATER)
    assert states == {rows[0].id: ("sent", NOW), rows[1].id: ("failed", None), rows[2].id: ("held", None)}
    assert [row["id"] for row in _claim(store, now=LATER)] == [rows[2].id]


def test_a_bounce_fails_its_mail_and_a_delay_is_only_noted(store, rows):
    _claim(store)
    with store.turn() as connection:
        outbox.record(connection, [_result(row.id) for row in rows])
        outbox.mark_delivery(connection, rows[0].message_id, "failed", "no such user")
        outbox.mark_delivery(connection, rows[0].message_id, "delayed", "a report that was overtaken")
        outbox.mark_delivery(connection, rows[1].message_id, "delayed", "tomorrow")
        outbox.mark_delivery(connection, "<unknown@nowhere>", "failed", "not ours")
    with store.look() as connection:
        found = [(row.state, row.last_text) for row in outbox.listing(connection)]
        assert outbox.find(connection, rows[0].id).state == "failed"
        assert outbox.find(connection, 9999) is None
        assert [row.id for row in outbox.listing(connection, limit=1)] == [rows[2].id]
        assert [row.id for row in outbox.listing(connection, state="sent")] == [rows[1].id, rows[2].id]
    assert found[0] == ("failed", "failed: no such user")
    assert found[1] == ("sent", "delayed: tomorrow")
    assert found[2] == ("sent", "2.0.0 ok")


def test_the_word_of_who_lost_it_changes_nothing(store, rows):
    """A zombie: its lease ended, somebody else has the row."""
    first, second, third = (row.id for row in rows)
    _claim(store, "zombie")
    _claim(store, "other", LATER, limit=2)
    holders = dict.fromkeys((first, second, third), "zombie")
    with store.turn() as connection:
        assert outbox.keep_rendered(connection, holders, dict.fromkeys(holders, b"late")) == {third}
        late = [_result(number, "failed", code=550, owner="zombie") for number in holders]
        assert outbox.record(connection, late) == {third}
        outbox.put_back(connection, holders)
    with store.look() as connection:
        found = {row.id: (row.state, row.attempts, row.lease_owner) for row in outbox.listing(connection)}
        assert outbox.find(connection, first).rendered is None
    assert found == {first: ("sending", 0, "other"), second: ("sending", 0, "other"), third: ("failed", 1, "")}


def test_what_was_put_back_is_due_at_once_and_uncharged(store, rows):
    _claim(store, "me")
    with store.turn() as connection:
        outbox.put_back(connection, {})
        outbox.put_back(connection, {rows[0].id: "me", rows[1].id: "somebody"})
    (again,) = _claim(store, "you")
    assert (again["id"], again["attempts"], again["next_attempt_at"]) == (rows[0].id, 0, NOW)


def test_mail_that_was_never_tried_goes_before_a_queue_that_comes_due(store, rows):
    with store.turn() as connection:
        for n in range(3, 12):
            entry = kept(connection, sender=f"c{n}@northwind.example")
            commit(connection, [opening(entry, who=person(f"c{n}@northwind.example"))])
    numbers = [row["id"] for row in _claim(store)]
    with store.turn() as connection:
        outbox.record(connection, [_result(number, "queued", code=451) for number in numbers[:8]])
        outbox.put_back(connection, dict.fromkeys(numbers[8:], "one"))
    old, fresh = numbers[:8], [*numbers[8:], numbers[-1] + 1, numbers[-1] + 2]
    assert [row["id"] for row in _claim(store, "two", limit=4)] == [old[0], *fresh[:3]]
    assert [row["id"] for row in _claim(store, "three", limit=4)] == [*old[1:4], fresh[3]]
    assert [row["id"] for row in _claim(store, "four", limit=8)] == old[4:]


def test_claims_of_what_was_tried_before_are_bounded(store, rows):
    _claim(store)
    with store.turn() as connection:
        outbox.record(connection, [_result(row.id, "queued", code=451) for row in rows])
        assert len(outbox.claim(connection, lease("two"), NOW, 10, again=2)) == 2


def _row(like, **changes):
    """A mail as commit makes it, like one that stands there."""
    names = ("ticket_id", "journal_id", "purpose", "round", "person_id", "to_address", "subject", "automatic")
    same = {name: getattr(like, name) for name in names}
    times = {"created_at": NOW, "next_attempt_at": NOW, "state": "sending", "letter": {}}
    own = {"id": like.id, "message_id": like.message_id, "lease_owner": "us", "lease_until": LATER}
    return same | times | own | changes


def test_a_twin_is_left_out_and_in_nobodys_hand(store, rows):
    twin = _row(rows[0], id=rows[-1].id + 1, message_id="<new@desk.example>")
    fresh = _row(rows[0], id=rows[-1].id + 2, message_id="<next@desk.example>", round="1")
    with store.turn() as connection:
        outbox.append(connection, [twin, fresh])
        assert len(outbox.listing(connection)) == 4
        assert outbox.find(connection, fresh["id"]).message_id == "<next@desk.example>"
    assert (twin["lease_owner"], twin["lease_until"]) == ("", None)
    assert fresh["lease_owner"] == "us"


def test_a_mail_about_no_ticket_has_twins_as_well(store, rows):
    """To a unique constraint no NULL is another's."""
    new = [
        _row(rows[0], id=rows[-1].id + 1 + n, message_id=f"<n{n}@desk.example>", ticket_id=None, round=which)
        for n, which in enumerate(("1", "1", "2", "1"))
    ]
    with store.turn() as connection:
        outbox.append(connection, new[:3])
        outbox.append(connection, new[3:])
        assert len(outbox.listing(connection)) == 5
    assert [row["lease_owner"] for row in new] == ["us", "", "us", ""]


@pytest.mark.parametrize("clash", ["id", "message_id"])
def test_a_mail_that_would_take_anothers_place_is_no_twin(store, rows, clash):
    """A sequence that fell behind, or a Message-ID that is not random: no mail may be lost over it in silence."""
    new = {"id": rows[-1].id + 1, "message_id": "<new@desk.example>", "round": "1"}
    mail = _row(rows[0], **new | {clash: getattr(rows[0], clash)})
    with pytest.raises(outbox.OutboxClash), store.turn() as connection:
        outbox.append(connection, [mail])
    with store.look() as connection:
        assert len(outbox.listing(connection)) == 3


def test_all_of_one_state_are_moved_at_once(store, rows):
    with store.turn() as connection:
        assert outbox.move_all(connection, ("queued",), "held", NOW) == [row.id for row in rows]
        assert outbox.move_all(connection, ("queued",), "held", NOW) == []
        assert outbox.count(connection, "held") == 3
        assert outbox.move_all(connection, ("held",), "queued", NOW) == [row.id for row in rows]
    assert len(_claim(store)) == 3


def test_what_is_with_a_sender_that_is_gone_waits(store, rows):
    """By the clock that leases go by, which on PostgreSQL is the server's: the command's own may be far off."""
    first, second, third = (row.id for row in rows)
    with store.turn() as connection:
        clock = lease_now(connection, NOW)
        outbox.claim(connection, lease("dead", clock + timedelta(seconds=25)), clock, 2)
    with store.turn() as connection:
        assert outbox.move_all(connection, ("queued",), "held", NOW) == [third], "its lease has not ended"
        assert not outbox.move(connection, first, ("queued", "failed"), "held", NOW)
        assert not outbox.move(connection, first, ("held",), "queued", NOW)
        outbox.renew(connection, lease("dead", clock - timedelta(seconds=1)), [first, second])
        assert outbox.move(connection, first, ("queued", "failed"), "held", NOW)
        assert outbox.move_all(connection, ("queued",), "held", NOW) == [second]
        assert outbox.count(connection, "held") == 3
        assert outbox.record(connection, [_result(first, owner="dead")]) == set()


def test_what_is_let_go_begins_anew_and_what_is_held_does_not(store, rows):
    _claim(store)
    with store.turn() as connection:
        outbox.record(connection, [_result(row.id, "queued", code=451) for row in rows])
        outbox.move(connection, rows[0].id, ("queued",), "held", NOW)
        outbox.move(connection, rows[1].id, ("queued",), "queued", NOW)
        assert [row.attempts for row in outbox.listing(connection)] == [1, 0, 1]
        outbox.move_all(connection, ("held",), "queued", NOW)
        assert [row.attempts for row in outbox.listing(connection)] == [0, 0, 1]


def test_a_claim_of_fresh_mail_reads_only_fresh_mail(store, rows):
    """A hundred thousand mails that are tried again must not slow down each turn."""
    if not store.is_sqlite:
        pytest.skip("PostgreSQL plans by the rows that there are")
    said = []
    with store.turn() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _k, text, values, *_: said.append((text, values)))
        outbox.claim(connection, lease("one"), NOW, 10)
        text, values = said[0]
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)]
    assert plan == ["SEARCH outbox USING INDEX ix_outbox_fresh (next_attempt_at<?)"]


def test_a_queued_mail_is_due(store, rows):
    with store.turn() as connection:
        for row in journal.listing(connection):
            assert row.verdict == "ticket-created"
        assert journal.anything_due(connection, NOW)
        outbox.claim(connection, lease("one"), NOW, 10)
        outbox.record(connection, [_result(row.id) for row in rows])
        assert not journal.anything_due(connection, NOW)
