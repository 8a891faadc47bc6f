"""The kill storm: whatever dies whenever, no mail that got its 250 is lost and none becomes two tickets (K1).

Short by default: 12 kills and 1,500 mails; `REPLYDESK_LONG=1` makes it 300 kills and 30,000. kill -9 does not lose what
the kernel has; whether the disk has it is `test_sync`'s question.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from store.tables import journal, messages, outbox, tickets
from tests.faults.ledger import Clients, Ledger
from tests.servers.requirement import is_long
from tests.servers.serving import Desk

KILLS, MAILS, CONNECTIONS = (300, 30_000, 16) if is_long() else (12, 1_500, 8)
TARGETS = ("group", "daemon", "smtp", "reader", "sender")
SEED = int(os.environ.get("REPLYDESK_SEED") or time.time_ns() % 1_000_000)


def _strike(desk: Desk, target: str) -> None:
    if target == "group":
        desk.kill()
        desk.start()
    elif target == "daemon":
        desk.kill_daemon()
        desk.start()
    else:
        desk.signal_child(target, signal.SIGKILL)


def _storm(desk: Desk, mails: int, kills: int, connections: int) -> tuple[Ledger, Counter[str]]:
    """Clients send while processes die; at least one of each kind."""
    chance = random.Random(SEED)
    targets = [*TARGETS, *chance.choices(TARGETS, k=max(0, kills - len(TARGETS)))][:kills]
    chance.shuffle(targets)
    clients = Clients(desk, mails, connections, pause=0.05, seconds=kills * 10 + mails / 20)
    clients.start()
    struck: Counter[str] = Counter()
    for target in targets:
        time.sleep(chance.uniform(0.2, 0.9))
        _strike(desk, target)
        struck[target] += clients.busy
    return clients.join(), struck


def _lost(desk: Desk, ledger: Ledger) -> set[str]:
    """What got a 250 and has no verdict."""
    explained = {row.message_id for row in desk.rows(journal) if row.verdict}
    return ledger.kept - explained


def _settled(desk: Desk) -> None:
    """Let the desk do all that it still has to do; mails whose delivery was unknown are tried again a minute later."""
    desk.stop()
    desk.settings["CLOCK__OFFSET"] = "+1h"
    desk.start()
    desk.quiet(120)


@pytest.mark.timeout(3000 if is_long() else 180)
def test_nothing_is_lost_or_doubled_whatever_dies(desk, capsys):
    one = desk(quiet=True).start()
    began = time.monotonic()
    ledger, struck = _storm(one, MAILS, KILLS, CONNECTIONS)
    stormed = time.monotonic() - began
    _settled(one)
    told = f"seed {SEED}: REPLYDESK_SEED={SEED} repeats it"

    assert ledger.given_up == [], told
    assert len(ledger.kept) == MAILS, told
    assert _lost(one, ledger) == set(), told

    rows = one.rows(journal)
    created = Counter(row.message_id for row in rows if row.verdict == "ticket-created")
    verdicts = Counter(row.verdict for row in rows)
    assert max(created.values()) == 1, told
    assert set(verdicts) <= {"ticket-created", "duplicate", "unreadable"}, f"{verdicts}, {told}"
    found = one.rows(tickets)
    assert len(found) == verdicts["ticket-created"] + verdicts["unreadable"], told
    assert len(one.rows(messages)) == len({(row.journal_id, row.ordinal) for row in one.rows(messages)}), told

    acknowledgements = [row for row in one.rows(outbox) if row.purpose == "acknowledgement"]
    per_ticket = Counter(row.ticket_id for row in acknowledgements)
    assert per_ticket == Counter({row.ticket_id: 1 for row in rows if row.verdict == "ticket-created"}), told
    assert {row.state for row in acknowledgements} == {"sent"}, told

    delivered = _delivered(one)
    assert {row.message_id for row in acknowledgements} <= set(delivered), told
    twice = {message_id: copies for message_id, copies in delivered.items() if len(copies) > 1}
    assert all(len(set(copies)) == 1 for copies in twice.values()), f"other bytes at the second attempt; {told}"
    with capsys.disabled():
        print(
            f"\nstorm: {MAILS} mails, {struck.total()} kills {dict(struck)} in {stormed:.0f} s, "
            f"{ledger.unknown} unknown outcomes, refused {dict(ledger.refused)}, 0 lost, "
            f"{verdicts['duplicate']} re-deliveries absorbed, {verdicts['unreadable']} unreadable, "
            f"{len(acknowledgements)} acknowledgements, {len(twice)} delivered more than once, seed {SEED}"
        )


def _delivered(desk: Desk) -> dict[str, list[bytes]]:
    """What is in the sent Maildir, by Message-ID."""
    found: dict[str, list[bytes]] = {}
    for file in (desk.folder / "data" / "sent" / "new").iterdir():
        content = file.read_bytes()
        found.setdefault(str(message_from_bytes(content)["Message-ID"]), []).append(content)
    return found


@pytest.mark.timeout(300)
def test_the_storm_finds_a_desk_that_says_250_too_early(desk):
    """The control: a door that answers before the commit loses mail in a storm, and the ledger shows it."""
    mutant = (sys.executable, str(Path(__file__).with_name("mutant.py")), "early-250")
    one = desk(quiet=True, program=mutant).start()
    for number in range(12):
        clients = Clients(one, 120, 8, pause=0.02, seconds=40, first=1000 * number)
        clients.start()
        time.sleep(0.3)
        one.kill()
        one.start()
        ledger = clients.join()
        one.decided(1, 60)
        if _lost(one, ledger):
            return
    raise AssertionError("twelve kills, and the storm has not seen that a 250 was given for nothing")
