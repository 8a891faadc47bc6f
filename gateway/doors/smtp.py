"""The process of the mail doors: it lets clients in, looks after their patience, and ends when the daemon wants it to.

In: listening sockets that the daemon opened, and the line to it. Out: sessions. It has no store and no secret but the
certificate's key. There are never more connections than the limits and the system's open files allow: who is too
many hears 421 at once.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from gateway.channel import receive_one
from gateway.doors import replies
from gateway.doors.conversation import Phase
from gateway.doors.line import Desk
from gateway.doors.lobby import Lobby, Manners, plain_address
from gateway.doors.login import Logins
from gateway.doors.proxied import ProxiedDoor
from gateway.doors.receiving import SpoolFolder
from gateway.doors.session import Door, LmtpDoor
from gateway.doors.submission import SubmissionDoor
from gateway.doors.tls import Certificate
from gateway.doors.words import DoorOptions
from gateway.machine import allow_many_files

KINDS: dict[str, type[Door]] = {
    "smtp": Door,
    "lmtp": LmtpDoor,
    "submission": SubmissionDoor,
    "proxy": ProxiedDoor,
}
DRAIN_SECONDS = 20.0
_TICK = 0.25
_AT_ONCE = 64
_SPARE_FILES = 64
"""Files that are not for connections: sockets of our own, libraries, a few spool files."""
_REST = 1.0

log = logging.getLogger(__name__)


class Entrance:
    """One listening socket. It takes connections itself, so that one too many costs no session."""

    def __init__(self, lobby: Lobby, kind: type[Door], listener: socket.socket) -> None:
        self._lobby = lobby
        self._kind = kind
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[None]] = set()
        listener.setblocking(False)
        self._open()

    def _open(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no file or memory for one more: the others must not wait for that
                log.error("no connection can be taken for a second: %s", error.strerror)
                self._loop.remove_reader(self._listener.fileno())
                self._loop.call_later(_REST, self._open)
                return
            self._receive(sock, plain_address(peer[0]))

    def _receive(self, sock: socket.socket, client: str) -> None:
        """Begin a session, or say that there are too many."""
        lobby = self._lobby
        if lobby.enter():
            if not self._kind.direct or lobby.claim(client):
                task = self._loop.create_task(self._admit(sock, client))
                self._entering.add(task)
                task.add_done_callback(self._entering.discard)
                return
            lobby.leave()
        lobby.refused["421"] += 1
        with suppress(OSError), sock:
            sock.setblocking(False)
            sock.send(f"{replies.BUSY}\r\n".encode("ascii"))
            sock.shutdown(socket.SHUT_WR)

    async def _admit(self, sock: socket.socket, client: str) -> None:
        sock.setblocking(False)
        make: Callable[[], Door] = partial(self._kind, self._lobby, self._loop, client)
        try:
            await self._loop.connect_accepted_socket(make, sock)
        except OSError:
            self._lobby.leave()
            if self._kind.direct:
                self._lobby.release(client)
            sock.close()


class House:
    """All that one door process is: entrances, the lobby behind them, the line to the daemon."""

    def __init__(self, lobby: Lobby) -> None:
        self.lobby = lobby
        self.entrances: list[Entrance] = []
        self._loop = asyncio.get_running_loop()
        self._clock: asyncio.TimerHandle | None = None
        self._certificate_at = self._loop.time()

    def open(self, listening: list[socket.socket]) -> None:
        for protocol, listener in zip(self.lobby.options.protocols, listening, strict=True):
            self.entrances.append(Entrance(self.lobby, KINDS[protocol], listener))

    def look(self) -> None:
        """The one clock of all sessions: a timer for each command of each client would cost more than the commands."""
        now = self._loop.time()
        for session in tuple(self.lobby.sessions):
            session.look(now)
        self.lobby.desk.look(now, self.lobby.counts)
        if now - self._certificate_at >= self.lobby.manners.certificate:
            self._certificate_at = now
            self.lobby.certificate.renew()
        self._clock = self._loop.call_later(_TICK, self.look)

    async def live(self) -> None:
        """Until the daemon is gone or wants us to drain."""
        desk = self.lobby.desk
        ends = [asyncio.ensure_future(event.wait()) for event in (desk.drain, desk.gone)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if not desk.gone.is_set():
            await self._drain()

    async def _drain(self) -> None:
        """Nobody new; messages on their way in are kept; everybody else hears 421. At most `DRAIN_SECONDS`."""
        self.lobby.draining = True
        for entrance in self.entrances:
            entrance.close()
        deadline = self._loop.time() + DRAIN_SECONDS
        while self.lobby.sessions and not self.lobby.desk.gone.is_set() and self._loop.time() < deadline:
            for session in tuple(self.lobby.sessions):
                if session.phase not in (Phase.DATA, Phase.DESK):
                    session.dismiss(replies.CLOSING)
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        """Whoever is still there is told so and cut off; half-written files go with them."""
        if self._clock is not None:
            self._clock.cancel()
        for entrance in self.entrances:
            entrance.close()
        sessions = tuple(self.lobby.sessions)
        for session in sessions:
            session.dismiss(replies.CLOSING)
            session.abort()
        await asyncio.gather(*(session.ended() for session in sessions))
        self.lobby.close()


def serve(sock: socket.socket, listening: list[socket.socket]) -> None:
    """Open the doors; end when the daemon is gone."""
    sock.setblocking(True)
    options: DoorOptions = receive_one(sock)  # what follows is for the loop: it may be the word to drain
    asyncio.run(run(options, sock, listening))


async def run(
    options: DoorOptions, sock: socket.socket, listening: list[socket.socket], manners: Manners | None = None
) -> None:
    """The doors of `options` on `listening`, with the daemon at the other end of `sock`."""
    loop = asyncio.get_running_loop()
    spool = SpoolFolder(Path(options.spool))
    spool.clear()
    desk = Desk(loop, spool.remove)
    await loop.create_connection(lambda: desk, sock=sock)
    lobby = Lobby(
        options,
        desk,
        spool,
        capacity=max(1, allow_many_files() - _SPARE_FILES),
        manners=manners,
        certificate=Certificate(options.certificate, options.private_key),
        logins=Logins(Path(options.logins_file)) if options.logins_file else None,
    )
    house = House(lobby)
    try:
        house.open(listening)
        house.look()
        await house.live()
    finally:
        await house.close()
