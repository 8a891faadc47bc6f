"""Outgoing mail against a smarthost that misbehaves: nothing is lost, nothing is doubled without need, nobody waits for
somebody else's slow server, and what does not arrive is said."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from store.tables import events, letters, outbox
from tests.faults.smarthost import DROP, HANG, SLOW, Fault, Smarthost
from tests.servers.serving import PATIENCE, Desk


@pytest.fixture
def host() -> Iterator[Smarthost]:
    one = Smarthost()
    yield one
    one.stop()


def served(desk: Any, host: Smarthost, *, timeout: float = 2, **how: Any) -> Desk:
    made: Desk = desk(OUTGOING__URL=host.url, OUTGOING__TIMEOUT=str(timeout), **{"quiet": True} | how)
    return made.start()


def write(one: Desk, *whom: str) -> None:
    """A mail from each of these customers; each gets an acknowledgement."""
    with one.smtp() as client:
        for address in whom:
            content = (
                f"From: Customer <{address}>\r\nTo: support@desk.example\r\nSubject: The export stops\r\n"
                f"Message-ID: <{time.monotonic_ns()}@client.example>\r\n\r\nIt stops half way.\r\n"
            )
            client.sendmail(address, ["support@desk.example"], content.encode())


def rows(one: Desk) -> dict[str, Any]:
    """The outbox by recipient."""
    return {row.to_address: row for row in one.rows(outbox)}


def attempted(one: Desk, address: str, attempts: int = 1, seconds: float = PATIENCE) -> Any:
    """The mail to somebody, when it was tried so often and is in nobody's hand."""

    def look() -> Any:
        row = rows(one).get(address)
        return row if row is not None and row.attempts >= attempts and row.state != "sending" else None

    return one.wait(look, f"attempt {attempts} for {address}", seconds)


def arrived(host: Smarthost, one: Desk, count: int, seconds: float = PATIENCE) -> None:
    one.wait(lambda: len(host.mails) >= count, f"{count} mails at the smarthost", seconds)


def again(one: Desk, **settings: str) -> None:
    """The same desk, later: time is what is changed."""
    assert one.stop() == 0
    one.settings.update(settings)
    one.start()


def assert_each_once(host: Smarthost, one: Desk, *but: str) -> None:
    """Every mail of the outbox arrived with its own Message-ID and stored bytes; `but` twice."""
    one.quiet()
    found = Counter(mail.message_id for mail in host.mails)
    stored = {row.outbox_id: bytes(row.rendered) for row in _letters(one)}
    for row in one.rows(outbox):
        assert row.state == "sent", (row.to_address, row.last_text)
        assert found.pop(row.message_id) == (2 if row.to_address in but else 1), row.to_address
        assert {mail.content for mail in host.mails if mail.message_id == row.message_id} == {stored[row.id]}
    assert not found


def _letters(one: Desk) -> list[Any]:
    from sqlalchemy import select

    store = one.store()
    try:
        with store.look() as connection:
            return list(connection.execute(select(letters)).all())
    finally:
        store.close()


PHASES: tuple[tuple[str, str, Fault, int, str], ...] = (
    ("connect", "drop", Fault(DROP), 0, "cannot be reached"),
    ("banner", "hang", Fault(HANG), 0, "cannot be reached: no answer in time"),
    ("banner", "refuse", Fault("554 5.3.2 not today"), 0, "greeted with 554"),
    ("ehlo", "hang", Fault(HANG), 0, "did not finish its greeting"),
    ("mail", "hang", Fault(HANG), 0, "no answer in time"),
    ("mail", "busy", Fault("421 4.3.2 busy"), 421, "4.3.2 busy"),
    ("rcpt", "hang", Fault(HANG), 0, "no answer in time"),
    ("rcpt", "drip", Fault(SLOW), 0, "no answer in time"),
    ("rcpt", "full", Fault("452 4.2.2 full"), 452, "4.2.2 full"),
    ("data", "hang", Fault(HANG), 0, "no answer in time"),
    ("data", "drop", Fault(DROP), 0, "was lost"),
    ("dot", "hang", Fault(HANG), 0, "unknown: may have been delivered"),
    ("dot", "later", Fault("451 4.3.0 try again"), 451, "4.3.0 try again"),
    ("rset", "hang", Fault(HANG), 250, "2.0.0 taken"),
)


def test_in_whatever_phase_it_fails_the_mail_is_kept_and_leaves_once(desk: Any, host: Smarthost) -> None:
    one = served(desk, host, OUTGOING__STARTTLS="never")
    write(one, "first@northwind.example")
    arrived(host, one, 1)
    for phase, how, fault, code, text in PHASES:
        address = f"{phase}-{how}@{phase}-{how}.example"
        if phase != "rset":  # which is only asked on a connection that was kept
            host.hang_up()
        host.faults[phase] = fault
        write(one, address)
        row = attempted(one, address)
        assert (row.state, row.last_code) == ("sent" if code == 250 else "queued", code), (address, row.last_text)
        assert text in row.last_text, address
        host.heal()
    write(one, "fresh@northwind.example")
    one.wait(lambda: host.to("northwind.example")[1:], "mail that leaves at once when all is well again")
    moved = one.cli("queue", "retry", "--all")
    assert moved["count"] == len(PHASES) - 1
    arrived(host, one, len(PHASES) + 2)
    assert_each_once(host, one)


def test_a_drop_after_the_dot_gives_one_duplicate_with_the_same_bytes(desk: Any, host: Smarthost) -> None:
    one = served(desk, host)
    host.faults["dot"] = Fault(DROP, times=1, taken=True)
    write(one, "twice@northwind.example")
    row = attempted(one, "twice@northwind.example")
    assert (row.state, row.last_code, row.attempts) == ("queued", 0, 1)
    assert row.last_text.startswith("unknown: may have been delivered")
    assert (row.next_attempt_at - row.created_at).total_seconds() >= 48
    assert row.next_attempt_at <= datetime.now(UTC) + timedelta(seconds=80)
    write(one, "once@northwind.example")
    arrived(host, one, 2)
    again(one, CLOCK__OFFSET="+2m")
    arrived(host, one, 3)
    assert_each_once(host, one, "twice@northwind.example")


def test_a_domain_that_hangs_at_rcpt_delays_no_other(desk: Any, host: Smarthost) -> None:
    one = served(desk, host, timeout=300, OUTGOING__CONNECTIONS="2")
    host.faults["rcpt"] = Fault(HANG, domain="dead.example")
    dead = [f"n{n}@dead.example" for n in range(12)]
    well = [f"n{n}@d{n % 7}.example" for n in range(36)]
    for n in range(12):
        write(one, dead[n], *well[3 * n : 3 * n + 3])
    arrived(host, one, 36)
    write(one, "fresh@d1.example")
    arrived(host, one, 37)  # what comes while a lane is stuck leaves by another
    assert host.to("dead.example") == [], "it hangs for longer than we wait"
    host.heal()
    one.cli("queue", "retry", "--all")
    arrived(host, one, 49)
    assert_each_once(host, one)


def test_greylisting_costs_a_minute(desk: Any, host: Smarthost) -> None:
    one = served(desk, host)
    host.faults["rcpt"] = Fault("450 4.7.1 greylisted, come back", times=1, each=True)
    whom = [f"n{n}@northwind.example" for n in range(10)]
    write(one, *whom)
    for address in whom:
        assert attempted(one, address).last_code == 450
    assert host.mails == []
    again(one, CLOCK__OFFSET="+2m")
    arrived(host, one, 10)
    assert_each_once(host, one)


def test_a_day_without_a_smarthost_loses_nothing_and_needs_nobody(desk: Any, host: Smarthost) -> None:
    one = served(desk, host)
    host.faults["connect"] = Fault(DROP)
    whom = [f"n{n}@d{n % 4}.example" for n in range(30)]
    write(one, *whom)
    for address in whom:
        attempted(one, address)
    host.heal()
    again(one, CLOCK__OFFSET="+1d")
    write(one, "fresh@northwind.example")
    one.wait(lambda: host.to("northwind.example"), "fresh mail")
    arrived(host, one, 31)
    assert_each_once(host, one)


def test_what_is_refused_for_good_is_on_the_ticket_and_told(desk: Any, host: Smarthost) -> None:
    one = served(desk, host, quiet=False)
    host.faults["rcpt"] = Fault("550 5.1.1 no such user", domain="northwind.example")
    write(one, "nora@northwind.example")
    arrived(host, one, 4)
    one.quiet()
    row = rows(one)["nora@northwind.example"]
    assert (row.state, row.last_code) == ("failed", 550)
    shown = one.cli("ticket", "show", "DESK-1001")
    assert [message["delivery"] for message in shown["messages"]] == [None, "failed"]
    failed = [event["detail"] for event in shown["events"] if event["kind"] == "delivery-failed"]
    assert failed == [{"address": row.to_address, "code": "550", "text": "5.1.1 no such user", "mail": row.id}]
    told = [mail for mail in host.mails if b"did not reach nora@northwind.example" in mail.content]
    assert sorted(mail.recipient for mail in told) == ["anastasia@desk.example", "dominique@desk.example"]


def test_after_five_days_it_has_failed_and_is_told(desk: Any, host: Smarthost) -> None:
    one = served(desk, host, quiet=False, QUESTIONS__ASK="false")  # no mail that reminds goes the same way
    host.faults["rcpt"] = Fault("451 4.4.1 no route", domain="northwind.example")
    write(one, "nora@northwind.example")
    attempted(one, "nora@northwind.example")
    again(one, CLOCK__OFFSET="+4d23h")
    assert attempted(one, "nora@northwind.example", 2).state == "queued"
    again(one, CLOCK__OFFSET="+5d2h")
    assert attempted(one, "nora@northwind.example", 3).state == "failed"
    one.wait(lambda: [m for m in host.mails if b"3 times in five days" in m.content][1:], "mail to the staff")
    one.quiet()
    assert [row.kind for row in one.rows(events)].count("delivery-failed") == 1


def test_a_certificate_that_nobody_trusts_keeps_the_mail_and_says_so(desk: Any, tmp_path: Path) -> None:
    both = _certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(both)
    host = Smarthost(tls=context)
    try:
        one = served(desk, host, OUTGOING__STARTTLS="required")
        write(one, "nora@northwind.example")
        row = attempted(one, "nora@northwind.example")
        assert (row.state, row.last_code) == ("queued", 0)
        assert "its certificate is not trusted" in row.last_text
        assert not any(command.startswith("MAIL") for command in host.commands)
        again(one, CLOCK__OFFSET="+2m", OUTGOING__CA_FILE=str(tmp_path / "certificate.pem"))
        arrived(host, one, 1)
        assert_each_once(host, one)
    finally:
        host.stop()


def _certificate(folder: Path) -> Path:
    both, public = folder / "both.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    try:
        subprocess.run([*command, "-keyout", both, "-out", public], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    both.write_text(both.read_text() + public.read_text())
    return both


def test_a_sender_that_is_killed_loses_nothing_and_charges_what_it_had_begun(desk: Any, host: Smarthost) -> None:
    one = served(desk, host, timeout=60, OUTGOING__CONNECTIONS="2")
    host.faults["rcpt"] = Fault(HANG, domain="slow.example")
    whom = [f"n{n}@slow.example" for n in range(30)]
    write(one, *whom)
    one.wait(lambda: host.attempts[("rcpt", "")], "a mail that hangs")
    one.wait(lambda: sum(row.state == "sending" for row in one.rows(outbox)) == 30, "all in the sender's hand")
    one.wait(lambda: [row.rendered is not None for row in _letters(one)] == [True] * 30, "none of them being rendered")
    old = one.child("sender")
    os.kill(old, signal.SIGKILL)
    host.heal()
    charged = attempted(one, whom[0])
    assert charged.last_text.startswith("unknown: may have been delivered; the sender died over it")
    arrived(host, one, 29)
    assert one.child("sender") != old
    assert [row.attempts for row in one.rows(outbox)] == [1] * 30
    assert [row.state for row in one.rows(outbox)].count("queued") == 1
    one.cli("queue", "retry", "--all")
    arrived(host, one, 30)
    assert_each_once(host, one)


IMPATIENT = "from gateway import courier; courier.SILENCE = 3.0; from gateway.cli import main; main()"


def test_a_sender_that_stops_is_replaced(desk: Any, host: Smarthost) -> None:
    one = served(desk, host, program=(sys.executable, "-c", IMPATIENT))
    write(one, "first@northwind.example")
    arrived(host, one, 1)
    one.quiet()
    old = one.child("sender")
    os.kill(old, signal.SIGSTOP)
    write(one, *(f"n{n}@northwind.example" for n in range(10)))
    one.wait(lambda: old not in one.children("sender"), "the end of the one that stopped")
    arrived(host, one, 11)
    assert_each_once(host, one)
    assert [row.attempts for row in one.rows(outbox)] == [1] * 11, "what it had not begun is not charged"
