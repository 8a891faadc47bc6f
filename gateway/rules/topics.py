"""What a mail is about, and what a person means by the name of a topic.

In: what the reader found (topics and rules with their words), the desk's taxonomy, a name that somebody typed. Out: a
`Judged`: a subtopic, or a topic with up to three candidates, or none with up to three; the rules that count. Never a
guess between two that are about equal: that is for a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.rules.desk import Desk, DeskAddress
from gateway.rules.policy.sorting import Rule, Topic
from parsing.message import ParsedMail, RuleMatch, TopicMatch

CANDIDATES = 3
LEAST = 0.5
"""Points below which nothing is said: one plain word has one, unless the configuration weighs it less."""
LIKE = 0.6
"""How much a name must be like what was typed before it is offered."""
CLEAR = 0.75
"""What the second best may have of the best one's points at most."""
LANGUAGES = ("en", "de", "fr")
"""The languages that mail to customers is written in."""
_MOST_WORDS = 6
_NOTHING = RuleMatch(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """A rule that counts for a mail, and what in the mail made it count."""

    rule: Rule
    why: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the mail is about. `candidates` are what else it may be, best first, where it is not clear."""

    topic: str = ""
    subtopic: str = ""
    reason: str
    candidates: tuple[str, ...] = ()


def fitting(mail: ParsedMail, mailbox: DeskAddress, desk: Desk) -> tuple[Fitting, ...]:
    """The rules of the desk that count for this mail, in the order of the configuration."""
    if not desk.taxonomy.rules:
        return ()
    said = {match.name: match for match in mail.rules if match.counts}
    found: list[Fitting] = []
    for rule in desk.taxonomy.rules:
        match = said.get(rule.name)
        if (rule.by_words and match is None) or not _meets(rule, mail, mailbox):
            continue
        found.append(Fitting(rule=rule, why=_because(rule, match or _NOTHING), words=match.words if match else ()))
    return tuple(found)


def silenced(mail: ParsedMail) -> list[tuple[str, str]]:
    """The rules whose words stand in the mail without counting, and why not."""
    found: list[tuple[str, str]] = []
    for match in mail.rules:
        if match.unless and (match.words or match.example):
            found.append((match.name, f"the mail also says: {', '.join(match.unless)}"))
        elif match.denied and not match.counts:
            found.append((match.name, f"denied: {', '.join(match.denied)}"))
    return found


def judge(mail: ParsedMail, rules: Sequence[Fitting]) -> Judged:
    """The topic that most speaks for, and its subtopic where that is as clear."""
    points: dict[tuple[str, str], float] = defaultdict(float)
    for match in mail.topics:
        points[match.topic, match.subtopic] += match.score
    for one in rules:
        if one.rule.topic:
            points[one.rule.topic, one.rule.subtopic] += one.rule.weight
    if not points:
        return Judged(reason="no word of any topic")
    topics: dict[str, float] = defaultdict(float)
    for (topic, _), score in points.items():
        topics[topic] += score
    ranked = sorted(topics, key=lambda name: -topics[name])
    best = ranked[0]
    if topics[best] < LEAST:
        return Judged(reason=f"too little speaks for {best}", candidates=tuple(ranked[:CANDIDATES]))
    if len(ranked) > 1 and topics[ranked[1]] > CLEAR * topics[best]:
        rivals = tuple(name for name in ranked[:CANDIDATES] if topics[name] > CLEAR * topics[best])
        return Judged(reason=f"words of several topics: {', '.join(rivals)}", candidates=tuple(ranked[:CANDIDATES]))
    inner = {subtopic: score for (topic, subtopic), score in points.items() if topic == best and subtopic}
    below = sorted(inner, key=lambda name: -inner[name])
    clear = below and (len(below) == 1 or inner[below[1]] <= CLEAR * inner[below[0]])
    subtopic = below[0] if clear else ""
    candidates = () if clear else tuple(below[:CANDIDATES])
    reason = _reason([m for m in mail.topics if m.topic == best], [one for one in rules if one.rule.topic == best])
    if candidates:
        reason += f"; perhaps {', '.join(candidates)}"
    return Judged(topic=best, subtopic=subtopic, reason=reason, candidates=candidates)


def ruf_of(pair: tuple[str, str], rules: Iterable[Fitting], desk: Desk) -> str:
    """The facet: what a rule says, else the subtopic, else the topic."""
    stated = next((one.rule.ruf for one in rules if one.rule.ruf), "")
    return stated or next((topic.ruf for topic in desk.taxonomy.topics if topic.pair == pair), "")


def named(text: str, desk: Desk) -> tuple[str, str] | None:
    """The topic, or topic and subtopic, that somebody calls so: `Billing`, `payments/refund`. A subtopic may stand
    alone where only one topic has it."""
    first, slash, second = (part.strip() for part in text.partition("/"))
    topic = _called(first, (one for one in desk.taxonomy.topics if not one.parent))
    if topic is not None and slash and second:
        inner = _called(second, (one for one in desk.taxonomy.topics if one.parent == topic.name))
        return inner.pair if inner is not None else None
    if topic is not None:
        return topic.pair
    alone = [one for one in desk.taxonomy.topics if one.parent and not slash and _is_called(one, first)]
    return alone[0].pair if len(alone) == 1 else None


def leading(text: str, desk: Desk) -> tuple[tuple[str, str] | None, str]:
    """The topic whose name a text begins with, by `named` and as long as it can be, and what comes after it."""
    words = [match.end() for match in _WORD.finditer(text[:_LONGEST_NAME])]
    for end in reversed(words):
        pair = None if text[end : end + 1].isalnum() or text[end : end + 1] in _JOINS else named(text[:end], desk)
        if pair is not None:
            return pair, text[end:]
    return None, text


_WORD = re.compile(r"\w+")
_LONGEST_NAME = 200
_JOINS = ("/", "-", "'", "’")
"""What goes on with a word: `Access-like` does not name Access. (An empty text is none of these.)"""


def nearest(text: str, desk: Desk, cutoff: float = LIKE) -> str:
    """The name that was probably meant, empty when none is close. Where the topic is right, it is its subtopic that
    must be like one; and what begins otherwise is another word."""
    head, slash, rest = (part.strip().lower() for part in text.partition("/"))
    known = _called(head, (one for one in desk.taxonomy.topics if not one.parent)) if slash else None
    wanted = rest if known is not None else f"{head}{slash}{rest}"
    names: dict[str, str] = {}
    for topic in desk.taxonomy.topics:
        if known is not None and topic.parent != known.name:
            continue
        for name in (topic.name, *topic.aliases):
            typed = f"{topic.parent}/{name}" if topic.parent and known is None else name
            if typed[:1].lower() == wanted[:1]:
                names[typed.lower()] = "/".join(filter(None, topic.pair))
    close = get_close_matches(wanted, names, n=1, cutoff=cutoff)
    return names[close[0]] if close else ""


def unknown(text: str, desk: Desk) -> str:
    """Why this names no topic, with those that there are."""
    if not text.strip():
        return f"say which topic: {choices(desk)}"
    head, _, rest = (part.strip() for part in text.partition("/"))
    known = _called(head, (one for one in desk.taxonomy.topics if not one.parent))
    if known is None:
        return f"there is no topic {text}; topics: {choices(desk)}"
    has = ", ".join(one.name for one in desk.taxonomy.topics if one.parent == known.name)
    return f"{known.name} has no subtopic {rest}; " + (f"{known.name} has: {has}" if has else "it has none")


def choices(desk: Desk) -> str:
    """The names of all topics, as a refusal lists them."""
    return ", ".join(topic.name for topic in desk.taxonomy.topics if not topic.parent)


def told(topic: str, subtopic: str, language: str, desk: Desk) -> tuple[str, str]:
    """Topic and subtopic as mail to a customer in this language calls them; mail of an unknown language is English."""
    names = {one.pair: one.names for one in desk.taxonomy.topics}
    tongue = language.partition("-")[0].lower()

    def called(pair: tuple[str, str]) -> str:
        known = names.get(pair, {})
        return known.get(tongue if tongue in LANGUAGES else LANGUAGES[0]) or (pair[1] or pair[0])

    return called((topic, "")), called((topic, subtopic)) if subtopic else ""


def _called(name: str, topics: Iterable[Topic]) -> Topic | None:
    return next((topic for topic in topics if _is_called(topic, name)), None)


def _is_called(topic: Topic, name: str) -> bool:
    wanted = " ".join(name.lower().split())
    return wanted in (topic.name.lower(), *(" ".join(alias.lower().split()) for alias in topic.aliases))


def _meets(rule: Rule, mail: ParsedMail, mailbox: DeskAddress) -> bool:
    here = not rule.addresses or not rule.addresses.isdisjoint((mailbox.address, mailbox.canonical))
    return here and (not rule.languages or mail.language.partition("-")[0].lower() in rule.languages)


def _because(rule: Rule, match: RuleMatch) -> str:
    """What in the mail makes the rule count, in words."""
    parts = []
    if match.words:
        parts.append("words: " + ", ".join(match.words[:_MOST_WORDS]))
    if match.example:
        parts.append(f"like “{match.example}”")
    if not rule.by_words:
        where = [*sorted(rule.addresses), *sorted(rule.languages)]
        parts.append("mail for " + ", ".join(where))
    return "; ".join(parts)


def _reason(matches: Sequence[TopicMatch], rules: Sequence[Fitting]) -> str:
    words = tuple(dict.fromkeys(word for match in matches for word in match.words))[:_MOST_WORDS]
    example = next((match.example for match in matches if match.example), "")
    parts = ["words: " + ", ".join(words)] if words else []
    if example:
        parts.append(f"like “{example}”")
    new = [one for one in rules if not set(one.words) <= set(words) or not one.words]
    parts += [f"rule {one.rule.name} ({one.why})" for one in new]
    return "; ".join(parts)
