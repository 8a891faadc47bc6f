"""What somebody looks for: `status:open type:question prio<=2 customer:acme.com slow` as a `Search`.

In: words of a member of staff, the desk, who asks, the instant. Out: the search, or why the words are none, with the
nearest that would be. `#find` and `ticket list --query` read by it, so that the same words mean the same tickets. Pure
and linear: so many words, none longer than somebody types.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from gateway.rules import topics, workflow
from gateway.rules.desk import Agent, Desk
from gateway.rules.policy.workflow import TYPES
from gateway.rules.times import Unclear, on_wall
from store.records import CATEGORIES, Search

LONGEST = 400
"""Letters of all words together."""
MOST = 12
"""Terms that are looked for at once."""
PRIORITIES = (1, 2, 3, 4, 5)
FORMS = "status: type: prio<= team: assignee: topic: tag: customer: before: after: and words"

_TERM = re.compile(r"([A-Za-z]{1,20})(:|<=|>=|<|>|=)(.*)", re.DOTALL)
_SPAN = re.compile(r"(\d{1,4})([dw])")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4})")
_IS_OPEN = tuple(name for name in CATEGORIES if name != "done")
_QUOTES = str.maketrans("“”„«»", '"""""')


def read(text: str, desk: Desk, who: Agent | None, now: datetime) -> Search | Unclear:
    """The search that these words say. A term that is said twice means either; different ones mean all of them."""
    if len(text) > LONGEST:
        return Unclear(reason=f"that is more than {LONGEST} letters")
    terms = _terms(unicodedata.normalize("NFKC", text).translate(_QUOTES))
    if not terms:
        return Unclear(reason=f"say what to look for: {FORMS}", nearest="status:open assignee:me")
    if len(terms) > MOST:
        return Unclear(reason=f"more than {MOST} terms")
    found = Search()
    for term, quoted in terms:
        parted = None if quoted else _TERM.fullmatch(term)
        if parted is None or parted[3].startswith("//"):
            found = _word(found, term, desk)
            continue
        read_ = _of_key(found, parted[1].lower(), parted[2], parted[3].strip(), desk, who, now)
        if isinstance(read_, Unclear):
            return read_
        found = read_
    return found


def _terms(text: str) -> list[tuple[str, bool]]:
    """Words, each with whether it was quoted from its beginning; what stands in quotation marks is one word."""
    found: list[tuple[str, bool]] = []
    word, inside, quoted = "", False, False
    for letter in f"{text} ":
        if letter == '"':
            inside, quoted = not inside, quoted or not word
        elif letter.isspace() and not inside:
            if word.strip():
                found.append((" ".join(word.split()), quoted))
            word, quoted = "", False
        else:
            word += letter
    if word.strip():  # the last quotation mark is missing
        found.append((" ".join(word.split()), quoted))
    return found


def _word(found: Search, word: str, desk: Desk) -> Search:
    """A word of the text, or the number of a ticket."""
    prefix, _, number = word.rpartition("-")
    named = prefix.lower() == desk.prefix.lower() or (not prefix and word.startswith("#"))
    number = number.lstrip("#")
    if named and number.isascii() and number.isdecimal() and len(number) <= 15:
        return replace(found, numbers=(*found.numbers, int(number)))
    return replace(found, words=(*found.words, word))


def _of_key(
    found: Search, key: str, sign: str, value: str, desk: Desk, who: Agent | None, now: datetime
) -> Search | Unclear:
    name = _CALLED.get(key, key)
    reads = _KEYS.get(name)
    if reads is None:
        close = get_close_matches(key, [*_KEYS, *_CALLED], n=1, cutoff=0.5)
        nearest = f"{close[0]}:{value}" if close else f'"{key}{sign}{value}"'
        return Unclear(reason=f"there is no {key}{sign} to look by; there are {FORMS}", nearest=nearest)
    if sign not in (":", "=") and name != "prio":
        return Unclear(reason=f"{key}{sign} compares, and {key} has no order", nearest=f"{key}:{value}")
    parts = [one.strip() for one in (value.split(",") if name in _SEVERAL else (value,)) if one.strip()]
    if not parts:
        return Unclear(reason=f"say which {key}", nearest=_EXAMPLES[name])
    for one in parts:
        read_ = reads(found, one, sign, desk, who, now)
        if isinstance(read_, Unclear):
            return read_
        found = read_
    return found


_Reads = Callable[[Search, str, str, Desk, Agent | None, datetime], Search | Unclear]


def _status(found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, _now: datetime) -> Search | Unclear:
    """A status, or what statuses mean: `open` is all that is not done."""
    wanted = value.lower().replace(" ", "_").replace("-", "_")
    states = sorted(workflow.all_names(desk))
    if wanted not in states and wanted not in CATEGORIES:
        return _unknown("status", wanted, dict.fromkeys((*CATEGORIES, *states)))
    if wanted in states:
        found = replace(found, states=(*found.states, wanted))
    if wanted in CATEGORIES:
        found = replace(found, categories=(*found.categories, *(_IS_OPEN if wanted == "open" else (wanted,))))
    return found


def _type(found: Search, value: str, _sign: str, _desk: Desk, _who: Agent | None, _now: datetime) -> Search | Unclear:
    if value.lower() not in TYPES:
        return _unknown("type", value, TYPES)
    return replace(found, types=(*found.types, value.lower()))


def _team(found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, _now: datetime) -> Search | Unclear:
    if value.lower() not in desk.teams:
        return _unknown("team", value, desk.teams)
    return replace(found, teams=(*found.teams, value.lower()))


def _assignee(found: Search, value: str, _sign: str, desk: Desk, who: Agent | None, _now: datetime) -> Search | Unclear:
    """A short name or an address; `me`, where somebody asks; `nobody`."""
    wanted = value.lower().lstrip("@")
    if wanted in ("nobody", "none"):
        return replace(found, assignees=(*found.assignees, ""))
    if wanted == "me" and who is not None:
        return replace(found, assignees=(*found.assignees, who.name))
    staff = {
        name: one.name for one in (*desk.agents.values(), *desk.former.values()) for name in (one.name, one.address)
    }
    if wanted not in staff:
        return _unknown("assignee", wanted, dict.fromkeys((*(("me",) if who else ()), "nobody", *staff.values())))
    return replace(found, assignees=(*found.assignees, staff[wanted]))


def _priority(
    found: Search, value: str, sign: str, _desk: Desk, _who: Agent | None, _now: datetime
) -> Search | Unclear:
    number = int(value.lower().removeprefix("p")) if value.lower().removeprefix("p") in _DIGITS else 0
    meant = tuple(one for one in PRIORITIES if number and _compares(one, sign, number))
    if not meant:
        return Unclear(reason=f"prio{sign}{value} is no priority: they are 1 (most) to 5", nearest="prio<=2")
    earlier = found.priorities
    both = tuple(one for one in earlier if one in meant) if earlier and sign not in (":", "=") else (*earlier, *meant)
    if not both:
        return Unclear(reason="no priority is both", nearest="prio<=2")
    return replace(found, priorities=both)


_DIGITS = frozenset("12345")


def _compares(one: int, sign: str, number: int) -> bool:
    if sign == "<=":
        return one <= number
    if sign == ">=":
        return one >= number
    return one < number if sign == "<" else one > number if sign == ">" else one == number


def _topic(found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, _now: datetime) -> Search | Unclear:
    pair = topics.named(value, desk)
    if pair is None:
        close = topics.nearest(value, desk)
        return Unclear(reason=topics.unknown(value, desk), nearest=f"topic:{close}" if close else "")
    return replace(found, topics=(*found.topics, pair))


def _tag(found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, _now: datetime) -> Search | Unclear:
    name = value.lower().lstrip("+")
    if desk.tags and name not in desk.tags:
        return _unknown("tag", name, dict.fromkeys(desk.tags))
    return replace(found, tags=(*found.tags, name))


def _customer(
    found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, _now: datetime
) -> Search | Unclear:
    """An address, a domain, or the name of an organisation that the desk knows."""
    wanted = value.lower().lstrip("@")
    if "@" in wanted or "." in wanted:
        return replace(found, customers=(*found.customers, wanted))
    named = {key: one.name for key, one in desk.organisations.items()}
    keys = tuple(key for key, name in named.items() if name.lower() == wanted)
    if not keys:
        return _unknown("customer", value, dict.fromkeys(named.values()))
    return replace(found, customers=(*found.customers, *keys))


def _before(found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, now: datetime) -> Search | Unclear:
    at = _day(value, desk, now)
    return replace(found, until=at) if at is not None else _no_day("before", value)


def _after(found: Search, value: str, _sign: str, desk: Desk, _who: Agent | None, now: datetime) -> Search | Unclear:
    at = _day(value, desk, now)
    return replace(found, since=at) if at is not None else _no_day("after", value)


def _day(value: str, desk: Desk, now: datetime) -> datetime | None:
    """When this day begins on the desk's wall: `2026-11-20`, `20.11.2026`, `3d` and `2w` ago, today, yesterday."""
    today = now.astimezone(ZoneInfo(desk.zone)).date()
    span, named = _SPAN.fullmatch(value.lower()), _DAY.fullmatch(value)
    try:
        if span:
            day = today - timedelta(days=int(span[1]) * (7 if span[2] == "w" else 1))
        elif named:
            year, month, of_month = (int(part) for part in (named.group(1, 2, 3) if named[1] else named.group(6, 5, 4)))
            day = date(year, month, of_month)
        else:
            days = {"today": today, "yesterday": today - timedelta(days=1)}
            if value.lower() not in days:
                return None
            day = days[value.lower()]
        return on_wall(day, time.min, desk.zone) if _EARLIEST <= day.year <= _LATEST else None
    except (ValueError, OverflowError):  # the 30th of February, ten thousand weeks ago
        return None


_EARLIEST, _LATEST = 1980, 2200


def _no_day(key: str, value: str) -> Unclear:
    reason = f"{value[:_SHOWN]} is no day: write 2026-11-20, 20.11.2026, 3d or 2w (ago), today or yesterday"
    return Unclear(reason=reason, nearest=f"{key}:3d")


_SHOWN = 30


def _unknown(key: str, wanted: str, known: Iterable[str] | Mapping[str, Any]) -> Unclear:
    names = list(known)
    close = get_close_matches(wanted.lower(), [name.lower() for name in names], n=1, cutoff=0.5)
    shown = ", ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "") or "none"
    nearest = f"{key}:{close[0]}" if close else _EXAMPLES[key]
    return Unclear(reason=f"there is no {key} {wanted[:_SHOWN]}; there is {shown}", nearest=nearest)


_MOST_NAMED = 20

_KEYS: Mapping[str, _Reads] = {
    "status": _status, "type": _type, "prio": _priority, "team": _team, "assignee": _assignee, "topic": _topic,
    "tag": _tag, "customer": _customer, "before": _before, "after": _after,
}  # fmt: skip
_CALLED = {
    "priority": "prio", "p": "prio", "owner": "assignee", "from": "customer", "requester": "customer",
    "organisation": "customer", "since": "after", "until": "before", "is": "status", "tags": "tag",
}  # fmt: skip
"""What people write instead."""
_SEVERAL = frozenset({"status", "type", "prio", "team", "assignee", "tag", "customer"})
"""Where a comma separates values; a topic is written with a slash, and a day has none."""
_EXAMPLES = {
    "status": "status:open", "type": "type:question", "prio": "prio<=2", "team": "team:NAME", "assignee": "assignee:me",
    "topic": "topic:NAME", "tag": "tag:NAME", "customer": "customer:acme.com", "before": "before:2026-11-20",
    "after": "after:3d",
}  # fmt: skip
