"""What has been measured, as lines on stdout; each is printed as soon as it is known.

In: the name of a measurement. Out: its lines, and sentences about faults. It compares with what was measured before in
the same run and judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.bench import baseline, imap, overload, promise, reading, redemption, rules, trust
from tests.bench.history import fill
from tests.bench.latency import SHARE, Waits, percentile, waits
from tests.bench.whole_way import Place, Way, fresh, measure, measure_at, on_postgresql
from tests.servers import dovecot

CONNECTIONS = 20
DESKS = {"quiet": "quiet desk (1 mail leaves for each ticket)", "demo": "demo desk (3 mails leave for each ticket)"}
SESSIONS = {"kept": True, "new": False}
WAYS = tuple(f"{desk}-{session}" for desk in DESKS for session in SESSIONS)
OVERLOAD = ("large", "empty-lines", "parallel-large", "idle")
INSIDE = ("reading", "trust", "rules", "promise", "redemption")
NAMES = (*INSIDE, "bare", *WAYS, "postgres-kept", "full-desk", "latency", "imap", *OVERLOAD)
_ROLES = ("door", "reader", "daemon", "sender", "web", "database", "generator", "sink")
_LOAD = ("generator", "sink")


class Table:
    """The run so far."""

    def __init__(self, mails: int, repeat: int, seconds: float, tickets: int, against: str = "") -> None:
        self._mails = mails
        self._repeat = repeat
        self._seconds = seconds
        self._tickets = tickets
        self._against = against
        self._bare: dict[str, float] = {}
        self._best: dict[str, Way] = {}
        self.faults: list[str] = []

    def _reading(self) -> None:
        found = reading.pace()
        print(f"\nreading {found.mails} mails of {found.source}, {found.mean} bytes each, one core")
        for name, rate in found.rates.items():
            print(f"  {name:<24} {rate:>7.0f}/s")

    def measure(self, name: str) -> None:
        """Take one measurement and print it."""
        if name == "reading":
            self._reading()
            return
        if name in WAYS:
            self.whole_way(*name.split("-"))
        else:
            getattr(self, name.replace("-", "_"))()

    def trust(self) -> None:
        print("\nWhat a mail costs reader and settler, in processor milliseconds")
        for kind, title in trust.KINDS.items():
            found = trust.costs(min(self._mails, 1_600), kind, self._against)
            for name, steps in found.items():
                words = "  ".join(f"{step} {spent:.2f}" for step, spent in steps.items())
                print(f"  {title}, {name:6}  {words}  all {sum(steps.values()):.2f}")
            if "before" in found:
                more = sum(found["now"].values()) - sum(found["before"].values())
                print(f"  {title}, more    {more:+.2f} ms a mail (bar 0.3)")

    def rules(self) -> None:
        print("\nWhat a mail costs reader and settler with the rules of a desk, in processor milliseconds")
        for kind, title in rules.KINDS.items():
            found = rules.costs(min(self._mails, 1_600), kind, self._against)
            sums = {name: sum(steps.values()) for name, steps in found.items()}
            for name, steps in found.items():
                words = "  ".join(f"{step} {spent:.2f}" for step, spent in steps.items())
                print(f"  {title}, {name:9}  {words}  all {sums[name]:.2f}")
            if "before" in found:
                more = sums[f"{rules.RULES} rules"] - sums["before"]
                print(f"  {title}, more       {more:+.2f} ms a mail (bar 0.5)")

    def promise(self) -> None:
        """Promised calls: what it costs to offer slots, and what three ways of offering them are worth."""
        print(f"\n{promise.SLOTS} slots, {promise.CALLS} calls, {promise.PEOPLE} people, in processor milliseconds")
        for name, share in promise.DESKS.items():
            found = promise.speed(share)
            for what, spent in found.milliseconds.items():
                bar = " (bar 20)" if what == "80 slots, plain" else ""
                print(f"  {name} desk, {what:<28} {spent:6.2f}{bar}")
            offered = "  ".join(f"{what} {number}" for what, number in found.offered.items())
            print(f"  {name} desk, slots offered          {offered}")
        numbers = range(100 if self._mails <= 1_000 else 1_000)
        print(f"\n{len(numbers)} simulated days at a high load, each person absent in turn")
        for way in promise.WAYS:
            worth = promise.days(way, numbers)
            words = f"{worth.promised:.1f} promises a day, broken by one absence on {worth.broken} days"
            print(f"  {way:<8} {words}, with everybody there on {worth.overbooked}")
            if (worth.overbooked and way != "union") or (worth.broken and way == "robust"):
                self.faults.append(f"promise: {way} has broken promises")

    def redemption(self) -> None:
        """A call that is booked on a full desk, from the look-up to the commit."""
        found = redemption.measure()
        print(f"\nA booking beside {found.promised} promised calls of {found.agents} agents, SQLite, in milliseconds")
        steps = "  ".join(f"{name} {spent:.1f}" for name, spent in found.steps.items())
        print(f"  processor {found.processor:.1f} (bar 30): {steps}")
        print(f"  on the wall {found.wall:.1f}, the worst {found.worst:.1f}")

    def bare(self) -> None:
        print("\nBare baseline: aiosmtpd + one SQLite commit a mail, no parsing, no ticket, no answer")
        for name, kept in SESSIONS.items():
            runs = [baseline.accepted(self._mails, CONNECTIONS, kept=kept) for _ in range(self._repeat)]
            self._bare[name] = max(runs)
            print(f"  {name:5} sessions  {max(runs):6.0f}/s accepted")

    def whole_way(self, desk_name: str, session: str) -> None:
        load = {"mails": self._mails, "connections": CONNECTIONS, "kept": SESSIONS[session]}
        ways = [measure(load, quiet=desk_name == "quiet") for _ in range(self._repeat)]
        ratio = self._bare.get(session)
        self._report(f"{desk_name}-{session}", f"{DESKS[desk_name]}, {session} sessions", ways, ratio)

    def postgres_kept(self) -> None:
        """The quiet desk once more, on PostgreSQL beside it on the same machine."""
        ways = []
        for _ in range(self._repeat):
            with on_postgresql(quiet=True) as place:
                ways.append(measure_at(place, self._load(), quiet=True))
        self._report("postgres-kept", "quiet desk on PostgreSQL, kept sessions", ways, self._bare.get("kept"))
        if "quiet-kept" in self._best:
            share = self._best["postgres-kept"].rate / self._best["quiet-kept"].rate
            print(f"  beside SQLite  {share:.2f} of its rate")

    def full_desk(self) -> None:
        """Empty and full by turns, so that both meet the same weather."""
        with fresh(quiet=True) as place:
            full = self._fill(place)
            empty_ways, full_ways = [], []
            for number in range(self._repeat):
                empty_ways.append(measure(self._load(), quiet=True))
                full_ways.append(measure_at(full, self._load(first=self._mails * number), quiet=True))
        self._report("empty-desk", "empty quiet desk, kept sessions", empty_ways, None)
        self._report("full-desk", f"the same with {self._tickets} tickets", full_ways, None)
        empty_cost, full_cost = (min(_desk_cost(way.cost) for way in ways) for ways in (empty_ways, full_ways))
        print(f"  full to empty  {full_cost / empty_cost:.2f} x processor in the desk a mail (bar 1.3)")
        rates = self._best["empty-desk"].rate / self._best["full-desk"].rate
        print(f"                 {rates:.2f} x time a mail, whole way")

    def _fill(self, place: Place) -> Place:
        from store.opening import open_store

        store = open_store(place.url)
        fill(store, self._tickets)
        store.close()
        size = (place.folder / "data" / "replydesk.db").stat().st_size
        print(f"\nFilled with {self._tickets} tickets: {size / 2**20:.0f} MB")
        return Place(folder=place.folder, url=place.url, filled=True)

    def _load(self, *, first: int = 0) -> dict[str, object]:
        return {"mails": self._mails, "connections": CONNECTIONS, "kept": True, "first": first, "run": f"bench{first}"}

    def _report(self, name: str, title: str, ways: list[Way], bare: float | None) -> None:
        best = self._best[name] = max(ways, key=lambda way: way.rate)
        self.faults += [f"{name}: {fault}" for way in ways for fault in way.faults]
        ratio = f", {best.rate / bare:.2f} of the bare baseline" if bare else ""
        others = ", ".join(f"{way.others:.0%}" for way in ways)
        runs = ", ".join(f"{way.rate:.0f}" for way in ways)
        print(f"\n{title[0].upper()}{title[1:]}")
        print(f"  whole way      {best.rate:6.0f}/s  mail accepted, ticket, acknowledgement at the sink{ratio}")
        print(f"  every mail out {best.rate_all:6.0f}/s  until the last mail to staff")
        print(f"  accepted       {best.rate_accepted:6.0f}/s  until the last 250")
        print(f"  all runs       {runs}/s; of the machine, others took {others} meanwhile")
        cost = "  ".join(f"{role} {best.cost[role]:.2f}" for role in _ROLES if role in best.cost)
        print(
            f"  processor      {cost}  ms a mail; desk {_desk_cost(best.cost):.2f}, all {sum(best.cost.values()):.2f}"
        )
        sizes = "  ".join(f"{role} {best.memory[role] / 2**20:.0f}" for role in _ROLES if role in best.memory)
        print(f"  memory (PSS)   {sum(best.memory.values()) / 2**20:.0f} MB after {best.mails} mails: {sizes}")
        p50, p99 = (percentile(best.latencies, percent) for percent in (50, 99))
        print(f"  dot to 250     p50 {p50:.1f}  p99 {p99:.1f} ms, flooded")
        print("  counts         " + "  ".join(f"{name} {number}" for name, number in best.counts.items()))

    def latency(self) -> None:
        print(f"\nDot to 250 at {SHARE:.0%} of the measured throughput, mails at random moments, quiet desk")
        way = self._best.get("quiet-kept") or measure(self._load(), quiet=True)
        for slow, name in ((False, "disk as it is"), (True, "every fsync 5 ms late")):
            found = waits(SHARE * way.rate, self._seconds, quiet=True, slow=slow)
            if isinstance(found, Waits):
                words = f"p50 {found.p50:.1f}  p99 {found.p99:.1f}  max {found.longest:.1f} ms at {found.rate:.0f}/s"
                self.faults += [f"latency: {fault}" for fault in found.faults]
            else:
                words = found
            print(f"  {name:22} {words}")

    def imap(self) -> None:
        """A mailbox on a Dovecot beside the desk: one mail at a time while we idle, and a full folder."""
        if why := dovecot.absent():
            print(f"\nMail collected by IMAP: {why}")
            return
        found = imap.measure(min(self._mails, 2_000))
        print(f"\nMail collected from a Dovecot by IDLE, {imap.MAILS} mails one by one, in milliseconds")
        for name, seconds in (("told", found.told), ("row", found.kept), ("answered", found.answered)):
            median, worst = percentile(seconds, 50), percentile(seconds, 100)
            bar = {"told": "  another client of Dovecot", "row": "  (bar 1000)"}.get(name, "")
            print(f"  {name:14} median {median:.0f}  worst {worst:.0f}{bar}")
        cost = "  ".join(f"{role} {found.cost[role]:.2f}" for role in ("imap", *_ROLES) if role in found.cost)
        rates = f"{found.rate_kept:.0f}/s kept, {found.rate:.0f}/s answered, with the start"
        print(f"  a full folder  {found.mails} mails: {rates}; processor {cost} ms a mail")

    def large(self) -> None:
        """Ours and stock aiosmtpd by turns."""
        mails = max(200, self._mails // 5)
        ours, stock = [], []
        for _ in range(max(2, self._repeat)):
            stock.append(baseline.stock(mails, CONNECTIONS))
            ours.append(overload.large(mails, CONNECTIONS))
        best = max(ours, key=lambda found: found.rate)
        cost = "  ".join(f"{role} {spent:.2f}" for role, spent in best.cost.items())
        print(f"\nMails of 74 KB, {mails} of them over {CONNECTIONS} kept connections")
        print(f"  accepted       {best.rate:6.0f}/s  all durable; all runs {_listed([found.rate for found in ours])}")
        print(f"  processor      {cost}  ms a mail until then")
        print(f"  stock aiosmtpd {max(stock):6.0f}/s  that throws them away; all runs {_listed(stock)}")
        print(f"  ours to stock  {best.rate / max(stock):.2f} x (bar 1.5)")

    def empty_lines(self) -> None:
        found = overload.empty_lines()
        self.faults += [f"empty-lines: {fault}" for fault in found.faults]
        cost = "  ".join(f"{role} {seconds:.2f}" for role, seconds in found.cost.items())
        print(f"\nA mail of {overload.MEGABYTES} MB of empty lines")
        print(f"  processor      {sum(found.cost.values()):.2f} s in the desk (bar 3): {cost}")
        print(f"  a ticket       after {found.took:.1f} s")
        for name, seconds in (("meanwhile", found.waits), ("without it", found.calm)):
            p50, p99, longest = (percentile(seconds, percent) for percent in (50, 99, 100))
            words = f"p50 {p50:.1f}  p99 {p99:.1f}  max {longest:.1f} ms over {len(seconds)} mails"
            print(f"  dot to 250     {words}, {name}, at {overload.RATE:.0f}/s" + " (bar 100)" * (name == "meanwhile"))

    def parallel_large(self) -> None:
        found = overload.parallel_large(20)
        self.faults += [f"parallel-large: {fault}" for fault in found.faults]
        sizes = "  ".join(f"{role} {size / 2**20:.0f}" for role, size in found.parts.items())
        print(f"\n20 mails of {overload.MEGABYTES} MB at once")
        print(f"  memory (PSS)   +{found.grown:.0f} MB at the peak (bar 300); then: {sizes}")
        print(f"  accepted       after {found.accepted:.1f} s; all tickets after {found.settled:.1f} s")

    def idle(self) -> None:
        connections = 2000
        found = overload.idle(connections)
        print(f"\n{connections} silent connections")
        print(f"  each           {found.each / 1024:.1f} KB in the door (bar 20)")
        p50, longest = (percentile(found.greeted, percent) for percent in (50, 100))
        print(f"  next client    greeted after {p50:.1f} ms, at the longest {longest:.1f} ms (bar 50)")


def _desk_cost(cost: Mapping[str, float]) -> float:
    return sum(spent for role, spent in cost.items() if role not in (*_LOAD, "database"))


def _listed(rates: list[float]) -> str:
    return ", ".join(f"{rate:.0f}" for rate in rates)
