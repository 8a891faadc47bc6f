"""How well mail is read: `python -m tests.bench.accuracy` prints the tables for the corpus in `$REPLYDESK_CORPUS`.

In: the test mail that no one here wrote. Out: figures on stdout. Scores the new words of a reply (ignoring white space,
as the source projects compare) and the kind of mail; nothing of the corpus is copied.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from parsing import reply
from parsing.message import Kind, ParsedMail
from parsing.reading import read

ROBOTS = ("bounce", "auto_reply", "ooo", "list")


def rows(path: Path) -> list[dict[str, object]]:
    """The rows of a manifest."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def answered(mail: ParsedMail) -> bool:
    """Whether an acknowledgement may go out."""
    return mail.kind is Kind.HUMAN and not mail.suppress_auto_reply and not mail.auto_generated


def headline(row: dict[str, object]) -> bool:
    """The cases of the published figure."""
    return row["category"] == "reply" and row["strength"] == "full" and row["kind"] != "html"


def squeezed(text: str) -> str:
    """A text without white space."""
    return "".join(text.split())


def reply_result(corpus: Path, row: dict[str, object]) -> tuple[bool, bool, str]:
    """Whether the reply is as the source says; whether it is so with its signature put back; what was found."""
    raw = (corpus / "reply" / str(row["file"])).read_bytes()
    if row["kind"] == "eml":
        mail = read(raw)
        found, signature = mail.reply, mail.signature
    else:
        parts = reply.split(raw.decode("utf-8", "replace").replace("\r\n", "\n"))
        found, signature = parts.reply, parts.signature
    wanted = squeezed(str(row["expected_reply"]))
    strict = squeezed(found) == wanted
    return strict, strict or squeezed(found + signature) == wanted, found


def score_replies(corpus: Path) -> tuple[int, int, int]:
    """Cases, right, right when either view of signatures is allowed."""
    total = strict = lenient = 0
    for row in rows(corpus / "reply" / "cases.jsonl"):
        if headline(row):
            right, allowed, _ = reply_result(corpus, row)
            total, strict, lenient = total + 1, strict + right, lenient + allowed
    return total, strict, lenient


def score_kinds(corpus: Path) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], float]:
    """(class, kind) counts, (class, answered) counts, and the longest read in seconds."""
    kinds: Counter[tuple[str, str]] = Counter()
    answers: Counter[tuple[str, str]] = Counter()
    longest = 0.0
    for row in rows(corpus / "robust" / "manifest.jsonl"):
        raw = (corpus / "robust" / str(row["file"])).read_bytes()
        start = time.process_time()
        mail = read(raw)
        longest = max(longest, time.process_time() - start)
        kinds[str(row["class"]), str(mail.kind)] += 1
        answers[str(row["class"]), "answered" if answered(mail) else "silent"] += 1
    return kinds, answers, longest


def main() -> int:
    """Print all tables."""
    folder = os.environ.get("REPLYDESK_CORPUS")
    if not folder:
        print("set REPLYDESK_CORPUS to the folder of the corpus")
        return 2
    corpus = Path(folder)
    total, strict, lenient = score_replies(corpus)
    print(
        f"replies: {strict} of {total} exact ignoring white space ({strict / total:.2f}); {lenient} with "
        f"either view of signatures"
    )
    kinds, answers, longest = score_kinds(corpus)
    print(f"longest read: {longest:.2f} s of processor")
    for name in sorted({name for name, _ in kinds}):
        found = ", ".join(f"{kind} {count}" for (row, kind), count in sorted(kinds.items()) if row == name)
        print(f"{name:>12}: answered {answers[name, 'answered']:4} silent {answers[name, 'silent']:4}   {found}")
    robots = sum(answers[name, "answered"] for name in ROBOTS)
    print(f"acknowledgements to robots: {robots}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
