"""The verb that asks for an overview: digest.

In: an `Asking`. Out: a `Done` with the wish; the digest itself is made by the next sweep, the same as the day's own, so
that nobody's mail waits for it. Everybody of the staff gets their own; what a lead sees stands in a lead's alone.
"""

from __future__ import annotations

from gateway.rules.verbs.request import Anywhere, Asking, Done, Refused
from store.records import AskDigest


def _digest(asked: Asking) -> Done | Refused:
    return Done(
        line="#digest", before="", after="comes by a mail of its own", effects=(AskDigest(address=asked.actor.address),)
    )


VERBS = (Anywhere(name="digest", usage="#digest", meaning="your overview now, by mail", plan=_digest),)
