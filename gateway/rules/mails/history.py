"""What a machine of ours writes to somebody outside has its place in the ticket's history: whoever answers it comes to
the ticket, and whoever looks sees that it left.

In: the mail, its ticket, the instant. Out: the effect that puts it there, without its words: they are the template's.
"""

from __future__ import annotations

from datetime import datetime

from store.records import AddMessage, Direction, Message, Role, SendMail, Ticket


def shown(mail: SendMail, ticket: Ticket, now: datetime) -> AddMessage:
    """The mail's place."""
    message = Message(
        at=now,
        direction=Direction.OUT,
        role=Role.SYSTEM,
        from_address=ticket.mailbox,
        to=(mail.to.address,),
        subject=mail.subject,
        message_id=mail.message_id,
        kind=mail.purpose.value,
    )
    return AddMessage(ticket=ticket.ref, message=message)
