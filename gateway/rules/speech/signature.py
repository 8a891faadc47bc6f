"""Who signs is the desk's policy: an agent's words without the agent's own name, closing line and particulars.

In: the words that the reader left, the agent. Out: the words without what stands below them for the agent alone. It
never takes a line above the name but the closing one, and never anything that somebody else than its writer could be.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.rules.desk import Agent
from parsing.words.closing import is_formula

CLOSING = 40
"""Characters of a line like "Best regards," at most."""
PARTICULARS, LONGEST_PARTICULAR = 8, 80
"""Lines below a name that may still be a signature, and the letters of one."""


def unsigned(words: str, agent: Agent) -> str:
    """The words without a closing line and the agent's name at their end; particulars below the full name go with it.
    Empty where nothing else was said."""
    lines = words.rstrip().split("\n")
    names = {agent.full_name.lower(), agent.full_name.split(" ")[0].lower(), agent.name}
    if (last := _name_block(lines, agent.full_name.lower())) is not None:
        lines = lines[: last + 1]
    if lines and _bare(lines[-1]) in names:
        lines.pop()
        while lines and not lines[-1].strip(" -_"):  # the mark of a signature as well
            lines.pop()
        is_closing = bool(lines) and lines[-1].rstrip().endswith(",") and len(lines[-1]) <= CLOSING and len(lines) > 1
        if lines and (is_closing or is_formula(lines[-1])):
            lines.pop()
    return "\n".join(lines).rstrip() if "".join(lines).strip(" -_") else ""


def _name_block(lines: Sequence[str], name: str) -> int | None:
    """The line of the full name below which nothing stands but particulars: short lines, none a sentence."""
    for index in range(len(lines) - 1, max(-1, len(lines) - 1 - PARTICULARS), -1):
        line = lines[index].strip()
        if _bare(line) == name:
            return index
        if len(line) > LONGEST_PARTICULAR or line[-1:] in ("?", "!", ".", ":") or line[:1] in ("#", ">"):
            return None
    return None


def _bare(line: str) -> str:
    return line.strip(" ,.-—–|*").lower()
