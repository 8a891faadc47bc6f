"""The sender: a process that renders letters and hands them to the transport. It has no database.

In: letters to render, then the word to send what was stored. Out: the rendered bytes, later one result a mail. Bytes
are sent only after the daemon has stored them, so that every attempt sends the same ones (DESIGN section 4).
"""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass

from gateway.channel import Line
from gateway.letter import Letter
from gateway.transport import Outcome, Outgoing, Parcel, open_transport


@dataclass(frozen=True, slots=True)
class Render:
    """Letters that have no bytes yet, by outbox number."""

    letters: list[tuple[int, Letter]]


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
    from gateway.compose import compose

    line = Line(sock)
    outgoing: Outgoing = line.receive()
    transport = open_transport(outgoing)
    while True:
        message = line.receive()
        if isinstance(message, Deliver):
            for start in range(0, len(message.parcels), 20):
                line.send(Delivered(list(transport.send(message.parcels[start : start + 20]))))
            continue
        contents: list[tuple[int, bytes]] = []
        broken: list[tuple[int, str]] = []
        for number, letter in message.letters:
            try:
                contents.append((number, compose(letter)))
            except Exception as error:
                logging.getLogger(__name__).exception("outbox %s cannot be rendered", number)
                broken.append((number, type(error).__name__))
        line.send(Rendered(contents, broken))
