"""A question to an author whether a mail is theirs says what is missing, is never lost, and a NO names what is in other
hands (DESIGN section 8, intake 1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main as command
from store import outbox
from store.records import OutboxState
from tests.desk import Sent, StillDesk
from tests.nasty.post import ANASTASIA, BENEDIKT, EVE, NORA, WORDS, Post, address, trace_of
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)
SUPPORT, ESCALATE, OPS = "support@desk.example", "escalate@desk.example", "ops@desk.example"
Call = Callable[..., str]


def said(sent: Sent) -> str:
    return " ".join(sent.text().split())


def stolen(post: Post, words: str = "It is the index.") -> dict[str, object]:
    """A mail with a colleague's key that no mail server vouches for: trust C."""
    return post.write(ANASTASIA, address(post.still, ANASTASIA), words, proven=False)


def opened(post: Post) -> None:
    post.write(NORA, SUPPORT, WORDS, Subject="Search is very slow")


@pytest.fixture
def post(still: StillDesk) -> Post:
    return Post(still)


@BOTH
def test_a_question_about_an_escalation_says_that_the_mail_server_vouches(post: Post) -> None:
    """And a NO points at that mail server: there is no reply address to end."""
    still = post.still
    entry = post.write(BENEDIKT, ESCALATE, "Call them.", Subject="Northwind is about to leave")
    assert (entry["verdict"], entry["trust"]) == ("held-command", "B")
    question = still.latest(BENEDIKT, "confirmation")
    for words in (said(question), " ".join(question.text("html").split())):
        assert "It came from your address, and your mail server vouches for it" in words
        assert "an escalation needs your own word as well" in words
        assert "did not prove" not in words
    post.write(BENEDIKT, address(still, BENEDIKT), "NO")
    alarm = said(still.latest(OPS, "alarm"))
    assert "It came from their address and was proven by its mail server" in alarm
    assert "mail server of desk.example" in alarm
    assert "--revoke" not in alarm


@BOTH
def test_a_no_to_a_mail_with_a_key_names_the_ticket_of_the_key(post: Post) -> None:
    still = post.still
    opened(post)
    assert stolen(post)["trust"] == "C"
    question = said(still.latest(ANASTASIA, "confirmation"))
    assert "your mail server did not prove that it is yours" in question
    assert "vouches" not in question
    post.write(ANASTASIA, address(still, ANASTASIA), "No.")
    alarm = said(still.latest(OPS, "alarm"))
    assert f"It came with the secret reply address of DESK-1001 that {ANASTASIA} has" in alarm
    assert f"replydesk agent keys {ANASTASIA} --ticket DESK-1001 --revoke" in alarm


@BOTH
def test_a_question_without_room_waits_for_an_operator(tmp_path: Path, template: Path, store_kind: str) -> None:
    """It is held like whatever else one of us waits for; released it arrives, and YES runs the mail."""
    env = {"REPLYDESK_BUDGET__PARTICIPANT_DAY": "1"}
    with closing(StillDesk(tmp_path / "desk", template, env)) as still:
        post = Post(still)
        for number in range(2):
            entry = post.write(BENEDIKT, ESCALATE, "Call them.", Subject=f"Customer {number} is about to leave")
        assert entry["verdict"] == "held-command"
        assert "once an operator lets the question go (replydesk queue release): no more than 1" in entry["reason"]
        assert f"budget confirmation to {BENEDIKT} is held" in trace_of(entry)
        held = [row for row in still.queue() if row["state"] == "held"]
        assert [(row["purpose"], row["to"]) for row in held] == [("confirmation", BENEDIKT)]
        with still.store.turn() as connection:
            assert len(outbox.move_all(connection, (OutboxState.HELD,), OutboxState.QUEUED, still.now)) == 1
        still.settle()
        post.write(BENEDIKT, address(still, BENEDIKT), "Yes")
        assert still.entry(entry["id"])["verdict"] == "ticket-created"


def test_intake_1_the_owner_of_an_address_in_other_hands_reads_that_first(post: Post) -> None:
    """It is no mail in their name: somebody else's, under their own."""
    opened(post)
    post.write(EVE, address(post.still, ANASTASIA), "Good bye.")
    told = post.still.latest(ANASTASIA, "held")
    assert said(told).startswith("Somebody else wrote to your reply address of DESK-1001. Nothing was done")
    for words in (said(told), " ".join(told.text("html").split())):
        assert "Somebody else wrote to your reply address of DESK-1001." in words
        assert "in your name" not in words
        assert "Send it again" not in words


# The commands


@pytest.fixture
def life(tmp_path: Path, template: Path) -> tuple[Path, Path]:
    return tmp_path / "life", template


def commands(folder: Path) -> Call:
    env = {"REPLYDESK_CONFIG": str(folder / "replydesk.toml")}

    def call(*words: str, status: int = 0) -> str:
        done = CliRunner().invoke(command, words, env=env)
        assert done.exit_code == status, done.output
        assert "Traceback" not in done.output
        return done.output

    return call


def test_an_operator_may_vouch_for_what_waits_for_its_authors_word(life: tuple[Path, Path]) -> None:
    """It then runs; what could not be read, and what its author denied, is released by nobody."""
    folder, template = life
    with closing(StillDesk(folder, template)) as still:
        post, call = Post(still), commands(folder)
        opened(post)
        waits = stolen(post, "#priority 1 because angry")["id"]
        unread = post.write(ANASTASIA, address(still, ANASTASIA), "#frobnicate")["id"]
        denied = post.write(BENEDIKT, ESCALATE, "Call them.", Subject="Northwind is about to leave")["id"]
        post.write(BENEDIKT, address(still, BENEDIKT), "NO")
        assert f'"replydesk mail release {waits}" vouches for it' in call("mail", "show", str(waits))
        assert "release" not in call("mail", "show", str(unread)).rpartition("next")[2]
        told = call("mail", "release", str(unread), status=1)
        assert "only held mail can be released; its sender sends it again in a form that can be read" in told
        assert "its author says that it is not theirs" in call("mail", "release", str(denied), status=1)
        call("mail", "release", str(waits))
        still.settle()
        assert (still.entry(waits)["verdict"], still.ticket(1001)["priority"]) == ("command", 1)
        assert still.entry(unread)["verdict"] == still.entry(denied)["verdict"] == "held-command"


def test_what_a_release_cannot_help_is_not_offered_again(life: tuple[Path, Path]) -> None:
    folder, template = life
    with closing(StillDesk(folder, template)) as still:
        post, call = Post(still), commands(folder)
        opened(post)
        number = post.write(EVE, address(still, ANASTASIA), "Good bye.")["id"]
        assert f'"replydesk mail release {number}" vouches' in call("mail", "show", str(number))
        still.replay(number, released=True)
        with still.store.turn() as connection:
            connection.exec_driver_sql(f"UPDATE journal SET verdict = 'held-unverified' WHERE id = {number}")
        shown = call("mail", "show", str(number))
        assert "mail release" not in shown
        assert f'"replydesk mail replay {number}" looks again' in shown


def test_intake_3_revoking_nothing_says_so_and_raises_no_serial(life: tuple[Path, Path]) -> None:
    folder, template = life
    with closing(StillDesk(folder, template)) as still:
        post, call = Post(still), commands(folder)
        for number in range(2):
            post.write(NORA, SUPPORT, f"{WORDS} {number}", Subject=f"Fault {number}")
        for more in ((), ("--revoke",)):
            told = call("agent", "keys", NORA, "--ticket", "DESK-9999", *more, status=1)
            assert "there is no ticket DESK-9999" in told
        revoke = ("agent", "keys", NORA, "--ticket", "DESK-1001", "--revoke")
        assert "serial 2" in call(*revoke)
        told = call(*revoke)
        assert told == f"Nothing to revoke: no reply address of {NORA} for DESK-1001 counts.\n"
        assert json.loads(call(*revoke, "--json")) == {
            "person": NORA, "ticket": "DESK-1001", "revoked": 0, "serial": 2, "commands": False,
        }  # fmt: skip
        post.write(ANASTASIA, address(still, ANASTASIA), "We look.", Subject="Re: [DESK-1001] Fault 0")
        post.write(NORA, SUPPORT, f"{WORDS} 2", Subject="Fault 2")
        rows = json.loads(call("agent", "keys", "--json"))
        order = [(row["ticket"], row["serial"]) for row in rows if row["ticket"]]  # one for commands is of none
        assert order == sorted(order)
        assert json.loads(call("agent", "keys", "--limit", "3", "--json")) == rows[-3:]


def test_explain_counts_in_words_and_names_the_option_that_is_wrong(life: tuple[Path, Path]) -> None:
    folder, template = life
    with closing(StillDesk(folder, template)) as still:
        post, call = Post(still), commands(folder)
        number = str(post.write(EVE, SUPPORT, WORDS, Subject="Search is very slow")["id"])
        shown = call("explain", number)
        for words in (
            f"counts as 1 automatic mail to {EVE}",
            "counts as 1 automatic mail to all of evil.example",
            "automatic mails in all",
        ):
            assert words in shown
        assert "of the budget" not in shown
        mail = folder / "1.eml"
        mail.write_text(f"From: {EVE}\nTo: {SUPPORT}\nSubject: Fault\nMessage-ID: <1@evil.example>\n\n{WORDS}\n")
        shown = call("explain", str(mail))
        assert f"counts as 1 mail from {EVE}\n" in shown
        assert "counts as 1 mail from all of evil.example\n" in shown
        names = [effect["budget"] for effect in json.loads(call("explain", number, "--json"))["effects"]
                 if effect["kind"] == "budget"]  # fmt: skip
        assert f"to:{EVE}" in names
        none = folder / "none.toml"
        told = " ".join(call("explain", number, "--with", str(none), status=2).split())
        assert f"--with: there is no configuration at {none}" in told
        none.write_text("[desk]\nnonsense = 1\n")
        assert f"--with {none}: " in call("explain", number, "--with", str(none), status=2)
