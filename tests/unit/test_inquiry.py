"""Mails that wait for our own look: order, deadlines, and verifiers that die, hang or talk nonsense."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway import inquiry as inquiries
from gateway.channel import Channel, Line
from gateway.inquiry import PATIENCE, Inquiry
from gateway.reader import Raw, ReaderOptions, Ready
from gateway.settler import Settler
from gateway.spool import Spool
from gateway.verifier import LANES, LOOK_SECONDS, WORDS, Found, VerifierOptions
from parsing.message import AuthMethod, AuthResults, ParsedMail, Reading
from parsing.reading import read
from store import journal
from store.journal import Lease, Received
from store.records import Entry, Envelope
from store.tables import journal as journal_table
from tests.servers.stores import kind, store, store_url
from tests.unit.evidence.zone import DEAD, Server, Zone, key_record, sign
from tests.unit.settler.bench import Reader
from tests.unit.store.samples import NOW, desk, envelope, mint

__all__ = ["kind", "store", "store_url"]

OPTIONS = VerifierOptions(nameservers=(), sealers=frozenset(), memory_mb=512)
GOOD = AuthResults(
    authserv_id="replydesk",
    methods=(AuthMethod(method="dkim", result="pass", properties=(("header.d", "a.example"),)),),
)
LEASE = Lease(owner="us", until=NOW + timedelta(seconds=25))


class Verifier:
    """A worker without a process: the test holds the other end of its socket."""

    def __init__(self, role: str, options: Any, classes: Any) -> None:
        assert (role, classes) == ("verifier", WORDS)
        self.pid, self.starts, self.classes = 0, 0, classes

    def start(self) -> None:
        ours, theirs = socket.socketpair()
        self.channel, self.line = Channel(ours, self.classes), Line(theirs)
        self.ends = (ours, theirs)
        self.line.send(Ready())
        self.starts += 1
        self.pid = self.starts

    def kill(self) -> str:
        for end in self.ends:
            end.close()
        self.pid = 0
        return "signal SIGKILL"

    def asked(self) -> list[int]:
        return [question.id for question in self.line.receive()] if self.line.pending() else []


class Desk:
    """An inquiry with a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inquiries, "Worker", Verifier)
        self.clock = 0.0
        self.inquiry = Inquiry(OPTIONS, lambda: self.clock)
        self.verifier: Any = self.inquiry.worker
        self.verifier.start()
        assert self.inquiry.heard() == []

    def take(self, number: int, author: str = "") -> None:
        mail = read(f"From: {author or f'a{number}@a.example'}\r\n\r\nx\r\n".encode())
        entry = Entry(id=number, envelope=ENVELOPE, sha256="", size=9)
        self.inquiry.take(entry, mail, Raw(number, b"x", "x@a.example"), "192.0.2.7")

    def says(self, *numbers: int, results: Any = GOOD) -> list[int]:
        for number in numbers:
            self.verifier.line.send(Found(number, results))
        return ids(self.inquiry.heard())


ENVELOPE = Envelope(sender="x@a.example", recipients=("support@desk.example",), received_at=NOW, door="smtp")


def ids(answers: list[tuple[int, ParsedMail, AuthResults]]) -> list[int]:
    return [number for number, _, _ in answers]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk_ = Desk(monkeypatch)
    yield desk_
    desk_.verifier.kill()


def test_as_many_as_there_are_lanes(waits: Desk) -> None:
    for number in range(1, 40):
        waits.take(number)
    assert waits.verifier.asked() == [1]
    handed = [1]
    while found := waits.verifier.asked():
        handed += found
    assert handed == list(range(1, LANES + 1))
    assert waits.says(3, 1) == [3, 1]
    assert waits.verifier.asked() == [17, 18]


def test_mails_of_one_author_leave_in_their_order(waits: Desk) -> None:
    for number, author in ((1, "a@a.example"), (2, "A@a.example"), (3, "b@a.example"), (4, "a@a.example")):
        waits.take(number, author)
    assert waits.says(4, 2) == []
    assert waits.says(3) == [3]
    assert waits.says(1) == [1, 2, 4]


def test_a_dead_verifier_costs_evidence_and_no_mail(waits: Desk) -> None:
    for number in (1, 2, 3):
        waits.take(number)
    waits.verifier.ends[1].close()
    assert ids(waits.inquiry.heard()) == []
    assert waits.verifier.starts == 2
    assert waits.verifier.asked() == [1], "those that it had in hand are asked one by one"
    assert waits.inquiry.heard() == [], "it says that it is there"
    waits.verifier.ends[1].close()
    died = waits.inquiry.heard()
    assert [(number, results.methods[0].result) for number, _, results in died] == [(1, "temperror")]
    assert waits.verifier.asked() == [2]
    assert waits.says(2) == [2]
    waits.take(4)
    assert waits.verifier.asked() == [3]
    assert waits.says(3) == [3]
    assert waits.verifier.asked() == [4]


def test_nobody_waits_longer_than_the_bound(waits: Desk) -> None:
    for number in range(1, LANES + 3):
        waits.take(number)
    waits.clock = PATIENCE - 1
    assert ids(waits.inquiry.overdue()) == []
    waits.clock = PATIENCE
    late = waits.inquiry.overdue()
    assert ids(late) == list(range(1, LANES + 3))
    assert {results.methods[0].property("reason") for _, _, results in late} == {"no answer in time"}
    assert waits.verifier.starts == 1
    waits.clock = PATIENCE + 1
    assert waits.inquiry.overdue() == []
    assert waits.verifier.starts == 2, "it hangs: no look takes that long"


def test_an_answer_that_comes_too_late_is_no_offence(waits: Desk) -> None:
    for number in range(1, LANES + 2):
        waits.take(number)
    waits.clock = 6
    assert waits.says(*range(1, LANES + 1)) == list(range(1, LANES + 1))
    waits.clock = PATIENCE
    assert ids(waits.inquiry.overdue()) == [LANES + 1], "it had been in nobody's hand for six seconds"
    assert waits.says(LANES + 1) == []
    assert waits.verifier.starts == 1
    assert LOOK_SECONDS < PATIENCE


@pytest.mark.parametrize(
    "word",
    [
        "hello",
        None,
        Found(2, GOOD),
        Found(1, "good"),  # type: ignore[arg-type]
        Found(1, AuthResults(authserv_id="x" * 1000, methods=())),
        Found(1, AuthResults(authserv_id="x", methods=GOOD.methods * 30)),
        Found(1, AuthResults(authserv_id="x", methods=(AuthMethod(method="a\0b", result="pass"),))),
        Found(1, AuthResults(authserv_id="x", methods=(AuthMethod(method="a", result="pass", properties=(("a",),)),))),  # type: ignore[arg-type]
        Path("/etc/passwd"),
    ],
)  # fmt: skip
def test_one_that_talks_nonsense_is_killed(waits: Desk, word: object) -> None:
    waits.take(1)
    waits.verifier.line.send(word)
    assert waits.inquiry.heard() == []
    assert waits.verifier.starts == 2
    assert waits.verifier.asked() == [1]


# The real process, over a real name server


MAIL = b"From: Nora <nora@northwind.example>\r\nTo: support@desk.example\r\nSubject: Slow\r\n\r\nIt is slow.\r\n"
RECORDS = {
    ("s._domainkey.northwind.example", "TXT"): (key_record(),),
    ("_dmarc.northwind.example", "TXT"): ("v=DMARC1; p=reject",),
    ("s._domainkey.dead.example", "TXT"): (DEAD,),
    ("s._domainkey.broken.example", "TXT"): ("SERVFAIL",),
    ("big.example", "TXT"): ("x" * 20_000,),
}


@pytest.fixture
def live() -> Iterator[Inquiry]:
    with Server(Zone(RECORDS)) as server:
        options = VerifierOptions(nameservers=(server.address,), sealers=frozenset(), memory_mb=512)
        found = Inquiry(options, time.monotonic)
        found.worker.start()
        yield found
        found.worker.stop(0.1)


def ask(live: Inquiry, number: int, raw: bytes, path: str = "") -> None:
    mail = read(raw)
    entry = Entry(id=number, envelope=ENVELOPE, sha256="", size=len(raw))
    live.take(entry, mail, Raw(number, None if path else raw, "x@a.example", path), "192.0.2.7")


def answers(live: Inquiry, count: int) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    end = time.monotonic() + 120
    while len(found) < count and time.monotonic() < end:
        for number, _, results in (*live.heard(), *live.overdue()):
            found[number] = {method.method: method.result for method in results.methods}
        time.sleep(0.02)
    return found


def test_the_verifier_at_work(live: Inquiry, tmp_path: Path) -> None:
    large = MAIL + b"x" * 78 + b"\r\n" + b"y" * 2_000_000 + b"\r\n"
    file = tmp_path / "large"
    file.write_bytes(sign(large, "northwind.example"))
    ask(live, 1, sign(MAIL, "northwind.example"))
    ask(live, 2, MAIL)
    ask(live, 3, sign(MAIL.replace(b"northwind", b"dead"), "dead.example"))
    ask(live, 4, sign(MAIL.replace(b"northwind", b"broken"), "broken.example"))
    ask(live, 5, MAIL.replace(b"northwind", b"nothing"))
    ask(live, 6, file.read_bytes(), str(file))
    ask(live, 7, MAIL.replace(b"<nora", b"<lora"), str(tmp_path / "gone"))
    found = answers(live, 7)
    assert found[1] == {"dkim": "pass", "spf": "none", "dmarc": "pass"}
    assert found[2] == {"dkim": "none", "spf": "none", "dmarc": "fail"}
    assert found[3] == {"dkim": "temperror", "spf": "none", "dmarc": "none"}
    assert found[4] == {"dkim": "temperror", "spf": "none", "dmarc": "none"}
    assert found[5] == {"dkim": "none", "spf": "none", "dmarc": "none"}
    assert found[6] == {"dkim": "pass", "spf": "none", "dmarc": "pass"}
    assert found[7] == {"look": "temperror"}


def test_a_killed_process_is_started_again(live: Inquiry) -> None:
    ask(live, 1, MAIL)
    assert answers(live, 1)[1]["dmarc"] == "fail"
    os.kill(live.worker.pid, 9)
    ask(live, 2, sign(MAIL, "northwind.example"))
    assert answers(live, 1) == {2: {"dkim": "pass", "spf": "none", "dmarc": "pass"}}
    assert live.worker.starts == 2


# In the settler


def test_evidence_is_kept_with_the_mail(
    waits: Desk, store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, looked at, decided and stored; a look at it later needs no DNS."""
    monkeypatch.setattr("gateway.settler.Worker", Reader)
    options = ReaderOptions(reading=Reading(), memory_mb=512)
    settler = Settler(
        desk(), options, 1, 10.0, mint, lambda: NOW, lambda: waits.clock, Spool(tmp_path, store), None, waits.inquiry
    )
    settler.slots[0].worker.start()
    settler.heard(settler.slots[0])
    raws = [MAIL, MAIL.replace(b"Slow", b"Slower").replace(b"nora", b"lora")]
    with store.turn() as connection:
        received = [
            Received.of(replace(envelope(), client=client), raw)
            for raw, client in zip(raws, ("198.51.100.9", "127.0.0.1"), strict=True)
        ]
        entries = journal.append(connection, received, LEASE)
    settler.take(entries, raws)
    reader: Any = settler.slots[0].worker
    reader.reads(reader.batch())
    settler.heard(settler.slots[0])
    first, hop = (entry.id for entry in entries)
    assert waits.verifier.asked() == [first], "a hop of ours has stamped the other one"
    assert ids_ready(settler) == [hop]
    proof = AuthResults(
        authserv_id="replydesk",
        methods=(AuthMethod(method="dkim", result="pass", properties=(("header.d", "northwind.example"),)),),
    )
    waits.verifier.line.send(Found(first, proof))
    settler.answered()
    with store.turn() as connection:
        assert settler.turn(connection, LEASE) is not None
    settler.settled()
    reader.kill()
    assert settler.held == []
    with store.look() as connection:
        rows = {row.id: row for row in connection.execute(select(journal_table))}
    assert (rows[first].trust, rows[hop].trust) == ("B", "D")
    assert journal.entry(rows[first]).evidence == proof
    assert rows[hop].evidence is None
    assert any("our own look: dkim=pass" in step[2] for step in rows[first].trace)


def ids_ready(settler: Settler) -> list[int]:
    return [number for number, _ in settler._read]
