"""`intake test` and `report intake`: what would be asked before it goes live, what asking came to (`ops` M16, M1c)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from gateway.cli import asked, intake, main, report
from store import inquiry
from store.tables import metadata
from tests.acceptance.test_intake import MORE, NORA, STEPS, TEAM, answer, write
from tests.desk import START, StillDesk
from tests.servers import postgresql

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: The tills are down
Message-ID: <f{0}@northwind.example>
MIME-Version: 1.0

{1}
"""
OTHER = """
[[require]]
type = "support"
drop = ["steps_to_reproduce"]
"""
Run = Callable[..., Result]


@pytest.fixture
def desk(tmp_path: Path, template: Path, store_kind: str) -> Iterator[StillDesk]:
    """The demo desk; of a support ticket it wants to know the steps and the stores."""
    with ExitStack() as stack:
        shutil.copytree(template, tmp_path / "desk")
        file = tmp_path / "desk" / "replydesk.toml"
        file.write_text(file.read_text("utf-8") + MORE, "utf-8")
        (tmp_path / "desk" / "other.toml").write_text(file.read_text("utf-8") + OTHER, "utf-8")
        env = {"REPLYDESK_STORE__URL": stack.enter_context(postgresql.emptied())} if store_kind == "postgresql" else {}
        yield stack.enter_context(closing(StillDesk(tmp_path / "desk", env=env)))


@pytest.fixture
def run(desk: StillDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on that desk, by its clock."""
    for module in (intake, report):
        monkeypatch.setattr(module, "now", lambda _config: desk.now)

    def call(*words: str | Path, status: int = 0) -> Result:
        env = {
            "REPLYDESK_CONFIG": str(tmp_path / "desk" / "replydesk.toml"),
            "REPLYDESK_STORE__URL": desk.config.store.url,
        }
        result = CliRunner().invoke(main, [str(word) for word in words], env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, (words, result.exit_code, result.output)
        return result

    return call


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def dump(desk: StillDesk) -> list[Any]:
    """Everything that the store holds."""
    with desk.store.look() as connection:
        return [[tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables]


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.eml"
    path.write_text(MAIL.format(name, text).replace("\n", "\r\n"), "utf-8")
    return path


def test_files_are_told_what_they_would_be_asked(run: Run, desk: StillDesk, tmp_path: Path) -> None:
    one = file(tmp_path, "one", "Since this morning the tills show error 17.")
    two = file(tmp_path, "two", f"The tills show error 17.\n\nSteps to reproduce: {STEPS}\nStores: Hull and York")
    before = dump(desk)
    found = told(run("intake", "test", one, two, "--json"))
    assert [row["asked"] for row in found["mails"]["now"]] == [["steps_to_reproduce", "stores"], []]
    fact = found["mails"]["now"][1]["fields"]["stores"]
    assert (fact["state"], fact["value"], fact["how"]) == ("present", "Hull and York", "label")
    assert "Hull and York" in fact["source"]
    sums = found["summary"]["now"]
    assert (sums["mails"], sums["tickets"], sums["complete"], sums["asked"], sums["questions"]) == (2, 2, 1, 1, 2)
    assert {row["field"]: row["asked"] for row in sums["fields"]} == {"steps_to_reproduce": 1, "stores": 1}
    text = run("intake", "test", one, two).stdout
    assert "asked: steps to reproduce, stores" in text
    assert "stores: present Hull and York" in text
    assert "1 say all at once, 1 are asked" in text
    assert text.endswith("Nothing was written.\n")
    assert dump(desk) == before


def test_another_configuration_is_held_against_this_one(run: Run, tmp_path: Path) -> None:
    one = file(tmp_path, "one", "Since this morning the tills show error 17.")
    found = told(run("intake", "test", one, "--with", tmp_path / "desk" / "other.toml", "--json"))
    assert found["differences"] == [
        {"mail": str(one), "now": ["steps_to_reproduce", "stores"], "then": ["stores"], "more": [],
         "less": ["steps_to_reproduce"]}
    ]  # fmt: skip
    text = run("intake", "test", one, "--with", tmp_path / "desk" / "other.toml").stdout
    assert f"{one}: asked steps to reproduce, stores, then stores" in text


def test_the_journal_says_again_what_was_asked(run: Run, desk: StillDesk) -> None:
    """Only mails that opened a ticket, within the time; each as it was when it came in."""
    write(desk, "Since this morning the tills show error 17.")
    answer(desk, f"Stores: Hull and York\nSteps to reproduce: {STEPS}")
    desk.now += timedelta(hours=30)
    write(desk, "Our tills show error 18.\n\nStores: all of them", subject="Other tills")
    before = dump(desk)
    found = told(run("intake", "test", "--journal", "2w", "--json"))
    rows = found["mails"]["now"]
    assert [row["mail"] for row in rows] == ["mail 1", "mail 3"]
    for row, number in zip(rows, (1001, 1002), strict=True):
        with desk.store.look() as connection:
            [course] = [one for one in inquiry.courses(connection, START) if one.ticket == number]
        assert row["asked"] == course.stands[0]["asked"], row
    assert len(told(run("intake", "test", "--journal", "12h", "--json"))["mails"]["now"]) == 1
    assert found["left_out"] == 0
    assert dump(desk) == before


def test_only_so_many_mails_are_looked_at(run: Run, desk: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST", 1)
    for number in range(2):
        write(desk, f"The tills show error {number}.", subject=f"Tills {number}")
    found = run("intake", "test", "--journal", "1d").stdout
    assert "1 older mail left out" in found
    assert "mail 2, from" in found
    assert "mail 1, from" not in found


def test_what_cannot_be_meant_is_said(run: Run, tmp_path: Path) -> None:
    one = file(tmp_path, "one", "The tills show error 17.")
    for words, said in (
        (("intake", "test"), "name files with one raw mail each, or --journal 30d"),
        (("intake", "test", one, "--journal", "30d"), "not both"),
        (("intake", "test", "--journal", "soon"), "'soon' is no age; write 12h, 30d or 2w"),
        (("intake", "test", "--journal", "0d"), "'0d' is no age"),
        (("intake", "test", "--journal", "99999w"), "'99999w' is no age"),
        (("intake", "test", "--journal", "30d", "--to", "a@desk.example"), "it is for files"),
        (("intake", "test", one, "--to", "nobody"), "'nobody' is not an address"),
        (("intake", "test", tmp_path / "none.eml"), "No such file or directory"),
        (("intake", "test", one, "--with", tmp_path / "none.toml"), "there is no configuration at"),
    ):
        result = run(*words, status=2)
        assert said in result.stderr, (words, result.stderr)
        assert "Traceback" not in result.output


def courses(desk: StillDesk) -> list[inquiry.Course]:
    with desk.store.look() as connection:
        return inquiry.courses(connection, START - timedelta(days=1))


def _answered(desk: StillDesk, number: int) -> None:
    """One of us answers, at the address of the notice of that ticket."""
    [notice, *_] = [sent for sent in desk.sent if sent.to == TEAM and f"[DESK-{number}]" in sent.mail["Subject"]]
    to = str(notice.mail["Reply-To"].addresses[0].addr_spec)
    write(desk, "We look at it.", TEAM, to, subject=f"Re: [DESK-{number}] Tills")


def _month(desk: StillDesk) -> None:
    """Five tickets: complete at once, by an answer, by one of us, not yet, and one that needs nothing."""
    write(desk, f"Error 17.\n\nSteps to reproduce: {STEPS}\nStores: Hull", "a@northwind.example", subject="Tills A")
    write(desk, "Error 17.", subject="Tills B")
    desk.now += timedelta(hours=1)
    answer(desk, f"Steps to reproduce: {STEPS}\nStores: I don't know")
    desk.now += timedelta(hours=2)
    _answered(desk, 1002)
    write(desk, "Error 17.\n\nStores: Hull", "c@northwind.example", subject="Tills C")
    desk.do("DESK-1003", "#waive steps to reproduce", "anastasia")
    write(desk, "Error 17.", "d@northwind.example", subject="Tills D")
    write(desk, "How do I change my password?", "e@northwind.example", subject="A question")


def test_m16_how_complete_what_comes_in_is(desk: StillDesk, run: Run) -> None:
    _month(desk)
    found = told(run("report", "intake", "--json"))
    assert (found["tickets"], found["complete"]) == (4, 3)
    assert found["complete_at_once"] == {"count": 1, "share": 0.25}
    assert found["complete_without_a_person"] == {"count": 2, "share": 0.5}
    assert found["rounds"] == {"n": 3, "mean": 1.0, "p90": 1.0}
    assert found["minutes_to_complete"]["n"] == 2
    assert found["minutes_to_complete"]["p90"] == 61.0
    assert {row.pop("field"): row for row in found["fields"]} == {
        "steps_to_reproduce": {"asked": 3, "answered": 1, "unknown": 0, "by_us": 0, "waived": 1, "open": 1},
        "stores": {"asked": 2, "answered": 0, "unknown": 1, "by_us": 0, "waived": 0, "open": 1},
    }
    text = run("report", "intake").stdout
    assert "4 need something: 1 said it at once (25%), 2 were complete without a person (50%)" in text
    assert run("report", "intake", "--csv").stdout.startswith("field,asked,answered,unknown,by_us,waived,open\n")


def test_m1c_the_first_answer_is_counted_from_when_all_was_there(desk: StillDesk, run: Run) -> None:
    """In working time; who answers before all is there answers something else."""
    _month(desk)
    found = told(run("report", "intake", "--json"))
    assert found["first_response_after_complete"] == {"n": 1, "median": 121.0, "p90": 121.0}
    _answered(desk, 1004)
    assert told(run("report", "intake", "--json"))["first_response_after_complete"]["n"] == 1


def test_m16_of_nothing_is_nothing(desk: StillDesk, run: Run) -> None:
    write(desk, "How do I change my password?", subject="A question")
    found = told(run("report", "intake", "--json"))
    assert (found["tickets"], found["complete_at_once"], found["rounds"]["mean"]) == (
        0,
        {"count": 0, "share": None},
        None,
    )
    assert run("report", "intake").stdout == "no ticket of this time needs anything\n"


def test_m16_a_question_by_one_of_us_does_not_undo_that_all_was_there(desk: StillDesk) -> None:
    """It was complete with its first mail, whatever is asked later."""
    write(desk, f"Error 17.\n\nSteps to reproduce: {STEPS}\nStores: Hull", subject="Tills")
    desk.do("DESK-1001", "#ask affected users", "anastasia")
    [one] = courses(desk)
    assert asked.is_complete_at_once(one)
    assert asked.completed_at(one) == one.created_at
    assert not asked.needed_a_person(one)
    assert [row["field"] for row in asked.by_field([one])] == ["affected_users"]
    assert NORA in {sent.to for sent in desk.sent}
