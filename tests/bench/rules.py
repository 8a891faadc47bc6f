"""What the desk's rules cost reader and settler with many rules configured, here and in another checkout, by turns.

In: how many mails, how many rules, the root of the other checkout (of the commit before the rules; none: only this
one). Out: processor milliseconds a mail, the least of several rounds, for first mails and for answers to them: of the
other checkout with the demo desk as it has it, of this one with the demo desk and with so many rules more.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

from gateway.config.loading import load
from tests.bench.process import ROOT
from tests.bench.sorting import DEMO, many
from tests.bench.trust import KINDS, ROUNDS, least, round_of

RULES = 200
__all__ = ["KINDS", "RULES", "costs", "written"]


def costs(mails: int, kind: str, against: str) -> dict[str, Mapping[str, float]]:
    """Milliseconds by step, for `before` (where there is another checkout), `now`, and `now` with the rules."""
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as folder:
        file = Path(folder) / "rules.toml"
        file.write_text(written(RULES), "utf-8")
        sides = {"before": (against, "-")} if against else {}
        sides |= {"now": (str(ROOT), "-"), f"{RULES} rules": (str(ROOT), str(file))}
        rounds: dict[str, list[Mapping[str, float]]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, (root, more) in sides.items():
                rounds[name].append(round_of(root, mails, kind, more))
    return {name: least(found) for name, found in rounds.items()}


def written(rules: int) -> str:
    """So many rules as a configuration has them, always the same: words, examples, and all that may follow."""
    demo = load(DEMO, {}).policy
    topics = cycle(dict.fromkeys(words.topic for words in demo.topics.topics))
    found = []
    for number, rule in enumerate(many(demo.topics, rules).rules[-rules:]):
        found += ["[[rule]]", f"name = {json.dumps(rule.name)}", f"words = {json.dumps(rule.words)}"]
        found += [f"examples = {json.dumps(rule.examples)}", f"topic = {json.dumps(next(topics))}"]
        found += [f"urgency = {number % 5 + 1}", f"impact = {number % 4 + 1}", f'tags = ["t{number % 20}"]', ""]
    return "\n" + "\n".join(found)
