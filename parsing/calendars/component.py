"""Content lines and components of iCalendar and vCalendar text (RFC 5545 section 3.1, vCalendar 1.0).

In: the bytes of a calendar and the charset that the part named. Out: the calendars, each a `Component`, and a sentence
for each thing that was mended or left out. Must never nest deeper than the cap, never look at a line more than a
constant number of times, and never interpret a value.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from parsing import charset, limits

SCHEDULED = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"})
"""What can be scheduled (RFC 5546 section 1.4)."""

_CUT = re.compile(r'[";:]')
_STILL_QUOTED = re.compile(rb";[A-Za-z-]{2,20}=3D|[A-Z]=0D=0A|VCALENDAR=\r?\n", re.ASCII)
_CARET = re.compile(r"\^([n'^])")
_CARETS = {"n": "\n", "'": '"', "^": "^"}
"""What a caret and a sign stand for in a parameter (RFC 6868 section 3.1)."""
_BASE64_BEGIN = b"QkVHSU46VkNBTEVOREFS"  # BEGIN:VCALENDAR
_TRANSPORT = "the transfer encoding was applied twice"
_LONG = f"longer than {limits.BODY_TEXT} characters: the rest was not read"


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: parameters by upper-case name, and the value as it was written."""

    parameters: dict[str, str]
    value: str

    def get(self, name: str) -> str:
        """A parameter; empty when absent."""
        return self.parameters.get(name, "")


@dataclass(slots=True)
class Component:
    """A component: its content lines by upper-case name, unparsed, and what is inside it."""

    name: str
    lines: dict[str, list[str]] = field(default_factory=dict)
    children: list[Component] = field(default_factory=list)

    def all(self, name: str, most: int) -> list[Property]:
        """The first `most` properties of a name."""
        return [parsed(line) for line in self.lines.get(name, ())[:most]]

    def first(self, name: str) -> Property | None:
        """The first property of a name."""
        found = self.lines.get(name)
        return parsed(found[0]) if found else None

    def text(self, name: str) -> str:
        """The first value of a name with its TEXT escapes undone (RFC 5545 section 3.3.11)."""
        found = self.first(name)
        return unescaped(quoted_value(found)) if found else ""


def calendars(data: bytes, declared: str = "") -> tuple[list[Component], list[str]]:
    """The calendars of a file, each a component with its children."""
    defects: list[str] = []
    grove = _Grove()
    for line in _lines(_text(data, declared, defects), defects):
        name = line.partition(":")[0].partition(";")[0].strip().upper()
        if name == "BEGIN":
            grove.begin(_named(line))
        elif name == "END":
            grove.end(_named(line))
        else:
            grove.add(name, line)
    defects.extend(grove.defects)
    return grove.calendars, defects


def _named(line: str) -> str:
    return line.partition(":")[2].strip().upper()[:60]


class _Grove:
    """Calendars while they grow; whatever is not closed, or closed twice, is set right."""

    def __init__(self) -> None:
        self.calendars: list[Component] = []
        self.defects: list[str] = []
        self._open: list[Component] = []
        self._too_deep = 0

    def begin(self, name: str) -> None:
        """A component begins; calendars and what is scheduled stand in no other of their kind."""
        if self._too_deep or len(self._open) >= limits.CALENDAR_DEPTH:
            if not self._too_deep:
                self._say(f"components more than {limits.CALENDAR_DEPTH} deep were not read")
            self._too_deep += 1
            return
        if name == "VCALENDAR":
            self._open.clear()
            self.calendars.append(Component(name))
            self._open.append(self.calendars[-1])
            return
        if name in SCHEDULED:
            if len(self._open) > 1:
                self._say("a component is not closed")
                del self._open[1:]
            if not self._open:
                self._say("a component stands outside a calendar")
                self.begin("VCALENDAR")
        if self._open:
            child = Component(name)
            self._open[-1].children.append(child)
            self._open.append(child)

    def end(self, name: str) -> None:
        """A component ends, and with it all inside it that did not."""
        if self._too_deep:
            self._too_deep -= 1
        elif any(component.name == name for component in self._open):
            while self._open.pop().name != name:
                pass

    def add(self, name: str, line: str) -> None:
        """A property of the innermost component."""
        if self._open and not self._too_deep:
            self._open[-1].lines.setdefault(name, []).append(line)

    def _say(self, defect: str) -> None:
        if defect not in self.defects:
            self.defects.append(defect)


def _text(data: bytes, declared: str, defects: list[str]) -> str:
    """Characters of a calendar. Lines are unfolded as bytes, because a fold may stand inside a character."""
    if len(data) > limits.BODY_TEXT * 2:
        data = data[: limits.BODY_TEXT * 2]
        defects.append(_LONG)
    if data[:4096].lstrip()[:20] == _BASE64_BEGIN:
        data = _unbased(data)
        defects.append(_TRANSPORT)
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"} or charset.codec(declared).startswith(("utf-16", "utf-32"))
    if wide or data[1:2] == b"\0" or data[:1] == b"\0":
        return _folds_undone(_wide(data, declared).encode()).decode("utf-8", "replace")
    if _STILL_QUOTED.search(data[:20_000]) and b"QUOTED-PRINTABLE" not in data[:20_000].upper():
        data = binascii.a2b_qp(data)
        defects.append(_TRANSPORT)
    text, defect = charset.decode(_folds_undone(data), "" if declared.lower() in {"us-ascii", "ascii"} else declared)
    if defect:
        defects.append(defect)
    if len(text) > limits.BODY_TEXT:
        defects.append(_LONG)
    return text[: limits.BODY_TEXT]


def _wide(data: bytes, declared: str) -> str:
    """UTF-16 with or without its mark (RFC 2781 section 4.3: without one big-endian; in fact whichever has text)."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return charset.decode(data, "utf-16")[0]
    if charset.codec(declared) == "utf-32":
        return charset.decode(data, declared)[0]
    return charset.decode(data, "utf-16be" if data[:1] == b"\0" else "utf-16le")[0]


def _unbased(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        whole = data[: len(data) - len(data) % 4]
        try:
            return binascii.a2b_base64(whole)
        except binascii.Error:
            return b""


def _folds_undone(data: bytes) -> bytes:
    """RFC 5545 section 3.1; a line end may also be LF, CR or (template engines) CR CR LF."""
    if b"\r" in data:
        data = data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.lstrip(b"\xef\xbb\xbf \t\n")
    return data.replace(b"\n ", b"").replace(b"\n\t", b"")


def _lines(text: str, defects: list[str]) -> list[str]:
    """The content lines, without empty ones."""
    lines = text.split("\n", limits.CALENDAR_LINES)
    if len(lines) > limits.CALENDAR_LINES:
        lines.pop()
        defects.append(f"more than {limits.CALENDAR_LINES} lines: the rest was not read")
    if "QUOTED-PRINTABLE" in text[:20_000].upper():
        lines = _soft_breaks_undone(lines)
    return [line for line in lines if line]


def _soft_breaks_undone(lines: list[str]) -> list[str]:
    """vCalendar 1.0 breaks quoted-printable values with `=`, and the next line begins without a space."""
    out: list[str] = []
    pieces: list[str] = []
    for line in lines:
        soft = line.endswith("=") and (bool(pieces) or "QUOTED-PRINTABLE" in line[:300].upper())
        pieces.append(line[:-1] if soft else line)
        if not soft:
            out.append("".join(pieces))
            pieces.clear()
    return [*out, "".join(pieces)]


def parsed(line: str) -> Property:
    """The parameters and the value of a content line; a quote that is not closed is no quote."""
    line = line[: limits.CALENDAR_LINE]
    return _divided(line, quotes=True) or _divided(line, quotes=False) or Property({}, "")


def _divided(line: str, *, quotes: bool) -> Property | None:
    head: list[str] = []
    start, quoted = 0, False
    for match in _CUT.finditer(line):
        mark, position = match.group(), match.start()
        if mark == '"':
            quoted = quotes and not quoted
        elif not quoted:
            head.append(line[start:position])
            start = position + 1
            if mark == ":":
                return Property(_parameters(head), line[start:].strip())
    return None


def _parameters(head: list[str]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in head[1 : limits.PARAMETERS]:
        key, equals, text = pair.partition("=")
        if not equals:  # vCalendar 1.0 may leave the name out: `DTSTART;DATE:…`
            key, text = "ENCODING" if "PRINTABLE" in pair.upper() else "VALUE", pair
        text = text.strip().strip('"')
        if "^" in text:
            text = _CARET.sub(lambda match: _CARETS[match.group(1)], text)
        parameters.setdefault(key.strip().upper(), text)
    return parameters


def quoted_value(found: Property) -> str:
    """The value with the encoding of vCalendar 1.0 undone."""
    if found.get("ENCODING").upper() != "QUOTED-PRINTABLE":
        return found.value
    data = binascii.a2b_qp(found.value.encode("utf-8", "surrogateescape"))
    return charset.decode(data, found.get("CHARSET"))[0]


_ESCAPE = re.compile(r"\\([\\;,nN])")


def unescaped(text: str) -> str:
    """RFC 5545 section 3.3.11."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), text)
