"""What a new ticket is akin to: earlier ones of its requester and of their house, and what was solved in like words.

In: whose ticket it is and what it says; what the store knows of their tickets (`store/kinship.py`). Out: by which names
they are found again, and the facts of a notice to our own people. Nobody outside ever sees them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gateway.rules.desk import Desk
from store.records import Kin, Solved, Ticket

SHOWN = 5
MOST_SOLVED = 3
LOOKED_AT = 600
"""Characters of a mail that are searched for words."""
MOST_WORDS = 24
IN_COMMON = 3
"""Words that a solved ticket must share before it is called alike."""
_WORD = re.compile(r"[^\W\d_]{5,30}")
_STEM = 7
_LITTLE_WORDS = """
    about after again always anybody because before behind being cannot could doesn every everything first hello
    kindly large little maybe myself never nobody nothing other others please problem regards right should since
    small somebody something still support thank thanks their there these thing think those through ticket today
    tomorrow under until where whether which while whole without would wrong yesterday yours aber alles andere
    beste bitte danke dann dass deren diese dieser dieses durch einen einer eines etwas fehler freund freundliche
    freundlichen geehrte gehen geht grüße gruß guten haben hallo heute ihnen immer jetzt kann keine können leider
    liebe machen mehr meine morgen müssen nach nicht nichts noch oder problem schon sehen sehr seine seit seitdem
    sollte sondern unser unsere unter viele viel vielen wieder werden wurde zwischen alors après aussi autre avant
    avec avoir bonjour bonsoir cela cette chose comme cordialement dans depuis encore entre être faire jour leurs
    madame mais maintenant merci monsieur notre nous pour pourquoi pouvez problème quand quelque salut salutations
    sans sous toujours tous tout toute très votre vous
"""
_LITTLE = frozenset(word[:_STEM] for word in _LITTLE_WORDS.split())


def house(desk: Desk, address: str) -> str:
    """By what the tickets of one house are found: the organisation's domain; of one that nobody knows, the person's
    own address, for a domain may be a provider's."""
    known = desk.organisation_of(address)
    return known.domain if known is not None else address


def gist(subject: str, words: str) -> str:
    """The words by which a ticket is found again: the first ones that may mean something."""
    return _gist(f"{subject} {words}"[:LOOKED_AT])


@lru_cache(64)
def _gist(said: str) -> str:
    """A new ticket's is asked for twice: when it is written, and when it is compared."""
    found = dict.fromkeys(word[:_STEM] for word in _WORD.findall(said.lower()))
    return " ".join([word for word in found if word not in _LITTLE][:MOST_WORDS])


def columns(ticket: Ticket, words: str, desk: Desk) -> dict[str, str]:
    """By what a ticket that is opened is found again; `words` is the gist of its mail, where one opened it."""
    return {"house": house(desk, ticket.requester), "gist": words or gist(ticket.subject, "")}


def told(
    ticket: Ticket, said: str, known: Mapping[str, Sequence[Kin]], solved: Mapping[str, Sequence[Solved]], desk: Desk
) -> dict[str, Any]:
    """The facts: the requester's own newest tickets, those of others of their house, what was solved alike; open ones
    come first. Empty where there is nothing to tell."""
    name = house(desk, ticket.requester)
    found = {kin.ref: kin for key in (ticket.requester, name) for kin in known.get(key, ()) if kin.ref != ticket.ref}
    theirs = [kin for kin in found.values() if kin.requester == ticket.requester]
    others = [kin for kin in found.values() if kin.requester != ticket.requester]
    facts: dict[str, Any] = {}
    if theirs:
        facts["theirs"] = _lines(theirs, desk)
    if others and name != ticket.requester:
        organisation = desk.organisation_of(ticket.requester)
        facts["house"] = _lines(others, desk)
        facts["house_name"] = organisation.name if organisation is not None else name
        facts["house_count"], facts["house_open"] = len(others), sum(kin.is_open for kin in others)
    alike = _alike(gist(ticket.subject, said), solved.get(ticket.topic, ()))
    if alike:
        facts["solved"] = [[desk.reference(one.ref), one.subject, one.outcome] for one in alike]
    return facts


def _lines(found: Iterable[Kin], desk: Desk) -> list[list[str]]:
    ranked = sorted(found, key=lambda kin: (kin.is_open, _age(kin)), reverse=True)
    return [[desk.reference(kin.ref), kin.status, kin.subject] for kin in ranked[:SHOWN]]


def _age(kin: Kin) -> float:
    """Later ones are larger; one that this batch has just opened is the newest."""
    return kin.ref if isinstance(kin.ref, int) else float("inf")


def _alike(words: str, solved: Sequence[Solved]) -> list[Solved]:
    """Those that share rare words with it, most alike first. A word that half of them have says nothing."""
    mine = set(words.split())
    shared = [(one, mine.intersection(one.gist.split())) for one in solved]
    if all(len(common) < IN_COMMON for _, common in shared):
        return []
    frequency = Counter(word for _, common in shared for word in common)
    most = max(2, len(shared) // 2)
    ranked = []
    for one, both in shared:
        common = [word for word in both if frequency[word] <= most]
        if len(common) >= IN_COMMON:
            ranked.append((sum(1 / frequency[word] for word in common), _number(one), one))
    ranked.sort(key=lambda item: item[:2], reverse=True)
    return [one for _, _, one in ranked[:MOST_SOLVED]]


def _number(one: Solved) -> int:
    return one.ref
