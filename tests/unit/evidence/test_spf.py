"""SPF: the terms, macros and limits of RFC 7208, and a DNS that does not answer."""

from __future__ import annotations

import time

import pytest

from gateway.evidence.spf import check
from tests.unit.evidence.zone import DEAD, Zone

HOST = "192.0.2.7"


def spf(records: dict[tuple[str, str], tuple[str, ...]], client: str = HOST, sender: str = "nora@a.example") -> str:
    return check(client, "mail.a.example", sender, Zone(records))


def one(record: str, client: str = HOST, **more: tuple[str, ...]) -> str:
    records = {("a.example", "TXT"): (record,)}
    records |= {(name.partition("__")[2].replace("_", ".").replace("..", "_"), name.partition("__")[0]): value
                for name, value in more.items()}  # fmt: skip
    return spf(records, client)


@pytest.mark.parametrize(
    ("record", "client", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", HOST, "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "198.51.100.1", "fail"),
        ("v=spf1 ip4:192.0.2.7 ~all", "198.51.100.1", "softfail"),
        ("v=spf1 ip4:192.0.2.7", "198.51.100.1", "neutral"),
        ("v=spf1 ?all", HOST, "neutral"),
        ("V=SPF1 IP4:192.0.2.7 -ALL", HOST, "pass"),
        ("v=spf1 ip4:192.0.2.7 -all", "::ffff:192.0.2.7", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::9", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", HOST, "fail"),
        ("v=spf1", HOST, "neutral"),
        ("v=spf1 unknown=value +all", HOST, "pass"),
        ("v=spf10 +all", HOST, "none"),
        ("v=spf1 ip4:192.0.2.0/33 +all", HOST, "permerror"),
        ("v=spf1 ip4:2001:db8:: +all", HOST, "permerror"),
        ("v=spf1 ip4 +all", HOST, "permerror"),
        ("v=spf1 all:x", HOST, "permerror"),
        ("v=spf1 +all nonsense", HOST, "permerror"),
        ("v=spf1 redirect=b.example redirect=b.example", HOST, "permerror"),
        ("v=spf1 include:nothing.example +all", HOST, "permerror"),
        ("v=spf1 a:%{x}.example +all", HOST, "permerror"),
        ("v=spf1 a:%{d0}.example +all", HOST, "permerror"),
        ("v=spf1 " + "ip4:198.51.100.1 " * 201 + "+all", HOST, "permerror"),
        ("v=spf1 +all", "no address", "none"),
    ],
)
def test_terms(record: str, client: str, result: str) -> None:
    assert one(record, client) == result


def test_what_asks_again() -> None:
    assert one("v=spf1 a -all", A__a_example=(HOST,)) == "pass"
    assert one("v=spf1 a/24 -all", A__a_example=("192.0.2.200",)) == "pass"
    assert one("v=spf1 mx -all", MX__a_example=("10 mail.a.example.",), A__mail_a_example=(HOST,)) == "pass"
    assert one("v=spf1 include:b.example -all", TXT__b_example=("v=spf1 ip4:192.0.2.7 -all",)) == "pass"
    assert one("v=spf1 include:b.example -all", TXT__b_example=("v=spf1 -all",)) == "fail"
    assert one("v=spf1 redirect=b.example", TXT__b_example=("v=spf1 ip4:192.0.2.7 -all",)) == "pass"
    assert one("v=spf1 redirect=b.example") == "permerror"
    assert spf({("a.example", "TXT"): ("v=spf1 +all", "v=spf1 -all")}) == "permerror"
    assert spf({("a.example", "TXT"): ("something else", "v=spf1 +all")}) == "pass"
    assert spf({}) == "none"


def test_ptr_must_lead_back() -> None:
    assert one("v=spf1 ptr -all", PTR__192_0_2_7=("mail.a.example.",), A__mail_a_example=(HOST,)) == "pass"
    forged = {"PTR__192_0_2_7": ("mail.a.example.",), "A__mail_a_example": ("198.51.100.1",)}
    assert one("v=spf1 ptr -all", **forged) == "fail"
    assert one("v=spf1 ptr -all", PTR__192_0_2_7=("mail.evila.example.",)) == "fail"


def test_macros() -> None:
    wanted = {
        "v=spf1 exists:%{i}._spf.%{d} -all": "192.0.2.7._spf.a.example",
        "v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all": "7.2.0.192.in-addr._spf.a.example",
        "v=spf1 exists:%{l}.%{o1}.x.example -all": "nora.example.x.example",
        "v=spf1 exists:%{h}.x.example -all": "mail.a.example.x.example",
    }
    for record, name in wanted.items():
        assert spf({("a.example", "TXT"): (record,), (name, "A"): ("127.0.0.2",)}) == "pass", record


def test_a_loop_of_includes_ends_at_ten_questions() -> None:
    zone = Zone(
        {("a.example", "TXT"): ("v=spf1 include:b.example",), ("b.example", "TXT"): ("v=spf1 include:a.example",)}
    )
    assert check(HOST, "x", "nora@a.example", zone) == "permerror"
    assert len(zone.asked) == 11


def test_two_empty_answers_are_allowed_and_no_more() -> None:
    assert one("v=spf1 a:x.example a:y.example ip4:192.0.2.7 -all") == "pass"
    assert one("v=spf1 a:x.example a:y.example a:z.example ip4:192.0.2.7 -all") == "permerror"


def test_no_answer_is_no_failure() -> None:
    assert one("v=spf1 a:x.example -all", A__x_example=(DEAD,)) == "temperror"
    assert spf({("a.example", "TXT"): (DEAD,)}) == "temperror"
    assert one("v=spf1 ip4:192.0.2.7 a:x.example -all", A__x_example=(DEAD,)) == "pass", "it was not asked"


def test_the_worst_record_takes_no_time() -> None:
    began = time.process_time()
    for record in ("v=spf1 " + "a" * 16_000, "v=spf1 exists:" + "%{s}" * 60 + " -all", "v=spf1 " + "a/" * 8000):
        one(record)
    assert time.process_time() - began < 0.2
