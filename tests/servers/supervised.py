"""A desk as systemd runs it, without systemd: a parent holds the listening socket, hears what the desk says of itself,
and starts one desk after the other on the same socket.

In: a folder. Out: the desk (`tests.servers.serving.Desk`), what was heard, and clients that send like mail servers:
they come again after 4xx and after a connection that broke, and note when a connection was refused.
"""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from tests.servers.leash import leash
from tests.servers.serving import PROGRAM, Desk, letter

_START = """
import fcntl, os, sys
numbers, names, *command = sys.argv[1:]
apart = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in numbers.split(",")]
for position, number in enumerate(apart):
    os.dup2(number, 3 + position)
    os.close(number)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(apart)), LISTEN_FDNAMES=names)
os.execv(command[0], command)
"""
"""What systemd does between fork and exec: sockets stand from descriptor 3 on, and the variables name this process."""


class Supervised(Desk):
    """A desk whose SMTP door is open before it and stays open after it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.door = socket.create_server(("127.0.0.1", 0), backlog=512)
        host, port = self.door.getsockname()
        super().__init__(folder, quiet=True, **{"SMTP__LISTEN": f"{host}:{port}", **settings})
        self._short = TemporaryDirectory(prefix="rd")  # a path of the kernel's 108 bytes
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(f"{self._short.name}/notify")
        self._notify.setblocking(False)
        self.name = "replydesk.socket"
        self.port = port
        self.said: list[str] = []

    def _begin(self, log: IO[bytes]) -> subprocess.Popen[str]:
        environment = {**self.environment, "NOTIFY_SOCKET": f"{self._short.name}/notify", "WATCHDOG_USEC": "2000000"}
        return subprocess.Popen(
            [sys.executable, "-c", _START, str(self.door.fileno()), self.name, *PROGRAM, "serve"],
            env=environment,
            pass_fds=(self.door.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            preexec_fn=leash,
        )

    def heard(self) -> list[str]:
        """Every line that the desks have said so far."""
        while True:
            try:
                self.said += self._notify.recv(4096).decode("ascii").split("\n")
            except BlockingIOError:
                return self.said

    def says(self, line: str, count: int = 1) -> None:
        """Wait until it was said so often."""
        self.wait(lambda: self.heard().count(line) >= count, f"{line!r}")

    def close(self) -> None:
        self.kill()
        self.door.close()
        self._notify.close()
        self._short.cleanup()


class Sender(threading.Thread):
    """One mail server that has mail all the time: each mail is tried until it is taken."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(daemon=True)
        self._desk = desk
        self._name = name
        self._enough = threading.Event()
        self.taken: list[str] = []
        self.refused = 0
        self.slowest = 0.0

    def run(self) -> None:
        count = 0
        while not self._enough.is_set():
            number = f"{self._name}-{count}"
            began = time.monotonic()
            while not self._try(number):
                time.sleep(0.05)
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.taken.append(number)
            count += 1

    def _try(self, number: str) -> bool:
        try:
            self._desk.send(letter(number), f"c{number}@northwind.example")
        except ConnectionRefusedError:
            self.refused += 1
            return False
        except (smtplib.SMTPResponseException, smtplib.SMTPSenderRefused) as error:
            assert 400 <= error.smtp_code < 500, error
            return False
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPRecipientsRefused, OSError):
            return False
        return True

    def stop(self) -> None:
        self._enough.set()
        self.join(180)
        assert not self.is_alive(), "a mail was not taken within three minutes"
