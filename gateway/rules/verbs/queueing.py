"""`#take` of no ticket: whoever says it to the address for commands gets what is next (`ops` R65).

In: an `Asking`. Out: the question that the store is asked, or what is said where nothing waits. Where something does,
`thread` has found it, and `#take` is said of that ticket: it is never taken here.
"""

from __future__ import annotations

from gateway.rules import serving
from gateway.rules.verbs.request import Asking, Done, Refused
from store.records import Question


def asks_next(asked: Asking) -> Question | None:
    """What is next for somebody, where the mail is about no ticket."""
    if not asked.mail:
        return None
    queue = serving.queue_of(asked.actor, asked.desk)
    return Question(kind=serving.NEXT, who=asked.actor.name, number=asked.mail, queue=queue, at=asked.now)


def of_no_ticket(asked: Asking) -> Done | Refused:
    """Said of no ticket: where one is next, `thread` has found it, and it is said of that. Beside other words the queue
    was never asked: whether something waits is not known."""
    if not serving.looked(asked.actor, asked.known) or serving.next_for(asked.actor, asked.known) is not None:
        where = f", to {asked.desk.commands_mailbox}" if asked.desk.commands_mailbox else ""
        return Refused(reason=serving.ONLY, nearest=f"#take alone{where}", of_verbs=False)
    why = serving.nothing(asked.actor, asked.desk, serving.passed_by(asked.actor, asked.known))
    return Done(line="#take", after=why)
