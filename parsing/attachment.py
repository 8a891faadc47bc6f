"""The files of a mail.

In: the tree and the numbers of the parts that are its text. Out: one `Attachment` for each other leaf, in order, and a
sentence for each that is not what it says; and for a stored mail and a part number, the decoded bytes again. Must never
use a sender's name as a path (intake 52): the safe name is for display and download headers only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from parsing import limits, tree
from parsing.headers import clean, decoded, unfolded
from parsing.message import Attachment
from parsing.structure import sniff
from parsing.structure.filename import safe_name, unique
from parsing.tree import Leaf, Tree

_EXTENSIONS = {"message/rfc822": "eml", "text/calendar": "ics", "text/plain": "txt", "text/html": "html",
               "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "application/pdf": "pdf",
               "application/ms-tnef": "dat", "text/csv": "csv", "message/partial": "part",
               "message/external-body": "txt", "message/delivery-status": "txt", "text/rfc822-headers": "txt",
               "message/disposition-notification": "txt", "message/feedback-report": "txt",
               "application/pkcs7-mime": "p7m", "application/pkcs7-signature": "p7s",
               "application/pgp-signature": "asc", "text/vcard": "vcf"}  # fmt: skip
_REFERENCE_END = frozenset(b"\"'<>) \t\r\n\\")
_HTML_BYTES = 1_000_000  # of HTML that are searched for the images that it shows


def attachments(grown: Tree, text_parts: set[int]) -> tuple[Attachment, ...]:
    """All leaves that are not the text."""
    files = [leaf for leaf in grown.leaves if leaf.number not in text_parts and _is_file(leaf)]
    if not files:
        return ()
    shown = _shown(grown.leaves) if any(leaf.content_id or _location(leaf) for leaf in files) else frozenset()
    names = unique(safe_name(leaf.filename or _described(leaf)) for leaf in files)
    return tuple(_attachment(leaf, name, shown) for leaf, name in zip(files, names, strict=True))


def lies(found: Iterable[Attachment]) -> list[str]:
    """Files that their type or their name calls something harmless (intake 54)."""
    return [
        f"{attachment.safe_name} is {danger}"
        for attachment in found
        if (danger := sniff.lie(attachment.content_type, attachment.real_type, attachment.safe_name))
    ]


def _is_file(leaf: Leaf) -> bool:
    """Empty unnamed leaves are noise of the structure, not files; an opened container is what was inside."""
    if leaf.opened or leaf.part.children or leaf.media.value.startswith("multipart/"):
        return bool(leaf.filename) and not leaf.opened and not leaf.part.children and bool(leaf.part.payload())
    return bool(leaf.filename) or bool(leaf.part.data or leaf.part.payload())


def _attachment(leaf: Leaf, name: str, shown: frozenset[str]) -> Attachment:
    data = leaf.content()
    identifier = leaf.content_id
    said = clean(leaf.media.value)
    inline = leaf.disposition.value == "inline" or bool(
        identifier and leaf.parent == "multipart/related" and leaf.disposition.value != "attachment"
    )
    return Attachment(
        part=leaf.number,
        filename=leaf.filename,
        safe_name=name,
        content_type=said,
        real_type=sniff.real_type(data, said, name),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        inline=inline or bool(shown and (identifier in shown or _location(leaf) in shown)),
        content_id=identifier,
    )


def _location(leaf: Leaf) -> str:
    values = leaf.fields.get("content-location")
    return clean("".join(unfolded(values[0]).split())) if values else ""


def _shown(leaves: list[Leaf]) -> frozenset[str]:
    """What the HTML of this mail refers to: `cid:` URLs (RFC 2392) and the sources of images (RFC 2557)."""
    found: set[str] = set()
    for leaf in leaves:
        if leaf.media.value == "text/html" and not leaf.children and leaf.disposition.value != "attachment":
            source = leaf.content(_HTML_BYTES)
            lower = source.lower()
            _collect(source, lower, b"cid:", found)
            _collect(source, lower, b'src="', found)
    found.discard("")
    return frozenset(found)


def _collect(source: bytes, lower: bytes, mark: bytes, found: set[str]) -> None:
    position = lower.find(mark)
    while position >= 0 and len(found) < limits.HTML_LINKS * 2:
        start = position + len(mark)
        reference = source[start : start + 1_000]
        end = next((at for at, byte in enumerate(reference) if byte in _REFERENCE_END), len(reference))
        reference = reference[:end].replace(b"&amp;", b"&")
        found.add(reference.decode("utf-8", "replace"))
        if b"%" in reference:
            found.add(unquote_to_bytes(reference).decode("utf-8", "replace"))
        position = lower.find(mark, start + end)


def cut(raw: bytes, part: int) -> bytes:
    """The decoded bytes of a numbered part of a stored mail; empty when there is no such part."""
    capped, _ = limits.capped(raw)
    leaves = tree.grow(capped).leaves
    return leaves[part].content() if 0 <= part < len(leaves) else b""


def _subject(leaf: Leaf) -> str:
    """An attached mail without a name is called by its subject."""
    if leaf.media.value != "message/rfc822":
        return ""
    lines: list[str] = []
    for line in leaf.content(8_000).decode("ascii", "surrogateescape").lstrip("\r\n").split("\n"):
        if lines and line[:1] in {" ", "\t"}:
            lines.append(line)
        elif lines or not line.strip():
            break
        elif line[:8].lower() == "subject:":
            lines.append(line[8:])
    subject = decoded("".join(lines))
    return f"{subject[:200]}.eml" if subject else ""


def _described(leaf: Leaf) -> str:
    """The name of a part that has none: its subject, what describes or places it, or what Outlook identifies it by."""
    extension = _EXTENSIONS.get(leaf.media.value, "") or leaf.media.value.partition("/")[2][:10]
    extension = extension if extension.isalnum() else "bin"
    name = _subject(leaf)
    if not name and "content-description" in leaf.fields:
        name = decoded(leaf.fields["content-description"][0])[:200]
        name = name if not name or sniff.by_name(name) else f"{name}.{extension}"
    for reference in (_location(leaf).rpartition("/")[2], leaf.content_id.partition("@")[0]):
        if not name and sniff.by_name(reference):
            name = reference
    return name or f"part-{leaf.number}.{extension}"
