"""Who may come into a ticket, and what they get of it; threads, merges, bounces (intake part 4, reliability part 2).

Each test is named after its number and looks at what the whole desk did: which ticket, as whom, and what left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.rules.participants import MOST_COPIED, way
from store.lookup import MERGES
from tests.desk import Sent, StillDesk

NORA, BOB, EVE = "nora@northwind.example", "bob@northwind.example", "eve@evil.example"
ANASTASIA = "anastasia@desk.example"
SECRET = "The contract with Fabrikam ends in May."
Write = Callable[..., dict[str, Any]]


@pytest.fixture
def write(still: StillDesk) -> Write:
    """A mail of somebody; `proven` when our border says that From is aligned. Headers are given with _ for -."""
    count = 0

    def send(
        sender: str, words: str, to: str = "support@desk.example", *, proven: bool = False, **headers: str
    ) -> dict[str, Any]:
        nonlocal count
        count += 1
        domain = sender.rpartition("@")[2]
        lines = {
            "Authentication-Results": f"mx.desk.example; dmarc={'pass' if proven else 'fail'} header.from={domain}",
            "From": sender,
            "To": to,
            "Subject": "Search is very slow",
            "Message-ID": f"<p{count}@{domain}>",
        }
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
        still.now += timedelta(minutes=1)
        return still.mail(f"{head}\n{words}\n", headers.get("Return_Path", sender).strip("<>"), to)

    return send


@pytest.fixture
def asked(write: Write) -> str:
    """Nora, who is proven, has asked; her reference."""
    return str(write(NORA, f"The search takes twenty seconds. {SECRET}", proven=True)["ticket"])


def answered(still: StillDesk, words: str = "We look at it.") -> list[Sent]:
    """An agent answers from a shell; the answers that left."""
    before = len(still.sent)
    outcome = still.do("DESK-1001", f"#tag +looked\n{words}", "anastasia")
    assert isinstance(outcome, tuple), outcome
    return [sent for sent in still.sent[before:] if sent.purpose == "answer"]


def kinds(still: StillDesk, number: int = 1001) -> dict[str, str]:
    return {member["address"]: member["kind"] for member in still.ticket(number)["participants"]}


def unproven(entry: dict[str, Any]) -> bool:
    """Whether `explain` says that the words are not taken for the participant's."""
    return "nothing proves that it is the participant's" in [step["why"] for step in entry["trace"]]


def to(still: StillDesk, address: str) -> str:
    return str(still.latest(address).mail["Reply-To"])


def everything(sent: Sent) -> str:
    return "\n".join([sent.raw.decode(), sent.text(), sent.text("html")])


# Identity and authorisation


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


# Bounces and robots

REPORT = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\nMIME-Version: 1.0\n\n"
    "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx.northwind.example\n\nFinal-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
    "Diagnostic-Code: smtp; 550 no\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: {about}\n"
    "From: support@desk.example\nTo: {to}\nSubject: x\n\nx\n--b--\n"
)


def bounce(still: StillDesk, about: Sent, at: str, action: str = "failed", status: str = "5.1.1") -> dict[str, Any]:
    number = len(still.entries())
    head = (
        f"From: MAILER-DAEMON@mx.northwind.example\nTo: {at}\nSubject: Undelivered Mail\nMessage-ID: <dsn{number}@mx>\n"
    )
    body = REPORT.format(to=about.to, action=action, status=status, about=about.mail["Message-ID"])
    return still.mail(head + body, "", at)


def unreachable(still: StillDesk, address: str = NORA) -> bool:
    found = [m for m in still.ticket(1001)["participants"] if m["address"] == address]
    return found[0]["unreachable_since"] is not None


def test_intake_27_a_bounce_marks_tells_and_opens_nothing(still: StillDesk, write: Write, asked: str) -> None:
    sent = answered(still)[0]
    still.do("DESK-1001", "#topic Usage\n#resolve done", "anastasia")
    before = len(still.sent)
    entry = bounce(still, sent, sent.sender)
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", asked)
    view = still.ticket(1001)
    assert (view["status"], len(still.tickets())) == ("resolved", 1)
    assert [message["delivery"] for message in view["messages"]][-1] == "failed"
    assert [mail.purpose for mail in still.sent[before:]] == ["undelivered"]
    assert unreachable(still)
    write(NORA, "I claim to be back.")
    assert unreachable(still)
    write(NORA, "I am back.", proven=True, Subject=f"Re: [{asked}] Search is very slow")
    assert not unreachable(still)


def test_intake_27_a_copy_that_bounces_tells_who_wrote_it(still: StillDesk, write: Write, asked: str) -> None:
    write(NORA, "Bob knows.", to(still, NORA), proven=True, Cc=BOB)
    copy = answered(still, "For both of you.")[1]
    assert copy.to == BOB
    bounce(still, copy, copy.sender)
    told = still.latest(ANASTASIA, "undelivered")
    assert f"Your answer did not reach {BOB}" in told.text()
    assert "For both of you." in told.text()
    assert (unreachable(still, BOB), unreachable(still)) == (True, False)
    assert [mail.to for mail in answered(still)] == [NORA]


def test_intake_27_a_bounced_notice_causes_no_mail(still: StillDesk, write: Write, asked: str) -> None:
    notice = still.latest(ANASTASIA, "notice")
    before = len(still.sent)
    entry = bounce(still, notice, notice.sender)
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", asked)
    assert still.sent[before:] == []
    assert "delivery-failed" in [event["kind"] for event in still.ticket(1001)["events"]]


def test_intake_28_a_report_that_only_claims_to_be_about_our_mail(still: StillDesk, write: Write, asked: str) -> None:
    sent = answered(still)[0]
    forged = re.sub(r"\+v(\d+)-.*@", r"+v\1-aaaaaaaaaaaaaaaa@", sent.sender)
    assert forged != sent.sender
    view = still.ticket(1001)
    for at in ("support@desk.example", forged):
        entry = bounce(still, sent, at)
        assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", None)
        assert "not believed" in entry["reason"]
    assert still.ticket(1001) == view
    assert not unreachable(still)


def test_intake_29_a_delay_is_no_failure(still: StillDesk, write: Write, asked: str) -> None:
    sent = answered(still)[0]
    bounce(still, sent, sent.sender, "delayed", "4.4.1")
    assert not unreachable(still)
    assert still.latest(ANASTASIA).purpose != "undelivered"


def test_intake_30_our_own_mail_comes_back(still: StillDesk, write: Write, asked: str) -> None:
    """Through an alias, a forwarding or a folder of sent mail: byte for byte, or with another From."""
    view, before = still.ticket(1001), len(still.sent)
    for sent in list(still.sent):
        for raw in (sent.raw, re.sub(rb"(?m)^From: [^\n]*\n(?: [^\n]*\n)*", b"From: f@forward.example\r\n", sent.raw)):
            assert still.mail(raw, "forwarder@forward.example")["verdict"] == "loop-suppressed"
    assert still.ticket(1001) == view
    assert (len(still.tickets()), len(still.sent)) == (1, before)


def test_an_absence_note_reopens_nothing_and_stops_no_clock(still: StillDesk, write: Write, asked: str) -> None:
    running = still.ticket(1001)["sla"]["first_response"]
    entry = write(NORA, "I am out of office.", to(still, NORA), Subject="Out of office", Auto_Submitted="auto-replied")
    assert (entry["verdict"], entry["ticket"]) == ("auto-reply-recorded", asked)
    assert still.ticket(1001)["sla"]["first_response"] == running
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve done", "anastasia")
    write(NORA, "I am out of office.", to(still, NORA), Subject="Out of office again", Auto_Submitted="auto-replied")
    assert still.ticket(1001)["status"] == "resolved"
    assert kinds(still)[NORA] == "requester"


def test_a_robot_that_writes_into_a_ticket_is_copied_by_nobody(still: StillDesk, write: Write, asked: str) -> None:
    robot = "crm@northwind.example"
    write(robot, "We have got your mail.", to(still, NORA), proven=True, Auto_Submitted="auto-replied")
    assert kinds(still)[robot] == "robot"
    write(NORA, "With everybody.", to(still, NORA), proven=True, Cc=f"{robot}, {BOB}")
    assert kinds(still) == {NORA: "requester", robot: "robot", BOB: "copied"}


# Threading


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
