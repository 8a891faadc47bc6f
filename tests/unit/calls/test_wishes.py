"""When somebody would like a call: in three languages, with what does not suit, and never slow."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from gateway.rules.calls.wishes import read_wish

MONDAY = date(2026, 11, 23)
TIMES = [
    datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=day, hours=hour)
    for day, hour in product(range(12), (9, 10, 11, 12, 13, 14, 15, 16))
]


def suits(text: str) -> set[str]:
    wish = read_wish(text, MONDAY)
    return {f"{at:%a%d-%H}" for at in TIMES if at.weekday() < 5 and wish.suits(at)}


def days(text: str) -> set[str]:
    return {one[:-3] for one in suits(text)}


def hours(text: str) -> set[int]:
    return {int(one[-2:]) for one in suits(text)}


EVERY = {9, 10, 11, 12, 13, 14, 15, 16}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("mornings please", {9, 10, 11}),
        ("None of these suits. In the morning would be better.", {9, 10, 11}),
        ("lieber vormittags", {9, 10, 11}),
        ("plutôt le matin", {9, 10, 11}),
        ("in the afternoon", {13, 14, 15, 16}),
        ("Nachmittags passt es mir besser", {13, 14, 15, 16}),
        ("l'après-midi s'il vous plaît", {13, 14, 15, 16}),
        ("after 14:00", {14, 15, 16}),
        ("after 2 pm", {14, 15, 16}),
        ("ab 14 Uhr", {14, 15, 16}),
        ("nach 14:00 Uhr", {14, 15, 16}),
        ("après 14h", {14, 15, 16}),
        ("à partir de 14 h", {14, 15, 16}),
        ("before 11", {9, 10}),
        ("vor 11 Uhr", {9, 10}),
        ("avant 11h", {9, 10}),
        ("between 10 and 12", {10, 11}),
        ("zwischen 10 und 12 Uhr", {10, 11}),
        ("entre 10h et 12h", {10, 11}),
        ("from 10:00 to 12:00", {10, 11}),
        ("at 15:00", {15}),
        ("um 15 Uhr", {15}),
        ("à 15h", {15}),
        ("not before 14:00", {14, 15, 16}),
        ("nicht vor 14 Uhr", {14, 15, 16}),
        ("pas avant 14h", {14, 15, 16}),
        ("mornings are bad, but after 15:00 is fine", {15, 16}),
        ("vormittags geht es nicht", EVERY - {9, 10, 11}),
        ("le matin est impossible", EVERY - {9, 10, 11}),
        ("I can't do mornings", EVERY - {9, 10, 11}),
        ("None of these suits me.", EVERY),
        ("We have 25 users and 3 servers.", EVERY),
        ("25:00 or 99", EVERY),
        ("", EVERY),
        ("9-12 Uhr", {9, 10, 11}),
        ("10:00-12:00", {10, 11}),
        ("2pm to 4pm", {14, 15}),
        ("between 2 and 4", {14, 15}),
        ("von 14 bis 16 Uhr", {14, 15}),
        ("de 14h à 16h", {14, 15}),
        ("2 pm or 4 pm", {14, 16}),
        ("call me at 2", {14}),
        ("Good afternoon, mornings please", {9, 10, 11}),
        ("after lunch", {13, 14, 15, 16}),
        ("nach dem Mittagessen", {13, 14, 15, 16}),
        ("after noon", {12, 13, 14, 15, 16}),
        ("vor Mittag", {9, 10, 11}),
    ],
)
def test_hours(text: str, wanted: set[int]) -> None:
    assert hours(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Tuesday", {"Tue24", "Tue01"}),
        ("am Dienstag oder Mittwoch", {"Tue24", "Tue01", "Wed25", "Wed02"}),
        ("jeudi", {"Thu26", "Thu03"}),
        ("tomorrow", {"Tue24"}),
        ("morgen", {"Tue24"}),
        ("demain", {"Tue24"}),
        ("today", {"Mon23"}),
        ("next week", {"Mon30", "Tue01", "Wed02", "Thu03", "Fri04"}),
        ("nächste Woche", {"Mon30", "Tue01", "Wed02", "Thu03", "Fri04"}),
        ("la semaine prochaine", {"Mon30", "Tue01", "Wed02", "Thu03", "Fri04"}),
        ("this week", {"Mon23", "Tue24", "Wed25", "Thu26", "Fri27"}),
        ("on 2026-11-27", {"Fri27"}),
        ("am 27.11.", {"Fri27"}),
        ("am 27.11.2026", {"Fri27"}),
        ("27 November", {"Fri27"}),
        ("November 27", {"Fri27"}),
        ("le 27 novembre", {"Fri27"}),
        ("not on Tuesday", {"Mon23", "Wed25", "Thu26", "Fri27", "Mon30", "Wed02", "Thu03", "Fri04"}),
        ("außer Freitag", {"Mon23", "Tue24", "Wed25", "Thu26", "Mon30", "Tue01", "Wed02", "Thu03"}),
        ("sauf vendredi", {"Mon23", "Tue24", "Wed25", "Thu26", "Mon30", "Tue01", "Wed02", "Thu03"}),
        ("any day but Friday", {"Mon23", "Tue24", "Wed25", "Thu26", "Mon30", "Tue01", "Wed02", "Thu03"}),
        ("neither Thursday nor Friday", {"Mon23", "Tue24", "Wed25", "Mon30", "Tue01", "Wed02"}),
        ("weder Donnerstag noch Freitag", {"Mon23", "Tue24", "Wed25", "Mon30", "Tue01", "Wed02"}),
        ("ni jeudi ni vendredi", {"Mon23", "Tue24", "Wed25", "Mon30", "Tue01", "Wed02"}),
        ("I am on holiday on Friday", {"Mon23", "Tue24", "Wed25", "Thu26", "Mon30", "Tue01", "Wed02", "Thu03"}),
        ("Why not Tuesday?", {"Tue24", "Tue01"}),
        ("Tuesday, no problem", {"Tue24", "Tue01"}),
        ("no problem on Tuesday", {"Tue24", "Tue01"}),
        ("Mon numéro a changé, le mardi me convient", {"Tue24", "Tue01"}),
        ("am 1. Dezember", {"Tue01"}),
        ("le 1er décembre", {"Tue01"}),
        ("on the 3rd of December", {"Thu03"}),
        ("übermorgen", {"Wed25"}),
        ("the day after tomorrow", {"Wed25"}),
        ("next Monday", {"Mon30"}),
        ("next week Tuesday", {"Tue01"}),
        ("Dienstag nächste Woche", {"Tue01"}),
        ("la semaine prochaine mardi matin", {"Tue01"}),
        ("Monday to Wednesday", {"Mon23", "Tue24", "Wed25", "Mon30", "Tue01", "Wed02"}),
        ("ab Donnerstag", {"Thu26", "Fri27", "Mon30", "Tue01", "Wed02", "Thu03", "Fri04"}),
        ("after Thursday", {"Fri27", "Mon30", "Tue01", "Wed02", "Thu03", "Fri04"}),
        ("before Wednesday", {"Mon23", "Tue24"}),
    ],
)
def test_days(text: str, wanted: set[str]) -> None:
    assert days(text) == wanted


def test_both() -> None:
    assert suits("Thursday from 14:00") == {f"{day}-{hour}" for day in ("Thu26", "Thu03") for hour in (14, 15, 16)}
    assert suits("next week, mornings") == {
        f"{day}-{hour:02}" for day in ("Mon30", "Tue01", "Wed02", "Thu03", "Fri04") for hour in (9, 10, 11)
    }
    assert "Tue24-09" in suits("not Monday morning")
    assert "Mon23-15" in suits("not Monday morning")
    assert "Mon23-09" not in suits("not Monday morning")


def test_a_day_and_its_hours_belong_together() -> None:
    found = suits("Thursday morning, Friday afternoon")
    assert {"Thu26-09", "Fri27-14"} <= found
    assert not {"Thu26-14", "Fri27-09"} & found


def test_good_morning_is_no_wish() -> None:
    assert read_wish("Guten Morgen,\n\nkeiner davon passt.", MONDAY).says_nothing


@pytest.mark.parametrize(
    "hostile",
    ["1" * 5_000, "14:00 " * 5_000, "not monday, " * 5_000, "31.02.", "2026-13-45", "é" * 9_000, "9-" * 5_000],
)
def test_whatever_is_said_is_read_at_once(hostile: str) -> None:
    began = time.process_time()
    read_wish(hostile, MONDAY)
    assert time.process_time() - began < 0.05
