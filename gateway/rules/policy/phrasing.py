"""What an agent says by template, as values: the texts, and how each language says a moment.

Made by `gateway.config.policy.phrasing`, read by `gateway.rules.speech.phrasing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OWN = ("name", "reference", "answer_by")
"""What every template may say without declaring it: whom it is for, which ticket, when a person answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text that agents send by its name. `words` are by language; `variables` what it wants beside `OWN`."""

    name: str
    words: Mapping[str, str]
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How one language says a moment."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    first_day: str
    moment: str
    zones: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """All templates by name, and the languages that they may be in."""

    templates: Mapping[str, Template] = field(default_factory=dict)
    tongues: Mapping[str, Tongue] = field(default_factory=dict)
