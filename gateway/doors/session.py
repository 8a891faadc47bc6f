"""The commands of the SMTP and LMTP doors: envelope, message, and the reply that promises that it is kept.

In: commands of one client. Out: `Arrived` messages for the daemon. It reads no mail and has no store. It never says 250
before the daemon has said KEPT, never 5xx for a fault of ours, and takes no recipient that is not configured.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import ClassVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import TLSSetupException

from gateway.doors import replies
from gateway.doors.conversation import Conversation, Phase
from gateway.doors.lobby import Lobby
from gateway.doors.path import POSTMASTER, BadPath, Parameters, read_path
from gateway.doors.receiving import Message
from gateway.doors.words import Arrived, Spooled
from parsing.address import normalise, split_detail
from parsing.headers import clean

_OVERSHOOT = 1000
"""Recipients over the limit that are answered without counting as errors (as Postfix does), until a mail is kept."""
_ENDLESS = 10
"""How many times the largest size is read away before we hang up."""
_SESSIONS = 2
"""How many times the length of a session one message may take, or as long as the largest takes at the least rate if
that is longer; once, when the door is crowded. Who trickles just fast enough must not hold a connection for days."""

log = logging.getLogger(__name__)


class Door(Conversation):
    """One SMTP session."""

    door = "smtp"
    hello: ClassVar[str] = "EHLO or HELO"
    commands = frozenset(
        {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY", "HELP", "QUIT", "STARTTLS"}
    )  # fmt: skip

    def __init__(self, lobby: Lobby, loop: asyncio.AbstractEventLoop, client: str) -> None:
        super().__init__(lobby, loop, client)
        self.login = ""
        self._sender: str | None = None
        self._utf8 = False
        self._announced = 0
        self._taken = 0
        self._surplus = 0
        self._received = 0
        self._data_since = 0.0

    def _set_post_data_state(self) -> None:
        """A new envelope. aiosmtpd calls it for RSET, greetings and STARTTLS too."""
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self._sender = None

    # Greetings and small talk

    async def smtp_EHLO(self, argument: str) -> None:  # noqa: N802 - the names of these methods are aiosmtpd's
        if await self._greeted_as(argument, extended=True):
            offers = [f"{self.hostname}", *self.extensions(), "HELP"]
            self.say("\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"]))

    async def smtp_HELO(self, argument: str) -> None:  # noqa: N802
        if await self._greeted_as(argument, extended=False):
            self.say(f"250 {self.hostname}")

    async def _greeted_as(self, argument: str, *, extended: bool) -> bool:
        if not argument:
            await self.refuse(f"501 5.5.4 Say who you are: {'EHLO' if extended else 'HELO'} hostname")
            return False
        assert self.session is not None
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session.extended_smtp = extended
        self.session.host_name = argument
        return True

    def extensions(self) -> list[str]:
        offered = [f"SIZE {self.lobby.limits.max_size}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"]
        return [*offered, "STARTTLS"] if self.lobby.tls and not self._tls_protocol else offered

    async def smtp_NOOP(self, _argument: str) -> None:  # noqa: N802
        self.say("250 2.0.0 OK")

    async def smtp_RSET(self, argument: str) -> None:  # noqa: N802
        if argument:
            await self.refuse("501 5.5.4 RSET takes no argument")
            return
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.say("250 2.0.0 OK")

    async def smtp_VRFY(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 section 7.3: nobody learns here which addresses exist."""
        if argument:
            self.say("252 2.5.0 Send the mail, then you will see")
        else:
            await self.refuse("501 5.5.4 Syntax: VRFY address")

    async def smtp_HELP(self, _argument: str) -> None:  # noqa: N802
        known = self.commands if self.lobby.tls else self.commands - {"STARTTLS"}
        self.say(f"214 2.0.0 {' '.join(sorted(known))}")

    async def smtp_QUIT(self, argument: str) -> None:  # noqa: N802
        if argument:
            await self.refuse("501 5.5.4 QUIT takes no argument")
            return
        self.say("221 2.0.0 Bye")
        self.close(linger=False)
        self.over = True

    async def smtp_STARTTLS(self, argument: str) -> None:  # noqa: N802
        """RFC 3207. What was sent along in the clear was refused as pipelining before we come here."""
        if not self.lobby.tls:
            await self.refuse("502 5.5.1 STARTTLS is not offered here")
        elif argument:
            await self.refuse("501 5.5.4 STARTTLS takes no argument")
        elif self._tls_protocol:
            await self.refuse("503 5.5.1 The session is encrypted already")
        else:
            self.flush()
            self.phase = Phase.TLS
            self.tls_context = self.lobby.tls
            try:
                await super().smtp_STARTTLS("")
            except TLSSetupException:
                raise ConnectionResetError from None
            if self.session is None or self.session.ssl is None:  # the line went dead meanwhile
                raise ConnectionResetError
            self.phase, self.since = Phase.COMMAND, self.loop.time()

    # The envelope

    async def smtp_MAIL(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.2, with SIZE (1870), BODY (6152) and SMTPUTF8 (6531)."""
        if not await self._may_mail():
            return
        try:
            address, parameters = read_path("FROM", argument, allow_null=True)
            size, utf8 = self._read_parameters(parameters)
            if not utf8 and not address.isascii():
                raise BadPath("553 5.6.7 An address like this needs SMTPUTF8")
        except BadPath as error:
            await self.refuse(str(error))
            return
        desk = self.lobby.desk
        if desk.silent:
            self.say(replies.TRY_LATER)
        elif not desk.has_room(size):
            self.say(replies.FULL)
        else:
            self._sender, self._utf8, self._announced = address, utf8, size
            self.say("250 2.1.0 OK")

    async def _may_mail(self) -> bool:
        assert self.session is not None
        if not self.session.host_name:
            await self.refuse(f"503 5.5.1 Say {self.hello} first")
        elif self._sender is not None:
            await self.refuse("503 5.5.1 MAIL was said already")
        else:
            return True
        return False

    def _read_parameters(self, parameters: Parameters) -> tuple[int, bool]:
        """The announced size and whether addresses may be international; raises `BadPath`."""
        assert self.session is not None
        if parameters and not self.session.extended_smtp:
            raise BadPath("555 5.5.4 Parameters need EHLO")
        size = parameters.pop("SIZE", "0")
        if not size.isascii() or not size.isdigit() or len(size) > 20:
            raise BadPath("501 5.5.4 SIZE takes a number")
        if int(size) > self.lobby.limits.max_size:
            raise BadPath(replies.TOO_BIG)
        if parameters.pop("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            raise BadPath("501 5.5.4 BODY is 7BIT or 8BITMIME")
        utf8 = parameters.pop("SMTPUTF8", None)
        if utf8:
            raise BadPath("501 5.5.4 SMTPUTF8 takes no value")
        _ignore(parameters, "AUTH", "RET", "ENVID")
        return int(size), utf8 is not None

    async def smtp_RCPT(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.3. What is not configured does not exist here, and nothing is relayed."""
        if self._sender is None:
            await self.refuse("503 5.5.1 MAIL comes first")
            return
        assert self.envelope is not None
        recipients = self.envelope.rcpt_tos
        if len(recipients) >= self.lobby.limits.recipients:
            await self._too_many_recipients()
            return
        try:
            address, parameters = read_path("TO", argument, allow_null=False)
            _ignore(parameters, "NOTIFY", "ORCPT")
            if not self._utf8 and not address.isascii():
                raise BadPath("553 5.6.7 An address like this needs SMTPUTF8")
            if address.lower() == POSTMASTER:
                address = self.lobby.options.postmaster
            if split_detail(normalise(address))[0] not in self.lobby.options.addresses:
                raise BadPath("550 5.1.1 No such address here")
        except BadPath as error:
            await self.refuse(str(error))
            return
        recipients.append(address)
        self._taken += 1
        if self._taken <= max(_OVERSHOOT, self.lobby.limits.recipients):  # a mail may have more than it has commands
            self.idle_commands -= 1
        self.say("250 2.1.5 OK")

    async def _too_many_recipients(self) -> None:
        self._surplus += 1
        reply = "452 4.5.3 Too many recipients; send the rest in another message"
        if self._surplus > _OVERSHOOT:
            await self.refuse(reply)
        else:
            self.idle_commands -= 1
            self.say(reply)

    # The message

    async def smtp_DATA(self, argument: str) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.4: only CRLF.CRLF ends the message; what is inside is kept as it came."""
        assert self.envelope is not None
        recipients = tuple(self.envelope.rcpt_tos)
        if self._sender is None:
            await self.refuse("503 5.5.1 MAIL and RCPT come first")
            return
        if not recipients:
            await self.refuse("503 5.5.1 No recipient was taken: RCPT comes first")
            return
        if argument:
            await self.refuse("501 5.5.4 DATA takes no argument")
            return
        self.say("354 End with CRLF.CRLF")
        message = Message(self.lobby.spool, self.lobby.limits.max_size, self._announced)
        try:
            reply = await self._take(message, recipients)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # ours: where the message ends is not known any more
            log.error("door: %s while a message came in", type(error).__name__, exc_info=error)
            reply, self.over = replies.TRY_LATER, True
        finally:
            message.release()
        self.phase, self.since = Phase.COMMAND, self.loop.time()
        self._set_post_data_state()
        await self._answer(reply, len(recipients))
        if self.inflow.pending and not self.may_pipeline and not self.over:
            self.end(replies.IMPROPER)

    async def _answer(self, reply: str, recipients: int) -> None:
        for _ in range(self.answers(recipients) - 1):
            self.say(reply)
        if reply.startswith("5"):
            await self.refuse(reply)
            return
        self.say(reply)
        if reply.startswith("2"):
            self.idle_commands = self._taken = self._surplus = 0

    def answers(self, _recipients: int) -> int:
        """SMTP answers once for all recipients."""
        return 1

    async def _take(self, message: Message, recipients: tuple[str, ...]) -> str:
        """Receive the message and have it kept; the reply."""
        await self._receive(message)
        self.phase, self.since = Phase.DESK, self.loop.time()
        content = await message.finish() if not message.refusal else b""
        if message.refusal:
            return message.refusal
        assert self.session is not None
        desk = self.lobby.desk
        arrived = Arrived(
            token=desk.next_token(),
            door=self.door,
            client=self.client,
            hello=clean(str(self.session.host_name))[:255],
            sender=self._sender or "",
            recipients=recipients,
            received_at=datetime.now(UTC) + self.lobby.options.clock_offset,
            content=b"" if isinstance(content, Spooled) else content,
            spooled=content if isinstance(content, Spooled) else None,
            login=self.login,
        )
        message.hand_over()
        return replies.AFTER_THE_DOT[await desk.keep(arrived)]

    async def _receive(self, message: Message) -> None:
        """Everything up to the dot. Time in which our disk is slow is not the client's."""
        self.phase = Phase.DATA
        self.since = self._data_since = self.loop.time()
        self._received = 0
        self.inflow.begin_message()
        last = False
        while not last:
            piece = await self.inflow.piece()
            if piece is None:
                raise ConnectionResetError
            content, last = piece
            self._received += len(content)
            heard = self.loop.time()
            await message.add(content)
            self.since = self.loop.time()
            self._data_since += self.since - heard

    def look(self, now: float) -> None:
        super().look(now)
        if self.phase is not Phase.DATA:
            return
        limits, manners = self.lobby.limits, self.lobby.manners
        spent = now - self._data_since
        if now - self.since > min(self.lobby.idle, manners.block):
            self.dismiss(replies.TOO_SLOW)
        elif limits.data_rate and self._received < limits.data_rate * (spent - manners.grace):
            self.dismiss(replies.BELOW_RATE)
        elif spent > self._longest():
            self.dismiss(replies.SESSION_OVER)
        elif self._received > _ENDLESS * limits.max_size:
            self.dismiss(replies.ENDLESS)

    def _longest(self) -> float:
        """Seconds that a message may take at all."""
        lobby, limits = self.lobby, self.lobby.limits
        if lobby.crowded:
            return lobby.session
        at_the_least = limits.max_size / limits.data_rate + lobby.manners.grace if limits.data_rate else 0.0
        return max(_SESSIONS * lobby.session, at_the_least)


def _ignore(parameters: Parameters, *known: str) -> None:
    """Drop parameters that ask for nothing we need to do; any other is 555 (RFC 5321 section 4.1.1.11)."""
    for name in known:
        parameters.pop(name, "")
    if parameters:
        raise BadPath(f"555 5.5.4 {next(iter(parameters))[:40]} is not known here")


class LmtpDoor(Door, LMTP):
    """The same over LMTP: LHLO, and one reply for each recipient (RFC 2033 section 4.2)."""

    door = "lmtp"
    protocol = "LMTP"
    hello = "LHLO"
    commands = Door.commands - {"EHLO", "HELO"} | {"LHLO"}

    async def smtp_LHLO(self, argument: str) -> None:  # noqa: N802
        await self.smtp_EHLO(argument)

    async def smtp_EHLO(self, argument: str) -> None:  # noqa: N802
        await Door.smtp_EHLO(self, argument)

    def answers(self, recipients: int) -> int:
        return recipients
