"""What a turn of the digests costs and survives: imported history, another machine's sweep, a reader that fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from gateway.jobs import digests as days
from store import chores as standing
from store import overview
from store import people as known
from store.tables import chores, events, people, tickets
from tests.desk import StillDesk
from tests.servers import postgresql
from tests.unit.gateway.morning import DAY, HOUR, MONDAY, until, written

pytestmark = pytest.mark.parametrize("store_kind", ["sqlite", "postgresql"], indirect=True)
IMPORTED, CLOSED = 5_000, 100


@pytest.fixture
def still(tmp_path: Path, template: Path, store_kind: str) -> Iterator[StillDesk]:
    env = {"REPLYDESK_DIGESTS__AT": "08:00"}
    with ExitStack() as stack:
        if store_kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = stack.enter_context(postgresql.emptied())
        yield stack.enter_context(closing(StillDesk(tmp_path / "desk", template, env)))


def copied(connection: Connection, first: int, count: int, detail: dict[str, Any], **fields: Any) -> None:
    """So many tickets like the first one, with two events each."""
    ticket = dict(connection.execute(select(tickets).where(tickets.c.id == 1001)).one()._mapping)
    numbers = range(first, first + count)
    connection.execute(insert(tickets), [{**ticket, **fields, "id": number} for number in numbers])
    told = {"ordinal": 0, "at": MONDAY - DAY, "actor": "nora@northwind.example", "journal_id": None}
    rows = [
        {**told, "ticket_id": number, "kind": kind, "detail": said, "was": was}
        for number in numbers
        for kind, said, was in (("created", detail, None), ("sorted", {}, {"topic": ""}))
    ]
    connection.execute(insert(events), rows)


def statements(desk: StillDesk) -> tuple[list[str], overview.Past]:
    """What is asked for the figures of Monday, and what is found."""
    said: list[str] = []
    with desk.store.look() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _k, text, *_: said.append(text))
        found = overview.past(connection, MONDAY - 9 * HOUR, MONDAY + 15 * HOUR, MONDAY + DAY)
    return said, found


def test_a_day_costs_what_happened_on_it_however_much_was_imported(still: StillDesk) -> None:
    written(still, 1)
    before, alone = statements(still)
    long_ago = MONDAY - 30 * DAY
    with still.store.turn() as connection:
        history = {"created_at": long_ago, "updated_at": long_ago, "clocks": [], "due_at": None}
        copied(connection, 2000, IMPORTED, {"history": True}, **history)
        copied(connection, 8000, CLOSED, {}, status_category="done", **history)
        # done without a resolution, but since: the story must say that it was open on Monday
        copied(connection, 9000, 1, {}, **(history | {"status_category": "done", "updated_at": MONDAY + 2 * DAY}))
        copied(connection, 9001, 1, {}, **history)  # promised nothing, and no history
        closing_ = {"ticket_id": 9000, "kind": "status-changed", "actor": "anastasia", "ordinal": 0, "detail": {}}
        was = {"status_category": "open"}
        connection.execute(insert(events).values(**closing_, at=MONDAY + 2 * DAY, was=was))
    after, found = statements(still)
    assert len(after) - len(before) <= 1
    assert [row.id for row in found.tickets] == [*(row.id for row in alone.tickets), 9000, 9001]
    assert sum(map(len, found.events.values())) <= sum(map(len, alone.events.values())) + 3
    with still.store.look() as connection:
        assert days.of_day(connection, still.desk, MONDAY.date(), MONDAY + 3 * DAY).backlog == 3


def test_a_digest_that_is_asked_for_waits_for_the_sweep_that_has_the_chore(still: StillDesk) -> None:
    still.settle()
    address = "dominique@desk.example"
    now, tomorrow = still.now, still.now + DAY
    with still.store.turn() as connection:
        standing.put_off(connection, overview.DIGESTS, now, 0)
        known.ensure_known(connection, address, "", now)

    def ask() -> None:
        still.store.insist(lambda connection: overview.ask_digest(connection, address, now))

    asking = threading.Thread(target=ask)
    with still.store.turn() as connection:
        assert standing.claim(connection, [overview.DIGESTS], now) is not None
        asking.start()
        asking.join(0.5)
        standing.put_off(connection, overview.DIGESTS, tomorrow, 0)
    asking.join()
    with still.store.look() as connection:
        assert connection.execute(select(people.c.digest_asked).where(people.c.address == address)).scalar_one()
        due = connection.execute(select(chores.c.due_at).where(chores.c.name == overview.DIGESTS)).scalar_one()
    assert due == now
    with still.store.turn() as connection:  # what is due already is not put off by it
        overview.ask_digest(connection, address, now + HOUR)
        assert connection.execute(select(chores.c.due_at).where(chores.c.name == overview.DIGESTS)).scalar_one() == now


def stumbling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something of anastasia's alone that no digest can be made of."""
    handed = overview.handed_to

    def handed_to(connection: Connection, name: str) -> Any:
        if name == "anastasia":
            connection.exec_driver_sql("SELECT nothing FROM nowhere")
        return handed(connection, name)

    monkeypatch.setattr(overview, "handed_to", handed_to)


def test_one_reader_that_fails_costs_nobody_else_their_digest(
    still: StillDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(still, 2)
    stumbling(monkeypatch)
    writes: list[str] = []
    event.listen(still.store._writer, "before_cursor_execute", lambda _c, _k, text, *_: writes.append(text))
    found = until(still, 24)
    assert "dominique" in found and "anastasia" not in found
    assert sum("UPDATE people SET digested_at" in text for text in writes) == 1
    with still.store.look() as connection:
        address = people.c.address == "anastasia@desk.example"
        assert connection.execute(select(people.c.digested_at).where(address)).scalar_one() == still.now
    assert not until(still, 24, 10)


def test_leads_have_a_digest_also_where_what_they_see_alike_cannot_be_looked_up(
    still: StillDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(still, 2)

    def waiting(*_: object) -> Any:
        raise ValueError("a ticket says what it cannot say")

    with still.store.turn() as connection:
        connection.execute(tickets.update().values(assignee="dominique"))
    monkeypatch.setattr(overview, "waiting", waiting)
    assert "DESK-1001" in until(still, 24)["dominique"]


def test_a_digest_that_was_asked_for_and_fails_is_not_asked_for_ever(
    still: StillDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(still, 2)
    until(still, 24)  # those of the day are made
    stumbling(monkeypatch)
    names = ("anastasia@desk.example", "dominique@desk.example")
    with still.store.turn() as connection:
        for address in names:
            known.ensure_known(connection, address, "", still.now)
            overview.ask_digest(connection, address, still.now)
    before = len(still.sent)
    still.settle()
    assert [mail.to for mail in still.sent[before:] if mail.purpose == "digest"] == ["dominique@desk.example"]
    with still.store.look() as connection:
        assert not connection.execute(select(people.c.id).where(people.c.digest_asked)).all()


def test_a_day_that_cannot_be_read_leaves_an_empty_row(still: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    written(still, 2)
    read = overview.past

    def past(connection: Connection, start: datetime, end: datetime, now: datetime) -> Any:
        if start <= MONDAY < end:
            raise ValueError("an event says what it cannot say")
        return read(connection, start, end, now)

    monkeypatch.setattr(overview, "past", past)
    assert "dominique" in until(still, 24)
    with still.store.look() as connection:
        kept = days.kept_figures(connection, [MONDAY.date(), (MONDAY - timedelta(days=3)).date()])
    assert {one.day: one.backlog for one in kept}[MONDAY.date()] == 0
    assert len(kept) == 2
