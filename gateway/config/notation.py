"""The small notations of the configuration file: a text comes in, a plain value goes out, or `UnfitError` says why not.

`HOST:PORT`, addresses, domains, URLs, `09:00` pairs and offsets such as `+2d3h`. Nothing here knows which key it reads
or opens anything that it names.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gateway.config.problem import UnfitError, nearest
from scheduling.hours import Span, find_fault

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*/=?^_`{|}~-]+)*")
_OFFSET = re.compile(r"([+-]?)(?:(\d{1,3})w)?(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")

MAIL_PORTS = {"smtp": 25, "smtps": 465}
LAST_PORT = 65535


class Listen(NamedTuple):
    """Where a door opens. Port 0 lets the system pick a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listen(text: str) -> Listen | None:
    """`127.0.0.1:8025`, `[::1]:0`, `mail.example:25`; None for the empty text: a door that stays shut."""
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    if not colon:
        raise UnfitError("no port")
    if not (port.isascii() and port.isdigit() and int(port) <= LAST_PORT):
        raise UnfitError("the port is a number from 0 to 65535")
    if host.startswith("[") and host.endswith("]"):
        return Listen(read_ip(host[1:-1]), int(port))
    if not _DOMAIN.fullmatch(host):
        raise UnfitError("an IPv6 address stands in brackets" if ":" in host else "no usable host before the colon")
    return Listen(read_ip(host) if re.fullmatch(r"[\d.]+", host) else host.lower(), int(port))


def read_ip(text: str) -> str:
    """An IP address in its shortest form."""
    try:
        return ip_address(text).compressed
    except ValueError:
        raise UnfitError("no IP address") from None


def read_host(text: str) -> str:
    """`imap.example.org`, `localhost`, `192.0.2.1`, `::1`: a name or an IP address, lower-cased."""
    if ":" in text or re.fullmatch(r"[\d.]+", text):
        return read_ip(text)
    if not _DOMAIN.fullmatch(text) or len(text) > 253:
        raise UnfitError
    return text.lower()


def read_nameserver(text: str) -> tuple[str, int]:
    """`127.0.0.1:5353`, `[::1]:53`, `192.0.2.1`: the address of a name server; without a port it is 53."""
    host, colon, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "53")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT):
        raise UnfitError("the port is a number from 1 to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif colon and ":" in host:
        raise UnfitError("an IPv6 address stands in brackets")
    return read_ip(host), int(port)


def read_domain(text: str) -> str:
    """A domain with at least one dot, lower-cased; one with letters beyond ASCII is written in its xn-- form."""
    if not text.isascii():
        raise UnfitError("letters beyond ASCII: write the xn-- form")
    if "." not in text or not _DOMAIN.fullmatch(text) or len(text) > 253:
        raise UnfitError
    return text.lower()


def read_selector(text: str) -> str:
    """A selector of DKIM (RFC 6376 section 3.1), without capitals: the DNS knows none; the empty text is none."""
    if text and not (_DOMAIN.fullmatch(text) and text == text.lower() and len(text) <= 63):
        raise UnfitError
    return text


def read_address(text: str) -> str:
    """A mail address in normal form. A plus sign is refused: what follows it is the desk's own (`support+k…@`)."""
    local, at, domain = text.rpartition("@")
    if "+" in local:
        raise UnfitError("with a detail after +")
    if not at or len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        raise UnfitError
    return f"{local.lower()}@{read_domain(domain)}"


def read_zone(text: str) -> str:
    """The name of a time zone that this machine knows."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder, "../x" is refused by zoneinfo
        raise UnfitError(nearest=nearest(text, available_timezones())) from None
    return text


def read_offset(text: str) -> timedelta:
    """`+2d3h`, `-90m`, `1w`: how far the clock of a demo desk is shifted."""
    match = _OFFSET.fullmatch(text)
    if match is None or not any(match.groups()[1:]):
        raise UnfitError
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset


def read_day(value: object) -> date:
    """A TOML date, or the same as a text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise UnfitError
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UnfitError("no such day") from None


def read_spans(value: object) -> tuple[Span, ...]:
    """`[["09:00", "12:30"], ["13:00", "17:00"]]` in any order; `24:00` is the midnight that ends the day."""
    if not isinstance(value, list | tuple):
        raise UnfitError
    spans = tuple(sorted((_read_span(pair) for pair in value), key=lambda span: span[0]))
    if fault := find_fault(spans):
        raise UnfitError(fault)
    return spans


def write_spans(spans: tuple[Span, ...]) -> list[list[str]]:
    """The same as it stands in the file."""
    return [[f"{opening:%H:%M}", "24:00" if closing == time.min else f"{closing:%H:%M}"] for opening, closing in spans]


def measure(spans: tuple[Span, ...]) -> timedelta:
    """How long the spans of one day last, by the local clock."""
    midnight = datetime.combine(date.min, time.min)
    ends = (datetime.combine(date.min + timedelta(days=end == time.min), end) - midnight for _, end in spans)
    starts = (datetime.combine(date.min, start) - midnight for start, _ in spans)
    return sum(ends, timedelta()) - sum(starts, timedelta())


def _read_span(pair: object) -> Span:
    if isinstance(pair, list | tuple) and len(pair) == 2:
        opening, closing = _read_clock(pair[0]), _read_clock(pair[1])
        if opening is not None and opening < 24 * 60 and closing is not None and closing > 0:
            return time(*divmod(opening, 60)), time(*divmod(closing % (24 * 60), 60))
    raise UnfitError


def _read_clock(text: object) -> int | None:
    """Minutes since midnight; `24:00` is the last."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match else None
    return None if minutes is None or minutes > 24 * 60 else minutes


class Relay(NamedTuple):
    """Where outgoing mail goes: into a Maildir, or to a server by `smtp` or `smtps`."""

    scheme: str
    path: str
    host: str
    port: int


def read_relay(text: str) -> Relay:
    """`maildir:data/sent`, `smtp://mail.example:587`, `smtps://mail.example`."""
    scheme, colon, rest = text.partition(":")
    if scheme == "maildir" and rest:
        return Relay(scheme, rest, "", 0)
    if not colon or scheme not in MAIL_PORTS or not rest.startswith("//"):
        raise UnfitError
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnfitError("no usable host and port") from None
    if parts.username is not None or parts.password is not None:
        raise UnfitError("no names or passwords in the URL: outgoing.username and outgoing.password_file hold them")
    if parts.path not in ("", "/") or parts.query or parts.fragment or port == 0:
        raise UnfitError("only host and port belong here")
    if not (_DOMAIN.fullmatch(host) or (":" in host and read_ip(host))):
        raise UnfitError("no usable host")
    return Relay(scheme, "", host, port or MAIL_PORTS[scheme])


def read_store(text: str) -> str:
    """The URL of the database: a SQLite file or a PostgreSQL server."""
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/") and not rest.endswith("/"):
        if ":memory:" in rest:
            raise UnfitError("a desk in memory would lose every mail")
        return text
    if scheme in ("postgresql", "postgresql+psycopg") and rest:
        return text
    raise UnfitError


def place_store(url: str, folder: Path) -> str:
    """The same URL with the file of a relative SQLite path inside `folder`."""
    if not url.startswith("sqlite:///"):
        return url
    return f"sqlite:///{folder / url.removeprefix('sqlite:///')}"


def read_web_url(text: str) -> str:
    """The address of the pages as customers see it, without a slash at the end; empty when there are none."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        raise UnfitError from None
    if text and (not usable or parts.username is not None or re.search(r"\s", text)):
        raise UnfitError
    return text.rstrip("/")
