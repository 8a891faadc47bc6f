"""Words that must not stay go from all that a ticket shows, and nothing else does."""

from __future__ import annotations

from sqlalchemy import select, update

from gateway.rules.timers import FORGET
from store import forgetting
from store.records import SetTimer
from store.tables import events, journal, letters, links, messages, outbox, tickets, timers
from tests.desk import StillDesk

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Licence AB12-CD34-EF56 fails
Message-ID: <{name}@northwind.example>
Date: Mon, 23 Nov 2026 09:00:00 +0100

The licence key is AB12-CD34-EF56 and ({name}) it says
that ab12-cd34-ef56 is unknown. My dog is well.
"""


def test_the_words_of_a_sensitive_fact_are_taken_out_of_one_ticket(still: StillDesk) -> None:
    for name in ("one", "two"):
        still.mail(MAIL.format(name=name), "nora@northwind.example")
    detail = {"field": "licence", "words": "AB12-CD34-EF56"}
    with still.store.turn() as connection:
        timer = SetTimer(ticket=1001, kind=f"{FORGET}:licence:1", due_at=still.now, detail=detail)
        row = {"ticket_id": 1001, "kind": timer.kind, "due_at": timer.due_at, "state": "running", "detail": detail}
        connection.execute(timers.insert(), [row])
    still.settle()
    with still.store.look() as connection:
        texts = dict(
            connection.execute(select(messages.c.ticket_id, messages.c.text).where(messages.c.text != "")).all()
        )
        shown = {row.id: (row.subject, row.gist) for row in connection.execute(select(tickets))}
        told = [row for row in connection.execute(select(events)) if row.kind == "forgotten"]
        left = [row for row in connection.execute(select(timers)) if row.kind.startswith(FORGET)]
        kept = connection.execute(select(journal)).all()
    assert texts[1001] == "The licence key is [removed] and (one) it says\nthat [removed] is unknown. My dog is well."
    assert "AB12-CD34-EF56" in texts[1002]
    assert shown[1001][0] == "Licence [removed] fails"
    assert "ab12" not in shown[1001][1]
    assert "ab12" in shown[1002][1] or "AB12" in shown[1002][0]
    assert [(row.ticket_id, row.detail) for row in told] == [(1001, {"field": "licence"})]
    assert (left, len(kept)) == ([], 2)


def test_words_that_are_broken_into_lines_are_found(still: StillDesk) -> None:
    still.mail(MAIL.format(name="one"), "nora@northwind.example")
    with still.store.turn() as connection:
        forgetting.forget(connection, 1001, "it says that")
        forgetting.forget(connection, 1001, "   ")
        of_ticket = select(messages.c.text).where(messages.c.ticket_id == 1001).order_by(messages.c.id)
        text = connection.execute(of_ticket).scalars().first()
    assert text is not None
    assert "(one) [removed] ab12-cd34-ef56 is unknown" in text


def _texts(still: StillDesk, ticket: int = 1001) -> str:
    with still.store.look() as connection:
        rows = connection.execute(select(messages.c.text).where(messages.c.ticket_id == ticket)).scalars()
        return "\n".join(rows)


SHORT = MAIL.replace(
    "The licence key", "Insured: yes\nTills: 3\n\n3\n\nSince: 3 March 2013, yesterday. The licence key"
)


def test_short_words_go_only_from_where_they_were_said(still: StillDesk) -> None:
    still.mail(SHORT.format(name="one"), "nora@northwind.example")
    with still.store.turn() as connection:
        forgetting.forget(connection, 1001, "yes", "Insured: yes")
        forgetting.forget(connection, 1001, "3", "Tills: 3")
        forgetting.forget(connection, 1001, "AB", "")
    text = _texts(still)
    assert "Insured: [removed]\nTills: [removed]\n\n3\n\nSince: 3 March 2013, yesterday." in text
    assert "AB12-CD34" in text


def test_a_bare_answer_goes_only_from_the_mail_that_said_it(still: StillDesk) -> None:
    still.mail(SHORT.format(name="one"), "nora@northwind.example")
    for message, gone in (("<other@x.example>", False), ("<one@northwind.example>", True)):
        with still.store.turn() as connection:
            forgetting.forget(connection, 1001, "3", "3", message)
        assert ("\n\n[removed]\n\nSince: 3 March 2013" in _texts(still)) is gone


def test_long_words_go_from_facts_and_events_and_from_what_was_split(still: StillDesk) -> None:
    for name in ("one", "two", "three"):
        still.mail(MAIL.format(name=name), "nora@northwind.example")
    words = "AB12-CD34-EF56"
    fact = {"state": "present", "value": f"the {words} fails", "source": words}
    with still.store.turn() as connection:
        connection.execute(links.insert(), [{"ticket_id": 1002, "other_id": 1001, "kind": "split-from"}])
        kept = {"facts": {"observed": f"with {words}"}, "intake": {"fields": {"observed": fact}}}
        connection.execute(update(tickets).where(tickets.c.id == 1001).values(kept))
        rows = update(events).where(events.c.ticket_id == 1001)
        connection.execute(rows.values(detail={"to": words, "source": [words]}, was={"facts": {"observed": words}}))
        forgetting.forget(connection, 1001, words)
        row = connection.execute(select(tickets).where(tickets.c.id == 1001)).one()
        told = connection.execute(select(events.c.detail, events.c.was).where(events.c.ticket_id == 1001)).all()
    assert row.facts == {"observed": "with [removed]"}
    assert row.intake["fields"]["observed"] == {
        "state": "present", "value": "the [removed] fails", "source": "[removed]",
    }  # fmt: skip
    assert "AB12" not in repr(told)
    assert "12-CD34" not in _texts(still, 1002)
    assert words in _texts(still, 1003)


def test_the_states_of_facts_are_no_words_of_a_customer(still: StillDesk) -> None:
    still.mail(MAIL.format(name="one"), "nora@northwind.example")
    with still.store.turn() as connection:
        intake = {"stage": "stopped", "fields": {"pin": {"state": "present", "value": "present"}}}
        connection.execute(update(tickets).where(tickets.c.id == 1001).values(intake=intake))
        forgetting.forget(connection, 1001, "present")
        found = connection.execute(select(tickets.c.intake).where(tickets.c.id == 1001)).scalar_one()
    assert found["fields"]["pin"] == {"state": "present", "value": "[removed]"}


def test_what_followed_as_another_type_and_mails_that_left_are_rid_of_them(still: StillDesk) -> None:
    for name in ("one", "two"):
        still.mail(MAIL.format(name=name), "nora@northwind.example")
    words = "AB12-CD34-EF56"
    waits = select(outbox.c.id).where(outbox.c.ticket_id == 1001, outbox.c.to_address == "anastasia@desk.example")
    with still.store.turn() as connection:
        connection.execute(links.insert(), [{"ticket_id": 1001, "other_id": 1002, "kind": "retyped-to"}])
        connection.execute(update(letters).values(rendered=b"bytes"))
        connection.execute(update(outbox).where(outbox.c.id == waits.scalar_subquery()).values(state="sending"))
        forgetting.forget(connection, 1001, words)
        columns = (outbox.c.ticket_id, outbox.c.to_address, outbox.c.state, letters.c.letter, letters.c.rendered)
        rows = connection.execute(select(*columns).join(letters).order_by(outbox.c.id)).all()
    assert words not in _texts(still, 1002)
    assert {row.ticket_id for row in rows} == {1001, 1002}
    for row in rows:
        in_hand = row.state == "sending"
        assert (words in repr(row.letter)) is in_hand, row.to_address
        notice = row.to_address.endswith("@desk.example")
        assert (row.rendered == b"bytes") is (in_hand or not notice), row.to_address
