"""The line that a telephone or a mail program writes below the text ("Sent from my iPhone").

In: a line as `blocks.visible` gives it. Out: whether it is one. Must never take what a person could have written there:
what was sent by mail, what the page of a program says.
"""

from __future__ import annotations

from parsing.words import phrases

_HEADS = frozenset(head[:4] for head in phrases.DEVICE_HEADS)
_PAIRS = frozenset(head[:2] for head in _HEADS)
_BEFORE = frozenset(" *_>([")
_SYSTEMS = ("ios", "android", "windows", "mac", "mobil", "phone")


def may_begin(lines: list[str]) -> list[int]:
    """Which lines are worth a closer look, by their first letters: very few."""
    return [
        index
        for index, line in enumerate(lines)
        if line[:2].lower() in _PAIRS
        or line[:1] in _BEFORE
        or (not line.isascii() and line.endswith(phrases.DEVICE_TAILS))
    ]


def is_device_line(line: str) -> bool:
    """A line that a device wrote below the text."""
    if not 0 < len(line) <= 300:
        return False
    start = line.lstrip(" *_>([")[:4].lower()
    if not (start in _HEADS or start[:3] in _HEADS or start[:2] in _HEADS or line.endswith(phrases.DEVICE_TAILS)):
        return False
    bare = line.split("http", 1)[0].rstrip(" <([:") if "http" in line else line
    words = len(bare.split())
    return (
        len(bare) <= 120
        and words <= 10
        and phrases.DEVICE.match(bare) is not None
        and phrases.names_device(bare)
        and not _is_sentence(bare.lower(), words)
    )


def _is_sentence(line: str, words: int) -> bool:
    """Whether a person could have written what looks like the line of a device."""
    if line.startswith("von mein"):
        return words > 4 and not any(sent in line for sent in ("gesendet", "geschickt", "verschickt", "versendet"))
    if line.startswith(("sent by mail", "sent via mail", "sent by e-mail", "sent via e-mail", "sent by email")):
        return " for " not in line
    if "outlook" in line[:30] and not line.startswith(("sent", "gesend", "envoy", "envi", "inv", "verz", "verst")):
        return (line[-1] == "." and words > 6) or not any(system in line for system in _SYSTEMS)
    return False
