"""Parts of a ticket's view that its row keeps as JSON: its last handoff, what it needs to know, its clocks.

In: what the row has. Out: plain values as `ticket show` prints them (DESIGN section 6). Pure; a sensitive fact has a
state here and no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from store import plain

OPEN_CLOCK = {"due": None, "state": "none"}
CLOCKS = ("first_response", "next_response", "resolution", "triage", "complete_response")


def handoff(last: Mapping[str, Any] | None, bounced: int) -> dict[str, Any] | None:
    """The last handoff by a declared edge, and how often the ticket was returned by one."""
    if not last:
        return {"state": "returned", "bounced": bounced} if bounced else None
    asked = [name for name in last.get("asked", "").split(",") if name]
    same = ("edge", "to", "by", "at", "state", "whom", "until", "because")
    return {**{key: last.get(key) for key in same}, "from": last.get("origin"), "asked": asked, "bounced": bounced}


def intake(kept: Mapping[str, Any], facts: Mapping[str, str], sensitive: frozenset[str]) -> dict[str, Any]:
    """What the ticket needs to know and what it knows of that; one that needs nothing is complete. A sensitive fact has
    a state and no value."""
    needed, found = kept.get("needed", []), kept.get("fields", {})
    states = {name: found.get(name, {}).get("state", "missing") for name in dict.fromkeys((*needed, *found))}
    missing = [name for name in needed if states[name] in ("missing", "unsure")]
    return {
        "complete": not missing,
        "rounds": kept.get("rounds", 0),
        "missing": missing,
        "fields": {
            name: {
                "value": None if name in sensitive else found.get(name, {}).get("value") or facts.get(name) or None,
                "state": state,
                **{key: found.get(name, {}).get(key) or None for key in ("source", "how", "by", "at", "moment")},
                **(
                    {"source": found.get(name, {}).get("source") and "given", "moment": None}
                    if name in sensitive
                    else {}
                ),
            }
            for name, state in states.items()
        },
        "needed": list(needed),
        "stage": kept.get("stage") or None,
        "asked": list(kept.get("asked", [])),
        "asked_at": kept.get("asked_at") or None,
        "completed_at": kept.get("completed_at") or None,
    }


def clocks(rows: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, dict[str, Any]]:
    """Each clock's due instant and state; `breached` also where nobody has noted it yet."""
    found = {kind: dict(OPEN_CLOCK) for kind in CLOCKS}
    for clock in plain.clocks(rows):
        late = clock.runs and clock.due is not None and clock.due < now
        found[clock.kind] = {"due": plain.stamp(clock.due), "state": "breached" if late else clock.state}
    return found
