"""The last check (promise 6, R07): what must not leave is found however it is written, and ordinary answers leave."""

from __future__ import annotations

import time
from base64 import encodebytes
from dataclasses import replace
from hashlib import sha256

import pytest

from gateway.rules import privacy
from gateway.rules.desk import Desk
from gateway.rules.policy.privacy import Privacy
from gateway.rules.privacy import Background, Guard, Kind, findings, in_file
from parsing.message import Forwarded, Mailbox
from store.records import Direction, Message, Role
from tests.unit.gateway.conftest import NOW

ENCODED = b"Content-Transfer-Encoding: base64\n\n%s\n--b\n"
NOTE = "The disk of node seven is full and nobody has paid for a new one since March, so keep quiet about it."


@pytest.fixture(scope="session")
def watch(desk: Desk) -> Guard:
    """The demo desk with something of each kind to hide."""
    skills = {**desk.routing.skills, "benedikt": replace(desk.routing.of("benedikt"), zone="Pacific/Chatham")}
    house = Privacy(
        hosts=("*.corp.example", "wiki.desk.example", "203.0.113.0/24", "2001:db8:7::/48"),
        machines=("mx.desk.example",),
        calendars=("meet.desk.example",),
        phones=("+49 30 5550123",),
        allow=("+49 30 5550100", "https://calendly.com/desk", "hotline@desk.example", "status.corp.example"),
    )
    return privacy.guard(replace(desk, privacy=house, routing=replace(desk.routing, skills=skills)))


def kinds(words: str, watch: Guard, **background: tuple[str, ...]) -> list[Kind]:
    return [one.kind for one in findings(words, watch, Background(**background))]


LEAKS = {
    Kind.ADDRESS: [
        "Write to benedikt@desk.example.", "write to BENEDIKT@DESK.EXAMPLE", "mailto:benedikt+x@desk.example",
        "ops@desk.example knows", "escalate@desk.example", "<desk@desk.example>", "(benedikt@desk.example)",
        "benedikt@desk.example, please", "bene\u00addikt@desk.example", "bene\u200bdikt@desk\u2060.example",
        "\uff42enedikt\uff20desk.example", "b\u0435nedikt@d\u0435sk.example", "benedikt%40desk.example",
        "&#98;enedikt&commat;desk.example", "benedikt=40desk=2eexample", "benedikt @ desk.example",
        "benedikt (at) desk (dot) example", "please ask bene\n> dikt@desk.example now", "benedikt@desk.\nexample",
        "benedikt@\n> desk.example", '"benedikt"@desk.example', "x=benedikt@desk.example",
        "benedikt at desk.example", "benedikt at desk dot example", "benedikt @ desk . example",
        "Ask Benedikt at\ndesk.example",        "benedikt (at) desk[.]example", "ops @ desk . example",
    ],
    Kind.KEY: [
        f"support+k{'a' * 26}@desk.example", f"support+k{'a' * 13}\n> {'a' * 13}@desk.example",
        f"support+\u200bk{'a' * 26}@desk.example", f"support%2Bk{'a' * 26}", f"support+k{'a' * 13} {'a' * 13}@x",
    ],
    Kind.HOST: [
        "it is db1.corp.example", "https://wiki.desk.example/x", "jira.internal", "http://build.lan/", "nas.home.arpa.",
        "mx.desk.example says", "10.2.3.4:8443", "https://10.2.3.4/x", "http://172.20.1.7", "ssh://root@10.1.2.3",
        "203.0.113.9", "http://[fd12:3456::1]/", "http://192.168.1.1:9000/", "db1.co\nrp.example and build.lan",
        "db1[.]lan", "wiki[.]desk(.)example", "10[.]2[.]3[.]4:8443",
        "\\\\nas.corp\\projects", "mount \\\\files.lan\\x please", "log in at 2001:db8:7::17",
        "2001:DB8:7::1: it is down",
        "http://[2001:db8:7::17]:8080/x", "2001:0db8:0007:0:0:0:0:17.",
    ],
    Kind.CALENDAR: [
        "https://calendly.com/benedikt/30min", "calendar.google.com/calendar/u/0?cid=x", "https://meet.desk.example/b",
        "https://zoom.us/j/123456", "BEGIN:VCALENDAR", "Meeting ID: 812 3456 7890", "Besprechungs-ID: 812 345 678 90",
    ],
    Kind.HEADER: [
        "X-Mailer: Apple Mail (2.3654)", "> User-Agent: Mutt", "hello\nThread-Index: AQH",
        "X-Originating-IP: [10.0.0.1]", "Received: from laptop (1.2.3.4) by mx", "the Message-ID <a@laptop.example>",
        "*X-MS-Exchange-Org: x", "User-Agent: Mozilla Thunderbird", "X-Mailer: Foo 1\nReceived: from a (b)",
    ],
    Kind.ZONE: [
        "Date: Mon, 23 Nov 2026 10:00:00 +1245", "> Sent: Monday, 10:00 GMT+12", "Gesendet: Montag 10:00 +0100",
        "my shift is in Pacific/Chatham",
    ],
    Kind.PHONE: [
        "Call me: +49 30 5550123", "0049 (0)30 555-0123", "030/5550123", "030 555 01 23",
        "Tel:0305550123", "Done.\n\nBest regards,\nB. S.\nTel:01712345678",
        "Done.\n\nBest regards,\nB. S.\nTel: +49 171 2345678", "Done.\nBenedikt\n+49 171 2345678",
        "Fertig.\nViele Gr\u00fc\u00dfe\nB. S. | Mobil 0171 2345678",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), [(kind, words) for kind, many in LEAKS.items() for words in many])
def test_what_must_not_leave_is_found(watch: Guard, kind: Kind, words: str) -> None:
    assert kind in kinds(words, watch)


@pytest.mark.parametrize(
    "words",
    [
        "Write to support@desk.example or billing@desk.example.",
        "Is nbenedikt@desk.example yours? And benedikt@desk.example.org?",
        "benedikt@northwind.example asked as well.",
        "Look at desk.example, or ask support at desk.example.",
        "We meet at desk dot example dot org.",
        "It is at 2001:db8:8::17, std::vector and 10:30:45.",
        r"Open C:\app\settings.internal\x.",
        "The shift 10:03055501234 is a number of ours, 12:30 - 13:30.",
        "Our desk at desk.example is at work; benedikt at desk.example.org is not ours.",
        "The pattern [a-z]+(.)[a-z]+ finds it; array[.] local is nothing.",
        "C++ keyboards are wonderful and great things to have, +kind regards.",
        "Open http://192.168.1.1 in the browser, or 10.0.0.1; your PC is 192.168.178.23, version 10.2.3.4.",
        "Your router is at http://192.168.0.1/setup.html.",
        "Listen on 127.0.0.1:8080 and see http://localhost:3000.",
        "Edit /etc/rc.local, ~/.env.local and settings.local.json; the corporation is Foo Corp.",
        "The user agent is sent as a header; we received: 3 files.",
        "Date: Monday, 23 November. Sent: yesterday.",
        "Your order 4930 5550 has 1,234,567 rows; invoice 2026-11-23-0001.",
        "Ring the hotline: +49 30 5550100.\n\nBest regards,\nSupport\nTel: +49 30 5550100",
        "Book here: https://calendly.com/desk, or write to hotline@desk.example.",
        "See status.corp.example.",
        "Scalendly.com/x is not it.",
        "Set host.docker.internal in the file, or kubernetes.default.svc.cluster.local as the host.",
        "It needs the class jdk.internal; ping raspberrypi.local please.",
        "Send the header\nUser-Agent: MyApp/1.0\nwith each call.",
        "It answers\nDate: Mon, 23 Nov 2026 09:00:00 +0000",
        "Thanks,\nyour new invoice number is\n2026110042\n",
        "Thank you!\n\nYour order:\n4711000123",
        "Thanks,\nthe number of your bank is\n0301234567",
        "Please call your bank:\n+49 30 1234567\nThey can help.",
        "100 % sure; a=b&c=d; R&D; =3D",
        "",
    ],
)
def test_ordinary_answers_leave(watch: Guard, words: str) -> None:
    assert findings(words, watch) == ()


@pytest.mark.parametrize(
    ("words", "theirs"),
    [
        ("Yes, benedikt@desk.example has it.", "Was it Benedikt@desk.example?"),
        ("On db1.corp.example it works.", "db1.corp.example does not answer"),
        ("Open http://10.2.3.4/x again.", "http://10.2.3.4/x fails"),
        ("We call +49 30 5550123.", "You called me from +49 30 5550123"),
        ("https://calendly.com/nora is yours.", "Book me: https://calendly.com/nora"),
        ("X-Mailer: Foomail 1 is", "It says\nX-Mailer: Foomail 1 is the cause"),
    ],
)
def test_the_customers_own_words_never_count(watch: Guard, words: str, theirs: str) -> None:
    assert findings(words, watch)
    assert findings(words, watch, Background(theirs=(theirs,))) == ()


def test_a_key_counts_even_where_the_customer_wrote_it(watch: Guard) -> None:
    key = f"support+k{'a' * 26}@desk.example"
    assert kinds(key, watch, theirs=(key,)) == [Kind.KEY]
    assert findings(key, watch, own=("a" * 26,)) == ()


@pytest.mark.parametrize(
    "words",
    [
        "the disk of node seven is full and nobody has paid for it",
        "> The disk\n> of node seven: is full -- and NOBODY has paid",
        "The disk of node seven is full\u00a0and no\u00adbody has paid.",
    ],
)
def test_words_of_a_note_do_not_leave(watch: Guard, words: str) -> None:
    assert kinds(words, watch, notes=(NOTE,)) == [Kind.NOTE]
    assert kinds(words, watch, notes=(NOTE,), theirs=(NOTE,)) == []
    assert kinds(words, watch, notes=(NOTE,), said=(NOTE,)) == []


def test_seven_words_of_a_note_are_chance(watch: Guard) -> None:
    assert findings("The disk of node seven is full. Sorry.", watch, Background(notes=(NOTE,))) == ()


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("Hello,\n\nThey never\n> pay on time.\n", "They never pay on time."),
        ("Well, they never pay on time", "Careful here! They never pay on time; ask legal."),
        ("die Festplatte ist voll", "die Festplatte ist voll"),
    ],
)
def test_a_whole_short_sentence_of_a_note_does_not_leave(watch: Guard, words: str, note: str) -> None:
    assert kinds(words, watch, notes=(note,)) == [Kind.NOTE]
    assert kinds(words, watch, notes=(note,), theirs=(note,)) == []
    assert kinds(words, watch, notes=(note,), said=(note,)) == []


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("We will look into it.", "We will look into it."),
        ("Wir melden uns heute noch.", "Wir melden uns heute noch."),
        ("Nous vous r\u00e9pondons demain.", "Il est l\u00e0."),
        ("The disk is full.", "I think that the disk is full of logs."),
        ("Disk full.", "Disk full."),
    ],
)
def test_commonplaces_and_parts_of_sentences_leave(watch: Guard, words: str, note: str) -> None:
    assert kinds(words, watch, notes=(note,)) == []


def test_what_stands_below_a_note_is_inside_unless_somebody_of_the_ticket_wrote_it(watch: Guard) -> None:
    def noted(author: str) -> Background:
        carried = Forwarded(from_=Mailbox(address=author), subject="plan", date=None, text=NOTE)
        note = Message(
            at=NOW, direction=Direction.NOTE, role=Role.AGENT, from_address="anastasia@desk.example", text="FYI",
            forwarded=carried,
        )  # fmt: skip
        asked = replace(note, direction=Direction.IN, from_address="nora@northwind.example", forwarded=None, trust="B")
        return privacy.background([asked, note])

    assert [one.kind for one in findings(NOTE, watch, noted("legal@lawyer.example"))] == [Kind.NOTE]
    assert findings(NOTE, watch, noted("Nora@northwind.example")) == ()


def test_a_note_without_spaces_is_words_too(watch: Guard) -> None:
    note = "\u30c7\u30a3\u30b9\u30af\u304c\u3044\u3063\u3071\u3044\u3067\u3059"
    assert kinds(f"\u306f\u3044{note}", watch, notes=(note,)) == [Kind.NOTE]


def test_a_finding_says_what_and_where(watch: Guard) -> None:
    found = findings("Hello,\nask benedikt@desk.example\non jira.internal", watch)
    assert (
        privacy.say(found) == "the address benedikt@desk.example (line 2), and the internal host jira.internal (line 3)"
    )


def test_former_staff_and_disabled_staff_are_still_nobodys_business(desk: Desk) -> None:
    left = privacy.guard(desk.without({"benedikt@desk.example"}))
    assert [one.kind for one in findings("benedikt@desk.example", left)] == [Kind.ADDRESS]


def test_what_a_ticket_adds_leaves_out_words_that_only_claim_to_be_somebodys() -> None:
    def said(direction: Direction, text: str, trust: str = "") -> Message:
        return Message(
            at=NOW,
            direction=direction,
            role=Role.CUSTOMER,
            from_address="nora@northwind.example",
            text=text,
            trust=trust,
        )

    known = privacy.background(
        [
            said(Direction.IN, "mine", "B"),
            said(Direction.IN, "forged", "D"),
            said(Direction.NOTE, "n"),
            said(Direction.OUT, "o"),
        ]
    )
    assert (known.theirs, known.notes, known.said) == (("mine",), ("n",), ("o",))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", b"ask benedikt@desk.example", Kind.ADDRESS),
        ("a.txt", "ask benedikt@desk.example".encode("utf-16"), Kind.ADDRESS),
        ("a.txt", "it runs on build.lan, and nobody knows why".encode("utf-16-le"), Kind.HOST),
        ("a.txt", "it runs on build.lan, and nobody knows why".encode("utf-16-be"), Kind.HOST),
        ("a.eml", ENCODED % encodebytes(b"ask benedikt@desk.example"), Kind.ADDRESS),
        ("a.eml", ENCODED % encodebytes(b"it runs on build.lan"), Kind.HOST),
        ("a.eml", ENCODED % encodebytes(ENCODED % encodebytes(b"it runs on build.lan")), Kind.HOST),
        ("a.eml", ENCODED % encodebytes(b"\0\1") + ENCODED % encodebytes(b"build.lan"), Kind.HOST),
        ("a.bin", b"\0\1/Author (benedikt@desk.example)\0", Kind.ADDRESS),
        ("a.log", b"10:00 build.lan refused", Kind.HOST),
        ("a.ics", b"x", Kind.CALENDAR),
        ("a.txt", b"BEGIN:VCALENDAR\r\n", Kind.CALENDAR),
        ("notes.txt", NOTE.encode(), Kind.NOTE),
        ("benedikt@desk.example.txt", b"x", Kind.ADDRESS),
    ],
)
def test_a_file_is_looked_through(watch: Guard, name: str, content: bytes, kind: Kind) -> None:
    found = in_file(name, "application/octet-stream", content, watch, Background(notes=(NOTE,)))
    assert kind in [one.kind for one in found]
    theirs = Background(notes=(NOTE,), files=frozenset({sha256(content).hexdigest()}))
    assert in_file("x", "text/plain", content, watch, theirs) == (), "what came from outside may go back"
    assert in_file("a.txt", "text/plain", b"the log of your shop", watch) == ()


def test_logs_and_tables_are_full_of_clocks(watch: Guard) -> None:
    assert in_file("a.log", "text/plain", b"Date: Mon, 23 Nov 2026 10:00:00 +0100\nUser-Agent: x\n", watch) == ()


WORST = {
    "signs": "@" * 400_000, "plus": "+k" * 200_000, "local parts": "a" * 60 + "@", "spaces": "a @ " * 100_000,
    "domains": "@desk.example " * 30_000, "long domains": "x@desk.example." * 30_000, "endings": ".lan " * 80_000,
    "hosts": "a.lan " * 60_000, "dots": "." * 400_000, "labels": "a." * 200_000, "digits": "1 " * 200_000,
    "numbers": "+49 30 5550124 " * 30_000, "percent": "%40" * 130_000, "entities": "&#64;" * 80_000,
    "quoted": "=40" * 130_000, "lines": "\n" * 400_000, "quotes": "\n> " * 130_000, "colons": "date: " * 60_000,
    "heads": "\nDate: " + "x" * 58, "hidden": "\u200b" * 400_000, "addresses": "10.1.1.1 " * 40_000,
    "ports": "10.1.1.1:80 " * 30_000, "notes": "the disk of node seven is empty and " * 10_000,
    "brackets": "( at ) " * 50_000, "said": "a at desk dot " * 30_000, "spaced": "x @ desk . " * 40_000,
    "spoken": "benedikt at desk dot example " * 10_000, "defanged": "[.]" * 130_000, "gaps": "desk   " * 60_000,
    "meeting": "meeting id " * 30_000, "underscores": "_" * 400_000,
    "bare colons": ":" * 400_000, "six": "1:2:3:4:5:6:7:8 " * 20_000, "shares": "\\\\x.corp" * 40_000,
}  # fmt: skip


@pytest.mark.parametrize("name", WORST)
def test_the_worst_case_is_linear(watch: Guard, name: str) -> None:
    text = WORST[name]
    text = text * (200_000 // len(text)) if len(text) < 200_000 else text
    started = time.process_time()
    findings(text, watch, Background(notes=(NOTE,)))
    assert time.process_time() - started < 3.0


@pytest.mark.parametrize("line", [b"QUJDREVGR0hJ\n-\n", b"QUJDREVGR0hJ\n", b"YmFzZTY0Cg==\n\n", b"\0a"])
def test_the_worst_file_is_linear(watch: Guard, line: bytes) -> None:
    started = time.process_time()
    in_file("a.eml", "text/plain", b"base64\n" + line * (2_000_000 // len(line)), watch)
    assert time.process_time() - started < 6.0


def test_nothing_hides_behind_a_crowd(watch: Guard) -> None:
    crowd = "10.1.1.1:80 " * 6_000
    assert findings(crowd + "benedikt@desk.example", watch, Background(theirs=("10.1.1.1:80",)))
