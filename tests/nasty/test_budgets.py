"""Automatic mail has an end: nobody is bombed, and whoever of us waits for it is told (intake 10 and 32, reliability
threats 7 and 8)."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from store import outbox, people
from store.records import OutboxState
from tests.desk import StillDesk
from tests.nasty.post import NORA, SUPPORT, WORDS, Post, address, desk_with, everything, open_ticket, outside, trace_of
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)
CANARY = "canary-4711"


@pytest.fixture
def post(still: StillDesk) -> Post:
    return Post(still)


# Nobody is bombed


@BOTH
def test_intake_10_and_threat_07_many_forged_mails_give_three_acknowledgements_without_a_word_of_theirs(
    post: Post,
) -> None:
    """300 mails with one forged From, in seconds and over hours: each is a ticket, three are acknowledged in a day."""
    still = post.still
    for number in range(300):
        still.receive(
            f"From: {CANARY} <{NORA}>\nTo: {CANARY} <{SUPPORT}>\nCc: {CANARY}@evil.example\n"
            f"Reply-To: {CANARY}@evil.example\nSubject: {CANARY} {number}\n"
            f"Message-ID: <{number}.{'x' * 400}@evil.example>\n"
            f"X-Mailer: {CANARY}\n\n{CANARY}: buy now at https://evil.example/{CANARY}\n",
            NORA,
            SUPPORT,
        )
        if number % 30 == 29:
            still.settle()
            still.now += timedelta(minutes=40)
    assert len(still.tickets()) == 300
    got = outside(still.sent)
    assert [mail.purpose for mail in got] == ["acknowledgement"] * 3
    for mail in got:
        assert CANARY not in everything(mail)
        assert str(mail.mail["Subject"]).endswith("] We have your message")
        assert str(mail.mail["To"]) == NORA
        assert mail.mail["In-Reply-To"] is None, "an endless Message-ID is words as well"
        assert mail.sender == ""
    assert "act no acknowledgement: no more than" in trace_of(still.entry(300))


def test_threat_07_a_bomb_of_details_and_of_a_whole_domain_has_an_end(tmp_path: Path, template: Path) -> None:
    """Every mail names another address of the same person, or another person of the same domain."""
    with desk_with(tmp_path, template, domain_day=100) as post:
        for number in range(20):
            post.write(f"nora+{number}@northwind.example", SUPPORT, WORDS, proven=False)
        assert len(outside(post.still.sent)) == 2
        for number in range(130):
            post.still.receive(f"From: p{number}@northwind.example\nSubject: Hi\n\n{WORDS}\n", "p@x.example", SUPPORT)
        post.still.settle()
        assert len(outside(post.still.sent)) == 100


def test_who_is_proven_gets_the_own_subject_back_and_ten_a_day(post: Post) -> None:
    entries = [post.write(NORA, SUPPORT, WORDS, Subject=f"Fault {number}") for number in range(12)]
    got = outside(post.still.sent)
    assert [str(mail.mail["Subject"]) for mail in got][:2] == ["[DESK-1001] Fault 0", "[DESK-1002] Fault 1"]
    assert str(got[0].mail["To"]) == f"Somebody <{NORA}>"
    assert len(got) == 10
    assert all(entry["verdict"] == "ticket-created" for entry in entries)


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("Guten Tag, die Rechnung stimmt nicht und wir können nicht arbeiten.", "Ihre Nachricht ist da"),
        ("Bonjour, je ne peux plus ouvrir la facture depuis hier.", "Nous avons bien reçu votre message"),
        ("Hola, no puedo abrir la factura desde ayer por la tarde. Gracias.", "We have your message"),
    ],
)  # fmt: skip
def test_intake_10_the_subject_to_a_stranger_is_the_desks_own_in_the_language_of_the_mail(
    post: Post, words: str, subject: str
) -> None:
    post.write(NORA, SUPPORT, words, proven=False, Subject=f"{CANARY} Rechnung")
    assert str(outside(post.still.sent)[0].mail["Subject"]) == f"[DESK-1001] {subject}"


# Rejections


def test_intake_32_rejections_share_the_budget_and_the_last_one_says_so(post: Post) -> None:
    """A colleague's robot, taken for the colleague, answers every refusal with the same mistake."""
    still = post.still
    open_ticket(post)
    colleague = "anastasia@desk.example"
    for number in range(15):
        still.now += timedelta(minutes=1)
        entry = post.write(colleague, address(still, colleague), f"#asign nobody {number}")
        assert entry["verdict"] == "held-command"
    refusals = [mail for mail in still.sent if mail.purpose == "held"]
    assert len(refusals) == still.desk.budgets.participant_day
    last = "no further one is answered"
    assert [last in mail.text() for mail in refusals] == [False] * 9 + [True]
    assert not outside(still.sent)[1:]

    assert "the customer has\nnothing" in refusals[-1].text()
    waiting = [row for row in still.queue() if row["state"] == "held"]
    assert [(row["purpose"], row["to"]) for row in waiting] == [("held", colleague)] * 5, "never dropped"
    told = [mail for mail in still.sent if mail.purpose == "alarm"]
    leads = {agent.address for agent in still.desk.agents.values() if "lead" in agent.roles}
    assert {mail.to for mail in told} == leads and len(told) == len(leads), "once a day"
    assert "A mail of Anastasia Winter on DESK-1001 is held" in told[0].text()
    assert "budget the leads are told" in trace_of(still.entry(12))
    still.now += timedelta(hours=25)
    with still.store.turn() as connection:
        assert len(outbox.move_all(connection, (OutboxState.HELD,), OutboxState.QUEUED, still.now)) == 5
    still.settle()
    assert len([mail for mail in still.sent if mail.purpose == "held"]) == 15


def test_a_held_mail_that_only_claims_to_be_a_colleagues_fills_no_queue(post: Post) -> None:
    """What nothing proves: no lead is told, and nothing waits."""
    still = post.still
    open_ticket(post)
    for number in range(12):
        still.now += timedelta(minutes=1)
        post.write("anastasia@desk.example", SUPPORT, f"#asign nobody {number}", proven=False)
    assert [row for row in still.queue() if row["state"] == "held"] == []
    assert "is held, and" not in "".join(mail.text() for mail in still.sent)


def test_close_by_a_reply_address_has_the_budget_of_who_has_one(post: Post) -> None:
    """A stranger gets two mails in an hour; who has a reply address is asked more often than that."""
    still = post.still
    open_ticket(post)
    reply = address(still, NORA)
    found = [post.write(NORA, reply, "CLOSE", proven=False)["verdict"] for _ in range(3)]
    assert found == ["held-command"] * 3
    assert [mail.purpose for mail in outside(still.sent)].count("consent") == 3


def test_close_that_nobody_can_be_asked_about_is_told_and_moves_nothing(tmp_path: Path, template: Path) -> None:
    with desk_with(tmp_path, template, participant_day=1) as post:
        still = post.still
        open_ticket(post)
        assert post.write(NORA, address(still, NORA), "CLOSE", proven=False)["verdict"] == "appended"
        assert still.ticket(1001)["status"] == "new"
        told = " ".join(still.latest("anastasia@desk.example", "notice").text().split())
        assert "wrote CLOSE; nothing proves that it is theirs, and they could not be asked now (no more" in told
        assert "#resolve OUTCOME ends it if you believe it" in told


# What one of us asked for


@BOTH
def test_what_a_colleague_asked_for_is_held_and_never_dropped(post: Post) -> None:
    still, colleague = post.still, "anastasia@desk.example"
    for number in range(10):
        post.write(NORA, SUPPORT, WORDS, Subject=f"Fault {number}")
    entry = post.write(colleague, address(still, colleague), "#topic Usage\n#start\n#resolve rebuilt")
    reason = "#topic, #start, #resolve; word that it is resolved to Somebody is held"
    assert (entry["verdict"], entry["reason"]) == ("command", reason)
    assert "budget resolved to nora@northwind.example is held" in trace_of(entry)
    held = [row for row in still.queue() if row["state"] == "held"]
    assert [(row["purpose"], row["to"]) for row in held] == [("resolved", NORA)]
    assert "Somebody (held, not sent: no more than 10 automatic mails in a day to one address)" in " ".join(
        still.latest(colleague, "transcript").text().split()
    )
    assert "mail-held" in [event["kind"] for event in still.ticket(1010)["events"]]
    outcome = still.do("DESK-1009", "#topic Usage\n#start\n#resolve rebuilt", "dominique")
    assert outcome[1][0]["to"].startswith("Somebody (held, not sent: no more than 10")
    with still.store.turn() as connection:
        assert len(outbox.move_all(connection, (OutboxState.HELD,), OutboxState.QUEUED, still.now)) == 2
    still.settle()
    assert [mail.purpose for mail in outside(still.sent)].count("resolved") == 2


def test_a_persons_own_words_are_never_a_matter_of_a_budget(tmp_path: Path, template: Path) -> None:
    with desk_with(tmp_path, template, total_hour=100, participant_day=1) as post:
        still, colleague = post.still, "anastasia@desk.example"
        open_ticket(post)
        for number in range(60):
            post.write(f"c{number}@contoso.example", SUPPORT, WORDS, proven=False)
        entry = post.write(colleague, address(still, colleague), "It is the index; we rebuild it tonight.")
        assert entry["verdict"] == "appended"
        assert outside(still.sent)[-1].purpose == "answer"


# The breaker


@BOTH
def test_threat_08_the_breaker_stops_everything_and_tells_the_operators_once(
    tmp_path: Path, template: Path, store_kind: str
) -> None:
    from tests.servers import postgresql

    env = {"REPLYDESK_BUDGET__TOTAL_HOUR": "100"}
    if store_kind == "postgresql":
        with (
            postgresql.emptied() as url,
            closing(StillDesk(tmp_path / "desk", template, {**env, "REPLYDESK_STORE__URL": url})) as still,
        ):
            _flood(Post(still))
    else:
        with closing(StillDesk(tmp_path / "desk", template, env)) as still:
            _flood(Post(still))


def _flood(post: Post) -> None:
    still = post.still
    for number in range(120):
        still.receive(f"From: c{number}@contoso.example\nSubject: Hi\n\n{WORDS} {number}\n", "p@x.example", SUPPORT)
    still.settle()
    alarms = [mail for mail in still.sent if mail.purpose == "alarm"]
    assert [mail.to for mail in alarms] == list(still.desk.operators)
    assert "replydesk queue release --all" in alarms[0].text()
    assert len(still.sent) - len(alarms) == 100
    assert len(still.tickets()) == 120, "what comes in is taken all the same"
    held = [row for row in still.queue() if row["state"] == "held"]
    assert {row["purpose"] for row in held} == {"notice"}
    still.now += timedelta(minutes=30)
    entry = post.write("late@contoso.example", SUPPORT, WORDS, proven=False)
    assert "the breaker: no more than 100 automatic mails in an hour in all" in trace_of(entry)
    still.now += timedelta(minutes=40)
    post.write("later@contoso.example", SUPPORT, WORDS, proven=False)
    assert still.sent[-1].to == "dominique@desk.example" or outside(still.sent)[-1].to == "later@contoso.example"
    assert len([mail for mail in still.sent if mail.purpose == "alarm"]) == len(alarms)


def test_threat_07_an_address_that_mail_comes_back_from_gets_none_until_its_owner_is_heard_of(post: Post) -> None:
    still = post.still
    open_ticket(post, proven=False)
    with still.store.turn() as connection:
        people.mark_reachable(connection, NORA, still.now)
    entry = open_ticket(post, proven=False)
    assert len(outside(still.sent)) == 1
    assert "no acknowledgement: mail to this address came back for good" in trace_of(entry)
    open_ticket(post)
    assert len(outside(still.sent)) == 2
