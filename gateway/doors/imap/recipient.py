"""The envelope of a collected message: who sent it, and for which of the desk's addresses it is.

In: its header block and the desk's addresses. Out: a reverse-path and one to twenty recipients. Pure, and linear in a
block that is cut at 256 KB and a thousand lines. IMAP has no envelope: what the last server wrote at delivery goes
before what the author wrote. It is never an authority.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.arrival import envelope_sender
from parsing.address import mailboxes, normalise, split_detail

MOST_BYTES = 256 << 10
MOST_LINES = 1_000
MOST_RECIPIENTS = 20
_MOST_VALUES = 50
_LONGEST_VALUE = 64 << 10
_DELIVERED = frozenset({
    b"delivered-to", b"x-original-to", b"envelope-to", b"x-envelope-to", b"x-gm-original-to", b"x-forwarded-to",
})  # fmt: skip
_WRITTEN = frozenset({b"to", b"cc"})


def envelope(content: bytes, addresses: frozenset[str], to: str) -> tuple[str, tuple[str, ...]]:
    """The reverse-path (empty for the null one) and the recipients: addresses of the desk among those that the mail was
    delivered to, else among To and Cc, with their details (reply keys are there); else `to`. Many servers leave the
    detail out of what they write at delivery: then that of the same address in To and Cc counts."""
    head = header_block(content)
    delivered: list[bytes] = []
    written: list[bytes] = []
    for name, value in _fields(head):
        if name in _DELIVERED and len(delivered) < _MOST_VALUES:
            delivered.append(value)
        elif name in _WRITTEN and len(written) < _MOST_VALUES:
            written.append(value)
    found, named = _ours(delivered, addresses), _ours(written, addresses)
    return envelope_sender(head), (_detailed(found, named) if found else named) or (to,)


def _detailed(delivered: tuple[str, ...], written: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of the delivery; one that stands there without a detail, as it is written with one."""
    details: dict[str, list[str]] = {}
    for address in written:
        plain, detail = split_detail(normalise(address))
        if detail:
            details.setdefault(plain, []).append(address)
    found = dict.fromkeys(one for address in delivered for one in details.get(normalise(address), [address]))
    return tuple(found)[:MOST_RECIPIENTS]


def header_block(content: bytes) -> bytes:
    """The first header block with the empty line that ends it, cut where it is too long."""
    head = content[:MOST_BYTES]
    ends = [place + width for mark, width in ((b"\r\n\r\n", 4), (b"\n\n", 2)) if (place := head.find(mark)) >= 0]
    return head[: min(ends)] if ends else head


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names in lower case and unfolded values, of the first thousand lines."""
    name, parts, length = b"", [], 0
    for line in head.split(b"\n", MOST_LINES)[:MOST_LINES]:
        if line[:1] in (b" ", b"\t"):
            if length < _LONGEST_VALUE:
                parts.append(line.rstrip(b"\r"))
                length += len(line)
            continue
        if name:
            yield name, b"".join(parts)[:_LONGEST_VALUE]
        before, colon, after = line.partition(b":")
        name = before.strip().lower() if colon and len(before) <= 100 else b""
        parts, length = [after.strip()], len(after)
    if name:
        yield name, b"".join(parts)[:_LONGEST_VALUE]


def _ours(values: Iterable[bytes], addresses: frozenset[str]) -> tuple[str, ...]:
    """The desk's own among these addresses, each once, in the order in which they stand."""
    found: dict[str, None] = {}
    texts = [value.decode("utf-8", "surrogateescape") for value in values]
    for mailbox in mailboxes(texts):
        address = normalise(mailbox.address)
        if split_detail(address)[0] in addresses or address in addresses:
            found.setdefault(mailbox.address)
        if len(found) == MOST_RECIPIENTS:
            break
    return tuple(found)
