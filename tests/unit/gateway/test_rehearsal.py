"""The reader of a rehearsal: what it says is believed no further than what a serving desk's reader says."""

from __future__ import annotations

import pytest

from gateway import rehearsal
from gateway.reader import ReaderOptions, Ready
from parsing.message import Reading
from tests.unit.settler.bench import Bait, Reader
from tests.unit.store.samples import mail

OPTIONS = ReaderOptions(reading=Reading(), memory_mb=512)


@pytest.fixture
def reader(monkeypatch):
    """Makes a reader that says these words as soon as it is there."""

    def make(*words):
        class Speaker(Reader):
            def start(self):
                super().start()
                for word in (Ready(), *words):
                    self.line.send(word)

            def kill(self):
                return super().kill() if self.pid else "never started"

        monkeypatch.setattr(rehearsal, "Worker", Speaker)

    return make


def test_a_reader_that_was_taken_over_makes_explain_run_nothing(reader, tmp_path):
    reader(Bait(tmp_path / "bitten"))
    found, why = rehearsal.read(mail("x"), "a@b.example", OPTIONS, 5.0)
    assert why.startswith("no reader survived it")
    assert found.defects == (why,)
    assert not (tmp_path / "bitten").exists()


def test_what_a_sound_reader_reads_is_what_counts():
    found, why = rehearsal.read(mail("Export stops"), "a@b.example", OPTIONS, 20.0)
    assert (found.subject, why) == ("Export stops", "")
