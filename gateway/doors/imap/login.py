"""Logging in to a mailbox: a password, or an access token that a program of the operator's prints.

In: a connection and the options. Out: a connection that is logged in, or a `NoMailbox` with a sentence. It must never
let a password, a token or a server's echo of them into a text, and never log in over a connection that others can read:
`client.connect` has seen to that.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway import password as password_file
from gateway import token
from gateway.doors.imap.client import Client
from gateway.doors.imap.fault import NoLogin, NoMailbox, Nonsense, Refused
from gateway.doors.imap.translation import check
from gateway.doors.imap.words import MailboxOptions


def log_in(client: Client, options: MailboxOptions, pulse: Callable[[], None]) -> None:
    """Log in, and learn what the server offers then."""
    if options.token_command:
        _show(client, options.username, _token(options.token_command, pulse))
    else:
        _tell(client, options.username, password(options))
    client.wire.state = "AUTH"
    client.learn()


def password(options: MailboxOptions) -> str:
    """The one of the environment, else what its file says now: it may be changed while the desk runs."""
    if options.password:
        return options.password
    if not options.password_file:
        raise NoLogin("there is no password: name one in password_file or password_env, or set token_command")
    try:
        return password_file.read(options.password_file, "password_file")
    except password_file.NoPassword as error:
        raise NoLogin(str(error)) from None


def _token(command: tuple[str, ...], pulse: Callable[[], None]) -> str:
    """What the program prints now."""
    try:
        return token.ask(command, pulse=pulse)
    except token.NoToken as error:
        raise NoLogin(str(error)) from None


def _tell(client: Client, username: str, secret: str) -> None:
    """AUTHENTICATE PLAIN (RFC 4616), which takes every character; else LOGIN."""
    if b"AUTH=PLAIN" in client.offers:
        _authenticate(client, "PLAIN", f"\0{username}\0{secret}".encode())
        return
    if b"LOGINDISABLED" in client.offers:
        raise NoLogin("the server takes no password from us: set token_command, or allow passwords there")
    if not (username + secret).isascii():
        raise NoLogin("the server takes only ASCII in user name and password: it does not offer AUTH=PLAIN")
    with _logging_in(), client.asking() as wire:
        check(*wire.command("LOGIN", _quoted(username), _quoted(secret)))


def _show(client: Client, username: str, access: str) -> None:
    """XOAUTH2 (Google's and Microsoft's), or OAUTHBEARER (RFC 7628) where only that is offered."""
    if b"AUTH=OAUTHBEARER" in client.offers and b"AUTH=XOAUTH2" not in client.offers:
        named = username.replace("=", "=3D").replace(",", "=2C")
        said = f"n,a={named},\1auth=Bearer {access}\1\1"
        _authenticate(client, "OAUTHBEARER", said.encode(), parting=b"\1")
        return
    _authenticate(client, "XOAUTH2", f"user={username}\1auth=Bearer {access}\1\1".encode())


def _authenticate(client: Client, mechanism: str, answer: bytes, parting: bytes = b"") -> None:
    """One answer; whoever then asks on is told `parting`, so that it says no in good order (RFC 7628 section 3.2.3)."""
    with _logging_in(), client.asking() as wire:
        tag = wire.begin_authentication(mechanism)
        for said in (b64encode(answer), b64encode(parting), b"*"):
            if wire.is_answered(tag):
                break
            wire.send(said + b"\r\n")
            wire.hear_until_asked(tag)
        if not wire.is_answered(tag):
            raise Nonsense("the server asks on and on during the login")
        check(*wire.end_authentication(tag))


@contextmanager
def _logging_in() -> Iterator[None]:
    """A no to the login is no no to a command: the operator is asked to do something."""
    try:
        yield
    except Refused as refusal:
        code = f" ({refusal})" if str(refusal) else ""
        if str(refusal) in ("SERVERBUG", "CONTACTADMIN", "CORRUPTION"):
            raise NoMailbox(f"the server cannot let us log in{code}: ask whoever runs it") from None
        text = f"the server refuses the login{code}: mend user name and password, or what token_command prints"
        raise NoLogin(text) from None


def _quoted(text: str) -> str:
    """A quoted string (RFC 9051 section 4.3). A line end would begin another command."""
    if any(char in "\r\n\0" for char in text):
        raise NoLogin("user name or password has a line end: one line is expected")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
