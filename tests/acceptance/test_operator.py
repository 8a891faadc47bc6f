"""What an operator does with mail and tickets that are there: find, replay, release, drop, hold, do, export."""

from __future__ import annotations

import email
from pathlib import Path

from tests.acceptance.commands import MAIL, Command, command, deliver, told
from tests.desk import StillDesk

__all__ = ["command"]


def test_messages_are_found_by_what_is_known_of_them(command: Command) -> None:
    for number in (1, 2):
        deliver(command, number)
    command("sweep")
    command("deliver", "--to", "nobody@elsewhere.example", "--from", "", stdin=MAIL.format(3))

    def ids(*words: str) -> list[int]:
        return [row["id"] for row in told(command("mail", "list", *words, "--json"))]

    assert ids("--undecided") == [3]
    assert ids("--verdict", "ticket-created") == ids("--from", "Nora@Northwind.example") == [1, 2]
    assert ids("--ticket", "DESK-1002") == [2]
    assert ids("--since", "1h") == ids("--since", "2020-01-01") == ids("--since", "2020-01-01T10:00") == [1, 2, 3]
    assert ids("--limit", "1", "--verdict", "ticket-created") == [2]
    assert ids("--since", "2126-01-01") == []
    assert "90m, 24h or 3d" in command("mail", "list", "--since", "yesterday", status=2).output
    command("mail", "list", "--undecided", "--verdict", "duplicate", status=2)


def test_show_says_whence_a_message_came_and_what_can_be_done(command: Command) -> None:
    deliver(command)
    assert 'run "replydesk sweep"' in command("mail", "show", "1").stdout
    command("deliver", "--to", "support@desk.example", stdin=MAIL.format(2).replace("nora@northwind", "anastasia@desk"))
    command("sweep")
    words = command("mail", "show", "1").stdout
    for line in ("door           pipe", "size           ", "sha256  ", "decided_at", "replydesk explain 1"):
        assert line in words
    assert "None" not in words
    assert '"replydesk mail release 2" vouches' in command("mail", "show", "2").stdout
    command("mail", "drop", "2")
    assert "vouches" not in command("mail", "show", "2").stdout


def test_many_messages_at_once(command: Command) -> None:
    for number in (1, 2, 3):
        deliver(command, number)
    command("sweep")
    deliver(command, 4)
    assert "Mails 1, 2 are looked at again" in command("mail", "replay", "1", "2").stdout
    result = command("mail", "replay", "3", "4", "99", "3", "--json", status=1)
    assert told(result) == {
        "replayed": [3],
        "refused": [
            {"id": 4, "why": "mail 4 has no verdict yet: there is nothing to replay"},
            {"id": 99, "why": 'there is no mail 99; "replydesk mail list" shows what there is'},
        ],
    }
    assert told(command("sweep", "--json"))["mails_decided"] == 4
    replayed = told(command("mail", "replay", "--verdict", "ticket-created", "--since", "1h", "--json"))
    assert replayed == {"replayed": [1, 2, 3, 4], "refused": []}
    command("sweep")
    assert "nothing was done" in command("mail", "replay", "--verdict", "unreadable").stdout
    command("mail", "replay", status=2)
    command("mail", "replay", "1", "--verdict", "unreadable", status=2)
    assert told(command("mail", "drop", "1", "2", "--json")) == {"dropped": [1, 2], "refused": []}
    assert "is dropped already" in command("mail", "drop", "2", status=1).output
    assert len(told(command("ticket", "list", "--json"))) == 4


def test_replay_never_acknowledges_twice(command: Command) -> None:
    deliver(command)
    assert "no verdict yet" in command("mail", "replay", "1", status=1).output
    command("sweep")
    for _ in range(2):
        command("mail", "replay", "1")
        assert told(command("sweep", "--json"))["mails_decided"] == 1
    assert len(told(command("queue", "list", "--json"))) == 3
    assert len(told(command("ticket", "list", "--json"))) == 1
    shown = told(command("mail", "show", "1", "--json"))
    assert (shown["verdict"], shown["ticket"]) == ("ticket-created", "DESK-1001")
    assert [step["what"] for step in shown["trace"] if step["stage"] == "operator"] == ["replayed", "replayed"]


def test_only_held_mail_is_released(command: Command) -> None:
    deliver(command)
    command("deliver", "--to", "support@desk.example", stdin=MAIL.format(2).replace("nora@northwind", "anastasia@desk"))
    command("sweep")
    refused = command("mail", "release", "1", status=1).output
    assert 'only held mail can be released; "replydesk explain 1" says why' in refused
    assert told(command("mail", "show", "2", "--json"))["verdict"] == "held-unverified"
    command("mail", "release", "2")
    command("sweep")
    shown = told(command("mail", "show", "2", "--json"))
    assert shown["verdict"] == "ticket-created"
    command("mail", "drop", "2")
    assert "dropped" in told(command("mail", "show", "2", "--json"))["reason"]
    assert command("mail", "raw", "2").stdout_bytes


def test_the_queue_is_held_released_and_tried_again(command: Command, tmp_path: Path) -> None:
    blocked = {"OUTGOING__URL": f"maildir:{tmp_path}/a file/sent"}
    (tmp_path / "a file").write_text("in the way")
    deliver(command)
    command("sweep", **blocked)
    queue = told(command("queue", "list", "--json"))
    assert [(mail["state"], mail["attempts"]) for mail in queue] == [("queued", 1)] * 3
    assert all(mail["next_attempt_at"] for mail in queue)
    command("queue", "hold", "1")
    command("queue", "retry", "2")
    assert told(command("sweep", "--json"))["mails_attempted"] == 1
    states = [mail["state"] for mail in told(command("queue", "list", "--json"))]
    assert states == ["held", "sent", "queued"]
    assert "is sent" in command("queue", "retry", "2", status=1).output
    command("queue", "release", "1")
    command("queue", "retry", "3")
    command("sweep")
    assert {mail["state"] for mail in told(command("queue", "list", "--json"))} == {"sent"}


def test_ticket_do_and_export(command: Command, tmp_path: Path) -> None:
    deliver(command)
    command("sweep")
    done = told(
        command("ticket", "do", "DESK-1001", "#tag +search\n#priority 2 because loud", "--as", "dominique", "--json")
    )
    assert [item["verb"] for item in done["done"]] == ["#tag", "#priority"]
    refused = command("ticket", "do", "DESK-1001", "#tag +x\n#priorty 2", "--as", "dominique", status=1).output
    assert "#priority N" in refused
    assert told(command("ticket", "show", "1001", "--json"))["tags"] == ["search"], "all or nothing"
    assert "samantha" in command("ticket", "do", "DESK-1001", "#accept", "--as", "samantha", status=1).output
    command("ticket", "do", "DESK-1001", "#topic Usage\n#start\n#resolve rebuilt", "--as", "dominique@desk.example")
    command("sweep")
    command("ticket", "export", "DESK-1001", str(tmp_path / "out"))
    files = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"ticket.json", "in-1.eml", "out-1.eml"} <= files
    assert (tmp_path / "out" / "in-1.eml").read_bytes() == MAIL.format(1).encode()
    exported = [email.message_from_bytes(file.read_bytes()) for file in (tmp_path / "out").glob("out-*.eml")]
    assert any(mail["To"] == "Nora Wind <nora@northwind.example>" for mail in exported)


def test_one_sweep_makes_all_digests_that_are_due_and_tells_of_nothing_else(command: Command) -> None:
    deliver(command)
    command("sweep")
    found = []
    for days in ("+10d", "+13d"):  # one of them is a day of work
        swept = told(command("sweep", "--json", CLOCK__OFFSET=days, DIGESTS__AT="00:00"))
        assert {item["what"] for item in swept["timers"]} <= {"clock", "ask", "digest"}, (
            "no step of the figures of four weeks"
        )
        found += [item["what"] for item in swept["timers"]]
        assert told(command("sweep", "--json", CLOCK__OFFSET=days, DIGESTS__AT="00:00"))["timers"] == []
    assert "digest" in found


def test_a_mail_that_no_reader_survives_becomes_a_stub(still: StillDesk) -> None:
    """Three deaths are on its account: a stub ticket, the raw mail kept, the operators told, no acknowledgement."""
    from sqlalchemy import update

    from store.tables import journal

    number = still.receive(MAIL.format(1), "nora@northwind.example")
    with still.store.turn() as connection:
        connection.execute(update(journal).values(attempts=3))
    still.settle()
    entry = still.entry(number)
    assert (entry["verdict"], entry["ticket"]) == ("unreadable", "DESK-1001")
    assert "no reader survived" in entry["reason"]
    told = sorted(f"{sent.purpose} {sent.to}" for sent in still.sent)
    assert told == ["alarm ops@desk.example", "notice anastasia@desk.example", "notice dominique@desk.example"]
    with still.store.turn() as connection:
        connection.execute(update(journal).values(attempts=0))
    replayed = still.replay(number)
    assert (replayed["verdict"], replayed["ticket"]) == ("ticket-created", "DESK-1001")
    ticket = still.ticket(1001)
    assert ticket["requester"]["address"] == "nora@northwind.example"
    assert "twenty seconds" in ticket["messages"][0]["text"]


def test_times_at_the_edge_of_the_calendar_are_refused(command: Command) -> None:
    assert "too long ago" in command("report", "daily", "--day", "0001-01-20", status=2).output
    for name in ("priority", "breaches"):
        for since in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"):
            assert "too far away" in command("report", name, "--since", since, status=2).output


def test_a_ticket_is_exported_where_one_may_write(command: Command, tmp_path: Path) -> None:
    deliver(command)
    command("sweep")
    (tmp_path / "file").write_text("")
    found = command("ticket", "export", "DESK-1001", str(tmp_path / "file" / "below"), status=1).output
    assert "name a folder that you may write to" in found


def test_words_that_are_no_utf_8_are_refused(command: Command) -> None:
    deliver(command)
    command("sweep")
    for words in (("ticket", "do", "DESK-1001", "#todo \udcff", "--as", "anastasia"), ("agent", "keys", "\udcff@x.y")):
        assert "not UTF-8" in command(*words, status=2).output
