"""Health: each trouble is seen, named, and answered with what to do; everyday life is no trouble."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.doors.words import DoorCounts
from gateway.health import SILENCE, State, judge, quoted, span
from gateway.vitals import ReaderVitals, Told
from store.standing import MOST
from tests.unit.web.conftest import NOW, ago, mailbox, told, vitals

OK, DEGRADED, FAILING = State.OK, State.DEGRADED, State.FAILING


def part(name, said, silence=0.2):
    return next(item for item in judge(said, silence).parts if item.name == name)


def test_a_desk_that_is_well_is_ok_in_every_part_and_asks_for_nothing():
    health = judge(told(), 0.2)
    assert health.state is OK
    assert health.at == NOW
    assert [item.name for item in health.parts] == [
        *("desk", "store", "doors", "mailboxes", "readers", "backlog", "outbox", "automatic", "disk", "timers", "mail")
    ]
    assert not any(item.cure for item in health.parts)
    assert part("doors", told()).what == (
        "2 of 100 sessions open; since its start 4 refusals (421 × 1, 550 × 3), 1 connection turned away."
    )
    assert part("mail", told()).what == "The last was accepted 3 min ago."


def test_a_desk_that_has_said_nothing_yet_fails():
    health = judge(None, 0.1)
    assert health.state is FAILING
    assert health.parts[0].what == "The desk has not said a word yet."


def test_a_silent_desk_fails_and_says_for_how_long():
    assert judge(told(), SILENCE - 0.1).state is OK
    silent = judge(told(), 75.0)
    assert silent.state is FAILING
    assert silent.parts[0].what.startswith("The desk has not said a word for 1 min")
    assert silent.parts[0].cure


TROUBLE = {
    "stopping": ("desk", FAILING, told(stopping=True), "stopping"),
    "store": (
        "store",
        FAILING,
        told(store_fault="disk I/O error", store_fault_since=ago(minutes=2)),
        "2 min: disk I/O",
    ),
    "old figures": ("store", DEGRADED, told(now=ago(minutes=-2)), "2 min old"),
    "full doors": ("doors", DEGRADED, told(doors=DoorCounts(500, 100, 4, ())), "100 of 100"),
    "crowded doors": ("doors", DEGRADED, told(doors=DoorCounts(500, 80, 0, ())), "80 of 100"),
    "dying doors": ("doors", DEGRADED, told(lately=(("smtp", 3),)), "3 deaths"),
    "a refused login": (
        *("mailboxes", DEGRADED),
        told(mailboxes=(mailbox(), mailbox(2, problem="the login is refused", since=ago(minutes=6)))),
        "Mailbox 2: not collected for 6 min: the login is refused.",
    ),
    "a mailbox that nobody looks at": (
        *("mailboxes", DEGRADED),
        told(mailboxes=(mailbox(), mailbox(3, looked_at=ago(hours=3)))),
        "Mailbox 3: no whole look for 3 h 0 min.",
    ),
    "a mailbox that was never looked at": (
        *("mailboxes", FAILING),
        told(mailboxes=(mailbox(looked_at=None),)),
        "0 of 1 looked at, 12 messages. Mailbox 1: no whole look for 2 d 0 h.",
    ),
    "counts that do not agree": (
        *("mailboxes", DEGRADED),
        told(mailboxes=(mailbox(there=14, listed=13, apart_since=ago(minutes=11)),)),
        "have not agreed for 11 min: the server counts 14, lists 13, the journal has 12.",
    ),
    "every mailbox for an hour": (
        *("mailboxes", FAILING),
        told(
            mailboxes=(
                mailbox(problem="no connection", since=ago(hours=1), looked_at=ago(hours=1, minutes=1)),
                mailbox(2, looked_at=ago(hours=2)),
            )
        ),
        "no connection",
    ),
    "many mailboxes": (
        *("mailboxes", DEGRADED),
        told(mailboxes=(mailbox(), *(mailbox(n, problem="x", since=ago(hours=9)) for n in range(2, 30)))),
        "And 23 more.",
    ),
    "a dying mailbox": ("mailboxes", DEGRADED, told(mailboxes=(mailbox(),), lately=(("imap", 3),)), "3 deaths"),
    "no reader": ("readers", FAILING, told(readers=(ReaderVitals(alive=False),) * 2), "0 of 2 alive"),
    "one reader": ("readers", DEGRADED, told(readers=(ReaderVitals(alive=False), ReaderVitals(alive=True))), "1 of 2"),
    "dying readers": ("readers", DEGRADED, told(lately=(("reader", 7),)), "7 deaths in the last hour"),
    "backlog": ("backlog", DEGRADED, told({"undecided": 70, "oldest_undecided": ago(minutes=6)}), "for 6 min"),
    "old backlog": ("backlog", FAILING, told({"undecided": 1, "oldest_undecided": ago(hours=2)}), "1 mail without"),
    "long backlog": (
        "backlog",
        DEGRADED,
        told({"undecided": MOST, "oldest_undecided": ago(hours=0.2)}),
        "or more mails",
    ),
    "late mail": ("outbox", DEGRADED, told({"queued": 4, "oldest_due": ago(minutes=6)}), "overdue for 6 min"),
    "stuck mail": ("outbox", FAILING, told({"queued": 4, "oldest_due": ago(hours=1)}), "overdue for 1 h 0 min"),
    "smarthost": (
        *("outbox", DEGRADED),
        told({"queued": 1, "deferred": 1, "oldest_deferred": ago(hours=1), "refusal": "no connection: refused"}),
        "“no connection: refused”",
    ),
    "many deferred": ("outbox", DEGRADED, told({"queued": 10, "deferred": 10, "oldest_deferred": NOW}), "10 mails ref"),
    "many failed": (
        "outbox",
        DEGRADED,
        told({"failed": 12, "failed_lately": 10}),
        "12 failed, 10 of them within a day",
    ),
    "held mail": ("outbox", DEGRADED, told({"held": 2}), "2 held"),
    "dying sender": ("outbox", DEGRADED, told(lately=(("sender", 3),)), "3 deaths"),
    "full disk": ("disk", FAILING, told(disk_room=-5), "No room"),
    "little room": ("disk", DEGRADED, told(disk_room=300 << 20), "300 MB"),
    "late timers": ("timers", DEGRADED, told({"overdue_timers": 1, "oldest_timer": ago(hours=1)}), "1 timer due"),
}


@pytest.mark.parametrize(("name", "state", "said", "words"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_is_named_with_a_cure(name, state, said, words):
    found = part(name, said)
    assert found.state is state
    assert words in found.what
    assert found.cure
    assert judge(said, 0.2).state is state


EVERYDAY = {
    "a refused address": told({"failed": 3, "failed_lately": 3}),
    "greylisting": told({"queued": 5, "deferred": 5, "oldest_deferred": ago(minutes=5), "refusal": "451 later"}),
    "failures of years": told({"failed": MOST}),
    "one dead reader": told(lately=(("reader", 1),)),
    "mail on its way": told({"undecided": 400, "oldest_undecided": ago(seconds=20), "sending": 300}),
    "a quiet weekend": told(last_commit=ago(days=2)),
    "no commit yet": told(last_commit=None),
    "a store elsewhere": told(disk_room=None),
    "no mail doors": told(doors=None, session_limit=0),
    "doors without a word": told(doors=None),
    "no figures yet": Told(replace(vitals(), figures=None), ()),
    "no readers yet": told(readers=()),
    "a mailbox with a problem since a minute": told(mailboxes=(mailbox(problem="busy", since=ago(minutes=1)),)),
    "a mailbox that is looked at once an hour": told(mailboxes=(mailbox(poll_seconds=3600, looked_at=ago(hours=2)),)),
    "mail that came while a mailbox was counted": told(
        mailboxes=(mailbox(there=13, apart_since=ago(minutes=9)),), started_at=ago(minutes=20)
    ),
    "a mailbox before its first look": told(mailboxes=(mailbox(looked_at=None),), started_at=ago(minutes=4)),
    "messages that could not be taken": told(mailboxes=(mailbox(withheld=2),)),
}


@pytest.mark.parametrize("said", EVERYDAY.values(), ids=EVERYDAY)
def test_everyday_life_is_no_alarm(said):
    assert judge(said, 0.2).state is OK


def test_strangers_words_are_quoted_on_one_line_and_not_without_end():
    assert quoted("550 no\r\nSet-Cookie: x\x00\x1b[31m\u202egnp.exe\ud800") == "550 no  Set-Cookie: x  [31m gnp.exe "
    assert len(quoted("x" * 5000)) == 300


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h 0 min"), (7512, "2 h 5 min"), (90000, "1 d 1 h")],
)
def test_spans_read_like_a_person_says_them(seconds, words):
    assert span(seconds) == words


def test_the_breaker_is_a_failure_with_its_cure():
    """Nobody outside hears of the desk by itself any more: somebody has to look."""
    quiet = part("automatic", told(figures={"automatic": 70}))
    assert (quiet.state, quiet.what) == (OK, "70 automatic mails in the last hour.")
    found = part("automatic", told(figures={"automatic": 100_000, "stopped": 7}))
    assert found.state is FAILING
    assert "the breaker stopped 7 more" in found.what
    assert "queue release --all" in found.cure


def test_what_a_mailbox_could_not_give_is_said_with_where_it_is_told():
    found = part("mailboxes", told(mailboxes=(mailbox(), mailbox(2, withheld=2), mailbox(3, withheld=1))))
    assert found.what == "3 of 3 looked at, 36 messages; 3 could not be taken whole."
    assert found.cure == '"replydesk imap show 2" says why and where they lie.'


def test_the_words_of_another_server_stay_on_their_line_and_have_an_end():
    words = "no\r\n\x1b[31mevil" + "x" * 5000
    found = part("mailboxes", told(mailboxes=(mailbox(), mailbox(2, problem=words, since=ago(hours=1)))))
    assert found.what.isprintable()
    assert len(found.what) < 500
