"""Letters that say what became of what one of us said or sent, by their cases: the facts that the stages hand over."""

from __future__ import annotations

from typing import Any

CASES: dict[str, dict[str, Any]] = {
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
