"""Recall: what of a reply is ours, once it is known what we had sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.rules.case import COMPARED_MAILS, Guarded, Incoming, Threaded, answering
from gateway.rules.desk import Desk
from gateway.stages.guard import guard
from gateway.stages.recall import COMPARED, recall
from store.records import Direction, Message, Role, Ticket
from store.snapshot import Snapshot
from tests.unit.gateway.conftest import NOW

Make = Callable[..., Incoming]

OURS = """Which browser do you use when the search is slow?
Since when has the search been slow for you and your colleagues?"""
SENT = f'From: x\r\nContent-Type: multipart/alternative;\r\n boundary="=_1"\r\n\r\n--=_1\r\n\
Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{OURS}\r\n--=_1\r\n'.encode()
ANSWER = """From: Nora <nora@northwind.example>
To: support@desk.example
Subject: Re: x
In-Reply-To: <ours@desk.example>

Which browser do you use when the search is slow?
Firefox on Linux.
Since when has the search been slow for you and your colleagues?
Since Monday.
"""


def threaded(case: Incoming, desk: Desk, membership: str = "participant", ticket: Ticket | None = None) -> Threaded:
    guarded = guard(case, desk, Snapshot(), lambda: "<m@desk.example>")
    assert isinstance(guarded, Guarded)
    return Threaded(guarded=guarded, ticket=ticket, reopens=False, membership=membership, links=(), trace=())


def own_lines(found: Threaded) -> list[str]:
    lines = found.guarded.incoming.mail.reply.split("\n")
    return [line for line in lines if line and not line.startswith(">")]


def test_our_lines_are_no_new_words(incoming: Make, desk: Desk) -> None:
    case = incoming(ANSWER)
    found = recall(threaded(case, desk), Snapshot(written={answering(case): (SENT,)}))
    assert own_lines(found) == ["Firefox on Linux.", "Since Monday."]
    assert found.trace[-1].stage == "recall"
    assert [answer.words for answer in found.guarded.incoming.mail.answers] == ["Firefox on Linux.", "Since Monday."]


def test_nothing_known_changes_nothing(incoming: Make, desk: Desk) -> None:
    before = threaded(incoming(ANSWER), desk)
    assert recall(before, Snapshot()) is before


def test_a_text_over_the_limit_stays_as_it_was_read(incoming: Make, desk: Desk) -> None:
    case = incoming(ANSWER + "word\n" * (COMPARED // 5))
    before = threaded(case, desk)
    assert recall(before, Snapshot(written={answering(case): (SENT,)})) is before


def test_who_sends_only_our_words_says_them_again(incoming: Make, desk: Desk) -> None:
    head, _, _ = ANSWER.partition("\n\n")
    case = incoming(f"{head}\n\n{OURS}\n")
    before = threaded(case, desk)
    assert recall(before, Snapshot(written={answering(case): (SENT,)})) is before


def test_only_the_nearest_mails_are_compared(incoming: Make) -> None:
    references = " ".join(f"<{number}@x.example>" for number in range(50))
    case = incoming(ANSWER.replace("In-Reply-To:", f"References: {references}\nIn-Reply-To:"))
    assert answering(case).message_ids == ("<ours@desk.example>", *(f"<{49 - n}@x.example>" for n in range(3)))
    assert COMPARED_MAILS == 4


def test_a_colleague_sends_no_quoted_line_that_the_customer_does_not_know(
    incoming: Make, desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    notice = SENT.replace(
        OURS.encode(), b"Owner: nobody yet. Next: nobody has decided. Missing: nothing\r\n-----\r\n"
        b"The search takes twenty seconds on all of our machines.\r\n",
    )  # fmt: skip
    case = incoming(
        "From: Nora <nora@northwind.example>\nTo: support@desk.example\nSubject: Re: x\n"
        "In-Reply-To: <ours@desk.example>\n\n"
        "> Owner: nobody yet. Next: nobody has decided. Missing: nothing\n"
        "That is me now.\n"
        "> The search takes twenty seconds on all of our machines.\n"
        "Is that still so?\n"
    )
    said = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address="nora@northwind.example",
        text="The search takes twenty seconds on all of our machines.",
    )  # fmt: skip
    before = threaded(case, desk, "agent", ticket())
    known = {answering(case): (notice,)}
    found = recall(before, Snapshot(written=known, recent={1001: [said]})).guarded.incoming.mail.reply
    assert "nobody" not in found
    assert "> The search takes twenty seconds on all of our machines.\nIs that still so?" in found
    for unseen in (replace(said, direction=Direction.NOTE), replace(said, from_address="paul@contoso.example")):
        inside = recall(before, Snapshot(written=known, recent={1001: [unseen]}))
        assert "twenty" not in inside.guarded.incoming.mail.reply
