"""2,054 messages that no one here wrote: all are read, in time, and no robot among them is answered.

Needs `$REPLYDESK_CORPUS`; nothing of the corpus is kept here.
"""

import json
import os
import time
from pathlib import Path

import pytest

from parsing.message import Kind
from parsing.reading import read

CORPUS = os.environ.get("REPLYDESK_CORPUS", "")
pytestmark = pytest.mark.skipif(
    not CORPUS, reason="set REPLYDESK_CORPUS to the folder of the test mail that no one here wrote"
)
ROBOTS = {"bounce", "auto_reply", "ooo", "list"}


def rows():
    with (Path(CORPUS) / "robust" / "manifest.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def called_a_robot(row) -> bool:
    """Whether the source calls it one; flufl.bounce keeps one ordinary mail to prove that it finds no failing
    address in it."""
    expected = row.get("expected") or {}
    return row["class"] in ROBOTS and expected.get("flufl_bounce", {}).get("addresses", ["any"]) != []


@pytest.fixture(scope="module")
def read_rows():
    found = []
    for row in rows():
        raw = (Path(CORPUS) / "robust" / row["file"]).read_bytes()
        start = time.process_time()
        mail = read(raw)
        found.append((row, mail, time.process_time() - start))
    return found


def answered(mail) -> bool:
    return mail.kind is Kind.HUMAN and not mail.suppress_auto_reply and not mail.auto_generated


def test_all_are_read(read_rows):
    assert len(read_rows) == 2054
    assert [
        row["file"] for row, mail, _ in read_rows if any("the mail cannot be read" in defect for defect in mail.defects)
    ] == []


def test_each_in_time(read_rows):
    assert [(row["file"], seconds) for row, _, seconds in read_rows if seconds > 2.0] == []


def test_no_robot_is_answered(read_rows):
    assert [row["file"] for row, mail, _ in read_rows if called_a_robot(row) and answered(mail)] == []


def test_persons_are_answered(read_rows, capsys):
    normal = [mail for row, mail, _ in read_rows if row["class"] == "normal"]
    human = sum(mail.kind is Kind.HUMAN for mail in normal)
    with capsys.disabled():
        print(f"\nnormal: {len(normal)}, human {human}, answered {sum(answered(mail) for mail in normal)}")
    assert human >= len(normal) * 0.95
