"""S/MIME containers (CMS, RFC 5652): what they hold, without a key and without checking a signature.

In: the bytes of an application/pkcs7-mime part. Out: `Sealed`: its kind and, where the content is only wrapped (signed
or compressed), the MIME entity inside. Must never raise, never follow a length that the bytes do not have, and never
decrypt: what is encrypted is named and left alone (EFAIL, intake 57). BER with indefinite lengths and octet strings in
pieces is read, because openssl and Outlook stream it that way (RFC 5652 section 5.2).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from parsing import limits

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
"""The media types of a CMS object (RFC 8551 section 3.2), the second from before they were registered."""
_KINDS = {
    bytes.fromhex("2a864886f70d010702"): "signed",  # 1.2.840.113549.1.7.2 id-signedData
    bytes.fromhex("2a864886f70d010703"): "encrypted",  # envelopedData
    bytes.fromhex("2a864886f70d010704"): "encrypted",  # signedAndEnvelopedData of PKCS #7 1.5
    bytes.fromhex("2a864886f70d010706"): "encrypted",  # encryptedData
    bytes.fromhex("2a864886f70d0109100117"): "encrypted",  # authEnvelopedData, RFC 5083
    bytes.fromhex("2a864886f70d0109100109"): "compressed",  # compressedData, RFC 3274
}
_INTEGER, _OCTETS, _OID, _SEQUENCE, _EXPLICIT = 0x02, 0x04, 0x06, 0x30, 0xA0
_CONSTRUCTED = 0x20


class _Broken(Exception):
    """The bytes are no BER, or more of it than is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """`kind` is signed, encrypted or compressed, empty when the bytes are none of these. `content` is the entity
    inside; `broken` says that it should be there and is not whole."""

    kind: str
    content: bytes = b""
    broken: bool = False


def sealed(data: bytes) -> Sealed:
    """What a CMS object is and holds."""
    kind = ""
    try:
        reader = _Reader(data)
        reader.enter(_SEQUENCE)
        kind = _KINDS.get(reader.primitive(_OID), "")
        if kind not in {"signed", "compressed"}:
            return Sealed(kind=kind)
        reader.enter(_EXPLICIT)
        reader.enter(_SEQUENCE)
        reader.primitive(_INTEGER)
        reader.skip()  # digestAlgorithms, or the compression algorithm
        reader.enter(_SEQUENCE)  # EncapsulatedContentInfo
        reader.primitive(_OID)
        if reader.next_tag() != _EXPLICIT:
            return Sealed(kind=kind)  # certs-only, or a detached signature: nothing is inside
        reader.enter(_EXPLICIT)
        content, whole = reader.octets()
    except _Broken:
        return Sealed(kind=kind, broken=True)
    if kind == "compressed":
        return _inflated(content)
    return Sealed(kind=kind, content=content, broken=not whole)


def _inflated(content: bytes) -> Sealed:
    try:
        engine = zlib.decompressobj()
        plain = engine.decompress(content, limits.INFLATED)
    except zlib.error:
        return Sealed(kind="compressed", broken=True)
    return Sealed(kind="compressed", content=plain, broken=not engine.eof)


class _Reader:
    """A walk over BER (X.690) that only goes forward; every step is counted."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._steps = 0

    def next_tag(self) -> int:
        """The tag that stands here; -1 at the end."""
        return self._data[self._at] if self._at < len(self._data) else -1

    def enter(self, tag: int) -> None:
        """Go into a constructed value; its end is not needed, for nothing behind it is read."""
        if self._header()[0] != tag:
            raise _Broken

    def primitive(self, tag: int) -> bytes:
        """A short value of this tag."""
        found, length = self._header()
        if found != tag or length < 0 or self._at + length > len(self._data):
            raise _Broken
        self._at += length
        return self._data[self._at - length : self._at]

    def skip(self) -> None:
        """Pass one value; of an indefinite one, all values up to its end-of-contents (X.690 section 8.1.5)."""
        depth = 0
        while True:
            tag, length = self._header()
            if length < 0:
                depth += 1
            elif tag == 0 and length == 0:
                depth -= 1
            else:
                self._at += length
            if depth <= 0:
                return

    def octets(self) -> tuple[bytes, bool]:
        """An octet string, in one piece or many, one inside another; and whether it is whole."""
        pieces: list[bytes] = []
        ends: list[int] = []  # where each open constructed string ends; -1: at its end-of-contents
        begun = False
        while True:
            while ends and 0 <= ends[-1] <= self._at:
                ends.pop()
            if begun and not ends:
                return b"".join(pieces), True
            begun = True
            try:
                tag, length = self._header()
            except _Broken:
                return b"".join(pieces), False
            if tag == _OCTETS and length >= 0:
                pieces.append(self._data[self._at : self._at + length])
                self._at += length
                if self._at > len(self._data):
                    return b"".join(pieces), False
            elif tag == _OCTETS | _CONSTRUCTED and len(ends) < limits.CMS_DEPTH:
                ends.append(self._at + length if length >= 0 else -1)
            elif tag == 0 and length == 0 and ends and ends[-1] < 0:
                ends.pop()
            else:
                return b"".join(pieces), False

    def _header(self) -> tuple[int, int]:
        """Tag and length; the length is -1 when it is indefinite. Tags of more than one byte are not of CMS."""
        self._steps += 1
        at = self._at
        if self._steps > limits.CMS_VALUES or at + 2 > len(self._data):
            raise _Broken
        tag, length = self._data[at], self._data[at + 1]
        at += 2
        if tag & 0x1F == 0x1F:
            raise _Broken
        if length == 0x80:
            if not tag & _CONSTRUCTED and tag != _EXPLICIT:
                raise _Broken
            length = -1
        elif length > 0x80:
            count = length & 0x7F
            if count > 8 or at + count > len(self._data):
                raise _Broken
            length = int.from_bytes(self._data[at : at + count], "big")
            at += count
        self._at = at
        return tag, length
