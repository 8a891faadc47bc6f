"""The submission door (RFC 6409): the SMTP door for people of the desk who log in.

In: AUTH PLAIN or LOGIN (RFC 4954), then what the SMTP door takes. Out: messages that carry the login. Recipients are
the desk's own addresses here too: nothing is relayed. A password is asked for only under TLS, or from this machine
while no certificate is configured.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from typing import NamedTuple

from gateway.doors.conversation import Phase
from gateway.doors.lobby import source_of
from gateway.doors.session import Door

MOST_FAILURES = 3
_CHALLENGES = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")
"""`Username:` and `Password:`, as clients expect them."""


class _Credentials(NamedTuple):
    name: str
    password: bytes


class SubmissionDoor(Door):
    """One session of somebody who logs in."""

    door = "submission"
    commands = Door.commands | {"AUTH"}
    failures = 0

    def extensions(self) -> list[str]:
        return [*super().extensions(), "AUTH PLAIN LOGIN"] if self._may_ask else super().extensions()

    @property
    def _may_ask(self) -> bool:
        if self._tls_protocol is not None:
            return True
        return not self.lobby.certificate.wanted and ipaddress.ip_address(self.client).is_loopback

    async def _may_mail(self) -> bool:
        if not await super()._may_mail():
            return False
        if not self.login:
            await self.refuse("530 5.7.0 Log in first")
        return bool(self.login)

    async def smtp_AUTH(self, argument: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        """RFC 4954 section 4."""
        assert self.session is not None
        mechanism, _, initial = argument.partition(" ")
        if not self.session.extended_smtp:
            await self.refuse("503 5.5.1 Say EHLO first")
        elif not self._may_ask:
            await self.refuse("538 5.7.11 Logging in needs STARTTLS first")
        elif self.login or self._sender is not None:
            await self.refuse("503 5.5.1 It is too late to log in")
        elif mechanism.upper() == "PLAIN":
            await self._check(await self._plain(initial.strip()))
        elif mechanism.upper() == "LOGIN":
            await self._check(await self._name_and_password(initial.strip()))
        else:
            await self.refuse("504 5.5.4 PLAIN and LOGIN are known here")

    async def _plain(self, initial: str) -> _Credentials | None:
        """RFC 4616: for whom, who, password, with NUL between. Nobody acts for somebody else here."""
        given = _decode(initial) if initial else await self._ask("")
        parts = given.split(b"\0") if given is not None else []
        if len(parts) != 3 or parts[0] not in (b"", parts[1]):
            return None
        return _Credentials(parts[1].decode("utf-8", "replace"), parts[2])

    async def _name_and_password(self, initial: str) -> _Credentials | None:
        name = _decode(initial) if initial else await self._ask(_CHALLENGES[0])
        password = await self._ask(_CHALLENGES[1]) if name is not None else None
        if name is None or password is None:
            return None
        return _Credentials(name.decode("utf-8", "replace"), password)

    async def _ask(self, challenge: str) -> bytes | None:
        """The client's answer, decoded; None when it is none."""
        self.say(f"334 {challenge}")
        line = await self.inflow.line()
        if line is None:
            raise ConnectionResetError
        self.since = self.loop.time()
        if not line.endswith(b"\r\n"):
            return None
        return _decode(line[:-2].decode("ascii", "replace"))

    async def _check(self, given: _Credentials | None) -> None:
        if given is None:
            await self.refuse("501 5.5.2 That is no answer to the challenge")
            return
        self.phase = Phase.DESK  # waiting for its turn is not being idle
        try:
            async with self.lobby.next_login:
                fits = await self._try(given)
        finally:
            if self.phase is Phase.DESK:
                self.phase, self.since = Phase.COMMAND, self.loop.time()
        if fits:
            self.login = given.name.strip().lower()
            self.say("235 2.7.0 Welcome")
        elif fits is None:
            await self._fail("454 4.7.0 Too many failed logins from here; try again later")
        else:
            await self._fail("535 5.7.8 Name or password is wrong")

    async def _try(self, given: _Credentials) -> bool | None:
        """Whether they fit; None: not looked at. It counts as failed until it has not, also when its client leaves."""
        lobby, source = self.lobby, source_of(self.client)
        if lobby.backoff.wait(source, self.loop.time()) > 0:
            return None
        assert lobby.logins is not None
        lobby.backoff.failed(source, self.loop.time())
        fits = await self.loop.run_in_executor(lobby.guard, lobby.logins.fits, given.name, given.password)
        if fits:
            lobby.backoff.succeeded(source)
        return fits

    async def _fail(self, reply: str) -> None:
        """The third failure is the session's last."""
        self.failures += 1
        await self.refuse(reply)
        if self.failures >= MOST_FAILURES and not self.over:
            self.end("421 4.7.0 Too many failed logins")


def _decode(text: str) -> bytes | None:
    """Base64, strictly; `=` is the empty answer (RFC 4954 section 4). None for `*` and whatever else is none."""
    if text == "=":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
