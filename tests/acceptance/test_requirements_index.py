"""Every requirement of the desk's rules has a test that is named after its row, or stands here with the reason.

The rows are those of the requirements of operations (`ops`): `test_r21_…` is row R21, `test_x4_…` decision X4. A test
may carry several: `test_r51_x1_…`. Rows of other parts of the desk may have tests as well.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent.parent
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
NUMBER = re.compile(r"_([rx])(\d+)(?=_)")

ROWS = (*range(1, 42), 43, *range(45, 49), *range(50, 60), 61, 62, 64, 65, *range(70, 82))
CALLS = (92, 100, 101, *range(104, 108), 109, 110)
DECISIONS = range(1, 9)
WANTED = [("x", number) for number in DECISIONS] + [("r", number) for number in (*ROWS, *CALLS)]

ELSEWHERE = {
    ("x", 4): "more than 1,000 dollars, 40 hours or three departments make a project (R60): nothing becomes one yet",
    ("x", 5): "tiers of projects (R60): there are no projects yet",
}
"""Rows that belong to a part of the desk which is not there, and why nothing of them can be tested before it is."""


@cache
def numbered() -> dict[tuple[str, int], list[str]]:
    """The tests of the whole project by the rows in their names."""
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for name in TEST.findall(file.read_text("utf-8")):
            for kind, number in NUMBER.findall(name):
                found[kind, int(number)].append(f"{file.relative_to(TESTS)}::{name}")
    return found


def test_every_row_has_a_test_or_a_reason() -> None:
    found = numbered()
    assert [row for row in WANTED if row not in found] == list(ELSEWHERE)


def test_a_reason_is_only_given_where_there_is_no_test() -> None:
    assert [row for row in ELSEWHERE if row in numbered()] == []


def test_no_two_tests_of_a_file_have_one_name() -> None:
    """The later one would hide the earlier one, and its row would count all the same."""
    files = {name.partition("::")[0] for names in numbered().values() for name in names}
    for file in sorted(files):
        names = TEST.findall((TESTS / file).read_text("utf-8"))
        assert len(names) == len(set(names)), file
