"""What the ratios are to: the throughput of bare and stock servers and the time of one fsync, measured in the same run.

In: a number of mails. Out: accepted mails a second of `tests.bench.bare` and of `tests.bench.stock`, and milliseconds
of one small fsync.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.generator import Load
from tests.bench.process import module, running
from tests.bench.whole_way import send


def accepted(mails: int, connections: int, *, kept: bool) -> float:
    """Mails a second that the bare baseline takes: from the first connection to the last 250."""
    with (
        tempfile.TemporaryDirectory(prefix="replydesk-bench-") as folder,
        running(module("bare", str(Path(folder) / "bare.db"))) as bare,
    ):
        host, _, port = bare.hear()["smtp"].rpartition(":")
        sent = send(Load(host=host, port=int(port), mails=mails, connections=connections, kept=kept))
    return rate(mails, sent)


def stock(mails: int, connections: int) -> float:
    """Large mails a second that stock aiosmtpd takes and throws away, over connections that send mail after mail."""
    with running(module("stock")) as server:
        host, _, port = server.hear()["smtp"].rpartition(":")
        sent = send(Load(host=host, port=int(port), mails=mails, connections=connections, large=True))
    return rate(mails, sent)


def rate(mails: int, sent: Mapping[str, Any]) -> float:
    """Mails a second from the first connection to the last 250."""
    if sent["refused"]:
        raise RuntimeError(f"mail was refused: {sent['refused']}")
    return float(mails / (sent["last_reply"] - sent["first_connection"]))


def fsync_ms(times: int = 200) -> float:
    """The middle of `times` small appends, each with its fsync, where the desks' folders are made."""
    with tempfile.TemporaryFile(prefix="replydesk-bench-") as file:
        spent = []
        for _ in range(times):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - started)
    return 1000 * sorted(spent)[times // 2]
