"""DKIM signatures of our own (RFC 6376): a mail that is ready to leave in, the same mail with a signature on top out.

In: the bytes of a mail, its date, the selector, the domain and the file of the key. Out: signed bytes, or `NoKey` with
a sentence for the operator. It must never change a byte below the signature, never let a mail out unsigned where it was
to be signed, never tell anything of an agent, and never let the key into a text.

Fields and body are brought into form by `gateway.evidence.canonical`, which is linear whatever a quoted stranger wrote.
RSA is what we sign with: some large receivers verify nothing else (RFC 8463 advises to sign with both).
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.evidence.canonical import Canonical, Field, divide

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LIBRARIES = ("cryptography",)
"""What the extra `sign` brings, by the name it is imported with."""
SMALLEST, LARGEST = 2048, 8192
"""Bits of a key: RFC 8301 section 3.2 wants 1024 and advises 2048; more than 4096 few receivers verify."""
LARGEST_FILE = 64 << 10
SEALED = tuple(
    b"From To Cc Subject Date Message-ID In-Reply-To References Reply-To MIME-Version Content-Type "
    b"Content-Transfer-Encoding".split()
)
"""Fields that are named once more than there are, so that none can be added (RFC 6376 sections 5.4 and 8.15)."""
SIGNED = (b"Auto-Submitted", b"Content-Language")
"""Fields that are signed where they are."""
_LINE = 78
_MAKE = "make one with: openssl genrsa -out FILE 2048"


class NoKey(Exception):
    """There is no key to sign with. The text is a sentence for the operator; nothing of the file is in it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private RSA key, parsed; `bits` of its modulus; `public` as the DNS has it (SubjectPublicKeyInfo in DER)."""

    private: RSAPrivateKey = field(repr=False)
    bits: int
    public: bytes

    def sign(self, signed: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 6376 section 3.3.1)."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return self.private.sign(signed, PKCS1v15(), SHA256())


class Signer:
    """Signs in the name of one domain. The key is parsed when its file is new or was changed; threads may share it."""

    def __init__(self, selector: str, domain: str, file: str) -> None:
        self._selector = selector
        self._domain = domain
        self._file = Path(file)
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] = ()
        self._key: Key | None = None

    def key(self) -> Key:
        """The key as its file has it now; raises `NoKey`."""
        with self._lock:
            try:
                found = self._file.stat()
            except OSError as error:
                raise NoKey(_unreadable(error)) from None
            seen = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            if self._key is None or seen != self._seen:
                self._key = None
                self._key = read_key(self._file)
                self._seen = seen
            return self._key

    def sign(self, mail: bytes, at: datetime) -> bytes:
        """The mail with its signature on top; `at` is its own date, so that the same letter gives the same bytes."""
        key = self.key()
        canonical = divide(mail)
        if canonical is None:
            raise ValueError("the header of the mail cannot be signed")
        unsigned = self._header(canonical, at)
        own = Field(b"dkim-signature", unsigned.partition(b":")[2], unsigned)
        signed = canonical.signed([name.lower() for name in _names(canonical)], "relaxed") + own.canonical("relaxed")
        return b"%b\r\n%b" % (unsigned + _folded(b64encode(key.sign(signed))), mail)

    def _header(self, canonical: Canonical, at: datetime) -> bytes:
        """The field with an empty b=. There is no l= and no x=: a mail may wait for days, here and elsewhere."""
        domain = self._domain.encode("ascii")
        tags = b"v=1; a=rsa-sha256; c=relaxed/relaxed; d=%b;\r\n s=%b; t=%d; i=@%b;\r\n bh=%b;\r\n h=%b;\r\n b="
        names = b":".join(_names(canonical))
        body = b64encode(canonical.body_hash("relaxed"))
        return b"DKIM-Signature: " + tags % (
            domain, self._selector.encode("ascii"), int(at.timestamp()), domain, body, _between(names)
        )  # fmt: skip


def read_key(file: Path) -> Key:
    """The key in that file: PEM, PKCS #1 or PKCS #8, without a passphrase. Raises `NoKey`."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
    except ModuleNotFoundError:
        raise NoKey('nothing is here to sign with: pip install "replydesk[sign]"') from None
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise NoKey(_unreadable(error)) from None
    if b"ENCRYPTED" in content:
        raise NoKey("outgoing.dkim_key_file has a passphrase: take it off with: openssl rsa -in FILE -out NEW_FILE")
    try:
        if len(content) > LARGEST_FILE:
            raise ValueError
        private = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoKey(f"outgoing.dkim_key_file is no private RSA key in PEM form, or a damaged one: {_MAKE}") from None
    if not isinstance(private, RSAPrivateKey):
        raise NoKey(f"outgoing.dkim_key_file is no private RSA key in PEM form: {_MAKE}")
    bits = private.key_size
    if not SMALLEST <= bits <= LARGEST:
        raise NoKey(f"the key in outgoing.dkim_key_file has {bits} bits, {SMALLEST} to {LARGEST} are wanted: {_MAKE}")
    return Key(private, bits, private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def record(key: Key) -> str:
    """What the DNS shall have of it as a TXT record (section 3.6.1)."""
    return f"v=DKIM1; k=rsa; p={b64encode(key.public).decode('ascii')}"


def place(selector: str, domain: str) -> str:
    """Where receivers look for the record."""
    return f"{selector}._domainkey.{domain}"


def _unreadable(error: OSError) -> str:
    return f"outgoing.dkim_key_file cannot be read: {error.strerror or 'unknown fault'}; {_MAKE}, or mend its rights"


def _names(canonical: Canonical) -> Sequence[bytes]:
    """What h= names, in our order."""
    there = [one.name for one in canonical.fields]
    sealed = [name for name in SEALED for _ in range(there.count(name.lower()) + 1)]
    return sealed + [name for name in SIGNED for _ in range(there.count(name.lower()))]


def _between(names: bytes) -> bytes:
    """The names with line ends between them (section 3.5: h= may be folded around its colons)."""
    lines, line = [], b" h="
    for name in names.split(b":"):
        if len(line) + len(name) + 2 > _LINE:
            lines.append(line)
            line = b"  "
        line += name + b":"
    return b"\r\n".join((*lines, line))[3:-1]


def _folded(text: bytes) -> bytes:
    """A signature in lines. White space in b= is nobody's (section 3.5)."""
    first, step = _LINE - 4, _LINE - 1
    return b"\r\n ".join((text[:first], *(text[at : at + step] for at in range(first, len(text), step))))
