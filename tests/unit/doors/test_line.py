"""The line to the daemon, on a clock that a test moves: silence, patience with one message, and what is told when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from gateway.channel import Unpacker, pack
from gateway.doors.line import Desk
from gateway.doors.words import Arrived, DoorCounts, Fate, Kept, Pulse, Spooled, Withdrawn


class Clock:
    """The loop as the line sees it; time stands still unless moved."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._loop = asyncio.get_running_loop()
        self.create_future = self._loop.create_future
        self.call_soon = self._loop.call_soon

    def time(self) -> float:
        return self.now


class Wire:
    """What the line has said."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self._unpacker = Unpacker()

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.said += self._unpacker.feed(data)


class Line:
    """A line whose daemon was heard just now."""

    def __init__(self) -> None:
        self.clock, self.wire = Clock(), Wire()
        self.removed: list[str] = []
        self.desk = Desk(self.clock, self.removed.append)  # type: ignore[arg-type]
        self.desk.connection_made(self.wire)  # type: ignore[arg-type]
        self.counted = 0
        self.hear(Pulse(None))

    def hear(self, message: object) -> None:
        self.desk.data_received(pack(message))

    def keep(self, path: str = "") -> asyncio.Future[Fate]:
        return self.desk.keep(
            Arrived(
                token=self.desk.next_token(),
                door="smtp",
                client="",
                hello="",
                sender="",
                recipients=(),
                received_at=datetime(2026, 11, 2, tzinfo=UTC),
                content=b"",
                spooled=Spooled(path, 1, "") if path else None,
            )
        )

    def pass_time(self, seconds: float, *, pulses: bool) -> None:
        """As the door's process lives through it: a look four times a second."""
        for _ in range(int(seconds * 4)):
            self.clock.now += 0.25
            if pulses:
                self.hear(Pulse(None))
            self.desk.look(self.clock.now, DoorCounts(self.counted, 0, 0, ()))


def test_silence() -> None:
    async def play() -> None:
        line = Line()
        waiting, large, gone = line.keep(), line.keep("large"), line.keep("gone")
        gone.cancel()  # as when its client goes away
        line.pass_time(1.5, pulses=False)
        assert not line.desk.silent
        line.pass_time(0.25, pulses=False)
        assert line.desk.silent
        assert (waiting.result(), large.result()) == (Fate.LATER, Fate.LATER)
        assert [message for message in line.wire.said if isinstance(message, Withdrawn)] == [Withdrawn((1, 2))]
        assert [len(message) for message in line.wire.said if isinstance(message, list)] == [3], "and said before"
        assert line.removed == ["large"]
        line.hear(Kept((1, 2, 3), Fate.KEPT))
        assert not line.desk.silent
        assert line.removed == ["large"], "what is kept is the daemon's"

    asyncio.run(play())


def test_a_message_that_nobody_answers_for_is_withdrawn_after_five_minutes() -> None:
    async def play() -> None:
        line = Line()
        waiting = line.keep()
        line.pass_time(299, pulses=True)
        assert not waiting.done()
        line.pass_time(2, pulses=True)
        assert waiting.result() is Fate.LATER

    asyncio.run(play())


def test_who_stood_still_himself_blames_nobody() -> None:
    async def play() -> None:
        line = Line()
        waiting = line.keep()
        line.pass_time(0.25, pulses=True)
        line.clock.now += 60.0  # the machine was suspended
        line.desk.look(line.clock.now, DoorCounts(0, 0, 0, ()))
        assert not line.desk.silent
        assert not waiting.done()
        line.hear(Kept((1,), Fate.KEPT))
        assert waiting.result() is Fate.KEPT
        another = line.keep()
        for _ in range(2):  # always late: that is how it is here, and no excuse for the daemon
            line.clock.now += 5.0
            line.desk.look(line.clock.now, DoorCounts(0, 0, 0, ()))
        assert another.result() is Fate.LATER

    asyncio.run(play())


def test_files_of_what_is_not_kept_are_removed() -> None:
    async def play() -> None:
        line = Line()
        for path in ("a", "b", "c"):
            line.keep(path).cancel()  # also when its client has gone
        line.hear(Kept((1,), Fate.KEPT))
        line.hear(Kept((2,), Fate.LATER))
        line.hear(Kept((3,), Fate.FULL))
        assert line.removed == ["b", "c"]

    asyncio.run(play())


def test_counts_are_told_once_a_second_and_also_without_news() -> None:
    async def play() -> None:
        line = Line()
        line.pass_time(5, pulses=True)
        assert len(line.wire.said) == 5, "they are a sign of life too"
        for _ in range(20):
            line.counted += 1
            line.pass_time(0.25, pulses=True)
        assert len(line.wire.said) == 10

    asyncio.run(play())


def test_messages_of_one_turn_leave_in_one_frame() -> None:
    async def play() -> None:
        line = Line()
        for _ in range(3):
            line.keep()
        await asyncio.sleep(0)
        line.keep()
        await asyncio.sleep(0)
        assert [[item.token for item in batch] for batch in line.wire.said] == [[1, 2, 3], [4]]

    asyncio.run(play())
