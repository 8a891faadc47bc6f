"""Commands, subjects, topics, language and calendar facts (intake 40, 54, 59)."""

import time
from datetime import UTC, datetime

import pytest

from parsing import calendar, category, language, subject
from parsing.command import commands
from parsing.message import TopicWords


@pytest.mark.parametrize(
    ("words", "found", "rest"),
    [
        ("#close", [("close", "")], ""),
        (
            "\n\n#priority 1 because down\n#assign benedikt\n\nHello",
            [("priority", "1 because down"), ("assign", "benedikt")],
            "Hello",
        ),
        ("@accept\n!note\nwords", [("accept", ""), ("note", "")], "words"),
        ("\u200b#tag\u00a0+vip", [("tag", "+vip")], ""),
        ("#todo \u201ccall her\u201d", [("todo", '"call her"')], ""),
        ("#closed", [("closed", "")], ""),
        ("#close\n#end\n#assign x", [("close", "")], "#assign x"),
        ("#dry-run\n#close", [("dry-run", ""), ("close", "")], ""),
        ("words\n#close", [], "words\n#close"),
        ("#1 is broken", [], "#1 is broken"),
        ("# heading", [], "# heading"),
        ("! attention", [], "! attention"),
        ("@Anna, could you look?", [], "@Anna, could you look?"),
        ("", [], ""),
    ],
)
def test_commands(words, found, rest):
    block = commands(words)
    assert [(command.verb, command.args) for command in block.commands] == found
    assert block.rest == rest
    assert block.looks_like_command == bool(found)


def test_what_looks_like_a_command_and_is_none_is_said():
    block = commands("#closed! now")
    assert block.commands == ()
    assert block.looks_like_command


def test_an_escape_makes_it_text():
    block = commands("#-- #close is what she wrote\nmore")
    assert block.commands == ()
    assert not block.looks_like_command
    assert block.rest == "#close is what she wrote\nmore"


def test_a_block_that_is_too_long_is_held_whole():
    block = commands("\n".join("#tag +x" for _ in range(21)))
    assert block.commands == ()
    assert block.looks_like_command
    assert len(commands("\n".join("#tag +x" for _ in range(20))).commands) == 20


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("Re: Printer", "Printer"), ("AW: WG: Printer", "Printer"), ("Re[2]: Printer", "Printer"),
        ("RE: Fwd: SV: Printer [DESK-12]", "Printer"),
        ("回复：Printer", "Printer"), ("[DESK-1] Re: Printer", "Printer"), ("Re:", ""), ("", ""), ("Request: x",
        "Request: x"), ("R: x", "x"),
        ("Regarding: x", "Regarding: x"),
    ],
)  # fmt: skip
def test_base(written, bare):
    assert subject.base(written) == bare
    assert subject.base(bare) == bare


def test_references():
    assert subject.references("Re: [DESK-1042] x DESK-7 desk-1042", ("DESK",)) == (1042, 7)
    assert subject.references("XDESK-1 DESK-1x DESK- 1 DESK-12345678901 OTHER-3", ("DESK",)) == ()
    assert subject.references("[OLD-3]", ("DESK", "OLD")) == (3,)
    start = time.process_time()
    subject.references("[#" * 500_000 + "DESK-" * 100_000, ("DESK",))
    subject.base("Re: " * 250_000)
    assert time.process_time() - start < 0.5


TOPICS = (
    TopicWords(topic="Outage", subtopic="website", words=("outage", "website is down", "ausfall")),
    TopicWords(topic="Billing", subtopic="invoice", words=("invoice", "rechnung")),
)


def test_topics_are_ranked_with_their_words():
    found = category.match("Invoice 12: the website is down, total outage, invoice", TOPICS)
    assert [match.topic for match in found] == ["Outage", "Billing"]
    assert found[0].words == ("website is down", "outage")


@pytest.mark.parametrize("text", ["there is no outage", "kein Ausfall", "outages", "", "nothing", "not an outage"])
def test_denied_or_partial_words_do_not_count(text):
    assert category.match(text, TOPICS) == ()


def test_not_only_is_no_denial():
    assert category.match("not only an outage", TOPICS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The printer does not start and we can not print", "en"),
        ("Der Drucker startet nicht und wir haben keine Zeit", "de"),
        ("L'imprimante ne démarre pas et nous avons un problème avec les documents", "fr"),
        ("La impresora no funciona y no podemos imprimir por favor", "en"),
        ("ok", "en"),
        ("", "en"),
    ],
)
def test_language(text, found):
    assert language.guess(text, ("en", "de", "fr"), "en") == found


ICS = (
    "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nDTSTART:19700101T000000\r\n"
    "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:call-1@desk.\r\n example\r\n"
    "SEQUENCE:2\r\nDTSTAMP:20261005T081100Z\r\n"
    'ATTENDEE;CN="A: B;C";PARTSTAT=ACCEPTED:mailto:carla@x.test\r\n'
    "DTSTART;TZID=Europe/Berlin:20261006T100000\r\n"
    "DTEND:20261006T083000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_invitation():
    found = calendar.invitation(ICS)
    assert (found.method, found.uid, found.sequence) == ("REPLY", "call-1@desk.example", 2)
    assert (found.attendee, found.partstat) == ("carla@x.test", "ACCEPTED")
    assert found.start == datetime(2026, 10, 6, 8, 0, tzinfo=UTC)
    assert found.end == datetime(2026, 10, 6, 8, 30, tzinfo=UTC)
    assert found.dtstamp == datetime(2026, 10, 5, 8, 11, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "", "/etc/passwd", "a" * 500])
def test_unknown_zones_are_no_guess(zone):
    assert calendar.invitation(ICS.replace("Europe/Berlin", zone)).start is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "BEGIN:VCALENDAR\nBEGIN:VCALENDAR\n" * 50_000,
        ";" * 100_000,
        '"' * 100_000,
        "END:VEVENT\n" * 50_000,
        " a\n" * 100_000,
    ],
)
def test_broken_calendars_do_not_hurt(text):
    start = time.process_time()
    calendar.invitation(text)
    assert time.process_time() - start < 1.0
