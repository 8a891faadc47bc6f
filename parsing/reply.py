"""The new words of a reply, apart from what they answer.

In: the readable text of a mail (and, if known, the texts that we had sent). Out: `Split`: the reply, the quotations and
the signature; every line of the text stands in exactly one of them, in its order. Must never lose a line, never look at
a line more than a constant number of times, and never run a pattern over more than one bounded line: published reply
parsers hang on `"On " * 20000` (reliability finding 8).
"""

from __future__ import annotations

from dataclasses import dataclass

from parsing import blocks, limits, phrases
from parsing.blocks import LINE, visible
from parsing.message import Answer

_WINDOW = 4  # lines over which clients wrap an attribution
_ENDS = frozenset(":：*_\"'")
_FORWARDS = frozenset("-_=–—*+:")
_RULES = frozenset("-_=–—*+~#|>")
_DASHES = frozenset(" -—–\t")
_OWN, _QUOTE, _SIGNATURE = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A text in four parts; `answers` are those of the reply's words that stand inside a quotation, with what is quoted
    directly above each."""

    reply: str
    quoted: str
    signature: str
    disclaimer: str = ""
    answers: tuple[Answer, ...] = ()


@dataclass(slots=True)
class _Lines:
    """The lines as written, the same as they are looked at, and what each was found to be."""

    written: list[str]
    seen: list[str]
    marks: list[int]


def split(text: str, sent: tuple[str, ...] = ()) -> Split:
    """Sort every line into reply, quotation or signature."""
    written = text.split("\n")
    seen = [visible(line) for line in written[: limits.SPLIT_LINES]]
    lines = _Lines(written, seen, [_OWN] * len(seen))
    _mark_quotes(lines)
    if sent:
        _return_answers(lines, sent)
    _mark_signature(lines)
    lines.marks.extend([_QUOTE] * (len(written) - len(seen)))
    return Split(reply=_joined(lines, _OWN), quoted=_joined(lines, _QUOTE), signature=_joined(lines, _SIGNATURE))


def _joined(lines: _Lines, kind: int) -> str:
    if kind not in lines.marks:
        return ""
    picked: list[str] = []
    for line, mark in zip(lines.written, lines.marks, strict=True):
        if mark == kind:
            picked.append(line)
        elif picked and picked[-1].strip():
            picked.append("")  # where something was set apart, a paragraph ends
    kept = [line for index, line in enumerate(picked) if line.strip() or (index and picked[index - 1].strip())]
    return "\n".join(kept).strip("\n").rstrip()


def _mark_quotes(lines: _Lines) -> None:
    """Attributions, `>` blocks, header blocks and separators, from the top down."""
    seen, marks = lines.seen, lines.marks
    attributed = False
    loose: list[tuple[int, int]] = []
    begins, roles = _beginnings(seen), blocks.roles_of(seen)
    index, count = 0, len(seen)
    while index < count:
        line = seen[index]
        if not line:
            index += 1
            continue
        if _is_quote(line):
            end = _quote_end(seen, index)
            if attributed or index == 0:
                _mark(marks, index, end)
            else:
                loose.append((index, end))
            index = end
            attributed = False
            continue
        if line[-1] in _FORWARDS and blocks.FORWARD.match(line):
            break  # what a person forwards is what he wants to say
        end = _attribution(seen, index) if index in begins else 0
        if end:
            following = _next_text(seen, end)
            _mark(marks, index, end)
            if following < count and not _is_quote(seen[following]):
                _mark(marks, end, count)
                break
            attributed = True
            index = end
            continue
        if _is_hard(seen, roles, index):
            _mark(marks, index, count)
            break
        attributed = False
        index += 1
    _settle_loose(lines, loose)


def _beginnings(seen: list[str]) -> set[int]:
    """The lines where an attribution can begin: those near a line that can end one, or that begin with a year."""
    found: set[int] = set()
    for index, line in enumerate(seen):
        if line and (line[-1] in _ENDS or (line[-1:] == "-" and line.endswith("--"))):
            found.update(range(max(0, index - _WINDOW + 1), index + 1))
        elif line.lstrip(" >*_")[:2] in {"19", "20"}:
            found.add(index)
    return found


def _settle_loose(lines: _Lines, loose: list[tuple[int, int]]) -> None:
    """`>` blocks that nobody introduced are the writer's own examples when he also answers above a real quotation."""
    cut = next((index for index, mark in enumerate(lines.marks) if mark == _QUOTE), len(lines.marks))
    for start, end in loose:
        before = any(line for line in lines.seen[max(0, start - 40) : start])
        own = before and end <= cut < len(lines.marks) and any(lines.seen[end : min(cut, end + 40)])
        if not own:
            _mark(lines.marks, start, end)


def _mark(marks: list[int], start: int, end: int) -> None:
    marks[start:end] = [_QUOTE] * (end - start)


def _is_quote(line: str) -> bool:
    return line.lstrip(" \t|")[:1] == ">" or line[:1] == ">"


def _quote_end(seen: list[str], index: int) -> int:
    """After the last line of a `>` block; single blank lines inside it belong to it."""
    end = index
    while end < len(seen):
        gap = not seen[end] and end + 1 < len(seen) and _is_quote(seen[end + 1])
        if gap or _is_quote(seen[end]):
            end += 1
        else:
            break
    return end


def _next_text(seen: list[str], index: int) -> int:
    while index < len(seen) and not seen[index]:
        index += 1
    return index


def _attribution(seen: list[str], index: int) -> int:
    """The line after an attribution that begins here; 0 when none does."""
    first = seen[index].strip("-–_* ").strip()
    dated = phrases.DATE_START.match(first)
    started = dated or phrases.START.match(first)
    wrapped = started and any(char.isdigit() for char in first)  # the date is what makes clients wrap the line
    if phrases.DATE_ADDRESS.match(first):
        return _addressed(seen, index, first)
    for width in range(1, _WINDOW + 1 if wrapped else 2):
        if index + width > len(seen):
            return 0
        last = seen[index + width - 1]
        if not last:
            return 0
        if not _closes(last) and not (width == 1 and phrases.CJK_VERB.search(last)):
            continue
        window = " ".join(part.strip() for part in seen[index : index + width])[: LINE * 2]
        if _names_writer(window, bool(started)) or (width == 1 and _dates_writer(seen, index, window)):
            return index + width
        if last.endswith(":") and width > 1:
            return 0
    return 0


def _dates_writer(seen: list[str], index: int, window: str) -> bool:
    """A verb and a year in a language whose day names we do not know, directly above a `>` block."""
    following = _next_text(seen, index + 1)
    quoted = following < len(seen) and _is_quote(seen[following])
    return quoted and len(window) < 200 and bool(phrases.YEAR.search(window) and phrases.VERB.search(window))


def _addressed(seen: list[str], index: int, first: str) -> int:
    """`2014-03-09 20:48 GMT+01:00 Name <address>:`, or without the colon when a `>` block follows."""
    following = _next_text(seen, index + 1)
    quoted = following < len(seen) and _is_quote(seen[following])
    return index + 1 if first.endswith(":") or quoted else 0


def _closes(line: str) -> bool:
    line = line.rstrip(" *_\"'")
    return line.endswith((":", "：")) or (line.endswith("--") and phrases.VERB.search(line.rstrip("- ")) is not None)


def _names_writer(window: str, started: bool) -> bool:
    verb = phrases.VERB.search(window) or phrases.CJK_VERB.search(window)
    if verb is None:
        return False
    if not phrases.MARKED.search(window):
        return False
    if started:
        return True
    # Without a date in front, only an address makes "X wrote:" an attribution.
    return "@" in window and len(window) < 300


def _is_hard(seen: list[str], roles: list[str], index: int) -> bool:
    """Whether all from this line on is old: a separator, a header block, or our own "write above this line"."""
    line = seen[index]
    ruled = line.lstrip()[:1] in _RULES
    if not ruled and ":" not in line and "：" not in line and not line.isupper():
        return False
    if blocks.ORIGINAL.match(line):
        return True
    if _is_marker(line) and phrases.ABOVE.search(line[:200]):
        return True
    if ruled and blocks.RULE.match(line):
        following = _next_text(seen, index + 1)
        if following < len(seen):
            return blocks.is_header_block(roles, following) or bool(blocks.PREVIOUS.match(seen[following]))
        return False
    return blocks.is_header_block(roles, index)


def _is_marker(line: str) -> bool:
    """A marker line is nothing but the marker: between rules, or short and in capitals or with hashes."""
    bare = line.strip()
    return bare[:2] in {"--", "##", "==", "__", "**", "~~", "—"} or bare.isupper()


def _mark_signature(lines: _Lines) -> None:
    """`-- ` and what follows it up to the next quotation; lines such as "Sent from my iPhone" wherever they stand."""
    inside = False
    text = False
    for index, line in enumerate(lines.seen):
        if lines.marks[index] != _OWN:
            inside = False
            continue
        if line[:1] in _DASHES and phrases.SIGNATURE.match(line) and text:
            inside = True
        if inside or is_device_line(line):
            lines.marks[index] = _SIGNATURE
        elif line:
            text = True


def is_device_line(line: str) -> bool:
    """A line that a device wrote below the text."""
    return (
        0 < len(line) <= 120
        and len(line.split()) <= 9
        and phrases.DEVICE.match(line) is not None
        and phrases.DEVICE_WORD.search(line) is not None
    )


def _return_answers(lines: _Lines, sent: tuple[str, ...]) -> None:
    """Inside a quotation, lines that we never sent are answers, if most of the others are ours."""
    ours = {_key(line) for text in sent for line in text.split("\n")}
    ours.discard("")
    quoted = [index for index, mark in enumerate(lines.marks) if mark == _QUOTE and lines.seen[index]]
    known = [index for index in quoted if _key(lines.seen[index]) in ours]
    if not known or len(known) * 3 < len(quoted):
        return
    first = known[0]
    for index in quoted:
        line = lines.seen[index]
        if index > first and not _is_quote(line) and _key(line) not in ours and not blocks.role(line):
            lines.marks[index] = _OWN


def _key(line: str) -> str:
    return "".join(char for char in line.lower() if char.isalnum())
