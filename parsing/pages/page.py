"""The text of an HTML page while its tags are walked: lines, and what is open around them.

In: the text and the tags of one page, in order. Out: lines with their depth of quotation, written with `> ` marks.
Must never keep more open elements than `limits.HTML_DEPTH`, never recurse, and look for the element that a closing tag
means among the nearest only. Hidden elements are left out; containers in which mail clients put quotations and
signatures are marked as text mail marks them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from parsing import limits
from parsing.pages import furniture, grid
from parsing.pages.furniture import Mark

_BLOCK = frozenset({"div", "section", "article", "header", "footer", "main", "aside", "nav", "tbody", "thead", "tfoot",
                    "form", "fieldset", "dl", "dt", "dd", "address", "center", "figure", "figcaption", "body", "html",
                    "caption", "details", "summary"})  # fmt: skip
_PARAGRAPH = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "pre", "listing", "xmp"})
_VERBATIM = frozenset({"pre", "listing", "xmp"})
_MARKABLE = frozenset({"div", "span", "table", "td", "th", "tr", "p", "blockquote", "section", "center", "font", "a",
                       "pre", "small", "h1", "h2", "h3"})  # fmt: skip
_CELL = frozenset({"table", "td", "th", "tr"})
_QUOTE_DEPTH = 20
_RULE = "________________________________"
_UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2800\ufeff \u2007"
_ATTRIBUTION = (":", "：", "----", "...")
_FIELD = re.compile(r"^[*_]{0,2}[^\W\d_][\w .-]{1,25}\s?[:：][*_]{0,2} ?\S")


@dataclass(slots=True)
class _Element:
    """An open element; `since` is where in the line its text begins, `raised` whether it deepened the quotation."""

    name: str
    mark: Mark = Mark.NONE
    since: int = 0
    raised: bool = False


class Page:
    """Collects lines as (depth of quotation, text); knows what is open around them."""

    def __init__(self, lowered: str, images: Mapping[str, str]) -> None:
        self.images = images
        self.hides, self.names = furniture.hides(lowered), furniture.names(lowered)
        self.lines: list[grid.Line] = []
        self.line: list[str] = []
        self.quote = 0
        self.quotes: list[bool] = []  # of each open blockquote, whether it is one
        self.hidden = 0
        self.open_elements: list[_Element] = []
        self.marks: dict[str, Mark] = {}  # of each tag that was seen: a page has the same few again and again
        self.waiting: _Element | None = None  # a quotation container whose first line has not come
        self.attributed = False
        self.signing = False
        self.lists: list[int] = []  # -1 for ul, else the last number of an ol
        self.item = False  # nothing in this line but a list mark
        self.spacer = False  # nothing in this line but a no-break space: an empty line that someone typed
        self.tight = False  # the open paragraph has no margin
        self.pre = 0
        self.target = ""
        self.linked: list[str] = []
        self.links = 0
        self.grids: list[grid.Grid] = []
        self.size = 0

    def text(self, raw: str) -> None:
        """Text between two tags, entities not yet undone."""
        text = raw
        if "&" in text:
            text = text.replace("&nbsp;", "\xa0")
            text = html.unescape(text) if "&" in text else text
        if self.pre:
            pieces = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
            for piece in pieces[:-1]:
                self.line.append(piece)
                self.end_line(force=True)
            text = pieces[-1]
        else:
            words = " ".join(text.split())
            if not words:
                self._space(text)
                return
            if text[0].isspace() and self.line and not self.line[-1].endswith(" "):
                words = " " + words
            text = words + " " if text[-1].isspace() else words
        if text:
            self.line.append(text)
            self.item = False
            if self.target:
                self.linked.append(text)

    def _space(self, text: str) -> None:
        if self.line and not self.line[-1].endswith(" "):
            self.line.append(" ")
        self.spacer = self.spacer or "\xa0" in text

    def end_line(self, force: bool = False) -> None:
        """What was collected becomes a line; `force` makes one of nothing."""
        if not self.line and not force:
            if self.spacer:
                self.spacer = False
                self._part()
            return
        text = "".join(self.line).rstrip()
        self.line.clear()
        self.item = self.spacer = False
        if text and not text.isascii() and not text.strip(_UNSEEN):
            text = ""  # the padding of a preheader
        if text:
            self._place(text)
        elif force:
            self._empty()

    def _place(self, text: str) -> None:
        """One line with words, where it belongs: the first lines of a quotation container may be its attribution."""
        if self.waiting is not None:
            if not self.attributed and text.endswith(_ATTRIBUTION):
                self.attributed = True
            elif not self.attributed and _FIELD.match(text):
                self.waiting = None  # a header block: the splitter knows it, and a forward has one too
            else:
                self.waiting.raised = True
                self.waiting = None
                self.quote += 1
        if self.signing:
            self.signing = False
            if text.strip() not in {"--", "—", "-- "} and not self._just_signed():
                self.lines.append((self.quote, "-- "))
        self.lines.append((self.quote, "-- " if text == "--" else text))
        self.size += len(text) + 1

    def _just_signed(self) -> bool:
        return any(text == "-- " for _, text in self.lines[-2:])

    def _empty(self) -> None:
        """An empty line; of a run of them, two stay."""
        if len(self.lines) < 2 or self.lines[-1][1] or self.lines[-2][1]:
            self.lines.append((self.quote, ""))

    def blank(self) -> None:
        """The end of a paragraph."""
        self.end_line()
        self._part()

    def _part(self) -> None:
        if self.lines and self.lines[-1][1]:
            self.lines.append((self.quote, ""))

    def open(self, name: str, source: str) -> None:
        """An opening tag; `source` is all of it."""
        if name in {"br", "img"}:
            if not self.hidden:
                self.end_line(force=True) if name == "br" else self._image(source)
            return
        if name in _MARKABLE:
            self._track(name, source)
        if name in _CELL:
            self._open_cell(name, source)
        elif name == "a":
            self._open_link(source)
        elif name == "p":
            self._open_paragraph(source)
        elif name == "li":
            self._item()
        elif name == "blockquote":
            self._open_quotation(source)
        elif name in {"ul", "ol"}:
            self._open_list(name)
        elif name == "hr":
            self.end_line()
            self._place(_RULE)
        else:
            self._open_block(name)

    def _track(self, name: str, source: str) -> None:
        """Remember an open element, with what its attributes make of it."""
        stack = self.open_elements
        if name == "p" and stack and stack[-1].name == "p":
            self._forget(1)  # HTML 4.01 section 9.3.1: a paragraph ends where the next begins
        elif name in _CELL and name != "table":
            self._shut(name if name != "th" else "td")
        if len(stack) >= limits.HTML_DEPTH:
            return
        mark = Mark.NONE
        if len(source) > len(name) + 6:
            known = self.marks.get(source)
            if known is None:
                known = self.marks[source] = self._mark(name, source)
            mark = known
        stack.append(_Element(name, mark, len(self.line)))
        if mark:
            self._begin(stack[-1])

    def _mark(self, name: str, source: str) -> Mark:
        """What the attributes of a tag make of its element."""
        if self.hides and furniture.hidden(name, source):
            return Mark.HIDDEN
        if self.names and name != "blockquote":
            return furniture.named(source)
        return Mark.LIST_MARK if name == "span" and "mso-list:" in source and "gnore" in source else Mark.NONE

    def _begin(self, element: _Element) -> None:
        if element.mark is Mark.HIDDEN:
            self.hidden += 1
        elif element.mark is Mark.QUOTE:
            self.end_line()
            if self.waiting is None:
                self.waiting, self.attributed = element, False
        elif element.mark is Mark.SIGNATURE:
            self.end_line()
            self.signing = True

    def _shut(self, name: str) -> None:
        """Close the nearest open element of this name, and what was left open in it."""
        stack = self.open_elements
        for back in range(1, min(len(stack), limits.HTML_NEAR) + 1):
            found = stack[-back].name
            if found == name or (name == "td" and found == "th") or (name == "tr" and found == "td"):
                self._forget(back)
                return
            if found == "table" and name in _CELL:
                return

    def _forget(self, count: int) -> None:
        for _ in range(count):
            element = self.open_elements.pop()
            if element.mark:
                self._finish(element)

    def _finish(self, element: _Element) -> None:
        if element.mark is Mark.HIDDEN:
            self.hidden -= 1
        elif element.mark is Mark.QUOTE:
            self.end_line()
            if self.waiting is element:
                self.waiting = None
            if element.raised:
                self._lower(True)
                self.blank()
        elif element.mark is Mark.SIGNATURE:
            self.end_line()
            self.signing = False
        elif element.mark is Mark.LIST_MARK and element.since <= len(self.line):
            # Word writes the mark of a list into the text, as a letter of a symbol font.
            mark = "".join(self.line[element.since :]).strip()
            numbered = len(mark) > 1 and mark[:-1].isalnum()
            self.line[element.since :] = [f"{mark} " if numbered else "- "] if mark else []

    def _lower(self, raised: bool) -> None:
        """The end of a quotation; the empty lines at its end are not part of it."""
        self.quote -= raised
        while self.lines and not self.lines[-1][1] and self.lines[-1][0] > self.quote:
            self.lines.pop()

    def _open_quotation(self, source: str) -> None:
        """A blockquote; one with a margin of its own and no border is how editors indent (`margin: 0 0 0 40px`)."""
        indents = "border:none" in source.replace(" ", "").lower() and "cite" not in source
        self.blank()
        self.waiting = None
        if len(self.quotes) < limits.HTML_DEPTH * 10:
            self.quotes.append(not indents)
            self.quote += not indents

    def _open_cell(self, name: str, source: str) -> None:
        self.end_line()
        if name == "table":
            for around in self.grids[-1:]:
                around.layout = True
            if len(self.grids) < limits.HTML_DEPTH:
                self.grids.append(grid.opened(source, len(self.lines)))
        elif self.grids and not self.hidden:
            if name == "tr":
                self.grids[-1].row()
            else:
                self.grids[-1].cell(len(self.lines))
                if name == "th" or grid.is_ruled(source):
                    self.grids[-1].ruled = True

    def _open_list(self, name: str) -> None:
        self.end_line() if self.lists else self.blank()
        if len(self.lists) < limits.HTML_DEPTH:
            self.lists.append(-1 if name == "ul" else 0)

    def _open_paragraph(self, source: str) -> None:
        """A paragraph; those of Word and of Outlook on the web have no margin, an empty one is their empty line."""
        if self.item:
            return  # the paragraph of a list item begins behind its mark
        self.tight = len(source) > 8 and ("Mso" in source or "margin:0" in source or "margin-bottom:0" in source)
        self.end_line() if self.tight or self.lists else self.blank()

    def _open_block(self, name: str) -> None:
        if self.item:
            return  # the paragraph of a list item begins behind its mark
        if name in _PARAGRAPH:
            self.end_line() if self.lists else self.blank()
        elif name in _BLOCK:
            self.end_line()
        if name in _VERBATIM:
            self.pre = min(self.pre + 1, limits.HTML_DEPTH)

    def close(self, name: str) -> None:
        """A closing tag."""
        if name == "a":
            self._close_link()
        if name in {"ul", "ol"}:
            self.end_line()
            if self.lists:
                self.lists.pop()
            if not self.lists:
                self.blank()
        elif name == "p":
            self.end_line() if self.tight or self.lists else self.blank()
        elif name in _CELL:
            self._close_cell(name)
        elif name in _PARAGRAPH:
            if name in _VERBATIM:
                self.end_line()
                self.pre = max(0, self.pre - 1)
            self.end_line() if self.lists else self.blank()
        elif name in _BLOCK or name in {"li", "blockquote"}:
            self.end_line()
        if name in _MARKABLE:
            self._shut(name)
        if name == "blockquote" and self.quotes:
            self._lower(self.quotes.pop())
            self.blank()

    def _close_cell(self, name: str) -> None:
        self.end_line()
        if name == "table" and self.grids:
            finished = self.grids.pop()
            if not finished.layout and finished.cells:
                self.lines[finished.start :] = grid.written(finished, self.lines[finished.start :])

    def _item(self) -> None:
        self.end_line()
        if self.hidden:
            return
        indent = "  " * min(len(self.lists) - 1, 10)
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.line.append(f"{indent}{self.lists[-1]}. ")
        else:
            self.line.append(f"{indent}- ")
        self.item = True

    def _image(self, source: str) -> None:
        words = furniture.image(source, self.images)
        if words:
            if self.line and not self.line[-1].endswith(" ") and words[0] == "[":
                self.line.append(" ")
            self.line.append(f"{words} " if words[0] == "[" else words)
            self.item = False
            if self.target:
                self.linked.append(words)

    def _open_link(self, source: str) -> None:
        self.target, self.linked = "", []
        if self.links < limits.HTML_LINKS and not self.hidden:
            self.target = furniture.target(source)
            self.links += bool(self.target)

    def _close_link(self) -> None:
        text = "".join(self.linked).strip()
        if self.target and text:
            address = furniture.shown(text, self.target)
            if address:
                gap = "" if self.line and self.line[-1].endswith(" ") else " "
                self.line.append(f"{gap}<{address}>")
        self.target, self.linked = "", []

    def written(self) -> str:
        """All lines, with the marks of their quotation; the mark of an empty line has no space at its end."""
        self.end_line()
        marks = ["> " * depth for depth in range(_QUOTE_DEPTH + 1)]
        return "\n".join(
            (marks[min(depth, _QUOTE_DEPTH)] + text if text else marks[min(depth, _QUOTE_DEPTH)].rstrip())
            if depth
            else text
            for depth, text in self.lines
        ).strip("\n")
