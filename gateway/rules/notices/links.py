"""Links to files in mail to our own people: what stands in one, who may follow it, and until when.

In: the desk's secret and which file of which mail of ours it is. Out: the last part of a URL, and for one that somebody
came with, what it names. It is signed over the mail, the file and its end, so that nothing but our own word ever
reaches the store; the mail names the person and the serial of their keys, so that it ends with them (`is_open`). It
holds no name, no address and no ticket: URLs get into logs.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.rules.desk import Desk
from store.records import Person, Role

LIFE = timedelta(days=14)
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([0-9]{1,4})-([1-9][0-9]{0,11})-([a-z2-7]{26})")
LONGEST = 64
"""Letters of a token at most."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a link names: file `index` of the notice that is mail `mail` of the outbox."""

    mail: int
    index: int


def token(secret: bytes, mail: int, index: int, expires_at: datetime) -> str:
    """What a link ends with."""
    end = int(expires_at.timestamp())
    return f"{mail}-{index}-{end}-{_proof(secret, mail, index, end)}"


def named(secret: bytes, said: str, now: datetime) -> Named | None:
    """What somebody's link names; None when we never wrote it or its time is over. It costs no look into the store."""
    found = _TOKEN.fullmatch(said) if len(said) <= LONGEST else None
    if found is None:
        return None
    mail, index, end = int(found[1]), int(found[2]), int(found[3])
    genuine = hmac.compare_digest(_proof(secret, mail, index, end), found[4])
    return Named(mail, index) if genuine and end > now.timestamp() else None


def is_open(written: Mapping[str, Any], reader: Person | None, desk: Desk) -> bool:
    """Whether the person whom the mail went to may still follow its links: one of us, with the keys of then."""
    return (
        reader is not None
        and written["role"] == Role.AGENT.value
        and not reader.disabled
        and reader.address in desk.agents
        and reader.serial == written["serial"]
    )


def linked(desk: Desk, row: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a notice with a link for each file that does not go along; without a web door, how an operator gets
    at them."""
    files = facts.get("files") or ()
    if all(file.get("attached") or "raw" not in file for file in files):
        return dict(facts)
    begins, ends = desk.notifying.files_url, row["created_at"].astimezone(UTC) + LIFE
    if not begins:
        number = row["journal_id"]
        return {**facts, "by_hand": f"replydesk mail raw {number}"} if number is not None else dict(facts)
    shown = [
        file
        if file.get("attached") or "raw" not in file
        else {**file, "url": f"{begins}{token(desk.secret, row['id'], index, ends)}"}
        for index, file in enumerate(files)
    ]
    return {**facts, "files": shown, "links_until": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _proof(secret: bytes, mail: int, index: int, end: int) -> str:
    digest = hmac.digest(secret, f"file\0{mail}\0{index}\0{end}".encode(), "sha256")
    return b32encode(digest[:16]).decode("ascii").rstrip("=").lower()
