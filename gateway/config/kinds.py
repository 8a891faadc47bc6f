"""Kinds of values that a configuration has: what each reads, and what an operator is told that it expects.

In: values as they were written. Out: pydantic types, the `Table` that all tables are, `expect` for a key. Opens no
file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from gateway.config import notation
from gateway.config.problem import UnfitError, choose
from scheduling.hours import Span

LANGUAGES = ("en", "de", "fr")


def fits(read: Callable[[str], object]) -> AfterValidator:
    """The text must be readable; it stays as it was written."""

    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


def one_of(*allowed: str) -> AfterValidator:
    """The text must be one of these words."""
    return fits(lambda word: choose(word, allowed))


def _no_bool(value: object) -> object:
    if isinstance(value, bool):  # bool is a kind of int in Python, not in a configuration
        raise UnfitError
    return value


def _true_or_false(value: object) -> object:
    if isinstance(value, str) and value in ("true", "false"):  # a variable of the environment
        return value == "true"
    if not isinstance(value, bool):
        raise UnfitError
    return value


def _one_line(text: str) -> None:
    if not text.strip() or not text.isprintable():
        raise UnfitError


def expect(words: str, default: Any = ..., **limits: Any) -> Any:
    """A key: what it expects, in the operator's words, and its default (none: it must be there)."""
    return Field(default, description=words, **limits)


Line = Annotated[str, fits(_one_line)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
TeamName = Annotated[str, AfterValidator(str.lower)]
Topic = Annotated[str, fits(_one_line), Field(pattern=r"^[^/\[\]]+$")]
Address = Annotated[str, AfterValidator(notation.read_address)]
Domain = Annotated[str, AfterValidator(notation.read_domain)]
Listening = Annotated[str, fits(notation.read_listen)]
Number = Annotated[int, BeforeValidator(_no_bool)]
Amount = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
Spans = Annotated[
    tuple[Span, ...], BeforeValidator(notation.read_spans), PlainSerializer(notation.write_spans, when_used="json")
]
Switch = Annotated[bool, BeforeValidator(_true_or_false)]
Day = Annotated[date, BeforeValidator(notation.read_day)]

LISTEN = 'HOST:PORT such as "127.0.0.1:8025" (port 0: any free one), or "" to leave this door shut'
ADDRESS = "a mail address such as support@desk.example, without a detail after +"
NAME = "a short name of lower-case letters, digits, - and _, beginning with a letter"
LINE = "a text of one line"
WORDS = "a list of words or phrases"
HOURS = 'a list of pairs such as [["09:00", "12:30"], ["13:00", "17:00"]]'


class Table(BaseModel):
    """A table of the file: no key that is not listed here."""

    model_config = ConfigDict(extra="forbid", frozen=True)
