"""A connection that mail may be handed to: the configuration in, greeting, encryption and password done, a `Link` out.

It must never send a password or a mail over a connection that was to be encrypted and is not, never take what came
before a TLS handshake for what came after it, and never let a password or a server's echo of it into a text.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from ipaddress import ip_address

from gateway import password, token
from gateway.transport.parcel import Outgoing
from gateway.transport.wire import Garbled, Wire


class NoService(Exception):
    """There is no connection that may be used. The text is a sentence for the operator."""


class NoLogin(NoService):
    """The smarthost and we do not agree about the login: the next connection would find the same."""


@dataclass(slots=True)
class Link:
    """An open connection and what the smarthost offers on it; `reports` is DSN (RFC 3461), and `size` is None when SIZE
    is not offered."""

    client: smtplib.SMTP
    wire: Wire
    pipelining: bool
    utf8: bool
    eight_bit: bool
    reports: bool
    size: int | None

    def close(self) -> None:
        """Let go without a word."""
        self.client.close()


class _Bounded(smtplib.SMTP):
    """smtplib's handshake with replies read under a deadline and a limit; it has neither."""

    _wire: Wire | None = None

    def take_wire(self) -> Wire:
        if self._wire is None or self._wire.sock is not self.sock:
            assert isinstance(self.sock, socket.socket)
            self._wire = Wire(self.sock, self.timeout)
        return self._wire

    def getreply(self) -> tuple[int, bytes]:
        """One reply. During the handshake we say one thing at a time: more than one reply is an injection
        (RFC 3207 section 4.2: discard what was known before TLS; here: do not go on at all)."""
        try:
            wire = self.take_wire()
            reply = wire.read_alone()
            wire.sock.settimeout(wire.timeout)
        except (OSError, Garbled):
            self.close()
            raise
        return reply.code, b"\n".join(reply.lines)


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte (RFC 8314)."""


def connect(outgoing: Outgoing, host: str, port: int, *, implicit_tls: bool) -> Link:
    """A link to the smarthost, or `NoService` with the reason."""
    name = f"{host}:{port}"
    try:
        client = _reach(outgoing, host, port, implicit_tls=implicit_tls)
    except smtplib.SMTPConnectError as refusal:
        raise NoService(f"the smarthost {name} greeted with {refusal.smtp_code}") from None
    except (OSError, Garbled) as fault:
        hint = _other_way(fault, port, implicit_tls=implicit_tls)
        raise NoService(f"the smarthost {name} cannot be reached: {explain(fault)}{hint}") from None
    try:
        client.ehlo_or_helo_if_needed()
        if not implicit_tls:
            _encrypt(client, outgoing, host)
        _authenticate(client, outgoing, host, encrypted=isinstance(client.sock, ssl.SSLSocket))
    except (OSError, Garbled, smtplib.SMTPException) as fault:
        client.close()
        raise NoService(f"the smarthost {name} did not finish its greeting: {explain(fault)}") from None
    except BaseException:
        client.close()
        raise
    return _describe(client)


_OF_OUR_OWN = "; an authority of your own is named by outgoing.ca_file"
_OF_ITS_NAME = "; name it in outgoing.url as its certificate does"
# What helps, by OpenSSL's X509_V_ERR_* (x509_vfy.h): no issuer, expired, self-signed, another name or address.
_CURES = {
    2: _OF_OUR_OWN, 18: _OF_OUR_OWN, 19: _OF_OUR_OWN, 20: _OF_OUR_OWN, 21: _OF_OUR_OWN,
    10: "; its operator must renew it", 62: _OF_ITS_NAME, 64: _OF_ITS_NAME,
}  # fmt: skip
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG"})
"""OpenSSL's names (sslerr.h) of an answer that is no TLS."""
_SUBMISSIONS = 465
"""The port that is encrypted from the first byte (RFC 8314 section 7.3)."""


def _other_way(fault: Exception, port: int, *, implicit_tls: bool) -> str:
    """What helps where one side waits for TLS and the other for words, as far as that can be seen."""
    if implicit_tls and getattr(fault, "reason", "") in _NO_TLS:
        return "; it speaks in the clear first: smtps:// is for a port such as 465, smtp:// for 587 and 25"
    if not implicit_tls and port == _SUBMISSIONS and isinstance(fault, TimeoutError):
        return "; it may wait for encryption: such a port wants smtps://"
    return ""


def explain(fault: Exception) -> str:
    """A fault of the network in a few words, nothing of what was said in the dialogue."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        cure = _CURES.get(fault.verify_code, "")
        return f"its certificate is not trusted ({fault.verify_message.rstrip('.')}{cure})"
    if isinstance(fault, ssl.SSLError):
        return f"encryption failed ({fault.reason or 'broken handshake'})"
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"it said {fault.smtp_code}"
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    if isinstance(fault, OSError):
        return fault.strerror or str(fault)
    return str(fault) if isinstance(fault, Garbled) else "it does not speak SMTP"


def _reach(outgoing: Outgoing, host: str, port: int, *, implicit_tls: bool) -> _Bounded:
    """Connected and greeted. Each parcel waits for replies, so Nagle's delay would be paid on each."""
    hello = outgoing.hostname
    client: _Bounded
    if implicit_tls:
        context = _trusting(outgoing)
        client = _BoundedTls(host, port, local_hostname=hello, timeout=outgoing.timeout, context=context)
    else:
        client = _Bounded(host, port, local_hostname=hello, timeout=outgoing.timeout)
    client.take_wire().sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _encrypt(client: _Bounded, outgoing: Outgoing, host: str) -> None:
    """STARTTLS as the configuration wants it; a certificate is always verified."""
    offered = client.has_extn("starttls")
    if outgoing.starttls == "never" or (outgoing.starttls == "auto" and (not offered or _is_here(host))):
        return
    if not offered:
        raise NoService(f"the smarthost {host} does not offer STARTTLS, and outgoing.starttls is required")
    try:
        client.starttls(context=_trusting(outgoing))
    except ssl.SSLCertVerificationError as fault:
        raise NoService(f"STARTTLS with {host} failed: {explain(fault)}; nothing was sent") from None
    client.ehlo_or_helo_if_needed()


def _authenticate(client: _Bounded, outgoing: Outgoing, host: str, *, encrypted: bool) -> None:
    if not outgoing.username:
        return
    if not (encrypted or outgoing.starttls == "never" or _is_here(host)):
        raise NoLogin(f"the smarthost {host} does not offer STARTTLS: the password was not sent in the clear")
    what = "user name or access token" if outgoing.token_command else "user name or password"
    try:
        if outgoing.token_command:
            _show_token(client, outgoing)
        else:
            client.login(outgoing.username, _password(outgoing))
    except smtplib.SMTPAuthenticationError as refusal:
        raise NoLogin(f"the smarthost {host} refused {what} ({refusal.smtp_code})") from None
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException):
        raise  # a fault of the connection, not of the login
    except (smtplib.SMTPException, UnicodeError):  # SMTPNotSupportedError, or a bare one: no method that both know
        raise NoLogin(f"the smarthost {host} offers no way to log in that we know") from None


def _show_token(client: _Bounded, outgoing: Outgoing) -> None:
    """XOAUTH2, Microsoft's and Google's: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol. Who asks
    on after it tells why not, and is told an empty line, so that the refusal comes in good order."""
    if "XOAUTH2" not in client.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError
    try:
        access = token.ask(outgoing.token_command)
    except token.NoToken as error:
        raise NoLogin(f"outgoing.{error}") from None
    said = b64encode(f"user={outgoing.username}\1auth=Bearer {access}\1\1".encode()).decode("ascii")
    code, _ = client.docmd("AUTH", f"XOAUTH2 {said}")
    if code == 334:
        code, _ = client.docmd("")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, b"")


def _password(outgoing: Outgoing) -> str:
    """The one of the environment, else what its file says now: it may be changed while the desk runs."""
    if outgoing.password:
        return outgoing.password
    try:
        found = password.read(outgoing.password_file, "outgoing.password_file")
    except password.NoPassword as error:
        raise NoLogin(str(error)) from None
    if not found.isascii():
        raise NoLogin("outgoing.password_file cannot be read as ASCII text")
    return found


def _trusting(outgoing: Outgoing) -> ssl.SSLContext:
    """Whose certificates count: the system's authorities and those of `outgoing.ca_file`."""
    context = ssl.create_default_context()
    if outgoing.ca_file:
        try:
            context.load_verify_locations(outgoing.ca_file)
        except (OSError, ssl.SSLError):
            raise NoService("outgoing.ca_file cannot be read as certificates in PEM form") from None
    return context


def _describe(client: _Bounded) -> Link:
    features: dict[str, str] = client.esmtp_features if client.does_esmtp else {}
    size = features.get("size")
    return Link(
        client=client,
        wire=client.take_wire(),
        pipelining="pipelining" in features,
        utf8="smtputf8" in features,
        eight_bit="8bitmime" in features,
        reports="dsn" in features,
        size=None if size is None else int(size) if size.isdigit() else 0,
    )


def _is_here(host: str) -> bool:
    """Whether the smarthost is this machine: nobody can listen on the way."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
