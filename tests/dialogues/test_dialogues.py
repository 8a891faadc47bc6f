"""Each script of this folder against one running desk: what doors answer to abuse, and what the journal holds then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.loading import load
from gateway.doors.login import line
from store import blobs, journal
from store.engine import Store
from store.opening import open_store
from tests.desk import ServedDesk
from tests.dialogues.script import Kept, Played
from tests.unit.doors.certificate import make_certificate

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[ServedDesk]:
    """A desk with every door, and limits that a script can reach."""
    folder = tmp_path_factory.mktemp("dialogues")
    logins = folder / "logins"
    logins.write_text("# who may submit\n" + line("samantha@desk.example", "correct horse", bytes(16)) + "\n")
    certificate, key = make_certificate(folder)
    served = ServedDesk.make(
        folder / "desk",
        template,
        SMTP__CERTIFICATE=str(certificate),
        SMTP__PRIVATE_KEY=str(key),
        SMTP__MAX_SIZE="131072",
        SMTP__RECIPIENTS="5",
        SMTP__ERRORS="8",
        SMTP__COMMANDS="40",
        SMTP__PROXY_LISTEN="127.0.0.1:0",
        SMTP__PROXY_FROM='["127.0.0.1"]',
        SUBMISSION__LISTEN="127.0.0.1:0",
        SUBMISSION__LOGINS_FILE=str(logins),
    ).start()
    yield served
    served.kill()


@pytest.fixture(scope="module")
def store(desk: ServedDesk) -> Iterator[Store]:
    opened = open_store(load(desk.folder / "replydesk.toml", {}).store.url)
    yield opened
    opened.close()


def kept_after(store: Store, number: int) -> list[Kept]:
    """The messages of the journal behind a number."""
    with store.look() as connection:
        return [
            Kept(row.envelope_from, tuple(row.envelope_to), blobs.read(connection, row.sha256) or b"")
            for row in journal.listing(connection)
            if row.id > number
        ]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_dialogue(desk: ServedDesk, store: Store, script: Path) -> None:
    with store.look() as connection:
        last = max((row.id for row in journal.listing(connection)), default=0)
    Played(desk.port, lambda: kept_after(store, last)).play(script)


def test_every_script_says_what_it_shows() -> None:
    assert len(SCRIPTS) >= 34
    for script in SCRIPTS:
        text = script.read_text("ascii")
        assert text.startswith("# "), script.name
        assert "\nkept " in text, f"{script.name} does not say what the journal must hold"


def test_afterwards_nothing_was_logged_in_anger(desk: ServedDesk) -> None:
    assert "Traceback" not in desk.log()
    assert not list((desk.folder / "data" / "spool").glob("arriving-*"))
