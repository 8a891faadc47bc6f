"""The web door over real sockets, with a daemon that is played: who sees what, and what slow or rude clients get."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import select
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from gateway.channel import Channel
from gateway.doors import web
from gateway.vitals import WebOptions
from tests.unit.web.conftest import NOW, told

PATIENCE = 90.0
STRANGER = "127.0.0.2"


class Played:
    """A door in a thread of this process, and the daemon's end of its line."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        self.channel.send(WebOptions(operators_from=frozenset({"127.0.0.1"})))
        self.thread = threading.Thread(target=web.serve, args=(theirs, [self.listener]), daemon=True)
        self.thread.start()

    def tell(self, said) -> None:
        """The daemon's word; the door takes it in order, before what is asked once it shows."""
        self.channel.send(said)

    def ask(self, path="/health", method="GET", source="127.0.0.1", **headers):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE, source_address=(source, 0))
        try:
            client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = client.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            client.close()

    def until(self, status, **how):
        """Ask until the answer has this status: what was told needs a moment."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.ask(**how))[0] != status:
            assert time.monotonic() < deadline, answer
            time.sleep(0.02)
        return answer

    def connect(self, source="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE, (source, 0))

    def close(self) -> None:
        self.channel.close()
        self.thread.join(PATIENCE)
        self.listener.close()


def rest(client):
    """All that still comes; a reset is an end too."""
    data = b""
    with suppress(ConnectionError):
        while chunk := client.recv(65536):
            data += chunk
    return data


@pytest.fixture
def door():
    played = Played()
    yield played
    played.close()


@pytest.fixture
def well(door):
    door.tell(told())
    door.until(200)
    return door


def test_before_the_daemons_first_word_the_desk_is_failing(door):
    status, _, body = door.ask()
    assert status == 503
    assert "The desk has not said a word yet." in body


def test_operators_see_a_page_with_every_part(well):
    status, headers, body = well.ask()
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>ok · replydesk</title>" in body
    for name in ("Desk", "Store", "Doors", "Readers", "Backlog", "Outbox", "Disk", "Timers", "Mail"):
        assert f"<dt>{name} " in body


def test_the_page_runs_nothing_keeps_nothing_and_may_be_framed_nowhere(well):
    _, headers, body = well.ask()
    policy = headers["content-security-policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers
    assert "server" not in headers
    assert not re.search(r"<script|\bon[a-z]+=|style=|src=|https?://", body)


@pytest.mark.parametrize("path", ["/health", "/health.json", "/metrics", "/nothing"])
def test_every_answer_carries_the_same_protection(well, path):
    _, headers, _ = well.ask(path)
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}{% for x in y %}",
        "</dd></dl><iframe srcdoc=x>",
        "&lt;b&gt;\u202e\x1b]0;x\x07\r\n\r\nHTTP/1.1 200",
        "x" * 100_000,
    ],
)
def test_a_remotes_words_stay_words(well, hostile):
    well.tell(told({"deferred": 1, "oldest_deferred": NOW, "refusal": hostile}, store_fault=hostile))
    _, _, body = well.until(503)
    text = re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
    assert not re.search(r"<(?:script|img|iframe|b)\b", text)
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "49" not in re.sub(r"<time.*?</time>", "", text)
    assert len(body) < 20_000


@pytest.mark.parametrize("how", [{"path": "/health.json"}, {"Accept": "application/json"}])
def test_programs_get_the_same_as_json(well, how):
    status, headers, body = well.ask(**how)
    assert (status, headers["content-type"]) == (200, "application/json")
    said = json.loads(body)
    assert said["state"] == "ok"
    assert said["at"] == "2026-11-23T08:00:00Z"
    assert {"name": "disk", "state": "ok", "what": "Room for 51,200 MB of mail.", "cure": ""} in said["parts"]


def test_degraded_is_200_and_failing_is_503(well):
    well.tell(told({"held": 1}))
    deadline = time.monotonic() + PATIENCE
    while json.loads(well.ask("/health.json")[2])["state"] != "degraded":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert well.ask("/health.json")[0] == 200
    well.tell(told(disk_room=0))
    assert json.loads(well.until(503, path="/health.json")[2])["state"] == "failing"


RELAYED = [
    {"X_Forwarded_For": "192.0.2.1"},
    {"Forwarded": "for=192.0.2.1"},
    {"Via": "1.1 proxy"},
    {"X_Real_IP": "127.0.0.1"},
    {"X_Forwarded_Host": "desk.example"},
]


@pytest.mark.parametrize("how", [*RELAYED, {"source": STRANGER}])
def test_strangers_and_whoever_a_proxy_passes_on_get_one_word_and_no_metrics(well, how):
    status, headers, body = well.ask(**how)
    assert (status, body) == (200, "ok\n")
    assert headers["content-type"].startswith("text/plain")
    assert well.ask("/health.json", **how)[2] == "ok\n"
    assert well.ask("/metrics", **how)[0] == 404
    assert well.ask("/metrics", **how)[2] == well.ask("/nothing")[2]
    well.tell(told(store_fault="the password is 12345"))
    assert well.until(503, **how)[2] == "failing\n"


def test_degraded_is_ok_to_a_stranger(well):
    well.tell(told({"held": 1}))
    assert well.ask(source=STRANGER)[::2] == (200, "ok\n")


def test_a_proxy_that_says_nothing_is_known_by_its_old_protocol(well):
    with well.connect() as client:
        client.sendall(b"GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert rest(client).endswith(b"\r\n\r\nok\n")


def test_an_ipv4_operator_at_an_ipv6_socket_is_the_same_host():
    guard = web.Guard(frozenset({"127.0.0.1", "2001:db8:0:0::1"}))
    assert guard.knows("::ffff:127.0.0.1")
    assert guard.knows("2001:db8::1")
    assert not guard.knows("::ffff:127.0.0.2")
    assert not guard.knows("")


def test_metrics_are_prometheus_text(well):
    status, headers, body = well.ask("/metrics")
    assert status == 200
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "\nreplydesk_up 1.0\n" in body


def test_the_address_of_a_call_is_one_page_for_every_name_and_tells_nothing(well):
    """Scanners follow links in invites (reference scheduling 0.6): GET and HEAD change and reveal nothing."""
    status, headers, body = well.ask("/w/k7f3q2k7f3q2k7f3q2k7f3q2aa")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "This is the address of your call." in body
    assert "k7f3q2" not in body
    assert all(well.ask(f"/w/{room}")[::2] == (status, body) for room in ("x", "%00", "y" * 2_000))
    assert well.ask("/w/")[0] == 404
    assert well.ask("/w/x/y")[0] == 404


@pytest.mark.parametrize("path", ["/health", "/health.json", "/metrics"])
def test_head_says_what_get_says_without_the_body(well, path):
    _, expected, body = well.ask(path)
    status, headers, nothing = well.ask(path, "HEAD")
    assert (status, nothing) == (200, "")
    assert headers["content-type"] == expected["content-type"]
    assert abs(int(headers["content-length"]) - len(body.encode())) < 40


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "BREW"])
def test_only_get_and_head_work(well, method):
    status, headers, body = well.ask(method=method)
    assert (status, body) == (405, "Only GET and HEAD work here.\n")
    assert set(headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/", "/health/", "/metrics/x", "/..%2fhealth", "/%00", "//health", "http://x/health"])
def test_everything_else_is_404(well, path):
    status, headers, body = well.ask(path)
    assert (status, body) == (404, "There is no such page here.\n")
    assert headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000,
        b"G" * 20_000,
        b"GET /health HTTP/1.1\r\nHost: x\r\n bad\x00: y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10 + b"\r\n\r\n",
        b"EHLO mx.example\r\nMAIL FROM:<>\r\n\r\n",
    ],
)
def test_what_is_no_request_is_400_and_closed(well, request_):
    with well.connect() as client:
        with suppress(ConnectionError):
            client.sendall(request_)
        assert rest(client)[:12] in (b"HTTP/1.1 400", b"")
    assert well.ask()[0] == 200


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"GET /health HTTP/1.1\r\nHost: x\r\n",
        b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
    ],
)
def test_a_slow_client_is_cut_off_however_it_drips(monkeypatch, start):
    monkeypatch.setattr(web, "REQUEST_SECONDS", 0.5)
    door = Played()
    try:
        with door.connect() as client:
            begun = time.monotonic()
            with pytest.raises(OSError, match=r"."):
                client.sendall(start)
                while time.monotonic() < begun + PATIENCE:
                    client.sendall(b"X")
                    time.sleep(0.05)
            assert time.monotonic() - begun < PATIENCE
    finally:
        door.close()


def test_a_kept_connection_serves_again_and_idles_no_longer_than_it_may(monkeypatch):
    monkeypatch.setattr(web, "IDLE_SECONDS", 1)
    monkeypatch.setattr(web, "REQUEST_SECONDS", 600)
    door = Played()
    client = http.client.HTTPConnection("127.0.0.1", door.port, timeout=PATIENCE)
    try:
        client.connect()
        first = client.sock
        for _ in range(3):
            client.request("GET", "/health.json")
            assert client.getresponse().read()
        assert client.sock is first
        assert first.recv(1) == b""
    finally:
        client.close()
        door.close()


def test_idle_strangers_leave_room_for_operators_and_are_not_taken_without_end(well):
    crowd = [well.connect(STRANGER) for _ in range(web.STRANGERS + 10)]
    try:
        deadline = time.monotonic() + PATIENCE
        while len(ended := select.select(crowd, [], [], 0)[0]) < 10:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert well.ask()[0] == 200
        assert len(ended) == 10
        assert [rest(client) for client in ended] == [b""] * 10
    finally:
        for client in crowd:
            client.close()


def test_the_door_ends_with_the_daemon(door):
    door.channel.close()
    door.thread.join(PATIENCE)
    assert not door.thread.is_alive()


def test_at_the_daemons_word_the_door_ends_and_half_a_request_does_not_hold_it(well):
    with well.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\n")
        well.tell(None)
        well.thread.join(PATIENCE)
        assert not well.thread.is_alive()


def test_the_door_loads_neither_the_database_nor_the_configuration():
    found = (
        "import sys, gateway.doors.web; "
        "print([m for m in ('sqlalchemy', 'pydantic', 'aiosmtpd', 'alembic', 'apscheduler') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
