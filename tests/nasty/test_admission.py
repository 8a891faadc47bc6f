"""Mail that is not let in, and people who lost access: intake 3, 8, 17, 31, reliability threats 6 and 18.

Each test is named after its number and plays the nasty input on a whole desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.cli.away import give_back
from gateway.config.loading import load
from gateway.rules.desk import Desk, Intake
from gateway.rules.verbs import Refused
from store import blocks, ledger, people
from tests.desk import STAFF, StillDesk

BORDER = "Authentication-Results: mx.desk.example; dmarc=pass header.from={0}\n"
MAIL = (
    "From: Nora Wind <{0}>\nTo: support@desk.example\nSubject: Slow search {1}\nMessage-ID: <{1}@n.example>\n\nslow\n"
)
NORA = "nora@northwind.example"
BENEDIKT = "benedikt@desk.example"
ATTACKER = "eve@evil.example"


def opened(still: StillDesk, *, team: str = "", author: str = NORA) -> dict[str, Any]:
    """A ticket, of another team than the first where one is said."""
    entry = still.mail(MAIL.format(author, f"o{len(still.entries())}"), author)
    if team:
        still.do(entry["ticket"], f"#todo look\n#team {team}", "dominique")
        still.do(entry["ticket"], "#note\nplease look", "dominique")
    return entry


def reply(still: StillDesk, who: str, words: str, number: int = 1) -> dict[str, Any]:
    """A colleague's proven answer to the latest mail that the desk sent them about a ticket."""
    notice = still.latest(who, "notice")
    text = (
        f"{BORDER.format('desk.example')}From: {who}\nTo: {notice.mail['Reply-To']}\nSubject: Re: x\n"
        f"Message-ID: <r{number}@desk.example>\nIn-Reply-To: {notice.mail['Message-ID']}\n\n{words}\n"
    )
    return still.mail(text, who, str(notice.mail["Reply-To"]))


def disable(still: StillDesk, address: str, *, disabled: bool = True) -> None:
    one = still.desk.agents[address]
    with still.store.turn() as connection:
        assert people.set_disabled(connection, address, one.full_name, still.now, disabled=disabled)
    if disabled:
        give_back(still.store, still.desk, one, f"{one.name} is disabled", still.now)
        still.settle()  # the team is told what came back to it


def rules(still: StillDesk, desk: Desk) -> None:
    """The desk goes on by other rules, as after a restart with another configuration."""
    still.desk = desk
    still._settler._desk = desk
    still._courier._desk = desk


def left(still: StillDesk, before: int) -> list[str]:
    return sorted(f"{sent.purpose} {sent.to}" for sent in still.sent[before:])


# 3: whoever lost access


def test_intake_03_a_disabled_agent_with_an_old_key_does_nothing(still: StillDesk) -> None:
    """The key was written while he had access; what counts is what he may do now (GHSA-83xx)."""
    entry = opened(still, team="network")
    opened(still, team="network")
    still.do(entry["ticket"], "#assign benedikt", "dominique")
    opened(still, author="p@contoso.example")
    still.do("DESK-1001", "#note\nfor the team", "dominique")
    disable(still, BENEDIKT)
    before = len(still.sent)
    found = reply(still, BENEDIKT, "Everything is fine now.\n\n#topic Usage\n#start\n#resolve fixed")
    assert (found["verdict"], found["trust"]) == ("held-unverified", "A")
    assert "benedikt is disabled" in found["reason"]
    ticket = still.ticket(1001)
    assert (ticket["status"], ticket["assignee"]) == ("new", None)
    last = ticket["events"][-1]
    assert (last["actor"], last["detail"]["from"], last["detail"]["to"]) == ("operator", "benedikt", "")
    assert left(still, before) == [f"held {BENEDIKT}"]
    told = still.sent[-1]
    assert "[DESK" not in told.mail["Subject"]
    for word in ("slow", "1001", "Nora", "northwind", "+k"):
        assert word not in told.raw.decode(), word


def test_intake_03_a_disabled_agent_hears_of_nothing_and_gets_nothing_to_do(still: StillDesk) -> None:
    opened(still, team="network")
    disable(still, BENEDIKT)
    before = len(still.sent)
    entry = opened(still)
    still.do(entry["ticket"], "#todo look\n#team network", "dominique")
    assert not [mail for mail in left(still, before) if BENEDIKT in mail]
    refused = still.do(entry["ticket"], "#assign benedikt", "dominique")
    assert isinstance(refused, Refused)
    refused = still.do(entry["ticket"], "#accept", "benedikt")
    assert isinstance(refused, Refused)
    assert refused.reason == "benedikt is disabled"
    disable(still, BENEDIKT, disabled=False)
    assert not isinstance(still.do(entry["ticket"], "#assign benedikt", "dominique"), Refused)
    assert reply(still, BENEDIKT, "#accept")["verdict"] == "command"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ("To: support@desk.example\nSubject: My printer", "It is broken."),
        ("To: escalate@desk.example\nSubject: x", "Please look."),
        ("To: support@desk.example\nAuto-Submitted: auto-replied\nSubject: Out of office", "I am away."),
        (
            "To: support@desk.example\nSubject: Out of office: x",
            "I am out of the office until Monday. Write to anastasia.",
        ),
    ],
)
@pytest.mark.parametrize("proven", [True, False])
def test_intake_03_mail_of_a_disabled_agent_becomes_no_ticket(
    still: StillDesk, headers: str, words: str, *, proven: bool
) -> None:
    disable(still, BENEDIKT)
    before = len(still.sent)
    text = f"From: {BENEDIKT}\n{headers}\nMessage-ID: <1@d>\n\n{words}\n"
    found = still.mail(BORDER.format("desk.example") * proven + text, BENEDIKT, headers.split()[1])
    assert found["verdict"] in ("held-unverified", "auto-reply-recorded")
    assert still.tickets() == []
    is_person = found["verdict"] == "held-unverified"
    assert left(still, before) == [f"held {BENEDIKT}"] * (proven and is_person)


def test_intake_03_an_operators_release_gives_no_access_back(still: StillDesk) -> None:
    opened(still, team="network")
    disable(still, BENEDIKT)
    found = reply(still, BENEDIKT, "#topic Usage\n#start\n#resolve fixed")
    again = still.replay(found["id"], released=True)
    assert again["verdict"] == "held-unverified"
    assert still.ticket(1001)["status"] == "new"
    disable(still, BENEDIKT, disabled=False)
    assert still.replay(found["id"], released=True)["verdict"] == "command"


def test_intake_03_a_disabled_agent_is_told_within_his_budget(still: StillDesk) -> None:
    opened(still, team="network")
    disable(still, BENEDIKT)
    before = len(still.sent)
    for number in range(30):
        assert reply(still, BENEDIKT, f"again {number}", number)["verdict"] == "held-unverified"
    assert len(still.sent) - before <= still.desk.budgets.participant_day


def test_intake_03_an_agent_whose_ticket_was_moved_is_refused_with_his_old_key(still: StillDesk) -> None:
    opened(still, team="network")
    still.do("DESK-1001", "#assign benedikt", "dominique")
    still.do("DESK-1001", "#todo look\n#team billing", "dominique")
    before = len(still.sent)
    found = reply(still, BENEDIKT, "Everything is fine now.\n\n#topic Usage\n#start\n#resolve fixed")
    assert found["verdict"] == "held-unverified"
    assert found["reason"] == "DESK-1001 is no ticket that benedikt may see"
    assert left(still, before) == [f"held {BENEDIKT}"]
    assert still.ticket(1001)["status"] == "new"


def test_intake_03_an_agent_who_changed_teams_is_refused_with_his_old_key(still: StillDesk) -> None:
    opened(still, team="network")
    moved = replace(still.desk.agents[BENEDIKT], team="billing")
    rules(still, replace(still.desk, agents={**still.desk.agents, BENEDIKT: moved}))
    found = reply(still, BENEDIKT, "#topic Usage\n#start\n#resolve fixed")
    assert (found["verdict"], still.ticket(1001)["status"]) == ("held-unverified", "new")


def test_intake_03_whoever_left_the_configuration_has_a_key_that_does_nothing(still: StillDesk) -> None:
    opened(still, team="network")
    staying = {address: agent for address, agent in still.desk.agents.items() if address != BENEDIKT}
    rules(still, replace(still.desk, agents=staying))
    before = len(still.sent)
    found = reply(still, BENEDIKT, "Everything is fine now.")
    assert found["verdict"] == "held-unverified"
    assert "of the staff no more" in found["reason"]
    assert left(still, before) == [f"held {BENEDIKT}"]
    assert still.replay(found["id"], released=True)["verdict"] == "held-unverified"
    assert len(still.ticket(1001)["messages"]) == 3
    plain = still.mail(MAIL.format(BENEDIKT, "as a customer"), BENEDIKT)
    assert plain["verdict"] == "ticket-created"


# 8 and threat 6: the ticket trick

_TRICK = (
    BORDER.format("slack.example") + "From: Slack <no-reply@slack.example>\nTo: {0}\n"
    "Subject: Your confirmation code: 481-516\nMessage-ID: <{1}@slack.example>\n\n"
    "Confirm your email address\n\nYour confirmation code is 481-516. If you did not ask for it, ignore this mail.\n"
)


@pytest.mark.parametrize("keyed", [False, True])
def test_intake_08_a_code_for_our_address_stands_in_no_ticket(still: StillDesk, *, keyed: bool) -> None:
    """An attacker registers with a third party by the address of the desk, or by the reply address of their own ticket;
    the code comes to us and must reach nobody but an operator."""
    still.mail(BORDER.format("evil.example") + MAIL.format(ATTACKER, "e1"), ATTACKER)
    to = str(still.latest(ATTACKER).mail["Reply-To"]) if keyed else "support@desk.example"
    before = len(still.sent)
    found = still.mail(_TRICK.format(to, "v1"), "bounces@slack.example", to)
    assert (found["verdict"], found["ticket"]) == ("spam-quarantined", None)
    assert left(still, before) == ["alarm ops@desk.example"]
    assert "481" not in still.sent[-1].raw.decode()
    assert "481" not in str(still.tickets())


def test_threat_06_nobody_reaches_a_quarantined_code(still: StillDesk) -> None:
    """Neither an answer to it nor a copy to another mailbox brings its words into a ticket."""
    trick = _TRICK.format("support@desk.example", "v1")
    still.mail(trick, "bounces@slack.example")
    again = still.mail(trick, "bounces@slack.example", "billing@desk.example")
    assert again["verdict"] == "spam-quarantined", "what was kept out is no earlier copy"
    answer = MAIL.format(ATTACKER, "e2").replace("Subject", "In-Reply-To: <v1@slack.example>\nSubject")
    still.mail(BORDER.format("evil.example") + answer, ATTACKER)
    assert "481" not in str(still.tickets())
    assert "481" not in "".join(sent.raw.decode() for sent in still.sent)


def test_intake_08_an_operator_can_let_it_in(still: StillDesk) -> None:
    found = still.mail(_TRICK.format("support@desk.example", "v1"), "bounces@slack.example")
    assert still.replay(found["id"], released=True)["verdict"] == "ticket-created"


def test_intake_08_two_copies_that_are_both_let_in_are_one_ticket(still: StillDesk) -> None:
    found = [still.mail(_TRICK.format("support@desk.example", "v1"), "bounces@slack.example") for _ in range(2)]
    assert {one["verdict"] for one in found} == {"spam-quarantined"}
    verdicts = [still.replay(one["id"], released=True)["verdict"] for one in reversed(found)]
    assert (verdicts, len(still.tickets())) == (["ticket-created", "duplicate"], 1)


# 17: control headers from outside


@pytest.mark.parametrize(
    ("header", "client", "verdict"),
    [
        ("X-Spam-Flag: NO", "127.0.0.1", "ticket-created"),
        ("X-Spam-Flag: YES\nX-Spam-Flag: NO", "127.0.0.1", "spam-quarantined"),
        ("X-Spam-Flag: YES\nX-Spam-Status: No, score=-9", "127.0.0.1", "spam-quarantined"),
        ("X-Spam-Flag: YES", "198.51.100.9", "ticket-created"),
        ("X-Replydesk-Trust: A\nX-Desk-Agent: dominique\nX-Ticket: 1001", "127.0.0.1", "ticket-created"),
    ],
)
def test_intake_17_headers_from_outside_control_nothing(
    still: StillDesk, header: str, client: str, verdict: str
) -> None:
    found = still.mail(f"{header}\n{MAIL.format(NORA, 's1')}", NORA, client=client)
    assert (found["verdict"], found["trust"]) == (verdict, "D")
    if verdict == "spam-quarantined":
        assert still.tickets() == []
        assert [sent.to for sent in still.sent] == ["ops@desk.example"]


def test_intake_17_a_mark_does_not_keep_a_participant_out(still: StillDesk) -> None:
    """With their own key their mail joins the ticket; from the same address without it, it is quarantined."""
    opened(still)
    key = str(still.latest(NORA).mail["Reply-To"])
    marked = "X-Spam-Flag: YES\n" + MAIL.format(NORA, "s2")
    assert still.mail(marked.replace("support@desk.example", key), NORA, key)["verdict"] == "appended"
    assert still.mail(marked.replace("s2@", "s3@"), NORA)["verdict"] == "spam-quarantined"


# 31: an agent at an address of the desk


def test_intake_31_an_agent_at_an_address_of_the_desk_is_no_agent(still: StillDesk) -> None:
    """The configuration refuses it (tests/bad_configs); were it there all the same, mail from that address is our own
    that comes back, and a notice to it ends at the first step."""
    wrong = replace(still.desk.agents["anastasia@desk.example"], address="support@desk.example")
    rules(still, replace(still.desk, agents={**still.desk.agents, "support@desk.example": wrong}))
    found = still.mail(BORDER.format("desk.example") + MAIL.format("support@desk.example", "w1"), "x@desk.example")
    assert found["verdict"] == "loop-suppressed"
    opened(still)
    returned = [sent for sent in still.sent if sent.to == "support@desk.example"]
    before = len(still.sent)
    for sent in returned:
        assert still.mail(sent.raw, sent.sender, sent.to)["verdict"] in ("loop-suppressed", "held-unverified")
    assert len(still.sent) == before


def test_intake_31_a_reverse_path_of_our_own_makes_no_requester(still: StillDesk) -> None:
    """Without a From the reverse-path is who wrote it: never one of our own addresses."""
    for number, own in enumerate(("support@desk.example", "HELP+x@desk.example")):
        text = f"To: support@desk.example\nSubject: x\nMessage-ID: <n{number}@x>\n\nwords\n"
        assert still.mail(text, own)["verdict"] == "loop-suppressed"
    assert still.tickets() == []
    assert still.sent == []


# Threat 18: floods; the door's part is in tests/dialogues


def test_threat_18_a_mail_to_a_hundred_of_our_addresses_is_one_ticket(still: StillDesk) -> None:
    many = [f"support+{number}@desk.example" for number in range(98)]
    found = still.mail(MAIL.format(NORA, "m1"), NORA, *many, "help@desk.example", "billing@desk.example")
    assert found["verdict"] == "ticket-created"
    assert len(still.tickets()) == 1
    assert [sent.to for sent in still.sent].count(NORA) == 1


def test_threat_18_a_flood_of_one_sender_is_quarantined(still: StillDesk) -> None:
    """What is over the limit makes no ticket and no mail but one to the operators; the proven sender goes on."""
    rules(still, replace(still.desk, intake=Intake(sender_hour=5, domain_hour=8)))
    found = [still.mail(MAIL.format(NORA, f"f{number}"), NORA)["verdict"] for number in range(9)]
    assert found == ["ticket-created"] * 5 + ["rate-limited"] * 4
    others = [still.mail(MAIL.format(f"p{n}@northwind.example", f"g{n}"), NORA)["verdict"] for n in range(5)]
    assert others == ["ticket-created"] * 3 + ["rate-limited"] * 2
    assert [sent.to for sent in still.sent].count("ops@desk.example") == 3  # nora, and two of the others
    assert len(still.tickets()) == 8
    assert still.mail(BORDER.format("northwind.example") + MAIL.format(NORA, "ok"), NORA)["verdict"] == "ticket-created"


def test_threat_18_a_flood_in_one_batch_is_counted_mail_by_mail(still: StillDesk) -> None:
    rules(still, replace(still.desk, intake=Intake(sender_hour=5, domain_hour=8)))
    numbers = [still.receive(MAIL.format(NORA, f"b{number}"), NORA) for number in range(20)]
    still.settle()
    found = [still.entry(number)["verdict"] for number in numbers]
    assert found == ["ticket-created"] * 5 + ["rate-limited"] * 15
    with still.store.look() as connection:
        spent = ledger.spent(connection, [f"from:D:{NORA}"], 0)
    assert sum(count for _, count in spent[f"from:D:{NORA}"]) == 5


def test_threat_18_what_was_quarantined_waits_for_an_operator(still: StillDesk) -> None:
    rules(still, replace(still.desk, intake=Intake(sender_hour=1, domain_hour=8)))
    still.mail(MAIL.format(NORA, "w1"), NORA)
    late = still.mail(MAIL.format(NORA, "w2"), NORA)
    assert late["verdict"] == "rate-limited"
    assert "1 unproven mails" in late["reason"]
    assert still.replay(late["id"])["verdict"] == "rate-limited"
    assert still.replay(late["id"], released=True)["verdict"] == "ticket-created"
    assert still.mail(MAIL.format(NORA, "w2"), NORA)["verdict"] == "duplicate"


def test_threat_18_a_blocked_sender_costs_a_row_and_nothing_else(still: StillDesk) -> None:
    with still.store.turn() as connection:
        assert blocks.block(connection, "evil.example", "sells things", still.now)
        assert not blocks.block(connection, "evil.example", "again", still.now)
    numbers = [still.receive(MAIL.format(f"m{n}@a.evil.example", f"x{n}"), "y@z.example") for n in range(10)]
    still.settle()
    assert {still.entry(number)["verdict"] for number in numbers} == {"blocked-sender"}
    assert (still.sent, still.tickets()) == ([], [])
    with still.store.look() as connection:
        ((_, count),) = ledger.spent(connection, ["blocked:evil.example"], 0)["blocked:evil.example"]
    assert count == 10
    assert still.replay(numbers[0], released=True)["verdict"] == "ticket-created"
    with still.store.turn() as connection:
        assert blocks.unblock(connection, "evil.example")
    assert still.replay(numbers[1])["verdict"] == "ticket-created"


def test_staff_is_known_by_the_demo_configuration(still: StillDesk) -> None:
    """The numbers above are the demo desk's: its staff, and hosts that may bring any number."""
    assert {agent.name for agent in still.desk.agents.values()} == set(STAFF)
    found: Callable[..., Any] = load
    demo = found(still.config.file, {}).policy
    assert demo.intake.unlimited_from == {"127.0.0.1", "::1"}


def test_a_colleague_of_another_team_who_guesses_a_number_learns_no_subject(still: StillDesk) -> None:
    """A number in a subject, at the public address: what comes back names nothing of the ticket, and goes nowhere."""
    opened(still, team="network")
    before = len(still.sent)
    found = still.mail(
        f"{BORDER.format('desk.example')}From: anastasia@desk.example\n"
        "To: support@desk.example\nSubject: [DESK-1001] hello\nMessage-ID: <guess@laptop.example>\n\nWhat is it?\n",
        "anastasia@desk.example",
    )
    (held,) = still.sent[before:]
    assert (found["verdict"], held.purpose, held.mail["Subject"]) == ("held-unverified", "held", "Your mail is held")
    assert "support" not in str(held.mail["Reply-To"])
    assert still.ticket(1001)["subject"] not in held.text() + held.text("html") + held.raw.decode()
