"""Subjects: what they are about without reply marks, and the ticket references in them.

In: a decoded subject. Out: the bare subject, or ticket numbers. Must never take a reference for an authority (that is
the caller's) and never look at more than the cap.
"""

from __future__ import annotations

import re

_CAP = 2_000
_MARKS = ("re", "aw", "antw", "antwort", "wg", "sv", "vs", "fw", "fwd", "wtr", "tr", "rv", "ref", "rif", "res", "enc",
          "odp", "pd", "vá", "vl", "ynt", "ilt", "回复", "答复", "回覆", "转发", "轉寄", "返信", "転送", "r",
          "i", "doorst",
          "bls", "atb", "rép", "rép.", "továbbítás", "resp", "vb", "απ", "πρθ", "na", "hal")  # fmt: skip
_MARK = re.compile(
    r"^\s{0,20}(?:"
    + "|".join(sorted(map(re.escape, _MARKS), key=len, reverse=True))
    + r")\s{0,3}(?:[\[(]\d{1,4}[\])]|\^\d{1,4})?\s{0,3}[:：]\s{0,20}",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\[[A-Za-z][A-Za-z0-9]{0,15}-\d{1,10}\]")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]{0,15})-(\d{1,10})(?![A-Za-z0-9])")


def base(subject: str) -> str:
    """The subject without reply and forward marks and without our references."""
    text = " ".join(_REFERENCE.sub(" ", subject[:_CAP]).split())
    for _ in range(50):
        found = _MARK.match(text)
        if found is None:
            break
        text = text[found.end() :]
    return text.strip()


def is_forward(subject: str) -> bool:
    """Whether the first mark of the subject says that it was forwarded."""
    first = re.match(r"^\s{0,20}([^\s:：\[]{1,12})\s{0,3}[:：]", subject[:100])
    return first is not None and first.group(1).lower() in {
        "fw", "fwd", "wg", "tr", "rv", "enc", "i", "pd", "vl", "vs", "vb", "转发", "轉寄", "転送", "doorst", "ilt"
    }  # fmt: skip


def references(subject: str, prefixes: tuple[str, ...]) -> tuple[int, ...]:
    """The ticket numbers in `[DESK-1042]` or `DESK-1042`, in their order, each once."""
    wanted = {prefix.upper() for prefix in prefixes}
    found = [int(match.group(2)) for match in _NUMBER.finditer(subject[:_CAP]) if match.group(1).upper() in wanted]
    return tuple(dict.fromkeys(found))
