"""What somebody looks for: words as a search, and what is said of words that are none."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.rules.desk import Desk
from gateway.rules.overview.search import LONGEST, MOST, read
from gateway.rules.times import Unclear
from store.records import Search

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boots", {"words": ("boots",)}),
        ("slow  boots", {"words": ("slow", "boots")}),
        ('"very slow" boots', {"words": ("very slow", "boots")}),
        ("„very slow“", {"words": ("very slow",)}),
        ('"very slow', {"words": ("very slow",)}),
        ("status:open", {"categories": ("open", "waiting", "scheduled")}),
        ("status:waiting", {"categories": ("waiting",)}),
        ("status:scheduled", {"states": ("scheduled",), "categories": ("scheduled",)}),
        ("status:in-progress", {"states": ("in_progress",)}),
        ('status:"in progress"', {"states": ("in_progress",)}),
        ("status:new,accepted", {"states": ("new", "accepted")}),
        ("status:open,", {"categories": ("open", "waiting", "scheduled")}),
        ("type:,question,,support", {"types": ("question", "support")}),
        ("is:done", {"categories": ("done",)}),
        ("type:question type:support", {"types": ("question", "support")}),
        ("prio<=2", {"priorities": (1, 2)}),
        ("prio:3", {"priorities": (3,)}),
        ("priority=P3", {"priorities": (3,)}),
        ("prio>=2 prio<4", {"priorities": (2, 3)}),
        ("prio:1 prio:5", {"priorities": (1, 5)}),
        ("team:Network", {"teams": ("network",)}),
        ("assignee:me", {"assignees": ("anastasia",)}),
        ("owner:@benedikt", {"assignees": ("benedikt",)}),
        ("assignee:nobody", {"assignees": ("",)}),
        ("topic:performance", {"topics": (("Performance", ""),)}),
        ("topic:Performance/slow", {"topics": (("Performance", "slow"),)}),
        ("customer:acme.com", {"customers": ("acme.com",)}),
        ("from:Nora@Northwind.example", {"customers": ("nora@northwind.example",)}),
        ("customer:northwind", {"customers": ("northwind.example",)}),
        ("DESK-1042", {"numbers": (1042,)}),
        ("#1042", {"numbers": (1042,)}),
        ("desk-1 1042", {"numbers": (1,), "words": ("1042",)}),
        ("http://shop.example/a", {"words": ("http://shop.example/a",)}),
        ("10:30", {"words": ("10:30",)}),
        ('"note: this"', {"words": ("note: this",)}),
        ("before:2026-11-20", {"until": datetime(2026, 11, 19, 23, 0, tzinfo=UTC)}),
        ("before:20.11.2026", {"until": datetime(2026, 11, 19, 23, 0, tzinfo=UTC)}),
        ("after:3d", {"since": datetime(2026, 11, 19, 23, 0, tzinfo=UTC)}),
        ("after:yesterday", {"since": datetime(2026, 11, 21, 23, 0, tzinfo=UTC)}),
        ("since:2w", {"since": datetime(2026, 11, 8, 23, 0, tzinfo=UTC)}),
    ],
)
def test_r13_what_the_words_say(desk: Desk, text: str, expected: dict[str, Any]) -> None:
    assert read(text, desk, desk.agent_named("anastasia"), NOW) == Search(**expected)


@pytest.mark.parametrize(
    ("text", "reason", "nearest"),
    [
        ("", "say what to look for", "status:open assignee:me"),
        ("staus:open", "there is no staus:", "status:open"),
        ("colour:red", "there is no colour:", '"colour:red"'),
        ("status:opne", "there is no status opne", "status:open"),
        ("type:qestion", "there is no type qestion", "type:question"),
        ("team:netwrk", "there is no team netwrk", "team:network"),
        ("assignee:anastassia", "there is no assignee anastassia", "assignee:anastasia"),
        ("topic:Performanc", "there is no topic Performanc", "topic:Performance"),
        ("customer:northwnd", "there is no customer northwnd", "customer:northwind"),
        ("prio<1", "is no priority", "prio<=2"),
        ("prio:9", "is no priority", "prio<=2"),
        ("prio<=1 prio>=3", "no priority is both", "prio<=2"),
        ("type<=question", "has no order", "type:question"),
        ("team:", "say which team", "team:NAME"),
        ("before:soon", "is no day", "before:3d"),
        ("before:2026-02-30", "is no day", "before:3d"),
        ("after:9999w", "is no day", "after:3d"),
        ("after:0000-01-01", "is no day", "after:3d"),
        ("status:,", "say which status", "status:open"),
        ("x " * (MOST + 1), "more than", ""),
        ("x" * (LONGEST + 1), "more than", ""),
    ],
)
def test_r13_what_is_no_search_and_what_would_be(desk: Desk, text: str, reason: str, nearest: str) -> None:
    found = read(text, desk, desk.agent_named("anastasia"), NOW)
    assert isinstance(found, Unclear), found
    assert reason in found.reason
    assert found.nearest == nearest


def test_me_is_nobody_where_nobody_asks(desk: Desk) -> None:
    assert isinstance(read("assignee:me", desk, None, NOW), Unclear)


def test_the_worst_words_are_read_at_once(desk: Desk) -> None:
    worst = [letter * LONGEST for letter in ('"', ":", "\ufdfa", '" ', "a:")]
    before = time.process_time()
    for text in worst:
        read(text[:LONGEST], desk, None, NOW)
    assert time.process_time() - before < 0.5
