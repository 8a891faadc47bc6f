"""What an earlier look or an earlier life has left: nothing stays in the folder for ever, whatever went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.doors.imap.fault import NoMailbox
from gateway.doors.imap.words import Settled, Taken, Troubled
from gateway.doors.words import LARGE, Fate

MAIL = b"From: Ann <ann@x.example>\r\nTo: Help <help+k77@desk.example>\r\nSubject: Hi\r\n\r\nHello\r\n"


def _empty_lists(server, times):
    """For so many times the server lists nothing, and counts what is there."""
    left = iter(range(times))

    def search(session, tag, words):
        if words.endswith("ALL") and next(left, None) is not None:
            session.send(f'* ESEARCH (TAG "{tag}") UID\r\n'.encode())
            session.ok(tag)
            return True
        return False

    server.answers["UID SEARCH"] = search


def test_what_a_server_forgets_to_list_is_not_taken_for_gone(serving, collecting):
    """Once it counted as moved, it would lie in the folder for ever."""
    server = serving()
    server.add(MAIL)
    server.add(MAIL)
    server.add(MAIL)
    del server.folders["INBOX"][1]
    _empty_lists(server, 3)
    desk = collecting(server, poll_seconds=0.05)
    desk.opens(known=((1, 3),), due=(1, 2))
    assert desk.hear(Settled).uids == (2,), "only this one is"
    desk.looked()
    desk.opens(known=((1, 3),), due=(1,))
    assert desk.hear(Settled).uids == (1,)
    assert server.contents("done") == [MAIL]


def test_whoever_does_not_say_what_is_gone_is_asked_at_the_next_look(serving, collecting):
    server = serving()
    server.add(MAIL)
    _empty_lists(server, 3)
    empty = server.answers["UID SEARCH"]
    server.answers["UID SEARCH"] = lambda session, tag, words: (
        empty(session, tag, words) or ("UID 1" in words and (session.no(tag) or True))
    )
    desk = collecting(server, poll_seconds=0.05)
    desk.opens(known=((1, 1),), due=(1,))
    desk.looked()
    desk.opens(known=((1, 1),), due=(1,))
    assert desk.hear(Settled).uids == (1,)


def _refuse_sets_with(server, poison):
    """A server that moves all of a set or nothing."""

    def move(session, tag, words):
        chosen = {one.uid for one in session.chosen(words.partition(" ")[0])}
        return bool(chosen & poison) and (session.no(tag, "[SERVERBUG]") or True)

    server.answers["UID MOVE"] = move


@pytest.mark.parametrize("poison", [{1}, {37}, {100}, {1, 2, 3, 50, 51, 90}])
def test_one_that_cannot_be_moved_holds_up_no_others(serving, collecting, poison):
    server = serving()
    for _ in range(100):
        server.add(MAIL)
    server.folders["done"] = []
    _refuse_sets_with(server, poison)
    desk = collecting(server, poll_seconds=0.05)
    left = set(range(1, 101))
    for _ in range(4):
        desk.opens(known=((1, 100),), due=tuple(sorted(left)))
        if left == poison:
            break
        left -= set(desk.hear(Settled).uids)
        desk.looked()
    assert set(server.uids()) == left == poison


def test_a_server_that_moves_nothing_is_not_asked_for_each_message(serving, collecting):
    """The folder of what is done may be full for days."""
    server = serving()
    for _ in range(400):
        server.add(MAIL)
    server.folders["done"] = []
    server.answers["UID MOVE"] = lambda session, tag, words: session.no(tag, "[OVERQUOTA]") or True
    desk = collecting(server)
    desk.opens(known=((1, 400),), due=tuple(range(1, 401)))
    desk.looked()
    assert server.heard("UID MOVE") <= 4 + 2 * 32


def test_a_folder_that_somebody_removed_is_made_anew_though_the_server_does_not_say_why(serving, collecting):
    server = serving()
    server.add(MAIL)
    server.answers["UID MOVE"] = lambda session, tag, words: "done" not in server.folders and (session.no(tag) or True)
    desk = collecting(server, poll_seconds=0.05)
    desk.opens()
    desk.takes()
    assert desk.hear(Settled).uids == (1,)
    desk.looked()
    with server.lock:
        del server.folders["done"]
        uid = server.add(MAIL)
    assert [one.uid for one in desk.takes()] == [uid]
    desk.opens(known=((1, uid),), due=(uid,))
    assert desk.hear(Settled).uids == (uid,)
    assert server.contents("done") == [MAIL]


def test_one_that_the_daemon_cannot_keep_holds_up_no_others(serving, collecting, tmp_path):
    server = serving()
    server.add(MAIL + b"x" * LARGE)
    server.add(MAIL)
    desk = collecting(server, poll_seconds=0.3)
    desk.opens()
    (poison,) = desk.hear(list)
    desk.say(Taken((poison.arrived.token,), Fate.LATER, frozenset({poison.arrived.token})))
    assert [one.uid for one in desk.takes()] == [2], "nobody waits for the first one"
    assert desk.hear(Settled).uids == (2,)
    assert desk.looked().known == 1
    desk.opens(known=((2, 2),))
    (again,) = desk.takes()
    assert (again.uid, again.arrived.spooled.size) == (1, len(MAIL) + LARGE)
    assert not Path(poison.arrived.spooled.path).exists()
    assert desk.hear(Settled).uids == (1,)


def test_a_refused_message_has_its_note_though_the_connection_broke_between_move_and_note(
    serving, collecting, monkeypatch
):
    """It is not in the folder any more, and nobody knows whether it was we who moved it: one note too many is better
    than none."""
    monkeypatch.setattr(NoMailbox, "delays", (0.05,))
    server = serving()
    large = MAIL + b"x" * (4 << 20)
    server.add(large)
    server.answers["APPEND"] = lambda session, tag, words: session.hang_up() or True
    desk = collecting(server, after="leave")
    desk.opens()
    (one,) = desk.takes()
    assert one.withheld
    desk.hear(Troubled)
    assert (server.uids(), server.contents("refused")) == ([], [large])
    del server.answers["APPEND"]
    desk.opens(known=((1, 1),), due=(1,), refused=frozenset({1}))
    assert desk.hear(Settled).uids == (1,)
    mail, note = server.contents("refused")
    assert mail == large
    assert b"Subject: Not taken: it could not be taken as it is\r\n" in note
    desk.looked()


def test_what_is_gone_and_was_not_refused_has_no_note(serving, collecting):
    server = serving()
    desk = collecting(server)
    desk.opens(known=((1, 2),), due=(1, 2), refused=frozenset({2}))
    assert desk.hear(Settled).uids == (1, 2)
    assert len(server.contents("refused")) == 1
    assert desk.looked().known == 0
