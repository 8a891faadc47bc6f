"""HTML of a mail into readable text.

In: the source of one HTML part, and the names of the images that came with the mail. Out: text with paragraphs, list
marks, table rows, link targets, images in their place, and quotations as `> ` lines, so that the same reply splitter
serves both kinds of mail; the quotation and signature containers of mail clients are marked as text mail marks them.
Must never fetch, execute or keep markup, never recurse, and look at each character a constant number of times:
`html.parser` of Python 3.11 is quadratic on `<!--` and `<a <a <a` (CVE-2025-6069), hence an own tokeniser that only
jumps forward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from parsing import limits
from parsing.pages.page import Page

_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,19})(?=[\s/>:]|$)")
# A tag as nearly all are, its quoted attributes without brackets: the same end as `_tag_end` finds, at once.
_TAG = re.compile(r"""</?([a-zA-Z][a-zA-Z0-9]{0,19})(?:[\s/:](?:[^<>"']++|"[^<>"]*+"|'[^<>']*+')*+)?>""")
_DROPPED = frozenset({"script", "style", "title", "template", "svg", "math", "iframe", "select", "map",
                      "audio", "video"})  # fmt: skip
_BRACKETS = re.compile(r"<+(?=<)")
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_DECLARES = frozenset({"!", "?", "/"})
_NO_IMAGES: Mapping[str, str] = MappingProxyType({})


def to_text(source: str, images: Mapping[str, str] = _NO_IMAGES) -> str:
    """The readable text of an HTML part; `images` names those of the mail by their Content-ID."""
    lowered = source.lower()
    page = Page(lowered, images)
    for walked, (name, piece, used) in enumerate(tokens(source, lowered)):
        if walked >= limits.HTML_WALKED:
            page.text(_ANY_TAG.sub(" ", source[used - len(piece) :]))
            break
        if not name:
            if not page.hidden:
                page.text(piece)
        elif piece[1] == "/":
            page.close(name)
        else:
            page.open(name, piece)
        if page.size > limits.BODY_TEXT:
            break
    return page.written()


def tokens(source: str, lowered: str) -> Iterator[tuple[str, str, int]]:
    """The pieces of a source in order: the lower-case name of a tag (empty for text), its characters, the position
    after it. Comments and elements whose content is no text are left out."""
    position, end = 0, len(source)
    # str.lower may change the length of exotic letters; then the marks would be off.
    hay = lowered if len(lowered) == end else source
    endless: set[str] = set()
    while position < end:
        bracket = source.find("<", position)
        if bracket < 0:
            bracket = end
        if bracket > position:
            yield "", source[position:bracket], bracket
        if bracket == end:
            return
        found = _TAG.match(source, bracket)
        if found is not None:
            position = found.end()
        else:
            found = _NAME.match(source, bracket)
            if found is None:
                position = _not_a_tag(source, bracket)
                if source[bracket + 1 : bracket + 2] not in _DECLARES:
                    yield "", source[bracket:position], position
                continue
            position = _tag_end(source, bracket)
        name = found.group(1).lower()
        if name not in _DROPPED:
            yield name, source[bracket:position], position
        elif source[bracket + 1] != "/" and not source.startswith("/>", position - 2) and name not in endless:
            position = _dropped(hay, name, position, endless)


def _dropped(hay: str, name: str, position: int, endless: set[str]) -> int:
    """After the end of an element whose content is no text. One that is never closed hides the rest only where
    browsers hide it too; its end is searched once."""
    stop = hay.find(f"</{name}", position)
    if stop >= 0:
        return _after(hay, ">", stop)
    endless.add(name)
    return len(hay) if name in {"script", "style", "title"} else position


def _not_a_tag(source: str, bracket: int) -> int:
    """Where the text goes on: comments (conditional ones too), `<!doctype` and `<?xml` are skipped; a lone `<` is
    text."""
    if source.startswith("<!--", bracket):
        if source.startswith((">", "->"), bracket + 4):
            return _after(source, ">", bracket)  # HTML section 13.2.5.43: an abruptly closed empty comment
        return _after(source, "-->", bracket + 4)
    if source[bracket + 1 : bracket + 2] in _DECLARES:
        return _after(source, ">", bracket)
    run = _BRACKETS.match(source, bracket)
    return bracket + 1 if run is None else run.end()


def _after(source: str, mark: str, position: int) -> int:
    """The position after the mark; the end when it never comes, so that nothing is searched twice."""
    found = source.find(mark, position)
    return len(source) if found < 0 else found + len(mark)


def _tag_end(source: str, bracket: int) -> int:
    """After the `>` of a tag; a few `>` inside quoted attributes are stepped over."""
    first = source.find(">", bracket + 1)
    if first < 0:
        return len(source)
    stop, quotes = first, source.count('"', bracket, first)
    for _ in range(8):
        if quotes % 2 == 0 or stop - bracket > 4_000:
            return stop + 1
        further = source.find(">", stop + 1)
        if further < 0:
            break
        quotes += source.count('"', stop, further)
        stop = further
    return first + 1  # a lone quotation mark, not a quoted `>`
