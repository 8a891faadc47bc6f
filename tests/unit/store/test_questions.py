"""What verbs that look are answered with: by the same filter as the list, by nobody's pattern, in bounded time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, update

from gateway.rules import serving
from gateway.rules.overview.search import read
from gateway.rules.verbs.overview import within, within_measure
from store import questions, report, spoken
from store.engine import Store, insert_all
from store.lookup import load
from store.records import Finding, Question, Search
from store.report import Filter
from store.snapshot import Wanted
from store.tables import events, messages, people, tickets
from tests.unit.store.samples import NOW, desk

HOUR = timedelta(hours=1)
NORA, BOB, INGE = 1, 2, 3
ADDRESSES = {NORA: "nora@northwind.example", BOB: "bob@acme.com", INGE: "inge@notacme.com"}


def put(store: Store, *rows: dict[str, Any]) -> None:
    """Tickets 1001, 1002 …; `said` are the texts of their messages."""
    usual: dict[str, Any] = {
        "type": "support", "status": "new", "subject": "x", "priority": 3, "team": "frontline", "requester_id": NORA,
        "mailbox": "support@desk.example", "language": "en", "created_at": NOW, "updated_at": NOW, "facts": {},
        "assignee": "", "status_category": "open", "due_at": None, "topic": "", "subtopic": "", "tags": [],
        "helpers": [], "audience": "customer",
    }  # fmt: skip
    with store.turn() as connection:
        known = [{"id": n, "address": address, "created_at": NOW} for n, address in ADDRESSES.items()]
        insert_all(connection, people, known)
        plain = [{name: value for name, value in row.items() if name != "said"} for row in rows]
        insert_all(connection, tickets, [{**usual, "id": n, **row} for n, row in enumerate(plain, start=1001)])
        said = [(n, text) for n, row in enumerate(rows, start=1001) for text in row.get("said", ())]
        letters = [
            {
                "ticket_id": number, "ordinal": 0, "at": NOW, "direction": "in", "role": "customer", "kind": "human",
                "from_address": "nora@northwind.example", "text": text,
            }
            for number, text in said
        ]  # fmt: skip
        insert_all(connection, messages, letters)


def asked(store: Store, question: Question) -> Finding:
    with store.turn() as connection:
        return load(connection, Wanted(addresses=set(desk().agents), questions={question}), lock=True).findings[
            question
        ]


def found(store: Store, text: str, who: str = "dominique") -> list[int]:
    """What `#find` gives this person, the newest first."""
    return numbers(asked(store, _find(text, who)))


def _find(text: str, who: str = "dominique") -> Question:
    agent = desk().agent_named(who)
    assert agent is not None
    search = read(text, desk(), agent, NOW)
    assert isinstance(search, Search), search
    return Question(kind="find", who=who, search=search, within=within(agent))


def numbers(finding: Finding) -> list[int]:
    return [int(ticket.ref) for ticket in finding.tickets]


def listed(store: Store, text: str) -> list[int]:
    """What `ticket list --query` gives."""
    search = read(text, desk(), None, NOW)
    assert isinstance(search, Search), search
    view = report.Words(prefix="DESK")
    with store.look() as connection:
        rows = report.ticket_list(connection, Filter(search=search), view, NOW)
    return [int(row["ref"].partition("-")[2]) for row in rows]


MANY: tuple[dict[str, Any], ...] = (
    {"subject": "Search is slow", "type": "question", "priority": 2, "topic": "Performance", "subtopic": "slow"},
    {"subject": "Invoice", "team": "billing", "said": ["The SEARCH of March is wrong", "and 100% of it"]},
    {"subject": "done", "status": "resolved", "status_category": "done", "said": ["search"]},
    {
        "subject": "waits",
        "status": "on_hold",
        "status_category": "waiting",
        "requester_id": BOB,
        "tags": ["vip", "a_b"],
    },
    {"subject": "Ärger mit der Suche", "assignee": "anastasia", "requester_id": INGE, "tags": ["v"]},
    {"subject": "100 percent", "team": "network", "helpers": ["frontline"], "created_at": NOW - 72 * HOUR},
    {"subject": "inside", "type": "escalation", "audience": "internal", "team": "network"},
    {"subject": "under_score", "said": ["a/b [c] \\d 'quoted' \"double\""]},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status:open", [1008, 1007, 1006, 1005, 1004, 1002, 1001]),
        ("status:done", [1003]),
        ("status:open type:question prio<=2 slow", [1001]),
        ("search", [1003, 1002, 1001]),
        ("search march", [1002]),
        ('"search of march"', [1002]),
        ("ÄRGER", [1005]),
        ("ärger", [1005]),
        ("100%", [1002]),
        ("%", [1002]),
        ("under_score", [1008]),
        ("under.score", []),
        ("_", [1008]),
        ("a/b", [1008]),
        ("\\d", [1008]),
        ("'quoted'", [1008]),
        ("';drop", []),
        ("team:billing", [1002]),
        ("assignee:nobody prio:2", [1001]),
        ("assignee:anastasia", [1005]),
        ("topic:Performance", [1001]),
        ("topic:Performance/slow", [1001]),
        ("customer:acme.com", [1004]),
        ("customer:bob@acme.com", [1004]),
        ("tag:vip", [1004]),
        ("tag:a_b", [1004]),
        ("tag:vi", []),
        ("before:2026-07-12", [1006]),
        ("after:2026-07-12 type:question", [1001]),
        ("DESK-1004", [1004]),
        ("DESK-1004 search", []),
    ],
)
def test_r13_find_and_list_give_the_same(store: Store, text: str, expected: list[int]) -> None:
    put(store, *MANY)
    assert found(store, text) == expected
    assert listed(store, text) == sorted(expected)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("dominique", {1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008}),
        ("mirabelle", {1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008}),
        ("anastasia", {1001, 1003, 1004, 1005, 1006, 1008}),
        ("benedikt", {1006, 1007}),
        ("charlotte", {1002}),
        ("samantha", set()),
    ],
)
def test_r13_agents_find_what_their_team_owns_or_helps_with(store: Store, who: str, expected: set[int]) -> None:
    put(store, *MANY)
    assert set(found(store, "after:2026-01-01", who)) == expected


def test_r13_so_many_are_named_and_all_are_counted(store: Store) -> None:
    put(store, *({"subject": f"slow {n}"} for n in range(questions.FOUND + 5)))
    for text in ("slow", "status:open"):
        finding = asked(store, _find(text))
        assert (len(finding.tickets), finding.total, finding.whole) == (questions.FOUND, questions.FOUND + 5, True)


def test_r19_mine_lists_what_is_theirs_and_not_done_by_what_is_due_first(store: Store) -> None:
    ann = {"assignee": "anastasia"}
    put(
        store,
        ann,
        {**ann, "due_at": NOW + 2 * HOUR},
        {**ann, "due_at": NOW + HOUR, "team": "network"},
        {"assignee": "benedikt", "due_at": NOW},
        {**ann, "status": "resolved", "status_category": "done", "due_at": NOW},
        {**ann, "priority": 1},
        {**ann, "due_at": NOW - HOUR, "status": "on_hold", "status_category": "waiting"},
    )
    finding = asked(store, Question(kind="mine", who="anastasia"))
    assert numbers(finding) == [1007, 1003, 1002, 1006, 1001]
    assert finding.total == 5


def test_r03_the_last_ten_events_are_told_oldest_first(store: Store) -> None:
    put(store, {})
    with store.turn() as connection:
        rows = [
            {"ticket_id": 1001, "ordinal": n, "at": NOW + n * HOUR, "actor": "x", "kind": "noted", "detail": {"n": n}}
            for n in range(15)
        ]
        insert_all(connection, events, rows)
        question = Question(kind="show", who="anastasia", number=1001)
        happened = load(connection, Wanted(numbers={1001}, questions={question})).findings[question].events
        assert [one.detail["n"] for one in happened] == list(range(5, 15))
        unnamed = Question(kind="show", who="anastasia")
        assert load(connection, Wanted(numbers={1001}, questions={unnamed})).findings[question].events == happened


def _served(store: Store, people_: Iterable[str], *, lock: bool = True) -> list[int | None]:
    """What is next for each of these, whose mails come in one turn."""
    asking = []
    for mail, name in enumerate(people_, start=1):
        agent = desk().agent_named(name)
        assert agent is not None
        queue = serving.queue_of(agent, desk())
        asking.append(Question(kind="next", who=name, number=mail, queue=queue, at=NOW))
    with store.turn() as connection:
        snapshot = load(connection, Wanted(questions=set(asking)), lock=lock)
        assert {n for one in asking for n in snapshot.findings[one].numbers} <= snapshot.tickets.keys()
        return [next(iter(snapshot.findings[one].numbers), None) for one in asking]


def test_r65_who_asks_in_one_turn_get_distinct_tickets_highest_first(store: Store) -> None:
    put(
        store, {}, {"priority": 1}, {"priority": 2, "team": "billing"}, {"priority": 2}, {"facts": {"returned_by": "x"}}
    )
    assert _served(store, ["anastasia", "anastasia", "charlotte", "dominique"]) == [1002, 1004, 1003, 1001]
    assert _served(store, ["charlotte", "charlotte", "samantha"]) == [1003, None, None]


def test_r65_what_somebody_gave_back_is_not_theirs_again(store: Store) -> None:
    put(store, {"priority": 1, "facts": {"returned_by": "benedikt,anastasia"}}, {})
    assert _served(store, ["anastasia", "dominique"]) == [1002, 1001]


def test_whoever_only_looks_locks_nothing(store: Store) -> None:
    put(store, {})
    assert _served(store, ["anastasia"], lock=False) == [1001]


def test_what_somebody_has_is_all_of_it_that_is_not_closed(store: Store) -> None:
    ann = {"assignee": "anastasia"}
    put(store, *([ann] * (questions.HELD + 3)), {**ann, "status": "closed", "status_category": "done"}, {})
    with store.turn() as connection:
        question = Question(kind="held", who="anastasia")
        snapshot = load(connection, Wanted(questions={question}), lock=True)
    assert len(snapshot.findings[question].numbers) == questions.HELD + 3
    assert len(snapshot.tickets) == questions.HELD


def test_the_dearest_search_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve words that are nowhere, over long messages, on more tickets than are looked at."""
    monkeypatch.setattr(questions, "LOOKED", 300)
    put(store, *({"said": ["lorem ipsum " * 400]} for _ in range(400)))
    question = _find(" ".join(f"ärger{letter}" for letter in "abcdefghijkl"))
    before = time.process_time()
    finding = asked(store, question)
    assert (finding.total, finding.whole) == (0, False)
    assert time.process_time() - before < 3, "PostgreSQL has a limit of its own"


def test_a_turn_reads_the_last_messages_of_the_newest_tickets_only(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "LOOKED_INTO", 2)
    late = "a" * questions.BEGINNING + " printer"
    early = ["printer", *(["x"] * questions.LAST)]
    put(store, {"said": ["printer"]}, {"subject": "Printer"}, {"said": [late]}, {"said": early})
    finding = asked(store, _find("printer"))
    assert (numbers(finding), finding.total, finding.whole) == ([1002], 1, False)
    assert listed(store, "printer") == [1001, 1002, 1003, 1004], "a list is no turn"
    monkeypatch.setattr(questions, "LOOKED_INTO", 4)
    assert found(store, "printer") == [1002, 1001]


def test_a_question_that_takes_too_long_is_given_up_and_the_turn_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite ends no statement by itself")
    put(store, {"subject": "slow"})
    monkeypatch.setattr(questions, "PATIENCE", "50ms")

    def dear(connection: Connection, *_: Any) -> Finding:
        connection.exec_driver_sql("SELECT pg_sleep(5)")
        raise AssertionError

    with monkeypatch.context() as patch, store.turn() as connection:
        patch.setattr(questions, "_found", dear)
        question = _find("slow")
        connection.execute(update(tickets).values(subject="slower"))
        finding = load(connection, Wanted(questions={question})).findings[question]
        assert (finding.given_up, finding.whole) == (True, False)
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "8s"
    monkeypatch.setattr(questions, "PATIENCE", "5s")
    assert found(store, "slower") == [1001]
    with store.turn() as connection:
        load(connection, Wanted(questions={_find("slower")}))
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "8s"


def test_a_mail_looks_for_words_once() -> None:
    words, other, plain = _find("slow"), _find("printer"), _find("status:open")
    mine = Question(kind="mine", who="dominique")
    assert within_measure([plain, words, other, mine]) == [plain, words, mine]


def test_what_was_said_is_read_until_it_is_enough(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of each kind; long messages end the reading early, notes beside the letters of the rest."""
    put(store, {"said": [f"{n:02} {'x' * 97}" for n in range(30)]})
    monkeypatch.setattr(spoken, "AT_ONCE", 4)
    monkeypatch.setattr(spoken, "MOST_BESIDE", 550)
    read = list[int]()
    really = spoken._read
    monkeypatch.setattr(spoken, "_read", lambda connection, ids: read.extend(ids) or really(connection, ids))
    with store.turn() as connection:
        said = [one.text[:2] for one in spoken.spoken(connection, [1001])[1001].messages]
        assert (said, len(read)) == (["24", "25", "26", "27", "28", "29"], 8)
        connection.execute(update(messages).values(direction="note"))
        monkeypatch.setattr(spoken, "MOST_LETTERS", 550)
        monkeypatch.setattr(spoken, "NEWEST", 10)
        assert len(spoken.spoken(connection, [1001])[1001].messages) == 10


@pytest.mark.usefixtures("patient_locks")
@pytest.mark.parametrize("at_once", [2, 6])
def test_r65_turns_at_once_get_distinct_tickets_highest_first(store: Store, at_once: int) -> None:
    """Each of many mails that are decided in the same moment, on several machines, gets another ticket."""
    put(store, *({"priority": 1 + (n * 7) % 5} for n in range(12)))
    start = Barrier(at_once)

    def ask(mail: int) -> int:
        agent = desk().agent_named(("anastasia", "dominique")[mail % 2])
        assert agent is not None
        question = Question(
            kind="next", who=agent.name, number=mail, queue=serving.queue_of(agent, desk()), at=NOW
        )  # fmt: skip
        start.wait(60)

        def work(connection: Connection) -> int:
            found = load(connection, Wanted(questions={question}), lock=True).findings[question]
            connection.execute(update(tickets).where(tickets.c.id == found.numbers[0]).values(assignee=agent.name))
            return found.numbers[0]

        return store.insist(work)

    with ThreadPoolExecutor(at_once) as pool:
        got = [future.result(120) for future in [pool.submit(ask, mail) for mail in range(at_once)]]
    expected = [1001 + n for n in sorted(range(12), key=lambda n: ((n * 7) % 5, n))]
    assert sorted(got) == sorted(expected[:at_once])
