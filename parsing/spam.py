"""What upstream filters said of a mail: spam or not, one mark a header.

In: the raw headers. Out: `SpamMark`, one for each well-known header that gives a verdict. Only the topmost of each
counts: a filter writes above what came in. Must never decide who may be believed (a header can be anybody's), never
take a header that merely counts for a verdict where its filter gives one, and never let a header that says no cancel
another that says yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from parsing.headers import clean, unfolded
from parsing.message import SpamMark

_LOOKED_AT = 2_000
_SHOWN = 100
_SPAM_LEVEL = 5  # SpamAssassin's required_score where nobody changed it
_SCL = 5  # Exchange: -1 to 9, spam from 5 on
_FIELD = re.compile(r"(?:^|[;,\s])([A-Za-z]{1,10})[:=]([^;,\s]{1,40})")
_RSPAMD = re.compile(r":\s{0,5}(true|false)\b", re.IGNORECASE)
_BAD_CATEGORIES = frozenset({"SPM", "HSPM", "PHSH", "HPHSH", "HPHISH", "MALW", "SPOOF"})
_BAD_VERDICTS = frozenset({"SPM", "SKS", "SKB"})
_NAY = ("no", "not", "ham", "ok", "clean", "false", "innocent", "whitelisted", "legit", "0", "unsure", "undefined",
        "unknown", "none", "undetermined", "neutral")  # fmt: skip
_YEA = ("yes", "spam", "true", "1", "phish", "phishing", "virus", "blacklisted", "bulk", "junk")


def marks(fields: Mapping[str, list[str]]) -> tuple[SpamMark, ...]:
    """The verdicts that stand in the headers, in the order of the table."""
    if _NAMES.isdisjoint(fields):
        return ()
    found: list[SpamMark] = []
    for name, read in _FILTERS:
        values = fields.get(name)
        if not values:
            continue
        words = clean(unfolded(values[0][:_LOOKED_AT])).strip()
        is_spam = read(words)
        if is_spam is not None:
            found.append(SpamMark(header=name, is_spam=is_spam, words=words[:_SHOWN]))
    level = fields.get("x-spam-level")
    if level and not any(mark.header in _SPAMASSASSIN for mark in found):
        stars = unfolded(level[0][:_LOOKED_AT]).count("*")
        if stars:
            found.append(SpamMark(header="x-spam-level", is_spam=stars >= _SPAM_LEVEL, words=f"{stars} stars"))
    return tuple(found)


def _word(words: str) -> bool | None:
    """The first word: `Yes, score=12.1`, `NO`, `Spam`, `not spam`; None for what is no verdict."""
    first = words[:40].partition(",")[0].partition(";")[0].split()[:1]
    lead = first[0].lower().rstrip(".:!") if first else ""
    return True if lead in _YEA else False if lead in _NAY else None


def _action(words: str) -> bool | None:
    """rspamd's action: what it would have the server do. Greylisting and rate limits are no verdict on the mail."""
    lead = words[:40].lower()
    if lead.startswith(("reject", "add header", "add_header", "rewrite subject", "rewrite_subject", "quarantine")):
        return True
    return False if lead.startswith(("no action", "no_action", "accept", "greylist", "soft reject")) else None


def _result(words: str) -> bool | None:
    """rspamd's `default: True [15.20 / 15.00]; …`."""
    found = _RSPAMD.search(words[:200])
    return None if found is None else found.group(1).lower() == "true"


def _confidence(words: str) -> bool | None:
    """Exchange's spam confidence level, a number alone."""
    level = words[:5].strip()
    return int(level) >= _SCL if level.lstrip("-").isdecimal() and level.isascii() else None


def _forefront(words: str) -> bool | None:
    """Microsoft 365: `CIP:…;SCL:5;SFV:SPM;CAT:SPM;…`."""
    said = {key.upper(): value.upper() for key, value in _FIELD.findall(words)}
    if said.get("CAT") in _BAD_CATEGORIES or said.get("SFV") in _BAD_VERDICTS:
        return True
    return _confidence(said["SCL"]) if "SCL" in said else None


def _rule(words: str) -> bool | None:
    """Proofpoint: `rule=spam policy=default score=100 …`; `notspam`, and rules of the site's own."""
    said = {key.lower(): value.lower() for key, value in _FIELD.findall(words)}
    rule = said.get("rule", "").rpartition("_")[2]  # sites put words of their own before it: `tag_notspam`
    return rule in {"spam", "phish", "malware", "impostor", "bulk"} if rule else None


def _cloudmark(words: str) -> bool | None:
    """Cloudmark: a score of 0 to 100; 100 is spam."""
    score = words[:6].strip().partition(".")[0]
    return int(score) >= 100 if score.isdecimal() and score.isascii() else None


def _gmx(words: str) -> bool | None:
    """GMX and WEB.DE: `0 (Mail was not recognized as spam)`, `5 (…)`; a negative one is on a white list."""
    lead = words[:4].partition(" ")[0].lstrip("-")
    return not words.startswith(("-", "0")) if lead.isdecimal() else None


_FILTERS: tuple[tuple[str, Callable[[str], bool | None]], ...] = (
    ("x-spam-flag", _word),
    ("x-spam-status", _word),
    ("x-spam", _word),
    ("x-rspamd-action", _action),
    ("x-spamd-result", _result),
    ("x-ms-exchange-organization-scl", _confidence),
    ("x-forefront-antispam-report", _forefront),
    ("x-barracuda-spam-flag", _word),
    ("x-barracuda-spam-status", _word),
    ("x-proofpoint-spam-details", _rule),
    ("x-cmae-score", _cloudmark),
    ("x-cloudmark-score", _cloudmark),
    ("x-clx-spam", _word),
    ("x-bogosity", _word),
    ("x-dspam-result", _word),
    ("x-ovh-spam-status", _word),
    ("x-gnd-status", _word),
    ("x-gmx-antispam", _gmx),
    ("x-antispameurope-spamstatus", _word),
    ("x-mailscanner-spamcheck", _word),
)
_SPAMASSASSIN = frozenset({"x-spam-flag", "x-spam-status", "x-spam", "x-rspamd-action", "x-spamd-result"})
_NAMES = frozenset({"x-spam-level", *(name for name, _ in _FILTERS)})
