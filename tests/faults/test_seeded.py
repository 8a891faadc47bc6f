"""Seeded bugs: each scene is played by an honest desk, which must pass, and by one with that bug, which must not.

`reply-before-commit` and `synchronous-off` have theirs in `test_storm` and `test_sync`; the storm's own questions are
asked here too (K3).
"""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections import Counter
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
    clients = Clients(one, 82, 2, pause=0.0, seconds=60)
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


def _reads_slowly(desk, fault):
    """The reader stands still for a while: what it has in hand must not be taken a second time."""
    one = desk(quiet=True, program=_program(fault)).start()
    one.signal_child("reader", signal.SIGSTOP)
    for number in range(3):
        one.send(letter(number), f"c{number}@northwind.example")
    time.sleep(2)  # the desk looks for what is due twice a second: that it finds nothing can only be waited for
    one.signal_child("reader", signal.SIGCONT)
    one.decided(3)
    one.quiet()
    return _twice(one)


def _comes_back_from_the_dead(desk, fault):
    """A desk stands still until another has taken over its mail on the same PostgreSQL; then it goes on."""
    with postgresql.database(postgresql.migrated()) as url:
        one = desk(quiet=True, program=_program(fault), STORE__URL=url).start()
        other = desk(quiet=True, STORE__URL=url, CLOCK__OFFSET="+1h")
        secret = "data/secret"
        (other.folder / secret).write_text((one.folder / secret).read_text())
        one.signal_child("reader", signal.SIGSTOP)
        one.send(letter(1), "c1@northwind.example")
        other.start()  # an hour ahead: the lease has ended
        other.decided(1)
        other.quiet()
        one.signal_child("reader", signal.SIGCONT)
        one.send(letter(2), "c2@northwind.example")  # read after the first one: then that is settled too
        other.decided(2)
        other.quiet()
        found = _twice(one)
        one.kill()
        other.kill()
        return found


def _twice(desk):
    """What shows that a mail was settled or sent more than once; every mail here is a ticket of its own."""
    rows, made = desk.rows(journal), len(desk.rows(tickets))
    mails = len(rows)
    sent = [row for row in desk.rows(outbox) if row.purpose == "acknowledgement"]
    found = [f"mail {row.id} is {row.verdict}" for row in rows if row.verdict != "ticket-created"]
    found += [f"{made} tickets for {mails} mails"] * (made != mails)
    found += [f"{len(sent)} acknowledgements for {mails} mails"] * (len(sent) != mails)
    return found + [f"{message_id} left {count} times" for message_id, count in _left(desk).items() if count > 1]


SCENES = {
    "message-id-only": _ids_taken_over,
    "sent-first": _dies_before_the_transport_answers,
    "no-lease": _reads_slowly,
}


@pytest.mark.parametrize("fault", SCENES)
def test_an_honest_desk_passes(desk, fault):
    assert SCENES[fault](desk, "") == []


@pytest.mark.parametrize("fault", SCENES)
def test_a_desk_with_the_bug_is_found_out(desk, fault):
    assert SCENES[fault](desk, fault) != []


@pytest.mark.parametrize("fault", ["", "no-lease"])
def test_a_desk_that_was_taken_for_dead_settles_nothing_twice(desk, fault):
    assert bool(_comes_back_from_the_dead(desk, fault)) == bool(fault)
