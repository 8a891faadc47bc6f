"""Our own look at one mail: what its domain's owner proved about it, as a border server would write it down.

In: the raw mail with its envelope, its author as the reader read it, an `Ask`. Out: `AuthResults`. Only what could
prove the author is asked for: signatures and a reverse-path of the same organisation. Another's proof is no proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.evidence import OURS, chain, dmarc, signature, spf
from gateway.evidence.canonical import Canonical, divide
from gateway.evidence.dmarc import Suffixes
from gateway.evidence.questions import Ask
from parsing.address import author as read_author
from parsing.address import normalise
from parsing.message import AuthMethod, AuthResults

SIGNATURES = 4
"""Of one organisation that are looked at."""
_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is looked at. `client` is empty where the host that brought it says nothing about the author (a hop of
    ours); `author` is the one address in From; `received_at` is in seconds of the epoch."""

    content: bytes
    client: str
    hello: str
    sender: str
    author: str
    received_at: int


def look(letter: Letter, ask: Ask, suffixes: Suffixes, sealers: frozenset[str]) -> AuthResults:
    """All that is found, in the order of RFC 8601's examples."""
    domain = normalise(letter.author).rpartition("@")[2]
    mail = divide(letter.content)
    if mail is None or not _same_author(mail, letter.author):
        return unknown("permerror", "its header can be read in more than one way")
    organisation = suffixes.organisation(domain) or domain
    methods = _signatures(mail, letter, organisation, ask, suffixes)
    methods.append(_path(letter, organisation, ask, suffixes))
    passed = [method.property("header.d") for method in methods if method.result == "pass" and method.method == "dkim"]
    sent = methods[-1].property("smtp.mailfrom") if methods[-1].result == "pass" else ""
    is_unknown = any(method.result == "temperror" for method in methods)
    verdict = dmarc.judge(domain, passed, sent, is_unknown, ask, suffixes)
    policy = (("policy.dmarc", verdict.policy[:_WORDS]),) if verdict.policy else ()
    methods.append(AuthMethod(method="dmarc", result=verdict.result, properties=(("header.from", domain), *policy)))
    sealer = chain.newest_sealer(mail) if sealers and verdict.result != "pass" else ""
    if sealer in sealers:
        methods.append(_method("arc", chain.verify(mail, ask), ("header.d", sealer)))
    return AuthResults(authserv_id=OURS, methods=tuple(methods))


def unknown(result: str, why: str) -> AuthResults:
    """There was no look, and why: `temperror` when there may be one later."""
    return AuthResults(authserv_id=OURS, methods=(_method("look", signature.Outcome(result, why)),))


def _signatures(mail: Canonical, letter: Letter, organisation: str, ask: Ask, suffixes: Suffixes) -> list[AuthMethod]:
    """Every signature by the author's organisation, those of the very domain first."""
    home = normalise(letter.author).rpartition("@")[2]
    found = []
    for header in mail.named(b"dkim-signature"):
        try:
            domain = signature.tags(header.value).get("d", "").lower()
        except signature.Unusable:
            continue
        if domain in (home, organisation) or suffixes.organisation(domain) == organisation:
            found.append((domain != home, domain, header))
    methods = []
    for _, domain, header in sorted(found, key=lambda one: one[0])[:SIGNATURES]:
        if suffixes.is_public(domain):
            outcome = signature.Outcome("policy", "a public suffix speaks for nobody")
        else:
            outcome = signature.verify(mail, header, ask, letter.received_at)
        methods.append(_method("dkim", outcome, ("header.d", domain)))
    return methods or [_method("dkim", signature.Outcome("none", f"no signature of {organisation}"))]


def _path(letter: Letter, organisation: str, ask: Ask, suffixes: Suffixes) -> AuthMethod:
    domain = normalise(letter.sender).rpartition("@")[2] if letter.sender else ""
    named = ("smtp.mailfrom", domain)
    if not letter.client:
        return _method("spf", signature.Outcome("none", "a hop of ours brought it"), named)
    if not domain or (suffixes.organisation(domain) or domain) != organisation or suffixes.is_public(domain):
        return _method("spf", signature.Outcome("none", f"its reverse-path is not of {organisation}"), named)
    sender = f"{letter.sender.rpartition('@')[0]}@{domain}"
    return _method("spf", _careful(lambda: spf.check(letter.client, letter.hello, sender, ask)), named)


def _careful(check: Callable[[], str]) -> signature.Outcome:
    """Records come from strangers: what they make of a walk through them is the record's fault."""
    try:
        return signature.Outcome(check())
    except (ValueError, IndexError, RecursionError):
        return signature.Outcome("permerror", "the record cannot be read")


def _method(name: str, outcome: signature.Outcome, *properties: tuple[str, str]) -> AuthMethod:
    reason = (("reason", outcome.why[:_WORDS]),) if outcome.why else ()
    given = tuple((key, value[:_WORDS]) for key, value in properties if value)
    return AuthMethod(method=name, result=outcome.result, properties=(*given, *reason))


def _same_author(mail: Canonical, author: str) -> bool:
    """Whether the From that is signed is the author whom the reader read: two readings must not be played against one
    another (reliability 2, threat 2)."""
    fields = mail.named(b"from")
    if len(fields) != 1:
        return False
    found, defect = read_author([fields[0].value.decode("utf-8", "surrogateescape")])
    return found is not None and not defect and normalise(found.address) == normalise(author)
