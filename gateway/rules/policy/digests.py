"""When everybody's daily digest leaves, as values: what `[digests]` and `[[agent]]` say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

OFF, SHIFT = "off", "shift"
"""No digest; at the beginning of the person's shift."""

When = str | time
"""`OFF`, `SHIFT`, or a time of the person's own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """`usual` is for everybody of whom `own` (by short name) says nothing else."""

    usual: When = OFF
    own: Mapping[str, When] = field(default_factory=dict)

    def at(self, name: str) -> When:
        """When this member of staff gets theirs on a day of work."""
        return self.own.get(name, self.usual)
