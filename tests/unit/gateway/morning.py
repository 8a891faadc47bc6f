"""A desk that sends its digests at eight, its tickets, and the mornings on which they are read.

`desk` is a fixture: a module that imports it has it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

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
