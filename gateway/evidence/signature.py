"""DKIM signatures (RFC 6376, RFC 8463): was this mail signed by that domain, as it is?

In: a canonical mail, one signature, an `Ask` for its key. Out: a result in the words of RFC 8601 with the domain. A
signature that leaves the From or a part of the body open proves nothing and is `policy`; so is one by a public suffix,
by SHA-1, or with a key that is too small or absurdly large. No answer of the DNS is `temperror`, never `fail`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gateway.evidence.canonical import Canonical, Field
from gateway.evidence.questions import Ask, Unanswered, is_name

LENGTH = 16_384
"""Bytes of a signature header at most."""
SIGNED = 200
"""Names in its h= at most."""
SMALLEST, LARGEST = 1024, 8192
"""Bits of an RSA key (RFC 8301 section 3.2)."""
_FORMS = ("simple", "relaxed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one signature; `why` is empty when it is good."""

    result: str
    why: str = ""


class Unusable(Exception):
    """The signature or its key cannot be used: `args` are the result and why."""


def verify(mail: Canonical, header: Field, ask: Ask, now: int) -> Outcome:
    """One DKIM-Signature of the mail, at `now` (seconds of the epoch)."""
    try:
        found = tags(header.value)
        if found.get("v") != "1":
            raise Unusable("permerror", "it is of no known version")
        if "x" in found and (not _is_number(found["x"]) or int(found["x"]) < now):
            raise Unusable("fail", "it has expired")
        identity = found.get("i", "@" + found.get("d", "")).rpartition("@")[2].lower()
        domain = found.get("d", "").lower()
        if identity != domain and not identity.endswith(f".{domain}"):
            raise Unusable("permerror", "its i= is not in its d=")
        check_message(mail, header, found, ask, strict_identity=identity != domain)
    except Unusable as error:
        return Outcome(*error.args)
    except Unanswered as error:
        return Outcome("temperror", str(error))
    return Outcome("pass")


def check_message(
    mail: Canonical, header: Field, found: Mapping[str, str], ask: Ask, *, strict_identity: bool = False
) -> None:
    """Body hash and signature over the named fields; raises `Unusable` unless both are good."""
    form, _, body_form = found.get("c", "simple/simple").lower().partition("/")
    body_form = body_form or "simple"
    if form not in _FORMS or body_form not in _FORMS:
        raise Unusable("permerror", "its canonicalization is unknown")
    names = [name.strip().lower().encode("ascii", "replace") for name in found.get("h", "").split(":")]
    if len(names) > SIGNED:
        raise Unusable("policy", "it names too many fields")
    if b"from" not in names:
        raise Unusable("permerror", "it does not sign From")
    if "l" in found:
        raise Unusable("policy", "it signs only a part of the body")
    key, is_strict = _key(found, ask)
    if is_strict and strict_identity:
        raise Unusable("policy", "its key is for the domain itself only")
    if mail.body_hash(body_form) != _bytes(found.get("bh", "")):
        raise Unusable("fail", "the body was changed")
    # Section 3.7: one name more than there are fields would keep others from being added; From must be there once.
    if len(mail.named(b"from")) != 1:
        raise Unusable("permerror", "there is not exactly one From")
    signed = mail.signed(names, form) + header.canonical(form, without_signature(header.value))
    check(key, found, signed)


def seal_key(found: Mapping[str, str], ask: Ask) -> RSAPublicKey | Ed25519PublicKey:
    """The key of a signature that covers no body."""
    return _key(found, ask)[0]


def check(key: RSAPublicKey | Ed25519PublicKey, found: Mapping[str, str], signed: bytes) -> None:
    """The signature itself; raises `Unusable` when it is not good."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(_bytes(found.get("b", "")), signed, PKCS1v15(), SHA256())
        else:
            digest = Hash(SHA256())
            digest.update(signed)
            key.verify(_bytes(found.get("b", "")), digest.finalize())
    except InvalidSignature:
        raise Unusable("fail", "the signature is not good") from None
    except ValueError:
        raise Unusable("permerror", "the signature cannot be read") from None


def tags(value: bytes) -> dict[str, str]:
    """`a=b; c=d` (section 3.2), without white space in values; raises `Unusable`."""
    if len(value) > LENGTH:
        raise Unusable("permerror", "it is too long")
    found: dict[str, str] = {}
    for part in value.decode("ascii", "replace").split(";"):
        name, equals, text = part.partition("=")
        name = name.strip()
        if not equals and not name:
            continue
        if not equals or name in found:
            raise Unusable("permerror", "its tags cannot be read")
        found[name] = "".join(text.split())
    return found


def without_signature(value: bytes) -> bytes:
    """The header's value with nothing after `b=` (section 3.7)."""
    parts = value.split(b";")
    for position, part in enumerate(parts):
        name, equals, _ = part.partition(b"=")
        if equals and name.strip() == b"b":
            parts[position] = name + b"="
    return b";".join(parts)


def _key(found: Mapping[str, str], ask: Ask) -> tuple[RSAPublicKey | Ed25519PublicKey, bool]:
    """The public key (section 3.6.1), and whether it is for the very domain only."""
    algorithm, _, digest = found.get("a", "").lower().partition("-")
    if digest == "sha1":
        raise Unusable("policy", "SHA-1 proves nothing (RFC 8301)")
    if algorithm not in ("rsa", "ed25519") or digest != "sha256":
        raise Unusable("permerror", "its algorithm is unknown")
    domain, selector = found.get("d", "").lower(), found.get("s", "").lower()
    where = f"{selector}._domainkey.{domain}"
    if not is_name(where) or "dns/txt" not in found.get("q", "dns/txt").lower().split(":"):
        raise Unusable("permerror", "it names no key")
    records = ask(where, "TXT")
    if not records:
        raise Unusable("permerror", "its key is not in the DNS")
    try:
        record = tags(records[0].encode("ascii", "replace"))
    except Unusable:
        raise Unusable("permerror", "its key record cannot be read") from None
    services, hashes = record.get("s", "*").split(":"), record.get("h", "sha256").lower().split(":")
    usable = record.get("v", "DKIM1") == "DKIM1" and record.get("k", "rsa").lower() == algorithm
    if not usable or not {"*", "email"}.intersection(services) or "sha256" not in hashes:
        raise Unusable("permerror", "its key is for something else")
    if not record.get("p"):
        raise Unusable("permerror", "its key was revoked")
    return _loaded(_bytes(record["p"]), algorithm), "s" in record.get("t", "").lower().split(":")


def _loaded(data: bytes, algorithm: str) -> RSAPublicKey | Ed25519PublicKey:
    try:
        if algorithm == "ed25519":
            return Ed25519PublicKey.from_public_bytes(data)
        if len(data) > LARGEST // 4:
            raise Unusable("policy", "its key is too large")
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise Unusable("permerror", "its key cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise Unusable("permerror", "its key is of another kind")
    if not SMALLEST <= key.key_size <= LARGEST:
        raise Unusable("policy", f"its key has {key.key_size} bits")
    return key


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Unusable("permerror", "its base64 cannot be read") from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
