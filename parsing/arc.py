"""ARC sets (RFC 8617): what each mail server on the way says that it saw, and who sealed that.

In: raw values of the three ARC headers. Out: `ArcSet`s, oldest first, or nothing when the chain is not whole: every
instance from 1 up has each of its three headers once. Whether the seals are good, and who may be believed, is not
decided here.
"""

from __future__ import annotations

from parsing import limits
from parsing.authentication import results
from parsing.headers import clean, unfolded
from parsing.message import ArcSet

INSTANCES = 50
"""RFC 8617 section 4.2.1: more make the chain a failure."""


def chain(seals: list[str], signatures: list[str], seen: list[str]) -> tuple[ArcSet, ...]:
    """The sets of ARC-Seal, ARC-Message-Signature and ARC-Authentication-Results."""
    count = len(seals)
    if not count or count > INSTANCES or len(signatures) != count or len(seen) != count:
        return ()
    sealers = {_number(tags.get("i", "")): tags.get("d", "") for tags in map(_tags, seals)}
    signed = {_number(_tags(value).get("i", "")) for value in signatures}
    said = dict(map(_instance, seen))
    whole = set(range(1, count + 1))
    if sealers.keys() != whole or signed != whole or said.keys() != whole or not all(sealers.values()):
        return ()
    found = []
    for number in sorted(whole):
        result = results([said[number]])
        if not result or not result[0].authserv_id:  # RFC 8617 section 4.1.1: it says who has seen it
            return ()
        found.append(ArcSet(instance=number, sealer=sealers[number].lower().rstrip("."), results=result[0]))
    return tuple(found)


def _instance(value: str) -> tuple[int, str]:
    """`i=1; mx.example; dkim=pass`: the number, and the rest as a header of its own."""
    tag, _, rest = unfolded(value).partition(";")
    name, _, number = tag.partition("=")
    return (_number(number) if name.strip().lower() == "i" else 0), rest


def _tags(value: str) -> dict[str, str]:
    """`a=b; c=d` (RFC 6376 section 3.2); a tag that stands there twice makes all of it unreadable."""
    found: dict[str, str] = {}
    for part in clean(unfolded(value)).split(";")[: limits.PARAMETERS]:
        name, equals, text = part.partition("=")
        if equals and name.strip() in found:
            return {}
        if equals:
            found[name.strip()] = text.strip()
    return found


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0
