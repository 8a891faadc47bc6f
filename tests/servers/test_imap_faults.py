"""A desk that collects mail while a server, a line or a mail is bad: nothing stops, nothing is lost, all is said."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from store.tables import journal, mailboxes, outbox
from tests.servers.dovecot import PASSWORD
from tests.servers.requirement import is_long
from tests.servers.serving import letter
from tests.servers.test_imap import HOUR, _looked
from tests.servers.tripwire import Tripwire

MEGABYTE = 1 << 20


@pytest.fixture
def tripwire(dovecot):
    """A line to the Dovecot that is not encrypted, so that something may be said in its place."""
    one = Tripwire(dovecot.port)
    yield one
    one.close()


def _troubled(desk, words, seconds=30):
    """Wait until a mailbox has a problem that says so."""

    def look():
        return [row.problem for row in desk.rows(mailboxes) if row.problem and words in row.problem]

    return desk.wait(look, f"problem with {words!r}", seconds)[0]


# Mail


def _poison():
    """Mails that somebody might find hard to take, by name."""
    head = b"From: Poison <poison@northwind.example>\r\nTo: support@desk.example\r\nSubject: %s\r\n"
    parts = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 100_000 + b"--b--\r\n"
    return {
        "line of a megabyte": head % b"line" + b"\r\n" + b"x" * MEGABYTE + b"\r\n",
        "hundred thousand parts": head % b"parts" + parts,
        "NUL bytes": head % b"nul" + b"\r\na\0b\0\r\n",
        "8-bit garbage": bytes(range(1, 256)) * 40,
        "no headers": b"\r\nwords alone\r\n",
        "nothing at all": b"",
        "endless header": b"X-Long: " + b"y" * 300_000 + b"\r\n" + head % b"header" + b"\r\nwords\r\n",
        "no line ends": b"z" * 100_000,
        "headers that lie": head % b"lies" + b"Return-Path: <a@b\0c>\r\nDelivered-To: \xff\xfe\r\n\r\nwords\r\n",
    }


def test_poison_stops_nothing_and_each_mail_has_its_verdict(desk, dovecot):
    """Twenty good mails with poison between them; the one that is too large and the one that no reader survives too."""
    one = desk(quiet=True, SMTP__MAX_SIZE=str(3 * MEGABYTE), READER__MEMORY_MB="128", READER__DEADLINE="3")
    one.collect(**dovecot.table(), after="move", backlog="new", poll_seconds=2)
    poison = _poison()
    hostile = [*poison.values(), letter("huge", words="h" * 70 + "\r\n" + ("i" * 900 + "\r\n") * 4_600)]
    for number in range(20):
        dovecot.deliver(letter(number))
        if number % 2 and hostile:
            dovecot.deliver(hostile.pop())
    one.start()
    rows = one.decided(30)
    assert len(rows) == 30
    good = {f"c{number}@northwind.example" for number in range(20)}
    assert Counter(row.verdict for row in rows if row.envelope_from in good) == {"ticket-created": 20}
    (huge,) = [row for row in rows if row.withheld]
    assert huge.verdict == "unreadable"
    assert "smtp.max_size" in huge.withheld
    assert "smtp.max_size" in huge.reason
    alarms = one.wait(lambda: [row for row in one.rows(outbox) if row.purpose == "alarm"], "alarm")
    assert {row.to_address for row in alarms} == {"ops@desk.example"}
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    refused = dovecot.messages("replydesk-refused")
    notes = [mail for mail in refused if str(mail["Subject"]).startswith("Not taken:")]
    assert len(refused) == 2
    assert "smtp.max_size" in str(notes[0]["Subject"]) + notes[0].get_content()
    assert [mail["Message-ID"] for mail in refused if mail not in notes] == ["<huge@northwind.example>"]
    assert len(dovecot.files("replydesk-done")) == 29
    _looked(one, 0, 0)
    dovecot.deliver(letter("later"))
    assert one.decided(31)[-1].verdict == "ticket-created"


def test_a_collected_mail_that_no_reader_survives_is_unreadable_and_those_around_it_are_fine(desk, dovecot):
    one = desk(quiet=True, READER__MEMORY_MB="128", SMTP__MAX_SIZE=str(80 * MEGABYTE))
    one.collect(**dovecot.table(), after="move", backlog="new", poll_seconds=2, timeout=60)
    dovecot.deliver(letter("before"))
    dovecot.deliver(letter("poison", words="x" * 70 + "\r\n" + ("y" * 900 + "\r\n") * 60_000))
    dovecot.deliver(letter("after"))
    one.start()
    rows = {row.envelope_from: row for row in one.decided(3)}
    assert {sender: row.verdict for sender, row in rows.items()} == {
        "cbefore@northwind.example": "ticket-created",
        "cpoison@northwind.example": "unreadable",
        "cafter@northwind.example": "ticket-created",
    }
    assert rows["cpoison@northwind.example"].withheld == "", "all of its bytes are here"
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    assert len(dovecot.files("replydesk-done")) == 3


def test_a_mail_that_is_deleted_between_the_list_and_the_fetch_stops_nothing(desk, dovecot, tripwire):
    """Zammad #1662: the message vanishes while it is fetched."""
    gone = []

    def delete_first(tag, command):
        if command.startswith(b"UID FETCH") and b"BODY" in command and not gone:
            gone.append(command)
            with dovecot.client() as person:
                person.select()
                person.uid("STORE", "2", "+FLAGS", r"(\Deleted)")
                person.expunge()

    tripwire.says = delete_first
    for number in range(3):
        dovecot.deliver(letter(number))
    one = desk(quiet=True)
    one.collect(**{**dovecot.table(tls="none"), "port": tripwire.port}, after="move", backlog="new", poll_seconds=2)
    one.start()
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    _looked(one, 0, 0)
    assert gone, "the test has deleted nothing in time"
    taken = sorted(row.message_id for row in one.decided(2))
    kept = sorted(str(mail["Message-ID"]) for mail in dovecot.messages("replydesk-done"))
    assert taken == kept
    assert {"<0@northwind.example>", "<2@northwind.example>"} <= set(taken)


# Servers


def test_a_folder_that_is_missing_is_said_and_collected_once_it_is_there(desk, dovecot):
    one = desk(quiet=True).collect(**dovecot.table(), folder="Tickets", backlog="new", poll_seconds=2)
    one.collect(**dovecot.table("billing", to="billing@desk.example"), backlog="new", poll_seconds=2)
    one.start()
    _troubled(one, "the server does not open the folder 'Tickets'")
    dovecot.deliver(letter(1), account="billing")
    one.send(letter(2), "c2@northwind.example")
    assert [row.verdict for row in one.decided(2)] == ["ticket-created"] * 2
    dovecot.deliver(letter(3), "Tickets")
    assert one.decided(3)[-1].verdict == "ticket-created"
    one.wait(lambda: not any(row.problem for row in one.rows(mailboxes)), "mailboxes without a problem")


def test_a_password_that_is_wrong_is_said_and_taken_anew_from_its_file(desk, dovecot):
    """Without a new start; and no password stands in the log or in the problem."""
    one = desk(quiet=True).collect(**dovecot.table(), backlog="new", poll_seconds=2)
    file = dovecot.folder / "password"
    file.write_text("not-the-word\n")
    one.start()
    problem = _troubled(one, "log")
    dovecot.deliver(letter(1))
    one.send(letter(2), "c2@northwind.example")
    one.decided(1)
    logins = dovecot.log().count("auth failed")
    time.sleep(3)
    assert dovecot.log().count("auth failed") - logins <= 1, "a refused login is not tried again and again"
    file.write_text(f"{PASSWORD}\n")
    one.decided(2)
    assert "not-the-word" not in one.log() + problem
    assert PASSWORD not in one.log() + problem


def test_a_server_that_goes_away_and_comes_back(desk, dovecot):
    one = desk(quiet=True).collect(**dovecot.table(), after="move", poll_seconds=2).start()
    _looked(one, 0, 0)
    dovecot.stop()
    _troubled(one, "")
    one.send(letter(1), "c1@northwind.example")
    one.decided(1)
    dovecot.deliver(letter(2))
    dovecot.start()
    assert [row.door for row in one.decided(2)] == ["smtp", "imap"]
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    one.wait(lambda: not one.rows(mailboxes)[0].problem, "mailbox without a problem")


def test_a_server_that_freezes_holds_up_neither_the_other_mailbox_nor_the_door(desk, dovecot, tripwire):
    one = desk(quiet=True)
    one.collect(**{**dovecot.table(tls="none"), "port": tripwire.port}, after="move", poll_seconds=2, timeout=5)
    one.collect(**dovecot.table("billing", to="billing@desk.example"), after="move", poll_seconds=2)
    one.start()
    one.wait(lambda: sum(bool(row.looked_at) for row in one.rows(mailboxes)) == 2, "look at both")
    tripwire.freeze()
    dovecot.deliver(letter(1))
    dovecot.deliver(letter(2), account="billing")
    one.send(letter(3), "c3@northwind.example")
    rows = one.decided(2)
    assert sorted(row.message_id for row in rows) == ["<2@northwind.example>", "<3@northwind.example>"]
    tripwire.thaw()
    one.decided(3)
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    assert len(one.rows(journal)) == 3


def test_a_line_that_is_cut_at_every_command_costs_time_and_no_mail(desk, dovecot, tripwire):
    """Cut before the first FETCH, the first STORE or MOVE, and after IDLE; each message is one row."""
    cut: set[bytes] = set()

    def cut_once(tag, command):
        word = command.split(b" ")[1] if command.startswith(b"UID ") else command
        if word in (b"FETCH", b"MOVE", b"STORE") and word not in cut:
            cut.add(word)
            tripwire.cut()
            return b""
        return None

    tripwire.says = cut_once
    for number in range(10):
        dovecot.deliver(letter(number))
    one = desk(quiet=True)
    one.collect(**{**dovecot.table(tls="none"), "port": tripwire.port}, after="move", backlog="new", poll_seconds=2)
    one.start()
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    _looked(one, 0, 0)
    assert len(one.decided(10)) == 10
    assert cut >= {b"FETCH", b"MOVE"}
    assert len(dovecot.files("replydesk-done")) == 10


def test_a_server_that_throttles_is_left_in_peace_and_taken_up_again(desk, dovecot, tripwire):
    """Microsoft 365 and Gmail say NO for a while: it is said, nobody hammers, and it goes on where it was."""
    refused = []

    def throttle(tag, command):
        if command.startswith(b"UID FETCH") and len(refused) < 1:
            refused.append(command)
            return tag + b" NO [THROTTLED] Account exceeded command or bandwidth limits.\r\n"
        return None

    tripwire.says = throttle
    dovecot.deliver(letter(1))
    one = desk(quiet=True)
    one.collect(**{**dovecot.table(tls="none"), "port": tripwire.port}, after="move", backlog="new", poll_seconds=2)
    one.start()
    _troubled(one, "the server asks for fewer commands (THROTTLED)")
    time.sleep(3)
    assert len(refused) == 1
    assert one.rows(journal) == []
    if is_long():
        one.decided(1)
        one.wait(lambda: dovecot.uids() == [], "empty INBOX")


def test_a_restored_folder_is_known_again_by_its_bytes(desk, dovecot):
    """A new UIDVALIDITY in the middle of IDLE, other UIDs: what was taken keeps its row; what is new is taken."""
    one = desk(quiet=True).collect(**dovecot.table(), after="flag", backlog="new", poll_seconds=2).start()
    for number in range(5):
        dovecot.deliver(letter(number))
    dovecot.deliver(letter(0))  # the same bytes twice are two messages
    one.decided(6)
    _looked(one, 6, 6)
    dovecot.reset_uidvalidity()
    dovecot.deliver(letter("new"))
    one.decided(7)
    _looked(one, 7, 7)
    assert len(one.rows(journal)) == 7
    assert Counter(row.verdict for row in one.rows(journal)) == {"ticket-created": 6, "duplicate": 1}
    (row,) = one.rows(mailboxes)
    assert row.generation == 2


def test_an_hour_of_polling_alone_is_not_needed_after_a_new_start(desk, dovecot):
    """What came while nobody looked is there at the first look of the next life."""
    one = desk(quiet=True).collect(**dovecot.table(), after="move", poll_seconds=HOUR).start()
    _looked(one, 0, 0)
    one.kill()
    dovecot.deliver(letter(1))
    one.start()
    (row,) = one.decided(1)
    assert not row.history
