"""The collector and its processes: who has a folder, who is replaced, what people see, and the end."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.collection import box as box_module
from gateway.collection import hearsay
from gateway.collection.box import DEAF
from gateway.doors.imap.words import Alive, Looked, Opened, Settled, Taken, Troubled
from gateway.doors.words import Fate, Spooled
from tests.unit.collection.bench import BOX, LARGE, ONE, TWO
from tests.unit.settler.bench import Bait
from tests.unit.store.samples import NOW

# Of several machines one


def test_of_several_machines_one_collects(made):
    one, two = made(owner="one"), made(owner="two")
    assert (len(one.processes), two.processes, two.collector.vitals()) == (1, [], ())
    later = NOW + timedelta(seconds=60)
    two.lease = replace(two.lease, until=later + timedelta(seconds=25))
    assert len(two.renew(later).processes) == 1
    assert one.renew(later).processes == []


def test_who_lost_the_folder_writes_nothing_of_it(made):
    one = made(owner="one")
    one.opens()
    later = NOW + timedelta(seconds=60)
    two = made(owner="two")
    two.lease = replace(two.lease, until=later + timedelta(seconds=25))
    two.renew(later)
    one.brings(one.fetched(1, ONE))
    one.turn()
    assert (one.processes, one.rows()) == ([], [])
    two.opens()
    two.brings(two.fetched(1, ONE))
    two.turn()
    assert len(two.rows()) == 1


def test_who_gets_a_folder_back_remembers_nothing_of_it(made):
    """A machine that slept: another one has collected meanwhile, and is gone by now."""
    one = made(owner="one")
    one.opens()
    one.brings(one.fetched(1, ONE))
    one.turn()
    assert one.told() == [Taken((1,), Fate.KEPT)]
    later, latest = NOW + timedelta(seconds=60), NOW + timedelta(seconds=120)
    two = made(owner="two")
    two.lease = replace(two.lease, until=later + timedelta(seconds=25))
    two.renew(later)
    two.opens()
    two.brings(two.fetched(2, TWO))
    two.turn()
    one.lease = replace(one.lease, until=latest + timedelta(seconds=25))
    before = one.process.starts
    one.renew(latest)
    assert one.process.starts == before + 1
    assert one.opens().known == ((1, 2),)


def test_who_holds_on_to_a_folder_goes_on(bench):
    bench.opens()
    for seconds in (8, 60):  # late, and nobody came in between
        bench.lease = replace(bench.lease, until=NOW + timedelta(seconds=seconds + 25))
        bench.renew(NOW + timedelta(seconds=seconds))
    assert bench.process.starts == 1


def test_a_mailbox_without_its_password_is_said_and_costs_the_others_nothing(made, caplog):
    other = BOX.replace("support@", "billing@").replace("IMAP_PASSWORD", "IMAP_PASSWORD_TWO")
    bench = made(BOX + other)
    assert [worker.options.number for worker in bench.processes] == [1]
    assert "mailbox=2 is not collected: the variable REPLYDESK_IMAP_PASSWORD_TWO" in caplog.text
    problems = {one.number: one.problem for one in bench.collector.vitals()}
    assert problems[1] == ""
    assert "PASSWORD_TWO" in problems[2]
    assert sorted("PASSWORD_TWO" in one.problem for one in bench.listing()) == [False, True]
    assert len(made(BOX + other, owner="two", environ={"REPLYDESK_IMAP_PASSWORD_TWO": "x"}).processes) == 1


# Processes


def test_a_process_that_dies_is_replaced_and_the_new_one_hears_nothing_of_the_old_ones_mail(bench):
    bench.opens()
    bench.brings(bench.fetched(1, ONE))
    bench.brings(bench.fetched(2, LARGE))
    left = list(Path(bench.process.options.spool).iterdir())
    bench.process.dies()
    bench.collector.workers()[0][1]()
    assert bench.process.starts == 2
    assert [file for file in left if file.exists()] == []
    assert bench.collector.vitals()[0].problem == "its process died: signal SIGKILL"
    bench.turn()
    assert (bench.told(), bench.rows()) == ([], [])
    assert bench.opens().known == ()


def test_a_process_that_says_nothing_for_long_is_replaced(bench):
    def pass_by(seconds):
        for _ in range(int(seconds)):
            bench.clock += 1
            bench.collector.overdue()

    bench.collector.overdue()
    pass_by(DEAF - 1)
    bench.process.line.send(Alive())
    pass_by(DEAF - 1)
    assert bench.process.starts == 1
    pass_by(5)
    assert bench.process.starts == 2
    pass_by(DEAF - 5)
    assert bench.process.starts == 2


def test_who_was_away_blames_nobodys_silence(bench):
    bench.collector.overdue()
    bench.clock += 10 * DEAF
    bench.collector.overdue()
    assert bench.process.starts == 1


ODD = {
    "a uid of nobody": lambda b: [b.fetched(0, ONE)],
    "a uid beyond all": lambda b: [b.fetched(1 << 32, ONE)],
    "a uid that is true": lambda b: [b.fetched(True, ONE)],
    "a uid twice": lambda b: [b.fetched(1, ONE), b.fetched(1, TWO)],
    "a token twice": lambda b: [b.fetched(1, ONE, token=1), b.fetched(2, TWO, token=1)],
    "a door that it is not": lambda b: [b.fetched(1, ONE, door="smtp")],
    "another mailbox": lambda b: [b.fetched(1, ONE, client="127.0.0.1")],
    "a login": lambda b: [b.fetched(1, ONE, login="anastasia@desk.example")],
    "no recipient": lambda b: [b.fetched(1, ONE, recipients=())],
    "too many recipients": lambda b: [b.fetched(1, ONE, recipients=("support@desk.example",) * 101)],
    "a recipient that is none": lambda b: [b.fetched(1, ONE, recipients=(7,))],
    "half a character": lambda b: [b.fetched(1, ONE, sender="a\ud800@b.example")],
    "NUL": lambda b: [b.fetched(1, ONE, sender="a\0@b.example")],
    "a time of nowhere": lambda b: [b.fetched(1, ONE, received_at=NOW.replace(tzinfo=None))],
    "another year": lambda b: [b.fetched(1, ONE, received_at=NOW - timedelta(days=400))],
    "a file of somebody else": lambda b: [b.fetched(1, b"", spooled=Spooled("/etc/passwd", 10, "0" * 64))],
    "a file above its folder": lambda b: [
        b.fetched(1, b"", spooled=Spooled(f"{b.process.options.spool}/arriving-x/../../secret", 10, "0" * 64))
    ],
    "a file beyond all sizes": lambda b: [
        b.fetched(1, b"", spooled=Spooled(f"{b.process.options.spool}/arriving-1", 1 << 40, "0" * 64))
    ],
    "no hash": lambda b: [b.fetched(1, b"", spooled=Spooled(f"{b.process.options.spool}/arriving-1", 10, "../../x"))],
    "a wait since nowhere": lambda b: [b.fetched(1, ONE, waited_since=NOW.replace(tzinfo=None))],
    "a wait of years": lambda b: [b.fetched(1, ONE, waited_since=NOW - timedelta(days=400))],
    "a wait until next month": lambda b: [b.fetched(1, ONE, waited_since=NOW + timedelta(days=30))],
    "a wait for a word": lambda b: [b.fetched(1, ONE, waited_since="long")],
    "a reason without end": lambda b: [b.fetched(1, ONE, withheld="x" * 1_001)],
    "what is no message": lambda _: [7],
    "a number": lambda _: 7,
    "none": lambda _: None,
    "an uidvalidity of text": lambda _: Opened("7", 1),
    "an uidnext of nothing": lambda _: Opened(7, 0),
    "numbers that are none": lambda _: Settled((1, -1)),
    "counts below nothing": lambda _: Looked(there=-1, listed=0, known=0, withheld=0, idles=False),
    "trouble for ever": lambda _: Troubled("x", float("nan")),
    "what nobody lists": lambda _: Bait("never"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_makes_no_sense_ends_the_process_and_is_kept_nowhere(bench, what):
    """It reads strangers' mail: who took it over must not get further."""
    bench.opens()
    bench.says(ODD[what](bench))
    assert bench.process.starts == 2
    bench.turn()
    assert (bench.rows(), bench.told()) == ([], [])


def test_more_in_memory_than_a_small_mail_ends_the_process(bench, monkeypatch):
    monkeypatch.setattr(hearsay, "LARGE", len(ONE) - 1)
    bench.opens()
    bench.brings(bench.fetched(1, ONE))
    assert bench.process.starts == 2


def test_messages_of_a_folder_that_nobody_opened_end_the_process(bench):
    bench.brings(bench.fetched(1, ONE))
    assert bench.process.starts == 2


def test_more_than_may_wait_ends_the_process(bench, monkeypatch):
    monkeypatch.setattr(box_module, "MOST", 3)
    bench.opens()
    bench.brings(*(bench.fetched(uid, ONE) for uid in (1, 2, 3)))
    assert bench.process.starts == 1
    bench.brings(bench.fetched(4, ONE))
    assert bench.process.starts == 2


# What people see


def test_a_look_is_said_once_for_each_change_and_louder_where_counts_disagree(bench, caplog):
    caplog.set_level(logging.INFO, "gateway.collection.box")
    whole = Looked(there=12, listed=12, known=12, withheld=0, idles=True)
    for look in (whole, whole, replace(whole, known=11), replace(whole, known=11), whole):
        bench.says(look)
        bench.turn()
    lines = [(r.levelname, r.message) for r in caplog.records if "there=" in r.message]
    agree = ("INFO", "mailbox=1 there=12 known=12 withheld=0")
    assert lines == [agree, ("WARNING", "mailbox=1 there=12 known=11 withheld=0 listed=12"), agree]
    (vitals,) = bench.collector.vitals()
    assert (vitals.there, vitals.listed, vitals.known, vitals.idles, vitals.looked_at) == (12, 12, 12, True, NOW)
    assert vitals.apart_since is None
    (row,) = bench.listing()
    assert (row.there, row.known, row.looked_at) == (12, 12, NOW)


def test_trouble_is_said_until_the_next_look(bench):
    bench.says(Troubled("the server\nsays NO", 30.0))
    bench.turn()
    assert bench.listing()[0].problem == "the server says NO"
    assert (bench.collector.vitals()[0].problem, bench.collector.vitals()[0].since) == ("the server says NO", NOW)
    bench.says(Looked(there=0, listed=0, known=0, withheld=0, idles=False))
    bench.turn()
    assert bench.listing()[0].problem == ""
    assert (bench.collector.vitals()[0].problem, bench.collector.vitals()[0].since) == ("", None)


# The end


def test_at_the_end_what_is_committed_is_moved_and_no_new_process_starts(bench):
    bench.opens()
    (token,) = bench.brings(bench.fetched(1, ONE))
    bench.collector.close()
    bench.turn()
    assert bench.told() == [None, Taken((token,), Fate.KEPT)]
    bench.says(Settled((1,)))
    bench.turn()
    assert bench.collector.busy
    bench.process.dies()
    bench.collector.workers()[0][1]()
    assert not bench.collector.busy
    assert bench.renew().processes == []
