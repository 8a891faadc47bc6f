"""Both ways out against servers and folders that behave well, badly and not at all."""

from __future__ import annotations

import base64
import os
import smtplib
import socket
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from gateway.transport import Outcome, Outgoing, Parcel, Transport, is_address, open_transport
from gateway.transport import maildir as maildir_module
from gateway.transport.gate import SHUT_SECONDS, Gate
from gateway.transport.wire import Garbled, Wire

BODY = b"Subject: x\r\n\r\n.dot\r\nline\r\n..\r\n"
DROP, HANG = "drop", "hang"


class Sink:
    """A smarthost on loopback. `rules` maps (command, how often it came) or a command to what it answers."""

    def __init__(self, extensions: tuple[str, ...] = ("PIPELINING",), tls: ssl.SSLContext | None = None) -> None:
        self.extensions = extensions
        self.rules: dict[Any, str] = {}
        self.tls = tls
        self.mails: list[bytes] = []
        self.commands: list[str] = []
        self.reads: list[bytes] = []
        self.connections = 0
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._open.append(sock)
                thread = threading.Thread(target=self._serve, args=(sock,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError, ValueError), sock:
            self._talk(sock)

    def _lines(self, sock: socket.socket) -> Iterator[bytes]:
        rest = b""
        while data := sock.recv(1 << 20):
            self.reads.append(data)
            rest += data
            while b"\r\n" in rest:
                line, rest = rest.split(b"\r\n", 1)
                yield line

    def _answer(self, sock: socket.socket, verb: str, usual: str) -> bool:
        number = sum(command.startswith(verb) for command in self.commands)
        reply = self.rules.get((verb, number), self.rules.get(verb, usual))
        if reply == DROP:
            sock.shutdown(socket.SHUT_RDWR)
            return False
        if reply == HANG:
            self._stopped.wait(20)
            return False
        sock.sendall(reply.replace("\n", "\r\n").encode() + b"\r\n")
        if reply.startswith("421"):
            sock.shutdown(socket.SHUT_RDWR)
            return False
        return True

    def _talk(self, sock: socket.socket) -> None:
        self._answer(sock, "GREETING", "220 sink")
        lines = self._lines(sock)
        for line in lines:
            command = line.decode()
            verb = command.partition(" ")[0].upper()
            self.commands.append(command)
            hello = "\n".join(["250-sink", *(f"250-{name}" for name in self.extensions), "250 HELP"])
            usual = {"EHLO": hello, "DATA": "354 go", "QUIT": "221 bye", "STARTTLS": "220 go", "AUTH": "235 ok"}
            if not self._answer(sock, verb, usual.get(verb, "250 2.0.0 ok")):
                return
            if verb == "STARTTLS" and self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
                lines = self._lines(sock)
                self._talk_on(sock, lines)
                return
            replies = self.rules.get(("DATA", sum(c == "DATA" for c in self.commands)), self.rules.get("DATA", "354"))
            if verb == "DATA" and replies.startswith("354"):
                self._take(sock, lines)

    def _talk_on(self, sock: socket.socket, lines: Iterator[bytes]) -> None:
        for line in lines:
            self.commands.append(line.decode())
            verb = line.decode().partition(" ")[0].upper()
            usual = {"EHLO": "250-sink\n250-AUTH PLAIN\n250 PIPELINING", "DATA": "354 go", "AUTH": "235 ok"}
            self._answer(sock, verb, usual.get(verb, "250 2.0.0 ok"))
            if verb == "DATA":
                self._take(sock, lines)

    def _take(self, sock: socket.socket, lines: Iterator[bytes]) -> None:
        mail = []
        for line in lines:
            if line == b".":
                break
            mail.append(line[1:] if line.startswith(b".") else line)
        else:
            return
        if mail:
            self.mails.append(b"\r\n".join(mail) + b"\r\n")
        self.commands.append("DOT")
        if not self._answer(sock, "DOT", "250 2.0.0 queued" if mail else "554 5.5.1 nobody to send to"):
            raise ConnectionResetError


@pytest.fixture(params=[("PIPELINING", "SIZE 10000"), ("SIZE 10000",)], ids=["pipelining", "step by step"])
def sink(request: pytest.FixtureRequest) -> Iterator[Sink]:
    server = Sink(request.param)
    yield server
    server.stop()


@pytest.fixture
def server() -> Iterator[Callable[..., Sink]]:
    made: list[Sink] = []

    def make(*arguments: Any, **named: Any) -> Sink:
        made.append(Sink(*arguments, **named))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def reach() -> Iterator[Callable[..., Transport]]:
    made: list[Transport] = []

    def make(port: int, **named: Any) -> Transport:
        named = {"hostname": "desk.example", "timeout": 5.0, "url": f"smtp://127.0.0.1:{port}"} | named
        made.append(open_transport(Outgoing(**named)))
        return made[-1]

    yield make
    for one in made:
        one.close()


Reach = Callable[..., Transport]


def parcels(count: int, content: bytes = BODY) -> list[Parcel]:
    return [Parcel(n, "", f"n{n}@x.example", content + b"%d\r\n" % n) for n in range(1, count + 1)]


def codes(transport: Transport, batch: list[Parcel]) -> list[tuple[int, int]]:
    return [(number, outcome.code) for number, outcome in transport.send(batch)]


# Outcomes and addresses


@pytest.mark.parametrize(
    ("code", "kind"), [(250, "delivered"), (0, "temporary"), (421, "temporary"), (452, "temporary"), (550, "permanent")]
)
def test_an_outcome_is_of_one_kind(code: int, kind: str) -> None:
    outcome = Outcome(code, "")
    assert [name for name in ("delivered", "temporary", "permanent") if getattr(outcome, name)] == [kind]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "a@b.example>\r\nRCPT TO:<x@y.example",
            "a@b.example\n",
            "a b@c.example",
            "a@b.example SIZE=1",
            "<a@b.example",
        ),
        *("a@b\x00.example", "a\u2028@b.example", "a@b@c.example", "", "a", "@b.example", "a@", "a@b.exa mple", "a>@b"),
        *("x" * 250 + "@b.example", "a\u00a0b@c.example", "a\ud800@b.example"),
    ],
)
def test_what_could_be_read_as_a_command_is_no_address(address: str, sink: Sink, reach: Reach, tmp_path: Path) -> None:
    assert not is_address(address)
    good = Parcel(2, "", "a@b.example", BODY)
    bad = [Parcel(1, "", address, BODY), *([Parcel(1, address, "a@b.example", BODY)] if address else [])]
    for transport in (reach(sink.port), open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h"))):
        for parcel in bad:
            outcomes = dict(transport.send([parcel, good]))
            assert outcomes[1].permanent
            assert outcomes[2].delivered
    assert [c for c in sink.commands if c.startswith(("MAIL", "RCPT"))] == [
        c for _ in bad for c in (f"MAIL FROM:<>{_size(sink)}", "RCPT TO:<a@b.example>")
    ]
    assert len(list((tmp_path / "sent/new").iterdir())) == len(bad)


def _size(sink: Sink) -> str:
    return f" SIZE={len(BODY)}"


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nb\r\n", b"a\r\n.\r\r\nb\r\n"])
def test_a_bare_line_end_is_never_sent(content: bytes, sink: Sink, reach: Reach) -> None:
    ((_, outcome),) = reach(sink.port).send([Parcel(1, "", "a@b.example", content)])
    assert (outcome.code, sink.connections) == (554, 0)


@pytest.mark.parametrize("url", ["", "http://x", "maildir:", "smtp://", "smtp://u:secret@h", "smtp://h/path"])
def test_an_url_that_leads_nowhere_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"outgoing\.url") as refusal:
        open_transport(Outgoing(url=url, hostname="h"))
    assert "secret" not in str(refusal.value)


# The folder


def test_a_maildir_gets_one_whole_file_for_each_parcel(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "sent"
    transport = open_transport(Outgoing(url=f"maildir:{folder}", hostname="desk/:.example"))
    batch = [Parcel(n, "b@desk.example" if n % 2 else "", f"n{n}@x.example", BODY) for n in range(1, 131)]
    outcomes = dict(transport.send(batch))
    assert set(outcomes) == set(range(1, 131))
    assert all(outcome.delivered for outcome in outcomes.values())
    files = {path.name: path.read_bytes() for path in (folder / "new").iterdir()}
    assert len(files) == 130
    assert b"Return-Path: <b@desk.example>\r\nDelivered-To: n7@x.example\r\n" + BODY in files.values()
    assert b"Return-Path: <>\r\nDelivered-To: n8@x.example\r\n" + BODY in files.values()
    assert list((folder / "tmp").iterdir()) == []
    assert (folder / "cur").is_dir()


def test_files_are_on_disk_before_anyone_hears_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    real_fsync, real_rename = os.fsync, Path.rename

    def fsync(descriptor: int) -> None:
        told.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        told.append("rename")
        return real_rename(path, target)

    monkeypatch.setattr(maildir_module.os, "fsync", fsync)
    monkeypatch.setattr(Path, "rename", rename)
    transport = open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h"))
    for _ in transport.send(parcels(3)):
        told.append("told")
    assert told == [*["file", "rename"] * 3, "folder", *["told"] * 3]


def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "sent").write_text("a file is in the way")
    ((_, outcome),) = open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h")).send(parcels(1))
    assert outcome.temporary
    assert outcome.text == f"the folder {tmp_path}/sent cannot be written: Not a directory"


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(maildir_module.os, call, fail)
    ((_, outcome),) = open_transport(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="h")).send(parcels(1))
    assert outcome.code == 452
    if call == "write":
        assert [p for p in (tmp_path / "sent").rglob("*") if p.is_file()] == []


# The smarthost


def test_mail_arrives_as_it_was_written_over_one_kept_connection(sink: Sink, reach: Reach) -> None:
    transport = reach(sink.port)
    batch = [*parcels(5), Parcel(6, "bounce+k@desk.example", "six@x.example", b".begins with a dot\r\n")]
    assert codes(transport, batch) == [(n, 250) for n in range(1, 7)]
    assert codes(transport, parcels(2)) == [(1, 250), (2, 250)]
    assert sink.mails == [p.content for p in batch + parcels(2)]
    assert sink.connections == 1
    assert "MAIL FROM:<bounce+k@desk.example> SIZE=20" in sink.commands


def test_the_next_envelope_leaves_with_the_last_dot(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    assert codes(reach(sink.port), parcels(3)) == [(1, 250), (2, 250), (3, 250)]
    assert b"MAIL FROM:<>\r\nRCPT TO:<n1@x.example>\r\nDATA\r\n" in sink.reads
    assert any(r.endswith(b"\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<n3@x.example>\r\nDATA\r\n") for r in sink.reads)


def test_without_pipelining_each_command_waits(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server(())
    assert codes(reach(sink.port), parcels(2)) == [(1, 250), (2, 250)]
    assert {b"MAIL FROM:<>\r\n", b"RCPT TO:<n1@x.example>\r\n", b"DATA\r\n"} <= set(sink.reads)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        ("451 4.7.1 greylisted, come back", 451, "4.7.1 greylisted, come back"),
        ("550-5.1.1 no such\n550-5.1.1 person\n550 5.1.1 here", 550, "5.1.1 no such 5.1.1 person 5.1.1 here"),
    ],
)
def test_a_refusal_is_of_one_parcel_only(sink: Sink, reach: Reach, verb: str, reply: str, code: int, text: str) -> None:
    sink.rules[verb, 2] = reply
    outcomes = dict(reach(sink.port).send(parcels(4)))
    assert {n: o.code for n, o in outcomes.items()} == {1: 250, 2: code, 3: 250, 4: 250}
    assert outcomes[2].text == text
    assert sink.connections == 1
    if verb != "DOT":
        assert [m.splitlines()[-1] for m in sink.mails] == [b"1", b"3", b"4"]


def test_data_accepted_without_a_recipient_ends_in_an_empty_mail(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    sink.rules["RCPT"] = "550 5.1.1 no"
    assert codes(reach(sink.port), parcels(2)) == [(1, 550), (2, 550)]
    assert sink.mails == []


def test_a_refused_envelope_with_data_refused_too(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    sink.rules.update({("RCPT", 1): "452 4.2.2 full", ("DATA", 1): "503 5.5.1 no recipients"})
    assert codes(reach(sink.port), parcels(2)) == [(1, 452), (2, 250)]
    assert sink.commands.count("RSET") == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_ends_the_connection_but_not_the_other_mails(sink: Sink, reach: Reach, verb: str) -> None:
    sink.rules[verb, 2] = "421 4.3.2 going down"
    transport = reach(sink.port)
    assert codes(transport, parcels(4)) == [(1, 250), (2, 421), (3, 250), (4, 250)]
    assert sink.connections == 2


def test_a_server_that_ends_every_connection_is_left_alone(sink: Sink, reach: Reach) -> None:
    sink.rules["MAIL"] = "421 4.3.2 going down"
    transport = reach(sink.port)
    assert codes(transport, parcels(20)) == [(n, 421) for n in range(1, 21)]
    assert sink.connections == 3
    sink.rules.clear()
    assert codes(transport, parcels(1)) == [(1, 250)]


def test_a_connection_lost_after_the_dot_leaves_a_doubt(sink: Sink, reach: Reach) -> None:
    sink.rules["DOT", 2] = DROP
    outcomes = dict(reach(sink.port).send(parcels(4)))
    assert [o.code for o in outcomes.values()] == [250, 0, 250, 250]
    assert outcomes[2].text.startswith("unknown: may have been delivered")
    assert len(sink.mails) == 4  # it was delivered, and nobody sent it twice
    assert sink.connections == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_mail_leaves_none(sink: Sink, reach: Reach, verb: str) -> None:
    sink.rules[verb, 2] = DROP
    outcomes = dict(reach(sink.port).send(parcels(3)))
    assert [o.code for o in outcomes.values()] == [250, 0, 250]
    assert not any("unknown" in o.text for o in outcomes.values())


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_nobody_waits_for_ever(sink: Sink, reach: Reach, verb: str) -> None:
    sink.rules[verb] = HANG
    before = time.monotonic()
    outcomes = dict(reach(sink.port, timeout=0.3).send(parcels(2)))
    assert time.monotonic() - before < 3
    assert [o.code for o in outcomes.values()] == [0, 0]
    assert ("unknown" in outcomes[1].text) == (verb == "DOT")


@pytest.mark.parametrize(
    ("verb", "reply"), [("DOT", "whatever"), ("MAIL", "354 go on"), ("DATA", "250 ok"), ("DOT", "2")]
)
def test_what_is_not_smtp_ends_the_connection(sink: Sink, reach: Reach, verb: str, reply: str) -> None:
    sink.rules[verb] = reply
    outcomes = dict(reach(sink.port, timeout=1).send(parcels(2)))
    assert [o.code for o in outcomes.values()] == [0, 0]
    assert sink.connections == 2


def test_a_stale_connection_is_replaced_once_without_a_loss_or_a_copy(sink: Sink, reach: Reach) -> None:
    transport = reach(sink.port)
    assert codes(transport, parcels(1)) == [(1, 250)]
    sink.hang_up()
    assert codes(transport, parcels(2)) == [(1, 250), (2, 250)]
    sink.rules["RSET"] = "421 4.4.2 idle for too long"
    assert codes(transport, parcels(2)) == [(1, 250), (2, 250)]
    assert len(sink.mails) == 5
    assert sink.connections == 3


def test_breaking_off_leaves_no_half_open_transaction(sink: Sink, reach: Reach) -> None:
    transport = reach(sink.port)
    for _ in transport.send(parcels(3)):
        break
    assert codes(transport, parcels(1)) == [(1, 250)]
    assert len(sink.mails) == 2
    assert sink.connections == 2


def test_nobody_there(reach: Reach) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outcomes = dict(reach(port).send(parcels(2)))
    assert [o.code for o in outcomes.values()] == [0, 0]
    assert outcomes[1].text == f"the smarthost 127.0.0.1:{port} cannot be reached: Connection refused"


def test_a_greeting_that_refuses_is_temporary(sink: Sink, reach: Reach) -> None:
    sink.rules["GREETING"] = "554 5.7.1 go away"
    ((_, outcome),) = reach(sink.port).send(parcels(1))
    assert (outcome.code, outcome.temporary) == (0, True)
    assert "554" in outcome.text


def test_a_size_limit_is_known_before_anything_is_sent(sink: Sink, reach: Reach) -> None:
    big = Parcel(1, "", "a@b.example", b"x" * 10_001 + b"\r\n")
    outcomes = dict(reach(sink.port).send([big, *[Parcel(2, "", "a@b.example", BODY)]]))
    assert (outcomes[1].code, outcomes[2].code) == (552, 250)
    assert sum(command.startswith("MAIL") for command in sink.commands) == 1


def test_a_large_mail_goes_through(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server(("PIPELINING",))
    content = (b"." + b"y" * 70 + b"\r\n") * 30_000
    assert codes(reach(sink.port), [Parcel(1, "", "a@b.example", content), *parcels(2)[1:]]) == [(1, 250), (2, 250)]
    assert sink.mails[0] == content


def test_letters_outside_ascii_need_smtputf8(server: Callable[..., Sink], reach: Reach) -> None:
    batch = [Parcel(1, "", "jörg@büro.example", BODY), Parcel(2, "", "joerg@büro.example", BODY)]
    plain, able = server(("PIPELINING",)), server(("PIPELINING", "SMTPUTF8", "8BITMIME"))
    assert codes(reach(plain.port), batch) == [(1, 553), (2, 250)]
    assert codes(reach(able.port), batch) == [(1, 250), (2, 250)]
    assert "RCPT TO:<joerg@xn--bro-hoa.example>" in plain.commands
    assert "MAIL FROM:<> SMTPUTF8" in able.commands
    assert "RCPT TO:<jörg@büro.example>" in able.commands


def test_aiosmtpd_is_served_too(reach: Reach) -> None:
    got: list[bytes] = []

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            got.append(envelope.content)
            return "250 2.0.0 ok"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport = reach(port)
        assert codes(transport, parcels(3)) == [(1, 250), (2, 250), (3, 250)]
        transport.close()
    finally:
        controller.stop()
    assert got == [p.content for p in parcels(3)]


def test_what_is_taken_back_is_not_sent_and_the_next_one_is(sink: Sink, reach: Reach) -> None:
    asked: list[int] = []

    def begin(parcel: Parcel) -> bool:
        asked.append(parcel.id)
        return parcel.id not in (2, 4)

    outcomes = dict(reach(sink.port).send(parcels(5), begin))
    assert outcomes.keys() == {1, 3, 5}
    assert all(outcome.delivered for outcome in outcomes.values())
    assert asked == [1, 2, 3, 4, 5]
    assert [m.splitlines()[-1] for m in sink.mails] == [b"1", b"3", b"5"]
    is_ahead = "PIPELINING" in sink.extensions
    assert sink.connections == (3 if is_ahead else 1), "an envelope on the wire must not get the next mail's content"


def test_parcels_are_taken_when_there_is_room_for_them_and_no_sooner(sink: Sink, reach: Reach) -> None:
    given: list[int] = []

    def supply() -> Iterator[Parcel]:
        for parcel in parcels(9):
            given.append(parcel.id)
            yield parcel

    sending = reach(sink.port).send(supply())
    assert next(sending)[0] == 1
    assert given == [1, 2]
    sending.close()  # type: ignore[attr-defined]


def test_a_server_that_drips_meets_the_end_of_the_transaction() -> None:
    """Each reply comes in time; together they take too long."""
    wire, other = _wire(b"", timeout=0.5)
    stop = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not stop.wait(0.1):
                other.sendall(b"250 ok\r\n")

    thread = threading.Thread(target=drip)
    thread.start()
    wire.bound(1.0)
    before = time.monotonic()
    with wire.sock, other:
        with pytest.raises(TimeoutError):
            while True:
                wire.read()
        stop.set()
        thread.join()
    assert 0.9 < time.monotonic() - before < 3


# Encryption and passwords


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate and its key in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    try:
        subprocess.run([*command, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_an_untrusted_certificate_keeps_the_mail_at_home(
    server: Callable[..., Sink], reach: Reach, tls: ssl.SSLContext
) -> None:
    sink = server(("STARTTLS",), tls=tls)
    ((_, outcome),) = reach(sink.port, starttls="required").send(parcels(1))
    assert (outcome.code, outcome.temporary) == (0, True)
    assert "its certificate is not trusted" in outcome.text
    assert [c for c in sink.commands if not c.upper().startswith("EHLO")] == ["STARTTLS"]


def test_a_trusted_certificate_carries_mail_and_password(
    server: Callable[..., Sink],
    reach: Reach,
    tls: ssl.SSLContext,
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    (tmp_path / "password").write_text("open sesame\n")
    sink = server(("STARTTLS",), tls=tls)
    login = {"username": "desk", "password_file": str(tmp_path / "password")}
    assert codes(reach(sink.port, starttls="required", **login), parcels(3)) == [(1, 250), (2, 250), (3, 250)]
    assert sink.mails == [p.content for p in parcels(3)]
    assert "AUTH PLAIN " + base64.b64encode(b"\0desk\0open sesame").decode() in sink.commands


def test_a_certificate_of_ones_own_is_trusted_beside_the_systems(
    server: Callable[..., Sink], reach: Reach, tls: ssl.SSLContext, certificate: Path
) -> None:
    sink = server(("STARTTLS",), tls=tls)
    way = {"starttls": "required", "username": "desk", "password": "open sesame", "ca_file": f"{certificate}.crt"}
    assert codes(reach(sink.port, **way), parcels(2)) == [(1, 250), (2, 250)]
    assert "AUTH PLAIN " + base64.b64encode(b"\0desk\0open sesame").decode() in sink.commands
    ((_, outcome),) = reach(sink.port, **way | {"ca_file": "/nowhere.pem"}).send(parcels(1))
    assert outcome == Outcome(0, "outgoing.ca_file cannot be read as certificates in PEM form")


def test_encryption_that_is_required_but_not_offered_keeps_the_mail_at_home(sink: Sink, reach: Reach) -> None:
    ((_, outcome),) = reach(sink.port, starttls="required").send(parcels(1))
    assert (outcome.code, "does not offer STARTTLS" in outcome.text) == (0, True)
    assert all(command.upper().startswith("EHLO") for command in sink.commands)


def test_data_before_the_handshake_is_refused(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server(("STARTTLS",))
    sink.rules["STARTTLS"] = "220 go\n250 injected"
    ((_, outcome),) = reach(sink.port, starttls="required").send(parcels(1))
    assert outcome.code == 0
    assert "it spoke before it was asked" in outcome.text


@pytest.mark.parametrize(
    ("offered", "reply", "said"),
    [
        (
            "AUTH PLAIN LOGIN",
            "535 5.7.8 wrong: open sesame AGRlc2sAb3BlbiBzZXNhbWU=",
            "refused user name or password (535)",
        ),
        ("AUTH PLAIN LOGIN", "454 4.7.0 open sesame later", "refused user name or password (454)"),
        ("AUTH PLAIN LOGIN", DROP, ""),
        ("AUTH GSSAPI", "", "offers no way to log in"),
        ("SIZE", "", "offers no way to log in"),
    ],
)
def test_the_password_is_in_no_text(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path, offered: str, reply: str, said: str
) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    sink = server((offered,))
    sink.rules["AUTH"] = reply
    transport = reach(sink.port, username="desk", password_file=str(tmp_path / "password"))
    outcomes = list(transport.send(parcels(2)))
    assert [outcome.code for _, outcome in outcomes] == [0, 0]
    assert said in outcomes[0][1].text
    assert "sesame" not in repr(outcomes) + repr(transport)
    assert "AGRlc2sAb3BlbiBzZXNhbWU=" not in repr(outcomes)
    assert not any(command.startswith("MAIL") for command in sink.commands)


def test_a_login_that_was_refused_is_not_tried_for_each_mail(server: Callable[..., Sink], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong\n")
    sink = server(("AUTH PLAIN",))
    sink.rules["AUTH"] = "535 5.7.8 no"
    seconds = [0.0]
    gate = Gate(lambda: seconds[0])
    way = Outgoing(
        url=f"smtp://127.0.0.1:{sink.port}",
        hostname="desk.example",
        username="desk",
        password_file=str(tmp_path / "password"),
    )
    lanes = [open_transport(way, gate) for _ in range(3)]
    for lane in lanes * 5:
        ((_, outcome),) = lane.send(parcels(1))
        assert outcome.temporary
        assert "refused user name or password (535)" in outcome.text
    assert sink.connections == 1
    del sink.rules["AUTH"]
    seconds[0] += SHUT_SECONDS
    assert codes(lanes[1], parcels(2)) == [(1, 250), (2, 250)]
    for lane in lanes:
        lane.close()


def test_a_connection_lost_at_the_login_is_no_matter_of_the_login(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("open sesame\n")

    def lost(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPServerDisconnected("Server not connected")

    sink = server(("AUTH PLAIN",))
    transport = reach(sink.port, username="desk", password_file=str(tmp_path / "password"))
    with monkeypatch.context() as patch:
        patch.setattr(smtplib.SMTP, "login", lost)
        ((_, outcome),) = transport.send(parcels(1))
    assert "did not finish its greeting: Server not connected" in outcome.text
    assert codes(transport, parcels(1)) == [(1, 250)], "the next one connects at once"


def test_a_password_file_that_cannot_be_read_is_said(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server(("AUTH PLAIN",))
    ((_, outcome),) = reach(sink.port, username="desk", password_file="/nowhere/password").send(parcels(1))
    assert outcome == Outcome(0, "outgoing.password_file cannot be read as ASCII text")


def test_a_password_never_crosses_a_network_in_the_clear(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    monkeypatch.setattr("gateway.transport.link._is_here", lambda host: False)
    sink = server(("AUTH PLAIN",))
    login = {"username": "desk", "password_file": str(tmp_path / "password")}
    ((_, outcome),) = reach(sink.port, **login).send(parcels(1))
    assert "not sent in the clear" in outcome.text
    assert not any("AUTH" in command for command in sink.commands)


def test_a_login_that_is_missing_keeps_the_mail(sink: Sink, reach: Reach) -> None:
    sink.rules["MAIL"] = "530 5.7.0 Authentication required"
    ((_, outcome),) = reach(sink.port).send(parcels(1))
    assert outcome.temporary


# Replies


def _wire(data: bytes, timeout: float = 1.0) -> tuple[Wire, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    return Wire(ours, timeout), theirs


def test_replies_are_taken_one_by_one() -> None:
    wire, other = _wire(b"250 2.1.0 ok\r\n250-a\r\n250-b\n250 c\r\n354\r\n")
    with wire.sock, other:
        assert [(reply.code, reply.text) for reply in (wire.read(), wire.read(), wire.read())] == [
            (250, "2.1.0 ok"),
            (250, "a b c"),
            (354, ""),
        ]


@pytest.mark.parametrize(
    "data",
    [b"250-a\r\n251 b\r\n", b"hello\r\n", b"25\r\n", b"250x\r\n", b"250-a\r\n" * 101, b"2" * 5_000, b"\xb2\xb20 a\r\n"],
)
def test_what_is_no_reply_is_garbled(data: bytes) -> None:
    wire, other = _wire(data)
    with wire.sock, other, pytest.raises(Garbled):
        wire.read()


def test_a_reply_in_drops_meets_the_deadline() -> None:
    wire, other = _wire(b"2", timeout=0.4)
    stop = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not stop.wait(0.1):
                other.sendall(b"5")

    thread = threading.Thread(target=drip)
    thread.start()
    before = time.monotonic()
    with wire.sock, other:
        with pytest.raises(TimeoutError):
            wire.read()
        stop.set()
        thread.join()
    assert time.monotonic() - before < 2


def test_texts_of_others_are_printable_and_short() -> None:
    wire, other = _wire(b"550 a\x00b\x1b[31m\xe2\x80\xae\xff" + b"x" * 900 + b"\r\n")
    with wire.sock, other:
        text = wire.read().text
    assert text.startswith("a b [31m \ufffdx")
    assert len(text) == 500
