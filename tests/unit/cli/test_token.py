"""`token microsoft`: a token on stdout and nothing else, by a Microsoft that the test plays; no network."""

from __future__ import annotations

import json
import stat
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli import token as command

APPLICATION = ("--tenant", "example.org", "--client-id", "4711")
SECRET, ACCESS, REFRESH = "hunter2~secret", "eyJ.access.token", "1.refresh-token"
Run = Callable[..., Result]


class Answer:
    def __init__(self, value: Any, status: int = 200) -> None:
        self.status_code, self.text, self.headers = status, value if isinstance(value, str) else json.dumps(value), {}

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise requests.HTTPError(f"{self.status_code} with {SECRET}")


class Microsoft:
    """`said` is what the token endpoint answers, one after the other."""

    def __init__(self, *said: Any) -> None:
        self.said = list(said)
        self.asked: list[dict[str, Any]] = []

    def get(self, url: str, **_: Any) -> Answer:
        assert url.startswith("https://login.microsoftonline.com/example.org/"), url
        root = "https://login.microsoftonline.com/example.org"
        return Answer(
            {
                "authorization_endpoint": f"{root}/authorize",
                "token_endpoint": f"{root}/token",
                "device_authorization_endpoint": f"{root}/devicecode",
                "issuer": f"{root}/v2.0",
            }
        )

    def post(self, url: str, data: Any = None, **_: Any) -> Answer:
        self.asked.append(data if isinstance(data, dict) else parse_qs(data))
        if url.endswith("/devicecode"):
            return Answer(
                {
                    "user_code": "ABC\x1b[31mD",
                    "device_code": "d",
                    "verification_uri": "https://microsoft.com/devicelogin",
                    "expires_in": 900,
                    "interval": 1,
                }
            )
        said = self.said.pop(0)
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, Answer) else Answer(said, 400 if "error" in said else 200)

    def close(self) -> None:
        pass


def granted(access: str = ACCESS, name: str = "", **more: Any) -> dict[str, Any]:
    """What is answered; with the name of a person, an identity and a way to refresh."""
    found = {"access_token": access, "expires_in": 3600, "token_type": "Bearer", **more}
    if not name:
        return found
    claims = {"aud": "4711", "iss": "x", "sub": name, "oid": name, "preferred_username": name, "exp": 4_000_000_000}
    body, who = (urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (claims, {"uid": name, "utid": "t"}))
    scope = " ".join(command.PERSON_SCOPES)
    return found | {"refresh_token": REFRESH, "id_token": f"e30.{body}.x", "client_info": who, "scope": scope}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def invoke(microsoft: Microsoft, *words: str) -> Result:
        monkeypatch.setattr(command, "reach", lambda: microsoft)
        result = CliRunner().invoke(main, ["token", "microsoft", *APPLICATION, *words])
        assert not any(secret in result.stderr for secret in (SECRET, ACCESS, REFRESH)), result.stderr
        return result

    return invoke


@pytest.fixture
def secret(tmp_path: Path) -> str:
    return private(tmp_path / "secret", SECRET + "\n")


def private(file: Path, text: str) -> str:
    file.write_text(text)
    file.chmod(0o600)
    return str(file)


def logged_in(run: Run, cache: Path, *names: str) -> None:
    for name in names:
        found = run(Microsoft(granted(name=name)), "--cache", str(cache), "--login")
        assert (found.exit_code, found.stdout) == (0, ""), found.stderr
        assert f"{name} is logged in." in found.stderr


def test_the_application_gets_a_token_on_stdout_and_nothing_else(run: Run, secret: str) -> None:
    microsoft = Microsoft(granted())
    found = run(microsoft, "--client-secret-file", secret)
    assert (found.exit_code, found.stdout, found.stderr) == (0, ACCESS + "\n", "")
    (asked,) = microsoft.asked
    assert (asked["grant_type"], asked["client_secret"]) == ("client_credentials", SECRET)
    assert asked["scope"] == "https://outlook.office365.com/.default"


def test_a_token_in_the_cache_is_used_again(run: Run, secret: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    microsoft = Microsoft(granted())
    for _ in range(3):
        found = run(microsoft, "--client-secret-file", secret, "--cache", str(cache))
        assert (found.exit_code, found.stdout) == (0, ACCESS + "\n")
    assert len(microsoft.asked) == 1
    assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_person_logs_in_once_and_is_refreshed_silently(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    logged_in(run, cache, "support@example.org")
    microsoft = Microsoft()
    assert run(microsoft, "--cache", str(cache)).stdout == ACCESS + "\n"
    assert microsoft.asked == []
    kept = json.loads(cache.read_text())
    for entry in kept["AccessToken"].values():
        entry["expires_on"] = entry["extended_expires_on"] = "1"
    private(cache, json.dumps(kept))
    microsoft = Microsoft(granted("new.token", name="support@example.org"))
    assert run(microsoft, "--cache", str(cache)).stdout == "new.token\n"
    assert [asked["grant_type"] for asked in microsoft.asked] == ["refresh_token"]
    assert run(Microsoft(), "--cache", str(cache)).stdout == "new.token\n", "it is kept"


def test_the_code_is_said_on_stderr_without_controls(run: Run, tmp_path: Path) -> None:
    found = run(Microsoft(granted(name="a@example.org")), "--cache", str(tmp_path / "c"), "--login")
    assert "Open https://microsoft.com/devicelogin and enter the code ABC[31mD\n" in found.stderr
    assert "\x1b" not in found.output


def test_one_of_several_logins_is_named(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    logged_in(run, cache, "a@example.org", "b@example.org")
    found = run(Microsoft(), "--cache", str(cache))
    assert (found.exit_code, found.stdout) == (1, "")
    assert "name one with --account" in found.stderr
    assert run(Microsoft(), "--cache", str(cache), "--account", "b@example.org").stdout == ACCESS + "\n"


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        (
            {"error": "invalid_client", "error_description": f"AADSTS7000215: wrong secret {SECRET}"},
            1,
            "Microsoft gives no token (invalid_client, AADSTS7000215): look at the application's secret",
        ),
        ({"error": "temporarily_unavailable"}, 75, "(temporarily_unavailable): try again later"),
        (Answer("<html>", 503), 75, "Microsoft gives an answer that is none: try again later"),
        (requests.ConnectionError(f"no route, {SECRET}"), 75, "Microsoft cannot be reached (ConnectionError)"),
        (requests.Timeout(), 75, "Microsoft cannot be reached (Timeout)"),
        (Answer("<html>"), 75, "Microsoft gives an answer that is none: try again later"),
    ],
)
def test_what_goes_wrong_is_said_without_a_secret(run: Run, secret: str, said: Any, code: int, sentence: str) -> None:
    found = run(Microsoft(said), "--client-secret-file", secret)
    assert (found.exit_code, found.stdout) == (code, ""), found.output
    assert sentence in found.stderr
    assert "Traceback" not in found.stderr


def test_a_login_that_has_ended_asks_for_a_person(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "cache.json"
    assert "run it once by hand with --login" in run(Microsoft(), "--cache", str(cache)).stderr
    logged_in(run, cache, "support@example.org")
    kept = json.loads(cache.read_text())
    kept["AccessToken"] = {}
    private(cache, json.dumps(kept))
    refusal = {"error": "invalid_grant", "error_description": f"AADSTS70043: {REFRESH} has expired"}
    found = run(Microsoft(refusal, refusal), "--cache", str(cache))
    assert (found.exit_code, found.stdout) == (1, "")
    assert "(invalid_grant, AADSTS70043): run it once by hand with --login" in found.stderr


@pytest.mark.parametrize(
    "content", ["", "{", "[1]", "[" * 100_000, '{"AccessToken": 7}', '{"Account": {"a": 7}}', "x" * (1 << 20) + "x"]
)
def test_a_cache_that_cannot_be_read_is_said(run: Run, tmp_path: Path, content: str) -> None:
    found = run(Microsoft(), "--cache", private(tmp_path / "cache", content))
    assert (found.exit_code, found.stdout) == (1, ""), found.output
    assert found.stderr.startswith("Error: ")
    assert "Traceback" not in found.stderr


def test_a_file_that_others_may_read_is_refused(run: Run, secret: str) -> None:
    Path(secret).chmod(0o640)
    found = run(Microsoft(), "--client-secret-file", secret)
    assert (found.exit_code, found.stdout) == (1, "")
    assert f"is open to others (0640): chmod 600 {secret}" in found.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--client-secret-file", "s", "--login"),
        ("--client-secret-file", "s", "--account", "a"),
        ("--cache", "c", "--tenant", "a/../b"),
    ],
)
def test_options_that_make_no_sense_are_refused(run: Run, words: tuple[str, ...]) -> None:
    assert run(Microsoft(), *words).exit_code == 2


def test_a_missing_library_says_what_to_install(run: Run, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "msal", None)
    found = run(Microsoft(), "--client-secret-file", secret)
    assert (found.exit_code, found.stderr) == (1, 'Error: msal is not installed: pip install "replydesk[microsoft]"\n')
