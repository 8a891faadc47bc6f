"""The numbered parts of a mail.

In: parts. Out: `Leaf`, one part with its number, type and disposition, and `Tree`, all of them. Must never raise and
never nest deeper than the parts do, whose depth is bounded.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field

from parsing import mime
from parsing.headers import base64_bytes, clean, decoded, unfolded
from parsing.structure.part import Part, media_of

_UNSAID = mime.Media(value="")
_UUENCODED = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable"}) | _UUENCODED
"""The transfer encodings that are known (RFC 2045 section 6.1), and uuencode, which never was registered."""


@dataclass(slots=True)
class Leaf:
    """One numbered part. `fields` are the raw header values by lower-case name; `opened` says what sort of container
    its children were taken out of whole (`tnef`, `smime`, `text`), `sealed` whether it is an `encrypted` or a `signed`
    S/MIME object, `message_class` what a TNEF container says that it is; all mostly empty."""

    number: int
    part: Part
    fields: dict[str, list[str]]
    media: mime.Media
    children: list[Leaf] = field(default_factory=list)
    disposition: mime.Media = _UNSAID
    parent: str = ""
    opened: str = ""
    sealed: str = ""
    message_class: str = ""

    @property
    def filename(self) -> str:
        """The name as sent, decoded; may be anything."""
        name = self.disposition.get("filename") or self.media.get("name")
        return decoded(name) if name else ""

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets (RFC 2392 section 2); empty when there is none."""
        values = self.fields.get("content-id")
        return clean(unfolded(values[0])).strip("<> ") if values else ""

    def content(self, cap: int = 0) -> bytes:
        """The decoded bytes (Content-Transfer-Encoding undone); `cap` bounds the encoded bytes looked at."""
        if self.part.data is not None:
            return self.part.data[:cap] if cap else self.part.data
        payload = self.part.payload()
        if not isinstance(payload, str):
            return b""
        if cap and len(payload) > cap:
            payload = payload[:cap]
        return undone(payload.encode("ascii", "surrogateescape"), self.encoding)

    @property
    def encoding(self) -> str:
        """The transfer encoding, lower-case."""
        values = self.fields.get("content-transfer-encoding")
        return mime.media(unfolded(values[0])).value if values else ""


@dataclass(slots=True)
class Tree:
    """The root, all parts in order of the walk (those of opened containers after all others), and what was wrong."""

    root: Leaf
    leaves: list[Leaf]
    defects: list[str]


def numbered(part: Part, leaves: list[Leaf], parent: str) -> Leaf:
    """The part and all below it, in pre-order; recursion is bounded by limits.DEPTH."""
    default = "message/rfc822" if parent == "multipart/digest" else "text/plain"  # RFC 2046 section 5.1.5
    media = media_of(part.fields, default)
    leaf = Leaf(number=len(leaves), part=part, fields=part.fields, media=media, parent=parent)
    found = part.fields.get("content-disposition")
    if found:
        leaf.disposition = mime.media(unfolded(found[0]))
    leaves.append(leaf)
    leaf.children = [numbered(child, leaves, media.value) for child in part.children]
    return leaf


def undone(data: bytes, encoding: str) -> bytes:
    """Transfer encoding undone as far as possible (intake 48); unknown encodings are left as they are."""
    if encoding == "base64":
        return base64_bytes(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data, header=False)
    if encoding in _UUENCODED:
        return uudecoded(data)
    return data


def uudecoded(data: bytes) -> bytes:
    """The first uuencoded file of these lines."""
    out: list[bytes] = []
    begun = False
    for line in data.split(b"\n"):
        if not begun:
            begun = line.startswith(b"begin ")
            continue
        bare = line.rstrip(b"\r")
        if bare.rstrip() in (b"end", b"`", b""):
            break
        out.append(uu_line(bare))
    return b"".join(out)


def uu_line(line: bytes) -> bytes:
    """One uuencoded line; encoders that pad too much are common (bpo-13841)."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        count = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[: count + 1])
        except binascii.Error:
            return b""
