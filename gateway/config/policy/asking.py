"""Whether fields, requirements and questions agree with one another and with the desk (`[[field]]`, `[[require]]`).

In: the tree as it was written. Out: problems and warnings, each with what would be right. Whatever has the wrong type
is the schema's to report. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from gateway.config.kinds import LANGUAGES
from gateway.config.policy.intake import A_PATTERN, CHECKS, lowered
from gateway.config.problem import Path_, Problem, UnfitError, dotted, nearest, say_missing, say_unfit
from gateway.rules import fields
from gateway.rules.policy.intake import FROM_ORGANISATION
from parsing.intake.kinds import NAMES
from parsing.intake.kinds.files import SORTS

Tree = Mapping[str, Any]

MOST_FIELDS, MOST_REQUIREMENTS = 40, 200
MOST_LETTERS = 26
"""Choices that a question can offer: each has a letter."""
CHOOSING = ("choice", "product", "file")
YES_NO = ("yes", "no")
_LEAST = {"mod97": 3}
"""Digits of a number with that check; two for the others."""
_VALUES = 'values to choose from, such as choices = ["EU", "US"]'


def declared(tree: Tree) -> tuple[str, ...]:
    """The names of the `[[field]]` tables."""
    return tuple(dict.fromkeys(name for _, table in _tables(tree, "field") if (name := _text(table, "name"))))


def known(tree: Tree) -> tuple[str, ...]:
    """Every field that a ticket of this desk may have."""
    return tuple(dict.fromkeys((*fields.FIELDS, *declared(tree))))


def settable(tree: Tree) -> tuple[str, ...]:
    """Those that a status or a subtype of a division may need."""
    return tuple(dict.fromkeys((*fields.ASKED, *declared(tree))))


def kept_nowhere(tree: Tree, word: object) -> str:
    """Why a status or a handoff cannot need this field: nobody could ever say that it is there. Empty where it can."""
    table = by_name(tree).get(word) if isinstance(word, str) else None
    if table is None or table.get("sensitive") is not True:
        return ""
    return f"found {word}; expected a field that is not sensitive: its value stands nowhere"


def of_organisations(tree: Tree) -> dict[str, list[str]]:
    """The fields that what is known of an organisation may answer, with their values where they have few."""
    return {
        name: _choices(table)
        for name, table in by_name(tree).items()
        if FROM_ORGANISATION in [source for _, source in _texts(table, "from")]
    }


def problems(tree: Tree) -> list[Problem]:
    """What cannot be meant."""
    return [
        *_too_many(tree),
        *_names(tree),
        *_labels(tree),
        *_kinds(tree),
        *_secrets(tree),
        *_requirements(tree),
        *_circles(tree),
        *_organisations(tree),
        *_questions(tree),
    ]


def warnings(tree: Tree) -> list[Problem]:
    """What works, but says a mail in another language than its reader's."""
    asked = {name for _, table in _tables(tree, "require") for _, name in _texts(table, "fields")}
    found = []
    for path, table in _tables(tree, "field"):
        for key in ("label", "question") if _text(table, "name") in asked else ():
            lacks = [one for one in _languages(tree) if not _dict(table, key).get(one)]
            if lacks:
                text = f"missing in {', '.join(lacks)}: whoever writes in that reads all questions in {_first(tree)}"
                found.append(Problem((*path, key), text))
    return found


def _too_many(tree: Tree) -> Iterator[Problem]:
    for key, most in (("field", MOST_FIELDS), ("require", MOST_REQUIREMENTS)):
        if (count := len(_tables(tree, key))) > most:
            yield Problem((key,), f"found {count} tables; allowed: at most {most}, each is looked for in every mail")


def _names(tree: Tree) -> Iterator[Problem]:
    """A name means one field; those of rules/fields.py that are no facts of a matter are taken."""
    seen: dict[str, Path_] = {}
    for path, table in _tables(tree, "field"):
        name, here = _text(table, "name"), (*path, "name")
        if name and (first := seen.setdefault(name, here)) != here:
            yield Problem(here, say_unfit(name, f"a name of its own; {dotted(first)} has this one"))
        elif name in fields.TAKEN:
            yield Problem(here, say_unfit(name, f"a name that means nothing else on a ticket, such as the_{name}"))


def _labels(tree: Tree) -> Iterator[Problem]:
    """What a line begins with says one field, and each has a name in the desk's first language."""
    seen: dict[str, tuple[Path_, str]] = {}
    for path, table in _tables(tree, "field"):
        label = _dict(table, "label")
        if label and not label.get(_first(tree)):
            yield Problem((*path, "label"), say_missing(f"its name in {_first(tree)}, the first of desk.languages"))
        said_so = [((*path, "label", language), word) for language, word in label.items() if isinstance(word, str)]
        said_so += [((*path, "labels", place), word) for place, word in _texts(table, "labels")]
        if name := _text(table, "name"):
            said_so.append(((*path, "name"), name.replace("_", " ")))
        for here, word in said_so:
            first, owner = seen.setdefault(lowered((word,))[0], (here, _text(table, "name")))
            if owner != _text(table, "name"):
                text = say_unfit(word, f"a label that no other field has; {dotted(first)} has this one")
                yield Problem(here, text)


def _kinds(tree: Tree) -> Iterator[Problem]:
    """A kind has what it looks by, and nothing that it does not look at."""
    for path, table in _tables(tree, "field"):
        if (kind := table.get("kind", "text")) in NAMES:
            yield from _lacking(path, table, kind)
            yield from _useless(path, table, kind)
        yield from _repeated_choices(path, table.get("choices"))


def _lacking(path: Path_, table: Tree, kind: str) -> Iterator[Problem]:
    pattern, check, choices = table.get("pattern"), table.get("check"), table.get("choices")
    if kind == "number" and not (pattern or table.get("cues")):
        yield Problem((*path, "pattern"), say_missing(f"{A_PATTERN}; or cues, words behind which the number stands"))
    if isinstance(pattern, str) and check in CHECKS and sum(map(pattern.count, "#?")) < _LEAST.get(check, 2):
        yield Problem((*path, "pattern"), say_unfit(pattern, f"more digits (#) than {check} checks with"))
    if kind in ("choice", "product") and not choices:
        yield Problem((*path, "choices"), say_missing(_VALUES))
    elif kind == "choice" and isinstance(choices, list) and not 1 < len(choices) <= MOST_LETTERS:
        text = f"found {len(choices)} values; expected 2 to {MOST_LETTERS}, for each has a letter"
        yield Problem((*path, "choices"), text)


def _useless(path: Path_, table: Tree, kind: str) -> Iterator[Problem]:
    for key in ("pattern", "check"):
        if table.get(key) and kind != "number":
            yield Problem((*path, key), say_unfit(table[key], f'"", or kind = "number": {kind} has none'))
    if table.get("choices") and kind not in CHOOSING:
        yield Problem((*path, "choices"), say_unfit(table["choices"], f"none, or a kind of {', '.join(CHOOSING)}"))
    for place, word in _texts(table, "choices") if kind == "file" else ():
        if word not in SORTS:
            unfit = UnfitError(allowed=SORTS, nearest=nearest(word, SORTS))
            yield Problem((*path, "choices", place), say_unfit(word, "", unfit))


def _repeated_choices(path: Path_, choices: object) -> Iterator[Problem]:
    seen: dict[str, Path_] = {}
    for place, one in enumerate(choices if isinstance(choices, list) else ()):
        here = (*path, "choices", place)
        words: list[tuple[Path_, str]] = [(here, one)] if isinstance(one, str) else []
        if isinstance(one, dict):
            words = [((*here, "value"), _text(one, "value"))]
            words += [((*here, "names", n), name) for n, name in _texts(one, "names")]
        for at, word in words:
            first = seen.setdefault(" ".join(word.lower().split()), at)
            if first != at and first[:4] != at[:4]:
                yield Problem(at, say_unfit(word, f"a name of its own; {dotted(first)} has this one"))


def _secrets(tree: Tree) -> Iterator[Problem]:
    """What is repeated to nobody comes from nowhere else, and nothing but that expires."""
    for path, table in _tables(tree, "field"):
        if table.get("sensitive") is True and table.get("from"):
            text = say_unfit(table["from"], "[]: a sensitive value stands nowhere but in the mail that said it")
            yield Problem((*path, "from"), text)
        if table.get("expires_days") and table.get("sensitive") is not True:
            yield Problem((*path, "sensitive"), say_missing("true, because expires_days has a value"))


def _requirements(tree: Tree) -> Iterator[Problem]:
    topics, owners = list(_topics(tree)), by_name(tree)
    asked: set[str] = set()
    for path, table in _tables(tree, "require"):
        wanted = _texts(table, "fields")
        if not table.get("fields") and not table.get("drop"):
            yield Problem(path, say_missing('what it asks for, such as fields = ["observed"], or what it drops'))
        for key, words in (("fields", wanted), ("drop", _texts(table, "drop"))):
            for place, word in words:
                if word not in owners:
                    yield Problem((*path, key, place), _unknown(word, owners))
                elif key == "drop" and word not in asked:
                    yield Problem((*path, key, place), say_unfit(word, "a field that a [[require]] before it asks for"))
        asked |= {word for _, word in wanted}
        topic = _text(table, "topic")
        if topic and topic.lower() not in [one.lower() for one in topics]:
            unfit = UnfitError(allowed=topics, nearest=nearest(topic, topics))
            yield Problem((*path, "topic"), say_unfit(topic, "the name of a [[topic]], and there is none", unfit))
        yield from answers(path, table, owners)
        yield from _who(path, table, tree)
    for path, table in _tables(tree, "field"):
        if _text(table, "name") in asked and not _dict(table, "question").get(_first(tree)):
            text = f"the question in {_first(tree)}, the first of desk.languages, because a [[require]] asks for it"
            yield Problem((*path, "question"), say_missing(text))


def _unknown(word: str, names: Iterable[str]) -> str:
    names = tuple(names)
    if not names:
        return say_unfit(word, "the name of a [[field]], and there is none")
    part = next((one for one in names if word and f"_{word.lower()}_" in f"_{one}_"), "")
    return say_unfit(word, "", UnfitError(allowed=names, nearest=nearest(word.replace(" ", "_"), names) or part))


def answers(path: Path_, table: Tree, owners: Mapping[str, Tree]) -> Iterator[Problem]:
    """`when` asks for answers that the field can have, and that are known to anybody."""
    for name, values in _dict(table, "when").items():
        here = (*path, "when", name)
        if name not in owners:
            yield Problem(here, _unknown(name, owners))
            continue
        if owners[name].get("sensitive") is True:
            yield Problem(here, f"found {name}; expected a field that is not sensitive: its value stands nowhere")
        allowed = _choices(owners[name])
        if isinstance(values, list) and not values:
            yield Problem(here, say_missing("the answers that it is about"))
        for place, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, str) and allowed and value not in allowed:
                unfit = UnfitError(allowed=allowed, nearest=nearest(value, allowed))
                yield Problem((*here, place), say_unfit(value, "", unfit))


def _choices(table: Tree) -> list[str]:
    """The values that a field of few values can have; none where it may be anything."""
    if table.get("kind") == "yesno":
        return list(YES_NO)
    if table.get("kind") not in ("choice", "product"):
        return []
    found = table.get("choices")
    values = (one.get("value") if isinstance(one, dict) else one for one in (found if isinstance(found, list) else ()))
    return [value for value in values if isinstance(value, str)]


def _who(path: Path_, table: Tree, tree: Tree) -> Iterator[Problem]:
    """An organisation and a segment that there are; those of a file are not looked into."""
    if _dict(tree, "organisations").get("file"):
        return
    rows = [row for _, row in _tables(tree, "organisation")]
    further = [(0, _text(row, "domain")) for row in rows] + [one for row in rows for one in _texts(row, "domains")]
    domains = [word.lower() for _, word in further if word]
    segments = list(dict.fromkeys(filter(None, (_text(row, "segment") for row in rows))))
    for key, names in (("organisation", domains), ("segment", segments)):
        word = _text(table, key)
        if word and word.lower() not in [one.lower() for one in names]:
            unfit = UnfitError(allowed=names, nearest=nearest(word, names))
            text = f"the {_OF[key]} of an [[organisation]], and there is none"
            yield Problem((*path, key), say_unfit(word, text, unfit))


_OF = {"organisation": "domain", "segment": "segment"}


def _circles(tree: Tree) -> Iterator[Problem]:
    """A field that is asked for because of an answer which is asked for because of it would never be asked."""
    needs: dict[str, set[str]] = {}
    for path, table in _tables(tree, "require"):
        for asked in dict.fromkeys(_dict(table, "when")):
            wanted = [word for _, word in _texts(table, "fields")]
            circle = next((way for word in wanted if (way := _way(asked, word, needs))), ())
            if circle:
                said = " -> ".join((*circle, asked))
                text = f"goes round in circles: {said}; expected answers that do not depend on it"
                yield Problem((*path, "when", asked), text)
            else:
                for word in wanted:
                    needs.setdefault(word, set()).add(asked)


def _way(start: str, end: str, needs: Mapping[str, set[str]]) -> tuple[str, ...]:
    """How `start` depends on `end`; empty when it does not."""
    left: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while left:
        way = left.pop()
        if way[-1] == end:
            return way
        for name in sorted(needs.get(way[-1], ())):
            if name not in seen:
                seen.add(name)
                left.append((*way, name))
    return ()


def _organisations(tree: Tree) -> Iterator[Problem]:
    """A fact of an organisation is a field that may come from there."""
    owners = by_name(tree)
    for path, table in _tables(tree, "organisation"):
        for name, value in _dict(table, "facts").items():
            here = (*path, "facts", name)
            if name not in owners:
                yield Problem(here, _unknown(name, owners))
                continue
            if name not in of_organisations(tree):
                place = dotted(("field", list(owners).index(name)))
                text = f'a field that may come from there: add from = ["{FROM_ORGANISATION}"] to {place}'
                yield Problem(here, say_unfit(value, text))
            allowed = _choices(owners[name])
            if isinstance(value, str) and allowed and value not in allowed:
                unfit = UnfitError(allowed=allowed, nearest=nearest(value, allowed))
                yield Problem(here, say_unfit(value, "", unfit))


def _questions(tree: Tree) -> Iterator[Problem]:
    """Reminders come one after another, and before the end."""
    table = _dict(tree, "questions")
    days, close = table.get("remind_days", [2, 5]), table.get("close_days", 10)
    if not isinstance(days, list) or not all(type(day) is int for day in days):
        return
    if any(later <= day for day, later in pairwise(days)):
        yield Problem(("questions", "remind_days"), say_unfit(days, "numbers that grow, such as [2, 5]"))
    elif type(close) is int and close and days and close <= days[-1]:
        text = f"more than {days[-1]}, the last of remind_days, or 0 for never"
        yield Problem(("questions", "close_days"), say_unfit(close, text))


# The raw tree, stepping over what has the wrong type


def _tables(tree: Tree, name: str) -> list[tuple[Path_, Tree]]:
    items = tree.get(name)
    numbered = enumerate(items) if isinstance(items, list) else ()
    return [((name, position), item) for position, item in numbered if isinstance(item, dict)]


def _text(table: Tree, key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) and value.isprintable() else ""


def _texts(table: Tree, key: str) -> list[tuple[int, str]]:
    value = table.get(key)
    words = enumerate(value) if isinstance(value, list) else ()
    return [(n, one) for n, one in words if isinstance(one, str) and one.isprintable()]


def _dict(table: Tree, key: str) -> Tree:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def by_name(tree: Tree) -> dict[str, Tree]:
    """The `[[field]]` tables by name."""
    return {name: table for _, table in _tables(tree, "field") if (name := _text(table, "name"))}


def _languages(tree: Tree) -> list[str]:
    return [word for _, word in _texts(_dict(tree, "desk"), "languages") if word in LANGUAGES] or list(LANGUAGES)


def _first(tree: Tree) -> str:
    return _languages(tree)[0]


def _topics(tree: Tree) -> Iterator[str]:
    for _, topic in _tables(tree, "topic"):
        if name := _text(topic, "name"):
            yield name
            yield from (f"{name}/{inner}" for _, one in _tables(topic, "subtopic") if (inner := _text(one, "name")))
