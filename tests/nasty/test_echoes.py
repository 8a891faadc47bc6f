"""Nothing loops: what says the same again, and what machines write, moves nothing (intake 21, 22, 30, 33 and 34,
reliability threat 8)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk import StillDesk
from tests.nasty.post import NORA, SUPPORT, Post, address, desk_with, open_ticket, outside, trace_of
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)
LONG = "Thank you for your message. We have received it and a colleague will look at it today."


@pytest.fixture
def post(still: StillDesk) -> Post:
    return Post(still)


# Echo


@BOTH
def test_intake_21_the_same_words_under_fresh_message_ids_move_nothing_the_second_time(post: Post) -> None:
    still = post.still
    open_ticket(post)
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve the index was rebuilt", "anastasia")
    reply = address(still, NORA)
    answered = still.latest(NORA).mail["Message-ID"]
    found = []
    for number in range(6):
        still.now += timedelta(minutes=5)
        if number == 1:
            still.do("DESK-1001", "#resolve again", "anastasia")
        subject = "Re: " * number + "[DESK-1001] Search is very slow"
        found.append(post.write(NORA, reply, LONG, Subject=subject, In_Reply_To=str(answered)))
    assert [entry["verdict"] for entry in found] == ["reopened", *["auto-reply-recorded"] * 5]
    assert "echo the words show a machine: the same words came from the same address" in trace_of(found[1])
    assert still.ticket(1001)["status"] == "resolved"
    kinds = [message["kind"] for message in still.ticket(1001)["messages"] if message["text"] == LONG]
    assert kinds == ["human", *["auto_reply"] * 5], "every word is kept"


def test_intake_22_the_same_words_with_other_numbers_are_a_machines_the_third_time(post: Post) -> None:
    still = post.still
    open_ticket(post)
    found = []
    for number in range(5):
        still.now += timedelta(minutes=7)
        words = f"Your request {88_000 + number} has been received at 09:0{number} and will be answered in 48 hours."
        found.append(post.write(NORA, address(still, NORA), words)["verdict"])
    assert found == ["appended", "appended", *["auto-reply-recorded"] * 3]


def test_intake_22_a_day_later_the_same_words_are_new_again(post: Post) -> None:
    still = post.still
    open_ticket(post)
    reply = address(still, NORA)
    assert post.write(NORA, reply, LONG)["verdict"] == "appended"
    still.now += timedelta(hours=25)
    assert post.write(NORA, reply, LONG)["verdict"] == "appended"


@pytest.mark.parametrize("words", ["Yes, please.", "Any news?", "Thanks, works", "#accept"])
def test_short_words_may_be_said_twice(post: Post, words: str) -> None:
    still = post.still
    open_ticket(post)
    reply = address(still, NORA)
    assert [post.write(NORA, reply, words)["verdict"] for _ in range(3)] == ["appended"] * 3


def test_fresh_mail_is_never_an_echo(post: Post) -> None:
    """Somebody reports the same fault of three machines in the same words: three tickets."""
    for number in range(3):
        entry = post.write(NORA, SUPPORT, LONG, Subject="A machine stands still")
        assert entry["ticket"] == f"DESK-{1001 + number}"


def test_a_colleague_may_say_the_same_on_two_tickets_and_only_once_on_one(post: Post) -> None:
    still, colleague = post.still, "anastasia@desk.example"
    words = "Please restart the router and write to us again when the light is green."
    for _ in range(2):
        open_ticket(post)
        entry = post.write(colleague, address(still, colleague), words)
        assert (entry["verdict"], "your answer went to" in entry["reason"]) == ("appended", True)
    entry = post.write(colleague, address(still, colleague), words)
    assert entry["verdict"] == "auto-reply-recorded"
    assert [mail.purpose for mail in outside(still.sent)].count("answer") == 2


@pytest.mark.parametrize("quoted", [True, False])
def test_intake_30_a_mail_that_holds_nothing_but_our_own_text_moves_nothing(post: Post, *, quoted: bool) -> None:
    still = post.still
    open_ticket(post)
    words = "We have rebuilt the index of your search and it should be as quick as it was in October."
    colleague = "anastasia@desk.example"
    post.write(colleague, address(still, colleague), f"#topic Usage\n#start\n#resolve the index was rebuilt\n\n{words}")
    ours = still.latest(NORA, "answer")
    text = ours.text().rstrip()
    back = "\n".join(f"> {line}" for line in text.splitlines()) if quoted else text
    entry = post.write(
        NORA,
        str(ours.mail["Reply-To"]),
        back,
        Subject=f"Re: {ours.mail['Subject']}",
        In_Reply_To=str(ours.mail["Message-ID"]),
    )
    assert entry["verdict"] == "auto-reply-recorded"
    assert "it holds nothing but our own text" in trace_of(entry)
    assert still.ticket(1001)["status"] == "resolved"


# What a machine's mail may do


def test_intake_33_a_ticket_that_machines_reopen_is_impossible(post: Post) -> None:
    """Resolved, an answer by itself that nobody knows for one, reopened, resolved: the desk ends it at the third."""
    still = post.still
    open_ticket(post)
    found = []
    for number in range(6):
        still.now += timedelta(minutes=9)
        still.do("DESK-1001", f"#resolve done {number}" if number else "#start\n#resolve done", "anastasia")
        words = f"I am {'abcdefgh'[number] * 9} away and cannot read what you have written to me today."
        found.append(post.write(NORA, address(still, NORA), words))
    assert [entry["verdict"] for entry in found] == ["reopened"] * 3 + ["appended"] * 3
    assert "budget not reopened: mail has reopened it 3 times within a day" in trace_of(found[3])
    assert still.ticket(1001)["status"] == "resolved"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "auto_reply", "X_Autoreply": "yes"},
        {"Subject": "Automatic reply: Search is very slow"},
        {"Subject": "Abwesenheitsnotiz: Re: Search is very slow"},
    ],
)
def test_intake_34_an_automatic_answer_is_none_and_reopens_nothing(post: Post, headers: dict[str, str]) -> None:
    still = post.still
    open_ticket(post)
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve the index was rebuilt", "anastasia")
    before = still.ticket(1001)
    sent = len(outside(still.sent))
    post.write(NORA, address(still, NORA), "I am away until Monday and read no mail.", **headers)
    after = still.ticket(1001)
    assert {name: after[name] for name in ("status", "outcome", "assignee", "sla")} == {
        name: before[name] for name in ("status", "outcome", "assignee", "sla")
    }
    assert len(outside(still.sent)) == sent


def test_threat_08_nobody_is_told_for_ever_of_a_ticket_that_nobody_heeds(tmp_path: Path, template: Path) -> None:
    with desk_with(tmp_path, template, unheeded=5) as post:
        still = post.still
        open_ticket(post)
        reply = address(still, NORA)
        entries = [post.write(NORA, reply, f"{'x' * number} more words of mine") for number in range(1, 17)]
        notices = [mail for mail in still.sent if mail.to == "anastasia@desk.example"]
        assert len(notices) == 10, "twice the limit, because her mail is keyed"
        said = "You are told of no further mail of this ticket until one of us acts."
        assert [said in mail.text() for mail in notices] == [False] * 9 + [True]
        assert said in notices[-1].text("html")
        assert all(entry["verdict"] == "appended" for entry in entries)
        assert "budget nobody is told: 5 mails came since one of us last did anything" in trace_of(entries[-1])
        still.do("DESK-1001", "#accept", "anastasia")
        post.write(NORA, reply, "And what now, is there any news of it?")
        assert len([mail for mail in still.sent if mail.to == "anastasia@desk.example"]) == 11
