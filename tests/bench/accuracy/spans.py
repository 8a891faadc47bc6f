"""Typed values in short utterances: how many, a day, an hour, first and last names.

In: `tickets/restaurant8k_slots.jsonl`. Out: for each field the F1, counted three ways: a value is said to be
there where one is (`presence`), what is found shares a word with what was marked (`overlap`), it is the very
span that was marked (`exact`, without the dot at its end). The bar is for presence. A value is looked for as an answer
where the utterance answers a question for it; one word alone answers the name that was asked for last where it was
asked for twice, else first. The half that is held out is told by the second byte of the text's digest, because the
first is the same in all rows; what was missed is named for the open half only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from parsing.intake.kinds import KINDS
from parsing.intake.passage import Passage
from parsing.message import Sought
from tests.bench.accuracy.score import Row, rows

BAR = 0.92
_TABLE = ("table", "booking", "reservation", "party", "book", "room for", "seat", "group", "reserve", "dinner for")
_WHOSE = ("booking", "reservation", "party", "booked", "table", "for")
SOUGHT = {
    "people": Sought(name="people", kind="count", cues=(*_TABLE, "lunch for", "change it to", "make it", "fit")),
    "date": Sought(name="date", kind="date"),
    "time": Sought(name="time", kind="time"),
    "first_name": Sought(name="first_name", kind="first_name", cues=_WHOSE),
    "last_name": Sought(name="last_name", kind="last_name", cues=_WHOSE),
}
"""The fields as a desk that takes bookings would declare them."""


@dataclass(slots=True)
class SpanScore:
    """One field: right ones by each way of counting, wrongly found, wrongly not found; of all and of the held-out."""

    title: str
    counts: dict[bool, list[int]] = field(default_factory=lambda: {False: [0] * 5, True: [0] * 5})
    missed: list[str] = field(default_factory=list)

    def add(self, row: Row, value: str, marked: str) -> None:
        """Count one utterance."""
        held = is_held_out(row)
        count = self.counts[held]
        if value and marked:
            count[0] += 1
            count[1] += bool(_words(value) & _words(marked))
            count[2] += _bare(value) == _bare(marked)
        else:
            count[3] += bool(value)
            count[4] += bool(marked)
        if not held and bool(value) != bool(marked):
            self.missed.append(f"{row['text']!r}: {value!r} for {marked!r}")

    def f1(self, way: int = 0, *, held: bool | None = None) -> float:
        """F1 of presence (0), overlap (1) or the exact span (2)."""
        halves = [self.counts[half] for half in (False, True) if held in {None, half}]
        right, found, missing = (sum(count[column] for count in halves) for column in (way, 3, 4))
        all_right = sum(count[0] for count in halves)
        return 2 * right / max(1, 2 * all_right + found + missing)

    def table(self) -> str:
        """Each way of counting, for all rows and for the half that is held out."""
        lines = [f"{self.title} (bar: F1 of presence at least {BAR:g})"]
        for name, held in (("all", None), ("held out", True)):
            ways = "  ".join(
                f"{way} {self.f1(row, held=held):.3f}" for row, way in enumerate(("presence", "overlap", "exact"))
            )
            lines.append(f"  {name:<10} F1 {ways}")
        return "\n".join(lines)


def is_held_out(row: Row) -> bool:
    """Whether nobody may look at this utterance."""
    return sha256(row["text"].encode()).digest()[1] % 2 == 1


def scores(corpus: Path) -> Iterator[SpanScore]:
    """A score for each field."""
    utterances = rows(corpus / "tickets" / "restaurant8k_slots.jsonl")
    for name, sought in SOUGHT.items():
        score = SpanScore(name)
        for row in utterances:
            passage = Passage(text=row["text"], asked=_is_asked(row, name), language="en")
            found = next(iter(KINDS[sought.kind](passage, sought)), None)
            score.add(row, found.value if found else "", row["labels"][name] or "")
        yield score


def _is_asked(row: Row, name: str) -> bool:
    requested = row["requested"]
    if name not in requested or not name.endswith("name") or len(row["text"].split()) > 1:
        return name in requested
    names = [one for one in requested if one.endswith("name")]
    return bool(name == (names[-1] if len(set(names)) < len(names) else names[0]))


def _bare(words: str) -> str:
    return words.lower().strip(" .")


def _words(words: str) -> set[str]:
    return set(_bare(words).replace(".", "").replace("-", " ").split())
