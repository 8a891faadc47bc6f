"""A reply is a reply, whichever mail client wrote it: the same commands, the same words, nothing of the quotation.

Every shape of `tests/shapes.py` goes through the whole pipeline. The customer's own words hold lines that look like
commands, so each notice quotes them: none of these may ever act.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from tests.desk import Sent, StillDesk
from tests.shapes import NBSP, SHAPES, ZERO_WIDTH, Answer

NORA, ANASTASIA = "nora@northwind.example", "anastasia@desk.example"
CASE = """Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example
From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow
Message-ID: <a1@northwind.example>
Date: Mon, 23 Nov 2026 09:00:00 +0100

The search takes twenty seconds. Your manual says:

#close
#note drop everything
#resolve it was nothing

What does that mean?
"""
WORDS = [
    "Hello Nora,",
    "",
    "the index was rebuilt. Please try it again: “boots” and ‘shoes’ – it’s fast now.",
    "",
    "- open the shop",
    "- search for boots",
]
WRAPS = {"outlook_desktop_plain", "gmail_web", "gmail_phone", "mutt", "mutt_top"}
"""Clients that break the lines of their plain text: what they broke nobody can join for sure."""
OUTCOME = (
    "the index was rebuilt in the night, and the search of the shop is fast again for everybody who uses it, "
    "also in the evening"
)


@pytest.fixture(params=SHAPES)
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(still: StillDesk) -> None:
    assert still.mail(CASE, NORA)["verdict"] == "ticket-created"


_numbers = itertools.count(1)


def answer(still: StillDesk, client: str, lines: list[str], to: Sent, whom: str = ANASTASIA, **more: Any) -> Any:
    """What becomes of a reply of that client to a mail of ours."""
    subject, names = str(to.mail["Subject"]), {ANASTASIA: "Anastasia Winter", NORA: "Nora Wind"}
    said = Answer(
        name=names[whom],
        address=whom,
        to=str(to.mail["Reply-To"]),
        subject=subject,
        message_id=f"<s{next(_numbers)}@client.example>",
        in_reply_to=str(to.mail["Message-ID"]),
        references=str(to.mail["Message-ID"]),
        at=still.now,
        lines=lines,
        quoted=to.text(),
        quoted_html=to.text("html"),
        **more,
    )
    return still.mail(SHAPES[client](said), whom, said.to)


def words_of(still: StillDesk, sent: Sent) -> str:
    return str(still.row(sent.number).letter["facts"]["words"])


def squeezed(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def test_a_colleagues_answer_is_the_same_from_every_client(still: StillDesk, client: str) -> None:
    opened(still)
    lines = ["#Priority 2 because the shop earns nothing", f"#tag{NBSP}+search  ", "", *WORDS]
    entry = answer(still, client, lines, still.latest(ANASTASIA))
    assert (entry["verdict"], entry["ticket"]) == ("appended", "DESK-1001"), entry["reason"]
    ticket = still.ticket(1001)
    assert (ticket["priority"], ticket["tags"], ticket["status"]) == (2, ["search"], "in_progress")
    went = still.latest(NORA, "answer")
    if client in WRAPS:
        assert squeezed([words_of(still, went)]) == squeezed(WORDS)
    else:
        assert words_of(still, went) == "\n".join(WORDS)
    assert "Winter" not in went.text() and "5550" not in went.text()
    assert [event["kind"] for event in ticket["events"] if event["kind"] in ("closed", "resolved")] == []


def test_a_note_stays_inside_from_every_client(still: StillDesk, client: str) -> None:
    opened(still)
    entry = answer(still, client, [f"{ZERO_WIDTH}#Note", "They never restart anything."], still.latest(ANASTASIA))
    assert entry["verdict"] == "appended", entry["reason"]
    assert [sent for sent in still.sent if sent.to == NORA and sent.purpose != "acknowledgement"] == []
    assert still.ticket(1001)["messages"][-1]["text"].rstrip() == "They never restart anything."
    assert still.ticket(1001)["status"] == "new"


def test_a_long_command_is_one_command_from_every_client(still: StillDesk, client: str) -> None:
    opened(still)
    lines = ["•\t#accept", "•\t#start", f"#resolve {OUTCOME}", "#cc bob@northwind.example", "#tag +search"]
    entry = answer(still, client, lines, still.latest(ANASTASIA))
    assert entry["verdict"] == "command", entry["reason"]
    ticket = still.ticket(1001)
    assert (ticket["status"], ticket["outcome"], ticket["tags"]) == ("resolved", OUTCOME, ["search"])
    assert "bob@northwind.example" in [person["address"] for person in ticket["participants"]]
    assert {sent.purpose for sent in still.sent if sent.to == NORA} == {"acknowledgement", "resolved"}


def test_nothing_above_the_quotation_does_nothing(still: StillDesk, client: str) -> None:
    """The customer's `#close` in the quotation, our transcripts' `#priority` in it: no client makes them commands."""
    opened(still)
    entry = answer(still, client, [], still.latest(ANASTASIA))
    assert entry["verdict"] in ("held-command", "auto-reply-recorded"), entry["reason"]
    assert still.ticket(1001)["status"] == "new"
    assert [sent.purpose for sent in still.sent if sent.to == NORA] == ["acknowledgement"]


def test_r16_a_customers_word_is_the_same_from_every_client(still: StillDesk, client: str) -> None:
    opened(still)
    entry = answer(still, client, ["Status"], still.latest(NORA), NORA)
    assert (entry["verdict"], still.ticket(1001)["status"]) == ("command", "new"), entry["reason"]
    assert still.latest(NORA).purpose == "status"
    entry = answer(still, client, ["WRONG TYPE"], still.latest(NORA, "acknowledgement"), NORA)
    assert (entry["verdict"], still.ticket(1001)["tags"]) == ("appended", ["wrong-type"]), entry["reason"]
    assert "We look at what kind of matter DESK-1001 is." in still.latest(NORA, "status").text()
    entry = answer(still, client, ["CLOSE"], still.latest(NORA, "status"), NORA)
    assert (entry["verdict"], still.ticket(1001)["status"]) == ("command", "closed"), entry["reason"]


def test_a_customers_yes_and_no_are_the_same_from_every_client(still: StillDesk, client: str) -> None:
    opened(still)
    still.do("DESK-1001", f"#accept\n#start\n#resolve {OUTCOME}", "anastasia")
    entry = answer(still, client, ["No"], still.latest(NORA, "resolved"), NORA)
    assert (entry["verdict"], still.ticket(1001)["status"]) == ("reopened", "in_progress"), entry["reason"]
    still.do("DESK-1001", "#resolve the other half as well", "anastasia")
    entry = answer(still, client, ["Yes, thank you"], still.latest(NORA, "resolved"), NORA)
    assert (entry["verdict"], still.ticket(1001)["status"]) == ("command", "closed"), entry["reason"]


MACHINES = {
    "an absence note": "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All",
    "an absence note of Outlook": "X-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated",
    "a robot": "Precedence: bulk\nX-Autoreply: yes",
}


@pytest.mark.parametrize("headers", MACHINES.values(), ids=list(MACHINES))
def test_a_colleagues_machine_with_a_key_never_acts(still: StillDesk, headers: str) -> None:
    opened(still)
    to = still.latest(ANASTASIA)
    raw = (
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n"
        f"From: Anastasia Winter <{ANASTASIA}>\nTo: {to.mail['Reply-To']}\n"
        f"Subject: Automatic reply: {to.mail['Subject']}\n"
        f"Message-ID: <o1@client.example>\nIn-Reply-To: {to.mail['Message-ID']}\n{headers}\n"
        "Date: Mon, 23 Nov 2026 09:10:00 +0100\n\n#priority 1 because I am away\n#close\n\nI am away until Monday.\n"
    )
    entry = still.mail(raw, ANASTASIA, str(to.mail["Reply-To"]))
    assert entry["verdict"] == "auto-reply-recorded", entry["reason"]
    ticket = still.ticket(1001)
    assert (ticket["status"], ticket["priority"]) == ("new", 3)
    assert [sent.purpose for sent in still.sent if sent.to == NORA] == ["acknowledgement"]


PREFIXES = ("Re:", "RE: AW:", "AW:", "Antw:", "SV:", "VS:", "RES:", "RIF:", "R:", "Odp:", "YNT:", "Vá:", "ΑΠ:", "Отв:",
            "回复：", "Ref:", "Rép :", "Re[2]:")  # fmt: skip


@pytest.mark.parametrize("done", [False, True], ids=["open", "resolved"])
def test_an_answers_prefix_keeps_the_thread(still: StillDesk, done: bool) -> None:
    """Neither In-Reply-To nor a key: the reference in the subject alone, behind any language's mark of an answer."""
    opened(still)
    for number, prefix in enumerate(PREFIXES):
        still.now += timedelta(days=1)
        if done:
            still.do(
                "DESK-1001", "#accept\n#start\n#resolve rebuilt" if not number else "#resolve rebuilt", "anastasia"
            )
        head = CASE.partition("\n\n")[0].replace("Subject: ", f"Subject: {prefix} [DESK-1001] ")
        raw = head.replace("<a1@", f"<b{number}@") + f"\n\nOffice {number * 7 + 3} still waits for the search.\n"
        entry = still.mail(raw, NORA)
        found = (entry["verdict"], entry["ticket"])
        assert found == ("reopened" if done else "appended", "DESK-1001"), (prefix, entry["reason"])


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 16
