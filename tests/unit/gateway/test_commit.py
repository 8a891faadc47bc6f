"""Commit against a real store: symbols become numbers, in rows and in words; one decision is written once."""

from __future__ import annotations

from store import people
from tests.desk import StillDesk

MAIL = """From: Nora {0} <nora{0}@northwind.example>
To: support@desk.example
Subject: Question {0}
Message-ID: <a{0}@n.example>
"""


def test_words_name_the_right_numbers_in_a_large_batch(still: StillDesk) -> None:
    """NEW-1 is a prefix of NEW-12: the reason of a mail about the twelfth ticket must not name the first."""
    for number in range(1, 13):
        still.receive(f"{MAIL.format(number)}\nQuestion {number}.\n", f"nora{number}@northwind.example")
    stranger = still.receive(f"{MAIL.format(99)}In-Reply-To: <a12@n.example>\n\nMe too.\n", "nora99@northwind.example")
    still.settle()
    entry = still.entry(stranger)
    assert entry["ticket"] == "DESK-1013"
    assert entry["reason"] == "a new ticket, linked: mentioned DESK-1012"
    assert "not DESK-1012" in [step["what"] for step in entry["trace"]]
    assert "NEW-" not in str(entry["trace"])
    assert [link["ref"] for link in still.ticket(1013)["links"]] == ["DESK-1012"]


def test_words_that_only_look_like_symbols_stay(still: StillDesk) -> None:
    """A subject or a Message-ID may hold `DESK-NEW-1`: it is the customer's."""
    mail = "From: n@northwind.example\nSubject: DESK-NEW-1\nMessage-ID: <DESK-NEW-1@n.example>\n\nx\n"
    entry = still.mail(mail, "n@northwind.example")
    reply = (
        "From: n@northwind.example\nSubject: x\nIn-Reply-To: <DESK-NEW-1@n.example>\nMessage-ID: <b@n.example>\n\ny\n"
    )
    entry = still.mail(reply, "n@northwind.example")
    assert (entry["verdict"], entry["reason"]) == ("appended", "answers <DESK-NEW-1@n.example>")


def test_a_hundred_mails_of_one_person_in_one_moment(still: StillDesk) -> None:
    """Numbers, keys and people are unique however many of them one batch makes."""
    for number in range(100):
        still.receive(f"From: n@northwind.example\nSubject: Q{number}\n\nQuestion {number}.\n", "n@northwind.example")
    still.settle()
    entries = still.entries()
    assert [entry["ticket"] for entry in entries] == [f"DESK-{1001 + number}" for number in range(100)]
    assert len(still.sent) == 202, "the team hears of each, the stranger gets what an hour allows"
    assert len({sent.mail["Message-ID"] for sent in still.sent}) == 202
    assert len({str(sent.mail["Reply-To"]) for sent in still.sent}) == 202


def test_the_store_holds_no_key(still: StillDesk) -> None:
    """What is stored of a reply key is its fingerprint; whoever reads the database cannot write as a customer."""
    from sqlalchemy import select

    from store.tables import outbox, reply_keys

    still.mail("From: n@northwind.example\nSubject: x\n\ny\n", "n@northwind.example")
    secret = str(still.latest("n@northwind.example").mail["Reply-To"]).partition("+k")[2].partition("@")[0]
    with still.store.look() as connection:
        rows = [str(row) for table in (reply_keys,) for row in connection.execute(select(table))]
        rows += [str(row) for row in connection.execute(select(outbox.c.id, outbox.c.to_address, outbox.c.subject))]
    assert not [row for row in rows if secret in row]


def test_who_was_known_by_no_name_is_called_as_their_first_proven_mail_says(still: StillDesk) -> None:
    """A ticket was begun for somebody by their address alone; a name that nothing proves is nobody's."""
    with still.store.turn() as connection:
        people.ensure_known(connection, "petra@contoso.example", "", still.now)
    proof = "Authentication-Results: mx.desk.example; dmarc=pass header.from=contoso.example\n"
    mail = (
        "From: {0} <petra@contoso.example>\nTo: support@desk.example\nSubject: {0}\n"
        "Message-ID: <{1}@c.example>\n\nIt stops.\n"
    )
    for number, (mark, called, name) in enumerate(
        [("", "Somebody", ""), (proof, "Petra Lang", "Petra Lang"), (proof, "Another", "Petra Lang")]
    ):
        still.mail(mark + mail.format(called, number), "petra@contoso.example")
        with still.store.look() as connection:
            assert people.standing(connection, ["petra@contoso.example"])["petra@contoso.example"].name == name
