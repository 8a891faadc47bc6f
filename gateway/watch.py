"""The watch: the daemon's side of the web door. It keeps the counters and tells the door once a second how the desk is.

In: `Vitals`, and links that somebody came with. Out: nothing but words to the web door, whose listening socket is the
daemon's, and the mail that a link of ours names. It never waits for the door and believes nothing of it but links; a
door that hangs or dies costs the desk neither memory nor mail: it is told nothing, then replaced.
"""

from __future__ import annotations

import logging
import socket
from collections import Counter, deque
from collections.abc import Callable

from gateway.channel import ChannelClosed
from gateway.config.settings import Config
from gateway.doors.listen import Passed, address_of, open_one
from gateway.doors.pickup import Asked, Given
from gateway.vitals import Counts, Named, Told, Vitals, WebOptions
from gateway.worker import Worker

LATELY = 3600.0
"""Seconds for which a death counts as one that happened lately."""
MOST_DEATHS = 1000
DEAF = 10.0
"""Seconds in which a web door must take what it was told."""
END_SECONDS = 1.0

_SAYS = {("gateway.doors.pickup", "Asked"): Asked}
"""All that a web door may say."""

log = logging.getLogger(__name__)


class Watch:
    """The web door of one desk; `worker` is None where no door is configured. `counts` is for the daemon to add to."""

    def __init__(
        self,
        config: Config,
        monotonic: Callable[[], float],
        fetch: Callable[[Asked], Given] | None = None,
        passed: Passed | None = None,
    ) -> None:
        """`fetch` finds what a link names; without it no link leads anywhere. `passed` are sockets not ours to open."""
        self.counts = Counts()
        self._fetch = fetch or (lambda asked: Given(asked.number))
        self._monotonic = monotonic
        self._deaths: Counter[str] = Counter()
        self._lately: deque[tuple[float, str]] = deque(maxlen=MOST_DEATHS)
        self._deaf_since: float | None = None
        self._listeners: tuple[socket.socket, ...] = ()
        self.worker: Worker | None = None
        if config.web.listen is not None:
            self._listeners = (passed or {}).get("web") or (open_one("web", config.web.listen),)
            options = WebOptions(operators_from=config.web.operators_from)
            self.worker = Worker("web", options, self._listeners, classes=_SAYS)

    @property
    def address(self) -> str | None:
        """Where the web door listens, such as `127.0.0.1:8080`."""
        return str(address_of(self._listeners[0])) if self._listeners else None

    def heard(self) -> None:
        """The web door has links, or died. It faces strangers: it may say nothing else, and while it has not taken what
        it asked for last, it gets nothing more."""
        assert self.worker is not None
        try:
            messages = self.worker.channel.receive()
        except ChannelClosed:
            self._replace(self.worker)
            return
        for message in messages:
            busy = self.worker.channel.wants_to_write
            self.worker.channel.send(Given(message.number) if busy else self._fetch(message))

    def tell(self, vitals: Vitals) -> None:
        """How the desk is now. What a slow door has not taken yet is not added to: the next word says more."""
        if not self.worker or not self.worker.pid:
            return
        lately = self._remember(vitals.deaths)
        if not self.worker.channel.wants_to_write:
            self._deaf_since = None
            self.worker.channel.send(Told(vitals, lately))
            return
        now = self._monotonic()
        if self._deaf_since is None:
            self._deaf_since = now
        elif now - self._deaf_since > DEAF:
            self._replace(self.worker)

    def stop(self) -> None:
        """End the door; until then it says that the desk is stopping."""
        if self.worker:
            self.worker.stop(END_SECONDS)
        for listener in self._listeners:
            listener.close()

    def _replace(self, worker: Worker) -> None:
        how = worker.kill()
        self._deaf_since = None
        log.error("the web door died (%s); a new one takes over its socket", how)
        worker.start()

    def _remember(self, deaths: Named) -> Named:
        """Note the deaths that are new, forget the old ones, and count what is left by role."""
        now = self._monotonic()
        for role, count in deaths:
            self._lately.extend((now, role) for _ in range(min(count - self._deaths[role], MOST_DEATHS)))
            self._deaths[role] = count
        while self._lately and now - self._lately[0][0] > LATELY:
            self._lately.popleft()
        return tuple(Counter(role for _, role in self._lately).items())
