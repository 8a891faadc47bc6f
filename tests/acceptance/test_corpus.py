"""2,054 messages that no one here wrote, through `import` and through the SMTP door: each gets one row and one verdict,
and no robot among them is acknowledged. Needs `$REPLYDESK_CORPUS`; nothing of the corpus is kept here.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from parsing.address import is_address
from tests.desk import PATIENCE, ServedDesk, run

CORPUS = os.environ.get("REPLYDESK_CORPUS", "")
pytestmark = [
    pytest.mark.skipif(not CORPUS, reason="set REPLYDESK_CORPUS to the folder of the test mail that no one here wrote"),
    pytest.mark.timeout(900),
]
COUNT = 2054
CLIENTS = 4
ROBOTS = {"bounce", "auto_reply", "ooo", "list"}
NOT_A_ROBOT = "flufl_bounce"
"""flufl.bounce keeps one ordinary mail to prove that it finds no failing address in it."""


def rows() -> list[dict[str, Any]]:
    with (Path(CORPUS) / "robust" / "manifest.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def raw(row: dict[str, Any]) -> bytes:
    return (Path(CORPUS) / "robust" / row["file"]).read_bytes()


def called_a_robot(row: dict[str, Any]) -> bool:
    expected = (row.get("expected") or {}).get(NOT_A_ROBOT, {})
    return row["class"] in ROBOTS and expected.get("addresses", ["any"]) != []


class Outcome:
    """The journal and the outbox after it all."""

    def __init__(self, folder: Path) -> None:
        with closing(sqlite3.connect(folder / "data" / "replydesk.db")) as database:
            self.journal = database.execute("SELECT id, sha256, verdict, attempts FROM journal ORDER BY id").fetchall()
            acknowledged = "SELECT journal_id FROM outbox WHERE purpose = 'acknowledgement'"
            self.acknowledged = {number for (number,) in database.execute(acknowledged)}
            self.states = Counter(state for (state,) in database.execute("SELECT state FROM outbox"))
        self.verdicts = Counter(verdict for _, _, verdict, _ in self.journal)

    def holds(self, sent: list[tuple[dict[str, Any], str]], log: str) -> None:
        """`sent` are the manifest's rows with the digest of what came in. Several clients come in no order: the same
        bytes are told apart by nothing, and none of them may be a robot's that was acknowledged."""
        assert sorted(digest for _, digest, _, _ in self.journal) == sorted(digest for _, digest in sent)
        assert None not in self.verdicts
        acknowledged = {digest for number, digest, _, _ in self.journal if number in self.acknowledged}
        answered = [row["file"] for row, digest in sent if called_a_robot(row) and digest in acknowledged]
        assert answered == []
        assert self.verdicts["unreadable"] == 0
        assert not re.search(r"failed over|Traceback|cannot be rendered|reader died|sender died|\bERROR\b", log), log


def test_import(tmp_path: Path, template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    manifest = {Path(row["file"]).name: row for row in rows()}
    folder = Path(CORPUS) / "robust" / "msg"
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    assert len(files) == COUNT
    started = time.monotonic()
    done = run_long(desk, "import", str(folder), "--to", "support@desk.example", "--as-new", "--json")
    result = json.loads(done.stdout)
    assert (result["imported"], sum(result["verdicts"].values())) == (COUNT, COUNT)
    again = json.loads(
        run_long(desk, "import", str(folder), "--to", "support@desk.example", "--as-new", "--json").stdout
    )
    assert (again["imported"], again["known"]) == (0, COUNT)
    outcome = Outcome(desk.folder)
    with capsys.disabled():
        print(f"\nimport: {COUNT} in {time.monotonic() - started:.0f} s, {dict(outcome.verdicts)}", end=" ")
    outcome.holds([(manifest[file.name], digest(file.read_bytes())) for file in files], done.stderr.decode())
    swept = run_long(desk, "sweep", "--json")
    assert Outcome(desk.folder).states.keys() <= {"sent", "failed"}
    assert "cannot be rendered" not in swept.stderr.decode()


def test_smtp(serve: Callable[..., ServedDesk], capsys: pytest.CaptureFixture[str]) -> None:
    desk = serve()
    wanted = rows()
    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(partial(offered, desk), [wanted[n::CLIENTS] for n in range(CLIENTS)]))
    found = {row["file"]: said for answer in answers for row, said in answer}
    sent = [(row, found[row["file"]]) for row in wanted if not found[row["file"]].startswith("refused")]
    refused = [f"{row['file']}: {found[row['file']]}" for row in wanted if found[row["file"]].startswith("refused")]
    taken = time.monotonic() - started
    settle(desk, len(sent))
    outcome = Outcome(desk.folder)
    with capsys.disabled():
        print(f"\nSMTP: {len(sent)} in {taken:.0f} s, all settled after {time.monotonic() - started:.0f} s", end=" ")
        print(dict(outcome.verdicts), *refused, sep="\n")
    assert refused == []
    outcome.holds(sent, desk.log())
    assert outcome.states.keys() <= {"sent", "failed"}


def offered(desk: ServedDesk, wanted: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """One client with a connection that it keeps: each mail with the digest of what came in, or `refused` and why."""
    found = []
    client = desk.smtp()
    client.ehlo("client.example")
    for row in wanted:
        content = raw(row)
        wire = content if content.endswith(b"\r\n") else content + b"\r\n"
        code, words = offer(client, reverse_path(content), wire)
        found.append((row, digest(wire) if code == 250 else f"refused: {code} {words!r}"))
    client.quit()
    return found


def run_long(desk: ServedDesk, *words: str) -> Any:
    return run(desk.env, *words, timeout=600)


def digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def reverse_path(content: bytes) -> str:
    """What the last delivery agent wrote, where it is an address; a fixed one for those without."""
    found = re.search(rb"^return-path:[ \t]*<?([^>\r\n]*)>?[ \t]*\r?$", content[:20_000], re.IGNORECASE | re.MULTILINE)
    path = found[1].decode("utf-8", "replace").strip() if found else "someone@elsewhere.example"
    return path if not path or (is_address(path) and path.isascii()) else "someone@elsewhere.example"


def offer(client: smtplib.SMTP, sender: str, content: bytes) -> tuple[int, bytes]:
    """One transaction on a kept connection: the bytes as they are, dots stuffed by hand."""
    for line in (f"MAIL FROM:<{sender}>", "RCPT TO:<support@desk.example>"):
        code, words = client.docmd(line)
        if code != 250:
            client.rset()
            return code, words
    client.docmd("DATA")
    assert client.sock is not None
    stuffed = b"." + content if content.startswith(b".") else content
    client.sock.sendall(stuffed.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    return client.getreply()


def settle(desk: ServedDesk, count: int) -> None:
    deadline = time.monotonic() + 20 * PATIENCE
    while True:
        with closing(sqlite3.connect(f"file:{desk.folder}/data/replydesk.db?mode=ro", uri=True)) as database:
            decided = database.execute("SELECT count(*) FROM journal WHERE verdict IS NOT NULL").fetchone()[0]
            waiting = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending') AND attempts = 0"
            left = database.execute(waiting).fetchone()[0]
        if decided >= count and not left:
            return
        assert time.monotonic() < deadline, f"{decided} of {count} decided, {left} mails wait"
        time.sleep(0.2)
