"""Letters to customers, by their cases: the facts that the stages hand over."""

from __future__ import annotations

from typing import Any

from tests.unit.compose.facts import (
    EVERYBODY,
    OBSERVED,
    PLAN,
    SECRET,
    STEPS,
)

CASES: dict[str, dict[str, Any]] = {
    "acknowledgement": {
        "understood": [
            ["kind", "support"],
            ["topic", "Performance"],
            ["subtopic", "slow"],
            ["affected_users", "about 25"],
            ["started_at", "2026-11-20T13:00:00Z"],
        ],
        "answer_by": "2026-11-23T10:00:00Z",
        "previous": "",
    },
    "acknowledgement.asking": {
        "understood": [["kind", "support"], ["topic", "Performance"], ["subtopic", "slow"]],
        "found": [["Affected users", "about 25"], ["Started at", "2026-11-20T13:00:00Z"]],
        "questions": [STEPS],
        "answer_by": "2026-11-23T10:00:00Z",
    },
    "acknowledgement.asking.much": {
        "understood": [["kind", "support"], ["topic", "Billing"]],
        "found": [
            ["Invoice number", "INV-2026-00042"],
            ["Started at", "2026-11-20", "perhaps"],
            ["Password", "", "given"],
            ["Affected users", "25"],
        ],
        "questions": [OBSERVED, STEPS, EVERYBODY, PLAN],
        "answer_by": "",
        "previous": "DESK-1001",
    },
    "probe": {"desk": "Example Support", "asked_at": "2026-11-21T09:00:00Z"},
    "acknowledgement.bare": {"understood": [], "answer_by": "", "previous": "DESK-1001"},
    "answer": {
        "greeting_name": "Nora",
        "words": "the index was rebuilt until noon.\n\nOnce more:\n  open the shop\n  look for <boots> & more",
        "closing": "Anastasia",
        "history": [
            {"at": "2026-12-01T13:00:00Z", "who": "you", "text": "Search is very slow.\n\nSince this morning."},
            {"at": "2026-11-20T14:00:00Z", "who": "desk", "text": "Which browser?"},
        ],
    },
    "answer.resolving": {
        "words": "It is fast again.",
        "outcome": "the index was rebuilt.",
        "reopen_days": 14,
        "asks": True,
    },
    "answer.copied": {"words": "It is fast again.", "outcome": "the index was rebuilt.", "reopen_days": 14},
    "answer.introduced": {"words": "It is fast again.", "copied_by": "Nora Wind"},
    "answer.asking": {"words": "I look at it now.", "closing": "Anastasia", "questions": [STEPS]},
    "answer.asking.history": {
        "words": "It is fast again for me.",
        "questions": [OBSERVED, EVERYBODY],
        "history": [{"at": "2026-11-20T13:00:00Z", "who": "you", "text": "Search is very slow."}],
    },
    "question": {"variant": "first", "questions": [STEPS]},
    "question.again": {
        "variant": "again",
        "questions": [OBSERVED, EVERYBODY],
        "found": [
            ["Started at", "2026-11-20T13:00:00Z"],
            ["Expected", "a list within two seconds, as it was until the update of last week", "perhaps"],
        ],
    },
    "question.reminder": {"variant": "reminder", "questions": [STEPS, SECRET], "close": 10},
    "question.agent": {"variant": "agent", "questions": [PLAN]},
    "unanswered": {"open": ["Steps to reproduce", "Expected"], "reopen_days": 14},
    "unanswered.day": {"open": [], "reopen_days": 1},
    "unanswered.late": {"open": ["Expected"], "reopen_days": 0},
    "answer.plain": {"greeting_name": "", "words": "It is fast again.", "closing": "", "history": []},
    "resolved": {
        "outcome": "The search index was rebuilt; a search takes less than a second.",
        "reopen_days": 14,
        "asks": True,
    },
    "resolved.day": {"outcome": "", "reopen_days": 1, "asks": True},
    "resolved.copied": {"outcome": "The search index was rebuilt.", "reopen_days": 14, "others": ["Nora Wind"]},
    "status": {
        "status": "in_progress",
        "answer_by": "2026-11-23T10:00:00Z",
        "last": {"at": "2026-11-20T14:00:00Z", "who": "desk", "text": "Which browser?\n\nAnd since when?"},
    },
    "status.misfiled": {"status": "new", "misfiled": "alone"},
    "status.misfiled.said": {"status": "new", "misfiled": "said"},
    "status.open": {"status": "in_progress", "answer_by": "2026-11-23T10:00:00Z", "closes": True},
    "status.waiting": {
        "status": "scheduled",
        "yours": True,
        "planned": "2026-11-24T08:00:00Z",
        "answer_by": "2026-11-20T10:00:00Z",
        "last": {"at": "2026-11-20T14:00:00Z", "who": "you", "text": "Search is very slow."},
        "zone": "America/New_York",
    },
    "status.resolved": {
        "status": "resolved",
        "outcome": "The search index was rebuilt.",
        "reopen_days": 14,
        "last": {"at": "2026-11-20T14:00:00Z", "who": "you", "text": "It is slow again."},
    },
    "status.bare": {"status": "waiting"},
    "status.withdrawn": {"status": "closed", "withdrawn": True, "reopen_days": 14},
    "status.withdrawn.soon": {"status": "closed", "withdrawn": True, "reopen_days": 1},
    "consent": {"came": "2026-11-23T07:00:00Z", "lapses": "2026-11-26T07:00:00Z"},
    "status.pending": {"status": "in_progress", "pending": True},
    "status.again": {"status": "in_progress", "again": True, "answer_by": "2026-11-23T10:00:00Z"},
    "promise": {"promise": "2026-11-27T16:00:00Z", "words": "We wait for a part\nof the machine.", "others": ["Olga"]},
    "promise.bare": {"promise": "2026-11-27T16:00:00Z", "zone": "Europe/Lisbon"},
    "answer.promising": {"words": "It is larger than we thought.", "promise": "2026-11-27T16:00:00Z"},
    "retyped": {"previous": "DESK-1001", "kind": "question", "answer_by": "2026-11-23T10:00:00Z"},
    "retyped.bare": {"previous": "DESK-1001", "kind": "", "answer_by": ""},
}
