"""Subjects: what they are about without reply marks, and the ticket references in them.

In: a decoded subject. Out: the bare subject, or ticket numbers. Must never take a reference for an authority (that is
the caller's) and never look at more than the cap.
"""

from __future__ import annotations

import re

_CAP = 2_000
# What clients of these languages write in front of an answer or a forward; one letter only where a client does.
_ANSWERS = ("re", "aw", "antw", "antwort", "sv", "vs", "ref", "réf", "rép", "rép.", "rif", "r", "res", "resp", "odp",
            "vá", "vál", "ynt", "απ", "σχετ", "ats", "atb", "bls", "odg", "răsp", "rsp", "rs", "tl", "trả lời", "отв",
            "отв.", "ответ", "відп", "відповідь", "на", "отговор", "回复", "回覆", "答复", "答覆", "返信", "回信",
            "답장", "답변", "회신", "תגובה", "השב", "رد", "الرد", "ตอบ", "balas")  # fmt: skip
_FORWARDS = ("fw", "fwd", "wg", "wtr", "tr", "rv", "enc", "i", "pd", "vb", "vl", "fs", "doorst", "ilt", "iht",
             "továbbítás", "πρθ", "přep", "preposlané", "yml", "trs", "chuyển tiếp", "пересл", "пересл.", "переслано",
             "переадр", "转发", "轉寄", "轉發", "転送", "전달", "הועבר", "إعادة توجيه", "ส่งต่อ", "doorgestuurd",
             "weitergeleitet", "reenv")  # fmt: skip
# `vs` forwards in Danish and Norwegian and answers in Finnish: it is no proof of a forward.
_MARK = re.compile(
    r"\s{0,20}(?:"
    + "|".join(sorted({re.escape(mark) for mark in (*_ANSWERS, *_FORWARDS)}, key=len, reverse=True))
    + r")\s{0,3}(?:\d{1,3}|[\[(]\d{1,4}[\])]|\^\d{1,4}|\*\d{1,4})?\s{0,3}[:：]\s{0,20}",
    re.IGNORECASE,
)
# What gateways put before a subject that came from outside or looks like spam; no one writes it himself.
_LABEL = re.compile(
    r"\s{0,20}(?:[\[{(*]{1,3}\s?(?:external(?: e?-?mail| sender)?|ext|extern[eo]?|esterno|außerhalb|outside|spam\??|"
    r"suspected spam|possible spam|probable spam|junk|bulk|caution|warning|phish(?:ing)?\??|suspicious|unverified|"
    r"encrypted|secure|marketing)\s?[:!?]{0,2}\s?[\]})*]{1,3}|external:|\*{2,5}spam\*{2,5})\s{0,3}:?\s{0,20}",
    re.IGNORECASE,
)
_LABELLED = frozenset("[{(*eE")  # the first characters of a label or a tag
_TAG = re.compile(r"\s{0,20}(\[[^\[\]]{1,60}\])\s{0,5}")
_FIRST = re.compile(r"\s{0,20}([^:：\[\]]{1,20}?)\s{0,3}(?:\[\d{1,4}\])?[:：]")
_FORWARDING = frozenset(_FORWARDS)
_REFERENCE = re.compile(r"\[[A-Za-z][A-Za-z0-9]{0,15}-\d{1,10}\]")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]{0,15})-(\d{1,10})(?![A-Za-z0-9])")


def base(subject: str) -> str:
    """The subject without reply and forward marks, labels of gateways and our references. The tag of a list stays, and
    the marks behind it go (RFC 5256 section 2.1 drops both)."""
    text = " ".join(_REFERENCE.sub(" ", subject[:_CAP]).split())
    tags: list[str] = []
    for _ in range(50):
        found = _MARK.match(text) or _LABEL.match(text)
        if found is not None:
            text = text[found.end() :]
            continue
        tagged = _TAG.match(text)
        if tagged is None or not (_MARK.match(text, tagged.end()) or tagged.group(1) in tags):
            break
        if tagged.group(1) not in tags:
            tags.append(tagged.group(1))
        text = text[tagged.end() :]
    again = _TAG.match(text)
    if again is not None and again.group(1) in tags:
        text = text[again.end() :]
    return " ".join([*tags, text]).strip()


def is_forward(subject: str) -> bool:
    """Whether the first mark of the subject says that it was forwarded; labels and the tag of a list may stand before
    it."""
    text = subject[:200].lstrip().replace("\u0130", "I")  # the lower case of Turkish `İLT` would have a dot too many
    text = text.removeprefix("[") if text[:5].lower() in {"[fwd:", "[fw: "} else text  # Mozilla and SquirrelMail
    for _ in range(3):
        if text.lstrip()[:1] not in _LABELLED:
            break
        label = _LABEL.match(text) or _TAG.match(text)
        if label is None:
            break
        text = text[label.end() :]
    first = _FIRST.match(text)
    return first is not None and " ".join(first.group(1).lower().split()) in _FORWARDING


def references(subject: str, prefixes: tuple[str, ...]) -> tuple[int, ...]:
    """The ticket numbers in `[DESK-1042]` or `DESK-1042`, in their order, each once."""
    wanted = {prefix.upper() for prefix in prefixes}
    found = [int(match.group(2)) for match in _NUMBER.finditer(subject[:_CAP]) if match.group(1).upper() in wanted]
    return tuple(dict.fromkeys(found))


def unmarked(subject: str) -> str:
    """The subject behind its reply marks and the labels of gateways, where a ticket system puts its key."""
    text = subject[:_CAP].lstrip()
    for _ in range(20):
        found = _MARK.match(text) or (_LABEL.match(text) if text[:1] in _LABELLED else None)
        if found is None:
            break
        text = text[found.end() :]
    return text
