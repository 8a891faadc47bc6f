"""Free words: they are a value only where they were asked for or named; sentences tell the rest apart.

In: a passage. Out: all of it, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsing.intake.passage import Found, Passage
from parsing.message import Sought


def find(passage: Passage, sought: Sought) -> Iterable[Found]:  # noqa: ARG001 - as all kinds
    """The whole passage without the white space around it."""
    value = passage.text.strip()
    if not passage.asked or not value:
        return ()
    start = passage.text.index(value)
    return (Found(value=value, start=start, end=start + len(value)),)
