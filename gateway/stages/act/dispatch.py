"""Act: what the mail asks for is done: a customer's words open, join or reopen a ticket, an agent's words leave as the
desk.

In: a `Completed`. Out: the `Decision`. Nothing is written here: effects are values, commit writes them. An agent's mail
is all or nothing: one command that cannot be read holds the whole mail, and then no byte of it leaves (DESIGN section
8).
"""

from __future__ import annotations

from gateway.rules.case import Completed, Mint, Threaded
from gateway.rules.desk import Agent, Desk
from gateway.rules.intake import confidence
from gateway.stages.act.answer import answered, beside
from gateway.stages.act.behalf import behalf
from gateway.stages.act.customer import opened
from gateway.stages.act.elsewhere import elsewhere
from gateway.stages.act.errand import errand, is_errand
from gateway.stages.act.robot import recorded
from gateway.stages.act.staff import colleague, escalating
from gateway.stages.act.word import worded
from store.records import Decision, Trust
from store.snapshot import Snapshot


def act(completed: Completed, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Decide what this mail does."""
    sorted_, gathered = completed.sorted, completed.gathered
    threaded = sorted_.threaded
    agent = _proven(threaded)
    cover = confidence.cover(gathered.secrets, desk)
    if threaded.ticket is None:
        started = behalf(sorted_, desk, snapshot, mint) if agent is not None else None
        if started is not None:
            return started
        if agent is not None and is_errand(threaded, agent):
            return errand(threaded, agent, desk, snapshot, mint)
        asked = escalating(sorted_, desk, mint) if sorted_.type == "escalation" else None
        return asked or cover.kept(opened(sorted_, gathered, cover, desk, snapshot, mint))
    if (heard := answered(threaded, threaded.ticket, gathered, desk, snapshot, mint)) is not None:
        return cover.kept(heard)
    if threaded.guarded.robot:
        return cover.kept(recorded(threaded, threaded.ticket, desk, snapshot, mint))
    if threaded.membership == "agent" and agent is not None:
        left = elsewhere(threaded, threaded.ticket, agent, desk, snapshot, mint)
        started = left or behalf(sorted_, desk, snapshot, mint)
        return started or colleague(threaded, threaded.ticket, agent, desk, snapshot, mint)
    said = worded(threaded, threaded.ticket, gathered, desk, snapshot, mint)
    return cover.kept(beside(said, threaded, threaded.ticket, desk, snapshot, mint))


def _proven(threaded: Threaded) -> Agent | None:
    """The colleague whose mail it is; imported history is nobody's word, and neither is what nothing proves."""
    guarded = threaded.guarded
    unproven = guarded.trust is Trust.D or guarded.incoming.entry.envelope.history
    return None if unproven else guarded.agent
