"""Our own words coming back: which lines of a reply are text that we had sent.

In: the lines of a reply, and the plain texts of our mails that it may answer. Out: for each line whether it is ours,
however it was wrapped, quoted, turned into HTML and back, or broken up by answers, and whether it was written into our
text, where a client puts the mark of quotation before the answer too. It compares words, never lines: a
word is ours when it stands in a run of `RUN` words that we sent, a line when all its words do, without a seam. Must
never take a correspondent's own words for ours: where that could be, the answer is no, and `parsing.reply` judges by
the look of the text alone, as it does for a quotation that a machine translated. Linear time, whatever comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise

from parsing import limits
from parsing.words.concordance import RUN, Concordance, Matched, concordance, matched
from parsing.words.spelling import Line, read_line

_LONG = 8  # words of an unmarked passage that nobody writes by chance, when it is whole sentences of ours
_VERY_LONG = 16  # the same where it begins or ends within a sentence, or where the client marks what it quotes
_CHAIN = 6  # words of at least three of our lines in our order, with answers between them
_ENCODED = 3  # lines that end in =20: then it is a leftover of quoted-printable and nobody's number


class Origin(IntEnum):
    """Whose a line is. Of a line that nobody knows, looks decide."""

    UNKNOWN = 0
    OURS = 1
    INSERTED = 2  # marked as quoted, but written into our text by whoever answers


@dataclass(slots=True)
class _Passage:
    """A line of the reply whose words are all ours: where they stand in what we sent, and how much that says.

    One that is `filled` goes on with words of his behind a whole sentence of ours; it is his, and still shows where
    in our text we are."""

    index: int
    places: list[tuple[int, int]]
    weight: float
    marked: bool
    own: bool  # not what we had quoted of others
    asks: bool
    filled: bool = False
    sure: bool = False
    before: _Passage | None = None
    after: _Passage | None = None


def ours(seen: list[str], sent: tuple[str, ...]) -> list[bool]:
    """For each line whether it is our own text. Whole lines are better than `blocks.visible` ones, which are cut."""
    return [origin is Origin.OURS for origin in origins(seen, sent)]


def origins(seen: list[str], sent: tuple[str, ...]) -> list[Origin]:
    """For each line whose it is."""
    known = concordance(sent)
    found = [Origin.UNKNOWN] * len(seen)
    if not known.numbers:
        return found
    lines = _lines(seen, known)
    match = matched((word for line in lines for word in line.words), known)
    passages = _passages(lines, known, match)
    _accept_marked(passages, known)
    marking = _is_marking(passages)
    _accept_long(passages, lines, known, marking)
    if not marking:
        _accept_chains(passages, lines)
    for passage in passages:
        if passage is not None and passage.sure:
            found[passage.index] = Origin.OURS
    _fill(found, lines)
    if marking:
        _find_inserted(found, lines, _strangers(seen, lines, passages, match))
    return found


def _lines(seen: list[str], known: Concordance) -> list[Line]:
    """The lines that are compared, as words; what is below them is nobody's."""
    lines: list[Line] = []
    room = limits.ALIGNED_TEXT
    encoded = sum(line.endswith("=20") for line in seen[: limits.SPLIT_LINES]) >= _ENCODED
    for source in seen:
        room -= max(len(source), limits.ALIGNED_LINE)
        if room < 0:
            break
        line = read_line(source.removesuffix("=20") if encoded else source, lines[-1].words if lines else ())
        if lines and line.words and lines[-1].words:
            lines[-1], line = _mended(lines[-1], line, known)
        lines.append(line)
    return lines


def _mended(above: Line, below: Line, known: Concordance) -> tuple[Line, Line]:
    """A word that was cut in two, by a hyphen, a quoted-printable line end or a narrow window, when its whole is a word
    of ours."""
    if not above.broken and above.words[-1] in known.numbers:
        return above, below
    whole = above.words[-1] + below.words[0]
    if whole not in known.numbers or (len(below.words) == 1 and not below.depth):
        return above, below
    rest = below.words[1:]
    return replace(above, words=(*above.words[:-1], whole)), replace(below, words=rest, blank=not rest, ruled=not rest)


def _passages(lines: list[Line], known: Concordance, match: Matched) -> list[_Passage | None]:
    """For each line its place in what we sent; None where it begins with words that are not ours."""
    passages: list[_Passage | None] = []
    start = 0
    for index, line in enumerate(lines):
        end = start + len(line.words)
        places = _whole(known, match, start, end)
        filled = not places and end > start
        if filled:
            places = _filled(known, match, start, end)
        passages.append(
            _Passage(
                index=index,
                places=places,
                weight=line.weight,
                marked=line.depth > 0,
                own=not known.depth[places[0][0]],
                asks=line.asks,
                filled=filled,
            )
            if places
            else None
        )
        start = end
    return passages


def _whole(known: Concordance, match: Matched, start: int, end: int) -> list[tuple[int, int]]:
    """Where in what we sent the words stand."""
    if _is_seamless(match.nearest, start, end):
        return [(match.places[start], match.places[end - 1])] if end > start else []
    if end - start >= RUN:
        return []
    return [(place, place + end - start - 1) for place in known.short.get(tuple(match.row[start:end]), ())]


def _filled(known: Concordance, match: Matched, start: int, end: int) -> list[tuple[int, int]]:
    """`Affected users: 12`: a sentence of ours, then nothing but words that stand in no run of ours."""
    common = sum(near < RUN for near in match.nearest[start:end])
    stop = start + common
    if not common:
        for size in range(min(RUN, end - start) - 1, 0, -1):
            if places := known.short.get(tuple(match.row[start : start + size])):
                return [(place, place + size - 1) for place in places]
        return []
    if stop == end or any(near >= RUN for near in match.nearest[start:stop]):
        return []
    begin, last = match.places[start], match.places[stop - 1]
    return [(begin, last)] if known.first[begin] and known.last[last] else []


def _is_seamless(nearest: list[int], start: int, end: int) -> bool:
    """Whether every word is ours and stands with its neighbours as we wrote them. Where something was taken out of a
    paragraph there is a seam; then a run has to stand on either side of it in this line."""
    since = start
    for index in range(start, end):
        if nearest[index] >= RUN:
            return False
        if nearest[index] == RUN - 1 and index > start:  # the run begins here: nothing joins it to the word before
            if index - since < RUN or end - index < RUN:
                return False
            since = index
    return True


def _is_marking(passages: list[_Passage | None]) -> bool:
    """Whether the client marks what it quotes. A few marks say nothing: our own layout quotes within itself."""
    marked = plain = 0.0
    for passage in passages:
        if passage is not None and passage.own and not passage.filled:
            if passage.sure:
                marked += passage.weight
            else:
                plain += passage.weight
    return marked >= max(plain, 1.0)


def _accept_marked(passages: list[_Passage | None], known: Concordance) -> None:
    """What is marked as quoted, and the ends of such lines that a client wrapped and left without a mark."""
    above: _Passage | None = None
    for passage in passages:
        if passage is not None and not passage.filled:
            wrapped = above is not None and above.sure and _goes_on(above, passage)
            passage.sure = passage.marked or (wrapped and not known.first[passage.places[0][0]])
        above = passage


def _goes_on(above: _Passage, below: _Passage) -> bool:
    return any(begin == end + 1 for _, end in above.places for begin, _ in below.places)


def _accept_long(passages: list[_Passage | None], lines: list[Line], known: Concordance, marking: bool) -> None:
    """Unmarked passages that are too long to stand there by chance."""
    group: list[_Passage] = []
    for passage, line in zip(passages, lines, strict=True):
        if line.blank:
            continue
        if passage is not None and not passage.filled and not (passage.sure and marking):
            group.append(passage)
            continue
        _settle(group, lines, known, marking)
        group = []
    _settle(group, lines, known, marking)


def _settle(group: list[_Passage], lines: list[Line], known: Concordance, marking: bool) -> None:
    if not group:
        return
    begin, end = group[0].places[0][0], group[-1].places[0][1]
    starts, stops = bool(known.first[begin]), bool(known.last[end])
    if not starts and _has_text(lines, group[0].index - 1):
        return  # words of ours within a sentence of his
    if not stops and _has_text(lines, group[-1].index + 1):
        return
    needed = _LONG if starts and stops and not marking else _VERY_LONG
    if marking and not (starts and stops):
        return
    # What we quoted of him he may write again, his signature for one: it counts only behind words of our own.
    if sum(passage.weight for passage in group if passage.own) >= needed:
        for passage in group:
            passage.sure = True


def _has_text(lines: list[Line], index: int) -> bool:
    return 0 <= index < len(lines) and not lines[index].blank


def _accept_chains(passages: list[_Passage | None], lines: list[Line]) -> None:
    """Short lines of ours with answers between them: each follows the other as in what we sent. What we had quoted of
    him he writes under every mail, if it is his signature: it is no link."""
    ends: dict[int, _Passage] = {}
    for passage in passages:
        if passage is None or not (passage.own or passage.sure):
            continue
        for begin, end in passage.places:
            above = ends.get(begin - 1)
            if above is not None and above.after is None and passage.before is None:
                above.after, passage.before = passage, above
            ends[end] = passage
    texts = _counted(lines)
    for passage in passages:
        if passage is not None and passage.before is None and passage.after is not None:
            _settle_chain(passage, texts)


def _counted(lines: list[Line]) -> list[int]:
    """For each line how many lines with text stand above it."""
    counts: list[int] = []
    count = 0
    for line in lines:
        counts.append(count)
        count += not line.blank
    return counts


def _settle_chain(head: _Passage, texts: list[int]) -> None:
    chain: list[_Passage] = []
    link: _Passage | None = head
    while link is not None:
        chain.append(link)
        link = link.after
    known = any(passage.sure for passage in chain)
    if not known and (len(chain) < 3 or sum(passage.weight for passage in chain) < _CHAIN):
        return
    beside = {
        passage.index
        for above, below in pairwise(chain)
        if texts[below.index] == texts[above.index] + 1
        for passage in (above, below)
    }
    for passage in chain:
        between = passage.before is not None and passage.after is not None
        if not passage.filled and (between or passage.asks or passage.index in beside):
            passage.sure = True


def _fill(found: list[Origin], lines: list[Line]) -> None:
    """Blank lines between two lines of ours; marks and rules that stand right below one."""
    above = -1
    for index, line in enumerate(lines):
        if found[index]:
            if above >= 0:
                found[above + 1 : index] = [Origin.OURS] * (index - above - 1)
            above = index
        elif not line.blank:
            above = -1
        elif above >= 0 and line.ruled:
            found[above + 1 : index + 1] = [Origin.OURS] * (index - above)
            above = index


def _strangers(seen: list[str], lines: list[Line], passages: list[_Passage | None], match: Matched) -> list[bool]:
    """For each line whether it cannot be ours, whatever happened on the way: hardly a word of it is, or new words
    follow a whole sentence of ours. A link alone on its line may be one that a gateway or a client put there."""
    found: list[bool] = []
    start = 0
    for source, line, passage in zip(seen, lines, passages, strict=False):
        end = start + len(line.words)
        filled = passage is not None and passage.filled
        common = sum(near < RUN for near in match.nearest[start:end])
        link = "://" in source and " " not in source.strip("> \t|")
        found.append(filled or not (line.blank or link or common * 4 > end - start))
        start = end
    return found


def _find_inserted(found: list[Origin], lines: list[Line], strangers: list[bool]) -> None:
    """Lines of a stranger at the depth of ours, between lines of ours or below one that asks."""
    above = -1  # the last line of ours
    since: list[int] = []  # what may have been inserted below it
    for index, line in enumerate(lines):
        if line.blank and found[index] is not Origin.OURS:
            continue
        if found[index] is Origin.OURS:
            if since and (lines[above].depth == line.depth or lines[above].asks):
                _insert(found, since)
            above, since = index, []
        elif above >= 0 and strangers[index] and line.depth == lines[above].depth > 0:
            since.append(index)
        else:
            if since and lines[above].asks:
                _insert(found, since)
            above, since = -1, []
    if since and lines[above].asks:
        _insert(found, since)


def _insert(found: list[Origin], since: list[int]) -> None:
    for index in since:
        found[index] = Origin.INSERTED
