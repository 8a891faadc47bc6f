"""Names and addresses of machines that are nobody's business outside.

In: a view of a text, the guard. Out: the hosts of the house in it, each with its place: what the configuration names,
names that only an inner network knows, and addresses of one where they are those of a service: in a link or with a
port. `192.168.1.1` alone is an instruction to somebody about their own router. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from gateway.rules.privacy.guard import Guard

_INNER = (".internal", ".local", ".lan", ".corp", ".intranet", ".home.arpa")
_FILES = frozenset({"rc.local", "settings.local", "env.local", "config.local", "makefile.local"})
"""Names of files that look like names of hosts."""
_PUBLIC = re.compile(
    r"(?:host|gateway|kubernetes|vm)\.docker\.internal|host\.containers\.internal|host\.lima\.internal|"
    r"(?:[\w-]{1,63}\.){0,4}svc\.cluster\.local|cluster\.local|metadata\.google\.internal|"
    r"(?:jdk|sun|com\.sun|java|kotlin|scala|org\.[\w-]{1,40})(?:\.[\w-]{1,40}){0,3}\.internal|"
    r"(?:raspberrypi|octopi|homeassistant|retropie|fritz|openhab|pihole|mainsail|fluidd)\.(?:local|lan)|"
    r"(?:my-?|your-?)?(?:hostname|host|server|printer|computer|device)(?:-?name)?\.(?:local|lan|internal)"
)
"""Names that are the same in everybody's manual: of containers, of clusters, of packages, of devices at home."""
_NAME = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,10}[\w-]{1,63}(?![\w-]|\.[\w-])")
_ENDING = re.compile(r"\.(?:internal|local|lan|corp|intranet|home\.arpa)(?![\w-]|\.[\w-])")
DOT = re.compile(r"[ \t]{0,3}[(\[{<] ?(?:dot|punkt|point) ?[)\]}>][ \t]{0,3}|[(\[{]\.[)\]}]")
"""A full stop that somebody wrote so that no program takes it for one."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789._-"
_ADDRESS = re.compile(r"(?<![\w.])([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w]|\.[0-9])(:[0-9]{1,5}(?![0-9]))?")
_PRIVATE = re.compile(r"10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.")
_ROUTERS = re.compile(r"192\.168\.|10\.0\.0\.(?:1|138|254)$|10\.1\.1\.1$")
"""What the boxes in people's homes are called: their pages may be linked to."""
_SIX = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?![\w:])")
"""What may be an address of IPv6, perhaps with the colon of the sentence."""
_UNIQUE_LOCAL = re.compile(r"://\[(?:f[cd][0-9a-f]{2}|fe80):[0-9a-f:.%]{2,60}\]")


def hosts(view: str, guard: Guard) -> Iterator[tuple[str, int]]:
    """Each host that must not be named, and where it stands."""
    if "[" in view or "(" in view or "{" in view:
        view = DOT.sub(".", view)
    if any(ending in view for ending in _INNER):
        yield from _inner(view)
    names, networks = _patterns(guard.hosts, guard.machines)
    if any(core in view for core, _ in names):
        for found in _NAME.finditer(view):
            name = found[0]
            if any(name == core or (wild and name.endswith("." + core)) for core, wild in names):
                yield name, found.start()
    if "." in view and ("10." in view or "172." in view or "192." in view or networks):
        yield from _addresses(view, networks)
    if any(network.version == 6 for network in networks):
        yield from _sixes(view, networks)
    if "://[f" in view:
        for link in _UNIQUE_LOCAL.finditer(view):
            yield link[0][3:], link.start() + 3


def _inner(view: str) -> Iterator[tuple[str, int]]:
    for ending in _ENDING.finditer(view):
        left = view[max(0, ending.start() - 253) : ending.start()]
        label = left[len(left.rstrip(_LETTERS)) :]
        start = ending.start() - len(label)
        before = view[max(0, start - 2) : start]
        path = (before.endswith("\\") and before != "\\\\") or (before.endswith("/") and before != "//")
        name = label + ending[0]
        if path or name in _FILES or _PUBLIC.fullmatch(name):
            continue
        if label.strip(".-_") and not label.startswith("."):
            yield name, start


def _addresses(view: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> Iterator[tuple[str, int]]:
    for found in _ADDRESS.finditer(view):
        address, port, start = found[1], found[2], found.start()
        if networks and _is_in(address, networks):
            yield address, start
        elif _PRIVATE.match(address):
            linked = view.endswith(("://", "@"), max(0, start - 3), start)
            if port or (linked and not _ROUTERS.match(address)):
                yield found[0], start


def _sixes(view: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> Iterator[tuple[str, int]]:
    for found in _SIX.finditer(view):
        address = found[0] if found[0].endswith("::") else found[0].removesuffix(":")
        if _is_in(address, networks):
            yield address, found.start()


def _is_in(text: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


@lru_cache(16)
def _patterns(
    hosts_: tuple[str, ...], machines: tuple[str, ...]
) -> tuple[tuple[tuple[str, bool], ...], tuple[IPv4Network | IPv6Network, ...]]:
    """The names, each with whether all below it counts, and the networks."""
    names: list[tuple[str, bool]] = [(name, False) for name in machines]
    networks: list[IPv4Network | IPv6Network] = []
    for host in hosts_:
        try:
            networks.append(ip_network(host))
        except ValueError:
            names.append((host.removeprefix("*."), host.startswith("*.")))
    return tuple(names), tuple(networks)
