"""When: the words that say since when, those that name a time of something else, and the time they mean."""

from __future__ import annotations

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from parsing.intake.kinds import KINDS, when
from parsing.intake.passage import Passage
from parsing.message import Sought

WANTED = Sought(name="started_at", kind="when")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # a Monday


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=NOW.tzinfo)


def said(text: str, language: str = "en", *, asked: bool = False, kind: str = "when") -> list[str]:
    found = list(KINDS[kind](Passage(text=text, language=language, asked=asked), WANTED))
    for value in found:
        assert " ".join(text[value.start : value.end].split()) == value.value
    return [value.value for value in found]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("The export stops half way since yesterday evening.", "en", "since yesterday evening"),
        ("It has not worked since the update.", "en", "since the update"),
        ("It has been slow for two weeks.", "en", "for two weeks"),
        ("It began last Friday around 2 pm.", "en", "last Friday around 2 pm"),
        ("I noticed the error this morning.", "en", "this morning"),
        ("First seen on 19 November at 22:00.", "en", "on 19 November at 22:00"),
        ("Ever since the maintenance on Saturday there is no network.", "en", "Ever since the maintenance on Saturday"),
        ("Seit dem Update gestern geht nichts mehr.", "de", "Seit dem Update gestern"),
        ("Das ist seit drei Tagen so.", "de", "seit drei Tagen"),
        ("Angefangen hat es am 19.11. gegen 16 Uhr.", "de", "am 19.11. gegen 16 Uhr"),
        ("Depuis lundi, plus rien ne marche.", "fr", "Depuis lundi"),
        ("C'est bloqué depuis ce matin.", "fr", "depuis ce matin"),
        ("Cela a commencé vendredi en fin de journée.", "fr", "vendredi en fin de journée"),
    ],
)
def test_r40_the_beginning_is_found_in_free_words(text: str, language: str, value: str) -> None:
    assert said(text, language) == [value]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Please answer by Friday.", "en"),
        ("We do not understand the invoice of 3 March.", "en"),
        ("Our hours are 9-17, Monday to Friday.", "en"),
        ("I have a meeting on Tuesday at 11.", "en"),
        ("We ordered it on 12 October and paid.", "en"),
        ("We have been customers since 2019.", "en"),
        ("Bitte antworten Sie bis Freitag.", "de"),
        ("Die Rechnung vom 3. März stimmt nicht.", "de"),
        ("La facture du 3 mars est fausse.", "fr"),
        ("It hangs when I open the list.", "en"),
    ],
)
def test_r40_another_time_is_not_the_beginning(text: str, language: str) -> None:
    assert said(text, language) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("yesterday", "en"), ("Friday 20 November, 14:00", "en"), ("gestern gegen 14 Uhr", "de"), ("lundi dernier",
            "fr"
        ),
        ("since the last release", "en"), ("3 days ago", "en"), ("seit dem Update", "de"), ("ayer", "es"), ("gisteren",
            "nl"
        ),
    ],
)  # fmt: skip
def test_r40_where_it_was_asked_a_bare_time_is_one(text: str, language: str) -> None:
    assert said(text, language, asked=True) == [text]


@pytest.mark.parametrize(
    ("words", "language", "meant"),
    [
        ("since yesterday", "en", date(2026, 11, 22)),
        ("gestern um 14:30 Uhr", "de", local(2026, 11, 22, 14, 30)),
        ("this morning", "en", date(2026, 11, 23)),
        ("last Friday around 2 pm", "en", local(2026, 11, 20, 14)),
        ("at about twenty past seven this morning", "en", local(2026, 11, 23, 7, 20)),
        ("am 19.11. gegen 16 Uhr", "de", local(2026, 11, 19, 16)),
        ("seit drei Tagen", "de", date(2026, 11, 20)),
        ("depuis lundi", "fr", date(2026, 11, 23)),
        ("le 16 novembre", "fr", date(2026, 11, 16)),
        ("Sunday 22 November 03:10 UTC", "en", local(2026, 11, 22, 4, 10)),
        ("2026-11-20T13:05Z", "en", local(2026, 11, 20, 14, 5)),
        ("two hours ago", "en", local(2026, 11, 23, 7, 30)),
        ("December 5", "en", date(2025, 12, 5)),
        ("seit dem Wochenende", "de", date(2026, 11, 21)),
        ("vorgestern", "de", date(2026, 11, 21)),
        ("22/11", "en", date(2026, 11, 22)),
        ("03/04", "en", None),
        ("03/04", "fr", date(2026, 4, 3)),
        ("since the last release", "en", None),
        ("25:99", "en", None),
    ],
)  # fmt: skip
def test_resolve_says_the_time_or_the_day_that_is_meant(words: str, language: str, meant: date | None) -> None:
    assert when.resolve(words, NOW, language) == meant


def test_any_day_and_any_hour_are_kinds_of_their_own() -> None:
    assert said("A table on Friday, 17 August 2018 at 6:45 pm", kind="date") == ["Friday, 17 August 2018"]
    assert said("A table on Friday, 17 August 2018 at 6:45 pm", kind="time") == ["6:45 pm"]
    assert said("sometime after 7", kind="time") == ["7"]
    assert said("six please", kind="time", asked=True) == ["six"]
    assert said("six please", kind="time") == []


@pytest.mark.parametrize("piece", ["since the ", "12. ", "yesterday at ", "on 1/1/", "for a few ", "the first of the "])
@pytest.mark.parametrize("kind", ["when", "date", "time"])
def test_the_worst_text_costs_little(piece: str, kind: str) -> None:
    text = piece * (60_000 // len(piece))
    started = time.process_time()
    said(text, kind=kind)
    when.resolve(text, NOW, "en")
    assert time.process_time() - started < 0.5
