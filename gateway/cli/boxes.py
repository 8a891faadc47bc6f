"""Mail in files: an mbox, a Maildir, a folder with a message a file, or one message; what it is shows in its shape.

In: a path. Out: its raw messages one by one, in an order that does not change, with their hash. What is large stays in
a file until somebody wants its bytes. It never changes what it reads.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from gateway.doors.words import LARGE

HEAD = 64 * 1024
_PIECE = 1 << 20
_POSTMARK = re.compile(rb"From \S{1,320} .{0,80}?\d{1,2}:\d{2}(?::\d{2})?.{0,40}?\d{4}")
"""The line before a message in an mbox: sender and asctime, with or without a zone (RFC 4155, appendix A)."""
_FIELD = re.compile(rb"[!-9;-~]{1,80}[ \t]{0,20}:")
_QUOTED = re.compile(rb">{1,100}From ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One raw message. `content` is None when it is large: then `pieces` reads it, as often as it is called."""

    head: bytes
    content: bytes | None
    size: int
    sha256: str
    pieces: Callable[[], Iterator[bytes]]


def messages(path: Path) -> Iterator[Found]:
    """The messages under a path. A large one can be read until the next is asked for."""
    if not path.is_dir():
        yield from _file(path)
    elif (path / "cur").is_dir() and (path / "new").is_dir():
        for folder in ("cur", "new"):
            for file in sorted((path / folder).iterdir()):
                if file.is_file():
                    yield from _one(file)
    else:
        for file in sorted(path.rglob("*")):
            if _is_message(file, path):
                yield from _file(file)


def _is_message(file: Path, root: Path) -> bool:
    """Any file that is not hidden below the folder that was named, whose own name counts for nothing: mail is exported
    under many names."""
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(root).parts)


def _file(file: Path) -> Iterator[Found]:
    """A file that begins with a postmark is an mbox; an `.eml` is one message, where some programs leave a postmark."""
    with file.open("rb") as stream:
        if file.suffix.lower() != ".eml" and stream.read(5) == b"From ":
            stream.seek(0)
            yield from _mbox(stream)
            return
    yield from _one(file)


def _one(file: Path) -> Iterator[Found]:
    with file.open("rb") as stream:
        yield _found(stream)


def _mbox(box: BinaryIO) -> Iterator[Found]:
    """Messages between their postmarks. A line of a message that looks like one was quoted with `>` by whoever wrote
    the file; one `>` is taken away again, which also holds for those that were quoted twice (mboxrd)."""
    lines = _Lines(box)
    lines.next()
    while lines.line:
        with tempfile.SpooledTemporaryFile(max_size=LARGE) as spool:
            empty = b""
            while (line := lines.next()) and not lines.is_postmark(after=empty):
                spool.write(empty)
                is_empty = lines.begins and line in (b"\n", b"\r\n")
                empty = line if is_empty else b""
                if not is_empty:
                    spool.write(line[1:] if lines.begins and _QUOTED.match(line) else line)
            spool.seek(0)
            yield _found(spool)  # the empty line before a postmark belongs to the file, not to the message


class _Lines:
    """Lines of a file, in pieces where they are very long, with a look at the one that follows."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._following = stream.readline(_PIECE)
        self.line = b""
        self.begins = True
        """Whether this piece is the beginning of its line."""

    def next(self) -> bytes:
        self.begins = not self.line or self.line.endswith(b"\n")
        self.line, self._following = self._following, self._stream.readline(_PIECE)
        return self.line

    def is_postmark(self, after: bytes) -> bool:
        """A postmark has a date and stands after an empty line; some programs leave that out before a header."""
        if not self.begins or not _POSTMARK.match(self.line):
            return False
        return bool(after) or _FIELD.match(self._following) is not None


def _found(stream: BinaryIO | tempfile.SpooledTemporaryFile[bytes]) -> Found:
    """The message that an open file holds from its beginning to its end."""
    digest, size, head, content = sha256(), 0, b"", b""
    while piece := stream.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        head = head or piece[:HEAD]
        if size <= LARGE:
            content += piece

    def pieces() -> Iterator[bytes]:
        stream.seek(0)
        while piece := stream.read(_PIECE):
            yield piece

    small = content if size <= LARGE else None
    return Found(head=head, content=small, size=size, sha256=digest.hexdigest(), pieces=pieces)
