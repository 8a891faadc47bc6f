"""Sentences of reports: what happens, what should happen, what one does, against the labels of people.

In: `tickets/bug_report_sentences.jsonl`, and the reports of `tests/intake`. Out: one measure a class. Nothing is
measured on a report that the model has seen: each project of the real reports in turn (by models of the other ones and
of the reports written for this project), then of whole mails of `second` and `sixth`, from which nothing is learned,
how often a fact that was taken out is found missing, and one that is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from parsing.intake import sentences
from parsing.intake.sentences import CLASSES
from tests.bench import training

_TESTS = Path(__file__).parents[2] / "intake"
_BARS = (0.75, 0.75, 0.85)
_HELD_OUT = ("second", "sixth")


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure and what it must reach."""

    title: str
    told: str
    missed: tuple[str, ...] = ()

    def table(self) -> str:
        """One line."""
        return f"{self.title:<58} {self.told}"


def scores(corpus: Path) -> list[Measure]:
    """All of it; a model is made for each project, which takes some minutes."""
    reports = [training.example(one) for one in training.real(corpus)]
    others = [
        one for one in training.learned(corpus, _TESTS) if one.report.name not in {r.report.name for r in reports}
    ]
    projects = training.across(reports, others, lambda _, one: one.report.group)
    return [
        *_measures("each project", projects.values()),
        *_presence(),
    ]


def _measures(title: str, folds: Iterable[list[tuple[int, int, int]]]) -> list[Measure]:
    measures = []
    for place, counts in enumerate(zip(*folds, strict=True)):
        right, found, there = (sum(column) for column in zip(*counts, strict=True))
        told = f"F1 {training.f1(right, found, there):.3f} (right {right}, found {found}, there {there})"
        measures.append(Measure(f"sentences: {CLASSES[place]}, {title} (bar: {_BARS[place]})", told))
    return measures


def _presence() -> list[Measure]:
    """Of the mails of writers that the shipped model has not seen."""
    measures = []
    for name in _HELD_OUT:
        shipped = training.presences(_shipped, _TESTS / "reports" / name)
        for place, (whole, taken) in enumerate(shipped):
            weak = training.WEAK[place]
            found, needless = sum(one < weak for one in taken), sum(one < weak for one in whole)
            told = f"taken out and missing {found} of {len(taken)}, there and missing {needless} of {len(whole)}"
            measures.append(Measure(f"mails of {name}: {CLASSES[place]}", told))
    return measures


def _shipped(one: training.Example) -> list[tuple[float, ...]]:
    return [sentence.shares for sentence in sentences.read(one.report.text, one.report.language)]
