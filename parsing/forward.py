"""The original that a forward carries.

In: subject, readable text, tree. Out: `Found`: the original and the words above and below it, or None. Must never
guess: a wrong original author is worse than none, so a forward is recognised by a forward mark or an attached mail, and
by a header block or an attribution alone only where the subject says that it is one (intake 62): the same block stands
above what a reply quotes. A forward inside a forward is part of its text: the outermost original is what was forwarded.
What stands in the block is text, never identity; anybody can type it. Its date is given where it is certain
(`written_date`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from parsing import limits, reply
from parsing import subject as subjects
from parsing.address import author as author_of
from parsing.body import body
from parsing.headers import decoded, moment
from parsing.message import Forwarded
from parsing.tree import Leaf, Tree, grow
from parsing.words import blocks, masthead, phrases, written_date
from parsing.words.blocks import visible
from parsing.words.masthead import Masthead

_RULES = frozenset("-_=–—*+")
_CLOSERS = frozenset(":：*")
_BEFORE_MARK = _RULES | frozenset(" >|\t\u00a0")
_BEHIND_MARK = _CLOSERS | frozenset(" \t\r\u00a0")
_NEAR = 3  # blank lines between a rule and the header block below it
_UNFORWARDED = frozenset({"multipart/report", "multipart/digest"})  # what a robot enclosed
_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status", "message/feedback-report",
                      "message/disposition-notification", "message/tracking-status"})  # fmt: skip
_MAILS = frozenset({"message/rfc822", "message/global"})
_UNNAMED = frozenset({"application/octet-stream", "text/plain", "application/eml", "application/x-eml", "text/eml"})
_BARE_LENGTH = 70
_DOUBTFUL = "vs:"
"""A forward in Danish and Norwegian, a reply in Finnish and Estonian; the words of the header block decide."""
_DANISH = "fra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The forward, the forwarder's own words above and below it, and all that is between them, as it was written."""

    forwarded: Forwarded
    above: str
    carried: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Where the forward begins, its masthead, and where it ends."""

    start: int
    head: Masthead
    end: int
    text_end: int


def find(subject: str, text: str, tree: Tree | None = None) -> Found | None:
    """The first forward in the text, else the attached mails."""
    said = subjects.is_forward(subject)
    forwarding = said or _is_doubtful(subject)
    lines = text.split("\n")
    if forwarding or _has_mark(lines):
        seen = [visible(line) for line in lines[: limits.SPLIT_LINES]]
        span = _span(seen, subject, forwarding)
        if span is not None:
            return _inline(lines, span, subject)
    if tree is None or len(tree.leaves) < 2:
        return None
    attached = [leaf for leaf in tree.leaves[1:] if _is_mail(leaf)]
    if not attached or any(leaf.media.value in _REPORTS for leaf in tree.leaves):
        return None
    if said or not reply.split(text).reply.strip():
        return Found(forwarded=_enclosed(attached[: limits.ATTACHED_MAILS]), above=text.strip())
    return None


def _is_doubtful(subject: str) -> bool:
    return subject.lstrip()[:3].lower() == _DOUBTFUL


def _has_mark(lines: list[str]) -> bool:
    """Whether any line is a forward mark: nearly no mail has one, so this is all that it costs."""
    for line in lines[: limits.SPLIT_LINES]:
        if line[:1] not in _BEFORE_MARK and line[-1:] not in _BEHIND_MARK:
            continue
        first = line.lstrip(" >|\t\u00a0")[:1]
        if first in _RULES:
            if blocks.is_forward(seen := visible(line)) or blocks.forward_line(seen):
                return True
        elif len(line) < _BARE_LENGTH and line.rstrip()[-1:] in _CLOSERS and blocks.is_bare_forward(visible(line)):
            return True
    return False


def _span(seen: list[str], subject: str, forwarding: bool) -> _Span | None:
    """The first place where a forward begins."""
    roles = blocks.roles_of(seen) if forwarding else []
    bare = subjects.base(subject) == " ".join(subject.split())
    tries = limits.FORWARD_TRIES
    for index, line in enumerate(seen):
        if not line:
            continue
        if line[:1] == ">" and not forwarding and not (bare and _opens_quotation(seen, index)):
            return None  # below a quotation, a forward is part of what was answered
        start, marked = _next_line(seen, index) if _is_mark(line) else -1, True
        if start < 0 and forwarding:
            start, marked = _unmarked(seen, roles, index), False
        if start < 0 and not ("@" in line and line.lstrip(" >|\t")[:1] in _RULES):
            continue
        head = _head(seen, index, start, subject, marked)
        if head is not None:
            end, text_end = _end(seen, head)
            return _Span(start=index, head=head, end=end, text_end=text_end)
        tries -= 1
        if not tries:
            return None
    return None


def _head(seen: list[str], index: int, start: int, subject: str, marked: bool) -> Masthead | None:
    """The masthead that begins at `start`, or stands on the line of its mark."""
    if start < 0 or marked:
        found = blocks.forward_line(seen[index])
        head = masthead.on_one_line(seen[index][found.end() :]) if found else None
        if head is not None:
            return replace(head, end=index + 1)
    if start < 0:
        return None
    head = masthead.read(seen, start) or masthead.attribution(seen, start)
    if head is not None and head.attributed and head.quoted and _is_introduced(seen, start):
        return None  # the outermost author has no address, and the one below it is another's
    if marked or head is None:
        return head
    name = seen[start].lstrip("> *|").partition(":")[0].strip().lower()
    if _is_doubtful(subject) and name != _DANISH:
        return None
    return head if head.author or head.subject else None


def _is_introduced(seen: list[str], start: int) -> bool:
    """Whether an attribution stands directly above, outside of the quotation."""
    above = next((line for line in reversed(seen[max(0, start - _NEAR) : start]) if line), "")
    return above[:1] != ">" and above.endswith((":", "：")) and phrases.VERB.search(above) is not None


def _opens_quotation(seen: list[str], index: int) -> bool:
    """Whether a quotation begins with a forward mark and nobody introduced it: Apple puts the mark inside."""
    before = next((line for line in reversed(seen[max(0, index - _NEAR) : index]) if line), "")
    return not before.endswith(":") and _is_mark(seen[index])


def _is_mark(line: str) -> bool:
    if line.lstrip(" >|\t")[:1] in _RULES:
        return blocks.is_forward(line)
    return line[-1] in _CLOSERS and blocks.is_bare_forward(line)


def _next_line(seen: list[str], index: int) -> int:
    """The next line with words, if it is near; else the next line."""
    near = range(index + 1, min(len(seen), index + 1 + _NEAR))
    return next((at for at in near if seen[at].strip("> ")), index + 1)


def _unmarked(seen: list[str], roles: list[str], index: int) -> int:
    """Where a masthead may begin of clients that write the same above a reply; the subject has said which it is."""
    line = seen[index]
    if roles[index]:
        return index if blocks.is_header_block(roles, index) else -1
    if line.lstrip(" >|\t")[:1] in _RULES:
        if blocks.is_original(line) or blocks.ANY_MARK.match(line):
            return _next_line(seen, index)
        start = _next_line(seen, index) if blocks.RULE.match(line) else len(seen)
        return start if start < len(seen) and blocks.is_header_block(roles, start) else -1
    if blocks.TOLD_FORWARD.match(line):
        return _next_line(seen, index)
    return index if masthead.is_attribution(seen, index) else -1


def _end(seen: list[str], head: Masthead) -> tuple[int, int]:
    """The line after the forward, and the line after its text: an end mark, or the last line behind `>`."""
    depth = 1
    for index in range(head.end, len(seen)):
        if seen[index].lstrip(" >|\t")[:1] not in _RULES:
            continue
        if blocks.END.match(seen[index]):
            depth -= 1
            if not depth:
                return index + 1, index
        elif blocks.is_forward(seen[index]) and index > head.end + _NEAR:
            depth += 1
    if head.quoted:
        for index in range(len(seen) - 1, head.end - 1, -1):
            if seen[index].lstrip(" ")[:1] == ">":
                return index + 1, index + 1
    return -1, -1


def _inline(lines: list[str], span: _Span, subject: str) -> Found:
    """The parts of a text around and in a forward."""
    head = span.head
    end, text_end = (len(lines), len(lines)) if span.end < 0 else (span.end, span.text_end)
    about = head.subject
    if head.attributed:
        # An attribution names no subject; the client made the mail's own of it.
        about = subject.replace("：", ":").partition(":")[2].strip() if subjects.is_forward(subject) else subject
    return Found(
        forwarded=Forwarded(
            from_=head.author,
            subject=about,
            date=written_date.moment(head.date) if head.date else None,
            text=_unquoted(lines[_closed(lines, head.end, text_end) : text_end]),
        ),
        above=_trimmed(lines[: span.start]),
        carried=_trimmed(lines[span.start : end]),
        below=_trimmed(lines[end:]),
    )


def _trimmed(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _closed(lines: list[str], index: int, end: int) -> int:
    """After the rule or the second mark that some clients (Zoho, SquirrelMail, The Bat) write below the block."""
    for position in range(index, min(end, index + _NEAR)):
        line = visible(lines[position]).lstrip("> ")
        if line:
            closing = line[0] in _RULES and (blocks.RULE.match(line) or blocks.is_forward(line))
            return position + 1 if closing or line.startswith("===8<===") else index
    return index


def _unquoted(lines: list[str]) -> str:
    """The text without the one `>` or the indentation that the client put before all of its lines."""
    filled = [line for line in lines if line.strip()]
    if filled and all(line.lstrip(" ")[:1] == ">" for line in filled):
        lines = [line.lstrip(" ")[1:].removeprefix(" ") for line in lines]
    elif filled:
        indent = min(len(line) - len(line.lstrip(" \t")) for line in filled)
        lines = [line[indent:] for line in lines]
    return _trimmed(lines)


def _is_mail(leaf: Leaf) -> bool:
    """An attached mail, also one that its client did not name as such; not what a robot or a digest encloses."""
    if leaf.parent in _UNFORWARDED:
        return False
    kind = leaf.media.value
    return kind in _MAILS or (kind in _UNNAMED and leaf.filename.lower().endswith(".eml"))


def _enclosed(leaves: list[Leaf]) -> Forwarded:
    """The attached mails as one: what they do not share is left open, their texts stand one below the other."""
    found = [_from_attached(leaf) for leaf in leaves]
    first = found[0]
    same = {one.from_.address.lower() if one.from_ else "" for one in found}
    return Forwarded(
        from_=first.from_ if len(same) == 1 else None,
        subject=first.subject if len({one.subject for one in found}) == 1 else "",
        date=first.date if len({one.date for one in found}) == 1 else None,
        text="\n\n".join(one.text for one in found if one.text)[: limits.BODY_TEXT],
    )


def _from_attached(leaf: Leaf) -> Forwarded:
    """Author, subject, date and readable text of an attached mail; a mail that is attached to it stays a part of it."""
    raw, _ = limits.capped(leaf.content(limits.ATTACHED_BYTES))
    tree = grow(raw)
    fields = tree.root.fields
    mailbox, _ = author_of(fields.get("from", []))
    return Forwarded(
        from_=mailbox,
        subject=decoded(fields.get("subject", [""])[0]),
        date=moment(fields.get("date", []))[0],
        text=body(tree).text.strip("\n").rstrip(),
    )
