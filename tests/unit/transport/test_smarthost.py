"""Mail to a server that behaves well, badly and not at all."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from gateway.transport import Parcel
from tests.unit.transport.sink import BODY, DROP, HANG, Reach, Sink, codes, parcels


def test_mail_arrives_as_it_was_written_over_one_kept_connection(sink: Sink, reach: Reach) -> None:
    transport = reach(sink.port)
    batch = [*parcels(5), Parcel(6, "bounce+k@desk.example", "six@x.example", b".begins with a dot\r\n")]
    assert codes(transport, batch) == [(n, 250) for n in range(1, 7)]
    assert codes(transport, parcels(2)) == [(1, 250), (2, 250)]
    assert sink.mails == [p.content for p in batch + parcels(2)]
    assert sink.connections == 1
    assert "MAIL FROM:<bounce+k@desk.example> SIZE=20" in sink.commands


def test_the_next_envelope_leaves_with_the_last_dot(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    assert codes(reach(sink.port), parcels(3)) == [(1, 250), (2, 250), (3, 250)]
    assert b"MAIL FROM:<>\r\nRCPT TO:<n1@x.example>\r\nDATA\r\n" in sink.reads
    assert any(r.endswith(b"\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<n3@x.example>\r\nDATA\r\n") for r in sink.reads)


def test_without_pipelining_each_command_waits(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server(())
    assert codes(reach(sink.port), parcels(2)) == [(1, 250), (2, 250)]
    assert {b"MAIL FROM:<>\r\n", b"RCPT TO:<n1@x.example>\r\n", b"DATA\r\n"} <= set(sink.reads)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        ("451 4.7.1 greylisted, come back", 451, "4.7.1 greylisted, come back"),
        ("550-5.1.1 no such\n550-5.1.1 person\n550 5.1.1 here", 550, "5.1.1 no such 5.1.1 person 5.1.1 here"),
    ],
)
def test_a_refusal_is_of_one_parcel_only(sink: Sink, reach: Reach, verb: str, reply: str, code: int, text: str) -> None:
    sink.rules[verb, 2] = reply
    outcomes = dict(reach(sink.port).send(parcels(4)))
    assert {n: o.code for n, o in outcomes.items()} == {1: 250, 2: code, 3: 250, 4: 250}
    assert outcomes[2].text == text
    assert sink.connections == 1
    if verb != "DOT":
        assert [m.splitlines()[-1] for m in sink.mails] == [b"1", b"3", b"4"]


def test_data_accepted_without_a_recipient_ends_in_an_empty_mail(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    sink.rules["RCPT"] = "550 5.1.1 no"
    assert codes(reach(sink.port), parcels(2)) == [(1, 550), (2, 550)]
    assert sink.mails == []


def test_a_refused_envelope_with_data_refused_too(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server()
    sink.rules.update({("RCPT", 1): "452 4.2.2 full", ("DATA", 1): "503 5.5.1 no recipients"})
    assert codes(reach(sink.port), parcels(2)) == [(1, 452), (2, 250)]
    assert sink.commands.count("RSET") == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "DOT"])
def test_421_ends_the_connection_but_not_the_other_mails(sink: Sink, reach: Reach, verb: str) -> None:
    sink.rules[verb, 2] = "421 4.3.2 going down"
    transport = reach(sink.port)
    assert codes(transport, parcels(4)) == [(1, 250), (2, 421), (3, 250), (4, 250)]
    assert sink.connections == 2


def test_a_server_that_ends_every_connection_is_left_alone(sink: Sink, reach: Reach) -> None:
    sink.rules["MAIL"] = "421 4.3.2 going down"
    transport = reach(sink.port)
    assert codes(transport, parcels(20)) == [(n, 421) for n in range(1, 21)]
    assert sink.connections == 3
    sink.rules.clear()
    assert codes(transport, parcels(1)) == [(1, 250)]


def test_a_connection_lost_after_the_dot_leaves_a_doubt(sink: Sink, reach: Reach) -> None:
    sink.rules["DOT", 2] = DROP
    outcomes = dict(reach(sink.port).send(parcels(4)))
    assert [o.code for o in outcomes.values()] == [250, 0, 250, 250]
    assert outcomes[2].text.startswith("unknown: may have been delivered")
    assert len(sink.mails) == 4  # it was delivered, and nobody sent it twice
    assert sink.connections == 2


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_mail_leaves_none(sink: Sink, reach: Reach, verb: str) -> None:
    sink.rules[verb, 2] = DROP
    outcomes = dict(reach(sink.port).send(parcels(3)))
    assert [o.code for o in outcomes.values()] == [250, 0, 250]
    assert not any("unknown" in o.text for o in outcomes.values())


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_nobody_waits_for_ever(sink: Sink, reach: Reach, verb: str) -> None:
    sink.rules[verb] = HANG
    before = time.monotonic()
    outcomes = dict(reach(sink.port, timeout=0.3).send(parcels(2)))
    assert time.monotonic() - before < 15, "the sink hangs for 20 s"
    assert [o.code for o in outcomes.values()] == [0, 0]
    assert ("unknown" in outcomes[1].text) == (verb == "DOT")


@pytest.mark.parametrize(
    ("verb", "reply"), [("DOT", "whatever"), ("MAIL", "354 go on"), ("DATA", "250 ok"), ("DOT", "2")]
)
def test_what_is_not_smtp_ends_the_connection(sink: Sink, reach: Reach, verb: str, reply: str) -> None:
    sink.rules[verb] = reply
    outcomes = dict(reach(sink.port, timeout=1).send(parcels(2)))
    assert [o.code for o in outcomes.values()] == [0, 0]
    assert sink.connections == 2


def test_a_stale_connection_is_replaced_once_without_a_loss_or_a_copy(sink: Sink, reach: Reach) -> None:
    transport = reach(sink.port)
    assert codes(transport, parcels(1)) == [(1, 250)]
    sink.hang_up()
    assert codes(transport, parcels(2)) == [(1, 250), (2, 250)]
    sink.rules["RSET"] = "421 4.4.2 idle for too long"
    assert codes(transport, parcels(2)) == [(1, 250), (2, 250)]
    assert len(sink.mails) == 5
    assert sink.connections == 3


def test_breaking_off_leaves_no_half_open_transaction(sink: Sink, reach: Reach) -> None:
    transport = reach(sink.port)
    for _ in transport.send(parcels(3)):
        break
    assert codes(transport, parcels(1)) == [(1, 250)]
    assert len(sink.mails) == 2
    assert sink.connections == 2


def test_nobody_there(reach: Reach) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outcomes = dict(reach(port).send(parcels(2)))
    assert [o.code for o in outcomes.values()] == [0, 0]
    assert outcomes[1].text == f"the smarthost 127.0.0.1:{port} cannot be reached: Connection refused"


def test_a_greeting_that_refuses_is_temporary(sink: Sink, reach: Reach) -> None:
    sink.rules["GREETING"] = "554 5.7.1 go away"
    ((_, outcome),) = reach(sink.port).send(parcels(1))
    assert (outcome.code, outcome.temporary) == (0, True)
    assert "554" in outcome.text


def test_a_size_limit_is_known_before_anything_is_sent(sink: Sink, reach: Reach) -> None:
    big = Parcel(1, "", "a@b.example", b"x" * 10_001 + b"\r\n")
    outcomes = dict(reach(sink.port).send([big, *[Parcel(2, "", "a@b.example", BODY)]]))
    assert (outcomes[1].code, outcomes[2].code) == (552, 250)
    assert sum(command.startswith("MAIL") for command in sink.commands) == 1


def test_a_large_mail_goes_through(server: Callable[..., Sink], reach: Reach) -> None:
    sink = server(("PIPELINING",))
    content = (b"." + b"y" * 70 + b"\r\n") * 30_000
    assert codes(reach(sink.port), [Parcel(1, "", "a@b.example", content), *parcels(2)[1:]]) == [(1, 250), (2, 250)]
    assert sink.mails[0] == content


def test_letters_outside_ascii_need_smtputf8(server: Callable[..., Sink], reach: Reach) -> None:
    batch = [Parcel(1, "", "jörg@büro.example", BODY), Parcel(2, "", "joerg@büro.example", BODY)]
    plain, able = server(("PIPELINING",)), server(("PIPELINING", "SMTPUTF8", "8BITMIME"))
    assert codes(reach(plain.port), batch) == [(1, 553), (2, 250)]
    assert codes(reach(able.port), batch) == [(1, 250), (2, 250)]
    assert "RCPT TO:<joerg@xn--bro-hoa.example>" in plain.commands
    assert "MAIL FROM:<> SMTPUTF8" in able.commands
    assert "RCPT TO:<jörg@büro.example>" in able.commands


def test_aiosmtpd_is_served_too(reach: Reach) -> None:
    got: list[bytes] = []

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            got.append(envelope.content)
            return "250 2.0.0 ok"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport = reach(port)
        assert codes(transport, parcels(3)) == [(1, 250), (2, 250), (3, 250)]
        transport.close()
    finally:
        controller.stop()
    assert got == [p.content for p in parcels(3)]


def test_what_is_taken_back_is_not_sent_and_the_next_one_is(sink: Sink, reach: Reach) -> None:
    asked: list[int] = []

    def begin(parcel: Parcel) -> bool:
        asked.append(parcel.id)
        return parcel.id not in (2, 4)

    outcomes = dict(reach(sink.port).send(parcels(5), begin))
    assert outcomes.keys() == {1, 3, 5}
    assert all(outcome.delivered for outcome in outcomes.values())
    assert asked == [1, 2, 3, 4, 5]
    assert [m.splitlines()[-1] for m in sink.mails] == [b"1", b"3", b"5"]
    is_ahead = "PIPELINING" in sink.extensions
    assert sink.connections == (3 if is_ahead else 1), "an envelope on the wire must not get the next mail's content"


def test_parcels_are_taken_when_there_is_room_for_them_and_no_sooner(sink: Sink, reach: Reach) -> None:
    given: list[int] = []

    def supply() -> Iterator[Parcel]:
        for parcel in parcels(9):
            given.append(parcel.id)
            yield parcel

    sending = reach(sink.port).send(supply())
    assert next(sending)[0] == 1
    assert given == [1, 2]
    sending.close()  # type: ignore[attr-defined]
