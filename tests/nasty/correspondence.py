"""People who write to a desk whose border proves them or does not, an agent who answers, and what each gets to read.

`write` and `asked` are fixtures: a module that imports them has them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.desk import Sent, StillDesk

NORA, BOB, EVE = "nora@northwind.example", "bob@northwind.example", "eve@evil.example"
ANASTASIA = "anastasia@desk.example"
SECRET = "The contract with Fabrikam ends in May."
Write = Callable[..., dict[str, Any]]


@pytest.fixture
def write(still: StillDesk) -> Write:
    """A mail of somebody; `proven` when our border says that From is aligned. Headers are given with _ for -."""
    count = 0

    def send(
        sender: str, words: str, to: str = "support@desk.example", *, proven: bool = False, **headers: str
    ) -> dict[str, Any]:
        nonlocal count
        count += 1
        domain = sender.rpartition("@")[2]
        lines = {
            "Authentication-Results": f"mx.desk.example; dmarc={'pass' if proven else 'fail'} header.from={domain}",
            "From": sender,
            "To": to,
            "Subject": "Search is very slow",
            "Message-ID": f"<p{count}@{domain}>",
        }
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
        still.now += timedelta(minutes=1)
        return still.mail(f"{head}\n{words}\n", headers.get("Return_Path", sender).strip("<>"), to)

    return send


@pytest.fixture
def asked(write: Write) -> str:
    """Nora, who is proven, has asked; her reference."""
    return str(write(NORA, f"The search takes twenty seconds. {SECRET}", proven=True)["ticket"])


def answered(still: StillDesk, words: str = "We look at it.") -> list[Sent]:
    """An agent answers from a shell; the answers that left."""
    before = len(still.sent)
    outcome = still.do("DESK-1001", f"#tag +looked\n{words}", "anastasia")
    assert isinstance(outcome, tuple), outcome
    return [sent for sent in still.sent[before:] if sent.purpose == "answer"]


def kinds(still: StillDesk, number: int = 1001) -> dict[str, str]:
    return {member["address"]: member["kind"] for member in still.ticket(number)["participants"]}


def unproven(entry: dict[str, Any]) -> bool:
    """Whether `explain` says that the words are not taken for the participant's."""
    return "nothing proves that it is the participant's" in [step["why"] for step in entry["trace"]]


def to(still: StillDesk, address: str) -> str:
    return str(still.latest(address).mail["Reply-To"])


def everything(sent: Sent) -> str:
    return "\n".join([sent.raw.decode(), sent.text(), sent.text("html")])
