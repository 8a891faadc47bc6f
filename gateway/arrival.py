"""What a message says of its own envelope when nobody else does: used by `deliver`, `import` and mailboxes.

In: raw bytes. Out: the reverse-path as the last delivery agent wrote it, else the author. Never an authority: trust is
computed elsewhere, from better evidence.
"""

from __future__ import annotations

from parsing.reading import read

_HEAD = 64 * 1024
_LONGEST = 512
"""Characters of a reverse-path: twice what RFC 5321 section 4.5.3.1.3 allows. What is longer is none."""


def envelope_sender(content: bytes) -> str:
    """The `Return-Path` (RFC 5321 section 4.4), else the address of From, else the null sender. What cannot be a path
    is skipped: where no delivery agent writes that header, whoever wrote the mail may have."""
    head = content[:_HEAD]
    end = min((place for place in (head.find(b"\r\n\r\n"), head.find(b"\n\n")) if place >= 0), default=len(head))
    for line in head[:end].splitlines():
        if line[:12].lower() == b"return-path:":
            path = line[12:].strip().decode("utf-8", "replace")
            path = path[1:-1] if path.startswith("<") and path.endswith(">") else path
            if len(path) <= _LONGEST and path.isprintable():
                return path
    author = read(head[:end] + b"\r\n\r\n").from_
    return author.address if author else ""
