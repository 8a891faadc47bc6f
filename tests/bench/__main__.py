"""`python -m tests.bench`: the speed of the whole way, one table on stdout. Figures and ratios, never a verdict.

In: `--mails N`, `--repeat N`, `--tickets N`, `--quick`, `--against CHECKOUT`, `--only NAME`. Out: a line a measurement;
a fault (a mail without its ticket or its one acknowledgement) is a line too and the only thing that makes the exit
status 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime

from tests.bench import baseline
from tests.bench.table import NAMES, Table


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="The speed of the whole way.")
    parser.add_argument("--mails", type=int, default=5000, help="mails a measurement (default 5000)")
    parser.add_argument("--repeat", type=int, default=2, help="times each, the best counts (default 2)")
    parser.add_argument("--tickets", type=int, default=100_000, help="tickets of the full desk (default 100000)")
    parser.add_argument("--quick", action="store_true", help="1000 mails, once each, 5 s of latency, 10000 tickets")
    parser.add_argument(
        "--against", default="", metavar="CHECKOUT", help="another checkout that `trust` and `rules` compare with"
    )
    parser.add_argument("--only", choices=NAMES, action="append", help="only this measurement; may be repeated")
    asked = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if asked.quick:
        asked.mails, asked.repeat, asked.tickets = 1000, 1, min(asked.tickets, 10_000)
    table = Table(asked.mails, asked.repeat, 5.0 if asked.quick else 15.0, asked.tickets, asked.against)
    _head(asked)
    for name in NAMES:
        if name in (asked.only or NAMES):
            table.measure(name)
    for fault in table.faults:
        print(f"FAULT {fault}")
    return 1 if table.faults else 0


def _head(asked: argparse.Namespace) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    print(f"replydesk bench, {now}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{asked.mails} mails of 2.3 KB, best of {asked.repeat}, load and sink included")
    print(f"one fsync: {baseline.fsync_ms():.2f} ms; load average before: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
