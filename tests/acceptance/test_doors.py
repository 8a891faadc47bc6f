"""The doors of a running desk, spoken to as mail servers and fools speak: what they say, and what the journal has."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.config.loading import load
from store import blobs, journal
from store.engine import Store
from store.opening import open_store
from tests.desk import Dialogue, ServedDesk

MAIL = b"From: Nora Wind <nora@northwind.example>\r\nTo: support@desk.example\r\nSubject: %b\r\n\r\n%b"


@pytest.fixture(scope="module")
def desk(served: ServedDesk) -> ServedDesk:
    return served


@contextmanager
def looked_into(desk: ServedDesk) -> Iterator[Store]:
    """The store of a desk, whichever it has."""
    store = open_store(load(desk.folder / "replydesk.toml", desk.env).store.url)
    with closing(store):
        yield store


def kept(desk: ServedDesk, content: bytes) -> int:
    """How often exactly these bytes are in the journal."""
    digest = hashlib.sha256(content).hexdigest()
    with looked_into(desk) as store, store.look() as connection:
        found = sum(row.sha256 == digest for row in journal.listing(connection))
        assert not found or blobs.read(connection, digest) == content
    return found


def test_greeting_and_extensions(desk: ServedDesk) -> None:
    with desk.raw_session() as client:
        assert client.greeting.startswith("220 mail.desk.example")
        told = client.say("EHLO client.example").splitlines()
        assert {line[4:].split(" ")[0] for line in told} >= {
            "SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES",
        }  # fmt: skip
        assert client.say("NOOP").startswith("250")
        assert client.say("VRFY nora").startswith("252")
        assert client.say("QUIT").startswith("221")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("RCPT TO:<support@desk.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:<nora@@northwind.example>", "501"),
        ("MAIL FROM:<nora northwind.example>", "501"),
        ("MAIL FROM:nora@northwind.example", "501"),
        ("MAIL FROM:<nora@northwind.example", "501"),
        ("MAIL FROM:<@relay.example:nora@northwind.example>", "501"),
        ("MAIL", "501"),
        ("MAIL FROM:<nora@northwind.example> SIZE=many", "501"),
        ("MAIL FROM:<nora@northwind.example> BODY=9BIT", "501"),
        ("MAIL FROM:<nora@northwind.example> SPEED=fast", "555"),
        ("MAIL FROM:<nora@northwind.example> SIZE=99999999999", "552"),
        ("MAIL FROM:<nora@northwind.example> SIZE=1000 BODY=8BITMIME SMTPUTF8", "250"),
        ("mail from:<>", "250"),
        ("BOGUS", "500"),
        ("AUTH PLAIN AG5vcmEAeA==", "5"),
        ("EHLO", "501"),
    ],
)  # fmt: skip
def test_what_a_line_gets(desk: ServedDesk, line: str, reply: str) -> None:
    with desk.raw_session() as client:
        client.say("EHLO client.example")
        assert client.say(line).startswith(reply)
        assert client.say("NOOP").startswith("250"), "the session lives on"


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("<support@desk.example>", "250"),
        ("<SUPPORT@DESK.EXAMPLE>", "250"),
        ("<support+anything@desk.example>", "250"),
        ("<help@desk.example>", "250"),
        ("<nobody@desk.example>", "550"),
        ("<anastasia@desk.example>", "550"),
        ("<support@elsewhere.example>", "550"),
        ("<support@desk.example@evil.example>", "501"),
        ("<support@[desk.example>", "501"),
        ("<>", "501"),
        ("support@desk.example", "501"),
        ("<support@desk.example\x00>", "501"),
    ],
)  # fmt: skip
def test_recipients(desk: ServedDesk, recipient: str, reply: str) -> None:
    with desk.raw_session() as client:
        client.say("EHLO client.example")
        client.say("MAIL FROM:<nora@northwind.example>")
        assert client.say(f"RCPT TO:{recipient}").startswith(reply)


def test_the_refused_recipient_costs_the_others_nothing(desk: ServedDesk) -> None:
    content = MAIL % (b"one good recipient", b"x\r\n")
    with desk.raw_session() as client:
        client.open()
        assert client.say("RCPT TO:<nobody@desk.example>").startswith("550")
        assert client.say("RCPT TO:<not an address>").startswith("501")
        assert client.data(content[:-2]).startswith("250")
    assert kept(desk, content) == 1


def test_data_needs_a_recipient_that_was_taken(desk: ServedDesk) -> None:
    with desk.raw_session() as client:
        client.say("EHLO client.example")
        client.say("MAIL FROM:<nora@northwind.example>")
        assert client.say("RCPT TO:<nobody@desk.example>").startswith("550")
        assert client.say("DATA").startswith("503")


BODIES = {
    "dots": (b".\r\n..two\r\n.three\r\nno. dot\r\n", b"..\r\n...two\r\n..three\r\nno. dot\r\n"),
    "bare LF": (b"one\ntwo\n.\nthree\n.\r\nfour\r\n", b"one\ntwo\n.\nthree\n.\r\nfour\r\n"),
    "bare CR": (b"one\rtwo\r.\rthree\r\n", b"one\rtwo\r.\rthree\r\n"),
    "NUL and 8 bit": (b"\x00\xff\xfe\x80\r\n", b"\x00\xff\xfe\x80\r\n"),
    "a long line": (b"x" * 100_000 + b"\r\n", b"x" * 100_000 + b"\r\n"),
    "only a dot": (b".\r\n", b"..\r\n"),
}


@pytest.mark.parametrize("name", BODIES)
def test_bytes_are_kept_as_they_came(desk: ServedDesk, name: str) -> None:
    plain, wire = BODIES[name]
    head = MAIL % (name.encode(), b"")
    with desk.raw_session() as client:
        client.open()
        assert client.data((head + wire)[:-2]).startswith("250")
    assert kept(desk, head + plain) == 1


@pytest.mark.parametrize("content", [b"", b"\r\n", b"no header at all"])
def test_empty_and_headerless_mail_is_taken(desk: ServedDesk, content: bytes) -> None:
    wanted = content + b"\r\n" if content else b""
    before = kept(desk, wanted)
    with desk.raw_session() as client:
        client.open()
        assert client.say("DATA").startswith("354")
        client.write(wanted + b".\r\n")
        assert client.reply().startswith("250")
    assert kept(desk, wanted) == before + 1


def test_two_mails_on_one_connection_and_a_reset_between(desk: ServedDesk) -> None:
    first, second = MAIL % (b"first of two", b"1\r\n"), MAIL % (b"second of two", b"2\r\n")
    with desk.raw_session() as client:
        client.open()
        assert client.data(first[:-2]).startswith("250")
        assert client.say("DATA").startswith("503"), "the envelope is used up"
        assert client.say("MAIL FROM:<a@northwind.example>").startswith("250")
        assert client.say("RSET").startswith("250")
        assert client.say("RCPT TO:<support@desk.example>").startswith("503")
        assert client.say("MAIL FROM:<b@northwind.example>").startswith("250")
        assert client.say("RCPT TO:<support@desk.example>").startswith("250")
        assert client.data(second[:-2]).startswith("250")
    assert (kept(desk, first), kept(desk, second)) == (1, 1)


def test_pipelined_commands(desk: ServedDesk) -> None:
    """All in one packet, the next envelope behind the end of the first mail (RFC 2920)."""
    first, second = MAIL % (b"pipelined 1", b"1\r\n"), MAIL % (b"pipelined 2", b"2\r\n")
    with desk.raw_session() as client:
        client.say("EHLO client.example")
        envelope = b"MAIL FROM:<nora@northwind.example>\r\nRCPT TO:<support@desk.example>\r\nDATA\r\n"
        client.write(envelope)
        assert [client.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
        client.write(first + b".\r\n" + envelope)
        assert [client.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
        client.write(second + b".\r\nQUIT\r\n")
        assert [client.reply()[:3] for _ in range(2)] == ["250", "221"]
    assert (kept(desk, first), kept(desk, second)) == (1, 1)


def test_the_end_may_come_in_pieces(desk: ServedDesk) -> None:
    content = MAIL % (b"in pieces", b"x\r\n")
    with desk.raw_session() as client:
        client.open()
        assert client.say("DATA").startswith("354")
        for byte in content + b".\r\n":
            client.write(bytes([byte]))
        assert client.reply().startswith("250")
    assert kept(desk, content) == 1


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(desk: ServedDesk) -> None:
    content = MAIL % (b"cut off", b"x\r\n")
    with desk.raw_session() as client:
        client.open()
        assert client.say("DATA").startswith("354")
        client.write(content)
    with desk.raw_session() as client:
        client.open()
    assert kept(desk, content) == 0


def test_lmtp_answers_once_for_each_recipient(desk: ServedDesk) -> None:
    content = MAIL % (b"over LMTP", b"x\r\n")
    with desk.raw_session("lmtp") as client:
        assert client.say("EHLO client.example").startswith("500"), "LMTP says LHLO (RFC 2033)"
        client.open("nora@northwind.example", "support@desk.example", "billing@desk.example", hello="LHLO")
        assert client.say("RCPT TO:<nobody@desk.example>").startswith("550")
        assert client.data(content[:-2]).startswith("250")
        assert client.reply().startswith("250")
        assert client.say("NOOP").startswith("250"), "two recipients were taken: two replies, not three"
    assert kept(desk, content) == 1


def test_every_mail_of_twenty_clients_at_once_is_kept(desk: ServedDesk) -> None:
    contents = [MAIL % (b"crowd %d" % number, b"x\r\n") for number in range(60)]
    start = threading.Barrier(20)

    def send(share: int) -> list[str]:
        with desk.raw_session() as client:
            start.wait(20)
            replies = []
            client.say("EHLO client.example")
            for content in contents[share::20]:
                client.say(f"MAIL FROM:<client{share}@northwind.example>")
                client.say("RCPT TO:<support@desk.example>")
                replies.append(client.data(content[:-2]))
            return replies

    with ThreadPoolExecutor(20) as crowd:
        replies = [reply for share in crowd.map(send, range(20)) for reply in share]
    assert {reply[:3] for reply in replies} == {"250"}
    assert [kept(desk, content) for content in contents] == [1] * 60


def test_afterwards_all_is_decided_and_nothing_was_logged_in_anger(desk: ServedDesk) -> None:
    rows = desk.settled(1)
    assert {row["verdict"] for row in rows} <= {"ticket-created", "appended", "duplicate"}
    assert "Traceback" not in desk.log()
    assert "failed over" not in desk.log()


# Desks of their own


def test_too_large(serve: Callable[..., ServedDesk]) -> None:
    desk = serve(SMTP__MAX_SIZE="65536")
    with desk.raw_session() as client:
        assert "250-SIZE 65536" in client.say("EHLO client.example").replace("250 SIZE", "250-SIZE")
        assert client.say("MAIL FROM:<nora@northwind.example> SIZE=65537").startswith("552")
        client.open()
        assert client.data(MAIL % (b"big", b"y" * 300_000)).startswith("552"), "drained, then refused"
        assert client.say("MAIL FROM:<nora@northwind.example> SIZE=65536").startswith("250")
        assert client.say("RCPT TO:<support@desk.example>").startswith("250")
        exact = (MAIL % (b"exact", b"")).ljust(65534, b"z")
        assert client.data(exact).startswith("250")
    assert [row["size"] for row in desk.settled(1)] == [65536]
    with desk.raw_session() as client:
        client.open()
        assert client.data(exact + b"z").startswith("552")


SOON = 30.0
"""Seconds: two by the bar, which `tests/unit/doors/test_line.py` measures on a clock of its own; clients wait for ten
minutes, and a busy machine takes a few breaths."""


def open_again(client: Dialogue) -> None:
    """Name the envelope once the desk takes mail again."""
    deadline = time.monotonic() + 90
    while not client.say("MAIL FROM:<nora@northwind.example>").startswith("250"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert client.say("RCPT TO:<support@desk.example>").startswith("250")


def test_451_while_the_store_is_not_there(serve: Callable[..., ServedDesk]) -> None:
    """Another process holds the only write lock: the daemon waits for it, but no client waits for the daemon."""
    desk = serve()
    content = MAIL % (b"while the store is locked", b"x\r\n")
    with desk.raw_session() as client:
        client.open()
        with looked_into(desk) as other, other.turn() as connection:
            if not other.is_sqlite:
                connection.execute(text("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE"))
            began = time.monotonic()
            assert client.data(content[:-2]).startswith("451")
            assert time.monotonic() - began < SOON
            assert client.say("MAIL FROM:<nora@northwind.example>").startswith("451"), "at once"
        open_again(client)
        assert client.data(content[:-2]).startswith("250")
    verdicts = sorted(row["verdict"] for row in desk.settled(1))
    assert verdicts in (["ticket-created"], ["duplicate", "ticket-created"]), "a turn that went on is no harm"


def test_too_many_from_one_address(serve: Callable[..., ServedDesk]) -> None:
    desk = serve(SMTP__CONNECTIONS_PER_ADDRESS="2")
    with desk.raw_session() as first, desk.raw_session():
        third = Dialogue(desk.port())
        with third:
            assert third.greeting.startswith("421")
        assert first.say("NOOP").startswith("250")


def test_what_a_mail_is_worth(desk: ServedDesk, tmp_path: Path) -> None:
    """Whatever came in comes out of `mail raw` byte for byte."""
    content = MAIL % (b"byte for byte", b"\xe4\x00\nx\r\n")
    with desk.raw_session() as client:
        client.open()
        assert client.data(content[:-2]).startswith("250")
    number = max(row["id"] for row in desk.json("mail", "list") if row["sha256"] == hashlib.sha256(content).hexdigest())
    assert desk.cli("mail", "raw", str(number)).stdout == content


def test_a_greeting_that_is_no_text_costs_nobody_a_mail(desk: ServedDesk) -> None:
    """A stray octet in EHLO once made the whole turn fail: everybody in it got 451."""
    content = MAIL % (b"hello", b"after a strange greeting\r\n")
    with desk.raw_session() as client:
        client.write(b"EHLO a\x01\r\n")
        assert client.reply().startswith("501"), "a control character has no place in a command"
        client.write(b"EHLO a\xff\r\n")
        assert client.reply().startswith("250")
        for line in ("MAIL FROM:<n@northwind.example>", "RCPT TO:<support@desk.example>"):
            assert client.say(line).startswith("250")
        assert client.say("DATA").startswith("354")
        client.write(content + b".\r\n")
        assert client.reply().startswith("250")
    assert kept(desk, content) == 1


def test_a_certificate_that_cannot_be_used_keeps_the_desk_from_starting(tmp_path: Path, template: Path) -> None:
    folder = tmp_path / "desk"
    (tmp_path / "nonsense.pem").write_text("nothing")
    nonsense = str(tmp_path / "nonsense.pem")
    desk = ServedDesk.make(folder, template, SMTP__CERTIFICATE=nonsense, SMTP__PRIVATE_KEY=nonsense)
    done = desk.cli("serve", check=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"Error: smtp.certificate: ")
    assert b"cannot be used" in done.stderr


def test_a_large_mail_goes_through_the_spool_and_nothing_stays_there(desk: ServedDesk) -> None:
    content = MAIL % (b"large", (b"0123456789" * 7 + b"\r\n") * 40_000)
    with desk.raw_session() as client:
        client.open()
        assert client.data(content[:-2]).startswith("250")
    assert kept(desk, content) == 1
    desk.settled(1)
    assert not list((desk.folder / "data" / "spool").glob("arriving-*"))


def test_451_while_the_daemon_stands_still(serve: Callable[..., ServedDesk]) -> None:
    """A daemon that does not answer costs its clients two seconds, not minutes; nothing that was promised is lost."""
    desk = serve()
    first, second = MAIL % (b"before", b"x\r\n"), MAIL % (b"meanwhile", b"x\r\n")
    with desk.raw_session() as client:
        client.open()
        assert client.data(first[:-2]).startswith("250")
        client.open()
        os.kill(desk.ready["pid"], signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert client.data(second[:-2]).startswith("451")
            assert time.monotonic() - began < SOON
            assert client.say("MAIL FROM:<nora@northwind.example>").startswith("451")
        finally:
            os.kill(desk.ready["pid"], signal.SIGCONT)
        open_again(client)
        assert client.data(second[:-2]).startswith("250")
    assert kept(desk, first) == 1
    assert kept(desk, second) in (1, 2), "the daemon may have kept what it had in hand; the rules know it for the same"
