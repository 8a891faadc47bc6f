"""The guard and the threading as pure functions: a mail and a snapshot in, a value or a verdict out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rules import keys
from gateway.rules.case import Guarded, Incoming, Threaded, mentioned_ids
from gateway.rules.desk import Desk
from gateway.stages.guard.copies import copy_of
from gateway.stages.guard.entrance import guard, our_mailboxes
from gateway.stages.thread import thread
from store.records import Decision, ReplyKey, Role, SendMail, Status, Ticket, Trust, Verdict
from store.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MAIL = "From: Nora <nora@northwind.example>\nTo: support@desk.example\nSubject: {0}\nMessage-ID: <a1@n.example>\n\nx\n"
NORA = "nora@northwind.example"


def MINT() -> str:  # noqa: N802 - a value: the Message-ID of every mail of ours
    return "<ours@desk.example>"


Make = Callable[..., Incoming]


def keyed(
    desk: Desk, person: str = NORA, role: Role = Role.CUSTOMER, **changes: Any
) -> tuple[str, dict[str, ReplyKey]]:
    """An address with a key, and the key as the store has it."""
    key = keys.mint(desk.secret, 1001, person, role.value, "public", 1)
    known = ReplyKey(ticket=1001, person=person, role=role, **changes)
    return keys.keyed("support@desk.example", key), {keys.fingerprint(key): known}


def guarded(case: Incoming, desk: Desk, snapshot: Snapshot | None = None) -> Guarded:
    found = guard(case, desk, snapshot or Snapshot(), MINT)
    assert isinstance(found, Guarded), found
    return found


def ended(case: Incoming, desk: Desk, snapshot: Snapshot | None = None) -> Decision:
    found = guard(case, desk, snapshot or Snapshot(), MINT)
    assert isinstance(found, Decision), found
    assert not [mail for mail in found.effects if isinstance(mail, SendMail) and mail.role is not Role.AGENT]
    return found


@pytest.mark.parametrize(
    ("recipients", "to", "mailboxes"),
    [
        (("support@desk.example",), "", ["support@desk.example"]),
        (("HELP@DESK.example",), "", ["support@desk.example"]),
        (("help@desk.example", "support+x@desk.example"), "", ["support@desk.example"]),
        (("billing@desk.example", "support@desk.example"), "", ["billing@desk.example", "support@desk.example"]),
        (
            ("billing@desk.example", "support@desk.example"),
            "x@y.example, help@desk.example, billing@desk.example",
            ["support@desk.example", "billing@desk.example"],
        ),
        (("support@desk.example",), "billing@desk.example", ["support@desk.example"]),
        (("anastasia@desk.example", "support@elsewhere.example"), "support@desk.example", []),
    ],
)
def test_whose_mailbox(incoming: Make, desk: Desk, recipients: tuple[str, ...], to: str, mailboxes: list[str]) -> None:
    case = incoming(f"From: {NORA}\nTo: {to}\nSubject: x\n\nx\n", recipients=recipients)
    assert [box.canonical for box in our_mailboxes(case, desk)] == mailboxes


def test_not_ours(incoming: Make, desk: Desk) -> None:
    assert ended(incoming(MAIL, recipients=("x@y.example",)), desk).verdict is Verdict.NOT_ADDRESSED_TO_US


def test_a_valid_key_of_the_author(incoming: Make, desk: Desk) -> None:
    address, known = keyed(desk)
    found = guarded(incoming(MAIL, recipients=(address,)), desk, Snapshot(keys=known))
    assert found.trust is Trust.C
    assert found.key is not None


@pytest.mark.parametrize(
    "changes",
    [{"revoked": True}, {"expires_at": NOW}, {"expires_at": NOW - timedelta(days=1)}],
)
def test_a_key_that_is_over_counts_as_none(incoming: Make, desk: Desk, changes: dict[str, Any]) -> None:
    address, known = keyed(desk, **changes)
    found = guarded(incoming(MAIL, recipients=(address,)), desk, Snapshot(keys=known))
    assert (found.key, found.trust) == (None, Trust.D)


def test_an_unknown_key_counts_as_none(incoming: Make, desk: Desk) -> None:
    address, _known = keyed(desk)
    assert guarded(incoming(MAIL, recipients=(address,)), desk).key is None


def test_a_key_speaks_only_for_its_person(incoming: Make, desk: Desk) -> None:
    address, known = keyed(desk, "paul@northwind.example")
    found = guarded(incoming(MAIL, recipients=(address,)), desk, Snapshot(keys=known))
    assert found.trust is Trust.D


@pytest.mark.parametrize(
    ("author", "person", "verdict"),
    [
        ("anastasia@desk.example", "dominique@desk.example", Verdict.HELD_UNVERIFIED),
        (NORA, "anastasia@desk.example", Verdict.HELD_UNVERIFIED),
    ],
)
def test_a_staff_key_without_its_proven_owner(
    incoming: Make, desk: Desk, author: str, person: str, verdict: Verdict
) -> None:
    address, known = keyed(desk, person, Role.AGENT)
    case = incoming(MAIL.replace(NORA, author), recipients=(address,))
    decision = ended(case, desk, Snapshot(keys=known))
    assert (decision.verdict, decision.ticket) == (verdict, 1001)


def test_the_unproven_owner_of_a_staff_key_goes_on_to_be_asked(incoming: Make, desk: Desk) -> None:
    """Trust C: the table of rights asks for a confirmation (`stages/act/staff.py`)."""
    address, known = keyed(desk, "anastasia@desk.example", Role.AGENT)
    case = incoming(MAIL.replace(NORA, "anastasia@desk.example"), recipients=(address,))
    assert guarded(case, desk, Snapshot(keys=known)).trust is Trust.C


@pytest.mark.parametrize("lie", ["From: {0}\nFrom: {0}", "From: {0}, {0}", "From: {0} <evil@x.example>, {0}"])
def test_a_from_that_is_not_one_mailbox_is_never_keyed(incoming: Make, desk: Desk, lie: str) -> None:
    address, known = keyed(desk, NORA, Role.CUSTOMER)
    line = next(line for line in MAIL.split("\n") if line.startswith("From:"))
    case = incoming(MAIL.replace(line, lie.format(NORA)), recipients=(address,))
    assert guarded(case, desk, Snapshot(keys=known)).trust is Trust.D


def test_a_robot_with_a_staff_key_is_not_held(incoming: Make, desk: Desk) -> None:
    address, known = keyed(desk, "anastasia@desk.example", Role.AGENT)
    text = MAIL.replace(NORA, "anastasia@desk.example").replace("Subject", "Auto-Submitted: auto-replied\nSubject")
    assert guarded(incoming(text, recipients=(address,)), desk, Snapshot(keys=known)).robot


def test_a_display_name_is_nobody(incoming: Make, desk: Desk) -> None:
    found = guarded(incoming('From: "anastasia@desk.example" <m@evil.example>\nSubject: x\n\nx\n'), desk)
    assert (found.agent, found.author.address) == (None, "m@evil.example")


@pytest.mark.parametrize(
    ("again", "verdict"),
    [
        ({}, Verdict.DUPLICATE),
        ({"recipients": ("help@desk.example",)}, Verdict.DUPLICATE),
        ({"recipients": ("billing@desk.example",)}, Verdict.DUPLICATE),
        ({"sender": "relay@x.example"}, Verdict.DUPLICATE),
        ({"received_at": NOW + timedelta(days=99)}, Verdict.DUPLICATE),
    ],
)
def test_the_same_mail_again(
    incoming: Make, desk: Desk, ticket: Callable[..., Ticket], again: dict[str, Any], verdict: Verdict
) -> None:
    first = incoming(MAIL)
    snapshot = Snapshot(
        tickets={1001: ticket()},
        copies={first.mail.content_hash: [copy_of(first, "support@desk.example", 1001, Verdict.TICKET_CREATED)]},
    )
    decision = ended(incoming(MAIL, number=2, **again), desk, snapshot)
    assert (decision.verdict, decision.ticket) == (verdict, 1001)


@pytest.mark.parametrize(
    ("again", "same"),
    [
        ({}, True),
        ({"received_at": NOW + timedelta(hours=24)}, True),
        ({"received_at": NOW + timedelta(hours=24, seconds=1)}, False),
        ({"sender": "other@northwind.example"}, False),
    ],
)
def test_without_a_message_id_the_envelope_counts(
    incoming: Make, desk: Desk, again: dict[str, Any], same: bool
) -> None:
    text = MAIL.replace("Message-ID: <a1@n.example>\n", "")
    first = incoming(text)
    snapshot = Snapshot(
        copies={first.mail.content_hash: [copy_of(first, "support@desk.example", 1001, Verdict.TICKET_CREATED)]}
    )
    assert isinstance(guard(incoming(text, number=2, **again), desk, snapshot, MINT), Decision) is same


def test_a_message_id_alone_is_no_duplicate(incoming: Make, desk: Desk) -> None:
    first = incoming(MAIL)
    snapshot = Snapshot(
        copies={first.mail.content_hash: [copy_of(first, "support@desk.example", 1001, Verdict.TICKET_CREATED)]}
    )
    guarded(incoming(MAIL.format("other words"), number=2), desk, snapshot)


@pytest.mark.parametrize(("count", "stops"), [(50, False), (51, True), (500, True)])
def test_hops(incoming: Make, desk: Desk, count: int, stops: bool) -> None:
    received = "Received: from a by b; Mon, 23 Nov 2026 09:00:00 +0100\n" * count
    found = guard(incoming(received + MAIL), desk, Snapshot(), MINT)
    assert isinstance(found, Decision) is stops


# Threading


@pytest.fixture
def known(ticket: Callable[..., Ticket]) -> Snapshot:
    return Snapshot(
        tickets={1001: ticket(), 1002: ticket(ref=1002, requester="paul@x.example", audience="internal")},
        participants={
            1001: {NORA: "requester", "guest@x.example": "unverified"},
            1002: {"paul@x.example": "requester"},
        },
        threads={"<t1@n.example>": [1001], "<t2@n.example>": [1002]},
        latest={NORA: 1001},
    )


def threaded(case: Incoming, desk: Desk, snapshot: Snapshot) -> Threaded:
    found = thread(guarded(case, desk, snapshot), desk, snapshot)
    assert isinstance(found, Threaded), found
    return found


@pytest.mark.parametrize(
    ("author", "headers", "joins", "links"),
    [
        (NORA, "In-Reply-To: <t1@n.example>\nSubject: x", 1001, []),
        (NORA, "References: <x@y> <t1@n.example> <z@y>\nSubject: x", 1001, []),
        (NORA, "Subject: Re: [DESK-1001] x", 1001, []),
        (NORA, "Subject: AW: WG: [desk-1001] x", 1001, []),
        (NORA, "Subject: [DESK-1002] x", None, [(1002, "mentioned"), (1001, "same-person")]),
        (NORA, "In-Reply-To: <t2@n.example>\nSubject: [DESK-1001] x", 1001, [(1002, "mentioned")]),
        (NORA, "Subject: [DESK-1001] and [DESK-1002]", 1001, []),
        (NORA, "Subject: [DESK-9999] x", None, [(1001, "same-person")]),
        (NORA, "Subject: DESKTOP-1001 x", None, [(1001, "same-person")]),
        (NORA, "Subject: something else", None, [(1001, "same-person")]),
        ("m@evil.example", "In-Reply-To: <t1@n.example>\nSubject: x", None, [(1001, "mentioned")]),
        ("m@evil.example", "Subject: [DESK-1001] x", None, [(1001, "mentioned")]),
        ("guest@x.example", "In-Reply-To: <t1@n.example>\nSubject: x", None, [(1001, "mentioned")]),
        ("paul@x.example", "In-Reply-To: <t2@n.example>\nSubject: x", None, [(1002, "mentioned")]),
    ],
)
def test_which_ticket(
    incoming: Make, desk: Desk, known: Snapshot, author: str, headers: str, joins: int | None, links: list[Any]
) -> None:
    found = threaded(incoming(f"From: <{author}>\n{headers}\nMessage-ID: <n@n.example>\n\nx\n"), desk, known)
    assert (found.ticket.ref if found.ticket else None) == joins
    assert list(found.links) == links


def test_the_key_is_stronger_than_all_else(incoming: Make, desk: Desk, known: Snapshot) -> None:
    address, known.keys = keyed(desk)
    known.participants[1002][NORA] = "requester"
    text = f"From: {NORA}\nSubject: [DESK-1002] x\nIn-Reply-To: <t2@n.example>\n\nx\n"
    found = threaded(incoming(text, recipients=(address,)), desk, known)
    assert found.ticket is not None
    assert (found.ticket.ref, found.membership) == (1001, "participant")


def test_somebody_elses_key_makes_an_unverified_participant(incoming: Make, desk: Desk, known: Snapshot) -> None:
    address, known.keys = keyed(desk)
    found = threaded(incoming("From: m@evil.example\nSubject: x\n\nx\n", recipients=(address,)), desk, known)
    assert found.ticket is not None
    assert (found.ticket.ref, found.membership) == (1001, "unverified")


@pytest.mark.parametrize(
    ("ago", "reopens", "opens"), [(timedelta(days=14), True, False), (timedelta(days=15), False, True)]
)
def test_a_ticket_that_has_ended(
    incoming: Make,
    desk: Desk,
    known: Snapshot,
    ticket: Callable[..., Ticket],
    ago: timedelta,
    reopens: bool,
    opens: bool,
) -> None:
    known.tickets[1001] = ticket(status=Status.CLOSED, resolved_at=NOW - ago)
    found = threaded(incoming(f"From: {NORA}\nSubject: [DESK-1001]\n\nx\n"), desk, known)
    assert found.reopens is reopens
    assert (found.ticket is None) is opens
    assert list(found.links) == ([(1001, "follows")] if opens else [])


def test_a_robot_reopens_nothing(incoming: Make, desk: Desk, known: Snapshot, ticket: Callable[..., Ticket]) -> None:
    known.tickets[1001] = ticket(status=Status.RESOLVED, resolved_at=NOW)
    text = f"From: {NORA}\nSubject: [DESK-1001]\nAuto-Submitted: auto-replied\n\nx\n"
    found = threaded(incoming(text), desk, known)
    assert found.ticket is not None
    assert not found.reopens


def test_the_newest_reference_first(incoming: Make) -> None:
    case = incoming("In-Reply-To: <c@x> <d@x>\nReferences: <a@x> <b@x> <c@x>\n\nx\n")
    assert mentioned_ids(case.mail) == ["<c@x>", "<d@x>", "<b@x>", "<a@x>"]
