"""How a transcript names the mails that a verb about a call has sent.

In: a mail. Out: a few words for one of us; nothing where it is about no call. Pure.
"""

from __future__ import annotations

from gateway.rules.mails.calls import APPROVAL, SHORTAGE
from store.records import Purpose, SendMail

_WHAT = {
    Purpose.OFFER: "an offer of slots",
    Purpose.INVITE: "the calendar entry",
    Purpose.UNINVITE: "that the call is off",
    Purpose.CALL: "a word about the call",
    Purpose.BRIEF: "the brief of the call",
    Purpose.STAND_DOWN: "that the call is theirs no more",
    Purpose.CALL_NOTICE: "what became of the call",
}
_ASKS = {APPROVAL: "the question whether there may be a call", SHORTAGE: "that slots are short"}


def what(mail: SendMail) -> str:
    """What goes to them."""
    asks = _ASKS.get(str(mail.facts.get("variant"))) if mail.purpose is Purpose.CALL_NOTICE else None
    return asks or _WHAT.get(mail.purpose, "")
