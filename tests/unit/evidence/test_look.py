"""The look at one mail: what its own domain proves, what others' proofs are worth, and a DNS that fails."""

from __future__ import annotations

import pytest

from gateway.evidence import chain
from gateway.evidence.canonical import divide
from gateway.evidence.dmarc import Suffixes
from gateway.evidence.look import Letter, look
from gateway.evidence.questions import Names, Unanswered, through
from gateway.verifier import resolver
from parsing.message import AuthResults
from tests.unit.evidence.zone import DEAD, Server, Zone, key_record, seal, sign

SUFFIXES = Suffixes()
MAIL = b"From: Nora <nora@northwind.example>\r\nTo: support@desk.example\r\nSubject: Slow\r\n\r\nIt is slow.\r\n"
AUTHOR = "nora@northwind.example"
KEY = {("s._domainkey.northwind.example", "TXT"): (key_record(),)}
DMARC = {("_dmarc.northwind.example", "TXT"): ("v=DMARC1; p=reject",)}
SPF = {("northwind.example", "TXT"): ("v=spf1 ip4:192.0.2.7 -all",)}


def seen(
    mail: bytes,
    records: dict[tuple[str, str], tuple[str, ...]],
    *,
    author: str = AUTHOR,
    sender: str = AUTHOR,
    client: str = "192.0.2.7",
    sealers: frozenset[str] = frozenset(),
) -> tuple[dict[str, str], Zone]:
    zone = Zone(records)
    letter = Letter(content=mail, client=client, hello="x", sender=sender, author=author, received_at=1_700_000_000)
    results: AuthResults = look(letter, zone, SUFFIXES, sealers)
    return {method.method: method.result for method in results.methods}, zone


def test_all_is_well() -> None:
    found, _ = seen(sign(MAIL, "northwind.example"), KEY | DMARC | SPF)
    assert found == {"dkim": "pass", "spf": "pass", "dmarc": "pass"}


@pytest.mark.parametrize(
    ("records", "client", "found"),
    [
        (DMARC | SPF, "192.0.2.7", {"dkim": "none", "spf": "pass", "dmarc": "pass"}),
        (DMARC | SPF, "198.51.100.1", {"dkim": "none", "spf": "fail", "dmarc": "fail"}),
        (SPF, "198.51.100.1", {"dkim": "none", "spf": "fail", "dmarc": "none"}),
        (DMARC | SPF, "", {"dkim": "none", "spf": "none", "dmarc": "fail"}),
        (DMARC | {("northwind.example", "TXT"): (DEAD,)}, "192.0.2.7",
         {"dkim": "none", "spf": "temperror", "dmarc": "temperror"}),
        (SPF | {("_dmarc.northwind.example", "TXT"): (DEAD,)}, "192.0.2.7",
         {"dkim": "none", "spf": "pass", "dmarc": "temperror"}),
    ],
)  # fmt: skip
def test_without_a_signature(
    records: dict[tuple[str, str], tuple[str, ...]], client: str, found: dict[str, str]
) -> None:
    assert seen(MAIL, records, client=client)[0] == found


def test_another_organisation_proves_nothing_and_is_not_even_asked_for() -> None:
    other = {("s._domainkey.evil.example", "TXT"): (key_record(),), ("evil.example", "TXT"): ("v=spf1 +all",)}
    found, zone = seen(sign(MAIL, "evil.example"), other | DMARC, sender="x@evil.example")
    assert found == {"dkim": "none", "spf": "none", "dmarc": "fail"}
    assert [name for name, _ in zone.asked] == ["_dmarc.northwind.example"]


@pytest.mark.parametrize(("policy", "result"), [("v=DMARC1; p=none", "pass"), ("v=DMARC1; p=none; adkim=s", "fail")])
def test_relaxed_and_strict(policy: str, result: str) -> None:
    records = {("s._domainkey.mail.northwind.example", "TXT"): (key_record(),)}
    records |= {("_dmarc.northwind.example", "TXT"): (policy,)}
    found, _ = seen(sign(MAIL, "mail.northwind.example"), records, sender="")
    assert (found["dkim"], found["dmarc"]) == ("pass", result)


def test_the_organisation_s_record_counts_below_it_too() -> None:
    mail = MAIL.replace(b"@northwind", b"@eu.northwind")
    found, _ = seen(mail, DMARC, author="nora@eu.northwind.example", sender="")
    assert found["dmarc"] == "fail"


def test_a_public_suffix_speaks_for_nobody() -> None:
    mail = MAIL.replace(b"northwind.example", b"victim.co.uk")
    records = {("s._domainkey.co.uk", "TXT"): (key_record(),), ("_dmarc.co.uk", "TXT"): ("v=DMARC1; p=none",)}
    found, _ = seen(sign(mail, "co.uk"), records, author="nora@victim.co.uk", sender="x@co.uk")
    assert found == {"dkim": "none", "spf": "none", "dmarc": "none"}


@pytest.mark.parametrize(
    "mail",
    [
        b"From: evil@evil.example\r\n" + MAIL,
        MAIL.replace(b"From: Nora <nora@northwind.example>", b"From: eve@northwind.example"),
        MAIL.replace(b"\r\nTo:", b"\r\nX: a\rFrom: eve@northwind.example\r\nTo:"),
        b"no field\r\n" + MAIL,
    ],
)
def test_two_readings_are_not_played_against_one_another(mail: bytes) -> None:
    found, zone = seen(sign(mail, "northwind.example"), KEY | DMARC | SPF)
    assert found == {"look": "permerror"}
    assert zone.asked == []


def test_of_a_hundred_signatures_four_are_looked_at() -> None:
    signed = MAIL
    for number in range(100):
        signed = sign(signed, "northwind.example", selector=f"s{number}")
    _, zone = seen(signed, DMARC, sender="")
    assert len([name for name, _ in zone.asked if "_domainkey" in name]) == 4


SEALED = (
    b"ARC-Seal: i=%d; a=rsa-sha256; cv=none; d=lists.example; s=s; b=AAAA\r\n"
    b"ARC-Message-Signature: i=%d; h=from; b=AA\r\nARC-Authentication-Results: i=%d; x; none\r\n"
)
LISTS = {(f"s._domainkey.{name}.example", "TXT"): (key_record(),) for name in ("lists", "relay")}


def test_a_whole_chain() -> None:
    once = seal(MAIL, "lists.example", 1, "dmarc=pass header.from=northwind.example")
    twice = seal(b"Received: by relay.example\r\n" + once, "relay.example", 2, "arc=pass")
    for mail, sealer in ((once, "lists.example"), (twice, "relay.example")):
        found = divide(mail)
        assert found is not None
        assert (chain.newest_sealer(found), chain.verify(found, Zone(LISTS)).result) == (sealer, "pass")
        assert seen(mail, DMARC | LISTS, sealers=frozenset({sealer}))[0]["arc"] == "pass"
    for change in (
        (b"dmarc=pass", b"dmarc=fail"),
        (b"It is", b"It was"),
        (b"cv=none", b"cv=pass"),
        (b"Nora <", b"Eve <"),
    ):
        broken = divide(twice.replace(*change))
        assert broken is not None
        assert chain.verify(broken, Zone(LISTS)).result == "fail", change
    dead = LISTS | {("s._domainkey.lists.example", "TXT"): (DEAD,)}
    found = divide(twice)
    assert found is not None
    assert chain.verify(found, Zone(dead)).result == "temperror"


def test_a_chain_that_says_that_it_was_broken_is() -> None:
    once = seal(MAIL, "lists.example", 1, "dkim=fail")
    mail = divide(seal(once, "relay.example", 2, "arc=fail", claims="fail"))
    assert mail is not None
    assert chain.verify(mail, Zone(LISTS)).result == "fail"


def test_a_chain_is_looked_at_only_for_a_sealer_of_ours() -> None:
    mail = SEALED % (1, 1, 1) + MAIL
    assert "arc" not in seen(mail, DMARC)[0]
    assert "arc" not in seen(mail, DMARC, sealers=frozenset({"other.example"}))[0]
    assert seen(mail, DMARC, sealers=frozenset({"lists.example"}))[0]["arc"] == "fail"


@pytest.mark.parametrize("numbers", [(0,), (2,), (1, 1), (1, 3), tuple(range(1, 13))])
def test_chains_that_are_not_whole(numbers: tuple[int, ...]) -> None:
    mail = divide(b"".join(SEALED % ((number,) * 3) for number in numbers) + MAIL)
    assert mail is not None
    assert chain.newest_sealer(mail) == ""
    assert chain.verify(mail, Zone({})).result == "fail"


# The questions


def test_an_answer_is_kept_for_a_moment_and_so_is_a_fault() -> None:
    clock = [0.0]
    asked: list[str] = []

    def ask(name: str, kind: str, seconds: float) -> tuple[str, ...]:
        asked.append(name)
        if name == "dead.example":
            raise Unanswered(name)
        return ("x",)

    names = Names(ask, lambda: clock[0])
    for _ in range(3):
        assert names.within(8)("A.example.", "TXT") == ("x",)
        with pytest.raises(Unanswered):
            names.within(8)("dead.example", "TXT")
    assert asked == ["a.example", "dead.example"]
    clock[0] = 70.0
    names.within(8)("a.example", "TXT")
    assert asked[2:] == ["a.example"]


def test_all_questions_of_one_mail_end_together() -> None:
    clock = [0.0]
    given: list[float] = []

    def slow(name: str, kind: str, seconds: float) -> tuple[str, ...]:
        given.append(seconds)
        clock[0] += seconds
        raise Unanswered(name)

    ask = Names(slow, lambda: clock[0]).within(8)
    for number in range(10):
        with pytest.raises(Unanswered):
            ask(f"n{number}.example", "TXT")
    assert given == [3.0, 3.0, 2.0]
    assert clock[0] == 8.0


def test_what_the_wire_brings() -> None:
    """Over a real name server: NXDOMAIN and no records are no; SERVFAIL, silence and names that cannot be are not."""
    records = {("here.example", "TXT"): ("x" * 600,), ("here.example", "A"): ("192.0.2.1",)}
    faults = {("broken.example", "TXT"): ("SERVFAIL",), ("dead.example", "TXT"): (DEAD,)}
    with Server(Zone(records | faults)) as server:
        ask = Names(through(resolver((server.address,)))).within(4)
        assert ask("here.example", "TXT") == ("x" * 600,)
        assert ask("here.example.", "A") == ("192.0.2.1",)
        assert ask("here.example", "MX") == ask("none.example", "TXT") == ()
        for name in ("broken.example", "dead.example", "a..b"):
            with pytest.raises(Unanswered):
                ask(name, "TXT")


def test_an_answer_that_is_too_long_is_none_and_memory_is_bounded() -> None:
    names = Names(lambda name, kind, seconds: ("x" * 2_000_000,) if name == "big.example" else ("x",))
    with pytest.raises(Unanswered):
        names.within(8)("big.example", "TXT")
    for number in range(5000):
        names.within(8)(f"n{number}.example", "TXT")
    assert len(names._known) <= 2000
