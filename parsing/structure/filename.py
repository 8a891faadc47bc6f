"""The names of files, made safe to show.

In: a decoded name that a stranger chose. Out: one path component that no system takes for anything else. Must never be
used as a path all the same (intake 52), never be empty, and never be longer than limits.FILENAME bytes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from parsing import limits
from parsing.headers import clean

_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]
)
_FORBIDDEN = str.maketrans(dict.fromkeys('/\\:*?"<>|\u2044\u2215\u29f5\u29f8\ufe68', "_"))
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.() ")


def safe_name(name: str) -> str:
    """A name that is safe to show and to offer for download: one path component, never empty, at most 200 bytes."""
    name = name[:4_000] if len(name) <= 4_000 else name[:3_000] + name[-1_000:]
    if not _PLAIN.issuperset(name):
        name = _normal(name)
    name = " ".join(name.split())
    name = name.lstrip(". _").rstrip(". ")
    if name.partition(".")[0].strip().lower() in _RESERVED:
        name = f"_{name}"
    return _shortened(name) or "file"


def _normal(name: str) -> str:
    """NFKC comes first: it turns full-width characters into the slashes and dots that must go (reliability 31)."""
    if "%" in name:
        decoded = unquote_to_bytes(name.encode("utf-8", "replace")).decode("utf-8", "replace")
        if "\ufffd" not in decoded:  # `%2e%2e%2f`, or the percent signs of an old client; `100 %` stays
            name = decoded
    name = unicodedata.normalize("NFKC", name)
    name = "".join(char for char in clean(name) if unicodedata.category(char)[0] != "C")
    return name.translate(_FORBIDDEN)


def _shortened(name: str, mark: str = "") -> str:
    """A name that is short enough, with a mark before its extension: of a long one the beginning and the extension, in
    whole characters."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    if len(name) <= limits.FILENAME // 5 or len((name + mark).encode()) <= limits.FILENAME:
        return stem + mark + dot + extension
    if len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = limits.FILENAME - len((mark + dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + mark + dot + extension


def unique(names: Iterable[str]) -> list[str]:
    """The same names, with a number in the later one of two that a file system would take for one."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        free = name
        while free.casefold() in taken:
            number = counts[name.casefold()] = counts.get(name.casefold(), 1) + 1
            free = _shortened(name, f" ({number})")
        taken.add(free.casefold())
        found.append(free)
    return found
