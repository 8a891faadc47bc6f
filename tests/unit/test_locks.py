"""The lock files: what a running desk is installed from is what its tests ran with."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("dkimpy", "hypothesis", "import-linter", "mypy", "pytest", "ruff")


def pinned(name: str) -> dict[str, set[str]]:
    """What each line pins, and its hashes."""
    found: dict[str, set[str]] = {}
    pin = ""
    for line in (ROOT / name).read_text("utf-8").splitlines():
        words = line.rstrip(" \\").strip()
        if line.startswith(" "):
            found[pin].add(words)
        else:
            pin = words
            found[pin] = set()
    return found


def test_the_service_runs_on_what_was_tested_and_has_no_tools_of_developers():
    service, all_of_them = pinned("service.lock"), pinned("requirements.lock")
    assert {pin: all_of_them.get(pin) for pin in service} == service
    names = {pin.partition("==")[0] for pin in service}
    assert not names.intersection(TOOLS)
    assert {"aiosmtpd", "cryptography", "hatchling", "msal", "psycopg", "sqlalchemy"} <= names


@pytest.mark.parametrize("name", ["service.lock", "requirements.lock", "fuzz.lock"])
def test_a_lock_has_hashes_and_names_no_index(name):
    found = pinned(name)
    assert found
    for pin, hashes in found.items():
        assert "==" in pin, "no option and no address stands here"
        assert hashes
        assert all(one.startswith("--hash=sha256:") for one in hashes)
