"""Delivery status notifications: whom a mail could not reach, why, and which mail it was.

In: the tree and its readable text. Out: `Bounce` with its recipients, or None. Reads RFC 3464 reports and the free text
of common mail servers. Must never take a bounce for proof of anything: whoever writes one can invent all of it
(intake 28); the caller believes only what comes to an address that we made.
"""

from __future__ import annotations

import re

from parsing import charset, limits
from parsing.address import is_address
from parsing.headers import clean, decoded, message_id, unfolded
from parsing.message import Bounce, FailedRecipient
from parsing.tree import Leaf, Tree

_HEAD = 64_000
_TEXT = 30_000
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])([0-7])(\d)(?=[ \-:])")
_ORIGINAL = re.compile(
    r"^[\s>-]{0,10}(?:[-=]{2,60}\s{0,3})?(?:this is a copy of the message|below this line is a copy|"
    r"included is a copy|the following text was part|"
    r"original message|returned message|unsent message|undelivered message|message headers? follow|"
    r"original message headers|headers? of the|the body of the message|your message follows|message contents|"
    r"received: |return-path: )",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"^[\s>]{0,6}message-id:\s{0,10}(<[^<>\s]{3,900}>)", re.IGNORECASE | re.MULTILINE)
_SERVERS = re.compile(r"(?:postmaster|mailer-daemon|abuse|mail-?daemon|root)@", re.IGNORECASE)
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global",
                       "message/global-headers", "message/partial"})  # fmt: skip
_REASONS: tuple[tuple[str, str], ...] = (
    ("mailbox full", r"""
        quota  mailbox (?:is )?full  over ?quota  insufficient (?:disk|storage|system storage)
        storage (?:limit|exceeded)  mailfolder is full  exceeded (?:its )?storage  account is full
        disk (?:full|space)  inbox is full  out of (?:disk )?space  too many messages
    """),
    ("message too large", r"""
        too (?:big|large)  size (?:limit|exceed)  exceeds? (?:the )?(?:maximum|size|fixed|limit)  message length
        larger than  maximum (?:allowed )?message size  max message size  file size
    """),
    ("spam", r"""
        spam  blacklist  black ?list  blocklist  block ?list  blocked using  spamhaus  spamcop  rbl  dnsbl
        reputation  junk  bulk mail  unsolicited  listed (?:at|in|by)  bayes  sorbs  barracuda  content rejected
        virus  malware
    """),
    ("mailbox disabled", r"""
        disabled  suspended  inactive  deactivated
        no longer (?:active|available|valid|accepts|employed|on|in|at|with)  not active  expired account
        account (?:has been )?(?:closed|locked|terminated)  mailbox (?:is )?(?:locked|unavailable.{0,20}disabled)
        has moved  discontinued  abandoned  dormant
    """),
    ("mailbox unknown", r"""
        user (?:is )?(?:unknown|not found|doesn'?t exist|does not exist)
        unknown (?:user|recipient|address|mailbox|local|account|or illegal alias)
        no such (?:user|recipient|mailbox|address|person|account|local)
        mailbox (?:not found|unavailable|does not exist|unknown|not available|not exist|name not allowed|.{0,60} doesn)
        recipient (?:unknown|not found|address rejected: (?:user|unknown|no such|undeliver)|rejected|does not exist)
        recipient (?:no longer|is not|not exist|invalid|not recognized)
        invalid (?:recipient|mailbox|address|user|final|local)
        address (?:unknown|not found|does not exist|rejected: user|error)  doesn'?t have (?:a|an|any)\b
        does not (?:have (?:a|an|any)|exist)  doesn'?t exist
        not (?:a (?:valid|known)|listed in|our (?:customer|user)|found in|exist|known)
        no (?:mailbox|account|valid recipient|user)  couldn'?t be found  could ?n[o']t (?:be )?f(?:ound|ind)
        isn'?t (?:a|an|in)  bad destination mailbox  unrouteable address  adresse.{0,20}inconnue  unbekannt
        existiert nicht  nicht gefunden  undeliverable address  recipnotfound
        account .{0,60}(?:not exist|unavailable)  user not
    """),
    ("host unknown", r"""
        host (?:or domain )?(?:name )?(?:is )?(?:unknown|not found|lookup)
        (?:unknown|no such|bad) (?:host|domain)
        domain (?:name )?(?:not found|does not exist|doesn'?t exist|unknown|is not)
        name (?:service error|server: host not found|server lookup)  domain couldn'?t  couldn'?t find any host
        unroutable  unrouteable (?:mail )?domain  illegal host  not found by dns  no mx  nxdomain  null mx
        dns (?:error|lookup|query)  host.{0,30}not found  hostnotfound
    """),
    ("relay denied", r"""
        relay(?:ing)? (?:access )?(?:denied|not (?:allowed|permitted)|prohibited)  relaying  unable to relay
        not permitted to relay  cannot relay  rcpthosts  we do not relay  no relay
        does not accept (?:mail|messages) for
    """),
    ("policy", r"""
        policy  not (?:authorized|authorised|allowed|permitted|accepted)  access denied  denied  spf  dkim  dmarc
        refused  rejected (?:by|for|due|as)  restricted  prohibited  administrative  forbidden
        authentication required  unauthenticated  security  blocked  banned  permission  bounce(?:d)? by
        not accept  sender (?:rejected|address|denied|verif)  reject
    """),
    ("loop", r"""
        too many hops|mail (?:forwarding )?loop|hop count|loops? back|loop detected|routing loop
    """),
    ("temporary", r"""
        try again  temporar  timed? ?out  connection (?:refused|reset|lost|closed|dropped)  deferred  greylist
        grey-?list  resources  no route to host  throttl  rate limit
        too many (?:connections|concurrent|recipients)  busy  server (?:is )?(?:down|not responding|unavailable)
        unreachable  delayed  retry  still being retried  lost connection  network  could not connect
        wasn't able to establish
    """),
    ("expired", r"""
        expired  retry time(?:out)?  has been in the queue  could not be delivered (?:within|for)
        been undeliverable  too long in queue  queue too long  message timed out  retry timeout exceeded
    """),
)  # fmt: skip
_MATCHERS = tuple((reason, re.compile("|".join(re.split(r"\s{2,}", block.strip())))) for reason, block in _REASONS)
_BY_STATUS = {
    "1.1": "mailbox unknown", "1.2": "host unknown", "1.0": "mailbox unknown", "1.3": "mailbox unknown",
    "1.6": "mailbox unknown", "1.10": "host unknown", "2.0": "mailbox unknown", "2.1": "mailbox disabled",
    "2.2": "mailbox full", "2.3": "message too large", "3.1": "mailbox full", "3.4": "message too large",
    "4.1": "temporary", "4.2": "temporary", "4.4": "host unknown", "4.6": "loop", "4.7": "expired", "5.3": "temporary",
    "7.0": "policy", "7.1": "policy", "7.26": "policy", "7.25": "policy", "6.0": "policy", "4.3": "temporary",
}  # fmt: skip


def reports(tree: Tree) -> list[Leaf]:
    """The machine-readable parts of delivery reports (RFC 3464, RFC 6533)."""
    return [
        leaf
        for leaf in tree.leaves
        if leaf.media.value in {"message/delivery-status", "message/global-delivery-status"}
    ]


def read(tree: Tree, text: str) -> Bounce:
    """Everything that can be made out of a mail that was already recognised as a bounce."""
    recipients: list[FailedRecipient] = []
    for leaf in reports(tree):
        recipients.extend(_reported(leaf, text))
    head = _before_original(text)
    if not recipients:
        recipients = _told(tree, head)
    unique = {recipient.address.lower(): recipient for recipient in reversed(recipients)}
    kept = tuple(reversed(unique.values()))[: limits.RECIPIENTS]
    return Bounce(recipients=kept, original_message_id=original_id(tree, text))


def actions(tree: Tree) -> set[str]:
    """The actions that the reports name: failed, delayed, delivered, relayed, expanded."""
    found: set[str] = set()
    for leaf in reports(tree):
        for block in _blocks(leaf):
            if "action" in block:
                found.add(_word(block["action"]))
    return found


def _blocks(leaf: Leaf) -> list[dict[str, str]]:
    """The field groups of a delivery-status part: one for the message, then one for each recipient."""
    data = leaf.content(_HEAD * 4)[:_HEAD]
    text = charset.decode(data)[0].replace("\r\n", "\n").replace("\r", "\n")
    blocks: list[dict[str, str]] = [{}]
    name = ""
    for line in text.split("\n")[:5_000]:
        if not line.strip():
            if blocks[-1]:
                blocks.append({})
            name = ""
        elif line[0] in " \t" and name:
            if len(blocks[-1][name]) < 4_000:
                blocks[-1][name] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()[:60]
            blocks[-1].setdefault(name, value.strip())
        if len(blocks) > limits.RECIPIENTS + 2:
            break
    return [block for block in blocks if block]


def _reported(leaf: Leaf, text: str) -> list[FailedRecipient]:
    found: list[FailedRecipient] = []
    for block in _blocks(leaf):
        address = _typed(block.get("original-recipient", "")) or _typed(block.get("final-recipient", ""))
        final = _typed(block.get("final-recipient", ""))
        address = final if is_address(final) else address
        if not address:
            continue
        diagnostic = clean(block.get("diagnostic-code", ""))
        action = _word(block.get("action", "")) or "failed"
        status = _status(block.get("status", "")) or _status(diagnostic)
        better = _status(diagnostic)
        if better and status.endswith(".0.0"):
            status = better
        reason = _reason(diagnostic, status) if diagnostic else ""
        if reason in {"", "unknown"}:
            reason = _reason(_before_original(text), status)
        found.append(_failed(address, status, action, reason))
    return found


def _failed(address: str, status: str, action: str, reason: str) -> FailedRecipient:
    permanent = action == "failed" and not status.startswith("4")
    if not status and reason in {"temporary", "mailbox full"}:
        permanent = False
    return FailedRecipient(address=clean(address), status=status, action=action, reason=reason, permanent=permanent)


def _typed(value: str) -> str:
    """`rfc822; <user@host>` → `user@host`."""
    _, semicolon, rest = value.partition(";")
    address = (rest if semicolon else value).strip().strip("<>").strip()
    return clean(address.split()[0].strip("<>") if address.split() else "")[:320]


def _word(value: str) -> str:
    words = value.replace("(", " ").split()
    return clean(words[0].lower())[:20] if words else ""


def _status(text: str) -> str:
    found = _STATUS.search(text[:4_000])
    if found:
        return found.group(0)
    code = _CODE.search(text[:4_000])
    return f"{code.group(1)}.0.0" if code else ""


def _reason(text: str, status: str) -> str:
    """What the words say; if they say nothing, what the status code says."""
    text = text[:6_000].lower()
    for reason, matcher in _MATCHERS:
        if matcher.search(text):
            return reason
    detail = status.partition(".")[2]
    return _BY_STATUS.get(detail, "temporary" if status.startswith("4") else "unknown")


def _told(tree: Tree, head: str) -> list[FailedRecipient]:
    """The recipients that a report in free text names."""
    fields = tree.root.fields
    named = [word for value in fields.get("x-failed-recipients", [])[:5] for word in unfolded(value).split(",")]
    addresses = [word.strip() for word in named if is_address(word.strip())]
    if not addresses:
        ours = " ".join(decoded(value) for name in ("from", "to") for value in fields.get(name, [])[:2]).lower()
        addresses = [address for address in _addresses(head) if address.lower() not in ours]
        people = [address for address in addresses if not _SERVERS.match(address)]
        addresses = people or addresses or _addressees(tree)
    status = _status(head)
    reason = _reason(head, status)
    return [_failed(address, status, "failed", reason) for address in addresses[:10]]


def _addressees(tree: Tree) -> list[str]:
    """Whom the returned mail had been for, where the report names nobody."""
    for leaf in tree.leaves[1:]:
        if leaf.media.value in _RETURNED:
            return _addresses(_attached_field(leaf, "to:"))
    return []


def _addresses(text: str) -> list[str]:
    found: list[str] = []
    for written in text.split():
        if "@" not in written or len(written) > 400:
            continue
        inner = written.partition("<")[2].partition(">")[0]
        word = (inner or written).strip("<>()[]{}\"'.,;:!*`").removeprefix("mailto:")
        if "." in word.rpartition("@")[2] and is_address(word) and word not in found:
            found.append(word)
            if len(found) >= 20:
                break
    return found


def _before_original(text: str) -> str:
    """What the mail server says, without the copy of the mail below it."""
    lines = text[:_TEXT].split("\n")
    for index, line in enumerate(lines):
        if index > 1 and _ORIGINAL.match(line[:200]):
            return "\n".join(lines[:index])
    return "\n".join(lines)


def original_id(tree: Tree, text: str) -> str:
    """The Message-ID of the mail that came back: from its attached headers, else from the copy in the text."""
    for leaf in tree.leaves[1:]:
        if leaf.media.value in _RETURNED:
            found = message_id([_attached_field(leaf, "message-id:")])
            if found:
                return found
    found_in_text = _IDENTIFIER.search(text)
    return clean(found_in_text.group(1)) if found_in_text else ""


def _attached_field(leaf: Leaf, name: str) -> str:
    """The first header of that name (with its colon, lower-case) in the returned mail; empty when there is none."""
    data = leaf.content(_HEAD * 4)[:_HEAD]
    text = charset.decode(data)[0].replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    lines = text.split("\n")[: limits.HEADER_COUNT]
    for index, line in enumerate(lines):
        if not line.strip():
            break
        if line[: len(name)].lower() == name:
            folded = lines[index + 1] if index + 1 < len(lines) and lines[index + 1][:1] in {" ", "\t"} else ""
            return line[len(name) :] + folded
    return ""
