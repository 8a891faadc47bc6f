"""`doctor --send`: what it writes, what it refuses, what it says of each end of a test mail's way; on both databases
where the store has a part in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.cli import main, probing
from gateway.cli.desk import Usage
from gateway.cli.probing import Clock, Standing, watch
from gateway.config.loading import load
from gateway.doctor.finding import Level
from gateway.rules import budget, keys
from gateway.rules.mails import probe
from store import outbox, witness
from store.engine import Store
from store.records import Spend
from store.tables import ledger, tickets, witnesses
from tests.desk import StillDesk
from tests.servers.stores import kind, store, store_url
from tests.unit.cli.probed import (
    GONE,
    MAIL,
    ME,
    OURS,
    asked,
    came,
    itself,
    refused,
    reply,
    said,
    sent,
)
from tests.unit.store.samples import NOW, desk

__all__ = ["kind", "store", "store_url"]

# What is written


def test_it_is_one_mail_in_the_real_queue_with_a_reverse_path_of_its_own(store: Store) -> None:
    mail = asked(store)
    with store.look() as connection:
        (row,) = outbox.listing(connection)
        assert connection.execute(select(tickets)).all() == []
    assert (row.id, row.purpose, row.to_address, row.state) == (mail.number, "probe", ME, "queued")
    assert (row.ticket_id, row.automatic, row.subject) == (
        None,
        True,
        "Test mail of Desk Example Support (2026-07-13 11:00:00)",
    )
    content, path = itself(store, mail)
    assert path == keys.return_path(desk().secret, OURS, mail.number)
    head = content.partition(b"\r\n\r\n")[0].decode()
    assert "From: Desk Example Support <support@desk.example>\r\n" in head
    assert "Reply-To: support@desk.example\r\n" in head, "a plain address: no key stands in a test mail"
    assert "Auto-Submitted: auto-generated\r\n" in head
    assert f"Message-ID: {mail.message_id}" in head


@pytest.mark.parametrize("language", ["de", "fr"])
def test_it_is_in_the_first_language_of_the_desk(language: str) -> None:
    spoken = replace(desk(), languages=(language, "en"))
    mail = probe.probe(spoken, ME, lambda: "<1@desk.example>", "1", NOW)
    assert mail.language == language
    assert mail.subject.startswith({"de": "Testmail von", "fr": "Courriel d’essai de"}[language])


def test_the_first_address_for_customers_writes_it() -> None:
    addresses = dict(reversed(desk().addresses.items()))
    mail = probe.probe(replace(desk(), addresses=addresses), ME, lambda: "<1@desk.example>", "1", NOW)
    assert addresses[mail.mailbox].kind == "support"


# What is refused


def test_nobody_serves_the_desk(store: Store) -> None:
    assert "nobody serves this desk" in refused(store, served=False).why
    with store.look() as connection:
        assert outbox.listing(connection) == []


def test_another_machine_that_was_heard_of_lately_serves_it(store: Store) -> None:
    with store.turn() as connection:
        connection.execute(
            witnesses.insert().values(token="t" * 32, turn=1, fingerprint="1@m", seen_at=NOW - timedelta(seconds=30))
        )
    if store.is_sqlite:  # whose desk is always served here, if it is
        assert "nobody serves" in refused(store, served=False).why
        return
    assert asked(store, served=False)
    assert "nobody serves" in refused(store, NOW + timedelta(seconds=31), served=False).why


def test_ten_in_an_hour_and_not_one_more(store: Store) -> None:
    for minute in range(probe.MOST):
        asked(store, at=NOW + timedelta(minutes=minute))
    last = NOW + timedelta(minutes=59, seconds=59)
    why = refused(store, last)
    assert why.why.startswith("10 test mails were asked for within an hour")
    assert "12:00 (Berlin)" in why.fix
    asked(store, at=NOW + timedelta(hours=1))
    assert "10 test mails" in refused(store, NOW + timedelta(hours=1, seconds=59)).why
    with store.look() as connection:
        assert len(outbox.listing(connection)) == probe.MOST + 1


def test_mail_that_a_restore_holds_lets_no_test_mail_by(store: Store) -> None:
    first = asked(store)
    with store.turn() as connection:
        witness.hold_all(connection, "the data folder was moved, copied or restored")
    why = refused(store)
    assert "held since a restore" in why.why
    assert "the data folder was moved" in why.why
    assert "queue list --state held" in why.fix
    with store.turn() as connection:
        outbox.move(connection, first.number, ("held",), "queued", NOW)
    asked(store)


def test_a_mail_that_an_operator_holds_is_no_restore(store: Store) -> None:
    first = asked(store)
    with store.turn() as connection:
        outbox.move(connection, first.number, ("queued",), "held", NOW)
    asked(store)


def test_the_breaker_stops_it_and_nothing_is_written(store: Store) -> None:
    with store.turn() as connection:
        from store.ledger import spend

        spend(connection, [Spend(name=budget.of_all(NOW)[0], at=int(NOW.timestamp()), count=desk().budgets.total_hour)])
    why = refused(store)
    assert "the breaker: no more than" in why.why
    with store.look() as connection:
        assert outbox.listing(connection) == []
        assert not connection.execute(select(ledger).where(ledger.c.name == probe.LEDGER)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "me",
        "me@",
        "@example.org",
        "a@b.example, c@d.example",
        "a b@c.example",
        "<a@b.example>",
        "a@b.example\r\nDATA",
    ],
)
def test_what_is_no_address_is_wrong_usage(wrong: str) -> None:
    with pytest.raises(Usage, match="is no address"):
        probing.address((wrong,))


def test_one_address_and_not_two() -> None:
    assert probing.address((" Me@Elsewhere.EXAMPLE ",)) == ME
    with pytest.raises(Usage, match="goes to one address"):
        probing.address((ME, ME))


# Watching


class Hours:
    """A clock that a pause moves, and what happens meanwhile."""

    def __init__(self, *later: tuple[float, Callable[[], object]]) -> None:
        self.at, self._later = 0.0, list(later)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        while self._later and self._later[0][0] <= self.at:
            self._later.pop(0)[1]()

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=self.monotonic, sleep=self.sleep)


def test_it_tells_each_station_once_and_ends_with_the_receipt(store: Store) -> None:
    mail, told = asked(store), list[str]()
    hours = Hours((1.0, lambda: sent(store, mail)), (5.0, lambda: came(store, reply(mail), ME)))
    found = watch(store, mail, 120, hours.clock, told.append)
    assert found.state == "confirmed"
    assert 5.0 <= hours.at < 6.0
    assert [line.partition(" after")[0].partition(":")[0] for line in told] == ["handed over", "confirmed"]


def test_it_ends_when_the_time_is_over(store: Store) -> None:
    hours = Hours()
    assert watch(store, asked(store), 3, hours.clock, print).state == "queued"
    assert hours.at == pytest.approx(3)


def test_it_waits_a_little_for_what_the_smarthost_said_and_no_longer(store: Store) -> None:
    mail = asked(store, to=OURS)
    content, path = itself(store, mail)
    came(store, content, path)
    hours = Hours((1.0, lambda: sent(store, mail)))
    assert watch(store, mail, 120, hours.clock, print).handed_over_at is not None
    assert hours.at < 2
    other = asked(store, to=OURS)
    came(store, *itself(store, other))
    hours = Hours()
    assert watch(store, other, 120, hours.clock, print).state == "confirmed"
    assert hours.at == pytest.approx(probing.GRACE, abs=probing.PAUSE)


# What is said


@pytest.mark.parametrize(
    ("now", "what", "fix"),
    [
        (Standing(state="queued", row_state="queued"), "nobody has tried to send it", "read the log"),
        (
            Standing(state="queued", row_state="queued", attempts=2, reply="450 4.7.1 later", next_attempt_at=NOW),
            "it is still in the queue after 120 s, tried 2 times: 450 4.7.1 later",
            "the next attempt is Mon 13 Jul 2026, 11:00 (Berlin)",
        ),
        (Standing(state="queued", row_state="held", reply="by hand"), "held in the queue: by hand", "queue release 12"),
        (Standing(state="failed", row_state="failed", reply="550 no"), "it did not leave: 550 no", "the address"),
        (Standing(state="handed-over", **GONE), "nobody has answered it within 120 s", "replydesk queue show 12"),
    ],
)  # fmt: skip
def test_the_end_of_the_way_is_a_problem_with_a_cure(now: Standing, what: str, fix: str) -> None:
    last = said(MAIL, now)[-1]
    assert last.level is Level.PROBLEM
    assert what in last.what
    assert fix in last.fix


def test_a_desk_that_writes_into_a_folder_says_why_nothing_comes_back() -> None:
    folder = load(Path(__file__).parents[3] / "templates" / "desk" / "demo.toml", {})
    assert "set outgoing.url to smtp://HOST:PORT" in said(MAIL, Standing(state="handed-over", **GONE), folder)[-1].fix


def test_a_receipt_is_told_with_its_door_and_its_time() -> None:
    at = {"received_at": NOW + timedelta(seconds=4.2), "door": "imap", "by": 17}
    answered = Standing(state="confirmed", how="replied", **GONE, **at)
    lines = [one.what for one in said(MAIL, answered)]
    assert lines[0] == f"the test mail to {ME} is in the queue as 12, <p@desk.example>"
    assert lines[1:] == ["handed over after 0.4 s: 250 Ok", f"answered by {ME} after 4.2 s, through imap: mail 17"]
    returned = Standing(
        state="confirmed", how="returned", trust="D", evidence="dmarc=fail for desk.example", **GONE, **at
    )
    found = said(MAIL, returned)
    assert found[2].what == "received through imap after 4.2 s: mail 17"
    assert (found[3].level, found[3].what) == (
        Level.WARNING, "nothing proves at our border that it is ours: dmarc=fail for desk.example"
    )  # fmt: skip


def test_as_plain_values() -> None:
    at = {"received_at": NOW + timedelta(seconds=4.25), "door": "imap", "trust": "B", "evidence": "dmarc=pass"}
    assert probing.as_json(MAIL, Standing(state="confirmed", how="returned", **GONE, **at)) == {
        "id": 12, "to": ME, "message_id": "<p@desk.example>", "queued_at": "2026-07-13T09:00:00.000Z",
        "handed_over_at": "2026-07-13T09:00:00.400Z", "reply": "250 Ok", "received_at": "2026-07-13T09:00:04.250Z",
        "door": "imap", "trust": "B", "evidence": "dmarc=pass", "seconds": 4.25, "state": "confirmed",
    }  # fmt: skip


def test_more_than_ten_in_one_second_is_counted() -> None:
    at = datetime(2026, 7, 13, 9, 0, tzinfo=UTC)
    spent = {probe.LEDGER: [(int(at.timestamp()), 10_000)]}
    assert probe.free_at(spent, at) == at + timedelta(hours=1)


# The command


@pytest.fixture
def call(tmp_path: Path, template: Path) -> Iterator[Callable[..., Any]]:
    with closing(StillDesk(tmp_path / "desk", template)) as still:
        still.store.close()
        env = {"REPLYDESK_CONFIG": str(tmp_path / "desk" / "replydesk.toml"), "REPLYDESK_WEB__LISTEN": ""}
        env |= {"REPLYDESK_SMTP__LISTEN": "127.0.0.1:0", "REPLYDESK_LMTP__LISTEN": ""}
        yield lambda *words: CliRunner().invoke(main, ["doctor", *words], env=env)


def test_a_desk_that_is_not_served_is_told_so_with_its_other_findings(call: Callable[..., Any]) -> None:
    done = call("--send", ME, "--json")
    assert done.exit_code == 1, done.output
    *others, last = json.loads(done.stdout)
    assert (last["area"], last["level"], last["probe"]) == ("round trip", "problem", None)
    assert "nobody serves this desk" in last["what"]
    assert last["fix"].startswith('run "replydesk serve"')
    assert others
    assert all("probe" not in one for one in others)


@pytest.mark.parametrize(
    "words", [("--send", "nobody"), ("--send", ME, "--send", ME), ("--wait", "5"), ("--send", ME, "--wait", "0")]
)
def test_wrong_usage(call: Callable[..., Any], words: tuple[str, ...]) -> None:
    done = call(*words)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
