"""`replydesk import`: from every kind of box, once, beside others, in pieces and after a kill."""

from __future__ import annotations

import mailbox
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store import journal
from store.engine import StoreBusy, StoreUnavailable
from tests.acceptance.commands import MAIL, Command, command, told
from tests.desk import REPLYDESK, ServedDesk

__all__ = ["command"]


def messages() -> list[str]:
    return [MAIL.format(number) for number in range(1, 6)]


def make_mbox(path: Path) -> Path:
    box = mailbox.mbox(path)
    for text in messages():
        box.add(text.encode())
    box.close()
    return path


def make_maildir(path: Path) -> Path:
    box = mailbox.Maildir(path)
    for text in messages():
        box.add(text.encode())
    box.close()
    return path


def make_folder(path: Path) -> Path:
    (path / "sub").mkdir(parents=True)
    for number, text in enumerate(messages()):
        (path / ("sub" if number % 2 else ".") / f"{number}.eml").write_text(text)
    (path / ".hidden").write_text("no mail")
    return path


def make_file(path: Path) -> Path:
    path.write_text(messages()[0])
    return path


@pytest.mark.parametrize(("make", "count"), [(make_mbox, 5), (make_maildir, 5), (make_folder, 5), (make_file, 1)])
def test_import_twice_adds_nothing(command: Command, tmp_path: Path, make: Callable[[Path], Path], count: int) -> None:
    path = make(tmp_path / "mail")
    words = ("import", str(path), "--to", "support@desk.example", "--json")
    assert told(command(*words)) == {"imported": count, "known": 0, "verdicts": {"ticket-created": count}}
    assert told(command(*words)) == {"imported": 0, "known": count, "verdicts": {}}
    assert told(command("queue", "list", "--json")) == [], "history sends nothing"
    tickets = told(command("ticket", "list", "--json"))
    assert [ticket["sla"]["first_response"]["state"] for ticket in tickets] == ["none"] * count
    assert told(command("sweep", "--json", CLOCK__OFFSET="+30d", DIGESTS__AT="off"))["timers"] == []


def test_import_as_new_is_acknowledged_once(command: Command, tmp_path: Path) -> None:
    path = make_mbox(tmp_path / "mail")
    words = ("import", str(path), "--to", "support@desk.example", "--as-new")
    command(*words)
    command(*words)
    command("sweep")
    queue = told(command("queue", "list", "--json"))
    assert [mail["purpose"] for mail in queue].count("acknowledgement") == 2, "what a stranger may get in an hour"
    assert {mail["state"] for mail in queue} == {"sent"}


def test_import_waits_for_others_and_says_what_ends_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that others are in the way of is taken again; a store that goes away meanwhile is a sentence."""
    words = ("import", str(make_mbox(tmp_path / "mail")), "--to", "support@desk.example", "--json")
    append, faults = journal.append, [StoreBusy("database is locked")] * 2

    def in_the_way(*arguments: Any) -> Any:
        done = append(*arguments)
        if faults:
            raise faults.pop()
        return done

    monkeypatch.setattr(journal, "append", in_the_way)
    assert told(command(*words)) == {"imported": 5, "known": 0, "verdicts": {"ticket-created": 5}}
    assert not faults

    def gone(*_arguments: Any) -> Any:
        raise StoreUnavailable("the server is gone")

    monkeypatch.setattr(journal, "verdicts", gone)
    assert "the server is gone" in command(*words, status=1).output


def test_import_since(command: Command, tmp_path: Path) -> None:
    box = tmp_path / "mail"
    box.mkdir()
    (box / "old.eml").write_text(MAIL.format(1))
    (box / "new.eml").write_text(MAIL.format(2).replace("20 Nov", "23 Nov"))
    (box / "undated.eml").write_text(MAIL.format(3).replace("Date:", "X-Date:"))
    words = ("import", str(box), "--to", "support@desk.example", "--since", "2026-11-22", "--json")
    assert told(command(*words))["imported"] == 2


def test_import_never_believes_authentication_results(command: Command, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n" + MAIL.format(1)
    )
    command("import", str(tmp_path / "one.eml"), "--to", "support@desk.example", "--as-new")
    assert told(command("mail", "show", "1", "--json"))["trust"] == "D"


def test_import_through_a_serving_desk(serve: Callable[..., ServedDesk], tmp_path: Path) -> None:
    desk = serve()
    path = make_mbox(tmp_path / "mail")
    done = desk.json("import", str(path), "--to", "support@desk.example", "--as-new")
    assert done == {"imported": 5, "known": 0, "verdicts": {"ticket-created": 5}}


def test_import_takes_large_mail_in_pieces(command: Command, tmp_path: Path) -> None:
    """A large message among small ones: written in turns of its own, found again, told apart from its twin."""
    large = MAIL.format(1).encode() + b"0123456789abcdef 0123456789\r\n" * 100_000
    box = tmp_path / "mail"
    box.mkdir()
    for name, content in (("a", MAIL.format(2).encode()), ("b", large), ("c", large), ("d", MAIL.format(3).encode())):
        (box / name).write_bytes(content)
    words = ("import", str(box), "--to", "support@desk.example", "--json")
    assert told(command(*words)) == {"imported": 4, "known": 0, "verdicts": {"duplicate": 1, "ticket-created": 3}}
    assert told(command(*words)) == {"imported": 0, "known": 4, "verdicts": {}}
    rows = told(command("mail", "list", "--json"))
    assert [row["size"] for row in rows].count(len(large)) == 2
    number = next(row["id"] for row in rows if row["size"] == len(large))
    assert command("mail", "raw", str(number)).stdout_bytes == large


def test_import_keeps_to_the_bytes_of_a_turn(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever serves the desk waits for one turn: it holds no more than its bytes and one message."""
    from gateway.cli import importing

    turns: list[int] = []
    append = importing.journal.append

    def spy(connection: Any, received: Any, *more: Any) -> Any:
        turns.append(sum(item.size for item in received))
        return append(connection, received, *more)

    monkeypatch.setattr(importing.journal, "append", spy)
    monkeypatch.setattr(importing, "BATCH_BYTES", 10_000)
    box = tmp_path / "mail"
    box.mkdir()
    for number in range(30):
        (box / f"{number:02}").write_text(MAIL.format(number) + "word " * 200)
    assert told(command("import", str(box), "--to", "support@desk.example", "--json"))["imported"] == 30
    assert max(turns) < 12_000
    assert len([size for size in turns if size]) >= 3


def test_import_goes_on_after_a_kill(tmp_path: Path, template: Path) -> None:
    """SIGKILL in the middle: what was read in is kept, the same command adds the rest, and nothing is there twice."""
    desk = ServedDesk.make(tmp_path / "desk", template)
    box = mailbox.mbox(tmp_path / "mail")
    for number in range(1500):
        box.add(MAIL.format(number).encode())
    box.close()
    words = ("import", str(tmp_path / "mail"), "--to", "support@desk.example")
    process = subprocess.Popen([*REPLYDESK, *words], env=desk.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    database = tmp_path / "desk" / "data" / "replydesk.db"
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        while not connection.execute("SELECT count(*) FROM journal").fetchone()[0] and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
        process.wait(30)
        first = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
        assert 0 < first < 1500
        done = desk.json(*words)
        assert (done["known"], done["imported"]) == (first, 1500 - first)
        rows = connection.execute("SELECT count(*), count(DISTINCT sha256), count(verdict) FROM journal").fetchone()
        assert rows == (1500, 1500, 1500)
        assert connection.execute("SELECT count(*) FROM tickets").fetchone() == (1500,)
    assert desk.json(*words)["imported"] == 0
