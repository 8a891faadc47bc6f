"""What one mail costs the reader and the settler, in a process of its own: reads, decides and commits ordinary mails.

In: the root of a checkout of replydesk, of this one or of another one that it is compared with; how many mails; of
which kind; a file that is added to the demo desk's configuration, or - for none: mails are then read with the words
that the desk's readers look for. Out: one JSON line: processor milliseconds a mail to read, to decide and to commit. It
uses nothing of its own checkout but itself, so that both sides do the same work.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

BATCH = 32
NOW = datetime(2026, 7, 13, 9, 0, tzinfo=UTC)


def main(root: str, mails: int, kind: str, more: str = "") -> None:
    """Measure the code below `root`."""
    sys.path.insert(0, root)
    from gateway.cli.init import write_desk
    from gateway.config.loading import load
    from gateway.pipeline import settle
    from gateway.rules.case import Incoming
    from gateway.stages.commit import commit
    from gateway.worker import settle_memory
    from parsing.message import Reading
    from parsing.reading import read
    from store import journal
    from store.journal import Received
    from store.opening import open_store
    from store.records import Envelope
    from tests.bench.mail import content, sender

    settle_memory()  # as the daemon and its readers do
    numbers = itertools.count(1)
    spent = {"read": 0.0, "decide": 0.0, "commit": 0.0}
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as folder:
        file = write_desk(Path(folder), demo=True)
        if more not in ("", "-"):
            file.write_text(file.read_text("utf-8") + Path(more).read_text("utf-8"), "utf-8")
        config = load(file, {})
        desk, store = config.desk(bytes(32)), open_store(config.store.url)
        reading = Reading(languages=desk.languages, topics=desk.topics) if more else Reading()

        def turn(batch: list[tuple[str, bytes]], *, counts: bool) -> None:
            envelopes = [
                Envelope(sender=who, recipients=("support@desk.example",), received_at=NOW, door="smtp",
                         client="127.0.0.1", hello="mx")
                for who, _ in batch
            ]  # fmt: skip
            with store.turn() as connection:
                raws = [raw for _, raw in batch]
                entries = journal.append(connection, [Received.of(*pair) for pair in zip(envelopes, raws, strict=True)])
            began = time.process_time()
            incoming = [
                Incoming(entry=entry, mail=read(raw, reading, who), now=NOW)
                for entry, (who, raw) in zip(entries, batch, strict=True)
            ]
            was_read = time.process_time()
            with store.turn() as connection:
                entered = time.process_time()
                decisions, snapshot = settle(connection, incoming, desk, lambda: f"<{next(numbers)}@desk.example>")
                decided = time.process_time()
                commit(connection, decisions, snapshot, desk, NOW)
                committed = time.process_time()
            if counts:
                spent["read"] += was_read - began
                spent["decide"] += decided - entered
                spent["commit"] += committed - decided

        def batch(first: int) -> list[tuple[str, bytes]]:
            return [
                (sender(n), _answer(n) if kind == "answers" else content(n, "turn"))
                for n in range(first, first + BATCH)
            ]

        def _answer(number: int) -> bytes:
            head = f"In-Reply-To: <turn.{number}@northwind.example>\r\nSubject: Re: "
            return content(number, "again").replace(b"Subject: ", head.encode(), 1)

        if kind == "answers":
            for first in range(0, mails, BATCH):
                turn([(sender(n), content(n, "turn")) for n in range(first, first + BATCH)], counts=False)
        else:
            for first in range(10**6, 10**6 + 10 * BATCH, BATCH):
                turn(batch(first), counts=False)
        for first in range(0, mails, BATCH):
            turn(batch(first), counts=True)
        store.close()
    count = -(-mails // BATCH) * BATCH
    print(json.dumps({name: 1000 * seconds / count for name, seconds in spent.items()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
