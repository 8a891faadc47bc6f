"""When a machine of ours keeps silent: one row a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.rules.acknowledge import silence
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from parsing.address import normalise

FROM = "From: Nora <nora@northwind.example>\nSubject: Search is slow\n"


def reason(incoming: Callable[..., Incoming], desk: Desk, headers: str, **changes: Any) -> str:
    case = incoming(f"{headers}\nThe search takes twenty seconds.\n", **changes)
    author = normalise(case.mail.from_.address) if case.mail.from_ else ""
    return silence(case.mail, case.entry.envelope, author, desk)


@pytest.mark.parametrize(
    "headers",
    [
        FROM,
        FROM + "Auto-Submitted: no\n",
        FROM + "Auto-Submitted: No (by hand)\n",
        FROM + "Precedence: first-class\n",
        FROM + "X-Auto-Response-Suppress: None\n",
        FROM + "X-Mailer: Robot 2000\n",
        FROM + "Importance: high\n",
    ],
)
def test_a_person_is_answered(incoming: Callable[..., Incoming], desk: Desk, headers: str) -> None:
    assert reason(incoming, desk, headers) == ""


@pytest.mark.parametrize(
    ("headers", "changes", "why"),
    [
        (FROM, {"history": True}, "history"),
        (FROM, {"sender": ""}, "null"),
        (FROM + "Auto-Submitted: auto-generated\n", {}, "auto-generated"),
        (FROM + "Auto-Submitted: auto-replied\n", {}, "machine"),
        (FROM + "AUTO-SUBMITTED: Auto-Replied; owner-email=x\n", {}, "machine"),
        (FROM + "Precedence: bulk\n", {}, ""),
        (FROM + "Precedence: junk\n", {}, ""),
        (FROM + "Precedence: list\nList-Id: <l.example>\n", {}, "machine: list"),
        (FROM + "X-Auto-Response-Suppress: All\n", {}, "asks machines"),
        (FROM + "X-Auto-Response-Suppress: DR, OOF, AutoReply\n", {}, "asks machines"),
        ("From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n", {}, "machine: bounce"),
        ("From: a@x.example\nFrom: b@x.example\nSubject: x\n", {}, "nobody"),
        ("Subject: no author\n", {}, "nobody"),
        ("From: Support <support@desk.example>\nSubject: x\n", {}, "ourselves"),
        ("From: Support <HELP@desk.example>\nSubject: x\n", {}, "ourselves"),
        ("From: x <no-address>\nSubject: x\n", {}, ""),
    ],
)
def test_silence(
    incoming: Callable[..., Incoming], desk: Desk, headers: str, changes: dict[str, Any], why: str
) -> None:
    found = reason(incoming, desk, headers, **changes)
    assert found
    assert why in found
