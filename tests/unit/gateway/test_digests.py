"""Daily digests: what stands in them, and the figures of a day (R19, R90-R94)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from gateway.cli import figures as cli
from gateway.cli import main
from gateway.jobs import digests as days
from gateway.rules.overview import digests
from gateway.rules.overview.view import NOTHING
from gateway.rules.verbs import Refused
from gateway.wording import overview as wording
from scheduling.sla import Clock
from store import overview, plain, tables
from store.records import Finding, Ticket
from store.tables import chores, outbox, tickets
from tests.desk import StillDesk
from tests.unit.gateway.morning import DAY, HOUR, MONDAY, desk, references, section, until, written

__all__ = ["desk"]


def test_r19_the_digest_lists_what_is_mine_by_the_clock_that_is_due_first(desk: StillDesk) -> None:
    written(desk, 4)
    for ref in ("DESK-1001", "DESK-1002", "DESK-1003"):
        desk.do(ref, "#accept", "anastasia")
        desk.do(ref, "#assign anastasia", "dominique")
    desk.do("DESK-1003", "#priority 1 because it is down", "dominique")
    text = until(desk, 24)["anastasia"]
    with desk.store.look() as connection:
        query = select(tickets.c.id).where(tickets.c.assignee == "anastasia").order_by(tickets.c.due_at, tickets.c.id)
        wanted = [f"DESK-{n}" for n in connection.execute(query).scalars()]
    assert references(section(text, "Yours, by clock (3)")) == wanted
    assert wanted[0] == "DESK-1003"
    assert references(section(text, "Next in the queue of frontline (1)")) == ["DESK-1004"]
    assert text.splitlines()[0] == "Tuesday 24 November: 3 are yours, 1 waits in the queue."
    assert "#on DESK-1003" in text
    assert max(map(len, text.splitlines())) <= 72


def test_r91_the_leads_digest_shows_a_spike_of_unassigned_tickets_and_breaches(desk: StillDesk) -> None:
    written(desk, 1)
    desk.do("DESK-1001", "#assign anastasia", "dominique")
    quiet = until(desk, 24)["dominique"]
    assert "Nobody has them" not in quiet
    assert references(section(quiet, "Promises broken since your last digest (1)")) == ["DESK-1001"]
    desk.now += HOUR
    written(desk, 12)
    lead = until(desk, 25)["dominique"]
    assert len(references(section(lead, "Nobody has them, oldest first (12)"))) == 10
    assert "and 2 more" in lead
    broken = section(lead, "Promises broken since your last digest (12)")
    assert len(references(broken)) == 10 and "nobody had it: " in broken[1] and "DESK-1001" not in "".join(broken)
    assert "Unassigned: 12 of 13 open, ↑ from 0" in lead
    assert "Backlog: 13, ↑ from 1" in lead
    assert "Promises kept: 0%, 0 of 12" in lead
    manager = until(desk, 26)["mirabelle"]
    assert "Nobody has them: 12" in manager and "Nobody has them, oldest" not in manager


def test_r92_leads_see_what_waits_and_what_is_blocked_and_schedulers_what_needs_an_appointment(desk: StillDesk) -> None:
    written(desk, 3)
    for ref, text in (("DESK-1001", "#wait vendor"), ("DESK-1002", "#blocked scheduling"), ("DESK-1003", "#start")):
        assert not isinstance(desk.do(ref, "#accept", "anastasia"), Refused)
        assert not isinstance(desk.do(ref, text, "anastasia"), Refused)
    found = until(desk, 24)
    assert "waits for vendor · frontline, nobody: " in section(found["dominique"], "Waiting, and for whom (1)")[1]
    assert "blocked: scheduling · " in section(found["dominique"], "Blocked (1)")[1]
    assert references(section(found["samantha"], "Blocked on scheduling (1)")) == ["DESK-1002"]
    assert "Figures" not in found["samantha"] and "Figures" not in found["anastasia"]


def test_r61_leads_see_who_has_more_than_fits_into_the_week(desk: StillDesk) -> None:
    written(desk, 1)
    desk.do("DESK-1001", "#accept", "anastasia")
    desk.do("DESK-1001", "#assign anastasia", "dominique")
    with desk.store.turn() as connection:
        connection.execute(update(tickets).values(estimate=60 * 60))
    text = until(desk, 24)["dominique"]
    assert section(text, "Over-booked this week (1)")[0].startswith("anastasia · 60 h promised of ")


def test_a_limit_that_stopped_mail_is_shown_to_leads(desk: StillDesk) -> None:
    written(desk, 1)
    desk.settle()
    with desk.store.turn() as connection:
        number = connection.execute(select(outbox.c.id).limit(1)).scalar_one()
        held = {"state": "held", "last_text": "held: too much for one day"}
        connection.execute(update(outbox).where(outbox.c.id == number).values(held))
    lines = section(until(desk, 24)["dominique"], "Mail that a limit stopped")
    assert lines[0].startswith("DESK-1001 · ") and lines[1].strip() == "held: too much for one day"


def test_what_is_handed_to_somebody_is_shown_while_it_waits_and_however_many_others_there_are(
    desk: StillDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "_MOST_LOOKED_AT", 3)
    written(desk, 6)
    ready = "#set observed it stops\n#set started_at today\n#todo look\n#handoff network"
    for n in range(1, 7):
        desk.now += timedelta(minutes=1)
        assert not isinstance(desk.do(f"DESK-100{n}", ready, "anastasia"), Refused)
        if n < 5:
            assert not isinstance(desk.do(f"DESK-100{n}", "#ack", "benedikt"), Refused)
    with desk.store.look() as connection:
        benedikt = desk.desk.agent_named("benedikt")
        assert benedikt is not None
        found = days.asked_for(connection, benedikt, desk.desk, desk.now)
        assert [f"DESK-{one.ref}" for one in found.handed] == ["DESK-1006", "DESK-1005"]
    assert not isinstance(desk.do("DESK-1005", "#with -network", "anastasia"), Refused)
    with desk.store.look() as connection:
        found = days.asked_for(connection, benedikt, desk.desk, desk.now)
        assert [f"DESK-{one.ref}" for one in found.handed] == ["DESK-1006"]


def test_m9_at_risk_is_also_what_has_less_than_a_quarter_of_its_time_left(desk: StillDesk) -> None:
    written(desk, 2)
    long = Clock(kind="resolution", target=timedelta(hours=80), started=desk.now, since=desk.now)
    with desk.store.turn() as connection:
        for number, spent in ((1001, 59), (1002, 65)):
            clock = replace(long, spent=timedelta(hours=spent))
            clock = replace(clock, due=desk.desk.calendar("").add(desk.now, clock.left))
            row = {"clocks": [plain.clock_row(clock)], "due_at": clock.due}
            connection.execute(update(tickets).where(tickets.c.id == number).values(row))
    lead = desk.desk.agent_named("dominique")
    assert lead is not None
    with desk.store.look() as connection:
        found = days.asked_for(connection, lead, desk.desk, desk.now).at_risk
        assert ([one.ref for one in found.tickets], found.total) == ([1002], 1)
        found = days.asked_for(connection, lead, desk.desk, desk.now + DAY).at_risk
        assert [one.ref for one in found.tickets] == [1002, 1001]


def test_who_hears_by_digest_reads_there_what_changed_since_the_last(desk: StillDesk) -> None:
    written(desk, 2)
    desk.settle()
    with desk.store.turn() as connection:
        where = tables.people.c.address == "anastasia@desk.example"
        connection.execute(update(tables.people).where(where).values(notices="digest"))
    text = until(desk, 24)["anastasia"]
    assert "Changed since" not in text  # nobody reads the same ticket twice
    lines = section(text, "Next in the queue of frontline (2)")
    assert sorted(references(lines)) == ["DESK-1001", "DESK-1002"]
    assert sum(line.startswith("    changed: The export stops") for line in lines) == 2
    assert "  #on DESK-1001\n  #take\n" in text or "  #on DESK-1002\n  #take\n" in text
    desk.now += HOUR
    desk.do("DESK-1002", "#note looked at it", "anastasia")
    desk.do("DESK-1002", "#tag vip", "anastasia")
    desk.do("DESK-1002", "#priority 2 because it is new", "dominique")
    text = until(desk, 25)["anastasia"]
    lines = section(text, "Next in the queue of frontline (2)")
    assert [above[:9] for above, below in pairwise(lines) if below.startswith("    changed: ")] == ["DESK-1002"]
    with desk.store.look() as connection:
        reader = desk.desk.agent_named("anastasia")
        assert reader is not None
        view = replace(days.asked_for(connection, reader, desk.desk, desk.now), changed=CHANGED)
    facts = digests.facts_of(reader, replace(view, queue=NOTHING), desk.desk, desk.now)
    assert [(one["kind"], one["total"], len(one["rows"])) for one in facts["sections"]] == [("changed", 41, 10)]
    facts = digests.facts_of(reader, replace(view, queue=FOUND), desk.desk, desk.now)
    assert [(one["kind"], one["total"], len(one["rows"])) for one in facts["sections"]] == [
        ("changed", 37, 8), ("queue", 4, 4),
    ]  # fmt: skip


SHOWN = tuple(
    Ticket(
        ref=n,
        subject=f"{n}",
        requester="nora@x.example",
        team="frontline",
        mailbox="support@desk.example",
        language="en",
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    for n in range(1001, 1013)
)
CHANGED, FOUND = Finding(tickets=SHOWN, total=41), Finding(tickets=SHOWN[:4], total=4)


def test_what_nobody_took_is_shown_to_leads_and_counted_for_managers(desk: StillDesk) -> None:
    written(desk, 2)
    ready = "#set observed it stops\n#set started_at today\n#todo look\n#handoff network"
    for number in (1001, 1002):
        assert not isinstance(desk.do(f"DESK-{number}", ready, "anastasia"), Refused)
    assert not isinstance(desk.do("DESK-1002", "#ack", "benedikt"), Refused)
    for _ in range(2):  # each who is asked has an hour of work
        desk.now += 2 * HOUR
        desk.settle()
    found = until(desk, 24)
    lines = section(found["dominique"], "Handed over, nobody has it (1)")
    assert references(lines) == ["DESK-1001"]
    assert "asked in vain: benedikt, dominique · " in " ".join(lines)
    assert "Handed over, nobody has it: 1\n" in found["mirabelle"]
    assert "To act on a line" not in found["mirabelle"]
    assert "asked in vain" not in found.get("benedikt", "")
    assert not isinstance(desk.do("DESK-1001", "#ack", "benedikt"), Refused)
    with desk.store.look() as connection:
        lead = desk.desk.agent_named("dominique")
        assert lead is not None
        assert days.asked_for(connection, lead, desk.desk, desk.now).unheard == ()


def test_sweep_says_what_kind_of_work_it_was_once(desk: StillDesk) -> None:
    written(desk, 1)
    desk.settle()
    with desk.store.turn() as connection:
        connection.execute(update(chores).values(due_at=datetime.now(UTC) - HOUR))  # the command has a clock of its own
    env = {"REPLYDESK_STORE__URL": desk.config.store.url, "REPLYDESK_DIGESTS__AT": "00:00"}
    lines = CliRunner(env=env).invoke(main, ["--config", str(desk.config.file), "sweep"]).stdout.splitlines()
    (audit,) = [line for line in lines if "taxonomy" in line]
    assert audit.startswith("taxonomy: The quarter's topics: ")
    assert not any("there is more to do" in line for line in lines)


def test_the_example_is_a_verb_that_does_something_to_its_ticket(desk: StillDesk) -> None:
    written(desk, 1)
    ready = "#set observed it stops\n#set started_at today\n#todo look\n#handoff network"
    assert not isinstance(desk.do("DESK-1001", ready, "anastasia"), Refused)
    benedikt = desk.desk.agent_named("benedikt")
    assert benedikt is not None
    with desk.store.look() as connection:
        view = days.asked_for(connection, benedikt, desk.desk, desk.now)
    facts = digests.facts_of(benedikt, view, desk.desk, desk.now)
    assert wording.example(facts["sections"]) == ("DESK-1001", "#ack")
    assert wording.example([{"kind": "overbooked", "rows": [{"ref": "anna-lena"}]}]) == ("", "")


def test_the_figures_of_a_day_come_from_events_of_real_mail(desk: StillDesk) -> None:
    """Two tickets at 9:00; one is answered at 10:30, resolved at 11:30. The other one's promise breaks at 13:30."""
    written(desk, 2)
    desk.now = MONDAY + 1.5 * HOUR
    notice = next(mail for mail in desk.sent if mail.purpose == "notice" and "DESK-1001" in mail.mail["Subject"])
    assert notice.to == "anastasia@desk.example"
    answer = (
        f"From: anastasia@desk.example\nTo: {notice.mail['Reply-To']}\nSubject: Re: x\nMessage-ID: <answer@x>\n"
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n\nWhich browser?\n"
    )
    desk.mail(answer, "anastasia@desk.example", str(notice.mail["Reply-To"]))
    desk.now = MONDAY + 2.5 * HOUR
    assert not isinstance(desk.do("DESK-1001", "#resolve It is fast again.", "anastasia"), Refused)
    until(desk, 24)
    with desk.store.look() as connection:
        found = days.of_day(connection, desk.desk, MONDAY.date(), desk.now)
        kept = days.kept_figures(connection, [MONDAY.date()])
    assert kept == [found]
    assert (found.first_response.n, found.first_response.median) == (1, 90)
    assert (found.resolution.n, found.resolution.median) == (1, 150)
    assert (found.backlog, found.unassigned, found.ages) == (1, 1, (1, 0, 0, 0, 0))
    first = next(one for one in found.kept if one.clock == "first_response")
    assert (first.met, first.breached) == (1, 1)


def test_r90_report_daily_and_a_preview(desk: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "now", lambda _: desk.now)
    written(desk, 2)
    desk.settle()
    desk.now = MONDAY + DAY
    desk.settle()
    env = {"REPLYDESK_STORE__URL": desk.config.store.url, "REPLYDESK_DIGESTS__AT": "08:00"}

    def run(*words: str) -> Result:
        return CliRunner(env=env).invoke(main, ["--config", str(desk.config.file), "report", *words])

    found = json.loads(run("daily", "--json").stdout)
    assert (found["day"], found["backlog"], found["unassigned"]) == ("2026-11-23", 2, 2)
    assert found["kept"] == [{"clock": "first_response", "met": 0, "breached": 2}]
    rows = list(csv.DictReader(io.StringIO(run("daily", "--csv", "--day", "2026-11-23").stdout)))
    assert {row["figure"]: row["value"] for row in rows}["backlog"] == "2"
    assert "backlog" in run("daily").stdout
    assert run("daily", "--day", "soon").exit_code == 2
    assert run("daily", "--day", "2026-12-24").exit_code == 2
    text = run("digest", "--as", "dominique").stdout
    assert "Nobody has them, oldest first (2)" in text and "desk+k" not in text
    assert "write to\nthe personal command address of dominique (it stands in the mail itself)\n" in text
    nothing = run("daily", "--day", "2026-11-22").stdout
    assert nothing.startswith("2026-11-22: there was no ticket yet; the first is of ") and nothing.count("\n") == 1
    assert run("daily", "--day", "yesterday").stdout == run("daily", "--day", "2026-11-23").stdout
    assert json.loads(run("daily", "--day", "2026-11-22", "--json").stdout)["backlog"] == 0
    assert run("digest", "--as", "nobody").exit_code == 2
