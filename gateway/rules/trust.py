"""How far a message's author is proven: A aligned and keyed, B aligned, C keyed, D none (DESIGN section 8).

In: what the mail and its envelope show. Out: a level with the evidence in words. It never believes a header that our
own border did not write, and never judges alignment on any domain but that of the one usable From (RFC 7489 3.1).
"""

from __future__ import annotations

from gateway.rules.desk import Desk
from parsing.address import normalise
from parsing.message import AuthMethod, AuthResults, ParsedMail
from store.records import Envelope, Trust

_BORDER_DOORS = frozenset({"smtp", "lmtp", "proxy"})


def aligned(mail: ParsedMail, envelope: Envelope, desk: Desk) -> tuple[bool, str]:
    """Whether the From domain is proven, and by what."""
    if mail.from_ is None or mail.from_defect:
        return False, f"From is not usable: {mail.from_defect or 'there is none'}"
    if envelope.login and envelope.login == normalise(mail.from_.address):
        return True, f"{envelope.login} logged in at the door"
    if not _border(envelope, desk):
        return False, f"no Authentication-Results are believed from {envelope.client or envelope.door}"
    if not mail.authentication or mail.authentication[0].authserv_id != desk.authserv_id:
        return False, "our border wrote no Authentication-Results"
    return _judge(mail.authentication[0], mail.from_.address.rpartition("@")[2].lower())


def level(is_aligned: bool, is_keyed: bool) -> Trust:
    """The rung of the ladder."""
    if is_aligned:
        return Trust.A if is_keyed else Trust.B
    return Trust.C if is_keyed else Trust.D


def _border(envelope: Envelope, desk: Desk) -> bool:
    """Only configured hops and `deliver` (whose caller is the local mail server) speak for our border."""
    return envelope.door == "pipe" or (envelope.door in _BORDER_DOORS and envelope.client in desk.hops)


def _judge(results: AuthResults, domain: str) -> tuple[bool, str]:
    verdicts = {method.method: method.result for method in results.methods}
    if verdicts.get("dmarc") == "fail":
        return False, f"dmarc=fail for {domain}"
    for method in results.methods:
        if method.result == "pass" and _same_owner(_proven_domain(method), domain):
            return True, f"{method.method}=pass, aligned with {domain}"
    return False, f"nothing that passed is aligned with {domain}"


def _proven_domain(method: AuthMethod) -> str:
    """The domain that a passed method speaks for (RFC 8601 section 2.7)."""
    match method.method:
        case "dmarc":
            return method.property("header.from")
        case "dkim":
            return method.property("header.d") or method.property("header.i").rpartition("@")[2]
        case "spf":
            return method.property("smtp.mailfrom").rpartition("@")[2]
    return ""


def _same_owner(proven: str, domain: str) -> bool:
    """Relaxed alignment without a list of public suffixes: equal, or one is a sub-domain of the other."""
    proven = proven.lower().rstrip(".")
    if "." not in proven:
        return False
    return proven == domain or domain.endswith(f".{proven}") or proven.endswith(f".{domain}")
