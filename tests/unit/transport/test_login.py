"""Encryption and passwords: what keeps the mail at home, and that a password is in no text."""

from __future__ import annotations

import base64
import smtplib
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway import token
from gateway.transport import Outcome, Outgoing, open_transport
from gateway.transport.gate import SHUT_SECONDS, Gate
from tests.unit.transport.sink import DROP, Reach, Sink, codes, parcels


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
    assert outcome == Outcome(0, "outgoing.password_file cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty: put nothing but the password there"),
        (b"open sesame\n# of the desk\n", "is not one line of text: put nothing but the password there"),
        ("Straße\n".encode(), "cannot be read as ASCII text"),
    ],
)
def test_a_file_that_holds_more_than_a_password_is_not_sent(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "password").write_bytes(content)
    sink = server(("AUTH PLAIN",))
    ((_, outcome),) = reach(sink.port, username="desk", password_file=str(tmp_path / "password")).send(parcels(1))
    assert outcome == Outcome(0, f"outgoing.password_file {said}")
    assert not any("AUTH" in command for command in sink.commands)


def test_a_port_that_speaks_in_the_clear_first_names_the_other_way(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    ((_, outcome),) = reach(0, url=f"smtps://127.0.0.1:{sink.port}").send(parcels(1))
    assert "encryption failed (" in outcome.text
    assert outcome.text.endswith("smtps:// is for a port such as 465, smtp:// for 587 and 25")


def test_a_port_that_waits_for_encryption_names_the_other_way(reach: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr("socket.create_connection", silent)
    said = [outcome.text for port in (465, 587) for _, outcome in reach(port).send(parcels(1))]
    assert [text.partition("cannot be reached: ")[2] for text in said] == [
        "no answer in time; it may wait for encryption: such a port wants smtps://",
        "no answer in time",
    ]


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


# An access token instead of a password


def printing(folder: Path, script: str) -> tuple[str, ...]:
    program = folder / "get-token"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return str(program), "hunter2"


def test_an_access_token_is_shown_and_asked_for_anew_on_each_connection(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path
) -> None:
    sink = server(("AUTH LOGIN XOAUTH2",))
    way = {"username": "desk@example.org", "token_command": printing(tmp_path, "echo x >> $0.ran; echo ey.token")}
    for _ in range(2):
        transport = reach(sink.port, **way)
        assert codes(transport, parcels(3)) == [(1, 250), (2, 250), (3, 250)]
        assert "hunter2" not in repr(Outgoing(url="smtp://x", hostname="x", **way))
    shown = base64.b64encode(b"user=desk@example.org\1auth=Bearer ey.token\1\1").decode()
    assert sink.commands.count(f"AUTH XOAUTH2 {shown}") == 2
    assert (tmp_path / "get-token.ran").read_text() == "x\nx\n"


@pytest.mark.parametrize("reply", ["535 5.7.8 ey.token", "334 eyJzdGF0dXMiOiI0MDAifQ==", "454 4.7.0 ey.token"])
def test_a_refused_token_is_in_no_text(server: Callable[..., Sink], reach: Reach, tmp_path: Path, reply: str) -> None:
    sink = server(("AUTH XOAUTH2",))
    sink.rules["AUTH"], sink.rules[""] = reply, "535 5.7.3 ey.token"
    transport = reach(sink.port, username="desk", token_command=printing(tmp_path, "echo ey.token"))
    ((_, outcome),) = transport.send(parcels(1))
    code = 454 if reply.startswith("454") else 535
    assert outcome.text == f"the smarthost 127.0.0.1 refused user name or access token ({code})"
    assert not any(command.startswith("MAIL") for command in sink.commands)


@pytest.mark.parametrize(
    ("offered", "script", "said"),
    [
        ("AUTH PLAIN LOGIN", "echo ey.token", "offers no way to log in that we know"),
        ("SIZE", "echo ey.token", "offers no way to log in that we know"),
        ("AUTH XOAUTH2", "echo ey.token; exit 3", "outgoing.token_command ended with exit code 3: run it by hand"),
        ("AUTH XOAUTH2", "echo two words", "outgoing.token_command prints no access token"),
        ("AUTH XOAUTH2", "true", "outgoing.token_command prints no access token"),
        ("AUTH XOAUTH2", "printf 'caf\\303\\251'", "outgoing.token_command prints no access token"),
        ("AUTH XOAUTH2", "exec yes", "outgoing.token_command prints more than 16 KB"),
    ],
)
def test_no_token_keeps_the_mail_with_a_sentence(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path, offered: str, script: str, said: str
) -> None:
    sink = server((offered,))
    ((_, outcome),) = reach(sink.port, username="desk", token_command=printing(tmp_path, script)).send(parcels(1))
    assert (outcome.code, outcome.temporary) == (0, True)
    assert said in outcome.text
    assert not any(command.startswith(("AUTH", "MAIL")) for command in sink.commands)
    ((_, outcome),) = reach(sink.port, username="desk", token_command=("/nowhere/x",)).send(parcels(1))
    assert outcome.code == 0


def test_a_token_program_that_hangs_ends_with_all_that_it_started(tmp_path: Path) -> None:
    command = printing(tmp_path, "sleep 300 & echo $! > $0.pid; echo half; wait")
    written = tmp_path / "get-token.pid"
    until = time.monotonic() + 60

    def pulse() -> None:
        """It is not ended before it has a child."""
        while not (written.exists() and written.read_text().endswith("\n")):
            assert time.monotonic() < until, "it does not begin"
            time.sleep(0.01)

    with pytest.raises(token.NoToken, match=r"does not end within 0\.5 s"):
        token.ask(command, 0.5, pulse)
    child = Path("/proc") / written.read_text().strip() / "stat"
    until = time.monotonic() + 60
    while child.exists() and child.read_text().rpartition(")")[2].split()[0] not in "ZX":
        assert time.monotonic() < until, "it runs on"
        time.sleep(0.01)
    with pytest.raises(token.NoToken, match=r"cannot be started: No such file"):
        token.ask(("/nowhere/x",))


def test_a_token_never_crosses_a_network_in_the_clear(
    server: Callable[..., Sink], reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.transport.link._is_here", lambda host: False)
    sink = server(("AUTH XOAUTH2",))
    way = {"username": "desk", "token_command": printing(tmp_path, "echo x > $0.ran; echo ey.token")}
    ((_, outcome),) = reach(sink.port, **way).send(parcels(1))
    assert "does not offer STARTTLS" in outcome.text
    assert not any("AUTH" in command for command in sink.commands)
    assert not (tmp_path / "get-token.ran").exists()
