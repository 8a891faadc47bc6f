"""An access token for a smarthost or a mailbox: what a program of the operator's prints (RFC 6749 section 1.4).

In: the program with its arguments (`token_command`). Out: the token, or `NoToken` with a sentence. The program gets no
shell, no input and a bounded time, and whatever it has started ends with it. Nothing that it says is ever in a text.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

SECONDS = 30.0
LONGEST = 16 << 10
"""Bytes of what it prints; Microsoft's tokens have two or three thousand."""


class NoToken(Exception):
    """There is no token. The text is a sentence for the operator."""


def ask(command: tuple[str, ...], seconds: float = SECONDS, pulse: Callable[[], None] = lambda: None) -> str:
    """What the program prints, which must be one word of ASCII. `pulse` is called about once a second meanwhile."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's program, named in the configuration
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no program"
        raise NoToken(f"token_command cannot be started: {reason}") from None
    until = time.monotonic() + seconds
    try:
        said = _printed(process, until, pulse)
        code = process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise NoToken(f"token_command does not end within {seconds:g} s") from None
    finally:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if code:
        raise NoToken(f"token_command ended with exit code {code}: run it by hand to see why")
    word = said.strip()
    if not word or not all(0x21 <= octet <= 0x7E for octet in word):
        raise NoToken("token_command prints no access token: one word of ASCII is expected")
    return word.decode("ascii")


def _printed(process: subprocess.Popen[bytes], until: float, pulse: Callable[[], None]) -> bytes:
    assert process.stdout is not None
    said = b""
    while (left := until - time.monotonic()) > 0:
        pulse()
        if not select.select([process.stdout], [], [], min(left, 1.0))[0]:
            continue
        piece = os.read(process.stdout.fileno(), LONGEST)
        if not piece:
            return said
        said += piece
        if len(said) > LONGEST:
            raise NoToken(f"token_command prints more than {LONGEST >> 10} KB")
    raise subprocess.TimeoutExpired(process.args, 0)
