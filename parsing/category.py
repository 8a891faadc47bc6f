"""Which topics and rules of the desk a mail speaks to, by its words.

In: subject, new words, a `Lexicon`. Out: `Matches`: topics best first and rules, each with the words as the reason. The
cost is that of the text and of what is found in it, not of how much the desk knows; and a word that is denied ("no
outage", "kein Ausfall") never counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsing.denial import denied_from
from parsing.likeness import Likeness, Seed
from parsing.message import Lexicon, RuleMatch, TopicMatch

_SCRIPT = "぀-ヿ㐀-䶿一-鿿豈-﫿฀-໿က-႟ក-៿"
"""Scripts without spaces between words: each letter is a word of its own, and a word is a phrase of them."""
_TOKEN = re.compile(rf"[{_SCRIPT}]|[^\W{_SCRIPT}]{{1,40}}|[.!?;:](?!\S)|[,。！？；、]|\n(?=[ \t]*\n)")
_ASCII_TOKEN = re.compile(r"\w{1,40}|[.!?;:](?!\S)|,|\n(?=[ \t]*\n)", re.ASCII)
_SUBJECT = 1_000
_LOOKED_AT = 20_000
_LONGEST = 12
"""Words of a phrase that are looked at; a configuration has no longer ones."""
_STRONG = 3.0
_IN_SUBJECT = 2.0
_AGAIN = 0.25
_TIMES = 4
"""How often the same words are counted: after that they say nothing new."""
_LIKE = 0.5
"""How like an example a mail must be to say the same."""
_EXAMPLE_COUNTS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    topics: tuple[TopicMatch, ...] = ()
    rules: tuple[RuleMatch, ...] = ()


@dataclass(slots=True)
class _Phrase:
    """One phrase of the lexicon, whoever it speaks for: topics and rules by number, with how strongly."""

    text: str
    topics: list[tuple[int, float]] = field(default_factory=list)
    rules: list[int] = field(default_factory=list)
    unless: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Said:
    """How often a phrase was said, and the words with which it was denied."""

    times: int = 0
    in_subject: bool = False
    denied: str = ""
    looked_at: int = 0


@dataclass(slots=True)
class _Found:
    score: float = 0.0
    words: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)
    example: str = ""


@dataclass(slots=True)
class _Node:
    """Where the tree of phrases goes on after a word, and which phrase ends with it (-1: none)."""

    after: dict[str, _Node] = field(default_factory=dict)
    phrase: int = -1


class _Compiled:
    """A lexicon as it is searched: a tree of words whose ends are phrases, and what examples are made of."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.phrases: list[_Phrase] = []
        self.tree: dict[str, _Node] = {}
        self._by_words: dict[tuple[str, ...], int] = {}
        for number, topic in enumerate(lexicon.topics):
            strong = set(topic.strong)
            for text in dict.fromkeys((*topic.strong, *topic.words)):
                self._add(text).topics.append((number, topic.weight * (_STRONG if text in strong else 1.0)))
        for number, rule in enumerate(lexicon.rules):
            for text in dict.fromkeys(rule.words):
                self._add(text).rules.append(number)
            for text in dict.fromkeys(rule.unless):
                self._add(text).unless.append(number)
        seeds = [Seed(("topic", number), tuple(map(_words, t.examples))) for number, t in enumerate(lexicon.topics)]
        seeds += [Seed(("rule", number), tuple(map(_words, r.examples))) for number, r in enumerate(lexicon.rules)]
        self.likeness = Likeness(seeds)

    def _add(self, text: str) -> _Phrase:
        words = tuple(_words(text)[:_LONGEST])
        known = self._by_words.get(words)
        if known is not None:
            return self.phrases[known]
        self._by_words[words] = len(self.phrases)
        phrase = _Phrase(" ".join(text.split()))
        if words:
            node = self.tree.setdefault(words[0], _Node())
            for word in words[1:]:
                node = node.after.setdefault(word, _Node())
            node.phrase = len(self.phrases)
        self.phrases.append(phrase)
        return phrase


def match(subject: str, text: str, lexicon: Lexicon) -> Matches:
    """What the mail speaks of: topics best first, equal ones in the order of the desk; rules in their order."""
    if not lexicon.topics and not lexicon.rules:
        return Matches()
    compiled = _compiled(lexicon)
    head, body = tokens(subject[:_SUBJECT]), tokens(text[:_LOOKED_AT])
    said: dict[int, _Said] = {}
    for words, in_subject in ((head, True), (body, False)):
        _listen(words, compiled, lexicon.denials, said, in_subject=in_subject)
    topics: dict[int, _Found] = {}
    rules: dict[int, _Found] = {}
    for number, heard in said.items():
        _credit(compiled.phrases[number], heard, topics, rules)
    if compiled.likeness:
        _resemble(head + body, lexicon, compiled.likeness, topics, rules)
    ranked = sorted((n for n, found in topics.items() if found.score), key=lambda n: (-topics[n].score, n))
    return Matches(
        topics=tuple(_topic(lexicon, number, topics[number]) for number in ranked),
        rules=tuple(_rule(lexicon, number, rules[number]) for number in sorted(rules)),
    )


def tokens(text: str) -> list[str]:
    """The words and stops of a text, case and ways of writing letters made the same."""
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    return _TOKEN.findall(unicodedata.normalize("NFKC", text)[:_LOOKED_AT].casefold())


def _words(text: str) -> list[str]:
    return [token for token in tokens(text) if token[0].isalnum() or token[0] == "_"]


_ready: list[tuple[Lexicon, _Compiled]] = []
_READY = 4


def _compiled(lexicon: Lexicon) -> _Compiled:
    """The lexicon of a desk does not change while it is served. It is known by itself and not by its hash, which would
    cost more than the search."""
    for known, compiled in _ready:
        if known is lexicon:
            return compiled
    _ready.append((lexicon, _Compiled(lexicon)))
    del _ready[:-_READY]
    return _ready[-1][1]


def _listen(
    words: Sequence[str], compiled: _Compiled, denials: frozenset[str], said: dict[int, _Said], *, in_subject: bool
) -> None:
    """Count each phrase that stands in the words. The tree is as deep as the longest phrase, and a phrase that was
    heard often enough is not looked at any more: no text makes this more than linear."""
    tree, denied_before, known = compiled.tree, -1, set(words) & compiled.tree.keys()
    if not known:
        return
    for start, word in enumerate(words):
        if word not in known:
            continue
        node, at = tree[word], start + 1
        while True:
            if node.phrase >= 0:
                heard = said.setdefault(node.phrase, _Said())
                heard.looked_at += 1
                if heard.times < _TIMES and heard.looked_at <= 4 * _TIMES:
                    denial = denied_from(words, start, denials, denied_before)
                    if denial >= 0:
                        denied_before = at
                        heard.denied = heard.denied or " ".join(words[denial:at])
                    else:
                        heard.times += 1
                        heard.in_subject |= in_subject
            following = node.after.get(words[at]) if at < len(words) else None
            if following is None:
                break
            node, at = following, at + 1


def _credit(phrase: _Phrase, heard: _Said, topics: dict[int, _Found], rules: dict[int, _Found]) -> None:
    """Different words speak louder than one repeated; a phrase louder than a word; in the subject twice as loud."""
    worth = (1 + min(phrase.text.count(" "), 3)) * (1 + max(heard.times - 1, 0) * _AGAIN)
    worth *= _IN_SUBJECT if heard.in_subject else 1.0
    if heard.times:
        for number, strength in phrase.topics:
            found = topics.setdefault(number, _Found())
            found.score += worth * strength
            found.words.append(phrase.text)
        for number in phrase.rules:
            found = rules.setdefault(number, _Found())
            found.score += worth
            found.words.append(phrase.text)
        for number in phrase.unless:
            rules.setdefault(number, _Found()).unless.append(phrase.text)
    else:
        for number in phrase.rules:
            rules.setdefault(number, _Found()).denied.append(heard.denied)


def _resemble(
    words: Sequence[str], lexicon: Lexicon, likeness: Likeness, topics: dict[int, _Found], rules: dict[int, _Found]
) -> None:
    """Credit the examples that the mail is like."""
    for (kind, number), (degree, example) in likeness.of(words).items():
        if degree < _LIKE:
            continue
        found = (topics if kind == "topic" else rules).setdefault(number, _Found())
        found.score += degree * _EXAMPLE_COUNTS
        found.example = (lexicon.topics if kind == "topic" else lexicon.rules)[number].examples[example]


def _topic(lexicon: Lexicon, number: int, found: _Found) -> TopicMatch:
    topic = lexicon.topics[number]
    return TopicMatch(
        topic=topic.topic,
        subtopic=topic.subtopic,
        words=tuple(found.words),
        score=round(found.score, 2),
        example=found.example,
    )


def _rule(lexicon: Lexicon, number: int, found: _Found) -> RuleMatch:
    return RuleMatch(
        name=lexicon.rules[number].name,
        words=tuple(found.words),
        score=round(found.score, 2),
        example=found.example,
        denied=tuple(found.denied),
        unless=tuple(found.unless),
    )
