"""Secret addresses in wrong hands, through the SMTP door of a desk that serves: of a ticket, its notes, for commands.

In: a mail with verbs and words that comes to such an address forged, replayed, expired, revoked, stolen, or from
somebody who may not. Out: the right verdict, which `explain` gives as well; no ticket is another one than before, and
nothing leaves towards anybody outside.
"""

from __future__ import annotations

import itertools
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.config.loading import load
from store import tables
from store.opening import open_store
from tests.acceptance.test_people import told
from tests.desk import STAFF, ServedDesk

NUMBERS = itertools.count(1)
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={0}\n"
FORGED = "Authentication-Results: mx.desk.example; dmarc=fail header.from={0}\n"
OWNER, LEAD, OTHER = "anastasia@desk.example", "dominique@desk.example", "benedikt@desk.example"
THIEF = "mallory@evil.example"
INSIDE = {*(f"{name}@desk.example" for name in STAFF), "ops@desk.example"}
VERBS = "#priority 1 because the thief says so\n#tag +stolen"
HELD, ASKED, TWICE = "held-unverified", "held-command", "duplicate"
KEYS = ("ticket", "note", "commands")
CASES = [
    *(("forged", key, ASKED, "anastasia is asked whether it is theirs") for key in KEYS),
    *(("replayed", key, TWICE, "the same") for key in KEYS),
    *(("expired", key, HELD, "it was anastasia@desk.example's and lapsed") for key in KEYS),
    *(("revoked", key, HELD, "it was anastasia@desk.example's and is revoked") for key in KEYS),
    *(("stolen by a stranger", key, HELD, "belongs to a member of staff who is not the author") for key in KEYS),
    *(("stolen by a colleague", key, HELD, "belongs to a member of staff who is not the author") for key in KEYS),
    *(("of the wrong role", key, HELD, "is no ticket that benedikt may see") for key in KEYS[:2]),
    ("of the wrong role", "commands", ASKED, "there is no ticket"),  # nor do they learn that there is one
]


def write(
    desk: ServedDesk, sender: str, to: str, text: str, subject: str, proof: str = PROVEN, number: int = 0
) -> dict[str, Any]:
    """Over SMTP, from a host whose verdicts are believed; what the journal says of it."""
    number = number or next(NUMBERS)
    raw = (
        f"{proof.format(sender.partition('@')[2])}From: {sender}\nTo: {to}\nSubject: {subject}\n"
        f"Message-ID: <s{number}@{sender.partition('@')[2]}.invalid>\n\n{text}\n"
    )
    count = len(desk.settled(0))
    desk.send(raw, sender, to)
    row: dict[str, Any] = desk.settled(count + 1)[-1]
    return row


def secret(desk: ServedDesk, whom: str, key: str) -> str:
    """The address of that kind in the latest mail to them."""
    mail = desk.sent(whom)[-1]
    if key == "ticket":
        return str(mail["Reply-To"])
    body = mail.get_body(("plain",))
    assert body is not None
    head = {"note": "Notes only:", "commands": "Commands:"}[key]
    return next(str(line.split()[-1]) for line in body.get_content().splitlines() if line.startswith(head))


def lapsed(desk: ServedDesk) -> None:
    """A year in which nobody wrote: all secret addresses have come to their end."""
    over = datetime.now(UTC) - timedelta(days=2)
    with closing(open_store(load(desk.folder / "replydesk.toml", desk.env).store.url)) as store, store.turn() as turn:
        turn.execute(update(tables.reply_keys).values(expires_at=over))
        turn.execute(
            update(tables.people).where(tables.people.c.commands_until.is_not(None)).values(commands_until=over)
        )


def attack(desk: ServedDesk, how: str, key: str, ref: str) -> tuple[dict[str, Any], int, dict[str, Any]]:
    """How the ticket and the mails that left stand when it comes, and what the journal says of it."""
    text = f"#on {ref}\n{VERBS}" if key == "commands" else f"{VERBS}\n\nThe thief says hello."
    holder, subject, proof, number = OWNER, f"Re: [{ref}] Search is slow", PROVEN, next(NUMBERS)
    if how == "of the wrong role":  # the team had the ticket for a while
        do(desk, ref, "#todo look\n#team network", "#team frontline")
        holder = OTHER
    to = secret(desk, holder, key)
    sender = {"stolen by a stranger": THIEF, "stolen by a colleague": LEAD}.get(how, holder)
    match how:
        case "forged":
            proof = FORGED
        case "replayed":
            first = write(desk, sender, to, text, subject, number=number)
            assert first["verdict"] in ("command", "appended"), first
            do(desk, ref, "#priority 3 because it is\n#tag -stolen")
        case "expired":
            lapsed(desk)
        case "revoked":
            told(desk, "agent", "keys", "anastasia", "--revoke")
    before = told(desk, "ticket", "show", ref)
    return before, len(outside(desk)), write(desk, sender, to, text, subject, proof, number)


def do(desk: ServedDesk, ref: str, *texts: str) -> None:
    for text in texts:
        told(desk, "ticket", "do", ref, text, "--as", "dominique")
        desk.settled(0)


def outside(desk: ServedDesk) -> list[str]:
    return [str(mail["Delivered-To"]) for mail in desk.sent() if mail["Delivered-To"] not in INSIDE]


@pytest.mark.parametrize(("how", "key", "verdict", "reason"), CASES, ids=[f"{case[0]}, {case[1]}" for case in CASES])
def test_nothing_is_done_on_a_word_that_is_not_theirs(
    served: ServedDesk, how: str, key: str, verdict: str, reason: str
) -> None:
    customer = f"nora{next(NUMBERS)}@northwind.example"
    ref = write(served, customer, "support@desk.example", "The search takes twenty seconds.", "Search is slow")[
        "ticket"
    ]
    before, left, entry = attack(served, how, key, ref)
    shown = told(served, "mail", "show", str(entry["id"]))
    assert shown["verdict"] == verdict, shown["reason"]
    assert reason in "; ".join([shown["reason"], *(step["why"] for step in shown["trace"])]), shown["trace"]
    if how != "expired":  # that it is held was written to her, and what is written to somebody renews their address
        explained = told(served, "explain", str(entry["id"]))
        assert [explained[name] for name in ("verdict", "reason", "trust")] == [
            verdict,
            shown["reason"],
            shown["trust"],
        ]
    assert told(served, "ticket", "show", ref) == before
    assert outside(served)[left:] == []
