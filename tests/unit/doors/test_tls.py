"""STARTTLS: the certificate that cannot be used, the handshake, and what is forgotten at it."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from gateway.doors import tls
from tests.unit.doors.certificate import make_certificate
from tests.unit.doors.house import opened


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
