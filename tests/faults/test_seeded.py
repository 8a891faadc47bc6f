"""Seeded bugs: each scene is played by an honest desk, which must pass, and by one with that bug, which must not.

`reply-before-commit` and `synchronous-off` have theirs in `test_storm` and `test_sync`; the storm's own questions are
asked here too (K3).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select

from store.tables import journal, letters, outbox, tickets
from tests.faults.ledger import Clients
from tests.faults.test_storm import lost
from tests.servers import postgresql
from tests.servers.serving import PROGRAM, letter


def _program(fault):
    return (sys.executable, str(Path(__file__).with_name("mutant.py")), fault) if fault else PROGRAM


def _left(desk):
    """How often each Message-ID is in the sent Maildir."""
    files = (desk.folder / "data" / "sent" / "new").glob("*")
    return Counter(str(message_from_bytes(file.read_bytes())["Message-ID"]) for file in files)


def _ids_taken_over(desk, fault):
    """Customers whose mail bears the Message-ID of somebody else's: each must have a ticket."""
    one = desk(quiet=True, program=_program(fault)).start()
    clients = Clients(one, 82, 2, pause=0.0, seconds=300)
    clients.start()
    ledger = clients.join()
    one.decided(82, 60)
    return [f"mail {number} got a 250 and no ticket" for number in lost(one, ledger)]


def _dies_before_the_transport_answers(desk, fault):
    """The smarthost takes the connection and says nothing; then all is killed. Afterwards the mail must leave."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        one = desk(quiet=True, program=_program(fault), OUTGOING__URL=way).start()
        one.send(letter(1), "c1@northwind.example")
        one.wait(lambda: _rendered(one), "a mail with its bytes")
        one.kill()
    del one.settings["OUTGOING__URL"]
    one.start()
    one.quiet()
    wanted = {row.message_id for row in one.rows(outbox)}
    return [f"{message_id} never left" for message_id in wanted - set(_left(one))]


def _rendered(desk):
    store = desk.store()
    try:
        with store.look() as connection:
            return connection.execute(select(letters.c.rendered).where(letters.c.rendered.is_not(None))).all()
    finally:
        store.close()


@contextmanager
def _two_desks(desk, fault):
    """Two desks on one PostgreSQL, neither of them started."""
    with postgresql.database(postgresql.migrated()) as url:
        pair = [desk(quiet=True, program=_program(fault), STORE__URL=url) for _ in range(2)]
        secret = "data/secret"
        (pair[1].folder / secret).write_text((pair[0].folder / secret).read_text())
        yield pair
        for one in pair:
            one.kill()


def _reads_slowly(desk, fault):
    """A reader stands still for a while: what its desk has in hand must not be taken by the other."""
    with _two_desks(desk, fault) as (one, other):
        one.start()
        other.start()
        os.kill(one.child("reader"), signal.SIGSTOP)
        for number in range(3):
            one.send(letter(number), f"c{number}@northwind.example")
        if fault:
            other.decided(3)
        else:
            time.sleep(2)  # a desk looks for what is due twice a second: that it takes nothing can only be waited for
        other.kill()
        return _gone_on(one, 4)


def _comes_back_from_the_dead(desk, fault):
    """A desk stands still until the other has taken over its mail, as is right; then it goes on, and must let go."""
    with _two_desks(desk, fault) as (one, other):
        one.start()
        os.kill(one.child("reader"), signal.SIGSTOP)
        one.send(letter(1), "c1@northwind.example")
        other.settings["CLOCK__OFFSET"] = "+1h"  # for this one the lease has ended
        other.start()
        other.decided(1)
        other.quiet()
        other.kill()
        return _gone_on(one, 2)


def _gone_on(one, mails):
    """The reader goes on, and nobody else is there to take the last of so many mails: it is read and settled after
    those that the reader has in hand, whose fate is then known."""
    os.kill(one.child("reader"), signal.SIGCONT)
    one.send(letter(99), "another@northwind.example")
    one.decided(mails)
    one.quiet()
    return _twice(one)


def _twice(desk):
    """What shows that a mail was settled or sent more than once; every mail here is a ticket of its own."""
    rows, made = desk.rows(journal), len(desk.rows(tickets))
    mails = len(rows)
    sent = [row for row in desk.rows(outbox) if row.purpose == "acknowledgement"]
    found = [f"mail {row.id} is {row.verdict}" for row in rows if row.verdict != "ticket-created"]
    found += [f"{made} tickets for {mails} mails"] * (made != mails)
    found += [f"{len(sent)} acknowledgements for {mails} mails"] * (len(sent) != mails)
    return found + [f"{message_id} left {count} times" for message_id, count in _left(desk).items() if count > 1]


SCENES = [
    ("message-id-only", _ids_taken_over),
    ("sent-first", _dies_before_the_transport_answers),
    ("no-lease", _reads_slowly),
    ("no-lease", _comes_back_from_the_dead),
]


@pytest.mark.parametrize(("fault", "scene"), SCENES)
def test_an_honest_desk_passes(desk, fault, scene):
    assert scene(desk, "") == []


@pytest.mark.parametrize(("fault", "scene"), SCENES)
def test_a_desk_with_the_bug_is_found_out(desk, fault, scene):
    assert scene(desk, fault) != []
