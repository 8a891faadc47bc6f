"""A look at a mailbox that changes nothing: whether it can be collected, for the doctor.

In: the options of a mailbox. Out: what the server offers and has, or `NoMailbox` with a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.doors.imap.client import Client, connect
from gateway.doors.imap.fault import NoMailbox as NoMailbox
from gateway.doors.imap.fault import Refused
from gateway.doors.imap.folders import Folders
from gateway.doors.imap.login import log_in
from gateway.doors.imap.words import MailboxOptions


class Place(StrEnum):
    """How it is with a folder that mail is to be moved to. Rights are known only where the server tells them."""

    THERE = "there"
    LOCKED = "there, but nothing may be put into it"
    MISSING = "not there yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a login shows. `writable`: flags may be set and messages moved away, None where the server does not say."""

    encrypted: bool
    messages: int
    idles: bool
    moves: bool
    expunges: bool
    """Whether single messages can be removed (UIDPLUS): what MOVE is made of where there is none."""
    lists_short: bool
    """Whether long lists of messages come as runs (ESEARCH)."""
    writable: bool | None
    done_folder: Place
    refused_folder: Place


def sight(options: MailboxOptions) -> Sight:
    """Log in, look, log out. Raises `NoMailbox`."""
    client = connect(options, lambda: None)
    try:
        log_in(client, options, lambda: None)
        seen = _seen(client, options)
        client.log_out()
    except Refused as refusal:
        raise NoMailbox(f"the server refuses what we ask for{f' ({refusal})' if str(refusal) else ''}") from None
    else:
        return seen
    finally:
        client.close()


def _seen(client: Client, options: MailboxOptions) -> Sight:
    try:
        folder = client.select(options.folder, readonly=True)
    except Refused as refusal:
        code = f" ({refusal})" if str(refusal) else ""
        raise NoMailbox(
            f"the server does not open the folder {options.folder!r}{code}: name one that is there"
        ) from None
    rights = client.rights(options.folder)
    modern = b"IMAP4REV2" in client.offers
    return Sight(
        encrypted=client.wire.is_encrypted,
        messages=folder.exists,
        idles=client.idles,
        moves=modern or b"MOVE" in client.offers,
        expunges=modern or b"UIDPLUS" in client.offers,
        lists_short=modern or b"ESEARCH" in client.offers,
        writable=None if rights is None else _may_change(rights),
        done_folder=_place(client, options.done_folder),
        refused_folder=_place(client, options.refused_folder),
    )


def _may_change(rights: str) -> bool:
    """RFC 4314 section 4: w sets flags, t or d marks messages as deleted, e or d removes them."""
    return "w" in rights and ("d" in rights or {"t", "e"} <= set(rights))


def _place(client: Client, name: str) -> Place:
    found = Folders(client).found(name)
    if not found:
        return Place.MISSING
    rights = client.rights(found)
    return Place.LOCKED if rights is not None and "i" not in rights else Place.THERE
