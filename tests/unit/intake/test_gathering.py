"""What a ticket needs, what a mail adds to what is known of it, whether a question is in order: rules over values.

One file, although long: it is one walk, from what is needed over what is said to what is asked, over one small desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config.loading import load
from gateway.rules.desk import Desk
from gateway.rules.intake import asking, record
from gateway.rules.intake.gathering import NOTHING, Gathered, gather
from gateway.rules.intake.needed import needed
from gateway.rules.intake.record import ASKING, COMPLETE, MISSING, PRESENT, UNKNOWN, UNSURE, WAIVED, Fact, Intake
from gateway.rules.notices import matter
from gateway.rules.policy.intake import FROM_LINKED, FROM_ORGANISATION, Inquiry, Requirement, Wanted
from parsing.message import Candidate, Choice, Kind, ParsedMail, Sought
from store.records import ClosedAs, Person, Status, Ticket, Trust

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA = "nora@northwind.example"
DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
FILLED = ["stores", "steps", "product", "invoice", "since", "licence"]


def _wanted(name: str, kind: str = "text", *labels: str, **more: Any) -> Wanted:
    return Wanted(
        name=name,
        sought=Sought(name=name, kind=kind, labels=labels or (name,), **more.pop("sought", {})),
        label={"en": name.capitalize(), "de": f"{name} (de)"},
        **more,
    )


FIELDS = (
    _wanted("stores", "text", sources=frozenset({FROM_LINKED})),
    _wanted("steps"),
    _wanted(
        "product",
        "choice",
        sources=frozenset({FROM_ORGANISATION}),
        sought={"choices": (Choice(value="Heron"), Choice(value="Osprey"))},
    ),
    _wanted("invoice"),
    _wanted("since", "when"),
    _wanted("licence", sensitive=True, expires=timedelta(days=30)),
)


def _inquiry(*requirements: Requirement, **more: Any) -> Inquiry:
    return Inquiry(fields={one.name: one for one in FIELDS}, requirements=requirements, **more)


BOTH = _inquiry(Requirement(type="support", fields=("steps", "stores")))


@pytest.fixture(scope="module")
def demo() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


@pytest.fixture
def desk(demo: Desk) -> Desk:
    return replace(demo, inquiry=BOTH)


def _ticket(intake: Intake | None = None, **changes: Any) -> Ticket:
    usual = Ticket(
        ref=1001, subject="Tills", team="frontline", requester=NORA, mailbox="support@desk.example", language="en",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    ticket = replace(usual, **changes)
    return record.kept(ticket, intake) if intake is not None else ticket


def _mail(*candidates: Candidate, **more: Any) -> ParsedMail:
    return ParsedMail(kind=Kind.HUMAN, candidates=candidates, language="en", **more)


def _said(name: str, value: str, how: str = "label", state: str = PRESENT) -> Candidate:
    return Candidate(field=name, value=value, state=state, source=f"{name}: {value}", how=how)


def _asking(*asked: str, rounds: int = 1, needs: tuple[str, ...] = ("stores", "steps"), **facts: Fact) -> Intake:
    return Intake(stage=ASKING, rounds=rounds, asked=asked, asked_at="2026-11-23T07:00:00Z", needed=needs, fields=facts)


def _reply(desk: Desk, ticket: Ticket, mail: ParsedMail, **more: Any) -> Gathered:
    return gather(mail, ticket, NORA, desk, NOW, opens=False, **more)


# What is needed


def test_needs_stand_in_the_order_of_asking_whatever_the_order_of_the_requirement(desk: Desk) -> None:
    assert needed(_ticket(), desk) == ("stores", "steps")
    assert needed(_ticket(type="question"), desk) == ()
    assert needed(_ticket(audience="internal"), desk) == ()


@pytest.mark.parametrize(
    ("requirement", "holds"),
    [
        (Requirement(topic="billing"), True),
        (Requirement(topic="Billing/refund"), True),
        (Requirement(topic="Billing/invoice"), False),
        (Requirement(topic="Bill"), False),
        (Requirement(organisation="northwind.example"), True),
        (Requirement(organisation="contoso.example"), False),
        (Requirement(segment="enterprise"), True),
        (Requirement(segment="SMB"), False),
        (Requirement(when={"product": ("heron", "x")}), True),
        (Requirement(when={"product": ("Osprey",)}), False),
        (Requirement(when={"product": ("heron",), "stores": ("1",)}), False),
        (Requirement(type="support", topic="Billing", segment="Enterprise"), True),
        (Requirement(type="question", topic="Billing"), False),
    ],
)
def test_a_requirement_is_about_a_ticket_where_all_its_conditions_hold(
    desk: Desk, requirement: Requirement, holds: bool
) -> None:
    desk = replace(desk, inquiry=_inquiry(replace(requirement, fields=("invoice",))))
    ticket = _ticket(topic="Billing", subtopic="refund", facts={"product": "Heron"})
    assert needed(ticket, desk) == (("invoice",) if holds else ())


def test_a_later_requirement_drops_and_a_later_one_adds_again(desk: Desk) -> None:
    rules = [Requirement(fields=("stores", "steps")), Requirement(topic="Outage", drop=("steps",))]
    desk = replace(desk, inquiry=_inquiry(*rules))
    assert needed(_ticket(topic="Outage"), desk) == ("stores",)
    desk = replace(desk, inquiry=_inquiry(*rules, Requirement(fields=("steps",))))
    assert needed(_ticket(topic="Outage"), desk) == ("stores", "steps")


def test_what_one_of_us_asked_for_is_needed_after_the_rest_until_it_is_said(desk: Desk) -> None:
    by_hand = Intake(fields={"since": Fact(state=MISSING, how="asked")}, by_hand=("since", "invoice"))
    assert needed(_ticket(by_hand), desk) == ("stores", "steps", "invoice", "since")
    said = by_hand.with_fact("since", Fact(state=PRESENT, value="today", how="answer"))
    assert needed(_ticket(said), desk) == ("stores", "steps", "invoice")
    unclear = by_hand.with_fact("since", Fact(state=UNSURE, value="lately", how="answer"))
    assert needed(_ticket(unclear), desk) == ("stores", "steps", "invoice", "since")


# The first mail


def test_the_first_mail_says_some_and_the_rest_is_missing(desk: Desk) -> None:
    found = gather(_mail(_said("stores", "12, Hull"), _said("invoice", "7")), _ticket(), NORA, desk, NOW, opens=True)
    assert (found.intake.needed, found.intake.lacking, found.values) == (
        ("stores", "steps"), ("steps",), {"stores": "12, Hull"},
    )  # fmt: skip
    fact = found.intake.fields["stores"]
    assert (fact.source, fact.how, fact.by, fact.at) == ("stores: 12, Hull", "label", NORA, "2026-11-23T08:00:00Z")
    assert [(step.what, step.why) for step in found.steps] == [
        ("stores: present", "“stores: 12, Hull” (label)"),
        ("steps: missing", "the mail says nothing of it"),
    ]
    assert not found.answers


def test_a_desk_that_wants_nothing_gathers_nothing(desk: Desk) -> None:
    mail = _mail(_said("stores", "12"))
    for inquiry in (Inquiry(), _inquiry(), _inquiry(Requirement(type="question", fields=("steps",)))):
        assert gather(mail, _ticket(), NORA, replace(desk, inquiry=inquiry), NOW, opens=True) is NOTHING
    assert gather(mail, _ticket(), NORA, desk, NOW, opens=True, counts=False) is NOTHING


@pytest.mark.parametrize(
    ("better", "worse"),
    [("answer", "label"), ("label", "pattern"), ("pattern", "sentence"), ("sentence", "file"), ("file", "organisation"),
     ("organisation", "linked")],
)  # fmt: skip
def test_the_better_reading_counts_wherever_it_stands(desk: Desk, better: str, worse: str) -> None:
    one, other = _said("steps", "this", better), _said("steps", "that", worse)
    for rows in ((one, other), (other, one)):
        assert gather(_mail(*rows), _ticket(), NORA, desk, NOW, opens=True).values["steps"] == "this"
    doubted = replace(one, state=UNSURE)
    assert gather(_mail(doubted, other), _ticket(), NORA, desk, NOW, opens=True).values["steps"] == "that"


def test_what_is_not_sure_is_no_fact_and_is_not_asked_for(desk: Desk) -> None:
    found = gather(_mail(_said("steps", "press it", "sentence", UNSURE)), _ticket(), NORA, desk, NOW, opens=True)
    assert (found.values, found.intake.lacking, found.intake.missing) == ({}, ("stores",), ("stores", "steps"))
    assert asking.next_of(found.intake, desk) == ("stores",)


def test_i_do_not_know_is_an_answer(desk: Desk) -> None:
    found = _reply(desk, _ticket(_asking("stores")), _mail(_said("stores", "no idea", "answer", UNKNOWN)))
    assert (found.intake.state("stores"), found.intake.fields["stores"].value, found.values) == (UNKNOWN, "", {})
    assert found.answers
    assert found.intake.missing == ("steps",)


def test_the_organisation_and_a_ticket_that_this_one_follows_know_what_their_field_allows(desk: Desk) -> None:
    house = desk.organisations["northwind.example"]
    houses = {**desk.organisations, "northwind.example": replace(house, facts={"product": "Heron", "steps": "x"})}
    desk = replace(
        desk, organisations=houses, inquiry=_inquiry(Requirement(fields=("product", "stores", "steps", "invoice")))
    )
    before = _ticket(ref=900, facts={"stores": "12", "invoice": "7"})
    found = gather(_mail(), _ticket(), NORA, desk, NOW, opens=True, linked=[before])
    assert found.values == {"product": "Heron", "stores": "12"}
    assert [(one.how, one.source, one.by) for one in found.intake.fields.values()] == [
        ("linked", "DESK-900", ""), ("organisation", "Northwind", ""),
    ]  # fmt: skip
    assert "known of Northwind" in [step.why for step in found.steps]


def test_an_answer_decides_what_else_is_needed(desk: Desk) -> None:
    """Also in the same mail, and what only a condition names is kept."""
    rules = (
        Requirement(fields=("product",)),
        Requirement(when={"product": ("heron",)}, fields=("steps",)),
        Requirement(when={"stores": ("all",)}, fields=("invoice",)),
    )
    desk = replace(desk, inquiry=_inquiry(*rules))
    first = gather(_mail(_said("product", "Heron")), _ticket(), NORA, desk, NOW, opens=True)
    assert (first.intake.needed, first.intake.lacking) == (("steps", "product"), ("steps",))
    stores = gather(_mail(_said("stores", "All")), _ticket(), NORA, desk, NOW, opens=True)
    assert (stores.intake.lacking, stores.values) == (("product", "invoice"), {"stores": "All"})
    later = _reply(
        desk,
        _ticket(_asking("product", needs=("product",))),
        _mail(_said("product", "Heron", "answer"), _said("steps", "press", "sentence")),
    )
    assert (later.intake.lacking, later.values) == ((), {"product": "Heron", "steps": "press"})


def test_when_it_began_is_meant_in_the_zone_of_whoever_says_so(desk: Desk) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("since",))))
    mail = _mail(_said("since", "yesterday 14:00"))
    assert gather(mail, _ticket(), NORA, desk, NOW, opens=True).intake.fields["since"].moment == (
        "2026-11-22T14:00:00+01:00"
    )
    house = replace(desk.organisations["northwind.example"], zone="America/New_York")
    desk = replace(desk, organisations={"northwind.example": house})
    assert gather(mail, _ticket(), NORA, desk, NOW, opens=True).intake.fields["since"].moment.endswith("-05:00")
    vague = gather(_mail(_said("since", "the move")), _ticket(), NORA, desk, NOW, opens=True)
    assert (vague.intake.state("since"), vague.intake.fields["since"].moment) == (PRESENT, "")


def test_a_sensitive_value_stands_nowhere_but_among_the_secrets(desk: Desk) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence",))))
    found = gather(_mail(_said("licence", "ABCD-1234")), _ticket(), NORA, desk, NOW, opens=True)
    assert (found.intake.state("licence"), found.values) == (PRESENT, {})
    [secret] = found.secrets
    assert (secret.field, secret.words, secret.source) == ("licence", "ABCD-1234", "licence: ABCD-1234")
    ticket, events = asking.taken(_ticket(), found, desk)
    for shown in (found.intake, found.news, found.steps, ticket.intake, ticket.facts, events, asking.said(found, desk)):
        assert "ABCD" not in repr(shown)


def test_a_sensitive_value_is_shown_through_no_other_field(desk: Desk) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence", "steps", "stores", "invoice"))))
    mail = _mail(
        _said("licence", "hunter2xyz"),
        _said("steps", "I log in with Hunter2xyz and see error 500", "sentence"),
        _said("invoice", "hunter2xyz", "pattern"),
        Candidate(field="stores", value="12", source="12 stores, hunter2xyz is the key", how="pattern"),
    )
    found = gather(mail, _ticket(), NORA, desk, NOW, opens=True)
    assert found.values == {"stores": "12", "steps": "I log in with […] and see error 500"}
    assert found.intake.state("invoice") == MISSING
    ticket, events = asking.taken(_ticket(), found, desk)
    for shown in (found.intake, found.news, found.steps, ticket.intake, ticket.facts, events):
        assert "unter2xyz" not in repr(shown)


@pytest.mark.parametrize(
    ("secrets", "words", "then"),
    [
        (("hunter2", "hunter2 moonrise"), "I log in with hunter2 moonrise", "I log in with […]"),
        (
            ("The rabbit is red.…The fox is blue.",),
            "Open it. The rabbit is red. Then press.",
            "Open it. […] Then press.",
        ),
        (("a1",), "2. a1\nthen a1b", "2. […]\nthen a1b"),
        (("test",), "The latest test", "The latest test"),
    ],
)
def test_other_fields_are_shown_without_any_secret(desk: Desk, secrets: tuple[str, ...], words: str, then: str) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence", "steps"))))
    said = [Candidate(field="licence", value=one, source=one, how="label") for one in secrets]
    mail = _mail(*said, Candidate(field="steps", value=words, source=words, how="label"))
    assert gather(mail, _ticket(), NORA, desk, NOW, opens=True).values == {"steps": then}


@pytest.mark.parametrize(
    ("value", "source", "words"),
    [
        ("AB12CD34", "my key is ab12 cd34, thanks", "ab12 cd34"),
        ("yes", "a", "a"),
        ("no", "Do you know it: b", "Do you know it: b"),
        ("Hauptstrasse 5", "Hauptstraße 5", "Hauptstraße 5"),
        (f"HIV: {'positive ' * 60}", f"HIV: {'positive ' * 60}"[:300], f"HIV: {'positive ' * 60}".strip()),
        ("4711", "Licence: 4711", "4711"),
        ("4711", "", "4711"),
        ("25", "a quarter of a hundred", "a quarter of a hundred"),
    ],
)
def test_the_words_of_a_secret_are_those_that_were_written(desk: Desk, value: str, source: str, words: str) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence",))))
    said = Candidate(field="licence", value=value, source=source, how="label")
    [secret] = gather(_mail(said, message_id="<1@x>"), _ticket(), NORA, desk, NOW, opens=True).secrets
    assert (secret.words, secret.message) == (words, "<1@x>")


@pytest.mark.parametrize("known", [None, Fact(state=PRESENT, source="given", how="label", by=NORA)])
@pytest.mark.parametrize(("how", "state"), [("pattern", PRESENT), ("pattern", UNSURE), ("label", PRESENT)])
def test_a_secret_that_changes_nothing_is_forgotten_as_well(
    desk: Desk, known: Fact | None, how: str, state: str
) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence",))))
    facts = {"licence": known} if known is not None else {}
    ticket = _ticket(_asking("licence", needs=("licence",), **facts))
    for fills in (False, True):
        found = _reply(desk, ticket, _mail(_said("licence", "hunter2xyz", how, state)), fills=fills)
        assert [one.words for one in found.secrets] == ["hunter2xyz"]


@pytest.mark.parametrize("opens", [True, False])
def test_a_secret_that_the_ticket_does_not_need_is_forgotten_as_well(desk: Desk, opens: bool) -> None:
    mail, facts = _mail(_said("licence", "ABCD-1234")), {"stores": Fact(state=PRESENT, value="Hull", how="label")}
    needs_another = gather(mail, _ticket(_asking("steps")), NORA, desk, NOW, opens=opens)
    no_requirement = replace(desk, inquiry=_inquiry())
    needs_nothing = gather(mail, _ticket(), NORA, no_requirement, NOW, opens=opens)
    is_question = gather(mail, _ticket(type="question"), NORA, desk, NOW, opens=opens)
    once_known = gather(mail, _ticket(Intake(fields=facts)), NORA, no_requirement, NOW, opens=opens)
    for found in (needs_another, needs_nothing, is_question, once_known):
        assert [(one.field, one.words) for one in found.secrets] == [("licence", "ABCD-1234")]
        assert found.intake.state("licence") == MISSING
    assert needs_nothing.is_nothing
    assert not needs_another.is_nothing
    ticket = _ticket(_asking("steps", stores=facts["stores"]))
    assert asking.taken(ticket, needs_nothing, desk) == (ticket, [])


def test_what_has_become_sensitive_does_not_stay(desk: Desk) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence",))))
    old = Fact(state=PRESENT, value="topsecret", source="licence: topsecret", how="label", by=NORA)
    ticket = _ticket(_asking("licence", needs=("licence",), licence=old), facts={"licence": "topsecret"})
    found = _reply(desk, ticket, _mail(_said("licence", "other-words", "label")))
    after, events = asking.taken(ticket, found, desk)
    assert "topsecret" not in repr((after.facts, after.intake, events))


def test_values_and_their_words_are_capped(desk: Desk) -> None:
    found = gather(_mail(_said("steps", "x" * 100_000)), _ticket(), NORA, desk, NOW, opens=True)
    assert (len(found.values["steps"]), len(found.intake.fields["steps"].source)) == (1_000, 300)
    assert len(found.steps[1].why) < 140


# Further mails

OLD = Fact(state=PRESENT, value="12", source="stores: 12", how="label", by=NORA)


@pytest.mark.parametrize(
    ("known", "said", "then"),
    [
        (OLD, _said("stores", "13", "answer"), "13"),
        (OLD, _said("stores", "13", "label"), "13"),
        (OLD, _said("stores", "13", "pattern"), "12"),
        (OLD, _said("stores", "13", "sentence"), "12"),
        (OLD, _said("stores", "13", "file"), "12"),
        (OLD, _said("stores", "?", "answer", UNKNOWN), "12"),
        (OLD, _said("stores", "14", "answer", UNSURE), "12"),
        (Fact(state=UNSURE, value="1", how="sentence"), _said("stores", "13", "pattern"), "13"),
        (Fact(state=UNKNOWN, how="answer"), _said("stores", "13", "pattern"), "13"),
        (Fact(state=WAIVED, how="agent"), _said("stores", "13", "label"), "13"),
        (Fact(state=WAIVED, how="agent"), _said("stores", "?", "answer", UNKNOWN), ""),
    ],
)
def test_what_becomes_of_a_fact_that_is_known(desk: Desk, known: Fact, said: Candidate, then: str) -> None:
    ticket = _ticket(_asking("steps", stores=known), facts={"stores": "12"} if known is OLD else {})
    found = _reply(desk, ticket, _mail(said))
    assert found.intake.fields["stores"].value == then
    assert bool(found.news) is (then != known.value)


def test_a_correction_is_told_with_what_it_was(desk: Desk) -> None:
    ticket = _ticket(_asking("steps", stores=OLD), facts={"stores": "12", "plan": "x"})
    found = _reply(desk, ticket, _mail(_said("stores", "13")))
    after, [event] = asking.taken(ticket, found, desk)
    assert after.facts == {"stores": "13", "plan": "x"}
    assert (event.kind, event.actor) == ("intake", NORA)
    assert event.detail == {
        "field": "stores", "state": PRESENT, "was": PRESENT, "from": "12", "to": "13", "source": "stores: 13",
        "how": "label", "by": NORA,
    }  # fmt: skip


def test_the_same_said_again_is_no_news(desk: Desk) -> None:
    ticket = _ticket(_asking("steps", stores=OLD), facts={"stores": "12"})
    found = _reply(desk, ticket, _mail(_said("stores", " 12 ", "answer")))
    assert (found.news, found.answers) == ((), False)
    assert asking.taken(ticket, found, desk) == (ticket, [])


def test_a_mail_that_counts_for_nothing_changes_nothing(desk: Desk) -> None:
    ticket = _ticket(_asking("stores", "steps"))
    found = _reply(desk, ticket, _mail(_said("stores", "13")), counts=False)
    assert asking.taken(ticket, found, desk) == (ticket, [])


def test_what_one_of_us_has_set_is_known(desk: Desk) -> None:
    found = _reply(desk, _ticket(_asking("steps"), facts={"stores": "9"}), _mail(_said("stores", "13", "pattern")))
    assert (found.intake.state("stores"), found.intake.lacking, found.values) == (PRESENT, ("steps",), {})


def test_who_holds_somebody_elses_address_may_fill_and_changes_nothing(desk: Desk) -> None:
    ticket = _ticket(_asking("steps", stores=OLD), facts={"stores": "12"})
    mail = _mail(_said("stores", "13"), _said("steps", "press"))
    assert _reply(desk, ticket, mail, fills=True).values == {"steps": "press"}


def test_a_free_answer_to_the_one_thing_that_was_asked_is_read(desk: Desk) -> None:
    mail = _mail(subject="Re: [DESK-1001] Tills", reply="Stores: 12 and 14", text="Stores: 12 and 14")
    found = _reply(desk, _ticket(_asking("stores", "steps")), mail)
    assert (found.values, found.answers, found.intake.lacking) == ({"stores": "12 and 14"}, True, ("steps",))


# Whether to ask


def _gathered(intake: Intake, **more: Any) -> Gathered:
    return Gathered(intake=intake, **more)


SAID: Mapping[str, Fact] = {"stores": OLD, "steps": OLD}


@pytest.mark.parametrize(
    ("intake", "answers", "reopens", "changes", "why"),
    [
        (_asking("stores"), True, False, {}, ""),
        (_asking("stores"), False, False, {}, "the same is not asked again"),
        (_asking("stores", rounds=2), True, False, {}, "asked 2 times"),
        (replace(_asking("stores"), fields=SAID), True, False, {}, "nothing is missing"),
        (_asking("stores", steps=OLD, stores=Fact(state=UNSURE)), True, False, {}, "a person looks at it"),
        (replace(_asking("stores"), stage="stopped"), True, False, {}, "one of us speaks"),
        (replace(_asking("stores"), stage="handed"), True, False, {}, "a person has it"),
        (replace(_asking("stores"), stage=""), True, False, {}, "#ask asks"),
        (replace(_asking("stores"), stage="handed"), False, True, {"closed_as": ClosedAs.NO_ANSWER}, ""),
        (replace(_asking("stores", rounds=2), stage="handed"), False, True, {"closed_as": ClosedAs.NO_ANSWER},
         "2 times"),
        (replace(_asking("stores"), stage="stopped"), True, True, {}, "one of us speaks"),
        (_asking("stores"), True, False, {"status": Status.RESOLVED, "status_category": "done"}, "it is resolved"),
    ],
)  # fmt: skip
def test_whether_a_further_mail_leads_to_a_question(
    desk: Desk, intake: Intake, answers: bool, reopens: bool, changes: dict[str, Any], why: str
) -> None:
    said = asking.whether(
        _ticket(intake, **changes), _gathered(intake, answers=answers), desk, opens=False, reopens=reopens
    )
    assert said == "" if not why else why in said


def test_a_desk_may_gather_and_ask_nothing(desk: Desk) -> None:
    desk = replace(desk, inquiry=replace(BOTH, asks=False))
    found = gather(_mail(_said("stores", "12")), _ticket(), NORA, desk, NOW, opens=True)
    assert found.values == {"stores": "12"}
    assert asking.whether(_ticket(), found, desk, opens=True) == "this desk asks nothing by itself"


def test_no_more_than_four_are_asked_best_first(desk: Desk) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=tuple(FILLED))))
    found = gather(_mail(), _ticket(), NORA, desk, NOW, opens=True)
    assert asking.next_of(found.intake, desk) == ("stores", "steps", "product", "invoice")
    desk = replace(desk, inquiry=replace(desk.inquiry, most=1))
    assert asking.next_of(found.intake, desk) == ("stores",)


@pytest.mark.parametrize(
    ("intake", "hands"),
    [
        (_asking("stores"), False),
        (_asking("stores", rounds=2), True),
        (replace(_asking("stores", rounds=2), fields=SAID), False),
        (_asking("stores", stores=Fact(state=UNSURE), steps=OLD), True),
        (replace(_asking("stores", rounds=2), stage="stopped"), False),
    ],
)
def test_when_a_person_has_it_with_its_gaps(desk: Desk, intake: Intake, hands: bool) -> None:
    assert asking.is_handed(_gathered(intake), desk) is hands


def test_what_was_asked_is_remembered_and_waited_for_unless_it_is_urgent(desk: Desk) -> None:
    before = replace(_asking("steps", rounds=1), reminded=2, stage=COMPLETE, completed_at="x")
    ticket = asking.asked(_ticket(before), ("stores",), desk, NOW)
    intake = record.of(ticket)
    assert (intake.stage, intake.rounds, intake.reminded, intake.asked) == (ASKING, 2, 0, ("stores",))
    assert (intake.asked_at, intake.completed_at, ticket.waiting_on) == ("2026-11-23T08:00:00Z", "", "customer")
    assert asking.asked(_ticket(before, priority=1), ("stores",), desk, NOW).waiting_on == ""
    assert asking.asked(_ticket(before, priority=1), ("stores",), replace(desk, inquiry=replace(BOTH, urgent=0)), NOW)
    assert asking.asked(_ticket(before, status_category="done"), ("stores",), desk, NOW).waiting_on == ""


def test_no_machine_writes_to_who_cannot_be_reached_or_has_had_enough(desk: Desk) -> None:
    def silence(person: Person | None = None, trust: Trust = Trust.D, unanswered: str = "", **changes: Any) -> str:
        return asking.silence(unanswered, person, trust, _ticket(**changes), NORA, desk, {}, NOW)

    gone = Person(address=NORA, unreachable_since=NOW)
    assert silence() == ""
    assert silence(unanswered="a list") == "a list"
    assert silence(audience="internal") == "internal"
    assert "came back for good" in silence(gone)
    assert silence(gone, Trust.B) == ""
    assert "for one ticket" in silence(automatic=desk.budgets.ticket)


def test_a_field_has_one_name_in_what_changed_and_in_what_is_missing(desk: Desk) -> None:
    """The desk's customers write German first; our own people read English."""
    german = replace(desk, languages=("de", "en"))
    ticket = _ticket(_asking("stores", "steps"))
    found = _reply(german, ticket, _mail(_said("stores", "12")))
    after, _ = asking.taken(ticket, found, german)
    assert asking.said(found, german) == 'answered "Stores"; still missing: Steps'
    assert matter.missing(after, german).split(", ")[-1] == "Steps"


def test_what_the_team_reads_of_an_answer(desk: Desk) -> None:
    ticket = _ticket(_asking("stores", "steps"))
    both = _reply(desk, ticket, _mail(_said("stores", "12"), _said("steps", "press")))
    assert asking.said(both, desk) == 'answered "Stores" and "Steps"; nothing is missing now'
    one = _reply(desk, ticket, _mail(_said("stores", "12")))
    assert asking.said(one, desk) == 'answered "Stores"; still missing: Steps'
    unsure = _reply(desk, ticket, _mail(_said("stores", "12"), _said("steps", "x", "answer", UNSURE)))
    assert asking.said(replace(unsure, hands=True), desk) == (
        'answered "Stores"; not clear: Steps; nothing more is asked by itself, #ask asks'
    )
    assert asking.said(_reply(desk, ticket, _mail()), desk) == ""


# Questions of one of us beside those that run


def test_numbers_are_those_of_the_mail_that_is_answered(desk: Desk) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("stores", "steps"))))
    first = asking.asked(_ticket(_asking("stores", "steps")), ("stores", "steps"), desk, NOW)
    was = record.of(first)
    later = NOW + timedelta(hours=1)
    second = asking.asked(first, ("licence",), desk, later, ((was.asked_at, *was.asked),))
    second = record.kept(second, replace(record.of(second), by_hand=("licence",)))
    mail = replace(_mail(), reply="1. 12\n2. press the red key twice")
    found = gather(mail, second, NORA, desk, later, opens=False, answered=record.of(first).asked_at)
    assert found.values == {"stores": "12", "steps": "press the red key twice"}
    assert (found.intake.state("licence"), found.secrets) == (MISSING, ())
    found = gather(replace(_mail(), reply="AB-17"), second, NORA, desk, later, opens=False)
    assert (found.intake.state("licence"), found.values) == (PRESENT, {})
    assert record.of(second).sought == ("licence", "stores", "steps")


@pytest.mark.parametrize(
    ("value", "state", "words"),
    [("5\n\nThe error is 500.", PRESENT, "5"), ("1. white page\n2. Monday", UNSURE, "1. white page\n2. Monday")],
)
def test_a_sensitive_field_takes_one_paragraph_and_no_list(desk: Desk, value: str, state: str, words: str) -> None:
    desk = replace(desk, inquiry=_inquiry(Requirement(fields=("licence",))))
    found = gather(_mail(_said("licence", value)), _ticket(), NORA, desk, NOW, opens=True)
    assert (found.intake.state("licence"), [one.words for one in found.secrets]) == (state, [words])
