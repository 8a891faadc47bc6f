"""The new words of a reply, apart from what they answer.

In: the readable text of a mail (and, if known, the texts that we had sent). Out: `Split`: the reply, the quotations,
the signature and the disclaimer; every line of the text stands in exactly one of them, in its order, and an answer
inside a quotation has the question above it once more. Must never lose a line, never look at a line more than a
constant number of times, and never run a pattern over more than one bounded line: published reply parsers hang on
`"On " * 20000` (reliability finding 8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from parsing import limits
from parsing.message import Answer
from parsing.words import alignment, closing, quotation
from parsing.words.alignment import Origin
from parsing.words.attribution import is_quote
from parsing.words.blocks import visible
from parsing.words.deviceline import is_device_line
from parsing.words.quotation import Mark

_NEW = frozenset({Mark.OWN})
_OLD = frozenset({Mark.QUOTE, Mark.INTRODUCTION, Mark.CUT})
_SIGNED = frozenset({Mark.SIGNATURE})
_LEGAL = frozenset({Mark.DISCLAIMER})
_Span = tuple[Mark, int, int]
_ASKS = (":", "：", "?", "？", "؟")
_GREETINGS = 2  # lines of own words that may be no more than a greeting
_CLOSED = frozenset({Mark.SIGNATURE, Mark.DISCLAIMER})
_QUESTION_LINES = 12  # of a quotation that are shown above an answer
_BLANKS = re.compile(r"\n(?:[^\S\n]*+\n){2,}+")
_SIGN = frozenset("-_=–—*~")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A text in four parts; `answers` are those of the reply's words that stand inside a quotation, with what is quoted
    directly above each; `words` is the reply without these questions, which nobody wrote anew."""

    reply: str
    quoted: str
    signature: str
    words: str = ""
    disclaimer: str = ""
    answers: tuple[Answer, ...] = ()


@dataclass(slots=True)
class _Run:
    """Own lines below a quotation, and the lines of the paragraph that stands directly above them."""

    start: int
    end: int
    question: list[str]
    cited: bool  # nobody introduced the quotation, and own words stand above it


def split(text: str, sent: tuple[str, ...] = (), *, is_answer: bool = True) -> Split:
    """Sort every line into reply, quotation, signature or disclaimer. In a mail that answers nothing, `>` lines that
    nobody introduced are the writer's own: menus, prompts, figures."""
    written = text.split("\n", limits.SPLIT_LINES)
    below = written.pop().strip("\n").rstrip() if len(written) > limits.SPLIT_LINES else ""
    seen = [visible(line) for line in written]
    origins = alignment.origins(written, sent) if sent else []
    marks = quotation.marks(seen, origins if Origin.OURS in origins else [], is_answer)
    if Mark.ANSWER in marks:
        _unmark_answers(written, seen, marks)
    _set_closings_apart(seen, marks)
    _keep_more_than_a_greeting(seen, marks)
    runs = _runs(seen, marks) if _has_own_below(seen, marks) else []
    inline = _is_inline(seen, marks, runs)
    spans = _spans(marks)
    words = _joined(written, spans, _NEW, [])
    quoted = _joined(written, spans, _OLD, [])
    return Split(
        reply=_joined(written, spans, _NEW, runs) if inline else words,
        words=words,
        quoted=f"{quoted}\n{below}".strip("\n") if below else quoted,
        signature=_joined(written, spans, _SIGNED, []),
        disclaimer=_joined(written, spans, _LEGAL, []),
        answers=_answers(written, marks, runs, inline),
    )


def _unmark_answers(written: list[str], seen: list[str], marks: list[Mark]) -> None:
    for index, mark in enumerate(marks):
        if mark == Mark.ANSWER:
            written[index] = seen[index] = _unquoted(seen[index])
            marks[index] = Mark.OWN


def _spans(marks: list[Mark]) -> list[_Span]:
    """Lines that follow one another and have the same mark."""
    spans, start = [], 0
    for mark, same in groupby(marks):
        end = start + len(list(same))
        spans.append((mark, start, end))
        start = end
    return spans


def _has_own_below(seen: list[str], marks: list[Mark]) -> bool:
    """Whether own words stand below the first line of a quotation: in most mails they stand above it."""
    if Mark.QUOTE not in marks:
        return False
    below = marks.index(Mark.QUOTE)
    return Mark.OWN in marks[below:] and any(
        line and mark == Mark.OWN for line, mark in zip(seen[below:], marks[below:], strict=True)
    )


def _joined(written: list[str], spans: list[_Span], kinds: frozenset[Mark], runs: list[_Run]) -> str:
    questions = {run.start: run.question for run in runs}
    picked: list[str] = []
    for mark, start, end in spans:
        if mark not in kinds:
            picked.append("")  # where something was set apart, a paragraph ends
        elif questions:
            for index in range(start, end):
                if index in questions:
                    picked.extend(("", *(f"> {asked}" for asked in questions[index])))
                picked.append(written[index])
        else:
            picked.extend(written[start:end])
    text = "\n".join(picked)
    return _BLANKS.sub("\n\n", text).strip("\n").rstrip()


def _set_closings_apart(seen: list[str], marks: list[Mark]) -> None:
    """Signature and disclaimer stand at the end of the words above the quotation, and at the end of all."""
    count, index = len(seen), 0
    last_own = count - 1
    while last_own >= 0 and not (seen[last_own] and marks[last_own] == Mark.OWN):
        last_own -= 1
    text_above = False
    while index < count:
        if marks[index] != Mark.OWN or not seen[index]:
            index += 1
            continue
        end, last = index, index
        while end < count and (marks[end] == Mark.OWN or not seen[end]):
            if seen[end]:
                last = end
            end += 1
        tail = end > last_own or marks[end] != Mark.QUOTE
        for offset, mark in closing.parts(seen[index : last + 1], tail, text_above):
            marks[index + offset] = mark
        text_above = True
        index = end


def _keep_more_than_a_greeting(seen: list[str], marks: list[Mark]) -> None:
    """Nobody writes only to greet: then what looked like the end of the mail is what it says."""
    own = [line for line, mark in zip(seen, marks, strict=True) if mark == Mark.OWN and line]
    if not 0 < len(own) <= _GREETINGS or not all(map(closing.is_greeting, own)):
        return
    for index, mark in enumerate(marks):
        if mark in _CLOSED and seen[index] and not is_device_line(seen[index]):
            marks[index] = Mark.OWN


def _runs(seen: list[str], marks: list[Mark]) -> list[_Run]:
    """The own words that stand below a quotation, up to the next one."""
    runs: list[_Run] = []
    paragraph: list[str] = []
    gap, before, cited, own = False, Mark.INTRODUCTION, False, False
    for index, (line, mark) in enumerate(zip(seen, marks, strict=True)):
        bare = line
        if mark == Mark.QUOTE:
            bare = _unquoted(line)
            if before != Mark.QUOTE:
                cited = own and before == Mark.OWN
            if bare:
                if gap:
                    paragraph = []
                paragraph.append(bare)
            gap = not bare
            before = mark
        elif not line:
            gap = gap or before == Mark.QUOTE
        elif mark == Mark.OWN:
            if before == Mark.QUOTE:
                runs.append(_Run(index, index + 1, paragraph[-_QUESTION_LINES:], cited))
            elif runs and before == Mark.OWN:
                runs[-1].end = index + 1
            before, own = mark, True
        else:
            before = mark
        if mark != Mark.QUOTE and line:
            paragraph, gap = [], False
    return runs


def _unquoted(line: str) -> str:
    """A line without its marks of quotation."""
    return line.lstrip("> \t|").rstrip() if is_quote(line) else line.strip()


def _is_inline(seen: list[str], marks: list[Mark], runs: list[_Run]) -> bool:
    """Whether words stand inside the quotation, not only below it: more follow, or the quotation goes on."""
    if len(runs) != 1 or runs[0].cited:
        return bool(runs)
    for index in range(runs[0].end, len(seen)):
        if marks[index] == Mark.QUOTE:
            bare = _unquoted(seen[index])
            if bare:
                # What is left below a single answer is often no more than the other's name.
                return bare[0] not in _SIGN and not closing.is_formula(bare)
        elif marks[index] == Mark.INTRODUCTION:
            return False
    return False


def _answers(written: list[str], marks: list[Mark], runs: list[_Run], inline: bool) -> tuple[Answer, ...]:
    """The answers in their order; below a quotation that ends in a question, too."""
    found = []
    for run in runs[: limits.ANSWERS]:
        if run.question and (inline or run.question[-1].endswith(_ASKS)):
            words = [line for line, mark in zip(written[run.start : run.end], marks[run.start : run.end], strict=True)
                     if mark == Mark.OWN]  # fmt: skip
            found.append(Answer(question="\n".join(run.question), words="\n".join(words).strip()))
    return tuple(found)
