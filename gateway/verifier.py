"""The verifier: a disposable process that looks at SPF, DKIM, DMARC and ARC. It has the DNS, no store and no secrets.

In: mails with their envelope, a few at a time. Out: what each look found. The DNS is slow and strangers decide how
slow: every look has an end, and several are under way at once, so that one dead domain holds up no other. A memory
limit ends it before it can hurt the machine; its deadline is the daemon's business.
"""

from __future__ import annotations

import logging
import os
import queue
import resource
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.channel import Classes, Line
from gateway.reader import YIELDS, Ready
from parsing.message import AuthMethod, AuthResults

if TYPE_CHECKING:
    from dns.resolver import Resolver

    from gateway.evidence.dmarc import Suffixes
    from gateway.evidence.questions import Names

LANES = 16
"""Looks that are under way at once."""
LOOK_SECONDS = 8.0
"""For all questions of one mail together."""
LARGE = 1 << 20
"""Bytes of a mail above which only one is looked at at a time."""
STACK = 1 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierOptions:
    """What a verifier is told at its start: name servers as (address, port), none for those of the system; whose ARC
    seals are worth looking at; the memory that it may use in MB."""

    nameservers: tuple[tuple[str, int], ...]
    sealers: frozenset[str]
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Question:
    """A mail to look at: journal number, bytes (None: they are in the file at `path`), envelope, the one author."""

    id: int
    content: bytes | None
    path: str
    client: str
    hello: str
    sender: str
    author: str
    received_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the look at one mail found."""

    id: int
    results: AuthResults


WORDS: Classes = {(kind.__module__, kind.__qualname__): kind for kind in (Ready, Found, AuthResults, AuthMethod)}
"""All that a verifier may say: it reads strangers' mail and asks strangers' name servers."""


def serve(sock: socket.socket) -> None:
    """Look at mails until the daemon is gone."""
    from gateway.evidence import look  # noqa: F401 - loaded once, before there are threads and limits
    from gateway.evidence.dmarc import Suffixes
    from gateway.evidence.questions import Names, through

    line = Line(sock)
    options: VerifierOptions = line.receive()
    os.nice(YIELDS)
    looks = _Looks(line, Names(through(resolver(options.nameservers))), Suffixes(), options.sealers)
    limit = options.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # not RLIMIT_AS: each thread reserves 64 MB of nothing
    threading.stack_size(STACK)
    for number in range(LANES):
        threading.Thread(target=looks.work, daemon=True, name=f"look-{number}").start()
    line.send(Ready())
    while True:
        for question in line.receive():
            looks.waiting.put(question)


def resolver(nameservers: tuple[tuple[str, int], ...]) -> Resolver:
    """The resolver of these name servers, or of the system."""
    import dns.nameserver
    import dns.resolver

    if not nameservers:
        return dns.resolver.Resolver()
    found = dns.resolver.Resolver(configure=False)
    found.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in nameservers]
    return found


class _Looks:
    """The lanes: each takes a mail, looks at it and says what it found."""

    def __init__(self, line: Line, names: Names, suffixes: Suffixes, sealers: frozenset[str]) -> None:
        self.waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
        self._line = line
        self._names = names
        self._suffixes = suffixes
        self._sealers = sealers
        self._speaking = threading.Lock()
        self._large = threading.Lock()

    def work(self) -> None:
        while True:
            question = self.waiting.get()
            found = Found(question.id, self._look(question))
            try:
                with self._speaking:
                    self._line.send(found)
            except OSError:
                return  # the daemon is gone

    def _look(self, question: Question) -> AuthResults:
        """A fault of ours is unknown, like one of the DNS: it must cost no mail more than its evidence."""
        from gateway.evidence.look import unknown

        try:
            if question.content is not None and len(question.content) <= LARGE:
                return self._looked(question, question.content)
            with self._large:
                content = Path(question.path).read_bytes() if question.content is None else question.content
                return self._looked(question, content)
        except Exception as error:  # noqa: BLE001 - whatever a mail brings about
            return unknown("temperror", f"the look failed: {type(error).__name__}")

    def _looked(self, question: Question, content: bytes) -> AuthResults:
        from gateway.evidence.look import Letter, look

        letter = Letter(
            content=content,
            client=question.client,
            hello=question.hello,
            sender=question.sender,
            author=question.author,
            received_at=question.received_at,
        )
        return look(letter, self._names.within(LOOK_SECONDS), self._suffixes, self._sealers)
