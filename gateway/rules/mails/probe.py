"""The test mail of an operator (`doctor --send`): the mail itself, how many an hour has, and what was said of one.

In: the desk, whom it goes to, the instant; the mail that tells of it. Out: a `SendMail` of no ticket, `Spend` and
`NoteReceipt` values. It goes to one address, and nobody's name and no secret address stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from store.records import NoteReceipt, Person, Purpose, Role, SendMail, Spend

MOST = 10
"""Test mails that may be asked for in an hour."""
HOUR = 3_600
LEDGER = "probe"
"""Where they are counted."""

RETURNED, REPLIED, BOUNCED = "returned", "replied", "bounced"
"""What may come of one."""

_SUBJECTS = {
    "en": "Test mail of {desk} ({time})",
    "de": "Testmail von {desk} ({time})",
    "fr": "Courriel d’essai de {desk} ({time})",
}


def probe(desk: Desk, to: str, mint: Callable[[], str], occasion: str, now: datetime) -> SendMail:
    """One test mail from the first address for customers, in the desk's first language. Without such an address the
    first one of the desk is taken."""
    language = desk.languages[0] if desk.languages else "en"
    addresses = list(desk.addresses.values())
    mailbox = next((one for one in addresses if one.kind == "support"), addresses[0]).canonical
    time = now.astimezone(ZoneInfo(desk.zone))
    return SendMail(
        ticket=None,
        purpose=Purpose.PROBE,
        round=occasion,
        to=Person(address=to),
        role=Role.SYSTEM,
        key="",
        message_id=mint(),
        subject=_SUBJECTS.get(language, _SUBJECTS["en"]).format(desk=desk.name, time=f"{time:%Y-%m-%d %H:%M:%S}"),
        language=language,
        mailbox=mailbox,
        facts={"desk": desk.name, "asked_at": now.isoformat()},
    )


def spend(now: datetime) -> Spend:
    """What one takes of its hour."""
    return Spend(name=LEDGER, at=int(now.timestamp()))


def since(now: datetime) -> int:
    """The second after which test mails count."""
    return int(now.timestamp()) - HOUR


def free_at(spent: Mapping[str, Sequence[tuple[int, int]]], now: datetime) -> datetime | None:
    """When the next one may be asked for, where this hour has had all of its own; None: now."""
    seconds = [at for at, count in spent.get(LEDGER, ()) for _ in range(min(count, MOST)) if at > since(now)]
    if len(seconds) < MOST:
        return None
    ago = int(now.timestamp()) - seconds[-MOST]
    return now + timedelta(seconds=HOUR - ago)


def receipt(incoming: Incoming, number: int, how: str) -> NoteReceipt:
    """This mail says what has come of the test mail with this number."""
    return NoteReceipt(number=number, how=how, by=incoming.entry.id)


def gave_up(incoming: Incoming, number: int, state: str) -> tuple[NoteReceipt, ...]:
    """What a report of delivery says of it: a delay is not the end."""
    return (receipt(incoming, number, BOUNCED),) if state == "failed" else ()
