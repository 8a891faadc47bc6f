"""Calls as commands show them, and what scheduling costs (M10): exact figures of days that were written down."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from gateway.cli import main, scheduling
from gateway.cli import report as reports
from gateway.rules.calls.progress import SCHEDULING
from gateway.rules.overview.scheduling import BEGINS, KINDS, Step, wait
from store import calls
from store.records import CallState, SaveCall
from store.tables import events, tickets
from tests.desk import START, StillDesk
from tests.unit.store.called import booked, offered

MAIL = "From: Nora <nora@northwind.example>\nTo: support@desk.example\nSubject: Help {n}\nMessage-ID: <{n}@x>\n\nNo.\n"
HOUR = timedelta(hours=1)
TUESDAY = START + timedelta(hours=26)
Run = Callable[..., Result]


@pytest.fixture
def run(still: StillDesk, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands on a desk with five tickets, on Tuesday at eleven in Berlin."""
    monkeypatch.setattr(reports, "now", lambda _: TUESDAY)
    for n in range(5):
        still.mail(MAIL.format(n=n), "nora@northwind.example")
    return lambda *words: CliRunner().invoke(main, ["--config", str(Path(still.config.file)), *words])


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def called(still: StillDesk, run: Run) -> Run:
    """DESK-1001 has a booked call that somebody was invited to, and one that was given up; DESK-1002 an offered one."""
    first = replace(
        booked(offered(requested_at=START, purpose="the export"), START + 20 * HOUR), assigned="benedikt",
        state=CallState.ASSIGNED, room="a7", passed=("anastasia",), acked_at=START, moves=1,
    )  # fmt: skip
    over = offered(
        2, state=CallState.CANCELLED, capability="general", requested_at=START + HOUR, ended_at=START, room="b"
    )
    other = offered(1, 1002, requested_at=START - HOUR)
    saves = [(SaveCall(call=call), int(call.ticket), None) for call in (first, over, other)]
    with still.store.turn() as connection:
        calls.save(connection, saves, START)
    told(still, 1001, (START, "call-requested", {"capability": "network-engineering"}), (START, "call-booked", {}))
    told(still, 1001, (START, "call-cancelled", {"call": "1001-2"}))
    return run


def told(still: StillDesk, ticket: int, *happened: tuple[datetime, str, dict[str, Any]], call: int = 1) -> None:
    """Events as the rules tell them."""
    rows = [
        {"ticket_id": ticket, "ordinal": 0, "at": at, "actor": "dominique", "kind": kind,
         "detail": {"call": f"{ticket}-{call}", **detail}}
        for at, kind, detail in happened
    ]  # fmt: skip
    with still.store.turn() as connection:
        connection.execute(events.insert(), rows)


CONTRACT = [
    "id", "ticket", "capability", "minutes", "state", "requested_at", "start", "end", "uid", "sequence", "partstat",
    "assigned", "grant", "join_url",
]  # fmt: skip


def test_call_show_has_the_keys_of_the_contract_and_no_secret(called: Run) -> None:
    found = as_json(called("call", "show", "1001-1", "--json"))
    assert list(found)[: len(CONTRACT)] == CONTRACT
    assert {name: found[name] for name in CONTRACT} == {
        "id": "1001-1", "ticket": "DESK-1001", "capability": "network-engineering", "minutes": 30, "state": "assigned",
        "requested_at": "2026-11-23T08:00:00.000Z", "start": "2026-11-24T04:00:00.000Z",
        "end": "2026-11-24T04:30:00.000Z", "uid": "1001-1@desk.example", "sequence": 0, "partstat": "NEEDS-ACTION",
        "assigned": "benedikt", "join_url": found["join_url"],
        "grant": {
            "state": "redeemed", "expires_at": "2026-07-18T09:00:00.000Z", "issued_at": "2026-07-13T09:00:00.000Z",
            "issued_by": "benedikt", "ended_at": "2026-07-13T09:00:00.000Z", "redeemed_by": "mail:1",
        },
    }  # fmt: skip
    assert found["join_url"].endswith("/w/a7")
    assert [slot["number"] for slot in found["offered"]] == [1, 2]
    words = json.dumps(found)
    assert "witness" not in words
    assert "0000-0001" not in words, "the hash of the token"


def test_the_list_and_the_ticket_show_the_same_oldest_first(called: Run) -> None:
    listed = as_json(called("call", "list", "--json"))
    assert [one["id"] for one in listed] == ["1002-1", "1001-1", "1001-2"]
    assert listed[1] == as_json(called("call", "show", "DESK-1001-1", "--json"))
    assert as_json(called("ticket", "show", "DESK-1001", "--json"))["calls"] == listed[1:]
    (first,) = [one for one in as_json(called("ticket", "list", "--json")) if one["ref"] == "DESK-1002"]
    assert first["calls"] == listed[:1]
    assert as_json(called("call", "list", "--limit", "2", "--json")) == listed[1:]
    assert as_json(called("call", "list", "--ticket", "1002", "--json")) == listed[:1]
    assert as_json(called("call", "list", "--state", "cancelled", "--json")) == listed[2:]
    assert as_json(called("call", "list", "--state", "live", "--json")) == []
    assert (listed[2]["join_url"], listed[2]["state"]) == (None, "cancelled"), "nobody joins what is over"


def test_people_read_a_call_in_lines(called: Run) -> None:
    lines = called("call", "show", "1001-1").stdout.splitlines()
    assert lines[0].startswith("1001-1 · DESK-1001 · network-engineering (30 min): assigned, ")
    assert lines[0].endswith(", benedikt")
    assert lines[1:3] == ["With: nora@northwind.example", lines[2]]
    assert lines[2].endswith(" by benedikt: the export")
    assert lines[3].startswith("Grant: redeemed, until ")
    assert "Passed on by: anastasia" in lines
    assert lines[-2].endswith(" call-requested dominique: capability network-engineering")
    assert lines[-1].endswith(" call-booked dominique")
    assert not [line for line in lines if "call-cancelled" in line], "that was the other call"
    shown = called("ticket", "show", "DESK-1001").stdout
    assert "\nCall 1001-1: network-engineering (30 min): assigned, " in shown
    assert "\nCall 1001-2: general (30 min): cancelled" in shown
    heads, *rows = called("call", "list").stdout.splitlines()
    assert heads.split()[:3] == ["call", "ticket", "state"]
    assert [row.split()[0] for row in rows] == ["1002-1", "1001-1", "1001-2"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("show", "1001-9"), 1, "there is no call 1001-9"),
        (("show", "1001"), 2, "is no call; write 1042-1"),
        (("show", "1001-"), 2, "is no call"),
        (("show", "1001-²"), 2, "is no call"),
        (("show", "1001-99999999999999999999"), 2, "is no call"),
        (("show", "x-1"), 2, "is no ticket"),
        (("list", "--ticket", "x"), 2, "is no ticket"),
        (("list", "--state", "happy"), 2, "'happy' is not one of"),
    ],
)
def test_what_is_no_call_is_said_in_a_sentence(called: Run, words: tuple[str, ...], status: int, says: str) -> None:
    result = called("call", *words)
    assert result.exit_code == status
    assert says in result.output


# M10


def at(hours: float) -> datetime:
    """So long after Monday, nine o'clock in Berlin."""
    return START + timedelta(hours=hours)


@pytest.fixture
def measured(still: StillDesk, run: Run) -> Run:
    """The golden days. Berlin works from 8:00 to 11:30 and from 12:00 to 16:00 UTC."""
    told(
        still, 1001,
        (at(0), "call-requested", {}), (at(0.5), "call-offered", {"round": 1}), (at(2), "call-none-suits", {}),
        (at(2.25), "call-offered", {"because": "others"}), (at(3), "call-offered", {"because": "taken"}),
        (at(5), "call-booked", {}), (at(5.5), "call-invited", {}), (at(6), "call-moved", {}),
        (at(25), "call-started", {}), (at(25.5), "call-completed", {}),
    )  # fmt: skip
    told(still, 1002, (at(1), "call-approval-asked", {}), (at(4.5), "call-refused", {}))
    told(still, 1003, (at(2), "call-requested", {}), (at(2.5), "call-offered", {}), (at(7.5), "call-lapsed", {}))
    told(still, 1003, (at(7), "call-offered", {}), call=2)
    told(still, 1004, (at(1), "call-requested", {}))  # spam
    told(still, 1005, (at(-24 * 40), "call-requested", {}), (at(1), "call-offered", {}))  # asked for too long ago
    with still.store.turn() as connection:
        spam = {"closed_as": "spam", "status": "closed", "status_category": "done", "blocked_on": SCHEDULING}
        connection.execute(update(tickets).where(tickets.c.id == 1004).values(**spam))
        blocked = tickets.c.id.in_((1003, 1005))
        connection.execute(update(tickets).where(blocked).values(blocked_on=SCHEDULING))
    return run


def minutes(wall: float, working: float) -> dict[str, float]:
    return {"wall": wall, "working": working}


NONE = minutes(0, 0)


def test_m10_what_scheduling_costs_a_ticket(measured: Run) -> None:
    rows = {row["ticket"]: row for row in as_json(measured("report", "scheduling", "--json"))["rows"]}
    assert list(rows) == ["DESK-1001", "DESK-1002", "DESK-1003"]
    assert rows["DESK-1001"] == {
        "ticket": "DESK-1001", "since": "2026-11-23T08:00:00.000Z", "state": "started", "calls": 1,
        "minutes": {
            "blocked": minutes(1500, 510), "ours": minutes(1245, 285), "offer": minutes(30, 30),
            "customer": minutes(255, 225), "replan": minutes(15, 15), "lead": minutes(1200, 240),
        },
        "loops": {"none_suits": 1, "taken": 1, "moved": 1},
    }  # fmt: skip
    second, third = rows["DESK-1002"], rows["DESK-1003"]
    assert (second["state"], second["loops"]) == ("refused", {"none_suits": 0, "taken": 0, "moved": 0})
    assert second["minutes"] == {
        "blocked": minutes(210, 180), "ours": minutes(210, 180), "offer": minutes(210, 180), "customer": NONE,
        "replan": NONE, "lead": NONE,
    }  # fmt: skip
    assert (third["state"], third["calls"]) == ("waiting", 2)
    assert third["minutes"] == {
        "blocked": minutes(1440, 450), "ours": minutes(30, 30), "offer": minutes(30, 30),
        "customer": minutes(1410, 420), "replan": NONE, "lead": NONE,
    }, "two calls at once count once"  # fmt: skip


def test_m10_the_sums_and_what_is_blocked_now(measured: Run) -> None:
    found = as_json(measured("report", "scheduling", "--json"))
    assert (found["tickets"], found["calls"], found["still_waiting"]) == (3, 4, 1)
    assert found["minutes"] == {
        "blocked": minutes(3150, 1140), "ours": minutes(1485, 495), "offer": minutes(270, 240),
        "customer": minutes(1665, 645), "replan": minutes(15, 15), "lead": minutes(1200, 240),
    }  # fmt: skip
    assert found["blocked"] == {"n": 3, "median": 1440.0, "p90": 1500.0}
    assert found["loops"] == {"none_suits": 1, "taken": 1, "moved": 1}
    assert found["now"] == {"open": 4, "blocked": 2, "share": 0.5, "tickets": ["DESK-1003", "DESK-1005"]}


def test_m10_the_same_for_people_and_spreadsheets(measured: Run) -> None:
    lines = measured("report", "scheduling").stdout.splitlines()
    assert lines[0].split() == ["ticket", "state", "blocked", "ours", "offer", "customer", "replan", "lead", "loops"]
    assert lines[1].split()[:8] == ["DESK-1001", "started", "510.0", "285.0", "30.0", "225.0", "15.0", "240.0"]
    assert lines[1].endswith("none suits 1, taken 1, moved 1")
    assert lines[-2] == (
        "4 calls of 3 tickets, working time (minutes above): blocked 19 h, of it ours 8 h 15 min: offer 4 h, "
        "customer 10 h 45 min, replan 15 min, lead 4 h; none suits 1, taken 1, moved 1"
    )
    assert lines[-1] == "2 of 4 open tickets (50%) wait for a call now: DESK-1003, DESK-1005"
    rows = list(csv.DictReader(io.StringIO(measured("report", "scheduling", "--csv").stdout)))
    assert [row["blocked"] for row in rows] == ["510.0", "180.0", "450.0"]


def test_m10_nothing_is_said_of_nothing(run: Run) -> None:
    lines = run("report", "scheduling").stdout.splitlines()
    assert lines == ["nobody has asked for a call in this time", "0 of 5 open tickets (0%) wait for a call now"]
    empty = as_json(run("report", "scheduling", "--json"))
    assert (empty["tickets"], empty["blocked"]["median"], empty["rows"]) == (0, None, [])


def test_m10_an_event_that_no_wish_came_before_begins_nothing() -> None:
    steps = [Step(call="1-1", at=at(1), kind=kind) for kind in KINDS if kind not in BEGINS]
    assert wait(1, steps, START, TUESDAY) is None


def test_m10_a_customer_who_looks_for_another_time_has_a_booked_call() -> None:
    kinds = ["call-offered", "call-booked", "call-none-suits", "call-offered", "call-moved", "call-cancelled"]
    steps = [Step(call="1-1", at=at(hour), kind=kind) for hour, kind in enumerate(kinds)]
    found = wait(1, steps, START, TUESDAY)
    assert found is not None
    assert {name: sum((one.length for one in part), timedelta()) / HOUR for name, part in found.parts.items()} == {
        "offer": 0, "customer": 1, "replan": 0, "lead": 4,
    }  # fmt: skip
    assert (found.ended, dict(found.loops)) == ("cancelled", {"none_suits": 1, "taken": 0, "moved": 1})


def test_m10_its_tables_name_events_that_are_told() -> None:
    """A kind that nobody tells would measure nothing, in silence."""
    root = Path(scheduling.__file__).parents[1] / "rules" / "calls"
    words = "".join(file.read_text("utf-8") for file in root.glob("*.py"))
    assert [kind for kind in KINDS if f'"{kind}"' not in words] == []
