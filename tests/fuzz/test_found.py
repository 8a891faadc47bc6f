"""What fuzzing found stays mended, and a short search that is the same every time finds nothing new.

`REPLYDESK_LONG=1` searches a hundred times as long, from other seeds each day.
"""

import os
import time

import pytest

from tests.fuzz.__main__ import FOUND, _smallest
from tests.fuzz.mutation import inputs
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, Target, check

LONG = bool(os.environ.get("REPLYDESK_LONG"))
COUNTS = {"read": 400, "split": 700, "calendar": 1_500, "headers": 1_500, "markup": 1_500, "mime": 4_000}
PATIENCE = 6.0  # of slow and busy machines; atheris is told less
CASES = sorted(path for path in FOUND.iterdir() if not path.name.startswith("."))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_what_was_found_is_mended(case):
    check(TARGETS[case.name.partition("-")[0]], case.read_bytes(), PATIENCE)


@pytest.mark.timeout(3_600 if LONG else 120)
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_search_finds_nothing(name):
    target = TARGETS[name]
    start = int(time.time()) // 86_400 * 1_000_000 if LONG else 0
    for data in inputs(seeds(target.kinds), COUNTS[name] * (100 if LONG else 1), start):
        check(target, data, PATIENCE)


def test_every_target_has_seeds():
    assert all(len(seeds(target.kinds)) >= 1 for target in TARGETS.values())


def test_a_failure_is_made_small():
    def breaks(data):
        assert b"<x" not in data

    target = Target(name="breaks", run=breaks, kinds=())
    assert _smallest(target, b"secret " * 300 + b"<x secret" + b"b" * 1_000) == b"<x"
    with pytest.raises(AssertionError):
        check(target, b"<x")


def test_the_clock_is_part_of_the_check():
    target = Target(name="slow", run=lambda data: sum(range(30_000_000)), kinds=())
    with pytest.raises(AssertionError, match="processor"):
        check(target, b"x")
