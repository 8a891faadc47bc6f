"""What the ratios are to: the bare baseline's throughput and the time of one fsync, measured in the same run.

In: a number of mails. Out: accepted mails a second of `tests.bench.bare`, and milliseconds of one small fsync.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

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
    if sent["refused"]:
        raise RuntimeError(f"the bare baseline refused mail: {sent['refused']}")
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
