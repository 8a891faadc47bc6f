"""What mail is about, as values: the taxonomy of two tiers and the rules that sort by words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RUF = {"R": "reliability", "U": "usability", "F": "functionality"}
"""The facet that every topic and ticket may have beside its topic (R52)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic or, with `parent`, one subtopic: what it means, what else it is called, which facet it has (RUF:
    Reliability, Usability, Functionality), what mail of other languages calls it (`names`)."""

    name: str
    parent: str = ""
    definition: str = ""
    aliases: tuple[str, ...] = ()
    ruf: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def pair(self) -> tuple[str, str]:
        """Topic and subtopic, as a ticket has them."""
        return (self.parent, self.name) if self.parent else (self.name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What follows when words of a mail speak for it: a topic, a type, facts of urgency, a team that owns it (`team`)
    or helps at once (`with_team`), tags. `name` is how the trace calls it.

    `weight` is how much it counts for its topic, beside the words of topics, which count 1 each. It counts only for
    mail to one of `addresses` and in one of `languages`, where it names some; `by_words` is whether readers look for
    words or examples of it. `when` are answers by field, any of the values: such a rule is not about a mail's words but
    about what is known of a ticket (`rules/intake/ruling.py`).
    """

    name: str
    topic: str = ""
    subtopic: str = ""
    type: str = ""
    impact: int = 0
    urgency: int = 0
    team: str = ""
    with_team: str = ""
    tags: tuple[str, ...] = ()
    ruf: str = ""
    weight: float = 3.0
    addresses: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    by_words: bool = True
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Everything that sorting knows beside the words themselves, which readers have. `rules` count for mails,
    `answered` for what is known of a ticket."""

    topics: tuple[Topic, ...] = ()
    rules: tuple[Rule, ...] = ()
    answered: tuple[Rule, ...] = ()
