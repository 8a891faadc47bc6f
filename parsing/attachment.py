"""The files of a mail.

In: the tree and the numbers of the parts that are its text. Out: one `Attachment` for each other leaf, in order; and
for
a stored mail and a part number, the decoded bytes again. Must never use a sender's name as a path (intake 52): the safe
name is for display and download headers only.
"""

from __future__ import annotations

import hashlib
import unicodedata

from parsing import limits, tree
from parsing.headers import clean, decoded, unfolded
from parsing.message import Attachment
from parsing.tree import Leaf, Tree

_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
_FORBIDDEN = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
_EXTENSIONS = {"message/rfc822": "eml", "text/calendar": "ics", "text/plain": "txt", "text/html": "html",
               "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "application/pdf": "pdf",
               "application/ms-tnef": "dat", "text/csv": "csv"}  # fmt: skip


def attachments(grown: Tree, text_parts: set[int]) -> tuple[Attachment, ...]:
    """All leaves that are not the text."""
    return tuple(
        _attachment(leaf)
        for leaf in grown.leaves
        if not leaf.children and leaf.number not in text_parts and _is_file(leaf)
    )


def _is_file(leaf: Leaf) -> bool:
    """Empty unnamed leaves are noise of the structure, not files."""
    return bool(leaf.filename) or (bool(leaf.part.payload()) and not leaf.media.value.startswith("multipart/"))


def _attachment(leaf: Leaf) -> Attachment:
    data = content(leaf)
    name = leaf.filename or _subject(leaf)
    identifier = leaf.fields.get("content-id")
    return Attachment(
        part=leaf.number,
        filename=leaf.filename,
        safe_name=safe_name(name or _invented(leaf)),
        content_type=clean(leaf.media.value),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        inline=leaf.disposition.value == "inline" or bool(identifier and leaf.parent == "multipart/related"),
        content_id=clean(unfolded(identifier[0])).strip("<> ") if identifier else "",
    )


def content(leaf: Leaf) -> bytes:
    """The decoded bytes of a leaf."""
    return leaf.content()


def cut(raw: bytes, part: int) -> bytes:
    """The decoded bytes of a numbered part of a stored mail; empty when there is no such part."""
    capped, _ = limits.capped(raw)
    leaves = tree.grow(capped).leaves
    return content(leaves[part]) if 0 <= part < len(leaves) else b""


def _subject(leaf: Leaf) -> str:
    """An attached mail without a name is called by its subject."""
    if leaf.media.value != "message/rfc822":
        return ""
    payload = leaf.part.payload()
    head = payload[:8000] if isinstance(payload, str) else ""
    for line in head.split("\n"):
        if line[:8].lower() == "subject:":
            subject = decoded(line[8:])
            return f"{subject[:80]}.eml" if subject else ""
        if not line.strip():
            break
    return ""


def _invented(leaf: Leaf) -> str:
    extension = _EXTENSIONS.get(leaf.media.value, "bin")
    return f"part-{leaf.number}.{extension}"


def safe_name(name: str) -> str:
    """A name that is safe to show and to offer for download: one path component, never empty, at most 200 bytes."""
    name = unicodedata.normalize("NFKC", name[:4000])
    # NFKC comes first: it turns full-width characters into the slashes and dots that must go (reliability 31).
    name = "".join(char for char in clean(name) if unicodedata.category(char)[0] != "C")
    name = " ".join(name.translate(_FORBIDDEN).split())
    name = name.lstrip(". _").rstrip(". ")
    name = _shortened(name) if len(name.encode("utf-8", "replace")) > limits.FILENAME else name
    if name.partition(".")[0].strip().lower() in _RESERVED:
        name = f"_{name}"
    return name or "file"


def _shortened(name: str) -> str:
    """The beginning and the extension, in whole characters."""
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = limits.FILENAME - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + extension
