"""A colleague's mail that belongs to no ticket: verbs to the address for commands, answered to their author alone.

In: a `Threaded` without a ticket. Out: the `Decision`. Nothing of it ever goes to a customer, and it never becomes a
ticket that nobody wanted: what cannot be read is held, with the verbs that can.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import mails
from gateway.rules.case import Mint, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.rights import Outcome
from gateway.rules.verbs import Errand, Refused
from gateway.rules.verbs import errand as planned_errand
from gateway.stages.act.held import DRY, UNKEYED, ask, by_command, furthest, hold
from gateway.stages.act.history import end, occasion
from parsing.command import Command, CommandBlock, commands
from store.records import Decision, Trust, Verdict
from store.snapshot import Snapshot

UNREAD = "The words below the verbs were not read: they belong to no ticket."
_HELP = CommandBlock(commands=(Command(verb="help", args="", line="#help"),), rest="", looks_like_command=True)


def is_errand(threaded: Threaded, agent: Agent | None) -> bool:
    """Whether this is a colleague's word to the desk itself: what comes to the address for commands, and verbs that
    come to another one and belong to no ticket. A stranger's mail there is anybody's mail; so is what an operator lets
    in of it."""
    guarded = threaded.guarded
    entry = guarded.incoming.entry
    if agent is None or threaded.ticket is not None or entry.envelope.history:
        return False
    if by_command(guarded):
        return True
    commanded = commands(guarded.incoming.mail.reply).looks_like_command
    return commanded and guarded.mailbox.kind == "support" and not guarded.robot


def errand(threaded: Threaded, agent: Agent, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Do what the verbs say, or hold it all; an empty mail asks for help."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if guarded.robot or mail.auto_generated:
        return end(threaded, Verdict.AUTO_REPLY_RECORDED, f"{mail.kind.value}, about no ticket of ours", None)
    if guarded.incoming.entry.previous is Verdict.COMMAND:
        return end(threaded, Verdict.COMMAND, "looked at again: it was done the first time", None)
    block = commands(mail.reply)
    if not (block.commands or block.looks_like_command or block.rest.strip() or mail.attachments):
        block = _HELP
    planned = _planned(block, threaded, agent, desk, snapshot)
    if isinstance(planned, Refused):
        return hold(threaded, None, agent, planned, desk, mint)
    wish = furthest(guarded, planned.actions, agent)
    threaded = replace(threaded, trace=(*threaded.trace, wish.step))
    if wish.outcome is Outcome.REFUSED:
        return hold(threaded, None, agent, _unproven(threaded), desk, mint, Verdict.HELD_UNVERIFIED)
    if wish.outcome is Outcome.CONFIRM:
        return ask(threaded, None, agent, [command.line for command in block.commands], desk, mint)
    beside = tuple(mail for item in planned.done if item.mails is not None for mail in item.mails(mint))
    effects = () if planned.dry else (*(effect for item in planned.done for effect in item.effects), *beside)
    unread = UNREAD if block.rest.strip() or mail.attachments else ""
    told = mails.run(desk, guarded.mailbox.canonical, agent, mint(), occasion(guarded), planned, mail, unread, beside)
    if planned.dry:
        threaded = replace(threaded, trace=(*threaded.trace, DRY))
    lines = ", ".join(item.line for item in planned.done)
    reason = f"a dry run, nothing is done: {lines}" if planned.dry else lines
    return end(threaded, Verdict.COMMAND, reason, None, (*effects, told))


_UNALIGNED = "It came to your own address for commands, but no mail server vouches that you sent it."


def _unproven(threaded: Threaded) -> Refused:
    """What its trust lacks, and how to send it again."""
    if threaded.guarded.trust is Trust.C:
        nearest = "send it from your own mail program, through your own mail server"
        return Refused(reason=_UNALIGNED, nearest=nearest, of_verbs=False)
    return Refused(reason=UNKEYED, nearest="answer this mail: its reply address is yours alone", of_verbs=False)


def _planned(block: CommandBlock, threaded: Threaded, agent: Agent, desk: Desk, snapshot: Snapshot) -> Errand | Refused:
    if block.commands:
        return planned_errand(block.commands, desk, agent, threaded.guarded.incoming.now, snapshot)
    if block.looks_like_command:
        return Refused(reason="the first line looks like a command and cannot be read", nearest="#help")
    return Refused(reason="the first line is no verb, and the mail belongs to no ticket", nearest="#help")
