"""The original that a forward carries.

In: subject, readable text, tree. Out: `Forwarded` and the words that stood above it, or None. Must never guess: a wrong
original author is worse than none, so a forward is recognised by a forward mark or an attached mail, never by a header
block alone unless the subject says so (intake 62).
"""

from __future__ import annotations

from dataclasses import dataclass

from parsing import blocks, charset, limits
from parsing import subject as subjects
from parsing.address import mailboxes
from parsing.blocks import LINE, is_header_block, roles_of, visible
from parsing.headers import decoded, moment
from parsing.message import Forwarded, Mailbox
from parsing.tree import Leaf, Tree

_HEAD_LINES = 16
_ATTACHED = 200_000
_RULES = frozenset("-_=–—*+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The forward, and the text above it (the forwarder's own words)."""

    forwarded: Forwarded
    above: str


def find(subject: str, text: str, tree: Tree | None = None) -> Found | None:
    """The first forward in the text, else the only attached mail."""
    lines = text.split("\n")
    seen = [visible(line) for line in lines[: limits.SPLIT_LINES]]
    forwarding = subjects.is_forward(subject)
    roles = roles_of(seen) if forwarding else []
    for index, line in enumerate(seen):
        if line[:1] == ">" and not forwarding:
            return None  # below a quotation, a forward is part of what was answered
        start = _start(seen, roles, index)
        if start >= 0:
            found = _inline(lines, seen, start)
            if found is not None:
                return Found(forwarded=found, above="\n".join(lines[:index]).strip())
            if not forwarding:
                return None
    if tree is not None:
        attached = [leaf for leaf in tree.leaves[1:] if leaf.media.value == "message/rfc822"]
        if len(attached) == 1 and (forwarding or not text.strip()):
            return Found(forwarded=_from_attached(attached[0]), above=text.strip())
    return None


def _start(seen: list[str], roles: list[str], index: int) -> int:
    """The line where the header block of the original should begin; -1 when no forward begins here."""
    line = seen[index]
    if not line:
        return -1
    ruled = line.lstrip(" >|\t")[:1] in _RULES
    if (ruled and blocks.FORWARD.match(line)) or (line[-1] in ":：*" and blocks.BARE_FORWARD.match(line)):
        return index + 1
    if not roles:
        return -1
    if blocks.ORIGINAL.match(line):
        return index + 1
    return index if is_header_block(roles, index) else -1


def _inline(lines: list[str], seen: list[str], start: int) -> Forwarded | None:
    """The header block of the original and the text below it."""
    fields: dict[str, str] = {}
    last = ""
    index = start
    while index < len(seen) and not seen[index].strip("> *|"):
        index += 1
    end = min(len(seen), index + _HEAD_LINES)
    while index < end:
        line = seen[index].strip("> |")
        if not line.strip("* "):
            if fields:
                break
            index += 1
            continue
        found = blocks.FIELD.match(line)
        role = blocks.ROLES.get(found.group(1).strip().lower(), "") if found else ""
        if found and role:
            fields.setdefault(role, found.group(2).strip(" *"))
            last = role
        elif last and len(fields[last]) < LINE:
            fields[last] += " " + line.strip(" *")
        else:
            break
        index += 1
    if "from" not in fields or len(fields) < 2:
        return None
    return Forwarded(
        from_=_mailbox(fields["from"]),
        subject=decoded(fields.get("subject", "")),
        date=moment([fields["date"]])[0] if "date" in fields else None,
        text="\n".join(lines[index:]).strip("\n").rstrip(),
    )


def _mailbox(value: str) -> Mailbox | None:
    """`Name <address>`, `Name [mailto:address]` or an address; only if it is exactly one."""
    value = value.replace("[mailto:", "<").replace("]", ">") if "[mailto:" in value else value
    value = value.replace("<mailto:", "<")
    if value.count("@") == 2 and value.count("<") == 1:
        # `anna@x.test <anna@x.test>`: the same address twice is no doubt.
        name, _, rest = value.partition("<")
        address = rest.partition(">")[0].strip()
        if name.strip(" '\"").lower() == address.lower():
            value = address
    found = mailboxes([value.strip(" '")])
    return found[0] if len(found) == 1 else None


def _from_attached(leaf: Leaf) -> Forwarded:
    """Head and plain text of an attached mail, one level deep; its parts are not walked here."""
    text = charset.decode(leaf.content(_ATTACHED))[0].replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    head, _, body = text.partition("\n\n")
    fields: dict[str, list[str]] = {}
    name = ""
    for line in head.split("\n")[: limits.HEADER_COUNT]:
        if line[:1] in {" ", "\t"} and name:
            fields[name][-1] += line
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields.setdefault(name, []).append(value.strip())
    authors = mailboxes(fields.get("from", [])[:1])
    plain = not fields.get("content-type") or "text/plain" in fields["content-type"][0].lower()
    encoded = "base64" in "".join(fields.get("content-transfer-encoding", [])).lower()
    return Forwarded(
        from_=authors[0] if len(authors) == 1 else None,
        subject=decoded(fields.get("subject", [""])[0]),
        date=moment(fields.get("date", []))[0],
        text=body.strip("\n")[: limits.BODY_TEXT] if plain and not encoded else "",
    )
