"""Mail that leaves to a smarthost: parcels in, an SMTP transaction each over one kept connection, an outcome for each.

It must never send a parcel a second time by itself once its last dot may have been read; never pass on an address or
a line end that could be read as a command; and never keep a connection whose state it does not know.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.transport.gate import Gate
from gateway.transport.link import Link, NoLogin, NoService, connect, explain
from gateway.transport.parcel import Begin, Outcome, Outgoing, Parcel, at_once, refuse, write_address
from gateway.transport.wire import Garbled, Reply

_ENVELOPE_ID = re.compile("[A-Za-z0-9-]{1,100}")  # RFC 3461 section 4.4; what needs no xtext
_OF_PARAMETERS = frozenset({455, 500, 501, 504, 555})  # RFC 5321 sections 4.1.1.11 and 4.2.2
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
_UNKNOWN = "unknown: may have been delivered; the connection was lost after the whole mail had been sent"
_TAIL = 1 << 16  # the last piece of a mail: only while it is on its way may the dot have been read
_PROBE = 10.0  # seconds that a kept connection has to show that it lives
_WHOLE = 10  # time-outs that a whole transaction may take, however steadily the other side drips
_BREAKS = 3  # connections that may break one after the other before the rest of the parcels waits


class _Closing(Exception):
    """The smarthost said 421: it closes the connection (RFC 5321 section 3.8)."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.outcome = Outcome(reply.code, reply.text)


@dataclass(frozen=True, slots=True)
class _Transaction:
    """A parcel and the commands of its envelope; `named`: they say what reports shall call it."""

    parcel: Parcel
    mail: bytes
    rcpt: bytes
    named: bool

    @property
    def opening(self) -> bytes:
        """What RFC 2920 section 3.1 allows as one group; DATA is the last of it."""
        return b"%bDATA\r\n" % (self.mail + self.rcpt)


class _Supply:
    """The parcels one by one. Those that nobody would take are set aside with the reason."""

    def __init__(self, parcels: Iterable[Parcel]) -> None:
        self._rest = iter(parcels)
        self._back: deque[Parcel] = deque()
        self._refused: list[tuple[int, Outcome]] = []

    def take(self) -> Parcel | None:
        """The next one that can be written on an envelope; None when there is none now."""
        while True:
            parcel = self._back.popleft() if self._back else next(self._rest, None)
            if parcel is None:
                return None
            refusal = refuse(parcel)
            if refusal is None:
                return parcel
            self._refused.append((parcel.id, refusal))

    def plan(self, link: Link) -> _Transaction | None:
        """The next one that this smarthost can take, with its commands."""
        while (parcel := self.take()) is not None:
            transaction = _plan(parcel, link)
            if isinstance(transaction, _Transaction):
                return transaction
            self._refused.append((parcel.id, transaction))
        return None

    def put_back(self, parcel: Parcel) -> None:
        self._back.append(parcel)

    def refusals(self) -> list[tuple[int, Outcome]]:
        """What was set aside since the last look."""
        found, self._refused = self._refused, []
        return found


class Smarthost:
    """The one relay that all mail goes through (RFC 5321; RFC 2920 when PIPELINING is offered)."""

    def __init__(self, outgoing: Outgoing, gate: Gate | None = None) -> None:
        parts = urlsplit(outgoing.url)
        if not parts.hostname or "@" in parts.netloc or parts.path not in ("", "/"):
            raise ValueError("outgoing.url must be smtp://HOST:PORT; user and password have keys of their own")
        if outgoing.starttls not in ("auto", "required", "never"):
            raise ValueError("outgoing.starttls must be auto, required or never")
        self._outgoing = outgoing
        self._gate = gate or Gate()
        self._host = parts.hostname
        self._port = parts.port or _DEFAULT_PORTS[parts.scheme]
        self._implicit_tls = parts.scheme == "smtps"
        self._link: Link | None = None
        self._doubt = False  # the last dot of the parcel in hand may have been read
        self._ahead = False  # the envelope of the parcel in hand is already on the wire
        self._breaks = 0  # connections that broke since the last transaction that came to its end
        self._broken = Outcome(0, "")

    def send(self, parcels: Iterable[Parcel], begin: Begin = at_once) -> Iterator[tuple[int, Outcome]]:
        """One outcome for each parcel. A connection that breaks costs the parcel that was on it; the next ones get a
        new one, unless one after the other breaks. Breaking off closes the connection."""
        supply = _Supply(parcels)
        self._breaks = 0
        while (parcel := supply.take()) is not None:
            try:
                link = self._ready()
            except NoService as reason:
                yield from self._give_up(parcel, supply, Outcome(0, str(reason)))
                return
            supply.put_back(parcel)
            yield from self._converse(link, supply, begin)
            yield from supply.refusals()
            if self._breaks >= _BREAKS and (following := supply.take()) is not None:
                yield from self._give_up(following, supply, self._broken)
                return
        yield from supply.refusals()

    def _give_up(self, parcel: Parcel, supply: _Supply, why: Outcome) -> Iterator[tuple[int, Outcome]]:
        """Nothing more goes out now: the rest waits as it is."""
        following: Parcel | None = parcel
        while following is not None:
            yield following.id, why
            following = supply.take()
        yield from supply.refusals()

    def close(self) -> None:
        """Say QUIT if someone listens, and let go."""
        link, self._link = self._link, None
        if link is None:
            return
        with suppress(OSError, Garbled):
            link.wire.timeout = min(link.wire.timeout, 2.0)
            link.wire.bound(link.wire.timeout)
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
                link.wire.bound(link.wire.timeout)
                link.wire.write(b"RSET\r\n")
                if link.wire.read_alone().code == 250:
                    link.wire.timeout = self._outgoing.timeout
                    self._link = link
                    return link
            link.close()
        if why := self._gate.reason():
            raise NoService(why)
        try:
            self._link = connect(self._outgoing, self._host, self._port, implicit_tls=self._implicit_tls)
        except NoLogin as refusal:
            self._gate.shut(str(refusal))
            raise
        return self._link

    def _converse(self, link: Link, supply: _Supply, begin: Begin) -> Iterator[tuple[int, Outcome]]:
        """The dialogue, until there is nothing to send or the connection breaks."""
        whole = False
        outcome = Outcome(0, "")
        begun: Parcel | None = None
        self._doubt = self._ahead = False
        following = supply.plan(link)
        try:
            while (current := following) is not None:
                following = None
                yield from supply.refusals()
                if not begin(current.parcel):
                    if self._ahead:  # its envelope is on the wire: only a new connection forgets it
                        return
                    following = supply.plan(link)
                    continue
                begun = current.parcel
                link.wire.bound(_WHOLE * self._outgoing.timeout)
                refusal = self._agree(link, current)
                following = supply.plan(link)
                outcome = self._finish(link, current, refusal, following)
                begun, self._breaks = None, 0
                yield current.parcel.id, outcome
            whole = True
        except _Closing as closing:
            outcome = self._broken = closing.outcome
        except (OSError, Garbled) as fault:
            self._broken = Outcome(0, f"the connection to {self._host}:{self._port} was lost: {explain(fault)}")
            outcome = Outcome(0, f"{_UNKNOWN}: {explain(fault)}") if self._doubt else self._broken
        finally:
            if not whole:  # also when the caller stops asking: a transaction may be half open
                self._link = None
                link.close()
        if following is not None:
            supply.put_back(following.parcel)
        if begun is not None:
            self._breaks += 1
            yield begun.id, outcome

    def _finish(
        self, link: Link, current: _Transaction, refusal: Outcome | None, following: _Transaction | None
    ) -> Outcome:
        """One transaction to its end. With PIPELINING the next one's envelope leaves together with this one's body
        or RSET (RFC 2920 section 3.1), so that each parcel costs one round trip."""
        opening = following.opening if link.pipelining and following is not None else b""
        self._ahead = bool(opening)
        if refusal is None:
            return self._hand_over(link, current.parcel.content, opening)
        _reset(link, opening)
        return refusal

    def _agree(self, link: Link, current: _Transaction) -> Outcome | None:
        """The envelope; once more without the parameters for reports where they may be what is refused. No mail fails
        over something that it can do without, and a smarthost that offers what it does not take is not asked again."""
        refusal = self._open(link, current)
        if refusal is None or not current.named or refusal.code not in _OF_PARAMETERS:
            return refusal
        plain = _plan(current.parcel, link, named=False)
        assert isinstance(plain, _Transaction)
        self._ahead = False
        _reset(link)
        refusal = self._open(link, plain)
        if refusal is None:  # else it was about the address, whose owner must not take the name off other mails
            link.reports = False
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


def _reset(link: Link, following: bytes = b"") -> None:
    """End a transaction that was refused; what follows it leaves in the same write."""
    link.wire.write(b"RSET\r\n" + following)
    if _reply(link).code != 250:
        raise Garbled("the smarthost refused RSET")


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


def _plan(parcel: Parcel, link: Link, *, named: bool = True) -> _Transaction | Outcome:
    """The commands of a parcel's envelope, or why this smarthost cannot take it. One that speaks of reports is told by
    which name they find the mail, and that its headers are enough (RFC 3461), unless it shall not be `named`."""
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
    wish = ""
    named = named and link.reports and _ENVELOPE_ID.fullmatch(parcel.envelope_id) is not None
    if named:
        options += f" RET=HDRS ENVID={parcel.envelope_id}"
        wish = " NOTIFY=FAILURE,DELAY" if sender else ""  # of a null sender nobody can be notified
    mail = f"MAIL FROM:<{sender}>{options}\r\n".encode()
    return _Transaction(parcel, mail, f"RCPT TO:<{recipient}>{wish}\r\n".encode(), named)
