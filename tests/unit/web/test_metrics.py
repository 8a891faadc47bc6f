"""Metrics: every sample is told, named in our words, and bounded in its labels."""

from __future__ import annotations

import re

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from gateway.doors.words import DoorCounts
from gateway.metrics import DeskCollector
from gateway.vitals import Counts, ReaderVitals
from store.records import Verdict
from tests.unit.web.conftest import ago, mailbox, told


def scrape(said, silence=0.2):
    """The text, and its samples by name and labels."""
    registry = CollectorRegistry()
    registry.register(DeskCollector(lambda: (said, silence)))
    text = generate_latest(registry).decode()
    families = list(text_string_to_metric_families(text))
    samples = {
        (sample.name.removeprefix("replydesk_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }
    return text, families, samples


@pytest.fixture
def counts():
    counted = Counts()
    counted.accepted["smtp"] += 3
    counted.verdicts["appended"] += 2
    counted.attempts["sent"] += 4
    counted.turns, counted.store_faults = 17, 1
    for seconds in (0.0005, 0.003, 0.003, 99.0):
        counted.kept.observe(seconds)
    return counted


def test_counters_gauges_and_histograms_say_what_the_daemon_said(counts):
    figures = {
        "undecided": 7,
        "oldest_undecided": ago(seconds=40),
        "queued": 5,
        "sending": 6,
        "held": 1,
        "failed": 2,
        "oldest_due": ago(seconds=3),
    }
    busy = (ReaderVitals(alive=True, mail=4), ReaderVitals(alive=False))
    said = told(figures, counts=counts.counted(), readers=busy, deaths=(("reader", 2),), in_window=9, disk_room=1 << 30)
    _, _, samples = scrape(said)
    expected = {
        ("up",): 1,
        ("mails_accepted_total", "smtp"): 3,
        ("mails_accepted_total", "lmtp"): 0,
        ("verdicts_total", "appended"): 2,
        ("delivery_attempts_total", "sent"): 4,
        ("delivery_attempts_total", "failed"): 0,
        ("deaths_total", "reader"): 2,
        ("refused_replies_total", "550"): 3,
        ("refused_connections_total",): 1,
        ("turns_total",): 17,
        ("store_faults_total",): 1,
        ("undecided_mails",): 7,
        ("oldest_undecided_seconds",): 40,
        ("outbox_mails", "queued"): 5,
        ("outbox_mails", "sending"): 6,
        ("outbox_mails", "held"): 1,
        ("outbox_mails", "failed"): 2,
        ("oldest_due_seconds",): 3,
        ("open_sessions",): 2,
        ("session_limit",): 100,
        ("readers_alive",): 1,
        ("readers_busy",): 1,
        ("window_mails",): 9,
        ("window_limit_mails",): 4096,
        ("disk_room_bytes",): 1 << 30,
        ("last_accepted_time_seconds",): ago(minutes=3).timestamp(),
        ("keep_seconds_bucket", "0.001"): 1,
        ("keep_seconds_bucket", "0.005"): 3,
        ("keep_seconds_bucket", "10.0"): 3,
        ("keep_seconds_bucket", "+Inf"): 4,
        ("keep_seconds_count",): 4,
        ("turn_seconds_count",): 0,
        ("verdict_seconds_count",): 0,
    }
    assert {name: samples.get(name) for name in expected} == expected
    assert samples["keep_seconds_sum",] == pytest.approx(99.0065)
    assert {name[1] for name in samples if name[0] == "verdicts_total"} == {verdict.value for verdict in Verdict}


def test_every_family_is_ours_explained_and_in_base_units(counts):
    text, families, _ = scrape(told(counts=counts.counted()))
    assert len(families) > 25
    for family in families:
        assert re.fullmatch(r"replydesk_[a-z_]+", family.name)
        assert family.documentation.endswith(".")
        assert family.type in ("counter", "gauge", "histogram")
        assert not re.search(r"_(ms|minutes|kb|mb)\b", family.name)
    assert text.count("# HELP") == text.count("# TYPE") == len(families)


def test_no_label_is_a_strangers_to_choose():
    counts = Counts()
    for number in range(500):
        counts.accepted[f"nora{number}@northwind.example"] += 1
        counts.verdicts[f'x"}} 1\nevil{{a="{number}'] += 1
        counts.attempts[f"550 <nora{number}@northwind.example>"] += 1
    refused = (*((f"{number}", 1) for number in range(1000)), ("5x0", 1), ("550 no such nora", 1))
    doors = DoorCounts(connections=1, open_sessions=1, refused_connections=0, refused=refused)
    text, _, samples = scrape(told(counts=counts.counted(), doors=doors, deaths=(("nora@x", 3),)))
    assert "nora" not in text
    assert "evil" not in text
    assert samples["mails_accepted_total", "other"] == 500
    assert samples["verdicts_total", "other"] == 500
    assert samples["delivery_attempts_total", "other"] == 500
    assert samples["deaths_total", "other"] == 3
    assert samples["refused_replies_total", "other"] == 802
    assert len(samples) < 400


def test_a_silent_desk_is_down_and_tells_no_old_gauges(counts):
    _, _, samples = scrape(told(counts=counts.counted()), silence=60.0)
    assert samples["up",] == 0
    assert samples["silence_seconds",] == 60
    assert samples["mails_accepted_total", "smtp"] == 3
    assert not {"open_sessions", "undecided_mails", "readers_alive", "disk_room_bytes"} & {name[0] for name in samples}


def test_a_desk_that_has_said_nothing_is_only_down():
    _, _, samples = scrape(None)
    assert samples == {("up",): 0}


def test_each_mailbox_has_its_number_and_never_its_name():
    boxes = (
        mailbox(1, there=14, withheld=1),
        mailbox(2, looked_at=None, there=0, known=0, problem="nora@northwind.example: refused", since=ago(hours=1)),
        mailbox(3, problem="busy", since=ago(seconds=1)),
    )
    text, _, samples = scrape(told(mailboxes=boxes))
    found = {name: value for name, value in samples.items() if name[0].startswith("mailbox_")}
    assert found == {
        ("mailbox_last_look_age_seconds", "1"): 30,
        ("mailbox_last_look_age_seconds", "2"): 2 * 86400,
        ("mailbox_last_look_age_seconds", "3"): 30,
        ("mailbox_messages", "1"): 14,
        ("mailbox_messages", "2"): 0,
        ("mailbox_messages", "3"): 12,
        ("mailbox_known", "1"): 12,
        ("mailbox_known", "2"): 0,
        ("mailbox_known", "3"): 12,
        ("mailbox_withheld", "1"): 1,
        ("mailbox_withheld", "2"): 0,
        ("mailbox_withheld", "3"): 0,
        ("mailbox_up", "1"): 1,
        ("mailbox_up", "2"): 0,
        ("mailbox_up", "3"): 0,
    }
    assert "nora" not in text
    assert not any(name[0].startswith("mailbox_") for name in scrape(told(mailboxes=boxes), silence=60.0)[2])
    assert not any(name[0].startswith("mailbox_") for name in scrape(told())[2])


def test_every_process_and_every_door_of_a_desk_has_its_own_name():
    counted = Counts()
    counted.accepted["imap"] += 2
    deaths = tuple((role, 1) for role in ("reader", "sender", "smtp", "web", "verifier", "calendars", "imap"))
    _, _, samples = scrape(told(counts=counted.counted(), deaths=deaths))
    assert samples["mails_accepted_total", "imap"] == 2
    assert all(samples["deaths_total", role] == 1 for role, _ in deaths)
    assert ("deaths_total", "other") not in samples
