"""One occasion on which a member of staff says something about a ticket: by mail or by `ticket do`.

In: the ticket untouched, the planned verbs, the words. Out: a `Said`, which knows who reads it and what each of them
reads. What follows from it says `rules/staff.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.rules import mails, participants
from gateway.rules.desk import Agent, Desk
from gateway.rules.speech.promised import PROMISED
from gateway.rules.verbs import Plan
from gateway.rules.verbs.intake import ASKED
from parsing.command import Command
from parsing.message import Forwarded
from store.records import FileRef, Message, Person, Ticket, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One occasion on which an agent speaks about a ticket. `before` is the ticket untouched."""

    before: Ticket
    agent: Agent
    plan: Plan
    words: str
    internal: bool
    occasion: str
    now: datetime
    requester: Person
    recent: Sequence[Message]
    trust: Trust
    message_id: str = ""
    subject: str = ""
    files: tuple[FileRef, ...] = ()
    known: participants.Known = participants.NOTHING
    elsewhere: tuple[Person, ...] = ()
    """Who has these words already, from the agent's own mail program: nothing is sent to anybody then but `others`."""
    others: tuple[Person, ...] = ()
    """Who has not got them by that way, and gets them from the desk."""
    carried: Forwarded | None = None
    """What stood below the words, forwarded or quoted: it stays inside with a note."""
    signature: str = ""
    """What was cut from below the words: numbers in it are the agent's own."""
    below: tuple[Command, ...] = ()
    """Lines of the words that are written as commands are."""
    again: bool = False
    """It was said before and is only looked at again: who has come to the ticket since gets nothing of then."""

    @property
    def speaks(self) -> bool:
        return bool(self.words or self.files or self.plan.phrase)

    @property
    def public(self) -> bool:
        return self.speaks and not self.internal and self.plan.apart is None

    @property
    def readers(self) -> tuple[Person, ...]:
        """Who outside gets the ticket's mail: the requester, and who is copied."""
        came = participants.copied_by([effect for item in self.plan.done for effect in item.effects])
        gone = participants.gone_by([effect for item in self.plan.done for effect in item.effects])
        there = () if self.again else participants.readers(self.before, self.known)
        return (self.requester, *(person for person in there if person.address not in gone), *came)

    @property
    def addressees(self) -> tuple[Person, ...]:
        """Whom the desk sends the words to: all who read the ticket, unless some have them already."""
        return self.others if self.elsewhere else self.readers

    @property
    def asked(self) -> tuple[str, ...]:
        """The fields that their customer is asked for by this mail."""
        found = (item.detail["fields"] for item in self.plan.done if item.event == ASKED)
        return tuple(dict.fromkeys(name for names in found for name in names))

    @property
    def promise(self) -> str:
        """The words that go with a promise of this mail."""
        return next((item.detail["words"] for item in self.plan.done if item.event == PROMISED), "")

    def told(self, person: Person, ticket: Ticket, desk: Desk) -> str:
        """All that this reader reads: what a template says, the agent's own words, those of a promise."""
        phrase = self.plan.phrase
        above = phrase.said_to(person, ticket, mails.language(desk, ticket, person), desk) if phrase else ""
        return "\n\n".join(filter(None, (above, self.words, self.promise if self.public else "")))
