"""Verbs that change nothing: note, which keeps a mail inside, and help.

In: a `Request` or an `Asking`. Out: a `Planned` or a `Done`.
"""

from __future__ import annotations

from gateway.rules.verbs.request import Anywhere, Asking, Done, Planned, Refused, Request, Verb


def _note(request: Request) -> Planned | Refused:
    return Planned(ticket=request.ticket, line="#note", after="kept inside", internal=True)


def _help(asking: Asking) -> Done | Refused:  # noqa: ARG001 - the signature of all verbs
    return Done(line="#help", help=True)


VERBS: tuple[Verb | Anywhere, ...] = (
    Verb(name="note", usage="#note [WORDS]", meaning="the whole mail stays inside", plan=_note),
    Anywhere(name="help", usage="#help", meaning="this list", plan=_help),
)
