"""Timers over commands: each `sweep` is a desk that was started anew, on a clock that may have jumped either way."""

from __future__ import annotations

from tests.acceptance.commands import Command, command, deliver, told

__all__ = ["command"]


def swept(call: Command, kind: str, offset: str = "") -> list[str]:
    found = told(call("sweep", "--json", **({"CLOCK__OFFSET": offset} if offset else {})))
    return [timer["reason"] for timer in found["timers"] if timer["what"] == kind]


def test_r14_a_reminder_comes_once_to_one_person(command: Command) -> None:
    deliver(command)
    command("sweep")
    command("ticket", "do", "DESK-1001", "#remind 1m call them", "--as", "anastasia")
    assert swept(command, "remind") == []
    assert swept(command, "remind", "+2m") == ["remind: anastasia is reminded"]
    for offset in ("", "+2m", "+30d", ""):  # forward, and back again
        assert swept(command, "remind", offset) == []
    sent = [mail for mail in told(command("queue", "list", "--json")) if mail["purpose"] == "reminder"]
    assert [(mail["to"], mail["state"]) for mail in sent] == [("anastasia@desk.example", "sent")]


def test_x8_a_desk_that_slept_closes_what_stayed_resolved_once(command: Command) -> None:
    deliver(command)
    command("sweep")
    verbs = "#topic Usage\n#accept\n#start\n#resolve rebuilt"
    command("ticket", "do", "DESK-1001", verbs, "--as", "dominique")
    assert swept(command, "close", "+13d") == []
    assert swept(command, "close", "+400d") == ["close: nobody wrote again"]
    assert swept(command, "close", "+13d") == swept(command, "close", "+800d") == []
    ticket = told(command("ticket", "show", "1001", "--json"))
    assert [event["kind"] for event in ticket["events"]].count("closed") == 1
    assert ticket["status"] == "closed"


def test_a_time_that_is_none_is_refused_with_the_forms_that_are(command: Command) -> None:
    deliver(command)
    command("sweep")
    refused = command("ticket", "do", "DESK-1001", "#snooze whenever", "--as", "anastasia", status=1).output
    assert "whenever is no time" in refused
    assert "tomorrow" in refused
