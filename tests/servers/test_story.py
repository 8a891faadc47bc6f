"""The demo's stories over real servers: Postfix in front with a milter, the desk, Postfix behind that delivers into a
Maildir for each person, who answers from there. They must read as they do over the demo's own folder."""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from smtplib import SMTP

import pytest
from sqlalchemy import select

from gateway.cli import call_demo, call_story, demo
from gateway.cli.init import write_desk
from gateway.cli.showing import PATIENCE, Stage, played
from gateway.cli.story import NORA, SCENES
from gateway.config.loading import load
from store.opening import open_store
from store.tables import journal, letters, outbox, timers
from tests.desk import STAFF
from tests.servers.milter import Milter
from tests.servers.postfix import Postfix, documented, read_settings, require_postfix, sbin
from tests.servers.serving import Desk

__all__ = ["sbin"]
pytestmark = pytest.mark.usefixtures("sbin")

OTHERS = (NORA, "carl@contoso.example", call_story.MALLORY, "ops@desk.example")
PEOPLE = (*(f"{name}@desk.example" for name in STAFF), *OTHERS)
"""Who has a mailbox behind the last server."""
BEHIND = {
    "relay_domains": "",
    "relay_recipient_maps": "",
    "transport_maps": "",
    "virtual_mailbox_domains": ", ".join(sorted({address.rpartition("@")[2] for address in PEOPLE})),
    "virtual_uid_maps": "static:65534",
    "virtual_gid_maps": "static:65534",
    "virtual_minimum_uid": "100",
}
DELIVERS = {
    "master.cf": "virtual unix - n n - - virtual\n",
    "mailboxes": "".join(f"{address} {address}/\n" for address in PEOPLE),
}


@dataclass(slots=True, kw_only=True)
class ServerStage(Stage):
    """The stage between real servers: people send to the server in front and read what the one behind has delivered."""

    served: Desk
    front: Postfix
    behind: Postfix
    files: dict[str, bytes] = field(default_factory=dict)

    def send(self, scene):
        answered = self.latest.get(scene.answers)
        recipient = str(answered["Reply-To"]) if answered is not None else scene.to
        bare = replace(scene, vouched=False).mail(recipient, answered)  # the milter says who wrote it
        home = scene.address.rpartition("@")[2] if scene.vouched else "stranger.example"
        self._bring(bare, scene.reverse_path, recipient, home)

    def post(self, content, sender, recipient):
        header, _, bare = content.partition(b"\r\n")
        assert header.startswith(b"Authentication-Results:")
        self._bring(bare, sender, recipient, sender.rpartition("@")[2])

    def _bring(self, content, sender, recipient, home):
        with SMTP("127.0.0.1", self.front.port, local_hostname=f"mx.{home}", timeout=PATIENCE) as client:
            client.sendmail(sender, [recipient], content)

    def settled(self, count):
        """Also wait until whatever left lies in a mailbox."""
        said = Stage.settled(self, count)
        deadline = time.monotonic() + PATIENCE
        while self.behind.queued() or not self._numbers() <= self._delivered().keys():
            assert time.monotonic() < deadline, f"what left is in no mailbox: {self.behind.log()[-2000:]}"
            time.sleep(0.02)
        return said

    def _numbers(self):
        return set(self._rows())

    def _rows(self):
        """What has left, by its Message-ID: its number."""
        with self.store.look() as connection:
            chosen = select(outbox.c.message_id, outbox.c.id).where(outbox.c.state == "sent")
            return dict(connection.execute(chosen).all())

    def _delivered(self):
        """What lies in the mailboxes, by Message-ID: the files."""
        found = {}
        for file in self.mailboxes.glob("*/new/*"):
            if file.name not in self.files:
                self.files[file.name] = file.read_bytes()
            mail = message_from_bytes(self.files[file.name], policy=policy.default)
            found.setdefault(str(mail["Message-ID"]), []).append((file.name, mail))
        return found

    @property
    def mailboxes(self):
        return self.behind.folder / "mailboxes"

    def left(self):
        numbers = self._rows()
        fresh = [
            (numbers[known], name, mail)
            for known, copies in self._delivered().items()
            for name, mail in copies
            if name not in self.read
        ]
        found = []
        for _, name, mail in sorted(fresh, key=lambda one: one[:2]):
            self.read.add(name)
            self.latest[str(mail["Delivered-To"])] = mail
            found.append((str(mail["Delivered-To"]), mail))
        return found

    # Time: the served desk is started again with its clock on, and does by itself what is due

    def stop(self):
        self.served.stop()

    def shift(self, by):
        Stage.shift(self, by)
        self.served.kill()
        self.served.settings["CLOCK__OFFSET"] = self.offset
        self.served.start()

    def restart(self):
        assert self.served.daemon, "it serves all the time"

    def run(self, *command, content=b""):
        if command[0] == "deliver":
            sender, recipient = command[2], command[4]
            count = len(self.journal()) + 1
            self.post(content, sender, recipient)
            self.settled(count)  # the server in front says 250 before the desk has the mail
            return
        assert command == ("sweep",)
        deadline = time.monotonic() + PATIENCE
        while self._due():
            assert time.monotonic() < deadline, f"what is due is not done: {self.served.log()[-2000:]}"
            time.sleep(0.1)
        self.settled(0)

    def _due(self):
        ahead = timedelta(minutes=int(self.offset[:-1] or 0))
        with self.store.look() as connection:
            now = datetime.now(UTC) + ahead
            return connection.execute(select(timers).where(timers.c.due_at <= now, timers.c.state == "running")).first()


@pytest.fixture
def stages(desk, tmp_path):
    """The stage between real servers, everything set up as `docs/postfix.md` says."""
    require_postfix()
    with closing(Milter()) as milter, ExitStack() as stack:
        front, behind = Postfix(), Postfix()
        for server in (front, behind):
            stack.callback(server.stop)
        yield from _stage(desk, front, behind, milter)


def _stage(desk, front, behind, milter):
    mailboxes = behind.folder / "mailboxes"
    mailboxes.mkdir()
    mailboxes.chmod(0o777)
    maps = {"virtual_mailbox_base": str(mailboxes), "virtual_mailbox_maps": f"texthash:{behind.config}/mailboxes"}
    behind.start("", BEHIND | maps, DELIVERS)
    one = desk(LMTP__LISTEN="127.0.0.1:0", OUTGOING__URL=f"smtp://127.0.0.1:{behind.port}").start()
    _stand_before(front, one, milter)
    config = load(one.config, {})
    with closing(open_store(config.store.url)) as store:
        yield ServerStage(
            folder=one.folder, smtp=("127.0.0.1", front.port), config=config, store=store, process=None, again=None,
            served=one, front=front, behind=behind,
        )  # fmt: skip


def _stand_before(front, one, milter):
    there = {"inet:127.0.0.1:8024": f"inet:127.0.0.1:{one.lmtp_port}"}
    unset = ("relay_domains", "relay_recipient_maps", "transport_maps", "recipient_delimiter")
    main = {"mynetworks": "127.0.0.2/32"} | dict.fromkeys(unset, "")
    files = {}
    for setup, instead in {"lmtp": there, "strip": {}, "milter": {}}.items():
        found = documented("postfix.md", setup, instead)
        main |= read_settings(found.pop("main.cf").replace("/etc/postfix", str(front.config)))
        files |= found
    front.start("", main | {"smtpd_milters": f"inet:127.0.0.1:{milter.port}"}, files)


def _told(stage):
    """What must be the same, over whatever servers: verdicts, tickets, mails; times and names of threads left out."""
    with stage.store.look() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        trust = connection.execute(select(journal.c.trust).order_by(journal.c.id)).scalars().all()
    seen = [(row["verdict"], row["ticket"]) for row in stage.journal()]
    numbers = sorted({int(ticket.rpartition("-")[2]) for _, ticket in seen if ticket})
    return {
        "journal": seen,
        "trust": trust,
        "mails": sorted((row.to_address, row.purpose, _still(row.subject), row.state) for row in rows),
        "tickets": [_ticket(stage.ticket(number)) for number in numbers],
    }


def _ticket(view):
    events = Counter((event["kind"], event["actor"]) for event in view["events"])
    calls = [(call["state"], call["outcome"]) for call in view["calls"]]
    return {**{key: view[key] for key in ("ref", "status", "assignee", "outcome")}, "events": events, "calls": calls}


def _still(subject):
    """A subject without the times in it, which depend on when the story is played."""
    return re.sub(r"(\w+, )?\d{1,2} \w+ \d{4}|\d\d:\d\d|\b(Mon|Tue|Wed|Thu|Fri)\w*\b", "…", subject)


def _without_digests(folder, **how):
    """The demo's desk without the mails that leave at the hour when somebody's day begins, as the served one is."""
    config = write_desk(folder, **how)
    text = config.read_text("utf-8")
    assert text.count('at = "shift"') == 1
    config.write_text(text.replace('at = "shift"', 'at = "off"'), "utf-8")
    return config


def _plain(folder, play):
    """The story as `replydesk demo` plays it."""
    folder.mkdir()
    with demo._desk(folder) as stage:
        play(stage)
        return _told(stage)


def _scenes(stage):
    for count, scene in enumerate(SCENES, start=1):
        played(stage, scene, count)


@pytest.mark.parametrize("play", [_scenes, call_demo.play], ids=["main", "call"])
def test_the_story_is_the_same_between_real_servers(stages, tmp_path, play, monkeypatch):
    monkeypatch.setattr(demo, "write_desk", _without_digests)
    play(stages)
    stages.settled(len(stages.journal()))
    told = _told(stages)
    assert told == _plain(tmp_path / "plain", play)
    assert {state for *_, state in told["mails"]} == {"sent"}
    _assert_each_lies_in_its_mailbox_once(stages)
    assert stages.front.queued() == stages.behind.queued() == 0
    for server in (stages.front, stages.behind):
        assert "status=bounced" not in server.log()


def _assert_each_lies_in_its_mailbox_once(stage):
    """With the bytes that the desk had made of it, below what the server behind writes on top."""
    with stage.store.look() as connection:
        rows = connection.execute(
            select(outbox, letters.c.rendered).join(letters, letters.c.outbox_id == outbox.c.id)
        ).all()
    delivered = stage._delivered()
    assert delivered.keys() == {row.message_id for row in rows}
    for row in rows:
        ((name, mail),) = delivered[row.message_id]
        assert mail["Delivered-To"] == row.to_address
        is_automatic = row.purpose == "acknowledgement"
        assert (mail["Return-Path"] == "<>") == is_automatic, (row.purpose, mail["Return-Path"])
        rendered = bytes(row.rendered).replace(b"\r\n", b"\n")
        assert stage.files[name].endswith(rendered), row.purpose
