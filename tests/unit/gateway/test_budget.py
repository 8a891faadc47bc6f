"""Budgets: no window holds more than its limit, whatever is asked when; one ledger for all kinds of mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules import budget
from gateway.rules.desk import Budgets
from store.records import Spend, Status, Ticket, Trust

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA = "nora@northwind.example"


class Ledger:
    """What the store would say: everything is asked by name and from `since` on."""

    def __init__(self) -> None:
        self.rows: defaultdict[tuple[str, int], int] = defaultdict(int)

    def spend(self, items: Iterable[Spend]) -> None:
        for item in items:
            self.rows[item.name, item.at] += item.count

    def spent(self, names: Iterable[str], since: int) -> dict[str, list[tuple[int, int]]]:
        wanted = set(names)
        found: dict[str, list[tuple[int, int]]] = {}
        for (name, at), count in sorted(self.rows.items()):
            if name in wanted and at > since:
                found.setdefault(name, []).append((at, count))
        return found


def try_to_send(
    ledger: Ledger, budgets: Budgets, to: str, trust: Trust, now: datetime, ticket: Ticket | None = None
) -> str:
    """As the meter does it: look up, ask, and write down what leaves."""
    spent = ledger.spent(budget.names(to, now), budget.since(now))
    why = budget.refusal(budgets, spent, to, trust, ticket, now)
    if not why:
        ledger.spend((*budget.of_leaving(to, now), budget.of_breaker(now, 1)))
    return why


def densest(sent: list[datetime], window: timedelta) -> int:
    """The most that any window of this length holds: the reference, from the instants alone."""
    return max((sum(1 for at in sent if first <= at < first + window) for first in sent), default=0)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 9_000).map(lambda tenths: timedelta(seconds=tenths / 1.7)),
        st.sampled_from([NORA, "nora+x@northwind.example", "paul@northwind.example", "carl@contoso.example"]),
        st.sampled_from([Trust.D, Trust.D, Trust.B, Trust.C]),
    ),
    max_size=120,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_window_ever_holds_more_than_its_limit(steps: list[tuple[timedelta, str, Trust]]) -> None:
    budgets = Budgets(domain_day=7, total_hour=9)
    ledger, now = Ledger(), NOW
    sent: list[tuple[datetime, str, Trust]] = []
    for pause, to, trust in steps:
        now += pause
        if not try_to_send(ledger, budgets, to, trust, now):
            sent.append((now, to.replace("+x", ""), trust))
    hour, day = timedelta(hours=1), timedelta(days=1)
    for person in {to for _, to, _ in sent}:
        all_of_it = [at for at, to, _ in sent if to == person]
        assert densest(all_of_it, day) <= budgets.participant_day
        if all(trust is Trust.D for _, to, trust in sent if to == person):
            assert densest(all_of_it, hour) <= budgets.stranger_hour
            assert densest(all_of_it, day) <= budgets.stranger_day
        for place, (at, to, trust) in enumerate(sent, 1):  # whoever is not proven finds it as others have left it
            if to == person and trust is Trust.D:
                before = [other for other, whom, _ in sent[:place] if whom == person]
                assert sum(1 for other in before if at - hour < other) <= budgets.stranger_hour
                assert sum(1 for other in before if at - day < other) <= budgets.stranger_day
    for domain in {to.rpartition("@")[2] for _, to, _ in sent}:
        assert densest([at for at, to, _ in sent if to.endswith(domain)], day) <= budgets.domain_day
    assert densest([at for at, _, _ in sent], hour) <= budgets.total_hour


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_budget_is_not_smaller_than_it_says(steps: list[tuple[timedelta, str, Trust]]) -> None:
    """What nothing coarse stands against is refused for a limit that is really reached, to the second."""
    budgets, ledger, now = Budgets(), Ledger(), NOW
    sent: list[tuple[datetime, str]] = []
    for pause, to, trust in steps:
        now += pause
        if not try_to_send(ledger, budgets, to, trust, now):
            sent.append((now, to.replace("+x", "")))
            continue
        own = [at for at, whom in sent if whom == to.replace("+x", "")]
        hour = sum(1 for at in own if at > now - timedelta(hours=1, seconds=1))
        day = sum(1 for at in own if at > now - timedelta(days=1, seconds=1))
        assert (hour >= 2 or day >= 3) if trust is Trust.D else day >= 10


def test_a_stranger_gets_two_in_an_hour_and_three_in_a_day() -> None:
    ledger, budgets, found = Ledger(), Budgets(), []
    for minutes in (0, 1, 2, 59, 61, 62, 600, 1439, 1441):
        now = NOW + timedelta(minutes=minutes)
        found.append(try_to_send(ledger, budgets, NORA, Trust.D, now))
    assert [not why for why in found] == [True, True, False, False, True, False, False, False, True]
    assert found[2] == "no more than 2 automatic mails in an hour to an address that nothing proves"
    assert found[6] == "no more than 3 automatic mails in a day to an address that nothing proves"


def test_what_is_proven_shares_the_ledger_of_what_is_not() -> None:
    """Ten proven ones are all there are: a stranger who uses the name then gets nothing, nor does its owner."""
    ledger, budgets = Ledger(), Budgets()
    sent = [try_to_send(ledger, budgets, NORA, Trust.C, NOW + timedelta(minutes=n)) for n in range(12)]
    assert [not why for why in sent] == [True] * 10 + [False] * 2
    assert try_to_send(ledger, budgets, NORA, Trust.D, NOW + timedelta(hours=3))


@pytest.mark.parametrize("to", ["nora+1@northwind.example", "nora+anything@northwind.example"])
def test_a_detail_makes_nobody_somebody_else(to: str) -> None:
    ledger, budgets = Ledger(), Budgets()
    for _ in range(2):
        assert not try_to_send(ledger, budgets, NORA, Trust.D, NOW)
    assert try_to_send(ledger, budgets, to, Trust.D, NOW)


def test_a_ticket_has_an_end(ticket: Callable[..., Ticket]) -> None:
    budgets = Budgets(ticket=3)
    assert not budget.refusal(budgets, {}, NORA, Trust.A, ticket(automatic=2), NOW)
    assert budget.refusal(budgets, {}, NORA, Trust.A, ticket(automatic=3), NOW) == (
        "no more than 3 automatic mails for one ticket"
    )


def test_everything_has_an_end() -> None:
    """The worst case of the breaker: one to each of very many, at the limit of what `budget.total_hour` may be."""
    budgets, ledger = Budgets(total_hour=10_000_000), Ledger()
    ledger.spend([budget.of_breaker(NOW, 9_999_999)])
    assert not try_to_send(ledger, budgets, NORA, Trust.D, NOW)
    why = try_to_send(ledger, budgets, "carl@contoso.example", Trust.A, NOW + timedelta(minutes=59))
    assert why == budget.broken(budgets) == "the breaker: no more than 10,000,000 automatic mails in an hour in all"
    assert not try_to_send(ledger, budgets, "carl@contoso.example", Trust.A, NOW + timedelta(minutes=66))


@pytest.mark.parametrize(
    ("after", "leaves"), [(0, False), (23 * 60 + 31, False), (23 * 60 + 59, False), (25 * 60, True)]
)
def test_a_domain_is_counted_by_the_hour_and_never_for_less_than_a_day(after: int, leaves: bool) -> None:
    """The worst case of what is counted coarsely: everything in the last minute of its hour."""
    ledger, budgets, last = Ledger(), Budgets(domain_day=100), NOW + timedelta(minutes=59)
    for number in range(100):
        assert not try_to_send(ledger, budgets, f"p{number}@northwind.example", Trust.B, last)
    why = try_to_send(ledger, budgets, NORA, Trust.B, last + timedelta(minutes=after))
    assert (not why) is leaves


def test_an_hour_of_everything_is_a_few_rows() -> None:
    """However much leaves: the budget of all is looked at for every batch."""
    ledger, now = Ledger(), NOW
    for _ in range(7_200):
        now += timedelta(seconds=1)
        ledger.spend([budget.of_breaker(now, 5)])
    found = ledger.spent(budget.of_all(now), budget.since(now))
    assert sum(map(len, found.values())) <= 24
    assert 5 * 3_600 <= budget.total(found, now) <= 5 * 3_900


def test_near_the_breaker_turns_wait_for_one_another() -> None:
    budgets, ledger = Budgets(total_hour=1_000), Ledger()
    ledger.spend([budget.of_breaker(NOW, 1_000 - 10 * budget.SETTLERS)])
    spent = ledger.spent(budget.names("", NOW), budget.since(NOW))
    assert budget.is_near(budgets, spent, 10, NOW)
    assert not budget.is_near(budgets, spent, 9, NOW)
    ledger.spend([budget.of_breaker(NOW, 10 * budget.SETTLERS)])
    spent = ledger.spent(budget.names("", NOW), budget.since(NOW))
    assert budget.is_near(budgets, spent, 0, NOW), "it is open, and nobody was told"
    ledger.spend([Spend(name=budget.BREAKER, at=int(NOW.timestamp()))])
    spent = ledger.spent(budget.names("", NOW), budget.since(NOW))
    assert not budget.is_near(budgets, spent, 100, NOW)
    assert not budget.was_told(spent, NOW + timedelta(days=1, seconds=1))


def test_mail_reopens_a_ticket_three_times_a_day(ticket: Callable[..., Ticket]) -> None:
    done = ticket(status=Status.RESOLVED)
    at = int(NOW.timestamp())
    spent = {budget.reopening(done, Trust.C): [(at - 90_000, 5), (at - 60, 2)]}
    assert budget.reopening(done, Trust.C) in budget.of_ticket(done)
    assert not budget.is_restless(spent, done, Trust.C, NOW)
    spent[budget.reopening(done, Trust.C)].append((at, 1))
    assert budget.is_restless(spent, done, Trust.C, NOW)
    assert not budget.is_restless(spent, done, Trust.D, NOW), "what nothing proves is counted apart"
