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
        {"at": "2026-11-20T13:00:02Z", "actor": "the desk", "text": "We have your message."},
    ],
    "note_address": "support+kabc@desk.example",
    "related": ["DESK-1001"],
    "commands_address": "desk+kdef@desk.example",
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
    "answer.resolving": {"words": "It is fast again.", "outcome": "the index was rebuilt.", "reopen_days": 14},
    "answer.plain": {"greeting_name": "", "words": "It is fast again.", "closing": "", "history": []},
    "resolved": {"outcome": "The search index was rebuilt; a search takes less than a second.", "reopen_days": 14},
    "resolved.day": {"outcome": "", "reopen_days": 1},
    "notice": NOTICE,
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
                "what": "that it is resolved",
            }
        ],
    },
    "transcript.help": {"done": [], "sent": [], "help": ["#accept", "#assign PERSON"]},
    "held": {
        "reason": 'There is no person called "bendikt".',
        "nearest": "#assign benedikt",
        "own_words": "#assign bendikt\n\nHello Nora,\nwe look into it.",
        "allowed": ["#assign PERSON", "#team TEAM"],
    },
    "held.last": {"reason": 'There is no person called "bendikt".', "nearest": "#assign benedikt", "last": True},
    "held.claimed": {
        "reason": "A mail in your name came to support@desk.example: nothing proves it.",
        "nearest": "Was it yours: answer a mail of the desk, or have your mail server checked.",
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
