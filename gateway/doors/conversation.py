"""One client's session as a conversation: the greeting, command lines, replies, errors, patience, the end.

In: a connection. Out: calls of `smtp_COMMAND` methods, replies in their order. Commands are strict: CRLF, printable,
bounded, pipelined only where RFC 2920 allows it. Every end that is ours is said with a 421 or 554 first; an
exception's text never is. Built on aiosmtpd's SMTP class, whose loop and limits it replaces.
"""

from __future__ import annotations

import asyncio
import enum
import logging
from contextlib import suppress
from typing import Any, ClassVar, cast

from aiosmtpd.smtp import SMTP

from gateway.doors import replies
from gateway.doors.lobby import Lobby
from gateway.doors.stream import Inflow

_MANY = 100
"""Commands from one packet after which others have their turn."""
_STUCK = 1 << 16
"""Bytes of replies that a client may leave unread before we wait for it."""

_LAST_OF_A_GROUP = frozenset({"HELO", "EHLO", "LHLO", "DATA", "NOOP", "VRFY", "EXPN", "HELP", "STARTTLS", "AUTH"})
"""Commands behind which a client waits for our answer (RFC 2920 section 3.1, RFC 3207, RFC 4954)."""
_OF_THE_WEB = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_NOT_HERE = frozenset({"AUTH", "ATRN", "BDAT", "ETRN", "EXPN", "SAML", "SEND", "SOML", "STARTTLS", "TURN"})

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes addresses at INFO and mail at DEBUG
logging.getLogger("mail.debug").setLevel(logging.ERROR)  # its PROXY parser warns of every stranger
log = logging.getLogger(__name__)


class Phase(enum.Enum):
    """What a session waits for."""

    PROXY = enum.auto()
    COMMAND = enum.auto()
    TLS = enum.auto()
    DATA = enum.auto()
    DESK = enum.auto()
    CLOSING = enum.auto()


class Conversation(SMTP):
    """The session of one client. `client` is its address; `since` is when it last did what it should."""

    commands: ClassVar[frozenset[str]] = frozenset()
    protocol: ClassVar[str] = "ESMTP"
    direct: ClassVar[bool] = True
    """Whether the client's address is known, and counted, before the session begins."""

    def __init__(self, lobby: Lobby, loop: asyncio.AbstractEventLoop, client: str) -> None:
        vars(self).update(_furniture(type(self), lobby, loop))
        inflow = Inflow(loop, self.flush)
        asyncio.StreamReaderProtocol.__init__(self, inflow, self._cb_client_connected, loop)
        self.lobby = lobby
        self.inflow = inflow
        self.client = client
        self.phase = Phase.COMMAND
        self.since = self.started = loop.time()
        self.counted = self.direct
        self.over = False
        self.errors = 0
        self.idle_commands = 0
        self._replies: list[str] = []

    # Its life, as asyncio sees it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.transport is not None:
            super().connection_made(transport)  # STARTTLS: a new transport, a new session (RFC 3207 section 4.2)
            return
        self.transport = transport
        asyncio.StreamReaderProtocol.connection_made(self, transport)
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session = self._create_session()
        self.lobby.sessions.add(self)
        self._handler_coroutine = self.loop.create_task(self._handle_client())

    def data_received(self, data: bytes) -> None:
        if self.phase is not Phase.CLOSING:
            self.inflow.feed_data(data)

    def eof_received(self) -> bool:
        """The client says no more; what it has said is still answered (half-close)."""
        if self.phase is Phase.CLOSING:
            return False
        return bool(asyncio.StreamReaderProtocol.eof_received(self)) and self._tls_protocol is None

    def connection_lost(self, error: Exception | None) -> None:
        if self not in self.lobby.sessions:
            return
        self.lobby.sessions.remove(self)
        self.lobby.leave()
        if self.counted:
            self.lobby.release(self.client)
        if self._original_transport is not None:
            self._original_transport.close()
        asyncio.StreamReaderProtocol.connection_lost(self, error)
        self.phase = Phase.CLOSING
        self.inflow.forget()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()

    def _reset_timeout(self, duration: float | None = None) -> None:
        """aiosmtpd's timer; ours is `look`."""

    # What is said

    def say(self, reply: str) -> None:
        """Put a reply behind the others; they leave together when we wait for something (RFC 2920 section 3.2)."""
        self._replies.append(reply)
        if reply[0] in "45":
            self.lobby.refused[reply[:3]] += 1

    def flush(self) -> None:
        if self._replies:
            said, self._replies = "\r\n".join(self._replies), []
            if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
                self.transport.write(f"{said}\r\n".encode("ascii"))

    async def push(self, status: Any) -> None:
        """How aiosmtpd's own methods reply."""
        self.say(status if isinstance(status, str) else status.decode("ascii"))
        self.flush()

    async def refuse(self, reply: str) -> None:
        """A reply to something that the client did wrong. Who errs often is answered late, and then no more."""
        self.errors += 1
        manners = self.lobby.manners
        if self.errors >= manners.tarpit_from and manners.tarpit:
            self.flush()
            await asyncio.sleep(manners.tarpit)
        self.say(reply)
        if self.errors >= self.lobby.limits.errors:
            self.end(replies.TOO_MANY_ERRORS)

    def end(self, reply: str = "") -> None:
        """The last word of this session."""
        if reply:
            self.say(reply)
        self.over = True

    def dismiss(self, reply: str) -> None:
        """End the session from outside, whatever it waits for."""
        if self.phase is not Phase.CLOSING:
            self.say(reply)
            self.close()

    def close(self, *, linger: bool = True) -> None:
        """Say what is to be said and hang up; who still sends may read our words before the line goes dead."""
        self.flush()
        self.phase, self.since = Phase.CLOSING, self.loop.time()
        if self._handler_coroutine is not None and self._handler_coroutine is not asyncio.current_task():
            self._handler_coroutine.cancel()
        transport = cast("asyncio.Transport", self.transport)
        if transport.is_closing():
            return
        if linger and self._tls_protocol is None:
            self.inflow.forget()
            with suppress(OSError):  # it has gone already
                transport.write_eof()
        else:
            transport.close()

    def abort(self) -> None:
        """Hang up without a word, at once."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def ended(self) -> None:
        """Wait for the end of what `abort` or `close` have cancelled."""
        if self._handler_coroutine is not None:
            await asyncio.wait([self._handler_coroutine])

    # What is heard

    async def _handle_client(self) -> None:
        linger = True
        try:
            if await self.greet():
                linger = await self._converse()
        except ConnectionError:
            linger = False
        except Exception:  # the conversation itself is at fault
            log.exception("door: a session failed")
            self.say(replies.TRY_LATER.replace("451", "421"))
        finally:
            if self.phase is not Phase.CLOSING and self.transport is not None:
                self.close(linger=linger)
            self._leave_the_handshake()

    def _leave_the_handshake(self) -> None:
        """asyncio says that the connection is lost only when a handshake under STARTTLS was completed."""
        if self._tls_protocol is not None and self.session is not None and self.session.ssl is None:
            cast("asyncio.Transport", self._original_transport).abort()
            self.connection_lost(None)

    async def greet(self) -> bool:
        """Wait a moment for those who cannot wait, then say who we are; whether the session goes on."""
        await asyncio.sleep(self.lobby.manners.before_greeting)
        if self.inflow.pending:
            self.say(replies.EARLY)
            return False
        self.say(f"220 {self.hostname} {self.__ident__}")
        return True

    async def _converse(self) -> bool:
        """Command after command; whether the client may still be sending when we hang up."""
        burst = 0
        while not self.over:
            line = await self.inflow.line()
            if line is None:
                return False
            self.since = self.loop.time()
            await self._hear(line)
            burst = burst + 1 if self.inflow.pending else 0
            if burst >= _MANY:
                burst = 0
                await asyncio.sleep(0)
            if cast("asyncio.Transport", self.transport).get_write_buffer_size() > _STUCK:
                await self._writer.drain()
        return True

    async def _hear(self, line: bytes) -> None:
        """One command line."""
        if not line:
            await self.refuse("500 5.5.2 The line is too long")
            return
        if line[-2:] != b"\r\n":
            await self.refuse("500 5.5.2 Lines end with CR LF")
            return
        text = line[:-2].decode("utf-8", "surrogateescape")
        if not text.isprintable() and any(char < " " or char == "\x7f" for char in text):
            await self.refuse("501 5.5.2 Control characters have no place in a command")
            return
        verb, _, argument = text.partition(" ")
        verb = verb.upper() if verb.isascii() else ""
        if self._too_much(verb):
            return
        if verb not in self.commands:
            await self._unknown(verb)
        else:
            await self._do(verb, argument.strip(" "))

    def _too_much(self, verb: str) -> bool:
        """Whether the session ends here: it closes, it has lasted long, it brings no mail, or it is no mail client."""
        self.idle_commands += 1
        if verb == "QUIT":
            return False
        if self.lobby.draining:
            self.end(replies.CLOSING)
        elif self.since - self.started > self.lobby.session:
            self.end(replies.SESSION_OVER)
        elif self.idle_commands > self.lobby.limits.commands:
            self.end(replies.TOO_MANY_COMMANDS)
        elif verb in _OF_THE_WEB or verb.endswith(":"):
            self.end(replies.NO_WEB)
        elif self.inflow.pending and (verb in _LAST_OF_A_GROUP or not self.may_pipeline):
            self.end(replies.IMPROPER)
        return self.over

    @property
    def may_pipeline(self) -> bool:
        """Whether the client knows from EHLO or LHLO that it may."""
        return self.session is not None and self.session.extended_smtp

    async def _unknown(self, verb: str) -> None:
        if verb not in _NOT_HERE:
            await self.refuse("500 5.5.2 There is no such command")
            return
        await self.refuse(f"502 5.5.1 {verb} is not offered here")
        if verb == "BDAT":  # a chunk follows (RFC 3030): it must not be read as commands
            self.over = True

    async def _do(self, verb: str, argument: str) -> None:
        try:
            await getattr(self, f"smtp_{verb}")(argument)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # whatever it was, it is ours: the client may come again
            log.error("door: %s while a command ran", type(error).__name__, exc_info=error)
            self.say(replies.TRY_LATER)

    # Patience

    def look(self, now: float) -> None:
        """Called several times a second: send away who takes too long."""
        lobby, waited = self.lobby, now - self.since
        if self.phase in (Phase.COMMAND, Phase.TLS):
            if waited > (min(lobby.idle, lobby.manners.crowded_idle) if lobby.crowded else lobby.idle):
                self.dismiss(replies.TOO_SLOW)
            elif now - self.started > lobby.session:
                self.dismiss(replies.SESSION_OVER)
        elif self.phase is Phase.CLOSING:
            if waited > lobby.manners.linger:
                self.abort()
        elif self.phase is Phase.PROXY and waited > lobby.manners.proxy:
            self.close(linger=False)


def _furniture(kind: type[Conversation], lobby: Lobby, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """What aiosmtpd's constructor sets up, the same for all sessions of a door.

    It runs once: it looks at every attribute of the class twice, which took a third of a short session's time.
    """
    found = lobby.furniture.get(kind)
    if found is None:
        model = kind.__new__(kind)
        SMTP.__init__(
            model,
            None,
            data_size_limit=lobby.limits.max_size,
            enable_SMTPUTF8=True,
            hostname=lobby.options.hostname,
            ident=f"{kind.protocol} replydesk",
            tls_context=lobby.tls,
            loop=loop,
        )
        bound_to_the_model = ("_smtp_methods", "_auth_methods", "_handle_hooks")
        found = {name: value for name, value in vars(model).items() if name not in bound_to_the_model}
        found["_handle_hooks"] = {}
        lobby.furniture[kind] = found
    return found
