"""The line, often wrapped, by which a mail client introduces a quotation ("On … X wrote:").

In: the lines of a text as `blocks.visible` gives them. Out: where an attribution ends that begins at a line, and what
of the lines directly above a known quotation introduces it. Must never take a sentence of the writer for one: there has
to be a verb that clients use, or a date, a time and an address in brackets, and the colon that ends it.
"""

from __future__ import annotations

from parsing.words import blocks, phrases
from parsing.words.blocks import LINE

_WINDOW = 4  # lines over which clients wrap an attribution
_ENDS = frozenset(":：*_\"'-")
_YEARS = frozenset({"19", "20"})
_BEFORE_DAY = " \t>*_-\"'"
_BEFORE_YEAR = frozenset(" >*_12")
_ABOVE_LINES = 8  # lines of a header block in a language that we do not know
_NAMES = 7  # words of a time zone and a name
_QUOTED = frozenset("\"'“„«‚‘")
_FREE = 200  # an attribution without an address is short
_AROUND = ":：*_\"'()[]<>,;-/"
_SPACED = str.maketrans(dict.fromkeys(_AROUND, " "))
_VERB_WORDS = frozenset(max(verb.split()[-1].translate(_SPACED).split(), key=len) for verb in phrases.VERBS)


def beginnings(seen: list[str]) -> set[int]:
    """The lines where an attribution can begin: those near a line that can end one, or that begin with a year."""
    found: set[int] = set()
    for index, line in enumerate(seen):
        if line[:1] in _BEFORE_YEAR and line.lstrip(" >*_")[:2] in _YEARS:
            found.add(index)
        if line[-1:] in _ENDS and (line[-1] != "-" or line[-2:] == "--"):
            start = max(0, index - _WINDOW + 1)
            window = " ".join([near.lstrip(" >|") for near in seen[start : index + 1]])
            if _could_name(window) and phrases.MARKED.search(window):
                found.update(range(start, index + 1))
    return found


def _could_name(window: str) -> bool:
    """An address in brackets, or the last word of a verb; a look at the words is cheaper than the pattern."""
    if "@" in window and "<" in window:
        return True
    words = window.lower().translate(_SPACED).split()
    return not _VERB_WORDS.isdisjoint(words) or (not window.isascii() and bool(phrases.CJK_VERB.search(window)))


def attribution(seen: list[str], index: int) -> int:
    """The line after an attribution that begins here; 0 when none does."""
    first = seen[index].strip("-–_* ").strip()
    dated = first.lstrip(_BEFORE_DAY)[:1].isdigit()
    started = (dated and phrases.DATE_START.match(first)) or phrases.START.match(first)
    if dated and phrases.DATE_ADDRESS.match(first):
        return _addressed(seen, index, first)
    if dated and phrases.STAMP.match(first):
        alone = index + 1 >= len(seen) or not seen[index + 1]
        return index + 1 if alone else 0
    digits = phrases.DIGIT.search(first)  # the date is what makes clients wrap the line
    for width in range(1, _WINDOW + 1 if digits or "@" in first or (started and "," in first) else 2):
        if index + width > len(seen):
            return 0
        last = seen[index + width - 1]
        if not last or (width > 1 and is_quote(last) and not _is_left_open(seen[index + width - 2])):
            return 0
        if not _closes(last) and not (width == 1 and phrases.CJK_VERB.search(last)):
            continue
        window = " ".join(part.strip() for part in seen[index : index + width])[: LINE * 2]
        if _names_writer(window, bool(started)) and (_has_date(window) or _above_quote(seen, index + width - 1)):
            # Without a first word that we know, the shortest run of lines that says it all is the attribution.
            shorter = " ".join(part.strip() for part in seen[index + 1 : index + width])[: LINE * 2]
            return 0 if not started and width > 1 and _names_writer(shorter, False) else index + width
        if width == 1 and _dates_writer(seen, index, window):
            return index + width
        if last.endswith(":"):
            return 0
    return 0


def is_certain(lines: list[str]) -> bool:
    """Whether a client wrote these lines, and no person who tells what another wrote: what follows is not marked."""
    window = " ".join(lines)
    if window[:1] in _QUOTED:
        return False
    return "@" in window or not (phrases.TELLING.match(window) or phrases.TELLERS.intersection(window.split()))


def above(seen: list[str], quotation: int) -> int:
    """Where the lines begin that stand directly above a known quotation and introduce it, in whatever language."""
    last = quotation - 1
    while last >= 0 and not seen[last]:
        last -= 1
    if last < 0:
        return quotation
    for start in range(last, max(-1, last - _WINDOW), -1):
        if not seen[start] or is_quote(seen[start]):
            break
        window = " ".join(seen[start : last + 1])
        if _closes(seen[last]) and _dated(window) and (phrases.ADDRESS.search(window) or phrases.VERB.search(window)):
            return _first_line(seen, start)
    return _fields_above(seen, last, quotation)


def _first_line(seen: list[str], start: int) -> int:
    """The line above may hold the first word of a wrapped attribution ("On Monday,")."""
    before = seen[start - 1] if start else ""
    return start - 1 if before and before[-1] in ",،" and len(before) > 40 and phrases.START.match(before) else start


def _fields_above(seen: list[str], last: int, quotation: int) -> int:
    """A paragraph of `Label: value` lines with an address or a date is a header block, whatever its labels say."""
    start, address, date = last + 1, -1, -1
    while start > 0 and start > last + 1 - _ABOVE_LINES:
        found = blocks.FIELD.match(seen[start - 1])
        if not found or not found.group(2).strip():
            break
        start -= 1
        address = start if "@" in found.group(2) else address
        date = start if _dated(found.group(2)) else date
    if last + 1 - start < 3 or address < 0 or date < 0 or start not in (address, date):
        return quotation  # a form that somebody filled in: a header block begins with the author or the date
    while start > 0 and is_rule(seen[start - 1]):
        start -= 1
    return start


def is_rule(line: str) -> bool:
    """A line between two mails: a rule, or words between two rules."""
    bare = line.strip()
    return bool(bare) and bare[:3] in {"---", "___", "===", "***"} and (bare[-2:] in {"--", "__", "==", "**"})


def is_quote(line: str) -> bool:
    """Whether the line has a mark of quotation."""
    return line[:1] == ">" or line.lstrip(" \t|")[:1] == ">"


def next_text(seen: list[str], index: int) -> int:
    """The next line that is not empty."""
    while index < len(seen) and not seen[index]:
        index += 1
    return index


def _is_left_open(line: str) -> bool:
    """A client may wrap before the bracket that closes the address; the next line is no quotation then."""
    return line.rfind("<") > line.rfind(">")


def _above_quote(seen: list[str], index: int) -> bool:
    following = next_text(seen, index + 1)
    return following < len(seen) and is_quote(seen[following])


def _dates_writer(seen: list[str], index: int, window: str) -> bool:
    """A verb and a year in a language whose day names we do not know, directly above a `>` block."""
    return (
        _above_quote(seen, index)
        and len(window) < _FREE
        and bool(phrases.YEAR.search(window) and phrases.VERB.search(window))
    )


def _addressed(seen: list[str], index: int, first: str) -> int:
    """`2014-03-09 20:48 GMT+01:00 Name <address>:`, or without the colon when a `>` block follows."""
    if not (first.endswith(":") or _above_quote(seen, index)):
        return 0
    # A line of a log begins with the time and can name an address, too.
    words = phrases.CLOCK.sub(" ", first).partition("<")[0].split()[1:]
    told = any(word.islower() or word.endswith(":") for word in words)
    return 0 if len(words) > _NAMES or told else index + 1


def _closes(line: str) -> bool:
    line = line.rstrip(" *_\"'")
    return line.endswith((":", "：")) or (line.endswith("--") and phrases.VERB.search(line.rstrip("- ")) is not None)


def _has_date(window: str) -> bool:
    """An address or some of a date; "On page 3 it wrote:" has neither, and is one only directly above a quotation."""
    return "@" in window or any(
        pattern.search(window) for pattern in (phrases.YEAR, phrases.DAY, phrases.CLOCK, phrases.DATE_START)
    )


def _dated(window: str) -> bool:
    return bool(phrases.CLOCK.search(window) and (phrases.YEAR.search(window) or phrases.DAY.search(window)))


def _names_writer(window: str, started: bool) -> bool:
    if "@" in window and phrases.ADDRESS.search(window) and _dated(window):
        head = window.partition("<")[0]
        # Date, time, address in brackets, colon: no language needed; but a log has them too, and a sentence.
        if not ("=" in head or ": " in head or (not started and head[:1].islower())):
            return True
    if phrases.VERB.search(window) is None and phrases.CJK_VERB.search(window) is None:
        return False
    if not phrases.MARKED.search(window):
        return False
    if started:
        return True
    # Without a date in front, "X wrote:" needs an address, or the date and time behind it.
    return ("@" in window and len(window) < 300) or (len(window) < _FREE and _dated(window))
