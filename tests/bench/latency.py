"""Latency: how long a client waits from its final dot to 250, with mails that come whether or not the desk keeps up.

In: a rate. Out: percentiles in milliseconds. Once as the machine is, once with every fsync 5 ms late.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import slow_disk
from tests.bench.whole_way import measure

SHARE = 0.8
"""Of the measured throughput: a desk that is busy and not flooded."""
_CONNECTIONS = 45
"""Below the demo desk's fifty for one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Milliseconds from the dot to 250."""

    rate: float
    p50: float
    p99: float
    longest: float
    faults: tuple[str, ...]


def waits(rate: float, seconds: float, *, quiet: bool, slow: bool) -> Waits | str:
    """Measure at `rate` mails a second; a sentence when the slow disk cannot be had."""
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as folder:
        environment: dict[str, str] | str = slow_disk.build(Path(folder)) if slow else {}
        if isinstance(environment, str):
            return environment
        mails = max(20, int(rate * seconds))
        load = {"mails": mails, "connections": _CONNECTIONS, "rate": rate}
        way = measure(load, quiet=quiet, environment=environment, pace=True)
    latencies = way.latencies
    return Waits(
        rate=rate,
        p50=percentile(latencies, 50),
        p99=percentile(latencies, 99),
        longest=percentile(latencies, 100),
        faults=way.faults,
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """In milliseconds, of seconds that are in order."""
    if not ordered:
        return 0.0
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
