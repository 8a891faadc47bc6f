"""The way out, as the sender process and whoever tries it are told: the configuration in, an `Outgoing` out.

It reads no password file: who connects does, each time anew.
"""

from __future__ import annotations

from gateway.config.settings import Config
from gateway.transport.parcel import Outgoing


def outgoing(config: Config) -> Outgoing:
    """The configured way out."""
    way = config.outgoing
    host = f"[{way.host}]" if ":" in way.host else way.host
    url = f"maildir:{way.maildir}" if way.scheme == "maildir" else f"{way.scheme}://{host}:{way.port}"
    return Outgoing(
        url=url,
        hostname=config.smtp.hostname,
        username=way.username,
        password_file=str(way.password_file or ""),
        password=way.password,
        starttls=way.starttls,
        connections=way.connections,
        timeout=way.timeout,
        ca_file=str(way.ca_file or ""),
        token_command=way.token_command,
        dkim_selector=way.signing.selector if way.signing else "",
        dkim_domain=way.signing.domain if way.signing else "",
        dkim_key_file=str(way.signing.key_file) if way.signing else "",
    )
