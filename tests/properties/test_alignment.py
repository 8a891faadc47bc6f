"""Whatever a client does to our text and wherever somebody answers: exactly the answers are left.

The oracle is the way that the reply was made: our real letters are rendered, wrapped, quoted, turned into HTML and back
and broken up by answers whose lines are remembered. Short and repeatable in CI; `REPLYDESK_LONG=1` searches longer.
"""

import os
import textwrap
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.letter import Letter
from gateway.wording import render
from parsing.message import Mailbox
from parsing.pages.markup import to_text
from parsing.words.alignment import Origin, origins, ours
from store.records import Purpose

LONG = bool(os.environ.get("REPLYDESK_LONG"))
SETTINGS = settings(
    max_examples=5_000 if LONG else 150,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)

QUESTIONS = (
    "Four things would help us:\n\nAffected users:\nSteps to reproduce:\nExpected:\nObserved:\n\nWrite behind each."
)
HISTORY = [
    {"at": "2026-11-20T13:00:00Z", "who": "you", "text": "Search is very slow.\n\nSince this morning, everywhere."}
]
FACTS = {
    "asked": (
        Purpose.ANSWER,
        {"greeting_name": "Nora", "words": QUESTIONS, "closing": "Anastasia", "history": HISTORY},
    ),
    "told": (
        Purpose.ANSWER,
        {
            "words": "the index was rebuilt until noon – is it faster now? Open https://status.example/search and "
            "tell us which of the two lamps you see.\n\n- the red one\n- the green one\n\nThen we know more.",
            "outcome": "the index was rebuilt.",
            "reopen_days": 14,
        },
    ),
    "understood": (
        Purpose.ACKNOWLEDGEMENT,
        {"understood": [["kind", "support"], ["affected_users", "about 25"]], "answer_by": "2026-11-23T10:00:00Z"},
    ),
    "resolved": (Purpose.RESOLVED, {"outcome": "A search takes less than a second again.", "reopen_days": 14}),
}


def letter(name, language):
    """The text and the HTML of a mail of ours."""
    purpose, facts = FACTS[name]
    _, text, html = render(
        Letter(
            purpose=purpose,
            language=language,
            to=Mailbox(address="nora@northwind.example"),
            from_=Mailbox(address="support@desk.example"),
            reply_to="support@desk.example",
            message_id="<1@desk.example>",
            date=datetime(2026, 11, 21, 9, tzinfo=UTC),
            subject="[DESK-1042] x",
            reference="DESK-1042",
            facts=facts,
        )
    )
    return text, html


LETTERS = {(name, language): letter(name, language) for name in FACTS for language in ("en", "de", "fr")}
letters = st.sampled_from(sorted(LETTERS))
# No word of an answer begins as ours do: then nobody could say whose it is.
answers = st.lists(
    st.text(alphabet=st.sampled_from("xyzqжщ七八😀 "), min_size=3, max_size=30).filter(str.strip).map("xq {}".format),
    min_size=1,
    max_size=3,
).map(lambda lines: [" ".join(line.split()) for line in lines])
marks = st.sampled_from(["> ", ">", ">> ", "| ", ""])
widths = st.sampled_from([0, 30, 60, 72, 76, 120])


def wrapped(text, width):
    """Lines of at most so many characters, broken as mail clients break them: between words."""
    return [
        piece
        for line in text.split("\n")
        for piece in (textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) if width else [line])
        or [""]
    ]


@SETTINGS
@given(letters, st.booleans(), marks, widths, answers, answers)
def test_words_above_and_below_are_left(which, html, mark, width, above, below):
    text, source = LETTERS[which]
    quotation = [f"{mark}{line}".rstrip() for line in wrapped(to_text(source) if html else text.rstrip(), width)]
    body = [*above, "", *quotation, "", *below]
    assert left(body, text) == [*above, *below]


@SETTINGS
@given(letters, st.booleans(), marks, st.data())
def test_answers_between_are_left(which, html, mark, data):
    """He answers below whole lines, where the paragraph of ours ends."""
    text, source = LETTERS[which]
    lines = (to_text(source) if html else text.rstrip()).split("\n")
    body, wanted = ["xq yes", ""], ["xq yes"]
    for line in lines:
        body.append(f"{mark}{line}".rstrip())
        own_layout = line[:1] in {">", "-", " ", "_", ""}
        if not own_layout and data.draw(st.integers(0, 2)) == 0:
            answer = data.draw(answers)
            body.extend(answer)
            wanted.extend(answer)
    found = left(body, text)
    assert [line for line in found if line in wanted] == wanted
    if mark:
        assert found == wanted


@SETTINGS
@given(letters, st.sampled_from(["> ", ">> "]), st.data())
def test_answers_that_bear_a_mark_too_are_found(which, mark, data):
    text, _ = LETTERS[which]
    body, wanted = [], set()
    lines = text.rstrip().split("\n")
    for line in lines:
        body.append(f"{mark}{line}".rstrip())
        if line.endswith((":", "?")) and not line.startswith((">", " ")) and data.draw(st.booleans()):
            answer = [f"{mark}{answer}" for answer in data.draw(answers)]
            body.extend(answer)
            wanted.update(answer)
    found = origins(body, (text,))
    assert {line for line, origin in zip(body, found, strict=True) if origin is Origin.INSERTED} == wanted


@SETTINGS
@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from(LETTERS["asked", "en"][0].split("\n"))), max_size=30))
def test_it_never_raises_and_nothing_sent_is_nothing_ours(lines):
    texts = tuple(text for text, _ in LETTERS.values())
    assert len(ours(lines, texts)) == len(lines)
    assert ours(lines, ()) == [False] * len(lines)
    assert len(ours(texts[0].split("\n"), tuple(lines))) == len(texts[0].split("\n"))


def left(body, text):
    """The lines that are not ours, without what is nobody's: empty lines, marks and rules."""
    return [line for line, flag in zip(body, ours(body, (text,)), strict=True) if not flag and line.strip(">|-_ ")]
