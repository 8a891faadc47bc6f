"""The calendar part of a mail: a letter and the text of its mail in, the bytes of its invite and its parts out.

The shape is the one that calendar programs read alike: the invite as the last alternative, and the same bytes once
more as a file (RFC 6047 section 2.4). What is in it is looked through like the mail, in the form in which a person
would read it. It must never hold a word that the letter and its mail do not have, and never the name of a colleague.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection

from gateway.letter import Letter, LetterCalendar
from gateway.rules import privacy
from gateway.rules.privacy import Background, Finding, Guard
from scheduling import invite
from scheduling.invite import Event

_WRITTEN: dict[str, Callable[[Event], bytes]] = {
    "REQUEST": invite.request,
    "CANCEL": invite.cancel,
    "DECLINECOUNTER": invite.decline_counter,
}
_ESCAPED = re.compile(r"\\([\\;,nN])")
_OURS = ("BEGIN:", "END:", "X-MICROSOFT-")
"""How the lines begin in which nothing of a letter stands."""


def write(letter: Letter, calendar: LetterCalendar, text: str) -> bytes:
    """The invite of a letter. Its organizer is the address that the mail is from and that answers go to: clients take
    an invite of somebody else for a forgery. Its description is the mail's own text."""
    event = Event(
        uid=calendar.uid,
        sequence=calendar.sequence,
        dtstamp=calendar.dtstamp,
        created=calendar.created,
        start=calendar.start,
        end=calendar.end,
        summary=calendar.summary,
        description=text,
        location=calendar.location,
        url=calendar.url,
        organizer=letter.reply_to,
        organizer_name=letter.from_.name,
        attendee=letter.to.address,
        attendee_name=calendar.name or letter.to.name,
        comment=calendar.comment,
    )
    return _WRITTEN[calendar.method](event)


def part(method: str, content: bytes) -> tuple[str, bytes]:
    """The invite among the alternatives. In base64, because gateways mend what looks like text (RFC 6047 section 2.5);
    without a Content-Disposition, which hides the buttons of some clients."""
    head = f"Content-Type: text/calendar; charset=UTF-8; method={method};\r\n component=VEVENT\r\n"
    return f"{head}Content-Transfer-Encoding: base64\r\n", _encoded(content)


def file(content: bytes) -> tuple[str, bytes]:
    """The same bytes as a file, for clients whose server takes the other part away."""
    head = 'Content-Type: application/ics; name="invite.ics"\r\nContent-Transfer-Encoding: base64\r\n'
    return f'{head}Content-Disposition: attachment; filename="invite.ics"\r\n', _encoded(content)


def _encoded(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def findings(content: bytes, guard: Guard, known: Background, own: Collection[str], *, whole: bool) -> list[Finding]:
    """What must not leave in an invite: `whole` for mails in which somebody of us speaks, else keys and addresses. The
    full name of a colleague never does: a calendar is shown to assistants and programs, and outlives the mail."""
    words = plain(content)
    found = privacy.findings(words, guard, known, own) if whole else privacy.has_address(words, guard, own)
    return [Finding(one.kind, one.what, "the invite") for one in (*found, *privacy.full_names(words, guard, known))]


def plain(content: bytes) -> str:
    """An invite as it is read: lines whole, letters as they are meant, without what is the same in each."""
    lines = content.decode("utf-8", "replace").replace("\r\n ", "").split("\r\n")
    words = "\n".join(line for line in lines if not line.startswith(_OURS))
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], words)
