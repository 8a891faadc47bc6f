"""The last check before anything leaves towards somebody outside (promise 6): `guard` and `findings`.

In: words or a file, what the desk must not show, what the ticket adds. Out: what was found, in words. It is pure, and
the same where an agent's mail is decided, in `ticket do`, and in the sender over the mail as it is composed. It never
changes a word: whoever wrote them is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.rules.privacy.files import in_file
from gateway.rules.privacy.guard import NOTHING, OPEN, Background, Finding, Guard, Kind, background, guard
from gateway.rules.privacy.names import call_names, full_names, short_names
from gateway.rules.privacy.phones import numbers
from gateway.rules.privacy.words import findings, has_address
from store.records import Purpose

__all__ = [
    "LEAK",
    "NOTHING",
    "OPEN",
    "Background",
    "Finding",
    "Guard",
    "Kind",
    "background",
    "call_names",
    "findings",
    "full_names",
    "guard",
    "has_address",
    "in_file",
    "numbers",
    "of_call",
    "say",
    "short_names",
    "speaks",
]

LEAK = "LeakError"
"""How the sender begins what it says of a letter that this check has stopped."""
_OF_THE_DESK = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.QUESTION, Purpose.UNANSWERED})
"""Mails in which nobody of us speaks: what stands in them comes from templates, the configuration and the customer (a
subject of a colleague's is looked through when it is given). They are looked through for keys and addresses alone, so
that they stay cheap."""


_OF_CALLS = frozenset({Purpose.OFFER, Purpose.INVITE, Purpose.UNINVITE, Purpose.CALL, Purpose.CALL_REMINDER})
"""Mails of calls: a call is promised by a capability, and none of them names who takes it."""


def of_call(purpose: str) -> bool:
    """Whether nobody of us may be named in a mail like this."""
    return purpose in _OF_CALLS


def say(found: Sequence[Finding]) -> str:
    """`the address benedikt@desk.example (line 3), and the internal host db1.lan (line 4)`."""
    words = [one.words for one in found]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])}, and {words[-1]}" if words else ""


def speaks(purpose: str) -> bool:
    """Whether words of somebody of us may stand in a mail like this."""
    return purpose not in _OF_THE_DESK
