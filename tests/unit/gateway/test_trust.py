"""Who is believed: only what our own border wrote on top, only about the one domain in From."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from gateway.rules.trust import aligned, level
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
        ("dkim=pass header.i=@mail.northwind.example", True),
        ("dkim=pass header.d=mail.northwind.example header.s=s1", True),
        ("dkim=pass header.d=other.example", False),
        ("dkim=pass header.d=evilnorthwind.example", False),
        ("dkim=pass header.d=wind.example", False),
        ("dkim=pass header.d=example", False),
        ("dkim=pass", False),
        ("dkim=fail header.d=northwind.example", False),
        ("dkim=PASS header.d=northwind.example", True),
        ("dkim/1=pass header.d=northwind.example", True),
        ("dkim=pass header.d=other.example; dkim=pass header.d=northwind.example", True),
        ("spf=pass smtp.mailfrom=bounce@mail.northwind.example", True),
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
