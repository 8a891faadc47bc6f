"""A real Postfix behind the desk: what it refuses, reports, delays, encrypts and throttles, and a day without it.

Its settings are the blocks of docs/smarthost.md, with the ports and folders of the loopback in place of those there.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from store.tables import events, journal, outbox
from tests.faults.smarthost import DROP, Fault, Smarthost
from tests.servers.authority import Authority
from tests.servers.cutting import Cutting
from tests.servers.dovecot import PASSWORD, Dovecot, absent
from tests.servers.postfix import free_port, inject, postfix, sbin, sink
from tests.servers.requirement import missing
from tests.servers.serving import letter

__all__ = ["postfix", "sbin", "sink"]


PAGE = Path(__file__).parents[2] / "docs" / "smarthost.md"


def documented(name: str, file: str = "main.cf") -> str:
    """The block of the page with this name, for this file."""
    found = [
        part
        for part in PAGE.read_text("utf-8").split("\n```")[1:]
        if part.partition("\n")[0].split()[1:] == [file, name]
    ]
    assert len(found) == 1, f"docs/smarthost.md has {len(found)} blocks `{file} {name}`"
    return found[0].partition("\n")[2]


def settings(name: str, **changed: str) -> dict[str, str]:
    """The settings of a block of main.cf, with what is `changed` for the loopback; nothing is changed that is not
    there."""
    lines = [line for line in documented(name).splitlines() if not line.startswith("#")]
    found = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    assert found.keys() >= changed.keys(), "the page has no such setting"
    return found | changed


def configured(name: str, **changed: str) -> dict[str, str]:
    """The same of a block of replydesk.toml, as the environment has it."""
    found = tomllib.loads(documented(name, "replydesk.toml"))["outgoing"]
    assert found.keys() >= changed.keys(), "the page has no such key"
    return {f"OUTGOING__{key.upper()}": value for key, value in (found | changed).items()}


def served(desk, postfix, port: int = 0, **how):
    url = f"smtp://127.0.0.1:{port or postfix.port}"
    return desk(**configured("here", url=url), **{"quiet": True} | how).start()


def routed(one, **domains: int) -> dict[str, str]:
    """The desk's own mail goes to its door, its staff's nowhere, that for each domain of .example to a port."""
    routes = [f"{domain}.example=smtp:[127.0.0.1]:{port}" for domain, port in {"desk": one.port, **domains}.items()]
    routes += [f"{name}@desk.example=discard:" for name in ("anastasia", "dominique")]
    return {"transport_maps": f"inline:{{ {' '.join(routes)} }}"}


def write(one, *whom: str) -> None:
    """A mail from each of these customers."""
    for address in whom:
        local, _, domain = address.partition("@")
        content = letter(local).replace(b"c%b@northwind.example" % local.encode(), address.encode())
        one.send(content.replace(b"@northwind.example>", f"@{domain}>".encode()), address)


def rows(one, address: str, purpose: str = "acknowledgement"):
    return [row for row in one.rows(outbox) if (row.to_address, row.purpose) == (address, purpose)]


def tried(one, address: str, attempts: int = 1):
    """The acknowledgement to somebody, when it was tried so often."""
    return one.wait(
        lambda: [r for r in rows(one, address) if r.attempts >= attempts and r.state != "sending"], f"try for {address}"
    )[0]


def failed(one, address: str, purpose: str = "acknowledgement"):
    """The mail to somebody, once it has failed: within a minute."""
    return one.wait(lambda: [r for r in rows(one, address, purpose) if r.state == "failed"], "failed mail")[0]


def told(one, kind: str = "delivery-failed"):
    """What tickets say of mail: ticket and detail of each event."""
    return [(row.ticket_id, row.detail) for row in one.rows(events) if row.kind == kind]


def reports(one):
    return [row for row in one.rows(journal) if row.verdict == "bounce-recorded"]


# What comes back


def test_an_acknowledgement_that_bounces_later_is_on_its_ticket(desk, postfix, sink):
    """It left with the null sender: Postfix tells the desk as its postmaster, and the envelope id says which it was."""
    one = served(desk, postfix, quiet=False)
    postfix.start(settings=routed(one, gone=one.port, northwind=sink.port) | settings("reports"))
    write(one, "first@northwind.example", "second@gone.example")
    row = failed(one, "second@gone.example")
    (report,) = [row for row in reports(one) if row.envelope_from == "double-bounce@mx.desk.example"]
    assert (report.envelope_to, report.ticket_id) == (["support@desk.example"], row.ticket_id)
    assert report.reason == "failed: second@gone.example: mailbox unknown (5.1.1)"
    about = [(ticket, detail) for ticket, detail in told(one) if detail["address"] == "second@gone.example"]
    assert about == [
        (row.ticket_id, {"address": row.to_address, "code": "5.1.1", "text": "mailbox unknown", "mail": row.id})
    ]
    staff = one.wait(lambda: rows(one, "anastasia@desk.example", "undelivered"), "mail to the team")
    assert [mail.ticket_id for mail in staff] == [row.ticket_id]
    assert [row.state for row in rows(one, "first@northwind.example")] == ["sent"]
    assert len(one.cli("ticket", "list")) == 2


def test_a_report_about_an_acknowledgement_that_somebody_invents_does_nothing(desk, postfix, sink):
    """Who has read it knows its Message-ID and its recipient, and can write to us through our own Postfix."""
    one = served(desk, postfix)
    postfix.start(settings=routed(one, gone=one.port, northwind=sink.port) | settings("reports"))
    write(one, "first@northwind.example", "second@gone.example")
    gone = failed(one, "second@gone.example")
    true = _raw(one, next(row for row in reports(one) if row.ticket_id == gone.ticket_id))
    (row,) = rows(one, "first@northwind.example")
    named = gone.message_id.encode(), row.message_id.encode()
    forged = true.replace(*named).replace(gone.to_address.encode(), row.to_address.encode())
    assert b"Original-Envelope-Id: %d-" % gone.id in forged
    forged = forged.replace(b"Original-Envelope-Id: %d-" % gone.id, b"Original-Envelope-Id: %d-" % row.id)
    known = len(reports(one))
    inject(postfix, forged, "double-bounce@mx.desk.example", "support@desk.example")
    found = one.wait(lambda: reports(one)[known:], "the forged report")[0]
    assert found.reason.endswith("nor has its envelope id: not believed")
    assert found.ticket_id is None
    assert [row.state for row in rows(one, "first@northwind.example")] == ["sent"]
    assert [ticket for ticket, _ in told(one)] == [gone.ticket_id]


def _raw(one, entry) -> bytes:
    from store.blobs import read

    store = one.store()
    try:
        with store.look() as connection:
            return bytes(read(connection, entry.sha256) or b"")
    finally:
        store.close()


def test_an_answer_is_delayed_then_delivered_or_failed(desk, postfix, sink):
    """Two domains whose servers are away: one comes back after the warning, the other never."""
    slow, one = Smarthost(), served(desk, postfix, quiet=False)
    slow.faults["connect"] = Fault(DROP)
    try:
        own = routed(one, slow=slow.port, dead=free_port()) | settings("reports", delay_warning_time="1s")
        postfix.start(settings=own)
        write(one, "first@slow.example", "second@dead.example")
        one.decided(2)
        for ref in ("DESK-1001", "DESK-1002"):
            one.cli("ticket", "do", ref, "#tag +looked\nWe look at it.", "--as", "anastasia")
        late = one.wait(lambda: told(one, "delivery-delayed")[1:] and told(one, "delivery-delayed"), "two warnings")
        assert {detail["recipients"].partition(":")[0] for _, detail in late} == {
            "first@slow.example", "second@dead.example"
        }  # fmt: skip
        states = {row.to_address: (row.state, row.last_text) for row in one.rows(outbox) if row.purpose == "answer"}
        assert all(state == "sent" and text.startswith("delayed: ") for state, text in states.values()), states
        slow.heal()
        wanted = {row.message_id for row in one.rows(outbox) if row.to_address == "first@slow.example"}
        one.wait(lambda: {mail.message_id for mail in slow.mails} == wanted, "both mails after the delay")
        one.wait(lambda: _brought(postfix, "first@slow.example") == 2, "word of Postfix about both")
        postfix.halt()
        postfix.start(settings=own | {"maximal_queue_lifetime": "1s"})  # five days are over
        row = failed(one, "second@dead.example", "answer")
        assert row.ticket_id in [ticket for ticket, _ in told(one)]
        notice = one.wait(lambda: rows(one, "anastasia@desk.example", "undelivered"), "mail to the author")
        assert row.ticket_id in [mail.ticket_id for mail in notice]
        assert [r.state for r in rows(one, "first@slow.example", "answer")] == ["sent"]
        assert [detail["address"] for _, detail in told(one) if "slow" in detail["address"]] == []
    finally:
        slow.stop()


def _brought(postfix, address: str) -> int:
    return sum(f"to=<{address}>" in line and "status=sent" in line for line in postfix.log().splitlines())


def test_what_the_smarthost_refuses_in_the_session_is_on_the_ticket_at_once(desk, postfix, sink):
    """It asks the server of the recipient first, which is the desk's own door here: nobody there has that address."""
    one = served(desk, postfix)
    postfix.start(settings=routed(one, gone=one.port, northwind=sink.port) | settings("asks"))
    write(one, "first@gone.example", "second@northwind.example")
    row = tried(one, "first@gone.example")
    if row.state == "queued":  # it was still asking
        one.wait(lambda: one.cli("queue", "retry", str(row.id)), "another attempt")
        row = failed(one, "first@gone.example")
    assert (row.state, row.last_code) == ("failed", 550)
    assert "5.1.1" in row.last_text
    assert [(ticket, detail["mail"]) for ticket, detail in told(one)] == [(row.ticket_id, row.id)]
    one.wait(lambda: [row.state for row in rows(one, "second@northwind.example")] == ["sent"], "the other one's mail")
    assert reports(one) == []


# Away


def test_a_day_without_postfix_loses_nothing_and_doubles_nothing(desk, postfix, sink):
    """Thirty tickets with acknowledgement and answer; time passes in steps in which every attempt falls due."""
    one = served(desk, postfix, quiet=False, QUESTIONS__ASK="false")  # no mail that reminds goes the same way
    postfix.start(settings=routed(one, northwind=sink.port))
    postfix.halt()
    whom = [f"n{number}@northwind.example" for number in range(30)]
    write(one, *whom)
    one.decided(30)
    for number in range(30):
        one.cli("ticket", "do", f"DESK-{1001 + number}", "#tag +looked\nWe look at it.", "--as", "anastasia")
    ours = one.wait(lambda: found if len(found := _outside(one)) == 60 else [], "60 mails to customers")
    for attempt, offset in enumerate(("", "+2m", "+10m", "+30m", "+70m", "+3h", "+10h", "+23h"), 1):
        if offset:
            assert one.stop() == 0
            one.settings["CLOCK__OFFSET"] = offset
            one.start()
        one.wait(
            lambda n=attempt: all(r.attempts >= n and r.state == "queued" for r in _outside(one)), f"try {attempt}"
        )
    assert min(row.attempts for row in _outside(one)) >= 8
    assert all("cannot be reached" in row.last_text for row in _outside(one))
    assert one.stop() == 0
    one.settings["CLOCK__OFFSET"] = "+1d1h"
    postfix.resume()
    one.start()
    one.quiet()
    one.wait(lambda: postfix.queued() == 0, "empty queue of Postfix")
    arrived = Counter(_message_id(content) for _, recipient, content in sink.mails() if "northwind" in recipient)
    assert arrived == Counter(row.message_id for row in ours)
    assert {row.state for row in _outside(one)} == {"sent"}
    assert told(one) == []


def _outside(one):
    return [row for row in one.rows(outbox) if row.to_address.endswith("@northwind.example")]


def _message_id(content: bytes) -> str:
    return str(message_from_bytes(content, policy=policy.default)["Message-ID"])


def test_a_connection_that_breaks_after_the_dot_gives_the_same_mail_twice_at_most(desk, postfix, sink):
    between = Cutting(postfix.port)
    try:
        one = served(desk, postfix, between.port)
        postfix.start(settings=routed(one, northwind=sink.port))
        write(one, "first@northwind.example")
        row = tried(one, "first@northwind.example")
        assert (row.state, row.last_code) == ("queued", 0)
        assert row.last_text.startswith("unknown: may have been delivered")
        assert one.stop() == 0
        one.settings["CLOCK__OFFSET"] = "+2m"
        one.start()
        one.wait(lambda: len(sink.mails()) == 2, "the second copy")
        one.quiet()
        assert {_message_id(content) for _, _, content in sink.mails()} == {row.message_id}
        first, second = (content.partition(b"\nFrom:")[2] for _, _, content in sink.mails())
        assert first == second != b""
    finally:
        between.stop()


# Encryption, login, limits


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


REFUSED = (
    ("authority", "IP:127.0.0.1", 2, "is not trusted (unable to get local issuer certificate; an authority of"),
    ("name", "DNS:elsewhere.example", 2, "IP address mismatch, certificate is not valid for '127.0.0.1'; name it in"),
    ("expired", "IP:127.0.0.1", -1, "is not trusted (certificate has expired; its operator must renew it); nothing"),
    ("plain", "", 0, "does not offer STARTTLS, and outgoing.starttls is required"),
)  # fmt: skip


@pytest.mark.parametrize(("how", "subject", "days", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_mail_waits_until_the_smarthost_is_who_it_should_be(desk, postfix, sink, authority, how, subject, days, words):
    url = f"smtp://127.0.0.1:{postfix.port}"
    known = {} if how == "authority" else {"OUTGOING__CA_FILE": str(authority.file)}
    one = desk(quiet=True, **configured("elsewhere", url=url), **known).start()
    own = routed(one, northwind=sink.port)
    good = own | settings("elsewhere", smtpd_tls_chain_files=str(authority.certificate()), mynetworks="127.0.0.0/8")
    bad = good | ({"smtpd_tls_chain_files": str(authority.certificate(subject, days))} if subject else {})
    postfix.start(settings=bad if subject else own)
    write(one, "first@northwind.example")
    row = tried(one, "first@northwind.example")
    assert (row.state, row.last_code) == ("queued", 0)
    assert words in row.last_text
    assert sink.mails() == []
    assert "from=<" not in postfix.log(), "Postfix has heard of a mail"
    if how == "authority":
        assert one.stop() == 0
        one.settings["OUTGOING__CA_FILE"] = str(authority.file)
        one.start()
    else:
        postfix.halt()
        postfix.start(settings=good)
    one.cli("queue", "retry", "--all")
    one.wait(sink.mails, "the mail, now that all is well")
    assert "with ESMTPS" in sink.mails()[0][2].decode()


def test_a_smarthost_with_a_password_takes_mail_from_who_has_it(desk, postfix, sink, authority, tmp_path):
    """Postfix asks Dovecot; the first password is wrong, and its mail waits."""
    if why := absent():
        missing(why)
    (postfix.folder / "queue" / "private").mkdir(parents=True)
    dovecot = Dovecot(["desk"])
    listener = documented("submission", "dovecot.conf").replace("/var/spool/postfix", str(postfix.folder / "queue"))
    with (dovecot.folder / "conf").open("a", encoding="utf-8") as file:
        file.write(listener)
    password = tmp_path / "password"
    password.write_text("a guess\n")
    port = free_port()
    url = f"smtp://127.0.0.1:{port}"
    way = configured("submission", url=url, password_file=str(password))
    one = desk(quiet=True, OUTGOING__CA_FILE=str(authority.file), **way).start()
    try:
        dovecot.start()
        own = settings("submission", smtpd_tls_chain_files=str(authority.certificate()))
        door = documented("submission", "master.cf").replace("submission inet", f"127.0.0.1:{port} inet")
        postfix.start(settings=routed(one, northwind=sink.port) | own, files={"master.cf": door})
        write(one, "first@northwind.example")
        row = tried(one, "first@northwind.example")
        assert (row.state, row.last_code) == ("queued", 0)
        assert row.last_text.endswith("refused user name or password (535)")
        password.write_text(f"{PASSWORD}\n")
        assert one.stop() == 0  # who asks no more for 45 seconds begins anew
        one.start()
        one.cli("queue", "retry", "--all")
        one.wait(sink.mails, "the mail, with the right password")
        assert "with ESMTPSA" in sink.mails()[0][2].decode()
        assert PASSWORD not in one.log() + row.last_text
        known = len(one.rows(journal))
        inject(postfix, letter("open"), "world@else.example", "support@desk.example")
        one.wait(lambda: one.rows(journal)[known:], "mail of the world, which logs in nowhere")
    finally:
        dovecot.remove()


def test_a_smarthost_that_limits_mails_gets_each_of_them_once(desk, postfix, sink):
    one = served(desk, postfix)
    own = routed(one, northwind=sink.port)
    limits = settings("limits", smtpd_client_message_rate_limit="2", anvil_rate_time_unit="600s")
    postfix.start(settings=own | limits)
    whom = [f"n{number}@northwind.example" for number in range(6)]
    write(one, *whom)
    for address in whom:
        tried(one, address)
    late = [row for row in _outside(one) if row.state == "queued"]
    assert late
    assert {row.last_code for row in late} == {450}
    assert all("too much mail" in row.last_text for row in late)
    postfix.halt()
    postfix.start(settings=own | limits | {"anvil_rate_time_unit": "2s"})

    def all_there() -> bool:
        if any(row.state == "queued" for row in _outside(one)):
            one.cli("queue", "retry", "--all")
        return len(sink.mails()) >= 6

    one.wait(all_there, "six mails in the sink")
    one.quiet()
    assert Counter(_message_id(content) for _, _, content in sink.mails()) == Counter(
        row.message_id for row in _outside(one)
    )
