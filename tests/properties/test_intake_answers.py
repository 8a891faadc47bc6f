"""Whatever somebody answers to questions of ours, in any client and wherever they write it: it is read back unchanged.

The questions are a mail of ours, as text and as HTML; the answers are written into one of the layouts that people use
and sent through one of the clients of `tests.shapes`. Short and repeatable in CI; `REPLYDESK_LONG=1` searches longer
and at random.

Two things are ambiguous, and nobody could tell them apart: a list that counts on from the number of its own question
(in the layout of numbers, lists therefore have bullets), and a line of an answer that is the name of another field.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html import escape
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.compose import compose
from gateway.letter import Letter
from parsing import reply
from parsing.intake import answers
from parsing.intake.answers import Said
from parsing.message import Choice, Mailbox, Reading, Sought
from parsing.reading import read
from parsing.subject import base
from store.records import Purpose
from tests.shapes import SHAPES, Answer

LONG = bool(os.environ.get("REPLYDESK_LONG"))
SETTINGS = settings(
    max_examples=300 if LONG else 3,
    derandomize=not LONG,
    phases=tuple(Phase) if LONG else (Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)
PLANS = (Choice(value="Basic"), Choice(value="Team"), Choice(value="Enterprise"))
FIELDS = {
    one.name: one
    for one in (
        Sought(name="users", kind="count", labels=("affected users",), cues=("users",)),
        Sought(name="steps", kind="steps", labels=("steps to reproduce",)),
        Sought(name="observed", kind="observed", labels=("what happens",)),
        Sought(name="started", kind="when", labels=("started at",)),
        Sought(name="remark", kind="text", labels=("anything else",)),
        Sought(name="everybody", kind="yesno", labels=("everybody",)),
        Sought(name="plan", kind="choice", labels=("plan",), choices=PLANS),
        Sought(name="invoice", kind="number", labels=("invoice number",), pattern="INV-####-#####"),
        Sought(name="release", kind="version", labels=("release",)),
        Sought(name="page", kind="url", labels=("web address",)),
    )
}
FREE = ("steps", "observed", "remark")
TYPED = {
    "users": (("25", "25"), ("140", "140"), ("3", "3")),
    "started": (("Friday 20 November, 14:00",) * 2, ("20.11.2026 14:00",) * 2, ("2026-11-20 09:15",) * 2),
    "everybody": (("yes", "yes"), ("no", "no"), ("a", "yes"), ("b)", "no")),
    "plan": (("Team", "Team"), ("b", "Team"), ("(c)", "Enterprise"), ("a) Basic", "Basic")),
    "invoice": (("INV-2026-00042",) * 2, ("INV-2025-31415",) * 2),
    "release": (("4.2.1",) * 2, ("11.0",) * 2),
    "page": (("https://shop.northwind.example/search?q=boots",) * 2,),
}
"""What is typed, and what it means."""
WORDS = (
    "the", "shop", "opens", "größer", "été", "“twice”", "‚Suche‘", "it’s", "«là»", "boots", "100 %", "(again)", "a/b",
    "señor", "menu: File", "then", "naïve", "Straße", '"quoted"', "it", "hangs", "=", "x - y", "& more", "<b>",
)  # fmt: skip
line = st.lists(st.sampled_from(WORDS), min_size=3, max_size=8).map(lambda words: f"We click {' '.join(words)}.")
bullet = line.map(lambda text: f"- {text}")
free = st.one_of(
    line,
    st.lists(line, min_size=2, max_size=4).map("\n".join),
    st.lists(bullet, min_size=2, max_size=4).map("\n".join),
)
counted = st.lists(line, min_size=2, max_size=4).map(
    lambda lines: "\n".join(f"{number}. {text}" for number, text in enumerate(lines, 1))
)
LAYOUTS = ("labelled", "below", "numbered", "ad", "mixed", "inside", "bottom", "subject", "only")
PLACE = "PLACE{}HERE"


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer: what was typed for which field, and what it means."""

    field: Sought
    typed: str
    meant: str


@st.composite
def told(draw: st.DrawFn, layout: str) -> list[Told]:
    """Fields that are asked for, in their order, each with an answer; in the layout of one, only one."""
    count = 1 if layout == "only" else draw(st.integers(2, 4))
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=count, max_size=count, unique=True))
    found = []
    for name in names:
        if name not in FREE:
            typed, meant = draw(st.sampled_from(TYPED[name]))
        elif layout == "subject":
            typed = meant = draw(st.lists(st.sampled_from(WORDS[:4]), min_size=2, max_size=4).map(" ".join))
        else:
            typed = meant = draw(free if layout in ("numbered", "ad") else st.one_of(free, counted))
        found.append(Told(field=FIELDS[name], typed=typed, meant=meant))
    return found


def _question(field: Sought) -> dict[str, Any]:
    values = ("yes", "no") if field.kind == "yesno" else tuple(choice.value for choice in field.choices)
    return {
        "label": field.labels[0].capitalize(),
        "question": f"What can you tell us about {field.labels[0]}?",
        "example": "as it was on Monday",
        "reason": "Then we can see it ourselves.",
        "kind": field.kind,
        "choices": [list(pair) for pair in zip("abc", values, strict=False)],
    }


@cache
def _sent(names: tuple[str, ...]) -> tuple[str, str]:
    """Our mail with these questions, as text and as HTML."""
    letter = Letter(
        purpose=Purpose.QUESTION,
        language="en",
        to=Mailbox(name="Nora Wind", address="nora@northwind.example"),
        from_=Mailbox(name="Desk Example Support", address="support@desk.example"),
        reply_to="support+kabcdefghijklmnopqrstuvwxyz@desk.example",
        message_id="<n1@desk.example>",
        date=datetime(2026, 11, 23, 7, 0, tzinfo=UTC),
        subject="[DESK-1042] Search is very slow",
        reference="DESK-1042",
        facts={"variant": "first", "questions": [_question(FIELDS[name]) for name in names]},
    )
    mail = message_from_bytes(compose(letter), policy=policy.default)
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (part.get_content().replace("\r\n", "\n") for part in parts if part is not None)
    return text, html


def _with_places(text: str, html: str, count: int) -> tuple[str, str]:
    """A mark below each question, where its answer will stand."""
    rows, place, open_ = [], 0, False
    for row in text.split("\n"):
        if open_ and not row.strip():
            rows.append(PLACE.format(place))
            place, open_ = place + 1, False
        rows.append(row)
        open_ = open_ or (bool(re.match(r"(?:\d\. )?[A-Z][a-z ]+:$", row)) and not row.startswith("Reply here"))
    cells = iter(range(count))
    marked = re.sub(r"(<div class=\"room[^>]*>)&nbsp;", lambda cell: f"{cell[1]}{PLACE.format(next(cells))}", html)
    assert place == count
    return "\n".join(rows), marked


def _filled(raw: bytes, given: Sequence[str]) -> bytes:
    """The mail of a client with the answers in their places. Who writes in HTML writes inside the quotation, and the
    plain part that the client makes of it marks his words as quoted; who writes plain text writes between its lines."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for part in mail.walk():
        if part.get_content_maintype() != "text":
            continue
        content = part.get_content().replace("\r\n", "\n")
        for number, words in enumerate(given):
            place = PLACE.format(number)
            if part.get_content_subtype() == "html":
                content = content.replace(place, "<br>".join(escape(row, quote=False) for row in words.split("\n")))
                continue
            found = re.search(rf"^([> \t]*){place}[ \t]*$", content, re.MULTILINE)
            assert found is not None
            mark = found[1] if mail.is_multipart() else ""
            rows = [mark + row for row in words.split("\n")]
            rows = rows if mark else [*rows, ""]
            content = content.replace(found[0], "\n".join(rows))
        part.set_content(content, subtype=part.get_content_subtype(), cte="base64")
    return mail.as_bytes()


def _lines(layout: str, given: Sequence[Told]) -> list[str]:
    rows: list[str] = []
    for number, one in enumerate(given, 1):
        label = one.field.labels[0].capitalize()
        first, *rest = one.typed.split("\n")
        if layout == "below" or (first[:2] in ("1.", "- ") and layout in ("labelled", "mixed", "bottom")):
            first, rest = "", one.typed.split("\n")
        match layout:
            case "numbered":
                rows.append(f"{number}. {first}")
            case "ad":
                rows.append(f"ad {number}: {first}")
            case "mixed":
                rows.append(f"{number}) {label}: {first}".rstrip())
            case "only":
                rows.append(first)
            case _:
                rows.append(f"{label}: {first}".rstrip())
        rows.extend(rest)
        if layout in ("below", "bottom"):
            rows.append("")
    while rows and not rows[-1]:
        del rows[-1]
    return rows


def _written(client: str, layout: str, given: Sequence[Told]) -> tuple[bytes, str]:
    """The answer as it arrives, and our text that it answers."""
    text, html = _sent(tuple(one.field.name for one in given))
    subject, lines, quoted, shown, fills = "[DESK-1042] Search is very slow", [""], text, html, []
    if layout == "inside":
        quoted, shown = _with_places(text, html, len(given))
        fills = [one.typed for one in given]
        lines = ["Hello,", "", "see below."]
    elif layout == "bottom":
        place = PLACE.format(0)
        quoted, shown = f"{text}\n{place}\n", html.replace("</main>", f"<p>{place}</p></main>")
        fills = ["\n".join(_lines(layout, given))]
    elif layout == "subject":
        subject = f"[DESK-1042] {given[0].field.labels[0].capitalize()}: {given[0].typed}"
    else:
        lines = _lines(layout, given)
    answer = Answer(
        name="Nora Wind",
        address="nora@northwind.example",
        to="support+kabcdefghijklmnopqrstuvwxyz@desk.example",
        subject=subject,
        message_id="<r1@client.example>",
        in_reply_to="<n1@desk.example>",
        references="<n1@desk.example>",
        at=datetime(2026, 11, 23, 8, 2, tzinfo=UTC),
        lines=lines,
        quoted=quoted,
        quoted_html=shown,
    )
    raw = SHAPES[client](answer)
    return (_filled(raw, fills) if fills else raw), text


def _understood(raw: bytes, text: str, given: Sequence[Told]) -> answers.Read:
    mail = read(raw, Reading(languages=("en", "de", "fr"), sought=tuple(FIELDS.values())))
    parts = reply.split(mail.text, (text,))
    said = Said(
        subject=base(mail.subject),
        words=parts.reply,
        answers=parts.answers,
        files=mail.attachments,
        language=mail.language,
        title="Search is very slow",
        quoted=parts.quoted,
    )
    return answers.read(said, [one.field for one in given], list(FIELDS.values()))


def _squeezed(text: str) -> str:
    """Clients break lines anew and have their own blanks."""
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("client", SHAPES)
@given(st.data())
@SETTINGS
def test_r40_answers_are_read_back_as_they_were_given(client: str, layout: str, data: st.DataObject) -> None:
    given = data.draw(told(layout))
    raw, text = _written(client, layout, given)
    found = _understood(raw, text, given).candidates
    meant = given[:1] if layout == "subject" else given
    got = {one.field: (one.state, _squeezed(one.value)) for one in found}
    assert got == {one.field.name: ("present", _squeezed(one.meant)) for one in meant}
