"""The life of a daemon: it starts in one line, ends in order, survives SIGKILL, and refuses in a sentence."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk import REPLYDESK, ServedDesk, environment, run

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Mail {0}
Message-ID: <{0}@n.example>

Words {0}.
"""


def gone(desk: ServedDesk, seconds: float = 60.0) -> bool:
    """Whether no process of the daemon's group is left, or will be in a moment."""
    deadline = time.monotonic() + seconds
    while desk.children():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def refused(env: dict[str, str]) -> str:
    """What `serve` says when it cannot; one sentence, no trace of Python."""
    done = run(env, "serve", check=False)
    words = done.stderr.decode()
    assert done.returncode in (1, 2), words
    assert done.stdout == b""
    assert "Traceback" not in words
    assert len(words.strip().splitlines()) == 1, words
    return words


def test_the_ready_line(serve: Callable[..., ServedDesk]) -> None:
    desk = serve()
    assert desk.ready.keys() >= {"event", "smtp", "lmtp", "web", "pid"}
    assert desk.ready["event"] == "ready"
    assert desk.ready["pid"] == desk.process.pid
    for door in ("smtp", "lmtp"):
        with desk.raw_session(door) as client:
            assert client.greeting.startswith("220")
    assert desk.children(), "readers, sender and door are children of its own group"
    assert {os.getpgid(child) for child in desk.children()} == {desk.process.pid}


def test_shut_doors_are_null(serve: Callable[..., ServedDesk]) -> None:
    desk = serve(LMTP__LISTEN="")
    assert desk.ready["lmtp"] is None
    assert desk.stop() == 0


def test_sigterm_drains(serve: Callable[..., ServedDesk]) -> None:
    """What was accepted is decided and sent, a mail on its way in is kept, an idle client gets 421."""
    desk = serve()
    for number in range(20):
        desk.send(MAIL.format(number), "nora@northwind.example")
    with desk.raw_session() as busy, desk.raw_session() as idle:
        busy.open()
        assert busy.say("DATA").startswith("354")
        busy.write(b"Subject: half\r\n\r\nthe first half\r\n")
        idle.say("EHLO idle.example")
        started = time.monotonic()
        desk.process.send_signal(signal.SIGTERM)
        assert idle.reply().startswith("421")
        busy.write(b"the second half\r\n.\r\n")
        assert busy.reply().startswith("250")
    assert desk.stop() == 0
    assert time.monotonic() - started < 30
    assert gone(desk)
    rows = desk.json("mail", "list")
    assert len(rows) == 21
    assert all(row["verdict"] for row in rows[:20])
    assert "Traceback" not in desk.log()
    desk.start()
    assert all(row["verdict"] for row in desk.settled(21))
    assert desk.stop() == 0


def test_sigint_ends_it_like_sigterm(serve: Callable[..., ServedDesk]) -> None:
    desk = serve()
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(120) == 0
    assert gone(desk)


def test_sigkill_loses_nothing_and_restarts_at_once(serve: Callable[..., ServedDesk], store_kind: str) -> None:
    if store_kind == "postgresql":
        pytest.skip("there a lease of 25 s has to run out first: tests/servers/test_postgresql_desk.py waits for it")
    desk = serve()
    port = desk.port()
    accepted = 0
    with desk.smtp() as client:
        for number in range(40):
            author = f"nora{number}@northwind.example"  # one of them alone would get two acknowledgements an hour
            mail = MAIL.format(number).replace("nora@northwind.example", author)
            client.sendmail(author, ["support@desk.example"], mail)
            accepted += 1
        os.kill(desk.process.pid, signal.SIGKILL)
        client.sock.close() if client.sock else None
    desk.process.wait(60)
    desk.kill()
    assert gone(desk), "children outlive their daemon"
    desk.env["REPLYDESK_SMTP__LISTEN"] = f"127.0.0.1:{port}"
    started = time.monotonic()
    desk.start()
    assert time.monotonic() - started < 20, "nothing needs cleaning or waiting"
    assert desk.port() == port
    rows = desk.settled(accepted)
    assert len(rows) == accepted
    assert {row["verdict"] for row in rows} == {"ticket-created"}
    acknowledged = [row for row in desk.json("queue", "list") if row["purpose"] == "acknowledgement"]
    assert len(acknowledged) == len({row["ticket"] for row in acknowledged}) == accepted
    assert desk.stop() == 0


def test_a_child_that_dies_is_replaced(serve: Callable[..., ServedDesk]) -> None:
    desk = serve()
    for child in desk.children():
        os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 90
    while len(desk.children()) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    desk.send(MAIL.format(1), "nora@northwind.example")
    assert [row["verdict"] for row in desk.settled(1)] == ["ticket-created"]
    assert len(desk.sent("nora@northwind.example")) == 1
    assert desk.stop() == 0


def test_a_second_serve_is_refused(serve: Callable[..., ServedDesk]) -> None:
    desk = serve()
    words = refused(desk.env)
    assert f"process {desk.process.pid}" in words
    assert "--config" in words
    with desk.raw_session() as client:
        assert client.greeting.startswith("220"), "the first one lives on"


def test_a_taken_port(tmp_path: Path, template: Path) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        desk.env["REPLYDESK_SMTP__LISTEN"] = address
        words = refused(desk.env)
    assert "smtp.listen" in words
    assert address in words
    assert "port 0" in words


def test_a_folder_that_cannot_be_written(tmp_path: Path, template: Path) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    (tmp_path / "a file").write_text("in the way")
    blocked = environment(desk.folder, STORE__DATA=str(tmp_path / "a file" / "data"))
    assert "data is a file or below one; name a folder" in refused(blocked)
    blocked = environment(desk.folder, STORE__URL=f"sqlite:///{tmp_path}/a file/data/replydesk.db")
    assert "store.url" in refused(blocked)


def test_an_unknown_key_and_no_configuration(tmp_path: Path, template: Path) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    words = refused(environment(desk.folder, SMTP__LISTN="127.0.0.1:0"))
    assert "REPLYDESK_SMTP__LISTN" in words
    assert "REPLYDESK_SMTP__LISTEN" in words
    file = desk.folder / "replydesk.toml"
    file.write_text(file.read_text("utf-8").replace("[smtp]\n", "[smtp]\nlistne = 1\n"), "utf-8")
    words = refused(desk.env)
    assert "smtp.listne" in words
    assert "smtp.listen" in words
    assert "replydesk init" in refused(environment(tmp_path / "nowhere"))


def test_a_store_of_a_newer_replydesk(tmp_path: Path, template: Path) -> None:
    import sqlite3
    from contextlib import closing

    desk = ServedDesk.make(tmp_path / "desk", template)
    with closing(sqlite3.connect(desk.folder / "data" / "replydesk.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "upgrade replydesk" in refused(desk.env)


def test_a_lost_secret(tmp_path: Path, template: Path) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    (desk.folder / "data" / "secret").unlink()
    assert "secret" in refused(desk.env)


def test_output_that_nobody_reads_is_no_reason_to_die(tmp_path: Path, template: Path) -> None:
    """`replydesk serve | head -1`: the pipe is closed after the ready line."""
    desk = ServedDesk.make(tmp_path / "desk", template)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*REPLYDESK, "serve"], env=desk.env, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    process.terminate()
    assert process.wait(120) == 0
