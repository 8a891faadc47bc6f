"""The trail of a mail through the log: one line a station, found by its journal number: `journalctl | grep 'mail=42 '`.

In: what a turn has made durable. Out: lines such as `mail=42 accepted door=smtp size=2310 client=192.0.2.7`, all of a
turn in one write. They are made of numbers and words of ours alone, so they pass no redaction: no address of a person,
no subject, no text, no key; what a door says of its client stands there only where it is the address of a host.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from gateway.observe import Lines
from gateway.rules.desk import Desk
from gateway.transport import Outcome
from store.records import Decision, Entry, TicketRef

log = logging.getLogger(__name__)

_HOST = re.compile(r"[0-9a-f.:]{2,45}")
_WORD = re.compile(r"[a-z0-9-]{1,32}")


def accepted(entries: Iterable[Entry]) -> None:
    """The journal keeps them."""
    _say(
        f"mail={entry.id} accepted door={_word(entry.envelope.door)} size={entry.size}{_client(entry.envelope.client)}"
        for entry in entries
    )


def decided(decisions: Iterable[Decision], numbers: Mapping[TicketRef, int], desk: Desk, now: datetime) -> None:
    """Their verdicts are durable; `numbers` are those of the tickets that they opened."""
    _say(_decided(decision, numbers, desk, now) for decision in decisions if decision.entry is not None)


def _decided(decision: Decision, numbers: Mapping[TicketRef, int], desk: Desk, now: datetime) -> str:
    entry, ref = decision.entry, decision.ticket
    assert entry is not None
    number = ref if isinstance(ref, int) else numbers.get(ref) if ref is not None else None
    ticket = desk.reference(number) if number is not None else "-"
    milliseconds = (now - entry.envelope.received_at).total_seconds() * 1000
    trust = decision.trust.value if decision.trust else "-"
    return (
        f"mail={entry.id} decided verdict={decision.verdict.value} ticket={ticket} trust={trust} ms={milliseconds:.0f}"
    )


def sent(tried: Iterable[tuple[Mapping[str, Any], Outcome]], desk: Desk) -> None:
    """These rows of the outbox have left."""
    _say(f"{of_outbox(row, desk)} sent code={outcome.code}" for row, outcome in tried)


def of_outbox(row: Mapping[str, Any], desk: Desk) -> str:
    """With what a line of an outgoing mail begins: `outbox=7 mail=42 ticket=DESK-1003 purpose=notice attempt=1`.

    `mail` is the one that it follows from, `attempt` the one that is spoken of."""
    mail, ticket = row.get("journal_id") or "-", row.get("ticket_id")
    return (
        f"outbox={row['id']} mail={mail} ticket={desk.reference(ticket) if ticket else '-'} "
        f"purpose={row['purpose']} attempt={(row.get('attempts') or 0) + 1}"
    )


def numbered(key: str, numbers: Collection[int]) -> str:
    """`outbox=3 outbox=7`: each of several, to be found one by one."""
    return " ".join(f"{key}={number}" for number in sorted(numbers))


def _say(lines: Iterable[str]) -> None:
    if log.isEnabledFor(logging.INFO) and (said := Lines(lines)):
        log.info(said)


def _client(text: str) -> str:
    return f" client={text}" if _HOST.fullmatch(text) else ""


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else "-"
