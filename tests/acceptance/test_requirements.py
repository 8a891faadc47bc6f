"""Requirements of operations that the desk keeps as a whole: nothing is lost, history survives, one queue, an owner.

Each test is named after its row in `ops`; rows that one part of the desk keeps have their tests there.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.cli import main
from gateway.rules.verbs import Refused
from store import journal, outbox
from store.opening import open_store
from store.records import Verdict
from store.tables import outbox as letters
from tests.desk import ServedDesk, StillDesk

NORA = "nora@northwind.example"
MAIL = """Authentication-Results: mx.desk.example; dkim=pass header.d=northwind.example
From: Nora Wind <nora@northwind.example>
To: {to}
Subject: {subject}
Message-ID: <{subject}@northwind.example>

{words}
"""
SAMPLES = Path(__file__).parent.parent / "mails"
PECULIAR: tuple[bytes, ...] = (
    b"From: <a@odd.example>\r\n\r\nno subject, no Message-ID\r\n",
    b"From: <b@odd.example>\r\nSubject: nothing in it\r\nMessage-ID: <b@odd.example>\r\n\r\n",
    b"Subject: no From\r\nMessage-ID: <c@odd.example>\r\n\r\nwords\r\n",
    b"From: <d@odd.example>\r\nSubject: \xff\xfe\x00\x80 junk\r\n\r\n\x80\x81\xfe\xff\x00 eight bits\r\n",
    b"no header at all, only words\r\n",
    b"From: <e@odd.example>\r\nContent-Type: text/html\r\nMessage-ID: <e@odd.example>\r\n\r\n<p>only <b>HTML\r\n",
    b"From: <f@odd.example>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever ends\r\n",
    b"\r\n",
)
COUNT = 200
KILLED_AT = 120


def mixed() -> Iterator[bytes]:
    """200 mails of all sorts: what people and machines wrote, beside what nobody should."""
    yield from PECULIAR
    samples = sorted(SAMPLES.rglob("*.eml"), key=lambda file: file.stem)  # of all sorts from the beginning
    for file in samples[: COUNT - len(PECULIAR)]:
        yield file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_r01_r62_two_hundred_mixed_mails_are_a_row_each_with_a_verdict_and_are_answered_in_time(
    serve: Callable[..., ServedDesk],
) -> None:
    """Also when all of its processes are killed half-way; acknowledgements say what was understood, within 30 s."""
    desk = serve()
    port, mails = desk.port(), list(mixed())
    assert len(mails) == COUNT
    offer(desk, mails[:KILLED_AT])
    os.killpg(desk.process.pid, signal.SIGKILL)
    desk.process.wait(10)
    desk.kill()
    desk.env["REPLYDESK_SMTP__LISTEN"] = f"127.0.0.1:{port}"
    desk.start()
    offer(desk, mails[KILLED_AT:])
    rows = desk.settled(COUNT)
    assert len(rows) == COUNT
    assert {row["verdict"] for row in rows} <= {str(verdict) for verdict in Verdict} - {"unreadable"}
    assert all(row["reason"] for row in rows)
    assert len({row["id"] for row in rows}) == COUNT
    waits = acknowledged(desk)
    assert len(waits) > COUNT / 4
    assert sorted(waits)[len(waits) * 95 // 100] < timedelta(seconds=30)
    assert desk.stop() == 0


def offer(desk: ServedDesk, mails: list[bytes]) -> None:
    """Every mail gets its 250."""
    with desk.smtp() as client:
        for number, mail in enumerate(mails):
            client.sendmail(f"c{number}@odd{len(mails)}.example", ["support@desk.example"], mail)


def acknowledged(desk: ServedDesk) -> list[timedelta]:
    """How long after its mail had come each acknowledgement had left."""
    store = open_store(f"sqlite:///{desk.folder / 'data' / 'replydesk.db'}")
    try:
        with store.look() as connection:
            came = {row.id: row.received_at for row in journal.listing(connection)}
            sent = connection.execute(select(letters).where(letters.c.purpose == "acknowledgement")).all()
            assert {row.state for row in outbox.listing(connection)} == {"sent"}
    finally:
        store.close()
    return [left(row.sent_at) - came[row.journal_id] for row in sent]


def left(at: datetime | None) -> datetime:
    assert at is not None
    return at


def write(desk: StillDesk, subject: str, words: str, to: str = "support@desk.example") -> bytes:
    """The bytes that were sent."""
    raw = MAIL.format(to=to, subject=subject, words=words).replace("\n", "\r\n").encode()
    desk.mail(raw, NORA, to)
    return raw


def do(desk: StillDesk, text: str, person: str, ref: str = "DESK-1001") -> None:
    outcome = desk.do(ref, text, person)
    assert not isinstance(outcome, Refused), outcome


def test_r05_the_whole_history_survives_two_escalations_and_a_reassignment(still: StillDesk, tmp_path: Path) -> None:
    first = write(still, "down", "The VPN is down since noon.\r\nWe see packet loss.")
    do(still, "#escalate network because of the VPN", "anastasia")
    reply_to = str(still.latest(NORA).mail["Reply-To"])
    second = write(still, "log", "Here is what the router says: ümläut, trailing space \nand a dot\n.", reply_to)
    do(still, "#deescalate because it is back\n#escalate billing because they want money back", "dominique")
    do(still, "#todo look at the contract\n#team billing", "dominique")
    do(still, "#assign charlotte", "dominique")
    answered = write(still, "again", "It is down again.", reply_to)
    folder = tmp_path / "export"
    done = CliRunner().invoke(main, ("--config", str(still.config.file), "ticket", "export", "DESK-1001", str(folder)))
    assert done.exit_code == 0, done.output
    kept = {file.name: file.read_bytes() for file in folder.glob("in-*.eml")}
    assert list(kept.values()) == [first, second, answered]
    sent = {file.read_bytes() for file in folder.glob("out-*.eml")}
    assert {mail.raw for mail in still.sent if "[DESK-1001]" in str(mail.mail["Subject"])} == sent
    told = json.loads((folder / "ticket.json").read_text("utf-8"))
    assert [event["kind"] for event in told["events"]].count("escalated") == 2
    assert (told["team"], told["assignee"]) == ("billing", "charlotte")


def test_r06_all_addresses_lead_into_one_queue_and_the_requester_is_who_wrote(still: StillDesk) -> None:
    """Copies to two of our addresses are one ticket. (What a colleague forwards is theirs until they say for whom.)"""
    for place, to in enumerate(("support@desk.example", "help@desk.example", "billing@desk.example")):
        write(still, f"matter-{place}", f"Matter {place}: please help.", to)
    write(still, "matter-3", "Matter 3: please help.", "support+plus@desk.example")
    both = MAIL.format(to="support@desk.example, billing@desk.example", subject="both", words="To both of you.")
    still.mail(both, NORA, "support@desk.example", "billing@desk.example")
    found = still.tickets()
    assert [ticket["requester"]["address"] for ticket in found] == [NORA] * 5
    assert len({ticket["ref"] for ticket in found}) == 5
    assert [ticket["team"] for ticket in found] == ["frontline", "frontline", "billing", "frontline", "frontline"]
    listed = CliRunner().invoke(main, ("--config", str(still.config.file), "ticket", "list", "--json"))
    assert [row["ref"] for row in json.loads(listed.stdout)] == [ticket["ref"] for ticket in found]


@pytest.mark.parametrize("ending", ["#resolve it was the cable", "#merge DESK-1002", "#retype question"])
def test_r38_a_resolution_is_told_once_with_its_outcome_and_other_ends_are_none(still: StillDesk, ending: str) -> None:
    write(still, "down", "The VPN is down since noon.")
    write(still, "other", "Another matter: the export stops.")
    do(still, "#accept\n#topic Outage/network\n#start", "anastasia")
    before = len(still.sent)
    do(still, ending, "anastasia")
    still.now += timedelta(days=30)
    still.settle()
    told = [mail for mail in still.sent[before:] if mail.to == NORA and mail.purpose == "resolved"]
    if not ending.startswith("#resolve"):
        assert told == []
        return
    (mail,) = told
    assert "it was the cable" in mail.text()
    assert mail.text("html").count("it was the cable") == 1


def test_x7_a_team_from_the_first_second_a_person_when_work_starts_and_both_stay_while_others_help(
    still: StillDesk,
) -> None:
    write(still, "down", "The VPN is down since noon.")

    def owner() -> tuple[str, str | None]:
        ticket = still.ticket(1001)
        return ticket["team"], ticket["assignee"]

    assert owner() == ("frontline", None)
    do(still, "#accept\n#topic Outage/network", "anastasia")
    assert owner() == ("frontline", None)
    do(still, "#start", "anastasia")
    assert owner() == ("frontline", "anastasia")
    do(still, "#escalate network because of the router", "anastasia")
    do(still, "#with billing", "anastasia")
    assert owner() == ("frontline", "anastasia")
