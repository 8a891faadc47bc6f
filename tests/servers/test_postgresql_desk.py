"""A whole desk on PostgreSQL: the main job, a crash of the desk, a crash of the database."""

from __future__ import annotations

import signal
import smtplib
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from store.tables import journal, messages, outbox, tickets
from tests.servers import postgresql
from tests.servers.serving import letter

ANSWER = """\
From: Anastasia Winter <anastasia@desk.example>
To: {to}
Subject: Re: {subject}
Message-ID: <answer-{number}@desk.example>
Authentication-Results: mx.desk.example; dkim=pass header.d=desk.example; dmarc=pass header.from=desk.example
In-Reply-To: {answers}

We have raised the limit; please run the export again.
"""


@pytest.fixture
def pg_desk(desk):
    """A desk whose store is a fresh PostgreSQL database."""
    with postgresql.database() as url:
        yield desk(STORE__URL=url)


def _sent(desk):
    """The mails in the sent Maildir."""
    files = sorted((desk.folder / "data" / "sent" / "new").glob("*"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def _notice(desk, to):
    return desk.wait(lambda: [m for m in _sent(desk) if m["Delivered-To"] == to], f"mail to {to}")[-1]


def test_the_main_job(pg_desk):
    one = pg_desk.start()
    one.send(letter(1), "c1@northwind.example")
    (row,) = one.decided(1)
    assert row.verdict == "ticket-created"
    acknowledgement = _notice(one, "c1@northwind.example")
    assert acknowledgement["Subject"] == "[DESK-1001] We have your message"
    assert acknowledgement["Return-Path"] == "<>"
    notice = _notice(one, "anastasia@desk.example")
    answer = ANSWER.format(
        to=notice["Reply-To"], subject=notice["Subject"], number=1, answers=notice["Message-ID"]
    ).replace("\n", "\r\n")
    one.send(answer.encode(), "anastasia@desk.example", notice["Reply-To"].addresses[0].addr_spec)
    assert one.decided(2)[-1].verdict == "appended"
    customer = one.wait(
        lambda: [m for m in _sent(one) if m["Delivered-To"] == "c1@northwind.example"][1:], "answer to the customer"
    )[0]
    assert "raised the limit" in customer.get_body(("plain",)).get_content()
    assert "anastasia" not in str(customer).lower()
    assert customer["Return-Path"].startswith("<support+v")
    (ticket,) = one.cli("ticket", "list")
    assert (ticket["ref"], ticket["assignee"]) == ("DESK-1001", "anastasia")
    assert [m["direction"] for m in one.cli("ticket", "show", "DESK-1001")["messages"]] == ["in", "out", "out"]
    assert one.stop() == 0


def test_after_a_crash_leases_are_taken_up_within_thirty_seconds(pg_desk):
    """A desk that is killed while its reader has mail in hand: the next one waits for the lease, not longer."""
    one = pg_desk.start()
    one.signal_child("reader", signal.SIGSTOP)
    for number in range(5):
        one.send(letter(number), f"c{number}@northwind.example")
    one.kill()
    killed = datetime.now(UTC)
    leases = [row.lease_until for row in one.rows(journal) if row.lease_until]
    assert leases
    assert max(leases) <= killed + timedelta(seconds=30)
    one.start()
    rows = one.decided(5)
    late = max(row.decided_at for row in rows) - max(killed, *leases)
    assert late < timedelta(seconds=60), "the next desk waits for the leases, and a slow one for itself"
    assert [row.verdict for row in rows] == ["ticket-created"] * 5
    one.quiet()
    acknowledgements = [row for row in one.rows(outbox) if row.purpose == "acknowledgement"]
    assert len(acknowledgements) == len({row.ticket_id for row in acknowledgements}) == 5


def test_a_database_that_restarts_is_451_and_nothing_is_lost(desk):
    """Clients are told to come again while PostgreSQL is away; afterwards all goes on, and no mail is blamed."""
    server = postgresql.Server(postgresql.shared().binaries)
    try:
        server.run("CREATE DATABASE desk")
        one = desk(quiet=True, STORE__URL=server.dsn("desk")).start()
        kept = _send_until_kept(one, range(30))
        server.stop(signal.SIGQUIT)
        refused = set()
        for number in range(30, 33):
            began = time.monotonic()
            with pytest.raises(smtplib.SMTPResponseException) as caught:
                one.send(letter(number), f"c{number}@northwind.example")
            refused.add(caught.value.smtp_code)
            assert time.monotonic() - began < 60, "a client waits for ten minutes"
        assert refused <= {451, 452}
        server.start()
        kept += _send_until_kept(one, range(30, 60))
        rows = one.decided(60)
        assert {row.verdict for row in rows} <= {"ticket-created", "duplicate"}
        assert {row.message_id for row in rows} >= {f"<{number}@northwind.example>" for number in kept}
        assert len(one.rows(tickets)) == 60
        one.kill()
    finally:
        server.remove()


def _send_until_kept(desk, numbers):
    deadline = time.monotonic() + 120
    for number in numbers:
        while True:
            try:
                desk.send(letter(number), f"c{number}@northwind.example")
                break
            except (smtplib.SMTPException, OSError):
                assert time.monotonic() < deadline, "the desk does not come back to its database"
                time.sleep(0.2)
    return list(numbers)


def test_two_desks_on_one_database_share_the_work(desk):
    """Doors, readers and settlers on two machines: every mail one ticket, each acknowledged once."""
    with postgresql.database() as url:
        pair = [desk(quiet=True, STORE__URL=url).start()]
        pair.append(desk(quiet=True, STORE__URL=url))
        secret = "data/secret"
        (pair[1].folder / secret).write_text((pair[0].folder / secret).read_text())
        pair[1].start()
        for number in range(60):
            pair[number % 2].send(letter(number), f"c{number}@northwind.example")
        pair[0].decided(60)
        pair[0].quiet()
        assert len(pair[0].rows(tickets)) == 60
        sent = [row for row in pair[0].rows(outbox) if row.purpose == "acknowledgement"]
        assert len(sent) == len({row.ticket_id for row in sent}) == 60
        assert len({row.message_id for row in sent}) == 60
        assert len(pair[0].rows(messages)) == 120
        delivered = [m["Message-ID"] for one in pair for m in _sent(one)]
        assert sorted(delivered) == sorted(row.message_id for row in sent)


def test_the_desk_says_what_is_wrong_with_its_database(desk):
    postgresql.shared()
    one = desk(STORE__URL="postgresql://desk@127.0.0.1:1/desk")
    done = subprocess.run([*one.program, "serve"], env=one.environment, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert "PostgreSQL does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_command_works_on_postgresql(pg_desk, tmp_path):
    """One desk, and what an operator does to it from a shell; the words are the same as on SQLite."""
    one = pg_desk.start()
    for number in range(3):
        one.send(letter(number), f"c{number}@northwind.example")
    one.decided(3)
    one.quiet()
    assert [row["verdict"] for row in one.cli("mail", "list")] == ["ticket-created"] * 3
    assert one.cli("mail", "show", "1")["trace"]
    assert [row["ref"] for row in one.cli("ticket", "list", "--query", "export")] == [f"DESK-100{n}" for n in (1, 2, 3)]
    done = one.cli("ticket", "do", "DESK-1001", "#tag +slow\n#priority 1", "--as", "anastasia")
    assert [item["verb"] for item in done["done"]] == ["#tag", "#priority"]
    shown = one.cli("ticket", "show", "DESK-1001")
    assert (shown["tags"], shown["priority"]) == (["slow"], 1)
    assert {row["state"] for row in one.cli("queue", "list")} == {"sent"}
    assert one.stop() == 0
    box = tmp_path / "box"
    box.mkdir()
    (box / "1.eml").write_bytes(letter(50))
    imported = one.cli("import", str(box), "--to", "support@desk.example")
    again = one.cli("import", str(box), "--to", "support@desk.example")
    assert (imported["imported"], again["imported"], again["known"]) == (1, 0, 1)
    one.cli("sweep")
    assert len(one.cli("mail", "list")) == 4
    one.cli("mail", "replay", "1")
    assert len(one.cli("ticket", "list")) == 4
    assert {row["state"] for row in one.cli("queue", "list")} == {"sent"}


def test_two_desks_make_one_ticket_of_a_conversation_and_of_copies(desk):
    """One sender's mails and copies of them through the doors of two machines at once."""
    with postgresql.database() as url:
        pair = [desk(quiet=True, STORE__URL=url).start()]
        pair.append(desk(quiet=True, STORE__URL=url))
        secret = "data/secret"
        (pair[1].folder / secret).write_text((pair[0].folder / secret).read_text())
        pair[1].start()
        pair[0].send(letter(1), "c1@northwind.example")
        pair[0].decided(1)
        for number in range(10):
            answer = letter(f"more{number}", words=f"Word {number}.", subject="Re: The export stops")
            answer = answer.replace(f"cmore{number}@".encode(), b"c1@")
            answer = answer.replace(b"\r\nSubject:", b"\r\nIn-Reply-To: <1@northwind.example>\r\nSubject:")
            for one in pair:
                one.send(answer, "c1@northwind.example")
        rows = pair[0].decided(21)
        verdicts = Counter(row.verdict for row in rows)
        assert verdicts == {"ticket-created": 1, "appended": 10, "duplicate": 10}
        assert len(pair[0].rows(tickets)) == 1


def test_a_restored_database_sends_nothing_again(pg_desk):
    """Stopped, put back to where it was, started: what was sent since the copy was made is held, and said."""
    one = pg_desk.start()
    url = one.settings["STORE__URL"]
    server, name = postgresql.shared(), url.rpartition("/")[2]
    one.send(letter(1), "c1@northwind.example")
    one.decided(1)
    one.quiet()
    assert one.stop() == 0
    with psycopg_of(server, name) as connection:  # the copy believes that nothing has left yet
        connection.execute("UPDATE outbox SET state = 'queued'")
    server.run(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    one.start()
    one.send(letter(2), "c2@northwind.example")
    one.decided(2)
    one.quiet()
    assert one.stop() == 0
    before = len(_sent(one))
    server.run(f"DROP DATABASE {name} WITH (FORCE)", f"ALTER DATABASE {name}_copy RENAME TO {name}")
    one.start()
    states = {row["state"] for row in one.cli("queue", "list")}
    assert states == {"held"}
    assert "held after a restore" in one.log()
    one.send(letter(3), "c3@northwind.example")
    one.wait(lambda: [m for m in _sent(one) if m["Delivered-To"] == "c3@northwind.example"], "the next mail's answer")
    assert not [m for m in _sent(one)[before:] if m["Delivered-To"] == "c1@northwind.example"]
    assert one.stop() == 0


def psycopg_of(server, name):
    import psycopg

    return psycopg.connect(server.dsn(name), autocommit=True)
