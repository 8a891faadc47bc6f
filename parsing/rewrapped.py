"""Words as a pattern that finds them again, however a mail program has broken them into lines and quoted them.

In: words as they were written. Out: a pattern's text, empty where there are no words. What stands between two words is
bounded, and no word begins as a gap may end, so nothing is tried twice.
"""

from __future__ import annotations

import re

MOST = 200
"""Words that are looked for."""
_GAP = r"[\s>]{1,20}"
"""What may stand between two words: a line may end there, and be quoted."""


def rewrapped(words: str) -> str:
    """The first of the words, in their order."""
    bare = filter(None, (word.lstrip(">") for word in words.split()[:MOST]))
    return _GAP.join(map(re.escape, bare))
