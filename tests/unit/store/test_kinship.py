"""What new tickets are akin to, on both databases: found by house and topic, bounded, and asked for only where it may
tell something."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import insert, text, update

from gateway.rules.notices import kinship as rules
from store import kinship
from store.engine import Store
from store.kinship import Seeking
from store.records import Kin, Solved, TicketRef
from store.tables import people, tickets
from tests.unit.store.samples import NOW, desk, ticket


def open_tickets(store: Store, count: int, house: str = "northwind.example", **values: object) -> None:
    usual = {
        "type": "support", "status": "new", "status_category": "open", "priority": 3, "team": "frontline",
        "mailbox": "support@desk.example", "language": "en", "audience": "customer", "house": house,
    }  # fmt: skip
    with store.turn() as connection:
        found = connection.execute(people.select().where(people.c.address == f"a@{house}")).one_or_none()
        if found is None:
            connection.execute(insert(people).values(address=f"a@{house}", created_at=NOW))
            found = connection.execute(people.select().where(people.c.address == f"a@{house}")).one()
        rows = [
            usual
            | {"subject": f"Case {n}", "requester_id": found.id, "created_at": NOW, "updated_at": NOW + timedelta(n)}
            | values
            for n in range(count)
        ]
        connection.execute(insert(tickets), rows)


def akin(store: Store, *names: str, topics: tuple[str, ...] = (), before: int | None = None):
    with store.look() as connection:
        return kinship.akin(connection, names, topics, before)


def test_the_newest_of_a_house_are_found_with_who_wrote_them(store: Store) -> None:
    open_tickets(store, kinship.LATEST + 5)
    open_tickets(store, 1, "contoso.example")
    kin, solved = akin(store, "northwind.example", "nobody.example")
    found = kin["northwind.example"]
    assert set(kin) == {"northwind.example"}
    assert not solved
    assert len(found) == kinship.LATEST
    assert found[0].subject == f"Case {kinship.LATEST + 4}"
    assert {one.requester for one in found} == {"a@northwind.example"}
    assert all(one.is_open for one in found)


def test_solved_ones_have_an_outcome_and_words_and_are_no_escalations(store: Store) -> None:
    done = {"status": "resolved", "status_category": "done", "topic": "Performance"}
    open_tickets(store, 1, **done, outcome="rebuilt", gist="search slow index")
    open_tickets(store, 1, **done, outcome="", gist="search slow index")
    open_tickets(store, 1, **done, outcome="rebuilt", gist="")
    open_tickets(store, 1, topic="Performance", outcome="rebuilt", gist="search slow index")
    open_tickets(store, 1, **done, outcome="paid off", gist="search slow index", audience="internal")
    _, solved = akin(store, topics=("Performance", "Access"))
    assert [(one.outcome, one.gist) for one in solved["Performance"]] == [("rebuilt", "search slow index")]
    assert "Access" not in solved


def test_an_explained_mail_sees_what_was_there_then(store: Store) -> None:
    open_tickets(store, 4)
    numbers = [one.ref for one in akin(store, "northwind.example")[0]["northwind.example"]]
    assert [one.ref for one in akin(store, "northwind.example", before=numbers[1])[0]["northwind.example"]] == numbers[
        2:
    ]


def test_a_batch_asks_for_so_many_names_at_most(store: Store) -> None:
    names = [f"h{n:03}.example" for n in range(3 * kinship.MOST_PARTS)]
    open_tickets(store, 1, names[0])
    open_tickets(store, 1, names[-1])
    assert set(akin(store, *names)[0]) == {names[0]}


def test_a_house_of_ten_thousand_costs_what_any_other_does(store: Store) -> None:
    """It reads from the end of an index and stops: nothing is sorted, no table is gone through."""
    open_tickets(store, 10_000)
    for place in range(30):
        open_tickets(store, 1_000, f"house{place}.example")
    values = {"n0": "northwind.example", "before": 1 << 62, "l": kinship.LATEST}
    with store.turn() as connection:
        connection.execute(text("ANALYZE"))
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        plan = connection.execute(text(f"{explain} {kinship._statement('k')}"), values).all()
    said = "\n".join(str(row) for row in plan).lower()
    assert "ix_tickets_house" in said, said
    assert "b-tree" not in said, said
    assert "sort" not in said, said


def test_what_answers_something_that_we_know_is_not_asked_about() -> None:
    new, reply, keyed = Seeking(("a",), ""), Seeking(("b",), "", ("<m@x>",)), Seeking(("c",), "", (), ("hash",))
    assert kinship.asking([new, reply, keyed], {"<m@x>"}, {"hash"}) == [new]
    assert kinship.asking([new, reply, keyed], set(), set()) == [new, reply, keyed]


# The rules over it


def test_a_house_is_an_organisation_or_a_person() -> None:
    assert rules.house(desk(), "nora@northwind.example") == "northwind.example"
    assert rules.house(desk(), "nora@provider.example") == "nora@provider.example"


def test_the_gist_is_bounded_and_without_little_words() -> None:
    assert rules.gist("Please help", "Hello, the Warehouse index; thanks") == "warehou index"
    started = time.process_time()
    words = rules.gist("", " ".join(f"wörter{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}" for n in range(500_000)))
    assert len(words.split()) <= rules.MOST_WORDS
    assert time.process_time() - started < 1.0


def solved(ref: int, gist: str) -> Solved:
    return Solved(ref=ref, subject=f"Case {ref}", outcome="done", gist=gist)


@pytest.mark.parametrize(
    ("gists", "shown"),
    [
        (["search index warehou", "search index printer"], ["DESK-1"]),
        (["search index warehou server", "search index warehou"], ["DESK-1", "DESK-2"]),
        (["printer", ""], []),
        (["search index warehou"] * 9, []),  # what all of them have says nothing
    ],
)
def test_alike_are_those_that_share_rare_words(gists: list[str], shown: list[str]) -> None:
    one = ticket(5000, "nora@northwind.example")
    of_topic = {one.topic: [solved(n, gist) for n, gist in enumerate(gists, 1)]}
    told = rules.told(one, "search index warehouse server", {}, of_topic, desk())
    assert [ref for ref, _, _ in told.get("solved", [])] == shown


def test_a_ticket_is_not_akin_to_itself_and_closed_ones_come_last() -> None:
    def kin(ref: TicketRef, *, is_open: bool, requester: str = "nora@northwind.example") -> Kin:
        return Kin(ref=ref, requester=requester, status="new", is_open=is_open, subject=f"Case {ref}")

    known = {
        "northwind.example": [kin(4, is_open=False), kin(3, is_open=True), kin(5000, is_open=True)],
        "nora@northwind.example": [kin(3, is_open=True), kin(2, is_open=True)],
    }
    told = rules.told(ticket(5000, "nora@northwind.example"), "", known, {}, desk())
    assert [ref for ref, _, _ in told["theirs"]] == ["DESK-3", "DESK-2", "DESK-4"]
    assert "house" not in told


def test_tickets_from_before_have_their_requesters_address(store: Store) -> None:
    open_tickets(store, 1)
    with store.turn() as connection:
        connection.execute(update(tickets).values(house="a@northwind.example"))
    assert akin(store, "a@northwind.example")[0]["a@northwind.example"]
