"""What a ticket knows of its matter, as lines for a shell.

In: the view of one ticket. Out: a line on how far asking has got, and one for each fact, with where it is from. Never
more than the view has: a sensitive fact has no value there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STAGES = {
    "asking": "the customer is asked",
    "handed": "a person asks for the rest",
    "stopped": "nobody is asked any more",
}
_STATES = {
    "missing": "missing",
    "unsure": "perhaps said, nobody can be sure",
    "unknown": "they do not know",
    "waived": "not needed",
}
_LONGEST = 80


def lines(intake: Mapping[str, Any]) -> list[str]:
    """Nothing where nothing is needed and nothing is known."""
    if not intake["fields"]:
        return []
    stage = f"; {_STAGES[intake['stage']]}" if intake["stage"] in _STAGES else ""
    rounds = f", asked {intake['rounds']} times" if intake["rounds"] > 1 else ", asked once" if intake["rounds"] else ""
    words = "complete" if intake["complete"] else f"{len(intake['missing'])} of {len(intake['needed'])} facts missing"
    return [
        f"Intake: {words}{rounds}{stage}",
        *(f"  {name.replace('_', ' ').capitalize()}: {_said(fact)}" for name, fact in intake["fields"].items()),
    ]


def _said(fact: Mapping[str, Any]) -> str:
    state: str = fact["state"]
    if state != "present":
        unsure = f": {_short(fact['source'])}" if state == "unsure" and fact["source"] else ""
        return _STATES.get(state, state) + unsure
    source = f' ("{_short(fact["source"])}")' if fact["source"] and fact["source"] != fact["value"] else ""
    where = ", ".join(filter(None, (fact["how"], fact["by"])))
    value = _short(fact["value"]) if fact["value"] else "said, and repeated nowhere"
    return value + (source if fact["value"] else "") + (f", {where}" if where else "")


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
