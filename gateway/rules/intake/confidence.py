"""The words of a sensitive fact as a ticket keeps them: not at all.

In: what is to be kept of a mail, and what it says in confidence: the words that were found, and whatever stands behind
the name of a sensitive field, whether the ticket needs that or not, and whether it is a value of its kind or not. Out:
the same with `[in confidence]` in place of it. Only the notice of the mail that says it shows it: what is kept with a
ticket is quoted back, handed to others, copied to further tickets and shown for years. Must never change what stands
beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.rules.desk import Desk
from gateway.rules.intake.secrets import Secret, places
from parsing.intake import labelled
from parsing.intake.unknown import is_blank, is_put_off, is_unknown
from parsing.message import Sought
from parsing.rewrapped import Place, Rewrapped, replaced
from store.records import AddMessage, Decision, Direction, Message

MASK = "[in confidence]"


@dataclass(frozen=True, slots=True)
class Cover:
    """What one mail says in confidence. `sought` are the desk's fields, `names` the sensitive ones of them; a desk
    without any covers nothing."""

    secrets: Sequence[Secret] = ()
    sought: tuple[Sought, ...] = ()
    names: frozenset[str] = frozenset()

    def over(self, text: str, mask: str = MASK) -> str:
        """The text without it."""
        if not text or not (self.secrets or self.names):
            return text
        found = list(self._labelled(text))
        if self.secrets:
            found += places(Rewrapped(text), self.secrets)
        return replaced(text, found, mask) if found else text

    def _labelled(self, text: str) -> Iterator[Place]:
        """The values behind the names of sensitive fields. Inside a quotation, where we ask for one ourselves, none."""
        for begin, piece in _pieces(text) if self.names else ():
            for line in labelled.lines(piece, self.sought):
                if line.field not in self.names or piece[piece.rfind("\n", 0, line.start) + 1 :][:1] == ">":
                    continue
                if not (is_blank(line.value) or is_unknown(line.value) or is_put_off(line.value)):
                    yield begin + line.start, begin + line.end

    def kept(self, decision: Decision) -> Decision:
        """What becomes of a mail, with nothing of it in the messages that its tickets keep."""
        if not (self.secrets or self.names):
            return decision
        effects = tuple(
            replace(one, message=self._message(one.message)) if isinstance(one, AddMessage) else one
            for one in decision.effects
        )
        return replace(decision, effects=effects)

    def _message(self, message: Message) -> Message:
        """In words of ours what stands behind a field's name is our question."""
        over = (replace(self, names=frozenset()) if message.direction is Direction.OUT else self).over
        carried = message.forwarded
        if carried is not None:
            carried = replace(carried, subject=over(carried.subject), text=over(carried.text))
        return replace(message, subject=over(message.subject), text=over(message.text), forwarded=carried)


def cover(secrets: Sequence[Secret], desk: Desk) -> Cover:
    """What a mail to this desk says in confidence."""
    names = desk.inquiry.sensitive
    return Cover(secrets=secrets, sought=desk.inquiry.sought if names else (), names=names)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces that are short enough to be looked through for names, each with where it begins."""
    at = 0
    while at < len(text):
        end = min(len(text), at + labelled.LETTERS)
        lines = 0
        stop = at
        while stop < end and lines < labelled.LINES:
            after = text.find("\n", stop, end)
            if after < 0:
                stop = end if end == len(text) or stop == at else stop
                break
            stop, lines = after + 1, lines + 1
        yield at, text[at:stop]
        at = stop
