"""Answers that real calendar programs and servers wrote, as if they answered an invite of ours: each means what it
says.

Needs `$REPLYDESK_CORPUS`. In memory UID and attendee are made those of our invite; nothing of the corpus is kept here.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parsing.calendar import invitation
from parsing.message import Invitation
from scheduling.itip import Answer, Heard, Invite, Meaning, read

CORPUS = os.environ.get("REPLYDESK_CORPUS", "")
pytestmark = pytest.mark.skipif(
    not CORPUS, reason="set REPLYDESK_CORPUS to the folder of the test mail that no one here wrote"
)
UID = b"3f0c9a7e51d84b26a0b7c2d4e6f81935@desk.example"
NORA = "nora@northwind.example"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
METHODS = ("REPLY", "COUNTER", "REFRESH", "CANCEL")
SAYS = {"ACCEPTED": "accept", "DECLINED": "decline", "TENTATIVE": "tentative", "DELEGATED": "delegate"}


def rows() -> list[dict[str, Any]]:
    with (Path(CORPUS) / "ics" / "manifest.jsonl").open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["method"] in METHODS]


def unfolded(row: dict[str, Any]) -> bytes:
    data = (Path(CORPUS) / "ics" / row["file"]).read_bytes().replace(b"\r\n", b"\n")
    return data.replace(b"\n ", b"").replace(b"\n\t", b"")


def adapted(row: dict[str, Any]) -> Invitation:
    """The file about our call, from our attendee."""
    data = re.sub(rb"(?m)^UID:.*$", b"UID:" + UID, unfolded(row))
    before, _ = invitation(data)
    assert before is not None
    if before.attendee:
        data = re.sub(re.escape(before.attendee.encode()), NORA.encode(), data, flags=re.IGNORECASE)
    found, _ = invitation(data, author=NORA)
    assert found is not None
    return found


def answer(found: Invitation, *, sequence: int) -> Answer:
    speaker = next((each for each in found.attendees if each.address == found.attendee), None)
    return Answer(
        method=found.method,
        uid=found.uid,
        sequence=sequence,
        dtstamp=found.dtstamp,
        attendee=found.attendee,
        partstat=found.partstat,
        author=NORA,
        start=found.start,
        end=found.end,
        others=tuple(each.address for each in found.attendees if each is not speaker),
        delegated_to=speaker.delegated_to if speaker else "",
        sent_by=speaker.sent_by if speaker else "",
    )


def heard(row: dict[str, Any], *, moved: int = 0) -> Heard:
    """What it means of a call whose last revision it answers, or one that was moved since."""
    found = adapted(row)
    sequence = found.sequence + moved
    invite = Invite(uid=UID.decode(), attendee=NORA, sequence=sequence, dtstamp=NOW, moved=sequence)
    return read(answer(found, sequence=found.sequence), invite, NOW)


def meant(row: dict[str, Any]) -> str:
    """What the file says by its letters alone."""
    if row["method"] in ("COUNTER", "CANCEL"):
        return {"COUNTER": "counter", "CANCEL": "withdraw"}[row["method"]]
    said = re.search(rb"(?m)^ATTENDEE[^\n:]*;PARTSTAT=([A-Z-]+)", unfolded(row))
    return SAYS.get(said[1].decode(), "unknown") if said else "unknown"


def test_each_answer_has_its_effect(capsys: pytest.CaptureFixture[str]) -> None:
    found = [(row, heard(row)) for row in rows()]
    wrong = {row["file"]: (each.meaning, each.why) for row, each in found if each.meaning != meant(row)}
    assert wrong == {}
    methods = Counter(row["method"] for row, _ in found)
    with capsys.disabled():
        print("\nanswers of others:", dict(methods))
        for producer, count in Counter(_producer(row) for row, _ in found).most_common():
            print(f"  {count:3} {producer}")
        for row, each in found:
            if each.meaning is Meaning.UNKNOWN:
                print(f"  unreadable: {row['file']} of {_producer(row)}: {each.why}")
    assert methods["REPLY"] >= 28 and methods["COUNTER"] >= 2 and methods["CANCEL"] >= 10
    assert sum(each.meaning is Meaning.UNKNOWN for _, each in found) <= 5
    assert len({_producer(row) for row, _ in found}) >= 8


def test_none_counts_for_another_time() -> None:
    """The same answers once the call has been moved: no acceptance, and whoever declines is asked."""
    for row in rows():
        late = heard(row, moved=1)
        if row["method"] == "REPLY":
            expected = {"decline": Meaning.OLD_DECLINE, "unknown": Meaning.UNKNOWN}.get(meant(row), Meaning.STALE)
            assert late.meaning is expected, row["file"]
        assert late.invite is not None and late.invite.partstat == "NEEDS-ACTION"


def test_each_comes_twice_without_effect() -> None:
    for row in rows():
        found = adapted(row)
        invite = Invite(uid=UID.decode(), attendee=NORA, sequence=found.sequence, dtstamp=NOW, moved=found.sequence)
        once = read(answer(found, sequence=found.sequence), invite, NOW)
        again = read(answer(found, sequence=found.sequence), once.invite, NOW + timedelta(minutes=5))
        if once.meaning.value in SAYS.values():
            assert (again.meaning, again.invite) == (Meaning.DUPLICATE, once.invite), row["file"]


def _producer(row: dict[str, Any]) -> str:
    return str(row["client"] or row["producer"] or row["source"])
