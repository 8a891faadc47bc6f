"""Servers that mean harm, or are broken: bounded memory and time, one sentence, and another attempt later.

One file, although long: it is the list of what servers have been seen to do.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.doors.imap import client as client_module
from gateway.doors.imap import wire as wire_module
from gateway.doors.imap.client import Client, connect
from gateway.doors.imap.fault import Dropped, NoMailbox, Nonsense, Refused, Throttled
from gateway.doors.imap.login import log_in
from gateway.doors.imap.uids import as_set, listed_by_esearch, listed_by_search, without
from gateway.doors.imap.words import Settled, Troubled
from tests.unit.doors.certificate import make_certificate
from tests.unit.doors.imap.conftest import options_for, until
from tests.unit.doors.imap.server import Server, Session

MAIL = b"From: ann@x.example\r\nTo: help@desk.example\r\n\r\nHello\r\n"


@pytest.fixture
def opened(serving: Callable[..., Server], tmp_path: Path) -> Iterator[tuple[Server, Client]]:
    """A server with one message, and a connection that is logged in and has selected."""
    server = serving()
    server.add(MAIL)
    options = options_for(server, tmp_path)
    client = connect(options, lambda: None)
    log_in(client, options, lambda: None)
    client.select("INBOX")
    yield server, client
    client.close()


@contextmanager
def _costing(megabytes: float, seconds: float) -> Iterator[None]:
    """Memory at its peak, and processor time of this process (the server's too)."""
    tracemalloc.start()
    began = time.process_time()
    try:
        yield
        assert time.process_time() - began < seconds
        assert tracemalloc.get_traced_memory()[1] < megabytes * (1 << 20)
    finally:
        tracemalloc.stop()


def _sending(*pieces: bytes, times: int = 1) -> Callable[[Session, str, str], bool]:
    def answer(session: Session, tag: str, words: str) -> bool:
        for _ in range(times):
            for piece in pieces:
                try:
                    session.sock.sendall(piece)
                except OSError:
                    return True
        session.ok(tag)
        return True

    return answer


def test_a_literal_of_ten_gigabytes_is_not_waited_for(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(b"* 1 FETCH (UID 1 BODY[] {10000000000}\r\nxxx")
    with _costing(4, 1), pytest.raises(Nonsense, match="announces a literal of 10000000000 bytes"):
        client.fetch_whole([1])


def test_a_literal_whose_length_is_a_novel_is_nonsense(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 100_000 + b"}\r\n")
    with _costing(8, 2), pytest.raises(Nonsense):
        client.fetch_whole([1])


def test_endless_untagged_lines_end_the_command(opened, monkeypatch):
    server, client = opened
    monkeypatch.setattr(wire_module, "MOST_LINES", 3_000)
    monkeypatch.setattr(wire_module, "MOST_GATHERED", 2_000)
    for line in (b"* 1 EXISTS\r\n", b"* OK still here\r\n", b"* 1 FETCH (FLAGS (\\Seen))\r\n", b"* X-Y z\r\n"):
        server.answers["NOOP"] = _sending(line * 100, times=1000)
        with _costing(12, 8), pytest.raises(Nonsense, match="more"):
            client.noop()
        assert len(client.wire.untagged_responses) < 10
        client.close()
        options = options_for(server, Path("/nowhere"))
        client = connect(options, lambda: None)
        log_in(client, options, lambda: None)
    client.close()


def test_literals_without_end_end_the_command(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(
        b"* 1 FETCH (UID 1", *[b" BODY[] {1048576}\r\n" + b"x" * (1 << 20)], b" X", times=100
    )
    with _costing(160, 20), pytest.raises(NoMailbox):
        client.fetch_whole([1])


def test_a_line_without_end_is_cut(opened):
    server, client = opened
    server.answers["NOOP"] = _sending(b"* OK " + b"x" * (1 << 20), times=100)
    with _costing(8, 4), pytest.raises(Nonsense, match="a line of more than 256 KB"):
        client.noop()


def test_a_line_that_ends_with_a_bare_line_feed_is_nonsense(opened):
    server, client = opened
    server.answers["NOOP"] = _sending(b"* OK hello\n")
    with pytest.raises(Nonsense):
        client.noop()


def test_ten_thousand_parentheses_are_nonsense(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(b"* 1 FETCH (UID 1 BODY " + b"(" * 10_000 + b")" * 10_000 + b")\r\n")
    with _costing(16, 3), pytest.raises(Nonsense):
        client.fetch_whole([1])


def test_the_longest_answer_to_a_fetch_is_taken_apart_in_bounded_time(opened):
    server, client = opened
    line = b"* 1 FETCH (UID 1 RFC822.SIZE 5 X (" + b"( ) " * 65_000 + b"))\r\n"
    server.answers["UID FETCH"] = _sending(line)
    with _costing(160, 10):
        assert client.measure([1])[1].size == 5


def test_a_list_of_all_numbers_is_not_unrolled(opened):
    server, client = opened
    for answer in (b'* ESEARCH (TAG "x") UID ALL 1:4294967295\r\n', b"* ESEARCH UID ALL 1:3000000\r\n"):
        server.answers["UID SEARCH"] = _sending(answer)
        with _costing(4, 1), pytest.raises(Nonsense, match="more than 2000000"):
            client.list_uids()


def test_lists_of_uids_are_rising_and_of_each_one():
    assert listed_by_search([b"3 1 2 2", b"9 (MODSEQ 5)"]) == [1, 2, 3, 9]
    assert listed_by_esearch([b'(TAG "A1") UID ALL 7,3:5,4']) == [3, 4, 5, 7]
    assert listed_by_esearch([b'(TAG "A1") UID']) == []
    for odd in ([b"0"], [b"-1"], [b"4294967296"], [b"1 x"], [b"9" * 5000]):
        with pytest.raises(Nonsense):
            listed_by_search(odd)
    assert as_set([9, 1, 2, 3]) == "1:3,9"
    assert without([1, 2, 3, 4, 9], ((2, 3), (9, 12))) == [1, 4]


def test_a_million_uids_are_listed():
    line = b" ".join(b"%d" % uid for uid in range(1, 1_000_001))
    began = time.process_time()
    listed = listed_by_search([line])
    assert len(without(listed, tuple((uid, uid) for uid in range(2, 1_000_001, 2)))) == 500_000
    assert time.process_time() - began < 8


def test_answers_for_messages_that_nobody_asked_for_are_not_taken(opened):
    server, client = opened
    other = b"* 2 FETCH (UID 2 BODY[] {3}\r\nbad)\r\n* 1 FETCH (UID 1 BODY[] {4}\r\ngood)\r\n* 3 FETCH (FLAGS (x))\r\n"
    server.answers["UID FETCH"] = _sending(other)
    assert client.fetch_whole([1]) == {1: b"good"}


def test_a_literal_that_is_shorter_than_it_was_said_to_be_is_nonsense_or_the_end(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(b"* 1 FETCH (UID 1 BODY[] {30}\r\nHello)\r\n")
    with pytest.raises(NoMailbox):
        client.wire._seconds = 0.5
        client.fetch_whole([1])


def test_a_literal_that_is_longer_than_it_was_said_to_be_is_nonsense(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(b"* 1 FETCH (UID 1 BODY[] {3}\r\nHello you there)\r\n* 9 X)\r\n")
    with pytest.raises(Nonsense):
        client.fetch_whole([1])


def test_goodbye_in_the_middle_is_the_end_of_the_connection(opened):
    server, client = opened
    server.answers["UID FETCH"] = _sending(b"* 1 FETCH (UID 1 BODY[] {5}\r\nHello)\r\n* BYE see you\r\n")
    with pytest.raises(Dropped, match="ended the connection"):
        client.fetch_whole([1])


@pytest.mark.parametrize(
    "said",
    [
        "NO [THROTTLED] slow down", "NO [LIMIT] x", "NO [UNAVAILABLE] x", "NO [OVERQUOTA] x",
        "NO Account exceeded command or bandwidth limits. (Failure)",
        "BAD Request is throttled. Suggested Backoff Time: 299863 milliseconds",
    ],
)  # fmt: skip
def test_a_server_that_wants_peace_gets_it(opened, said):
    server, client = opened

    def answer(session: Session, tag: str, words: str) -> bool:
        session.send(f"{tag} {said}\r\n".encode())
        return True

    server.answers.update({"UID FETCH": answer, "NOOP": answer})
    for ask in (lambda: client.fetch_whole([1]), client.noop):
        with pytest.raises(Throttled, match="asks for fewer commands"):
            ask()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("NO [OVERQUOTA] Quota exceeded", Refused),
        ("NO [LIMIT] Too many keywords", Refused),
        ("NO [THROTTLED] slow down", Throttled),
        ("NO [OVERQUOTA] Account exceeded command or bandwidth limits.", Throttled),
    ],
)
def test_a_full_folder_is_no_wish_for_peace(opened, said, error):
    server, client = opened

    def answer(session: Session, tag: str, words: str) -> bool:
        session.send(f"{tag} {said}\r\n".encode())
        return True

    server.answers.update({"UID MOVE": answer, "UID COPY": answer, "UID STORE": answer, "CREATE": answer})
    for ask in (
        lambda: client.move([1], "x"),
        lambda: client.copy([1], "x"),
        lambda: client.add_flag([1], "$Ticket"),
        lambda: client.make_folder("x"),
    ):
        with pytest.raises(error):
            ask()


def test_what_a_server_says_is_in_no_sentence(opened):
    server, client = opened
    server.answers["NOOP"] = lambda session, tag, words: session.no(tag, "the password is geheim") or True
    with pytest.raises(Refused) as refusal:
        client.noop()
    assert str(refusal.value) == ""


def test_a_server_that_drips_meets_the_deadline_of_the_command(opened, monkeypatch):
    server, client = opened
    pulses = []
    client.wire._pulse = lambda: pulses.append(1)

    def drip(session: Session, tag: str, words: str) -> bool:
        for _ in range(100):
            try:
                session.sock.sendall(b"x")
            except OSError:
                break
            time.sleep(0.05)
        return True

    server.answers["NOOP"] = drip
    client._seconds = 1.0
    with pytest.raises(Dropped, match="in time"):
        client.noop()
    assert pulses


def test_throttling_while_collecting_waits_and_goes_on_by_uid(serving, collecting, monkeypatch):
    server = serving()
    for _ in range(3):
        server.add(MAIL)
    monkeypatch.setattr(Throttled, "delays", (0.4,), raising=False)

    def slow(session: Session, tag: str, words: str) -> bool:
        if "BODY" in words and words.startswith("1"):
            session.no(tag, "[THROTTLED]")
            del server.answers["UID FETCH"]
            return True
        return False

    server.answers["UID FETCH"] = slow
    desk = collecting(server)
    desk.opens()
    trouble = desk.hear(Troubled)
    assert trouble.what == "the server asks for fewer commands (THROTTLED)"
    assert trouble.seconds == pytest.approx(0.3)
    desk.opens(known=((1, 1),))
    assert [one.uid for one in desk.takes()] == [2, 3]
    assert desk.hear(Settled).uids == (2, 3)


def test_a_message_that_breaks_the_connection_three_times_is_withheld(serving, collecting, monkeypatch):
    server = serving()
    for _ in range(3):
        server.add(MAIL)
    monkeypatch.setattr(NoMailbox, "delays", (0.05,))
    monkeypatch.setattr(Dropped, "delays", (0.05,))

    def breaks(session: Session, tag: str, words: str) -> bool:
        if "BODY" in words and "2" in words.split()[0]:
            session.hang_up()
            return True
        return False

    server.answers["UID FETCH"] = breaks
    desk = collecting(server, after="leave")
    desk.opens()
    desk.hear(Troubled)
    known: tuple[tuple[int, int], ...] = ()
    for _ in range(3):
        desk.opens(known=known)
        if not known:
            assert [one.uid for one in desk.takes()] == [1]
            desk.hear(Settled)
            known = ((1, 1),)
        desk.hear(Troubled)
    desk.opens(known=known)
    (poison,) = desk.takes()
    assert (poison.uid, bool(poison.withheld)) == (2, True)
    assert desk.hear(Settled).uids == (2,)
    assert [one.uid for one in desk.takes()] == [3]


def test_a_connection_that_was_good_for_long_is_made_anew_at_once(serving, collecting, monkeypatch):
    monkeypatch.setattr("gateway.doors.imap.process.STEADY_SECONDS", 0.0)
    server = serving()
    desk = collecting(server)
    desk.opens()
    desk.looked()
    until(desk.idles)
    server.sessions[0].send(b"* BYE Session invalidated - AccessTokenExpired\r\n")
    desk.opens()
    desk.looked()
    assert server.logins == 2


# Encryption


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_that_nobody_trusts_ends_it_before_the_login(serving, tmp_path, pair, tls):
    server = serving("IMAP4rev1 STARTTLS AUTH=PLAIN", tls=pair, implicit=tls == "implicit")
    with pytest.raises(Dropped, match=r"certificate is not trusted .* nothing was sent"):
        connect(options_for(server, tmp_path, tls=tls), lambda: None)
    assert server.heard("LOGIN") == server.heard("AUTHENTICATE") == 0


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_of_the_ca_file_is_trusted_for_its_name_only(serving, tmp_path, pair, tls, monkeypatch):
    server = serving("IMAP4rev1 STARTTLS AUTH=PLAIN", tls=pair, implicit=tls == "implicit")
    options = options_for(server, tmp_path, tls=tls, ca_file=str(pair[0]))
    with pytest.raises(Dropped, match="not trusted"):
        connect(options, lambda: None)
    trusting = client_module._trusting(options)
    trusting.check_hostname = False
    monkeypatch.setattr(client_module, "_trusting", lambda _: trusting)
    client = connect(options, lambda: None)
    assert client.wire.is_encrypted
    log_in(client, options, lambda: None)
    assert client.select("INBOX").exists == 0
    client.log_out()


def test_what_is_said_between_starttls_and_the_handshake_is_an_injection(serving, tmp_path, pair):
    server = serving("IMAP4rev1 STARTTLS AUTH=PLAIN", tls=pair)

    def inject(session: Session, tag: str, words: str) -> bool:
        session.send(f"{tag} OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n".encode())
        return True

    server.answers["STARTTLS"] = inject
    with pytest.raises(Nonsense, match="spoke on in the clear"):
        connect(options_for(server, tmp_path, tls="starttls"), lambda: None)
    assert server.heard("AUTHENTICATE") == 0


def test_starttls_that_is_not_offered_or_refused_ends_it(serving, tmp_path):
    for capabilities in ("IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 STARTTLS AUTH=PLAIN"):
        server = serving(capabilities)
        server.answers["STARTTLS"] = lambda session, tag, words: session.no(tag) or True
        with pytest.raises(Nonsense, match="STARTTLS"):
            connect(options_for(server, tmp_path, tls="starttls"), lambda: None)
        assert server.heard("AUTHENTICATE") == 0


def test_a_server_that_lets_us_in_before_the_login_is_not_believed(serving, tmp_path):
    server = serving()
    server.greeting = b"* PREAUTH welcome\r\n"
    with pytest.raises(Nonsense, match="PREAUTH"):
        connect(options_for(server, tmp_path), lambda: None)


def test_a_greeting_that_turns_us_away_is_respected(serving, tmp_path):
    server = serving()
    server.greeting = b"* BYE too many of you\r\n"
    with pytest.raises(Throttled):
        connect(options_for(server, tmp_path), lambda: None)


def test_no_password_travels_in_the_clear_to_another_machine(serving, tmp_path, monkeypatch):
    server = serving()
    monkeypatch.setattr(wire_module.Wire, "is_here", False)
    with pytest.raises(NoMailbox, match="not sent in the clear"):
        connect(options_for(server, tmp_path), lambda: None)
    assert server.heard("AUTHENTICATE") == 0
