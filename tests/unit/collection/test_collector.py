"""The collector and mail: nobody is told that one is kept before it is, and no one costs another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.doors.imap.words import Known, Looked, Opened, Settled, Taken, Troubled
from gateway.doors.words import Fate
from store import blobs, journal, mailboxes
from store.engine import StoreBusy
from store.tables import journal as journal_table
from tests.unit.collection.bench import BOX, LARGE, NAME, ONE, THREE, TWO
from tests.unit.settler.bench import LEASE
from tests.unit.store.samples import NOW


def test_the_process_hears_of_a_mail_after_its_commit_and_not_before(bench):
    assert bench.opens(uidnext=3) == Known(known=(), due=(), history_below=3, since=None, answers=Opened(7, 3))
    tokens = bench.brings(bench.fetched(3, ONE), bench.fetched(4, TWO))
    assert bench.collector.ready
    with bench.store.turn() as connection:
        assert bench.collector.turn(connection, LEASE, 100) == 2
        assert bench.told() == []
    entries, contents, left = bench.collector.settled()
    assert bench.told() == [Taken(tuple(tokens), Fate.KEPT)]
    assert (len(entries), contents, left) == (2, [ONE, TWO], 0)
    assert bench.counts.accepted == {"imap": 2}
    assert not bench.collector.ready
    assert [(row.door, row.client, row.lease_owner) for row in bench.rows()] == [("imap", NAME, "us")] * 2


def test_what_is_over_the_window_is_kept_and_leased_to_nobody(bench):
    bench.opens()
    bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO), bench.fetched(3, THREE))
    entries, contents, left = bench.turn(window=2)
    assert (len(entries), len(contents), left, bench.leased) == (2, 2, 1, 2)
    assert [row.lease_owner for row in bench.rows()] == ["us", "us", ""]


def test_how_long_a_mail_lay_on_its_server_is_kept_with_it(bench):
    """Rates go by it: nobody is turned away because the desk was away."""
    bench.opens()
    since = NOW - timedelta(days=3)
    bench.brings(bench.fetched(1, ONE, waited_since=since), bench.fetched(2, TWO))
    entries, _contents, _left = bench.turn()
    assert [entry.envelope.waited_since for entry in entries] == [since, None]
    with bench.store.look() as connection:
        rows = connection.execute(select(journal_table).order_by(journal_table.c.id)).all()
    assert [journal.entry(row).envelope for row in rows] == [entry.envelope for entry in entries]


def test_the_first_look_is_history_and_stays_where_it_is(bench):
    assert bench.opens(uidnext=5).history_below == 5
    old, new = bench.brings(bench.fetched(4, ONE, history=True), bench.fetched(5, TWO))
    bench.turn()
    assert bench.told() == [Taken((old, new), Fate.KEPT, frozenset({old}))]
    assert [row.history for row in bench.rows()] == [True, False]
    assert bench.stands() == {(1, 4): "left", (1, 5): "done"}
    later = bench.opens(uidvalidity=8)
    assert (later.since, later.history_below, later.known) == (NOW, 1, ())


def test_nothing_is_history_where_the_backlog_is_new(made):
    bench = made(BOX + 'backlog = "new"\n')
    assert bench.opens(uidnext=5).history_below == 1
    assert bench.opens(uidvalidity=8).since is None


@pytest.mark.parametrize("after", ["flag", "move"])
def test_what_is_kept_and_not_moved_yet_is_due_in_the_next_life(made, after):
    """Killed between the commit and the move; what history is, is never touched."""
    tables = f'{BOX}after = "{after}"\n'
    first = made(tables)
    first.opens()
    items = [first.fetched(1, ONE), first.fetched(2, TWO), first.fetched(3, THREE, history=True)]
    first.brings(*items, first.fetched(4, b"x", withheld="it has 61 MB"))
    first.turn()
    second = made(tables)
    known = second.opens()
    assert (known.known, known.due, known.refused) == (((1, 4),), (1, 2, 4), frozenset({4}))
    second.says(Settled((1, 4)))
    second.turn()
    assert second.opens().due == (2,)


def test_refused_mail_is_set_aside_even_where_all_other_is_left(bench):
    bench.opens()
    bench.brings(bench.fetched(1, b"", withheld="the server\r\ndoes not give its bytes"), bench.fetched(2, TWO))
    bench.turn()
    assert bench.opens().due == (1,)
    assert [row.withheld for row in bench.rows()] == ["the server does not give its bytes", ""]


def test_what_was_kept_before_anybody_heard_of_it_is_taken_again_without_a_second_row(made):
    """Killed between the commit and the word: the next process fetches nothing of it; if it does, it hears the same."""
    first = made()
    first.opens()
    first.brings(first.fetched(1, ONE))
    with first.store.turn() as connection:
        first.collector.turn(connection, LEASE, 100)
    second = made()
    assert second.opens().known == ((1, 1),)
    tokens = second.brings(second.fetched(1, ONE))
    entries, _contents, left = second.turn()
    assert (second.told(), entries, left) == ([Taken(tuple(tokens), Fate.KEPT)], [], 0)
    assert len(second.rows()) == 1
    assert second.counts.accepted == {}


def test_a_renumbered_folder_costs_no_second_row(bench, caplog):
    bench.opens()
    bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO, history=True))
    bench.turn()
    bench.told()
    assert bench.opens(uidvalidity=8).known == ()
    one, two, three = bench.brings(bench.fetched(7, ONE), bench.fetched(8, TWO), bench.fetched(9, THREE))
    bench.turn()
    assert bench.told() == [Taken((one, two, three), Fate.KEPT, frozenset({two}))]
    assert (len(bench.rows()), bench.stands()) == (3, {(2, 7): "done", (2, 8): "left", (2, 9): "done"})
    assert bench.opens(uidvalidity=8).known == ((7, 9),)
    assert len([line for line in caplog.messages if "numbers the messages anew" in line]) == 1


def test_a_folder_is_opened_anew_only_when_what_was_fetched_before_is_written(bench):
    """A large message of the old numbering is on its way while the server shows a new one."""
    bench.opens()
    (large,) = bench.brings(bench.fetched(5, LARGE))
    bench.says(Opened(8, 10))
    bench.turn()
    assert bench.told() == []
    bench.turn()
    taken, known = bench.told()
    assert (taken, known.known) == (Taken((large,), Fate.KEPT), ())
    assert bench.stands() == {(1, 5): "done"}


def test_a_large_mail_is_kept_after_its_last_piece_and_small_ones_meanwhile(bench):
    bench.opens()
    (large,) = bench.brings(bench.fetched(1, LARGE))
    (small,) = bench.brings(bench.fetched(2, ONE))
    bench.turn()
    assert bench.told() == [Taken((small,), Fate.KEPT)]
    entries, contents, left = bench.turn()
    assert bench.told() == [Taken((large,), Fate.KEPT)]
    assert (len(entries), contents, left) == (1, [None], 0)
    assert list(Path(bench.process.options.spool).iterdir()) == []
    with bench.store.look() as connection:
        assert blobs.read(connection, entries[0].sha256) == LARGE


def test_of_several_mailboxes_one_writes_a_piece_a_turn(made):
    other = BOX.replace("support@", "billing@")
    bench = made(BOX + other)
    for box in (0, 1):
        bench.opens(box=box)
    first = bench.fetched(1, LARGE)
    name, spool = (getattr(bench.processes[1].options, key) for key in ("name", "spool"))
    file = Path(spool) / "arriving-1"
    file.write_bytes(LARGE)
    spooled = replace(first.arrived.spooled, path=str(file))
    second = replace(first, arrived=replace(first.arrived, client=name, spooled=spooled))
    bench.brings(first)
    bench.brings(second, box=1)
    kept = []
    for _ in range(4):
        bench.turn()
        kept.append(len(bench.rows()))
    assert kept[0] == 0
    assert kept[-1] == 2


def test_a_file_that_is_gone_costs_only_its_own_mail(bench):
    bench.opens()
    (gone,) = bench.brings(bench.fetched(1, LARGE))
    (Path(bench.process.options.spool) / f"arriving-{gone}").unlink()
    (other,) = bench.brings(bench.fetched(2, ONE))
    bench.turn()
    assert {token: word.fate for word in bench.told() for token in word.tokens} == {gone: Fate.LATER, other: Fate.KEPT}


def test_a_file_that_is_gone_is_said_though_others_were_in_the_way_of_its_turn(bench):
    """Or its process would wait for a word about it for ever, and nobody for a process that says it is alive."""
    bench.opens()
    (gone,) = bench.brings(bench.fetched(1, LARGE))
    (Path(bench.process.options.spool) / f"arriving-{gone}").unlink()
    with pytest.raises(StoreBusy), bench.store.turn() as connection:
        bench.collector.turn(connection, LEASE, 100)
        raise StoreBusy("a deadlock")
    assert bench.collector.ready
    bench.turn()
    assert bench.told() == [Taken((gone,), Fate.LATER, frozenset({gone}))]
    assert not bench.collector.ready


@pytest.mark.parametrize("fate", [Fate.LATER, Fate.FULL])
def test_a_store_that_fails_is_said_and_what_is_no_mail_waits(bench, fate):
    bench.opens()
    tokens = [*bench.brings(bench.fetched(1, ONE)), *bench.brings(bench.fetched(2, LARGE))]
    bench.says(Looked(there=2, listed=2, known=2, withheld=0, idles=True))
    bench.fails(fate)
    assert {token: word.fate for word in bench.told() for token in word.tokens} == dict.fromkeys(tokens, fate)
    assert (bench.rows(), bench.collector.ready) == ([], False)
    bench.clock += 2
    assert bench.collector.ready
    bench.turn()
    assert bench.listing()[0].there == 2
    again = bench.brings(bench.fetched(1, ONE))
    bench.turn()
    assert bench.told() == [Taken(tuple(again), Fate.KEPT)]


def test_one_that_cannot_be_kept_costs_only_itself(bench):
    bench.opens()
    tokens = bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO), bench.fetched(3, THREE))
    bench.says(Troubled("the server says NO", 30.0))
    with bench.store.turn() as connection:
        bench.collector.turn(connection, LEASE, 100)
        connection.rollback()

    def attempt(work):
        if any(item.received.content == TWO for item in work.args[0]):
            return None
        with bench.store.turn() as connection:
            return work(connection)

    bench.collector.alone(attempt, lambda: False)
    told = bench.told()
    said = {token: word.fate for word in told for token in word.tokens}
    assert said == {tokens[0]: Fate.KEPT, tokens[1]: Fate.LATER, tokens[2]: Fate.KEPT}
    assert frozenset().union(*(word.left for word in told)) == {tokens[1]}, "nobody waits until it can be kept"
    assert (len(bench.rows()), bench.listing()[0].problem) == (2, "the server says NO")


def test_a_folder_that_is_lost_while_one_after_the_other_is_tried_is_let_go(bench):
    bench.opens()
    bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO))
    with bench.store.turn() as connection:
        bench.collector.turn(connection, LEASE, 100)
        connection.rollback()
    with bench.store.turn() as connection:
        mailboxes.release_all(connection)
    tried = []

    def attempt(work):
        tried.append(work)
        if len(tried) > 1:
            return None
        with bench.store.turn() as connection:
            return work(connection)

    bench.collector.alone(attempt, lambda: False)
    assert (bench.processes, bench.rows(), len(tried)) == ([], [], 1)


def test_a_disk_without_room_for_it_is_said_without_a_turn(bench):
    bench.opens()
    bench.collector.pulse(len(ONE) + 10)
    tokens = bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO))
    assert bench.told() == [Taken((tokens[1],), Fate.FULL)]
    bench.turn()
    assert bench.told() == [Taken((tokens[0],), Fate.KEPT)]
    bench.collector.pulse(None)
    bench.brings(bench.fetched(2, TWO))
    bench.turn()
    assert len(bench.rows()) == 2
