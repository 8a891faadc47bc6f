"""Files by link: who gets what at the web door, with a daemon that is played and with the real one."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from starlette.requests import Request

from gateway.channel import Channel
from gateway.doors import pickup, web
from gateway.doors.pickup import Asked, Given
from gateway.pickup import Shelf
from gateway.rules.notices import links
from gateway.vitals import WebOptions
from store.tables import people
from tests.desk import ServedDesk, StillDesk

PATIENCE = 90.0
RAW = (
    b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n"
    b"<script>alert(1)</script>\r\n--b--\r\n"
)
FILE = b"<script>alert(1)</script>"
TOKEN = "12-0-1796630580-" + "a" * 26


class Desk:
    """A web door in a thread, and a daemon that answers what `gives` says."""

    def __init__(self, gives: Callable[[Asked], Given | None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        self.channel.send(WebOptions(operators_from=frozenset()))
        self.asked: list[Asked] = []
        self._gives, self._over = gives, False
        self._threads = [threading.Thread(target=web.serve, args=(theirs, [self.listener]), daemon=True)]
        self._threads.append(threading.Thread(target=self._answer, daemon=True))
        for thread in self._threads:
            thread.start()

    def _answer(self) -> None:
        while not self._over:
            if select.select([self.channel], [], [], 0.02)[0]:
                for asked in self.channel.receive():
                    self.asked.append(asked)
                    given = self._gives(asked)
                    if given is not None:
                        self.channel.send(given)
            self.channel.flush()

    def ask(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        client = http.client.HTTPConnection("127.0.0.1", self.listener.getsockname()[1], timeout=PATIENCE)
        try:
            client.request(method, path)
            answer = client.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            client.close()

    def close(self) -> None:
        self._over = True
        self._threads[1].join(PATIENCE)
        self.channel.close()
        self._threads[0].join(PATIENCE)
        self.listener.close()


def gives(asked: Asked) -> Given:
    if asked.token != TOKEN:
        return Given(asked.number)
    return Given(asked.number, RAW, 2, hashlib.sha256(FILE).hexdigest(), 'pa"ge\r\n ü.html')


@pytest.fixture
def desk() -> Iterator[Desk]:
    with closing(Desk(gives)) as found:
        yield found


def test_a_file_is_a_download_and_nothing_else(desk: Desk) -> None:
    status, headers, body = desk.ask(f"/file/{TOKEN}")
    assert (status, body) == (200, FILE)
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''pa%22ge%0D%0A%20%C3%BC.html"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "no-referrer"


def test_whatever_is_not_ours_gets_the_same_answer(desk: Desk) -> None:
    wrong = [TOKEN[:-1] + "b", "12-0-1-" + "a" * 26, "x", "a" * 64, "a" * 65, "../secret", "%00", "ü"]
    answers = [desk.ask(f"/file/{word if word.isascii() else '%C3%BC'}") for word in wrong]
    answers.append(desk.ask("/nothing"))
    assert {(status, body) for status, _, body in answers} == {(404, b"There is no such page here.\n")}
    assert {asked.token for asked in desk.asked} <= set(wrong)  # what cannot be a token is not even asked for


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE"])
def test_only_get_works(desk: Desk, method: str) -> None:
    assert desk.ask(f"/file/{TOKEN}", method)[0] == 405
    assert not desk.asked


def test_other_bytes_than_were_promised_are_not_handed_out() -> None:
    def lies(asked: Asked) -> Given:
        return Given(asked.number, RAW, 1, hashlib.sha256(FILE).hexdigest(), "page.html")

    with closing(Desk(lies)) as desk:
        assert desk.ask(f"/file/{TOKEN}")[0] == 404


def test_a_daemon_that_is_silent_is_waited_for_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickup, "PATIENCE", 0.2)
    with closing(Desk(lambda asked: None)) as desk:
        assert desk.ask(f"/file/{TOKEN}")[0] == 503
        assert desk.ask("/health")[0] == 503  # it has said nothing of itself, and the door still answers


def test_guesses_are_rate_limited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [desk.ask(f"/file/{TOKEN[:-1]}b")[0] for _ in range(pickup.A_MINUTE + 5)]
    assert found[0] == 404
    assert found[-1] == 429
    assert len(desk.asked) <= pickup.A_MINUTE + 2


def test_slow_takers_hold_a_few_places_and_give_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"x" * 8_000_000
    raw = RAW.replace(FILE, large)

    def many(asked: Asked) -> Given:
        return Given(asked.number, raw, 2, hashlib.sha256(large).hexdigest(), "large.bin")

    with closing(Desk(many)) as desk:
        slow = []
        for _ in range(pickup.AT_ONCE):
            client = socket.create_connection(("127.0.0.1", desk.listener.getsockname()[1]), PATIENCE)
            client.sendall(f"GET /file/{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert client.recv(12) == b"HTTP/1.1 200"
            slow.append(client)
        assert desk.ask(f"/file/{TOKEN}")[0] == 503
        for client in slow:
            client.close()
        deadline = time.monotonic() + PATIENCE
        while desk.ask(f"/file/{TOKEN}")[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_whoever_is_gone_before_the_first_piece_holds_no_place() -> None:
    counter = pickup.Pickup(lambda _: None)
    given = Given(1, RAW, 2, hashlib.sha256(FILE).hexdigest(), "page.html")

    async def fetched(_token: str) -> tuple[Given, bytes]:
        return given, FILE

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        raise OSError("the client is gone")

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path_params": {"token": TOKEN}, "asgi": {"spec_version": "2.3"}}
        answer = await counter.answer(Request(scope))
        with contextlib.suppress(Exception):  # as the server does, whatever became of the connection
            await answer(scope, gone, send)

    counter._fetch = fetched  # type: ignore[method-assign]
    for _ in range(pickup.AT_ONCE + 2):
        asyncio.run(ask())


# The daemon's side


@pytest.fixture
def tight(tmp_path: Path, template: Path) -> Iterator[StillDesk]:
    """A desk whose notices carry no file."""
    with closing(StillDesk(tmp_path / "tight", template, {"REPLYDESK_NOTICES__ATTACH_MB": "0"})) as desk:
        yield desk


def with_file() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "nora@northwind.example", "support@desk.example", "A file"
    mail["Message-ID"] = "<file@northwind.example>"
    mail.set_content("See the file.")
    mail.add_attachment(b"the log", maintype="text", subtype="plain", filename="log.txt")
    return mail


def token_of(text: str) -> str:
    return re.findall(r"/file/([0-9a-z-]+)$", text, re.MULTILINE)[0]


def picked(still: StillDesk, token: str) -> Given:
    return Shelf(still.store, still.desk, lambda: still.now).fetch(Asked(1, token))


def test_a_link_opens_for_its_time_and_ends_with_its_persons_keys(tight: StillDesk) -> None:
    tight.mail(with_file().as_bytes().replace(b"\n", b"\r\n"), "nora@northwind.example")
    token = token_of(tight.latest("anastasia@desk.example", "notice").text())
    found = picked(tight, token)
    assert (found.filename, hashlib.sha256(b"the log").hexdigest()) == ("log.txt", found.sha256)
    mail, index, end, proof = token.split("-")
    for forged in (
        f"{int(mail) + 1}-{index}-{end}-{proof}",
        f"{mail}-1-{end}-{proof}",
        f"{mail}-{index}-{int(end) + 1}-{proof}",
    ):
        assert not picked(tight, forged).raw
    for column, value, back in (("disabled", True, False), ("serial", 2, 1)):
        _set(tight, **{column: value})
        assert not picked(tight, token).raw, column
        _set(tight, **{column: back})
        assert picked(tight, token).raw
    tight.now += links.LIFE - timedelta(minutes=1)
    assert picked(tight, token).raw
    tight.now += timedelta(minutes=1)
    assert not picked(tight, token).raw


def _set(still: StillDesk, **values: object) -> None:
    with still.store.turn() as connection:
        connection.execute(people.update().where(people.c.address == "anastasia@desk.example").values(**values))


def test_a_link_to_a_mail_that_carries_no_such_file_opens_nothing(tight: StillDesk) -> None:
    tight.mail(with_file().as_bytes().replace(b"\n", b"\r\n"), "nora@northwind.example")
    end = tight.now + links.LIFE
    for mail, index in ((1, 0), (2, 1), (99, 0)):  # an acknowledgement, a file too many, no mail
        assert not picked(tight, links.token(tight.secret, mail, index, end)).raw


def test_without_a_web_door_the_notice_says_how_to_get_it(tmp_path: Path, template: Path) -> None:
    env = {"REPLYDESK_NOTICES__ATTACH_MB": "0", "REPLYDESK_WEB__LISTEN": ""}
    with closing(StillDesk(tmp_path / "shut", template, env)) as still:
        still.mail(with_file().as_bytes().replace(b"\n", b"\r\n"), "nora@northwind.example")
        text = still.latest("anastasia@desk.example", "notice").text()
    assert "/file/" not in text
    assert "\nreplydesk mail raw 1\n" in text


def test_through_a_real_desk(serve: Callable[..., ServedDesk]) -> None:
    desk = serve(NOTICES__ATTACH_MB="0")
    desk.send(with_file().as_bytes(), "nora@northwind.example")
    desk.settled(1)
    notice = desk.sent("anastasia@desk.example")[0]
    body = notice.get_body(("plain",))
    assert body is not None
    token = token_of(body.get_content().replace("\r\n", "\n"))
    client = http.client.HTTPConnection("127.0.0.1", desk.port("web"), timeout=PATIENCE)
    with closing(client):
        client.request("GET", f"/file/{token}")
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b"the log")
    assert desk.stop() == 0


def test_guesses_cost_whoever_guesses_and_nobody_else() -> None:
    now = 0.0
    counter = pickup.Pickup(lambda _: None, lambda: now)
    assert [counter._may("192.0.2.1") for _ in range(pickup.A_MINUTE + 1)] == [True] * pickup.A_MINUTE + [False]
    assert counter._may("192.0.2.2")
    now = 1.5
    assert [counter._may("192.0.2.1") for _ in range(2)] == [True, False]
    for number in range(pickup.MOST_CLIENTS + 9):
        assert counter._may(f"client{number}")
    assert len(counter._buckets) == pickup.MOST_CLIENTS


@pytest.mark.parametrize(
    ("host", "network"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"), ("::1", "::1"), ("", "")],
)
def test_a_client_is_an_address_or_a_network(host: str, network: str) -> None:
    assert pickup._network(host) == network
