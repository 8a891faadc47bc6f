"""`doctor --send` on a desk that is really served: the mail leaves by the queue and comes back by a door, or it does
not, and what is said is what happened. The smarthost is a relay of the test's own on loopback."""

from __future__ import annotations

import json
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

import pytest

from store import outbox, witness
from store.tables import journal, tickets
from store.tables import outbox as outbox_table
from tests.desk import run
from tests.faults.smarthost import Fault, Smarthost
from tests.servers import postgresql
from tests.servers.serving import Desk
from tests.servers.stores import KINDS

ME = "me@elsewhere.example"
OURS = "support@desk.example"
STAMP = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\r\n"


@pytest.fixture
def host() -> Iterator[Smarthost]:
    one = Smarthost()
    yield one
    one.stop()


@pytest.fixture(params=KINDS)
def served(request: pytest.FixtureRequest, desk: Callable[..., Desk], host: Smarthost) -> Iterator[Desk]:
    """A desk that leaves by `host`, on each of the databases."""
    if request.param == "sqlite":
        yield desk(OUTGOING__URL=host.url, OUTGOING__TIMEOUT="2").start()
        return
    with postgresql.database() as url:
        yield desk(OUTGOING__URL=host.url, OUTGOING__TIMEOUT="2", STORE__URL=url).start()


@contextmanager
def relayed(host: Smarthost, act: Callable[[str, bytes], None]) -> Iterator[None]:
    """What happens on the other side, once, with reverse-path and bytes of the first mail that the host took."""
    over, faults = threading.Event(), list[Exception]()

    def wait() -> None:
        while not over.wait(0.02):
            if host.mails:
                path = next(line for line in host.commands if line.upper().startswith("MAIL FROM:"))
                try:
                    act(path.partition("<")[2].partition(">")[0], host.mails[0].content)
                except Exception as error:
                    faults.append(error)
                return

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)
    assert faults == []


def doctor(one: Desk, to: str, wait: int = 120, status: int = 0) -> list[dict[str, Any]]:
    """The findings of the round trip, the other ones left out; they are there."""
    done = run(one.environment, "doctor", "--send", to, "--wait", str(wait), "--json", check=False, timeout=wait + 180)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert {"store", "doors", "outgoing"} <= {finding["area"] for finding in found}
    assert all("probe" in finding for finding in found if finding["area"] == "round trip")
    return [finding for finding in found if finding["area"] == "round trip"]


def back(one: Desk, content: bytes, sender: str, to: str = OURS) -> None:
    with smtplib.SMTP(one.host, one.port, local_hostname="relay.example", timeout=30) as client:
        client.sendmail(sender, [to], content)


def test_a_mail_that_its_relay_hands_back_makes_the_round_without_anybody(served: Desk, host: Smarthost) -> None:
    with relayed(host, lambda path, content: back(served, STAMP + content, path)):
        found = doctor(served, OURS)
    mail = found[-1]["probe"]
    assert (mail["state"], mail["door"], mail["trust"]) == ("confirmed", "smtp", "B")
    assert (mail["to"], mail["evidence"]) == (OURS, "dmarc=pass, aligned with desk.example")
    assert mail["reply"].startswith("250")
    assert mail["queued_at"] <= mail["received_at"]
    assert 0 <= mail["seconds"] < 120
    assert [finding["what"].split()[0] for finding in found] == ["the", "handed", "received", "our"]
    (row,) = served.rows(journal)
    assert (row.verdict, row.reason) == (
        "loop-suppressed", f"it is the test mail {mail['id']} that came back: our own mail"
    )  # fmt: skip
    assert served.rows(tickets) == []
    shown = json.loads(run(served.environment, "queue", "show", str(mail["id"]), "--json").stdout)
    assert (shown["purpose"], shown["state"], shown["receipts"]) == ("probe", "sent", {"returned": row.id})
    assert f"Message-ID: {mail['message_id']}" in shown["content"]


def test_its_reader_answers_it(served: Desk, host: Smarthost) -> None:
    def answer(path: str, content: bytes) -> None:
        mail = message_from_bytes(content, policy=policy.default)
        words = (
            f"From: Me <{ME}>\r\nTo: {mail['Reply-To']}\r\nSubject: Re: {mail['Subject']}\r\n"
            f"Message-ID: <1@elsewhere.example>\r\nIn-Reply-To: {mail['Message-ID']}\r\n\r\nIt is here.\r\n"
        )
        back(served, words.encode(), ME, mail["Reply-To"].addresses[0].addr_spec)

    with relayed(host, answer):
        found = doctor(served, ME)
    assert found[-1]["what"].startswith(f"answered by {ME} after ")
    assert (found[-1]["probe"]["state"], found[-1]["probe"]["trust"]) == ("confirmed", "D")
    assert [row.verdict for row in served.rows(journal)] == ["command"]
    assert (served.rows(tickets), len(served.rows(outbox_table))) == ([], 1)


def test_a_bounce_comes_to_its_reverse_path(served: Desk, host: Smarthost) -> None:
    def bounce(path: str, content: bytes) -> None:
        head = content.partition(b"\r\n\r\n")[0]
        report = (
            f"From: MAILER-DAEMON@relay.example\r\nTo: {path}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            "Message-ID: <b1@relay.example>\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
            f"Final-Recipient: rfc822; {ME}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        )
        back(served, report.encode() + head + b"\r\n--b--\r\n", "", path)

    with relayed(host, bounce):
        found = doctor(served, ME, status=1)
    assert (found[-1]["level"], found[-1]["probe"]["state"]) == ("problem", "bounced")
    assert ME in found[-1]["what"]
    (row,) = served.rows(outbox_table)
    assert row.state == "failed"


def test_nobody_answers_and_the_answer_that_comes_later_is_in_the_queue(served: Desk, host: Smarthost) -> None:
    found = doctor(served, OURS, wait=10, status=1)
    mail = found[-1]["probe"]
    assert (mail["state"], mail["received_at"], mail["seconds"]) == ("handed-over", None, None)
    assert f"replydesk queue show {mail['id']}" in found[-1]["fix"]
    back(served, host.mails[0].content, "relay@relay.example")
    (row,) = served.decided(1)
    words = run(served.environment, "queue", "show", str(mail["id"])).stdout.decode()
    assert f"receipts         returned by mail {row.id}\n" in words


def test_a_smarthost_that_is_down_or_refuses_is_told_in_its_words(desk: Callable[..., Desk], host: Smarthost) -> None:
    one = desk(OUTGOING__URL=host.url, OUTGOING__TIMEOUT="2").start()
    host.faults["rcpt"] = Fault("450 4.7.1 come back later")
    (_, last) = doctor(one, ME, wait=8, status=1)
    assert last["probe"]["state"] == "queued"
    assert "tried once: 450 4.7.1 come back later" in last["what"]
    assert "the next attempt is" in last["fix"]
    host.faults["rcpt"] = Fault("550 5.7.1 not from you")
    (_, last) = doctor(one, ME, status=1)
    assert last["probe"]["state"] == "failed"
    assert "it did not leave: 550 5.7.1 not from you" in last["what"]
    host.stop()
    (_, last) = doctor(one, ME, wait=8, status=1)
    assert last["probe"]["state"] == "queued"
    assert f"127.0.0.1:{host.port}" in last["what"]


def _has_failed_once(row: Any) -> bool:
    return row.attempts >= 1 and row.state == "queued"


def test_what_a_restore_holds_and_a_desk_that_is_not_served_say_so(desk: Callable[..., Desk], host: Smarthost) -> None:
    one = desk(OUTGOING__URL=host.url).start()
    host.faults["rcpt"] = Fault("450 4.7.1 come back later")
    doctor(one, ME, wait=1, status=1)
    store = one.store()
    try:
        one.wait(lambda: _has_failed_once(one.rows(outbox_table)[0]), "a mail that was tried and waits")
        with store.turn() as connection:
            assert witness.hold_all(connection, "the data folder was moved, copied or restored") == 1
        (last,) = doctor(one, ME, status=1)
        assert last["probe"] is None
        assert "held since a restore" in last["what"]
        with store.turn() as connection:
            outbox.move_all(connection, ("held",), "queued", one.rows(outbox_table)[0].created_at)
    finally:
        store.close()
    one.stop()
    (last,) = doctor(one, ME, status=1)
    assert "nobody serves this desk" in last["what"]
    assert len(one.rows(outbox_table)) == 1
