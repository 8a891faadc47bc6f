"""What the judgement of a mail's author rests on, each thing worked out once.

In: the headers, the tree and the text, and the envelope sender where it is known. Out: `Evidence` and the questions
that it answers. Must never look at more than the beginning of subject and text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from parsing.headers import clean, unfolded
from parsing.machines import robots
from parsing.message import Invitation
from parsing.tree import Tree

_LOOKED_AT = 4_000
_NEAR = 1_500


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the judgement rests on.

    `null_sender` is None when the envelope is not known; `calendar` is what `parsing.calendar` found among the parts.
    """

    tree: Tree
    subject: str
    sender: str  # address and name, lower-case
    text: str
    null_sender: bool | None
    calendar: Invitation | None = None

    @cached_property
    def title(self) -> str:
        """The beginning of the subject, lower-case."""
        return self.subject[:300].lower()

    @cached_property
    def head(self) -> str:
        """The beginning of the text, lower-case."""
        return self.text[:_LOOKED_AT].lower()

    @cached_property
    def near(self) -> str:
        """The first sentences of the text, lower-case: where a machine says what it is."""
        return self.head[:_NEAR]

    @cached_property
    def replied(self) -> str:
        """The header that says that a machine answered; empty when none does."""
        return _replied(self)

    @cached_property
    def unasked(self) -> tuple[str, ...]:
        """Keywords of Auto-Submitted that are neither "no" nor an answer (RFC 3834 section 5)."""
        words = [_keyword(value) for value in self.tree.root.fields.get("auto-submitted", [])[:5]]
        return tuple(word for word in words if word and word != "no" and not word.startswith("auto-replied"))

    @cached_property
    def is_daemons(self) -> bool:
        """Whether the sender has the name of a mail server."""
        return robots.DAEMON.search(self.sender) is not None

    @property
    def is_threaded(self) -> bool:
        """Whether it names a mail that it answers."""
        return self.has("in-reply-to") or self.has("references")

    def first(self, name: str) -> str:
        """The first value of a header, cleaned; empty when absent."""
        values = self.tree.root.fields.get(name)
        return clean(unfolded(values[0])) if values else ""

    def has(self, name: str) -> bool:
        """Whether the header is there at all."""
        return name in self.tree.root.fields


def _replied(evidence: Evidence) -> str:
    """The auto-replied value of Auto-Submitted, or the name of a header that means the same; empty when none does."""
    fields = evidence.tree.root.fields
    for value in fields.get("auto-submitted", [])[:5]:
        if _keyword(value).startswith("auto-replied"):
            return clean(unfolded(value)).lower()
    for name in robots.REPLY_HEADERS:
        if name in fields and evidence.first(name).lower() not in {"no", "false", "0", "none"}:
            return f"header {name}"
    for name, words in robots.REPLY_VALUES:
        if name in fields:
            value = evidence.first(name).lower()
            if value and any(word in value for word in words):
                return f"{name}: {value[:60]}"
    return ""


def _keyword(value: str) -> str:
    """The keyword of Auto-Submitted without comments and parameters (RFC 3834 section 5)."""
    text = unfolded(value)[:500]
    out: list[str] = []
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")" and depth > 0)
        if depth == 0 and char != ")":
            out.append(char)
    return "".join(out).partition(";")[0].strip().lower()
