"""What happened to others must not happen here: one regression test for each advisory on mail intake of the systems
that came before (reliability part 3), named after it. Each says what happened there and what must happen here. It is
one long file because it is one list, in which an advisory is looked up.

Not here, because they do not touch mail that comes in:
- pages, sessions and interfaces for programs, which this desk does not have or tests with its own door: Zammad
  CVE-2021-35299, CVE-2021-42091, CVE-2024-33668, CVE-2026-84458; osTicket CVE-2023-1315, CVE-2023-1317 (a page's
  fields), CVE-2026-26895; FreeScout CVE-2026-40496, CVE-2026-27637, CVE-2026-40591, CVE-2026-45294; RT CVE-2026-44231;
  OTRS CVE-2025-26844; Mailman CVE-2021-43332; Stalwart CVE-2025-59045 (CalDAV; its mail form is tested below);
- FreeScout CVE-2026-41902 (an invitation that never lapses): what lapses here are reply keys, `test_keys.py`;
- FreeScout GHSA-7wcq-2qmv-mvcm (a password in a stored trace of outgoing mail): `tests/unit/transport/test_login.py`;
- FreeScout GHSA-7p9x-ch4c-vqj9 (a command of the shell): no command is ever run on anything of a mail;
- SMTP smuggling and STARTTLS, CVE-2023-51764 to -51766, CVE-2024-27305, CVE-2024-34083: a door's own bytes,
  `tests/unit/doors`; what leaves is tested below.
"""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.rules import keys
from parsing.reading import read
from store.records import Role
from tests.desk import SECRET, Sent, StillDesk
from tests.nasty.post import ANASTASIA, DOMINIQUE, EVE, NORA, PAUL, WORDS, Post, address, everything
from tests.servers.stores import KINDS

BOTH = pytest.mark.parametrize("store_kind", KINDS, indirect=True)
SECONDS = 2.0
"""Processor time for one hostile mail, on a machine that is busy with other tests."""


@pytest.fixture
def post(still: StillDesk) -> Iterator[Post]:
    """A desk with one ticket of Nora's, told to its team. Whatever happens, nobody else ever gets a mail of it."""
    post = Post(still)
    post.write(NORA, "support@desk.example", WORDS, Subject="Search is very slow")
    yield post
    for sent in still.sent:
        assert sent.raw.count(b"\n") == sent.raw.count(b"\r\n") == sent.raw.count(b"\r")
        if sent.to == EVE:
            assert "canary-history" not in everything(sent)


def to_nora(post: Post, before: int) -> list[Sent]:
    return [sent for sent in post.since(before) if sent.to == NORA]


def staff(post: Post, before: int) -> list[Sent]:
    return [sent for sent in post.since(before) if sent.to.endswith("@desk.example")]


def _multipart(*parts: str) -> tuple[dict[str, str], str]:
    headers = {"MIME_Version": "1.0", "Content_Type": 'multipart/mixed; boundary="b"'}
    return headers, "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"


# Who may act


@BOTH
@pytest.mark.parametrize("proven", [True, False])
def test_cve_2026_47123_a_forged_agent_who_names_our_message_id_relays_nothing(post: Post, proven: bool) -> None:
    """FreeScout: a spoofed From of an agent with the Message-ID of a notification was relayed to the customer. Here no
    Message-ID is authority: nothing leaves, with the border's fail and even with its pass, for there is no key."""
    still = post.still
    answered = str(still.latest(ANASTASIA).mail["Message-ID"])
    before = len(still.sent)
    entry = post.write(
        ANASTASIA,
        "support@desk.example",
        "#resolve done\n\nNora, please pay to a new account.",
        proven=proven,
        Subject="Re: [DESK-1001] Search is very slow",
        In_Reply_To=answered,
        References=f"<ticket-1001@desk.example> {answered}",
    )
    assert entry["verdict"] == "held-unverified"
    assert not to_nora(post, before)
    assert still.ticket(1001)["status"] == "new"


@pytest.mark.parametrize(
    "message_id",
    [
        "<reply-1001-1-0123456789abcdef@desk.example>",
        "<ticket-1001@desk.example>",
        "<m0001@desk.example.evil.example>",
        "<M0002@DESK.EXAMPLE>",
        "<notify-1001-2@desk.example>",
        "m0002@desk.example",
    ],
)
def test_ghsa_8vm3_no_older_form_of_message_id_is_believed(post: Post, message_id: str) -> None:
    """FreeScout: after signed Message-IDs came, unsigned ones of the old form still counted. Here there is no second
    form: a stranger who makes one up gets a new ticket, and an agent's From with one is held."""
    still = post.still
    entry = post.write(EVE, "support@desk.example", "And mine?", In_Reply_To=message_id, Subject="Re: Search")
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    before = len(still.sent)
    entry = post.write(ANASTASIA, "support@desk.example", "Done.", proven=False, In_Reply_To=message_id)
    assert entry["verdict"] == "held-unverified"
    assert not to_nora(post, before)


def test_ghsa_8vm3_a_shortened_key_or_proof_is_none(post: Post) -> None:
    """osTicket signs with 40 bits, FreeScout took truncated ones. Here 128 bits count, or nothing does."""
    real = address(post.still, NORA)
    local, _, domain = real.partition("@")
    for made in (local[:-1], local[:-10], local[:-16], local + "a", local.replace("+k", "+")):
        entry = post.write(NORA, f"{made}@{domain}", "Hello.", proven=False, Subject="Hello")
        assert entry["trust"] == "D", made
    assert len(keys.mint(SECRET, 1001, NORA, Role.CUSTOMER.value, "public", 1)) * 5 >= 128
    path = keys.return_path(SECRET, "support@desk.example", 1)
    detail = path.partition("@")[0].partition("+")[2]
    assert keys.returned(SECRET, detail) == 1
    assert [keys.returned(SECRET, detail[:-cut]) for cut in range(1, 17)] == [None] * 16


@BOTH
def test_ghsa_j49f_a_strangers_reply_is_not_the_customers(post: Post) -> None:
    """FreeScout: whoever answered a notification was taken for the customer. Here a stranger with the thread's
    Message-ID gets a ticket of their own, and one with the customer's key is an unverified participant."""
    still = post.still
    sent = still.latest(NORA)
    entry = post.write(EVE, "support@desk.example", "What is new?", In_Reply_To=str(sent.mail["Message-ID"]))
    assert entry["ticket"] == "DESK-1002"
    entry = post.write(EVE, str(sent.mail["Reply-To"]), "What is new?")
    assert entry["ticket"] == "DESK-1001"
    ticket = still.ticket(1001)
    assert ticket["requester"]["address"] == NORA
    assert {one["address"]: one["kind"] for one in ticket["participants"]}[EVE] == "unverified"


@BOTH
def test_ghsa_83xx_an_agent_who_lost_the_team_cannot_answer_by_an_old_mail(post: Post) -> None:
    """FreeScout: who had lost access to a mailbox could still answer by mail. Here the right is looked at when the mail
    is executed, however good its key: the answer is held and its author told."""
    still = post.still
    key = address(still, ANASTASIA)
    still.do("DESK-1001", "#todo look\n#team billing", "dominique")
    before = len(still.sent)
    entry = post.write(ANASTASIA, key, "It is fixed.")
    assert (entry["verdict"], entry["trust"]) == ("held-unverified", "A")
    assert not to_nora(post, before)
    assert [sent.purpose for sent in post.since(before) if sent.to == ANASTASIA] == ["held"]


@BOTH
def test_gitlab_349329_reply_to_decides_nobodys_identity(post: Post) -> None:
    """GitLab Service Desk took Reply-To for the creator. Here the author is From: Nora's name in a Reply-To gives
    neither her ticket nor her mail, and no answer goes to an address that stands only there."""
    still = post.still
    before = len(still.sent)
    entry = post.write(
        EVE, "support@desk.example", "Mine?", Reply_To=NORA, Subject="Re: [DESK-1001] Search is very slow"
    )
    assert entry["ticket"] == "DESK-1002"
    assert still.ticket(1002)["requester"]["address"] == EVE
    assert not to_nora(post, before)
    post.write(NORA, "support@desk.example", "Hello.", Reply_To=EVE, Subject="Another question")
    assert [sent.to for sent in post.since(before) if sent.purpose == "acknowledgement"] == [EVE, NORA]


def test_cve_2023_1936_the_address_of_a_requester_is_told_to_nobody_who_only_asks(post: Post) -> None:
    """GitLab: the creator's address was readable for others. Here a stranger who names the ticket, its mails, or comes
    by its key learns no address, no name and not that it exists."""
    still = post.still
    sent = still.latest(NORA)
    before = len(still.sent)
    named = str(sent.mail["Message-ID"])
    entry = post.write(EVE, "support@desk.example", "STATUS", Subject="[DESK-1001]", In_Reply_To=named)
    assert (entry["verdict"], entry["ticket"]) == ("ticket-created", "DESK-1002")
    entry = post.write(EVE, str(sent.mail["Reply-To"]), "STATUS")
    assert (entry["verdict"], entry["ticket"]) == ("appended", "DESK-1001")
    [mail] = [mail for mail in post.since(before) if mail.to == EVE]
    assert (mail.purpose, mail.mail["Subject"]) == ("acknowledgement", "[DESK-1002] STATUS")
    for word in ("nora", "search is very slow", "desk-1001"):
        assert word not in everything(mail).lower()


@pytest.mark.parametrize(
    "author",
    [
        f"{NORA}, {EVE}",
        f"{EVE}, {NORA}",
        f"{NORA}; {EVE}",
        f"Nora <{NORA}> <{EVE}>",
        f"<{NORA},{EVE}>",
        f'"{NORA}" {EVE}',
    ],
)
def test_cve_2023_7028_two_addresses_are_no_author(post: Post, author: str) -> None:
    """GitLab: a list where one address was expected sent the reset mail to both. Here such a From is nobody: no
    participant's place, no trust, and whatever leaves goes to one address at most."""
    still = post.still
    before = len(still.sent)
    entry = post.write(EVE, "support@desk.example", "Mine.", From=author, Subject="Re: [DESK-1001] Search is very slow")
    assert entry["trust"] == "D"
    assert entry["ticket"] != "DESK-1001"
    assert not to_nora(post, before)
    assert len([sent for sent in post.since(before) if sent not in staff(post, before)]) <= 1


@pytest.mark.parametrize(
    "author", ["alice@desk.example)bob@evil.example", "<anastasia@desk.example>bob@evil.example", "a@b@desk.example"]
)
def test_cve_2023_27043_an_address_that_two_readers_read_differently_is_none(post: Post, author: str) -> None:
    """Python's own reader took the part before the bracket. Here an address that is not one is nobody's."""
    entry = post.write(EVE, "support@desk.example", "#resolve x", From=author, Subject="Re: [DESK-1001] x")
    assert entry["trust"] == "D"
    assert entry["ticket"] != "DESK-1001"


@BOTH
def test_cve_2024_49193_a_spoofed_requester_cannot_copy_a_stranger_in(post: Post) -> None:
    """Zendesk: a forged mail of the requester with an attacker in Cc, and the next answer carried the whole history to
    the attacker. Here a Cc of an unproven mail joins nobody."""
    still = post.still
    post.write(
        NORA, "support@desk.example", "Please add him.", proven=False, Cc=EVE, Subject="Re: [DESK-1001] Search",
        In_Reply_To=str(still.latest(NORA).mail["Message-ID"]),
    )  # fmt: skip
    assert [one["ref"] for one in still.tickets()] == ["DESK-1001"]
    assert [one["address"] for one in still.ticket(1001)["participants"]] == [NORA]
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), "We are looking at it.")
    inside = staff(post, before)
    assert [(sent.purpose, sent.to) for sent in post.since(before) if sent not in inside] == [("answer", NORA)]
    for sent in still.sent:
        assert EVE not in f"{sent.to}\n{everything(sent)}"


# A cannon


def test_zendesk_2025_and_cve_2022_35488_no_mail_of_ours_is_a_weapon(post: Post) -> None:
    """Zendesk's acknowledgements and Zammad's reset mails were sent to victims by the thousand, with the attacker's
    subject. Here a forged From gets three in a day, and none carries a word of the sender's."""
    still = post.still
    before = len(still.sent)
    for _ in range(40):
        post.write(EVE, "support@desk.example", "buy canary-spam", proven=False, Subject="canary-spam now")
    victims = [sent for sent in post.since(before) if sent.to == EVE]
    assert 1 <= len(victims) <= 3
    for sent in victims:
        assert "canary-spam" not in everything(sent)


def test_cve_2010_4767_a_bad_charset_makes_neither_two_tickets_nor_two_answers(still: StillDesk) -> None:
    """OTRS: a mail in a charset that it did not know was fetched again and again, each time a ticket and an answer.
    Here it is read as well as it can be, once, whoever delivers it again."""
    raw = (
        f"From: Nora <{NORA}>\nTo: support@desk.example\nSubject: =?x-unknown-8?B?4fXk?= Export\n"
        "Message-ID: <once@northwind.example>\nMIME-Version: 1.0\n"
        'Content-Type: text/plain; charset="x-unknown-8"\n\nThe export stops: '
    ).replace("\n", "\r\n").encode() + b"\xe1\xf5\xe4\r\n"
    verdicts = [still.mail(raw, NORA)["verdict"] for _ in range(3)]
    assert verdicts == ["ticket-created", "duplicate", "duplicate"]
    assert len([sent for sent in still.sent if sent.to == NORA]) == 1
    assert "The export stops" in still.ticket(1001)["messages"][0]["text"]


# Words that become something else

INJECTION = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>"
LIVE = ("<script", "<img src=x", "<svg", "onerror=alert(2)>\"'><")


_MARKUP = {
    "CVE-2018-1000154": "subject", "CVE-2018-1010018": "subject", "CVE-2019-14750": "name", "CVE-2020-24917": "file",
    "CVE-2026-32754": "words", "CVE-2026-107393": "header", "CVE-2023-2200": "address", "CVE-2021-21441": "words",
    "CVE-2014-1695": "words", "CVE-2025-27915": "calendar",
}  # fmt: skip


def _harmless(sent: Sent) -> None:
    page = sent.text("html")
    for tag in LIVE:
        assert tag not in page, tag


@pytest.mark.parametrize("cve", _MARKUP)
def test_cve_2018_1000154_and_others_nothing_of_a_mail_is_markup_in_ours(post: Post, cve: str) -> None:
    """What somebody wrote became a page of the agent's: in Zammad's subjects, osTicket's names and file names,
    FreeScout's notifications and alerts, GitLab's addresses, OTRS by a mere look, Zimbra's invitations. Here it is text
    wherever it stands."""
    place = _MARKUP[cve]
    still = post.still
    before = len(still.sent)
    headers: dict[str, str] = {"Subject": "Export stops"}
    words = "The export stops."
    if place == "subject":
        headers["Subject"] = INJECTION
    elif place == "name":
        quoted = INJECTION.replace("\\", "\\\\").replace('"', '\\"')
        headers["From"] = f'"{quoted}" <{PAUL}>'
    elif place == "words":
        words = INJECTION
    elif place == "file":
        name = base64.b64encode(INJECTION.encode()).decode()
        headers, words = _multipart(
            "Content-Type: text/plain\n\nSee the file.",
            f'Content-Type: text/plain; name="=?utf-8?B?{name}?="\nContent-Disposition: attachment\n\nx',
        )
    elif place == "header":
        headers |= {"X_Spam_Report": INJECTION, "Reply_To": f"<{INJECTION}>", "In_Reply_To": f"<{INJECTION}@x>"}
    elif place == "address":
        headers["From"] = '"<img src=x onerror=alert(2)>"@evil.example'
    elif place == "calendar":
        headers, words = _multipart(
            f"Content-Type: text/html\n\n<p>{INJECTION}</p>",
            "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\n"
            f"BEGIN:VEVENT\nUID:1@x\nSUMMARY:{INJECTION}\nDESCRIPTION:<details/open/ontoggle=alert(1)>\nEND:VEVENT\nEND:VCALENDAR",
        )
    post.write(PAUL, "support@desk.example", words, **headers)
    made = post.since(before)
    assert staff(post, before)
    for sent in made:
        _harmless(sent)
        assert "ontoggle" not in sent.text("html") or "<details" not in sent.text("html")
    to_agent = next((sent for sent in made if sent.to == DOMINIQUE), None)
    assert to_agent is not None
    post.write(DOMINIQUE, str(to_agent.mail["Reply-To"]), f"Thank you {INJECTION}")
    for sent in post.since(before):
        _harmless(sent)


@pytest.mark.parametrize(
    "words", ["{{ 7*7 }}", "{% for x in ().__class__.__bases__ %}{{x}}{% endfor %}", "${7*7}", "#{7*7}", "<%= 7*7 %>"]
)
def test_cve_2022_48021_what_a_mail_says_is_never_run(post: Post, words: str) -> None:
    """Zammad: a crafted message ran code. Here words are data in every template: they come out as they went in."""
    still = post.still
    before = len(still.sent)
    post.write(NORA, address(still, NORA), f"I see {words} here", Subject=f"Re: [DESK-1001] {words}")
    notice = next(sent for sent in post.since(before) if sent.to == DOMINIQUE)
    assert words in notice.text()
    assert "49" not in notice.text().replace("1149", "")
    post.write(ANASTASIA, address(still, ANASTASIA), "Thank you.")
    assert words in still.latest(NORA, "answer").text()


@pytest.mark.parametrize(
    "word", ["=?utf-8?Q?x=0D=0ABcc:_eve@evil.example=0D=0A?=", "=?utf-8?B?eA0KQmNjOiBldmVAZXZpbC5leGFtcGxlDQo=?="]
)
@pytest.mark.parametrize("place", ["Subject", "From", "Message-ID", "References"])
def test_cve_2012_4730_a_header_cannot_bring_another(post: Post, word: str, place: str) -> None:
    """RT CVE-2012-4730 and CVE-2013-3373, FreeScout GHSA-5vg9, Python CVE-2024-6923 and CVE-2026-1299: a line end that
    was encoded became a header of the answer. Here a line end in a header is a space, and every header block that
    leaves is looked at once more."""
    still = post.still
    value = {"From": f"{word} <{PAUL}>", "Message-ID": f"<{word}@x.example>", "References": f"<a@b> <{word}>"}
    before = len(still.sent)
    post.write(PAUL, "support@desk.example", "Hello.", **{place.replace("-", "_"): value.get(place, word)})
    notice = still.latest(DOMINIQUE)
    post.write(DOMINIQUE, str(notice.mail["Reply-To"]), "Hello.")
    answered = [sent for sent in post.since(before) if sent.to == PAUL]
    assert answered[-1].purpose == "answer"
    for sent in post.since(before):
        assert sent.to != EVE
        assert sent.mail["Bcc"] is None
        assert len(sent.mail.get_all("Subject", [])) == 1


@pytest.mark.parametrize(
    "sender",
    [
        '"x> SIZE=1\\\r\nRCPT TO:<eve@evil.example>"@northwind.example',
        "nora@northwind.example> ORCPT=x",
        "nora@northwind.example\\r\\nDATA",
    ],
)
def test_ghsa_8xv5_4855_24qf_an_address_cannot_speak_smtp(still: StillDesk, sender: str) -> None:
    """Nextcloud: an address with a line end spoke to the mail server. Here one that cannot stand on an envelope is
    never written to: the ticket is there, and the sender of mail never sees the address."""
    raw = f"From: {sender}\r\nTo: support@desk.example\r\nSubject: Hello\r\nMessage-ID: <1@x>\r\n\r\nHello.\r\n"
    still.mail(raw.encode(), "nora@northwind.example")
    assert len(still.tickets()) == 1
    for sent in still.sent:
        assert all(letter.isprintable() and letter not in "<> \\" for letter in sent.to + sent.sender)
        assert sent.to != EVE


@pytest.mark.parametrize(
    "name",
    [
        "X-RT-Sign", "X-RT-Encrypt", "RT-Squelch-Replies-To", "RT-Attach-Message", "RT-Send-Cc", "X-RT-Interface",
        "X-Zammad-Ticket-Priority", "X-Zammad-Ticket-State", "X-Zammad-Customer-Email", "X-OTRS-Queue", "X-OTRS-State",
        "X-Replydesk-Trust", "X-Replydesk-Ticket", "X-FreeScout-Reply-To", "X-GitLab-NotificationReason",
    ],
)  # fmt: skip
def test_cve_2023_41259_no_header_from_outside_is_a_command(still: StillDesk, name: str) -> None:
    """RT took `RT-*` headers of incoming mail, and CVE-2012-6579 let a mail switch signing and encryption of answers;
    Zammad and OTRS have such headers too. Here a header with any such name changes nothing at all."""
    texts = []
    for number, value in enumerate(("", EVE, "1001", "closed", "1", "yes", "agent")):
        header = f"{name}: {value}\n" if value else ""
        entry = still.mail(
            f"From: Nora <nora{number}@northwind.example>\nTo: support@desk.example\nSubject: Export\n"
            f"Message-ID: <{number}@n.example>\n{header}\nThe export stops.\n",
            f"nora{number}@northwind.example",
        )
        ticket = still.ticket(int(entry["ticket"].rpartition("-")[2]))
        texts.append(
            {key: ticket[key] for key in ("type", "status", "team", "priority", "assignee", "audience", "language")}
            | {"verdict": entry["verdict"], "trust": entry["trust"], "people": len(ticket["participants"])}
        )
    assert texts == [texts[0]] * len(texts)
    assert EVE not in {sent.to for sent in still.sent}


def test_cve_2023_41260_whoever_delivers_learns_nothing_of_the_desk(tmp_path: Path, template: Path) -> None:
    """RT's mail gateway told in its response what it knew of tickets and people. Here `deliver` says nothing, whatever
    came of it, and the same for a ticket that exists and one that does not."""
    from tests.desk import ServedDesk, run

    desk = ServedDesk.make(tmp_path / "desk", template)
    said = []
    for number in (1001, 9999):
        head = f"From: {EVE}\r\nTo: support@desk.example\r\nSubject: [DESK-{number}] ?\r\nMessage-ID: <{number}@x>\r\n"
        mail = f"{head}\r\nHello.\r\n"
        done = run(desk.env, "deliver", "--to", "support@desk.example", "--from", EVE, stdin=mail.encode())
        said.append((done.returncode, done.stdout))
    assert said == [(0, b""), (0, b"")]


# Files


@pytest.mark.parametrize(
    "name",
    [
        "\u200b.htaccess", ".htaccess", "../../../etc/passwd", "shell.php\u200b", "a.php.", "con", "..\\..\\x.asp",
        "x" * 300 + ".php", "%2e%2e%2fshell.php", "/etc/cron.d/x",
    ],
)  # fmt: skip
def test_cve_2026_28289_the_name_of_a_file_is_only_a_word(post: Post, tmp_path: Path, name: str) -> None:
    """FreeScout CVE-2026-28289 and CVE-2026-27636 (a zero-width letter before `.htaccess`), osTicket CVE-2004-0613 (a
    file in the web root): a name chose where the file lies and what runs it. Here no file is written for an attachment
    at all, and the name that is shown is no path."""
    encoded = base64.b64encode(name.encode()).decode()
    headers, words = _multipart(
        "Content-Type: text/plain\n\nSee the file.",
        f'Content-Type: application/x-php; name="=?utf-8?B?{encoded}?="\n'
        f'Content-Disposition: attachment; filename="=?utf-8?B?{encoded}?="\n\n<?php echo 1;',
    )
    files = {path for path in tmp_path.rglob("*") if "sent" not in path.parts}
    post.write(NORA, address(post.still, NORA), words, **headers)
    assert {path for path in tmp_path.rglob("*") if "sent" not in path.parts} == files
    (shown,) = post.still.ticket(1001)["messages"][-1]["attachments"]
    safe = str(shown.get("safe_name") or shown["filename"])
    assert not set(safe) & set("/\\\0\u200b")
    assert not safe.startswith(".")
    assert len(safe.encode()) <= 255


def test_cve_2019_18180_a_long_extension_ends(post: Post) -> None:
    """OTRS: an attachment whose extension was very long was renamed for ever. Here it is cut, in no time."""
    begun = time.process_time()
    for length in (200, 10_000, 200_000):
        headers, words = _multipart(
            "Content-Type: text/plain\n\nSee.",
            f"Content-Type: text/plain\nContent-Disposition: attachment; filename=a.{'x' * length}\n\nx",
        )
        entry = post.write(NORA, address(post.still, NORA), words, **headers)
        assert entry["verdict"] == "appended"
    assert time.process_time() - begun < 3 * SECONDS


def test_cve_2005_3895_a_page_as_an_attachment_is_a_file_to_keep(post: Post) -> None:
    """OTRS showed an attached page in the agent's browser. Here a page that is sent on is a stream of octets that no
    client shows by itself."""
    still = post.still
    headers, words = _multipart(
        "Content-Type: text/plain\n\nIt is fixed, see the page.",
        'Content-Type: text/html; name="x.html"\nContent-Disposition: attachment; filename="x.html"\n\n'
        "<script>alert(1)</script>",
    )
    post.write(ANASTASIA, address(still, ANASTASIA), words, **headers)
    sent = still.latest(NORA, "answer")
    (file,) = list(sent.mail.iter_attachments())
    assert file.get_content_type() == "application/octet-stream"
    assert file.get_content_disposition() == "attachment"


@BOTH
def test_cve_2020_24881_reading_a_mail_opens_no_connection(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """osTicket CVE-2020-24881 fetched what a mail named, and CVE-2026-22200 read files for a PDF of it. Here nothing
    outside is ever looked at: neither a picture, nor a style, nor a file."""
    still = post.still
    opened: list[Any] = []
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda *how: opened.append(how[1]) or real(*how))
    words = (
        '<html><head><link rel="stylesheet" href="http://127.0.0.1:9/s.css"><base href="http://127.0.0.1:9/"></head>'
        '<body background="http://127.0.0.1:9/b"><img src="http://127.0.0.1:9/i.png"><img src="file:///etc/passwd">'
        '<iframe src="php://filter/resource=/etc/passwd"></iframe><object data="//127.0.0.1:9/o"></object>'
        "<style>@import url(http://127.0.0.1:9/c);</style>The export stops.</body></html>"
    )
    before = len(still.sent)
    post.write(NORA, address(still, NORA), words, MIME_Version="1.0", Content_Type="text/html")
    assert not [where for where in opened if isinstance(where, tuple)]
    for sent in post.since(before):
        assert "127.0.0.1:9" not in sent.text("html")
        assert "root:" not in everything(sent)


# Time and room

_SLOW = {
    "cve_2021_36093, a subject for a filter": ({"Subject": "a " * 30_000 + "!"}, "x"),
    "cve_2021_21439, a link in the words": ({}, "http://" + "a." * 60_000 + "/" + "(" * 20_000),
    "cve_2010_3476, a page": (
        {"MIME_Version": "1.0", "Content_Type": "text/html"},
        "<a " + "href=" * 30_000 + "<" * 30_000 + "<!--" * 10_000,
    ),
    "cve_2014_9472, addresses": ({"From": "<" * 5_000 + NORA, "To": '"' * 20_000}, "x"),
    "cve_2014_9472, parameters": ({"Content_Type": "text/plain" + "; a*0=b" * 10_000}, "x"),
    "cve_2026_48187, parts": (
        {"MIME_Version": "1.0", "Content_Type": "multipart/mixed; boundary=b"},
        "--b\n\nx\n" * 20_000,
    ),
    "cve_2026_48187, levels": (
        {"MIME_Version": "1.0", "Content_Type": "multipart/mixed; boundary=b0"},
        "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(500)),
    ),
    "cve_2025_59045, a calendar": (
        {"MIME_Version": "1.0", "Content_Type": "text/calendar; method=REQUEST"},
        "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T000000Z\n"
        "RRULE:FREQ=SECONDLY;COUNT=2000000000\n" + "RDATE:20260101T000000Z\n" * 5_000 + "END:VEVENT\nEND:VCALENDAR",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", _SLOW)
def test_cve_2026_48187_no_mail_takes_long(what: str) -> None:
    """OTRS CVE-2021-36093, CVE-2021-21439, CVE-2010-3476 and CVE-2026-48187, RT CVE-2014-9472, Stalwart CVE-2025-59045:
    one mail kept the mail gateway busy for minutes or took all memory. Here reading is linear and bounded, in a process
    that can be killed."""
    headers, words = _SLOW[what]
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    raw = f"{head}Message-ID: <1@x.example>\n\n{words}\n".replace("\n", "\r\n").encode()
    begun = time.process_time()
    read(raw)
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 99 Foo 99999 99:99:99 +9999",
        "x" * 181,
        "Fri, 31 Dec 99999 23:59:59 +0000",
        "Thu, 01 Jan 1970 00:00:00 -2400",
        "Mon, 23 Nov 2026 09:00:00 +" + "9" * 400,
        "-1",
    ],
)
def test_cve_2005_4153_a_bad_date_costs_nothing(still: StillDesk, date: str) -> None:
    """Mailman: a date that overflowed stopped all mail behind it. Here the mail has the time at which it came, and the
    next one is read."""
    for number in (1, 2):
        entry = still.mail(
            f"From: {NORA}\nTo: support@desk.example\nSubject: Export {number}\nMessage-ID: <{number}@n.example>\n"
            f"Date: {date}\n\nThe export stops.\n",
            NORA,
        )
        assert entry["verdict"] == "ticket-created"
        ticket = still.ticket(int(entry["ticket"].rpartition("-")[2]))
        assert ticket["created_at"].startswith("2026-11-23T08:00")


# Commands by mail


@pytest.mark.parametrize(
    "words",
    [
        "password address=anastasia@desk.example",
        "who secret",
        "#show DESK-1001",
        "#find nora",
        "#help",
        "get /etc/passwd",
    ],
)
def test_cve_2004_0412_a_stranger_who_commands_gets_nothing(post: Post, words: str) -> None:
    """Mailman: a command by mail gave the password of somebody else. Here a customer commands nothing: the words make a
    ticket, and the answer is the same as to any others."""
    still = post.still
    before = len(still.sent)
    entry = post.write(EVE, "support@desk.example", words, Subject="a question")
    assert entry["verdict"] == "ticket-created"
    (answer,) = [sent for sent in post.since(before) if sent.to == EVE]
    assert answer.purpose == "acknowledgement"
    for word in ("nora", "anastasia", "#assign", "DESK-1001", "secret", "root:"):
        assert word not in answer.text()


@pytest.mark.parametrize(
    "words", ["#help ../../etc/passwd", "#template ../../etc/passwd", "#help {{config}}", "#template /etc/passwd"]
)
def test_cve_2011_0049_a_command_names_no_file(post: Post, words: str) -> None:
    """Majordomo: `help ../../etc/passwd` by mail sent the file. Here what stands behind a verb is never a path: the
    agent gets the help, or why it cannot be done."""
    still = post.still
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), words)
    assert not to_nora(post, before)
    for sent in post.since(before):
        assert "root:" not in everything(sent)


# Calendars

_EVENT = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\nMETHOD:{method}\nBEGIN:VEVENT\nUID:{uid}\nSEQUENCE:99\n"
    "DTSTAMP:20991231T000000Z\nDTSTART:20261124T090000Z\nDTEND:20261124T093000Z\nORGANIZER:mailto:support@desk.example\n"
    "ATTENDEE;PARTSTAT=DECLINED:mailto:nora@northwind.example\nSUMMARY:Call\nEND:VEVENT\nEND:VCALENDAR\n"
)


@BOTH
@pytest.mark.parametrize(
    ("number", "method"), [("93627", "CANCEL"), ("93628", "REPLY"), ("93629", "REQUEST"), ("93628", "COUNTER")]
)
def test_cve_2026_93627_a_forged_calendar_mail_moves_nothing(post: Post, number: str, method: str) -> None:
    """Zimbra CVE-2026-93627, -93628 and -93629: whoever sent CANCEL, REPLY or REQUEST changed the appointments of
    others. Here a stranger's calendar mail is kept and changes nothing: no status, no clock, no mail to the customer,
    and no calendar part goes on to an agent."""
    still = post.still
    assert number
    was = still.ticket(1001)
    before = len(still.sent)
    event = _EVENT.format(method=method, uid="1001@desk.example")
    headers, words = _multipart(
        "Content-Type: text/plain\n\nSee the invitation.",
        f"Content-Type: text/calendar; method={method}; charset=utf-8\n\n{event}",
    )
    for to in ("support@desk.example", address(still, NORA)):
        post.write(EVE, to, words, Subject="Re: [DESK-1001] Call", **headers)
    now = still.ticket(1001)
    assert {key: now[key] for key in ("status", "assignee", "priority", "sla", "calls")} == {
        key: was[key] for key in ("status", "assignee", "priority", "sla", "calls")
    }
    assert not to_nora(post, before)
    for sent in post.since(before):
        assert "text/calendar" not in {part.get_content_type() for part in sent.mail.walk()}


# What leaves


@pytest.mark.parametrize("end", ["\n.\n", "\r\n.\r\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r"])
def test_cve_2023_51764_no_end_of_data_leaves_in_the_middle_of_a_mail(post: Post, end: str) -> None:
    """Postfix, Sendmail and Exim took other line ends for the end of a mail and read the rest as commands. Here what
    somebody quoted to us leaves with CRLF alone, and a dot on its own line is one that the transport stuffs."""
    still = post.still
    smuggled = f"One.{end}MAIL FROM:<{ANASTASIA}>{end}RCPT TO:<{EVE}>\nTwo."
    raw = (
        f"From: Nora <{NORA}>\r\nTo: {address(still, NORA)}\r\nSubject: Re: Search\r\nMessage-ID: <s@n.example>\r\n\r\n"
    ).encode() + smuggled.encode()
    still.mail(raw, NORA, address(still, NORA))
    before = len(still.sent)
    post.write(ANASTASIA, address(still, ANASTASIA), "Thank you.")
    (answer,) = to_nora(post, before)
    assert answer.raw.count(b"\n") == answer.raw.count(b"\r\n") == answer.raw.count(b"\r")
    assert EVE not in {sent.to for sent in still.sent}
