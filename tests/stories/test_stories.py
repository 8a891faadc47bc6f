"""Every folder beside this file is a story: mails as they came, what the desk decided, and what left.

A story is told by `story.toml`: steps with a mail (`1.eml` …), a verb (`do`), time that passes (`at`, `sweep`), or an
operator's `replay` and `release`; each says what it expects. Mails may hold `{reply_to:nora@northwind.example}` and
other words about the latest mail that the desk sent to somebody. `expected.txt` is all that came of it, addresses with
keys replaced by words for whom they are; `REPLYDESK_GOLDEN=write` writes it anew. What holds in every story, such as
"no byte of an agent in a mail to a customer", is asserted here once.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.config.notation import read_offset
from gateway.rules.verbs import Refused
from tests.desk import Sent, StillDesk

HERE = Path(__file__).parent
STORIES = sorted(folder.name for folder in HERE.iterdir() if (folder / "story.toml").exists())
WRITE = os.environ.get("REPLYDESK_GOLDEN") == "write"
HEADERS = {
    "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Language", "Content-Transfer-Encoding",
}  # fmt: skip
SHOWN = (
    "From", "Reply-To", "To", "Subject", "In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Content-Language",
)  # fmt: skip
PLACE = re.compile(r"\{(reply_to|message_id|subject|references|return_path|note_to|quoted|commands):([^}]+)\}")
STEP_KEYS = {
    "mail", "from", "to", "door", "client", "history", "at", "verdict", "reason", "ticket", "trust", "sends", "sweep",
    "due", "do", "as", "refused", "replay", "release", "with", "status",
}  # fmt: skip


class Player:
    """Plays a story on a desk and keeps what is worth reading of it."""

    def __init__(self, folder: Path, desk: StillDesk) -> None:
        self.folder = folder
        self.desk = desk
        self.story = tomllib.loads((folder / "story.toml").read_text("utf-8"))
        self.told: list[str] = []
        self._shown = 0

    def play(self) -> None:
        for number, step in enumerate(self.story["step"], start=1):
            strange = step.keys() - STEP_KEYS
            assert not strange, f"step {number}: {strange} is no word of a story"
            self.desk.now += read_offset(step.get("at", "+1m"))
            before, due = len(self.desk.sent), len(self.desk.due)
            self.told.append(f"{number}. {self._step(step)}")
            sent = self.desk.sent[before:]
            for decision in self.desk.due[due:]:
                self.told.append(f"   the clock: {decision.reason} (DESK-{decision.ticket})")
            self.told += [f"   sent {mail.number}: {mail.purpose} to {mail.to}" for mail in sent]
            if "sends" in step:
                assert sorted(f"{mail.purpose} {mail.to}" for mail in sent) == sorted(step["sends"]), number
            if "status" in step:
                assert self.desk.ticket(int(step.get("ticket", "DESK-1001")[5:]))["status"] == step["status"], number
            if "due" in step:
                assert [decision.reason for decision in self.desk.due[due:]] == step["due"], number

    def _step(self, step: dict[str, Any]) -> str:
        if "mail" in step:
            return self._mail(step)
        if "do" in step:
            outcome = self.desk.do(step["ticket"], step["do"], step["as"])
            refused = outcome.reason if isinstance(outcome, Refused) else ""
            assert refused == step.get("refused", ""), refused
            return f"ticket do {step['ticket']} {step['do']!r} as {step['as']}: {refused or 'done'}"
        for again in ("replay", "release"):
            if again in step:
                entry = self.desk.replay(step[again], released=again == "release")
                return f"mail {again} {step[again]}: {self._checked(entry, step)}"
        assert step.get("sweep"), step
        self.desk.settle()
        return "sweep"

    def _mail(self, step: dict[str, Any]) -> str:
        names = [step["mail"], *step.get("with", [])]
        numbers = [self._receive(name, step) for name in names]
        self.desk.settle()
        entries = [self.desk.entry(number) for number in numbers]
        if len(entries) == 1:
            return f"{names[0]}: {self._checked(entries[0], step)}"
        found = [entry["verdict"] for entry in entries]
        assert found == step["verdict"], found
        return "together: " + "; ".join(
            f"{name}: {entry['verdict']} {entry['ticket'] or ''}" for name, entry in zip(names, entries, strict=True)
        )

    def _receive(self, name: str, step: dict[str, Any]) -> int:
        raw = (self.folder / name).read_text("utf-8")
        raw = PLACE.sub(self._place, raw).replace("{date}", self._date())
        sender = step["from"] if "from" in step else _address(raw, "From")
        to = step["to"] if "to" in step else _address(raw, "To")
        recipients = [PLACE.sub(self._place, one) for one in (to if isinstance(to, list) else [to])]
        return self.desk.receive(
            raw,
            sender,
            *recipients,
            door=step.get("door", "smtp"),
            client=step.get("client", "127.0.0.1"),
            history=step.get("history", False),
        )

    def _date(self) -> str:
        return format_datetime(self.desk.now.astimezone(ZoneInfo("Europe/Berlin")))

    def _place(self, match: re.Match[str]) -> str:
        what, whom = match.groups()
        to, _, purpose = whom.partition("#")
        sent = self.desk.latest(to, purpose)
        places: dict[str, Callable[[], str]] = {
            "reply_to": lambda: str(sent.mail["Reply-To"]),
            "message_id": lambda: str(sent.mail["Message-ID"]),
            "subject": lambda: str(sent.mail["Subject"]),
            "references": lambda: f"{sent.mail['References'] or ''} {sent.mail['Message-ID']}".strip(),
            "return_path": lambda: sent.sender,
            "note_to": lambda: sent.note_address,
            "commands": lambda: self.desk.commands_of(sent),
            "quoted": lambda: "\n".join(f"> {line}" for line in sent.text().rstrip().splitlines()),
        }
        return places[what]()

    def _checked(self, entry: dict[str, Any], step: dict[str, Any]) -> str:
        seen = f"{entry['verdict']} {entry['ticket'] or '-'}, trust {entry['trust'] or '-'}: {entry['reason']}"
        for key in ("verdict", "ticket", "trust"):
            if key in step:
                assert (entry[key] or "") == step[key], seen
        assert step.get("reason", "") in entry["reason"], seen
        return seen

    def expected(self) -> str:
        """The whole of it, as `expected.txt` keeps it."""
        told = [self.story["about"], "", *self.told]
        for sent in self.desk.sent:
            told += ["", *self._letter(sent)]
        for view in self.desk.tickets():
            told += ["", json.dumps(_ticket(view), indent=1, ensure_ascii=False)]
        return self._masked("\n".join(told) + "\n")

    def _letter(self, sent: Sent) -> Iterator[str]:
        yield f"--- {sent.number} {sent.purpose}"
        yield f"Return-Path: <{sent.sender}>"
        yield f"Delivered-To: {sent.to}"
        for name in SHOWN:
            if sent.mail[name] is not None:
                yield f"{name}: {sent.mail[name]}"
        for part in sent.mail.iter_attachments():
            size = len(part.get_payload(decode=True) or b"")
            yield f"File: {part.get_filename()} ({part.get_content_type()}, {size} bytes)"
        yield ""
        words = self._masked(sent.text().rstrip(), whom=False)
        for other in self.desk.sent[: self.desk.sent.index(sent)]:
            if other.purpose == sent.purpose and self._masked(other.text().rstrip(), whom=False) == words:
                yield f"(the words of {other.number})"
                return
        yield sent.text().rstrip()

    def _masked(self, text: str, *, whom: bool = True) -> str:
        for secret, label in self.desk.labels().items():
            text = text.replace(secret, label if whom else "[key]")
        return text


def _address(raw: str, header: str) -> str:
    """What a header of the mail names, as its sender's server would put it on the envelope."""
    found = re.search(rf"^{header}:[^\n]*?([^\s<>,]+@[^\s<>,]+)>?$", raw, re.MULTILINE | re.IGNORECASE)
    assert found, f"no {header}; say it in story.toml"
    return found[1]


def _ticket(view: dict[str, Any]) -> dict[str, Any]:
    """What matters of a ticket, short enough to be read."""
    same = ("ref", "type", "status", "team", "assignee", "priority", "subject", "topic", "subtopic", "audience", "tags")
    found = {key: view[key] for key in (*same, "language", "outcome")}
    found["requester"] = f"{view['requester']['name']} <{view['requester']['address']}>"
    found["participants"] = [f"{member['address']} ({member['kind']})" for member in view["participants"]]
    found["links"] = [f"{link['kind']} {link['direction']} {link['ref']}" for link in view["links"]]
    found["first_response"] = " ".join(filter(None, view["sla"]["first_response"].values()))
    found["messages"] = [_message(message) for message in view["messages"]]
    found["events"] = [f"{event['actor']}: {event['kind']} {event['detail'] or ''}".strip() for event in view["events"]]
    return found


def _message(message: dict[str, Any]) -> str:
    parts = [message["direction"], message["role"], message["kind"], message["from"]["address"]]
    parts += [f"trust {message['trust']}"] * bool(message["trust"])
    parts += [f"delivery {message['delivery']}"] * bool(message["delivery"])
    parts += [f"file {file['filename']} {file['size']}" for file in message["attachments"]]
    return ", ".join(parts) + ": " + message["text"].partition("\n")[0]


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, still: StillDesk) -> None:
    player = Player(HERE / name, still)
    player.play()
    _holds_everywhere(player)
    golden = HERE / name / "expected.txt"
    found = player.expected()
    if WRITE:
        golden.write_text(found, "utf-8")
    assert golden.exists(), f"no {golden}; REPLYDESK_GOLDEN=write writes it"
    assert found == golden.read_text("utf-8")
    _replay_sends_nothing(player)


# What holds in every story


def _holds_everywhere(player: Player) -> None:
    desk = player.desk
    assert all(entry["verdict"] and entry["reason"] for entry in desk.entries())
    assert {row["state"] for row in desk.queue()} <= {"sent", "failed"}
    assert len(desk.sent) == len(desk.queue())
    acknowledged = [row["ticket"] for row in desk.queue() if row["purpose"] == "acknowledgement"]
    assert len(acknowledged) == len(set(acknowledged)), "two acknowledgements for one ticket"
    staff = {agent.address for agent in desk.desk.agents.values()}
    for sent in desk.sent:
        _is_sound(player, sent)
        if sent.to in desk.desk.operators:
            continue
        if sent.to in staff:
            _belongs_to(desk, sent)
        else:
            _names_nobody(player, sent)


def _is_sound(player: Player, sent: Sent) -> None:
    names = list(sent.mail.keys())
    assert set(names) <= HEADERS, set(names) - HEADERS
    assert len(set(names)) == len(names)
    assert sent.mail["Date"].endswith("+0000")
    of_a_ticket = player.desk.row(sent.number).ticket_id is not None
    assert len(re.findall(r"\[DESK-\d+\]", sent.mail["Subject"])) == of_a_ticket
    assert sent.text().strip()
    assert "</html>" in sent.text("html")
    machine = sent.purpose != "answer"
    assert (sent.mail["Auto-Submitted"] is not None) is machine
    assert (sent.mail["X-Auto-Response-Suppress"] == "All") is machine
    assert (sent.sender == "") is (sent.purpose == "acknowledgement")


def _belongs_to(desk: StillDesk, sent: Sent) -> None:
    """The reply address is the recipient's own, and the note address too."""
    labels = desk.labels()
    whom = sent.to.partition("@")[0]
    if desk.row(sent.number).letter["audience"]:
        assert f"key of {whom}, " in labels[str(sent.mail["Reply-To"])]
    for address, label in labels.items():
        if address in sent.text():
            assert f"key of {whom}, " in label


def _names_nobody(player: Player, sent: Sent) -> None:
    """A customer sees one desk: no agent's name, address, client, clock or key; no key but the own one."""
    desk = player.desk
    everything = "\n".join(
        [sent.raw.decode("utf-8", "replace"), str(sent.mail["Subject"]), sent.text(), sent.text("html")]
    )
    hidden = player.story.get("secrets", {})
    forbidden = [*hidden.get("everybody", []), *hidden.get(sent.to, []), "ops@desk.example", "NEW-"]
    written = {
        agent: [agent.address, agent.full_name, agent.full_name.split(" ")[-1]] for agent in desk.desk.agents.values()
    }
    for agent, words in written.items():
        if agent.address != sent.to:
            forbidden += words
    for word in forbidden:
        told = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", everything, re.IGNORECASE)
        assert told is None, f"{word!r} went to {sent.to}"
    labels = desk.labels()
    whom = sent.to.partition("@")[0]
    assert str(sent.mail["From"].addresses[0].addr_spec) == str(sent.mail["Reply-To"])
    assert f"key of {whom}, " in labels[str(sent.mail["Reply-To"])]
    for address, label in labels.items():
        if address in everything and address != sent.sender:
            assert f"key of {whom}, " in label, f"{label} went to {sent.to}"


def _replay_sends_nothing(player: Player) -> None:
    """Looking at every mail again sends nothing again and moves no ticket (DESIGN section 4: a replay adds only what is
    missing; section 8: verbs are idempotent)."""
    desk = player.desk
    before, entries, tickets = len(desk.sent), desk.entries(), [_ticket(view) for view in desk.tickets()]
    for entry in entries:
        again = desk.replay(entry["id"])
        told = [f"{sent.purpose} {sent.to}" for sent in desk.sent[before:]]
        assert told == [], f"replay of mail {entry['id']} ({again['verdict']}: {again['reason']})"
        assert again["ticket"] == entry["ticket"]
        assert [_ticket(view) for view in desk.tickets()] == tickets, f"replay of mail {entry['id']}: {again['reason']}"
