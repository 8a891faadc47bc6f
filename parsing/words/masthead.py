"""The header block that a client writes above the original of a forward, and the attribution that some write instead.

In: lines as `blocks.visible` gives them and the line where the block should begin. Out: `Masthead`: who, when, about
what, and the line after it; or None. Must never guess: the author is an address only where the block has exactly one
and is whole (an author and at least one more field), and the text of a block proves nothing about who wrote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsing import limits
from parsing.address import is_address
from parsing.headers import decoded
from parsing.message import Mailbox
from parsing.words import blocks, phrases
from parsing.words.blocks import LINE

_CLOCK = re.compile(r"\d{1,2}\s?[:.hH時시点]\s?\d{2}")
_GAP = 3  # blank lines inside a block (mails that were HTML)
_WRAPS = range(58, 81)  # widths at which clients break a plain text line
_BETWEEN = re.compile(r"[\s<>\[\]()\"“”,;:*|]+")
"""What stands between the address and the rest, `mailto:` included."""
_BEHALF = re.compile(
    r"\s(?:on behalf of|im auftrag von|de la part de|en nombre de|em nome de|per conto di|namens|på vegne af|"
    r"på vegne av|för|w imieniu|jménem|от имени|за дорученням|代表|の代理)(?=\s|$)",
    re.IGNORECASE,
)
_QUOTES = " \t'\"“”„«»‘’*|"
_HALVES = frozenset({"am", "pm", "a.m.", "p.m.", "uhr", "h", "gmt", "utc"})
_LEAN = 300  # characters of an attribution
_SENTENCE = 3  # lines over which it is wrapped
_DIGITS = 5  # of its date and time, at least
_COLONS = (":", "：", ":*", ":_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """Who, when and about what, as it is written; `end` is the line after it, `quoted` whether it stood behind `>`,
    `attributed` whether it is a sentence instead of a block."""

    author: Mailbox | None
    date: str
    subject: str
    end: int
    quoted: bool = False
    attributed: bool = False


@dataclass(slots=True)
class _Fields:
    values: dict[str, list[str]] = field(default_factory=dict)
    last: str = ""

    def add(self, role: str, value: str) -> None:
        self.values.setdefault(role, []).append(value)
        self.last = role

    def extend(self, value: str) -> None:
        self.values[self.last][-1] = f"{self.values[self.last][-1]} {value}".strip()

    def first(self, role: str) -> str:
        return self.values[role][0] if role in self.values else ""

    def is_whole(self) -> bool:
        return "from" in self.values and len(self.values.keys() - {"other"}) >= 2


def read(seen: list[str], start: int) -> Masthead | None:
    """The block whose first field stands at `start` or after a few blank lines."""
    index = _next(seen, start)
    if index >= len(seen):
        return None
    quoted = seen[index].lstrip(" ")[:1] == ">"
    fields = _Fields()
    end = min(len(seen), index + limits.HEADER_BLOCK_LINES)
    while index < end:
        bare = _bare(seen[index])
        role, value = _field(bare)
        if not bare:
            following = _next(seen, index)
            if following >= end or not _bridges(fields, seen, following):
                break
            index = following
            continue
        if role:
            fields.add(role, value)
        elif not fields.last or not _continues(fields, seen, index):
            break
        else:
            fields.extend(bare.strip(" \t*"))
        index += 1
    return _masthead(fields, index, quoted) if fields.is_whole() else None


def _masthead(fields: _Fields, end: int, quoted: bool) -> Masthead:
    authors = [mailbox(value) for value in fields.values["from"]]
    return Masthead(
        author=authors[0] if len({author.address.lower() if author else "" for author in authors}) == 1 else None,
        date=fields.first("date"),
        subject=decoded(fields.first("subject")),
        end=end,
        quoted=quoted,
    )


def _next(seen: list[str], index: int) -> int:
    """The next line with words; the end when there are too many blank ones."""
    for position in range(index, min(len(seen), index + _GAP + 1)):
        if _bare(seen[position]):
            return position
    return len(seen)


def _bare(line: str) -> str:
    return line.lstrip("> |\t").rstrip(" |\t")


def _field(bare: str) -> tuple[str, str]:
    """Role and value of a line; `From | x` is a row of a table."""
    if ":" not in bare and "：" not in bare:
        name, bar, value = bare.partition(" | ")
        return (blocks.ROLES.get(name.lower(), ""), value.strip(_QUOTES)) if bar and len(name) < 26 else ("", "")
    found = blocks.FIELD.match(bare)
    if found is None:
        return "", ""
    name, value = found.group(1).strip().lower(), found.group(2).strip(" \t*|")
    if name == "re":
        return "", ""  # the beginning of a letter as often as a field
    return blocks.ROLES.get(name, "other" if name in blocks.TECHNICAL or name.startswith("x-") else ""), value


def _bridges(fields: _Fields, seen: list[str], index: int) -> bool:
    """Whether a field after blank lines still belongs to the block: one that it lacks."""
    role, _ = _field(_bare(seen[index]))
    lacking = {"from", "subject"} - fields.values.keys()
    return bool(role and lacking) and (role in lacking or role not in fields.values)


def _continues(fields: _Fields, seen: list[str], index: int) -> bool:
    """Whether a line without a name is the rest of the field above it: the block goes on, or the line had to break."""
    value, bare, before = fields.values[fields.last][-1], _bare(seen[index]), seen[index - 1]
    if len(value) > LINE or not before.strip("> \t"):
        return False
    following = _field(_bare(seen[index + 1]))[0] if index + 1 < len(seen) else ""
    if following and following not in fields.values:
        return True
    if fields.last != "subject" and (not value or value[-1] in ",;" or (bare[0] == "<" and "@" in bare)):
        return True
    return len(before) in _WRAPS and len(before) + 1 + len(bare.partition(" ")[0]) > _WRAPS[12]


def mailbox(value: str) -> Mailbox | None:
    """The one mailbox of a field in any client's dress: `N <a>`, `N [mailto:a]`, `N<mailto:a> <a<mailto:a>>`, `a`."""
    value = value[:LINE]
    behalf = _BEHALF.search(value)
    addresses = _addresses(value)
    if behalf is not None:
        # Outlook: the sender on behalf of the author. Within one organisation the sender held the pen; else it is the
        # machine of a mailing list, and a name alone is no address.
        mine, theirs = _addresses(value[: behalf.start()]), _addresses(value[behalf.end() :])
        domains = {address.rpartition("@")[2].lower() for address in (*mine, *theirs)}
        if not theirs or len(domains) != 1:
            return None
        value, addresses = value[: behalf.start()], mine
    unique = {address.lower(): address for address in reversed(addresses)}
    if len(unique) != 1:
        return None
    address = next(iter(unique.values()))
    name = decoded(value[: value.find(address)].removesuffix("mailto:").rstrip(" <[(\t"))
    name = name.removesuffix("mailto:").rstrip(" <[(\t").strip(_QUOTES)
    return Mailbox(name="" if "@" in name else name, address=address)


def _addresses(value: str) -> list[str]:
    if "@" not in value:
        return []
    words = (word.strip("'`.") for word in _BETWEEN.split(value) if "@" in word)
    return [word for word in words if is_address(word)]


def is_attribution(seen: list[str], index: int) -> bool:
    """Whether an address and a colon that ends a line are near; cheap, and asked for every line."""
    window = seen[index : index + _SENTENCE]
    return any(line.endswith(_COLONS) for line in window) and any("@" in line for line in window)


def attribution(seen: list[str], index: int) -> Masthead | None:
    """`28/10/2021 12:46, "Carla" <c@x.test> wrote:`, on one line or wrapped: what stands for a block."""
    window = ""
    for width in range(1, _SENTENCE + 1):
        if index + width > len(seen) or not seen[index + width - 1]:
            return None
        window = f"{window} {_bare(seen[index + width - 1])}".strip()
        if len(window) > _LEAN:
            return None
        if window.endswith(_COLONS):
            break
    else:
        return None
    author = mailbox(window)
    day = window.replace(author.address, "") if author else ""
    if phrases.VERB.search(window) is None and _CLOCK.search(day) is None:
        return None  # "please ship order 12345 to bob@y.example:"
    if author is None or _field(window)[0] or sum(char.isdigit() for char in day) < _DIGITS:
        return None
    return Masthead(
        author=Mailbox(name=_introduced(window, author.address), address=author.address),
        date=day,
        subject="",
        end=index + width,
        quoted=seen[index].lstrip(" ")[:1] == ">",
        attributed=True,
    )


def _introduced(window: str, address: str) -> str:
    """The name in front of the address, without date and verb; empty when it cannot be told from them."""
    before = window[: window.find(address)].removesuffix("mailto:").rstrip(" <[(")
    if before[-1:] in {'"', "”"}:
        return before[:-1].rpartition('"' if before[-1] == '"' else "“")[2].strip()
    words = before.rpartition(",")[2].split()
    last = max((place for place, word in enumerate(words) if _is_no_name(word)), default=-1)
    words = words[last + 1 :]
    while words and not words[0][:1].isupper():
        words.pop(0)
    return " ".join(words).strip(_QUOTES)


def _is_no_name(word: str) -> bool:
    return any(char.isdigit() for char in word) or word.lower() in _HALVES or phrases.VERB.fullmatch(word) is not None


def on_one_line(line: str) -> Masthead | None:
    """Yahoo's plain text: `From: A <a@x>To: b <b@x>Sent: …Subject: …`, without a line break."""
    line = line[:LINE]
    opening = blocks.FIELD.match(line)
    close = line.find(">")
    if opening is None or blocks.ROLES.get(opening.group(1).strip().lower()) != "from" or close < 0:
        return None
    author, rest = line[opening.start(2) : close + 1], line[close + 1 :]
    about = blocks.GLUED_SUBJECT.search(rest)
    date = blocks.GLUED_DATE.search(rest[: about.start()] if about else rest)
    if about is None and date is None:
        return None
    return Masthead(
        author=mailbox(author),
        date=rest[date.end() : about.start() if about else len(rest)].strip() if date else "",
        subject=decoded(rest[about.end() :]) if about else "",
        end=1,
    )
