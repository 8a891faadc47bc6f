"""A process that has imported the desk once and forks a child for each command: what a test waits for is the command,
not Python's start.

In: the words of a command, its environment, its folder, its three streams. Out: a `Warm` that is used like
`subprocess.Popen`. Each command runs in a process of its own with an environment of its own, as from a shell; only that
its modules are there already. REPLYDESK_COLD=1, and the long runs of the night, start every command anew.
"""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.servers.leash import leash
from tests.servers.requirement import is_long

COLD = bool(os.environ.get("REPLYDESK_COLD")) or is_long() or sys.platform != "linux"
ROOT = Path(__file__).parent.parent
_SIZE = struct.Struct("!I")


class Warm:
    """A command that runs; its exit status comes from the process that forked it."""

    def __init__(self, pid: int, line: socket.socket, stdout: IO[Any] | None) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._line = line

    def poll(self) -> int | None:
        return self._status(0)

    def wait(self, timeout: float | None = None) -> int:
        found = self._status(timeout)
        if found is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return found

    def _status(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], timeout)[0]:
            said = self._line.recv(_SIZE.size)
            self._line.close()
            status = _SIZE.unpack(said)[0] if said else 9  # whoever forked it is dead, and it with them
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    words: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: int,
    stdout: int,
    stderr: int,
    cwd: Path | None = None,
    own_group: bool = False,
) -> Warm:
    """`replydesk WORDS` in a process of its own, with these file descriptors."""
    ours, theirs = socket.socketpair()
    order = pickle.dumps((list(words), dict(env), str(cwd or Path.cwd()), own_group))
    with theirs:
        line = _mother()
        socket.send_fds(line, [_SIZE.pack(len(order))], [stdin, stdout, stderr, theirs.fileno()])
        line.sendall(order)
    return Warm(_SIZE.unpack(ours.recv(_SIZE.size, socket.MSG_WAITALL))[0], ours, None)


def serve(env: Mapping[str, str], log: int, words: Sequence[str] = ("serve",)) -> subprocess.Popen[str] | Warm:
    """`replydesk serve` in a process group of its own; what it prints is for whoever reads its `stdout`."""
    if COLD:
        command = [sys.executable, "-m", "gateway.cli", *words]
        return subprocess.Popen(
            command, env=dict(env), stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    ours, theirs = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        process = start(words, env=env, stdin=nothing, stdout=theirs, stderr=log, own_group=True)
    finally:
        os.close(theirs)
        os.close(nothing)
    process.stdout = os.fdopen(ours, "r", encoding="utf-8")
    return process


@cache
def _mother() -> socket.socket:
    """The session's one; it ends with the session."""
    ours, theirs = socket.socketpair()
    env = {name: value for name, value in os.environ.items() if not name.startswith("REPLYDESK_")}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), env.get("PYTHONPATH", ""))))
    command = [sys.executable, "-m", "tests.warm", str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(
            command, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, preexec_fn=leash
        )

    def end() -> None:
        ours.close()
        process.kill()
        process.wait()

    atexit.register(end)
    return ours


# On the other side


def main() -> None:
    """Import everything, then fork until nobody is there any more."""
    from importlib import import_module

    from gateway import cli, daemon  # noqa: F401 - that it is there

    for name in set(cli.COMMANDS.values()):
        import_module(f"gateway.cli.{name}")
    line = socket.socket(fileno=int(sys.argv[1]))
    woken, wakes = socket.socketpair()
    for end in (woken, wakes):
        end.setblocking(False)
    signal.set_wakeup_fd(wakes.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    children: dict[int, socket.socket] = {}
    while True:
        ready = select.select([line, woken], [], [])[0]
        if woken in ready:
            with suppress(BlockingIOError):
                woken.recv(4096)
            _bury(children)
        if line in ready:
            said, handed, _, _ = socket.recv_fds(line, _SIZE.size, 4)
            if not said:
                return
            order = pickle.loads(_received(line, _SIZE.unpack(said)[0]))
            pid = os.fork()
            if pid == 0:
                _become(order, handed)
            status = socket.socket(fileno=handed.pop())
            for number in handed:
                os.close(number)
            children[pid] = status


def _bury(children: dict[int, socket.socket]) -> None:
    """Say of those that ended how they ended."""
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with children.pop(pid) as line, suppress(OSError):
            line.sendall(_SIZE.pack(status))


def _received(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += line.recv(size - len(found))
    return found


def _become(order: tuple[list[str], dict[str, str], str, bool], handed: list[int]) -> None:
    """The child: nothing is left of who forked it but the modules."""
    import random
    import time

    words, env, folder, own_group = order
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    leash()
    if own_group:
        os.setsid()
    os.write(handed[3], _SIZE.pack(os.getpid()))  # from now on it is whom a test may kill
    os.chdir(folder)
    for place, number in enumerate(handed[:3]):
        os.dup2(number, place)
    os.closerange(3, max(256, *handed) + 1)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    random.seed()
    sys.argv = ["replydesk", *words]
    os._exit(_run())


def _run() -> int:
    """The command, and how it ends, as the interpreter would have it."""
    from gateway.cli import main as replydesk

    status = 0
    try:
        replydesk(prog_name="replydesk")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        status = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    return status


if __name__ == "__main__":
    main()
