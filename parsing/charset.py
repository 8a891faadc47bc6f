"""Bytes of a text part or a header into text.

In: bytes and the charset that the sender named. Out: text without NUL and surrogates, and a defect when it was a guess.
Must never hand a sender's word to `codecs.lookup`: Python knows codecs that execute, inflate or smuggle (utf-7, zlib,
unicode_escape). Only the names below are decoded (reliability 38, intake 49).
"""

from __future__ import annotations

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
    "ks_c_5601": "cp949",
    "macintosh": "mac_roman", "macroman": "mac_roman", "xmacroman": "mac_roman", "mac": "mac_roman",
    "ibm437": "cp437", "cp437": "cp437", "ibm850": "cp850", "cp850": "cp850", "ibm852": "cp852", "cp852": "cp852",
    "ibm866": "cp866", "cp866": "cp866", "utf32": "utf-32",
}  # fmt: skip
_MULTIBYTE = frozenset({"gb18030", "hz", "cp950", "big5hkscs", "euc_jp", "cp932", "iso2022_jp_ext", "iso2022_jp_2",
                        "iso2022_jp_3", "iso2022_kr", "cp949"})  # fmt: skip
_JAPANESE = frozenset({"iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_3", "euc_jp", "cp932"})
_SHIFTED = frozenset({"iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp_3", "iso2022_kr"})
_GUESSED = ["cp1252", "iso8859_2", "cp1251", "koi8_r", "gb18030", "big5", "euc_jp", "cp932", "cp949", "cp1253"]
_NOISE = str.maketrans("", "", "-_ .:'\"\t*")


def codec(name: str) -> str:
    """The Python codec for a charset name of a mail; empty when it is not on the list."""
    return _CODECS.get(name[:40].lower().translate(_NOISE), "")


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text, and a defect (empty when the declared charset, or none, was right)."""
    wanted = codec(declared) if declared else "utf-8"
    text = _strict(data, wanted) if wanted else None
    if text is not None:
        return _clean(text), ""
    defect = f"text is not {declared[:40]!r}" if wanted and declared else "unknown charset" if declared else ""
    shifted = wanted in _SHIFTED and b"\x1b" in data  # such bytes are always valid UTF-8, and never meant so
    text = None if wanted == "utf-8" or shifted else _strict(data, "utf-8")
    if text is None and wanted in _JAPANESE and not shifted:
        # Senders that say one Japanese charset and send another are commoner than broken bytes.
        text = _strict(data, "euc_jp") or _strict(data, "cp932")
    if text is None and wanted in _MULTIBYTE:
        # One bad byte in a page of Japanese: the declared charset with marks beats any guess.
        replaced = data.decode(wanted, "replace")
        if replaced.count("\ufffd") * (2 if shifted else 20) <= len(replaced):
            text = replaced
    if text is None:
        defect = defect or "8-bit text without a charset"
        text = _guess(data) or data.decode("cp1252", "replace")
    return _clean(text), _printable(defect)


def _strict(data: bytes, wanted: str) -> str | None:
    try:
        return data.decode(wanted)
    except (UnicodeError, LookupError, ValueError):
        return None


def _guess(data: bytes) -> str:
    """charset-normalizer's guess; only for short texts, because it tries every codec on them."""
    if not limits.DETECT_LEAST <= len(data) <= limits.DETECT_BYTES:
        return ""
    import charset_normalizer  # late: half the start-up time of a reader, and hardly ever needed

    try:
        best = charset_normalizer.from_bytes(data, cp_isolation=_GUESSED, steps=3, chunk_size=256).best()
    except (UnicodeError, LookupError, ValueError):
        return ""
    return str(best) if best is not None else ""


def _clean(text: str) -> str:
    if "\0" in text:
        # PostgreSQL refuses NUL in text.
        text = text.replace("\0", "")
    if text[:1] == "\ufeff":
        text = text[1:]
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


def _printable(defect: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in defect)
