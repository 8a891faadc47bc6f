"""Times as clients write them for people: read where they are certain, else left alone."""

import time

import pytest

from parsing.words.written_date import moment


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Wed, 11 Nov 2026 12:31:25 +0100", "2026-11-11T11:31:25"),
        ("26. oktober 2026 kl. 14.25.08 EEST", "2026-10-26T11:25:08"),
        ("October 25, 2026 at 11:17:21 PM EDT", "2026-10-26T03:17:21"),
        ("26 октября 2026 г. в 14:25:08 GMT+3", "2026-10-26T11:25:08"),
        ("lunedì 19 settembre 2026, 17:55:44 -0400", "2026-09-19T21:55:44"),
        ("2026. november 2., hétfő 09:26:50 CET", "2026-11-02T08:26:50"),
        ("poniedziałek, 2 listopada 2026, 09:26:50 CET", "2026-11-02T08:26:50"),
        ("mar. 27 oct. 2026 à 10:11 UTC+1", "2026-10-27T09:11:00"),
        ("9. marraskuuta 2026 klo 10.11.12 EET", "2026-11-09T08:11:12"),
        ("12. července 2026 10:11:12 CEST", "2026-07-12T08:11:12"),
        ("12. června 2026 10:11:12 CEST", "2026-06-12T08:11:12"),
        ("3 Ağustos 2026 12:00:00 GMT+3", "2026-08-03T09:00:00"),
        ("27/10/2026 09:31 (GMT+01:00)", "2026-10-27T08:31:00"),
        ("10/27/2026 2:31 PM EDT", "2026-10-27T18:31:00"),
        ("2026-10-27 (화) 13:22:40 (GMT+09:00)", "2026-10-27T04:22:40"),
        ("2026年10月27日(星期二) 下午5:46 (GMT+08:00)", "2026-10-27T09:46:00"),
        ("2026-10-27T09:31:00+05:30", "2026-10-27T04:01:00"),
        ("27 Oct 2026 12:05 am GMT", "2026-10-27T00:05:00"),
    ],
)
def test_certain(text, utc):
    assert moment(text).strftime("%Y-%m-%dT%H:%M:%S") == utc


@pytest.mark.parametrize(
    "text",
    [
        "Wed, Oct 27, 2026 at 9:31 AM",  # no zone
        "03/04/2026 09:31 +0100",  # March or April
        "2 listopada 2026 09:26:50 CET",  # Polish November or Croatian October
        "27 Oct 2026 09:31 CST",  # Chicago or Shanghai
        "27 Oct 2026 09:31 IST",
        "27 Oct 2026 +0100",
        "31 Feb 2026 09:31 +0100",
        "27 Oct 2026 25:31 +0100",
        "27 Oct 2026 09:31 +9900",
        "27 Frimaire 2026 09:31 +0100",
        "yesterday",
        "",
    ],
)
def test_uncertain(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    "text", ["1 " * 400_000, "1/" * 400_000, "+" * 900_000, "27 Oct 2026 1:" * 60_000, "a" * 900_000]
)
def test_worst_cases_take_no_time(text):
    start = time.process_time()
    moment(text)
    assert time.process_time() - start < 0.05
