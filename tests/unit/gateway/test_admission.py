"""Who is not let in, as a pure function: blocks, spam marks, the ticket trick, rates that no window passes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pipeline import wanted
from gateway.rules import admission
from gateway.rules.admission import (
    GRAIN,
    HOUR,
    LONGEST_WAIT,
    blockable,
    came_at,
    counted,
    is_alarming,
    rates,
    refusal,
    since,
    told,
)
from gateway.rules.case import Guarded, Incoming
from gateway.rules.desk import Desk, Intake
from gateway.stages.guard.entrance import guard
from parsing.message import Kind, Mailbox, ParsedMail, SpamMark
from store import ledger
from store.records import Entry, Envelope, Person, Trust, Verdict
from store.snapshot import Snapshot
from tests.unit.gateway.conftest import NOW

NORA = "nora@northwind.example"
SPAM = (SpamMark(header="x-spam-flag", is_spam=True, words="YES"),)
Spent = dict[str, list[tuple[int, int]]]


def arrived(  # every test says only what matters to it
    desk: Desk,
    author: str = NORA,
    *,
    sender: str | None = None,
    client: str = "127.0.0.1",
    door: str = "smtp",
    trust: Trust = Trust.D,
    minutes: float = 0,
    marks: tuple[SpamMark, ...] = (),
    verification: str = "",
    previous: Verdict | None = None,
    waited: timedelta | None = None,
    **changes: Any,
) -> Guarded:
    """A mail after the guard has judged its author."""
    now = NOW + timedelta(minutes=minutes)
    mail = ParsedMail(
        kind=Kind.HUMAN,
        from_=Mailbox(address=author) if author else None,
        message_id="<a1@n.example>",
        spam=marks,
        verification=verification,
    )
    envelope = Envelope(
        sender=author if sender is None else sender,
        recipients=("support@desk.example",),
        received_at=now,
        door=door,
        client=client,
        history=changes.pop("history", False),
        waited_since=None if waited is None else now - waited,
    )
    entry = Entry(id=1, envelope=envelope, sha256="0" * 64, size=1, previous=previous, **changes)
    return Guarded(
        incoming=Incoming(entry=entry, mail=mail, now=now),
        mailbox=desk.addresses["support@desk.example"],
        others=(),
        author=Person(address=author or sender or "unknown@desk.example"),
        agent=desk.agents.get(author),
        key=None,
        trust=trust,
        robot=False,
        unanswered="",
        trace=(),
    )


def verdict(guarded: Guarded, desk: Desk, blocked: dict[str, str] | None = None, spent: Spent | None = None) -> str:
    found = refusal(guarded, desk, blocked or {}, spent or {})
    return "" if found is None else found.verdict.value


# Blocks


@pytest.mark.parametrize(
    ("author", "sender", "name"),
    [
        ("m@evil.example", "m@evil.example", "m@evil.example"),
        ("M@EVIL.example.", "x@y.example", "m@evil.example"),
        ("m+7@evil.example", "x@y.example", "m@evil.example"),
        ("m@evil.example", "x@y.example", "evil.example"),
        ("m@a.b.c.evil.example", "x@y.example", "evil.example"),
        ("m@x.example", "bounce-7@mail.evil.example", "evil.example"),
        ("m@x.example", "m@evil.example", "m@evil.example"),
        ("", "m@evil.example", "m@evil.example"),
        ("m@bücher.example", "x@y.example", "xn--bcher-kva.example"),
        (f"m@{'a.' * 100}evil.example", "x@y.example", "evil.example"),
    ],
)
def test_a_block_holds(desk: Desk, author: str, sender: str, name: str) -> None:
    case = arrived(desk, author, sender=sender)
    assert name in blockable(case.incoming.mail, case.incoming.entry.envelope)
    assert verdict(case, desk, {name: "sells things"}) == "blocked-sender"


@pytest.mark.parametrize("name", ["vil.example", "evil.example.org", "m@evil.example", "x.evil.example", "example"])
def test_a_block_holds_for_nobody_else(desk: Desk, name: str) -> None:
    case = arrived(desk, "n@evil.example")
    assert name not in blockable(case.incoming.mail, case.incoming.entry.envelope)
    assert verdict(case, desk, {name: ""}) == ""


def test_a_block_knows_no_proof_but_an_operators_word(desk: Desk) -> None:
    block = {"northwind.example": ""}
    assert {verdict(arrived(desk, trust=trust), desk, block) for trust in Trust} == {"blocked-sender"}
    assert verdict(arrived(desk, history=True), desk, block) == "blocked-sender"
    assert verdict(arrived(desk, released=True), desk, block) == ""


def test_a_block_says_whose_it_is_and_why(desk: Desk) -> None:
    case = arrived(desk, "m@x.example", sender="a@b.evil.example")
    found = refusal(case, desk, {"evil.example": "sells things"}, {})
    assert found is not None
    assert found.reason == "its reverse-path is a@b.evil.example: evil.example is blocked: sells things"
    assert found.block == "evil.example"


def test_hostile_domains_cost_little(desk: Desk) -> None:
    case = arrived(desk, "m@" + "a." * 120 + "example", sender="n@" + "b." * 120 + "example")
    assert len(blockable(case.incoming.mail, case.incoming.entry.envelope)) <= 2 * (admission.DEEPEST + 3)
    began = time.process_time()
    for _ in range(1000):
        blockable(case.incoming.mail, case.incoming.entry.envelope)
    assert time.process_time() - began < 1


# Spam and the ticket trick


@pytest.mark.parametrize(
    ("door", "client", "found"),
    [
        ("smtp", "127.0.0.1", "spam-quarantined"),
        ("lmtp", "::1", "spam-quarantined"),
        ("proxy", "127.0.0.1", "spam-quarantined"),
        ("pipe", "", "spam-quarantined"),
        ("smtp", "198.51.100.9", ""),
        ("import", "", ""),
        ("a file", "", ""),
        ("submission", "127.0.0.1", ""),
    ],
)
def test_a_spam_mark_counts_from_configured_hops_only(desk: Desk, door: str, client: str, found: str) -> None:
    assert verdict(arrived(desk, door=door, client=client, marks=SPAM), desk) == found


def test_a_no_of_the_senders_cancels_nothing(desk: Desk) -> None:
    no = SpamMark(header="x-spam-status", is_spam=False, words="No")
    assert verdict(arrived(desk, marks=(no,)), desk) == ""
    assert verdict(arrived(desk, marks=(no, *SPAM)), desk) == "spam-quarantined"


@pytest.mark.parametrize("how", [{"marks": SPAM}, {"verification": "a code, from no-reply"}])
def test_only_the_authors_own_key_is_better_than_a_mark(desk: Desk, how: dict[str, Any]) -> None:
    found = {trust.value: verdict(arrived(desk, trust=trust, **how), desk) for trust in Trust}
    assert found == {"A": "", "B": "spam-quarantined", "C": "", "D": "spam-quarantined"}
    assert verdict(arrived(desk, "anastasia@desk.example", trust=Trust.B, **how), desk) == ""
    assert verdict(arrived(desk, "anastasia@desk.example", trust=Trust.D, **how), desk) == "spam-quarantined"
    assert verdict(arrived(desk, released=True, **how), desk) == ""
    assert verdict(arrived(desk, history=True, **how), desk) == ""


# Rates


def limited(desk: Desk, **changes: Any) -> Desk:
    return replace(desk, intake=Intake(**{"sender_hour": 3, "domain_hour": 5, **changes}))


def bring(desk: Desk, spent: Spent, case: Guarded) -> str:
    """Take a mail in, as the pipeline does it."""
    found = verdict(case, desk, spent=spent)
    if not found:
        for spend in counted(case.incoming, case.trust, desk):
            spent.setdefault(spend.name, []).append((spend.at, spend.count))
    return found


def test_so_many_of_one_sender(desk: Desk) -> None:
    desk, spent = limited(desk), Spent()
    assert [bring(desk, spent, arrived(desk)) for _ in range(5)] == ["", "", "", "rate-limited", "rate-limited"]
    assert bring(desk, spent, arrived(desk, "paul@northwind.example")) == ""
    assert bring(desk, spent, arrived(desk, minutes=59)) == "rate-limited"
    assert bring(desk, spent, arrived(desk, minutes=65)) == ""


def test_so_many_of_one_domain(desk: Desk) -> None:
    desk, spent = limited(desk), Spent()
    found = [bring(desk, spent, arrived(desk, f"p{number}@northwind.example")) for number in range(7)]
    assert found == [""] * 5 + ["rate-limited"] * 2
    assert bring(desk, spent, arrived(desk, "p@contoso.example")) == ""


def test_mail_that_waited_counts_in_the_hour_in_which_its_server_got_it(desk: Desk) -> None:
    """A desk that was away for a week takes all that came at a usual pace; a flood of one hour is a flood still."""
    desk, spent = limited(desk, domain_hour=100), Spent()
    hours = [timedelta(hours=number / 2) for number in range(2 * 24 * 7, 0, -1)]
    assert {bring(desk, spent, arrived(desk, waited=waited)) for waited in hours} == {""}
    flood = [bring(desk, spent, arrived(desk, "f@x.example", waited=timedelta(days=2))) for _ in range(5)]
    assert flood == ["", "", "", "rate-limited", "rate-limited"]
    assert bring(desk, spent, arrived(desk, "f@x.example")) == ""
    refused = refusal(arrived(desk, "f@x.example", waited=timedelta(days=2)), desk, {}, spent)
    assert refused is not None
    assert "in the hour in which it came to its server" in refused.reason


@pytest.mark.parametrize("waited", [timedelta(days=8), timedelta(days=700), timedelta(days=-3)])
def test_nobody_counts_longer_ago_than_a_week_or_in_the_future(desk: Desk, waited: timedelta) -> None:
    at = came_at(arrived(desk, waited=waited).incoming)
    assert at == (NOW if waited < timedelta() else NOW - LONGEST_WAIT)
    assert NOW.timestamp() - since(at) < ledger.KEPT


def test_a_batch_looks_up_the_hours_of_all_its_mails(desk: Desk) -> None:
    cases = [arrived(desk, waited=waited).incoming for waited in (None, timedelta(days=3), timedelta(days=1))]
    desk = limited(desk)
    assert wanted(cases, desk).rates_since == since(NOW - timedelta(days=3))
    assert wanted(cases[:1], desk).rates_since == since(NOW)


def test_a_forger_locks_nobody_out_who_is_proven_or_keyed(desk: Desk) -> None:
    desk, spent = limited(desk), Spent()
    for number in range(20):
        bring(desk, spent, arrived(desk, sender=f"forger{number}@evil.example"))
        bring(desk, spent, arrived(desk, f"p{number}@northwind.example"))
    assert bring(desk, spent, arrived(desk)) == "rate-limited"
    assert [bring(desk, spent, arrived(desk, trust=trust)) for trust in (Trust.A, Trust.B, Trust.C)] == ["", "", ""]


@pytest.mark.parametrize(
    ("unlimited", "how", "counts"),
    [
        ((), {"client": "127.0.0.1"}, True),
        (("127.0.0.1",), {"client": "127.0.0.1"}, False),
        (("127.0.0.1",), {"client": "198.51.100.9"}, True),
        (("198.51.100.9",), {"client": "198.51.100.9"}, False),
        ((), {"door": "pipe", "client": ""}, True),
        (("::1",), {"door": "pipe", "client": ""}, False),
        (("198.51.100.9",), {"door": "pipe", "client": ""}, True),
        ((), {"door": "import", "client": ""}, False),
        ((), {"history": True}, False),
        ((), {"released": True}, False),
        ((), {"previous": Verdict.APPENDED}, False),
        ((), {"previous": Verdict.RATE_LIMITED}, True),
        ((), {"author": "anastasia@desk.example", "trust": Trust.B}, False),
        ((), {"author": "anastasia@desk.example", "trust": Trust.D}, True),
    ],
)
def test_who_is_limited(desk: Desk, unlimited: tuple[str, ...], how: dict[str, Any], counts: bool) -> None:
    desk = limited(desk, unlimited_from=frozenset(unlimited))
    case = arrived(desk, **how)
    assert bool(counted(case.incoming, case.trust, desk)) is counts
    full = {name: [(int(NOW.timestamp()), 99)] for name in rates(case.incoming, desk)}
    assert verdict(case, desk, spent=full) == ("rate-limited" if counts else "")


def test_what_is_counted_is_looked_up(desk: Desk) -> None:
    desk = limited(desk)
    for trust in (Trust.A, Trust.B, Trust.D):
        case = arrived(desk, trust=trust)
        assert {spend.name for spend in counted(case.incoming, trust, desk)} <= set(rates(case.incoming, desk))
    case = arrived(desk, trust=Trust.C)
    to_key = replace(case.incoming.entry.envelope, recipients=("support+kaaa@desk.example",))
    keyed = replace(case.incoming, entry=replace(case.incoming.entry, envelope=to_key))
    assert {spend.name for spend in counted(keyed, Trust.C, desk)} <= set(rates(keyed, desk))


@given(seed=st.integers(0, 2**32), most=st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_no_hour_holds_more_than_the_limit(desk: Desk, seed: int, most: int) -> None:
    """Any window of an hour, wherever it begins, holds at most the limit; five minutes count until they are over."""
    desk, spent, let_in = limited(desk, sender_hour=most, domain_hour=100), Spent(), list[float]()
    dice, minute = random.Random(seed), 0.0
    for _ in range(80):
        minute += dice.choice((0, 0.01, 0.5, 3, 17, 59.99, 60, 61))
        if not bring(desk, spent, arrived(desk, minutes=minute)):
            let_in.append(minute)
    assert len(let_in) >= most
    assert all(later - first >= 60 for first, later in zip(let_in, let_in[most:], strict=False))


def test_a_flood_costs_no_rows(desk: Desk) -> None:
    """What is turned away is not counted: an hour has at most 13 rows of a name, and at most the limit of mails."""
    desk, spent = limited(desk, sender_hour=50), Spent()
    for number in range(1000):
        bring(desk, spent, arrived(desk, minutes=number * 0.05))
    assert sum(count for _, count in spent[f"from:D:{NORA}"]) <= 50
    assert {at % GRAIN for at, _ in spent[f"from:D:{NORA}"]} == {0}


# Telling the operators


def alarm(desk: Desk, spent: Spent, case: Guarded) -> bool:
    refused = refusal(case, desk, {}, {})
    assert refused is not None
    if not is_alarming(case.incoming, refused, spent):
        return False
    for spend in told(case.incoming):
        spent.setdefault(spend.name, []).append((spend.at, spend.count))
    return True


def test_operators_are_told_once_a_day_of_a_sender_and_of_few_in_an_hour(desk: Desk) -> None:
    spent = Spent()
    assert [alarm(desk, spent, arrived(desk, marks=SPAM, minutes=m)) for m in (0, 1, 61, 1439, 1441)] == [
        True, False, False, False, True,
    ]  # fmt: skip
    others = [arrived(desk, f"p{number}@x.example", marks=SPAM, minutes=2000) for number in range(9)]
    assert [alarm(desk, spent, case) for case in others].count(True) == admission.ALARMS_AN_HOUR
    assert alarm(desk, spent, arrived(desk, "p@y.example", marks=SPAM, minutes=2000 + HOUR / 60))


def test_operators_are_not_told_of_whom_they_blocked_nor_twice_of_a_mail(desk: Desk) -> None:
    case = arrived(desk)
    blocked = refusal(case, desk, {"northwind.example": ""}, {})
    assert blocked is not None
    assert not is_alarming(case.incoming, blocked, {})
    assert not alarm(desk, {}, arrived(desk, marks=SPAM, previous=Verdict.SPAM_QUARANTINED))


# At the guard


@pytest.mark.parametrize("robot", ["", "Auto-Submitted: auto-replied\n"])
def test_the_guard_turns_away_before_it_holds(incoming: Callable[..., Incoming], desk: Desk, robot: str) -> None:
    text = f"From: Anastasia <anastasia@desk.example>\n{robot}X-Spam-Flag: YES\nSubject: x\nMessage-ID: <1@x>\n\nx\n"
    found = guard(incoming(text), desk, Snapshot(), lambda: "<1@desk.example>")
    assert not isinstance(found, Guarded)
    assert (found.verdict, found.ticket) == (Verdict.SPAM_QUARANTINED, None)


def test_a_report_of_delivery_is_heard_before_any_block(incoming: Callable[..., Incoming], desk: Desk) -> None:
    """A blocked domain can still say that our mail did not arrive."""
    text = (
        "From: MAILER-DAEMON@evil.example\nSubject: Undelivered\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nno\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@evil.example\n"
        "Action: failed\nStatus: 5.1.1\n\n--b--\n"
    )
    case = incoming(text, sender="")
    found = guard(case, desk, Snapshot(blocked={"evil.example": ""}), lambda: "<1@desk.example>")
    assert not isinstance(found, Guarded)
    assert found.verdict is Verdict.BOUNCE_RECORDED
