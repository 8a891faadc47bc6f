"""What a forged From can do: next to nothing.

The desk is nobody's cannon (reliability threat 7, intake 10): thousands of mails with one forged From give at most 2
mails to it in an hour and 3 in a day, however its address is written, with no word of the sender in them; a hundred
victims of one domain together get no more than that domain's budget. And no way to write a From makes a stranger
anybody's equal (intake 11-14, threat 2): no mail from elsewhere has trust A, none has trust B but as the stranger that
it is, and nothing that it asks for is done.

The numbers are 1,000 mails, with REPLYDESK_LONG 10,000.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from tests.desk import START, Sent, StillDesk
from tests.properties.world import mailbox
from tests.servers.requirement import is_long

MAILS = 10_000 if is_long() else 1_000
AT_ONCE = 50
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CANARY = "qzxbuyhere"
VICTIM = "victim@elsewhere.example"
SPELLINGS = (
    "{0}",
    f'"{CANARY} names" <{{0}}>',
    f"=?utf-8?q?{CANARY}?= <{{0}}>",
    "Victim <VICTIM@Elsewhere.Example>",
    "victim+spring@elsewhere.example",
    f"victim+{CANARY}{{1}}@elsewhere.example",
    "<victim@elsewhere.example.>",
    '"victim"@elsewhere.example',
    "{0} (" + CANARY + ")",
)
"""Ways to write one mailbox, each of which would be a budget of its own where addresses are compared as text."""


def forged(number: int, author: str) -> bytes:
    """A mail whose every place holds the sender's own words."""
    return f"""\
From: {author}
To: "{CANARY} to" <support@desk.example>
Reply-To: {CANARY}@evil.example
Subject: {CANARY} subject {number} http://{CANARY}.example
Message-ID: <{number}.{CANARY}@evil.example>
Date: Mon, 23 Nov 2026 08:00:00 +0000
X-Mailer: {CANARY}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

{CANARY} body {number}: invoice 4711, the website {CANARY}.example is down for 25 users since Friday.

--b
Content-Type: application/pdf; name="{CANARY}.pdf"
Content-Disposition: attachment; filename="{CANARY}.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b--
""".replace("\n", "\r\n").encode()


def flood(desk: StillDesk, authors: list[str], mails: int, pause: timedelta) -> list[tuple[datetime, Sent]]:
    """Send mail after mail, a batch every `pause`; what left to people outside, and when."""
    left: list[tuple[datetime, Sent]] = []
    boxes = ("support@desk.example", "billing@desk.example", "escalate@desk.example", "desk@desk.example")
    seen = 0
    for number in range(mails):
        author = authors[number % len(authors)]
        desk.receive(forged(number, author), mailbox(author), boxes[number % 4])
        if number % AT_ONCE == AT_ONCE - 1 or number == mails - 1:
            desk.settle()
            left += [(desk.now, s) for s in desk.sent[seen:] if not s.to.endswith("@desk.example")]
            seen = len(desk.sent)
            desk.now += pause
    return left


def most_in(times: list[datetime], window: timedelta) -> int:
    return max((sum(1 for at in times if timedelta() <= at - start < window) for start in times), default=0)


def test_threat_07_a_forged_from_is_mailed_three_times_a_day(still: StillDesk) -> None:
    """One victim, in every spelling, over some days: also where hops may bring any number of mails."""
    authors = [spelling.format(VICTIM, number) for number in range(7) for spelling in SPELLINGS]
    left = flood(still, authors, MAILS, 3 * DAY * AT_ONCE / MAILS)
    by_mailbox = defaultdict(list)
    for at, sent in left:
        by_mailbox[mailbox(sent.to)].append(at)
    assert {address.replace('"', "") for address in by_mailbox} == {VICTIM}
    times = sorted(at for all_ in by_mailbox.values() for at in all_)
    assert most_in(times, HOUR) <= 2
    assert most_in(times, DAY) <= 3
    assert len(times) >= 3, "the budget is there to be used"
    for _, sent in left:
        if sent.purpose != "question":  # of a reminder that comes back we want to know: nobody is asked there again
            assert sent.sender == "", "an acknowledgement has a null reverse-path"
        assert_holds_nothing_of_the_sender(sent)


def assert_holds_nothing_of_the_sender(sent: Sent) -> None:
    """No word of theirs, also not encoded; their Message-ID may be named as what this answers."""
    shown = [sent.text(), sent.text("html")]
    for name, value in sent.mail.items():
        if name not in ("In-Reply-To", "References", "To"):
            shown.append(str(value))
    for text in shown:
        assert CANARY not in text.lower(), text
        assert "4711" not in text
    assert not any(address.display_name for address in sent.mail["To"].addresses)
    raw = sent.raw.lower().decode("utf-8", "replace")
    for line in raw.splitlines():
        if CANARY in line:
            assert line.startswith(("in-reply-to:", "references:", "to:", " <")), line


def test_intake_10_a_forged_domain_is_mailed_within_its_budget(tmp_path: Path, template: Path) -> None:
    """Many victims of one domain: each has at most 3 a day, together the domain's budget."""
    victims = [f"victim{number}@elsewhere.example" for number in range(100)]
    env = {"REPLYDESK_BUDGET__DOMAIN_DAY": "100"}
    with closing(StillDesk(tmp_path / "desk", template, env)) as desk:
        left = flood(desk, victims, MAILS // 2 if is_long() else 400, timedelta(minutes=10))
    for count_of in Counter(mailbox(sent.to) for _, sent in left).values():
        assert count_of <= 3
    times = [at for at, _ in left]
    assert len(times) > 50
    assert most_in(times, DAY) <= 100


# No From makes a stranger anybody's equal

AGENT, CUSTOMER, EVIL = "anastasia@desk.example", "nora@northwind.example", "evil@evil.example"
VECTORS = (
    ["{0} <evil@evil.example>"],
    ["{0}\r\n (c) <evil@evil.example>"],
    ["{0}; evil@evil.example"],
    ["{0}, evil@evil.example"],
    ["evil@evil.example, {0}"],
    ["agents: {0};"],
    ["{0}", "evil@evil.example"],
    ["evil@evil.example", "{0}"],
    ['"{0}" <evil@evil.example>'],
    ["=?utf-8?q?{1}?= <evil@evil.example>"],
    ["=?utf-8?q?=3C{1}=3E?= <evil@evil.example>"],
    ["=?utf-8?q?{1}?=@evil.example"],
    ["<=?utf-8?q?{1}?=@evil.example>"],
    ["{0})evil@evil.example"],
    ["evil@evil.example({0})"],
    ["<{0}>evil@evil.example"],
    ["<{0}> <evil@evil.example>"],
    ["{0}\u202e <evil@evil.example>"],
    ["{0}\x00@evil.example"],
    ["{0}\x01 <evil@evil.example>"],
    ["<@{2}:evil@evil.example>"],
    ["<@evil.example:{0}>"],
    ['"{0}\\" <evil@evil.example>'],
    ["(<evil@evil.example>) {0}"],
    ["{0} (evil <evil@evil.example>"],
    ["\u202e{0}\u202c <evil@evil.example>"],
    ["{3}"],
    ["{0}.evil.example"],
    ["{0}@evil.example"],
    ["{4}@mail.{2}.evil.example"],
    ["{0}"],
    ["\r\n {0}"],
    ["{0}\r\n\t"],
)
"""Values of From; {0} whom the sender wants to be, {1} the same for an encoded word, {2} its domain, {3} with a letter
of another alphabet, {4} its local part."""

HONEST = "mx.desk.example; spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example; dmarc={}"
LIES = (
    "",
    "Authentication-Results: mx.desk.example; dmarc=pass header.from={0}; dkim=pass header.d={0}\r\n",
    "Authentication-Results: mx.desk.example (x; dmarc=pass header.from={0});\r\n dmarc=pass header.from={0}\r\n",
    (
        "ARC-Seal: i=1; a=rsa-sha256; cv=none; d={0}; s=s; b=AA==\r\n"
        "ARC-Authentication-Results: i=1; mx.desk.example; dmarc=pass header.from={0}\r\n"
    ),
    "Sender: {1}\r\nReply-To: {1}\r\nX-Original-From: {1}\r\nReturn-Path: <{1}>\r\nResent-From: {1}\r\n",
)
"""What the sender writes below the header of our own border."""

_numbers = count(1)


def vector(lines: list[str], victim: str, lie: str, words: str, subject: str) -> bytes:
    local, _, domain = victim.partition("@")
    fields = (victim, victim.replace("@", "=40"), domain, victim.replace("o", "\u043e").replace("e", "\u0435"), local)
    authors = "".join(f"From: {line.format(*fields)}\r\n" for line in lines)
    dmarc = "pass header.from=evil.example" if "evil.example" in authors else f"fail header.from={domain}"
    return (
        f"Authentication-Results: {HONEST.format(dmarc)}\r\n{lie.format(domain, victim)}{authors}"
        f"To: support@desk.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <v{next(_numbers)}@evil.example>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\n{words}\r\n"
    ).encode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[StillDesk]:
    """A desk with a ticket of a proven customer; the secret addresses of customer and agent have leaked. It asks
    nothing: weeks pass here, and a ticket that waits for answers would close by itself."""
    env = {"REPLYDESK_QUESTIONS__ASK": "false"}
    with closing(StillDesk(tmp_path_factory.mktemp("besieged") / "desk", template, env)) as desk:
        raw = (
            "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n"
            f"From: Nora <{CUSTOMER}>\nTo: support@desk.example\nSubject: The export stops\n"
            "Message-ID: <first@northwind.example>\nDate: Mon, 23 Nov 2026 08:00:00 +0000\n\nIt stops.\n"
        )
        assert desk.mail(raw, CUSTOMER)["trust"] == "B"
        yield desk


@pytest.mark.parametrize("victim", [AGENT, CUSTOMER])
@pytest.mark.parametrize("lie", LIES, ids=["plain", "results", "comment", "arc", "sender"])
def test_intake_11_no_forged_from_is_anybody_else(besieged: StillDesk, victim: str, lie: str) -> None:
    desk = besieged
    ticket = _state(desk)
    keyed = str(desk.latest(victim).mail["Reply-To"])
    before = len(desk.sent)
    for lines in VECTORS:
        for to in ("support@desk.example", keyed, "escalate@desk.example"):
            desk.now += HOUR
            raw = vector(
                lines, victim, lie, "#resolve pwned\nSend me all you know.", "Re: [DESK-1001] The export stops"
            )
            entry = desk.mail(raw, EVIL, to)
            _assert_is_a_stranger(desk, entry, lines, victim)
    assert _state(desk) == ticket
    for sent in desk.sent[before:]:
        assert sent.to != "evil@evil.example" or "It stops." not in sent.text()
        assert "pwned" not in sent.text() or sent.to.endswith("@desk.example"), sent.to


def _assert_is_a_stranger(desk: StillDesk, entry: dict, lines: list[str], victim: str) -> None:
    assert entry["trust"] != "A", (lines, entry["trace"])
    assert entry["verdict"] not in ("command", "reopened", "booking"), (lines, entry["verdict"])
    if entry["trust"] != "B" or not entry["ticket"] or entry["verdict"] in ("held-unverified", "duplicate"):
        return
    ticket = desk.ticket(int(entry["ticket"].rpartition("-")[2]))
    (writer,) = [m["from"]["address"] for m in ticket["messages"] if m["message_id"] == entry["message_id"]]
    assert writer.endswith(("@evil.example", ".evil.example")), (lines, writer)


def _state(desk: StillDesk) -> tuple[object, ...]:
    """What nobody outside may change: status, owner, who gets the answers."""
    ticket = desk.ticket(1001)
    members = [
        (p["address"], p["kind"]) for p in ticket["participants"] if p.get("kind") not in ("unverified", "robot")
    ]
    return ticket["status"], ticket["assignee"], ticket["outcome"], sorted(members)


def test_the_flood_itself_is_one(still: StillDesk) -> None:
    """Without a forged From's budget each of these mails would be answered: as many people as mails get one each."""
    left = flood(still, [f"person{number}@place{number}.example" for number in range(20)], 20, HOUR)
    answered = {sent.to for _, sent in left}
    assert len(answered) >= 15
    assert still.now > START
