"""What a mail says: a letter's facts become words and times of one language, templates put them in their places.

In: a `Letter`. Out: the language that it is in, its text and its HTML. It never lets a fact become markup or a
template, and does no I/O beyond reading its own templates once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.letter import OPTIONAL_FACTS, Letter, clean_facts, clean_line
from gateway.wording import calls, customers, handoffs, overview, questions, staff
from gateway.wording.page import templates, unbroken
from gateway.wording.speech import Speech
from store.records import Purpose

__all__ = ["render"]

_DEFAULT_LANGUAGE = "en"


def render(letter: Letter) -> tuple[str, str, str]:
    """The language that the mail is in, its text and its HTML. A language without this template gives way as a whole
    to English: a mail is never mixed."""
    language = letter.language.partition("-")[0].lower()
    if (pair := templates(language, letter.purpose)) is None:
        language = _DEFAULT_LANGUAGE
        pair = templates(language, letter.purpose)
        assert pair is not None
    facts = {**OPTIONAL_FACTS[letter.purpose], **clean_facts(letter.facts)}
    speech = Speech(language, letter)
    view = _VIEWS[letter.purpose](facts, speech) if letter.purpose in _VIEWS else facts
    view.update(language=language, reference=clean_line(letter.reference), subject=clean_line(letter.subject))
    return language, pair[0].render(view), pair[1].render({**view, "reference": unbroken(view["reference"])})


_VIEWS: Mapping[Purpose, Callable[[dict[str, Any], Speech], dict[str, Any]]] = {
    Purpose.ACKNOWLEDGEMENT: customers.acknowledgement,
    Purpose.ANSWER: customers.answer,
    Purpose.NOTICE: staff.notice,
    Purpose.TRANSCRIPT: staff.transcript,
    Purpose.HELD: staff.held,
    Purpose.UNDELIVERED: staff.undelivered,
    Purpose.CONFIRMATION: staff.confirmation,
    Purpose.CONSENT: customers.consent,
    Purpose.STATUS: customers.status,
    Purpose.QUESTION: questions.question,
    Purpose.PROMISE: customers.promise,
    Purpose.RETYPED: customers.retyped,
    Purpose.REMINDER: staff.reminder,
    Purpose.WARNING: staff.warning,
    Purpose.HANDOFF: handoffs.handoff,
    Purpose.DIGEST: overview.digest,
    Purpose.OFFER: calls.offer,
    Purpose.INVITE: calls.appointed,
    Purpose.UNINVITE: calls.appointed,
    Purpose.CALL: calls.word,
    Purpose.CALL_REMINDER: calls.appointed,
    Purpose.BRIEF: calls.brief,
    Purpose.STAND_DOWN: calls.stand_down,
    Purpose.CALL_NOTICE: calls.notice,
    Purpose.PROBE: customers.probe,
}
