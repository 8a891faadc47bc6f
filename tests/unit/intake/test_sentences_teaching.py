"""What the reader of sentences is taught with, and how."""

import tomllib
from collections import Counter
from pathlib import Path

from parsing.intake import sentences
from parsing.intake.features import NAMES
from parsing.intake.learned import WORDS
from parsing.intake.weights import WEIGHTS
from tests.bench.training import Model, contrasted, example, f1, fitted, judge, taught
from tests.intake.deletion import MARK

_TEACHING = Path(__file__).parents[2] / "intake" / "teaching"


def test_there_are_mails_enough_in_three_languages() -> None:
    reports = taught(_TEACHING)
    languages = Counter(one.language for one in reports)
    assert len(reports) >= 60
    assert min(languages[name] for name in ("en", "de", "fr")) >= 15
    assert len({one.name for one in reports}) == len(reports)


def test_labels_stand_at_their_sentences() -> None:
    for report in taught(_TEACHING):
        one = example(report)
        assert len(one.rows) == len(one.labels) == len(one.spans) > 0
        for place in range(3):
            assert any(label[place] for *_, label in report.gold) == any(label[place] for label in one.labels)
        assert all(0 <= number < len(NAMES) for row in one.rows for number in row)


def test_every_marked_mail_says_all_five_facts_and_none_that_is_taken_out() -> None:
    names: Counter[str] = Counter()
    for path in sorted((_TEACHING / "marked").glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["report"]:
            marked = f"{row['subject']}\n{row['text']}"
            names[row["id"]] += 1
            facts = {mark[1] for mark in MARK.finditer(marked)}
            assert facts == {"observed", "expected", "steps_to_reproduce", "started_at", "affected_users"}, row["id"]
            assert not set("{}|") & set(MARK.sub("", marked)), row["id"]
    assert len(names) > 800
    assert set(names.values()) == {1}


def test_what_is_taken_out_of_a_mail_has_no_label_there() -> None:
    found = {one.name.partition(" ")[2]: one for one in contrasted(_TEACHING / "marked") if "ash-1" in one.name.split()}
    whole, without = found["ash-1"], found["ash-1 without expected"]
    assert {place for *_, label in whole.gold for place, told in enumerate(label) if told} == {0, 1, 2, 3, 4}
    assert {place for *_, label in without.gold for place, told in enumerate(label) if told} == {0, 2, 3, 4}
    assert len(found) == 7


def test_what_happens_is_taught_with_since_when_in_the_same_sentence() -> None:
    dated = [one for one in taught(_TEACHING) if " dated " in one.name]
    assert len(dated) > 300
    assert all(label[0] and label[3] for one in dated for *_, label in one.gold)


def test_a_regression_learns_what_tells_two_classes_apart_and_always_the_same() -> None:
    rows = [[0, 1 + place % 2] for place in range(40)]
    wanted = [place % 2 == 0 for place in range(40)]
    weights = fitted(rows, wanted, [1.0] * 40, 1.0, 3)
    assert weights[1] > 1 > -1 > weights[2]
    assert weights == fitted(rows, wanted, [1.0] * 40, 1.0, 3)


def test_f1_is_the_harmonic_mean() -> None:
    assert f1(0, 0, 0) == 0
    assert f1(3, 4, 6) == 0.6


def _shipped() -> Model:
    rows = [line.split("\t") for line in WORDS.strip("\n").split("\n")]
    return Model(list(WEIGHTS), {word: tuple(int(one) / 1000 for one in weights) for word, *weights in rows})


def test_a_sentence_is_judged_in_a_mail_as_it_was_in_the_training() -> None:
    model = _shipped()
    for report in [*taught(_TEACHING)[::9], *contrasted(_TEACHING / "marked")[::90]]:
        plain = judge(model, example(report))
        for one, shares in zip(sentences.read(report.text, report.language), plain, strict=True):
            assert all(abs(ours - theirs) < 0.002 for ours, theirs in zip(one.shares, shares, strict=True)), one.text


def test_no_sentence_can_weigh_more_than_can_be_reckoned_with() -> None:
    """`exp` ends at 709; a sentence has at most sixty words, as many pairs of them, and each feature once."""
    model, most = _shipped(), 60
    for place in range(len(sentences.CLASSES)):
        for sign in (1, -1):
            words = sorted((sign * weights[place] for weights in model.words.values()), reverse=True)
            features = sum(max(0.0, sign * row[place]) for row in model.features)
            assert features + sum(words[: 3 * most]) < 700
