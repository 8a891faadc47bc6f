"""What is done on the server with a message once it is kept: left, flagged or moved, and refused mail set aside.

In: UIDs that the journal has. Out: those with which nothing is left to do. It never removes a message that was not
copied before, nor one that somebody else has marked; what fails is tried again at the next whole look.
"""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from gateway.doors.imap.client import Client
from gateway.doors.imap.fault import Refused
from gateway.doors.imap.folders import Folders
from gateway.doors.imap.words import MailboxOptions

MOST_TOGETHER = 100
MOST_SPLITS = 32
"""How often a look takes a refused set of messages apart: one that cannot be moved holds up no others."""
_STAYS = "cannot be moved or flagged and stays as it is"
_NOT_ASIDE = "could not be taken and cannot be set aside"
_NO_NOTE = "is set aside without a note"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Unfinished:
    """What a mailbox's process remembers of what a server refused: which messages were copied already and only wait to
    be removed, or each look would copy them once more; and what was said, or each look would say it again."""

    copied: set[int] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)


class Moving:
    """The after-action of one connection. Raises `NoMailbox` only."""

    def __init__(
        self, client: Client, options: MailboxOptions, now: Callable[[], datetime], unfinished: Unfinished
    ) -> None:
        self._unfinished = unfinished
        self._client = client
        self._options = options
        self._now = now
        self._folders = Folders(client)

    def tidy(self, uids: Sequence[int], splits: int = 0) -> list[int]:
        """Leave, flag or move these; with which nothing is left to do. Servers move all of a set or none of it: what is
        refused is tried in halves, `splits` times in all."""
        if self._options.after == "leave":
            return list(uids)
        done: list[int] = []
        waiting = deque(_chunks(uids))
        while waiting:
            chosen = waiting.popleft()
            try:
                if self._options.after == "flag":
                    self._client.add_flag(chosen, self._options.flag)
                else:
                    self._move(chosen, self._options.done_folder)
            except Refused as refusal:
                if splits and len(chosen) > 1:
                    splits -= 1
                    half = len(chosen) // 2
                    waiting += chosen[:half], chosen[half:]
                else:
                    self._told(_STAYS, chosen, refusal)
            else:
                done += chosen
                self._unfinished.told.clear()
        return done

    def set_aside(self, reasons: Mapping[int, str]) -> list[int]:
        """Move these to the folder of refused mail, each with a note that says why; those that were moved."""
        done = []
        for uid, reason in reasons.items():
            try:
                self._move([uid], self._options.refused_folder)
            except Refused as refusal:
                self._told(_NOT_ASIDE, [uid], refusal)
                continue
            done.append(uid)
            self.add_note(uid, reason)
        return done

    def add_note(self, uid: int, reason: str) -> None:
        """Say in the folder of refused mail why that message lies there."""
        try:
            content = note(self._options, reason, self._now())
            self._client.append(self._folders.place(self._options.refused_folder), content)
        except Refused as refusal:
            self._told(_NO_NOTE, [uid], refusal)

    def _told(self, what: str, uids: Sequence[int], refusal: Refused) -> None:
        """Said once, until something succeeds again: it is tried at each look."""
        if (what, str(refusal)) in self._unfinished.told:
            return
        self._unfinished.told.add((what, str(refusal)))
        code = f" ({refusal})" if str(refusal) else ""
        number = self._options.number
        log.warning("mailbox=%d uid=%d (%d in all) %s: the server refuses it%s", number, uids[0], len(uids), what, code)

    def _move(self, uids: Collection[int], folder: str) -> None:
        """Move these; the folder is made where it is missing."""
        try:
            self._move_to(uids, self._folders.place(folder))
        except Refused as refusal:
            self._folders.forget()  # somebody may have removed it meanwhile, and not every server says so
            if str(refusal) not in ("TRYCREATE", "NONEXISTENT"):
                raise
            self._move_to(uids, self._folders.place(folder))

    def _move_to(self, uids: Collection[int], place: str) -> None:
        if b"MOVE" in self._client.offers or b"IMAP4REV2" in self._client.offers:
            self._client.move(uids, place)
            return
        copied = self._unfinished.copied
        if fresh := [uid for uid in uids if uid not in copied]:
            self._client.copy(fresh, place)
            copied.update(fresh)
        self._client.add_flag(uids, "\\Deleted")
        is_removed = self._client.expunge(uids)
        copied.difference_update(uids)
        if not is_removed:
            log.info("mailbox=%d %d copied messages stay marked as deleted", self._options.number, len(uids))


def note(options: MailboxOptions, reason: str, now: datetime) -> bytes:
    """The message that lies beside one that could not be taken."""
    message = EmailMessage(policy=SMTP)
    message["From"] = message["To"] = options.to
    message["Subject"] = f"Not taken: {reason.partition(';')[0]}"[:200]
    message["Date"] = now
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{options.to.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "The help desk could not take the message that lies beside this one:\n"
        f"{reason}.\n\n"
        "A ticket was opened that says so. Read the message here and answer it by hand, or ask its sender for it in "
        "another form. It is not collected again; delete it and this note when you are done.\n"
    )
    return bytes(message)


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), MOST_TOGETHER):
        yield uids[start : start + MOST_TOGETHER]
