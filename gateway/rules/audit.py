"""The audit of the taxonomy (`ops` R54): what nobody uses, what cannot be told apart, how often people sort anew.

In: how often topics and tags were used, what was corrected, the desk's taxonomy. Out: an `Audit`, and the mail that
takes it to the managers each quarter. It changes nothing: topics are people's to change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.rules.desk import Desk
from store.records import Decision, Person, Purpose, Role, SendMail, Step, Verdict

QUARTER = timedelta(days=90)
RARE = 0.01
"""A topic with less than this share of the tickets is hardly worth its place."""
ENOUGH = 100
"""Tickets below which a share says nothing."""
OVERLAP = 3
"""Tickets that people moved between two topics, from which on the two are hard to tell apart."""
LISTED = 10

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two topics between which people move tickets, and how many they moved either way."""

    one: str
    other: str
    tickets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found. Topics and subtopics as `Topic/subtopic`; `rate` is the share of sorted tickets that a person
    sorted anew; `foreign` are topics of tickets that the configuration does not have (any more), `loose` tags that it
    does not list."""

    tickets: int
    unsorted: int
    unused: tuple[str, ...]
    rare: tuple[tuple[str, int], ...]
    overlapping: tuple[Overlap, ...]
    reclassified: int
    rate: float
    foreign: tuple[str, ...]
    unused_tags: tuple[str, ...]
    loose_tags: tuple[str, ...]

    @property
    def findings(self) -> int:
        return len((*self.unused, *self.rare, *self.overlapping, *self.foreign, *self.unused_tags, *self.loose_tags))


def audit(
    uses: Mapping[Pair, int],
    tags: Mapping[str, int],
    moves: Mapping[tuple[str, str], int],
    reclassified: int,
    desk: Desk,
) -> Audit:
    """What these counts say of the taxonomy."""
    total, unsorted = sum(uses.values()), uses.get(("", ""), 0)
    known = {topic.pair for topic in desk.taxonomy.topics}
    counts: dict[Pair, int] = defaultdict(int)
    for (topic, subtopic), count in uses.items():
        if topic:
            counts[topic, ""] += count
        if subtopic:
            counts[topic, subtopic] += count
    names = [topic.pair for topic in desk.taxonomy.topics]
    sorted_ = total - unsorted
    return Audit(
        tickets=total,
        unsorted=unsorted,
        unused=tuple(_name(pair) for pair in names if not counts.get(pair)),
        rare=tuple(
            (_name(pair), counts[pair])
            for pair in names
            if not pair[1] and total >= ENOUGH and 0 < counts.get(pair, 0) < RARE * total
        ),
        overlapping=_overlapping(moves),
        reclassified=reclassified,
        rate=round(reclassified / sorted_, 4) if sorted_ else 0.0,
        foreign=tuple(sorted(_name(pair) for pair in counts if pair not in known)),
        unused_tags=tuple(tag for tag in desk.tags if not tags.get(tag)),
        loose_tags=tuple(sorted(tag for tag in tags if desk.tags and tag not in desk.tags)),
    )


def _overlapping(moves: Mapping[tuple[str, str], int]) -> tuple[Overlap, ...]:
    """Pairs of topics, or of subtopics, that tickets were moved between in either way."""
    between: dict[tuple[str, str], int] = defaultdict(int)
    for (was, became), count in moves.items():
        if was and was != became:
            first, second = sorted((was, became))
            between[first, second] += count
    often = ((pair, count) for pair, count in between.items() if count >= OVERLAP)
    found = [Overlap(one=one, other=other, tickets=count) for (one, other), count in often]
    return tuple(sorted(found, key=lambda overlap: (-overlap.tickets, overlap.one, overlap.other)))


def lines(found: Audit) -> list[str]:
    """The audit in words, a line a finding."""
    said = [
        f"{_tickets(found.tickets)}, {found.unsorted} of them without a topic (spam, merged and retyped ones left out)",
        f"{found.reclassified} got another topic than the desk's from a person ({found.rate:.0%}; not a first one)",
    ]
    said += _listed("Nobody used", found.unused)
    said += _listed("Under 1 %", [f"{name} ({count})" for name, count in found.rare])
    said += _listed(
        "Hard to tell apart", [f"{pair.one} and {pair.other} ({pair.tickets} moved)" for pair in found.overlapping]
    )
    said += _listed("Not in the configuration", found.foreign)
    said += _listed("Tags that nobody used", found.unused_tags)
    said += _listed("Tags that are not listed", found.loose_tags)
    return said


def _tickets(count: int) -> str:
    return f"{count} ticket{'s' if count != 1 else ''}"


def _listed(title: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return [f"{title}: {', '.join(names[:LISTED])}{more}"]


def told(found: Audit, desk: Desk, mint: Callable[[], str], now: datetime) -> Decision:
    """The managers learn of it; the leads where there are none, the operators where there are neither."""
    title = f"The quarter's topics: {found.findings or 'no'} finding{'s' if found.findings != 1 else ''}"
    cure = "The whole of it:\nreplydesk taxonomy audit --since 90d\nTopics and tags stand in the configuration."
    facts = {"title": title, "detail": "\n".join(lines(found)), "journal_id": 0, "what_to_do": cure}
    mails = tuple(
        SendMail(
            ticket=None,
            purpose=Purpose.ALARM,
            round=f"taxonomy-{now:%Y-%m-%d}",
            to=Person(address=address),
            role=Role.SYSTEM,
            key="",
            message_id=mint(),
            subject=title,
            language="en",
            mailbox=next(to.canonical for to in desk.addresses.values() if to.kind == "support"),
            facts=facts,
        )
        for address in _readers(desk)
    )
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"taxonomy: {title}",
        trace=(Step(stage="sweep", what="taxonomy audit", why=title),),
        effects=mails,
    )


def _readers(desk: Desk) -> list[str]:
    for role in ("manager", "lead"):
        found = [agent.address for agent in desk.agents.values() if role in agent.roles]
        if found:
            return found
    return list(desk.operators)


def _name(pair: Pair) -> str:
    return "/".join(part for part in pair if part)
