"""Postfix in front of the desk, with the configuration that `docs/postfix.md` tells people to write: what is refused
before it is accepted, what is kept while the desk is away, and that nothing on the way changes a mail."""

from __future__ import annotations

import os
import signal
import smtplib
import threading
import time
import tomllib
from collections import Counter
from contextlib import closing
from email import message_from_bytes, policy

import pytest

from gateway.config.loading import load
from store.tables import journal, outbox
from tests.desk import Dialogue, run
from tests.servers.milter import Milter
from tests.servers.postfix import documented, free_port, inject, postfix, read_settings, sbin, sink
from tests.servers.serving import letter
from tests.unit.doors.certificate import make_certificate

__all__ = ["postfix", "sbin", "sink"]

SUPPORT = "support@desk.example"
NORA = "c1@northwind.example"
MOST = 100_000
"""The `smtp.max_size` of these desks: small, so that the mails are."""
MARGIN = 4_000
"""What these tests leave between Postfix's limit and the desk's."""
UNSET = ("relay_domains", "relay_recipient_maps", "transport_maps", "recipient_delimiter")
WORLD = {"mynetworks": "127.0.0.2/32"} | dict.fromkeys(UNSET, "")
"""The clients of these tests are strangers to Postfix; the page says all else."""


@pytest.fixture
def front(desk, postfix, sink, tmp_path):
    """Starts a desk behind a Postfix that is set up as the page says: a set-up and its additions; what differs."""

    def make(*setups, settings=None, files=None, instead=None, **how):
        proof = _prove(tmp_path, postfix) if setups[0] == "smtp" else {"LMTP__LISTEN": "127.0.0.1:0"}
        small = {"SMTP__MAX_SIZE": str(MOST), "OUTGOING__URL": f"smtp://127.0.0.1:{sink.port}"}
        one = desk(quiet=True, **small, **proof, **how).start()
        main = WORLD | {"default_transport": f"smtp:[127.0.0.1]:{sink.port}"}
        given = {"desk_addresses": documented("postfix.md", "lmtp", {})["desk_addresses"]}
        for name in setups:
            found = documented("postfix.md", name, _here(name, one) | (instead or {}))
            main |= read_settings(found.pop("main.cf", "").replace("/etc/postfix", str(postfix.config)))
            given |= found
        limit = {"message_size_limit": str(MOST - MARGIN)}
        postfix.start("", main | limit | (settings or {}), given | (files or {}))
        return one

    return make


def _here(setup, one):
    """What the page calls otherwise than this machine does."""
    if setup in ("lmtp", "shared"):
        return {"inet:127.0.0.1:8024": f"inet:127.0.0.1:{one.lmtp_port}"}
    if setup == "smtp":
        return {"[desk.internal.example]:8025": f"[127.0.0.1]:{one.port}"}
    return {}


OUR_NAME = {"match=desk.internal.example": "match=mail.desk.example"}
"""The name in the certificates of tests."""


def _prove(folder, postfix):
    """A certificate for the desk, and Postfix knows who vouches for it."""
    certificate, key = make_certificate(folder)
    postfix.config.mkdir(exist_ok=True)
    (postfix.config / "desk_ca.pem").write_bytes(certificate.read_bytes())
    return {"SMTP__CERTIFICATE": str(certificate), "SMTP__PRIVATE_KEY": str(key)}


def _ways(setup):
    return {"instead": OUR_NAME} if setup == "smtp" else {}


def _replies(postfix, sender, *recipients):
    """What Postfix says of each recipient, before any content is sent."""
    with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname="mx.northwind.example", timeout=30) as client:
        client.ehlo()
        client.mail(sender)
        return [client.rcpt(to)[0] for to in recipients]


def _ends(postfix, one):
    """How Postfix's attempts for each recipient at the desk ended: `sent`, `deferred`, `bounced`."""
    ours = f"relay=127.0.0.1[127.0.0.1]:{one.lmtp_port},"
    lines = (line for line in postfix.log().splitlines() if ours in line)
    return Counter(
        (line.partition("to=<")[2].partition(">")[0], line.partition("status=")[2].split()[0]) for line in lines
    )


def _raw(one, number):
    return run(one.environment, "mail", "raw", str(number)).stdout


def _sized(count):
    """A mail of this many bytes, in lines of 78."""
    head = letter(count)
    lines, rest = divmod(count - len(head), 80)
    return head + b"x" * max(rest - 2, 0) + b"\r\n" * (rest >= 2) + (b"y" * 78 + b"\r\n") * lines


def test_the_page_and_the_demo_desk_agree_about_limits_and_the_border(desk):
    config = load(desk().config, {})
    for setup in ("lmtp", "smtp"):
        found = documented("postfix.md", setup, {})
        ours, theirs = tomllib.loads(found["replydesk.toml"]), read_settings(found["main.cf"])
        assert ours["smtp"]["max_size"] == config.smtp.max_size
        assert config.smtp.max_size - int(theirs["message_size_limit"]) == 65_536
        assert int(theirs["desk_destination_recipient_limit"]) <= config.smtp.recipients
        assert ours["trust"]["authserv_id"] == config.policy.authserv_id


@pytest.mark.parametrize("setup", ["lmtp", "smtp"])
def test_an_unknown_recipient_is_refused_while_the_sender_still_speaks(front, postfix, setup):
    front(setup, **_ways(setup))
    asked = (SUPPORT, "nobody@desk.example", "help+kabc@desk.example", "nobody+kabc@desk.example", "x@other.example")
    assert _replies(postfix, NORA, *asked) == [250, 550, 250, 550, 554]


def test_postfix_may_ask_the_desk_which_addresses_there_are(front, postfix):
    one = front("lmtp", "asked")
    assert _replies(postfix, NORA, SUPPORT, "nobody@desk.example", "help+kabc@desk.example") == [250, 550, 250]
    assert one.rows(journal) == []
    one.stop()
    assert _replies(postfix, NORA, "billing@desk.example") == [450]


def test_only_the_addresses_of_the_desk_come_to_it_where_a_domain_is_shared(front, postfix, sink):
    people = {"desk_addresses": f"{SUPPORT} desk\nbilling@desk.example desk\nnora@desk.example somebody\n"}
    one = front("lmtp", "shared", settings={"virtual_transport": f"smtp:[127.0.0.1]:{sink.port}"}, files=people)
    inject(postfix, letter(1), NORA, "nora@desk.example", SUPPORT, "billing+kabc@desk.example")
    (row,) = one.decided(1)
    assert sorted(row.envelope_to, reverse=True) == [SUPPORT, "billing+kabc@desk.example"]
    one.wait(lambda: [to for _, to, _ in sink.mails() if to == "<nora@desk.example>"], "mail in the sink")


@pytest.mark.parametrize("setup", ["lmtp", "smtp"])
def test_what_stands_behind_the_plus_reaches_us_as_it_was_written(front, postfix, sink, setup):
    one = front(setup, settings={"smtp_tls_loglevel": "1"}, **_ways(setup))
    inject(postfix, letter(1), NORA, SUPPORT)
    (row,) = one.decided(1)
    content = one.wait(sink.mails, "acknowledgement in the sink")[0][2]
    key = message_from_bytes(content, policy=policy.default)["Reply-To"].addresses[0].addr_spec
    reply = letter("reply", words="Here is more.", subject="Re: [DESK-1001] The export stops")
    inject(postfix, reply.replace(b"creply@", b"c1@"), NORA, key)
    one.decided(2)
    inject(postfix, letter(3), NORA, "Billing+vAbC-x_9@desk.example")
    rows = one.decided(3)
    assert {row.door for row in rows} == {setup}
    assert [row.envelope_to for row in rows[1:]] == [[key], ["Billing+vAbC-x_9@desk.example"]]
    assert (rows[1].verdict, rows[1].ticket_id) == ("appended", row.ticket_id)
    if setup == "smtp":
        assert "Verified TLS connection established to 127.0.0.1[127.0.0.1]" in postfix.log()


def test_a_desk_that_cannot_prove_its_name_gets_no_mail_and_none_is_lost(front, postfix):
    one = front("smtp")
    inject(postfix, letter(1), NORA, SUPPORT)
    one.wait(lambda: "Server certificate not verified" in postfix.log(), "refusal of the certificate")
    assert postfix.queued() == 1
    assert one.rows(journal) == []


def test_whatever_postfix_accepts_at_its_limit_the_desk_takes(front, postfix, sink):
    one = front("lmtp")
    size = MOST - MARGIN
    with pytest.raises(smtplib.SMTPSenderRefused) as told:
        inject(postfix, _sized(size + 1), NORA, SUPPORT)
    assert told.value.smtp_code == 552
    while True:  # Postfix counts its own header line and the envelope as well
        try:
            inject(postfix, _sized(size), NORA, SUPPORT)
            break
        except smtplib.SMTPDataError as error:
            assert error.smtp_code == 552
            size -= 50
    assert size > MOST - MARGIN - 2_000
    (row,) = one.decided(1)
    assert row.size >= size
    one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    assert _ends(postfix, one) == {(SUPPORT, "sent"): 1}


def test_equal_limits_make_postfix_bounce_what_it_has_accepted(front, postfix, sink):
    """Why the page leaves room between the two; the author at least learns it."""
    one = front("lmtp", settings={"message_size_limit": str(MOST + MARGIN)})
    inject(postfix, _sized(MOST), NORA, SUPPORT)
    (report,) = one.wait(sink.mails, "delivery report in the sink")
    assert report[:2] == ("<>", f"<{NORA}>")
    assert b"exceeds size limit 100000 of server" in report[2]
    assert one.rows(journal) == []


def test_each_recipient_has_its_own_reply_over_lmtp(front, postfix, sink):
    """An address that Postfix still has in its table, and the desk no longer."""
    more = documented("postfix.md", "lmtp", {})["desk_addresses"] + "old@desk.example desk\n"
    one = front("lmtp", files={"desk_addresses": more})
    inject(postfix, letter(1), NORA, SUPPORT, "old@desk.example", "billing@desk.example")
    (row,) = one.decided(1)
    assert sorted(row.envelope_to, reverse=True) == [SUPPORT, "billing@desk.example"]
    report = one.wait(lambda: [raw for _, to, raw in sink.mails() if b"delivery-status" in raw], "delivery report")[0]
    assert b"old@desk.example" in report
    assert b"Final-Recipient: rfc822; support@" not in report
    assert _ends(postfix, one) == {
        (SUPPORT, "sent"): 1,
        ("billing@desk.example", "sent"): 1,
        ("old@desk.example", "bounced"): 1,
    }


def test_postfix_keeps_mail_while_the_store_is_away_and_brings_it_once(front, postfix, sink):
    one = front("lmtp")
    os.kill(one.daemon, signal.SIGSTOP)
    try:
        inject(postfix, letter(1), NORA, SUPPORT)
        one.wait(lambda: _ends(postfix, one)[SUPPORT, "deferred"], "deferral")
        assert "451 4.3.0" in postfix.log()
    finally:
        os.kill(one.daemon, signal.SIGCONT)
    _wait_for_empty_queue(one, postfix)
    one.quiet()
    assert _ends(postfix, one)[SUPPORT, "sent"] == 1
    assert [row.verdict for row in one.rows(journal) if row.verdict != "duplicate"] == ["ticket-created"]
    assert [row.purpose for row in one.rows(outbox)] == ["acknowledgement"]


@pytest.mark.parametrize("way", ["drained", "killed"])
def test_a_hundred_mails_survive_a_desk_that_is_started_again_meanwhile(front, postfix, way):
    one = front("lmtp")
    bringing = threading.Thread(target=_bring, args=(postfix, 100))
    bringing.start()
    for count in (15, 50):
        one.wait(lambda count=count: len(one.rows(journal, journal.c.id)) >= count, f"{count} mails")
        one.stop() if way == "drained" else one.kill()
        time.sleep(0.3)
        one.start()
    bringing.join(60)
    _wait_for_empty_queue(one, postfix)
    one.quiet()
    rows = one.rows(journal)
    made = Counter(row.message_id for row in rows if row.verdict == "ticket-created")
    assert made == {f"<{number}@northwind.example>": 1 for number in range(100)}
    again = [row for row in rows if row.verdict != "ticket-created"]
    assert {row.verdict for row in again} <= {"duplicate"}
    assert not again or way == "killed", "a desk that drains answers every mail that it has kept"
    assert Counter(row.purpose for row in one.rows(outbox)) == {"acknowledgement": 100}


def _wait_for_empty_queue(one, postfix):
    try:
        one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    except AssertionError as error:
        raise AssertionError(f"{error}; the log of Postfix ends: {postfix.log()[-3000:]}") from None


def _bring(postfix, count):
    with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname="mx.northwind.example", timeout=30) as client:
        for number in range(count):
            client.sendmail(f"c{number}@northwind.example", [SUPPORT], letter(number))
            time.sleep(0.02)


def test_nothing_on_the_way_changes_lines_letters_or_addresses(front, postfix):
    """8-bit, UTF-8 in headers and in the envelope, and lines that are longer than any RFC allows."""
    one = front("lmtp")
    head = (
        "From: Jörg Größe <jörg@northwind.example>\r\nTo: support@desk.example\r\nSubject: Straße gesperrt\r\n"
        "Message-ID: <utf8@northwind.example>\r\nDate: Mon, 13 Jul 2026 09:00:00 +0200\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    body = "é" * 3000 + "\r\n.\r\n..\r\n" + "z" * 10_000 + "\r\n"
    with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname="mx.northwind.example", timeout=30) as client:
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        client.sendmail("jörg@northwind.example", [SUPPORT], (head + body).encode(), mail_options=options)
    (row,) = one.decided(1)
    assert (row.verdict, row.envelope_from) == ("ticket-created", "jörg@northwind.example")
    assert _raw(one, row.id).endswith((head + body).encode())


def test_chunks_end_at_postfix(front, postfix):
    """BDAT (RFC 3030) from the world; towards us there is DATA, because we offer no CHUNKING."""
    one = front("lmtp")
    content = letter(1)
    with Dialogue(postfix.port) as world:
        world.open(NORA, SUPPORT)
        world.write(b"BDAT %d\r\n" % 50 + content[:50])
        assert world.reply().startswith("250")
        world.write(b"BDAT %d LAST\r\n" % (len(content) - 50) + content[50:])
        assert world.reply().startswith("250")
    (row,) = one.decided(1)
    assert _raw(one, row.id).endswith(content)
    with Dialogue(one.lmtp_port) as ours:
        assert "CHUNKING" not in ours.say("LHLO mx.desk.example")


FORGED = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\r\n"
PASSES, FAILS = "mx.northwind.example", "mx.stranger.example"


def _through(postfix, hello, content):
    with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname=hello, timeout=30) as client:
        client.sendmail(NORA, [SUPPORT], content)


@pytest.mark.parametrize(
    ("hello", "setups", "strips", "trust"),
    [
        (PASSES, ("lmtp", "strip", "milter"), False, "B"),
        (FAILS, ("lmtp", "strip", "milter"), False, "D"),
        (FAILS, ("lmtp", "milter"), True, "D"),
        (FAILS, ("lmtp", "milter"), False, "D"),
    ],
    ids=["pass", "stripped by Postfix", "stripped by the milter", "stripped by nobody"],
)
def test_the_border_alone_says_who_wrote_it(front, postfix, hello, setups, strips, trust):
    with closing(Milter(strips=strips)) as milter:
        one = front(*setups, settings={"smtpd_milters": f"inet:127.0.0.1:{milter.port}"})
        _through(postfix, hello, FORGED + letter(1))
        (row,) = one.decided(1)
    assert row.trust == trust
    raw = _raw(one, row.id)
    assert raw.index(b"Authentication-Results: mx.desk.example; spf=") < raw.index(b"From:")
    forged_is_there = FORGED in raw
    assert forged_is_there == (not strips and "strip" not in setups)
    ignored = [step for step in row.trace if "ignored Authentication-Results" in str(step)]
    assert bool(ignored) == forged_is_there


def test_a_forged_header_is_not_believed_where_no_milter_writes(front, postfix):
    """`header_checks` alone: without them this one would be the topmost, in our name and from our hop."""
    one = front("lmtp", "strip")
    _through(postfix, FAILS, FORGED + letter(1))
    (row,) = one.decided(1)
    assert row.trust == "D"


def test_mail_waits_outside_while_the_milter_is_away(front, postfix):
    one = front("lmtp", "strip", "milter", settings={"smtpd_milters": f"inet:127.0.0.1:{free_port()}"})
    with pytest.raises(smtplib.SMTPResponseException) as told:
        _through(postfix, PASSES, letter(1))
    assert told.value.smtp_code == 451
    assert one.rows(journal) == []


def test_headers_inside_a_forwarded_mail_stay(front, postfix):
    one = front("lmtp", "strip")
    inner = FORGED + letter(2)
    content = (
        letter(1).replace(b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n", 1)
    ).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    _through(postfix, FAILS, content + inner)
    (row,) = one.decided(1)
    assert _raw(one, row.id).endswith(inner)


SPACED = FORGED.replace(b":", b" \t:", 1)
ODD = (
    SPACED, FORGED.replace(b":", b" " * 40 + b":", 1), FORGED.replace(b":", b"\v:", 1), FORGED.replace(b"-", b"\0-", 1),
    b"X-A: b\r\n\0" + FORGED, b"\xef\xbb\xbf" + FORGED, FORGED.replace(b"a", b"\xc3\xa9", 1), b" " + FORGED,
    b"\r\n" + FORGED, b": x\r\n" + FORGED, b"x\r\n" + FORGED, b"X-A: b\r\nFrom x\r\n" + FORGED, b">From x\r\n" + FORGED,
    b"X-A: b\r\n>From x\r\n" + FORGED, b"X-A: b\r\n \r\n" + FORGED, b"X-A: b\n" + FORGED, b"X-A: b\r" + FORGED,
    *(b"X-A: b" + end + FORGED for end in (b"\v", b"\f", b"\x1c", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8")),
    b"X-A: " + b"b" * 993 + FORGED, b"X-A: " + b"b" * 2_043 + FORGED, b"X-A: b\r\n" * 1_100 + FORGED,
    FORGED.replace(b"mx.desk.example", b'"mx.desk.example"'), FORGED.replace(b"mx.desk", b"mx\0.desk"),
)  # fmt: skip
"""Headers of which a reader might see more than Postfix does, or less."""


def test_no_header_that_postfix_divides_otherwise_vouches_for_anybody(front, postfix):
    """No milter writes here: whatever of them `header_checks` lets through would be the topmost."""
    one = front("lmtp", "strip")
    for number, head in enumerate(ODD):
        _through(postfix, FAILS, head + letter(number))
    _through(postfix, FAILS, b"X-A : b\r\nAuto-Submitted : auto-replied\r\n" + letter("r"))
    rows = one.decided(len(ODD) + 1)
    assert {row.trust for row in rows} == {"D"}
    assert [row.verdict for row in rows].count("auto-reply-recorded") == 1


def test_an_author_below_a_thousand_lines_that_the_milter_saw_makes_nobody_of_the_one_above(front, postfix):
    with closing(Milter()) as milter:
        one = front("lmtp", "strip", "milter", settings={"smtpd_milters": f"inet:127.0.0.1:{milter.port}"})
        for lines in (0, 1_100):
            above = b"From: boss@northwind.example\r\n" + b"X-A: b\r\n" * lines if lines else b""
            _through(postfix, PASSES, above + letter(lines))
        rows = one.decided(2)
    assert sorted(row.trust for row in rows) == ["B", "D"]
