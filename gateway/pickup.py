"""What a link in a notice leads to: the daemon's side of files that are picked up at the web door.

In: what somebody came with. Out: the raw mail and the part of it that the link names, or nothing, for the same reason
or another: nobody learns which. A word that is not ours costs no look into the store; one of somebody who lost access,
whose keys were revoked or whose time is over opens nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from gateway.doors.pickup import Asked, Given
from gateway.rules.desk import Desk
from gateway.rules.notices import links
from store import blobs, outbox, people
from store.engine import Store, StoreUnavailable

log = logging.getLogger(__name__)


class Shelf:
    """The files of one desk."""

    def __init__(self, store: Store, desk: Desk, now: Callable[[], datetime]) -> None:
        self._store = store
        self._desk = desk
        self._now = now

    def fetch(self, asked: Asked) -> Given:
        """The mail that the link leads to."""
        nothing = Given(asked.number)
        named = links.named(self._desk.secret, asked.token, self._now())
        if named is None:
            return nothing
        try:
            with self._store.look() as connection:
                row = outbox.find(connection, named.mail)
                files = row.letter["facts"].get("files") or () if row is not None else ()
                if row is None or not 0 <= named.index < len(files) or "raw" not in files[named.index]:
                    return nothing
                if not links.is_open(row.letter, people.find(connection, row.to_address), self._desk):
                    return nothing
                file = files[named.index]
                raw = blobs.read(connection, file["raw"])
        except StoreUnavailable as error:
            log.error("a file that one of us asks for cannot be read: %s", error)
            return nothing
        return Given(asked.number, raw or b"", file["part"], file["sha256"], file["filename"])
