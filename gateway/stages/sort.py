"""Sort: what is a new ticket about, what type is it, and how urgent?

In: a `Threaded`. Out: a `Sorted`. A known ticket keeps its sorting. It never guesses a topic between two equals: what
cannot be told stays without a topic, for a person to sort.
"""

from __future__ import annotations

from gateway.rules.case import Sorted, Threaded
from store.records import Step, Trust

NORMAL = 3
"""Priority until somebody says otherwise (1 critical … 5 lowest)."""


def sort(threaded: Threaded) -> Sorted:
    """Give a new ticket its type, topic and priority, each with the reason."""
    if threaded.ticket is not None:
        known = threaded.ticket
        return Sorted(
            threaded=threaded,
            type=known.type,
            topic=known.topic,
            subtopic=known.subtopic,
            topic_reason=known.topic_reason,
            priority=known.priority,
            priority_reason=known.priority_reason,
            trace=threaded.trace,
        )
    topic, subtopic, why = _topic(threaded)
    kind = _type(threaded)
    named = " / ".join(part for part in (topic, subtopic) if part) or "no topic"
    return Sorted(
        threaded=threaded,
        type=kind,
        topic=topic,
        subtopic=subtopic,
        topic_reason=why,
        priority=NORMAL,
        priority_reason="nobody has said how urgent it is",
        trace=(*threaded.trace, Step(stage="sort", what=f"{kind}, {named}", why=why)),
    )


def _topic(threaded: Threaded) -> tuple[str, str, str]:
    """The topic that most words speak for; none when two topics are level."""
    matches = threaded.guarded.incoming.mail.topics
    if not matches:
        return "", "", "no word of any topic"
    best = matches[0]
    rivals = [m for m in matches[1:] if len(m.words) == len(best.words) and m.topic != best.topic]
    if rivals:
        names = ", ".join(sorted({best.topic, *(m.topic for m in rivals)}))
        return "", "", f"words of several topics: {names}"
    level = [m for m in matches if m.topic == best.topic and len(m.words) == len(best.words)]
    subtopic = best.subtopic if len(level) == 1 else ""
    return best.topic, subtopic, "words: " + ", ".join(best.words)


def _type(threaded: Threaded) -> str:
    """Escalations are for proven staff at the staff-only address; from anybody else that is an ordinary ticket."""
    guarded = threaded.guarded
    if guarded.mailbox.kind == "staff" and guarded.agent is not None and guarded.trust is not Trust.D:
        return "escalation"
    return "support"
