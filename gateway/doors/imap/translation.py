"""What a server's no, its goodbye and a broken line mean: one sort of exception each.

In: what imapclient, imaplib, the network or a server say. Out: a `NoMailbox` where the connection is of no use any
more, a `Refused` where only the command failed. No text of a server gets further, but for codes that we know.
"""

from __future__ import annotations

import imaplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from imapclient.exceptions import ProtocolError

from gateway.doors.imap.fault import (
    Dropped,
    NoMailbox,
    Nonsense,
    ReadOnly,
    Refused,
    Throttled,
    code_of,
    explain,
    wants_peace,
)
from gateway.doors.imap.talk import Ended
from gateway.doors.imap.wire import Wire


@contextmanager
def translated(wire: Wire | None, *, writes: bool = False) -> Iterator[None]:
    """One kind of error for what goes wrong with a server."""
    try:
        yield
    except (NoMailbox, Refused, Ended):
        raise
    except ProtocolError as fault:
        raise Nonsense("the server's answer cannot be read") from fault
    except imaplib.IMAP4.readonly:
        raise ReadOnly("the folder may not be written to: give this login the right to, or collect another") from None
    except imaplib.IMAP4.abort as fault:
        goodbye = str(fault) + repr((wire.untagged_responses if wire else {}).get("BYE", ""))[:1000]
        if wants_peace(goodbye):
            raise Throttled(_busy(goodbye)) from None
        raise Dropped("the server has ended the connection") from None
    except imaplib.IMAP4.error as fault:
        if wants_peace(str(fault), writes=writes):
            raise Throttled(_busy(str(fault))) from None
        if wire is None:
            if "* BYE" in str(fault)[:100]:
                raise Throttled("the server turns us away") from None
            raise Nonsense("no IMAP server greets us") from None
        raise Refused(code_of(str(fault))) from None
    except OSError as fault:
        raise Dropped(explain(fault)) from None
    except Exception as fault:
        raise Nonsense("the server's answer makes no sense") from fault


def _busy(said: str) -> str:
    code = code_of(said)
    return "the server asks for fewer commands" + (f" ({code})" if code else "")


def check(typ: str, data: Sequence[Any], *, writes: bool = False) -> None:
    """Raise `Refused` or `Throttled` unless the server said OK."""
    if typ == "OK":
        return
    said = next((one.decode("ascii", "replace") for one in data if isinstance(one, bytes)), "")
    if wants_peace(said, writes=writes):
        raise Throttled(_busy(said))
    raise Refused(code_of(said))
