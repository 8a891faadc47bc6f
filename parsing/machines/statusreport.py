"""The machine-readable part of a delivery report (RFC 3464, RFC 6533), as mail servers really write it.

In: the tree, or a text into which such a part was flattened. Out: one `Reported` for each recipient. Must never look at
more than the caps, and never need the grammar to be kept: fields without blank lines between recipients, blank lines
within one recipient, and action words that no RFC knows are all common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsing import charset, limits
from parsing.address import is_address
from parsing.headers import clean
from parsing.machines import reasons
from parsing.tree import Leaf, Tree

_HEAD = 64_000
_LINES = 5_000
_ENVELOPE_ID = 100  # RFC 3461 section 4.4
_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECIPIENT = ("original-recipient", "final-recipient")
_FIELD = re.compile(r"[A-Za-z][A-Za-z-]{2,40}$")
_STARTS = ("reporting-mta:", "final-recipient:", "original-recipient:")
_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_ACTIONS = {
    "failed": "failed", "failure": "failed", "fail": "failed", "error": "failed", "failed.": "failed",
    "undeliverable": "failed", "bounced": "failed", "delayed": "delayed", "delay": "delayed", "deferred": "delayed",
    "relayed": "relayed", "delivered": "delivered", "expanded": "expanded",
}  # fmt: skip

Block = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One recipient: whom we had written to, the status as the report gives it, and the words of the last server."""

    address: str
    action: str
    status: str
    diagnostic: str


def parts(tree: Tree) -> list[Leaf]:
    """The machine-readable parts."""
    return [leaf for leaf in tree.leaves if leaf.media.value in _TYPES]


def actions(tree: Tree) -> set[str]:
    """The actions that the reports name: failed, delayed, delivered, relayed, expanded."""
    return {
        found
        for leaf in parts(tree)
        for block in _blocks(beginning(leaf))
        if (found := action(block.get("action", "")))
    }


def attached(tree: Tree) -> list[Reported]:
    """The recipients of the machine-readable parts."""
    return [reported for leaf in parts(tree) for reported in _recipients(_blocks(beginning(leaf)))]


def envelope_id(tree: Tree) -> str:
    """The Original-Envelope-Id of the first report that has one (RFC 3464 section 2.2.1), empty where none has.

    Of a flattened report it is not read: there anybody's words may stand.
    """
    for leaf in parts(tree):
        for block in _blocks(beginning(leaf))[:1]:
            if found := clean(block.get("original-envelope-id", "")).strip():
                return found[:_ENVELOPE_ID]
    return ""


def flattened(text: str) -> list[Reported]:
    """The recipients of a report that lost its structure and stands in the text."""
    low = text[:_HEAD].lower()
    if "-recipient:" not in low:
        return []
    starts = [position for word in _STARTS if (position := low.find(word)) >= 0]
    return _recipients(_blocks(text[min(starts) : _HEAD]))


def beginning(leaf: Leaf) -> str:
    """The first 64,000 bytes of a part as text, its lines ended by LF."""
    return charset.decode(leaf.content(_HEAD * 4)[:_HEAD])[0].replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str) -> list[Block]:
    """The field groups: one for the message, then one for each recipient."""
    blocks: list[Block] = [{}]
    name = ""
    for line in text.split("\n")[:_LINES]:
        if not line.strip():
            if blocks[-1]:
                blocks.append({})
            name = ""
        elif line[0] in " \t" and name:
            if len(blocks[-1][name]) < 4_000:
                blocks[-1][name] += " " + line.strip()
        elif ":" in line:
            head, _, value = line.partition(":")
            if not _FIELD.match(head.strip()):
                name = ""
                continue
            name = head.strip().lower()
            if name in _RECIPIENT and _is_next(blocks[-1], name):
                blocks.append({})
            blocks[-1].setdefault(name, value.strip())
        if len(blocks) > limits.RECIPIENTS + 2:
            break
    return _joined([block for block in blocks if block])


def _is_next(block: Block, name: str) -> bool:
    """Whether a recipient field begins another recipient although no blank line stood before it."""
    complete = "final-recipient" in block and "action" in block and "status" in block
    return name in block or (name == "original-recipient" and complete)


def _joined(blocks: list[Block]) -> list[Block]:
    """A recipient that a blank line tore from its action is one again."""
    out: list[Block] = []
    for block in blocks:
        named = any(name in block for name in _RECIPIENT)
        open_ = bool(out) and any(name in out[-1] for name in _RECIPIENT) and "action" not in out[-1]
        if not named and open_ and ("action" in block or "status" in block):
            out[-1] = {**block, **out[-1]}
        else:
            out.append(block)
    return out


def _recipients(blocks: list[Block]) -> list[Reported]:
    found: list[Reported] = []
    for block in blocks:
        address = _address(block)
        if not address:
            continue
        diagnostic = clean(block.get("diagnostic-code", ""))
        found.append(
            Reported(
                address=address,
                action=action(block.get("action", "")),
                status=reasons.status(block.get("status", "")),
                diagnostic=diagnostic,
            )
        )
    return found


def _address(block: Block) -> str:
    """Whom we had written to, where the report says so; else whom the last server did not take."""
    named = [_typed(block.get(name, "")) for name in (*_RECIPIENT, "x-actual-recipient")]
    return next((address for address in named if is_address(address)), next(filter(None, named), ""))


def _typed(value: str) -> str:
    """`rfc822; <user@host>` as `user@host`; RFC 3461 section 4 and RFC 6533 section 3 encodings undone."""
    _, semicolon, rest = value.partition(";")
    words = (rest if semicolon else value).replace("<", " ").replace(">", " ").split()
    if not words:
        return ""
    address = next((word for word in words if "@" in word), words[0])
    upper = address.upper()
    if "SMTP=" in upper:  # an X.400 address that holds the real one
        address = address[upper.rindex("SMTP=") + 5 :].partition(";")[0]
    # Only what xtext must encode is decoded: plus signs of real addresses stand there bare as often as encoded.
    address = address.replace("+2B", "+").replace("+3D", "=")
    if "\\x{" in address:
        address = _POINT.sub(_character, address)
    return clean(address.strip("\"'"))[:320]


def _character(match: re.Match[str]) -> str:
    point = int(match.group(1), 16)
    return chr(point) if 0x80 <= point < 0x110000 and not 0xD800 <= point < 0xE000 else match.group(0)


def action(value: str) -> str:
    """The action as RFC 3464 section 2.3.3 names it; empty for a word that means none of them."""
    words = value.replace("(", " ").split()
    return _ACTIONS.get(words[0].lower(), "") if words else ""
