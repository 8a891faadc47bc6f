"""Who may come into a ticket, and what they get of it (intake 4-20, reliability threats 4 and 5).

Each test is named after its number and looks at what the whole desk did: which ticket, as whom, and what left.
"""

from __future__ import annotations

import pytest

from gateway.rules.participants import MOST_COPIED
from tests.desk import StillDesk
from tests.nasty.correspondence import (
    BOB,
    EVE,
    NORA,
    SECRET,
    Write,
    answered,
    asked,
    everything,
    kinds,
    to,
    unproven,
    write,
)

__all__ = ["asked", "write"]


@pytest.mark.parametrize("proven", [False, True])
def test_intake_4_a_stranger_with_a_key_is_unverified_and_gets_nothing(
    still: StillDesk, write: Write, asked: str, proven: bool
) -> None:
    entry = write(EVE, "Nora has passed this on to me.", to(still, NORA), proven=proven)
    assert (entry["verdict"], entry["ticket"]) == ("appended", asked)
    assert kinds(still) == {NORA: "requester", EVE: "unverified"}
    assert still.ticket(1001)["requester"]["address"] == NORA
    assert [sent.to for sent in answered(still)] == [NORA]
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve done", "anastasia")
    assert not [sent for sent in still.sent if sent.to == EVE]


def test_threat_4_nobody_comes_in_by_a_message_id_or_a_number(still: StillDesk, write: Write, asked: str) -> None:
    assert write(EVE, "What?", proven=True, In_Reply_To="<p1@northwind.example>")["ticket"] != asked
    assert write(EVE, "What?", proven=True, Subject=f"Re: [{asked}] Search")["ticket"] != asked
    assert kinds(still) == {NORA: "requester"}


def test_intake_5_a_message_id_of_somebody_else(still: StillDesk, write: Write, asked: str) -> None:
    ours = str(still.latest(NORA).mail["Message-ID"])
    entry = write(EVE, "What did you write to her?", proven=True, In_Reply_To=ours, References=ours)
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    assert "mentioned" in entry["reason"]
    assert SECRET not in "".join(everything(sent) for sent in still.sent if sent.to == EVE)


def test_intake_6_a_number_of_somebody_else_is_linked_for_agents_only(
    still: StillDesk, write: Write, asked: str
) -> None:
    entry = write(EVE, "It is mine as well.", proven=True, Subject=f"[{asked}] Search is very slow")
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    assert still.ticket(1002)["links"] == [{"ref": asked, "kind": "mentioned", "direction": "to"}]
    assert not [s for s in still.sent if s.to == EVE and asked in everything(s)]


def test_intake_7_five_hundred_people_answer_one_newsletter(still: StillDesk, write: Write) -> None:
    count = 500
    for number in range(count):
        raw = (
            f"From: reader{number}@r{number}.example\nTo: support@desk.example\nSubject: Re: Our newsletter\n"
            f"Message-ID: <r{number}@r{number}.example>\nIn-Reply-To: <news@corp.example>\n"
            f"References: <news@corp.example>\n\nReader {number} asks.\n"
        )
        still.receive(raw, f"reader{number}@r{number}.example")
    still.settle()
    found = [entry["ticket"] for entry in still.entries()]
    assert len(set(found)) == count
    assert {entry["verdict"] for entry in still.entries()} == {"ticket-created"}


def test_intake_9_a_forged_requester_brings_nobody_in(still: StillDesk, write: Write, asked: str) -> None:
    for headers in ({"Cc": EVE}, {"Cc": f"Support <{EVE}>, {BOB}"}, {"Reply_To": EVE, "Cc": EVE}):
        entry = write(NORA, "Send it to my colleague.", Subject=f"Re: [{asked}] Search", **headers)
        assert (entry["verdict"], entry["ticket"], entry["trust"]) == ("appended", asked, "D")
        assert "bring somebody in by Cc: refused" in [step["what"] for step in entry["trace"]]
    assert kinds(still) == {NORA: "requester"}
    sent = answered(still)
    assert [mail.to for mail in sent] == [NORA]
    assert "Send it to my colleague" not in sent[0].text()
    assert not [mail for mail in still.sent if mail.to in (EVE, BOB)]


def test_threat_5_a_first_mail_that_is_forged_brings_nobody_in(still: StillDesk, write: Write) -> None:
    write(NORA, SECRET, Cc=EVE)
    assert kinds(still) == {NORA: "requester"}
    answered(still)
    assert not [mail for mail in still.sent if mail.to == EVE]


def test_intake_9_whom_the_requester_copies_gets_nothing_of_before(still: StillDesk, write: Write, asked: str) -> None:
    assert [mail.to for mail in answered(still, "Only for Nora: it is the index.")] == [NORA]
    write(NORA, "Bob knows our catalogue.", to(still, NORA), proven=True, Cc=f"Bob Miller <{BOB}>")
    assert kinds(still)[BOB] == "copied"
    first = answered(still, "For both of you.")
    assert [mail.to for mail in first] == [NORA, BOB]
    assert "Also on this ticket: Bob Miller" in first[0].text()
    for secret in (SECRET, "the index", "Bob knows"):
        assert secret not in everything(first[1])
    assert BOB not in everything(first[0]).replace(str(first[0].mail["Reply-To"]), "")
    assert NORA not in everything(first[1])
    entry = write(BOB, "It has two million rows.", to(still, BOB))
    assert (entry["verdict"], entry["ticket"], entry["trust"]) == ("appended", asked, "C")
    second = answered(still, "Thank you, Bob.")[1]
    assert "For both of you." in second.text()
    assert "two million rows" in second.text()
    assert "the index" not in everything(second)


def test_a_copied_person_may_not_be_forged_either(still: StillDesk, write: Write, asked: str) -> None:
    write(NORA, "Bob knows.", to(still, NORA), proven=True, Cc=BOB)
    entry = write(BOB, "Add my friend.", Subject=f"Re: [{asked}] Search", Cc=EVE)
    assert (entry["ticket"], entry["trust"], unproven(entry)) == (asked, "D", True)
    assert EVE not in kinds(still)
    assert write(BOB, "Add my friend.", Subject=f"Re: [{asked}] Search", proven=True, Cc=EVE)["trust"] == "B"
    assert kinds(still)[EVE] == "copied"


def test_only_people_outside_are_copied_and_only_so_many(still: StillDesk, write: Write, asked: str) -> None:
    nobody = (
        "Support@Desk.Example., support+x@desk.example, billing@desk.example, dominique@desk.example, "
        "ops@desk.example, no-reply@northwind.example, mailer-daemon@northwind.example, all@lists.northwind.example, "
        "shop-list@northwind.example, team@googlegroups.com, unknown@desk.example, nora@NORTHWIND.example"
    )
    write(NORA, "Everybody.", to(still, NORA), proven=True, Cc=nobody)
    assert kinds(still) == {NORA: "requester"}
    many = ", ".join(f"p{number}@northwind.example" for number in range(300))
    write(NORA, "Everybody.", to(still, NORA), proven=True, Cc=many)
    write(NORA, "And more.", to(still, NORA), proven=True, Cc="one-more@northwind.example")
    assert list(kinds(still).values()).count("copied") == MOST_COPIED == 20
    assert len(answered(still)) == MOST_COPIED + 1


def test_a_lists_or_a_machines_mail_copies_nobody(still: StillDesk, write: Write, asked: str) -> None:
    reply = to(still, NORA)
    write(NORA, "I am away.", reply, proven=True, Auto_Submitted="auto-replied", Cc=BOB)
    write(NORA, "Alert.", reply, proven=True, Auto_Submitted="auto-generated", Cc=BOB)
    write(NORA, "To the list.", reply, proven=True, List_Id="<all.northwind.example>", Precedence="list", Cc=BOB)
    assert BOB not in kinds(still)


def test_intake_15_reply_to_never_decides_identity_and_gets_no_mail(still: StillDesk, write: Write) -> None:
    entry = write(NORA, SECRET, proven=True, Reply_To=f"Nora <{EVE}>")
    assert kinds(still) == {NORA: "requester"}
    write(NORA, "More.", to(still, NORA), proven=True, Reply_To=f"{EVE}, support@desk.example")
    assert [mail.to for mail in answered(still)] == [NORA]
    assert {mail.to for mail in still.sent} & {EVE, "support@desk.example"} == set()
    forged = write(EVE, "I am Nora.", proven=True, Reply_To=NORA, Subject=f"Re: [{entry['ticket']}] Search")
    assert forged["ticket"] != entry["ticket"]
    assert still.ticket(1002)["requester"]["address"] == EVE


@pytest.mark.parametrize(
    "address", ["SUPPORT@DESK.EXAMPLE", "support+anything@desk.example", "Support@desk.example.", "help@desk.example"]
)
def test_intake_20_our_address_in_any_dress(still: StillDesk, write: Write, address: str) -> None:
    assert write(NORA, "Slow.", address)["verdict"] == "ticket-created"
    assert write(NORA, "It copies ourselves.", to(still, NORA), proven=True, Cc=address)["ticket"] == "DESK-1001"
    assert kinds(still) == {NORA: "requester"}
    assert [mail.to for mail in answered(still)] == [NORA]
