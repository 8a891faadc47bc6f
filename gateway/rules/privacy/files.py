"""What in a file must not leave: its name, its content as a text program would show it, what an image tells.

In: a file as bytes, the guard, the background of its ticket. Out: findings. A file that came from outside may go back.
Archives, documents that are archives, and what is encrypted are not opened. Linear time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import sha256

from gateway.rules.privacy import keys
from gateway.rules.privacy.guard import NOTHING, Background, Finding, Guard, Kind
from gateway.rules.privacy.images import told_by
from gateway.rules.privacy.words import findings

READ = 1_000_000
"""Bytes of a text file that are read like words; keys and addresses are looked for in all of it."""
_OF_TEXT = frozenset({Kind.KEY, Kind.ADDRESS, Kind.HOST, Kind.NOTE, Kind.CALENDAR})
"""What counts in a file: logs and tables are full of clocks and of lines that look like a client's."""
_SAMPLE = 4_000
_MOSTLY = 0.7
"""How much of every second byte of a text in UTF-16 is zero, where nothing at its beginning says that it is one."""
_CALENDARS = (".ics", ".ifb", ".vcs", ".ical")


def in_file(
    name: str,
    content_type: str,
    content: bytes,
    guard: Guard,
    background: Background = NOTHING,
    own: Collection[str] = (),
) -> tuple[Finding, ...]:
    """All that must not leave with this file."""
    found = {(one.kind, one.what): one for one in _found(name, content_type, content, guard, background, own)}
    if found and background.files and Kind.KEY not in {kind for kind, _ in found}:
        found = {} if sha256(content).hexdigest() in background.files else found
    return tuple(found.values())


def _found(
    name: str, content_type: str, content: bytes, guard: Guard, background: Background, own: Collection[str]
) -> Iterator[Finding]:
    where = f"the file {name}"
    for one in findings(f"{name}\n\n{name.rpartition('.')[0]}", guard, background, own):
        yield Finding(one.kind, one.what, "the name of a file")
    lower = name.lower()
    if lower.endswith(_CALENDARS) or content_type.lower().startswith("text/calendar"):
        yield Finding(Kind.CALENDAR, "a calendar", where)
    for what in told_by(content):
        yield Finding(Kind.IMAGE, what, where)
    if keys.in_file(content, own):
        yield Finding(Kind.KEY, "a secret reply address", where)
    inner = tuple(keys.parts(content))
    for address in _addresses(b"\n".join((content, *inner)), guard):
        if not any(address in theirs.lower() for theirs in background.theirs):
            yield Finding(Kind.ADDRESS, f"the address {address}", where)
    for text in (_text(content), "\n".join(filter(None, map(_text, inner)))[:READ]):
        for one in findings(text or "", guard, background, own):
            if one.kind in _OF_TEXT:
                yield Finding(one.kind, one.what, where)


def _addresses(content: bytes, guard: Guard) -> Iterator[str]:
    """Our addresses anywhere in the bytes: in the data of a document, of a picture, in UTF-16."""
    plain = content.lower()
    for look in (plain, plain.replace(b"\0", b"")) if b"\0" in plain else (plain,):
        for domain in guard.domains:
            if f"@{domain}".encode() in look:
                yield from (address for address in guard.addresses if _stands(address.encode(), look))


def _stands(address: bytes, look: bytes) -> bool:
    """Whether it stands there, and is not the end of a longer one."""
    at = look.find(address)
    while at >= 0:
        before, after = look[at - 1 : at] if at else b"", look[at + len(address) : at + len(address) + 1]
        if not (before.isalnum() or before in (b".", b"-", b"_")) and not after.isalnum():
            return True
        at = look.find(address, at + 1)
    return False


def _text(content: bytes) -> str | None:
    """The beginning as words; None when a text program would show no words."""
    head = content[:READ]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if b"\0" not in head:
        return head.decode("utf-8", "replace")
    sample = head[:_SAMPLE]
    zeros = [sample[side::2].count(0) / (len(sample) / 2) for side in (0, 1)]
    if max(zeros) < _MOSTLY or min(zeros) > 1 - _MOSTLY:
        return None
    return head.decode("utf-16-le" if zeros[1] > zeros[0] else "utf-16-be", "replace")
