"""What happened to a ticket, in people's words: `benedikt: assigned to charlotte, because the invoice is wrong`.

In: an event's kind and detail, how to say an instant. Out: a sentence without its author. It names no customer beyond
what the event says, and what kind it does not know it says by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 160
"""Letters of one sentence."""
_SHOWN = 6

Detail = Mapping[str, Any]


def told(kind: str, detail: Detail, moment: Callable[[str], str]) -> str:
    """The sentence; `moment` says an RFC 3339 instant."""
    says = _SAYS.get(kind) or (_called(kind) if kind.startswith(_OF_CALLS) else None)
    words = says(detail, moment) if says is not None else _plain(kind, detail)
    because = str(detail.get("because") or "")
    if because and because not in words:
        words = f"{words}: {because}"
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def _plain(kind: str, _detail: Detail) -> str:
    return kind.replace("-", " ").replace("_", " ")


def _moved(what: str) -> Callable[[Detail, Callable[[str], str]], str]:
    def says(detail: Detail, _moment: Callable[[str], str]) -> str:
        before, after = (_value(detail.get(name)) for name in ("from", "to"))
        return f"{what}: {before} → {after}" if before != after else f"{what}: {after}"

    return says


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        shown = ", ".join(str(one) for one in value[:_SHOWN])
        return shown + (f" and {len(value) - _SHOWN} more" if len(value) > _SHOWN else "") or "none"
    return str(value).replace("_", " ") if value not in (None, "") else "none"


def _assigned(detail: Detail, _moment: Callable[[str], str]) -> str:
    whom = str(detail.get("to") or "")
    return f"assigned to {whom}" if whom else f"back with the team from {detail.get('from') or 'nobody'}"


def _taken(detail: Detail, _moment: Callable[[str], str]) -> str:
    place = detail.get("place")
    return f"taken, place {place} of {detail.get('of')} in the queue" if place else "taken"


def _named(sentence: str, *names: str) -> Callable[[Detail, Callable[[str], str]], str]:
    """The sentence, with the first of these facts that the event has behind it."""

    def says(detail: Detail, _moment: Callable[[str], str]) -> str:
        found = next((detail[name] for name in names if detail.get(name)), None)
        return f"{sentence} {_value(found)}" if found is not None else sentence.removesuffix(":")

    return says


def _until(sentence: str, *names: str) -> Callable[[Detail, Callable[[str], str]], str]:
    """The sentence with an instant behind it."""

    def says(detail: Detail, moment: Callable[[str], str]) -> str:
        at = next((moment(str(detail[name])) for name in names if detail.get(name)), "")
        return " ".join(filter(None, (sentence, at)))

    return says


def _field(detail: Detail, moment: Callable[[str], str]) -> str:
    return _moved(str(detail.get("field") or "a field").replace("_", " "))(detail, moment)


def _logged(detail: Detail, _moment: Callable[[str], str]) -> str:
    return f"{detail.get('minutes')} min logged ({detail.get('type') or 'work'})"


def _promised(detail: Detail, moment: Callable[[str], str]) -> str:
    was = moment(str(detail.get("from") or ""))
    at = moment(str(detail.get("to") or ""))
    return f"promised to say more{f' by {at}' if at else ''}{f', before that by {was}' if was else ''}"


def _copied(detail: Detail, _moment: Callable[[str], str]) -> str:
    whom = _value(detail.get("to"))
    return "nobody is copied from now on" if whom in ("none", "nobody copied") else f"copied from now on: {whom}"


def _clock(what: str) -> Callable[[Detail, Callable[[str], str]], str]:
    def says(detail: Detail, moment: Callable[[str], str]) -> str:
        clock = str(detail.get("clock") or "clock").replace("_", " ")
        before, after = (moment(str(detail.get(name) or "")) or _value(detail.get(name)) for name in ("from", "to"))
        change = f": {before} → {after}" if what == "moved" and before != after else ""
        return f"{clock} {what}{change}"

    return says


def _warned(detail: Detail, _moment: Callable[[str], str]) -> str:
    clock = str(detail.get("clock") or "clock").replace("_", " ")
    return f"{clock}: {detail.get('percent')} % used, told {_value(detail.get('to'))}"


def _known(detail: Detail, _moment: Callable[[str], str]) -> str:
    """What became known of a fact."""
    field, state = _value(detail.get("field")), detail.get("state")
    if state == "unknown":
        return f"{field}: they do not know"
    return f"{field}: {_value(detail.get('to') or state)}"


def _called(kind: str) -> Callable[[Detail, Callable[[str], str]], str]:
    """What happened to a call: `call 1042-1 booked, Tue 24 Nov, 13:00 (Berlin)`, `call 1042-1 invited benedikt`."""

    when, whom = ("to", ()) if kind == "call-moved" else ("start", ("agent", "to", "partstat"))

    def says(detail: Detail, moment: Callable[[str], str]) -> str:
        what = kind.removeprefix("call-").replace("-", " ")
        person = next((_value(detail[name]) for name in whom if detail.get(name)), "")
        at = moment(str(detail[when])) if detail.get(when) else ""
        return ", ".join(filter(None, (f"call {detail.get('call', '')}: {what} {person}".strip(), at)))

    return says


_OF_CALLS = ("call-", "grant-")
_SAYS: Mapping[str, Callable[[Detail, Callable[[str], str]], str]] = {
    "created": lambda _detail, _moment: "opened",
    "replied": lambda _detail, _moment: "wrote",
    "answered": lambda _detail, _moment: "answered the customer",
    "noted": lambda _detail, _moment: "wrote a note inside",
    "reopened": lambda _detail, _moment: "opened it again",
    "status-changed": _moved("status"),
    "closed": lambda _detail, _moment: "closed",
    "assigned": _assigned,
    "taken": _taken,
    "team-changed": _moved("team"),
    "team-joined": _named("works along:", "team"),
    "team-left": _named("works along no more:", "team"),
    "escalated": _named("escalated to", "team", "to"),
    "deescalated": _named("no longer escalated", "teams"),
    "priority-changed": _moved("priority"),
    "topic-changed": _moved("topic"),
    "facet-changed": _moved("facet"),
    "field-set": _field,
    "tagged": _named("tags:", "to"),
    "next-action": _moved("next"),
    "waiting": _named("waits for", "to"),
    "time-logged": _logged,
    "reminder-set": _until("reminder set for", "at"),
    "reminded": _named("reminded", "who"),
    "snoozed": _until("put aside until", "until"),
    "woken": lambda _detail, _moment: "back in the queue",
    "verified": _named("verified by", "by"),
    "merged": _named("merged into", "into"),
    "took-in": _named("took in", "ticket"),
    "retyped": _named("goes on as", "into"),
    "promised": _promised,
    "promise-withdrawn": _until("took back the promise to say more by", "from"),
    "copied": _copied,
    "linked": _named("related to", "to"),
    "split": _named("a part of it goes on as", "into"),
    "participant-left": _named("left:", "address", "who"),
    "participant-joined": _named("joined:", "address", "who"),
    "delivery-failed": _named("a mail did not arrive:", "recipients", "to"),
    "delivery-delayed": _named("a mail is late:", "recipients"),
    "mail-held": _named("a mail is held:", "why", "purpose"),
    "kept-out": _named("kept out:", "addresses"),
    "intake": _known,
    "ruled": lambda detail, _moment: f"rule {detail.get('rule')}: {detail.get('did')}",
    "intake-asked": _named("asked for", "fields"),
    "intake-reminded": _named("reminded of", "fields"),
    "intake-complete": lambda _detail, _moment: "all that was asked for is there",
    "intake-handed": _named("no more questions; missing:", "missing"),
    "intake-stopped": _named("asks no more; missing:", "missing"),
    "intake-waived": _named("we can do without", "fields"),
    "intake-needed": _named("missing now:", "missing"),
    "forgotten": _named("kept long enough, and removed:", "field"),
    "status-asked": lambda _detail, _moment: "asked how it stands",
    "start-due": lambda _detail, _moment: "its scheduled time came",
    "clock-changed": _clock("moved"),
    "clock-breached": _clock("ran out"),
    "clock-told": _warned,
}  # fmt: skip
