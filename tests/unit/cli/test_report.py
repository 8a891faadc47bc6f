"""`report` and `ticket why`: the same figures for people, for spreadsheets and as JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main, report, ticket, why
from gateway.cli.desk import Usage
from tests.desk import StillDesk

MAIL = (
    "From: Nora <nora@northwind.example>\nTo: support@desk.example\nSubject: {subject}\nMessage-ID: <{n}@x>\n\n{body}\n"
)
Run = Callable[..., Result]


@pytest.fixture
def run(still: StillDesk, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands on a desk that stands still, at its own instant."""
    for module in (report, why, ticket):
        monkeypatch.setattr(module, "now", lambda _: still.now)
    for n, (subject, body) in enumerate([("Total outage", "An outage."), ("Logo", "URGENT!!! The blue is too dark.")]):
        still.mail(MAIL.format(subject=subject, n=n, body=body), "nora@northwind.example")

    def invoke(*words: str) -> Result:
        file = Path(still.config.file)
        return CliRunner().invoke(main, ["--config", str(file), *words])

    return invoke


def as_json(result: Result) -> dict:  # type: ignore[type-arg]
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_m20_the_report_of_priorities(run: Run, still: StillDesk) -> None:
    found = as_json(run("report", "priority", "--json"))
    assert (found["tickets"], found["critical"], found["share"], found["inflated"]) == (2, 1, 0.5, False)
    assert [row["tickets"] for row in found["priorities"]] == [1, 0, 1, 0, 0]
    assert not hasattr(still.do("DESK-1001", "#priority 3 because it was a test", "dominique"), "reason")
    later = as_json(run("report", "priority", "--json", "--since", "7d"))
    assert (later["critical"], later["downgraded"], later["overridden"]) == (0, 1, 1)
    lines = run("report", "priority").stdout.splitlines()
    assert lines[0].split() == ["priority", "name", "tickets", "share", "overridden", "downgraded"]
    assert lines[3].split() == ["3", "moderate", "2", "100.0%", "1", "1"]
    assert lines[-1] == "0 of 2 at priority 1 (0%), 1 was at 1 and is lower now"


def test_r81_the_report_of_cost(run: Run, still: StillDesk) -> None:
    for text, person in (("#log 90m", "anastasia"), ("#log 30m", "dominique"), ("#with network", "dominique")):
        still.do("DESK-1001", text, person)
    still.do("DESK-1001", "#log 1h", "benedikt")
    plain = as_json(run("report", "cost", "--json"))
    assert [(row["tier"], row["hours"], row["cost"]) for row in plain["tiers"]] == [(1, 2.0, None), (2, 1.0, None)]
    assert "no price for tier 1, 2" in run("report", "cost").stdout
    with Path(still.config.file).open("a") as file:
        file.write('\n[cost]\ncurrency = "EUR"\ntiers = { 1 = 22.5, 2 = 104 }\n')
    found = as_json(run("report", "cost", "--json"))
    assert (found["currency"], found["total"]) == ("EUR", 149.0)
    assert [(row["cost"], row["per_ticket"]) for row in found["tiers"]] == [(45.0, 45.0), (104.0, 104.0)]
    assert run("report", "cost").stdout.splitlines()[-1] == "149.00 EUR in all"


def test_reports_of_corrections_and_breaches(run: Run, still: StillDesk) -> None:
    still.do("DESK-1002", "#topic Feature", "anastasia")
    still.do("DESK-1002", "#priority 5 because it is a shade of blue", "anastasia")
    found = as_json(run("report", "corrections", "--json"))
    assert {(move["field"], move["became"], move["count"]) for move in found["moves"]} >= {("priority", "5", 1)}
    assert found["total"] == len(found["corrections"])
    assert as_json(run("report", "breaches", "--json"))["breaches"] == []
    assert run("report", "breaches").stdout == "nothing in this time\n"
    assert as_json(run("report", "ruf", "--json"))["total"] == 2


def test_csv_holds_the_same_and_no_formula(run: Run, still: StillDesk) -> None:
    rows = list(csv.DictReader(io.StringIO(run("report", "priority", "--csv").stdout)))
    assert [row["tickets"] for row in rows] == ["1", "0", "1", "0", "0"]
    shown = [report._cell(value) for value in ("=1+1", "-2", "@x", "words", -2, "")]
    assert shown == ["'=1+1", "'-2", "'@x", "words", -2, ""]
    assert run("report", "priority", "--csv", "--json").exit_code == 2


@pytest.mark.parametrize("text", ["yesterday", "7", "d", "-7d", "999999d", "²d", ""])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Usage):
        report.moment(text, datetime(2026, 11, 23, tzinfo=UTC))


def test_times_of_reports() -> None:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert report.moment("7d", at) == at - timedelta(days=7)
    assert report.moment("2w", at) == at - timedelta(days=14)
    assert report.moment("2026-11-20", at) == datetime(2026, 11, 20, tzinfo=UTC)


def test_r57_why_a_ticket_has_its_priority(run: Run, still: StillDesk) -> None:
    still.do("DESK-1002", "#priority impact=3", "anastasia")
    still.do("DESK-1002", "#priority 5 because it is a shade of blue", "dominique")
    found = as_json(run("ticket", "why", "DESK-1002", "--json"))
    urgent = found["priority"]
    assert (urgent["priority"], urgent["overridden"], urgent["facts"]["priority"]) == (5, True, 2)
    parts = {part["name"]: (part["value"], part["points"], part["source"]) for part in urgent["facts"]["parts"]}
    assert parts["impact"] == ("3", 0, "anastasia")
    assert parts["urgency"] == ("3", 0, "by default")
    assert parts["ARR"] == ("500000", 1, "Northwind")
    assert [change["detail"]["role"] for change in urgent["changes"]] == ["agent", "lead"]
    assert {clock["clock"] for clock in found["clocks"]} >= {"first_response", "resolution"}
    changed = [change["kind"] for clock in found["clocks"] for change in clock["changes"]]
    assert "clock-changed" in changed
    assert found["routing"]["chosen"] == "anastasia"
    assert all(one["reason"] for one in found["routing"]["candidates"])
    text = run("ticket", "why", "1002").stdout
    assert text.startswith(
        "DESK-1002: priority 5 (lowest): it is a shade of blue\nA person set it. The facts alone say 2:"
    )
    assert "lifecycle   onboarding        +1    Northwind" in text


def test_why_of_no_ticket(run: Run) -> None:
    result = run("ticket", "why", "DESK-9")
    assert result.exit_code == 1
    assert "there is no ticket DESK-9" in result.output


def test_r12_an_unknown_organisation_is_called_so(run: Run, still: StillDesk) -> None:
    text = MAIL.format(subject="Logo", n=9, body="It is blue.").replace("northwind.example", "else.example")
    still.mail(text, "nora@else.example")
    views = {ref: as_json(run("ticket", "show", ref, "--json")) for ref in ("DESK-1001", "DESK-1003")}
    assert views["DESK-1003"]["organisation"] == {"name": None, "segment": "unknown", "arr": None, "lifecycle": None}
    known = views["DESK-1001"]["organisation"]
    assert (known["name"], known["segment"], known["arr"], known["lifecycle"]) == (
        "Northwind",
        "Enterprise",
        500_000,
        "onboarding",
    )
    assert "Organisation: unknown\n" in run("ticket", "show", "1003").stdout
    assert "Organisation: Northwind, Enterprise, onboarding\n" in run("ticket", "show", "1001").stdout


def test_r02_a_ticket_has_all_that_is_required(run: Run, still: StillDesk) -> None:
    view = as_json(run("ticket", "show", "DESK-1001", "--json"))
    who = view["requester"]
    assert all((view["ref"], who["address"], who["name"], who["organisation"], view["messages"][0]["text"]))
    assert all((view["topic"], view["priority"], view["priority_reason"], view["status"], view["created_at"]))
    assert view["assignee"] or view["team"]
    still.mail(
        MAIL.format(subject="", n=8, body="").replace("Nora <nora@northwind.example>", "x@else.example"),
        "x@else.example",
    )
    empty = as_json(run("ticket", "show", "DESK-1003", "--json"))
    assert all((empty["ref"], empty["requester"]["address"], empty["organisation"]["segment"], empty["team"]))
    assert all((empty["topic_reason"], empty["priority"], empty["status"], empty["created_at"]))


def test_m20_leads_get_one_mail_a_day_while_too_much_is_critical(run: Run, still: StillDesk) -> None:
    still.desk = replace(still.desk, urgency=replace(still.desk.urgency, inflation_of=2))
    told: list[str] = []
    for hours in (1, 24, 1, 23, 24):
        before = len(still.sent)
        still.now += timedelta(hours=hours)
        if len(told) == 2:
            still.do("DESK-1001", "#priority 3 because it is mended", "dominique")
        still.settle()
        told += [mail.to for mail in still.sent[before:] if mail.purpose == "alarm"]
    assert told == ["dominique@desk.example"] * 2
    text = still.latest("dominique@desk.example", "alarm").text()
    assert text.startswith("50% of this week's tickets are at priority 1\n\n1 of the 2 tickets of the last 7 days")
    assert "#priority 3 because" in text
    assert as_json(run("report", "priority", "--json"))["downgraded"] == 1


def test_people_read_the_clock_of_the_desk_and_programs_utc(run: Run, still: StillDesk) -> None:
    still.now += timedelta(days=30)
    still.settle()
    assert as_json(run("report", "breaches", "--json"))["breaches"][0]["due"].endswith("Z")
    assert run("report", "breaches", "--csv").stdout.splitlines()[1].count("Z") >= 2
    for words in (("report", "breaches"), ("ticket", "why", "1001"), ("ticket", "show", "1001")):
        text = run(*words).stdout
        assert "(Berlin)" in text
        assert not re.search(r"\d\dT\d\d:\d\d", text)


def test_why_tells_what_made_a_promise_shorter_and_what_did_not_count(run: Run, still: StillDesk) -> None:
    text = run("ticket", "why", "1002").stdout
    assert "2 points, 2 make a step: not counted, nobody has said the impact" in text
    still.do("DESK-1002", "#priority revenue=n blocking=n", "anastasia")
    text = run("ticket", "why", "1002").stdout
    assert "by default (not used: revenue and blocking are answered)" in text
    houses = {name: replace(one, health="red") for name, one in still.desk.organisations.items()}
    still.desk = replace(still.desk, organisations=houses)
    still.do("DESK-1002", "#priority 2 because they said so", "anastasia")
    with still.store.look() as connection:
        found = why.look(connection, 1002, still.desk, still.now)
    assert found is not None
    promises = {clock["clock"]: clock["promise"] for clock in found["clocks"]}
    assert str(promises["resolution"]).endswith(" h, Northwind: health red × 0.5")


def test_a_list_of_tickets_has_heads_and_whole_words(run: Run, still: StillDesk) -> None:
    still.do("DESK-1001", "#accept\n#start", "anastasia")
    heads, first, second = run("ticket", "list").stdout.splitlines()
    names = ["ticket", "type", "status", "P", "team", "owner", "topic", "due", "(Berlin)", "requester", "subject"]
    assert heads.split() == names
    assert first[heads.index("status") :].startswith("in progress")
    assert first[heads.index("topic") :].startswith("Outage")
    assert second[heads.index("due") :].startswith("2026-")
    assert run("ticket", "list", "--status", "closed").stdout == ""


def test_a_ticket_shows_what_it_is_and_its_clocks(run: Run, still: StillDesk) -> None:
    still.do("DESK-1001", "#accept\n#with network", "anastasia")
    lines = run("ticket", "show", "1001").stdout.splitlines()
    assert lines[1] == "Type: support · Topic: Outage"
    assert lines[2].startswith("Priority: 1 (critical): ")
    assert " · With: network · Next: " in lines[3]
    assert any(line.startswith("Resolution: ") and "(Berlin)" in line for line in lines)
