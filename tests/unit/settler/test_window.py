"""Bounds of the window, and large mail beside small."""

from __future__ import annotations

from pathlib import Path

from gateway import settler
from gateway.settler import LARGE
from gateway.spool import Spool
from store import journal
from store.journal import Received
from tests.unit.settler.bench import LEASE
from tests.unit.store.samples import envelope, mail


def test_the_window_is_bounded_by_number(bench, monkeypatch):
    monkeypatch.setattr(settler, "WINDOW", 100)
    one = bench()
    assert one.settler.room == settler.WINDOW
    numbers = one.receive(*(mail(str(n)) for n in range(settler.WINDOW)))
    assert one.settler.room == 0
    assert one.settler.held == numbers
    one.finish()
    assert one.settler.room == settler.WINDOW


def test_the_window_is_bounded_by_bytes(bench, monkeypatch):
    monkeypatch.setattr(settler, "WINDOW_BYTES", 10_000)
    one = bench()
    one.receive(mail(words="x" * 9_000))
    assert one.settler.room > 0
    one.receive(mail(words="x" * 1_000))
    assert one.settler.room == 0
    one.finish()
    assert one.settler.room == settler.WINDOW


HUGE = mail("large", words="see the file").replace(
    b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", 1
) + b"--b\r\nContent-Type: application/octet-stream\r\n\r\n%b\r\n--b--\r\n" % ((b"x" * 70 + b"\r\n") * (LARGE // 70))


def test_a_large_mail_goes_alone_as_a_file_one_at_a_time_and_delays_no_small_one(bench, tmp_path):
    one = bench(readers=2)
    numbers = one.receive(mail("1"), mail("2"), HUGE, HUGE.replace(b"<m", b"<n"), mail("5"))
    first, second = (reader.batch() for reader in one.readers)
    assert [raw.id for raw in first] == [*numbers[:2], numbers[4]]
    assert [(raw.id, raw.content) for raw in second] == [(numbers[2], None)]
    assert Path(second[0].path).read_bytes() == HUGE
    one.readers[0].reads(first)
    one.hear()
    assert one.readers[0].batch() is None  # the second large one waits for the first
    (later,) = one.receive(mail("6"))
    small = one.readers[0].batch()
    assert [raw.id for raw in small] == [later]
    one.readers[0].reads(small)
    one.readers[1].reads(second)
    one.hear()
    given = [(reader, batch) for reader in one.readers if (batch := reader.batch())]
    assert [[raw.id for raw in batch] for _, batch in given] == [[numbers[3]]]
    for reader, batch in given:
        reader.reads(batch)
    one.finish()
    assert all(row.verdict for row in one.rows().values())
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_reader_that_had_a_large_mail_takes_small_ones_next(bench):
    one = bench()
    numbers = one.receive(HUGE, HUGE.replace(b"<m", b"<n"), mail("3"))
    order = []
    for _ in numbers:
        batch = one.readers[0].batch()
        order += [raw.id for raw in batch]
        one.readers[0].reads(batch)
        one.hear()
    assert order == [numbers[2], numbers[0], numbers[1]] or order == [numbers[0], numbers[2], numbers[1]]
    one.finish()


def test_a_small_mail_that_came_as_a_file_goes_as_a_file_and_leaves_none(bench, tmp_path):
    one = bench()
    with one.store.turn() as connection:
        (entry,) = journal.append(connection, [Received.of(envelope(), mail("1"))], LEASE)
    one.settler.take([entry], [None])
    one.finish()
    assert one.rows()[entry.id].verdict == "ticket-created"
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_large_mail_that_cannot_be_laid_out_waits_and_is_tried_again(bench, monkeypatch):
    one = bench()
    with monkeypatch.context() as broken:
        broken.setattr(Spool, "fetch", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        (number,) = one.receive(HUGE)
        assert one.readers[0].batch() is None
    one.settler.overdue()
    assert one.readers[0].batch() is None  # not at once
    one.clock += settler.AGAIN_SECONDS
    one.settler.overdue()
    assert [raw.id for raw in one.readers[0].batch()] == [number]


def test_small_mail_goes_on_while_a_large_one_cannot_be_laid_out(bench, monkeypatch, tmp_path):
    one = bench()
    monkeypatch.setattr(Spool, "_copy", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    (large,) = one.receive(HUGE)
    for name in "123":
        (number,) = one.receive(mail(name))
        batch = one.readers[0].batch()
        assert [raw.id for raw in batch] == [number]
        one.readers[0].reads(batch)
        one.hear()
    assert list((tmp_path / "spool").iterdir()) == []
    monkeypatch.undo()
    one.clock += settler.AGAIN_SECONDS
    one.settler.overdue()
    assert [raw.id for raw in one.readers[0].batch()] == [large]


def test_two_mails_of_the_same_large_content_share_a_file_until_both_are_settled(bench, tmp_path):
    one = bench()
    first, second = one.receive(HUGE, HUGE)
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    one.turn()
    batch = one.readers[0].batch()
    assert [raw.id for raw in batch] == [second]
    assert Path(batch[0].path).exists()
    one.readers[0].reads(batch)
    one.hear()
    one.finish()
    assert one.rows()[first].verdict == "ticket-created"
    assert list((tmp_path / "spool").iterdir()) == []


def test_several_readers_share_the_work(bench):
    one = bench(readers=3)
    one.receive(*(mail(str(n)) for n in range(40)))
    given = [len(reader.batch() or ()) for reader in one.readers]
    assert sum(given) == 40
    assert min(given) > 0
