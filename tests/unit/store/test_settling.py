"""Several settlers on one store: what one of them decides the others see, whatever name they came to it by.

Each settler is a thread with a store of its own, as another machine would be. On SQLite they stand in one queue for the
file; on PostgreSQL they are let in together, and the locks of `store.engine` are all that keeps them apart.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from gateway.jobs import chores
from gateway.jobs.sweep import sweep
from gateway.stages import commit as commit_stage
from store import journal
from store.engine import MANY_NAMES, StoreUnavailable, lock_names, open_engines
from store.journal import Received
from store.lookup import load
from store.records import AddEvent, ChangeTicket, Decision, Step, Verdict
from store.snapshot import Wanted
from store.tables import events, messages, outbox, people, tickets, timers
from store.tables import journal as journal_table
from tests.servers import postgresql
from tests.unit.store.samples import NOW, commit, desk, envelope, incoming, kept, mail, mint, opening, settle

pytestmark = pytest.mark.usefixtures("patient_locks")

SETTLERS = 4


@pytest.fixture
def settlers(store, store_url):
    """Stores of their own on one database; `store` has brought the schema."""
    opened = [open_engines(store_url) for _ in range(SETTLERS)]
    yield opened
    for one in opened:
        one.close()


def _together(settlers, *works):
    """Run each work with a settler of its own, all begun at once; a turn that the store refused is taken again."""
    barrier = threading.Barrier(len(works), timeout=60)
    wrong: list[BaseException] = []
    refused: list[str] = []

    def run(store, work):
        barrier.wait()
        try:
            for step in work:
                while True:
                    try:
                        with store.turn() as connection:
                            step(connection)
                        break
                    except StoreUnavailable as error:
                        refused.append(str(error))
        except BaseException as error:
            wrong.append(error)

    threads = [
        threading.Thread(target=run, args=(settlers[number % len(settlers)], work)) for number, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong
    return refused


def _accepted(store, contents, **more):
    with store.turn() as connection:
        entries = journal.append(connection, [Received.of(envelope(**more), content) for content in contents])
    return [incoming(entry, content) for entry, content in zip(entries, contents, strict=True)]


def _settling(*batches):
    return [lambda connection, batch=batch: settle(connection, *batch) for batch in batches]


def _count(store, table, *where):
    with store.look() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def test_copies_of_one_mail_make_one_ticket(store, settlers):
    for round_ in range(5):
        mails = _accepted(store, [mail(message_id=f"<same{round_}@northwind.example>")] * 8)
        _together(settlers, *(_settling(mails[n : n + 2]) for n in range(0, 8, 2)))
        assert _count(store, tickets) == round_ + 1
        assert _count(store, journal_table, journal_table.c.verdict == "duplicate") == 7 * (round_ + 1)
        assert _count(store, outbox, outbox.c.purpose == "acknowledgement") == min(round_ + 1, 2)  # an hour's budget


def test_a_conversation_stays_one_ticket(store, settlers):
    """Answers that name the first mail by its Message-ID, the ticket by its number, and both."""
    first = mail("The export stops", message_id="<first@northwind.example>")
    with store.turn() as connection:
        settle(connection, *_accepted_in(connection, [first]))
    answers = [
        mail("Re: [DESK-1001] The export stops", words=f"word {n}")
        if n % 2
        else mail("Re: The export stops", words=f"word {n}", extra="In-Reply-To: <first@northwind.example>\r\n")
        for n in range(16)
    ]
    mails = _accepted(store, answers)
    refused = _together(settlers, *(_settling(mails[n::4], mails[n + 4 : n + 4]) for n in range(4)))
    assert refused == []
    assert _count(store, tickets) == 1
    assert _count(store, messages, messages.c.direction == "in") == 17


def _accepted_in(connection, contents):
    entries = journal.append(connection, [Received.of(envelope(), content) for content in contents])
    return [incoming(entry, content) for entry, content in zip(entries, contents, strict=True)]


def test_one_sender_is_one_person_with_all_his_tickets(store, settlers):
    """Eight first mails of a new sender: nobody is written down twice, each ticket knows of the open one before it."""
    mails = _accepted(store, [mail(f"Thing {n}", words=f"It is {n}.") for n in range(8)])
    _together(settlers, *(_settling([mails[n]], [mails[n + 4]]) for n in range(4)))
    assert _count(store, tickets) == 8
    assert _count(store, people, people.c.address == "nora@northwind.example") == 1


def _tag(word, **wanted):
    def step(connection):
        snapshot = load(connection, Wanted(**(wanted or {"numbers": {1001}})), lock=True)
        tags = (*snapshot.tickets[1001].tags, word)
        change = ChangeTicket(ticket=1001, changes={"tags": tags})
        commit_stage.commit(connection, [_command(change)], snapshot, desk(), NOW)

    return step


def _command(*effects):
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason="a tag",
        ticket=1001,
        trace=(Step(stage="act", what="tag", why="asked"),),
        effects=effects,
    )


def test_no_change_of_a_ticket_is_lost(store, settlers):
    """Whoever came to it by its number or by the Message-ID of one of its mails: by no common name, to one row."""
    with store.turn() as connection:
        message_id = commit(connection, [opening(kept(connection))]).outbox[0]["message_id"]
    words = [f"t{n}" for n in range(40)]
    names = [{"numbers": {1001}}, {"message_ids": {message_id}}]
    _together(settlers, *([_tag(word, **names[n % 2]) for word in words[n::4]] for n in range(4)))
    with store.look() as connection:
        assert sorted(connection.execute(select(tickets.c.tags)).scalar_one()) == sorted(words)


def test_what_comes_due_is_done_once(store, settlers):
    with store.turn() as connection:
        commit(connection, [opening(kept(connection), f"NEW-{n}") for n in range(6)])
        connection.execute(update(tickets).values(status="resolved", status_category="done", resolved_at=NOW))
        connection.execute(update(timers).values(kind="close"))
    late = NOW + timedelta(days=1)
    _together(settlers, *([lambda connection: sweep(connection, desk(), mint, late)] * 3 for _ in range(4)))
    for _ in range(2):
        with store.turn() as connection:
            sweep(connection, desk(), mint, late)
    assert _count(store, timers) == 0
    assert _count(store, events, events.c.kind == "closed") == 6


def test_the_desks_own_work_is_done_once(store, settlers, monkeypatch):
    """Several machines at the same hour: one of them has the chore in hand, the others pass it over."""

    def noted(ticket, *_):
        event = AddEvent(ticket=ticket.ref, kind="looked-at", actor="system")
        return Decision(entry=None, verdict=Verdict.COMMAND, reason="", ticket=ticket.ref, effects=(event,))

    with store.turn() as connection:
        commit(connection, [opening(kept(connection), f"NEW-{n}") for n in range(6)])
        connection.execute(delete(timers))
    monkeypatch.setattr(chores, "STEP", 2)
    monkeypatch.setattr(
        chores, "CHORES", (chores.Chore(name="look", following=chores.every_day(6), work=chores.each_open(noted)),)
    )
    with store.turn() as connection:
        sweep(connection, desk(), mint, NOW)
    late = NOW + timedelta(hours=20)
    _together(settlers, *([lambda connection: sweep(connection, desk(), mint, late)] * 3 for _ in range(4)))
    for _ in range(3):  # twelve sweeps at once may all have passed over the last step; three steps are all there are
        with store.turn() as connection:
            sweep(connection, desk(), mint, late)
    with store.turn() as connection:
        assert sweep(connection, desk(), mint, late) == []
    assert _count(store, events, events.c.kind == "looked-at") == 6


def test_settlers_sweeps_and_commands_never_stop_one_another(store, settlers):
    """Everybody at the same tickets in orders of their own: no turn ends in a deadlock, nothing is lost."""
    with store.turn() as connection:
        first = [mail(f"Thing {n}", message_id=f"<first{n}@northwind.example>") for n in range(6)]
        settle(connection, *_accepted_in(connection, first))
    answers = [
        mail(f"Re: [DESK-{1001 + n % 6}] Thing", sender="nora@northwind.example", words=f"{n}") for n in range(36)
    ]
    mails = _accepted(store, answers)
    shuffled = sorted(mails, key=lambda item: item.entry.sha256)
    late = NOW + timedelta(hours=30)
    sweeps = [lambda connection: sweep(connection, desk(), mint, late)] * 9
    refused = _together(
        settlers,
        _settling(*(shuffled[n : n + 6] for n in range(0, 18, 6))),
        _settling(*(shuffled[n : n + 6][::-1] for n in range(18, 36, 6))),
        sweeps,
        [_tag(f"t{n}") for n in range(9)],
    )
    assert not [why for why in refused if "deadlock" in why]
    assert _count(store, tickets) == 6
    assert _count(store, messages, messages.c.direction == "in") == 42
    with store.look() as connection:
        tags = connection.execute(select(tickets.c.tags).where(tickets.c.id == 1001)).scalar_one()
    assert sorted(tags) == [f"t{n}" for n in range(9)]


def test_a_batch_that_names_too_much_has_the_desk_for_itself():
    """A lock for each name would use up the server's table of locks; it takes one that all the others share."""
    many = {f"mail:<{n}@northwind.example>" for n in range(MANY_NAMES + 1)}
    with postgresql.database(postgresql.migrated()) as url:
        one, other = open_engines(url), open_engines(url)
        entered = threading.Event()

        def wait():
            with other.turn() as connection:
                lock_names(connection, {"mail:<else@northwind.example>"})
                entered.set()

        with one.turn() as connection:
            lock_names(connection, many)
            thread = threading.Thread(target=wait)
            thread.start()
            assert not entered.wait(0.3)
        assert entered.wait(60)
        thread.join()
        for mine in (one, other):
            mine.close()


def test_names_of_any_kind_can_be_locked(store):
    with store.turn() as connection:
        lock_names(connection, {"", "sender:ü@é.example", "mail:\ud800", "x" * 100_000, "ticket:5"})
        lock_names(connection, set())
