"""What a tracker outside says: which of its words count, and where they lead."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.rules.desk import Desk
from gateway.rules.handoffs import tracking
from gateway.rules.policy.handoffs import Edge, Tracker
from store.records import Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STATES = {"done": "awaiting_review", "in progress": "in_progress", "won't do": "resolved"}
JIRA = "jira@vendor.example"


@pytest.fixture
def tracked(desk: Desk) -> Desk:
    edge = Edge(name="out", origin="network", address=JIRA)
    return replace(desk, handoffs=(*desk.handoffs, edge), trackers=(Tracker(address=JIRA, states=STATES),))


@pytest.mark.parametrize(
    ("subject", "words", "word"),
    [
        ("", "Done", "done"),
        ("", "  *DONE.*\n", "done"),
        ("", "Hello,\n\nStatus: Done\n", "done"),
        ("", "Status : In Progress → Done", "done"),
        ("", "State: Open -> In  Progress", "in progress"),
        ("", "Ada changed the status to Done.", "done"),
        ("", "> Resolution: Won't do", "won't do"),
        ("[JIRA] (NET-17) Router - Done", "", "done"),
        ("Re: [DESK-1001] x [In Progress]", "see below", "in progress"),
        ("", "We are not done yet.", ""),
        ("", "Well done", ""),
        ("", "The status: nobody knows", ""),
        ("Donets river", "Condone", ""),
        ("", "Status: Doing", ""),
    ],
)
def test_a_word_is_heard_where_a_tracker_says_it(subject: str, words: str, word: str) -> None:
    assert tracking.heard(subject, words, STATES) == word
    assert tracking.heard(subject, words, {}) == ""


@pytest.mark.parametrize("words", ["status to " * 200_000, "a\n" * 500_000, "→" * 1_000_000, "[" * 1_000_000])
def test_the_longest_mail_costs_little(words: str) -> None:
    begun = time.process_time()
    assert tracking.heard(words, words, STATES) == ""
    assert time.process_time() - begun < 0.2
    assert tracking.heard("", "x\n" * tracking.MOST_LINES + "Done", STATES) == ""


def test_r73_done_is_awaiting_review(tracked: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket(status="in_progress", assignee="benedikt", team="network", topic="Outage")
    news = tracking.moved(before, JIRA, "done", tracked, NOW)
    assert news.ticket.status == "awaiting_review"
    assert news.words == "it says done: in progress → awaiting review"
    assert [(event.kind, event.actor) for event in news.events] == [(tracking.SAID, JIRA), ("status-changed", JIRA)]


def test_what_waits_to_be_started_is_started_first(tracked: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket(status="accepted", assignee="benedikt", team="network", topic="Outage")
    assert tracking.moved(before, JIRA, "done", tracked, NOW).ticket.status == "awaiting_review"


def test_what_may_not_be_stays_as_it_is(tracked: Desk, ticket: Callable[..., Ticket]) -> None:
    """Nobody outside resolves a ticket of ours, and nobody works on one that is nobody's."""
    nobodys = ticket(team="network")
    news = tracking.moved(nobodys, JIRA, "done", tracked, NOW)
    assert news.ticket == nobodys
    assert news.words.startswith("it says done, which is awaiting review here; nothing moved: ")
    begun = ticket(status="in_progress", assignee="benedikt", team="network", topic="Outage")
    news = tracking.moved(begun, JIRA, "won't do", tracked, NOW)
    assert news.ticket == begun
    assert "before it is resolved it needs: outcome" in news.words
    assert tracking.moved(begun, JIRA, "in progress", tracked, NOW).ticket == begun
    assert tracking.moved(begun, JIRA, "", tracked, NOW).words == "it says no status that is known here"
