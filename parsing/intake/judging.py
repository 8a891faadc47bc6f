"""What a text says that stands where a field was asked for, or named.

In: the text, the field, the mail's files. Out: a candidate, or none where it says nothing. A value of another kind than
was asked for is kept, as nobody can be sure of it; it is never bent until it fits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parsing.intake import courtesy, kinds, pointing, unknown
from parsing.intake.layout import FREE
from parsing.intake.passage import Found, Passage
from parsing.message import Attachment, Candidate, Sought

LONGEST = 4_000
"""Letters of one value."""

CLOSED = frozenset({"choice", "yesno"})
_EXAMPLE = 4  # words in brackets that are our example and no answer, where nothing stands below them
_SUCH_AS = re.compile(
    r"\b(?:for example|e\.g\.|such as|zum beispiel|z\. ?b\.|etwa|par exemple|p\. ?ex\.|por ejemplo|p\. ?ej\.|"
    r"ad esempio|per esempio|bijvoorbeeld|bijv\.)",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"\W{0,4}(?:(?:option|answer|antwort|réponse|opción|opzione|optie|variante?|letter|buchstabe|lettre|letra|lettera|"
    r"choice|auswahl|choix|it is|it's|es ist|c'est|es la|è la|het is)\s+)?\(?([a-z])"
    r"(?:[).:,!]{1,2}|\s*[-–=]|$|\s*\n)(.{0,120})",
    re.IGNORECASE | re.DOTALL,
)
_LISTED = re.compile(
    r"^\s*(?P<before>\[?[xX✓✔☑*]\]?\s+)?\(?(?P<letter>[a-z])[).]\s+(?P<words>\S.{0,160})$", re.MULTILINE
)
_TICK = re.compile(r"(?:\s+\(?\[?[xX✓✔☑]\]?\)?|\s*(?:<[-=]{1,2}|←|⬅).{0,40})\s*$")
_POLITE = re.compile(
    r"(?:please|bitte|svp|s'il vous plaît|por favor|per favore|graag|alstublieft|thanks?|danke|merci)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a text stands: the files that came with it, its language, the lines of the question above it."""

    files: tuple[Attachment, ...] = ()
    language: str = ""
    question: tuple[str, ...] = ()


def judged(sought: Sought, lines: Sequence[str], place: Place, how: str = "answer") -> Candidate | None:
    """What the lines say of the field."""
    text = _own(sought, lines, place.question)
    if not text or unknown.is_blank(text):
        return None
    if unknown.is_unknown(text):
        return Candidate(field=sought.name, value="", state="unknown", source=text, how=how)
    if pointing.points_to_file(text):
        return _in_file(sought, text, place, how)
    if sought.kind not in FREE:
        return _typed(sought, text, place, how)
    state = "unsure" if pointing.says_again(text) or unknown.is_referred(text) else "present"
    return Candidate(field=sought.name, value=text, state=state, source=text, how=how)


def _own(sought: Sought, lines: Sequence[str], question: Sequence[str]) -> str:
    """The lines without courtesy, without the question that came back, without our example in brackets."""
    known = {" ".join(line.split()) for line in question}
    new = [line.rstrip() for line in lines]
    own = [line for line in new if not line or " ".join(line.split()) not in known]
    came_back = sum(map(bool, new)) - sum(map(bool, own))
    # One line that stands in the question may be the answer: `b) Team` was copied from it.
    kept = courtesy.without_courtesy(own if came_back > 1 or any(own) else new)
    if kept and _is_example(kept[0], sought, alone=not any(line.strip() for line in kept[1:])):
        kept = courtesy.without_courtesy(kept[1:])
    return "\n".join(kept).strip()[:LONGEST]


def _is_example(line: str, sought: Sought, *, alone: bool) -> bool:
    """Whether the line in brackets is the example that stood below our question."""
    bare = line.strip()
    if bare[:1] != "(" or bare[-1:] != ")" or bare.count("(") != 1 or len(bare) < 4:
        return False
    return not alone or bool(_SUCH_AS.search(bare)) or (sought.kind in FREE and len(bare.split()) >= _EXAMPLE)


def _in_file(sought: Sought, text: str, place: Place, how: str) -> Candidate | None:
    names = file_names(place.files)
    if not names:
        return None
    return Candidate(field=sought.name, value=names, source=text, how=how)


def file_names(files: Sequence[Attachment]) -> str:
    """The files by name: those that somebody attached; pictures inside the text where there are no others."""
    apart = [one for one in files if not one.inline] or list(files)
    return ", ".join(one.filename or one.safe_name for one in apart)[:300]


def _typed(sought: Sought, text: str, place: Place, how: str) -> Candidate:
    if sought.kind in CLOSED or sought.kind == "product":
        chosen = lettered(sought, text)
        if chosen is not None:
            return Candidate(field=sought.name, value=chosen, source=text, how=how)
    found = first(sought, text, place)
    if found is not None and (last := pointing.revised(text)):
        better = first(sought, last, place)
        found = better if better is not None and better.sure else found
    if found is None:
        return Candidate(field=sought.name, value=text, state="unsure", source=text, how=how)
    state = "present" if found.sure else "unsure"
    return Candidate(field=sought.name, value=found.value, state=state, source=text, how=how)


def first(sought: Sought, text: str, place: Place, *, asked: bool = True) -> Found | None:
    """The best value of the field's kind in the text."""
    kind = kinds.KINDS.get(sought.kind)
    if kind is None:
        return None
    files = place.files if sought.kind == "file" else ()
    return next(iter(kind(Passage(text=text, asked=asked, language=place.language, files=files), sought)), None)


def lettered(sought: Sought, text: str) -> str | None:
    """The choice whose letter the text is, or the only one that it leaves or ticks of those that were listed."""
    values = [choice.value for choice in sought.choices] if sought.kind != "yesno" else ["yes", "no"]
    listed = list(_LISTED.finditer(text))
    if len(listed) > 1:
        ticked = [one for one in listed if one["before"] or _TICK.search(one["words"])]
        listed = ticked if len(ticked) == 1 else []
        return _at(values, listed[0]["letter"]) if listed else None
    found = _LETTER.fullmatch(text.strip())
    if found is None:
        return None
    value = _at(values, found[1])
    rest = found[2].strip()
    if value is None or _POLITE.fullmatch(rest):
        return value
    if sought.kind == "yesno":
        said = first(sought, rest, Place())
        told = said.value if said is not None and said.sure else ""
        if text.lstrip()[:2].lower() == "a:":  # it stands for "answer" as well
            return told or None
        return value if told in ("", value) else None
    names = next((choice.names for choice in sought.choices if choice.value == value), ())
    words = rest.lower()
    return value if any(name.lower() in words for name in (value, *names)) else None


def _at(values: Sequence[str], letter: str) -> str | None:
    place = ord(letter.lower()) - ord("a")
    return values[place] if 0 <= place < len(values) else None
