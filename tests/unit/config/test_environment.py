"""What the environment and the place of the file say: variables have the last word, slips are mentioned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from gateway.config.loading import find_file, load
from gateway.config.notation import Listen, read_offset, read_zone
from gateway.config.problem import UnfitError
from gateway.config.settings import Config


def value_of(found: Config, key: str) -> tuple[object, str]:
    return next((one.value, one.origin) for one in found.settings if one.key == key)


def test_variables_have_the_last_word(demo: Path) -> None:
    found = load(
        demo,
        {
            "REPLYDESK_SMTP__LISTEN": "127.0.0.1:0",
            "REPLYDESK_LMTP__LISTEN": "",
            "REPLYDESK_WEB__LISTEN": "[::1]:0",
            "REPLYDESK_OUTGOING__URL": "smtps://[::1]",
            "REPLYDESK_SMTP__CONNECTIONS": "7",
            "REPLYDESK_CLOCK__OFFSET": "+2d3h",
            "REPLYDESK_DESK__OPERATORS": "one@ops.example, two@ops.example",
            "REPLYDESK_HOURS__SUNDAY": '[["10:00", "24:00"]]',
            "REPLYDESK_HOLIDAYS__DATES": "2027-01-06",
        },
    )
    assert (found.smtp.listen, found.lmtp.listen, found.web.listen) == (
        Listen("127.0.0.1", 0),
        None,
        Listen("::1", 0),
    )
    assert (found.outgoing.scheme, found.outgoing.host, found.outgoing.port) == ("smtps", "::1", 465)
    assert str(found.web.listen) == "[::1]:0"
    assert found.smtp.connections == 7
    assert found.clock_offset == timedelta(days=2, hours=3)
    assert found.policy.operators == ("one@ops.example", "two@ops.example")
    assert found.policy.hours.days[6] == ((time(10), time(0)),)
    assert found.policy.holidays == {date(2027, 1, 6)}
    assert value_of(found, "smtp.listen") == ("127.0.0.1:0", "REPLYDESK_SMTP__LISTEN")
    assert value_of(found, "web.public_url") == ("http://127.0.0.1:8080", "replydesk.toml")
    assert value_of(found, "outgoing.username") == ("", "default")
    assert value_of(found, "hours.sunday") == ([["10:00", "24:00"]], "REPLYDESK_HOURS__SUNDAY")


def test_any_number_of_doors_may_ask_for_a_free_port(demo: Path) -> None:
    found = load(demo, {"REPLYDESK_SMTP__LISTEN": "127.0.0.1:0", "REPLYDESK_LMTP__LISTEN": "127.0.0.1:0"})
    assert found.smtp.listen == found.lmtp.listen == Listen("127.0.0.1", 0)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("+2d3h", timedelta(days=2, hours=3)),
        ("-90m", timedelta(minutes=-90)),
        ("1w30s", timedelta(weeks=1, seconds=30)),
    ],
)
def test_a_shift_of_the_clock(text: str, offset: timedelta) -> None:
    assert read_offset(text) == offset


@pytest.mark.parametrize("zone", ["Europe", "../UTC", "/etc/localtime", "", "Europe/Berlin\0", "x" * 300])
def test_what_is_no_zone(zone: str) -> None:
    with pytest.raises(UnfitError):
        read_zone(zone)


def test_the_environment_of_this_process_is_not_read_behind_our_back(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLYDESK_SMTP__LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("REPLYDESK_DESK", "{}")
    assert load(demo, {}).smtp.listen == Listen("127.0.0.1", 8025)


def test_other_variables_are_left_alone_and_slips_are_mentioned(demo: Path) -> None:
    others = {"REPLYDESK_CORPUS": "x", "REPLYDESK_REQUIRE_SERVERS": "1", "REPLYDESK_LONG": "1", "A__B": "c"}
    assert load(demo, others).warnings == ()
    assert load(demo, {"REPLYDESK_SMTP_LISTEN": "x"}).warnings == (
        "REPLYDESK_SMTP_LISTEN: has no effect; did you mean REPLYDESK_SMTP__LISTEN?",
    )


@pytest.mark.parametrize(
    ("named", "environ", "file"),
    [
        (Path("a.toml"), {"REPLYDESK_CONFIG": "b.toml"}, "a.toml"),
        (None, {"REPLYDESK_CONFIG": "b.toml"}, "b.toml"),
        (None, {"REPLYDESK_CONFIG": ""}, "replydesk.toml"),
        (None, {}, "replydesk.toml"),
        (Path("/"), {}, "/replydesk.toml"),
    ],
)
def test_which_file_it_is(named: Path | None, environ: Mapping[str, str], file: str) -> None:
    assert find_file(named, environ) == Path(file)
