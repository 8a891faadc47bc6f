"""Since when and whom it hits, where nobody says it plainly: sentences tell it, and it is not asked for."""

from functools import cache

import pytest

from parsing.intake import finding
from parsing.message import Sought
from tests.intake import deletion

_GREETING, _THANKS = "Hello,\n\n", "\n\nThanks,\nMel\n"


@cache
def _sought() -> tuple[Sought, ...]:
    return tuple(one for one in deletion.sought() if one.name in ("started_at", "affected_users"))


def _states(text: str, language: str = "en") -> dict[str, str]:
    found = finding.find("Till", f"{_GREETING}{text}{_THANKS}", (), (), _sought(), language)
    return {one.field: one.state for one in reversed(found)}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It has been this way ever since harvest festival, and I hoped it would heal.", "en"),
        ("It must be a fortnight by now.", "en"),
        ("The graph has a cliff in it at 22:00 on the 18th.", "en"),
        ("It started when the new router was put in.", "en"),
        ("Before the move in August it was all right.", "en"),
        ("Vorgestern Nacht hat mein Cronjob zum ersten Mal gemeckert.", "de"),
        ("Ça fait bien quinze jours.", "fr"),
    ],
)
def test_r40_a_beginning_that_is_told_in_passing_is_not_asked_for(text: str, language: str):
    assert "started_at" in _states(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The Bath shop and the Wells shop have each had it.", "en"),
        ("Whoever wants to order a cake from us over the internet cannot.", "en"),
        ("31 wholesale accounts order things that we haven't got.", "en"),
        ("Every driver has it, also the new ones.", "en"),
        ("Sämtliche achtzehn Jugendmannschaften hängen mit drin.", "de"),
        ("Les quatre gîtes sont logés à la même enseigne.", "fr"),
    ],
)
def test_r40_whom_it_hits_is_not_asked_for_without_a_plain_number_either(text: str, language: str):
    assert "affected_users" in _states(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I paid the hosting at 3 of November, 149 euro.", "en"),
        ("The boss is in Lisbon till Thursday.", "en"),
        ("We have been your customer since 2019.", "en"),
        ("Would you send a new one before the 30th?", "en"),
        ("I wrote to you on Tuesday.", "en"),
        ("It takes a minute now.", "en"),
        ("Our shop opens at nine.", "en"),
        ("Nobody bought the soap.", "en"),
        ("Nobody believes the header.", "en"),
        ("We are a family of four.", "en"),
        ("Vor uns stehen zwölf Leute im Flur.", "de"),
        ("Am 4. Dezember ist Elternsprechtag.", "de"),
    ],
)
def test_other_times_and_other_people_are_neither(text: str, language: str):
    assert _states(text, language) == {}
