"""The process of a mailbox from its first look to its end: one file, although long, as it is one life in its order."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from gateway.doors.imap.fault import NoMailbox
from gateway.doors.imap.words import Known, Looked, Opened, Settled, Taken, Troubled
from gateway.doors.words import Fate
from tests.unit.doors.imap.conftest import until

MAIL = b"From: Ann <ann@x.example>\r\nTo: Help <help+k77@desk.example>\r\nSubject: Hi\r\n\r\nHello\r\n"


def test_mail_is_handed_over_and_moved_only_when_it_is_kept(serving, collecting):
    server = serving()
    server.add(MAIL)
    server.add(MAIL + b"two\r\n")
    desk = collecting(server)
    opened = desk.opens()
    assert (opened.uidvalidity, opened.uidnext) == (7, 3)
    found = desk.hear(list)
    assert server.uids() == [1, 2]
    assert [one.uid for one in found] == [1, 2]
    assert found[0].arrived.content == MAIL
    assert found[0].arrived.sender == "ann@x.example"
    assert found[0].arrived.recipients == ("help+k77@desk.example",)
    assert (found[0].arrived.door, found[0].arrived.client) == ("imap", "help at 127.0.0.1, INBOX")
    assert not found[0].history
    desk.say(Taken(tuple(one.arrived.token for one in found), Fate.KEPT))
    assert desk.hear(Settled).uids == (1, 2)
    assert server.contents("done") == [MAIL, MAIL + b"two\r\n"]
    assert server.uids() == []
    assert server.subscribed == ["done"]
    assert desk.looked() == Looked(there=2, listed=2, known=2, withheld=0, idles=True)
    assert server.heard("\\Seen") == 0
    assert server.heard("BODY[]") == server.heard("BODY.PEEK[]<") == 0
    until(desk.idles)
    desk.end()
    assert server.said[-2:] == ["DONE", server.said[-1]]
    assert "LOGOUT" in server.said[-1]


def test_new_mail_comes_by_idle_without_a_whole_look(serving, collecting):
    server = serving()
    server.add(MAIL)
    desk = collecting(server, after="leave")
    desk.opens(known=((1, 1),))
    desk.looked()
    for _ in range(3):
        until(desk.idles)
        uid = server.add(MAIL)
        assert [one.uid for one in desk.takes()] == [uid]
        assert desk.hear(Settled).uids == (uid,)
    assert server.heard("SELECT") == 1


def test_history_is_handed_over_and_never_touched(serving, collecting):
    server = serving()
    server.add(MAIL)
    server.add(MAIL)
    desk = collecting(server)
    desk.opens(history_below=2)
    new, old = desk.takes(), None
    assert [(one.uid, one.history) for one in new] == [(2, False)]
    assert desk.hear(Settled).uids == (2,)
    old = desk.takes(left=True)
    assert [(one.uid, one.history) for one in old] == [(1, True)]
    assert desk.looked().known == 2
    assert server.uids() == [1]


def test_what_came_before_we_first_looked_is_history_in_a_later_generation(serving, collecting):
    server = serving()
    server.add(MAIL, at="01-Jan-2026 00:00:00 +0000")
    server.add(MAIL)
    desk = collecting(server)
    desk.opens(since=datetime(2026, 6, 1, tzinfo=UTC))
    assert [(one.uid, one.history) for one in desk.takes(left=True)] == [(1, True), (2, False)]


def test_what_an_earlier_life_left_due_is_moved_or_settled_when_gone(serving, collecting):
    server = serving()
    server.add(MAIL)
    server.add(MAIL)
    desk = collecting(server)
    desk.opens(known=((1, 9),), due=(1, 2, 9), refused=frozenset({2}))
    assert set(desk.hear(Settled).uids) == {1, 2, 9}
    desk.looked()
    assert len(server.contents("done")) == 1
    refused = server.contents("refused")
    assert len(refused) == 2
    assert b"Subject: Not taken" in refused[1]


def test_mail_that_cannot_be_kept_now_is_offered_again_with_another_token(serving, collecting):
    server = serving()
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    (first,) = desk.takes(Fate.LATER)
    assert server.uids() == [1]
    (second,) = desk.takes()
    assert second.arrived.content == first.arrived.content
    assert second.arrived.token != first.arrived.token
    desk.hear(Settled)


def test_flagging_sets_the_flag_after_the_commit_only(serving, collecting):
    server = serving()
    server.add(MAIL)
    desk = collecting(server, after="flag")
    desk.opens()
    desk.takes(Fate.LATER)
    assert server.folders["INBOX"][0].flags == set()
    desk.takes()
    desk.hear(Settled)
    assert server.folders["INBOX"][0].flags == {"\\Seen"}
    assert server.heard("+FLAGS.SILENT (\\Seen)") == 1


def test_a_large_message_goes_through_the_spool_whatever_size_was_announced(serving, collecting, tmp_path, monkeypatch):
    server = serving()
    large = MAIL + b"x" * (2 << 20)
    monkeypatch.setattr(NoMailbox, "delays", (0.1,))
    for size in (None, 100, 1 << 30):
        server.add(large, size=size)
    desk = collecting(server, after="leave")
    desk.opens()
    for uid in (1, 2, 3):
        if uid == 2:
            assert "announces a literal" in desk.hear(Troubled).what
            desk.opens(known=((1, 1),))
        (one,) = desk.takes()
        assert one.uid == uid
        assert one.arrived.content == b""
        spooled = one.arrived.spooled
        file = Path(spooled.path)
        assert file.parent == tmp_path / "spool"
        assert file.name.startswith("arriving-")
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_bytes() == large
        assert (spooled.size, spooled.sha256) == (len(large), hashlib.sha256(large).hexdigest())
        assert one.arrived.recipients == ("help+k77@desk.example",)
        desk.hear(Settled)


def test_a_message_over_the_limit_is_told_by_its_header_and_set_aside_with_a_note(serving, collecting, tmp_path):
    server = serving()
    server.add(MAIL + b"x" * (4 << 20))
    server.add(MAIL)
    desk = collecting(server, after="leave")
    desk.opens()
    (one,) = desk.takes()
    assert one.arrived.content == MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert one.withheld == (
        "it has 5 MB, more than smtp.max_size; it lies in the folder refused of help at 127.0.0.1, INBOX"
    )
    assert desk.hear(Settled).uids == (1,)
    desk.takes()
    desk.hear(Settled)
    assert desk.looked().withheld == 1
    big, note = server.contents("refused")
    assert len(big) > 4 << 20
    assert b"Subject: Not taken: it has 5 MB, more than smtp.max_size\r\n" in note
    assert b"From: help@desk.example\r\n" in note
    assert list((tmp_path / "spool").glob("*")) == []


def test_without_move_messages_are_copied_and_only_ours_are_removed(serving, collecting):
    server = serving("IMAP4rev1 UIDPLUS")
    server.add(MAIL)
    server.add(MAIL)
    server.folders["INBOX"][1].flags.add("\\Deleted")
    desk = collecting(server)
    desk.opens(known=((2, 2),))
    desk.takes()
    assert desk.hear(Settled).uids == (1,)
    assert server.uids() == [2]
    assert server.contents("done") == [MAIL]


def test_without_uidplus_nobody_elses_deleted_message_is_expunged(serving, collecting):
    server = serving("IMAP4rev1")
    server.add(MAIL)
    server.add(MAIL)
    server.folders["INBOX"][1].flags.add("\\Deleted")
    desk = collecting(server)
    desk.opens(known=((2, 2),))
    desk.takes()
    assert desk.hear(Settled).uids == (1,)
    assert server.uids() == [1, 2]
    assert server.heard(" EXPUNGE") == 0
    assert server.contents("done") == [MAIL]


def test_without_uidplus_ours_are_expunged_when_nobody_else_has_marked_any(serving, collecting):
    server = serving("IMAP4rev1")
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    desk.takes()
    desk.hear(Settled)
    assert server.uids() == []


def test_a_folder_is_made_under_the_prefix_where_the_server_wants_one(serving, collecting):
    server = serving()
    server.answers["CREATE"] = lambda session, tag, words: (
        not words.startswith('"INBOX.') and (session.no(tag, "[CANNOT]") or True)
    )
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    desk.takes()
    desk.hear(Settled)
    assert server.contents("INBOX.done") == [MAIL]


def test_a_move_that_is_refused_stops_nothing_and_is_not_settled(serving, collecting):
    server = serving()
    server.answers["CREATE"] = lambda session, tag, words: session.no(tag, "[NOPERM]") or True
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    desk.takes()
    assert desk.looked().known == 1
    uid = server.add(MAIL)
    assert [one.uid for one in desk.takes()] == [uid]


def test_a_folder_that_is_missing_is_said_with_what_to_do(serving, collecting):
    desk = collecting(serving(), folder="Nowhere")
    trouble = desk.hear(Troubled)
    assert trouble.what == "the server does not open the folder 'Nowhere' (NONEXISTENT): name one that is there"
    assert trouble.seconds == 22.5


def test_a_message_that_vanishes_is_no_trouble(serving, collecting):
    server = serving()
    server.add(MAIL)
    server.add(MAIL)

    def vanish(session, tag, words):
        if "BODY" in words and server.uids() == [1, 2]:
            del server.folders["INBOX"][0]
        return False

    server.answers["UID FETCH"] = vanish
    desk = collecting(server)
    desk.opens()
    assert [one.uid for one in desk.takes()] == [2]
    desk.hear(Settled)
    assert desk.looked() == Looked(there=1, listed=1, known=1, withheld=0, idles=True)


def test_whoever_does_not_give_the_bytes_of_one_message_holds_up_no_other(serving, collecting):
    server = serving()
    for _ in range(3):
        server.add(MAIL)
    server.answers["UID FETCH"] = lambda session, tag, words: (
        "BODY" in words and words.split()[0] in ("2", "1,2,3") and (session.no(tag) or True)
    )
    desk = collecting(server, after="leave", poll_seconds=0.2)
    desk.opens()
    for uid in (1, 3):
        assert [one.uid for one in desk.takes()] == [uid]
        desk.hear(Settled)
    assert desk.looked() == Looked(there=3, listed=3, known=2, withheld=0, idles=True)
    desk.opens(known=((1, 1), (3, 3)))
    assert desk.looked().known == 2
    desk.opens(known=((1, 1), (3, 3)))
    (poison,) = desk.takes()
    assert poison.uid == 2
    assert poison.withheld.startswith("the server does not give its bytes: it was asked 3 times; it lies in")
    assert poison.arrived.content == b""
    desk.hear(Settled)
    assert len(server.contents("refused")) == 2


def test_a_server_that_gives_nothing_for_a_while_loses_no_message(serving, collecting, monkeypatch):
    """Its storage is away for more than three looks: that is no fault of the messages."""
    server = serving()
    for _ in range(3):
        server.add(MAIL)
    server.answers["UID FETCH"] = lambda session, tag, words: (
        "BODY" in words and (session.no(tag, "[SERVERBUG] Internal error") or True)
    )
    desk = collecting(server, after="leave", poll_seconds=0.05)
    for _ in range(6):
        desk.opens()
        assert desk.looked().known == 0
    del server.answers["UID FETCH"]
    desk.opens()
    while not (found := desk.hear(object)) or isinstance(found, Looked | Opened):
        if isinstance(found, Opened):
            desk.say(Known(known=(), due=(), history_below=1, since=None, answers=found))
    assert [(one.uid, one.withheld) for one in found] == [(1, ""), (2, ""), (3, "")]


def test_messages_that_are_never_given_are_given_up_some_day(serving, collecting, monkeypatch):
    monkeypatch.setattr("gateway.doors.imap.fetching.PATIENCE", 0.5)
    server = serving()
    for _ in range(2):
        server.add(MAIL)
    server.answers["UID FETCH"] = lambda session, tag, words: "BODY" in words and (session.no(tag) or True)
    desk = collecting(server, after="leave", poll_seconds=0.05)
    while not (found := desk.hear(object)) or isinstance(found, Looked | Opened):
        if isinstance(found, Opened):
            desk.say(Known(known=(), due=(), history_below=1, since=None, answers=found))
    assert "does not give its bytes" in found[0].withheld


def test_another_uidvalidity_is_another_look(serving, collecting):
    server = serving()
    server.add(MAIL)

    def begin_anew(session, tag, words):
        server.uidvalidity = 8
        return False

    server.answers["IDLE"] = begin_anew
    desk = collecting(server, after="leave", poll_seconds=1)
    assert desk.opens().uidvalidity == 7
    desk.takes()
    desk.hear(Settled)
    desk.looked()
    assert desk.opens(known=()).uidvalidity == 8
    assert [one.uid for one in desk.takes()] == [1]


def test_an_answer_to_an_earlier_look_moves_nothing(serving, collecting):
    """A connection broke while it waited for the daemon, and the folder was made anew meanwhile."""
    server = serving()
    uid = server.add(MAIL)
    desk = collecting(server, after="move")
    opened = desk.hear(Opened)
    stale = Known(known=((uid, uid),), due=(uid,), history_below=1, since=None, answers=Opened(6, opened.uidnext))
    desk.say(stale)
    desk.say(replace(stale, known=(), due=(), answers=opened))
    assert [one.uid for one in desk.takes()] == [uid]
    assert desk.hear(Settled).uids == (uid,)


def test_a_count_and_a_list_that_disagree_are_told(serving, collecting, caplog):
    server = serving()
    server.add(MAIL)
    server.answers["UID SEARCH"] = lambda session, tag, words: (
        words.endswith("ALL") and (session.send(b'* ESEARCH (TAG "x") UID ALL 1,3\r\n') or session.ok(tag) or True)
    )
    desk = collecting(server)
    desk.opens(known=((1, 3),))
    assert (looked := desk.looked()).there == 1
    assert looked.listed == 2
    assert [record for record in caplog.records if "counts 1 messages and lists 2" in record.message]
    assert server.heard("SELECT") == 3


def test_servers_without_idle_are_polled(serving, collecting):
    server = serving("IMAP4rev1")
    desk = collecting(server, poll_seconds=1)
    desk.opens()
    assert not desk.looked().idles
    uid = server.add(MAIL)  # a look may have begun by now
    assert [one.uid for one in desk.hear_amid_looks(list)] == [uid]
    assert server.heard("IDLE") == 0


def test_idle_is_renewed_and_ends_at_the_whole_look(serving, collecting, monkeypatch):
    server = serving()
    desk = collecting(server, poll_seconds=1)
    desk.opens()
    desk.looked()
    desk.hear(Opened)
    assert server.heard("DONE") == server.heard(" IDLE") <= 1
    assert server.heard("SELECT") == 2
    monkeypatch.setattr("gateway.doors.imap.process.RENEW_SECONDS", 0.05)
    server = serving()
    desk = collecting(server)
    desk.opens()
    desk.looked()
    until(lambda: server.heard("DONE") >= 4)
    assert server.heard("SELECT") == 1


def test_idle_that_is_offered_and_refused_is_polled(serving, collecting):
    server = serving()
    server.answers["IDLE"] = lambda session, tag, words: session.no(tag) or True
    desk = collecting(server, poll_seconds=1)
    desk.opens()
    desk.looked()
    desk.opens()
    assert not desk.looked().idles
    assert server.heard("IDLE") == 1


def test_a_slow_daemon_is_waited_for_and_told_that_we_live(serving, collecting, monkeypatch):
    monkeypatch.setattr("gateway.doors.imap.look.KEEP_ALIVE_SECONDS", 0.5)
    server = serving()
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    found = desk.hear(list)
    until(lambda: server.heard("NOOP") >= 1)
    until(desk.gives_sign)
    assert desk.is_silent(0.5)
    desk.say(Taken((found[0].arrived.token,), Fate.KEPT))
    desk.hear(Settled)


def test_what_is_kept_is_moved_even_when_we_shall_end(serving, collecting):
    server = serving()
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    desk.takes()
    desk.end()
    assert server.contents("done") == [MAIL]


def test_new_mail_that_is_announced_again_and_again_is_not_looked_for_without_end(serving, collecting):
    server = serving()
    count = iter(range(1, 10_000))

    def announce(session, tag, words):
        session.send(b"+ idling\r\n* %d EXISTS\r\n" % next(count))
        return False

    server.answers["IDLE"] = announce
    desk = collecting(server)
    desk.opens()
    desk.looked()
    assert desk.is_silent(1.0)
    assert server.heard("IDLE") <= 12
