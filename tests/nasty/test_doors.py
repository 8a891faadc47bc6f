"""The doors: nasty inputs 63 to 72 and what else a client may try before a mail is one.

Most of it is a script of `tests/dialogues`, played here under its number on a desk with every door; each script says
what is heard and what the journal holds afterwards.
"""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from store import journal
from store.engine import Store
from tests.desk import Dialogue, ServedDesk, StillDesk
from tests.dialogues.script import Played
from tests.dialogues.test_dialogues import desk, kept_after, store

__all__ = ["desk", "store"]

SCRIPTS = Path(__file__).parent.parent / "dialogues"
Play = Callable[..., None]


@pytest.fixture
def play(desk: ServedDesk, store: Store) -> Play:
    """Plays scripts by their names; a name that ends in * means all that begin so, and there must be one."""

    def played(*names: str) -> None:
        for name in names:
            scripts = sorted(SCRIPTS.glob(f"{name}.txt"))
            assert scripts, f"there is no script {name}"
            for script in scripts:
                with store.look() as connection:
                    last = max((row.id for row in journal.listing(connection)), default=0)
                Played(desk.port, lambda last=last: kept_after(store, last)).play(script)

    return played


def test_intake_63_threat_14_only_crlf_dot_crlf_ends_a_mail(play: Play) -> None:
    """SMTP smuggling (CVE-2023-51764/5/6, CVE-2024-27305): one mail, byte for byte, or a refusal."""
    assert len(list(SCRIPTS.glob("end_*.txt"))) >= 11
    play("end_*", "dot_in_pieces", "commands_ended_by_lf", "lf_in_the_middle_of_a_session", "nul_and_eight_bit")


def test_intake_64_threat_16_what_was_said_before_tls_counts_for_nothing(play: Play) -> None:
    """CVE-2024-34083, and no password in the clear."""
    play(
        "starttls",
        "starttls_injection",
        "starttls_without_a_handshake",
        "pipelining_behind_starttls",
        "auth_before_tls",
    )


def test_intake_64_threat_21_nobody_else_says_who_the_client_is(play: Play) -> None:
    play("proxy", "proxy_from_elsewhere", "proxy_early_talker")


def test_intake_65_threat_18_floods_of_recipients_and_commands_end(play: Play) -> None:
    play(
        "recipients_flood", "recipients_harvest", "noop_flood", "errors_flood", "envelopes_without_a_mail", "size_lies"
    )


def test_intake_65_threat_17_one_address_cannot_take_all_places(serve: Callable[..., ServedDesk]) -> None:
    """A hundred silent connections of one address: ten stay, and another address is greeted at once."""
    served = serve(SMTP__CONNECTIONS_PER_ADDRESS="10")
    with ExitStack() as stack:
        greetings = [stack.enter_context(Dialogue(served.port())).greeting for _ in range(100)]
        assert [greeting[:3] for greeting in greetings] == ["220"] * 10 + ["421"] * 90
        with closing(
            socket.create_connection(("127.0.0.1", served.port()), timeout=60, source_address=("127.0.0.2", 0))
        ) as other:
            assert other.recv(3) == b"220"


def test_intake_66_a_line_of_any_length_is_kept(play: Play) -> None:
    play("long_lines", "command_too_long")


def test_intake_67_lmtp_answers_for_each_recipient(play: Play) -> None:
    play("lmtp_replies", "lmtp_too_large")


def test_intake_68_addresses_and_content_beyond_ascii(play: Play) -> None:
    play("sender_of_eight_bit", "nul_and_eight_bit", "bdat")


def test_intake_69_a_delivery_after_a_lost_250_is_answered_and_makes_nothing_new(still: StillDesk) -> None:
    raw = (
        "From: Nora <nora@northwind.example>\nTo: support@desk.example\nSubject: The export stops\n"
        "Message-ID: <once@northwind.example>\nDate: Mon, 23 Nov 2026 08:00:00 +0000\n\nIt stops.\n"
    )
    assert still.mail(raw, "nora@northwind.example")["verdict"] == "ticket-created"
    left = len(still.sent)
    again = still.mail("Received: from mx (again)\n" + raw, "nora@northwind.example")
    assert (again["verdict"], again["ticket"]) == ("duplicate", "DESK-1001")
    assert len(still.sent) == left
    assert len(still.tickets()) == 1


def test_intake_69_a_locked_store_is_451_and_never_250(serve: Callable[..., ServedDesk]) -> None:
    served = serve()
    with served.raw_session() as client:
        client.open()
        lock = sqlite3.connect(served.folder / "data" / "replydesk.db", isolation_level=None)
        with closing(lock):
            lock.execute("BEGIN IMMEDIATE")
            assert client.data(b"Subject: locked\r\n\r\nwords").startswith("451")
            lock.execute("ROLLBACK")


def test_intake_71_threat_19_nothing_is_relayed_and_nobody_is_named(play: Play) -> None:
    play("relay_forms", "nothing_reveals_addresses")


def test_intake_71_threat_35_a_door_does_not_tell_a_key_from_another(serve: Callable[..., ServedDesk]) -> None:
    """A secret address that exists, one that never did, and one that is none are answered in the same words."""
    served = serve()
    first = (
        "From: nora@northwind.example\nTo: support@desk.example\nSubject: s\nMessage-ID: <k@northwind.example>\n\nx\n"
    )
    served.send(first, "nora@northwind.example")
    served.settled(1)
    true = served.sent("nora@northwind.example")[-1]["Reply-To"].addresses[0].addr_spec
    local, _, domain = true.rpartition("@")
    replies = set()
    for to in (
        true,
        f"{local[:-1]}{'b' if local[-1] == 'a' else 'a'}@{domain}",
        f"support+k@{domain}",
        f"support@{domain}",
    ):
        with served.raw_session() as client:
            client.say("EHLO client.example")
            client.say("MAIL FROM:<nora@northwind.example>")
            replies.add(client.say(f"RCPT TO:<{to}>").replace(to, "ADDRESS"))
    assert len(replies) == 1


def test_threat_09_what_nobody_wants_is_refused_in_the_session(play: Play, still: StillDesk) -> None:
    """Never by a mail to whoever the sender claims to be; what comes past the doors makes no mail either."""
    play("nothing_reveals_addresses", "size_lies")
    raw = "From: victim@elsewhere.example\nTo: nobody@desk.example\nSubject: s\nMessage-ID: <b@x.example>\n\nx\n"
    entry = still.mail(raw, "victim@elsewhere.example", "nobody@desk.example", door="pipe")
    assert entry["verdict"] == "not-addressed-to-us"
    assert still.sent == []


def test_threat_15_who_does_not_wait_is_not_heard(play: Play) -> None:
    play("early_talker", "pipelining_*", "http")


def test_threat_20_guessing_passwords_ends_soon(play: Play) -> None:
    play("auth_brute_force", "auth_on_the_plain_door")


def test_threat_22_a_path_is_one_address_and_nothing_else(play: Play) -> None:
    play("sender_with_nul", "sender_grammar", "sender_of_eight_bit", "postmaster")
