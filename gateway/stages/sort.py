"""Sort: what is a new ticket about, what type is it, how urgent is it, and whose?

In: a `Threaded`, the desk. Out: a `Sorted`. A known ticket keeps its sorting. It never guesses a topic between two that
are about equal: what cannot be told stays without a topic, for a person to sort. Whatever it decides comes from words
and rules that stand in the configuration, and the trace names them; capitals and exclamation marks say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.rules import priority, topics
from gateway.rules.case import Sorted, Threaded
from gateway.rules.desk import Desk
from gateway.rules.policy.sorting import RUF, Rule
from gateway.rules.topics import Fitting
from gateway.rules.workflow import division_of
from store.records import Step, Trust


def sort(threaded: Threaded, desk: Desk) -> Sorted:
    """Give a new ticket its type, topic, priority and team, each with the reason."""
    if threaded.ticket is not None:
        return _as_it_is(threaded)
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    rules = topics.fitting(mail, guarded.mailbox, desk)
    judged = topics.judge(mail, rules)
    pair = (judged.topic, judged.subtopic)
    kind, why = _type(threaded, rules)
    team = next((one.rule.team for one in rules if one.rule.team and kind != "escalation"), guarded.mailbox.team)
    division = division_of(team, desk)
    impact, urgency, stated = _facts(rules)
    weighed = priority.weigh(
        impact,
        urgency,
        desk.organisation_of(guarded.author.address),
        desk,
        guarded.incoming.now,
        division=division,
        said_by=stated,
    )
    named = " / ".join(part for part in pair if part) or "no topic"
    steps = [Step(stage="sort", what=f"{kind}, {named}", why=judged.reason)]
    if why:
        steps.append(Step(stage="sort", what=f"type {kind}", why=why))
    if judged.candidates:
        steps.append(Step(stage="sort", what="not clear", why=f"perhaps {', '.join(judged.candidates)}"))
    steps += [Step(stage="sort", what=f"rule {one.rule.name}: {_deeds(one.rule)}", why=one.why) for one in rules]
    steps += [
        Step(stage="sort", what=f"rule {name} does not count", why=reason) for name, reason in topics.silenced(mail)
    ]
    steps.append(Step(stage="sort", what=f"priority {weighed.priority}", why=weighed.reason))
    return Sorted(
        threaded=threaded,
        type=kind,
        topic=judged.topic,
        subtopic=judged.subtopic,
        topic_reason=judged.reason,
        priority=weighed.priority,
        priority_reason=weighed.reason,
        trace=(*threaded.trace, *steps),
        team=team,
        helpers=_helpers(rules, team),
        division=division,
        ruf=topics.ruf_of(pair, rules, desk),
        impact=impact,
        urgency=urgency,
        tags=tuple(dict.fromkeys(tag for one in rules for tag in one.rule.tags)),
    )


def _as_it_is(threaded: Threaded) -> Sorted:
    known = threaded.ticket
    assert known is not None
    return Sorted(
        threaded=threaded,
        type=known.type,
        topic=known.topic,
        subtopic=known.subtopic,
        topic_reason=known.topic_reason,
        priority=known.priority,
        priority_reason=known.priority_reason,
        trace=threaded.trace,
        team=known.team,
    )


def _type(threaded: Threaded, rules: Sequence[Fitting]) -> tuple[str, str]:
    """Escalations are for proven staff at the staff-only address; from anybody else that is an ordinary ticket. Of
    rules that name a type the heaviest decides; something that is broken goes before something to know (R20)."""
    guarded = threaded.guarded
    if guarded.mailbox.kind == "staff" and guarded.agent is not None and guarded.trust is not Trust.D:
        return "escalation", ""
    stating = [one for one in rules if one.rule.type]
    best = max(stating, key=lambda one: (one.rule.weight, one.rule.type == "support"), default=None)
    return (best.rule.type, f"rule {best.rule.name}, {best.why}") if best is not None else ("support", "")


def _facts(rules: Sequence[Fitting]) -> tuple[int, int, str]:
    """The greatest impact and urgency that a rule states (1 is most), and which rules state them."""
    impacts = [one.rule for one in rules if one.rule.impact]
    urgencies = [one.rule for one in rules if one.rule.urgency]
    impact = min(impacts, key=lambda rule: rule.impact, default=None)
    urgency = min(urgencies, key=lambda rule: rule.urgency, default=None)
    names = dict.fromkeys(rule.name for rule in (impact, urgency) if rule is not None)
    return (impact.impact if impact else 0, urgency.urgency if urgency else 0, f"rule {', '.join(names)}")


def _helpers(rules: Sequence[Fitting], team: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.rule.with_team for one in rules if one.rule.with_team not in ("", team)))


def _deeds(rule: Rule) -> str:
    """What follows from a rule, in words."""
    about = " / ".join(part for part in (rule.topic, rule.subtopic) if part)
    parts = [
        f"type {rule.type}" if rule.type else "",
        f"speaks for {about}" if about else "",
        RUF.get(rule.ruf, ""),
        f"impact {rule.impact}" if rule.impact else "",
        f"urgency {rule.urgency}" if rule.urgency else "",
        f"team {rule.team}" if rule.team else "",
        f"{rule.with_team} helps" if rule.with_team else "",
        f"tags {' '.join(rule.tags)}" if rule.tags else "",
    ]
    return ", ".join(part for part in parts if part)
