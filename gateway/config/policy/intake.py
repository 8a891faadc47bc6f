"""What a desk wants to know, in the configuration: `[[field]]`, `[[require]]`, `[questions]`.

In: tables as they were written. Out: an `Inquiry` (rules/policy). What in them must agree is `asking`'s. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from gateway.config import notation
from gateway.config.kinds import LANGUAGES, WORDS, Line, Number, Switch, Table, expect, fits, one_of
from gateway.config.policy.sorting import Words
from gateway.config.problem import UnfitError, choose
from gateway.rules.policy.intake import FROM_LINKED, FROM_ORGANISATION, Inquiry, Requirement, Wanted
from parsing.intake.kinds import NAMES
from parsing.message import Choice, Sought

CHECKS = ("luhn", "mod97", "mod11")
BLANKS = "#@?"
"""What stands in a pattern for any digit, any letter, either."""
MOST_LABELS, MOST_CUES, MOST_CHOICES, MOST_NAMES = 60, 300, 2_000, 20
LONGEST = 300
_SAMPLE = '{{ en = "{}", de = "…", fr = "…" }}'
A_PATTERN = "a pattern such as INV-####-#####: # is a digit, @ a letter, ? either"


def _pattern(text: str) -> str:
    if not text:
        return text
    if not any(blank in text for blank in BLANKS):
        raise UnfitError("nothing in it may vary")
    if not all(one in BLANKS or one in "-/._ " or (one.isascii() and one.isalnum()) for one in text) or len(text) > 40:
        raise UnfitError("letters, digits and -/._ beside #, @ and ?, at most 40")
    return text


def _domain(text: str) -> str:
    return notation.read_domain(text) if text else ""


FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Language = Annotated[str, one_of(*LANGUAGES)]
Sentence = Annotated[Line, Field(max_length=LONGEST)]
Label = Annotated[Line, Field(max_length=60)]


class ChoiceTable(Table):
    value: Label = expect("a text of one line, at most 60 long")
    names: list[Label] = expect("a list of what else it is called", [], max_length=MOST_NAMES)

    @model_validator(mode="before")
    @classmethod
    def _of_a_word(cls, value: Any) -> Any:
        """A bare text is a value without other names."""
        return {"value": value} if isinstance(value, str) else value


class FieldTable(Table):
    name: FieldName = expect("a short name of lower-case letters, digits and _, beginning with a letter")
    kind: Annotated[str, one_of(*NAMES)] = expect(f"one of {', '.join(NAMES)}", "text")
    label: dict[Language, Label] = expect(
        f"what customers read, at most 60 long, by language: {_SAMPLE.format('Invoice number')}", min_length=1
    )
    question: dict[Language, Sentence] = expect(
        f"a question of one line by language: {_SAMPLE.format('Which invoice is it about?')}", {}
    )
    example: dict[Language, Sentence] = expect(f"an answer by language: {_SAMPLE.format('INV-2026-00042')}", {})
    reason: dict[Language, Sentence] = expect(
        f"why we ask, by language: {_SAMPLE.format('Then we find your payment.')}", {}
    )
    labels: list[Label] = expect(
        "a list of further words that a line with it may begin with", [], max_length=MOST_LABELS
    )
    cues: list[Words] = expect(f"{WORDS} near which a value is this one", [], max_length=MOST_CUES)
    pattern: Annotated[str, AfterValidator(_pattern)] = expect(A_PATTERN, "")
    check: Annotated[str, fits(lambda word: word and choose(word, CHECKS))] = expect(
        f'the check digit: one of {", ".join(CHECKS)}, or ""', ""
    )
    choices: list[ChoiceTable] = expect(
        'a list of values such as ["EU", "US"] or [{ value = "Heron Printer", names = ["heron p"] }]',
        [],
        max_length=MOST_CHOICES,
    )
    sensitive: Switch = expect("true or false", False)
    expires_days: Number = expect("a number of days from 1 to 3650, or 0 for never", 0, ge=0, le=3650)
    sources: list[Annotated[str, one_of(FROM_ORGANISATION, FROM_LINKED)]] = expect(
        f'a list of where it may come from beside mail: "{FROM_ORGANISATION}", "{FROM_LINKED}"', [], alias="from"
    )


class RequireTable(Table):
    type: Annotated[str, fits(lambda word: word and choose(word, ("support", "question")))] = expect(
        '"support" or "question"', ""
    )
    topic: str = expect('a topic such as Billing or Billing/refund, or "" for any', "")
    organisation: Annotated[str, AfterValidator(_domain)] = expect("the domain of an [[organisation]]", "")
    segment: str = expect("the segment of an [[organisation]]", "")
    when: dict[str, list[Label]] = expect(
        'what was answered before, such as { product = ["Heron Printer", "Heron Scanner"] }', {}
    )
    fields: list[str] = expect('a list of names of [[field]], such as ["observed", "expected"]', [])
    drop: list[str] = expect("a list of names of [[field]] that are not needed here", [])


class QuestionsTable(Table):
    ask: Switch = expect("true or false", True)
    most: Number = expect("a number of questions in a mail from 1 to 10", 4, ge=1, le=10)
    rounds: Number = expect("a number of mails from 1 to 5", 2, ge=1, le=5)
    remind_days: list[Annotated[Number, Field(ge=1, le=365)]] = expect(
        "a list of at most 5 numbers of working days from 1 to 365, each above the one before", [2, 5], max_length=5
    )
    close_days: Number = expect("a number of working days from 1 to 365, or 0 for never", 10, ge=0, le=365)
    urgent: Number = expect("a priority from 1 to 5, or 0 for none", 1, ge=0, le=5)


def build(fields: Iterable[FieldTable], requirements: Iterable[RequireTable], table: QuestionsTable) -> Inquiry:
    """All that is asked for; fields in the order of the file, which is that of asking."""
    return Inquiry(
        fields={one.name: _wanted(one) for one in fields},
        requirements=tuple(_requirement(one) for one in requirements),
        asks=table.ask,
        most=table.most,
        rounds=table.rounds,
        remind=tuple(table.remind_days),
        close=table.close_days,
        urgent=table.urgent,
    )


def _wanted(table: FieldTable) -> Wanted:
    return Wanted(
        name=table.name,
        sought=Sought(
            name=table.name,
            kind=table.kind,
            labels=lowered((*table.label.values(), table.name.replace("_", " "), *table.labels)),
            cues=lowered(table.cues),
            pattern=table.pattern,
            check=table.check,
            choices=tuple(Choice(value=one.value, names=lowered(one.names)) for one in table.choices),
        ),
        label=dict(table.label),
        question=dict(table.question),
        example=dict(table.example),
        reason=dict(table.reason),
        sensitive=table.sensitive,
        expires=timedelta(days=table.expires_days),
        sources=frozenset(table.sources),
    )


def _requirement(table: RequireTable) -> Requirement:
    return Requirement(
        type=table.type,
        topic=table.topic,
        organisation=table.organisation,
        segment=table.segment,
        when={name: tuple(values) for name, values in table.when.items()},
        fields=tuple(dict.fromkeys(table.fields)),
        drop=tuple(dict.fromkeys(table.drop)),
    )


def lowered(texts: Iterable[str]) -> tuple[str, ...]:
    """Capitals make no difference, and each stands once."""
    return tuple(dict.fromkeys(" ".join(text.lower().split()) for text in texts))
