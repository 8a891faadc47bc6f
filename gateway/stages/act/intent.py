"""Which call a customer's word is about, and whether it says something of that call as it stands.

In: a word, the mail that says it, the calls of its ticket. Out: a `Meant`. What the mail answers says which call is
meant: the token behind a button, the entry or the token in the mail of ours that it names. All mail of a ticket is
answered at one address, so that nothing else does. Where somebody has more than one call and nothing names one, a
person asks which: no call is ever booked, moved or cancelled by a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.rules import keys
from gateway.rules.calls.carried import carried
from gateway.rules.calls.words import WISH, Heard
from gateway.rules.calls.world import name
from gateway.rules.case import Guarded, answering, mentioned_ids
from gateway.rules.mails import calls as mails
from gateway.rules.vocabulary import BOOK, CALL, CANCEL, MOVE, NONE
from store.records import Call, CallState, Ticket
from store.snapshot import Snapshot
from store.written import text_of

_TOKEN = "book"  # noqa: S105 - how the audience of a token begins (`mails.calls.token`)
_LISTED = re.compile(r"^BOOK (\d{1,3})\b", re.MULTILINE)
"""How a mail of ours shows a slot."""
_KEYED = re.compile(rb"\+k([a-z2-7]{26})@")
"""How an address of ours carries a key."""
_OF_ONE = frozenset({BOOK, CANCEL, MOVE, NONE})
"""Words that are about one call that is there."""
_BEGUN = "the call has begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The call that a word is about, and whether it `counts`. Where it does not, it is words like any others; `unclear`
    is what their reader has to know then."""

    call: Call | None = None
    counts: bool = False
    unclear: str = ""


def meant(heard: Heard, guarded: Guarded, ticket: Ticket, snapshot: Snapshot) -> Meant:
    """What the word is about."""
    calls = list(snapshot.calls.get(ticket.ref, {}).values())
    named = _named(guarded, calls, snapshot) or _before(heard, guarded, ticket, snapshot)
    author = guarded.author.address
    found = named if heard.said in _OF_ONE or any(not one.is_over for one in named) else []
    if not named and heard.said in _OF_ONE and not heard.bare:
        open_ = _of_number(heard, (one for one in calls if not one.is_over and one.contact == author))
        if len(open_) > 1:
            which = " and ".join(name(one.key) for one in open_)
            return Meant(unclear=f"they have calls {which}, and nothing says which of them they mean")

    def rank(call: Call) -> tuple[bool, bool, bool, bool, int]:
        own = call.contact == author
        has = heard.said != BOOK or any(number == heard.number for number, _ in call.offered)
        return not call.is_over, own, has, call.state == CallState.OFFERED, call.number

    call = max(found or calls, key=rank, default=None)
    if call is not None and heard.said == CANCEL and call.contact == author and _has_begun(call, guarded):
        return Meant(call=call, unclear=_BEGUN)
    return Meant(call=call, counts=_counts(heard, call, guarded, snapshot))


def _of_number(heard: Heard, calls: Iterable[Call]) -> list[Call]:
    """Those of them that showed the number, where any did."""
    found = list(calls)
    return [one for one in found if heard.number and heard.number in dict(one.offered)] or found


def _named(guarded: Guarded, calls: Iterable[Call], snapshot: Snapshot) -> list[Call]:
    """The call of the token that it came to, else that of the mail of ours which it answers."""
    key = guarded.key
    if key is not None and key.audience.startswith(_TOKEN):
        return [one for one in calls if one.ticket == key.ticket and mails.token(one) == key.audience]
    ours = _answered(guarded, snapshot)
    entry = carried(ours) if ours else None
    tokens = {keys.fingerprint(one.decode()) for one in _KEYED.findall(ours.replace(b"=\r\n", b""))}
    text = text_of(ours)
    return [
        one
        for one in calls
        if (entry is not None and any(invite.uid == entry.uid for invite in one.invites))
        or (one.grant is not None and one.grant.hash in tokens)
        or (one.room and one.room in text)
    ]


def _before(heard: Heard, guarded: Guarded, ticket: Ticket, snapshot: Snapshot) -> list[Call]:
    """The offer of a ticket that is another one now ended with it: whoever would book by it learns that."""
    key, author = guarded.key, guarded.author.address
    if key is None or key.ticket == ticket.ref or heard.said != BOOK or heard.bare:
        return []
    calls = [one for one in snapshot.calls.get(key.ticket, {}).values() if one.contact == author and one.is_over]
    return _of_number(heard, _named(guarded, calls, snapshot) or calls)


def _answered(guarded: Guarded, snapshot: Snapshot) -> bytes:
    """The beginning of the mail of ours that this one names as what it answers; empty where it names none."""
    incoming = guarded.incoming
    named, ours = mentioned_ids(incoming.mail)[:1], snapshot.written.get(answering(incoming), ())[:1]
    return ours[0] if named and ours and snapshot.ours.issuperset(named) else b""


def _has_begun(call: Call, guarded: Guarded) -> bool:
    return call.is_promised and call.start is not None and guarded.incoming.now >= call.start


def _counts(heard: Heard, call: Call | None, guarded: Guarded, snapshot: Snapshot) -> bool:
    """Whether the word says something of that call as it stands; else it is words."""
    if heard.said in (CALL, WISH):
        return heard.said == CALL or (call is None or call.is_over)
    if call is None or (heard.alone is None and call.contact != guarded.author.address):
        return False
    if heard.said == BOOK:
        return bool(call.offered) and (not heard.bare or _answers_offer(heard, guarded, snapshot))
    if heard.said == CANCEL:
        return not call.is_over and (call.state != CallState.APPROVAL or call.requested_by == call.contact)
    if heard.said == NONE:
        return call.state == CallState.OFFERED or (call.is_promised and _answers_offer(heard, guarded, snapshot))
    return heard.said == MOVE and (call.is_promised or call.state == CallState.OFFERED)


def _answers_offer(heard: Heard, guarded: Guarded, snapshot: Snapshot) -> bool:
    """Whether it answers slots, and the number is one of them: it came to the address of an offer, or the mail of ours
    that it answers shows them."""
    key = guarded.key
    if key is not None and key.audience.startswith(_TOKEN):
        return True
    listed = {int(number) for number in _LISTED.findall(text_of(_answered(guarded, snapshot)))}
    return heard.number in listed if heard.number else bool(listed)
