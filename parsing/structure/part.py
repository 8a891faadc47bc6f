"""One part of a message as it was sent: raw header fields and lines, nothing decoded.

In: what stands between two boundary lines. Out: `Part`, which is also what mail-parser can index: a compat32 message of
the standard library. Must never raise and never look up a name that the sender chose.
"""

from __future__ import annotations

from email._policybase import compat32
from email.message import Message

from parsing import mime
from parsing.headers import unfolded


class Part(Message):
    """A part that has children or lines. `fields` are its raw header values by lower-case name, in order."""

    def __init__(self) -> None:
        super().__init__(compat32)
        self.fields: dict[str, list[str]] = {}
        self.children: list[Part] = []
        self.data: bytes | None = None  # of a part out of a container: its bytes, which nothing has encoded
        self._raw: list[tuple[str, list[str]]] = []

    def payload(self) -> list[Part] | str:
        """The children, or the lines as they came; `get_payload` would decode them with the sender's charset name."""
        if self.children:
            return self.children
        if self.data is not None:
            return self.data.decode("ascii", "surrogateescape")
        payload = vars(self).get("_payload")
        return payload if isinstance(payload, str) else ""

    def set_lines(self, text: str) -> None:
        """The lines of a part that has no children, with 8-bit bytes as surrogates."""
        vars(self)["_payload"] = text

    def adopt(self, child: Part) -> None:
        """A child is added."""
        self.children.append(child)
        vars(self)["_payload"] = self.children

    def field(self, name: str, value: str) -> list[str]:
        """A header field begins; its further lines are appended to what is returned."""
        lines = [value]
        self._raw.append((name, lines))
        return lines

    def finish(self) -> None:
        """The header is whole."""
        fields = self.fields
        for name, lines in self._raw:
            value = lines[0].lstrip(" \t") if len(lines) == 1 else lines[0].lstrip(" \t") + "".join(lines[1:])
            fields.setdefault(name.lower(), []).append(value.rstrip("\r\n"))
        self._raw.clear()

    def is_multipart(self) -> bool:
        """Whether it has children."""
        return bool(self.children)


def leaf_part(data: bytes) -> Part:
    """A part without header that holds these bytes."""
    part = Part()
    part.data = data
    return part


def media_of(fields: dict[str, list[str]], default: str) -> mime.Media:
    """The Content-Type; what is none is text (RFC 2045 section 5.2)."""
    types = fields.get("content-type")
    media = mime.media(unfolded(types[0]), default) if types else mime.Media(value=default)
    kind, _, subtype = media.value.partition("/")
    if not kind or not subtype:
        return mime.Media(value="text/plain", parameters=media.parameters)
    return media
