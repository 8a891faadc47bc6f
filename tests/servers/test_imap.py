"""A desk that collects mail from a real Dovecot: what is taken, what is left alone, what is believed, who shares it."""

from __future__ import annotations

import os
import signal
import time
from email import message_from_bytes, policy

import pytest

from store import blobs
from store.tables import journal, mailboxes, messages, outbox, tickets
from tests.servers.dovecot import Dovecot, absent
from tests.servers.requirement import missing
from tests.servers.serving import letter
from tests.servers.test_postgresql_desk import ANSWER

HOUR = 3600
SIGNED = "Authentication-Results: {name}; dmarc=pass header.from=northwind.example"


def _sent(desk):
    """The mails in the sent Maildir."""
    files = sorted((desk.folder / "data" / "sent" / "new").glob("*"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def _latest(desk, to):
    return desk.wait(lambda: [mail for mail in _sent(desk) if mail["Delivered-To"] == to], f"mail to {to}")[-1]


def _looked(desk, there, known):
    """Wait for a whole look with these counts."""

    def look():
        return [row for row in desk.rows(mailboxes) if row.looked_at and (row.there, row.known) == (there, known)]

    return desk.wait(look, f"look that counts {there} there and {known} known")


def _listed(desk):
    """What is said of the one mailbox; a look that began before a mail was moved still counts it."""
    (row,) = desk.cli("imap", "list")
    return row["there"], row["known"], row["withheld"], row["problem"]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_mail_is_taken_answered_and_moved(desk, dovecot, tls):
    one = desk(quiet=True).collect(**dovecot.table(tls=tls), after="move", poll_seconds=2).start()
    _looked(one, 0, 0)
    dovecot.deliver(letter(1))
    (row,) = one.decided(1)
    assert (row.verdict, row.door, row.history) == ("ticket-created", "imap", False)
    assert row.client == "support at localhost, INBOX"
    assert (row.envelope_from, row.envelope_to) == ("c1@northwind.example", ["support@desk.example"])
    assert _latest(one, "c1@northwind.example")["Subject"] == "[DESK-1001] We have your message"
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    assert [mail["Message-ID"] for mail in dovecot.messages("replydesk-done")] == ["<1@northwind.example>"]
    one.wait(lambda: _listed(one) == (0, 0, 0, ""), "look that finds nothing any more, as `imap list` has it")
    assert one.stop() == 0
    assert "a word of the mailbox" not in one.log()


def test_the_bytes_are_those_of_the_server(desk, dovecot):
    """Lone carriage returns, long lines, 8-bit bytes of no charset: nothing is mended on the way."""
    raw = letter(1, words="\xe4\xf6 \x80 " + "y" * 5000 + "\r\n.\r\n..\r\nFrom here\r\n\tthe end ")
    one = desk(quiet=True).collect(**dovecot.table(), backlog="new", poll_seconds=2).start()
    dovecot.deliver(raw)
    (row,) = one.decided(1)
    store = one.store()
    try:
        with store.look() as connection:
            assert blobs.read(connection, row.sha256) == raw
    finally:
        store.close()


def test_what_is_there_at_the_first_look_is_history_and_is_left_alone(desk, dovecot):
    """Nobody is answered, nothing is moved, not even after a new start; what comes later is new."""
    for number in range(3):
        dovecot.deliver(letter(number))
    one = desk(quiet=True).collect(**dovecot.table(), after="move", poll_seconds=2).start()
    assert [(row.history, row.verdict) for row in one.decided(3)] == [(True, "ticket-created")] * 3
    one.quiet()
    assert [row for row in one.rows(outbox) if row.purpose == "acknowledgement"] == []
    assert one.stop() == 0
    one.start()
    dovecot.deliver(letter("new"))
    assert [row.history for row in one.decided(4)] == [True, True, True, False]
    one.wait(lambda: len(dovecot.uids()) == 3, "folder with the history alone")
    assert _latest(one, "cnew@northwind.example")["Subject"] == "[DESK-1004] We have your message"
    _looked(one, 3, 3)
    assert set(map(frozenset, dovecot.flags().values())) == {frozenset()}
    assert [mail["Message-ID"] for mail in dovecot.messages("replydesk-done")] == ["<new@northwind.example>"]
    assert len(one.rows(journal)) == 4


@pytest.mark.parametrize(("after", "flags"), [("leave", set()), ("flag", {"\\Seen"})])
def test_flags_are_set_after_the_commit_or_not_at_all(desk, dovecot, after, flags):
    """Looking at a mail leaves no trace: while the daemon sleeps the process has the mail, and nobody can see it."""
    one = desk(quiet=True).collect(**dovecot.table(), after=after, poll_seconds=2).start()
    _looked(one, 0, 0)
    os.kill(one.daemon, signal.SIGSTOP)
    dovecot.deliver(letter(1))
    time.sleep(1)
    assert dovecot.flags() == {1: set()}
    os.kill(one.daemon, signal.SIGCONT)
    one.decided(1)
    one.wait(lambda: dovecot.flags() == {1: flags}, f"flags {flags}")
    _looked(one, 1, 1)
    assert one.stop() == 0
    one.start()
    dovecot.deliver(letter(2))
    one.decided(2)
    _looked(one, 2, 2)
    one.wait(lambda: dovecot.flags() == {1: flags, 2: flags}, f"flags {flags}")
    assert len(one.rows(journal)) == 2
    assert [row.purpose for row in one.rows(outbox)] == ["acknowledgement"] * 2


def test_what_a_person_has_read_is_taken_all_the_same(desk, dovecot):
    """And what was there before, unread, is history: \\Seen is a person's business."""
    one = desk(quiet=True).collect(**dovecot.table(), after="move", poll_seconds=2).start()
    _looked(one, 0, 0)
    assert one.stop() == 0
    dovecot.deliver(letter(1))
    with dovecot.client() as person:
        person.select()
        person.uid("STORE", "1", "+FLAGS", r"(\Seen \Answered)")
    one.start()
    (row,) = one.decided(1)
    assert (row.verdict, row.history) == ("ticket-created", False)
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")


def test_a_person_reads_flags_and_deletes_in_the_same_folder(desk, dovecot):
    """A mail program has the folder open all the time: what it deletes in time is not ours, nothing else is lost."""
    one = desk(quiet=True).collect(**dovecot.table(), after="move", poll_seconds=2).start()
    _looked(one, 0, 0)
    deleted = set()
    with dovecot.client() as person:
        person.select()
        for number in range(40):
            dovecot.deliver(letter(number))
            person.noop()
            uids = person.uid("SEARCH", "ALL")[1][0].split()
            if uids and number % 3 == 0:
                person.uid("FETCH", uids[-1], "(BODY[])")
            if uids and number % 5 == 0:
                person.uid("STORE", uids[-1], "+FLAGS", r"(\Flagged)")
            if uids and number % 7 == 0:
                found = person.uid("FETCH", uids[-1], "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1][0]
                person.uid("STORE", uids[-1], "+FLAGS", r"(\Deleted)")
                if found is not None:
                    deleted.add(message_from_bytes(found[1])["Message-ID"])
                person.expunge()
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")
    _looked(one, 0, 0)
    one.quiet()
    taken = [row.message_id for row in one.rows(journal)]
    wanted = {f"<{number}@northwind.example>" for number in range(40)}
    assert len(taken) == len(set(taken))
    assert wanted - set(taken) <= deleted, "what nobody deleted is there"
    moved = sorted(str(mail["Message-ID"]) for mail in dovecot.messages("replydesk-done"))
    assert len(moved) == len(set(moved))
    assert wanted - set(moved) <= deleted
    assert one.rows(mailboxes)[0].problem == ""


def test_a_mail_that_comes_while_we_idle_is_there_at_once(desk, dovecot):
    """The next look by itself is an hour away: only the server's own word can have brought it."""
    one = desk(quiet=True).collect(**dovecot.table(), after="move", poll_seconds=HOUR).start()
    _looked(one, 0, 0)
    for number in range(5):
        dovecot.deliver(letter(number))
        one.decided(number + 1)
    one.wait(lambda: dovecot.uids() == [], "empty INBOX")


# Whom to believe


def _stamped(number, name, *more):
    return "".join(f"{line}\r\n" for line in (SIGNED.format(name=name), *more)).encode() + letter(number)


def test_each_account_believes_its_own_server_alone(desk, dovecot):
    """The topmost header of the account's own name proves the author; the same header anywhere else proves nothing."""
    one = desk(quiet=True)
    one.collect(**dovecot.table(), backlog="new", authserv_id="mx.support.example", poll_seconds=2)
    one.collect(**dovecot.table("billing", to="billing@desk.example"), backlog="new", authserv_id="mx.billing.example")
    one.start()
    below = SIGNED.format(name="mx.support.example")
    dovecot.deliver(_stamped(1, "mx.support.example"))
    dovecot.deliver(_stamped(2, "mx.elsewhere.example"))
    dovecot.deliver(_stamped(3, "mx.desk.example"))
    dovecot.deliver(_stamped(4, "mx.elsewhere.example", below))
    dovecot.deliver(letter(5))
    dovecot.deliver(_stamped(6, "mx.support.example"), account="billing")
    dovecot.deliver(_stamped(7, "mx.billing.example"), account="billing")
    rows = one.decided(7)
    trust = {row.message_id: row.trust for row in rows}
    assert trust == {f"<{number}@northwind.example>": "B" if number in (1, 7) else "D" for number in range(1, 8)}


def test_without_a_name_of_its_server_nobody_is_proven(desk, dovecot):
    one = desk(quiet=True).collect(**dovecot.table(), backlog="new", poll_seconds=2).start()
    dovecot.deliver(_stamped(1, "mx.desk.example"))
    dovecot.deliver(b"Authentication-Results: ; dmarc=pass header.from=northwind.example\r\n" + letter(2))
    assert [row.trust for row in one.decided(2)] == ["D", "D"]


def test_a_reply_finds_its_ticket_and_a_bounce_its_mail(desk, dovecot):
    """By the addresses that the delivery headers have kept: a reply key, and the reverse-path of an answer."""
    one = desk().collect(**dovecot.table(), after="move", authserv_id="mx.desk.example", poll_seconds=2).start()
    _looked(one, 0, 0)
    dovecot.deliver(letter(1))
    one.decided(1)
    key = _latest(one, "c1@northwind.example")["Reply-To"].addresses[0].addr_spec
    more = letter("more", words="Here is more.", subject="Something else").replace(b"cmore@", b"c1@")
    dovecot.deliver(f"Delivered-To: {key}\r\n".encode() + more)
    rows = one.decided(2)
    assert (rows[1].verdict, rows[1].ticket_id, rows[1].envelope_to) == ("appended", rows[0].ticket_id, [key])

    notice = _latest(one, "anastasia@desk.example")
    to = notice["Reply-To"].addresses[0].addr_spec
    answer = ANSWER.format(to=to, subject=notice["Subject"], number=1, answers=notice["Message-ID"])
    lines = answer.replace("\n", "\r\n").split("\r\n")
    stamp = next(line for line in lines if line.startswith("Authentication-Results"))
    dovecot.deliver("\r\n".join([stamp, *(line for line in lines if line != stamp)]).encode())
    assert one.decided(3)[-1].verdict == "appended"
    customer = one.wait(
        lambda: [mail for mail in _sent(one) if mail["Delivered-To"] == "c1@northwind.example"][1:], "answer"
    )[0]
    one.quiet()
    dovecot.deliver(_bounce(customer["Return-Path"].strip("<>")))
    bounced = one.decided(4)[-1]
    assert (bounced.verdict, bounced.ticket_id) == ("bounce-recorded", rows[0].ticket_id)
    assert bounced.reason == "failed: c1@northwind.example: mailbox unknown (5.1.1)"
    assert [row.state for row in one.rows(outbox) if row.purpose == "answer"] == ["failed"]
    assert len(one.rows(tickets)) == 1
    assert [row.direction for row in one.rows(messages)].count("in") >= 2


def _bounce(to):
    """Postfix's delivery report as a mailbox has it: its delivery agent has put the two headers on top."""
    report = f"""\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.northwind.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.northwind.example>
Date: Mon, 13 Jul 2026 09:10:00 +0200
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.northwind.example

Final-Recipient: rfc822; c1@northwind.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b--
"""
    return report.replace("\n", "\r\n").encode()


def test_folders_below_a_prefix_of_the_server_are_made(desk):
    """A server whose folders all lie below INBOX: the folder of what is done is made there."""
    if why := absent():
        missing(why)
    server = Dovecot(("support",), prefix="INBOX.")
    try:
        server.start()
        one = desk(quiet=True).collect(**server.table(), after="move", backlog="new", poll_seconds=2).start()
        server.deliver(letter(1))
        one.decided(1)
        one.wait(lambda: server.uids() == [], "empty INBOX")
        assert "INBOX.replydesk-done" in server.folders()
        assert len(server.uids("INBOX.replydesk-done")) == 1
        one.kill()
    finally:
        server.remove()
