"""What images tell of whoever took them: the place, names, numbers; broken ones and hostile ones tell nothing."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable

import pytest

from gateway.rules.privacy import OPEN, Kind, in_file
from gateway.rules.privacy.images import told_by

XMP = b"<x:xmpmeta><rdf:Description><dc:creator>B</dc:creator></rdf:Description></x:xmpmeta>"


def ifd(entries: list[tuple[int, int, bytes]], base: int, order: str) -> bytes:
    """A directory with what its entries hold behind it."""
    head = struct.pack(order + "H", len(entries))
    after = base + 2 + 12 * len(entries) + 4
    held = b""
    for tag, kind, value in entries:
        many = len(value) // {2: 1, 4: 4, 5: 8}[kind]
        if len(value) <= 4:
            head += struct.pack(order + "HHI", tag, kind, many) + value.ljust(4, b"\0")
        else:
            head += struct.pack(order + "HHII", tag, kind, many, after + len(held))
            held += value
    return head + struct.pack(order + "I", 0) + held


def tiff(entries: list[tuple[int, int, bytes]], order: str = "<", gps: bool = False) -> bytes:
    """EXIF as a TIFF structure."""
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    if gps:
        place = 8 + len(ifd([*entries, (0x8825, 4, b"\0\0\0\0")], 8, order))
        inner = ifd([(1, 2, b"N\0"), (2, 5, struct.pack(order + "6I", 52, 1, 31, 1, 0, 1))], place, order)
        return start + ifd([*entries, (0x8825, 4, struct.pack(order + "I", place))], 8, order) + inner
    return start + ifd(entries, 8, order)


def segment(marker: int, block: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(block) + 2) + block


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"".join(segments) + b"\xff\xda\0\2data\xff\xd9"


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    made = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def webp(kind: bytes, block: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(block)) + block + b"\0" * (len(block) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(kind: bytes, block: bytes, version: int | None = None) -> bytes:
    """A box of ISO/IEC 14496-12; with a version a full one."""
    block = block if version is None else struct.pack(">I", version << 24) + block
    return struct.pack(">I", len(block) + 8) + kind + block


def heic(exif: bytes, offset: int) -> bytes:
    """As ISO/IEC 23008-12 has it: the items are listed by their types before the offset of the TIFF structure."""
    listed = b"".join(
        box(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", 2) for number, kind in ((1, b"hvc1"), (2, b"Exif"))
    )
    items = box(b"iinf", struct.pack(">H", 2) + listed, 0) + box(b"iref", box(b"cdsc", b"\0\2\0\1\0\1"), 0)
    meta = box(b"meta", box(b"hdlr", b"\0" * 4 + b"pict" + b"\0" * 13, 0) + box(b"pitm", b"\0\1", 0) + items, 0)
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    return head + meta + box(b"mdat", struct.pack(">I", offset) + exif)


PACKET = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' + XMP + b'\n<?xpacket end="w"?>'
ARTIST = tiff([(0x013B, 2, b"Benedikt Sommer\0")])
PLACED = tiff([(0x010F, 2, b"Phone\0")], gps=True)
IMAGES: dict[str, tuple[bytes, str]] = {
    "jpeg, place": (jpeg(segment(0xE1, b"Exif\0\0" + PLACED)), "the place where it was taken"),
    "jpeg, big end first": (jpeg(segment(0xE1, b"Exif\0\0" + tiff([], ">", gps=True))), "the place where it was taken"),
    "jpeg, artist": (jpeg(segment(0xE1, b"Exif\0\0" + ARTIST)), "its author"),
    "jpeg, computer": (jpeg(segment(0xE1, b"Exif\0\0" + tiff([(0x013C, 2, b"laptop-b\0")]))), "the name of a computer"),
    "jpeg, owner": (jpeg(segment(0xE1, b"Exif\0\0" + tiff([(0xA430, 2, b"Benedikt\0")]))), "its owner"),
    "jpeg, serial": (jpeg(segment(0xE1, b"Exif\0\0" + tiff([(0xA431, 2, b"12345678\0")]))), "a serial number"),
    "jpeg, xmp": (jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)), "its author"),
    "jpeg, xmp in a packet": (jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PACKET)), "its author"),
    "jpeg, iptc": (
        jpeg(segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\x0c\x1c\x02\x50\0\x04Bene")),
        "its author",
    ),
    "png, text": (png((b"IHDR", b"x" * 13), (b"tEXt", b"Author\0Benedikt")), "its author"),
    "png, packed text": (png((b"zTXt", b"Author\0\0" + zlib.compress(b"Benedikt"))), "its author"),
    "png, exif": (png((b"eXIf", PLACED)), "the place where it was taken"),
    "png, xmp": (png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)), "its author"),
    "png, old exif": (
        png((b"tEXt", b"Raw profile type exif\0\nexif\n 9\n" + (b"Exif\0\0" + ARTIST).hex().encode())),
        "its author",
    ),
    "webp, exif": (webp(b"EXIF", PLACED), "the place where it was taken"),
    "webp, xmp": (webp(b"XMP ", XMP), "its author"),
    "tiff": (ARTIST, "its author"),
    "heic, no list": (b"\0\0\0\x18ftypheic" + b"\0" * 40 + b"Exif\0\0" + PLACED, "the place where it was taken"),
    "heic": (heic(b"Exif\0\0" + PLACED, 6), "the place where it was taken"),
    "heic, the structure alone": (heic(PLACED, 0), "the place where it was taken"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_tells(name: str) -> None:
    content, what = IMAGES[name]
    assert told_by(content) == (what,)
    found = in_file("photo", "application/octet-stream", content, OPEN)
    assert [(one.kind, one.what) for one in found] == [(Kind.IMAGE, what)]


@pytest.mark.parametrize(
    "content",
    [
        jpeg(),
        jpeg(segment(0xE1, b"Exif\0\0" + tiff([(0x010F, 2, b"Phone\0"), (0x013B, 2, b"\0\0\0\0\0\0")]))),
        png((b"tEXt", b"Software\0gnome-screenshot"), (b"tEXt", b"Author\0")),
        webp(b"VP8 ", b"xxxx"),
        b"",
        b"GIF89a",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_an_image_that_tells_nothing_leaves(content: bytes) -> None:
    assert told_by(content) == ()


@pytest.mark.parametrize("name", IMAGES)
def test_a_broken_image_breaks_nothing(name: str) -> None:
    content = IMAGES[name][0]
    for end in range(len(content)):
        told_by(content[:end])
    for place in range(0, len(content), 3):
        told_by(content[:place] + b"\xff" + content[place + 1 :])


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a circle of directories": lambda: b"II*\0\x08\0\0\0" + b"\0\0\x08\0\0\0" * 100_000,
    "directories without end": lambda: b"II*\0\x08\0\0\0" + b"\xff\xff" * 1_000_000,
    "segments without end": lambda: b"\xff\xd8" + b"\xff\xe1\0\x02" * 500_000,
    "fill bytes": lambda: b"\xff\xd8" + b"\xff" * 2_000_000,
    "chunks without end": lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXt\0\0\0\0" * 200_000,
    "a bomb": lambda: png(*[(b"zTXt", b"Author\0\0" + zlib.compress(b" " * 20_000_000))] * 20),
    "records without end": lambda: jpeg(segment(0xED, b"Photoshop 3.0\0" + b"\x1c\x02" * 32_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_image_costs_little(name: str) -> None:
    content = HOSTILE[name]()
    started = time.process_time()
    told_by(content)
    assert time.process_time() - started < 1.0
