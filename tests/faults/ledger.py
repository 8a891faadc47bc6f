"""Clients that keep a ledger: what they sent, what they were told, and that they try again until they know.

In: how many mails over how many connections. Out: the mails that the desk has taken responsibility for, and how often
an outcome was unknown. A mail is sent again only when no 250 came, as every mail server does (RFC 5321 4.5.4). Each has
its own sender; some take over the Message-ID of another customer's mail, as anybody may.
"""

from __future__ import annotations

import random
import smtplib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.servers.serving import Desk, letter

TAKEN_OVER = 40
"""Every so many mails one bears the Message-ID of the next."""
LARGE = 200
"""Every so many mails one has 1.3 MB: too much to go through memory."""


@dataclass
class Ledger:
    """What the clients know, by the number of the mail. `shut` counts attempts that found no open door."""

    kept: set[int] = field(default_factory=set)
    unknown: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    given_up: list[int] = field(default_factory=list)
    shut: int = 0


def sender(number: int) -> str:
    """Whose mail this is: what a ticket is found by."""
    return f"c{number}@northwind.example"


def content(number: int) -> bytes:
    """A mail; its Message-ID may be another's. No bytes of it change on the way to the desk."""
    raw = letter(number, words="It stops half way.\r\n" * 65_000) if number % LARGE == 7 else letter(number)
    if number % TAKEN_OVER:
        return raw
    return raw.replace(f"<{number}@".encode(), f"<{number + 1}@".encode())


class Clients:
    """Mail servers of customers: each sends its share, with a pause after each mail."""

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
                    self.ledger.given_up.append(number)
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
                        self.ledger.shut += client is None
                        self.ledger.unknown[number] += client is not None
                if client is not None:
                    client.close()
                client = None
                time.sleep(0.05)
            time.sleep(self._pause * chance.uniform(0.5, 1.5))
        if client is not None:
            client.close()

    def _send(self, client: smtplib.SMTP, number: int) -> None:
        client.sendmail(sender(number), ["support@desk.example"], content(number))
        with self._lock:
            self.ledger.kept.add(number)
