"""The verb that tells a customer when they hear more: eta.

In: a `Request`. Out: a `Planned` or a `Refused`. Who is told, and what happens when the time has come, says
`rules/speech/promised.py`.
"""

from __future__ import annotations

from gateway.rules.notices.notice import stamp
from gateway.rules.speech.promised import PROMISED
from gateway.rules.times import Unclear, begin_when, spoken
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from gateway.rules.workflow import spoken as said

MAX_TEXT = 500
NOTHING = ("-", "none", "off")
_EXAMPLE = "#eta fri 17:00"


def _eta(request: Request) -> Planned | Refused:
    ticket, desk = request.ticket, request.desk
    before = spoken(ticket.promised_at, desk) if ticket.promised_at else "nothing promised"
    was = stamp(ticket.promised_at) if ticket.promised_at else ""
    if request.args.lower() in NOTHING:
        if ticket.promised_at is None:
            return Refused(reason="nothing is promised", nearest=_EXAMPLE)
        return Planned(
            ticket=request.changed(promised_at=None),
            line="#eta",
            before=before,
            after="nothing promised; the customer is told nothing",
            event="promise-withdrawn",
            detail={"from": was},
        )
    if ticket.is_done:
        return Refused(reason=f"the ticket is {said(ticket.status)}: nothing is to come", nearest="#reopen")
    found = begin_when(request.args, desk, request.now)
    if isinstance(found, Unclear):
        return Refused(reason=found.reason, nearest=found.nearest or _EXAMPLE)
    at, words = found
    if len(words) > MAX_TEXT:
        return Refused(reason=f"at most {MAX_TEXT} letters go behind the time", nearest="the rest below the verbs")
    if at == ticket.promised_at:
        return Refused(reason=f"{before} is promised already", of_verbs=False)
    return Planned(
        ticket=request.changed(promised_at=at),
        line="#eta",
        before=before,
        after=f"the customer hears more by {spoken(at, desk)}",
        event=PROMISED,
        detail={"from": was, "to": stamp(at), "words": words},
    )


VERBS = (
    Verb(
        name="eta",
        usage="#eta fri 17:00 [WORDS]",
        meaning="tells the customer when they hear more; - takes it back",
        plan=_eta,
    ),
)
