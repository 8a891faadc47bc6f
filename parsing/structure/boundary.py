"""A message divided at its boundary lines (RFC 2046 section 5.1).

In: the bytes of a message or of an entity inside one. Out: its root `Part` with all parts below it. Must never raise,
never look at a line more than twice, never nest deeper than limits.DEPTH nor make more than limits.PARTS parts. It does
what the feed parser of the standard library does, in a tenth of its time, because it looks at whole buffers instead of
lines: only header lines and lines that begin with two hyphens are objects here. An attached message is one part whose
bytes stay as they were sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import errors

from parsing import limits, mime
from parsing.headers import unfolded
from parsing.structure.part import Part

_NAME = re.compile(r"[!-9;-~]*:")
_FIELDS = re.compile(r"\n(?![ \t])")
_BLANK = re.compile(r"\n\r?\n")
_COMMON_HEADER = 32_768  # characters; longer headers are read line by line
_DASHED = re.compile(r"[\r\n]--")
_TRANSPARENT = frozenset({"", "7bit", "8bit", "binary"})


def divide(raw: bytes, defects: list[str]) -> Part:
    """The root; what was cut off is said in `defects`."""
    return _Division(raw.decode("ascii", "surrogateescape"), defects).root()


@dataclass(slots=True)
class _Open:
    """A multipart whose end has not come: its boundary lines and where its text began."""

    part: Part
    separator: str
    start: int


class _Division:
    """One pass. `_part` is the part whose text is being passed, from `_start` on; None in an epilogue."""

    def __init__(self, text: str, defects: list[str]) -> None:
        self._text = text
        self._defects = defects
        self._open: list[_Open] = []
        self._lines: dict[str, tuple[int, bool]] = {}  # boundary lines: which multipart, and whether they close it
        self._marks: tuple[str, ...] = ()  # what they begin with
        self._part: Part | None = None
        self._begun = self._start = 0  # where its header began, where its text did
        self._parts = 0
        self._lines_read = 0  # header lines

    def root(self) -> Part:
        """Walk over the boundary lines."""
        text, lines = self._text, self._lines
        root = self._begin(0)
        if not lines:
            self._close(0, len(text), False)
            return root
        end = len(text)
        for start in _dashed(text, self._start):
            if start < self._start or not text.startswith(self._marks, start):
                continue  # in a header, or no boundary line
            stop = text.find("\n", start, start + limits.BOUNDARY)
            stop = min(start + limits.BOUNDARY, end) if stop < 0 else stop
            bare = text.find("\r", start, stop)
            line = text[start : bare if bare >= 0 else stop]
            found = lines.get(line.rstrip(" \t"))
            if found is not None and not self._delimit(*found, start, start + len(line)):
                self._defects.append(f"more than {limits.PARTS} parts: the rest was not read")
                end = start
                break
        self._close(0, end, True)
        return root

    def _delimit(self, level: int, closing: bool, start: int, stop: int) -> bool:
        """A boundary line stands between `start` and `stop`; false when no more parts are made."""
        whole = self._open[level]
        if closing and not whole.part.children and self._part is None and len(self._open) == level + 1:
            return True  # closed before it began: it may still begin, and else its lines are all there is
        self._parts += not closing
        if not closing and self._part is not None and self._begun == start and len(self._open) == level + 1:
            self._read(self._part, _after_line_end(self._text, stop))  # two boundary lines with nothing between
            return self._parts <= limits.PARTS
        self._close(level + 1, start, True)
        if closing:
            self._forget(self._open.pop())
            return True
        if self._parts > limits.PARTS:
            return False
        whole.part.adopt(self._begin(_after_line_end(self._text, stop)))
        return True

    def _begin(self, position: int) -> Part:
        """A part begins with its header."""
        part = Part()
        self._read(part, position)
        return part

    def _read(self, part: Part, position: int) -> None:
        """Read the header at `position`; what follows it is the text of the part, or its preamble."""
        self._begun = position
        self._part, self._start = part, self._header(part, position)
        if "content-type" in part.fields and len(self._open) < limits.DEPTH:
            value = part.fields["content-type"][0]
            if "multipart" in value.lower():
                self._enter(part, value)

    def _enter(self, part: Part, value: str) -> None:
        """A multipart is open from here on, if it names a boundary."""
        media = mime.media(unfolded(value), "text/plain")
        if not media.value.startswith("multipart/"):
            return
        boundary = media.get("boundary").rstrip()  # trailing white space is not part of it
        if not boundary:
            part.defects.append(errors.NoBoundaryInMultipartDefect())
            return
        encodings = part.fields.get("content-transfer-encoding", [""])
        if encodings[0].strip().lower() not in _TRANSPARENT:
            part.defects.append(errors.InvalidMultipartContentTransferEncodingDefect())
        separator = f"--{boundary}"
        level = len(self._open)
        self._open.append(_Open(part, separator, self._start))
        # Where two multiparts share a boundary, the outer one has it: its parts must not vanish into the inner one.
        self._lines.setdefault(separator, (level, False))
        self._lines.setdefault(f"{separator}--", (level, True))
        self._marks = tuple(self._lines)
        self._part = None

    def _close(self, level: int, end: int, delimited: bool) -> None:
        """What is open from this level on ends at `end`."""
        text, part = self._text, self._part
        stop = _before_line_end(text, end, self._start) if delimited else end
        if part is not None:
            part.set_lines(text[self._start : stop])
            self._part = None
        while len(self._open) > level:
            whole = self._open.pop()
            self._forget(whole)
            if whole.part.children:
                whole.part.defects.append(errors.CloseBoundaryNotFoundDefect())
            else:
                whole.part.defects.append(errors.StartBoundaryNotFoundDefect(whole.separator))
                whole.part.set_lines(text[whole.start : end])

    def _forget(self, whole: _Open) -> None:
        """The boundary of a multipart that has ended means nothing any more, unless an outer one has the same."""
        level = len(self._open)
        for line in (whole.separator, f"{whole.separator}--"):
            if self._lines.get(line, (-1, False))[0] == level:
                del self._lines[line]
        self._marks = tuple(self._lines)

    def _header(self, part: Part, position: int) -> int:
        """Read the header fields at `position`; where the body begins."""
        blank = _BLANK.search(self._text, position, position + _COMMON_HEADER)
        if blank is not None and self._common_header(part, self._text[position : blank.start()]):
            return blank.end()
        text, end = self._text, len(self._text)
        first = position
        newline = -1
        last = self._lines_read + limits.HEADER_COUNT
        value: list[str] | None = None
        while position < end and self._lines_read < min(last, limits.HEADER_LINES):
            self._lines_read += 1
            if newline < position:
                newline = text.find("\n", position)
                newline = end if newline < 0 else newline
            stop = newline + 1
            bare = text.find("\r", position, newline - 1)
            if bare >= 0:
                stop = bare + 1  # a bare CR ends a line too
            start = text[position]
            if start in "\r\n":
                position = stop
                break
            if start in " \t" and value is not None:
                value.append(text[position:stop])
            else:
                match = _NAME.match(text, position, stop)
                if self._ends_header(part, match is None, position, stop):
                    break
                if match is None or match.end() == position + 1:
                    if position != first or text[position] != "F":  # the envelope line of an mbox may stand first
                        part.defects.append(self._flaw(position))
                else:
                    value = part.field(text[position : match.end() - 1], text[match.end() : stop])
            position = stop
        part.finish()
        return min(position, end)

    def _common_header(self, part: Part, block: str) -> bool:
        """A header that is as it should be, a field at a time; false when a line of it must be looked at closer."""
        if block.count("\r") != block.count("\r\n") + (block[-1:] == "\r"):
            return False
        if self._lines and (block[:2] == "--" or "\n--" in block):
            return False
        lines = block.count("\n") + 1
        if lines > limits.HEADER_COUNT or self._lines_read + lines > limits.HEADER_LINES:
            return False
        names, colons, values = zip(*[line.partition(":") for line in _FIELDS.split(block)], strict=True)
        together = "".join(names)
        # A continuation that continues nothing makes a name that begins with white space.
        if "" in names or "" in colons or " " in together or not together.isascii() or not together.isprintable():
            return False
        self._lines_read += lines
        fields = part.fields
        for name, value in zip(names, values, strict=True):
            fields.setdefault(name.lower(), []).append(value.lstrip(" \t").rstrip("\r\n"))
        return True

    def _ends_header(self, part: Part, nameless: bool, position: int, stop: int) -> bool:
        """Whether this line belongs to the body: a boundary line, or one that is no header line at all."""
        text = self._text
        if text[position] == "-" and text[position : min(stop, position + limits.BOUNDARY)].rstrip() in self._lines:
            return True
        if nameless and text[position] not in " \t" and not text.startswith("From ", position):
            part.defects.append(errors.MissingHeaderBodySeparatorDefect())
            return True
        return False

    def _flaw(self, position: int) -> errors.MessageDefect:
        """What is wrong with a line that stands in a header and is no field."""
        if self._text[position] in " \t":
            return errors.FirstHeaderLineIsContinuationDefect()
        if self._text[position] == ":":
            return errors.InvalidHeaderDefect()
        return errors.MisplacedEnvelopeHeaderDefect()


def _dashed(text: str, position: int) -> Iterator[int]:
    """Where lines begin that begin with two hyphens."""
    position = max(position - 1, 0)
    if text.startswith("--", position):
        yield position
    if "\r--" in text:
        for match in _DASHED.finditer(text, position):
            yield match.start() + 1
        return
    position = text.find("\n--", position)
    while position >= 0:
        yield position + 1
        position = text.find("\n--", position + 1)


def _after_line_end(text: str, position: int) -> int:
    if text.startswith("\r\n", position):
        return position + 2
    return position + 1 if position < len(text) else position


def _before_line_end(text: str, end: int, start: int) -> int:
    """The line end before a boundary line belongs to the boundary."""
    if end > start and text[end - 1] == "\n":
        end -= 1
        if end > start and text[end - 1] == "\r":
            end -= 1
    elif end > start and text[end - 1] == "\r":
        end -= 1
    return end
