"""What mail is about, in the configuration: `[[topic]]`, `[[topic.subtopic]]`, `[[rule]]`, `[sorting]`.

In: tables as they were written. Out: the words that readers look for (`Lexicon`), and the `Taxonomy` (rules/policy).
Whether names agree with one another is `naming`'s. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.config.kinds import (
    ADDRESS,
    LANGUAGES,
    LINE,
    WORDS,
    Address,
    Amount,
    Line,
    Name,
    Number,
    Table,
    TeamName,
    Topic,
    expect,
    fits,
    one_of,
)
from gateway.config.kinds import NAME as A_NAME
from gateway.config.problem import UnfitError, choose
from gateway.rules.policy.sorting import Rule, Taxonomy
from gateway.rules.policy.sorting import Topic as TopicPolicy
from parsing.category import tokens
from parsing.message import Lexicon, RuleWords, TopicWords

LEAST_WORDS = 3
"""Words below which a sentence is no example: a word alone belongs into `words`."""
SAID_BY_ALL = "a number from 1 (most) to 5, or 0 for what nobody said"
EXAMPLES = f"a list of sentences as customers write them, each of at least {LEAST_WORDS} words"
NAMES = 'names for customers by language, such as { de = "Ausfall", fr = "Panne" }'
RUF = '"R" (reliability), "U" (usability) or "F" (functionality)'


def _no_example(text: str) -> str:
    if len(text.split()) < LEAST_WORDS and text.isascii():
        raise UnfitError(f"fewer than {LEAST_WORDS} words")
    return text


def _has_words(text: str) -> str:
    if not any(token[0].isalnum() for token in tokens(text)):
        raise UnfitError("no letter or digit in it")
    return text


Words = Annotated[Line, AfterValidator(_has_words)]
Example = Annotated[Line, AfterValidator(_no_example)]
Tag = Annotated[str, Field(pattern=r"^[^\s+-]\S{0,39}$"), AfterValidator(str.lower)]
Facet = Annotated[str, fits(lambda text: text and choose(text, ("R", "U", "F")))]
Kind = Annotated[str, fits(lambda text: text and choose(text, ("support", "question")))]
Degree = Annotated[Number, Field(ge=0, le=5)]


class SubtopicTable(Table):
    name: Topic = expect(f"{LINE} without / [ ]")
    definition: str = expect("a sentence that says what belongs to it", "")
    aliases: list[Topic] = expect("a list of other names for it, without / [ ]", [])
    names: dict[Annotated[str, one_of(*LANGUAGES)], Topic] = expect(NAMES, {})
    ruf: Facet = expect(RUF, "")
    words: list[Words] = expect(WORDS, [])
    strong: list[Words] = expect(f"{WORDS} that count three times", [])
    weight: Amount = expect("a number above 0, at most 100", 1, gt=0, le=100)
    examples: list[Example] = expect(EXAMPLES, [])


class TopicTable(SubtopicTable):
    subtopic: list[SubtopicTable] = expect("tables, each under [[topic.subtopic]]", [])


class RuleTable(Table):
    name: Name = expect(A_NAME)
    words: list[Words] = expect(WORDS, [])
    examples: list[Example] = expect(EXAMPLES, [])
    unless: list[Words] = expect(f"{WORDS} with which the rule does not count", [])
    addresses: list[Address] = expect(f"a list of addresses of the desk, each {ADDRESS}", [])
    languages: list[Line] = expect('a list of languages of mail, such as ["en"]', [])
    weight: Amount = expect("a number above 0, at most 100", 3, gt=0, le=100)
    type: Annotated[str, fits(lambda text: text and choose(text, ("support", "question")))] = expect(
        '"support" or "question"', ""
    )
    topic: str = expect("the name of a [[topic]]", "")
    subtopic: str = expect("the name of a [[topic.subtopic]] of that topic", "")
    ruf: Facet = expect(RUF, "")
    impact: Degree = expect(SAID_BY_ALL, 0)
    urgency: Degree = expect(SAID_BY_ALL, 0)
    team: TeamName = expect("the name of the [[team]] that owns the ticket", "")
    with_: TeamName = expect("the name of a [[team]] that is told at once and helps", "", alias="with")
    tags: list[Tag] = expect("a list of tags, each without spaces, at most 40 letters", [])
    when: dict[str, list[Line]] = expect('answers by [[field]], such as { product = ["Heron Printer"] }', {})


class SortingTable(Table):
    denials: list[Words] = expect('a list of words that deny what follows, such as ["kein"]', [])
    tags: list[Tag] = expect("a list of tags, each without spaces, at most 40 letters", [])


def words(topics: Iterable[TopicTable], rules: Iterable[RuleTable], table: SortingTable) -> Lexicon:
    """Each topic, then its subtopics; a topic without words stays, so that it can be named by hand."""
    return Lexicon(
        topics=tuple(
            TopicWords(
                topic=topic.name,
                subtopic="" if inner is topic else inner.name,
                words=_lowered(inner.words),
                strong=_lowered(inner.strong),
                examples=tuple(inner.examples),
                weight=inner.weight,
            )
            for topic in topics
            for inner in (topic, *topic.subtopic)
        ),
        rules=tuple(
            RuleWords(
                name=rule.name, words=_lowered(rule.words), examples=tuple(rule.examples), unless=_lowered(rule.unless)
            )
            for rule in rules
            if rule.words or rule.examples
        ),
        denials=frozenset(token for text in table.denials for token in tokens(text)),
    )


def build(topics: Iterable[TopicTable], rules: Iterable[RuleTable]) -> Taxonomy:
    """Topics and rules without their words; a rule calls topics as the file calls them, whatever the capitals."""
    found = tuple(
        TopicPolicy(
            name=inner.name,
            parent="" if inner is topic else topic.name,
            definition=inner.definition,
            aliases=tuple(inner.aliases),
            ruf=inner.ruf or topic.ruf,
            names=dict(inner.names),
        )
        for topic in topics
        for inner in (topic, *topic.subtopic)
    )
    pairs = {(topic.pair[0].lower(), topic.pair[1].lower()): topic.pair for topic in found}
    made = tuple(_rule(table, pairs) for table in rules)
    return Taxonomy(
        topics=found,
        rules=tuple(rule for rule in made if not rule.when),
        answered=tuple(rule for rule in made if rule.when),
    )


def _rule(table: RuleTable, pairs: dict[tuple[str, str], tuple[str, str]]) -> Rule:
    topic, subtopic = pairs.get((table.topic.lower(), table.subtopic.lower()), ("", ""))
    return Rule(
        name=table.name,
        topic=topic,
        subtopic=subtopic,
        type=table.type,
        impact=table.impact,
        urgency=table.urgency,
        team=table.team,
        with_team=table.with_,
        tags=tuple(dict.fromkeys(table.tags)),
        ruf=table.ruf,
        weight=table.weight,
        addresses=frozenset(table.addresses),
        languages=frozenset(language.lower() for language in table.languages),
        by_words=bool(table.words or table.examples),
        when={name: tuple(values) for name, values in table.when.items()},
    )


def _lowered(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(text.lower().split()) for text in texts))
