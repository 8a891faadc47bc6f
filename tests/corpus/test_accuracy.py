"""How well foreign mail is read does not get worse: every score that has a bar stays at what it has reached.

Needs `$REPLYDESK_CORPUS`. The figures are those of both halves together; `make accuracy` prints them with intervals.
"""

import importlib
import os
from pathlib import Path

import pytest

CORPUS = os.environ.get("REPLYDESK_CORPUS", "")
pytestmark = pytest.mark.skipif(
    not CORPUS, reason="set REPLYDESK_CORPUS to the folder of the test mail that no one here wrote"
)
SHORT = {
    "files: the list of attachments": 0.94,
    "calendars: every field as in the file": 0.99,
    "calendars: method": 0.998,
    "calendars: uid": 0.998,
    "calendars: start": 0.99,
    "calendars: end": 0.99,
}
"""Scores that are below their bar, and what they have reached."""


@pytest.mark.parametrize("section", ["replies", "forwards", "robots", "bounces", "files", "headers", "calendars"])
def test_no_score_falls(section):
    module = importlib.import_module(f"tests.bench.accuracy.{section}")
    fallen = []
    for score in module.scores(Path(CORPUS)):
        right, total = score.total()
        floor = next((low for title, low in SHORT.items() if score.title.startswith(title)), score.bar)
        rate = right / total
        if score.bar and (rate > score.bar if score.at_most else rate < floor):
            fallen.append(f"{score.title}: {right} of {total}")
    assert fallen == []
