"""The audit of the taxonomy over what is stored (`ops` R54), by command and by the quarter's mail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.jobs import chores
from gateway.jobs.taxonomy import audited
from gateway.rules.audit import ENOUGH, QUARTER, Audit, audit, lines, told
from gateway.rules.desk import Desk
from store import taxonomy
from store.engine import Store
from store.records import SendMail
from store.tables import corrections, people, tickets
from tests.desk import StillDesk
from tests.unit.store.samples import NOW, desk, mint

Fill = Callable[..., None]


@pytest.fixture
def filled(store: Store) -> Fill:
    """Adds tickets of a topic, and what people made of it."""
    with store.turn() as connection:
        row = {"address": "n@x.test", "name": "", "language": "", "created_at": NOW}
        person = connection.execute(people.insert().values(row).returning(people.c.id)).scalar_one()

    def fill(topic: str, subtopic: str = "", count: int = 1, was: str | None = None, age: int = 1, **more: Any) -> None:
        at = NOW - timedelta(days=age)
        usual = {
            "type": "support", "status": "new", "subject": "x", "topic": topic, "subtopic": subtopic, "priority": 3,
            "team": "frontline", "requester_id": person, "mailbox": "m", "created_at": at, "updated_at": at,
        }  # fmt: skip
        with store.turn() as connection:
            for _ in range(count):
                number = connection.execute(
                    tickets.insert().values({**usual, **more}).returning(tickets.c.id)
                ).scalar_one()
                if was is not None:
                    became = "/".join(filter(None, (topic, subtopic)))
                    row = {"ticket_id": number, "at": at, "by": "anastasia", "field": "topic", "was": was}
                    connection.execute(corrections.insert().values({**row, "because": "words", "became": became}))

    return fill


def found(store: Store, policy: Desk, days: int = 90) -> Audit:
    with store.look() as connection:
        return audited(connection, policy, NOW - timedelta(days=days))


def test_r54_the_audit_counts_what_is_used_and_what_people_sort_anew(store: Store, filled: Fill) -> None:
    filled("Billing", "invoice", 150)
    filled("Access", count=1)
    filled("Outage", "network", 20)
    filled("Data", "export", 4, was="Data/import", tags=["vip", "odd"])
    filled("Data", "import", 2, was="Data/export")
    filled("Data", "import", 1, was="")  # the desk had not sorted it: no mistake of its own
    filled("", count=2)
    filled("Old", count=1)
    filled("Usage", count=9, closed_as="spam")
    filled("Feature", count=9, age=100)
    policy = replace(desk(), tags=("vip", "never"))
    result = found(store, policy)
    assert (result.tickets, result.unsorted) == (181, 2)
    assert {"Feature", "Usage", "Usage/how-to", "Access/login", "Billing/refund"} <= set(result.unused)
    assert not {"Billing", "Billing/invoice", "Data", "Data/export"} & set(result.unused)
    assert result.rare == (("Access", 1),)
    assert [(one.one, one.other, one.tickets) for one in result.overlapping] == [("Data/export", "Data/import", 6)]
    assert (result.reclassified, result.rate) == (6, round(6 / 179, 4))
    assert result.foreign == ("Old",)
    assert (result.unused_tags, result.loose_tags) == (("never",), ("odd",))
    assert "Feature" not in found(store, policy, 365).unused


def test_r54_an_empty_desk_has_nothing_but_unused_topics(store: Store) -> None:
    result = found(store, desk())
    assert (result.tickets, result.rate, result.rare, result.overlapping) == (0, 0.0, (), ())
    assert len(result.unused) == len(desk().taxonomy.topics)


def test_r54_a_few_tickets_say_nothing_of_shares(filled: Fill, store: Store) -> None:
    filled("Billing", count=ENOUGH - 2)
    filled("Access")
    assert found(store, desk()).rare == ()
    filled("Billing", count=2)
    assert found(store, desk()).rare == (("Access", 1),)


def test_one_ticket_that_was_moved_to_and_fro_counts_once(store: Store, filled: Fill) -> None:
    filled("Data", "export", was="Data/import")
    with store.turn() as connection:
        row = connection.execute(corrections.select()).one()
        again = {name: getattr(row, name) for name in ("ticket_id", "at", "by", "field", "because", "was", "became")}
        connection.execute(corrections.insert().values(again))
    with store.look() as connection:
        assert taxonomy.moves(connection, NOW - QUARTER) == {("Data/import", "Data/export"): 1}
        assert taxonomy.reclassified(connection, NOW - QUARTER) == 1


def test_r54_managers_get_it_and_leads_or_operators_where_there_are_none() -> None:
    result = audit({("Billing", ""): 5}, {}, {("Data", "Billing"): 3}, 3, desk())

    def readers(policy: Desk) -> list[str]:
        mails = told(result, policy, mint, NOW).effects
        return [mail.to.address for mail in mails if isinstance(mail, SendMail)]

    def only(*roles: str) -> Desk:
        return replace(desk(), agents={a: one for a, one in desk().agents.items() if one.roles & set(roles)})

    assert readers(desk()) == ["mirabelle@desk.example"]
    assert readers(only("lead", "agent")) == ["dominique@desk.example"]
    assert readers(replace(desk(), agents={})) == ["ops@desk.example"]
    mail = told(result, desk(), mint, NOW).effects[0]
    assert isinstance(mail, SendMail)
    assert "Hard to tell apart: Billing and Data (3 moved)" in mail.facts["detail"]
    assert lines(result)[0] == "5 tickets, 0 of them without a topic (spam, merged and retyped ones left out)"


def test_r54_each_quarter_it_is_mailed_once(still: StillDesk) -> None:
    """The demo desk in July: nothing before the first of October, then one mail, however often somebody sweeps."""
    still.settle()
    first = chores.every_quarter(still.now, still.desk)
    still.now = first - timedelta(minutes=1)
    still.settle()
    assert [mail for mail in still.sent if mail.to == "mirabelle@desk.example"] == []
    still.now = first + timedelta(minutes=1)
    still.settle()
    still.settle()
    sent = [mail for mail in still.sent if mail.to == "mirabelle@desk.example"]
    assert len(sent) == 1
    assert "The quarter's topics: 20 findings" in sent[0].text()
    assert "Nobody used: Access, Access/login" in " ".join(sent[0].text().split())


def test_r54_the_command_prints_it_and_the_list_has_definitions(
    still: StillDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from gateway.cli import main

    monkeypatch.setattr("gateway.cli.taxonomy.now", lambda _: still.now)
    still.mail("From: n@x.test\nSubject: I was charged twice, a refund please\n\nplease\n", "n@x.test")

    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["--config", str(still.config.file), "taxonomy", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    listed = {(row["topic"], row["subtopic"]): row for row in json.loads(run("list", "--json"))}
    assert listed["Billing", None]["tickets"] == listed["Billing", "refund"]["tickets"] == 1
    assert listed["Billing", None]["aliases"] == ["Payments", "Invoicing", "Abrechnung", "Facturation"]
    assert listed["Outage", None]["ruf"] == "R"
    assert "Money between us and the customer" in run("list")
    told_ = json.loads(run("audit", "--json"))
    assert (told_["tickets"], told_["reclassified"]) == (1, 0)
    assert "Outage/website" in told_["unused"]
    assert "Billing/refund" not in told_["unused"]
    assert "Nobody used: Access" in run("audit", "--since", "7d")
