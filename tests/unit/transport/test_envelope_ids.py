"""What a smarthost with DSN (RFC 3461) is told of each mail, and that one without it hears nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.transport import Parcel
from tests.unit.transport.sink import BODY, Reach, Sink, codes

NAME = "17-abcdefghijklmnop"
PARCELS = [
    Parcel(1, "", "a@b.example", BODY, envelope_id=NAME),
    Parcel(2, "support+v2-x@desk.example", "a@b.example", BODY, envelope_id=NAME),
]


@pytest.mark.parametrize("extensions", [("DSN",), ("PIPELINING", "DSN")])
def test_a_mail_has_a_name_for_reports_and_a_wish_where_somebody_can_be_told(
    server: Callable[..., Sink], reach: Reach, extensions: tuple[str, ...]
) -> None:
    sink = server(extensions)
    assert codes(reach(sink.port), PARCELS) == [(1, 250), (2, 250)]
    assert [command for command in sink.commands if command.startswith(("MAIL", "RCPT"))] == [
        f"MAIL FROM:<> RET=HDRS ENVID={NAME}",
        "RCPT TO:<a@b.example>",
        f"MAIL FROM:<support+v2-x@desk.example> RET=HDRS ENVID={NAME}",
        "RCPT TO:<a@b.example> NOTIFY=FAILURE,DELAY",
    ]


def test_a_smarthost_without_dsn_hears_nothing_of_it(sink: Sink, reach: Reach) -> None:
    assert codes(reach(sink.port), PARCELS) == [(1, 250), (2, 250)]
    assert not any("ENVID" in command or "RET=" in command or "NOTIFY" in command for command in sink.commands)


@pytest.mark.parametrize("name", ["", "1 2", "1\r\nRSET", "1+0D", "é", "x" * 101])
def test_a_name_that_could_be_anything_else_is_left_out(server: Callable[..., Sink], reach: Reach, name: str) -> None:
    sink = server(("DSN",))
    assert codes(reach(sink.port), [Parcel(1, "", "a@b.example", BODY, envelope_id=name)]) == [(1, 250)]
    assert "MAIL FROM:<>" in sink.commands
    assert "RSET" not in sink.commands


def _envelopes(sink: Sink) -> list[str]:
    return [command for command in sink.commands if command.startswith(("MAIL", "RCPT"))]


@pytest.mark.parametrize("extensions", [("DSN",), ("PIPELINING", "DSN")])
@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("MAIL", "555 5.5.4 Unsupported option: ENVID"),
        ("MAIL", "501 5.5.4 Syntax error in parameters"),
        ("RCPT", "555 5.5.4 Unsupported option: NOTIFY"),
        ("RCPT", "455 4.5.4 cannot accommodate NOTIFY now"),
    ],
)
def test_a_smarthost_that_refuses_what_it_offers_gets_the_commands_without_it(
    server: Callable[..., Sink], reach: Reach, extensions: tuple[str, ...], verb: str, said: str
) -> None:
    """RFC 5321 section 4.1.1.11: a mail must not fail over what it could do without."""
    sink = server(extensions)
    sink.rules[(verb, 1)] = said
    assert codes(reach(sink.port), [PARCELS[1]]) == [(2, 250)]
    assert _envelopes(sink)[-2:] == ["MAIL FROM:<support+v2-x@desk.example>", "RCPT TO:<a@b.example>"]
    assert (len(sink.mails), sink.connections) == (1, 1)


@pytest.mark.parametrize("extensions", [("DSN",), ("PIPELINING", "DSN")])
def test_what_was_learned_holds_for_the_rest_of_the_connection(
    server: Callable[..., Sink], reach: Reach, extensions: tuple[str, ...]
) -> None:
    sink = server(extensions)
    sink.rules[("MAIL", 1)] = "555 5.5.4 Unsupported option: ENVID"
    batch = [Parcel(number, "", f"n{number}@b.example", BODY, envelope_id=NAME) for number in (1, 2, 3, 4)]
    assert codes(reach(sink.port), batch) == [(1, 250), (2, 250), (3, 250), (4, 250)]
    mails = [command for command in _envelopes(sink) if command.startswith("MAIL")]
    assert mails == [f"MAIL FROM:<> RET=HDRS ENVID={NAME}", *["MAIL FROM:<>"] * 4]
    assert (len(sink.mails), sink.connections) == (4, 1)


@pytest.mark.parametrize("extensions", [("DSN",), ("PIPELINING", "DSN")])
def test_a_recipient_that_is_refused_either_way_fails_and_unlearns_nothing(
    server: Callable[..., Sink], reach: Reach, extensions: tuple[str, ...]
) -> None:
    """501 is also what servers say of an address: a stranger's must not take the envelope ids of all others away."""
    sink = server(extensions)
    sink.rules |= {("RCPT", 1): "501 5.1.3 bad address", ("RCPT", 2): "501 5.1.3 bad address"}
    transport = reach(sink.port)
    assert codes(transport, [PARCELS[1]]) == [(2, 501)]
    assert codes(transport, [PARCELS[0]]) == [(1, 250)]
    assert _envelopes(sink)[-2] == f"MAIL FROM:<> RET=HDRS ENVID={NAME}"
    assert sink.connections == 1


def test_a_refusal_that_is_not_about_parameters_is_taken_for_what_it_says(
    server: Callable[..., Sink], reach: Reach
) -> None:
    sink = server(("DSN",))
    sink.rules["RCPT"] = "550 5.1.1 unknown"
    assert codes(reach(sink.port), PARCELS) == [(1, 550), (2, 550)]
    assert len(_envelopes(sink)) == 4
