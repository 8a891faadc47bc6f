"""Training of the reader of sentences (`parsing/intake/sentences.py`): its weights come from here, and only from here.

In: reports whose sentences are labelled (`tests/intake/teaching`, those of `tests/intake/reports` but `second` and
`sixth`, and of the corpus `tickets/bug_report_sentences.jsonl`). Out: a `Model`; `python -m tests.bench.training
FOLDER` writes the modules of the shipped weights, in two minutes. A logistic regression for each class over the
features of a unit and over its words. Words are learned from what was written for this project alone: of the corpus no
word is kept. No chance is involved:
the same reports give the same weights.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import exp
from pathlib import Path
from typing import Any

from parsing.intake.cues import lexicon
from parsing.intake.features import NAMES, described, numbers, spoken
from parsing.intake.sentences import CLASSES
from parsing.intake.units import divide

CLEAR = (0.4, 0.4, 0.5, 0.5, 0.5)
WEAK = (0.1, 0.055, 0.2, 0.3, 0.2)
"""Probabilities from which a mail says a thing, and from which it may: below the second it is asked for. Chosen on
mails of writers that the model in question had not seen, so that asking for what was said is the rarer mistake."""
Shares = tuple[float, ...]
Label = tuple[bool | None, ...]
"""Of each class whether a sentence tells it; None: whoever labelled it was not asked."""
Weights = list[Shares]
_RIDGE = 1.0
_ROUNDS = 120
LEAST = 3
"""Units in which a word, or two of them, must stand to be learned."""
TELLING = 0.15
"""The least weight with which a word is kept."""
FOUND = (0.2, 0.3, 0.3, 0.3, 0.3)
"""Probabilities from which a sentence counts as found, when sentences are counted."""
OF_PEOPLE = ("first", "third", "fourth", "fifth")
"""The folders of reports that are learned from; `second` and `sixth` are for measuring alone."""
_APP = "project "
_OF_REAL, _OF_TAUGHT = 40.0, 6.0
"""How much one of the 32 real reports counts, and one whose sentences were labelled one by one, beside one of which
seven are made by taking facts out."""
_SINCE = {
    "en": "since Friday|since this morning|for two days now|since the update|since 14:00|since yesterday evening",
    "de": "seit Freitag|seit heute früh|seit zwei Tagen|seit dem Update|seit 14 Uhr|seit gestern Abend",
    "fr": "depuis vendredi|depuis ce matin|depuis deux jours|depuis la mise à jour|depuis 14 h|depuis hier soir",
}
_MARKUP = re.compile(r"\{\{(\w+)\|([^{}|]*)(?:\|([^{}|]*))?\}\}")
_FACTS = {"observed": 0, "expected": 1, "steps_to_reproduce": 2, "started_at": 3, "affected_users": 4}
_UNASKED = (None, None)
"""What those who labelled sentences by three classes say of the other two."""


@dataclass(frozen=True, slots=True)
class Report:
    """A report: where it is from, its language, its text, what its sentences are, and how much it counts."""

    name: str
    group: str
    language: str
    text: str
    gold: tuple[tuple[int, int, Label], ...]
    counts: float = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """A report as features, words and labels of its units; `spans` is where the units stand."""

    report: Report
    rows: list[list[int]]
    words: list[list[str]]
    labels: list[Label]
    spans: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Model:
    """`features` are the weights by the number of a feature, `words` those of words."""

    features: Weights
    words: dict[str, Shares]


def taught(folder: Path) -> list[Report]:
    """The reports that were written for teaching: one sentence a row, `O|`, `E|`, `S|`, several or `-|` before it, and
    `+|` after that where it goes on in the line."""
    reports = []
    for path in sorted(folder.glob("*.toml")):
        for number, mail in enumerate(tomllib.loads(path.read_text("utf-8"))["mail"]):
            text, gold = "", []
            for row in mail["text"].strip("\n").split("\n"):
                marks, _, words = row.partition("|")
                if not words:
                    text += "\n"
                    continue
                if words.startswith("+|"):
                    text, words = text.rstrip("\n") + " ", words[2:]
                label = ("O" in marks, "E" in marks, "S" in marks, *_UNASKED)
                gold.append((len(text), len(text) + len(words.strip()), label))
                text += words.strip() + "\n"
            name, language = f"{path.stem}-{number + 1}", mail["language"]
            reports.append(Report(name, "teaching", language, text, tuple(gold), _OF_TAUGHT))
    return [*reports, *_dated(reports)]


def _dated(reports: Sequence[Report]) -> list[Report]:
    """What happens, with since when in the same sentence, before it and behind it by turns: as most people write it."""
    found = []
    for report in reports:
        for start, end, label in report.gold:
            if label[0] and report.language in _SINCE:
                words, told = report.text[start:end].rstrip("."), _SINCE[report.language].split("|")
                since = told[len(found) % len(told)]
                text = f"{words} {since}." if len(found) % 2 else f"{since.capitalize()} {words}."
                now = ((0, len(text), (*label[:3], True, None)),)
                found.append(replace(report, name=f"{report.name} dated {start}", text=text, gold=now, counts=2.0))
    return found


def real(corpus: Path) -> list[Report]:
    """The reports of the corpus."""
    reports = []
    for line in (corpus / "tickets" / "bug_report_sentences.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        gold, place = [], 0
        for item in row["sentences"]:
            start = row["text"].find(item["text"], place)
            if start < 0:
                raise ValueError(f"{row['app']} {row['bug']}: no {item['text']!r}")
            place = start + len(item["text"])
            gold.append((start, place, (item["OB"], item["EB"], item["S2R"], *_UNASKED)))
        reports.append(
            Report(f"{row['app']}-{row['bug']}", f"{_APP}{row['app']}", "en", row["text"], tuple(gold), _OF_REAL)
        )
    return reports


def answered(folder: Path) -> list[tuple[Report, str, frozenset[str]]]:
    """The complete reports that others wrote (`tests/intake/reports/first`), whole and with each of the facts that
    sentences tell taken out: the report, the fact that is missing (empty: none), those that it is complete with."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["report"]:
            facts = frozenset(row["facts"]) & _FACTS.keys()
            for missing in ("", *sorted(facts)):
                name = f"{row['id']} without {missing}" if missing else row["id"]
                found.append((_without(row, {missing}, name, path.stem), missing, facts))
    return found


def contrasted(folder: Path) -> list[Report]:
    """The same reports for teaching: with all facts, with all but one, and with none. What is left of the same report
    counts less each."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["report"]:
            name, marked = f"{folder.name} {row['id']}", row["subject"] + row["text"]
            facts = {mark[1] for mark in _MARKUP.finditer(marked)}
            found.append(_without(row, set(), name, path.stem))
            found.append(replace(_without(row, facts, f"{name} without facts", path.stem), counts=0.5))
            for fact in sorted(facts & _FACTS.keys()):
                found.append(replace(_without(row, {fact}, f"{name} without {fact}", path.stem), counts=0.5))
    return found


def _without(row: dict[str, Any], missing: AbstractSet[str], name: str, group: str) -> Report:
    marked = f"{row['subject']}\n\n{row['text']}"
    text, gold, place = "", [], 0
    for found in _MARKUP.finditer(marked):
        text += marked[place : found.start()]
        place = found.end()
        fact = found[1]
        words = (found[3] or "") if fact in missing else found[2]
        if fact in _FACTS and fact not in missing and words.strip():
            gold.append((len(text), len(text) + len(words), tuple(at == _FACTS[fact] for at in range(len(CLASSES)))))
        text += words
    return Report(name, group, row["language"], text + marked[place:], tuple(gold))


def example(report: Report) -> Example:
    """Features and labels of the units of a report."""
    units = divide(report.text, 1_000)
    looked = described(report.text, units, lexicon(report.language))
    labels = []
    for unit in units:
        told = [label for start, end, label in report.gold if start < unit.end and unit.start < end]
        labels.append(_told(told, report))
    return Example(
        report,
        [numbers(sight) for sight, _ in looked],
        [spoken(words) for _, words in looked],
        labels,
        [(unit.start, unit.end) for unit in units],
    )


def _told(labels: Sequence[Label], report: Report) -> Label:
    """The label of a unit in which sentences of these labels stand."""
    unasked = [any(label[place] is None for *_, label in report.gold) for place in range(len(CLASSES))]
    return tuple(None if unasked[place] else any(label[place] for label in labels) for place in range(len(CLASSES)))


def fitted(
    rows: Sequence[Sequence[int]],
    wanted: Sequence[bool],
    shares: Sequence[float],
    ridge: float,
    size: int,
) -> list[float]:
    """A logistic regression over sparse rows: the minimum of the loss and `ridge`/2 of the squares of the weights, by
    accelerated steps under the diagonal bound of the curvature (Böhning and Lindsay 1988)."""
    bound = [ridge] * size
    for row, share in zip(rows, shares, strict=True):
        for number in row:
            bound[number] += share * len(row) / 4
    bound[0] -= ridge
    weights, ahead, pace = [0.0] * size, [0.0] * size, 1.0
    for _ in range(_ROUNDS):
        slope = [ridge * weight for weight in ahead]
        slope[0] = 0.0
        for row, want, share in zip(rows, wanted, shares, strict=True):
            total = sum(map(ahead.__getitem__, row))
            off = share * ((1 / (1 + exp(-total)) if total > -30 else 0.0) - want)
            for number in row:
                slope[number] += off
        following = [one - step / top for one, step, top in zip(ahead, slope, bound, strict=True)]
        quicker = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        share_ = (pace - 1) / quicker
        ahead = [new + share_ * (new - old) for new, old in zip(following, weights, strict=True)]
        weights, pace = following, quicker
    return weights


def train(examples: Sequence[Example], classes: int = len(CLASSES)) -> Model:
    """A model of the first `classes` by these examples. What is the same in several (a report with and without one of
    its facts) is one, that counts for all."""
    often = Counter(
        word for one in examples if not one.report.group.startswith(_APP) for words in one.words for word in words
    )
    at = {word: place for place, word in enumerate(sorted(w for w, n in often.items() if n >= LEAST), len(NAMES))}
    units: Counter[tuple[tuple[int, ...], Label]] = Counter()
    for one in examples:
        for row, words, label in zip(one.rows, one.words, one.labels, strict=True):
            units[(*row, *(at[word] for word in words if word in at)), label] += one.report.counts  # type: ignore[assignment]
    size = len(NAMES) + len(at)
    columns = []
    for place in range(classes):
        known = [(row, label[place], share) for (row, label), share in units.items() if label[place] is not None]
        rows, wanted, shares = zip(*known, strict=True)
        columns.append(fitted(rows, wanted, shares, _RIDGE, size))
    weights: Weights = list(zip(*columns, strict=True))
    kept = {word: weights[place] for word, place in at.items() if max(map(abs, weights[place])) >= TELLING}
    return Model(weights[: len(NAMES)], kept)


def judge(model: Model, one: Example) -> list[Shares]:
    """What the model says of the units of an example."""
    return [
        _squashed([*(model.features[number] for number in row), *filter(None, map(model.words.get, words))])
        for row, words in zip(one.rows, one.words, strict=True)
    ]


def counted(one: Example, judged: Sequence[Shares], place: int, threshold: float) -> tuple[int, int, int]:
    """Of the labelled sentences of an example: right ones, found ones, those that there are."""
    right = found = there = 0
    for start, end, label in one.report.gold:
        best = max(
            (
                told[place]
                for (begin, stop), told in zip(one.spans, judged, strict=True)
                if start < stop and begin < end
            ),
            default=0.0,
        )
        found += best >= threshold
        there += bool(label[place])
        right += bool(label[place]) and best >= threshold
    return right, found, there


def f1(right: int, found: int, there: int) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * right / (found + there) if found + there else 0.0


def _squashed(weights: Sequence[Shares]) -> Shares:
    return tuple(1 / (1 + exp(-sum(column))) for column in zip(*weights, strict=True))


_OF_PROJECTS = len(CLASSES) - len(_UNASKED)


def across(
    examples: Sequence[Example], extra: Sequence[Example], fold: Callable[[int, Example], object]
) -> dict[object, list[tuple[int, int, int]]]:
    """Cross-validation: of each fold the counts of each class, by a model of all other folds and of `extra`."""
    folds: dict[object, list[Example]] = {}
    for place, one in enumerate(examples):
        folds.setdefault(fold(place, one), []).append(one)
    found = {}
    for key, part in folds.items():
        names = {one.report.name for one in part}
        model = train([*(one for one in examples if one.report.name not in names), *extra], _OF_PROJECTS)
        judged = [(one, judge(model, one)) for one in part]
        found[key] = [
            _summed([counted(one, told, place, FOUND[place]) for one, told in judged]) for place in range(_OF_PROJECTS)
        ]
    return found


def _summed(counts: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    right, found, there = (sum(column) for column in zip(*counts, strict=True))
    return right, found, there


def written(model: Model, clear: Shares, weak: Shares) -> str:
    """The module of the shipped weights."""
    lines = [f"    ({', '.join(f'{weight:.3f}' for weight in row)})," for row in model.features]
    head = (
        '"""Learned weights of `sentences`, written by `python -m tests.bench.training` and never by hand.\n\n'
        "For each feature (in the order of `features.NAMES`) what it says for each of `sentences.CLASSES`. `CLEAR`\n"
        "and `WEAK` are the probabilities from which a mail says a thing, and from which it may.\n"
        "It is long because it is a table.\n"
        '"""\n'
    )
    ends = [
        f"{name} = ({', '.join(f'{value:.3f}' for value in row)})" for name, row in (("CLEAR", clear), ("WEAK", weak))
    ]
    return "\n".join([head, "WEIGHTS = (", *lines, ")  # fmt: skip", *ends]) + "\n"


def listed(model: Model) -> str:
    """The module of the shipped words."""
    head = (
        '"""Learned words of `sentences`, written by `python -m tests.bench.training` and never by hand.\n\n'
        "A line each: a word, two that follow one another (`^` begins a unit), the beginning of one (`*`); what it\n"
        "says for each of `sentences.CLASSES`, in thousandths. It is long because it is a table.\n"
        '"""\n\n'
    )
    rows = [
        f"{word}\t" + "\t".join(str(round(weight * 1000)) for weight in model.words[word])
        for word in sorted(model.words)
    ]
    return head + 'WORDS = """\\\n' + "\n".join(rows) + '\n"""\n'


def presences(model: Callable[[Example], Sequence[Shares]], folder: Path) -> list[tuple[list[float], list[float]]]:
    """Of each class the best probability of the reports that say it, and of those from which it was taken."""
    found: list[tuple[list[float], list[float]]] = [([], []) for _ in CLASSES]
    for report, missing, facts in answered(folder):
        told = model(example(report))
        for fact in facts:
            best = max((one[_FACTS[fact]] for one in told), default=0.0)
            if not missing or missing == fact:
                found[_FACTS[fact]][bool(missing)].append(best)
    return found


def learned(corpus: Path, intake: Path, leaving: str = "") -> list[Example]:
    """All that a model is made of, but for the reports of one folder (`leaving`)."""
    reports = [*real(corpus), *taught(intake / "teaching"), *contrasted(intake / "teaching" / "marked")]
    for name in OF_PEOPLE:
        if name != leaving:
            reports += contrasted(intake / "reports" / name)
    return [example(report) for report in reports]


def main(arguments: list[str]) -> int:
    """Write the modules of the weights."""
    if not arguments:
        print("python -m tests.bench.training FOLDER: the folder of the corpus", file=sys.stderr)
        return 2
    model = train(learned(Path(arguments[0]), Path("tests/intake")))
    Path("parsing/intake/weights.py").write_text(written(model, CLEAR, WEAK), "utf-8")
    Path("parsing/intake/learned.py").write_text(listed(model), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
