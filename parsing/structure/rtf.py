"""Rich text in mail: the compressed form (MS-OXRTFCP), the HTML or text that was wrapped in it (MS-OXRTFEX), and
the readable text of RTF that was never anything else.

In: the bytes of PidTagRtfCompressed. Out: the RTF; `Unwrapped`: HTML, or text. Must never raise, never grow beyond
limits.RTF, and never look at more than limits.RTF_TOKENS words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from struct import unpack_from

from parsing import charset, limits

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS "
    b"Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D  # "LZFu", "MELA"
_WINDOW = 4096

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|((?:\\'[0-9a-fA-F]{2})+)|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_HIDDEN = frozenset(
    """
    fonttbl colortbl stylesheet info pict object objdata header headerl headerr headerf footer footerl footerr
    footerf fldinst listtable listoverridetable revtbl rsidtbl generator themedata colorschememapping latentstyles
    datastore xmlnstbl filetbl mmathpr bkmkstart bkmkend template author operator
    """.split()  # noqa: SIM905 - a block of words is easier to read
)
_BREAKS = {"par": "\n", "line": "\n", "sect": "\n\n", "page": "\n\n", "row": "\n", "cell": "\t", "tab": "\t",
           "emdash": "\u2014", "endash": "\u2013", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
           "ldblquote": "\u201c", "rdblquote": "\u201d", "emspace": " ", "enspace": " ", "nbsp": "\u00a0"}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"-": "", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n"}
_FONT_CHARSETS = {0: "cp1252", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
                  163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
                  238: "cp1250"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """The text of an RTF body; `html` when it is HTML source."""

    text: str
    html: bool


def inflated(data: bytes) -> bytes:
    """The RTF of a PidTagRtfCompressed value; as much of it as can be read."""
    if len(data) < 16:
        return b""
    size, kind = unpack_from("<4xII", data)
    if kind == _PLAIN:
        return data[16 : 16 + min(size, limits.RTF)]
    if kind != _COMPRESSED:
        return data[: limits.RTF] if data.startswith(b"{\\rtf") else b""
    wanted = _WINDOW + min(size, limits.RTF)
    out = bytearray(_WINDOW - len(_DICTIONARY)) + _DICTIONARY
    position, end = 16, len(data)
    while position < end and len(out) < wanted:
        flags = data[position]
        position += 1
        if flags == 0:  # eight plain bytes
            out += data[position : position + 8]
            position += 8
            continue
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[position : position + 1]
                position += 1
                continue
            if position + 2 > end:
                return bytes(out[_WINDOW:wanted])
            token = data[position] << 8 | data[position + 1]
            position += 2
            length = (token & 0xF) + 2
            # The window is a ring that is written at this very place; a reference to it is the end mark.
            back = (len(out) + len(_DICTIONARY) - (token >> 4)) % _WINDOW
            if back == 0:
                return bytes(out[_WINDOW:wanted])
            start = len(out) - back
            piece = out[start : start + length]
            while len(piece) < length:
                piece += piece[: length - len(piece)]
            out += piece
    return bytes(out[_WINDOW:wanted])


def unwrapped(data: bytes) -> Unwrapped:
    """The HTML that Outlook wrapped into RTF, else the readable text."""
    wrapped = b"\\fromhtml" in data[:2000]
    text = _Text(wrapped)
    for number, match in enumerate(_TOKEN.finditer(data)):
        if number > limits.RTF_TOKENS or text.depth < 0:
            break
        text.take(match)
    return Unwrapped(text=text.result(), html=wrapped)


@dataclass(slots=True)
class _State:
    """What a group inherits from the one around it and forgets at its end."""

    hidden: bool = False
    suppressed: bool = False  # \htmlrtf: a rendering of what stands in an htmltag
    tag: bool = False  # inside {\*\htmltag …}
    skip: int = 1  # \uc: how many fallback characters follow a \u
    codec: str = ""
    fonts: bool = False


class _Text:
    """The state of one pass over RTF."""

    def __init__(self, wrapped: bool) -> None:
        self._wrapped = wrapped
        self._out: list[str] = []
        self._bytes = bytearray()
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._state = _State()
        self._stack: list[_State] = []
        self._star = False
        self._skip = 0
        self._high = 0
        self.depth = 0

    def take(self, match: re.Match[bytes]) -> None:
        """One token."""
        word, number, escaped, symbol, brace, plain = match.groups()
        if plain is not None:
            self._plain(plain)
        elif word is not None:
            self._word(word.decode("ascii"), number)
        elif brace is not None:
            self._brace(brace)
        elif escaped is not None:
            self._plain(bytes.fromhex(escaped.replace(b"\\'", b"").decode("ascii")))
        elif symbol == b"*":
            self._star = True
        elif symbol is not None:
            if self._skip:
                self._skip -= 1
            elif self._shown():
                self._put(_SYMBOLS.get(symbol, ""))

    def result(self) -> str:
        """The text so far."""
        self._flush()
        return "".join(self._out).rstrip("\0")

    def _shown(self) -> bool:
        return not self._state.hidden and not self._state.suppressed

    def _plain(self, plain: bytes) -> None:
        self._star = False
        if self._skip:
            cut = min(self._skip, len(plain))
            self._skip -= cut
            plain = plain[cut:]
        if self._shown():
            self._bytes += plain

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._star, self._skip = False, 0
        if brace == b"{":
            self.depth += 1
            if len(self._stack) < limits.HTML_DEPTH * 5:
                state = self._state
                self._stack.append(state)
                self._state = _State(state.hidden, state.suppressed, state.tag, state.skip, state.codec, state.fonts)
        else:
            self.depth -= 1
            if self._stack and self.depth < len(self._stack):
                self._state = self._stack.pop()

    def _word(self, word: str, number: bytes | None) -> None:
        star, self._star = self._star, False
        value = int(number) if number else 0
        state = self._state
        if word == "htmltag" and star:
            state.tag, state.hidden = True, not self._wrapped
        elif word == "fonttbl":
            state.hidden = state.fonts = True
        elif star or word in _HIDDEN:
            state.hidden = True
        elif word == "htmlrtf":
            self._flush()
            state.suppressed = self._wrapped and (number is None or value != 0)
        elif word == "f":
            self._change_font(value)
        elif word == "fcharset" and state.fonts:
            self._fonts[self._font] = _FONT_CHARSETS.get(value, "")
        elif word == "ansicpg":
            self._codec = charset.codec(f"cp{value}") or self._codec
        elif word == "uc":
            state.skip = min(max(value, 0), 20)
        elif word == "u" and number is not None:
            self._unicode(value)
        elif word in _BREAKS and self._shown():
            # In wrapped HTML the line ends for show stand inside \\htmlrtf; all others are the source's own.
            self._put(_BREAKS[word])

    def _change_font(self, number: int) -> None:
        self._flush()
        self._font = number
        if not self._state.fonts:
            self._state.codec = self._fonts.get(number, "")

    def _unicode(self, value: int) -> None:
        self._skip = self._state.skip
        if not self._shown():
            return
        value &= 0xFFFF
        if 0xD800 <= value < 0xDC00:
            self._high = value
        elif 0xDC00 <= value < 0xE000:
            if self._high:
                self._put(chr(0x10000 + ((self._high - 0xD800) << 10) + value - 0xDC00))
            self._high = 0
        elif value:
            self._put(chr(value))

    def _put(self, text: str) -> None:
        self._flush()
        self._out.append(text)

    def _flush(self) -> None:
        if self._bytes:
            codec = self._state.codec or self._codec
            self._out.append(bytes(self._bytes).decode(codec, "replace"))
            self._bytes.clear()
