"""Scores: cases that came out as their source says, per source, with the interval in which the true rate lies.

In: one `Score.add` a case. Out: a table. Half of the cases are held out, by their group (near copies of one mail share
a group, so no mail is in both halves): what was missed is named for the open half only, and rules are never written
with a case of the held-out half in view.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from math import sqrt
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    """The rows of a manifest."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def is_held_out(row: Row) -> bool:
    """Whether nobody may look at this case."""
    return sha256(str(row["group"]).encode()).digest()[0] % 2 == 1


def interval(right: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval (Wilson 1927, doi 10.1080/01621459.1927.10502953)."""
    if not total:
        return 0.0, 1.0
    z = 1.96
    rate, square = right / total, z * z / total
    middle, half = rate + square / 2, z * sqrt(rate * (1 - rate) / total + square / total / 4)
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


@dataclass(slots=True)
class Score:
    """One measured thing. `bar` is what it must reach, as a rate; `at_most` turns it round."""

    title: str
    bar: float = 0.0
    at_most: bool = False
    counts: dict[tuple[str, bool], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    missed: list[str] = field(default_factory=list)

    def add(self, row: Row, source: str, right: bool, note: str = "") -> None:
        """Count a case; `note` says what was wrong and is kept for the open half only."""
        held = is_held_out(row)
        count = self.counts[source, held]
        count[0] += right
        count[1] += 1
        if right == self.at_most and not held:
            self.missed.append(f"{row.get('id')} {row['file']}: {note}")

    def total(self, held: bool | None = None, source: str = "") -> tuple[int, int]:
        """Right and all: of one half or both, of one source or all."""
        picked = [count for (name, half), count in self.counts.items() if held in {None, half} and source in {"", name}]
        return sum(right for right, _ in picked), sum(count for _, count in picked)

    def table(self) -> str:
        """All of it, then the held-out half, then each source."""
        lines = [
            f"{self.title}" + (f" (bar: {'at most' if self.at_most else 'at least'} {self.bar:g})" if self.bar else "")
        ]
        lines.append(_line("all", *self.total()))
        lines.append(_line("held out", *self.total(held=True)))
        names = sorted({name for name, _ in self.counts})
        if len(names) > 1:
            lines.extend(_line(name, *self.total(source=name)) for name in names)
        return "\n".join(lines)


def _line(name: str, right: int, total: int) -> str:
    low, high = interval(right, total)
    rate = right / total if total else 0.0
    return f"  {name[:44]:<44} {right:>5} of {total:<5} {rate:.3f}  [{low:.3f}, {high:.3f}]"


def squeezed(text: str) -> str:
    """A text without white space, as the source projects compare."""
    return "".join(text.split())
