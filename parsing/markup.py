"""HTML of a mail into readable text.

In: the source of one HTML part. Out: text with paragraphs, list marks, table rows, link targets, and quotations as
`> ` lines, so that the same reply splitter serves both kinds of mail. Must never fetch, execute or keep markup, never
recurse, and look at each character a constant number of times: `html.parser` of Python 3.11 is quadratic on `<!--` and
`<a <a <a` (CVE-2025-6069), hence an own tokeniser that only jumps forward.
"""

from __future__ import annotations

import html
import re

from parsing import limits

_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,19})(?=[\s/>:]|$)")
_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0]+")
_HREF = re.compile(r"""\bhref\s{0,5}=\s{0,5}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s>"']{1,2000}))""", re.IGNORECASE)
_DROPPED = frozenset({"script", "style", "head", "title", "template", "svg", "math", "noscript", "object", "iframe",
                      "select", "textarea", "map", "audio", "video"})  # fmt: skip
_BLOCK = frozenset({"div", "section", "article", "header", "footer", "main", "aside", "nav", "table", "tbody", "thead",
                    "form", "fieldset", "dl", "dt", "dd", "address", "center", "figure", "tr", "body", "html",
                    "caption"})  # fmt: skip
_PARAGRAPH = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre"})
_QUOTE_DEPTH = 20


class _Walker:
    """Collects lines; knows how deep it is in quotations and lists."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.lists: list[int] = []  # -1 for ul, else the last number of an ol
        self.pre = 0
        self.href = ""
        self.linked: list[str] = []
        self.links = 0
        self.cells = 0
        self.size = 0

    def text(self, raw: str) -> None:
        text = html.unescape(raw) if "&" in raw else raw
        if self.pre:
            pieces = text.replace("\r\n", "\n").split("\n")
            for piece in pieces[:-1]:
                self.line.append(piece)
                self.end_line(force=True)
            text = pieces[-1]
        else:
            text = _SPACE.sub(" ", text)
            if not self.line or self.line[-1].endswith(" "):
                text = text.removeprefix(" ")
        if text:
            self.line.append(text)
            if self.href:
                self.linked.append(text)

    def end_line(self, force: bool = False) -> None:
        text = "".join(self.line).rstrip()
        self.line.clear()
        self.cells = 0
        if text or force:
            mark = "> " * min(self.quote, _QUOTE_DEPTH)
            self.lines.append((mark + text).rstrip() if mark else text)
            self.size += len(text) + 1

    def blank(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append((">" + " >" * (self.quote - 1)) if 0 < self.quote <= _QUOTE_DEPTH else "")

    def open(self, name: str, source: str) -> None:
        if name == "br":
            self.end_line(force=True)
        elif name == "blockquote":
            self.blank()
            self.quote += 1
        elif name in {"ul", "ol"}:
            self.end_line() if self.lists else self.blank()
            if len(self.lists) < limits.HTML_DEPTH:
                self.lists.append(-1 if name == "ul" else 0)
        elif name == "li":
            self._item()
        elif name == "hr":
            self.end_line()
            self.lines.append("________________________________")
        elif name in {"td", "th"}:
            if self.cells:
                self.line.append(" | ")
            self.cells += 1
        elif name == "a":
            self._open_link(source)
        else:
            self._open_block(name)

    def _open_block(self, name: str) -> None:
        if name in _PARAGRAPH:
            self.blank()
            self.pre = min(self.pre + (name == "pre"), limits.HTML_DEPTH)
        elif name in _BLOCK:
            self.end_line()

    def close(self, name: str) -> None:
        if name == "blockquote":
            self.end_line()
            self.quote = max(0, self.quote - 1)
            self.blank()
        elif name in {"ul", "ol"}:
            self.end_line()
            if self.lists:
                self.lists.pop()
        elif name == "a":
            self._close_link()
        elif name == "pre":
            self.end_line()
            self.pre = max(0, self.pre - 1)
        elif name in _PARAGRAPH:
            self.blank()
        elif name in _BLOCK or name == "li":
            self.end_line()

    def _item(self) -> None:
        self.end_line()
        indent = "  " * min(len(self.lists) - 1, 10)
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.line.append(f"{indent}{self.lists[-1]}. ")
        else:
            self.line.append(f"{indent}- ")

    def _open_link(self, source: str) -> None:
        found = _HREF.search(source)
        self.href, self.linked = "", []
        if found and self.links < limits.HTML_LINKS:
            target = html.unescape(found.group(1) or found.group(2) or found.group(3) or "").strip()
            if target[:7].lower() in {"http://", "https:/"}:
                self.href = _SPACE.sub("", target)
                self.links += 1

    def _close_link(self) -> None:
        shown = "".join(self.linked).strip()
        if self.href and shown and shown.rstrip("/") not in self.href:
            self.line.append(f" <{self.href}>")
        self.href, self.linked = "", []


def to_text(source: str) -> str:
    """The readable text of an HTML part."""
    source = source[: limits.HTML_SOURCE]
    walker = _Walker()
    lowered: str | None = None
    position, end = 0, len(source)
    while position < end and walker.size <= limits.BODY_TEXT:
        bracket = source.find("<", position)
        if bracket < 0:
            walker.text(source[position:])
            break
        if bracket > position:
            walker.text(source[position:bracket])
        if source.startswith("<!--", bracket):
            position = _after(source, "-->", bracket + 4)
            continue
        found = _NAME.match(source, bracket)
        if found is None:
            position = _not_a_tag(source, bracket, walker)
            continue
        name = found.group(1).lower()
        position = _tag_end(source, bracket)
        if source[bracket + 1] == "/":
            walker.close(name)
        elif name in _DROPPED:
            lowered = source.lower() if lowered is None else lowered
            # str.lower may change the length of exotic letters; then the marks would be off.
            hay = lowered if len(lowered) == end else source
            if not source.startswith("/>", position - 2):
                position = _after(hay, f"</{name}", position)
                position = _after(source, ">", position)
        else:
            walker.open(name, source[bracket:position])
    walker.end_line()
    return "\n".join(walker.lines).strip("\n")


def _not_a_tag(source: str, bracket: int, walker: _Walker) -> int:
    """`<!doctype`, `<?xml` and conditional comments are skipped; a lone `<` is text."""
    if source[bracket + 1 : bracket + 2] in {"!", "?"}:
        return _after(source, ">", bracket)
    end = bracket + 1
    while source[end : end + 1] == "<" and source[end + 1 : end + 2] == "<":
        end += 1
    walker.text("<" * (end - bracket))
    return end


def _after(source: str, mark: str, position: int) -> int:
    """The position after the mark; the end when it never comes, so that nothing is searched twice."""
    found = source.find(mark, position)
    return len(source) if found < 0 else found + len(mark)


def _tag_end(source: str, bracket: int) -> int:
    """After the `>` of a tag; a few `>` inside quoted attributes are stepped over."""
    position = bracket
    for _ in range(8):
        stop = source.find(">", position + 1)
        if stop < 0:
            return len(source)
        position = stop
        tag = source[bracket:stop] if stop - bracket < 4000 else ""
        if tag.count('"') % 2 == 0:
            break
    return position + 1
