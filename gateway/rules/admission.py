"""Admission: which mail is not let in, and why: blocked senders, spam marks, the ticket trick, too much at once.

In: a `Guarded`, the blocks and what was spent of the rates. Out: a `Refusal`, or None; what a mail that was let in
takes from the rates. A mail that is turned away answers nobody, makes no ticket and tells no agent; it is kept, and an
operator may release it. In this order:

1. What an operator released, and what is proven (A, B) to be a member of staff's, is let in.
2. A block holds for the address and the domain of From, and for those of the reverse-path: for imported history too,
   and with whatever proof or key, because an operator said so.
3. A spam mark counts only where a configured hop (or the local mail server, by `deliver`) handed the mail over; a "no"
   of the sender's never cancels a "yes". A key that the author was given is better evidence: that mail is let in.
4. The code of somebody who registers our address with a third party must stand in no ticket (the ticket trick, intake
   4.8). It comes to an attacker's own reply address: only the author's own key lets it in.
5. At most so many mails an hour of one address and of one domain. Proven (A, B), keyed (C) and unproven (D) mail of one
   address are counted apart: who can only forge an address locks nobody out who is proven or has a key. Counted is
   what was let in, by five minutes and rather too long: no hour ever holds more than the limit (several settlers on one
   database may pass the limit of a domain by one batch each). Mail that waited in a mailbox while the desk was away
   counts in the hour in which its server got it: nobody is turned away because we come late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.rules.case import Guarded, Incoming
from gateway.rules.desk import Desk
from parsing.address import normalise, split_detail
from parsing.message import ParsedMail
from store.records import ANONYMOUS, Envelope, Spend, Trust, Verdict

REFUSED = frozenset({Verdict.BLOCKED_SENDER, Verdict.SPAM_QUARANTINED, Verdict.RATE_LIMITED})
HOUR, DAY, GRAIN = 3_600, 86_400, 300
LONGEST_WAIT = timedelta(days=7)
ALARMS_AN_HOUR = 3
"""How often the operators are told of quarantined mail in an hour, whoever sent it; of one sender once a day."""
DEEPEST = 8
"""Labels of the longest parent domain that a block is looked for of."""

_ANY = 1 << 62
_QUARANTINED = "quarantined"
_HOP_DOORS = frozenset({"smtp", "lmtp", "proxy"})
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_RUNG = {Trust.A: "B", Trust.B: "B", Trust.C: "C", Trust.D: "D"}

Spent = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a mail is not let in; `block` is the blocked name where it is one."""

    verdict: Verdict
    reason: str
    block: str = ""


def refusal(guarded: Guarded, desk: Desk, blocked: Mapping[str, str], spent: Spent) -> Refusal | None:
    """Why this mail is not let in; None when it is."""
    incoming = guarded.incoming
    if incoming.entry.released or _is_staff(guarded.author.address, guarded.trust, desk):
        return None
    found = _block(incoming, blocked)
    if found is not None or incoming.entry.envelope.history:
        return found
    if guarded.trust not in (Trust.A, Trust.C):  # the author's own key
        mark = believed_mark(incoming, desk)
        if mark:
            return Refusal(verdict=Verdict.SPAM_QUARANTINED, reason=f"the mail server calls it spam: {mark}")
        if incoming.mail.is_verification:
            why = incoming.mail.verification
            reason = f"somebody registers our address elsewhere, and the proof must stand in no ticket: {why}"
            return Refusal(verdict=Verdict.SPAM_QUARANTINED, reason=reason)
    return _limit(incoming, guarded.trust, desk, spent)


def counted(incoming: Incoming, trust: Trust, desk: Desk) -> tuple[Spend, ...]:
    """What a mail that was let in takes from the rates; nothing of one that was let in before."""
    at = int(came_at(incoming).timestamp()) // GRAIN * GRAIN
    return tuple(Spend(name=name, at=at) for name, _ in _limits(incoming, trust, desk))


def believed_mark(incoming: Incoming, desk: Desk) -> str:
    """The mark of an upstream filter that calls the mail spam, where a host that we believe handed it over."""
    envelope = incoming.entry.envelope
    hop = envelope.door == "pipe" or (envelope.door in _HOP_DOORS and envelope.client in desk.hops)
    marks = incoming.mail.spam if hop else ()
    return next((f"{mark.header}: {mark.words}" for mark in marks if mark.is_spam), "")


# What is looked up


def blockable(mail: ParsedMail, envelope: Envelope) -> set[str]:
    """The names under which this mail's sender may be blocked."""
    found = set[str]()
    for address in _senders(mail, envelope):
        found.update(_names(address))
    return found


def rates(incoming: Incoming, desk: Desk) -> tuple[str, ...]:
    """The names under which this mail may be counted, whatever is found to be proven."""
    if _is_free(incoming, desk):
        return ()
    who = _who(incoming)
    rungs = ("B", "C", "D") if _may_be_keyed(incoming) else ("B", "D")
    return tuple(name for rung in rungs for name in _rate_names(rung, who))


def came_at(incoming: Incoming) -> datetime:
    """When it came in, as far as rates go: now, or when the server of its mailbox got it. A week ago at most."""
    waited_since = incoming.entry.envelope.waited_since
    return incoming.now if waited_since is None else min(incoming.now, max(waited_since, incoming.now - LONGEST_WAIT))


def since(now: datetime) -> int:
    """The second after which what was spent of the rates counts."""
    return int(now.timestamp()) - HOUR - GRAIN


def alarmed_since(now: datetime) -> int:
    """The second after which it counts that operators were told."""
    return int(now.timestamp()) - DAY


def alarms(incoming: Incoming) -> tuple[str, str]:
    """The names under which it is kept that operators were told of this sender, and of anybody."""
    return f"{_QUARANTINED}:{_who(incoming)}", _QUARANTINED


def is_alarming(incoming: Incoming, refused: Refusal, spent: Spent) -> bool:
    """Whether the operators are told: not of whom they blocked, not of what is only looked at again."""
    if refused.verdict is Verdict.BLOCKED_SENDER or incoming.entry.previous is not None:
        return False
    of_sender, of_all = alarms(incoming)
    now = int(incoming.now.timestamp())
    return not _sum(spent, of_sender, now - DAY) and _sum(spent, of_all, now - HOUR) < ALARMS_AN_HOUR


def told(incoming: Incoming) -> tuple[Spend, ...]:
    """What one telling of the operators takes."""
    return tuple(Spend(name=name, at=int(incoming.now.timestamp())) for name in alarms(incoming))


def turned_away(block: str) -> str:
    """The name under which it is counted how many mails a block has turned away."""
    return f"blocked:{block}"


# Blocks


def _block(incoming: Incoming, blocked: Mapping[str, str]) -> Refusal | None:
    if not blocked:
        return None
    first, *others = _senders(incoming.mail, incoming.entry.envelope) or [""]
    for address in (first, *others):
        name = next((name for name in _names(address) if name in blocked), "")
        if name:
            whose = "" if address == first else f"its reverse-path is {address}: "
            why = f": {blocked[name]}" if blocked[name] else ""
            return Refusal(verdict=Verdict.BLOCKED_SENDER, reason=f"{whose}{name} is blocked{why}", block=name)
    return None


def _senders(mail: ParsedMail, envelope: Envelope) -> list[str]:
    """From's address, usable or not, and the reverse-path."""
    written, path = mail.from_.address if mail.from_ else "", envelope.sender
    if written == path or not (written and path):
        return [normalise(written or path)] if written or path else []
    return [normalise(written), normalise(path)]


def _names(address: str) -> list[str]:
    """The address, the same without a detail, its domain, and all domains above that which hold a dot."""
    domain = address.rpartition("@")[2]
    found = [address, domain]
    if "+" in address:
        found.append(split_detail(address)[0])
    labels = domain.split(".")
    found += [".".join(labels[place:]) for place in range(max(1, len(labels) - DEEPEST), len(labels) - 1)]
    return found


# Rates


def _limit(incoming: Incoming, trust: Trust, desk: Desk, spent: Spent) -> Refusal | None:
    at, has_waited = came_at(incoming), incoming.entry.envelope.waited_since is not None
    last, when = (int(at.timestamp()), "the hour in which it came to its server") if has_waited else (_ANY, "this hour")
    for name, most in _limits(incoming, trust, desk):
        if _sum(spent, name, since(at), last) >= most:
            what = name.rpartition(":")[2]
            proof = {"B": "proven", "C": "keyed", "D": "unproven"}[_RUNG[trust]]
            reason = f"{what} brought {most} {proof} mails in {when}, which is the limit"
            return Refusal(verdict=Verdict.RATE_LIMITED, reason=reason)
    return None


def _limits(incoming: Incoming, trust: Trust, desk: Desk) -> tuple[tuple[str, int], ...]:
    """The rates that hold for this mail, each with its limit."""
    if _is_free(incoming, desk):
        return ()
    who = _who(incoming)
    if _is_staff(who, trust, desk):
        return ()
    of_sender, of_domain = _rate_names(_RUNG[trust], who)
    return (of_sender, desk.intake.sender_hour), (of_domain, desk.intake.domain_hour)


def _rate_names(rung: str, who: str) -> tuple[str, str]:
    return f"from:{rung}:{who}", f"from-domain:{rung}:{who.rpartition('@')[2]}"


def _is_free(incoming: Incoming, desk: Desk) -> bool:
    """Whether no rate holds, whoever it is from: it was let in before, somebody vouches for it, or the host is free."""
    entry = incoming.entry
    again = entry.previous is not None and entry.previous not in REFUSED
    return again or entry.released or _is_unlimited(entry.envelope, desk)


def _is_unlimited(envelope: Envelope, desk: Desk) -> bool:
    """What an operator imports, clients that the configuration names, and `deliver` where it names this host."""
    if envelope.history or envelope.door == "import" or envelope.client in desk.intake.unlimited_from:
        return True
    return envelope.door == "pipe" and not _LOOPBACK.isdisjoint(desk.intake.unlimited_from)


def _is_staff(address: str, trust: Trust, desk: Desk) -> bool:
    return address in desk.agents and trust in (Trust.A, Trust.B)


def _who(incoming: Incoming) -> str:
    written = incoming.mail.from_.address if incoming.mail.from_ else incoming.entry.envelope.sender
    return normalise(written) if written else ANONYMOUS


def _may_be_keyed(incoming: Incoming) -> bool:
    return any("+" in recipient for recipient in incoming.entry.envelope.recipients)


def _sum(spent: Spent, name: str, after: int, last: int = _ANY) -> int:
    return sum(count for at, count in spent.get(name, ()) if after < at <= last)
