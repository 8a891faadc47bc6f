"""Calendars of the staff: a file that changes changes what is promised, a bad one changes nothing and is named."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.cli.init import write_desk
from gateway.config.loading import load
from store import feeds
from store.opening import open_store
from store.tables import busy

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)


def calendar(*starts: datetime, summary: str = "dentist") -> str:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}@x\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
        f"DURATION:PT1H\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n"
        for number, start in enumerate(starts)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n"


class House:
    def __init__(self, folder: Path) -> None:
        self.config = write_desk(folder, demo=True)
        text = self.config.read_text("utf-8")
        named = "capabilities = { network-engineering = 4 }\n"
        self.config.write_text(text.replace(named, named + 'calendar = "benedikt.ics"\n'), "utf-8")
        self.file = folder / "benedikt.ics"

    def run(self, *words: str) -> str:
        command = [sys.executable, "-m", "gateway.cli", "--config", str(self.config), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        self.log = done.stderr
        return done.stdout

    def sweep(self) -> str:
        return self.run("sweep")

    def times(self) -> list[datetime]:
        store = open_store(load(self.config, {}).store.url)
        try:
            with store.look() as connection:
                self.standing = feeds.standing(connection)
                return [row.start for row in connection.execute(select(busy).order_by(busy.c.start))]
        finally:
            store.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_calendar_is_read_again_when_it_changes_and_only_its_times_are_kept(house: House) -> None:
    house.file.write_text(calendar(TOMORROW, TOMORROW + timedelta(hours=4)))
    house.sweep()
    assert house.times() == [TOMORROW, TOMORROW + timedelta(hours=4)]
    assert [(one.name, one.problem) for one in house.standing] == [("benedikt", "")]
    assert house.standing[0].read_at is not None
    house.file.write_text(calendar(TOMORROW))
    house.sweep()
    assert house.times() == [TOMORROW]
    data = b"".join(file.read_bytes() for file in (house.config.parent / "data").glob("replydesk.db*"))
    assert b"dentist" not in data


def test_a_calendar_that_cannot_be_read_leaves_what_was_known_and_is_named(house: House) -> None:
    house.sweep()
    assert house.times() == []
    assert house.standing[0].read_at is None
    assert house.standing[0].problem == "it cannot be read: No such file or directory"
    house.file.write_text(calendar(TOMORROW))
    house.sweep()
    house.file.write_text("no calendar at all")
    house.sweep()
    assert house.times() == [TOMORROW]
    assert "no iCalendar file" in house.standing[0].problem or "BEGIN:VCALENDAR" in house.standing[0].problem
    found = [one for one in json.loads(house.run("doctor", "--json")) if "calendar of benedikt" in one["what"]]
    assert len(found) == 1
    assert "benedikt.ics" in json.dumps(found[0])


def test_a_calendar_that_wants_all_memory_and_time_ends_alone(house: House) -> None:
    rule = "RRULE:FREQ=YEARLY;BYSECOND=" + ",".join(map(str, range(60))) + ";BYMINUTE=" + ",".join(map(str, range(60)))
    rule += ";BYHOUR=" + ",".join(map(str, range(24))) + ";BYDAY=MO,TU,WE,TH,FR,SA,SU"
    event = f"BEGIN:VEVENT\r\nUID:1@x\r\nDTSTART:19700101T000000Z\r\nDURATION:PT1S\r\n{rule}\r\nEND:VEVENT\r\n"
    house.file.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n")
    house.sweep()
    assert house.times() == []
    assert house.standing[0].problem
