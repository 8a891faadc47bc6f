"""Rules that raise, a store that fails, a lease that was slept through: what it costs, and whom."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway import pipeline
from gateway.channel import ChannelClosed
from gateway.turns import Turns
from store import journal
from store.journal import Lease, Received
from store.tables import outbox, tickets
from tests.unit.settler.bench import LEASE
from tests.unit.store.samples import NOW, envelope, mail


def _raise_over(monkeypatch, *guilty):
    """A rule with a fault: it raises over mails of these subjects."""
    digest = pipeline.digest

    def faulty(incoming, *rest):
        if incoming.mail.subject in guilty:
            raise ZeroDivisionError(incoming.mail.subject)
        return digest(incoming, *rest)

    monkeypatch.setattr(pipeline, "digest", faulty)


def test_rules_that_raise_cost_only_the_guilty_mail(bench, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    _raise_over(monkeypatch, "guilty")
    one = bench()
    numbers = one.receive(mail("1"), mail("guilty"), *(mail(str(n)) for n in range(2, 12)))
    one.finish()
    rows = one.rows()
    assert rows[numbers[1]].verdict == "unreadable"
    assert "the rules failed over it" in rows[numbers[1]].reason
    assert [rows[n].verdict for n in numbers if n != numbers[1]] == ["ticket-created"] * 11
    assert len(one.all(tickets)) == 12


def test_rules_that_raise_never_cost_the_doors_commit(bench, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    _raise_over(monkeypatch, "guilty")
    one = bench()
    one.receive(mail("guilty"))
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    shell = SimpleNamespace(settler=one.settler, may_send=True)
    with one.store.turn() as connection:
        (kept,) = journal.append(connection, [Received.of(envelope(), mail("arrives in the same turn"))])
        assert Turns.settle(shell, connection, LEASE) is None
    assert kept.id in one.rows()
    assert one.all(tickets) == []


def test_rules_that_raise_over_everything_leave_the_settler_alive_and_not_spinning(bench, monkeypatch, caplog):
    """A fault that even the stub meets must not turn the daemon into a loop at full speed."""
    caplog.set_level(logging.CRITICAL)
    calls = []

    def faulty(incoming, *rest):
        calls.append(incoming.entry.id)
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "digest", faulty)
    one = bench()
    one.receive(mail("1"))
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    for _ in range(100):
        if one.settler.ready:
            one.turn()
    assert len(calls) < 20, f"one mail was taken through the rules {len(calls)} times in a row"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_that_fails_is_not_the_mails_fault(bench, monkeypatch, kind):
    """A full disk or a database that restarts while rules run: no mail is charged, all is settled afterwards."""
    from sqlalchemy.exc import OperationalError

    from store.engine import StoreUnavailable

    digest = pipeline.digest
    trouble = [True]

    def digest_on_a_full_disk(*args):
        if trouble[0]:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return digest(*args)

    monkeypatch.setattr(pipeline, "digest", digest_on_a_full_disk)
    one = bench()
    one.receive(mail("1"), mail("2"))
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    for _ in range(8):
        try:
            one.turn()
        except StoreUnavailable:
            continue
    trouble[0] = False
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 2


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_settler_that_slept_through_its_lease_makes_no_second_ticket(bench):
    """Fencing (DESIGN section 3): another one took the mail over and settled it meanwhile."""
    sleeper, heir = bench(), bench()
    (number,) = sleeper.receive(mail())
    sleeper.readers[0].reads(sleeper.readers[0].batch())
    sleeper.hear()
    with heir.store.turn() as connection:
        lease = Lease(owner="heir", until=NOW + timedelta(seconds=60))
        entries = journal.claim(connection, lease, NOW + timedelta(seconds=26), 10)
        contents = journal.contents(connection, entries)
    heir.settler.take(entries, contents)
    heir.readers[0].reads(heir.readers[0].batch())
    heir.hear()
    heir.turn(lease)
    assert len(heir.all(tickets)) == 1
    try:
        sleeper.turn()
    except ChannelClosed:
        raise
    except Exception:
        pass  # a loud refusal is as good as silence
    assert len(heir.all(tickets)) == 1
    assert sum(letter.purpose == "acknowledgement" for letter in heir.all(outbox)) == 1
    assert heir.rows()[number].verdict == "ticket-created"


def test_a_replays_mails_are_not_sent_before_the_store_has_been_asked(bench):
    """The outbox may hold them already: they must not be taken in hand as if they were new."""
    one = bench()
    (number,) = one.receive(mail())
    one.finish()
    sent = {letter.message_id for letter in one.all(outbox)}
    with one.store.turn() as connection:
        journal.requeue(connection, number, "replayed")
        entries = journal.claim(connection, LEASE, NOW, 1)
        contents = journal.contents(connection, entries)
    one.settler.take(entries, contents)
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    made = one.turn()
    assert [row for row in made if row["lease_owner"]] == []
    assert {letter.message_id for letter in one.all(outbox)} == sent
    assert replace(entries[0], attempts=0).earlier
