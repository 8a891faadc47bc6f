"""Machines that answer mail, each with a bad habit, for the simulation of loops (`test_loops`).

In: a mail that a desk sent, as it arrives at the machine's address. Out: the mails with which the machine answers. Each
of them can go round for ever with a desk that answers it: none looks at Auto-Submitted, at an empty reverse-path or at
what it has said before.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from itertools import count

from tests.desk import Sent

DATE = "Mon, 23 Nov 2026 08:00:00 +0000"


@dataclass(frozen=True, slots=True)
class Post:
    """One mail on its way: content, envelope, and whether its domain is proven by SPF and DKIM. `machine` when nobody
    pressed a key for it, `disguised` when nothing in it but perhaps its words says so."""

    raw: bytes
    sender: str
    to: str
    proven: bool = False
    machine: bool = True
    disguised: bool = False


_numbers = count(1)


def letter(author: str, to: str, subject: str, words: str, *headers: str, name: str = "") -> bytes:
    """A mail with a Message-ID that was never there before."""
    domain = author.rpartition("@")[2]
    head = (
        f"From: {name} <{author}>" if name else f"From: {author}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {DATE}",
        f"Message-ID: <{next(_numbers)}.{author.partition('@')[0]}@{domain}>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        *headers,
    )
    return ("\r\n".join(head) + "\r\n\r\n" + words.replace("\n", "\r\n") + "\r\n").encode()


def header(sent: Sent, name: str) -> str:
    return " ".join(str(sent.mail[name] or "").split())


def reply_address(sent: Sent) -> str:
    """Where a mail client answers: the secret address."""
    return header(sent, "Reply-To") or from_address(sent)


def from_address(sent: Sent) -> str:
    return header(sent, "From").rpartition("<")[2].rstrip("> ")


def bare_address(sent: Sent) -> str:
    """The desk's address without a key, as a client that cuts details, or an address book, has it."""
    local, _, domain = from_address(sent).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def threading(sent: Sent) -> tuple[str, str]:
    known = header(sent, "References")
    message_id = header(sent, "Message-ID")
    return f"In-Reply-To: {message_id}", f"References: {known} {message_id}".replace(":  ", ": ")


TARGETS: tuple[Callable[[Sent], str], ...] = (reply_address, from_address, bare_address)


@dataclass(slots=True)
class Robot:
    """A machine at an address. `proven`: its domain signs; `clock` numbers what it says."""

    address: str
    proven: bool = False
    disguised: bool = False
    counter: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        raise NotImplementedError

    def post(self, raw: bytes, to: str, sender: str | None = None) -> Post:
        by = self.address if sender is None else sender
        return Post(raw=raw, sender=by, to=to, proven=self.proven, disguised=self.disguised)


class Echo(Robot):
    """Sends every mail back with its own text, quoted or not, with the headers of an answer or without. Where neither
    header nor address names the mail, nothing can be compared with what we wrote."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to, subject, text = rng.choice(TARGETS)(sent), header(sent, "Subject"), sent.text()
        if rng.random() < 0.5:
            text = "\n".join(f"> {line}" for line in text.splitlines())
        head = threading(sent) if rng.random() < 0.5 else ()
        prefix = rng.choice(("", "Re: "))
        post = self.post(letter(self.address, to, prefix + subject, text, *head), to)
        names_no_mail = not head and "+" not in to
        return [replace(post, disguised=self.disguised or names_no_mail)]


class Absence(Robot):
    """An out of office with the headers of RFC 3834, to the reverse-path; to the author where that is empty."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to = sent.sender or reply_address(sent)
        words = f"I am out of the office until Monday, 30 November. ({next(self.counter)})"
        head = ("Auto-Submitted: auto-replied", *threading(sent))
        return [self.post(letter(self.address, to, "Out of office: " + header(sent, "Subject"), words, *head), to, "")]


class Exchange(Robot):
    """An out of office in the style of Exchange: no Auto-Submitted, a header of its own, a person's envelope."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to = reply_address(sent)
        head = ("X-Auto-Response-Suppress: All", "X-MS-Exchange-Inbox-Rules-Loop: " + self.address, *threading(sent))
        words = "I am currently away and will read your message when I return."
        subject = "Automatic reply: " + header(sent, "Subject")
        return [self.post(letter(self.address, to, subject, words, *head), to)]


class Holiday(Robot):
    """An out of office without any header: a rule in a mail client. Only its words say so, in its owner's language."""

    WORDS = (
        "Ich bin bis zum 30. November nicht im Büro und habe keinen Zugriff auf meine E-Mails.\n\nViele Grüße\nTom",
        "Je suis absent du bureau jusqu'au 30 novembre. Votre message ne sera pas lu.",
        "I am out of the office until 30 November with no access to e-mail.",
    )

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to = rng.choice(TARGETS)(sent)
        head = threading(sent) if rng.random() < 0.7 else ()
        words = rng.choice(self.WORDS)
        return [self.post(letter(self.address, to, "Re: " + header(sent, "Subject"), words, *head, name="Tom"), to)]


class Mute(Robot):
    """A machine in words that no list of words holds, each time other ones."""

    SYLLABLES = ("he", "ron", "la", "ke", "blu", "ri", "mo", "sa", "tun", "ber", "wi", "nol")

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to, number = rng.choice(TARGETS)(sent), next(self.counter)
        words = " ".join("".join(rng.choices(self.SYLLABLES, k=3)) for _ in range(12))
        head = threading(sent) if rng.random() < 0.7 else ()
        subject = rng.choice((f"Heron {number}", "Re: " + header(sent, "Subject")))
        return [self.post(letter(self.address, to, subject, words, *head), to)]


class Tracker(Robot):
    """A foreign ticket system: takes all our headers away, opens a ticket of its own for each mail, says so in a fresh
    subject, and quotes us."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to, number = bare_address(sent), next(self.counter)
        subject = f"[SYS-{4000 + number}] New request of yours"
        words = f"Request SYS-{4000 + number} was registered for you by our team.\n\n{sent.text()}"
        return [self.post(letter(self.address, to, subject, words, name=f"Tracker {number}"), to)]


class Details(Robot):
    """The same with an address of its own for every mail, as ticket systems have that put a key into their From."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to, number = bare_address(sent), next(self.counter)
        local, _, domain = self.address.rpartition("@")
        by = f"{local}+{number}@{domain}"
        words = f"Your case {number} is with us.\n\n" + sent.text()[:200]
        return [self.post(letter(by, to, f"Case {number} for you", words), to, by)]


class Bouncer(Robot):
    """A server that has no such user: a delivery report to the reverse-path (RFC 3464), whatever that is."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        if not sent.sender:
            return []
        return [self.post(report(self.address, sent, sent.sender, ""), sent.sender, "")]


class RudeBouncer(Robot):
    """One that reports to the author instead, under a name of its own, whatever the reverse-path is."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to = rng.choice((reply_address, bare_address))(sent)
        domain = self.address.rpartition("@")[2]
        if rng.random() < 0.5:
            daemon = f"mailer-daemon@{domain}"
            return [self.post(report(self.address, sent, to, daemon), to, daemon)]
        words = (
            f"Your message {next(self.counter)} to {self.address} was not delivered: no such user.\n\n" + sent.text()
        )
        return [self.post(letter(self.address, to, "Undelivered: " + header(sent, "Subject"), words), to)]


def report(about: str, sent: Sent, to: str, by: str) -> bytes:
    """A delivery report about a mail of ours that could not be delivered for good."""
    domain = about.rpartition("@")[2]
    parts = f"""\
From: Mail Delivery System <{by or "mailer-daemon@" + domain}>
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: {DATE}
Message-ID: <{next(_numbers)}.report@{domain}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<{about}>: 550 5.1.1 no such user
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}

Final-Recipient: rfc822; {about}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
--b
Content-Type: text/rfc822-headers

From: {header(sent, "From")}
To: {about}
Subject: {header(sent, "Subject")}
Message-ID: {header(sent, "Message-ID")}
--b--
"""
    return parts.replace("\n", "\r\n").encode()


@dataclass(slots=True)
class MailingList(Robot):
    """A list that sends each post to all its members: with the headers of a list and the author's own From, or a rude
    one, without them and under its own name."""

    members: tuple[str, ...] = ()
    manners: tuple[str, ...] = ("polite", "rude")

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        return self.reflect(sent.raw, rng)

    def reflect(self, raw: bytes, rng: random.Random) -> list[Post]:
        mail = message_from_bytes(raw, policy=policy.default)
        body = mail.get_body(("plain",))  # type: ignore[union-attr]
        words = body.get_content() if body is not None else ""
        subject, author = " ".join(str(mail["Subject"]).split()), str(mail["From"]).rpartition("<")[2].rstrip("> ")
        domain = self.address.rpartition("@")[2]
        if rng.choice(self.manners) == "polite":
            head = (f"List-Id: <friends.{domain}>", "Precedence: list", f"List-Unsubscribe: <mailto:leave@{domain}>")
            made = letter(author, self.address, f"[friends] {subject}", words, *head)
        else:
            made = letter(self.address, self.address, subject, words)
        return [self.post(made, member, f"friends-bounces@{domain}") for member in self.members if member != author]


class Colleague(Robot):
    """An absent member of the staff: their client answers every notice, to the secret address, with proof."""

    def answer(self, sent: Sent, rng: random.Random) -> list[Post]:
        to, subject = reply_address(sent), header(sent, "Subject")
        words = f"I am out of the office until {24 + next(self.counter) % 7} November with no access to e-mail."
        heads: tuple[tuple[str, tuple[str, ...]], ...] = (
            ("Re: " + subject, threading(sent)),
            ("Automatic reply: " + subject, ("X-Auto-Response-Suppress: All", *threading(sent))),
            ("Re: " + subject, ("Auto-Submitted: auto-replied", *threading(sent))),
        )
        line, head = rng.choice(heads)
        return [self.post(letter(self.address, to, line, words, *head, name="Anastasia Winter"), to)]
