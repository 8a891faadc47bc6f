"""DMARC: what the owner of a domain asks of mail in its name (RFC 7489), and whose names belong together.

In: an `Ask`, the public suffix list, what passed. Out: a result in the words of RFC 8601. A domain without a record has
none, and a fault of the DNS is a `temperror`: neither is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publicsuffixlist import PublicSuffixList

from gateway.evidence.questions import Ask, Unanswered


class Suffixes:
    """The public suffix list as the installed package has it."""

    def __init__(self) -> None:
        self._list = PublicSuffixList()

    def organisation(self, domain: str) -> str:
        """The organisational domain (RFC 7489 section 3.2); empty for a public suffix itself."""
        return self._list.privatesuffix(domain.lower()) or ""

    def is_public(self, domain: str) -> bool:
        """Whether names below it belong to different people."""
        return not self.organisation(domain)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result with the policy that was found."""

    result: str
    policy: str = ""


def judge(domain: str, dkim: Iterable[str], spf: str, unknown: bool, ask: Ask, suffixes: Suffixes) -> Verdict:
    """Of a From at `domain`: `dkim` are the domains whose signatures passed, `spf` the one that SPF passed for (or
    empty), `unknown` whether either could not be looked at."""
    organisation = suffixes.organisation(domain)
    try:
        tags = _tags(ask(f"_dmarc.{domain}", "TXT"))
        at_home = tags is not None
        if tags is None and organisation and organisation != domain:
            tags = _tags(ask(f"_dmarc.{organisation}", "TXT"))
    except Unanswered:
        return Verdict("temperror")
    if tags is None:
        return Verdict("none")
    policy = tags.get("p", "none") if at_home else tags.get("sp", tags.get("p", "none"))
    passed = any(_aligned(one, domain, organisation, tags.get("adkim", "r"), suffixes) for one in dkim)
    if passed or (spf and _aligned(spf, domain, organisation, tags.get("aspf", "r"), suffixes)):
        return Verdict("pass", policy)
    return Verdict("temperror" if unknown else "fail", policy)


def _aligned(passed: str, domain: str, organisation: str, mode: str, suffixes: Suffixes) -> bool:
    """Section 3.1: strict wants the same domain, relaxed the same organisation."""
    if passed == domain:
        return True
    return mode.lower() != "s" and bool(organisation) and suffixes.organisation(passed) == organisation


def _tags(texts: tuple[str, ...]) -> dict[str, str] | None:
    """The one record (section 6.6.3); none when there are none or several."""
    found = []
    for text in texts:
        pairs = [part.partition("=") for part in text.split(";")[:50]]
        tags = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
        if pairs[0][0].strip().lower() == "v" and tags.get("v") == "dmarc1":
            found.append(tags)
    return found[0] if len(found) == 1 else None
