"""Which ticket a mail belongs to: keys of others, numbers, merges, subjects, batches (intake 35-45)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.rules.participants import way
from store.lookup import MERGES
from tests.desk import StillDesk
from tests.nasty.correspondence import ANASTASIA, BOB, EVE, NORA, Write, answered, asked, kinds, to, unproven, write

__all__ = ["asked", "write"]


def test_intake_35_the_key_of_another_ticket_system(still: StillDesk, write: Write) -> None:
    jira = "helpdesk@contoso.example"
    first = write(jira, "The export hangs.", proven=True, Subject="SYS-123: export hangs")
    for words in ("A comment.", "Another one."):
        assert write(jira, words, proven=True, Subject="SYS-123: export hangs")["ticket"] == first["ticket"]
    assert write(jira, "Another case.", proven=True, Subject="SYS-124: import")["ticket"] != first["ticket"]
    other = write("it@other.example", "Ours.", proven=True, Subject="SYS-123: export hangs")
    assert other["ticket"] != first["ticket"]
    stranger = write("carl@contoso.example", "What is it?", proven=True, Subject="SYS-123: export hangs")
    assert stranger["ticket"] not in (first["ticket"], other["ticket"])
    forged = write(jira, "Forged.", Subject="SYS-123: export hangs")
    assert (forged["ticket"], unproven(forged)) == (first["ticket"], True)


def test_intake_35_our_own_prefix_is_nobody_elses_key(still: StillDesk, write: Write, asked: str) -> None:
    write(NORA, "More.", Subject=f"{asked}: more", proven=True)
    entry = write(BOB, "The same number.", Subject=f"{asked}: more", proven=True)
    assert (entry["verdict"], "mentioned" in entry["reason"]) == ("ticket-created", True)


def test_intake_36_without_a_message_id(still: StillDesk) -> None:
    raw = f"From: {NORA}\nTo: support@desk.example\nSubject: x\nDate: Mon, 23 Nov 2026 09:00:00 +0100\n\nOnce.\n"
    assert still.mail(raw, NORA)["verdict"] == "ticket-created"
    assert still.mail(raw, NORA)["verdict"] == "duplicate"
    assert still.mail(raw.replace("Once", "Something else"), NORA)["verdict"] == "ticket-created"


def test_intake_37_one_message_id_with_other_content_is_another_mail(still: StillDesk, write: Write) -> None:
    first = write(EVE, "I was here first.", Message_ID="<0@localhost>")
    second = write(NORA, "The search is slow.", Message_ID="<0@localhost>")
    assert (first["verdict"], second["verdict"]) == ("ticket-created", "ticket-created")
    assert first["ticket"] != second["ticket"]
    assert kinds(still, 1002) == {NORA: "requester"}


def test_intake_38_one_mail_to_two_of_our_addresses(still: StillDesk) -> None:
    raw = (
        f"From: {NORA}\nTo: support@desk.example\nCc: billing@desk.example\nSubject: Both\nMessage-ID: <b@n>\n"
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n\nBoth are wrong.\n"
    )
    first = still.mail(raw, NORA, "support@desk.example")
    second = still.mail(raw, NORA, "billing@desk.example")
    assert (first["verdict"], second["verdict"], second["reason"]) == ("ticket-created", "duplicate", "copy")
    together = still.mail(raw.replace("<b@n>", "<b2@n>"), NORA, "billing@desk.example", "support@desk.example")
    assert together["verdict"] == "ticket-created"
    views = still.tickets()
    assert [(view["team"], view["helpers"]) for view in views] == [("frontline", ["billing"])] * 2
    assert [list(kinds(still, number)) for number in (1001, 1002)] == [[NORA], [NORA]]


def test_intake_40_another_subject(still: StillDesk, write: Write, asked: str) -> None:
    reply = to(still, NORA)
    assert write(NORA, "In Firefox too.", reply, Subject="Browsers")["ticket"] == asked
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve done", "anastasia")
    entry = write(NORA, "The invoice is wrong.", reply, Subject="Invoice of November")
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    assert {"ref": asked, "kind": "changed-subject", "direction": "to"} in still.ticket(1002)["links"]
    assert still.ticket(1001)["status"] == "resolved"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [DESK-1001] Search is very slow", "AW: WG: Search is very slow", "Re[2]: SEARCH  is very slow!",
        "回复: Search is very slow", "[EXT] Re: Search is very slow", "", "Re:", "Search is very slow - still",
        "Re: Search is very", "Fwd: Re: Search is very slow",
    ],
)  # fmt: skip
def test_intake_40_the_same_subject_in_another_dress(still: StillDesk, write: Write, asked: str, subject: str) -> None:
    reply = to(still, NORA)
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve done", "anastasia")
    entry = write(NORA, "Slow again.", reply, Subject=subject)
    assert (entry["verdict"], entry["ticket"]) == ("reopened", asked)


def test_intake_41_a_reply_to_a_merged_ticket_goes_to_the_other(still: StillDesk, write: Write, asked: str) -> None:
    write(BOB, "Our catalogue is slow.", proven=True, Subject="Catalogue")
    reply = to(still, BOB)
    write("carl@northwind.example", "Me too.", proven=True, Subject="Catalogue slow")
    assert isinstance(still.do("DESK-1003", "#merge DESK-1002", "dominique"), tuple)
    assert isinstance(still.do("DESK-1002", "#merge [desk-1001]", "dominique"), tuple)
    assert kinds(still) == {NORA: "requester", BOB: "copied", "carl@northwind.example": "copied"}
    for sender, where, headers in (
        (BOB, reply, {"Subject": "Re: Catalogue"}),
        (BOB, "support@desk.example", {"In_Reply_To": "<p2@northwind.example>", "Subject": "Catalogue"}),
        ("carl@northwind.example", "support@desk.example", {"Subject": "[DESK-1003] Catalogue slow"}),
    ):
        entry = write(sender, "Still slow.", where, proven=True, **headers)
        assert (entry["verdict"], entry["ticket"]) == ("appended", asked)
        assert f"{asked} now" in "".join(step["what"] for step in entry["trace"])
    stranger = write(EVE, "Let me in.", proven=True, Subject="[DESK-1003] Catalogue slow")
    assert stranger["ticket"] == "DESK-1004"
    assert [mail.to for mail in answered(still)] == [NORA, BOB, "carl@northwind.example"]


def test_intake_41_a_circle_of_merges_ends(still: StillDesk, write: Write) -> None:
    assert way(1, {1: 2, 2: 1}) == [1, 2]
    assert way(1, {1: 1}) == [1]
    assert way(3, {3: 1, 1: 2, 2: 1}) == [3, 1, 2]
    long = {number: number + 1 for number in range(1, 10_000)}
    assert way(1, dict(list(long.items())[:MERGES]))[-1] == MERGES + 1
    for number in range(3):
        write(NORA, f"Case {number}", proven=True, Subject=f"Case {number}")
    assert isinstance(still.do("DESK-1001", "#merge DESK-1002", "dominique"), tuple)
    assert isinstance(still.do("DESK-1002", "#merge DESK-1003", "dominique"), tuple)
    refused = still.do("DESK-1003", "#merge DESK-1001", "dominique")
    assert "is merged into this one" in refused.reason
    assert write(NORA, "On.", proven=True, Subject="[DESK-1001] Case 0")["ticket"] == "DESK-1003"


def test_intake_42_long_after_the_end(still: StillDesk, write: Write, asked: str) -> None:
    reply = to(still, NORA)
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve done", "anastasia")
    still.now += timedelta(days=730)
    entry = write(NORA, "Slow again.", f"{reply}", proven=True, In_Reply_To="<p1@northwind.example>")
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    assert {"ref": asked, "kind": "follows", "direction": "to"} in still.ticket(1002)["links"]


def test_intake_44_question_and_sequel_in_one_batch(still: StillDesk) -> None:
    """The second mail answers the first before anything is committed, and copies somebody whose mail comes with it."""
    border = "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n"
    head = border + f"From: {NORA}\nTo: support@desk.example\nSubject: Slow\n"
    still.receive(head + "Message-ID: <1@n>\n\nOne.\n", NORA)
    still.receive(head + f"Cc: {BOB}\nIn-Reply-To: <1@n>\nMessage-ID: <2@n>\n\nTwo.\n", NORA)
    still.receive(head.replace(NORA, BOB) + "In-Reply-To: <1@n>\nMessage-ID: <3@n>\n\nThree.\n", BOB)
    still.settle()
    assert [entry["ticket"] for entry in still.entries()] == ["DESK-1001"] * 3
    assert kinds(still) == {NORA: "requester", BOB: "copied"}


def test_intake_45_wherever_the_answer_stands_it_counts(still: StillDesk, write: Write, asked: str) -> None:
    reply, ours = to(still, NORA), still.latest(NORA)
    quoted = "\n".join(f"> {line}" for line in ours.text().splitlines())
    inline = quoted.replace("> Something wrong above?", "25 users have it.\n> Something wrong above?")
    html = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b\n"
    picture = f"{html}Content-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\npng\n--b--"
    for words, headers in (
        (inline, {}),
        (f"On Monday, the desk wrote:\n{quoted}\n\nSince Friday it is slower.", {}),
        ("", {"Subject": "Re: Search is very slow: only in Firefox"}),
        (picture.partition("\n\n")[2], dict(line.split(": ") for line in picture.partition("\n\n")[0].split("\n"))),
    ):
        named = {name.replace("-", "_"): value for name, value in headers.items()}
        entry = write(NORA, words, reply, **named)
        assert (entry["verdict"], entry["ticket"]) == ("appended", asked), words
    said = [message for message in still.ticket(1001)["messages"] if message["direction"] == "in"]
    assert len(said) == 5
    assert "25 users have it." in said[1]["text"]
    assert "Since Friday it is slower." in said[2]["text"]
    assert said[3]["subject"].endswith("only in Firefox")
    assert [file["filename"] for file in said[4]["attachments"]] == ["a.png"]


def test_who_was_let_in_unverified_is_copied_by_who_may(still: StillDesk, write: Write, asked: str) -> None:
    write(BOB, "Nora has passed this on.", to(still, NORA), proven=True)
    assert kinds(still)[BOB] == "unverified"
    write(NORA, "Yes, Bob may read it.", to(still, NORA), proven=True, Cc=BOB)
    assert kinds(still)[BOB] == "copied"
    assert [mail.to for mail in answered(still)] == [NORA, BOB]
    write(NORA, "He may still.", to(still, NORA), proven=True, Cc=BOB)
    assert kinds(still) == {NORA: "requester", BOB: "copied", ANASTASIA: "agent"}
