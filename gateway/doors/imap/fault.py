"""Why a mailbox cannot be collected now, as exceptions whose text is a sentence for the operator.

They hold nothing of what a server said but response codes that we know: a server may echo a password or a mail.
"""

from __future__ import annotations

import ssl
from typing import ClassVar

_BRIEF = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
_LONG = (30.0, 60.0, 120.0, 300.0, 900.0)
_LOGIN = (60.0, 300.0, 900.0, 1800.0)


class NoMailbox(Exception):
    """The mailbox cannot be collected. The text is a sentence for the operator; `delays` are the seconds to wait after
    the first failure in a row, the second, and so on."""

    delays: ClassVar[tuple[float, ...]] = _LONG


class Dropped(NoMailbox):
    """The server is not there, or is not there any more."""

    delays = _BRIEF


class Throttled(NoMailbox):
    """The server wants to be left alone for a while."""


class Nonsense(NoMailbox):
    """The server does not speak IMAP, or speaks without end."""


class NoDisk(NoMailbox):
    """A large message finds no place on our own disk."""


class NoLogin(NoMailbox):
    """The server refuses the login. Trying often locks accounts."""

    delays = _LOGIN


class ReadOnly(NoMailbox):
    """The folder can be read, and nothing in it can be changed."""


class Refused(Exception):
    """The server said no to one command: the connection goes on. The text is its response code, if it is known."""


CODES = frozenset({
    "ALERT", "ALREADYEXISTS", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "CANNOT", "CLIENTBUG", "CONTACTADMIN",
    "CORRUPTION", "EXPIRED", "EXPUNGEISSUED", "INUSE", "LIMIT", "NONEXISTENT", "NOPERM", "OVERQUOTA",
    "PRIVACYREQUIRED", "SERVERBUG", "THROTTLED", "TRYCREATE", "UNAVAILABLE",
})  # fmt: skip
"""Response codes that may stand in a sentence (RFC 9051 section 7.1, RFC 5530, RFC 9208, Gmail)."""
_LEAVE_ALONE = frozenset({"THROTTLED", "UNAVAILABLE", "INUSE"})
_FULL = frozenset({"LIMIT", "OVERQUOTA"})
"""Where something is read, a quota of commands; where something is put down, a folder that takes no more."""
_LEAVE_ALONE_WORDS = (
    "exceeded command or bandwidth limits", "throttled", "too many simultaneous connections", "backoff time",
)  # fmt: skip
_LOOKED_AT = 1000


def code_of(said: str) -> str:
    """The response code in what a server said, empty when it is none of those we know."""
    head = said[:_LOOKED_AT]
    start = head.find("[")
    words = head[start + 1 :].partition("]")[0].upper().split(None, 1) if start >= 0 else []
    return words[0] if words and words[0] in CODES else ""


def wants_peace(said: str, *, writes: bool = False) -> bool:
    """Whether the server asks for fewer commands (`NO [THROTTLED]`, and how Microsoft and Google say it). `writes`: it
    answers a command that puts something down, which a full folder refuses with the same codes."""
    head, codes = said[:_LOOKED_AT].lower(), _LEAVE_ALONE if writes else _LEAVE_ALONE | _FULL
    return code_of(said) in codes or any(words in head for words in _LEAVE_ALONE_WORDS)


def explain(fault: OSError) -> str:
    """A fault of the network in a few words."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted ({fault.verify_message}): nothing was sent"
    if isinstance(fault, ssl.SSLError):
        return f"encryption with the server failed ({fault.reason or 'broken handshake'})"
    if isinstance(fault, TimeoutError):
        return "the server does not answer in time"
    return f"the server cannot be reached: {fault.strerror or type(fault).__name__}"
