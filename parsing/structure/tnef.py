"""TNEF, the container that Outlook calls winmail.dat (MS-OXTNEF): the body and the files inside.

In: its bytes. Out: `Opened`: plain text, HTML and RTF of the message as far as they are there, and the files. Must
never raise, never believe a length that the bytes do not have, and never look at more than limits.TNEF_VALUES values.
The reader is our own: the one library, tnefparse (LGPL, last released in 2021), raises on broken files, has no bounds
and inflates whatever it is given, and to open hostile containers is what this desk exists for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import unpack_from

from parsing import charset, limits

_SUBJECT, _CLASS, _BODY, _CODEPAGE, _PROPS = 0x8004, 0x8008, 0x800C, 0x9007, 0x9003
_RENDERING, _DATA, _TITLE, _ATTACHMENT, _TRANSPORT_NAME = 0x9002, 0x800F, 0x8010, 0x9005, 0x9001

# Property ids of MS-OXPROPS.
_PR_CLASS, _PR_SUBJECT, _PR_BODY, _PR_RTF, _PR_HTML = 0x001A, 0x0037, 0x1000, 0x1009, 0x1013
_PR_INTERNET_CODEPAGE, _PR_MESSAGE_CODEPAGE = 0x3FDE, 0x3FFD
_PR_NAME, _PR_LONG_NAME, _PR_SHORT_NAME = 0x3001, 0x3707, 0x3704
_PR_DATA, _PR_METHOD, _PR_TYPE, _PR_CONTENT_ID, _PR_LOCATION, _PR_FLAGS = 0x3701, 0x3705, 0x370E, 0x3712, 0x3713, 0x3714
_EMBEDDED = 5  # PidTagAttachMethod: the file is a message
_RENDERED = 4  # PidTagAttachFlags: the HTML shows it

_FIXED = {0x0001: 0, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4,
          0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_VARIABLE = frozenset({0x000D, 0x001E, 0x001F, 0x0102})
_UNICODE, _OBJECT, _MANY = 0x001F, 0x000D, 0x1000
_LONGEST_CLASS = 255  # MS-OXCMSG, PidTagMessageClass
_PADDING = 64  # bytes behind the last attribute that are no attribute
_IID = 16  # bytes before the data of an object: the interface that can read it

_CODEPAGES = {65001: "utf-8", 20127: "us-ascii", 28591: "iso-8859-1", 28592: "iso-8859-2", 28595: "iso-8859-5",
              28597: "iso-8859-7", 28599: "iso-8859-9", 28605: "iso-8859-15", 20866: "koi8-r", 21866: "koi8-u",
              50220: "iso-2022-jp", 50221: "iso-2022-jp", 50222: "iso-2022-jp", 51932: "euc-jp", 932: "shift_jis",
              936: "gbk", 949: "euc-kr", 950: "big5", 51936: "gb2312", 51949: "euc-kr", 54936: "gb18030",
              874: "windows-874", 437: "ibm437", 850: "ibm850", 852: "ibm852", 866: "ibm866", 1200: "utf-16le",
              10000: "macintosh"}  # fmt: skip


@dataclass(slots=True)
class File:
    """A file of the container; `message` is the container of an attached message, whose bytes are in no mail format."""

    name: str = ""
    data: bytes = b""
    content_type: str = ""
    content_id: str = ""
    location: str = ""
    rendered: bool = False
    message: Opened | None = None


@dataclass(slots=True)
class Opened:
    """What was inside. Bodies are bytes with the charset that they are in; `broken` when it ends too early.
    `message_class` is what Outlook says that it is (`IPM.Note`; an answer to an invitation has its own)."""

    subject: str = ""
    message_class: str = ""
    text: bytes = b""
    text_charset: str = ""
    html: bytes = b""
    html_charset: str = ""
    rtf: bytes = b""
    files: list[File] = field(default_factory=list)
    broken: bool = False


@dataclass(slots=True)
class _Budget:
    left: int = limits.TNEF_VALUES

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Broken


class _Broken(Exception):
    """The rest cannot be read."""


def opened(data: bytes) -> Opened | None:
    """The content of a TNEF file; None when it is none."""
    return _opened(data, _Budget(), 0) if data[:4] == limits.TNEF else None


def _opened(data: bytes, budget: _Budget, depth: int) -> Opened:
    found = Opened()
    page = 1252
    position, size = 6, len(data)
    try:
        while position + 9 <= size:
            budget.spend()
            level, tag, length = data[position], *unpack_from("<H2xI", data, position + 1)
            start = position + 9
            if level not in {1, 2} and size - position <= _PADDING:
                return found  # line ends or zeros that a gateway added
            if level not in {1, 2} or start + length > size:
                raise _Broken
            value = data[start : start + length]
            position = start + length + 2  # a checksum that nobody checks; writers get it wrong
            if tag == _CODEPAGE and length >= 4:
                page = unpack_from("<I", value)[0]
            elif level == 1:
                _message(tag, value, page, found, budget)
            else:
                _attachment(tag, value, page, found.files, budget, depth)
        found.broken = size - position > 0 and any(data[position:])
    except _Broken:
        found.broken = True
    found.files = [file for file in found.files if file.data or file.name or file.message]
    return found


def _message(tag: int, value: bytes, page: int, found: Opened, budget: _Budget) -> None:
    if tag == _SUBJECT:
        found.subject = _text(value, page)
    elif tag == _CLASS:
        found.message_class = _text(value, page)[:_LONGEST_CLASS]
    elif tag == _BODY:
        found.text, found.text_charset = value.rstrip(b"\0"), codepage(page)
    elif tag == _PROPS:
        values = _properties(value, budget)
        internet = _number(values, _PR_INTERNET_CODEPAGE) or _number(values, _PR_MESSAGE_CODEPAGE) or page
        found.subject = _string(values, _PR_SUBJECT, page) or found.subject
        found.message_class = found.message_class or _string(values, _PR_CLASS, page)[:_LONGEST_CLASS]
        found.text, found.text_charset = _body(values, _PR_BODY, page) or (found.text, found.text_charset)
        found.html, found.html_charset = _body(values, _PR_HTML, internet) or (found.html, found.html_charset)
        if _PR_RTF in values:
            found.rtf = values[_PR_RTF][1]
        if _TORN in values:
            raise _Broken


def _attachment(tag: int, value: bytes, page: int, files: list[File], budget: _Budget, depth: int) -> None:
    if tag == _RENDERING or not files:
        files.append(File())
    file = files[-1]
    if tag == _DATA:
        file.data = value
    elif tag in {_TITLE, _TRANSPORT_NAME}:
        file.name = file.name or _text(value, page)
    elif tag == _ATTACHMENT:
        values = _properties(value, budget)
        long, short, shown = (_string(values, key, page) for key in (_PR_LONG_NAME, _PR_SHORT_NAME, _PR_NAME))
        own = shown if _number(values, _PR_METHOD) == _EMBEDDED else ""
        file.name = long or own or file.name or short or shown
        file.content_type = _string(values, _PR_TYPE, page)
        file.content_id = _string(values, _PR_CONTENT_ID, page)
        file.location = _string(values, _PR_LOCATION, page)
        file.rendered = bool(_number(values, _PR_FLAGS) & _RENDERED)
        _object(file, values, budget, depth)
        if _TORN in values:
            raise _Broken


def _object(file: File, values: Properties, budget: _Budget, depth: int) -> None:
    """The data when it stands among the properties: an embedded message or an OLE object."""
    kind, data = values.get(_PR_DATA, (0, b""))
    if not data:
        return
    if kind == _OBJECT and len(data) > _IID:
        data = data[_IID:]
    if _number(values, _PR_METHOD) == _EMBEDDED and data[:4] == limits.TNEF and depth < limits.OPENED:
        file.message = _opened(data, budget, depth + 1)
    file.data = file.data or data


Properties = dict[int, tuple[int, bytes]]
"""Type and first value of each property; the key `_TORN` is there when they end too early."""
_TORN = -1


def _properties(data: bytes, budget: _Budget) -> Properties:
    """A list of MAPI properties (MS-OXTNEF section 2.1.3.4). What stands before a break is kept."""
    found: Properties = {}
    position = 4
    try:
        for _ in range(unpack_from("<I", data)[0] if len(data) >= 4 else 0):
            budget.spend()
            kind, key, position = *_pair(data, position), position + 4
            if key >= 0x8000:
                key, position = _named(data, position)
            value, position = _value(data, position, kind, budget)
            found.setdefault(key, (kind & ~_MANY, value))
    except _Broken:
        found[_TORN] = (1, b"\1")
    return found


def _pair(data: bytes, position: int) -> tuple[int, int]:
    if position + 4 > len(data):
        raise _Broken
    kind, key = unpack_from("<HH", data, position)
    return kind, key


def _u32(data: bytes, position: int) -> int:
    if position + 4 > len(data):
        raise _Broken
    return int(unpack_from("<I", data, position)[0])


def _named(data: bytes, position: int) -> tuple[int, int]:
    """A named property: its GUID and number or name. None of them is read, so its key is one that nobody asks for."""
    position += 16
    kind, number = _u32(data, position), _u32(data, position + 4)
    if kind == 0:
        return 0x10000 | (number & 0xFFFF), position + 8
    return 0x20000, position + 8 + _padded(number)


def _value(data: bytes, position: int, kind: int, budget: _Budget) -> tuple[bytes, int]:
    """The first value of a property and where the next property begins."""
    base = kind & ~_MANY
    if base in _VARIABLE:
        first = b""
        count, position = _u32(data, position), position + 4
        for number in range(count):
            budget.spend()
            length = _u32(data, position)
            if position + 4 + length > len(data):
                raise _Broken
            if number == 0:
                first = data[position + 4 : position + 4 + length]
            position += 4 + _padded(length)
        return first, position
    if base not in _FIXED:
        raise _Broken
    if not kind & _MANY:
        end = position + _FIXED[base]
        if end > len(data):
            raise _Broken
        return data[position:end], end
    width = 2 if base == 0x0002 else _FIXED[base]
    end = position + 4 + _padded(width * _u32(data, position))
    if end > len(data):
        raise _Broken
    return data[position + 4 : end][:width], end


def _padded(length: int) -> int:
    return length + -length % 4


def _number(values: Properties, key: int) -> int:
    kind, value = values.get(key, (0, b""))
    return int.from_bytes(value[:4], "little") if kind in {0x0002, 0x0003} else 0


def _string(values: Properties, key: int, page: int) -> str:
    kind, value = values.get(key, (0, b""))
    return _text(value, 1200 if kind == _UNICODE else page)


def _body(values: Properties, key: int, page: int) -> tuple[bytes, str] | None:
    kind, value = values.get(key, (0, b""))
    if not value:
        return None
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace"), "utf-8"
    return value.rstrip(b"\0"), codepage(page)


def _text(value: bytes, page: int) -> str:
    """A short string such as a name."""
    if page == 1200:
        return value[:20_000].decode("utf-16-le", "replace").partition("\0")[0]
    return charset.decode(value[:10_000].partition(b"\0")[0], codepage(page))[0]


def codepage(number: int) -> str:
    """The charset name of a Windows code page."""
    return _CODEPAGES.get(number) or (f"windows-{number}" if 1250 <= number <= 1258 else "")
