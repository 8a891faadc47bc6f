"""What mails to our own people say: how a ticket stands, what happened, what was done.

In: clean facts, a language's `Speech`. Out: what the template of that purpose asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.letter import cut, shorten
from gateway.wording.speech import Speech
from gateway.wording.tables import aligned

_LONGEST_WORDS = 9_000  # of others' words in a mail of ours, so that its HTML stays under 60 KB


def standing(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """What every mail to one of us shows of its ticket: the clock that counts, what is planned, whom a reply is for."""
    due = facts["due"]
    facts["due"] = speech.moment(due, "short")
    facts["due_left"] = speech.left(due, facts["now"]) if facts["due"] else ""
    facts["clock"] = _CLOCKS.get(facts["clock"]) or ("first" if facts["status"] in _FRESH else "next") + " answer"
    facts["next"] = facts["next"] or "nobody has decided"
    facts["work"] = list(_work(facts, speech))
    facts["status"] = facts["status"].replace("_", " ")
    facts["gist"], facts["known"] = _known(facts, speech)
    name = facts["requester"].partition("<")[0].strip() or facts["requester"].strip("<>")
    name = facts.get("requester_name") or name
    facts["name"] = name if "," in name else name.partition(" ")[0]  # "Wind, Nora" is no first name
    return facts


_MOST_ON_TOP = 4
_LONGEST_ON_TOP = 72


def _known(facts: Mapping[str, Any], speech: Speech) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What is known of the matter: the lines on top, each as long as one, and all else in full."""
    gist = [_spoken(row, speech) for row in facts["gist"]]
    on_top, rest = gist[:_MOST_ON_TOP], gist[_MOST_ON_TOP:]
    long = [(label, value) for label, value in on_top if len(label) + 2 + len(value) > _LONGEST_ON_TOP]
    top = [(label, shorten(value, max(20, _LONGEST_ON_TOP - len(label) - 2))) for label, value in on_top]
    return top, [*long, *rest, *(_spoken(row, speech) for row in facts["known"])]


def _spoken(row: Sequence[str], speech: Speech) -> tuple[str, str]:
    """A label and its value; words about a time with the time that they mean."""
    label, value, *moment = row
    means = (speech.moment(moment[0], "short") or speech.day(moment[0])) if moment else ""
    return label, f"{shorten(value, 300)} ({means})" if means and means not in value else shorten(value, 300)


_FRESH = ("", "new", "accepted")
_CLOCKS = {
    "first_response": "first answer",
    "next_response": "next answer",
    "resolution": "resolution",
    "triage": "triage",
    "complete_response": "answer after all is said",
}


def _work(facts: Mapping[str, Any], speech: Speech) -> Iterator[str]:
    """A line each of what is planned and done, as far as anything is."""
    if facts["escalated"]:
        why = f": {facts['escalated_because']}" if facts["escalated_because"] else ""
        yield f"Escalated: since {speech.moment(facts['escalated'], 'short')}{why}"
    if facts["scheduled"]:
        yield f"Scheduled: {speech.moment(facts['scheduled'])}"
    if facts["aside"]:
        yield f"Put aside: until {speech.moment(facts['aside'])}"
    if facts["estimate"] or facts["logged"]:
        logged = f", {_span(facts['logged'])} logged" if facts["logged"] else ""
        yield f"Work: {'about ' + _span(facts['estimate']) if facts['estimate'] else 'no estimate'}{logged}"


def _span(minutes: int) -> str:
    """`45 min`, `2 h`, `1 h 30 min`."""
    hours, rest = divmod(abs(minutes), 60)
    whole = f"{hours} h" if hours else ""
    return " ".join(filter(None, (whole, f"{rest} min" if rest or not hours else "")))


def past(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """What changed last, with its time where the mail is not about it, and what was written before."""
    at = speech.moment(facts.get("changed_at", ""), "short")
    facts["changed"] = ", ".join(filter(None, (facts["changed"], at))) or "nothing since it came in"
    facts["entries"] = [written(entry, speech, 500) for entry in facts["entries"][-3:]]
    return facts


def written(entry: Mapping[str, str], speech: Speech, longest: int) -> tuple[str, str, str]:
    """When and by whom, with where it went (`Anastasia Winter → Nora Wind`, or a note), and its words."""
    went = {"note": " · note, inside", "to": f" → {entry.get('to', '')}"}.get(entry.get("way", ""), "")
    return speech.moment(entry["at"], "short"), entry["actor"] + went, cut(entry["text"], longest)


def reminder(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts["set_at"] = speech.moment(facts["set_at"])
    return past(standing(facts, speech), speech)


def warning(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    """How much of the promise is used, in the hours in which we work; whose a breach is."""
    over = facts["left"] <= 0 or facts["percent"] >= 100
    facts = past(standing(facts, speech), speech)
    facts["due_left"] = f"{_span(facts['left'])} {'over' if over else 'left'}"
    what = f"the time for the {facts['clock']}"
    because = facts["because"]
    why = _GIVEN_BACK if because == "after-reassignment" and not facts["owner"] else _BREACHES.get(because, "")
    facts["label"] = "Over" if over else "Warning"
    facts["news"] = f"{what} is over{why}" if over else f"{facts['percent']} % of {what} is used"
    if facts["cure"]:
        told = "nobody has said what it is about"
        facts["news"] = told if over else f"{facts['news']}: {told}"
        facts["news"] += f". {facts['cure']} on the first line does"
    return facts


_BREACHES = {
    "unassigned": "; nobody has the ticket",
    "after-reassignment": "; it was given on while the time ran",
    "waiting-specialist": "; it waits for a specialist",
    "blocked-scheduling": "; it waits for an appointment",
    "agent": "",
}
_GIVEN_BACK = "; it was given back while the time ran, and nobody has it"


def notice(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts = standing(facts, speech)
    facts["changed"] = facts["changed"] or speech.changed(facts["what"], facts["actor"])
    facts["words"] = cut(facts["words"], _LONGEST_WORDS)
    if facts["forwarded"]:
        room = max(1_000, _LONGEST_WORDS - len(facts["words"]))
        facts["forwarded"] = {**facts["forwarded"], "text": cut(facts["forwarded"]["text"], room)}
    facts["card"] = [(str(label), shorten(str(value), 300)) for label, value in facts["card"]][:6]
    facts["problem"] = "" if facts["words"] else facts["problem"]
    facts["kin"] = _kin(facts["kin"])
    facts["links_until"] = speech.moment(facts["links_until"])
    facts["apart"] = [
        {"filename": f["filename"], "size": _size(f["size"]), "why": f["why"], "url": f.get("url", "")}
        for f in facts["files"]
        if f.get("why")
    ]
    facts["files"] = [(f["filename"], _size(f["size"])) for f in facts["files"] if not f.get("why")]
    facts = past(facts, speech)
    earlier = facts["earlier"] or {}
    facts["earlier_known"] = bool(earlier)
    facts.update(earlier_count=earlier.get("count", 0), earlier_open=earlier.get("open", 0))
    return facts


def _kin(kin: Mapping[str, Any]) -> dict[str, Any]:
    """What the requester, their house and others came with before: a line each."""
    told = {"house_name": "", "house_count": 0, "house_open": 0, **kin}
    for name in ("theirs", "house"):
        told[name] = [
            (ref, status.replace("_", " "), shorten(subject, 60)) for ref, status, subject in told.get(name, ())
        ]
    told["solved"] = [(ref, shorten(subject, 60), shorten(done, 120)) for ref, subject, done in told.get("solved", ())]
    return told


def transcript(facts: dict[str, Any], _speech: Speech) -> dict[str, Any]:
    """What verbs did and what they found. What was said of no ticket has no state before it, unless it says so."""
    facts["done"] = [(step["line"], step["before"], step["after"]) for step in facts["done"]]
    facts["reports"] = [_report(report) for report in facts["reports"]]
    facts["help"] = _groups(facts["help"])
    facts["sent"] = [(mail["to"], _what(mail["what"])) for mail in facts["sent"]]
    return facts


def _what(what: str) -> str:
    """What was sent, as it stands before `to somebody`: a clause ends first."""
    return f"{what}," if "that" in what.split() or what == "the promise" else what


def held(facts: dict[str, Any], _speech: Speech) -> dict[str, Any]:
    facts["allowed"] = _groups(facts["allowed"])
    return facts


def _report(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report with its table as lines, for those who read text, and as cells."""
    heads, rows = list(report.get("heads", ())), [list(row) for row in report.get("rows", ())]
    cells = [[*row[:-1], shorten(row[-1], _LONGEST_CELL)] for row in rows]
    lines = [cut(line, _LONGEST_LINE) for line in report.get("lines", ())]
    return {
        "title": shorten(report["title"], _LONGEST_CELL),
        "heads": heads,
        "rows": cells,
        "table": aligned(heads, cells),
        "lines": lines,
    }


_LONGEST_CELL = 160
_LONGEST_LINE = 500


def _groups(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The verbs under their headings: a line that names no verb is one."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if not line.startswith("#"):
            found.append((line, []))
        elif not found:
            found.append(("", [line]))
        else:
            found[-1][1].append(line)
    return [(about, verbs) for about, verbs in found if verbs]


def undelivered(facts: dict[str, Any], _speech: Speech) -> dict[str, Any]:
    facts["words"] = cut(facts["words"], _LONGEST_WORDS)
    return facts


def confirmation(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    facts.update(came=speech.moment(facts["came"]), lapses=speech.moment(facts["lapses"]))
    return facts


def _size(octets: int) -> str:
    return (
        f"{octets} bytes"
        if octets < 1_000
        else f"{octets // 1_000} KB"
        if octets < 10**6
        else f"{octets / 10**6:.1f} MB"
    )
