"""What we had written to somebody who answers, found by Message-ID or by the key that the answer came to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.rules import keys
from store.lookup import load
from store.records import Answering, Purpose
from store.snapshot import Wanted
from store.tables import letters, outbox
from store.written import BEGINNING, NEWEST, text_of
from tests.unit.store.samples import SECRET, acknowledgement, commit, kept, opening

NORA = "nora@northwind.example"
KEY = keys.fingerprint(keys.mint(SECRET, 1001, NORA, "customer", "public", 1))
HEAD = b"Subject: x\r\nContent-Type: multipart/alternative\r\n\r\n--=_1\r\nContent-Type: text/plain; charset=utf-8\r\n"


def rendered(words: bytes, encoding: bytes = b"7bit") -> bytes:
    return HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + words + b"\r\n--=_1--\r\n"


@pytest.fixture
def sent(store):
    """One ticket, and the Message-ID of the mail that acknowledged it, as it left."""
    with store.turn() as connection:
        commit(connection, [opening(kept(connection))])
        number, message_id = connection.execute(select(outbox.c.id, outbox.c.message_id)).one()
        connection.execute(update(letters).where(letters.c.outbox_id == number).values(rendered=rendered(b"Our words")))
    return message_id


def look(store, answering, **wanted):
    with store.look() as connection:
        found = load(connection, Wanted(answering={answering}, **wanted))
    return [text_of(content) for content in found.written.get(answering, ())]


def test_by_message_id(store, sent):
    assert look(store, Answering((sent, "<other@x>"), ()), message_ids={sent, "<other@x>"}) == ["Our words"]


def test_an_unknown_mail_was_not_ours(store, sent):
    assert look(store, Answering(("<other@x>",), ()), message_ids={"<other@x>"}) == []


def test_by_the_key_when_the_client_names_nothing(store, sent):
    assert look(store, Answering((), (KEY,)), key_hashes={KEY}) == ["Our words"]


def test_a_named_mail_is_better_than_the_key(store, sent):
    found = look(store, Answering((sent,), (KEY,)), key_hashes={KEY}, message_ids={sent})
    assert found == ["Our words"]


def test_the_newest_of_a_person_and_no_more(store, sent):
    with store.turn() as connection:
        for number in range(NEWEST + 1):
            again = replace(acknowledgement(1001), round=f"again {number}")
            commit(connection, [replace(opening(kept(connection)), ticket=1001, effects=(again,))])
        rows = connection.execute(select(outbox.c.id).order_by(outbox.c.id)).scalars().all()
        for number in rows[1:]:
            words = rendered(b"mail %d" % number)
            connection.execute(update(letters).where(letters.c.outbox_id == number).values(rendered=words))
    found = look(store, Answering((), (KEY,)), key_hashes={KEY})
    assert found == [f"mail {number}" for number in reversed(rows)][:NEWEST]


@pytest.mark.parametrize("purpose", [Purpose.HELD, Purpose.UNDELIVERED])
def test_words_that_were_given_back_are_no_words_of_ours(store, sent, purpose):
    with store.turn() as connection:
        connection.execute(update(outbox).values(purpose=purpose.value))
    assert look(store, Answering((sent,), ()), message_ids={sent}) == []
    assert look(store, Answering((), (KEY,)), key_hashes={KEY}) == []


def test_a_mail_that_has_not_left_has_no_text(store):
    with store.turn() as connection:
        commit(connection, [opening(kept(connection))])
        message_id = connection.execute(select(outbox.c.message_id)).scalar_one()
    assert look(store, Answering((message_id,), ()), message_ids={message_id}) == []


def test_only_the_beginning_is_read(store, sent):
    with store.turn() as connection:
        connection.execute(update(letters).values(rendered=rendered(b"x" * 2 * BEGINNING)))
    (found,) = look(store, Answering((sent,), ()), message_ids={sent})
    assert 0 < len(found) < BEGINNING


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        (rendered(b"f=C3=BCr =\r\nalle", b"quoted-printable"), "für alle"),
        (rendered(b"one\r\n\r\ntwo"), "one\n\ntwo"),
        (b"", ""),
        (b"no mail of ours", ""),
        (HEAD, ""),
    ],
)
def test_the_text_part(mail, text):
    assert text_of(mail) == text
