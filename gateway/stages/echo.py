"""Echo: whether somebody only says again what was said before.

In: a `Threaded` after `recall`, and the mail as it was read. Out: the same, called a machine's where its words show
one; or the decision that ends it, where it belongs to no ticket. It never opens, answers or reopens anything and loses
nothing: the words stay beside their ticket, and the team sees them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.rules import acknowledge, echo
from gateway.rules.case import Incoming, Threaded, answering, conclude
from gateway.rules.desk import Desk
from parsing.command import commands
from parsing.message import Kind
from store.records import Decision, Spend, Step, Trust, Verdict
from store.snapshot import Snapshot
from store.written import text_of

_ABOUT = "the words show a machine"


def listen(threaded: Threaded, heard: Incoming, desk: Desk, snapshot: Snapshot) -> Threaded | Decision:
    """Call an echo what it is. `heard` is the mail before our own words were taken out of it."""
    why = _why(threaded, heard, snapshot) if _may_be(threaded, heard, desk, snapshot) else ""
    if not why:
        return threaded
    guarded = threaded.guarded
    trace = (*threaded.trace, Step(stage="echo", what=_ABOUT, why=why))
    if threaded.ticket is None and guarded.trust is not Trust.D:
        guarded = replace(guarded, unanswered=why)
        return replace(threaded, guarded=guarded, trace=trace)  # whoever is proven is heard, and only not answered
    if threaded.ticket is None:
        return conclude(
            heard,
            Verdict.AUTO_REPLY_RECORDED,
            f"{why}: no ticket is opened again",
            trace,
            mailbox=guarded.mailbox.canonical,
            trust=guarded.trust,
        )
    mail = guarded.incoming.mail
    mail = replace(mail, kind=Kind.AUTO_REPLY, kind_reasons=(*mail.kind_reasons, why), judged_by_words=True)
    guarded = replace(guarded, robot=True, unanswered=why, incoming=replace(guarded.incoming, mail=mail))
    return replace(threaded, guarded=guarded, reopens=False, trace=trace)


def remembered(threaded: Threaded, heard: Incoming, desk: Desk, snapshot: Snapshot) -> tuple[Spend, ...]:
    """What is written down of the words of an answer, so that they are known when they come again."""
    if threaded.guarded.agent is not None or not _may_be(threaded, heard, desk, snapshot):
        return ()
    return echo.spends(threaded.guarded.author.address, heard.mail, heard.now)


def _may_be(threaded: Threaded, heard: Incoming, desk: Desk, snapshot: Snapshot) -> bool:
    """Only what answers us is looked at, and only for the first time: a replay is no echo of itself."""
    entry = heard.entry
    if threaded.guarded.robot and heard.mail.kind is not Kind.HUMAN:
        return False
    if entry.previous is not None or entry.released or entry.confirmed or entry.envelope.history:
        return False
    if not echo.may_answer(heard, desk):
        return False
    return echo.answers(heard, desk, snapshot.ours, _known(snapshot), snapshot.tickets)


def _known(snapshot: Snapshot) -> Iterable[str]:
    return (*snapshot.keys, *map(str, snapshot.returned))


def _why(threaded: Threaded, heard: Incoming, snapshot: Snapshot) -> str:
    guarded, mail = threaded.guarded, threaded.guarded.incoming.mail
    ticket, author = threaded.ticket, guarded.author.address
    if guarded.agent is not None:
        if ticket is None or commands(mail.reply).looks_like_command:
            return ""
        return echo.said_here(author, mail.reply, snapshot.recent.get(ticket.ref, ()), heard.now)
    why = echo.said_before(author, heard.mail, snapshot.spent, heard.now)
    if why and guarded.trust is not Trust.D and ticket is not None:  # the same fault on two tickets has the same words
        recent = snapshot.recent.get(ticket.ref, ())
        why = why if not mail.attachments and echo.is_repeated(author, mail.reply, recent, heard.now) else ""
    if why:
        return why
    sent = tuple(filter(None, map(text_of, snapshot.written.get(answering(heard), ()))))
    subjects = (ticket.subject, acknowledge.subject(ticket.language)) if ticket is not None else ()
    return echo.is_ours(mail, sent, subjects)
