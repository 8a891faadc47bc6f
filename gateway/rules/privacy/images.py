"""What an image says of whoever took or made it: EXIF, XMP and IPTC in JPEG, PNG, WebP, TIFF and HEIC.

In: the bytes of a file. Out: in words, each thing once: the place, the owner, the author, a serial number, the
computer, the user of the software. Never decodes a picture, never follows a pointer out of the file, looks at
`MOST_ENTRIES` entries and `MOST_BLOCK` bytes of a block at most.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

MOST_ENTRIES = 2_000
MOST_BLOCK = 1 << 20
_PLACE, _OWNER, _AUTHOR, _SERIAL = "the place where it was taken", "its owner", "its author", "a serial number"
_HOST, _USER = "the name of a computer", "a user's name"
_TAGS = {
    0x013B: _AUTHOR, 0x8298: _AUTHOR, 0x9C9D: _AUTHOR, 0x013C: _HOST, 0xA430: _OWNER, 0xA431: _SERIAL, 0xA435: _SERIAL,
    0xC62F: _SERIAL, 0x9C9C: _USER, 0xFDE8: _OWNER, 0xFDE9: _SERIAL, 0xA437: _AUTHOR, 0xA438: _AUTHOR,
}  # fmt: skip
"""Tags of EXIF (CIPA DC-008) and of what programs add to it."""
_GPS, _EXIF_IFD, _NEXT = 0x8825, 0x8769, 0x014A
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_ITEM = re.compile(rb"(?:Exif\0\0|\0\0\0\0)(?=II\*\0|MM\0\*)")
"""An item of EXIF, behind its offset (ISO/IEC 23008-12 A.2.1): the word alone stands in the list of items as well."""
_XMP = (
    (re.compile(rb"exif:GPS(?:Latitude|Longitude|DestLatitude)\b|Iptc4xmpCore:Location\b|photoshop:City\b"), _PLACE),
    (re.compile(rb"aux:OwnerName\b|exifEX:CameraOwnerName\b|xmpRights:Owner\b"), _OWNER),
    (
        re.compile(rb"dc:creator\b|photoshop:(?:Credit|CaptionWriter)\b|Iptc4xmpCore:CreatorContactInfo\b|dc:rights\b"),
        _AUTHOR,
    ),
    (re.compile(rb"aux:(?:Lens)?SerialNumber\b|exifEX:(?:Body|Lens)SerialNumber\b"), _SERIAL),
    (re.compile(rb"tiff:HostComputer\b"), _HOST),
)
_IPTC = {80: _AUTHOR, 85: _AUTHOR, 110: _AUTHOR, 116: _AUTHOR, 122: _AUTHOR, 90: _PLACE, 92: _PLACE, 95: _PLACE}
_TEXTS = {
    b"author": _AUTHOR, b"artist": _AUTHOR, b"copyright": _AUTHOR, b"creator": _AUTHOR, b"hostcomputer": _HOST,
    b"user": _USER, b"owner": _OWNER, b"location": _PLACE,
}  # fmt: skip


def told_by(content: bytes) -> tuple[str, ...]:
    """What it tells; empty for a file that is no image of these kinds, or a broken one as far as it can be read."""
    return tuple(dict.fromkeys(_told(content)))


def _told(content: bytes) -> Iterator[str]:
    if content.startswith(b"\xff\xd8"):
        yield from _jpeg(content)
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _png(content)
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        yield from _webp(content)
    elif content[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff(content)
        yield from _xmp(_packet(content))
    elif content[4:8] == b"ftyp":
        if (found := _ITEM.search(content)) is not None:
            yield from _tiff(content[found.end() : found.end() + MOST_BLOCK])
        yield from _xmp(_packet(content))


def _jpeg(content: bytes) -> Iterator[str]:
    """The segments before the picture itself (ITU-T T.81 annex B)."""
    at = 2
    for _ in range(MOST_ENTRIES):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xDA, 0xD9):
            return
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        block = content[at + 4 : at + 2 + size]
        if marker == 0xE1 and block.startswith(b"Exif\0\0"):
            yield from _tiff(block[6:])
        elif marker == 0xE1 and block.startswith(b"http://ns.adobe.com/"):
            yield from _xmp(block)
        elif marker == 0xED and block.startswith(b"Photoshop 3.0\0"):
            yield from _iptc(block)
        at += 2 + max(2, size)


def _png(content: bytes) -> Iterator[str]:
    at = 8
    for _ in range(MOST_ENTRIES):
        if at + 8 > len(content):
            return
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        block = content[at + 8 : at + 8 + min(size, MOST_BLOCK)]
        if kind == b"eXIf":
            yield from _tiff(block)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            yield from _png_text(kind, block)
        at += 12 + size


def _png_text(kind: bytes, block: bytes) -> Iterator[str]:
    keyword, _, rest = block.partition(b"\0")
    value = rest
    if kind == b"zTXt":
        value = _inflated(rest[1:])
    elif kind == b"iTXt":
        packed, value = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        value = _inflated(value) if packed else value
    name = keyword.strip().lower()
    if name == b"xml:com.adobe.xmp":
        yield from _xmp(value)
    elif name.startswith(b"raw profile type"):
        digits = b"".join(value.split()[2:])
        try:
            raw = bytes.fromhex(digits[: 2 * MOST_BLOCK].decode("ascii"))
        except (ValueError, UnicodeDecodeError):
            return
        yield from _tiff(raw.removeprefix(b"Exif\0\0"))
        yield from _xmp(raw)
    elif name in _TEXTS and value.strip(b"\0 \r\n\t"):
        yield _TEXTS[name]


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MOST_BLOCK)
    except zlib.error:
        return b""


def _webp(content: bytes) -> Iterator[str]:
    at = 12
    for _ in range(MOST_ENTRIES):
        if at + 8 > len(content):
            return
        size, kind = int.from_bytes(content[at + 4 : at + 8], "little"), content[at : at + 4]
        block = content[at + 8 : at + 8 + min(size, MOST_BLOCK)]
        if kind == b"EXIF":
            yield from _tiff(block.removeprefix(b"Exif\0\0"))
        elif kind == b"XMP ":
            yield from _xmp(block)
        at += 8 + size + size % 2


def _packet(content: bytes) -> bytes:
    """The XMP packet of a file that may have it anywhere."""
    start = content.find(b"<x:xmpmeta")
    return content[start : start + MOST_BLOCK] if start >= 0 else b""


def _xmp(packet: bytes) -> Iterator[str]:
    for pattern, what in _XMP:
        found = pattern.search(packet)
        if found is not None and not packet[found.end() : found.end() + 3].startswith((b'=""', b"/>")):
            yield what


def _iptc(block: bytes) -> Iterator[str]:
    """Records of IPTC-IIM inside a Photoshop block: 0x1C, record 2, a number, two bytes of length."""
    at = block.find(b"\x1c\x02")
    for _ in range(MOST_ENTRIES):
        if at < 0 or at + 5 > len(block):
            return
        number, size = block[at + 2], int.from_bytes(block[at + 3 : at + 5], "big")
        if number in _IPTC and block[at + 5 : at + 5 + size].strip(b"\0 "):
            yield _IPTC[number]
        at = block.find(b"\x1c\x02", at + 5 + size)


def _tiff(block: bytes) -> Iterator[str]:
    """The directories of a TIFF structure (TIFF 6.0 section 2), as EXIF has them."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return
    waiting, seen, left = [(struct.unpack_from(order + "I", block, 4)[0], False)], set[int](), MOST_ENTRIES
    while waiting:
        at, gps = waiting.pop()
        if at in seen or at + 2 > len(block):
            continue
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", block, at)
        for place in range(at + 2, min(at + 2 + 12 * count, len(block) - 11), 12):
            left -= 1
            if left < 0:
                return
            tag, kind, many, value = struct.unpack_from(order + "HHII", block, place)
            if gps:
                if tag in (2, 4):  # GPSLatitude, GPSLongitude
                    yield _PLACE
            elif tag in (_GPS, _EXIF_IFD, _NEXT):
                waiting.append((value, tag == _GPS))
            elif tag in _TAGS and _says(block, place, kind, many, value):
                yield _TAGS[tag]
        after = at + 2 + 12 * count
        if not gps and after + 4 <= len(block):
            waiting.append((struct.unpack_from(order + "I", block, after)[0], False))


def _says(block: bytes, place: int, kind: int, many: int, value: int) -> bool:
    """Whether an entry holds more than nothing: cameras write empty fields."""
    size = _SIZES.get(kind, 1) * many
    start = place + 8 if size <= 4 else value
    return bool(block[start : start + min(size, 1000)].strip(b"\0 "))
