"""Verbs that say what a ticket is about: topic, ruf, tag.

In: a `Request`. Out: a `Planned` or a `Refused`. What a person says is kept beside what the desk had thought, for the
learner.
"""

from __future__ import annotations

from difflib import get_close_matches

from gateway.rules import topics, triage
from gateway.rules.desk import Desk
from gateway.rules.policy.sorting import RUF
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from store.records import NoteCorrection, Ticket

MAX_TAG = 40


def _topic(request: Request) -> Planned | Refused:
    desk, ticket = request.desk, request.ticket
    pair = topics.named(request.args, desk)
    if pair is None:
        close = topics.nearest(request.args, desk)
        return Refused(reason=topics.unknown(request.args, desk), nearest=f"#topic {close or _any_topic(desk)}")
    was = _said(ticket.topic, ticket.subtopic)
    became = _said(*pair)
    by = f"set by {request.actor.name}"
    corrected = _corrected(request, "topic", was, ticket.topic_reason, became)
    return Planned(
        ticket=request.changed(topic=pair[0], subtopic=pair[1], topic_reason=by, ruf=_facet(ticket, pair, desk)),
        line="#topic",
        before=was or "none",
        after=became,
        event="topic-changed",
        detail={"from": was, "to": became},
        effects=(corrected,) if became != was else (),
    )


def _any_topic(desk: Desk) -> str:
    """A topic that there is, with what is below it where anything is."""
    found = sorted(desk.taxonomy.topics, key=lambda one: not one.parent)
    return "/".join(filter(None, (found[0].parent, found[0].name))) if found else "TOPIC"


def _facet(ticket: Ticket, pair: tuple[str, str], desk: Desk) -> str:
    """The facet follows the topic as long as it is the topic's; one that somebody or a rule stated stays."""
    was = topics.ruf_of((ticket.topic, ticket.subtopic), (), desk)
    return topics.ruf_of(pair, (), desk) if ticket.ruf in ("", was) else ticket.ruf


def _ruf(request: Request) -> Planned | Refused:
    wanted = request.args.strip().lower()
    letter = next((key for key, word in RUF.items() if wanted in (key.lower(), word)), "")
    if not letter:
        return Refused(reason="write " + ", ".join(f"{key} ({word})" for key, word in RUF.items()), nearest="#ruf R")
    was = request.ticket.ruf
    corrected = _corrected(request, "ruf", was, request.ticket.topic_reason, letter)
    return Planned(
        ticket=request.changed(ruf=letter),
        line="#ruf",
        before=RUF.get(was, "none"),
        after=RUF[letter],
        event="facet-changed",
        detail={"from": was, "to": letter},
        effects=(corrected,) if letter != was else (),
    )


def _corrected(request: Request, field: str, was: str, because: str, became: str) -> NoteCorrection:
    return NoteCorrection(
        ticket=request.ticket.ref, field=field, was=was, because=because, became=became, by=request.actor.name
    )


def _said(topic: str, subtopic: str) -> str:
    return "/".join(filter(None, (topic, subtopic)))


def _tag(request: Request) -> Planned | Refused:
    tags, known = list(request.ticket.tags), request.desk.tags
    words = request.args.split()
    if not words or any(word[0] not in "+-" or not 1 < len(word) <= MAX_TAG + 1 for word in words):
        listed = f"; tags: {', '.join(known)}" if known else ""
        close = get_close_matches(words[0].lower(), known, n=1, cutoff=0.5) if words else []
        nearest = f"#tag +{(close or list(known))[0]}" if known else ""
        return Refused(reason=f"write + before a tag to add and - before one to take away{listed}", nearest=nearest)
    for word in words:
        name = word[1:].lower()
        if word[0] == "+" and known and name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.5)
            return Refused(
                reason=f"there is no tag {name}; tags: {', '.join(known)}", nearest=f"#tag +{close[0]}" if close else ""
            )
        if word[0] == "+" and name not in tags:
            tags.append(name)
        elif word[0] == "-" and name in tags:
            tags.remove(name)
    is_decided = triage.MISFILED in request.ticket.tags and triage.MISFILED not in tags
    following = triage.asked_no_more(request.ticket.next_action) if is_decided else request.ticket.next_action
    return Planned(
        ticket=request.changed(tags=tuple(tags), next_action=following),
        line="#tag",
        before=" ".join(request.ticket.tags) or "none",
        after=" ".join(tags) or "none",
        event="tagged",
        detail={"to": tags},
    )


VERBS = (
    Verb(name="topic", usage="#topic TOPIC[/SUBTOPIC]", meaning="what it is about", plan=_topic),
    Verb(name="ruf", usage="#ruf R|U|F", meaning="reliability, usability or functionality", plan=_ruf),
    Verb(name="tag", usage="#tag +X -Y", meaning="add and take away tags", plan=_tag),
)
