"""`agent` and `sender` as an operator types them, on a desk that serves: what they say, and what follows at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.desk import ServedDesk

MAIL = (
    "From: Nora Wind <{0}>\nTo: support@desk.example\nSubject: Slow search {1}\nMessage-ID: <{1}@n.example>\n\nslow\n"
)
BORDER = "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n"
NORA = "nora@northwind.example"
AGENT = "name full_name address team roles state open_tickets"


def call(desk: ServedDesk, *words: str, status: int = 0) -> Result:
    """A command in this process, on the store of a desk that serves."""
    env = {name: value for name, value in desk.env.items() if name.startswith("REPLYDESK_")}
    result = CliRunner().invoke(main, words, env=env)
    assert result.exit_code == status, (words, result.output)
    assert "Traceback" not in result.output
    return result


def told(desk: ServedDesk, *words: str) -> Any:
    return json.loads(call(desk, *words, "--json").stdout)


def verdicts(desk: ServedDesk, count: int) -> list[str]:
    return [row["verdict"] for row in desk.settled(count)]


def test_a_disabled_agent_on_a_serving_desk(serve: Callable[..., ServedDesk]) -> None:
    """From the next turn on: mail is held, no notice, no assignment, no `ticket do`; the tickets are the team's."""
    desk = serve()
    desk.send(MAIL.format(NORA, 1), NORA)
    desk.settled(1)
    call(desk, "ticket", "do", "DESK-1001", "#assign anastasia", "--as", "dominique")
    desk.send(MAIL.format(NORA, 2), NORA)
    desk.settled(2)
    call(
        desk, "ticket", "do", "DESK-1002", "#assign anastasia\n#topic Usage\n#start\n#resolve done", "--as", "dominique"
    )
    listed = told(desk, "agent", "list")
    assert [one["name"] for one in listed][:2] == ["anastasia", "benedikt"]
    assert all(set(AGENT.split()) <= one.keys() for one in listed)
    assert (listed[0]["state"], listed[0]["open_tickets"], listed[0]["team"]) == ("active", 1, "frontline")
    reply_to = str(desk.sent("anastasia@desk.example")[0]["Reply-To"])

    done = told(desk, "agent", "disable", "anastasia")
    assert done == {"name": "anastasia", "state": "disabled", "changed": True, "returned": ["DESK-1001", "DESK-1002"]}
    assert told(desk, "agent", "disable", "anastasia@desk.example")["changed"] is False
    listed = told(desk, "agent", "list")
    assert (listed[0]["state"], listed[0]["open_tickets"]) == ("disabled", 0)
    ticket = told(desk, "ticket", "show", "DESK-1001")
    assert (ticket["assignee"], ticket["events"][-1]["kind"]) == (None, "assigned")
    assert ticket["events"][-1]["detail"] == {"from": "anastasia", "to": "", "because": "anastasia is disabled"}

    desk.settled(2)
    before = len(desk.sent("anastasia@desk.example"))
    desk.send(
        f"{BORDER}From: anastasia@desk.example\nTo: {reply_to}\nMessage-ID: <1@d>\nSubject: Re: x\n\nAll is well.\n",
        "anastasia@desk.example",
        reply_to,
    )
    desk.send(MAIL.format(NORA, 3), NORA)
    assert verdicts(desk, 4)[2:] == ["held-unverified", "ticket-created"]
    assert "anastasia is disabled" in told(desk, "mail", "show", "3")["reason"]
    assert "anastasia is disabled" in call(desk, "explain", "3").stdout
    (mail,) = desk.sent("anastasia@desk.example")[before:]
    assert mail["Subject"] == "A mail in your name is held"
    assert "anastasia is disabled" in call(desk, "ticket", "do", "1001", "#start", "--as", "anastasia", status=1).output
    call(desk, "ticket", "do", "1001", "#assign anastasia", "--as", "dominique", status=1)

    assert call(desk, "agent", "enable", "anastasia").stdout == "anastasia has access again.\n"
    again = {"name": "anastasia", "state": "active", "changed": False, "away_until": None}
    assert told(desk, "agent", "enable", "anastasia") == again
    call(desk, "ticket", "do", "1001", "#assign anastasia", "--as", "dominique")
    call(desk, "mail", "replay", "3")
    assert verdicts(desk, 4)[2] in ("appended", "command")


def test_a_blocked_sender_on_a_serving_desk(serve: Callable[..., ServedDesk]) -> None:
    desk = serve()
    assert told(desk, "sender", "list") == []
    first = told(desk, "sender", "block", "<Mallory@Evil.example>", "--why", "sells  things")
    assert (first["name"], first["why"]) == ("mallory@evil.example", "sells things")
    call(desk, "sender", "block", "@bücher.example")
    desk.send(MAIL.format("mallory+7@evil.example", 1), NORA)
    desk.send(MAIL.format("eve@evil.example", 2), "eve@evil.example")
    desk.send(MAIL.format("a@sub.xn--bcher-kva.example", 3), NORA)
    assert verdicts(desk, 3) == ["blocked-sender", "ticket-created", "blocked-sender"]
    listed = told(desk, "sender", "list")
    assert [(row["name"], row["turned_away"]) for row in listed] == [
        ("mallory@evil.example", 1),
        ("xn--bcher-kva.example", 1),
    ]
    assert listed[0]["at"].endswith("Z")
    assert desk.sent("mallory+7@evil.example") == []
    shown = call(desk, "mail", "show", "1").stdout
    assert "mallory@evil.example is blocked: sells things" in shown
    assert "replydesk sender list" in shown
    call(desk, "mail", "release", "1")
    assert verdicts(desk, 3)[0] == "ticket-created"
    assert "no more" in call(desk, "sender", "unblock", "mallory@evil.example").stdout
    desk.send(MAIL.format("mallory@evil.example", 4), NORA)
    assert verdicts(desk, 4)[3] == "ticket-created"
    assert len(call(desk, "sender", "list").stdout.splitlines()) == 1


def test_quarantine_and_its_release_on_a_serving_desk(serve: Callable[..., ServedDesk]) -> None:
    """A rate that this host is not free of, a spam mark; the operators are told once of each sender."""
    desk = serve(INTAKE__UNLIMITED_FROM="198.51.100.1", INTAKE__SENDER_HOUR="2")
    for number in range(5):
        desk.send(MAIL.format(NORA, number), NORA)
    desk.send("X-Spam-Flag: YES\n" + MAIL.format("p@contoso.example", "s"), "p@contoso.example")
    assert verdicts(desk, 6) == ["ticket-created"] * 2 + ["rate-limited"] * 3 + ["spam-quarantined"]
    alarms = desk.sent("ops@desk.example")
    assert [mail["Subject"] for mail in alarms] == [
        "Mail from nora@northwind.example is kept out: too many in an hour",
        "Mail from p@contoso.example is kept out: the mail server calls it spam",
    ]
    assert "replydesk mail release 3" in str(alarms[0].get_body(("plain",)))
    assert len(told(desk, "ticket", "list")) == 2
    assert told(desk, "explain", "4")["verdict"] == "rate-limited"
    assert told(desk, "explain", "2")["verdict"] == "ticket-created"
    call(desk, "mail", "release", "3", "6")
    assert verdicts(desk, 6)[2:] == ["ticket-created", "rate-limited", "rate-limited", "ticket-created"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("agent", "disable", "nobody"), 2, "anastasia, benedikt"),
        (("agent", "enable", "nora@northwind.example"), 2, "is nobody of the staff"),
        (("agent", "disable"), 2, "Usage: main agent disable"),
        (("agent", "fire", "anastasia"), 2, "fire"),
        (("sender", "block"), 2, "Usage: main sender block"),
        (("sender", "block", "evil"), 2, "'evil' is neither an address nor a domain"),
        (("sender", "block", "a b@evil.example"), 2, "neither an address nor a domain"),
        (("sender", "block", "@"), 2, "neither an address nor a domain"),
        (("sender", "block", "x..example"), 2, "neither an address nor a domain"),
        (("sender", "block", "192.0.2.7"), 2, "is no domain"),
        (("sender", "block", "a.b.c.d.e.f.g.h.i.example"), 2, "is no domain of at most 8 labels"),
        (("sender", "block", "x@evil.example", "--why", "y" * 501), 2, "--why"),
        (("sender", "block", "Support+x@desk.example"), 2, "an address of this desk"),
        (("sender", "block", "anastasia@desk.example"), 2, "the address of anastasia"),
        (("sender", "block", "ops@desk.example"), 2, "an operator's address"),
        (("sender", "block", "desk.example"), 2, "it holds"),
        (("sender", "unblock", "evil.example"), 1, 'evil.example is not blocked; "replydesk sender list"'),
        (("sender", "unblock", "evil"), 2, "neither an address nor a domain"),
    ],
)
def test_what_is_wrong_has_its_sentence(
    tmp_path: Path, template: Path, words: tuple[str, ...], status: int, says: str
) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    assert says in call(desk, *words, status=status).output
    assert told(desk, "sender", "list") == []


def test_blocking_twice_is_a_problem(tmp_path: Path, template: Path) -> None:
    desk = ServedDesk.make(tmp_path / "desk", template)
    call(desk, "sender", "block", "evil.example", "--why", "first")
    assert "is blocked already" in call(desk, "sender", "block", "EVIL.example", status=1).output
    assert [row["why"] for row in told(desk, "sender", "list")] == ["first"]


def test_many_tickets_are_given_back(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few in a turn; the closed ones keep who answered for them."""
    monkeypatch.setattr("gateway.cli.away.IN_ONE_TURN", 2)
    desk = ServedDesk.make(tmp_path / "desk", template)
    for number in range(6):
        content = MAIL.format(NORA, number)
        env = {name: value for name, value in desk.env.items() if name.startswith("REPLYDESK_")}
        CliRunner().invoke(main, ("deliver", "--to", "support@desk.example", "--from", NORA), input=content, env=env)
    call(desk, "sweep")
    for number in range(1001, 1006):
        call(desk, "ticket", "do", str(number), "#assign anastasia", "--as", "dominique")
    call(desk, "ticket", "do", "1001", "#topic Usage\n#start\n#resolve done\n#close", "--as", "dominique")
    done = told(desk, "agent", "disable", "anastasia")
    assert done["returned"] == ["DESK-1002", "DESK-1003", "DESK-1004", "DESK-1005"]
    assert [one["assignee"] for one in told(desk, "ticket", "list")] == ["anastasia", None, None, None, None, None]
