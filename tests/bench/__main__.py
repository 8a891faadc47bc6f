"""`python -m tests.bench`: the speed of the whole way, one table on stdout. Figures and ratios, never a verdict.

In: `--mails N`, `--repeat N`, `--quick`, `--only NAME`. Out: a line a measurement; a fault (a mail without its ticket
or its one acknowledgement) is a line too and the only thing that makes the exit status 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime

from tests.bench import baseline
from tests.bench.latency import SHARE, Waits, percentile, waits
from tests.bench.whole_way import Way, measure

CONNECTIONS = 20
DESKS = {"quiet": "quiet desk (1 mail leaves for each ticket)", "demo": "demo desk (3 mails leave for each ticket)"}
SESSIONS = {"kept": True, "new": False}
NAMES = ("bare", *(f"{desk}-{session}" for desk in DESKS for session in SESSIONS), "latency")
_ROLES = ("door", "reader", "daemon", "sender", "generator", "sink")


class Table:
    """What has been measured; every line is printed as soon as it is known."""

    def __init__(self, mails: int, repeat: int, seconds: float) -> None:
        self._mails = mails
        self._repeat = repeat
        self._seconds = seconds
        self._bare: dict[str, float] = {}
        self._best: dict[str, Way] = {}
        self.faults: list[str] = []

    def head(self) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        print(
            f"replydesk bench, {now}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        )
        print(
            f"{self._mails} mails of 2.3 KB, {CONNECTIONS} connections, best of {self._repeat}, load and sink included"
        )
        print(f"one fsync: {baseline.fsync_ms():.2f} ms; load average before: {os.getloadavg()[0]:.1f}")

    def bare(self) -> None:
        print("\nBare baseline: aiosmtpd + one SQLite commit a mail, no parsing, no ticket, no answer")
        for name, kept in SESSIONS.items():
            runs = [baseline.accepted(self._mails, CONNECTIONS, kept=kept) for _ in range(self._repeat)]
            self._bare[name] = max(runs)
            print(f"  {name:5} sessions  {max(runs):6.0f}/s accepted")

    def whole_way(self, desk: str, session: str) -> None:
        load = {"mails": self._mails, "connections": CONNECTIONS, "kept": SESSIONS[session]}
        ways = [measure(load, quiet=desk == "quiet") for _ in range(self._repeat)]
        best = max(ways, key=lambda way: way.rate)
        self._best[f"{desk}-{session}"] = best
        self._report(f"{DESKS[desk]}, {session} sessions", session, best, ways)
        self.faults += [f"{desk}-{session}: {fault}" for way in ways for fault in way.faults]

    def _report(self, title: str, session: str, best: Way, ways: list[Way]) -> None:
        ratio = f", {best.rate / self._bare[session]:.2f} of the bare baseline" if session in self._bare else ""
        others = ", ".join(f"{way.others:.0%}" for way in ways)
        runs = ", ".join(f"{way.rate:.0f}" for way in ways)
        print(f"\n{title[0].upper()}{title[1:]}")
        print(f"  whole way      {best.rate:6.0f}/s  mail accepted, ticket, acknowledgement at the sink{ratio}")
        print(f"  every mail out {best.rate_all:6.0f}/s  until the last mail to staff")
        print(f"  accepted       {best.rate_accepted:6.0f}/s  until the last 250")
        print(f"  all runs       {runs}/s; of the machine, others took {others} meanwhile")
        cost = "  ".join(f"{role} {best.cost.get(role, 0.0):.2f}" for role in _ROLES)
        desk_cost = sum(spent for role, spent in best.cost.items() if role not in ("generator", "sink"))
        print(f"  processor      {cost}  ms a mail; desk {desk_cost:.2f}, all {sum(best.cost.values()):.2f}")
        sizes = "  ".join(f"{role} {best.memory.get(role, 0) / 2**20:.0f}" for role in _ROLES[:4])
        print(f"  memory (PSS)   {sum(best.memory.values()) / 2**20:.0f} MB after {best.mails} mails: {sizes}")
        p50, p99 = (percentile(best.latencies, percent) for percent in (50, 99))
        print(f"  dot to 250     p50 {p50:.1f}  p99 {p99:.1f} ms, flooded")
        print("  counts         " + "  ".join(f"{name} {number}" for name, number in best.counts.items()))

    def latency(self) -> None:
        print(f"\nDot to 250 at {SHARE:.0%} of the measured throughput, mails at random moments, quiet desk")
        way = self._best.get("quiet-kept") or measure(
            {"mails": self._mails, "connections": CONNECTIONS, "kept": True}, quiet=True
        )
        for slow, name in ((False, "disk as it is"), (True, "every fsync 5 ms late")):
            found = waits(SHARE * way.rate, self._seconds, quiet=True, slow=slow)
            if isinstance(found, Waits):
                words = f"p50 {found.p50:.1f}  p99 {found.p99:.1f}  max {found.longest:.1f} ms at {found.rate:.0f}/s"
                self.faults += [f"latency: {fault}" for fault in found.faults]
            else:
                words = found
            print(f"  {name:22} {words}")


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="The speed of the whole way.")
    parser.add_argument("--mails", type=int, default=5000, help="mails a measurement (default 5000)")
    parser.add_argument("--repeat", type=int, default=2, help="times each, the best counts (default 2)")
    parser.add_argument("--quick", action="store_true", help="1000 mails, once each, 5 s of latency")
    parser.add_argument("--only", choices=NAMES, action="append", help="only this measurement; may be repeated")
    asked = parser.parse_args()
    table = Table(1000, 1, 5.0) if asked.quick else Table(asked.mails, asked.repeat, 15.0)
    names = asked.only or NAMES
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    table.head()
    for name in NAMES:
        if name not in names:
            continue
        if name == "bare":
            table.bare()
        elif name == "latency":
            table.latency()
        else:
            table.whole_way(*name.split("-"))
    for fault in table.faults:
        print(f"FAULT {fault}")
    return 1 if table.faults else 0


if __name__ == "__main__":
    sys.exit(main())
