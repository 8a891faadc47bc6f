"""Names asked of the DNS: through dnspython where it is installed (`pip install "replydesk[dns]"`).

In: a name and a type of record. Out: the records as text, none when there are none, or `Unanswered` when nobody could
say. Three seconds a question.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 3.0

Ask = Callable[[str, str], tuple[str, ...]]
"""The records of a name and type, as they are written in a zone; text records joined, without their quotes. For PTR the
name is an address."""


class Unanswered(Exception):
    """The DNS did not say; that is not the same as no."""


def resolver() -> Ask | None:
    """The system's resolver, or None without the library."""
    try:
        import dns.exception
        import dns.resolver
    except ModuleNotFoundError:
        return None
    try:
        return through(dns.resolver.Resolver())
    except dns.exception.DNSException:
        return _nobody


def through(system: Resolver) -> Ask:
    """Questions to this resolver."""
    import dns.exception
    import dns.resolver
    import dns.reversename

    system.lifetime = SECONDS

    def ask(name: str, kind: str) -> tuple[str, ...]:
        try:
            wanted = dns.reversename.from_address(name) if kind == "PTR" else name.rstrip(".") + "."
            answer = system.resolve(wanted, kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except dns.exception.DNSException as error:
            raise Unanswered(f"{name} {kind}: {type(error).__name__}") from None
        if kind == "TXT":
            return tuple(b"".join(record.strings).decode("ascii", "replace") for record in answer)
        return tuple(record.to_text() for record in answer)

    return ask


def _nobody(name: str, kind: str) -> tuple[str, ...]:
    raise Unanswered(f"{name} {kind}: this machine names no DNS server")
