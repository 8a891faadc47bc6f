"""What stands in text files that came with a mail: answers may be there.

In: the tree of a mail, its files. Out: their texts, as far as they are read. Must never decode more than the beginning
of a few of them, nor take for text what is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsing import charset
from parsing.message import Attachment
from parsing.tree import Tree

MOST, LONGEST = 3, 20_000
"""Files that are looked into, and letters of each."""

_ENDINGS = (".txt", ".log", ".md", ".text")
_ENCODED = LONGEST * 3  # base64 takes four letters for three bytes, a letter of UTF-8 may be four of them


def texts(grown: Tree, files: Sequence[Attachment]) -> tuple[str, ...]:
    """The decoded beginnings of attached plain text files."""
    if not files:
        return ()
    plain = [file for file in files if _is_text(file)][:MOST]
    found: list[str] = []
    for file in plain:
        leaf = grown.leaves[file.part]
        data = leaf.content(_ENCODED)[:_ENCODED]
        if b"\0" in data[:1_000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        text, _ = charset.decode(data, leaf.media.get("charset") or "")
        if text := text.replace("\r\n", "\n")[:LONGEST].strip():
            found.append(text)
    return tuple(found)


def _is_text(file: Attachment) -> bool:
    """What its sender and its bytes both call text."""
    real = file.real_type or file.content_type
    if not real.startswith("text/") and real != "application/octet-stream":
        return False
    return file.content_type == "text/plain" or file.safe_name.lower().endswith(_ENDINGS)
