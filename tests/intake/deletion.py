"""Complete reports from which one fact at a time is taken out: what would be asked then.

In: reports (`reports/*/*.toml`), written by people who have not seen the finding. Out: counts. A report marks each
passage that says a fact (`{{fact|passage|what stands there instead}}`); to take a fact out, all its passages are
exchanged.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gateway.config.policy.intake import FieldTable, QuestionsTable, build
from parsing.message import ParsedMail, Reading, Sought
from parsing.reading import read

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "templates" / "desk" / "demo.toml"
MARK = re.compile(r"\{\{(\w+)\|([^|{}]*)(?:\|([^|{}]*))?\}\}")
SCREENSHOT = "screenshot"
"""The fact that the files of a report say."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """`needs` are the facts that its topic needs: it says all of them."""

    id: str
    topic: str
    subject: str
    text: str
    files: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass
class Counts:
    """`mails` that were read, `taken` facts that were taken out of them, `asked` those of them that would be asked;
    `unknown` those where what stands there instead says that they do not know, which is an answer. `needless` are mails
    in which something is asked that they say, `complete` the whole ones, and `complete_needless` those of them in which
    anything is asked."""

    mails: int = 0
    taken: int = 0
    asked: int = 0
    unknown: int = 0
    needless: int = 0
    complete: int = 0
    complete_needless: int = 0
    by_fact: Counter[str] = field(default_factory=Counter)
    not_asked: list[str] = field(default_factory=list)
    asked_needlessly: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"taken out {self.taken}: asked {self.share:.1%} ({self.unknown} others said that they do not know); "
            f"needless in {self.needless_share:.1%} of {self.mails} mails, {self.complete_share:.1%} of "
            f"{self.complete} complete ones"
        )

    @property
    def share(self) -> float:
        return self.asked / max(1, self.taken - self.unknown)

    @property
    def needless_share(self) -> float:
        return self.needless / max(1, self.mails)

    @property
    def complete_share(self) -> float:
        return self.complete_needless / max(1, self.complete)


@cache
def sought() -> tuple[Sought, ...]:
    """The fields of the demo desk, and those that its topics do not need."""
    demo = tomllib.loads(DEMO.read_text(encoding="utf-8"))["field"]
    ours = tomllib.loads((HERE / "fields.toml").read_text(encoding="utf-8"))["field"]
    inquiry = build([FieldTable.model_validate(one) for one in (*demo, *ours)], [], QuestionsTable.model_validate({}))
    return tuple(one.sought for one in inquiry.fields.values())


def reports(folder: Path) -> Iterator[Report]:
    """The reports of a folder, a file a topic."""
    topics = tomllib.loads((HERE / "fields.toml").read_text(encoding="utf-8"))["topics"]
    for path in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["report"]:
            yield Report(
                id=row["id"],
                topic=path.stem,
                subject=row["subject"],
                text=row["text"],
                files=tuple(row.get("files", ())),
                needs=tuple(topics[path.stem]),
            )


def without(text: str, fact: str) -> str:
    """The text with one fact taken out, and all others in."""
    return MARK.sub(lambda mark: (mark[3] or "") if mark[1] == fact else mark[2], text)


def mail(report: Report, fact: str = "") -> bytes:
    """The report as a mail, without `fact`."""
    files = () if fact == SCREENSHOT else report.files
    subject = " ".join(without(report.subject, fact).split())
    encoded = base64.b64encode(subject.encode()).decode()
    head = (
        f"From: Mel Writer <mel@writer.example>\nTo: support@desk.example\nSubject: =?utf-8?b?{encoded}?=\n"
        f"Date: Mon, 23 Nov 2026 09:30:00 +0100\nMessage-ID: <{report.id}-{fact}@writer.example>\nMIME-Version: 1.0\n"
    )
    text = without(report.text, fact).strip("\n") + "\n"
    body = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}"
    if not files:
        return (head + body).encode()
    parts = "".join(f"--b1\n{_file(name)}\n" for name in files)
    return f'{head}Content-Type: multipart/mixed; boundary="b1"\n\n--b1\n{body}\n{parts}--b1--\n'.encode()


_PICTURES = {"png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "jpg": b"\xff\xd8\xff\xe0\0\x10JFIF", "jpeg": b"\xff\xd8\xff\xe0"}


def _file(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    start = _PICTURES.get(ending)
    kind = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}.get(ending, "text/plain")
    data = start + bytes(range(256)) * 200 if start else b"07:14:02 worker 3 waits\n07:14:09 worker 3 waits\n"
    return (
        f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"
    )


def seen(report: Report, fact: str = "") -> ParsedMail:
    """What the reader makes of it."""
    parsed = read(mail(report, fact), Reading(languages=("en", "de", "fr"), sought=sought()))
    assert not any("facts" in defect for defect in parsed.defects), parsed.defects
    return parsed


def asked(report: Report, fact: str = "") -> tuple[set[str], set[str]]:
    """What would be asked then, and what the mail says that it does not know."""
    parsed = seen(report, fact)
    said = {candidate.field for candidate in parsed.candidates}
    unknown = {one.field for one in parsed.candidates if one.state == "unknown"}
    surely = {one.field for one in parsed.candidates if one.state != "unknown"}
    return set(report.needs) - said, unknown - surely


def count(folder: Path) -> Counts:
    """All reports of a folder, each complete and with each fact taken out."""
    counts = Counts()
    for report in reports(folder):
        for fact in ("", *report.needs):
            lacking, unknown = asked(report, fact)
            counts.mails += 1
            needless = lacking - {fact}
            if needless:
                counts.needless += 1
                counts.asked_needlessly.append(
                    f"{report.id} without {fact or 'nothing'}: {', '.join(sorted(needless))}"
                )
            if not fact:
                counts.complete += 1
                counts.complete_needless += bool(lacking)
                continue
            counts.taken += 1
            counts.by_fact[fact] += 1
            if fact in lacking:
                counts.asked += 1
            elif fact in unknown:
                counts.unknown += 1
            else:
                counts.not_asked.append(f"{report.id} without {fact}")
    return counts
