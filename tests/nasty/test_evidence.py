"""Who an author is: forged From headers, forged Authentication-Results, and a DNS that fails (intake 4, 11–19;
reliability 2, threats 1, 2, 3, 40). None of it reaches A, B or a member of staff.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.config.loading import load
from store import journal, report
from store.opening import open_store
from tests.desk import ServedDesk, StillDesk
from tests.unit.evidence.zone import DEAD, Server, Zone, key_record, sign

AGENT = "anastasia@desk.example"
EVIL = "eve@evil.example"
OURS = "Authentication-Results: mx.desk.example; "
STAMP = f"{OURS}dmarc=pass header.from=evil.example\n"
FORGED = f"{OURS}dmarc=pass header.from=desk.example\n"


def came(still: StillDesk, headers: str, words: str = "Please help.", **how: Any) -> dict[str, Any]:
    """A mail from evil.example, which our border proved to be from there."""
    raw = f"{headers}To: support@desk.example\nSubject: Hello\nMessage-ID: <x@evil.example>\n\n{words}\n"
    return still.mail(raw, EVIL, **how)


def is_nobody(entry: dict[str, Any]) -> None:
    assert entry["trust"] not in ("A", "B"), entry["trace"]
    assert entry["verdict"] != "command"


# reliability 0.6: what a header From says to one reader and to the next
VECTORS = {
    "address as name": f"From: {AGENT} <{EVIL}>\n",
    "folded with a comment": f"From: {AGENT}\n (c) <{EVIL}>\n",
    "semicolons": f"From: {AGENT}; {EVIL}\n",
    "a group": f"From: staff: {AGENT};\n",
    "two mailboxes": f"From: {AGENT}, {EVIL}\n",
    "two headers": f"From: {EVIL}\nFrom: {AGENT}\n",
    "two headers, ours first": f"From: {AGENT}\nFrom: {EVIL}\n",
    "encoded": "From: =?utf-8?q?anastasia=40desk=2Eexample?= <eve@evil.example>\n",
    "encoded addr-spec": "From: =?utf-8?q?anastasia=40desk=2Eexample?=@evil.example\n",
    "a bracket in it": "From: anastasia@desk.example)eve@evil.example\n",
    "two angles": f"From: <{AGENT}> <{EVIL}>\n",
    "route": f"From: <@evil.example:{AGENT}>\n",
    "space before the colon": f"From : {AGENT}\n",
    "a bare CR before it": f"X-Mailer: x\rFrom: {AGENT}\nFrom: {EVIL}\n",
    "a bare CR in it": f"From: {AGENT}\r <{EVIL}>\n",
    "lines that end in CR CR LF": f"X-Mailer: x\r\r\nFrom: {AGENT}\r\r\n",
    "nothing": "From: \n",
    "full-width at": "From: anastasia\uff20desk.example <eve@evil.example>\n",
    "homograph": "From: anastasia@d\u0435sk.example\n",
}


@pytest.mark.parametrize("headers", VECTORS.values(), ids=VECTORS.keys())
def test_threat_02_no_from_vector_reaches_a_b_or_an_agent(still: StillDesk, headers: str) -> None:
    entry = came(still, STAMP + headers, "#close")
    if entry["trust"] == "B":  # it is evil.example, who is proven to be that
        assert "dmarc=pass, aligned with evil.example" in str(entry["trace"])
        assert [ticket["requester"]["address"] for ticket in still.tickets()] == [EVIL]
    assert entry["verdict"] in ("ticket-created", "held-unverified")
    assert all(event["actor"] != AGENT for ticket in still.tickets() for event in ticket["events"])


def test_threat_02_a_quoted_name_is_only_a_name(still: StillDesk) -> None:
    entry = came(still, f'{STAMP}From: "{AGENT}" <{EVIL}>\n')
    assert (entry["verdict"], entry["trust"]) == ("ticket-created", "B")
    assert still.tickets()[0]["requester"]["address"] == EVIL


def test_threat_01_a_forged_agent_is_held(still: StillDesk) -> None:
    entry = came(
        still, f"{OURS}dmarc=fail header.from=desk.example; spf=fail smtp.mailfrom={AGENT}\nFrom: {AGENT}\n", "#close"
    )
    is_nobody(entry)
    assert entry["verdict"] == "held-unverified"
    assert all(sent.to.endswith("@desk.example") for sent in still.sent)


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        (FORGED, "198.51.100.9"),
        (STAMP + FORGED, "127.0.0.1"),
        ("Authentication-Results: mx.evil.example; dmarc=pass header.from=desk.example\n", "127.0.0.1"),
        ("Authentication-Results: mx.evil.example; none\n" + FORGED, "127.0.0.1"),
        ("X-" + FORGED + "ARC-" + FORGED, "127.0.0.1"),
    ],
)
def test_threat_03_authentication_results_of_others_are_ignored_and_that_is_told(
    still: StillDesk, headers: str, client: str
) -> None:
    entry = came(still, f"{headers}From: {AGENT}\n", client=client)
    is_nobody(entry)
    if "\nX-" not in "\n" + headers:
        assert any(step["what"].startswith("ignored Authentication-Results") for step in entry["trace"])


def test_threat_03_a_header_behind_a_bare_cr_is_none_and_a_header_of_such_lines_vouches_for_nobody(
    still: StillDesk,
) -> None:
    """No milter takes away what stands behind a bare CR: it sees one field there."""
    entry = came(still, f"X-Mailer: x\r{FORGED}From: {AGENT}\n")
    is_nobody(entry)
    assert "Authentication-Results" not in str(entry["trace"])
    is_nobody(came(still, f"Subject: x\r\r\n{FORGED}From: {AGENT}\n"))


# Headers that one reader divides otherwise than the next. No border looked at these: what one would have taken away, or
# would never have seen, stands topmost.
DIVIDED = {
    "space before its colon": f"{FORGED.replace(':', ' :', 1)}From: {AGENT}\n",
    "tab before its colon, below From": f"From: {AGENT}\n{FORGED.replace(':', chr(9) + ':', 1)}",
    "many names with a space, and From": FORGED + "".join(f"A{n} : x\n" for n in range(12)) + f"From : {AGENT}\n",
    "NUL in its name": f"{FORGED.replace('-', chr(0) + '-', 1)}From: {AGENT}\n",
    "NUL before its name": f"X: y\n\0{FORGED}From: {AGENT}\n",
    "a letter of UTF-8 in its name": f"{FORGED.replace('a', chr(0x430), 1)}From: {AGENT}\n",
    **{
        f"{ord(end):x} for a line end": f"X: y{end}{FORGED}From: {AGENT}\n"
        for end in "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    },
    "below an empty line": f"\n{FORGED}From: {AGENT}\n",
    "below a line of white space": f" \n{FORGED}From: {AGENT}\n",
    "a continuation of nothing": f" {FORGED}From: {AGENT}\n",
    "below the envelope line of an mbox": f"X: y\nFrom eve Mon Nov 23 09:00:00 2026\n{FORGED}From: {AGENT}\n",
    "below a quoted envelope line": f"X: y\n>From eve Mon Nov 23 09:00:00 2026\n{FORGED}From: {AGENT}\n",
    "below a line without a name": f"From: {AGENT}\n: x\n{FORGED}",
    "below a line that is no field": f"From: {AGENT}\nx\n{FORGED}",
    "in an attached mail": f"From: {AGENT}\nContent-Type: message/rfc822\n\n{FORGED}From: {AGENT}\n",
    "in the only part": f"From: {AGENT}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{FORGED}\nx\n",
    "in a header without an end": f"From: {AGENT}\n--b\n{FORGED}",
    **{
        f"as {name!r}": f"Authentication-Results: {name}; dmarc=pass header.from=desk.example\nFrom: {AGENT}\n"
        for name in (
            "mx\1.desk.example", "mx\v.desk.example", "mx.desk.\0example", "mx.des\u212a.example", "mx.desk.example.",
            '"mx.desk.example"', 'mx."desk".example', "(x) mx.desk.example", "mx.desk.example(x)", "mx.desk.example mx",
            "mx.desk.example/1", "=?us-ascii?q?mx.desk.example?=",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("headers", DIVIDED.values(), ids=DIVIDED.keys())
def test_threat_03_no_header_that_others_would_divide_otherwise_vouches_for_anybody(
    still: StillDesk, headers: str
) -> None:
    is_nobody(came(still, headers, "#close"))


# A signed mail of a colleague's domain, played again with another author on top: the border proved the author below,
# and where we did not see that one, the other would be proven.
HIDDEN = {
    "below a thousand lines": "X: y\n" * 1_100,
    "below 256 KB": ("X: " + "y" * 60_000 + "\n") * 5,
    "below a line that is no field": "x\n",
    "below a quoted envelope line": ">From x\n",
    "with a NUL": "\0",
}


@pytest.mark.parametrize("door", ["smtp", "pipe"])
def test_threat_03_lines_that_end_in_two_ways_vouch_for_nobody(still: StillDesk, door: str) -> None:
    """A border that keeps to CRLF sees one field where a bare LF stands; a program on its machine may write LF."""
    forged, author = FORGED.encode(), f"From: {AGENT}\r\n".encode()
    is_nobody(still.mail(b"X: y\r\nX: y\n" + forged + author + b"\r\n#close\r\n", EVIL, door=door))
    is_nobody(
        still.mail((forged + author).replace(b"\r\n", b"\n").replace(b"\n", b"\r") + b"\r#close", EVIL, door=door)
    )
    hidden = f"{FORGED}From: {AGENT}\n" + "X: y\n" * 1_100 + "From: newsletter@desk.example\n\n#close\n"
    is_nobody(still.mail(hidden.encode(), EVIL, door=door))
    ours = STAMP.encode() + f"From: {EVIL}\r\n\r\nPlease help.\r\n".encode()
    assert still.mail(ours, EVIL, door=door)["trust"] == "B"


@pytest.mark.parametrize("between", HIDDEN.values(), ids=HIDDEN.keys())
def test_threat_02_an_author_whom_a_cut_or_a_broken_header_hides_makes_nobody_of_the_other(
    still: StillDesk, between: str
) -> None:
    is_nobody(came(still, f"{FORGED}From: {AGENT}\n{between}From: newsletter@desk.example\n", "#close"))


@pytest.mark.parametrize(
    "found",
    [
        "dkim=pass header.d=desk.example(.evil.example",
        "dkim=pass header.d=desk.example(.evil.example)",
        "dkim=pass header.i=@desk.example(.evil.example) header.s=s",
        'dkim=pass header.d=desk.example".evil.example',
        "dkim=pass header.d=desk.example\x01.evil.example",
        "spf=pass smtp.mailfrom=eve@desk.example(.evil.example); dmarc=none",
        "spf=pass (domain of x) smtp.mailfrom=eve@desk.example (x) smtp.mailfrom=eve@evil.example",
        "dkim=pass header.d=evil.example; dmarc=pass (x) header.from=evil.example (y) header.from=desk.example",
        "dkim=pass header.d=desk.example (x; dmarc=fail header.from=desk.example",
        'dkim=pass header.d=desk.example header.b="x; dmarc=fail header.from=desk.example',
        "dkim=none;" * 50 + "dkim=pass header.d=desk.example; dmarc=fail header.from=desk.example",
        "dkim=pass header.d=desk.example;" + f"\n\t{'x' * 900}" * 80 + ";dmarc=fail header.from=desk.example",
        "(dmarc=pass header.from=desk.example) dkim=none",
        'x="dmarc=pass header.from=desk.example"',
        'x="\n ; dmarc=pass header.from=desk.example"',
        "dkim=pass header.d=example",
        "dmarc=fail header.from=evil.example; dmarc=pass header.from=desk.example",
    ],
)
def test_threat_03_what_a_border_copied_from_a_mail_is_no_proof(still: StillDesk, found: str) -> None:
    """Names that a signer or a client chose come into the border's header (Composition Kills, USENIX Security 2020)."""
    is_nobody(came(still, f"{OURS}{found}\nFrom: {AGENT}\n", "#close"))


@pytest.mark.parametrize(
    "name", ["MX.Desk.Example", " mx.desk.example 1", "mx.desk.example (amavisd-new)", "\n\tmx.desk.example"]
)
def test_a_border_may_write_its_name_as_the_rfc_lets_it(still: StillDesk, name: str) -> None:
    entry = came(still, f"Authentication-Results: {name}; dmarc=pass(p=none) header.from=evil.example\nFrom: {EVIL}\n")
    assert entry["trust"] == "B"


@pytest.mark.parametrize("door", ["import", "imap"])
def test_threat_03_nobody_vouches_for_what_was_imported(still: StillDesk, door: str) -> None:
    is_nobody(came(still, f"{FORGED}From: {AGENT}\n", door=door))


def test_intake_11_sender_is_not_from(still: StillDesk) -> None:
    is_nobody(came(still, f"{STAMP}From: {AGENT}\nSender: {EVIL}\n"))


@pytest.mark.parametrize("header", ["Reply-To", "Resent-From", "Return-Path", "X-Original-From", "X-Sender"])
def test_intake_15_no_other_header_decides_identity(still: StillDesk, header: str) -> None:
    came(still, f"{STAMP}From: {EVIL}\n{header}: {AGENT}\n", "#close")
    assert still.tickets()[0]["requester"]["address"] == EVIL
    assert {sent.to for sent in still.sent if sent.purpose == "acknowledgement"} <= {EVIL}


def test_intake_18_a_signed_mail_of_somebody_else_is_unauthenticated(still: StillDesk) -> None:
    mail = (
        f"{OURS}dkim=pass header.d=evil.example; spf=pass smtp.mailfrom={EVIL}\nFrom: {AGENT}\n"
        'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\n'
    )
    is_nobody(came(still, mail))


# The desk's own look, over a real name server


MAIL = (
    "From: Nora Wind <nora@{domain}>\r\nTo: support@desk.example\r\nSubject: Slow\r\nMessage-ID: <{n}@{domain}>\r\n"
    "\r\nThe search is slow, {n}.\r\n"
)
RECORDS = {
    ("s._domainkey.northwind.example", "TXT"): (key_record(),),
    ("_dmarc.northwind.example", "TXT"): ("v=DMARC1; p=reject",),
    ("spf.example", "TXT"): ("v=spf1 ip4:127.0.0.1 -all",),
    ("s._domainkey.servfail.example", "TXT"): ("SERVFAIL",),
    ("s._domainkey.dead.example", "TXT"): (DEAD,),
}


def mail(number: int, domain: str) -> bytes:
    return MAIL.format(n=number, domain=domain).encode()


def looked_up(desk: ServedDesk, number: int) -> dict[str, Any]:
    """What `mail show` shows."""
    store = open_store(load(desk.folder / "replydesk.toml", desk.env).store.url)
    with closing(store), store.look() as connection:
        row = journal.find(connection, number)
    assert row is not None
    return report.mail_view(row, "DESK")


def test_threat_40_a_served_desk_that_looks_itself(serve: Callable[..., ServedDesk]) -> None:
    """Proof, forgery, replay of a signature over other words, and three ways in which the DNS fails: nothing is lost,
    nothing but a proof proves, and what was found is kept."""
    with Server(Zone(RECORDS)) as server:
        desk = serve(
            TRUST__VERIFY="true", TRUST__DNS=f"{server.address[0]}:{server.address[1]}", TRUST__HOPS="192.0.2.1"
        )
        sent = {
            "good": (sign(mail(1, "northwind.example"), "northwind.example"), "nora@northwind.example"),
            "forged": (mail(2, "northwind.example"), "nora@northwind.example"),
            "changed": (sign(mail(3, "northwind.example"), "northwind.example").replace(b"slow,", b"swift,"), EVIL),
            "spf": (mail(4, "spf.example"), "nora@spf.example"),
            "servfail": (sign(mail(5, "servfail.example"), "servfail.example"), EVIL),
            "dead": (sign(mail(6, "dead.example"), "dead.example"), EVIL),
            "nothing": (sign(mail(7, "nothing.example"), "nothing.example"), EVIL),
            "stamped": (FORGED.replace("desk", "northwind").encode() + mail(8, "northwind.example"), EVIL),
        }
        for raw, sender in sent.values():
            desk.send(raw.replace(b"mx.northwind", b"mx.desk"), sender)
        rows = desk.settled(len(sent))
    shown = [looked_up(desk, row["id"]) for row in rows]
    assert {one["verdict"] for one in shown} == {"ticket-created"}
    found = dict(zip(sent, shown, strict=True))
    assert {name: one["trust"] for name, one in found.items()} == {
        name: "B" if name in ("good", "spf") else "D" for name in sent
    }
    assert "our own look: dmarc=pass" in str(found["good"]["trace"])
    assert "dmarc=fail" in str(found["forged"]["trace"])
    for name in ("servfail", "dead"):
        assert "unknown: no answer about dkim" in str(found[name]["trace"])
    assert "ignored Authentication-Results of mx.desk.example" in str(found["stamped"]["trace"])
    explained = desk.json("explain", str(found["good"]["id"]))  # the name server is gone
    assert explained["trust"] == "B"
    assert desk.stop() == 0
    assert "Traceback" not in desk.log()


def test_threat_40_a_verifier_that_is_killed_costs_no_mail(serve: Callable[..., ServedDesk]) -> None:
    with Server(Zone(RECORDS), slow=0.2) as server:
        desk = serve(
            TRUST__VERIFY="true", TRUST__DNS=f"{server.address[0]}:{server.address[1]}", TRUST__HOPS="192.0.2.1"
        )
        for number in range(12):
            desk.send(mail(number, "northwind.example"), "nora@northwind.example")
            if number in (1, 8):
                for child in desk.children():
                    if b"verifier" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(child, signal.SIGKILL)
        rows = desk.settled(12)
    assert {row["verdict"] for row in rows} == {"ticket-created"}
