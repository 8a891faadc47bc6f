"""Web addresses.

In: a passage. Out: addresses as they were written. Must never take an address of mail, a file name or a name with dots
for one: without `https://` or `www.` it needs a path, or a domain that is used as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsing.intake.passage import Found, Passage
from parsing.message import Sought

MOST, LONGEST = 5, 500
"""Addresses that are given, and letters of one."""

_WHOLE = re.compile(rf"(?:https?://|www\.)[^\s<>\"'«»“”|]{{3,{LONGEST}}}", re.IGNORECASE)
_BARE = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}[a-z]{2,20}(?![\w@-])(?!\.\w)(?:/[^\s<>\"'«»“”|]{0,300})?",
    re.IGNORECASE,
)
_USED = frozenset(
    (
        "com", "org", "net", "de", "at", "ch", "fr", "be", "nl", "it", "es", "eu", "uk", "ie", "us", "io", "app", "dev",
        "shop", "store", "online", "info", "biz", "example", "test", "cloud", "gov", "edu", "pl", "cz", "pt", "se",
        "no", "dk", "fi", "lu", "site", "co", "ai",
    )
)  # fmt: skip
_CLOSING = ".,;:!?)]}'*_"


def find(passage: Passage, sought: Sought) -> Iterable[Found]:  # noqa: ARG001 - as all kinds
    """Addresses in the order of the text."""
    text = passage.text
    found: list[Found] = []
    if "://" in text or "www." in text or "WWW." in text:
        for match in _WHOLE.finditer(text):
            value = match[0].rstrip(_CLOSING)
            found.append(Found(value=value, start=match.start(), end=match.start() + len(value)))
            if len(found) >= MOST:
                return found
    if found:
        return found
    at = 0
    for word in text.split():
        if "." not in word[1:-2] or "@" in word:
            continue
        at = text.index(word, at) + len(word)
        bare = _BARE.search(word[: LONGEST + 20])
        if bare is None or bare.start() > 3:
            continue
        value = bare[0].rstrip(_CLOSING)
        host, _, _ = value.partition("/")
        if host.rpartition(".")[2].lower() in _USED and not host[0].isdigit():
            start = at - len(word) + bare.start()
            found.append(Found(value=value, start=start, end=start + len(value)))
        if len(found) >= MOST:
            break
    return found
