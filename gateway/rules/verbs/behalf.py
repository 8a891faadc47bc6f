"""Verbs that begin a ticket for somebody else: for, notify.

In: a `Request` of a ticket that is there already: they say no more than where they belong. What they do with a mail of
no ticket says `rules/behalf.py`.
"""

from __future__ import annotations

from gateway.rules.rights import Action
from gateway.rules.verbs.request import Asking, Done, Planned, Refused, Request, Verb

FOR, NOTIFY = "for", "notify"


def _for(request: Request) -> Planned | Refused:
    where = next((one.canonical for one in request.desk.addresses.values() if one.kind == "support"), "")
    reason = f"this is about {request.desk.reference(request.ticket.ref)}; a new ticket is a mail of its own"
    return Refused(reason=reason, nearest=f"a new mail to {where} that begins with #for ADDRESS", of_verbs=False)


def _notify(_request: Request) -> Planned | Refused:
    reason = "it goes with #for, in the mail that begins the ticket"
    return Refused(reason=reason, nearest="write to them: your words go to the customer", of_verbs=False)


def _alone(_asking: Asking) -> Done | Refused:
    return Refused(reason="say for whom", nearest="#for name@example.org", of_verbs=False)


VERBS = (
    Verb(
        name=FOR,
        usage="#for ADDRESS",
        meaning="in a new mail: begins a ticket of theirs; your words stay inside",
        plan=_for,
        action=Action.ESCALATE,
        alone=_alone,
    ),
    Verb(
        name=NOTIFY,
        usage="#notify",
        meaning="with #for or a forward: the customer gets the acknowledgement",
        plan=_notify,
        action=Action.ESCALATE,
        alone=_alone,
    ),
)
