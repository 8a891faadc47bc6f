"""Mail that goes round through real mail servers: forwards of the desk's own addresses, acknowledgements that come
back, two desks that write to each other, and mail that has come a long way. It ends, and it ends soon."""

from __future__ import annotations

import smtplib
from collections import Counter

import pytest

from store.tables import journal, outbox
from tests.servers.postfix import Postfix, inject, postfix, sbin, sink
from tests.servers.serving import letter

__all__ = ["postfix", "sbin", "sink"]

SUPPORT = "support@desk.example"
NORA = "c1@northwind.example"


@pytest.fixture
def round_trip(desk, postfix, sink):
    """A desk whose mail goes out by the same Postfix by which it comes; mail to northwind.example and forward.example
    goes to another mail server, which forwards what the test says to the desk."""
    forwarder = postfix.behind = Postfix(sink.port)

    def make(aliases="", forwards="", **settings):
        one = desk(quiet=True, LMTP__LISTEN="127.0.0.1:0", OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
        elsewhere = f"smtp:[127.0.0.1]:{forwarder.port}"
        transport = f"desk.example lmtp:inet:127.0.0.1:{one.lmtp_port}\n"
        transport += f"northwind.example {elsewhere}\nforward.example {elsewhere}\n"
        domains = "desk.example, northwind.example, forward.example"
        _start(postfix, domains, transport, aliases, settings)
        _start(forwarder, domains, f"desk.example smtp:[127.0.0.1]:{postfix.port}\n", forwards, {})
        return one

    try:
        yield make
    finally:
        forwarder.stop()


def _start(server, domains, transport, aliases, settings):
    names = {"transport_maps": "transport", "virtual_alias_maps": "aliases"}
    maps = {parameter: f"texthash:{server.config}/{name}" for parameter, name in names.items()}
    server.start("", maps | {"relay_domains": domains} | settings, {"transport": transport, "aliases": aliases})


def _settled(one, *servers):
    """Until nothing has come and nothing has left while all queues were empty and the desk had nothing to do."""
    before = None
    while (now := (len(one.rows(journal)), len(one.rows(outbox)))) != before:
        before = now
        _wait_for_empty_queues(one, *servers)
        one.quiet()
        _wait_for_empty_queues(one, *servers)


def _wait_for_empty_queues(one, *servers):
    """All are looked at twice: a mail may pass from one that was not looked at to one that was."""
    one.wait(lambda: not any(server.queued() for server in (*servers, *servers)), "empty queues")


def _verdicts(one):
    return [row.verdict for row in one.rows(journal)]


def test_an_alias_that_names_the_desk_twice_makes_one_ticket(round_trip, postfix):
    aliases = f"{SUPPORT} {SUPPORT}, copies@desk.example\ncopies@desk.example {SUPPORT}\n"
    one = round_trip(aliases=aliases)
    inject(postfix, letter(1), NORA, SUPPORT)
    one.decided(1)
    _settled(one, postfix, postfix.behind)
    assert _verdicts(one) == ["ticket-created"]
    assert [row.purpose for row in one.rows(outbox)] == ["acknowledgement"]


def test_a_forward_that_brings_a_mail_to_the_desk_again_makes_a_duplicate(round_trip, postfix):
    """By another server, which changes what stands on top of it."""
    one = round_trip(aliases=f"{SUPPORT} {SUPPORT}, c@forward.example\n", forwards=f"c@forward.example {SUPPORT}\n")
    inject(postfix, letter(1), "c1@elsewhere.example", SUPPORT)
    one.decided(2)  # the first server asks its alias again for what comes back: the copy goes round until that ends it
    _settled(one, postfix, postfix.behind)
    verdicts = Counter(_verdicts(one))
    assert verdicts.pop("ticket-created") == 1
    assert set(verdicts) <= {"duplicate"}
    assert [row.purpose for row in one.rows(outbox)] == ["acknowledgement"]


def test_an_acknowledgement_that_is_forwarded_back_to_the_desk_ends_there(round_trip, postfix):
    one = round_trip(forwards=f"{NORA} {SUPPORT}\n")
    for number in (1, 2, 3):
        inject(postfix, letter(number).replace(f"c{number}@".encode(), b"c1@"), NORA, SUPPORT)
    one.wait(lambda: "loop-suppressed" in _verdicts(one), "our own mail in the journal")
    _settled(one, postfix, postfix.behind)
    verdicts, left = Counter(_verdicts(one)), one.rows(outbox)
    assert verdicts == {"ticket-created": 3, "loop-suppressed": len(left)}
    assert 1 <= len(left) <= 2, "an address that nothing proves gets two automatic mails an hour"


@pytest.mark.parametrize("bare", [False, True], ids=["as they write", "without what says that nobody wrote it"])
def test_two_desks_that_write_to_each_other_stop_after_two_mails_each(desk, postfix, bare):
    """Between them stands a server that, at its worst, takes away whatever marks a mail as automatic."""
    one = desk(quiet=True, LMTP__LISTEN="127.0.0.1:0", OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}").start()
    other = desk(quiet=True, LMTP__LISTEN="127.0.0.1:0", OUTGOING__URL=f"smtp://127.0.0.1:{postfix.port}")
    text = other.config.read_text("utf-8").replace("desk.example", "other.example")
    other.config.write_text(text.replace('prefix = "DESK"', 'prefix = "OTHER"'), "utf-8")
    other.start()
    ways = {"desk.example": one, "other.example": other}
    transport = "".join(f"{domain} lmtp:inet:127.0.0.1:{way.lmtp_port}\n" for domain, way in ways.items())
    checks = {"header_checks": f"regexp:{postfix.config}/bare"} if bare else {}
    files = {"bare": "/^(Auto-Submitted|Precedence|X-[^:]*|List-[^:]*):/ IGNORE\n", "transport": transport}
    maps = {"transport_maps": f"texthash:{postfix.config}/transport", "relay_domains": ", ".join(ways)}
    postfix.start("", maps | checks, files)
    for number in (1, 2, 3):
        content = letter(number).replace(f"c{number}@northwind.example".encode(), b"support@other.example")
        inject(postfix, content, "support@other.example", SUPPORT)
    one.decided(3)
    for _ in range(3):
        for way in ways.values():
            _settled(way, postfix)
    assert 1 <= len(one.rows(outbox)) <= 2
    assert len(other.rows(outbox)) <= 2
    assert _verdicts(other), "the other desk has heard of it"


def _hops(count):
    line = "Received: from a.example (a.example [192.0.2.1]) by b.example; Mon, 13 Jul 2026 09:00:00 +0200\r\n"
    return line.encode() * count + letter(1)


def test_postfix_refuses_what_has_come_over_too_many_servers(round_trip, postfix):
    one = round_trip()
    with pytest.raises(smtplib.SMTPDataError, match="too many hops"):
        inject(postfix, _hops(60), NORA, SUPPORT)
    assert _verdicts(one) == []


def test_a_mail_of_sixty_servers_that_comes_through_is_kept_and_answered_by_nobody(round_trip, postfix):
    one = round_trip(hopcount_limit="100")
    inject(postfix, _hops(60), NORA, SUPPORT)
    (row,) = one.decided(1)
    assert row.verdict == "loop-suppressed"
    assert "61 Received headers" in row.reason
    _settled(one, postfix, postfix.behind)
    assert one.rows(outbox) == []
