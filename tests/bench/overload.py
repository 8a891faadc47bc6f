"""What heavy loads cost: large mails, 30 MB of empty lines, many such mails at once, thousands of silent connections.

In: nothing but sizes. Out: rates, processor seconds, memory, and how long others wait meanwhile. The desk is a real
one, quiet, on SQLite.
"""

from __future__ import annotations

import resource
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import desk, meter
from tests.bench.baseline import rate
from tests.bench.generator import Load
from tests.bench.hostile import Burden
from tests.bench.process import module, running
from tests.bench.whole_way import send

MEGABYTES = 30
TIMES = 3
RATE = 60.0
"""Small mails a second that others send meanwhile."""
WARM = 50
"""Small mails after which every process has done everything once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyLines:
    """`cost` is processor seconds by process for one mail alone; `waits` are those of others in seconds, in order."""

    cost: Mapping[str, float]
    took: float
    waits: tuple[float, ...]
    calm: tuple[float, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Mails a second until the last 250, and processor milliseconds a mail by process until then."""

    rate: float
    cost: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Huge:
    """Megabytes that the desk grew by at its peak, its processes then, seconds to the last 250 and the last ticket."""

    grown: float
    parts: Mapping[str, int]
    accepted: float
    settled: float
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Bytes in the door for each silent connection, and seconds until the next client was greeted, in order."""

    each: float
    greeted: tuple[float, ...]


@contextmanager
def _serving(environment: Mapping[str, str] | None = None) -> Iterator[tuple[desk.Desk, str]]:
    """A quiet desk and its store's URL."""
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as name, running(module("sink")) as sink:
        folder = Path(name) / "desk"
        desk.make(folder, quiet=True)
        with desk.serving(folder, sink.hear()["port"], environment) as served:
            yield served, desk.sqlite_url(folder)


def _burden(served: desk.Desk, mails: int, run: str, *, empty: bool) -> dict[str, Any]:
    """Send it and wait for the replies."""
    burden = Burden(host=served.host, port=served.port, mails=mails, megabytes=MEGABYTES, empty=empty, run=run)
    with running(module("hostile", burden.argument())) as hostile:
        return hostile.hear()


def _faults(replies: list[str]) -> tuple[str, ...]:
    return tuple(f"refused: {reply}" for reply in replies if not reply.startswith("250"))


def large(mails: int, connections: int) -> Accepted:
    """How fast mails of 74 KB are promised to be kept; the desk goes on with its work meanwhile."""
    with _serving() as (served, _url):
        before = meter.processor(served.pid)
        sent = send(Load(host=served.host, port=served.port, mails=mails, connections=connections, large=True))
        spent = meter.processor(served.pid)
    cost = {role: 1000 * (seconds - before.get(role, 0.0)) / mails for role, seconds in spent.items()}
    return Accepted(rate=rate(mails, sent), cost=cost)


def empty_lines() -> EmptyLines:
    """One such mail alone for its cost, then `TIMES` of them while others send."""
    with _serving() as (served, url):
        send(Load(host=served.host, port=served.port, mails=WARM, connections=2, run="warm"))
        desk.await_decided(url, WARM)
        before, began = meter.processor(served.pid), time.monotonic()
        replies = _burden(served, 1, "alone", empty=True)["replies"]
        if faults := _faults(replies):
            return EmptyLines(cost={}, took=0.0, waits=(), calm=(), faults=faults)
        desk.await_decided(url, WARM + 1)
        took = time.monotonic() - began
        cost = {role: spent - before.get(role, 0.0) for role, spent in meter.processor(served.pid).items()}
        mails = int(RATE * (4 + 1.5 * TIMES * took))
        load = Load(host=served.host, port=served.port, mails=mails, connections=20, rate=RATE, first=WARM)
        spans = []
        with running(module("generator", load.argument())) as generator:
            time.sleep(2.0)
            for number in range(TIMES):
                sent = _burden(served, 1, f"beside{number}", empty=True)
                replies += sent["replies"]
                spans.append((sent["began"], sent["ended"] + took))
            heard = generator.hear()
    waits, calm = [], []
    for dot, wait in zip(heard["dots"], heard["latencies"], strict=True):
        (waits if any(begin <= dot <= end for begin, end in spans) else calm).append(wait)
    faults = (*_faults(replies), *(f"refused: {reply}" for reply in heard["refused"]))
    return EmptyLines(cost=cost, took=took, waits=tuple(sorted(waits)), calm=tuple(sorted(calm)), faults=faults)


def parallel_large(mails: int) -> Huge:
    """Memory of the whole desk from before the first byte until the last of them is a ticket."""
    with _serving() as (served, url):
        time.sleep(1.0)
        with meter.Peak(served.pid) as peak:
            began = time.monotonic()
            sent = _burden(served, mails, "large", empty=False)
            faults = _faults(sent["replies"])
            desk.await_decided(url, mails - len(faults), 600)
            settled = time.monotonic() - began
    accepted = sent["ended"] - sent["began"]
    return Huge(grown=peak.grown, parts=peak.parts, accepted=accepted, settled=settled, faults=faults)


def idle(connections: int) -> Idle:
    """Open that many connections, say nothing, and measure the door and the next client's greeting."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    room = str(connections + 1000)
    limits = {"REPLYDESK_SMTP__CONNECTIONS": room, "REPLYDESK_SMTP__CONNECTIONS_PER_ADDRESS": room}
    silent: list[socket.socket] = []
    with _serving(limits) as (served, _url):
        for _ in range(20):
            _greeted(served)[1].close()
        time.sleep(1.0)
        before = meter.memory(served.pid)["door"]
        try:
            while len(silent) < connections:
                silent += _group(served, min(200, connections - len(silent)))
            time.sleep(1.0)
            each = (meter.memory(served.pid)["door"] - before) / connections
            found = [_greeted(served) for _ in range(50)]
            silent += [sock for _, sock in found]
        finally:
            for sock in silent:
                sock.close()
    return Idle(each=each, greeted=tuple(sorted(seconds for seconds, _ in found)))


def _group(served: desk.Desk, count: int) -> list[socket.socket]:
    """So many connections, each greeted; they wait for their greetings together."""
    group = [socket.create_connection((served.host, served.port), 30) for _ in range(count)]
    for sock in group:
        if not (greeting := sock.recv(512)).startswith(b"220"):
            raise RuntimeError(f"not greeted but told {greeting!r}")
    return group


def _greeted(served: desk.Desk) -> tuple[float, socket.socket]:
    """A connection and the seconds until it was greeted."""
    began = time.monotonic()
    (sock,) = _group(served, 1)
    return time.monotonic() - began, sock
