"""The templates: compiled once, with the filters that they use.

In: a language, a purpose. Out: its text and its HTML template, or None. No fact becomes markup here: everything is
escaped.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, TemplateNotFound, select_autoescape
from markupsafe import Markup, escape

from gateway.wording.tables import wrapped
from store.records import Purpose


def _paragraphs(text: str) -> Markup:
    """Text as HTML with its paragraphs, line ends and indents kept; everything in it is escaped.

    The source breaks inside the tags, where it shows nothing and keeps the lines of the mail short.
    """
    safe = re.sub("\n(?:[ \t]*\n)+", "</p><p\r>", str(escape(text))).replace("\n", "<br\n>").replace("\r", "\n")
    return Markup(f"<p>{safe}</p>")  # noqa: S704  (escaped one line above)


def unbroken(reference: str) -> Markup:
    """A reference as HTML that no program breaks at its hyphen, however narrow the page is."""
    return Markup('<span class="ref">{}</span>').format(reference) if reference else Markup()


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


_WIDTH = 72


def filled(text: str, indent: str = "") -> str:
    """Lines of at most 72 columns."""
    if not text or not text.isprintable() or "  " in text or text[0] == " " or text[-1] == " ":
        return textwrap.fill(
            text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    return indent + f"\n{indent}".join(_lines(text, _WIDTH - len(indent)))


def _lines(text: str, room: int) -> Iterator[str]:
    """Words with single spaces between them, as many to a line as `textwrap` puts there. Nearly all that a mail says is
    such text, and this is most of what writing a mail costs."""
    start = 0
    while len(text) - start > room:
        end = text.rfind(" ", start, start + room + 1)
        if end < 0:  # a word that is longer than a line has one of its own
            end = text.find(" ", start + room)
        if end < 0:
            break
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _prose(text: str, indent: str = "") -> str:
    """Each line wrapped, but a command for a shell: it is copied as it stands."""
    lines = text.split("\n")
    return "\n".join(indent + line if line.startswith("replydesk ") else filled(line, indent) for line in lines)


def _hanging(text: str, indent: str = "") -> str:
    """Wrapped, what follows the first line further in: an item of a list."""
    return "\n".join(wrapped(text, indent)) or indent.rstrip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("templates", "mail"),
        autoescape=select_autoescape(("html",), ("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(paragraphs=_paragraphs, quoted=_quoted, wrapped=filled, prose=_prose, hanging=_hanging)
    return environment


@cache
def templates(language: str, purpose: Purpose) -> tuple[Template, Template] | None:
    """The text and the HTML template, compiled once; None unless the language has both."""
    if not re.fullmatch("[a-z]{2,3}", language):
        return None
    try:
        text, html = (_environment().get_template(f"{language}/{purpose}.{kind}") for kind in ("txt", "html"))
    except TemplateNotFound:
        return None
    return text, html
