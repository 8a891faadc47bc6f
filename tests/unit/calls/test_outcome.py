"""What came of a call: how it is said, by whom, when, and what follows."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.rules.verbs import Plan, Refused, outcome
from gateway.rules.verbs.request import Planned, Request
from store.records import AddEvent, AddMessage, Call, CallState, Direction, SaveCall
from store.snapshot import Snapshot
from tests.unit.calls.asked import mails_of, planned, the_desk
from tests.unit.calls.staffed import ACK, FREEZE, START, TWO, assigned, known, of, promised

MINUTE = timedelta(minutes=1)
AFTER = START + 25 * MINUTE
HAS_IT = assigned(acked_at=FREEZE)
LIVE = replace(HAS_IT, state=CallState.LIVE)


def says(text: str, call: Call = LIVE, actor: str = "anastasia", now: datetime = AFTER, **more: Any) -> Plan | Refused:
    ticket = of(call, team="frontline", **more)
    return planned(text, actor, ticket, known=known(call, ticket=ticket), now=now)


def done(text: str, call: Call = LIVE, actor: str = "anastasia", now: datetime = AFTER, **more: Any) -> Plan:
    found = says(text, call, actor, now, **more)
    assert isinstance(found, Plan), found
    return found


def refused(text: str, call: Call = LIVE, actor: str = "anastasia", now: datetime = AFTER) -> str:
    found = says(text, call, actor, now)
    assert isinstance(found, Refused), found
    return found.reason


def saved(found: Plan) -> Call:
    (call,) = [effect.call for item in found.done for effect in item.effects if isinstance(effect, SaveCall)]
    return call


# How it is said


@pytest.mark.parametrize(
    ("text", "state", "said", "logged"),
    [
        ("#outcome it works again", "completed", "it works again", 30),
        ("#outcome 45m it works again", "completed", "it works again", 45),
        ("#outcome 1h30m it works", "completed", "it works", 90),
        ("#outcome #1 it works again", "completed", "it works again", 30),
        ("#outcome 1001-1 it works again", "completed", "it works again", 30),
        ("#outcome #1 45m it works again", "completed", "it works again", 45),
        ("#outcome 2 servers were restarted", "completed", "2 servers were restarted", 30),
        ("#outcome nobody knows why, no shows today", "completed", "nobody knows why, no shows today", 30),
        ("#outcome no-showstopper found", "completed", "no-showstopper found", 30),
        ("#outcome no-show", "no_show", "the customer was not there", 0),
        ("#outcome no show", "no_show", "the customer was not there", 0),
        ("#outcome NoShow", "no_show", "the customer was not there", 0),
        ("#outcome no-show because nobody answered", "no_show", "the customer was not there: nobody answered", 0),
        ("#outcome no-show, nobody answered", "no_show", "the customer was not there: nobody answered", 0),
        ("#outcome no-show us", "no_show", "none of us was there", 0),
        ("#outcome no-show us because of the strike", "no_show", "none of us was there: of the strike", 0),
        ("#outcome #1 no-show us", "no_show", "none of us was there", 0),
    ],
)
def test_what_is_said_is_what_is_kept(text: str, state: str, said: str, logged: int) -> None:
    found = done(text)
    call = saved(found)
    assert (call.state, call.outcome, found.ticket.logged) == (state, said, logged)
    assert found.ticket.calls == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#outcome", "say what came of it"),
        ("#outcome 45m", "say what came of it"),
        ("#outcome 30h a long one", "at a stretch is more than a day"),
        ("#outcome #2 it works", "there is no call 2 on this ticket"),
    ],
)
def test_what_cannot_be_understood_is_refused(text: str, reason: str) -> None:
    assert reason in refused(text)


def test_very_long_words_are_read_in_time() -> None:
    began = time.process_time()
    anastasia = the_desk().agent_named("anastasia")
    assert anastasia is not None
    for words in ("no-show " + "because " * 50_000, "#" + "9" * 200_000, "no " * 100_000, "4" * 100_000 + "m x"):
        found = outcome.VERBS[0].plan(
            Request(
                args=words, line="#outcome", ticket=of(LIVE), desk=TWO, actor=anastasia, now=AFTER, known=known(LIVE)
            )
        )
        assert isinstance(found, Planned), words[:40]
        (call,) = [effect.call for effect in found.effects if isinstance(effect, SaveCall)]
        assert len(call.outcome) <= 2_100
    assert time.process_time() - began < 2.0


# What follows


def test_it_is_told_logged_and_noted() -> None:
    found = done("#outcome the cable was loose")
    (item,) = found.done
    assert (item.event, [event.kind for event in item.follows]) == ("call-completed", ["time-logged"])
    assert item.detail["outcome"] == "the cable was loose"
    (note,) = [effect.message for effect in item.effects if isinstance(effect, AddMessage)]
    assert (note.direction, note.text, note.from_address) == (
        Direction.NOTE, "the cable was loose", "anastasia@desk.example",
    )  # fmt: skip
    assert mails_of(found) == []


def test_a_call_that_nobody_said_had_begun_begins_by_it() -> None:
    (item,) = done("#outcome it works", HAS_IT).done
    kinds = [item.event, *(event.kind for event in item.follows if isinstance(event, AddEvent))]
    assert kinds == ["call-started", "call-completed", "time-logged"]


def test_the_customer_reads_that_we_waited_or_nothing_yet() -> None:
    (mail,) = mails_of(done("#outcome no-show"))
    assert (mail.to.address, mail.facts["variant"]) == ("nora@northwind.example", "not_there")
    ours = done("#outcome no-show us")
    assert mails_of(ours) == [], "the offer comes with the next turn"
    assert saved(ours).short_since is not None
    assert saved(done("#outcome no-show")).short_since is None


def test_whoever_said_nothing_is_stood_down_by_a_no_show_of_ours() -> None:
    found = done("#outcome no-show us", assigned(state=CallState.WAITING), "dominique")
    assert [mail.purpose.value for mail in mails_of(found)] == ["stand_down"]


# Who, and when


@pytest.mark.parametrize("actor", ["anastasia", "dominique", "samantha"])
def test_who_had_it_leads_and_schedulers_may_say(actor: str) -> None:
    assert saved(done("#outcome it works", actor=actor)).state == "completed"


def test_nobody_else_may() -> None:
    assert "anastasia took it" in refused("#outcome it works", actor="benedikt")
    assert "only" in refused("#outcome it works", actor="mirabelle")


def test_not_before_it_begins_and_not_twice() -> None:
    assert "it begins Tue 24 Nov 2026, 14:00" in refused("#outcome it works", HAS_IT, now=START - MINUTE)
    held = replace(LIVE, state=CallState.COMPLETED, outcome="it works", ended_at=AFTER)
    assert "it is completed already: it works" in refused("#outcome again", held)
    missed = replace(LIVE, state=CallState.NO_SHOW, outcome="the customer was not there", ended_at=AFTER)
    assert "it is a no-show already: the customer was not there" in refused("#outcome again", missed)
    offered = replace(promised(), state=CallState.OFFERED, start=None, end=None, cell=None)
    assert "no time is promised" in refused("#outcome it works", offered)


def test_their_own_of_two_calls_that_have_begun() -> None:
    second = replace(assigned("benedikt", acked_at=FREEZE), number=2, state=CallState.LIVE)
    ticket = of(LIVE, team="frontline", calls={"1": "live", "2": "live"})
    seen: Snapshot = known(LIVE, second, ticket=ticket)
    own = planned("#outcome it works", "anastasia", ticket, known=seen, now=AFTER)
    assert isinstance(own, Plan)
    assert saved(own).number == 1
    which = planned("#outcome it works", "dominique", ticket, known=seen, now=AFTER)
    assert isinstance(which, Refused)
    assert which.nearest.splitlines() == ["#outcome #1 …", "#outcome #2 …"]


# ack and return


def test_ack_and_return_mean_the_call_where_no_handoff_waits() -> None:
    taken = done("#ack", assigned(), now=ACK)
    assert saved(taken).acked_at == ACK
    assert "you have call 1001-1 already" in refused("#ack", HAS_IT, now=ACK)
    back = done("#return because I am ill", HAS_IT, now=ACK)
    assert (saved(back).passed, saved(back).state) == (("anastasia",), "booked")
    assert [mail.purpose.value for mail in mails_of(back)] == ["stand_down"]
    assert "say the reason" in refused("#return", HAS_IT, now=ACK)
    assert "has begun" in refused("#return because I am ill", LIVE)
    assert "no handoff brought it here" in refused("#return because ill need rest", assigned("benedikt"), now=ACK)
    assert "call 1001-1: benedikt was asked to take the call" in refused("#ack", assigned("benedikt"), now=ACK)
    assert "no handoff waits for you" in refused("#ack", promised(), now=START - timedelta(hours=5))
