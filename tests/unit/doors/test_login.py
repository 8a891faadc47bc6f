"""Who may submit: the logins file, its hashes, what a session asks for, and how long a guesser waits."""

from __future__ import annotations

import asyncio
import base64
import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.config import config
from gateway.doors import login
from gateway.doors.lobby import Manners
from gateway.doors.login import Backoff, Hash, Logins
from tests.unit.doors.certificate import make_certificate
from tests.unit.doors.house import Client, Played, opened, until

NAME, PASSWORD = "samantha@desk.example", "correct horse"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes no tenth of a second."""
    monkeypatch.setattr(login, "COST", 1 << 4)


def plain(name: str = NAME, password: str = PASSWORD, whom: str = "") -> str:
    return base64.b64encode(f"{whom}\0{name}\0{password}".encode()).decode()


def write(file: Path, *rows: str) -> Path:
    file.write_text("\n".join(rows) + "\n")
    return file


def test_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    row = login.line(NAME, PASSWORD, bytes(16))
    file = write(
        tmp_path / "logins", "# staff", "", row + "  # Samantha", "broken line", "x@y.example scrypt:3:8:1:00:00"
    )
    logins = Logins(file)
    assert logins.fits(NAME, PASSWORD.encode())
    assert logins.fits(NAME.upper(), PASSWORD.encode())
    assert not logins.fits(NAME, b"wrong")
    assert not logins.fits("nobody@desk.example", PASSWORD.encode())
    assert not logins.fits("x@y.example", b"")
    messages = [record.getMessage() for record in caplog.records]
    assert [message.partition(",")[2] for message in messages] == [
        f" line {number} is not a login: make one with replydesk config login" for number in (4, 5)
    ]
    assert PASSWORD not in caplog.text
    assert PASSWORD not in row


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    file = write(tmp_path / "logins", login.line(NAME, PASSWORD, bytes(16)))
    logins = Logins(file)
    assert logins.fits(NAME, PASSWORD.encode())
    write(file, login.line(NAME, "another", bytes(16)))
    os.utime(file, ns=(1, 1))
    assert not logins.fits(NAME, PASSWORD.encode())
    assert logins.fits(NAME, b"another")
    file.unlink()
    assert not logins.fits(NAME, b"another"), "no file, no login"


@pytest.mark.parametrize(
    "text",
    [
        "scrypt:32768:8:1:00112233445566778899aabbccddeeff:zz",
        "scrypt:32767:8:1:00112233445566778899aabbccddeeff:" + "00" * 32,
        "scrypt:1048576:32:1:00112233445566778899aabbccddeeff:" + "00" * 32,
        "scrypt:1024:8:1:00:" + "00" * 32,
        "scrypt:1024:8:1:00112233445566778899aabbccddeeff:00",
        "sha256:1024:8:1:00112233445566778899aabbccddeeff:" + "00" * 32,
        "scrypt:1024:8",
    ],
)
def test_hashes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        Hash.read(text)


def test_a_name_that_does_not_exist_costs_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int, int]] = []
    real = login._scrypt

    def scrypt(password: bytes, salt: bytes, cost: int, block: int, parallel: int, length: int) -> bytes:
        asked.append((cost, block, parallel, length))
        return real(password, salt, cost, block, parallel, length)

    logins = Logins(write(tmp_path / "logins", login.line(NAME, PASSWORD, bytes(16))))
    monkeypatch.setattr(login, "_scrypt", scrypt)
    logins.fits(NAME, b"x")
    logins.fits("nobody", b"x")
    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_backoff() -> None:
    backoff = Backoff()
    assert backoff.wait("192.0.2.1", 0.0) == 0.0
    waits = []
    now = 0.0
    for _ in range(11):
        backoff.failed("192.0.2.1", now)
        waits.append(backoff.wait("192.0.2.1", now))
        now += waits[-1]
        assert backoff.wait("192.0.2.1", now) == 0.0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert backoff.wait("192.0.2.2", now) == 0.0
    backoff.failed("192.0.2.1", now + 301)
    assert backoff.wait("192.0.2.1", now + 301) == 1.0, "who has been quiet begins anew"
    backoff.failed("192.0.2.1", now + 302)
    backoff.succeeded("192.0.2.1")
    assert backoff.wait("192.0.2.1", now + 302) == 0.0


def test_backoff_remembers_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_MOST_SOURCES", 3)
    backoff = Backoff()
    for number in range(10):
        backoff.failed(f"192.0.2.{number}", 0.0)
    assert [number for number in range(10) if backoff.wait(f"192.0.2.{number}", 0.0)] == [7, 8, 9]


def test_the_command_that_makes_a_line(tmp_path: Path) -> None:
    made = CliRunner().invoke(config, ["login", "Samantha@Desk.Example"], input=f"{PASSWORD}\nnot this\n")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith(f"{NAME} scrypt:")
    assert Logins(write(tmp_path / "logins", made.stdout)).fits(NAME, PASSWORD.encode())
    for arguments, typed, sentence in (
        (["login", "samantha"], "x\n", "give a mail address"),
        (["login", NAME], "", "no password came on stdin"),
    ):
        refused = CliRunner().invoke(config, arguments, input=typed)
        assert refused.exit_code == 2
        assert sentence in refused.output


async def greeted(client: Client) -> str:
    return await client.say("EHLO client.example")


def options(tmp_path: Path, *, tls: bool = False) -> dict[str, Any]:
    file = write(tmp_path / "logins", login.line(NAME, PASSWORD, bytes(16)))
    found: dict[str, Any] = {"logins_file": str(file)}
    if tls:
        certificate, key = make_certificate(tmp_path)
        found |= {"certificate": str(certificate), "private_key": str(key)}
    return found


@pytest.mark.parametrize("tls", [False, True])
def test_a_login_travels_with_the_mail(tmp_path: Path, tls: bool) -> None:
    async def play() -> None:
        async with opened(tmp_path, "submission", options=options(tmp_path, tls=tls)) as doors:
            client = await doors.client("submission")
            if tls:
                assert "AUTH" not in await greeted(client)
                assert (await client.say(f"AUTH PLAIN {plain()}")).startswith("538 5.7.11")
                await client.starttls()
            assert "250-AUTH PLAIN LOGIN" in await greeted(client)
            assert (await client.say("MAIL FROM:<a@b.example>")).startswith("530 5.7.0")
            assert (await client.say(f"AUTH plain {plain(NAME.upper())}")).startswith("235 2.7.0")
            assert (await client.mail()).startswith("250")
            assert [(item.login, item.door) for item in doors.daemon.arrived] == [(NAME, "submission")]

    asyncio.run(play())


def test_without_tls_only_this_machine_is_asked_for_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with opened(tmp_path, "submission", options=options(tmp_path)) as doors:
            monkeypatch.setattr("gateway.doors.smtp.plain_address", lambda _text: "192.0.2.7")
            client = await doors.client("submission")
            assert "AUTH" not in await greeted(client)
            assert (await client.say(f"AUTH PLAIN {plain()}")).startswith("538 5.7.11")
            assert (await client.say("MAIL FROM:<a@b.example>")).startswith("530 5.7.0")

    asyncio.run(play())


def test_the_two_mechanisms_and_their_mistakes(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, "submission", options=options(tmp_path)) as doors:
            client = await doors.client("submission")
            assert (await client.say("AUTH PLAIN")).startswith("503")
            await greeted(client)
            for line, reply in (
                ("AUTH", "504"),
                ("AUTH CRAM-MD5", "504"),
                ("AUTH PLAIN not-base64", "501"),
                ("AUTH PLAIN =", "501"),
                (f"AUTH PLAIN {base64.b64encode(b'only one part').decode()}", "501"),
                (f"AUTH PLAIN {plain(whom='somebody@else.example')}", "501"),
            ):
                assert (await client.say(line)).startswith(reply), line
            assert await client.say("AUTH PLAIN") == "334 "
            assert (await client.say("*")).startswith("501")
            assert await client.say("AUTH LOGIN") == "334 VXNlcm5hbWU6"
            assert await client.say(base64.b64encode(NAME.encode())) == "334 UGFzc3dvcmQ6"
            assert (await client.say(base64.b64encode(PASSWORD.encode()))).startswith("235")
            assert (await client.say(f"AUTH PLAIN {plain()}")).startswith("503"), "once is enough"
            await client.say("MAIL FROM:<a@b.example>")
            assert (await client.say("RCPT TO:<victim@elsewhere.example>")).startswith("550"), "no relay for staff"

    asyncio.run(play())


def test_guessing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_FIRST_WAIT", 3.0)  # what is said below takes a slow machine more than a second

    async def play() -> None:
        manners = Manners(tarpit=0, linger=0.2)
        async with opened(tmp_path, "submission", options=options(tmp_path), manners=manners) as doors:
            client = await doors.client("submission")
            await greeted(client)
            assert (await client.say(f"AUTH PLAIN {plain(password='wrong')}")).startswith("535 5.7.8")
            assert (await client.say(f"AUTH PLAIN {plain()}")).startswith("454 4.7.0"), "not even looked at"
            other = await doors.client("submission")
            await greeted(other)
            assert (await other.say(f"AUTH PLAIN {plain()}")).startswith("454 4.7.0"), "another session, one address"
            assert (await client.say(f"AUTH PLAIN {plain()}")).startswith("454 4.7.0")
            assert (await client.reply()).startswith("421 4.7.0")
            assert await client.reply() == ""
            await asyncio.sleep(3.1)
            assert (await other.say(f"AUTH PLAIN {plain()}")).startswith("235"), "the wait is over"

    asyncio.run(play())


def test_checking_a_password_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow(*_: Any) -> bool:
        asked.set()
        return go.wait(20)

    async def play() -> None:
        async with opened(tmp_path, "submission", "smtp", options=options(tmp_path)) as doors:
            monkeypatch.setattr(Logins, "fits", slow)
            client = await doors.client("submission")
            await greeted(client)
            client.write(f"AUTH PLAIN {plain()}\r\n".encode())
            await asyncio.get_running_loop().run_in_executor(None, asked.wait, 20)
            other = await doors.client()
            assert (await other.mail()).startswith("250")
            go.set()
            assert (await client.reply()).startswith("235")

    asyncio.run(play())


async def at_once(doors: Played, count: int, password: str) -> list[str]:
    """The replies to so many logins on connections of their own."""
    clients = [await doors.client("submission") for _ in range(count)]
    for client in clients:
        await greeted(client)
    return [
        reply[:3] for reply in await asyncio.gather(*(c.say(f"AUTH PLAIN {plain(password=password)}") for c in clients))
    ]


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[str]:
    """Each check takes so long; the names that were looked up."""
    asked: list[str] = []
    real = Logins.fits

    def fits(self: Logins, name: str, password: bytes) -> bool:
        asked.append(name)
        time.sleep(seconds)
        return real(self, name, password)

    monkeypatch.setattr(Logins, "fits", fits)
    return asked


def test_guessing_on_many_connections_is_one_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = slowly(monkeypatch, 0.1)
    monkeypatch.setattr(login, "_FIRST_WAIT", 100.0)

    async def play() -> None:
        async with opened(tmp_path, "submission", options=options(tmp_path)) as doors:
            assert sorted(await at_once(doors, 10, "wrong")) == ["454"] * 9 + ["535"]
            assert len(asked) == 1

    asyncio.run(play())


def test_a_guess_counts_though_its_client_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = slowly(monkeypatch, 0.3)
    monkeypatch.setattr(login, "_FIRST_WAIT", 100.0)

    async def play() -> None:
        async with opened(tmp_path, "submission", options=options(tmp_path)) as doors:
            client = await doors.client("submission")
            await greeted(client)
            client.write(f"AUTH PLAIN {plain(password='wrong')}\r\n".encode())
            await until(lambda: asked)
            client.writer.transport.abort()
            await asyncio.sleep(0.1)
            assert await at_once(doors, 1, PASSWORD) == ["454"]
            assert len(asked) == 1

    asyncio.run(play())


def test_who_waits_for_the_turn_of_his_login_is_not_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(monkeypatch, 0.5)

    async def play() -> None:
        given = options(tmp_path)
        async with opened(tmp_path, "submission", options=given, idle=timedelta(seconds=2)) as doors:
            assert await at_once(doors, 6, PASSWORD) == ["235"] * 6, "many at once from one office are no attack"

    asyncio.run(play())
