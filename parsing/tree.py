"""The tree of a mail: mail-parser over a compat32 message whose size is bounded while it grows.

In: capped bytes. Out: `Tree`, the parts in a depth-first walk (root is 0) and the fields of each.
Must never raise, never nest deeper than the cap, and never look into a message/rfc822 part: an attached mail is one
leaf whose bytes stay as they were sent. mail-parser's own `parse` is not run: it looks up attacker-named codecs, merges
attached mails into the text and costs as much as all of ours; its header index and its account of MIME defects are
used.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field
from email._policybase import Compat32, compat32
from email.feedparser import FeedParser
from email.message import Message

from mailparser import MailParser
from mailparser.exceptions import MailParserError

from parsing import limits, mime
from parsing.headers import base64_bytes, decoded, unfolded

_PIECE = 1 << 16
"""Bytes that the feed parser is given at once."""


class _Full(Exception):
    """The tree has its last part."""


class Part(Message):
    """A compat32 part that knows its depth and answers the feed parser's questions in linear time."""

    depth = 0
    _media: tuple[int, mime.Media] = (-1, mime.Media(value="text/plain"))

    def payload(self) -> list[Part] | str:
        """The children, or the lines as they came; `get_payload` would decode them with the sender's charset name."""
        payload = vars(self).get("_payload")
        if isinstance(payload, list):
            return [child for child in payload if isinstance(child, Part)]
        return payload if isinstance(payload, str) else ""

    def attach(self, payload: object) -> None:
        """A part learns its depth before its own header is read."""
        if isinstance(payload, Part):
            payload.depth = self.depth + 1
        super().attach(payload)  # type: ignore[arg-type]

    def get_content_type(self) -> str:
        """What the feed parser may descend into: multiparts within the depth; all else is opaque to it."""
        kind = self.media().value
        return kind if kind.startswith("multipart/") and self.depth < limits.DEPTH else "text/plain"

    def get_boundary(self, failobj: object = None) -> object:  # type: ignore[override]
        """The boundary; trailing white space is not part of it (RFC 2046 section 5.1.1)."""
        return self.media().get("boundary").rstrip() or failobj

    def media(self) -> mime.Media:
        """Content-Type of this part; read once, for the feed parser asks five times."""
        if self._media[0] != len(self):
            value = next((str(value) for name, value in self.raw_items() if name.lower() == "content-type"), "")
            self._media = (len(self), mime.media(unfolded(value), "text/plain"))
        return self._media[1]


class _Front(MailParser):  # type: ignore[misc] # mail-parser ships no types
    """mail-parser restricted to what is sound and cheap: the header index and the MIME defects."""

    def parse(self) -> _Front:
        """Index the headers and collect the defects of all parts; nothing is decoded."""
        self._defects: list[object] = []
        self._defects_categories: set[str] = set()
        self._has_defects = False
        self._header_index = self._build_header_index()
        for part in self.message.walk():
            self._append_defects(part, part.get_content_type())
        return self

    def _build_header_index(self) -> dict[str, list[str]]:
        """As mail-parser's, but with the raw values: 8-bit bytes stay surrogates and are decoded by our own charset."""
        return index(self.message)

    def fields(self) -> dict[str, list[str]]:
        """Raw header values by lower-case name."""
        return self._header_index


@dataclass(slots=True)
class Leaf:
    """One numbered part. `fields` are the raw header values by lower-case name."""

    number: int
    part: Part
    fields: dict[str, list[str]]
    media: mime.Media
    children: list[Leaf] = field(default_factory=list)
    disposition: mime.Media = field(default_factory=lambda: mime.Media(value=""))
    parent: str = ""

    @property
    def filename(self) -> str:
        """The name as sent, decoded; may be anything."""
        name = self.disposition.get("filename") or self.media.get("name")
        return decoded(name) if name else ""

    def content(self, cap: int = 0) -> bytes:
        """The decoded bytes (Content-Transfer-Encoding undone); `cap` bounds the encoded bytes looked at."""
        payload = self.part.get_payload()
        if not isinstance(payload, str):
            return b""
        data = payload.encode("utf-8", "surrogateescape")
        if cap and len(data) > cap:
            data = data[:cap]
        return undone(data, self.encoding)

    @property
    def encoding(self) -> str:
        """The transfer encoding, lower-case."""
        values = self.fields.get("content-transfer-encoding")
        return mime.media(unfolded(values[0])).value if values else ""


@dataclass(slots=True)
class Tree:
    """The root, all parts in order of the walk, and what was wrong."""

    root: Leaf
    leaves: list[Leaf]
    defects: list[str]


def undone(data: bytes, encoding: str) -> bytes:
    """Transfer encoding undone as far as possible (intake 48); unknown encodings are left as they are."""
    if encoding == "base64":
        return base64_bytes(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data, header=False)
    if encoding in {"x-uuencode", "uuencode", "uue", "x-uue"}:
        return _uudecoded(data)
    return data


def _uudecoded(data: bytes) -> bytes:
    out: list[bytes] = []
    begun = False
    for line in data.split(b"\n"):
        if not begun:
            begun = line.startswith(b"begin ")
            continue
        if line.rstrip() in (b"end", b"`", b""):
            break
        try:
            out.append(binascii.a2b_uu(line.rstrip(b"\r")))
        except binascii.Error:
            continue
    return b"".join(out)


def index(message: Message) -> dict[str, list[str]]:
    """Raw header values by lower-case name, in one pass (`get_all` for each name would be quadratic)."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    return found


def grow(raw: bytes) -> Tree:
    """The tree of capped bytes."""
    defects: list[str] = []
    message = _message(raw, defects)
    try:
        front = _Front(message)
        fields = front.fields()
        defects.extend(sorted(_worded(category) for category in front.defects_categories))
    except (MailParserError, RecursionError, ValueError, TypeError, AttributeError, LookupError) as error:
        defects.append(f"mail-parser refused the mail: {type(error).__name__}")
        fields = index(message)
    leaves: list[Leaf] = []
    root = _number(message, leaves, fields, "")
    return Tree(root=root, leaves=leaves, defects=defects)


def _worded(category: str) -> str:
    """`StartBoundaryNotFoundDefect` → `start boundary not found`."""
    words = "".join(f" {char.lower()}" if char.isupper() else char for char in category.removesuffix("Defect"))
    return "mime: " + words.strip()


def _message(raw: bytes, defects: list[str]) -> Part:
    grown: list[Part] = []

    def sprout(policy: Compat32 = compat32) -> Part:
        if len(grown) > limits.PARTS:
            raise _Full
        part = Part(policy)
        grown.append(part)
        return part

    parser: FeedParser[Part] = FeedParser(sprout)
    grown.clear()  # the feed parser tries its factory once
    try:
        for start in range(0, len(raw), _PIECE):  # as a whole, a large mail is held five times over at once
            parser.feed(raw[start : start + _PIECE].decode("ascii", "surrogateescape"))
        return parser.close()
    except _Full:
        defects.append(f"more than {limits.PARTS} parts: the rest was not read")
        return grown[0]
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, AssertionError) as error:
        defects.append(f"the structure cannot be read: {type(error).__name__}")
        root = Part(compat32)
        root.set_payload(raw.decode("ascii", "surrogateescape"))
        return root


def _number(part: Part, leaves: list[Leaf], fields: dict[str, list[str]], parent: str) -> Leaf:
    """Leaves in pre-order; recursion is bounded by limits.DEPTH."""
    default = "message/rfc822" if parent == "multipart/digest" else "text/plain"  # RFC 2046 section 5.1.5
    types = fields.get("content-type")
    media = mime.media(unfolded(types[0]), default) if types else mime.Media(value=default)
    if "/" not in media.value:
        media = mime.Media(value="text/plain", parameters=media.parameters)  # RFC 2045 section 5.2
    leaf = Leaf(number=len(leaves), part=part, fields=fields, media=media, parent=parent)
    found = fields.get("content-disposition")
    if found:
        leaf.disposition = mime.media(unfolded(found[0]))
    leaves.append(leaf)
    payload = part.payload()
    if isinstance(payload, list):
        leaf.children = [_number(child, leaves, index(child), media.value) for child in payload]
    return leaf
