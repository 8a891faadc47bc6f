"""Held: a colleague's mail of which nothing is done: it goes back with the reason, or its author is asked whether it is
theirs.

In: the mail, why, and the ticket that it is about, if any. Out: the `Decision` that ends it. No byte of it leaves, and
whoever gets it back is its author alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.rules import confirmation, keys, mails
from gateway.rules.case import Guarded, Mint, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.rights import Action, Outcome
from gateway.rules.verbs import Refused
from gateway.stages.act.history import Wish, end, judged, occasion
from parsing.command import commands
from parsing.message import ParsedMail
from store.records import Decision, Step, Ticket, Verdict

UNKEYED = "Your mail server vouches for it, but it did not come to a reply address that counts."
ASKED = "its author is asked"
"""The step that keeps what somebody is asked to agree to."""


DRY = Step(stage="act", what="a dry run", why="#dry-run: all is planned and told, nothing is done")


def by_command(guarded: Guarded) -> bool:
    """Whether it came to the address for commands, and not to the reply address of a ticket."""
    if guarded.key is not None and guarded.key.audience != keys.COMMANDS:
        return False
    return any(mailbox.kind == "commands" for mailbox in (guarded.mailbox, *guarded.others))


def whole_mail(mail: ParsedMail) -> bool:
    """Whether another mail is attached as a file, under whatever type: all its addresses stand in it."""
    return any(
        file.content_type in _MAILS or file.filename.lower().rstrip(". ").endswith((".eml", ".msg"))
        for file in mail.attachments
    )


_MAILS = frozenset({"message/rfc822", "message/global", "application/vnd.ms-outlook"})


def furthest(guarded: Guarded, actions: Iterable[Action], agent: Agent) -> Wish:
    """The rights that all of it takes: the one that is furthest from being allowed decides. Whoever wants nothing that
    is in the table has looked."""
    wishes = [judged(guarded, action, agent) for action in sorted(actions) or (Action.LOOK,)]
    return max(wishes, key=lambda wish: _HARDNESS.index(wish.outcome))


_HARDNESS = (Outcome.ALLOWED, Outcome.CONFIRM, Outcome.REFUSED)


def hold(
    threaded: Threaded,
    ticket: Ticket | None,
    agent: Agent,
    why: Refused,
    desk: Desk,
    mint: Mint,
    verdict: Verdict = Verdict.HELD_COMMAND,
    *,
    shown: bool = True,
) -> Decision:
    """Nothing is done and nothing leaves; the agent gets the reason and the own words back.

    What came to the address for commands goes back with that as its reply address: the same words sent to the ticket's
    would go to its customer. The meter keeps it within the budget, so that a robot that nobody knows for one ends, and
    says which is the last. What is `shown` to nobody but those who may look at the ticket names nothing of it.
    """
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if not guarded.incoming.entry.envelope.sender:
        return end(threaded, verdict, why.reason, ticket)
    about = ticket if shown and not by_command(guarded) else None
    if about is None and _was_held(guarded):
        return end(threaded, verdict, why.reason, ticket)
    held = mails.held(
        about,
        agent,
        mint(),
        occasion(guarded),
        why,
        mail.reply,
        mail.message_id,
        desk=desk,
        mailbox=guarded.mailbox.canonical,
        offered=ticket if shown else None,
        inside=_is_inside(guarded),
    )
    return end(threaded, verdict, why.reason, ticket, (held,))


def _is_inside(guarded: Guarded) -> bool:
    """Whether what was held was to stay inside: it came to the note address, or says `#note`."""
    if guarded.key is not None and guarded.key.audience == "note":
        return True
    return any(command.verb.lower() == "note" for command in commands(guarded.incoming.mail.reply).commands)


def _was_held(guarded: Guarded) -> bool:
    """Whether it went back to its author before: what is of no ticket is told once by that."""
    entry = guarded.incoming.entry
    return entry.previous is not None and not (entry.released or entry.confirmed)


def ask(
    threaded: Threaded,
    ticket: Ticket | None,
    agent: Agent,
    asked: list[str],
    desk: Desk,
    mint: Mint,
    whom: str = "",
    *,
    for_somebody: bool = False,
) -> Decision:
    """Nothing is done before the colleague says that the mail is theirs: one question. Where their budget has no room
    for it, the meter holds it for an operator."""
    guarded = threaded.guarded
    now = guarded.incoming.now
    if guarded.incoming.entry.previous is not None:  # looked at again without an answer: it was asked about before
        return end(threaded, Verdict.HELD_COMMAND, "it waits for its author's word", ticket)
    threaded = replace(threaded, trace=(*threaded.trace, Step(stage="act", what=ASKED, why=whom)))
    mail = confirmation.question(
        desk,
        guarded.mailbox.canonical,
        agent,
        ticket,
        guarded.incoming.mail,
        asked=asked,
        trust=guarded.trust,
        now=now,
        message_id=mint(),
        occasion=occasion(guarded),
        for_somebody=for_somebody,
    )
    return end(threaded, Verdict.HELD_COMMAND, f"{agent.name} is asked whether it is theirs", ticket, (mail,))


def changed_since(guarded: Guarded, whom: str) -> str:
    """What is not any more as it was when its author was asked; empty when all is, or nobody was."""
    entry = guarded.incoming.entry
    was = next((step.why for step in reversed(entry.earlier) if step.what == ASKED), "")
    if not entry.confirmed or not was or was == whom:
        return ""
    return f"It was for {was}, and would be for {whom} now."
