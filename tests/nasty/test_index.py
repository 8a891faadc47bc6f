"""Every nasty input and every threat has a test that is named after its number, or stands here with the reason.

The numbers are those of two lists. *Inputs* are `test_intake_NN_…`: who may be believed (1-20), loops and automatic
mail (21-35), threading (36-45), MIME and content (46-62), transport (63-72). *Threats* are `test_threat_NN_…`: identity
(1-6), floods and loops (7-9), keys (10), bombs (11-13), the doors (14-22), injection (23-29), names and files (30-33),
tokens and pages (34-36), privacy (37), charsets (38), servers that we ask (39, 40), files and secrets (41-44). A test
may carry several numbers: `test_intake_50_threat_23_…`. Advisories are `test_cve_…` and `test_ghsa_…`.

Where they are: the files of this folder by the part of the desk that answers for them, `test_doors` for transport,
`test_threats` for what stands alone; floods and forged authors at length in `tests/properties`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
NUMBER = re.compile(r"(intake|threat)_0*([1-9]\d*)(?=_)")

INPUTS, THREATS = range(1, 73), range(1, 45)

LATER = {
    ("intake", 70): "mail that is fetched: no IMAP account can be configured yet",
    ("threat", 34): "links that are used once: no page has one yet",
    ("threat", 36): "pages that change something: the web door only shows how the desk is",
    ("threat", 39): "a malicious IMAP server: no IMAP account can be configured yet",
    ("threat", 41): "malware: no scanner is attached; files are never opened, and a stranger's are told by their bytes",
}
"""Numbers that belong to a part of the desk which is not there, and why nothing of them can happen before it is."""


@cache
def numbered() -> dict[tuple[str, int], list[str]]:
    """The tests of the whole project by the numbers in their names."""
    found: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for name in TEST.findall(file.read_text("utf-8")):
            for kind, number in NUMBER.findall(name):
                found[kind, int(number)].append(f"{file.relative_to(TESTS)}::{name}")
    return found


WANTED = [("intake", number) for number in INPUTS] + [("threat", number) for number in THREATS]


@pytest.mark.parametrize("kind", ["intake", "threat"])
def test_every_number_has_a_test_or_a_reason(kind: str) -> None:
    found = numbered()
    without = [number for what, number in WANTED if what == kind and not found.get((what, number))]
    assert without == [number for what, number in LATER if what == kind]


def test_nothing_is_numbered_that_is_on_no_list() -> None:
    assert set(numbered()) <= set(WANTED)


def test_a_reason_is_only_given_where_there_is_no_test() -> None:
    found = numbered()
    assert [wanted for wanted in LATER if wanted in found] == []


def test_no_two_tests_of_a_file_have_one_name() -> None:
    """The later one would hide the earlier one, and its number would count all the same."""
    for file in sorted(TESTS.glob("nasty/test_*.py")):
        names = TEST.findall(file.read_text("utf-8"))
        assert len(names) == len(set(names)), file.name
