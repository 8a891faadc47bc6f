"""The original in a forward: who wrote it, about what, what he said; and no original where nobody forwarded anything.

In: the `forward` and `not_forward` cases of `reply/cases.jsonl`, its replies, and the raw mails of `robust` whose
subject has no forward mark. Out: the scores. The sources hand over bodies only (and the subject apart): here each body
becomes a mail with the subject `Fwd: ` and the original's, as a client would write it; a second score reads those
bodies that carry a forward mark of their own under a subject without one. White space and one level of `> ` before the
lines of the original are ignored, as both sources remove them. An original without an expected author, or an
expectation in HTML markup, is compared by what is left of it.
"""

from __future__ import annotations

from email.header import Header
from pathlib import Path

from parsing import subject as subjects
from parsing.message import ParsedMail
from parsing.reading import read
from tests.bench.accuracy.score import Row, Score, rows, squeezed


def scores(corpus: Path) -> list[Score]:
    """Found originals, kept lines, and what was taken for a forward and is none."""
    return [*_originals(corpus), _replies(corpus), _normal(corpus)]


def _originals(corpus: Path) -> list[Score]:
    found = Score("forwards: original author's address", bar=0.85)
    name = Score("forwards: original author's name", bar=0.85)
    subject = Score("forwards: original subject", bar=0.85)
    text = Score("forwards: text of the original", bar=0.85)
    own = Score("forwards: the forwarder's own words", bar=0.85)
    kept = Score("forwards: every line of the mail is kept", bar=1)
    unmarked = Score("forwards: original found under a subject without a mark, where the text has a mark")
    none = Score("forwards: not_forward gives none", bar=1)
    for row in rows(corpus / "reply" / "cases.jsonl"):
        source = row["source_repo"]
        if row["category"] == "not_forward":
            none.add(row, source, all(mail_of(corpus, row, about).forwarded is None for about in ("", "Re: it")))
        if row["category"] != "forward":
            continue
        wanted = row.get("expected_forward") or {}
        about = wanted.get("subject") or "it"
        mail = mail_of(corpus, row, f"Fwd: {about}")
        original = mail.forwarded
        author = original.from_ if original else None
        if _address(wanted):
            seen = author.address if author else ""
            found.add(row, source, seen == _address(wanted), seen)
            name.add(row, source, (author.name if author else "") == _name(wanted), author.name if author else "")
            bare = mail_of(corpus, row, about).forwarded
            if not row["source_path"].rpartition("/")[2].startswith(_MARKLESS):
                unmarked.add(row, source, bare is not None and bare.from_ is not None, "none")
        if wanted.get("subject"):
            seen = original.subject if original else ""
            subject.add(row, source, squeezed(seen) == squeezed(wanted["subject"]), seen)
        said = wanted.get("body") or wanted.get("text")
        if said:
            seen = original.text if original else ""
            text.add(row, source, _bare(seen) == _bare(said), seen)
        if row["strength"] != "html_markup":
            words = squeezed(row["expected_reply"])
            allowed = {squeezed(mail.reply), squeezed(mail.reply + mail.signature)}
            own.add(row, source, words in allowed, mail.reply)
        kept.add(row, source, not _lost(mail), "; ".join(_lost(mail))[:200])
    return [found, name, subject, text, own, kept, unmarked, none]


_MARKLESS = ("outlook", "new_outlook", "hotmail", "ionos")
"""Clients whose forward looks like their reply but for the subject."""


def _replies(corpus: Path) -> Score:
    score = Score("forwards: replies taken for one", bar=0.01, at_most=True)
    for name in ("cases.jsonl", "cases_partial.jsonl"):
        for row in rows(corpus / "reply" / name):
            if row.get("category", "reply") != "reply":
                continue
            mail = mail_of(corpus, row, "Re: it")
            if not subjects.is_forward(mail.subject):
                score.add(row, row["source_repo"], mail.forwarded is not None, "a forward")
    return score


def _normal(corpus: Path) -> Score:
    score = Score("forwards: normal mail without a mark in its subject taken for one", bar=0.01, at_most=True)
    for row in rows(corpus / "robust" / "manifest.jsonl"):
        if row["class"] != "normal":
            continue
        mail = read((corpus / "robust" / row["file"]).read_bytes())
        if not subjects.is_forward(mail.subject):
            score.add(row, "all", mail.forwarded is not None, f"{mail.subject!r} {mail.forwarded!r}"[:300])
    return score


def mail_of(corpus: Path, row: Row, about: str) -> ParsedMail:
    """The case as a mail with this subject; a case that is a mail keeps its own."""
    raw = (corpus / "reply" / row["file"]).read_bytes()
    if row["kind"] == "eml":
        return read(raw)
    kind = "html" if row["kind"] == "html" else "plain"
    head = f"Subject: {Header(about, 'utf-8').encode()}\nContent-Type: text/{kind}; charset=utf-8\n\n"
    return read(head.encode() + raw)


def _address(wanted: dict[str, str]) -> str:
    if "from.address" in wanted:
        return wanted["from.address"] or ""
    return (wanted.get("from") or "").rpartition("<")[2].rstrip("> ")


def _name(wanted: dict[str, str]) -> str:
    if "from.address" in wanted:
        return wanted.get("from.name") or ""
    return (wanted.get("from") or "").rpartition("<")[0].strip(' "')


def _bare(text: str) -> str:
    return squeezed("\n".join(line.lstrip("> ") for line in text.split("\n")))


def _lost(mail: ParsedMail) -> list[str]:
    """Lines of the text that stand nowhere else."""
    carried = mail.forwarded.text if mail.forwarded else ""
    parts = squeezed("\n".join((mail.reply, mail.quoted, carried, mail.signature, mail.disclaimer)))
    return [line for line in mail.text.split("\n") if squeezed(line) not in parts]
