"""The process of one mailbox on another server: connects, looks, waits for new mail, and begins anew when that breaks.

In: `MailboxOptions`, then the daemon's words. Out: words (`words.py`). It has one connection, no store, and no secret
but its login. What it reads is written by strangers and comes off a server that is not ours; whatever that server does,
this process waits, says why, and tries again, never faster than a server can bear.
"""

from __future__ import annotations

import logging
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.channel import Line
from gateway.doors.imap.client import Client, connect
from gateway.doors.imap.fault import Dropped, NoLogin, NoMailbox, Refused
from gateway.doors.imap.login import log_in
from gateway.doors.imap.look import Course, Looking
from gateway.doors.imap.talk import Ended, Talk
from gateway.doors.imap.words import MailboxOptions, Troubled
from gateway.doors.receiving import SpoolFolder

RENEW_SECONDS = 9 * 60.0
"""How long one IDLE lasts: routers forget, and Microsoft 365 hangs up after ten minutes or so."""
STEADY_SECONDS = 60.0
"""A connection that was of use and lived so long may be made anew at once when it ends."""
MOST_IN_VAIN = 10
"""Announcements of new mail that were none, after which we wait for the next whole look."""
_NOOP_SECONDS = 300.0

log = logging.getLogger(__name__)


def serve(sock: socket.socket) -> None:
    """Collect the mailbox until the daemon wants us to end, or is gone."""
    line = Line(sock)
    options: MailboxOptions = line.receive()
    Collecting(options, Talk(sock, line)).run()


class Collecting:
    """One mailbox, from connection to connection."""

    def __init__(self, options: MailboxOptions, talk: Talk, jitter: Callable[[], float] = random.random) -> None:
        self._options = options
        self._talk = talk
        self._jitter = jitter
        self._spool = SpoolFolder(Path(options.spool))
        self._spool.clear()
        self._course = Course()
        self._failures = 0
        self._useful_since: float | None = None
        self._login_tried: Any = None

    def run(self) -> None:
        """Until `Ended`."""
        with suppress(Ended):
            while True:
                try:
                    self._collect()
                except NoMailbox as trouble:
                    self._rest(trouble)

    def _collect(self) -> None:
        """One connection."""
        self._useful_since = None
        self._login_tried = self._login_written()
        began = time.monotonic()
        client = connect(self._options, self._talk.pulse)
        try:
            log_in(client, self._options, self._talk.pulse)
            looking = Looking(client, self._talk, self._options, self._course, self._spool, self._now)
            while True:
                looking.whole()
                self._useful_since = began
                self._watch(client, looking, time.monotonic() + self._options.poll_seconds)
        except Refused as refusal:  # an access token that has expired, for one
            raise Dropped(f"the server refuses what we ask for{f' ({refusal})' if str(refusal) else ''}") from None
        except Ended:
            with self._talk.finishing():
                client.log_out()
            raise
        finally:
            client.close()

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._options.clock_offset

    # Between looks

    def _watch(self, client: Client, looking: Looking, until: float) -> None:
        """New mail at once where the server tells us, until the next whole look."""
        in_vain = 0
        while time.monotonic() < until:
            if client.wire.has_grown:
                in_vain = 0 if looking.quick() else in_vain + 1
                if in_vain < MOST_IN_VAIN:
                    continue
                break
            if client.idles:
                self._idle(client, min(until, time.monotonic() + RENEW_SECONDS))
            else:
                self._pause(min(until, time.monotonic() + _NOOP_SECONDS))
                client.noop()
        self._pause(until)

    def _idle(self, client: Client, until: float) -> None:
        try:
            client.idle(self._talk.rest, until)
        except Refused:
            log.info("mailbox=%d the server offers IDLE and refuses it: it is polled", self._options.number)
            client.give_up_idling()

    def _pause(self, until: float, is_over: Callable[[], bool] = lambda: False) -> None:
        while not is_over() and (left := until - time.monotonic()) > 0:
            self._talk.rest(left)

    # When it breaks

    def _rest(self, trouble: NoMailbox) -> None:
        """Wait longer each time. A connection that was good is made anew at once: servers restart, tokens expire."""
        now = time.monotonic()
        number = self._options.number
        if self._useful_since is not None and now - self._useful_since >= STEADY_SECONDS:
            self._failures = 0
            if isinstance(trouble, Dropped):
                log.info("mailbox=%d the connection is made anew: %s", number, trouble)
                self._useful_since = None
                return
        self._useful_since = None
        delay = trouble.delays[min(self._failures, len(trouble.delays) - 1)]
        self._failures += 1
        seconds = delay * (0.75 + 0.5 * self._jitter())
        log.warning("mailbox=%d cannot be collected, again in %d s: %s", number, seconds, trouble)
        self._talk.say(Troubled(str(trouble), seconds))
        self._pause(now + seconds, lambda: isinstance(trouble, NoLogin) and self._login_written() != self._login_tried)

    def _login_written(self) -> Any:
        """When the file of the password was last written: a new password is tried at once, also one that was written
        while the old one was being refused."""
        try:
            found = Path(self._options.password_file).stat() if self._options.password_file else None
        except OSError:
            return None
        return found and (found.st_mtime_ns, found.st_size, found.st_ino)
