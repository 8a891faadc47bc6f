"""The sender: a process that renders letters and hands them to the transport. It has no database.

In: letters to render, then the word to send what was stored. Out: what it has in hand before it starts it (`Begun`),
the rendered bytes, signed where the desk signs, later one result a mail, and a sign of life from the loop that renders.
Bytes are sent only after the daemon has stored them, so that every attempt sends the same ones (DESIGN section 4).
Rendering never waits for a server: the lanes do that.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from gateway.channel import Line
from gateway.letter import Letter, LetterFile
from gateway.rules.privacy import LEAK, OPEN, Guard
from gateway.signing import NoKey, Signer
from gateway.transport import Outgoing, Parcel, open_transport
from gateway.transport.gate import Gate
from gateway.transport.lanes import Begun, Delivered, Lanes
from parsing.attachment import cut

__all__ = ["Alive", "Begun", "Deliver", "Delivered", "Enclosure", "Held", "Render", "Rendered", "render", "serve"]

TOGETHER = 20
"""Letters that are rendered, and answered for, together; one with files is alone."""
SIGN_SECONDS = 2.0
BREATH = 0.02
"""Seconds that rendering waits for lanes that are about to be through."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a letter: part `part` of the raw mail `raw` (its sha256), under the name that it shall have."""

    raw: str
    part: int
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Render:
    """Letters that have no bytes yet, by outbox number, with their files by reference, the raw mails of those, and what
    nobody outside may learn of us."""

    letters: list[tuple[int, Letter, tuple[Enclosure, ...]]]
    raws: dict[str, bytes]
    guard: Guard = OPEN


@dataclass(frozen=True, slots=True)
class Rendered:
    """Their bytes; `broken` are those that could not be rendered, with the kind of error, and `unsigned` those that
    wait for a key, with the sentence about it: nothing leaves unsigned that shall be signed."""

    contents: list[tuple[int, bytes]]
    broken: list[tuple[int, str]]
    unsigned: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Deliver:
    """Stored mails to hand over now."""

    parcels: list[Parcel]


@dataclass(frozen=True, slots=True)
class Alive:
    """The loop that renders is not stuck."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was handed over before may be begun until then; what is `gone` is somebody else's by now."""

    until: float
    gone: frozenset[int]


Said = Alive | Begun | Rendered | Delivered


def serve(sock: socket.socket) -> None:
    """Render and send until the daemon is gone."""
    line = Line(sock)
    outgoing: Outgoing = line.receive()
    desk = _Desk(line)
    count = 1 if outgoing.url.startswith("maildir:") else outgoing.connections
    open_transport(outgoing).close()  # a way out that makes no sense ends us here and not a lane
    signer = Signer(outgoing.dkim_selector, outgoing.dkim_domain, outgoing.dkim_key_file)
    lanes = Lanes(partial(open_transport, outgoing, Gate()), count, desk.say, time.monotonic)
    while True:
        desk.sign()
        seconds = lanes.look_after()
        if not line.pending() and not select.select([sock], [], [], min(seconds, SIGN_SECONDS))[0]:
            continue
        message = line.receive()
        if isinstance(message, Deliver):
            lanes.put(message.parcels)
            continue
        if isinstance(message, Held):
            lanes.hold(message.until, message.gone)
            continue
        for group in _groups(message):
            lanes.let_finish(BREATH)
            desk.say(Begun(0, [number for number, _, _ in group.letters]))
            desk.say(render(group, signer if outgoing.dkim_selector else None))
            lanes.look_after()


class _Desk:
    """The daemon as all our threads speak to it, one at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._signed = time.monotonic()

    def say(self, message: Said) -> None:
        with self._lock:
            self._line.send(message)

    def sign(self) -> None:
        """A sign of life when it is time for one."""
        now = time.monotonic()
        if now - self._signed >= SIGN_SECONDS:
            self._signed = now
            self.say(Alive())


def _groups(message: Render) -> Iterator[Render]:
    """What is begun together. Files come from outside: a letter that has some costs only itself if they kill us."""
    plain: list[tuple[int, Letter, tuple[Enclosure, ...]]] = []
    for item in message.letters:
        if item[2]:
            yield Render([item], message.raws, message.guard)
        else:
            plain.append(item)
    for start in range(0, len(plain), TOGETHER):
        yield Render(plain[start : start + TOGETHER], {}, message.guard)


def render(message: Render, signer: Signer | None = None) -> Rendered:
    """The bytes of each letter; one that cannot be rendered costs only itself. A signature is the last thing that is
    done to a mail: no check and no template sees it."""
    from gateway.compose import (
        LeakError,
        compose,
    )  # the daemon imports this module for its messages and needs no templates

    contents: list[tuple[int, bytes]] = []
    broken: list[tuple[int, str]] = []
    unsigned: list[tuple[int, str]] = []
    for number, letter, enclosures in message.letters:
        try:
            if signer is not None:
                signer.key()  # before the work: without it there is none to do
            files = tuple(_file(enclosure, message.raws) for enclosure in enclosures)
            mail = compose(replace(letter, files=files) if files else letter, message.guard)
            contents.append((number, signer.sign(mail, letter.date) if signer is not None else mail))
        except NoKey as error:
            unsigned.append((number, f"it waits, because it cannot be signed: {error}"))
        except LeakError as error:
            logging.getLogger(__name__).warning("outbox %s must not leave: something was found in it", number)
            broken.append((number, f"{LEAK}: {error}"))
        except Exception as error:
            logging.getLogger(__name__).exception("outbox %s cannot be rendered", number)
            broken.append((number, type(error).__name__))
    return Rendered(contents, broken, unsigned)


def _file(enclosure: Enclosure, raws: dict[str, bytes]) -> LetterFile:
    """Cut from the raw mail here: a hostile mail's parts are not for the daemon to walk through."""
    content = cut(raws[enclosure.raw], enclosure.part)
    return LetterFile(filename=enclosure.filename, content_type=enclosure.content_type, content=content)
