"""Files that stand in the text of a mail: uuencoded (POSIX 1003.1) and yEnc (yEnc draft 1.3).

In: the decoded bytes of a text part. Out: `Taken`: the text around, and the files; None when there are none. Must never
raise, never take a text that only talks about uuencode for a file, and never look at a line twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsing.structure.leaf import uu_line

_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_YENC = re.compile(rb"=ybegin ([^\r\n]{0,400}?)name=([^\r\n]{1,255})\r?\n")
_MARK = re.compile(r"(?m)^(?:begin [0-7]{3,4} \S|=ybegin )")
_NEXT = re.compile(rb"\n(?==?y?begin)")
_ALPHABET = bytes(range(0x20, 0x61))
_SHIFTED = bytes((byte - 42) % 256 for byte in range(256))


@dataclass(slots=True)
class Taken:
    """The text without its files, the files, and whether one of them does not end."""

    text: bytes = b""
    files: list[tuple[bytes, bytes]] = field(default_factory=list)
    broken: bool = False


def stands_in(text: str) -> bool:
    """Whether there may be a file; cheap, for it is asked of every text."""
    return ("begin " in text) and _MARK.search(text) is not None


def taken(data: bytes) -> Taken | None:
    """The files taken out."""
    found = Taken()
    kept: list[bytes] = []
    position = start = 0
    while position >= 0:
        match = _BEGIN.match(data, position) or _YENC.match(data, position)
        if match:
            yenc = data[position : position + 1] == b"="
            file, end, whole = _yenc(data, match.end()) if yenc else _uu(data, match.end())
            if file:
                kept.append(data[start:position])
                found.files.append((match.group(2 if yenc else 1).strip(), file))
                found.broken = found.broken or not whole
                start = end
            position = end
            if data[position : position + 1] in {b"b", b"="}:
                continue
        following = _NEXT.search(data, position)
        position = following.end() if following else -1
    if not found.files:
        return None
    kept.append(data[start:])
    found.text = b"".join(kept)
    return found


def _uu(data: bytes, position: int) -> tuple[bytes, int, bool]:
    """The file that begins here, where the text goes on, and whether it ended as it should."""
    out: list[bytes] = []
    while position < len(data):
        end = data.find(b"\n", position)
        following = len(data) if end < 0 else end + 1
        line = data[position:following].rstrip(b"\r\n")
        bare = line.rstrip()
        if bare == b"end":
            return b"".join(out), following, True
        if bare in {b"`", b""}:
            position = following  # the line of length zero that stands before `end`; some writers leave it empty
            if not out:
                break
            continue
        if not _is_line(line, end >= 0 and (line[:1] == b"M" or bool(out))):
            break
        out.append(uu_line(line))
        position = following
    return (b"".join(out) if len(out) > 1 else b""), position, False


def _is_line(line: bytes, may_be_short: bool) -> bool:
    """Whether this can be a line of a file: as long as its first character says; spaces at its end may be lost."""
    if line.translate(None, _ALPHABET):
        return False
    missing = ((line[0] - 32 & 63) + 2) // 3 * 4 - len(line) + 1
    return -2 <= missing <= (60 if may_be_short and b"`" not in line else 0)


def _yenc(data: bytes, position: int) -> tuple[bytes, int, bool]:
    if data.startswith(b"=ypart ", position):
        position = data.find(b"\n", position) + 1 or len(data)
    last = data.find(b"\n=yend", position - 1)
    end = last + 1 if last >= 0 else len(data)
    following = data.find(b"\n", end) + 1 or len(data)
    pieces = data[position:end].replace(b"\r", b"").replace(b"\n", b"").split(b"=")
    out = [pieces[0].translate(_SHIFTED)]
    out.extend(bytes([(piece[0] - 106) % 256]) + piece[1:].translate(_SHIFTED) for piece in pieces[1:] if piece)
    return b"".join(out), following if last >= 0 else len(data), last >= 0
