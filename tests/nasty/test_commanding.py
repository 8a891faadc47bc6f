"""Personal command addresses in all the wrong hands, and whatever else a colleague's mail must not do: nothing acts on
a forged, replayed, expired, revoked or stolen word, nor on that of somebody who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.rehearsal import rehearse
from gateway.rules.case import Incoming
from parsing.reading import read
from store import blobs, journal, reply_keys
from store import people as of_people
from store.records import Entry, Envelope
from store.tables import people
from tests.desk import StillDesk
from tests.nasty.post import ANASTASIA, BENEDIKT, DOMINIQUE, EVE, NORA, WORDS, Post, address, everything, trace_of

MIRABELLE, SAMANTHA = "mirabelle@desk.example", "samantha@desk.example"
ACT = "#on DESK-1001\n#priority 1 because canary-said-so\n\nA note with canary-words."


@pytest.fixture
def post(still: StillDesk) -> Post:
    """A ticket of Nora's, which the frontline was told of."""
    found = Post(still)
    found.write(NORA, "support@desk.example", WORDS, Subject="Search is very slow")
    return found


def commands_of(still: StillDesk, of: str) -> str:
    return still.commands_of(still.latest(of))


def nothing_was_done(post: Post, before: int) -> None:
    ticket = post.still.ticket(1001)
    assert (ticket["priority"], ticket["status"], len(ticket["messages"])) == (3, "new", 2)
    assert not [event for event in ticket["events"] if event["actor"] in ("anastasia", "benedikt", "dominique")]
    assert len(post.still.tickets()) == 1
    for sent in post.since(before):
        assert sent.to not in (NORA, EVE), sent.purpose


def test_r03_show_by_mail_answers_with_the_card_of_the_ticket(post: Post) -> None:
    still = post.still
    entry = post.write(ANASTASIA, commands_of(still, ANASTASIA), "#on DESK-1001\n#show")
    assert entry["verdict"] == "command"
    card = still.latest(ANASTASIA, "transcript").text()
    said = (
        "DESK-1001",
        "nora@northwind.example",
        "Agent: nobody",
        "Priority: 3",
        "Status: new",
        "Last events:",
        "opened",
    )
    for item in said:
        assert item in card, item


def test_r13_find_by_mail_answers_with_a_table(post: Post) -> None:
    still = post.still
    post.write(NORA, "support@desk.example", "The invoice is wrong.", Subject="Invoice", Message_ID="<i2@n.example>")
    entry = post.write(DOMINIQUE, "desk@desk.example", "#find status:open slow")
    assert (entry["verdict"], entry["trust"], entry["ticket"]) == ("command", "B", None)
    found = still.latest(DOMINIQUE, "transcript").text()
    assert "DESK-1001" in found
    assert "DESK-1002" not in found


def test_r19_mine_at_the_commands_address_lists_exactly_what_is_owned(post: Post) -> None:
    still = post.still
    post.write(NORA, "support@desk.example", "The invoice is wrong.", Subject="Invoice", Message_ID="<i2@n.example>")
    still.do("DESK-1002", "#assign anastasia", "dominique")
    entry = post.write(ANASTASIA, commands_of(still, ANASTASIA), "#mine")
    assert (entry["verdict"], entry["ticket"]) == ("command", None)
    told = still.latest(ANASTASIA, "transcript")
    assert "DESK-1002" in told.text()
    assert "DESK-1001" not in told.text()
    assert str(told.mail["Reply-To"]) == commands_of(still, ANASTASIA)


@pytest.mark.parametrize("proven", [True, False])
def test_a_stolen_command_address_does_nothing_and_tells_its_owner(post: Post, proven: bool) -> None:
    still, before = post.still, len(post.still.sent)
    entry = post.write(EVE, commands_of(still, ANASTASIA), ACT, proven=proven)
    assert entry["verdict"] == "held-unverified"
    nothing_was_done(post, before)
    (told,) = post.since(before)
    assert told.to == ANASTASIA
    assert "replydesk agent keys anastasia --revoke" in " ".join(told.text().split())
    for word in ("canary", "eve@", "evil"):
        assert word not in everything(told)
    still.replay(entry["id"])
    assert len(post.since(before)) == 1, "looking again tells nobody again"


def test_a_colleague_with_anothers_command_address_does_nothing(post: Post) -> None:
    still, before = post.still, len(post.still.sent)
    entry = post.write(BENEDIKT, commands_of(still, DOMINIQUE), ACT)
    assert entry["verdict"] == "held-unverified"
    nothing_was_done(post, before)
    assert {sent.to for sent in post.since(before)} == {DOMINIQUE, BENEDIKT}
    assert {sent.purpose for sent in post.since(before)} == {"held"}


@pytest.mark.parametrize("to", ["desk@desk.example", "keyed"])
@pytest.mark.parametrize("said", [ACT, "#mine", "#away for 3d", "#on DESK-1001\n#show"])
def test_a_forged_from_does_nothing(post: Post, to: str, said: str) -> None:
    """Without the key it is nobody's mail; with it the ticket's verbs wait for its owner's word, and looking is
    refused."""
    still, before = post.still, len(post.still.sent)
    entry = post.write(ANASTASIA, commands_of(still, ANASTASIA) if to == "keyed" else to, said, proven=False)
    assert entry["verdict"] in ("held-unverified", "held-command"), entry["reason"]
    assert entry["trust"] == ("C" if to == "keyed" else "D")
    nothing_was_done(post, before)
    assert {sent.to for sent in post.since(before)} <= {ANASTASIA}
    assert not [sent for sent in post.since(before) if sent.purpose == "transcript"]
    with still.store.look() as connection:
        assert reply_keys.commanders(connection, ANASTASIA)


def test_a_forged_from_with_a_made_up_key_does_nothing(post: Post) -> None:
    before = len(post.still.sent)
    entry = post.write(ANASTASIA, "desk+k" + "a" * 26 + "@desk.example", ACT)
    assert entry["verdict"] == "held-unverified"
    assert "the desk never gave it to anybody" in trace_of(entry)
    nothing_was_done(post, before)


def test_an_expired_command_address_counts_for_nothing(post: Post) -> None:
    still = post.still
    own, before = commands_of(still, ANASTASIA), len(still.sent)
    with still.store.turn() as connection:
        lapsed = update(people).where(people.c.address == ANASTASIA).values(commands_until=still.now)
        connection.execute(lapsed)
    entry = post.write(ANASTASIA, own, "#on DESK-1001\n#priority 1 because canary")
    assert (entry["verdict"], entry["trust"]) == ("held-unverified", "B")
    assert "lapsed" in trace_of(entry)
    assert still.ticket(1001)["priority"] == 3
    assert not [sent for sent in post.since(before) if sent.purpose == "transcript"]


def test_a_revoked_command_address_counts_for_nothing_and_the_next_one_does(post: Post) -> None:
    still = post.still
    own, before = commands_of(still, ANASTASIA), len(still.sent)
    with still.store.turn() as connection:
        ended = reply_keys.revoke(connection, ANASTASIA)
    assert ended is not None
    assert ended.commands
    entry = post.write(ANASTASIA, own, ACT)
    assert (entry["verdict"], entry["trust"]) == ("held-unverified", "B")
    assert "is revoked" in trace_of(entry)
    nothing_was_done(post, before)
    fresh = address(still, ANASTASIA)
    assert fresh != own
    assert post.write(ANASTASIA, fresh, "#on DESK-1001\n#priority 1 because it is down")["verdict"] == "command"
    assert still.ticket(1001)["priority"] == 1


def test_the_same_command_mail_twice_is_done_once(post: Post) -> None:
    still = post.still
    first = post.write(
        ANASTASIA, commands_of(still, ANASTASIA), "#on DESK-1001\n#log 30m", Message_ID="<same@x.example>"
    )
    before = len(still.sent)
    again = post.write(
        ANASTASIA, commands_of(still, ANASTASIA), "#on DESK-1001\n#log 30m", Message_ID="<same@x.example>"
    )
    assert (first["verdict"], again["verdict"]) == ("command", "duplicate")
    still.replay(first["id"])
    assert still.ticket(1001)["time_logged"] == 30
    assert not post.since(before)


def test_an_errand_that_is_looked_at_again_is_not_done_again(post: Post) -> None:
    still = post.still
    entry = post.write(DOMINIQUE, "desk@desk.example", "#away for 3d")
    assert entry["verdict"] == "command"
    assert post.write(DOMINIQUE, "desk@desk.example", "#back")["verdict"] == "command"
    before = len(still.sent)
    assert still.replay(entry["id"])["verdict"] == "command"
    assert not post.since(before)
    with still.store.look() as connection:
        assert of_people.standing(connection, [DOMINIQUE])[DOMINIQUE].away_until is None


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (BENEDIKT, "#on DESK-1001\n#accept"),
        (MIRABELLE, "#on DESK-1001\n#accept"),
        (SAMANTHA, "#on DESK-1001\n#note canary"),
        (ANASTASIA, "#on DESK-1001\n#team network"),
        (ANASTASIA, "#on DESK-1001\n#sla first until fri because canary"),
        (SAMANTHA, "#on DESK-1001\n\nA note of mine."),
    ],
)
def test_the_wrong_role_does_nothing(post: Post, who: str, said: str) -> None:
    still = post.still
    post.write(who, "desk@desk.example", "#help")
    before = len(still.sent)
    entry = post.write(who, commands_of(still, who), said)
    assert entry["verdict"] in ("held-unverified", "held-command"), entry["reason"]
    assert entry["trust"] == "A"
    nothing_was_done(post, before)


@pytest.mark.parametrize("key", ["public", "note"])
def test_a_tickets_key_of_a_colleague_who_forges_acts_nowhere(post: Post, key: str) -> None:
    still, before = post.still, len(post.still.sent)
    told = still.latest(ANASTASIA, "notice")
    to = str(told.mail["Reply-To"]) if key == "public" else told.note_address
    entry = post.write(ANASTASIA, to, "#priority 1 because canary\n\nWords.", proven=False)
    assert entry["verdict"] == "held-command"
    nothing_was_done(post, before)
    assert {sent.purpose for sent in post.since(before)} == {"confirmation"}


def test_words_at_the_commands_address_never_reach_the_customer(post: Post) -> None:
    """Not as a reply to a notice, not with its reference in the subject, not beside the desk's own address."""
    still, before = post.still, len(post.still.sent)
    notice = still.latest(ANASTASIA, "notice")
    reply: dict[str, Any] = {
        "In_Reply_To": str(notice.mail["Message-ID"]),
        "References": str(notice.mail["Message-ID"]),
        "Subject": f"Re: {notice.mail['Subject']}",
    }
    own = commands_of(still, ANASTASIA)
    for said in ("Hello Nora.", "#mine\n\nHello Nora.", "#on DESK-1001\n\nHello Nora.", "#accept\n\nHello Nora."):
        post.write(ANASTASIA, own, said, **reply)
    assert NORA not in {sent.to for sent in post.since(before)}
    assert len(still.tickets()) == 1


def test_a_stranger_at_the_commands_address_opens_an_ordinary_ticket(post: Post) -> None:
    still = post.still
    entry = post.write(EVE, "desk@desk.example", "#mine\n\nHello?")
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    assert EVE in {sent.to for sent in still.sent}
    assert still.ticket(1002)["requester"]["address"] == EVE


def test_an_absence_note_to_the_commands_address_is_recorded_only(post: Post) -> None:
    still, before = post.still, len(post.still.sent)
    entry = post.write(
        ANASTASIA, commands_of(still, ANASTASIA), "I am out of office until Monday.", Auto_Submitted="auto-replied"
    )
    assert entry["verdict"] == "auto-reply-recorded"
    assert not post.since(before)


def test_thirty_unreadable_mails_are_answered_within_the_budget(post: Post) -> None:
    still, before = post.still, len(post.still.sent)
    for number in range(30):
        post.write(ANASTASIA, "desk@desk.example", f"Words without a verb, number {number}.")
    told = [sent.to for sent in post.since(before)]
    assert told.count(ANASTASIA) <= still.desk.budgets.participant_day
    assert [to for to in told if to != ANASTASIA] == ["dominique@desk.example"]  # that some are held unanswered


@pytest.mark.parametrize("said", ["#undo", "#dry-run\n#accept\n\nHello Nora.", "#on DESK-1001\n#log 10m"])
def test_explain_agrees_with_what_was_done(post: Post, said: str) -> None:
    """Looked at from afterwards, without what it did itself, a mail ends as it did."""
    still = post.still
    still.do("DESK-1001", "#priority 1 because it is down", "anastasia")
    to = commands_of(still, ANASTASIA) if said.startswith("#on") else address(still, ANASTASIA)
    entry = post.write(ANASTASIA, to, said)
    assert entry["verdict"] == "command", entry["reason"]
    still.now += timedelta(hours=1)
    still.do("DESK-1001", "#tag +later", "dominique")
    with still.store.look() as connection:
        row = journal.find(connection, entry["id"])
        assert row is not None
        raw = blobs.read(connection, row.sha256)
        assert raw is not None
        envelope = Envelope(
            sender=ANASTASIA, recipients=(to,), received_at=row.received_at, door="smtp", client="127.0.0.1"
        )
        mail = read(raw, still.desk.reading, ANASTASIA)
        incoming = Incoming(
            entry=Entry(id=row.id, envelope=envelope, sha256=row.sha256, size=len(raw)), mail=mail, now=row.received_at
        )
        found = rehearse(connection, incoming, still.desk, without=row.id).decision
    assert (found.verdict.value, found.reason) == (entry["verdict"], entry["reason"])


def test_a_keyed_mail_that_nothing_proves_is_done_once_its_author_says_so(post: Post) -> None:
    still = post.still
    entry = post.write(ANASTASIA, commands_of(still, ANASTASIA), ACT, proven=False)
    assert (entry["verdict"], entry["trust"]) == ("held-command", "C")
    answered = post.write(ANASTASIA, address(still, ANASTASIA), "YES", Subject="Re: Is this mail yours?")
    assert answered["verdict"] == "command"
    assert still.entry(entry["id"])["verdict"] == "appended"
    ticket = still.ticket(1001)
    assert (ticket["priority"], ticket["messages"][-1]["direction"]) == (1, "note")
