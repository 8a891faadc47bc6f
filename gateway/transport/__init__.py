"""The way out: parcels go in, each comes back with an outcome. Where to is one line of the configuration.

A transport must never lose a parcel silently, never send one twice on its own, and never put a password in a text.
"""

from __future__ import annotations

from gateway.transport.gate import Gate
from gateway.transport.parcel import Outcome, Outgoing, Parcel, Transport, is_address

__all__ = ["Outcome", "Outgoing", "Parcel", "Transport", "is_address", "open_transport"]


def open_transport(outgoing: Outgoing, gate: Gate | None = None) -> Transport:
    """The transport that `outgoing.url` names; it connects when there is something to send. `gate` is what all
    transports of this process share."""
    scheme, _, rest = outgoing.url.partition(":")
    if scheme == "maildir" and rest:
        from gateway.transport.maildir import Maildir

        return Maildir(rest, outgoing.hostname)
    if scheme in ("smtp", "smtps"):  # here and not above: who only writes mail needs neither sockets nor TLS
        from gateway.transport.smarthost import Smarthost

        return Smarthost(outgoing, gate)
    raise ValueError("outgoing.url must be maildir:FOLDER, smtp://HOST:PORT or smtps://HOST:PORT")
