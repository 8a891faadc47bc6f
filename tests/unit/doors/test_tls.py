"""STARTTLS: the certificate that cannot be used, the handshake, and what is forgotten at it."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.doors import tls
from gateway.doors.lobby import Manners
from tests.unit.doors.certificate import make_certificate
from tests.unit.doors.house import Client, Played, opened, until


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def test_the_oldest_protocol_is_tls_1_2(pair: tuple[Path, Path]) -> None:
    context = tls.context(*pair)
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls.context("", "") is None


def test_what_is_wrong_with_a_certificate_is_a_sentence(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    other, guarded = make_certificate(tmp_path, "other")[1], make_certificate(tmp_path, "guarded", "geheim")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nothing\n")
    for certificate, key, words in (
        (pair[0], tmp_path / "none", "smtp.private_key: cannot read"),
        (tmp_path / "none", pair[1], "smtp.certificate: cannot read"),
        (tmp_path, pair[1], "Is a directory"),
        (pair[0], other, "key values mismatch"),
        (nonsense, pair[1], "cannot be used"),
        (*guarded, "has a passphrase"),
    ):
        with pytest.raises(tls.BadCertificate, match=words):
            tls.context(certificate, key)


def test_a_mail_under_tls(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    async def play() -> None:
        options = {"certificate": str(pair[0]), "private_key": str(pair[1])}
        async with opened(tmp_path, options=options) as doors:
            client = await doors.client()
            assert "STARTTLS" in await client.say("EHLO client.example")
            await client.say("MAIL FROM:<before@evil.example>")
            await client.starttls()
            assert (await client.say("RCPT TO:<support@desk.example>")).startswith("503")
            assert "STARTTLS" not in await client.say("EHLO client.example")
            assert (await client.say("STARTTLS")).startswith("503")
            await client.open()
            assert (await client.data(b"large\r\n" * 300_000)).startswith("250"), "through the spool as well"
            assert (await client.say("QUIT")).startswith("221")
            assert await client.reply() == ""
            assert doors.daemon.contents == [b"large\r\n" * 300_000 + b"\r\n"]

    asyncio.run(play())


def test_what_was_sent_in_the_clear_behind_starttls_is_never_done(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    async def play() -> None:
        options = {"certificate": str(pair[0]), "private_key": str(pair[1])}
        async with opened(tmp_path, options=options) as doors:
            client = await doors.client()
            await client.say("EHLO client.example")
            client.write(b"STARTTLS\r\nRSET\r\n")
            assert (await client.reply()).startswith("554 5.5.0")
            assert await client.reply() == ""

    asyncio.run(play())


def test_a_handshake_that_fails_leaves_no_trace(
    tmp_path: Path, pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        options = {"certificate": str(pair[0]), "private_key": str(pair[1])}
        async with opened(tmp_path, options=options) as doors:
            for noise in (b"EHLO evil.example\r\n", b"\x16\x03\x01", b""):
                client = await doors.client()
                await client.say("EHLO client.example")
                assert (await client.say("STARTTLS")).startswith("220")
                client.write(noise)
                await asyncio.sleep(0.1)
                await client.close()
            client = await doors.client()
            assert (await client.mail()).startswith("250")

    asyncio.run(play())
    assert not caplog.records


def configured(pair: tuple[Path, Path]) -> dict[str, Any]:
    return {"certificate": str(pair[0]), "private_key": str(pair[1])}


async def before_the_handshake(doors: Played) -> Client:
    """A client that the door now expects a handshake from."""
    client = await doors.client()
    await client.say("EHLO client.example")
    assert (await client.say("STARTTLS")).startswith("220")
    return client


async def all_have_left(doors: Played) -> None:
    told = len(doors.daemon.counts)
    await until(lambda: doors.daemon.counts[told:] and doors.daemon.counts[-1].open_sessions == 0)


@pytest.mark.parametrize("noise", [b"EHLO evil.example\r\n", b"\x16\x03\x01", b""])
def test_a_handshake_that_fails_gives_its_place_back(tmp_path: Path, pair: tuple[Path, Path], noise: bytes) -> None:
    async def play() -> None:
        async with opened(tmp_path, options=configured(pair), connections=2, connections_per_address=2) as doors:
            for _ in range(2):
                for client in [await before_the_handshake(doors) for _ in range(2)]:
                    client.write(noise)
                    await client.writer.drain()
                    await client.close()
                await all_have_left(doors)
            assert (await (await doors.client()).mail()).startswith("250")

    asyncio.run(play())


def test_who_never_begins_the_handshake_is_sent_away(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    async def play() -> None:
        async with opened(tmp_path, options=configured(pair), connections=1, idle=timedelta(seconds=1)) as doors:
            client = await before_the_handshake(doors)
            assert await client.reply() == ""
            await all_have_left(doors)
            await doors.client()

    asyncio.run(play())


def test_draining_does_not_wait_for_a_handshake(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    async def play() -> None:
        async with opened(tmp_path, options=configured(pair)) as doors:
            client = await before_the_handshake(doors)
            doors.daemon.say(None)
            began = asyncio.get_running_loop().time()
            assert await client.reply() == ""
            await until(doors.running.done)
            assert asyncio.get_running_loop().time() - began < 10

    asyncio.run(play())


async def shown(doors: Played) -> bytes:
    """The certificate that a new client sees."""
    client = await doors.client()
    await client.say("EHLO client.example")
    await client.starttls()
    found: bytes = client.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    await client.close()
    return found


def test_a_renewed_certificate_is_taken_up(
    tmp_path: Path, pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    here = tmp_path / "desk.pem", tmp_path / "desk.key"
    renewed = make_certificate(tmp_path, "renewed")

    def install(certificate: Path, key: Path) -> None:
        shutil.copy(certificate, here[0])
        shutil.copy(key, here[1])

    async def play() -> None:
        install(*pair)
        async with opened(tmp_path, options=configured(here), manners=Manners(certificate=0.1)) as doors:
            first = await shown(doors)
            assert first == ssl.PEM_cert_to_DER_cert(pair[0].read_text())
            install(renewed[0], pair[1])
            await until(lambda: caplog.records)
            await asyncio.sleep(1.0)
            assert await shown(doors) == first, "half of a pair changes nothing"
            install(*renewed)
            wanted = ssl.PEM_cert_to_DER_cert(renewed[0].read_text())
            for _ in range(600):
                if (now := await shown(doors)) == wanted:
                    break
                await asyncio.sleep(0.1)
            assert now == wanted

    asyncio.run(play())
    (said,) = caplog.messages
    assert said.startswith("smtp.certificate: ")
    assert said.endswith("the old one goes on")


def test_without_its_certificate_a_door_opens_but_nobody_logs_in(
    tmp_path: Path, pair: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    here = tmp_path / "desk.pem", tmp_path / "desk.key"
    options = configured(here) | {"logins_file": str(tmp_path / "logins")}

    async def play() -> None:
        manners = Manners(certificate=0.1)
        async with opened(tmp_path, "submission", "smtp", options=options, manners=manners) as doors:
            assert (await (await doors.client()).mail()).startswith("250")
            client = await doors.client("submission")
            assert "AUTH" not in await client.say("EHLO client.example")
            assert (await client.say("AUTH PLAIN AGEAYg==")).startswith("538")
            for source, target in zip(pair, here, strict=True):
                shutil.copy(source, target)
            for _ in range(600):
                if "STARTTLS" in (answer := await client.say("EHLO client.example")):
                    break
                await asyncio.sleep(0.1)
            assert "STARTTLS" in answer
            await client.starttls()
            assert "AUTH PLAIN" in await client.say("EHLO client.example")

    asyncio.run(play())
    assert caplog.messages[0].startswith("smtp.certificate: cannot read")
    assert caplog.messages[0].endswith("STARTTLS is not offered")
