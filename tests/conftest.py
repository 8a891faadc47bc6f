"""What several folders of tests share: the template of a desk, desks that stand still, desks that are served.

`BOTH` names the modules whose desks run on SQLite and on PostgreSQL; the others' run on SQLite.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import canaries
from tests.desk import ServedDesk, StillDesk, make_template
from tests.servers import postgresql
from tests.servers.stores import KINDS

canaries.install()  # before any test module has taken `compose` by its name
BOTH = (
    "test_stories",
    "test_life",
    "test_digests",
    "test_digest_hours",
    "test_day",
    "test_intake",
    "test_intake_ahead",
    "test_ruling",
    "test_intake_course",
    "test_intake_dialogues",
    "test_forgetting",
    "test_calls_answered",
    "test_calls_asked",
    "test_calls_booked",
    "test_calls_explained",
    "test_calls_staffed",
    "test_call_requirements",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_kind" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH:
        metafunc.parametrize("store_kind", KINDS, indirect=True, scope="module")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: no collection of garbage looks through it again. That takes a
    quarter of a second, and would be charged to whichever test just then measures how long something takes."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test has printed travels to another process, which takes only what UTF-8 can say."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def no_canary() -> Iterator[None]:
    """Whatever was composed for somebody outside in this test holds no word that is nobody's business there."""
    canaries.HITS.clear()
    yield
    assert not canaries.HITS, "a mail to somebody outside holds what must not leave"


@pytest.fixture(scope="module")
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which database the desks of this test have."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo desk with an empty store; copied, never used."""
    return make_template(tmp_path_factory.mktemp("template") / "desk")


@pytest.fixture
def settings() -> dict[str, str]:
    """What a module's desk that stands still has in its environment; a module whose customers are not to be asked for
    facts has `UNASKED` here."""
    return {}


@pytest.fixture
def still(tmp_path: Path, template: Path, store_kind: str, settings: dict[str, str]) -> Iterator[StillDesk]:
    """A desk in this process, on a clock that stands still."""
    with ExitStack() as stack:
        env = dict(settings)
        if store_kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = stack.enter_context(postgresql.emptied())
        desk = stack.enter_context(closing(StillDesk(tmp_path / "desk", template, env)))
        yield desk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, template: Path, store_kind: str) -> Iterator[ServedDesk]:
    """A running desk that the tests of one module share: each counts only its own mail."""
    with ExitStack() as stack:
        settings = _store(stack, store_kind)
        desk = ServedDesk.make(tmp_path_factory.mktemp("served") / "desk", template, **settings).start()
        stack.callback(_searched, desk)
        stack.callback(desk.kill)
        yield desk


@pytest.fixture
def serve(tmp_path: Path, template: Path, store_kind: str) -> Iterator[Callable[..., ServedDesk]]:
    """Makes a desk of one's own; it is stopped at the end."""
    numbers = count()
    with ExitStack() as stack:

        def make(**settings: Any) -> ServedDesk:
            settings = _store(stack, store_kind) | settings
            desk = ServedDesk.make(tmp_path / f"desk{next(numbers)}", template, **settings).start()
            stack.callback(_searched, desk)
            stack.callback(desk.kill)
            return desk

        yield make


def _searched(desk: ServedDesk) -> None:
    """The same for what a served desk has sent."""
    found = canaries.in_folder(desk.folder / "data")
    assert not found, found


def _store(stack: ExitStack, kind: str) -> dict[str, str]:
    """The settings of a desk on a database of its own."""
    if kind == "sqlite":
        return {}
    return {"STORE__URL": stack.enter_context(postgresql.database(postgresql.migrated()))}
