"""Single headers: encoded words, message ids, dates, Authentication-Results (intake 39, 43, 50, 51)."""

import time
from datetime import UTC, datetime

import pytest

from parsing import limits
from parsing.authentication import results
from parsing.headers import decoded, message_id, message_ids, moment


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?Q?Caf=E9?= today", "Café today"),
        ("=?utf-8?B?w7w=?= =?utf-8?B?w6Q=?=", "üä"),
        ("=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=", "\U0001f600"),
        ("=?utf-8?Q?Hi=0D=0ABcc:_evil@x.test?=", "Hi  Bcc: evil@x.test"),
        ("a\r\n\tb", "a\tb".replace("\t", " ")),
        ("=?unknown-1?Q?x?=", "x"),
        ("=?zlib?B?eJwDAAAAAAE=?=", "xœ\x03".replace("\x03", "")),
        ("a\u202eb\u200bc", "abc"),
        ("nul\x00here", "nulhere"),
        ("caf\udcc3\udca9", "café"),
        ("", ""),
    ],
)
def test_decoded(value, text):
    assert decoded(value) == text


def test_utf7_is_never_decoded():
    assert "<" not in decoded("=?utf-7?Q?+ADw-script+AD4-?=")


@pytest.mark.parametrize(
    "value", ["=?" * 500_000, "=?utf-8?q?" * 100_000, "=?utf-8?q?a?= " * 70_000, "x\r\n " * 300_000]
)
def test_a_megabyte_of_subject_costs_little(value):
    start = time.process_time()
    assert len(decoded(value)) <= limits.HEADER_VALUE
    assert time.process_time() - start < 1.0


def test_message_ids_are_read_tolerantly():
    assert message_ids(["<[b@x]>"]) == ("<[b@x]>",)
    assert message_ids(['<a@x>,<b@x>\r\n "someone\'s mail of today" <c@x>']) == ("<a@x>", "<b@x>", "<c@x>")
    assert message_ids(["a@x b@x"]) == ("<a@x>", "<b@x>")
    assert message_ids(["<>"]) == ()


def test_of_five_thousand_references_the_newest_stay():
    found = message_ids([" ".join(f"<{n}@x>" for n in range(5_000))])
    assert len(found) == limits.REFERENCES
    assert found[-1] == "<4999@x>"


@pytest.mark.parametrize(
    ("value", "found"), [("<a@b>", "<a@b>"), ("a@b", "<a@b>"), ("<>", ""), ("<[b@x.com]>", "<[b@x.com]>"), ("", "")]
)
def test_message_id(value, found):
    assert message_id([value] if value else []) == found


def test_dates_are_aware_utc():
    found, defect = moment(["Thu, 19 Nov 2026 10:12:11 +0100"])
    assert found == datetime(2026, 11, 19, 9, 12, 11, tzinfo=UTC)
    assert not defect


@pytest.mark.parametrize(
    "value",
    [
        "Thu, 19 Nov 99999 10:12:11 +0100",
        "19 Nov 2026 10:12 +9999999",
        "x" * 181,
        "32 Foo 2026 99:99",
        "Thu, 01 Jan 1600 00:00:00 +0000",
        "\x00",
        "",
    ],
)
def test_impossible_dates_are_none_with_a_defect(value):
    found, defect = moment([value])
    assert found is None
    assert defect


def test_authentication_results():
    value = (
        'mx.desk.example 1; (a (nested) comment) dkim = pass reason="good; really" header.d=X.test; '
        "spf=none; dmarc/1=fail"
    )
    (found,) = results([value])
    assert found.authserv_id == "mx.desk.example"
    assert [(method.method, method.result) for method in found.methods] == [
        ("dkim", "pass"),
        ("spf", "none"),
        ("dmarc", "fail"),
    ]
    assert found.methods[0].property("header.d") == "x.test"


@pytest.mark.parametrize(
    "value", ["", ";", "(((", "mx; none", "=;=;=", '"', "mx;" * 1000, "mx; a" + "=b" * 30_000, "(" * 60_000]
)
def test_broken_authentication_results_do_not_hurt(value):
    start = time.process_time()
    for result in results([value]):
        assert not any(method.result == "pass" for method in result.methods)
    assert time.process_time() - start < 1.0


def test_a_value_with_equals_stays_whole():
    (found,) = results(["mx; spf=pass smtp.mailfrom=bounce=a=b@x.test"])
    assert found.methods[0].property("smtp.mailfrom") == "bounce=a=b@x.test"
