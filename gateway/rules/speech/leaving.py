"""The last check where somebody of us speaks: at once, while nothing has left and the words can still be given back.

In: what is `Said`, the desk. Out: what in that which would leave is nobody's business outside, and a step of the trace
that says so. The sender looks once more, at the mail as it is composed and at its files (`gateway/compose.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.rules import privacy
from gateway.rules.desk import Desk
from gateway.rules.speech.said import Said
from gateway.rules.speech.unheard import by_verbs
from store.records import Step


def found_in(said: Said, desk: Desk) -> tuple[privacy.Finding, ...]:
    """What must not leave in the words, in the names of files, in how the ticket ends, in what is promised, in
    what a ticket that is split off is called."""
    leaving = _leaving(said, desk)
    if not leaving:
        return ()
    watch = privacy.guard(desk)
    watch = replace(watch, phones=watch.phones | privacy.numbers(said.signature))
    known = privacy.background(said.recent, by_verbs(said.before))
    found = {(one.kind, one.what): one for text in leaving for one in privacy.findings(text, watch, known)}
    return tuple(found.values())


def instead(found: Sequence[privacy.Finding]) -> str:
    """What works: without it. A note tells the customer nothing, so it is no other way to answer them."""
    if any(one.kind is privacy.Kind.PHONE for one in found):
        return "send it without that line; if customers may know the number, an operator adds it to [privacy] allow"
    return "send it without that" if len(found) == 1 else "send it without those"


def steps(said: Said, found: Sequence[privacy.Finding], desk: Desk) -> tuple[Step, ...]:
    """How the trace tells of what was `found`; nothing where nothing would leave."""
    if not _leaving(said, desk):
        return ()
    if found:
        return (Step(stage="act", what="the last check: it must not leave", why=privacy.say(found)),)
    return (Step(stage="act", what="the last check: nothing found", why=_LOOKED_FOR),)


_LOOKED_FOR = "no key, address, host, note, calendar, client, zone or number of ours in it; the sender looks once more"


def _leaving(said: Said, desk: Desk) -> list[str]:
    """The texts that somebody outside would read."""
    if not said.before.is_reachable:
        return []
    texts: list[str] = []
    if said.public and said.addressees:
        texts += [said.told(person, said.plan.ticket, desk) for person in said.addressees]
        texts += [file.filename for file in said.files]
    elif not said.internal and not said.elsewhere:
        texts.append(said.promise)
    if said.plan.ticket.outcome != said.before.outcome:
        texts.append(said.plan.ticket.outcome)
    if (apart := said.plan.apart) is not None and apart.subject != said.before.subject:  # it stands in every mail of it
        texts.append(apart.subject)
    return list(dict.fromkeys(text for text in texts if text))
