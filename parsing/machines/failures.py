"""What a mail server tells in words: which addresses failed, and what it says about each.

In: the readable text of a bounce. Out: `Told`, the text above the copy of the returned mail, with the addresses in it
and the lines that belong to each. Must never look at more than the caps, nor at a line more than a few times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from parsing import limits
from parsing.address import is_address
from parsing.headers import decoded, unfolded
from parsing.machines import reasons
from parsing.machines.robots import FAILED, any_of
from parsing.tree import Tree

_TEXT = 30_000
_LINE = 1_000
_SPOKEN = 1_000
_ORIGINAL = re.compile(
    r"^[\s>*-]{0,10}(?:[-=]{2,60}\s{0,3})?(?:this is a copy of (?:the|your) message|"
    r"(?:below|following) (?:this line )?is a copy|"
    r"below the next line|included is a copy|a copy of the original|the following text was part|"
    r"(?:the )?header of the original|original (?:message|mail)|returned (?:message|mail)|unsent message|"
    r"undelivered message|message headers? follow|original message headers|headers? of the|the body of the message|"
    r"your message (?:follows|reads)|message contents|message header|ursprüngliche (?:nachricht|kopfzeilen)|"
    r"ursprungliche|en-têtes? de message|message d['’]origine|encabezados? (?:de|del) mensaje|intestazioni|"
    r"cabeçalhos|元のメール|元のメッセージ|原始邮件|原信|received: ?(?:from|by|\()|return-path: ?<|"
    r"x-original-to:)",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"[\s<>()\[\]{},;:\"|`“”„«»、，；：＜＞（）「」『』【】]+")
_ASCII = re.compile(r"[!-~]{1,64}@[!-~]{3,255}")
_LEADS = re.compile(r"[\s<>*\-•·\"'\[(|.\d]{0,12}")
_LABEL = any_of(r"""
    recipient  rcpt to  failed address  destinat  empfänger  odbiorc  mottaker  mottagar  modtager  vastaanottaj
    příjem
    címzett  alıcı  получател  одержувач  παραλήπτ  宛先  あて先  送信先  受信者  收件人  수신자  받는  mailbox  ^user
    ^to address  undeliverable to  deliver(?:y)? to  zustellung an  an folgende
""")
_TRACE = re.compile(
    r"^[\s>]{0,8}(?:message-id|from|sender|reply-to|return-path|received|references|in-reply-to|date|x-[a-z-]{2,40}|"
    r"errors-to|delivered-to|mail from|von|de|da|van|id|queue-id|差出人|发件人)\s{0,3}[:：]",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"^[\s>]{0,8}(?:to|cc|an|à|para|a|aan|do|til|till|宛先|收件人)\s{0,3}[:：]", re.IGNORECASE)
_ASIDE = any_of(r"""
    contact  postmaster  assistance  help|support  expanded from  for (?:further|more)  https?://  reply to this
    kontakt  wenden sie sich  administrator
""")
_SERVERS = re.compile(r"(?:postmaster|mailer-daemon|abuse|mail-?daemon|root)@", re.IGNORECASE)
_IDENTIFIER = re.compile(r"^(?=.{16,})(?=[^@]{0,60}\d{4})[^@]{14,}@")


@dataclass(frozen=True, kw_only=True)
class Told:
    """The text, what stands above the returned mail, and the lines about each address (lower-case)."""

    text: str
    head: str
    spoken: dict[str, str]
    ranks: dict[str, int]  # address as written: 0 listed as a recipient, 1 mentioned, 2 in passing

    @cached_property
    def word(self) -> str:
        """The reason that the text as a whole gives."""
        return reasons.words(self.head)

    @cached_property
    def status(self) -> str:
        """The first status code of the text."""
        return reasons.status(self.head)

    @cached_property
    def gives_up(self) -> bool:
        """Whether it says that this was for good."""
        return FAILED.search(self.head.lower()) is not None

    def about(self, address: str) -> str:
        """What is said about an address."""
        return self.spoken.get(address.lower(), "")

    def recipients(self, ours: str) -> list[str]:
        """The failed addresses: those listed as such, else those mentioned; `ours` (lower-case) come last."""
        others = {one: rank for one, rank in self.ranks.items() if one.lower() not in ours}
        people = {one: rank for one, rank in others.items() if not _SERVERS.match(one)}
        for found in (people, others):
            if found:
                best = min(found.values())
                return [one for one, rank in found.items() if rank == best]
        return [one for one, rank in self.ranks.items() if rank == 0]

    def last_resort(self) -> list[str]:
        """Any address at all: a mail to oneself comes back to oneself."""
        return list(self.ranks)[:1]


def told(text: str) -> Told:
    """Read the words of a server, each line once."""
    text = text[:_TEXT]
    head = _before_original(text)
    spoken: dict[str, list[str]] = {}
    ranks: dict[str, int] = {}
    owners: list[str] = []
    listing = False
    for line in (line[:_LINE] for line in head.split("\n")):
        found = addresses(line) if "@" in line else []
        if found and not _TRACE.match(line):
            rank = _rank(line, found[0])
            for address in found:
                if len(ranks) < limits.RECIPIENTS * 2:
                    known = ranks.get(address, 9)
                    ranks[address] = min(known, 2 if _IDENTIFIER.match(address) else rank)
            mentioned = [address.lower() for address in found]
            # Addresses on lines of their own, one below the other, share what follows.
            owners = owners + mentioned if listing and rank == 0 else mentioned
            listing = rank == 0 and len(line.strip()) <= len(found[0]) + 8
        elif line.strip():
            listing = False
        for owner in owners[:20]:
            spoken.setdefault(owner, []).append(line)
    return Told(
        text=text,
        head=head,
        spoken={owner: "\n".join(lines)[:_SPOKEN] for owner, lines in spoken.items()},
        ranks=ranks,
    )


def _rank(line: str, address: str) -> int:
    low = line.lower()
    if _ADDRESSED.match(line) or _ASIDE.search(low):
        return 2
    lead = _LEADS.match(line)
    if line.startswith(address, lead.end() if lead else 0):
        return 0
    return 0 if _LABEL.search(low[: low.find(address.lower())]) else 1


def headed(tree: Tree) -> list[str]:
    """The addresses of X-Failed-Recipients (Exim, Gmail)."""
    values = tree.root.fields.get("x-failed-recipients", [])[:5]
    named = [word.strip() for value in values for word in unfolded(value).split(",")]
    return list(dict.fromkeys(word for word in named if is_address(word)))[: limits.RECIPIENTS]


def correspondents(tree: Tree) -> str:
    """From and To of the report, lower-case: the server and us."""
    fields = tree.root.fields
    return " ".join(decoded(value) for name in ("from", "to") for value in fields.get(name, [])[:2]).lower()


def addresses(text: str) -> list[str]:
    """The addresses in a line, in order, each once."""
    found: list[str] = []
    for written in _BREAKS.split(text[: _LINE * 4]):
        if "@" not in written or len(written) > 400:
            continue
        word = _bare(written)
        if "." in word.rpartition("@")[2] and is_address(word) and word not in found:
            found.append(word)
            if len(found) >= 20:
                break
    return found


def _bare(word: str) -> str:
    """The address in a word: out of an X.400 address, apart from the script around it, without punctuation."""
    upper = word.upper()
    if "SMTP=" in upper:
        word = word[upper.rindex("SMTP=") + 5 :]
    if not word.isascii():
        inner = _ASCII.search(word)
        word = inner.group(0) if inner else word
    return word.strip("'.!*?=#&/\\。")


def _before_original(text: str) -> str:
    """What the mail server says, without the copy of the mail below it."""
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if index > 1 and _ORIGINAL.match(line[:200]):
            return "\n".join(lines[:index])
    return "\n".join(lines)
