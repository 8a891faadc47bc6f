"""The web door of a served desk: what monitoring and operators see of real mail, real deaths and a real standstill."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.health import SILENCE

PATIENCE = 60.0

MAIL = """\
From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: The export stops
Message-ID: <{}@northwind.example>

It stops half way.
"""


@pytest.fixture
def desk(serve):
    return serve(WEB__LISTEN="127.0.0.1:0")


def ask(desk, path="/health.json", **headers):
    client = http.client.HTTPConnection("127.0.0.1", desk.port("web"), timeout=PATIENCE)
    try:
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        return answer.status, answer.read().decode()
    finally:
        client.close()


def samples(desk):
    """The metrics by name and labels, without our prefix."""
    status, text = ask(desk, "/metrics")
    assert status == 200
    return {
        (sample.name.removeprefix("replydesk_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def parts(desk):
    return {part["name"]: part for part in json.loads(ask(desk)[1])["parts"]}


def children(desk, role):
    found = []
    for pid in desk.children():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if role.encode() in words:
            found.append(pid)
    return found


def test_mail_shows_in_metrics_and_health(desk):
    until(lambda: ask(desk)[0] == 200)
    for number in range(3):
        desk.send(MAIL.format(number), "nora@northwind.example")
    with desk.smtp() as client:
        client.ehlo()
        client.mail("nora@northwind.example")
        assert client.rcpt("nobody@desk.example")[0] == 550
    desk.settled(3)
    found = until(lambda: (now := samples(desk))["verdicts_total", "ticket-created"] == 3 and now)
    assert found["up",] == 1
    assert found["mails_accepted_total", "smtp"] == 3
    assert found["keep_seconds_count",] == 3
    assert found["verdict_seconds_count",] == 3
    assert 0 < found["keep_seconds_sum",] < 60
    assert found["turn_seconds_count",] == found["turns_total",] > 0
    assert found["readers_alive",] >= 1
    assert found["disk_room_bytes",] > 0
    until(lambda: samples(desk).get(("refused_replies_total", "550")) == 1)
    until(lambda: samples(desk)["delivery_attempts_total", "sent"] >= 3)
    until(lambda: parts(desk)["mail"]["what"].startswith("The last was accepted"))
    until(lambda: samples(desk)["undecided_mails",] == 0)
    assert ask(desk, "/health")[1].startswith("<!DOCTYPE html>")
    assert ask(desk, "/health", Forwarded="for=192.0.2.1") == (200, "ok\n")
    assert desk.stop() == 0
    assert "Traceback" not in desk.log()


def test_a_daemon_that_stands_still_is_unhealthy_and_well_again_when_it_goes_on(desk):
    until(lambda: ask(desk)[0] == 200)
    os.kill(desk.process.pid, signal.SIGSTOP)
    try:
        stopped = time.monotonic()
        until(lambda: ask(desk)[0] == 503)
        assert time.monotonic() - stopped > SILENCE / 2
        assert parts(desk)["desk"]["what"].startswith("The desk has not said a word for ")
        assert samples(desk)["up",] == 0
    finally:
        os.kill(desk.process.pid, signal.SIGCONT)
    until(lambda: ask(desk)[0] == 200)


def test_a_web_door_that_is_killed_comes_back_and_the_mail_does_not_notice(desk):
    until(lambda: ask(desk)[0] == 200)
    (before,) = children(desk, "web")
    os.kill(before, signal.SIGKILL)
    desk.send(MAIL.format("kill"), "nora@northwind.example")
    until(lambda: children(desk, "web") not in ([], [before]))
    until(lambda: ask(desk)[0] == 200)
    until(lambda: samples(desk)["deaths_total", "web"] == 1)
    desk.settled(1)


def test_without_an_address_there_is_no_web_door(serve):
    desk = serve(WEB__LISTEN="")
    assert desk.ready["web"] is None
    assert children(desk, "web") == []
