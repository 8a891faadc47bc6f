"""Names and domains that pretend to be others' (intake 12, reliability 30).

In: the From header as it was written, and the mailbox that was found in it. Out: sentences that a person must know
before he believes the name; they are written in ASCII wherever the disguise is one of letters. Must never decide who
wrote (that is the address's), never look twice at what is plain ASCII, and never call an ordinary name of another
alphabet a disguise.
"""

from __future__ import annotations

import re
import unicodedata

from parsing.address import normalise
from parsing.headers import hides
from parsing.message import Mailbox

_CAP = 500
_SHOWN = 100
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_OTHER = "\u0370-\u03ff\u0400-\u052f\u0531-\u0587"  # Greek, Cyrillic, Armenian: their letters pass for Latin ones
_MIXED = re.compile(f"[A-Za-z][{_OTHER}]|[{_OTHER}][A-Za-z]")
# Letters that look like a Latin one, as they stand in domains (lower case); the twins of Unicode TR 39 that matter.
_TWINS = str.maketrans(
    "аеорсухѕіјһԁԛԝкмтпѵӏгьɡοανρτυικχγεηωσօհսոցıɑⅼⅰᴏᴄᴠᴡᴢ",
    "aeopcyxsijhdqwkmtnvlrbgoavptuikxyenwoohungialiocvwz",
)
# Alphabets that are written together (Unicode TR 39 section 5.2, highly restrictive).
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


def disguises(values: list[str], author: Mailbox | None, charset_hint: str = "") -> tuple[str, ...]:
    """What is wrong with the name and the domain of the author."""
    if author is None or len(values) != 1:
        return ()
    found: list[str] = []
    name, domain = author.name, author.address.rpartition("@")[2]
    if name and (shown := _pretended(name, author.address)):
        found.append(
            f"the name of the sender shows another address ({shown}) than the mail comes from ({author.address})"
        )
    raw = values[0][:_CAP]
    if hides(raw, charset_hint):
        found.append("the name of the sender has signs in it that cannot be seen or turn the writing round")
    if not name.isascii() and _MIXED.search(name[:_CAP]):
        found.append("the name of the sender mixes letters of several alphabets in one word")
    if "xn--" in domain.lower():
        found.extend(_of_domain(domain.lower()))
    return tuple(found)


def _pretended(name: str, address: str) -> str:
    """An address in the name that is not the real one; wide letters (`＠`) count as what they look like."""
    name = name[:_CAP]
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)[:_CAP]
    if "@" not in name:
        return ""
    real = normalise(address)
    shown = next((found for found in _ADDRESS.findall(name) if normalise(found.rstrip(".")) != real), "")
    return ascii(shown)[1:-1][:_SHOWN] if shown else ""


def _of_domain(domain: str) -> list[str]:
    """What a domain with A-labels (RFC 5890) hides when a client shows it in its own letters."""
    labels = [_opened(label) for label in domain.split(".")]
    if any(not _is_one_hand(label) for label in labels):
        return [f"the domain of the sender, {domain[:_SHOWN]}, mixes letters of several alphabets"]
    alike = [label.translate(_TWINS) for label in labels]
    if alike != labels and all(label.isascii() for label in alike):
        looks = ".".join(alike)[:_SHOWN]
        return [f"the domain of the sender, {domain[:_SHOWN]}, looks like {looks} and is another one"]
    return []


def _opened(label: str) -> str:
    """The letters of an A-label; a label that has none stays."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:64].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError, OverflowError):
        return label


def _is_one_hand(label: str) -> bool:
    """Whether the letters are of one alphabet, or of those that one language writes together."""
    if label.isascii():
        return True
    alphabets = {unicodedata.name(char, "UNKNOWN").split(" ")[0] for char in label if char.isalpha()}
    return len(alphabets) < 2 or any(alphabets <= together for together in _TOGETHER)
