"""What agents say by template, in the configuration: `[[template]]`.

In: the tables as they were written. Out: a `Phrasing`, or what is wrong with them. The words stand in the table, one
text a language; how a language says a moment comes from the languages that are shipped.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from gateway.config.kinds import LANGUAGES, NAME, Name, Table, expect, one_of
from gateway.config.problem import Problem, UnfitError, dotted, nearest, say_missing, say_unfit
from gateway.rules.policy.phrasing import OWN, Phrasing, Template, Tongue
from gateway.rules.speech.phrasing import places
from gateway.rules.verbs.phrasing import PREVIEW

MOST_LETTERS = 8_000
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


def _has_words(text: str) -> str:
    if not text.strip():
        raise UnfitError("no word in it")
    if len(text) > MOST_LETTERS:
        raise UnfitError(f"longer than {MOST_LETTERS} letters")
    return text


Words = Annotated[str, AfterValidator(_has_words)]


class TemplateTable(Table):
    name: Name = expect(NAME)
    words: dict[Annotated[str, one_of(*LANGUAGES)], Words] = expect(
        'a text by language, such as { en = "Here is the link: {link}" }', min_length=1
    )
    variables: list[Variable] = expect('a list of names that stand in the text, such as ["link"]', [])


def build(tables: Iterable[TemplateTable]) -> Phrasing:
    templates = {
        table.name: Template(name=table.name, words=dict(table.words), variables=tuple(dict.fromkeys(table.variables)))
        for table in tables
    }
    return Phrasing(templates=templates, tongues={language: _tongue(language) for language in LANGUAGES})


def _tongue(language: str) -> Tongue:
    found = tomllib.loads(files("templates").joinpath("languages", f"{language}.toml").read_text("utf-8"))
    return Tongue(
        weekdays=tuple(found["weekdays"]),
        months=tuple(found["months"]),
        first_day=found["first_day"],
        moment=found["forms"]["moment"],
        zones=found["zones"],
    )


def problems(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Names of their own, and texts that say what somebody gives: nothing else, and no less."""
    seen: dict[str, int] = {}
    tables = tree.get("template", [])
    for position, table in enumerate(tables if isinstance(tables, list) else []):
        if not isinstance(table, dict):
            continue
        path, name = ("template", position), table.get("name")
        if isinstance(name, str) and seen.setdefault(name, position) != position:
            yield Problem(
                (*path, "name"), say_unfit(name, f"a name of its own; {dotted(('template', seen[name]))} has this one")
            )
        if isinstance(name, str) and name.lower() == PREVIEW:
            yield Problem((*path, "name"), say_unfit(name, "another name: `#template NAME preview` only shows it"))
        declared = [one for one in _listed(table.get("variables")) if isinstance(one, str)]
        for place, one in enumerate(declared):
            if one in OWN:
                text = f"another name: the desk itself says {', '.join(OWN)}"
                yield Problem((*path, "variables", place), say_unfit(one, text))
        words = table.get("words")
        for language, text in words.items() if isinstance(words, dict) else ():
            if not isinstance(text, str):
                continue
            said, known = places(text), tuple(dict.fromkeys((*OWN, *declared)))
            missing = [one for one in declared if one not in said and one not in OWN]
            for one in said:
                if one in known:
                    continue
                meant = nearest(one, missing) or nearest(one, known)
                missing = [other for other in missing if other != meant]  # one mistake, told once
                unfit = UnfitError(allowed=[f"{{{word}}}" for word in known], nearest=meant and f"{{{meant}}}")
                yield Problem((*path, "words", language), say_unfit(f"{{{one}}}", "", unfit))
            for one in missing:
                yield Problem((*path, "words", language), say_missing(f"{{{one}}}, which is declared"))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
