"""No machine makes the desk flood anybody (DESIGN promise 4): two desks facing each other, and all the machines of
`robots`, in a world where mail is lost, late or comes twice.

After every step holds, judged from the bytes that left (`world.Auditor`):

- automatic mail (everything with Auto-Submitted, RFC 3834) to one mailbox outside: at most 2 in any hour and 3 in any
  day while nothing proves it, at most 10 in any day when its domain is proven or it answered at a secret address, and
  when a member of the staff asked for each (such mail answers nobody: `Auto-Submitted: auto-generated`);
- each ticket causes finitely many mails: with b the desk's `Budgets`, S members of staff, a acts of staff on the ticket
  and d days since it came in, at most  b.ticket + a  automatic ones outside and
  S (b.unheeded + 2)(a + 1) + 2 S a + S b.participant_day d  to the staff (`world.bound` says why);
- no mail of a machine moves a ticket's status; nothing goes to the null sender nor answers it; nobody gets anything
  who never wrote.

The seeds are drawn by hypothesis: 200 steps in CI, 10,000 with REPLYDESK_LONG. A failure names its seed and step.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.rules import echo
from tests.desk import StillDesk
from tests.properties.robots import (
    Absence,
    Bouncer,
    Colleague,
    Details,
    Echo,
    Exchange,
    Holiday,
    MailingList,
    Mute,
    Robot,
    RudeBouncer,
    Tracker,
)
from tests.properties.world import Broken, World, deafen, second_desk
from tests.servers.requirement import is_long

OURS, THEIRS = "desk.example", "bureau.example"
STEPS = 10_000 if is_long() else 200
ENDLESS = {
    **{f"REPLYDESK_BUDGET__{name}": "1000" for name in ("STRANGER_HOUR", "STRANGER_DAY", "PARTICIPANT_DAY")},
    **{f"REPLYDESK_BUDGET__{name}": "10000" for name in ("DOMAIN_DAY", "TOTAL_HOUR", "TICKET", "UNHEEDED")},
}
"""A desk whose budgets are as good as none."""


def robots() -> list[Robot]:
    """Each of them may loop; some sign their mail."""
    return [
        Echo("echo@mirror.example"),
        Echo("echo@signed.example", proven=True),
        Absence("away@rfc.example"),
        Exchange("away@exchange.example", proven=True),
        Holiday("tom@contoso.example", proven=True),
        Holiday("tom@rule.example"),
        Mute("heron@lake.example", disguised=True),
        Mute("heron@signed.example", proven=True, disguised=True),
        Tracker("help@tracker.example", disguised=True),
        Details("cases@details.example", disguised=True),
        Bouncer("gone@bounce.example"),
        RudeBouncer("gone@rude.example", disguised=True),
        MailingList("friends@list.example", disguised=True, members=(f"support@{OURS}", f"support@{THEIRS}")),
        Colleague(f"anastasia@{OURS}", proven=True),
        Colleague(f"ops@{OURS}", proven=True),
    ]


@contextmanager
def a_world(
    template: Path,
    seed: int,
    machines: list[Robot],
    *,
    env: dict[str, str] | None = None,
    deaf: bool = False,
    two: bool = True,
) -> Iterator[World]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="replydesk-loops-")))
        desks = [StillDesk(folder / "ours", template, env)]
        if two:
            prefix = random.Random(seed).choice(("DESK", "BUREAU"))
            desks.append(second_desk(folder / "theirs", template, prefix, env or {}))
        for desk in desks:
            stack.enter_context(closing(desk))
            if deaf:
                deafen(desk)
        world = World(seed, desks, machines)
        world.deaf = deaf
        for auditor in world.auditors.values():
            auditor.believes_machines = deaf and env is None
        yield world


def happen(world: World) -> None:
    """One step: mostly mail arrives; sometimes time passes, somebody writes first, or the staff does something."""
    rng = world.rng
    chance = rng.random()
    domain = rng.choice(list(world.desks))
    if chance < 0.12:
        world.now += rng.choice((timedelta(minutes=5), timedelta(minutes=50), timedelta(hours=7), timedelta(hours=25)))
    elif chance < 0.22:
        robot = rng.choice([r for r in world.robots.values() if not isinstance(r, Colleague | MailingList)])
        world.first_mail(robot.address, domain, to=rng.choice(("support", "billing", "desk")), proven=robot.proven)
    elif chance < 0.25:
        world.reflect("friends@list.example", rng.choice(("nora@northwind.example", "echo@mirror.example")))
    elif chance < 0.28 and len(world.desks) > 1:
        # a forged or misled first mail sets the two desks upon each other
        other = next(name for name in world.desks if name != domain)
        world.first_mail(f"{rng.choice(('support', 'billing'))}@{other}", domain, proven=rng.random() < 0.5)
    elif chance < 0.33:
        world.first_mail("nora@northwind.example", domain, proven=rng.random() < 0.5)
    elif chance < 0.36:
        world.answer("nora@northwind.example")
    elif chance < 0.42:
        world.act(
            domain, rng.choice(("#resolve done", "#accept\nWe look into it.", "#note\nSeen.", "#reopen", "#close"))
        )
    world.step()


def play(world: World, steps: int) -> None:
    world.people["nora@northwind.example"] = []
    for number in range(steps):
        try:
            happen(world)
        except Broken as broken:
            raise Broken(f"step {number}: {broken}") from broken
    for _ in range(60):  # and when nobody does anything any more, it stays so
        world.now += timedelta(hours=3)
        world.step(most=16)


@settings(
    max_examples=1,
    derandomize=not is_long(),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32))
def test_no_machine_makes_the_desk_flood_anybody(template: Path, seed: int) -> None:
    with a_world(template, seed, robots()) as world:
        play(world, STEPS)
        assert world.arrived > STEPS / 4, "hardly anything happened"


@settings(
    max_examples=1,
    derandomize=not is_long(),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**32))
def test_the_budget_alone_is_enough(template: Path, seed: int) -> None:
    """A desk that takes every machine for a person moves tickets that it should not; it floods nobody."""
    machines = [robot for robot in robots() if not isinstance(robot, Colleague)]
    for machine in machines:
        machine.disguised = True
    with a_world(template, seed, machines, deaf=True) as world:
        play(world, STEPS if is_long() else 100)


LOOPS: tuple[Callable[[], Robot], ...] = (
    lambda: Echo("echo@mirror.example", disguised=True),
    lambda: Absence("away@rfc.example", disguised=True),
    lambda: Exchange("away@exchange.example", disguised=True),
    lambda: Holiday("tom@rule.example", disguised=True),
    lambda: Mute("heron@lake.example", disguised=True),
    lambda: Tracker("help@tracker.example", disguised=True),
    lambda: Details("cases@details.example", disguised=True),
    lambda: RudeBouncer("gone@rude.example", disguised=True),
    lambda: MailingList("friends@list.example", disguised=True, members=(f"support@{OURS}",), manners=("rude",)),
)


def loop(world: World, address: str, steps: int = 80) -> None:
    """A few first mails of one machine, and then only what follows from them."""
    for _ in range(4):
        world.first_mail(address, OURS)
    for _ in range(steps):
        world.step()


@pytest.mark.parametrize("make", LOOPS, ids=lambda make: type(make()).__name__)
def test_each_machine_would_loop_without_a_budget(template: Path, make: Callable[[], Robot]) -> None:
    """The proof that the simulation can fail: a desk that hears no machine and has no budget floods each of them."""
    robot = make()
    alone = a_world(template, 1, [robot], env=ENDLESS, deaf=True, two=False)
    with alone as world, pytest.raises(Broken, match="automatic mails"):
        loop(world, robot.address)


@pytest.mark.parametrize("make", LOOPS, ids=lambda make: type(make()).__name__)
def test_the_budget_alone_ends_each_loop(template: Path, make: Callable[[], Robot]) -> None:
    robot = make()
    with a_world(template, 1, [robot], deaf=True, two=False) as world:
        loop(world, robot.address)


def test_an_absent_colleague_and_a_machine_would_write_to_each_other_without_end(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague's client that is taken for the colleague answers the machine, which answers the colleague; unless
    somebody notices that the client always says the same."""
    monkeypatch.setattr(echo, "may_answer", lambda *_: False)
    heron = "heron@lake.example"
    machines = [Mute(heron, disguised=True), Colleague(f"anastasia@{OURS}", proven=True, disguised=True)]
    alone = a_world(template, 5, machines, env=ENDLESS, deaf=True, two=False)
    with alone as world:
        world.auditors[OURS].looks_outside = False
        loop(world, heron, 60)
        assert world.waits > 0, "it ended by itself"


def test_an_absent_colleague_and_a_machine_come_to_an_end(template: Path) -> None:
    heron = "heron@lake.example"
    machines = [Mute(heron, disguised=True), Colleague(f"anastasia@{OURS}", proven=True)]
    with a_world(template, 5, machines, two=False) as world:
        loop(world, heron, 200)
        assert world.waits == 0


def test_a_bouncing_server_has_nothing_to_report_to(template: Path) -> None:
    """What nobody asked for leaves with the null reverse-path; so nothing comes back (RFC 5321 section 6.1)."""
    with a_world(template, 6, [Bouncer("gone@bounce.example")], two=False) as world:
        loop(world, "gone@bounce.example", 20)
        assert world.arrived == 4


def test_two_desks_would_answer_each_other_for_ever_without_a_budget(template: Path) -> None:
    with a_world(template, 2, [], env=ENDLESS, deaf=True) as world, pytest.raises(Broken, match="automatic mails"):
        _face(world)


def test_two_desks_facing_each_other_exchange_hardly_anything(template: Path) -> None:
    """As they are, none of them answers the other's acknowledgement at all."""
    with a_world(template, 2, []) as world:
        _face(world)
        for domain, desk in world.desks.items():
            outside = [sent for sent in desk.sent if not sent.to.endswith(domain)]
            assert len(outside) <= 3, [(sent.to, sent.purpose) for sent in outside]


@pytest.mark.parametrize("prefix", ["DESK", "BUREAU"])
def test_two_deaf_desks_are_stopped_by_the_budget(template: Path, prefix: str) -> None:
    with a_world(template, 3 if prefix == "DESK" else 4, [], deaf=True) as world:
        _face(world)


def _face(world: World) -> None:
    """A forged first mail each, and hours of what follows."""
    for number in range(3):
        world.first_mail(f"support@{THEIRS}", OURS, proven=number == 0)
        world.first_mail(f"billing@{OURS}", THEIRS)
    for _ in range(120):
        world.step()
