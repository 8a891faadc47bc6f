"""Our own signatures: two verifiers take them, no byte of what is signed can change, and nothing leaves without one."""

from __future__ import annotations

import logging
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.channel import ChannelClosed, Line
from gateway.compose import compose
from gateway.evidence import signature
from gateway.evidence.canonical import divide
from gateway.jobs.deliver import Render, Rendered, render, serve
from gateway.letter import LetterFile
from gateway.signing import NoKey, Signer, place, read_key, record
from gateway.transport import Outgoing
from tests.unit.compose.conftest import CASES, write_letter

DATE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PLAIN = (
    b"From: Desk <desk@desk.example>\r\nTo: nora@northwind.example\r\nSubject: Good\r\n"
    b"Date: Sat, 21 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@desk.example>\r\n\r\nOne line.\r\n"
)


def pem(bits: int = 2048, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    made = rsa.generate_private_key(65537, bits)
    return made.private_bytes(Encoding.PEM, form, NoEncryption())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dkim") / "dkim.pem"
    path.write_bytes(pem())
    return path


@pytest.fixture
def signer(file: Path) -> Signer:
    return Signer("rd2026", "desk.example", str(file))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """dkimpy says in a log why it refuses."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def verdicts(mail: bytes, signer: Signer, now: datetime = DATE) -> tuple[str, bool]:
    """What our own verifier says of the one signature, and what dkimpy does."""
    text = record(signer.key())

    def ask(name: str, kind: str) -> tuple[str, ...]:
        return (text,) if (name, kind) == (place("rd2026", "desk.example"), "TXT") else ()

    canonical = divide(mail)
    assert canonical is not None
    (header,) = canonical.named(b"dkim-signature")
    ours = signature.verify(canonical, header, ask, int(now.timestamp())).result
    try:
        theirs = dkim.verify(mail, dnsfunc=lambda name, timeout=5: text.encode())
    except dkim.DKIMException:
        theirs = False
    return ours, theirs


def changed(mail: bytes, old: bytes, new: bytes) -> bytes:
    assert mail.count(old) == 1, old
    return mail.replace(old, new)


# Every mail of ours


@pytest.mark.parametrize("case", sorted(CASES))
def test_each_kind_of_mail_is_signed_so_that_two_verifiers_take_it(case: str, signer: Signer) -> None:
    letter = write_letter(case)
    mail = compose(letter)
    signed = signer.sign(mail, letter.date)
    assert signed.endswith(b"\r\n" + mail)
    head = signed[: -len(mail)]
    assert head.startswith(b"DKIM-Signature: ")
    assert head.count(b"\n") == head.count(b"\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert verdicts(signed, signer) == ("pass", True)


@pytest.mark.parametrize(
    "letter",
    [
        write_letter(
            "answer", files=(LetterFile(filename="a.bin", content_type="x/y", content=bytes(range(256)) * 99),)
        ),
        write_letter(subject="ä" * 400),
        write_letter("answer", facts={**CASES["answer"], "words": "  spaced \t out  \n\n\n\n.dot\nEnd   "}),
        replace(write_letter(), to=replace(write_letter().to, address="nörä@northwind.example")),
    ],
    ids=["file", "long subject", "white space", "international"],
)
def test_odd_mails_are_signed_as_well(letter: object, signer: Signer) -> None:
    assert verdicts(signer.sign(compose(letter), DATE), signer) == ("pass", True)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b"x", b"a \t b \r\n\r\n \r\n", b"\xc3\xa4 8 bit\r\n"])
def test_a_body_of_any_end_is_signed_as_both_verifiers_read_it(body: bytes, signer: Signer) -> None:
    assert verdicts(signer.sign(PLAIN + body, DATE), signer) == ("pass", True)


def test_a_signature_outlives_the_way_through_mail_servers(signer: Signer) -> None:
    signed = signer.sign(compose(write_letter("invite")), DATE)
    trip = b"Received: from desk (desk [192.0.2.1])\r\n\tby mx.relay.example (Postfix) with ESMTPS id 4X\r\n"
    late = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert verdicts(b"Return-Path: <x@desk.example>\r\n" + trip * 3 + signed, signer, late) == ("pass", True)
    folded = changed(signed, b"\r\nSubject: ", b"\r\nSUBJECT:   ")
    assert verdicts(folded, signer) == ("pass", True), "relaxed: white space and capitals of names"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<nora@northwind.example>", b"<mora@northwind.example>"),
        (b"\r\nDate: Sat, 21", b"\r\nDate: Sun, 22"),
        (b"\r\nMIME-Version: 1.0", b"\r\nMIME-Version: 1.1"),
        (b"\r\nReply-To: support+", b"\r\nReply-To: zupport+"),
        (b"\r\nAuto-Submitted: auto-replied", b"\r\nAuto-Submitted: no"),
        (b"\r\nIn-Reply-To: <q", b"\r\nIn-Reply-To: <r"),
        (b"multipart/alternative;", b"multipart/mixed;"),
        (b"\r\nFrom: ", b"\r\nFrom: Mallory <m@evil.example>\r\nFrom: "),
        (b"\r\nSubject: ", b"\r\nSubject: You have won\r\nSubject: "),
        (b"\r\nSubject: ", b"\r\nReply-To: m@evil.example\r\nSubject: "),
        (b"\r\nSubject: ", b"\r\nCc: m@evil.example\r\nSubject: "),
        (b"\r\nSubject: ", b"\r\nContent-Type: text/html\r\nSubject: "),
        (b"\r\nSubject: ", b"\r\nContent-Transfer-Encoding: base64\r\nSubject: "),
    ],
)
def test_what_is_signed_can_neither_change_nor_be_added_to(old: bytes, new: bytes, signer: Signer) -> None:
    signed = signer.sign(compose(write_letter()), DATE)
    ours, theirs = verdicts(changed(signed, old, new), signer)
    assert (ours != "pass", theirs) == (True, False)


def test_a_byte_of_the_body_cannot_change(signer: Signer) -> None:
    signed = signer.sign(PLAIN, DATE)
    assert verdicts(changed(signed, b"One line.", b"One lime."), signer) == ("fail", False)
    assert verdicts(signed + b"More.\r\n", signer) == ("fail", False)


def test_a_signature_tells_the_domain_and_nothing_of_an_agent(signer: Signer) -> None:
    signed = signer.sign(PLAIN, DATE)
    canonical = divide(signed)
    assert canonical is not None
    tags = signature.tags(canonical.named(b"dkim-signature")[0].value)
    assert {name: tags[name] for name in "vacdsti" if name in tags} == {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/relaxed",
        "d": "desk.example",
        "s": "rd2026",
        "t": str(int(DATE.timestamp())),
        "i": "@desk.example",
    }
    assert "l" not in tags and "x" not in tags
    names = tags["h"].split(":")
    assert (names.count("From"), names.count("Subject"), names.count("Cc")) == (2, 2, 1)


def test_the_same_letter_has_the_same_bytes_whoever_signs_it_and_when(file: Path, signer: Signer) -> None:
    assert signer.sign(PLAIN, DATE) == Signer("rd2026", "desk.example", str(file)).sign(PLAIN, DATE)


# The key


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_both_forms_of_a_key_are_read_and_its_public_half_is_what_openssl_says(
    tmp_path: Path, form: PrivateFormat, end: bytes
) -> None:
    content = pem(form=form)
    (tmp_path / "key").write_bytes(content.replace(b"\n", end))
    key = read_key(tmp_path / "key")
    public = load_pem_private_key(content, None).public_key()
    assert (key.bits, key.public) == (2048, public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    assert "parts" not in repr(key)


def test_the_key_that_our_sentence_tells_to_make_is_good(tmp_path: Path) -> None:
    subprocess.run(["openssl", "genrsa", "-out", tmp_path / "key", "2048"], check=True, capture_output=True)
    assert read_key(tmp_path / "key").bits == 2048


def _damaged(content: bytes) -> bytes:
    """The same key with other bits in its last number (PKCS #1: the coefficient)."""
    lines = content.strip().split(b"\n")
    lines[-3] = lines[-3][:20] + (b"AAAA" if lines[-3][20:24] != b"AAAA" else b"BBBB") + lines[-3][24:]
    return b"\n".join(lines)


ED25519 = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda: None, "cannot be read: No such file"),
        (lambda: b"", "is no private RSA key in PEM form"),
        (lambda: b"hunter2", "is no private RSA key in PEM form"),
        (lambda: b"--\n" + b"A" * 4000 + b"\n--", "is no private RSA key"),
        (lambda: b"--\n!\xff\n--", "is no private RSA key"),
        (lambda: b"--\nMAA=\n--", "is no private RSA key"),
        (lambda: ED25519, "is no private RSA key"),
        (lambda: pem() + b"#" * (64 << 10), "is no private RSA key"),
        (lambda: b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END", "has a passphrase"),
        (lambda: pem(1024), "has 1024 bits, 2048 to 8192 are wanted"),
        (lambda: _damaged(pem(form=PrivateFormat.TraditionalOpenSSL)), "or a damaged one"),
    ],
)
def test_what_is_no_good_key_has_a_sentence_and_signs_nothing(
    tmp_path: Path, content: Callable[[], bytes | None], sentence: str
) -> None:
    if (written := content()) is not None:
        (tmp_path / "key").write_bytes(written)
    with pytest.raises(NoKey, match=sentence) as caught:
        Signer("s", "desk.example", str(tmp_path / "key")).sign(PLAIN, DATE)
    assert "hunter2" not in str(caught.value)


def test_the_key_is_parsed_once_and_again_when_its_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr("gateway.signing.read_key", lambda path: read.append(path) or read_key(path))
    path = tmp_path / "key"
    path.write_bytes(pem())
    signer = Signer("rd2026", "desk.example", str(path))
    first = [signer.sign(PLAIN, DATE) for _ in range(5)]
    assert (len(set(first)), len(read)) == (1, 1)
    path.write_bytes(pem())
    assert signer.sign(PLAIN, DATE) != first[0]
    path.write_bytes(b"half of a ke")
    with pytest.raises(NoKey):
        signer.sign(PLAIN, DATE)
    assert len(read) == 3


# In the sender


def test_the_sender_signs_what_it_renders_and_renders_the_same_mail(signer: Signer) -> None:
    letters = [(7, write_letter(), ()), (8, write_letter("answer"), ())]
    signed, plain = render(Render(letters, {}), signer), render(Render(letters, {}))
    assert (signed.broken, signed.unsigned) == ([], [])
    for (number, mail), (same, without) in zip(signed.contents, plain.contents, strict=True):
        assert number == same
        assert mail.endswith(b"\r\n" + without)
        assert verdicts(mail, signer) == ("pass", True)


def test_nothing_leaves_unsigned_while_there_is_no_key(tmp_path: Path) -> None:
    absent = Signer("rd2026", "desk.example", str(tmp_path / "dkim.pem"))
    found = render(Render([(7, write_letter(), ()), (8, write_letter(), ())], {}), absent)
    assert (found.contents, found.broken) == ([], [])
    assert [number for number, _ in found.unsigned] == [7, 8]
    (why,) = {why for _, why in found.unsigned}
    assert why.startswith("it waits, because it cannot be signed: outgoing.dkim_key_file cannot be read: No such file")


def test_the_sender_signs_what_its_options_say(file: Path, tmp_path: Path, signer: Signer) -> None:
    ours, theirs = socket.socketpair()

    def run() -> None:
        with theirs, suppress(ChannelClosed):
            serve(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    line = Line(ours)
    keys = {"dkim_selector": "rd2026", "dkim_domain": "desk.example", "dkim_key_file": str(file)}
    line.send(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="desk.example", **keys))
    line.send(Render([(7, write_letter(), ())], {}))
    while not isinstance(message := line.receive(), Rendered):
        pass
    ours.close()
    thread.join(20)
    ((number, mail),) = message.contents
    assert (number, verdicts(mail, signer)) == (7, ("pass", True))


def test_signing_costs_time_by_the_length_of_a_mail_only(signer: Signer) -> None:
    """White space that a stranger is quoted with: the square of it would be minutes."""
    signer.key()
    before = time.process_time()
    signer.sign(PLAIN + (b" " * 997 + b"x\r\n") * 5_000, DATE)
    assert time.process_time() - before < 2.0
