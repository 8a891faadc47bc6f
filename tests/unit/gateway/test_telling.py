"""What happened to a ticket, in people's words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.rules.overview.telling import LONGEST, told

RULES = Path(__file__).parents[3] / "gateway"


def _moment(text: str) -> str:
    return "Mon 23 Nov, 10:00" if text.startswith("2026") else ""


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        ("call-booked", {"call": "1001-1", "start": "2026-1"}, "call 1001-1: booked, Mon 23 Nov, 10:00"),
        ("call-moved", {"call": "1001-1", "from": "2026-2", "to": "2026-1"}, "call 1001-1: moved, Mon 23 Nov, 10:00"),
        ("call-passed", {"call": "1001-1", "agent": "benedikt", "because": "ill"},
         "call 1001-1: passed benedikt: ill"),
        ("grant-issued", {"call": "1001-1", "to": "nora@n.example"}, "call 1001-1: grant issued nora@n.example"),
        ("created", {"via": "support@desk.example"}, "opened"),
        ("status-changed", {"from": "new", "to": "in_progress"}, "status: new → in progress"),
        ("assigned", {"from": "", "to": "benedikt"}, "assigned to benedikt"),
        ("assigned", {"from": "benedikt", "to": "", "because": "benedikt is away"},
         "back with the team from benedikt: benedikt is away"),
        ("taken", {"place": 2, "of": 5}, "taken, place 2 of 5 in the queue"),
        ("field-set", {"field": "action_taken", "from": "", "to": "called"}, "action taken: none → called"),
        ("tagged", {"to": ["a", "b"]}, "tags: a, b"),
        ("reminder-set", {"at": "2026-11-23T09:00:00Z", "who": "x"}, "reminder set for Mon 23 Nov, 10:00"),
        ("clock-changed", {"clock": "first_response", "from": "2026-1", "to": None, "because": "answered"},
         "first response moved: Mon 23 Nov, 10:00 → none: answered"),
        ("clock-told", {"clock": "resolution", "percent": 75, "to": ["a"]}, "resolution: 75 % used, told a"),
        ("time-logged", {"minutes": 45, "type": "work"}, "45 min logged (work)"),
        ("promised", {"from": "", "to": "2026-1", "words": "x"}, "promised to say more by Mon 23 Nov, 10:00"),
        ("promised", {"from": "2026-1", "to": "2026-2"},
         "promised to say more by Mon 23 Nov, 10:00, before that by Mon 23 Nov, 10:00"),
        ("promise-withdrawn", {"from": "2026-1"}, "took back the promise to say more by Mon 23 Nov, 10:00"),
        ("copied", {"from": "nobody copied", "to": "paul@x.example"}, "copied from now on: paul@x.example"),
        ("copied", {"from": "paul@x.example", "to": "nobody copied"}, "nobody is copied from now on"),
        ("linked", {"to": "DESK-1002"}, "related to DESK-1002"),
        ("split", {"into": "DESK-1003"}, "a part of it goes on as DESK-1003"),
        ("participant-left", {"address": "paul@x.example"}, "left: paul@x.example"),
        ("something-new", {"x": 1}, "something new"),
        ("noted", {"because": "a\nb  c"}, "wrote a note inside: a b c"),
    ],
)  # fmt: skip
def test_an_event_in_words(kind: str, detail: dict[str, Any], words: str) -> None:
    assert told(kind, detail, _moment) == words


def test_a_long_reason_is_cut() -> None:
    words = told("assigned", {"to": "x", "because": "y" * 10_000}, _moment)
    assert len(words) <= LONGEST
    assert words.endswith("…")


def test_every_event_of_the_rules_is_told_without_its_facts() -> None:
    """Whatever the detail holds or lacks, there is a sentence."""
    written = [file.read_text("utf-8") for file in RULES.rglob("*.py")]
    found = {kind for text in written for kind in re.findall(r'(?:kind|event)="([a-z-]+)"', text)}
    assert len(found) > 20
    for kind in found:
        assert told(kind, {}, _moment)
        assert told(kind, {"from": None, "to": [], "at": 3, "until": {}, "because": None}, _moment)
