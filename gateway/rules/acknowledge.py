"""Whether a machine's mail of ours may answer a mail at all (RFC 3834 section 2), and in whose words.

In: the mail and its envelope. Out: the reason for silence, or nothing. It never looks at who is asked to act: a mail
that may not be answered can still become a ticket. To an address that nothing proves not one word of the mail goes
back: whoever forged it would have chosen those words for somebody else to read.
"""

from __future__ import annotations

from gateway.rules.desk import Desk
from parsing.address import is_address
from parsing.message import Kind, ParsedMail
from store.records import Envelope

LONGEST_ID = 250
"""Characters of a stranger's Message-ID that is repeated in In-Reply-To, which nobody reads."""

_RECEIVED = {"en": "We have your message", "de": "Ihre Nachricht ist da", "fr": "Nous avons bien reçu votre message"}
"""The subject of an acknowledgement to somebody who is not proven; as with a template, another language is English."""


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


def subject(language: str) -> str:
    """The desk's own words for a subject."""
    return _RECEIVED.get(language.partition("-")[0].lower(), _RECEIVED["en"])


def zone_of(desk: Desk, address: str) -> str:
    """The zone that a customer's times are told in where it is known to be their organisation's; empty: the desk's."""
    organisation = desk.organisation_of(address)
    return organisation.zone if organisation is not None else ""


def answered(message_id: str) -> str:
    """What stands in In-Reply-To for a mail that nothing proves."""
    return message_id if len(message_id) <= LONGEST_ID else ""
