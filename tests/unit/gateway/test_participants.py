"""Who is on a ticket, as pure functions; and how it was before, for a mail that is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rules import mails, merging, participants
from gateway.rules.case import Guarded, Incoming
from gateway.rules.desk import Desk
from gateway.rules.verbs import Plan, Refused, named, plan
from parsing.command import commands
from store.lookup import load
from store.records import (
    AddEvent,
    ChangeTicket,
    ClearTimer,
    Direction,
    Join,
    Link,
    Message,
    Person,
    ReplyKey,
    Role,
    Status,
    Ticket,
    Trust,
)
from store.snapshot import Snapshot, Wanted
from tests.desk import StillDesk

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA, BOB, EVE = "nora@northwind.example", "bob@northwind.example", "eve@evil.example"
Make = Callable[..., Incoming]


def guarded(case: Incoming, desk: Desk, trust: Trust, key: ReplyKey | None = None) -> Guarded:
    address = case.mail.from_.address if case.mail.from_ else case.entry.envelope.sender
    return Guarded(
        incoming=case,
        mailbox=desk.addresses["support@desk.example"],
        others=(),
        author=Person(address=address),
        agent=desk.agents.get(address),
        key=key,
        trust=trust,
        robot=False,
        unanswered="",
        trace=(),
    )


OWN = ReplyKey(ticket=1001, person=NORA, role=Role.CUSTOMER)
BOBS = replace(OWN, person=BOB)
STAFFS = replace(OWN, person="anastasia@desk.example", role=Role.AGENT)


@pytest.mark.parametrize(
    ("trust", "kind", "key", "found"),
    [
        # proof of identity, and a place on the ticket
        (Trust.B, "requester", None, "participant"),
        (Trust.B, "copied", None, "participant"),
        (Trust.C, "copied", None, "participant"),
        (Trust.D, "requester", None, "unverified"),
        (Trust.D, "copied", None, "unverified"),
        # proof of identity, and an own key
        (Trust.A, "requester", OWN, "participant"),
        (Trust.C, "requester", OWN, "participant"),
        (Trust.C, "", OWN, "participant"),
        # somebody else's key proves nobody
        (Trust.D, "", BOBS, "unverified"),
        (Trust.B, "", BOBS, "unverified"),
        (Trust.B, "unverified", BOBS, "unverified"),
        (Trust.D, "requester", BOBS, "unverified"),
        (Trust.B, "requester", BOBS, "participant"),
        (Trust.B, "", STAFFS, "agent"),
        # neither place nor key
        (Trust.B, "", None, ""),
        (Trust.B, "unverified", None, ""),
        (Trust.B, "robot", None, ""),
        (Trust.B, "agent", None, ""),
        (Trust.D, "", None, ""),
    ],
)
def test_as_what_somebody_writes(
    incoming: Make,
    desk: Desk,
    ticket: Callable[..., Ticket],
    trust: Trust,
    kind: str,
    key: ReplyKey | None,
    found: str,
) -> None:
    case = guarded(incoming(f"From: {NORA}\nSubject: x\n\nx\n"), desk, trust, key)
    assert participants.membership(case, ticket(requester=BOB), kind, keyed=key is not None) == found


def test_an_internal_ticket_takes_nobody_in_without_a_key(
    incoming: Make, desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    case = guarded(incoming(f"From: {NORA}\nSubject: x\n\nx\n"), desk, Trust.B)
    assert participants.membership(case, ticket(audience="internal"), "requester", keyed=False) == ""


def test_an_author_who_cannot_be_named_is_nobody(incoming: Make, desk: Desk, ticket: Callable[..., Ticket]) -> None:
    case = guarded(incoming(f"From: {NORA}\nFrom: {EVE}\nSubject: x\n\nx\n"), desk, Trust.B)
    assert not case.is_named
    assert participants.membership(case, ticket(), "requester", keyed=False) == ""


@pytest.mark.parametrize(
    ("address", "copied"),
    [
        (BOB, True),
        ("Bob.Miller@Northwind.example.", True),
        ("bob@mail.northwind.example", True),
        ("anna-l@northwind.example", True),
        ("support@desk.example", False),
        ("HELP+x@desk.example", False),
        ("anastasia@desk.example", False),
        ("anastasia+private@desk.example", False),
        ("gone@desk.example", False),
        ("ops@desk.example", False),
        ("no-reply@northwind.example", False),
        ("mailer-daemon@northwind.example", False),
        ("sales-list@northwind.example", False),
        ("dev@lists.northwind.example", False),
        ("team@googlegroups.com", False),
        ("unknown@desk.example", False),
    ],
)
def test_who_may_be_copied(incoming: Make, desk: Desk, address: str, copied: bool) -> None:
    gone = replace(desk.agents["anastasia@desk.example"], address="gone@desk.example")
    desk = replace(desk, former={"gone@desk.example": gone})
    case = guarded(incoming(f"From: {NORA}\nCc: {address}\nSubject: x\n\nx\n"), desk, Trust.B)
    assert bool(participants.copies(case, {NORA: "requester"}, desk)) is copied


def test_the_worst_cc_is_read_in_one_go(incoming: Make, desk: Desk) -> None:
    """A header as long as it may be: many, the same again, and names that look like lists."""
    many = ", ".join([f"a{'-b' * 25}{n}@northwind.example" for n in range(900)] + [BOB] * 300)
    case = guarded(incoming(f"From: {NORA}\nCc: {many}\nSubject: x\n\nx\n"), desk, Trust.B)
    found = participants.copies(case, {NORA: "requester", BOB: "copied"}, desk)
    assert len(found) == participants.MOST_COPIED - 1
    assert participants.copies(case, {f"c{n}@x.example": "copied" for n in range(20)}, desk) == ()
    robots = ", ".join([f"no-reply{n}@northwind.example" for n in range(participants.MOST_READ)] + [BOB])
    case = guarded(incoming(f"From: {NORA}\nCc: {robots}\nSubject: x\n\nx\n"), desk, Trust.B)
    assert participants.copies(case, {NORA: "requester"}, desk) == ()


def test_who_was_unverified_may_be_copied_by_who_may(incoming: Make, desk: Desk) -> None:
    case = guarded(incoming(f"From: {NORA}\nCc: {BOB}\nSubject: x\n\nx\n"), desk, Trust.B)
    assert [p.address for p in participants.copies(case, {BOB: "unverified"}, desk)] == [BOB]
    assert participants.copies(case, {BOB: "robot"}, desk) == ()
    snapshot = Snapshot(participants={1001: {BOB: "unverified", EVE: "requester"}})
    snapshot.overlay(_decided(Join(ticket=1001, person=Person(address=BOB), kind="copied")), None)
    snapshot.overlay(_decided(Join(ticket=1001, person=Person(address=EVE), kind="copied")), None)
    assert snapshot.participants[1001] == {BOB: "copied", EVE: "requester"}


def _decided(*effects: Any) -> Any:
    from store.records import Decision, Verdict

    return Decision(entry=None, verdict=Verdict.APPENDED, reason="", effects=effects)


def test_how_others_are_named() -> None:
    assert participants.called(Person(address=BOB, name="Bob Miller")) == "Bob Miller"
    assert participants.called(Person(address=BOB)) == "bob"


# What somebody has seen


def _message(direction: Direction, author: str, *to: str, trust: str = "B") -> Message:
    return Message(at=NOW, direction=direction, role=Role.CUSTOMER, from_address=author, to=to, text="x", trust=trust)


def test_what_each_has_seen() -> None:
    alone = _message(Direction.OUT, "support@desk.example", NORA)
    both = _message(Direction.OUT, "support@desk.example", NORA, BOB)
    hers, his = _message(Direction.IN, NORA, BOB), _message(Direction.IN, BOB)
    note = _message(Direction.NOTE, "anastasia@desk.example", NORA)
    recent = [hers, alone, both, his, note]
    assert mails.known_to(NORA, recent) == [hers, alone, both]
    assert mails.known_to(BOB, recent) == [both, his]
    assert mails.known_to_all((NORA, BOB), recent) == [both]
    assert mails.known_to_all((NORA,), recent) == [hers, alone, both]
    assert mails.known_to_all((), recent) == []


def test_what_only_claims_to_be_theirs_is_not_theirs() -> None:
    """Once somebody was heard of with proof; before that, it is all that there is."""
    opening, proven, forged = (_message(Direction.IN, NORA, trust=trust) for trust in "DCD")
    assert mails.known_to(NORA, [opening, proven, forged]) == [opening, proven]
    assert mails.known_to(NORA, [opening, forged]) == [opening, forged]
    other = _message(Direction.IN, BOB, trust="D")
    assert mails.known_to(BOB, [proven, other]) == [other]


# Merging


@pytest.fixture
def known(ticket: Callable[..., Ticket]) -> Snapshot:
    return Snapshot(
        tickets={
            1001: ticket(),
            1002: ticket(ref=1002, requester=BOB, status=Status.RESOLVED, outcome="x", resolved_at=NOW),
            1003: ticket(ref=1003, audience="internal"),
            1004: ticket(ref=1004, team="billing"),
            1005: ticket(ref=1005),
            1006: ticket(ref=1006),
            1007: ticket(ref=1007, audience="internal", type="escalation"),
        },
        merged={1004: 1005},
        participants={
            1001: {NORA: "requester"},
            1002: {
                BOB: "requester",
                "c@x.example": "copied",
                EVE: "unverified",
                "r@x.example": "robot",
                "anastasia@desk.example": "agent",
                NORA: "copied",
            },
        },
        people={BOB: Person(id=2, address=BOB, name="Bob")},
    )


def _planned(desk: Desk, ticket: Ticket, text: str, known: Snapshot, actor: str = "anastasia") -> Plan | Refused:
    agent = desk.agent_named(actor)
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW, known)


@pytest.mark.parametrize(
    ("number", "text", "reason", "nearest"),
    [
        (1001, "#merge", "name the one ticket", "#merge DESK-1042"),
        (1001, "#merge something", "name the one ticket", "#merge DESK-1042"),
        (1001, "#merge DESK-1002 DESK-1003", "name the one ticket", "#merge DESK-1042"),
        (1001, "#merge DESK-1001", "not merged into itself", "#merge DESK-n"),
        (1001, "#merge DESK-999999999", "there is no ticket DESK-999999999", "#merge DESK-n"),
        (1001, "#merge DESK-1003", "DESK-1003 is internal and this one is a customer's", "#merge DESK-n"),
        (1001, "#merge DESK-1004", "DESK-1004 is merged into DESK-1005 itself", "#merge DESK-1005"),
        (1004, "#merge DESK-1002", "it is merged into DESK-1005 already", "#merge DESK-n"),
        (1005, "#merge DESK-1004", "DESK-1004 is merged into this one", "#merge DESK-n"),
        (1001, "#merge DESK-1006\n#reopen", "after #merge nothing can be done", "#merge last"),
        (1001, "#merge DESK-1002", "DESK-1002 is resolved", "first #reopen in DESK-1002"),
        (1003, "#merge DESK-1007", "DESK-1007 is an escalation and this one is none", "#merge DESK-n"),
        (1007, "#merge DESK-1003", "this one is an escalation and DESK-1003 is none", "#merge DESK-n"),
        (1004, "#reopen", "it is merged into DESK-1005", "write into DESK-1005"),
    ],
)
def test_what_is_not_merged(desk: Desk, known: Snapshot, number: int, text: str, reason: str, nearest: str) -> None:
    before = known.tickets[number]
    if text == "#reopen":
        before = replace(before, status=Status.CLOSED)
    found = _planned(desk, before, text, known, "dominique")
    assert isinstance(found, Refused), found
    assert reason in found.reason
    assert nearest in found.nearest


def test_only_who_may_act_on_both_merges_them(desk: Desk, known: Snapshot) -> None:
    known.merged.clear()
    found = _planned(desk, known.tickets[1001], "#merge 1004", known)
    assert isinstance(found, Refused)
    assert "of team billing" in found.reason
    assert isinstance(_planned(desk, known.tickets[1001], "#merge 1004", known, "dominique"), Plan)


@pytest.mark.parametrize("text", ["#merge DESK-1001", "#Merge desk-1001", "#merge [DESK-1001]", "#merge 1001"])
def test_the_ticket_that_is_named(desk: Desk, text: str) -> None:
    assert named(commands(f"#note\n{text}\nwords DESK-7").commands, desk) == {1001}


def test_nothing_else_is_looked_up(desk: Desk) -> None:
    assert named(commands("#tag +DESK-1\n#merge\n#merge x").commands, desk) == set()
    assert named(commands(f"#merge {'9' * 400}").commands, desk) == set()


def test_what_follows_of_a_merge(desk: Desk, known: Snapshot) -> None:
    before = known.tickets[1002]
    found = _planned(desk, before, "#merge DESK-1001", known)
    assert isinstance(found, Plan)
    assert (found.into, found.ticket.status, found.ticket.outcome) == (1001, Status.CLOSED, "merged into DESK-1001")
    assert found.ticket.resolved_at == NOW
    assert found.done[0].detail == {"from": "resolved", "to": "closed", "into": "DESK-1001"}
    effects = merging.merged(before, 1001, "anastasia", desk, known, NOW + timedelta(minutes=1))
    assert Link(ticket=1002, other=1001, kind="merged-into") in effects
    assert [e.kind for e in effects if isinstance(e, ClearTimer)] == ["close"]
    assert [e.ticket for e in effects if isinstance(e, ChangeTicket)] == [1001]
    assert [(e.person.address, e.person.name, e.kind) for e in effects if isinstance(e, Join)] == [
        (BOB, "Bob", "copied"),
        ("c@x.example", "", "copied"),
        (EVE, "", "unverified"),
        ("r@x.example", "", "robot"),
    ]
    assert {e.ticket for e in effects if isinstance(e, AddEvent | Join)} == {1001}


def test_nobody_outside_comes_to_a_ticket_that_is_inside(desk: Desk, known: Snapshot) -> None:
    known.participants[1003] = {NORA: "requester", "benedikt@desk.example": "copied", EVE: "unverified"}
    known.tickets[1008] = replace(known.tickets[1003], ref=1008)
    effects = merging.merged(known.tickets[1003], 1008, "anastasia", desk, known, NOW)
    assert [e.person.address for e in effects if isinstance(e, Join)] == ["benedikt@desk.example"]


def test_a_merge_brings_no_more_people_than_a_ticket_may_have(desk: Desk, known: Snapshot) -> None:
    known.participants[1001] |= {f"p{n}@x.example": "copied" for n in range(participants.MOST_COPIED - 1)}
    effects = merging.merged(known.tickets[1002], 1001, "anastasia", desk, known, NOW)
    assert [e.person.address for e in effects if isinstance(e, Join) and e.kind == "copied"] == [BOB]


# How it was before


def test_explained_is_what_was_known_then(still: StillDesk) -> None:
    """Who joined, and what was merged, after a mail was decided is not seen when that mail is explained."""
    border = "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n"

    def write(number: int, **headers: str) -> None:
        still.now += timedelta(minutes=1)
        lines = {"From": NORA, "To": "support@desk.example", "Subject": f"Case {number}", **headers}
        head = border + "".join(f"{name}: {value}\n" for name, value in lines.items())
        still.mail(f"{head}Message-ID: <{number}@n>\n\nCase {number}.\n", NORA)

    write(1)
    write(2)
    write(3, Subject="[DESK-1001] Case 1")
    write(4, Subject="[DESK-1001] Case 1", Cc=BOB)
    write(5, Subject="[DESK-1001] Case 1")
    still.now += timedelta(minutes=1)
    assert isinstance(still.do("DESK-1002", "#topic Usage\n#start\n#resolve it is done", "anastasia"), tuple)
    still.now += timedelta(minutes=1)
    write(6, Subject="[DESK-1001] and [DESK-1002]")
    still.now += timedelta(minutes=1)
    assert isinstance(still.do("DESK-1002", "#merge DESK-1001", "anastasia"), tuple)

    def seen(row: int) -> Snapshot:
        with still.store.look() as connection:
            return load(connection, Wanted(numbers={1001, 1002}), without=row)

    assert [BOB in seen(row).participants[1001] for row in (3, 4, 5)] == [False, False, True]
    before = seen(6)
    assert (before.merged, before.tickets[1002].status, before.tickets[1002].outcome) == (
        {},
        Status.RESOLVED,
        "it is done",
    )
    write(7, Subject="[DESK-1002] Case 2")
    after = seen(7)
    assert after.merged == {1002: 1001}
    assert (after.tickets[1002].status, after.tickets[1002].outcome) == (Status.CLOSED, "merged into DESK-1001")
    assert after.participants[1001] == {NORA: "requester", BOB: "copied"}
