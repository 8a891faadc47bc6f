"""R06, R14, R17, R43, R46, R47, R48 of `ops`: what agents do for customers from their own mail program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.rules.verbs import Refused
from tests.desk import Sent, StillDesk

PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={0}\n"
NORA, AGENT = "nora@northwind.example", "anastasia@desk.example"
FORWARD = (
    "\n---------- Forwarded message ---------\nFrom: Nora Wind <nora@northwind.example>\n"
    "Date: Mon, 23 Nov 2026 at 08:12\nSubject: The export stops\nTo: Anastasia Winter <anastasia@desk.example>\n\n"
    "The export stops at 40 percent. Olga <olga@northwind.example> saw it too.\n"
)


def write(desk: StillDesk, sender: str, to: str, subject: str, text: str, **headers: str) -> dict[str, Any]:
    """A proven mail; its Message-ID is another one each time."""
    desk.now += timedelta(minutes=1)
    number, envelope = len(desk.entries()) + 1, headers.pop("envelope", to)
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    domain = sender.partition("@")[2]
    raw = (
        f"{PROVEN.format(domain)}From: {sender}\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: <w{number}@{domain}.invalid>\n{more}\n{text}\n"
    )
    return desk.mail(raw, sender, envelope)


def key(desk: StillDesk, whom: str) -> str:
    return str(desk.latest(whom, "").mail["Reply-To"].addresses[0].addr_spec)


def agrees(desk: StillDesk) -> dict[str, Any]:
    """The colleague's YES to the question whether the last mail is theirs."""
    box = desk.latest(AGENT, "confirmation").mail["Reply-To"].addresses[0].addr_spec
    return write(desk, AGENT, str(box), "Re: Is this mail yours?", "YES")


def sent(desk: StillDesk, run: Callable[[], object]) -> list[Sent]:
    before = len(desk.sent)
    run()
    return desk.sent[before:]


def test_r06_four_ways_lead_into_one_queue(still: StillDesk) -> None:
    for box in ("support", "help", "billing"):
        assert write(still, NORA, f"{box}@desk.example", f"About {box}", f"I ask {box}.")["verdict"] == "ticket-created"
    forwarded = write(still, AGENT, "support@desk.example", "Fwd: The export stops", FORWARD)
    assert (forwarded["verdict"], len(still.tickets())) == ("held-command", 3)  # aligned alone: one word more
    agrees(still)
    tickets = still.tickets()
    assert [view["requester"]["address"] for view in tickets] == [NORA] * 4
    assert tickets[3]["messages"][0]["text"].startswith("The export stops at 40 percent.")
    assert tickets[3]["messages"][0]["trust"] == "D"
    assert tickets[3]["subject"] == "The export stops"
    assert [mail.purpose for mail in still.sent if mail.to == NORA] == ["acknowledgement"] * 3


def test_r06_an_attached_mail_is_a_forward_as_well(still: StillDesk) -> None:
    inner = (
        "From: Nora Wind <nora@northwind.example>\nSubject: The export stops\nTo: anastasia@desk.example\n\nIt stops."
    )
    text = (
        "--b\nContent-Type: text/plain\n\nPlease look.\n--b\nContent-Type: message/rfc822\n\n"
        f"{inner}\n--b\nContent-Type: image/png; name=screen.png\nContent-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment; filename=screen.png\n\niVBORw0KGgo=\n--b--"
    )
    kind = 'multipart/mixed; boundary="b"'
    found = write(still, AGENT, "support@desk.example", "Fwd: The export stops", text, Content_Type=kind)
    assert (found["verdict"], still.tickets()) == ("held-command", [])
    agrees(still)
    [view] = still.tickets()
    customers, note = view["messages"]
    assert (customers["direction"], customers["from"]["address"], customers["text"]) == ("in", NORA, "It stops.")
    assert "screen.png" in [file["filename"] for file in customers["attachments"]]
    assert (note["direction"], note["text"]) == ("note", "Please look.")
    assert all(mail.to != NORA for mail in still.sent)


def test_r06_a_forward_that_is_not_proven_is_held(still: StillDesk) -> None:
    raw = f"From: {AGENT}\nTo: support@desk.example\nSubject: Fwd: x\nMessage-ID: <u@x.example>\n{FORWARD}"
    assert still.mail(raw, AGENT, "support@desk.example", client="198.51.100.9")["verdict"] == "held-unverified"
    assert still.tickets() == []


def test_r14_a_tag_must_be_known(tmp_path: Path, template: Path) -> None:
    desk = StillDesk(tmp_path / "desk", template, {"REPLYDESK_SORTING__TAGS": '["search", "invoice"]'})
    write(desk, NORA, "support@desk.example", "Slow", "It is slow.")
    for text, nearest in (("#tag +nonsense", ""), ("#tag unknown", ""), ("#tag serach", "#tag +search")):
        found = desk.do("DESK-1001", text, "anastasia")
        assert isinstance(found, Refused)
        assert "tags: search, invoice" in found.reason
        assert nearest in found.nearest
    assert not isinstance(desk.do("DESK-1001", "#tag +search", "anastasia"), Refused)
    assert desk.ticket(1001)["tags"] == ["search"]
    desk.close()


def test_r14_a_reminder_goes_to_its_agent_only(still: StillDesk) -> None:
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    still.do("DESK-1001", "#remind 1m ask for the log", "anastasia")
    still.now += timedelta(minutes=2)
    assert [(mail.purpose, mail.to) for mail in sent(still, still.settle)] == [("reminder", AGENT)]


def test_r17_a_ticket_on_behalf(still: StillDesk) -> None:
    """Requester is the customer, source internal; the acknowledgement goes out with `#notify` only."""
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    commands = still.commands_of(still.latest(AGENT, ""))
    write(still, AGENT, commands, "She phoned", "#for olga@northwind.example\n\nThe export stops.")
    write(still, AGENT, commands, "She phoned again", "#for olga@northwind.example\n#notify\n\nThe import stops too.")
    quiet, told = still.tickets()[1:]
    for view in (quiet, told):
        created = view["events"][0]["detail"]
        assert (view["requester"]["address"], created["source"]) == ("olga@northwind.example", "internal")
    assert [mail.purpose for mail in still.sent if mail.to == "olga@northwind.example"] == ["acknowledgement"]
    assert [message["direction"] for message in quiet["messages"]] == ["note"]


def test_r17_a_scheduler_begins_a_ticket_and_does_nothing_else(still: StillDesk) -> None:
    scheduler = "samantha@desk.example"
    asked = write(still, scheduler, "support@desk.example", "She phoned", "#for olga@x.example\n\nIt stops.")
    assert asked["verdict"] == "held-command"
    refused = write(still, scheduler, "support@desk.example", "Again", "#for olga@x.example\n#priority 1\n\nIt stops.")
    assert refused["verdict"] == "held-command"
    assert "#priority" in refused["reason"]
    write(still, scheduler, _question(still, scheduler), "Re: x", "yes")
    assert [view["requester"]["address"] for view in still.tickets()] == ["olga@x.example"]


def _question(desk: StillDesk, whom: str) -> str:
    asked = next(mail for mail in desk.sent if mail.purpose == "confirmation" and mail.to == whom)
    return str(asked.mail["Reply-To"].addresses[0].addr_spec)


def test_r43_eta_tells_the_customer_once(still: StillDesk) -> None:
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    mails = sent(still, lambda: write(still, AGENT, key(still, AGENT), "Re: Slow", "#eta fri 17:00"))
    assert sorted((mail.purpose, mail.to) for mail in mails) == [("promise", NORA), ("transcript", AGENT)]
    promised = next(mail for mail in mails if mail.purpose == "promise")
    assert "by Friday 27 November, 17:00 (Berlin)" in " ".join(promised.text().split())


@pytest.fixture
def nudging(tmp_path: Path, template: Path) -> Iterator[StillDesk]:
    desk = StillDesk(tmp_path / "desk", template, {"REPLYDESK_DESK__NUDGE_HOURS": "2"})
    yield desk
    desk.close()


def test_r43_who_does_not_write_is_nudged(nudging: StillDesk) -> None:
    write(nudging, NORA, "support@desk.example", "Slow", "It is slow.")
    write(nudging, AGENT, key(nudging, AGENT), "Re: Slow", "We look into it.")
    nudging.now += timedelta(hours=1, minutes=50)
    assert sent(nudging, nudging.settle) == []
    nudging.now += timedelta(minutes=20)
    assert [(mail.purpose, mail.to) for mail in sent(nudging, nudging.settle)] == [("notice", AGENT)]
    nudging.now += timedelta(hours=1)
    assert sent(nudging, nudging.settle) == []


def test_r46_a_preview_is_for_the_agent_alone(still: StillDesk) -> None:
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    text = "#template reset #preview link=https://x.example/1"
    [shown] = sent(still, lambda: write(still, AGENT, key(still, AGENT), "Re: Slow", text))
    assert (shown.purpose, shown.to) == ("transcript", AGENT)
    assert "Here you choose a new password: https://x.example/1" in " ".join(shown.text().split())
    assert still.ticket(1001)["status"] == "new"


def test_r46_a_template_is_the_same_from_a_shell(still: StillDesk) -> None:
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    [answer, *_] = sent(still, lambda: (still.do("DESK-1001", "#template welcome", "anastasia"), still.settle()))
    assert (answer.purpose, answer.to) == ("answer", NORA)
    assert answer.text().startswith("Welcome. You can write to us at any time")
    assert still.ticket(1001)["status"] == "in_progress"


def test_r47_a_mail_that_was_copied_in_is_recorded(still: StillDesk) -> None:
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    mails = sent(still, lambda: write(still, AGENT, NORA, "Re: Slow", "It is the index.", envelope=key(still, AGENT)))
    assert NORA not in [mail.to for mail in mails]
    view = still.ticket(1001)
    assert (view["messages"][-1]["direction"], view["messages"][-1]["text"]) == ("out", "It is the index.")
    assert view["sla"]["first_response"]["state"] == "met"
    [answer] = [mail for mail in sent(still, lambda: write(still, AGENT, key(still, AGENT), "Re: Slow", "It is fast."))
                if mail.to == NORA]  # fmt: skip
    assert "desk.example.invalid" not in answer.raw.decode()
    assert "It is the index." in answer.text()


def test_r48_all_mail_to_the_customer_is_one_thread(still: StillDesk) -> None:
    write(still, NORA, "support@desk.example", "Slow", "It is slow.")
    for text in ("We look into it.", "#eta fri 17:00", "#template welcome", "#resolve the index was rebuilt"):
        write(still, AGENT, key(still, AGENT), "Re: Slow", text)
    mails = [mail for mail in still.sent if mail.to == NORA]
    assert [mail.purpose for mail in mails] == ["acknowledgement", "answer", "promise", "answer", "resolved"]
    roots = {str(mail.mail["References"]).split()[0] for mail in mails}
    assert len(roots) == 1, roots
    assert {str(mail.mail["Subject"]) for mail in mails} == {"[DESK-1001] Slow"}
    assert {str(mail.mail["From"]) for mail in mails} == {str(mails[0].mail["From"])}
