"""Types, divisions and retyping on a whole desk: what the rules of `test_workflow.py`, `test_divisions.py` and
`test_retyping.py` in `tests/unit/gateway` come to in the store, from a shell and in the mail that leaves (`ops`
R20-R37)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.cli import main
from gateway.rules.verbs import Refused
from tests.desk import StillDesk

NORA, BOB = "nora@northwind.example", "bob@northwind.example"
DIVISION = """
[[division]]
name = "project"
teams = ["network"]
activities = ["On-site visit", "Remote session"]

[[division.status]]
name = "accepted"
category = "open"
next = ["Implementation Phase 2", "awaiting_review"]

[[division.status]]
name = "Implementation Phase 2"
category = "open"
next = ["Awaiting Client", "awaiting_review"]

[[division.status]]
name = "Awaiting Client"
category = "waiting"
next = ["Implementation Phase 2"]

[[division.status]]
name = "awaiting_review"
category = "open"
next = ["Implementation Phase 2", "resolved"]

[[division.priority]]
number = 1
label = "Blocker"

[[division.priority]]
number = 3
label = "Normal"

[[division.subtype]]
name = "Change Request"
"""


@pytest.fixture
def divided(tmp_path: Path, template: Path) -> Iterator[StillDesk]:
    """The demo desk, whose network team has ways of its own and whose work is looked at by somebody else."""
    folder = tmp_path / "desk"
    shutil.copytree(template, folder)
    file = folder / "replydesk.toml"
    written = file.read_text("utf-8").replace("four_eyes = false", "four_eyes = true")
    assert "four_eyes = true" in written
    file.write_text(written + DIVISION, "utf-8")
    with closing(StillDesk(folder)) as desk:
        yield desk


def written(still: StillDesk, words: str, subject: str = "Search is very slow", **headers: str) -> dict[str, Any]:
    """A proven mail of Nora's."""
    lines = {
        "Authentication-Results": "mx.desk.example; dmarc=pass header.from=northwind.example",
        "From": f"Nora Wind <{NORA}>",
        "To": "support@desk.example",
        "Subject": subject,
        "Message-ID": f"<w{len(still.entries())}@northwind.example>",
        **headers,
    }
    head = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return still.mail(f"{head}\n{words}\n", NORA, headers.get("To", "support@desk.example"))


def did(still: StillDesk, said: str, ref: str = "DESK-1001", person: str = "dominique") -> Any:
    outcome = still.do(ref, said, person)
    assert not isinstance(outcome, Refused), outcome
    return outcome


def why_not(still: StillDesk, said: str, ref: str = "DESK-1001", person: str = "dominique") -> Refused:
    outcome = still.do(ref, said, person)
    assert isinstance(outcome, Refused), outcome
    return outcome


def run(folder: Path, *words: str, status: int = 0) -> str:
    found = CliRunner().invoke(main, ["--config", str(folder / "replydesk.toml"), *words])
    assert found.exit_code == status, found.output
    return found.output


def test_r29_replies_to_the_old_thread_land_on_the_new_ticket(still: StillDesk) -> None:
    written(still, "The export has no column for the tax.", Cc=BOB)
    before = len(still.sent)
    outcome = did(still, "#retype question", person="anastasia")
    planned, sent = outcome.plan, outcome.sent
    assert planned.done[0].after == "question DESK-1002"
    assert sent == [{"to": name, "what": "that it is DESK-1002 now"} for name in ("Nora Wind", BOB)]
    told = [mail for mail in still.sent[before:] if not mail.to.endswith("@desk.example")]
    assert sorted((mail.purpose, mail.to) for mail in told) == [("retyped", BOB), ("retyped", NORA)]
    old, new = still.ticket(1001), still.ticket(1002)
    assert (old["type"], old["status"], old["closed_as"]) == ("support", "closed", "wrong_type")
    assert (new["type"], new["status"]) == ("question", "new")
    assert new["created_at"] == old["created_at"]
    acknowledged = next(mail for mail in still.sent if mail.purpose == "acknowledgement")
    keyed = written(still, "By Friday, please.", To=str(acknowledged.mail["Reply-To"]))
    assert keyed["ticket"] == "DESK-1002"
    named = written(still, "And the country.", "Re: [DESK-1001] The export")
    assert named["ticket"] == "DESK-1002"
    answers = {"In-Reply-To": str(acknowledged.mail["Message-ID"])}
    assert written(still, "And the town.", "Re: Search is very slow", **answers)["ticket"] == "DESK-1002"
    assert still.ticket(1002)["messages"][0]["text"] == "The export has no column for the tax."


def test_r29_the_database_refuses_another_type(still: StillDesk) -> None:
    written(still, "It is slow.")
    with pytest.raises(DBAPIError, match="never changes"), still.store.turn() as connection:
        connection.execute(text("UPDATE tickets SET type = 'question' WHERE id = 1001"))
    assert still.ticket(1001)["type"] == "support"


def test_r29_its_clocks_run_on(still: StillDesk) -> None:
    written(still, "It is slow.")
    due = still.ticket(1001)["sla"]["first_response"]["due"]
    still.now = still.now.replace(hour=9, minute=30)
    did(still, "#retype question", person="anastasia")
    assert still.ticket(1002)["sla"]["first_response"]["due"] == due
    assert still.ticket(1001)["sla"]["first_response"]["state"] != "running"


def test_r29_retyped_twice_still_leads_to_the_last(still: StillDesk) -> None:
    written(still, "It is slow.")
    did(still, "#retype question", person="anastasia")
    did(still, "#retype support", "DESK-1002", "anastasia")
    assert written(still, "Still.", "Re: [DESK-1001] Search is very slow")["ticket"] == "DESK-1003"
    assert why_not(still, "#merge DESK-1001", "DESK-1003").reason.endswith("DESK-1001 is retyped to this one")


def test_r29_the_shell_names_the_new_ticket(still: StillDesk) -> None:
    written(still, "It is slow.")
    folder = still.config.file.parent
    shown = json.loads(run(folder, "ticket", "do", "DESK-1001", "#retype question", "--as", "anastasia", "--json"))
    assert shown["done"] == [
        {"verb": "#retype", "before": "support DESK-1001", "after": "question DESK-1002"},
    ]
    assert json.loads(run(folder, "ticket", "show", "DESK-1002", "--json"))["type"] == "question"


def test_r23_a_customer_finds_nothing_of_an_escalation(still: StillDesk) -> None:
    """Neither by the number, nor by a Message-ID, nor by asking how it stands; and no mail of it goes outside."""
    raw = (
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n"
        "From: Dominique Printemps <dominique@desk.example>\nTo: escalate@desk.example\n"
        f"Cc: Nora Wind <{NORA}>\nSubject: Northwind wants to leave\nMessage-ID: <e1@desk.example.invalid>\n\n"
        "Call them.\n"
    )
    entry = still.mail(raw, "dominique@desk.example", "escalate@desk.example")
    still.replay(entry["id"], released=True)
    assert still.ticket(1001)["type"] == "escalation"
    assert [member["address"] for member in still.ticket(1001)["participants"]] == ["dominique@desk.example"]
    warned = still.latest("dominique@desk.example", "transcript").text()
    assert "your own mail went outside as well" in warned
    assert NORA in warned
    answer = written(
        still, "What is this?", "Re: Northwind wants to leave", **{"In-Reply-To": "<e1@desk.example.invalid>"}
    )
    asked = written(still, "STATUS", "[DESK-1001]")
    assert [entry["ticket"] for entry in (answer, asked)] == ["DESK-1002", "DESK-1003"]
    did(still, "#kind scope\n#set action_taken called\n#accept\n#set plan a date\n#start\nThey may leave.")
    did(still, "#set lessons listen\n#resolve they stay")
    outside = [mail for mail in still.sent if mail.to == NORA]
    assert {mail.purpose for mail in outside} == {"acknowledgement"}
    assert not any("leave" in mail.text() for mail in outside)


def test_r36_an_internal_ticket_never_mails_anybody_outside(still: StillDesk) -> None:
    written(still, "It is slow.", Cc=BOB)
    before = len(still.sent)
    did(still, "#set audience internal\nWe look at it.", person="anastasia")
    did(still, "#topic Performance\n#resolve rebuilt", person="anastasia")
    acknowledged = next(mail for mail in still.sent if mail.purpose == "acknowledgement")
    written(still, "STATUS", "Re: Search is very slow", To=str(acknowledged.mail["Reply-To"]))
    assert [mail.to for mail in still.sent[before:] if mail.to in (NORA, BOB)] == []
    assert still.ticket(1001)["messages"][-2]["direction"] == "note"


def test_r36_words_below_the_verb_that_makes_it_internal_stay_inside(still: StillDesk) -> None:
    written(still, "It is slow.", Cc=BOB)
    notice, before = still.latest("anastasia@desk.example", "notice"), len(still.sent)
    head = (
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\nFrom: anastasia@desk.example\n"
    )
    to = str(notice.mail["Reply-To"])
    mail = f"{head}To: {to}\nSubject: Re: x\nMessage-ID: <i1@d.example>\n\n#set audience internal\n\nWe know of it.\n"
    assert still.mail(mail, "anastasia@desk.example", to)["verdict"] == "appended"
    assert still.ticket(1001)["messages"][-1]["direction"] == "note"
    assert {sent.purpose for sent in still.sent[before:]} == {"notice", "transcript"}


def test_r32_a_division_has_its_own_ways(divided: StillDesk) -> None:
    written(divided, "The roll-out of the new router waits.", "Roll-out")
    did(divided, "#topic Integration\n#todo plan the roll-out\n#team network")
    assert divided.ticket(1001)["division"] == "project"
    assert "cannot become scheduled" in why_not(divided, "#accept\n#schedule fri").reason
    assert "have no priority 2" in why_not(divided, "#priority 2").reason
    did(divided, "#accept\n#kind change-request", person="benedikt")
    assert "needs: contract impact" in why_not(divided, "#status Implementation Phase 2", person="benedikt").reason
    did(divided, "#set contract_impact 20 days\n#status Implementation Phase 2", person="benedikt")
    did(divided, "#status Awaiting Client\n#log 2h type remote-session", person="benedikt")
    shown = divided.ticket(1001)
    assert (shown["status"], shown["status_category"], shown["time_logged"]) == ("awaiting_client", "waiting", 120)
    assert shown["sla"]["resolution"]["state"] == "paused"
    did(divided, "#status implementation phase 2\n#review", person="benedikt")
    assert "worked on it" in why_not(divided, "#verify", person="benedikt").reason
    assert "needs: verification" in why_not(divided, "#resolve live", person="benedikt").reason
    did(divided, "#verify")
    did(divided, "#resolve root Outage/network live since noon", person="benedikt")
    shown = divided.ticket(1001)
    assert (shown["status"], shown["verified_by"], shown["root_cause"]) == ("resolved", "dominique", "Outage/network")


def test_r32_config_check_lists_the_sets_of_each_division(divided: StillDesk) -> None:
    folder = divided.config.file.parent
    said = run(folder, "config", "check")
    assert "1 division" in said
    for words in ("awaiting client (waiting)", "1 Blocker, 3 Normal", "on-site-visit, remote-session"):
        assert words in said
    sets = json.loads(run(folder, "config", "check", "--json"))["division_sets"]
    assert [(one["name"], one["priorities"]) for one in sets] == [("project", {"1": "Blocker", "3": "Normal"})]


def test_r21_the_shell_shows_the_workflows(divided: StillDesk) -> None:
    folder = divided.config.file.parent
    support = json.loads(run(folder, "workflow", "show", "support", "--json"))
    assert [state["name"] for state in support["statuses"]] == [
        "new", "accepted", "scheduled", "in_progress", "awaiting_review", "resolved",
    ]  # fmt: skip
    assert "support (type), 6 statuses" in run(folder, "workflow", "show", "support")
    assert "question (type), 3 statuses" in run(folder, "workflow", "show")
    listed = json.loads(run(folder, "workflow", "list", "--json"))
    assert [one["name"] for one in listed] == ["support", "question", "escalation", "project"]
    assert listed[-1]["subtypes"] == {"change-request": ["contract_impact"]}
    assert "nearest: support" in run(folder, "workflow", "show", "suport", status=2)
