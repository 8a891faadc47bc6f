"""People who are counted in a mail and are not whom it hits.

In: a text in small letters and the words that say how many. Out: whether they may be those. A greeting, a queue, a
price, a customer that is taken for an example, the code of an answer, and nobody who did something else, never are.
"""

from __future__ import annotations

import re

from parsing.intake.passage import Found

_NOBODY = re.compile(r"(?:no ?body|no one|niemand|keiner|personne)(?!\w)(?! else)")
_DID_ELSE = re.compile(
    r"(?:\w{1,9} )?(?:had|bought|ever|knew|knows?|said|says|told|would|wants?|wanted|likes?|touched|changed|"
    r"complain\w*|weiß|wusste|hatte|believes?|"
    r"(?:has|hat) (?:touched|changed|told|bought|answered|called|etwas|was|geändert)|(?:n['’]a|"
    r"ne) (?:rien )?(?:touché|changé|sait))(?!\w)"
)
_PRICED = re.compile(r"(?:at|à|zu|für|a) \d{1,4}(?:[.,]\d\d)? ?(?:euro|eur|€|pounds|£|chf)")
_BILLED = re.compile(r"(?:counted|total|euro|eur|invoice|bill|nought|charge\w*|says|rechnung|berechnet|facture)")
_EXAMPLE = re.compile(
    r"(?:ein|eine|einen|einem|einer|un|une|an?|jede[rn]?|each|every|any) \w{3,14}\Z(?<!us)|[45]\d\d (?:service|"
    r"bad|internal|gateway|server|client)"
)
_GREETED = re.compile(
    r"\W{0,3}(?:bonjour|hello|hallo|hi|dear|liebe\w?|sehr geehrte\w?|chère?s?|guten)(?!\w)[^,!.:]{0,60}[,!]?\Z"
)
_BESIDE = re.compile(
    r"(?<!\w)(?:bought|complained before|inspector\w*|queue|chat|ahead of|waiting for (?:you|an answer)|flur|"
    r"schlange|vor uns|paient|bezahlen|contract|vertrag|contrat)(?!\w)"
)


def stands(small: str, found: Found) -> bool:
    """Whether a number of people that was found may be of those whom it hits."""
    value = small[found.start : found.end]
    before, after = small[max(0, found.start - 60) : found.start], small[found.end : found.end + 40]
    for mark in ".!?\n":
        before, after = before.rpartition(mark)[2], after.partition(mark)[0]
    if _NOBODY.match(value) and _DID_ELSE.match(f"{value.partition(' ')[2]} {after}".strip()):
        return False
    if _PRICED.match(after.strip()) or _GREETED.match(f"{before}{value}".strip()):
        return False
    if value.endswith(("seats", "plätze", "places")) and _BILLED.search(f"{before}{after}"):
        return False
    return not (_EXAMPLE.match(value) or _BESIDE.search(f"{before}{value}{after}"))
