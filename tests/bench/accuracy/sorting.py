"""Sorting from a cold start: topics by names, by words that somebody wrote, by three examples a subtopic; types.

In: `tickets/clinc150.jsonl` (10 topics, 150 subtopics, and texts of none), `banking77.jsonl` (77 topics that are much
alike), `bug_report_sentences.jsonl`. Out: for each how many texts get a topic at all (the others wait for triage), how
many of those get the right one, and how many of no topic are left alone. The words below were written from the names
of the topics alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from gateway.config.loading import load
from gateway.rules.desk import Desk
from gateway.rules.topics import fitting, judge
from parsing.category import match
from parsing.message import Kind, Lexicon, ParsedMail, TopicWords
from tests.bench.accuracy.score import Row, Score, rows

EXAMPLES = 3
DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
Label = Callable[[Row], tuple[str, str] | None]

WORDS = {
    "banking": (
        "bank account, account, balance, savings, checking, deposit, transfer, transfer money, wire, routing "
        "number, pin, pin number, bank, blocked, frozen, interest, bill, bills, fraud, transactions, "
        "spending, checks"
    ),
    "credit_cards": (
        "credit card, card, credit limit, credit score, credit, apr, rewards, points, declined, replacement "
        "card, annual fee, visa, mastercard, lost card, stolen, expire, expiration"
    ),
    "kitchen_and_dining": (
        "recipe, restaurant, restaurants, calories, ingredient, ingredients, cook, cooking, bake, food, meal, "
        "dinner, lunch, eat, dish, reservation, table for, nutrition, substitute, healthy, oven"
    ),
    "home": (
        "shopping list, list, to do list, todo list, smart home, lights, light, thermostat, song, music, "
        "playlist, order, calendar, reminder, reminders, remind me, package"
    ),
    "auto_and_commute": (
        "car, tire, tires, gas, oil change, mpg, traffic, directions, uber, drive, driving, miles, distance, "
        "jump start, last maintenance, route, bus, engine"
    ),
    "travel": (
        "flight, flights, hotel, trip, travel, luggage, suitcase, carry on, plane, vaccines, shots, plug, "
        "converter, translate, in spanish, in french, visa for, passport, book a, tourist, time zone, "
        "timezone, exchange rate, airline"
    ),
    "utility": (
        "weather, temperature, rain, alarm, timer, what time, the date, what day, calculate, square root, "
        "plus, times, percent, spell, spelling, definition, synonym, define, mean, text, call, measure, "
        "convert, inches, roll, dice, flip, coin, find my phone, gps, location, share my location, ounces, "
        "cups"
    ),
    "work": (
        "pto, vacation, payday, paycheck, w2, w 2, insurance, meeting, meetings, schedule, 401k, income, tax, "
        "taxes, direct deposit, boss, job, salary, day off, days off, benefits, office"
    ),
    "small_talk": (
        "joke, hello, hi, goodbye, bye, thank you, thanks, your name, how old, are you a, robot, meaning of "
        "life, your favorite, who made you, where are you from, fun fact, do you have, you work for, about "
        "yourself, pets, hobbies"
    ),
    "meta": (
        "repeat, say that again, volume, speak, speed up, slower, faster, language, whisper, whisper mode, "
        "accent, yes, no, maybe, cancel, change your name, call me, sync, device, reset settings, factory "
        "settings, user name"
    ),
}


def scores(corpus: Path) -> list[Score]:
    """Names alone, words, examples, types."""
    tickets = corpus / "tickets"
    clinc, banking = rows(tickets / "clinc150.jsonl"), rows(tickets / "banking77.jsonl")
    written = Lexicon(
        topics=tuple(TopicWords(topic=name, subtopic="", words=tuple(said.split(", "))) for name, said in WORDS.items())
    )
    return [
        *_measured("clinc150 topics, names only", clinc, _two_tiers, _named(clinc, _two_tiers, 0)),
        *_measured("clinc150 topics, words written from the names", clinc, _two_tiers, (written, set())),
        *_measured(
            f"clinc150 topics, {EXAMPLES} examples a subtopic", clinc, _two_tiers, _named(clinc, _two_tiers, EXAMPLES)
        ),
        *_measured("banking77 topics, names only", banking, _one_tier, _named(banking, _one_tier, 0)),
        *_measured(
            f"banking77 topics, {EXAMPLES} examples each", banking, _one_tier, _named(banking, _one_tier, EXAMPLES)
        ),
        *_types(rows(tickets / "bug_report_sentences.jsonl")),
    ]


def _two_tiers(row: Row) -> tuple[str, str] | None:
    labels = row["labels"]
    return None if labels["domain"] == "oos" else (labels["domain"], labels["intent"])


def _one_tier(row: Row) -> tuple[str, str] | None:
    return row["labels"]["intent"], ""


def _named(data: list[Row], label: Label, examples: int) -> tuple[Lexicon, set[str]]:
    """A lexicon of the labels' names with so many texts of each, and the texts that it has from here."""
    picked: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(data, key=lambda row: str(row["sha"])):
        pair = label(row)
        if pair is not None and len(picked[pair]) < examples and len(row["text"].split()) > 2:
            picked[pair].append(row)
    topics = []
    for (topic, subtopic), found in sorted(picked.items()):
        name = (subtopic or topic).replace("_", " ").lower()
        texts = (*(row["text"] for row in found), name)
        topics.append(TopicWords(topic=topic, subtopic=subtopic, words=(name,), examples=texts))
    return Lexicon(topics=tuple(topics)), {row["sha"] for found in picked.values() for row in found}


def _measured(title: str, data: list[Row], label: Label, seeded: tuple[Lexicon, set[str]]) -> list[Score]:
    """Coverage, accuracy of what got a topic and a subtopic, and what of no topic was left alone."""
    lexicon, seen = seeded
    covered, right = Score(f"{title}: gets a topic"), Score(f"{title}: right of those")
    below, alone = Score(f"{title}: subtopic right, where one is set"), Score(f"{title}: of no topic, left for triage")
    for row in data:
        if row["sha"] in seen:
            continue
        case = {"id": row["sha"], "file": "", "group": row["sha"]}
        judged = judge(_mail(row["text"], lexicon), ())
        pair = label(row)
        if pair is None:
            alone.add(case, "", not judged.topic)
            continue
        covered.add(case, "", bool(judged.topic))
        if judged.topic:
            right.add(case, "", judged.topic == pair[0], judged.reason)
        if judged.subtopic:
            below.add(case, "", (judged.topic, judged.subtopic) == pair, judged.reason)
    return [score for score in (covered, right, below, alone) if score.counts]


def _types(data: list[Row]) -> list[Score]:
    """With the rules of the demo desk: reports of defects are of something broken, and never called a question."""
    desk = load(DEMO, {}).desk(bytes(32))
    cues, never = Score("types: a report of a defect has a cue of the demo desk"), Score("types: not called a question")
    for row in data:
        case = {"id": f"{row['app']} {row['bug']}", "file": "", "group": f"{row['app']} {row['bug']}"}
        kinds = _kinds(row["text"], desk)
        cues.add(case, "", bool(kinds))
        never.add(case, "", not kinds or kinds[0] == "support", row["text"][:80])
    return [cues, never]


def _kinds(text: str, desk: Desk) -> list[str]:
    """The types that rules name, the heaviest first."""
    mailbox = next(iter(desk.addresses.values()))
    found = [one.rule for one in fitting(_mail(text, desk.topics), mailbox, desk) if one.rule.type]
    return [rule.type for rule in sorted(found, key=lambda rule: -rule.weight)]


def _mail(text: str, lexicon: Lexicon) -> ParsedMail:
    found = match("", text, lexicon)
    return ParsedMail(kind=Kind.HUMAN, topics=found.topics, rules=found.rules)
