"""How far a message's author is proven: A aligned and keyed, B aligned, C keyed, D none (DESIGN section 8).

In: what the mail and its envelope show, and what the desk's own look found where it had one. Out: a level with the
evidence in words. It never believes a header that our own border did not write, and never judges alignment on any
domain but that of the one usable From (RFC 7489 3.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.rules.desk import Desk
from parsing.address import normalise
from parsing.message import ArcSet, AuthMethod, AuthResults, Kind, ParsedMail
from store.records import Entry, Envelope, Step, Trust

_NETWORK_DOORS = frozenset({"smtp", "lmtp", "proxy"})
_UNNAMED = "-"
"""What the configuration says of a server whose header does not name it, as Exchange Online's does not."""
_OF_HISTORY = "it is history, of which nothing is proven"
_FIRST = ("dmarc", "dkim", "spf")
_SHOWN = 5
# What registries of countries sell names under; without the public suffix list (https://publicsuffix.org) the rule is:
# one label, or one of these below a country's two letters.
_COMMON = frozenset({"ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "ltd", "me", "mil", "ne", "net", "nom", "or",
                     "org", "plc", "sch"})  # fmt: skip


def aligned(mail: ParsedMail, envelope: Envelope, desk: Desk, evidence: AuthResults | None = None) -> tuple[bool, str]:
    """Whether the From domain is proven, and by what. `evidence` is what the desk's own look at the mail found."""
    if mail.from_ is None or mail.from_defect:
        return False, f"From is not usable: {mail.from_defect or 'there is none'}"
    if envelope.login and envelope.login == normalise(mail.from_.address):
        return True, f"{envelope.login} logged in at the door"
    domain = _domain(mail.from_.address)
    if not domain:
        return False, "From is at no domain that anybody could prove"
    if stamped(envelope, desk):
        results = _stamp(mail, envelope, desk)
        return (
            _judge(results, mail.arc, domain, desk)
            if results
            else (False, "our border wrote no Authentication-Results")
        )
    if evidence is not None and looks(envelope):
        is_proven, why = _judge(evidence, mail.arc, domain, desk)
        return is_proven, f"our own look: {why}" + ("" if is_proven else f" ({_summary(evidence)})")
    if envelope.history:
        return False, _OF_HISTORY
    return False, f"no Authentication-Results are believed from {envelope.client or envelope.door}"


def level(is_aligned: bool, is_keyed: bool) -> Trust:
    """The rung of the ladder."""
    if is_aligned:
        return Trust.A if is_keyed else Trust.B
    return Trust.C if is_keyed else Trust.D


def stamped(envelope: Envelope, desk: Desk) -> bool:
    """Whether it came over a hop that writes our Authentication-Results: a configured one, or `deliver`, whose caller
    is the local mail server, or the server of a mailbox by the name of that account. Then that hop's word counts, and
    nothing else does."""
    return _border(envelope, desk) is not None


def _border(envelope: Envelope, desk: Desk) -> str | None:
    """The authserv-id of the hop whose word counts, empty for one that names itself nowhere; None where nobody's does.
    A mailbox has its own: what our border would write is never believed there, for its server does not remove it."""
    if envelope.history:
        return None
    if envelope.door == "imap":
        named = desk.stamps.get(envelope.client, "").lower()
        return ("" if named == _UNNAMED else named) if named else None
    hop = envelope.door == "pipe" or (envelope.door in _NETWORK_DOORS and envelope.client in desk.hops)
    return desk.authserv_id.lower() if hop and desk.authserv_id else None


def looks(envelope: Envelope) -> bool:
    """Whether a look of our own means anything: it came over the network, now."""
    return envelope.door in _NETWORK_DOORS and not envelope.history


def unproven(mail: ParsedMail, entry: Entry, desk: Desk) -> bool:
    """Whether our own look could prove the author of this mail, and there is none yet that said more than unknown."""
    if not looks(entry.envelope) or stamped(entry.envelope, desk) or mail.from_ is None or mail.from_defect:
        return False
    if mail.kind in (Kind.BOUNCE, Kind.DELAY) and not mail.judged_by_words:
        return False  # who sends a report of delivery is proven by the address that it comes to
    return entry.evidence is None or any(method.result == "temperror" for method in entry.evidence.methods)


def ignored(mail: ParsedMail, envelope: Envelope, desk: Desk) -> tuple[Step, ...]:
    """The Authentication-Results that were not believed, and why: anybody can write such a header."""
    border = _border(envelope, desk)
    believed = 1 if _stamp(mail, envelope, desk) else 0
    left = mail.authentication[believed:]
    if not left:
        return ()
    names = list(dict.fromkeys(results.authserv_id[:100] or "a server without a name" for results in left))
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    if believed:
        why = "only the topmost one is our border's word"
    elif border is not None and border in names:
        why = "it carries the name of our border, but the topmost one is not ours"
    elif envelope.history:
        why = _OF_HISTORY
    elif border is None and envelope.door == "imap":
        why = f"no [[imap]] table has an authserv_id for {envelope.client}"
    elif border is None and desk.authserv_id and desk.authserv_id.lower() in names:
        why = f"it carries the name of our border, but {envelope.client or envelope.door} is no hop of ours"
    else:
        why = "our border did not write it"
    return (Step(stage="guard", what=f"ignored Authentication-Results of {shown}", why=why),)


def _stamp(mail: ParsedMail, envelope: Envelope, desk: Desk) -> AuthResults | None:
    """What our border wrote: the topmost header, and only if it is ours. One below it came with the mail. A header
    without a name on top is not ours either, but where nobody names themselves."""
    topmost, border = mail.authentication[0] if mail.authentication else None, _border(envelope, desk)
    return topmost if topmost is not None and topmost.authserv_id == border else None


def _judge(results: AuthResults, chain: Sequence[ArcSet], domain: str, desk: Desk) -> tuple[bool, str]:
    """What was found about this very domain: a chain that a sealer of ours vouches for, else DMARC, DKIM, SPF."""
    passed, why = _passed(results.methods, domain)
    if passed:
        return passed, why
    if any(method.method == "arc" and method.result == "pass" for method in results.methods):
        sealed, how = _sealed(chain, domain, desk)
        return (True, how) if sealed else (False, f"{why}; {how}")
    return passed, why


def _passed(methods: Iterable[AuthMethod], domain: str) -> tuple[bool, str]:
    """Whether one of the methods passed for the domain; a failed DMARC says that none may count."""
    methods = tuple(methods)
    failed = next((m for m in methods if m.method == "dmarc" and m.result in ("fail", "permfail", "reject")), None)
    if failed is not None:
        return False, f"dmarc=fail for {domain}"
    for name in _FIRST:
        for method in methods:
            if method.method == name and method.result == "pass" and _speaks_for(method, domain):
                return True, f"{name}=pass, aligned with {domain}"
    unknown = [m.method for m in methods if m.result == "temperror"]
    if unknown:
        return False, f"unknown: no answer about {', '.join(dict.fromkeys(unknown))} of {domain}"
    return False, f"nothing that passed is aligned with {domain}"


def _summary(evidence: AuthResults) -> str:
    """`dkim=fail: the body was changed, spf=none`, for those who want to know what to mend."""
    words = []
    for method in evidence.methods[:_SHOWN]:
        reason = method.property("reason")
        words.append(f"{method.method}={method.result}" + (f": {reason}" if reason else ""))
    return ", ".join(words)


def _sealed(chain: Sequence[ArcSet], domain: str, desk: Desk) -> tuple[bool, str]:
    """What the first of our sealers saw (RFC 8617 section 7.2): going back from the newest set for as long as each was
    sealed by one of them. What any other server sealed may have been written by whoever wrote the mail."""
    trusted = None
    for found in reversed(chain):
        if found.sealer not in desk.arc_sealers:
            break
        trusted = found
    if trusted is None:
        who = chain[-1].sealer if chain else "nobody that can be read"
        return False, f"the ARC chain was sealed by {who}, who is none of trust.arc_sealers"
    passed, why = _passed(trusted.results.methods, domain)
    return passed, f"{trusted.sealer} sealed (ARC) that it saw {why}"


def _speaks_for(method: AuthMethod, domain: str) -> bool:
    """Whether what passed is this domain; for DKIM and SPF also a parent of it (relaxed, RFC 7489 section 3.1)."""
    proven = _a_label(_proven_domain(method))
    if _is_public(proven):
        return False
    if method.method == "dmarc":
        return proven == domain
    return proven == domain or domain.endswith(f".{proven}")


def _proven_domain(method: AuthMethod) -> str:
    """The domain that a passed method speaks for (RFC 8601 section 2.7)."""
    match method.method:
        case "dmarc":
            return method.property("header.from").rpartition("@")[2]
        case "dkim":
            return method.property("header.d") or method.property("header.i").rpartition("@")[2]
        case "spf":
            return method.property("smtp.mailfrom").rpartition("@")[2]
    return ""


def _domain(address: str) -> str:
    """The domain of From as it is compared; empty for what no domain owner can prove: a literal, a bare host name."""
    domain = _a_label(address.rpartition("@")[2])
    return "" if "." not in domain or domain.startswith("[") else domain


def _a_label(domain: str) -> str:
    """Lower case, no dot at the end. Only A-labels (RFC 5890) are compared, and nothing is mapped to them: `straße`
    must not become `strasse`."""
    return domain.strip().rstrip(".").lower() if domain.isascii() else ""


def _is_public(domain: str) -> bool:
    """Whether names below this one belong to different people."""
    first, _, rest = domain.partition(".")
    return not rest or (len(rest) == 2 and first in _COMMON)
