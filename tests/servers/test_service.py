"""The desk as a service: units that systemd takes, and upgrades that refuse no client and lose no mail."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.cli.init import write_desk
from store.engine import open_engines
from store.opening import HEAD, revision, upgrade
from store.tables import journal, messages, outbox, tickets
from tests.desk import Dialogue, run
from tests.servers.requirement import is_long, missing
from tests.servers.serving import letter
from tests.servers.stores import empty_url, kind
from tests.servers.supervised import Sender, Supervised

__all__ = ["empty_url", "kind"]

OLD = f"{int(HEAD) - 1:04}"
EXPOSURE = 20
"""Tenths of systemd's own measure of how exposed a service is: 10 points are everything, below 2 is its best class."""


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    """Makes desks that are not started yet, each behind a socket that the test holds."""
    made: list[Supervised] = []

    def make(**settings: str) -> Supervised:
        made.append(Supervised(tmp_path / f"desk{len(made)}", **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


# Upgrades


def _everything_once(desk: Supervised, senders: list[Sender]) -> None:
    """What the clients were told is kept is there, and led to one ticket each."""
    taken = Counter(f"<{number}@northwind.example>" for sender in senders for number in sender.taken)
    assert taken
    assert set(taken.values()) == {1}
    desk.quiet()
    opened = Counter(row.message_id for row in desk.rows(messages) if row.direction == "in")
    assert taken.keys() <= opened.keys(), "lost"
    assert {name: count for name, count in opened.items() if count != 1} == {}, "doubled"
    assert len(desk.rows(tickets, tickets.c.id)) == len(opened)
    sent = Counter(row.journal_id for row in desk.rows(outbox) if row.purpose == "acknowledgement")
    assert set(sent.values()) == {1}
    assert {row.verdict for row in desk.rows(journal, journal.c.id, journal.c.verdict)} <= {
        "ticket-created",
        "duplicate",
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_upgrade_refuses_nobody_loses_nothing_and_doubles_nothing(
    supervised: Callable[..., Supervised], number: signal.Signals
) -> None:
    desk = supervised().start()
    desk.says("READY=1")
    senders = [Sender(desk, name) for name in "abcd"]
    for sender in senders:
        sender.start()
    for life in range(10 if is_long() else 2):
        before = sum(len(sender.taken) for sender in senders)
        desk.wait(lambda before=before: sum(len(one.taken) for one in senders) >= before + 20, "mail")
        if number is signal.SIGTERM:
            assert desk.stop() == 0
            desk.says("STOPPING=1", life + 1)
        else:
            desk.kill()
        time.sleep(0.3)  # nobody is there: who comes now waits in the socket's queue
        desk.start()
        desk.says("READY=1", life + 2)
    for sender in senders:
        sender.stop()
    assert sum(sender.refused for sender in senders) == 0
    _everything_once(desk, senders)
    assert desk.stop() == 0


def test_a_message_on_its_way_in_is_kept_while_the_desk_drains(supervised: Callable[..., Supervised]) -> None:
    desk = supervised().start()
    content = letter("slow")
    with Dialogue(desk.port) as client:
        client.open("cslow@northwind.example")
        assert client.say("DATA").startswith("354")
        client.write(content[:100])
        os.kill(desk.daemon, signal.SIGTERM)
        desk.says("STOPPING=1")
        with socket.create_connection((desk.host, desk.port), timeout=120) as waiting:
            client.write(content[100:] + b"\r\n.\r\n")
            assert client.reply().startswith("250")
            desk.stop()
            waiting.settimeout(0.2)
            with pytest.raises(TimeoutError):  # neither greeted nor refused nor reset
                waiting.recv(1)
            desk.start()
            waiting.settimeout(120)
            assert waiting.recv(1000).startswith(b"220 ")
    desk.decided(1)
    assert desk.stop() == 0


def test_clients_wait_while_the_store_of_an_older_desk_is_migrated(
    supervised: Callable[..., Supervised], empty_url: str
) -> None:
    store = open_engines(empty_url)
    upgrade(store, OLD)
    assert revision(store) == OLD
    store.close()
    desk = supervised(STORE__URL=empty_url)
    with socket.create_connection((desk.host, desk.port), timeout=120) as waiting:
        desk.start()
        assert waiting.recv(1000).startswith(b"220 ")
    assert next(line for line in desk.heard() if line.startswith("STATUS=")).startswith("STATUS=opening the store")
    store = desk.store()
    assert revision(store) == HEAD
    store.close()
    sender = Sender(desk, "a")
    sender.start()
    desk.wait(lambda: len(sender.taken) >= 3, "mail")
    sender.stop()
    _everything_once(desk, [sender])


def test_an_older_program_leaves_a_newer_store_alone_and_says_so(supervised: Callable[..., Supervised]) -> None:
    desk = supervised().start()
    assert desk.stop() == 0
    store = desk.store()
    with store.turn() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(AssertionError, match=r"the store is of a newer replydesk \(revision 9999, .*upgrade replydesk"):
        desk.start()
    assert "Traceback" not in desk.log()
    with socket.create_connection((desk.host, desk.port), timeout=0.3) as waiting, pytest.raises(TimeoutError):
        waiting.recv(1)  # clients wait for the right program: nobody is refused


# What the supervisor hears and hands over


def test_the_supervisor_hears_how_the_desk_is_and_no_child_knows_of_it(supervised: Callable[..., Supervised]) -> None:
    desk = supervised(WEB__LISTEN="127.0.0.1:0").start()
    desk.says("READY=1")
    desk.says("WATCHDOG=1", 2)
    desk.wait(lambda: any(line.startswith("STATUS=0 mails waiting, 0 to send") for line in desk.heard()), "status")
    for role in ("smtp", "web", "reader", "sender"):
        variables = Path(f"/proc/{desk.child(role)}/environ").read_text("utf-8")
        assert not [name for name in ("NOTIFY_SOCKET", "WATCHDOG", "LISTEN_") if f"\0{name}" in f"\0{variables}"]
    assert desk.heard().index("READY=1") > 0
    os.kill(desk.daemon, signal.SIGSTOP)  # a loop that no longer turns
    time.sleep(0.3)
    count = desk.heard().count("WATCHDOG=1")
    time.sleep(2.5)
    assert desk.heard().count("WATCHDOG=1") == count
    os.kill(desk.daemon, signal.SIGCONT)
    assert desk.stop() == 0


def test_a_socket_that_no_door_has_ends_the_start_with_a_sentence(supervised: Callable[..., Supervised]) -> None:
    desk = supervised()
    desk.name = "pop3"
    desk.settings["SMTP__LISTEN"] = "127.0.0.1:0"
    with pytest.raises(AssertionError, match=r"was passed as 'pop3': no door has that name or listens there; mend the"):
        desk.start()
    assert "Traceback" not in desk.log()


def test_the_log_tells_the_story_of_one_mail_by_its_number(supervised: Callable[..., Supervised]) -> None:
    desk = supervised(OUTGOING__URL="smtp://127.0.0.1:1").start()
    for number in (1, 2):
        desk.send(letter(number), f"c{number}@northwind.example")
    desk.decided(2)
    (one,) = [row for row in desk.rows(journal) if row.message_id == "<2@northwind.example>"]

    def told() -> list[str]:
        return [line.partition(" gateway.")[2] for line in desk.log().splitlines() if f"mail={one.id} " in f"{line} "]

    desk.wait(lambda: told()[2:], "an attempt")
    story = told()
    assert story[0] == f"trail mail={one.id} accepted door=smtp size={one.size} client=127.0.0.1"
    assert story[1].startswith(f"trail mail={one.id} decided verdict=ticket-created ticket=DESK-{one.ticket_id} trust=")
    (mail,) = [row for row in desk.rows(outbox) if row.journal_id == one.id]
    begin = (
        f"courier outbox={mail.id} mail={one.id} ticket=DESK-{one.ticket_id} purpose=acknowledgement attempt=1 queued"
    )
    assert story[2].startswith(f"{begin} code=")
    assert "northwind" not in "".join(story)
    assert desk.stop() == 0


# Units


def _printed(folder: Path, *words: str) -> tuple[str, str]:
    config = write_desk(folder / "desk", demo=False)
    variables = {**os.environ, "REPLYDESK_CONFIG": str(config), "REPLYDESK_SMTP__LISTEN": "127.0.0.1:25"}
    told: dict[str, Any] = json.loads(run(variables, "service", *words, "--json").stdout)
    return told["unit"], told["text"]


def _systemd_analyze(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze") or missing("no systemd-analyze here; install the package systemd")
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=300)


def test_systemd_understands_every_line_of_the_units(tmp_path: Path) -> None:
    for words in ((), ("--socket",)):
        unit, written = _printed(tmp_path / (words[0] if words else "service"), *words)
        (tmp_path / unit).write_text(written, encoding="utf-8")
    files = [str(tmp_path / "replydesk.service"), str(tmp_path / "replydesk.socket")]
    done = _systemd_analyze("verify", *files)
    ours = [line for line in done.stderr.splitlines() if "replydesk" in line]  # others' units are others' affair
    assert (done.returncode, ours) == (0, [])
    (tmp_path / "replydesk.service").write_text(f"{Path(files[0]).read_text()}\n[Service]\nTypo=1\n", encoding="utf-8")
    assert "Typo" in _systemd_analyze("verify", files[0]).stderr, "it would find a line that is wrong"


def test_the_service_is_as_little_exposed_as_a_mail_server_can_be(tmp_path: Path) -> None:
    unit, written = _printed(tmp_path)
    (tmp_path / unit).write_text(written, encoding="utf-8")
    done = _systemd_analyze("security", "--offline=true", f"--threshold={EXPOSURE}", str(tmp_path / unit))
    assert done.returncode == 0, done.stdout
