"""A real Postfix before and behind the desk: mail comes in through it by SMTP and LMTP, and leaves through it."""

from __future__ import annotations

import subprocess
from email import message_from_bytes, policy

from store.tables import outbox
from tests.servers.postfix import inject, postfix, sbin, sink
from tests.servers.serving import letter
from tests.servers.test_postgresql_desk import ANSWER

__all__ = ["postfix", "sbin", "sink"]


def test_mail_through_postfix_by_smtp_becomes_a_ticket_and_answers_find_it(desk, postfix, sink):
    one = desk(OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    inject(postfix, letter(1), "c1@northwind.example", "support@desk.example")
    (row,) = one.decided(1)
    assert (row.verdict, row.door, row.envelope_from) == ("ticket-created", "smtp", "c1@northwind.example")

    sender, recipient, content = one.wait(sink.mails, "acknowledgement in the sink")[0]
    acknowledgement = message_from_bytes(content, policy=policy.default)
    assert (sender, recipient) == ("<>", "<c1@northwind.example>")
    assert acknowledgement["Subject"] == "[DESK-1001] We have your message"
    key = acknowledgement["Reply-To"].addresses[0].addr_spec
    assert key.startswith("support+k")

    reply = letter("reply", words="Here is more.", subject="Re: [DESK-1001] The export stops")
    inject(postfix, reply.replace(b"creply@", b"c1@"), "c1@northwind.example", key)
    rows = one.wait(lambda: [r for r in one.rows(_journal()) if r.verdict == "appended"], "appended mail")
    assert rows[0].envelope_to == [key], "recipient_delimiter must leave the detail alone"
    assert rows[0].ticket_id == row.ticket_id


def _journal():
    from store.tables import journal

    return journal


def test_answers_leave_through_postfix_with_a_return_path_of_their_own(desk, postfix, sink):
    """Postfix as the smarthost: the null sender for the acknowledgement, VERP for a person's answer."""
    one = desk(OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    inject(postfix, letter(1), "c1@northwind.example", "support@desk.example")
    one.decided(1)
    _answer(one)
    both = one.wait(
        lambda: found if len(found := sink.mails()) == 2 else None, "acknowledgement and answer in the sink"
    )
    by_sender = {sender[:10]: (recipient, content) for sender, recipient, content in both}  # Postfix keeps no order
    assert set(by_sender) == {"<>", "<support+v"}
    recipient, content = by_sender["<support+v"]
    assert recipient == "<c1@northwind.example>"
    assert b"raised the limit" in content


def _answer(desk):
    """A colleague answers the notice of the first ticket."""
    notice = desk.wait(lambda: [r for r in desk.rows(outbox) if r.to_address == "anastasia@desk.example"], "notice")[0]
    shown = desk.wait(lambda: _rendered(desk, notice.id), "rendered notice")
    found = message_from_bytes(shown, policy=policy.default)
    to = found["Reply-To"].addresses[0].addr_spec
    answer = ANSWER.format(to=to, subject=found["Subject"], number=1, answers=found["Message-ID"])
    raw = answer.replace("\n", "\r\n").encode()
    desk.send(raw, "anastasia@desk.example", to)  # a border would have put the results


def _rendered(desk, number):
    from store.outbox import find

    store = desk.store()
    try:
        with store.look() as connection:
            return bytes(find(connection, number).rendered or b"")
    finally:
        store.close()


def test_a_bounce_of_postfix_is_recorded_at_the_answer_that_it_is_about(desk, postfix, sink):
    """The VERP address of an answer that cannot be delivered: Postfix's own delivery report comes back to it. Mail to
    gone.example goes to the desk's own door, which knows nobody there."""
    one = desk(OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    content = letter(1).replace(b"@northwind.example", b"@gone.example")
    one.send(content, "c1@gone.example")
    one.decided(1)
    _answer(one)
    failed = one.wait(lambda: [r for r in one.rows(_journal()) if "c1@gone.example" in (r.reason or "")], "bounce")
    assert [(row.verdict, row.reason) for row in failed] == [
        ("bounce-recorded", "failed: c1@gone.example: mailbox unknown (5.1.1)")
    ]
    assert [(r.purpose, r.state) for r in one.rows(outbox) if r.to_address == "c1@gone.example"] == [
        ("acknowledgement", "sent"),  # without a reverse-path that a report could come to
        ("answer", "failed"),
    ]


def test_lmtp_takes_two_recipients_with_a_reply_for_each(desk, postfix, sink):
    one = desk(quiet=True, LMTP__LISTEN="127.0.0.1:0", OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    postfix.start(f"lmtp:inet:127.0.0.1:{one.lmtp_port}")
    content = letter(1).replace(b"To: support@desk.example", b"To: support@desk.example, billing@desk.example")
    inject(postfix, content, "c1@northwind.example", "support@desk.example", "billing@desk.example")
    rows = one.decided(1)
    assert {row.door for row in rows} == {"lmtp"}
    assert {to for row in rows for to in row.envelope_to} == {"support@desk.example", "billing@desk.example"}
    one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    assert "status=bounced" not in postfix.log()
    assert len(one.rows(_journal())) == 1
    (ticket,) = one.cli("ticket", "list")
    assert ticket["team"] == "frontline"


def test_two_hundred_mails_at_once_are_all_there(desk, postfix, sink):
    """smtp-source puts its load on Postfix, Postfix on us: nothing bounced, nothing doubled, all of them explained."""
    one = desk(quiet=True, OUTGOING__URL=f"smtp://127.0.0.1:{sink.port}").start()
    postfix.start(f"smtp:[127.0.0.1]:{one.port}")
    source = ["smtp-source", "-s", "10", "-m", "200", "-l", "2300", "-f", "load@northwind.example"]
    subprocess.run([*source, "-t", "support@desk.example", f"127.0.0.1:{postfix.port}"], check=True, timeout=300)
    rows = one.decided(200)
    one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    rows = one.decided(len(one.rows(_journal())))
    assert len({row.message_id for row in rows}) == 200, "one that had no answer in time may have come twice"
    assert all(row.verdict for row in rows)
    assert {row.verdict for row in rows} <= {"ticket-created", "duplicate"}
    assert "status=bounced" not in postfix.log()
