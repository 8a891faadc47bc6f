"""What mails about live calls say: to customers the slots, the time and the place, to our own people what they need.

In: clean facts, a language's `Speech`. Out: what the template of that purpose asks for. No fact about a member of staff
is ever looked at for a mail to a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from gateway.letter import cut, shorten
from gateway.wording.speech import Speech
from gateway.wording.staff import standing, written

_IN_ADDRESS = "!$'*+-./=?^_`{|}~@"
"""What stands in the address of a mailto link as it is (RFC 6068 section 2)."""
_LONGEST_WORDS = 6_000
_LONGEST_ENTRY = 1_500
_MOST_ENTRIES = 10
_MOST_LINES = 12
_LONGEST_LINE = 300
_LONGEST_NAME = 120


def offer(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """The slots as lines that are the answer, each with a link that writes it."""
    slots = facts["slots"]
    offsets = {speech.offset(start) for _, start in slots}
    same = len(offsets) == 1
    facts["slots"] = [
        {
            "word": f"BOOK {number}",
            "at": speech.moment(start) + ("" if same else f", {speech.offset(start)}"),
            "href": _link(facts["book_address"], f"BOOK {number}", speech.reference),
        }
        for number, start in slots
    ]
    facts.update(zone_word=speech.zone, offset=offsets.pop() if same and speech.zone != "UTC" else "")
    day = speech.day(facts["proposed"])
    for name in ("expires", "proposed", "missed", "start"):
        facts[name] = speech.moment(facts[name])
    facts.update(day=day, proposed=facts["proposed"] or day)
    facts["when"] = facts["utc"] = ""
    return facts


def _link(address: str, word: str, reference: str) -> str:
    """A mail with that word in its subject and its body; empty where it has no address to go to."""
    if not address:
        return ""
    subject = f"{word} [{reference}]" if reference else word
    return f"mailto:{quote(address, safe=_IN_ADDRESS)}?subject={quote(subject, safe='')}&body={quote(word, safe='')}"


def appointed(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """From when to when in the reader's zone, and in UTC where that is another."""
    start, end = facts["start"], facts["end"]
    facts["when"] = speech.span(start, end)
    facts["utc"] = speech.span(start, end, "UTC") if speech.zone != "UTC" else ""
    facts["start"] = speech.moment(start)
    return facts


def word(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts.update(until=speech.moment(facts["until"]), missed=speech.moment(facts["missed"]))
    facts["delegate"] = shorten(facts["delegate"], _LONGEST_NAME)
    return appointed(facts, speech)


# To our own people


def brief(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """The call on top, then the matter: what was first said, what is known, what was tried and said."""
    facts = _for_staff(facts, speech)
    facts["problem"] = cut(facts["problem"], _LONGEST_WORDS)
    facts["entries"] = [written(entry, speech, _LONGEST_ENTRY) for entry in facts["entries"][-_MOST_ENTRIES:]]
    facts["tried"] = _lines(facts["tried"])
    facts["matter"] = [*facts["gist"], *facts["known"]]
    return facts


def stand_down(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    return appointed(facts, speech)


def notice(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts = _for_staff(facts, speech)
    facts["words"] = cut(facts["words"], _LONGEST_WORDS)
    facts["lapses"] = speech.moment(facts["lapses"])
    facts.update(why=_lines(facts["why"]), helps=_lines(facts["helps"]))
    facts["verbs"] = list(_verbs(facts))
    return facts


def _for_staff(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """How the ticket and its call stand. The contact is whom the call is with, also where that is not the requester."""
    facts["theirs"] = speech.elsewhere(facts["start"], facts["their_zone"]) if facts["their_zone"] else ""
    facts["until"] = speech.moment(facts["until"], "short")
    facts["requester"] = facts["contact"] = facts["contact"] or facts["requester"]
    return appointed(standing(facts, speech), speech)


def _lines(lines: Sequence[str]) -> list[str]:
    return [shorten(line, _LONGEST_LINE) for line in lines][:_MOST_LINES]


def _verbs(facts: dict[str, Any]) -> Iterator[str]:
    """What may be answered: each stands on a line of its own."""
    match facts["variant"]:
        case "wish":
            yield from (f"#call {name}" for name in facts["capabilities"] or [facts["capability"] or "CAPABILITY"])
            if facts["decides"]:
                yield "#refuse because …"
        case "owed":
            yield from (f"#call {name}" for name in facts["capabilities"])
        case "approval":
            yield from ("#approve", "#refuse because …")
        case "unstaffed":
            yield "#ack"
            if not facts["begun"]:
                yield from ("#call move TIME", "#call cancel because …")
        case "shortage" | "sought" if facts["start"]:
            yield from ("#call move TIME", "#call cancel because …")
        case "shortage" | "sought":
            yield "#call cancel because …"
        case "outcome":
            yield from ("#outcome …", "#outcome 45m …", "#outcome no-show", "#outcome no-show us")
