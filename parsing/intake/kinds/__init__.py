"""The kinds of facts: one function each that finds values of its kind in a passage of text.

In: a passage, what is sought. Out: values with where they stand, best first. Must never cost more than one bounded walk
over the passage, and never take for a value what only looks like one: a price is no count, a deadline no beginning.

To add one: a function in a module here and a row of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from parsing.intake.kinds import address, choice, count, files, name, number, product, text, url, version, when
from parsing.intake.passage import Found, Passage
from parsing.message import Sought

Kind = Callable[[Passage, Sought], Iterable[Found]]
"""Values of that kind in a passage, best first."""

KINDS: Mapping[str, Kind] = {
    "text": text.find,
    "observed": text.find,
    "expected": text.find,
    "steps": text.find,
    "when": when.find,
    "date": when.find_date,
    "time": when.find_time,
    "count": count.find,
    "version": version.find,
    "product": product.find,
    "number": number.find,
    "choice": choice.find,
    "yesno": choice.find_yesno,
    "file": files.find,
    "url": url.find,
    "address": address.find,
    "name": name.find,
    "first_name": name.find_first,
    "last_name": name.find_last,
}
NAMES = tuple(KINDS)
"""What a configuration may say. `text` is free words, which only a label or an answer gives; `observed`, `expected` and
`steps` are free words that sentences tell apart. `when` is when something began; `date` and `time` are any day and any
hour that is named."""
