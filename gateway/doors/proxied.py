"""The door behind a load balancer: who the client is stands in a PROXY header, version 1 or 2, before anything else.

In: connections from hosts that may say so; anybody else is hung up on without a word, as is a bad or late header. Out:
sessions of the SMTP door whose client is the address in the header.
"""

from __future__ import annotations

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
        header: ProxyData = await get_proxy(self.inflow)
        if not header.valid:
            self.close(linger=False)
            return False
        self.phase, self.since = Phase.COMMAND, self.loop.time()
        if header.src_addr is not None:  # none: the proxy itself looks whether we are there
            self.client = plain_address(str(header.src_addr))
        self.counted = self.lobby.claim(self.client)
        if not self.counted:
            self.say(replies.BUSY)
            self.close(linger=False)
            return False
        return await super().greet()
