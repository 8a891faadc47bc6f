"""What a mail costs reader and settler, here and in another checkout, by turns: what a change to the rules has cost.

In: how many mails, the root of the other checkout (of the commit before the change; none: only this one). Out:
processor milliseconds a mail, the least of several rounds, for first mails and for answers to them. Each round is a
process of its own (`turn`), so that both sides meet the same weather.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench.process import ROOT

ROUNDS = 5
KINDS = {"fresh": "first mails", "answers": "answers to a mail of the sender's own"}
_TURN = Path(__file__).parent / "turn.py"


def costs(mails: int, kind: str, against: str) -> dict[str, Mapping[str, float]]:
    """Milliseconds by step, for `before` (where there is another checkout) and `now`."""
    roots = {"before": against, "now": str(ROOT)} if against else {"now": str(ROOT)}
    rounds: dict[str, list[Mapping[str, float]]] = {name: [] for name in roots}
    for _ in range(ROUNDS):
        for name, root in roots.items():
            rounds[name].append(round_of(root, mails, kind))
    return {name: least(found) for name, found in rounds.items()}


def round_of(root: str, mails: int, kind: str, more: str = "") -> Mapping[str, float]:
    """One round in a process of its own. `more` is what `turn` adds to the configuration."""
    command = [sys.executable, str(_TURN), root, str(mails), kind, *filter(None, (more,))]
    said = subprocess.run(command, cwd="/", stdout=subprocess.PIPE, check=True, text=True)
    found: Mapping[str, float] = json.loads(said.stdout)
    return found


def least(rounds: list[Mapping[str, float]]) -> Mapping[str, float]:
    """The least of each step; the sum of a round that was disturbed in one step would tell less."""
    return {step: min(found[step] for found in rounds) for step in rounds[0]}
