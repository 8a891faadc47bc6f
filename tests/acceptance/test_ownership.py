"""Who leaves, is away or has too much: the work stays with the team, and the customer notices nothing."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.rules.verbs import Refused
from tests.desk import StillDesk

NORA = "nora@northwind.example"
MAIL = "From: Nora <{0}>\nTo: support@desk.example\nSubject: {1}\nMessage-ID: <{1}@n.example>\n\nThe shop is slow.\n"


def call(desk: StillDesk, *words: str, status: int = 0) -> Result:
    """A command on the store of this desk, by the machine's own clock."""
    result = CliRunner().invoke(main, ("--config", str(desk.config.file), *words))
    assert result.exit_code == status, (words, result.output)
    assert "Traceback" not in result.output
    return result


def told(desk: StillDesk, *words: str) -> Any:
    return json.loads(call(desk, *words, "--json").stdout)


def begin(desk: StillDesk, count: int = 1) -> None:
    """So many tickets, with the machine's clock, as commands have it."""
    desk.now = datetime.now(UTC)
    for number in range(1, count + 1):
        desk.mail(MAIL.format(NORA, f"T{number}"), NORA)


def settle(desk: StillDesk) -> None:
    """What a command has put into the queue leaves."""
    desk.now = datetime.now(UTC)
    desk.settle()


def whom(desk: StillDesk, before: int, purpose: str = "") -> list[str]:
    """Who got mail since, by what stands before the @."""
    return [sent.to.partition("@")[0] for sent in desk.sent[before:] if purpose in ("", sent.purpose)]


def test_r08_who_is_disabled_leaves_the_work_to_the_team(still: StillDesk) -> None:
    """Open tickets are the team's; the customer's next reply is told to the team and not to who left; one mail tells
    the team, and the customer gets none."""
    begin(still, 3)
    for number in (1001, 1002):
        still.do(f"DESK-{number}", "#assign anastasia", "dominique")
    reply_to = str(still.latest(NORA).mail["Reply-To"])
    before = len(still.sent)
    done = told(still, "agent", "disable", "anastasia")
    assert done["returned"] == ["DESK-1001", "DESK-1002"]
    settle(still)
    assert whom(still, before) == ["dominique"]
    assert still.sent[-1].mail["Subject"] == "2 tickets are back with the team: anastasia is disabled"
    assert "DESK-1001 · frontline · P3 · T1" in still.sent[-1].text()
    assert "answer its mail with #take; #assign NAME" in still.sent[-1].text()
    tickets = still.tickets()
    assert all(ticket["team"] == "frontline" and ticket["assignee"] is None for ticket in tickets)
    event = tickets[0]["events"][-1]
    assert (event["kind"], event["detail"]["because"]) == ("assigned", "anastasia is disabled")

    before = len(still.sent)
    answer = MAIL.format(NORA, "again").replace("To: support@desk.example", f"To: {reply_to}")
    entry = still.mail(answer, NORA, reply_to)
    assert (entry["verdict"], entry["ticket"]) == ("appended", "DESK-1002")
    assert whom(still, before, "notice") == ["dominique"]


def test_away_and_back(still: StillDesk) -> None:
    """Work returns at once and is told once; nobody assigns who is away; who comes back gets nothing by itself."""
    begin(still, 2)
    still.do("DESK-1001", "#assign anastasia", "dominique")
    before = len(still.sent)
    done = told(still, "agent", "away", "anastasia", "for", "3d")
    assert (done["state"], done["changed"], done["returned"]) == ("away", True, ["DESK-1001"])
    until = datetime.fromisoformat(done["away_until"])
    assert still.now + timedelta(days=2) < until < still.now + timedelta(days=10)
    settle(still)
    assert whom(still, before) == ["dominique"]
    row = told(still, "agent", "list")[0]
    assert (row["name"], row["state"], row["away_until"] is not None) == ("anastasia", "away", True)
    text = call(still, "agent", "list").stdout
    assert text.split("\n", 1)[0].split() == ["name", "state", "team", "roles", "open", "this", "week", "address"]
    assert re.search(r"away until \w+ \d+ \w+ \d+, [\d:]+ \(Berlin\)", text)
    assert told(still, "agent", "enable", "anastasia")["state"] == "away"
    refused = still.do("DESK-1001", "#assign anastasia", "dominique")
    assert isinstance(refused, Refused)
    assert "anastasia is away until" in refused.reason
    nobody = still.do("DESK-1001", "#assign auto", "dominique")
    assert not isinstance(nobody, Refused)
    assert "nobody fits" in nobody[0].done[0].after
    settle(still)
    assert still.latest("dominique@desk.example").purpose == "notice"
    notices = whom(still, before, "notice")
    still.do("DESK-1001", "#assign auto", "dominique")
    assert whom(still, before, "notice") == notices == ["dominique"]  # once a ticket
    assert isinstance(still.do("DESK-1002", "#take", "anastasia"), Refused)

    assert call(still, "agent", "away", "anastasia").stdout.startswith("anastasia is away until further notice")
    assert told(still, "agent", "list")[0]["away_until"] is None
    back = told(still, "agent", "back", "anastasia@desk.example")
    assert (back["state"], back["changed"]) == ("active", True)
    assert call(still, "agent", "back", "anastasia").stdout == "anastasia is back already.\n"
    assert [ticket["assignee"] for ticket in still.tickets()] == [None, None]
    assert "write until DATE or for 3d" in call(still, "agent", "away", "anastasia", "3d", status=2).output
    assert "is no time" in call(still, "agent", "away", "anastasia", "until", "doomsday", status=2).output
    assert "is nobody of the staff" in call(still, "agent", "away", "anna", status=2).output


def test_r65_take_serves_the_most_urgent(still: StillDesk) -> None:
    begin(still, 3)
    still.do("DESK-1002", "#priority 1 because the shop is down", "dominique")
    taken = told(still, "ticket", "take", "--as", "anastasia")
    assert (taken["ref"], taken["assignee"], taken["place"], taken["of"]) == ("DESK-1002", "anastasia", 1, 3)
    assert "messages" not in taken
    blind = call(still, "ticket", "do", "next", "#take\nHello, we look.", "--as", "dominique", status=1).output
    assert "words go to a ticket that was read" in blind
    shown = call(still, "ticket", "do", "next", "#take", "--as", "dominique").stdout
    assert shown == "#take: nobody → dominique, place 1 of 2 in the queue of frontline\n"
    assert "DESK-1003 · frontline" in call(still, "ticket", "take", "--as", "anastasia").stdout
    nothing = told(still, "ticket", "take", "--as", "anastasia")
    assert nothing == {"ref": None, "reason": "nothing waits for anastasia in the queue of frontline"}
    assert call(still, "ticket", "take", "--as", "anastasia").stdout.startswith("nothing waits for anastasia")
    events = still.ticket(1002)["events"]
    assert [event["detail"]["place"] for event in events if event["kind"] == "taken"] == [1]
    assert "works in no team" in call(still, "ticket", "take", "--as", "samantha", status=1).output


def test_who_is_passed_over_learns_that_they_gave_it_back(still: StillDesk) -> None:
    begin(still, 2)
    still.do("DESK-1001", "#take", "anastasia")
    still.do("DESK-1001", "#assign nobody", "anastasia")
    shown = call(still, "ticket", "take", "--as", "anastasia").stdout
    assert shown.startswith("DESK-1002 · frontline")
    assert "(you gave DESK-1001 back)" in shown
    nothing = told(still, "ticket", "take", "--as", "anastasia")["reason"]
    assert nothing == "nothing waits for anastasia in the queue of frontline (you gave DESK-1001 back)"
    call(still, "ticket", "do", "DESK-0", "#take", "--as", "anastasia", status=1)


def test_r61_who_is_over_booked_is_shown_so(still: StillDesk) -> None:
    begin(still)
    still.do("DESK-1001", "#set estimate 60h\n#assign anastasia", "dominique")
    row = told(still, "agent", "list")[0]
    assert (row["committed_hours"], row["overbooked"], row["open_tickets"]) == (60, True, 1)
    assert row["capabilities"] == {"general": 3, "network-engineering": 2}
    assert told(still, "agent", "list")[2]["shift"] == "late"
    assert "OVERBOOKED" in call(still, "agent", "list").stdout
    found = told(still, "report", "capacity", "--weeks", "2")
    assert [(one["agent"], one["committed_hours"]) for one in found["overbooked"]] == [("anastasia", 60)]
    assert len(found["rows"]) == 2 * 4
    shown = call(still, "report", "capacity").stdout
    assert "More than they can do: anastasia in the week of" in shown
    table = list(csv.DictReader(io.StringIO(call(still, "report", "capacity", "--csv").stdout)))
    assert (table[0]["agent"], table[0]["overbooked"]) == ("anastasia", "OVERBOOKED")
    assert told(still, "report", "priority")["tickets"] == 1  # the other reports are there still


def test_r70_what_was_handed_to_who_goes_away_is_asked_of_the_next(still: StillDesk) -> None:
    """By mail and from a shell; work that somebody had taken already too."""
    begin(still, 2)
    facts = "#set observed it stops\n#set started_at today\n#todo look at the switch\n#handoff network"
    for number in (1001, 1002):
        assert not isinstance(still.do(f"DESK-{number}", facts, "anastasia"), Refused)
    still.do("DESK-1002", "#ack", "benedikt")
    before = len(still.sent)
    still.mail(
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\nFrom: benedikt@desk.example\n"
        "To: desk@desk.example\nSubject: x\nMessage-ID: <away@desk.example>\n\n#away for 3d\n",
        "benedikt@desk.example", still.commands_of(still.latest("benedikt@desk.example")),
    )  # fmt: skip
    said = " ".join(still.latest("benedikt@desk.example").text().split())
    assert "the next in line is asked for DESK-1001, DESK-1002" in said
    assert whom(still, before, "handoff") == ["dominique", "dominique"]
    before = len(still.sent)
    told(still, "agent", "disable", "dominique")
    settle(still)
    assert whom(still, before, "handoff") == []
    assert "were asked and did not answer" in " ".join(still.latest("anastasia@desk.example", "notice").text().split())
