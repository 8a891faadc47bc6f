"""The sender: a process that renders letters and hands them to the transport. It has no database.

In: letters to render, then the word to send what was stored. Out: the rendered bytes, later one result a mail. Bytes
are sent only after the daemon has stored them, so that every attempt sends the same ones (DESIGN section 4).
"""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass, replace

from gateway.channel import Line
from gateway.letter import Letter, LetterFile
from gateway.transport import Outcome, Outgoing, Parcel, open_transport
from parsing.attachment import cut

AT_ONCE = 20
"""Parcels whose results are reported together."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a letter: part `part` of the raw mail `raw` (its sha256), under the name that it shall have."""

    raw: str
    part: int
    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Render:
    """Letters that have no bytes yet, by outbox number, with their files by reference, and the raw mails of those."""

    letters: list[tuple[int, Letter, tuple[Enclosure, ...]]]
    raws: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Their bytes; `broken` are those that could not be rendered, with the kind of error."""

    contents: list[tuple[int, bytes]]
    broken: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Deliver:
    """Stored mails to hand over now."""

    parcels: list[Parcel]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of them."""

    results: list[tuple[int, Outcome]]


def serve(sock: socket.socket) -> None:
    """Render and send until the daemon is gone."""
    line = Line(sock)
    outgoing: Outgoing = line.receive()
    transport = open_transport(outgoing)
    while True:
        message = line.receive()
        if isinstance(message, Deliver):
            for start in range(0, len(message.parcels), AT_ONCE):
                line.send(Delivered(list(transport.send(message.parcels[start : start + AT_ONCE]))))
        else:
            line.send(render(message))


def render(message: Render) -> Rendered:
    """The bytes of each letter; one that cannot be rendered costs only itself."""
    from gateway.compose import compose  # the daemon imports this module for its messages and needs no templates

    contents: list[tuple[int, bytes]] = []
    broken: list[tuple[int, str]] = []
    for number, letter, enclosures in message.letters:
        try:
            files = tuple(_file(enclosure, message.raws) for enclosure in enclosures)
            contents.append((number, compose(replace(letter, files=files) if files else letter)))
        except Exception as error:
            logging.getLogger(__name__).exception("outbox %s cannot be rendered", number)
            broken.append((number, type(error).__name__))
    return Rendered(contents, broken)


def _file(enclosure: Enclosure, raws: dict[str, bytes]) -> LetterFile:
    """Cut from the raw mail here: a hostile mail's parts are not for the daemon to walk through."""
    content = cut(raws[enclosure.raw], enclosure.part)
    return LetterFile(filename=enclosure.filename, content_type=enclosure.content_type, content=content)
