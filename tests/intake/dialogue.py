"""The player of a dialogue: a folder with `dialogue.toml`, what somebody and the desk write to each other.

In: the folder and a desk. Steps are mails (as typed, in a client's shape or raw), verbs (`do`), time (`after`, `days`);
`asks` are exactly the labels that the desk's mails ask for because of a step, as their reader sees them. What holds in
every dialogue is asserted after every step.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

from gateway.config.notation import read_offset
from gateway.rules.verbs import Refused
from tests.desk import Sent, StillDesk
from tests.intake.writing import Letter, questions, written

STEP_KEYS = {
    "from", "name", "of", "to", "subject", "lines", "inside", "below", "html", "files", "headers", "proven", "client",
    "answers", "history", "back", "mail", "do", "as", "refused", "ticket", "after", "days", "asks", "verdict", "trust",
    "sends", "says", "hides", "told", "status", "waiting", "stage",
}  # fmt: skip
END_KEYS = {"fields", "status", "stage", "rounds", "mails", "outcome", "missing", "ticket", "hidden", "from"}
ASKING = ("question", "acknowledgement", "answer")
_NOTHING_MORE = frozenset({"present", "unknown", "waived"})


class Player:
    """Plays a dialogue and looks after every step at what the desk wrote."""

    def __init__(self, folder: Path, desk: StillDesk) -> None:
        self.folder, self.desk = folder, desk
        self.talk = self.read(folder)
        self.fields = desk.desk.inquiry.fields
        self.staff = {agent.address for agent in desk.desk.agents.values()} | set(desk.desk.operators)
        self.asked = 0
        """Mails that asked by themselves: no reminder, no question of a person."""

    @staticmethod
    def read(folder: Path) -> dict[str, Any]:
        return tomllib.loads((folder / "dialogue.toml").read_text("utf-8"))

    @classmethod
    def desk_of(cls, folder: Path) -> str:
        """The name of the desk that it needs."""
        return str(cls.read(folder).get("desk", "demo"))

    def play(self) -> None:
        for number, step in enumerate(self.talk["step"], start=1):
            strange = step.keys() - STEP_KEYS
            assert not strange, f"step {number}: {strange} is no word of a dialogue"
            self.desk.now += read_offset(step.get("after", "+1m"))
            before, opened = len(self.desk.sent), len(self.desk.tickets())
            entry = self._step(step)
            sent = self.desk.sent[before:]
            self._checked(f"step {number}", step, entry, sent)
            if entry is not None and len(self.desk.tickets()) > opened and step.get("told", True):
                assert any(mail.to in self.staff and mail.purpose == "notice" for mail in sent), "nobody was told"
        self._ended(self.talk["end"])

    def _step(self, step: dict[str, Any]) -> dict[str, Any] | None:
        if "do" in step:
            outcome = self.desk.do(step.get("ticket", "DESK-1001"), step["do"], step["as"])
            refused = outcome.reason if isinstance(outcome, Refused) else ""
            assert refused == step.get("refused", ""), refused
            return None
        if step.keys() & {"lines", "inside", "below", "html", "files", "mail", "subject"}:
            return self._mail(step)
        for _ in range(step.get("days", 0)):
            self.desk.now += timedelta(days=1)
            self.desk.settle()
        self.desk.settle()
        return None

    def _mail(self, step: dict[str, Any]) -> dict[str, Any]:
        sender = step.get("from", "nora@northwind.example")
        got = [sent for sent in self.desk.sent if sent.to == step.get("of", sender)]
        answered = got[-1] if got and step.get("answers", True) else None
        if "mail" in step:
            raw = (self.folder / step["mail"]).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            return self.desk.mail(raw, step.get("back", sender), step.get("to", "support@desk.example"))
        to = step.get("to") or (_reply_to(answered) if answered else "support@desk.example")
        subject = f"Re: {answered.mail['Subject']}" if answered else "The export"
        letter = Letter(
            name=step.get("name", f"{sender.partition('@')[0].capitalize()} Wind"),
            address=sender,
            to=to,
            subject=step.get("subject", subject),
            message_id=f"<d{len(self.desk.entries()) + 1}@{sender.rpartition('@')[2]}>",
            at=self.desk.now,
            lines=step.get("lines", []),
            inside=step.get("inside", {}),
            below=step.get("below", []),
            html=step.get("html", ""),
            files=step.get("files", []),
            headers=step.get("headers", {}),
            proven=step.get("proven", True),
        )
        raw = written(letter, step.get("client", "plain"), answered)
        back = {"<>": ""}.get(step.get("back", sender), step.get("back", sender))
        return self.desk.mail(raw, back, to, history=step.get("history", False))

    # After each step

    def _checked(self, where: str, step: dict[str, Any], entry: dict[str, Any] | None, sent: Sequence[Sent]) -> None:
        outside = [mail for mail in sent if mail.to not in self.staff]
        said = f"{where}: {entry['verdict']}, {entry['reason']}; {_facts(self.desk)}" if entry else where
        found = [label for mail in outside for label in self.labels(mail)]
        assert found == step.get("asks", []), f"{said}: asks {found}"
        if entry is not None:
            assert "asks" in step, f"{where}: say what it asks"
        for key in ("verdict", "trust"):
            assert entry is None or (entry[key] or "") == step.get(key, entry[key] or ""), said
        if "sends" in step:
            assert [f"{mail.purpose} {mail.to}" for mail in outside] == step["sends"], said
        words = " ".join(" ".join(mail.text().split()) for mail in outside)
        for told in step.get("says", []):
            assert told in words, f"{said}: {told!r} is not said in {words}"
        for hidden in step.get("hides", []):
            assert hidden not in "".join(mail.text() + mail.text("html") for mail in outside), f"{said}: {hidden!r}"
        for mail in outside:
            self._sound(said, mail)
        if self.desk.tickets():
            view = self.desk.ticket(self._number(step))
            now = {
                "status": view["status"],
                "waiting": view["waiting_on"] or "",
                "stage": view["intake"]["stage"] or "",
            }
            for key, value in now.items():
                assert value == step.get(key, value), f"{said}: {key} {value!r}"

    def _sound(self, where: str, mail: Sent) -> None:
        """Whoever reads a question has all that they need in the text alone, and says nothing twice."""
        row = self.desk.row(mail.number)
        asks = row.letter["facts"].get("questions") or []
        labels = self.labels(mail)
        assert labels == [one["label"] for one in asks], f"{where}: {labels}"
        if not asks:
            return
        assert mail.purpose in ASKING, mail.purpose
        text = re.sub(r"\s+", " ", mail.text().replace("\u00a0", " ").replace("\u202f", " "))
        page = unescape(mail.text("html"))
        for one in asks:
            assert re.sub(r"\s", " ", one["question"]) in text, f"{where}: {one['question']!r} is not in {text}"
            for letter, _ in one["choices"]:
                assert f" {letter}) " in text, f"{where}: {letter}) is not offered"
            assert f"{one['label']}" in page, f"{where}: {one['label']} is not on the page"
        inquiry = self.desk.desk.inquiry
        assert len(asks) <= inquiry.most, f"{where}: {len(asks)} questions in one mail"
        by_itself = mail.purpose != "answer" and row.letter["facts"].get("variant", "first") in ("first", "again")
        self.asked += by_itself
        assert self.asked <= inquiry.rounds * len(self.desk.tickets()), f"{where}: asked once too often"
        intake = self.desk.ticket(row.ticket_id)["intake"]
        for one in asks:
            state = intake["fields"].get(one["name"], {}).get("state", "missing")
            assert state not in _NOTHING_MORE, f"{where}: {one['name']} is {state}, and asked for"

    def labels(self, mail: Sent) -> list[str]:
        known = {label for field in self.fields.values() for label in field.label.values()}
        return questions(mail, sorted(known))

    # At the end

    def _number(self, table: dict[str, Any]) -> int:
        return int(table.get("ticket", "DESK-1001").rpartition("-")[2])

    def _ended(self, end: dict[str, Any]) -> None:
        strange = end.keys() - END_KEYS
        assert not strange, f"{strange} is no word of an end"
        view = self.desk.ticket(self._number(end))
        intake = view["intake"]
        for name, row in end.get("fields", {}).items():
            fact = intake["fields"].get(name, {"state": "missing"})
            said = f"{name}: {fact}"
            wanted = {"state": row} if isinstance(row, str) else row
            states = wanted.get("state", "present")
            assert fact["state"] in (states if isinstance(states, list) else [states]), said
            value, by = " ".join((fact.get("value") or "").split()), fact.get("by") or ""  # clients break lines anew
            assert value == wanted.get("value", value), said
            assert wanted.get("contains", "") in value, said
            assert wanted.get("lacks", "\0") not in value, said
            assert by == wanted.get("by", by), said
        known = {name for name, fact in intake["fields"].items() if fact["state"] != "missing"}
        assert known == set(end.get("fields", {})) - {n for n, r in end["fields"].items() if r == "missing"}, intake
        assert view["status"] == end.get("status", view["status"]), view["status"]
        assert (intake["stage"] or "") == end.get("stage", intake["stage"] or ""), intake
        assert intake["rounds"] == end["rounds"], intake
        assert view["closed_as"] == (end.get("outcome") or None), view["closed_as"]
        outside = [f"{mail.purpose}" for mail in self.desk.sent if mail.to not in self.staff]
        assert len(outside) == end["mails"], outside
        if end.get("hidden"):
            shown = repr([intake, view["events"], [entry["trace"] for entry in self.desk.entries()]])
            assert end["hidden"] not in shown


def _reply_to(sent: Sent) -> str:
    return str(sent.mail["Reply-To"].addresses[0].addr_spec)


def _facts(desk: StillDesk) -> str:
    """What is known, for whoever reads why a dialogue went wrong."""
    told = []
    for view in desk.tickets():
        rows = view["intake"]["fields"].items()
        states = [f"{name}={fact['state']} ({fact.get('how')}) {fact.get('value', '')!r}" for name, fact in rows]
        told.append(f"DESK-{view['ref']} {view['type']} {view['topic']}: {'; '.join(states)}")
    return " | ".join(told)
