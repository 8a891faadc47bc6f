"""Handoffs through the doors: a tracker outside gets every field and answers, a rule hands over by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.rules.verbs import Refused
from tests.desk import StillDesk, make_template

MORE = """
[[handoff]]
name = "to-vendor"
from = "network"
address = "jira@vendor.example"
trigger = "the router's maker has to mend it"
map = { observed = "Symptom" }

[[tracker]]
address = "jira@vendor.example"
states = { Done = "awaiting_review" }

[[handoff]]
name = "imports"
from = "frontline"
to = "network"
trigger = "an import fails"
when = { topic = "Data/import", priority = 3 }
needs = ["observed"]
"""
NORA = "nora@northwind.example"
JIRA = "jira@vendor.example"
PROVEN = "Authentication-Results: mx.desk.example; dkim=pass header.d={}\n"
MAIL = "From: Nora Wind <{0}>\nTo: support@desk.example\nSubject: {1}\nMessage-ID: <{2}@n.example>\n\n{3}\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_template(tmp_path_factory.mktemp("handoffs") / "desk")
    with (folder / "replydesk.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    return folder


@pytest.fixture
def desk(tmp_path: Path, house: Path) -> Iterator[StillDesk]:
    with closing(StillDesk(tmp_path / "desk", house)) as made:
        yield made


def do(desk: StillDesk, text: str, person: str) -> None:
    outcome = desk.do("DESK-1001", text, person)
    assert not isinstance(outcome, Refused), outcome


def went(desk: StillDesk, since: int) -> list[str]:
    return [f"{sent.purpose} {sent.to}" for sent in desk.sent[since:]]


def at_the_tracker(desk: StillDesk) -> None:
    """Benedikt works on it and has handed a part of it to the tracker."""
    text = MAIL.format(NORA, "Everything is slow", "a", "The shop needs 20 seconds.")
    desk.mail(PROVEN.format("northwind.example") + text, NORA)
    do(desk, "#accept\n#topic Performance/slow\n#todo look\n#team network", "dominique")
    do(desk, "#assign benedikt\n#start\n#note Nora is known to be impatient.", "dominique")
    do(
        desk,
        "#set observed pings of 900 ms\n#set affected users 25\n#todo mend the router\n#handoff to-vendor",
        "benedikt",
    )


def says(desk: StillDesk, words: str, *, to: str = "", proven: bool = True, number: int = 1) -> dict[str, Any]:
    subject = "Re: [DESK-1001] Everything is slow"
    head = PROVEN.format("vendor.example") if proven else ""
    to = to or "support@desk.example"
    head += f"From: Jira <{JIRA}>\nTo: <{to}>\nSubject: {subject}\nMessage-ID: <j{number}@vendor.example>\n"
    return desk.mail(f"{head}\n{words}\n", JIRA, to)


def test_r72_handoff_to_an_external_tracker_contains_every_field(desk: StillDesk) -> None:
    at_the_tracker(desk)
    mail = desk.latest(JIRA, "handoff")
    text = mail.text()
    found = json.loads(text.partition("Every field, for a machine:\n")[2])
    assert found["reference"] == "DESK-1001"
    assert found["fields"] == {"next_action": "mend the router", "Symptom": "pings of 900 ms"}
    assert found["appendix"]["affected_users"] == "25"
    assert found["appendix"]["topic"] == "Performance"
    assert found["problem"] == "The shop needs 20 seconds."
    assert found["requester"] == {"name": "Nora Wind", "address": NORA}
    raw = mail.raw.decode("utf-8", "replace") + text + mail.text("html")
    for agent in desk.desk.agents.values():
        for word in (agent.full_name, agent.address, agent.name):
            assert word not in raw, word
    assert "impatient" not in raw


@pytest.mark.parametrize("keyed", [True, False])
def test_r73_a_tracker_that_says_done_makes_it_await_review(desk: StillDesk, keyed: bool) -> None:
    at_the_tracker(desk)
    before = len(desk.sent)
    to = str(desk.latest(JIRA, "handoff").mail["Reply-To"]) if keyed else ""
    entry = says(desk, "Done", to=to, proven=not keyed)
    assert (entry["verdict"], entry["ticket"], entry["trust"]) == ("appended", "DESK-1001", "C" if keyed else "B")
    view = desk.ticket(1001)
    assert view["status"] == "awaiting_review"
    assert (view["messages"][-1]["direction"], view["messages"][-1]["role"]) == ("note", "system")
    assert [step["what"] for step in entry["trace"] if step["stage"] == "track"] == [
        "about DESK-1001", "it says done: in progress → awaiting review",
    ]  # fmt: skip
    assert went(desk, before) == ["notice benedikt@desk.example", "notice dominique@desk.example"]  # nobody outside
    again = len(desk.sent)
    desk.replay(entry["id"])
    assert went(desk, again) == []
    assert desk.ticket(1001)["status"] == "awaiting_review"


def test_nobody_is_the_tracker_by_saying_so(desk: StillDesk) -> None:
    at_the_tracker(desk)
    before = len(desk.sent)
    entry = says(desk, "Done", proven=False)
    assert (entry["verdict"], entry["ticket"]) == ("held-unverified", "DESK-1001")
    assert desk.ticket(1001)["status"] == "in_progress"
    assert went(desk, before) == []
    stolen = str(desk.latest("benedikt@desk.example").mail["Reply-To"])  # somebody else's key proves nothing
    entry = says(desk, "Done", to=stolen, proven=False, number=2)
    assert entry["verdict"] == "held-unverified"
    assert desk.ticket(1001)["status"] == "in_progress"


def test_a_trackers_mail_about_another_ticket_moves_nothing(desk: StillDesk) -> None:
    text = MAIL.format(NORA, "Everything is slow", "a", "The shop needs 20 seconds.")
    desk.mail(PROVEN.format("northwind.example") + text, NORA)
    entry = says(desk, "Done")
    assert entry["ticket"] != "DESK-1001"
    assert desk.ticket(1001)["status"] == "new"


def test_r74_a_rule_of_a_new_ticket_tells_what_is_missing_and_hands_over_when_it_is_there(desk: StillDesk) -> None:
    text = MAIL.format(NORA, "The CSV import", "b", "We have trouble with the import of our records.")
    desk.mail(PROVEN.format("northwind.example") + text, NORA)
    view = desk.ticket(1001)
    assert (view["topic"], view["subtopic"], view["helpers"]) == ("Data", "import", [])
    assert [one.reason for one in desk.due] == [
        "handoff: rule of imports: before it goes to network it needs: observed, next action"
    ]
    lacked = [event for event in view["events"] if event["kind"] == "handoff-lacks"]
    assert [event["detail"]["missing"] for event in lacked] == [["observed", "next_action"]]
    before = len(desk.sent)
    do(desk, "#accept\n#assign me\n#set observed line 47 is refused\n#todo look at the parser", "anastasia")
    assert went(desk, before) == ["handoff benedikt@desk.example", "notice anastasia@desk.example"]
    assert desk.due[-1].reason.startswith(
        "handoff: rule of imports: priority 3 or more urgent, topic Data/import: network"
    )
    assert desk.due[-1].trace[0].stage == "sweep"
    assert (desk.ticket(1001)["assignee"], desk.ticket(1001)["helpers"]) == ("anastasia", ["network"])
    assert NORA not in [sent.to for sent in desk.sent[before:]]


def test_show_has_the_last_handoff(desk: StillDesk) -> None:
    text = MAIL.format(NORA, "Everything is slow", "a", "The shop needs 20 seconds.")
    desk.mail(PROVEN.format("northwind.example") + text, NORA)
    assert desk.ticket(1001)["handoff"] is None
    do(desk, "#set observed x\n#set started at y\n#todo z\n#handoff to-network", "anastasia")
    outcome = CliRunner().invoke(main, ("--config", str(desk.config.file), "ticket", "show", "DESK-1001", "--json"))
    shown = json.loads(outcome.stdout)["handoff"]
    assert shown["from"] == "frontline"
    assert (shown["to"], shown["state"], shown["whom"], shown["bounced"]) == ("network", "asked", "benedikt", 0)
    do(desk, "#return because no need a log", "benedikt")
    assert desk.ticket(1001)["handoff"] == {"state": "returned", "bounced": 1}


def test_nothing_is_handed_over_that_must_not_leave(desk: StillDesk) -> None:
    text = MAIL.format(NORA, "Everything is slow", "a", "The shop needs 20 seconds.")
    desk.mail(PROVEN.format("northwind.example") + text, NORA)
    do(desk, "#accept\n#topic Performance/slow\n#todo look\n#team network", "dominique")
    do(desk, "#set observed pings of 900 ms\n#todo ask benedikt@desk.example about db1.lan", "dominique")
    before = len(desk.sent)
    outcome = desk.do("DESK-1001", "#handoff to-vendor", "dominique")
    assert isinstance(outcome, Refused)
    assert "benedikt@desk.example" in outcome.reason
    assert "db1.lan" in outcome.reason
    assert (went(desk, before), desk.ticket(1001)["next_action"]) == ([], "ask benedikt@desk.example about db1.lan")
    do(desk, "#todo mend the router", "dominique")
    do(desk, "#note Legal wants us to stall. Nora is new.", "dominique")
    outcome = desk.do("DESK-1001", "#handoff to-vendor because legal wants us to stall", "dominique")
    assert isinstance(outcome, Refused)  # why it is handed over is read there
    assert "words of an internal note" in outcome.reason
    outcome = desk.do("DESK-1001", "#handoff to-vendor because the router is theirs", "dominique")
    assert not isinstance(outcome, Refused)
    assert "it gets a mail with every field, and reads there: the router is theirs; " in str(outcome)
    assert f"handoff {JIRA}" in went(desk, before)
