"""Everything that a mail says of the facts that a desk may want.

In: subject, new words, files, the facts. Out: candidates, best first for each fact. What is quoted is nobody's word.
A line that names a fact counts before a value that looks like one, that before what a sentence seems to say, and a
file answers a fact that is a file. No candidate means that nothing was found, so that it may be asked: what only may be
meant is a candidate that is unsure, and an "I don't know" is one that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from parsing.intake import labelled, labels, sentences
from parsing.intake.kinds import KINDS
from parsing.intake.labelled import Labelled
from parsing.intake.passage import Found, Passage
from parsing.intake.sentences import Sentence
from parsing.intake.unknown import is_blank, is_put_off, is_unknown
from parsing.message import Attachment, Candidate, Sought

LETTERS, SOURCE, VALUE = 20_000, 300, 2_000
"""What is looked through of a mail; the longest words that are kept as the source of a value, and the longest value."""

PRESENT, UNSURE, UNKNOWN = "present", "unsure", "unknown"
FREE = {"observed": "observed", "expected": "expected", "steps": "steps", "text": ""}
"""Kinds that are free words, and which sentences say them."""
TOLD = {**FREE, "when": "since", "count": "people"}
"""Kinds that sentences may tell, and as what: of a time and a number they only say that it may be there."""
_CLOSED = frozenset(("yesno", "choice"))
"""Kinds whose name alone is a cue: a line that names the field has said all of it."""
_CODES = frozenset(("number", "version", "url"))
"""Kinds whose digits are nothing else."""
_FILLING = frozenset(("when", "count", "number", "address", "version", "product"))
"""Kinds whose value is mostly what its sentence is for."""


def find(
    subject: str,
    words: str,
    files: Sequence[Attachment],
    texts: Sequence[str],
    sought: tuple[Sought, ...],
    language: str,
) -> tuple[Candidate, ...]:
    """Candidates for each of `sought`. `texts` are the attached text files, as far as they were read."""
    text = words[:LETTERS]
    by_name: dict[str, list[Candidate]] = {one.name: [] for one in sought}
    fields = {one.name: one for one in sought}
    named: set[str] = set()
    named_in_text = labelled.lines(text, sought)
    for lines, how in ((named_in_text, "label"), *((labelled.lines(given, sought), "file") for given in texts)):
        for line in lines:
            named.add(line.field)
            by_name[line.field].extend(valued(line.value, fields[line.field], language, how))
    above = len(subject) + 2
    taken = [(line.start, line.end) for line in named_in_text]
    said = _without_unfilled(text, named_in_text, sought)
    spans: list[tuple[int, int]] = []
    passage = Passage(text=f"{subject}\n\n{said}", language=language, files=tuple(files))
    for one in sought:
        kept = by_name[one.name]
        if one.kind == "file":
            kept.extend(_files(passage, one))
        elif (
            one.kind not in FREE
            and all(said.state != PRESENT for said in kept)
            and (one.kind not in _CLOSED or one.name not in named)
        ):
            found = [value for value in KINDS[one.kind](passage, one) if not _is_of_another(value, spans)]
            if one.kind in _CODES:
                spans.extend((value.start, value.end) for value in found)
            kept.extend(_typed(passage, one, found))
            if one.kind in _FILLING:
                taken.extend((value.start - above, value.end - above) for value in found[:1] if value.sure)
    told = _told(text, language, sought, named_in_text, taken)
    for one in sought:
        kept = by_name[one.name]
        state, value = told.get(TOLD.get(one.kind, ""), ("", ""))
        if state and one.kind in FREE and all(said.state != PRESENT for said in kept):
            kept.append(_candidate(one.name, value, value, "sentence", state))
        elif state and one.kind not in FREE and not kept:
            kept.append(_candidate(one.name, value, value, "sentence", UNSURE))
    return tuple(candidate for one in sought for candidate in _ranked(by_name[one.name]))


def _is_of_another(value: Found, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a value begins in a number, a version or an address that was found: `2026-47` counts nobody."""
    return bool(spans) and value.end > 0 and any(start < value.end and value.start < end for start, end in spans)


def _without_unfilled(text: str, lines: Sequence[Labelled], sought: tuple[Sought, ...]) -> str:
    """The text, at its length, without the lines that are a label and nothing else: a form that came back unfilled
    says nothing, and no value reaches across such a line."""
    ready = labelled.known(sought) if lines else None
    for line in lines:
        if ready is None or not is_blank(line.value):
            continue
        above = text[: line.start].rstrip()
        start = above.rfind("\n") + 1
        if labels.normal(above[start:].rstrip(":*_ |")) in ready.fields:
            text = f"{text[:start]}{chr(10) * (line.end - start)}{text[line.end :]}"
    return text


def valued(value: str, field: Sought, language: str, how: str) -> Iterable[Candidate]:
    """What is said where the field was named: nothing, "I don't know", or a value of its kind."""
    if field.kind in FREE:
        if is_blank(value):
            return
        if is_unknown(value):
            yield _candidate(field.name, "", value, how, UNKNOWN)
        elif not is_put_off(value):
            yield _candidate(field.name, value, value, how, PRESENT)
        return
    for found in KINDS[field.kind](Passage(text=value, asked=True, language=language), field):
        if not found.sure and (is_blank(value) or is_put_off(value) or is_unknown(value)):
            break
        yield _candidate(field.name, found.value, value, how, PRESENT if found.sure else UNSURE)
        return
    if not is_blank(value) and is_unknown(value):
        yield _candidate(field.name, "", value, how, UNKNOWN)


def _told(
    text: str,
    language: str,
    sought: tuple[Sought, ...],
    lines: Sequence[Labelled],
    taken: Sequence[tuple[int, int]],
) -> dict[str, tuple[str, str]]:
    """What sentences say, by kind; what they lack is left out. What says the value of
    another field (`taken`, and each line that names one) is about that one: it says something else only where that is
    clear. Words that put an answer off say nothing."""
    if not any(TOLD.get(one.kind) for one in sought):
        return {}
    free: list[Sentence] = []
    bound: list[Sentence] = []
    for sentence in sentences.read(text, language):
        if not sentences.matters(sentence):
            continue
        if len(sentence.text) <= _BRIEF and max(sentence.shares) < _TELLING and is_put_off(sentence.text):
            continue
        inside = [line for line in lines if line.start < sentence.end and line.end > sentence.start]
        if inside and all(is_put_off(line.value) or is_blank(line.value) for line in inside):
            continue
        about = any(start < sentence.end and end > sentence.start for start, end in taken)
        (bound if about else free).append(sentence)
    said = _said(sentences.presence(free))
    if bound:
        beside = _said(sentences.presence(bound))
        weak = {kind: one for kind, one in beside.items() if one[0] == UNSURE and kind in _SAID_BESIDE}
        clear = {kind: one for kind, one in beside.items() if one[0] == PRESENT}
        said = {**weak, **clear, **{kind: one for kind, one in said.items() if one[0] == PRESENT or kind not in clear}}
    return said


def _said(presence: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """What of it is not missing."""
    return {kind: one for kind, one in presence.items() if one[0] in (PRESENT, UNSURE)}


_SAID_BESIDE = frozenset(("observed", "since", "people"))
"""What a sentence may well say beside the value of another field: "since Monday the export stops"."""
_BRIEF, _TELLING = 90, 0.8
"""Letters of a sentence that may do nothing but put an answer off ("as I told you on the phone"), and from when it says
too clearly what it says ("on the phone the list is empty")."""


def _typed(passage: Passage, field: Sought, values: Sequence[Found]) -> list[Candidate]:
    """Values of its kind in free text, with the words around."""
    return [
        _candidate(
            field.name,
            found.value,
            source(passage.text, found),
            "pattern",
            PRESENT if found.sure else UNSURE,
        )
        for found in values
    ]


def _files(passage: Passage, field: Sought) -> list[Candidate]:
    found = KINDS[field.kind](passage, field)
    return [_candidate(field.name, one.value, one.value, "file", PRESENT if one.sure else UNSURE) for one in found]


def source(text: str, found: Found) -> str:
    """The sentence that a value stands in, as it was written; of a long one, what is around the value."""
    low = max(0, found.start - SOURCE // 2)
    starts = [at + len(mark) for mark in _BEGINNINGS if (at := text.rfind(mark, low, found.start)) >= 0]
    start = max(starts, default=low)
    high = min(len(text), found.end + SOURCE // 2)
    ends = [at + 1 for mark in _BEGINNINGS if (at := text.find(mark, found.end, high)) >= 0]
    return text[start : min(ends, default=high)].strip()[:SOURCE]


_BEGINNINGS = (". ", "! ", "? ", ".\n", "!\n", "?\n", "\n\n")


def _candidate(name: str, value: str, words: str, how: str, state: str) -> Candidate:
    return Candidate(field=name, value=value.strip()[:VALUE], state=state, source=words.strip()[:SOURCE], how=how)


_ORDER = {"label": 0, "pattern": 1, "sentence": 2, "file": 3}
_STATES = {PRESENT: 0, UNKNOWN: 1, UNSURE: 2}


def _ranked(found: list[Candidate]) -> list[Candidate]:
    """Best first: what is said for sure, then that they do not know, then what may be meant; each value once."""
    ranked = sorted(found, key=lambda one: (_STATES[one.state], _ORDER[one.how]))
    kept: dict[tuple[str, str], Candidate] = {}
    for one in ranked:
        kept.setdefault((one.value.casefold(), one.state), one)
    return list(kept.values())[:_MOST]


_MOST = 6
