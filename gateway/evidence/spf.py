"""SPF (RFC 7208): may this host send in the name of this reverse-path?

In: the client's address, its HELO name, the reverse-path, an `Ask`. Out: one of the seven results of section 2.6. At
most ten terms that ask and two empty answers (section 4.6.4), no more than ten levels deep. Never a guess: a record
that cannot be read is `permerror`, a DNS that does not answer `temperror`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from gateway.evidence.questions import Ask, Unanswered, is_name

LOOKUPS = 10
VOID = 2
TERMS = 200
NAMES = 10
"""Of an MX or PTR answer that are looked at."""
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^\s]{1,255}?))?(?:/(\d{1,3}))?(?://(\d{1,3}))?", re.IGNORECASE
)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,62})=(\S{0,255})")
_MACRO = re.compile(r"%(?:([%_-])|\{([slodiphvSLODIPHV])(\d{0,3})(r?)([.+,/_=-]{0,7})\})")
_BARE = ("all", "ip4", "ip6", "include", "exists")


class _Permanent(Exception):
    """The record, or what it leads to, cannot be used."""


@dataclass(frozen=True, slots=True)
class _Term:
    sign: str
    name: str
    value: str
    four: int | None
    six: int | None


def check(client: str, hello: str, sender: str, ask: Ask) -> str:
    """The result for a reverse-path that is not null."""
    local, _, domain = sender.rpartition("@")
    try:
        address = ip_address(client)
    except ValueError:
        return "none"
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    walk = _Walk(ask, mapped or address, local or "postmaster", domain.lower().rstrip("."), hello)
    try:
        return walk.judge(walk.domain)
    except _Permanent:
        return "permerror"
    except Unanswered:
        return "temperror"


@dataclass(slots=True)
class _Walk:
    """One evaluation: what was asked so far counts for all records that it leads to."""

    ask: Ask
    address: IPv4Address | IPv6Address
    local: str
    domain: str
    hello: str
    lookups: int = 0
    void: int = 0

    def judge(self, domain: str) -> str:
        """check_host of section 4."""
        if not is_name(domain):
            return "none"
        records = [
            text for text in self.ask(domain, "TXT") if text.lower() == "v=spf1" or text[:7].lower() == "v=spf1 "
        ]
        if not records:
            return "none"
        if len(records) > 1:
            raise _Permanent
        terms, redirect = _parsed(records[0])
        for term in terms:
            if self._matches(term, domain):
                return _RESULTS[term.sign]
        if not redirect:
            return "neutral"
        self._count()
        result = self.judge(self._expanded(redirect, domain))
        if result == "none":
            raise _Permanent
        return result

    def _matches(self, term: _Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.name in ("ip4", "ip6"):
            return self._is_inside(term)
        self._count()
        target = self._expanded(term.value, domain) if term.value else domain
        match term.name:
            case "include":
                result = self.judge(target)
                if result == "none":
                    raise _Permanent
                return result == "pass"
            case "exists":
                return bool(self._asked(target, "A"))
            case "a":
                return self._has(target, term)
            case "mx":
                hosts = [record.split()[-1] for record in self._asked(target, "MX")]
                if len(hosts) > NAMES:
                    raise _Permanent
                return any(self._has(host, term, counts=False) for host in hosts)
        return self._is_called(target)

    def _is_inside(self, term: _Term) -> bool:
        length = term.four if term.name == "ip4" else term.six if term.six is not None else term.four
        text = term.value if length is None else f"{term.value}/{length}"
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            raise _Permanent from None
        if network.version != (4 if term.name == "ip4" else 6):
            raise _Permanent
        return self.address in network

    def _has(self, host: str, term: _Term, *, counts: bool = True) -> bool:
        """Whether one of the host's addresses, widened by the term's prefix, is that of the client."""
        kind, length, most = ("A", term.four, 32) if self.address.version == 4 else ("AAAA", term.six, 128)
        if length is not None and length > most:
            raise _Permanent
        found = self._asked(host, kind) if counts else self.ask(host, kind)
        return any(
            self.address in ip_network(f"{text}/{most if length is None else length}", strict=False)
            for text in found[:100]
        )

    def _is_called(self, target: str) -> bool:
        """`ptr` (section 5.5): one of the client's names is below the target, and leads back to the client."""
        kind = "A" if self.address.version == 4 else "AAAA"
        for name in self._asked(str(self.address), "PTR")[:NAMES]:
            plain = name.lower().rstrip(".")
            if plain != target.lower() and not plain.endswith(f".{target.lower()}"):
                continue
            if any(ip_address(text) == self.address for text in self.ask(plain, kind)):
                return True
        return False

    def _asked(self, name: str, kind: str) -> tuple[str, ...]:
        if kind != "PTR" and not is_name(name):
            return ()
        found = self.ask(name, kind)
        if not found:
            self.void += 1
            if self.void > VOID:
                raise _Permanent
        return found

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise _Permanent

    def _expanded(self, text: str, domain: str) -> str:
        """A domain-spec with its macros (section 7)."""
        if "%" not in text:
            return text.lower().rstrip(".")
        if "%" in _MACRO.sub("", text):
            raise _Permanent
        name = _MACRO.sub(lambda match: self._macro(match, domain), text).lower().rstrip(".")
        while len(name) > 253 and "." in name:
            name = name.partition(".")[2]
        return name

    def _macro(self, match: re.Match[str], domain: str) -> str:
        if match[1]:
            return {"%": "%", "_": " ", "-": "%20"}[match[1]]
        value = {
            "s": f"{self.local}@{self.domain}",
            "l": self.local,
            "o": self.domain,
            "d": domain,
            "i": _dotted(self.address),
            "p": "unknown",
            "h": self.hello,
            "v": "in-addr" if self.address.version == 4 else "ip6",
        }[match[2].lower()]
        digits, reverses, delimiters = match[3], match[4], match[5] or "."
        if digits and int(digits) == 0:
            raise _Permanent
        parts = re.split(f"[{re.escape(delimiters)}]", value[:1000])
        if reverses:
            parts.reverse()
        return ".".join(parts[-int(digits) :] if digits else parts)


def _parsed(record: str) -> tuple[list[_Term], str]:
    """The mechanisms and the redirect; anything that cannot be read makes all of it an error (section 4.6)."""
    words = record.split()[1:]
    if len(words) > TERMS:
        raise _Permanent
    terms: list[_Term] = []
    modifiers: dict[str, str] = {}
    for word in words:
        found = _TERM.fullmatch(word)
        if found is not None:
            terms.append(_term(found))
            continue
        modifier = _MODIFIER.fullmatch(word)
        name = modifier[1].lower() if modifier else ""
        if modifier is None or (name in ("redirect", "exp") and (name in modifiers or not modifier[2])):
            raise _Permanent
        modifiers[name] = modifier[2]
    return terms, modifiers.get("redirect", "")


def _term(found: re.Match[str]) -> _Term:
    sign, name, value, four, six = found.groups()
    name = name.lower()
    if name in _BARE and bool(value) is (name == "all"):
        raise _Permanent  # `all` takes no value, the others of these need one
    if name in ("all", "include", "exists", "ptr") and (four or six):
        raise _Permanent
    return _Term(sign or "+", name, value or "", int(four) if four else None, int(six) if six else None)


def _dotted(address: IPv4Address | IPv6Address) -> str:
    return str(address) if address.version == 4 else ".".join(address.exploded.replace(":", ""))
