"""Whether topics, their other names and rules agree with one another (`ops` R51, R53).

In: the tree as it was written. Out: problems and warnings. A name that somebody may type into a mail means one topic; a
rule names only what there is, and does something. Steps over whatever has the wrong type: the schema reports that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.config.policy import asking
from gateway.config.problem import Path_, Problem, UnfitError, dotted, nearest, say_missing, say_unfit

Tree = Mapping[str, Any]

CONDITIONS = ("words", "examples", "addresses", "languages", "when")
OF_MAIL = ("words", "examples", "unless")
"""What a rule of answers cannot ask for: an answer may come in any mail, or from one of us."""
DEEDS = ("type", "topic", "ruf", "impact", "urgency", "team", "with", "tags")


def problems(tree: Tree) -> list[Problem]:
    """What cannot be meant."""
    return [*_aliases(tree), *_repeated_rules(tree), *_rules(tree)]


def warnings(tree: Tree) -> list[Problem]:
    """What works, but leaves people to guess."""
    return [
        Problem((*path, "definition"), "missing: nobody can look up what belongs to it and what does not")
        for path, topic in _tables(tree, "topic")
        if not topic.get("definition") and _text(topic, "name")
    ]


def _tables(tree: Tree, name: str) -> list[tuple[Path_, Tree]]:
    items = tree.get(name)
    numbered = enumerate(items) if isinstance(items, list) else ()
    return [((name, position), item) for position, item in numbered if isinstance(item, dict)]


def _text(table: Tree, key: str) -> str:
    value = table.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _texts(table: Tree, key: str) -> list[tuple[int, str]]:
    value = table.get(key)
    return [(n, one) for n, one in enumerate(value) if isinstance(one, str)] if isinstance(value, list) else []


def _aliases(tree: Tree) -> Iterator[Problem]:
    """Another name of a topic is nobody else's: neither a name nor another name. Those of subtopics are looked for
    below their topic, so that two topics may each have an "import"."""
    topics = _tables(tree, "topic")
    yield from _clashing(topics)
    for path, topic in topics:
        yield from _clashing([((*path, *inner), table) for inner, table in _tables(topic, "subtopic")])


def _clashing(tables: Sequence[tuple[Path_, Tree]]) -> Iterator[Problem]:
    owners: dict[str, Path_] = {}
    for path, table in tables:
        if _text(table, "name"):
            owners.setdefault(_text(table, "name").lower(), (*path, "name"))
    for path, table in tables:
        for position, alias in _texts(table, "aliases"):
            here = (*path, "aliases", position)
            first = owners.setdefault(" ".join(alias.lower().split()), here)
            if first != here:
                yield Problem(here, say_unfit(alias, f"a name that nothing else has; {dotted(first)} has this one"))


def _repeated_rules(tree: Tree) -> Iterator[Problem]:
    seen: dict[str, Path_] = {}
    for path, rule in _tables(tree, "rule"):
        name = _text(rule, "name")
        if name and (first := seen.setdefault(name, (*path, "name"))) != (*path, "name"):
            yield Problem((*path, "name"), say_unfit(name, f"a name of its own; {dotted(first)} has this one"))


def _rules(tree: Tree) -> Iterator[Problem]:
    topics = {_text(topic, "name").lower(): topic for _, topic in _tables(tree, "topic")}
    teams = {_text(team, "name").lower() for _, team in _tables(tree, "team")}
    addresses = _addresses(tree)
    sorting = tree.get("sorting")
    tags = [tag.lower() for _, tag in _texts(sorting, "tags")] if isinstance(sorting, dict) else []
    for path, rule in _tables(tree, "rule"):
        if not any(rule.get(key) for key in CONDITIONS):
            yield Problem(path, say_missing(f"when it counts: one of {', '.join(CONDITIONS)}"))
        if not any(rule.get(key) for key in DEEDS):
            yield Problem(path, say_missing(f"something to do: one of {', '.join(DEEDS)}"))
        yield from _topic_of(path, rule, topics)
        if rule.get("when"):
            yield from asking.answers(path, rule, asking.by_name(tree))
            yield from _of_answers(path, rule)
        for key in ("team", "with"):
            yield from _known((*path, key), _text(rule, key), teams)
        for position, address in _texts(rule, "addresses"):
            yield from _known((*path, "addresses", position), address, addresses)
        for position, tag in _texts(rule, "tags"):
            if tags:
                yield from _known((*path, "tags", position), tag, tags)


def _of_answers(path: Path_, rule: Tree) -> Iterator[Problem]:
    """What a rule with `when` cannot have: a mail's words beside the answers, and another type for a ticket that is."""
    for key in OF_MAIL:
        if rule.get(key):
            text = f"found beside when; expected answers alone, or a [[rule]] of its own with {key}"
            yield Problem((*path, key), text)
    if _text(rule, "type"):
        yield Problem((*path, "type"), say_unfit(_text(rule, "type"), "none: answers make no other type, #retype does"))


def _topic_of(path: Path_, rule: Tree, topics: Mapping[str, Tree]) -> Iterator[Problem]:
    topic, subtopic = _text(rule, "topic"), _text(rule, "subtopic")
    if not topic:
        if subtopic:
            yield Problem((*path, "topic"), say_missing("the topic of this subtopic"))
        return
    if topic.lower() not in topics:
        yield from _known((*path, "topic"), topic, [_text(table, "name") for table in topics.values()])
        return
    inner = [_text(table, "name") for _, table in _tables(topics[topic.lower()], "subtopic")]
    yield from _known((*path, "subtopic"), subtopic, inner)


def _addresses(tree: Tree) -> list[str]:
    tables = [table for _, table in _tables(tree, "address")]
    return [_text(table, "address").lower() for table in tables] + [
        alias.lower() for table in tables for _, alias in _texts(table, "aliases")
    ]


def _known(path: Path_, word: str, known: Sequence[str] | set[str]) -> Iterator[Problem]:
    if word and word.lower() not in {one.lower() for one in known}:
        unfit = UnfitError(allowed=sorted(known), nearest=nearest(word, known))
        yield Problem(path, say_unfit(word, "", unfit))
