"""Who is believed: only what our own border wrote on top, only about the one domain in From."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from gateway.rules.trust import aligned, ignored, level, unproven
from parsing.message import AuthMethod, AuthResults
from store.records import Trust

AR = "Authentication-Results: "
OURS = AR + "mx.desk.example; "
FROM = "From: Nora Wind <nora@northwind.example>\n"


def proven(incoming: Callable[..., Incoming], desk: Desk, headers: str, **changes: Any) -> bool:
    case = incoming(f"{headers}\nTo: support@desk.example\nSubject: x\n\nx\n", **changes)
    found, why = aligned(case.mail, case.entry.envelope, desk)
    assert why
    return found


@pytest.mark.parametrize(
    ("results", "believed"),
    [
        ("dmarc=pass header.from=northwind.example", True),
        ("dmarc=pass (p=reject) header.from=NORTHWIND.example", True),
        ("dmarc=fail header.from=northwind.example; dkim=pass header.d=northwind.example", False),
        ("dkim=pass header.d=northwind.example; dmarc=fail header.from=northwind.example", False),
        ("dmarc=none header.from=northwind.example; dkim=pass header.d=northwind.example", True),
        ("dkim=pass header.d=northwind.example", True),
        ("dkim=pass header.i=@northwind.example", True),
        ("dkim=pass header.i=@mail.northwind.example", False),
        ("dkim=pass header.d=mail.northwind.example header.s=s1", False),
        ("dkim=pass header.d=other.example", False),
        ("dkim=pass header.d=evilnorthwind.example", False),
        ("dkim=pass header.d=wind.example", False),
        ("dkim=pass header.d=example", False),
        ("dkim=pass", False),
        ("dkim=fail header.d=northwind.example", False),
        ("dkim=PASS header.d=northwind.example", True),
        ("dkim/1=pass header.d=northwind.example", True),
        ("dkim=pass header.d=other.example; dkim=pass header.d=northwind.example", True),
        ("spf=pass smtp.mailfrom=bounce@northwind.example", True),
        ("spf=pass smtp.mailfrom=bounce@mail.northwind.example", False),
        ("spf=pass smtp.mailfrom=northwind.example", True),
        ("spf=pass smtp.mailfrom=bounce@other.example", False),
        ("spf=pass smtp.helo=northwind.example", False),
        ("spf=softfail smtp.mailfrom=nora@northwind.example", False),
        ("auth=pass smtp.auth=nora@northwind.example", False),
        ("dmarc=pass header.from=other.example", False),
        ("arc=pass header.d=northwind.example", False),
        ("none", False),
        ('dkim=fail reason="dmarc=pass header.from=northwind.example" header.d=x.example', False),
        ("dkim=fail (dmarc=pass header.from=northwind.example) header.d=x.example", False),
    ],
)
def test_what_our_border_says(incoming: Callable[..., Incoming], desk: Desk, results: str, believed: bool) -> None:
    assert proven(incoming, desk, OURS + results + "\n" + FROM.strip()) is believed


PASS = "dmarc=pass header.from=northwind.example\n"


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        (OURS + PASS + FROM, True),
        (FROM + OURS + PASS, True),
        (OURS + "dmarc=fail header.from=northwind.example\n" + OURS + PASS + FROM, False),
        (AR + "mx.evil.example; " + PASS + OURS + PASS + FROM, False),
        (AR + "mx.evil.example; " + PASS + FROM, False),
        (AR + "mx.desk.example.evil.example; " + PASS + FROM, False),
        (AR + "MX.desk.example 1; " + PASS + FROM, True),
        (AR + "(mx.desk.example) mx.evil.example; " + PASS + FROM, False),
        (AR + PASS + FROM, False),
        ("X-" + OURS + PASS + FROM, False),
        ("ARC-" + OURS + PASS + FROM, False),
        (FROM, False),
        (OURS + PASS + FROM + "From: evil@evil.example\n", False),
        (OURS + PASS + "From: nora@northwind.example, evil@evil.example\n", False),
        (OURS + PASS + "From : nora@northwind.example\n", False),
        (OURS + PASS + "From: \n", False),
        (OURS + PASS + "From: =?utf-8?q?nora=40northwind.example?= <evil@evil.example>\n", False),
        (OURS + PASS + 'From: "nora@northwind.example" <evil@evil.example>\n', False),
        (OURS + PASS + "From: =?utf-8?q?nora=40northwind=2Eexample?=@evil.example\n", False),
        (OURS + PASS + "Sender: evil@evil.example\n" + FROM, True),
    ],
)
def test_which_header_counts(incoming: Callable[..., Incoming], desk: Desk, headers: str, believed: bool) -> None:
    assert proven(incoming, desk, headers.rstrip("\n")) is believed


@pytest.mark.parametrize(
    ("door", "client", "believed"),
    [
        ("smtp", "127.0.0.1", True),
        ("smtp", "::1", True),
        ("lmtp", "127.0.0.1", True),
        ("smtp", "198.51.100.9", False),
        ("lmtp", "", False),
        ("pipe", "", True),
        ("import", "", False),
        ("import", "127.0.0.1", False),
        ("imap", "", False),
    ],
)
def test_whose_word_counts(
    incoming: Callable[..., Incoming], desk: Desk, door: str, client: str, believed: bool
) -> None:
    assert proven(incoming, desk, OURS + PASS + FROM.rstrip("\n"), door=door, client=client) is believed


@pytest.mark.parametrize(
    ("is_aligned", "is_keyed", "rung"),
    [(True, True, Trust.A), (True, False, Trust.B), (False, True, Trust.C), (False, False, Trust.D)],
)
def test_the_ladder(is_aligned: bool, is_keyed: bool, rung: Trust) -> None:
    assert level(is_aligned, is_keyed) is rung


@pytest.mark.parametrize(
    ("login", "author", "believed"),
    [
        ("nora@northwind.example", "Nora Wind <nora@northwind.example>", True),
        ("nora@northwind.example", "Nora Wind <NORA@Northwind.example>", True),
        ("nora@northwind.example", "Nora Wind <paul@northwind.example>", False),
        ("nora@northwind.example", "nora@northwind.example, eve@evil.example", False),
        ("nora@northwind.example", '"nora@northwind.example" <eve@evil.example>', False),
        ("", "Nora Wind <nora@northwind.example>", False),
    ],
)
def test_who_logged_in_at_the_door_is_believed_for_that_address_and_no_other(
    incoming: Callable[..., Incoming], desk: Desk, login: str, author: str, believed: bool
) -> None:
    assert proven(incoming, desk, f"From: {author}\n", login=login, door="submission") is believed


# What the desk itself looked at (`trust.verify`), and chains of seals


def results(*methods: tuple[str, str, str]) -> AuthResults:
    """`("dkim", "pass", "header.d=x")` and so on."""
    made = [AuthMethod(method=m, result=r, properties=((key, value),)) for m, r, pair in methods
            for key, _, value in [pair.partition("=")]]  # fmt: skip
    return AuthResults(authserv_id="replydesk", methods=tuple(made))


LOOKED = results(("dkim", "pass", "header.d=northwind.example"))
FAILED = results(("dkim", "pass", "header.d=northwind.example"), ("dmarc", "fail", "header.from=northwind.example"))
NOBODY = results(("dkim", "temperror", "header.d=northwind.example"), ("spf", "none", "smtp.mailfrom=x.example"))


@pytest.mark.parametrize(
    ("evidence", "door", "client", "believed", "why"),
    [
        (LOOKED, "smtp", "198.51.100.9", True, "our own look: dkim=pass"),
        (LOOKED, "proxy", "198.51.100.9", True, "our own look"),
        (LOOKED, "smtp", "127.0.0.1", False, "our border wrote no"),
        (LOOKED, "import", "", False, "no Authentication-Results are believed"),
        (LOOKED, "a file", "", False, "no Authentication-Results are believed"),
        (LOOKED, "pipe", "", False, "our border wrote no"),
        (FAILED, "smtp", "198.51.100.9", False, "dmarc=fail"),
        (NOBODY, "smtp", "198.51.100.9", False, "unknown: no answer about dkim"),
        (None, "smtp", "198.51.100.9", False, "no Authentication-Results are believed from 198.51.100.9"),
    ],
)
def test_our_own_look_counts_for_mail_that_came_over_no_hop(
    incoming: Callable[..., Incoming], desk: Desk, evidence: AuthResults | None, door: str, client: str, believed: bool,
    why: str,
) -> None:  # fmt: skip
    case = incoming(f"{FROM}To: support@desk.example\n\nx\n", door=door, client=client)
    found, words = aligned(case.mail, case.entry.envelope, desk, evidence)
    assert (found, why in words) == (believed, True), words


def test_a_hop_that_stamps_nothing_leaves_the_look_to_us(incoming: Callable[..., Incoming], desk: Desk) -> None:
    case = incoming(f"{OURS}{PASS}{FROM}To: support@desk.example\n\nx\n")
    unstamped = replace(desk, authserv_id="")
    assert not aligned(case.mail, case.entry.envelope, unstamped)[0]
    assert aligned(case.mail, case.entry.envelope, unstamped, LOOKED)[0]


def test_history_has_no_look(incoming: Callable[..., Incoming], desk: Desk) -> None:
    case = incoming(f"{FROM}To: support@desk.example\n\nx\n", client="198.51.100.9", history=True)
    found = aligned(case.mail, case.entry.envelope, desk, LOOKED)
    assert found == (False, "it is history, of which nothing is proven")


@pytest.mark.parametrize(
    ("mail", "changes", "needed"),
    [
        (FROM, {"client": "198.51.100.9"}, True),
        (FROM, {"client": "198.51.100.9", "door": "lmtp"}, True),
        (FROM, {}, False),
        (FROM, {"door": "pipe"}, False),
        (FROM, {"door": "import", "client": ""}, False),
        (FROM, {"door": "submission", "client": "198.51.100.9"}, False),
        (FROM, {"client": "198.51.100.9", "history": True}, False),
        (FROM + FROM, {"client": "198.51.100.9"}, False),
        ("From: nora\n", {"client": "198.51.100.9"}, False),
    ],
)
def test_which_mail_needs_a_look(
    incoming: Callable[..., Incoming], desk: Desk, mail: str, changes: dict[str, Any], needed: bool
) -> None:
    case = incoming(f"{mail}To: support@desk.example\n\nx\n", **changes)
    assert unproven(case.mail, case.entry, desk) is needed
    known = replace(case.entry, evidence=LOOKED)
    assert not unproven(case.mail, known, desk)
    assert unproven(case.mail, replace(case.entry, evidence=NOBODY), desk) is needed, "unknown is looked at again"


def arc(number: int, sealer: str, said: str) -> str:
    return (
        f"ARC-Seal: i={number}; a=rsa-sha256; cv=none; d={sealer}; s=s; b=AA\n"
        f"ARC-Message-Signature: i={number}; h=from; b=AA\nARC-Authentication-Results: i={number}; {sealer}; {said}\n"
    )


SAID = "dmarc=pass header.from=northwind.example"
FAIL = "dmarc=fail header.from=northwind.example"
BROKEN = "dmarc=fail header.from=northwind.example; arc=pass"


@pytest.mark.parametrize(
    ("stamp", "chain", "believed"),
    [
        (BROKEN, arc(1, "lists.example", SAID), True),
        ("arc=pass", arc(1, "lists.example", "dkim=pass header.d=northwind.example"), True),
        ("dmarc=fail header.from=northwind.example; arc=fail", arc(1, "lists.example", SAID), False),
        ("dmarc=fail header.from=northwind.example", arc(1, "lists.example", SAID), False),
        (BROKEN, arc(1, "evil.example", SAID), False),
        (BROKEN, arc(1, "lists.example", "dmarc=pass header.from=other.example"), False),
        (BROKEN, arc(1, "lists.example", f"{FAIL}; dkim=pass header.d=northwind.example"), False),
        (BROKEN, arc(2, "lists.example", "arc=pass") + arc(1, "evil.example", SAID), False),
        (BROKEN, arc(2, "lists.example", SAID) + arc(1, "evil.example", SAID), True),
        (BROKEN, arc(2, "evil.example", "arc=pass") + arc(1, "lists.example", SAID), False),
        (BROKEN, arc(2, "relay.example", FAIL) + arc(1, "lists.example", SAID), True),
        (BROKEN, arc(1, "lists.example", SAID) * 2, False),
        (BROKEN, arc(2, "lists.example", SAID), False),
        (BROKEN, "", False),
    ],
)  # fmt: skip
def test_a_chain_counts_by_its_first_sealer_of_ours(
    incoming: Callable[..., Incoming], desk: Desk, stamp: str, chain: str, believed: bool
) -> None:
    trusting = replace(desk, arc_sealers=frozenset({"lists.example", "relay.example"}))
    headers = f"{OURS}{stamp}\n{chain}{FROM.strip()}"
    assert proven(incoming, trusting, headers) is believed
    assert not proven(incoming, desk, headers), "nobody seals for a desk that names nobody"


@pytest.mark.parametrize(
    ("author", "said", "believed"),
    [
        ("a@northwind.example", "dkim=pass header.d=example", False),
        ("a@victim.co.uk", "dkim=pass header.d=co.uk", False),
        ("a@victim.co.uk", "dkim=pass header.d=victim.co.uk", True),
        ("a@mail.victim.co.uk", "dkim=pass header.d=victim.co.uk", True),
        ("a@gmx.de", "dkim=pass header.d=gmx.de", True),
        ("a@localhost", "dkim=pass header.d=localhost", False),
        ("a@[192.0.2.1]", "spf=pass smtp.mailfrom=a@[192.0.2.1]", False),
        ("a@xn--strae-oqa.example", "dkim=pass header.d=strasse.example", False),
        ("a@xn--strae-oqa.example", "dkim=pass header.d=stra\u00dfe.example", False),
        ("a@xn--strae-oqa.example", "dkim=pass header.d=XN--STRAE-OQA.example.", True),
        ("a@strasse.example", "dkim=pass header.d=stra\u00dfe.example", False),
        ("a@stra\u00dfe.example", "dkim=pass header.d=xn--strae-oqa.example", False),
        ("a@c\u043erp.example", "dmarc=pass header.from=corp.example", False),
        ("a@mail.northwind.example", "dmarc=pass header.from=northwind.example", False),
    ],
)
def test_whose_domain_it_is(
    incoming: Callable[..., Incoming], desk: Desk, author: str, said: str, believed: bool
) -> None:
    assert proven(incoming, desk, f"{OURS}{said}\nFrom: {author}") is believed


@pytest.mark.parametrize(
    ("headers", "client", "what", "why"),
    [
        (OURS + PASS + FROM, "127.0.0.1", "", ""),
        (OURS + PASS + OURS + PASS + FROM, "127.0.0.1", "mx.desk.example", "only the topmost"),
        (OURS + PASS + FROM, "198.51.100.9", "mx.desk.example", "198.51.100.9 is no hop of ours"),
        (AR + "mx.evil.example; " + PASS + OURS + PASS + FROM, "127.0.0.1", "mx.evil.example, mx.desk.example",
         "the topmost one is not ours"),
        (AR + "mx.evil.example; " + PASS + FROM, "198.51.100.9", "mx.evil.example", "did not write it"),
        ("".join(f"{AR}m{n}.example; {PASS}" for n in range(9)) + FROM, "198.51.100.9", "and 4 more", "did not write"),
    ],
)  # fmt: skip
def test_what_was_ignored_is_told(
    incoming: Callable[..., Incoming], desk: Desk, headers: str, client: str, what: str, why: str
) -> None:
    case = incoming(f"{headers}To: support@desk.example\n\nx\n", client=client)
    steps = ignored(case.mail, case.entry.envelope, desk)
    assert [(what in step.what, why in step.why) for step in steps] == [(True, True)] * bool(what), steps


BOX = "support@desk.example at imap.example.org, INBOX"
THEIRS = AR + "mx.provider.example; "
EXCHANGE = (
    AR + "spf=pass (sender IP is 192.0.2.7)\n smtp.mailfrom=northwind.example; dkim=pass (signature was verified)\n"
    " header.d=northwind.example;dmarc=pass action=none\n header.from=northwind.example;compauth=pass reason=100\n"
)
EXCHANGE_FAILED = EXCHANGE.replace("=pass", "=fail")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"door": "imap", "client": BOX}, f"no [[imap]] table has an authserv_id for {BOX}"),
        ({"door": "imap", "client": BOX, "history": True}, "it is history, of which nothing is proven"),
        ({"door": "import", "history": True}, "it is history, of which nothing is proven"),
    ],
)
def test_what_was_ignored_of_a_mailbox_names_what_can_be_mended(
    incoming: Callable[..., Incoming], desk: Desk, changes: dict[str, Any], why: str
) -> None:
    """`trust.hops` does nothing for a mailbox: nobody shall look for the reason there."""
    case = incoming(f"{OURS}{PASS}{FROM}To: support@desk.example\n\nx\n", **changes)
    (step,) = ignored(case.mail, case.entry.envelope, desk)
    assert step.why == why


@pytest.mark.parametrize(
    ("named", "headers", "believed"),
    [
        ("mx.provider.example", THEIRS + PASS, True),
        ("MX.Provider.example", THEIRS + PASS, True),
        ("", THEIRS + PASS, False),
        ("", EXCHANGE, False),
        ("mx.other.example", THEIRS + PASS, False),
        ("mx.provider.example", OURS + PASS, False),  # the desk's own border did not see it
        ("mx.provider.example", AR + "mx.evil.example; " + PASS + THEIRS + PASS, False),
        ("mx.provider.example", EXCHANGE + THEIRS + PASS, False),
        ("mx.provider.example", EXCHANGE, False),
        ("-", EXCHANGE, True),
        ("-", EXCHANGE_FAILED + EXCHANGE, False),
        ("-", THEIRS + PASS + EXCHANGE, False),
        ("-", AR + "-; " + PASS, False),
        ("-", AR + '""; ' + PASS, False),
        ("-", AR + "compauth=pass reason=100; dmarc=bestguesspass header.from=northwind.example\n", False),
        ("-", AR + "dmarc=pass action=none header.from=northwind.example; dmarc=fail\n", False),
    ],
)
def test_a_mailbox_is_believed_by_its_own_servers_name(
    incoming: Callable[..., Incoming], desk: Desk, named: str, headers: str, believed: bool
) -> None:
    """`-` is a server that names itself nowhere, as Exchange Online; only its topmost header counts."""
    desk = replace(desk, stamps={BOX: named, "another": "mx.provider.example"})
    text = headers + FROM.rstrip("\n")
    assert proven(incoming, desk, text, door="imap", client=BOX) is believed
    assert proven(incoming, desk, text, door="imap", client=BOX, history=True) is False
    assert proven(incoming, desk, text, door="imap", client="of nobody") is False


@pytest.mark.parametrize(("on_top", "believed"), [(EXCHANGE, False), ("", True)])
def test_a_header_without_a_name_on_top_of_ours_is_somebody_elses(
    incoming: Callable[..., Incoming], desk: Desk, on_top: str, believed: bool
) -> None:
    """Our border writes on top of all: what stands above it came later, from nobody knows whom."""
    assert proven(incoming, desk, on_top + OURS + PASS + FROM.rstrip("\n")) is believed
    assert proven(incoming, desk, OURS + PASS + EXCHANGE + FROM.rstrip("\n"))


def test_nobodys_word_is_believed_where_no_border_has_a_name(incoming: Callable[..., Incoming], desk: Desk) -> None:
    for door in ("smtp", "lmtp", "pipe", "import", "imap"):
        assert not proven(incoming, replace(desk, authserv_id=""), EXCHANGE + FROM.rstrip("\n"), door=door)


def test_what_a_mailbox_does_not_believe_is_told(incoming: Callable[..., Incoming], desk: Desk) -> None:
    desk = replace(desk, stamps={BOX: "mx.provider.example"})
    text = f"{EXCHANGE}{THEIRS}{PASS}{FROM}To: support@desk.example\n\nx\n"
    case = incoming(text, door="imap", client=BOX)
    (step,) = ignored(case.mail, case.entry.envelope, desk)
    assert step.what == "ignored Authentication-Results of a server without a name, mx.provider.example"
    assert "the topmost one is not ours" in step.why


def test_a_collected_mail_has_no_look_of_our_own(incoming: Callable[..., Incoming], desk: Desk) -> None:
    """Nobody knows from which host it came: SPF would be a guess."""
    case = incoming(f"{FROM}To: support@desk.example\n\nx\n", door="imap", client=BOX)
    assert not unproven(case.mail, case.entry, desk)
