"""Words of internal notes in what is about to leave, however they were wrapped or punctuated.

In: a text, the notes of its ticket, and what people outside wrote or were told anyway. Out: the first run of `RUN`
words of a note that nobody outside knows, or a whole sentence of one that is shorter and no commonplace, or nothing.
Linear in the words of all of them, and capped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from gateway.rules.privacy.views import seen

RUN = 8
"""Words in a row that nobody writes twice by chance."""
SENTENCE, LETTERS = 4, 9
"""Words, and letters, of a whole sentence that may be recognised."""
MOST_WORDS = 40_000
"""Words of a text, and of all notes together, that are compared."""
_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,200}")
_END = re.compile(r"[.!?;:\u2026](?=\s|$)|\n[ \t>]{0,20}\n")
_COMMON = """
    a about after again all also am an and answer any anything are as ask asked at back be because been before
    but by call called can check checked come could customer day did do does done for friday from get give good
    had has have he hear hello help her here hi him his hope how i if in is it its just know let like ll look
    looked looking m mail may me monday more morning my need new no not now of ok okay on one or our out over
    please problem question re reply right s see send sent she should so some soon sorry still t tell thank
    thanks that the their them then there they thing this thursday time to today tomorrow tuesday up us ve wait
    waiting was we wednesday week well were what when where which who will with work working works would write
    wrote yes yesterday you your aber alle als auch auf aus bei bin bis bitte da danke dann das dass dem den der
    des die dies diese dieser doch ein eine einem einen einer er es f\u00fcr gerne geht gut haben habe hat hallo
    heute ich ihm ihn ihnen ihr ihre im ist ja jetzt kann kein keine kunde mal mehr melde melden mich mir mit
    morgen nach nein nicht noch nun nur oder schon sehr sich sie sind um und uns von vor war warten wenn wer wie
    wieder wir wird wo zu zum zur ai au aux avec bien bonjour c ce cela ces cette client d dans de demain du
    elle en encore est et il ils j je l la le les leur lui ma mais merci mes mon n ne nous ou oui par pas plus
    pour qu que qui se ses si sont sur tout tr\u00e8s un une votre vous voir into
"""
_EVERYDAY = frozenset(_COMMON.split())
"""Words that every answer of a help desk is made of: a sentence of these alone tells nothing."""


def from_notes(text: str, notes: Iterable[str], known: Iterable[str]) -> str:
    """The words that were said inside and stand here too; empty when there are none."""
    notes = tuple(notes)
    inside = {run for note in notes for run in _runs(_words(note))}
    inside |= {run for note in notes for run in _sentences(note)}
    if not inside:
        return ""
    lengths = sorted({len(run) for run in inside}, reverse=True)
    words = _words(text)
    hits = {run for length in lengths for run in _runs(words, length) if run in inside}
    if not hits:
        return ""
    for one in known:
        told = _words(one)
        hits -= {run for length in lengths for run in _runs(told, length) if run in hits}
    return next((" ".join(run) for length in lengths for run in _runs(words, length) if run in hits), "")


def _words(text: str) -> list[str]:
    return _WORD.findall(seen(text))[:MOST_WORDS]


def _runs(words: Sequence[str], length: int = RUN) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(length)), strict=False)


def _sentences(note: str) -> Iterator[tuple[str, ...]]:
    """Each whole sentence that is too short for a run, and says something."""
    for sentence in (note, *_END.split(note[: MOST_WORDS * 5])):
        if len(sentence) > RUN * 200:
            continue
        words = tuple(_words(sentence))
        if SENTENCE <= len(words) < RUN and sum(map(len, words)) >= LETTERS and not _EVERYDAY.issuperset(words):
            yield words
