"""Mails that we wrote for what public collections lack, each with what must be understood of it.

In: `KIND/NAME.eml` (bytes as they came) and `KIND/NAME.json`: those keys of `replydesk read` that matter, with their
values; a key `sent` names files of `sent/` that hold what we had sent before. A list is compared whole, an object by
the keys it has; a `reply` or `text` ignores white space at line ends.
"""

import json
from pathlib import Path

import pytest

from parsing.message import Reading
from parsing.portrait import as_json
from parsing.reading import read

HERE = Path(__file__).parent
MAILS = sorted(HERE.glob("*/*.eml"))
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")


def differences(expected, found, path=""):
    """Where `found` is not what is expected, as sentences."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            line
            for key, value in expected.items()
            for line in (
                differences(value, found[key], f"{path}.{key}") if key in found else [f"{path}.{key} is missing"]
            )
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [
            line
            for number, (one, other) in enumerate(zip(expected, found, strict=True))
            for line in differences(one, other, f"{path}[{number}]")
        ]
    if isinstance(expected, str) and isinstance(found, str):
        expected, found = bare(expected), bare(found)
    return [] if expected == found else [f"{path}: expected {expected!r}, found {found!r}"]


def bare(text):
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: f"{mail.parent.name}/{mail.stem}")
def test_mail_is_understood(mail):
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    sent = tuple((HERE / "sent" / name).read_text(encoding="utf-8") for name in expected.pop("sent", ()))
    found = as_json(read(mail.read_bytes(), Reading(languages=LANGUAGES, html=True), None, sent), mail.name)
    assert expected, "an expectation that expects nothing"
    assert differences(expected, found) == []


def test_there_are_enough():
    assert len(MAILS) >= 150
    assert [mail.stem for mail in MAILS if not mail.with_suffix(".json").exists()] == []
