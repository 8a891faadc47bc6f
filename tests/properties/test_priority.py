"""Priorities: more impact or urgency never makes less of it, and shouting changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.config.loading import load
from gateway.rules.case import Guarded, Incoming, Threaded
from gateway.rules.desk import Desk, Organisation
from gateway.rules.policy.urgency import Urgency, Weights
from gateway.rules.priority import weigh
from gateway.stages.guard.entrance import guard
from gateway.stages.sort import sort
from parsing.reading import read
from store.records import Entry, Envelope
from store.snapshot import Snapshot

DEMO = Path(__file__).parents[2] / "templates" / "desk" / "demo.toml"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SCALE = st.integers(1, 5)
POINTS = st.integers(0, 4)
ANSWERS = st.dictionaries(st.sampled_from(["revenue", "blocking"]), st.sampled_from(["yes", "no"]))


@cache
def demo() -> Desk:
    return load(DEMO, {}).desk(bytes(32))


@st.composite
def matrices(draw: Callable[..., int]) -> tuple[tuple[int, ...], ...]:
    """Any matrix that the configuration takes: each cell at least its neighbours above and to the left."""
    rows: list[tuple[int, ...]] = []
    for row in range(5):
        cells: list[int] = []
        for column in range(5):
            least = max(rows[row - 1][column] if row else 1, cells[column - 1] if column else 1)
            cells.append(draw(st.integers(least, 5)))
        rows.append(tuple(cells))
    return tuple(rows)


ORGANISATIONS = st.none() | st.builds(
    Organisation,
    domain=st.just("a.example"),
    name=st.just("A"),
    segment=st.sampled_from(["", "SMB", "Enterprise"]),
    arr=st.integers(0, 10**6),
    lifecycle=st.sampled_from(["", "onboarding"]),
    health=st.sampled_from(["", "green", "red"]),
    renewal=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
)
POLICIES = st.builds(
    Urgency,
    matrix=matrices(),
    impact=SCALE,
    urgency=SCALE,
    weights=st.builds(
        Weights,
        arr=st.lists(st.tuples(st.integers(1, 10**6), POINTS), max_size=3).map(
            lambda a: tuple(sorted(a, reverse=True))
        ),
        segment=st.dictionaries(st.sampled_from(["smb", "enterprise"]), POINTS),
        lifecycle=st.dictionaries(st.just("onboarding"), POINTS),
        health=st.dictionaries(st.sampled_from(["green", "red"]), POINTS),
        renewal=st.lists(st.tuples(st.integers(0, 90), POINTS), max_size=3).map(lambda r: tuple(sorted(r))),
        step=st.integers(1, 6),
        on_default=st.booleans(),
    ),
)


@given(POLICIES, ORGANISATIONS, SCALE, SCALE, ANSWERS)
def test_r55_more_is_never_less(
    policy: Urgency, organisation: Organisation | None, impact: int, urgency: int, facts: dict[str, str]
) -> None:
    desk = replace(demo(), urgency=policy)
    here = weigh(impact, urgency, organisation, desk, NOW, facts=facts)
    assert 1 <= here.priority <= 5
    assert here.reason
    if impact > 1:
        assert weigh(impact - 1, urgency, organisation, desk, NOW, facts=facts).priority <= here.priority
    if urgency > 1:
        assert weigh(impact, urgency - 1, organisation, desk, NOW, facts=facts).priority <= here.priority
    assert here.priority <= weigh(impact, urgency, None, desk, NOW, facts=facts).priority
    assert impact - here.impact in (0, 1)
    one_more = dict.fromkeys(facts, "yes")
    assert weigh(impact, urgency, organisation, desk, NOW, facts=one_more).priority <= here.priority


def priority_of(subject: str, body: str) -> tuple[int, str]:
    """What a stranger's mail with these words would have, by the way that every mail goes."""
    desk = demo()
    raw = f"From: e@else.example\r\nTo: support@desk.example\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()
    envelope = Envelope(sender="e@else.example", recipients=("support@desk.example",), received_at=NOW, door="smtp")
    mail = read(raw, desk.reading, envelope.sender)
    incoming = Incoming(entry=Entry(id=1, envelope=envelope, sha256="0" * 64, size=len(raw)), mail=mail, now=NOW)
    guarded = guard(incoming, desk, Snapshot(), lambda: "<m@desk.example>")
    assert isinstance(guarded, Guarded)
    found = sort(Threaded(guarded=guarded, ticket=None, reopens=False, membership="", links=(), trace=()), desk)
    return found.priority, found.topic


WORDS = st.sampled_from(
    ["urgent", "asap", "critical", "now", "outage", "no", "refund", "the", "website", "is", "down", "slow", "logo",
     "colour", "invoice", "how", "do", "i", "not", "please", "help", "api", "kein", "ausfall", "panne"]
)  # fmt: skip
SENTENCES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)


@given(SENTENCES, SENTENCES, st.integers(0, 9))
@example("urgent", "the logo is slow", 3)
@example("outage", "no outage", 1)
def test_r55_shouting_changes_nothing(subject: str, body: str, marks: int) -> None:
    quiet = priority_of(subject, f"{body}.")
    assert priority_of(subject.upper(), f"{body}.".upper()) == quiet
    assert priority_of(subject + "!" * marks, f"{body}{'!' * (marks + 1)}") == quiet
    assert priority_of(f"URGENT {subject}", f"{body}.")[0] == priority_of(f"hello {subject}", f"{body}.")[0]
