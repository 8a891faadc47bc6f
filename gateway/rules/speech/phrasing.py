"""What a template says to one reader: its words in their language, with the values of its variables.

In: a template, values that an agent gave, the ticket, the reader. Out: text, or why there is none. Values are put in
once and never read as a template themselves. A language that the template does not have falls back to the desk's first
language as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.rules.acknowledge import zone_of
from gateway.rules.desk import Desk
from gateway.rules.notices.notice import destination
from gateway.rules.policy.phrasing import Template, Tongue
from store.records import Person, Ticket

MOST_VALUE = 300
"""Letters of a value that an agent gives."""
_PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A template with the values that it was called with."""

    template: Template
    values: Mapping[str, str] = field(default_factory=dict)

    def said_to(self, person: Person, ticket: Ticket, language: str, desk: Desk) -> str:
        """What this reader reads; what nobody knows of them is left out."""
        spoken = self._language(language, desk)
        values = {**self.values, **_own(person, ticket, spoken, desk)}
        text = _PLACE.sub(lambda found: values.get(found[1], found[0]), self.template.words[spoken])
        return text.strip("\n").rstrip()

    def _language(self, wanted: str, desk: Desk) -> str:
        words = self.template.words
        known = (wanted.partition("-")[0].lower(), *desk.languages)
        return next((language for language in known if language in words), next(iter(words)))

    def lacks(self, ticket: Ticket) -> str:
        """What the template says and nobody knows now; empty when all is known."""
        wanted = {name for text in self.template.words.values() for name in places(text)}
        if "answer_by" in wanted and ticket.response_due is None:
            return "answer_by"
        return ""


def places(text: str) -> list[str]:
    """The variables that a text has."""
    return list(dict.fromkeys(_PLACE.findall(text)))


def greeted(person: Person) -> str:
    """How somebody is greeted: by their name, where it is one; nobody is greeted by an address."""
    name = destination(person)
    return "" if name == person.address else name


def _own(person: Person, ticket: Ticket, language: str, desk: Desk) -> dict[str, str]:
    due = ticket.response_due
    zone = zone_of(desk, person.address) or desk.zone
    return {
        "name": greeted(person) or person.address.partition("@")[0],
        "reference": desk.reference(ticket.ref),
        "answer_by": moment(due, desk.phrasing.tongues.get(language), zone) if due is not None else "",
    }


def moment(at: datetime, tongue: Tongue | None, zone: str) -> str:
    """A moment as a language says it, in this zone."""
    local = at.astimezone(ZoneInfo(zone))
    if tongue is None:
        return f"{local:%Y-%m-%d, %H:%M}"
    return tongue.moment.format(
        weekday=tongue.weekdays[local.weekday()],
        day=tongue.first_day if local.day == 1 else str(local.day),
        month=tongue.months[local.month - 1],
        year=local.year,
        hour=local.hour,
        minute=f"{local.minute:02}",
        zone=tongue.zones.get(zone) or zone.rpartition("/")[2].replace("_", " "),
    )
