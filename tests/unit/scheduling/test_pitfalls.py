"""Each pitfall of invites by mail (scheduling 2.2) has a test that is named after its number, or stands here with the
reason.

`test_pitfall_06_…` is number 6; a test may carry several: `test_pitfall_14_15_…`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from gateway.rules import keys
from parsing.calendar import invitation
from scheduling import invite
from tests.servers.calendars.events import EVENTS, PLAIN

TESTS = Path(__file__).parents[2]
TEST = re.compile(r"^(?:async )?def test_pitfall((?:_[0-9]{2})+)_", re.MULTILINE)
PITFALLS = range(1, 32)

ELSEWHERE = {
    8: "that no REPLY may come is a rule of calls: a booked call stands from the mail in which it was chosen",
    9: "the address that writes is derived from ticket and person alone (gateway/addressed.py): it is the known one",
    18: "that a moved call keeps its UID is a rule of calls; that an update is read as one is seen in tests/servers",
    19: "that SEQUENCE rises is a rule of calls; what answers to an older one mean is tested with scheduling.itip",
    24: "no address of ours redeems anything: calls are chosen by mail, and the link of a call leads to a waiting room",
}
"""Pitfalls without a test that is named after them, and why not."""


@cache
def numbered() -> frozenset[int]:
    return frozenset(
        int(number)
        for file in TESTS.rglob("test_*.py")
        for found in TEST.finditer(file.read_text("utf-8"))
        for number in found[1].strip("_").split("_")
    )


def test_every_pitfall_has_a_test_or_a_reason() -> None:
    assert [number for number in PITFALLS if number not in numbered() and number not in ELSEWHERE] == []


def test_no_other_number_is_tested() -> None:
    assert numbered() <= set(PITFALLS)


def test_pitfall_23_the_organizer_survives_in_any_case_and_is_short_enough() -> None:
    """Gateways write it in lower case, and a local part has 64 octets (RFC 5321 section 4.5.3.1.1)."""
    key = keys.mint(b"secret" * 8, 1042, "nora@northwind.example", "customer", "public", 1)
    address = keys.keyed("support@desk.example", key)
    local = address.partition("@")[0]
    assert len(local) <= 64
    assert address == address.lower()
    for written in (address, address.upper(), address.replace("support", "Support")):
        assert keys.fingerprints([written]) == [keys.fingerprint(key)]


def test_pitfall_31_new_properties_are_read_past_and_none_is_written() -> None:
    newer = (
        "COLOR:turquoise\r\nIMAGE;VALUE=URI;DISPLAY=BADGE:https://x.example/a.png\r\n"
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Call:https://x.example/c\r\n"
        "STRUCTURED-DATA;VALUE=TEXT;FMTTYPE=application/json:{}\r\n"
        "BEGIN:PARTICIPANT\r\nUID:other@x.example\r\nPARTICIPANT-TYPE:CONTACT\r\nSUMMARY:other\r\nEND:PARTICIPANT\r\n"
        "BEGIN:VALARM\r\nUID:alarm@x.example\r\nACKNOWLEDGED:20260101T000000Z\r\nPROXIMITY:ARRIVE\r\nEND:VALARM\r\n"
    )
    written = invite.request(PLAIN).replace(b"END:VEVENT", newer.encode() + b"END:VEVENT")
    found, said = invitation(written)
    assert found is not None and said == ()
    assert (found.uid, found.summary, found.start) == (PLAIN.uid, PLAIN.summary, PLAIN.start)
    for event in EVENTS.values():
        assert not re.search(rb"^(?:COLOR|IMAGE|CONFERENCE|STRUCTURED-)", invite.request(event), re.MULTILINE)
