"""replydesk with a fault on purpose: `python mutant.py FAULT serve`. What finds faults must find these.

In: the name of a fault and the words of a command. Out: that command of a desk that has the fault, in its first process
alone. Each fault is put in where the parts of the house meet, and says what an honest desk does instead.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any


def reply_before_commit() -> None:
    """The door is told that a mail is kept before the turn that keeps it."""
    from gateway.channel import Channel
    from gateway.doors.words import Arrived, Fate, Kept

    receive = Channel.receive

    def receive_and_promise(self: Channel) -> Any:
        messages = receive(self)
        tokens = [
            item.token for said in messages if isinstance(said, list) for item in said if isinstance(item, Arrived)
        ]
        if tokens:
            self.send(Kept(tuple(tokens), Fate.KEPT))
            self.flush()
            time.sleep(0.02)  # a disk that takes its time
        return messages

    Channel.receive = receive_and_promise  # type: ignore[method-assign]


def synchronous_off() -> None:
    """SQLite never syncs."""
    _forget_to_sync("OFF")


def synchronous_normal() -> None:
    """SQLite syncs when it tidies up and not at a commit: no crash of a process shows it, a loss of power does."""
    _forget_to_sync("NORMAL")


def _forget_to_sync(mode: str) -> None:
    from store import opening

    class Lazy(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            return super().execute(re.sub(r"(?i)(synchronous) *= *\w+", rf"\1={mode}", sql), *parameters)

    connect = sqlite3.dbapi2.connect

    def connect_lazily(*where: Any, **how: Any) -> sqlite3.Connection:
        return connect(*where, **{**how, "factory": Lazy})  # type: ignore[no-any-return]

    sqlite3.dbapi2.connect = connect_lazily  # type: ignore[assignment]
    opening.assert_durable = lambda *_words, **_named: None


def message_id_only() -> None:
    """Two mails are the same when their Message-IDs are, whatever they say and whoever wrote them."""
    from gateway import pipeline

    settle = pipeline.settle

    def settle_by_id(connection: Any, batch: Any, *rest: Any, **named: Any) -> Any:
        blind = [
            replace(item, mail=replace(item.mail, content_hash=item.mail.message_id or item.mail.content_hash))
            for item in batch
        ]
        return settle(connection, blind, *rest, **named)

    pipeline.settle = settle_by_id


def sent_first() -> None:
    """A mail counts as sent as soon as its bytes exist, before the transport is asked."""
    from sqlalchemy import update

    from store import outbox
    from store.tables import outbox as table

    keep = outbox.keep_rendered

    def keep_and_mark(connection: Any, rendered: Any, *rest: Any, **named: Any) -> Any:
        kept = keep(connection, rendered, *rest, **named)
        numbers = list(rendered)
        connection.execute(update(table).where(table.c.id.in_(numbers)).values(state="sent", lease_until=None))
        return kept

    outbox.keep_rendered = keep_and_mark


def no_lease() -> None:
    """What is in another desk's hand is taken again, and nobody asks whose it is when it is done."""
    from sqlalchemy import update

    from store import journal, outbox
    from store.tables import journal as mails
    from store.tables import outbox as letters

    claim_mails, claim_letters = journal.claim, outbox.claim

    def claim_all_mails(connection: Any, *rest: Any, **named: Any) -> Any:
        connection.execute(update(mails).where(mails.c.verdict.is_(None)).values(lease_until=None))
        return claim_mails(connection, *rest, **named)

    def claim_all_letters(connection: Any, *rest: Any, **named: Any) -> Any:
        waiting = letters.c.state.in_(("queued", "sending"))
        connection.execute(update(letters).where(waiting).values(lease_until=None))
        return claim_letters(connection, *rest, **named)

    journal.claim, outbox.claim = claim_all_mails, claim_all_letters
    journal.still_ours = lambda _connection, _owner, numbers: set(numbers)
    journal.anything_due = lambda *_words, **_named: True


FAULTS: dict[str, Callable[[], None]] = {
    "reply-before-commit": reply_before_commit,
    "message-id-only": message_id_only,
    "sent-first": sent_first,
    "no-lease": no_lease,
    "synchronous-off": synchronous_off,
    "synchronous-normal": synchronous_normal,
}

if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)]()
    from gateway.cli import main

    main()
