"""How fast one core reads mail: our whole `read`, beside mail-parser and the standard library on the same mails.

In: mails of 2 to 60 KB, from `$REPLYDESK_CORPUS` where it is set, else our own in tests/mails. Out: messages a second
of processor time, best of several rounds taken by turns, so that a machine that slows down slows all of them down.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from mailparser import parse_from_bytes

from parsing.reading import read

LEAST, MOST = 2_000, 60_000
MAILS = 600
ROUNDS = 5
_OWN = Path(__file__).parents[1] / "mails"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many mails of which mean size, and the mails a second of each way to read them."""

    source: str
    mails: int
    mean: int
    rates: dict[str, float]


def pace() -> Pace:
    """Measure all ways by turns."""
    source, mails = _mails()
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it has something to say of every fourth mail
    ways: dict[str, Callable[[bytes], object]] = {
        "read": read,
        "mail-parser alone": parse_from_bytes,
        "stdlib, modern policy": _modern,
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            for mail in mails:
                _tried(way, mail)
            best[name] = min(best[name], time.process_time() - started)
    rates = {name: len(mails) / seconds for name, seconds in best.items()}
    return Pace(source=source, mails=len(mails), mean=sum(map(len, mails)) // len(mails), rates=rates)


def _mails() -> tuple[str, list[bytes]]:
    corpus = os.environ.get("REPLYDESK_CORPUS", "")
    folder = Path(corpus) / "robust" / "msg" if corpus else _OWN
    found = [file.read_bytes() for file in sorted(folder.rglob("*.eml")) if LEAST <= file.stat().st_size <= MOST]
    random.Random(1).shuffle(found)
    return ("the corpus" if corpus else "our own mails"), found[:MAILS]


def _modern(raw: bytes) -> None:
    """What a program does that takes the standard library's word for a mail: headers and the text."""
    mail = message_from_bytes(raw, policy=policy.default)
    for name in ("from", "to", "cc", "subject", "date", "message-id", "references"):
        str(mail[name])
    body = mail.get_body(("plain", "html"))
    if body is not None:
        body.get_content()


def _tried(way: Callable[[bytes], object], mail: bytes) -> None:
    try:
        way(mail)
    except Exception:  # the others raise on such mails; that is their answer
        return
