"""Free words in answer to questions of ours: which question each part of them answers.

In: own lines that name no question, the fields that are still open in the order in which they were asked. Out:
candidates. A part answers a question when its kind tells so (a date, a count, a letter), when sentences tell what
happens from what should happen, or when only one question is open; what cannot be told is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from parsing.intake import courtesy, pointing, sentences, unknown
from parsing.intake.judging import CLOSED, LONGEST, Place, file_names, first, judged, lettered
from parsing.intake.layout import FREE
from parsing.intake.passage import Found
from parsing.message import Candidate, Sought

TOLD = frozenset({"observed", "expected", "steps"})
"""Kinds of free words that sentences tell apart."""

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+(?=[^\W\d_]|[\"'“„«(¿¡]|\d)|\n+")
_PIECE = re.compile(r"\s*[;\n]\s*|,\s+|\.\s+|\s+(?:and|und|et|y|e|en)\s+")
_PIECES = 12
_ITEM = re.compile(r"^[ \t]*\d{1,2}[.)][ \t]", re.MULTILINE)
_SPECIAL = (
    "url",
    "address",
    "number",
    "product",
    "version",
    "choice",
    "when",
    "date",
    "time",
    "name",
    "yesno",
    "count",
)
"""Kinds from the most to the least telling: what one has taken is no other one's."""
_BARE = 6  # words of a piece that may be a bare value
_YES = 3  # words of what may be a yes or a choice, though nobody can be sure
_WORDS = 2  # words at least of free words that answer, where something else was asked as well
_LIKELY = 0.4
_REST = re.compile(
    r"\b(?:the (?:rest|others?|other (?:one|things?|question)s?)|everything else|(?:den |das )?rest|alles andere|"
    r"die anderen?|le reste|les autres?|el resto|lo demás|il resto|le altre|gli altri|de rest|de andere)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Prose:
    """The text, and what is still open of what was asked."""

    text: str
    place: Place
    open: list[Sought]
    left: str = ""
    found: list[Candidate] = field(default_factory=list)

    def take(self, sought: Sought, candidate: Candidate) -> None:
        self.found.append(candidate)
        self.open = [one for one in self.open if one.name != sought.name]

    def mask(self, start: int, end: int) -> None:
        self.left = f"{self.left[:start]}{' ' * (end - start)}{self.left[end:]}"


def said(lines: Sequence[str], still: Sequence[Sought], count: int, place: Place) -> tuple[Candidate, ...]:
    """What the lines say of the fields that are still open, of `count` that were asked."""
    own = courtesy.without_courtesy([line.rstrip() for line in lines])
    text = "\n".join(own).strip("\n")[:LONGEST]
    if not text.strip() or not still or unknown.is_blank(text):
        return ()
    if unknown.is_unknown(text):
        return tuple(
            Candidate(field=one.name, value="", state="unknown", source=text.strip(), how="answer") for one in still
        )
    if courtesy.is_promise(text):
        return ()
    if pointing.points_to_file(text):
        return _in_files(text, still, place)
    if count == 1:
        only = _only(still[0], own, text, place)
        return (only,) if only is not None else ()
    prose = Prose(text=text, place=place, open=list(still), left=text)
    _letters(prose)
    _typed(prose)
    _unknowns(prose)
    _free(prose)
    return tuple(prose.found)


def _in_files(text: str, still: Sequence[Sought], place: Place) -> tuple[Candidate, ...]:
    """`See attached`: it answers a single question, and whatever asks for a file."""
    names = file_names(place.files)
    wanted = still if len(still) == 1 else [one for one in still if one.kind == "file"]
    return tuple(Candidate(field=one.name, value=names, source=text.strip(), how="answer") for one in wanted if names)


def _only(sought: Sought, own: Sequence[str], text: str, place: Place) -> Candidate | None:
    """The whole reply answers the only question; a question in return, or long words without the value, do not."""
    if all(one.rstrip().endswith(("?", "？")) for one in _SENTENCE.split(text) if one.strip()):
        return None
    candidate = judged(sought, own, place)
    if candidate is not None and sought.kind in CLOSED and candidate.state == "unsure" and len(text.split()) > _YES:
        return None
    if candidate is None or sought.kind in FREE or candidate.state != "unsure" or candidate.value != candidate.source:
        return candidate
    return candidate if len(text.split()) <= 2 * _BARE else None


def _letters(prose: Prose) -> None:
    """Lines that are nothing but a letter answer closed questions: the only one, or all of them in their order."""
    closed = [one for one in prose.open if one.kind in CLOSED or one.kind == "product"]
    spans = list(_lines(prose.text))
    answers = [(start, line) for start, line in spans if any(lettered(one, line) is not None for one in closed)]
    if not closed or len(answers) != len(closed):
        return
    for sought, (start, line) in zip(closed, answers, strict=True):
        value = lettered(sought, line)
        if value is not None:
            prose.take(sought, Candidate(field=sought.name, value=value, source=line.strip(), how="answer"))
            prose.mask(start, start + len(line))


def _lines(text: str) -> Iterable[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _typed(prose: Prose) -> None:
    """Values that tell by their kind which question they answer: first by their surroundings, then bare ones."""
    order = [one for kind in _SPECIAL for one in prose.open if one.kind == kind]
    kinds = [one.kind for one in order]
    for sought in order:
        if sought.kind in ("name", "yesno"):
            continue
        if kinds.count(sought.kind) > 1 and not (sought.pattern or sought.choices or sought.cues):
            continue
        found = first(sought, prose.left, prose.place, asked=False)
        if found is not None and found.end > found.start and found.sure:
            _took(prose, sought, found, 0)
    listed = len(_ITEM.findall(prose.text)) > 1
    for start, piece in _pieces(prose.left):
        if listed and _ITEM.match(prose.text, start):
            continue  # the number of a step
        fits = [
            (one, value) for one in prose.open if one.kind not in FREE and (value := _bare(one, piece, prose.place))
        ]
        if len(fits) == 1 or (len(fits) > 1 and len({one.kind for one, _ in fits}) > 1):
            sought, value = min(fits, key=lambda fit: _SPECIAL.index(fit[0].kind) if fit[0].kind in _SPECIAL else 99)
            if sum(one.kind == sought.kind for one, _ in fits) == 1:
                _took(prose, sought, value, start)


def _took(prose: Prose, sought: Sought, found: Found, offset: int) -> None:
    words = prose.text[offset + found.start : offset + found.end]
    start, end = _around(prose.text, offset + found.start, offset + found.end)
    source = prose.text[start:end].strip() or words
    prose.take(sought, Candidate(field=sought.name, value=found.value, state="present" if found.sure else "unsure",
                                 source=source, how="answer"))  # fmt: skip
    prose.mask(offset + found.start, offset + found.end)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """The line in which something stands."""
    return text.rfind("\n", 0, start) + 1, (text.find("\n", end) + 1 or len(text) + 1) - 1


def _pieces(text: str) -> list[tuple[int, str]]:
    """Short pieces between commas and line ends, with where they stand."""
    found: list[tuple[int, str]] = []
    start = 0
    for cut in [*_PIECE.finditer(text[:LONGEST]), None]:
        end = cut.start() if cut else len(text)
        piece = text[start:end]
        if piece.strip() and len(piece.split()) <= _BARE:
            found.append((start, piece))
        start = cut.end() if cut else end
        if len(found) >= _PIECES:
            break
    return found


def _bare(sought: Sought, piece: str, place: Place) -> Found | None:
    """The value that the whole piece is."""
    if sought.kind == "file":
        return None
    found = first(sought, piece, place)
    if found is None or not found.sure:
        return None
    covered = len(piece[found.start : found.end].split())
    return found if covered * 2 >= len(piece.split()) else None


def _unknowns(prose: Prose) -> None:
    """`I don't know the steps`: the sentence names the question, or only one is left, or it speaks of all the rest."""
    for sentence in _SENTENCE.split(prose.left[:LONGEST]):
        if len(sentence) > unknown.LONGEST or not prose.open or not unknown.may_be_unknown(sentence):
            continue
        bare = _REST.sub(" ", sentence).strip(" ,:;-")
        by_name = _about(sentence, prose.open)
        if by_name is not None:
            bare = by_name[1]
        if not unknown.is_unknown(bare):
            continue
        wanted = [by_name[0]] if by_name is not None else list(prose.open)
        if len(wanted) == 1 or _REST.search(sentence):
            for sought in wanted:
                prose.take(sought, Candidate(field=sought.name, value="", state="unknown", source=sentence.strip(),
                                             how="answer"))  # fmt: skip
            prose.left = prose.left.replace(sentence, " " * len(sentence), 1)


def _about(sentence: str, still: Sequence[Sought]) -> tuple[Sought, str] | None:
    """The open field that a sentence names, and the sentence without the name."""
    told = sentence.lower()
    for sought in still:
        for label in sorted(sought.labels, key=len, reverse=True):
            at = told.find(label)
            if at >= 0 and len(label) > 3:
                rest = f"{sentence[:at]} {sentence[at + len(label) :]}"
                return sought, re.sub(
                    r"(?:\b(?:the|about|of|die|den|das|der|zu|les?|la|las?|los|el|de|del|il|het)\b|[:,])\s*", " ", rest
                )
    return None


def _free(prose: Prose) -> None:
    """What is left, where one question of free words is open, or sentences tell which is which."""
    free = [one for one in prose.open if one.kind in FREE]
    if not free:
        return
    left = _left(prose)
    if len(left.split()) < _WORDS:
        return
    told = [one for one in free if one.kind in TOLD]
    if len(free) == 1:
        sought = free[0]
        state = "unsure" if pointing.says_again(left) or unknown.is_referred(left) else "present"
        prose.take(sought, Candidate(field=sought.name, value=left, state=state, source=left, how="answer"))
    elif len(told) == len(free):
        read = sentences.read(left, prose.place.language)
        present = {str(name): said for name, said in sentences.presence(read).items()}
        kinds = [one.kind for one in told]
        for sought in told:
            state, words = present.get(sought.kind, ("missing", ""))
            words = _mostly(sought.kind, read, kinds) or words
            if state == "unsure" and not _is_best(sought.kind, words, read, kinds):  # it rather says something else
                words = _unclaimed(read, kinds)
            if state != "missing" and words:
                prose.take(sought, Candidate(field=sought.name, value=words, state=state, source=words, how="answer"))


def _mostly(kind: str, read: Sequence[sentences.Sentence], told: Sequence[str]) -> str:
    """The sentences that say this rather than anything else that is open."""
    best = [one for one in read if max(told, key=lambda name: float(getattr(one, name))) == kind]
    return " ".join(one.text.strip() for one in best if getattr(one, kind) >= _LIKELY)


def _is_best(kind: str, words: str, read: Sequence[sentences.Sentence], told: Sequence[str]) -> bool:
    """Whether one of these sentences says this rather than anything else that is open."""
    ours = [one for one in read if one.text.strip() and one.text.strip() in words]
    return any(max(told, key=lambda name: float(getattr(one, name))) == kind for one in ours)


def _unclaimed(read: Sequence[sentences.Sentence], told: Sequence[str]) -> str:
    """The sentences that say nothing of what is open, as far as one can tell: they may say what nobody found."""
    rest = [one for one in read if max(float(getattr(one, kind)) for kind in told) < _LIKELY]
    return " ".join(one.text.strip() for one in rest if len(one.text.split()) > _YES)


def _left(prose: Prose) -> str:
    """The sentences that hold nothing that another question has taken, and ask nothing."""
    kept, start = [], 0
    for cut in [*_SENTENCE.finditer(prose.text), None]:
        end = cut.start() if cut else len(prose.text)
        was, now = prose.text[start:end], prose.left[start:end]
        if was == now and not was.rstrip().endswith("?") and not courtesy.is_promise(was):
            kept.append(was + (cut[0] if cut else ""))
        start = cut.end() if cut else end
    return "".join(kept).strip()
