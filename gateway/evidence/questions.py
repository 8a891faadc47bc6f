"""Questions to the DNS: each bounded, all those of one mail bounded together, answers and faults kept for a moment.

In: a name and a type of record. Out: the records as text, none when there are none, or `Unanswered` when nobody could
say, which is never the same as no. What goes on the wire is dnspython's.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Resolver

Ask = Callable[[str, str], tuple[str, ...]]
"""The records of a name and type, as they are written in a zone; text records joined, without their quotes. For PTR the
name is an address."""
Lookup = Callable[[str, str, float], tuple[str, ...]]
"""The same within so many seconds."""

SECONDS = 3.0
"""For one question."""
KEPT_SECONDS = 60.0
FAULT_SECONDS = 20.0
"""How long an answer is good for the next mails, and how long nobody is asked again who did not answer."""
KEPT = 2_000
RECORDS = 100
CHARACTERS = 16_384
"""Of one answer at most; a key of 16,384 bits has 2,800."""


_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def is_name(text: str) -> bool:
    """Whether there can be records of that name: one with a dot, as RFC 1035 and what came after it write them."""
    labels = text.split(".")
    return len(text) <= 253 and len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)


class Unanswered(Exception):
    """The DNS did not say; that is not the same as no."""


def through(system: Resolver) -> Lookup:
    """Questions to this resolver, from any thread."""
    import dns.exception
    import dns.name
    import dns.resolver
    import dns.reversename

    def look(name: str, kind: str, seconds: float) -> tuple[str, ...]:
        try:
            wanted = dns.reversename.from_address(name) if kind == "PTR" else dns.name.from_text(name.rstrip(".") + ".")
        except (dns.exception.DNSException, ValueError):
            raise Unanswered(f"{name} {kind}: no name of the DNS") from None
        try:
            answer = system.resolve(wanted, kind, lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(f"{name} {kind}: {type(error).__name__}") from None
        if kind == "TXT":
            return tuple(b"".join(record.strings).decode("ascii", "replace") for record in answer)
        return tuple(record.to_text() for record in answer)

    return look


class Names:
    """The DNS as one verifier knows it. `within` gives the questions of one mail."""

    def __init__(self, look: Lookup, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, tuple[str, ...] | None]] = {}

    def within(self, seconds: float) -> Ask:
        """Questions that are all answered, or `Unanswered`, by then."""
        end = self._monotonic() + seconds

        def ask(name: str, kind: str) -> tuple[str, ...]:
            left = end - self._monotonic()
            if left <= 0:
                raise Unanswered(f"{name} {kind}: the time for this mail is over")
            return self._answer(name.lower().rstrip("."), kind, min(SECONDS, left), is_last=left < SECONDS)

        return ask

    def _answer(self, name: str, kind: str, seconds: float, *, is_last: bool) -> tuple[str, ...]:
        known = self._known.get((name, kind))
        if known is not None and known[0] > self._monotonic():
            if known[1] is None:
                raise Unanswered(f"{name} {kind}: it did not answer a moment ago")
            return known[1]
        try:
            found = self._look(name, kind, seconds)
        except Unanswered:
            if not is_last:  # who had less than the usual time is not known to be dead
                self._keep(name, kind, None, FAULT_SECONDS)
            raise
        if len(found) > RECORDS or sum(map(len, found)) > CHARACTERS:
            self._keep(name, kind, None, FAULT_SECONDS)
            raise Unanswered(f"{name} {kind}: the answer is longer than any that means something")
        self._keep(name, kind, found, KEPT_SECONDS)
        return found

    def _keep(self, name: str, kind: str, found: tuple[str, ...] | None, seconds: float) -> None:
        with self._lock:
            if len(self._known) >= KEPT:
                now = self._monotonic()
                self._known = {key: value for key, value in self._known.items() if value[0] > now}
                if len(self._known) >= KEPT:
                    self._known.clear()
            self._known[name, kind] = (self._monotonic() + seconds, found)
