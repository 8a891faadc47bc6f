"""That all 2,054 messages are read, in time, and who is answered.

In: `robust/manifest.jsonl`. Out: scores: read at all, read within half a second of processor, acknowledged or not.
"""

from __future__ import annotations

import time
from pathlib import Path

from parsing.message import Kind, ParsedMail
from parsing.reading import read
from tests.bench.accuracy.score import Score, rows


def answered(mail: ParsedMail) -> bool:
    """Whether an acknowledgement may go out."""
    return mail.kind is Kind.HUMAN and not mail.suppress_auto_reply and not mail.auto_generated


def scores(corpus: Path) -> list[Score]:
    """One pass over all messages."""
    all_read, timely = Score("robust: read without exception", bar=1), Score("robust: within 0.5 s of processor", bar=1)
    silent = Score("robust: normal mail that gets no acknowledgement, by class")
    for row in rows(corpus / "robust" / "manifest.jsonl"):
        raw = (corpus / "robust" / row["file"]).read_bytes()
        start = time.process_time()
        mail = read(raw)
        seconds = time.process_time() - start
        unread = [defect for defect in mail.defects if "the mail cannot be read" in defect]
        all_read.add(row, "all", not unread, "; ".join(unread))
        timely.add(row, "all", seconds <= 0.5, f"{seconds:.2f} s")
        silent.add(row, row["class"], not answered(mail))
    return [all_read, timely, silent]
