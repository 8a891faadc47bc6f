"""Answers that real calendar programs wrote, sent to a desk with a booked call: the call becomes what the table says.

Needs `$REPLYDESK_CORPUS`. In memory UID, attendee, author and revision are made those of our invite; nothing of the
corpus is kept here. What each answer means is `test_answers.py`; here is what follows from it on the whole way through
the rules.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.rules.desk import Desk
from parsing.calendar import invitation
from store.records import CallState
from tests.unit.calls.answers import NORA, UID, Answers, Heard, the_desk

CORPUS = os.environ.get("REPLYDESK_CORPUS", "")
pytestmark = pytest.mark.skipif(
    not CORPUS, reason="set REPLYDESK_CORPUS to the folder of the test mail that no one here wrote"
)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)


def rows() -> list[dict[str, Any]]:
    with (Path(CORPUS) / "ics" / "manifest.jsonl").open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["method"] in ("REPLY", "COUNTER")]


def mails() -> list[dict[str, Any]]:
    with (Path(CORPUS) / "robust" / "manifest.jsonl").open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["class"] == "calendar"]


@pytest.fixture(scope="module")
def desk() -> Desk:
    return the_desk()


def sent_to(answers: Answers, data: bytes) -> Heard | None:
    """The calendar as an answer of Nora's to our invite; None where it has nothing that could answer."""
    data = re.sub(rb"\r?\n[ \t]", b"", data)
    data = re.sub(rb"(?m)^UID:[^\r\n]*", b"UID:" + UID.encode(), data)
    found, _ = invitation(data, author=NORA)
    if found is None:
        return None
    if found.attendee:
        data = re.sub(re.escape(found.attendee.encode()), NORA.encode(), data, flags=re.IGNORECASE)
    answers.invited(sequence=found.sequence, dtstamp=LONG_AGO)
    part = f"text/calendar; charset=utf-8; method={found.method}"
    mail = answers.mail(data.decode("utf-8", "replace").replace("\r\n", "\n"), to=answers.key(), part=part)
    return answers.hear(mail)


def effect(heard: Heard) -> str:
    """What followed, in one word."""
    detail = heard.event("call-delegated" if "call-delegated" in heard.events else "call-answered")
    if "ignored" in detail:
        return "nothing"
    purposes = [mail.purpose.value for mail in heard.outside]
    if "call-delegated" in heard.events:
        return "asked" if purposes == ["call"] else "?"
    if "call-cancelled" in heard.events:
        return "cancelled" if purposes == ["uninvite"] else "?"
    if detail.get("method") == "COUNTER":
        return {"offer": "countered", "invite": "moved"}.get(purposes[0], "?")
    return heard.entry.partstat.lower() if not purposes else "?"


FOLLOWS = {"ACCEPTED": "accepted", "TENTATIVE": "tentative", "DECLINED": "cancelled", "DELEGATED": "asked"}


def test_files_of_real_programs_do_what_they_say(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for row in rows():
        answers = Answers(desk)
        heard = sent_to(answers, (Path(CORPUS) / "ics" / row["file"]).read_bytes())
        if heard is None:
            counted["nothing that can be scheduled", "unread"] += 1
            continue
        assert heard.verdict == "calendar-reply", row["file"]
        followed = effect(heard)
        counted[str(row["producer"] or "no PRODID"), followed] += 1
        said = heard.event("call-delegated" if followed == "asked" else "call-answered")
        if row["method"] == "COUNTER":
            assert followed in ("countered", "moved"), row["file"]
        else:
            assert followed == FOLLOWS.get(str(said["partstat"]), "nothing"), row["file"]
        assert answers.call.state == (CallState.CANCELLED if followed == "cancelled" else CallState.BOOKED), row["file"]
    with capsys.disabled():
        print("\nanswers by producer and what followed:")
        for (producer, followed), count in sorted(counted.items()):
            print(f"  {count:3} {followed:10} {producer}")
    assert sum(counted.values()) == len(rows())
    did = sum(count for (_, followed), count in counted.items() if followed not in ("nothing", "unread"))
    assert did >= 25


def test_mails_of_real_programs_about_our_call(desk: Desk) -> None:
    """Whole mails, with the shape that their programs gave them: a REPLY answers, and no REQUEST or CANCEL of somebody
    else's meeting touches our call."""
    replies = 0
    for row in mails():
        raw = (Path(CORPUS) / "robust" / row["file"]).read_bytes()
        answers = Answers(desk)
        first = answers.incoming(raw, NORA, answers.key())
        calendar = first.mail.calendar
        if calendar is not None and calendar.method == "REPLY":
            for was, now in ((calendar.uid, UID), (calendar.attendee, NORA)):
                raw = raw.replace(was.encode(), now.encode())
            replies += 1
        proven = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\r\n"
        author = re.sub(rb"(?mi)^From:[^\r\n]*(\r?\n[ \t][^\r\n]*)*", b"From: " + NORA.encode(), raw, count=1)
        heard = answers.hear(answers.incoming(proven + author, NORA, answers.key()))
        assert answers.call.state == CallState.BOOKED, row["file"]
        if calendar is not None and calendar.method == "REPLY":
            assert heard.verdict == "calendar-reply" and heard.entry.partstat == "ACCEPTED", row["file"]
        else:
            assert heard.saved is None, row["file"]
    assert replies >= 1
