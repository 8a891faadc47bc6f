"""Stock aiosmtpd with a handler that throws every message away: how fast its own reading of mail is.

In: mail over SMTP on a free loopback port. Out: `{"smtp": "HOST:PORT"}` first. It keeps nothing.
"""

from __future__ import annotations

import asyncio
import json
import signal

from aiosmtpd.smtp import SMTP, Envelope, Session


class Forget:
    """aiosmtpd's handler: 250 at once."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return "250 2.0.0 forgotten"


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    handler = Forget()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    print(json.dumps({"smtp": f"127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
