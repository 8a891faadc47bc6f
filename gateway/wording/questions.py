"""What mails say that ask for facts: each question as a label, what is to be said there, what a letter answers.

In: clean facts, a language's `Speech`. Out: what the templates ask for. The same lines stand in the text and on the
page: whoever reads an answer knows them again (`parsing.intake.answers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from gateway.letter import clean_line, shorten
from gateway.wording.page import filled
from gateway.wording.speech import Speech

_LONGEST_LABEL = 60
_LONGEST_HINT = 400
"""Letters of a question with its example, and of a reason."""
_LONGEST_CHOICE = 60
_LONGEST_FOUND = 40
_LINE = 67
"""Letters of label and value on a line of 72, with its indent and the colon."""
_MOST_FOUND = 6
_MOST_REASONED = 2
"""Questions that say why they are asked: more than two fill a screen without it."""
_ENDS = (".", "?", "!", ":", "…")


def question(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """A mail that asks and does nothing else."""
    facts["understood"] = found(facts["found"], speech)[:_MOST_FOUND]
    facts["working_days"] = facts["close"]
    return posed(facts, speech)


def posed(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """The facts with their questions as they stand in the mail; more than one have numbers."""
    questions = facts["questions"]
    facts["count"], facts["many"] = len(questions), speech.number(len(questions))
    facts["questions"] = [
        _question(one, speech, number if len(questions) > 1 else 0, reasoned=len(questions) <= _MOST_REASONED)
        for number, one in enumerate(questions, 1)
    ]
    return facts


def found(rows: Sequence[Sequence[str]], speech: Speech) -> list[tuple[str, str]]:
    """What was understood: label and value, of a secret that it is there, of a guess that it is one."""
    return [(shorten(row[0], _LONGEST_FOUND), _value(row, speech)) for row in rows]


def _value(row: Sequence[str], speech: Speech) -> str:
    label, value, *marks = row
    if "given" in marks:
        return speech.asking("given")
    around = speech.asking("perhaps", value="") if "perhaps" in marks else ""
    room = _LINE - min(len(label), _LONGEST_FOUND) - len(around)
    value = shorten(speech.value("", value), room)
    return speech.asking("perhaps", value=value) if around else value


def _question(one: Mapping[str, Any], speech: Speech, number: int, *, reasoned: bool) -> dict[str, Any]:
    label = speech.asking("label", label=shorten(one["label"], _LONGEST_LABEL))
    choices = [
        f"{letter}) {shorten(speech.value(one['kind'], value), _LONGEST_CHOICE)}" for letter, value in one["choices"]
    ]
    label = f"{number}. {label}" if number else label
    hints = tuple(f"({shorten(hint, _LONGEST_HINT)})" for hint in _hints(one, speech, bool(choices), reasoned))
    return {
        "label": label,
        "hints": hints,
        "choices": choices,
        "lines": _lines(label, hints, tuple(choices), "   " if number else "  "),
    }


@lru_cache(1024)
def _lines(label: str, hints: tuple[str, ...], choices: tuple[str, ...], indent: str) -> str:
    """The question as lines of text. A desk asks the same ones in every mail, and nobody's words are in them."""
    return "\n".join((label, *(filled(hint, indent) for hint in hints), *(f"{indent}{choice}" for choice in choices)))


def _hints(one: Mapping[str, Any], speech: Speech, closed: bool, reasoned: bool) -> list[str]:
    """What stands in brackets below a label, a paragraph each."""
    asked = _asked(one["question"], one["example"], speech)
    if closed:
        before = asked if asked.endswith(_ENDS) or not asked else f"{asked}."
        asked = f"{before} {speech.asking('letter')}".lstrip()
    reason = clean_line(one["reason"]) if reasoned else ""
    return [hint for hint in (asked, _secret(one, speech), reason) if hint]


def _asked(question: str, example: str, speech: Speech) -> str:
    """The question with an example of its answer, as one sentence or two."""
    if not question or not example:
        return question or (speech.asking("example", example=example) if example else "")
    if question.endswith(_ENDS):
        return f"{question} {speech.asking('example', example=example)}"
    return f"{question}, {speech.asking('further', example=example)}"


def _secret(one: Mapping[str, Any], speech: Speech) -> str:
    if not one.get("sensitive"):
        return ""
    days = int(one.get("days", 0))
    return speech.asking("secret_days" if days > 1 else "secret_day" if days else "secret", days=days)
