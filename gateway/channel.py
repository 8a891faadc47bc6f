"""Messages between the processes of one desk, over a socket pair: four bytes of length, then a pickle.

In and out: plain values. A channel never blocks whoever uses it: what cannot be written now waits in memory and is
written when the other side reads. Both ends are our own code in one process group. A process that reads strangers' mail
is not believed beyond its values: from it nothing but listed classes is unpickled, so that one that was taken over by a
mail cannot make the daemon run anything.
"""

from __future__ import annotations

import io
import pickle
import socket
import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

_LENGTH = struct.Struct("!I")
_READ = 1 << 20
LONGEST = 1 << 30
"""Bytes of one message at most."""


class ChannelClosed(Exception):
    """The process at the other end is gone."""


def pack(message: Any) -> bytes:
    """A message as it goes over the wire."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


Classes = Mapping[tuple[str, str], type]
"""What may be unpickled: (module, name) to class."""


class Unpacker:
    """Turns a stream of bytes back into messages; with `classes`, into values of these and of nothing else."""

    def __init__(self, classes: Classes | None = None) -> None:
        self._buffer = bytearray()
        self._load: Callable[[memoryview], Any] = pickle.loads if classes is None else partial(_load, classes)

    def feed(self, data: bytes) -> list[Any]:
        """The messages that are complete now."""
        self._buffer += data
        messages = []
        start = 0
        while len(self._buffer) - start >= 4:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > LONGEST:
                raise ChannelClosed(f"it announced a message of {length} bytes")
            if len(self._buffer) - start - 4 < length:
                break
            with memoryview(self._buffer) as view:
                messages.append(self._load(view[start + 4 : start + 4 + length]))
            start += 4 + length
        if start:
            del self._buffer[:start]
        return messages


class _Wary(pickle.Unpickler):
    """Finds listed classes and nothing else (https://docs.python.org/3/library/pickle.html#restricting-globals)."""

    def __init__(self, data: memoryview, classes: Classes) -> None:
        super().__init__(io.BytesIO(data))
        self._classes = classes

    def find_class(self, module: str, name: str) -> type:
        try:
            return self._classes[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not expected here") from None


def _load(classes: Classes, data: memoryview) -> Any:
    """What is no value of these classes counts as the end of the other side."""
    try:
        return _Wary(data, classes).load()
    except Exception as error:
        raise ChannelClosed(f"what it sent is no message: {error}") from error


def receive_one(sock: socket.socket) -> Any:
    """The next message of a blocking socket, and not a byte more: somebody else goes on reading there."""
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size))
    return pickle.loads(_exactly(sock, length))  # noqa: S301 - our own process


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = sock.recv(count, socket.MSG_WAITALL)
    if len(data) < count:
        raise ChannelClosed
    return data


class Channel:
    """The non-blocking end that the daemon holds."""

    def __init__(self, sock: socket.socket, classes: Classes | None = None) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._unpacker = Unpacker(classes)
        self._waiting = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        return bool(self._waiting)

    def send(self, message: Any) -> None:
        """Write now what fits, keep the rest."""
        self._waiting += pack(message)
        self.flush()

    def flush(self) -> None:
        """Go on writing what waited. A closed other end is reported by `receive`."""
        while self._waiting:
            try:
                sent = self._socket.send(self._waiting)
            except BlockingIOError:
                return
            except OSError:
                self._waiting.clear()
                return
            del self._waiting[:sent]

    def receive(self) -> list[Any]:
        """All messages that have arrived. Raises `ChannelClosed` at the end of the stream."""
        messages: list[Any] = []
        while True:
            try:
                data = self._socket.recv(_READ)
            except BlockingIOError:
                return messages
            except OSError as error:
                if messages:
                    return messages  # its last words count; the end is noticed at the next look
                raise ChannelClosed from error
            if not data:
                if messages:
                    return messages
                raise ChannelClosed
            messages += self._unpacker.feed(data)
            if len(data) < _READ:
                return messages

    def close(self) -> None:
        self._socket.close()


class Line:
    """The blocking end that a reader or sender process holds."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(True)
        self._socket = sock
        self._unpacker = Unpacker()
        self._arrived: list[Any] = []

    def send(self, message: Any) -> None:
        self._socket.sendall(pack(message))

    def receive(self) -> Any:
        """The next message; waits for it. Raises `ChannelClosed` when the daemon is gone."""
        while not self._arrived:
            data = self._socket.recv(_READ)
            if not data:
                raise ChannelClosed
            self._arrived += self._unpacker.feed(data)
        return self._arrived.pop(0)

    def pending(self) -> bool:
        """Whether a message waits already, in memory or on the socket."""
        if self._arrived:
            return True
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False
