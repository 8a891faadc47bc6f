"""Words of a sensitive fact do not stay: after their time they are taken out of all that has them still.

In: the words, as a mail said them; later the timer that came due. Out: timers, and a `Forget`. What a
ticket keeps of the mail never had them (`confidence`), but for what only looks like other words; the notices of it
have. Until then the words stand in the detail of their timer, and in no event and no fact of their own. The raw mail is
the journal's, and is kept as long as any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256

from gateway.rules.desk import Desk
from gateway.rules.intake.secrets import Secret
from gateway.rules.participants import Known
from gateway.rules.timers import FORGET, NOTHING_LEFT, Due, Told
from store.records import AddEvent, Forget, SetTimer, TicketRef

FORGOTTEN = "forgotten"
_SHORT = 12
"""Letters of the hash of a field and its words in the name of a timer, which has 32 in all."""


def timers(ticket: TicketRef, secrets: Iterable[Secret], desk: Desk, now: datetime) -> list[SetTimer]:
    """One for each value that came: another value later has a timer of its own."""
    found = []
    for one in secrets:
        wanted = desk.inquiry.fields.get(one.field)
        if wanted is None or not wanted.sensitive or not wanted.expires or not one.words.strip():
            continue
        short = sha256(f"{one.field}\0{one.words}".encode()).hexdigest()[:_SHORT]
        kind = f"{FORGET}:{short}:{int(now.timestamp()):x}"
        detail = {"field": one.field, "words": one.words, "source": one.source, "message": one.message}
        found.append(SetTimer(ticket=ticket, kind=kind, due_at=now + wanted.expires, detail=detail))
    return found


def on_forget(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:  # noqa: ARG001
    """Its time has come: the words go, also out of a ticket that is closed by now."""
    words, name = due.detail.get("words", ""), due.detail.get("field", "")
    if not words:
        return NOTHING_LEFT
    event = AddEvent(ticket=due.ticket.ref, kind=FORGOTTEN, actor="system", detail={"field": name})
    gone = Forget(
        ticket=due.ticket.ref, words=words, source=due.detail.get("source", ""), message=due.detail.get("message", "")
    )
    return Told(f"{name.replace('_', ' ')} was kept long enough", (gone, event))
