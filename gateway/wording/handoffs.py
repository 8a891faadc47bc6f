"""What the mail of a handoff says: to whoever of us is asked to take it, or to a tracker outside.

In: clean facts, a language's `Speech`. Out: what the template asks for. Names of fields that the edge does not rename
are said in words.
"""

from __future__ import annotations

from typing import Any

from gateway.letter import cut
from gateway.wording.speech import Speech
from gateway.wording.staff import standing, written

_LONGEST_PROBLEM = 6_000
_LONGEST_ENTRY = 1_500
_MOST_ENTRIES = 10


def handoff(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """How the ticket stands, the problem, what is known and what was said, each short enough to be read."""
    facts["until"] = speech.moment(facts["until"])
    facts["learns"] = facts["by"] or "whoever owns it"
    facts["by"] = facts["by"] or "a rule"
    facts = standing(facts, speech)
    facts["problem"] = cut(facts["problem"], _LONGEST_PROBLEM)
    facts["words"] = cut(facts["words"], _LONGEST_PROBLEM)
    facts["fields"] = [(_named(name, speech), value) for name, value in facts["fields"]]
    facts["appendix"] = [(_named(name, speech), value) for name, value in facts["appendix"]]
    facts["entries"] = [written(entry, speech, _LONGEST_ENTRY) for entry in facts["entries"][-_MOST_ENTRIES:]]
    return facts


def _named(name: str, speech: Speech) -> str:
    """`Steps to reproduce`; the other side's own name stays as it is written."""
    return speech.label(name) if name.islower() else name
