"""Files of mails by link: what one of us comes for when a notice could not carry it.

In: the last part of a URL, from anybody. Out: the bytes of one file, as a download and nothing else. The door knows no
secret: it asks the daemon, which hands over the raw mail or nothing, and cuts the part itself, aside, so that health is
answered meanwhile. A reader process has taken the same mail apart before, within its bounds. One mail at a time is
asked for, few are handed out at once, and so many a minute: whoever guesses learns nothing and costs little.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.channel import pack
from parsing.attachment import cut

AT_ONCE = 4
"""Files that are handed out at the same time: each is in memory."""
A_MINUTE = 60
"""Links that are looked at in a minute for one client: an address, or an IPv6 network of 64 bits."""
MOST_CLIENTS = 4_096
"""Clients that are remembered."""
PATIENCE = 15.0
"""Seconds in which the daemon must have found the mail."""
LONGEST = 64
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody came with this link."""

    number: int
    token: str


@dataclass(frozen=True, slots=True)
class Given:
    """The answer: the raw mail with the part that the link names, or nothing."""

    number: int
    raw: bytes = b""
    part: int = -1
    sha256: str = ""
    filename: str = ""


class Pickup:
    """The counter at which files are picked up."""

    def __init__(self, say: Callable[[bytes], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._monotonic = monotonic
        self._buckets: dict[str, tuple[float, float]] = {}
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Given]] = {}
        self._asking = asyncio.Lock()
        self._out = 0

    def given(self, message: Given) -> None:
        """The daemon's answer; one that nobody waits for any more is let go."""
        waiting = self._waiting.pop(message.number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def answer(self, request: Request) -> Response:
        """The file, or what everybody gets who comes with anything else."""
        if request.method != "GET":  # no HEAD: scanners that only look need not be told that there is something
            raise HTTPException(405, headers={"Allow": "GET"})
        token = str(request.path_params["token"])
        if not 0 < len(token) <= LONGEST or not token.replace("-", "").isalnum() or not token.isascii():
            raise HTTPException(404)
        if not self._may(_network(request.client.host if request.client is not None else "")):
            raise HTTPException(429, "Too many files are asked for just now. Try again in a minute.", _LATER)
        if self._out >= AT_ONCE:
            raise HTTPException(503, "Too many files are on their way just now. Try again in a minute.", _LATER)
        self._out += 1
        try:
            found, content = await self._fetch(token)
        except BaseException:
            self._out -= 1
            raise
        return _Handed(_pieces(content), _headers(found, len(content)), self._back)

    def _back(self) -> None:
        self._out -= 1

    async def _fetch(self, token: str) -> tuple[Given, bytes]:
        async with self._asking:
            found = await self._ask(token)
        if not found.raw:
            raise HTTPException(404)
        content = await asyncio.to_thread(cut, found.raw, found.part)
        if hashlib.sha256(content).hexdigest() != found.sha256:
            raise HTTPException(404)
        return found, content

    async def _ask(self, token: str) -> Given:
        self._number += 1
        number = self._number
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._say(pack(Asked(number, token)))
        try:
            return await asyncio.wait_for(self._waiting[number], PATIENCE)
        except TimeoutError:
            raise HTTPException(503, "The desk does not answer just now. Try again in a minute.", _LATER) from None
        finally:
            self._waiting.pop(number, None)

    def _may(self, client: str) -> bool:
        """A bucket for each client that fills evenly, so that a burst of guesses waits, and costs nobody else."""
        now = self._monotonic()
        left, at = self._buckets.pop(client, (float(A_MINUTE), now))
        left = min(A_MINUTE, left + (now - at) * A_MINUTE / 60)
        if len(self._buckets) >= MOST_CLIENTS:
            del self._buckets[next(iter(self._buckets))]  # who came longest ago
        self._buckets[client] = (left - 1 if left >= 1 else left, now)
        return left >= 1


def _network(host: str) -> str:
    """Who a client is: whoever has one address of an IPv6 network has all of them."""
    return ":".join(host.split(":")[:4]) if host.count(":") > 4 else host


class _Handed(StreamingResponse):
    """A file on its way. Its place is given back when it is over, also where the taker was gone before the first piece
    was asked for: the pieces alone would never know."""

    def __init__(self, pieces: AsyncIterator[bytes], headers: dict[str, str], back: Callable[[], None]) -> None:
        super().__init__(pieces, headers=headers)
        self._give_back = back

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._give_back()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]


_LATER = {"Retry-After": "60"}


def _headers(found: Given, size: int) -> dict[str, str]:
    """A download that no browser shows, sniffs, keeps or runs; what the sender called its type does not count."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename or 'file', safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Robots-Tag": "noindex, nofollow",
    }
