"""What the doctor says of the key that mail is signed with, and of its other half in the DNS."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.problem import ConfigError
from gateway.config.settings import Config
from gateway.doctor import names, signing
from gateway.doctor.examination import SUBJECTS
from gateway.doctor.finding import Level
from gateway.doctor.house import open_house
from gateway.signing import read_key
from gateway.way_out import outgoing

KEYS = {"REPLYDESK_OUTGOING__DKIM_SELECTOR": "rd2026", "REPLYDESK_OUTGOING__DKIM_KEY_FILE": "dkim.pem"}
NAME = "rd2026._domainkey.desk.example"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = write_desk(tmp_path_factory.mktemp("desk") / "d", demo=True)
    for name, bits in (("dkim.pem", "2048"), ("small.pem", "1024")):
        key = file.parent / name
        subprocess.run(["openssl", "genrsa", "-out", key, bits], check=True, capture_output=True)
        key.chmod(0o600)
    return file


@pytest.fixture
def config(desk: Path) -> Iterator[Config]:
    yield load(desk, KEYS)
    (desk.parent / "dkim.pem").chmod(0o600)


def said(config: Config) -> list[tuple[Level, str]]:
    return [(found.level, found.what) for found in signing.check(open_house(config))]


def published(config: Config, *records: str) -> tuple[Level, str, str]:
    def ask(name: str, kind: str) -> tuple[str, ...]:
        return records if (name, kind) == (NAME, "TXT") else ()

    found = [one for one in names.check(config, ask) if "DKIM" in one.what]
    assert len(found) == 1
    return found[0].level, found[0].what, found[0].fix


def public(config: Config) -> str:
    assert config.outgoing.signing is not None
    return b64encode(read_key(config.outgoing.signing.key_file).public).decode()


def test_a_desk_that_does_not_sign_hears_nothing_of_it(desk: Path) -> None:
    assert (signing.AREA, signing.check) in SUBJECTS
    assert said(load(desk, {})) == []
    assert outgoing(load(desk, {})).dkim_selector == ""


def test_a_key_that_is_well(config: Config) -> None:
    assert [level for level, _ in said(config)] == [Level.OK, Level.OK]
    assert said(config)[1][1] == f"mail is signed for desk.example with a key of 2048 bits ({NAME})"
    way = outgoing(config)
    assert (way.dkim_selector, way.dkim_domain) == ("rd2026", "desk.example")
    assert way.dkim_key_file == str(config.folder / "dkim.pem")


def test_a_key_that_others_may_read_is_a_problem(config: Config) -> None:
    (config.folder / "dkim.pem").chmod(0o644)
    assert (Level.PROBLEM, f"outgoing.dkim_key_file ({config.folder / 'dkim.pem'}) is open to others: 0644") in said(
        config
    )


@pytest.mark.parametrize(("file", "what"), [("small.pem", "has 1024 bits"), ("nowhere.pem", "cannot be read: No such")])
def test_a_key_that_signs_nothing_is_a_problem(desk: Path, file: str, what: str) -> None:
    config = load(desk, KEYS | {"REPLYDESK_OUTGOING__DKIM_KEY_FILE": file})
    ((level, text),) = said(config)
    assert level is Level.PROBLEM
    assert text.startswith("no mail leaves, because none can be signed: ")
    assert what in text
    assert not [one for one in names.check(config, lambda name, kind: ()) if "DKIM" in one.what]


def test_the_very_key_in_the_dns_is_fine(config: Config) -> None:
    key = public(config)
    for record in (
        f"v=DKIM1; k=rsa; p={key}",
        f"p={key[:99]} {key[99:]};",
        f"v=DKIM1;k=rsa;s=email:x;h=sha1:sha256;p={key}",
    ):
        assert published(config, record)[:2] == (Level.OK, f"the DNS has our DKIM key at {NAME}")


def test_a_record_that_is_not_ours_is_a_problem_and_ours_is_said(config: Config) -> None:
    key = public(config)
    wrong = {
        (): "has no DKIM key",
        ("a", "b"): "has 2 DKIM records",
        ("v=DKIM1; p=",): "is revoked",
        (f"v=DKIM1; p={key[:-8]}AAAAAAA=",): "is another than ours",
        ("some words",): "is another than ours",
        (f"v=DKIM1; k=ed25519; p={key}",): "is for something else",
        (f"v=DKIM1; s=tlsrpt; p={key}",): "is for something else",
        (f"v=DKIM1; h=sha1; p={key}",): "is for something else",
    }
    for records, words in wrong.items():
        level, what, fix = published(config, *records)
        assert (level, words in what) == (Level.PROBLEM, True), what
        assert fix.endswith(f"TXT record of {NAME} (in pieces of at most 255 letters): v=DKIM1; k=rsa; p={key}")
    assert published(config, f"v=DKIM1; t=y; p={key}")[0] is Level.WARNING


def test_the_record_is_printed_for_who_publishes_it(desk: Path, config: Config) -> None:
    found = CliRunner().invoke(main, ["--config", str(desk), "config", "dkim"], env=KEYS)
    assert (found.exit_code, found.stdout) == (0, f"{NAME}. TXT\nv=DKIM1; k=rsa; p={public(config)}\n")
    without = CliRunner().invoke(main, ["--config", str(desk), "config", "dkim"])
    assert (without.exit_code, "set outgoing.dkim_selector" in without.stderr) == (1, True)
    absent = KEYS | {"REPLYDESK_OUTGOING__DKIM_KEY_FILE": "nowhere.pem"}
    missing = CliRunner().invoke(main, ["--config", str(desk), "config", "dkim"], env=absent)
    assert (missing.exit_code, "openssl genrsa" in missing.stderr) == (1, True)
    checked = CliRunner().invoke(main, ["--config", str(desk), "config", "check"], env=absent)
    assert f"outgoing.dkim_key_file: there is no file {desk.parent / 'nowhere.pem'} yet" in checked.stderr


def test_signing_wants_its_library(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        load(desk, KEYS)
    assert caught.value.problems == (
        (
            'REPLYDESK_OUTGOING__DKIM_SELECTOR: found "rd2026", but cryptography cannot be found: '
            'pip install "replydesk[sign]"'
        ),
    )
