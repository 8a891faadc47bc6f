"""A copy of the HTML of a mail that is safe to show.

In: the tree. Out: HTML without scripts, styles that load or cover, forms, frames and every remote load: images only of
the mail itself (`cid:`) or small ones inside it (`data:` png, gif, jpeg); links stay, to http, https, mailto and tel,
with `rel="noopener noreferrer"`. Empty when the mail has no HTML body. Must never give nh3 a deep tree (50,000 nested
elements cost it 15 seconds) nor a long one: depth and size are cut before, where a cut can only lose text. Whoever
shows it must still do so in a frame without rights: this is one of two walls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import islice

import nh3

from parsing import limits
from parsing.body import is_text, source
from parsing.pages.furniture import unescaped
from parsing.pages.markup import tokens
from parsing.tree import Leaf, Tree

_TAGS = {
    "a", "abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
_EMPTIED = {"applet", "audio", "canvas", "embed", "frameset", "head", "iframe", "math", "noembed", "noframes",
            "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title", "video",
            "xmp"}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir", "lang", "align", "valign", "style", "title"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span", "width"}, "colgroup": {"span", "width"},
    "font": {"color", "face", "size"},
    "hr": {"size", "width"},
    "img": {"src", "alt", "width", "height"},
    "li": {"value"}, "ol": {"start", "type"}, "ul": {"type"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "tr": {"bgcolor"},
}  # fmt: skip
_STYLES = {"color", "background-color", "font-family", "font-size", "font-style", "font-weight", "text-align",
           "text-decoration", "vertical-align", "white-space", "border", "border-left", "border-right", "border-top",
           "border-bottom", "border-collapse", "padding", "padding-left", "list-style-type"}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}
_LINKS = ("http://", "https://", "mailto:", "tel:")
_PICTURE = re.compile(r"data:image/(?:png|gif|jpe?g);base64,[A-Za-z0-9+/=\s]{0,100000}", re.IGNORECASE)
_CID = re.compile(r"cid:[^\s\"'<>]{1,500}", re.IGNORECASE)
# A style that could name anything to load or to run, or write what it means with escapes and comments.
_LOADING = re.compile(
    r"[\\@]|url|image|expression|import|behavio|binding|javascript|/\*|var\(|attr\(|src\(", re.IGNORECASE
)
_ATTRIBUTE = re.compile(
    r"""[\s/"']([a-zA-Z]{1,20})\s{0,5}=\s{0,5}(?:"([^"]{0,100000})"|'([^']{0,100000})'|([^\s"'>]{1,2000}))"""
)
_NO_SIGNS = str.maketrans("", "", "&<>")
_LONGEST_TAG = 120_000
_VOID = frozenset({"br", "col", "hr", "img"})
_ENDS = {"a": {"a"}, "p": {"p"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "td": {"td", "th"},
         "th": {"td", "th"}, "tr": {"td", "th", "tr"}}  # fmt: skip


def sanitised(tree: Tree) -> str:
    """The HTML bodies of the mail, cleaned, one after the other; all of them share one limit."""
    pages: list[str] = []
    room = limits.SANITISED_SOURCE
    for leaf in islice(_bodies(tree.root), limits.HTML_PARTS):
        page = source(leaf, limits.SANITISED_SOURCE * 4)[0][:room]
        room -= len(page)
        pages.append(cleaned(page))
    return "\n<hr>\n".join(filter(None, pages))


def _bodies(leaf: Leaf) -> Iterator[Leaf]:
    """The HTML parts that are text of the mail; of alternatives only one."""
    kind = leaf.media.value
    if kind.startswith("message/") or kind in {"multipart/encrypted", "multipart/digest"}:
        return
    if leaf.children:
        found = (body for child in leaf.children for body in _bodies(child))
        yield from islice(found, 1) if kind == "multipart/alternative" else found
    elif kind == "text/html" and is_text(leaf):
        yield leaf


def cleaned(page: str) -> str:
    """One HTML source, cleaned."""
    return nh3.clean(
        _balanced(page[: limits.SANITISED_SOURCE]),
        tags=_TAGS,
        clean_content_tags=_EMPTIED,
        attributes=_ATTRIBUTES,
        attribute_filter=lambda _, attribute, value: _filtered(attribute, value),
        url_schemes=_SCHEMES,
        url_relative="deny",
        filter_style_properties=_STYLES,
        link_rel="noopener noreferrer",
    ).strip()


def _filtered(attribute: str, value: str) -> str | None:
    """The value of an attribute, None when it must go."""
    if attribute == "style":
        return None if _LOADING.search(value) else value[:2_000]
    if attribute == "src":
        wanted = value.strip()
        return wanted if _CID.fullmatch(wanted) or _PICTURE.fullmatch(wanted) else None
    if attribute == "href":
        wanted = "".join(char for char in value if char > " ")
        return wanted[:2_000] if wanted.lower().startswith(_LINKS) else None
    return value[:200]


def _balanced(page: str) -> str:
    """The source written anew: known tags only, with the attributes that may stay, properly nested and never deeper
    than `limits.HTML_DEPTH`. So the tree that nh3 builds is as deep as counted here, whatever the source looked like,
    and neither attributes nor character references (on which it is slow) come in thousands."""
    out: list[str] = []
    stack: list[str] = []
    written = signs = size = 0
    for name, piece, _ in tokens(page, page.lower()):
        if not name:
            text = unescape(piece).replace("\f", "\n") if "&" in piece else piece
            signs += text.count("&") + text.count("<")
            out.append(escape(text, quote=False) if signs <= limits.HTML_TAGS else text.translate(_NO_SIGNS))
        elif name not in _TAGS:
            continue
        elif name in _VOID:
            if piece[1] != "/":
                out.append(_tag(name, piece))
        elif piece[1] == "/":
            out.append(_closed(name, stack))
        else:
            while stack and stack[-1] in _ENDS.get(name, ()):
                out.append(f"</{stack.pop()}>")
            if len(stack) < limits.HTML_DEPTH and written < limits.HTML_TAGS:
                stack.append(name)
                out.append(_tag(name, piece))
                written += 1
        size += len(out[-1]) if out else 0
        if size > limits.SANITISED_SOURCE * 2:
            break
    out.extend(f"</{name}>" for name in reversed(stack))
    return "".join(out)


def _closed(name: str, stack: list[str]) -> str:
    """The closing tags of an element and of what was left open in it; nothing when it is not open nearby."""
    for back in range(1, min(len(stack), limits.HTML_NEAR) + 1):
        if stack[-back] == name:
            closed = "".join(f"</{inner}>" for inner in reversed(stack[-back:]))
            del stack[-back:]
            return closed
    return ""


def _tag(name: str, piece: str) -> str:
    """An opening tag with those of its attributes that may stay."""
    if "=" not in piece:
        return f"<{name}>"
    allowed = _ATTRIBUTES["*"] | _ATTRIBUTES.get(name, set())
    kept: dict[str, str] = {}
    for found in islice(_ATTRIBUTE.finditer(piece, 0, _LONGEST_TAG), 40):
        attribute = found.group(1).lower()
        if attribute in allowed:
            kept.setdefault(attribute, found.group(2) or found.group(3) or found.group(4) or "")
    return f"<{name}" + "".join(f' {key}="{_escaped(value)}"' for key, value in kept.items()) + ">"


def _escaped(value: str) -> str:
    return escape(unescaped(value) if "&" in value else value)
