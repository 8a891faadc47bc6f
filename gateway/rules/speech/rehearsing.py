"""A dry run: what a mail of ours would have done, for its author to read.

In: what would follow. Out: the words that would leave, as reports of the transcript. Nothing of it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from gateway.rules.desk import Desk
from gateway.rules.notices import notice
from gateway.rules.staff import Said
from gateway.rules.verbs.request import Report
from store.records import Effect, Purpose, Role, SendMail

_MOST_LINES = 200
"""Lines of somebody's own words that are shown to them again."""
_UNNUMBERED = re.compile("\0[^\0]{0,60}\0")
_T = TypeVar("_T")


def previews(said: Said, effects: Sequence[Effect], desk: Desk) -> tuple[Report, ...]:
    """Who outside would get a mail, under which subject, with which of the author's words; and the note that would
    stay inside."""
    files = tuple(f"File: {file.filename}" for file in said.files)
    found = []
    for mail in effects:
        if isinstance(mail, SendMail) and mail.role is Role.CUSTOMER:
            own = (*_lines(mail.facts["words"]), *files) if mail.purpose is Purpose.ANSWER else (_TEMPLATES,)
            subject = f"Subject: [{_reference(mail, desk)}] {mail.subject}"
            found.append(Report(title=f"To {notice.whole(mail.to)}", lines=(subject, "", *own)))
    if said.speaks and not said.public:
        words = said.told(said.requester, said.plan.ticket, desk)
        found.append(Report(title="Your note, as it would stay inside", lines=(*_lines(words), *files)))
    return tuple(found)


def _lines(words: str) -> list[str]:
    return words.split("\n")[:_MOST_LINES]


_TEMPLATES = "(in the desk's own words)"


def _reference(mail: SendMail, desk: Desk) -> str:
    return desk.reference(mail.ticket) if mail.ticket is not None else ""


def unnumbered(value: _T) -> _T:
    """The same, where a ticket that is not opened has no number."""
    found: Any = value
    if isinstance(value, str):
        found = _UNNUMBERED.sub("a new ticket", value)
    elif isinstance(value, Mapping):
        found = {name: unnumbered(one) for name, one in value.items()}
    elif isinstance(value, list | tuple):
        found = [unnumbered(one) for one in value]
    same: _T = found
    return same
