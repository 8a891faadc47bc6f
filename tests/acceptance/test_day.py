"""A day in the life of the desk: forty mails, three agents and a lead, three teams, customers of three languages.

In: what everybody writes, minute by minute, each from their own mail client, with signature and quotation. Out: the
transcript of the day and every mail that reached a customer, as golden files in `day/` (`REPLYDESK_GOLDEN=write` writes
them anew). After every mail `explain` must say what happened, and at the end nobody outside may have learned of
anybody inside.
"""

from __future__ import annotations

import difflib
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import canaries
from tests.acceptance.test_explain import Historian, known, plain, told_of
from tests.desk import Sent, StillDesk
from tests.servers import postgresql
from tests.stories.test_stories import Player, _holds_everywhere

HERE = Path(__file__).parent / "day"
WRITE = os.environ.get("REPLYDESK_GOLDEN") == "write"
BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = {
    "nora": "Nora Wind <nora@northwind.example>",
    "olga": "Olga Petrova <olga@northwind.example>",
    "konrad": "Konrad Köhler <konrad@contoso.example>",
    "petra": "Petra Lang <petra@contoso.example>",
    "claire": "Claire Dubois <claire@dubois.example>",
    "anastasia": "Anastasia Winter <anastasia@desk.example>",
    "benedikt": "Benedikt Sommer <benedikt@desk.example>",
    "charlotte": "Charlotte Herbst <charlotte@desk.example>",
    "dominique": "Dominique Printemps <dominique@desk.example>",
}
ADDRESSES = {name: whole.partition("<")[2].rstrip(">") for name, whole in PEOPLE.items()}
SIGNED = {
    "nora": "Best regards\nNora Wind\nNorthwind",
    "konrad": "Viele Grüße\nKonrad Köhler",
    "petra": "Mit freundlichen Grüßen\nPetra Lang",
    "claire": "Cordialement,\nClaire Dubois",
    "olga": "Olga",
    "anastasia": f"-- \nAnastasia Winter\nDesk Example, frontline\n{canaries.PHONE}",
    "benedikt": "Best regards,\nBenedikt Sommer\nNetwork | Desk Example",
    "charlotte": "-- \nCharlotte Herbst\nDesk Example",
    "dominique": "Sent from my iPhone",
}
"""How everybody's client ends a mail."""
OUTLOOK = ("benedikt", "petra")
"""Who quotes below a block of headers; the others quote with `>`."""


def other_words(one: str, other: str) -> list[str]:
    """Where two effects differ, short enough to be read."""
    if one == other:
        return []
    match = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return [f"{one[a - 30 : b]} | {other[c - 30 : d]}" for op, a, b, c, d in match.get_opcodes() if op != "equal"]


class Day(Player):
    """Plays the day, one mail a call, and keeps what is worth reading of it."""

    def __init__(self, desk: StillDesk, historian: Historian) -> None:
        self.folder, self.desk, self.story = HERE, desk, {}
        self.told: list[str] = []
        self.mails = 0
        self._historian = historian
        self._seen = 0

    def at(self, clock: str, day: int = 23) -> None:
        """What the clock does until then."""
        hour, minute = clock.split(":")
        moment = datetime(2026, 11, day, int(hour), int(minute), tzinfo=BERLIN)
        self.told.append(f"{moment:%a %H:%M}")
        self.desk.now = moment.astimezone(self.desk.now.tzinfo)
        self.desk.settle()
        self._left()

    def says(self, clock: str, who: str, to: str | int, words: str, verdict: str, ticket: int = 0, **more: str) -> None:
        """A mail of somebody; what became of it, and that `explain` says so."""
        self.at(clock)
        number = self.receive(who, to, words, more)
        self.desk.settle()
        self.became(number, who, verdict, ticket, more.get("reason", ""))
        self._left()

    def together(self, clock: str, words: str, *people: str) -> None:
        """The same word of several in one batch."""
        self.at(clock)
        numbers = [self.receive(who, "commands", words, {}) for who in people]
        self.desk.settle()
        for who, number in zip(people, numbers, strict=True):
            self.became(number, who, "command", -1, "")
        self._left()

    def became(self, number: int, who: str, verdict: str, ticket: int, reason: str) -> None:
        entry = self.desk.entry(number)
        told = (
            f"{number}. {who}: {entry['verdict']} {entry['ticket'] or '-'}, trust {entry['trust']}: {entry['reason']}"
        )
        self.told.append(told)
        assert entry["verdict"] == verdict, told
        assert reason in entry["reason"], told
        if ticket >= 0:
            assert (entry["ticket"] or "") == (f"DESK-{ticket}" if ticket else ""), told
        really, would = self._historian.decided[number], self._historian.explain(number).decision
        assert known(would) == known(really), told
        assert plain(would.reason).replace("NEW-1", "ticket") == plain(really.reason), told
        for foreseen, done in zip(told_of(would), told_of(really), strict=True):
            assert not other_words(plain(foreseen), plain(done)), told

    def receive(self, who: str, to: str | int, words: str, more: dict[str, str]) -> int:
        self.mails += 1
        answered = self.answered(who, to)
        envelope = self.address(who, to, answered)
        head = [
            f"Authentication-Results: mx.desk.example; dmarc=pass header.from={ADDRESSES[who].partition('@')[2]}",
            f"From: {PEOPLE[who]}",
            f"To: {PEOPLE[more['instead']] if 'instead' in more else envelope}",
            f"Date: {format_datetime(self.desk.now.astimezone(BERLIN))}",
            f"Message-ID: <d{self.mails}@{ADDRESSES[who].partition('@')[2]}.invalid>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
        ]
        own, mark, forwarded = words.partition("\n\n---------- Forwarded message")
        body = f"{own}\n\n{SIGNED[who]}\n{mark}{forwarded}\n"
        if answered is None:
            head.append(f"Subject: {more.get('subject', 'desk')}")
        else:
            head += [f"Subject: Re: {answered.mail['Subject']}", f"In-Reply-To: {answered.mail['Message-ID']}"]
            body += self.quotation(who, answered)
        return self.desk.receive("\n".join(head) + f"\n\n{body}", ADDRESSES[who], envelope)

    def answered(self, who: str, to: str | int) -> Sent | None:
        """The latest mail to them about this ticket, for notes one that names the address for notes."""
        if isinstance(to, int) or to.startswith("note "):
            ticket = int(str(to).removeprefix("note "))
            mails = [one for one in self.desk.sent if one.to == ADDRESSES[who]]
            mails = [one for one in mails if f"[DESK-{ticket}]" in str(one.mail["Subject"])]
            if isinstance(to, int):  # whoever answers the customer answers a mail that says it goes to them
                return [one for one in mails if "stays inside" not in " ".join(one.text().split())][-1]
            return [one for one in mails if one.purpose == "notice"][-1]
        return None

    def address(self, who: str, to: str | int, answered: Sent | None) -> str:
        if answered is not None:
            return str(answered.mail["Reply-To"]) if isinstance(to, int) else answered.note_address
        if to == "commands":
            return self.desk.commands_of(self.desk.latest(ADDRESSES[who]))
        return f"{to}@desk.example"

    def quotation(self, who: str, answered: Sent) -> str:
        text = answered.text().rstrip()
        if who in OUTLOOK:
            names = ("From", "To", "Subject")
            head = [f"{name}: {answered.mail[name]}" for name in names]
            return "\n" + "\n".join(["-----Original Message-----", *head, "", text]) + "\n"
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        return f"\nOn Mon, 23 Nov 2026 at 09:00, Desk Example Support wrote:\n{quoted}\n"

    def _left(self) -> None:
        left = self.desk.sent[self._seen :]
        self._seen = len(self.desk.sent)
        self.told += [f"   {one.purpose} to {one.to}" for one in left]


@pytest.fixture
def day(tmp_path: Path, template: Path, store_kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """The demo desk with digests at eight and the telephone number of one agent."""
    env = {"REPLYDESK_DIGESTS__AT": "08:00"}
    folder = tmp_path / "desk"
    with ExitStack() as stack:
        if store_kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = stack.enter_context(postgresql.emptied())
        shutil.copytree(template, folder)
        file = folder / "replydesk.toml"
        text = file.read_text("utf-8")
        changed = text.replace('# phone = "+49 30 123456-17"', f'phone = "{canaries.PHONE}"')
        assert changed != text
        file.write_text(changed, "utf-8")
        desk = stack.enter_context(closing(StillDesk(folder, None, env)))
        yield Day(desk, Historian(desk, monkeypatch))


def test_a_day_in_the_life(day: Day) -> None:
    _morning(day)
    _noon(day)
    _afternoon(day)
    _evening(day)
    assert day.mails == 40
    _next_morning(day)
    _every_ticket_has_one_owner(day)
    _holds_everywhere(day)
    _nobody_outside_learned_of_anybody_inside(day)
    _is_as_it_was_looked_at(day)


def _morning(day: Day) -> None:
    day.says(
        "09:00", "nora", "support", "The search takes twenty seconds since Friday, for all of us.",
        "ticket-created", 1001, subject="Search is very slow",
    )  # fmt: skip
    day.says(
        "09:02", "konrad", "support",
        "Guten Tag,\n\nich kann mich seit heute nicht mehr anmelden, das Kennwort wird abgelehnt.",
        "ticket-created", 1002, subject="Anmeldung klappt nicht",
    )  # fmt: skip
    day.says(
        "09:04", "claire", "billing", "Bonjour,\n\nla facture 2026-47 compte deux fois le même abonnement.",
        "ticket-created", 1003, subject="Facture 2026-47",
    )  # fmt: skip
    day.together("09:10", "#take", "anastasia", "dominique")
    day.says("09:15", "anastasia", 1001, "Hello Nora,\n\ndoes it also happen with another browser?", "appended", 1001)
    day.says("09:40", "nora", 1001, "Yes, with Firefox and with Chrome. About 25 of us see it.", "appended", 1001)
    day.says("09:45", "anastasia", "note 1001", "The same as in spring, when the router was old.", "appended", 1001)
    day.says(
        "09:50", "anastasia", 1001, "#handoff network because pings are slow", "held-command", 1001,
        reason="it needs: next action",
    )  # fmt: skip
    day.says(
        "09:55", "anastasia", 1001,
        "#set observed every search takes 20 s, pings 900 ms\n#set started at Friday 14:00\n"
        "#todo look at the router\n#handoff network because pings are slow",
        "command", 1001,
    )  # fmt: skip
    day.says("10:05", "benedikt", 1001, "#ack", "command", 1001)


def _noon(day: Day) -> None:
    day.says("10:20", "benedikt", 1001, "Hello Nora,\n\na cable was loose. Is it faster now?", "appended", 1001)
    day.says("10:30", "nora", 1001, "A little, yet not as before.", "appended", 1001)
    day.says(
        "10:40", "benedikt", 1001, "#return because the network is as it should be need the time that the index takes",
        "command", 1001,
    )  # fmt: skip
    day.says("10:50", "dominique", 1001, "#escalate network because 25 people wait", "command", 1001)
    day.says("11:10", "benedikt", 1001, "#deescalate because frontline has found it", "command", 1001)
    day.says(
        "11:20", "dominique", 1002, "#template reset link=https://shop.example/reset", "appended", 1002,
    )  # fmt: skip
    day.says(
        "11:40",
        "dominique",
        1002,
        "#topic Access/password\n#resolve Ein neues Kennwort wurde gewählt.",
        "command",
        1002,
    )
    day.says("11:50", "konrad", 1002, "Vielen Dank!", "appended", 1002, reason="thanks")
    day.says(
        "12:05", "charlotte", 1003, f"Bonjour Claire,\n\nappelez-moi au {canaries.PHONE}.", "held-command", 1003,
        reason="telephone",
    )  # fmt: skip
    day.says("12:10", "charlotte", 1003, "Bonjour Claire,\n\nnous vérifions la facture.", "appended", 1003)


def _afternoon(day: Day) -> None:
    day.says("12:20", "claire", 1003, "STATUS", "command", 1003)
    day.says(
        "12:25", "charlotte", 1003, "#resolv facture corrigée", "held-command", 1003, reason="there is no verb resolv"
    )
    day.says("12:30", "charlotte", 1003, "#eta 15:00", "command", 1003)
    day.says(
        "13:05", "anastasia", "commands",
        "She wrote to me alone.\n\n---------- Forwarded message ---------\n"
        "From: Olga Petrova <olga@northwind.example>\nDate: Mon, 23 Nov 2026 at 12:58\n"
        "Subject: The export stops\nTo: Anastasia Winter <anastasia@desk.example>\n\n"
        "The export of our boots stops at 40 percent.",
        "ticket-created", 1004, subject="Fwd: The export stops",
    )  # fmt: skip
    day.says("13:10", "anastasia", "commands", "#on DESK-1004\n#assign me", "command", 1004)
    day.says(
        "13:15", "anastasia", 1004, "Hello Olga,\n\nwe look at it this afternoon.", "appended", 1004, instead="olga",
    )  # fmt: skip
    day.says(
        "13:20", "anastasia", "commands",
        "#for petra@contoso.example\n#notify\n\nSie rief an: Der Import der Kundendaten bricht mit einem Fehler ab.",
        "ticket-created", 1005, subject="Import bricht ab",
    )  # fmt: skip
    day.says("13:30", "petra", 1005, "WRONG TYPE\n\nIch wollte nur wissen, wie man Daten importiert.", "appended", 1005)
    day.says("13:40", "dominique", 1005, "#retype question", "command", 1006)
    day.says("13:50", "anastasia", 1004, "#dry-run\n#priority 1 because of the audit", "command", 1004)


def _evening(day: Day) -> None:
    day.says("13:55", "anastasia", 1004, "#priority 1 because of the audit", "command", 1004)
    day.says("14:00", "anastasia", 1004, "#undo", "command", 1004)
    day.says("14:05", "anastasia", "commands", "#mine", "command")
    day.says("14:10", "anastasia", "commands", "#find boots\n#show DESK-1001", "command")
    day.says("14:20", "anastasia", "commands", "#away for 2d", "command")
    day.says("14:30", "nora", 1001, "It is slow again since a minute.", "appended", 1001)
    day.says("15:30", "dominique", 1001, "#start\n#resolve the index was rebuilt", "command", 1001)
    day.says("16:00", "nora", 1001, "Yes", "command", 1001)
    day.says("16:30", "claire", 1003, "CLOSE", "command", 1003)


def _next_morning(day: Day) -> None:
    """The lead's digest has the figures of the day; whoever has nothing to do, or is away, gets none."""
    day.at("08:00", 24)
    digests = {one.to.partition("@")[0]: one.text().rstrip() for one in day.desk.sent if one.purpose == "digest"}
    assert list(digests) == ["dominique", "mirabelle"]
    for line in (
        "First response: median 1 h 16 min of 4",  # Olga 10 min, Nora 15, Konrad 2 h 18, Claire 3 h 06
        "Resolution: median 4 h 34 min of 2",  # Konrad 2 h 38, Nora 6 h 30; Claire withdrew
        "Backlog: 2",
        "Unassigned: 2 of 2 open",
        "Promises kept: 89%, 8 of 9",  # Nora waited from 10:30 until 15:30
    ):
        assert line in digests["dominique"].splitlines(), line
        assert line in digests["mirabelle"].splitlines(), line
    for who, text in digests.items():
        day.told += ["", f"--- digest to {who}", *text.splitlines()]


def _every_ticket_has_one_owner(day: Day) -> None:
    """One team from its first second; who helped, took or handed over has changed nothing of that."""
    owners = {view["ref"]: view["team"] for view in day.desk.tickets()}
    assert owners == {f"DESK-{1000 + n}": "billing" if n == 3 else "frontline" for n in range(1, 7)}
    for view in day.desk.tickets():
        assert not [event for event in view["events"] if event["kind"] == "team-changed"], view["ref"]
        assert len([event for event in view["events"] if event["kind"] == "created"]) == 1, view["ref"]


def _nobody_outside_learned_of_anybody_inside(day: Day) -> None:
    """Every mail that left to somebody outside, decoded part by part; only its reader's own key is in it."""
    for one in outside(day):
        own = str(one.mail["Reply-To"])
        found = canaries.found_in(one.raw, own=own)
        assert not found, (one.number, one.to, found)


def outside(day: Day) -> list[Sent]:
    staff = {agent.address for agent in day.desk.desk.agents.values()} | set(day.desk.desk.operators)
    return [one for one in day.desk.sent if one.to not in staff]


def _is_as_it_was_looked_at(day: Day) -> None:
    """The golden files: the transcript, and the two texts of each mail to a customer."""
    counted = Counter(one.to.partition("@")[0] for one in day.desk.sent)
    told = [*day.told, "", "mails:", *(f"   {count:2} {who}" for who, count in sorted(counted.items()))]
    for view in day.desk.tickets():
        told.append(
            f"{view['ref']} {view['type']} {view['status']} {view['team']} {view['assignee'] or '-'}: {view['subject']}"
        )
    found = {"transcript.txt": day._masked("\n".join(told) + "\n")}
    for place, one in enumerate(outside(day), start=1):
        name = f"{place:02}-{one.to.partition('@')[0]}-{one.purpose}"
        found[f"{name}.txt"] = day._masked("\n".join(day._letter(one)) + "\n")
        found[f"{name}.html"] = day._masked(one.text("html"))
    if WRITE:
        HERE.mkdir(exist_ok=True)
        for file in HERE.iterdir():
            file.unlink()
        for name, text in found.items():
            (HERE / name).write_text(text, "utf-8")
    kept: dict[str, Any] = {file.name: file.read_text("utf-8") for file in HERE.iterdir()}
    assert sorted(kept) == sorted(found)
    for name, text in found.items():
        assert text == kept[name], name
