"""Asked: the answer to a question of ours whether a mail is somebody's.

In: a mail that came to a question's secret address. Out: the decision that ends it, or None where no question of ours
has that address. Only the person who was asked can answer, once, before the question lapses; what they confirm is run
again by commit, what they deny is told to the operators, with what had proven it.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import confirmation, keys, mails, trust
from gateway.rules.case import Guarded, Mint, conclude
from gateway.rules.desk import Desk
from store.records import AnswerConfirmation, Confirmation, Decision, Effect, Step, Trust, Verdict
from store.snapshot import Snapshot


def answered(guarded: Guarded, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision | None:
    """What an answer to a question of ours does."""
    found = _question(guarded, snapshot)
    if found is None:
        return None
    hash_, asked = found
    if not guarded.is_named or guarded.author.address != asked.person:
        return _end(guarded, Verdict.HELD_UNVERIFIED, f"it answers a question to {asked.person}, who is not its author")
    guarded = replace(guarded, trust=trust.level(guarded.trust in (Trust.A, Trust.B), True))
    word = confirmation.word(guarded.incoming.mail)
    if guarded.robot or (not word and guarded.incoming.mail.auto_generated):
        return _end(guarded, Verdict.AUTO_REPLY_RECORDED, "a machine's answer to a question: nothing is confirmed")
    if not word and guarded.agent is None:
        return None  # a customer's other words are words: they belong to the ticket that the question is about
    if asked.answer:
        return _end(guarded, Verdict.COMMAND, f"mail {asked.journal_id} was answered with {asked.answer} before")
    if asked.expires_at <= guarded.incoming.now:
        why = f"the question about mail {asked.journal_id} has lapsed: nothing is done"
        return _end(guarded, Verdict.COMMAND, why, _back(guarded, why, "send that mail again", mint))
    if not word:
        why = "its first word is neither YES nor NO: nothing is done"
        nearest = "answer the question with YES or NO on the first line"
        return _end(guarded, Verdict.HELD_COMMAND, why, _back(guarded, why, nearest, mint))
    number = guarded.incoming.entry.id
    effects: tuple[Effect, ...] = (AnswerConfirmation(hash=hash_, journal_id=asked.journal_id, answer=word, by=number),)
    if word == "no":
        effects += mails.denied(desk, guarded.mailbox.canonical, asked, mint, str(number))
        return _end(guarded, Verdict.COMMAND, f"mail {asked.journal_id} is not theirs: nothing is done", effects)
    return _end(guarded, Verdict.COMMAND, f"mail {asked.journal_id} is confirmed: it is looked at again", effects)


def _back(guarded: Guarded, why: str, nearest: str, mint: Mint) -> tuple[Effect, ...]:
    """A colleague learns that the answer was none, within the budget."""
    agent = guarded.agent
    if agent is None or guarded.unanswered or guarded.incoming.entry.previous is not None:
        return ()
    mailbox, number = guarded.mailbox.canonical, str(guarded.incoming.entry.id)
    mail = mails.unconfirmed(mailbox, agent, mint(), number, f"It was an answer to a question, but {why}.", nearest)
    return (mail,)


def _question(guarded: Guarded, snapshot: Snapshot) -> tuple[str, Confirmation] | None:
    for print_ in keys.fingerprints(guarded.incoming.entry.envelope.recipients):
        if print_ in snapshot.confirmations:
            return print_, snapshot.confirmations[print_]
    return None


def _end(guarded: Guarded, verdict: Verdict, reason: str, effects: tuple[Effect, ...] = ()) -> Decision:
    step = Step(stage="guard", what="answers a question of ours", why="it came to the question's own address")
    return conclude(
        guarded.incoming,
        verdict,
        reason,
        (*guarded.trace, step),
        mailbox=guarded.mailbox.canonical,
        trust=guarded.trust,
        effects=effects,
    )
