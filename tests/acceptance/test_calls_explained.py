"""`explain` and `mail replay` of mails about a call: told as it was when they came, and nothing is done twice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from gateway import pipeline
from gateway.stages.commit import Committed
from gateway.turns import Turns
from store import calls
from store.records import SaveCall
from store.tables import call_versions
from tests.acceptance.test_calls_booked import NORA, Writing
from tests.acceptance.test_explain import Historian, known, plain, told_of
from tests.desk import UNASKED, StillDesk


@pytest.fixture
def settings() -> dict[str, str]:
    return UNASKED


@pytest.fixture
def desk(still: StillDesk) -> Writing:
    return Writing(still)


def saves(decision: Any) -> list[str]:
    return [plain(effect) for effect in told_of(decision) if type(effect).__name__ in ("SaveCall", "Witnesses")]


def test_each_mail_of_a_call_is_told_as_it_was(desk: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Booked, moved by another number, cancelled: explained at the end, each is what it was, not what stands now."""
    historian = Historian(desk.still, monkeypatch)
    offer = desk.offered()
    numbers = [desk.answer(offer, words)["id"] for words in ("BOOK 2", "BOOK 1", "CANCEL")]
    assert desk.call()["state"] == "cancelled"
    states = []
    for number in numbers:
        really, would = historian.decided[number], historian.explain(number).decision
        assert known(would) == known(really)
        assert [plain(effect) for effect in told_of(would)] == [plain(effect) for effect in told_of(really)]
        assert saves(would)
        states += [str(effect.call.state) for effect in would.effects if type(effect).__name__ == "SaveCall"]
    assert states == ["booked", "booked", "cancelled"]


def test_a_mail_that_books_is_explained_in_words(desk: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    historian = Historian(desk.still, monkeypatch)
    number = desk.answer(desk.offered(), "BOOK 2")["id"]
    start = desk.call()["start"]
    (told,) = [one for one in historian.explain(number).happenings if one.kind == "call"]
    assert told.facts == {"ticket": "DESK-1001", "call": 1, "state": "booked"}
    assert told.words == f"makes call 1 of DESK-1001 booked, {start}"


def test_a_replay_books_nothing_anew_and_sends_nothing_twice(desk: Writing) -> None:
    offer = desk.offered()
    entry = desk.answer(offer, "BOOK 2")
    desk.still.sent.clear()
    before, versions = desk.call(), _versions(desk.still)
    again = desk.still.replay(entry["id"])
    assert (again["verdict"], again["ticket"]) == (entry["verdict"], entry["ticket"])
    assert desk.call() == before
    assert _versions(desk.still) == versions
    assert [sent for sent in desk.still.sent if sent.to == NORA and sent.purpose == "invite"] == []


def test_a_turn_that_is_overtaken_is_taken_again_and_books_once(desk: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody changes the call between the look and the deed: the daemon's turn is undone and taken again, and the
    mail is charged to nobody."""
    offer = desk.offered()
    settler, settle, been = desk.still._settler, pipeline.settle, list[bool]()
    turn = settler.turn
    stumbled: list[bool] = []
    theirs = SimpleNamespace(turn=turn, stumbled=lambda: stumbled.append(True))

    def overtaken(connection: Any, *words: Any) -> Any:
        found = settle(connection, *words)
        if not been:
            been.append(True)
            (call,) = calls.of_tickets(connection, {1001})
            calls.save(connection, [(SaveCall(call=call, before=call), 1001, None)], desk.still.now)
        return found

    def as_the_daemon(connection: Any, lease: Any) -> Any:
        made = Turns.settle(cast(Turns, SimpleNamespace(settler=theirs, may_send=True)), connection, lease)
        return None if made is None else Committed(outbox=made)

    monkeypatch.setattr(pipeline, "settle", overtaken)
    monkeypatch.setattr(settler, "turn", as_the_daemon)
    entry = desk.answer(offer, "BOOK 2")
    assert (been, stumbled) == ([True], [])
    assert (entry["verdict"], entry["attempts"]) == ("booking", 0)
    assert (desk.call()["state"], desk.kinds().count("call-booked")) == ("booked", 1)


def _versions(still: StillDesk) -> int:
    with still.store.look() as connection:
        return len(connection.execute(select(call_versions.c.id)).all())
