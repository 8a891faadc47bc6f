"""The whole way: accepted, ticket, acknowledgement on the other side. The figure that the project is judged by.

In: which desk and which load. Out: a `Way`: throughput, processor milliseconds a mail by process, memory, counts. The
clock runs from the first connection to the last acknowledgement at the sink; the desk, the load, the sink and a
database server share the same processors.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.bench import desk, meter
from tests.bench.generator import Load
from tests.bench.process import Talker, module, running

_PATIENCE = 60.0
"""Seconds without a further mail at the sink after which the rest counts as lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One measurement. `rate` counts to the last acknowledgement, `rate_all` to the last mail of any kind; `others` is
    the share of the machine's processors that others took meanwhile: what makes two runs incomparable."""

    mails: int
    rate: float
    rate_all: float
    rate_accepted: float
    others: float
    cost: Mapping[str, float]
    memory: Mapping[str, int]
    counts: Mapping[str, int]
    latencies: tuple[float, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A desk: its folder, its store's URL, the database server's process if there is one, whether it has tickets."""

    folder: Path
    url: str
    server: int = 0
    filled: bool = False


@contextmanager
def fresh(*, quiet: bool) -> Iterator[Place]:
    """A new desk on SQLite."""
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as name:
        folder = Path(name) / "desk"
        desk.make(folder, quiet=quiet)
        yield Place(folder=folder, url=desk.sqlite_url(folder))


@contextmanager
def on_postgresql(*, quiet: bool) -> Iterator[Place]:
    """A new desk on a PostgreSQL of its own, with that server's ordinary durability."""
    from tests.servers import postgresql

    with fresh(quiet=quiet) as place, postgresql.database() as url:
        yield replace(place, url=url, server=postgresql.shared().pid)


def measure(
    load: Mapping[str, Any], *, quiet: bool, environment: Mapping[str, str] | None = None, pace: bool = False
) -> Way:
    """Send `load` (the fields of `Load` but host and port) to a fresh desk and wait for the last mail it sends.

    With `pace` the waiting is only for the load: latency is asked for, not the way's end."""
    with fresh(quiet=quiet) as place:
        return measure_at(place, load, quiet=quiet, environment=environment, pace=pace)


def measure_at(
    place: Place,
    load: Mapping[str, Any],
    *,
    quiet: bool,
    environment: Mapping[str, str] | None = None,
    pace: bool = False,
) -> Way:
    """The same on a desk that is there already; what it holds is left out of the counts."""
    held = desk.counts(place.url) if place.filled else {}
    settings = {"REPLYDESK_STORE__URL": place.url, **(environment or {})}
    with running(module("sink")) as sink:
        with desk.serving(place.folder, sink.hear()["port"], settings) as served:
            before, busy, began = _spent(served.pid, place), meter.busy(), time.monotonic()
            sent = send(Load(host=served.host, port=served.port, **load))
            mails = load["mails"] * (1 if quiet else 3)
            arrived = sink.ask() if pace else _await(sink, mails)
            after, busy, wall = _spent(served.pid, place), meter.busy() - busy, time.monotonic() - began
            memory = meter.memory(served.pid)
        counted = {name: number - held.get(name, 0) for name, number in desk.counts(place.url).items()}
    spent = _difference(after, before)
    ours = sum(spent.values()) + sent["processor"] + arrived["processor"]
    others = max(0.0, busy - ours) / (wall * (os.cpu_count() or 1))
    return _way(load["mails"], quiet, sent, arrived, spent, others, memory, counted, pace=pace)


def _spent(first: int, place: Place) -> dict[str, float]:
    """Processor seconds of the desk by role, and of the database server and its children."""
    server = {"database": sum(meter.processor(place.server).values())} if place.server else {}
    return meter.processor(first) | server


def send(load: Load) -> dict[str, Any]:
    """Run the generator to its end."""
    with running(module("generator", load.argument())) as generator:
        return generator.hear()


def _await(sink: Talker, mails: int) -> dict[str, Any]:
    """The sink's count when `mails` have come, or when none has come for a long time."""
    arrived = sink.ask()
    seen, changed = -1, time.monotonic()
    while arrived["acknowledgements"] + arrived["notices"] < mails and time.monotonic() - changed < _PATIENCE:
        time.sleep(0.1)
        arrived = sink.ask()
        if arrived["acknowledgements"] + arrived["notices"] != seen:
            seen, changed = arrived["acknowledgements"] + arrived["notices"], time.monotonic()
    time.sleep(0.3)  # a second acknowledgement would be a fault: give it the time to come
    return sink.ask()


def _difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {role: seconds - before.get(role, 0.0) for role, seconds in after.items()}


def _way(
    mails: int,
    quiet: bool,
    sent: Mapping[str, Any],
    arrived: Mapping[str, Any],
    desk_seconds: Mapping[str, float],
    others: float,
    memory: Mapping[str, int],
    counted: Mapping[str, int],
    *,
    pace: bool,
) -> Way:
    begin = sent["first_connection"]
    last = arrived["last_acknowledgement"]
    seconds = {**desk_seconds, "generator": sent["processor"], "sink": arrived["processor"]}
    return Way(
        mails=mails,
        rate=mails / (last - begin) if last > begin else 0.0,
        rate_all=mails / (max(last, arrived["last_notice"]) - begin) if last > begin else 0.0,
        rate_accepted=mails / (sent["last_reply"] - begin),
        others=others,
        cost={role: 1000 * spent / mails for role, spent in seconds.items()},
        memory=memory,
        counts={**counted, **{k: int(arrived[k]) for k in ("acknowledgements", "customers", "notices")}},
        latencies=tuple(sorted(sent["latencies"])),
        faults=tuple(_faults(mails, quiet, sent, arrived, counted, pace=pace)),
    )


def _faults(
    mails: int,
    quiet: bool,
    sent: Mapping[str, Any],
    arrived: Mapping[str, Any],
    counted: Mapping[str, int],
    *,
    pace: bool,
) -> list[str]:
    """Every message a ticket, one acknowledgement each, nothing twice: a sentence for each thing that is not so."""
    faults = [f"refused: {reply}" for reply in sent["refused"]]
    wanted = {"kept": mails, "decided": mails, "tickets": mails}
    if pace:
        return faults
    faults += [
        f"{name} {counted[name]} instead of {number}" for name, number in wanted.items() if counted[name] != number
    ]
    notices = 0 if quiet else 2 * mails
    expected = {"acknowledgements": mails, "customers": mails, "most_for_one": 1, "notices": notices}
    faults += [f"{name} {arrived[name]:.0f} instead of {n}" for name, n in expected.items() if arrived[name] != n]
    return faults
