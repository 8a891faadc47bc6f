"""The new words of replies, against what the source projects' own tests expect.

In: `reply/cases.jsonl` and `cases_partial.jsonl`. Out: the scores. White space is ignored, as the sources compare;
where projects disagree about signatures, either policy is right.
"""

from __future__ import annotations

from pathlib import Path

from parsing import reply
from parsing.reading import read
from tests.bench.accuracy.score import Row, Score, rows, squeezed


def scores(corpus: Path) -> list[Score]:
    """The headline set, the remaining text cases, and the partial cases."""
    headline = Score("replies: headline set", bar=0.85)
    strict = Score("replies: headline set, the source's own policy on signatures")
    first = Score("replies: sources that test the first fragment only")
    partial = Score("replies: partial cases", bar=0.85)
    for row in rows(corpus / "reply" / "cases.jsonl"):
        if row["category"] != "reply" or row["kind"] == "html":
            continue
        exact, allowed, found = result(corpus, row)
        if row["strength"] == "full":
            headline.add(row, row["source_repo"], allowed, found)
            strict.add(row, row["source_repo"], exact)
        elif row["strength"] == "first_fragment":
            first.add(row, row["source_repo"], squeezed(found).startswith(squeezed(row["expected_reply"])))
    for row in rows(corpus / "reply" / "cases_partial.jsonl"):
        found, _ = words(corpus, row)
        partial.add(row, row["source_repo"], _fits(row, found), found)
    return [headline, strict, first, partial]


def words(corpus: Path, row: Row) -> tuple[str, str]:
    """The reply, and what was set apart as signature and disclaimer."""
    raw = (corpus / "reply" / row["file"]).read_bytes()
    if row["kind"] == "eml":
        mail = read(raw)
        return mail.reply, mail.signature + mail.disclaimer
    if row["kind"] == "html":
        mail = read(b"Content-Type: text/html; charset=utf-8\n\n" + raw)
        return mail.reply, mail.signature + mail.disclaimer
    parts = reply.split(raw.decode("utf-8", "replace").replace("\r\n", "\n"))
    return parts.reply, parts.signature + parts.disclaimer


def result(corpus: Path, row: Row) -> tuple[bool, bool, str]:
    """Whether the reply is as the source says; whether it is so under either view of signatures; what was found."""
    found, signature = words(corpus, row)
    wanted = squeezed(row["expected_reply"])
    exact = squeezed(found) == wanted
    return exact, exact or squeezed(found + signature) == wanted, found


def _fits(row: Row, found: str) -> bool:
    text = squeezed(found)
    return (
        all(squeezed(piece) in text for piece in row["must_contain"])
        and not any(squeezed(piece) in text for piece in row["must_not_contain"])
        and text.startswith(squeezed(row["starts_with"] or ""))
        and text.endswith(squeezed(row["ends_with"] or ""))
    )
