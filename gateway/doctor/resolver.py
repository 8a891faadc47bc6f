"""Names asked of the DNS: through dnspython where it is installed (`pip install "replydesk[dns]"`).

In: a name and a type of record. Out: the records as text, none when there are none, or `Unanswered` when nobody could
say. Three seconds a question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.evidence import questions
from gateway.evidence.questions import SECONDS, Ask, Unanswered

if TYPE_CHECKING:
    from dns.resolver import Resolver

__all__ = ["SECONDS", "Ask", "Unanswered", "resolver", "through"]


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
    look = questions.through(system)
    return lambda name, kind: look(name, kind, SECONDS)


def _nobody(name: str, kind: str) -> tuple[str, ...]:
    raise Unanswered(f"{name} {kind}: this machine names no DNS server")
