"""How well mail is read: `python -m tests.bench.accuracy [SECTION…]` prints every figure for `$REPLYDESK_CORPUS`.

In: the test mail that no one here wrote; the names of sections, none for all. Out: for each score the figure of all
cases, of the half that nobody looked at, and of each source, with its 95 % interval. `--missed` names the cases of the
open half that came out wrong. Nothing of the corpus is copied.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

SECTIONS = (
    "replies", "forwards", "robots", "bounces", "files", "headers", "calendars", "robust", "sorting", "spans",
    "sentences",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Print the sections that were asked for."""
    folder = os.environ.get("REPLYDESK_CORPUS")
    if not folder:
        print("set REPLYDESK_CORPUS to the folder of the corpus")
        return 2
    wanted = [name for name in arguments if not name.startswith("-")] or list(SECTIONS)
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        print(f"no section {unknown[0]}; there are {', '.join(SECTIONS)}")
        return 2
    for name in wanted:
        print(f"== {name}")
        for score in importlib.import_module(f"tests.bench.accuracy.{name}").scores(Path(folder)):
            print(score.table())
            if "--missed" in arguments:
                print("".join(f"    missed {line}\n" for line in score.missed), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
