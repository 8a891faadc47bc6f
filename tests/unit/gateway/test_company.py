"""Who and what a ticket goes with: #cc, #link, #split."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.rules import participants
from gateway.rules.desk import Desk
from gateway.rules.participants import MOST_COPIED
from gateway.rules.verbs import Plan, Refused, named, plan
from parsing.command import commands
from store.records import AddEvent, Join, Link, Ticket
from store.snapshot import Snapshot
from tests.unit.gateway.conftest import NOW


def known(*tickets: Ticket, **copied: str) -> Snapshot:
    found = Snapshot()
    found.tickets = {ticket.ref: ticket for ticket in tickets}
    kinds = {"nora@northwind.example": "requester"}
    found.participants = {1001: {**kinds, **{f"{name}@x.example": kind for name, kind in copied.items()}}}
    return found


def planned(desk: Desk, ticket: Ticket, text: str, snapshot: Snapshot) -> Plan | Refused:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW, snapshot)


def joins(found: Plan | Refused) -> dict[str, str]:
    assert isinstance(found, Plan), found
    effects = [effect for item in found.done for effect in item.effects]
    return {effect.person.address: effect.kind for effect in effects if isinstance(effect, Join)}


@pytest.mark.parametrize(
    "text",
    [
        "#cc olga@x.example piet@x.example",
        "#cc olga@x.example, piet@x.example",
        "#cc <olga@x.example>; <piet@x.example>",
        "#cc Olga@X.example<mailto:olga@x.example> piet@x.example <mailto:piet@x.example>",
    ],
)
def test_cc_reads_what_clients_make_of_addresses(desk: Desk, ticket: Callable[..., Ticket], text: str) -> None:
    found = planned(desk, ticket(), text, known())
    assert joins(found) == {"olga@x.example": "copied", "piet@x.example": "copied"}


def test_cc_takes_somebody_away_and_brings_them_back(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    assert joins(planned(desk, ticket(), "#cc -olga@x.example", known(olga="copied"))) == {"olga@x.example": "left"}
    assert joins(planned(desk, ticket(), "#cc olga@x.example", known(olga="left"))) == {"olga@x.example": "copied"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#cc", "say whose address"),
        ("#cc olga", "olga is no address"),
        ("#cc support@desk.example", "no person outside"),
        ("#cc support+kabcdefghijklmnopqrstuvwxyz@desk.example", "no person outside"),
        ("#cc benedikt@desk.example", "no person outside"),
        ("#cc ops@desk.example", "no person outside"),
        ("#cc noreply@x.example", "no person outside"),
        ("#cc users@lists.x.example", "no person outside"),
        ("#cc nora@northwind.example", "on the ticket already"),
        ("#cc olga@x.example", "on the ticket already"),
        ("#cc -nora@northwind.example", "the ticket is theirs"),
        ("#cc -piet@x.example", "is not copied"),
        ("#cc -", "- is no address; copied: olga@x.example"),
        ("#cc piet@x.example -piet@x.example", "piet@x.example is named twice"),
        ("#cc -olga@x.example olga@x.example", "olga@x.example is named twice"),
        ('#cc piet@x.example -"Piet"@X.example.', "piet@x.example is named twice"),
        ("#cc piet@x.example benedikt@desk.example", "no person outside"),
        ("#cc a@x.example\n#cc b@x.example", "once in a mail"),
    ],
)
def test_cc_refuses_all_for_one(desk: Desk, ticket: Callable[..., Ticket], text: str, reason: str) -> None:
    found = planned(desk, ticket(), text, known(olga="copied"))
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_cc_has_a_limit(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    many = " ".join(f"p{number}@x.example" for number in range(MOST_COPIED))
    assert len(joins(planned(desk, ticket(), f"#cc {many}", known()))) == MOST_COPIED
    found = planned(desk, ticket(), f"#cc {many}", known(olga="copied"))
    assert isinstance(found, Refused)
    assert f"{MOST_COPIED} people" in found.reason


def test_nobody_outside_is_copied_on_an_internal_ticket(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(audience="internal"), "#cc olga@x.example", known())
    assert isinstance(found, Refused)


def test_link_is_known_to_both(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(), "#link DESK-1002, 1003", known(ticket(), ticket(ref=1002), ticket(ref=1003)))
    assert isinstance(found, Plan)
    effects = [effect for item in found.done for effect in item.effects]
    assert [(e.ticket, e.other, e.kind) for e in effects if isinstance(e, Link)] == [
        (1001, 1002, "related"),
        (1001, 1003, "related"),
    ]
    assert [e.ticket for e in effects if isinstance(e, AddEvent)] == [1002, 1003]
    assert named(commands("#link DESK-1002, 1003").commands, desk) == {1002, 1003}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#link", "name the tickets"),
        ("#link 1 2 3 4 5 6 7 8 9 10 11", "at most 10"),
        ("#link tomorrow", "tomorrow is no ticket"),
        ("#link DESK-1001", "not linked to itself"),
        ("#link DESK-9999", "there is no ticket DESK-9999"),
    ],
)
def test_link_refuses(desk: Desk, ticket: Callable[..., Ticket], text: str, reason: str) -> None:
    found = planned(desk, ticket(), text, known(ticket()))
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_split_has_clocks_of_its_own(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(topic="Access", tags=("vip",)), "#split The  invoice\n#priority 2", known())
    assert isinstance(found, Plan)
    apart = found.apart
    assert apart is not None
    assert (apart.ref, apart.subject, apart.topic, apart.requester) == ("NEW-1", "The invoice", "", ticket().requester)
    assert apart.clock("first_response") is not None
    assert (found.ticket.priority, apart.priority) == (2, 3)  # the verbs are about the ticket that they are said of


@pytest.mark.parametrize("text", ["#split\n#split", "#split\n#retype question"])
def test_one_mail_begins_one_ticket(desk: Desk, ticket: Callable[..., Ticket], text: str) -> None:
    found = planned(desk, ticket(), text, known())
    assert isinstance(found, Refused)
    assert "once in a mail" in found.reason


def test_an_escalation_is_not_split(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(type="escalation", audience="internal"), "#split", known())
    assert isinstance(found, Refused)


def test_who_left_gets_nothing(ticket: Callable[..., Ticket]) -> None:
    snapshot = known(olga="left", piet="copied")
    assert [person.address for person in participants.readers(ticket(), snapshot)] == ["piet@x.example"]
