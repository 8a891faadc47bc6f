"""A customer's word moves a ticket only for whom it is, discloses nothing and bombs nobody (`ops` R16, R23, R39)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.rehearsal import rehearse
from gateway.rules.case import Incoming
from parsing.message import Reading
from parsing.reading import read
from store import blobs, journal
from store.lookup import load
from store.records import OutboxState
from store.snapshot import Wanted
from tests.desk import StillDesk
from tests.nasty.post import ANASTASIA, EVE, NORA, PAUL, WORDS, Post, address, everything, trace_of
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)
SUPPORT = "support@desk.example"
RESOLVE = "#accept\n#start\n#resolve the index was rebuilt"


@pytest.fixture
def post(still: StillDesk) -> Post:
    return Post(still)


def open_ticket(post: Post, **headers: str) -> None:
    post.write(NORA, SUPPORT, WORDS, Subject="Search is very slow", **headers)


def resolved(post: Post) -> str:
    """A resolved ticket; the secret address of the question."""
    open_ticket(post)
    post.still.do("DESK-1001", RESOLVE, "anastasia")
    return address(post.still, NORA)


def status_of(post: Post, number: int = 1001) -> str:
    return str(post.still.ticket(number)["status"])


@BOTH
def test_r16_status_answers_the_one_who_asked_and_moves_nothing(post: Post) -> None:
    question = resolved(post)
    before = post.still.ticket(1001)
    entry = post.write(NORA, question, "status")
    (mail,) = post.since(-1)
    assert (entry["verdict"], entry["ticket"]) == ("command", "DESK-1001")
    assert (mail.purpose, mail.to) == ("status", NORA)
    assert "DESK-1001 is resolved." in mail.text()
    after = post.still.ticket(1001)
    same = ("status", "sla", "updated_at", "waiting_on", "priority")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert after["events"][-1]["kind"] == "status-asked"
    assert "ask how a ticket stands: A or B or C" in trace_of(entry)


def test_r39_no_opens_the_ticket_again_and_counts(post: Post) -> None:
    question = resolved(post)
    entry = post.write(NORA, question, "No.\n\nIt takes eighteen seconds now.")
    assert (entry["verdict"], status_of(post)) == ("reopened", "in_progress")
    event = next(e for e in post.still.ticket(1001)["events"] if e["kind"] == "reopened")
    assert event["detail"]["because"] == "it is not solved, they say"
    notice = post.still.latest(ANASTASIA, "notice")
    assert "answered NO: open again" in notice.text()
    assert "eighteen seconds" in notice.text()


@BOTH
def test_x8_yes_closes_without_a_mail_to_anybody_and_silence_needs_no_timer_any_more(post: Post) -> None:
    question = resolved(post)
    before = len(post.still.sent)
    entry = post.write(NORA, question, "YES")
    assert (entry["verdict"], status_of(post)) == ("command", "closed")
    assert post.since(before) == []
    assert "book, cancel, call, close: A or B, or C with a confirmation" in trace_of(entry)
    post.still.now += timedelta(days=15)
    post.still.settle()
    assert [due.reason for due in post.still.due if due.ticket == 1001] == []


@pytest.mark.parametrize("word", ["YES", "STATUS"])
def test_a_forged_word_moves_and_tells_nothing(post: Post, word: str) -> None:
    """Her address without a proof, and somebody else with her secret address."""
    question = resolved(post)
    for sender, to, proven in ((NORA, SUPPORT, False), (EVE, question, True), (PAUL, question, False)):
        before = len(post.still.sent)
        post.write(sender, to, word, proven=proven, Subject="Re: [DESK-1001] Search is very slow")
        assert status_of(post) == "resolved"
        assert [mail for mail in post.since(before) if mail.purpose == "status"] == []


def test_who_is_copied_may_ask_and_not_close(post: Post) -> None:
    open_ticket(post, Cc=PAUL)
    post.still.do("DESK-1001", RESOLVE, "anastasia")
    theirs = address(post.still, PAUL)
    asked = {mail.to: "YES" in mail.text() for mail in post.still.sent if mail.purpose == "resolved"}
    assert asked == {NORA: True, PAUL: False}
    post.write(PAUL, theirs, "YES")
    assert status_of(post) == "resolved"
    post.write(PAUL, theirs, "STATUS")
    (mail,) = post.since(-1)
    assert (mail.purpose, mail.to) == ("status", PAUL)
    assert "canary-history" not in everything(mail)  # what was said before they came


def test_r23_the_word_finds_nothing_of_an_escalation(post: Post) -> None:
    """A customer with its number and its Message-ID is told of a ticket of their own."""
    still = post.still
    key = {"to": "escalate@desk.example"}
    entry = post.write(ANASTASIA, key["to"], "Northwind is about to leave: canary-inside.", Subject="Northwind")
    if entry["verdict"] == "held-command":  # an aligned mail without a key is asked about
        post.write(ANASTASIA, address(still, ANASTASIA), "YES")
    number = next(t["ref"] for t in still.tickets() if t["type"] == "escalation")
    inner = still.latest("dominique@desk.example", "notice").mail["Message-ID"]
    before = len(still.sent)
    for word in ("STATUS", "YES", "NO"):
        got = post.write(
            NORA, SUPPORT, word, Subject=f"Re: [{number}] Northwind", In_Reply_To=str(inner), References=str(inner)
        )
        assert (got["verdict"], got["ticket"] != number) == ("ticket-created", True)
    outside = [mail for mail in post.since(before) if not mail.to.endswith("@desk.example")]
    assert [(mail.purpose, mail.to) for mail in outside] == [("acknowledgement", NORA)] * 3
    for mail in outside:
        assert "canary-inside" not in everything(mail)
        assert "escalation" not in everything(mail).lower()


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"X_Auto_Response_Suppress": "All"}],
    ids=lambda headers: next(iter(headers)),
)
def test_a_machine_that_says_status_is_not_answered(post: Post, headers: dict[str, Any]) -> None:
    question = resolved(post)
    before = len(post.still.sent)
    post.write(NORA, question, "STATUS", **headers)
    assert [mail for mail in post.since(before) if mail.purpose == "status"] == []
    assert status_of(post) == "resolved"


def test_status_stays_inside_the_budget_of_its_reader(post: Post) -> None:
    question = resolved(post)
    before = len([mail for mail in post.still.sent if mail.to == NORA])
    entries = [post.write(NORA, question, f"STATUS\n\n{n}") for n in range(14)]
    sent = [mail for mail in post.still.sent if mail.to == NORA]
    assert len(sent) == post.still.desk.budgets.participant_day
    assert [mail.purpose for mail in sent[before:]] == ["status"] * (len(sent) - before)
    assert "no more than 10 automatic mails in a day to one address" in trace_of(entries[-1])
    assert {row["state"] for row in post.still.queue()} == {OutboxState.SENT.value}


def test_looking_again_does_nothing_twice(post: Post) -> None:
    """A replay of STATUS and of YES: the mail left once, the ticket stays as it is."""
    question = resolved(post)
    asked, yes = post.write(NORA, question, "STATUS"), post.write(NORA, question, "YES")
    before, events = len(post.still.sent), post.still.ticket(1001)["events"]
    for entry in (asked, yes):
        assert post.still.replay(int(entry["id"]))["verdict"] == "command"
    assert post.since(before) == []
    assert post.still.ticket(1001)["events"] == events
    assert status_of(post) == "closed"


def test_explain_tells_a_word_as_it_was_decided(post: Post) -> None:
    """With its own traces left out: the ticket is resolved again, and the mail that it led to is not there."""
    question = resolved(post)
    still = post.still
    sent = 2  # the acknowledgement and the question
    for word, kinds in (("STATUS", {"mail"}), ("YES", {"change"})):
        entry = post.write(NORA, question, word)
        still.now += timedelta(hours=1)
        with still.store.look() as connection:
            row = journal.entry(journal.find(connection, int(entry["id"])))
            mail = read(blobs.read(connection, row.sha256) or b"", Reading(languages=still.desk.languages), NORA)
            incoming = Incoming(entry=row, mail=mail, now=row.envelope.received_at)
            told = rehearse(connection, incoming, still.desk, without=row.id)
            then = load(connection, Wanted(numbers={1001}), without=row.id).tickets[1001]
        assert (told.decision.verdict.value, told.decision.reason) == (entry["verdict"], entry["reason"])
        assert kinds <= {happening.kind for happening in told.happenings}
        assert then.automatic == sent  # what the word led to is not there
        sent += kinds == {"mail"}
