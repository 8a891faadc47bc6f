"""A small world for the simulation of loops: desks, machines and people that write to one another, and an auditor.

In: a seed. Out: a world that moves by steps; each mail may be lost, late, or come twice. The auditor judges by the
bytes that left a desk and by what the world knows of who wrote to it: it never asks the desk's own ledger.
"""

from __future__ import annotations

import heapq
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path

from sqlalchemy import select

from gateway.rules.desk import Budgets
from parsing.message import Kind
from store.tables import tickets
from tests.desk import START, Sent, StillDesk
from tests.properties.robots import MailingList, Post, Robot, header, letter, reply_address, threading

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REFERENCE = re.compile(r"\[[A-Z]+-(\d+)\]")


class Broken(AssertionError):
    """A promise of the desk that did not hold."""


class Auditor:
    """What left one desk. `acts` counts what its staff did to each ticket; where machines are believed to be people,
    that is also what their robots did."""

    def __init__(self, desk: StillDesk) -> None:
        self.desk = desk
        self.staff = frozenset(desk.desk.agents)
        self.operators = frozenset(desk.desk.operators)
        self.acts: Counter[int] = Counter()
        self.outside: Counter[int] = Counter()
        self.inside: Counter[int] = Counter()
        self._began = desk.now
        self._left: defaultdict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        self._proven: set[str] = set()
        self._authors: set[str] = set()
        self._unanswerable: set[str] = set()
        self.believes_machines = False
        self.looks_outside = True

    def came(self, post: Post) -> None:
        """Remember who wrote, how far that is proven, and which mails nobody may answer (RFC 3834 section 2)."""
        mail = message_from_bytes(post.raw, policy=policy.compat32)
        author = mailbox(str(mail["From"]))
        self._authors.add(author)
        if post.proven or "+k" in post.to:
            self._proven.add(author)
        if not post.sender:
            self._unanswerable.add(str(mail["Message-ID"]))
        if self.believes_machines and author in self.staff and (found := REFERENCE.search(str(mail["Subject"]))):
            self.acts[int(found[1])] += 1

    def left(self, sent: Sent, now: datetime) -> None:
        """Judge a mail that left at `now`."""
        if not sent.to:
            raise Broken("a mail to the null sender")
        address, automatic = mailbox(sent.to), sent.mail["Auto-Submitted"] is not None
        found = REFERENCE.search(header(sent, "Subject"))
        ticket = int(found[1]) if found else 0
        if address in self.staff or address in self.operators:
            self.inside[ticket] += 1
        else:
            self._judge_outside(sent, address, automatic)
            if automatic and self.looks_outside:
                self._spend(address, now, asked=str(sent.mail["Auto-Submitted"]) == "auto-generated")
                self.outside[ticket] += 1
        self._judge_ticket(ticket, now)

    def _judge_outside(self, sent: Sent, address: str, automatic: bool) -> None:
        if address not in self._authors:
            raise Broken(f"{address} never wrote and got {sent.purpose}")
        if mailbox(header(sent, "To")) != address or sent.mail["Cc"]:
            raise Broken("To is not whom the envelope names")
        if sent.purpose == "acknowledgement" and sent.sender:
            raise Broken(f"{sent.purpose} to {address} has a reverse-path to report to")
        if sent.mail["Auto-Submitted"] == "auto-replied" and header(sent, "In-Reply-To") in self._unanswerable:
            raise Broken(f"a mail from the null sender was answered with {sent.purpose}")

    def _spend(self, address: str, now: datetime, *, asked: bool) -> None:
        """`asked`: one of the staff asked for it, and it answers nobody; a person stands behind each."""
        left = self._left[address]
        left.append((now, asked))
        all_day = sum(1 for at, _ in left if now - at < DAY)
        if all_day > 10:
            raise Broken(f"{all_day} automatic mails to {address} in a day")
        hour = sum(1 for at, asked_for in left if now - at < HOUR and not asked_for)
        day = sum(1 for at, asked_for in left if now - at < DAY and not asked_for)
        if address not in self._proven and (hour > 2 or day > 3):
            raise Broken(f"{hour} automatic mails to {address} in an hour, {day} in a day; nothing proves it")

    def _judge_ticket(self, ticket: int, now: datetime) -> None:
        """See `bound`; a mail without a ticket's reference is an operator's alarm."""
        if not ticket:
            return
        days = 2 + (now - self._began) // DAY
        outside, inside = bound(self.desk, self.acts[ticket], days)
        if self.outside[ticket] > outside or self.inside[ticket] > inside:
            raise Broken(
                f"ticket {ticket} sent {self.outside[ticket]} of {outside} automatic mails outside and "
                f"{self.inside[ticket]} of {inside} to the staff"
            )


def bound(desk: StillDesk, acts: int, days: int) -> tuple[int, int]:
    """How many mails a ticket may cause. With the ordinary `Budgets` b, S members of staff, a acts of staff on the
    ticket and d days since the ticket came in:

        outside, automatic:  b.ticket + a                   (its own budget, and one mail that an act asks for)
        staff:               S (2 b.unheeded + 2) (a + 1)   (told until nobody has acted for b.unheeded mails, for twice
                                                             as many where they are proven; the last word and one late
                                                             timer; again after each act)
                           + 2 S a                          (the act itself: what was said, what it did)
                           + S b.participant_day d          (held mails and questions back to staff, by their budget)
    """
    b, staff = Budgets(), len(desk.desk.agents)
    told = staff * (2 * b.unheeded + 2) * (acts + 1) + 2 * staff * acts + staff * b.participant_day * days
    return b.ticket + acts, told


def mailbox(address: str) -> str:
    """The mailbox that gets what is sent to an address: the name, the detail and the case aside."""
    plain = address.rpartition("<")[2].rstrip("> ").lower().rstrip(".")
    local, _, domain = plain.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


class World:
    """Desks and those who write to them. `lossy` mails are lost, come twice or come later."""

    def __init__(self, seed: int, desks: Iterable[StillDesk], robots: Iterable[Robot]) -> None:
        self.rng = random.Random(seed)
        self.now = START
        self.desks = {desk.desk.domain: desk for desk in desks}
        self.auditors = {domain: Auditor(desk) for domain, desk in self.desks.items()}
        self.robots = {robot.address: robot for robot in robots}
        self.people: dict[str, list[Sent]] = {}
        self.steps = self.arrived = 0
        self.deaf = False
        self._waiting: list[tuple[datetime, int, Post]] = []
        self._order = count()
        self._heard = dict.fromkeys(self.desks, 0)

    # What anybody does

    def write(self, post: Post, *, at_once: bool = False) -> None:
        """Give a mail to the world's servers."""
        if at_once:
            return self._queue(post, timedelta())
        if self.rng.random() < 0.05:
            return None
        self._queue(post, timedelta(seconds=self.rng.expovariate(1 / 120)))
        if self.rng.random() < 0.05:
            self._queue(post, timedelta(minutes=self.rng.randrange(1, 300)))
        return None

    def _queue(self, post: Post, delay: timedelta) -> None:
        heapq.heappush(self._waiting, (self.now + delay, next(self._order), post))

    def first_mail(self, author: str, domain: str, *, to: str = "support", proven: bool = False) -> None:
        """Somebody at this address begins a conversation."""
        number = next(self._order)
        words = f"Hello,\n\nthe export number {number} stops half-way. What can we do?\n"
        address = f"{to}@{domain}"
        raw = letter(author, address, f"Export {number} stops", words)
        self.write(Post(raw=raw, sender=author, to=address, proven=proven, machine=False), at_once=True)

    def answer(self, author: str) -> None:
        """A person answers the latest mail that came."""
        got = self.people[author]
        if not got:
            return
        sent, number = got[-1], next(self._order)
        words = f"It still stops, and it is case {number} of this week.\n"
        raw = letter(author, "desk", "Re: " + header(sent, "Subject"), words, *threading(sent))
        self.write(Post(raw=raw, sender=author, to=reply_address(sent), machine=False), at_once=True)

    def act(self, domain: str, text: str, number: int | None = None) -> None:
        """A lead does something to a ticket with `ticket do`."""
        desk, auditor = self.desks[domain], self.auditors[domain]
        known = list(self.statuses(desk))
        if not known:
            return
        ticket = number or self.rng.choice(known)
        auditor.acts[ticket] += 1
        desk.now = self.now
        desk.do(f"{desk.desk.prefix}-{ticket}", text, "dominique")
        self._carry()

    # What happens

    @property
    def waits(self) -> int:
        return len(self._waiting)

    def step(self, most: int = 4) -> None:
        """Bring up to `most` of the mails that are due to where they go, and let everybody answer. When none is due,
        time passes until one is."""
        self.steps += 1
        if self._waiting and self._waiting[0][0] > self.now:
            self.now = self._waiting[0][0]
        taken: list[Post] = []
        while self._waiting and len(taken) < most and self._waiting[0][0] <= self.now:
            taken.append(heapq.heappop(self._waiting)[2])
        self.arrived += len(taken)
        self.rng.shuffle(taken)
        self._settle(taken)

    def _settle(self, posts: list[Post]) -> None:
        by_desk: defaultdict[str, list[Post]] = defaultdict(list)
        for post in posts:
            by_desk[post.to.rpartition("@")[2]].append(post)
        for domain, desk in self.desks.items():
            before, due = self.statuses(desk), len(desk.due)
            desk.now = self.now
            for post in by_desk[domain]:
                self.auditors[domain].came(post)
                desk.receive(self._stamped(post, desk), post.sender, post.to)
            desk.settle()
            if all(post.machine and not post.disguised for post in by_desk[domain]):
                self._nothing_moved(desk, before, {decision.ticket for decision in desk.due[due:]}, by_desk[domain])
        self._carry()

    def _stamped(self, post: Post, desk: StillDesk) -> bytes:
        """What our own border writes on top of a mail whose domain is proven."""
        if not post.proven:
            return post.raw
        author = mailbox(str(message_from_bytes(post.raw, policy=policy.compat32)["From"])).rpartition("@")[2]
        stamp = f"Authentication-Results: {desk.desk.authserv_id}; dmarc=pass header.from={author}\r\n"
        return stamp.encode() + post.raw

    def _carry(self) -> None:
        """Judge what left the desks and bring it to whom it is for."""
        for domain, desk in self.desks.items():
            for sent in desk.sent[self._heard[domain] :]:
                self.auditors[domain].left(sent, self.now)
                self._deliver(sent)
            self._heard[domain] = len(desk.sent)

    def _deliver(self, sent: Sent) -> None:
        address = mailbox(sent.to)
        if any(address in desk.desk.addresses for desk in self.desks.values()):
            by_hand = sent.mail["Auto-Submitted"] is None
            self.write(Post(raw=sent.raw, sender=sent.sender, to=sent.to, machine=not by_hand, disguised=self.deaf))
        elif address in self.robots:  # that may be a colleague of the staff
            for post in self.robots[address].answer(sent, self.rng):
                self.write(post)
        elif address in self.people:
            self.people[address].append(sent)

    def reflect(self, address: str, author: str) -> None:
        """Somebody posts to a mailing list."""
        found = self.robots[address]
        assert isinstance(found, MailingList)
        words = f"Does anybody know why export {next(self._order)} stops?\n"
        for post in found.reflect(letter(author, address, "Exports", words), self.rng):
            self.write(post)

    def _nothing_moved(
        self, desk: StillDesk, before: Mapping[int, str], due: set[object], posts: Iterable[Post]
    ) -> None:
        for number, status in self.statuses(desk).items():
            was = before.get(number, status)
            if was != status and number not in due:
                what = "\n".join(f"{post.sender} to {post.to}: {post.raw.decode()}" for post in posts)
                raise Broken(f"machines took ticket {number} from {was} to {status}:\n{what}")

    def statuses(self, desk: StillDesk) -> dict[int, str]:
        with desk.store.look() as connection:
            return {row.id: row.status for row in connection.execute(select(tickets.c.id, tickets.c.status))}


def second_desk(folder: Path, template: Path, prefix: str, env: Mapping[str, str]) -> StillDesk:
    """A desk like the demo desk at another domain, with secrets of its own."""
    import shutil

    shutil.copytree(template, folder)
    file = folder / "replydesk.toml"
    text = file.read_text("utf-8").replace("desk.example", "bureau.example")
    file.write_text(text.replace('prefix = "DESK"', f'prefix = "{prefix}"'), "utf-8")
    return StillDesk(folder, None, env, secret=bytes(range(32, 64)))


def deafen(desk: StillDesk) -> None:
    """A mutant that takes every machine for a person: what is left then is the budget alone."""
    channel = desk._settler.slots[0].worker.channel
    receive = channel.receive

    def heard() -> list[object]:
        said = receive()
        for word in said:
            with suppress(AttributeError):
                word.mails[:] = [(number, _as_a_person(mail)) for number, mail in word.mails]
        return list(said)

    channel.receive = heard


def _as_a_person(mail):  # type: ignore[no-untyped-def]
    return replace(
        mail, kind=Kind.HUMAN, kind_reasons=(), auto_generated=False, suppress_auto_reply=False,
        judged_by_words=False, bounce=None,
    )  # fmt: skip
