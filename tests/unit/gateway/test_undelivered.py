"""A mail that did not arrive: who is told, in which words, and that no failure ever causes a second one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from gateway.rules.desk import Desk
from gateway.rules.undelivered import (
    GIVEN_UP,
    RETURNED,
    UNRENDERED,
    Undelivered,
    is_unreachable,
    undelivered,
    written_as,
)
from store.records import AddEvent, Direction, MarkReachable, Message, Purpose, Role, SendMail, Ticket

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def tell(desk: Desk, ticket: Callable[..., Ticket]) -> Callable[..., tuple[AddEvent, list[SendMail]]]:
    def fail(assignee: str = "", **changes: Any) -> tuple[AddEvent, list[SendMail]]:
        usual: dict[str, Any] = {
            "number": 7,
            "purpose": Purpose.ANSWER,
            "to": "nora@northwind.example",
            "how": "refused",
            "code": "550",
            "text": "5.1.1 no such user",
            "author": "anastasia@desk.example",
            "words": "It is fast again.",
        }
        numbers = count(1)
        effects = undelivered(
            desk,
            ticket(assignee=assignee),
            Undelivered(**usual | changes),
            lambda: f"<{next(numbers)}@desk.example>",
            NOW,
        )
        event, *mails = [effect for effect in effects if not isinstance(effect, MarkReachable)]
        assert isinstance(event, AddEvent)
        found = [mail for mail in mails if isinstance(mail, SendMail)]
        assert len(found) == len(mails)
        return event, found

    return fail


def _told(mails: list[SendMail]) -> list[str]:
    return [mail.to.address.partition("@")[0] for mail in mails]


def test_the_agent_who_wrote_it_is_told_with_the_words(tell: Callable[..., Any]) -> None:
    event, (mail,) = tell(assignee="benedikt")
    assert (event.kind, event.detail) == (
        "delivery-failed",
        {"address": "nora@northwind.example", "code": "550", "text": "5.1.1 no such user", "mail": 7},
    )
    assert mail.to.address == "anastasia@desk.example"
    assert (mail.purpose, mail.round, mail.role, mail.automatic) == (Purpose.UNDELIVERED, "7", Role.AGENT, True)
    assert mail.facts["what"] == "Your answer"
    assert mail.facts["words"] == "It is fast again."
    assert mail.facts["reason"] == "nobody has this address there (any more)"
    assert mail.facts["said"] == "550 5.1.1 no such user"
    assert "replydesk queue retry 7" in mail.facts["advice"][-1]


def test_who_has_left_is_not_told_but_the_owner_is(tell: Callable[..., Any]) -> None:
    assert _told(tell(author="gone@desk.example", assignee="benedikt")[1]) == ["benedikt"]


@pytest.mark.parametrize("purpose", [Purpose.ACKNOWLEDGEMENT, Purpose.RESOLVED, None])
def test_a_machines_mail_concerns_the_owner_or_else_the_team(tell: Callable[..., Any], purpose: Purpose | None) -> None:
    assert _told(tell(purpose=purpose, author="", assignee="benedikt")[1]) == ["benedikt"]
    assert _told(tell(purpose=purpose, author="")[1]) == ["anastasia", "dominique"]
    assert _told(tell(purpose=purpose, author="", assignee="who-has-left")[1]) == ["anastasia", "dominique"]


@pytest.mark.parametrize("purpose", [Purpose.PROMISE, Purpose.CONSENT, Purpose.CONFIRMATION, Purpose.HANDOFF])
def test_whatever_goes_outside_is_told_of(tell: Callable[..., Any], purpose: Purpose) -> None:
    _, mails = tell(purpose=purpose, author="", to="jira@vendor.example", assignee="benedikt")
    assert _told(mails) == ["benedikt"]
    assert mails[0].facts["what"] != "A mail of this ticket"


@pytest.mark.parametrize(
    "purpose", [Purpose.NOTICE, Purpose.TRANSCRIPT, Purpose.HELD, Purpose.ALARM, Purpose.UNDELIVERED]
)
def test_mail_to_staff_is_only_written_down(tell: Callable[..., Any], purpose: Purpose) -> None:
    event, mails = tell(purpose=purpose, to="forwarded@home.example")
    assert event.kind == "delivery-failed"
    assert mails == []


@pytest.mark.parametrize("to", ["anastasia@desk.example", "ops@desk.example", "support@desk.example"])
def test_nobody_of_the_house_causes_more_mail(tell: Callable[..., Any], to: str) -> None:
    assert tell(to=to)[1] == []


def test_nobody_is_told_twice_of_one_mail(tell: Callable[..., Any]) -> None:
    event, mails = tell(told=True)
    assert (event.kind, mails) == ("delivery-failed", [])


@pytest.mark.parametrize(
    ("changes", "why", "what"),
    [
        ({"code": "552", "text": "5.2.2 over quota"}, "the mailbox is full", "wait until there is room"),
        ({"code": "5.2.2", "text": "mailbox full", "how": RETURNED}, "the mailbox is full", "wait until there is room"),
        ({"code": "", "text": "mailbox unknown", "how": RETURNED}, "nobody has this address", "the right address"),
        ({"code": "550", "text": "5.1.2 no domain"}, "the domain of the address does not exist", "the right address"),
        ({"code": "554", "text": "5.7.26 dmarc"}, "by a rule of its own", "Call"),
        ({"code": "552", "text": "5.3.4 too big"}, "too large", "smaller files"),
        ({"code": "550", "text": "no"}, "refuses the address or the mail", "Check the address"),
        ({"code": "554", "text": "15.1.1.1 5.1.15"}, "refuses the address or the mail", "Check the address"),
        ({"code": "571", "text": "?"}, "will not take it", "Check the address"),
        ({"how": GIVEN_UP, "code": "451", "attempts": 9}, "put us off, 9 times in five days", "Call"),
        ({"how": UNRENDERED, "code": "", "text": "could not be rendered: x"}, "a fault of the desk's own", "Call"),
    ],
)
def test_the_reason_is_in_plain_words(tell: Callable[..., Any], changes: dict[str, Any], why: str, what: str) -> None:
    facts = tell(**changes)[1][0].facts
    assert why in facts["reason"]
    assert what in facts["advice"][0]


def test_what_nobody_replied_is_no_reply(tell: Callable[..., Any]) -> None:
    facts = tell(how=GIVEN_UP, code="", text="no answer in time", attempts=1)[1][0].facts
    assert (facts["said"], facts["last"]) == ("", "no answer in time")
    assert "once in five days" in facts["reason"]


@pytest.mark.parametrize(
    ("changes", "marked"),
    [
        ({}, True),
        ({"how": GIVEN_UP, "code": "451", "text": "try later"}, True),
        ({"how": RETURNED, "code": "5.2.2", "text": "mailbox full"}, True),
        ({"purpose": Purpose.RESOLVED}, True),
        ({"how": RETURNED, "permanent": False, "code": "4.4.1"}, False),
        ({"how": UNRENDERED, "code": "", "text": "could not be rendered"}, False),
        ({"code": "552", "text": "5.3.4 too big"}, False),
        ({"code": "554", "text": "5.6.1 media not supported"}, False),
        ({"code": "554", "text": "15.6.1.1 5.6.1.1"}, True),
        ({"to": "anastasia@desk.example"}, False),
        ({"to": "support@desk.example"}, False),
        ({"to": "forwarded@home.example", "purpose": Purpose.NOTICE}, False),
        ({"purpose": Purpose.CONFIRMATION}, False),
    ],
)
def test_an_address_is_unreachable_when_it_is_the_address_and_not_the_mail(
    desk: Desk, ticket: Callable[..., Ticket], changes: dict[str, Any], marked: bool
) -> None:
    usual: dict[str, Any] = {
        "number": 7,
        "purpose": Purpose.ANSWER,
        "to": "nora@northwind.example",
        "how": "refused",
        "code": "550",
        "text": "5.1.1 no such user",
    }
    mail = Undelivered(**usual | changes)
    assert is_unreachable(desk, mail) is marked
    effects = undelivered(desk, ticket(), mail, lambda: "<m@desk.example>", NOW)
    assert (MarkReachable(address=mail.to, since=NOW) in effects) is marked


def _out(message_id: str, *to: str, role: Role = Role.AGENT) -> Message:
    return Message(
        at=NOW, direction=Direction.OUT, role=role, from_address="a@desk.example", to=to, message_id=message_id
    )


def test_a_mail_to_several_is_known_by_those_whom_it_went_to() -> None:
    recent = [_out("<1>", "nora@n", "bob@n"), _out("<2>", "nora@n", "bob@n"), _out("<3>", "nora@n")]
    assert written_as("<1>", "nora@n", recent) is recent[0]
    assert written_as("<copy>", "bob@n", recent) is recent[1]
    assert written_as("<other>", "eve@n", recent) is None
    assert written_as("<ack>", "nora@n", [_out("<ack>", "nora@n", role=Role.SYSTEM)]) is None
