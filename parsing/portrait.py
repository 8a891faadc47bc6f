"""A parsed mail as the JSON of `replydesk read` (DESIGN section 6: keys may be added, none renamed).

In: `ParsedMail` and the name of its file. Out: plain values that `json` can write. Must never leave a key out.
"""

from __future__ import annotations

from datetime import UTC, datetime

from parsing.message import Attachment, Attendee, Bounce, Forwarded, Invitation, Mailbox, ParsedMail


def as_json(mail: ParsedMail, file: str) -> dict[str, object]:
    """The object of one line."""
    return {
        "file": file,
        "kind": str(mail.kind),
        "kind_reasons": list(mail.kind_reasons),
        "from": _mailbox(mail.from_),
        "from_defect": mail.from_defect,
        "reply_to": [_mailbox(mailbox) for mailbox in mail.reply_to],
        "to": [_mailbox(mailbox) for mailbox in mail.to],
        "cc": [_mailbox(mailbox) for mailbox in mail.cc],
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "date": _time(mail.date),
        "text": mail.text,
        "reply": mail.reply,
        "quoted": mail.quoted,
        "signature": mail.signature,
        "disclaimer": mail.disclaimer,
        "answers": [{"question": answer.question, "words": answer.words} for answer in mail.answers],
        "html": mail.html,
        "encrypted": mail.encrypted,
        "signed": mail.signed,
        "forwarded": forwarded(mail.forwarded),
        "language": mail.language,
        "attachments": [_attachment(attachment) for attachment in mail.attachments],
        "bounce": _bounce(mail.bounce),
        "calendar": _calendar(mail.calendar),
        "message_class": mail.message_class,
        "auto_generated": mail.auto_generated,
        "suppress_auto_reply": mail.suppress_auto_reply,
        "spam": [{"header": mark.header, "is_spam": mark.is_spam, "words": mark.words} for mark in mail.spam],
        "verification": mail.verification,
        "foreign_references": list(mail.foreign_references),
        "content_hash": mail.content_hash,
        "defects": list(mail.defects),
        "cautions": list(mail.cautions),
        "seconds": round(mail.seconds, 6),
    }


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _mailbox(mailbox: Mailbox | None) -> dict[str, str] | None:
    return None if mailbox is None else {"name": mailbox.name, "address": mailbox.address}


def forwarded(original: Forwarded | None) -> dict[str, object] | None:
    """The original of a forward, as `read` and `ticket show` have it."""
    if original is None:
        return None
    return {
        "from": _mailbox(original.from_),
        "subject": original.subject,
        "date": _time(original.date),
        "text": original.text,
    }


def _attachment(attachment: Attachment) -> dict[str, object]:
    return {
        "part": attachment.part,
        "filename": attachment.filename,
        "safe_name": attachment.safe_name,
        "content_type": attachment.content_type,
        "real_type": attachment.real_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
    }


def _bounce(bounce: Bounce | None) -> dict[str, object] | None:
    if bounce is None:
        return None
    return {
        "recipients": [
            {
                "address": recipient.address,
                "status": recipient.status,
                "action": recipient.action,
                "reason": recipient.reason,
                "permanent": recipient.permanent,
            }
            for recipient in bounce.recipients
        ],
        "original_message_id": bounce.original_message_id,
    }


def _calendar(invitation: Invitation | None) -> dict[str, object] | None:
    if invitation is None:
        return None
    return {
        "method": invitation.method,
        "uid": invitation.uid,
        "sequence": invitation.sequence,
        "dtstamp": _time(invitation.dtstamp),
        "attendee": invitation.attendee,
        "partstat": invitation.partstat,
        "start": _time(invitation.start),
        "end": _time(invitation.end),
        "component": invitation.component,
        "components": invitation.components,
        "all_day": invitation.all_day,
        "start_local": invitation.start_local,
        "end_local": invitation.end_local,
        "original_start": _time(invitation.original_start),
        "recurrence_id": invitation.recurrence_id,
        "recurring": invitation.recurring,
        "status": invitation.status,
        "summary": invitation.summary,
        "location": invitation.location,
        "comment": invitation.comment,
        "organizer": _mailbox(invitation.organizer),
        "attendees": [_attendee(attendee) for attendee in invitation.attendees],
        "part": invitation.part,
        "parameters": dict(invitation.parameters),
    }


def _attendee(attendee: Attendee) -> dict[str, object]:
    return {
        "address": attendee.address,
        "name": attendee.name,
        "partstat": attendee.partstat,
        "role": attendee.role,
        "rsvp": attendee.rsvp,
        "delegated_to": attendee.delegated_to,
        "delegated_from": attendee.delegated_from,
        "sent_by": attendee.sent_by,
    }
