"""Topics and rules in the configuration (`ops` R51, R53, X1, X2): what they become, what is refused or warned of."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli.config import config
from gateway.config.loading import load
from gateway.config.problem import ConfigError
from gateway.config.settings import Config
from gateway.rules.topics import told

GOOD = (Path(__file__).parents[1] / "bad_configs" / "unknown_team_of_an_agent" / "replydesk.toml").read_text()
GOOD = GOOD.replace('"fronline"', '"frontline"')


@pytest.fixture
def read(tmp_path: Path):
    def make(more: str) -> Config:
        (tmp_path / "replydesk.toml").write_text(GOOD + more)
        return load(tmp_path / "replydesk.toml", {})

    return make


TOPIC = '\n[[topic]]\nname = "{0}"\ndefinition = "x"\n'


@pytest.mark.parametrize("name", ["Other", "general", "MISC", "General Inquiry", "Others", "General  Inquiries"])
def test_r51_a_topic_that_says_nothing_is_refused_by_config_check(read, name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a topic that says what it is about"):
        read(TOPIC.format(name))
    group = click.Group("replydesk", commands={"config": config})
    checked = CliRunner().invoke(group, ["config", "check"], obj=tmp_path / "replydesk.toml")
    assert checked.exit_code == 2
    assert name in checked.output


def test_r51_x1_the_twentieth_topic_is_refused_and_the_nineteenth_is_not(read) -> None:
    eighteen_more = "".join(TOPIC.format(f"Topic {number}") for number in range(18))
    assert len({topic.name for topic in read(eighteen_more).policy.taxonomy.topics}) == 19
    with pytest.raises(ConfigError, match="found 20 topics; allowed: at most 19"):
        read(eighteen_more + TOPIC.format("One more"))


def test_x1_more_than_twenty_subtopics_are_a_warning(read) -> None:
    inner = "".join(f'\n[[topic.subtopic]]\nname = "s{number}"\n' for number in range(21))
    assert any("found 21 subtopics" in warning for warning in read(TOPIC.format("Wide") + inner).warnings)


def test_r53_a_topic_without_a_definition_is_a_warning(read) -> None:
    assert read(TOPIC.format("Billing")).warnings == (
        "replydesk.toml: topic[1].definition: missing: nobody can look up what belongs to it and what does not",
    )


def test_what_a_file_says_is_what_rules_and_readers_get(read) -> None:
    found = read("""
[sorting]
denials = ["Nyet", "no way"]
tags = ["VIP"]

[[topic]]
name = "Billing"
definition = "Money."
aliases = ["Payments"]
ruf = "F"
strong = ["Double  Charge"]
weight = 2

[[topic.subtopic]]
name = "refund"
examples = ["I want my money back"]

[[rule]]
name = "vip"
words = ["Board of Directors", "board"]
unless = ["snowboard"]
topic = "billing"
subtopic = "Refund"
team = "Billing"
with = "frontline"
tags = ["vip"]
languages = ["EN"]
addresses = ["billing@example.org"]
impact = 2

[[rule]]
name = "all-billing"
addresses = ["billing@example.org"]
tags = ["vip"]
""")
    desk = found.policy
    billing, refund = desk.taxonomy.topics[1:]
    assert (billing.pair, billing.aliases, billing.ruf) == (("Billing", ""), ("Payments",), "F")
    assert (refund.pair, refund.ruf) == (("Billing", "refund"), "F")  # the facet of its topic
    assert (desk.topics.topics[1].strong, desk.topics.topics[1].weight) == (("double charge",), 2)
    assert desk.topics.denials == {"nyet", "no", "way"}
    assert desk.tags == ("vip",)
    vip, everything = desk.taxonomy.rules
    assert (vip.topic, vip.subtopic, vip.team, vip.with_team) == ("Billing", "refund", "billing", "frontline")
    assert (vip.languages, vip.by_words, everything.by_words) == ({"en"}, True, False)
    assert [(rule.name, rule.words, rule.unless) for rule in desk.topics.rules] == [
        ("vip", ("board of directors", "board"), ("snowboard",))
    ]
    assert ("rule[1].with", "frontline") in [(one.key, one.value) for one in found.settings]


DIVISION = """
[[division]]
name = "project"
teams = ["frontline"]

[[division.status]]
name = "accepted"
category = "open"
next = ["resolved"]

[[division.priority]]
number = {0}
label = "One"
"""


def warned(found: Config) -> tuple[str, ...]:
    """What it warns of beside the topic of every such file, which nobody defined."""
    return tuple(one for one in found.warnings if "topic[1].definition" not in one)


def test_a_division_without_the_number_of_most_mail_is_a_warning(read) -> None:
    assert warned(read(DIVISION.format(3))) == ()
    text = "3, the priority of a mail that says nothing, is not among them: it becomes 1"
    assert warned(read(DIVISION.format(1))) == (f"replydesk.toml: division[1].priority: {text}",)
    one = "\n[priority]\nimpact = 1\nurgency = 1\n"
    assert warned(read(DIVISION.format(1) + one)) == ()


def test_a_factor_for_a_health_that_nobody_has_is_a_warning(read) -> None:
    factor = '\n[[sla.factor]]\nhealth = "{0}"\nfactor = 0.5\n'
    house = '\n[[organisation]]\ndomain = "x.example"\nname = "X"\nhealth = "rot"\n'
    text = "no organisation has this health: the factor never applies"
    assert warned(read(factor.format("red"))) == ()
    assert warned(read(factor.format("Rot") + house)) == ()
    assert warned(read(factor.format("rot"))) == (f'replydesk.toml: sla.factor[1].health: found "rot"; {text}',)
    assert text in warned(read(factor.format("redd")))[0]


def test_a_target_for_whom_nobody_is_is_a_warning(read) -> None:
    target = '\n[[sla.target]]\n{0} = "{1}"\nfirst_response_hours = 1\n'
    house = '\n[[organisation]]\ndomain = "x.example"\nname = "Heron"\nsegment = "Enterprise"\ndomains = ["x.test"]\n'
    for key, word in (("organisation", "heron"), ("organisation", "X.test"), ("segment", "enterprise")):
        assert warned(read(target.format(key, word) + house)) == ()
    text = 'found "Herom"; there is no such organisation: the target never applies; nearest: heron'
    wrong = warned(read(target.format("organisation", "Herom") + house))
    assert wrong == (f"replydesk.toml: sla.target[1].organisation: {text}",)
    text = 'found "Smb"; no organisation is of it: the target never applies'
    assert warned(read(target.format("segment", "Smb"))) == (f"replydesk.toml: sla.target[1].segment: {text}",)


def test_topics_have_names_for_customers_by_language(read) -> None:
    names = 'names = { de = "Abrechnung", fr = "Facturation" }\n'
    inner = '\n[[topic.subtopic]]\nname = "refund"\nnames = { de = "Erstattung" }\n'
    desk = read(TOPIC.format("Billing") + names + inner).policy
    assert told("Billing", "refund", "de-AT", desk) == ("Abrechnung", "Erstattung")
    assert told("Billing", "refund", "fr", desk) == ("Facturation", "refund")
    assert told("Billing", "", "en", desk) == ("Billing", "")
    assert told("Gone", "too", "es", desk) == ("Gone", "too")
    with pytest.raises(ConfigError, match=r"topic.2.[.]names.es: found"):
        read(TOPIC.format("Billing") + 'names = { es = "Facturas" }\n')
