"""SPF and DMARC records: what a domain says of who may send for it, read and judged without a network of its own.

In: the texts of records, and an `Ask` for those that they lead to. Out: what they say of an address. Only as much of
RFC 7208 as tells whether our own address is included; what needs the message itself (macros, exists) is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from gateway.doctor.resolver import Ask

MOST_LOOKUPS = 10
"""RFC 7208 section 4.6.4: more make every receiver give up with a permanent error."""
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")


class Unreadable(Exception):
    """The record means a permanent error to whoever reads it; the text says why."""


def spf_records(texts: tuple[str, ...]) -> list[str]:
    """The SPF records among text records (RFC 7208 section 4.5)."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


@dataclass(slots=True)
class Spf:
    """One walk through the records of a domain. `guesses` are terms that only a real message could decide."""

    ask: Ask
    lookups: int = 0
    guesses: list[str] = field(default_factory=list)

    def judge(self, domain: str, record: str, address: str) -> str:
        """`pass`, `fail`, `softfail` or `neutral` for mail from `address`; raises `Unreadable`."""
        redirect = ""
        for term in record.split()[1:]:
            sign, bare = (term[0], term[1:]) if term[0] in _RESULTS else ("+", term)
            if bare.lower().startswith("redirect="):
                redirect = bare[9:]
            elif "=" not in bare.partition(":")[0] and self._matches(domain, bare, address):
                return _RESULTS[sign]
        if not redirect:
            return "neutral"
        self._count()
        return self.judge(redirect, self._record(redirect), address)

    def _matches(self, domain: str, term: str, address: str) -> bool:
        name, _, value = term.partition(":")
        name, _, prefix = name.partition("/")
        name = name.lower()
        if name in _ASKING:
            self._count()
        if "%" in value or name in ("ptr", "exists"):
            self.guesses.append(term)
            return False
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return _inside(address, value)
        if name == "include":
            return self.judge(value, self._record(value), address) == "pass"
        target, _, suffix = value.partition("/")
        length = (suffix or prefix).partition("//")[0]
        if name == "a":
            return self._has(target or domain, length, address)
        if name == "mx":
            hosts = [record.split()[-1] for record in self.ask(target or domain, "MX")]
            return any(self._has(host, length, address) for host in hosts[:MOST_LOOKUPS])
        raise Unreadable(f"it has a term that no receiver knows: {term}")

    def _has(self, host: str, length: str, address: str) -> bool:
        kind = "AAAA" if ":" in address else "A"
        suffix = f"/{length}" if length and kind == "A" else ""
        return any(_inside(address, found + suffix) for found in self.ask(host, kind))

    def _record(self, domain: str) -> str:
        found = spf_records(self.ask(domain, "TXT"))
        if len(found) != 1:
            raise Unreadable(f"it includes {domain}, which has {len(found)} SPF records")
        return found[0]

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise Unreadable(f"it needs more than {MOST_LOOKUPS} look-ups")


def _inside(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        raise Unreadable(f"{network} is no network") from None


def dmarc_tags(texts: tuple[str, ...]) -> list[dict[str, str]]:
    """The tags of each DMARC record (RFC 7489 section 6.3)."""
    found = []
    for text in texts:
        tags = {
            name.strip().lower(): value.strip() for name, _, value in (part.partition("=") for part in text.split(";"))
        }
        if tags.get("v") == "DMARC1":
            found.append(tags)
    return found
