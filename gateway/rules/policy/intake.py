"""What a desk wants to know of a matter, as values: the fields, who must say which, how they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from parsing.message import Sought

FROM_ORGANISATION, FROM_LINKED = "organisation", "linked"
"""Where else a value may come from: what is known of the sender's organisation, and a ticket that this one follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One declared field. `label`, `question`, `example` and `reason` are by language; a mail says them in the language
    of its reader, and as a whole in the desk's first one where a field lacks that. `sensitive`: the value is never
    repeated to anybody, what a ticket keeps has none of it, and what has it still is rid of it `expires` after it came
    (zero: never).
    `sources` are where a value may come from beside mail."""

    name: str
    sought: Sought
    label: Mapping[str, str]
    question: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, str] = field(default_factory=dict)
    reason: Mapping[str, str] = field(default_factory=dict)
    sensitive: bool = False
    expires: timedelta = timedelta()
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One `[[require]]`: which tickets it is about (an empty condition is met by all; `topic` may be `Billing` or
    `Billing/refund`; `organisation` is a domain; `when` are answers, by field, any of the values), and which fields
    such tickets need (`fields`) or, though a requirement before it says so, do not (`drop`)."""

    type: str = ""
    topic: str = ""
    organisation: str = ""
    segment: str = ""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """All that is asked for. `fields` by name, in the order of their use to us: what comes first is asked first. At
    most `most` are asked in one mail, in at most `rounds` mails; who does not answer is reminded after so many working
    days (`remind`), and the ticket closed after `close` of them (0: never). Nothing waits for the answers to tickets
    of priority `urgent` or above. `asks` is whether anything is asked at all.

    Every mail wants to know what follows from these alone: the `place` of each field in their order, what is `sought`
    in every mail, the names of the `sensitive` ones, and those whose answers decide what else is needed
    (`deciding`)."""

    fields: Mapping[str, Wanted] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    asks: bool = True
    most: int = 4
    rounds: int = 2
    remind: tuple[int, ...] = (2, 5)
    close: int = 10
    urgent: int = 1
    place: Mapping[str, int] = field(init=False, repr=False, compare=False)
    sensitive: frozenset[str] = field(init=False, repr=False, compare=False)
    sought: tuple[Sought, ...] = field(init=False, repr=False, compare=False)
    deciding: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "place", {name: place for place, name in enumerate(self.fields)})
        put(self, "sought", tuple(one.sought for one in self.fields.values()))
        put(self, "sensitive", frozenset(name for name, one in self.fields.items() if one.sensitive))
        put(self, "deciding", frozenset(name for one in self.requirements for name in one.when))
