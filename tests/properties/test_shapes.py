"""Whatever a colleague types above any mail of ours, in any client: commands and words read back as they were typed.

What stands in the quotation, in the signature or in the client's own lines is never a command and never a new word.
Short and repeatable in CI; `REPLYDESK_LONG=1` searches longer and at random.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.rules.desk import Agent
from gateway.rules.speech.signature import unsigned
from parsing.command import commands
from parsing.message import Reading
from parsing.reading import read
from tests.shapes import SHAPES, Answer

GOLDEN = Path(__file__).parents[1] / "unit" / "compose" / "golden"
AGENT = Agent(
    name="anastasia", full_name="Anastasia Winter", address="anastasia@desk.example", team="", roles=frozenset()
)
LONG = bool(os.environ.get("REPLYDESK_LONG"))
SETTINGS = settings(
    max_examples=400 if LONG else 12,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
PLANTED = "#close\n#resolve planted\n#note planted"
NOTICES = ("notice.en", "notice.card.en", "notice.work.en", "transcript.en", "held.en")
VERBS = ("#accept", "#Priority 2", "#tag +search -slow", "#todo call the carrier", "#WAIT customer", "#log 45m",
         "#set subtype leased line", "#cc bob@northwind.example", "#note")  # fmt: skip
WORDS = ("the", "index", "was", "rebuilt", "“twice”", "– it’s", "fast", "now", "größer", "été", "4.21", "100 %", "and",
         "bob@northwind.example", "(again)", "a/b", "shop")  # fmt: skip

typed = st.lists(st.sampled_from(WORDS), min_size=3, max_size=9).map(lambda words: f"It is {' '.join(words)}.")
said = st.lists(st.one_of(typed, st.just("")), min_size=1, max_size=6).filter(lambda lines: any(lines))


def _quoted(name: str) -> tuple[str, str]:
    """A mail of ours whose quoted words hold commands."""
    text = (GOLDEN / f"{name}.txt").read_text("utf-8")
    html = (GOLDEN / f"{name}.html").read_text("utf-8")
    shown = "".join(f"<p>{line}</p>" for line in PLANTED.split("\n"))
    return f"{text}\n{PLANTED}\n", html.replace("</main>", f"{shown}</main>")


@pytest.mark.parametrize("client", SHAPES)
@given(st.lists(st.sampled_from(VERBS), max_size=4, unique=True), said, st.sampled_from(NOTICES))
@SETTINGS
def test_commands_and_words_read_back(client: str, verbs: list[str], lines: list[str], notice: str) -> None:
    quoted, html = _quoted(notice)
    typed = [*verbs, *([""] if verbs else []), *lines]
    answer = Answer(
        name=AGENT.full_name,
        address=AGENT.address,
        to="support+kabcdefghijklmnopqrstuvwxyz@desk.example",
        subject="[DESK-1042] Search is very slow",
        message_id="<s1@client.example>",
        in_reply_to="<n1@desk.example>",
        references="<n1@desk.example>",
        at=datetime(2026, 11, 23, 8, 2, tzinfo=UTC),
        lines=typed,
        quoted=quoted,
        quoted_html=html,
    )
    mail = read(SHAPES[client](answer), Reading(languages=("en", "de", "fr")), None, (quoted,))
    found, meant = commands(mail.reply), commands("\n".join(typed))
    assert [(one.verb, one.args) for one in found.commands] == [(one.verb, one.args) for one in meant.commands]
    assert _squeezed(unsigned(found.rest, AGENT)) == _squeezed(meant.rest)
    assert "planted" not in mail.reply


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
