"""Clients that keep a ledger: what they sent, what they were told, and that they try again until they know.

In: how many mails over how many connections. Out: the Message-IDs that the desk has taken responsibility for, and how
often an outcome was unknown. A mail is sent again only when no 250 came, as every mail server does (RFC 5321 4.5.4).
"""

from __future__ import annotations

import random
import smtplib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.servers.serving import Desk, letter


@dataclass
class Ledger:
    """What the clients know."""

    kept: set[str] = field(default_factory=set)
    sent: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    given_up: list[str] = field(default_factory=list)


class Clients:
    """Mail servers of customers: each sends its share, slowly enough to outlive the storm."""

    def __init__(self, desk: Desk, mails: int, connections: int, pause: float, seconds: float, first: int = 0) -> None:
        self.ledger = Ledger()
        self._desk = desk
        self._pause = pause
        self._deadline = time.monotonic() + seconds
        self._lock = threading.Lock()
        shares = [range(first + n, first + mails, connections) for n in range(connections)]
        self._threads = [threading.Thread(target=self._work, args=[share]) for share in shares]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def join(self) -> Ledger:
        for thread in self._threads:
            thread.join()
        return self.ledger

    def _work(self, share: range) -> None:
        chance = random.Random(share.start)
        client: smtplib.SMTP | None = None
        for number in share:
            while True:
                if time.monotonic() > self._deadline:
                    self.ledger.given_up.append(f"<{number}@northwind.example>")
                    break
                try:
                    if client is None:
                        client = self._desk.smtp(timeout=70)
                    self._send(client, number)
                    break
                except smtplib.SMTPResponseException as error:
                    with self._lock:
                        self.ledger.refused[error.smtp_code] += 1
                except (OSError, smtplib.SMTPException):
                    with self._lock:
                        self.ledger.unknown += 1
                if client is not None:
                    client.close()
                client = None
                time.sleep(0.05)
            time.sleep(self._pause * chance.uniform(0.5, 1.5))
        if client is not None:
            client.close()

    def _send(self, client: smtplib.SMTP, number: int) -> None:
        message_id = f"<{number}@northwind.example>"
        with self._lock:
            self.ledger.sent[message_id] += 1
        client.sendmail(f"c{number}@northwind.example", ["support@desk.example"], letter(number))
        with self._lock:
            self.ledger.kept.add(message_id)
