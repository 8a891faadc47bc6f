"""Daily digests: to whom and when, what stands in them, never twice and never for nothing (R19, R90-R94)."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from gateway.cli import figures as cli
from gateway.cli import main
from gateway.jobs import digests as days
from gateway.rules.overview import digests
from gateway.rules.overview.view import NOTHING
from gateway.rules.policy.digests import OFF, Digests
from gateway.rules.verbs import Refused
from gateway.wording import overview as wording
from scheduling.sla import Clock
from store import overview, people, plain, tables
from store.records import Finding, Person, Ticket
from store.tables import chores, outbox, tickets
from tests.desk import StillDesk
from tests.servers import postgresql

MAIL = "From: {who}\nTo: support@desk.example\nSubject: {subject}\nMessage-ID: <{n}@x>\n\n{body}\n"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NUMBERS = itertools.count(1)


@pytest.fixture
def desk(tmp_path: Path, template: Path, store_kind: str) -> Iterator[StillDesk]:
    env = {"REPLYDESK_DIGESTS__AT": "08:00", "REPLYDESK_QUESTIONS__ASK": "false"}  # who waits is said by the tests
    with ExitStack() as stack:
        if store_kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = stack.enter_context(postgresql.emptied())
        yield stack.enter_context(closing(StillDesk(tmp_path / "desk", template, env)))


def written(desk: StillDesk, count: int, subject: str = "The export stops") -> None:
    """So many tickets, each of somebody else."""
    for _ in range(count):
        n = next(NUMBERS)
        who = f"nora{n}@northwind.example"
        desk.mail(MAIL.format(who=who, subject=f"{subject} {n}", n=n, body="It stops at 40 %."), who)


def until(desk: StillDesk, day: int, hour: int = 8, minute: int = 0) -> dict[str, str]:
    """The digests that leave until the desk's clock shows this, by short name."""
    before = len(desk.sent)
    desk.settle()
    desk.now = datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    desk.settle()
    found = [mail for mail in desk.sent[before:] if mail.purpose == "digest"]
    assert len({mail.to for mail in found}) == len(found)
    return {mail.to.partition("@")[0]: mail.text() for mail in found}


def section(text: str, title: str) -> list[str]:
    """The lines of one list."""
    block = next((block for block in text.split("\n\n") if block.startswith(title)), "")
    return block.splitlines()[1:]


def references(lines: list[str]) -> list[str]:
    return [line.split(" ")[0] for line in lines if line.startswith("DESK-")]


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


def test_it_comes_once_a_day_at_the_readers_hour_also_after_a_crash_in_between(desk: StillDesk) -> None:
    written(desk, 1)
    assert until(desk, 24, 7, 59) == {}
    assert {"anastasia", "dominique", "mirabelle"} <= until(desk, 24, 8, 0).keys()
    assert until(desk, 24, 8, 30) == {}
    with desk.store.turn() as connection:  # the chore is taken again from its beginning
        connection.execute(update(chores).where(chores.c.name == "digests").values(due_at=desk.now, after=0))
    assert until(desk, 24, 9, 0) == {}
    assert until(desk, 25, 8, 0).keys() >= {"anastasia", "dominique"}


def test_it_comes_late_after_a_sleep_on_the_same_day_only_and_never_on_a_day_off(desk: StillDesk) -> None:
    written(desk, 1)
    assert "anastasia" in until(desk, 24, 15, 30)  # a desk that slept since yesterday
    assert "anastasia" in until(desk, 27, 23, 59)
    assert until(desk, 28, 12) == {}  # Saturday
    assert until(desk, 29, 12) == {}
    assert "anastasia" in until(desk, 30, 8)


def test_whoever_is_away_disabled_or_mute_gets_none(desk: StillDesk) -> None:
    written(desk, 1)
    desk.settle()
    with desk.store.turn() as connection:
        for name, values in (
            ("anastasia", {"away_until": desk.now + 3 * DAY}),
            ("dominique", {"disabled": True}),
            ("mirabelle", {"notices": "mute"}),
        ):
            people.ensure_known(connection, f"{name}@desk.example", "", desk.now)
            where = tables.people.c.address == f"{name}@desk.example"
            connection.execute(update(tables.people).where(where).values(values))
    assert until(desk, 24) == {}


def test_a_digest_of_nothing_is_not_sent(desk: StillDesk) -> None:
    assert until(desk, 24) == {}
    with desk.store.look() as connection:
        made = people.standing(connection, ["anastasia@desk.example"])["anastasia@desk.example"].digested_at
    assert made is not None  # and is not looked for again today


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


def test_each_has_their_own_hour_zone_and_days(tmp_path: Path, template: Path) -> None:
    with closing(StillDesk(tmp_path / "desk", template, {"REPLYDESK_DIGESTS__AT": "shift"})) as still:
        desk, day = still.desk, date(2026, 11, 24)
        charlotte, anastasia = desk.agent_named("charlotte"), desk.agent_named("anastasia")
        assert charlotte is not None and anastasia is not None
        assert digests.moment(charlotte, desk, day) == datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # 12:00 in Berlin
        assert digests.moment(anastasia, desk, day) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
        assert digests.moment(anastasia, desk, date(2026, 11, 28)) is None
        own = replace(desk.digests, own={"charlotte": time(6, 30), "anastasia": OFF})
        other = replace(desk, digests=own)
        assert digests.moment(charlotte, other, day) == datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
        assert digests.moment(anastasia, other, day) is None
        assert digests.following(datetime(2026, 11, 23, 22, 0, tzinfo=UTC), other) == datetime(
            2026, 11, 24, 5, 30, tzinfo=UTC
        )
        silent = replace(desk, digests=Digests(usual=OFF))
        assert digests.following(still.now, silent) == still.now + DAY
        holiday = replace(desk, holidays=frozenset({day}))
        assert digests.moment(charlotte, holiday, day) is None
        skills = replace(desk.routing.of("charlotte"), zone="Asia/Tokyo")
        far = replace(desk, routing=replace(desk.routing, skills={**desk.routing.skills, "charlotte": skills}))
        assert digests.moment(charlotte, far, day) == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
        known = {
            charlotte.address: Person(address=charlotte.address, digested_at=datetime(2026, 11, 23, 16, tzinfo=UTC))
        }
        # it is the 24th in Tokyo already when the last one was made by our calendar of the 23rd
        assert charlotte not in digests.due(far, known, datetime(2026, 11, 24, 4, 0, tzinfo=UTC))


def test_digest_by_mail_comes_at_any_time_even_when_it_has_nothing_to_say(desk: StillDesk) -> None:
    before = len(desk.sent)
    outcome = desk.mail(
        "From: anastasia@desk.example\nTo: desk@desk.example\nSubject: x\nMessage-ID: <ask@x>\n"
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n\n#digest\n",
        "anastasia@desk.example",
        "desk@desk.example",
    )
    desk.now += timedelta(minutes=1)
    desk.settle()
    sent = {mail.purpose: mail for mail in desk.sent[before:]}
    assert sent.keys() == {"transcript", "digest"}, outcome
    assert "nothing waits for you" in sent["digest"].text()
    desk.settle()
    assert sum(mail.purpose == "digest" for mail in desk.sent[before:]) == 1


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
