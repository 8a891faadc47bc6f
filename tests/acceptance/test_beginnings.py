"""What a mail cannot do that begins a ticket for somebody, stays inside, left by another way or that nobody can read
(R06, R17, R43, R47 of `ops`): it is said so, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.test_on_behalf import AGENT, FORWARD, NORA, agrees, key, sent, write
from tests.desk import StillDesk

OLGA, ZOE = "olga@contoso.example", "zoe@contoso.example"


@pytest.fixture
def own(still: StillDesk) -> str:
    """Anastasia's own address for commands."""
    write(still, NORA, "support@desk.example", "The export stops", "It stops half way.")
    return str(still.commands_of(still.latest(AGENT, "notice")))


@pytest.mark.parametrize(
    "verb",
    ["#split other matter", "#retype question", "#retype escalation", "#eta fri 17:00 a part comes", "#ask expected"],
)
def test_r17_what_needs_a_ticket_or_its_customer_does_not_go_with_its_beginning(
    still: StillDesk, own: str, verb: str
) -> None:
    entry = write(still, AGENT, own, "New matter", f"#for {OLGA}\n{verb}\n\nShe called.")
    assert entry["verdict"] == "held-command"
    assert verb.split()[0] in entry["reason"]
    assert len(still.tickets()) == 1
    assert [mail.to for mail in still.sent if mail.to == OLGA] == []
    assert "in answer to it" in still.latest(AGENT, "held").text()


def test_r06_nor_with_a_forward(still: StillDesk) -> None:
    write(still, AGENT, "support@desk.example", "Fwd: The export stops", f"#split other matter\n{FORWARD}")
    assert [entry["verdict"] for entry in still.entries()] == ["held-command"]
    assert still.tickets() == []


@pytest.mark.parametrize("verb", ["#eta fri 17:00 a part comes", "#ask expected"])
def test_r17_what_is_asked_of_somebody_who_is_told_is_asked(still: StillDesk, own: str, verb: str) -> None:
    """A promise is still one mail too many."""
    entry = write(still, AGENT, own, "New matter", f"#for {OLGA}\n#notify\n{verb}\n\nShe called.")
    asks = verb.startswith("#ask")
    assert entry["verdict"] == ("ticket-created" if asks else "held-command")
    assert any(mail.to == OLGA for mail in still.sent) is asks


@pytest.mark.parametrize(
    "text", ["#note we wait for a part\n#eta fri 17:00", "#on DESK-1001\n#eta fri 17:00 We wait\n\nWords inside."]
)
def test_r43_nothing_is_promised_inside(still: StillDesk, own: str, text: str) -> None:
    to = own if text.startswith("#on") else key(still, AGENT)
    entry = write(still, AGENT, to, "Re: [DESK-1001]", text)
    assert (entry["verdict"], still.ticket(1001)["next_action"]) == ("held-command", None)
    assert "promised" not in [event["kind"] for event in still.ticket(1001)["events"]]


def test_r47_who_came_later_gets_nothing_of_an_old_answer_that_is_looked_at_again(still: StillDesk, own: str) -> None:
    box = key(still, AGENT)
    first = write(still, AGENT, f"{NORA}, support@desk.example", "Re: The export stops", "It is mended.", envelope=box)
    assert first["verdict"] == "appended"
    write(still, AGENT, own, "Copy", f"#on DESK-1001\n#cc {ZOE}")
    assert sent(still, lambda: still.replay(first["id"])) == []


def test_r47_what_the_customer_did_not_get_is_not_recorded_as_said(still: StillDesk, own: str) -> None:
    box = key(still, AGENT)
    entry = write(still, AGENT, NORA, "Re: The export stops", "#template welcome\n\nHello", envelope=box)
    assert (entry["verdict"], "#template" in entry["reason"]) == ("held-command", True)
    write(still, AGENT, own, "Copy", f"#on DESK-1001\n#cc {ZOE}")
    to = f"{NORA}, support@desk.example"
    entry = write(still, AGENT, to, "Re: The export stops", "Hello.\n#resolve it is done", envelope=box)
    assert entry["verdict"] == "held-command"
    assert [mail for mail in still.sent if mail.to == ZOE and "#resolve" in mail.text()] == []


@pytest.mark.parametrize("where", ["ticket", "commands"])
def test_a_colleagues_mail_that_nobody_can_read_is_a_stub_as_any_other(
    still: StillDesk, own: str, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    to = own if where == "commands" else key(still, AGENT)

    def dies(_raws: Any, mails: Any) -> None:
        for number, _ in mails:
            still._settler._give_up(number, "three readers died over it")

    monkeypatch.setattr(still._settler, "_understood", dies)
    entry = write(still, AGENT, to, "Re: [DESK-1001]", "My answer to Nora.")
    assert (entry["verdict"], len(still.tickets())) == ("unreadable", 2)
    assert any(mail.to == "ops@desk.example" for mail in still.sent)


@pytest.mark.parametrize("author", ["", f"From: {AGENT}\nFrom: {NORA}\n", f"From: {AGENT}, {NORA}\n"])
def test_a_mail_without_one_author_is_not_said_to_be_of_somebody_who_left(
    still: StillDesk, own: str, author: str
) -> None:
    raw = f"{author}To: {own}\nSubject: Re: [DESK-1001]\nMessage-ID: <odd@desk.example>\n\nHello.\n"
    entry = still.mail(raw, AGENT, own)
    assert entry["verdict"] == "held-unverified"
    assert "no more" not in entry["reason"]


def test_r06_a_forward_without_such_verbs_begins_as_before(still: StillDesk) -> None:
    write(still, AGENT, "support@desk.example", "Fwd: The export stops", f"#priority 2\n{FORWARD}")
    assert agrees(still)["verdict"] == "command"
    assert still.ticket(1001)["priority"] == 2
