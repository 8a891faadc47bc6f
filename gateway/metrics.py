"""Metrics: the vitals of a desk in Prometheus' words.

In: the last `Told` of the daemon and how long ago it was. Out: families of samples. No label holds an address or any
other value that a stranger chooses: a name that is not known here is counted as `other`. Gauges of a desk that has
gone silent are left out, because they would be lies; its counters stand where they stood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.health import SILENCE
from gateway.vitals import OUTCOMES, Counted, MailboxVitals, Named, Spread, Told, Vitals
from store.records import Verdict
from store.standing import MOST, StoreFigures

DOORS = ("smtp", "lmtp", "submission", "proxy", "imap")
ROLES = ("reader", "sender", "smtp", "web", "verifier", "calendars", "imap")
VERDICTS = tuple(verdict.value for verdict in Verdict)
OTHER = "other"

Heard = Callable[[], tuple[Told | None, float]]
"""The daemon's last word and how many seconds ago it came."""


class DeskCollector(Collector):
    """Yields what the daemon last said; asked anew at every scrape."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def collect(self) -> Iterator[Metric]:
        told, silence = self._heard()
        up = told is not None and silence < SILENCE
        yield _gauge("up", "Whether the desk speaks to its web door.", float(up))
        if told is None:
            return
        vitals = told.vitals
        yield _gauge("silence_seconds", "Seconds since the desk last spoke to its web door.", silence)
        yield _gauge("start_time_seconds", "When the desk was started, in Unix time.", vitals.started_at.timestamp())
        yield from _counters(vitals.counts, vitals)
        if up:
            yield from _gauges(vitals)
            yield from _of_mailboxes(vitals)
            if vitals.figures is not None:
                yield from _of_store(vitals.figures, vitals)


def _counters(counts: Counted, vitals: Vitals) -> Iterator[Metric]:
    yield _counter("mails_accepted", "Mails that a door brought and that were kept.", "door", counts.accepted, DOORS)
    yield _counter("verdicts", "Verdicts that were given.", "verdict", counts.verdicts, VERDICTS)
    yield _counter("delivery_attempts", "Attempts to deliver, by outcome.", "outcome", counts.attempts, OUTCOMES)
    yield _counter("deaths", "Child processes that died, by role.", "role", vitals.deaths, ROLES)
    yield _plain("turns", "Turns of the daemon.", counts.turns)
    yield _plain("store_faults", "Turns that the store did not commit.", counts.store_faults)
    if vitals.doors is not None:
        doors = vitals.doors
        codes = tuple(sorted(code for code, _ in doors.refused if _is_refusal(code)))
        yield _counter("refused_replies", "Replies of 4xx and 5xx at the doors, by code.", "code", doors.refused, codes)
        yield _plain("connections", "Connections to the mail doors.", doors.connections)
        yield _plain("refused_connections", "Connections that were turned away.", doors.refused_connections)
    yield _histogram("keep_seconds", "From a mail's arrival to the commit that keeps it.", counts.kept)
    yield _histogram("verdict_seconds", "From a mail's arrival to the commit of its verdict.", counts.decided)
    yield _histogram("turn_seconds", "How long a turn took.", counts.turn)


def _gauges(vitals: Vitals) -> Iterator[Metric]:
    if vitals.doors is not None:
        yield _gauge("open_sessions", "Sessions that are open at the mail doors.", vitals.doors.open_sessions)
    yield _gauge("session_limit", "Sessions that the mail doors take at once.", vitals.session_limit)
    yield _gauge("readers_alive", "Reader processes that live.", sum(reader.alive for reader in vitals.readers))
    yield _gauge("readers_busy", "Readers that have a mail in hand.", sum(bool(r.mail) for r in vitals.readers))
    yield _gauge("window_mails", "Undecided mails in memory.", vitals.in_window)
    yield _gauge("window_limit_mails", "Undecided mails that fit into memory.", vitals.window)
    yield _gauge("sending_mails", "Mails in the sender's hand.", vitals.in_senders_hand)
    if vitals.disk_room is not None:
        yield _gauge("disk_room_bytes", "Bytes of disk that mail may still take.", vitals.disk_room)


def _of_mailboxes(vitals: Vitals) -> Iterator[Metric]:
    """Each by its number in the configuration: its name is an account's, and nobody's business here."""

    def each(name: str, words: str, value: Callable[[MailboxVitals], float]) -> Metric:
        family = GaugeMetricFamily(f"replydesk_mailbox_{name}", words, labels=["mailbox"])
        for box in vitals.mailboxes:
            family.add_metric([str(box.number)], value(box))
        return family

    def age(box: MailboxVitals) -> float:
        return max(0.0, (vitals.now - (box.looked_at or vitals.started_at)).total_seconds())

    if vitals.mailboxes:
        words = "Seconds since the last whole look, before the first since the desk was started."
        yield each("last_look_age_seconds", words, age)
        yield each("messages", "Messages that its server counted at the last look.", lambda box: box.there)
        yield each("known", "Those of them that the journal has.", lambda box: box.known)
        yield each("withheld", "Messages that could not be taken whole.", lambda box: box.withheld)
        collected = "Whether it was looked at, and nothing hinders the next look."
        yield each("up", collected, lambda box: float(box.looked_at is not None and not box.problem))


def _of_store(figures: StoreFigures, vitals: Vitals) -> Iterator[Metric]:
    def age(name: str, words: str, instant: datetime | None) -> Metric:
        seconds = (vitals.now - instant).total_seconds() if instant else 0.0
        return _gauge(name, words, max(0.0, seconds))

    yield _gauge("undecided_mails", f"Accepted mails without a verdict; counted up to {MOST}.", figures.undecided)
    yield age("oldest_undecided_seconds", "Age of the oldest mail without a verdict.", figures.oldest_undecided)
    states = GaugeMetricFamily(
        "replydesk_outbox_mails", f"Outgoing mails by state; counted up to {MOST}.", labels=["state"]
    )
    for state in ("queued", "sending", "held", "failed"):
        states.add_metric([state], getattr(figures, state))
    yield states
    yield age("oldest_due_seconds", "How long the mail is overdue that should have left first.", figures.oldest_due)
    yield _gauge("deferred_mails", "Outgoing mails that were refused for now.", figures.deferred)
    yield _gauge("failed_lately_mails", "Outgoing mails given up within the last day.", figures.failed_lately)
    yield _gauge("automatic_mails", "Automatic mails of the last hour, all together.", figures.automatic)
    yield _gauge("stopped_mails", "Automatic mails of the last hour that the breaker stopped.", figures.stopped)
    yield _gauge("overdue_timers", "Things that are due and not done.", figures.overdue_timers)
    if figures.last_accepted is not None:
        words = "When the last mail was accepted, in Unix time."
        yield _gauge("last_accepted_time_seconds", words, figures.last_accepted.timestamp())


def _is_refusal(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isdigit() and code[0] in "45"


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"replydesk_{name}", words, value=value)


def _plain(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"replydesk_{name}", words, value=value)


def _counter(name: str, words: str, label: str, counts: Named, known: Iterable[str]) -> Metric:
    """Every known name has a sample from the start, so that its first increase is seen as one."""
    family = CounterMetricFamily(f"replydesk_{name}", words, labels=[label])
    bounded = Counter(dict.fromkeys(known, 0))
    for value, count in counts:
        bounded[value if value in bounded else OTHER] += count
    for value, count in bounded.items():
        family.add_metric([value], count)
    return family


def _histogram(name: str, words: str, spread: Spread) -> Metric:
    buckets: list[tuple[str, float]] = []
    count = 0
    for bound, found in zip((*map(str, spread.bounds), "+Inf"), spread.counts, strict=True):
        count += found
        buckets.append((bound, count))
    return HistogramMetricFamily(f"replydesk_{name}", words, buckets=buckets, sum_value=spread.total)
