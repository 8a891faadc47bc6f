"""Letters to write: one for each purpose, with the facts that the stages hand over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.letter import Letter
from parsing.message import Mailbox
from store.records import Purpose

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
    "notice": NOTICE,
    "notice.gathered": {
        **NOTICE,
        "missing": "Invoice number, Expected (unsure)",
        "gist": [
            [
                "Observed",
                "the page stays white and then, after a minute or two, it says that there is nothing to be seen",
            ],
            ["Started at", "yesterday at two in the afternoon", "2026-11-20T13:00:00Z"],
            ["Expected (unsure)", "a list"],
            ["Affected users", "they do not know"],
            ["Password", "given, not shown"],
        ],
        "known": [["Contact", "olga@northwind.example"]],
    },
    "notice.unverified": {
        "what": "new",
        "actor": "Nora Wind",
        "team": "billing",
        "status": "in_progress",
        "requester": "nora@northwind.example",
        "trust": "D",
        "words": "Please change our bank account.",
    },
    "notice.files": {**NOTICE, "words": "", "topic": "Performance / slow", "requester": "Wind, Nora <nora@x.example>"},
    "notice.forward": {
        **NOTICE,
        "words": "",
        "files": [],
        "cautions": ["screen.png is a web page", "the plain text and the HTML disagree"],
        "forwarded": {
            "from_": "Olga <b>Berg</b> <olga@northwind.example>",
            "subject": "The export {{ 7 * 7 }}",
            "text": "It stops at 40 %.\n<script>alert(1)</script>",
        },
    },
    "notice.last": {**NOTICE, "last": True},
    "notice.links": {
        **NOTICE,
        "files": [
            {"filename": "screen.png", "size": 34567, "attached": True},
            {
                "filename": "recording of the shop.mp4",
                "size": 28_000_000,
                "why": "too large for this mail",
                "url": "https://desk.example/file/12-1-1796000000-abcdefghijklmnopqrstuvwxyz",
            },
            {
                "filename": "setup.exe",
                "size": 280_000,
                "why": "a kind of file that can do harm",
                "url": "https://desk.example/file/12-2-1796000000-abcdefghijklmnopqrstuvwxyz",
            },
        ],
        "links_until": "2026-12-07T08:00:00Z",
    },
    "notice.by_hand": {
        **NOTICE,
        "words": "",
        "files": [{"filename": "recording.mp4", "size": 28_000_000, "why": "too large for this mail"}],
        "by_hand": "replydesk mail raw 12",
    },
    "notice.note": {
        **NOTICE,
        "what": "note",
        "actor": "Anastasia Winter",
        "changed": "Anastasia Winter: note",
        "words": "The carrier has not called back.",
        "files": [],
        "public_address": "support+kxyz@desk.example",
    },
    "notice.handed": {
        **NOTICE,
        "what": "handed",
        "actor": "Anastasia Winter",
        "owner": "benedikt",
        "changed": "Anastasia Winter gave it to network and assigned benedikt",
        "words": "",
        "files": [],
        "problem": "Search is very slow.\nSince this morning, for all 25 of us.",
        "known": [["Action taken", "restarted the search service, no change"], ["Timeline", "since Friday noon"]],
    },
    "notice.kin": {
        **NOTICE,
        "what": "new",
        "entries": [],
        "kin": {
            "theirs": [["DESK-1003", "in_progress", "Export stops"], ["DESK-1001", "resolved", "Invoice 17 is wrong"]],
            "house": [["DESK-1002", "new", "Search finds nothing at all since the last update of the shop software"]],
            "house_name": "Northwind",
            "house_count": 4,
            "house_open": 1,
            "solved": [["DESK-0990", "Search is slow", "the index was rebuilt"]],
        },
    },
    "notice.card": {
        **NOTICE,
        "what": "new",
        "clock": "first_response",
        "entries": [],
        "files": [],
        "topic": "Performance / slow",
        "card": [
            ["Kind", "support, Performance / slow (slow in the subject)"],
            ["Urgency", "priority 2 (impact 2 of 5, urgency 2 of 5)"],
            ["Detail", "enough to begin: 12 words"],
            ["Team", "frontline (the team of support@desk.example)"],
        ],
    },
    "notice.work": {
        **NOTICE,
        "status": "scheduled",
        "clock": "resolution",
        "owner": "benedikt",
        "next": "call the carrier, waits for a vendor",
        "scheduled": "2026-11-24T08:00:00Z",
        "aside": "2026-11-23T08:00:00Z",
        "estimate": 240,
        "logged": 75,
        "escalated": "2026-11-20T15:00:00Z",
        "escalated_because": "the line is down again",
    },
    "handoff": {
        **STANDING,
        "owner": "anastasia",
        "organisation": "Northwind, Enterprise, onboarding",
        "edge": "to-network",
        "origin": "frontline",
        "to": "network",
        "trigger": "it is the network, or nobody of frontline can say what it is",
        "because": "pings are slow",
        "asks": "look at the router of the shop",
        "by": "Anastasia Winter",
        "until": "2026-11-23T09:30:00Z",
        "next_in_line": "dominique",
        "missing": "Expected (unsure)",
        "returns": "what was observed does not point to the network",
        "problem": "The shop answers after 20 seconds.\n\nSince <Friday> & always.",
        "words": "I begin with the cables.",
        "fields": [["Symptom", "pages need 20 s"], ["First seen", "Friday 14:00"]],
        "appendix": [["affected_users", "about 25"], ["topic", "Performance"]],
        "entries": [
            {
                "at": "2026-11-23T08:30:00Z",
                "actor": "Anastasia Winter",
                "way": "to",
                "to": "Nora Wind",
                "text": "Please clear the cache.",
            },
            {"at": "2026-11-23T08:40:00Z", "actor": "Anastasia Winter", "way": "note", "text": "Her router again?"},
            {"at": "2026-11-23T08:50:00Z", "actor": "Nora Wind", "text": "It is as slow\nas before."},
        ],
        "escalated": "2026-11-23T09:00:00Z",
        "escalated_because": "pings are slow",
        "commands_address": "desk+kdef@desk.example",
    },
    "handoff.moved": {
        **STANDING,
        "team": "billing",
        "edge": "to-billing",
        "origin": "frontline",
        "to": "billing",
        "trigger": "the invoice itself is wrong",
        "asks": "correct it",
        "owner": "",
        "status": "accepted",
        "moves": True,
        "inside": True,
    },
    "handoff.outside": {
        "edge": "to-vendor",
        "origin": "network",
        "to": "jira@vendor.example",
        "trigger": "the router's maker has to mend it",
        "asks": "mend the router",
        "problem": "The shop answers after 20 seconds.",
        "fields": [["Symptom", "pings of 900 ms"]],
        "appendix": [["affected_users", "25"]],
        "entries": [{"at": "2026-11-23T08:30:00Z", "actor": "the desk", "text": "Please clear the cache."}],
        "outside": True,
        "detail": '{\n "reference": "DESK-1001",\n "fields": {\n  "Symptom": "pings of 900 ms"\n }\n}',
    },
    "reminder": {
        **STANDING,
        "text": "call Nora about the certificate, she is in from ten",
        "set_at": "2026-11-20T13:00:00Z",
    },
    "reminder.gathered": {
        **STANDING,
        "text": "",
        "missing": "Steps to reproduce",
        "gist": [["Observed", "the page stays white"]],
        "known": [["Contact", "olga@northwind.example"]],
    },
    "reminder.bare": {"set_at": "", "text": "", "status": "resolved", "requester": "nora@northwind.example"},
    "digest": DIGEST,
    "digest.lead": DIGEST_OF_A_LEAD,
    "digest.manager": DIGEST_OF_A_MANAGER,
    "digest.scheduler": {
        **DIGEST,
        "sections": [{"kind": "scheduling", "total": 1, "rows": [{**LISTED, "note": "benedikt"}]}],
    },
    "digest.nothing": {**DIGEST, "sections": []},
    "warning": {**STANDING, "percent": 75, "left": 60},
    "warning.triage": {
        **STANDING,
        "clock": "triage",
        "percent": 100,
        "left": -15,
        "because": "unassigned",
        "owner": "",
        "missing": "topic",
        "cure": "#topic Performance/slow",
    },
    "warning.given_back": {**STANDING, "percent": 100, "left": -5, "because": "after-reassignment", "owner": ""},
    "warning.breach": {
        **STANDING,
        "clock": "resolution",
        "percent": 100,
        "left": -95,
        "because": "unassigned",
        "owner": "",
        "organisation": "Northwind, Enterprise, onboarding",
        "topic": "Performance / slow",
        "inside": True,
    },
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
    "notice.merged": {
        **NOTICE,
        "words": "",
        "files": [],
        "status": "closed",
        "due": "",
        "changed": "Anastasia Winter: merged into DESK-1002",
        "part_of": {"ref": "DESK-1002", "to": "Bob Miller <bob@northwind.example> and to those copied"},
    },
    "notice.merged.inside": {**NOTICE, "words": "", "files": [], "part_of": {"ref": "DESK-1002", "to": ""}},
    "notice.overdue": NOTICE
    | {
        "what": "overdue",
        "words": "",
        "files": [],
        "changed": "",
        "status": "in_progress",
        "now": "2026-11-25T12:00:00Z",
    },
    "transcript": {
        "done": [
            {"line": "#priority 1 because launch", "before": "P3", "after": "P1"},
            {"line": "#assign benedikt", "before": "", "after": "benedikt"},
        ],
        "sent": [{"to": "nora@northwind.example", "what": "your answer"}],
    },
    "transcript.merged": {
        "done": [{"line": "#merge", "before": "new", "after": "merged into DESK-1002"}],
        "sent": [{"to": "Charlotte Herbst", "what": "that DESK-1001 became part of DESK-1002"}],
        "part_of": {"ref": "DESK-1002", "to": "Bob Miller <bob@northwind.example>"},
    },
    "transcript.held": {
        "done": [{"line": "#resolve", "before": "in_progress", "after": "resolved"}],
        "sent": [
            {
                "to": "Nora Wind (held, not sent: no more than 10 automatic mails in a day to one address)",
                "what": "word that it is resolved",
            }
        ],
    },
    "transcript.help": {
        "done": [],
        "sent": [],
        "help": [
            "Where it stands",
            "#accept — somebody looks into it",
            "Whose it is",
            "#assign PERSON — accountable",
            "#find WORDS — tickets by words, status: type: prio<= team: assignee: topic: tag: before: after:",
        ],
    },
    "transcript.dry": {
        "dry": True,
        "done": [{"line": "#resolve", "before": "in progress", "after": "resolved"}],
        "sent": [{"to": "Nora Wind", "what": "word that it is resolved"}],
        "reports": [
            {
                "title": "To Nora Wind <nora@northwind.example>",
                "heads": [],
                "rows": [],
                "lines": ["Subject: [DESK-1001] Search is very slow"],
            },
            {"title": "Your words, as they would leave", "heads": [], "rows": [], "lines": ["It is fast again.", ""]},
        ],
    },
    "transcript.find": {
        "reports": [
            {
                "title": "57 tickets fit status:open slow; the newest 2",
                "heads": ["Ticket", "P", "Type", "Status", "Team", "Owner", "Subject"],
                "rows": [
                    [
                        "DESK-1042",
                        "1",
                        "support",
                        "awaiting review",
                        "frontline",
                        "anastasia",
                        "Search is very slow since the update of Sunday night, and nobody of us can work with it",
                    ],
                    ["DESK-9", "3", "question", "new", "billing", "-", "Which <plan> & price?"],
                ],
                "lines": ["Of what your team owns or helps with, and what is yours."],
            }
        ],
    },
    "transcript.show": {
        "reports": [
            {
                "title": "DESK-1042 · Search is very slow",
                "heads": [],
                "rows": [
                    [
                        "Requester",
                        "Nora Wind <nora@northwind.example>, Northwind, Enterprise, onboarding, renewal 2027-03-31",
                    ],
                    ["Agent", "anastasia (frontline, with network)"],
                    ["Priority", "2 (High): 25 users wait"],
                ],
                "lines": [
                    "Last events:",
                    "Mon 23 Nov, 09:00 · nora@northwind.example · opened",
                    "Mon 23 Nov, 09:10 · anastasia · assigned to benedikt: the one who knows the index is away",
                ],
            }
        ],
    },
    "transcript.away": {
        "done": [
            {
                "line": "#away",
                "before": "there",
                "after": "away until further notice; back with the team: DESK-1001, DESK-1002",
            }
        ],
        "sent": [{"to": "Dominique Duval", "what": "the list of what you gave back"}],
    },
    "held": {
        "reason": 'There is no person called "bendikt".',
        "nearest": "#assign benedikt",
        "own_words": "#assign bendikt\n\nHello Nora,\nwe look into it.",
        "allowed": ["#assign PERSON", "#team TEAM"],
    },
    "held.verbs": {
        "reason": "the first line is no verb, and the mail belongs to no ticket",
        "own_words": "Nora called.",
        "allowed": ["Look", "#mine — what is yours, by what is due first", "This mail", "#help — this list"],
    },
    "held.nearest": {
        "reason": "#clsoe: there is no verb clsoe",
        "nearest": "#close",
        "own_words": "#clsoe",
        "more": True,
    },
    "held.last": {"reason": 'There is no person called "bendikt".', "nearest": "#assign benedikt", "last": True},
    "held.claimed": {
        "reason": "A mail in your name came to support@desk.example: nothing proves it.",
        "nearest": "Was it yours: send it again from your mail program, or ask your operators why your mail server did "
        "not vouch for it.",
        "claimed": True,
    },
    "held.news": {
        "news": "Somebody else wrote to your reply address of DESK-1042. Nothing was done and nothing was sent.",
        "reason": "It came to your secret reply address of DESK-1042, from another sender.",
        "nearest": "An operator ends it:\nreplydesk agent keys benedikt --ticket DESK-1042 --revoke",
    },
    "confirmation.aligned": {
        "asked": ["a new escalation: Northwind is about to leave"],
        "trust": "B",
        "words": "Somebody should call them.",
        "came": "2026-11-20T13:00:00Z",
        "lapses": "2026-11-23T13:00:00Z",
    },
    "confirmation.for_somebody": {
        "trust": "B",
        "asked": ["#for nora@northwind.example"],
        "for_somebody": True,
        "came": "2026-11-21T09:00:00Z",
        "lapses": "2026-11-24T09:00:00Z",
    },
    "confirmation": {
        "asked": ["#resolve the certificate is new", "an answer to Nora Wind"],
        "words": "The certificate is new.\n\nPlease try again.",
        "files": ["steps.pdf"],
        "came": "2026-11-20T13:00:00Z",
        "lapses": "2026-11-23T13:00:00Z",
    },
    "undelivered": {
        "what": "Your answer",
        "to": "nora@northwind.example",
        "reason": "the mailbox is full",
        "said": "5.2.2 the mailbox of nora@northwind.example is over its quota of 2 GB; "
        "try again when it has been cleared",
        "advice": [
            "Call, or wait until there is room and have it sent again.",
            "An operator can send the same mail again: replydesk queue retry 4711",
        ],
        "words": "Hello Nora,\n\nthe index was rebuilt until noon.",
    },
    "undelivered.late": {
        "what": "The acknowledgement",
        "to": "nora@northwind.example",
        "reason": "their server could not be reached or put us off, 120 times in five days",
        "last": "the connection to smtp.example:25 was lost: no answer in time",
        "advice": ["Call, or write to another address of theirs."],
    },
    "undelivered.machine": {
        "what": "The acknowledgement",
        "to": "nora@nothwind.example",
        "reason": "the domain of the address does not exist or takes no mail",
        "said": "550 5.1.2 no such domain",
        "advice": ["Ask for the right address, by telephone for example."],
    },
    "alarm": {
        "title": "A message could not be read",
        "detail": "Three readers died on it. The raw message is kept.",
        "journal_id": 4711,
        "what_to_do": "Look at it: replydesk mail raw 4711\nTry again: replydesk mail replay 4711",
    },
}


_OUTSIDE = frozenset(
    {Purpose.ACKNOWLEDGEMENT, Purpose.ANSWER, Purpose.CONSENT, Purpose.PROMISE, Purpose.RESOLVED, Purpose.RETYPED}
) | {Purpose.STATUS, Purpose.QUESTION, Purpose.UNANSWERED}
"""Mails to customers; all others are for the staff."""


def write_letter(case: str = "acknowledgement", **changes: Any) -> Letter:
    """The letter of a case, with any of its values replaced."""
    purpose = Purpose(case.partition(".")[0])
    values: dict[str, Any] = {
        "purpose": purpose,
        "language": "en",
        "to": Mailbox(name="Nora Wind", address="nora@northwind.example"),
        "from_": Mailbox(name="Example Support", address="support@desk.example"),
        "reply_to": "support+kabcdefghijklmnopqrstuvwxyz@desk.example",
        "message_id": "<8f2e1c3a.1042@desk.example>",
        "date": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        "subject": "[DESK-1042] Search is very slow",
        "in_reply_to": "<q@northwind.example>",
        "references": ("<p@northwind.example>", "<q@northwind.example>"),
        "automatic": purpose is not Purpose.ANSWER,
        "outside": purpose in _OUTSIDE or case.endswith(".outside"),
        "reference": "DESK-1042",
        "zone": "Europe/Berlin",
        "facts": CASES[case],
    }
    return Letter(**values | changes)


@pytest.fixture(scope="session")
def letter() -> Callable[..., Letter]:
    return write_letter


@pytest.fixture(params=sorted(CASES), scope="session")
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)
