"""Mailboxes on other servers in the store: each message has one row, whoever looks, whatever the server renumbers."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from store import journal, mailboxes
from store.journal import Received
from store.mailboxes import Found, Stand
from tests.unit.store.samples import NOW, envelope, lease, mail

NAME = "support@desk.example at imap.example.org, INBOX"


def _open(store, uidvalidity=7, uidnext=10, *, keeps_history=False):
    with store.turn() as connection:
        mailboxes.hold(connection, NAME, lease(), NOW)
        return mailboxes.opened(connection, NAME, uidvalidity, uidnext, NOW, keeps_history=keeps_history)


def _offer(store, mailbox, offered, stand=Stand.DUE, withheld=""):
    """Messages as (UID, words): those that the journal has already, as the turn of a box takes them."""
    with store.turn() as connection:
        brought = {
            uid: Received.of(envelope(), mail(words, message_id=f"<{words}@x.example>"), withheld)
            for uid, words in offered
        }
        found = [Found(uid=uid, sha256=one.sha256, stand=stand) for uid, one in brought.items()]
        there = mailboxes.known(connection, mailbox, found)
        new = [one for one in found if one.uid not in there]
        entries = journal.append(connection, [brought[one.uid] for one in new])
        mailboxes.keep(connection, mailbox, [(one, e.id) for one, e in zip(new, entries, strict=True)], NOW)
    return there


def _rows(store):
    with store.look() as connection:
        return len(journal.listing(connection))


def _had(store, mailbox):
    with store.look() as connection:
        return mailboxes.had(connection, mailbox)


def _due(store, mailbox):
    with store.look() as connection:
        return mailboxes.due(connection, mailbox)


def test_what_is_there_at_the_first_look_is_history_where_it_is_kept(store):
    assert _open(store, uidnext=42, keeps_history=True).history_below == 42
    assert _open(store, uidnext=50, keeps_history=True).history_below == 42


def test_nothing_is_history_where_the_backlog_is_new(store):
    mailbox = _open(store, uidnext=42)
    assert (mailbox.history_below, mailbox.generation, mailbox.uidvalidity) == (1, 1, 7)


def test_a_message_is_known_again_by_its_uid(store):
    mailbox = _open(store)
    assert _offer(store, mailbox, [(1, "one"), (2, "two"), (5, "five")]) == {}
    assert _offer(store, mailbox, [(2, "two"), (3, "three")]) == {2: Stand.DUE}
    assert (_rows(store), _had(store, mailbox)) == (4, ((1, 3), (5, 5)))


def test_two_of_the_same_bytes_in_one_folder_are_two(store):
    mailbox = _open(store)
    _offer(store, mailbox, [(1, "same"), (2, "same")])
    assert _rows(store) == 2
    later = _open(store, uidvalidity=8)
    assert len(_offer(store, later, [(1, "same"), (2, "same"), (3, "same")])) == 2
    assert _rows(store) == 3


@pytest.mark.parametrize("change", [{"uidvalidity": 8, "uidnext": 4}, {"uidnext": 3}])
def test_a_renumbered_folder_keeps_its_rows_under_new_numbers(store, change):
    """A new UIDVALIDITY, or a UIDNEXT that went back behind what we have."""
    first = _open(store)
    _offer(store, first, [(1, "one"), (2, "two"), (3, "three")])
    later = _open(store, **change)
    assert (later.generation, later.history_below, _had(store, later)) == (2, 1, ())
    assert _offer(store, later, [(1, "three"), (2, "one"), (4, "four")]) == {1: Stand.DUE, 2: Stand.DUE}
    assert (_rows(store), _had(store, later)) == (4, ((1, 2), (4, 4)))


def test_a_uidnext_that_stands_still_begins_nothing_new(store):
    mailbox = _open(store)
    _offer(store, mailbox, [(9, "nine")])
    assert _open(store, uidnext=10).generation == 1


def test_history_stays_where_it_is_in_every_generation(store):
    first = _open(store, keeps_history=True)
    _offer(store, first, [(1, "old")], stand=Stand.LEFT)
    later = _open(store, uidvalidity=8)
    assert _offer(store, later, [(6, "old")], stand=Stand.DUE) == {6: Stand.LEFT}
    assert _due(store, later) == {}


def test_what_was_no_history_is_none_in_a_later_generation(store):
    """It came in the second of our first look: by its date it might have been there before."""
    first = _open(store, keeps_history=True)
    _offer(store, first, [(11, "new")])
    later = _open(store, uidvalidity=8)
    assert _offer(store, later, [(6, "new")], stand=Stand.LEFT) == {6: Stand.DUE}
    assert _due(store, later) == {6: False}


def test_what_we_moved_and_is_back_after_a_renumbering_is_moved_again(store):
    first = _open(store)
    _offer(store, first, [(1, "one")])
    with store.turn() as connection:
        mailboxes.settled(connection, first, [1])
    assert _due(store, first) == {}
    later = _open(store, uidvalidity=8)
    assert _offer(store, later, [(1, "one")]) == {1: Stand.DUE}
    assert _due(store, later) == {1: False}


def test_what_is_due_says_which_of_it_could_not_be_taken(store):
    mailbox = _open(store)
    _offer(store, mailbox, [(1, "one"), (2, "two")])
    _offer(store, mailbox, [(3, "three")], withheld="the server does not give its bytes")
    assert _due(store, mailbox) == {1: False, 2: False, 3: True}


def test_what_is_due_for_long_is_counted_in_this_generation_only(store):
    def stuck(before):
        with store.look() as connection:
            return mailboxes.stuck(connection, before)

    mailbox = _open(store)
    _offer(store, mailbox, [(1, "one"), (2, "two")])
    assert stuck(NOW) == {}
    assert stuck(NOW + timedelta(seconds=1)) == {mailbox.id: 2}
    with store.turn() as connection:
        mailboxes.settled(connection, mailbox, [2])
    assert stuck(NOW + timedelta(seconds=1)) == {mailbox.id: 1}
    _open(store, uidvalidity=8)
    assert stuck(NOW + timedelta(seconds=1)) == {}


def test_only_what_was_due_is_settled(store):
    mailbox = _open(store)
    _offer(store, mailbox, [(1, "old")], stand=Stand.LEFT)
    _offer(store, mailbox, [(2, "new")])
    with store.turn() as connection:
        mailboxes.settled(connection, mailbox, range(1, 2_000))
    again = [Found(uid=uid, sha256="0" * 64, stand=Stand.DUE) for uid in (1, 2)]
    with store.turn() as connection:
        assert mailboxes.known(connection, mailbox, again) == {1: Stand.LEFT, 2: Stand.DONE}


def test_two_folders_know_nothing_of_each_other(store):
    one = _open(store)
    _offer(store, one, [(1, "one")])
    with store.turn() as connection:
        mailboxes.hold(connection, "another", lease(), NOW)
        other = mailboxes.opened(connection, "another", 7, 10, NOW, keeps_history=False)
    assert _offer(store, other, [(1, "one")]) == {}
    assert _rows(store) == 2


def test_a_folder_is_collected_by_one_machine_until_its_lease_ends(store):
    soon, much_later = NOW + timedelta(seconds=24), NOW + timedelta(seconds=26)

    def holds(owner, at):
        with store.turn() as connection:
            return mailboxes.hold(connection, NAME, replace(lease(owner), until=at + timedelta(seconds=25)), at)

    def is_held(owner):
        with store.turn() as connection:
            return mailboxes.is_held(connection, NAME, owner)

    assert holds("one", NOW)
    assert holds("one", NOW)
    assert not holds("two", soon)
    assert (is_held("one"), is_held("two")) == (True, False)
    assert holds("two", much_later)
    assert (is_held("one"), is_held("two")) == (False, True)
    with store.turn() as connection:
        mailboxes.release(connection, "two", "another")
    assert not holds("one", much_later)
    with store.turn() as connection:
        mailboxes.release(connection, "two")
    assert holds("one", much_later)


def test_after_a_crash_whoever_holds_the_desk_holds_its_folders(store):
    _open(store)
    with store.turn() as connection:
        mailboxes.release_all(connection)
        assert mailboxes.hold(connection, NAME, lease("two"), NOW)


def test_a_problem_stays_until_the_next_look_and_its_counts_stay(store):
    _open(store)
    with store.turn() as connection:
        mailboxes.looked(connection, NAME, NOW, there=4, known=3, withheld=1)
        mailboxes.troubled(connection, NAME, "x" * 2_000)
    with store.look() as connection:
        (found,) = mailboxes.listing(connection)
    assert (found.there, found.known, found.withheld, found.looked_at, len(found.problem)) == (4, 3, 1, NOW, 500)
    with store.turn() as connection:
        mailboxes.looked(connection, NAME, NOW, there=4, known=4, withheld=1)
    with store.look() as connection:
        assert mailboxes.listing(connection)[0].problem == ""


@pytest.mark.parametrize(
    ("ranges", "more", "expected"),
    [
        ((), [], ()),
        ((), [3, 1, 2], ((1, 3),)),
        (((1, 4), (7, 9)), [5, 6], ((1, 9),)),
        (((1, 4), (7, 9)), [2, 8, 11], ((1, 4), (7, 9), (11, 11))),
        (((2, 2), (4, 4)), [3], ((2, 4),)),
    ],
)
def test_runs_are_joined(ranges, more, expected):
    assert mailboxes.joined(ranges, more) == expected


def test_runs_of_the_worst_shape_are_joined_in_time():
    """Every other number of a million: no run is longer than one."""
    ranges = tuple((number, number) for number in range(2, 1_000_002, 2))
    began = time.process_time()
    assert mailboxes.joined(ranges, range(3, 1_000_001, 2)) == ((2, 1_000_000),)
    assert time.process_time() - began < 5
