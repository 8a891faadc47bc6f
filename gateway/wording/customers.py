"""What mails to customers say: their facts become the words that their templates put in place.

In: clean facts, a language's `Speech`. Out: what the template of that purpose asks for.
"""

from __future__ import annotations

from typing import Any

from gateway.letter import cut
from gateway.wording import questions
from gateway.wording.speech import Speech, instant_of

_MOST_LINES = 14
"""Lines of its own that an acknowledgement has at most (voice, rule 2)."""
_MOST_UNDERSTOOD = 7
_OTHERS = 7
"""Lines of an acknowledgement beside what was understood, with blank ones and a promise of two lines."""
_WRONG_KIND = 3
"""Lines that say what to answer where the kind is wrong."""
_MOST_ASKING = 4
"""Lines of what was understood where the same mail asks."""


def acknowledgement(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    understood = {str(key): speech.value(key, value) for key, value in facts["understood"]}
    if "kind" in understood and (topic := understood.pop("topic", "")):  # one line, as a person would say it
        subtopic = understood.pop("subtopic", "")
        understood["kind"] += f" ({topic}, {subtopic})" if subtopic else f" ({topic.replace(' / ', ', ')})"
    told = [(speech.label(key), value) for key, value in understood.items()] + questions.found(facts["found"], speech)
    asks = bool(facts["questions"])
    facts["understood"] = told[: _MOST_ASKING - bool(facts["previous"]) if asks else _MOST_UNDERSTOOD]
    facts["answer_by"] = speech.moment(facts["answer_by"])
    lines = _OTHERS + bool(facts["previous"]) + len(facts["understood"]) + _WRONG_KIND
    facts["wrong_kind"] = "kind" in understood and lines <= _MOST_LINES and not asks
    return questions.posed(facts, speech)


def promise(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts["promise"] = speech.moment(facts["promise"])
    return facts


def answer(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts["promise"] = speech.moment(facts["promise"])
    facts["history"] = [(speech.moment(h["at"]), h["who"], cut(h["text"], 2_000)) for h in facts["history"][:2]]
    return questions.posed(facts, speech)


def status(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    late = instant_of(facts["answer_by"])
    facts["late"] = late is not None and late < speech.written
    facts["status"] = speech.value("status", facts["status"])
    for name in ("answer_by", "planned", "call"):
        facts[name] = speech.moment(facts[name])
    if facts["last"]:
        facts["last"] = {**facts["last"], "at": speech.moment(facts["last"]["at"])}
    return facts


def consent(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    for name in ("came", "lapses", "start"):
        facts[name] = speech.moment(facts[name])
    return facts


def probe(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts["asked_at"] = speech.moment(facts["asked_at"])
    return facts


def retyped(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts["kind"] = speech.value("kind", facts["kind"]) if facts["kind"] else ""
    facts.update(label=speech.label("kind"), answer_by=speech.moment(facts["answer_by"]))
    return facts
