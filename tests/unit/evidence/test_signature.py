"""DKIM signatures: the samples of RFC 8463, and everything that must not count as one."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gateway.evidence.canonical import divide
from gateway.evidence.questions import Ask
from gateway.evidence.signature import Outcome, verify
from tests.unit.evidence.zone import DEAD, KEY, Zone, key_record, sign

MAIL = b"From: Nora <nora@northwind.example>\r\nTo: support@desk.example\r\nSubject: Slow\r\n\r\nIt is slow.\r\n"
WHERE = ("s._domainkey.northwind.example", "TXT")
ZONE = Zone({WHERE: (key_record(),)})

RFC_8463 = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace("\n", "\r\n").encode()
RFC_KEY = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G"
    "+2kryOTIKT+l/K4w3QIDAQAB"
)
RFC_ZONE = Zone(
    {
        ("brisbane._domainkey.football.example.com", "TXT"): (
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        ),
        ("test._domainkey.football.example.com", "TXT"): (RFC_KEY,),
    }
)


def judged(mail: bytes, ask: Ask = ZONE, which: int = 0, now: int = 1_700_000_000) -> Outcome:
    found = divide(mail)
    assert found is not None
    return verify(found, found.named(b"dkim-signature")[which], ask, now)


@pytest.mark.parametrize("which", [0, 1])
def test_the_samples_of_rfc_8463(which: int) -> None:
    assert judged(RFC_8463, RFC_ZONE, which) == Outcome("pass")
    assert judged(RFC_8463.replace(b"Joe.", b"Jim."), RFC_ZONE, which).result == "fail"
    assert judged(RFC_8463.replace(b"Is dinner", b"is dinner"), RFC_ZONE, which).result == "fail"


def test_a_good_signature_passes_and_any_change_fails() -> None:
    signed = sign(MAIL, "northwind.example")
    assert judged(signed) == Outcome("pass")
    assert judged(signed.replace(b"It is", b"It  was")).result == "fail"
    assert judged(signed.replace(b"Nora <nora", b"Nora <lora")).result == "fail"
    assert judged(signed.replace(b"It is slow.", b"It  is slow. \t")) == Outcome("pass"), "relaxed"


@pytest.mark.parametrize(
    ("mail", "result", "why"),
    [
        (sign(MAIL, "northwind.example", names="to:subject"), "permerror", "does not sign From"),
        (sign(MAIL, "northwind.example", extra="l=0; "), "policy", "only a part"),
        (sign(MAIL, "northwind.example", extra="x=1000; "), "fail", "expired"),
        (sign(MAIL, "northwind.example", extra="i=@evil.example; "), "permerror", "i="),
        (sign(MAIL, "northwind.example", extra="i=@evilnorthwind.example; "), "permerror", "i="),
        (sign(MAIL, "northwind.example", algorithm="rsa-sha1"), "policy", "SHA-1"),
        (sign(MAIL, "northwind.example", algorithm="rsa-md5"), "permerror", "algorithm"),
        (sign(MAIL, "northwind.example", extra="v=1; "), "permerror", "tags"),
        (sign(MAIL, "northwind.example", selector="a..b"), "permerror", "names no key"),
        (sign(MAIL, "northwind.example", selector="x" * 64), "permerror", "names no key"),
        (sign(MAIL, "northwind.example", selector="gone"), "permerror", "not in the DNS"),
        (sign(MAIL, "northwind.example", names="from:" + "x:" * 200 + "to"), "policy", "too many"),
        (sign(MAIL, "northwind.example", extra="z=" + "x" * 17_000 + "; "), "permerror", "too long"),
        (sign(MAIL, "northwind.example").replace(b"From:", b"From: eve@evil.example\r\nFrom:", 1), "permerror", "From"),
    ],
)
def test_what_is_no_proof(mail: bytes, result: str, why: str) -> None:
    found = judged(mail)
    assert found.result == result
    assert why in found.why


@pytest.mark.parametrize(
    ("record", "result", "why"),
    [
        (DEAD, "temperror", "nobody answers"),
        ("v=DKIM1; p=", "permerror", "revoked"),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "permerror", "something else"),
        ("v=DKIM2; p=AAAA", "permerror", "something else"),
        (key_record(extra="s=tlsrpt; "), "permerror", "something else"),
        (key_record(extra="h=sha1; "), "permerror", "something else"),
        ("v=DKIM1; p=%%%", "permerror", "base64"),
        ("v=DKIM1; p=AAAA", "permerror", "cannot be read"),
        ("not a key", "permerror", "record"),
        ("v=DKIM1; p=" + "A" * 12_000, "policy", "too large"),
    ],
)
def test_keys_that_prove_nothing(record: str, result: str, why: str) -> None:
    found = judged(sign(MAIL, "northwind.example"), Zone({WHERE: (record,)}))
    assert (found.result, why in found.why) == (result, True), found


def test_the_size_of_a_key() -> None:
    other = generate_private_key(65537, 2048)
    assert judged(sign(MAIL, "northwind.example", key=other), Zone({WHERE: (key_record(other),)})) == Outcome("pass")
    assert judged(sign(MAIL, "northwind.example", key=KEY), Zone({WHERE: (key_record(other),)})).result == "fail"


def test_a_key_for_the_very_domain_only() -> None:
    strict = Zone({WHERE: (key_record(extra="t=s; "),)})
    assert judged(sign(MAIL, "northwind.example"), strict) == Outcome("pass")
    assert judged(sign(MAIL, "northwind.example", extra="i=@mail.northwind.example; "), strict).result == "policy"


@pytest.mark.parametrize(
    "body",
    [
        b" " * 3_000_000 + b"x\r\n",
        b"\r\n" * 1_500_000 + b"x\r\n",
        b"\r\n" * 1_500_000,
        b"\r" * 3_000_000,
        b" \r\n" * 1_000_000,
        b"\t \r\r\n" * 500_000,
    ],
    ids=["spaces", "empty lines", "only empty lines", "bare CR", "blank lines", "mixed"],
)
def test_the_worst_bodies_are_hashed_in_linear_time(body: bytes) -> None:
    mail = divide(MAIL + body)
    assert mail is not None
    began = time.process_time()
    for how in ("simple", "relaxed"):
        mail.body_hash(how)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    "head",
    [
        b"From: a@b.example\r\nno field\r\n",
        b" From: a@b.example\r\n",
        b"From: a@b.example\r\nX: a\rFrom: evil@evil.example\r\n",
        b"From: a@b.example\r\nX: \0\r\n",
        b"X: y\r\n" * 1001,
        b"X: " + b"y" * 300_000 + b"\r\n",
    ],
)
def test_a_header_that_others_divide_differently_is_not_looked_at(head: bytes) -> None:
    assert divide(head + b"\r\nx\r\n") is None


def test_worst_white_space_and_names_of_a_header_take_no_time() -> None:
    field = b"DKIM-Signature: v=1; a=rsa-sha256; d=northwind.example; s=s; h=from; bh=AAAA; b=" + b" \r\n" * 5000
    began = time.process_time()
    assert judged(field + b" x\r\n" + b"A: b\r\n" * 900 + MAIL).result != "pass"
    assert time.process_time() - began < 0.5
