"""What a good configuration says: the two files of `init`, defaults, and what is handed out."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from gateway.config.loading import load
from gateway.rules.policy.targets import FIRST, Service, Target
from parsing.category import match
from tests.unit.config.conftest import SECRET


def test_the_demo_desk_is_the_one_of_the_contract(demo: Path) -> None:
    found = load(demo, {})
    desk = found.desk(SECRET)
    assert found.demo
    assert found.warnings == ()
    assert {word: (to.canonical, to.team, to.kind) for word, to in desk.addresses.items()} == {
        "support@desk.example": ("support@desk.example", "frontline", "support"),
        "help@desk.example": ("support@desk.example", "frontline", "support"),
        "billing@desk.example": ("billing@desk.example", "billing", "support"),
        "escalate@desk.example": ("escalate@desk.example", "frontline", "staff"),
        "desk@desk.example": ("desk@desk.example", "frontline", "commands"),
    }
    assert (desk.domain, desk.prefix, desk.zone, desk.operators) == (
        "desk.example",
        "DESK",
        "Europe/Berlin",
        ("ops@desk.example",),
    )
    day = ((time(9), time(12, 30)), (time(13), time(17)))
    assert desk.hours.days == (day,) * 5 + ((), ())
    assert date(2026, 12, 25) in desk.holidays
    assert (str(found.smtp.listen), str(found.lmtp.listen), str(found.web.listen)) == (
        "127.0.0.1:8025",
        "127.0.0.1:8024",
        "127.0.0.1:8080",
    )
    assert (desk.authserv_id, set(desk.hops)) == ("mx.desk.example", {"127.0.0.1", "::1"})
    assert {team.name: team.tier for team in desk.teams.values()} == {"frontline": 1, "network": 2, "billing": 2}
    assert {agent.name: (agent.team, *agent.roles) for agent in desk.agents.values()} == {
        "anastasia": ("frontline", "agent"),
        "benedikt": ("network", "agent"),
        "charlotte": ("billing", "agent"),
        "dominique": ("", "lead"),
        "samantha": ("", "scheduler"),
        "mirabelle": ("", "manager"),
    }
    assert all(address == f"{agent.name}@desk.example" for address, agent in desk.agents.items())
    assert [(one.domain, one.segment, one.arr, one.lifecycle) for one in desk.organisations.values()] == [
        ("northwind.example", "Enterprise", 500_000, "onboarding"),
        ("contoso.example", "SMB", 8000, "active"),
    ]
    assert desk.secret == SECRET


def test_the_demo_desk_has_the_topics_of_the_contract(demo: Path) -> None:
    topics: dict[str, list[str]] = {}
    for words in load(demo, {}).policy.topics:
        topics.setdefault(words.topic, []).append(words.subtopic)
        assert words.words
        assert all(word == word.lower().strip() for word in words.words)
    assert {topic: inner[1:] for topic, inner in topics.items()} == {
        "Access": ["login", "permissions"],
        "Billing": ["invoice", "refund"],
        "Outage": ["website", "network"],
        "Performance": ["slow"],
        "Integration": ["api", "webhook"],
        "Data": ["import", "export"],
        "Usage": ["how-to"],
        "Feature": [],
    }


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I cannot log in since this morning", "Access/login"),
        ("Mir fehlen die Berechtigungen für den Bericht", "Access/permissions"),
        ("La facture d'octobre est incorrecte", "Billing/invoice"),
        ("We were charged twice, please refund one", "Billing/refund"),
        ("Our web site has been down for an hour", "Outage/website"),
        ("Das Netzwerk ist ausgefallen", "Outage/network"),
        ("The website is very slow", "Performance/slow"),
        ("La recherche est très lente", "Performance/slow"),
        ("The API returns 401", "Integration/api"),
        ("Webhooks are not delivered", "Integration/webhook"),
        ("Der Import bricht ab", "Data/import"),
        ("The export is empty", "Data/export"),
        ("Comment puis-je changer ma signature ?", "Usage/how-to"),
        ("It would be great if there was a dark mode", "Feature/"),
    ],
)
def test_the_words_of_the_demo_desk_find_their_topic(demo: Path, text: str, topic: str) -> None:
    best = match("", text, load(demo, {}).policy.topics).topics[0]
    assert f"{best.topic}/{best.subtopic}" == topic


def test_paths_start_from_the_folder_of_the_file(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.parent.parent)
    found = load(demo.relative_to(demo.parent.parent), {})
    assert found.store.url == f"sqlite:///{demo.parent}/data/replydesk.db"
    assert found.store.data == demo.parent / "data"
    assert (found.outgoing.scheme, found.outgoing.maildir) == ("maildir", demo.parent / "data/sent")
    assert found.folder == demo.parent


def test_a_postgresql_url_and_an_absolute_path_stay_as_they_are(demo: Path) -> None:
    assert load(demo, {"REPLYDESK_STORE__URL": "postgresql://db/desk"}).store.url == "postgresql://db/desk"
    assert load(demo, {"REPLYDESK_STORE__URL": "sqlite:////srv/desk.db"}).store.url == "sqlite:////srv/desk.db"


def test_defaults_are_those_of_the_reference(starter: Path) -> None:
    found = load(starter, {})
    assert (found.smtp.max_size, found.smtp.connections, found.smtp.connections_per_address) == (36_700_160, 1000, 50)
    assert found.smtp.hostname == "mail.example.org"
    assert (found.lmtp.listen, found.web.listen) == (None, None)
    assert (found.reader.processes, found.reader.deadline, found.reader.memory_mb) == (1, timedelta(seconds=10), 512)
    assert (found.outgoing.starttls, found.outgoing.connections, found.outgoing.timeout) == ("auto", 4, 60)
    assert found.policy.reopen_within == timedelta(days=14)
    assert found.policy.service == Service(targets=(Target(allowed={FIRST: timedelta(hours=4)}),))
    assert (found.demo, found.clock_offset) == (False, timedelta())


def test_a_command_address_without_a_team_has_that_of_the_first_support_address(starter: Path) -> None:
    assert load(starter, {}).policy.addresses["desk@example.org"].team == "frontline"


def test_capitals_and_a_last_slash_make_no_difference(starter: Path) -> None:
    text = starter.read_text().replace('team = "frontline"', 'team = "Frontline"').replace("support@", "Support@")
    starter.write_text(text)
    found = load(starter, {"REPLYDESK_WEB__PUBLIC_URL": "https://desk.example.org/"})
    assert found.policy.addresses["support@example.org"].team == "frontline"
    assert found.policy.agents["alex@example.org"].team == "frontline"
    assert found.web.public_url == "https://desk.example.org"


def test_what_is_handed_out_is_plain_and_crosses_processes(demo: Path) -> None:
    found = load(demo, {})
    assert pickle.loads(pickle.dumps(found)) == found
    assert b"pydantic" not in pickle.dumps(found)
    light = "import sys, gateway.config.settings, gateway.rules.desk; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", light], check=False).returncode == 0


def test_the_secret_is_asked_for_and_not_shown(demo: Path) -> None:
    found = load(demo, {})
    assert SECRET.hex() not in repr(found.desk(SECRET))
    with pytest.raises(ValueError, match="at least 16"):
        found.desk(b"short")


def test_many_subtopics_are_a_warning(starter: Path) -> None:
    with starter.open("a") as stream:
        stream.writelines(f'[[topic.subtopic]]\nname = "part {n}"\n' for n in range(20))
    assert load(starter, {}).warnings == (
        "replydesk.toml: topic[2]: found 22 subtopics; more than 20 are rarely told apart by anybody",
    )
