"""The kill storm: whatever dies whenever, no mail that got its 250 is lost and none becomes two tickets (K1).

Short by default: 2,000 mails and 10 kills on each store; `REPLYDESK_LONG=1` makes it 20,000 and 50, and
`REPLYDESK_STORM=30000x300` what it says. kill -9 does not lose what the kernel has; whether the disk has it is
`test_sync`'s question.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from store.tables import journal, messages, outbox, tickets
from tests.faults.ledger import Clients, Ledger, content, sender
from tests.servers import postgresql
from tests.servers.requirement import is_long
from tests.servers.serving import Desk

CONNECTIONS = 8
MAILS, KILLS = map(int, os.environ.get("REPLYDESK_STORM", "20000x50" if is_long() else "2000x10").split("x"))
SEED = int(os.environ.get("REPLYDESK_SEED") or time.time_ns() % 1_000_000)
IN_FLIGHT = 10.0
"""Seconds between a mail's leaving and the commit that says so, on a machine that is busy with other things."""
FATAL_TO_SENDING = ("group", "daemon", "sender")


@dataclass
class Struck:
    """What was killed, and when by the clock that files are dated with."""

    kinds: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)


@contextmanager
def store_of(kind: str) -> Iterator[dict[str, str]]:
    """The settings that give a desk an empty store of this kind."""
    if kind == "sqlite":
        yield {}
    else:
        with postgresql.database(postgresql.migrated()) as url:
            yield {"STORE__URL": url}


def _roles(desk: Desk) -> list[str]:
    """Every kind of process that this desk is made of, the daemon left out."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[3] == b"gateway.child" and os.getpgid(int(folder.name)) == desk.pid:
                found.add(words[4].decode())
    return sorted(found)


def _strike(desk: Desk, target: str, struck: Struck) -> None:
    struck.kinds[target] += 1
    if target in FATAL_TO_SENDING:
        struck.times.append(time.time())
    if target == "group":
        desk.kill()
        desk.start()
    elif target == "daemon":
        desk.kill_daemon()
        desk.start()
    else:
        desk.wait(lambda: desk.signal_child(target, signal.SIGKILL), f"a {target} to kill")


def _storm(desk: Desk, mails: int, kills: int) -> tuple[Ledger, Struck]:
    """Clients send while processes die: each kind at least once, the kills spread over all of the mails."""
    chance = random.Random(SEED)
    kinds = ["group", "daemon", *_roles(desk)]
    targets = [*kinds, *chance.choices(kinds, k=max(0, kills - len(kinds)))][: max(kills, len(kinds))]
    chance.shuffle(targets)
    clients = Clients(desk, mails, CONNECTIONS, pause=0.02, seconds=300 + kills * 20 + mails / 10)
    clients.start()
    struck = Struck()
    for number, target in enumerate(targets):
        due = mails * (number + chance.uniform(0.1, 0.9)) / (len(targets) + 1)
        while len(clients.ledger.kept) < due and clients.busy:
            time.sleep(0.005)
        _strike(desk, target, struck)
    return clients.join(), struck


def _created(rows: list[Any]) -> Counter[str]:
    """How many tickets each sender has got."""
    return Counter(row.envelope_from for row in rows if row.verdict == "ticket-created")


def lost(desk: Desk, ledger: Ledger) -> set[int]:
    """What got a 250 and is no ticket."""
    created = _created(desk.rows(journal))
    return {number for number in ledger.kept if not created[sender(number)]}


def _settled(desk: Desk) -> None:
    """Let the desk do all that it still has to do; mails whose delivery was unknown are tried again a minute later."""
    desk.stop()
    desk.settings["CLOCK__OFFSET"] = "+1h"
    desk.start()
    desk.quiet(300)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.timeout(4 * 3600 if is_long() or "REPLYDESK_STORM" in os.environ else 1200)
def test_nothing_is_lost_or_doubled_whatever_dies(desk, kind, capsys):
    with store_of(kind) as settings:
        one = desk(quiet=True, WEB__LISTEN="127.0.0.1:0", **settings).start()
        began = time.monotonic()
        ledger, struck = _storm(one, MAILS, KILLS)
        stormed = time.monotonic() - began
        _settled(one)
        told = f"seed {SEED}: REPLYDESK_SEED={SEED} repeats it"
        counts = _check(one, ledger, struck, told)
        one.kill()
    with capsys.disabled():
        print(
            f"\nstorm on {kind}: {MAILS} mails, {struck.kinds.total()} kills {dict(struck.kinds)} in {stormed:.0f} s, "
            f"settled after {time.monotonic() - began:.0f} s, {ledger.unknown.total()} unknown outcomes, "
            f"refused {dict(ledger.refused)}, 0 lost, {counts}, seed {SEED}"
        )


def _check(one: Desk, ledger: Ledger, struck: Struck, told: str) -> str:
    """Every promise of the storm; a line of counts for whoever reads along."""
    assert ledger.given_up == [], told
    assert len(ledger.kept) == MAILS, told
    rows = one.rows(journal)
    created = _created(rows)
    assert {sender(number) for number in ledger.kept} <= set(created), f"lost; {told}"
    assert max(created.values()) == 1, f"two tickets for one mail; {told}"
    assert created.total() == MAILS, f"unknown outcomes count once at most; {told}"
    bytes_kept = {(row.envelope_from, row.sha256) for row in rows}
    bytes_sent = {(sender(number), sha256(content(number)).hexdigest()) for number in range(MAILS)}
    assert bytes_kept == bytes_sent, f"other bytes than were sent; {told}"
    assert [file for file in (one.folder / "data" / "spool").glob("**/*") if file.is_file()] == [], told
    verdicts = Counter(row.verdict for row in rows)
    assert set(verdicts) <= {"ticket-created", "duplicate"}, f"{verdicts}, {told}"
    assert len(one.rows(tickets, tickets.c.id)) == MAILS, told
    said = one.rows(messages, messages.c.journal_id, messages.c.ordinal)
    assert len(said) == len(set(said)), told
    acknowledgements = [row for row in one.rows(outbox) if row.purpose == "acknowledgement"]
    per_ticket = Counter(row.ticket_id for row in acknowledgements)
    assert per_ticket == Counter({row.ticket_id: 1 for row in rows if row.verdict == "ticket-created"}), told
    assert {row.state for row in acknowledgements} == {"sent"}, told
    twice = _check_delivery(one, {row.message_id for row in acknowledgements}, struck, told)
    return (
        f"{verdicts['duplicate']} re-deliveries absorbed, {len(acknowledgements)} acknowledgements, "
        f"{twice} of them delivered more than once"
    )


def _check_delivery(one: Desk, wanted: set[str], struck: Struck, told: str) -> int:
    """All have left; those that left twice were in flight at a kill and had the same bytes. How many these are."""
    delivered = _delivered(one)
    assert set(delivered) == wanted, told
    twice = {message_id: copies for message_id, copies in delivered.items() if len(copies) > 1}
    for copies in twice.values():
        assert len({content for _, content in copies}) == 1, f"other bytes at the second attempt; {told}"
        times = sorted(at for at, _ in copies)
        for first, second in pairwise(times):
            assert any(first - 1 < kill < second and kill - first < IN_FLIGHT for kill in struck.times), (
                f"delivered twice, at {first} and {second}, and nothing died between: {struck.times}; {told}"
            )
    return len(twice)


def _delivered(desk: Desk) -> Mapping[str, list[tuple[float, bytes]]]:
    """What is in the sent Maildir, by Message-ID: when it was written, and its bytes."""
    found: dict[str, list[tuple[float, bytes]]] = {}
    for file in (desk.folder / "data" / "sent" / "new").iterdir():
        content = file.read_bytes()
        found.setdefault(str(message_from_bytes(content)["Message-ID"]), []).append((file.stat().st_mtime, content))
    return found


def test_the_storm_finds_a_desk_that_says_250_too_early(desk):
    """The control: a door that answers before the commit loses mail in a storm, and the ledger shows it."""
    mutant = (sys.executable, str(Path(__file__).with_name("mutant.py")), "reply-before-commit")
    one = desk(quiet=True, program=mutant).start()
    for number in range(12):
        clients = Clients(one, 120, CONNECTIONS, pause=0.02, seconds=300, first=1000 * number)
        clients.start()
        time.sleep(0.3)
        one.kill()
        one.start()
        ledger = clients.join()
        one.decided(1)
        if lost(one, ledger):
            return
    raise AssertionError("twelve kills, and the storm has not seen that a 250 was given for nothing")
