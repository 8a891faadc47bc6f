"""R41 of `ops`: rules see what is known of a ticket, be it from the first mail, from an answer or from one of us."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_explain import Historian, plain
from tests.acceptance.test_intake import NORA, answer, asks, write
from tests.desk import StillDesk
from tests.servers import postgresql

RULES = """
[[field]]
name = "product"
kind = "product"
label = { en = "Product" }
question = { en = "Which product is it?" }
choices = ["Heron Printer", "Osprey Cloud", "Kestrel Desktop"]

[[field]]
name = "rack"
kind = "text"
label = { en = "Rack" }
question = { en = "Which rack is it in?" }

[[require]]
type = "support"
drop = ["observed", "steps_to_reproduce", "expected", "started_at", "affected_users", "invoice_number"]

[[require]]
type = "support"
fields = ["product"]

[[require]]
topic = "Outage/network"
drop = ["invoice_number", "observed", "steps_to_reproduce", "expected", "started_at", "affected_users"]
fields = ["rack"]

[[rule]]
name = "heron"
when = { product = ["Heron Printer", "Osprey Cloud"] }
team = "network"
tags = ["hardware"]
impact = 2

[[rule]]
name = "kestrel"
when = { product = ["Kestrel Desktop"] }
topic = "Outage"
subtopic = "network"
with = "billing"
"""


@pytest.fixture
def desk(tmp_path: Path, template: Path, store_kind: str) -> Iterator[StillDesk]:
    """The demo desk that wants to know the product."""
    with ExitStack() as stack:
        shutil.copytree(template, tmp_path / "desk")
        file = tmp_path / "desk" / "replydesk.toml"
        file.write_text(file.read_text("utf-8") + RULES, "utf-8")
        env = {"REPLYDESK_STORE__URL": stack.enter_context(postgresql.emptied())} if store_kind == "postgresql" else {}
        yield stack.enter_context(closing(StillDesk(tmp_path / "desk", env=env)))


def ruled(desk: StillDesk, number: int = 1001) -> list[dict[str, Any]]:
    return [event["detail"] for event in desk.ticket(number)["events"] if event["kind"] == "ruled"]


def test_r41_an_answer_in_the_first_mail_gives_the_ticket_to_its_team(desk: StillDesk) -> None:
    entry = write(desk, "It is slow since this morning.\n\nProduct: Heron Printer", subject="Zzz")
    view = desk.ticket(1001)
    assert (view["team"], view["tags"], view["facts"]["product"]) == ("network", ["hardware"], "Heron Printer")
    [event] = ruled(desk)
    assert (event["rule"], event["because"]) == ("heron", "product is Heron Printer")
    assert "team network" in event["did"]
    steps = {step["what"]: step["why"] for step in entry["trace"] if step["what"].startswith("rule heron")}
    assert list(steps.values()) == ["product is Heron Printer"]
    told = {mail.to for mail in desk.sent if mail.purpose == "notice"}
    assert "benedikt@desk.example" in told  # of network
    assert "anastasia@desk.example" not in told  # of frontline, whose mailbox it came to


def test_r41_an_answer_to_a_question_does_the_same(desk: StillDesk) -> None:
    write(desk, "It is slow since this morning.", subject="Zzz")
    assert (desk.ticket(1001)["team"], asks(desk.latest(NORA))) == ("frontline", ["Product"])
    entry, ours = answer(desk, "Product: Osprey Cloud")
    view = desk.ticket(1001)
    assert (entry["verdict"], ours, view["team"], view["intake"]["complete"]) == ("appended", [], "network", True)
    assert [event["rule"] for event in ruled(desk)] == ["heron"]
    assert any(step["what"].startswith("rule heron: ") for step in entry["trace"])
    was = [event for event in view["events"] if event["kind"] == "ruled"]
    assert len(was) == 1


def test_r41_what_is_set_by_one_of_us_does_it_too_and_the_transcript_says_so(desk: StillDesk) -> None:
    write(desk, "It is slow since this morning.", subject="Zzz")
    outcome = desk.do("DESK-1001", "#set product Heron Printer", "anastasia")
    assert "rule heron: " in str(outcome)
    view = desk.ticket(1001)
    assert (view["team"], [event["rule"] for event in ruled(desk)]) == ("network", ["heron"])


def test_r41_what_a_person_did_stands(desk: StillDesk) -> None:
    write(desk, "It is slow since this morning.", subject="Zzz")
    desk.do("DESK-1001", "#take", "anastasia")
    answer(desk, "Product: Osprey Cloud")
    view = desk.ticket(1001)
    assert (view["team"], view["assignee"], view["tags"]) == ("frontline", "anastasia", ["hardware"])
    desk.do("DESK-1001", "#tag -hardware", "anastasia")
    answer(desk, "Thank you, it is urgent for us.")
    assert len(ruled(desk)) == 1


def test_r41_a_team_that_a_person_chose_stays(desk: StillDesk) -> None:
    write(desk, "It is slow since this morning.", subject="Zzz")
    desk.do("DESK-1001", "#todo look at it\n#team billing", "dominique")
    assert desk.ticket(1001)["team"] == "billing"
    answer(desk, "Product: Osprey Cloud")
    assert desk.ticket(1001)["team"] == "billing"


def test_r41_a_topic_by_an_answer_brings_its_own_questions(desk: StillDesk) -> None:
    """In the first mail and in an answer; the topic of words stands."""
    write(desk, "It is strange.\n\nProduct: Kestrel Desktop", subject="Zzz")
    view = desk.ticket(1001)
    assert (view["topic"], view["subtopic"], view["intake"]["needed"]) == ("Outage", "network", ["product", "rack"])
    assert asks(desk.latest(NORA)) == ["Rack"]
    assert "billing" in view["helpers"]
    write(desk, "It is strange.", subject="Qqq", sender="olga@northwind.example")
    before = len(desk.sent)
    key = str(desk.latest("olga@northwind.example").mail["Reply-To"].addresses[0].addr_spec)
    write(desk, "Product: Kestrel Desktop", "olga@northwind.example", key, subject="Re: [DESK-1002] Qqq")
    view = desk.ticket(1002)
    assert (view["topic"], view["intake"]["missing"], view["intake"]["stage"]) == ("Outage", ["rack"], "asking")
    assert [asks(mail) for mail in desk.sent[before:] if mail.to == "olga@northwind.example"] == [["Rack"]]


def test_r41_explain_foretells_it(desk: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a rehearsal says of the rules is what they do."""
    historian = Historian(desk, monkeypatch)
    write(desk, "It is slow since this morning.", subject="Zzz")
    answer(desk, "Product: Osprey Cloud")
    write(desk, "It is strange.\n\nProduct: Kestrel Desktop", "zoe@elsewhere.example", subject="Zzz")
    assert len(historian.decided) == 3
    for number, decided in historian.decided.items():
        would = historian.explain(number).decision
        assert any(step.what.startswith("rule ") for step in would.trace) == (number != 1)
        assert would.trace == decided.trace
        assert [plain(effect) for effect in would.effects] == [plain(effect) for effect in decided.effects]
