"""Secret reply addresses: who may write what, proven by the address that the mail was sent to.

In: the desk's secret and what a key stands for. Out: 26 letters of lower-case base32 (128 bits of HMAC-SHA256), and
the fingerprint that is stored. The key itself is never stored: it can be derived again, so the same address can be
written again (DESIGN section 4). Knowing a Message-ID or a ticket's number gives no authority; knowing a key gives C.

A key lives for `Desk.key_life` after it was last written into a mail of ours or used by its person. One that is
expired, revoked or unknown counts as none and looks the same from outside: nothing is refused, nothing is answered, the
mail takes the way that it would take without it. Only the trace says which it was.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from parsing.address import normalise, split_detail
from store.records import Person, ReplyKey, Role

KEY_MARK = "k"
RETURN_MARK = "v"
CONFIRM = "confirm"
"""The audience of an address at which somebody says that a mail is theirs."""
COMMANDS = "commands"
"""The audience of a personal command address, which is of no ticket."""


def mint(secret: bytes, ticket: int, person: str, role: str, audience: str, serial: int) -> str:
    """The key for this ticket, person (normalised address), role, audience and serial."""
    claim = f"reply\0{ticket}\0{person}\0{role}\0{audience}\0{serial}"
    return _letters(secret, claim)


def mint_commands(secret: bytes, person: str, serial: int) -> str:
    """The key of this colleague's personal command address. Nothing of it is stored but how long it is good
    (`Person.commands_until`): it is told by being derived again, and ends with the serial."""
    return _letters(secret, f"commands\0{person}\0{serial}")


def commanding(prints: Iterable[str], secret: bytes, people: Iterable[Person], now: datetime) -> tuple[str, str]:
    """Whose personal command address is among those of these fingerprints, or why there is none that counts. `people`
    are those of the staff who are known."""
    wanted, why = set(prints), ""
    for person in people if wanted else ():
        if fingerprint(mint_commands(secret, person.address, person.serial)) not in wanted:
            before = range(max(1, person.serial - _REMEMBERED), person.serial)
            if any(fingerprint(mint_commands(secret, person.address, serial)) in wanted for serial in before):
                why = f"it was {person.address}'s and is revoked"
            continue
        if person.commands_until is not None and person.commands_until > now:
            return person.address, ""
        why = f"it was {person.address}'s and lapsed"
    return "", why


_REMEMBERED = 5
"""Earlier serials of a personal command address that the trace still knows whose they were."""


def mint_confirmation(secret: bytes, journal_id: int, person: str) -> str:
    """The key of the address at which this person says whether that mail is theirs."""
    return _letters(secret, f"confirm\0{journal_id}\0{person}")


def mint_uid(secret: bytes, domain: str, ticket: int, number: int, kind: str, ordinal: int) -> str:
    """The UID of one person's entry of a call: nobody can guess it, and making it again gives the same (RFC 7986
    section 5.3)."""
    return f"{_letters(secret, f'uid{NUL}{ticket}{NUL}{number}{NUL}{kind}{NUL}{ordinal}')}@{domain}"


def mint_room(secret: bytes, ticket: int, number: int) -> str:
    """The name of the place where a call is held."""
    return _letters(secret, f"room{NUL}{ticket}{NUL}{number}")


NUL = "\0"


def fingerprint(key: str) -> str:
    """What the store keeps of a key: sha256 in hex."""
    return sha256(key.lower().encode("utf-8", "surrogateescape")).hexdigest()


def fingerprints(recipients: Iterable[str]) -> list[str]:
    """The fingerprints of all that looks like a reply key in these addresses."""
    return list(_fingerprints(tuple(recipients)))


@lru_cache(256)
def _fingerprints(recipients: tuple[str, ...]) -> tuple[str, ...]:
    """Each stage asks for those of its mail."""
    details = (split_detail(normalise(recipient))[1] for recipient in recipients)
    return tuple(fingerprint(key) for detail in details if (key := key_in(detail)))


def presented(prints: Iterable[str], known: Mapping[str, ReplyKey], now: datetime) -> tuple[ReplyKey | None, str]:
    """The key that counts among those of these fingerprints; where none does, why not, for the trace alone.

    Of several the one that stays inside: a mail to both of a colleague's addresses must not reach the customer because
    of the order of its recipients.
    """
    why, found = "", None
    for print_ in prints:
        key = known.get(print_)
        if key is None:
            why = why or "the desk never gave it to anybody"
        elif key.revoked:
            why = why or f"it was {key.person}'s and is revoked"
        elif key.expires_at is not None and key.expires_at <= now:
            why = why or f"it was {key.person}'s and lapsed on {key.expires_at:%Y-%m-%d}"
        elif found is None or key.audience == "note":
            found = key
    return (found, "") if found is not None else (None, why)


def is_worn(expires_at: datetime | None, now: datetime, life: timedelta) -> bool:
    """Whether a key that is used or written again gets a new life: not before a tenth of the old one has gone, for
    every prolonging is a row that is written. One without an end (from before keys had one) gets its first."""
    return expires_at is None or expires_at < fresh_until(now, life)


def fresh_until(now: datetime, life: timedelta) -> datetime:
    """A key that ends later than that has lost less than a tenth of its life."""
    return now + life * 9 / 10


def in_other_hands(key: ReplyKey, author: str, reference: str) -> str:
    """What the team must know of a mail that came by somebody else's key; empty when it is the author's own."""
    if key.person == author:
        return ""
    return (
        f"It came by the secret reply address of {key.person}, from another sender. "
        f"`replydesk agent keys {key.person} --ticket {reference} --revoke` ends that address"
    )


def is_staffs(key: ReplyKey | None, author: str) -> bool:
    """Whether it is a member of staff's and somebody else came with it."""
    return key is not None and key.role is Role.AGENT and key.person != author


def keyed(mailbox: str, key: str) -> str:
    """`support@desk.example` with its key: `support+k…@desk.example`."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{KEY_MARK}{key}@{domain}"


def key_in(detail: str) -> str:
    """The key in an address's detail (the part after `+`), or empty."""
    return detail[1:] if len(detail) == 27 and detail.startswith(KEY_MARK) and detail.isalnum() else ""


def return_path(secret: bytes, mailbox: str, outbox_id: int) -> str:
    """The reverse-path of one mail of ours (VERP), so that a bounce names the mail that it is about."""
    local, _, domain = mailbox.rpartition("@")
    return f"{local}+{RETURN_MARK}{outbox_id}-{_proof(secret, _RETURN, outbox_id)}@{domain}"


def returned(secret: bytes, detail: str) -> int | None:
    """The outbox number that a bounce's recipient names, or None when it is not one of ours."""
    return _proven(secret, _RETURN, detail[1:]) if detail.startswith(RETURN_MARK) else None


def envelope_id(secret: bytes, outbox_id: int) -> str:
    """The ENVID of one mail of ours (RFC 3461 section 4.4): it stands in the envelope and in no header, so that only
    mail servers on the way see it, and a report that names it is one of theirs, wherever it comes to."""
    return f"{outbox_id}-{_proof(secret, _ENVELOPE, outbox_id)}"


def enveloped(secret: bytes, name: str) -> int | None:
    """The outbox number that the Original-Envelope-Id of a report names, or None when we never gave it."""
    return _proven(secret, _ENVELOPE, name)


def returns(secret: bytes, recipients: Iterable[str]) -> list[int]:
    """The outbox numbers of the mails of ours whose reverse-paths these addresses are."""
    details = (split_detail(normalise(recipient))[1] for recipient in recipients)
    return [number for detail in details if (number := returned(secret, detail)) is not None]


_RETURN, _ENVELOPE = "return-path", "envelope"
"""What each proof is of: whoever has seen one of them, such as the reader of a Return-Path, does not have the other."""


def _proven(secret: bytes, claim: str, text: str) -> int | None:
    """The outbox number in `NUMBER-PROOF`, where the proof is genuine."""
    number, _, proof = text.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    genuine = _proof(secret, claim, int(number))
    return int(number) if hmac.compare_digest(genuine.encode(), proof.encode("utf-8", "replace")) else None


def _proof(secret: bytes, claim: str, outbox_id: int) -> str:
    return _letters(secret, f"{claim}\0{outbox_id}")[:16]


def _letters(secret: bytes, claim: str) -> str:
    """26 letters of base32 (RFC 4648 section 6, lower case, no padding) of the first 128 bits of the HMAC."""
    digest = hmac.digest(secret, claim.encode("utf-8", "surrogateescape"), "sha256")
    number = int.from_bytes(digest[:16], "big") << 2
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
