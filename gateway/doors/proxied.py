"""The door behind a load balancer: who the client is stands in a PROXY header, version 1 or 2, before anything else.

In: connections from hosts that may say so; anybody else is hung up on without a word, as is a bad or late header. Out:
sessions of the SMTP door whose client is the address in the header.
"""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address

from aiosmtpd.proxy_protocol import ProxyData, get_proxy

from gateway.doors import replies
from gateway.doors.conversation import Phase
from gateway.doors.lobby import plain_address
from gateway.doors.session import Door


class ProxiedDoor(Door):
    """One session that a proxy hands on."""

    door = "proxy"
    direct = False

    async def greet(self) -> bool:
        if self.client not in self.lobby.options.proxy_from:
            self.close(linger=False)
            return False
        self.phase = Phase.PROXY
        header = await self._header()
        if header is None:
            self.close(linger=False)
            return False
        self.phase, self.since = Phase.COMMAND, self.loop.time()
        if isinstance(header.src_addr, IPv4Address | IPv6Address):  # else the proxy itself looks whether we are there
            self.client = plain_address(str(header.src_addr))
        self.counted = self.lobby.claim(self.client)
        if not self.counted:
            self.say(replies.BUSY)
            self.close(linger=False)
            return False
        return await super().greet()

    async def _header(self) -> ProxyData | None:
        """What the proxy says; None when it is no header."""
        try:
            header: ProxyData = await get_proxy(self.inflow)
        except (EOFError, ValueError, asyncio.LimitOverrunError):
            return None
        return header if header.valid else None
