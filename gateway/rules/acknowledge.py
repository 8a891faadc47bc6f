"""Whether a machine's mail of ours may answer a mail at all (RFC 3834 section 2).

In: the mail and its envelope. Out: the reason for silence, or nothing. It never looks at who is asked to act: a mail
that may not be answered can still become a ticket.
"""

from __future__ import annotations

from gateway.rules.desk import Desk
from parsing.address import is_address
from parsing.message import Kind, ParsedMail
from store.records import Envelope


def silence(mail: ParsedMail, envelope: Envelope, author: str, desk: Desk) -> str:
    """Why nothing automatic may answer this mail; empty when an answer is in order."""
    if envelope.history:
        return "imported history is never answered"
    if not envelope.sender:
        return "the reverse-path is null (RFC 3834 section 2)"
    if mail.kind is not Kind.HUMAN:
        return f"written by a machine: {mail.kind.value}"
    if mail.auto_generated:
        return "Auto-Submitted: auto-generated"
    if mail.suppress_auto_reply:
        return "the sender asks machines not to answer"
    if not author:
        return "nobody to answer: From is not usable"
    if not is_address(author):
        return "From cannot be written on an envelope"
    if author in desk.addresses:
        return "it claims to come from ourselves"
    return ""
