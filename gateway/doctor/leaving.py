"""The way out: the folder can be written, or the smarthost lets us in. Nothing is sent."""

from __future__ import annotations

import os
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from gateway.doctor.disk import nearest
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from gateway.transport.link import Link, NoService, connect
from gateway.way_out import outgoing

AREA = "outgoing"
SECONDS = 8.0
"""How long each step of the smarthost may take here; a serving desk is more patient. Postfix can keep strangers waiting
for its greeting, 6 s by default (postscreen_greet_wait)."""
ALL_SECONDS = 30.0
"""How long all of them may take together."""
SMALL = 10 << 20


def check(house: House) -> Iterator[Finding]:
    """The one way out that is configured."""
    way = house.config.outgoing
    if way.maildir is not None:
        if not house.config.demo:
            yield warning(
                AREA,
                f"mail leaves into the folder {way.maildir}, not into the world",
                "set outgoing.url to smtp://HOST:PORT when the desk shall send for real",
            )
        yield from _maildir(way.maildir)
        return
    told = replace(outgoing(house.config), timeout=min(SECONDS, way.timeout))
    try:
        link = connect(told, way.host, way.port, implicit_tls=way.scheme == "smtps")
    except NoService as error:
        yield problem(
            AREA, str(error), "mend outgoing.*, or the smarthost; mail that waits is kept and tried for five days"
        )
        return
    try:
        yield from _offers(
            link,
            f"{way.host}:{way.port}",
            encrypted=isinstance(link.client.sock, ssl.SSLSocket),
            logged_in=bool(way.username),
        )
    finally:
        link.close()


def _offers(link: Link, name: str, *, encrypted: bool, logged_in: bool) -> Iterator[Finding]:
    words = ["encrypted" if encrypted else "not encrypted", "logged in" if logged_in else "without a login"]
    words += [
        word
        for word, there in (
            ("PIPELINING", link.pipelining),
            ("8BITMIME", link.eight_bit),
            ("SMTPUTF8", link.utf8),
            ("DSN", link.reports),
        )
        if there
    ]
    words.append(f"at most {link.size} bytes" if link.size else "of any size")
    yield fine(AREA, f"the smarthost {name} takes our mail: {', '.join(words)}")
    if not encrypted and not _is_here(name.rpartition(":")[0]):
        yield warning(
            AREA,
            f"mail goes to {name} in the clear",
            'let the smarthost offer STARTTLS and set outgoing.starttls = "required"',
        )
    if not link.utf8:
        yield fine(AREA, "it has no SMTPUTF8: mail to addresses with letters outside ASCII before the @ fails")
    if link.size and link.size < SMALL:
        yield warning(
            AREA,
            f"the smarthost takes at most {link.size / (1 << 20):.1f} MB: answers with larger files fail",
            "raise its limit (Postfix: message_size_limit)",
        )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _maildir(folder: Path) -> Iterator[Finding]:
    """A file goes into tmp and out again. A folder that is not there is not made: only whether it could be."""
    place = nearest(folder)
    if place != folder:
        can = place is not None and os.access(place, os.W_OK | os.X_OK)
        yield fine(AREA, f"{folder} is made with the first mail") if can else _unwritable(folder, "it cannot be made")
        return
    inner = [folder / name for name in ("tmp", "new", "cur") if (folder / name).is_dir()]
    if len({one.stat().st_dev for one in (folder, *inner)}) > 1:
        yield problem(
            AREA,
            f"tmp and new of {folder} are on different disks: no mail can be put there whole",
            "put them on one disk",
        )
    probe = (inner[0] if inner else folder) / f"doctor.{secrets.token_hex(8)}"
    try:
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, b"x")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            probe.unlink()
    except OSError as error:
        yield _unwritable(folder, error.strerror or "unknown fault")
    else:
        yield fine(AREA, f"{folder} can be written")


def _unwritable(folder: Path, why: str) -> Finding:
    return problem(
        AREA,
        f"{folder} cannot be written: {why}",
        "mend its rights or the disk, or name another folder in outgoing.url",
    )
