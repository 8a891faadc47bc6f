"""The files of a mail: which are kept, which are worth telling of, and which may leave with an agent's answer.

In: a read mail, and the files that earlier mails of its ticket had (sha256). Out: references into the raw mail, or
attachments. Nothing is ever thrown away: the raw mail has them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from parsing.message import Attachment, ParsedMail
from store.records import FileRef

LOGO = 60_000
"""Bytes up to which an image inside the text may be a logo; a larger one is more likely shown on purpose, and again."""

_PERSONAL = (
    "application/pkcs7",
    "application/x-pkcs7",
    "application/pgp",
    "application/ms-tnef",
    "text/vcard",
    "text/x-vcard",
    "text/calendar",
)


def kept(mail: ParsedMail, raw: str, seen: Set[str]) -> tuple[FileRef, ...]:
    """All files of the mail whose bytes are the blob `raw`."""
    return tuple(
        FileRef(
            raw=raw,
            part=file.part,
            filename=file.safe_name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            recurring=_recurs(file, seen),
        )
        for file in mail.attachments
    )


def fresh(mail: ParsedMail, seen: Set[str]) -> tuple[Attachment, ...]:
    """The files that a notice tells of."""
    return tuple(file for file in mail.attachments if not _recurs(file, seen))


def sendable(files: Iterable[FileRef]) -> tuple[FileRef, ...]:
    """What leaves with an agent's answer: no logo again, and nothing that holds the agent's own address, as signatures,
    keys, cards and calendars of mail clients do (promise 6)."""
    return tuple(file for file in files if not file.recurring and not file.content_type.startswith(_PERSONAL))


def _recurs(file: Attachment, seen: Set[str]) -> bool:
    """An image inside the text that an earlier mail of the ticket had as well: the logo of a signature (intake 61)."""
    small = file.inline and file.size <= LOGO and file.content_type.startswith("image/")
    return small and file.sha256 in seen
