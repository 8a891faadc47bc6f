"""Single headers: encoded words, message ids, dates, Authentication-Results (intake 39, 43, 50, 51)."""

import base64
import time
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsing import limits
from parsing.authentication import results
from parsing.headers import decoded, message_id, message_ids, moment
from parsing.reading import read


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?UTF-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?Hello World=20again?=", "Hello World again"),
        ("=?utf-8?Q?Really??=", "Really?"),
        ("=?utf-8?Q?no_end_=C3=BC", "no end ü"),
        ("=?utf-8?B?R3LDvMOfZQ", "Grüße"),
        ("=?utf-8?Q?one_=?utf-8?Q?two?=", "one two"),
        ("=?utf-8?Q?a?= =?utf-8?Q?_b?=", "a b"),
        ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?=\r\n =?iso-8859-1?Q?=FC?=", "aü"),
        ("x=?utf-8?Q?=C3=BC?=y", "xüy"),
        ("=?utf-8?B?R3LDvA?= =?utf-8?B?w59l?=", "Grüße"),
        ("=?utf-8?B?R3LDvM?= =?utf-8?B?OfZQ==?=", "Grüße"),
        ("=?utf-8?B?R3LDv!MOfZQ===?=", "Grüße"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü"),
        ("=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        ("=?utf-8?Q?=3D=3Futf-8=3FQ=3FBcc=3F=3D?=", "=?utf-8?Q?Bcc?="),
        ("=?utf-8?Q?=E2=80=AEfdp.exe?=", "fdp.exe"),
        ("=?utf-8?Q?a=00b=07c=C2=85d?=", "abcd"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?Q??=", ""),
        ("=??Q?abc?=", "=??Q?abc?="),
        ("50 % off = ? maybe", "50 % off = ? maybe"),
    ],
)
def test_encoded_words_in_every_abuse(value, text):
    assert decoded(value) == text


def test_raw_bytes_are_read_in_the_charset_of_the_body():
    raw = "Žádost".encode("iso8859-2").decode("ascii", "surrogateescape")
    assert decoded(raw, "iso-8859-2") == "Žádost"
    assert decoded("Žádost".encode().decode("ascii", "surrogateescape"), "iso-8859-2") == "Žádost"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("ascii", "surrogateescape")))
def test_nothing_decoded_can_break_a_header(text):
    encoded = "=?utf-8?B?" + base64.b64encode(text.encode("utf-8", "replace")).decode() + "?="
    for value in (text, encoded, f"{text} =?utf-8?Q?{text}?="):
        for char in decoded(value):
            # Cf are visible marks of Arabic and older scripts, too; the invisible ones are named below.
            assert char.isprintable() or unicodedata.category(char) in {"Zs", "Co", "Cn", "Cf"}, hex(ord(char))
            assert char not in "\xad\ufeff" and not 0x200B <= ord(char) <= 0x200F and not 0x2060 <= ord(char) <= 0x206F
            assert not 0x202A <= ord(char) <= 0x202E
            assert not 0x2066 <= ord(char) <= 0x2069
            assert char not in "\r\n\0\u2028\u2029"


def test_utf7_is_never_decoded():
    assert "<" not in decoded("=?utf-7?Q?+ADw-script+AD4-?=")


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?Q?" + "a" * 110_000,
        "=?utf-8?B?YQ==?= " * 6_500,
        "=?u?q?" * 20_000,
        "=?" * 500_000,
        "=?utf-8?q?" * 100_000,
        "=?utf-8?q?a?= " * 70_000,
        "x\r\n " * 300_000,
    ],
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
    assert message_ids(['Your message of "Fri, 1 Jan 2026" <a@x>']) == ("<a@x>",)
    assert message_ids(["<long-part-of-it@\r\n x.test>"]) == ("<long-part-of-it@x.test>",)
    assert message_ids(["a@x, b@x; c@x"]) == ("<a@x>", "<b@x>", "<c@x>")
    assert message_ids(["<a@x><b@x>\t<a@x>"]) == ("<b@x>", "<a@x>")
    assert message_ids(["no id here", ""]) == ()


def test_of_five_thousand_references_the_newest_stay():
    found = message_ids([" ".join(f"<{n}@x>" for n in range(5_000))])
    assert len(found) == limits.REFERENCES
    assert found[-1] == "<4999@x>"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<a@b>", "<a@b>"),
        ("<a b@c>", "<ab@c>"),
        (" < a@b > ", "<a@b>"),
        ("<a@b> <c@d>", "<a@b>"),
        ("<a@b> (added by x)", "<a@b>"),
        ("a@b", "<a@b>"),
        ("two words", ""),
        ("<\x00a@b>", "<a@b>"),
        ("<>", ""),
        ("<[b@x.com]>", "<[b@x.com]>"),
        ("", ""),
    ],
)
def test_message_id(value, found):
    assert message_id([value] if value else []) == found


def test_dates_are_aware_utc():
    found, defect = moment(["Thu, 19 Nov 2026 10:12:11 +0100"])
    assert found == datetime(2026, 11, 19, 9, 12, 11, tzinfo=UTC)
    assert not defect


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("19 Nov 26 10:12 +0000", (2026, 11, 19, 10, 12, 0)),
        ("Mon, 3 May 99 10:12:11 GMT", (1999, 5, 3, 10, 12, 11)),
        ("Thu, 19 Nov 2026 10:12:11", (2026, 11, 19, 10, 12, 11)),
        ("Thu, 19 Nov 2026 10:12:11 Z", (2026, 11, 19, 10, 12, 11)),
        ("Thu, 19 Nov 2026 10:12:11 A", (2026, 11, 19, 10, 12, 11)),
        ("Thu, 19 Nov 2026 10:12:11 EST", (2026, 11, 19, 15, 12, 11)),
        ("Thu, 19 Nov 2026 10:12:11 +0100 (CET)", (2026, 11, 19, 9, 12, 11)),
        ("Thu (day), 19 (of (nested)) Nov 2026 10:12:11 -0000", (2026, 11, 19, 10, 12, 11)),
        ("Wed, 19 Nov 2026 10:12:11 +0000", (2026, 11, 19, 10, 12, 11)),
        ("Thu,19 Nov 2026 10:12:11 +0545", (2026, 11, 19, 4, 27, 11)),
        ("Thu, 19 Nov 2026 23:59:60 +0000", (2026, 11, 20, 0, 0, 0)),
        ("Thu Nov 19 10:12:11 2026", (2026, 11, 19, 10, 12, 11)),
        ("2026-11-19T10:12:11Z", (2026, 11, 19, 10, 12, 11)),
        ("2026-11-19 10:12:11+02:00", (2026, 11, 19, 8, 12, 11)),
        ("Thu, 19 Nov\r\n 2026 10:12:11 +0000", (2026, 11, 19, 10, 12, 11)),
        ("Thu, 1 Jan 1970 00:00:00 +0000", (1970, 1, 1, 0, 0, 0)),
    ],
)
def test_dates_as_mailers_write_them(value, found):
    moment_, _ = moment([value])
    assert moment_ is not None
    assert abs((moment_ - datetime(*found, tzinfo=UTC)).total_seconds()) <= 1


@pytest.mark.parametrize(
    "value",
    [
        "Fri, 01 Jan 1904 00:00:00 +0000",
        "Thu, 19 Nov 2026 10:12:11 +9999",
        "Thu, 31 Feb 2026 10:12:11 +0000",
        "Thu, 19 Nov 2026 25:12:11 +0000",
        "2026-13-45T10:12:11Z",
        "0000-00-00 00:00",
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


@pytest.mark.parametrize(
    ("head", "defect"),
    [
        (b"X-A: 1\r\nlost its fold\r\nFrom: a@x.test", "From stands below a line that is no field"),
        (b"From: a@x.test\r\nlost its fold\r\nX-A: 1", ""),
        (b"From x@y.test Mon Jan  1 00:00:00 2026\r\nFrom: a@x.test", ""),
    ],
)
def test_a_line_that_is_no_field_does_not_end_the_header_above_from(head, defect):
    mail = read(head + b"\r\nSubject: s\r\n\r\nbody")
    assert mail.from_.address == "a@x.test"
    assert mail.from_defect == defect


def test_nothing_of_a_header_is_read_from_the_body():
    mail = read(b"Subject: s\r\nno field here\r\n\r\nFrom: a@x.test\r\n")
    assert mail.from_ is None


@given(
    st.sampled_from(["", "Mon, ", "Tue,  ", "tue, "]),
    st.sampled_from([1, 5, 28, 29, 31, 32]),
    st.sampled_from(["Jan", "Feb", "Dec", "dec"]),
    st.sampled_from(["1970", "1999", "2024", "2026", "2099", "26"]),
    st.sampled_from([(0, 0, 0), (9, 5, 7), (19, 59, 59), (23, 0, 0), (24, 0, 0), (10, 60, 0), (10, 0, 60)]),
    st.sampled_from(["+0000", "-0000", "+0530", "-0930", "+9959", "GMT", "+0200 (CEST)", "(x) +0100"]),
)
def test_the_usual_dates_are_read_as_all_others(weekday, day, month, year, clock, zone):
    value = f"{weekday}{day} {month} {year} {clock[0]:02}:{clock[1]:02}:{clock[2]:02} {zone}"
    commented = value.replace(" ", " (a comment) ", 1)  # which only mail-parser knows to read
    assert moment([value])[0] == moment([commented])[0]
    first = (year, month, day) == ("1970", "Jan", 1)  # with a zone its instant may be of the year before: out of range
    if day < 29 and clock < (24, 0, 0) and max(clock[1:]) < 60 and not first:
        assert moment([value])[0] is not None


def test_the_range_of_dates_is_of_instants():
    assert moment(["1 Jan 1970 00:00:00 +0530"]) == (None, "date is out of range")
    assert moment(["1 Jan 1970 05:30:00 +0530"])[0] == datetime(1970, 1, 1, tzinfo=UTC)
