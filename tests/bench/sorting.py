"""What sorting costs a reader: the words of topics and rules, looked for in an ordinary mail.

In: how many mails, how many rules. Out: processor milliseconds a mail for nothing, for the demo desk's words, and for
these with so many further rules (15 phrases and 2 examples each, of words that business mail is full of).
`python -m tests.bench.sorting` prints them.
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import replace
from pathlib import Path

from gateway.config.loading import load
from parsing.category import match
from parsing.message import Lexicon, RuleWords
from parsing.reading import read
from tests.bench.mail import content

ROUNDS = 5
PHRASES, EXAMPLES = 15, 2
DEMO = Path(__file__).parents[2] / "templates" / "desk" / "demo.toml"
_THINGS = " ".join(
    (
        "account address agreement backup bill booking browser button calendar camera cart certificate chart",
        "checkout client contract coupon customer dashboard database delivery device discount document domain",
        "driver editor export field file filter folder font form gateway group image import index invoice label",
        "laptop ledger licence list logo machine mail mailbox map menu message mobile module monitor number office",
        "order page parcel password payment phone picture plugin policy portal price printer product profile",
        "project quote report request router row sales scanner screen search server service session shipment",
        "signature site stock store subscription supplier table tablet tax template terminal ticket token tracking",
        "update upload user view voucher warehouse website widget window workflow",
    )
).split()
_STATES = " ".join(
    (
        "missing wrong late empty locked lost duplicate blocked expired rejected overdue frozen damaged invalid",
        "unreadable cancelled changed deleted doubled",
    )
).split()


def many(lexicon: Lexicon, rules: int) -> Lexicon:
    """The lexicon with so many further rules, always the same ones."""
    chance = random.Random(rules)

    def phrase() -> str:
        thing, other, state = chance.choice(_THINGS), chance.choice(_THINGS), chance.choice(_STATES)
        said = (f"{thing} {state}", f"{thing} {other}", f"{thing} is {state}", f"{state} {thing} {other}")
        return chance.choice(said)

    more = tuple(
        RuleWords(
            name=f"rule-{number}",
            words=tuple(phrase() for _ in range(PHRASES)),
            examples=tuple(f"our {phrase()} and the {phrase()}" for _ in range(EXAMPLES)),
        )
        for number in range(rules)
    )
    return replace(lexicon, rules=(*lexicon.rules, *more))


def costs(mails: int, rules: int) -> dict[str, float]:
    """Milliseconds a mail, the least of several rounds."""
    said = [read(content(number, "bench")) for number in range(mails)]
    demo = load(DEMO, {}).policy.topics
    sides = {"no words": Lexicon(), "demo desk": demo, f"demo desk and {rules} rules": many(demo, rules)}
    found = dict.fromkeys(sides, float("inf"))
    for _ in range(ROUNDS):
        for name, lexicon in sides.items():
            match("warm", "up", lexicon)
            began = time.process_time()
            for mail in said:
                match(mail.subject, mail.reply, lexicon)
            found[name] = min(found[name], (time.process_time() - began) * 1000 / mails)
    return found


if __name__ == "__main__":
    for name, spent in costs(300, int(sys.argv[1]) if len(sys.argv) > 1 else 200).items():
        print(f"{name:32} {spent:.3f} ms a mail")
