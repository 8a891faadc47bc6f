"""The doors: whoever serves the desk is asked through them; while nobody does, whether they could be opened."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

from gateway.config.notation import Listen
from gateway.config.settings import Config
from gateway.doctor import dialogue
from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House

AREA = "doors"
LOG = "read the log of the serving process; stop and start it when it does not say"


def check(house: House) -> Iterator[Finding]:
    """Each configured door."""
    config = house.config
    doors = [(name, listen) for name, listen in configured(config) if listen is not None]
    if house.server:
        yield fine(AREA, f"the desk is served by process {house.server}")
    else:
        yield warning(AREA, "nobody serves the desk on this machine", 'run "replydesk serve"')
    if not any(name in ("smtp", "lmtp") for name, _ in doors):
        yield warning(
            AREA,
            "no door takes mail: only deliver and import bring any in",
            "name an address in smtp.listen or lmtp.listen, unless that is meant",
        )
    for name, listen in doors:
        if listen.port == 0:
            yield fine(AREA, f"{name}: takes a free port at each start, which cannot be tried from here")
        elif house.server:
            yield _answers(name, listen, config)
        else:
            yield _opens(name, listen)


def configured(config: Config) -> tuple[tuple[str, Listen | None], ...]:
    return (
        ("smtp", config.smtp.listen),
        ("submission", config.submission.listen),
        ("proxy", config.smtp.proxy_listen),
        ("lmtp", config.lmtp.listen),
        ("web", config.web.listen),
    )


def _answers(name: str, listen: Listen, config: Config) -> Finding:
    """What the open door says. Behind PROXY nobody may speak but its front, so there a connection must do."""
    host = reachable(listen.host)
    try:
        if name == "web":
            return _web(host, listen)
        if name == "proxy":
            socket.create_connection((host, listen.port), timeout=dialogue.SECONDS).close()
            return fine(AREA, f"proxy {listen}: takes connections")
        offer = dialogue.ask(host, listen.port, lmtp=name == "lmtp", hello=config.smtp.hostname)
    except (OSError, dialogue.NoAnswer, HTTPException) as error:
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return problem(AREA, f"{name} {listen}: {what}", LOG)
    if name == "submission" and not (offer.has("STARTTLS") or offer.has("AUTH")):
        return problem(
            AREA,
            f"submission {listen}: offers neither STARTTLS nor AUTH, so nobody can log in",
            "name smtp.certificate and smtp.private_key",
        )
    return fine(AREA, f"{name} {listen}: {offer.greeting}; offers {', '.join(offer.extensions) or 'nothing'}")


def _web(host: str, listen: Listen) -> Finding:
    connection = HTTPConnection(host, listen.port, timeout=dialogue.SECONDS)
    try:
        connection.request("GET", "/health", headers={"Accept": "application/json"})
        status = connection.getresponse().status
    finally:
        connection.close()
    if status == 200:
        return fine(AREA, f"web {listen}: /health says 200")
    return problem(
        AREA, f"web {listen}: /health says {status}", f"look at http://{listen}/health: it gives the reasons"
    )


def reachable(host: str) -> str:
    """Where a door that listens on all addresses can be asked."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "::1" if address.version == 6 else "127.0.0.1"


def _opens(name: str, listen: Listen) -> Finding:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((listen.host, listen.port))
        except OSError as error:
            section = "smtp.proxy_listen" if name == "proxy" else f"{name}.listen"
            fix = f"stop what listens there, or name another address in {section}"
            if isinstance(error, PermissionError):
                fix = f"ports below 1024 need CAP_NET_BIND_SERVICE (we are user {os.getuid()}); or name a higher one"
            return problem(AREA, f"{section} {listen} cannot be opened: {error.strerror or error}", fix)
    return fine(AREA, f"{name} {listen}: can be opened")
