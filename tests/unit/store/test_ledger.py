"""The ledger on both stores: what is spent is counted, by several at once as by one, and forgotten in time; and the
budgets that are kept in it hold while several settlers spend of them at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from gateway import pipeline
from gateway.rules import budget
from gateway.stages.commit import commit
from store import ledger
from store.engine import Store, open_engines
from store.lookup import load
from store.records import Purpose, Spend
from store.snapshot import Wanted
from store.tables import ledger as table
from store.tables import outbox
from tests.unit.store.samples import NOW, desk, mail, mint
from tests.unit.store.test_settling import _accepted, _together

AT = int(NOW.timestamp())
SETTLERS = 4


@pytest.fixture
def settlers(store: Store, store_url: str) -> Iterator[list[Store]]:
    opened = [open_engines(store_url) for _ in range(SETTLERS)]
    yield opened
    for one in opened:
        one.close()


def test_what_is_spent_adds_up(store: Store) -> None:
    for _ in range(3):
        with store.turn() as connection:
            ledger.spend(connection, [Spend(name="to:a", at=AT), Spend(name="to:a", at=AT), Spend(name="b", at=AT - 9)])
    with store.look() as connection:
        assert ledger.spent(connection, ["to:a", "b", "c"], AT - 9) == {"to:a": [(AT, 6)]}
        assert ledger.spent(connection, ["to:a", "b"], AT - 10) == {"b": [(AT - 9, 3)], "to:a": [(AT, 6)]}


def test_several_spend_at_once_and_nothing_is_lost(store: Store, settlers: list[Store]) -> None:
    spends = [Spend(name=f"n{number}", at=AT) for number in range(5)]
    works = [[lambda connection: ledger.spend(connection, spends)] * 10 for _ in range(SETTLERS)]
    _together(settlers, *works)
    with store.look() as connection:
        found = ledger.spent(connection, [spend.name for spend in spends], 0)
    assert found == {spend.name: [(AT, 40)] for spend in spends}


def test_old_rows_are_forgotten_a_bounded_number_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "FORGOTTEN", 5_000)
    with store.turn() as connection:
        old = [Spend(name=f"to:{number}", at=AT - ledger.KEPT - 1 - number) for number in range(5_500)]
        ledger.spend(connection, [*old, Spend(name="young", at=AT - ledger.KEPT)])
    found = []
    for _ in range(3):
        with store.turn() as connection:
            found.append(ledger.forget(connection, AT))
    assert found == [5_000, 500, 0]
    with store.look() as connection:
        assert connection.execute(select(table.c.name)).scalars().all() == ["young"]


def test_the_breaker_is_one_for_all_settlers_and_the_operators_hear_once(store: Store, settlers: list[Store]) -> None:
    """Four settlers near the limit: not one mail more than it allows, and one alarm."""
    policy = replace(desk(), budgets=replace(desk().budgets, total_hour=100))
    mails = _accepted(
        store, [mail(f"Thing {n}", sender=f"c{n}@contoso.example", words=f"It is {n}.") for n in range(80)]
    )

    def settle(batch):  # type: ignore[no-untyped-def]
        def work(connection):  # type: ignore[no-untyped-def]
            decisions, snapshot = pipeline.settle(connection, batch, policy, mint)
            commit(connection, decisions, snapshot, policy, NOW)

        return work

    _together(settlers, *([settle(mails[n : n + 5]) for n in range(first, 80, 20)] for first in range(0, 20, 5)))
    with store.look() as connection:
        rows = connection.execute(select(outbox.c.purpose, outbox.c.state)).all()
        spent = ledger.spent(connection, budget.names("", NOW), budget.since(NOW))
    left = Counter(row.purpose for row in rows if row.state != "held")
    alarms = left.pop(Purpose.ALARM.value)
    assert left.total() == 100
    assert alarms == len(policy.operators)
    assert budget.total(spent, NOW) == 100 + alarms


def test_an_explained_message_does_not_see_what_it_spent_itself(store: Store) -> None:
    mails = _accepted(store, [mail("Thing", words="It stops.")])
    with store.turn() as connection:
        decisions, snapshot = pipeline.settle(connection, mails, desk(), mint)
        commit(connection, decisions, snapshot, desk(), NOW)
    wanted = Wanted(budgets={"to:nora@northwind.example"}, budgets_since=AT - 100)
    with store.look() as connection:
        assert load(connection, wanted).spent == {"to:nora@northwind.example": [(AT, 1)]}
        assert load(connection, wanted, without=mails[0].entry.id).spent == {"to:nora@northwind.example": []}


def test_a_ticket_is_explained_with_the_counts_that_it_had(store: Store) -> None:
    """Three mails came to it: before the last it had been told of two, and had sent one acknowledgement."""
    contents = [mail("The export stops", message_id="<first@n>")]
    contents += [mail("Re: The export stops", words=f"word {n}", extra="In-Reply-To: <first@n>\r\n") for n in range(2)]
    mails = _accepted(store, contents)
    for one in mails:
        with store.turn() as connection:
            decisions, snapshot = pipeline.settle(connection, [one], desk(), mint)
            commit(connection, decisions, snapshot, desk(), NOW)
    with store.look() as connection:
        now = load(connection, Wanted(numbers={1001})).tickets[1001]
        then = load(connection, Wanted(numbers={1001}), without=mails[2].entry.id).tickets[1001]
        assert (now.unheeded, now.automatic) == (3, 1)
        assert (then.unheeded, then.automatic) == (2, 1)
        assert connection.execute(select(func.count()).select_from(outbox)).scalar_one() == 7
