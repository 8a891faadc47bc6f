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


def test_good_morning_is_no_wish() -> None:
    assert read_wish("Guten Morgen,\n\nkeiner davon passt.", MONDAY).says_nothing


@pytest.mark.parametrize(
    "hostile", ["1" * 5_000, "14:00 " * 5_000, "not monday, " * 5_000, "31.02.", "2026-13-45", "é" * 9_000]
)
def test_whatever_is_said_is_read_at_once(hostile: str) -> None:
    began = time.process_time()
    read_wish(hostile, MONDAY)
    assert time.process_time() - began < 0.05
