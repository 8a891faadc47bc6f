"""The tree of a mail: all its parts, numbered, with what was inside of opened containers after all others.

In: capped bytes. Out: `Tree`, the parts in a depth-first walk (root is 0) and the fields of each.
Must never raise, never nest deeper than the cap, and never look into a message/rfc822 part: an attached mail is one
leaf whose bytes stay as they were sent. mail-parser's own `parse` is not run: it looks up attacker-named codecs, merges
attached mails into the text and costs as much as all of ours; its header index and its account of MIME defects are
used.
"""

from __future__ import annotations

from mailparser import MailParser
from mailparser.exceptions import MailParserError

from parsing.structure.boundary import divide
from parsing.structure.container import open_all
from parsing.structure.leaf import Leaf, Tree, numbered, undone
from parsing.structure.part import Part

__all__ = ["Leaf", "Tree", "grow", "undone"]


class _Front(MailParser):  # type: ignore[misc] # mail-parser ships no types
    """mail-parser restricted to what is sound and cheap: the header index and the MIME defects."""

    def parse(self) -> _Front:
        """Index the headers and collect the defects of all parts; nothing is decoded."""
        self._defects: list[object] = []
        self._defects_categories: set[str] = set()
        self._has_defects = False
        self._header_index = self._build_header_index()
        for part in self.message.walk():
            if part.defects:
                self._append_defects(part, "")
        return self

    def _build_header_index(self) -> dict[str, list[str]]:
        """As mail-parser's, but with the raw values: 8-bit bytes stay surrogates and are decoded by our own charset."""
        return self.message.fields if isinstance(self.message, Part) else {}


def grow(raw: bytes) -> Tree:
    """The tree of capped bytes."""
    defects: list[str] = []
    message = divide(raw, defects)
    try:
        defects.extend(sorted(_worded(category) for category in _Front(message).defects_categories))
    except (MailParserError, RecursionError, ValueError, TypeError, AttributeError, LookupError) as error:
        defects.append(f"mail-parser refused the mail: {type(error).__name__}")
    leaves: list[Leaf] = []
    root = numbered(message, leaves, "")
    open_all(leaves, defects)
    return Tree(root=root, leaves=leaves, defects=defects)


def _worded(category: str) -> str:
    """`StartBoundaryNotFoundDefect` → `start boundary not found`."""
    words = "".join(f" {char.lower()}" if char.isupper() else char for char in category.removesuffix("Defect"))
    return "mime: " + words.strip()
