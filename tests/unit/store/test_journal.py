"""The journal: append, claim, lease, release, charge, decide, requeue, drop, list."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from store import journal, report
from store.journal import Received
from store.opening import open_store
from store.records import Decision, Step, Trust, Verdict
from store.report import MailFilter
from tests.unit.store.samples import NOW, envelope, kept, lease, mail

LATER = NOW + timedelta(seconds=26)


def _decided(entry, verdict=Verdict.NOT_ADDRESSED_TO_US):
    trace = (*entry.earlier, Step(stage="guard", what="looked", why="because"))
    return Decision(entry=entry, verdict=verdict, reason="why", trust=Trust.C, trace=trace, mailbox="m", message_id="i")


def _claim(store, owner="one", now=NOW, limit=10):
    with store.turn() as connection:
        return journal.claim(connection, lease(owner, now + timedelta(seconds=25)), now, limit)


def test_what_is_appended_is_claimed_with_its_envelope_and_bytes(store):
    content = mail()
    with store.turn() as connection:
        journal.append(connection, [])
        written = journal.append(connection, [Received.of(envelope(), content)])
    found = _claim(store)
    assert found == written
    assert found[0].envelope == envelope()
    with store.look() as connection:
        assert journal.contents(connection, found) == [content]


def test_a_mail_in_hand_is_not_claimed_until_its_lease_ends(store):
    with store.turn() as connection:
        (entry,) = journal.append(connection, [Received.of(envelope(), mail())], lease())
    assert _claim(store, "other") == []
    assert [e.id for e in _claim(store, "other", LATER)] == [entry.id]


def test_a_lease_that_is_renewed_holds_and_nobody_renews_for_another(store):
    with store.turn() as connection:
        entry = kept(connection)
    _claim(store)
    with store.turn() as connection:
        journal.renew(connection, lease("other", NOW + timedelta(hours=9)), [entry.id])
        journal.renew(connection, lease("one", LATER + timedelta(seconds=1)), [entry.id])
        journal.renew(connection, lease(), [])
    assert _claim(store, "other", LATER) == []
    assert len(_claim(store, "other", LATER + timedelta(seconds=2))) == 1


def test_release_gives_back_what_one_owner_has_uncharged(store):
    with store.turn() as connection:
        mine, yours = kept(connection), kept(connection)
    _claim(store, "me", limit=1)
    _claim(store, "you", limit=1)
    with store.turn() as connection:
        journal.release(connection, "me")
    found = _claim(store, "third")
    assert [(e.id, e.attempts) for e in found] == [(mine.id, 0)]
    with store.turn() as connection:
        journal.release_all(connection)
    assert {e.id for e in _claim(store, "fourth")} == {mine.id, yours.id}


def test_claims_are_oldest_first_and_bounded(store):
    with store.turn() as connection:
        entries = [kept(connection) for _ in range(5)]
    assert [e.id for e in _claim(store, limit=3)] == [e.id for e in entries[:3]]
    assert [e.id for e in _claim(store, limit=3)] == [e.id for e in entries[3:]]


@pytest.mark.usefixtures("patient_locks")
def test_two_claims_at_once_are_disjoint(store, store_url):
    """PostgreSQL skips what the other has locked; SQLite lets one after the other in."""
    with store.turn() as connection:
        for _ in range(40):
            kept(connection)
    other = open_store(store_url)
    taken: dict[str, list[int]] = {}
    both_have_claimed = threading.Barrier(2, timeout=60)

    def work(mine, owner):
        with mine.turn() as connection:
            taken[owner] = [e.id for e in journal.claim(connection, lease(owner), NOW, 20)]
            if not mine.is_sqlite:  # both transactions are open: only skipped locks keep them apart
                both_have_claimed.wait()

    threads = [threading.Thread(target=work, args=pair) for pair in ((store, "one"), (other, "two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(taken["one"]) == len(taken["two"]) == 20
    assert set(taken["one"]).isdisjoint(taken["two"])


def test_charges_count_deaths(store):
    with store.turn() as connection:
        entry = kept(connection)
        assert [journal.charge(connection, entry.id) for _ in range(3)] == [1, 2, 3]
    assert _claim(store)[0].attempts == 3


def test_a_decision_ends_the_lease_and_stands_in_the_row(store):
    with store.turn() as connection:
        kept(connection)
    (entry,) = _claim(store)
    with store.turn() as connection:
        journal.decide(connection, [(_decided(entry), 1001), (replace(_decided(entry), entry=None), None)], LATER)
        row = journal.find(connection, entry.id)
    assert (row.verdict, row.reason, row.trust, row.ticket_id) == ("not-addressed-to-us", "why", "C", 1001)
    assert (row.decided_at, row.lease_owner, row.lease_until) == (LATER, "", None)
    assert row.trace == [["guard", "looked", "because"]]
    assert _claim(store, now=LATER) == []
    with store.look() as connection:
        assert not journal.anything_due(connection, LATER)


def test_a_replay_keeps_the_earlier_look(store):
    with store.turn() as connection:
        entry = kept(connection)
        assert not journal.requeue(connection, entry.id, "replayed")
        assert not journal.drop(connection, entry.id)
        journal.charge(connection, entry.id)
        journal.decide(connection, [(_decided(entry), 1001)], NOW)
        assert journal.requeue(connection, entry.id, "released", released=True)
        assert not journal.requeue(connection, entry.id + 1, "replayed")
    (again,) = _claim(store)
    assert (again.attempts, again.released, again.ticket) == (0, True, 1001)
    assert [step.what for step in again.earlier] == ["looked", "released"]
    assert again.earlier[-1].why == "it was not-addressed-to-us"


def test_a_dropped_mail_keeps_its_row_and_its_bytes(store):
    content = mail()
    with store.turn() as connection:
        entry = kept(connection, content)
        journal.decide(connection, [(_decided(entry), None)], NOW)
        assert journal.drop(connection, entry.id)
        row = journal.find(connection, entry.id)
        assert row.reason == "dropped (why)"
        assert journal.contents(connection, [entry]) == [content]


def test_the_listing_is_oldest_first_and_its_limit_takes_the_newest(store):
    with store.turn() as connection:
        entries = [kept(connection) for _ in range(4)]
        journal.decide(connection, [(_decided(entries[0]), None)], NOW)
        journal.decide(connection, [(_decided(entries[3], Verdict.DUPLICATE), None)], NOW)
        everything = [row.id for row in journal.listing(connection)]
        newest = [row.id for row in report.mails(connection, MailFilter(limit=2))]
        duplicates = [row.id for row in report.mails(connection, MailFilter(verdict="duplicate"))]
        undecided = [row.id for row in report.mails(connection, MailFilter(undecided=True))]
        counted, waiting = journal.verdicts(connection, everything)
        assert journal.find(connection, 999) is None
    numbers = [e.id for e in entries]
    assert (everything, newest, duplicates, undecided) == (numbers, numbers[2:], numbers[3:], numbers[1:3])
    assert (counted, waiting) == ({"duplicate": 1, "not-addressed-to-us": 1}, 2)


def test_imports_are_counted_by_content_and_recipients(store):
    content = mail()
    item = Received.of(replace(envelope(), door="import"), content)
    with store.turn() as connection:
        journal.append(connection, [item, item, Received.of(envelope(), content)])
        assert journal.imported(connection, [item.sha256]) == {(item.sha256, ("support@desk.example",)): 2}


def test_something_is_due_while_a_mail_waits(store):
    with store.turn() as connection:
        assert not journal.anything_due(connection, NOW)
        kept(connection)
        assert journal.anything_due(connection, NOW)
    _claim(store)
    with store.look() as connection:
        assert not journal.anything_due(connection, NOW)
        assert journal.anything_due(connection, LATER)


def test_a_mail_whose_number_is_taken_is_an_error_and_never_silence(store, monkeypatch):
    """What the store does not keep must raise: otherwise the door would say 250 for nothing (promise 1)."""
    with store.turn() as connection:
        entry = kept(connection)
    monkeypatch.setattr(journal, "allocate", lambda *_args: [entry.id])
    with pytest.raises(IntegrityError), store.turn() as connection:
        kept(connection)
