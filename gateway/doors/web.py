"""The web door: a process that shows operators how the desk is, as a page, as JSON and to Prometheus, and hands our own
people the files that no notice could carry.

In: HTTP on a socket that the daemon opened, and what the daemon says about itself once a second. Out: `/health`,
`/metrics`, `/file/…` (`pickup.py`) and `/w/…`, where a call is held. It has no store and no secrets, so it still
answers when the daemon hangs, and says so. It never tells a stranger more than one word, sets no cookies and runs no
scripts (reliability 2, rows 25, 36).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from ipaddress import IPv6Address, ip_address
from typing import Any, cast

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import Server

from gateway.channel import Unpacker, receive_one
from gateway.doors.pickup import Given, Pickup
from gateway.health import Health, State, judge
from gateway.metrics import DeskCollector
from gateway.vitals import Told, WebOptions

CONNECTIONS = 64
STRANGERS = 48
"""Connections at once, and those of them that may be strangers': the rest is kept for operators."""
HEAD_BYTES = 8192
REQUEST_SECONDS = 10.0
"""Seconds in which a connection must bring a whole request, or the next one: slow ones are cut off."""
IDLE_SECONDS = 5
DOWNLOAD_SECONDS = 300.0
"""Seconds that a file may take to somebody who goes on taking it."""
END_SECONDS = 2
_CHUNK = 1 << 16

HEADLINES = {
    State.OK: "The desk is well",
    State.DEGRADED: "The desk works, but something needs you",
    State.FAILING: "The desk does not do its work",
}

_RELAYED = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"})

logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of each bad request: strangers would fill the log


class Ear:
    """What the daemon said last, and when."""

    def __init__(self, pickup: Pickup) -> None:
        self._told: Told | None = None
        self._at = time.monotonic()
        self._pickup = pickup

    def heard(self) -> tuple[Told | None, float]:
        """The last word, and how many seconds ago it came."""
        return self._told, time.monotonic() - self._at

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Take the daemon's words until it is gone or wants us to end (it says None)."""
        unpacker = Unpacker()
        while data := await reader.read(_CHUNK):
            for message in unpacker.feed(data):
                if message is None:
                    return
                if isinstance(message, Given):
                    self._pickup.given(message)
                else:
                    self._told, self._at = message, time.monotonic()


class Guard:
    """Who is an operator: somebody on a configured host who speaks to us directly."""

    def __init__(self, operators_from: frozenset[str]) -> None:
        self._hosts = frozenset(_canonical(host) for host in operators_from)

    def knows(self, host: str) -> bool:
        return _canonical(host) in self._hosts

    def trusts(self, request: Request) -> bool:
        """A request that a proxy passed on is its client's, not the proxy's.

        It says so in a header; one that was not told to (nginx's default) at least speaks HTTP/1.0, as no browser and
        no Prometheus does.
        """
        relayed = any(name in _RELAYED or name.startswith("x-forwarded") for name in request.headers)
        if relayed or request.scope["http_version"] != "1.1" or request.client is None:
            return False
        return self.knows(request.client.host)


class Pages:
    """The paths of the door."""

    def __init__(self, ear: Ear, guard: Guard, pickup: Pickup) -> None:
        self._ear = ear
        self._guard = guard
        self._pickup = pickup
        self._registry = CollectorRegistry()
        self._registry.register(DeskCollector(ear.heard))
        folder = files("templates") / "web"
        self.style = (folder / "page.css").read_text(encoding="utf-8")
        environment = Environment(autoescape=True, undefined=StrictUndefined)
        self._page = environment.from_string((folder / "health.html").read_text(encoding="utf-8"))
        self._call = environment.from_string((folder / "call.html").read_text(encoding="utf-8"))

    def application(self) -> Starlette:
        routes = [
            Route("/health", self.health),
            Route("/health.json", self.health),
            Route("/metrics", self.metrics),
            Route("/file/{token}", self._pickup.answer),
            Route("/w/{room}", self.call),
        ]
        application = Starlette(routes=routes, exception_handlers={HTTPException: _refuse, 500: _stumble})
        application.router.redirect_slashes = False
        return application

    async def health(self, request: Request) -> Response:
        health = judge(*self._ear.heard())
        status = 503 if health.state is State.FAILING else 200
        if not self._guard.trusts(request):
            word = State.FAILING.word if health.state is State.FAILING else State.OK.word
            return PlainTextResponse(f"{word}\n", status)
        if request.url.path.endswith(".json") or _wants_json(request):
            return JSONResponse(_plain(health), status)
        page = self._page.render(health=health, headline=HEADLINES[health.state], style=Markup(self.style))  # noqa: S704 - our own file
        return Response(page, status, media_type="text/html")

    async def call(self, _request: Request) -> Response:
        """Where a call is held, for whoever follows the link of an invite. It is the same page for every name, looks
        nothing up and changes nothing: a scanner that follows it learns and burns nothing (RFC 9110 section 9.2.1)."""
        page = self._call.render(style=Markup(self.style))  # noqa: S704 - our own file
        return Response(page, media_type="text/html", headers={"X-Robots-Tag": "noindex, nofollow"})

    async def metrics(self, request: Request) -> Response:
        if not self._guard.trusts(request):
            raise HTTPException(404)
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    def headers(self) -> list[tuple[str, str]]:
        """What every response carries: nothing is kept, framed, sniffed, fetched or run; one style sheet is ours."""
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        return [
            ("Content-Security-Policy", f"{policy}frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ]


class Connection(H11Protocol):
    """One HTTP connection, with the bounds that uvicorn has not: how many, and how long until a request is whole."""

    def __init__(self, guard: Guard, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard
        self.is_stranger = True
        self._deadline: asyncio.TimerHandle | None = None
        self._until = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.is_stranger = not (self.client and self._guard.knows(self.client[0]))
        strangers = sum(isinstance(other, Connection) and other.is_stranger for other in self.connections)
        if len(self.connections) > CONNECTIONS or (self.is_stranger and strangers > STRANGERS):
            transport.abort()
        else:
            self._allow()

    def on_response_complete(self) -> None:
        self._allow()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _allow(self) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._until = self.loop.time() + DOWNLOAD_SECONDS
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._overdue)

    def _overdue(self) -> None:
        """Whoever brings no request in time is cut off; an answer that is on its way may go on for a while."""
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if answering and self.loop.time() < self._until:
            self._deadline = self.loop.call_later(REQUEST_SECONDS, self._overdue)
        else:
            self.transport.abort()


class Quiet(Server):
    """uvicorn without its own handling of signals: the daemon ends us, by its word or by its end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(sock: socket.socket, listening: list[socket.socket]) -> None:
    """Answer until the daemon says so or is gone."""
    sock.setblocking(True)
    options: WebOptions = receive_one(sock)
    asyncio.run(_serve(options, sock, listening))


async def _serve(options: WebOptions, sock: socket.socket, listening: list[socket.socket]) -> None:
    reader, writer = await asyncio.open_connection(sock=sock)
    pickup = Pickup(writer.write)
    ear, guard = Ear(pickup), Guard(options.operators_from)
    pages = Pages(ear, guard, pickup)
    server = Quiet(
        Config(
            pages.application(),
            http=cast("type[asyncio.Protocol]", partial(Connection, guard)),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=pages.headers(),
            h11_max_incomplete_event_size=HEAD_BYTES,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=END_SECONDS,
        )
    )
    serving = asyncio.ensure_future(server.serve(listening))
    listen = asyncio.ensure_future(ear.listen(reader))
    await asyncio.wait({serving, listen}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    listen.cancel()
    writer.close()
    await serving


def _canonical(host: str) -> str:
    """One spelling for an address; an IPv4 client of an IPv6 socket is an IPv4 client."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _plain(health: Health) -> dict[str, Any]:
    return {
        "state": health.state.word,
        "at": health.at.isoformat().replace("+00:00", "Z") if health.at else None,
        "parts": [
            {"name": part.name, "state": part.state.word, "what": part.what, "cure": part.cure} for part in health.parts
        ],
    }


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {404: "There is no such page here.", 405: "Only GET and HEAD work here."}
    return PlainTextResponse(f"{words.get(error.status_code, error.detail)}\n", error.status_code, error.headers)


async def _stumble(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("The page could not be made; the log says why.\n", 500)
