"""The mails that a decision may send, as effects: to whom, from which mailbox, with which facts.

In: a ticket and what happened. Out: `SendMail` values for commit. No words of a template stand here, and no address of
a member of staff ever goes into a mail to a customer.
"""

from gateway.rules.mails import questions
from gateway.rules.mails.customers import (
    ELSEWHERE,
    HISTORY,
    acknowledgement,
    answer,
    known_to,
    known_to_all,
    language,
    last_public,
    promise,
    resolved,
    retyped,
    status,
)
from gateway.rules.mails.notices import notices, reminder, warnings
from gateway.rules.mails.operators import alarms, breaker, denied, quarantined, untold
from gateway.rules.mails.staff import (
    GAVE_BACK,
    YOUR_ANSWER,
    commands_in_other_hands,
    held,
    in_other_hands,
    run,
    shut_out,
    told,
    transcript,
    unconfirmed,
    undelivered,
    unproven,
)

__all__ = [
    "ELSEWHERE",
    "GAVE_BACK",
    "HISTORY",
    "YOUR_ANSWER",
    "acknowledgement",
    "alarms",
    "answer",
    "breaker",
    "commands_in_other_hands",
    "denied",
    "held",
    "in_other_hands",
    "known_to",
    "known_to_all",
    "language",
    "last_public",
    "notices",
    "promise",
    "quarantined",
    "questions",
    "reminder",
    "resolved",
    "retyped",
    "run",
    "shut_out",
    "status",
    "told",
    "transcript",
    "unconfirmed",
    "undelivered",
    "unproven",
    "untold",
    "warnings",
]
