"""The courier: the daemon's side of sending. Outbox rows go in; results, rendered bytes and next attempts come out.

A mail passes three steps: rendered by the sender process, stored, then sent. It never lets a mail be sent whose bytes
are not stored, and never marks one sent before the remote has said so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway.channel import ChannelClosed
from gateway.config.settings import Config
from gateway.jobs.deliver import Deliver, Delivered, Enclosure, Render, Rendered
from gateway.letter import Letter
from gateway.rules import keys
from gateway.rules.desk import Desk
from gateway.transport import Outcome, Outgoing, Parcel
from gateway.worker import Worker
from parsing.message import Mailbox
from store import blobs, outbox
from store.records import OutboxState, Purpose, Role

WINDOW = 2048
"""Mails in the sender's hand at most."""
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60))
GIVE_UP = timedelta(days=5)

log = logging.getLogger(__name__)


class Courier:
    """What is in the hand of one sender process."""

    def __init__(
        self, desk: Desk, outgoing: Outgoing, now: Callable[[], datetime], jitter: Callable[[], float]
    ) -> None:
        self.worker = Worker("sender", outgoing)
        self._desk = desk
        self._now = now
        self._jitter = jitter
        self._rows: dict[int, Mapping[str, Any]] = {}
        self._rendered: dict[int, bytes] = {}
        self._results: list[tuple[int, Outcome]] = []

    @property
    def room(self) -> int:
        return max(0, WINDOW - len(self._rows))

    @property
    def held(self) -> list[int]:
        """The outbox numbers in our hand."""
        return list(self._rows)

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to store."""
        return bool(self._rendered or self._results)

    def take(self, rows: Iterable[Mapping[str, Any]], connection: Connection | None) -> None:
        """Outbox rows that are leased to us; `connection` reads the raw mails that their files are parts of."""
        letters: list[tuple[int, Letter, tuple[Enclosure, ...]]] = []
        parcels: list[Parcel] = []
        raws: dict[str, bytes] = {}
        taken = list(rows)
        for row in taken:
            content = row.get("rendered")
            if content:
                parcels.append(self._parcel(row, bytes(content)))
                continue
            enclosures = tuple(_enclosure(file) for file in row["letter"]["files"])
            for enclosure in enclosures:
                if enclosure.raw not in raws and connection is not None:
                    raws[enclosure.raw] = blobs.read(connection, enclosure.raw) or b""
            letters.append((row["id"], self._letter(row), enclosures))
        self._rows.update((row["id"], row) for row in taken)
        if letters:
            self.worker.channel.send(Render(letters, raws))
        if parcels:
            self.worker.channel.send(Deliver(parcels))

    def heard(self) -> None:
        """The sender has something to say. If it died, its mails go back to the queue."""
        try:
            messages = self.worker.channel.receive()
        except ChannelClosed:
            self._died(self.worker.kill())
            return
        for message in messages:
            if isinstance(message, Rendered):
                self._rendered.update(message.contents)
                for number, why in message.broken:
                    self._results.append((number, Outcome(554, f"5.6.0 could not be rendered: {why}")))
            elif isinstance(message, Delivered):
                self._results += message.results

    def turn(self, connection: Connection) -> None:
        """Store what was rendered and what became of attempts."""
        holders = {number: row["lease_owner"] for number, row in self._rows.items()}
        rendered = {number: content for number, content in self._rendered.items() if number in holders}
        outbox.keep_rendered(connection, holders, rendered)
        known = [(number, outcome) for number, outcome in self._results if number in self._rows]
        outbox.record(connection, [self._result(number, outcome) for number, outcome in known])

    def settled(self) -> int:
        """The turn is durable: what was stored may be sent, what was sent is out of our hand; how many results."""
        count = len(self._results)
        for number, _outcome in self._results:
            self._rows.pop(number, None)
        self._results = []
        parcels = [self._parcel(self._rows[n], content) for n, content in self._rendered.items() if n in self._rows]
        self._rendered = {}
        if parcels:
            self.worker.channel.send(Deliver(parcels))
        return count

    def _result(self, number: int, outcome: Outcome) -> dict[str, Any]:
        row = self._rows[number]
        now = self._now()
        state, due = OutboxState.SENT, now
        if outcome.permanent or (outcome.temporary and now - row["created_at"] > GIVE_UP):
            state = OutboxState.FAILED
        elif outcome.temporary:
            state = OutboxState.QUEUED
            wait = BACKOFF[min(row.get("attempts") or 0, len(BACKOFF) - 1)]
            due = now + wait * (0.8 + 0.4 * self._jitter())
        if state is not OutboxState.SENT:
            log.warning("outbox %s: %s, %s %s", number, state.value, outcome.code, outcome.text)
        return {
            "number": number,
            "owner": row["lease_owner"],
            "charge": 1,
            "new_state": state.value,
            "new_next": due,
            "new_code": outcome.code,
            "new_text": outcome.text[:500],
            "new_sent": now if state is OutboxState.SENT else None,
        }

    def _died(self, how: str) -> None:
        """Whether the mails in hand left is unknown: they are tried again, with the same bytes (at least once)."""
        log.warning("sender died with %s mails in hand: %s", len(self._rows), how)
        decided = {number for number, _ in self._results}
        text = "the sender died; the mail may have been delivered"
        self._results += [(number, Outcome(0, text)) for number in self._rows if number not in decided]
        self._rendered = {}
        self.worker.start()

    def _parcel(self, row: Mapping[str, Any], content: bytes) -> Parcel:
        return Parcel(row["id"], self._reverse_path(row), row["to_address"], content)

    def _reverse_path(self, row: Mapping[str, Any]) -> str:
        """Acknowledgements leave with the null sender, everything else with an own reverse-path (RFC 3834, VERP)."""
        if row["purpose"] == Purpose.ACKNOWLEDGEMENT.value:
            return ""
        return keys.return_path(self._desk.secret, row["letter"]["mailbox"], row["id"])

    def _letter(self, row: Mapping[str, Any]) -> Letter:
        letter = row["letter"]
        mailbox = letter["mailbox"]
        number = row["ticket_id"]
        is_keyed = bool(letter["audience"]) and number is not None
        reply_to = self._keyed(row, letter["audience"]) if is_keyed else mailbox
        references = tuple(letter["references"])
        facts = letter["facts"]
        if letter["role"] == Role.AGENT.value and number is not None:
            references = (self._root(number), *references)
            facts = {**facts, "note_address": self._keyed(row, "note")}
        return Letter(
            purpose=Purpose(row["purpose"]),
            language=letter["language"],
            to=Mailbox(name=letter["name"], address=row["to_address"]),
            from_=Mailbox(name=self._desk.name, address=reply_to),
            reply_to=reply_to,
            message_id=row["message_id"],
            date=row["created_at"],
            subject=row["subject"],
            in_reply_to=letter["in_reply_to"],
            references=references,
            automatic=row["automatic"],
            reference=self._desk.reference(number) if number is not None else "",
            zone=self._desk.zone,
            facts=facts,
        )

    def _keyed(self, row: Mapping[str, Any], audience: str) -> str:
        letter = row["letter"]
        secret = self._desk.secret
        key = keys.mint(secret, row["ticket_id"], row["to_address"], letter["role"], audience, letter["serial"])
        return keys.keyed(letter["mailbox"], key)

    def _root(self, number: int) -> str:
        """A made-up common ancestor, so that every client shows an agent's mails of a ticket as one conversation."""
        return f"<ticket-{number}@{self._desk.domain}>"


def _enclosure(file: Mapping[str, Any]) -> Enclosure:
    return Enclosure(raw=file["raw"], part=file["part"], filename=file["filename"], content_type=file["content_type"])


def outgoing(config: Config) -> Outgoing:
    """The way out, as the sender process is told it."""
    way = config.outgoing
    host = f"[{way.host}]" if ":" in way.host else way.host
    url = f"maildir:{way.maildir}" if way.scheme == "maildir" else f"{way.scheme}://{host}:{way.port}"
    return Outgoing(
        url=url,
        hostname=config.smtp.hostname,
        username=way.username,
        password_file=str(way.password_file or ""),
        password=way.password,
        starttls=way.starttls,
        connections=way.connections,
        timeout=way.timeout,
        ca_file=str(way.ca_file or ""),
    )
