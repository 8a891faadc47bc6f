"""Delivery status notifications: whom a mail could not reach, why, and which mail it was.

In: the tree and its readable text, and whether the mail was recognised as a delay. Out: `Bounce` with its recipients.
Reads RFC 3464 reports first, then the free text of mail servers, then what flufl.bounce knows of odd ones. Must never
take a bounce for proof of anything: whoever writes one can invent all of it (intake 28); the caller believes only what
comes to an address that we made.
"""

from __future__ import annotations

import re

from parsing import limits
from parsing.headers import clean, message_id
from parsing.machines import failures, oddbounce, reasons, sesnotice, statusreport
from parsing.machines.statusreport import Reported
from parsing.message import Bounce, FailedRecipient
from parsing.tree import Leaf, Tree

_COPIES = 256_000
_IDENTIFIER = re.compile(r"\s{0,10}(<[^<>\s]{3,900}>)")
_SPELLINGS = ("Message-ID:", "Message-Id:", "Message-id:", "message-id:", "MESSAGE-ID:")
_BEFORE = frozenset(" \t>|*")
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global",
                       "message/global-headers", "message/partial"})  # fmt: skip


def read(tree: Tree, text: str, is_delay: bool = False) -> Bounce:
    """Everything that can be made out of a mail that was already recognised as a bounce or a delay."""
    notice = sesnotice.notice(text)
    if notice is not None:
        silent = failures.told("")
        named = [_reported(one, silent, is_delay) for one in notice.recipients]
        return Bounce(recipients=tuple(named), original_message_id=notice.message_id)
    told = failures.told(text)
    reported = statusreport.attached(tree) or statusreport.flattened(text)
    recipients = [_reported(one, told, is_delay) for one in reported] or _named(tree, told, is_delay)
    unique = {recipient.address.lower(): recipient for recipient in reversed(recipients)}
    kept = [*reversed(unique.values())]
    kept.sort(key=lambda one: one.action != "failed")
    # Whom the mail reached is no failed recipient, where another is.
    missed = [one for one in kept if one.action in {"failed", "delayed"}] or kept
    return Bounce(
        recipients=tuple(missed[: limits.RECIPIENTS]),
        original_message_id=original_id(tree, text),
        envelope_id=statusreport.envelope_id(tree),
    )


def _reported(one: Reported, told: failures.Told, is_delay: bool) -> FailedRecipient:
    """A recipient of the report; the server's own words say more than a code that says nothing (X.0.0)."""
    action = one.action or ("delayed" if is_delay else "failed")
    said = reasons.enhanced(one.diagnostic)
    spoken = told.about(one.address)
    status = said or one.status
    if not status or status.endswith(".0.0"):
        better = reasons.enhanced(spoken)
        if better and (not status or better[0] == status[0]):
            status = better
    status = status or reasons.status(one.diagnostic) or reasons.status(spoken)
    word = reasons.words(one.diagnostic)
    if word == "unknown":
        word = reasons.words(spoken) if spoken else told.word
    return _failed(one.address, action, (status, one.status), word, told)


def _failed(address: str, action: str, codes: tuple[str, ...], word: str, told: failures.Told) -> FailedRecipient:
    why = reasons.reason(word, codes[0])
    if action == "delayed" and why == "expired":
        why = "temporary"  # 4.4.7 in a warning: it has not expired yet
    return FailedRecipient(
        address=clean(address),
        status=codes[0],
        action=action,
        reason=why,
        permanent=reasons.is_permanent(action, codes, why, told.gives_up),
    )


def _named(tree: Tree, told: failures.Told, is_delay: bool) -> list[FailedRecipient]:
    """The recipients that a report in free text names; whom the returned mail was for, where it names nobody."""
    action = "delayed" if is_delay else "failed"
    addresses = failures.headed(tree) or told.recipients(failures.correspondents(tree)) or _addressees(tree)
    if not addresses:
        found = oddbounce.recipients(tree, told.text)
        addresses = list(found)
        if found and not any(found.values()):
            action = "delayed"
    addresses = addresses or told.last_resort()
    out: list[FailedRecipient] = []
    for address in addresses[: limits.RECIPIENTS]:
        spoken = told.about(address)
        status = reasons.status(spoken) or told.status
        word = reasons.words(spoken)
        out.append(_failed(address, action, (status,), word if word != "unknown" else told.word, told))
    return out


def _addressees(tree: Tree) -> list[str]:
    """Whom the returned mail had been for, where the report names nobody."""
    for leaf in tree.leaves[1:]:
        if leaf.media.value in _RETURNED:
            return failures.addresses(_attached_field(leaf, "to:"))
    return []


def original_id(tree: Tree, text: str) -> str:
    """The Message-ID of the mail that came back: from its attached headers, else from the copy in the text."""
    for leaf in tree.leaves[1:]:
        if leaf.media.value in _RETURNED:
            found = message_id([_attached_field(leaf, "message-id:")])
            if found:
                return found
    copied = _copied_id(text)
    if copied:
        return copied
    for leaf in statusreport.parts(tree):  # Exchange and Notes give it there
        found = message_id([_attached_field(leaf, "x-original-message-id:")])
        if found:
            return found
    return ""


def _copied_id(text: str) -> str:
    """The first Message-ID that begins a line of the text, quoted or not."""
    text = text[:_COPIES]
    firsts = [found for spelling in _SPELLINGS if (found := _first_id(text, spelling)) is not None]
    return clean(min(firsts)[1]) if firsts else ""


def _first_id(text: str, spelling: str) -> tuple[int, str] | None:
    position = text.find(spelling)
    for _ in range(20):
        if position < 0:
            break
        found = _IDENTIFIER.match(text, position + len(spelling))
        before = text[max(0, position - 12) : position].rpartition("\n")[2]
        if found and _BEFORE.issuperset(before):
            return position, found.group(1)
        position = text.find(spelling, position + 1)
    return None


def _attached_field(leaf: Leaf, name: str) -> str:
    """The first header of that name (with its colon, lower-case) in the returned mail; empty when there is none."""
    lines = statusreport.beginning(leaf).lstrip("\n").split("\n")[: limits.HEADER_COUNT]
    for index, line in enumerate(lines):
        if not line.strip():
            break
        if line[: len(name)].lower() == name:
            folded = lines[index + 1] if index + 1 < len(lines) and lines[index + 1][:1] in {" ", "\t"} else ""
            return line[len(name) :] + folded
    return ""
