"""Templates: what each reader reads, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.rules.desk import Desk
from gateway.rules.policy.phrasing import Phrasing, Template
from gateway.rules.speech.phrasing import MOST_VALUE, Phrase, moment, places
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from store.records import Person, Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OWN = Template(name="own", words={"en": "{name}, {reference}: {a_b} {answer_by} {unknown}"}, variables=("a_b",))
NORA = Person(address="nora@northwind.example", name="Nora Wind")


@pytest.fixture
def ours(desk: Desk) -> Desk:
    phrasing = Phrasing(templates={**desk.phrasing.templates, "own": OWN}, tongues=desk.phrasing.tongues)
    return replace(desk, phrasing=phrasing)


def planned(desk: Desk, ticket: Ticket, text: str) -> Plan | Refused:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW)


@pytest.mark.parametrize(
    ("text", "reason", "nearest"),
    [
        ("#template", "say which template: welcome, reset, own", "#template welcome"),
        ("#template rest", "there is no template rest", "#template reset"),
        ("#template reset", "reset needs link", "#template reset link=…"),
        ("#template reset lnk=x", "lnk: reset takes link", "#template reset link=…"),
        ("#template welcome link=x", "link: welcome takes no value", "#template welcome"),
        ("#template reset link=x name=y", "name: the desk says that itself", "#template reset link=…"),
        ("#template reset x", "x is no value", "#template reset link=…"),
        (f"#template reset link={'x' * (MOST_VALUE + 1)}", "a value has at most", ""),
        ("#template own a_b=1", "own says {answer_by}, and no answer is due", "another template"),
        ("#template welcome\n#template welcome", "once in a mail", ""),
    ],
)
def test_what_is_not_declared_is_refused(
    ours: Desk, ticket: Callable[..., Ticket], text: str, reason: str, nearest: str
) -> None:
    found = planned(ours, ticket(), text)
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert nearest in found.nearest


def test_r46_a_preview_does_nothing(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    for text in ("#template reset #preview link=x", "#template reset link=x preview", "#template welcome PREVIEW"):
        found = planned(desk, ticket(), text)
        assert isinstance(found, Plan)
        assert found.dry
        assert found.phrase is not None
    found = planned(desk, ticket(), "#template welcome")
    assert isinstance(found, Plan)
    assert not found.dry
    opened = planned(desk, ticket(), "#template reset preview")
    assert isinstance(opened, Plan)
    assert opened.phrase is not None
    assert "{link}" in opened.phrase.said_to(NORA, ticket(), "en", desk)


def test_values_are_put_in_once(ours: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(ours, ticket(), '#template reset link="{name} {link}"')
    assert isinstance(found, Plan)
    assert found.phrase is not None
    said = found.phrase.said_to(NORA, ticket(), "en", ours)
    assert "{name} {link}" in said


def test_each_reader_has_their_own_name_and_language(ours: Desk, ticket: Callable[..., Ticket]) -> None:
    phrase = Phrase(template=OWN, values={"a_b": "7"})
    assert phrase.said_to(NORA, ticket(), "de", ours) == "Nora Wind, DESK-1001: 7  {unknown}"
    assert phrase.said_to(Person(address="olga@x.example"), ticket(), "en", ours).startswith("olga, ")
    welcome = Phrase(template=ours.phrasing.templates["welcome"])
    assert welcome.said_to(NORA, ticket(), "de-AT", ours).startswith("Willkommen")
    assert welcome.said_to(NORA, ticket(), "pl", ours).startswith("Welcome")


def test_a_name_that_is_an_address_of_another_is_never_said(ours: Desk, ticket: Callable[..., Ticket]) -> None:
    liar = Person(address="mallory@x.example", name="nora@northwind.example")
    assert "nora" not in Phrase(template=OWN).said_to(liar, ticket(), "en", ours)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tuesday 1 December, 13:05 (Berlin)"),
        ("de", "Dienstag, 1. Dezember, 13:05 Uhr (Berlin)"),
        ("fr", "mardi 1er décembre à 13:05 (Berlin)"),
    ],
)
def test_a_moment_is_said_as_the_language_says_it(desk: Desk, language: str, said: str) -> None:
    at = datetime(2026, 12, 1, 12, 5, tzinfo=UTC)
    assert moment(at, desk.phrasing.tongues[language], "Europe/Berlin") == said


def test_places_are_found_in_bounded_time() -> None:
    assert places("{" * 100_000 + "a}") == ["a"]
    assert places("{A} {1a} {a-b} {}") == []
