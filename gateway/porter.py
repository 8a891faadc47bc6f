"""The porter: the daemon's side of the doors. What doors brought goes in, the daemon's word that it is kept goes out.

The listening sockets are the daemon's, so a door that dies is replaced without a client being refused. It never tells a
door that a message is kept before the turn that keeps it has committed.
"""

from __future__ import annotations

import logging

from gateway.channel import ChannelClosed
from gateway.config.settings import Config
from gateway.doors.listen import open_listeners
from gateway.doors.words import Arrived, DoorOptions, Fate, Kept, Limits
from gateway.rules.desk import Desk
from gateway.worker import Worker
from store.journal import Received
from store.records import Envelope

log = logging.getLogger(__name__)


class Porter:
    """The doors of one desk, in one process of their own; `worker` is None while there is none."""

    def __init__(self, config: Config, desk: Desk) -> None:
        self._listeners = open_listeners(config)
        self._arrived: list[Arrived] = []
        self._closing = False
        self.worker: Worker | None = self._worker(config, desk) if self._listeners else None

    def _worker(self, config: Config, desk: Desk) -> Worker:
        options = DoorOptions(
            hostname=config.smtp.hostname,
            limits=Limits(
                max_size=config.smtp.max_size,
                recipients=config.smtp.recipients,
                errors=config.smtp.errors,
                commands=config.smtp.commands,
                idle=config.smtp.idle,
                session=config.smtp.session,
                data_rate=config.smtp.data_rate,
                connections=config.smtp.connections,
                connections_per_address=config.smtp.connections_per_address,
            ),
            protocols=tuple(name for name, _ in self._listeners),
            addresses=frozenset(desk.addresses),
            clock_offset=config.clock_offset,
            spool=str(config.store.spool),
            reserve=config.store.reserve,
            certificate=str(config.smtp.certificate or ""),
            private_key=str(config.smtp.private_key or ""),
            logins_file=str(config.submission.logins_file or ""),
            proxy_from=config.smtp.proxy_from,
        )
        return Worker("smtp", options, tuple(listener for _, listener in self._listeners))

    @property
    def addresses(self) -> dict[str, str]:
        """Where each open door listens: `{"smtp": "127.0.0.1:8025"}`."""
        return {name: "{}:{}".format(*listener.getsockname()[:2]) for name, listener in self._listeners}

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to keep."""
        return bool(self._arrived)

    def start(self) -> None:
        if self.worker:
            self.worker.start()

    def heard(self) -> None:
        """The door has something to say, or died."""
        assert self.worker is not None
        try:
            for batch in self.worker.channel.receive():
                self._arrived += batch
        except ChannelClosed:
            how = self.worker.kill()
            self._arrived = []  # nobody waits for their 250 any more: the clients send again
            if self._closing:
                self.worker = None
            else:
                log.error("the door died (%s); a new one takes over its sockets", how)
                self.worker.start()

    def take(self) -> list[Arrived]:
        """Everything that has arrived and is not kept yet."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def answer(self, arrived: list[Arrived], *, kept: bool) -> None:
        """Tell the door what became of them; a door that died meanwhile is not told."""
        if arrived and self.worker and self.worker.pid:
            self.worker.channel.send(Kept(tuple(item.token for item in arrived), Fate.KEPT if kept else Fate.LATER))

    def close(self) -> None:
        """Take no more connections; the door ends when what is on its way in is kept."""
        self._closing = True
        if self.worker:
            self.worker.channel.send(None)
        for _, listener in self._listeners:
            listener.close()

    def stop(self) -> None:
        if self.worker:
            self.worker.kill()
        for _, listener in self._listeners:
            listener.close()


def received(item: Arrived) -> Received:
    """An arrived message as the journal takes it."""
    envelope = Envelope(
        sender=item.sender,
        recipients=item.recipients,
        received_at=item.received_at,
        door=item.door,
        client=item.client,
        hello=item.hello,
        login=item.login,
    )
    return Received.of(envelope, item.content)
