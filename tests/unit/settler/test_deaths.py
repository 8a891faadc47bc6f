"""Readers that die, are overdue or say what they may not: who is charged, and the stub after three deaths."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.reader import InHand, Read
from store import journal
from store.journal import Received
from store.records import Verdict
from store.tables import messages, outbox, tickets
from tests.unit.settler.bench import LEASE, Bait
from tests.unit.store.samples import NOW, envelope, mail


def test_mails_are_read_and_settled_in_their_order(bench):
    one = bench()
    numbers = one.receive(*(mail(f"Subject {n}") for n in range(5)))
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 5
    assert [row.subject for row in one.all(tickets)] == [f"Subject {n}" for n in range(5)]
    assert one.settler.held == []
    assert list(one.rows()) == numbers


def test_a_readers_death_charges_only_the_mail_in_hand(bench):
    one = bench()
    first, second, third = one.receive(mail("1"), mail("2"), mail("3"))
    (reader,) = one.readers
    assert [raw.id for raw in reader.batch()] == [first, second, third]
    reader.begins(first)
    reader.begins(second)
    one.hear()
    reader.dies()
    one.hear()
    assert reader.starts == 2
    one.turn()
    assert [row.attempts for row in one.rows().values()] == [0, 1, 0]
    assert one.settler.held == [first, second, third]
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 3
    assert [row.attempts for row in one.rows().values()] == [0, 1, 0]


def test_a_reader_that_dies_before_it_names_a_mail_charges_the_first(bench):
    """It died while the batch was handed over: a mail too large for its memory comes alone."""
    one = bench()
    one.receive(mail("1"), mail("2"))
    one.readers[0].dies()
    one.hear()
    one.hear()
    one.turn()
    assert [row.attempts for row in one.rows().values()] == [1, 0]
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 2


def test_an_idle_readers_death_charges_nobody(bench):
    one = bench()
    one.readers[0].dies()
    one.hear()
    one.hear()
    assert one.readers[0].starts == 2
    one.receive(mail())
    one.finish()
    assert [(row.attempts, row.verdict) for row in one.rows().values()] == [(0, "ticket-created")]


def _die_over(one, number):
    """Readers read on until one of them begins `number`, and dies over it."""
    for _ in range(50):
        for reader in one.readers:
            batch = reader.batch()
            if batch is None:
                continue
            if number in [raw.id for raw in batch]:
                for raw in batch:
                    reader.begins(raw.id)
                    if raw.id == number:
                        break
                one.hear()
                reader.dies()
                one.hear()
                one.turn()
                return
            reader.reads(batch)
        one.hear()
        if one.settler.ready:
            one.turn()
    raise AssertionError("nobody was given the mail")


def test_the_third_death_makes_a_stub_and_tells_the_operators(bench):
    one = bench()
    poison = mail("Poison")
    _, guilty, _ = one.receive(mail("before"), poison, mail("after"))
    for _ in range(3):
        _die_over(one, guilty)
    one.finish()
    rows = one.rows()
    assert [row.verdict for row in rows.values()].count("ticket-created") == 2
    row = rows[guilty]
    assert (row.verdict, row.attempts) == (Verdict.UNREADABLE.value, 3)
    assert "no reader survived it" in row.reason
    with one.store.look() as connection:
        assert journal.contents(connection, [journal.entry(row)]) == [poison]
    stub = next(ticket for ticket in one.all(tickets) if ticket.id == row.ticket_id)
    assert stub.subject == "Unreadable message"
    assert [m.ticket_id for m in one.all(messages) if m.journal_id == guilty] == [stub.id]
    mails = [letter for letter in one.all(outbox) if letter.journal_id == guilty]
    assert [m.to_address for m in mails if m.purpose == "alarm"] == ["ops@desk.example"]
    assert "acknowledgement" not in {m.purpose for m in mails}


def test_deaths_are_remembered_over_a_restart(bench):
    one = bench()
    (number,) = one.receive(mail())
    for _ in range(2):
        _die_over(one, number)
    with one.store.turn() as connection:
        journal.release_all(connection)
    other = bench()
    with other.store.turn() as connection:
        entries = journal.claim(connection, LEASE, NOW, 10)
        contents = journal.contents(connection, entries)
    assert [entry.attempts for entry in entries] == [2]
    other.settler.take(entries, contents)
    _die_over(other, number)
    other.finish()
    assert other.rows()[number].verdict == "unreadable"


def test_a_mail_that_had_its_three_deaths_is_given_to_no_reader(bench):
    one = bench()
    with one.store.turn() as connection:
        (entry,) = journal.append(connection, [Received.of(envelope(), mail())])
        for _ in range(3):
            journal.charge(connection, entry.id)
        (entry,) = journal.claim(connection, LEASE, NOW, 1)
    one.settler.take([entry], [mail()])
    assert one.readers[0].batch() is None
    one.finish()
    assert one.rows()[entry.id].verdict == "unreadable"


def test_a_charge_is_not_lost_with_the_turn_that_fails(bench, monkeypatch):
    one = bench()
    (number,) = one.receive(mail())
    one.readers[0].begins(number)
    one.hear()
    one.readers[0].dies()
    one.hear()
    with pytest.raises(RuntimeError), one.store.turn() as connection:
        one.settler.turn(connection, LEASE)
        raise RuntimeError("the disk is full")
    assert one.settler.ready
    one.turn()
    assert one.rows()[number].attempts == 1


def test_the_deadline_kills_the_reader_and_charges_its_mail(bench):
    one = bench()
    slow, other = one.receive(mail("slow"), mail("other"))
    one.readers[0].begins(slow)
    one.hear()
    one.clock = 10.0
    assert one.settler.overdue() == []
    one.clock = 10.1
    assert len(one.settler.overdue()) == 1
    assert one.readers[0].starts == 2
    one.turn()
    assert {n: row.attempts for n, row in one.rows().items()} == {slow: 1, other: 0}
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 2


def test_the_deadline_is_for_one_mail_not_for_a_batch(bench):
    one = bench()
    numbers = one.receive(mail("1"), mail("2"), mail("3"))
    for number in numbers:
        one.readers[0].begins(number)
        one.hear()
        one.clock += 9.0
        assert one.settler.overdue() == []


def test_an_idle_reader_is_never_overdue(bench):
    one = bench()
    one.receive(mail())
    one.finish()
    one.clock = 10_000.0
    assert one.settler.overdue() == []


def test_a_reader_that_says_more_than_values_counts_as_dead_and_nothing_of_it_is_run(bench, tmp_path):
    one = bench()
    (number,) = one.receive(mail("1"))
    one.readers[0].batch()
    one.readers[0].begins(number)
    one.readers[0].line.send(Bait(tmp_path / "bitten"))
    one.hear()
    assert one.readers[0].starts == 2
    one.finish()
    assert not (tmp_path / "bitten").exists()
    assert (one.rows()[number].verdict, one.rows()[number].attempts) == ("ticket-created", 1)


@pytest.mark.parametrize("word", [Read(5), Read([]), Read([(99, None)]), Read([(1, None)]), InHand(99), 7])
def test_a_reader_that_says_what_makes_no_sense_counts_as_dead(bench, word):
    one = bench()
    one.receive(mail("1"))
    one.readers[0].batch()
    one.readers[0].line.send(word)
    one.hear()
    assert one.readers[0].starts == 2
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"]


def test_who_names_one_mail_again_and_again_does_not_get_more_time(bench):
    one = bench()
    (number,) = one.receive(mail("1"))
    one.readers[0].batch()
    one.readers[0].begins(number)
    one.hear()
    one.clock = 9
    one.readers[0].begins(number)
    one.hear()
    assert one.readers[0].starts == 2


def test_a_mail_that_a_mailbox_could_not_give_whole_is_a_stub_that_says_why(bench):
    """No reader sees it; what is known of it becomes a ticket, and the team is told."""
    why = "it has 61 MB, more than smtp.max_size; it lies in the folder replydesk-refused"
    one = bench()
    with one.store.turn() as connection:
        brought = [Received.of(replace(envelope(), door="imap"), content, why) for content in (mail(), b"")]
        entries = journal.append(connection, [*brought, Received.of(envelope(), mail("other"))], LEASE)
    one.settler.take(entries, [mail(), b"", mail("other")])
    one.finish()
    first, second, third = one.rows().values()
    assert [row.verdict for row in (first, second, third)] == [*[Verdict.UNREADABLE.value] * 2, "ticket-created"]
    assert why in first.reason
    assert len(one.all(tickets)) == 3
    assert second.reason == why
    told = [row.to_address for row in one.all(outbox) if row.journal_id == first.id and row.purpose == "alarm"]
    assert told == ["ops@desk.example"]
