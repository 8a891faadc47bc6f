"""What staff look at by mail, and being there or not: through the door, on both stores, as `ticket do` has it too."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.rules.verbs import Refused
from store import questions
from tests.desk import Sent, StillDesk

NORA = "nora@northwind.example"
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}\n"
_count = 0


def mail(desk: StillDesk, person: str, to: str, body: str, subject: str = "x", more: str = "") -> dict[str, Any]:
    """A proven mail of this person."""
    global _count
    _count += 1
    raw = (
        PROVEN.format(domain=person.rpartition("@")[2])
        + f"From: {person}\nTo: {to}\nSubject: {subject}\nMessage-ID: <v{_count}@{person.rpartition('@')[2]}>\n{more}\n"
    )
    return desk.mail(raw + body + "\n", person, to)


def customers(desk: StillDesk, *subjects: str) -> None:
    for subject in subjects:
        mail(desk, NORA, "support@desk.example", f"It is about {subject}: nobody can work.", subject)


def says(desk: StillDesk, who: str, body: str) -> tuple[dict[str, Any], Sent]:
    """What becomes of a mail to this person's own address for commands, and what they get back."""
    address = f"{who}@desk.example"
    known = next((sent for sent in reversed(desk.sent) if sent.to == address), None)
    entry = mail(desk, address, desk.commands_of(known) if known else "desk@desk.example", body)
    return entry, desk.latest(address)


def numbers(text: str) -> list[str]:
    """The tickets that a table of a mail names."""
    return re.findall(r"^(DESK-\d+)  ", text, re.MULTILINE)


def test_r03_show_has_the_six_items_and_the_last_ten_events(still: StillDesk) -> None:
    customers(still, "the search")
    for n in range(12):
        still.do("DESK-1001", f"#todo step {n}", "dominique")
    still.do("DESK-1001", "#priority 2 because many wait\n#assign anastasia", "dominique")
    entry, shown = says(still, "anastasia", "#show DESK-1001")
    assert (entry["verdict"], entry["trust"]) == ("command", "A")
    text = shown.text()
    assert text.startswith("DESK-1001 · the search\n")
    for item in ("Requester: nora@northwind.example", "Agent: anastasia (frontline)", "Priority: 2 (high): many wait",
                 "Status: ", "Due: ", "Next: step 11"):  # fmt: skip
        assert f"\n{item}" in text, item
    events = text.partition("Last events:\n")[2].strip().splitlines()
    events = [line for line in events if not line.startswith("  ")]
    assert len(events) == 10
    assert any(line.endswith("dominique · assigned to anastasia") for line in events)
    assert "next: step 10 → step 11" in text
    assert shown.text("html").count('<th scope="row">') >= 6


def test_r03_show_said_of_a_ticket_shows_that_one(still: StillDesk) -> None:
    customers(still, "the search", "the shop")
    notice = next(sent for sent in still.sent if sent.to == "anastasia@desk.example")
    entry = mail(still, "anastasia@desk.example", str(notice.mail["Reply-To"]), "#show")
    assert (entry["verdict"], entry["ticket"]) == ("command", "DESK-1001")
    assert still.latest("anastasia@desk.example").text().startswith("DESK-1001 · the search\n")
    plan = still.do("DESK-1002", "#show", "benedikt")
    assert isinstance(plan, Refused)
    assert "is of team frontline" in plan.reason


def test_r13_find_by_mail_and_list_give_the_same(still: StillDesk) -> None:
    customers(still, "the search", "the shop", "a price")
    still.do("DESK-1002", "#priority 1", "dominique")
    for words in ("status:open prio<=3 about", "shop", "prio:1 assignee:nobody", "customer:northwind -nothing-"):
        _, found = says(still, "dominique", f"#find {words}")
        result = CliRunner().invoke(
            main, ("--config", str(still.config.file), "ticket", "list", "--query", words, "--json")
        )
        assert result.exit_code == 0, result.output
        assert sorted(numbers(found.text())) == [row["ref"] for row in json.loads(result.stdout)], words


def test_r19_mine_lists_exactly_what_is_theirs_by_what_is_due_first(still: StillDesk) -> None:
    customers(still, "one", "two", "three", "four")
    for number, priority in ((1001, 4), (1002, 1), (1003, 2)):
        still.do(f"DESK-{number}", f"#priority {priority}\n#assign anastasia", "dominique")
    still.do("DESK-1004", "#assign dominique", "dominique")
    _, mine = says(still, "anastasia", "#mine")
    own = [view for view in still.tickets() if view["assignee"] == "anastasia"]
    due = {
        view["ref"]: (min(one["due"] for one in view["sla"].values() if one["state"] == "running"), view["priority"])
        for view in own
    }
    assert numbers(mine.text()) == sorted(due, key=lambda ref: due[ref])
    assert len(due) == 3
    again = still.do("DESK-1004", "#mine", "anastasia")
    assert [row[0] for row in again.plan.done[0].report.rows] == numbers(mine.text())


def test_r65_a_word_for_the_next_is_explained_as_it_was(still: StillDesk) -> None:
    customers(still, "one", "two")
    entry, _ = says(still, "anastasia", "#take")
    assert (entry["verdict"], entry["ticket"]) == ("command", "DESK-1001")
    assert any(step["why"] == "it is next in the queue" for step in entry["trace"])
    says(still, "dominique", "#take")
    shown = CliRunner().invoke(main, ("--config", str(still.config.file), "explain", str(entry["id"]), "--json"))
    assert shown.exit_code == 0, shown.output
    assert '"DESK-1001"' in shown.stdout and '"command"' in shown.stdout
    assert "DESK-1002" not in shown.stdout


@pytest.mark.parametrize("body", ["#take\n#start", "#take\n\nHello, we look into it."])
def test_r65_only_take_is_said_of_what_is_next(still: StillDesk, body: str) -> None:
    customers(still, "one")
    entry, held = says(still, "anastasia", body)
    assert (entry["verdict"], held.purpose) in (("held-command", "held"), ("command", "transcript"))
    assert still.ticket(1001)["assignee"] is None


def test_r08_who_goes_away_leaves_the_work_to_the_team(still: StillDesk) -> None:
    customers(still, "one", "two", "three")
    for number in (1001, 1002):
        still.do(f"DESK-{number}", "#assign anastasia", "dominique")
    reply_to, before = str(still.latest(NORA).mail["Reply-To"]), len(still.sent)
    entry, told = says(still, "anastasia", "#away until 2026-12-01")
    assert entry["verdict"] == "command"
    assert "away until Tue 1 Dec 2026" in told.text()
    assert [sent.to for sent in still.sent[before:] if sent.purpose == "alarm"] == ["dominique@desk.example"]
    assert {(view["team"], view["assignee"]) for view in still.tickets()} == {("frontline", None)}
    assert not [sent for sent in still.sent[before:] if sent.to == NORA]
    before = len(still.sent)
    mail(still, NORA, reply_to, "It is worse.")
    assert {sent.to for sent in still.sent[before:] if sent.purpose == "notice"} == {"dominique@desk.example"}
    before = len(still.sent)
    says(still, "anastasia", "#back")
    assert {view["assignee"] for view in still.tickets()} == {None}
    assert [sent.to for sent in still.sent[before:]] == ["anastasia@desk.example"]


def test_r08_what_one_turn_cannot_give_back_the_clock_does(still: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "HELD", 1)
    customers(still, "one", "two", "three")
    for number in (1001, 1002, 1003):
        still.do(f"DESK-{number}", "#assign anastasia", "dominique")
    says(still, "anastasia", "#away")
    assert {view["assignee"] for view in still.tickets()} == {None}
    due = [decision.reason for decision in still.due if decision.reason.startswith("give-back")]
    assert due == ["give-back: back with frontline"] * 2


def test_r08_away_said_of_a_ticket_gives_that_back_too(still: StillDesk) -> None:
    """Even where words go to its customer in the same mail, which make a ticket somebody's otherwise."""
    customers(still, "one", "two")
    for number in (1001, 1002):
        still.do(f"DESK-{number}", "#assign anastasia", "dominique")
    notice = next(sent for sent in still.sent if sent.to == "anastasia@desk.example")
    entry = mail(still, "anastasia@desk.example", str(notice.mail["Reply-To"]), "#away for 3d\n\nWe look into it.")
    assert (entry["verdict"], entry["ticket"]) == ("appended", "DESK-1001")
    assert {view["assignee"] for view in still.tickets()} == {None}
    assert "We look into it." in still.latest(NORA).text()


def test_r08_the_command_address_of_who_is_disabled_does_nothing(still: StillDesk) -> None:
    customers(still, "one")
    own = still.commands_of(still.latest("anastasia@desk.example"))
    CliRunner().invoke(main, ("--config", str(still.config.file), "agent", "disable", "anastasia"))
    before = len(still.sent)
    for body in ("#take", "#mine", "#back"):
        entry = mail(still, "anastasia@desk.example", own, body)
        assert entry["verdict"] == "held-unverified", body
    assert still.ticket(1001)["assignee"] is None
    assert "transcript" not in {sent.purpose for sent in still.sent[before:]}


def test_whoever_is_away_takes_nothing(still: StillDesk) -> None:
    customers(still, "one")
    says(still, "anastasia", "#away")
    entry, held = says(still, "anastasia", "#take")
    assert (entry["verdict"], held.purpose) == ("held-command", "held")
    assert "#back" in held.text()


def test_wrong_times_do_nothing(still: StillDesk) -> None:
    customers(still, "one")
    for words, nearest in (("#away unti friday", "#away for 3d"), ("#away until 2020-01-01", "#away for 3d")):
        entry, held = says(still, "anastasia", words)
        assert entry["verdict"] == "held-command"
        assert nearest in held.text()
    _, told = says(still, "anastasia", "#back")
    assert "there already" in told.text()


def test_a_dry_run_of_away_changes_nothing(still: StillDesk) -> None:
    customers(still, "one")
    still.do("DESK-1001", "#assign anastasia", "dominique")
    before = len(still.sent)
    _, told = says(still, "anastasia", "#dry-run\n#away")
    assert told.text().startswith("Nothing was done: this is what would happen.")
    assert [sent.to for sent in still.sent[before:]] == ["anastasia@desk.example"]
    assert still.ticket(1001)["assignee"] == "anastasia"
