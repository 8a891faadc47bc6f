"""A DNS for tests: a zone of records that can also be dead, slow or broken; the same on a real UDP port; a signer.

In: names with their records. Out: answers as `gateway.evidence.questions` wants them, and what was asked.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
import time
from collections.abc import Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.evidence.questions import Unanswered

KEY = generate_private_key(65537, 1024)
DEAD = "dead"
"""A record that is none: the question is never answered."""

Records = Mapping[tuple[str, str], tuple[str, ...]]


class Zone:
    """Answers from a dict; whatever stands under `DEAD` is a fault."""

    def __init__(self, records: Records) -> None:
        self.records = dict(records)
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append((name, kind))
        found = self.records.get((name.lower().rstrip("."), kind), ())
        if found == (DEAD,):
            raise Unanswered(f"{name} {kind}: nobody answers")
        return found


def key_record(key: RSAPrivateKey = KEY, extra: str = "") -> str:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; {extra}p={base64.b64encode(public).decode()}"


def sign(
    mail: bytes,
    domain: str,
    *,
    selector: str = "s",
    names: str = "from:to:subject",
    key: RSAPrivateKey = KEY,
    extra: str = "",
    algorithm: str = "rsa-sha256",
    header: str = "DKIM-Signature",
    version: str = "v=1",
) -> bytes:
    """The mail (CRLF) with a relaxed/relaxed signature on top, written here without any of the code that checks it."""
    head, _, body = mail.partition(b"\r\n\r\n")
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip() for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    canonical = b"".join(line + b"\r\n" for line in lines)
    digest = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    value = f"{version}; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector}; {extra}h={names}; bh={digest}; b="
    fields = [_relaxed(field) for field in re.split(rb"\r\n(?![ \t])", head)]
    signed = []
    for name in names.split(":"):
        last = next((field for field in reversed(fields) if field.startswith(name.encode() + b":")), None)
        if last is not None:
            fields.remove(last)
            signed.append(last + b"\r\n")
    data = b"".join(signed) + _relaxed(f"{header}: {value}".encode())
    signature = base64.b64encode(key.sign(data, PKCS1v15(), SHA256())).decode()
    return f"{header}: {value}{signature}\r\n".encode() + mail


def seal(mail: bytes, domain: str, number: int, results: str, *, selector: str = "s", claims: str = "") -> bytes:
    """The mail with one more ARC set on top (RFC 8617 section 5.1)."""
    seen = f"ARC-Authentication-Results: i={number}; {domain}; {results}\r\n".encode()
    signed = sign(mail, domain, selector=selector, header="ARC-Message-Signature", version=f"i={number}")
    signature = signed[: len(signed) - len(mail)]
    value = f"i={number}; a=rsa-sha256; cv={claims or ('pass' if number > 1 else 'none')}; d={domain}; s={selector}; b="
    sets = [_of(mail, name, one) for one in range(1, number) for name in ARC]
    covered = [*sets, seen.rstrip(), signature.rstrip(), f"ARC-Seal: {value}".encode()]
    data = b"\r\n".join(map(_relaxed, covered))
    made = base64.b64encode(KEY.sign(data, PKCS1v15(), SHA256())).decode()
    return f"ARC-Seal: {value}{made}\r\n".encode() + signature + seen + mail


ARC = (b"ARC-Authentication-Results", b"ARC-Message-Signature", b"ARC-Seal")


def _of(mail: bytes, name: bytes, number: int) -> bytes:
    return next(line for line in mail.split(b"\r\n") if line.startswith(name + b": i=%d;" % number))


def _relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


class Server:
    """A name server on loopback (UDP) that says what the zone says; `slow` seconds before each answer."""

    def __init__(self, zone: Zone, slow: float = 0.0) -> None:
        self.zone, self.slow = zone, slow
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", self.address)
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(65_535)
            if not data:
                return
            answer = self._answer(data)
            time.sleep(self.slow)
            if answer is not None:
                self._socket.sendto(answer, client)

    def _answer(self, data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        reply = dns.message.make_response(query, recursion_available=True)
        name = question.name.to_text(omit_final_dot=True).lower()
        try:
            found = self.zone(name, kind)
        except Unanswered:
            return None
        if found == ("SERVFAIL",):
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif found:
            texts = [self._quoted(text) if kind == "TXT" else text for text in found]
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.zone.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire(max_size=65_000)

    @staticmethod
    def _quoted(text: str) -> str:
        return " ".join(f'"{text[start : start + 250]}"' for start in range(0, len(text), 250))
