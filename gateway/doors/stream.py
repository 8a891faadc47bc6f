"""What a client has sent and nobody has read yet, taken out as commands or as pieces of a message.

In: bytes as they come. Out: lines, or message content without its dot-stuffing. It never holds more than a few
hundred kilobytes, takes nothing but CRLF.CRLF for the end of a message (RFC 5321 section 4.1.1.4), and looks at each
byte a fixed number of times. What was read too far for a message is simply still there for the next command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

LONGEST_LINE = 2048
_HALF = 1 << 16
_END = b"\r\n.\r\n"
_STUFFED = b"\r\n."


class Inflow(asyncio.StreamReader):
    """One client's bytes. `before_waiting` is called before it waits for more: then replies must be on their way."""

    if TYPE_CHECKING:  # asyncio's own names, on which aiosmtpd's STARTTLS relies too
        _buffer: bytearray
        _eof: bool
        _exception: BaseException | None

        def _maybe_resume_transport(self) -> None: ...

        async def _wait_for_data(self, func_name: str) -> None: ...

    def __init__(self, loop: asyncio.AbstractEventLoop, before_waiting: Callable[[], None]) -> None:
        super().__init__(limit=_HALF, loop=loop)
        self._before_waiting = before_waiting
        self._lead = 0

    @property
    def pending(self) -> bool:
        """Whether bytes wait that nobody has read."""
        return bool(self._buffer)

    def forget(self) -> None:
        """What waits is not wanted any more."""
        self._buffer.clear()
        self._maybe_resume_transport()

    async def more(self) -> bool:
        """Wait until something comes; False at the end of the stream."""
        if self._exception is not None:
            raise self._exception
        if self._eof:
            return False
        self._before_waiting()
        await self._wait_for_data("more")
        return True

    async def line(self) -> bytes | None:
        """The next line with its LF; empty when it was too long (then it was read away); None at the end."""
        buffer = self._buffer
        start, overlong = 0, False
        while (end := buffer.find(b"\n", start)) < 0:
            if len(buffer) > LONGEST_LINE or overlong:
                overlong = True
                buffer.clear()
            start = len(buffer)
            if not await self.more():
                return None
        line = bytes(buffer[: end + 1])
        del buffer[: end + 1]
        self._maybe_resume_transport()
        return b"" if overlong or len(line) > LONGEST_LINE else line

    def begin_message(self) -> None:
        """What follows is a message. A CRLF goes in front, so that one that is only a dot ends like any other."""
        self._buffer[:0] = b"\r\n"
        self._lead = 2

    async def piece(self) -> tuple[bytes, bool] | None:
        """The next piece of the message and whether it was the last; None when the stream ends first.

        A piece never ends within CRLF, so that a stuffed dot stands in the same piece as the line end before it.
        """
        buffer = self._buffer
        while True:
            end = buffer.find(_END)
            cut = end + 2 if end >= 0 else _cut(buffer)
            if cut > 0:
                break
            if not await self.more():
                return None
        stuffed = buffer.find(_STUFFED, 0, cut) >= 0
        with memoryview(buffer) as view:
            piece = bytes(view[0 if stuffed else self._lead : cut])
        if stuffed:
            piece = piece.replace(_STUFFED, b"\r\n")[self._lead :]
        del buffer[: cut + 3 if end >= 0 else cut]
        self._lead = 0
        self._maybe_resume_transport()
        return piece, end >= 0


def _cut(buffer: bytearray) -> int:
    """Up to where the buffer cannot hold the beginning of an end or of a stuffed dot."""
    cut = len(buffer) - len(_END) + 1
    if cut > 0 and buffer[cut - 1] == 0x0D:
        return cut - 1
    if cut > 1 and buffer[cut - 1] == 0x0A and buffer[cut - 2] == 0x0D:
        return cut - 2
    return cut
