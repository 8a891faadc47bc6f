"""Addressed: an outbox row as a letter, with the secret addresses that are derived when it is made and never stored.

In: the row, the desk with its secret. Out: a `Letter`, and the reverse-path that it leaves with. The store has only
fingerprints; what it has cannot be turned into an address again without the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.letter import Letter
from gateway.rules import keys
from gateway.rules.desk import Desk
from gateway.rules.notices import links
from parsing.message import Mailbox
from store.records import Purpose, Role


def letter(desk: Desk, row: Mapping[str, Any]) -> Letter:
    """What the sender renders."""
    written, number = row["letter"], row["ticket_id"]
    references, facts = tuple(written["references"]), written["facts"]
    if number is not None:
        references = (_root(desk, number), *references)
    if written["role"] == Role.AGENT.value and number is not None:
        facts = {**links.linked(desk, row, facts), "note_address": _keyed(desk, row, "note")}
        if written["audience"] == "note" and not facts.get("inside"):  # a reply stays inside: to answer takes this one
            facts["public_address"] = _keyed(desk, row, "public")
    if written.get("also") and number is not None:
        facts = {**facts, "book_address": _keyed(desk, row, written["also"])}
    if written["role"] == Role.AGENT.value:
        facts = {**facts, "commands_address": commands_address(desk, row["to_address"], written["serial"])}
    reply_to = _reply_to(desk, row)
    return Letter(
        purpose=Purpose(row["purpose"]),
        language=written["language"],
        to=Mailbox(name=written["name"], address=row["to_address"]),
        from_=Mailbox(name=desk.name, address=reply_to),
        reply_to=reply_to,
        message_id=row["message_id"],
        date=row["created_at"],
        subject=row["subject"],
        in_reply_to=written["in_reply_to"],
        references=references,
        automatic=row["automatic"],
        outside=written["role"] != Role.AGENT.value,
        reference=desk.reference(number) if number is not None else "",
        zone=desk.zone,
        facts=facts,
    )


def commands_address(desk: Desk, person: str, serial: int) -> str:
    """`desk+k…@desk.example`: this colleague's own; empty on a desk without a command address."""
    if not desk.commands_mailbox:
        return ""
    return keys.keyed(desk.commands_mailbox, keys.mint_commands(desk.secret, person, serial))


def reverse_path(desk: Desk, row: Mapping[str, Any]) -> str:
    """Acknowledgements leave with the null sender, everything else with an own reverse-path (RFC 3834, VERP)."""
    if row["purpose"] == Purpose.ACKNOWLEDGEMENT.value:
        return ""
    return keys.return_path(desk.secret, row["letter"]["mailbox"], row["id"])


def envelope_id(desk: Desk, row: Mapping[str, Any]) -> str:
    """What the smarthost's reports call this mail, where it speaks of them (RFC 3461): the one way by which a report
    about an acknowledgement, which has no reverse-path, finds it."""
    return keys.envelope_id(desk.secret, row["id"])


def _reply_to(desk: Desk, row: Mapping[str, Any]) -> str:
    """Where an answer goes: to the ticket by this person's own key, to the question that is asked, to their own
    address for commands, or to the desk."""
    audience, mailbox = row["letter"]["audience"], row["letter"]["mailbox"]
    if audience == keys.CONFIRM:
        key = keys.mint_confirmation(desk.secret, row["journal_id"], row["to_address"])
        return keys.keyed(mailbox, key)
    if audience == keys.COMMANDS:
        return commands_address(desk, row["to_address"], row["letter"]["serial"]) or str(mailbox)
    return _keyed(desk, row, audience) if audience and row["ticket_id"] is not None else str(mailbox)


def _keyed(desk: Desk, row: Mapping[str, Any], audience: str) -> str:
    written = row["letter"]
    key = keys.mint(desk.secret, row["ticket_id"], row["to_address"], written["role"], audience, written["serial"])
    return keys.keyed(written["mailbox"], key)


def _root(desk: Desk, number: int) -> str:
    """A made-up common ancestor, so that every client shows somebody's mails of a ticket as one conversation (R48)."""
    return f"<ticket-{number}@{desk.domain}>"
