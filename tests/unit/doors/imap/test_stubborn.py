"""Servers that are no enemies and do not do what is asked: full folders, missing rights, estimates for sizes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from gateway.doors.imap.fault import NoMailbox, Throttled
from gateway.doors.imap.look import LONGEST_WAIT
from gateway.doors.imap.words import Opened, Settled, Taken, Troubled
from gateway.doors.words import Fate
from tests.unit.doors.imap.conftest import until
from tests.unit.doors.imap.server import Message, Session

MAIL = b"From: Ann <ann@x.example>\r\nTo: Help <help+k77@desk.example>\r\nSubject: Hi\r\n\r\nHello\r\n"


def _no(code):
    return lambda session, tag, words: session.no(tag, code) or True


@pytest.mark.parametrize("code", ["[OVERQUOTA] Quota exceeded", "[LIMIT] too many keywords", "[NOPERM]", ""])
@pytest.mark.parametrize("after", ["move", "flag"])
def test_a_folder_that_takes_no_more_holds_up_no_mail(serving, collecting, after, code):
    """New mail is taken although nothing can be moved or flagged; nothing is said to be done that is not."""
    server = serving()
    server.add(MAIL)
    server.folders["done"] = []
    server.answers.update({"UID MOVE": _no(code), "UID STORE": _no(code)})
    desk = collecting(server, after=after)
    desk.opens()
    assert [one.uid for one in desk.takes()] == [1]
    assert desk.looked().known == 1
    uid = server.add(MAIL)
    assert [one.uid for one in desk.takes()] == [uid]


def test_new_mail_goes_before_what_an_earlier_life_could_not_move(serving, collecting, monkeypatch):
    monkeypatch.setattr(Throttled, "delays", (0.05,), raising=False)
    server = serving()
    server.add(MAIL)
    server.add(MAIL)
    server.folders["done"] = []
    server.answers["UID MOVE"] = _no("[UNAVAILABLE]")
    desk = collecting(server)
    desk.opens(known=((1, 1),), due=(1,))
    assert [one.uid for one in desk.takes()] == [2]
    assert "UNAVAILABLE" in desk.hear(Troubled).what


@pytest.mark.parametrize("verb", ["UID STORE", "UID EXPUNGE"])
def test_what_was_copied_and_cannot_be_removed_is_not_copied_again(serving, collecting, caplog, verb):
    """Without MOVE each look tries to remove it; the folder does not fill with copies, nor the log with lines."""
    server = serving("IMAP4rev1 UIDPLUS IDLE")
    server.add(MAIL)
    server.answers[verb] = _no("[NOPERM]")
    with caplog.at_level(logging.WARNING):
        desk = collecting(server, poll_seconds=0.05)
        desk.opens()
        desk.takes()
        desk.looked()
        for _ in range(5):
            desk.opens(known=((1, 1),), due=(1,))
            desk.looked()
    assert server.contents("done") == [MAIL]
    assert len([line for line in caplog.messages if "stays as it is" in line]) == 1
    del server.answers[verb]
    desk.opens(known=((1, 1),), due=(1,))
    assert desk.hear(Settled).uids == (1,)
    assert server.uids() == []
    assert server.contents("done") == [MAIL]


def test_another_message_under_the_number_of_a_copied_one_is_copied(serving, collecting):
    """A server may begin its UIDs anew and say nothing: what was not copied is never removed."""
    server = serving("IMAP4rev1 UIDPLUS IDLE")
    server.add(MAIL)
    server.uidnext = 9
    server.answers["UID EXPUNGE"] = _no("[NOPERM]")
    desk = collecting(server, poll_seconds=0.2)
    desk.opens()
    desk.takes()
    desk.looked()
    with server.lock:
        server.folders["INBOX"], server.uidnext = [Message(1, MAIL + b"another\r\n")], 2
        del server.answers["UID EXPUNGE"]
    while True:
        if desk.opens(known=((1, 1),), due=(1,)).uidnext == 2:
            break
        desk.looked()
    desk.hear(Settled)
    assert server.contents("done") == [MAIL, MAIL + b"another\r\n"]


def _read_only(session: Session, tag: str, words: str) -> bool:
    session.send(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n")
    session.ok(tag, "[READ-ONLY] ")
    return True


def test_a_folder_that_may_only_be_read_is_collected_and_left(serving, collecting):
    server = serving()
    server.add(MAIL)
    server.answers["SELECT"] = server.answers["EXAMINE"] = _read_only
    desk = collecting(server, after="leave")
    desk.opens()
    assert [one.uid for one in desk.takes()] == [1]
    desk.hear(Settled)
    assert desk.looked().known == 1


def test_a_folder_that_may_only_be_read_is_said_where_mail_shall_be_moved(serving, collecting):
    server = serving()
    server.answers["SELECT"] = server.answers["EXAMINE"] = _read_only
    assert "may not be written to" in collecting(server, after="move").hear(Troubled).what


@pytest.mark.parametrize("answer", ["NIL", "NO"])
def test_a_size_that_was_an_estimate_is_no_reason_to_give_up(serving, collecting, answer):
    """Exchange announces more than there is; beyond the end some servers give NIL, or refuse."""
    server = serving()
    large = MAIL + b"x" * (3 << 19)
    server.add(large, size=len(large) + 1000)

    def beyond(session: Session, tag: str, words: str) -> bool:
        if f"<{len(large)}." not in words:
            return False
        if answer == "NIL":
            session.send(b"* 1 FETCH (UID 1 BODY[]<%d> NIL)\r\n" % len(large))
            session.ok(tag)
        else:
            session.no(tag)
        return True

    server.answers["UID FETCH"] = beyond
    desk = collecting(server, after="leave")
    desk.opens()
    (one,) = desk.takes()
    assert one.withheld == ""
    assert one.arrived.spooled.size == len(large)


def test_a_folder_whose_name_comes_as_a_literal_is_known(serving, collecting, monkeypatch):
    monkeypatch.setattr(NoMailbox, "delays", (0.05,))
    server = serving()
    server.folders["done"] = []

    def literal(session: Session, tag: str, words: str) -> bool:
        session.send(b'* LIST () "." {4}\r\ndone\r\n')
        session.ok(tag)
        return True

    server.answers["LIST"] = literal
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    desk.takes()
    assert desk.hear(Settled).uids == (1,)
    assert server.heard("CREATE") == 0


def test_a_name_that_can_hold_no_messages_is_no_folder(serving, collecting):
    server = serving()

    def list_(session: Session, tag: str, words: str) -> bool:
        flag = "" if "done" in server.folders else "\\NoSelect"
        session.send(f'* LIST ({flag}) "." "done"\r\n'.encode())
        session.ok(tag)
        return True

    server.answers["LIST"] = list_
    server.add(MAIL)
    desk = collecting(server)
    desk.opens()
    desk.takes()
    assert desk.hear(Settled).uids == (1,)
    assert server.contents("done") == [MAIL]


def test_history_that_nobody_will_answer_is_said_once(serving, collecting, caplog):
    server = serving()
    server.add(MAIL)
    with caplog.at_level(logging.INFO):
        desk = collecting(server, poll_seconds=0.05)
        desk.opens(history_below=2)
        desk.takes(left=True)
        desk.looked()
        desk.opens(known=((1, 1),), history_below=2)
        desk.looked()
    assert len([line for line in caplog.messages if "1 messages that were there at our first look" in line]) == 1


@pytest.mark.parametrize("path", [b"a" * 2000, b"a\0b", b"a\x1b[2Jb", b"\xed\xa0\x80" * 400])
def test_a_return_path_that_is_none_kills_nothing(serving, collecting, path):
    """Where no delivery agent writes one, the author may have: no word of it may end the process."""
    server = serving()
    server.add(b"Return-Path: <" + path + b"@x.example>\r\n" + MAIL)
    desk = collecting(server)
    desk.opens()
    (one,) = desk.takes()
    assert one.arrived.sender == "ann@x.example"
    until(lambda: server.uids() == [])


@pytest.mark.parametrize(
    ("days", "waited"),
    [(3.0, timedelta(days=3)), (400.0, LONGEST_WAIT), (0.001, None), (-5.0, None)],
)
@pytest.mark.parametrize("offset", [timedelta(), timedelta(days=-30)])
def test_how_long_a_message_has_waited_is_told_by_the_desks_clock(serving, collecting, days, waited, offset):
    """The server goes by the clock of the world, and may be wrong; INTERNALDATE is no author's word."""
    server = serving()
    began = datetime.now(UTC)
    server.add(MAIL, at=(began - timedelta(days=days)).strftime("%d-%b-%Y %H:%M:%S +0000"))
    desk = collecting(server, clock_offset=offset)
    desk.opens()
    (one,) = desk.takes()
    if waited is None:
        assert one.waited_since is None
    else:
        meanwhile = datetime.now(UTC) - began + timedelta(seconds=1)  # INTERNALDATE has no fractions
        assert waited <= one.arrived.received_at - one.waited_since <= waited + meanwhile


@pytest.mark.parametrize("at", ["01-Jan-0001 00:00:00 +1400", "31-Dec-9999 23:59:59 -1200", "99-Foo-2026", ""])
def test_a_date_of_nowhere_costs_nothing(serving, collecting, at):
    server = serving()
    server.add(MAIL, at=at)
    desk = collecting(server)
    desk.opens(since=datetime(2026, 6, 1, tzinfo=UTC))
    assert [one.uid for one in desk.takes(left=True)] == [1]


def test_a_server_that_never_says_uidnext_does_not_begin_anew_at_each_look(serving, collecting):
    """A UIDNEXT that goes back would be another generation of the folder, in which nothing is known by its number."""
    server = serving()

    def select(session: Session, tag: str, words: str) -> bool:
        there = len(server.folders["INBOX"])
        session.send(f"* {there} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n".encode())
        session.ok(tag)
        return True

    server.answers.update({"SELECT": select, "STATUS": _no("")})
    server.add(MAIL)
    desk = collecting(server, poll_seconds=0.3)
    assert desk.opens().uidnext == 2
    desk.takes()
    desk.hear(Settled)
    desk.looked()
    server.add(MAIL)  # by IDLE, or by a look that begins just now
    found = desk.hear_amid_looks(list)
    desk.say(Taken(tuple(one.arrived.token for one in found), Fate.KEPT))
    assert desk.hear(Settled).uids == (2,)
    assert desk.hear_amid_looks(Opened).uidnext == 3


def test_a_server_that_gives_nothing_is_not_asked_for_everything(serving, collecting):
    server = serving()
    for _ in range(150):
        server.add(MAIL)
    server.answers["UID FETCH"] = lambda session, tag, words: "BODY" in words and (session.no(tag) or True)
    desk = collecting(server)
    desk.opens()
    assert desk.looked().known == 0
    assert server.heard("BODY.PEEK[]<") == 50


@pytest.mark.parametrize("size", [None, 100], ids=["announced", "announced too small"])
def test_the_limit_counts_for_small_messages_too(serving, collecting, size):
    """`smtp.max_size` may be less than what is fetched together (seen by an operator: 216 kB under a limit of 100)."""
    server = serving()
    server.add(MAIL + b"x" * 216_000, size=size)
    server.add(MAIL)
    desk = collecting(server, max_size=100_000)
    desk.opens()
    came = {}
    while len(came) < 2:
        came |= {one.uid: one.withheld for one in desk.takes()}
        desk.hear(Settled)
    assert "more than smtp.max_size" in came[1]
    assert came[2] == ""
