"""Mail that leaves to a smarthost: parcels in, an SMTP transaction each over one kept connection, an outcome for each.

It must never send a parcel a second time by itself once its last dot may have been read; never pass on an address or
a line end that could be read as a command; and never keep a connection whose state it does not know.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.transport.link import Link, NoService, connect, explain
from gateway.transport.parcel import Outcome, Outgoing, Parcel, refuse, write_address
from gateway.transport.wire import Garbled, Reply

_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
_UNKNOWN = "unknown: may have been delivered; the connection was lost after the whole mail had been sent"
_TAIL = 1 << 16  # the last piece of a mail: only while it is on its way may the dot have been read
_PROBE = 10.0  # seconds that a kept connection has to show that it lives


class _Closing(Exception):
    """The smarthost said 421: it closes the connection (RFC 5321 section 3.8)."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.outcome = Outcome(reply.code, reply.text)


@dataclass(frozen=True, slots=True)
class _Transaction:
    """A parcel and the commands of its envelope."""

    parcel: Parcel
    mail: bytes
    rcpt: bytes

    @property
    def opening(self) -> bytes:
        """What RFC 2920 section 3.1 allows as one group; DATA is the last of it."""
        return b"%bDATA\r\n" % (self.mail + self.rcpt)


class Smarthost:
    """The one relay that all mail goes through (RFC 5321; RFC 2920 when PIPELINING is offered)."""

    def __init__(self, outgoing: Outgoing) -> None:
        parts = urlsplit(outgoing.url)
        if not parts.hostname or "@" in parts.netloc or parts.path not in ("", "/"):
            raise ValueError("outgoing.url must be smtp://HOST:PORT; user and password have keys of their own")
        if outgoing.starttls not in ("auto", "required", "never"):
            raise ValueError("outgoing.starttls must be auto, required or never")
        self._outgoing = outgoing
        self._host = parts.hostname
        self._port = parts.port or _DEFAULT_PORTS[parts.scheme]
        self._implicit_tls = parts.scheme == "smtps"
        self._link: Link | None = None
        self._doubt = False  # the last dot of the parcel in hand may have been read
        self._ahead = False  # the envelope of the parcel in hand is already on the wire

    def send(self, parcels: Sequence[Parcel]) -> Iterator[tuple[int, Outcome]]:
        """One outcome for each parcel; those that nobody would take come first. Breaking off closes the connection."""
        sound: list[Parcel] = []
        for parcel in parcels:
            if refusal := refuse(parcel):
                yield parcel.id, refusal
            else:
                sound.append(parcel)
        if not sound:
            return
        try:
            link = self._ready()
        except NoService as reason:
            yield from [(parcel.id, Outcome(0, str(reason))) for parcel in sound]
            return
        waiting: deque[_Transaction] = deque()
        for parcel in sound:
            transaction = _plan(parcel, link)
            if isinstance(transaction, Outcome):
                yield parcel.id, transaction
            else:
                waiting.append(transaction)
        yield from self._converse(link, waiting)

    def close(self) -> None:
        """Say QUIT if someone listens, and let go."""
        link, self._link = self._link, None
        if link is None:
            return
        with suppress(OSError, Garbled):
            link.wire.timeout = min(link.wire.timeout, 2.0)
            link.wire.write(b"QUIT\r\n")
            link.wire.read()
        link.close()

    def _ready(self) -> Link:
        """The kept connection if it still answers, else a new one. RSET also clears what a batch left behind, and
        no mail is on its way yet: nothing can be sent twice here."""
        link, self._link = self._link, None
        if link is not None:
            with suppress(OSError, Garbled):
                link.wire.timeout = min(self._outgoing.timeout, _PROBE)
                link.wire.write(b"RSET\r\n")
                if link.wire.read_alone().code == 250:
                    link.wire.timeout = self._outgoing.timeout
                    self._link = link
                    return link
            link.close()
        self._link = connect(self._outgoing, self._host, self._port, implicit_tls=self._implicit_tls)
        return self._link

    def _converse(self, link: Link, waiting: deque[_Transaction]) -> Iterator[tuple[int, Outcome]]:
        """The dialogue; when it breaks, what is left becomes temporary."""
        current = rest = Outcome(0, "")
        whole = False
        self._doubt = self._ahead = False
        try:
            while waiting:
                outcome = self._finish(link, waiting)
                yield waiting.popleft().parcel.id, outcome
            whole = True
        except _Closing as closing:
            current = rest = closing.outcome
        except (OSError, Garbled) as fault:
            lost = f"the connection to {self._host}:{self._port} was lost: {explain(fault)}"
            rest = Outcome(0, lost)
            current = Outcome(0, f"{_UNKNOWN}: {explain(fault)}") if self._doubt else rest
        finally:
            if not whole:  # also when the caller stops asking: a transaction may be half open
                self._link = None
                link.close()
        for number, transaction in enumerate(waiting):
            yield transaction.parcel.id, rest if number else current

    def _finish(self, link: Link, waiting: deque[_Transaction]) -> Outcome:
        """One transaction to its end. With PIPELINING the next one's envelope leaves together with this one's body
        or RSET (RFC 2920 section 3.1), so that each parcel costs one round trip."""
        refusal = self._open(link, waiting[0])
        following = waiting[1].opening if link.pipelining and len(waiting) > 1 else b""
        self._ahead = bool(following)
        if refusal is None:
            return self._hand_over(link, waiting[0].parcel.content, following)
        link.wire.write(b"RSET\r\n" + following)
        if _reply(link).code != 250:
            raise Garbled("the smarthost refused RSET")
        return refusal

    def _open(self, link: Link, transaction: _Transaction) -> Outcome | None:
        """The envelope: None when the smarthost waits for the mail, else why it does not."""
        if not link.pipelining:
            for command, wanted in ((transaction.mail, 2), (transaction.rcpt, 2), (b"DATA\r\n", 3)):
                link.wire.write(command)
                if refusal := _judge(_reply(link), wanted):
                    return refusal
            return None
        if not self._ahead:
            link.wire.write(transaction.opening)
        verdicts = [_judge(_reply(link), wanted) for wanted in (2, 2, 3)]
        refusal = next(filter(None, verdicts), None)
        if refusal and verdicts[2] is None:
            # RFC 2920 section 3.1: DATA was accepted although nobody is to receive it; an empty mail ends it
            link.wire.write(b".\r\n")
            _reply(link)
        return refusal

    def _hand_over(self, link: Link, content: bytes, following: bytes) -> Outcome:
        """The mail with its dots stuffed (RFC 5321 section 4.5.2), and what follows in the same write."""
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        data = b"".join(
            (
                b"." if content.startswith(b".") else b"",
                stuffed,
                b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n",
                following,
            )
        )
        if len(data) > _TAIL:
            link.wire.write(data[:-_TAIL])
        self._doubt = True
        link.wire.write(data[-_TAIL:])
        reply = _reply(link)
        outcome = _judge(reply, 2) or Outcome(reply.code, reply.text)
        self._doubt = False
        return outcome


def _reply(link: Link) -> Reply:
    reply = link.wire.read()
    if reply.code == 421:
        raise _Closing(reply)
    return reply


def _judge(reply: Reply, wanted: int) -> Outcome | None:
    """None when the reply is of the wanted class, the refusal when it is one; anything else means that the two sides
    have lost each other."""
    family = reply.code // 100
    if family == wanted:
        return None
    if family not in (4, 5):
        raise Garbled(f"the smarthost answered {reply.code} where that makes no sense")
    if reply.code == 530:  # a desk without its password must keep its mail, not give it back
        return Outcome(0, f"the smarthost wants a login: 530 {reply.text}")
    return Outcome(reply.code, reply.text)


def _plan(parcel: Parcel, link: Link) -> _Transaction | Outcome:
    """The commands of a parcel's envelope, or why this smarthost cannot take it."""
    size = len(parcel.content)
    if link.size and size > link.size:
        return Outcome(552, f"5.3.4 the mail has {size} bytes, the smarthost takes at most {link.size}")
    sender = write_address(parcel.envelope_from) if parcel.envelope_from else ""
    recipient = write_address(parcel.recipient)
    options = "" if link.size is None else f" SIZE={size}"
    if not (sender.isascii() and recipient.isascii()):
        if not link.utf8:
            return Outcome(553, "5.6.7 the address has letters outside ASCII and the smarthost has no SMTPUTF8")
        options += " SMTPUTF8"
    if link.eight_bit and not parcel.content.isascii():
        options += " BODY=8BITMIME"
    mail = f"MAIL FROM:<{sender}>{options}\r\n".encode()
    return _Transaction(parcel, mail, f"RCPT TO:<{recipient}>\r\n".encode())
