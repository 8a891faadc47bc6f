"""The reader: a disposable process that turns raw mail into `ParsedMail`. It has no database, secrets or sockets.

In: batches of raw mails. Out: what each means. It names the mail in hand before it begins, so that its death charges
that mail and no other. A memory limit ends it before it can hurt the machine; its deadline is the daemon's business.
"""

from __future__ import annotations

import os
import resource
import socket
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from gateway.channel import Classes, Line
from parsing.message import (
    Answer,
    ArcSet,
    Attachment,
    Attendee,
    AuthMethod,
    AuthResults,
    Bounce,
    Candidate,
    FailedRecipient,
    Forwarded,
    Invitation,
    Kind,
    Mailbox,
    ParsedMail,
    Reading,
    RuleMatch,
    SpamMark,
    TopicMatch,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderOptions:
    """What a reader is told at its start: the desk's languages and topics, and the memory it may use in MB."""

    reading: Reading
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Raw:
    """A mail to read: journal number, bytes (None: they are in the file at `path`), reverse-path."""

    id: int
    content: bytes | None
    sender: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """The reader has started: whatever happens from now on is about the mails."""


@dataclass(frozen=True, slots=True)
class InHand:
    """The reader begins with this mail."""

    id: int


@dataclass(frozen=True, slots=True)
class Read:
    """What the mails of a batch mean, in their order."""

    mails: list[tuple[int, ParsedMail]]


YIELDS = 5
"""How far a reader steps back for the other processes: what a client waits for goes before what can be read later."""

WORDS: Classes = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        *(Ready, InHand, Read),
        *(ParsedMail, Kind, Mailbox, Attachment, Answer, Forwarded, Bounce, FailedRecipient, Invitation, Attendee),
        *(ArcSet, AuthResults, AuthMethod, SpamMark, TopicMatch, RuleMatch, Candidate),
        *(datetime, timezone, timedelta),
    )
}
"""All that a reader may say: it reads strangers' mail."""


def serve(sock: socket.socket) -> None:
    """Read batches until the daemon is gone."""
    from parsing.reading import read

    line = Line(sock)
    options: ReaderOptions = line.receive()
    os.nice(YIELDS)
    limit = options.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    line.send(Ready())
    while True:
        batch: list[Raw] = line.receive()
        mails = []
        for raw in batch:
            line.send(InHand(raw.id))
            started = time.perf_counter()
            content = Path(raw.path).read_bytes() if raw.content is None else raw.content
            mail = read(content, options.reading, raw.sender)
            mails.append((raw.id, replace(mail, seconds=time.perf_counter() - started)))
        line.send(Read(mails))


def unread(why: str) -> ParsedMail:
    """What we know of a mail that no reader survived: nothing but that."""
    return ParsedMail(kind=Kind.HUMAN, subject="Unreadable message", defects=(why,))
