"""Fixtures: smarthosts that stop with their test, and ways out to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.transport import Outgoing, Transport, open_transport
from tests.unit.transport.sink import Sink


@pytest.fixture(params=[("PIPELINING", "SIZE 10000"), ("SIZE 10000",)], ids=["pipelining", "step by step"])
def sink(request: pytest.FixtureRequest) -> Iterator[Sink]:
    server = Sink(request.param)
    yield server
    server.stop()


@pytest.fixture
def server() -> Iterator[Callable[..., Sink]]:
    made: list[Sink] = []

    def make(*arguments: Any, **named: Any) -> Sink:
        made.append(Sink(*arguments, **named))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def reach() -> Iterator[Callable[..., Transport]]:
    made: list[Transport] = []

    def make(port: int, **named: Any) -> Transport:
        named = {"hostname": "desk.example", "timeout": 5.0, "url": f"smtp://127.0.0.1:{port}"} | named
        made.append(open_transport(Outgoing(**named)))
        return made[-1]

    yield make
    for one in made:
        one.close()
