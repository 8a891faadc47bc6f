"""`replydesk doctor` as an operator runs it: its lines, its JSON, its exit status, and that it changes nothing."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desk import ServedDesk, run

AREAS = {
    "configuration", "proof", "files", "store", "durability", "disk", "clock", "doors", "certificates", "outgoing",
    "mail",
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, template: Path) -> ServedDesk:
    return ServedDesk.make(tmp_path / "desk", template, WEB__LISTEN="")


def findings(desk: ServedDesk, *words: str, status: int = 0) -> list[dict[str, Any]]:
    done = desk.cli("doctor", *words, "--json", check=False)
    assert done.returncode == status, (done.stdout, done.stderr)
    assert b"Traceback" not in done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert all(one.keys() == {"area", "level", "what", "fix"} for one in found)
    assert all(one["fix"] for one in found if one["level"] != "ok")
    return found


def test_a_desk_that_is_well(desk: ServedDesk) -> None:
    found = findings(desk)
    assert {one["area"] for one in found} == AREAS
    assert {one["level"] for one in found} <= {"ok", "warning"}
    lines = desk.cli("doctor").stdout.decode().splitlines()
    assert lines[-1].endswith(" 0 problems.")
    marks = [line.split()[0] for line in lines if line and line[0] != " " and not line[0].isdigit()]
    assert marks == sorted(marks, key=["ok", "warning", "PROBLEM"].index)


def test_problems_come_last_with_their_cure_and_make_the_exit_status(desk: ServedDesk) -> None:
    (desk.folder / "data" / "secret").chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        desk.env["REPLYDESK_SMTP__LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        wrong = [one for one in findings(desk, status=1) if one["level"] == "problem"]
        lines = desk.cli("doctor", check=False).stdout.decode().splitlines()
    assert {one["area"] for one in wrong} == {"files", "doors"}
    assert lines[-1].endswith(" 2 problems.")
    assert lines[-4].startswith("PROBLEM")
    assert "→ stop what listens there" in lines[-3]


def test_it_changes_nothing(desk: ServedDesk) -> None:
    def state() -> dict[str, bytes]:
        # -shm is the index that every reader of a WAL database makes anew.
        files = [file for file in desk.folder.rglob("*") if file.is_file() and not file.name.endswith(("-shm", "-wal"))]
        return {str(file): file.read_bytes() for file in files}

    before = state()
    findings(desk)
    assert state() == before
    shutil.rmtree(desk.folder / "data" / "sent", ignore_errors=True)
    (desk.folder / "data" / "replydesk.db").unlink()
    found = findings(desk)
    assert not (desk.folder / "data" / "replydesk.db").exists()
    assert any("there is no store" in one["what"] for one in found)


def test_a_configuration_that_cannot_be_read(desk: ServedDesk, tmp_path: Path) -> None:
    desk.env["REPLYDESK_SMTP__LISEN"] = "x"
    (one,) = findings(desk, status=2)
    assert (one["area"], one["level"]) == ("configuration", "problem")
    assert "did you mean REPLYDESK_SMTP__LISTEN" in one["what"]
    desk.env["REPLYDESK_CONFIG"] = str(tmp_path / "nowhere.toml")
    assert b"replydesk init" in desk.cli("doctor", check=False).stdout


def test_a_served_desk_answers_at_its_doors(desk: ServedDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = [server.getsockname()[1] for server in (one, two)]
    desk.env |= {
        "REPLYDESK_SMTP__LISTEN": f"127.0.0.1:{ports[0]}",
        "REPLYDESK_LMTP__LISTEN": f"127.0.0.1:{ports[1]}",
    }
    desk.start()
    try:
        what = [one["what"] for one in findings(desk) if one["area"] == "doors"]
        assert f"the desk is served by process {desk.process.pid}" in what
        assert any("SMTP replydesk" in line and "SIZE" in line for line in what)
        assert any("LMTP replydesk" in line for line in what)
    finally:
        assert desk.stop() == 0
    assert any("nobody serves" in one["what"] for one in findings(desk))


def test_the_dns_is_asked_only_when_asked_for(desk: ServedDesk) -> None:
    assert not any(one["area"] == "dns" for one in findings(desk))


def test_secrets_are_never_shown(desk: ServedDesk, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    desk.env |= {
        "REPLYDESK_OUTGOING__URL": "smtp://127.0.0.1:1",
        "REPLYDESK_OUTGOING__USERNAME": "desk",
        "REPLYDESK_OUTGOING__PASSWORD_FILE": str(tmp_path / "password"),
    }
    told = json.dumps(findings(desk, status=1))
    assert "hunter2" not in told
    assert (desk.folder / "data" / "secret").read_text().strip() not in told


def test_one_check_may_break(desk: ServedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, so that a check can be broken: the others are made all the same."""
    from click.testing import CliRunner

    from gateway.cli import main
    from gateway.doctor import examination

    def broken(_house: object) -> Any:
        raise ZeroDivisionError

    subjects: list[tuple[str, Callable[..., Any]]] = [*examination.SUBJECTS[:3], ("clock", broken)]
    monkeypatch.setattr(examination, "SUBJECTS", subjects)
    env = {name: value for name, value in desk.env.items() if name.startswith("REPLYDESK_")}
    result = CliRunner().invoke(main, ["doctor", "--json"], env=env)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert "ZeroDivisionError" in found[-1]["what"]
    assert {one["area"] for one in found} == {"configuration", "proof", "files", "clock"}
    assert run(desk.env, "doctor", "--help").returncode == 0
