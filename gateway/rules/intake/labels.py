"""How our own people read the name of a field: in one way wherever it stands, in a notice, a reply, an overview.

In: the name of a field, the desk. Out: words. What customers read is another matter (`rules/mails/questions.py`).
"""

from __future__ import annotations

from gateway.rules import workflow
from gateway.rules.desk import Desk

LANGUAGE = "en"
"""What our own people read."""


def called(name: str, desk: Desk) -> str:
    """The label of a declared field, the name of any other as people say it."""
    wanted = desk.inquiry.fields.get(name)
    if wanted is None or not wanted.label:
        return workflow.spoken(name)
    return wanted.label.get(LANGUAGE) or next(iter(wanted.label.values()))
