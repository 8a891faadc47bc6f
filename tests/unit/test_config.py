"""The configuration: every mistake has its sentence, the two files of `init` are good, no file breaks the reader."""

from __future__ import annotations

import json
import pickle
import stat
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.config import config
from gateway.cli.init import init, write_desk
from gateway.config.loading import find_file, load
from gateway.config.notation import Listen, read_offset, read_zone
from gateway.config.problem import ConfigError, UnfitError, mask
from gateway.config.settings import Config, read_secret
from gateway.rules.policy.service import FIRST, Service, Target
from parsing.category import match

DEMO = files("templates") / "desk" / "demo.toml"
BAD = Path(__file__).parent.parent / "bad_configs"
SECRET = bytes(range(32))


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return write_desk(tmp_path, demo=True)


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    return write_desk(tmp_path, demo=False)


def run(*arguments: str | Path, named: Path | None = None) -> Result:
    group = click.Group("replydesk", commands={"config": config, "init": init})
    return CliRunner().invoke(group, [str(argument) for argument in arguments], obj=named)


def value_of(found: Config, key: str) -> tuple[object, str]:
    return next((one.value, one.origin) for one in found.settings if one.key == key)


# Mistakes


@pytest.mark.parametrize("mistake", sorted(folder.name for folder in BAD.iterdir()))
def test_a_mistake_has_its_sentence(mistake: str) -> None:
    variables = BAD / mistake / "environment.txt"
    lines = variables.read_text().splitlines() if variables.exists() else []
    with pytest.raises(ConfigError) as caught:
        load(BAD / mistake / "replydesk.toml", dict(line.split("=", 1) for line in lines))
    assert list(caught.value.problems) == (BAD / mistake / "expected.txt").read_text().splitlines()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "replydesk.toml", {})
    assert caught.value.problems == (
        f'no configuration at {tmp_path}/replydesk.toml: run "replydesk init" there or name one with --config',
    )


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "replydesk.toml"
    file.write_bytes('[desk]\nname = "Büro"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"^replydesk\.toml: line 2: found a byte that is not UTF-8"):
        load(file, {})


def test_a_file_that_may_not_be_read_is_named(demo: Path) -> None:
    refusal = PermissionError(13, "Permission denied")
    with patch.object(Path, "open", side_effect=refusal), pytest.raises(ConfigError) as caught:
        load(demo, {})
    assert caught.value.problems == (f"{demo}: cannot be read: Permission denied",)


def test_passwords_are_never_repeated() -> None:
    assert mask("postgresql://desk:s3@cret/x@db/desk") == "postgresql://desk:***@db/desk"
    assert mask("postgresql://db/desk?password=s3cret&x=1") == "postgresql://db/desk?password=***&x=1"
    assert mask("smtp://mail.example:587") == "smtp://mail.example:587"


# What is good


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


# The environment


def test_variables_have_the_last_word(demo: Path) -> None:
    found = load(
        demo,
        {
            "REPLYDESK_SMTP__LISTEN": "127.0.0.1:0",
            "REPLYDESK_LMTP__LISTEN": "",
            "REPLYDESK_WEB__LISTEN": "[::1]:0",
            "REPLYDESK_OUTGOING__URL": "smtps://[::1]",
            "REPLYDESK_SMTP__CONNECTIONS": "7",
            "REPLYDESK_CLOCK__OFFSET": "+2d3h",
            "REPLYDESK_DESK__OPERATORS": "one@ops.example, two@ops.example",
            "REPLYDESK_HOURS__SUNDAY": '[["10:00", "24:00"]]',
            "REPLYDESK_HOLIDAYS__DATES": "2027-01-06",
        },
    )
    assert (found.smtp.listen, found.lmtp.listen, found.web.listen) == (
        Listen("127.0.0.1", 0),
        None,
        Listen("::1", 0),
    )
    assert (found.outgoing.scheme, found.outgoing.host, found.outgoing.port) == ("smtps", "::1", 465)
    assert str(found.web.listen) == "[::1]:0"
    assert found.smtp.connections == 7
    assert found.clock_offset == timedelta(days=2, hours=3)
    assert found.policy.operators == ("one@ops.example", "two@ops.example")
    assert found.policy.hours.days[6] == ((time(10), time(0)),)
    assert found.policy.holidays == {date(2027, 1, 6)}
    assert value_of(found, "smtp.listen") == ("127.0.0.1:0", "REPLYDESK_SMTP__LISTEN")
    assert value_of(found, "web.public_url") == ("http://127.0.0.1:8080", "replydesk.toml")
    assert value_of(found, "outgoing.username") == ("", "default")
    assert value_of(found, "hours.sunday") == ([["10:00", "24:00"]], "REPLYDESK_HOURS__SUNDAY")


def test_any_number_of_doors_may_ask_for_a_free_port(demo: Path) -> None:
    found = load(demo, {"REPLYDESK_SMTP__LISTEN": "127.0.0.1:0", "REPLYDESK_LMTP__LISTEN": "127.0.0.1:0"})
    assert found.smtp.listen == found.lmtp.listen == Listen("127.0.0.1", 0)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("+2d3h", timedelta(days=2, hours=3)),
        ("-90m", timedelta(minutes=-90)),
        ("1w30s", timedelta(weeks=1, seconds=30)),
    ],
)
def test_a_shift_of_the_clock(text: str, offset: timedelta) -> None:
    assert read_offset(text) == offset


@pytest.mark.parametrize("zone", ["Europe", "../UTC", "/etc/localtime", "", "Europe/Berlin\0", "x" * 300])
def test_what_is_no_zone(zone: str) -> None:
    with pytest.raises(UnfitError):
        read_zone(zone)


def test_the_environment_of_this_process_is_not_read_behind_our_back(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLYDESK_SMTP__LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("REPLYDESK_DESK", "{}")
    assert load(demo, {}).smtp.listen == Listen("127.0.0.1", 8025)


def test_other_variables_are_left_alone_and_slips_are_mentioned(demo: Path) -> None:
    others = {"REPLYDESK_CORPUS": "x", "REPLYDESK_REQUIRE_SERVERS": "1", "REPLYDESK_LONG": "1", "A__B": "c"}
    assert load(demo, others).warnings == ()
    assert load(demo, {"REPLYDESK_SMTP_LISTEN": "x"}).warnings == (
        "REPLYDESK_SMTP_LISTEN: has no effect; did you mean REPLYDESK_SMTP__LISTEN?",
    )


@pytest.mark.parametrize(
    ("named", "environ", "file"),
    [
        (Path("a.toml"), {"REPLYDESK_CONFIG": "b.toml"}, "a.toml"),
        (None, {"REPLYDESK_CONFIG": "b.toml"}, "b.toml"),
        (None, {"REPLYDESK_CONFIG": ""}, "replydesk.toml"),
        (None, {}, "replydesk.toml"),
        (Path("/"), {}, "/replydesk.toml"),
    ],
)
def test_which_file_it_is(named: Path | None, environ: Mapping[str, str], file: str) -> None:
    assert find_file(named, environ) == Path(file)


def test_many_subtopics_are_a_warning(starter: Path) -> None:
    with starter.open("a") as stream:
        stream.writelines(f'[[topic.subtopic]]\nname = "part {n}"\n' for n in range(20))
    assert load(starter, {}).warnings == (
        "replydesk.toml: topic[2]: found 22 subtopics; more than 20 are rarely told apart by anybody",
    )


# Whatever is in the file

junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**40), 2**40),
        st.floats(allow_nan=True),
        st.text(max_size=8),
        st.dates(),
        st.sampled_from(["", "a@b.c", "127.0.0.1:0", "::", "smtp://[", "http://[", "Europe", "../x", "09:00", "_x"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "a", "team"]), inner, max_size=2)
    ),
    max_leaves=5,
)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """The demo desk with some of its values replaced by junk."""
    tree: dict[str, Any] = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(1, 4))):
        place: Any = tree
        while True:
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.integers(0, 3)) == 0:
                break
            place = place[key]
        place[key] = draw(junk)
    return tree


@given(damaged())
@settings(deadline=None, max_examples=200)
def test_no_file_breaks_the_reader_of_it(tree: dict[str, Any]) -> None:
    with patch("gateway.config.loading._read_toml", return_value=tree):
        try:
            assert load(Path("replydesk.toml"), {}).desk(SECRET).domain
        except ConfigError as refused:
            assert refused.problems
            assert all("\n" not in line and line.startswith("replydesk.toml: ") for line in refused.problems)


# Commands


def test_init_makes_a_desk_that_passes_its_own_check(tmp_path: Path) -> None:
    for folder, flags in (("demo", ["--demo"]), ("starter", [])):
        made = run("init", tmp_path / folder, *flags)
        assert made.exit_code == 0, made.output
        checked = run("config", "check", named=tmp_path / folder / "replydesk.toml")
        assert checked.exit_code == 0, checked.output
        assert checked.stderr == ""
    assert run("config", "check", named=tmp_path / "demo").stdout == (
        "replydesk.toml: good: 5 addresses, 3 teams, 6 agents, 8 topics, 2 organisations, 27 holidays\n"
    )


def test_init_keeps_the_secret_to_itself(tmp_path: Path) -> None:
    run("init", tmp_path / "one")
    run("init", tmp_path / "two")
    secret = tmp_path / "one" / "data" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert len(read_secret(secret.parent)) == 32
    assert read_secret(secret.parent) != read_secret(tmp_path / "two" / "data")


def test_init_never_overwrites(tmp_path: Path) -> None:
    file = tmp_path / "replydesk.toml"
    file.write_text("mine")
    refused = run("init", tmp_path, "--demo")
    assert (refused.exit_code, file.read_text()) == (2, "mine")
    assert f"{file} exists; init never overwrites" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_of_two_inits_at_once_one_is_told(tmp_path: Path) -> None:
    write_desk(tmp_path, demo=False)
    before = (tmp_path / "replydesk.toml").read_text()
    with patch.object(Path, "exists", return_value=False):  # as it looks a moment before the other writes
        refused = run("init", tmp_path, "--demo")
    assert (refused.exit_code, (tmp_path / "replydesk.toml").read_text()) == (2, before)


def test_init_keeps_a_secret_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret").write_text(SECRET.hex())
    assert json.loads(run("init", tmp_path, "--json").stdout)["config"] == str(tmp_path / "replydesk.toml")
    assert read_secret(tmp_path / "data") == SECRET


def test_init_says_why_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    refused = run("init", tmp_path)
    assert (refused.exit_code, "exists" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "sentence"), [(None, "no secret at"), ("zz", "hexadecimal"), ("00ff", "found 2 bytes")]
)
def test_a_secret_that_is_not_one(tmp_path: Path, text: str | None, sentence: str) -> None:
    if text is not None:
        (tmp_path / "secret").write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        read_secret(tmp_path)


def test_check_names_the_problems_and_exits_2() -> None:
    named = BAD / "many_at_once" / "replydesk.toml"
    expected = (BAD / "many_at_once" / "expected.txt").read_text()
    told = run("config", "check", named=named)
    assert (told.exit_code, told.stdout, told.stderr) == (2, "", expected)
    told = run("config", "check", "--json", named=named)
    assert (told.exit_code, json.loads(told.stdout)["problems"]) == (2, expected.splitlines())


def test_check_mentions_a_password_file_that_is_not_there(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLYDESK_OUTGOING__USERNAME", "desk")
    monkeypatch.setenv("REPLYDESK_OUTGOING__PASSWORD_FILE", "password")
    told = run("config", "check", named=starter)
    assert (told.exit_code, "there is no file" in told.stderr) == (0, True)


def test_show_prints_what_is_in_force_and_no_password(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLYDESK_STORE__URL", "postgresql://desk:hunter2@db/desk")
    shown = run("config", "show", named=demo)
    assert 'store.url = "postgresql://desk:***@db/desk"  # REPLYDESK_STORE__URL\n' in shown.stdout
    assert 'outgoing.starttls = "auto"\n' in shown.stdout
    assert 'outgoing.username = ""  # default\n' in shown.stdout
    as_json = run("config", "show", "--json", named=demo).stdout
    assert {"key": "desk.prefix", "value": "DESK", "origin": "replydesk.toml"} in json.loads(as_json)["settings"]
    assert "hunter2" not in shown.stdout + as_json


def test_a_look_of_our_own_wants_its_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = write_desk(tmp_path, demo=True)
    env = {"REPLYDESK_TRUST__VERIFY": "true", "REPLYDESK_TRUST__DNS": "192.0.2.53,[2001:db8::1]:5353"}
    config = load(file, env)
    assert config.verify.enabled
    assert config.verify.nameservers == (("192.0.2.53", 53), ("2001:db8::1", 5353))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        load(file, env)
    (problem,) = caught.value.problems
    assert problem == (
        "REPLYDESK_TRUST__VERIFY: found true, but cryptography, dns, publicsuffixlist cannot be found: "
        'pip install "replydesk[verify]"'
    )
    assert not load(file, {}).verify.enabled
