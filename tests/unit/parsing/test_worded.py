"""Mails without a header of any machine: what only subject and text say, in a dozen languages and more.

Each row of `worded.json` was written before anybody looked what the program would make of it.
"""

import json
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from parsing.reading import read

ROWS = json.loads(Path(__file__).with_name("worded.json").read_text(encoding="utf-8"))


def _mail(row):
    mail = EmailMessage(policy=SMTP)
    mail["From"] = row.get("from", "Tom Hale <tom@contoso.example>")
    mail["To"] = "support@desk.example"
    mail["Subject"] = row["subject"]
    mail["Date"] = "Tue, 04 Mar 2025 10:00:00 +0100"
    mail["Message-ID"] = "<a1@contoso.example>"
    if row["answers"]:
        mail["In-Reply-To"] = mail["References"] = "<ours.1@desk.example>"
    mail.set_content(row["text"] + "\n")
    return mail.as_bytes()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}-{row['language']}-{row['subject'][:30]}")
def test_words_alone(row):
    found = read(_mail(row))
    assert found.kind.value == row["kind"], found.kind_reasons
    if row["kind"] == "out_of_office" and row["subject"].startswith(("Re:", "AW:")):
        assert found.judged_by_words


def test_there_are_twelve_languages_of_each():
    for kind in ("out_of_office", "human", "bounce"):
        assert len({row["language"] for row in ROWS if row["kind"] == kind}) >= 12
