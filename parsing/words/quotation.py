"""Which lines of a text are old: quotations, what introduces them, and all that stands below a cut.

In: the lines of a text as `blocks.visible` gives them, and for each whether we had sent it. Out: a mark for each line.
Must never look at a line more than a constant number of times, and never take words for old without a sign that they
are: when in doubt they are new.
"""

from __future__ import annotations

from enum import IntEnum

from parsing.words import attribution, blocks, phrases
from parsing.words.alignment import Origin
from parsing.words.attribution import is_quote, is_rule, next_text

_FORWARDS = frozenset("-_=–—*+:")
_RULES = frozenset("-_=–—*+~#|>")
_NEAR = 40  # lines above and below a block in which the writer's own words are looked for
_LONG = 65  # characters at which a quoted line may have been wrapped a second time
_BARE = frozenset({"original message", "originalnachricht", "ursprüngliche nachricht", "message d'origine",
                   "mensaje original", "mensagem original", "messaggio originale",
                   "oorspronkelijk bericht"})  # fmt: skip
_BARE_HEADS = frozenset(words[:4] for words in _BARE)
_LONGEST_BARE = 30
_FIRST_ROLES = frozenset({"from", "date"})
_BLOCKS = 300  # header blocks that are looked at closely
_MARKERS = 300  # lines in capitals or behind a rule that may ask to write above them
_SHORT = 40  # characters of a line in capitals that is no sentence
_LETTERS = 5  # different signs in a line that says something, unlike a rule


class Mark(IntEnum):
    """What a line was found to be. A cut is a quotation in which nobody can tell where an answer stands, an answer are
    own words that have the mark of quotation."""

    OWN = 0
    QUOTE = 1
    INTRODUCTION = 2
    CUT = 3
    SIGNATURE = 4
    DISCLAIMER = 5
    ANSWER = 6


class _Scan:
    """One pass over the lines from the top down."""

    def __init__(self, seen: list[str], origins: list[Origin]) -> None:
        self.seen = seen
        self.ours = [origin is Origin.OURS for origin in origins]
        self.marks = [Mark.OWN] * len(seen)
        self.loose: list[tuple[int, int]] = []
        self.begins = attribution.beginnings(seen)
        self.roles = blocks.roles_of(seen)
        self.tries, self.blocks = _MARKERS, _BLOCKS
        self.has_block = "from" in self.roles or "date" in self.roles
        self.next_ours = _next_true(self.ours) if origins else []
        self.own_above = False
        self.attributed = False

    def run(self) -> None:
        reached = 0
        for index in self.remarkable():
            if index < reached or not self.seen[index]:
                continue
            if any(self.seen[reached:index]):
                self.own_above, self.attributed = True, False
            line = self.seen[index]
            if self.is_old(index):
                reached = self.block(index)
            elif line[-1] in _FORWARDS and blocks.is_forward(line):
                return  # what a person forwards is what he wants to say
            else:
                reached = self.words(index)

    def remarkable(self) -> list[int]:
        """The lines at which something old can begin: all others are somebody's words, and nearly all are others."""
        found = self.begins.copy()
        for index, line in enumerate(self.seen):
            first = line[:1]
            if first.isalnum():
                if ("@" in line and line.count(":") > 2) or line.isupper():
                    found.add(index)
            elif line and (":" in line or line.lstrip()[0] in _RULES or line.isupper()):
                found.add(index)
        if self.has_block:
            found.update(index for index, role in enumerate(self.roles) if role in _FIRST_ROLES)
            found.update(index for index, line in enumerate(self.seen) if line.lstrip(" *")[:4].lower() in _BARE_HEADS)
        if self.ours:
            found.update(index for index, ours in enumerate(self.ours) if ours)
        return sorted(found)

    def is_old(self, index: int) -> bool:
        return bool(self.ours and self.ours[index]) or is_quote(self.seen[index])

    def block(self, index: int) -> int:
        """A run of quoted lines."""
        end = self.block_end(index)
        if self.attributed or not self.own_above or (self.ours and any(self.ours[index:end])):
            self.mark(index, end, Mark.QUOTE)
        else:
            self.loose.append((index, end))
        self.attributed = False
        return end

    def block_end(self, index: int) -> int:
        """After the last line of the run; single blank lines and lines that a client wrapped out belong to it."""
        end, count = index, len(self.seen)
        while end < count:
            if self.is_old(end):
                end += 1
            elif end + 1 < count and self.is_old(end + 1) and (not self.seen[end] or self.is_wrapped_out(end)):
                end += 2
            else:
                break
        return end

    def is_wrapped_out(self, index: int) -> bool:
        """The rest of a quoted line that a client broke once more, without a mark of its own, between quoted lines."""
        if self.ours and any(self.ours[index - 1 : index + 2]):
            return False
        line, before = self.seen[index], self.seen[index - 1]
        if line.endswith(" >"):
            return True
        link = before.rfind("://") > before.rfind(" ")
        if link and " " not in line.strip():
            return any(char in "/=?&%_#)" for char in line)
        return len(before) >= _LONG and line[:1].islower() and before[-1].isalpha() and len(line) < _LONG

    def words(self, index: int) -> int:
        """A line without a mark: an attribution, a cut, or somebody's words."""
        end = attribution.attribution(self.seen, index) if index in self.begins else 0
        if end:
            return self.introduced(index, end)
        if self.is_cut(index):
            return self.cut(index)
        self.attributed = False
        self.own_above = True
        return index + 1

    def introduced(self, index: int, end: int) -> int:
        """What follows an attribution is old, with or without marks, unless then there were no new words at all."""
        following = next_text(self.seen, end)
        if following < len(self.seen) and not self.is_old(following):
            if self.own_above and not attribution.is_certain(self.seen[index:end]):
                self.attributed = False
                return index + 1
            if not self.own_above and not self.next_is_hard(following):
                # Nothing says which of the lines below are old: in doubt they are new.
                self.mark(index, end, Mark.INTRODUCTION)
                return end
            return self.cut(index)
        self.mark(index, end, Mark.INTRODUCTION)
        self.attributed = True
        return end

    def next_is_hard(self, index: int) -> bool:
        return self.is_cut(index) or bool(index in self.begins and attribution.attribution(self.seen, index))

    def cut(self, index: int) -> int:
        """All from here is old, down to the next line that we know to be ours."""
        end = self.next_ours[index] if self.next_ours else len(self.seen)
        self.mark(index, end, Mark.CUT)
        return end

    def mark(self, start: int, end: int, mark: Mark) -> None:
        self.marks[start:end] = [mark] * (end - start)

    def is_cut(self, index: int) -> bool:
        """Whether all from this line on is old: a separator, a header block, our own "write above this line"."""
        line = self.seen[index]
        ruled = line.lstrip()[:1] in _RULES
        if not ruled and ":" not in line and "：" not in line and not line.isupper():
            return line[-1].isalpha() and len(line) < _LONGEST_BARE and self.is_bare(index)
        if ruled and blocks.is_original(line):
            return True
        if self.tries and _is_marker(line) and len(set(line)) > _LETTERS:
            self.tries -= 1
            if phrases.tells_above(line[:200]):
                return True
        if ruled and (blocks.RULE.match(line) or is_rule(line)):
            return self.is_ruled_off(index)
        return self.is_block(index, False) or _is_flat_header(line)

    def is_block(self, index: int, ruled: bool) -> bool:
        """Whether a mail client's header block begins here; below a rule, author and date are enough of it."""
        roles = self.roles
        fields = blocks.is_header_block(roles, index) or (ruled and set(roles[index : index + 3]) >= _FIRST_ROLES)
        if not fields or not self.blocks:
            return False
        self.blocks -= 1
        return blocks.is_clients_block(self.seen, roles, index, ruled)

    def is_bare(self, index: int) -> bool:
        """BlackBerry writes the separator without rules."""
        if self.seen[index].strip(" *").lower() not in _BARE:
            return False
        following = next_text(self.seen, index + 1)
        return following < len(self.seen) and self.roles[following] in _FIRST_ROLES

    def is_ruled_off(self, index: int) -> bool:
        """A rule with a header block below it."""
        following = next_text(self.seen, index + 1)
        if following >= len(self.seen):
            return False
        return self.is_block(following, True) or bool(blocks.PREVIOUS.match(self.seen[following]))


def marks(seen: list[str], origins: list[Origin], is_answer: bool = True) -> list[Mark]:
    """What is new and what is old; `origins` is empty where nothing is known of what we sent."""
    scan = _Scan(seen, origins)
    scan.run()
    if Origin.OURS in origins:
        first = origins.index(Origin.OURS)
        start = attribution.above(seen, first)
        scan.mark(start, first, Mark.INTRODUCTION)
        for index, origin in enumerate(origins):
            if origin is Origin.INSERTED:
                scan.mark(index, index + 1, Mark.ANSWER)
    if is_answer:
        _settle_loose(scan)
    return scan.marks


def _settle_loose(scan: _Scan) -> None:
    """`>` blocks that nobody introduced are the writer's own examples when he also answers above a real quotation."""
    if not scan.loose:
        return
    count = len(scan.marks)
    cut = next((index for index, mark in enumerate(scan.marks) if mark), count)
    for start, end in scan.loose:
        own = end <= cut < count and any(scan.seen[end : min(cut, end + _NEAR)])
        if not own:
            scan.mark(start, end, Mark.QUOTE)


def _next_true(flags: list[bool]) -> list[int]:
    """For each index the next one that is true; the length where none follows."""
    found, following = [0] * len(flags), len(flags)
    for index in range(len(flags) - 1, -1, -1):
        if flags[index]:
            following = index
        found[index] = following
    return found


def _is_marker(line: str) -> bool:
    """A marker line is nothing but the marker: between rules, or short and in capitals or with hashes."""
    bare = line.strip()
    if bare[:2] in {"--", "##", "==", "__", "**", "~~", "—", "=-"}:
        return True
    return bare.isupper() and (len(bare) < _SHORT or "THIS LINE" in bare or not bare.isascii())


def _is_flat_header(line: str) -> bool:
    """A header block whose line ends were lost: three of its fields, the author among them, in one line."""
    if line.count(":") < 3 or "@" not in line:
        return False
    found: set[str] = set()
    for piece in line.split(":")[:8]:
        words = piece.replace("*", " ").split()[-2:]
        if words:
            last = words[-1].lower()
            # The label may stand directly behind the value or rule before it ("13:46Nadawca:", "--------Von:").
            tail = last.lstrip("0123456789.,;>)\"'-_=")
            found.add(blocks.ROLES.get(" ".join(words).lower(), "") or blocks.ROLES.get(tail, ""))
    return "from" in found and len(found & {"date", "to", "subject"}) >= 2
