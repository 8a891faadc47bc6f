"""The command block at the top of an agent's own words.

In: the reply text of an agent (never quoted or forwarded text, intake 59). Out: `CommandBlock`: the commands in order,
and the words below them. Must never decide what a verb means and never guess: `#` directly before a letter is a
command,
`#1 is broken` and `# heading` are words. `@` and `!` count in the same place only. What a mail client made of a line is
taken back: bullets before a `#`, a long command broken in two.
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
_BULLETS = frozenset("•·‣▪▫◦●○■□➢§\uf0a7\uf0b7\uf0d8*+-–o")
"""What clients make of lines that they take for a list: signs of Word's own fonts, and what stands for them in text."""
_NARROW, _FITS, _WIDE = 50, 72, 80
"""Clients break plain text at 72 to 80 letters: a broken line is not much shorter, and the next word did not fit in."""
_ENDS = frozenset(".:;?\"')]")
_ESCAPE = "#--"
END = "end"
"""What ends the commands: below it everything is words."""
_SIGNS = frozenset("#\uff03")
_INDENT = 200
"""Letters of a line among which the sign of a command stands: more is no indentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One `#verb args`; `line` is what the agent wrote, for the answer to him."""

    verb: str
    args: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBlock:
    """The commands, the words below them, and whether the first line looks like a command at all. `below`: lines of
    the words that are written as commands are, and not marked as text: whether a verb is called so is for the caller to
    say."""

    commands: tuple[Command, ...]
    rest: str
    looks_like_command: bool
    below: tuple[Command, ...] = ()


def commands(words: str) -> CommandBlock:
    """Read the block that begins at the first line with text and ends at the first line that is no command. Where
    nobody can tell whether a client broke a command or its author wrote words below it, it is no block: what is left of
    a command would go to the customer."""
    lines = words.split("\n")
    index = 0
    while index < len(lines) and not _plain(lines[index]):
        index += 1
    if index == len(lines):
        return CommandBlock(commands=(), rest="", looks_like_command=False)
    first = _plain(lines[index])
    if first.startswith(_ESCAPE):
        # The agent says that a line which looks like a command is text.
        rest, below = _words(lines[index:])
        return CommandBlock(commands=(), rest=rest, looks_like_command=False, below=below)
    found: list[Command] = []
    ended = False
    while index < len(lines):
        index = _next(lines, index) if found else index
        plain = _plain(lines[index])
        match = _LINE.match(plain)
        if match is None:
            if found and plain[:1] == "#" and _LOOKS.match(plain):
                # No verb is called so: nobody's words to a customer begin with what looks like one.
                found.append(Command(verb=plain[1:].partition(" ")[0].lower()[:30], args="", line=plain[:1100]))
            break
        line, index = lines[index].strip(), index + 1
        while (goes_on := _goes_on(plain, lines[index] if index < len(lines) else "")) != _NOT:
            if goes_on == _PERHAPS or len(line) > limits.COMMAND_LINE:
                return CommandBlock(commands=(), rest=_rest(lines), looks_like_command=True)
            plain, line, index = _plain(lines[index]), f"{line} {lines[index].strip()}", index + 1
        match = _LINE.match(_plain(line)) or match
        verb = match.group(1).lower()
        if verb == END and match.string[0] == "#":
            ended = True
            break
        if len(found) == limits.COMMANDS:
            # A longer block is none: what is cut off would go to the customer as text.
            return CommandBlock(commands=(), rest=_rest(lines), looks_like_command=True)
        found.append(Command(verb=verb, args=(match.group(2) or "").strip(), line=line[:1100]))
    rest, below = (_rest(lines[index:]), ()) if ended else _words(lines[index:])
    if ended and not found and not rest:  # it is for the caller to say that it ends nothing
        found.append(Command(verb=END, args="", line=f"#{END}"))
    looks = bool(_LOOKS.match(first))
    return CommandBlock(commands=tuple(found), rest=rest, looks_like_command=looks, below=below)


def _words(lines: list[str]) -> tuple[str, tuple[Command, ...]]:
    """The words below the commands, and the lines of them that are written as commands are. The sign that a line is
    text goes."""
    said: list[str] = []
    below: list[Command] = []
    for written in lines:
        line = written
        plain = _plain(line) if _SIGNS.intersection(line[:_INDENT]) else ""
        if plain.startswith(_ESCAPE):
            text = line if _ESCAPE in line else plain  # a client has made a dash of it
            line = text[text.find(_ESCAPE) + len(_ESCAPE) :].lstrip()
        elif plain.startswith("#") and len(below) < limits.COMMANDS and (match := _LINE.match(plain)) is not None:
            args = (match.group(2) or "").strip()
            below.append(Command(verb=match.group(1).lower(), args=args, line=plain[:1100]))
        said.append(line)
    return _rest(said), tuple(below)


def _rest(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _next(lines: list[str], index: int) -> int:
    """The line that the block goes on with. Clients put empty lines between paragraphs, so a `#verb` below some is a
    command still: it must not go to a customer as text."""
    at = index
    while at < len(lines) and not _plain(lines[at]):
        at += 1
    return at if at < len(lines) and _LOOKS.match(_plain(lines[at])) and _plain(lines[at])[0] == "#" else index


_NOT, _SURELY, _PERHAPS = range(3)


def _goes_on(line: str, below: str) -> int:
    """Whether a client broke the command so that it goes on in the line below: directly below it, where that line's
    first word would not have fitted in. A capital letter there may begin a new sentence."""
    if len(line) < _NARROW or len(line) > _WIDE:
        return _NOT
    following = _plain(below)
    first = following.partition(" ")[0]
    if not first or len(line) + 1 + len(first) < _FITS or first[0] in "#@!>-*":
        return _NOT
    if first[0].islower() or first[0].isdigit() or line[-1] in ",-":
        return _SURELY
    return _NOT if line[-1] in _ENDS else _PERHAPS


def _plain(line: str) -> str:
    """A line without what mail clients put into it: no-break spaces, smart quotes, zero-width characters, a bullet
    before a command."""
    plain = line[:1200].translate(_INVISIBLE).translate(_TYPOGRAPHY).strip()
    if plain[:1] in _BULLETS and plain[1:].lstrip()[:1] == "#" and plain[1:2].isspace():
        plain = plain[1:].lstrip()
    return plain
