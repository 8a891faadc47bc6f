"""The demo's story: who writes what, in which order. Data only; `gateway.cli.demo` plays it over real SMTP.

The people and companies are invented (RFC 2606 names). Our border's Authentication-Results stand on the mails that a
real border would vouch for, and are missing on the forged one.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

_BORDER = "Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One mail of the story. `answers` names the person whose latest mail from the desk it replies to, if any."""

    title: str
    author: str
    address: str
    subject: str
    body: str
    to: str = "support@desk.example"
    answers: str = ""
    vouched: bool = True
    headers: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()

    @property
    def reverse_path(self) -> str:
        return self.address

    def mail(self, recipient: str, answered: EmailMessage | None) -> bytes:
        """The bytes that the author's mail client sends (and our border stamps)."""
        border = _BORDER.format(domain=self.address.rpartition("@")[2]) if self.vouched else ""
        subject = f"Re: {answered['Subject']}" if answered is not None else self.subject
        lines = [f"From: {self.author} <{self.address}>", f"To: {recipient}", f"Subject: {subject}"]
        lines.append(f"Message-ID: <{abs(hash((self.title, self.address)))}@{self.address.rpartition('@')[2]}>")
        lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
        if answered is not None:
            lines += [f"In-Reply-To: {answered['Message-ID']}", f"References: {answered['Message-ID']}"]
        text = "\r\n".join([*lines, *self.headers, "", *self.body.strip().splitlines(), ""])
        return (border + text).encode()


NORA = "nora@northwind.example"
ANASTASIA = "anastasia@desk.example"

SCENES = (
    Scene(
        title="A customer writes",
        author="Nora Wind",
        address=NORA,
        subject="Search is very slow",
        body="""
Hello,

since 14:00 the search of our shop takes more than twenty seconds.
About 25 users are affected. We expected less than a second.

Nora
""",
        headers=("User-Agent: Mozilla Thunderbird",),
        shows=(NORA, ANASTASIA),
    ),
    Scene(
        title="A robot answers the acknowledgement",
        author="Nora Wind",
        address=NORA,
        subject="Out of office",
        answers=NORA,
        body="I am away until Tuesday. In urgent cases please call the office.",
        headers=("Auto-Submitted: auto-replied",),
    ),
    Scene(
        title="The customer says what was asked for, and nothing is asked again",
        author="Nora Wind",
        address=NORA,
        subject="",
        answers=NORA,
        body="""
I open the shop, type boots into the search box and press Enter.

Nora
""",
        shows=(ANASTASIA,),
    ),
    Scene(
        title="An agent answers from her own mail client",
        author="Anastasia Winter",
        address=ANASTASIA,
        subject="",
        answers=ANASTASIA,
        body="""
Hello Nora,

the search index was being rebuilt. Is it faster now?

--
Anastasia Winter
Room 4.12, phone 4711
anastasia@desk.example

> Nora Wind, Northwind
> since 14:00 the search of our shop takes more than twenty seconds.
""",
        headers=("X-Mailer: Outlook on anastasias-laptop", "X-Originating-IP: 192.0.2.44"),
        shows=(NORA,),
    ),
    Scene(
        title="Somebody pretends to be the agent",
        author="Anastasia Winter",
        address=ANASTASIA,
        subject="Re: Search is very slow",
        body="Please send your password to this address so that we can check your account.",
        vouched=False,
    ),
    Scene(
        title="The customer answers",
        author="Nora Wind",
        address=NORA,
        subject="",
        answers=NORA,
        body="""
Yes, it is as fast as before. Thank you!

> the search index was being rebuilt. Is it faster now?
""",
        shows=(),
    ),
    Scene(
        title="The agent mistypes a verb, and nothing leaves",
        author="Anastasia Winter",
        address=ANASTASIA,
        subject="",
        answers=ANASTASIA,
        body="#resolv the index was rebuilt",
        shows=(ANASTASIA,),
    ),
    Scene(
        title="The agent resolves the ticket",
        author="Anastasia Winter",
        address=ANASTASIA,
        subject="",
        answers=ANASTASIA,
        body="#resolve the search index was rebuilt; searches take 0.2 s again",
        shows=(NORA, ANASTASIA),
    ),
    Scene(
        title="A customer writes in German",
        author="Carl Ostwald",
        address="carl@contoso.example",
        subject="Rechnung 4711 ist falsch",
        to="billing@desk.example",
        body="""
Guten Tag,

auf der Rechnung 4711 steht ein falscher Betrag. Können Sie das bitte prüfen?

Mit freundlichen Grüßen
Carl Ostwald
""",
        shows=("carl@contoso.example",),
    ),
)
