"""Bytes of a text part or a header into text.

In: bytes and the charset that the sender named. Out: text without NUL and surrogates, and a defect when it was a guess.
Must never hand a sender's word to `codecs.lookup`: Python knows codecs that execute, inflate or smuggle (utf-7, zlib,
unicode_escape). Only the names below are decoded (reliability 38, intake 49).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from parsing import limits

# Several names mean a superset in practice: everyone who says iso-8859-1 sends windows-1252 (WHATWG Encoding
# section 4.2), gb2312 means gb18030, ks_c_5601 means cp949.
_CODECS = {
    "utf8": "utf-8", "unicode11utf8": "utf-8", "utf8mb4": "utf-8", "unicode20utf8": "utf-8", "xunicode20utf8": "utf-8",
    "usascii": "utf-8", "ascii": "utf-8", "ansix341968": "utf-8", "us": "utf-8", "7bit": "utf-8", "8bit": "utf-8",
    "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "unicode": "utf-16",
    "iso88591": "cp1252", "latin1": "cp1252", "l1": "cp1252", "windows1252": "cp1252", "cp1252": "cp1252",
    "xansi": "cp1252", "ansi": "cp1252", "xcp1252": "cp1252", "iso885911987": "cp1252", "win1252": "cp1252",
    "iso88592": "iso8859-2", "latin2": "iso8859-2", "iso88593": "iso8859-3", "iso88594": "iso8859-4",
    "iso88595": "iso8859-5", "iso88596": "iso8859-6", "iso88597": "iso8859-7", "iso88598": "iso8859-8",
    "iso88598i": "iso8859-8", "iso88598e": "iso8859-8", "iso88599": "cp1254", "latin5": "cp1254",
    "iso885910": "iso8859-10", "iso885913": "iso8859-13", "iso885914": "iso8859-14",
    "iso885915": "iso8859-15", "latin9": "iso8859-15", "iso885916": "iso8859-16",
    "windows1250": "cp1250", "cp1250": "cp1250", "windows1251": "cp1251", "cp1251": "cp1251", "xcp1251": "cp1251",
    "windows1253": "cp1253", "cp1253": "cp1253", "windows1254": "cp1254", "cp1254": "cp1254",
    "windows1255": "cp1255", "cp1255": "cp1255", "windows1256": "cp1256", "cp1256": "cp1256",
    "windows1257": "cp1257", "cp1257": "cp1257", "windows1258": "cp1258", "cp1258": "cp1258",
    "windows874": "cp874", "cp874": "cp874", "tis620": "cp874", "iso885911": "cp874",
    "koi8r": "koi8-r", "koi8": "koi8-r", "koi8u": "koi8-u",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "cp936": "gb18030", "xgbk": "gb18030",
    "euccn": "gb18030", "hzgb2312": "hz", "big5": "cp950", "xbig5": "cp950", "cp950": "cp950", "big5hkscs": "big5hkscs",
    "eucjp": "euc_jp", "xeucjp": "euc_jp", "shiftjis": "cp932", "sjis": "cp932", "xsjis": "cp932", "ms932": "cp932",
    "cp932": "cp932", "windows31j": "cp932", "iso2022jp": "iso2022_jp_ext", "iso2022jp1": "iso2022_jp_ext",
    "iso2022jp2": "iso2022_jp_2", "iso2022jp3": "iso2022_jp_3", "iso2022jpms": "iso2022_jp_ext",
    "iso2022kr": "iso2022_kr",
    "euckr": "cp949", "ksc5601": "cp949", "ksc56011987": "cp949", "cp949": "cp949", "uhc": "cp949",
    "macintosh": "mac_roman", "macroman": "mac_roman", "xmacroman": "mac_roman", "mac": "mac_roman",
    "ibm437": "cp437", "cp437": "cp437", "ibm850": "cp850", "cp850": "cp850", "ibm852": "cp852", "cp852": "cp852",
    "xmaccyrillic": "mac_cyrillic", "xmacce": "mac_latin2", "iso88596i": "iso8859-6",
    "cp50220": "iso2022_jp_ext", "cp50221": "iso2022_jp_ext", "csiso2022jp": "iso2022_jp_ext",
    "cskoi8r": "koi8-r", "csbig5": "cp950", "cseuckr": "cp949", "csshiftjis": "cp932", "unicode11": "utf-8",
    "ibm866": "cp866", "cp866": "cp866", "utf32": "utf-32",
}  # fmt: skip
_MULTIBYTE = frozenset({"gb18030", "hz", "cp950", "big5hkscs", "euc_jp", "cp932", "iso2022_jp_ext", "iso2022_jp_2",
                        "iso2022_jp_3", "iso2022_kr", "cp949"})  # fmt: skip
_JAPANESE = frozenset({"iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_3", "euc_jp", "cp932"})
_NOT_ASCII = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "hz", "iso2022_kr"})
_SHIFTED = frozenset({"iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr"})
_GUESSED = ["cp1252", "iso8859_2", "cp1251", "koi8_r", "gb18030", "big5", "euc_jp", "cp932", "cp949", "cp1253"]
_NOISE = str.maketrans("", "", "-_ .:'\"\t*")
_META = re.compile(rb"<meta\b[^>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META_WITHIN = 4_096  # bytes; HTML section 4.2.5.4 says 1,024, Word writes its styles first
_TWICE = ("\u00c3", "\u00c2", "\u00e2\u20ac", "\u00d0", "\u00d1", "\u00c5")
_DELETED = bytes([*range(0x09), *range(0x0E, 0x20), 0x7F])
_AS_LINE_END = bytes.maketrans(b"\x0b\x0c", b"\n\n")
_PAGE_END = re.compile("[\x0b\x0c]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_C1 = re.compile("[\x80-\x9f]")
_ESCAPE = re.compile(rb"\x1b(\$[@B]|\([BJI])")


def codec(name: str) -> str:
    """The Python codec for a charset name of a mail; empty when it is not on the list."""
    return _codec(name[:40])


@lru_cache(maxsize=200)
def _codec(name: str) -> str:
    if ";" in name or "," in name:
        name = name.replace(",", ";").partition(";")[0]
    return _CODECS.get(name.lower().translate(_NOISE), "")


def of_html(data: bytes) -> str:
    """The charset that an HTML part names for itself; asked only where its header names none."""
    if data.isascii():
        return ""
    found = _META.search(data, 0, _META_WITHIN)
    return found.group(1).decode("ascii", "replace") if found else ""


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text, and a defect (empty when the declared charset, or none, was right)."""
    wanted = codec(declared) if declared else "utf-8"
    if wanted not in _NOT_ASCII and data.isascii() and b"\x1b" not in data:
        return data.translate(_AS_LINE_END, _DELETED).decode("ascii"), "" if wanted else "unknown charset"
    marked = _marked(data, wanted)
    if marked is not None:
        return marked
    text = _strict(data, wanted) if wanted else None
    if text is not None and wanted not in {"utf-8", "utf-16", "utf-32"} and _is_utf8(data, wanted):
        # Senders that keep the charset of an old template and write UTF-8 are commoner than such letters.
        return cleaned(data.decode("utf-8")), _printable(f"text is not {declared[:40]!r}")
    if text is not None:
        text, defect = _once(text) if wanted == "utf-8" else (text, "")
        return cleaned(text), defect
    defect = f"text is not {declared[:40]!r}" if wanted and declared else "unknown charset" if declared else ""
    text = _repaired(data, wanted)
    if text is None:
        defect = defect or "8-bit text without a charset"
        text = _guess(data) or data.decode("cp1252", "replace")
    return cleaned(text), _printable(defect)


def undeclared(data: bytes, hint: str) -> str:
    """Bytes that nobody named a charset for: UTF-8, else the hinted one, else a guess."""
    text = _strict(data, "utf-8")
    if text is None:
        likely = codec(hint)
        if likely == "cp1252" and _short(data):
            likely = ""  # no Western word has that many high bytes
        text = _strict(data, likely) if likely and likely not in _NOT_ASCII else None
    return decode(data)[0] if text is None else cleaned(text)


def _repaired(data: bytes, wanted: str) -> str | None:
    """Text whose declared charset does not fit: another one that it fits without doubt, or the declared one with
    marks."""
    shifted = wanted in _SHIFTED and b"\x1b" in data  # such bytes are always valid UTF-8, and never meant so
    text = None if wanted == "utf-8" or shifted else _strict(data, "utf-8")
    if text is None and wanted in _JAPANESE:
        # Senders that say one Japanese charset and send another are commoner than broken bytes.
        text = _iso_2022_jp(data) if shifted else _strict(data, "euc_jp") or _strict(data, "cp932")
    if text is None and wanted in _MULTIBYTE:
        # One bad byte in a page of Japanese: the declared charset with marks beats any guess.
        replaced = data.decode(wanted, "replace")
        if replaced.count("\ufffd") * (2 if shifted else 20) <= len(replaced):
            text = replaced
    if text is None and wanted == "utf-8":
        text = _mixed(data)
    return text


def _marked(data: bytes, wanted: str) -> tuple[str, str] | None:
    """Text that says itself what it is: a byte order mark (it beats any declaration, WHATWG Encoding section 6), the
    zeros of UTF-16, the escapes of ISO-2022-JP."""
    if data.startswith(b"\xef\xbb\xbf"):
        text = _strict(data[3:], "utf-8")
        return None if text is None else (cleaned(text), "")
    start = data[:64]
    if b"\0" in start or start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        name = "utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else _order(start)
        if name and wanted != "utf-32":
            return cleaned(data.decode(name, "replace")), "" if wanted.startswith("utf-16") else "text is UTF-16"
    if wanted in {"", "utf-8", "cp1252"} and b"\x1b$" in data and data.isascii():
        text = _strict(data, "iso2022_jp_ext") or _iso_2022_jp(data)
        return None if text is None else (cleaned(text), "" if wanted else "unknown charset")
    return None


def _order(start: bytes) -> str:
    """The byte order of UTF-16 without a mark: where the zeros of its Latin letters and spaces stand."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 4
    if odd > half and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half and not odd else ""


def _is_utf8(data: bytes, wanted: str) -> bool:
    """Whether text under another name is UTF-8 beyond doubt: each of its sequences is whole. In a charset of one byte
    that takes letters which never follow one another; in one of several it may be chance in a few characters."""
    if wanted in _SHIFTED or data.isascii():
        return False
    text = _strict(data, "utf-8")
    if text is None:
        return False
    letters = len(text) - len(text.encode("ascii", "ignore"))
    return letters >= (3 if wanted in _MULTIBYTE else 1 if wanted == "cp1252" else 2)


def _once(text: str) -> tuple[str, str]:
    """UTF-8 that was taken for windows-1252 and encoded again, undone; only where every letter of the text fits and
    there are several of them, because a person may write about such signs."""
    if text.isascii() or not any(sign in text for sign in _TWICE):
        return text, ""
    try:
        again = _single_bytes(text).decode("utf-8")
    except UnicodeError:
        return text, ""
    letters = [char for char in again if char > "\x7f"]
    if len(letters) < 3 and len(set(letters)) < 2:
        return text, ""
    return again, "text was encoded twice"


def _single_bytes(text: str) -> bytes:
    """windows-1252 with its five unassigned bytes."""
    if _C1.search(text) is None:
        return text.encode("cp1252")
    return b"".join(char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252") for char in text)


def _mixed(data: bytes) -> str | None:
    """UTF-8 with some other bytes in it (a footer that a gateway appended, a character cut in two): what is UTF-8 is
    read as such, the rest as windows-1252. None when hardly anything is UTF-8."""
    kept = data.decode("utf-8", "ignore")
    strange = len(data) - len(kept.encode("utf-8"))
    whole = len(kept) - len(kept.encode("ascii", "ignore"))
    if not whole or whole * 2 < strange:
        return None
    return data.decode("utf-8", _FALLBACK if strange <= limits.CHARSET_REPAIRS else "replace")


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_FALLBACK = "replydesk.windows-1252"
codecs.register_error(_FALLBACK, _as_1252)


def _iso_2022_jp(data: bytes) -> str | None:
    """ISO-2022-JP as Windows writes it (code page 50221): with the characters of NEC and IBM that JIS X 0208 lacks and
    half-width katakana. The two-byte pieces are moved to Shift_JIS, whose Windows form has all of them."""
    if data.count(b"\x1b") > limits.CHARSET_REPAIRS:
        return None
    out = bytearray()
    mode, position = b"(B", 0
    for match in _ESCAPE.finditer(data):
        out += _shift_jis(data[position : match.start()], mode)
        mode, position = match.group(1), match.end()
    out += _shift_jis(data[position:], mode)
    text = bytes(out).decode("cp932", "replace")
    return text if text.count("\ufffd") * 20 <= len(text) else None


def _shift_jis(piece: bytes, mode: bytes) -> bytes:
    """One piece between two escapes."""
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in piece)
    if mode[:1] == b"(":
        return piece
    out = bytearray()
    for high, low in zip(piece[0::2], piece[1::2], strict=False):
        out.append((high + 1 >> 1) + (0x70 if high < 0x5F else 0xB0) & 0xFF)
        out.append((low + 0x1F + (low >= 0x60) if high % 2 else low + 0x7E) & 0xFF)
    return bytes(out)


def _strict(data: bytes, wanted: str) -> str | None:
    try:
        return data.decode(wanted)
    except (UnicodeError, LookupError, ValueError):
        return None


def _guess(data: bytes) -> str:
    """charset-normalizer's guess; only for short texts, because it tries every codec on them."""
    if len(data) < limits.DETECT_LEAST:
        return _short(data)
    told = _telling(data)
    import charset_normalizer  # late: half the start-up time of a reader, and hardly ever needed

    try:
        best = charset_normalizer.from_bytes(told, cp_isolation=_GUESSED, steps=3, chunk_size=256).best()
        return data.decode(best.encoding, "replace") if best is not None else ""
    except (UnicodeError, LookupError, ValueError):
        return ""


def _telling(data: bytes) -> bytes:
    """The lines that are not ASCII, as far as they are looked at: the others tell nothing."""
    lines: list[bytes] = []
    room = limits.DETECT_BYTES
    for line in data.split(b"\n"):
        if not line.isascii():
            lines.append(line[:room])
            room -= len(line)
            if room <= 0:
                break
    return b"\n".join(lines)


def _short(data: bytes) -> str:
    """A subject or a name without a charset, in a script that is not Latin: then most of its bytes are high. Cyrillic
    has its small letters from 0xE0 on (windows-1251) or before (KOI8-R); Chinese, Japanese and Korean have pairs."""
    high = [byte for byte in data if byte > 0x7F]
    if len(high) < 4 or len(high) * 10 < len(data) * 6:
        return ""
    if min(high) >= 0xC0:
        late = sum(byte >= 0xE0 for byte in high)
        return _strict(data, "cp1251" if late * 2 > len(high) else "koi8-r") or ""
    return next((text for name in ("gb2312", "euc_kr", "cp932", "cp950") if (text := _strict(data, name))), "")


def cleaned(text: str) -> str:
    """Without what no text has: NUL (PostgreSQL refuses it), surrogates, and controls, which terminals obey."""
    if _CONTROLS.search(text) is not None:
        text = _CONTROLS.sub("", _PAGE_END.sub("\n", text))
    if text[:1] == "\ufeff":
        text = text[1:]
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _printable(defect: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in defect)
