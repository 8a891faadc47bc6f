"""What never leaves, in the configuration: `[privacy]`, and `phone` of an `[[agent]]`.

In: tables as they were written. Out: a `Privacy` value (rules/policy), what in it would stop every mail. Opens no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit

from gateway.config.kinds import Line, Table, expect, fits
from gateway.config.problem import Path_, Problem, UnfitError, say_unfit
from gateway.rules.policy.privacy import Privacy

_HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,10}[a-z0-9-]{2,63}", re.IGNORECASE)
_SITE = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,63}(?:/[!-~]{0,200})?", re.IGNORECASE)
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{5,30}")
_FEWEST_DIGITS = 7
HOSTS = 'a list of hosts such as ["*.corp.example", "wiki.example.org", "10.20.0.0/16"]'
SITES = 'a list of sites such as ["meet.example.org", "cal.example.org/team"]'
PHONE = 'a telephone number such as "+49 30 123456-0", or ""'


def _read_host(text: str) -> None:
    try:
        ip_network(text)
    except ValueError:
        if not _HOST.fullmatch(text):
            raise UnfitError from None


def _read_site(text: str) -> None:
    if not _SITE.fullmatch(text):
        raise UnfitError


def _read_phone(text: str) -> None:
    if text and not (_PHONE.fullmatch(text) and sum(letter.isdigit() for letter in text) >= _FEWEST_DIGITS):
        raise UnfitError


Phone = Annotated[str, fits(_read_phone)]


class PrivacyTable(Table):
    hosts: list[Annotated[str, fits(_read_host)]] = expect(HOSTS, [])
    calendars: list[Annotated[str, fits(_read_site)]] = expect(SITES, [])
    allow: list[Line] = expect("a list of addresses, hosts, links or telephone numbers", [])


class Member(Protocol):
    """What privacy needs of an `[[agent]]`."""

    phone: str


def build(table: PrivacyTable, agents: Iterable[Member], machines: Iterable[str], known: Iterable[str]) -> Privacy:
    """`machines` are hosts that the configuration names, `known` those of them that the world knows anyway."""
    public = {name.lower() for name in known}
    hidden = {name.lower() for name in machines if "." in name and not name.endswith(".") and name != "127.0.0.1"}
    return Privacy(
        hosts=tuple(dict.fromkeys(host.lower() for host in table.hosts)),
        machines=tuple(sorted(hidden - public)),
        calendars=tuple(dict.fromkeys(site.lower() for site in table.calendars)),
        phones=tuple(dict.fromkeys(agent.phone for agent in agents if agent.phone)),
        allow=tuple(dict.fromkeys(table.allow)),
    )


def problems(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A host that every mail of the desk has to name cannot be a secret."""
    table = tree.get("privacy")
    hosts = table.get("hosts") if isinstance(table, dict) else None
    shown = _shown(tree)
    for place, host in enumerate(hosts if isinstance(hosts, list) else ()):
        if not isinstance(host, str):
            continue
        end = host.lower().removeprefix("*")
        for name in shown:
            if name == end or (end.startswith(".") and name.endswith(end)):
                path: Path_ = ("privacy", "hosts", place)
                yield Problem(
                    path, say_unfit(host, f"a host that customers need not know; {name} stands in every mail")
                )
                break


def _shown(tree: Mapping[str, Any]) -> list[str]:
    """The domains of the desk's public addresses, and where its pages are."""
    tables = tree.get("address")
    found = [
        str(item.get("address", "")).rpartition("@")[2].lower()
        for item in (tables if isinstance(tables, list) else ())
        if isinstance(item, dict) and item.get("kind", "support") == "support"
    ]
    web = tree.get("web")
    url = web.get("public_url") if isinstance(web, dict) else ""
    try:
        host = urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:  # the schema's to report
        host = None
    return list(dict.fromkeys(filter(None, [*found, host])))
