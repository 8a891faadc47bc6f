"""Daily digests: to whom and when, never twice and never for nothing (R19, R90-R94)."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import update

from gateway.rules.overview import digests
from gateway.rules.policy.digests import OFF, Digests
from store import people, tables
from store.records import Person
from store.tables import chores
from tests.desk import StillDesk
from tests.unit.gateway.morning import DAY, desk, until, written

__all__ = ["desk"]


def test_it_comes_once_a_day_at_the_readers_hour_also_after_a_crash_in_between(desk: StillDesk) -> None:
    written(desk, 1)
    assert until(desk, 24, 7, 59) == {}
    assert {"anastasia", "dominique", "mirabelle"} <= until(desk, 24, 8, 0).keys()
    assert until(desk, 24, 8, 30) == {}
    with desk.store.turn() as connection:  # the chore is taken again from its beginning
        connection.execute(update(chores).where(chores.c.name == "digests").values(due_at=desk.now, after=0))
    assert until(desk, 24, 9, 0) == {}
    assert until(desk, 25, 8, 0).keys() >= {"anastasia", "dominique"}


def test_it_comes_late_after_a_sleep_on_the_same_day_only_and_never_on_a_day_off(desk: StillDesk) -> None:
    written(desk, 1)
    assert "anastasia" in until(desk, 24, 15, 30)  # a desk that slept since yesterday
    assert "anastasia" in until(desk, 27, 23, 59)
    assert until(desk, 28, 12) == {}  # Saturday
    assert until(desk, 29, 12) == {}
    assert "anastasia" in until(desk, 30, 8)


def test_whoever_is_away_disabled_or_mute_gets_none(desk: StillDesk) -> None:
    written(desk, 1)
    desk.settle()
    with desk.store.turn() as connection:
        for name, values in (
            ("anastasia", {"away_until": desk.now + 3 * DAY}),
            ("dominique", {"disabled": True}),
            ("mirabelle", {"notices": "mute"}),
        ):
            people.ensure_known(connection, f"{name}@desk.example", "", desk.now)
            where = tables.people.c.address == f"{name}@desk.example"
            connection.execute(update(tables.people).where(where).values(values))
    assert until(desk, 24) == {}


def test_a_digest_of_nothing_is_not_sent(desk: StillDesk) -> None:
    assert until(desk, 24) == {}
    with desk.store.look() as connection:
        made = people.standing(connection, ["anastasia@desk.example"])["anastasia@desk.example"].digested_at
    assert made is not None  # and is not looked for again today


def test_each_has_their_own_hour_zone_and_days(tmp_path: Path, template: Path) -> None:
    with closing(StillDesk(tmp_path / "desk", template, {"REPLYDESK_DIGESTS__AT": "shift"})) as still:
        desk, day = still.desk, date(2026, 11, 24)
        charlotte, anastasia = desk.agent_named("charlotte"), desk.agent_named("anastasia")
        assert charlotte is not None and anastasia is not None
        assert digests.moment(charlotte, desk, day) == datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # 12:00 in Berlin
        assert digests.moment(anastasia, desk, day) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
        assert digests.moment(anastasia, desk, date(2026, 11, 28)) is None
        own = replace(desk.digests, own={"charlotte": time(6, 30), "anastasia": OFF})
        other = replace(desk, digests=own)
        assert digests.moment(charlotte, other, day) == datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
        assert digests.moment(anastasia, other, day) is None
        assert digests.following(datetime(2026, 11, 23, 22, 0, tzinfo=UTC), other) == datetime(
            2026, 11, 24, 5, 30, tzinfo=UTC
        )
        silent = replace(desk, digests=Digests(usual=OFF))
        assert digests.following(still.now, silent) == still.now + DAY
        holiday = replace(desk, holidays=frozenset({day}))
        assert digests.moment(charlotte, holiday, day) is None
        skills = replace(desk.routing.of("charlotte"), zone="Asia/Tokyo")
        far = replace(desk, routing=replace(desk.routing, skills={**desk.routing.skills, "charlotte": skills}))
        assert digests.moment(charlotte, far, day) == datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
        known = {
            charlotte.address: Person(address=charlotte.address, digested_at=datetime(2026, 11, 23, 16, tzinfo=UTC))
        }
        # it is the 24th in Tokyo already when the last one was made by our calendar of the 23rd
        assert charlotte not in digests.due(far, known, datetime(2026, 11, 24, 4, 0, tzinfo=UTC))


def test_digest_by_mail_comes_at_any_time_even_when_it_has_nothing_to_say(desk: StillDesk) -> None:
    before = len(desk.sent)
    outcome = desk.mail(
        "From: anastasia@desk.example\nTo: desk@desk.example\nSubject: x\nMessage-ID: <ask@x>\n"
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\n\n#digest\n",
        "anastasia@desk.example",
        "desk@desk.example",
    )
    desk.now += timedelta(minutes=1)
    desk.settle()
    sent = {mail.purpose: mail for mail in desk.sent[before:]}
    assert sent.keys() == {"transcript", "digest"}, outcome
    assert "nothing waits for you" in sent["digest"].text()
    desk.settle()
    assert sum(mail.purpose == "digest" for mail in desk.sent[before:]) == 1
