"""Automatic mail has an end: nobody is bombed, nothing loops, and whoever of us waits for it is told (intake 10, 21,
22, 30, 32-34, reliability threats 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store import outbox, people
from store.records import OutboxState
from tests.desk import Sent, StillDesk
from tests.nasty.post import NORA, WORDS, Post, address, everything, trace_of
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)
SUPPORT, OPS = "support@desk.example", "ops@desk.example"
CANARY = "canary-4711"
LONG = "Thank you for your message. We have received it and a colleague will look at it today."


@pytest.fixture
def post(still: StillDesk) -> Post:
    return Post(still)


@contextmanager
def desk_with(folder: Path, template: Path, **budgets: int) -> Iterator[Post]:
    """A desk with other budgets than usual."""
    env = {f"REPLYDESK_BUDGET__{name.upper()}": str(value) for name, value in budgets.items()}
    with closing(StillDesk(folder / "desk", template, env)) as still:
        yield Post(still)


def outside(sent: list[Sent]) -> list[Sent]:
    return [mail for mail in sent if not mail.to.endswith("@desk.example")]


def open_ticket(post: Post, *, proven: bool = True) -> dict[str, Any]:
    return post.write(NORA, SUPPORT, WORDS, proven=proven, Subject="Search is very slow")


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
