"""The new words of replies, against what the source projects' own tests expect.

In: `reply/cases.jsonl` and `cases_partial.jsonl`. Out: the scores. White space is ignored, as the sources compare;
where projects disagree about signatures, either policy is right: the reply alone, or with what was set apart as
signature below it. Where a source expects HTML, the text of that HTML is compared.
"""

from __future__ import annotations

from pathlib import Path

from parsing import reply
from parsing.reading import read
from tests.bench.accuracy.score import Row, Score, rows, squeezed

_HTML = b"Content-Type: text/html; charset=utf-8\n\n"


def scores(corpus: Path) -> list[Score]:
    """The headline set, the remaining text cases, the partial cases, HTML and signatures."""
    headline = Score("replies: headline set", bar=0.85)
    strict = Score("replies: headline set, the source's own policy on signatures")
    first = Score("replies: sources that test the first fragment only")
    html = Score("replies: HTML with a text as expectation")
    markup = Score("replies: HTML with HTML as expectation, compared as text")
    signatures = Score("replies: signatures")
    partial = Score("replies: partial cases, either policy on signatures", bar=0.85)
    for row in rows(corpus / "reply" / "cases.jsonl"):
        if row["category"] not in {"reply", "signature"}:
            continue
        exact, allowed, found = result(corpus, row)
        if row["category"] == "signature":
            signatures.add(row, row["source_repo"], exact, found)
        elif row["kind"] == "html":
            (html if row["strength"] == "full" else markup).add(row, row["source_repo"], allowed, found)
        elif row["strength"] == "full":
            headline.add(row, row["source_repo"], allowed, found)
            strict.add(row, row["source_repo"], exact)
        elif row["strength"] == "first_fragment":
            first.add(row, row["source_repo"], squeezed(found).startswith(squeezed(row["expected_reply"])))
    for row in rows(corpus / "reply" / "cases_partial.jsonl"):
        found, signature = words(corpus, row)
        right = _fits(row, found) or _fits(row, found + signature)
        partial.add(row, row["source_repo"], right, found)
    return [headline, strict, first, html, markup, signatures, partial]


def words(corpus: Path, row: Row) -> tuple[str, str]:
    """The reply, and what was set apart as signature and disclaimer."""
    raw = (corpus / "reply" / row["file"]).read_bytes()
    if row["kind"] == "eml":
        mail = read(raw)
        return mail.reply, mail.signature + mail.disclaimer
    if row["kind"] == "html":
        mail = read(_HTML + raw)
        return mail.reply, mail.signature + mail.disclaimer
    parts = reply.split(raw.decode("utf-8", "replace").replace("\r\n", "\n"))
    return parts.reply, parts.signature + parts.disclaimer


def result(corpus: Path, row: Row) -> tuple[bool, bool, str]:
    """Whether the reply is as the source says; whether it is so under either view of signatures; what was found."""
    found, signature = words(corpus, row)
    expected = row["expected_reply"]
    if row["strength"] == "html_markup":
        expected = read(_HTML + expected.encode()).text
    wanted = squeezed(expected)
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
