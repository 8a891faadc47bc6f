"""Recall: what of a reply is ours, once it is known what we had sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.rules.case import COMPARED_MAILS, Guarded, Incoming, Threaded, answering
from gateway.rules.desk import Desk
from gateway.stages.guard.entrance import guard
from gateway.stages.recall import COMPARED, COMPARED_OF_STAFF, recall
from gateway.stages.recall import OURS as ROOM
from parsing import limits, reply
from store.records import Direction, Message, Role, Ticket
from store.snapshot import Snapshot
from tests.unit.gateway.conftest import NOW

Make = Callable[..., Incoming]

OURS = """Which browser do you use when the search is slow?
Since when has the search been slow for you and your colleagues?"""
SENT = f'From: x\r\nContent-Type: multipart/alternative;\r\n boundary="=_1"\r\n\r\n--=_1\r\n\
Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{OURS}\r\n--=_1\r\n'.encode()
WROTE = "On Mon, 23 Nov 2026 at 09:00, Desk <support@desk.example> wrote:"
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


def test_a_reply_above_our_whole_mail_is_not_sorted_twice(
    incoming: Make, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _, _ = ANSWER.partition("\n\n")
    quoted = "".join(f"> {line}\n" for line in OURS.split("\n"))
    case = incoming(f"{head}\n\nFirefox, since Monday.\n\n{WROTE}\n{quoted}")
    before = threaded(case, desk)
    monkeypatch.setattr(reply, "split", None)
    assert recall(before, Snapshot(written={answering(case): (SENT,)})) is before


def test_an_answer_that_was_taken_for_ours_is_found_again(incoming: Make, desk: Desk) -> None:
    head, _, _ = ANSWER.partition("\n\n")
    first, second = OURS.split("\n")
    case = incoming(f"{head}\n\n{WROTE}\n> {first}\n> Firefox on Linux.\n> {second}\n> Since Monday.\n")
    found = recall(threaded(case, desk), Snapshot(written={answering(case): (SENT,)}))
    assert own_lines(found) == ["Firefox on Linux.", "Since Monday."]


def test_the_dearest_comparison_is_cheap(incoming: Make, desk: Desk) -> None:
    ours = [
        f"Line {number} of ours has these {number * 7} words and {number * 13} more." for number in range(ROOM // 50)
    ]
    theirs = [f"{line}\nanswer {number} {number * 3}" for number, line in enumerate(ours)] * 2
    body = "\n".join(theirs)[: COMPARED - 2]
    case = incoming(ANSWER.partition("\n\n")[0] + f"\n\n{body}\n")
    sent = SENT.replace(OURS.encode(), "\r\n".join(ours).encode())
    before = threaded(case, desk)
    started = time.process_time()
    found = recall(before, Snapshot(written={answering(case): (sent,) * 4}))
    assert time.process_time() - started < 0.15
    assert "Line 7 of ours" not in "\n".join(own_lines(found))


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


def test_no_unknown_quoted_line_leaves_however_many_or_how_long(
    incoming: Make, desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    head, _, _ = ANSWER.partition("\n\n")
    secret = "> Paul of another customer said {0} that we overcharge.\nOur answer {0}.\n\n"
    for count, filler in ((limits.ANSWERS + 50, ""), (3, "x" * 70 + "\n")):
        body = "".join(secret.format(number) for number in range(count))
        body += filler * (COMPARED_OF_STAFF // 70) if filler else ""
        before = threaded(incoming(f"{head}\n\n{body}"), desk, "agent", ticket())
        found = recall(before, Snapshot(recent={1001: []})).guarded.incoming.mail.reply
        assert "overcharge" in before.guarded.incoming.mail.reply
        assert "overcharge" not in found
        assert f"Our answer {count - 1}." in found
