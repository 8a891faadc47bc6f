"""The command block at the top of an agent's own words.

In: the reply text of an agent (never quoted or forwarded text, intake 59). Out: `CommandBlock`: the commands in order,
and the words below them. Must never decide what a verb means and never guess: `#` directly before a letter is a
command,
`#1 is broken` and `# heading` are words. `@` and `!` count in the same place only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsing import limits

_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF])
_TYPOGRAPHY = {0xA0: " ", 0x202F: " ", 0x2007: " ", 0x3000: " ", 0x201C: '"', 0x201D: '"', 0x201E: '"', 0xAB: '"',
               0xBB: '"', 0x2018: "'", 0x2019: "'", 0x201A: "'", 0xFF03: "#", 0xFF20: "@", 0xFF01: "!", 0x2013: "-",
               0x2014: "-", 0x2011: "-"}  # fmt: skip
_LINE = re.compile(r"^[#@!]([^\W\d_][\w-]{0,29})(?:\s{1,20}(.{0,1000}))?$", re.DOTALL)
# `@Anna, could you …` is a person, `@anna could …` might be a verb: only the latter is for the caller to hold.
_LOOKS = re.compile(r"^(?:#[^\W\d_]|[@!][^\W\d_][\w-]{0,29}(?:\s|$))")
_ESCAPE = "#--"
_END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One `#verb args`; `line` is what the agent wrote, for the answer to him."""

    verb: str
    args: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBlock:
    """The commands, the words below them, and whether the first line looks like a command at all."""

    commands: tuple[Command, ...]
    rest: str
    looks_like_command: bool


def commands(words: str) -> CommandBlock:
    """Read the block that begins at the first line with text and ends at the first line that is no command."""
    lines = words.split("\n")
    index = 0
    while index < len(lines) and not _plain(lines[index]):
        index += 1
    if index == len(lines):
        return CommandBlock(commands=(), rest="", looks_like_command=False)
    first = _plain(lines[index])
    if first.startswith(_ESCAPE):
        # The agent says that a line which looks like a command is text.
        escaped = lines[index].lstrip().removeprefix(_ESCAPE).lstrip()
        return CommandBlock(commands=(), rest=_rest([escaped, *lines[index + 1 :]]), looks_like_command=False)
    found: list[Command] = []
    while index < len(lines):
        plain = _plain(lines[index])
        match = _LINE.match(plain)
        if match is None:
            break
        index += 1
        verb = match.group(1).lower()
        if verb == _END and plain[0] == "#":
            break
        if len(found) == limits.COMMANDS:
            # A longer block is none: what is cut off would go to the customer as text.
            return CommandBlock(commands=(), rest=_rest(lines), looks_like_command=True)
        found.append(Command(verb=verb, args=(match.group(2) or "").strip(), line=lines[index - 1].strip()[:1100]))
    return CommandBlock(commands=tuple(found), rest=_rest(lines[index:]), looks_like_command=bool(_LOOKS.match(first)))


def _rest(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _plain(line: str) -> str:
    """A line without what mail clients put into it: no-break spaces, smart quotes, zero-width characters."""
    return line[:1200].translate(_INVISIBLE).translate(_TYPOGRAPHY).strip()
