"""What may come of a test mail (`doctor --send`): it comes back, its reader answers, it cannot be delivered; and what
is no receipt. On both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.doctor.finding import Level
from store import outbox
from store.engine import Store
from store.records import Purpose
from store.tables import letters, tickets
from store.tables import outbox as outbox_table
from tests.servers.stores import kind, store, store_url
from tests.unit.cli.probed import ME, OURS, asked, bounce, came, itself, reply, said, sent, standing
from tests.unit.store.samples import NOW

__all__ = ["kind", "store", "store_url"]


@pytest.mark.parametrize("door", ["smtp", "lmtp", "proxy", "imap", "pipe"])
def test_it_came_back_to_a_door(store: Store, door: str) -> None:
    mail = asked(store, to=OURS)
    sent(store, mail)
    assert standing(store, mail).state == "handed-over"
    content, path = itself(store, mail)
    row = came(store, content, path, door=door, received_at=NOW + timedelta(seconds=4.2))
    assert (row.verdict, row.reason) == (
        "loop-suppressed",
        f"it is the test mail {mail.number} that came back: our own mail",
    )
    now = standing(store, mail)
    assert (now.state, now.how, now.by, now.door) == ("confirmed", "returned", row.id, door)
    assert (now.trust, row.ticket_id) == ("D", None)
    assert now.evidence
    assert (now.reply, now.is_final) == ("250 2.0.0 Ok", True)


@pytest.mark.parametrize("how", [{"door": "submission", "login": "anastasia@desk.example"}, {"history": True}])
def test_a_copy_that_did_not_come_by_mail_is_no_receipt(store: Store, how: dict[str, Any]) -> None:
    mail = asked(store, to=OURS)
    content, path = itself(store, mail)
    row = came(store, content, path, **how)
    assert (row.verdict, row.reason) == ("loop-suppressed", "its Message-ID is one of ours: our own mail came back")
    assert standing(store, mail).state == "queued"


def test_what_our_border_says_of_it_is_told(store: Store) -> None:
    mail = asked(store, to=OURS)
    sent(store, mail)
    content, path = itself(store, mail)
    stamp = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=desk.example\r\n"
    came(store, stamp + content, path, client="127.0.0.1")
    now = standing(store, mail)
    assert (now.trust, now.evidence) == ("B", "dmarc=pass, aligned with desk.example")
    last = said(mail, now)[-1]
    assert (last.level, last.what) == (Level.OK, "our border says: dmarc=pass, aligned with desk.example")


def test_any_other_mail_of_ours_that_comes_back_is_no_test_mail(store: Store) -> None:
    mail = asked(store, to=OURS)
    with store.turn() as connection:
        connection.execute(update(outbox_table).values(purpose=Purpose.ALARM.value))
    content, path = itself(store, mail)
    assert came(store, content, path).reason == "its Message-ID is one of ours: our own mail came back"


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_its_reader_answers_it(store: Store, name: str) -> None:
    mail = asked(store)
    sent(store, mail)
    row = came(store, reply(mail, name=name), ME)
    assert (row.verdict, row.reason, row.ticket_id) == ("command", f"confirms the test mail {mail.number}", None)
    now = standing(store, mail)
    assert (now.state, now.how, now.by, now.trust) == ("confirmed", "replied", row.id, "D")
    with store.look() as connection:
        assert len(outbox.listing(connection)) == 1, "no acknowledgement"
        assert connection.execute(select(tickets)).all() == []


def test_a_colleague_whom_nothing_proves_confirms_it_too(store: Store) -> None:
    mail = asked(store, to="anastasia@desk.example")
    row = came(store, reply(mail, sender="anastasia@desk.example"), "anastasia@desk.example")
    assert row.reason == f"confirms the test mail {mail.number}"


@pytest.mark.parametrize("sender", ["nora@northwind.example", "you@elsewhere.example"])
def test_an_answer_of_somebody_else_is_a_mail_like_any_other(store: Store, sender: str) -> None:
    mail = asked(store)
    sent(store, mail)
    assert came(store, reply(mail, sender=sender), sender).verdict == "ticket-created"
    assert standing(store, mail).state == "handed-over"


def test_a_reader_with_a_detail_in_the_address_is_the_same_person(store: Store) -> None:
    mail = asked(store, to="me+desk@elsewhere.example")
    assert came(store, reply(mail), ME).verdict == "command"


def test_a_machines_answer_confirms_nothing(store: Store) -> None:
    mail = asked(store)
    sent(store, mail)
    raw = reply(mail).replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1)
    assert came(store, raw, "").verdict == "auto-reply-recorded"
    assert standing(store, mail).state == "handed-over"


def test_what_they_write_after_they_confirmed_it_is_not_lost(store: Store) -> None:
    mail = asked(store)
    came(store, reply(mail), ME)
    row = came(store, reply(mail, words="By the way, the search is slow.", number=2), ME)
    assert row.verdict == "ticket-created"


def test_an_answer_that_only_refers_to_it_further_back_is_a_mail_like_any_other(store: Store) -> None:
    mail = asked(store)
    raw = reply(mail, name="References").replace(b"\r\nDate:", b" <later@elsewhere.example>\r\nDate:")
    assert came(store, raw, ME).verdict == "ticket-created"


def test_it_came_back_as_undeliverable(store: Store) -> None:
    mail = asked(store)
    sent(store, mail)
    row = came(store, bounce(mail), "", to=itself(store, mail)[1], received_at=NOW + timedelta(seconds=3))
    assert row.verdict == "bounce-recorded"
    assert row.reason.startswith(f"the test mail {mail.number}: failed: {ME}: ")
    now = standing(store, mail)
    assert (now.state, now.by) == ("bounced", row.id)
    last = said(mail, now)[-1]
    assert last.level is Level.PROBLEM
    assert last.what.startswith(f"it came back as undeliverable after 3.0 s: the test mail {mail.number}: failed")
    assert f"replydesk mail show {row.id}" in last.fix


def test_a_bounce_that_did_not_come_to_its_reverse_path_is_not_believed(store: Store) -> None:
    mail = asked(store)
    sent(store, mail)
    came(store, bounce(mail), "")
    assert standing(store, mail).state == "handed-over"


def test_a_delay_is_not_the_end(store: Store) -> None:
    mail = asked(store)
    sent(store, mail)
    row = came(store, bounce(mail, "4.4.1", "delayed"), "", to=itself(store, mail)[1])
    assert row.reason.startswith(f"the test mail {mail.number}: delayed")
    now = standing(store, mail)
    assert (now.state, now.is_final) == ("handed-over", False)
    assert now.reply.startswith("250 delayed: ")


def test_what_the_smarthost_says_later_does_not_take_a_receipt_away(store: Store) -> None:
    """A relay may hand the mail back before the sender has written that it is gone."""
    mail = asked(store, to=OURS)
    content, path = itself(store, mail)
    came(store, content, path)
    assert (standing(store, mail).state, standing(store, mail).handed_over_at) == ("confirmed", None)
    sent(store, mail)
    with store.turn() as connection:
        outbox.keep_rendered(connection, {mail.number: ""}, {mail.number: content})
    assert (standing(store, mail).state, standing(store, mail).reply) == ("confirmed", "250 2.0.0 Ok")


def test_the_first_word_of_each_kind_counts(store: Store) -> None:
    mail = asked(store)
    with store.turn() as connection:
        for how, by in (("returned", 7), ("replied", 8), ("returned", 9)):
            outbox.note_receipt(connection, mail.number, how, by)
        outbox.note_receipt(connection, mail.number + 1, "returned", 9)
        (letter,) = connection.execute(select(letters.c.letter)).scalars()
    assert outbox.receipts(letter) == {"returned": 7, "replied": 8}
