"""Facts that several letters share: what a notice, a ticket that stands, a digest and a question hand over."""

from __future__ import annotations

from typing import Any

NOTICE = {
    "what": "reply",
    "actor": "Nora Wind",
    "team": "frontline",
    "priority": 2,
    "status": "new",
    "due": "2026-11-23T10:00:00Z",
    "now": "2026-11-23T07:00:00Z",
    "changed": 'Nora Wind answered "Steps to reproduce" 2 min ago',
    "organisation": "Northwind, Enterprise, onboarding",
    "earlier": {"count": 3, "open": 1},
    "requester": "Nora Wind <nora@northwind.example>",
    "trust": "B",
    "words": "Open the shop, search for boots.\n\nThen wait for 20 seconds.",
    "files": [{"filename": "screen.png", "size": 34567}, {"filename": "log.txt", "size": 1234567}],
    "entries": [
        {"at": "2026-11-20T13:00:00Z", "actor": "Nora Wind", "text": "Search is very slow.\nSince this morning."},
        {
            "at": "2026-11-20T13:00:02Z",
            "actor": "the desk",
            "way": "to",
            "to": "Nora Wind",
            "text": "We have your message.",
        },
        {"at": "2026-11-20T13:16:00Z", "actor": "Anastasia Winter", "way": "note", "text": "Her router again?"},
    ],
    "note_address": "support+kabc@desk.example",
    "related": ["DESK-1001"],
    "commands_address": "desk+kdef@desk.example",
}

STANDING = {
    "team": "frontline",
    "priority": 2,
    "status": "in_progress",
    "owner": "benedikt",
    "clock": "next_response",
    "due": "2026-11-23T10:00:00Z",
    "now": "2026-11-23T09:00:00Z",
    "next": "ask for the log",
    "requester": "Nora Wind <nora@northwind.example>",
    "note_address": "support+kabc@desk.example",
    "commands_address": "desk+kdef@desk.example",
    "changed": "Nora Wind wrote",
    "changed_at": "2026-11-23T08:40:00Z",
    "entries": NOTICE["entries"],
}

LISTED = {
    "ref": "DESK-1042", "priority": 2, "clock": "first_response", "due": "2026-11-23T10:00:00Z", "since": "",
    "note": "", "subject": "Search is <b>very</b> slow since the update of last Thursday, for everybody in the shop",
}  # fmt: skip
LATER = {**LISTED, "ref": "DESK-1040", "priority": 3, "clock": "", "due": "", "subject": "Invoice 4711"}
DIGEST: dict[str, Any] = {
    "name": "Anastasia",
    "day": "2026-11-23T07:00:00Z",
    "now": "2026-11-23T07:00:00Z",
    "zone": "Europe/Berlin",
    "commands_address": "desk+kdef@desk.example",
    "sections": [
        {"kind": "mine", "total": 17, "rows": [LISTED, LATER]},
        {"kind": "handed", "total": 1, "rows": [{**LATER, "note": "handed over by benedikt, waits for your #ack"}]},
        {"kind": "changed", "total": 1, "rows": [{**LATER, "note": "in progress · benedikt"}]},
        {"kind": "queue", "team": "frontline", "total": 1, "rows": [{**LATER, "ref": "DESK-1050"}]},
    ],
}
_TIMES = {"n": 12, "median": 80.0, "p90": 190.5}
MEASURED: dict[str, Any] = {
    "day": "2026-11-20T12:00:00Z",
    "first_response": _TIMES,
    "first_response_wall": {"n": 12, "median": 95.0, "p90": 1300.0},
    "resolution": {"n": 8, "median": 2890.0, "p90": 9000.0},
    "resolution_net": {"n": 8, "median": 700.0, "p90": 1500.0},
    "backlog": 31,
    "ages": [9, 8, 7, 6, 1],
    "unassigned": 9,
    "unassigned_age": {"n": 9, "median": 300.0, "p90": 1500.0},
    "kept": [{"clock": "first_response", "met": 11, "breached": 1}, {"clock": "resolution", "met": 8, "breached": 0}],
    "usual": {
        "first_response": 95.0, "resolution": 2890.0, "resolution_net": 650.0, "backlog": 22.0, "unassigned": 2.0,
        "kept": 0.98,
    },
    "says": ["parked", "easy"],
}  # fmt: skip
DIGEST_OF_A_LEAD: dict[str, Any] = {
    **DIGEST,
    "name": "Dominique",
    "sections": [
        {"kind": "unassigned", "total": 9, "rows": [{**LISTED, "since": "2026-11-20T13:00:00Z"}]},
        {
            "kind": "unheard", "total": 1,
            "rows": [{**LATER, "note": "asked in vain: benedikt, dominique · anastasia"}],
        },
        {"kind": "at_risk", "total": 1, "rows": [{**LISTED, "note": "benedikt"}]},
        {
            "kind": "lapses",
            "total": 1,
            "rows": [{**LISTED, "priority": 0, "note": "after-reassignment", "over": True}],
        },
        {"kind": "waiting", "total": 1, "rows": [{**LATER, "note": "waits for vendor · benedikt"}]},
        {"kind": "blocked", "total": 1, "rows": [{**LATER, "note": "blocked: scheduling · billing, nobody"}]},
        {
            "kind": "halted",
            "total": 1,
            "rows": [{**LATER, "priority": 0, "note": "resolved to nora@x.example", "subject": "held: 10 a day"}],
        },
        {
            "kind": "overbooked",
            "total": 1,
            "rows": [
                {
                    **LATER, "ref": "benedikt", "priority": 0, "note": "41 h promised of 37.5 h",
                    "subject": "week of 2026-11-23",
                }
            ],
        },
    ],
    "figures": MEASURED,
}  # fmt: skip
DIGEST_OF_A_MANAGER: dict[str, Any] = {
    **DIGEST,
    "name": "Mirabelle",
    "sections": [],
    "sizes": [{"kind": "unassigned", "count": 9}, {"kind": "at_risk", "count": 1}, {"kind": "overdue", "count": 3}],
    "figures": {**MEASURED, "says": []},
}

_PLAIN: dict[str, Any] = {"question": "", "example": "", "reason": "", "choices": [], "kind": "text"}
STEPS = {
    **_PLAIN,
    "label": "Steps to reproduce",
    "question": "What do you do until it happens, step by step?",
    "example": "open the shop, search for boots",
    "reason": "Then we can see it ourselves.",
    "kind": "steps",
}
OBSERVED = {
    **_PLAIN,
    "label": "Observed",
    "question": "What exactly happens?",
    "example": "the page <b>stays</b> white",
}
EVERYBODY = {
    **_PLAIN,
    "label": "Everybody",
    "question": "Does it happen to everybody?",
    "kind": "yesno",
    "choices": [["a", "yes"], ["b", "no"]],
    "reason": "Then we know where to look first.",
}
PLAN = {
    **_PLAIN,
    "label": "Plan",
    "kind": "choice",
    "choices": [
        ["a", "Basic"],
        ["b", "Team"],
        ["c", "Enterprise, with everything that was ever thought of, and a lot more"],
    ],
}
SECRET = {
    **_PLAIN,
    "label": "Customer password",
    "question": "The word that you gave us by telephone",
    "example": "blue heron",
    "sensitive": True,
    "days": 30,
}
