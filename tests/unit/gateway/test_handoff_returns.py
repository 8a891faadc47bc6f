"""What was handed over and comes back: with which need, to whom, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.rules.desk import Desk
from gateway.rules.handoffs import record as handoffs
from store.records import (
    SendMail,
    Ticket,
)
from tests.unit.gateway.handover import TO_BILLING, TO_NETWORK, Away, comes_due, mails, refused, said, timer


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("#return because it is not ours", "what it needs to come again"),
        ("#return need a log", "the reason"),
        ("#return because need a log", "the reason"),
        ("#return because we need", "what it needs to come again"),
        ("#return", "the reason and what it needs to come again"),
    ],
)
def test_r71_a_return_without_its_need_is_refused(desk: Desk, begun: Ticket, text: str, lacks: str) -> None:
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    found = refused(desk, ticket, text, "benedikt")
    assert found.reason == f"{text}: say {lacks}"
    assert found.nearest == "#return because … need …"


def test_a_return_gives_reason_and_need_to_whoever_had_it(desk: Desk, begun: Ticket) -> None:
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, effects, _ = said(desk, ticket, "#return reason: they need help with it need: a traceroute", "benedikt")
    assert mails(effects) == ["notice anastasia"]
    (mail,) = [one for one in effects if isinstance(one, SendMail)]
    assert mail.facts["changed"] == (
        "Benedikt Sommer of network returned it because they need help with it; it needs: a traceroute"
    )
    assert (ticket.helpers, ticket.escalated_at, ticket.next_action, ticket.bounced) == ((), None, "a traceroute", 1)
    assert ticket.handoff == {}
    found = refused(desk, ticket, "#handoff network", "anastasia")  # what is asked of her is not what she asks
    assert found.nearest == "#todo TEXT"


def test_moved_work_returns_to_the_person_who_had_it(desk: Desk, begun: Ticket) -> None:
    moved, _, _ = said(desk, begun, TO_BILLING, "anastasia")
    back, effects, _ = said(desk, moved, "#return because no need the number", "charlotte")
    assert (back.team, back.assignee, back.escalated_at) == ("frontline", "anastasia", None)
    assert mails(effects) == ["notice anastasia"]
    gone, effects, _ = said(desk, moved, "#return because no need it", "charlotte", known=Away("anastasia"))  # type: ignore[arg-type]
    assert (gone.team, gone.assignee) == ("frontline", "")  # nobody's, and accountable is the team


def test_what_was_handed_back_too_early_goes_to_the_team_that_had_it(desk: Desk, begun: Ticket) -> None:
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, _, _ = said(desk, ticket, "#handoff network-back", "benedikt")
    assert (ticket.helpers, ticket.escalated_at) == ((), None)
    ticket, effects, _ = said(desk, ticket, "#return because it is slow again need a second look", "anastasia")
    assert (ticket.helpers, ticket.assignee, ticket.bounced) == (("network",), "anastasia", 1)
    assert ticket.escalated_at is not None
    assert mails(effects) == ["notice benedikt"]


def test_what_goes_back_is_what_its_speaker_has_and_not_the_newest(desk: Desk, begun: Ticket) -> None:
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, _ = comes_due(desk, ticket, timer(effects))  # benedikt is silent: dominique, a lead, is asked
    ticket, _, _ = said(desk, ticket, "#ack", "dominique")
    ticket, _, _ = said(desk, ticket, TO_BILLING, "anastasia")
    back, _, plan = said(desk, ticket, "#return because no need a trace", "dominique")
    assert plan.done[0].detail["from"] == "network"
    assert ([one.to for one in handoffs.live(back)], back.helpers) == (["billing"], ("billing",))


def test_r71_the_third_bounce_alerts_leads_and_managers(desk: Desk, begun: Ticket) -> None:
    ticket = begun
    for times in (1, 2, 3):
        ticket, _, _ = said(desk, ticket, TO_NETWORK, "anastasia")
        ticket, effects, _ = said(desk, ticket, "#return because no need a log", "benedikt")
        alerted = ["notice dominique", "notice mirabelle"] if times == 3 else []
        assert sorted(mails(effects)) == ["notice anastasia", *alerted]
    assert ticket.bounced == 3


def test_what_is_handed_back_by_an_edge_may_come_and_go_again(desk: Desk, begun: Ticket) -> None:
    """Whoever owns it and hands it on again has nothing of the handing back any more; it comes back by the same edge,
    and the third time is told to whoever may say whose it is."""
    ticket = begun
    for times in (1, 2, 3):
        ticket, _, _ = said(desk, ticket, TO_NETWORK, "anastasia")
        assert [one.to for one in handoffs.standing(ticket)] == ["network"]
        ticket, effects, plan = said(desk, ticket, "#ack\n#todo look again\n#handoff network-back", "benedikt")
        alerted = ["notice dominique", "notice mirabelle"] if times == 3 else []
        assert sorted(set(mails(effects)) - {"notice anastasia"}) == ["handoff anastasia", *alerted]
        assert ("leads and managers are told" in plan.done[-1].after) == (times == 3)
        assert (ticket.bounced, ticket.helpers) == (times if times > 1 else 0, ())
        ticket, _, _ = said(desk, ticket, "#ack", "anastasia")


def test_work_that_moved_and_is_handed_back_again_came_back(desk: Desk, begun: Ticket) -> None:
    ticket = begun
    for bounced in (0, 2, 3):
        ticket, _, _ = said(desk, ticket, TO_BILLING, ticket.assignee or "dominique")
        ticket, _, _ = said(desk, ticket, "#ack\n#todo tell her\n#handoff billing-back", "charlotte")
        assert (ticket.team, ticket.bounced) == ("frontline", bounced), "once is work that is done"


def test_who_was_brought_in_and_brings_in_another_may_return_it_still(desk: Desk, begun: Ticket) -> None:
    further = replace(desk.handoffs[0], name="further", origin="network", to="billing", needs=())
    desk = replace(desk, handoffs=(*desk.handoffs, further))
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, _, _ = said(desk, ticket, "#handoff further", "benedikt")
    assert [(one.to, one.state) for one in handoffs.standing(ticket)] == [("billing", "asked"), ("network", "taken")]
